//! The list of all edits: each is one that a reader can see, and none hides another.

use super::*;
use std::collections::BTreeSet;

#[test]
fn every_edit_changes_the_project_and_says_what() {
    let fresh = Project::seeded(1, Size::small());
    let edits = Edit::all();
    let mut names = BTreeSet::new();
    let mut kinds = BTreeSet::new();
    let mut together = fresh.clone();
    for edit in &edits {
        assert!(names.insert(edit.name.clone()), "two edits are called {edit:?}");
        let mut alone = fresh.clone();
        let mention = edit.apply(&mut alone);
        assert_ne!(alone.truth(), fresh.truth(), "{edit:?}");
        assert!(!mention.resource.is_empty(), "{edit:?} says {mention}");
        assert!(KINDS.iter().any(|(kind, _)| *kind == mention.kind), "{edit:?} says {mention}");
        kinds.insert(mention.kind);
        let before = together.truth();
        edit.apply(&mut together);
        assert_ne!(together.truth(), before, "{edit:?}, after all before it");
    }
    // Nodes, intents, states and so on are changes of their flow.
    let parts = ["flowSettings", "nodes", "intents", "states", "slotFillers"];
    let missing: Vec<_> =
        KINDS.iter().map(|k| k.0).filter(|k| !kinds.contains(k) && !parts.contains(k)).collect();
    assert!(missing.is_empty(), "no edit is one of {missing:?}");
}

#[test]
fn every_edit_can_be_read() {
    let cognigy = start(Project::seeded(1, Size::small()), short());
    let fresh = cognigy.read(Project::clone);
    for edit in Edit::all() {
        let mention = edit.apply(&mut fresh.clone());
        let place = KINDS.iter().find(|(kind, _)| *kind == mention.kind).expect("a kind that is read").1;
        let root = &place[..place[1..].find('/').map_or(place.len(), |at| at + 1)];
        cognigy.edit(|p| p.clone_from(&fresh));
        let before = without(TIMES, everything(&cognigy, root));
        cognigy.edit(|p| edit.apply(p));
        assert_ne!(without(TIMES, everything(&cognigy, root)), before, "{edit:?}");
    }
}

#[test]
fn what_the_server_computes_anew_is_no_edit() {
    let cognigy = start(Project::seeded(1, Size::small()), Switches { yes_no_as_stored: true, ..short() });
    let before = everything(&cognigy, "/");
    cognigy.edit(Project::recompute);
    let after = everything(&cognigy, "/");
    let text = |answers: &Value, path: &str| answers[path].to_string();
    let same = |path: &&String| text(&before, path) == text(&after, path);
    let same: Vec<&String> = before.as_object().unwrap().keys().filter(same).collect();
    assert!(same.is_empty(), "nothing moved at {same:?}");
    assert_eq!(without(COMPUTED, after), without(COMPUTED, before));
}

const TIMES: &[&str] = &["createdAt", "lastChanged", "lastChangedAt", "createdBy", "lastChangedBy"];
const COMPUTED: &[&str] = &[
    "transpiled",
    "transpiledTransformer",
    "hasError",
    "preview",
    "feedbackReport",
    "isTrainingOutOfDate",
    "isPackedForDownload",
];

/// Nodes come whole in their list, which saves a request for each.
fn short() -> Switches {
    Switches { node_list_config: true, ..Switches::default() }
}

/// An answer without these fields, and with the rows of its lists in the order of their ids.
fn without(fields: &[&str], mut value: Value) -> Value {
    match &mut value {
        Value::Object(all) => {
            all.retain(|name, _| !fields.contains(&name.as_str()));
            // What a store says of itself is computed; a source can be disabled by a person.
            if fields == COMPUTED && all.contains_key("documents") {
                all.remove("status");
            }
            all.values_mut().for_each(|value| *value = without(fields, value.take()));
        }
        Value::Array(items) => {
            items.iter_mut().for_each(|item| *item = without(fields, item.take()));
            if items.iter().all(|item| item["_id"].is_string() && item.get("asserts").is_none()) {
                items.sort_by_key(|item| item["_id"].as_str().map(str::to_owned));
            }
        }
        _ => {}
    }
    value
}

/// Every answer below a path, by its path.
fn everything(cognigy: &Cognigy, root: &str) -> Value {
    let mut paths = vec![
        format!("/projects/{}", cognigy.project_id()),
        format!("/projects/{}/settings", cognigy.project_id()),
        format!("/projects/{}/snippets", cognigy.project_id()),
    ];
    let lists = [
        ("/locales", &["/yesnointents"] as &[&str]),
        ("/lexicons", &["/entries", "/slots"]),
        ("/aiagents", &[]),
        ("/endpoints", &[]),
        ("/flows", &["/settings", "/intents", "/states", "/slotfillers"]),
        ("/functions", &[]),
        ("/connections", &[]),
        ("/nluconnectors", &[]),
        ("/playbooks", &[]),
        ("/extensions", &[]),
        ("/largelanguagemodels", &[]),
        ("/milestones", &[]),
        ("/aicopilotconfigs", &[]),
        ("/handover/providers", &[]),
        ("/knowledgestores", &["/sources"]),
    ];
    paths.retain(|path| path.starts_with(root));
    let mut answers = serde_json::Map::new();
    for (list, below) in lists.into_iter().filter(|(list, _)| list.starts_with(root)) {
        let reads = if list == "/handover/providers" { "/handover/provider" } else { list };
        for id in ids(&keep(cognigy, &mut answers, list)) {
            paths.push(format!("{reads}/{id}"));
            paths.extend(below.iter().map(|part| format!("{list}/{id}{part}")));
            if list == "/flows" {
                for locale in cognigy.read(|p| p.locales.clone()) {
                    let query = format!("preferredLocaleId={}", locale.meta.id);
                    paths.push(format!("/flows/{id}/chart?{query}"));
                    paths.push(format!("/flows/{id}/chart/nodes?limit=100&{query}"));
                }
            }
        }
    }
    while let Some(path) = paths.pop() {
        let answer = keep(cognigy, &mut answers, &path);
        let reads = |below: &str| ids(&answer).into_iter().map(|id| format!("{path}/{id}{below}")).collect();
        let more: Vec<String> = match path.rsplit('/').next().unwrap_or_default() {
            "states" | "slotfillers" => reads(""),
            "intents" => [reads(""), reads("/sentences")].concat(),
            "sources" => [reads(""), reads("/chunks")].concat(),
            "yesnointents" => {
                let one = |i: &Value| format!("{path}/{}/sentences", i["_id"].as_str().unwrap());
                answer.as_object().unwrap().values().map(one).collect()
            }
            _ => Vec::new(),
        };
        paths.extend(more);
    }
    Value::Object(answers)
}

fn keep(cognigy: &Cognigy, answers: &mut serde_json::Map<String, Value>, path: &str) -> Value {
    let (status, answer) = get(cognigy, path);
    assert_eq!(status, 200, "{path}");
    answers.insert(path.to_owned(), answer.clone());
    answer
}

fn ids(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().map(|item| item["_id"].as_str().unwrap().to_owned()).collect()
}
