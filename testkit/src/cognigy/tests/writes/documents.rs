//! Flows, endpoints, agents and every kind of one document: made, read back, changed, deleted.

use super::*;

/// A kind: where it is made and read, what makes one, what changes it.
struct Kind {
    list: String,
    one: &'static str,
    new: Value,
    change: Value,
}

/// Every kind that has one path for its list and one for its members.
fn kinds(cognigy: &Cognigy) -> Vec<Kind> {
    let project = cognigy.project_id();
    let (flow, locale) =
        cognigy.read(|p| (p.flows[0].reference_id.clone(), p.primary().reference_id.clone()));
    let kind = |list: &str, new: Value, change: Value| {
        let mut new = new;
        new["projectId"] = json!(project);
        Kind { list: list.to_owned(), one: "", new, change }
    };
    let endpoint = json!({
        "name": "New", "channel": "rest", "flowId": flow, "localeId": locale, "entrypoint": project,
        "settings": {"accessToken": "as given"},
    });
    vec![
        kind("/flows", json!({"name": "New", "context": {"a": 1}}), json!({"description": "said"})),
        kind("/endpoints", endpoint, json!({"active": false, "settings": {"accessToken": "another"}})),
        kind("/lexicons", json!({"name": "New"}), json!({"name": "Newer", "description": "said"})),
        kind(
            "/aiagents",
            json!({"name": "New", "instructions": "Be."}),
            json!({"instructions": "Be short."}),
        ),
        kind("/functions", json!({"name": "New", "code": "x"}), json!({"code": "y", "isDisabled": true})),
        kind(
            "/connections",
            json!({"name": "New", "extension": "e", "type": "t", "fields": {"key": "as given"}}),
            json!({"fields": {"other": "value"}}),
        ),
        kind(
            "/nluconnectors",
            json!({"name": "New", "type": "watson"}),
            json!({"settings": {"apikey": "k"}}),
        ),
        kind("/playbooks", json!({"name": "New", "steps": [{"text": "a"}]}), json!({"timeout": 5})),
        kind("/milestones", json!({"name": "New"}), json!({"description": "said"})),
        kind("/aicopilotconfigs", json!({"name": "New"}), json!({"config": {"grid": {}}})),
        kind(
            "/largelanguagemodels",
            json!({"name": "New", "modelType": "gpt-4o", "provider": "openAI"}),
            json!({"openAI": {"customModel": "m"}}),
        ),
        kind("/knowledgestores", json!({"name": "New", "language": "de-DE"}), json!({"description": "said"})),
        Kind {
            one: "/handover/provider",
            ..kind(
                "/handover/providers",
                json!({"name": "New", "serviceId": "s"}),
                json!({"settings": {"a": 1}}),
            )
        },
    ]
}

