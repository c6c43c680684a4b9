//! Layout 0: the files that the vendor's `cognigy clone` wrote into the template repository, taken over as they stand.
//!
//! Secrets in named fields leave by the same rules as in a backup, where a file is JSON; every other byte stays. What
//! the folders and the `config.json` files say of the resources is said in the manifest, and nothing is made up: a
//! resource whose `_id` nobody noted has files and no entry.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::content::{json, text};
use super::{LOCALES_FILE, path};
use crate::snapshot::redact::{SecretsPolicy, redact, redact_document};
use crate::snapshot::{Kind, ProjectId, ResourceEntry, TreePath};

/// The kinds that the CLI writes as a folder for each resource.
const KINDS: [Kind; 4] = [Kind::Lexicons, Kind::AiAgents, Kind::Flows, Kind::Endpoints];

/// Returns a file without its secrets and where they stood; `None` where it stays as it is.
#[must_use]
pub fn redacted(at: &TreePath, bytes: &[u8], secrets: SecretsPolicy) -> Option<(Vec<u8>, Vec<String>)> {
    let kind = at.components().next().and_then(|kind| kind.parse::<Kind>().ok());
    let is_document = at.as_str().ends_with(".json") && !matches!(kind, Some(Kind::Flows | Kind::Lexicons));
    if secrets == SecretsPolicy::Keep || !is_document {
        return None;
    }
    let mut document: Value = serde_json::from_slice(bytes).ok()?;
    let places = match kind {
        Some(kind) => redact_document(kind, &mut document),
        // The CLI keeps its own settings, with the API key, in a file of any name.
        None => redact(&mut document),
    };
    (!places.is_empty()).then(|| (json(&document), places))
}

/// Whether a file says which resource stands in its folder.
#[must_use]
pub fn describes(at: &TreePath) -> bool {
    at.as_str() == LOCALES_FILE || resource_folder(at).is_some()
}

/// Returns the resources that these files describe ([`describes`]), in the manifest's order.
#[must_use]
pub fn resources(documents: &BTreeMap<TreePath, Value>) -> Vec<ResourceEntry> {
    let mut entries = Vec::new();
    for (at, document) in documents {
        if at.as_str() == LOCALES_FILE {
            let locales = document.as_array().into_iter().flatten().filter_map(Value::as_object);
            entries.extend(locales.filter_map(|locale| entry(Kind::Locales, locale, at.clone(), "")));
            continue;
        }
        let (Some((kind, folder, name)), Some(fields)) = (resource_folder(at), document.as_object()) else {
            continue;
        };
        entries.extend(entry(kind, fields, folder, name));
    }
    entries.sort_by(|a, b| (a.kind, &a.reference_id, &a.id).cmp(&(b.kind, &b.reference_id, &b.id)));
    let mut known = BTreeSet::new();
    entries.retain(|entry| known.insert((entry.kind, entry.id.clone())));
    entries
}

/// Returns the project that a document says it is of, where it does: the CLI keeps the field in some kinds.
#[must_use]
pub fn project(document: &Value) -> Option<ProjectId> {
    document.get("projectReference").or_else(|| document.get("projectId"))?.as_str()?.parse().ok()
}

/// Returns kind, folder and name of the resource that a `config.json` is of. A name with `/` in it made folders.
fn resource_folder(at: &TreePath) -> Option<(Kind, TreePath, &str)> {
    let folder = at.as_str().strip_suffix("/config.json")?;
    let (kind, name) = folder.split_once('/')?;
    let kind = KINDS.into_iter().find(|known| known.name() == kind)?;
    Some((kind, path(folder), name))
}

