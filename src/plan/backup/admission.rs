//! Whether a backup begins: may this project be saved here, is it time?

use chrono::{DateTime, TimeDelta, Utc};

use super::Tip;
use crate::snapshot::{Prefix, ProjectId, TierName};

/// What is known before the capture.
#[derive(Debug, Clone)]
pub struct Before<'a> {
    /// The project to be captured.
    pub project: &'a ProjectId,
    /// Where its branches live.
    pub prefix: &'a Prefix,
    /// The tier that takes captures.
    pub tier: &'a TierName,
    /// Every ref name of the store.
    pub refs: Vec<&'a str>,
    /// The end of that tier's chain.
    pub tip: &'a Tip,
    /// When the project was last found to be as the newest snapshot has it, where that is known.
    pub confirmed: Option<DateTime<Utc>>,
    /// For a scheduled run, the interval that the configuration promises; `None` for every other run.
    pub scheduled_every: Option<TimeDelta>,
    /// Whether the store can be read by everybody.
    pub public: bool,
    /// Whether that was said to be wanted.
    pub allow_public: bool,
    /// The time.
    pub now: DateTime<Utc>,
}

/// Why a backup does not begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Everybody could read the project.
    #[error("the repository is public: everybody could read the project's content there")]
    Public,
    /// Another project's snapshots live under the prefix.
    #[error("{branch} holds snapshots of project {theirs}, this run is for project {ours}")]
    OtherProject {
        /// The branch.
        branch: String,
        /// The project that lives there.
        theirs: ProjectId,
        /// The project of this run.
        ours: ProjectId,
    },
    /// The branch's newest commit is no snapshot.
    #[error("{branch} exists, but its newest commit {commit} is no snapshot of cognigy-backup: {why}")]
    ForeignBranch {
        /// The branch.
        branch: String,
        /// Its newest commit.
        commit: String,
        /// What is missing or wrong.
        why: String,
    },
    /// A ref stands where git then cannot make ours.
    #[error("{other} exists, and git cannot hold it together with {branch}")]
    InTheWay {
        /// The branch that is to be made.
        branch: String,
        /// The ref that stands in its way.
        other: String,
    },
    /// Another prefix lies inside this one, or around it.
    #[error("the prefix `{prefix}` and the prefix `{other}`, which is in use, lie one inside the other")]
    NestedPrefix {
        /// The prefix of this run.
        prefix: Prefix,
        /// The other.
        other: String,
    },
}

impl Refusal {
    /// Returns what can be done about it.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            Refusal::Public => {
                "Make the repository private, or set `allow-public: true` if it may be read by everybody."
            }
            Refusal::OtherProject { .. } => {
                "Give each project its own `prefix` (in config.json or as an input)."
            }
            Refusal::ForeignBranch { .. } | Refusal::InTheWay { .. } => {
                "Run `mode: import` if these are snapshots of the template repository; else rename the old branch, or set \
                 another `prefix`."
            }
            Refusal::NestedPrefix { .. } => "Choose prefixes of which none begins with another and a `/`.",
        };
        vec![hint.to_owned()]
    }
}

/// Whether a backup begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// It does.
    Go,
    /// It is too soon after the last one.
    TooSoon {
        /// When the project was last read.
        newest: DateTime<Utc>,
        /// From when on a scheduled run counts again.
        due: DateTime<Utc>,
    },
    /// It must not.
    Refused(Refusal),
}

/// Decides whether a backup begins.
#[must_use]
pub fn admit(before: &Before<'_>) -> Admission {
    let branch = before.prefix.branch(before.tier);
    let short = branch.trim_start_matches("refs/heads/").to_owned();
    if before.public && !before.allow_public {
        return Admission::Refused(Refusal::Public);
    }
    if let Some(refusal) = in_the_way(before, &branch) {
        return Admission::Refused(refusal);
    }
    match before.tip {
        Tip::Foreign { commit, why } => Admission::Refused(Refusal::ForeignBranch {
            branch: short,
            commit: commit.clone(),
            why: why.clone(),
        }),
        Tip::Snapshot(newest) if newest.project != *before.project => {
            Admission::Refused(Refusal::OtherProject {
                branch: short,
                theirs: newest.project.clone(),
                ours: before.project.clone(),
            })
        }
        Tip::Snapshot(newest) => {
            // That a run found nothing new is as good as a snapshot.
            let confirmed = before.confirmed.filter(|confirmed| *confirmed <= before.now);
            too_soon(before, newest.id.taken().max(confirmed.unwrap_or(DateTime::<Utc>::MIN_UTC)))
        }
        Tip::Absent => Admission::Go,
    }
}

/// A scheduled run is too soon in the first half of the interval: schedules come late, so the second half counts as
/// the next turn. A snapshot from the future is no reason to wait.
fn too_soon(before: &Before<'_>, newest: DateTime<Utc>) -> Admission {
    match before.scheduled_every {
        Some(every) if newest <= before.now && before.now - newest < every / 2 => {
            Admission::TooSoon { newest, due: newest + every / 2 }
        }
        _ => Admission::Go,
    }
}

/// Whether git cannot hold two refs together: one would be a file where the other needs a folder.
#[must_use]
pub fn clash(one: &str, other: &str) -> bool {
    let below =
        |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
    below(one, other) || below(other, one)
}

/// Finds a ref that git cannot hold beside `branch`, or that shows another prefix inside or around ours.
fn in_the_way(before: &Before<'_>, branch: &str) -> Option<Refusal> {
    let prefix = before.prefix.as_str();
    for name in &before.refs {
        let Some(short) = name.strip_prefix("refs/heads/") else { continue };
        if clash(name, branch) {
            return Some(Refusal::InTheWay {
                branch: branch.trim_start_matches("refs/heads/").to_owned(),
                other: short.to_owned(),
            });
        }
        let nested = |other: &str| {
            Some(Refusal::NestedPrefix { prefix: before.prefix.clone(), other: other.to_owned() })
        };
        // `a/b/hourly` beside prefix `a`: what has our tier's name two levels down is another prefix's tier.
        // (No prefix has a reserved name in it: below `import` is what an import left when it was killed.)
        let inside = short.strip_prefix(&format!("{prefix}/")).and_then(|rest| rest.rsplit_once('/'));
        let is_prefix = |inner: &str| inner.split('/').all(|part| !Prefix::RESERVED.contains(&part));
        if let Some((inner, _)) =
            inside.filter(|(inner, tier)| *tier == before.tier.as_str() && is_prefix(inner))
        {
            return nested(&format!("{prefix}/{inner}"));
        }
        // `a/hourly` beside prefix `a/b`.
        let around = short.rsplit_once('/').filter(|(_, tier)| *tier == before.tier.as_str());
        if let Some((outer, _)) = around.filter(|(outer, _)| prefix.starts_with(&format!("{outer}/"))) {
            return nested(outer);
        }
    }
    None
}
