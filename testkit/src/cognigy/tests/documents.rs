//! The kinds of one document each, knowledge, and the small parts of locales and flows.

use super::*;

/// The path of a kind's list, and of one read where there is one.
fn paths(cognigy: &Cognigy, kind: Collection) -> (String, Option<String>) {
    let id = cognigy.read(|p| p.documents(kind)[0].meta.id.clone());
    let list = match kind {
        Collection::Functions => "/functions",
        Collection::Connections => "/connections",
        Collection::NluConnectors => "/nluconnectors",
        Collection::Playbooks => "/playbooks",
        Collection::Extensions => "/extensions",
        Collection::Tokens => return (format!("/projects/{}/snippets", cognigy.project_id()), None),
        Collection::LargeLanguageModels => "/largelanguagemodels",
        Collection::Goals => "/milestones",
        Collection::CopilotConfigs => "/aicopilotconfigs",
        Collection::HandoverProviders => {
            return ("/handover/providers".to_owned(), Some(format!("/handover/provider/{id}")));
        }
    };
    (list.to_owned(), Some(format!("{list}/{id}")))
}

#[test]
fn every_kind_of_document_is_listed_and_read() {
    let cognigy = Cognigy::start(Setup::default());
    for kind in Collection::ALL {
        let (list, read) = paths(&cognigy, kind);
        let body = cognigy.read(|p| p.documents(kind)[0].body.clone());
        let (status, listed) = get(&cognigy, &list);
        assert_eq!((status, &listed["total"]), (200, &json!(2)), "{list}");
        let Some(read) = read else {
            assert_eq!(listed["items"][0]["script"], body["script"], "the list is complete");
            continue;
        };
        let (status, whole) = get(&cognigy, &read);
        assert_eq!(status, 200, "{read}");
        assert!(body.iter().all(|(name, value)| whole[name] == *value), "{read} answers {whole}");
        assert_eq!(whole["_id"], listed["items"][0]["_id"]);
        let missing = read.rsplit_once('/').unwrap().0.to_owned() + "/000000000000000000000000";
        assert_eq!(get(&cognigy, &missing).0, 404, "{missing}");
    }
    assert_eq!(get(&cognigy, "/functions?projectId=000000000000000000000000").0, 400);
    assert_eq!(get(&cognigy, "/functions?limit=101").0, 400);
    let listed = |path: &str| get(&cognigy, path).1["items"][0].clone();
    assert!(listed("/functions").get("code").is_none() && listed("/connections").get("fields").is_none());
    assert!(
        listed("/extensions").get("lastChanged").is_none()
            && listed("/playbooks").get("referenceId").is_none()
    );
    let provider = listed("/handover/providers");
    assert!(provider["lastChangedAt"].is_i64() && provider.get("lastChanged").is_none());
}

#[test]
fn what_the_dossier_leaves_open_can_be_read_both_ways() {
    let cognigy = Cognigy::start(Setup::default());
    let connection = paths(&cognigy, Collection::Connections).1.unwrap();
    let locale = cognigy.read(|p| p.primary().meta.id.clone());
    let (store, lately) = cognigy.edit(|p| {
        let store = p.knowledge[0].document.meta.id.clone();
        let source = p.knowledge[0].sources[0].document.meta.id.clone();
        p.add_chunk(&store, &source, "One more");
        (store, p.knowledge[0].content_changed)
    });
    let seen = |switches| {
        cognigy.set_switches(switches);
        (
            get(&cognigy, &connection).1["fields"]["password"].clone(),
            get(&cognigy, "/handover/providers").0,
            get(&cognigy, &format!("/knowledgestores/{store}")).1["lastChanged"] == json!(lately),
            get(&cognigy, &format!("/locales/{locale}/yesnointents")).1["yesIntent"]["intentType"].clone(),
        )
    };
    let (password, list, edited, kind) = seen(Switches::default());
    assert!(PLANTED_SECRETS.contains(&password.as_str().unwrap()));
    assert_eq!((list, edited, kind), (200, true, Value::Null));
    let other = Switches {
        connections_masked: true,
        handover_list_absent: true,
        knowledge_shows_content_edits: false,
        yes_no_as_stored: true,
        ..Switches::default()
    };
    assert_eq!(seen(other), (json!("********"), 404, false, json!("yesNoIntent")));
}

