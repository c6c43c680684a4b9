//! What is promoted and what is forgotten. Pure: tiers, snapshots and the time in; moves and verdicts out.
//!
//! Everything goes by what is there and never by which schedule ran. A tier wants, of each of its periods, the newest
//! snapshot that was taken in it, over all tiers below. [`promote()`] says what it takes now and what it waits for;
//! [`clean()`] judges each snapshot of each tier after that. Executed in part and planned again, the end is the same.

mod clean;
mod promote;
mod simulate;
mod verdict;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

pub use clean::{Cleanup, Judged, clean, young};
pub use promote::{Move, Promotion, Skip, Why, promote};
pub use simulate::{Days, MOST_CAPTURES, Simulation, simulate};
pub use verdict::{Drop, Keep, Verdict, judge};

use crate::snapshot::{SnapshotId, Span, Tier, TierName, Tiers};

/// How far ahead of us a snapshot may be taken before its time counts as an error of somebody's clock.
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(60);

/// The snapshots of each tier, oldest first: on a branch in the order of its chain, of releases in that of their
/// periods.
pub type Snapshots = BTreeMap<TierName, Vec<SnapshotId>>;

/// What deciding needs to know.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The tiers.
    pub tiers: &'a Tiers,
    /// The zone whose days, weeks and months they count.
    pub zone: Tz,
    /// The time.
    pub now: DateTime<Utc>,
    /// How long after its end a period may still get a snapshot: as long as a run may take that began in it.
    pub grace: TimeDelta,
    /// What is there. Of a release tier only what is whole and published.
    pub snapshots: &'a Snapshots,
    /// The newest snapshot that was found to be whole, where any was looked at.
    pub verified: Option<&'a SnapshotId>,
    /// The tiers on branches that the server lets nobody rewrite.
    pub append_only: &'a BTreeSet<TierName>,
}

impl<'a> Facts<'a> {
    fn of(&self, tier: &TierName) -> &'a [SnapshotId] {
        self.snapshots.get(tier).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a snapshot carries a time that is still to come.
    fn is_future(&self, snapshot: &SnapshotId) -> bool {
        snapshot.taken() > self.now + CLOCK_SKEW
    }

    fn span(&self, tier: &Tier, snapshot: &SnapshotId) -> Span {
        tier.period.span(snapshot.taken(), self.zone)
    }

    /// Returns from when on a period gets no snapshot any more.
    fn closes(&self, span: &Span) -> DateTime<Utc> {
        // A period of one snapshot has no end to wait for.
        if span.start == span.end { span.end } else { span.end + self.grace }
    }
}
