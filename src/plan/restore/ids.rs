//! Whose id is whose: what the snapshot calls a thing, and what the project calls it now.
//!
//! A resource keeps its reference id over Cognigy Snapshots and packages and loses its `_id`; made anew by a person or by
//! us it loses both. Configurations name others by either. So every text in a document that is, whole, an id which the
//! snapshot knows stands for that thing, and is written as the project's id of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use crate::snapshot::{Kind, Resource};

/// Which of the project's resources each of the snapshot's is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairs {
    /// The place among the project's resources, by that among the snapshot's.
    live: BTreeMap<usize, usize>,
    /// What may be either of several, by name: nothing is guessed.
    pub ambiguous: Vec<usize>,
}

impl Pairs {
    /// Pairs resources: by reference id, and what is left by kind, owner and name where that leaves no choice.
    #[must_use]
    pub fn of(stored: &[Resource], live: &[Resource]) -> Self {
        let mut pairs = Self::default();
        let mut taken = BTreeSet::new();
        let by_reference: HashMap<(Kind, &str), usize> =
            live.iter().enumerate().map(|(at, one)| ((one.kind, one.reference_id.as_str()), at)).collect();
        for (at, one) in stored.iter().enumerate() {
            // What there is one of is that one.
            let single = one.kind.is_single() && one.kind.owner().is_none();
            let only = || live.iter().position(|other| other.kind == one.kind).filter(|_| single);
            let found = by_reference.get(&(one.kind, one.reference_id.as_str())).copied().or_else(only);
            if let Some(found) = found.filter(|found| taken.insert(*found)) {
                pairs.live.insert(at, found);
            }
        }
        // Owners stand before what they own, so that theirs are known.
        for kind in Kind::ALL {
            let of_kind = |all: &[Resource]| -> Vec<usize> {
                (0..all.len()).filter(|at| all[*at].kind == kind).collect()
            };
            let (ours, theirs) = (of_kind(stored), of_kind(live));
            for at in ours.iter().copied().filter(|at| !pairs.live.contains_key(at)).collect::<Vec<_>>() {
                let one = &stored[at];
                let owner = one.owner.as_ref().map(|owner| pairs.owner(stored, live, kind, owner));
                let is_it = |other: &&usize| {
                    let other = &live[**other];
                    let same_owner = match (&owner, &other.owner) {
                        (None, None) => true,
                        (Some(Some(ours)), Some(theirs)) => ours == theirs,
                        _ => false,
                    };
                    same_owner && (other.name == one.name || kind.is_single())
                };
                let free = |at: &&usize| !taken.contains(*at);
                let same: Vec<usize> = theirs.iter().filter(free).filter(is_it).copied().collect();
                let rivals = ours
                    .iter()
                    .filter(|rival| !pairs.live.contains_key(rival))
                    .filter(|rival| stored[**rival].name == one.name && stored[**rival].owner == one.owner);
                match (same.as_slice(), rivals.count()) {
                    ([], _) => {}
                    ([found], 1) => {
                        taken.insert(*found);
                        pairs.live.insert(at, *found);
                    }
                    _ => pairs.ambiguous.push(at),
                }
            }
        }
        pairs
    }

    /// Returns the place of the project's resource that the snapshot's at `stored` is.
    #[must_use]
    pub fn get(&self, stored: usize) -> Option<usize> {
        self.live.get(&stored).copied()
    }

    /// Returns the project's id of an owner.
    fn owner(&self, stored: &[Resource], live: &[Resource], kind: Kind, owner: &str) -> Option<String> {
        let of = kind.owner()?;
        let at = stored.iter().position(|one| one.kind == of && one.id == owner)?;
        Some(live[self.get(at)?].id.clone())
    }
}

/// The project's ids of what the snapshot knows.
#[derive(Debug, Clone, Default)]
pub struct Ids {
    /// What each id of the snapshot is now; nothing where it is not there.
    now: HashMap<String, Option<String>>,
}

impl Ids {
    /// Notes that the snapshot knows an id, and what it is now, where it is there.
    pub fn note(&mut self, was: &str, now: Option<&str>) {
        if was.is_empty() {
            return;
        }
        let known = self.now.entry(was.to_owned()).or_default();
        // A project id that two things share is each one's own.
        if known.is_none() {
            *known = now.map(str::to_owned);
        }
    }

