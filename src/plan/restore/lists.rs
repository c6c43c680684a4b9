//! What belongs to a resource in lists and is written item by item: a lexicon's slots and entries, a source's chunks, the examples of
//! yes and no.
//!
//! An item is known by its id, and, once it is made anew, by what it is to a person: a slot's name, an entry's phrase, a chunk's place and
//! text. A resource in scope has after a restore the items that the snapshot has, and no others.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::fields::same;
use super::resources::Planner;
use super::steps::{Act, Part, Step, Thing, Why};
use crate::snapshot::{Kind, PartName, Resource};

/// How the items of a list are known and written (dossier §2.7, §2.12, §2.2).
struct Form {
    list: &'static str,
    /// The fields that make an item what it is to a person.
    key: &'static [&'static str],
    /// Those that a write carries.
    fields: &'static [&'static str],
}

fn form(name: &PartName) -> Option<Form> {
    let (list, key, fields): (_, &[_], &[_]) = match name {
        PartName::Slots => ("slots", &["name"], &["name"]),
        PartName::Entries => {
            ("entries", &["mainKeyphrase"], &["mainKeyphrase", "slotReferences", "data", "keyphrases"])
        }
        PartName::Chunks => ("chunks", &["order", "text"], &["order", "text", "data", "disabled"]),
        PartName::Sentences { .. } => ("sentences", &["text"], &["text"]),
        _ => return None,
    };
    Some(Form { list, key, fields })
}

/// The order in which lists are written: an entry names slots.
fn order(name: &PartName) -> u8 {
    u8::from(matches!(name, PartName::Entries))
}

fn items<'r>(resource: &'r Resource, name: &PartName) -> Vec<&'r Map<String, Value>> {
    let part = resource.part(name).and_then(|part| part.value.as_array());
    part.map(Vec::as_slice).unwrap_or_default().iter().filter_map(Value::as_object).collect()
}

fn id(item: &Map<String, Value>) -> &str {
    item.get("_id").and_then(Value::as_str).unwrap_or_default()
}

/// Returns what a person knows an item by.
fn name(form: &Form, item: &Map<String, Value>) -> String {
    let text = |key: &&str| match item.get(*key) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    form.key.iter().map(text).collect::<Vec<_>>().join(" ")
}

/// Returns the place of each of the snapshot's items among the project's: by id, then by name where that leaves no choice.
fn pairs(form: &Form, stored: &[&Map<String, Value>], live: &[&Map<String, Value>]) -> Vec<Option<usize>> {
    let by_id: HashMap<&str, usize> = live.iter().enumerate().map(|(at, item)| (id(item), at)).collect();
    let mut taken = BTreeSet::new();
    let mut pairs: Vec<Option<usize>> = stored
        .iter()
        .map(|item| by_id.get(id(item)).copied().filter(|at| !id(item).is_empty() && taken.insert(*at)))
        .collect();
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, item) in live.iter().enumerate().filter(|(at, _)| !taken.contains(at)) {
        by_name.entry(name(form, item)).or_default().push(at);
    }
    for (at, item) in stored.iter().enumerate() {
        if pairs[at].is_none() {
            // Of several alike one is as good as another.
            pairs[at] = by_name
                .get_mut(&name(form, item))
                .and_then(|same| if same.is_empty() { None } else { Some(same.remove(0)) });
        }
    }
    pairs
}

/// Returns a value without the ids that the server gives to what is in it, and its lists of objects in one order.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(key, _)| *key != "_id")
            .map(|(key, value)| (key.clone(), plain(value)))
            .collect(),
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(plain).collect();
            if items.iter().all(Value::is_object) {
                items.sort_by_cached_key(ToString::to_string);
            }
            Value::Array(items)
        }
        other => other.clone(),
    }
}

