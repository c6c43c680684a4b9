//! A snapshot that was written into a folder or a zip file, and what is said of it.

use serde::Serialize;

use super::Step;
use super::escape::quoted;
use super::quantity::{count, size};
use super::table::Table;
use crate::snapshot::{ContentSize, SnapshotId};

/// A snapshot that was written.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exported {
    /// Which.
    pub snapshot: SnapshotId,
    /// Where to.
    pub path: String,
    /// Whether into one zip file.
    pub zip: bool,
    /// How many files, with the manifest.
    pub files: u64,
    /// Their size together, in bytes.
    pub bytes: u64,
}

impl Exported {
    pub(super) fn table(&self) -> Table {
        let mut table = Table::new("", &["", ""]);
        table.row(["snapshot".to_owned(), self.snapshot.to_string()]);
        let form = if self.zip { "zip file" } else { "folder" };
        table.row([form.to_owned(), self.path.clone()]);
        table.row(["holds".to_owned(), format!("{}, {}", count(self.files, "file"), size(self.bytes))]);
        table.row(["checked".to_owned(), "each file against the manifest".to_owned()]);
        table
    }
}

/// Says what an export would do.
#[must_use]
pub fn planned(snapshot: &SnapshotId, path: &str, holds: ContentSize) -> Step {
    let (files, bytes) = (count(holds.files, "file"), size(holds.bytes));
    Step { what: format!("write `{snapshot}` to {}", quoted(path)), why: format!("{files}, {bytes}") }
}

/// Says that two files are one where case does not count.
#[must_use]
pub fn clash(one: &str, other: &str) -> String {
    let (one, other) = (quoted(one), quoted(other));
    format!("{one} and {other} are one file where case does not count, as on macOS and Windows")
}

/// Says that a file is not the one that was saved.
#[must_use]
pub fn other_content(snapshot: &SnapshotId, path: &str) -> String {
    let path = quoted(path);
    format!(
        "Snapshot {snapshot} is damaged: {path} is not the file that its manifest names. Nothing was written."
    )
}

/// Says that a file cannot be read.
#[must_use]
pub fn unreadable(snapshot: &SnapshotId, path: &str, why: &str) -> String {
    format!("Snapshot {snapshot} is damaged: {} cannot be read ({why}). Nothing was written.", quoted(path))
}

/// Says that files and manifest do not name the same.
#[must_use]
pub fn not_the_same(snapshot: &SnapshotId, path: &str, is_listed: bool) -> String {
    let what = if is_listed {
        "is in its manifest and not in its tree"
    } else {
        "is in its tree and not in its manifest"
    };
    format!("Snapshot {snapshot} is damaged: {} {what}. Nothing was written.", quoted(path))
}
