//! Which paths an archive may hold: sorted, each once, none a file and a folder at once.
//!
//! The writer asks before it writes and the reader before it hands out, so nothing is ever archived that cannot be
//! taken out again. That a name is one on every file system is the affair of the capture, which makes them so; imported
//! snapshots have the names that a Linux runner gave them, and are archived as they are.

use std::collections::HashMap;

use super::Limits;
use super::error::{Problem, shown};
use crate::snapshot::TreePath;

/// The longest path in bytes; every system's own limit is lower.
const LONGEST: usize = 4096;
/// The longest part of a path that common file systems hold, in bytes.
const LONGEST_PART: usize = 255;
/// What all names together may take in memory, in bytes. A snapshot of 10,000 files takes about 3 MB.
const MEMORY: usize = 64 * 1024 * 1024;

/// The paths so far, and how much they stand for.
pub(super) struct Paths {
    limits: Limits,
    last: Option<TreePath>,
    /// Every path and every folder above one, and whether it is a file.
    seen: HashMap<String, bool>,
    memory: usize,
    files: u64,
    bytes: u64,
}

impl Paths {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, last: None, seen: HashMap::new(), memory: 0, files: 0, bytes: 0 }
    }

    /// Returns how many files there are.
    pub(super) fn files(&self) -> u64 {
        self.files
    }

    /// Returns the size of all files, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the newest path as it may be shown.
    pub(super) fn near(&self) -> String {
        self.last.as_ref().map_or_else(|| "its beginning".to_owned(), |path| shown(path.as_str().as_bytes()))
    }

    /// Takes the next path, with its file's size in bytes.
    pub(super) fn admit(&mut self, path: &TreePath, size: u64) -> Result<(), Problem> {
        let entry = || shown(path.as_str().as_bytes());
        if let Some(why) = unfit(path) {
            return Err(Problem::Path { entry: entry(), why: why.to_owned() });
        }
        if self.last.as_ref().is_some_and(|last| last >= path) {
            return Err(Problem::Order { entry: entry() });
        }
        self.files += 1;
        self.bytes = self.bytes.saturating_add(size);
        if self.bytes > self.limits.bytes {
            return Err(Problem::TooMuch { entry: entry(), limit: self.limits.bytes });
        }
        self.note(path)?;
        if self.files > self.limits.files || self.memory > MEMORY {
            return Err(Problem::TooMany { entry: entry(), limit: self.limits.files });
        }
        self.last = Some(path.clone());
        Ok(())
    }

    /// Compares the path and each folder above it with what was there before.
    fn note(&mut self, path: &TreePath) -> Result<(), Problem> {
        let whole = path.as_str();
        let folders = whole.match_indices('/').map(|(at, _)| (&whole[..at], false));
        for (spelled, is_file) in folders.chain([(whole, true)]) {
            match self.seen.get(spelled) {
                Some(was_file) if *was_file || is_file => {
                    return Err(Problem::Clash { entry: shown(spelled.as_bytes()) });
                }
                Some(_) => {}
                None => {
                    self.memory += spelled.len() + size_of::<(String, bool)>();
                    self.seen.insert(spelled.to_owned(), is_file);
                }
            }
        }
        Ok(())
    }
}

/// Says why a path is none for an archive. A control character would write into somebody's terminal or log.
fn unfit(path: &TreePath) -> Option<&'static str> {
    if path.as_str().len() > LONGEST {
        Some("it is longer than 4096 bytes")
    } else if path.components().any(|part| part.len() > LONGEST_PART) {
        Some("a part of it is longer than 255 bytes")
    } else if path.as_str().contains(char::is_control) {
        Some("it has a control character in it")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn admit(paths: &[&str]) -> Result<(), Problem> {
        let mut seen = Paths::new(Limits { files: 3, bytes: 10 });
        paths.iter().try_for_each(|path| seen.admit(&path.parse().unwrap(), 3))
    }

    #[rstest]
    #[case::sorted(&["a", "b/c", "b/d"])]
    #[case::a_folder_between(&["a.b", "a/b", "a0"])]
    #[case::same_ends(&["a/x", "b/X"])]
    #[case::case(&["A/x", "a/y", "a/\u{fc}"])]
    #[case::colon(&["flows/Order: new/config.json"])]
    fn what_a_snapshot_has_is_taken(#[case] paths: &[&str]) {
        admit(paths).unwrap();
    }

    #[rstest]
    #[case::twice(&["a", "a"], "twice")]
    #[case::unsorted(&["b", "a"], "order")]
    #[case::file_and_folder(&["a", "a/b"], "folder")]
    #[case::line(&["a\n::error::x"], "control")]
    #[case::too_many(&["a", "b", "c", "d"], "more than")]
    fn what_is_not_one_path_is_refused(#[case] paths: &[&str], #[case] said: &str) {
        let problem = admit(paths).unwrap_err().to_string();
        assert!(problem.contains(said) && !problem.contains('\n'), "{problem}");
    }

    #[test]
    fn names_and_sizes_have_limits() {
        let long = "x".repeat(256);
        assert!(matches!(admit(&[&long]), Err(Problem::Path { .. })));
        let deep = ["x"; 2049].join("/");
        assert!(matches!(admit(&[&deep]), Err(Problem::Path { .. })));
        let mut seen = Paths::new(Limits { files: 3, bytes: 10 });
        assert!(matches!(seen.admit(&"a".parse().unwrap(), 11), Err(Problem::TooMuch { limit: 10, .. })));
    }

    #[test]
    fn deep_folders_do_not_fill_the_memory() {
        let mut seen = Paths::new(Limits::default());
        let admitted = (10_000..40_000).map(|n| format!("{n}/{}", ["x"; 2040].join("/")));
        let refused = admitted.map(|path| seen.admit(&path.parse().unwrap(), 0)).find(Result::is_err);
        assert!(matches!(refused, Some(Err(Problem::TooMany { .. }))));
        assert!(seen.memory < MEMORY + LONGEST * LONGEST * 2);
    }
}
