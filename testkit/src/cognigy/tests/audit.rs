//! The audit log: what it says of every edit, and who may read it.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

/// The key's user may read the log.
fn open() -> Switches {
    Switches { audit_events: true, ..Switches::default() }
}

#[test]
fn every_edit_leaves_events_that_name_what_it_changed() {
    let fresh = Project::seeded(1, Size::small());
    assert!(fresh.audit.is_empty(), "a seed is nobody's edit");
    let before = things(&fresh.truth());
    for edit in Edit::all() {
        let mut project = fresh.clone();
        let mention = edit.apply(&mut project);
        let after = things(&project.truth());
        assert!(!project.audit.is_empty(), "{edit:?}");
        for event in &project.audit {
            let inner = &event.chain.last().unwrap().id;
            let (was, is) = (before.get(inner), after.get(inner));
            // Where a node stands is said by its flow's relations, and not by the node.
            assert!(was != is || event.action == Some("moveChartNode"), "{edit:?} says {event:?}");
            match event.kind {
                "create" => assert_eq!(was, None, "{edit:?} says {event:?}"),
                "delete" => assert_eq!(is, None, "{edit:?} says {event:?}"),
                _ => assert!(was.is_some() && is.is_some(), "{edit:?} says {event:?}"),
            }
            assert_eq!(event.kind == "action", event.action.is_some(), "{edit:?} says {event:?}");
            let known = |e: &ChainElement| before.contains_key(&e.id) || after.contains_key(&e.id);
            assert!(event.chain.iter().all(known), "{edit:?} says {event:?}");
        }
        let whole = [("added", "create"), ("removed", "delete")].into_iter().find(|w| w.0 == mention.change);
        assert!(whole.is_none_or(|(_, kind)| project.audit[0].kind == kind), "{edit:?}");
        let at = if mention.change == "removed" { &fresh } else { &project };
        let resource = resource(at, &mention);
        let names = |event: &AuditEvent| event.chain.iter().any(|e| e.id == resource);
        assert!(project.audit.iter().all(names), "{edit:?} says {:?}", project.audit);
    }
}

#[test]
fn an_event_has_the_time_and_the_user_of_its_edit() {
    let mut p = Project::seeded(1, Size::small());
    p.rename_flow("Main", "Welcome");
    let (flow, event) = (p.flow("Welcome").unwrap(), &p.audit[0]);
    assert_eq!((event.at, &event.user_id), (flow.meta.last_changed, &flow.meta.last_changed_by));
    p.edit_node("Welcome", "Start", None, |c| c["x"] = json!(1));
    assert_eq!(p.audit[1].at, p.flow("Welcome").unwrap().content_changed);
    let kinds: Vec<_> = p.audit[1].chain.iter().map(|e| e.kind).collect();
    assert_eq!(kinds, ["locale", "flow", "node"]);
    p.recompute();
    assert_eq!(p.audit.len(), 2, "nobody did that");
}

#[test]
fn what_is_drawn_next_does_not_depend_on_the_log() {
    let mut kept = Project::seeded(1, Size::small());
    let mut cleared = kept.clone();
    for edit in Edit::all() {
        edit.apply(&mut kept);
        cleared.audit.clear();
        edit.apply(&mut cleared);
    }
    assert_eq!(kept.truth(), cleared.truth());
    let ids: BTreeSet<&str> = kept.audit.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids.len(), kept.audit.len());
}

#[test]
fn only_who_has_the_role_reads_the_log() {
    let cognigy = Cognigy::start(Setup::default());
    let id = cognigy.edit(|p| {
        p.rename_flow("Main", "Welcome");
        p.audit[0].id.clone()
    });
    for path in ["/auditevents", &format!("/auditevents/{id}")] {
        let (status, problem) = get(&cognigy, path);
        assert_eq!((status, &problem["code"]), (403, &json!(403)), "{path}");
    }
    cognigy.set_switches(open());
    let (status, list) = get(&cognigy, &format!("/auditevents?projectId={}", cognigy.project_id()));
    assert_eq!((status, &list["total"]), (200, &json!(1)));
    assert_eq!(get(&cognigy, &format!("/auditevents/{id}")).1, list["items"][0]);
    assert_eq!(get(&cognigy, "/auditevents/000000000000000000000000").0, 404);
    assert_eq!(get(&cognigy, "/auditevents?projectId=000000000000000000000000").0, 400);
    cognigy.edit(|p| p.audit.clear());
    assert_eq!(get(&cognigy, "/auditevents").1["items"], json!([]), "forgotten");
}

