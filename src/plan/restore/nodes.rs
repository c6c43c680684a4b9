//! The nodes of a restore: what stands in a flow's chart, what each node says, and what it says in locales of its own.
//!
//! A flow in scope becomes what the snapshot has: nodes are made, moved, changed and dropped (`chart.rs`). In every other flow nothing is
//! touched but what names something that is made anew.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::chart::{Op, Shape, change};
use super::fields::same;
use super::resources::Planner;
use super::steps::{Act, Loss, Lost, Part, Step, Thing, Why};
use crate::snapshot::{Kind, PartName, Resource};

/// What a node says in all locales alike (dossier §2.4).
const FIELDS: [&str; 6] =
    ["label", "comment", "commentColor", "analyticsLabel", "isEntryPoint", "isDisabled"];
/// What it says in a locale of its own.
const OWN: [&str; 2] = ["config", "mock"];
/// A key for a node of the project that the snapshot has not: no id looks like it.
const EXTRA: &str = "extra ";

/// A node, with what it says in each locale that it has content of its own in.
#[derive(Debug)]
pub(super) struct Node<'a> {
    id: &'a str,
    reference_id: &'a str,
    type_: &'a str,
    excerpt: &'a Map<String, Value>,
    own: BTreeMap<&'a str, &'a Value>,
}

/// A flow's nodes and how they hang together.
#[derive(Debug)]
pub(super) struct Chart<'a> {
    nodes: Vec<Node<'a>>,
    relations: &'a [Value],
}

impl<'a> Chart<'a> {
    /// Reads a flow's chart: the structure as `primary` shows it, which is the same in every locale.
    fn of(flow: &'a Resource, primary: &str) -> Option<Self> {
        let shown = |name: &PartName| matches!(name, PartName::Chart { locale } if locale == primary);
        let any = |name: &PartName| matches!(name, PartName::Chart { .. });
        let mut charts = flow.parts.iter();
        let chart = charts
            .find(|part| shown(&part.name))
            .or_else(|| flow.parts.iter().find(|part| any(&part.name)))?;
        let list = |key: &str| chart.value.get(key).and_then(Value::as_array).map(Vec::as_slice);
        let text = |fields: &'a Map<String, Value>, key: &str| {
            fields.get(key).and_then(Value::as_str).unwrap_or_default()
        };
        let mut nodes: Vec<Node<'a>> = Vec::new();
        for excerpt in list("nodes")?.iter().filter_map(Value::as_object) {
            let (id, reference_id, type_) =
                (text(excerpt, "_id"), text(excerpt, "referenceId"), text(excerpt, "type"));
            nodes.push(Node { id, reference_id, type_, excerpt, own: BTreeMap::new() });
        }
        let places: HashMap<&str, usize> = nodes.iter().enumerate().map(|(at, node)| (node.id, at)).collect();
        for part in &flow.parts {
            if let PartName::Node { node, locale } = &part.name
                && let Some(at) = places.get(node.as_str())
            {
                nodes[*at].own.insert(locale.as_str(), &part.value);
            }
        }
        Some(Self { nodes, relations: list("relations")? })
    }
}

/// Which of the project's nodes each of the snapshot's is: by reference id; what begins and ends a chart; and what is left
/// by type and label where that leaves no choice.
fn pairs<'a>(stored: &[Node<'a>], live: &[Node<'_>]) -> HashMap<&'a str, usize> {
    let mut pairs = HashMap::new();
    let mut taken = BTreeSet::new();
    let rules: [fn(&Node<'_>, &Node<'_>) -> bool; 3] = [
        |one, other| {
            !one.reference_id.is_empty() && one.reference_id == other.reference_id && one.type_ == other.type_
        },
        |one, other| ["start", "end"].contains(&one.type_) && one.type_ == other.type_,
        |one, other| one.type_ == other.type_ && one.excerpt.get("label") == other.excerpt.get("label"),
    ];
    for rule in rules {
        for node in stored {
            if pairs.contains_key(node.id) {
                continue;
            }
            let free = live.iter().enumerate().filter(|(at, other)| !taken.contains(at) && rule(node, other));
            let found: Vec<usize> = free.map(|(at, _)| at).collect();
            let rivals =
                stored.iter().filter(|rival| !pairs.contains_key(rival.id) && rule(rival, node)).count();
            if let ([found], 1) = (found.as_slice(), rivals) {
                taken.insert(*found);
                pairs.insert(node.id, *found);
            }
        }
    }
    pairs
}

/// A flow on both sides.
pub(super) struct Both<'a> {
    flow: &'a Resource,
    wanted: Chart<'a>,
    /// The project's, where the flow is there.
    live: Option<Chart<'a>>,
    pairs: HashMap<&'a str, usize>,
}

