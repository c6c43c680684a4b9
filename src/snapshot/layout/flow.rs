//! Flows as files: documents, charts with their nodes' configs, intents.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::content::{
    COMPUTED, TIMES, document, file, json, list_of, malformed, redacted_file, required, sort, sort_field,
    text, without_computed,
};
use super::{LocaleFolders, Malformed, RenderedFile};
use crate::snapshot::{Part, PartName, Resource, SecretsPolicy};

/// Files in a flow's own folder, beside its locales' folders.
pub(super) const OWN_FILES: [&str; 3] = [LISTED, DOCUMENT, SETTINGS];
pub(super) const LISTED: &str = "config.json";
pub(super) const DOCUMENT: &str = "flow.json";
pub(super) const SETTINGS: &str = "settings.json";

pub(super) fn render(
    flow: &Resource,
    locales: &LocaleFolders,
    secrets: SecretsPolicy,
) -> Result<Vec<RenderedFile>, Malformed> {
    let (listed, whole) = (required(flow, &PartName::Listed)?, required(flow, &PartName::Document)?);
    let settings = required(flow, &PartName::Settings)?;
    let mut files = vec![
        file(LISTED, json(&document(&listed.value)), &[listed]),
        file(DOCUMENT, json(&document(&whole.value)), &[whole]),
        redacted_file(flow.kind, SETTINGS, document(&settings.value), &[settings], secrets),
    ];
    let charts = flow.parts.iter().filter(|part| matches!(part.name, PartName::Chart { .. })).count();
    if charts != locales.0.len() {
        return Err(malformed(
            flow,
            &format!("it has charts in {charts} locales, the project has {}", locales.0.len()),
        ));
    }
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
