//! A diff in sentences: one for each resource, and the short forms made of them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use serde_json::Value;

use super::clauses::{clauses, edited, named, renumbered};
use super::nouns::{several, thing};
use crate::report::escape::{clip, visible};
use crate::report::quantity::{count, time};
use crate::snapshot::diff::{ResourceChange, What, noun};
use crate::snapshot::{Diff, Kind, SnapshotId};

/// How many resources the one line names, and how long a sentence may get.
const NAMED: usize = 5;
const SENTENCE: usize = 600;

/// The longest body of a commit, in bytes, with room for what else its message says.
const BODY: usize = 3500;

/// Returns the resources that somebody edited, in order. What came or went with what it belongs to is none: the states
/// of a flow that was deleted.
pub(super) fn edits(diff: &Diff) -> impl Iterator<Item = &ResourceChange> {
    let edit = |r: &&ResourceChange| r.what != What::Changed || r.was.is_some() || edited(&r.differences);
    let owners: BTreeSet<(Kind, &str, What)> =
        diff.resources.iter().map(|r| (r.kind, r.name.as_str(), r.what)).collect();
    let went_along = move |r: &&ResourceChange| {
        let owner = r.kind.owner().zip(r.owner.as_deref());
        r.what != What::Changed && owner.is_some_and(|(kind, name)| owners.contains(&(kind, name, r.what)))
    };
    diff.resources.iter().filter(edit).filter(move |r| !went_along(r))
}

/// Says each resource that differs in a sentence.
#[must_use]
pub fn sentences(diff: &Diff) -> Vec<String> {
    let mut said: Vec<String> = edits(diff).map(|resource| sentence(diff, resource)).collect();
    let only_ids = |r: &&ResourceChange| {
        r.what == What::Changed && r.was.is_none() && !edited(&r.differences) && renumbered(&r.differences)
    };
    match diff.resources.iter().filter(only_ids).count() {
        0 => {}
        n => said.push(format!("ids changed in {}, nothing else", count(n as u64, "resource"))),
    }
    match diff.elsewhere.changes.len() + diff.elsewhere.items.len() {
        0 => {}
        n => said.push(format!("{} outside of any resource", count(n as u64, "difference"))),
    }
    said
}

/// Names a resource in a sentence.
pub(super) fn subject(resource: &ResourceChange) -> String {
    let of = resource.owner.as_deref().map(|owner| format!(" of {}", named(owner))).unwrap_or_default();
    // What there is one of in its owner is named by it.
    let name = if resource.kind.is_single() && resource.owner.is_some() {
        String::new()
    } else {
        format!(" {}", named(&resource.name))
    };
    format!("{}{name}{of}", thing(resource.kind))
}

fn sentence(diff: &Diff, resource: &ResourceChange) -> String {
    let subject = subject(resource);
    let mut said = Vec::new();
    let begin = match resource.what {
        What::Added => format!("{subject} added{}", holds(resource)),
        What::Removed => format!("{subject} removed{}", holds(resource)),
        What::Changed => {
            said.extend(resource.was.as_deref().map(|was| format!("renamed from {}", named(was))));
            said.extend(clauses(diff, &resource.differences, resource.was.is_some()));
            if renumbered(&resource.differences) {
                said.push("ids changed".to_owned());
            }
            if said.is_empty() {
                said.push("changed".to_owned());
            }
            format!("{subject}: {}", said.join("; "))
        }
    };
    visible(&(clip(&begin, SENTENCE) + &signed(resource)))
}

/// Says who changed it and when, as far as the server says.
fn signed(resource: &ResourceChange) -> String {
    if resource.what == What::Removed {
        return String::new();
    }
    let when = resource.last_changed.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let when = when.map(|at| format!(" at {}", time(at))).unwrap_or_default();
    let who =
        resource.last_changed_by.as_ref().map(|by| format!(" by user {}", named(by))).unwrap_or_default();
    if when.is_empty() && who.is_empty() { when } else { format!("; changed{when}{who}") }
}

/// Says what an added or removed resource holds: ` (12 nodes, 3 intents)`.
fn holds(resource: &ResourceChange) -> String {
    let mut most: BTreeMap<&'static str, usize> = BTreeMap::new();
    for change in &resource.differences.changes {
        let value = change.new.as_ref().or(change.old.as_ref());
        let file = change.files.first().and_then(|file| file.rsplit('/').next());
        let (Some(value), Some(file)) = (value, file) else { continue };
        let lists: Vec<(&str, &Value)> = match value {
            Value::Object(fields) => fields.iter().map(|(key, value)| (key.as_str(), value)).collect(),
            list => vec![(file.trim_end_matches(".json"), list)],
        };
        for (list, value) in lists {
            if let (Some(noun), Some(items)) = (noun(list), value.as_array())
                && noun != "relation"
            {
                // The same nodes stand in the charts of all locales.
                let known = most.entry(noun).or_default();
                *known = (*known).max(items.len());
            }
        }
    }
    let said: Vec<String> =
        most.into_iter().filter(|(_, n)| *n > 0).map(|(noun, n)| several(n, noun)).collect();
    if said.is_empty() { String::new() } else { format!(" ({})", said.join(", ")) }
}

/// Says all in one line: how many resources, and which.
#[must_use]
pub fn line(diff: &Diff) -> String {
    let changed: Vec<&ResourceChange> = edits(diff).collect();
    if changed.is_empty() {
        return sentences(diff).into_iter().next().unwrap_or_else(|| "nothing changed".to_owned());
    }
    let names: Vec<String> = changed
        .iter()
        .take(NAMED)
        .map(|resource| match resource.what {
            What::Added => format!("{} added", subject(resource)),
            What::Removed => format!("{} removed", subject(resource)),
            What::Changed => subject(resource),
        })
        .collect();
    let more = match changed.len() - names.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    visible(&format!("{} changed: {}{more}", count(changed.len() as u64, "resource"), names.join(", ")))
}

/// Writes what a commit says of the changes: which snapshot it compares with, then a line for each resource. A copy of
/// the commit keeps it, so it says the name and not "the one before".
#[must_use]
pub fn body(diff: &Diff, since: &SnapshotId) -> String {
    let all = sentences(diff);
    if all.is_empty() {
        return format!("Nothing changed since {since}.\n");
    }
    let mut text = format!("Changed since {since}:\n\n");
    for (at, sentence) in all.iter().enumerate() {
        let line = format!("- {sentence}\n");
        let rest = format!("- … and {} more\n", all.len() - at);
        if text.len() + line.len() + rest.len() > BODY {
            text += &rest;
            break;
        }
        text += &line;
    }
    text
}
