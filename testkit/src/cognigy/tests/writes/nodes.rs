//! Charts: where nodes may be put, what comes with them, what goes with them (dossier §2.4).

use super::*;

/// A flow with nothing but start and end: its chart's path, and the two.
fn bare(cognigy: &Cognigy) -> (String, String, String) {
    let project = cognigy.project_id();
    let (_, flow) = made(cognigy, "/flows", &json!({"projectId": project, "name": "Bare"}));
    let (_, chart) = get(cognigy, &format!("/flows/{flow}/chart"));
    let id = |kind: &str| {
        let nodes = chart["nodes"].as_array().unwrap();
        nodes.iter().find(|n| n["type"] == kind).unwrap()["_id"].as_str().unwrap().to_owned()
    };
    (format!("/flows/{flow}/chart"), id("start"), id("end"))
}

/// The chart as text: a chain by labels, branches in brackets behind their node.
fn drawn(cognigy: &Cognigy, chart: &str) -> String {
    let (_, chart) = get(cognigy, chart);
    let row = |id: &str| {
        let rows = chart["relations"].as_array().unwrap();
        rows.iter().find(|r| r["node"] == id).unwrap().clone()
    };
    let node = |id: &str| {
        let nodes = chart["nodes"].as_array().unwrap();
        nodes.iter().find(|n| n["_id"] == id).unwrap()["label"].as_str().unwrap().to_owned()
    };
    fn chain(from: &str, row: &dyn Fn(&str) -> Value, node: &dyn Fn(&str) -> String) -> String {
        let mut out = node(from);
        let here = row(from);
        let below: Vec<String> = here["children"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| chain(c.as_str().unwrap(), row, node))
            .collect();
        if !below.is_empty() {
            out += &format!("[{}]", below.join(" | "));
        }
        if let Some(next) = here["next"].as_str() {
            out += &format!(" {}", chain(next, row, node));
        }
        out
    }
    let start = chart["nodes"].as_array().unwrap().iter().find(|n| n["type"] == "start").unwrap();
    let all = chart["nodes"].as_array().unwrap().len();
    assert_eq!(all, chart["relations"].as_array().unwrap().len());
    let drawn = chain(start["_id"].as_str().unwrap(), &row, &node);
    let words = drawn.split([' ', '[', ']', '|']).filter(|w| !w.is_empty()).count();
    assert_eq!(words, all, "every node hangs somewhere: {drawn}");
    drawn
}

/// Adds a node of this type and label.
fn node(cognigy: &Cognigy, chart: &str, kind: &str, mode: &str, target: &str) -> String {
    let label = format!("{kind}{}", cognigy.read(|p| p.flow("Bare").unwrap().nodes.len()));
    let body = json!({"type": kind, "mode": mode, "target": target, "label": label});
    made(cognigy, &format!("{chart}/nodes"), &body).1
}

fn children(cognigy: &Cognigy, chart: &str, node: &str) -> Vec<String> {
    let (_, chart) = get(cognigy, chart);
    let rows = chart["relations"].as_array().unwrap();
    let row = rows.iter().find(|r| r["node"] == node).unwrap();
    row["children"].as_array().unwrap().iter().map(|c| c.as_str().unwrap().to_owned()).collect()
}

#[test]
fn nodes_are_put_where_they_are_wanted() {
    let cognigy = Cognigy::start(Setup::default());
    let (chart, start, end) = bare(&cognigy);
    assert_eq!(drawn(&cognigy, &chart), "Start End");
    let first = node(&cognigy, &chart, "say", "append", &start);
    let last = node(&cognigy, &chart, "say", "prepend", &end);
    assert_eq!(drawn(&cognigy, &chart), "Start say2 say3 End");
    let branch = node(&cognigy, &chart, "if", "append", &first);
    assert_eq!(drawn(&cognigy, &chart), "Start say2 if4[Then | Else] say3 End");
    let then = children(&cognigy, &chart, &branch)[0].clone();
    let inner = node(&cognigy, &chart, "say", "append", &then);
    node(&cognigy, &chart, "say", "append", &inner);
    assert_eq!(drawn(&cognigy, &chart), "Start say2 if4[Then say7 say8 | Else] say3 End");
    let switch = node(&cognigy, &chart, "switch", "append", &start);
    let case = node(&cognigy, &chart, "case", "appendChild", &switch);
    let at =
        json!({"type": "case", "label": "at1", "mode": "insertChildAt", "position": 1, "target": switch});
    made(&cognigy, &format!("{chart}/nodes"), &at);
    let before = json!({"type": "case", "label": "before", "mode": "insertBefore", "target": case});
    made(&cognigy, &format!("{chart}/nodes"), &before);
    let after = json!({"type": "case", "label": "after", "mode": "insertAfter", "target": case});
    made(&cognigy, &format!("{chart}/nodes"), &after);
    node(&cognigy, &chart, "case", "prependChild", &switch);
    let whole = "Start switch9[case16 | Case | at1 | Default | before | case12 | after] say2 \
                 if4[Then say7 say8 | Else] say3 End";
    assert_eq!(drawn(&cognigy, &chart), whole);
    // Moves take along what hangs below.
    let place =
        |node: &str, body: Value| done(&cognigy, "POST", &format!("{chart}/nodes/{node}/move"), &body);
    place(&branch, json!({"mode": "append", "target": last}));
    place(&switch, json!({"mode": "prepend", "target": last}));
    place(&case, json!({"mode": "insertChildAt", "position": 0, "target": switch}));
    place(&inner, json!({"mode": "prepend", "target": first}));
    let whole = "Start say7 say2 switch9[case12 | case16 | Case | at1 | Default | before | after] say3 \
                 if4[Then say8 | Else] End";
    assert_eq!(drawn(&cognigy, &chart), whole);
    done(&cognigy, "DELETE", &format!("{chart}/nodes/{branch}"), &json!({}));
    done(&cognigy, "DELETE", &format!("{chart}/nodes/{case}"), &json!({}));
    let whole = "Start say7 say2 switch9[case16 | Case | at1 | Default | before | after] say3 End";
    assert_eq!(drawn(&cognigy, &chart), whole);
}

