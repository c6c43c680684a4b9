//! The documents of a restore, over a project in a few lines that does what it is told.

use chrono::DateTime;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::snapshot::{Origin, Part, Times};

fn resource(kind: Kind, name: &str, owner: Option<&str>, fields: Value) -> Resource {
    let id = format!("{kind}-{name}");
    let mut document = json!({"_id": id, "referenceId": format!("ref-{id}"), "name": name});
    let more = fields.as_object().cloned().unwrap_or_default();
    document.as_object_mut().unwrap().extend(more);
    let part = Part {
        name: PartName::Document,
        read_at: DateTime::default(),
        origin: Origin::Read,
        value: document,
    };
    Resource {
        kind,
        owner: owner.map(str::to_owned),
        reference_id: format!("ref-{id}"),
        id,
        name: name.to_owned(),
        times: Times::default(),
        parts: vec![part],
    }
}

/// A project whose resources name one another, in circles too.
fn project() -> Vec<Resource> {
    use Kind::{
        Connections, Endpoints, FlowStates, Flows, Functions, LargeLanguageModels, Lexicons, Project,
    };
    vec![
        resource(Project, "Bot", None, json!({"color": "blue"})),
        resource(Connections, "Mail", None, json!({"fields": {}, "type": "smtp", "extension": "basic"})),
        resource(LargeLanguageModels, "Model", None, json!({"connectionId": "ref-connections-Mail"})),
        resource(Functions, "Sync", None, json!({"code": "a"})),
        resource(Lexicons, "Cities", None, json!({"description": "towns"})),
        resource(
            Flows,
            "Main",
            None,
            json!({"attachedFlows": ["flows-Help"], "attachedLexicons": ["lexicons-Cities"]}),
        ),
        resource(Flows, "Help", None, json!({"attachedFlows": ["flows-Main"], "attachedLexicons": []})),
        resource(FlowStates, "Start", Some("flows-Main"), json!({"type": "whitelist", "intentIds": []})),
        resource(
            Endpoints,
            "Web",
            None,
            json!({"flowId": "ref-flows-Main", "URLToken": "t", "settings": {"x": 1}}),
        ),
    ]
}

fn body(resource: &mut Resource) -> &mut Map<String, Value> {
    resource.parts[0].value.as_object_mut().unwrap()
}

fn plan(
    stored: &[Resource],
    live: &[Resource],
    delete_extra: bool,
    selected: impl Fn(&Resource) -> bool,
) -> Documents {
    let redacted = BTreeMap::new();
    documents(&Facts { stored, redacted: &redacted, live, raw: live, relink: true, delete_extra }, selected)
}

/// Does what a plan says, as a server does: with ids of its own.
fn execute(stored: &[Resource], live: &[Resource], plan: &Documents, round: usize) -> Vec<Resource> {
    let pairs = Pairs::of(stored, live);
    let mut ids = Ids::default();
    for (at, one) in stored.iter().enumerate() {
        ids.note_resource(one, pairs.get(at).map(|at| &live[at]));
    }
    let mut now = live.to_vec();
    for (nth, step) in plan.steps.iter().enumerate() {
        assert!(step.after.iter().all(|before| *before < nth), "{step:?}");
        let fields = ids.translated(&Value::Object(step.fields.clone()));
        let Value::Object(fields) = fields else { unreachable!() };
        match step.act {
            Act::Create => {
                let owner = step
                    .on
                    .owner
                    .as_deref()
                    .map(|owner| ids.get(owner).expect("its owner is there").to_owned());
                let mut made = resource(step.on.kind, &step.on.name, owner.as_deref(), json!({}));
                (made.id, made.reference_id) = (format!("new{round}-{nth}"), format!("newref{round}-{nth}"));
                let (id, reference) = (made.id.clone(), made.reference_id.clone());
                body(&mut made).extend(fields);
                body(&mut made)
                    .extend([("_id".to_owned(), json!(id)), ("referenceId".to_owned(), json!(reference))]);
                let was = stored.iter().find(|one| one.kind == step.on.kind && one.id == step.on.id).unwrap();
                ids.note(&was.id, Some(&id));
                ids.note(&was.reference_id, Some(&reference));
                now.push(made);
            }
            Act::Update => {
                let id = ids.get(&step.on.id).expect("it is there").to_owned();
                let one = now.iter_mut().find(|one| one.id == id).expect("it is there");
                if let Some(name) = fields.get("name").and_then(Value::as_str) {
                    name.clone_into(&mut one.name);
                }
                body(one).extend(fields);
            }
            Act::Adopt | Act::Move | Act::Localise | Act::Unlocalise => unreachable!("of nodes"),
            Act::Delete => {
                now.retain(|one| one.id != step.on.id && one.owner.as_deref() != Some(&step.on.id))
            }
        }
    }
    now
}

