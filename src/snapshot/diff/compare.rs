//! Compares two versions of one file: objects by key, lists by identity, plain lists by what stays in order.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::json::Json;
use super::lists::{Matched, identities, is_ordered, matched, name, noun, out_of_order};
use super::{Cause, Change, Differences, Item, What, chart};

/// Compares the versions of one file, and remembers ids that became others.
pub(super) struct Comparison<'a> {
    /// The file as a diff names it, below its resource's folder.
    pub(super) file: &'a str,
    /// Old ids and the new ones of the same things.
    pub(super) ids: &'a mut HashMap<String, String>,
    /// What is known of the nodes of a chart.
    nodes: chart::Nodes,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(file: &'a str, ids: &'a mut HashMap<String, String>) -> Self {
        Self { file, ids, nodes: chart::Nodes::default() }
    }

    /// Returns what differs between two versions of the file.
    pub(super) fn both(&mut self, old: &Json<'_>, new: &Json<'_>) -> Differences {
        let mut found = Differences::default();
        if old != new {
            if base(self.file) == chart::FILE {
                self.nodes = chart::Nodes::of(old, new);
            }
            self.values(&mut String::new(), true, old, new, &mut found);
        }
        found
    }

    /// Returns a file that is only on one side as a difference. A list of known things counts as an empty one there,
    /// so that each of them comes or goes by itself.
    pub(super) fn one(&mut self, old: Option<&Json<'_>>, new: Option<&Json<'_>>) -> Differences {
        let (list, empty) = (format!("{}#", base(self.file)), Json::List(Vec::new()));
        let (before, now) = (old.unwrap_or(&empty), new.unwrap_or(&empty));
        let lists = matches!((before, now), (Json::List(_), Json::List(_)));
        if !lists || !super::lists::is_known(&list) {
            return self.whole(old, new);
        }
        let mut found = self.both(before, now);
        let kept = |side: Option<&Json<'_>>| side.map(|_| Value::Array(Vec::new()));
        found.changes.push(Change { old: kept(old), new: kept(new), ..self.change("", None, None) });
        found
    }

    /// Returns a file as one difference.
    pub(super) fn whole(&self, old: Option<&Json<'_>>, new: Option<&Json<'_>>) -> Differences {
        Differences { changes: vec![self.change("", old, new)], items: Vec::new() }
    }

    fn change(&self, path: &str, old: Option<&Json<'_>>, new: Option<&Json<'_>>) -> Change {
        Change {
            files: vec![self.file.to_owned()],
            path: path.to_owned(),
            old: old.map(Json::to_value),
            new: new.map(Json::to_value),
            index: None,
            cause: Cause::Edit,
        }
    }

    /// `path` leads from the item, or, where `top`, from the file's root.
    fn values(
        &mut self,
        path: &mut String,
        top: bool,
        old: &Json<'_>,
        new: &Json<'_>,
        found: &mut Differences,
    ) {
        match (old, new) {
            // Where nodes moved, only the relations differ, and it is said of the nodes.
            _ if old == new && !(top && path == "/nodes" && self.nodes.any_moved()) => {}
            (Json::Object(before), Json::Object(now)) => {
                let there: HashMap<&str, &Json<'_>> = now.iter().map(|(k, v)| (k.as_ref(), v)).collect();
                let mut seen = HashSet::new();
                for (key, value) in before {
                    seen.insert(key.as_ref());
                    below(path, key, |path| match there.get(key.as_ref()) {
                        Some(other) => self.values(path, top, value, other, found),
                        None => found.changes.push(self.change(path, Some(value), None)),
                    });
                }
                for (key, value) in now.iter().filter(|(key, _)| !seen.contains(key.as_ref())) {
                    below(path, key, |path| found.changes.push(self.change(path, None, Some(value))));
                }
            }
            (Json::List(before), Json::List(now)) => self.lists(path, top, before, now, found),
            _ => found.changes.push(self.change(path, Some(old), Some(new))),
        }
    }

    fn lists(
        &mut self,
        path: &mut String,
        top: bool,
        old: &[Json<'_>],
        new: &[Json<'_>],
        found: &mut Differences,
    ) {
        let list = if top { format!("{}#{path}", base(self.file)) } else { path.clone() };
        let Some(known) = identities(&list, old, new) else {
            return self.plain(path, top, old, new, found);
        };
        let keys = |keys: &[&str], side: &HashMap<String, String>| -> Vec<Option<String>> {
            let key = |key: &&str| side.get(*key).map_or_else(|| (*key).to_owned(), Clone::clone);
            keys.iter().map(|raw| Some(key(raw))).collect()
        };
        // Relations name nodes by `_id`; what the node is known by stays the same when ids do not.
        let Matched { pairs, removed, added } = match known.by {
            "node" => matched(&keys(&known.old, &self.nodes.old), &keys(&known.new, &self.nodes.new)),
            by => {
                let some = |keys: &[&str]| keys.iter().map(|key| Some((*key).to_owned())).collect::<Vec<_>>();
                let mut matched = matched(&some(&known.old), &some(&known.new));
                if by == "_id" {
                    let names = |list: &[Json<'_>]| list.iter().map(name).collect::<Vec<_>>();
                    matched.again(&names(old), &names(new));
                }
                matched
            }
        };
        let order: Vec<usize> = pairs.iter().map(|(before, _)| *before).collect();
        let ordered = is_ordered(&list);
        for ((before, now), elsewhere) in pairs.into_iter().zip(out_of_order(&order)) {
            let (before, now_at, now) = (&old[before], now, &new[now]);
            if let (Some(was), Some(is)) = (before.text("_id"), now.text("_id"))
                && was != is
            {
                self.ids.insert(was.to_owned(), is.to_owned());
            }
            let mut item = self.item(&list, known.by, now, What::Changed);
            self.values(&mut String::new(), false, before, now, &mut item.differences);
            item.moved = elsewhere && ordered;
            if elsewhere {
                // In a list without order this comes of new ids, by which the layout sorts.
                let cause = if ordered { Cause::Edit } else { Cause::Ids };
                let index = Some(now_at);
                item.differences.changes.push(Change { index, cause, ..self.change("", None, None) });
            }
            if list == chart::NODES && self.nodes.has_moved(before.text(known.by)) {
                item.moved = true;
            }
            item.was_key = before.text(known.by).filter(|key| *key != item.key).map(str::to_owned);
            if item.moved || !item.differences.is_empty() {
                found.items.push(item);
            }
        }
        for at in removed {
            let mut item = self.item(&list, known.by, &old[at], What::Removed);
            item.differences.changes.push(self.change("", Some(&old[at]), None));
            found.items.push(item);
        }
        for at in added {
            let mut item = self.item(&list, known.by, &new[at], What::Added);
            let whole = self.change("", None, Some(&new[at]));
            item.differences.changes.push(Change { index: Some(at), ..whole });
            found.items.push(item);
        }
    }

    fn item(&self, list: &str, by: &str, element: &Json<'_>, what: What) -> Item {
        Item {
            noun: noun(list).to_owned(),
            list: list.to_owned(),
            by: by.to_owned(),
            key: element.text(by).unwrap_or_default().to_owned(),
            was_key: None,
            name: self.nodes.name(list, element).unwrap_or_else(|| name(element)),
            type_: element.text("type").map(str::to_owned),
            what,
            moved: false,
            differences: Differences::default(),
        }
    }

    /// A list whose elements nothing tells apart: what stays is what stays in order.
    fn plain(
        &mut self,
        path: &mut String,
        top: bool,
        old: &[Json<'_>],
        new: &[Json<'_>],
        found: &mut Differences,
    ) {
        let numbers = numbered(old, new);
        for op in capture_diff_slices(Algorithm::Myers, &numbers[..old.len()], &numbers[old.len()..]) {
            let (gone, come) = match op {
                DiffOp::Equal { .. } => continue,
                op => (op.old_range(), op.new_range()),
            };
            // What stands in each other's place is the same element, edited.
            let edited = gone.len().min(come.len());
            for (before, now) in gone.clone().zip(come.clone()) {
                below(path, &now.to_string(), |path| {
                    self.values(path, top, &old[before], &new[now], found);
                });
            }
            for at in gone.skip(edited) {
                below(path, &at.to_string(), |path| {
                    found.changes.push(self.change(path, Some(&old[at]), None))
                });
            }
            for at in come.skip(edited) {
                below(path, &at.to_string(), |path| {
                    found.changes.push(self.change(path, None, Some(&new[at])))
                });
            }
        }
    }
}

/// Gives equal elements of both lists equal numbers.
fn numbered(old: &[Json<'_>], new: &[Json<'_>]) -> Vec<usize> {
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let all = old.iter().chain(new);
    all.map(|element| {
        let mut value = element.to_value();
        value.sort_all_objects();
        let next = numbers.len();
        *numbers.entry(value.to_string()).or_insert(next)
    })
    .collect()
}

/// Calls `with` with the pointer one step further.
fn below(path: &mut String, step: &str, with: impl FnOnce(&mut String)) {
    let length = path.len();
    path.push('/');
    path.push_str(&step.replace('~', "~0").replace('/', "~1"));
    with(path);
    path.truncate(length);
}

/// Returns a file's name without its folder: one list of a flow is in a file of each locale.
pub(super) fn base(file: &str) -> &str {
    file.rsplit('/').next().unwrap_or(file)
}
