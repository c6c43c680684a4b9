//! Goes through a diff: to take secrets out of every text, to copy it without what is too long.

use serde_json::Value;

use super::{Change, Diff, Differences, Item, ResourceChange};

impl Diff {
    /// Calls `change` with every text in it that came from a project: names, values, the keys of objects in them.
    pub fn each_text(&mut self, change: &mut impl FnMut(&mut String)) {
        for resource in &mut self.resources {
            change(&mut resource.name);
            resource.was.iter_mut().chain(&mut resource.owner).for_each(&mut *change);
            resource.differences.each_text(change);
        }
        self.elsewhere.each_text(change);
        self.locales.values_mut().for_each(change);
    }
}

impl ResourceChange {
    /// Returns a copy with other differences.
    #[must_use]
    pub fn with(&self, differences: Differences) -> Self {
        Self {
            kind: self.kind,
            reference_id: self.reference_id.clone(),
            was_reference_id: self.was_reference_id.clone(),
            id: self.id.clone(),
            name: self.name.clone(),
            was: self.was.clone(),
            owner: self.owner.clone(),
            path: self.path.clone(),
            what: self.what,
            last_changed: self.last_changed,
            last_changed_by: self.last_changed_by.clone(),
            differences,
        }
    }
}

impl Differences {
    /// Returns a copy in which each value is what `map` makes of it.
    #[must_use]
    pub fn mapped(&self, map: &mut impl FnMut(&Value) -> Value) -> Self {
        let changes = self.changes.iter().map(|change| Change {
            files: change.files.clone(),
            path: change.path.clone(),
            old: change.old.as_ref().map(&mut *map),
            new: change.new.as_ref().map(&mut *map),
            ..*change
        });
        let changes = changes.collect();
        let items = self.items.iter().map(|item| Item {
            noun: item.noun.clone(),
            list: item.list.clone(),
            by: item.by.clone(),
            key: item.key.clone(),
            was_key: item.was_key.clone(),
            name: item.name.clone(),
            type_: item.type_.clone(),
            differences: item.differences.mapped(map),
            ..*item
        });
        Self { changes, items: items.collect() }
    }

    /// Returns how many values stand in it.
    #[must_use]
    pub fn values(&self) -> usize {
        let own = |change: &Change| usize::from(change.old.is_some()) + usize::from(change.new.is_some());
        let items = self.items.iter().map(|item| item.differences.values()).sum::<usize>();
        self.changes.iter().map(own).sum::<usize>() + items
    }

    fn each_text(&mut self, change: &mut impl FnMut(&mut String)) {
        for at in &mut self.changes {
            at.files.iter_mut().for_each(&mut *change);
            change(&mut at.path);
            [&mut at.old, &mut at.new].into_iter().flatten().for_each(|value| each_text(value, change));
        }
        for item in &mut self.items {
            [&mut item.name, &mut item.key, &mut item.list].into_iter().for_each(&mut *change);
            item.was_key.iter_mut().for_each(&mut *change);
            item.differences.each_text(change);
        }
    }
}

fn each_text(value: &mut Value, change: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, change)),
        Value::Object(fields) => {
            let all = std::mem::take(fields).into_iter().map(|(mut key, mut field)| {
                change(&mut key);
                each_text(&mut field, change);
                (key, field)
            });
            *fields = all.collect();
        }
        _ => {}
    }
}
