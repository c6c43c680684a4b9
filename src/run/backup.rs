//! One backup of one project: admit, gather, plan, then preview or apply.
//!
//! What is true if the process dies at any step: before the push nothing of the store has changed; the push moves the
//! branch whole or not at all; after it the snapshot is there and the next run finds nothing new.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::capture::{Extent, capture};
use super::content::{Content, Moving, Name, Remembered, push_remembering};
use super::describe::describe;
use super::failure::Failure;
use super::gather::Gathered;
use super::memory::Memory;
use super::quarantine::{Quarantine, SetAside};
use super::tip::End;
use super::world::World;
use crate::plan::backup::{Admission, Anomaly, Append, Before, Plan, Seen, Tip, admit, guard, plan, unread};
use crate::report::backup::{self as words, WhyElse};
use crate::report::{Changes, Entry, Outcome};
use crate::report::{quarantine as aside, state as remembered};
use crate::snapshot::{Manifest, Named, SnapshotId, State};
use crate::store::{Access, Store};

/// How often a push that somebody else's overtook is planned anew.
const TRIES: u32 = 5;

/// Whether a plan is carried out. The only place in the program where a dry run differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intent {
    /// Say what would be done.
    Preview,
    /// Do it.
    Apply,
}

impl Intent {
    /// Returns what a store is opened for.
    pub(super) fn access(self) -> Access {
        match self {
            Intent::Preview => Access::Read,
            Intent::Apply => Access::Write,
        }
    }
}

/// Backs up the project of `world` and tells in `entry` what happened.
pub(super) async fn backup(world: &World<'_>, intent: Intent, entry: &mut Entry) -> Result<(), Failure> {
    let mut ground = Ground::read(world, intent, entry).await?;
    let every = world.settings.tiers.base().interval.filter(|_| world.scheduled());
    let every = every.and_then(|interval| TimeDelta::from_std(interval).ok());
    if !admitted(world, &ground, every, entry)? {
        return Ok(());
    }
    let accepted = accepted(world, &mut ground, entry).await?;
    let (content, state);
    (ground, content, state) = capture(world, ground, Extent::Due, entry).await?;
    let base = ground.end.tip.clone();
    for attempt in 0..TRIES {
        // What was carried is of the snapshot that was the newest then, and would undo what the new one has.
        if let (Tip::Snapshot(newest), true) =
            (&ground.end.tip, content.is_carried() && ground.end.tip != base)
        {
            entry.outcome = Outcome::Skipped;
            entry.reason = Some(words::outdated(&newest.id));
            entry.snapshot = ground.end.facts();
            return Ok(());
        }
        describe(world, entry, &content.gathered, &ground);
        let judged = judge(world, &ground, &content, accepted.as_ref());
        let done = match decide(world, intent, &ground, &content, &judged, attempt > 0, entry) {
            Next::Nothing => true,
            Next::Remember => {
                remember(world, &mut ground, state.as_ref(), entry).await;
                true
            }
            Next::Save(append) => {
                save(world, &mut ground, &content, &append, &judged.missing, state.as_ref(), entry).await?
            }
            Next::SetAside(id, taken) => {
                set_aside(world, &mut ground, &content, &id, taken, &judged.anomalies, entry).await?
            }
        };
        if done {
            return Ok(());
        }
        // Somebody moved the branch. Their snapshot stays; the same capture is planned anew on top of it.
        let moment = Duration::from_millis(fastrand::u64(50..400) * u64::from(attempt + 1));
        tokio::time::sleep(moment).await;
        ground.read_again(world, entry).await?;
        if !admitted(world, &ground, None, entry)? {
            return Ok(());
        }
    }
    Err(Failure::outraced(&entry.branch, TRIES))
}

/// What a backup builds on: the open store, and what is in it already.
pub(super) struct Ground {
    pub(super) store: Store,
    /// Whether everybody can read it.
    pub(super) public: bool,
    /// The full name of the branch that takes captures.
    pub(super) branch: String,
    /// The newest snapshot there.
    pub(super) end: End,
    /// What earlier runs remember.
    pub(super) memory: Memory,
}

