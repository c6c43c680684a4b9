//! People edit while a backup reads: what is deleted, added or moved meanwhile makes neither an error nor a hole.

use std::sync::atomic::{AtomicU32, Ordering};

use cognigy_backup::snapshot::Kind;
use testkit::cognigy::{Fault, Project};

use crate::world::{HOURLY, World, output, said};

/// The first read of a flow's settings: all lists and charts are read by then.
fn in_the_middle() -> Fault {
    Fault::on("GET", "/flows/*/settings")
}

fn names(world: &World, kind: Kind) -> Vec<String> {
    let manifest = world.manifest(HOURLY);
    manifest.resources.into_iter().filter(|r| r.kind == kind).map(|resource| resource.name).collect()
}

#[test]
fn what_is_deleted_between_list_and_read_is_not_there() {
    let world = World::new();
    world.cognigy.edit(|project| {
        project.add_lexicon("Gone");
        project.add_agent("Gone");
        let flow = project.flows[0].meta.id.clone();
        project.add_endpoint("Gone", "rest", &flow);
        // Enough beside it that it is not yet read when it goes.
        for n in 0..20 {
            project.add_flow(&format!("Z {n}"));
        }
        project.add_flow("Gone");
    });
    world.cognigy.fault(Fault::on("GET", "/flows/*/chart").skip(3).meanwhile(|project| {
        project.remove_lexicon("Gone");
        project.remove_agent("Gone");
        project.remove_endpoint("Gone");
        project.remove_flow("Gone");
        // What is new on the second look is taken along.
        project.add_flow("New");
        project.add_lexicon("New");
    }));
    world.expect("success");
    world.upstream.fsck();
    for kind in [Kind::Flows, Kind::Lexicons, Kind::AiAgents, Kind::Endpoints] {
        assert!(!names(&world, kind).contains(&"Gone".to_owned()), "{kind}");
    }
    assert!(names(&world, Kind::Flows).contains(&"New".to_owned()));
    assert!(names(&world, Kind::Lexicons).contains(&"New".to_owned()));
    world.expect("unchanged");
}

#[test]
fn a_node_deleted_before_its_turn_has_its_flow_read_again() {
    let world = World::new();
    world.cognigy.fault(Fault::on("GET", "/flows/*/chart/nodes/*").meanwhile(|project| {
        for at in 0..project.flows.len() {
            let (flow, node) = say(project, at);
            project.remove_node(&flow, &node);
        }
    }));
    world.expect("success");
    settles(&world);
}

/// Backs up until nothing is new. What was read in the moment before an edit is in the first snapshot as it was then;
/// the next one has the edit, and after that there is none.
fn settles(world: &World) {
    let next = world.run();
    assert!(["success", "unchanged"].contains(&output(&next, "outcome")), "{}", said(&next));
    world.expect("unchanged");
}

fn say(project: &Project, at: usize) -> (String, String) {
    let flow = &project.flows[at];
    let node = flow.nodes.iter().rev().find(|node| node.kind == "say").expect("a flow says something");
    (flow.meta.id.clone(), node.id.clone())
}

#[test]
fn a_node_that_moves_between_locales_has_its_flow_read_again() {
    let world = World::new();
    let (flow, node, locale) = world.cognigy.edit(|project| {
        let (flow, node) = say(project, 0);
        let locale = project.add_locale("Klingon", "tlh");
        project.localise_node(&flow, &node, &locale);
        project.edit_node(&flow, &node, Some(&locale), |config| config["own"] = true.into());
        (flow, node, locale)
    });
    let (f, n, l) = (flow.clone(), node.clone(), locale.clone());
    world.cognigy.fault(in_the_middle().meanwhile(move |project| {
        if project.flow(&f).unwrap().node(&n).unwrap().is_localised(&l) {
            project.unlocalise_node(&f, &n, &l);
        }
    }));
    world.expect("success");
    settles(&world);
    let name = world.cognigy.read(|project| project.flow(&flow).unwrap().name.clone());
    let chart = world.json(HOURLY, &format!("flows/{name}/Klingon/chart.json"));
    let seen = chart["nodes"].as_array().unwrap().iter().find(|seen| seen["_id"] == node.as_str()).unwrap();
    assert_ne!(seen["localeReference"], locale.as_str());
    assert!(seen["config"].get("own").is_none());
}

