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
mod sums;
#[cfg(test)]
mod tests;
mod writer;

pub use compression::Compression;
pub use directory::{ArchiveFacts, DirectoryArchives, NewArchive, OpenedArchive, Published};
pub use error::{Error, Problem};
pub use reader::{Contents, read_archive};
pub use sums::Sums;
pub use writer::{ArchiveWriter, NewFile, Written};

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
