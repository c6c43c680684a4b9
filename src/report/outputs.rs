//! The step's outputs: short values that a later step can test, in the order of the README's table.
//!
//! Sizes and counts are plain numbers, summed up. A value that names something is the name itself where the run was
//! asked for one project, and a JSON list of names, in the order of the report, where it was asked for several; what
//! has no name there is `null`.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::diff::{self, CHANGES_BUDGET};
use super::tiers::Tiered;
use super::{Entry, Report};

/// How many items a list has at most: all outputs of a job share 1 MB.
const LISTED: usize = 1_000;

/// Returns names and values, in order. `file` is the report's path relative to the workspace, if it was written.
#[must_use]
pub fn render(report: &Report, file: Option<&str>) -> Vec<(String, String)> {
    let entries = &report.entries;
    let sum = |n: fn(&Entry) -> u64| entries.iter().map(n).fold(0, u64::saturating_add).to_string();
    let names = |name: fn(&Entry) -> Option<String>| {
        let mut all = entries.iter().map(name);
        if report.several {
            serde_json::Value::from_iter(all).to_string()
        } else {
            all.next().flatten().unwrap_or_default()
        }
    };
    let outputs = [
        ("outcome", report.outcome.to_string()),
        ("changed", entries.iter().any(Entry::changed).to_string()),
        ("snapshot-id", names(|entry| Some(entry.snapshot.as_ref()?.id.to_string()))),
        ("snapshot-sha", names(|entry| entry.snapshot.as_ref()?.commit.clone())),
        ("branch", names(|entry| Some(entry.branch.clone()))),
        ("tier", names(|entry| Some(entry.tier.clone()))),
        ("files-changed", sum(|entry| entry.changes.count() as u64)),
        ("resources", sum(|entry| entry.snapshot.as_ref().map_or(0, |snapshot| snapshot.resources))),
        ("bytes", sum(|entry| entry.snapshot.as_ref().map_or(0, |snapshot| snapshot.bytes))),
        ("duration-ms", report.duration_ms.to_string()),
        ("requests", sum(|entry| entry.requests)),
        ("changes", changes(report)),
        ("promoted", listed(report, |tiers| json!(tiers.promoted))),
        ("forgotten", listed(report, |tiers| json!(tiers.forgotten))),
        ("released", listed(report, |tiers| json!(tiers.released))),
        ("next-due", names(|entry| Some(instant(entry.tiers.as_ref()?.next_due?)))),
        ("report", file.unwrap_or_default().to_owned()),
    ];
    outputs.map(|(name, value)| (name.to_owned(), value)).into()
}

/// What was done for the tiers, as a JSON list; of several projects one list of all.
fn listed(report: &Report, list: fn(&Tiered) -> Value) -> String {
    let tiers = report.entries.iter().filter_map(|entry| entry.tiers.as_ref()).map(list);
    let all = tiers.flat_map(|list| list.as_array().cloned().unwrap_or_default()).take(LISTED);
    Value::from_iter(all).to_string()
}

fn instant(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// What changed, as JSON: of one project the object, of several a list of them; nothing of a project where nothing did.
fn changes(report: &Report) -> String {
    let one = |entry: &Entry, budget| entry.difference().map(|(diff, since)| diff::json(diff, since, budget));
    match report.entries.as_slice() {
        [] => String::new(),
        [entry] if !report.several => one(entry, CHANGES_BUDGET).unwrap_or_default(),
        many => {
            let each = CHANGES_BUDGET / many.len() - 2;
            let all: Vec<String> =
                many.iter().map(|entry| one(entry, each).unwrap_or_else(|| "null".to_owned())).collect();
            format!("[{}]", all.join(","))
        }
    }
}
