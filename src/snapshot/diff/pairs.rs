//! Which resource of the newer snapshot is which of the older.

use std::collections::HashMap;

use super::lists::matched;
use crate::snapshot::{Kind, ResourceEntry};

/// A resource on both sides, or on one.
pub(super) type Pair<'a> = (Option<&'a ResourceEntry>, Option<&'a ResourceEntry>);

/// The resources of one side.
pub(super) struct Entries<'a> {
    all: &'a [ResourceEntry],
    by_id: HashMap<(Kind, &'a str), &'a ResourceEntry>,
}

impl<'a> Entries<'a> {
    pub(super) fn new(all: &'a [ResourceEntry]) -> Self {
        let by_id = all.iter().map(|entry| ((entry.kind, entry.id.as_str()), entry)).collect();
        Self { all, by_id }
    }

    /// Returns the resource that this one belongs to; nothing for the project's own.
    pub(super) fn owner(&self, entry: &ResourceEntry) -> Option<&'a ResourceEntry> {
        self.by_id.get(&(entry.kind.owner()?, entry.owner.as_deref()?)).copied()
    }

    /// What a resource is known by: the surest first.
    fn keys(&self, by: usize, entries: &[&'a ResourceEntry]) -> Vec<Option<(Kind, &'a str, &'a str)>> {
        let key = |entry: &&'a ResourceEntry| match by {
            0 => (entry.kind, "", entry.reference_id.as_str()),
            1 => (entry.kind, "", entry.id.as_str()),
            _ => {
                let owner = self.owner(entry).map_or("", |owner| owner.reference_id.as_str());
                (entry.kind, owner, entry.name.as_str())
            }
        };
        let mut seen: HashMap<_, usize> = HashMap::new();
        entries.iter().for_each(|entry| *seen.entry(key(entry)).or_default() += 1);
        entries.iter().map(|entry| Some(key(entry)).filter(|key| seen[key] == 1)).collect()
    }
}

/// Pairs resources by kind and reference id; what is left, because a server gave two the same one, by kind and id; what
/// is left then, because a restore made it anew, by kind, owner and name. A key that two of a side have tells nothing.
pub(super) fn pairs<'a>(before: &Entries<'a>, now: &Entries<'a>) -> Vec<Pair<'a>> {
    let mut pairs: Vec<Pair<'a>> = Vec::new();
    let (mut old, mut new): (Vec<_>, Vec<_>) = (before.all.iter().collect(), now.all.iter().collect());
    for by in 0..3 {
        let found = matched(&before.keys(by, &old), &now.keys(by, &new));
        pairs.extend(found.pairs.iter().map(|(was, is)| (Some(old[*was]), Some(new[*is]))));
        old = found.removed.iter().map(|at| old[*at]).collect();
        new = found.added.iter().map(|at| new[*at]).collect();
    }
    pairs.extend(old.into_iter().map(|entry| (Some(entry), None)));
    pairs.extend(new.into_iter().map(|entry| (None, Some(entry))));
    pairs.sort_by(|a, b| order(a).cmp(&order(b)));
    pairs
}

/// By kind and name, as a person reads it; then by ids, so that equal inputs give equal diffs.
fn order<'a>((old, new): &Pair<'a>) -> (Kind, &'a str, &'a str, &'a str) {
    let entry = new.or(*old).expect("a pair has a side");
    (entry.kind, &entry.name, &entry.reference_id, &entry.id)
}
