//! How far a contender has come, kept in its directory after each half hour in which something happened, so that a run
//! that was stopped goes on where it was; and its result in the end.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// How far a contender has come.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Progress {
    pub(crate) half_hours: u32,
    pub(crate) changes: u32,
    /// Names the project as it was then.
    pub(crate) digest: String,
    /// Bytes sent in order to save, and to forget.
    pub(crate) saving: u64,
    pub(crate) forgetting: u64,
    /// Whether something changed since the last end of a day.
    pub(crate) to_forget: bool,
    /// How long all took so far.
    pub(crate) seconds: f64,
}

/// What became of it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outcome {
    pub(crate) contender: String,
    #[serde(flatten)]
    pub(crate) progress: Progress,
    pub(crate) repository: u64,
    pub(crate) beside: u64,
    pub(crate) snapshots: u64,
}

/// Reads what was written; nothing where nothing was.
pub(crate) fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Option<T> {
    let bytes = std::fs::read(path).ok()?;
    Some(serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// Writes it whole or not at all.
pub(crate) fn write(path: &Path, value: &impl Serialize) {
    let beside = path.with_extension("new");
    let written = std::fs::create_dir_all(path.parent().unwrap_or(path))
        .and_then(|()| std::fs::write(&beside, serde_json::to_vec_pretty(value).expect("JSON")))
        .and_then(|()| std::fs::rename(&beside, path));
    written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