#[test]
fn any_kind_can_be_refused() {
    let cognigy = Cognigy::start(Setup::default());
    let (flow, locale) = cognigy.read(|p| (p.flows[0].meta.id.clone(), p.primary().meta.id.clone()));
    for (kind, pattern) in KINDS {
        let path = pattern
            .replace("/handover/**", "/handover/providers")
            .replace("/**", "")
            .replace("/projects/*", &format!("/projects/{}", cognigy.project_id()))
            .replace("/flows/*", &format!("/flows/{flow}"))
            .replace("/locales/*", &format!("/locales/{locale}"));
        for status in [400, 403, 404] {
            assert_eq!(get(&cognigy, &path).0, 200, "{kind}: {path}");
            cognigy.fault(Fault::on_kind(kind).forever().status(status));
            assert_eq!(get(&cognigy, &path).0, status, "{kind}: {path}");
            cognigy.clear_faults();
        }
    }
}

#[test]
fn chunks_come_in_pages_and_in_their_order() {
    let cognigy = start(Project::seeded(1, Size::full()), Switches::default());
    let (store, source) = cognigy.edit(|p| {
        let store = &p.knowledge[0];
        let (id, source) = (store.document.meta.id.clone(), store.sources[0].document.meta.id.clone());
        let first = store.sources[0].chunks[0].meta.id.clone();
        p.edit_chunk(&id, &source, &first, |body| drop(body.insert("order".to_owned(), json!(500))));
        (id, source)
    });
    let chunks = format!("/knowledgestores/{store}/sources/{source}/chunks");
    let (_, first) = get(&cognigy, &format!("{chunks}?limit=100&sort=order:asc"));
    let (_, last) = get(&cognigy, &format!("{chunks}?limit=100&sort=order:asc&skip=100"));
    assert_eq!((&first["total"], &first["items"][0]["order"]), (&json!(120), &json!(2)));
    assert_eq!(last["items"].as_array().unwrap().len(), 20);
    assert_eq!(last["items"][19]["order"], 500);
    let id = last["items"][19]["_id"].as_str().unwrap();
    assert_eq!(get(&cognigy, &format!("{chunks}/{id}")).1, last["items"][19]);
    assert_eq!(get(&cognigy, &format!("/knowledgestores/{store}/sources/{source}")).1["chunkCount"], 120);
}

#[test]
fn locales_and_flows_have_their_small_parts() {
    let cognigy = Cognigy::start(Setup::default());
    let locale = cognigy.read(|p| p.locales[1].meta.id.clone());
    let (_, intents) = get(&cognigy, &format!("/locales/{locale}/yesnointents"));
    let id = intents["noIntent"]["_id"].as_str().unwrap();
    let (_, sentences) = get(&cognigy, &format!("/locales/{locale}/yesnointents/{id}/sentences"));
    assert_eq!(sentences["items"][0]["text"], "Auf Deutsch: no thanks");
    let flow = cognigy.read(|p| p.flows[0].meta.id.clone());
    for (part, hidden) in [("states", "intentIds"), ("slotfillers", "regex")] {
        let (_, list) = get(&cognigy, &format!("/flows/{flow}/{part}"));
        assert!(list["items"][0].get(hidden).is_none(), "{list}");
        let id = list["items"][0]["_id"].as_str().unwrap();
        assert!(!get(&cognigy, &format!("/flows/{flow}/{part}/{id}")).1[hidden].is_null());
    }
    let last = cognigy.read(|p| p.flows.last().unwrap().meta.id.clone());
    assert_eq!(get(&cognigy, &format!("/flows/{last}/states")).1["total"], 0, "most flows have none");
}
