//! One process at a time in a directory of archives, and what killed ones left there.
//!
//! Everything unfinished stands under a dot name of its own form and is worked on under the lock. So whoever has the lock
//! knows that each such name is dead, however young.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::error::Problem;
use crate::snapshot::ReleaseTag;

/// The lock, which the system lets go when its holder dies. It stays; removing it would let two in.
pub(super) const LOCK: &str = ".cognigy-backup.lock";
/// What a folder is called, after a dot and its tag, while it is made and while it is removed.
pub(super) const MAKING: &str = ".partial-";
pub(super) const REMOVING: &str = ".deleted-";
/// Where the file system has no locks, a leftover this old is taken for dead: no run lasts as long.
const DEAD: Duration = Duration::from_secs(24 * 60 * 60);
const PAUSE: Duration = Duration::from_millis(100);

/// The right to change a directory; it ends when dropped.
pub(super) struct Alone {
    root: PathBuf,
    _file: File,
    /// Whether nobody else can be in.
    sure: bool,
    /// The file system's idea of now.
    now: SystemTime,
}

impl Alone {
    /// Waits for the lock, for `patience` at most.
    pub(super) fn in_directory(root: &Path, patience: Duration) -> Result<Self, Problem> {
        let path = root.join(LOCK);
        let open = || File::options().create(true).truncate(false).write(true).open(&path);
        let mut file = open().map_err(Problem::disk("lock", &path))?;
        let mut waited = Duration::ZERO;
        let sure = loop {
            match file.try_lock() {
                Ok(()) => break true,
                // A file system without locks: then names and ages have to do.
                Err(std::fs::TryLockError::Error(_)) => break false,
                Err(std::fs::TryLockError::WouldBlock) if waited >= patience => {
                    return Err(Problem::Locked { file: path });
                }
                Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            }
            waited += PAUSE;
        };
        let now = touch(&mut file).map_err(Problem::disk("lock", &path))?;
        Ok(Self { root: root.to_owned(), _file: file, sure, now })
    }

    /// Removes what killed processes left.
    pub(super) fn sweep(&self) -> Result<(), Problem> {
        let entries = std::fs::read_dir(&self.root).map_err(Problem::disk("read", &self.root))?;
        for entry in entries.filter_map(Result::ok) {
            let left = entry.file_name().to_str().is_some_and(is_leftover);
            if left && (self.sure || self.is_old(&entry)) {
                // One that cannot be removed costs room, no more; the next run tries again.
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
        Ok(())
    }

    fn is_old(&self, entry: &std::fs::DirEntry) -> bool {
        let written = entry.metadata().and_then(|metadata| metadata.modified());
        written.is_ok_and(|written| self.now.duration_since(written).is_ok_and(|age| age > DEAD))
    }
}

/// Writes to a file, so that its time is the file system's now, whatever clock that has.
fn touch(file: &mut File) -> io::Result<SystemTime> {
    file.write_all(b"held while archives change\n")?;
    file.set_len(0)?;
    file.metadata()?.modified()
}

/// Whether a name is one that only we give: a dot, a tag, what is done, six signs against clashes.
fn is_leftover(name: &str) -> bool {
    let Some(name) = name.strip_prefix('.') else { return false };
    [MAKING, REMOVING].into_iter().filter_map(|doing| name.rsplit_once(doing)).any(|(tag, mark)| {
        tag.parse::<ReleaseTag>().is_ok()
            && mark.len() == 6
            && mark.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_leftovers_are_swept() {
        for name in [".monthly-2025-10.partial-a1B2c3", ".a.deleted-XXXXXX", ".a.partial-b.deleted-abcdef"] {
            assert!(is_leftover(name), "{name}");
        }
        for name in [
            "monthly-2025-10",
            ".git",
            LOCK,
            ".a.partial-",
            ".a.partial-a1B2c3d",
            "a.partial-a1B2c3",
            "..partial-a1B2c3",
        ] {
            assert!(!is_leftover(name), "{name}");
        }
    }

    #[test]
    fn without_locks_only_old_leftovers_are_swept() {
        let root = tempfile::tempdir().unwrap();
        let left = root.path().join(".a.partial-a1B2c3");
        std::fs::create_dir(&left).unwrap();
        let mut alone = Alone::in_directory(root.path(), Duration::ZERO).unwrap();
        alone.sure = false;
        alone.sweep().unwrap();
        assert!(left.exists(), "somebody may be at work there");
        alone.now += DEAD * 2;
        alone.sweep().unwrap();
        assert!(!left.exists());
    }
}
