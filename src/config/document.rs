//! config.json as JSON: read from text, cleared of remarks, and of secrets that must not stand in it.
//!
//! serde_json takes the last of two equal keys in silence; here a second one is a mistake, with its line. Remarks are
//! `comment`, `description` and every key that begins with `$`, anywhere: the public template has them.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::inputs::Input;
use super::problem::{At, Fault, Problem, quoted};

/// Reads the text of `file`. With the document come the problems that leave one: keys that stand twice.
///
/// # Errors
/// The place where the text stops being JSON.
pub(super) fn parse(text: &str, file: &str) -> Result<(Value, Vec<Problem>), Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let at = |error: &serde_json::Error| At::Text {
        file: file.to_owned(),
        line: error.line(),
        column: error.column().max(1),
    };
    let mut problems = Vec::new();
    // An error is the one way to learn a line from serde_json. So each reading stops at the next double key; past a
    // handful the others can wait.
    for double in 0..=10 {
        let reading = Reading { step_over: Cell::new(double), ..Reading::default() };
        let mut json = serde_json::Deserializer::from_str(text);
        match (&reading).deserialize(&mut json).and_then(|value| json.end().map(|()| value)) {
            Ok(value) => return Ok((value, problems)),
            Err(error) => match reading.double.take() {
                Some(path) => {
                    let found = format!("{path} for the second time");
                    problems.push(Fault::new(found, "each key once").at(at(&error)));
                }
                None => {
                    let message = error.to_string();
                    let why = message.rsplit_once(" at line ").map_or(message.as_str(), |(why, _)| why);
                    let found = match why {
                        _ if text.trim().is_empty() => "an empty file".to_owned(),
                        // serde_json says what it would have liked there; the rest is said by the place.
                        "expected value" => "no JSON value".to_owned(),
                        why => why.to_owned(),
                    };
                    return Err(Fault::new(found, "a JSON document; `{}` is the shortest").at(at(&error)));
                }
            },
        }
    }
    let value = serde_json::from_str(text)
        .map_err(|error| Fault::new("no JSON", "a JSON document").at(at(&error)))?;
    Ok((value, problems))
}

/// Removes remarks, and secrets with a problem for each, from `value`, which stands at `path`.
pub(super) fn clear(value: &mut Value, path: &str, file: &str, problems: &mut Vec<Problem>) {
    match value {
        Value::Object(fields) => {
            // Remarks are searched for secrets too: a repository does not care where a key stands in it.
            for (key, field) in fields.iter_mut() {
                clear(field, &below(path, key), file, problems);
            }
            fields.retain(|key, field| {
                let secret = is_secret(key, field);
                if secret {
                    problems.push(leaked().at(At::Key { file: file.to_owned(), path: below(path, key) }));
                }
                !secret && !is_remark(key)
            });
        }
        Value::Array(items) => {
            for (i, item) in items.iter_mut().enumerate() {
                clear(item, &format!("{path}[{i}]"), file, problems);
            }
        }
        _ => {}
    }
}

/// Returns the path of `key` below `path`.
pub(super) fn below(path: &str, key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$');
    if !key.is_empty() && key.len() < 60 && key.chars().all(plain) {
        format!("{path}.{key}")
    } else {
        format!("{path}[{}]", quoted(key))
    }
}

fn is_remark(key: &str) -> bool {
    key.starts_with('$') || key == "comment" || key == "description"
}

/// Returns whether a key named like this, with this value, gives a secret away.
fn is_secret(key: &str, value: &Value) -> bool {
    let plain: String =
        key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let named = ["apikey", "token", "password", "secret"].iter().any(|word| plain.ends_with(word));
    // Two words of 32 hex digits or more are no variable's name and no remark.
    let looks = |text: &str| text.len() >= 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    match value {
        Value::String(text) => {
            (named && !text.trim().is_empty()) || (plain == "apikeyenv" && looks(text.trim()))
        }
        Value::Number(_) => named,
        _ => false,
    }
}

