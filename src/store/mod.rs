//! Where snapshots live: a git repository, in a directory or behind HTTP, with one way to use both.
//!
//! A [`Store`] is opened for reading or for writing, and opening for writing fails at once where pushing would.
//! Opening writes nothing. While a run captures, new objects wait in the scratch (see `scratch`), which reads on
//! into what the store has. One [`Store::push`] then saves everything: the objects that the store lacks and no others,
//! and the refs, each with the value it expects to find, all or none. What a ref refused is data; `Err` means that the
//! store cannot be used.
//!
//! Killed anywhere before the push, nothing happened. Killed in it, either nothing happened that anybody can see, or all
//! of it did.

mod change;
mod error;
mod location;
mod object;
mod path;
mod remote;
mod scratch;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use git2::ObjectType;
use secrecy::SecretString;

use crate::http::Transport;
use crate::snapshot::TreePath;
pub use change::{Pushed, RefChange, RefOutcome, Refusal, RefusalKind};
pub use error::{Error, Problem};
pub use git2::Oid;
pub use location::Location;
pub use object::{CommitFacts, NewCommit};
use path::PathStore;
use remote::Remote;
use scratch::Scratch;

/// GitHub refuses a file above this.
const TOO_LARGE: u64 = 100 * 1024 * 1024;
/// GitHub warns above this.
const LARGE: u64 = 50 * 1024 * 1024;

/// What a store is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reading only; a dry run writes nothing at all.
    Read,
    /// Reading and pushing; the right to push is checked on opening.
    Write,
}

/// A store of snapshots.
pub struct Store {
    location: Location,
    side: Side,
    // Behind a lock so that writing a blob needs no exclusive store: a capture has many hands.
    scratch: Mutex<Scratch>,
    refs: BTreeMap<String, Oid>,
}

enum Side {
    Path(Mutex<PathStore>),
    Http(Remote),
}

/// What a push would send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewObjects {
    /// How many objects.
    pub objects: usize,
    /// Their bytes before compression.
    pub bytes: u64,
    /// Bytes of the pack.
    pub packed: u64,
    /// Files over 50 MB, with path and size, largest first: GitHub warns of them, and refuses them over 100 MB.
    pub large: Vec<(String, u64)>,
}

impl Store {
    /// Opens a store and lists its refs. Nothing is written to it: a path that does not exist yet is an empty store.
    /// Temporary files go below `scratch` and vanish with the store.
    ///
    /// # Errors
    /// It cannot be read or, with [`Access::Write`], not be written.
    pub async fn open(
        location: &Location,
        transport: &Transport,
        token: Option<SecretString>,
        scratch: &Path,
        access: Access,
    ) -> Result<Self, Error> {
        Self::open_with_patience(location, transport, token, scratch, access, remote::PATIENCE).await
    }

    async fn open_with_patience(
        location: &Location,
        transport: &Transport,
        token: Option<SecretString>,
        scratch: &Path,
        access: Access,
        patience: Duration,
    ) -> Result<Self, Error> {
        let named = named(location);
        let mut scratch = Scratch::create(scratch).map_err(named)?;
        let (side, refs) = match location {
            Location::Path(path) => {
                let store = PathStore::open(path, access).map_err(named)?;
                if let Some(reader) = store.reader().map_err(named)? {
                    scratch.read_from(reader);
                }
                let refs = store.refs().map_err(named)?;
                (Side::Path(Mutex::new(store)), refs)
            }
            Location::Http(url) => {
                let mut remote =
                    Remote::new(url, transport, token.as_ref(), access, patience).map_err(named)?;
                let refs = remote.advertise().await.map_err(named)?.refs;
                (Side::Http(remote), refs)
            }
        };
        Ok(Self { location: location.clone(), side, scratch: Mutex::new(scratch), refs })
    }

    /// Returns the location as it may be shown.
    #[must_use]
    pub fn shown(&self) -> String {
        self.location.shown()
    }

    /// Returns the refs with their full names, as last read. An annotated tag is the tag's own id.
    #[must_use]
    pub fn refs(&self) -> &BTreeMap<String, Oid> {
        &self.refs
    }

    /// Whether the refs of one push move all or none. Where not, push the adds first, and plan the drops on what
    /// they reached.
    #[must_use]
    pub fn is_atomic(&self) -> bool {
        match &self.side {
            Side::Path(_) => true,
            Side::Http(remote) => remote.is_atomic(),
        }
    }

