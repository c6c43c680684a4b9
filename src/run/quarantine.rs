//! The quarantine: captures that lost too much, kept for a person to look at, a few of them, outside every tier.

use chrono::{DateTime, Utc};

use super::content::{Content, Name, allows_appending};
use super::failure::Failure;
use super::world::World;
use crate::report::quarantine as words;
use crate::snapshot::SnapshotId;
use crate::store::branch::{Chain, Link};
use crate::store::{Oid, RefChange, Store};

/// How many are kept. A kind of damage shows every hour anew, and each of them is a whole project.
const KEPT: usize = 6;

/// The captures that were set aside.
pub(super) struct Quarantine {
    branch: String,
    chain: Chain,
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
        store.fetch_refs(|refs| refs.get(&branch).copied().into_iter().collect()).await?;
        let tip = store.refs().get(&branch).copied();
        let foreign = |commit: Oid| Failure::failed(words::foreign(&branch, &commit.to_string()), Vec::new());
        let chain = Chain::read(store, tip)?.map_err(|found| foreign(found.commit))?;
        let ours = |link: &&Link| Some(&link.message.project) == world.settings.project.as_ref();
        if let Some(theirs) = chain.links.iter().find(|link| !ours(link)) {
            return Err(foreign(theirs.commit));
        }
        Ok(Self { branch, chain })
    }

    /// Finds one by its name.
    pub(super) fn find(&self, wanted: &SnapshotId) -> Option<Oid> {
        self.chain.find(wanted).map(|link| link.commit)
    }

    /// Returns the names of those that are there, newest first.
    pub(super) fn ids(&self) -> Vec<&SnapshotId> {
        self.chain.ids().rev().collect()
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
        let since = |link: &&Link| newest.is_none_or(|newest| link.message.taken >= newest);
        let same = |link: &&Link| link.message.snapshot.content() == name.id.content();
        let same = self.chain.links.iter().rev().filter(since).find(same);
        if let Some(same) = same {
            return Ok(SetAside::Known(same.message.snapshot.clone()));
        }
        let tip = self.chain.tip;
        let younger: Vec<&Link> = self.chain.links.iter().rev().take(KEPT - 1).rev().collect();
        let mut parent =
            if self.chain.links.len() < KEPT { tip } else { self.chain.write(store, &younger)? };
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
}
