//! From files back to resources: the layout the other way round, for what brings a snapshot back.
//!
//! What the layout leaves out stays out: times of change are the manifest's, and what the server computes it computes
//! again. A field that was redacted is not there; the manifest says which ones these are.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::content::text;
use super::flow::{DOCUMENT, LISTED, SETTINGS};
use super::{LocaleFolders, Malformed};
use crate::snapshot::{FileEntry, Kind, Origin, Part, PartName, Resource, ResourceEntry, Times, TreePath};

/// A file of a snapshot, with what its manifest says of it.
#[derive(Debug, Clone, Copy)]
pub struct StoredFile<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Its entry in the manifest.
    pub entry: &'a FileEntry,
}

/// Reads one resource (any kind but locales) from its `files`, by their paths below its folder. All its parts count as
/// carried: they were read when the manifest says.
///
/// # Errors
/// A file that every resource of its kind has is missing, or holds something else.
pub fn read(
    entry: &ResourceEntry,
    locales: &LocaleFolders,
    files: &BTreeMap<TreePath, StoredFile<'_>>,
) -> Result<Resource, Malformed> {
    let folder = Folder { entry, files };
    let parts = match entry.kind {
        Kind::Flows => folder.flow(locales)?,
        Kind::Lexicons => vec![
            folder.part(PartName::Document, "lexicon.json")?,
            folder.part(PartName::Entries, "entries.json")?,
            folder.part(PartName::Slots, "slots.json")?,
        ],
        Kind::YesNoIntents => folder.yes_no_intents()?,
        _ => {
            let mut parts = vec![folder.part(PartName::Document, LISTED)?];
            parts.extend(folder.optional(PartName::Chunks, "chunks.json")?);
            parts
        }
    };
    Ok(resource(entry, parts))
}

/// Reads the locales that share a file.
///
/// # Errors
/// The file is no list, or one of the locales is not in it.
pub fn read_locales(entries: &[&ResourceEntry], file: StoredFile<'_>) -> Result<Vec<Resource>, Malformed> {
    let read = |entry: &&ResourceEntry| {
        let folder = Folder { entry, files: &BTreeMap::new() };
        let all = folder.value(super::LOCALES_FILE, file)?;
        let own = all.as_array().and_then(|all| all.iter().find(|locale| locale["_id"] == entry.id.as_str()));
        let own = own.ok_or_else(|| folder.broken(super::LOCALES_FILE, "does not have it"))?;
        Ok(resource(entry, vec![part(PartName::Listed, file, own.clone())]))
    };
    entries.iter().map(read).collect()
}

fn resource(entry: &ResourceEntry, parts: Vec<Part>) -> Resource {
    Resource {
        kind: entry.kind,
        owner: entry.owner.clone(),
        reference_id: entry.reference_id.clone(),
        id: entry.id.clone(),
        name: entry.name.clone(),
        times: Times {
            created: entry.created_at,
            created_by: entry.created_by.clone(),
            last_changed: entry.last_changed,
            last_changed_by: entry.last_changed_by.clone(),
        },
        parts,
    }
}

fn part(name: PartName, file: StoredFile<'_>, value: Value) -> Part {
    let read_at = file.entry.parts.get(&name.to_string()).copied().unwrap_or(file.entry.read_at);
    Part { name, read_at, origin: Origin::Carried, value }
}

/// The files of one resource.
struct Folder<'a> {
    entry: &'a ResourceEntry,
    files: &'a BTreeMap<TreePath, StoredFile<'a>>,
}

impl<'a> Folder<'a> {
    fn broken(&self, file: &str, why: &str) -> Malformed {
        let why = format!("its {file} in the snapshot {why}");
        Malformed { kind: self.entry.kind, name: self.entry.name.clone(), why }
    }

