//! The documents of a restore: which resources are in its scope, and what is written of each.
//!
//! In the scope is what was selected, and of what that names whatever is not there any more. What names something that is made anew is
//! relinked, also from outside the scope: it holds an id that leads nowhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::fields::{Stored, Written, create, update};
use super::ids::{Ids, Pairs, each_text};
use super::steps::{Act, Loss, Lost, Step, Thing, Why};
use crate::snapshot::{Kind, PartName, Resource, Restorable};

/// What deciding needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The snapshot's resources.
    pub stored: &'a [Resource],
    /// Where secrets were taken out of their documents: JSON pointers, by the place in `stored`.
    pub redacted: &'a BTreeMap<usize, Vec<String>>,
    /// The project's resources, as a snapshot would have them.
    pub live: &'a [Resource],
    /// The same as the server gave them, with their secrets.
    pub raw: &'a [Resource],
    /// Whether what names a resource that is made anew is made to name the new one.
    pub relink: bool,
    /// Whether resources go that the snapshot has not got.
    pub delete_extra: bool,
}

/// What is written, and what cannot be.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Documents {
    /// The requests, in an order in which each has what it needs.
    pub steps: Vec<Step>,
    /// What cannot be brought back.
    pub lost: Vec<Lost>,
    /// The snapshot's resources in scope, by their places.
    pub scope: BTreeSet<usize>,
}

/// Plans the documents of the resources that are `selected`.
#[must_use]
pub fn documents(facts: &Facts<'_>, selected: impl Fn(&Resource) -> bool) -> Documents {
    let pairs = Pairs::of(facts.stored, facts.live);
    let mut ids = Ids::default();
    for (at, one) in facts.stored.iter().enumerate() {
        ids.note_resource(one, pairs.get(at).map(|live| &facts.live[live]));
    }
    let mut planner = Planner {
        facts,
        owners: owners(facts.stored),
        pairs,
        ids,
        needed: BTreeMap::new(),
        made: BTreeMap::new(),
        plan: Documents::default(),
    };
    planner.find_scope(&selected);
    planner.write();
    if facts.relink {
        planner.relink();
    }
    if facts.delete_extra {
        planner.delete(&selected);
    }
    planner.plan
}

/// Returns the place of the resource that each id of the snapshot is of.
fn owners(stored: &[Resource]) -> HashMap<&str, usize> {
    let ids = stored.iter().enumerate();
    ids.flat_map(|(at, one)| [(one.id.as_str(), at), (one.reference_id.as_str(), at)]).collect()
}

struct Planner<'a> {
    facts: &'a Facts<'a>,
    owners: HashMap<&'a str, usize>,
    pairs: Pairs,
    ids: Ids,
    /// What is in scope because something names it.
    needed: BTreeMap<usize, String>,
    /// The step that makes a resource, by its place.
    made: BTreeMap<usize, usize>,
    plan: Documents,
}

impl<'a> Planner<'a> {
    /// Finds what is in scope: what is selected, and what of it is named and not there.
    fn find_scope(&mut self, selected: &impl Fn(&Resource) -> bool) {
        let stored = self.facts.stored;
        let mut open: Vec<usize> = (0..stored.len()).filter(|at| selected(&stored[*at])).collect();
        while let Some(at) = open.pop() {
            if !self.plan.scope.insert(at) {
                continue;
            }
            for named in self.names(&stored[at]) {
                let is_there = self.pairs.get(named).is_some() || self.pairs.ambiguous.contains(&named);
                if named != at && !is_there && !self.plan.scope.contains(&named) {
                    self.needed.entry(named).or_insert_with(|| stored[at].name.clone());
                    open.push(named);
                }
            }
        }
        // What was asked for is not there because something names it.
        self.needed.retain(|at, _| !selected(&stored[*at]));
    }

    /// Returns the snapshot's resources that one names, its owner among them.
    fn names(&self, one: &Resource) -> BTreeSet<usize> {
        let mut named = BTreeSet::new();
        let mut note = |text: &str| named.extend(self.owners.get(text));
        one.owner.iter().for_each(|owner| note(owner));
        for part in &one.parts {
            each_text(&part.value, &mut note);
        }
        named
    }

