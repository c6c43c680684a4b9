//! Makes a [`Diff`]: pairs resources, finds the files of each, reads those that differ.

use std::collections::{BTreeMap, HashMap};

use super::compare::Comparison;
use super::json::Json;
use super::locales::Locales;
use super::pairs::{Entries, Pair, pairs};
use super::{Cause, Diff, Differences, ResourceChange, Side, What, ids, merge};
use crate::snapshot::{Kind, ResourceEntry};

impl Diff {
    /// Compares an older content with a newer one. `read` gives the bytes of a file by what tells it from others; it
    /// is called only for files that differ.
    ///
    /// All content of added and removed resources stands in the result: a first snapshot has nothing to compare with,
    /// and is not worth the memory.
    ///
    /// # Errors
    /// What `read` says.
    pub fn between<F: PartialEq, E>(
        old: &Side<'_, F>,
        new: &Side<'_, F>,
        read: impl FnMut(&F) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        let (entries, newer) = (Entries::new(old.resources), Entries::new(new.resources));
        let pairs = pairs(&entries, &newer);
        let locales = Locales::of(&pairs);
        let (mut before, mut now) = (owned(old), owned(new));
        let mut reading = Reading { read, ids: HashMap::new() };
        let mut resources = Vec::new();
        for pair @ (was, is) in pairs {
            let mut files = Files::new();
            for file in was.and_then(|entry| before.get(entry.path.as_str())).into_iter().flatten() {
                let version = Version::of(was, file);
                files.entry(locales.file(was, file.name)).or_default().0 = Some(version);
            }
            for file in is.and_then(|entry| now.get(entry.path.as_str())).into_iter().flatten() {
                files.entry(file.name.to_owned()).or_default().1 = Some(Version::of(is, file));
            }
            if let (Some(was), Some(is)) = (was, is) {
                reading.renamed(&was.id, &is.id);
            }
            let whole = |file: &str| was.is_none() || is.is_none() || locales.is_lonely(pair, file);
            let mut differences = reading.differences(files, whole)?;
            let lonely = |file: &String| was.is_some() && is.is_some() && locales.is_lonely(pair, file);
            for change in differences.changes.iter_mut().filter(|change| change.files.iter().all(lonely)) {
                change.cause = Cause::Locale;
            }
            let owner = match pair {
                (_, Some(is)) => newer.owner(is),
                (was, None) => was.and_then(|was| entries.owner(was)),
            };
            resources.extend(changed(pair, owner, differences));
        }
        let mut files = Files::new();
        for file in before.remove(NOBODY).unwrap_or_default() {
            files.entry(file.name.to_owned()).or_default().0 = Some(Version::of(None, &file));
        }
        for file in now.remove(NOBODY).unwrap_or_default() {
            files.entry(file.name.to_owned()).or_default().1 = Some(Version::of(None, &file));
        }
        let elsewhere = reading.differences(files, |_| false)?;
        let mut diff = Self { resources, elsewhere, locales: locales.names };
        ids::mark(&mut diff, &reading.ids);
        Ok(diff)
    }
}

fn changed(
    (was, is): Pair<'_>,
    owner: Option<&ResourceEntry>,
    differences: Differences,
) -> Option<ResourceChange> {
    let entry = is.or(was)?;
    let what = match (was, is) {
        (None, _) => What::Added,
        (_, None) => What::Removed,
        _ => What::Changed,
    };
    // A server that does not count the edit of a node as one of its flow tells nothing of who made it.
    let dated = was.is_none_or(|was| was.last_changed != entry.last_changed);
    let renumbered = was.filter(|was| was.reference_id != entry.reference_id);
    // What is there once goes by the name of what it belongs to, and that one's renaming is said already.
    let named = entry.kind == Kind::Project || !entry.kind.is_single();
    let was = was.filter(|was| named && was.name != entry.name && what == What::Changed);
    let was = was.map(|was| was.name.clone());
    (what != What::Changed || was.is_some() || !differences.is_empty()).then(|| ResourceChange {
        kind: entry.kind,
        reference_id: entry.reference_id.clone(),
        was_reference_id: renumbered.map(|was| was.reference_id.clone()),
        id: entry.id.clone(),
        name: entry.name.clone(),
        was,
        owner: owner.map(|owner| owner.name.clone()),
        path: entry.path.clone(),
        what,
        last_changed: entry.last_changed.filter(|_| dated),
        last_changed_by: entry.last_changed_by.clone().filter(|_| dated),
        differences,
    })
}

