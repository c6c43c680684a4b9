//! Lexicons as files: documents, entries, slots, and the vendor's CSV of them.

use std::collections::HashMap;

use serde_json::Value;

use super::content::{canonical, document, file, json, list_of, required};
use super::{Malformed, RenderedFile};
use crate::snapshot::{PartName, Resource};

pub(super) fn render(lexicon: &Resource) -> Result<Vec<RenderedFile>, Malformed> {
    let whole = required(lexicon, &PartName::Document)?;
    let (entries, slots) = (required(lexicon, &PartName::Entries)?, required(lexicon, &PartName::Slots)?);
    let id = serde_json::json!({ "lexiconId": lexicon.id });
    let (entry_list, slot_list) = (list_of(&entries.value), list_of(&slots.value));
    Ok(vec![
        file("config.json", json(&id), &[whole]),
        file("lexicon.json", json(&without_values(&whole.value)), &[whole]),
        file("keyphrases.csv", keyphrases(&entry_list, &slot_list).into_bytes(), &[entries, slots]),
        file("entries.json", json(&Value::Array(entry_list)), &[entries]),
        file("slots.json", json(&Value::Array(slot_list)), &[slots]),
    ])
}

/// Returns the document without its deprecated `values`, which repeat the entries (dossier §2.7).
fn without_values(whole: &Value) -> Value {
    let mut document = document(whole);
    if let Value::Object(fields) = &mut document {
        fields.shift_remove("values");
    }
    document
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
            Some(other) => canonical(other),
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
