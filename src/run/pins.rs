//! Pins: a snapshot that stays, and the day on which it may go.

use chrono::{DateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};

use super::backup::Intent;
use super::catalogue::Catalogue;
use super::failure::Failure;
use super::tiers::There;
use super::world::World;
use crate::config::{Expiry, PinSettings};
use crate::report::catalogue::{self as words, Answer};
use crate::report::{Entry, Outcome, Step};
use crate::snapshot::{Message, Pin, SnapshotId};
use crate::store::branch::{Link, copy};
use crate::store::{Error, NewTag, Oid, RefChange, Store};

/// A pin and what it holds.
pub(super) struct Pinned {
    pub(super) pin: Pin,
    pub(super) link: Link,
    /// The tag's own id.
    pub(super) tag: Oid,
}

impl Pinned {
    /// Reads a pin from its tag, of which the commit is here; nothing where it is none.
    pub(super) fn read(store: &Store, label: &str, tag: Oid) -> Result<Option<Self>, Error> {
        let Some(facts) = store.tag(tag)? else { return Ok(None) };
        let Ok(label) = label.parse() else { return Ok(None) };
        let Some(pin) = Pin::parse(label, &facts.message) else { return Ok(None) };
        let Ok(commit) = store.commit(facts.target) else { return Ok(None) };
        let message = Message::parse(&commit.message);
        Ok(message.map(|message| Self {
            pin,
            link: Link { commit: facts.target, tree: commit.tree, message },
            tag,
        }))
    }
}

/// Pins the snapshot that the run means.
pub(super) async fn pin(world: &World<'_>, intent: Intent, entry: &mut Entry) -> Result<(), Failure> {
    let wanted = world.settings.pin.as_ref().expect("the mode requires a label");
    let mut store = world.open_store(intent.access()).await?;
    let catalogue = Catalogue::read(world, &mut store).await?;
    let (_, link) = catalogue.select(world)?;
    hold(world, intent, &mut store, &catalogue, &link, wanted, entry).await
}

/// Pins the newest snapshot after a backup, and leaves the backup's own words alone.
pub(super) async fn hold_newest(
    world: &World<'_>,
    intent: Intent,
    newest: &SnapshotId,
    wanted: &PinSettings,
    entry: &mut Entry,
) -> Result<(), Failure> {
    let mut store = world.open_store(intent.access()).await?;
    let catalogue = Catalogue::read(world, &mut store).await?;
    if intent == Intent::Preview {
        // Of a snapshot that is only planned there is nothing to pin yet, but its label may be taken.
        if let Some(there) =
            catalogue.there.pins.get(&wanted.label).filter(|there| there.pin.snapshot != *newest)
        {
            return Err(taken(wanted.label.as_str(), there.pin.snapshot.as_str()));
        }
        let what = format!("pin `{newest}` as `{}`", wanted.label);
        entry.plan.push(Step { what, why: "asked for".to_owned() });
        return Ok(());
    }
    let base = catalogue.there.chains.get(&world.settings.tiers.base().name);
    let link = base.and_then(|chain| chain.find(newest)).cloned();
    let link =
        link.ok_or_else(|| Failure::failed(format!("Snapshot {newest} is not there any more."), Vec::new()))?;
    let mut pinned = Entry { warnings: Vec::new(), ..entry.clone() };
    let held = hold(world, intent, &mut store, &catalogue, &link, wanted, &mut pinned).await;
    entry.warnings.extend(pinned.warnings);
    held
}

/// Pins a snapshot under a label. Done already with the same snapshot, nothing is to do.
pub(super) async fn hold(
    world: &World<'_>,
    intent: Intent,
    store: &mut Store,
    catalogue: &Catalogue,
    link: &Link,
    wanted: &PinSettings,
    entry: &mut Entry,
) -> Result<(), Failure> {
    let snapshot = &link.message.snapshot;
    let label = &wanted.label;
    let name = world.settings.prefix.pin(label);
    if let Some(there) = catalogue.there.pins.get(label) {
        if there.pin.snapshot == *snapshot {
            let asked = expires(world, wanted.expires);
            let is_other = asked.is_some() && asked != there.pin.expires
                || !wanted.reason.is_empty() && world.scrub(&wanted.reason) != there.pin.reason;
            entry.warnings.extend(is_other.then(|| words::pin_stays(label.as_str())));
            entry.outcome = Outcome::Unchanged;
            entry.answer = Some(done([
                ("already pinned", snapshot.to_string()),
                ("label", label.to_string()),
                ("stays", stays(there.pin.expires)),
            ]));
            return Ok(());
        }
        return Err(taken(label.as_str(), there.pin.snapshot.as_str()));
    }
    if store.refs().contains_key(&name) {
        return Err(taken(label.as_str(), "something that is no pin"));
    }
    let pin = Pin {
        label: label.clone(),
        snapshot: snapshot.clone(),
        reason: world.scrub(&wanted.reason),
        by: world.actor(),
        expires: expires(world, wanted.expires),
        aside: !catalogue.counts(snapshot),
    };
    let until = stays(pin.expires);
    let step = Step { what: format!("pin `{snapshot}` as `{label}`"), why: until.clone() };
    if intent == Intent::Preview {
        entry.outcome = Outcome::Planned;
        entry.plan.push(step);
        return Ok(());
    }
    // By itself, so that the pin keeps no other snapshot alive.
    let commit = copy(store, link, None)?;
    let message = pin.compose();
    let short = name.trim_start_matches("refs/tags/");
    let tag = store.write_tag(NewTag {
        target: commit,
        name: short,
        message: &message,
        time: world.clock.now(),
    })?;
    moved(store, RefChange { name: name.clone(), expected: None, new: Some(tag) }).await?;
    entry.outcome = Outcome::Success;
    entry.answer = Some(done([
        ("pinned", snapshot.to_string()),
        ("label", label.to_string()),
        ("tag", short.to_owned()),
        ("stays", until),
    ]));
    Ok(())
}

