//! Every kind of resource: read, absent, forbidden, lost.

use cognigy_backup::snapshot::{Availability, Kind};
use testkit::cognigy::Fault;

use crate::world::{HOURLY, World, output, said};

/// The stand-in's name for a kind.
fn in_stand_in(kind: Kind) -> &'static str {
    match kind {
        Kind::ProjectSettings => "settings",
        Kind::FlowStates => "states",
        Kind::AiCopilotConfigs => "copilotConfigs",
        Kind::KnowledgeSources => "knowledgeSources",
        other => other.name(),
    }
}

fn refuse(world: &World, kind: Kind, status: u16) {
    let fault = match kind {
        Kind::KnowledgeSources => Fault::on("GET", "/knowledgestores/*/sources/**"),
        _ => Fault::on_kind(in_stand_in(kind)),
    };
    world.cognigy.fault(fault.forever().status(status));
}

#[test]
fn every_kind_of_the_project_is_in_the_snapshot() {
    let world = World::new();
    world.expect("success");
    let manifest = world.manifest(HOURLY);
    for kind in Kind::ALL {
        let resources: Vec<_> = manifest.resources.iter().filter(|resource| resource.kind == kind).collect();
        assert_eq!(manifest.kinds[&kind].availability, Availability::Read, "{kind}");
        assert!(!resources.is_empty(), "no {kind}");
        assert_eq!(manifest.kinds[&kind].resources, resources.len() as u64, "{kind}");
        for resource in resources {
            let folder = format!("{}/", resource.path);
            let has_files = manifest
                .files
                .keys()
                .any(|path| path.as_str().starts_with(&folder) || *path == resource.path);
            assert!(has_files, "{kind} `{}` has no file", resource.name);
            assert_eq!(resource.owner.is_some(), kind.owner().is_some(), "{kind}");
        }
    }
    // What people wrote is there, word for word.
    let chunks = manifest.files.keys().filter(|path| path.as_str().ends_with("/chunks.json")).count();
    assert!(chunks >= 4, "{chunks}");
    let code = manifest.files.keys().find(|path| path.as_str().ends_with("/code.ts")).unwrap();
    let code = world.upstream.read_file(HOURLY, &format!("agent/{code}")).unwrap();
    let codes = world.cognigy.read(|project| project.truth()["documents"]["functions"].to_string());
    let first = String::from_utf8(code).unwrap();
    assert!(codes.contains(first.lines().next().unwrap().trim()), "{first}");
}

#[test]
fn a_kind_that_this_server_lacks_is_noted_and_no_failure() {
    for (status, availability) in
        [(404, Availability::Unsupported), (400, Availability::Unsupported), (403, Availability::Forbidden)]
    {
        let world = World::new();
        let others = Kind::ALL.into_iter().filter(|kind| !kind.is_core());
        others.clone().for_each(|kind| refuse(&world, kind, status));
        let result = world.expect("success");
        let manifest = world.manifest(HOURLY);
        for kind in others {
            // Nothing is known of what belongs to nothing.
            if kind == Kind::KnowledgeSources {
                continue;
            }
            assert_eq!(manifest.kinds[&kind].availability, availability, "{kind}: {}", said(&result));
            assert!(result.summary.contains(kind.name()), "{kind}: {}", said(&result));
        }
        // Said every time.
        let again = world.expect("unchanged");
        assert!(again.summary.contains("functions"), "{}", said(&again));
        // When it can be read it is, and that is a change.
        world.cognigy.clear_faults();
        world.expect("success");
        assert!(world.manifest(HOURLY).kinds.values().all(|kind| kind.availability == Availability::Read));
    }
}

#[test]
fn a_core_kind_that_may_not_be_read_fails_the_run() {
    for kind in [Kind::Flows, Kind::Locales, Kind::Endpoints, Kind::Lexicons, Kind::AiAgents] {
        let world = World::new();
        refuse(&world, kind, 403);
        let result = world.expect("failed");
        assert!(result.summary.contains(kind.name()), "{kind}: {}", said(&result));
    }
}

#[test]
fn no_kind_that_was_there_is_dropped() {
    let world = World::new();
    world.expect("success");
    let before = world.upstream.branches();
    for kind in Kind::ALL.into_iter().filter(|kind| !kind.is_core()) {
        for status in [404, 403] {
            refuse(&world, kind, status);
            // The project itself is what proves the key; of all else there is an earlier copy.
            let expected = if kind == Kind::Project { ("failed", Some(1)) } else { ("partial", Some(2)) };
            let result = world.run();
            assert_eq!((output(&result, "outcome"), result.exit_code), expected, "{}", said(&result));
            assert!(result.summary.contains(kind.name()), "{kind}: {}", said(&result));
            assert_eq!(world.upstream.branches(), before);
            world.cognigy.clear_faults();
        }
    }
    world.expect("unchanged");
}

#[test]
fn an_owner_deleted_while_its_lists_are_read_is_no_hole() {
    let world = World::new();
    world.cognigy.edit(|project| {
        project.add_flow("Gone");
    });
    world.cognigy.fault(Fault::on("GET", "/flows/*/states").meanwhile(|project| project.remove_flow("Gone")));
    world.expect("success");
    let manifest = world.manifest(HOURLY);
    assert!(!manifest.resources.iter().any(|resource| resource.name == "Gone"));
    assert_eq!(manifest.kinds[&Kind::FlowStates].availability, Availability::Read);
    world.expect("unchanged");
}

#[test]
fn a_list_refused_for_one_owner_only_is_a_failure() {
    let world = World::new();
    world.cognigy.fault(Fault::on("GET", "/flows/*/slotfillers").skip(1).forever().status(404));
    let result = world.expect("failed");
    assert!(result.summary.contains("slotFillers"), "{}", said(&result));
}
