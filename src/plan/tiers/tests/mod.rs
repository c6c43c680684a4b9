//! The rules of promotion and retention: a world of tiers without a store, for properties and for days.

mod days;
mod properties;

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::snapshot::{Period, Storage};

/// A world of tiers and a history of captures, without a store.
struct World {
    tiers: Tiers,
    zone: Tz,
    now: DateTime<Utc>,
    grace: TimeDelta,
    snapshots: Snapshots,
    append_only: BTreeSet<TierName>,
    /// Every capture there ever was.
    taken: Vec<SnapshotId>,
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn name(text: &str) -> TierName {
    text.parse().unwrap()
}

fn id(at: DateTime<Utc>) -> SnapshotId {
    SnapshotId::new(at, &format!("{:08x}", at.timestamp()))
}

impl World {
    fn new(tiers: Vec<Tier>, start: &str) -> Self {
        Self {
            tiers: Tiers::new(tiers).unwrap(),
            zone: Tz::UTC,
            now: time(start),
            grace: TimeDelta::hours(1),
            snapshots: Snapshots::new(),
            append_only: BTreeSet::new(),
            taken: Vec::new(),
        }
    }

    fn built_in() -> Self {
        Self::new(Tier::built_in(), "2025-10-03T12:00:00Z")
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            tiers: &self.tiers,
            zone: self.zone,
            now: self.now,
            grace: self.grace,
            snapshots: &self.snapshots,
            verified: None,
            append_only: &self.append_only,
        }
    }

    fn capture(&mut self) {
        self.capture_at(self.now);
    }

    fn capture_at(&mut self, at: DateTime<Utc>) {
        let base = self.tiers.base().name.clone();
        let chain = self.snapshots.entry(base).or_default();
        if !chain.contains(&id(at)) {
            chain.push(id(at));
            self.taken.push(id(at));
        }
    }

    fn pass(&mut self, minutes: i64) {
        self.now += TimeDelta::minutes(minutes);
    }

    fn promote(&mut self) -> Promotion {
        let promotion = promote(&self.facts(), |_| true);
        self.snapshots = promotion.after.clone();
        promotion
    }

    fn clean(&mut self) -> Cleanup {
        // Nothing is promoted by a run that only cleans up: all that is due is waited for.
        let promotion = promote(&self.facts(), |_| false);
        let cleanup = clean(&self.facts(), &promotion, |_| true);
        self.keep(&cleanup);
        cleanup
    }

    fn keep(&mut self, cleanup: &Cleanup) {
        for judged in &cleanup.tiers {
            self.snapshots.insert(judged.tier.clone(), cleanup.kept(&judged.tier).cloned().collect());
        }
    }

    fn auto(&mut self) -> (Promotion, Cleanup) {
        let promotion = self.promote();
        let cleanup = clean(&self.facts(), &promotion, |_| true);
        self.keep(&cleanup);
        (promotion, cleanup)
    }

    fn of(&self, tier: &str) -> Vec<String> {
        self.snapshots.get(&name(tier)).into_iter().flatten().map(|id| short(id.taken())).collect()
    }

    /// What must be true after every promotion: no period that ended is without its newest snapshot in the tier that
    /// keeps it.
    fn check(&self) -> Result<(), TestCaseError> {
        let facts = self.facts();
        for tier in self.tiers.all().iter().filter(|tier| tier.enabled) {
            if tier.name == self.tiers.base().name || self.append_only.contains(&tier.name) {
                continue;
            }
            let mut newest: BTreeMap<Span, &SnapshotId> = BTreeMap::new();
            for id in self.taken.iter().filter(|id| !facts.is_future(id)) {
                let known = newest.entry(facts.span(tier, id)).or_insert(id);
                *known = (*known).max(id);
            }
            let is_release = tier.storage == Storage::Release;
            let counted =
                newest.iter().rev().filter(|(span, _)| !is_release || self.now >= facts.closes(span));
            let counted = counted.take(tier.count.unwrap_or(1) as usize);
            for (span, id) in counted.filter(|(span, _)| self.now >= facts.closes(span)) {
                let there = facts.of(&tier.name);
                prop_assert!(
                    there.contains(id),
                    "{} has no {} of {} at {}: {there:?}",
                    tier.name,
                    id,
                    span.label,
                    self.now
                );
            }
        }
        Ok(())
    }
}

fn short(time: DateTime<Utc>) -> String {
    time.format("%m-%dT%H:%M").to_string()
}

fn tier(own: &str, from: Option<&str>, period: Period, count: u32) -> Tier {
    let known = Tier::built_in().remove(0);
    Tier {
        name: name(own),
        from: from.map(name),
        period,
        count: Some(count),
        interval: None,
        storage: Storage::Branch,
        ..known
    }
}