impl<'a> Both<'a> {
    fn live_of(&self, node: &Node<'_>) -> Option<&Node<'a>> {
        self.live.as_ref()?.nodes.get(*self.pairs.get(node.id)?)
    }
}

impl<'a> Planner<'a> {
    /// Reads the charts of all flows, so that their nodes' ids are known.
    pub(super) fn read_charts(&mut self) {
        let (stored, live) = (self.facts.stored, self.facts.live);
        let (primary, live_primary) = (primary(stored), primary(live));
        for (at, flow) in stored.iter().enumerate().filter(|(_, one)| one.kind == Kind::Flows) {
            let Some(wanted) = Chart::of(flow, primary) else { continue };
            let live = self.pairs.get(at).and_then(|at| Chart::of(&live[at], live_primary));
            let pairs = live.as_ref().map(|live| pairs(&wanted.nodes, &live.nodes)).unwrap_or_default();
            let both = Both { flow, wanted, live, pairs };
            for node in &both.wanted.nodes {
                let live = both.live_of(node);
                self.ids.note(node.id, live.map(|live| live.id));
                self.ids.note(node.reference_id, live.map(|live| live.reference_id));
                if live.is_none() && self.plan.scope.contains(&at) {
                    self.draft.expect([node.id, node.reference_id]);
                }
            }
            self.charts.insert(at, both);
        }
    }

    /// Plans the nodes of the flows in scope.
    pub(super) fn write_charts(&mut self) {
        let charts = std::mem::take(&mut self.charts);
        for (at, both) in &charts {
            if !self.plan.scope.contains(at) {
                continue;
            }
            let why = self.why(*at);
            match &both.live {
                Some(live) => self.write_chart(both, live, &why),
                None if self.draft.makes(&both.flow.id) => self.make_chart(both, &why),
                None => {}
            }
        }
        self.charts = charts;
    }

    /// Plans the chart of a flow that is there.
    fn write_chart(&mut self, both: &Both<'a>, live: &Chart<'a>, why: &Why) {
        let known: HashMap<&str, &str> =
            both.pairs.iter().map(|(stored, at)| (live.nodes[*at].id, *stored)).collect();
        let key = |id: &str| {
            let known = known.get(id).map(|stored| (*stored).to_owned());
            Some(known.unwrap_or_else(|| format!("{EXTRA}{id}")))
        };
        let is = Shape::of(live.relations, key);
        let shall = Shape::of(both.wanted.relations, |id| Some(id.to_owned()));
        self.apply(both, &is, &shall, why);
        for node in &both.wanted.nodes {
            if let Some(now) = both.live_of(node) {
                self.update_node(both.flow, node, now, why);
            }
        }
    }

    /// Plans the chart of a flow that is made: it comes with its first and its last node.
    fn make_chart(&mut self, both: &Both<'a>, why: &Why) {
        let ends: Vec<&Node<'_>> =
            both.wanted.nodes.iter().filter(|node| ["start", "end"].contains(&node.type_)).collect();
        let shall = Shape::of(both.wanted.relations, |id| Some(id.to_owned()));
        let mut is = Shape::default();
        for pair in ends.iter().map(|node| node.id).collect::<Vec<_>>().chunks(2) {
            is.follow(pair);
        }
        for node in ends {
            self.adopt(both.flow, node, None, why);
        }
        self.apply(both, &is, &shall, why);
    }