#[test]
fn every_kind_is_made_changed_and_deleted() {
    let cognigy = Cognigy::start(Setup::default());
    for Kind { list, one, new, change } in kinds(&cognigy) {
        let place = if one.is_empty() { list.clone() } else { one.to_owned() };
        let (answer, id) = made(&cognigy, &place, &new);
        let read = format!("{place}/{id}");
        let (status, shown) = get(&cognigy, &read);
        assert_eq!(status, 200, "{list}");
        answer
            .as_object()
            .unwrap()
            .iter()
            .for_each(|(name, value)| assert_eq!(&shown[name], value, "{list} {name}"));
        let given =
            new.as_object().unwrap().iter().filter(|(name, _)| *name != "projectId" && *name != "steps");
        given.for_each(|(name, value)| assert_eq!(&answer[name], value, "{list} {name}"));
        let total = |query: &str| get(&cognigy, &format!("{list}{query}")).1["total"].as_u64().unwrap();
        let before = total("");
        let (_, old) = get(&cognigy, &read);
        done(&cognigy, "PATCH", &format!("{list}/{id}"), &change);
        let (_, now) = get(&cognigy, &read);
        for (name, value) in now.as_object().unwrap() {
            match change.get(name) {
                Some(new) => assert_eq!(value, new, "{list} {name}"),
                None if ["lastChanged", "lastChangedBy", "lastChangedAt"].contains(&&**name) => {}
                None => assert_eq!(value, &old[name], "{list} {name}"),
            }
        }
        let time = |v: &Value| v["lastChanged"].as_i64().or(v["lastChangedAt"].as_i64()).unwrap();
        assert!(time(&now) > time(&old), "{list}");
        let events: Vec<_> = cognigy.read(|p| p.audit.iter().rev().take(2).map(|e| e.kind).collect());
        assert_eq!(events, ["patch", "create"], "{list}");
        done(&cognigy, "DELETE", &format!("{list}/{id}"), &Value::Null);
        assert_eq!((get(&cognigy, &read).0, total("")), (404, before - 1), "{list}");
        for method in ["PATCH", "DELETE"] {
            assert_eq!(refused(&cognigy, method, &format!("{list}/{id}"), &json!({})).0, 404, "{list}");
        }
        for strange in ["unheardOf", "_id", "createdAt", "URLToken"] {
            let mut body = new.clone();
            body[strange] = json!("x");
            let (status, detail) = refused(&cognigy, "POST", &place, &body);
            assert_eq!((status, detail.contains(strange)), (400, true), "{list} {detail}");
        }
        for name in ["a/b", "a:b", "", &"n".repeat(201)] {
            let mut body = new.clone();
            body["name"] = json!(name);
            assert_eq!(refused(&cognigy, "POST", &place, &body).0, 400, "{list} {name}");
        }
        let (mut nowhere, mut nameless) = (new.clone(), new.clone());
        nowhere["projectId"] = json!("000000000000000000000000");
        nameless.as_object_mut().unwrap().shift_remove("name");
        assert_eq!(refused(&cognigy, "POST", &place, &nowhere).0, 400, "{list}");
        assert_eq!(send(&cognigy, "POST", &place, &nameless).1["code"], 1000, "{list}");
    }
}

#[test]
fn a_reference_id_is_kept_only_where_types_and_switch_allow() {
    for (takes, list, expected) in [
        (false, "/functions", Some(false)),
        (true, "/functions", Some(true)),
        (true, "/lexicons", Some(true)),
        (true, "/connections", Some(true)),
        (true, "/flows", None),
        (true, "/endpoints", None),
    ] {
        let switches = Switches { takes_reference_id: takes, ..Switches::default() };
        let cognigy = start(Project::seeded(1, Size::small()), switches);
        let mut new = kinds(&cognigy).into_iter().find(|k| k.list == list).unwrap().new;
        let mine = "11111111-2222-4333-8444-555555555555";
        new["referenceId"] = json!(mine);
        let (status, answer) = send(&cognigy, "POST", list, &new);
        match expected {
            None => assert_eq!(status, 400, "{list}"),
            Some(kept) => assert_eq!((status, answer["referenceId"] == mine), (201, kept), "{list}"),
        }
    }
}