fn leaked() -> Fault {
    let facts = Input::CognigyApiKey.facts();
    let allowed = format!(
        "no secret; a key in a repository is a leaked key. Revoke it, make a new one, keep that as a secret of the \
         repository, and give it as input `{}` or variable {}; `cognigy.apiKeyEnv` may name another variable",
        facts.name, facts.variables[0]
    );
    Fault::new("a secret (not shown)", allowed)
}

/// One reading of a document: where it is, and how many double keys it steps over before it stops at one.
#[derive(Default)]
struct Reading {
    path: RefCell<Vec<String>>,
    step_over: Cell<usize>,
    double: RefCell<Option<String>>,
}

impl Reading {
    fn path(&self) -> String {
        self.path.borrow().iter().fold("$".to_owned(), |path, key| below(&path, key))
    }

    fn value_of<'de, M: MapAccess<'de>>(&self, key: &str, map: &mut M) -> Result<Value, M::Error> {
        self.path.borrow_mut().push(key.to_owned());
        let value = map.next_value_seed(self);
        self.path.borrow_mut().pop();
        value
    }
}

impl<'de> DeserializeSeed<'de> for &Reading {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &Reading {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        // 6.0 is a whole number to JSON Schema, and has to be one to serde as well.
        let whole = value.fract() == 0.0 && value.abs() < 9e15;
        #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
        Ok(if whole {
            Value::from(value as i64)
        } else {
            Number::from_f64(value).map_or(Value::Null, Value::Number)
        })
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut out = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            out.push(item);
        }
        Ok(Value::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut out = Map::new();
        while let Some(key) = fields.next_key::<String>()? {
            if out.contains_key(&key) {
                match self.step_over.get() {
                    0 => {
                        self.double.replace(Some(below(&self.path(), &key)));
                        return Err(A::Error::custom("a double key"));
                    }
                    left => self.step_over.set(left - 1),
                }
            }
            let value = self.value_of(&key, &mut fields)?;
            out.insert(key, value);
        }
        Ok(Value::Object(out))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_double_key_has_its_line_and_the_rest_is_read() {
        let (value, problems) =
            parse("\u{feff}{\"a\": 1.0,\n \"a\": 2,\n \"b\": {\"c\": [1],\n  \"c\": []}}", "c.json").unwrap();
        assert_eq!(value, json!({"a": 2, "b": {"c": []}}));
        let said: Vec<_> = problems.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(said.join("\n"), @"
        c.json, line 2, column 4: found $.a for the second time; allowed: each key once
        c.json, line 4, column 5: found $.b.c for the second time; allowed: each key once
        ");
    }

    #[test]
    fn text_that_is_no_json_has_its_place() {
        let said = ["", "{\n  \"a\": 1,\n}", "{} {}", "{\"a\": NaN}"]
            .map(|text| parse(text, "c.json").unwrap_err().to_string());
        insta::assert_snapshot!(said.join("\n"), @"
        c.json, line 1, column 1: found an empty file; allowed: a JSON document; `{}` is the shortest
        c.json, line 3, column 1: found trailing comma; allowed: a JSON document; `{}` is the shortest
        c.json, line 1, column 4: found trailing characters; allowed: a JSON document; `{}` is the shortest
        c.json, line 1, column 7: found no JSON value; allowed: a JSON document; `{}` is the shortest
        ");
    }

    #[test]
    fn secrets_go_with_a_problem_and_remarks_in_silence() {
        let mut value = json!({
            "$schema": "x", "description": {"api_key": "s1"}, "comment": 1, "apiKey": "", "secrets": "redact",
            "cognigy": {"apiKey": "s2", "apiKeyEnv": "KEY", "list": [{"X-Api-Key": "s3", "githubToken": 4}]},
        });
        let mut problems = Vec::new();
        clear(&mut value, "$", "c.json", &mut problems);
        assert_eq!(
            value,
            json!({"apiKey": "", "secrets": "redact", "cognigy": {"apiKeyEnv": "KEY", "list": [{}]}})
        );
        assert_eq!(problems.len(), 4);
        assert!(problems.iter().all(|problem| !problem.to_string().contains("\"s")));
        let mut raw = json!({"apiKeyEnv": "0123456789abcdef0123456789abcdef"});
        clear(&mut raw, "$", "c.json", &mut problems);
        assert_eq!(raw, json!({}));
    }
}
