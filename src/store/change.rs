//! What a push asks for and what became of it: each ref with the value it expects, each answer as data.

use std::collections::BTreeMap;

use git2::Oid;

/// One ref to move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefChange {
    /// Its full name: `refs/heads/snapshot/hourly`.
    pub name: String,
    /// The value it must have for this change to happen; absent is a value too.
    pub expected: Option<Oid>,
    /// Its new value; `None` deletes it.
    pub new: Option<Oid>,
}

/// What a push would send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewObjects {
    /// How many objects.
    pub objects: usize,
    /// Their bytes before compression.
    pub bytes: u64,
    /// Bytes of the pack.
    pub packed: u64,
    /// Files over 50 MB, with path and size, largest first: GitHub warns of them, and refuses them over 100 MB.
    pub large: Vec<(String, u64)>,
}

/// What a push did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// Each ref of the push, in the order given.
    pub refs: Vec<(String, RefOutcome)>,
    /// Bytes of the pack that was sent or stored.
    pub bytes_sent: u64,
    /// What the server said, line by line, fit for a log.
    pub messages: Vec<String>,
}

impl Pushed {
    /// Whether every ref is where it should be.
    #[must_use]
    pub fn all_moved(&self) -> bool {
        self.refs.iter().all(|(_, outcome)| *outcome == RefOutcome::Moved)
    }

    /// Whether a ref had another value than expected: read again, plan again, push again.
    #[must_use]
    pub fn raced(&self) -> bool {
        self.refs.iter().any(|(_, outcome)| matches!(outcome, RefOutcome::Raced { .. }))
    }

    /// The first refusal and the ref it is about.
    #[must_use]
    pub fn refused(&self) -> Option<(&str, &Refusal)> {
        self.refs.iter().find_map(|(name, outcome)| match outcome {
            RefOutcome::Refused(refusal) => Some((name.as_str(), refusal)),
            _ => None,
        })
    }
}

/// What became of one ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefOutcome {
    /// It has its new value.
    Moved,
    /// Somebody was faster.
    Raced {
        /// The value it has now.
        found: Option<Oid>,
    },
    /// Nothing is wrong with it, but another ref of the same push could not move, and the push was all or nothing.
    Held,
    /// The server does not allow it.
    Refused(Refusal),
}

/// A server's No.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {reason}")]
pub struct Refusal {
    /// What kind of rule was broken.
    pub kind: RefusalKind,
    /// The server's own reason, fit for a log.
    pub reason: String,
    /// What it says to the point: the rules broken, the places of a secret, the files too large.
    pub details: Vec<String>,
}

/// Which rule refused a ref.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefusalKind {
    /// A branch protection (GH006).
    #[error("a branch protection refuses it")]
    ProtectedBranch,
    /// Push protection found a secret (GH013).
    #[error("push protection found a secret")]
    Secret,
    /// Some other rule of a ruleset (GH013).
    #[error("a ruleset refuses it")]
    Ruleset,
    /// A file over the server's limit (GH001).
    #[error("a file is too large for the server")]
    LargeFile,
    /// The repository allows no rewriting of history.
    #[error("the repository refuses to rewrite history")]
    Rewrite,
    /// The repository allows no deletion.
    #[error("the repository refuses to delete")]
    Deletion,
    /// The token may not do this.
    #[error("the token lacks a permission")]
    Permission,
    /// A hook of the server said no.
    #[error("a hook of the server refuses it")]
    Hook,
    /// The server could not store the objects.
    #[error("the server could not store what was sent")]
    Unpack,
    /// A reason we do not know.
    #[error("the server refuses it")]
    Other,
}

impl Refusal {
    /// What a person can do, naming the setting to change.
    #[must_use]
    pub fn hints(&self) -> Vec<&'static str> {
        match self.kind {
            RefusalKind::ProtectedBranch => vec![
                "Settings > Branches: let no branch protection rule match the snapshot branches, or allow force pushes and deletions there",
            ],
            RefusalKind::Ruleset => vec![
                "Settings > Rules > Rulesets: exclude the snapshot branches (such as `snapshot/**`) from the ruleset; the bypass list cannot hold GitHub Actions, but a GitHub App or a deploy key",
            ],
            RefusalKind::Secret => vec![
                "replace the secret in Cognigy (a Cognigy secret or connection instead of text in a node) and revoke it",
                "exclude that resource from the backup, or allow this one secret at the address GitHub gives in the log",
            ],
            RefusalKind::LargeFile => {
                vec!["exclude the resource from the backup: GitHub takes no file over 100 MB"]
            }
            RefusalKind::Rewrite => vec![
                "on the server: `git config receive.denyNonFastForwards false`, or allow force pushes on the snapshot branches",
            ],
            RefusalKind::Deletion => vec![
                "on the server: `git config receive.denyDeletes false`, or allow deletions of the snapshot branches",
            ],
            RefusalKind::Permission => {
                vec!["give the job `permissions: contents: write`, or another token in `token`"]
            }
            RefusalKind::Hook => {
                vec!["ask the server's owner: its hook decides, and its message is in the log"]
            }
            RefusalKind::Unpack => {
                vec!["look for a full disk or quota on the server; the next run sends everything again"]
            }
            RefusalKind::Other => Vec::new(),
        }
    }
}

/// Compares what is there with what is expected: `None` means go, otherwise this is what became of the push. Where
/// every ref already has its new value, somebody made the same commits, or our own push had arrived: that is success.
pub(super) fn compare(refs: &BTreeMap<String, Oid>, changes: &[RefChange]) -> Option<Vec<RefOutcome>> {
    let found = |change: &RefChange| refs.get(&change.name).copied();
    if changes.iter().all(|change| found(change) == change.expected) {
        return None;
    }
    if changes.iter().all(|change| found(change) == change.new) {
        return Some(vec![RefOutcome::Moved; changes.len()]);
    }
    let judge = |change: &RefChange| match found(change) {
        found if found == change.expected => RefOutcome::Held,
        found => RefOutcome::Raced { found },
    };
    Some(changes.iter().map(judge).collect())
}