#[test]
fn flows_refuse_what_is_not_there_and_leave_references_behind() {
    let cognigy = Cognigy::start(Setup::default());
    let project = cognigy.project_id();
    let lexicon = cognigy.read(|p| p.lexicons[0].meta.id.clone());
    let (_, attached) = made(&cognigy, "/flows", &json!({"projectId": project, "name": "Attached"}));
    let whole = json!({
        "projectId": project, "name": "Whole", "attachedFlows": [attached], "attachedLexicons": [lexicon],
        "context": {"deep": {"er": []}}, "description": "d", "img": "i",
    });
    let (answer, id) = made(&cognigy, "/flows", &whole);
    assert_eq!((&answer["attachedFlows"], &answer["context"]), (&whole["attachedFlows"], &whole["context"]));
    for wrong in [
        json!({"attachedFlows": ["000000000000000000000000"]}),
        json!({"attachedLexicons": [attached]}),
        json!({"context": {"a": {"b.c": 1}}}),
        json!({"context": []}),
        json!({"localeReference": "x"}),
        json!({"localeId": "x"}),
    ] {
        assert_eq!(refused(&cognigy, "PATCH", &format!("/flows/{id}"), &wrong).0, 400, "{wrong}");
        let mut new = json!({"projectId": project, "name": "Wrong"});
        new.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        assert_eq!(refused(&cognigy, "POST", "/flows", &new).0, 400, "{wrong}");
    }
    let again = json!({"projectId": project, "name": "Whole"});
    assert_eq!(send(&cognigy, "POST", "/flows", &again).1["code"], 1004);
    assert_eq!(refused(&cognigy, "PATCH", &format!("/flows/{id}"), &json!({"name": "Attached"})).0, 409);
    done(&cognigy, "PATCH", &format!("/flows/{id}"), &json!({"name": "Whole", "isTrainingOutOfDate": true}));
    done(&cognigy, "DELETE", &format!("/flows/{attached}"), &Value::Null);
    done(&cognigy, "DELETE", &format!("/lexicons/{lexicon}"), &Value::Null);
    let (_, left) = get(&cognigy, &format!("/flows/{id}"));
    assert_eq!((&left["attachedFlows"], &left["attachedLexicons"]), (&json!([attached]), &json!([lexicon])));
    cognigy.set_switches(Switches {
        names_unique: &[],
        deletes_clear_references: true,
        flow_delete_takes_endpoints: true,
        ..Switches::default()
    });
    made(&cognigy, "/flows", &again);
    let (main, leads) = cognigy.read(|p| {
        let main = &p.flows[0];
        (
            main.meta.id.clone(),
            p.endpoints.iter().filter(|e| e.body["flowId"] == main.reference_id.as_str()).count(),
        )
    });
    done(
        &cognigy,
        "PATCH",
        &format!("/flows/{id}"),
        &json!({"attachedFlows": [main], "attachedLexicons": []}),
    );
    let before = cognigy.read(|p| p.endpoints.len());
    done(&cognigy, "DELETE", &format!("/flows/{main}"), &Value::Null);
    assert_eq!(get(&cognigy, &format!("/flows/{id}")).1["attachedFlows"], json!([]));
    assert_eq!((leads, cognigy.read(|p| p.endpoints.len())), (1, before - 1));
}