    /// Turns what is to be done to a chart into steps.
    fn apply(&mut self, both: &Both<'a>, is: &Shape, shall: &Shape, why: &Why) {
        let nodes: HashMap<&str, &Node<'_>> = both.wanted.nodes.iter().map(|node| (node.id, node)).collect();
        let change = change(is, shall);
        for op in change.ops {
            match op {
                Op::Make { node, at } => {
                    let Some(node) = nodes.get(node.as_str()) else { continue };
                    let on = thing(both.flow, node);
                    let fields = whole(node);
                    let step = Step { place: Some(at), fields, ..Step::new(Act::Create, on, why.clone()) };
                    self.draft.push_making(step, [node.id, node.reference_id]);
                    self.localise(both.flow, node, why);
                }
                Op::Adopt { node, at } => {
                    let Some(node) = nodes.get(node.as_str()) else { continue };
                    self.adopt(both.flow, node, Some(at), why);
                }
                Op::Move { node, at } => {
                    let Some(node) = nodes.get(node.as_str()) else { continue };
                    let on = thing(both.flow, node);
                    self.draft.push(Step { place: Some(at), ..Step::new(Act::Move, on, why.clone()) });
                }
                Op::Drop { node } => {
                    let id = node.strip_prefix(EXTRA).unwrap_or(&node);
                    let live = both.live.iter().flat_map(|live| &live.nodes).find(|node| node.id == id);
                    let Some(live) = live else { continue };
                    self.draft.push(Step::new(Act::Delete, thing(both.flow, live), Why::Extra));
                }
            }
        }
        for node in change.unplaced.iter().filter_map(|node| nodes.get(node.as_str())) {
            self.plan.lost.push(Lost { on: thing(both.flow, node), what: Loss::NoPlace });
        }
    }

    /// Plans to take over a node that the server makes by itself, and to have it say what it should.
    fn adopt(&mut self, flow: &Resource, node: &Node<'_>, at: Option<super::chart::Place>, why: &Why) {
        let on = thing(flow, node);
        let fields = whole(node);
        let step = Step { place: at, fields, ..Step::new(Act::Adopt, on, why.clone()) };
        self.draft.push_making(step, [node.id, node.reference_id]);
        self.localise(flow, node, why);
    }

    /// Plans what a node that is made says in locales of its own, beside the one that it is made in.
    fn localise(&mut self, flow: &Resource, node: &Node<'_>, why: &Why) {
        let made_in = home(node);
        for (locale, own) in node.own.iter().filter(|(locale, _)| Some(**locale) != made_in) {
            self.localise_in(flow, node, locale, own, why);
        }
    }

    fn localise_in(&mut self, flow: &Resource, node: &Node<'_>, locale: &str, own: &Value, why: &Why) {
        let on = || thing(flow, node);
        let locale = || Some(locale.to_owned());
        self.draft.push(Step { locale: locale(), ..Step::new(Act::Localise, on(), why.clone()) });
        self.draft.push_early(Step {
            locale: locale(),
            fields: said(own),
            ..Step::new(Act::Update, on(), why.clone())
        });
    }

    /// Plans what a node that is there says.
    fn update_node(&mut self, flow: &Resource, node: &Node<'_>, now: &Node<'_>, why: &Why) {
        let null = Value::Null;
        let (mut fields, mut found) = (Map::new(), Map::new());
        for key in FIELDS {
            let (wanted, there) =
                (node.excerpt.get(key).unwrap_or(&null), now.excerpt.get(key).unwrap_or(&null));
            if !same(wanted, there) && !wanted.is_null() {
                fields.insert(key.to_owned(), wanted.clone());
                found.insert(key.to_owned(), there.clone());
            }
        }
        if !fields.is_empty() {
            self.draft.push(Step { fields, found, ..Step::new(Act::Update, thing(flow, node), why.clone()) });
        }
        let theirs = |locale: &str| self.ids.get(locale).and_then(|locale| now.own.get(locale)).copied();
        let mut missing = Vec::new();
        for (locale, own) in &node.own {
            let Some(there) = theirs(locale) else {
                missing.push((*locale, *own));
                continue;
            };
            let (mut fields, mut found) = (Map::new(), Map::new());
            for (key, wanted) in said(own) {
                let there = there.get(&key).unwrap_or(&null);
                if !same(&self.ids.translated(&wanted), there) {
                    fields.insert(key.clone(), wanted);
                    found.insert(key, there.clone());
                }
            }
            if !fields.is_empty() {
                let locale = Some((*locale).to_owned());
                let step = Step::new(Act::Update, thing(flow, node), why.clone());
                self.draft.push_early(Step { locale, fields, found, ..step });
            }
        }
        for (locale, own) in missing {
            self.localise_in(flow, node, locale, own, why);
        }
        let kept: BTreeSet<&str> = node.own.keys().filter_map(|locale| self.ids.get(locale)).collect();
        let extra: Vec<String> = now
            .own
            .keys()
            .filter(|locale| !kept.contains(*locale))
            .map(|locale| (*locale).to_owned())
            .collect();
        for locale in extra {
            // The project's id: the snapshot may not know the locale.
            let step = Step::new(Act::Unlocalise, thing(flow, node), Why::Extra);
            self.draft.push(Step { locale: Some(locale), ..step });
        }
    }

