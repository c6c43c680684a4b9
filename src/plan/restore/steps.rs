//! What a restore writes, one request at a time, with the ids of the snapshot.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Serialize;
use serde_json::{Map, Value};

use super::chart::Place;
use super::ids::each_text;
use crate::snapshot::{Kind, Resource};

/// One request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What it does.
    pub act: Act,
    /// To what.
    pub on: Thing,
    /// In which locale, where that is said, by the snapshot's id; of content that goes, by the project's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Where a node goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The fields that it carries. Ids in them are the snapshot's, and are written as the project's.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
    /// Secrets in them that are put in from the project when it is done: JSON pointers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fills: Vec<String>,
    /// What stands in them now: else somebody was faster, and the step is not done.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub found: Map<String, Value>,
    /// The steps that must be done before, by their places in the plan.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub after: BTreeSet<usize>,
    /// Why it is done.
    pub why: Why,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Act {
    /// Make what is not there.
    Create,
    /// Find what came with what was made just before; where it did not come, make it.
    Adopt,
    /// Change what is.
    Update,
    /// Put a node elsewhere.
    Move,
    /// Give a node content of its own in a locale.
    Localise,
    /// Take a node's own content in a locale away, so that it has the fallback's.
    Unlocalise,
    /// Delete what the snapshot has not.
    Delete,
}

/// What a step is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Thing {
    /// Its kind.
    pub kind: Kind,
    /// Its id: the snapshot's, or, of what the snapshot has not, the project's.
    pub id: String,
    /// The id of what it belongs to, where that is not the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What it is called.
    pub name: String,
    /// What of it, where that is not its document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
}

/// A part of a resource that is written by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "part")]
pub enum Part {
    /// A flow's settings.
    Settings,
    /// A flow's node.
    Node {
        /// Its id, as a thing's.
        id: String,
        /// What a person calls it.
        label: String,
        /// Its type: `say`.
        #[serde(rename = "type")]
        type_: String,
    },
    /// An item of a list: a lexicon's entry.
    Item {
        /// The list: `entries`.
        list: String,
        /// Its id, as a thing's.
        id: String,
        /// What a person knows it by.
        name: String,
    },
}

/// Why a step is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "because")]
pub enum Why {
    /// It was asked for.
    Selected,
    /// What was asked for names it, and it is not there.
    NeededBy {
        /// What names it.
        name: String,
    },
    /// It names what is made anew.
    Relinked,
    /// It belongs together with what was made before, and could not be said then.
    Completed,
    /// The snapshot has not got it.
    Extra,
}

/// What a plan cannot bring back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lost {
    /// What it is about.
    pub on: Thing,
    /// What of it, and why.
    pub what: Loss,
}

/// Why something cannot be brought back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase", tag = "because")]
pub enum Loss {
    /// It is gone, and the API makes none.
    NotMade {
        /// Why.
        why: &'static str,
    },
    /// Several of the project's may be it.
    Ambiguous,
    /// It hangs on nothing that is there.
    NoPlace,
    /// The API writes none of these fields.
    Fields {
        /// Their names.
        fields: Vec<String>,
    },
    /// Secrets that neither the snapshot nor the project holds.
    Secrets {
        /// Where: JSON pointers.
        at: Vec<String>,
    },
    /// It names what is nowhere.
    Dangling {
        /// The ids.
        ids: Vec<String>,
    },
    /// Some of it comes back otherwise.
    InPart {
        /// What is lost.
        why: &'static str,
    },
}

impl Thing {
    /// Names a resource.
    #[must_use]
    pub fn of(resource: &Resource) -> Self {
        Self {
            kind: resource.kind,
            id: resource.id.clone(),
            owner: resource.owner.clone(),
            name: resource.name.clone(),
            part: None,
        }
    }

    /// Names a part of a resource.
    #[must_use]
    pub fn part_of(resource: &Resource, part: Part) -> Self {
        Self { part: Some(part), ..Self::of(resource) }
    }

    /// Returns the id of what it is itself: a node's, or the resource's.
    fn own(&self) -> &str {
        match &self.part {
            Some(Part::Node { id, .. } | Part::Item { id, .. }) => id,
            Some(Part::Settings) | None => &self.id,
        }
    }
}