    fn write(&mut self) {
        let stored = self.facts.stored;
        for kind in Kind::ALL {
            let of_kind: Vec<usize> =
                self.plan.scope.iter().copied().filter(|at| stored[*at].kind == kind).collect();
            let mut later = Vec::new();
            for at in of_kind {
                match self.pairs.get(at) {
                    Some(live) => self.update(at, live),
                    None => later.extend(self.create(at)),
                }
            }
            // What names another of its kind can be said when all of them are there.
            for (at, fields) in later {
                let after = self.needs(&fields).chain(self.made.get(&at).copied()).collect();
                let on = Thing::of(&stored[at]);
                self.push(Step {
                    act: Act::Update,
                    on,
                    fields,
                    found: Map::new(),
                    after,
                    why: Why::Completed,
                });
            }
        }
    }

    fn update(&mut self, at: usize, live: usize) {
        let (stored, facts) = (&self.facts.stored[at], self.facts);
        let (Some(document), Some(now), Some(raw)) =
            (document(stored), document(&facts.live[live]), document(&facts.raw[live]))
        else {
            return;
        };
        let stored_document = Stored { document, redacted: self.redacted(at) };
        let written = update(stored_document, now, raw, &self.ids, stored.kind.writable().update);
        self.tell(at, &written);
        if written.fields.is_empty() {
            return;
        }
        let after = self.needs(&written.fields).collect();
        let (on, why) = (Thing::of(stored), self.why(at));
        let Written { fields, found, .. } = written;
        self.push(Step { act: Act::Update, on, fields, found, after, why });
    }

    /// Plans to make a resource; returns the fields that name others of its kind that are made too.
    fn create(&mut self, at: usize) -> Option<(usize, Map<String, Value>)> {
        let stored = &self.facts.stored[at];
        let on = Thing::of(stored);
        if self.pairs.ambiguous.contains(&at) {
            self.plan.lost.push(Lost { on, what: Loss::Ambiguous });
            return None;
        }
        match stored.kind.facts().restorable {
            Restorable::No(why) | Restorable::UpdateOnly(why) if stored.kind != Kind::Endpoints => {
                self.plan.lost.push(Lost { on, what: Loss::NotMade { why } });
                return None;
            }
            Restorable::InPart(why) | Restorable::UpdateOnly(why) => {
                self.plan.lost.push(Lost { on: on.clone(), what: Loss::InPart { why } });
            }
            Restorable::Yes | Restorable::No(_) => {}
        }
        let document = document(stored)?;
        let written = create(Stored { document, redacted: self.redacted(at) }, stored.kind.writable().create);
        self.tell(at, &written);
        let names_same = |value: &Value| {
            let mut same = false;
            each_text(value, &mut |text| {
                let named = self.owners.get(text);
                same |= named.is_some_and(|named| {
                    self.facts.stored[*named].kind == stored.kind && self.pairs.get(*named).is_none()
                });
            });
            same
        };
        let (later, now): (Map<_, _>, Map<_, _>) =
            written.fields.into_iter().partition(|(_, value)| names_same(value));
        let owner = stored.owner.as_deref().and_then(|owner| self.owners.get(owner));
        let owner = owner.and_then(|owner| self.made.get(owner)).copied();
        let after = self.needs(&now).chain(owner).collect();
        let why = self.why(at);
        let step = self.push(Step { act: Act::Create, on, fields: now, found: Map::new(), after, why });
        self.made.insert(at, step);
        (!later.is_empty()).then_some((at, later))
    }

    /// Makes what names something that is made anew name the new one: what it says now, with other ids.
    fn relink(&mut self) {
        let facts = self.facts;
        for (at, one) in facts.stored.iter().enumerate() {
            let Some(live) = self.pairs.get(at).map(|live| &facts.live[live]) else { continue };
            if !self.names(one).iter().any(|named| self.made.contains_key(named)) {
                continue;
            }
            let Some(now) = document(live) else { continue };
            let known = |step: &Step| step.on.kind == one.kind && step.on.id == one.id;
            let written: BTreeSet<&str> = self
                .plan
                .steps
                .iter()
                .filter(|step| known(step))
                .flat_map(|step| step.fields.keys())
                .map(String::as_str)
                .collect();
            let dangles = |value: &Value| {
                let mut dangles = false;
                each_text(value, &mut |text| {
                    dangles |= self.owners.get(text).is_some_and(|named| self.made.contains_key(named));
                });
                dangles
            };
            let fields: Map<String, Value> = now
                .iter()
                .filter(|(key, _)| one.kind.writable().update.has(key) && !written.contains(key.as_str()))
                .filter(|(_, value)| dangles(value))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            if fields.is_empty() {
                continue;
            }
            let (found, after) = (fields.clone(), self.needs(&fields).collect());
            let on = Thing::of(one);
            self.push(Step { act: Act::Update, on, fields, found, after, why: Why::Relinked });
        }
    }

