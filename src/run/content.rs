//! A capture on its way into the store: its tree, its manifest, its commit, its push.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::failure::Failure;
use super::gather::Gathered;
use super::world::World;
use crate::config::Settings;
use crate::plan::backup::{Append, Captured};
use crate::report::SnapshotFacts;
use crate::snapshot::{
    LAYOUT_VERSION, MANIFEST_NAME, Manifest, Message, ProjectEntry, SCHEMA_VERSION, SourceInfo, ToolInfo,
    TreePath,
};
use crate::store::{NewCommit, Oid, RefChange, Store};

/// A captured project with its identity.
pub(super) struct Content {
    pub(super) gathered: Gathered,
    /// The content's tree: what makes two captures the same.
    tree: Oid,
    tree_name: String,
    /// The digest of all that was selected.
    selection: String,
}

/// What became of a push.
pub(super) struct Pushed {
    /// The commit that the branch is at; `None` if somebody else moved the branch first.
    pub(super) commit: Option<Oid>,
    /// What the server said to it.
    pub(super) said: Vec<String>,
}

impl Content {
    /// Writes the content's tree.
    pub(super) fn new(settings: &Settings, store: &Store, gathered: Gathered) -> Result<Self, Failure> {
        let tree = store.write_tree(&gathered.blobs())?;
        let selection = settings.selection.digest(&settings.agent_dir, settings.secrets);
        Ok(Self { gathered, tree, tree_name: tree.to_string(), selection })
    }

    /// Returns what deciding needs to know of it.
    pub(super) fn captured(&self, raced: bool, now: DateTime<Utc>) -> Captured<'_> {
        Captured {
            tree: &self.tree_name,
            selection: &self.selection,
            started: self.gathered.captured.window.started,
            raced,
            now,
        }
    }

    /// Returns what a person is told of the snapshot.
    pub(super) fn facts(&self, append: &Append, commit: Option<Oid>) -> SnapshotFacts {
        SnapshotFacts {
            id: append.snapshot.clone(),
            commit: commit.map(|id| id.to_string()),
            resources: self.gathered.resources.len() as u64,
            files: self.gathered.files.len() as u64,
            bytes: self.gathered.bytes(),
        }
    }

    /// Saves the snapshot: writes manifest, tree and commit where nothing points at them yet, then moves the branch
    /// together with handing the objects over. Dying before the push leaves the store as it was; the push itself
    /// happens whole or not at all.
    pub(super) async fn push(
        &self,
        world: &World<'_>,
        store: &mut Store,
        append: &Append,
        words: &str,
    ) -> Result<Pushed, Failure> {
        let expected =
            append.expected.as_deref().map(|id| id.parse().expect("the plan's ids come from the store"));
        let manifest = store.write_blob(&self.manifest(world, append).to_bytes())?;
        let dir = &world.settings.agent_dir;
        let mut files: BTreeMap<TreePath, Oid> =
            self.gathered.files.iter().map(|(path, (blob, _))| (dir.join(path), *blob)).collect();
        files.insert(MANIFEST_NAME.parse().expect("the manifest's name is a path"), manifest);
        let message = Message {
            snapshot: append.snapshot.clone(),
            taken: append.taken,
            project: world.settings.project.clone(),
            layout: LAYOUT_VERSION,
            first_commit: None,
            words: words.to_owned(),
        };
        let tree = store.write_tree(&files)?;
        let message = message.compose();
        let commit = store.write_commit(NewCommit {
            tree,
            parent: expected,
            message: &message,
            time: append.taken,
        })?;
        let change = RefChange { name: append.branch.clone(), expected, new: Some(commit) };
        let pushed = store.push(&[change]).await?;
        if let Some((name, refusal)) = pushed.refused() {
            return Err(Failure::refused_by_store(name.trim_start_matches("refs/heads/"), refusal));
        }
        let said = pushed.messages.iter().map(|line| format!("The store says: {line}")).collect();
        Ok(Pushed { commit: pushed.all_moved().then_some(commit), said })
    }

    fn manifest(&self, world: &World<'_>, append: &Append) -> Manifest {
        let (settings, gathered) = (world.settings, &self.gathered);
        Manifest {
            schema: SCHEMA_VERSION,
            snapshot: append.snapshot.clone(),
            tree: self.tree.to_string(),
            agent_dir: settings.agent_dir.clone(),
            window: gathered.captured.window,
            project: ProjectEntry {
                id: settings.project.clone(),
                name: gathered.captured.project.name.clone(),
            },
            source: SourceInfo { kind: "cognigy".to_owned(), base_url: settings.base_url.to_string() },
            tool: ToolInfo {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            layout: LAYOUT_VERSION,
            selection: self.selection.clone(),
            run: world.run_info(),
            kinds: gathered.kinds.clone(),
            moving: gathered.captured.moving.clone(),
            resources: gathered.resources.clone(),
            files: gathered.files.iter().map(|(path, (_, entry))| (path.clone(), entry.clone())).collect(),
        }
    }
}
