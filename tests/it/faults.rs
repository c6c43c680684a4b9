//! Bad luck on the way to Cognigy: each fault either heals by itself or ends in a clear error, and never in a snapshot
//! that lacks something.

use std::time::Duration;

use rstest::rstest;
use testkit::cognigy::{Fault, Project, RateLimit, Setup, Size, Switches};
use testkit::runner::StepResult;

use crate::world::{HOURLY, World, output, said};

/// Runs and expects a failure that names what `words` say, in log and summary, and leaves the store alone.
fn fails(world: &World, words: &[&str]) -> StepResult {
    let before = world.upstream.branches();
    let result = world.run();
    assert_eq!(output(&result, "outcome"), "failed", "{}", said(&result));
    assert_eq!(result.exit_code, Some(1));
    assert_eq!(world.upstream.branches(), before);
    assert!(!result.annotations.is_empty(), "a failure is annotated: {}", said(&result));
    for word in words {
        assert!(result.summary.contains(word), "`{word}` is not in the summary: {}", said(&result));
        assert!(
            result.stdout.contains(word) || result.stderr.contains(word),
            "`{word}` is not in the log: {}",
            said(&result)
        );
    }
    result
}

#[rstest]
#[case::chart("/flows/*/chart")]
#[case::node("/flows/*/chart/nodes/*")]
#[case::export("/flows/*/intents/export")]
#[case::list("/endpoints")]
#[case::document("/lexicons/*")]
#[case::project("/projects/*")]
fn a_passing_fault_heals(#[case] route: &str) {
    let faults: [fn(Fault) -> Fault; 6] = [
        |f| f.status(503),
        |f| f.status(500),
        |f| f.status(408),
        |f| f.status_after(429, 1),
        |f| f.reset(),
        |f| f.truncated(),
    ];
    let calm = World::new();
    calm.expect("success");
    let tree = calm.manifest(HOURLY).tree;
    for fault in faults {
        let world = World::new();
        world.cognigy.fault(fault(Fault::on("*", route)));
        world.expect("success");
        assert_eq!(world.manifest(HOURLY).tree, tree, "{route}");
    }
}

#[test]
fn a_storm_is_given_up_with_the_request_named() {
    let world = World::new();
    world.cognigy.fault(Fault::on("GET", "/flows/*/chart").forever().status(503));
    fails(&world, &["503", "/chart"]);
}

#[test]
fn a_wrong_key_is_named_and_the_way_out_shown() {
    let world = World::new().input("cognigy-api-key", "cgy-key-planted-but-wrong");
    let result = fails(&world, &["401"]);
    assert!(!result.stdout.replace("::add-mask::cgy-key-planted-but-wrong", "").contains("but-wrong"));
    // As older servers say it (dossier §1.6).
    let setup =
        Setup { switches: Switches { wrong_key_is_500: true, ..Switches::default() }, ..Setup::default() };
    let world = World::with(setup).input("cognigy-api-key", "cgy-key-planted-but-wrong");
    fails(&world, &["500", "key"]);
}

#[test]
fn a_wrong_project_is_named() {
    let world = World::new().input("cognigy-agent-id", "0123456789abcdef01234567");
    fails(&world, &["0123456789abcdef01234567"]);
}

#[test]
fn a_page_instead_of_an_answer_is_recognised() {
    for fault in
        [Fault::on("GET", "/projects/*").forever().html(), Fault::on("GET", "/flows").forever().html()]
    {
        let world = World::new();
        world.cognigy.fault(fault);
        fails(&world, &["web page"]);
    }
    let world = World::new();
    world.cognigy.fault(Fault::on("GET", "/flows").forever().text());
    fails(&world, &["/flows"]);
}

#[test]
fn a_dead_host_and_a_broken_off_tls_are_named() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    let world = World::new().input("cognigy-base-url", &format!("http://{address}"));
    fails(&world, &["connect", &address.to_string()]);
    // A plain server where TLS is expected.
    let world = World::new();
    let plain = world.cognigy.base_url().replace("http://", "https://");
    fails(&world.input("cognigy-base-url", &plain), &["secure connection"]);
}

#[test]
fn a_rate_limit_slows_a_run_and_does_not_fail_it() {
    for retry_after in [true, false] {
        let limit = RateLimit { requests: 100, per: Duration::from_millis(1500), retry_after };
        let world = World::with(Setup { rate_limit: Some(limit), ..Setup::default() });
        world.expect("success");
    }
}

#[test]
fn a_hang_ends_with_the_run_s_time() {
    // The shortest time a user can set is a minute; the request's own limit is what ends this one first.
    let world = World::new().config(&serde_json::json!({"api": {"requestTimeoutSeconds": 1}}));
    world.cognigy.fault(Fault::on("GET", "/flows/*/chart").forever().hang());
    fails(&world, &["in time"]);
}

