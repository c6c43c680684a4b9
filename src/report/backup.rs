//! The sentences of a backup: why one was skipped, what a person should know of it, what its commit says.

use chrono::{DateTime, SecondsFormat, Utc};

use super::quantity::{count, duration, grouped};
use super::{Entry, Reason, Step, diff};
use crate::plan::pace::Pace;
use crate::snapshot::{Named, ProjectId, SnapshotId, TreePath};

/// Why a snapshot is made though no resource may have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyElse {
    /// The configuration did.
    Reconfigured,
    /// The snapshot before it was imported.
    Imported,
}

impl WhyElse {
    /// Says what a person should know of the snapshot.
    #[must_use]
    pub fn warning(self) -> &'static str {
        match self {
            WhyElse::Reconfigured => {
                "The configuration changed since the last snapshot (what is selected, where it stands, or how secrets are \
                 treated): this snapshot was made even if no resource changed, and a resource that is missing in it may \
                 only be deselected."
            }
            WhyElse::Imported => {
                "The snapshot before this one was imported from the template repository and has its files as the vendor's \
                 CLI wrote them. This one is the first that was read completely; what was edited in between cannot be told \
                 apart, and the anomaly guard compares from this one on."
            }
        }
    }

    fn in_short(self) -> &'static str {
        match self {
            WhyElse::Reconfigured => "the configuration changed",
            WhyElse::Imported => "the snapshot before it was imported",
        }
    }
}

/// Heads the progress of reading so many projects.
#[must_use]
pub fn reading_all(projects: usize) -> String {
    if projects == 1 { "Reading the project".to_owned() } else { format!("Reading {projects} projects") }
}

/// Heads the part of the log about reading.
#[must_use]
pub fn reading(project: &ProjectId, host: &str) -> String {
    format!("Reading project {project} from {host}")
}

/// Says that the configuration file came from the repository, not from the workspace.
#[must_use]
pub fn configured_by(path: &str, place: &str) -> String {
    format!("{path} is not in the workspace; read from {place}.")
}

/// Heads the part of the log about saving.
#[must_use]
pub fn saving(snapshot: &SnapshotId, store: &str) -> String {
    format!("Saving snapshot {snapshot} in {store}")
}

/// Says what the whole reading will cost, as soon as it is known.
#[must_use]
pub fn expected(pace: Pace, in_all: u64) -> String {
    let mut requests = count(pace.requests, "request");
    if in_all > pace.requests {
        requests += &format!(" of {}", grouped(in_all));
    }
    if pace.at_least.is_zero() {
        return format!("Reading the project takes {requests}.");
    }
    let time = duration(u64::try_from(pace.at_least.as_millis()).unwrap_or(u64::MAX));
    format!("Reading the project takes {requests}, which the server's limit stretches to {time} at least.")
}

/// Says that a scheduled run came too soon.
#[must_use]
pub fn too_soon(newest: DateTime<Utc>, due: DateTime<Utc>) -> Reason {
    Reason {
        message: format!(
            "The project was last read at {}; a scheduled run does nothing before {}.",
            time(newest),
            time(due)
        ),
        causes: Vec::new(),
        hints: vec![
            "A run that a person starts always runs; `retention.hourly.intervalMinutes` sets the interval."
                .to_owned(),
        ],
    }
}

/// Says that a later capture was saved first.
#[must_use]
pub fn overtaken(by: &SnapshotId) -> Reason {
    Reason {
        message: format!(
            "Another run began its capture after this one and saved it first, as {by}: it holds all that this run saw."
        ),
        causes: Vec::new(),
        hints: Vec::new(),
    }
}

/// Says that another snapshot came while this run carried from the one before.
#[must_use]
pub fn outdated(by: &SnapshotId) -> Reason {
    Reason {
        message: format!(
            "Another run saved {by} meanwhile. This one had carried parts from the snapshot before, which would undo what \
             {by} has; the next run reads what this one read."
        ),
        causes: Vec::new(),
        hints: vec![
            "Give the workflow a `concurrency` group, so that its runs wait for each other.".to_owned(),
        ],
    }
}

/// Says what a backup would do.
#[must_use]
pub fn step(entry: &Entry, why_else: Option<WhyElse>, snapshot: &SnapshotId) -> Step {
    let why = match (&entry.previous, entry.changes.count(), why_else) {
        (None, ..) => "there is no snapshot yet".to_owned(),
        (Some(_), 0, Some(why)) | (Some(_), _, Some(why @ WhyElse::Imported)) => why.in_short().to_owned(),
        (Some(previous), files, _) => format!("{} since {previous}", differ(files as u64)),
    };
    Step { what: format!("append snapshot `{snapshot}` to `{}`", entry.branch), why }
}

