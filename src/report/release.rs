//! The words of a release: its notes, and what keeps one from being made.

use std::collections::BTreeMap;

use super::escape::{block, prose};
use super::quantity::{count, grouped, size, time};
use super::tiers::FailedStep;
use super::{Reason, diff};
use crate::snapshot::{Diff, Kind, KindSummary, Message, ReleaseTag, SnapshotId, TierName};

/// GitHub takes 125,000 characters; what changed is the only part that can be long.
const CHANGES_BYTES: usize = 60_000;

/// What the notes of a release speak of.
#[derive(Debug)]
pub struct Notes<'a> {
    /// Its tag.
    pub tag: &'a ReleaseTag,
    /// The tier.
    pub tier: &'a TierName,
    /// The period that it stands for.
    pub period: &'a str,
    /// The snapshot's commit message.
    pub message: &'a Message,
    /// The project's name.
    pub project: &'a str,
    /// What the snapshot holds.
    pub kinds: Option<&'a BTreeMap<Kind, KindSummary>>,
    /// The snapshot of the release before.
    pub since: Option<&'a SnapshotId>,
    /// What changed since that.
    pub diff: Option<&'a Diff>,
    /// The archive's file name.
    pub archive: &'a str,
    /// Where the repository is.
    pub store: &'a str,
}

/// Writes the notes, in Markdown. They depend on the snapshot and the release before and on nothing else, so that a run
/// that goes on with another's work writes the same.
#[must_use]
pub fn notes(notes: &Notes<'_>) -> String {
    let Message { snapshot, taken, project, layout, .. } = notes.message;
    let name = if notes.project.is_empty() { project.as_str() } else { notes.project };
    let mut out = format!(
        "The newest snapshot of {} in {}, taken {}.\n\n| | |\n|:--|:--|\n| Snapshot | `{snapshot}` |\n| Project | `{project}` |\n\
         | Layout | {layout} |\n",
        prose(&format!("`{name}`")),
        notes.period,
        time(*taken),
    );
    if let Some(of) = notes.message.size {
        let (resources, files) = (count(of.resources, "resource"), count(of.files, "file"));
        out += &format!("| Content | {resources} in {files}, {} |\n", size(of.bytes));
    }
    out.push('\n');
    match (notes.since, notes.diff) {
        (None, _) => out += "This is the first release.\n\n",
        (Some(since), None) => out += &format!("What changed since `{since}` could not be compared.\n\n"),
        (Some(since), Some(diff)) if diff.is_empty() => {
            out += &format!("Nothing changed since `{since}`.\n\n")
        }
        (Some(since), Some(diff)) => out += &diff::markdown(diff, since, CHANGES_BYTES),
    }
    let read = notes.kinds.into_iter().flatten().filter(|(_, kind)| kind.files > 0);
    let rows: String = read
        .map(|(kind, of)| {
            format!("| {kind} | {} | {} | {} |\n", grouped(of.resources), grouped(of.files), size(of.bytes))
        })
        .collect();
    if !rows.is_empty() {
        out += &format!("| Kind | resources | files | size |\n|:--|--:|--:|--:|\n{rows}\n");
    }
    let tag = notes.tag;
    let with = [format!("cognigy-backup export --snapshot {tag} --output {tag}")];
    let without = [
        "sha256sum --check SHA256SUMS".to_owned(),
        format!("tar -xf {}", notes.archive),
        format!("git clone --depth 1 --branch {tag} {} {tag}", notes.store),
    ];
    out += &format!(
        "**To get it back**, with cognigy-backup:\n\n{}\nwithout, from the files here (a tar that knows zstd), or with git alone:\n\n{}",
        block("sh", with.iter().map(String::as_str)),
        block("sh", without.iter().map(String::as_str)),
    );
    out
}

/// Says that a release could not be made or removed.
#[must_use]
pub fn failed(subject: &str, reason: Reason) -> FailedStep {
    FailedStep { subject: subject.to_owned(), reason }
}

/// Says that every tag that a release could have is taken.
#[must_use]
pub fn no_tag(subject: &str, tries: u32) -> FailedStep {
    let reason = Reason {
        message: format!(
            "The release {subject} could not be published: {tries} tags for it are taken or used up"
        ),
        causes: Vec::new(),
        hints: vec!["Delete releases and tags of this period that are none of cognigy-backup's.".to_owned()],
    };
    FailedStep { subject: subject.to_owned(), reason }
}
