//! What a policy would keep, and until when: the same promotion and cleanup, over days that are still to come.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::{Facts, Snapshots, clean, promote};
use crate::snapshot::{SnapshotId, Storage, TierName};

/// How many captures a simulation may have: a second's work.
pub const MOST_CAPTURES: u32 = 20_000;

/// Days as they are to be simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Days {
    /// How many.
    pub days: u32,
    /// How often a day something changes, evenly.
    pub changes_per_day: u32,
}

/// What the tiers hold after those days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Simulation {
    /// The days.
    #[serde(flatten)]
    pub days: Days,
    /// For each snapshot that is there now and leaves its last tier: when.
    pub leaves: BTreeMap<SnapshotId, DateTime<Utc>>,
    /// The times of what each tier holds in the end, oldest first.
    pub holds: BTreeMap<TierName, Vec<DateTime<Utc>>>,
    /// How many snapshots there are in the end, each counted once.
    pub snapshots: u64,
}

/// Simulates: at each change a backup, after it all that `auto` does.
#[must_use]
pub fn simulate(facts: &Facts<'_>, days: Days) -> Simulation {
    let mut snapshots: Snapshots = facts.snapshots.clone();
    let known: BTreeSet<SnapshotId> = snapshots.values().flatten().cloned().collect();
    let mut leaves: BTreeMap<SnapshotId, DateTime<Utc>> = BTreeMap::new();
    let base = facts.tiers.base().name.clone();
    let captures = days.days.saturating_mul(days.changes_per_day).clamp(1, MOST_CAPTURES);
    let step = TimeDelta::seconds(86_400 / i64::from(days.changes_per_day.max(1)));
    let mut now = facts.now;
    for n in 0..captures {
        now += step;
        snapshots.entry(base.clone()).or_default().push(SnapshotId::new(now, &format!("{n:08x}")));
        let then = Facts { now, snapshots: &snapshots, ..facts.clone() };
        let promotion = promote(&then, |_| true);
        let cleanup = clean(&then, &promotion, |_| true);
        let kept = cleanup.tiers.iter().map(|judged| {
            (judged.tier.clone(), cleanup.kept(&judged.tier).cloned().collect::<Vec<SnapshotId>>())
        });
        snapshots = kept.collect();
        let there: BTreeSet<&SnapshotId> = snapshots.values().flatten().collect();
        for id in known.iter().filter(|id| !there.contains(id)) {
            leaves.entry(id.clone()).or_insert(now);
        }
    }
    let all: BTreeSet<&SnapshotId> = snapshots.values().flatten().collect();
    let snapshots_left = all.len() as u64;
    // A release is no branch, but it is a place.
    let enabled = |tier: &TierName| {
        facts.tiers.find(tier).is_some_and(|tier| tier.enabled || tier.storage == Storage::Release)
    };
    let times = |ids: &Vec<SnapshotId>| ids.iter().map(SnapshotId::taken).collect();
    let holds =
        snapshots.iter().filter(|(tier, _)| enabled(tier)).map(|(tier, ids)| (tier.clone(), times(ids)));
    Simulation { days, leaves, holds: holds.collect(), snapshots: snapshots_left }
}
