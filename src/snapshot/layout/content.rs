//! The content of files: what of an answer is content, in what order, in which bytes.

use serde_json::{Map, Value};

use super::{Malformed, RenderedFile};
use crate::snapshot::redact::{SecretsPolicy, redact_document};
use crate::snapshot::{Kind, Origin, Part, PartName, Resource, TreePath};

/// When and by whom something was changed: in the manifest, not in the content.
pub(super) const TIMES: [&str; 5] =
    ["createdAt", "lastChanged", "lastChangedAt", "createdBy", "lastChangedBy"];

/// What the server computes from the rest of a document or tells of its own state.
pub(super) const COMPUTED: [&str; 4] =
    ["isTrainingOutOfDate", "feedbackReport", "isPackedForDownload", "_links"];

/// Returns a document without what changes by itself.
pub(super) fn document(value: &Value) -> Value {
    let mut value = value.clone();
    if let Value::Object(fields) = &mut value {
        fields.retain(|key, _| !TIMES.contains(&key.as_str()) && !COMPUTED.contains(&key.as_str()));
    }
    value
}

/// Returns a list's items as documents, in a fixed order.
pub(super) fn list_of(value: &Value) -> Vec<Value> {
    let mut items: Vec<Value> =
        value.as_array().map(Vec::as_slice).unwrap_or_default().iter().map(document).collect();
    sort(&mut items);
    items
}

/// Drops what the server computes from a node's config (dossier §2.4): at the top, and inside the mock beside it.
pub(super) fn without_computed(config: &Value) -> Value {
    let mut config = config.clone();
    if let Value::Object(fields) = &mut config {
        fields.retain(|key, _| key != "transpiled" && key != "hasError");
    }
    config
}

pub(super) fn sort_field(value: &mut Value, key: &str) {
    if let Some(Value::Array(items)) = value.get_mut(key) {
        sort(items);
    }
}

/// Sorts a list whose order means nothing: by reference id, then `_id`, then, where an item has neither, its text.
pub(super) fn sort(items: &mut [Value]) {
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
pub(super) fn canonical(value: &Value) -> String {
    let mut value = value.clone();
    value.sort_all_objects();
    value.to_string()
}

pub(super) fn file(at: &str, bytes: Vec<u8>, parts: &[&Part]) -> RenderedFile {
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
        carried: parts.iter().all(|part| part.origin == Origin::Carried),
    }
}

pub(super) fn redacted_file(
    kind: Kind,
    path: &str,
    mut value: Value,
    parts: &[&Part],
    secrets: SecretsPolicy,
) -> RenderedFile {
    let redacted = match secrets {
        SecretsPolicy::Redact => redact_document(kind, &mut value),
        SecretsPolicy::Keep => Vec::new(),
    };
    RenderedFile { redacted, ..file(path, json(&value), parts) }
}

/// Writes JSON as the vendor's CLI does: 4 spaces, no final newline, non-ASCII as UTF-8.
pub(super) fn json(value: &Value) -> Vec<u8> {
    use serde::Serialize as _;
    let mut bytes = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    value
        .serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, format))
        .expect("a JSON value serialises");
    bytes
}

pub(super) fn path(text: &str) -> TreePath {
    text.parse().expect("the layout makes only good paths")
}

pub(super) fn text(fields: &Map<String, Value>, key: &str) -> Option<String> {
    fields.get(key).and_then(Value::as_str).map(str::to_owned)
}

pub(super) fn required<'a>(resource: &'a Resource, name: &PartName) -> Result<&'a Part, Malformed> {
    resource.part(name).ok_or_else(|| malformed(resource, &format!("its part {name} was not read")))
}

pub(super) fn malformed(resource: &Resource, why: &str) -> Malformed {
    Malformed { kind: resource.kind, name: resource.name.clone(), why: why.to_owned() }
}
