//! The layout: how a resource becomes files (layout 1, docs/format.md).
//!
//! A superset of what the vendor's `cognigy clone` writes, so that its diff, push and restore work on a checked-out
//! snapshot: the same folders and the same files, and more files beside them inside a resource's own folder.
//!
//! What the server computes or counts by itself is left out (transpiled code, previews, feedback reports), as are the
//! times of change, which stand in the manifest: neither may make a snapshot of a project that nobody edited.

mod content;
mod document;
mod flow;
mod lexicon;
mod read;
pub mod template;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use content::{document as document_of, file, json, path, required, sort};
pub use read::{StoredFile, read, read_locales};
use serde_json::Value;

use super::redact::SecretsPolicy;
use super::{Kind, PartName, Resource, TreePath, folder_names};

/// A file of a resource, its path relative to the resource's folder.
#[derive(Debug, Clone, PartialEq)]
pub struct RenderedFile {
    /// Where it stands below the resource's folder.
    pub path: TreePath,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// When the oldest of its parts was read.
    pub read_at: DateTime<Utc>,
    /// Parts read in another run than the oldest, by name.
    pub parts: BTreeMap<String, DateTime<Utc>>,
    /// JSON pointers of removed fields.
    pub redacted: Vec<String>,
    /// Whether all of it was carried from an earlier snapshot: what was removed then is not here to be found.
    pub carried: bool,
}

/// A resource that cannot be laid out, or read back, because something lacks that every such resource has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} `{name}`: {why}")]
pub struct Malformed {
    /// The resource's kind.
    pub kind: Kind,
    /// The resource's name.
    pub name: String,
    /// What is missing.
    pub why: String,
}

/// The file names of a project's locales, by `_id`: a flow has a folder for each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocaleFolders(BTreeMap<String, String>);

impl LocaleFolders {
    /// Names the folders of `locales` (`_id`, reference id, true name).
    #[must_use]
    pub fn new(locales: &[(String, String, String)]) -> Self {
        let members =
            locales.iter().map(|(id, reference, name)| (id.as_str(), reference.as_str(), name.as_str()));
        Self(names_by_id(members, &flow::OWN_FILES))
    }

    /// Returns the folder of a locale, by its `_id`.
    #[must_use]
    pub fn folder(&self, locale: &str) -> Option<&str> {
        self.0.get(locale).map(String::as_str)
    }

    /// Returns whether there is none: the locales are not known yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The file that holds all locales, below `agentDir`, where the vendor's CLI expects it.
pub const LOCALES_FILE: &str = "flows/locales.json";

/// What naming a resource's folder needs to know of it.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// Its kind.
    pub kind: Kind,
    /// The `_id` of the resource that it belongs to, where that is not the project.
    pub owner: Option<&'a str>,
    /// Its `_id`.
    pub id: &'a str,
    /// Its reference id.
    pub reference_id: &'a str,
    /// Its true name.
    pub name: &'a str,
}

/// Returns the folder of each resource below `agentDir`, by kind and `_id`: `flows/Main`, or for what belongs to another
/// resource `flowStates/Main/Start`. Locales share one file.
#[must_use]
pub fn places(resources: &[Member<'_>]) -> HashMap<(Kind, String), TreePath> {
    let mut places = HashMap::new();
    // The file names of each kind's resources, by `_id`: what belongs to them stands in a folder of that name.
    let mut names: BTreeMap<Kind, BTreeMap<String, String>> = BTreeMap::new();
    for kind in Kind::ALL {
        let members: Vec<_> = resources.iter().filter(|member| member.kind == kind).collect();
        let owners: BTreeSet<Option<&str>> = members.iter().map(|member| member.owner).collect();
        for owner in owners {
            let siblings = members.iter().filter(|member| member.owner == owner);
            let siblings = siblings.map(|member| (member.id, member.reference_id, member.name));
            let taken: &[&str] = if kind == Kind::Flows { &["locales.json"] } else { &[] };
            let named = names_by_id(siblings, taken);
            let folder = kind.owner().zip(owner).map(|(kind, id)| {
                // An owner that is not there itself (left out by name) still has an id.
                names.get(&kind).and_then(|names| names.get(id)).map_or(id, String::as_str)
            });
            for (id, name) in &named {
                let at = match kind {
                    Kind::Project | Kind::ProjectSettings => kind.name().to_owned(),
                    Kind::Locales => LOCALES_FILE.to_owned(),
                    _ => match folder {
                        // One for each owner needs no name of its own.
                        Some(folder) if kind.is_single() => format!("{kind}/{folder}"),
                        Some(folder) => format!("{kind}/{folder}/{name}"),
                        None => format!("{kind}/{name}"),
                    },
                };
                places.insert((kind, id.clone()), path(&at));
            }
            names.entry(kind).or_default().extend(named);
        }
    }
    places
}

/// Names the folders of `members` (`_id`, reference id, true name), by `_id`. Only that is unique on every server: a
/// reference id should be, but where two share one, the mark of each is made of both its ids, lest one resource take
/// the other's place.
fn names_by_id<'a>(
    members: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>,
    taken: &[&str],
) -> BTreeMap<String, String> {
    let members: Vec<_> = members.into_iter().collect();
    let mut seen = HashSet::new();
    let shared: HashSet<&str> = members
        .iter()
        .map(|(_, reference, _)| *reference)
        .filter(|reference| !seen.insert(*reference))
        .collect();
    let marks: Vec<String> = members
        .iter()
        .map(
            |&(id, reference, _)| {
                if shared.contains(reference) { format!("{id}/{reference}") } else { reference.to_owned() }
            },
        )
        .collect();
    let names =
        folder_names(marks.iter().map(String::as_str).zip(members.iter().map(|(.., name)| *name)), taken);
    members.iter().zip(&marks).map(|((id, ..), mark)| ((*id).to_owned(), names[mark].clone())).collect()
}

/// Lays out all locales of a project as their one file, by its path below `agentDir`.
///
/// # Errors
/// A locale without its list entry.
pub fn render_locales(locales: &[Resource]) -> Result<RenderedFile, Malformed> {
    let mut items = Vec::new();
    let mut parts = Vec::new();
    for locale in locales {
        let part = required(locale, &PartName::Listed)?;
        items.push(document_of(&part.value));
        parts.push(part);
    }
    sort(&mut items);
    Ok(file(LOCALES_FILE, json(&Value::Array(items)), &parts))
}

/// Lays out one resource (any kind but locales) as files below its folder.
///
/// # Errors
/// A part that every resource of its kind has is missing or has another shape.
pub fn render(
    resource: &Resource,
    locales: &LocaleFolders,
    secrets: SecretsPolicy,
) -> Result<Vec<RenderedFile>, Malformed> {
    match resource.kind {
        Kind::Flows => flow::render(resource, locales, secrets),
        Kind::Lexicons => lexicon::render(resource),
        _ => document::render(resource, secrets),
    }
}

/// Returns `new`, or the bytes that stood in its place before where they are the same JSON value: key order and
/// spelling of numbers are the server's whim and no change.
#[must_use]
pub fn settled<'a>(path: &TreePath, new: &'a [u8], previous: &'a [u8]) -> &'a [u8] {
    if new == previous || !path.as_str().ends_with(".json") {
        return new;
    }
    let value = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
    match (value(new), value(previous)) {
        (Some(a), Some(b)) if a == b => previous,
        _ => new,
    }
}
