//! What there is to import: the template's branches, the tiers that are there already, what an earlier run left below
//! `import`.

use std::collections::BTreeMap;

use super::adopt::Library;
use crate::plan::import::{Facts, Held, OldBranch, OldCommit, TierFacts, Unusable};
use crate::run::failure::Failure;
use crate::run::world::World;
use crate::snapshot::{Message, Prefix, Storage, TierName};
use crate::store::branch::{Chain, Link};
use crate::store::{CommitFacts, Oid, Store};

/// The tiers that the template has on branches, and whether they are a branch for each period.
const TIERS: [(&str, bool); 3] = [("hourly", false), ("daily", true), ("weekly", true)];

/// What there is.
pub(super) struct There {
    tiers: Vec<TierThere>,
    /// The tags of the template's monthly releases.
    pub(super) releases: Vec<String>,
}

/// What there is of one tier.
pub(super) struct TierThere {
    facts: TierFacts,
    /// The tier's branch; without snapshots where it is the template's.
    pub(super) here: Chain,
    /// Its branch below `import`.
    pub(super) copied: Chain,
}

impl There {
    /// Reads all of it; of the template's commits the contents too.
    pub(super) async fn read(
        world: &World<'_>,
        store: &mut Store,
        library: &mut Library,
    ) -> Result<Self, Failure> {
        let prefix = &world.settings.prefix;
        let mut names: Vec<TierName> = TIERS.iter().map(|(name, _)| tier(name)).collect();
        let own = world.settings.tiers.all().iter().filter(|tier| tier.storage == Storage::Branch);
        names.extend(own.map(|tier| tier.name.clone()).filter(|name| !is_template_s(name)));
        let is_wanted = |name: &str| {
            let is_tier = |tier: &TierName| name == prefix.branch(tier) || name == prefix.import(tier);
            names.iter().any(is_tier) || is_of_the_template(name, prefix)
        };
        let tips = |refs: &BTreeMap<String, Oid>| -> Vec<Oid> {
            refs.iter().filter(|(name, _)| is_wanted(name)).map(|(_, id)| *id).collect()
        };
        store.fetch_refs(tips).await?;
        let mut tiers = Vec::new();
        for name in names {
            tiers.push(TierThere::read(world, store, library, name).await?);
        }
        let releases = store.refs().keys().filter_map(|name| release(name)).map(str::to_owned).collect();
        Ok(Self { tiers, releases })
    }

    /// Returns what deciding needs to know.
    pub(super) fn facts<'a>(
        &self,
        world: &'a World<'_>,
        store: &'a Store,
        library: &'a Library,
    ) -> Facts<'a> {
        Facts {
            project: world.project(),
            prefix: &world.settings.prefix,
            agent_dir: &world.settings.agent_dir,
            refs: store.refs().keys().map(String::as_str).collect(),
            tiers: self.tiers.iter().map(|tier| tier.facts.clone()).collect(),
            named: &library.projects,
        }
    }

    /// Returns a tier that a plan names.
    pub(super) fn tier(&self, name: &TierName) -> &TierThere {
        self.tiers.iter().find(|tier| tier.facts.tier == *name).expect("a plan names the tiers it was given")
    }
}

impl TierThere {
    async fn read(
        world: &World<'_>,
        store: &mut Store,
        library: &mut Library,
        name: TierName,
    ) -> Result<Self, Failure> {
        let prefix = &world.settings.prefix;
        let (here, mut there) = branch(world, store, library, &prefix.branch(&name)).await?;
        let (copied, below_import) = branch(world, store, library, &prefix.import(&name)).await?;
        if !is_template_s(&name) && matches!(there, Held::Old(_)) {
            // A tier of the configuration's own is nothing that the template could have written.
            there = Held::Nothing;
        }
        let below = format!("{}/", prefix.branch(&name));
        let periods: Vec<String> = store
            .refs()
            .keys()
            .filter(|old| old.starts_with(&below) && is_of_the_template(old, prefix))
            .cloned()
            .collect();
        let mut old = Vec::new();
        for period in periods {
            let Some(tip) = store.refs().get(&period).copied() else { continue };
            let commits = store.chain(tip)?;
            old.push(old_branch(world, store, library, &period, tip, &commits).await?);
        }
        let on_branch = world.settings.tiers.find(&name).is_some_and(|tier| tier.storage == Storage::Branch);
        let facts = TierFacts { tier: name, on_branch, there, copied: below_import, periods: old };
        Ok(Self { facts, here, copied })
    }
}

