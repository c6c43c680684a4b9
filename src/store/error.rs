//! Why a store cannot be read or written: its subject, its cause, the way out.
//!
//! A ref that a server refuses is no error but data ([`super::RefOutcome`]). Nothing here ever holds the token: it
//! is taken out of all that a server says before that is kept.

use std::path::PathBuf;
use std::time::Duration;

use git2::Oid;

use crate::http::{self, Again, Retryable};
use crate::snapshot::TreePath;

/// A store that cannot be used, or an object in it.
#[derive(Debug)]
pub struct Error {
    /// The store, as it may be shown.
    pub store: String,
    /// What is wrong.
    pub problem: Problem,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "store {}: {}", self.store, self.problem)
    }
}

/// The problem is said in the error's own line, so its cause comes next.
impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.problem.source()
    }
}

impl Error {
    /// What a person can do about it.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        self.problem.hints()
    }

    /// Whether somebody moved a ref between our reading it and our asking for its commit: read the refs again.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self.problem, Problem::TipGone { .. })
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
    /// The git library does not do it.
    #[error("cannot {doing}: {message}")]
    Git {
        /// What was tried.
        doing: &'static str,
        /// The library's word.
        message: String,
    },
    /// An object is no such object.
    #[error("{id} is a broken {what}")]
    Broken {
        /// What it should be.
        what: &'static str,
        /// Which one.
        id: Oid,
    },
    /// An object is not here; perhaps it was never fetched.
    #[error("there is no object {id}")]
    Missing {
        /// Which one.
        id: Oid,
    },
    /// A commit whose tree has holes.
    #[error("commit {tip} is not whole: {missing} is missing")]
    Incomplete {
        /// The commit.
        tip: Oid,
        /// What it needs.
        missing: Oid,
    },
    /// One path stands for a file and for a folder.
    #[error("`{path}` is both a file and a folder")]
    PathClash {
        /// The path.
        path: TreePath,
    },
    /// No ref may be called so.
    #[error("`{name}` cannot be the name of a ref")]
    InvalidRef {
        /// The name.
        name: String,
    },
    /// A push to a store that was opened for reading: a dry run keeps its word, whoever forgot.
    #[error("it was opened for reading only")]
    ReadOnly,
    /// GitHub would refuse this file.
    #[error("`{path}` has {bytes} bytes; GitHub takes no file over 100 MB")]
    FileTooLarge {
        /// The file.
        path: String,
        /// Its size.
        bytes: u64,
    },

    /// No (whole) answer.
    #[error("{0}")]
    Wire(http::Error),
    /// Nothing came or went for a while.
    #[error("{doing}: nothing came for {seconds} s")]
    Silent {
        /// What was going on.
        doing: &'static str,
        /// How long we waited.
        seconds: u64,
    },
    /// The answer ended too early.
    #[error("{doing}: the answer broke off")]
    CutOff {
        /// What was going on.
        doing: &'static str,
    },
    /// The server wants a token and was given none.
    #[error("the server wants a token (401)")]
    TokenMissing,
    /// The server does not know the token.
    #[error("the server does not accept the token (401)")]
    TokenRefused,
    /// The token does not reach that far.
    #[error("access denied (403){}", said_by(said))]
    Forbidden {
        /// What the server says.
        said: String,
        /// Whether it was about writing.
        writing: bool,
    },
    /// It is not there, or not for this token.
    #[error("not found (404)")]
    NotFound,
    /// It was renamed.
    #[error("the repository moved to {to}")]
    Moved {
        /// Its new address.
        to: String,
    },
    /// The server is not well.
    #[error("the server is not available ({status}){}", said_by(said))]
    Unavailable {
        /// Its status.
        status: u16,
        /// What it says.
        said: String,
        /// How long it asks us to wait.
        after: Option<Duration>,
    },
    /// The pack is larger than the server, or something before it, takes.
    #[error("the server takes no request of this size (413)")]
    RequestTooLarge,
    /// Some other status.
    #[error("unexpected status {status}{}", said_by(said))]
    Status {
        /// The status.
        status: u16,
        /// What it says.
        said: String,
    },
    /// A page, or something else that is not git's.
    #[error("no git server answers there, but {what}")]
    NotGit {
        /// What answered.
        what: String,
    },
    /// A directory served as files.
    #[error("the server only hands out files (dumb HTTP); nothing can be pushed there")]
    DumbHttp,
    /// The answer breaks git's protocol.
    #[error("the server's answer breaks git's protocol: {found}")]
    Protocol {
        /// What was found.
        found: String,
    },
    /// The server gave up with a sentence.
    #[error("the server says: {message}")]
    Fatal {
        /// The sentence.
        message: String,
    },
    /// The commit asked for is no branch's tip any more.
    #[error("the server no longer offers commit {tip}")]
    TipGone {
        /// The commit.
        tip: Oid,
    },
    /// A pack that is damaged.
    #[error("the pack received is damaged: {message}")]
    DamagedPack {
        /// How.
        message: String,
    },
    /// A push that may or may not have arrived.
    #[error("the push broke off, and whether it arrived cannot be read: {cause}")]
    Unsure {
        /// Why it cannot be read.
        cause: Box<Problem>,
    },
    /// A token must not travel in the clear.
    #[error("a token is not sent over plain http")]
    Insecure,
    /// A repository with the new hash.
    #[error("the repository names objects by {format}, and only sha1 is supported")]
    ObjectFormat {
        /// The hash.
        format: String,
    },

    /// The path is a file.
    #[error("it is a file, not a directory")]
    NotADirectory,
    /// The path is a directory of something else.
    #[error("it is a directory with other files in it, not a git repository")]
    NotARepository,
    /// The path has a checked-out tree.
    #[error("it is a working copy; a store is a bare repository of its own")]
    WorkingCopy,
    /// The path belongs to somebody else.
    #[error("it belongs to another user, and git does not trust it")]
    Foreign,
    /// Somebody holds a ref's lock.
    #[error("{} is held by another process", file.display())]
    Locked {
        /// The lock.
        file: PathBuf,
    },
}

