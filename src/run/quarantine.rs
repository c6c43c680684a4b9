//! The quarantine: captures that lost too much, kept for a person to look at, a few of them, outside every tier.

use chrono::{DateTime, Utc};

use super::content::{Content, Name, allows_appending};
use super::failure::Failure;
use super::world::World;
use crate::report::quarantine as words;
use crate::snapshot::{Message, SnapshotId};
use crate::store::{NewCommit, Oid, RefChange, Store};

/// How many are kept. A kind of damage shows every hour anew, and each of them is a whole project.
const KEPT: usize = 6;

/// The captures that were set aside.
pub(super) struct Quarantine {
    branch: String,
    /// Newest first.
    kept: Vec<Kept>,
}

struct Kept {
    commit: Oid,
    tree: Oid,
    message: Message,
}

/// What became of setting a capture aside.
pub(super) enum SetAside {
    /// It is there now.
    Done,
    /// The same content was there already, under this name.
    Known(SnapshotId),
    /// Somebody else moved the branch first; nothing was saved.
    Raced,
}

impl Quarantine {
    /// Reads which captures are there; their contents are not fetched.
    pub(super) async fn read(world: &World<'_>, store: &mut Store) -> Result<Self, Failure> {
        let branch = world.settings.prefix.quarantine();
        let Some(tip) = store.refs().get(&branch).copied() else {
            return Ok(Self { branch, kept: Vec::new() });
        };
        store.fetch_chains(&[tip]).await?;
        let mut kept = Vec::new();
        for (commit, facts) in store.chain(tip)? {
            let ours = |message: &Message| message.project == world.settings.project;
            let Some(message) = Message::parse(&facts.message).filter(ours) else {
                return Err(Failure::failed(words::foreign(&branch, &commit.to_string()), Vec::new()));
            };
            kept.push(Kept { commit, tree: facts.tree, message });
        }
        Ok(Self { branch, kept })
    }

    /// Finds one by its name.
    pub(super) fn find(&self, wanted: &SnapshotId) -> Option<Oid> {
        self.kept.iter().find(|kept| kept.message.snapshot == *wanted).map(|kept| kept.commit)
    }

    /// Returns the names of those that are there, newest first.
    pub(super) fn ids(&self) -> Vec<&SnapshotId> {
        self.kept.iter().map(|kept| &kept.message.snapshot).collect()
    }

    /// Sets a capture aside, unless its content is there already from a time after the newest snapshot (`newest`). Where
    /// it would be one too many, the oldest leaves; where the store allows no rewriting, it stays.
    pub(super) async fn set_aside(
        &self,
        world: &World<'_>,
        store: &mut Store,
        content: &Content,
        name: &Name<'_>,
        newest: Option<DateTime<Utc>>,
        said: &str,
    ) -> Result<SetAside, Failure> {
        let since = |kept: &&Kept| newest.is_none_or(|newest| kept.message.taken >= newest);
        let same = |kept: &&Kept| kept.message.snapshot.content() == name.id.content();
        let same = self.kept.iter().filter(since).find(same);
        if let Some(same) = same {
            return Ok(SetAside::Known(same.message.snapshot.clone()));
        }
        let tip = self.kept.first().map(|kept| kept.commit);
        let mut parent = if self.kept.len() < KEPT { tip } else { Some(self.without_oldest(store)?) };
        loop {
            let commit = content.write(world, store, name, parent, said)?;
            let change = RefChange { name: self.branch.clone(), expected: tip, new: Some(commit) };
            let pushed = store.push(&[change]).await?;
            match pushed.refused() {
                Some((_, refusal)) if parent != tip && allows_appending(refusal.kind) => parent = tip,
                Some((name, refusal)) => {
                    return Err(Failure::refused_by_store(name.trim_start_matches("refs/heads/"), refusal));
                }
                None if pushed.all_moved() => return Ok(SetAside::Done),
                None => return Ok(SetAside::Raced),
            }
        }
    }

    /// Writes the chain anew without what is too old, and returns its tip. Each copy names the commit that held its
    /// snapshot first.
    fn without_oldest(&self, store: &Store) -> Result<Oid, Failure> {
        let mut tip = None;
        for kept in self.kept.iter().take(KEPT - 1).rev() {
            let first = kept.message.first_commit.clone().unwrap_or_else(|| kept.commit.to_string());
            let message = Message { first_commit: Some(first), ..kept.message.clone() };
            let (time, message) = (message.taken, message.compose());
            tip = Some(store.write_commit(NewCommit {
                tree: kept.tree,
                parent: tip,
                message: &message,
                time,
            })?);
        }
        Ok(tip.expect("more than one is kept"))
    }
}
