//! What cannot be read, though it is there: carried from the newest snapshot and said, set aside where there is no earlier
//! copy, and never silently absent.

use cognigy_backup::snapshot::Kind;
use rstest::rstest;
use serde_json::json;
use testkit::cognigy::Fault;

use crate::world::{HOURLY, World, output, said};

const QUARANTINE: &str = "snapshot/quarantine";

/// A world with a first snapshot.
fn begun() -> World {
    let world = World::new();
    world.expect("success");
    world
}

#[rstest]
#[case::a_document("GET", "/endpoints/*", Kind::Endpoints, "document")]
#[case::settings_of_a_flow("GET", "/flows/*/settings", Kind::Flows, "settings")]
#[case::a_node("GET", "/flows/*/chart/nodes/*", Kind::Flows, "node/")]
#[case::intents("POST", "/flows/*/intents/export", Kind::Flows, "intents/")]
#[case::entries("GET", "/lexicons/*/entries", Kind::Lexicons, "entries")]
fn a_part_that_cannot_be_read_is_carried_and_marked(
    #[case] method: &str,
    #[case] path: &str,
    #[case] kind: Kind,
    #[case] part: &str,
) {
    let world = begun();
    let (first, before) = (world.upstream.rev_list(HOURLY), world.manifest(HOURLY));
    // Something else changes, so that there is a snapshot to mark.
    world.cognigy.edit(|project| project.rename("Another name"));
    world.cognigy.fault(Fault::on(method, path).status(400));
    let result = world.expect("partial");
    assert_eq!((result.exit_code, output(&result, "changed")), (Some(2), "true"), "{}", said(&result));
    let manifest = world.manifest(HOURLY);
    assert_eq!(manifest.unread.len(), 1, "{:?}", manifest.unread);
    let unread = &manifest.unread[0];
    assert_eq!(unread.kind, kind);
    assert!(unread.part.as_ref().unwrap().starts_with(part), "{unread:?}");
    assert!(unread.why.contains("400"), "{unread:?}");
    assert!(unread.read_at.unwrap() <= before.window.finished, "{unread:?}");
    assert!(result.summary.contains("could not be read"), "{}", said(&result));
    // The file of the carried part is the one it was, and says when it was read.
    assert_eq!(world.changed(&first[0], HOURLY), ["agent/project/config.json"]);
    let old = manifest.files.values().filter(|file| {
        file.read_at <= before.window.finished || file.parts.values().any(|at| *at <= before.window.finished)
    });
    assert!(old.count() > 0);
    let redacted = |manifest: &cognigy_backup::snapshot::Manifest| {
        manifest.files.values().map(|file| file.redacted.len()).sum::<usize>()
    };
    assert_eq!(redacted(&manifest), redacted(&before), "what was redacted is forgotten");
    world.upstream.fsck();
    // The same again, with nothing else to save: no snapshot, but not well either.
    world.cognigy.fault(Fault::on(method, path).status(400));
    let tips = world.upstream.rev_list(HOURLY);
    let result = world.expect("partial");
    assert_eq!((result.exit_code, output(&result, "changed")), (Some(2), "false"), "{}", said(&result));
    assert_eq!(world.upstream.rev_list(HOURLY), tips);
    // It passes.
    world.expect("unchanged");
}

#[test]
fn a_flow_without_its_chart_is_carried_whole() {
    let world = begun();
    world.cognigy.edit(|project| {
        let flow = project.flows[0].name.clone();
        project.add_say(&flow, "New", "New");
        project.rename("Another name");
    });
    let flow = world.cognigy.read(|project| project.flows[0].clone());
    let path = format!("/flows/{}/chart", flow.meta.id);
    world.cognigy.fault(Fault::on("GET", &path).forever().status(403));
    let result = world.expect("partial");
    let unread = world.manifest(HOURLY).unread;
    assert_eq!((unread.len(), unread[0].name.as_str(), &unread[0].part), (1, flow.name.as_str(), &None));
    assert!(!result.summary.contains("New"), "{}", said(&result));
    world.cognigy.clear_faults();
    let result = world.expect("success");
    assert!(result.summary.contains("New"), "{}", said(&result));
}

