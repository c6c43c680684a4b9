//! The few fields that nearly every resource of the API has.

use serde_json::Value;

/// Returns `_id`: names a resource in paths; differs from project to project and changes when a Cognigy Snapshot is
/// restored.
#[must_use]
pub fn id(resource: &Value) -> Option<&str> {
    text(resource, "_id")
}

/// Returns `referenceId`: names a resource across projects and restores.
#[must_use]
pub fn reference_id(resource: &Value) -> Option<&str> {
    text(resource, "referenceId")
}

/// Returns `name`.
#[must_use]
pub fn name(resource: &Value) -> Option<&str> {
    text(resource, "name")
}

fn text<'a>(resource: &'a Value, field: &str) -> Option<&'a str> {
    resource.get(field)?.as_str().filter(|text| !text.is_empty())
}
