//! The layout: how a resource becomes files (layout 1, docs/format.md).
//!
//! A superset of what the vendor's `cognigy clone` writes, so that its diff, push and restore work on a checked-out
//! snapshot: the same folders and the same files, and more files beside them inside a resource's own folder.
//!
//! What the server computes or counts by itself is left out (transpiled code, previews, feedback reports), as are the
//! times of change, which stand in the manifest: neither may make a snapshot of a project that nobody edited.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::redact::{SecretsPolicy, redact};
use super::{Kind, Origin, Part, PartName, Resource, TreePath, folder_names};

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
        let taken = [FLOW_LISTED, FLOW_DOCUMENT, FLOW_SETTINGS];
        let names = folder_names(
            locales.iter().map(|(_, reference, name)| (reference.as_str(), name.as_str())),
            &taken,
        );
        let folder = |(id, reference, _): &(String, String, String)| (id.clone(), names[reference].clone());
        Self(locales.iter().map(folder).collect())
    }
}

const FLOW_LISTED: &str = "config.json";
const FLOW_DOCUMENT: &str = "flow.json";
const FLOW_SETTINGS: &str = "settings.json";

/// The file that holds all locales, below `agentDir`, where the vendor's CLI expects it.
pub const LOCALES_FILE: &str = "flows/locales.json";

/// When and by whom something was changed: in the manifest, not in the content.
const TIMES: [&str; 4] = ["createdAt", "lastChanged", "createdBy", "lastChangedBy"];

/// What the server computes from the rest of a document or tells of its own state.
const COMPUTED: [&str; 5] =
    ["isTrainingOutOfDate", "feedbackReport", "isPackedForDownload", "values", "_links"];

