//! What can go wrong with GitHub, and the way out.

use std::path::PathBuf;
use std::time::Duration;

use super::EntryKind;
use super::refusal::Detail;
use crate::http::{self, Again, Retryable, retry_after, until};

/// GitHub's words are quoted up to here.
const MOST_WORDS: usize = 300;
/// "Otherwise, wait for at least one minute before retrying": GitHub's word for a limit that names no time.
const UNNAMED_LIMIT: Duration = Duration::from_secs(60);

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
    /// A published release has this tag: there can be one.
    #[error("a published release has the tag `{}` already", .tag.escape_default())]
    TagTaken {
        /// The tag's name.
        tag: String,
    },
    /// The tag belonged to an immutable release. Once that is deleted, no release can have a tag of this name ever again.
    #[error("the tag name `{}` was used by an immutable release, and GitHub gives such a name only once", .tag.escape_default())]
    TagBurnt {
        /// The tag's name.
        tag: String,
    },
    /// What is immutable cannot be changed: files and tag of a release that was published where releases are immutable.
    #[error("GitHub {path}: the release is immutable: {message}")]
    Immutable {
        /// The path asked.
        path: String,
        /// GitHub's own words.
        message: String,
    },
    /// The release has a file of this name, whole or what an upload that broke left of it.
    #[error("the release has a file `{}` already", .name.escape_default())]
    AssetExists {
        /// The file's name in the release.
        name: String,
    },
    /// GitHub takes no file of this size.
    #[error(
        "`{}` has {bytes} bytes, and GitHub takes no file of more than {} in a release",
        .name.escape_default(),
        super::MAX_ASSET_BYTES
    )]
    AssetTooLarge {
        /// The file's name in the release.
        name: String,
        /// Its size.
        bytes: u64,
    },
    /// The address for an upload is none of GitHub's, and the token would go there.
    #[error("the API wants files of releases sent to {host}, which is no host of this GitHub")]
    ForeignUpload {
        /// The host.
        host: String,
    },
    /// The file of a release would travel in the clear.
    #[error("the link to the file of a release leads to {host} without https")]
    InsecureLink {
        /// The host.
        host: String,
    },
    /// Where GitHub keeps the files of releases gave no file. Its words are not quoted: they may repeat the signed link.
    #[error("{host}, where GitHub keeps the files of releases, answered {status}")]
    Storage {
        /// The host.
        host: String,
        /// The HTTP status.
        status: u16,
    },
    /// A file on this machine cannot be read or written.
    #[error("cannot {doing} {}", path.display())]
    File {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file has another size than it had.
    #[error("{} should have {expected} bytes and has {found}", path.display())]
    FileChanged {
        /// The file.
        path: PathBuf,
        /// The size it should have.
        expected: u64,
        /// The size it has.
        found: u64,
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
    pub(super) details: Vec<Detail>,
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
                _ if status.rate_limited => return vec![limited(status.retry_after)],
                401 => "the token is not accepted: pass `github.token`, or a token that has not expired",
                403 => "the token may not do this: give the job `permissions: contents: write`",
                404 if status.message.starts_with("No commit found") => {
                    "the commit with which the run began is gone: start the workflow anew"
                }
                404 if status.path.contains("/releases/") => {
                    "the release or its file was deleted, or the token may not see it: run again to look anew"
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
            Self::TagTaken { .. } => "delete that release, or choose another tag name",
            Self::TagBurnt { .. } => "choose another tag name: neither deleting nor a setting frees this one",
            Self::Immutable { .. } => {
                "a release of this repository can be deleted but not changed: delete it, and make one of another tag \
                 name"
            }
            Self::AssetExists { .. } => "delete the file from the release, then upload it again",
            Self::AssetTooLarge { .. } => "leave out what is large, or keep this tier in a branch",
            Self::ForeignUpload { .. } => {
                "is GITHUB_API_URL the API's own address? A proxy must not stand in its place"
            }
            Self::InsecureLink { .. } => "have the server's administrator serve its storage by https",
            Self::Storage { .. } => {
                "a link is good for minutes: run again; and behind a proxy, let this host through"
            }
            Self::File { .. } => "check the file's permissions and the space on the disk",
            Self::FileChanged { .. } => "run again, and let nothing else write there",
        };
        vec![hint.to_owned()]
    }
}

impl Error {
    /// Whether GitHub may have done what it was asked for all the same: the answer was lost, broken, or none of GitHub's
    /// own. Then look before asking again.
    #[must_use]
    pub fn may_have_happened(&self) -> bool {
        match self {
            Self::Http(error) => !error.was_never_sent(),
            Self::Status(answer) => !answer.rate_limited && matches!(answer.status, 408 | 500..),
            Self::Shape { .. } => true,
            _ => false,
        }
    }
}

impl Status {
    fn new(path: String, error: &octocrab::GitHubError) -> Self {
        let headers = error.headers.clone().unwrap_or_default();
        let status = error.status_code.as_u16();
        let used_up = headers.get("x-ratelimit-remaining").is_some_and(|left| left == "0");
        let after = retry_after(&headers);
        // A 403 is a limit when it says when to come back, or that nothing is left; else it is a lack of rights.
        let secondary = error.message.contains("secondary rate limit");
        let rate_limited = status == 429 || (status == 403 && (used_up || after.is_some() || secondary));
        let opens =
            error.rate_limit_reset.and_then(|at| i64::try_from(at).ok()).and_then(|at| until(&headers, at));
        let retry_after = after
            .or_else(|| opens.filter(|_| rate_limited && used_up))
            .or_else(|| rate_limited.then_some(UNNAMED_LIMIT));
        let details: Vec<Detail> = error.errors.iter().flatten().map(Detail::read).collect();
        let mut message = error.message.clone();
        if !details.is_empty() {
            let words: Vec<String> = details.iter().map(Detail::words).collect();
            message = format!("{message} ({})", words.join("; "));
        }
        Self { path, status, message: quoted(&message), rate_limited, retry_after, details }
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
            Self::Storage { status: 408 | 429 | 500 | 502..=504, .. } => Again::Fault { after: None },
            _ => Again::Never,
        }
    }
}

/// A failure of a request that must not be made twice: tried again only where GitHub surely did nothing.
#[derive(Debug)]
pub(super) struct Unrepeatable(pub(super) Error);

impl Retryable for Unrepeatable {
    fn again(&self) -> Again {
        if self.0.may_have_happened() { Again::Never } else { self.0.again() }
    }
}

/// The way out of a limit, and when it opens.
fn limited(opens: Option<Duration>) -> String {
    let when = match opens.map(|after| after.as_secs()) {
        None => "when it opens again".to_owned(),
        Some(seconds @ ..120) => format!("in {seconds} seconds"),
        Some(seconds) => format!("in {} minutes", seconds.div_ceil(60)),
    };
    format!("GitHub's limit on requests is used up: run again {when}, and less often")
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
