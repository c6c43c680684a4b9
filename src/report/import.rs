//! What an import did, and its sentences: which snapshots were made of what, which branches went, what was left and why.

use std::collections::BTreeSet;

use serde::Serialize;

use super::quantity::{count, time};
use super::table::Table;
use super::tiers::Moved;
use super::{Outcome, Reason, Step};
use crate::plan::import::{Left, Next, OldRef, Plan, TierPlan, Why};
use crate::snapshot::{Prefix, SnapshotId, TierName, TreePath};

/// What was imported, or, in a dry run, would be.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Imported {
    /// The snapshots, by tier and time.
    pub snapshots: Vec<Made>,
    /// The branches that moved or went, in order. With its old commit each can be put back, for as long as the server
    /// keeps that.
    pub moved: Vec<Moved>,
    /// The branches that would go, in a dry run.
    pub going: Vec<Going>,
    /// What was left as it is.
    pub left: Vec<LeftOver>,
    /// The tags of the template's monthly releases, which stay as they are.
    pub releases: Vec<String>,
}

/// A snapshot that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Made {
    /// The snapshot.
    pub snapshot: SnapshotId,
    /// The tier that has it now.
    pub tier: TierName,
    /// The branches that had it; none where an earlier run has deleted them already.
    pub branches: Vec<String>,
    /// The commit that it was made of.
    pub commit: Option<String>,
}

/// A branch that would go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Going {
    /// The branch.
    pub branch: String,
    /// The commit that it is at.
    pub commit: String,
}

/// A branch that was left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOver {
    /// The branch.
    pub branch: String,
    /// Why.
    pub why: String,
}

impl Imported {
    /// Says how it went; `of` names the project.
    #[must_use]
    pub fn verdict(&self, outcome: Outcome, of: &str) -> String {
        // One that is in two tiers is one.
        let different: BTreeSet<&SnapshotId> = self.snapshots.iter().map(|made| &made.snapshot).collect();
        let many = count(different.len() as u64, "snapshot");
        let left = match self.left.len() as u64 {
            0 => String::new(),
            left => format!("; {} left as {}", branches(left), if left == 1 { "it is" } else { "they are" }),
        };
        match outcome {
            Outcome::Planned if self.snapshots.is_empty() && self.going.is_empty() => {
                format!("Dry run{of}: there is nothing to import{left}; nothing was written.")
            }
            Outcome::Planned => {
                let going = branches(self.going.len() as u64);
                format!(
                    "Dry run{of}: {many} would be imported and {going} replaced or deleted{left}; nothing was written."
                )
            }
            Outcome::Unchanged => format!("There is nothing to import{of}; nothing was changed."),
            Outcome::Partial if self.snapshots.is_empty() => format!("Nothing was imported{of}{left}."),
            _ => format!("Imported {many}{of} from the template repository{left}."),
        }
    }

    pub(super) fn each_text(&mut self, clean: &mut impl FnMut(&mut String)) {
        for made in &mut self.snapshots {
            made.branches.iter_mut().chain(&mut made.commit).for_each(&mut *clean);
        }
        for moved in &mut self.moved {
            clean(&mut moved.branch);
        }
        self.going.iter_mut().flat_map(|one| [&mut one.branch, &mut one.commit]).for_each(&mut *clean);
        self.left.iter_mut().flat_map(|one| [&mut one.branch, &mut one.why]).for_each(&mut *clean);
        self.releases.iter_mut().for_each(clean);
    }

    /// Returns the tables that show it.
    #[must_use]
    pub fn tables(&self) -> Vec<Table> {
        let mut made = Table::new("Snapshots", &["snapshot", "taken", "tier", "commit", "was on"]);
        for one in &self.snapshots {
            made.row([
                one.snapshot.to_string(),
                time(one.snapshot.taken()),
                one.tier.to_string(),
                one.commit.clone().unwrap_or_default(),
                one.branches.join(", "),
            ]);
        }
        let mut going = Table::new("Branches that go", &["branch", "is at"]);
        for one in &self.going {
            going.row([one.branch.clone(), one.commit.clone()]);
        }
        let mut moved = Table::new("Branches that moved", &["branch", "was at", "is at"]);
        for one in &self.moved {
            let shown =
                |commit: &Option<String>, none: &str| commit.clone().unwrap_or_else(|| none.to_owned());
            moved.row([one.branch.clone(), shown(&one.before, "new"), shown(&one.after, "deleted")]);
        }
        let mut left = Table::new("Left as it is", &["what", "why"]);
        for one in &self.left {
            left.row([one.branch.clone(), one.why.clone()]);
        }
        for tag in &self.releases {
            left.row([format!("tag {tag}"), "a monthly release of the template; it stays".to_owned()]);
        }
        [made, going, moved, left].into_iter().filter(|table| !table.rows.is_empty()).collect()
    }
}

fn branches(many: u64) -> String {
    format!("{many} {}", if many == 1 { "branch" } else { "branches" })
}

