//! Makes snapshots of the template's commits: the content folder without its secrets, a manifest that says no more than the
//! files do, and nothing else of the tree.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::plan::import::Unusable;
use crate::report::import as words;
use crate::run::failure::Failure;
use crate::run::world::World;
use crate::snapshot::layout::template;
use crate::snapshot::{
    ContentSize, FileEntry, IMPORTED_LAYOUT, MANIFEST_NAME, Manifest, Message, ProjectEntry, ProjectId,
    SCHEMA_VERSION, SnapshotId, SourceInfo, ToolInfo, TreePath, Window, hex, looks_like_a_credential, redact,
};
use crate::store::branch::Link;
use crate::store::{CommitFacts, Oid, Store};

/// Where the template's workflow wrote the CLI's settings, with the API key, outside the content.
pub(super) const CONFIG: &str = "config.json";

/// The template's commits, each read once.
#[derive(Default)]
pub(super) struct Library {
    commits: HashMap<String, Result<Adopted, Unusable>>,
    /// Files that have been looked at, by place and id: most stand in every commit.
    files: HashMap<(TreePath, Oid), Kept>,
    /// The files in which a secret of this run stands.
    pub(super) exposed: BTreeSet<TreePath>,
    /// Files that hold what looks like a credential, and what it looks like.
    pub(super) credentials: BTreeMap<TreePath, &'static str>,
    /// The projects that the content says it is of.
    pub(super) projects: BTreeSet<ProjectId>,
    /// How many commits have a key beside their content.
    pub(super) keys_outside: usize,
}

/// A commit of the template as a snapshot.
pub(super) struct Adopted {
    /// The snapshot; its commit is the template's.
    pub(super) link: Link,
    /// Its files by path below the content folder.
    pub(super) files: BTreeMap<TreePath, Oid>,
}

/// A file as it is kept.
#[derive(Clone)]
struct Kept {
    blob: Oid,
    sha256: String,
    bytes: u64,
    redacted: Vec<String>,
    /// What it says, where that tells of a resource.
    document: Option<Value>,
}

impl Library {
    /// Returns what a commit was made into.
    pub(super) fn adopted(&self, commit: &str) -> Option<&Adopted> {
        self.commits.get(commit)?.as_ref().ok()
    }

    /// Makes a snapshot of a commit; nothing of it is in the store before a push. What cannot be made into one is data.
    pub(super) async fn adopt(
        &mut self,
        world: &World<'_>,
        store: &mut Store,
        commit: Oid,
        facts: &CommitFacts,
    ) -> Result<Result<SnapshotId, Unusable>, Failure> {
        let known = commit.to_string();
        if !self.commits.contains_key(&known) {
            store.fetch(commit).await?;
            let made = self.make(world, store, commit, facts)?;
            self.commits.insert(known.clone(), made);
        }
        let made = self.commits[&known].as_ref();
        Ok(made.map(|adopted| adopted.link.message.snapshot.clone()).map_err(Clone::clone))
    }

    fn make(
        &mut self,
        world: &World<'_>,
        store: &Store,
        commit: Oid,
        facts: &CommitFacts,
    ) -> Result<Result<Adopted, Unusable>, Failure> {
        let dir = &world.settings.agent_dir;
        let (all, passed_over) = store.all_files(facts.tree)?;
        let inside = format!("{dir}/");
        if let Some(name) = passed_over.into_iter().find(|name| name.starts_with(&inside)) {
            return Ok(Err(Unusable::BadName(name)));
        }
        let content: BTreeMap<TreePath, Oid> = all
            .iter()
            .filter_map(|(path, blob)| Some((path.as_str().strip_prefix(&inside)?.parse().ok()?, *blob)))
            .collect();
        if content.is_empty() {
            let folders: BTreeSet<&str> =
                all.keys().filter_map(|path| Some(path.as_str().split_once('/')?.0)).collect();
            return Ok(Err(Unusable::NoFolder(folders.into_iter().map(str::to_owned).collect())));
        }
        let config: TreePath = CONFIG.parse().expect("a good path");
        if let Some(config) = all.get(&config) {
            let keys = serde_json::from_slice(&store.blob(*config)?).map(|mut value| redact(&mut value));
            self.keys_outside += usize::from(keys.is_ok_and(|keys| !keys.is_empty()));
        }
        let mut kept = BTreeMap::new();
        for (path, blob) in content {
            let file = self.file(world, store, &path, blob)?;
            kept.insert(path, file);
        }
        Ok(Ok(write(world, store, commit, facts, &kept)?))
    }

