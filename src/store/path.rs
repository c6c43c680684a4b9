//! A store in a directory: a bare repository opened where it is, its refs moved under lock.
//!
//! The order of saving is the argument. First the pack, under another name; then its name, which makes it visible
//! whole; then the refs, each locked and compared before any is moved. Killed before the refs, the store has some
//! objects that nothing names, which `git gc` frees one day and the next run does not mind. Killed between two refs,
//! those before are moved and those after are not: a prefix of the plan, which is why the order of changes is kept.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use git2::{ErrorCode, Oid, Repository, RepositoryInitOptions, RepositoryOpenFlags, Transaction};

use super::Access;
use super::change::{RefChange, RefOutcome, Refusal, RefusalKind, compare};
use super::error::Problem;
use super::scratch::{Pack, index};

/// A ref's lock is held for milliseconds; one this much older than now was left by a killed process.
const STALE: Duration = Duration::from_secs(60);
/// How often and how long to wait for somebody else's lock.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(100);
/// Our own lock, which the system lets go when its holder dies.
const LOCK: &str = "cognigy-backup.lock";

/// A bare repository, or the place where it will be.
pub(super) struct PathStore {
    path: PathBuf,
    repository: Option<Repository>,
}

impl PathStore {
    /// Opens what is there, and writes nothing. For writing, checks that it will be possible.
    pub(super) fn open(path: &Path, access: Access) -> Result<Self, Problem> {
        let store = Self { path: path.to_owned(), repository: open_bare(path)? };
        if access == Access::Write {
            let places: Vec<PathBuf> = match &store.repository {
                Some(_) => ["objects", "refs"].map(|name| path.join(name)).into(),
                None => path.ancestors().find(|p| p.exists()).map(Path::to_owned).into_iter().collect(),
            };
            for place in &places {
                let place = if place.as_os_str().is_empty() { Path::new(".") } else { place.as_path() };
                // A file without a name: nobody sees it, and it is gone at once.
                tempfile::tempfile_in(place).map_err(Problem::disk("write below", place))?;
            }
        }
        Ok(store)
    }

    /// Opens the repository once more, to read objects from.
    pub(super) fn reader(&self) -> Result<Option<Repository>, Problem> {
        if self.repository.is_some() { open_bare(&self.path) } else { Ok(None) }
    }

    /// Lists the refs.
    pub(super) fn refs(&self) -> Result<BTreeMap<String, Oid>, Problem> {
        let Some(repository) = &self.repository else { return Ok(BTreeMap::new()) };
        let list = || -> Result<BTreeMap<String, Oid>, git2::Error> {
            let mut refs = BTreeMap::new();
            for reference in repository.references()? {
                let reference = reference?;
                if let (Ok(name), Some(id)) = (reference.name(), reference.target()) {
                    refs.insert(name.to_owned(), id);
                }
            }
            Ok(refs)
        };
        list().map_err(Problem::git("list the refs"))
    }

    /// Saves a pack and moves the refs.
    pub(super) async fn push(
        &mut self,
        pack: &Pack,
        scratch: &Path,
        changes: &[RefChange],
    ) -> Result<Vec<RefOutcome>, Problem> {
        // Asked again under lock; here it saves a pack that nobody would name.
        if let Some(outcomes) = compare(&self.refs()?, changes) {
            return Ok(outcomes);
        }
        let adds = changes.iter().any(|change| change.new.is_some());
        if self.repository.is_none() {
            if !adds {
                return Ok(changes.iter().map(|_| RefOutcome::Moved).collect());
            }
            self.create(changes)?;
        }
        if pack.objects() > 0 {
            self.store(pack, scratch)?;
        }
        for _ in 0..TRIES {
            match self.try_move(changes)? {
                Ok(outcomes) => return Ok(outcomes),
                Err(Held(_)) => tokio::time::sleep(PAUSE).await,
            }
        }
        match self.try_move(changes)? {
            Ok(outcomes) => Ok(outcomes),
            Err(Held(file)) => Err(Problem::Locked { file }),
        }
    }

    /// Makes the repository: elsewhere first, so that a store is there as a whole or not at all.
    fn create(&mut self, changes: &[RefChange]) -> Result<(), Problem> {
        let parent = match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let disk = |source| Problem::Disk { doing: "make", path: self.path.clone(), source };
        std::fs::create_dir_all(parent).map_err(disk)?;
        let made = tempfile::Builder::new().prefix(".cognigy-backup-").tempdir_in(parent).map_err(disk)?;
        let branch = changes.iter().find_map(|change| change.name.strip_prefix("refs/heads/"));
        let mut options = RepositoryInitOptions::new();
        options.bare(true).external_template(false).no_reinit(true);
        // `git clone` and `git log` without a name then show the newest snapshot.
        options.initial_head(branch.unwrap_or("main"));
        let inner = made.path().join("store.git");
        Repository::init_opts(&inner, &options).map_err(Problem::git("make the repository"))?;
        match std::fs::rename(&inner, &self.path) {
            Ok(()) => {}
            // Somebody else made it meanwhile.
            Err(error) if matches!(error.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists) => {
            }
            Err(error) => return Err(disk(error)),
        }
        self.repository = open_bare(&self.path)?;
        if self.repository.is_some() { Ok(()) } else { Err(Problem::NotARepository) }
    }

