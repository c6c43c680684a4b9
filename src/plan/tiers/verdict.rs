//! Which snapshots of a tier stay, and why.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use serde::Serialize;

use super::Facts;
use crate::snapshot::{SnapshotId, Tier, TierName};

/// What becomes of one snapshot of a tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// The snapshot.
    pub snapshot: SnapshotId,
    /// The period of the tier that it is in.
    pub period: String,
    /// Why it stays; empty where it goes.
    pub keep: Vec<Keep>,
    /// Why it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drop: Option<Drop>,
}

/// A reason to stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "because")]
pub enum Keep {
    /// It is the newest of its period, and that is one of those that count.
    Count {
        /// Which one of them, from the newest.
        nth: u32,
        /// How many are kept.
        of: u32,
    },
    /// It is the newest of the tier.
    Newest,
    /// It is younger than the tier's `keepWithin`.
    Within {
        /// That, in seconds.
        seconds: u64,
    },
    /// It is one of the newest that stay at any age.
    Minimum {
        /// Which one of them, from the newest.
        nth: u32,
        /// How many are kept.
        of: u32,
    },
    /// The tier has not more snapshots than its count.
    Room {
        /// The count.
        count: u32,
    },
    /// A tier above will take it.
    DueFor {
        /// That tier.
        tier: TierName,
    },
    /// It is the newest that was found to be whole.
    Verified,
    /// The tier is disabled: nobody prunes it.
    Disabled,
}

/// A reason to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "because")]
pub enum Drop {
    /// Its period has a newer one.
    Superseded {
        /// That one.
        by: SnapshotId,
    },
    /// So many periods are newer.
    Beyond {
        /// How many are kept.
        count: u32,
    },
    /// It is older than the tier's `keepWithin`, and nothing else keeps it.
    TooOld {
        /// That, in seconds.
        seconds: u64,
    },
}

impl Verdict {
    /// Whether the snapshot stays.
    #[must_use]
    pub fn stays(&self) -> bool {
        self.drop.is_none()
    }
}

/// Judges the snapshots of a tier, in the order given: oldest first. `held` are those that something outside of the
/// tier's own rules keeps.
///
/// Counted are periods that hold a snapshot, from the end of the chain backwards, so that a pause costs nothing and a
/// snapshot with a time that is still to come leaves like any other.
#[must_use]
pub fn judge(
    facts: &Facts<'_>,
    tier: &Tier,
    snapshots: &[SnapshotId],
    held: &BTreeMap<SnapshotId, Vec<Keep>>,
) -> Vec<Verdict> {
    let anchor = snapshots.iter().filter(|id| !facts.is_future(id)).map(SnapshotId::taken).max();
    let within = tier.keep_within.and_then(|within| TimeDelta::from_std(within).ok());
    let room = tier.count.filter(|count| snapshots.len() <= *count as usize);
    let mut newest_of: BTreeMap<String, SnapshotId> = BTreeMap::new();
    let mut verdicts = Vec::with_capacity(snapshots.len());
    for (nth, id) in snapshots.iter().rev().enumerate() {
        let nth = u32::try_from(nth + 1).unwrap_or(u32::MAX);
        let period = facts.span(tier, id).label;
        let mut keep = Vec::new();
        let newer = newest_of.get(&period).cloned();
        if newer.is_none() {
            newest_of.insert(period.clone(), id.clone());
            let nth = u32::try_from(newest_of.len()).unwrap_or(u32::MAX);
            keep.extend(tier.count.filter(|of| nth <= *of).map(|of| Keep::Count { nth, of }));
        }
        if nth == 1 {
            keep.push(Keep::Newest);
        }
        // Where all is dated ahead, our own clock is the one to be doubted, and an age says nothing.
        if let Some(within) = within
            && anchor.is_none_or(|anchor| id.taken() > anchor - within)
        {
            keep.push(Keep::Within { seconds: within.num_seconds().unsigned_abs() });
        }
        if nth <= tier.keep_minimum {
            keep.push(Keep::Minimum { nth, of: tier.keep_minimum });
        }
        keep.extend(held.get(id).into_iter().flatten().cloned());
        if keep.is_empty() {
            keep.extend(room.map(|count| Keep::Room { count }));
        }
        let drop = keep.is_empty().then(|| match (newer, tier.count, within) {
            (Some(by), Some(_), _) => Drop::Superseded { by },
            (_, Some(count), _) => Drop::Beyond { count },
            (_, None, within) => {
                Drop::TooOld { seconds: within.unwrap_or_default().num_seconds().unsigned_abs() }
            }
        });
        verdicts.push(Verdict { snapshot: id.clone(), period, keep, drop });
    }
    verdicts.reverse();
    verdicts
}

/// Returns those that would stay by the tier's own rules.
pub(super) fn kept(facts: &Facts<'_>, tier: &Tier, snapshots: &[SnapshotId]) -> BTreeSet<SnapshotId> {
    let verdicts = judge(facts, tier, snapshots, &BTreeMap::new());
    verdicts.into_iter().filter(Verdict::stays).map(|verdict| verdict.snapshot).collect()
}
