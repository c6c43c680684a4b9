//! What was read can be written: from every resource of a project that everybody has edited, another one is made
//! that reads the same. So no list of fields lacks one that a read shows.

use super::*;

/// What only the server sets, in any kind.
const SERVERS: &[&str] = &[
    "_id",
    "createdAt",
    "createdBy",
    "lastChanged",
    "lastChangedBy",
    "lastChangedAt",
    "referenceId",
    "projectReference",
    "organisationReference",
    "organisationId",
    "projectId",
    "URLToken",
    "isTrainingOutOfDate",
    "feedbackReport",
    "localeReference",
    "intentTrainGroupReference",
    "isPackedForDownload",
    "primary",
    "preview",
    "isCollapsed",
    "storeReference",
    "sourceReference",
    "chunkCount",
    "transpiledTransformer",
    "asserts",
    "steps",
];

fn edited() -> Cognigy {
    let mut project = Project::seeded(1, Size::small());
    Edit::all().iter().for_each(|edit| drop(edit.apply(&mut project)));
    let switches = Switches { names_unique: &[], max_json_body: None, ..Switches::default() };
    start(project, switches)
}

/// What of a read can be sent back.
fn own(read: &Value, without: &[&str]) -> Value {
    let fields = read.as_object().unwrap().iter();
    fields
        .filter(|(name, _)| !SERVERS.contains(&name.as_str()) && !without.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Makes another one of each member of a list, and gives both as they are read.
fn doubled(cognigy: &Cognigy, list: &str, post: &str, without: &[&str]) -> usize {
    let (_, all) = get(cognigy, &format!("{list}?limit=100"));
    let items = all["items"].as_array().unwrap();
    for item in items {
        let id = item["_id"].as_str().unwrap();
        let (status, read) = get(cognigy, &format!("{post}/{id}"));
        let read = if status == 200 { read } else { item.clone() };
        let mut body = own(&read, without);
        if !list.starts_with("/flows/")
            && !list.starts_with("/knowledgestores/")
            && !list.contains("snippets")
        {
            body["projectId"] = json!(cognigy.project_id());
        }
        let (answer, _) = made(cognigy, post, &body);
        let answer = answer.get("knowledgeSource").cloned().unwrap_or(answer);
        assert_eq!(own(&answer, without), own(&read, without), "{list}");
    }
    items.len()
}

#[test]
fn every_resource_can_be_made_again() {
    let cognigy = edited();
    let tokens = format!("/projects/{}/snippets", cognigy.project_id());
    for (list, post) in [
        ("/lexicons", "/lexicons"),
        ("/flows", "/flows"),
        ("/endpoints", "/endpoints"),
        ("/aiagents", "/aiagents"),
        ("/functions", "/functions"),
        ("/connections", "/connections"),
        ("/nluconnectors", "/nluconnectors"),
        ("/playbooks", "/playbooks"),
        ("/largelanguagemodels", "/largelanguagemodels"),
        ("/milestones", "/milestones"),
        ("/aicopilotconfigs", "/aicopilotconfigs"),
        ("/handover/providers", "/handover/provider"),
        (&tokens, &tokens),
        ("/locales", "/locales"),
    ] {
        assert!(doubled(&cognigy, list, post, &["fallbackLocaleReference"]) > 0, "{list}");
    }
    assert!(doubled(&cognigy, "/knowledgestores", "/knowledgestores", &["documents"]) > 0);
    let flow = cognigy.read(|p| p.flows[0].meta.id.clone());
    for part in ["intents", "states", "slotfillers"] {
        let list = format!("/flows/{flow}/{part}");
        assert!(doubled(&cognigy, &list, &list, &[]) > 0, "{part}");
    }
    let store = cognigy.read(|p| p.knowledge[0].document.meta.id.clone());
    let sources = format!("/knowledgestores/{store}/sources");
    // What a source says of itself comes with a change of it, and whether a chunk is disabled likewise.
    let source = cognigy.read(|p| p.knowledge[0].sources[0].document.meta.id.clone());
    let chunks = format!("{sources}/{source}/chunks");
    assert!(doubled(&cognigy, &sources, &sources, &["status", "data"]) > 0);
    assert!(doubled(&cognigy, &chunks, &chunks, &["disabled"]) > 0);
}

/// Without times, which every write moves.
fn still(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(name, _)| !["lastChanged", "lastChangedBy", "contentChanged"].contains(&name.as_str()))
            .map(|(name, value)| (name, still(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(items) => items.into_iter().map(still).collect(),
        value => value,
    }
}

#[test]
fn what_was_read_is_written_back_and_changes_nothing() {
    let cognigy = edited();
    cognigy.set_switches(Switches { flow_settings_take_list: true, ..Switches::default() });
    let before = still(cognigy.read(Project::truth));
    let back = |path: &str, read: &str, without: &[&str], also: Value| {
        let (status, shown) = get(&cognigy, read);
        assert_eq!(status, 200, "{read}");
        let mut body = own(&shown, without);
        body.as_object_mut().unwrap().extend(also.as_object().cloned().unwrap_or_default());
        done(&cognigy, "PATCH", path, &body);
    };
    let same = |path: &str| back(path, path, &[], json!({}));
    let project = format!("/projects/{}", cognigy.project_id());
    back(&project, &project, &["primaryLocaleReference"], json!({}));
    same(&format!("{project}/settings"));
    let primary = cognigy.read(|p| p.primary().meta.id.clone());
    let flows: Vec<Flow> = cognigy.read(|p| p.flows.clone());
    for flow in &flows {
        let path = format!("/flows/{}", flow.meta.id);
        back(&path, &path, &[], json!({"localeId": primary}));
        same(&format!("{path}/settings"));
        for node in &flow.nodes {
            for version in &node.localised {
                let mut config = version.config.clone();
                config
                    .as_object_mut()
                    .unwrap()
                    .retain(|name, _| !["transpiled", "hasError"].contains(&&**name));
                let one = format!("{path}/chart/nodes/{}", node.id);
                let also = json!({"localeId": version.locale, "config": config});
                back(&one, &one, &["type", "extension"], also);
            }
        }
        for intent in &flow.intents {
            let one = format!("{path}/intents/{}", intent.meta.id);
            back(&one, &one, &[], json!({"localeId": primary}));
            for sentence in &intent.sentences {
                same(&format!("{one}/sentences/{}", sentence.meta.id));
            }
        }
        flow.states.iter().for_each(|s| same(&format!("{path}/states/{}", s.meta.id)));
        flow.slot_fillers.iter().for_each(|s| same(&format!("{path}/slotfillers/{}", s.meta.id)));
        cognigy.edit(|p| {
            p.flows.iter_mut().find(|f| f.meta.id == flow.meta.id).unwrap().is_training_out_of_date =
                flow.is_training_out_of_date
        });
    }
    for list in [
        "locales",
        "endpoints",
        "lexicons",
        "aiagents",
        "functions",
        "nluconnectors",
        "largelanguagemodels",
        "aicopilotconfigs",
    ] {
        let (_, all) = get(&cognigy, &format!("/{list}?limit=100"));
        all["items"]
            .as_array()
            .unwrap()
            .iter()
            .for_each(|i| same(&format!("/{list}/{}", i["_id"].as_str().unwrap())));
    }
    let (_, all) = get(&cognigy, "/connections");
    for item in all["items"].as_array().unwrap() {
        let path = format!("/connections/{}", item["_id"].as_str().unwrap());
        back(&path, &path, &["name", "type", "extension", "isDeprecated"], json!({}));
    }
    let after = still(cognigy.read(Project::truth));
    for (kind, value) in before.as_object().unwrap() {
        assert_eq!(&after[kind], value, "{kind}");
    }
}