/// Reads a branch: ours, or the template's, or both.
async fn branch(
    world: &World<'_>,
    store: &mut Store,
    library: &mut Library,
    name: &str,
) -> Result<(Chain, Held), Failure> {
    let Some(tip) = store.refs().get(name).copied() else { return Ok((Chain::default(), Held::Nothing)) };
    let commits = store.chain(tip)?;
    let (mut links, mut theirs) = (Vec::new(), None);
    for (commit, facts) in &commits {
        match Message::parse(&facts.message).filter(|_| facts.parents.len() < 2) {
            Some(message) => links.push(Link { commit: *commit, tree: facts.tree, message }),
            None => theirs = theirs.or(Some(*commit)),
        }
    }
    links.reverse();
    let held = match (links.last(), theirs) {
        (Some(ours), Some(theirs)) => {
            Held::Mixed { ours: ours.commit.to_string(), theirs: theirs.to_string() }
        }
        (None, Some(_)) => Held::Old(old_branch(world, store, library, name, tip, &commits).await?),
        (_, None) => Held::Ours(
            links.iter().map(|link| (link.message.snapshot.clone(), link.message.project.clone())).collect(),
        ),
    };
    Ok((Chain { tip: Some(tip), links }, held))
}

/// Reads what the commits of a branch of the template make.
async fn old_branch(
    world: &World<'_>,
    store: &mut Store,
    library: &mut Library,
    name: &str,
    tip: Oid,
    chain: &[(Oid, CommitFacts)],
) -> Result<OldBranch, Failure> {
    let mut commits = Vec::new();
    for (commit, facts) in chain.iter().rev() {
        let makes = match facts.parents.len() {
            0 | 1 => library.adopt(world, store, *commit, facts).await?,
            _ => Err(Unusable::Merge),
        };
        commits.push(OldCommit { commit: commit.to_string(), makes });
    }
    Ok(OldBranch { name: name.to_owned(), tip: tip.to_string(), commits })
}

/// Whether a branch, by its full name, is one that the template makes: `hourly`, or `daily/20251003`, or, in the plan that
/// came before it, `daily`. Labels are not read: their weeks mix two calendars, and the commits know their times.
pub(super) fn is_of_the_template(name: &str, prefix: &Prefix) -> bool {
    let below = format!("refs/heads/{prefix}/");
    let Some(rest) = name.strip_prefix(&below) else { return false };
    let (name, label) = rest.split_once('/').map_or((rest, None), |(name, label)| (name, Some(label)));
    let Some((_, by_period)) = TIERS.iter().find(|(tier, _)| *tier == name) else { return false };
    label.is_none_or(|label| *by_period && is_period(label))
}

fn is_period(label: &str) -> bool {
    let bytes = label.as_bytes();
    bytes.len() >= 4
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes.iter().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'W'))
}

/// Returns the tag's short name, where a tag is one of the template's monthly releases.
fn release(name: &str) -> Option<&str> {
    let tag = name.strip_prefix("refs/tags/")?;
    tag.strip_prefix("monthly-").filter(|month| is_period(month)).map(|_| tag)
}

fn is_template_s(name: &TierName) -> bool {
    TIERS.iter().any(|(tier, _)| *tier == name.as_str())
}

fn tier(name: &str) -> TierName {
    name.parse().expect("the template's tiers have good names")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("refs/heads/snapshot/hourly", true)]
    #[case("refs/heads/snapshot/daily", true)]
    #[case("refs/heads/snapshot/daily/20251003", true)]
    #[case("refs/heads/snapshot/daily/20251399", true)]
    #[case("refs/heads/snapshot/weekly/2025-W00", true)]
    #[case("refs/heads/snapshot/weekly/2024-W53", true)]
    #[case("refs/heads/snapshot/daily/mine", false)]
    #[case("refs/heads/snapshot/daily/20251003/x", false)]
    #[case("refs/heads/snapshot/hourly/20251003", false)]
    #[case("refs/heads/snapshot/yearly", false)]
    #[case("refs/heads/main", false)]
    #[case("refs/tags/snapshot/daily", false)]
    fn its_branches_are_known_by_name(#[case] name: &str, #[case] is: bool) {
        assert_eq!(is_of_the_template(name, &Prefix::default()), is);
    }
}
