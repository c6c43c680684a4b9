//! What a backup does: whether to begin, and what to make of what was captured.
//!
//! Two questions, asked in this order. [`admit`] looks at the store before anything is captured: may this project be
//! saved here, is it time? [`plan`] looks at the capture beside the newest snapshot: is there anything to save, and
//! under which name and time? After a lost race both are asked again with what the store then holds.

mod admission;
mod guard;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use admission::{Admission, Before, Refusal, admit, clash};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
pub use guard::{Anomaly, Guarded, Lack, Seen, guard, unread};
use serde::Serialize;

use crate::snapshot::{
    Availability, IMPORTED_LAYOUT, Kind, KindSummary, LAYOUT_VERSION, Period, Prefix, ProjectId, SnapshotId,
    Tier, Tiers,
};

/// How far ahead of us the newest snapshot may be taken before its time counts as an error of somebody's clock.
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(60);

/// What stands at the end of the base tier's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tip {
    /// The branch does not exist yet.
    Absent,
    /// A snapshot of ours.
    Snapshot(Newest),
    /// A commit that is no snapshot of ours; why not.
    Foreign {
        /// The commit.
        commit: String,
        /// What is missing or wrong.
        why: String,
    },
}

/// The newest snapshot of the base tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newest {
    /// Its name for life.
    pub id: SnapshotId,
    /// The commit that holds it.
    pub commit: String,
    /// The commit before that one, where there is one.
    pub parent: Option<String>,
    /// The project it is of.
    pub project: ProjectId,
    /// Its content's tree id.
    pub tree: String,
    /// Its selection's digest.
    pub selection: String,
    /// Its layout's version.
    pub layout: u32,
}

/// Returns the kinds of which the newest snapshot has resources and that the server does not list any more: a hole, not
/// an edit. What is only deselected is none.
#[must_use]
pub fn lost(newest: &BTreeMap<Kind, KindSummary>, now: &BTreeMap<Kind, KindSummary>) -> Vec<Kind> {
    let unreadable = |kind: &Kind| {
        let availability = now.get(kind).map(|summary| summary.availability);
        matches!(availability, Some(Availability::Unsupported | Availability::Forbidden))
    };
    newest.iter().filter(|(_, there)| there.resources > 0).map(|(kind, _)| *kind).filter(unreadable).collect()
}

/// What was captured, as far as deciding needs it.
#[derive(Debug, Clone)]
pub struct Captured<'a> {
    /// Its content's tree id.
    pub tree: &'a str,
    /// Its selection's digest.
    pub selection: &'a str,
    /// When its capture began.
    pub started: DateTime<Utc>,
    /// What it lacks: too much that was in the snapshot before, or what could not be read and never was.
    pub anomalies: &'a [Anomaly],
    /// Whether a push of it was overtaken by somebody else's.
    pub raced: bool,
    /// The time.
    pub now: DateTime<Utc>,
}

/// What a backup will do. Made to be printed before it happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "action")]
pub enum Plan {
    /// Append a snapshot to the branch.
    Append(Append),
    /// The capture lacks too much: set it aside, and leave the branch as it is.
    SetAside {
        /// The snapshot's name.
        snapshot: SnapshotId,
        /// Its time.
        taken: DateTime<Utc>,
        /// What it lacks.
        anomalies: Vec<Anomaly>,
    },
    /// Nothing differs from the newest snapshot.
    Unchanged {
        /// That snapshot.
        newest: SnapshotId,
    },
    /// Somebody else's capture, begun after ours, is already there: ours has nothing to add.
    Overtaken {
        /// That snapshot.
        by: SnapshotId,
    },
}

/// A snapshot to be appended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Append {
    /// The branch, as a full ref name.
    pub branch: String,
    /// The commit that the branch must be at; `None`: it must not exist.
    pub expected: Option<String>,
    /// The commit that it comes after: the branch's, or, where the newest snapshot's period goes on and this one takes its
    /// place, the one before.
    pub parent: Option<String>,
    /// The snapshot that leaves for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<SnapshotId>,
    /// The snapshot's name.
    pub snapshot: SnapshotId,
    /// Its time.
    pub taken: DateTime<Utc>,
    /// Why, though nothing else may differ: the configuration or the layout did.
    pub reconfigured: bool,
    /// The newest snapshot was imported: what changed since cannot be told.
    pub after_import: bool,
    /// The newest snapshot carries a time that lies ahead of ours.
    pub future_dated: Option<SnapshotId>,
}

/// Decides what to make of a capture.
#[must_use]
pub fn plan(prefix: &Prefix, tiers: &Tiers, zone: Tz, tip: &Tip, captured: &Captured<'_>) -> Plan {
    let branch = prefix.branch(&tiers.base().name);
    let Tip::Snapshot(newest) = tip else {
        let expected = match tip {
            Tip::Foreign { commit, .. } => Some(commit.clone()),
            _ => None,
        };
        let taken = captured.started;
        let snapshot = SnapshotId::new(taken, captured.tree);
        if !captured.anomalies.is_empty() {
            return Plan::SetAside { snapshot, taken, anomalies: captured.anomalies.to_vec() };
        }
        return Plan::Append(Append {
            branch,
            parent: expected.clone(),
            expected,
            replaces: None,
            snapshot,
            taken,
            reconfigured: false,
            after_import: false,
            future_dated: None,
        });
    };
    let reconfigured = newest.selection != captured.selection || newest.layout != LAYOUT_VERSION;
    if newest.tree == captured.tree && !reconfigured {
        return Plan::Unchanged { newest: newest.id.clone() };
    }
    let ahead = newest.id.taken() - captured.started;
    // A capture cannot have begun in the future: that one's clock is wrong, and says nothing of what it saw.
    let began_by_now = newest.id.taken() - captured.now < CLOCK_SKEW;
    if captured.raced && ahead > TimeDelta::zero() && began_by_now {
        return Plan::Overtaken { by: newest.id.clone() };
    }
    if !captured.anomalies.is_empty() {
        let taken = captured.started;
        let snapshot = SnapshotId::new(taken, captured.tree);
        return Plan::SetAside { snapshot, taken, anomalies: captured.anomalies.to_vec() };
    }
    let future_dated = (ahead >= CLOCK_SKEW).then(|| newest.id.clone());
    let taken = if ahead < TimeDelta::zero() || future_dated.is_some() {
        captured.started
    } else {
        newest.id.taken() + TimeDelta::seconds(1)
    };
    let replaces = replaces(tiers, zone, &newest.id, taken);
    Plan::Append(Append {
        branch,
        expected: Some(newest.commit.clone()),
        parent: if replaces { newest.parent.clone() } else { Some(newest.commit.clone()) },
        replaces: replaces.then(|| newest.id.clone()),
        snapshot: SnapshotId::new(taken, captured.tree),
        taken,
        reconfigured,
        after_import: newest.layout == IMPORTED_LAYOUT,
        future_dated,
    })
}

/// Whether a snapshot takes the place of the newest one: where the tier that takes captures keeps one for each period, and
/// that period goes on. Not where it is a later period of a tier above (a week has days of two months): that tier may
/// still have to take the older one.
fn replaces(tiers: &Tiers, zone: Tz, newest: &SnapshotId, taken: DateTime<Utc>) -> bool {
    let same = |tier: &Tier| tier.period.span(newest.taken(), zone) == tier.period.span(taken, zone);
    let feeds =
        |tier: &&Tier| tier.enabled && tiers.below(tier).iter().any(|below| below.name == tiers.base().name);
    tiers.base().period != Period::Every && same(tiers.base()) && tiers.all().iter().filter(feeds).all(same)
}
