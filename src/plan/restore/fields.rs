//! Which fields of a document are written so that it says what the snapshot says.

use serde_json::{Map, Value};

use super::ids::Ids;
use crate::snapshot::{Fields, is_identity};

/// What is written of one document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// The fields, as the snapshot has them, with its ids.
    pub fields: Map<String, Value>,
    /// What stands there now.
    pub found: Map<String, Value>,
    /// Fields that differ and that no write may carry.
    pub refused: Vec<String>,
    /// Secrets in those fields that the snapshot does not hold and the project does: JSON pointers. A plan is printed, so
    /// they are put in when it is carried out ([`fill`]).
    pub fills: Vec<String>,
    /// Those that the project does not have either.
    pub lacking: Vec<String>,
}

/// A document of the snapshot, and where secrets were taken out of it.
#[derive(Debug, Clone, Copy)]
pub struct Stored<'a> {
    /// Its content.
    pub document: &'a Map<String, Value>,
    /// JSON pointers of what was redacted.
    pub redacted: &'a [String],
}

/// Compares a document with what stands there now: `live` as a snapshot would have it, `raw` as the server gave it. A secret
/// that the snapshot does not hold is none of the difference, and what is written anyway has the project's own.
#[must_use]
pub fn update(
    stored: Stored<'_>,
    live: &Map<String, Value>,
    raw: &Map<String, Value>,
    ids: &Ids,
    writable: Fields,
) -> Written {
    let mut written = Written::default();
    let keys = stored.document.keys().chain(live.keys().filter(|key| !stored.document.contains_key(*key)));
    for key in keys.filter(|key| !is_identity(key)) {
        let wanted = match (stored.document.get(key), live.get(key)) {
            (Some(wanted), Some(found)) if same(&ids.translated(wanted), found) => continue,
            (Some(wanted), _) => wanted.clone(),
            (None, Some(found)) => empty(found),
            (None, None) => continue,
        };
        if live.get(key).is_some_and(|found| same(&wanted, found)) {
            continue;
        }
        if !writable.has(key) {
            written.refused.push(key.clone());
            continue;
        }
        let found = live.get(key).cloned();
        written.found.extend(found.map(|found| (key.clone(), found)));
        for pointer in of_field(stored.redacted, key) {
            let has = secret(pointer, raw).is_some();
            if has { &mut written.fills } else { &mut written.lacking }.push(pointer.clone());
        }
        written.fields.insert(key.clone(), wanted);
    }
    written
}

/// Returns what is written where nothing stands.
#[must_use]
pub fn create(stored: Stored<'_>, writable: Fields) -> Written {
    let mut written = Written::default();
    for (key, wanted) in stored.document.iter().filter(|(key, _)| !is_identity(key)) {
        if !writable.has(key) {
            if !is_nothing(wanted) {
                written.refused.push(key.clone());
            }
            continue;
        }
        written.lacking.extend(of_field(stored.redacted, key).cloned());
        written.fields.insert(key.clone(), wanted.clone());
    }
    // A field that was a secret and nothing else is not there at all.
    let is_gone = |pointer: &&String| {
        let key = steps(pointer).next().unwrap_or_default();
        !stored.document.contains_key(&key) && writable.has(&key)
    };
    written.lacking.extend(stored.redacted.iter().filter(is_gone).cloned());
    written
}

/// Puts the project's own secrets into fields that are about to be written: a write replaces a field whole, and without them it
/// would take them away.
pub fn fill(fields: &mut Map<String, Value>, fills: &[String], raw: &Map<String, Value>) {
    for pointer in fills {
        let mut way = steps(pointer);
        let field = way.next().and_then(|key| fields.get_mut(&key));
        if let (Some(field), Some(secret)) = (field, secret(pointer, raw)) {
            put(field, &way.collect::<Vec<_>>(), secret.clone());
        }
    }
}

/// Returns the pointers that lead into a field.
pub(super) fn of_field<'p>(redacted: &'p [String], key: &str) -> impl Iterator<Item = &'p String> {
    redacted.iter().filter(move |pointer| steps(pointer).next().as_deref() == Some(key))
}

/// Returns what a pointer leads to in the project's document, where that is something.
fn secret<'v>(pointer: &str, raw: &'v Map<String, Value>) -> Option<&'v Value> {
    let mut way = steps(pointer);
    let field = raw.get(&way.next()?)?;
    at(field, &way.collect::<Vec<_>>()).filter(|secret| !is_nothing(secret))
}

/// Returns the steps of a JSON pointer (RFC 6901).
fn steps(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
}