#[test]
fn a_branch_goes_with_its_own_chain() {
    let cognigy = Cognigy::start(Setup::default());
    let (chart, start, _) = bare(&cognigy);
    let switch = node(&cognigy, &chart, "switch", "append", &start);
    let case = children(&cognigy, &chart, &switch)[0].clone();
    let inner = node(&cognigy, &chart, "if", "append", &case);
    node(&cognigy, &chart, "say", "append", &children(&cognigy, &chart, &inner)[1]);
    assert_eq!(drawn(&cognigy, &chart), "Start switch2[Case if5[Then | Else say8] | Default] End");
    done(&cognigy, "DELETE", &format!("{chart}/nodes/{case}"), &Value::Null);
    assert_eq!(drawn(&cognigy, &chart), "Start switch2[Default] End");
}

#[test]
fn some_types_bring_their_children() {
    let cognigy = Cognigy::start(Setup::default());
    let (chart, start, _) = bare(&cognigy);
    let expected: [(&str, &[&str]); 6] = [
        ("if", &["then", "else"]),
        ("once", &["onFirstExecution", "afterwards"]),
        ("lookup", &["case", "default"]),
        ("switch", &["case", "default"]),
        ("aiAgentJob", &["aiAgentJobDefault", "aiAgentJobTool"]),
        ("say", &[]),
    ];
    for (kind, wanted) in expected {
        let id = node(&cognigy, &chart, kind, "append", &start);
        let types: Vec<Value> = children(&cognigy, &chart, &id)
            .iter()
            .map(|child| get(&cognigy, &format!("{chart}/nodes/{child}")).1["type"].clone())
            .collect();
        assert_eq!(types, wanted, "{kind}");
    }
}

#[test]
fn nodes_are_refused_where_they_do_not_belong() {
    let cognigy = Cognigy::start(Setup::default());
    let (chart, start, end) = bare(&cognigy);
    let say = node(&cognigy, &chart, "say", "append", &start);
    let branch = node(&cognigy, &chart, "if", "append", &say);
    let then = children(&cognigy, &chart, &branch)[0].clone();
    let before = drawn(&cognigy, &chart);
    let new = |kind: &str, mode: &str, target: &str| json!({"type": kind, "mode": mode, "target": target});
    let nodes = format!("{chart}/nodes");
    for (body, status) in [
        (new("say", "prepend", &start), 400),
        (new("say", "append", &end), 400),
        (new("say", "insertBefore", &say), 500),
        (new("say", "insertAfter", &say), 500),
        (new("say", "prepend", &then), 400),
        (new("say", "appendChild", &branch), 400),
        (new("say", "appendChild", &say), 400),
        (new("then", "append", &say), 400),
        (new("case", "appendChild", &branch), 400),
        (new("start", "append", &say), 400),
        (new("say", "between", &say), 400),
        (new("say", "append", "000000000000000000000000"), 400),
        (new("say", "insertChildAt", &branch), 400),
        (json!({"type": "then", "mode": "insertChildAt", "target": branch, "position": 3}), 400),
        (json!({"type": "say", "mode": "append"}), 400),
        (json!({"type": "say", "mode": "append", "target": say, "referenceId": "x"}), 400),
        (json!({"type": "say", "mode": "append", "target": say, "localeId": "x"}), 400),
        (json!({"type": "say", "mode": "append", "target": say, "config": {"sya": {}}}), 400),
        (json!({"type": "code", "mode": "append", "target": say, "config": {"transpiled": ""}}), 400),
    ] {
        assert_eq!(refused(&cognigy, "POST", &nodes, &body).0, status, "{body}");
    }
    for (id, body, status) in [
        (&start, json!({"mode": "append", "target": say}), 400),
        (&end, json!({"mode": "append", "target": say}), 400),
        (&branch, json!({"mode": "append", "target": then}), 400),
        (&say, json!({"mode": "appendChild", "target": branch}), 400),
        (&say, json!({"mode": "insertChildAt", "target": branch, "position": 0}), 400),
        (&then, json!({"mode": "append", "target": say}), 400),
    ] {
        assert_eq!(refused(&cognigy, "POST", &format!("{nodes}/{id}/move"), &body).0, status, "{body}");
    }
    for id in [&start, &end] {
        assert_eq!(refused(&cognigy, "DELETE", &format!("{nodes}/{id}"), &Value::Null).0, 400);
    }
    for body in [json!({"type": "code"}), json!({"extension": "x"}), json!({"config": {"text": "x"}})] {
        assert_eq!(refused(&cognigy, "PATCH", &format!("{nodes}/{say}"), &body).0, 400, "{body}");
    }
    assert_eq!(drawn(&cognigy, &chart), before);
    cognigy.set_switches(Switches { insert_after_in_chains: true, ..Switches::default() });
    made(&cognigy, &nodes, &new("say", "insertAfter", &say));
}

