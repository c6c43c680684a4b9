//! What earlier runs left for this one, and what this one leaves: the branch `<prefix>/state`.
//!
//! One commit without a parent, replaced each time; where the server allows no rewriting it is appended to. It goes in the
//! same push as the snapshot. Somebody else's state in its place, or none, costs requests and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::content::Content;
use super::failure::Failure;
use super::gather::Reads;
use super::tip::End;
use super::world::World;
use crate::report::{Entry, Outcome, state as words};
use crate::snapshot::{Facts, Kind, LAYOUT_VERSION, Record, ResourceEntry, Signals, State, content_digest};
use crate::source::cognigy::Captured;
use crate::store::{Access, Error, NewCommit, Oid, RefChange, Store};

/// What earlier runs left.
#[derive(Default)]
pub(super) struct Memory {
    /// The commit that holds it.
    tip: Option<Oid>,
    /// That commit's tree.
    tree: Option<Oid>,
    /// Whether the branch is appended to.
    appended: bool,
    /// What it says; nothing where it says nothing that can be used.
    pub(super) state: Option<State>,
    /// Why it cannot be read, though it is there.
    pub(super) lost: Option<String>,
}

impl Memory {
    /// Reads what is there.
    pub(super) async fn read(world: &World<'_>, store: &mut Store) -> Self {
        let name = world.settings.prefix.state();
        // Whatever is wrong with it costs a reading and no backup; a store that is out of reach says so again soon.
        let read = match store.fetch_ref(&name).await {
            Ok(Some(tip)) => Self::at(world, store, tip),
            Ok(None) => return Self::default(),
            Err(error) => Err(error),
        };
        read.unwrap_or_else(|error| Self {
            tip: store.refs().get(&name).copied(),
            lost: Some(error.to_string()),
            ..Self::default()
        })
    }

    fn at(world: &World<'_>, store: &Store, tip: Oid) -> Result<Self, Error> {
        let commit = store.commit(tip)?;
        let mut files = BTreeMap::new();
        for (path, blob) in store.files(commit.tree)? {
            files.insert(path, store.blob(blob)?);
        }
        let (state, lost) = match State::from_files(&files) {
            // Another project's can be here only after a mistake; it is of no use, and will be replaced.
            Ok(state) => {
                let theirs = world.settings.project.as_ref().is_some_and(|ours| state.project != *ours);
                (Some(state).filter(|_| !theirs), None)
            }
            Err(why) => (None, Some(why)),
        };
        let appended = !commit.parents.is_empty();
        Ok(Self { tip: Some(tip), tree: Some(commit.tree), appended, state, lost })
    }

    /// Returns what was learned about the server.
    pub(super) fn facts(&self) -> Facts {
        self.state.as_ref().map(|state| state.facts.clone()).unwrap_or_default()
    }

    /// Returns when the last run began that read all that it meant to read.
    pub(super) fn confirmed(&self) -> Option<DateTime<Utc>> {
        self.state.as_ref().map(|state| state.confirmed)
    }

    /// Returns what is known of a resource of the newest snapshot: only what is said of the content that it has there.
    pub(super) fn record(&self, end: &End, entry: &ResourceEntry) -> Option<&Record> {
        let state = self.state.as_ref()?;
        let newest = end.manifest.as_ref()?;
        if state.selection != newest.selection {
            return None;
        }
        let record = state.records.get(&(entry.kind, entry.id.clone()))?;
        (record.content == digest_in(end, entry)?).then_some(record)
    }

    /// Returns what a later run needs to know after this capture; nothing where it will read everything again anyway.
    /// Kinds of which `lastChanged` has just been found not to tell the truth are noted, and so are audit events.
    pub(super) fn after(&self, world: &World<'_>, end: &End, content: &Content) -> Option<State> {
        let captured = &content.gathered.captured;
        let share = world.share()?;
        if world.settings.max_carry_age.is_zero() || captured.in_all <= share {
            return None;
        }
        let began = captured.window.started;
        let known = entries(end);
        // Another locale, or another name for one, changes every flow's files, and nobody touched the flow.
        let names = |entries: &[ResourceEntry]| -> BTreeSet<(String, String)> {
            let locales = entries.iter().filter(|entry| entry.kind == Kind::Locales);
            locales.map(|locale| (locale.id.clone(), locale.name.clone())).collect()
        };
        let before = end.manifest.as_ref().map(|newest| names(&newest.resources));
        let same_locales = before == Some(names(&content.gathered.resources));
        // And what is redacted or laid out otherwise, nobody touched either.
        let same_rules = end
            .manifest
            .as_ref()
            .is_some_and(|newest| newest.selection == content.selection() && newest.layout == LAYOUT_VERSION);
        let (mut records, mut facts) = (BTreeMap::new(), captured.facts.clone());
        for resource in &content.gathered.reads {
            // These are read in every run.
            if matches!(resource.kind, Kind::Project | Kind::Locales | Kind::ProjectSettings) {
                continue;
            }
            let key = (resource.kind, resource.id.clone());
            let before = known.get(&(resource.kind, resource.id.as_str()));
            let before = before.and_then(|entry| Some((*entry, self.record(end, entry)?)));
            let signals = captured.signals.get(&key);
            if let Some((entry, record)) = before.filter(|_| same_locales && same_rules) {
                learn(captured, entry, record, signals, resource, &mut facts);
            }
            let before = before.map(|(_, record)| record);
            let record = Record::after(before, resource.content.clone(), signals, &resource.parts, began);
            records.insert(key, record);
        }
        let confirmed = if captured.unread.is_empty() { began } else { self.confirmed().unwrap_or(began) };
        Some(State {
            project: world.project().clone(),
            selection: content.selection().to_owned(),
            ran: began,
            confirmed,
            requests: captured.in_all,
            facts,
            records,
        })
    }

