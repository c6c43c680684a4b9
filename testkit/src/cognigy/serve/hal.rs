//! HAL: what a client gets that forgets to ask for plain JSON (dossier §1.4). A trap, and made to look like one.

use serde_json::{Map, Value, json};

/// The same answer as HAL: lists in `_embedded`, ids under the resource's name, fields nested in `properties`.
pub(crate) fn hal(path: &str, answer: Value) -> Value {
    let segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
    let plural = segments.iter().rev().find(|s| s.ends_with('s')).copied().unwrap_or("items");
    let href = json!({"self": {"href": format!("/new/v2.0{path}")}});
    match answer {
        Value::Object(mut list) if list.contains_key("items") => {
            let items = match list.remove("items") {
                // Seen in the field: the list of nodes is empty in this format (dossier §2.4).
                Some(Value::Array(_)) if plural == "nodes" => Vec::new(),
                Some(Value::Array(items)) => items.into_iter().map(|item| resource(plural, item)).collect(),
                _ => Vec::new(),
            };
            json!({"_links": href, "_embedded": {plural: items}, "total": list.remove("total")})
        }
        Value::Object(one) => {
            let mut made = resource(plural, Value::Object(one));
            made["_links"] = href;
            made
        }
        other => other,
    }
}

fn resource(plural: &str, item: Value) -> Value {
    let Value::Object(mut fields) = item else { return item };
    let mut made = Map::new();
    if let Some(id) = fields.remove("_id") {
        made.insert(format!("{}Id", plural.trim_end_matches('s')), id);
    }
    made.insert("properties".to_owned(), Value::Object(fields));
    Value::Object(made)
}
