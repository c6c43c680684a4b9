//! Hostile and damaged content: whatever a server may send ends in the right snapshot or in a clear error, and nothing
//! takes the place of something else.

use std::collections::{BTreeMap, BTreeSet};

use cognigy_backup::snapshot::{Kind, Manifest};
use rstest::rstest;
use serde_json::{Value, json};
use testkit::cognigy::{Fault, Project, Setup, Switches};

use crate::world::{HOURLY, World, output, said};

/// Names that people or attackers give, several of them the same to some file system.
fn names() -> Vec<String> {
    let fixed = [
        "..",
        ".",
        "",
        " ",
        "   ",
        "\u{3000}",
        "CON",
        "con",
        "nul.txt",
        "x.",
        "X.",
        "x ",
        "🙂",
        "::error::x",
        "##[error]x",
        "<script>alert(1)</script>",
        "%0A::error::x",
        "a/b",
        "a\\b",
        "../../etc/passwd",
        ".git",
        "Same",
        "Same",
        "same",
        "SAME",
        "\u{202e}gnp.exe",
        "a\0b",
        "a\r\n::error::b",
        "locales.json",
        "config.json",
        "`a`|b",
        "@org/team",
        "Snapshot-Id: x",
        "é",
        "e\u{301}",
        "-rf",
        "--",
        "*",
        "~",
    ];
    let long = ["ü".repeat(200), "Ü".repeat(200), "a".repeat(200), "🙂".repeat(200)];
    fixed.into_iter().map(str::to_owned).chain(long).collect()
}

fn of_kind(
    manifest: &Manifest,
    kind: Kind,
) -> impl Iterator<Item = &cognigy_backup::snapshot::ResourceEntry> {
    manifest.resources.iter().filter(move |resource| resource.kind == kind)
}