#[test]
fn a_locale_added_meanwhile_waits_for_the_next_backup() {
    for and_a_flow_removed in [false, true] {
        let world = World::new();
        world.cognigy.fault(in_the_middle().meanwhile(move |project| {
            if and_a_flow_removed {
                let flow = project.flows[1].meta.id.clone();
                project.remove_flow(&flow);
            }
            project.add_locale("Klingon", "tlh");
        }));
        let result = world.expect("success");
        // Charts of one set of locales do not go with those of another.
        assert!(!names(&world, Kind::Locales).contains(&"Klingon".to_owned()));
        assert!(result.summary.contains("locales/Klingon"), "{}", said(&result));
        let moving = world.manifest(HOURLY).moving;
        assert_eq!((moving.len(), moving[0].name.as_str()), (1, "Klingon"));
        world.expect("success");
        assert!(names(&world, Kind::Locales).contains(&"Klingon".to_owned()));
        assert_eq!(world.manifest(HOURLY).moving, []);
        world.expect("unchanged");
    }
}

#[test]
fn a_locale_deleted_under_a_reading_ends_it_with_a_reason() {
    let world = World::new();
    world.cognigy.fault(Fault::on("GET", "/flows/*/chart").meanwhile(|project| {
        project.locales.retain(|locale| locale.primary);
    }));
    let result = world.run();
    assert_eq!((output(&result, "outcome"), result.exit_code), ("failed", Some(1)), "{}", said(&result));
    assert!(result.summary.to_lowercase().contains("locale"), "{}", said(&result));
    assert!(!result.summary.contains("Please report"), "{}", said(&result));
    assert!(world.upstream.branches().is_empty());
    world.expect("success");
}

/// The lists are read for the last time when all else has been read.
fn at_the_end() -> Fault {
    Fault::on("GET", "/flows").skip(1)
}

#[test]
fn what_moves_after_it_was_read_is_read_again() {
    let world = World::new();
    world.cognigy.fault(at_the_end().meanwhile(|project| {
        let flow = project.flows[0].meta.id.clone();
        project.rename_flow(&flow, "Renamed");
        project.add_flow("New");
        let gone = project.flows[1].meta.id.clone();
        project.remove_flow(&gone);
        project.add_lexicon("New");
    }));
    let result = world.expect("success");
    let flows = names(&world, Kind::Flows);
    assert!(flows.contains(&"Renamed".to_owned()) && flows.contains(&"New".to_owned()), "{flows:?}");
    assert_eq!(flows.len(), world.cognigy.read(|project| project.flows.len()));
    assert_eq!(world.manifest(HOURLY).moving, [], "{}", said(&result));
    world.upstream.fsck();
    world.expect("unchanged");
}

#[test]
fn what_never_stops_moving_is_named() {
    let world = World::new();
    let looks = AtomicU32::new(0);
    world.cognigy.fault(at_the_end().times(3).meanwhile(move |project| {
        let flow = project.flows[0].meta.id.clone();
        let look = looks.fetch_add(1, Ordering::SeqCst) + 1;
        project.rename_flow(&flow, &format!("Name {look}"));
    }));
    let result = world.expect("success");
    let moving = world.manifest(HOURLY).moving;
    assert_eq!(moving.len(), 1, "{moving:?}");
    assert_eq!((moving[0].kind, moving[0].name.as_str()), (Kind::Flows, "Name 3"));
    assert!(names(&world, Kind::Flows).contains(&"Name 2".to_owned()));
    assert!(result.summary.contains("flows/Name 3"), "{}", said(&result));
    world.expect("success");
    world.expect("unchanged");
}

#[test]
fn a_kind_that_could_be_read_before_is_not_dropped() {
    let world = World::new();
    world.expect("success");
    let before = world.upstream.branches();
    for status in [404, 400] {
        world.cognigy.fault(Fault::on("GET", "/aiagents").forever().status(status));
        let result = world.run();
        assert_eq!((output(&result, "outcome"), result.exit_code), ("partial", Some(2)), "{}", said(&result));
        assert!(result.summary.contains("aiAgents"), "{}", said(&result));
        assert_eq!(world.upstream.branches(), before);
        world.cognigy.clear_faults();
    }
    // A kind of which there was nothing has nothing to lose.
    let none = World::new();
    none.cognigy.edit(|project| project.agents.clear());
    none.expect("success");
    none.cognigy.fault(Fault::on("GET", "/aiagents").forever().status(404));
    none.expect("unchanged");
}