/// Returns the pushes of a plan in order, in words.
#[must_use]
pub fn steps(plan: &Plan, prefix: &Prefix) -> Vec<Step> {
    let short = |name: String| name.trim_start_matches("refs/heads/").to_owned();
    let mut steps = Vec::new();
    for next in [Next::Copy, Next::Clear, Next::Put, Next::Drop] {
        for tier in &plan.tiers {
            let (branch, copy) = (short(prefix.branch(&tier.tier)), short(prefix.import(&tier.tier)));
            let step = match next {
                Next::Copy => tier.copy.as_ref().map(|ids| Step {
                    what: format!("write {} to `{copy}`", count(ids.len() as u64, "snapshot")),
                    why: "first a copy, then anything else".to_owned(),
                }),
                Next::Clear if tier.clear.is_empty() => None,
                Next::Clear => Some(Step {
                    what: format!("delete {} below `{branch}/`", branches(tier.clear.len() as u64)),
                    why: format!(
                        "read back from `{copy}` before; git cannot hold them together with `{branch}`"
                    ),
                }),
                Next::Put => tier.put.as_ref().map(|ids| puts(tier, ids, &branch)),
                Next::Drop => tier.drop.then(|| Step {
                    what: format!("delete `{copy}`"),
                    why: format!("`{branch}` has all of it"),
                }),
                Next::Nothing => None,
            };
            steps.extend(step);
        }
    }
    steps
}

fn puts(tier: &TierPlan, ids: &[SnapshotId], branch: &str) -> Step {
    let place = match &tier.replaces {
        Some(OldRef { tip, .. }) => {
            format!("in place of commit {}", tip.chars().take(12).collect::<String>())
        }
        None => "a new branch".to_owned(),
    };
    Step { what: format!("put {} on `{branch}`", count(ids.len() as u64, "snapshot")), why: place }
}

/// Says why a branch is left as it is.
#[must_use]
pub fn left(left: &Left, agent_dir: &TreePath) -> LeftOver {
    let short = |name: &str| name.trim_start_matches("refs/heads/").to_owned();
    let why = match &left.why {
        Why::NoFolder { folders } if folders.is_empty() => format!("it has no folder `{agent_dir}`"),
        Why::NoFolder { folders } => {
            let folders: Vec<String> = folders.iter().map(|folder| format!("`{folder}`")).collect();
            format!("a commit of it has no folder `{agent_dir}`, only {}", folders.join(", "))
        }
        Why::BadName { name } => format!("it holds `{name}`, a name that no snapshot can have"),
        Why::Merge => "its history has a merge".to_owned(),
        Why::NotOnBranch { tier } => format!("the configuration keeps no tier `{tier}` on a branch"),
        Why::Unknown => "it is none of the template's, and stands where a tier would".to_owned(),
        Why::Waits { behind } => {
            format!("copied below `import`; it waits, because `{}` is in its tier's way", short(behind))
        }
    };
    LeftOver { branch: short(&left.branch), why }
}

/// Says that not all could be imported, and the way out.
#[must_use]
pub fn partial(all: &[LeftOver]) -> Reason {
    Reason {
        message: format!("{} could not be imported and stay.", branches(all.len() as u64)),
        causes: all.iter().map(|left| format!("`{}`: {}", left.branch, left.why)).collect(),
        hints: vec![
            "Look at the branches that do not merely wait; rename or delete them (`git push <store> --delete <branch>`), and \
             run `mode: import` again: it does the rest."
                .to_owned(),
        ],
    }
}

/// Says that there is nothing under this prefix, but under the template's.
#[must_use]
pub fn elsewhere(prefix: &Prefix) -> String {
    format!(
        "There are branches of the template below `snapshot/`, and this run looks below `{prefix}/`: leave out `prefix` to \
         import them."
    )
}

/// Says where commits outside the content hold what looks like a key.
#[must_use]
pub fn keys_outside(commits: usize, path: &str) -> String {
    format!(
        "`{path}` in {} of the template holds a key or token in clear. It is not imported, but GitHub keeps old commits for \
         a while: make a new key.",
        count(commits as u64, "commit")
    )
}

/// Says what the template's own workflows would do now.
pub const WORKFLOWS: &str = "Delete the template's workflows (backup.yml, promote.yml, cleanup.yml) where they still run: they \
                             would write over these branches.";

/// Says of an imported snapshot what it is, for its commit.
#[must_use]
pub fn commit(original: &str, files: u64, redacted: u64) -> String {
    let redacted = match redacted {
        0 => String::new(),
        some => format!(" {} that may hold a secret left out.", count(some, "field")),
    };
    format!(
        "Imported from commit {original} of the template repository, {} as the vendor's CLI wrote them.{redacted}",
        count(files, "file")
    )
}

/// Says that a server did not let a branch be moved or deleted; `causes` and `hints` are its own.
#[must_use]
pub fn refused(branch: &str, causes: Vec<String>, hints: Vec<String>) -> Reason {
    let message = format!(
        "`{branch}` could not be moved or deleted. Nothing is lost: what is not yet in its tier is where it was, or below \
         `import`; `mode: import` goes on from here."
    );
    Reason { message, causes, hints }
}

/// Says that a copy was not what was written.
#[must_use]
pub fn not_read_back(branch: &str, snapshot: &SnapshotId) -> String {
    format!(
        "Snapshot {snapshot} was written to `{branch}` and does not read back as it was. Nothing was deleted: the old branches \
         are as they were."
    )
}