fn differ(files: u64) -> String {
    format!("{} {}", count(files, "file"), if files == 1 { "differs" } else { "differ" })
}

/// Says that the snapshots on a branch could not be counted, and why.
#[must_use]
pub fn uncounted(branch: &str, why: &dyn std::error::Error) -> String {
    let causes: String =
        std::iter::successors(Some(why), |error| error.source()).map(|error| format!(": {error}")).collect();
    format!("The older snapshots on `{branch}` could not be read{causes}")
}

/// Says that what changed could not be put into words.
#[must_use]
pub fn uncompared(why: &dyn std::fmt::Display) -> String {
    format!("What changed could not be compared ({why}); the snapshot is not concerned. Please report it.")
}

/// Says that the newest snapshot lies in the future.
#[must_use]
pub fn future_dated(ahead: &SnapshotId) -> String {
    format!(
        "The snapshot before this one, {ahead}, carries a time that is still to come; this one carries the real time. \
         One of the two machines has a wrong clock."
    )
}

/// Says where new content holds what looks like a credential: one sentence for all of it, lest they drown the rest.
pub fn credentials<'a>(found: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
    const NAMED: usize = 5;
    let found: Vec<_> = found.collect();
    let named: Vec<_> =
        found.iter().take(NAMED).map(|(path, looks)| format!("{looks} in `{path}`")).collect();
    let more = match found.len().saturating_sub(NAMED) {
        0 => String::new(),
        n => format!(" and {} more", count(n as u64, "file")),
    };
    (!named.is_empty()).then(|| {
        format!(
            "Text that looks like credentials was stored as it is, readable for everybody who can read the repository: \
             {}{more}. Keep credentials in Cognigy's connections, and change those that were in code.",
            named.join(", ")
        )
    })
}

/// Says that texts were not kept to the letter.
#[must_use]
pub fn mended(answers: u64) -> Option<String> {
    (answers > 0).then(|| {
        format!(
            "The server sent half a character (an emoji cut in two, say) in {}; no file can hold that, so U+FFFD, the \
             replacement character, stands in its place.",
            count(answers, "answer")
        )
    })
}

/// Says of what there is only what a list says.
#[must_use]
pub fn listed_only(listed: &[Named]) -> Option<String> {
    let names: Vec<_> = listed.iter().map(|one| format!("`{one}`")).collect();
    (!names.is_empty()).then(|| {
        format!(
            "On the list, but \"not found\" when read by itself: {}. The snapshot has what the list says of it, which is not all.",
            names.join(", ")
        )
    })
}

/// Says what was still being edited when the capture ended.
#[must_use]
pub fn moving(moving: &[Named]) -> Option<String> {
    const NAMED: usize = 5;
    let named: Vec<_> = moving.iter().take(NAMED).map(|one| format!("`{}/{}`", one.kind, one.name)).collect();
    let more = match moving.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!named.is_empty()).then(|| {
        format!(
            "The project was being edited while it was read: {}{more} changed again after the last reading. Each is in the \
             snapshot as it was read; the next backup has what came after.",
            named.join(", ")
        )
    })
}

/// Says that the content holds a secret of this very run.
#[must_use]
pub fn exposed(files: &[TreePath]) -> Option<String> {
    let first = files.first()?;
    let more = match files.len() - 1 {
        0 => String::new(),
        more => format!(" (and {} more)", count(more as u64, "file")),
    };
    Some(format!(
        "The API key, or another secret that this run was given, stands in the project's own content, in `{first}`{more}: \
         whoever can read the project or the store can read it. Content is never rewritten; make a new key and take \
         the old one out of the project."
    ))
}

/// Writes what a commit says beside its title and trailers: what it holds and what differs from the one before.
#[must_use]
pub fn commit(entry: &Entry, why_else: Option<WhyElse>) -> String {
    let resources: u64 = entry.kinds.iter().map(|(_, kind)| kind.resources).sum();
    let files: u64 = entry.kinds.iter().map(|(_, kind)| kind.files).sum();
    let name = entry.project_name.as_deref().unwrap_or("the project");
    let holds = format!("{resources} resources in {files} files");
    let Some(previous) = &entry.previous else {
        return format!("First snapshot of {name}: {holds}.");
    };
    let mut words = format!("{name}: {holds}.\n\n");
    match why_else {
        Some(WhyElse::Imported) => {
            return words
                + &format!("Read completely for the first time; {previous} before it was imported.\n");
        }
        Some(WhyElse::Reconfigured) => words.push_str("The configuration changed.\n\n"),
        None => {}
    }
    match &entry.diff {
        Some(diff) => words + &diff::body(diff, previous),
        None => words + &format!("Nothing else changed since {previous}.\n"),
    }
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