#[rstest]
#[case::repeated("/flows", |f: Fault| f.forever().repeated_page())]
#[case::empty("/flows", |f: Fault| f.forever().empty_page())]
#[case::wrong_total("/flows", |f: Fault| f.forever().wrong_total(250))]
fn a_list_that_contradicts_itself_is_no_list(#[case] route: &str, #[case] fault: fn(Fault) -> Fault) {
    let size = Size { flows: 130, nodes_per_flow: 2, locales: 1, intents_per_flow: 0, ..Size::small() };
    let world = World::of(Project::seeded(3, size));
    world.cognigy.fault(fault(Fault::on("GET", route)));
    fails(&world, &["flows"]);
}

#[test]
fn more_than_a_page_is_read_whole() {
    let size = Size {
        flows: 130,
        nodes_per_flow: 2,
        locales: 1,
        intents_per_flow: 0,
        entries_per_lexicon: 250,
        ..Size::small()
    };
    let world = World::of(Project::seeded(3, size));
    world.expect("success");
    let manifest = world.manifest(HOURLY);
    let flows = manifest.resources.iter().filter(|r| r.kind == cognigy_backup::snapshot::Kind::Flows).count();
    assert_eq!(flows, 130);
    let entries: Vec<_> =
        manifest.files.keys().filter(|path| path.as_str().ends_with("entries.json")).collect();
    assert_eq!(world.json(HOURLY, entries[0].as_str()).as_array().map(Vec::len), Some(250));
}

#[test]
fn a_redirect_is_not_followed_and_the_key_stays_home() {
    let world = World::new();
    world.cognigy.fault(Fault::on("GET", "/flows").forever().redirect());
    fails(&world, &["redirect"]);
    assert_eq!(world.cognigy.leaks(), Vec::<String>::new());
}

#[test]
fn a_forbidden_list_of_an_essential_kind_fails() {
    for route in ["/flows", "/locales", "/endpoints", "/lexicons", "/aiagents"] {
        let world = World::new();
        world.cognigy.fault(Fault::on("GET", route).forever().status(403));
        fails(&world, &["403"]);
    }
}

#[test]
fn a_code_node_of_40_mb_comes_through() {
    let size = Size { flows: 1, locales: 1, ..Size::small() };
    let world = World::of(Project::seeded(4, size));
    world.cognigy.edit(|project| {
        let flow = project.flows[0].name.clone();
        let code = "// forty megabytes of code\n".repeat(40 * 1024 * 1024 / 27);
        project.add_node(&flow, "Start", "code", "Huge", serde_json::json!({ "code": code }));
    });
    world.expect("success");
    assert!(world.manifest(HOURLY).files.values().any(|file| file.bytes > 40 * 1024 * 1024));
    world.expect("unchanged");
}

#[test]
fn two_resources_of_one_name_are_both_there() {
    let world = World::new();
    world.cognigy.edit(|project| {
        let name = project.flows[0].name.clone();
        project.flows[1].name = name;
    });
    world.expect("success");
    let manifest = world.manifest(HOURLY);
    let flows: Vec<_> =
        manifest.resources.iter().filter(|r| r.kind == cognigy_backup::snapshot::Kind::Flows).collect();
    let paths: std::collections::BTreeSet<_> = flows.iter().map(|r| &r.path).collect();
    assert_eq!(paths.len(), flows.len());
}

#[test]
fn ten_mistakes_are_told_at_once_and_nothing_is_captured() {
    let world = World::new().config(&serde_json::json!({
        "agentDir": "../up",
        "prefix": "a b",
        "cognigy": {"apiKey": "cgy-key-in-a-file-0001", "agentId": "x", "baseUrl": "http://example.com"},
        "retention": {"hourly": {"enabled": "yes", "cuont": 6, "count": -1}},
        "backup": {"cloneType": "everything", "excludeResources": ["flows/["], "secrets": "hide"},
    }));
    let result = world.run();
    assert_eq!(result.exit_code, Some(3), "{}", said(&result));
    assert_eq!(world.cognigy.request_count(), 0);
    assert!(world.upstream.branches().is_empty());
    for path in [
        "$.agentDir",
        "$.prefix",
        "$.cognigy.apiKey",
        "$.retention.hourly.enabled",
        "cuont",
        "$.retention.hourly.count",
        "$.backup.cloneType",
        "$.backup.excludeResources[0]",
        "$.backup.secrets",
    ] {
        assert!(
            result.stdout.contains(path) || result.stderr.contains(path),
            "{path} is not named: {}",
            said(&result)
        );
    }
    assert!(!said(&result).contains("cgy-key-in-a-file-0001"));
}