    /// Stores a pack. Until the last rename git does not see it.
    pub(super) fn store(&self, pack: &Pack, scratch: &Path) -> Result<(), Problem> {
        let made = index(pack.reader(), scratch)?;
        let into = self.path.join("objects/pack");
        std::fs::create_dir_all(&into).map_err(Problem::disk("make", &into))?;
        for ending in ["pack", "idx"] {
            let from = made.with_extension(ending);
            let name = from.file_name().map(PathBuf::from).unwrap_or_default();
            let to = into.join(name);
            copy_whole(&from, &into, &to).map_err(Problem::disk("write", &to))?;
            // The spool still has it all; a failed removal costs room until the run ends.
            let _ = std::fs::remove_file(&from);
        }
        sync(&into);
        Ok(())
    }

    /// Locks every ref, compares every ref, and only then moves them in order. The inner `Err` is a lock that
    /// somebody else holds.
    fn try_move(&self, changes: &[RefChange]) -> Result<Result<Vec<RefOutcome>, Held>, Problem> {
        let Some(repository) = &self.repository else { return Err(Problem::NotARepository) };
        let Some(_alone) = self.alone(changes)? else {
            return Ok(Err(Held(self.path.join(LOCK))));
        };
        let mut locked = Vec::with_capacity(changes.len());
        for change in changes {
            match lock(repository, &change.name) {
                Ok(transaction) => locked.push(transaction),
                Err(error) if error.code() == ErrorCode::Locked => {
                    return Ok(Err(Held(self.lock_of(&change.name))));
                }
                Err(error) => return Err(Problem::git("lock a ref")(error)),
            }
        }
        if let Some(outcomes) = compare(&self.refs()?, changes) {
            return Ok(Ok(outcomes));
        }
        let mut outcomes = Vec::with_capacity(changes.len());
        for (change, transaction) in changes.iter().zip(locked) {
            if outcomes.iter().any(|outcome| *outcome != RefOutcome::Moved) {
                outcomes.push(RefOutcome::Held);
                continue;
            }
            outcomes.push(match move_one(transaction, change) {
                Ok(()) => {
                    sync(&self.path.join(&change.name));
                    RefOutcome::Moved
                }
                Err(error) => RefOutcome::Refused(Refusal {
                    kind: RefusalKind::Other,
                    reason: error.message().to_owned(),
                    details: Vec::new(),
                }),
            });
        }
        Ok(Ok(outcomes))
    }

    /// Keeps other runs of ours out, and clears away ref locks that a killed one left. `None`: somebody is in.
    fn alone(&self, changes: &[RefChange]) -> Result<Option<File>, Problem> {
        let path = self.path.join(LOCK);
        let open = || -> std::io::Result<Option<File>> {
            let mut file = File::options().create(true).truncate(false).write(true).open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
                // A file system without locks: then git's own have to do.
                Err(std::fs::TryLockError::Error(_)) => return Ok(Some(file)),
            }
            // Written, so that its time is the file system's idea of now, whatever clock that has.
            file.write_all(b"held while refs move\n")?;
            file.set_len(0)?;
            let now = file.metadata()?.modified()?;
            let refs = changes.iter().map(|change| self.lock_of(&change.name));
            for lock in refs.chain([self.path.join("packed-refs.lock")]) {
                let Ok(written) = lock.metadata().and_then(|metadata| metadata.modified()) else { continue };
                if now.duration_since(written).is_ok_and(|age| age > STALE) {
                    std::fs::remove_file(&lock)?;
                }
            }
            Ok(Some(file))
        };
        open().map_err(Problem::disk("lock", &path))
    }

    fn lock_of(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.lock"))
    }
}

/// A lock that somebody else holds.
struct Held(PathBuf);

fn lock<'a>(repository: &'a Repository, name: &str) -> Result<Transaction<'a>, git2::Error> {
    let mut transaction = repository.transaction()?;
    transaction.lock_ref(name)?;
    Ok(transaction)
}

fn move_one(mut transaction: Transaction<'_>, change: &RefChange) -> Result<(), git2::Error> {
    match (change.expected, change.new) {
        (_, Some(new)) => transaction.set_target(&change.name, new, None, "cognigy-backup")?,
        (Some(_), None) => transaction.remove(&change.name)?,
        (None, None) => {}
    }
    transaction.commit()
}

/// Opens a bare repository; `None` where there is nothing yet.
fn open_bare(path: &Path) -> Result<Option<Repository>, Problem> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Problem::disk("read", path)(error)),
        Ok(metadata) if !metadata.is_dir() => return Err(Problem::NotADirectory),
        Ok(_) => {}
    }
    match Repository::open_ext(path, RepositoryOpenFlags::NO_SEARCH, &[] as &[&Path]) {
        Ok(repository) if !repository.is_bare() => Err(Problem::WorkingCopy),
        Ok(repository) => Ok(Some(repository)),
        Err(error) if error.code() == ErrorCode::Owner => Err(Problem::Foreign),
        Err(error) if error.code() == ErrorCode::NotFound => {
            let mut inside = std::fs::read_dir(path).map_err(Problem::disk("read", path))?;
            if inside.next().is_none() { Ok(None) } else { Err(Problem::NotARepository) }
        }
        Err(error) => Err(Problem::git("open the repository")(error)),
    }
}

/// Copies a file so that its name stands for all of it, on the disk, or for nothing.
fn copy_whole(from: &Path, into: &Path, to: &Path) -> std::io::Result<()> {
    let mut copy = tempfile::Builder::new().prefix("tmp_pack_").tempfile_in(into)?;
    std::io::copy(&mut File::open(from)?, copy.as_file_mut())?;
    copy.as_file().set_permissions(std::fs::metadata(from)?.permissions())?;
    copy.as_file().sync_all()?;
    copy.persist(to)?;
    Ok(())
}

/// Makes a name last. Not every file system can, and then there is nothing more to do.
fn sync(path: &Path) {
    if let Ok(file) = File::open(path) {
        let _ = file.sync_all();
    }
}
