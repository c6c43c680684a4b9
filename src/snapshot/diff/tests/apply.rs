//! Does a diff to the older content. Nobody but the tests needs that; that it works is what "nothing left out" means.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Project;
use crate::snapshot::Kind;
use crate::snapshot::diff::{Change, Diff, Differences, Item, What};

/// Files as values, by kind and reference id, with the resource's name.
pub(super) type Content = BTreeMap<(Option<Kind>, String), (String, BTreeMap<String, Value>)>;

/// Returns a project's content as a diff sees it.
pub(super) fn content(project: &Project) -> Content {
    let mut content = Content::new();
    for entry in &project.resources {
        let mut files = BTreeMap::new();
        for (path, bytes) in &project.files {
            let value = serde_json::from_slice(bytes)
                .unwrap_or_else(|_| Value::String(String::from_utf8(bytes.clone()).unwrap()));
            if path == &entry.path {
                let items = value.as_array().cloned().unwrap_or_default();
                let own = items.into_iter().find(|item| item["_id"] == entry.id.as_str());
                files.extend(own.map(|own| ("locales.json".to_owned(), own)));
            } else if let Some(file) = path.as_str().strip_prefix(&format!("{}/", entry.path)) {
                files.insert(file.to_owned(), value);
            }
        }
        content.insert((Some(entry.kind), entry.reference_id.clone()), (entry.name.clone(), files));
    }
    content
}

/// Does `diff` to `content`.
pub(super) fn apply(diff: &Diff, content: &mut Content) {
    for resource in &diff.resources {
        let key = (Some(resource.kind), resource.reference_id.clone());
        if resource.what == What::Removed {
            content.remove(&key).expect("what is removed was there");
            continue;
        }
        if let Some(was) = &resource.was_reference_id {
            let before = content.remove(&(Some(resource.kind), was.clone())).expect("what changed was there");
            content.insert(key.clone(), before);
        }
        let (name, files) = content.entry(key).or_default();
        *name = resource.name.clone();
        let mut touched: Vec<&String> = Vec::new();
        walk(&resource.differences, &mut |change| touched.extend(&change.files));
        touched.sort();
        touched.dedup();
        for file in touched {
            let before = files.remove(file);
            files.extend(patched(before, file, &resource.differences, true).map(|now| (file.clone(), now)));
        }
    }
}

fn walk<'a>(differences: &'a Differences, see: &mut impl FnMut(&'a Change)) {
    differences.changes.iter().for_each(&mut *see);
    differences.items.iter().for_each(|item| walk(&item.differences, see));
}

fn patched(value: Option<Value>, file: &str, differences: &Differences, top: bool) -> Option<Value> {
    let own: Vec<&Change> =
        differences.changes.iter().filter(|c| c.files.iter().any(|f| f == file)).collect();
    let whole = own.iter().find(|change| change.path.is_empty());
    let mut value = match whole {
        Some(change) if top && change.new.is_some() && change.old.is_none() => change.new.clone()?,
        Some(change) if top && change.old.is_some() && change.new.is_some() => return change.new.clone(),
        Some(Change { new: None, old: Some(_), .. }) if top => return None,
        _ => value?,
    };
    let steps = |path: &str| path.split('/').skip(1).map(unescaped).collect::<Vec<_>>();
    let fields: Vec<(Vec<String>, &Change)> =
        own.into_iter().filter(|c| !c.path.is_empty()).map(|c| (steps(&c.path), c)).collect();
    fields_done(&mut value, &fields);
    let mut lists: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
    for item in &differences.items {
        let mut here = false;
        walk(&item.differences, &mut |change| here |= change.files.iter().any(|f| f == file));
        if here {
            lists.entry(&item.list).or_default().push(item);
        }
    }
    for (list, items) in lists {
        let pointer = list.split_once('#').map_or(list, |(_, pointer)| pointer);
        items_done(value.pointer_mut(pointer).unwrap().as_array_mut().unwrap(), &items, file);
    }
    Some(value)
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// Elements that went count by the list before, all others by the list as it is then.
fn fields_done(value: &mut Value, changes: &[(Vec<String>, &Change)]) {
    let mut below: BTreeMap<&str, Vec<(Vec<String>, &Change)>> = BTreeMap::new();
    let (mut gone, mut come): (Vec<usize>, Vec<(usize, &Value)>) = (Vec::new(), Vec::new());
    let listed = value.is_array();
    for (steps, change) in changes {
        match (steps.as_slice(), &change.old, &change.new) {
            ([at], Some(_), None) if listed => gone.push(at.parse().unwrap()),
            ([at], None, Some(new)) if listed => come.push((at.parse().unwrap(), new)),
            ([], _, Some(new)) => {
                *value = (*new).clone();
                return;
            }
            ([key], _, None) => drop(value.as_object_mut().unwrap().remove(key)),
            ([key], None, Some(new)) => drop(value.as_object_mut().unwrap().insert(key.clone(), new.clone())),
            ([first, rest @ ..], ..) => below.entry(first).or_default().push((rest.to_vec(), change)),
            _ => unreachable!("{steps:?}"),
        }
    }
    if let Some(items) = value.as_array_mut() {
        gone.sort_unstable();
        gone.iter().rev().for_each(|at| drop(items.remove(*at)));
        come.sort_by_key(|(at, _)| *at);
        come.iter().for_each(|(at, new)| items.insert(*at, (*new).clone()));
    }
    for (step, changes) in below {
        let inner = match &mut *value {
            Value::Array(items) => &mut items[step.parse::<usize>().unwrap()],
            Value::Object(fields) => fields.entry(step).or_insert_with(|| Value::Object(Map::new())),
            _ => unreachable!(),
        };
        fields_done(inner, &changes);
    }
}

fn items_done(list: &mut Vec<Value>, items: &[&Item], file: &str) {
    let mut placed: Vec<(usize, Value)> = Vec::new();
    for item in items {
        let whole =
            item.differences.changes.iter().find(|c| c.path.is_empty() && c.files.iter().any(|f| f == file));
        if item.what == What::Added {
            let change = whole.unwrap();
            placed.push((change.index.unwrap(), change.new.clone().unwrap()));
            continue;
        }
        let key = item.was_key.as_ref().unwrap_or(&item.key).as_str();
        let at = list.iter().position(|element| element[&item.by] == key).unwrap();
        if item.what == What::Removed {
            list.remove(at);
            continue;
        }
        list[at] = patched(Some(list[at].take()), file, &item.differences, false).unwrap();
        if let Some(index) = whole.and_then(|change| change.index) {
            placed.push((index, list.remove(at)));
        } else if item.was_key.is_some() {
            // Later items are found by the keys that they had.
            list[at][&item.by] = Value::String(format!("{key}\0done"));
        }
    }
    let restore = |element: &mut Value| {
        for item in items.iter().filter(|item| item.was_key.is_some()) {
            if element[&item.by] == format!("{}\0done", item.was_key.as_deref().unwrap()) {
                element[&item.by] = Value::String(item.key.clone());
                return;
            }
        }
    };
    list.iter_mut().filter(|element| element.is_object()).for_each(restore);
    placed.sort_by_key(|(at, _)| *at);
    placed.into_iter().for_each(|(at, element)| list.insert(at, element));
}
