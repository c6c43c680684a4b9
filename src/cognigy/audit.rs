//! Audit events: what people did to a project, as far as a backup needs to know (dossier §2.12, §5.4).

use chrono::{DateTime, Utc};
use serde_json::Value;

/// Actions after which anything may have changed: nobody could confirm that each of their changes is an event of its own.
const SWEEPING: [&str; 5] = ["restore", "merge", "batch", "undo", "redo"];

/// Something that somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// When, by the server's clock.
    pub time: DateTime<Utc>,
    /// The `_id`s of what it was done to, outermost first: a flow, a node in it.
    pub elements: Vec<String>,
    /// Whether anything in the project may have changed with it.
    pub sweeping: bool,
    /// Whether something was removed: what referred to it loses the reference without an event of its own.
    pub removes: bool,
}

impl AuditEvent {
    /// Reads an event; `None` where it does not say when it was.
    pub(super) fn read(item: &Value) -> Option<Self> {
        // The vendor's client and its OpenAPI document have different names for both.
        let chain = ["chain", "modifiedResources"].into_iter().find_map(|key| item.get(key)?.as_array());
        let id = |link: &Value| {
            ["elementId", "resourceId"].into_iter().find_map(|key| link.get(key)?.as_str().map(str::to_owned))
        };
        let chain = chain.map(Vec::as_slice).unwrap_or_default();
        let elements: Vec<String> = chain.iter().filter_map(id).collect();
        let action = item.get("actionType").and_then(Value::as_str).unwrap_or_default().to_lowercase();
        let sweeping = elements.is_empty() || SWEEPING.iter().any(|word| action.contains(word));
        let removes = item.get("type").and_then(Value::as_str) == Some("delete");
        Some(Self { time: time(item.get("timestamp")?)?, elements, sweeping, removes })
    }
}

/// Reads a time: a text, or a number of seconds or milliseconds.
fn time(value: &Value) -> Option<DateTime<Utc>> {
    /// As seconds this is the year 5138, as milliseconds 1973.
    const FIRST_MILLISECONDS: i64 = 100_000_000_000;
    match value {
        Value::String(text) => DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc()),
        _ => match value.as_i64()? {
            seconds @ ..FIRST_MILLISECONDS => DateTime::from_timestamp(seconds, 0),
            milliseconds => DateTime::from_timestamp_millis(milliseconds),
        },
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(json!("2025-10-03T14:30:00.000Z"))]
    #[case(json!(1_759_501_800))]
    #[case(json!(1_759_501_800_000_i64))]
    fn a_time_is_read_however_it_is_written(#[case] written: Value) {
        assert_eq!(time(&written), Some("2025-10-03T14:30:00Z".parse().unwrap()));
    }

    #[test]
    fn an_event_names_what_it_touched_or_everything() {
        let event = |more: Value| {
            let mut item = json!({"timestamp": 1, "chain": [
                {"elementType": "flow", "elementId": "f"}, {"elementType": "node", "elementId": "n"}]});
            item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            AuditEvent::read(&item)
        };
        let patched = event(json!({"type": "patch"})).unwrap();
        assert_eq!((patched.elements, patched.sweeping), (vec!["f".to_owned(), "n".to_owned()], false));
        assert!(event(json!({"type": "action", "actionType": "restoreSnapshot"})).unwrap().sweeping);
        assert!(event(json!({"chain": []})).unwrap().sweeping);
        assert_eq!(event(json!({"timestamp": "yesterday"})), None);
    }
}