impl Ground {
    async fn read(world: &World<'_>, intent: Intent, entry: &mut Entry) -> Result<Self, Failure> {
        let public = world.store_is_public().await?;
        let mut store = world.open_store(intent.access()).await?;
        let branch = world.settings.prefix.branch(&world.settings.tiers.base().name);
        let end = End::read(&mut store, &branch).await?;
        let memory = Memory::read(world, &mut store).await;
        let mut ground = Self { store, public, branch, end, memory };
        ground.count(entry).await;
        Ok(ground)
    }

    async fn read_again(&mut self, world: &World<'_>, entry: &mut Entry) -> Result<(), Failure> {
        self.store.refresh().await?;
        self.end = End::read(&mut self.store, &self.branch).await?;
        self.memory = Memory::read(world, &mut self.store).await;
        self.count(entry).await;
        Ok(())
    }

    /// Notes how many snapshots the branch holds. That its past cannot be read is no reason not to add to it.
    async fn count(&mut self, entry: &mut Entry) {
        let Some(tip) = self.store.refs().get(&self.branch).copied() else {
            entry.snapshots = Some(0);
            return;
        };
        match self.store.count_chain(tip).await {
            Ok(count) => entry.snapshots = count,
            Err(error) => entry.warnings.push(words::uncounted(&entry.branch, &error)),
        }
    }
}

/// Asks whether the backup may begin (or go on after a lost race); writes a skip into `entry`.
fn admitted(
    world: &World<'_>,
    ground: &Ground,
    scheduled_every: Option<TimeDelta>,
    entry: &mut Entry,
) -> Result<bool, Failure> {
    let (settings, end) = (world.settings, &ground.end);
    let before = Before {
        project: world.project(),
        prefix: &settings.prefix,
        tier: &settings.tiers.base().name,
        refs: ground.store.refs().keys().map(String::as_str).collect(),
        tip: &end.tip,
        confirmed: ground.memory.confirmed(),
        scheduled_every,
        public: ground.public,
        allow_public: settings.allow_public,
        now: world.clock.now(),
    };
    entry.previous = end.manifest.as_ref().map(|manifest| manifest.snapshot.clone());
    match admit(&before) {
        Admission::Go => Ok(true),
        Admission::Refused(refusal) => Err(refusal.into()),
        Admission::TooSoon { newest, due } => {
            entry.outcome = Outcome::Skipped;
            entry.reason = Some(words::too_soon(newest, due));
            entry.snapshot = end.facts();
            Ok(false)
        }
    }
}

/// Reads the capture in quarantine that a person accepts. An acceptance is spent as soon as a later snapshot is there:
/// forgotten in a workflow, it must not cover the next loss. Then, or where there is no such capture, it is said.
async fn accepted(
    world: &World<'_>,
    ground: &mut Ground,
    entry: &mut Entry,
) -> Result<Option<Manifest>, Failure> {
    let Some(wanted) = &world.settings.accept_anomaly else { return Ok(None) };
    let newest = ground.end.manifest.as_ref().map(|newest| newest.snapshot.taken());
    if newest.is_some_and(|newest| newest > wanted.taken()) {
        entry.warnings.push(aside::spent(wanted));
        return Ok(None);
    }
    let quarantine = Quarantine::read(world, &mut ground.store).await?;
    let Some(commit) = quarantine.find(wanted) else {
        entry.warnings.push(aside::unknown(wanted, &quarantine.ids()));
        return Ok(None);
    };
    Ok(End::at(&mut ground.store, commit).await?.manifest)
}

/// What the anomaly guard says of a capture.
struct Judged {
    anomalies: Vec<Anomaly>,
    /// What looked like damage and was accepted.
    missing: Vec<Named>,
}