#[test]
fn nothing_changed_nothing_is_written() {
    let project = project();
    assert_eq!(plan(&project, &project, true, |_| true).steps, []);
}

#[test]
fn a_deleted_flow_comes_back_with_what_belongs_to_it_and_is_named_again() {
    let stored = project();
    let mut live = stored.clone();
    live.retain(|one| one.name != "Main" && one.name != "Start");
    let plan = plan(&stored, &live, false, |one| one.kind == Kind::Flows || one.kind == Kind::FlowStates);
    let said: Vec<_> = plan
        .steps
        .iter()
        .map(|step| format!("{:?} {}/{} {:?}", step.act, step.on.kind, step.on.name, step.after))
        .collect();
    insta::assert_snapshot!(said.join("\n"), @"
    Create flows/Main {}
    Create flowStates/Start {0}
    Update flows/Help {0}
    Update endpoints/Web {0}
    ");
    let after = execute(&stored, &live, &plan, 1);
    let web = after.iter().find(|one| one.name == "Web").unwrap();
    let main = after.iter().find(|one| one.name == "Main").unwrap();
    assert_eq!(web.parts[0].value["flowId"], json!(main.reference_id), "also from outside the selection");
}

#[test]
fn what_is_needed_and_gone_comes_along_and_says_for_what() {
    let stored = project();
    let mut live = stored.clone();
    live.retain(|one| !["Model", "Mail"].contains(&one.name.as_str()));
    let plan = plan(&stored, &live, false, |one| one.name == "Model");
    let said: Vec<_> = plan.steps.iter().map(|step| (step.on.name.as_str(), &step.why)).collect();
    assert_eq!(said, [("Mail", &Why::NeededBy { name: "Model".to_owned() }), ("Model", &Why::Selected)]);
    assert!(plan.lost.iter().any(|lost| matches!(lost.what, Loss::InPart { .. }) && lost.on.name == "Mail"));
}

#[test]
fn what_the_project_has_besides_stays_unless_it_may_go() {
    let stored = project();
    let mut live = stored.clone();
    live.push(resource(Kind::Functions, "Extra", None, json!({})));
    live.push(resource(Kind::Endpoints, "Other", None, json!({})));
    live.push(resource(Kind::Flows, "More", None, json!({})));
    live.push(resource(Kind::FlowStates, "More start", Some("flows-More"), json!({})));
    assert!(plan(&stored, &live, false, |_| true).steps.is_empty());
    let steps = plan(&stored, &live, true, |_| true).steps;
    let gone: Vec<_> = steps.iter().map(|step| (step.act, step.on.name.as_str())).collect();
    // A new endpoint has an address that somebody uses; what belongs to a flow goes with it.
    assert_eq!(gone, [(Act::Delete, "More"), (Act::Delete, "Extra")]);
}

/// A lexicon with its slots and entries.
fn lexicon(slots: &[(&str, &str)], entries: &[(&str, &str, &str)]) -> Resource {
    let mut lexicon = resource(Kind::Lexicons, "Cities", None, json!({}));
    let slots = slots.iter().map(|(id, name)| json!({"_id": id, "name": name}));
    let entries = entries.iter().map(|(id, phrase, slot)| {
        json!({"_id": id, "mainKeyphrase": phrase, "slotReferences": [slot], "data": "",
               "keyphrases": [{"_id": format!("k-{id}"), "value": phrase, "isMainKeyphrase": true}]})
    });
    for (name, value) in [(PartName::Slots, slots.collect()), (PartName::Entries, entries.collect())] {
        lexicon.parts.push(Part { name, read_at: DateTime::default(), origin: Origin::Read, value });
    }
    lexicon
}

#[test]
fn a_lexicon_gets_the_entries_that_it_had_and_no_others() {
    let stored = [lexicon(
        &[("s1", "city"), ("s2", "land")],
        &[("e1", "Bonn", "s1"), ("e2", "Peru", "s2"), ("e3", "Rome", "s1")],
    )];
    // One slot is gone and the other was made anew; an entry is gone, one has another slot, one is too much.
    let live = [lexicon(
        &[("t1", "city"), ("t9", "other")],
        &[("e1", "Bonn", "t1"), ("e3", "Rome", "t9"), ("e9", "Oslo", "t9")],
    )];
    let steps = plan(&stored, &live, false, |_| true).steps;
    let said: Vec<_> = steps
        .iter()
        .map(|step| {
            let Some(super::super::steps::Part::Item { list, name, .. }) = &step.on.part else {
                panic!("{step:?}")
            };
            format!("{:?} {list} {name} {} {:?}", step.act, Value::Object(step.fields.clone()), step.after)
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    Create slots land {"name":"land"} {}
    Create entries Peru {"mainKeyphrase":"Peru","slotReferences":["s2"],"data":"","keyphrases":[{"_id":"k-e2","value":"Peru","isMainKeyphrase":true}]} {0}
    Update entries Rome {"slotReferences":["s1"]} {}
    Delete slots other {} {}
    Delete entries Oslo {} {}
    "#);
    assert!(plan(&stored, &stored, false, |_| true).steps.is_empty());
    // Made anew by somebody with other ids everywhere, it is still the same.
    let other = [lexicon(
        &[("x1", "city"), ("x2", "land")],
        &[("y3", "Rome", "x1"), ("y1", "Bonn", "x1"), ("y2", "Peru", "x2")],
    )];
    assert!(plan(&stored, &other, false, |_| true).steps.is_empty());
}

proptest! {
    #[test]
    fn whatever_happened_a_restore_brings_it_back_and_a_second_does_nothing(
        gone in proptest::collection::vec(any::<prop::sample::Index>(), 0..7),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0u8..4), 0..6),
        delete_extra in any::<bool>(),
    ) {
        let stored = project();
        let mut live = stored.clone();
        for (at, edit) in edits {
            let at = at.index(live.len());
            let one = &mut live[at];
            match edit {
                0 => drop(body(one).insert("description".to_owned(), json!("edited"))),
                1 => drop(body(one).insert("name".to_owned(), json!("renamed"))),
                2 => drop(body(one).insert("attachedFlows".to_owned(), json!([]))),
                _ => live.push(resource(Kind::Goals, &format!("New {at}"), None, json!({}))),
            }
        }
        for at in gone {
            let id = at.get(&live).id.clone();
            // A project, and an endpoint's address, are made by nobody but a person.
            if !["project-Bot", "endpoints-Web"].contains(&id.as_str()) {
                live.retain(|one| one.id != id && one.owner.as_ref() != Some(&id));
            }
        }
        let first = plan(&stored, &live, delete_extra, |_| true);
        let after = execute(&stored, &live, &first, 1);
        for one in &stored {
            let there = after.iter().filter(|other| (other.kind, &other.name) == (one.kind, &one.name));
            prop_assert_eq!(there.count(), 1, "{}", one.name);
        }
        let second = plan(&stored, &after, delete_extra, |_| true);
        prop_assert!(second.steps.is_empty(), "{:?}\nafter {:?}", second.steps, first.steps);
    }
}
