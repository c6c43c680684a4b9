//! The objects of one run: those it makes, and those it has read from the store.
//!
//! New ones wait in the [`Spool`]; those fetched over HTTP lie in a bare repository of our own in a temporary
//! directory, those of a path store are read where they are. Nothing is ever written to the store from here.
//!
//! `known` is what makes a push exact: every tree and blob below a tip that was read. Such an object is neither written
//! nor sent again. An object is sent exactly when this run made it and no tip we read holds it.

mod delta;
mod index;
mod pack;
mod spool;
mod thin;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use git2::{ObjectType, Oid, Repository};
use tempfile::TempDir;

pub(super) use index::index;
pub(super) use pack::Pack;
use spool::Spool;

use super::error::Problem;
use super::object::{self, CommitFacts, Folder, Is, NewCommit, NewTag, TagFacts, TreeEntry};
use crate::snapshot::TreePath;

/// Where the objects are that the store has.
enum Stored {
    /// Nowhere yet: nothing was fetched, or the store does not exist.
    Nowhere,
    /// In the path store itself, or in our own repository with what was fetched.
    In(Repository),
}

/// The objects of one run. Its directory goes when it is dropped.
pub(super) struct Scratch {
    directory: TempDir,
    spool: Spool,
    stored: Stored,
    known: HashSet<Oid>,
    /// The tips of which all is known to be here. A commit that this run made and sent is known to the store, and its tree
    /// may be nowhere but there.
    whole: HashSet<Oid>,
}

/// What a push would send.
pub(super) struct Outgoing {
    pub(super) pack: Pack,
    pub(super) ids: Vec<Oid>,
    /// Bytes of the objects themselves, before compression.
    pub(super) bytes: u64,
    /// Each new file and its size.
    pub(super) files: Vec<(String, u64)>,
}

impl Scratch {
    /// Makes an empty one below a directory.
    pub(super) fn create(below: &Path) -> Result<Self, Problem> {
        let directory = tempfile::Builder::new()
            .prefix("cognigy-backup-")
            .tempdir_in(below)
            .map_err(Problem::disk("make a directory below", below))?;
        let spool = Spool::create(directory.path())?;
        Ok(Self { directory, spool, stored: Stored::Nowhere, known: HashSet::new(), whole: HashSet::new() })
    }

    /// Reads what the store has from this repository.
    pub(super) fn read_from(&mut self, repository: Repository) {
        self.stored = Stored::In(repository);
    }

    /// Returns a directory for files on their way.
    pub(super) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Takes in a pack that was fetched. Its checksum, its objects and its deltas are checked before any counts.
    pub(super) fn take_in(&mut self, pack: &Path) -> Result<(), Problem> {
        let home = self.directory.path().join("fetched.git");
        if matches!(self.stored, Stored::Nowhere) {
            let repository =
                Repository::init_bare(&home).map_err(Problem::git("make a temporary repository"))?;
            self.stored = Stored::In(repository);
        }
        let into = home.join("objects/pack");
        index(index::read_chunks(pack)?, &into)?;
        if let Stored::In(repository) = &self.stored {
            let odb = repository.odb().map_err(Problem::git("open the temporary repository"))?;
            odb.refresh().map_err(Problem::git("open the temporary repository"))?;
        }
        Ok(())
    }

    /// Walks a commit's whole tree, so that it is known to be here, all of it.
    pub(super) fn learn(&mut self, tip: Oid) -> Result<(), Problem> {
        if self.whole.contains(&tip) {
            return Ok(());
        }
        let missing = |problem| match problem {
            Problem::Missing { id } => Problem::Incomplete { tip, missing: id },
            other => other,
        };
        let commit = self.peel(tip).map_err(missing)?;
        let mut seen = HashSet::from([tip, commit]);
        let mut trees = vec![self.commit(commit).map_err(missing)?.tree];
        while let Some(tree) = trees.pop() {
            if self.known.contains(&tree) || !seen.insert(tree) {
                continue;
            }
            for entry in self.tree(tree).map_err(missing)? {
                match entry.is {
                    Is::Folder => trees.push(entry.id),
                    Is::File if self.has(entry.id) => {
                        seen.insert(entry.id);
                    }
                    Is::File => return Err(Problem::Incomplete { tip, missing: entry.id }),
                    Is::Elsewhere | Is::Nameless => {}
                }
            }
        }
        self.known.extend(seen);
        self.whole.insert(tip);
        Ok(())
    }

