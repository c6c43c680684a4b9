//! Where snapshots live: a git repository, in a directory or behind HTTP, with one way to use both.
//!
//! A [`Store`] is opened for reading or for writing, and opening for writing fails at once where pushing would.
//! Opening writes nothing. While a run captures, new objects wait in the room's `scratch`, which reads on
//! into what the store has. One [`Store::push`] then saves everything: the objects that the store lacks and no others,
//! and the refs, each with the value it expects to find, all or none. What a ref refused is data; `Err` means that the
//! store cannot be used.
//!
//! Killed anywhere before the push, nothing happened. Killed in it, either nothing happened that anybody can see, or all
//! of it did.

pub mod archive;
pub mod branch;
mod change;
mod error;
mod hints;
mod location;
mod object;
mod path;
mod reading;
mod remote;
mod scratch;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use git2::{ObjectType, Reference};
use secrecy::SecretString;

use crate::http::Transport;
use crate::snapshot::TreePath;
pub use change::{NewObjects, Pushed, RefChange, RefOutcome, Refusal, RefusalKind};
pub use error::{Error, Problem};
pub use git2::Oid;
pub use location::Location;
pub use object::{CommitFacts, NewCommit, NewTag, TagFacts};
use path::PathStore;
use remote::{Patience, Remote};
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
    access: Access,
    side: Side,
    // Behind a lock so that writing a blob needs no exclusive store: a capture has many hands.
    scratch: Mutex<Scratch>,
    refs: BTreeMap<String, Oid>,
}

enum Side {
    Path(Mutex<PathStore>),
    Http(Remote),
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
        Self::open_with_patience(location, transport, token, scratch, access, Patience::default()).await
    }

    async fn open_with_patience(
        location: &Location,
        transport: &Transport,
        token: Option<SecretString>,
        scratch: &Path,
        access: Access,
        patience: Patience,
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
        Ok(Self { location: location.clone(), access, side, scratch: Mutex::new(scratch), refs })
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

    /// Returns the id that these bytes have as a file.
    #[must_use]
    pub fn blob_id(bytes: &[u8]) -> Oid {
        scratch::hash(ObjectType::Blob, bytes)
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

    /// Keeps an annotated tag of a commit. Its tagger is always the same.
    ///
    /// # Errors
    /// The temporary directory cannot be written to.
    pub fn write_tag(&self, tag: NewTag<'_>) -> Result<Oid, Error> {
        self.scratch().write_tag(&tag).map_err(named(&self.location))
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
        if self.access == Access::Read {
            return Err(named(Problem::ReadOnly));
        }
        // A name with a newline in it would be two lines on the wire.
        if let Some(bad) = changes.iter().find(|change| !Reference::is_valid_name(&change.name)) {
            return Err(named(Problem::InvalidRef { name: bad.name.clone() }));
        }
        let scratch = unpoisoned(&mut self.scratch);
        let outgoing = scratch.outgoing(changes.iter().filter_map(|change| change.new)).map_err(named)?;
        if let Location::Http(url) = &self.location
            && location::is_github(url)
            && let Some((path, bytes)) = outgoing.files.iter().find(|(_, bytes)| *bytes > TOO_LARGE)
        {
            return Err(named(Problem::FileTooLarge { path: path.clone(), bytes: *bytes }));
        }
        let mut pack = outgoing.pack.clone();
        let (outcomes, messages, refs) = match &mut self.side {
            _ if changes.is_empty() => (Vec::new(), Vec::new(), None),
            Side::Path(store) => {
                let store = unpoisoned(store);
                let outcomes = store.push(&pack, scratch.directory(), changes).await.map_err(named)?;
                if let Some(reader) = store.reader().map_err(named)? {
                    scratch.read_from(reader);
                }
                (outcomes, Vec::new(), Some(store.refs().map_err(named)?))
            }
            Side::Http(remote) => {
                // A service: what keeps the pack from being thin is no reason not to push.
                if remote.takes_thin()
                    && let Ok(thin) = scratch.thin(&outgoing, changes)
                {
                    pack = thin;
                }
                let mut answer = remote.push(changes, &pack).await.map_err(named)?;
                if answer.was_not_unpacked() && pack.length() != outgoing.pack.length() {
                    pack = outgoing.pack.clone();
                    answer = remote.push(changes, &pack).await.map_err(named)?;
                }
                (answer.outcomes, answer.messages, answer.refs)
            }
        };
        let pushed = Pushed {
            refs: changes.iter().map(|change| change.name.clone()).zip(outcomes).collect(),
            bytes_sent: if pack.objects() > 0 { pack.length() } else { 0 },
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

/// Only the address: what else is in it holds a token.
impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store").field(&self.shown()).finish()
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
