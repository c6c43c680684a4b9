//! The mode `search`: looks into every snapshot that is kept, each file of all of them once.
//!
//! Snapshots that follow each other share nearly all files. All come in one fetch, and what was found in a file is
//! remembered by the file's id; of the files themselves one at a time is in memory.

use std::collections::hash_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use tokio::task::yield_now;

use super::catalogue::{Catalogue, Kept};
use super::failure::Failure;
use super::tip::End;
use super::world::World;
use crate::plan::history::{History, Moment, Said, Sighting, history};
use crate::report::catalogue::Answer;
use crate::report::found::{self as words, Found, FoundIn, HITS, Hit};
use crate::report::{Entry, Outcome};
use crate::snapshot::search::{Hits, NodeSeen, Role, digest, find, nodes, resource_digest};
use crate::snapshot::{Availability, Kind, Manifest, Query, ResourceEntry, TreePath};
use crate::store::{Access, Error, Oid, Store};

/// Looks for what the run was asked for.
pub(super) async fn search(world: &World<'_>, entry: &mut Entry) -> Result<(), Failure> {
    let query = world.settings.query.as_ref().expect("the mode requires a query");
    let mut store = world.open_store(Access::Read).await?;
    let catalogue = Catalogue::read(world, &mut store).await?;
    let kept = catalogue.distinct();
    let commits: Vec<Oid> = kept.iter().map(|one| one.link.commit).collect();
    let lost = store.fetch_all(&commits).await?;
    let lost = lost.into_iter().map(|(commit, error)| (commit, error.problem.to_string())).collect();
    let mut search =
        Search { world, query, store, kept, lost, selections: BTreeMap::new(), references: HashMap::new() };
    let found = match query {
        Query::Text(text) => search.text(text).await?,
        _ => search.things().await?,
    };
    entry.warnings.extend(catalogue.warnings);
    entry.outcome = Outcome::Success;
    for one in &found.snapshots {
        if let Some(why) = &one.unreadable {
            entry.outcome = Outcome::Partial;
            entry.warnings.push(words::unreadable(&one.snapshot, why));
        }
    }
    entry.answer = Some(Answer::Found(Box::new(found)));
    Ok(())
}

/// What one resource or node is known by over all snapshots.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    kind: Kind,
    reference_id: String,
    node: Option<String>,
}

/// What one snapshot has of the things.
struct Seen {
    things: BTreeMap<Key, Sighting>,
    /// The kinds that were not captured: that nothing of them is there says nothing.
    blind: BTreeSet<Kind>,
}

struct Search<'a> {
    world: &'a World<'a>,
    query: &'a Query,
    store: Store,
    /// The snapshots, oldest first.
    kept: Vec<Kept>,
    /// Those that cannot be read, by their commits, and why.
    lost: BTreeMap<Oid, String>,
    /// What the others were to hold.
    selections: BTreeMap<Oid, String>,
    /// The reference ids of resources, by kind and id.
    references: HashMap<(Kind, String), String>,
}