/// Takes a pin away.
pub(super) async fn unpin(world: &World<'_>, intent: Intent, entry: &mut Entry) -> Result<(), Failure> {
    let label = &world.settings.pin.as_ref().expect("the mode requires a label").label;
    let mut store = world.open_store(intent.access()).await?;
    let catalogue = Catalogue::read(world, &mut store).await?;
    let Some(there) = catalogue.there.pins.get(label) else {
        let known: Vec<String> = catalogue.there.pins.keys().map(|label| format!("`{label}`")).collect();
        let hint = if known.is_empty() {
            "There is none.".to_owned()
        } else {
            format!("There are {}.", known.join(", "))
        };
        return Err(Failure::failed(format!("There is no pin `{label}`."), vec![hint]));
    };
    let snapshot = there.pin.snapshot.clone();
    let elsewhere = catalogue.listed(world).into_iter().find(|listed| listed.snapshot == snapshot);
    let elsewhere = elsewhere.map_or(0, |listed| listed.places.len().saturating_sub(1));
    let left = match elsewhere {
        0 => "no other place has this snapshot",
        1 => "one other place has this snapshot",
        _ => "other places have this snapshot",
    };
    if intent == Intent::Preview {
        entry.outcome = Outcome::Planned;
        entry
            .plan
            .push(Step { what: format!("unpin `{label}`, which holds `{snapshot}`"), why: left.to_owned() });
        return Ok(());
    }
    let name = world.settings.prefix.pin(label);
    moved(&mut store, RefChange { name, expected: Some(there.tag), new: None }).await?;
    entry.outcome = Outcome::Success;
    entry.answer = Some(done([
        ("unpinned", label.to_string()),
        ("held", snapshot.to_string()),
        ("left", left.to_owned()),
        ("was at", there.tag.to_string()),
    ]));
    Ok(())
}

/// Returns the pins whose day has come.
pub(super) fn lapsed(world: &World<'_>, there: &There) -> Vec<Pin> {
    let now = world.clock.now();
    there.pins.values().map(|pinned| &pinned.pin).filter(|pin| pin.is_expired(now)).cloned().collect()
}

fn done<const N: usize>(rows: [(&str, String); N]) -> Answer {
    Answer::Done(rows.map(|(what, text)| (what.to_owned(), text)).into())
}

/// Says how long a pin stays.
fn stays(expires: Option<DateTime<Utc>>) -> String {
    expires.map_or_else(|| "until it is unpinned".to_owned(), |at| format!("until {at}"))
}

fn taken(label: &str, by: &str) -> Failure {
    let hint = "Choose another label, or unpin that one first.";
    Failure::failed(format!("The label `{label}` is taken: it holds {by}."), vec![hint.to_owned()])
}

fn expires(world: &World<'_>, expiry: Option<Expiry>) -> Option<DateTime<Utc>> {
    match expiry? {
        Expiry::On(date) => {
            let end = date.and_time(NaiveTime::from_hms_opt(23, 59, 59)?);
            let local = world.settings.time_zone.from_local_datetime(&end).latest();
            Some(local.map_or_else(|| end.and_utc(), |local| local.to_utc()))
        }
        Expiry::After(duration) => Some(world.clock.now() + TimeDelta::from_std(duration).ok()?),
    }
}

async fn moved(store: &mut Store, change: RefChange) -> Result<(), Failure> {
    let name = change.name.trim_start_matches("refs/tags/").to_owned();
    let pushed = store.push(&[change]).await?;
    if let Some((_, refusal)) = pushed.refused() {
        return Err(Failure::refused_by_store(&name, refusal));
    }
    if pushed.all_moved() { Ok(()) } else { Err(Failure::outraced(&name, 1)) }
}
