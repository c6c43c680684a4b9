//! An archive in the making: files in their order, one at a time, through the compressor to the disk.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::compression::{Compression, Packer};
use super::error::{Error, Problem};
use super::header::{BLOCK, encode, padding};
use super::measured::{Measured, OverLimit};
use super::paths::Paths;
use super::{Limits, RELEASE_ASSET_LIMIT};
use crate::snapshot::{ReleaseTag, TreePath};

/// An archive file to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewFile<'a> {
    /// Where; nothing may be there yet.
    pub path: &'a Path,
    /// How it is compressed.
    pub compression: Compression,
    /// The folder that everything in it stands in. So two archives unpacked in one place do not mix, and
    /// `diff -r monthly-2025-10 monthly-2025-11` says what changed.
    pub folder: &'a ReleaseTag,
    /// When the snapshot was taken: the time of every file in it.
    pub taken: DateTime<Utc>,
    /// How large it may become, in bytes; [`RELEASE_ASSET_LIMIT`] for GitHub.
    pub limit: Option<u64>,
}

impl<'a> NewFile<'a> {
    /// An archive for anywhere, GitHub included.
    #[must_use]
    pub fn new(path: &'a Path, folder: &'a ReleaseTag, taken: DateTime<Utc>) -> Self {
        let compression = Compression::default();
        Self { path, compression, folder, taken, limit: Some(RELEASE_ASSET_LIMIT) }
    }
}

/// An archive file that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256, in hex.
    pub sha256: String,
}

/// Writes one archive. Dropped before [`ArchiveWriter::finish`], it removes what it has written.
///
/// Equal files under equal names with an equal time are equal bytes, in one version of this program: another version of
/// zstd or zlib may compress otherwise.
pub struct ArchiveWriter {
    tar: Tar<Measured<File>>,
    unfinished: Unfinished,
}

impl ArchiveWriter {
    /// Begins an archive.
    ///
    /// # Errors
    /// The file is there already, or cannot be made.
    pub fn create(new: NewFile<'_>) -> Result<Self, Error> {
        let named = named(new.path);
        let file = File::options().write(true).create_new(true).open(new.path);
        let file = file.map_err(Problem::disk("make", new.path)).map_err(named)?;
        let unfinished = Unfinished(Some(new.path.to_owned()));
        let tar = Tar::new(Measured::new(file, new.limit), &new).map_err(write(new.path)).map_err(named)?;
        Ok(Self { tar, unfinished })
    }

    /// Adds a file. Paths come sorted by their bytes, as a `BTreeMap` has them.
    ///
    /// # Errors
    /// The path is not after the one before or not one everywhere, the archive grows over its limit, or the disk is full.
    /// Nothing more can be added then.
    pub fn add(&mut self, path: &TreePath, bytes: &[u8]) -> Result<(), Error> {
        let target = self.unfinished.path();
        self.tar.paths.admit(path, bytes.len() as u64).map_err(named(target))?;
        self.tar.add(path, bytes).map_err(write(target)).map_err(named(target))
    }

    /// Ends the archive.
    ///
    /// # Errors
    /// Nothing was added, the archive grows over its limit, or the disk is full.
    pub fn finish(mut self) -> Result<Written, Error> {
        let target = self.unfinished.path();
        if self.tar.paths.files() == 0 {
            return Err(named(target)(Problem::Empty));
        }
        let written = self.tar.finish().map_err(write(target)).map_err(named(target))?;
        self.unfinished.0 = None;
        Ok(written.finish().1)
    }
}

/// The format itself, over any writer.
pub(super) struct Tar<W: Write> {
    packer: Packer<W>,
    folder: ReleaseTag,
    time: i64,
    paths: Paths,
}

impl<W: Write> Tar<W> {
    pub(super) fn new(into: W, new: &NewFile<'_>) -> io::Result<Self> {
        Ok(Self {
            packer: Packer::new(new.compression, into)?,
            folder: new.folder.clone(),
            time: new.taken.timestamp(),
            paths: Paths::new(Limits::default()),
        })
    }

    pub(super) fn add(&mut self, path: &TreePath, bytes: &[u8]) -> io::Result<()> {
        let size = bytes.len() as u64;
        self.packer.write_all(&encode(&format!("{}/{path}", self.folder), size, self.time))?;
        self.packer.write_all(bytes)?;
        self.packer.write_all(&[0; BLOCK][..padding(size)])
    }

    pub(super) fn finish(mut self) -> io::Result<W> {
        self.packer.write_all(&[0; 2 * BLOCK])?;
        self.packer.finish()
    }
}

/// The file as long as it is not whole.
struct Unfinished(Option<PathBuf>);

impl Unfinished {
    fn path(&self) -> &Path {
        self.0.as_deref().unwrap_or(Path::new(""))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // It failed already; what the removal says would hide why.
            let _ = std::fs::remove_file(path);
        }
    }
}

fn named(path: &Path) -> impl Fn(Problem) -> Error + Copy {
    move |problem| Error { subject: format!("archive {}", path.display()), problem }
}

fn write(path: &Path) -> impl FnOnce(io::Error) -> Problem {
    move |error| match error.get_ref().and_then(|inner| inner.downcast_ref::<OverLimit>()) {
        Some(over) => Problem::TooLarge { limit: over.0 },
        None => Problem::disk("write", path)(error),
    }
}
