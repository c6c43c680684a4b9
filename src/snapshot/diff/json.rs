//! A JSON value that borrows its texts from the file: most of what is parsed for a diff turns out to be equal, and
//! is thrown away unlooked at.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// A parsed value. Equality does not look at the order of keys.
#[derive(Debug, Clone)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// Reads a file's content: a value where its name ends in `.json` and it is JSON, else its text.
    pub(super) fn read(file: &str, bytes: &'a [u8]) -> Self {
        let parsed = if file.ends_with(".json") { serde_json::from_slice(bytes).ok() } else { None };
        parsed.unwrap_or_else(|| Self::Text(String::from_utf8_lossy(bytes)))
    }

    /// Returns the value of a field.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(fields) = self else { return None };
        fields.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Returns the text of a field.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the elements of a field that is a list; none for anything else.
    pub(super) fn list(&self, key: &str) -> &[Self] {
        match self.get(key) {
            Some(Self::List(items)) => items,
            _ => &[],
        }
    }

    /// Returns the value on its own.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::String(text.to_string()),
            Self::List(items) => items.iter().map(Self::to_value).collect(),
            Self::Object(fields) => Value::Object(
                fields.iter().map(|(key, value)| (key.to_string(), value.to_value())).collect::<Map<_, _>>(),
            ),
        }
    }
}

impl PartialEq for Json<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            // Two answers of one server have one order of keys, so the plain comparison nearly always decides.
            // Values are compared in one way or the other, never in both: nested, that would double at each level.
            (Self::Object(a), Self::Object(b)) => {
                if a.len() != b.len() {
                    return false;
                }
                if a.iter().zip(b).all(|((a, _), (b, _))| a == b) {
                    return a.iter().zip(b).all(|((_, a), (_, b))| a == b);
                }
                let there: HashMap<&str, &Json<'_>> =
                    b.iter().map(|(key, value)| (key.as_ref(), value)).collect();
                a.iter().all(|(key, value)| there.get(key.as_ref()) == Some(&value))
            }
            _ => false,
        }
    }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        let mut fields = Vec::new();
        while let Some(key) = map.next_key::<Json<'de>>()? {
            let Json::Text(key) = key else { continue };
            fields.push((key, map.next_value()?));
        }
        Ok(Json::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("{\"a\": [1, 2.5, -3, null, true], \"ü\\n\": {\"b\": \"x\\u00e4\"}}", json!({"a": [1, 2.5, -3, null, true], "ü\n": {"b": "xä"}}))]
    #[case("[]", json!([]))]
    #[case("not JSON", json!("not JSON"))]
    fn a_file_is_read_as_what_it_says(#[case] text: &str, #[case] value: Value) {
        assert_eq!(Json::read("x.json", text.as_bytes()).to_value(), value);
        assert_eq!(Json::read("x.ts", text.as_bytes()).to_value(), json!(text));
    }

    #[rstest]
    #[case("{\"a\": 1, \"b\": {\"c\": [], \"d\": 2}}", "{\"b\": {\"d\": 2, \"c\": []}, \"a\": 1}", true)]
    #[case("{\"a\": 1, \"b\": 1}", "{\"b\": 1, \"a\": 2}", false)]
    #[case("{\"a\": 1}", "{\"a\": 1, \"b\": 1}", false)]
    #[case("[1, 2]", "[2, 1]", false)]
    fn the_order_of_keys_is_no_difference(#[case] a: &str, #[case] b: &str, #[case] equal: bool) {
        assert_eq!(Json::read("x.json", a.as_bytes()) == Json::read("x.json", b.as_bytes()), equal);
    }
}