#[test]
fn events_come_newest_first_and_in_pages() {
    let cognigy = start(Project::seeded(1, Size::small()), open());
    cognigy.edit(|p| (0..30).for_each(|at| p.rename(&format!("Name {at}"))));
    let times = |query: &str| {
        let (status, list) = get(&cognigy, &format!("/auditevents?{query}"));
        assert_eq!((status, &list["total"]), (200, &json!(30)), "{query}");
        let items = list["items"].as_array().unwrap().iter();
        items.map(|event| event["timestamp"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all = times("limit=100");
    assert!(all.is_sorted_by(|newer, older| newer > older), "{all:?}");
    assert_eq!(times(""), all[..25]);
    assert_eq!(times("skip=25&sort=timestamp:desc"), all[25..]);
    let oldest: Vec<_> = all.iter().rev().take(5).cloned().collect();
    assert_eq!(times("limit=5&sort=timestamp:asc"), oldest);
    let (_, first) = get(&cognigy, "/auditevents?limit=10&sort=timestamp:desc");
    let next = first["nextCursor"].as_str().unwrap();
    assert_eq!(times(&format!("limit=10&sort=timestamp:desc&next={next}")), all[10..20]);
    assert_eq!(get(&cognigy, "/auditevents?limit=101").0, 400);
}

#[test]
fn an_event_is_shown_as_the_vendors_types_have_it() {
    let cognigy = start(Project::seeded(1, Size::small()), open());
    let (flow, node) = cognigy.edit(|p| {
        let node = p.add_say("Main", "Hello", "Hi!");
        p.move_node("Main", &node, "Start");
        (p.flow("Main").unwrap().meta.id.clone(), node)
    });
    let newest = || get(&cognigy, "/auditevents?limit=1").1["items"][0].clone();
    let event = newest();
    let (at, now) = (event["timestamp"].as_str().unwrap(), cognigy.read(|p| p.audit[1].at));
    assert_eq!(chrono::DateTime::parse_from_rfc3339(at).unwrap().timestamp(), now);
    assert!(at.ends_with(":00.000Z"), "{at}");
    let expires = chrono::DateTime::parse_from_rfc3339(event["expiresAt"].as_str().unwrap()).unwrap();
    assert_eq!(expires.timestamp() - now, 30 * 24 * 60 * 60);
    assert_eq!((&event["type"], &event["actionType"]), (&json!("action"), &json!("moveChartNode")));
    let outer = json!({"elementType": "flow", "elementId": flow});
    assert_eq!(event["chain"], json!([outer, {"elementType": "node", "elementId": node}]));
    assert_eq!(event["projectReference"], json!(cognigy.project_id()));
    assert!(event["user"].as_str().unwrap().ends_with("@example.com"));

    cognigy.set_switches(Switches { audit_names_nodes: false, ..open() });
    let event = newest();
    assert_eq!((&event["type"], event.get("actionType")), (&json!("patch"), None));
    assert_eq!(event["chain"], json!([outer]));
    cognigy.edit(|p| p.remove_flow("Main"));
    assert_eq!((&newest()["type"], &newest()["chain"]), (&json!("delete"), &json!([outer])));
}

/// Everything in the truth that has an `_id`, by it.
fn things(truth: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let mut left = vec![truth];
    while let Some(value) = left.pop() {
        // What has no document of its own has its id beside its fields.
        let id = value["meta"]["_id"].as_str().or(value["_id"].as_str());
        if let Some(id) = id.filter(|_| value.get("createdAt").is_none()) {
            found.insert(id.to_owned(), value.clone());
        }
        match value {
            Value::Object(fields) => left.extend(fields.values()),
            Value::Array(items) => left.extend(items),
            _ => {}
        }
    }
    found
}

/// The `_id` of what a mention is about.
fn resource(p: &Project, mention: &Mention) -> String {
    let which = mention.resource.as_str();
    let meta = match mention.kind {
        "project" => &p.meta,
        "settings" => &p.settings_meta,
        "locales" | "yesNoIntents" => &p.locale(which).unwrap().meta,
        "flows" => &p.flow(which).unwrap().meta,
        "lexicons" => &p.lexicon(which).unwrap().meta,
        "aiAgents" => &p.agent(which).unwrap().meta,
        "endpoints" => &p.endpoint(which).unwrap().meta,
        "knowledgeStores" => &p.knowledge_store(which).unwrap().document.meta,
        kind => {
            let kind = Collection::ALL.into_iter().find(|k| k.name() == kind).unwrap();
            &p.document(kind, which).unwrap().meta
        }
    };
    meta.id.clone()
}
