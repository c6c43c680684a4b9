//! The documents of a restore: which resources are in its scope, and what is written of each.
//!
//! In the scope is what was selected, and of what that names whatever is not there any more. What names something that is made anew is
//! relinked, also from outside the scope: it holds an id that leads nowhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::fields::{Stored, Written, create, of_field, update};
use super::ids::{Ids, Pairs, each_text};
use super::nodes::Both;
use super::steps::{Act, Draft, Loss, Lost, Step, Thing, Why};
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
        charts: BTreeMap::new(),
        draft: Draft::default(),
        plan: Documents::default(),
    };
    planner.find_scope(&selected);
    planner.expect();
    planner.read_charts();
    planner.read_lists();
    planner.write();
    planner.write_lists();
    planner.write_charts();
    planner.draft.complete();
    if facts.relink {
        planner.relink();
        planner.relink_charts();
    }
    if facts.delete_extra {
        planner.delete(&selected);
    }
    Documents { steps: planner.draft.finish(), ..planner.plan }
}

/// Returns the place of the resource that each id of the snapshot is of.
fn owners(stored: &[Resource]) -> HashMap<&str, usize> {
    let ids = stored.iter().enumerate();
    ids.flat_map(|(at, one)| [(one.id.as_str(), at), (one.reference_id.as_str(), at)]).collect()
}

/// A plan that is being made.
pub(super) struct Planner<'a> {
    pub(super) facts: &'a Facts<'a>,
    owners: HashMap<&'a str, usize>,
    pub(super) pairs: Pairs,
    pub(super) ids: Ids,
    /// What is in scope because something names it.
    needed: BTreeMap<usize, String>,
    /// The flows' charts, by the flows' places.
    pub(super) charts: BTreeMap<usize, Both<'a>>,
    pub(super) draft: Draft,
    pub(super) plan: Documents,
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

    /// Notes what will be made.
    fn expect(&mut self) {
        for at in &self.plan.scope {
            let one = &self.facts.stored[*at];
            if self.pairs.get(*at).is_none() && self.can_be_made(*at) {
                self.draft.expect([one.id.as_str(), one.reference_id.as_str()]);
            }
        }
    }

    fn can_be_made(&self, at: usize) -> bool {
        let kind = self.facts.stored[at].kind;
        let makes = match kind.facts().restorable {
            Restorable::Yes | Restorable::InPart(_) => true,
            // A new endpoint is another address, and better than none.
            Restorable::UpdateOnly(_) => kind == Kind::Endpoints,
            Restorable::No(_) => false,
        };
        makes && !self.pairs.ambiguous.contains(&at)
    }

    fn write(&mut self) {
        let mut scope: Vec<usize> = self.plan.scope.iter().copied().collect();
        scope.sort_by_key(|at| self.facts.stored[*at].kind);
        for at in scope {
            match self.pairs.get(at) {
                Some(live) => self.update(at, live),
                None => self.create(at),
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
        let Written { fields, found, fills, .. } = written;
        let step = Step::new(Act::Update, Thing::of(stored), self.why(at));
        self.draft.push(Step { fields, found, fills, ..step });
    }

    fn create(&mut self, at: usize) {
        let stored = &self.facts.stored[at];
        let on = Thing::of(stored);
        let can_be_made = self.can_be_made(at);
        let what = match stored.kind.facts().restorable {
            _ if self.pairs.ambiguous.contains(&at) => Some(Loss::Ambiguous),
            Restorable::InPart(why) => Some(Loss::InPart { why }),
            Restorable::UpdateOnly(why) if can_be_made => Some(Loss::InPart { why }),
            Restorable::UpdateOnly(why) | Restorable::No(why) => Some(Loss::NotMade { why }),
            Restorable::Yes => None,
        };
        self.plan.lost.extend(what.map(|what| Lost { on: on.clone(), what }));
        let Some(document) = document(stored).filter(|_| can_be_made) else { return };
        let redacted = self.redacted(at);
        let written = create(Stored { document, redacted }, stored.kind.writable().create);
        self.tell(at, &written);
        let step = Step { fields: written.fields, ..Step::new(Act::Create, on, self.why(at)) };
        self.draft.push_making(step, [&stored.id, &stored.reference_id]);
    }

    /// Makes what names something that is made anew name the new one: what it says now, with other ids.
    fn relink(&mut self) {
        let facts = self.facts;
        for (at, one) in facts.stored.iter().enumerate() {
            let Some(now) = self.pairs.get(at).and_then(|live| document(&facts.live[live])) else { continue };
            let on = Thing::of(one);
            let dangles = |key: &str, value: &Value| {
                one.kind.writable().update.has(key)
                    && self.draft.names_made(value)
                    && !self.draft.writes(&on, None, key)
            };
            let fields: Map<String, Value> = now
                .iter()
                .filter(|(key, value)| dangles(key, value))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            if !fields.is_empty() {
                let found = fields.clone();
                let is_in = |pointer: &&String| {
                    fields.keys().any(|key| of_field(std::slice::from_ref(*pointer), key).next().is_some())
                };
                let fills = self.redacted(at).iter().filter(is_in).cloned().collect();
                self.draft.push(Step { fields, found, fills, ..Step::new(Act::Update, on, Why::Relinked) });
            }
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
            self.draft.push_last(Step::new(Act::Delete, Thing::of(one), Why::Extra));
        }
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
        let mut dangling = BTreeSet::new();
        for value in written.fields.values() {
            dangling.extend(self.ids.missing(value).into_iter().filter(|id| !self.draft.makes(id)));
        }
        if !dangling.is_empty() {
            lose(Loss::Dangling { ids: dangling.into_iter().map(str::to_owned).collect() });
        }
    }

    fn redacted(&self, at: usize) -> &'a [String] {
        self.facts.redacted.get(&at).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn why(&self, at: usize) -> Why {
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
