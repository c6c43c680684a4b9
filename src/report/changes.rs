//! Which files differ between two snapshots, and which resources they belong to.

use std::collections::BTreeMap;

use serde::Serialize;

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

/// How many files of one resource differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Touched {
    /// Files not there before.
    pub added: u64,
    /// Files with other bytes.
    pub modified: u64,
    /// Files not there any more.
    pub removed: u64,
}

impl Changes {
    /// Returns how many files differ.
    #[must_use]
    pub fn count(&self) -> usize {
        self.added.len() + self.modified.len() + self.removed.len()
    }

    /// Returns the resources that the files belong to, by path: the first two components, `flows/Main`.
    #[must_use]
    pub fn by_resource(&self) -> BTreeMap<&str, Touched> {
        let mut touched: BTreeMap<&str, Touched> = BTreeMap::new();
        for path in &self.added {
            touched.entry(resource(path)).or_default().added += 1;
        }
        for path in &self.modified {
            touched.entry(resource(path)).or_default().modified += 1;
        }
        for path in &self.removed {
            touched.entry(resource(path)).or_default().removed += 1;
        }
        touched
    }

    /// Returns every path with the sign that a diff gives it (`+`, `!`, `-`), sorted by path.
    #[must_use]
    pub fn signed(&self) -> Vec<(char, &str)> {
        fn with(sign: char, paths: &[String]) -> impl Iterator<Item = (char, &str)> {
            paths.iter().map(move |path| (sign, path.as_str()))
        }
        let mut all: Vec<_> =
            with('+', &self.added).chain(with('!', &self.modified)).chain(with('-', &self.removed)).collect();
        all.sort_by_key(|(sign, path)| (*path, *sign));
        all
    }
}

fn resource(path: &str) -> &str {
    path.match_indices('/').nth(1).map_or(path, |(at, _)| &path[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_counted_by_resource() {
        let changes = Changes {
            added: vec!["flows/B/en-US/chart.json".into(), "flows/A/flow.json".into()],
            modified: vec!["flows/A/settings.json".into(), "project.json".into()],
            removed: vec!["endpoints/web.json".into()],
        };
        let touched: Vec<_> = changes.by_resource().into_iter().collect();
        let one = Touched::default();
        assert_eq!(
            touched,
            [
                ("endpoints/web.json", Touched { removed: 1, ..one }),
                ("flows/A", Touched { added: 1, modified: 1, ..one }),
                ("flows/B", Touched { added: 1, ..one }),
                ("project.json", Touched { modified: 1, ..one }),
            ]
        );
        assert_eq!(changes.signed()[1..3], [('+', "flows/A/flow.json"), ('!', "flows/A/settings.json")]);
    }
}