impl Step {
    /// Begins a step that carries nothing.
    #[must_use]
    pub fn new(act: Act, on: Thing, why: Why) -> Self {
        let (fields, found, after) = (Map::new(), Map::new(), BTreeSet::new());
        Self { act, on, locale: None, place: None, fields, fills: Vec::new(), found, after, why }
    }
}

/// The steps of a plan that is being made. What a step names that is made before it, it comes after; what is made only
/// later it cannot name, and says in a step of its own at the end.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) steps: Vec<Step>,
    /// The step that makes a thing, by its ids.
    made: HashMap<String, usize>,
    /// The ids of all that will be made.
    expected: HashSet<String>,
    later: Vec<Step>,
    last: Vec<Step>,
}

impl Draft {
    /// Notes that a thing will be made.
    pub(super) fn expect<'i>(&mut self, ids: impl IntoIterator<Item = &'i str>) {
        self.expected.extend(ids.into_iter().filter(|id| !id.is_empty()).map(str::to_owned));
    }

    /// Whether a thing is made, by any of its ids.
    pub(super) fn makes(&self, id: &str) -> bool {
        self.expected.contains(id)
    }

    /// Whether a value names what is made.
    pub(super) fn names_made(&self, value: &Value) -> bool {
        let mut names = false;
        each_text(value, &mut |text| names |= self.expected.contains(text));
        names
    }

    /// Adds a step.
    pub(super) fn push(&mut self, mut step: Step) {
        let mut after = BTreeSet::new();
        let mut need = |id: &str| after.extend(self.made.get(id));
        need(&step.on.id);
        need(step.on.own());
        step.on.owner.iter().for_each(|owner| need(owner));
        match &step.place {
            Some(Place::After(node) | Place::Branch { of: node, .. }) => need(node),
            None => {}
        }
        step.fields.values().for_each(|value| each_text(value, &mut need));
        step.after = after;
        self.steps.push(step);
    }

    /// Adds a step that makes a thing, or finds it, with these ids. Fields that name what is made later are written later, and
    /// so are those that name the thing itself.
    pub(super) fn push_making(&mut self, mut step: Step, ids: [&str; 2]) {
        step.fields = self.only_early(&step, Why::Completed);
        self.push(step);
        let at = self.steps.len() - 1;
        self.made.extend(ids.into_iter().filter(|id| !id.is_empty()).map(|id| (id.to_owned(), at)));
    }

    /// Adds a step of which the fields that name what is made later are written later.
    pub(super) fn push_early(&mut self, mut step: Step) {
        step.fields = self.only_early(&step, step.why.clone());
        if !step.fields.is_empty() {
            self.push(step);
        }
    }

    /// Returns the fields that can be written now, and notes the rest.
    fn only_early(&mut self, step: &Step, why: Why) -> Map<String, Value> {
        let is_early = |value: &Value| {
            let mut early = true;
            each_text(value, &mut |text| {
                early &= !self.expected.contains(text) || self.made.contains_key(text);
            });
            early
        };
        let (now, later): (Map<_, _>, Map<_, _>) =
            step.fields.clone().into_iter().partition(|(_, value)| is_early(value));
        if !later.is_empty() {
            let kept = |key: &String| later.contains_key(key);
            let found = step.found.clone().into_iter().filter(|(key, _)| kept(key)).collect();
            let (on, locale) = (step.on.clone(), step.locale.clone());
            self.later.push(Step { fields: later, found, locale, ..Step::new(Act::Update, on, why) });
        }
        now
    }

    /// Adds what had to wait.
    pub(super) fn complete(&mut self) {
        std::mem::take(&mut self.later).into_iter().for_each(|step| self.push(step));
    }

    /// Adds a step at the very end: what goes is named by nothing any more.
    pub(super) fn push_last(&mut self, step: Step) {
        self.last.push(step);
    }

    /// Ends the plan.
    pub(super) fn finish(mut self) -> Vec<Step> {
        std::mem::take(&mut self.last).into_iter().for_each(|step| self.push(step));
        self.steps
    }

    /// Whether a field of a thing is written already.
    pub(super) fn writes(&self, on: &Thing, locale: Option<&str>, field: &str) -> bool {
        let same = |step: &&Step| step.on == *on && step.locale.as_deref() == locale;
        self.steps.iter().filter(same).any(|step| step.fields.contains_key(field))
    }
}