#[rstest]
#[case::not_there(404)]
#[case::forbidden(403)]
fn a_kind_that_was_there_is_carried_when_its_list_is_not(#[case] status: u16) {
    let world = begun();
    world.cognigy.edit(|project| project.rename("Another name"));
    world.cognigy.fault(Fault::on("GET", "/connections").forever().status(status));
    let result = world.expect("partial");
    let manifest = world.manifest(HOURLY);
    let unread: Vec<_> = manifest.unread.iter().map(|one| (one.kind, one.read_at.is_some())).collect();
    assert_eq!(unread, [(Kind::Connections, true), (Kind::Connections, true)], "{}", said(&result));
    assert_eq!(manifest.resources.iter().filter(|one| one.kind == Kind::Connections).count(), 2);
    assert_eq!(world.changed(&format!("{HOURLY}~1"), HOURLY), ["agent/project/config.json"]);
    world.expect("partial");
    world.cognigy.clear_faults();
    world.expect("unchanged");
}

#[test]
fn what_has_no_earlier_copy_is_set_aside_and_can_be_accepted() {
    // On the very first run.
    let world = World::new();
    let endpoint = world.cognigy.read(|project| project.endpoints[0].clone());
    let path = format!("/endpoints/{}", endpoint.meta.id);
    world.cognigy.fault(Fault::on("GET", &path).forever().status(400));
    let result = world.expect("quarantined");
    assert_eq!(result.exit_code, Some(2));
    assert!(world.upstream.rev_list(HOURLY).is_empty(), "a tier was made");
    assert!(result.summary.contains(endpoint.name()), "{}", said(&result));
    let aside = world.manifest(QUARANTINE);
    assert_eq!((aside.unread.len(), aside.unread[0].read_at), (1, None));
    assert!(!aside.resources.iter().any(|one| one.id == endpoint.meta.id));
    // A person who has looked may go on without it.
    let world = world.input("accept-anomaly", aside.snapshot.as_str());
    world.expect("partial");
    let manifest = world.manifest(HOURLY);
    assert_eq!((manifest.missing.len(), manifest.missing[0].name.as_str()), (1, endpoint.name()));
    // And when it can be read, it is there.
    world.cognigy.clear_faults();
    world.expect("success");
    let manifest = world.manifest(HOURLY);
    assert!(manifest.resources.iter().any(|one| one.id == endpoint.meta.id));
}

#[test]
fn something_new_that_cannot_be_read_leaves_the_tier_alone() {
    let world = begun();
    let tips = world.upstream.rev_list(HOURLY);
    let flow = world.cognigy.edit(|project| project.add_flow("Brand new"));
    world.cognigy.edit(|project| project.rename("Another name"));
    world.cognigy.fault(Fault::on("GET", &format!("/flows/{flow}/settings")).forever().status(403));
    let result = world.expect("quarantined");
    assert!(result.summary.contains("Brand new"), "{}", said(&result));
    assert_eq!(world.upstream.rev_list(HOURLY), tips);
    world.cognigy.clear_faults();
    world.expect("success");
}

#[test]
fn more_than_a_fifth_unreadable_is_no_capture() {
    let world = begun();
    let branches = world.upstream.branches();
    world.cognigy.edit(|project| project.rename("Another name"));
    world.cognigy.fault(Fault::on("GET", "/flows/*/chart/nodes/*").forever().status(403));
    let result = world.expect("failed");
    assert_eq!(result.exit_code, Some(1));
    assert!(result.summary.contains("more than a fifth"), "{}", said(&result));
    assert_eq!(world.upstream.branches(), branches);
    world.cognigy.clear_faults();
    world.expect("success");
}