/// Checks what holds for every snapshot: a place for each resource, every place safe for every file system.
fn check_places(world: &World) -> Manifest {
    world.upstream.fsck();
    let manifest = world.manifest(HOURLY);
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Locales) {
        let places: Vec<_> = of_kind(&manifest, kind).map(|resource| &resource.path).collect();
        let distinct: BTreeSet<_> = places.iter().map(|path| path.as_str().to_uppercase()).collect();
        assert_eq!(distinct.len(), places.len(), "two {kind} in one place");
        for place in places {
            let inside = |path: &str| path.starts_with(&format!("{place}/"));
            assert!(manifest.files.keys().any(|path| inside(path.as_str())), "{place} has no file");
        }
    }
    for path in manifest.files.keys() {
        for part in path.components() {
            assert!(part.len() <= 255 && !part.ends_with(['.', ' ']), "{part:?}");
            assert!(!part.contains(|c: char| c.is_control() || r#"<>:"\|?*"#.contains(c)), "{part:?}");
        }
    }
    manifest
}

#[test]
fn every_kind_takes_every_name() {
    let mut project = Project::empty();
    for name in names() {
        let flow = project.add_flow(&name);
        project.add_endpoint(&name, "rest", &flow);
        project.add_lexicon(&name);
        project.add_agent(&name);
    }
    let world = World::of(project);
    let result = world.expect("success");
    assert!(result.annotations.is_empty(), "{:?}", result.annotations);
    assert!(!result.commands.iter().any(|command| command.name == "error"), "{}", said(&result));
    let manifest = check_places(&world);
    let mut expected = names();
    expected.sort();
    for kind in [Kind::Flows, Kind::Endpoints, Kind::Lexicons, Kind::AiAgents] {
        let mut stored: Vec<_> = of_kind(&manifest, kind).map(|resource| resource.name.clone()).collect();
        stored.sort();
        assert_eq!(stored, expected, "{kind}");
    }
    world.expect("unchanged");
    world.upstream.stock_clone().expect("stock git clones it");
}

#[test]
fn every_locale_takes_every_name() {
    let mut project = Project::empty();
    project.add_flow("Main");
    for name in names() {
        project.add_locale(&name, "en-US");
    }
    let locales = project.locales.len();
    let world = World::of(project);
    world.expect("success");
    let manifest = check_places(&world);
    assert_eq!(of_kind(&manifest, Kind::Locales).count(), locales);
    let charts = manifest.files.keys().filter(|path| path.as_str().ends_with("/chart.json")).count();
    assert_eq!(charts, locales, "a chart for each locale");
    world.expect("unchanged");
}

#[test]
fn resources_that_share_a_reference_id_are_all_there() {
    let world = World::new();
    world.cognigy.edit(|project| {
        let shared = project.flows[0].reference_id.clone();
        project.flows[1].reference_id = shared.clone();
        project.flows[1].name = project.flows[0].name.clone();
        let (lexicon, agent) = (project.add_lexicon("Twin"), project.add_agent("Twin"));
        for lexicon in &mut project.lexicons {
            lexicon.reference_id = shared.clone();
        }
        for agent in &mut project.agents {
            agent.reference_id = shared.clone();
        }
        for locale in &mut project.locales {
            locale.reference_id = shared.clone();
            locale.name = "English".to_owned();
        }
        (lexicon, agent)
    });
    world.expect("success");
    let manifest = check_places(&world);
    let (flows, locales) = world.cognigy.read(|project| (project.flows.len(), project.locales.len()));
    let charts = manifest.files.keys().filter(|path| path.as_str().ends_with("/chart.json")).count();
    assert_eq!(charts, flows * locales);
    let folders: BTreeMap<_, _> =
        of_kind(&manifest, Kind::Flows).map(|r| (r.id.clone(), r.path.clone())).collect();
    for (id, folder) in folders {
        assert_eq!(world.json(HOURLY, &format!("{folder}/flow.json"))["_id"], id);
    }
    world.expect("unchanged");
}

/// Takes a field out of every item of a list, and out of a document.
fn without(field: &'static str) -> impl Fn(&mut Value) + Send + Sync {
    move |answer| {
        let items = answer.get_mut("items").and_then(Value::as_array_mut);
        let one_by_one = items.into_iter().flatten();
        one_by_one.filter_map(Value::as_object_mut).for_each(|item| drop(item.shift_remove(field)));
        if let Value::Object(document) = answer {
            document.shift_remove(field);
        }
    }
}

#[rstest]
#[case("name", "/endpoints", "/endpoints/*", Kind::Endpoints)]
#[case("name", "/aiagents", "/aiagents/*", Kind::AiAgents)]
#[case("name", "/flows", "/flows/*", Kind::Flows)]
#[case("referenceId", "/flows", "/flows/*", Kind::Flows)]
#[case("referenceId", "/lexicons", "/lexicons/*", Kind::Lexicons)]
fn a_missing_field_is_no_missing_resource(
    #[case] field: &'static str,
    #[case] list: &str,
    #[case] document: &str,
    #[case] kind: Kind,
) {
    let world = World::new();
    world.cognigy.fault(Fault::on("GET", list).forever().bent(without(field)));
    world.cognigy.fault(Fault::on("GET", document).forever().bent(without(field)));
    world.expect("success");
    let manifest = check_places(&world);
    for resource in of_kind(&manifest, kind) {
        assert_eq!(if field == "name" { &resource.name } else { &resource.reference_id }, &resource.id);
    }
    world.expect("unchanged");
}

#[test]
fn empty_reference_ids_are_none() {
    let world = World::new();
    world.cognigy.edit(|project| project.flows.iter_mut().for_each(|flow| flow.reference_id = String::new()));
    world.expect("success");
    let manifest = check_places(&world);
    assert!(of_kind(&manifest, Kind::Flows).all(|flow| flow.reference_id == flow.id));
}

/// Runs and expects that what was read is set aside, with a reason that says all of `words`: there is no earlier copy.
fn sets_aside(world: &World, words: &[&str]) {
    let result = world.run();
    assert_eq!((output(&result, "outcome"), result.exit_code), ("quarantined", Some(2)), "{}", said(&result));
    assert!(world.upstream.rev_list(HOURLY).is_empty());
    for word in words {
        assert!(result.summary.contains(word), "`{word}` is not in the summary: {}", said(&result));
    }
}

/// Runs and expects a failure that says all of `words`, with nothing saved.
fn fails(world: &World, words: &[&str]) {
    let result = world.run();
    assert_eq!((output(&result, "outcome"), result.exit_code), ("failed", Some(1)), "{}", said(&result));
    assert!(world.upstream.branches().is_empty());
    for word in words {
        assert!(result.summary.contains(word), "`{word}` is not in the summary: {}", said(&result));
    }
}

#[test]
fn a_list_entry_without_id_is_an_error() {
    let world = World::new();
    world.cognigy.fault(Fault::on("GET", "/flows").forever().bent(without("_id")));
    fails(&world, &["/flows", "`_id`"]);
}

#[test]
fn a_resource_that_is_always_listed_twice_is_an_error() {
    let world = World::new();
    world.cognigy.fault(Fault::on("GET", "/flows").forever().bent(|answer| {
        let items = answer["items"].as_array_mut().unwrap();
        items[1] = items[0].clone();
    }));
    fails(&world, &["the list of flows", "changed each of the 3 times"]);
}

#[test]
fn an_answer_about_another_resource_is_not_believed() {
    for route in ["/lexicons/*", "/flows/*", "/endpoints/*", "/aiagents/*", "/flows/*/chart/nodes/*"] {
        let world = World::new();
        let other = |answer: &mut Value| answer["_id"] = json!("0123456789abcdef01234567");
        world.cognigy.fault(Fault::on("GET", route).forever().bent(other));
        // Without its flows a project is no project.
        let ends = if route.starts_with("/flows") { fails } else { sets_aside };
        ends(&world, &["0123456789abcdef01234567"]);
    }
}

#[test]
fn flows_without_any_locale_are_damage() {
    // Charts and intents are read by locale: an empty list would leave them all out without a word.
    let world = World::new();
    let empty = |answer: &mut Value| *answer = json!({"items": [], "total": 0});
    world.cognigy.fault(Fault::on("GET", "/locales").forever().bent(empty));
    fails(&world, &["locale"]);
}

#[test]
fn a_chart_that_names_no_locales_is_read_node_by_node() {
    let world = World::new();
    world.cognigy.fault(Fault::on("GET", "/flows/*/chart").forever().bent(|chart| {
        for node in chart["nodes"].as_array_mut().unwrap() {
            node.as_object_mut().unwrap().shift_remove("localeReference");
        }
    }));
    world.expect("success");
    world.expect("unchanged");
}

#[test]
fn a_node_list_that_says_less_than_the_nodes_is_not_taken_for_them() {
    let newer = Switches { newer_nodes: true, ..Switches::default() };
    let one_by_one = World::with(Setup { switches: newer, ..Setup::default() });
    one_by_one.expect("success");
    let in_pages = Switches { node_list_config: true, ..newer };
    let world = World::with(Setup { switches: in_pages, ..Setup::default() });
    world.cognigy.fault(Fault::on("GET", "/flows/*/chart/nodes").forever().bent(without("mock")));
    world.expect("success");
    assert_eq!(one_by_one.manifest(HOURLY).tree, world.manifest(HOURLY).tree);
}

#[rstest]
#[case::storm(|f: Fault| f.forever().status(501))]
#[case::page(|f: Fault| f.forever().html())]
#[case::unsettled(|f: Fault| f.forever().wrong_total(3))]
fn a_node_list_that_fails_is_done_without(#[case] fault: fn(Fault) -> Fault) {
    let world = World::new();
    world.cognigy.fault(fault(Fault::on("GET", "/flows/*/chart/nodes")));
    world.expect("success");
    // A list that worked once and fails later is done without as well.
    let switches = Switches { node_list_config: true, ..Switches::default() };
    let later = World::with(Setup { switches, ..Setup::default() });
    later.cognigy.fault(fault(Fault::on("GET", "/flows/*/chart/nodes").skip(1)));
    later.expect("success");
    assert_eq!(world.manifest(HOURLY).tree, later.manifest(HOURLY).tree);
}

/// Answers a flow's document with these fields, as they are written, beside its ids.
fn world_with_flow_fields(fields: &str) -> (World, String) {
    let world = World::new();
    let (id, name) = world.cognigy.read(|p| (p.flows[0].meta.id.clone(), p.flows[0].name.clone()));
    let body = format!(r#"{{"_id": "{id}", "name": "{name}", {fields}}}"#);
    world.cognigy.fault(Fault::on("GET", &format!("/flows/{id}")).forever().answer(&body));
    let path = format!("flows/{name}/flow.json");
    (world, path)
}

#[rstest]
#[case::fraction(r#""x": 1.0"#, "1.0")]
#[case::large(r#""x": 18446744073709551615"#, "18446744073709551615")]
#[case::larger(r#""x": 123456789012345680000"#, "123456789012345680000")]
#[case::small(r#""x": 5e-324"#, "5e-324")]
#[case::digits(r#""x": 0.1234567890123456789"#, "0.1234567890123456789")]
#[case::a_key_twice(r#""x": 1, "x": 2"#, "2")]
#[case::nul(r#""x": "a\u0000b""#, r#""a\u0000b""#)]
#[case::a_pair_of_halves(r#""x": "\ud83d\ude42""#, r#""🙂""#)]
#[case::backslashes(r#""x": "\\ud83d""#, r#""\\ud83d""#)]
fn values_are_kept(#[case] fields: &str, #[case] value: &str) {
    let (world, path) = world_with_flow_fields(fields);
    world.expect("success");
    assert_eq!(world.json(HOURLY, &path)["x"], serde_json::from_str::<Value>(value).unwrap());
    world.expect("unchanged");
}

#[test]
fn half_a_character_is_replaced_and_said() {
    // What JavaScript makes of an emoji cut in two, and no UTF-8 file can hold.
    let (world, path) = world_with_flow_fields(r#""x": "cut \ud83d", "\ude42": 1"#);
    let result = world.expect("success");
    assert_eq!(world.json(HOURLY, &path)["x"], "cut \u{fffd}");
    assert!(result.summary.contains("half"), "{}", result.summary);
    world.expect("unchanged");
}

#[rstest]
#[case::too_large_a_number(r#""x": 1e400"#.to_owned())]
#[case::too_deep(format!(r#""x": {}{}"#, "[".repeat(300), "]".repeat(300)))]
fn what_cannot_be_read_is_named(#[case] fields: String) {
    let (world, _) = world_with_flow_fields(&fields);
    let flow = world.cognigy.read(|project| project.flows[0].meta.id.clone());
    sets_aside(&world, &["broken JSON", &format!("/flows/{flow}")]);
}

#[test]
fn the_csv_quotes_what_would_break_a_line() {
    let world = World::new();
    world.cognigy.edit(|project| {
        let lexicon = project.add_lexicon("CSV");
        for main in ["a,b", "say \"x\"", "two\nlines", "=1+1", " "] {
            project.add_lexicon_entry(&lexicon, main, &["s,1", "s\"2"]);
        }
    });
    world.expect("success");
    let csv = world.upstream.read_file(HOURLY, "agent/lexicons/CSV/keyphrases.csv").unwrap();
    let csv = String::from_utf8(csv).unwrap();
    for line in [r#""a,b","","s,1,s""2","#, r#""say ""x""","#, "\"two\nlines\","] {
        assert!(csv.contains(line), "{line} is not in {csv}");
    }
}