/// Compares the capture with the newest snapshot. Where a person accepted one that lost too much, it is judged against that
/// one: what was missing there may be missing here.
fn judge(world: &World<'_>, ground: &Ground, content: &Content, accepted: Option<&Manifest>) -> Judged {
    let against = |manifest: &Manifest| {
        let before = Seen { kinds: &manifest.kinds, resources: &manifest.resources };
        guard(before, content.seen(), &world.settings.selection)
    };
    let since_newest = ground.end.manifest.as_ref().map(against).unwrap_or_default();
    let lacking = &content.gathered.captured.unread;
    // What a person has accepted to be missing in the newest snapshot may go on missing.
    let known = ground.end.manifest.as_ref().map(|newest| newest.unread.as_slice()).unwrap_or_default();
    let holes = unread(lacking, known);
    let all = |anomalies: Vec<Anomaly>, holes| [anomalies, holes].concat();
    match accepted {
        Some(accepted) if !since_newest.anomalies.is_empty() || !holes.is_empty() => {
            let named = |hole: &Anomaly| {
                hole.gone.iter().map(|name| Named { kind: hole.kind, name: name.clone() }).collect()
            };
            let missing =
                [since_newest.gone, holes.iter().flat_map::<Vec<Named>, _>(named).collect()].concat();
            Judged { anomalies: all(against(accepted).anomalies, unread(lacking, &accepted.unread)), missing }
        }
        _ => Judged { anomalies: all(since_newest.anomalies, holes), missing: Vec::new() },
    }
}

/// What is to be done with a capture.
enum Next {
    /// Nothing, or only to say it, which is done.
    Nothing,
    /// Remember that it was read: nothing differs.
    Remember,
    /// Append it to the branch.
    Save(Append),
    /// Set it aside under this name and time.
    SetAside(SnapshotId, DateTime<Utc>),
}

/// Plans what to do with the capture. Where that is nothing, or only to be said, it stands in `entry`.
fn decide(
    world: &World<'_>,
    intent: Intent,
    ground: &Ground,
    content: &Content,
    judged: &Judged,
    raced: bool,
    entry: &mut Entry,
) -> Next {
    let settings = world.settings;
    let captured = content.captured(&judged.anomalies, raced, world.clock.now());
    let plan = plan(&settings.prefix, &settings.tiers, settings.time_zone, &ground.end.tip, &captured);
    match (plan, intent) {
        (Plan::Append(append), Intent::Apply) => return Next::Save(append),
        (Plan::SetAside { snapshot, taken, .. }, Intent::Apply) => return Next::SetAside(snapshot, taken),
        (Plan::SetAside { snapshot, anomalies, .. }, Intent::Preview) => {
            entry.outcome = Outcome::Planned;
            entry.plan = vec![aside::step(&snapshot, &anomalies)];
            entry.snapshot = ground.end.facts();
        }
        (Plan::Append(append), Intent::Preview) => {
            warn(entry, &append, &content.gathered);
            entry.outcome = Outcome::Planned;
            entry.plan = vec![words::step(entry, why_else(&append), &append.snapshot)];
            entry.snapshot = Some(content.facts(&append, None));
        }
        (Plan::Unchanged { .. }, intent) => {
            let whole = content.gathered.captured.unread.is_empty();
            entry.outcome = if whole { Outcome::Unchanged } else { Outcome::Partial };
            entry.snapshot = ground.end.facts();
            if intent == Intent::Apply {
                return Next::Remember;
            }
        }
        (Plan::Overtaken { by }, _) => {
            entry.outcome = Outcome::Skipped;
            entry.reason = Some(words::overtaken(&by));
            // Compared with a later snapshot, ours would tell everything backwards.
            (entry.changes, entry.diff) = (Changes::default(), None);
        }
    }
    Next::Nothing
}

