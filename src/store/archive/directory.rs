//! Archives in a directory, one folder for each tag: what releases are on GitHub.
//!
//! The order of publishing is the argument. First the folder under a dot name, and all its files on the disk; then one
//! rename, which makes it visible whole. Killed before it, there is a leftover that nobody takes for an archive and the
//! next publishing removes. Removing goes the other way: first the dot name, then the files.

use std::fs::Permissions;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tempfile::TempDir;

use super::Kept;
use super::compression::Compression;
use super::error::{Error, Problem};
use super::folder;
use super::lock::{Alone, MAKING, REMOVING};
use super::writer::Written;
use crate::snapshot::{Manifest, ReleaseTag, SnapshotId};

/// Publishing copies some megabytes; whoever takes longer than this is left to.
const PATIENCE: Duration = Duration::from_secs(5);

/// A directory of archives. It need not exist; the first publishing makes it.
#[derive(Debug, Clone)]
pub struct DirectoryArchives {
    root: PathBuf,
    patience: Duration,
}

/// An archive to be published.
#[derive(Debug, Clone, Copy)]
pub struct NewArchive<'a> {
    /// Its name.
    pub tag: &'a ReleaseTag,
    /// How the file is compressed.
    pub compression: Compression,
    /// The file, wherever it was made; it is copied.
    pub archive: &'a Path,
    /// What the writer said of it. A file that changed since is refused.
    pub written: &'a Written,
    /// The snapshot's manifest, as it is in the archive.
    pub manifest: &'a [u8],
    /// What to tell people, in Markdown.
    pub notes: &'a str,
}

/// What is known of an archive without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveFacts {
    /// Its name.
    pub tag: ReleaseTag,
    /// The snapshot in it, as its manifest says; nothing where that cannot be read.
    pub snapshot: Option<SnapshotId>,
    /// When it was published, as the file system says; the beginning of 1970 where that says nothing.
    pub created: DateTime<Utc>,
    /// The size of all its files, in bytes.
    pub bytes: u64,
    /// Whether all is there that should be. Whether it is undamaged only [`DirectoryArchives::open`] says.
    pub complete: bool,
    /// What stands in its folder, sorted.
    pub files: Vec<String>,
}

/// An archive that is there and undamaged.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenedArchive {
    /// The archive file.
    pub archive: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
}

/// What became of a publishing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// It is there now.
    New(ArchiveFacts),
    /// Something of that name was there and is untouched. Whether it is the same snapshot, its facts say.
    AlreadyThere(ArchiveFacts),
}