fn entry(kind: Kind, fields: &Map<String, Value>, at: TreePath, folder: &str) -> Option<ResourceEntry> {
    // Of a lexicon the CLI notes this one id and nothing else.
    let id = text(fields, "_id").or_else(|| text(fields, "lexiconId"))?;
    let moment = |key: &str| fields.get(key).and_then(Value::as_i64);
    Some(ResourceEntry {
        kind,
        reference_id: text(fields, "referenceId").unwrap_or_else(|| id.clone()),
        id,
        name: text(fields, "name").unwrap_or_else(|| folder.to_owned()),
        owner: None,
        path: at,
        created_at: moment("createdAt"),
        created_by: text(fields, "createdBy"),
        last_changed: moment("lastChanged"),
        last_changed_by: text(fields, "lastChangedBy"),
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::endpoint("endpoints/Webchat/config.json", r#"{"settings":{"accessToken":"s"}}"#, &["/settings/accessToken"])]
    #[case::agent("aiAgents/Ann/config.json", r#"{"apiKey":"s"}"#, &["/apiKey"])]
    #[case::connection("connections/Mail/config.json", r#"{"fields":{"user":"s"}}"#, &["/fields/user"])]
    #[case::settings_of_the_cli("config.json", r#"{"agent":"x","apiKey":"s"}"#, &["/apiKey"])]
    #[case::chart("flows/Main/en/chart.json", r#"{"nodes":[{"config":{"apiKey":"content"}}]}"#, &[])]
    #[case::nothing_secret("endpoints/Webchat/config.json", r#"{"URLToken":"x"}"#, &[])]
    #[case::no_json("endpoints/Webchat/config.json", "apiKey: s", &[])]
    #[case::code("endpoints/Webchat/transformer.ts", r#"{"apiKey":"s"}"#, &[])]
    fn secrets_leave_by_the_rules_of_a_backup(
        #[case] at: &str,
        #[case] bytes: &str,
        #[case] places: &[&str],
    ) {
        let at: TreePath = at.parse().unwrap();
        let done = redacted(&at, bytes.as_bytes(), SecretsPolicy::Redact);
        assert_eq!(done.clone().map(|(_, places)| places).unwrap_or_default(), places);
        assert!(done.is_none_or(|(bytes, _)| !String::from_utf8(bytes).unwrap().contains("\"s\"")));
        assert_eq!(redacted(&at, bytes.as_bytes(), SecretsPolicy::Keep), None);
    }

    #[test]
    fn what_the_files_say_is_said_and_no_more() {
        let documents = [
            (
                "flows/locales.json",
                json!([{"_id": "l1", "referenceId": "r-l1", "name": "English"}, {"name": "no id"}]),
            ),
            (
                "flows/Main/config.json",
                json!({"_id": "f1", "referenceId": "r-f1", "name": "Main", "lastChanged": 1_759_000_000,
                       "createdBy": "u1"}),
            ),
            ("flows/a/b/config.json", json!({"_id": "f2"})),
            ("lexicons/Cities/config.json", json!({"lexiconId": "x1"})),
            ("endpoints/Lost/config.json", json!({"name": "Lost"})),
            ("aiAgents/Ann/config.json", json!("not an object")),
        ];
        let documents: BTreeMap<TreePath, Value> =
            documents.into_iter().map(|(at, value)| (at.parse().unwrap(), value)).collect();
        assert!(documents.keys().all(describes));
        let said: Vec<String> = resources(&documents)
            .iter()
            .map(|e| {
                let (kind, id, reference, changed) = (e.kind, &e.id, &e.reference_id, e.last_changed);
                format!("{kind} {id} {reference} `{}` in {} {changed:?}", e.name, e.path)
            })
            .collect();
        insta::assert_snapshot!(said.join("\n"), @"
        locales l1 r-l1 `English` in flows/locales.json None
        lexicons x1 x1 `Cities` in lexicons/Cities None
        flows f2 f2 `a/b` in flows/a/b None
        flows f1 r-f1 `Main` in flows/Main Some(1759000000)
        ");
    }

    #[test]
    fn other_files_describe_nothing() {
        for at in ["config.json", "flows/config.json", "flows/Main/en/chart.json", "extensions/x/config.json"]
        {
            assert!(!describes(&at.parse().unwrap()), "{at}");
        }
    }
}
