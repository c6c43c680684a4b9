//! What each tier forgets.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::{Drop, Facts, Keep, Promotion, Verdict, judge};
use crate::snapshot::{SnapshotId, Tier, TierName};

/// The verdicts on one tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Judged {
    /// The tier.
    pub tier: TierName,
    /// The verdict on each snapshot, oldest first.
    pub verdicts: Vec<Verdict>,
}

/// What is forgotten, and why the rest stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cleanup {
    /// The tiers, in order.
    pub tiers: Vec<Judged>,
}

impl Cleanup {
    /// Returns the snapshots that stay in a tier, oldest first.
    pub fn kept<'c>(&'c self, tier: &TierName) -> impl Iterator<Item = &'c SnapshotId> {
        let judged = self.tiers.iter().filter(move |judged| judged.tier == *tier);
        judged.flat_map(|judged| &judged.verdicts).filter(|one| one.stays()).map(|one| &one.snapshot)
    }

    /// Returns what goes, tier by tier: the tier, the snapshot, why.
    pub fn forgotten(&self) -> impl Iterator<Item = (&TierName, &SnapshotId, &Drop)> {
        self.tiers.iter().flat_map(|judged| {
            judged.verdicts.iter().filter_map(|one| Some((&judged.tier, &one.snapshot, one.drop.as_ref()?)))
        })
    }
}

/// Judges every tier, as it is after the promotion; forgets in those that are `pruned` now.
#[must_use]
pub fn clean(facts: &Facts<'_>, promotion: &Promotion, pruned: impl Fn(&TierName) -> bool) -> Cleanup {
    let facts = Facts { snapshots: &promotion.after, ..facts.clone() };
    let held = held(&facts, promotion);
    let nothing = BTreeMap::new();
    let judged = facts.tiers.all().iter().map(|tier| {
        let held = held.get(&tier.name).unwrap_or(&nothing);
        let mut verdicts = judge(&facts, tier, facts.of(&tier.name), held);
        if !tier.enabled || !pruned(&tier.name) {
            for verdict in verdicts.iter_mut().filter(|verdict| !verdict.stays()) {
                verdict.drop = None;
                verdict.keep.extend((!tier.enabled).then_some(Keep::Disabled));
            }
        }
        Judged { tier: tier.name.clone(), verdicts }
    });
    Cleanup { tiers: judged.collect() }
}

/// Returns those of the snapshots before restores that are younger than `within`, measured from now: they are there to undo
/// something, and after that time nobody will.
#[must_use]
pub fn young<'s>(
    snapshots: impl Iterator<Item = &'s SnapshotId>,
    within: TimeDelta,
    now: DateTime<Utc>,
) -> Vec<&'s SnapshotId> {
    snapshots.filter(|id| id.taken() > now - within).collect()
}

/// Returns what must stay in which tier though its own rules may not keep it. One place is enough: the last tier that
/// has it.
fn held(facts: &Facts<'_>, promotion: &Promotion) -> BTreeMap<TierName, BTreeMap<SnapshotId, Vec<Keep>>> {
    let mut held: BTreeMap<TierName, BTreeMap<SnapshotId, Vec<Keep>>> = BTreeMap::new();
    let mut hold = |tiers: &mut dyn Iterator<Item = &Tier>, snapshot: &SnapshotId, why: Keep| {
        if let Some(tier) = tiers.filter(|tier| facts.of(&tier.name).contains(snapshot)).last() {
            let reasons = held.entry(tier.name.clone()).or_default().entry(snapshot.clone()).or_default();
            reasons.push(why);
        }
    };
    for (above, snapshot) in &promotion.waiting {
        let Some(tier) = facts.tiers.find(above) else { continue };
        hold(&mut facts.tiers.below(tier).into_iter(), snapshot, Keep::DueFor { tier: above.clone() });
    }
    if let Some(verified) = facts.verified {
        hold(&mut facts.tiers.all().iter(), verified, Keep::Verified);
    }
    held
}