impl DirectoryArchives {
    /// Names the directory. Nothing is read or written.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { root: path.into(), patience: PATIENCE }
    }

    /// Lists the archives by their tags. Other names in the directory are nobody's business; no directory is no archive.
    ///
    /// # Errors
    /// The directory, or a folder in it, cannot be read.
    pub fn list(&self) -> Result<Vec<ArchiveFacts>, Error> {
        let named = self.named();
        let entries = match std::fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                return Err(named(Problem::NotADirectory));
            }
            Err(error) => return Err(named(Problem::disk("read", &self.root)(error))),
        };
        let mut archives = Vec::new();
        for entry in entries {
            let entry = entry.map_err(Problem::disk("read", &self.root)).map_err(named)?;
            let Some(tag) = entry.file_name().to_str().and_then(|name| name.parse::<ReleaseTag>().ok())
            else {
                continue;
            };
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            match folder::facts(&entry.path(), &tag) {
                Ok(facts) => archives.push(facts),
                // Removed by somebody since the directory was read.
                Err(Problem::Disk { source, .. }) if source.kind() == ErrorKind::NotFound => {}
                Err(problem) => return Err(self.of(&tag)(problem)),
            }
        }
        archives.sort_by(|a, b| a.tag.cmp(&b.tag));
        Ok(archives)
    }

    /// Publishes an archive, whole or not at all. What is there under its name is never touched.
    ///
    /// # Errors
    /// The manifest is none, the archive is not what was written, the directory cannot be written, or another process
    /// is changing it.
    pub fn publish(&self, new: NewArchive<'_>) -> Result<Published, Error> {
        self.publish_at(&self.folder(new.tag), new).map_err(self.of(new.tag))
    }

    fn publish_at(&self, target: &Path, new: NewArchive<'_>) -> Result<Published, Problem> {
        Manifest::parse(new.manifest).map_err(|message| Problem::Manifest { message })?;
        match std::fs::create_dir_all(&self.root) {
            Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotADirectory) => {
                return Err(Problem::NotADirectory);
            }
            made => made.map_err(Problem::disk("make", &self.root))?,
        }
        let alone = Alone::in_directory(&self.root, self.patience)?;
        alone.sweep()?;
        if let Some(facts) = there(target, new.tag)? {
            return Ok(Published::AlreadyThere(facts));
        }
        let made = self.aside(new.tag, MAKING)?;
        folder::fill(made.path(), &new)?;
        match std::fs::rename(made.path(), target) {
            Ok(()) => {}
            // Where there are no locks, somebody may have been faster.
            Err(error) if matches!(error.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists) => {
                return folder::facts(target, new.tag).map(Published::AlreadyThere);
            }
            Err(error) => return Err(Problem::disk("make", target)(error)),
        }
        // It has another name now, and nothing is left to remove.
        let _ = made.keep();
        folder::sync(&self.root);
        folder::facts(target, new.tag).map(Published::New)
    }

    /// Removes an archive and says whether there was one. Killed anywhere, it is there whole or not there.
    ///
    /// # Errors
    /// It is none of ours, it cannot be removed, or another process is changing the directory.
    pub fn delete(&self, tag: &ReleaseTag) -> Result<bool, Error> {
        self.delete_at(&self.folder(tag), tag).map_err(self.of(tag))
    }

    fn delete_at(&self, target: &Path, tag: &ReleaseTag) -> Result<bool, Problem> {
        if there(target, tag)?.is_none() {
            return Ok(false);
        }
        let alone = Alone::in_directory(&self.root, self.patience)?;
        alone.sweep()?;
        if there(target, tag)?.is_none() {
            return Ok(false);
        }
        if !folder::is_ours(target) {
            return Err(Problem::NotOurs);
        }
        let grave = self.aside(tag, REMOVING)?;
        // Onto an empty folder, which a rename replaces in one step.
        std::fs::rename(target, grave.path()).map_err(Problem::disk("remove", target))?;
        folder::sync(&self.root);
        // Its name is gone, and with it the archive; files that stay are the next run's to sweep.
        drop(grave);
        Ok(true)
    }

    /// Opens an archive: every file is read and compared with its digest.
    ///
    /// # Errors
    /// It is not there, a file of it is missing or damaged, or it cannot be read.
    pub fn open(&self, tag: &ReleaseTag) -> Result<OpenedArchive, Error> {
        let target = self.folder(tag);
        let opened = match there(&target, tag) {
            Ok(Some(_)) => folder::open(&target, tag),
            Ok(None) => Err(Problem::NoSuchTag),
            Err(problem) => Err(problem),
        };
        opened.map_err(self.of(tag))
    }

    /// Says that a name is another snapshot's.
    pub(super) fn taken(&self, tag: &ReleaseTag) -> Error {
        self.of(tag)(Problem::Taken)
    }

    /// Says the same of an archive as is said of a release.
    pub(super) fn kept(&self, facts: ArchiveFacts) -> Kept {
        let place = self.folder(&facts.tag).display().to_string();
        Kept { place, tag: facts.tag, snapshot: facts.snapshot, complete: facts.complete, bytes: facts.bytes }
    }

    fn folder(&self, tag: &ReleaseTag) -> PathBuf {
        self.root.join(tag.as_str())
    }

    /// Makes an empty folder beside the archives, gone when dropped.
    fn aside(&self, tag: &ReleaseTag, doing: &str) -> Result<TempDir, Problem> {
        // As open as a folder is that anybody makes; a temporary one would be for its maker alone.
        let open = Permissions::from_mode(0o777);
        let made = tempfile::Builder::new()
            .prefix(&format!(".{tag}{doing}"))
            .permissions(open)
            .tempdir_in(&self.root);
        made.map_err(Problem::disk("make a folder in", &self.root))
    }

    fn named(&self) -> impl Fn(Problem) -> Error + Copy {
        |problem| Error { subject: format!("archives in {}", self.root.display()), problem }
    }

    fn of(&self, tag: &ReleaseTag) -> impl FnOnce(Problem) -> Error {
        let subject = format!("archive {}", self.folder(tag).display());
        |problem| Error { subject, problem }
    }

    #[cfg(test)]
    pub(super) fn impatient(path: impl Into<PathBuf>) -> Self {
        Self { root: path.into(), patience: Duration::ZERO }
    }
}

/// Looks at a tag's folder, if there is one.
fn there(target: &Path, tag: &ReleaseTag) -> Result<Option<ArchiveFacts>, Problem> {
    match target.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => folder::facts(target, tag).map(Some),
        Ok(_) => Err(Problem::NotADirectory),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == ErrorKind::NotADirectory => Err(Problem::NotADirectory),
        Err(error) => Err(Problem::disk("read", target)(error)),
    }
}
