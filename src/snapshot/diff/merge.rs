//! Folds what differs in one more file into what differs in the files before: what is the same change in both is
//! one change.

use std::collections::HashMap;

use super::{Change, Differences, Item};

/// Adds `more` to `all`.
pub(super) fn merge(all: &mut Differences, more: Differences) {
    if all.is_empty() {
        *all = more;
        return;
    }
    merge_changes(&mut all.changes, more.changes);
    merge_items(&mut all.items, more.items);
}

fn merge_changes(all: &mut Vec<Change>, more: Vec<Change>) {
    let mut by_path: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, change) in all.iter().enumerate() {
        by_path.entry(change.path.clone()).or_default().push(at);
    }
    for change in more {
        let same = |at: &&usize| {
            let known: &Change = &all[**at];
            (&known.old, &known.new, known.index, known.cause)
                == (&change.old, &change.new, change.index, change.cause)
        };
        match by_path.get(&change.path).and_then(|places| places.iter().find(same)).copied() {
            Some(at) => all[at].files.extend(change.files),
            None => all.push(change),
        }
    }
}

fn merge_items(all: &mut Vec<Item>, more: Vec<Item>) {
    type Identity = (String, String, Option<String>);
    let identity = |item: &Item| -> Identity { (item.list.clone(), item.key.clone(), item.was_key.clone()) };
    let known: HashMap<Identity, usize> =
        all.iter().enumerate().map(|(at, item)| (identity(item), at)).collect();
    for item in more {
        match known.get(&identity(&item)) {
            Some(&at) if all[at].what == item.what && all[at].by == item.by => {
                all[at].moved |= item.moved;
                merge(&mut all[at].differences, item.differences);
            }
            _ => all.push(item),
        }
    }
}
