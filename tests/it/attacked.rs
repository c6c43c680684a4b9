//! Faults that were found by attacking the program. Each had cost a snapshot, left a hole in one, or shown a secret.

use std::time::Duration;

use cognigy_backup::snapshot::Kind;
use rstest::rstest;
use serde_json::{Value, json};
use testkit::cognigy::{Fault, Project, Size};
use testkit::runner::StepResult;
use testkit::upstream::{Options, Upstream};

use crate::world::{HOURLY, World, binary, output, said};

fn count(world: &World, kind: Kind) -> usize {
    world.manifest(HOURLY).resources.iter().filter(|resource| resource.kind == kind).count()
}

fn remove_flows(world: &World, count: usize) {
    world.cognigy.edit(|project| {
        for _ in 0..count {
            let flow = project.flows.last().unwrap().meta.id.clone();
            project.remove_flow(&flow);
        }
    });
}

/// Answers a list as an empty one.
fn emptied(fault: Fault) -> Fault {
    fault.forever().answer(r#"{"items": [], "total": 0}"#)
}

#[rstest]
#[case::forbidden(403, true)]
#[case::not_there(404, true)]
#[case::not_there_later(404, false)]
fn an_owner_s_list_refused_on_the_second_look_is_no_empty_list(#[case] status: u16, #[case] first: bool) {
    let world = World::new();
    if !first {
        world.expect("success");
    }
    let flows = world.cognigy.read(|project| project.flows.len()) as u32;
    world.cognigy.fault(Fault::on("GET", "/flows").skip(1).meanwhile(|project| {
        let flow = project.flows[0].meta.id.clone();
        project.rename_flow(&flow, "Renamed");
    }));
    world.cognigy.fault(Fault::on("GET", "/flows/*/states").skip(flows).status(status));
    // Without an earlier copy there is nothing to fall back on.
    let result = world.expect(if first { "failed" } else { "partial" });
    assert!(result.summary.contains("flowStates"), "{}", said(&result));
    world.run();
    world.expect("unchanged");
}

#[test]
fn a_kind_refused_at_the_last_look_alone_is_no_kind_that_is_not_there() {
    let world = World::new();
    world.cognigy.fault(Fault::on("GET", "/functions").skip(1).status(403));
    let result = world.expect("failed");
    assert!(result.summary.contains("functions"), "{}", said(&result));
    world.expect("success");
    assert!(count(&world, Kind::Functions) > 0);
}

#[test]
fn a_source_added_between_the_list_and_its_store_is_not_missed() {
    let world = World::new();
    world.cognigy.fault(Fault::on("GET", "/knowledgestores/*").meanwhile(|project| {
        let store = project.knowledge[0].document.name().to_owned();
        project.add_knowledge_source(&store, "late");
    }));
    world.expect("success");
    assert!(world.manifest(HOURLY).resources.iter().any(|resource| resource.name == "late"));
    world.expect("unchanged");
}

#[test]
fn a_list_with_times_of_its_own_settles() {
    let world = World::new();
    world.cognigy.fault(Fault::on("GET", "/functions").forever().bent(|list| {
        for item in list["items"].as_array_mut().unwrap() {
            item["lastChanged"] = json!(1_600_000_000);
        }
    }));
    world.expect("success");
    assert_eq!(world.manifest(HOURLY).moving, []);
}

#[test]
fn a_locale_deleted_at_the_end_ends_the_second_looks() {
    let world = World::new();
    world.cognigy.fault(Fault::on("GET", "/locales").skip(1).meanwhile(|project| {
        let locale = project.locales.iter().find(|locale| !locale.primary).unwrap().meta.id.clone();
        project.remove_locale(&locale);
        let flow = project.flows[0].meta.id.clone();
        project.rename_flow(&flow, "Renamed");
    }));
    world.expect("success");
    let moving = world.manifest(HOURLY).moving;
    assert!(moving.iter().any(|one| one.kind == Kind::Locales), "{moving:?}");
    world.expect("success");
    world.expect("unchanged");
}

#[test]
fn a_path_that_nobody_could_confirm_costs_no_backup() {
    let world = World::new();
    world.cognigy.fault(Fault::on("GET", "/handover/provider/*").forever().status(404));
    let result = world.expect("success");
    assert!(result.summary.contains("which is not all"), "{}", said(&result));
    assert!(count(&world, Kind::HandoverProviders) > 0);
    world.expect("unchanged");
    // Every other kind's path is known, and its absence a hole.
    world.cognigy.fault(Fault::on("GET", "/playbooks/*").forever().status(404));
    world.expect("failed");
}

#[test]
fn the_order_of_keys_in_a_lexicon_s_data_is_no_change() {
    let world = World::new();
    let bent = |value: Value| {
        Fault::on("GET", "/lexicons/*/entries").forever().bent(move |list| {
            list["items"].as_array_mut().unwrap().iter_mut().for_each(|item| item["data"] = value.clone());
        })
    };
    world.cognigy.fault(bent(json!({"a": 2, "b": 1})));
    world.expect("success");
    world.cognigy.clear_faults();
    world.cognigy.fault(bent(json!({"b": 1, "a": 2})));
    world.expect("unchanged");
}

#[test]
fn an_acceptance_that_is_forgotten_covers_no_other_loss() {
    let size = Size { flows: 8, nodes_per_flow: 2, locales: 1, ..Size::small() };
    let world = World::of(Project::seeded(3, size));
    world.expect("success");
    remove_flows(&world, 6);
    let result = world.expect("quarantined");
    // Snapshots are ordered by whole seconds.
    std::thread::sleep(Duration::from_millis(1_100));
    let id = result.summary.split("accept-anomaly: ").nth(1).unwrap();
    let id = id.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap().to_owned();
    let world = world.input("accept-anomaly", &id);
    world.expect("partial");
    world.cognigy.edit(|project| (0..20).for_each(|n| drop(project.add_flow(&format!("New {n}")))));
    let result = world.expect("success");
    assert!(result.summary.contains("no effect any more"), "{}", said(&result));
    remove_flows(&world, 20);
    world.expect("quarantined");
}

#[test]
fn states_that_have_the_same_names_in_each_flow_are_missed() {
    let size = Size { flows: 8, nodes_per_flow: 2, locales: 1, ..Size::small() };
    let world = World::of(Project::seeded(3, size));
    world.cognigy.edit(|project| {
        for at in 0..project.flows.len() {
            let flow = project.flows[at].meta.id.clone();
            for name in ["default", "greeting", "order", "end"] {
                project.add_flow_state(&flow, name);
            }
        }
    });
    world.expect("success");
    world.cognigy.fault(emptied(Fault::on("GET", "/flows/*/states").skip(1)));
    world.expect("quarantined");
}

#[test]
fn a_connection_in_another_form_is_a_secret_too() {
    let world = World::new();
    world.cognigy.fault(Fault::on("GET", "/connections/*").forever().bent(|connection| {
        connection["fields"] = json!([{"fieldName": "value", "value": "open-sesame-1"}]);
    }));
    world.cognigy.fault(Fault::on("GET", "/handover/provider/*").forever().bent(|provider| {
        provider["properties"] = json!([{"name": "apiKey", "value": "open-sesame-1"}]);
    }));
    world.expect("success");
    let found = world.upstream.git(&["log", "--oneline", "-S", "open-sesame-1", HOURLY]);
    assert_eq!(found.trim(), "");
}

/// `World::run` looks for every planted secret in everything that a step says; a policy of `keep` is about the store.
#[test]
fn another_policy_for_secrets_shows_none() {
    let policy = |world: World, secrets: &str| world.config(&json!({"backup": {"secrets": secrets}}));
    let mut world = policy(World::new(), "keep");
    world.expect("success");
    for secrets in ["redact", "keep"] {
        world = policy(world, secrets);
        world.expect("success");
    }
}

#[test]
fn a_public_workflow_publishes_nothing_of_a_private_store() {
    let other = Upstream::start_with(Options::default());
    let world = World::new()
        .event("workflow_dispatch", json!({"repository": {"private": false, "visibility": "public"}}))
        .input("store", &other.url());
    world.expect("refused");
    assert_eq!(world.cognigy.request_count(), 0);
}

#[test]
fn an_overtaken_run_does_not_tell_the_other_s_changes_backwards() {
    let world = World::new();
    world.expect("success");
    world.cognigy.edit(|project| project.rename("Second"));
    let later = world.manifest(HOURLY).snapshot.taken() + chrono::TimeDelta::seconds(30);
    let winner = cognigy_backup::snapshot::SnapshotId::new(later, "00000000").to_string();
    world.upstream.on_next_push(move |repository| {
        let name = cognigy_backup::snapshot::MANIFEST_NAME;
        let mut manifest: Value =
            serde_json::from_slice(&repository.read_file(HOURLY, name).unwrap()).unwrap();
        manifest["snapshot"] = winner.as_str().into();
        repository.commit(HOURLY, &[(name, manifest.to_string().as_bytes())], "Another run");
    });
    let result = world.expect("skipped");
    assert_eq!(
        (output(&result, "changes"), output(&result, "files-changed")),
        ("", "0"),
        "{}",
        said(&result)
    );
}

/// Runs with so much patience, and expects a snapshot.
fn in_time(world: &World) -> StepResult {
    let result = world.runner().timeout(Duration::from_secs(60)).run(binary());
    world.check(&result);
    assert_eq!(output(&result, "outcome"), "success", "{}", said(&result));
    result
}

#[test]
fn rows_of_a_chart_that_lead_in_a_ring_cost_no_snapshot() {
    let world = World::new();
    world.expect("success");
    world.cognigy.fault(Fault::on("GET", "/flows/*/chart").forever().bent(|chart| {
        let Some(rows) = chart["relations"].as_array_mut() else { return };
        let Some(last) = rows.iter_mut().find(|row| row["next"].is_null()) else { return };
        let row =
            |id: &str, node: &str, next: &str| json!({"_id": id, "node": node, "children": [], "next": next});
        last["next"] = json!("lost-1");
        rows.push(row("r1", "lost-1", "lost-2"));
        rows.push(row("r2", "lost-2", "lost-1"));
    }));
    in_time(&world);
}

#[test]
fn deep_json_whose_keys_come_in_another_order_costs_no_snapshot() {
    fn nested(keys: [&str; 3]) -> Value {
        (0..50).fold(json!(1), |inner, _| {
            keys.iter().map(|key| (*key, if *key == "c" { inner.clone() } else { json!(1) })).collect()
        })
    }
    let world = World::new();
    let flow = world.cognigy.read(|project| project.flows[0].name.clone());
    world.cognigy.edit(|project| project.edit_flow_settings(&flow, |s| s["x"] = nested(["c", "a", "b"])));
    world.expect("success");
    world.cognigy.edit(|project| {
        project.edit_flow_settings(&flow, |settings| {
            settings["x"] = nested(["c", "b", "a"]);
            settings["y"] = json!(3);
        });
    });
    in_time(&world);
}
