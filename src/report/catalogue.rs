//! What a person asks about snapshots, and the tables that answer: which there are, all about one, why each is kept.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::about::About;
use super::compared::Compared;
use super::export::Exported;
use super::found::Found;
use super::import::Imported;
use super::quantity::{count, size, time};
use super::table::Table;
use super::tiers::{drops, skips, span};
use crate::plan::tiers::{Judged, Keep, Simulation, Skip, Verdict};
use crate::snapshot::{ContentSize, Period, Pin, Place, SnapshotId, TierName};

/// An answer to a question about snapshots.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// Which snapshots there are, newest first.
    Snapshots(Vec<Listed>),
    /// All about one.
    Snapshot(Box<About>),
    /// Why each is kept or goes.
    Verdicts(Explained),
    /// What a search found.
    Found(Box<Found>),
    /// Two states of the project were compared; what differs stands in the entry.
    Compared(Compared),
    /// A snapshot was written into a folder or a zip file.
    Exported(Exported),
    /// What was imported, or would be.
    Imported(Imported),
    /// Something was done, or would be; in words.
    Done(Vec<(String, String)>),
}

/// A snapshot and where it is.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// Its name.
    pub snapshot: SnapshotId,
    /// When it was taken.
    pub taken: DateTime<Utc>,
    /// How much it holds, where its commit says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<ContentSize>,
    /// Where it is.
    pub places: Vec<Placed>,
}

/// A snapshot in one place.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Placed {
    /// The place.
    pub place: Place,
    /// The commit that holds it there.
    pub commit: String,
    /// Why it stays there.
    pub kept: Vec<String>,
    /// When it may go, in words.
    pub until: String,
}

/// Why each snapshot is kept or goes.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explained {
    /// Where another policy than the configuration's was tried: its file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The verdicts by tier.
    pub tiers: Vec<Judged>,
    /// Why tiers take nothing more.
    pub skipped: Vec<Skip>,
    /// The days to come, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub simulation: Option<Simulation>,
    /// The period of each tier, for words.
    #[serde(skip)]
    pub periods: BTreeMap<TierName, Period>,
    #[serde(skip)]
    now: DateTime<Utc>,
}

impl Explained {
    /// Gathers what explains.
    #[must_use]
    pub fn new(
        policy: Option<String>,
        tiers: Vec<Judged>,
        skipped: Vec<Skip>,
        simulation: Option<Simulation>,
        periods: BTreeMap<TierName, Period>,
        now: DateTime<Utc>,
    ) -> Self {
        Self { policy, tiers, skipped, simulation, periods, now }
    }
}

impl Answer {
    /// Returns the tables of the answer. `now` is the time, for ages.
    #[must_use]
    pub fn tables(&self, now: DateTime<Utc>) -> Vec<Table> {
        match self {
            Answer::Snapshots(all) => vec![snapshots(all, now)],
            Answer::Snapshot(about) => about.tables(now),
            Answer::Verdicts(explained) => verdicts(explained),
            Answer::Found(found) => found.tables(),
            Answer::Compared(compared) => vec![compared.table()],
            Answer::Exported(exported) => vec![exported.table()],
            Answer::Imported(imported) => imported.tables(),
            Answer::Done(rows) => {
                let mut table = Table::new("", &["", ""]);
                rows.iter().for_each(|(what, text)| table.row([what.clone(), text.clone()]));
                vec![table]
            }
        }
    }
}

impl Answer {
    /// Returns a command that a person can paste, and what it does.
    #[must_use]
    pub fn command(&self) -> Option<(&'static str, &str)> {
        match self {
            Answer::Snapshot(about) => Some(("With git, into a new folder", &about.fetch)),
            _ => None,
        }
    }