/// Returns the project's list that one of the snapshot's is: of examples, that of the same intent.
fn theirs(name: &PartName, stored: &Resource, live: &Resource) -> PartName {
    let PartName::Sentences { intent } = name else { return name.clone() };
    let listed = |of: &Resource| of.part(&PartName::Listed).and_then(|part| part.value.as_object()).cloned();
    let key = listed(stored).and_then(|all| all.into_iter().find(|(_, one)| one["_id"] == intent.as_str()));
    let same = key.and_then(|(key, _)| listed(live)?.get(&key)?.get("_id")?.as_str().map(str::to_owned));
    PartName::Sentences { intent: same.unwrap_or_else(|| intent.clone()) }
}

impl Planner<'_> {
    /// Notes the ids of items, which others name.
    pub(super) fn read_lists(&mut self) {
        let (stored, live) = (self.facts.stored, self.facts.live);
        for (at, one) in stored.iter().enumerate().filter(|(_, one)| one.kind == Kind::Lexicons) {
            let there = self.pairs.get(at).map(|at| &live[at]);
            let slots = items(one, &PartName::Slots);
            let now = there.map(|there| items(there, &PartName::Slots)).unwrap_or_default();
            let Some(form) = form(&PartName::Slots) else { continue };
            for (slot, pair) in slots.iter().zip(pairs(&form, &slots, &now)) {
                self.ids.note(id(slot), pair.map(|at| id(now[at])));
                if pair.is_none() && self.plan.scope.contains(&at) {
                    self.draft.expect([id(slot)]);
                }
            }
        }
    }

    /// Plans the items of what is in scope.
    pub(super) fn write_lists(&mut self) {
        let (stored, live) = (self.facts.stored, self.facts.live);
        for at in self.plan.scope.clone() {
            let (one, there) = (&stored[at], self.pairs.get(at).map(|at| &live[at]));
            if there.is_none() && !self.draft.makes(&one.id) {
                continue;
            }
            let why = self.why(at);
            let mut names: Vec<&PartName> =
                one.parts.iter().map(|part| &part.name).filter(|name| form(name).is_some()).collect();
            names.sort_by_key(|name| order(name));
            for name in names {
                self.write_list(one, there, name, &why);
            }
        }
    }

    fn write_list(&mut self, one: &Resource, there: Option<&Resource>, part: &PartName, why: &Why) {
        let Some(form) = form(part) else { return };
        let wanted = items(one, part);
        let now = there.map(|there| items(there, &theirs(part, one, there))).unwrap_or_default();
        let pairs = pairs(&form, &wanted, &now);
        let thing = |item: &Map<String, Value>| {
            let (list, id, name) = (form.list.to_owned(), id(item).to_owned(), name(&form, item));
            Thing::part_of(one, Part::Item { list, id, name })
        };
        for (item, pair) in wanted.iter().zip(&pairs) {
            let fields =
                form.fields.iter().filter_map(|key| Some(((*key).to_owned(), item.get(*key)?.clone())));
            let fields: Map<String, Value> = fields.collect();
            let Some(there) = pair.map(|at| now[at]) else {
                let step = Step { fields, ..Step::new(Act::Create, thing(item), why.clone()) };
                self.draft.push_making(step, [id(item), ""]);
                continue;
            };
            let null = Value::Null;
            let differs = |key: &String, value: &Value| {
                !same(&plain(&self.ids.translated(value)), &plain(there.get(key).unwrap_or(&null)))
            };
            let fields: Map<String, Value> =
                fields.into_iter().filter(|(key, value)| differs(key, value)).collect();
            if !fields.is_empty() {
                let found =
                    fields.keys().filter_map(|key| Some((key.clone(), there.get(key)?.clone()))).collect();
                let step = Step::new(Act::Update, thing(item), why.clone());
                self.draft.push_early(Step { fields, found, ..step });
            }
        }
        let kept: BTreeSet<usize> = pairs.into_iter().flatten().collect();
        for (_, extra) in now.iter().enumerate().filter(|(at, _)| !kept.contains(at)) {
            self.draft.push_last(Step::new(Act::Delete, thing(extra), Why::Extra));
        }
    }
}
