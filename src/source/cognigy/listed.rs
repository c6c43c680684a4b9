//! One entry of a list: a resource that is there to be read.

use std::cell::Cell;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Cognigy, Error, text};
use crate::cognigy::{self, Error as ApiError};
use crate::snapshot::{Kind, Origin, Part, PartName, Resource, Times};

/// One entry of a list.
pub(super) struct Listed {
    pub(super) kind: Kind,
    /// The `_id` of the resource that it belongs to, where that is not the project.
    pub(super) owner: Option<String>,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) entry: Value,
    read_at: DateTime<Utc>,
    /// When it was last changed, as far as what was read of it shows.
    last_changed: Cell<Option<i64>>,
    /// Whether the resource was handed over.
    pub(super) done: Cell<bool>,
}

impl Listed {
    pub(super) fn new(kind: Kind, owner: Option<&str>, entry: Value, read_at: DateTime<Utc>) -> Self {
        let id = text(&entry, "_id").unwrap_or_default();
        let name = text(&entry, "name").or_else(|| text(&entry, "label")).unwrap_or_else(|| id.clone());
        let last_changed = Cell::new(last_changed(&entry));
        let owner = owner.map(str::to_owned);
        Self { kind, owner, id, name, entry, read_at, last_changed, done: Cell::new(false) }
    }

    /// Makes the entry of a kind that is there once for each owner: its document is all the list there is, and it goes
    /// by the id and name of what it belongs to.
    pub(super) fn single(
        kind: Kind,
        owner: Option<&str>,
        id: &str,
        name: &str,
        document: Value,
        source: &Cognigy<'_>,
    ) -> Self {
        let listed = Self::new(kind, owner, document, source.clock.now());
        Self { id: id.to_owned(), name: name.to_owned(), ..listed }
    }

    /// Returns whether another look at the same resource saw it unchanged.
    pub(super) fn is_as(&self, now: &Self) -> bool {
        let reference = |listed: &Self| cognigy::reference_id(&listed.entry).map(str::to_owned);
        let same_time = match now.last_changed.get() {
            // As the list said it, or as the document did that was read after it.
            Some(time) => [last_changed(&self.entry), self.last_changed.get()].contains(&Some(time)),
            // A list without times: what else it says must do.
            None => self.entry == now.entry,
        };
        same_time && self.name == now.name && reference(self) == reference(now)
    }

    /// Notes that the resource was handed over as a single document, read when it was last changed at this time: what
    /// was edited between list and read is in it.
    pub(super) fn read_as_of(&self, resource: &Resource) {
        self.done.set(true);
        // What it owns was listed before; an edit there since must show.
        let owns = Kind::ALL.into_iter().any(|kind| kind.owner() == Some(self.kind));
        if resource.parts.len() == 2 && !owns {
            self.last_changed.set(resource.times.last_changed.or(self.last_changed.get()));
        }
    }

    /// Makes the resource out of its list entry and the other `parts` that were read.
    pub(super) fn resource(&self, mut parts: Vec<Part>) -> Resource {
        let document = parts.iter().find(|part| part.name == PartName::Document).map(|part| &part.value);
        // The document was read after the list; where an entry lacks a field (AI Agents' lists do), it has it.
        let both = || document.into_iter().chain([&self.entry]);
        let number = |key: &str| both().find_map(|said| said.get(key)?.as_i64());
        let string = |key: &str| both().find_map(|said| text(said, key));
        let times = Times {
            created: number("createdAt"),
            created_by: string("createdBy"),
            last_changed: both().find_map(last_changed),
            last_changed_by: string("lastChangedBy"),
        };
        let reference_id = both().find_map(cognigy::reference_id).map(str::to_owned);
        // What is there once is called as what it belongs to.
        let name = string("name").filter(|_| !self.kind.is_single());
        parts.insert(
            0,
            Part {
                name: PartName::Listed,
                read_at: self.read_at,
                origin: Origin::Read,
                value: self.entry.clone(),
            },
        );
        Resource {
            kind: self.kind,
            owner: self.owner.clone(),
            reference_id: reference_id.unwrap_or_else(|| self.id.clone()),
            id: self.id.clone(),
            name: name.unwrap_or_else(|| self.name.clone()),
            times,
            parts,
        }
    }

    /// Tells a resource that is gone from one that could not be read.
    pub(super) fn unreadable(&self, error: ApiError) -> Error {
        if error.is_not_found() {
            return Error::Gone { kind: self.kind, name: self.name.clone(), source: Box::new(error) };
        }
        Error::api(&format!("{} `{}`", self.kind, self.name), error)
    }
}

/// When a resource was last changed, in Unix seconds; handover providers say it in a word of their own (dossier §2.12).
fn last_changed(value: &Value) -> Option<i64> {
    ["lastChanged", "lastChangedAt"].into_iter().find_map(|key| value.get(key)?.as_i64())
}
