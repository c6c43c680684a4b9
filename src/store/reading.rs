//! Reading from a store: first make it readable here, then read it as often as you like.
//!
//! [`Store::fetch`] brings one commit with everything in it, [`Store::fetch_all`] several, [`Store::fetch_chains`]
//! commits with nothing in them. All bring only what is not here yet, so asking twice costs nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::remote::{Remote, Wanted};
use super::scratch::Scratch;
use super::{CommitFacts, Error, Oid, Problem, Side, Store, TagFacts, named, unpoisoned};
use crate::snapshot::TreePath;

/// How often refs are read again because somebody moved one between reading and asking.
const RACES: u32 = 10;

impl Store {
    /// Makes a commit and its whole tree readable here, and checks that all of it is there. Nothing of its history
    /// comes along. A new snapshot is then saved as what differs from it.
    ///
    /// # Errors
    /// The commit cannot be read, or not all of it.
    pub async fn fetch(&mut self, tip: Oid) -> Result<(), Error> {
        let named = named(&self.location);
        let scratch = unpoisoned(&mut self.scratch);
        match (scratch.learn(tip), &self.side) {
            (Err(Problem::Incomplete { .. }), Side::Http(remote)) => {
                receive(remote, scratch, Wanted::Whole(&[tip])).await.map_err(named)?;
                scratch.learn(tip).map_err(named)
            }
            (learnt, _) => learnt.map_err(named),
        }
    }

    /// Makes several commits and their whole trees readable here, in one request: what they share travels once. Returns
    /// those that cannot be read, and why; the others are here, every file of them.
    ///
    /// # Errors
    /// The store cannot be read at all.
    pub async fn fetch_all(&mut self, tips: &[Oid]) -> Result<BTreeMap<Oid, Error>, Error> {
        let named = named(&self.location);
        let scratch = unpoisoned(&mut self.scratch);
        let mut lost = BTreeMap::new();
        let mut lacking = Vec::new();
        for tip in tips {
            match (scratch.learn(*tip), &self.side) {
                (Ok(()), _) => {}
                (Err(Problem::Incomplete { .. }), Side::Http(_)) => lacking.push(*tip),
                (Err(problem), _) if problem.is_of_an_object() => drop(lost.insert(*tip, named(problem))),
                (Err(problem), _) => return Err(named(problem)),
            }
        }
        let Side::Http(remote) = &self.side else { return Ok(lost) };
        // A server that lacks an object of one commit gives none of them: then each half is asked for by itself.
        let mut groups = if lacking.is_empty() { Vec::new() } else { vec![lacking] };
        while let Some(group) = groups.pop() {
            let received = match receive(remote, scratch, Wanted::Whole(&group)).await {
                Err(problem) if problem.is_of_an_object() => Err(problem),
                received => received.map(Ok).map_err(named)?,
            };
            let learnt = received.and_then(|()| group.iter().try_for_each(|tip| scratch.learn(*tip)));
            match (learnt, group.as_slice()) {
                (Ok(()), _) => {}
                (Err(problem), [tip]) => drop(lost.insert(*tip, named(problem))),
                (Err(_), several) => {
                    let (one, other) = several.split_at(several.len() / 2);
                    groups.extend([one.to_vec(), other.to_vec()]);
                }
            }
        }
        Ok(lost)
    }

    /// Makes the commits of these chains (or of the commits that annotated tags stand for) readable here, to their ends, for [`Store::chain`]. Their trees are not
    /// fetched where the server can leave them out.
    ///
    /// # Errors
    /// They cannot be read.
    pub async fn fetch_chains(&mut self, tips: &[Oid]) -> Result<(), Error> {
        let named = named(&self.location);
        let scratch = unpoisoned(&mut self.scratch);
        let lacking: BTreeSet<Oid> =
            tips.iter().copied().filter(|tip| scratch.chain(*tip).is_err()).collect();
        if let Side::Http(remote) = &self.side
            && !lacking.is_empty()
        {
            let lacking: Vec<Oid> = lacking.into_iter().collect();
            receive(remote, scratch, Wanted::Chains(&lacking)).await.map_err(named)?;
        }
        Ok(())
    }

