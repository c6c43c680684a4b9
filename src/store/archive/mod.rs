//! Archives: one snapshot in one file, kept for months, that stock `tar` and `sha256sum` can read.
//!
//! An archive is a `tar` with a folder named after its tag in it, and in that the snapshot's tree as it is in git.
//! [`ArchiveWriter`] makes one, the same bytes from the same snapshot and tag; [`read_archive`] takes one apart and trusts
//! nothing in it. [`DirectoryArchives`] keeps them in a directory, each with its manifest, its notes and `SHA256SUMS`.
//!
//! Why the tar itself is written here and not by a library: docs/decisions/0004-archives.md.

mod compression;
mod directory;
mod error;
mod folder;
mod header;
mod lock;
mod measured;
mod paths;
mod reader;
mod releases;
mod sums;
#[cfg(test)]
mod tests;
mod writer;

pub use compression::Compression;
pub use directory::{ArchiveFacts, DirectoryArchives, NewArchive, OpenedArchive, Published};
pub use error::{Error, Problem};
pub use reader::{Contents, read_archive};
pub use releases::ReleaseArchives;
pub use sums::Sums;
pub use writer::{ArchiveWriter, NewFile, Written};

use crate::github;
use crate::snapshot::{Manifest, ReleaseTag, SnapshotId};

/// The largest file that a GitHub release takes, in bytes: "each file included in a release must be under 2 GiB".
///
/// Source: GitHub's documentation, "About releases", "Storage and bandwidth quotas".
pub const RELEASE_ASSET_LIMIT: u64 = 2 * 1024 * 1024 * 1024 - 1;

/// What an archive may unpack to; more is an attack or a mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many files.
    pub files: u64,
    /// The size of all files, in bytes.
    pub bytes: u64,
}

/// Some twenty times the largest project that is known. The writer keeps to them too, so that what was written can be
/// read.
impl Default for Limits {
    fn default() -> Self {
        Self { files: 200_000, bytes: 4 * 1024 * 1024 * 1024 }
    }
}

/// Where archives are kept: on GitHub, or in a directory.
#[derive(Debug, Clone)]
pub enum Archives {
    /// As releases.
    Releases(ReleaseArchives),
    /// As folders.
    Directory(DirectoryArchives),
}

/// An archive that is there, whoever made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its name.
    pub tag: ReleaseTag,
    /// Whether all is there that should be.
    pub complete: bool,
    /// The snapshot in it, where that is known without reading it.
    pub snapshot: Option<SnapshotId>,
    /// The size of its files together, in bytes.
    pub bytes: u64,
    /// Its page, or its folder.
    pub place: String,
}

impl Archives {
    /// Lists what is published, by tag.
    ///
    /// # Errors
    /// GitHub, or the directory, cannot be read.
    pub async fn list(&self) -> Result<Vec<Kept>, Error> {
        match self {
            Archives::Releases(releases) => releases.list().await,
            Archives::Directory(directory) => {
                let all = directory.list()?;
                Ok(all.into_iter().map(|facts| directory.kept(facts)).collect())
            }
        }
    }

    /// Publishes an archive, whole or not at all, or goes on with what a run before has begun. `commit` holds the same
    /// snapshot, under a tag of this name.
    ///
    /// # Errors
    /// It cannot be published; [`Problem::Sealed`] and [`Error::is_burnt`] ask for another tag.
    pub async fn publish(&self, new: NewArchive<'_>, commit: &str) -> Result<Kept, Error> {
        match self {
            Archives::Releases(releases) => releases.publish(&new, commit).await,
            Archives::Directory(directory) => {
                let mut published = directory.publish(new)?;
                // Two stores may share a directory, and one of them has the name already.
                let ours = Manifest::parse(new.manifest).ok().map(|manifest| manifest.snapshot);
                if let Published::AlreadyThere(facts) = &published
                    && facts.snapshot.is_some()
                    && facts.snapshot != ours
                {
                    return Err(directory.taken(new.tag));
                }
                // What is not whole was not made by one rename: somebody took a file away.
                if let Published::AlreadyThere(facts) = &published
                    && !facts.complete
                {
                    directory.delete(new.tag)?;
                    published = directory.publish(new)?;
                }
                let (Published::New(facts) | Published::AlreadyThere(facts)) = published;
                Ok(directory.kept(facts))
            }
        }
    }

    /// Removes the archive of a snapshot, and not its tag in a repository. One that is not there, or is another snapshot's
    /// (somebody else's, in a directory that is shared), is left.
    ///
    /// # Errors
    /// It cannot be removed.
    pub async fn delete(&self, tag: &ReleaseTag, snapshot: &SnapshotId) -> Result<(), Error> {
        match self {
            Archives::Releases(releases) => releases.delete(tag).await,
            Archives::Directory(directory) => {
                let all = directory.list()?;
                let there = all.iter().find(|facts| facts.tag == *tag);
                let is_theirs =
                    there.and_then(|facts| facts.snapshot.as_ref()).is_some_and(|other| other != snapshot);
                if is_theirs { Ok(()) } else { directory.delete(tag).map(drop) }
            }
        }
    }
}

impl Error {
    /// Whether the tag can never be a release's again, and another one is wanted.
    #[must_use]
    pub fn is_burnt(&self) -> bool {
        match &self.problem {
            Problem::Sealed { .. } | Problem::Taken => true,
            Problem::GitHub(error) => {
                matches!(**error, github::Error::TagBurnt { .. } | github::Error::TagTaken { .. })
            }
            _ => false,
        }
    }

    /// Whether it is the content that can be in no archive; trying again does not help, and another snapshot may do.
    #[must_use]
    pub fn is_of_content(&self) -> bool {
        use Problem::{Clash, Path, TooLarge, TooMany, TooMuch};
        matches!(self.problem, Path { .. } | Clash { .. } | TooLarge { .. } | TooMany { .. } | TooMuch { .. })
    }
}