/// Returns the folder of each resource below `agentDir`, by kind and reference id. Locales share one file.
#[must_use]
pub fn places(resources: &[(Kind, &str, &str)]) -> HashMap<(Kind, String), TreePath> {
    let mut places = HashMap::new();
    for kind in Kind::ALL {
        let members = resources.iter().filter(|(k, ..)| *k == kind).map(|(_, id, name)| (*id, *name));
        match kind {
            Kind::Project => places.extend(members.map(|(id, _)| ((kind, id.to_owned()), path("project")))),
            Kind::Locales => {
                places.extend(members.map(|(id, _)| ((kind, id.to_owned()), path(LOCALES_FILE))))
            }
            _ => {
                let taken: &[&str] = if kind == Kind::Flows { &["locales.json"] } else { &[] };
                let folder = |(id, file): (String, String)| ((kind, id), path(&format!("{kind}/{file}")));
                places.extend(folder_names(members, taken).into_iter().map(folder));
            }
        }
    }
    places
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
        Kind::Flows => render_flow(resource, locales, secrets),
        Kind::Lexicons => render_lexicon(resource),
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

fn render_flow(
    flow: &Resource,
    locales: &LocaleFolders,
    secrets: SecretsPolicy,
) -> Result<Vec<RenderedFile>, Malformed> {
    let (listed, whole) = (required(flow, &PartName::Listed)?, required(flow, &PartName::Document)?);
    let settings = required(flow, &PartName::Settings)?;
    let mut files = vec![
        file(FLOW_LISTED, json(&document(&listed.value)), &[listed]),
        file(FLOW_DOCUMENT, json(&document(&whole.value)), &[whole]),
        redacted_file(FLOW_SETTINGS, document(&settings.value), &[settings], secrets),
    ];
    let parts: HashMap<&PartName, &Part> = flow.parts.iter().map(|part| (&part.name, part)).collect();
    for (locale, folder) in &locales.0 {
        files.extend(render_chart(flow, locale, folder, &parts)?);
        let intents = required(flow, &PartName::Intents { locale: locale.clone() })?;
        files.push(file(&format!("{folder}/intents.json"), json(&intents_of(&intents.value)), &[intents]));
    }
    Ok(files)
}

/// Lays out a flow's chart in one locale as the CLI does, each node with its config; and, where a node has more than
/// the CLI keeps (mock code, say), that beside it in a file of its own.
fn render_chart(
    flow: &Resource,
    locale: &str,
    folder: &str,
    parts: &HashMap<&PartName, &Part>,
) -> Result<Vec<RenderedFile>, Malformed> {
    let part = required(flow, &PartName::Chart { locale: locale.to_owned() })?;
    let mut chart = part.value.clone();
    let (mut used, mut more) = (vec![part], Vec::new());
    let nodes = chart.get_mut("nodes").and_then(Value::as_array_mut);
    for node in nodes.ok_or_else(|| malformed(flow, "its chart has no `nodes`"))? {
        let excerpt =
            node.as_object_mut().ok_or_else(|| malformed(flow, "its chart has a node that is no object"))?;
        let id = text(excerpt, "_id").ok_or_else(|| malformed(flow, "its chart has a node without `_id`"))?;
        let home = text(excerpt, "localeReference").unwrap_or_else(|| locale.to_owned());
        let read = parts.get(&PartName::Node { node: id.clone(), locale: home });
        let read = *read.ok_or_else(|| malformed(flow, &format!("its node {id} was not read")))?;
        let config = read
            .value
            .get("config")
            .ok_or_else(|| malformed(flow, &format!("its node {id} has no `config`")))?;
        excerpt.shift_remove("preview");
        excerpt.insert("config".to_owned(), without_computed(config));
        if let Some(extra) = more_than_the_cli_keeps(excerpt, &read.value) {
            more.push(extra);
        }
        used.push(read);
    }
    sort_field(&mut chart, "nodes");
    sort_field(&mut chart, "relations");
    let mut files = vec![file(&format!("{folder}/chart.json"), json(&chart), &used)];
    if !more.is_empty() {
        sort(&mut more);
        files.push(file(&format!("{folder}/node-extras.json"), json(&Value::Array(more)), &used));
    }
    Ok(files)
}

/// Returns the fields of a node's own read that neither the chart nor the config has, with its ids; `None` if none.
fn more_than_the_cli_keeps(excerpt: &Map<String, Value>, read: &Value) -> Option<Value> {
    let known = |key: &str| {
        excerpt.contains_key(key) || ["preview", "conversionMetadata"].contains(&key) || TIMES.contains(&key)
    };
    let extra: Map<String, Value> = read
        .as_object()?
        .iter()
        .filter(|(key, _)| !known(key) && !COMPUTED.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), without_computed(value)))
        .collect();
    if extra.is_empty() {
        return None;
    }
    let mut node = Map::new();
    for key in ["_id", "referenceId"] {
        node.extend(excerpt.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    node.extend(extra);
    Some(Value::Object(node))
}

fn render_lexicon(lexicon: &Resource) -> Result<Vec<RenderedFile>, Malformed> {
    let whole = required(lexicon, &PartName::Document)?;
    let (entries, slots) = (required(lexicon, &PartName::Entries)?, required(lexicon, &PartName::Slots)?);
    let id = serde_json::json!({ "lexiconId": lexicon.id });
    let (entry_list, slot_list) = (list_of(&entries.value), list_of(&slots.value));
    Ok(vec![
        file("config.json", json(&id), &[whole]),
        file("lexicon.json", json(&document(&whole.value)), &[whole]),
        file("keyphrases.csv", keyphrases(&entry_list, &slot_list).into_bytes(), &[entries, slots]),
        file("entries.json", json(&Value::Array(entry_list)), &[entries]),
        file("slots.json", json(&Value::Array(slot_list)), &[slots]),
    ])
}

/// Writes a lexicon as the vendor's CSV: `KEYPHRASE,"TAGS","SYNONYMS","{DATA}"`, a line an entry, no header.
///
/// Source: Cognigy documentation, "Lexicon Slots", CSV file requirements.
fn keyphrases(entries: &[Value], slots: &[Value]) -> String {
    let field =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let names: HashMap<String, String> =
        slots.iter().map(|slot| (field(slot, "_id"), field(slot, "name"))).collect();
    let mut csv = String::new();
    for entry in entries {
        let array =
            |key: &str| entry.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let tags: Vec<_> = array("slotReferences")
            .iter()
            .filter_map(Value::as_str)
            .map(|id| names.get(id).map_or(id, String::as_str))
            .collect();
        let is_main = |phrase: &&Value| phrase.get("isMainKeyphrase").and_then(Value::as_bool) == Some(true);
        let synonyms: Vec<_> =
            array("keyphrases").iter().filter(|p| !is_main(p)).map(|phrase| field(phrase, "value")).collect();
        let main = field(entry, "mainKeyphrase");
        let main = if main.contains(['"', ',', '\n', '\r']) { quoted(&main) } else { main };
        let data = match entry.get("data") {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        };
        let line = [main, quoted(&tags.join(",")), quoted(&synonyms.join(",")), quoted(&data)].join(",");
        csv.push_str(&line);
        csv.push('\n');
    }
    csv
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
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

/// Returns an intents export with its lists in a fixed order and without times and reports, at both of its levels.
fn intents_of(export: &Value) -> Value {
    let Value::Array(_) = export else { return document(export) };
    let mut intents = list_of(export);
    for intent in &mut intents {
        if let Some(Value::Array(sentences)) = intent.get_mut("sentences") {
            sentences.iter_mut().for_each(|sentence| *sentence = document(sentence));
            sort(sentences);
        }
    }
    Value::Array(intents)
}

/// Returns a document without what changes by itself.
fn document(value: &Value) -> Value {
    let mut value = value.clone();
    if let Value::Object(fields) = &mut value {
        fields.retain(|key, _| !TIMES.contains(&key.as_str()) && !COMPUTED.contains(&key.as_str()));
    }
    value
}

/// Returns a list's items as documents, in a fixed order.
fn list_of(value: &Value) -> Vec<Value> {
    let mut items: Vec<Value> =
        value.as_array().map(Vec::as_slice).unwrap_or_default().iter().map(document).collect();
    sort(&mut items);
    items
}

/// Drops what the server computes from a node's config (dossier §2.4): at the top, and inside the mock beside it.
fn without_computed(config: &Value) -> Value {
    let mut config = config.clone();
    if let Value::Object(fields) = &mut config {
        fields.retain(|key, _| key != "transpiled" && key != "hasError");
    }
    config
}

fn sort_field(value: &mut Value, key: &str) {
    if let Some(Value::Array(items)) = value.get_mut(key) {
        sort(items);
    }
}

/// Sorts a list whose order means nothing: by reference id, then `_id`, then, where an item has neither, its text.
fn sort(items: &mut [Value]) {
    items.sort_by_cached_key(|item| {
        let field = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (reference, id) = (field("referenceId"), field("_id"));
        let rest = if reference.is_empty() && id.is_empty() {
            field("name") + "\0" + &field("text") + "\0" + &canonical(item)
        } else {
            String::new()
        };
        (reference, id, rest)
    });
}

/// Returns a text of the value that does not depend on key order.
fn canonical(value: &Value) -> String {
    let mut value = value.clone();
    value.sort_all_objects();
    value.to_string()
}

fn redacted_file(path: &str, mut value: Value, parts: &[&Part], secrets: SecretsPolicy) -> RenderedFile {
    let redacted = match secrets {
        SecretsPolicy::Redact => redact(&mut value),
        SecretsPolicy::Keep => Vec::new(),
    };
    RenderedFile { redacted, ..file(path, json(&value), parts) }
}

fn file(at: &str, bytes: Vec<u8>, parts: &[&Part]) -> RenderedFile {
    let oldest = parts.iter().min_by_key(|part| part.read_at).expect("a file has at least one part");
    let other_run = |part: &&&Part| {
        part.origin != oldest.origin || (part.origin == Origin::Carried && part.read_at != oldest.read_at)
    };
    RenderedFile {
        path: path(at),
        bytes,
        read_at: oldest.read_at,
        parts: parts.iter().filter(other_run).map(|part| (part.name.to_string(), part.read_at)).collect(),
        redacted: Vec::new(),
    }
}

/// Writes JSON as the vendor's CLI does: 4 spaces, no final newline, non-ASCII as UTF-8.
fn json(value: &Value) -> Vec<u8> {
    use serde::Serialize as _;
    let mut bytes = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    value
        .serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, format))
        .expect("a JSON value serialises");
    bytes
}

fn path(text: &str) -> TreePath {
    text.parse().expect("the layout makes only good paths")
}

fn text(fields: &Map<String, Value>, key: &str) -> Option<String> {
    fields.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn required<'a>(resource: &'a Resource, name: &PartName) -> Result<&'a Part, Malformed> {
    resource.part(name).ok_or_else(|| malformed(resource, &format!("its part {name} was not read")))
}

fn malformed(resource: &Resource, why: &str) -> Malformed {
    Malformed { kind: resource.kind, name: resource.name.clone(), why: why.to_owned() }
}