    /// Makes nodes name what is made anew: in every flow that is there, and nothing else in it.
    pub(super) fn relink_charts(&mut self) {
        let charts = std::mem::take(&mut self.charts);
        for both in charts.values() {
            for node in &both.wanted.nodes {
                let Some(now) = both.live_of(node) else { continue };
                let on = thing(both.flow, node);
                for locale in node.own.keys() {
                    let there = self.ids.get(locale).and_then(|locale| now.own.get(locale));
                    let dangles = |key: &str, value: &Value| {
                        self.draft.names_made(value) && !self.draft.writes(&on, Some(locale), key)
                    };
                    let fields: Map<String, Value> = there
                        .map(|own| said(own))
                        .unwrap_or_default()
                        .into_iter()
                        .filter(|(key, value)| dangles(key, value))
                        .collect();
                    if fields.is_empty() {
                        continue;
                    }
                    let found = fields.clone();
                    let locale = Some((*locale).to_owned());
                    let step = Step::new(Act::Update, on.clone(), Why::Relinked);
                    self.draft.push(Step { locale, fields, found, ..step });
                }
            }
        }
        self.charts = charts;
    }
}

fn thing(flow: &Resource, node: &Node<'_>) -> Thing {
    let label = node.excerpt.get("label").and_then(Value::as_str).unwrap_or_default();
    let (id, type_) = (node.id.to_owned(), node.type_.to_owned());
    Thing::part_of(flow, Part::Node { id, label: label.to_owned(), type_ })
}

/// Returns the locale in which a node is made: that of which all others are a fallback.
fn home<'n>(node: &Node<'n>) -> Option<&'n str> {
    let shown = node.excerpt.get("localeReference").and_then(Value::as_str);
    shown
        .and_then(|shown| node.own.get_key_value(shown))
        .or_else(|| node.own.first_key_value())
        .map(|(locale, _)| *locale)
}

/// Returns all that is said of a node when it is made.
fn whole(node: &Node<'_>) -> Map<String, Value> {
    let mut fields = Map::new();
    for key in ["type", "extension"].into_iter().chain(FIELDS) {
        let value = node.excerpt.get(key).filter(|value| !value.is_null());
        fields.extend(value.map(|value| (key.to_owned(), value.clone())));
    }
    let own = home(node).and_then(|home| node.own.get(home));
    fields.extend(own.map(|own| said(own)).unwrap_or_default());
    fields
}

/// Returns what a node says in a locale of its own.
fn said(own: &Value) -> Map<String, Value> {
    let said = OWN.into_iter().filter_map(|key| Some((key.to_owned(), own.get(key)?.clone())));
    said.collect()
}

/// Returns the locale that all others fall back to.
fn primary(resources: &[Resource]) -> &str {
    let is_primary = |locale: &&Resource| {
        let listed = locale.part(&PartName::Listed);
        listed.and_then(|part| part.value.get("primary")?.as_bool()).unwrap_or_default()
    };
    let mut locales = resources.iter().filter(|one| one.kind == Kind::Locales);
    locales.find(is_primary).map(|locale| locale.id.as_str()).unwrap_or_default()
}

#[cfg(test)]
#[path = "nodes_tests.rs"]
mod tests;
