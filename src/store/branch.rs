//! A chain of snapshots on a branch: read without their contents, and written anew out of what is there.

use super::{Error, NewCommit, Oid, Store};
use crate::snapshot::{Message, SnapshotId};

/// A snapshot somewhere in the store.
#[derive(Debug, Clone)]
pub struct Link {
    /// The commit that holds it.
    pub commit: Oid,
    /// That commit's tree.
    pub tree: Oid,
    /// What that commit says.
    pub message: Message,
}

/// A branch of snapshots.
#[derive(Debug, Clone, Default)]
pub struct Chain {
    /// Its newest commit; nothing where there is no branch.
    pub tip: Option<Oid>,
    /// Its snapshots, oldest first.
    pub links: Vec<Link>,
}

/// A commit among a branch's that is no snapshot of ours.
#[derive(Debug, Clone)]
pub struct Foreign {
    /// That commit.
    pub commit: Oid,
}

impl Chain {
    /// Reads the chain that ends in `tip`, of which the commits are here ([`Store::fetch_chains`]).
    ///
    /// # Errors
    /// A commit is not here. What is no snapshot comes back as data.
    pub fn read(store: &Store, tip: Option<Oid>) -> Result<Result<Self, Foreign>, Error> {
        let mut links = Vec::new();
        for (commit, facts) in tip.map(|tip| store.chain(tip)).transpose()?.unwrap_or_default() {
            // A merge has more of a past than a chain can tell.
            let message = Message::parse(&facts.message).filter(|_| facts.parents.len() < 2);
            let Some(message) = message else { return Ok(Err(Foreign { commit })) };
            links.push(Link { commit, tree: facts.tree, message });
        }
        links.reverse();
        Ok(Ok(Self { tip, links }))
    }

    /// Returns the names of its snapshots, oldest first.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = &SnapshotId> {
        self.links.iter().map(|link| &link.message.snapshot)
    }

    /// Finds one by its name.
    #[must_use]
    pub fn find(&self, wanted: &SnapshotId) -> Option<&Link> {
        self.links.iter().find(|link| link.message.snapshot == *wanted)
    }

    /// Writes the chain of these snapshots, oldest first, and returns its tip. What the chain begins with already stays as
    /// it is; from the first difference on, each snapshot gets a commit of its own that names the one that held it first.
    /// Only commits are new, and equal wishes make equal commits.
    ///
    /// # Errors
    /// The temporary directory cannot be written to.
    pub fn write(&self, store: &Store, wanted: &[&Link]) -> Result<Option<Oid>, Error> {
        let mut tip = None;
        for (at, link) in wanted.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|before| self.links.get(before)).map(|link| link.commit);
            let is_there = tip == before && self.links.get(at).is_some_and(|here| here.commit == link.commit);
            tip = Some(if is_there { link.commit } else { copy(store, link, tip)? });
        }
        Ok(tip)
    }
}

/// Writes another commit for a snapshot, after `parent`. It names the commit that held it first.
///
/// # Errors
/// The temporary directory cannot be written to.
pub fn copy(store: &Store, link: &Link, parent: Option<Oid>) -> Result<Oid, Error> {
    let first = link.message.first_commit.clone().unwrap_or_else(|| link.commit.to_string());
    let message = Message { first_commit: Some(first), ..link.message.clone() };
    let (time, message) = (message.taken, message.compose());
    store.write_commit(NewCommit { tree: link.tree, parent, message: &message, time })
}
