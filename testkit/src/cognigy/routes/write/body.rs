//! Bodies of writes. The server refuses what it does not know (dossier §1.6), so every kind has a list of the fields
//! that it takes, which are those of the vendor's client 0.19.0 and those that newer servers show.

use crate::cognigy::serve::ask::{Ask, Reply};
use serde_json::{Map, Value};

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    /// A name (§1.9): at most 200 characters, none of which `\ / : * ? " < > | ¥`.
    Name,
    /// Free text of at most 200 characters.
    Label,
    /// Any text.
    Text,
    /// Text or nothing: references mostly.
    Maybe,
    /// A yes or no.
    Flag,
    /// A number.
    Number,
    /// An object.
    Object,
    /// A list of anything.
    List,
    /// A list of texts.
    Texts,
    /// Anything.
    Any,
    /// Computed by the server, and ignored.
    Computed,
    /// A referenceId, kept or ignored by a switch (§8.6).
    ReferenceId,
}

/// The fields of a kind.
pub(super) type Fields = [(&'static str, Is)];

/// A body whose fields have been checked.
#[derive(Debug, Default)]
pub(super) struct Body(pub(super) Map<String, Value>);

impl Body {
    /// The request's body, if it has these fields only.
    pub(super) fn of(ask: &Ask, fields: &[&Fields]) -> Result<Self, Reply> {
        let whole = match ask.body.is_empty() {
            true => Map::new(),
            false => match serde_json::from_slice(&ask.body) {
                Ok(Value::Object(whole)) => whole,
                _ => return Err(Reply::invalid("The body must be a JSON object")),
            },
        };
        let mut kept = Map::new();
        for (name, value) in whole {
            let known = fields.iter().flat_map(|f| f.iter()).find(|(known, _)| *known == name);
            let Some((_, is)) = known else {
                return Err(Reply::invalid(&format!("\"{name}\" is not allowed")));
            };
            check(&name, *is, &value)?;
            if *is == Is::Computed || (*is == Is::ReferenceId && !ask.switches.takes_reference_id) {
                continue;
            }
            kept.insert(name, value);
        }
        Ok(Self(kept))
    }

    /// Refuses a body that lacks one of these.
    pub(super) fn needs(&self, names: &[&str]) -> Result<(), Reply> {
        let missing = names.iter().find(|name| !self.0.contains_key(**name));
        missing.map_or(Ok(()), |name| Err(Reply::incomplete(name)))
    }

    /// A field's text; one that is null has none.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// Takes a text out.
    pub(super) fn take_text(&mut self, name: &str) -> Option<String> {
        match self.0.shift_remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Takes a list of texts out.
    pub(super) fn take_texts(&mut self, name: &str) -> Option<Vec<String>> {
        self.0.shift_remove(name).map(|list| texts(&list))
    }

    pub(super) fn take_flag(&mut self, name: &str) -> Option<bool> {
        self.0.shift_remove(name).and_then(|v| v.as_bool())
    }

    /// Takes anything out.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.shift_remove(name)
    }

    /// Puts the body into what is there: objects as a whole, or field by field where the server merges them (§2.6).
    pub(super) fn onto(self, there: &mut Map<String, Value>, ask: &Ask) {
        for (name, value) in self.0 {
            match there.get_mut(&name) {
                Some(old) if ask.switches.patch_merges => merge(old, value),
                _ => drop(there.insert(name, value)),
            }
        }
    }

    /// The body on top of what a fresh resource of the kind holds.
    pub(super) fn over(self, blank: Value) -> Map<String, Value> {
        let mut whole = if let Value::Object(blank) = blank { blank } else { Map::new() };
        whole.extend(self.0);
        whole
    }
}

/// Puts what `from` has into `into`, objects field by field.
pub(super) fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// The texts in a list.
pub(super) fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|v| Some(v.as_str()?.to_owned())).collect()
}

/// Puts a value where there is one to put.
pub(super) fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn check(name: &str, is: Is, value: &Value) -> Result<(), Reply> {
    let wrong = |what: &str| Err(Reply::invalid(&format!("\"{name}\" must be {what}")));
    match (is, value) {
        (Is::Any | Is::Computed, _)
        | (Is::Text, Value::String(_))
        | (Is::Maybe, Value::Null | Value::String(_))
        | (Is::Flag, Value::Bool(_))
        | (Is::Number, Value::Number(_))
        | (Is::Object, Value::Object(_))
        | (Is::List, Value::Array(_)) => Ok(()),
        (Is::ReferenceId, Value::String(text)) if text.len() == 36 => Ok(()),
        (Is::Texts, Value::Array(all)) if all.iter().all(Value::is_string) => Ok(()),
        (Is::Name | Is::Label, Value::String(text)) if text.chars().count() > 200 => {
            wrong("at most 200 characters long")
        }
        (Is::Name, Value::String(text)) if text.is_empty() => wrong("a name"),
        (Is::Name, Value::String(text))
            if text.contains(['\\', '/', ':', '*', '?', '"', '<', '>', '|', '¥']) =>
        {
            wrong("without \\ / : * ? \" < > | ¥")
        }
        (Is::Name | Is::Label, Value::String(_)) => Ok(()),
        (Is::Name | Is::Label | Is::Text | Is::Maybe, _) => wrong("a string"),
        (Is::Flag, _) => wrong("a boolean"),
        (Is::Number, _) => wrong("a number"),
        (Is::Object, _) => wrong("an object"),
        (Is::List, _) => wrong("an array"),
        (Is::Texts, _) => wrong("an array of strings"),
        (Is::ReferenceId, _) => wrong("a UUID"),
    }
}
