//! What happened, and how it is said: to a person in a summary and at a terminal, to a workflow in outputs, to a
//! program in JSON. Pure strings; [`crate::runner`] writes them.
//!
//! The nouns stand here: a [`Report`] has an [`Entry`] for each project. [`summary`], [`console`], [`annotations`],
//! [`outputs`] and [`json`] are its faces, one function each; [`verdict`] is the sentence that they share. Whatever
//! came from outside passes through [`escape`] on its way into a face, and the whole report through
//! [`Report::scrub`] before any.

pub mod about;
pub mod annotations;
pub mod backup;
mod budget;
pub mod catalogue;
mod changes;
pub mod compared;
pub mod console;
pub mod diff;
pub mod escape;
pub mod export;
pub mod found;
pub mod import;
pub mod json;
mod outcome;
pub mod outputs;
pub mod quantity;
pub mod quarantine;
pub mod release;
mod secrets;
pub mod state;
pub mod summary;
pub mod table;
pub mod tiers;
pub mod verdict;

pub use budget::{SUMMARY_BUDGET, cut};
pub use changes::{Changes, Touched};
use chrono::{DateTime, Utc};
pub use outcome::Outcome;
pub use secrets::{STARS, Secrets};
use serde::{Serialize, Serializer};

use crate::snapshot::{
    Availability, Diff, Freshness, Kind, KindSummary, Named, ProjectId, SnapshotId, Unread,
};

/// What one run did: one entry for each project.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The version of cognigy-backup that ran.
    pub version: String,
    /// The mode that was asked for.
    pub mode: String,
    /// Whether it was asked for several projects, be it one of several. The faces then speak of a list.
    #[serde(skip)]
    pub several: bool,
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
    /// The configuration file that names it, where one was read.
    pub config: Option<String>,
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
    /// How many snapshots the branch holds after the run, where that is known.
    pub snapshots: Option<u64>,
    /// Which files differ from the previous snapshot.
    pub changes: Changes,
    /// What differs in them, by resource, item and field; absent where there is no previous snapshot or nothing differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<Diff>,
    /// Per kind, what was captured. In JSON an object with the kinds' names as keys, in this order.
    #[serde(serialize_with = "kinds_by_name")]
    pub kinds: Vec<(Kind, KindSummary)>,
    /// What was done for the tiers, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tiers: Option<tiers::Tiered>,
    /// The answer to a question about snapshots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<catalogue::Answer>,
    /// What runs remember, as rows of a name and a text, where that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remembered: Vec<(String, String)>,
    /// What would be done, in order; empty where it was done.
    pub plan: Vec<Step>,
    /// Requests sent to the Cognigy API.
    pub requests: u64,
    /// Requests that were expected, and those that reading everything takes, once both are known.
    pub expected: Option<Expected>,
    /// How much was read now and how old the rest is, where anything was read.
    pub freshness: Option<Freshness>,
    /// What could not be read, though it is there, and what stands in its place.
    pub unread: Vec<Unread>,
    /// Fields that were redacted.
    pub redacted: u64,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What a person should know though nothing failed.
    pub warnings: Vec<String>,
    /// What a person accepted to be missing, though it looked like damage.
    pub missing: Vec<Named>,
    /// The capture that was set aside, or that had been before with the same content.
    pub quarantine: Option<SnapshotId>,
    /// Why it ended so, where that needs saying: the reason of a skip, a refusal, a failure.
    pub reason: Option<Reason>,
}

impl Entry {
    /// Returns what differs, and the snapshot that it differs from.
    #[must_use]
    pub fn difference(&self) -> Option<(&Diff, &SnapshotId)> {
        self.diff.as_ref().zip(self.previous.as_ref())
    }

    /// Returns what the project is called: by its name, or else by its id.
    #[must_use]
    pub fn called(&self) -> Option<&str> {
        self.project_name.as_deref().or(self.project.as_ref().map(ProjectId::as_str))
    }

    /// Returns whether the run made a snapshot, or, where it only planned, would have made one.
    #[must_use]
    pub fn changed(&self) -> bool {
        let moves = matches!(self.outcome, Outcome::Success | Outcome::Partial | Outcome::Planned);
        moves && self.snapshot.as_ref().is_some_and(|now| Some(&now.id) != self.previous.as_ref())
    }
}

/// What a reading costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Expected {
    /// Requests of this run.
    pub requests: u64,
    /// Requests that reading everything takes.
    pub in_all: u64,
    /// Minutes that the server's limit makes of this run's.
    pub minutes: u64,
}

/// One thing that would be done, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What, as an imperative: "append snapshot `…` to `snapshot/hourly`".
    pub what: String,
    /// Why: "2 files differ".
    pub why: String,
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

impl Reason {
    fn each_text(&mut self, clean: impl Fn(&mut String) + Copy) {
        clean(&mut self.message);
        self.causes.iter_mut().chain(&mut self.hints).for_each(clean);
    }
}

impl Report {
    /// Takes every planted secret out of every text of the report. Call it before any face is drawn: escaping for
    /// Markdown or JSON may hide a secret from a search, and no reader.
    pub fn scrub(&mut self, secrets: &Secrets) {
        let clean = |text: &mut String| *text = secrets.scrub(text);
        for entry in &mut self.entries {
            entry.project_name.iter_mut().chain(&mut entry.config).for_each(clean);
            [&mut entry.store, &mut entry.branch, &mut entry.tier].into_iter().for_each(clean);
            let changes = &mut entry.changes;
            for paths in [&mut changes.added, &mut changes.modified, &mut changes.removed] {
                paths.iter_mut().for_each(clean);
            }
            if let Some(diff) = &mut entry.diff {
                diff.each_text(&mut |text| clean(text));
            }
            entry.plan.iter_mut().flat_map(|step| [&mut step.what, &mut step.why]).for_each(clean);
            entry.warnings.iter_mut().for_each(clean);
            entry.missing.iter_mut().for_each(|one| clean(&mut one.name));
            for step in entry.tiers.iter_mut().flat_map(|tiers| &mut tiers.failed) {
                clean(&mut step.subject);
                step.reason.each_text(clean);
            }
            if let Some(answer) = &mut entry.answer {
                answer.each_text(&mut |text| clean(text));
            }
            entry.remembered.iter_mut().flat_map(|(name, text)| [name, text]).for_each(clean);
            for unread in &mut entry.unread {
                [&mut unread.id, &mut unread.name, &mut unread.why].into_iter().for_each(clean);
                unread.part.iter_mut().for_each(clean);
            }
            if let Some(reason) = &mut entry.reason {
                reason.each_text(clean);
            }
        }
    }
}

fn kinds_by_name<S: Serializer>(kinds: &[(Kind, KindSummary)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(kinds.iter().map(|(kind, summary)| (kind, summary)))
}

/// Returns the kinds that a person must hear of: not readable though wanted.
pub fn unreadable(kinds: &[(Kind, KindSummary)]) -> impl Iterator<Item = (Kind, Availability)> {
    let lost = |a: Availability| matches!(a, Availability::Forbidden | Availability::Unsupported);
    kinds.iter().map(|(kind, summary)| (*kind, summary.availability)).filter(move |(_, a)| lost(*a))
}

#[cfg(test)]
mod tests;
