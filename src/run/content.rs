//! A capture on its way into the store: its tree, its manifest, its commit, its push.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::failure::Failure;
use super::gather::Gathered;
use super::memory::Memory;
use super::world::World;
use crate::config::Settings;
use crate::plan::backup::{Anomaly, Append, Captured, Seen};
use crate::report::{SnapshotFacts, state as words};
use crate::snapshot::{
    ContentSize, LAYOUT_VERSION, MANIFEST_NAME, Manifest, Message, Named, ProjectEntry, SCHEMA_VERSION,
    SnapshotId, SourceInfo, State, ToolInfo, TreePath, Unread,
};
use crate::store::{NewCommit, Oid, RefChange, Refusal, RefusalKind, Store};

/// A captured project with its identity.
pub(super) struct Content {
    pub(super) gathered: Gathered,
    /// The content's tree: what makes two captures the same.
    tree: Oid,
    tree_name: String,
    /// The digest of all that was selected.
    selection: String,
}

/// What the plan calls a snapshot, and what it knows to be missing in it.
pub(super) struct Name<'a> {
    pub(super) id: &'a SnapshotId,
    pub(super) taken: DateTime<Utc>,
    pub(super) missing: &'a [Named],
}

/// What became of a push.
pub(super) struct Pushed {
    /// The commit that the branch is at; `None` if somebody else moved a branch first.
    pub(super) commit: Option<Oid>,
    /// Whether the newest snapshot left for it.
    pub(super) replaced: bool,
    /// What the server said to it, and what could not be remembered.
    pub(super) said: Vec<String>,
}

/// What became of moving a branch and the state's.
pub(super) enum Moving {
    /// They moved; what a person should know: that the state cannot be kept is no reason to lose a snapshot.
    Moved(Vec<String>),
    /// Somebody else was faster.
    Raced,
    /// The server does not let this branch be moved so.
    Refused(String, Refusal),
}

/// What a run remembers, on its way into the store.
#[derive(Clone, Copy)]
pub(super) struct Remembered<'a> {
    pub(super) memory: &'a Memory,
    pub(super) state: &'a State,
}

impl Content {
    /// Writes the content's tree.
    pub(super) fn new(settings: &Settings, store: &Store, gathered: Gathered) -> Result<Self, Failure> {
        let tree = store.write_tree(&gathered.blobs())?;
        let selection = settings.selection.digest(&settings.agent_dir, settings.secrets);
        Ok(Self { gathered, tree, tree_name: tree.to_string(), selection })
    }

