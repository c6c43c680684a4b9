//! What an import does: the branches of the template repository in, snapshots in tiers out.
//!
//! The order is the argument. Every snapshot is written to `<prefix>/import/<tier>` first; what it was made of goes only
//! when it was read back from there; and that copy goes last. git holds no `snapshot/daily` beside `snapshot/daily/…`, not
//! even within one atomic push that deletes the one and makes the other (tried with git 2.47: "cannot lock ref"), so the
//! old branches go in one push and the tiers come in the next. Planned anew from what is there at any moment, the rest of
//! the way is the same.

mod refusal;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use refusal::Refusal;
use serde::Serialize;

use super::backup::clash;
use crate::snapshot::{Prefix, ProjectId, SnapshotId, TierName, TreePath};

/// What deciding needs to know.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The project that the snapshots are of.
    pub project: &'a ProjectId,
    /// Where its branches live.
    pub prefix: &'a Prefix,
    /// The folder of the content.
    pub agent_dir: &'a TreePath,
    /// Every ref name of the store.
    pub refs: Vec<&'a str>,
    /// The tiers that the template has, and the configuration's own.
    pub tiers: Vec<TierFacts>,
    /// The projects that the template's content says it is of, where it does.
    pub named: &'a BTreeSet<ProjectId>,
}

/// What is known of one tier.
#[derive(Debug, Clone)]
pub struct TierFacts {
    /// Its name.
    pub tier: TierName,
    /// Whether the configuration keeps it on a branch.
    pub on_branch: bool,
    /// What its branch is.
    pub there: Held,
    /// What its branch below `import` is.
    pub copied: Held,
    /// The template's branches below its name, one for each period.
    pub periods: Vec<OldBranch>,
}

/// What a branch holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// There is none.
    Nothing,
    /// Snapshots of ours, oldest first, and the projects they are of.
    Ours(Vec<(SnapshotId, ProjectId)>),
    /// Commits of somebody else.
    Old(OldBranch),
    /// Both.
    Mixed {
        /// A commit of ours.
        ours: String,
        /// One that is not.
        theirs: String,
    },
}

/// A branch of the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldBranch {
    /// Its full name.
    pub name: String,
    /// Its newest commit.
    pub tip: String,
    /// Its commits, oldest first.
    pub commits: Vec<OldCommit>,
}

/// A commit of the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldCommit {
    /// Its id.
    pub commit: String,
    /// The snapshot that it makes, or why it makes none.
    pub makes: Result<SnapshotId, Unusable>,
}

/// Why a commit makes no snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// It has no content folder; the folders that it has.
    NoFolder(Vec<String>),
    /// It has a file under a name that no snapshot can have.
    BadName(String),
    /// It has several parents, and a chain cannot tell which past counts.
    Merge,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Each tier of which there is something to import.
    pub tiers: Vec<TierPlan>,
    /// What is left as it is, and why.
    pub left: Vec<Left>,
}

/// What is done for one tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TierPlan {
    /// The tier.
    pub tier: TierName,
    /// The snapshots that the template's commits make, and those commits by branch.
    pub makes: BTreeMap<SnapshotId, Vec<Origin>>,
    /// What its branch below `import` shall hold, oldest first, where it does not yet.
    pub copy: Option<Vec<SnapshotId>>,
    /// The old branches that stand where the tier will, and go before.
    pub clear: Vec<OldRef>,
    /// The old branch that the tier itself takes the place of.
    pub replaces: Option<OldRef>,
    /// What the tier shall hold, oldest first, where it does not yet.
    pub put: Option<Vec<SnapshotId>>,
    /// Whether a branch below `import` is left to go.
    pub drop: bool,
}

/// Where a snapshot comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// The branch, in full.
    pub branch: String,
    /// The commit.
    pub commit: String,
}

/// An old branch as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OldRef {
    /// Its full name.
    pub name: String,
    /// The commit that it must be at.
    pub tip: String,
}

/// What is left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Left {
    /// The branch, in full.
    pub branch: String,
    /// Why.
    pub why: Why,
}

/// Why a branch is left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "because")]
pub enum Why {
    /// None of its commits has the content folder.
    NoFolder {
        /// The folders that its newest commit has.
        folders: Vec<String>,
    },
    /// A file has a name that no snapshot can have.
    BadName {
        /// That name.
        name: String,
    },
    /// Its history has a merge.
    Merge,
    /// The configuration keeps the tier elsewhere, or has none of that name.
    NotOnBranch {
        /// The tier.
        tier: TierName,
    },
    /// It is none of the template's, and stands where a tier would.
    Unknown,
    /// It waits: what else is left stands where its tier would.
    Waits {
        /// The branch that stands there.
        behind: String,
    },
}

/// The next push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Write the snapshots to their branches below `import`.
    Copy,
    /// Delete the old branches that stand where tiers will.
    Clear,
    /// Put the tiers in their places.
    Put,
    /// Delete the branches below `import`.
    Drop,
    /// All is done.
    Nothing,
}

impl Plan {
    /// Returns what is to be pushed next.
    #[must_use]
    pub fn next(&self) -> Next {
        let any = |is: fn(&TierPlan) -> bool| self.tiers.iter().any(is);
        match () {
            () if any(|tier| tier.copy.is_some()) => Next::Copy,
            () if any(|tier| !tier.clear.is_empty()) => Next::Clear,
            () if any(|tier| tier.put.is_some()) => Next::Put,
            () if any(|tier| tier.drop) => Next::Drop,
            () => Next::Nothing,
        }
    }
}