    fn find(&self, file: &str) -> Option<StoredFile<'a>> {
        self.files.get(&file.parse::<TreePath>().ok()?).copied()
    }

    fn file(&self, file: &str) -> Result<StoredFile<'a>, Malformed> {
        self.find(file).ok_or_else(|| self.broken(file, "is missing"))
    }

    fn value(&self, name: &str, file: StoredFile<'_>) -> Result<Value, Malformed> {
        serde_json::from_slice(file.bytes).map_err(|error| self.broken(name, &format!("is no JSON: {error}")))
    }

    fn part(&self, name: PartName, path: &str) -> Result<Part, Malformed> {
        let file = self.file(path)?;
        Ok(part(name, file, self.value(path, file)?))
    }

    fn optional(&self, name: PartName, path: &str) -> Result<Option<Part>, Malformed> {
        self.find(path).map(|_| self.part(name, path)).transpose()
    }

    /// Reads a locale's yes and no: their examples stand in one file, by the keys that the intents have.
    fn yes_no_intents(&self) -> Result<Vec<Part>, Malformed> {
        const EXAMPLES: &str = "sentences.json";
        let listed = self.part(PartName::Listed, LISTED)?;
        let mut parts = Vec::new();
        if let Some(file) = self.find(EXAMPLES) {
            let Value::Object(lists) = self.value(EXAMPLES, file)? else {
                return Err(self.broken(EXAMPLES, "is no object"));
            };
            for (key, list) in lists {
                let intent = listed.value[&key]["_id"].as_str();
                let intent = intent.ok_or_else(|| {
                    self.broken(EXAMPLES, &format!("has examples of `{key}`, which is no intent"))
                })?;
                parts.push(part(PartName::Sentences { intent: intent.to_owned() }, file, list));
            }
        }
        parts.insert(0, listed);
        Ok(parts)
    }

    fn flow(&self, locales: &LocaleFolders) -> Result<Vec<Part>, Malformed> {
        let mut parts = vec![
            self.part(PartName::Listed, LISTED)?,
            self.part(PartName::Document, DOCUMENT)?,
            self.part(PartName::Settings, SETTINGS)?,
        ];
        let mut nodes: BTreeMap<PartName, Part> = BTreeMap::new();
        for (locale, folder) in &locales.0 {
            parts.push(self.chart(locale, folder, &mut nodes)?);
            parts.push(
                self.part(PartName::Intents { locale: locale.clone() }, &format!("{folder}/intents.json"))?,
            );
        }
        parts.extend(nodes.into_values());
        Ok(parts)
    }

    /// Reads a chart as the server gave it, and puts the nodes' own content, which stands in it, into `nodes`.
    fn chart(
        &self,
        locale: &str,
        folder: &str,
        nodes: &mut BTreeMap<PartName, Part>,
    ) -> Result<Part, Malformed> {
        let (path, beside) = (format!("{folder}/chart.json"), format!("{folder}/node-extras.json"));
        let mut chart = self.part(PartName::Chart { locale: locale.to_owned() }, &path)?;
        let file = self.file(&path)?;
        let mut extras: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
        if let Some(found) = self.find(&beside) {
            let Value::Array(all) = self.value(&beside, found)? else {
                return Err(self.broken(&beside, "is no list"));
            };
            for extra in all {
                if let Value::Object(fields) = extra
                    && let Some(id) = text(&fields, "_id")
                {
                    extras.insert(id, fields);
                }
            }
        }
        let list = chart.value.get_mut("nodes").and_then(Value::as_array_mut);
        for node in list.ok_or_else(|| self.broken(&path, "has no `nodes`"))? {
            let excerpt =
                node.as_object_mut().ok_or_else(|| self.broken(&path, "has a node that is no object"))?;
            let id = text(excerpt, "_id").ok_or_else(|| self.broken(&path, "has a node without `_id`"))?;
            let config = excerpt.shift_remove("config");
            let config =
                config.ok_or_else(|| self.broken(&path, &format!("has no `config` of the node {id}")))?;
            let home = text(excerpt, "localeReference").unwrap_or_else(|| locale.to_owned());
            let mut own = extras.remove(&id).unwrap_or_default();
            own.insert("_id".to_owned(), Value::String(id.clone()));
            own.insert("config".to_owned(), config);
            // The charts of all locales that inherit a node have it; its own is the one to be believed.
            let at_home = home == locale;
            let name = PartName::Node { node: id, locale: home };
            if at_home || !nodes.contains_key(&name) {
                nodes.insert(name.clone(), part(name, file, Value::Object(own)));
            }
        }
        Ok(chart)
    }
}
