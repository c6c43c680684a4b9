//! What the tiers hold: every chain with its snapshots, none of their contents.

use std::collections::BTreeMap;

use crate::plan::backup::{Refusal, clash};
use crate::plan::tiers::Snapshots;
use crate::report::tiers::{self as words, FailedStep};
use crate::run::chain::{Chain, Link};
use crate::run::failure::Failure;
use crate::run::pins::Pinned;
use crate::run::world::World;
use crate::snapshot::{PinLabel, ProjectId, SnapshotId, Storage, TierName};
use crate::store::{Oid, Store};

/// The tiers as they are.
pub(in crate::run) struct There {
    /// The chains of the tiers on branches, of those that can be moved.
    pub(in crate::run) chains: BTreeMap<TierName, Chain>,
    /// Their snapshots' names.
    pub(in crate::run) snapshots: Snapshots,
    /// The pins.
    pub(in crate::run) pins: BTreeMap<PinLabel, Pinned>,
    /// Tags that stand among the pins and are none.
    pub(in crate::run) foreign_pins: Vec<String>,
    /// The tiers that cannot be moved, and why.
    pub(in crate::run) failed: BTreeMap<TierName, FailedStep>,
}

impl There {
    /// Reads all tiers. That somebody else's commits are on one of them is that tier's failure.
    pub(in crate::run) async fn read(world: &World<'_>, store: &mut Store) -> Result<Self, Failure> {
        let settings = world.settings;
        let on_branches = || settings.tiers.all().iter().filter(|tier| tier.storage == Storage::Branch);
        let tip = |tier: &TierName, store: &Store| store.refs().get(&settings.prefix.branch(tier)).copied();
        let tags: Vec<(String, Oid)> = store
            .refs()
            .iter()
            .filter(|(name, _)| name.starts_with(&settings.prefix.pins()))
            .map(|(name, id)| (name.clone(), *id))
            .collect();
        let branches = on_branches().filter_map(|tier| tip(&tier.name, store));
        let tips: Vec<Oid> = branches.chain(tags.iter().map(|(_, id)| *id)).collect();
        store.fetch_chains(&tips).await?;
        let mut there = Self {
            chains: BTreeMap::new(),
            snapshots: Snapshots::new(),
            pins: BTreeMap::new(),
            foreign_pins: Vec::new(),
            failed: BTreeMap::new(),
        };
        for (name, id) in tags {
            match Pinned::read(store, name.trim_start_matches(&settings.prefix.pins()), id)? {
                Some(pinned) => drop(there.pins.insert(pinned.pin.label.clone(), pinned)),
                None => there.foreign_pins.push(name),
            }
        }
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
        Ok(there)
    }

    /// Refuses to go on where the tier that takes captures is not ours.
    pub(super) fn admit(&self, base: &TierName) -> Result<(), Failure> {
        self.failed.get(base).map_or(Ok(()), |step| Err(Failure::refused(step.reason.clone())))
    }

    /// Counts a snapshot in that a dry run would have made.
    pub(super) fn plan(&mut self, base: &TierName, planned: &SnapshotId) {
        let base = self.snapshots.entry(base.clone()).or_default();
        if !base.contains(planned) {
            base.push(planned.clone());
        }
    }

    /// Finds a snapshot: in the tier itself, or wherever it is.
    pub(in crate::run) fn link(&self, tier: &TierName, snapshot: &SnapshotId) -> Option<&Link> {
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
