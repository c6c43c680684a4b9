//! Writes a snapshot's files into a folder or a zip file that a person named.
//!
//! All of it is written under a hidden name beside the place and gets its own name last, in one step: whoever sees that
//! name sees all of it. Nothing is overwritten and no link is followed: a folder may be there if it is empty, and a checked-out
//! repository may have planted links, so that none may stand on the way from the workspace to the place.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::{Path, PathBuf};

use tempfile::{TempDir, TempPath};

use super::zip::Zip;
use crate::snapshot::TreePath;
use chrono::{DateTime, Utc};

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Something is there.
    #[error("{} is there already{}", path.display(), if *folder { " and is not empty" } else { "" })]
    Taken {
        /// What.
        path: PathBuf,
        /// Whether it is a folder with something in it.
        folder: bool,
    },
    /// It would have to be the folder in which the program works.
    #[error("{} is the folder in which this runs", path.display())]
    Here {
        /// Which.
        path: PathBuf,
    },
    /// A link stands on the way.
    #[error("{} is a link, and links are not followed", path.display())]
    Link {
        /// Which.
        path: PathBuf,
    },
    /// The folder in which it is to stand is not there.
    #[error("there is no folder {}", path.display())]
    NoParent {
        /// Which.
        path: PathBuf,
    },
    /// The system does not do it.
    #[error("cannot write {}", path.display())]
    Disk {
        /// What.
        path: PathBuf,
        /// Its word.
        #[source]
        source: io::Error,
    },
}

impl ExportError {
    /// Returns what can be done about it.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Taken { .. } => "Name another place with `output`, or move away what is there.",
            Self::Here { .. } | Self::Link { .. } => "Name another folder with `output`.",
            Self::NoParent { .. } => "Make the folder first, or name another place with `output`.",
            Self::Disk { .. } => "Nothing was left behind. Name another place with `output`, or make room.",
        };
        vec![hint.to_owned()]
    }
}

/// A place for an export, found free.
#[derive(Debug)]
pub struct Destination {
    target: PathBuf,
    parent: PathBuf,
    /// Whom the files are to belong to, where they are ours to give.
    owner: Option<(u32, u32)>,
}

impl Destination {
    /// Looks at a place. `base` is where relative paths begin: the workspace, which belongs to the runner's user.
    ///
    /// # Errors
    /// It is not free, or not to be reached.
    pub fn find(target: &Path, base: &Path) -> Result<Self, ExportError> {
        let path = || target.to_owned();
        let Some(parent) = target.parent().filter(|_| target.file_name().is_some()) else {
            return Err(ExportError::Taken { path: path(), folder: true });
        };
        let inside = target.strip_prefix(base).ok();
        let mut way = base.to_owned();
        for part in inside.and_then(Path::parent).into_iter().flat_map(Path::components) {
            way.push(part);
            if way.is_symlink() {
                return Err(ExportError::Link { path: way });
            }
        }
        if !parent.is_dir() {
            return Err(ExportError::NoParent { path: parent.to_owned() });
        }
        match target.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(ExportError::Disk { path: path(), source }),
            Ok(there) if there.is_symlink() => return Err(ExportError::Link { path: path() }),
            Ok(there) if there.is_dir() && !is_zip(target) => {
                let is_same = |other: fs::Metadata| (other.dev(), other.ino()) == (there.dev(), there.ino());
                if base.metadata().is_ok_and(is_same) {
                    return Err(ExportError::Here { path: path() });
                }
                let mut entries =
                    fs::read_dir(target).map_err(|source| ExportError::Disk { path: path(), source })?;
                if entries.next().is_some() {
                    return Err(ExportError::Taken { path: path(), folder: true });
                }
            }
            Ok(_) => return Err(ExportError::Taken { path: path(), folder: false }),
        }
        let owner = inside.and_then(|_| base.metadata().ok()).map(|base| (base.uid(), base.gid()));
        Ok(Self { target: path(), parent: parent.to_owned(), owner })
    }

    /// Returns whether a zip file is wanted.
    #[must_use]
    pub fn is_zip(&self) -> bool {
        is_zip(&self.target)
    }

    /// Begins to write, under a hidden name. `taken` is the time of every file.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn begin(self, taken: DateTime<Utc>) -> Result<Export, ExportError> {
        let disk = |source| ExportError::Disk { path: self.target.clone(), source };
        let hidden =
            tempfile::Builder::new().prefix(".cognigy-backup-").tempdir_in(&self.parent).map_err(disk)?;
        let inside = hidden.path().join("export");
        let form = if self.is_zip() {
            let file = create(&inside, self.owner).map_err(disk)?;
            Form::Zip(Box::new(Zip::new(file, taken)))
        } else {
            folder(&inside, self.owner).map_err(disk)?;
            Form::Folder
        };
        Ok(Export { destination: self, hidden, inside, form })
    }
}