impl Search<'_> {
    /// Reads a snapshot's manifest and the list of its files; nothing where it is lost.
    async fn open(&mut self, commit: Oid) -> Option<End> {
        if self.lost.contains_key(&commit) {
            return None;
        }
        let end = End::at(&mut self.store, commit).await.map_err(|error| error.problem.to_string());
        let end = end.and_then(|end| match end.whole_or_why() {
            Ok(manifest) => {
                self.selections.insert(commit, manifest.selection.clone());
                Ok(end)
            }
            Err(why) => Err(why),
        });
        end.map_err(|why| self.lost.insert(commit, why)).ok()
    }

    /// Looks for a text.
    async fn text(&mut self, text: &str) -> Result<Found, Failure> {
        let secrets = self.world.secrets();
        let clean = |text: &str| secrets.scrub(text);
        let mut known: HashMap<(Oid, Role), Hits> = HashMap::new();
        let mut told = Vec::new();
        let mut sightings: Vec<Option<Sighting>> = Vec::new();
        // Where it was found at all, and what each snapshot says nothing of.
        let (mut found_in, mut blind) = (BTreeSet::new(), Vec::new());
        for at in 0..self.kept.len() {
            let commit = self.kept[at].link.commit;
            let (mut count, mut hits, mut all) = (0, Vec::new(), Vec::new());
            if let Some(end) = self.open(commit).await
                && let Some(manifest) = &end.manifest
            {
                let owners = owners(manifest);
                blind.push(not_read(manifest));
                for (path, blob) in &end.files {
                    let owner = owners.get(path).copied();
                    let role = Role::of(owner.map(|entry| entry.kind), path);
                    let found = match known.entry((*blob, role)) {
                        Slot::Occupied(known) => known.into_mut(),
                        Slot::Vacant(slot) => match self.store.blob(*blob) {
                            Ok(bytes) => {
                                yield_now().await;
                                slot.insert(find(text, role, &bytes, &clean))
                            }
                            Err(error) => {
                                self.lost.insert(commit, error.problem.to_string());
                                break;
                            }
                        },
                    };
                    count += found.count;
                    found_in.extend(owner.filter(|_| found.count > 0).map(|owner| owner.kind));
                    for place in &found.places {
                        all.push(format!("{path}\0{:?}\0{}\0{}", place.node, place.count, place.excerpt));
                        if hits.len() < HITS {
                            hits.push(hit(owner, path, place));
                        }
                    }
                }
            }
            blind.resize(at + 1, BTreeSet::new());
            let digest = digest(all.iter().map(String::as_bytes));
            sightings.push((count > 0).then(|| Sighting { name: String::new(), of: None, digest }));
            told.push((count, hits));
        }
        let told_history = self.history(|at| match &sightings[at] {
            Some(sighting) => Said::Here(sighting),
            None if found_in.is_disjoint(&blind[at]) => Said::Absent,
            None => Said::Nothing,
        });
        let mut told = told.into_iter().map(Some).collect::<Vec<_>>();
        let snapshots = self.told(|at| {
            let (count, hits) = told[at].take().unwrap_or_default();
            (Some(count), hits)
        });
        Ok(Found::text(self.query, snapshots, told_history))
    }

    /// Looks for resources or nodes: first in every snapshot for those that are meant, then for what became of them under
    /// whatever name.
    async fn things(&mut self) -> Result<Found, Failure> {
        let mut charts = HashMap::new();
        let mut wanted = BTreeSet::new();
        for at in 0..self.kept.len() {
            self.learn_names(at).await;
        }
        for at in 0..self.kept.len() {
            let seen = self.look(at, None, &mut charts).await;
            wanted.extend(seen.into_iter().flat_map(|seen| seen.things.into_keys()));
        }
        let mut seen = Vec::new();
        for at in 0..self.kept.len() {
            seen.push(self.look(at, Some(&wanted), &mut charts).await);
        }
        let said = |at: usize, key: &Key| match &seen[at] {
            Some(seen) => match seen.things.get(key) {
                Some(sighting) => Said::Here(sighting),
                None if seen.blind.contains(&key.kind) => Said::Nothing,
                None => Said::Absent,
            },
            None => Said::Nothing,
        };
        let mut things: Vec<(&Key, &Sighting, History)> = Vec::new();
        for key in &wanted {
            let last = seen.iter().rev().flatten().find_map(|seen| seen.things.get(key));
            things.extend(last.map(|last| (key, last, self.history(|at| said(at, key)))));
        }
        things.sort_by(|(a, x, _), (b, y, _)| (a.kind, &x.of, &x.name, a).cmp(&(b.kind, &y.of, &y.name, b)));
        let snapshots = self.told(|at| {
            let here = seen[at].as_ref().map_or(0, |seen| seen.things.len() as u64);
            let is_known = wanted.is_empty() || wanted.iter().any(|key| said(at, key) != Said::Nothing);
            (is_known.then_some(here), Vec::new())
        });
        let things = things.into_iter().map(|(key, last, history)| {
            let reference_id = key.node.as_ref().unwrap_or(&key.reference_id).clone();
            (words::called(key.kind, key.node.is_some(), last), reference_id, history)
        });
        Ok(Found::things(self.query, snapshots, things.collect()))
    }

    /// Notes which reference id belongs to which id: imported content knows of some resources the one alone.
    async fn learn_names(&mut self, at: usize) {
        let Some(end) = self.open(self.kept[at].link.commit).await else { return };
        for entry in end.manifest.iter().flat_map(|manifest| &manifest.resources) {
            if entry.reference_id != entry.id {
                self.references.insert((entry.kind, entry.id.clone()), entry.reference_id.clone());
            }
        }
    }

    fn key(&self, entry: &ResourceEntry) -> Key {
        let known = self.references.get(&(entry.kind, entry.id.clone()));
        let reference_id = known.unwrap_or(&entry.reference_id).clone();
        Key { kind: entry.kind, reference_id, node: None }
    }

    /// Returns the things of a snapshot: those that the query means, or the `wanted` ones; nothing where it is lost.
    async fn look(
        &mut self,
        at: usize,
        wanted: Option<&BTreeSet<Key>>,
        charts: &mut HashMap<Oid, Arc<Vec<NodeSeen>>>,
    ) -> Option<Seen> {
        let commit = self.kept[at].link.commit;
        let end = self.open(commit).await?;
        let manifest = end.manifest.as_ref()?;
        let is_nodes = matches!(self.query, Query::Nodes { .. });
        let owners: HashMap<&str, &str> =
            manifest.resources.iter().map(|entry| (entry.id.as_str(), entry.name.as_str())).collect();
        let mut things = BTreeMap::new();
        for entry in &manifest.resources {
            let key = self.key(entry);
            if !is_nodes {
                let is_meant = match wanted {
                    Some(wanted) => wanted.contains(&key),
                    None => self.query.meets(entry.kind, &entry.name),
                };
                if is_meant {
                    let of = entry.owner.as_ref().and_then(|owner| owners.get(owner.as_str()));
                    let of = of.map(|name| (*name).to_owned());
                    let digest = resource_digest(manifest, entry);
                    things.insert(key, Sighting { name: entry.name.clone(), of, digest });
                }
                continue;
            }
            let is_meant = match wanted {
                Some(wanted) => {
                    wanted.range(&key..).next().is_some_and(|next| next.reference_id == key.reference_id)
                }
                None => self.query.meets(entry.kind, &entry.name),
            };
            if entry.kind != Kind::Flows || !is_meant {
                continue;
            }
            match self.nodes(&end, manifest, entry, charts) {
                Ok(found) => things.extend(found.into_iter().filter_map(|(reference, sighting)| {
                    let is_meant = self.query.meets_node([&sighting.name, &reference]);
                    let key = Key { node: Some(reference), ..key.clone() };
                    wanted.map_or(is_meant, |wanted| wanted.contains(&key)).then_some((key, sighting))
                })),
                Err(error) => {
                    self.lost.insert(commit, error.problem.to_string());
                    return None;
                }
            }
            yield_now().await;
        }
        Some(Seen { things, blind: not_read(manifest) })
    }

    /// Returns the nodes of a flow by their reference ids. One that is the same in all locales is one content.
    fn nodes(
        &self,
        end: &End,
        manifest: &Manifest,
        flow: &ResourceEntry,
        charts: &mut HashMap<Oid, Arc<Vec<NodeSeen>>>,
    ) -> Result<BTreeMap<String, Sighting>, Error> {
        let mut found: BTreeMap<String, (String, BTreeSet<[u8; 32]>)> = BTreeMap::new();
        for (path, _) in manifest.files_of(flow) {
            let (Role::Nodes, Some(blob)) = (Role::of(Some(flow.kind), path), end.files.get(path)) else {
                continue;
            };
            let seen = match charts.get(blob) {
                Some(seen) => Arc::clone(seen),
                None => {
                    let seen = Arc::new(nodes(&self.store.blob(*blob)?));
                    charts.insert(*blob, Arc::clone(&seen));
                    seen
                }
            };
            for node in seen.iter() {
                let (label, digests) = found.entry(node.reference_id.clone()).or_default();
                digests.insert(node.digest);
                if label.is_empty() {
                    label.clone_from(&node.label);
                }
            }
        }
        let sighting = |(reference, (label, digests)): (String, (String, BTreeSet<[u8; 32]>))| {
            let digest = digest(digests.iter().map(<[u8; 32]>::as_slice));
            let name = if label.is_empty() { reference.clone() } else { label };
            (reference, Sighting { name, of: Some(flow.name.clone()), digest })
        };
        Ok(found.into_iter().map(sighting).collect())
    }

    /// Tells the history of one thing over the snapshots that can be read and are the project's own past.
    fn history<'s>(&'s self, said: impl Fn(usize) -> Said<'s>) -> History {
        let is_past = |one: &Kept| one.counts() && !self.lost.contains_key(&one.link.commit);
        let past = self.kept.iter().enumerate().filter(|(_, one)| is_past(one));
        history(past.map(|(at, one)| Moment {
            snapshot: &one.link.message.snapshot,
            selection: self.selections.get(&one.link.commit).map_or("", String::as_str),
            said: said(at),
        }))
    }

    /// Returns what each snapshot is said to have, newest first.
    fn told(&self, mut found: impl FnMut(usize) -> (Option<u64>, Vec<Hit>)) -> Vec<FoundIn> {
        let told = self.kept.iter().enumerate().rev().map(|(at, one)| {
            let unreadable = self.lost.get(&one.link.commit).cloned();
            let (found, hits) = if unreadable.is_none() { found(at) } else { (None, Vec::new()) };
            let (snapshot, taken) = (one.link.message.snapshot.clone(), one.link.message.taken);
            FoundIn { snapshot, taken, places: one.places.clone(), found, hits, unreadable }
        });
        told.collect()
    }
}

fn hit(owner: Option<&ResourceEntry>, path: &TreePath, place: &crate::snapshot::search::Hit) -> Hit {
    let resource = owner.map(|entry| format!("{}/{}", entry.kind, entry.name)).unwrap_or_default();
    let file = owner.and_then(|entry| entry.relative(path)).filter(|below| !below.is_empty());
    Hit {
        resource,
        file: file.unwrap_or(path.as_str()).to_owned(),
        node: place.node.clone(),
        count: place.count,
        text: place.excerpt.clone(),
    }
}

/// Returns the kinds that a snapshot says nothing of.
fn not_read(manifest: &Manifest) -> BTreeSet<Kind> {
    let read = |kind: &Kind| {
        manifest.kinds.get(kind).is_some_and(|summary| summary.availability == Availability::Read)
    };
    Kind::ALL.into_iter().filter(|kind| !read(kind)).collect()
}

/// Returns the resource of each file; of one that several share, the first.
fn owners(manifest: &Manifest) -> HashMap<&TreePath, &ResourceEntry> {
    let mut owners = HashMap::new();
    for entry in &manifest.resources {
        for (path, _) in manifest.files_of(entry) {
            owners.entry(path).or_insert(entry);
        }
    }
    owners
}
