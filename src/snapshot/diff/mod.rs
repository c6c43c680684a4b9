//! What differs between two snapshots: by identity, down to node, intent, sentence, entry and field, without noise.
//!
//! A [`Diff`] is a tree that mirrors what a person sees: resources, in them items (nodes, intents, …), in these
//! further items (sentences, …), and at each the fields that differ, with both values. It leaves nothing out: what
//! stands in it, done to the older content, gives the newer one. A change that stands in several files alike (a node
//! in the charts of all locales, a name in a flow's list entry and document) is one change with several files.
//!
//! No difference at all: the order of keys and of resources, times of change, a path that only moved. Said once and
//! apart ([`Cause`]): that a restore by the vendor gave everything new `_id`s, that a locale came or went. Where a
//! node stands is read from the chart's relations (`chart.rs`), so a node added does not move its neighbours.

mod between;
mod chart;
mod compare;
mod ids;
mod json;
mod lists;
mod locales;
mod merge;
mod pairs;
#[cfg(test)]
pub(crate) mod tests;
mod walk;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Kind, ResourceEntry, TreePath};

/// One of the two contents that are compared.
#[derive(Debug, Clone)]
pub struct Side<'a, F> {
    /// The resources, as its manifest has them.
    pub resources: &'a [ResourceEntry],
    /// Its files by path below the content folder, each with what tells equal files from different ones: a blob id,
    /// a digest.
    pub files: BTreeMap<&'a TreePath, F>,
}

/// What differs between two snapshots.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Diff {
    /// The resources that differ, by kind and name.
    pub resources: Vec<ResourceChange>,
    /// What differs in files that belong to no resource.
    #[serde(skip_serializing_if = "Differences::is_empty", default)]
    pub elsewhere: Differences,
    /// The names of the locales that both sides have, by their folder in a flow.
    pub locales: BTreeMap<String, String>,
}

impl Diff {
    /// Returns whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.elsewhere.is_empty()
    }
}

/// What became of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum What {
    /// It was not there before.
    Added,
    /// It is not there any more.
    Removed,
    /// It is there with other content, or in another place.
    Changed,
}

/// One resource that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceChange {
    /// What it is.
    pub kind: Kind,
    /// Its UUID, the same in every copy of the project.
    pub reference_id: String,
    /// The one it had, where a restore made it anew and its kind has none that stays.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub was_reference_id: Option<String>,
    /// Its id in the newer snapshot; a removed one's in the older.
    pub id: String,
    /// Its true name there.
    pub name: String,
    /// The name it had, where it has another one now.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub was: Option<String>,
    /// The name of the resource that it belongs to, where that is not the project.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    /// Where it stands there, below the content folder.
    pub path: TreePath,
    /// What became of it.
    pub what: What,
    /// Unix seconds of its last change, as the server says; absent where it had the same before, and of a removed one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_changed: Option<i64>,
    /// The id of the user who made that change.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_changed_by: Option<String>,
    /// Where it differs; of an added or removed one, all its files.
    #[serde(flatten)]
    pub differences: Differences,
}

/// What differs in a resource or in an item.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Differences {
    /// In its own fields.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub changes: Vec<Change>,
    /// In what it holds.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub items: Vec<Item>,
}

impl Differences {
    /// Returns whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.items.is_empty()
    }
}

/// Something in a resource that is known by its own id: a node, an intent, an example sentence, an entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// What it is, in a word: `node`; the name of its list where there is no better one.
    pub noun: String,
    /// Its list: file and JSON pointer (`chart.json#/nodes`), or, inside another item, the pointer alone.
    pub list: String,
    /// The field that it is known by.
    pub by: String,
    /// That field's text in the newer snapshot; a removed one's in the older.
    pub key: String,
    /// That field's text in the older snapshot, where it was another one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub was_key: Option<String>,
    /// What a person calls it: its label, name or text.
    pub name: String,
    /// Its type, where it has one: a node's `say`, `code`, `if`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none", default)]
    pub type_: Option<String>,
    /// What became of it.
    pub what: What,
    /// Whether it stands elsewhere among those that are on both sides.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub moved: bool,
    /// Where it differs.
    #[serde(flatten)]
    pub differences: Differences,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The files of the resource in which it is so, below the resource's folder.
    pub files: Vec<String>,
    /// JSON pointer from the item, or from the file's root; empty for the whole of it. In a plain list an element
    /// that is only `old` counts by the older list, every other one by the newer.
    pub path: String,
    /// The value before; absent where there was none.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "present")]
    pub old: Option<Value>,
    /// The value now; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "present")]
    pub new: Option<Value>,
    /// Where an item that was added, or that stands elsewhere in the file, is in its list now.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub index: Option<usize>,
    /// Why it is so.
    #[serde(skip_serializing_if = "Cause::is_edit", default)]
    pub cause: Cause,
}

/// Where a change comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Cause {
    /// Somebody edited it.
    #[default]
    Edit,
    /// An `_id` is another one, here or in what it refers to: a restore by the vendor gives new ones.
    Ids,
    /// The locale that the file is for came or went.
    Locale,
}

impl Cause {
    fn is_edit(&self) -> bool {
        *self == Self::Edit
    }
}

/// Returns what an element of a file's own list, or of the list in a field, is called: `node` for `nodes`; `None` for
/// lists of no known things. `list` is the field, or the file's name without `.json`.
#[must_use]
pub fn noun(list: &str) -> Option<&'static str> {
    lists::known_noun(list)
}

/// Keeps `null` apart from absence.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
