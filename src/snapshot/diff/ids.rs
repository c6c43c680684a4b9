//! Tells changes that only follow from new `_id`s from edits.
//!
//! A restore by the vendor makes everything anew: the same reference ids, other `_id`s, and other ids wherever one
//! thing refers to another. Which old id became which new one is known from what was matched in spite of it.

use std::collections::HashMap;

use serde_json::Value;

use super::{Cause, Diff, Differences};

/// Marks every change in `diff` that `ids` (old and new ids of the same things) explain.
pub(super) fn mark(diff: &mut Diff, ids: &HashMap<String, String>) {
    for resource in &mut diff.resources {
        mark_in(&mut resource.differences, ids);
    }
}

fn mark_in(differences: &mut Differences, ids: &HashMap<String, String>) {
    for change in &mut differences.changes {
        let (Some(old), Some(new)) = (&change.old, &change.new) else { continue };
        if change.path.ends_with("/_id") || follows(old, new, ids) {
            change.cause = Cause::Ids;
        }
    }
    for item in &mut differences.items {
        mark_in(&mut item.differences, ids);
    }
}

/// Returns whether `new` is `old` with new ids in the place of old ones.
fn follows(old: &Value, new: &Value, ids: &HashMap<String, String>) -> bool {
    match (old, new) {
        (Value::String(old), Value::String(new)) => old == new || ids.get(old) == Some(new),
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| follows(old, new, ids))
        }
        (Value::Object(old), Value::Object(new)) => {
            old.len() == new.len()
                && old.iter().all(|(key, old)| new.get(key).is_some_and(|new| follows(old, new, ids)))
        }
        _ => old == new,
    }
}
