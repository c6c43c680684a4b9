//! Captures that lost too much: set aside, kept a few, accepted by a person; and what only looks like them.

use serde_json::json;
use testkit::cognigy::{Fault, Project, Size};

use crate::world::{HOURLY, World, output, said};

const QUARANTINE: &str = "snapshot/quarantine";

/// A project with so many flows.
fn world(flows: usize) -> World {
    let size = Size { flows, nodes_per_flow: 2, locales: 1, ..Size::small() };
    let world = World::of(Project::seeded(3, size));
    world.expect("success");
    world
}

fn remove_flows(world: &World, count: usize) {
    world.cognigy.edit(|project| {
        for _ in 0..count {
            let flow = project.flows[0].meta.id.clone();
            project.remove_flow(&flow);
        }
    });
}

/// The id of the capture that the run says it has set aside.
fn set_aside(world: &World) -> String {
    let branches = world.upstream.rev_list(HOURLY);
    let result = world.expect("quarantined");
    assert_eq!(result.exit_code, Some(2));
    assert_eq!(world.upstream.rev_list(HOURLY), branches, "a tier moved");
    assert_eq!(output(&result, "changed"), "false");
    let id = result.summary.split("accept-anomaly: ").nth(1).expect("the summary says how to accept");
    let id = id.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap().to_owned();
    let kept = world.manifest(QUARANTINE);
    assert!(world.upstream.git(&["log", "--format=%B", QUARANTINE]).contains(&id), "{}", said(&result));
    assert!(kept.missing.is_empty());
    world.upstream.fsck();
    id
}

#[test]
fn a_list_that_is_suddenly_empty_is_damage_and_no_edit() {
    let world = world(6);
    let good = world.upstream.rev_list(HOURLY);
    let empty = || Fault::on("GET", "/flows").forever().answer(r#"{"items": [], "total": 0}"#);
    world.cognigy.fault(empty());
    let first = set_aside(&world);
    // The same damage an hour later is the same capture.
    assert_eq!(set_aside(&world), first);
    assert_eq!(world.upstream.rev_list(QUARANTINE).len(), 1);
    // It passes: the good snapshot was never touched, and nothing need be said.
    world.cognigy.clear_faults();
    world.expect("unchanged");
    assert_eq!(world.upstream.rev_list(HOURLY), good);
}

#[test]
fn fewer_than_half_may_go_and_more_may_not() {
    let world = world(12);
    remove_flows(&world, 6);
    world.expect("success");
    remove_flows(&world, 3);
    world.expect("success");
    remove_flows(&world, 2);
    world.expect("success");
    // One is left: all of it, but not three.
    remove_flows(&world, 1);
    world.expect("success");
}

#[test]
fn what_a_person_accepts_becomes_the_new_measure() {
    let world = world(8);
    remove_flows(&world, 6);
    let id = set_aside(&world);
    let accepting = world.input("accept-anomaly", &id);
    // More than what was accepted is gone by now.
    remove_flows(&accepting, 1);
    let result = accepting.expect("partial");
    assert_eq!(result.exit_code, Some(2));
    assert!(result.summary.contains("accepted as missing"), "{}", said(&result));
    let manifest = accepting.manifest(HOURLY);
    let missing: Vec<_> = manifest.missing.iter().filter(|one| one.kind.name() == "flows").collect();
    assert_eq!(missing.len(), 7, "{missing:?}");
    // From now on this is the project; who forgets the input in the workflow is not stopped by it.
    accepting.expect("unchanged");
}

#[test]
fn acceptance_of_one_loss_is_none_of_another() {
    let world = world(12);
    remove_flows(&world, 7);
    let id = set_aside(&world);
    let accepting = world.input("accept-anomaly", &id);
    remove_flows(&accepting, 5);
    let other = set_aside(&accepting);
    assert_ne!(other, id);
    assert_eq!(accepting.upstream.rev_list(QUARANTINE).len(), 2);
}

#[test]
fn what_is_not_in_quarantine_is_no_acceptance() {
    let result = World::new().input("accept-anomaly", "latest").run();
    assert_eq!(result.exit_code, Some(3), "{}", said(&result));
    // A backup that loses nothing needs no acceptance, so a wrong one stops none.
    let unknown = world(6).input("accept-anomaly", "20991003T143000Z-1a2b3c4d");
    let result = unknown.expect("unchanged");
    assert!(result.summary.contains("is not in quarantine"), "{}", said(&result));
    remove_flows(&unknown, 6);
    unknown.expect("quarantined");
}

#[test]
fn six_are_kept_and_the_oldest_leaves() {
    let world = world(12);
    let mut ids = Vec::new();
    for n in 0..8 {
        // Always most of the flows, but never the same project.
        world.cognigy.edit(|project| project.rename(&format!("Name {n}")));
        world.cognigy.fault(Fault::on("GET", "/flows").forever().answer(r#"{"items": [], "total": 0}"#));
        ids.push(set_aside(&world));
        world.cognigy.clear_faults();
    }
    let log = world.upstream.git(&["log", "--format=%(trailers:key=Snapshot-Id,valueonly)", QUARANTINE]);
    let kept: Vec<_> = log.split_whitespace().map(str::to_owned).collect();
    ids.reverse();
    assert_eq!(kept, ids[..6]);
    let copies =
        world.upstream.git(&["log", "--format=%(trailers:key=Snapshot-First-Commit,valueonly)", QUARANTINE]);
    assert_eq!(copies.split_whitespace().count(), 5, "{copies}");
    world.upstream.fsck();
    assert_eq!(world.json(QUARANTINE, "project/config.json")["name"], "Name 7");
    assert_eq!(world.json(&format!("{QUARANTINE}~5"), "project/config.json")["name"], "Name 2");
}

#[test]
fn where_nothing_may_be_rewritten_the_oldest_stays() {
    let world = world(6);
    world.upstream.git(&["config", "receive.denyNonFastForwards", "true"]);
    for n in 0..8 {
        world.cognigy.edit(|project| project.rename(&format!("Name {n}")));
        world.cognigy.fault(Fault::on("GET", "/flows").forever().answer(r#"{"items": [], "total": 0}"#));
        set_aside(&world);
        world.cognigy.clear_faults();
    }
    assert_eq!(world.upstream.rev_list(QUARANTINE).len(), 8);
}

#[test]
fn a_changed_configuration_is_no_damage() {
    let world = world(6);
    let world = world.config(&json!({"backup": {"excludeResources": ["flows/*"]}}));
    world.expect("success");
    let world = world.config(&json!({"backup": {"cloneType": "lexicons"}}));
    world.expect("success");
    let world = world.config(&json!({}));
    world.expect("success");
    assert!(world.upstream.git(&["branch", "--list", QUARANTINE]).is_empty());
}

#[test]
fn a_dry_run_says_that_it_would_be_set_aside() {
    let world = world(6);
    remove_flows(&world, 6);
    let world = world.input("dry-run", "true");
    let result = world.expect("planned");
    assert!(result.summary.contains("in quarantine"), "{}", said(&result));
    assert!(world.upstream.git(&["branch", "--list", QUARANTINE]).is_empty());
}

#[test]
fn a_race_for_the_quarantine_is_planned_anew() {
    let world = world(6);
    remove_flows(&world, 6);
    let tip = world.upstream.rev_list(HOURLY)[0].clone();
    world.upstream.on_next_push(move |repository| {
        repository.git(&["update-ref", "refs/heads/snapshot/quarantine", &tip]);
    });
    world.expect("quarantined");
    assert_eq!(world.upstream.rev_list(QUARANTINE).len(), 2);
}
