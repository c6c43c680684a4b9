//! Which resource of the newer snapshot is which of the older.

use std::collections::HashMap;

use super::lists::matched;
use crate::snapshot::{Kind, ResourceEntry};

/// A resource on both sides, or on one.
pub(super) type Pair<'a> = (Option<&'a ResourceEntry>, Option<&'a ResourceEntry>);

/// Pairs resources by kind and reference id; what is left, because a server gave two the same one or none is alike,
/// by kind and id; what is left then, by kind and name. A key that two of a side have tells nothing.
pub(super) fn pairs<'a>(old: &'a [ResourceEntry], new: &'a [ResourceEntry]) -> Vec<Pair<'a>> {
    let mut pairs: Vec<Pair<'a>> = Vec::new();
    let (mut old, mut new): (Vec<_>, Vec<_>) = (old.iter().collect(), new.iter().collect());
    let keys: [fn(&ResourceEntry) -> &str; 3] =
        [|entry| &entry.reference_id, |entry| &entry.id, |entry| &entry.name];
    for key in keys {
        let found = matched(&unique(&old, key), &unique(&new, key));
        pairs.extend(found.pairs.iter().map(|(before, now)| (Some(old[*before]), Some(new[*now]))));
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

fn unique<'a>(
    entries: &[&'a ResourceEntry],
    key: fn(&ResourceEntry) -> &str,
) -> Vec<Option<(Kind, &'a str)>> {
    let key = |entry: &'a ResourceEntry| (entry.kind, key(entry));
    let mut seen: HashMap<(Kind, &str), usize> = HashMap::new();
    entries.iter().for_each(|entry| *seen.entry(key(entry)).or_default() += 1);
    entries.iter().map(|entry| Some(key(entry)).filter(|key| seen[key] == 1)).collect()
}