    /// Calls `clean` for every text that came from outside.
    pub(super) fn each_text(&mut self, clean: &mut impl FnMut(&mut String)) {
        let listed = |one: &mut Listed, clean: &mut dyn FnMut(&mut String)| {
            let texts = one
                .places
                .iter_mut()
                .flat_map(|placed| placed.kept.iter_mut().chain([&mut placed.commit, &mut placed.until]));
            texts.for_each(clean);
        };
        match self {
            Answer::Snapshots(all) => all.iter_mut().for_each(|one| listed(one, clean)),
            Answer::Snapshot(about) => {
                listed(&mut about.listed, clean);
                about.each_text(clean);
            }
            Answer::Verdicts(explained) => explained.policy.iter_mut().for_each(clean),
            Answer::Found(found) => found.each_text(clean),
            Answer::Compared(_) => {}
            Answer::Exported(exported) => clean(&mut exported.path),
            Answer::Imported(imported) => imported.each_text(clean),
            Answer::Done(rows) => rows.iter_mut().flat_map(|(what, text)| [what, text]).for_each(clean),
        }
    }
}

fn snapshots(all: &[Listed], now: DateTime<Utc>) -> Table {
    let title = count(all.len() as u64, "snapshot");
    let mut table =
        Table::new(title, &["snapshot", "age", "resources", "size", "where", "kept because", "may go"]);
    for listed in all {
        let (resources, bytes) = match listed.size {
            Some(of) => (of.resources.to_string(), size(of.bytes)),
            None => (String::new(), String::new()),
        };
        for (nth, placed) in listed.places.iter().enumerate() {
            let first = |text: &str| if nth == 0 { text.to_owned() } else { String::new() };
            table.row([
                first(listed.snapshot.as_str()),
                first(&age(now, listed.taken)),
                first(&resources),
                first(&bytes),
                placed.place.to_string(),
                placed.kept.join(", "),
                placed.until.clone(),
            ]);
        }
    }
    table
}

fn verdicts(explained: &Explained) -> Vec<Table> {
    let mut tables = Vec::new();
    for judged in &explained.tiers {
        let period = explained.periods.get(&judged.tier).copied().unwrap_or(Period::Every);
        let stays = judged.verdicts.iter().filter(|one| one.stays()).count();
        let title = format!("{}: {stays} of {} stay", judged.tier, judged.verdicts.len());
        let mut table = Table::new(title, &["snapshot", "period", "verdict", "because", "may go"]);
        for one in judged.verdicts.iter().rev() {
            let because = match &one.drop {
                Some(why) => drops(why),
                None => one.keep.iter().map(keeps).collect::<Vec<_>>().join(", "),
            };
            let verdict = if one.stays() { "stays" } else { "goes" };
            let period_label = if period == Period::Every { String::new() } else { one.period.clone() };
            table.row([
                one.snapshot.to_string(),
                period_label,
                verdict.to_owned(),
                because,
                may_go(one, period),
            ]);
        }
        tables.push(table);
    }
    let mut waits = Table::new("Promotion", &["tier", "why nothing, or nothing more"]);
    for skip in &explained.skipped {
        let text = skips(skip);
        let (tier, why) = text.split_once(": ").unwrap_or(("", &text));
        waits.row([tier.to_owned(), why.to_owned()]);
    }
    if !waits.rows.is_empty() {
        tables.push(waits);
    }
    tables.extend(explained.simulation.iter().flat_map(|simulation| simulated(simulation, explained.now)));
    tables
}

fn simulated(simulation: &Simulation, now: DateTime<Utc>) -> Vec<Table> {
    let title = format!(
        "In {} with {} a day: {}",
        count(u64::from(simulation.days.days), "day"),
        count(u64::from(simulation.days.changes_per_day), "change"),
        count(simulation.snapshots, "snapshot")
    );
    let mut holds = Table::new(title, &["tier", "snapshots", "oldest", "newest"]);
    for (tier, times) in &simulation.holds {
        let at = |one: Option<&DateTime<Utc>>| one.map(|at| time(*at)).unwrap_or_default();
        holds.row([tier.to_string(), times.len().to_string(), at(times.first()), at(times.last())]);
    }
    let mut leaves = Table::new("Those that are there now and leave", &["snapshot", "leaves", "in"]);
    for (snapshot, at) in &simulation.leaves {
        leaves.row([snapshot.to_string(), time(*at), age(*at, now)]);
    }
    if leaves.rows.is_empty() { vec![holds] } else { vec![holds, leaves] }
}

