//! The year: 17,520 half hours from the seed on, at about ten of them a day a change. The same each time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use cognigy_backup::snapshot::TreePath;
use cognigy_backup::store::Store;
use fastrand::Rng;

use crate::edits::edit;

/// The files of a project, by their paths below `agentDir`.
pub(crate) type Files = BTreeMap<TreePath, Vec<u8>>;

/// Half hours of a day, and of a year.
pub(crate) const DAY: u32 = 48;
pub(crate) const YEAR: u32 = 365 * DAY;
/// In how many half hours of a day something changes, on the average.
const CHANGES: u32 = 10;
const SEED: u64 = 20_250_101;

/// A project on its way through the year.
pub(crate) struct Year {
    /// What the project is now.
    pub(crate) files: Files,
    /// How many half hours have passed.
    pub(crate) half_hours: u32,
    /// In how many of them something changed.
    pub(crate) changes: u32,
    rng: Rng,
}

/// What happened in a half hour.
pub(crate) struct Change {
    /// The how-manieth it is.
    pub(crate) number: u32,
    /// The files that are not as they were.
    pub(crate) paths: BTreeSet<TreePath>,
    /// What a person would say of it.
    pub(crate) words: String,
}

impl Year {
    pub(crate) fn new(seed: &Files) -> Self {
        Self { files: seed.clone(), half_hours: 0, changes: 0, rng: Rng::with_seed(SEED) }
    }

    /// When the half hour ends that comes next.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        let start = DateTime::from_timestamp(1_735_689_600, 0).expect("the beginning of 2025");
        start + TimeDelta::minutes(30) * i32::try_from(self.half_hours).unwrap_or(i32::MAX)
    }

    /// Lets a half hour pass. In the first of them everything is new.
    pub(crate) fn pass(&mut self) -> Option<Change> {
        let is_first = self.half_hours == 0;
        self.half_hours += 1;
        let changes = self.rng.u32(..DAY) < CHANGES;
        let (paths, words) = match (is_first, changes) {
            (true, _) => (self.files.keys().cloned().collect(), "First snapshot.".to_owned()),
            (false, true) => edit(&mut self.files, &mut self.rng),
            (false, false) => return None,
        };
        self.changes += 1;
        Some(Change { number: self.changes, paths, words })
    }

    /// Names all of the project as it is now.
    pub(crate) fn digest(&self) -> String {
        let lines = self.files.iter().map(|(path, bytes)| format!("{} {path}\n", Store::blob_id(bytes)));
        Store::blob_id(lines.collect::<String>().as_bytes()).to_string()
    }

    /// Begins anew and goes the same way: whatever happened to a year in between, this is what it must be by now.
    pub(crate) fn again(seed: &Files, half_hours: u32) -> Self {
        let mut year = Self::new(seed);
        while year.half_hours < half_hours {
            year.pass();
        }
        year
    }
}
