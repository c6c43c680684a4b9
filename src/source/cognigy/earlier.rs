//! What the newest snapshot has: where parts come from that are not read now, be it by plan or because they cannot be.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::snapshot::{Kind, KindSummary, Manifest, Record, Resource, ResourceEntry};

/// Reads a resource back from its files; `None` where they are not whole.
type Load<'a> = dyn Fn(&ResourceEntry) -> Option<Resource> + 'a;

/// The newest snapshot, as far as a capture builds on it.
pub struct Earlier<'a> {
    kinds: &'a BTreeMap<Kind, KindSummary>,
    known: BTreeMap<Kind, BTreeMap<&'a str, Known<'a>>>,
    load: Box<Load<'a>>,
}

/// A resource of it.
pub(super) struct Known<'a> {
    pub(super) entry: &'a ResourceEntry,
    /// What is known of it beside the snapshot.
    pub(super) record: Option<&'a Record>,
    /// When the oldest of its files was read.
    oldest: DateTime<Utc>,
}

impl Known<'_> {
    /// Returns when a part of it was read.
    pub(super) fn time_of(&self, part: &str) -> DateTime<Utc> {
        self.record.map_or(self.oldest, |record| record.time_of(part))
    }
}

impl<'a> Earlier<'a> {
    /// Builds on the snapshot with this manifest. `record` gives what is known of a resource beside it, where that is of the
    /// same content; `load` reads a resource back.
    pub fn new(
        manifest: &'a Manifest,
        record: impl Fn(&ResourceEntry) -> Option<&'a Record>,
        load: impl Fn(&ResourceEntry) -> Option<Resource> + 'a,
    ) -> Self {
        let mut known: BTreeMap<Kind, BTreeMap<&str, Known<'_>>> = BTreeMap::new();
        for entry in &manifest.resources {
            let files = manifest.files_of(entry);
            let oldest = files.map(|(_, file)| file.read_at).min().unwrap_or(manifest.window.started);
            let one = Known { entry, record: record(entry), oldest };
            known.entry(entry.kind).or_default().insert(&entry.id, one);
        }
        Self { kinds: &manifest.kinds, known, load: Box::new(load) }
    }

    /// Returns how much of a kind there was.
    pub(super) fn kind(&self, kind: Kind) -> Option<&KindSummary> {
        self.kinds.get(&kind)
    }

    /// Finds a resource.
    pub(super) fn find(&self, kind: Kind, id: &str) -> Option<&Known<'a>> {
        self.known.get(&kind)?.get(id)
    }

    /// Returns the resources of a kind, of one owner where one is given, by their ids.
    pub(super) fn all_of(&self, kind: Kind, owner: Option<&str>) -> Vec<&Known<'a>> {
        let is_own = |known: &&Known<'_>| owner.is_none() || known.entry.owner.as_deref() == owner;
        self.known.get(&kind).into_iter().flat_map(BTreeMap::values).filter(is_own).collect()
    }

    /// Reads a resource back, with all its parts.
    pub(super) fn load(&self, kind: Kind, id: &str) -> Option<Resource> {
        let known = self.find(kind, id)?;
        let mut resource = (self.load)(known.entry)?;
        if let Some(record) = known.record {
            for part in &mut resource.parts {
                part.read_at = record.time_of(&part.name.to_string());
            }
        }
        Some(resource)
    }
}
