//! Reads the end of a tier's chain: is it a snapshot of ours, and what does it hold?

use std::collections::BTreeMap;

use crate::plan::backup::{Newest, Tip};
use crate::report::SnapshotFacts;
use crate::snapshot::layout::{self, LocaleFolders, StoredFile};
use crate::snapshot::{FileEntry, Kind, MANIFEST_NAME, Manifest, Resource, ResourceEntry, TreePath};
use crate::store::{Error, Oid, Store};

/// The end of a chain, with what later steps compare with.
pub(super) struct End {
    /// What it is, for deciding.
    pub(super) tip: Tip,
    /// Its files, by path below the content folder; empty where there is no snapshot.
    pub(super) files: BTreeMap<TreePath, Oid>,
    /// Its manifest, where it is a snapshot.
    pub(super) manifest: Option<Manifest>,
}

impl End {
    /// Reads the newest commit of `branch` (a full ref name), fetching it where the store is elsewhere.
    pub(super) async fn read(store: &mut Store, branch: &str) -> Result<Self, Error> {
        match store.fetch_ref(branch).await? {
            Some(commit) => Self::at(store, commit).await,
            None => Ok(Self { tip: Tip::Absent, files: BTreeMap::new(), manifest: None }),
        }
    }

    /// Reads the snapshot that a commit holds, if it holds one.
    pub(super) async fn at(store: &mut Store, commit: Oid) -> Result<Self, Error> {
        store.fetch(commit).await?;
        let facts = store.commit(commit)?;
        let (root, parents) = (facts.tree, facts.parents);
        let foreign = |why: String| Self {
            tip: Tip::Foreign { commit: commit.to_string(), why },
            files: BTreeMap::new(),
            manifest: None,
        };
        let name: TreePath = MANIFEST_NAME.parse().expect("the manifest's name is a path");
        let Some(blob) = store.entry(root, &name)? else {
            return Ok(foreign(format!("it has no {MANIFEST_NAME}")));
        };
        let manifest = match Manifest::parse(&store.blob(blob)?) {
            Ok(manifest) => manifest,
            Err(why) => return Ok(foreign(format!("its {MANIFEST_NAME} cannot be read: {why}"))),
        };
        let content = store.entry(root, &manifest.agent_dir)?;
        let Some(content) = content.filter(|content| content.to_string() == manifest.tree) else {
            return Ok(foreign(format!(
                "its content is not the tree {} that its {MANIFEST_NAME} names",
                manifest.tree
            )));
        };
        let files = store.files(content)?;
        let newest = Newest {
            id: manifest.snapshot.clone(),
            commit: commit.to_string(),
            parent: parents.first().map(ToString::to_string),
            project: manifest.project.id.clone(),
            tree: manifest.tree.clone(),
            selection: manifest.selection.clone(),
            layout: manifest.layout,
        };
        Ok(Self { tip: Tip::Snapshot(newest), files, manifest: Some(manifest) })
    }

    /// Reads a resource back from the snapshot; nothing where it is not whole, or not laid out by us.
    pub(super) fn resource(&self, store: &Store, entry: &ResourceEntry) -> Option<Resource> {
        let manifest = self.manifest.as_ref().filter(|manifest| manifest.has_our_layout())?;
        let mut bytes: BTreeMap<TreePath, (Vec<u8>, &FileEntry)> = BTreeMap::new();
        for (path, file) in manifest.files_of(entry) {
            let content = store.blob(*self.files.get(path)?).ok()?;
            if entry.kind == Kind::Locales {
                let stored = StoredFile { bytes: &content, entry: file };
                return layout::read_locales(&[entry], stored).ok()?.pop();
            }
            bytes.insert(entry.relative(path)?.parse().ok()?, (content, file));
        }
        let files =
            bytes.iter().map(|(path, (bytes, entry))| (path.clone(), StoredFile { bytes, entry })).collect();
        let locales: Vec<_> = manifest
            .resources
            .iter()
            .filter(|entry| entry.kind == Kind::Locales)
            .map(|entry| (entry.id.clone(), entry.reference_id.clone(), entry.name.clone()))
            .collect();
        layout::read(entry, &LocaleFolders::new(&locales), &files).ok()
    }

    /// Returns what a person is told of the snapshot there.
    pub(super) fn facts(&self) -> Option<SnapshotFacts> {
        let (Tip::Snapshot(newest), Some(manifest)) = (&self.tip, &self.manifest) else { return None };
        Some(SnapshotFacts {
            id: newest.id.clone(),
            commit: Some(newest.commit.clone()),
            resources: manifest.resources.len() as u64,
            files: manifest.files.len() as u64,
            bytes: manifest.files.values().map(|file| file.bytes).sum(),
        })
    }
}
