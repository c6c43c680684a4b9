//! What can go wrong with GitHub, and the way out.

use std::time::Duration;

use super::EntryKind;
use crate::http::{self, Again, Retryable, retry_after, until};

/// GitHub's words are quoted up to here.
const MOST_WORDS: usize = 300;

/// A question to GitHub that got no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No (whole) answer came.
    #[error(transparent)]
    Http(#[from] http::Error),
    /// GitHub says no.
    #[error(transparent)]
    Status(Box<Status>),
    /// The answer is not what was asked for.
    #[error("GitHub {path}: the answer cannot be understood: {reason}")]
    Shape {
        /// The path asked.
        path: String,
        /// Where it cannot.
        reason: String,
    },
    /// The token cannot stand in a header.
    #[error("the GitHub token holds characters that no token has (a line break, perhaps)")]
    InvalidToken,
    /// The token would travel in the clear.
    #[error("the GitHub API at {host} is not reached by https, and the token would travel in the clear")]
    Insecure {
        /// The host.
        host: String,
    },
    /// A name of an owner or a repository that GitHub does not allow.
    #[error("`{}` is no name of an owner or a repository on GitHub", .0.escape_default())]
    InvalidName(String),
    /// A path that leads out of the repository, or through nothing.
    #[error("`{}` is no path in a repository", .0.escape_default())]
    InvalidPath(String),
    /// Something is there, but not what was asked for.
    #[error("`{}` is {}, not {}", .path.escape_default(), words(*.found), words(*.wanted))]
    OtherKind {
        /// The path in the repository.
        path: String,
        /// What it should be.
        wanted: EntryKind,
        /// What it is.
        found: EntryKind,
    },
    /// A directory of which GitHub lists a part.
    #[error("`{}` has {listed} entries or more, and GitHub lists no more of a directory", .path.escape_default())]
    TooManyEntries {
        /// The directory's path.
        path: String,
        /// How many it listed.
        listed: usize,
    },
}

/// An answer with another status than success.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("GitHub {path}: {status} {message}")]
pub struct Status {
    /// The path asked.
    pub path: String,
    /// The HTTP status.
    pub status: u16,
    /// GitHub's own words.
    pub message: String,
    /// Whether a limit on requests is the reason.
    pub rate_limited: bool,
    /// How long until that limit opens again, or GitHub asks to wait.
    pub retry_after: Option<Duration>,
}

impl Error {
    /// Sorts octocrab's error; our own connection's errors come back as they were.
    pub(super) fn from_octocrab(path: &str, error: octocrab::Error) -> Self {
        let path = path.to_owned();
        match error {
            octocrab::Error::GitHub { source, .. } => Self::Status(Box::new(Status::new(path, &source))),
            octocrab::Error::Service { source, .. } => match source.downcast::<http::Error>() {
                Ok(error) => Self::Http(*error),
                Err(other) => Self::Shape { path, reason: quoted(&other.to_string()) },
            },
            octocrab::Error::Json { source, .. } => {
                Self::Shape { path, reason: quoted(&format!("{}: {}", source.path(), source.inner())) }
            }
            other => Self::Shape { path, reason: quoted(&other.to_string()) },
        }
    }

    /// What a person could try, the likeliest first.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Http(error) => return error.hints(),
            Self::Status(status) => match status.status {
                _ if status.rate_limited => {
                    "GitHub's limit on requests is used up: run less often, or wait until it opens again"
                }
                401 => "the token is not accepted: pass `github.token`, or a token that has not expired",
                403 => "the token may not do this: give the job `permissions: contents: write`",
                404 if status.message.starts_with("No commit found") => {
                    "the commit with which the run began is gone: start the workflow anew"
                }
                404 => {
                    "no such repository, or the token may not see it: check the name and the token's access"
                }
                300..=399 => "the repository has moved: use its present name",
                500.. => "GitHub has trouble: see githubstatus.com, and run again",
                _ => return vec![],
            },
            Self::InvalidToken => "store the token again, without quotes and line breaks",
            Self::Insecure { .. } => "write GITHUB_API_URL with https://",
            Self::Shape { .. } => {
                "is GITHUB_API_URL the API's address? On an own server it ends in `/api/v3`"
            }
            Self::InvalidName(_) => "a repository is written `owner/name`",
            Self::InvalidPath(_) => "a path begins at the repository's root and has no `..` in it",
            Self::OtherKind { .. } => "name another path, or put there what is expected",
            Self::TooManyEntries { .. } => "put the files into a directory of their own",
        };
        vec![hint.to_owned()]
    }
}

impl Status {
    fn new(path: String, error: &octocrab::GitHubError) -> Self {
        let headers = error.headers.clone().unwrap_or_default();
        let status = error.status_code.as_u16();
        let used_up = headers.get("x-ratelimit-remaining").is_some_and(|left| left == "0");
        let after = retry_after(&headers);
        // A 403 is a limit when it says when to come back, or that nothing is left; else it is a lack of rights.
        let rate_limited = status == 429 || (status == 403 && (used_up || after.is_some()));
        let opens =
            error.rate_limit_reset.and_then(|at| i64::try_from(at).ok()).and_then(|at| until(&headers, at));
        let retry_after = after.or_else(|| opens.filter(|_| rate_limited && used_up));
        Self { path, status, message: quoted(&error.message), rate_limited, retry_after }
    }
}

impl Retryable for Error {
    fn again(&self) -> Again {
        match self {
            Self::Http(error) if error.is_transient() => Again::Fault { after: None },
            Self::Status(answer) if answer.rate_limited => Again::Throttled { after: answer.retry_after },
            Self::Status(answer) if matches!(answer.status, 408 | 500 | 502..=504) => {
                Again::Fault { after: answer.retry_after }
            }
            _ => Again::Never,
        }
    }
}

/// Returns foreign words on one line and cut to a sane length.
fn quoted(words: &str) -> String {
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    words.trim().chars().take(MOST_WORDS).map(escaped).collect()
}

fn words(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::File => "a file",
        EntryKind::Directory => "a directory",
        EntryKind::Symlink => "a symbolic link that leads to no file of the repository",
        EntryKind::Submodule => "a submodule",
    }
}
