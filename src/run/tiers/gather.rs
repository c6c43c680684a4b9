//! What the tiers hold: every chain with its snapshots, none of their contents.

use std::collections::BTreeMap;

use super::Learned;
use crate::plan::backup::{Refusal, clash};
use crate::plan::tiers::Snapshots;
use crate::report::tiers::{self as words, FailedStep};
use crate::run::chain::{Chain, Link};
use crate::run::failure::Failure;
use crate::run::world::World;
use crate::snapshot::{ProjectId, SnapshotId, Storage, TierName};
use crate::store::{Oid, Store};

/// The tiers as they are.
pub(super) struct There {
    /// The chains of the tiers on branches, of those that can be moved.
    pub(super) chains: BTreeMap<TierName, Chain>,
    /// Their snapshots' names.
    pub(super) snapshots: Snapshots,
    /// The tiers that cannot be moved, and why.
    pub(super) failed: BTreeMap<TierName, FailedStep>,
}

impl There {
    /// Reads all tiers. That somebody else's commits are on one of them is that tier's failure; on the tier that takes
    /// captures it is the run's.
    pub(super) async fn read(
        world: &World<'_>,
        store: &mut Store,
        learned: &Learned,
        planned: Option<&SnapshotId>,
    ) -> Result<Self, Failure> {
        let settings = world.settings;
        let on_branches = || settings.tiers.all().iter().filter(|tier| tier.storage == Storage::Branch);
        let tip = |tier: &TierName, store: &Store| store.refs().get(&settings.prefix.branch(tier)).copied();
        let tips: Vec<Oid> = on_branches().filter_map(|tier| tip(&tier.name, store)).collect();
        store.fetch_chains(&tips).await?;
        let mut there =
            Self { chains: BTreeMap::new(), snapshots: Snapshots::new(), failed: BTreeMap::new() };
        let mut project = settings.project.clone();
        for tier in on_branches() {
            let branch = settings.prefix.branch(&tier.name);
            let shown = branch.trim_start_matches("refs/heads/");
            if let Some(other) = store.refs().keys().find(|name| clash(name, &branch)) {
                there.failed.insert(tier.name.clone(), words::in_the_way(shown, other));
                continue;
            }
            match Chain::read(store, tip(&tier.name, store))? {
                Ok(chain) => {
                    same_project(&mut project, &chain, shown)?;
                    there.snapshots.insert(tier.name.clone(), chain.ids().cloned().collect());
                    there.chains.insert(tier.name.clone(), chain);
                }
                Err(foreign) => {
                    there
                        .failed
                        .insert(tier.name.clone(), words::foreign(shown, &foreign.commit.to_string()));
                }
            }
        }
        there.failed.retain(|tier, _| !learned.failed.contains_key(tier));
        let base = &settings.tiers.base().name;
        if let Some(step) = there.failed.get(base) {
            return Err(Failure::refused(step.reason.clone()));
        }
        if let Some(planned) = planned {
            let base = there.snapshots.entry(base.clone()).or_default();
            if !base.contains(planned) {
                base.push(planned.clone());
            }
        }
        Ok(there)
    }

    /// Finds a snapshot: in the tier itself, or wherever it is.
    pub(super) fn link(&self, tier: &TierName, snapshot: &SnapshotId) -> Option<&Link> {
        let own = self.chains.get(tier).and_then(|chain| chain.find(snapshot));
        own.or_else(|| self.chains.values().find_map(|chain| chain.find(snapshot)))
    }
}

/// A prefix is one project's; which one, the configuration says, or else the first snapshot.
fn same_project(known: &mut Option<ProjectId>, chain: &Chain, branch: &str) -> Result<(), Failure> {
    for link in &chain.links {
        let theirs = &link.message.project;
        let ours = known.get_or_insert_with(|| theirs.clone());
        if ours != theirs {
            return Err(Refusal::OtherProject {
                branch: branch.to_owned(),
                theirs: theirs.clone(),
                ours: ours.clone(),
            }
            .into());
        }
    }
    Ok(())
}
