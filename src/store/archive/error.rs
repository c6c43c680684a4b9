//! Why an archive cannot be written, read, kept or removed: its subject, its cause, the way out.

use std::io::ErrorKind;
use std::path::PathBuf;

use crate::github;
use crate::store::hints::disk_hint;

/// An archive, or a directory of them, with which something is wrong.
#[derive(Debug)]
pub struct Error {
    /// Which one: `archive /backups/monthly-2025-10`.
    pub subject: String,
    /// What is wrong.
    pub problem: Problem,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.subject, self.problem)
    }
}

/// The problem is said in the error's own line, so its cause comes next.
impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.problem)
    }
}

impl Error {
    /// What a person can do about it.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        match &self.problem {
            Problem::GitHub(error) => error.hints(),
            problem => problem.hints().into_iter().map(str::to_owned).collect(),
        }
    }
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// This machine's disk does not do it.
    #[error("cannot {doing} {}", path.display())]
    Disk {
        /// What was tried: `write`.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// The system's word.
        #[source]
        source: std::io::Error,
    },

    /// GitHub does not do it.
    #[error("{0}")]
    GitHub(#[source] Box<github::Error>),
    /// GitHub has something else than was sent.
    #[error("GitHub does not hold `{file}` as it was sent")]
    Altered {
        /// The file's name.
        file: String,
    },
    /// A published release that lacks a file and takes none any more.
    #[error("`{tag}` is published, immutable and not whole")]
    Sealed {
        /// Its tag.
        tag: String,
    },

    /// The archive would be larger than the place for it takes.
    #[error("it grows over {limit} bytes")]
    TooLarge {
        /// How large it may be, in bytes.
        limit: u64,
    },
    /// No file at all.
    #[error("there is no file in it")]
    Empty,
    /// A path that an archive does not hold.
    #[error("`{entry}` cannot be a path in an archive: {why}")]
    Path {
        /// The path, fit for a log.
        entry: String,
        /// The rule that it breaks.
        why: String,
    },
    /// A path that is not after the one before.
    #[error("`{entry}` stands there twice, or not in its order")]
    Order {
        /// The path.
        entry: String,
    },
    /// One path for two things.
    #[error("`{entry}` is file and folder at once")]
    Clash {
        /// The path.
        entry: String,
    },
    /// More files than a snapshot has.
    #[error("at `{entry}`: more than {limit} files, or more names than fit into memory")]
    TooMany {
        /// Where it was too much.
        entry: String,
        /// How many there may be.
        limit: u64,
    },
    /// More bytes than a snapshot has.
    #[error("at `{entry}`: it unpacks to more than {limit} bytes")]
    TooMuch {
        /// Where it was too much.
        entry: String,
        /// How many bytes there may be.
        limit: u64,
    },

    /// The disk does not give it out.
    #[error("cannot read on at `{near}`")]
    Reading {
        /// The entry that was being read.
        near: String,
        /// The system's word.
        #[source]
        source: std::io::Error,
    },
    /// Some other kind of file.
    #[error("it is neither a zstd nor a gzip file")]
    NotAnArchive,
    /// Its end is missing.
    #[error("it breaks off at `{near}`")]
    CutOff {
        /// The entry that is not whole.
        near: String,
    },
    /// It is not what was written.
    #[error("it is damaged at `{near}`: {message}")]
    Damaged {
        /// The entry that was being read.
        near: String,
        /// What is wrong there.
        message: String,
    },
    /// Bytes after its end.
    #[error("something else follows after its last file, `{near}`")]
    Trailing {
        /// The last file.
        near: String,
    },
    /// What may be in a tar archive, but in none of ours.
    #[error("`{entry}` is {what}; an archive of cognigy-backup has plain files only")]
    Foreign {
        /// Its name, fit for a log.
        entry: String,
        /// What it is.
        what: &'static str,
    },
    /// Who asked for the files could not take one.
    #[error("cannot take `{entry}` out of it")]
    Taking {
        /// The file.
        entry: String,
        /// What it said.
        #[source]
        source: std::io::Error,
    },

    /// A line of `SHA256SUMS` is no such line.
    #[error("SHA256SUMS, line {line}: {what}")]
    Sums {
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A file's bytes are not those that its digest was made of.
    #[error("{file} is not what was written: its SHA-256 differs")]
    Mismatch {
        /// The file's name.
        file: String,
    },
    /// A file is not there, or is no plain file.
    #[error("{file} is missing")]
    Absent {
        /// The file's name.
        file: String,
    },
    /// The manifest is none.
    #[error("the manifest cannot be read: {message}")]
    Manifest {
        /// What is wrong with it.
        message: String,
    },

    /// The path is a file.
    #[error("it is not a directory")]
    NotADirectory,
    /// Another snapshot's archive has the name.
    #[error("another snapshot's archive has this name")]
    Taken,
    /// No such archive.
    #[error("there is no such archive")]
    NoSuchTag,
    /// A folder that we did not make.
    #[error("it has neither a manifest nor SHA256SUMS, so cognigy-backup did not make it")]
    NotOurs,
    /// Somebody else is changing the directory.
    #[error("{} is held by another process", file.display())]
    Locked {
        /// The lock.
        file: PathBuf,
    },
}

impl From<github::Error> for Problem {
    fn from(error: github::Error) -> Self {
        Self::GitHub(Box::new(error))
    }
}

impl Problem {
    pub(super) fn disk(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Disk { doing, path: path.into(), source }
    }

    /// What a person can do about it.
    #[must_use]
    pub fn hints(&self) -> Vec<&'static str> {
        match self {
            Self::Disk { source, .. } | Self::Reading { source, .. } => {
                disk_hint(source).into_iter().collect()
            }
            // GitHub's own hints are said at the error.
            Self::GitHub(_) => Vec::new(),
            Self::Altered { .. } => {
                vec!["run again; if it stays so, something between this machine and GitHub changes uploads"]
            }
            Self::Sealed { .. } => {
                vec!["delete the release, or leave it: the archive is published under another tag"]
            }
            Self::TooLarge { .. } => vec![
                "exclude what is large in `backup.excludeResources`",
                "keep this tier on a branch (`storage: branch`), or its archives outside GitHub",
            ],
            Self::CutOff { .. }
            | Self::Damaged { .. }
            | Self::Trailing { .. }
            | Self::NotAnArchive
            | Self::Mismatch { .. }
            | Self::Absent { .. }
            | Self::Sums { .. } => {
                vec!["get it again from where it is kept; the snapshot may also still be on a branch"]
            }
            Self::TooMany { .. } | Self::TooMuch { .. } | Self::Foreign { .. } => {
                vec!["do not trust this archive unless you know who made it"]
            }
            Self::NotADirectory | Self::NotOurs => vec!["name a directory of its own for the archives"],
            Self::Locked { .. } => vec!["wait for the other process; the next run does the work"],
            _ => Vec::new(),
        }
    }

    /// Says what an error of the unpacked stream means.
    pub(super) fn of_stream(error: std::io::Error, near: &str) -> Self {
        let near = near.to_owned();
        match error.kind() {
            // The system's own words have a number, those of a decompressor have none.
            _ if error.raw_os_error().is_some() => Self::Reading { near, source: error },
            ErrorKind::UnexpectedEof => Self::CutOff { near },
            _ => Self::Damaged { near, message: error.to_string() },
        }
    }
}

/// Returns a name out of an archive as it may be shown: one line, not for ever.
pub(super) fn shown(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut shown: String = name.chars().take(200).map(plain).collect();
    if name.chars().nth(200).is_some() {
        shown.push('…');
    }
    shown
}