    /// Notes that the store has these now.
    pub(super) fn sent(&mut self, ids: &[Oid]) {
        self.known.extend(ids);
    }

    /// Whether an object is here.
    pub(super) fn has(&self, id: Oid) -> bool {
        self.spool.get(id).is_some()
            || match &self.stored {
                Stored::In(repository) => repository.odb().is_ok_and(|odb| odb.exists(id)),
                Stored::Nowhere => false,
            }
    }

    /// Reads an object.
    fn read(&self, id: Oid) -> Result<(ObjectType, Vec<u8>), Problem> {
        if let Some(entry) = self.spool.get(id) {
            return Ok((entry.kind, self.spool.read(entry)?));
        }
        let Stored::In(repository) = &self.stored else { return Err(Problem::Missing { id }) };
        let odb = repository.odb().map_err(Problem::git("open the store's objects"))?;
        match odb.read(id) {
            Ok(object) => Ok((object.kind(), object.data().to_vec())),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Err(Problem::Missing { id }),
            Err(error) => Err(Problem::git("read an object")(error)),
        }
    }

    fn read_as(&self, id: Oid, kind: ObjectType, what: &'static str) -> Result<Vec<u8>, Problem> {
        let (found, bytes) = self.read(id)?;
        if found == kind { Ok(bytes) } else { Err(Problem::Broken { what, id }) }
    }

    /// Reads a file's bytes.
    pub(super) fn blob(&self, id: Oid) -> Result<Vec<u8>, Problem> {
        self.read_as(id, ObjectType::Blob, "file")
    }

    /// Reads a commit.
    pub(super) fn commit(&self, id: Oid) -> Result<CommitFacts, Problem> {
        object::decode_commit(id, &self.read_as(id, ObjectType::Commit, "commit")?)
    }

    /// Reads an annotated tag.
    pub(super) fn tag(&self, id: Oid) -> Result<TagFacts, Problem> {
        object::decode_tag(id, &self.read_as(id, ObjectType::Tag, "tag")?)
    }

    /// Returns the commit that a tip stands for, which an annotated tag is not itself.
    fn peel(&self, tip: Oid) -> Result<Oid, Problem> {
        let mut at = tip;
        loop {
            match self.read(at)? {
                (ObjectType::Tag, bytes) => at = object::decode_tag(at, &bytes)?.target,
                _ => return Ok(at),
            }
        }
    }

    /// Reads the commits from a tip to the end of its chain, along first parents.
    pub(super) fn chain(&self, tip: Oid) -> Result<Vec<(Oid, CommitFacts)>, Problem> {
        let (mut chain, mut next) = (Vec::new(), Some(self.peel(tip)?));
        while let Some(id) = next {
            let facts = self.commit(id)?;
            next = facts.parents.first().copied();
            chain.push((id, facts));
        }
        Ok(chain)
    }

    fn tree(&self, id: Oid) -> Result<Vec<TreeEntry>, Problem> {
        object::decode_tree(id, &self.read_as(id, ObjectType::Tree, "tree")?)
    }

    /// Finds the file or folder at a path.
    pub(super) fn entry(&self, tree: Oid, path: &TreePath) -> Result<Option<Oid>, Problem> {
        let mut at = tree;
        let mut components = path.components().peekable();
        while let Some(name) = components.next() {
            let is_it = |entry: &TreeEntry| entry.name == name && entry.is != Is::Nameless;
            let Some(entry) = self.tree(at)?.into_iter().find(is_it) else {
                return Ok(None);
            };
            if components.peek().is_some() && entry.is != Is::Folder {
                return Ok(None);
            }
            at = entry.id;
        }
        Ok(Some(at))
    }

    /// Lists every file below a tree. A name that no [`TreePath`] may have is not ours and is passed over.
    pub(super) fn files(&self, tree: Oid) -> Result<BTreeMap<TreePath, Oid>, Problem> {
        Ok(self.walk(tree)?.0)
    }

