//! Resources that are one document: `config.json`, the code in it once more in a file of its own, and lists beside it.

use serde_json::{Map, Value};

use super::content::{document, file, json, list_of, redacted_file, required, sort, text};
use super::{Malformed, RenderedFile};
use crate::snapshot::redact::SecretsPolicy;
use crate::snapshot::{Kind, Part, PartName, Resource};

pub(super) fn render(resource: &Resource, secrets: SecretsPolicy) -> Result<Vec<RenderedFile>, Malformed> {
    // Where the list says all there is, its entry is the document.
    let whole = match resource.part(&PartName::Document) {
        Some(document) => document,
        None => required(resource, &PartName::Listed)?,
    };
    let mut config = content_of(resource.kind, &whole.value);
    let code = code_of(resource.kind, &mut config);
    let mut files = vec![redacted_file(resource.kind, "config.json", config, &[whole], secrets)];
    files.extend(code.map(|(name, code)| file(name, code.into_bytes(), &[whole])));
    files.extend(lists_of(resource));
    Ok(files)
}

/// Returns a document without what changes by itself.
fn content_of(kind: Kind, value: &Value) -> Value {
    let mut content = document(value);
    let Value::Object(fields) = &mut content else { return content };
    match kind {
        // Three intents, each a document.
        Kind::YesNoIntents => fields.values_mut().for_each(|intent| *intent = document(intent)),
        // How far the server is with digesting the text. (A source's own status is a person's to set.)
        Kind::KnowledgeStores => fields.retain(|key, _| key != "status"),
        // The chunks stand beside this file.
        Kind::KnowledgeSources => fields.retain(|key, _| key != "chunkCount"),
        _ => {}
    }
    content
}

/// Takes what the server made of the code out of a document and returns the code, for a file that people can read.
fn code_of(kind: Kind, config: &mut Value) -> Option<(&'static str, String)> {
    match kind {
        Kind::Endpoints | Kind::NluConnectors => {
            let transformer = config.get_mut("transformer").and_then(Value::as_object_mut)?;
            transformer.shift_remove("transpiledTransformer");
            Some(("transformer.ts", text(transformer, "transformer")?))
        }
        Kind::Functions => Some(("code.ts", text(config.as_object()?, "code")?)),
        _ => None,
    }
}

/// Returns the files of what belongs to a resource in lists of its own.
fn lists_of(resource: &Resource) -> Vec<RenderedFile> {
    match resource.kind {
        Kind::KnowledgeSources => {
            let chunks = resource.part(&PartName::Chunks).into_iter();
            chunks.map(|part| file("chunks.json", json(&in_order(&part.value)), &[part])).collect()
        }
        Kind::YesNoIntents => sentences_of(resource).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Returns the example sentences of a locale's yes and no, by the intents' keys in the document (`yesIntent`).
fn sentences_of(resource: &Resource) -> Option<RenderedFile> {
    let intents = resource.part(&PartName::Listed)?.value.as_object()?;
    let (mut lists, mut parts): (Map<String, Value>, Vec<&Part>) = (Map::new(), Vec::new());
    for (key, intent) in intents {
        let Some(id) = intent.as_object().and_then(|fields| text(fields, "_id")) else { continue };
        let Some(part) = resource.part(&PartName::Sentences { intent: id }) else { continue };
        lists.insert(key.clone(), Value::Array(list_of(&part.value)));
        parts.push(part);
    }
    (!parts.is_empty()).then(|| file("sentences.json", json(&Value::Object(lists)), &parts))
}

/// Returns chunks as documents, in the order in which the text runs.
fn in_order(chunks: &Value) -> Value {
    let mut items: Vec<Value> =
        chunks.as_array().map(Vec::as_slice).unwrap_or_default().iter().map(document).collect();
    sort(&mut items);
    items.sort_by_key(|chunk| chunk.get("order").and_then(Value::as_i64));
    Value::Array(items)
}