    /// Reads the refs again.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn refresh(&mut self) -> Result<(), Error> {
        let named = named(&self.location);
        self.refs = match &mut self.side {
            Side::Path(store) => unpoisoned(store).refs().map_err(named)?,
            Side::Http(remote) => remote.advertise().await.map_err(named)?.refs,
        };
        Ok(())
    }

    /// Makes a commit and its whole tree readable here, and checks that all of it is there. Nothing of its history
    /// comes along. A new snapshot is then saved as what differs from it.
    ///
    /// # Errors
    /// The commit cannot be read, or not all of it.
    pub async fn fetch(&mut self, tip: Oid) -> Result<(), Error> {
        let named = named(&self.location);
        let scratch = unpoisoned(&mut self.scratch);
        if let Side::Http(remote) = &self.side
            && !scratch.has(tip)
        {
            let pack = remote.fetch(tip, scratch.directory()).await.map_err(named)?;
            scratch.take_in(pack.path()).map_err(named)?;
        }
        scratch.learn(tip).map_err(named)
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

    /// Returns the id that these bytes have as a file.
    ///
    /// # Errors
    /// The git library cannot hash, which does not happen.
    pub fn blob_id(bytes: &[u8]) -> Result<Oid, Problem> {
        Oid::hash_object(ObjectType::Blob, bytes).map_err(Problem::git("name an object"))
    }

    /// Keeps a file for the next push.
    ///
    /// # Errors
    /// The temporary directory cannot be written to.
    pub fn write_blob(&self, bytes: &[u8]) -> Result<Oid, Error> {
        self.scratch().write_blob(bytes).map_err(named(&self.location))
    }

    /// Keeps the trees that hold these files.
    ///
    /// # Errors
    /// A path is both a file and a folder, or the temporary directory cannot be written to.
    pub fn write_tree(&self, files: &BTreeMap<TreePath, Oid>) -> Result<Oid, Error> {
        self.scratch().write_tree(files).map_err(named(&self.location))
    }

    /// Keeps a commit. Its author is always the same, so equal input is an equal commit.
    ///
    /// # Errors
    /// The temporary directory cannot be written to.
    pub fn write_commit(&self, commit: NewCommit<'_>) -> Result<Oid, Error> {
        self.scratch().write_commit(&commit).map_err(named(&self.location))
    }

    /// Says what pushing these commits would send.
    ///
    /// # Errors
    /// An object cannot be read back.
    pub fn new_objects(&self, tips: &[Oid]) -> Result<NewObjects, Error> {
        let outgoing = self.scratch().outgoing(tips.iter().copied()).map_err(named(&self.location))?;
        let mut large: Vec<_> = outgoing.files.into_iter().filter(|(_, bytes)| *bytes > LARGE).collect();
        large.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let (objects, packed) = (outgoing.pack.objects(), outgoing.pack.length());
        Ok(NewObjects { objects, bytes: outgoing.bytes, packed, large })
    }

    /// Saves what the store lacks and moves the refs, each from the value it is expected to have, in this order
    /// where order can be seen. After a race [`Store::refs`] is fresh: plan again and push again.
    ///
    /// # Errors
    /// The store cannot be written at all. What a single ref refused is in the answer.
    pub async fn push(&mut self, changes: &[RefChange]) -> Result<Pushed, Error> {
        let named = named(&self.location);
        let scratch = unpoisoned(&mut self.scratch);
        let outgoing = scratch.outgoing(changes.iter().filter_map(|change| change.new)).map_err(named)?;
        if let Location::Http(url) = &self.location
            && location::is_github(url)
            && let Some((path, bytes)) = outgoing.files.iter().find(|(_, bytes)| *bytes > TOO_LARGE)
        {
            return Err(named(Problem::FileTooLarge { path: path.clone(), bytes: *bytes }));
        }
        let (outcomes, messages, refs) = match &mut self.side {
            _ if changes.is_empty() => (Vec::new(), Vec::new(), None),
            Side::Path(store) => {
                let store = unpoisoned(store);
                let outcomes =
                    store.push(&outgoing.pack, scratch.directory(), changes).await.map_err(named)?;
                if let Some(reader) = store.reader().map_err(named)? {
                    scratch.read_from(reader);
                }
                (outcomes, Vec::new(), Some(store.refs().map_err(named)?))
            }
            Side::Http(remote) => {
                let answer = remote.push(changes, &outgoing.pack).await.map_err(named)?;
                (answer.outcomes, answer.messages, answer.refs)
            }
        };
        let pushed = Pushed {
            refs: changes.iter().map(|change| change.name.clone()).zip(outcomes).collect(),
            bytes_sent: if outgoing.pack.objects() > 0 { outgoing.pack.length() } else { 0 },
            messages,
        };
        if pushed.all_moved() {
            scratch.sent(&outgoing.ids);
        }
        match refs {
            Some(refs) => self.refs = refs,
            None => apply(&mut self.refs, changes, &pushed),
        }
        Ok(pushed)
    }

    fn scratch(&self) -> MutexGuard<'_, Scratch> {
        // A panic elsewhere leaves no half-written object: one counts only once it is in the index.
        self.scratch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unpoisoned<T>(mutex: &mut Mutex<T>) -> &mut T {
    mutex.get_mut().unwrap_or_else(PoisonError::into_inner)
}

/// Gives a problem its subject.
fn named(location: &Location) -> impl Fn(Problem) -> Error + Copy {
    move |problem| Error { store: location.shown(), problem }
}

/// Notes the moves that a server confirmed, so that it need not be asked again.
fn apply(refs: &mut BTreeMap<String, Oid>, changes: &[RefChange], pushed: &Pushed) {
    for (change, (_, outcome)) in changes.iter().zip(&pushed.refs) {
        match (outcome, change.new) {
            (RefOutcome::Moved, Some(new)) => {
                refs.insert(change.name.clone(), new);
            }
            (RefOutcome::Moved, None) => {
                refs.remove(&change.name);
            }
            _ => {}
        }
    }
}