    /// Returns what deciding needs to know of it.
    pub(super) fn captured<'a>(
        &'a self,
        anomalies: &'a [Anomaly],
        raced: bool,
        now: DateTime<Utc>,
    ) -> Captured<'a> {
        Captured {
            tree: &self.tree_name,
            selection: &self.selection,
            started: self.gathered.captured.window.started,
            anomalies,
            raced,
            now,
        }
    }

    /// Returns what the anomaly guard looks at.
    pub(super) fn seen(&self) -> Seen<'_> {
        Seen { kinds: &self.gathered.kinds, resources: &self.gathered.resources }
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

    /// Returns whether some of it is carried from the snapshot that was the newest when the capture began.
    pub(super) fn is_carried(&self) -> bool {
        let freshness = self.gathered.captured.freshness;
        freshness.read < freshness.parts
    }

    /// Returns the digest of all that was selected.
    pub(super) fn selection(&self) -> &str {
        &self.selection
    }

    /// Saves the snapshot at the end of its branch, and what is remembered beside it: writes both where nothing points at
    /// them yet, then moves the branches together with handing the objects over. Dying before the push leaves the store as
    /// it was; the push itself happens whole or not at all.
    pub(super) async fn push(
        &self,
        world: &World<'_>,
        store: &mut Store,
        append: &Append,
        missing: &[Named],
        words: &str,
        remembered: Option<Remembered<'_>>,
    ) -> Result<Pushed, Failure> {
        let id = |id: &Option<String>| -> Option<Oid> {
            id.as_deref().map(|id| id.parse().expect("the plan's ids come from the store"))
        };
        let (expected, mut parent) = (id(&append.expected), id(&append.parent));
        let name = Name { id: &append.snapshot, taken: append.taken, missing };
        loop {
            let commit = self.write(world, store, &name, parent, words)?;
            let change = RefChange { name: append.branch.clone(), expected, new: Some(commit) };
            match push_remembering(world, store, Some(change), remembered).await? {
                Moving::Refused(_, refusal) if parent != expected && allows_appending(refusal.kind) => {
                    parent = expected;
                }
                Moving::Refused(name, refusal) => {
                    return Err(Failure::refused_by_store(name.trim_start_matches("refs/heads/"), &refusal));
                }
                Moving::Moved(said) => {
                    return Ok(Pushed { commit: Some(commit), replaced: parent != expected, said });
                }
                Moving::Raced => return Ok(Pushed { commit: None, replaced: false, said: Vec::new() }),
            }
        }
    }

    /// Writes manifest, tree and commit of the snapshot after `parent`.
    pub(super) fn write(
        &self,
        world: &World<'_>,
        store: &Store,
        name: &Name<'_>,
        parent: Option<Oid>,
        words: &str,
    ) -> Result<Oid, Failure> {
        let manifest = store.write_blob(&self.manifest(world, name).to_bytes())?;
        let dir = &world.settings.agent_dir;
        let mut files: BTreeMap<TreePath, Oid> =
            self.gathered.files.iter().map(|(path, (blob, _))| (dir.join(path), *blob)).collect();
        files.insert(MANIFEST_NAME.parse().expect("the manifest's name is a path"), manifest);
        let message = Message {
            snapshot: name.id.clone(),
            taken: name.taken,
            project: world.project().clone(),
            layout: LAYOUT_VERSION,
            size: Some(ContentSize {
                resources: self.gathered.resources.len() as u64,
                files: self.gathered.files.len() as u64,
                bytes: self.gathered.bytes(),
            }),
            first_commit: None,
            words: words.to_owned(),
        };
        let tree = store.write_tree(&files)?;
        let message = message.compose();
        Ok(store.write_commit(NewCommit { tree, parent, message: &message, time: name.taken })?)
    }

    fn manifest(&self, world: &World<'_>, name: &Name<'_>) -> Manifest {
        let (settings, gathered) = (world.settings, &self.gathered);
        // What a server answers may repeat what it was sent.
        let said = |unread: &Unread| Unread { why: world.scrub(&unread.why), ..unread.clone() };
        Manifest {
            schema: SCHEMA_VERSION,
            snapshot: name.id.clone(),
            tree: self.tree.to_string(),
            agent_dir: settings.agent_dir.clone(),
            window: gathered.captured.window,
            project: ProjectEntry {
                id: world.project().clone(),
                name: gathered.captured.project.name.clone(),
            },
            source: SourceInfo {
                kind: "cognigy".to_owned(),
                base_url: world.cognigy().base_url.to_string(),
                commit: None,
            },
            tool: ToolInfo {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            layout: LAYOUT_VERSION,
            selection: self.selection.clone(),
            run: world.run_info(),
            kinds: gathered.kinds.clone(),
            moving: gathered.captured.moving.clone(),
            missing: name.missing.to_vec(),
            unread: gathered.captured.unread.iter().map(said).collect(),
            resources: gathered.resources.clone(),
            files: gathered.files.iter().map(|(path, (_, entry))| (path.clone(), entry.clone())).collect(),
        }
    }
}

/// Moves a branch, if there is one to move, and the state's.
pub(super) async fn push_remembering(
    world: &World<'_>,
    store: &mut Store,
    change: Option<RefChange>,
    remembered: Option<Remembered<'_>>,
) -> Result<Moving, Failure> {
    let branch = world.settings.prefix.state();
    let (mut append, mut warnings, mut remembered) = (false, Vec::new(), remembered);
    loop {
        let state = match &remembered {
            Some(Remembered { memory, state }) => memory.change(world, store, state, append)?,
            None => None,
        };
        let changes: Vec<RefChange> = change.iter().cloned().chain(state).collect();
        let pushed = store.push(&changes).await?;
        match pushed.refused() {
            Some((name, refusal)) if name == branch => {
                if append || !allows_appending(refusal.kind) {
                    let shown = branch.trim_start_matches("refs/heads/");
                    warnings.push(words::unsaved(shown, &refusal.to_string()));
                    remembered = None;
                }
                append = true;
            }
            Some((name, refusal)) => return Ok(Moving::Refused(name.to_owned(), refusal.clone())),
            None if pushed.all_moved() => {
                warnings.extend(pushed.messages.iter().map(|line| format!("The store says: {line}")));
                return Ok(Moving::Moved(warnings));
            }
            None => return Ok(Moving::Raced),
        }
    }
}

/// Whether a branch that may not be rewritten might still be appended to.
pub(super) fn allows_appending(refusal: RefusalKind) -> bool {
    matches!(refusal, RefusalKind::Rewrite | RefusalKind::ProtectedBranch | RefusalKind::Ruleset)
}
