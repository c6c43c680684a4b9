//! What the tiers hold after each half hour, by the program's own rules and without a store.
//!
//! The shell way keeps the same snapshots by it, and our own way is spared opening the store where nothing is due.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use cognigy_backup::plan::tiers::{Facts, Snapshots, clean, promote};
use cognigy_backup::snapshot::{SnapshotId, Tier, TierName, Tiers};

/// What a run is given at most, unless configured.
const GRACE: TimeDelta = TimeDelta::minutes(60);

/// The tiers of a year.
pub(crate) struct Model {
    pub(crate) tiers: Tiers,
    /// What each holds, oldest first.
    pub(crate) holds: Snapshots,
}

impl Model {
    pub(crate) fn new() -> Self {
        let tiers = Tiers::new(Tier::built_in()).expect("the built-in tiers take captures");
        let holds = tiers.all().iter().map(|tier| (tier.name.clone(), Vec::new())).collect();
        Self { tiers, holds }
    }

    /// Does what `auto` does to the tiers after a backup that saved the `change`th snapshot, or none. Returns whether a tier is not
    /// as it was.
    pub(crate) fn pass(&mut self, now: DateTime<Utc>, change: Option<u32>) -> bool {
        let before = self.holds.clone();
        if let Some(number) = change {
            let base = self.tiers.base().name.clone();
            self.holds.entry(base).or_default().push(SnapshotId::new(now, &format!("{number:08x}")));
        }
        let facts = facts(&self.tiers, &self.holds, now);
        let promotion = promote(&facts, |_| true);
        let cleanup = clean(&facts, &promotion, |_| true);
        let kept = |tier: &Tier| (tier.name.clone(), cleanup.kept(&tier.name).cloned().collect());
        self.holds = self.tiers.all().iter().map(kept).collect();
        self.holds != before
    }
}

/// Every branch may be rewritten.
static NONE: BTreeSet<TierName> = BTreeSet::new();

/// Returns what deciding needs to know.
pub(crate) fn facts<'a>(tiers: &'a Tiers, snapshots: &'a Snapshots, now: DateTime<Utc>) -> Facts<'a> {
    Facts { tiers, zone: Tz::UTC, now, grace: GRACE, snapshots, verified: None, append_only: &NONE }
}
