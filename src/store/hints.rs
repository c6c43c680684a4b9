//! The way out of each problem, naming the setting to change.

use super::error::Problem;

impl Problem {
    /// What a person can do about it.
    pub(super) fn hints(&self) -> Vec<String> {
        let hints: &[&str] = match self {
            Self::Disk { source, .. } => return disk_hint(source).map(str::to_owned).into_iter().collect(),
            Self::Git { message, .. } if message.contains("No space left on device") => {
                &["free some space; nothing half-written counts"]
            }
            Self::TokenMissing => {
                &["give a token in `token`; in GitHub Actions that is `${{ github.token }}`"]
            }
            Self::TokenRefused => &[
                "check that the token is whole and has not expired or been revoked",
                "the user is `x-access-token`; some servers want a token made for git",
            ],
            Self::Forbidden { writing: true, .. } => &[
                "give the job `permissions: contents: write`",
                "a fine-grained token needs `Contents: Read and write` on this repository",
            ],
            Self::Forbidden { .. } => &["give the token the right to read the repository's contents"],
            Self::NotFound => &[
                "check the address in `store`",
                "a private repository is also \"not found\" for a token that may not see it",
            ],
            Self::Moved { to } => return vec![format!("set `store` to {to}")],
            Self::Wire(error) if !error.hints().is_empty() => return error.hints(),
            Self::Unavailable { .. } | Self::Wire(_) | Self::CutOff { .. } | Self::Silent { .. } => {
                &["try again later; nothing is lost, the next run does the work"]
            }
            Self::RequestTooLarge => {
                &["raise the limit of the server or of the proxy before it (nginx: client_max_body_size)"]
            }
            Self::NotGit { .. } => &[
                "check the address in `store`: it is the one that `git clone` takes",
                "a proxy that wants a login answers so too",
            ],
            Self::DumbHttp => &["serve the repository with `git http-backend`"],
            Self::Incomplete { .. } | Self::Broken { .. } | Self::Missing { .. } => {
                &["run `git fsck` on the store"]
            }
            Self::FileTooLarge { .. } => &["exclude this resource from the backup"],
            Self::Insecure => &["write the store's address with https"],
            Self::ObjectFormat { .. } => &["make the store with `git init --bare --object-format=sha1`"],
            Self::NotADirectory | Self::NotARepository => {
                &["name an empty or absent directory in `store`; the repository is made on first use"]
            }
            Self::WorkingCopy => &["name a directory of its own in `store`, such as ./cognigy-backup.git"],
            Self::Foreign => {
                &["run as the directory's owner, or `git config --global --add safe.directory <the store>`"]
            }
            Self::Locked { .. } => &["wait for the other process; if there is none, remove that file"],
            Self::Unsure { .. } => &["look at the snapshot branches, or run again: nothing is done twice"],
            _ => &[],
        };
        hints.iter().map(|hint| (*hint).to_owned()).collect()
    }
}

/// What a person can do where the disk does not do its part.
pub(super) fn disk_hint(source: &std::io::Error) -> Option<&'static str> {
    use std::io::ErrorKind;
    match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Some("free some space; nothing half-written counts")
        }
        ErrorKind::FileTooLarge => {
            Some("raise the limit on file sizes (`ulimit -f`); nothing half-written counts")
        }
        ErrorKind::PermissionDenied => Some("run as a user who may write there, or name another directory"),
        ErrorKind::ReadOnlyFilesystem => Some("that file system is read-only: name another directory"),
        _ => None,
    }
}
