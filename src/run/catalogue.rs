//! What a person asks about snapshots: everything that is kept, wherever it is, without its contents.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::failure::Failure;
use super::tiers::{There, facts};
use super::world::World;
use crate::plan::select::{Candidate, select};
use crate::plan::tiers::{Facts, Promotion, Verdict, clean, promote};
use crate::report::catalogue::{self as words, Listed, Placed};
use crate::snapshot::{Message, Period, PinLabel, Place, Selector, SnapshotId, TierName};
use crate::store::branch::{Chain, Link};
use crate::store::{Error, Oid, Store};

/// Everything that is kept under a prefix.
pub(super) struct Catalogue {
    /// The tiers.
    pub(super) there: There,
    quarantine: Chain,
    /// Branches of snapshots that no tier of the configuration stands for: it was renamed, taken out, or is released now.
    others: BTreeMap<TierName, Chain>,
    /// What could not be read, in words.
    pub(super) warnings: Vec<String>,
}

/// A snapshot and its places.
pub(super) struct Kept {
    /// The snapshot, in one of them.
    pub(super) link: Link,
    /// All of them.
    pub(super) places: Vec<Place>,
}

impl Kept {
    /// Whether it counts as the project's own past.
    pub(super) fn counts(&self) -> bool {
        self.places.iter().any(Place::counts)
    }
}

impl Catalogue {
    /// Reads all of it in one go.
    pub(super) async fn read(world: &World<'_>, store: &mut Store) -> Result<Self, Failure> {
        let prefix = &world.settings.prefix;
        let ours = |name: &String| {
            let branch = name.strip_prefix(&format!("refs/heads/{prefix}/"));
            let is_branch = branch.is_some_and(|rest| !rest.contains('/') && rest != "state");
            is_branch || name.starts_with(&prefix.pins())
        };
        let tips = |refs: &BTreeMap<String, Oid>| -> Vec<Oid> {
            refs.iter().filter(|(name, _)| ours(name)).map(|(_, id)| *id).collect()
        };
        store.fetch_refs(tips).await?;
        let archives = world.archives()?;
        let there = There::read(world, store, archives.as_ref()).await?;
        let mut warnings: Vec<String> =
            there.failed.values().map(|step| step.reason.message.clone()).collect();
        let mut aside = |branch: String| -> Result<Chain, Error> {
            match Chain::read(store, store.refs().get(&branch).copied())? {
                Ok(chain) => Ok(chain),
                Err(foreign) => {
                    let step = crate::report::tiers::foreign(
                        branch.trim_start_matches("refs/heads/"),
                        &foreign.commit.to_string(),
                    );
                    warnings.push(step.reason.message);
                    Ok(Chain::default())
                }
            }
        };
        let quarantine = aside(prefix.quarantine())?;
        let begins = format!("refs/heads/{prefix}/");
        let names =
            store.refs().keys().filter_map(|name| name.strip_prefix(&begins)?.parse::<TierName>().ok());
        let mut others = BTreeMap::new();
        for name in names.filter(|name| !there.chains.contains_key(name) && !there.failed.contains_key(name))
        {
            let branch = prefix.branch(&name);
            others.insert(name, aside(branch)?);
        }
        warnings.extend(there.foreign_pins.iter().map(|name| words::foreign_pin(name)));
        Ok(Self { there, quarantine, others, warnings })
    }

    /// Every place of every snapshot.
    fn places(&self) -> Vec<(Place, &Link)> {
        let tiers = self
            .there
            .chains
            .iter()
            .chain(&self.others)
            .flat_map(|(tier, chain)| chain.links.iter().map(|link| (Place::Tier(tier.clone()), link)));
        let pin = |label: &PinLabel, aside: bool| match aside {
            true => Place::PinAside(label.clone()),
            false => Place::Pin(label.clone()),
        };
        let pins = self.there.pins.iter().map(|(label, pinned)| (pin(label, pinned.pin.aside), &pinned.link));
        let safety = self.there.safety.links.iter().map(|link| (Place::Safety, link));
        let quarantine = self.quarantine.links.iter().map(|link| (Place::Quarantine, link));
        let releases = self.there.releases.iter().flat_map(|(tier, all)| {
            all.iter().map(|one| (Place::Release(tier.clone(), one.tag.to_string()), &one.link))
        });
        tiers.chain(releases).chain(pins).chain(safety).chain(quarantine).collect()
    }

    /// Whether a snapshot counts as the project's own past, by any of its places.
    pub(super) fn counts(&self, snapshot: &SnapshotId) -> bool {
        self.places().iter().any(|(place, link)| link.message.snapshot == *snapshot && place.counts())
    }

