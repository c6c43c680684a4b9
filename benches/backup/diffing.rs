//! How long it takes to say what changed between two snapshots: the library's own comparison, and the words for it.

use std::collections::BTreeMap;
use std::convert::Infallible;

use cognigy_backup::report::diff::{body, markdown};
use cognigy_backup::snapshot::diff::Side;
use cognigy_backup::snapshot::{Diff, MANIFEST_NAME, Manifest, TreePath};

use crate::program::now;

/// How long comparing takes, in milliseconds, and how many files differ.
pub(crate) struct Compared {
    pub(crate) times: Vec<f64>,
    pub(crate) files: usize,
}

/// Compares two snapshots again and again, reading included, words included.
pub(crate) fn compare(old: &BTreeMap<String, Vec<u8>>, new: &BTreeMap<String, Vec<u8>>) -> Compared {
    let (old, new) = (Snapshot::new(old), Snapshot::new(new));
    let once = || {
        let begin = now();
        let read = |bytes: &&[u8]| Ok::<_, Infallible>(bytes.to_vec());
        let Ok(diff) = Diff::between(&old.side(), &new.side(), read);
        let words = body(&diff, &old.manifest.snapshot) + &markdown(&diff, &old.manifest.snapshot, 300 << 10);
        let took = begin.elapsed().as_secs_f64() * 1000.0;
        assert!(!diff.is_empty() && words.contains("changed"));
        took
    };
    let files = new.files.iter().filter(|(path, bytes)| old.files.get(*path) != Some(*bytes)).count();
    Compared { times: (0..9).map(|_| once()).collect(), files }
}

struct Snapshot<'a> {
    manifest: Manifest,
    files: BTreeMap<TreePath, &'a [u8]>,
}

impl<'a> Snapshot<'a> {
    fn new(files: &'a BTreeMap<String, Vec<u8>>) -> Self {
        let manifest = Manifest::parse(&files[MANIFEST_NAME]).expect("a manifest of ours");
        let content = files.iter().filter_map(|(path, bytes)| {
            let below = path.strip_prefix(manifest.agent_dir.as_str())?.strip_prefix('/')?;
            Some((below.parse().expect("a path of ours"), bytes.as_slice()))
        });
        let files = content.collect();
        Self { manifest, files }
    }

    fn side(&self) -> Side<'_, &'a [u8]> {
        let files = self.files.iter().map(|(path, bytes)| (path, *bytes)).collect();
        Side { resources: &self.manifest.resources, files }
    }
}
