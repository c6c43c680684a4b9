//! One entry of a list: a resource that is there to be read.

use std::cell::{Cell, RefCell};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Error, text};
use crate::cognigy::{self, Error as ApiError};
use crate::snapshot::{Kind, Origin, Part, PartName, Resource, ResourceEntry, Times};

/// One entry of a list.
pub(super) struct Listed {
    pub(super) kind: Kind,
    /// The `_id` of the resource that it belongs to, where that is not the project.
    pub(super) owner: Option<String>,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) entry: Value,
    read_at: DateTime<Utc>,
    /// Whether the entry is of this run or of an earlier one.
    origin: Origin,
    /// Why the list could not be read, where it could not: then all of the resource is carried.
    kept: Option<String>,
    /// When the lists of what belongs to it were read.
    owned: RefCell<Vec<Part>>,
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
        Self {
            kind,
            owner,
            id,
            name,
            entry,
            read_at,
            origin: Origin::Read,
            kept: None,
            owned: RefCell::default(),
            last_changed,
            done: Cell::new(false),
        }
    }

    /// Makes the entry of a resource out of what the newest snapshot says of it: its list is carried, as it was read then.
    pub(super) fn carried(known: &ResourceEntry, stored: Option<&Part>, read_at: DateTime<Utc>) -> Self {
        let entry = stored.map_or_else(
            || {
                json!({
                    "_id": known.id, "referenceId": known.reference_id, "name": known.name,
                    "createdAt": known.created_at, "createdBy": known.created_by,
                    "lastChanged": known.last_changed, "lastChangedBy": known.last_changed_by,
                })
            },
            |part| part.value.clone(),
        );
        let listed = Self::new(known.kind, known.owner.as_deref(), entry, read_at);
        listed.last_changed.set(known.last_changed);
        Self { id: known.id.clone(), name: known.name.clone(), origin: Origin::Carried, ..listed }
    }

    /// The same for a resource whose list could not be read: none of it is read now.
    pub(super) fn kept(self, why: String) -> Self {
        Self { kept: Some(why), ..self }
    }

    /// Returns whether all of it is carried, because its list could not be read.
    pub(super) fn is_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// Returns why its list could not be read.
    pub(super) fn why_kept(&self) -> Option<&str> {
        self.kept.as_deref()
    }

    /// Returns when it was last changed, as far as what was read of it shows, in Unix seconds.
    pub(super) fn last_changed(&self) -> Option<i64> {
        self.last_changed.get()
    }

    /// Notes when the list of what of `kind` belongs to it was read.
    pub(super) fn owns(&self, kind: Kind, read_at: DateTime<Utc>, origin: Origin) {
        let name = PartName::Owned { kind };
        let mut owned = self.owned.borrow_mut();
        owned.retain(|part| part.name != name);
        owned.push(Part { name, read_at, origin, value: Value::Null });
    }

    /// Makes the entry of a kind that is there once for each owner: its document is all the list there is, and it goes
    /// by the id and name of what it belongs to.
    pub(super) fn single(
        kind: Kind,
        owner: Option<&str>,
        id: &str,
        name: &str,
        document: Value,
        read_at: DateTime<Utc>,
    ) -> Self {
        let listed = Self::new(kind, owner, document, read_at);
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
        let is_read = resource.parts.iter().all(|part| part.origin == Origin::Read);
        if resource.parts.len() == 2 && is_read && !owns {
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
        if !parts.iter().any(|part| part.name == PartName::Listed) {
            let (name, value) = (PartName::Listed, self.entry.clone());
            parts.insert(0, Part { name, read_at: self.read_at, origin: self.origin, value });
        }
        parts.extend(self.owned.borrow().iter().cloned());
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
pub(super) fn last_changed(value: &Value) -> Option<i64> {
    ["lastChanged", "lastChangedAt"].into_iter().find_map(|key| value.get(key)?.as_i64())
}
