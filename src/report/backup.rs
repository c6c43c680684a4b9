//! The sentences of a backup: why one was skipped, what a person should know of it, what its commit says.

use chrono::{DateTime, SecondsFormat, Utc};

use super::{Entry, Reason};
use crate::snapshot::SnapshotId;

/// Said of a snapshot that was made because the configuration moved, not (only) the content.
pub const RECONFIGURED: &str = "The configuration changed since the last snapshot (what is selected, where it stands, or how \
                                secrets are treated): this snapshot was made even if no resource changed, and a resource \
                                that is missing in it may only be deselected.";

/// Says that a scheduled run came too soon.
#[must_use]
pub fn too_soon(newest: DateTime<Utc>, due: DateTime<Utc>) -> Reason {
    Reason {
        message: format!(
            "The last snapshot was taken at {}; a scheduled run does nothing before {}.",
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

/// Says that the newest snapshot lies in the future.
#[must_use]
pub fn future_dated(ahead: &SnapshotId) -> String {
    format!(
        "The snapshot before this one, {ahead}, carries a time that is still to come; this one carries the real time. \
         One of the two machines has a wrong clock."
    )
}

/// Writes what a commit says beside its title and trailers: what it holds and what differs from the one before.
#[must_use]
pub fn commit(entry: &Entry, reconfigured: bool) -> String {
    let resources: u64 = entry.kinds.iter().map(|(_, kind)| kind.resources).sum();
    let files: u64 = entry.kinds.iter().map(|(_, kind)| kind.files).sum();
    let name = entry.project_name.as_deref().unwrap_or("the project");
    let holds = format!("{resources} resources in {files} files");
    let Some(previous) = &entry.previous else {
        return format!("First snapshot of {name}: {holds}.");
    };
    let changes = &entry.changes;
    let mut words = format!(
        "{name}: {} files added, {} changed, {} removed since {previous}; {holds}.",
        changes.added.len(),
        changes.modified.len(),
        changes.removed.len()
    );
    if reconfigured {
        words.push_str("\nThe configuration changed.");
    }
    words
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
