//! What the tiers hold: every chain with its snapshots, none of their contents.

use std::collections::{BTreeMap, BTreeSet};

use super::releases::{self, Released};
use crate::plan::backup::{Refusal, clash};
use crate::plan::tiers::Snapshots;
use crate::report::tiers::{self as words, FailedStep};
use crate::run::failure::Failure;
use crate::run::pins::Pinned;
use crate::run::world::World;
use crate::snapshot::{PinLabel, ProjectId, ReleaseTag, SnapshotId, Storage, TierName, Tiers};
use crate::store::archive::{Archives, Kept};
use crate::store::branch::{Chain, Link};
use crate::store::{Oid, Store};

/// The tiers as they are.
pub(in crate::run) struct There {
    /// The chains of the tiers on branches, of those that can be moved.
    pub(in crate::run) chains: BTreeMap<TierName, Chain>,
    /// Their snapshots' names.
    pub(in crate::run) snapshots: Snapshots,
    /// The tiers that would be released, and there is no place for archives.
    pub(in crate::run) placeless: BTreeSet<TierName>,
    /// The releases by tier, those too of which the archive is not whole.
    pub(in crate::run) releases: BTreeMap<TierName, Vec<Released>>,
    /// What was kept before restores.
    pub(in crate::run) safety: Chain,
    /// The pins.
    pub(in crate::run) pins: BTreeMap<PinLabel, Pinned>,
    /// Tags that stand among the pins and are none.
    pub(in crate::run) foreign_pins: Vec<String>,
    /// The tiers that cannot be moved, and why.
    pub(in crate::run) failed: BTreeMap<TierName, FailedStep>,
}

impl There {
    /// Reads all tiers. That somebody else's commits are on one of them is that tier's failure.
    pub(in crate::run) async fn read(
        world: &World<'_>,
        store: &mut Store,
        archives: Option<&Archives>,
    ) -> Result<Self, Failure> {
        let settings = world.settings;
        let on_branches = || settings.tiers.all().iter().filter(|tier| tier.storage == Storage::Branch);
        let tip = |tier: &TierName, store: &Store| store.refs().get(&settings.prefix.branch(tier)).copied();
        let pins = |refs: &BTreeMap<String, Oid>| -> Vec<(String, Oid)> {
            let pins = refs.iter().filter(|(name, _)| name.starts_with(&settings.prefix.pins()));
            pins.map(|(name, id)| (name.clone(), *id)).collect()
        };
        let tips = |refs: &BTreeMap<String, Oid>| -> Vec<Oid> {
            let branches =
                on_branches().filter_map(|tier| refs.get(&settings.prefix.branch(&tier.name)).copied());
            let released = settings.tiers.all().iter().flat_map(|tier| releases::tags(world, refs, tier));
            let released = released.map(|(_, id)| id);
            let safety = refs.get(&settings.prefix.safety()).copied();
            branches.chain(safety).chain(pins(refs).into_iter().map(|(_, id)| id)).chain(released).collect()
        };
        store.fetch_refs(tips).await?;
        let tags = pins(store.refs());
        let mut there = Self {
            chains: BTreeMap::new(),
            snapshots: Snapshots::new(),
            placeless: BTreeSet::new(),
            releases: BTreeMap::new(),
            safety: Chain::default(),
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
        // Of another project than ours may be what was kept before a restore into it.
        let safety = store.refs().get(&settings.prefix.safety()).copied();
        match Chain::read(store, safety)? {
            Ok(chain) => there.safety = chain,
            Err(foreign) => there.foreign_pins.push(format!("safety, with commit {}", foreign.commit)),
        }
        there.read_releases(world, store, archives, &project).await?;
        Ok(there)
    }

    /// Reads what is released. That the archives cannot be listed is a failure of their tiers alone; then all that has a
    /// tag counts as there, so that nothing is made twice.
    async fn read_releases(
        &mut self,
        world: &World<'_>,
        store: &Store,
        archives: Option<&Archives>,
        project: &Option<ProjectId>,
    ) -> Result<(), Failure> {
        let settings = world.settings;
        let tiers: Vec<_> =
            settings.tiers.all().iter().filter(|tier| tier.storage == Storage::Release).collect();
        let enabled = tiers.iter().any(|tier| tier.enabled);
        let listed = match archives.filter(|_| enabled) {
            Some(archives) => Some(archives.list().await),
            None => None,
        };
        let kept: BTreeMap<ReleaseTag, Kept> = match &listed {
            Some(Ok(kept)) => kept.iter().map(|kept| (kept.tag.clone(), kept.clone())).collect(),
            _ => BTreeMap::new(),
        };
        for tier in tiers {
            let mut released = releases::of_tier(world, store, tier, &kept)?;
            released.retain(|one| project.as_ref().is_none_or(|ours| one.link.message.project == *ours));
            let mut ids: Vec<SnapshotId> =
                released.iter().map(|one| one.link.message.snapshot.clone()).collect();
            ids.dedup();
            self.snapshots.insert(tier.name.clone(), ids);
            self.releases.insert(tier.name.clone(), released);
        }
        if archives.is_none() {
            self.placeless = settings.tiers.released().map(|tier| tier.name.clone()).collect();
        }
        if let Some(Err(error)) = listed {
            let failure = Failure::from(error);
            for tier in settings.tiers.released() {
                self.failed
                    .insert(tier.name.clone(), words::unlisted(tier.name.as_str(), failure.reason.clone()));
            }
        }
        Ok(())
    }

    /// Takes for whole what this run has published, though a list may not show it yet.
    pub(super) fn count_in(&mut self, published: &[crate::report::tiers::Released]) {
        for one in self.releases.values_mut().flatten().filter(|one| one.kept.is_none()) {
            if let Some(known) = published.iter().find(|known| known.tag == one.tag.as_str()) {
                let place = known.url.clone();
                one.kept =
                    Some(Kept { tag: one.tag.clone(), complete: true, snapshot: None, bytes: 0, place });
            }
        }
    }

    /// Returns the tiers as they can be cared for: one that is to be released, has no place to be and never was released is as
    /// if it were disabled.
    pub(in crate::run) fn tiers(&self, world: &World<'_>) -> Tiers {
        world.settings.tiers.without(&self.never_released())
    }

    /// Returns the tiers that no run has ever released anything for, and this one cannot. Where another run has (this one is
    /// at a terminal, say, and that one in GitHub Actions), what is due waits for it and is not forgotten.
    pub(in crate::run) fn never_released(&self) -> BTreeSet<TierName> {
        let has_none = |tier: &&TierName| self.releases.get(*tier).is_none_or(Vec::is_empty);
        self.placeless.iter().filter(has_none).cloned().collect()
    }

    /// Whether a tier can be fed and pruned now.
    pub(super) fn can_move(&self, tier: &TierName) -> bool {
        !self.failed.contains_key(tier)
            && !self.placeless.contains(tier)
            && (self.chains.contains_key(tier) || self.releases.contains_key(tier))
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
        let released = || {
            let all = self.releases.values().flatten().map(|one| &one.link);
            all.into_iter().find(|link| link.message.snapshot == *snapshot)
        };
        own.or_else(|| self.chains.values().find_map(|chain| chain.find(snapshot))).or_else(released)
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