    /// Notes both ids of a resource.
    pub fn note_resource(&mut self, stored: &Resource, live: Option<&Resource>) {
        self.note(&stored.id, live.map(|live| live.id.as_str()));
        self.note(&stored.reference_id, live.map(|live| live.reference_id.as_str()));
    }

    /// Returns what an id of the snapshot is now; itself, where the snapshot does not know it.
    #[must_use]
    pub fn get<'a>(&'a self, was: &'a str) -> Option<&'a str> {
        match self.now.get(was) {
            Some(now) => now.as_deref(),
            None => Some(was),
        }
    }

    /// Writes a value of the snapshot with the project's ids. What is not there keeps the snapshot's.
    #[must_use]
    pub fn translated(&self, value: &Value) -> Value {
        let text = |text: &str| self.get(text).unwrap_or(text).to_owned();
        match value {
            Value::String(was) => Value::String(text(was)),
            Value::Array(items) => items.iter().map(|item| self.translated(item)).collect(),
            Value::Object(fields) => {
                let fields = fields.iter().map(|(key, value)| (text(key), self.translated(value)));
                Value::Object(fields.collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }

    /// Returns the ids in a value of the snapshot that it knows and the project has not.
    #[must_use]
    pub fn missing<'v>(&self, value: &'v Value) -> BTreeSet<&'v str> {
        let mut missing = BTreeSet::new();
        each_text(value, &mut |text| {
            if matches!(self.now.get(text), Some(None)) {
                missing.insert(text);
            }
        });
        missing
    }
}

/// Calls `with` for each text and each key in a value.
pub(super) fn each_text<'v>(value: &'v Value, with: &mut impl FnMut(&'v str)) {
    match value {
        Value::String(text) => with(text),
        Value::Array(items) => items.iter().for_each(|item| each_text(item, with)),
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            with(key);
            each_text(value, with);
        }),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::snapshot::Times;

    fn resource(kind: Kind, id: &str, reference: &str, name: &str, owner: Option<&str>) -> Resource {
        Resource {
            kind,
            owner: owner.map(str::to_owned),
            reference_id: reference.to_owned(),
            id: id.to_owned(),
            name: name.to_owned(),
            times: Times::default(),
            parts: Vec::new(),
        }
    }

    #[test]
    fn resources_are_paired_by_reference_then_by_name_and_never_guessed() {
        use Kind::{FlowStates, Flows, ProjectSettings};
        let stored = [
            resource(ProjectSettings, "p1", "p1", "settings", None),
            resource(Flows, "f1", "r1", "Main", None),
            resource(Flows, "f2", "r2", "Help", None),
            resource(Flows, "f3", "r3", "Twin", None),
            resource(FlowStates, "s1", "q1", "Start", Some("f1")),
            resource(FlowStates, "s2", "q2", "Start", Some("f2")),
        ];
        let live = [
            resource(ProjectSettings, "p9", "p9", "settings", None),
            // Renamed, and found; made anew, and found by its name; two of one name.
            resource(Flows, "g1", "r1", "Main flow", None),
            resource(Flows, "g2", "x2", "Help", None),
            resource(Flows, "g3", "x3", "Twin", None),
            resource(Flows, "g4", "x4", "Twin", None),
            resource(FlowStates, "t2", "y2", "Start", Some("g2")),
        ];
        let pairs = Pairs::of(&stored, &live);
        let found: Vec<_> = (0..stored.len()).map(|at| pairs.get(at)).collect();
        assert_eq!(found, [Some(0), Some(1), Some(2), None, None, Some(5)]);
        assert_eq!(pairs.ambiguous, [3]);
    }

    #[test]
    fn whole_texts_that_are_ids_are_translated() {
        let mut ids = Ids::default();
        ids.note("f1", Some("g1"));
        ids.note("r1", Some("x1"));
        ids.note("gone", None);
        let value = json!({"flowId": "r1", "list": ["f1", "else", "gone"], "f1": 1, "text": "see r1"});
        assert_eq!(
            ids.translated(&value),
            json!({"flowId": "x1", "list": ["g1", "else", "gone"], "g1": 1, "text": "see r1"})
        );
        assert_eq!(ids.missing(&value), BTreeSet::from(["gone"]));
        assert_eq!((ids.get("f1"), ids.get("gone"), ids.get("other")), (Some("g1"), None, Some("other")));
    }
}
