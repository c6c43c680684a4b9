//! Locales, endpoints, lexicons, AI agents.

use super::{Meta, YesNoIntent};
use serde_json::{Map, Value};

/// A locale (dossier §2.2).
#[derive(Debug, Clone)]
pub struct Locale {
    /// Id and times.
    pub meta: Meta,
    /// Stable identity.
    pub reference_id: String,
    /// Display name.
    pub name: String,
    /// The primary locale has no fallback.
    pub primary: bool,
    /// One of the vendor's NLU language codes.
    pub nlu_language: String,
    /// `_id` of the locale whose versions are inherited.
    pub fallback: Option<String>,
    /// What counts as yes, as no, and as neither.
    pub yes_no: Vec<YesNoIntent>,
}

/// An endpoint (dossier §2.6). Its REST answers have no referenceId.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Id and times.
    pub meta: Meta,
    /// What `/endpoints/{id}` answers, without meta.
    pub body: Map<String, Value>,
}

/// A lexicon (dossier §2.7).
#[derive(Debug, Clone)]
pub struct Lexicon {
    /// Id and times of the lexicon document.
    pub meta: Meta,
    /// Stable identity.
    pub reference_id: String,
    /// Display name.
    pub name: String,
    /// Absent in the answers when `None`.
    pub description: Option<String>,
    /// Slots ("tags") an entry may carry.
    pub slots: Vec<Slot>,
    /// Entries, in order of creation.
    pub entries: Vec<Entry>,
    /// When an entry or slot last changed. Whether `lastChanged` shows it is a switch (dossier §5.4).
    pub content_changed: i64,
}

/// A lexicon slot (dossier §2.7).
#[derive(Debug, Clone)]
pub struct Slot {
    /// `_id`.
    pub id: String,
    /// Display name.
    pub name: String,
}

/// A lexicon entry (dossier §2.7).
#[derive(Debug, Clone)]
pub struct Entry {
    /// `_id`; the list shows no times.
    pub id: String,
    /// `_id`s of slots.
    pub slots: Vec<String>,
    /// JSON in a string.
    pub data: String,
    /// The main keyphrase first, then its synonyms.
    pub keyphrases: Vec<Keyphrase>,
}

/// A keyphrase of a lexicon entry (dossier §2.7).
#[derive(Debug, Clone)]
pub struct Keyphrase {
    /// `_id`.
    pub id: String,
    /// The word or words.
    pub value: String,
    /// Whether it is the entry's main one.
    pub is_main: bool,
}

/// An AI agent (dossier §2.11).
#[derive(Debug, Clone)]
pub struct Agent {
    /// Id and times.
    pub meta: Meta,
    /// Stable identity.
    pub reference_id: String,
    /// What `/aiagents/{id}` answers, without referenceId, project, organisation and meta.
    pub body: Map<String, Value>,
}

impl Endpoint {
    /// Display name.
    pub fn name(&self) -> &str {
        self.body.get("name").and_then(Value::as_str).unwrap_or_default()
    }
}

impl Agent {
    /// Display name.
    pub fn name(&self) -> &str {
        self.body.get("name").and_then(Value::as_str).unwrap_or_default()
    }
}

impl Lexicon {
    /// The content as CSV, one entry a line: main keyphrase, slots, synonyms, data. Dossier §2.7 names the export;
    /// its columns are undocumented, so a client must carry the text as it is.
    pub fn csv(&self) -> String {
        let quote = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let slot = |id: &String| self.slots.iter().find(|s| s.id == *id).map_or("", |s| &s.name);
        let mut out = String::new();
        for entry in &self.entries {
            let words = |main| entry.keyphrases.iter().filter(move |k| k.is_main == main).map(|k| &*k.value);
            let columns = [
                words(true).collect::<Vec<_>>().join(","),
                entry.slots.iter().map(slot).collect::<Vec<_>>().join(","),
                words(false).collect::<Vec<_>>().join(","),
                entry.data.clone(),
            ];
            out += &columns.map(|c| quote(&c)).join(",");
            out.push('\n');
        }
        out
    }
}