#[test]
fn who_wants_all_or_nothing_gets_nothing() {
    let world = begun().config(&json!({"backup": {"onPartial": "fail"}}));
    let branches = world.upstream.branches();
    world.cognigy.edit(|project| project.rename("Another name"));
    for path in ["/endpoints/*", "/flows/*/settings", "/connections"] {
        world.cognigy.fault(Fault::on("GET", path).forever().status(400));
        let result = world.expect("failed");
        assert_eq!(result.exit_code, Some(1), "{path}");
        assert_eq!(world.upstream.branches(), branches, "{path}");
        world.cognigy.clear_faults();
    }
    world.expect("success");
}

#[test]
fn a_wrong_key_is_no_unreadable_part() {
    let world = begun();
    let branches = world.upstream.branches();
    world.cognigy.fault(Fault::on("GET", "/flows/*/settings").status(401));
    let result = world.expect("failed");
    assert!(result.summary.contains("401"), "{}", said(&result));
    assert_eq!(world.upstream.branches(), branches);
}

#[test]
fn resources_of_one_name_are_each_named() {
    let world = begun();
    world.cognigy.edit(|project| project.rename("Another name"));
    // States called alike, in several flows.
    world.cognigy.fault(Fault::on("GET", "/flows/*/states/*").forever().status(403));
    let result = world.run();
    let unread = world.manifest(HOURLY).unread;
    let ids: std::collections::BTreeSet<&str> = unread.iter().map(|one| one.id.as_str()).collect();
    let states = world.manifest(HOURLY).kinds[&Kind::FlowStates].resources;
    assert_eq!((output(&result, "outcome"), ids.len() as u64), ("partial", states), "{}", said(&result));
}

#[test]
fn a_new_part_that_cannot_be_read_leaves_the_rest_as_it_was() {
    let world = begun();
    let flow = world.cognigy.read(|project| project.flows[0].clone());
    let node = world.cognigy.edit(|project| project.add_say(&flow.name, "New", "New"));
    let path = format!("/flows/{}/chart/nodes/{node}", flow.meta.id);
    world.cognigy.fault(Fault::on("GET", &path).forever().status(403));
    world.expect("partial");
    let manifest = world.manifest(HOURLY);
    assert!(manifest.resources.iter().any(|one| one.id == flow.meta.id), "the flow is gone");
    world.cognigy.clear_faults();
    world.expect("success");
}

#[test]
fn what_was_accepted_once_may_go_on_missing() {
    let world = begun();
    let endpoint = world.cognigy.edit(|project| {
        let flow = project.flows[0].meta.id.clone();
        project.add_endpoint("Unreadable", "rest", &flow)
    });
    world.cognigy.fault(Fault::on("GET", &format!("/endpoints/{endpoint}")).forever().status(400));
    world.cognigy.edit(|project| project.rename("One"));
    world.expect("quarantined");
    let id = world.manifest(QUARANTINE).snapshot;
    let world = world.input("accept-anomaly", id.as_str());
    world.expect("partial");
    let world = world.input("accept-anomaly", "");
    for name in ["Two", "Three"] {
        world.cognigy.edit(|project| project.rename(name));
        world.expect("partial");
    }
    world.cognigy.clear_faults();
    world.expect("success");
}

#[test]
fn locales_that_cannot_be_listed_are_carried_and_named() {
    let world = begun();
    world.cognigy.edit(|project| project.rename("Another name"));
    world.cognigy.fault(Fault::on("GET", "/locales").forever().status(403));
    let result = world.expect("partial");
    let unread = world.manifest(HOURLY).unread;
    assert_eq!(unread.iter().filter(|one| one.kind == Kind::Locales).count(), 2, "{}", said(&result));
    assert_eq!(world.changed(&format!("{HOURLY}~1"), HOURLY), ["agent/project/config.json"]);
}