#[test]
fn settings_states_and_slot_fillers_are_written() {
    let cognigy = Cognigy::start(Setup::default());
    let (flow, other, _) = places(&cognigy);
    let settings = format!("/flows/{flow}/settings");
    let inherits = json!({"localeReference": other, "inheritFallbackLocaleModel": true});
    let body = json!({"yesNoLogic": "confirmationWords", "localeSettings": inherits});
    done(&cognigy, "PATCH", &settings, &body);
    let (_, read) = get(&cognigy, &settings);
    assert_eq!((&read["yesNoLogic"], &read["localeSettings"][1]), (&body["yesNoLogic"], &inherits));
    assert_eq!(
        refused(&cognigy, "PATCH", &settings, &json!({"localeSettings": read["localeSettings"]})).0,
        400
    );
    cognigy.set_switches(Switches { flow_settings_take_list: true, ..Switches::default() });
    done(&cognigy, "PATCH", &settings, &json!({"localeSettings": read["localeSettings"]}));
    let intent = cognigy.read(|p| p.flows[0].intents[0].meta.id.clone());
    let (_, state) = made(&cognigy, &format!("/flows/{flow}/states"), &json!({"name": "Waiting"}));
    let one = format!("/flows/{flow}/states/{state}");
    done(&cognigy, "POST", &format!("{one}/addintent"), &json!({"intentId": intent}));
    assert_eq!(get(&cognigy, &one).1["intentIds"], json!([intent]));
    done(&cognigy, "POST", &format!("{one}/removeintent"), &json!({"intentId": intent}));
    done(&cognigy, "PATCH", &one, &json!({"type": "blacklist"}));
    let (_, read) = get(&cognigy, &one);
    assert_eq!((&read["intentIds"], &read["type"]), (&json!([]), &json!("blacklist")));
    assert_eq!(refused(&cognigy, "PATCH", &one, &json!({"intentIds": ["x"]})).0, 400);
    let filler = json!({"name": "Order", "type": "regex", "regex": "[0-9]+"});
    let (answer, id) = made(&cognigy, &format!("/flows/{flow}/slotfillers"), &filler);
    assert_eq!((&answer["regex"], &answer["removeNegated"]), (&filler["regex"], &json!(false)));
    done(&cognigy, "DELETE", &format!("/flows/{flow}/slotfillers/{id}"), &Value::Null);
    done(&cognigy, "DELETE", &one, &Value::Null);
    // Of a project's settings objects are merged.
    let project = cognigy.project_id();
    let settings = format!("/projects/{project}/settings");
    let (_, before) = get(&cognigy, &settings);
    done(&cognigy, "PATCH", &settings, &json!({"intentThreshold": {"lower": 0.1}}));
    let (_, now) = get(&cognigy, &settings);
    assert_eq!(now["intentThreshold"], json!({"lower": 0.1, "upper": before["intentThreshold"]["upper"]}));
    let project = format!("/projects/{project}");
    done(&cognigy, "PATCH", &project, &json!({"name": "Help desk", "color": "red"}));
    assert_eq!(get(&cognigy, &project).1["name"], "Help desk");
    assert_eq!(refused(&cognigy, "PATCH", &project, &json!({"primaryLocaleReference": other})).0, 400);
}

#[test]
fn documents_have_rules_of_their_own() {
    let cognigy = Cognigy::start(Setup::default());
    let project = cognigy.project_id();
    let kinds = kinds(&cognigy);
    let new = |list: &str| kinds.iter().find(|k| k.list == list).unwrap().new.clone();
    // An endpoint leads to what is there, and its URL token is the server's.
    let mut endpoint = new("/endpoints");
    let (one, id) = made(&cognigy, "/endpoints", &endpoint);
    let (two, _) = made(&cognigy, "/endpoints", &endpoint);
    assert_ne!(one["URLToken"], two["URLToken"]);
    let path = format!("/endpoints/{id}");
    let source =
        json!({"transformer": {"transformer": "const a: any = 1;", "transpiledTransformer": "ignored"}});
    done(&cognigy, "PATCH", &path, &source);
    let built = get(&cognigy, &path).1["transformer"]["transpiledTransformer"].as_str().unwrap().to_owned();
    assert!(built.contains("var a = 1;"), "{built}");
    for (field, value) in [
        ("flowId", cognigy.read(|p| p.flows[0].meta.id.clone())),
        ("localeId", cognigy.read(|p| p.locales[0].meta.id.clone())),
        ("nluConnectorId", "x".to_owned()),
        ("entrypoint", "000000000000000000000000".to_owned()),
        ("URLToken", "x".to_owned()),
    ] {
        assert_eq!(refused(&cognigy, "PATCH", &path, &json!({field: value})).0, 400, "{field}");
        endpoint[field] = json!(value);
        assert_eq!(refused(&cognigy, "POST", "/endpoints", &endpoint).0, 400, "{field}");
        endpoint = new("/endpoints");
    }
    // What a change leaves out of an object goes, unless the server merges.
    done(&cognigy, "PATCH", &path, &json!({"settings": {"title": "t"}}));
    assert_eq!(get(&cognigy, &path).1["settings"], json!({"title": "t"}));
    cognigy.set_switches(Switches { patch_merges: true, ..Switches::default() });
    done(&cognigy, "PATCH", &path, &json!({"settings": {"more": {"a": 1}}}));
    assert_eq!(get(&cognigy, &path).1["settings"], json!({"title": "t", "more": {"a": 1}}));
    cognigy.set_switches(Switches::default());
    // Of a connection nothing changes but its fields; a token cannot change; an extension cannot be made.
    let (_, id) = made(&cognigy, "/connections", &new("/connections"));
    assert_eq!(refused(&cognigy, "PATCH", &format!("/connections/{id}"), &json!({"name": "Other"})).0, 400);
    let tokens = format!("/projects/{project}/snippets");
    let (token, id) = made(&cognigy, &tokens, &json!({"label": "T", "type": "context", "script": "{{x}}"}));
    assert!(get(&cognigy, &tokens).1["items"].as_array().unwrap().contains(&token));
    assert_eq!(refused(&cognigy, "PATCH", &format!("{tokens}/{id}"), &json!({"label": "U"})).0, 404);
    done(&cognigy, "DELETE", &format!("{tokens}/{id}"), &Value::Null);
    assert_eq!(refused(&cognigy, "POST", "/extensions", &json!({"projectId": project, "name": "E"})).0, 404);
    let extension = cognigy.read(|p| p.documents(Collection::Extensions)[0].meta.id.clone());
    done(&cognigy, "PATCH", &format!("/extensions/{extension}"), &json!({"trustedCode": true}));
    // What is listed inside a document has ids of this server.
    let steps = json!([{"_id": "mine", "text": "a", "data": {}, "asserts": [{"type": "assertText"}]}]);
    let body = json!({"projectId": project, "name": "P", "steps": steps});
    let (playbook, id) = made(&cognigy, "/playbooks", &body);
    let step = &playbook["steps"][0];
    assert!(step["_id"] != "mine" && step["_id"].is_string() && step["asserts"][0]["_id"].is_string());
    done(&cognigy, "PATCH", &format!("/playbooks/{id}"), &json!({"steps": playbook["steps"]}));
    assert_eq!(get(&cognigy, &format!("/playbooks/{id}")).1["steps"], playbook["steps"]);
}