    /// Lists every file below a tree, and the names of what is passed over.
    pub(super) fn walk(&self, tree: Oid) -> Result<(BTreeMap<TreePath, Oid>, Vec<String>), Problem> {
        let (mut files, mut passed_over) = (BTreeMap::new(), Vec::new());
        let mut folders = vec![(String::new(), tree)];
        while let Some((prefix, id)) = folders.pop() {
            for entry in self.tree(id)? {
                let path = format!("{prefix}{}", entry.name);
                match entry.is {
                    Is::Folder => folders.push((format!("{path}/"), entry.id)),
                    Is::File => match path.parse() {
                        Ok(path) => drop(files.insert(path, entry.id)),
                        Err(_) => passed_over.push(path),
                    },
                    Is::Elsewhere | Is::Nameless => passed_over.push(path),
                }
            }
        }
        Ok((files, passed_over))
    }

    /// Writes an object unless the store is known to have it.
    fn write(&mut self, kind: ObjectType, bytes: &[u8]) -> Result<Oid, Problem> {
        let id = hash(kind, bytes);
        if !self.known.contains(&id) {
            self.spool.add(id, kind, bytes)?;
        }
        Ok(id)
    }

    /// Writes a file's bytes.
    pub(super) fn write_blob(&mut self, bytes: &[u8]) -> Result<Oid, Problem> {
        self.write(ObjectType::Blob, bytes)
    }

    /// Writes the trees for these files.
    pub(super) fn write_tree(&mut self, files: &BTreeMap<TreePath, Oid>) -> Result<Oid, Problem> {
        self.write_folder(&Folder::of(files)?)
    }

    fn write_folder(&mut self, folder: &Folder<'_>) -> Result<Oid, Problem> {
        let entry = |name: &str, id, is| TreeEntry { name: name.to_owned(), id, is };
        let mut entries: Vec<_> = folder.files.iter().map(|(name, id)| entry(name, *id, Is::File)).collect();
        for (name, inner) in &folder.folders {
            let id = self.write_folder(inner)?;
            entries.push(entry(name, id, Is::Folder));
        }
        self.write(ObjectType::Tree, &object::encode_tree(entries))
    }

    /// Writes a commit.
    pub(super) fn write_commit(&mut self, commit: &NewCommit<'_>) -> Result<Oid, Problem> {
        self.write(ObjectType::Commit, &object::encode_commit(commit))
    }

    /// Writes an annotated tag.
    pub(super) fn write_tag(&mut self, tag: &NewTag<'_>) -> Result<Oid, Problem> {
        self.write(ObjectType::Tag, &object::encode_tag(tag))
    }

    /// Gathers what these commits (or tags of commits) need and the store is not known to have: commits, trees, files, in that order, as
    /// a pack wants it. What this run did not write is in the store already, or the id could not have been known.
    pub(super) fn outgoing(&self, tips: impl IntoIterator<Item = Oid>) -> Result<Outgoing, Problem> {
        let mut seen = HashSet::new();
        let mut ours = |id: Oid| match self.spool.get(id) {
            Some(entry) if !self.known.contains(&id) && seen.insert(id) => Some((id, entry)),
            _ => None,
        };
        let (mut commits, mut trees, mut blobs, mut files) = (vec![], vec![], vec![], vec![]);
        let mut folders = Vec::new();
        let mut chain: Vec<Oid> = tips.into_iter().collect();
        while let Some(id) = chain.pop() {
            let Some(found) = ours(id) else { continue };
            commits.push(found);
            if found.1.kind == ObjectType::Tag {
                chain.push(self.tag(id)?.target);
                continue;
            }
            let facts = self.commit(id)?;
            chain.extend(facts.parents);
            folders.push((String::new(), facts.tree));
        }
        while let Some((prefix, id)) = folders.pop() {
            let Some(found) = ours(id) else { continue };
            trees.push(found);
            for entry in self.tree(id)? {
                let path = format!("{prefix}{}", entry.name);
                match entry.is {
                    Is::Folder => folders.push((format!("{path}/"), entry.id)),
                    _ => {
                        if let Some(found) = ours(entry.id) {
                            files.push((path, found.1.size));
                            blobs.push(found);
                        }
                    }
                }
            }
        }
        let all = [commits, trees, blobs].concat();
        let bytes = all.iter().map(|(_, entry)| entry.size).sum();
        let (ids, entries) = all.into_iter().unzip();
        Ok(Outgoing { pack: Pack::new(self.spool.file(), entries), ids, bytes, files })
    }
}

/// Names an object as git does.
pub(super) fn hash(kind: ObjectType, bytes: &[u8]) -> Oid {
    Oid::hash_object(kind, bytes).expect("bytes of these kinds can always be hashed")
}