    fn file(
        &mut self,
        world: &World<'_>,
        store: &Store,
        path: &TreePath,
        blob: Oid,
    ) -> Result<Kept, Failure> {
        if let Some(known) = self.files.get(&(path.clone(), blob)) {
            return Ok(known.clone());
        }
        let original = store.blob(blob)?;
        let (bytes, redacted, blob_kept) = match template::redacted(path, &original, world.settings.secrets) {
            Some((bytes, places)) => {
                let blob = store.write_blob(&bytes)?;
                (bytes, places, blob)
            }
            None => (original, Vec::new(), blob),
        };
        if std::str::from_utf8(&bytes).is_ok_and(|text| world.secrets().stand_in(text)) {
            self.exposed.insert(path.clone());
        }
        if let Some(looks) = looks_like_a_credential(&bytes) {
            self.credentials.insert(path.clone(), looks);
        }
        let document: Option<Value> =
            template::describes(path).then(|| serde_json::from_slice(&bytes).ok()).flatten();
        self.projects.extend(document.as_ref().and_then(template::project));
        let kept = Kept {
            blob: blob_kept,
            sha256: hex(&Sha256::digest(&bytes)),
            bytes: bytes.len() as u64,
            redacted,
            document,
        };
        self.files.insert((path.clone(), blob), kept.clone());
        Ok(kept)
    }
}

/// Writes the trees and says what the commit will say. The commit itself is written with the chain that it is in.
fn write(
    world: &World<'_>,
    store: &Store,
    commit: Oid,
    facts: &CommitFacts,
    kept: &BTreeMap<TreePath, Kept>,
) -> Result<Adopted, Failure> {
    let (settings, taken) = (world.settings, facts.time);
    let files: BTreeMap<TreePath, Oid> = kept.iter().map(|(path, file)| (path.clone(), file.blob)).collect();
    let tree = store.write_tree(&files)?.to_string();
    let snapshot = SnapshotId::new(taken, &tree);
    let documents = kept
        .iter()
        .filter_map(|(path, file)| Some((path.clone(), file.document.clone()?)))
        .collect::<BTreeMap<TreePath, Value>>();
    let entries = kept.iter().map(|(path, file)| {
        let entry = FileEntry {
            sha256: file.sha256.clone(),
            bytes: file.bytes,
            read_at: taken,
            parts: BTreeMap::new(),
            redacted: file.redacted.clone(),
        };
        (path.clone(), entry)
    });
    let manifest = Manifest {
        schema: SCHEMA_VERSION,
        snapshot: snapshot.clone(),
        tree,
        agent_dir: settings.agent_dir.clone(),
        // Nobody noted when the reading began.
        window: Window { started: taken, finished: taken },
        project: ProjectEntry {
            id: world.project().clone(),
            name: settings.project_label.clone().unwrap_or_else(|| world.project().to_string()),
        },
        source: SourceInfo {
            kind: "import".to_owned(),
            base_url: String::new(),
            commit: Some(commit.to_string()),
        },
        tool: ToolInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        layout: IMPORTED_LAYOUT,
        selection: String::new(),
        run: None,
        // What the CLI could read and what it passed over in silence, nobody knows.
        kinds: BTreeMap::new(),
        moving: Vec::new(),
        missing: Vec::new(),
        unread: Vec::new(),
        resources: template::resources(&documents),
        files: entries.collect(),
    };
    let redacted = kept.values().map(|file| file.redacted.len() as u64).sum();
    let message = Message {
        snapshot,
        taken,
        project: world.project().clone(),
        layout: IMPORTED_LAYOUT,
        size: Some(ContentSize {
            resources: manifest.resources.len() as u64,
            files: kept.len() as u64,
            bytes: kept.values().map(|file| file.bytes).sum(),
        }),
        first_commit: None,
        words: words::commit(&commit.to_string(), kept.len() as u64, redacted),
    };
    let mut whole: BTreeMap<TreePath, Oid> =
        files.iter().map(|(path, blob)| (settings.agent_dir.join(path), *blob)).collect();
    let manifest = store.write_blob(&manifest.to_bytes())?;
    whole.insert(MANIFEST_NAME.parse().expect("the manifest's name is a path"), manifest);
    let tree = store.write_tree(&whole)?;
    Ok(Adopted { link: Link { commit, tree, message }, files })
}
