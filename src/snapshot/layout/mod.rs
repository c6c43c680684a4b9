//! The layout: how a resource becomes files (layout 1, docs/format.md).
//!
//! A superset of what the vendor's `cognigy clone` writes, so that its diff, push and restore work on a checked-out
//! snapshot: the same folders and the same files, and more files beside them inside a resource's own folder.
//!
//! What the server computes or counts by itself is left out (transpiled code, previews, feedback reports), as are the
//! times of change, which stand in the manifest: neither may make a snapshot of a project that nobody edited.

mod content;
mod flow;
mod lexicon;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use content::{document, file, json, path, redacted_file, required, sort, text};
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
}

/// A resource that cannot be laid out because an answer lacks what every such answer has.
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

/// Returns the folder of each resource (kind, `_id`, reference id, true name) below `agentDir`, by kind and `_id`.
/// Locales share one file.
#[must_use]
pub fn places(resources: &[(Kind, &str, &str, &str)]) -> HashMap<(Kind, String), TreePath> {
    let mut places = HashMap::new();
    for kind in Kind::ALL {
        let members = resources.iter().filter(|(k, ..)| *k == kind);
        let members = members.map(|(_, id, reference, name)| (*id, *reference, *name));
        match kind {
            Kind::Project => places.extend(members.map(|(id, ..)| ((kind, id.to_owned()), path("project")))),
            Kind::Locales => {
                places.extend(members.map(|(id, ..)| ((kind, id.to_owned()), path(LOCALES_FILE))))
            }
            _ => {
                let taken: &[&str] = if kind == Kind::Flows { &["locales.json"] } else { &[] };
                let folder = |(id, file): (String, String)| ((kind, id), path(&format!("{kind}/{file}")));
                places.extend(names_by_id(members, taken).into_iter().map(folder));
            }
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
        items.push(document(&part.value));
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
        Kind::Endpoints => render_endpoint(resource, secrets),
        Kind::Project | Kind::AiAgents | Kind::Locales => {
            let part = required(resource, &PartName::Document)?;
            Ok(vec![redacted_file("config.json", document(&part.value), &[part], secrets)])
        }
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

fn render_endpoint(endpoint: &Resource, secrets: SecretsPolicy) -> Result<Vec<RenderedFile>, Malformed> {
    let whole = required(endpoint, &PartName::Document)?;
    let mut config = document(&whole.value);
    let mut files = Vec::new();
    if let Some(transformer) = config.get_mut("transformer").and_then(Value::as_object_mut) {
        transformer.shift_remove("transpiledTransformer");
        if let Some(code) = text(transformer, "transformer") {
            files.push(file("transformer.ts", code.into_bytes(), &[whole]));
        }
    }
    files.insert(0, redacted_file("config.json", config, &[whole], secrets));
    Ok(files)
}