impl TierPlan {
    /// Returns the old branches that go, be it that the tier takes their place.
    pub fn goes(&self) -> impl Iterator<Item = &OldRef> {
        self.clear.iter().chain(&self.replaces)
    }
}

/// Decides what to import.
///
/// # Errors
/// Going on could harm: nothing is done then.
pub fn plan(facts: &Facts<'_>) -> Result<Plan, Refusal> {
    refusal::check(facts)?;
    let mut plan = Plan::default();
    for tier in &facts.tiers {
        let (done, left) = of_tier(facts, tier);
        plan.tiers.extend(done);
        plan.left.extend(left);
    }
    Ok(plan)
}

fn of_tier(facts: &Facts<'_>, tier: &TierFacts) -> (Option<TierPlan>, Vec<Left>) {
    let branch = facts.prefix.branch(&tier.tier);
    let replaced = match &tier.there {
        Held::Old(old) => Some(old),
        _ => None,
    };
    let old: Vec<&OldBranch> = tier.periods.iter().chain(replaced).collect();
    if old.is_empty() && tier.copied == Held::Nothing {
        return (None, Vec::new());
    }
    if !tier.on_branch {
        let why = || Why::NotOnBranch { tier: tier.tier.clone() };
        return (None, old.iter().map(|old| Left { branch: old.name.clone(), why: why() }).collect());
    }
    let (mut usable, mut left) = (Vec::new(), Vec::new());
    for old in old {
        match unusable(old) {
            Some(why) => left.push(Left { branch: old.name.clone(), why }),
            None => usable.push(old),
        }
    }
    let is_old = |name: &str| tier.periods.iter().any(|old| old.name == name);
    let unknown = facts.refs.iter().filter(|name| clash(name, &branch) && !is_old(name));
    left.extend(unknown.map(|name| Left { branch: (*name).to_owned(), why: Why::Unknown }));

    let (here, copied) = (ids(&tier.there), ids(&tier.copied));
    let makes = makes(&usable);
    let wanted = merged(&copied, makes.keys());
    let copy = (wanted != copied).then(|| wanted.clone());
    // What is left stands in the tier's way: the snapshots are made, and wait below `import` as their branches do.
    if let Some(behind) = left.first().map(|left| left.branch.clone()) {
        let waits =
            |old: &&OldBranch| Left { branch: old.name.clone(), why: Why::Waits { behind: behind.clone() } };
        left.extend(usable.iter().map(waits));
        let tier = tier.tier.clone();
        let plan = TierPlan { tier, makes, copy, clear: Vec::new(), replaces: None, put: None, drop: false };
        return (Some(plan), left);
    }
    let old_ref = |old: &OldBranch| OldRef { name: old.name.clone(), tip: old.tip.clone() };
    let put = merged(&here, &wanted);
    let plan = TierPlan {
        tier: tier.tier.clone(),
        clear: tier.periods.iter().map(old_ref).collect(),
        replaces: replaced.map(old_ref),
        put: (put != here || replaced.is_some()).then_some(put),
        drop: tier.copied != Held::Nothing || copy.is_some(),
        makes,
        copy,
    };
    let is_due = plan.copy.is_some() || plan.put.is_some() || plan.drop;
    (is_due.then_some(plan), Vec::new())
}

/// Returns the snapshots that the branches' commits make, each with all of these commits.
fn makes(branches: &[&OldBranch]) -> BTreeMap<SnapshotId, Vec<Origin>> {
    let mut makes: BTreeMap<SnapshotId, Vec<Origin>> = BTreeMap::new();
    for old in branches {
        for commit in &old.commits {
            let Ok(snapshot) = &commit.makes else { continue };
            let origin = Origin { branch: old.name.clone(), commit: commit.commit.clone() };
            makes.entry(snapshot.clone()).or_default().push(origin);
        }
    }
    makes.values_mut().for_each(|origins| origins.sort());
    makes
}

/// Returns why a branch cannot be imported as it is. Commits without any folder that could hold content do not count beside
/// those that have some: a branch that was begun on `main` has them at its end. With another folder they may be snapshots
/// of a time when `agentDir` was called otherwise, and nothing else has them.
fn unusable(old: &OldBranch) -> Option<Why> {
    let mut folders = None;
    for commit in old.commits.iter().rev() {
        match &commit.makes {
            Err(Unusable::BadName(name)) => return Some(Why::BadName { name: name.clone() }),
            Err(Unusable::Merge) => return Some(Why::Merge),
            Err(Unusable::NoFolder(there)) if there.iter().any(|folder| folder != ".github") => {
                return Some(Why::NoFolder { folders: there.clone() });
            }
            Err(Unusable::NoFolder(there)) => drop(folders.get_or_insert_with(|| there.clone())),
            Ok(_) => {}
        }
    }
    let any = old.commits.iter().any(|commit| commit.makes.is_ok());
    (!any).then(|| Why::NoFolder { folders: folders.unwrap_or_default() })
}

fn ids(held: &Held) -> Vec<SnapshotId> {
    match held {
        Held::Ours(snapshots) => snapshots.iter().map(|(id, _)| id.clone()).collect(),
        _ => Vec::new(),
    }
}

/// Puts snapshots into a chain by their times. What is in it already stays in its order.
fn merged<'a>(chain: &[SnapshotId], more: impl IntoIterator<Item = &'a SnapshotId>) -> Vec<SnapshotId> {
    let mut all = chain.to_vec();
    for snapshot in more {
        if !all.contains(snapshot) {
            let later = |id: &SnapshotId| (id.taken(), id) > (snapshot.taken(), snapshot);
            let at = all.iter().position(later).unwrap_or(all.len());
            all.insert(at, snapshot.clone());
        }
    }
    all
}
