//! The clauses of a sentence: what happened to the items and fields of one resource.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::nouns::{field, several};
use crate::report::escape::{clip, quoted};
use crate::snapshot::Diff;
use crate::snapshot::diff::{Cause, Change, Differences, Item, What};

/// How many items of a noun are said one by one, and how many fields.
const NAMED: usize = 3;
const FIELDS: usize = 5;

/// The file that repeats what stands in others, in another format.
const REPEATED: &str = "keyphrases.csv";

/// Says a name in a sentence. Sentences hold many names: a backtick in one would turn the spans of all after it inside
/// out.
pub(super) fn named(name: &str) -> String {
    quoted(&clip(&name.replace('`', "'"), 60))
}

/// Returns whether somebody edited something below.
pub(super) fn edited(differences: &Differences) -> bool {
    differences.changes.iter().any(is_edit) || differences.items.iter().any(item_edited)
}

pub(super) fn is_edit(change: &Change) -> bool {
    change.cause == Cause::Edit
}

/// Returns whether ids became others below.
pub(super) fn renumbered(differences: &Differences) -> bool {
    differences.changes.iter().any(|change| change.cause == Cause::Ids)
        || differences.items.iter().any(|item| renumbered(&item.differences))
}

fn item_edited(item: &Item) -> bool {
    item.moved || item.what != What::Changed || edited(&item.differences)
}

/// Says what differs in a resource or an item. `renamed` where its name is said already.
pub(super) fn clauses(diff: &Diff, differences: &Differences, renamed: bool) -> Vec<String> {
    let mut said = items(diff, &differences.items);
    let alone = differences.items.is_empty() && differences.changes.len() == 1;
    said.extend(fields(diff, &differences.changes, renamed, alone));
    let relations = |item: &&Item| item.noun == "relation" && item_edited(item);
    // How nodes hang together is said of the nodes, unless none of them moved, came or went.
    if said.is_empty() && differences.items.iter().any(|item| relations(&item)) {
        said.push("connections between nodes changed".to_owned());
    }
    said
}

/// The same thing in several lists: a node in the chart and in its extras.
type Group<'a> = Vec<&'a Item>;

fn items(diff: &Diff, items: &[Item]) -> Vec<String> {
    let mut nouns: Vec<&str> = Vec::new();
    let mut groups: BTreeMap<(&str, &str), Group<'_>> = BTreeMap::new();
    for item in items.iter().filter(|item| item.noun != "relation" && item_edited(item)) {
        if !nouns.contains(&item.noun.as_str()) {
            nouns.push(&item.noun);
        }
        groups.entry((&item.noun, &item.key)).or_default().push(item);
    }
    let mut said = Vec::new();
    for noun in nouns {
        let of_noun: Vec<&Group<'_>> =
            groups.iter().filter(|((n, _), _)| *n == noun).map(|(_, g)| g).collect();
        let with =
            |what: What| of_noun.iter().copied().filter(|group| became(group) == what).collect::<Vec<_>>();
        said.extend(counted(diff, noun, &with(What::Added), "added"));
        said.extend(counted(diff, noun, &with(What::Removed), "removed"));
        let (moved, changed): (Vec<_>, Vec<_>) =
            with(What::Changed).into_iter().partition(|group| only_moved(group));
        said.extend(counted(diff, noun, &moved, "moved"));
        if changed.len() > NAMED {
            said.extend(counted(diff, noun, &changed, "changed"));
            continue;
        }
        for group in changed {
            let details = details(diff, group).join(", ");
            said.push(format!("{noun} {}: {details}", named(&group[0].name)));
        }
    }
    said
}

/// Extras come and go with a setting of a node that was there before; the chart knows when the node did.
fn is_extra(item: &Item) -> bool {
    item.list == "node-extras.json#"
}

fn became(group: &Group<'_>) -> What {
    group.iter().find(|item| !is_extra(item)).map_or(What::Changed, |item| item.what)
}

fn only_moved(group: &Group<'_>) -> bool {
    let index_only = |change: &Change| change.path.is_empty();
    group.iter().all(|item| {
        item.moved
            && item.differences.changes.iter().filter(|c| is_edit(c)).all(index_only)
            && !item.differences.items.iter().any(item_edited)
    })
}

fn details(diff: &Diff, group: &Group<'_>) -> Vec<String> {
    let mut said = Vec::new();
    for item in group {
        if item.moved {
            said.push("moved".to_owned());
        }
        if is_extra(item) && item.what != What::Changed {
            said.push(format!(
                "extra settings {}",
                if item.what == What::Added { "added" } else { "removed" }
            ));
        } else {
            said.extend(clauses(diff, &item.differences, false));
        }
    }
    said
}