/// What mends itself: the network, a server that is not well or has too much to do, a pack damaged on the way.
impl Retryable for Problem {
    fn again(&self) -> Again {
        match self {
            Self::Wire(error) if error.is_transient() => Again::Fault { after: None },
            Self::Silent { .. } | Self::CutOff { .. } | Self::DamagedPack { .. } => {
                Again::Fault { after: None }
            }
            Self::Unavailable { status: 429, after, .. } => Again::Throttled { after: *after },
            Self::Unavailable { after, .. } => Again::Fault { after: *after },
            Self::Unsure { cause } => cause.again(),
            _ => Again::Never,
        }
    }
}

impl Problem {
    /// Whether it is about an object or a commit, and others may be well.
    pub(super) fn is_of_an_object(&self) -> bool {
        matches!(
            self,
            Self::Broken { .. }
                | Self::Missing { .. }
                | Self::Incomplete { .. }
                | Self::TipGone { .. }
                | Self::DamagedPack { .. }
                | Self::Fatal { .. }
                | Self::Git { doing: "read an object", .. }
        )
    }

    /// Whether a push that ended so was surely not carried out.
    pub(super) fn surely_not_done(&self) -> bool {
        matches!(
            self,
            Self::TokenMissing
                | Self::TokenRefused
                | Self::Forbidden { .. }
                | Self::NotFound
                | Self::Moved { .. }
                | Self::RequestTooLarge
                | Self::Disk { .. }
        )
    }

    pub(super) fn git(doing: &'static str) -> impl FnOnce(git2::Error) -> Self {
        move |error| Self::Git { doing, message: error.message().to_owned() }
    }

    pub(super) fn disk(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Disk { doing, path: path.into(), source }
    }

    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Wire(error) => std::error::Error::source(error),
            Self::Unsure { cause } => cause.source(),
            other => std::error::Error::source(other),
        }
    }
}

fn said_by(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}