    /// The same for the refs that `wanted` picks, which are read again where somebody moves one meanwhile.
    ///
    /// # Errors
    /// They cannot be read, or are moved again and again.
    pub async fn fetch_refs(
        &mut self,
        wanted: impl Fn(&BTreeMap<String, Oid>) -> Vec<Oid>,
    ) -> Result<(), Error> {
        let mut tries = 1;
        loop {
            match self.fetch_chains(&wanted(&self.refs)).await {
                Err(error) if error.is_gone() && tries < RACES => tries += 1,
                fetched => return fetched,
            }
            self.refresh().await?;
        }
    }

    /// Fetches the commit of a ref, as [`Store::fetch`] does, and returns it; nothing where there is no such ref. It is read
    /// again where somebody moves it meanwhile.
    ///
    /// # Errors
    /// It cannot be read, or is moved again and again.
    pub async fn fetch_ref(&mut self, name: &str) -> Result<Option<Oid>, Error> {
        let mut tries = 1;
        loop {
            let Some(tip) = self.refs.get(name).copied() else { return Ok(None) };
            match self.fetch(tip).await {
                Err(error) if error.is_gone() && tries < RACES => tries += 1,
                fetched => return fetched.map(|()| Some(tip)),
            }
            self.refresh().await?;
        }
    }

    /// Reads a chain from its tip to its end: newest first, along first parents.
    ///
    /// # Errors
    /// A commit is not here: see [`Store::fetch_chains`].
    pub fn chain(&self, tip: Oid) -> Result<Vec<(Oid, CommitFacts)>, Error> {
        self.scratch().chain(tip).map_err(named(&self.location))
    }

    /// Counts the commits of the chain that ends in `tip`; `None` where the server cannot leave their trees out, and
    /// counting would mean fetching all that was ever saved.
    ///
    /// # Errors
    /// The chain cannot be read.
    pub async fn count_chain(&mut self, tip: Oid) -> Result<Option<u64>, Error> {
        if let Side::Http(remote) = &self.side
            && self.scratch().chain(tip).is_err()
            && !remote.can_filter().await.map_err(named(&self.location))?
        {
            return Ok(None);
        }
        self.fetch_chains(&[tip]).await?;
        Ok(Some(self.chain(tip)?.len() as u64))
    }

    /// Reads an annotated tag; `None` where the id is a commit's.
    ///
    /// # Errors
    /// It is not here: see [`Store::fetch_chains`].
    pub fn tag(&self, id: Oid) -> Result<Option<TagFacts>, Error> {
        match self.scratch().tag(id) {
            Err(Problem::Broken { .. }) => Ok(None),
            tag => tag.map(Some).map_err(named(&self.location)),
        }
    }

    /// Reads a commit.
    ///
    /// # Errors
    /// It is not here, or is no commit.
    pub fn commit(&self, id: Oid) -> Result<CommitFacts, Error> {
        self.scratch().commit(id).map_err(named(&self.location))
    }

    /// Finds the file or folder at a path below a tree.
    ///
    /// # Errors
    /// A tree on the way cannot be read.
    pub fn entry(&self, tree: Oid, path: &TreePath) -> Result<Option<Oid>, Error> {
        self.scratch().entry(tree, path).map_err(named(&self.location))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It is not here, or is no file.
    pub fn blob(&self, id: Oid) -> Result<Vec<u8>, Error> {
        self.scratch().blob(id).map_err(named(&self.location))
    }

    /// Lists every file below a tree.
    ///
    /// # Errors
    /// A tree cannot be read.
    pub fn files(&self, tree: Oid) -> Result<BTreeMap<TreePath, Oid>, Error> {
        self.scratch().files(tree).map_err(named(&self.location))
    }

    /// Lists every file below a tree, and the names of what that leaves out: submodules, and names that no snapshot has.
    ///
    /// # Errors
    /// A tree cannot be read.
    pub fn all_files(&self, tree: Oid) -> Result<(BTreeMap<TreePath, Oid>, Vec<String>), Error> {
        self.scratch().walk(tree).map_err(named(&self.location))
    }
}

/// Fetches until a pack comes undamaged, three times at most.
async fn receive(remote: &Remote, scratch: &mut Scratch, wanted: Wanted<'_>) -> Result<(), Problem> {
    let mut damaged = 0;
    loop {
        let pack = remote.fetch(wanted, scratch.directory()).await?;
        match scratch.take_in(pack.path()) {
            Err(Problem::DamagedPack { .. }) if damaged < 2 => damaged += 1,
            taken => return taken,
        }
    }
}