fn is_zip(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"))
}

enum Form {
    Folder,
    Zip(Box<Zip<File>>),
}

/// An export under way. Dropped before its end, it leaves nothing.
pub struct Export {
    destination: Destination,
    hidden: TempDir,
    inside: PathBuf,
    form: Form,
}

impl Export {
    /// Adds a file. Files come in the order of their paths.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn add(&mut self, path: &TreePath, bytes: &[u8]) -> Result<(), ExportError> {
        let shown = self.destination.target.join(path.as_str());
        let owner = self.destination.owner;
        let written = match &mut self.form {
            Form::Zip(zip) => zip.add(path, bytes),
            Form::Folder => write(&self.inside, path, bytes, owner),
        };
        written.map_err(|source| ExportError::Disk { path: shown, source })
    }

    /// Gives what was written its name, in one step.
    ///
    /// # Errors
    /// Somebody else took the place meanwhile, or the system does not do it.
    pub fn finish(self) -> Result<(), ExportError> {
        let Self { destination: Destination { target, .. }, hidden, inside, form } = self;
        let fail = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists
            | io::ErrorKind::DirectoryNotEmpty
            | io::ErrorKind::NotADirectory => ExportError::Taken { path: target.clone(), folder: false },
            _ => ExportError::Disk { path: target.clone(), source },
        };
        match form {
            Form::Zip(zip) => {
                zip.finish().map_err(fail)?;
                let file = TempPath::try_from_path(&inside).map_err(fail)?;
                file.persist_noclobber(&target).map_err(|error| fail(error.error))?;
            }
            // A folder takes the place of an empty folder, and of nothing else.
            Form::Folder => fs::rename(&inside, &target).map_err(fail)?,
        }
        // What is left is an empty hidden folder.
        drop(hidden);
        Ok(())
    }
}

fn write(root: &Path, path: &TreePath, bytes: &[u8], owner: Option<(u32, u32)>) -> io::Result<()> {
    let mut at = root.to_owned();
    let mut parts = path.components().peekable();
    while let Some(part) = parts.next() {
        at.push(part);
        if parts.peek().is_none() {
            return create(&at, owner)?.write_all(bytes);
        }
        match folder(&at, owner) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made?,
        }
    }
    Ok(())
}

/// Makes a file that is not there yet.
fn create(path: &Path, owner: Option<(u32, u32)>) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    give(&file, owner)?;
    Ok(file)
}

/// Makes a folder that is not there yet.
fn folder(path: &Path, owner: Option<(u32, u32)>) -> io::Result<()> {
    fs::create_dir(path)?;
    give(&File::open(path)?, owner)
}

/// Gives a file or a folder to whom it is to belong, if it is ours to give: only root may.
fn give(file: &File, owner: Option<(u32, u32)>) -> io::Result<()> {
    let ours = file.metadata()?;
    match owner {
        Some((user, group)) if ours.uid() == 0 && (user, group) != (ours.uid(), ours.gid()) => {
            fchown(file, Some(user), Some(group))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "export_tests.rs"]
mod tests;