/// Sets the capture aside. Returns false where somebody else did something there first; then nothing was saved.
async fn set_aside(
    world: &World<'_>,
    ground: &mut Ground,
    content: &Content,
    id: &SnapshotId,
    taken: DateTime<Utc>,
    anomalies: &[Anomaly],
    entry: &mut Entry,
) -> Result<bool, Failure> {
    let quarantine = Quarantine::read(world, &mut ground.store).await?;
    let said = world.scrub(&aside::commit(entry, anomalies));
    let name = Name { id, taken, missing: &[] };
    let newest = ground.end.manifest.as_ref().map(|newest| newest.snapshot.taken());
    let (kept, is_new) =
        match quarantine.set_aside(world, &mut ground.store, content, &name, newest, &said).await? {
            SetAside::Done => (id.clone(), true),
            SetAside::Known(known) => (known, false),
            SetAside::Raced => return Ok(false),
        };
    entry.outcome = Outcome::Quarantined;
    entry.reason = Some(aside::reason(entry, anomalies, &kept, is_new));
    entry.quarantine = Some(kept);
    entry.snapshot = ground.end.facts();
    Ok(true)
}

/// Keeps what is remembered where there is no snapshot to save. That it cannot be kept, or that another run kept its own at
/// the same moment, costs the next run requests and this one nothing.
async fn remember(world: &World<'_>, ground: &mut Ground, state: Option<&State>, entry: &mut Entry) {
    let Some(state) = state else { return };
    let kept = Remembered { memory: &ground.memory, state };
    let branch = world.settings.prefix.state();
    let branch = branch.trim_start_matches("refs/heads/");
    match push_remembering(world, &mut ground.store, None, Some(kept)).await {
        Ok(Moving::Moved(said)) => entry.warnings.extend(said),
        Ok(Moving::Raced) => {}
        Ok(Moving::Refused(_, refusal)) => {
            entry.warnings.push(remembered::unsaved(branch, &refusal.to_string()));
        }
        Err(failure) => entry.warnings.push(remembered::unsaved(branch, &failure.reason.message)),
    }
}

/// Saves the snapshot. Returns false where somebody else moved the branch first; then nothing was saved.
async fn save(
    world: &World<'_>,
    ground: &mut Ground,
    content: &Content,
    append: &Append,
    missing: &[Named],
    state: Option<&State>,
    entry: &mut Entry,
) -> Result<bool, Failure> {
    world.group(&words::saving(&append.snapshot, &entry.store));
    let said = world.scrub(&words::commit(entry, why_else(append)));
    let kept = state.map(|state| Remembered { memory: &ground.memory, state });
    let pushed = content.push(world, &mut ground.store, append, missing, &said, kept).await?;
    entry.warnings.extend(pushed.said);
    let Some(commit) = pushed.commit else { return Ok(false) };
    warn(entry, append, &content.gathered);
    let whole = missing.is_empty() && content.gathered.captured.unread.is_empty();
    entry.outcome = if whole { Outcome::Success } else { Outcome::Partial };
    if let (false, Some(accepted)) = (missing.is_empty(), &world.settings.accept_anomaly) {
        entry.warnings.push(aside::accepted(missing, accepted));
        entry.missing = missing.to_vec();
    }
    entry.snapshot = Some(content.facts(append, Some(commit)));
    entry.snapshots = entry.snapshots.map(|before| before + u64::from(!pushed.replaced));
    Ok(true)
}

/// Returns why a snapshot is made even if no resource changed.
fn why_else(append: &Append) -> Option<WhyElse> {
    match append {
        Append { after_import: true, .. } => Some(WhyElse::Imported),
        Append { reconfigured: true, .. } => Some(WhyElse::Reconfigured),
        _ => None,
    }
}

/// Says what a person should know of a snapshot that is made.
fn warn(entry: &mut Entry, append: &Append, gathered: &Gathered) {
    entry.warnings.extend(why_else(append).map(|why| why.warning().to_owned()));
    if let Some(ahead) = &append.future_dated {
        entry.warnings.push(words::future_dated(ahead));
    }
    let new: BTreeSet<&str> =
        entry.changes.added.iter().chain(&entry.changes.modified).map(String::as_str).collect();
    let credentials = gathered.credentials.iter().filter(|(path, _)| new.contains(path.as_str()));
    entry.warnings.extend(words::credentials(credentials.map(|(path, looks)| (path.as_str(), *looks))));
}