/// Says that items came, went or moved: by name where they are few.
fn counted(diff: &Diff, noun: &str, groups: &[&Group<'_>], verb: &str) -> Option<String> {
    let first = groups.first()?;
    let files = groups.iter().flat_map(|group| group.iter().flat_map(|item| files_of(&item.differences)));
    let place = in_some(diff, files.collect());
    let names =
        || groups.iter().take(NAMED).map(|group| named(&group[0].name)).collect::<Vec<_>>().join(", ");
    Some(match groups.len() {
        1 => format!("{noun} {} {verb}{place}", named(&first[0].name)),
        n if n <= NAMED => format!("{} {verb} ({}){place}", several(n, noun), names()),
        n if verb == "changed" => format!("{} {verb} ({}, …){place}", several(n, noun), names()),
        n => format!("{} {verb}{place}", several(n, noun)),
    })
}

fn files_of(differences: &Differences) -> Vec<&str> {
    let own = differences.changes.iter().flat_map(|change| change.files.iter().map(String::as_str));
    own.chain(differences.items.iter().flat_map(|item| files_of(&item.differences))).collect()
}

/// Says in which locales, where not in all.
fn in_some(diff: &Diff, files: BTreeSet<&str>) -> String {
    let names: BTreeSet<&String> =
        files.iter().filter_map(|file| diff.locales.get(file.split_once('/')?.0)).collect();
    if names.is_empty() || names.len() >= diff.locales.len() {
        return String::new();
    }
    let names: Vec<String> = names.into_iter().map(|name| clip(name, 40)).collect();
    format!(" in {}", names.join(" and "))
}

/// How many changes of one thing are looked at for words; a few of them are said, and the rest is counted.
const LOOKED_AT: usize = 1_000;

fn fields(diff: &Diff, changes: &[Change], renamed: bool, alone: bool) -> Vec<String> {
    // By what is said, in the order in which it stands, with all files of which it is true.
    let mut said: Vec<(String, BTreeSet<&str>)> = Vec::new();
    let edits = changes.iter().filter(|change| is_edit(change));
    let more = edits.clone().count().saturating_sub(LOOKED_AT);
    for change in edits.take(LOOKED_AT) {
        let repeats = repeats(change, changes) || !alone && change.files == [REPEATED];
        let name = renamed && change.path == "/name";
        let Some(clause) = field_clause(change).filter(|_| !repeats && !name) else { continue };
        let files = change.files.iter().map(String::as_str);
        match said.iter_mut().find(|(known, _)| *known == clause) {
            Some((_, known)) => known.extend(files),
            None => said.push((clause, files.collect())),
        }
    }
    // Two words for one field save nothing.
    let keep = if said.len() > FIELDS + 1 { FIELDS } else { said.len() };
    let rest = said.len() - keep + more;
    let rest = (rest > 0).then(|| format!("{rest} more fields changed"));
    said.into_iter().take(keep).map(|(clause, files)| clause + &in_some(diff, files)).chain(rest).collect()
}

/// Returns whether a file as a whole says what a field of another one says: code that stands in both.
fn repeats(change: &Change, all: &[Change]) -> bool {
    let same =
        |other: &&Change| !other.path.is_empty() && (&other.old, &other.new) == (&change.old, &change.new);
    change.path.is_empty() && all.iter().any(|other| same(&other))
}

fn field_clause(change: &Change) -> Option<String> {
    let empty =
        |value: &Option<Value>| value.as_ref().is_none_or(|v| v.as_array().is_some_and(Vec::is_empty));
    if change.path.is_empty() {
        // An item that came, went or moved as a whole, or a list that is now empty: said of the items.
        if empty(&change.old) && empty(&change.new) {
            return None;
        }
        let files = change.files.iter().map(|file| named(file)).collect::<Vec<_>>().join(", ");
        return Some(format!("file {files} {}", verb(change)));
    }
    let last = change.path.rsplit('/').next().unwrap_or_default();
    let name = field(&change.path);
    Some(match (&change.old, &change.new) {
        (Some(Value::String(old)), Some(Value::String(_)))
            if matches!(change.path.as_str(), "/label" | "/name") =>
        {
            format!("renamed from {}", named(old))
        }
        (_, Some(Value::Bool(on))) if last == "isDisabled" => {
            // Of something in the resource that is not counted as an item: `/rejectIntent/isDisabled`.
            let what = change.path.trim_end_matches("/isDisabled");
            let what = if what.is_empty() { String::new() } else { field(what) + " " };
            format!("{what}{}", if *on { "disabled" } else { "enabled" })
        }
        (Some(_), Some(Value::Bool(on))) => {
            format!("{} {}", name.trim_start_matches("is "), if *on { "on" } else { "off" })
        }
        (Some(Value::Number(old)), Some(Value::Number(new))) => format!("{name} {old} → {new}"),
        // An element of a plain list: what changed is the list.
        _ if last.parse::<usize>().is_ok() => format!("{name} changed"),
        _ => format!("{name} {}", verb(change)),
    })
}

fn verb(change: &Change) -> &'static str {
    match (&change.old, &change.new) {
        (None, Some(_)) => "added",
        (Some(_), None) => "removed",
        _ => "changed",
    }
}