fn at<'v>(value: &'v Value, steps: &[String]) -> Option<&'v Value> {
    steps.iter().try_fold(value, |value, step| match value {
        Value::Object(fields) => fields.get(step),
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Puts a value where a pointer points; nothing where what would hold it is not there.
fn put(value: &mut Value, steps: &[String], new: Value) {
    let Some((last, above)) = steps.split_last() else {
        *value = new;
        return;
    };
    let mut here = value;
    for step in above {
        let next = match here {
            Value::Object(fields) => fields.get_mut(step),
            Value::Array(items) => step.parse().ok().and_then(|at: usize| items.get_mut(at)),
            _ => None,
        };
        let Some(next) = next else { return };
        here = next;
    }
    match here {
        Value::Object(fields) => drop(fields.insert(last.clone(), new)),
        Value::Array(items) => {
            if let Some(item) = last.parse().ok().and_then(|at: usize| items.get_mut(at)) {
                *item = new;
            }
        }
        _ => {}
    }
}

/// Whether two values say the same: a number is what it counts, and what is absent in an object is null there.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            let null = Value::Null;
            let keys = a.keys().chain(b.keys());
            keys.into_iter().all(|key| same(a.get(key).unwrap_or(&null), b.get(key).unwrap_or(&null)))
        }
        (one, other) => one == other,
    }
}

/// Returns what a field says that the snapshot does not have: nothing, in the form that it has now.
fn empty(found: &Value) -> Value {
    match found {
        Value::String(_) => Value::String(String::new()),
        Value::Array(_) => Value::Array(Vec::new()),
        Value::Object(_) => Value::Object(Map::new()),
        Value::Bool(_) => Value::Bool(false),
        Value::Number(_) | Value::Null => Value::Null,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    const ALL: Fields = Fields::AllBut(&["URLToken"]);

    #[test]
    fn only_what_differs_is_written_and_ids_that_moved_do_not_differ() {
        let mut ids = Ids::default();
        ids.note("f1", Some("g1"));
        ids.note("gone", None);
        let document = object(json!({
            "_id": "1", "referenceId": "r", "name": "Old", "attachedFlows": ["f1"], "count": 1, "URLToken": "a",
            "to": "gone", "settings": {"a": 1, "b": null}, "list": [1, 2],
        }));
        let live = object(json!({
            "_id": "2", "referenceId": "x", "name": "New", "attachedFlows": ["g1"], "count": 1.0, "URLToken": "b",
            "to": "", "settings": {"a": 1}, "list": [2, 1], "description": "more", "tags": [],
        }));
        let written = update(Stored { document: &document, redacted: &[] }, &live, &live, &ids, ALL);
        assert_eq!(
            Value::Object(written.fields),
            json!({"name": "Old", "to": "gone", "list": [1, 2], "description": ""})
        );
        assert_eq!(
            Value::Object(written.found),
            json!({"name": "New", "to": "", "list": [2, 1], "description": "more"})
        );
        assert_eq!(written.refused, ["URLToken"]);
    }

    #[test]
    fn secrets_are_the_project_s_own() {
        let document = object(
            json!({"name": "A", "settings": {"url": "https://old", "keys": ["[redacted]"]}, "token2": 1}),
        );
        let redacted =
            ["/settings/token", "/settings/keys/0", "/settings/a~1b", "/dashbotApikey"].map(str::to_owned);
        let live = object(
            json!({"name": "A", "settings": {"url": "https://new", "keys": ["[redacted]"]}, "token2": 1}),
        );
        let raw = object(json!({
            "name": "A", "dashbotApikey": "s3",
            "settings": {"url": "https://new", "keys": ["s1"], "token": "s2"}, "token2": 1,
        }));
        let stored = Stored { document: &document, redacted: &redacted };
        let mut written = update(stored, &live, &raw, &Ids::default(), ALL);
        assert!(!format!("{written:?}").contains("\"s1\"") && !format!("{written:?}").contains("\"s2\""));
        fill(&mut written.fields, &written.fills, &raw);
        assert_eq!(
            Value::Object(written.fields),
            json!({"settings": {"url": "https://old", "keys": ["s1"], "token": "s2"}})
        );
        assert_eq!(written.lacking, ["/settings/a~1b"]);
        // Made anew there are none to be had, and each is said.
        let made = create(stored, ALL);
        assert_eq!(made.lacking, ["/settings/token", "/settings/keys/0", "/settings/a~1b", "/dashbotApikey"]);
        assert_eq!(made.fields["settings"]["url"], "https://old");
    }

    #[test]
    fn what_is_equal_writes_nothing() {
        let document = object(json!({"_id": "1", "a": {"b": [1, {"c": null}]}, "d": "x"}));
        let written = update(
            Stored { document: &document, redacted: &[] },
            &document,
            &document,
            &Ids::default(),
            Fields::Only(&[]),
        );
        assert_eq!(written, Written::default());
    }
}
