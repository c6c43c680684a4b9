//! What happened, and how it is said: to a person in a summary and at a terminal, to a workflow in outputs, to a
//! program in JSON. Pure strings; [`crate::runner`] writes them.

pub mod backup;
mod outcome;

use chrono::{DateTime, Utc};
pub use outcome::Outcome;
use serde::Serialize;

use crate::snapshot::{Availability, Kind, KindSummary, ProjectId, SnapshotId};

/// What one run did: one entry for each project.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The version of cognigy-backup that ran.
    pub version: String,
    /// The mode that was asked for.
    pub mode: String,
    /// The worst outcome of all entries.
    pub outcome: Outcome,
    /// When the run began.
    pub started: DateTime<Utc>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// One entry for each project.
    pub entries: Vec<Entry>,
}

/// What happened to one project.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// How it ended.
    pub outcome: Outcome,
    /// The project, once known.
    pub project: Option<ProjectId>,
    /// Its name, once known.
    pub project_name: Option<String>,
    /// Where snapshots are kept, as it may be shown.
    pub store: String,
    /// The branch of the tier that takes captures: `snapshot/hourly`.
    pub branch: String,
    /// That tier: `hourly`.
    pub tier: String,
    /// The newest snapshot on the branch after the run: the one just made, or, unchanged, the one that was there.
    pub snapshot: Option<SnapshotFacts>,
    /// The newest snapshot that was there before the run.
    pub previous: Option<SnapshotId>,
    /// What differs from the previous snapshot, by file.
    pub changes: Changes,
    /// Per kind, what was captured.
    pub kinds: Vec<(Kind, KindSummary)>,
    /// Requests sent to the Cognigy API.
    pub requests: u64,
    /// Fields that were redacted.
    pub redacted: u64,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What a person should know though nothing failed.
    pub warnings: Vec<String>,
    /// Why it ended so, where that needs saying: the reason of a skip, a refusal, a failure.
    pub reason: Option<Reason>,
}

/// A snapshot as a person refers to it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotFacts {
    /// Its name for life.
    pub id: SnapshotId,
    /// The commit on the branch; `None` for one that is only planned.
    pub commit: Option<String>,
    /// How many resources it holds.
    pub resources: u64,
    /// How many files.
    pub files: u64,
    /// Their size together, in bytes.
    pub bytes: u64,
}

/// Files that differ between two snapshots, by path below the content folder.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    /// Not there before.
    pub added: Vec<String>,
    /// There with other bytes.
    pub modified: Vec<String>,
    /// Not there any more.
    pub removed: Vec<String>,
}

impl Changes {
    /// Returns how many files differ.
    #[must_use]
    pub fn count(&self) -> usize {
        self.added.len() + self.modified.len() + self.removed.len()
    }
}

/// Why something did not go as asked, and the way out.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// One sentence: subject and cause.
    pub message: String,
    /// The chain of causes below it.
    pub causes: Vec<String>,
    /// What to do about it.
    pub hints: Vec<String>,
}

/// Returns the kinds that a person must hear of: not readable though wanted.
pub fn unreadable(kinds: &[(Kind, KindSummary)]) -> impl Iterator<Item = (Kind, Availability)> {
    let lost = |a: Availability| matches!(a, Availability::Forbidden | Availability::Unsupported);
    kinds.iter().map(|(kind, summary)| (*kind, summary.availability)).filter(move |(_, a)| lost(*a))
}
