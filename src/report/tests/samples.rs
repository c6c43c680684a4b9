//! Reports for the tests of this room's faces.

use crate::report::{Changes, Entry, Outcome, Reason, Report, SnapshotFacts, Step};
use crate::snapshot::{Availability, Diff, Kind, KindSummary};
use serde_json::{Value, json};

/// A report of one project.
pub(super) fn report(entry: Entry) -> Report {
    Report {
        version: "1.2.3".into(),
        mode: "backup".into(),
        several: false,
        outcome: entry.outcome,
        started: "2025-10-03T14:30:00Z".parse().unwrap(),
        duration_ms: entry.duration_ms,
        entries: vec![entry],
    }
}

/// A backup that found changes in two resources.
pub(super) fn success() -> Entry {
    let kind =
        |resources, files, bytes| KindSummary { availability: Availability::Read, resources, files, bytes };
    Entry {
        outcome: Outcome::Success,
        project: Some("5f3a5f3a5f3a5f3a5f3a5f3a".parse().unwrap()),
        project_name: Some("Shop Bot".into()),
        config: Some("config.json".into()),
        store: "https://github.com/acme/bots".into(),
        branch: "snapshot/hourly".into(),
        tier: "hourly".into(),
        snapshot: Some(SnapshotFacts {
            id: "20251003T143000Z-1a2b3c4d".parse().unwrap(),
            commit: Some("9f8e7d6c5b4a39281706f5e4d3c2b1a098765432".into()),
            resources: 41,
            files: 120,
            bytes: 1_234_567,
        }),
        previous: Some("20251003T133000Z-0a0b0c0d".parse().unwrap()),
        snapshots: Some(6),
        changes: Changes {
            added: vec!["flows/Main/en-US/chart.json".into()],
            modified: vec!["flows/Main/settings.json".into(), "lexicons/Cities/entries.json".into()],
            removed: vec![],
        },
        diff: Some(diff()),
        kinds: vec![(Kind::Lexicons, kind(2, 4, 2_048)), (Kind::Flows, kind(39, 116, 1_232_519))],
        tiers: None,
        answer: None,
        remembered: Vec::new(),
        plan: vec![],
        requests: 310,
        expected: None,
        freshness: None,
        unread: Vec::new(),
        redacted: 2,
        duration_ms: 42_100,
        warnings: vec![],
        missing: Vec::new(),
        quarantine: None,
        reason: None,
    }
}

fn resource(kind: &str, name: &str, differences: Value) -> Value {
    let mut resource = json!({
        "kind": kind, "referenceId": "0a1b2c3d", "id": "f0", "name": name, "path": "flows/Main", "what": "changed",
        "lastChanged": 1_759_500_000, "lastChangedBy": "5f3a",
    });
    resource.as_object_mut().unwrap().extend(differences.as_object().unwrap().clone());
    resource
}

/// What changed in two resources.
fn diff() -> Diff {
    let change = |file: &str, path: &str, old: &str, new: &str| json!({"files": [file], "path": path, "old": old, "new": new});
    let node = json!({
        "noun": "node", "list": "en-US/chart.json#/nodes", "by": "referenceId", "key": "n1", "name": "Greet",
        "type": "say", "what": "changed",
        "changes": [change("en-US/chart.json", "/config/say/text/0", "Hi", "Hello")],
    });
    let resources = [
        resource(
            "lexicons",
            "Cities",
            json!({"changes": [change("lexicon.json", "/description", "Towns", "Cities")]}),
        ),
        resource("flows", "Main", json!({"items": [node]})),
    ];
    serde_json::from_value(json!({"resources": resources, "locales": {"en-US": "en-US"}})).unwrap()
}

/// A run that ended before there was a snapshot.
pub(super) fn ended(outcome: Outcome, message: &str, causes: &[&str], hints: &[&str]) -> Entry {
    let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Entry {
        outcome,
        snapshot: None,
        previous: None,
        snapshots: None,
        changes: Changes::default(),
        diff: None,
        kinds: vec![],
        redacted: 0,
        reason: Some(Reason { message: message.into(), causes: own(causes), hints: own(hints) }),
        ..success()
    }
}

/// A dry run that found changes.
pub(super) fn planned() -> Entry {
    let mut entry = success();
    entry.outcome = Outcome::Planned;
    entry.snapshot.as_mut().unwrap().commit = None;
    entry.plan = vec![
        Step {
            what: "append snapshot `20251003T143000Z-1a2b3c4d` to `snapshot/hourly`".into(),
            why: "3 files differ".into(),
        },
        Step { what: "keep the other 6 snapshots".into(), why: String::new() },
    ];
    entry
}

/// Names that try to be something else.
pub(super) const HOSTILE: [&str; 10] = [
    "::error::x",
    "<script>alert(1)</script>",
    "a|b",
    "`x`",
    "%0A::set-output name=a::b",
    "@org/team",
    "[x](javascript:1)",
    "\u{202e}nosj.wolf",
    "a\r\n##[error]b",
    "#1 </details>",
];

/// A run that found nothing new.
pub(super) fn unchanged() -> Entry {
    let mut entry = success();
    entry.outcome = Outcome::Unchanged;
    (entry.changes, entry.diff) = (Changes::default(), None);
    entry.previous = entry.snapshot.as_ref().map(|snapshot| snapshot.id.clone());
    entry
}

/// The first backup of a project.
pub(super) fn first() -> Entry {
    let mut entry = success();
    (entry.previous, entry.snapshots) = (None, Some(1));
    entry
}

/// A backup with a kind that the key may not read and one that the server does not have.
pub(super) fn forbidden() -> Entry {
    let mut entry = success();
    entry.outcome = Outcome::Partial;
    entry.kinds[0].1.availability = Availability::Forbidden;
    entry.kinds[1].1.availability = Availability::Unsupported;
    entry.warnings = vec!["`lexicons`: the key may not read them; carried over from 2025-10-01".into()];
    entry
}

/// A backup of a project in which every name tries to be something else.
pub(super) fn hostile() -> Entry {
    let mut entry = success();
    entry.project_name = Some(HOSTILE.join(" "));
    entry.changes.added = HOSTILE.iter().map(|name| format!("flows/{name}/chart.json")).collect();
    entry.changes.modified = vec![format!("flows/{}/chart.json", "ü".repeat(200))];
    let long = "ü".repeat(200);
    let changed = |name: &&str| {
        let change = json!({"files": ["flow.json"], "path": "/description", "old": name, "new": long});
        resource("flows", name, json!({"changes": [change]}))
    };
    let resources: Vec<Value> = HOSTILE.iter().map(changed).chain([changed(&long.as_str())]).collect();
    entry.diff = Some(serde_json::from_value(json!({"resources": resources, "locales": {}})).unwrap());
    entry.warnings = HOSTILE.iter().map(|name| (*name).to_owned()).collect();
    entry
}

/// A run that could not read.
pub(super) fn failed() -> Entry {
    ended(
        Outcome::Failed,
        "the flows could not be listed",
        &[
            "GET https://api.cognigy.ai/new/v2.0/flows: 401 Unauthorized",
            "{\"error\":\"<b>Invalid key</b>\"}",
        ],
        &["check the secret behind `cognigy-api-key`"],
    )
}
