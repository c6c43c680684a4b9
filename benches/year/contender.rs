//! What the contenders have in common: they are handed one half hour after the other, and measured in the end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, Utc};
use cognigy_backup::snapshot::TreePath;

use crate::states::{Change, Files};
use crate::tiers::Model;

/// One half hour.
pub(crate) struct HalfHour<'a> {
    /// When it ends.
    pub(crate) now: DateTime<Utc>,
    /// What happened in it.
    pub(crate) change: Option<&'a Change>,
    /// What the project is now.
    pub(crate) files: &'a Files,
    /// What the tiers hold after it, by our rules, and whether that is news.
    pub(crate) model: &'a Model,
    pub(crate) is_due: bool,
    /// Whether it is the first after the program was started, so that a run before may have been killed in it.
    pub(crate) again: bool,
}

/// A way to keep the year.
pub(crate) trait Contender {
    /// Lets a half hour pass, and returns what was sent for it.
    fn pass(&mut self, half_hour: &HalfHour<'_>) -> Sent;

    /// What somebody does at the end of a day in which something changed.
    fn end_day(&mut self) -> Sent {
        Sent::default()
    }

    /// What a server does once a week, at nobody's cost.
    fn end_week(&mut self) {}

    /// Looks at what is kept.
    fn measure(&mut self) -> Measured;
}

/// Bytes that left the machine on which a backup runs.
#[derive(Default, Clone, Copy)]
pub(crate) struct Sent {
    /// In order to save.
    pub(crate) saving: u64,
    /// In order to forget, where that is a command of its own.
    pub(crate) forgetting: u64,
}

/// What is kept.
pub(crate) struct Measured {
    /// Bytes of the repository.
    pub(crate) repository: u64,
    /// Bytes of what is kept beside it.
    pub(crate) beside: u64,
    /// Different states of the project that can be brought back.
    pub(crate) snapshots: u64,
}

/// What is done to a file before it is written.
pub(crate) type Pack = fn(&[u8]) -> Vec<u8>;

/// A directory with the project's files in it, as a command wants them.
pub(crate) struct WorkTree {
    pub(crate) path: PathBuf,
    packed: Option<Pack>,
}

impl WorkTree {
    pub(crate) fn new(path: PathBuf, packed: Option<Pack>) -> Self {
        std::fs::create_dir_all(&path).expect("a directory");
        Self { path, packed }
    }

    /// Writes the files that are not as they were; all of them after a start, when nobody knows.
    pub(crate) fn write(&self, half_hour: &HalfHour<'_>, change: &Change) {
        let all = half_hour.files.keys().filter(|path| half_hour.again || change.paths.contains(*path));
        for path in all {
            let (path, bytes) = self.packed(path, &half_hour.files[path]);
            if half_hour.again && std::fs::read(&path).is_ok_and(|there| there == bytes) {
                continue;
            }
            std::fs::create_dir_all(path.parent().unwrap_or(&self.path)).expect("a folder");
            std::fs::write(&path, bytes).expect("a file");
        }
    }

    fn packed(&self, path: &TreePath, bytes: &[u8]) -> (PathBuf, Vec<u8>) {
        match self.packed {
            Some(pack) => (self.path.join(format!("{path}.gz")), pack(bytes)),
            None => (self.path.join(path.as_str()), bytes.to_vec()),
        }
    }
}

/// Prepares a command that knows nothing of this machine's configuration.
pub(crate) fn command(program: &str, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(directory).env("HOME", directory).env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    command
}

/// Runs a command to its end and returns what it printed.
pub(crate) fn run(mut command: Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}: {said}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Returns every file below a directory, with its apparent size.
pub(crate) fn sizes(directory: &Path) -> BTreeMap<PathBuf, u64> {
    let (mut sizes, mut folders) = (BTreeMap::new(), vec![directory.to_owned()]);
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.map(|entry| entry.expect("an entry")) {
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => folders.push(entry.path()),
                Ok(metadata) => drop(sizes.insert(entry.path(), metadata.len())),
                Err(_) => {}
            }
        }
    }
    sizes
}

/// Returns the apparent size of all files below a directory.
pub(crate) fn size(directory: &Path) -> u64 {
    sizes(directory).values().sum()
}
