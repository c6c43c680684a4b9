//! Why an import does not begin.

use super::{Facts, Held, OldBranch, Unusable};
use crate::plan::backup::clash;
use crate::snapshot::ProjectId;

/// Why an import does not begin. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another project's snapshots live under the prefix.
    #[error("{branch} holds snapshots of project {theirs}, this import is for project {ours}")]
    OtherProject {
        /// The branch.
        branch: String,
        /// The project that lives there.
        theirs: ProjectId,
        /// The project of this run.
        ours: ProjectId,
    },
    /// The content says that it is another project's.
    #[error("the template's content is of project {}, this import is for project {ours}", listed(.theirs))]
    OtherContent {
        /// The projects that it names.
        theirs: Vec<String>,
        /// The project of this run.
        ours: ProjectId,
    },
    /// A branch holds our snapshots and somebody else's commits.
    #[error(
        "{branch} holds both snapshots of cognigy-backup (commit {ours}) and commits of somebody else ({theirs}), and which \
         of them is to stay cannot be told"
    )]
    Mixed {
        /// The branch.
        branch: String,
        /// A commit of ours.
        ours: String,
        /// One that is not.
        theirs: String,
    },
    /// What waits below `import` is not from an import.
    #[error(
        "{branch} is at commit {commit}, which is no snapshot of cognigy-backup: an import needs that name"
    )]
    ForeignCopy {
        /// The branch.
        branch: String,
        /// Its newest commit.
        commit: String,
    },
    /// A ref stands where git then cannot make one that an import needs.
    #[error("{other} exists, and git cannot hold it together with {branch}, which an import needs")]
    InTheWay {
        /// The branch that is to be made.
        branch: String,
        /// The ref that stands in its way.
        other: String,
    },
    /// No old commit has the content folder.
    #[error("no commit of the template's branches has a folder `{agent_dir}`; they have {}", folders_of(.folders))]
    NoAgentDir {
        /// The folder that is configured.
        agent_dir: String,
        /// Those that are there.
        folders: Vec<String>,
    },
}

impl Refusal {
    /// Returns what can be done about it.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            Refusal::OtherProject { .. } => {
                "Give the project of this run its own `prefix`, or set `cognigy-agent-id` to the project that the snapshots \
                 are of."
            }
            Refusal::OtherContent { .. } => {
                "Set `cognigy-agent-id` to the project that the template's backups are of."
            }
            Refusal::Mixed { .. } => {
                "Make a second branch for the commits of one kind and take them off the first, so that each branch holds one \
                 kind; then run `mode: import` again."
            }
            Refusal::ForeignCopy { .. } | Refusal::InTheWay { .. } => {
                "Rename that branch, and run `mode: import` again."
            }
            Refusal::NoAgentDir { .. } => {
                "Set `agentDir` in config.json to the folder that the template's backups were written to."
            }
        };
        vec![hint.to_owned()]
    }
}

fn folders_of(folders: &[String]) -> String {
    if folders.is_empty() { "no folder at all".to_owned() } else { listed(folders) }
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Refuses what could harm.
pub(super) fn check(facts: &Facts<'_>) -> Result<(), Refusal> {
    let short = |name: &str| name.trim_start_matches("refs/heads/").to_owned();
    for tier in &facts.tiers {
        let (branch, copy) = (facts.prefix.branch(&tier.tier), facts.prefix.import(&tier.tier));
        for (name, held) in [(&branch, &tier.there), (&copy, &tier.copied)] {
            match held {
                Held::Mixed { ours, theirs } => {
                    return Err(Refusal::Mixed {
                        branch: short(name),
                        ours: ours.clone(),
                        theirs: theirs.clone(),
                    });
                }
                Held::Ours(snapshots) => {
                    if let Some((_, theirs)) = snapshots.iter().find(|(_, project)| project != facts.project)
                    {
                        let (theirs, ours) = (theirs.clone(), facts.project.clone());
                        return Err(Refusal::OtherProject { branch: short(name), theirs, ours });
                    }
                }
                Held::Nothing | Held::Old(_) => {}
            }
        }
        if let Held::Old(OldBranch { tip, .. }) = &tier.copied {
            return Err(Refusal::ForeignCopy { branch: short(&copy), commit: tip.clone() });
        }
        if let Some(other) = facts.refs.iter().find(|name| clash(name, &copy)) {
            return Err(Refusal::InTheWay { branch: short(&copy), other: short(other) });
        }
    }
    if !facts.named.is_empty() && !facts.named.contains(facts.project) {
        let theirs = facts.named.iter().map(ToString::to_string).collect();
        return Err(Refusal::OtherContent { theirs, ours: facts.project.clone() });
    }
    content_is_somewhere(facts)
}

/// Refuses a content folder that no old commit has: then it is the configuration that is wrong, and not each branch.
fn content_is_somewhere(facts: &Facts<'_>) -> Result<(), Refusal> {
    let old = facts.tiers.iter().flat_map(|tier| {
        let replaced = match &tier.there {
            Held::Old(old) => Some(old),
            _ => None,
        };
        tier.periods.iter().chain(replaced)
    });
    let mut folders: Vec<String> = Vec::new();
    let mut any = false;
    for commit in old.flat_map(|old| &old.commits) {
        let Err(Unusable::NoFolder(there)) = &commit.makes else { return Ok(()) };
        any = true;
        folders.extend(there.iter().cloned());
    }
    folders.sort();
    folders.dedup();
    if any { Err(Refusal::NoAgentDir { agent_dir: facts.agent_dir.to_string(), folders }) } else { Ok(()) }
}