#[test]
fn knowledge_is_made_down_to_its_chunks() {
    let cognigy = Cognigy::start(Setup::default());
    let body = json!({"projectId": cognigy.project_id(), "name": "New"});
    let (_, store) = made(&cognigy, "/knowledgestores", &body);
    let sources = format!("/knowledgestores/{store}/sources");
    let (answer, _) = made(&cognigy, &sources, &json!({"name": "S", "type": "manual"}));
    let source = format!("{sources}/{}", answer["knowledgeSource"]["_id"].as_str().unwrap());
    let (chunk, id) = made(&cognigy, &format!("{source}/chunks"), &json!({"text": "t", "order": 1}));
    assert_eq!((&chunk["text"], &chunk["disabled"]), (&json!("t"), &json!(false)));
    done(&cognigy, "PATCH", &format!("{source}/chunks/{id}"), &json!({"disabled": true}));
    assert_eq!(get(&cognigy, &format!("{source}/chunks/{id}")).1["disabled"], true);
    assert_eq!(
        refused(&cognigy, "POST", &format!("{source}/chunks"), &json!({"text": "t", "disabled": true})).0,
        400
    );
    done(&cognigy, "PATCH", &source, &json!({"metaData": {"tags": ["a"]}}));
    let (_, read) = get(&cognigy, &source);
    assert_eq!((&read["chunkCount"], &read["metaData"]["tags"]), (&json!(1), &json!(["a"])));
    let (task, _) =
        made(&cognigy, &sources, &json!({"name": "U", "type": "url", "url": "https://example.com"}));
    assert_eq!(ended(&cognigy, &task["taskData"])["status"], "done");
    done(&cognigy, "DELETE", &format!("{source}/chunks/{id}"), &Value::Null);
    done(&cognigy, "DELETE", &source, &Value::Null);
    done(&cognigy, "DELETE", &format!("/knowledgestores/{store}"), &Value::Null);
    assert_eq!(refused(&cognigy, "POST", &sources, &json!({"name": "S", "type": "manual"})).0, 404);
}