#[test]
fn a_config_is_replaced_in_one_locale_and_the_rest_is_computed() {
    let cognigy = Cognigy::start(Setup::default());
    let (flow, other, primary) = places(&cognigy);
    let chart = format!("/flows/{flow}/chart");
    let (_, shown) = get(&cognigy, &chart);
    let start = shown["nodes"][0]["_id"].as_str().unwrap();
    let body = json!({"type": "code", "mode": "append", "target": start, "config": {"code": "const a = {"}});
    let (answer, id) = made(&cognigy, &format!("{chart}/nodes"), &body);
    assert_eq!((&answer["config"]["hasError"], &answer["label"]), (&json!(true), &json!("code")));
    let one = format!("{chart}/nodes/{id}");
    let read = |locale: &str| get(&cognigy, &format!("{one}?preferredLocaleId={locale}")).1;
    let there = json!({"localeId": other, "config": {"code": "let b;"}});
    assert_eq!(refused(&cognigy, "PATCH", &one, &there).0, 400, "it is not localised there");
    done(&cognigy, "POST", &format!("{one}/addlocalization"), &json!({"localeId": other}));
    assert_eq!(
        refused(&cognigy, "POST", &format!("{one}/addlocalization"), &json!({"localeId": other})).0,
        409
    );
    assert_eq!(read(&other)["config"]["code"], "const a = {", "it begins as a copy");
    done(&cognigy, "PATCH", &one, &there);
    assert_eq!(
        (&read(&other)["config"]["code"], &read(&other)["localeReference"]),
        (&json!("let b;"), &json!(other))
    );
    assert_eq!(read(&other)["config"]["hasError"], false);
    assert_eq!(read(&primary)["config"]["code"], "const a = {");
    done(&cognigy, "PATCH", &one, &json!({"config": {}, "label": "Empty", "preview": "ignored"}));
    assert_eq!((&read(&primary)["label"], read(&primary)["config"].get("code")), (&json!("Empty"), None));
    done(&cognigy, "POST", &format!("{one}/removelocalization"), &json!({"localeId": other}));
    assert_eq!(read(&other)["localeReference"], json!(primary));
    let wrong = json!({"localeId": primary});
    assert_eq!(refused(&cognigy, "POST", &format!("{one}/removelocalization"), &wrong).0, 400);
    // An edit of a node shows where the contract says: in the flow's time.
    let changed = || get(&cognigy, &format!("/flows/{flow}")).1["lastChanged"].as_i64().unwrap();
    let before = changed();
    done(&cognigy, "PATCH", &one, &json!({"comment": "seen"}));
    assert!(changed() > before);
    let event = cognigy.read(|p| p.audit.last().unwrap().clone());
    assert_eq!((event.kind, event.chain.last().unwrap().id.clone()), ("patch", id));
}

#[test]
fn a_version_begins_as_the_switches_say() {
    for (blank, from, expected) in
        [(false, false, json!("Hi!")), (true, false, Value::Null), (true, true, json!("Hi!"))]
    {
        let switches = Switches { localisation_starts_blank: blank, ..Switches::default() };
        let cognigy = start(Project::seeded(1, Size::small()), switches);
        let (flow, other, primary) = places(&cognigy);
        let node = cognigy.edit(|p| p.add_say(&flow, "Hello", "Hi!"));
        let mut body = json!({"localeId": other});
        if from {
            body["inheritFromLocaleId"] = json!(primary);
        }
        done(&cognigy, "POST", &format!("/flows/{flow}/chart/nodes/{node}/addlocalization"), &body);
        let (_, read) = get(&cognigy, &format!("/flows/{flow}/chart/nodes/{node}?preferredLocaleId={other}"));
        assert_eq!((&read["config"]["say"]["text"][0], &read["localeReference"]), (&expected, &json!(other)));
    }
}