    /// Deletes what the snapshot has not got, of what is selected: what others belong to last.
    fn delete(&mut self, selected: &impl Fn(&Resource) -> bool) {
        let there: BTreeSet<usize> =
            (0..self.facts.stored.len()).filter_map(|at| self.pairs.get(at)).collect();
        let extra =
            self.facts.live.iter().enumerate().filter(|(at, one)| !there.contains(at) && selected(one));
        let mut extra: Vec<&Resource> = extra.map(|(_, one)| one).filter(|one| goes(one.kind)).collect();
        extra.sort_by_key(|one| std::cmp::Reverse(one.kind));
        let gone: BTreeSet<&str> = extra.iter().map(|one| one.id.as_str()).collect();
        for one in extra {
            // It goes with what it belongs to.
            if one.owner.as_deref().is_some_and(|owner| gone.contains(owner)) {
                continue;
            }
            let on = Thing::of(one);
            let step = Step {
                act: Act::Delete,
                on,
                fields: Map::new(),
                found: Map::new(),
                after: BTreeSet::new(),
                why: Why::Extra,
            };
            self.push(step);
        }
    }

    fn push(&mut self, step: Step) -> usize {
        self.plan.steps.push(step);
        self.plan.steps.len() - 1
    }

    /// Notes what of a document cannot be written.
    fn tell(&mut self, at: usize, written: &Written) {
        let on = Thing::of(&self.facts.stored[at]);
        let mut lose = |what| self.plan.lost.push(Lost { on: on.clone(), what });
        if !written.refused.is_empty() {
            lose(Loss::Fields { fields: written.refused.clone() });
        }
        if !written.lacking.is_empty() {
            lose(Loss::Secrets { at: written.lacking.clone() });
        }
        let will_be = |id: &&str| self.owners.get(*id).is_some_and(|named| self.plan.scope.contains(named));
        let mut dangling = BTreeSet::new();
        for value in written.fields.values() {
            dangling.extend(self.ids.missing(value).into_iter().filter(|id| !will_be(id)));
        }
        if !dangling.is_empty() {
            lose(Loss::Dangling { ids: dangling.into_iter().map(str::to_owned).collect() });
        }
    }

    /// Returns the steps that make what these fields name.
    fn needs(&self, fields: &Map<String, Value>) -> impl Iterator<Item = usize> + use<> {
        let mut needs = BTreeSet::new();
        for value in fields.values() {
            each_text(value, &mut |text| {
                needs.extend(self.owners.get(text).and_then(|named| self.made.get(named)));
            });
        }
        needs.into_iter()
    }

    fn redacted(&self, at: usize) -> &'a [String] {
        self.facts.redacted.get(&at).map(Vec::as_slice).unwrap_or_default()
    }

    fn why(&self, at: usize) -> Why {
        match self.needed.get(&at) {
            Some(name) => Why::NeededBy { name: name.clone() },
            None => Why::Selected,
        }
    }
}

/// Whether a restore may delete resources of a kind. What cannot come back as it was goes by no program's hand: an
/// endpoint's address, a connection's secrets, an extension, knowledge; and nothing of what a project is made of.
fn goes(kind: Kind) -> bool {
    !kind.is_single()
        && !matches!(
            kind,
            Kind::Endpoints
                | Kind::Connections
                | Kind::Extensions
                | Kind::KnowledgeStores
                | Kind::KnowledgeSources
                | Kind::HandoverProviders
                | Kind::Locales
        )
}

/// Returns a resource's document: its own read, or, where the list says all there is, its entry.
fn document(resource: &Resource) -> Option<&Map<String, Value>> {
    let part = resource.part(&PartName::Document).or_else(|| resource.part(&PartName::Listed));
    part?.value.as_object()
}

#[cfg(test)]
#[path = "resources_tests.rs"]
mod tests;