/// Says why a snapshot stays.
#[must_use]
pub fn keeps(why: &Keep) -> String {
    match why {
        Keep::Count { nth, of } => format!("{nth} of {of}"),
        Keep::Newest => "newest".to_owned(),
        Keep::Within { seconds } => format!("within {}", span(*seconds)),
        Keep::Minimum { nth, of } => format!("minimum {nth} of {of}"),
        Keep::Room { count } => format!("not over {count}"),
        Keep::DueFor { tier } => format!("due for {tier}"),
        Keep::Verified => "newest that verified".to_owned(),
        Keep::Disabled => "the tier is disabled".to_owned(),
    }
}

/// Says when a snapshot may leave its tier.
#[must_use]
pub fn may_go(verdict: &Verdict, period: Period) -> String {
    if !verdict.stays() {
        return "at the next cleanup".to_owned();
    }
    let mut until = Vec::new();
    for keep in &verdict.keep {
        until.push(match keep {
            Keep::Count { nth, of } | Keep::Minimum { nth, of } => {
                let unit =
                    if matches!(keep, Keep::Minimum { .. }) { "snapshot".to_owned() } else { unit(period) };
                format!("after {} newer", count(u64::from(of.saturating_sub(*nth) + 1), &unit))
            }
            Keep::Within { seconds } => {
                let taken = verdict.snapshot.taken();
                let after = chrono::TimeDelta::seconds(i64::try_from(*seconds).unwrap_or(i64::MAX / 1_000));
                format!("when the newest is of {} or later", time(taken + after))
            }
            Keep::DueFor { tier } => format!("when {tier} has it"),
            Keep::Room { .. } => "when there are more".to_owned(),
            Keep::Disabled => "never by itself".to_owned(),
            // Said by what else keeps it, or else here.
            Keep::Newest | Keep::Verified if verdict.keep.len() > 1 => continue,
            Keep::Newest => "when there is a newer one".to_owned(),
            Keep::Verified => "when a newer one has verified".to_owned(),
        });
    }
    until.join(" and ")
}

fn unit(period: Period) -> String {
    match period {
        Period::Every => "snapshot".to_owned(),
        Period::Minutes(n) => format!("span of {n} minutes").replace("minutes", "minute"),
        named => named.to_string(),
    }
}

/// Said of what stands on a branch that no tier of the configuration has.
pub const NO_TIER: &str = "no tier of the configuration";

/// Says that a tag among the pins is none.
#[must_use]
pub fn foreign_pin(name: &str) -> String {
    format!("`{}` is no pin of cognigy-backup and was passed over", name.trim_start_matches("refs/tags/"))
}

/// Says why a pin stays and when it may go.
#[must_use]
pub fn pinned(pin: &Pin) -> (String, String) {
    let until = pin.expires.map_or_else(|| "never by itself".to_owned(), |at| format!("on {}", time(at)));
    // A pin without a reason has this word for its message, which no tag may lack.
    let why = if pin.reason == "Pinned" { "pinned".to_owned() } else { format!("pinned: {}", pin.reason) };
    (why, until)
}

/// Says that a pin is not made anew.
#[must_use]
pub fn pin_stays(label: &str) -> String {
    format!("the pin `{label}` stays as it is: unpin it first to give it another reason or another day")
}

/// Says that something may go on a day.
#[must_use]
pub fn on(day: DateTime<Utc>) -> String {
    format!("on {}", time(day))
}

/// Says how long ago something was, in one unit or two.
pub(super) fn age(now: DateTime<Utc>, then: DateTime<Utc>) -> String {
    let minutes = (now - then).num_minutes();
    match minutes {
        i64::MIN..0 => "to come".to_owned(),
        0..120 => format!("{minutes} min"),
        120..2_880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1_440),
    }
}