    /// Returns what to push so that the state is kept; nothing where it is there already. It replaces what is there, or,
    /// where that is refused (`append`) or was before, is put on top of it.
    pub(super) fn change(
        &self,
        world: &World<'_>,
        store: &Store,
        state: &State,
        append: bool,
    ) -> Result<Option<RefChange>, Failure> {
        let name = world.settings.prefix.state();
        let mut files = BTreeMap::new();
        for (path, bytes) in state.to_files() {
            files.insert(path, store.write_blob(&bytes)?);
        }
        let tree = store.write_tree(&files)?;
        if self.tree == Some(tree) {
            return Ok(None);
        }
        let parent = self.tip.filter(|_| append || self.appended);
        let message = words::commit(state);
        let commit =
            store.write_commit(NewCommit { tree, parent, message: &message, time: world.clock.now() })?;
        Ok(Some(RefChange { name, expected: self.tip, new: Some(commit) }))
    }
}

/// Says what is remembered of the project.
pub(super) async fn show(world: &World<'_>, entry: &mut Entry) -> Result<(), Failure> {
    let mut store = world.open_store(Access::Read).await?;
    let memory = Memory::read(world, &mut store).await;
    let branch = world.settings.prefix.state();
    let branch = branch.trim_start_matches("refs/heads/");
    branch.clone_into(&mut entry.branch);
    entry.tier.clear();
    if let Some(why) = &memory.lost {
        return Err(Failure::failed(words::lost(branch, why), Vec::new()));
    }
    match &memory.state {
        Some(state) => {
            entry.outcome = Outcome::Success;
            entry.remembered = words::rows(state, world.clock.now());
        }
        None => {
            entry.outcome = Outcome::Skipped;
            entry.reason = Some(words::nothing(branch));
        }
    }
    Ok(())
}

/// Notes the signals that said "unchanged" of a resource that changed.
fn learn(
    captured: &Captured,
    entry: &ResourceEntry,
    before: &Record,
    now: Option<&Signals>,
    resource: &Reads,
    facts: &mut Facts,
) {
    let (Some(seen), Some(now)) = (&before.seen, now) else { return };
    // What was edited under the reading is nobody's lie.
    let moves = captured.moving.iter().any(|moving| moving.kind == resource.kind);
    // Of what is known to have moved and not all read since, more is to be found.
    if before.content == resource.content || before.moved.is_some() || moves {
        return;
    }
    let said = now.last_changed.is_some() && seen.last_changed == now.last_changed;
    if said && resource.last_changed == now.last_changed {
        facts.untold.entry(resource.kind).or_insert(captured.window.started);
    }
    let heard = facts.listening.is_some_and(|since| before.oldest() >= since);
    if heard && captured.touched.denies(&resource.id, entry.owner.as_deref()) {
        facts.unaudited.get_or_insert(captured.window.started);
    }
}

/// Returns the resources of the newest snapshot.
fn entries(end: &End) -> BTreeMap<(Kind, &str), &ResourceEntry> {
    let all = end.manifest.iter().flat_map(|newest| &newest.resources);
    all.map(|entry| ((entry.kind, entry.id.as_str()), entry)).collect()
}

/// Returns the digest of a resource's files in the newest snapshot.
fn digest_in(end: &End, entry: &ResourceEntry) -> Option<String> {
    let newest = end.manifest.as_ref()?;
    let mut files = Vec::new();
    for (path, _) in newest.files_of(entry) {
        files.push((entry.relative(path)?, end.files.get(path)?.to_string()));
    }
    Some(content_digest(files.iter().map(|(path, blob)| (*path, blob.as_str()))))
}

/// Returns the kinds of which it was found now that `lastChanged` does not tell.
pub(super) fn newly_untold(before: &Facts, after: &Facts) -> Vec<Kind> {
    after.untold.keys().filter(|kind| !before.untold.contains_key(kind)).copied().collect()
}