/// A file below the path of a resource.
struct Owned<'a, F> {
    /// Its path below the resource's folder.
    name: &'a str,
    /// Whether it is the resource's path itself: a file that several resources share.
    shared: bool,
    id: &'a F,
}

/// Under which files stand that belong to no resource. No path is empty.
const NOBODY: &str = "";

/// Sorts the files of a side by the path of the resource that they belong to.
fn owned<'a, F>(side: &'a Side<'_, F>) -> HashMap<&'a str, Vec<Owned<'a, F>>> {
    let mut owned: HashMap<&str, Vec<Owned<'a, F>>> =
        side.resources.iter().map(|entry| (entry.path.as_str(), Vec::new())).collect();
    for (path, id) in &side.files {
        let path = path.as_str();
        let folders = path.rmatch_indices('/').map(|(at, _)| &path[..at]);
        let owner = std::iter::once(path).chain(folders).find(|owner| owned.contains_key(owner));
        let name = match owner {
            Some(owner) if owner == path => path.rsplit('/').next().unwrap_or(path),
            Some(owner) => &path[owner.len() + 1..],
            None => path,
        };
        let file = Owned { name, shared: owner == Some(path), id };
        owned.entry(owner.unwrap_or(NOBODY)).or_default().push(file);
    }
    owned
}

/// What one side has of a file: all of it, or, where resources share one, the element with this `_id`.
struct Version<'a, F> {
    id: &'a F,
    element: Option<&'a str>,
}

impl<'a, F> Version<'a, F> {
    fn of(entry: Option<&'a ResourceEntry>, file: &Owned<'a, F>) -> Self {
        Self { id: file.id, element: entry.filter(|_| file.shared).map(|entry| entry.id.as_str()) }
    }

    fn pick<'b>(&self, content: Json<'b>) -> Option<Json<'b>> {
        match (self.element, content) {
            (None, content) => Some(content),
            (Some(id), Json::List(items)) => items.into_iter().find(|item| item.text("_id") == Some(id)),
            (Some(_), _) => None,
        }
    }
}

/// The files of a resource, by the name that they have in a diff, as they are on both sides.
type Files<'a, F> = BTreeMap<String, (Option<Version<'a, F>>, Option<Version<'a, F>>)>;

/// Reads what differs.
struct Reading<R> {
    read: R,
    /// Old ids and the new ones of the same things.
    ids: HashMap<String, String>,
}

impl<R> Reading<R> {
    fn renamed(&mut self, old: &str, new: &str) {
        if old != new {
            self.ids.insert(old.to_owned(), new.to_owned());
        }
    }

    /// Returns what differs in `files`; of those that `whole` names, a side that is there alone is not looked into.
    fn differences<F: PartialEq, E>(
        &mut self,
        files: Files<'_, F>,
        whole: impl Fn(&str) -> bool,
    ) -> Result<Differences, E>
    where
        R: FnMut(&F) -> Result<Vec<u8>, E>,
    {
        let mut all = Differences::default();
        for (file, (old, new)) in files {
            if let (Some(old), Some(new)) = (&old, &new)
                && old.id == new.id
            {
                continue;
            }
            let mut bytes = |version: &Option<Version<'_, F>>| {
                version.as_ref().map(|version| (self.read)(version.id)).transpose()
            };
            let (old_bytes, new_bytes) = (bytes(&old)?, bytes(&new)?);
            let before =
                old.zip(old_bytes.as_deref()).and_then(|(v, bytes)| v.pick(Json::read(&file, bytes)));
            let now = new.zip(new_bytes.as_deref()).and_then(|(v, bytes)| v.pick(Json::read(&file, bytes)));
            let mut comparison = Comparison::new(&file, &mut self.ids);
            let found = match (&before, &now) {
                (None, None) => continue,
                (Some(before), Some(now)) => comparison.both(before, now),
                (before, now) if whole(&file) => comparison.whole(before.as_ref(), now.as_ref()),
                (before, now) => comparison.one(before.as_ref(), now.as_ref()),
            };
            merge::merge(&mut all, found);
        }
        Ok(all)
    }
}
