//! Says what was captured and how it differs from the newest snapshot. Words are no reason to lose a snapshot: where they
//! cannot be had, it is saved without them.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::backup::Ground;
use super::gather::Gathered;
use super::tip::End;
use super::world::World;
use crate::report::{Changes, Entry, backup as words};
use crate::snapshot::diff::Side;
use crate::snapshot::{Diff, Kind, Manifest, TreePath, redact_document};
use crate::store::{self, Oid, Store};

/// Writes into `entry` what was captured and how it differs from the end of the chain.
pub(super) fn describe(world: &World<'_>, entry: &mut Entry, gathered: &Gathered, ground: &Ground) {
    let end = &ground.end;
    entry.project_name = Some(gathered.captured.project.name.clone());
    entry.kinds = gathered.kinds.iter().map(|(kind, summary)| (*kind, summary.clone())).collect();
    entry.redacted = gathered.files.values().map(|(_, file)| file.redacted.len() as u64).sum();
    let changes = changed_files(&end.files, &gathered.blobs());
    entry.diff = None;
    // What another program laid out differs in every file, and nobody edited that.
    let comparable = end.manifest.as_ref().is_some_and(Manifest::has_our_layout);
    if comparable && changes.count() > 0 {
        let compared = catch_unwind(AssertUnwindSafe(|| difference(gathered, ground)));
        match compared {
            Ok(Ok(mut diff)) => {
                diff.each_text(&mut |text| *text = world.scrub(text));
                entry.diff = Some(diff);
            }
            Ok(Err(error)) => entry.warnings.push(words::uncompared(&error)),
            Err(_) => entry.warnings.push(words::uncompared(&"a defect of this program")),
        }
    }
    entry.changes = changes;
}

/// Returns which files differ.
pub(super) fn changed_files(old: &BTreeMap<TreePath, Oid>, new: &BTreeMap<TreePath, Oid>) -> Changes {
    let mut changes = Changes::default();
    for (path, blob) in new {
        match old.get(path) {
            None => changes.added.push(path.to_string()),
            Some(before) if before != blob => changes.modified.push(path.to_string()),
            Some(_) => {}
        }
    }
    changes.removed = old.keys().filter(|path| !new.contains_key(*path)).map(TreePath::to_string).collect();
    changes
}

/// A file of a snapshot on its way into a comparison. Its place says whether fields of it may be secret.
#[derive(Clone, Copy)]
struct Compared<'a> {
    path: &'a TreePath,
    blob: Oid,
}

impl PartialEq for Compared<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.blob == other.blob
    }
}

impl Compared<'_> {
    /// Reads the file without secrets, whatever the snapshots hold: a summary has other readers than a store.
    fn read(&self, store: &Store) -> Result<Vec<u8>, store::Error> {
        const DOCUMENTS: [&str; 4] = ["config.json", "settings.json", "flow.json", "lexicon.json"];
        let bytes = store.blob(self.blob)?;
        let kind = self.path.components().next().and_then(|kind| kind.parse::<Kind>().ok());
        let name = self.path.components().last().unwrap_or_default();
        let (Some(kind), true) = (kind, DOCUMENTS.contains(&name)) else { return Ok(bytes) };
        let Ok(mut document) = serde_json::from_slice(&bytes) else { return Ok(bytes) };
        redact_document(kind, &mut document);
        Ok(document.to_string().into_bytes())
    }
}

/// Compares two snapshots; one that has no manifest holds nothing.
pub(super) fn between(store: &Store, old: &End, new: &End) -> Result<Diff, store::Error> {
    Diff::between(&side(old), &side(new), |file| file.read(store))
}

fn side(end: &End) -> Side<'_, Compared<'_>> {
    Side {
        resources: end.manifest.as_ref().map(|manifest| manifest.resources.as_slice()).unwrap_or_default(),
        files: end.files.iter().map(|(path, blob)| (path, Compared { path, blob: *blob })).collect(),
    }
}

/// Compares what was captured with the newest snapshot.
pub(super) fn difference(gathered: &Gathered, ground: &Ground) -> Result<Diff, store::Error> {
    let new = Side {
        resources: &gathered.resources,
        files: gathered
            .files
            .iter()
            .map(|(path, (blob, _))| (path, Compared { path, blob: *blob }))
            .collect(),
    };
    Diff::between(&side(&ground.end), &new, |file| file.read(&ground.store))
}