    /// Returns each snapshot once, oldest first.
    pub(super) fn distinct(&self) -> Vec<Kept> {
        let mut kept: BTreeMap<(DateTime<Utc>, &SnapshotId), Kept> = BTreeMap::new();
        for (place, link) in self.places() {
            let one = kept.entry((link.message.taken, &link.message.snapshot));
            let one = one.or_insert_with(|| Kept { link: link.clone(), places: Vec::new() });
            one.places.push(place);
        }
        kept.into_values().collect()
    }

    /// Finds the snapshot that the run means.
    pub(super) fn select(&self, world: &World<'_>) -> Result<(SnapshotId, Link), Failure> {
        self.find(world, &world.settings.snapshot)
    }

    /// Finds the snapshot that a person named.
    pub(super) fn find(&self, world: &World<'_>, selector: &Selector) -> Result<(SnapshotId, Link), Failure> {
        let settings = world.settings;
        let places = self.places();
        let commits: Vec<[Option<String>; 2]> = places
            .iter()
            .map(|(_, link)| [Some(link.commit.to_string()), link.message.first_commit.clone()])
            .collect();
        let candidates: Vec<Candidate<'_>> = places
            .iter()
            .zip(&commits)
            .map(|((place, link), commits)| Candidate {
                snapshot: &link.message.snapshot,
                place,
                commits: commits.iter().flatten().map(String::as_str).collect(),
            })
            .collect();
        let id = select(selector, settings.tier.as_ref(), settings.time_zone, &candidates)
            .map_err(|error| Failure::failed(sentence(&error.to_string()), error.hints()))?;
        let link =
            places.iter().find(|(_, link)| link.message.snapshot == id).map(|(_, link)| (*link).clone());
        Ok((id, link.expect("what was selected is one of them")))
    }

    /// Returns the verdicts as a run of `auto` would now make them, and what it would promote.
    pub(super) fn judged(&self, facts: &Facts<'_>) -> (Promotion, crate::plan::tiers::Cleanup) {
        let promotion = promote(facts, |_| false);
        let cleanup = clean(facts, &promotion, |_| true);
        (promotion, cleanup)
    }

    /// Returns every snapshot, newest first, with all that is to be said of it.
    pub(super) fn listed(&self, world: &World<'_>) -> Vec<Listed> {
        let none = BTreeSet::new();
        let tiers = self.there.tiers(world);
        let facts = Facts { tiers: &tiers, ..facts(world, &self.there.snapshots, &none) };
        let (_, cleanup) = self.judged(&facts);
        let verdicts: BTreeMap<(&TierName, &SnapshotId), &Verdict> = cleanup
            .tiers
            .iter()
            .flat_map(|judged| judged.verdicts.iter().map(|one| ((&judged.tier, &one.snapshot), one)))
            .collect();
        let mut listed: BTreeMap<&SnapshotId, Listed> = BTreeMap::new();
        for (place, link) in self.places() {
            let Message { snapshot, taken, size, .. } = &link.message;
            let (kept, until) = match &place {
                Place::Tier(tier) | Place::Release(tier, _) => match verdicts.get(&(tier, snapshot)) {
                    Some(verdict) => {
                        let period =
                            world.settings.tiers.find(tier).map_or(Period::Every, |tier| tier.period);
                        (verdict.keep.iter().map(words::keeps).collect(), words::may_go(verdict, period))
                    }
                    None => (vec![words::NO_TIER.to_owned()], "never by itself".to_owned()),
                },
                Place::Pin(label) | Place::PinAside(label) => {
                    let (kept, until) = words::pinned(&self.there.pins[label].pin);
                    (vec![kept], until)
                }
                Place::Safety => {
                    let within = TimeDelta::from_std(world.settings.safety).unwrap_or_default();
                    (vec!["before a restore".to_owned()], words::on(*taken + within))
                }
                Place::Quarantine => {
                    (vec!["set aside".to_owned()], "when six newer are set aside".to_owned())
                }
            };
            let entry = listed.entry(snapshot).or_insert_with(|| Listed {
                snapshot: snapshot.clone(),
                taken: *taken,
                size: *size,
                places: Vec::new(),
            });
            entry.places.push(Placed { place, commit: link.commit.to_string(), kept, until });
        }
        let mut listed: Vec<Listed> = listed.into_values().collect();
        listed.iter_mut().for_each(|one| one.places.sort_by(|a, b| a.place.cmp(&b.place)));
        listed.sort_by(|a, b| (b.taken, &b.snapshot).cmp(&(a.taken, &a.snapshot)));
        listed
    }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}
