//! Where config.json comes from when no step checked the repository out: from the repository, at the run's commit, and
//! from nowhere else; and what happens when GitHub does not say.

use rstest::rstest;
use serde_json::json;
use testkit::github::{DOWNLOAD_TOKEN, Fault, HEAD, Visibility};
use testkit::runner::StepResult;
use testkit::upstream::UPSTREAM_TOKEN;

use crate::world::{World, binary, output, said};

const CONTENTS: &str = "GET /repos/{owner}/{repo}/contents/{+path}";

/// A world in whose repository this file is.
fn world_with(path: &str, config: &serde_json::Value) -> World {
    let world = World::new();
    world.github.put_file(path, config.to_string());
    world
}

/// Runs with a changed runner and checks what must hold after every run.
fn run(world: &World, change: impl FnOnce(testkit::runner::Runner) -> testkit::runner::Runner) -> StepResult {
    let result = change(world.runner()).run(binary());
    world.check(&result);
    assert_eq!(result.leaks(&[DOWNLOAD_TOKEN]), Vec::<String>::new());
    result
}

/// Whether GitHub's API was asked for this.
fn asked(world: &World, path: &str) -> bool {
    let path = format!("/repos/{}/contents/{path}", world.upstream.repository());
    world.github.log_requests().iter().any(|request| request.path == path)
}

#[test]
fn a_workflow_needs_no_checkout_for_its_configuration() {
    let world = world_with("config.json", &json!({ "prefix": "bots/one" }));
    let result = run(&world, |runner| runner);
    assert_eq!(
        (output(&result, "outcome"), output(&result, "branch")),
        ("success", "bots/one/hourly"),
        "{}",
        said(&result)
    );
    assert_eq!(world.upstream.branches().keys().collect::<Vec<_>>(), ["bots/one/hourly"]);
    assert!(result.stdout.contains("config.json is not in the workspace; read from "), "{}", said(&result));
    let request = &world.github.log_requests()[0];
    assert_eq!(request.query, format!("ref={HEAD}"));
    // What a step put into the workspace is what is meant, and nobody is asked.
    let world = world.config(&json!({ "prefix": "bots/two" }));
    let before = world.github.log_requests().len();
    let result = run(&world, |runner| runner);
    assert_eq!(output(&result, "branch"), "bots/two/hourly", "{}", said(&result));
    let after = world.github.log_requests();
    assert!(after[before..].iter().all(|request| !request.path.contains("/contents")), "{after:?}");
}

#[rstest]
#[case("configs/kleiner bot ä #1.json", "configs/kleiner%20bot%20%C3%A4%20%231.json")]
#[case("./configs//a.json", "configs/a.json")]
#[case("100%/..b/c&d.json", "100%25/..b/c%26d.json")]
fn a_file_is_named_by_its_path(#[case] path: &str, #[case] wire: &str) {
    let stored = path.trim_start_matches("./").replace("//", "/");
    let world = world_with(&stored, &json!({ "prefix": "own" })).input("config", path);
    let result = run(&world, |runner| runner);
    assert_eq!(output(&result, "branch"), "own/hourly", "{}", said(&result));
    assert!(asked(&world, wire), "{:?}", world.github.log_requests());
}

#[test]
fn without_any_file_the_defaults_hold_and_a_named_one_is_missed_in_both_places() {
    let world = World::new();
    let result = run(&world, |runner| runner);
    assert_eq!(output(&result, "branch"), "snapshot/hourly", "{}", said(&result));

    let reads = world.cognigy.request_count();
    let world = world.input("config", "configs/one.json");
    let result = run(&world, |runner| runner);
    assert_eq!(result.exit_code, Some(3), "{}", said(&result));
    let (repository, workspace) = (world.upstream.repository(), &result.workspace.join("configs/one.json"));
    for word in ["input `config`", repository, &HEAD[..12], &workspace.display().to_string()] {
        assert!(result.stdout.contains(word), "`{word}`: {}", said(&result));
    }
    assert_eq!(world.cognigy.request_count(), reads, "nothing was captured");
}

#[rstest]
#[case::down(Fault::Status(503, "Service Unavailable".to_owned()), "githubstatus")]
#[case::no_right(Fault::Status(403, "Resource not accessible by integration".to_owned()), "permissions")]
#[case::limited(Fault::RateLimit { reset: 4_102_444_800 }, "limit on requests")]
#[case::page(Fault::Html, "GITHUB_API_URL")]
fn where_github_does_not_say_nothing_is_captured(#[case] fault: Fault, #[case] hint: &str) {
    let world = world_with("config.json", &json!({ "prefix": "own" }));
    world.github.fault(CONTENTS, fault, u32::MAX);
    let result = run(&world, |runner| runner);
    assert_eq!((output(&result, "outcome"), result.exit_code), ("failed", Some(1)), "{}", said(&result));
    for word in ["not in the workspace", "cannot be found out", "actions/checkout", hint] {
        assert!(result.stdout.contains(word), "`{word}`: {}", said(&result));
    }
    assert_eq!(world.cognigy.request_count(), 0);
    assert!(world.upstream.branches().is_empty());
}

#[test]
fn a_commit_that_is_gone_is_no_missing_file() {
    let world = world_with("config.json", &json!({ "prefix": "own" }));
    let result = run(&world, |runner| runner.env("GITHUB_SHA", "1111111111111111111111111111111111111111"));
    assert_eq!(result.exit_code, Some(1), "{}", said(&result));
    assert!(result.summary.contains("No commit found"), "{}", said(&result));
    let result = run(&world, |runner| runner.env("GITHUB_SHA", ""));
    assert_eq!(output(&result, "branch"), "own/hourly", "{}", said(&result));
}

#[test]
fn github_out_of_reach_ends_the_run_and_a_person_can_end_it_sooner() {
    let world = World::new();
    world.github.fault(CONTENTS, Fault::Hang, u32::MAX);
    let mut running = world.spawn();
    assert!(running.wait_until(|_| asked(&world, "config.json")));
    running.signal("TERM");
    let result = running.wait();
    world.check(&result);
    assert_eq!((output(&result, "outcome"), result.exit_code), ("failed", Some(1)), "{}", said(&result));
    assert!(result.summary.contains("interrupted (SIGTERM)"), "{}", said(&result));
    assert_eq!(world.cognigy.request_count(), 0);
}

#[test]
fn a_file_s_mistakes_are_told_as_those_of_the_workspace_s() {
    let world = World::new();
    world.github.put_file("config.json", r#"{"prefx": "own"}"#);
    let result = run(&world, |runner| runner);
    assert_eq!(result.exit_code, Some(3), "{}", said(&result));
    assert!(result.stdout.contains("config.json, $.prefx"), "{}", said(&result));
    for (path, says) in
        [("vendor", "a submodule"), ("folder", "a directory"), ("binary", "no UTF-8 text"), ("huge", "1 MiB")]
    {
        let world = World::new().input("config", path);
        world.github.put_submodule("vendor", "https://example.com/vendor.git");
        world.github.put_file("folder/x.json", "{}");
        world.github.put_file("binary", [0xff]);
        world.github.put_file("huge", vec![b' '; (1 << 20) + 1]);
        let result = run(&world, |runner| runner);
        assert_eq!(result.exit_code, Some(3), "{}", said(&result));
        assert!(result.summary.contains(says), "`{says}`: {}", said(&result));
    }
}

#[test]
fn only_a_token_for_github_goes_to_github() {
    let token = "gitea-token-planted-77aa";
    let world = world_with("config.json", &json!({ "prefix": "own" }));
    // A store elsewhere with a token of its own: GitHub must not see that.
    let elsewhere = |runner: testkit::runner::Runner| {
        runner.input("store", "https://git.example.com/a/b.git").input("github-token", token)
    };
    let result = run(&world, |runner| elsewhere(runner).input("config", "config.json"));
    assert_eq!(result.exit_code, Some(3), "{}", said(&result));
    assert!(world.github.log_requests().is_empty() && result.leaks(&[token]).is_empty());
    // The job's own token goes to its own server, wherever the store is.
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.git").display().to_string();
    let result = run(&world, |runner| runner.input("store", &store));
    assert_eq!(output(&result, "branch"), "own/hourly", "{}", said(&result));
    let sent = world.github.log_requests();
    let authorization = format!("Bearer {UPSTREAM_TOKEN}");
    assert!(
        sent.iter()
            .all(|request| request.headers.contains(&("authorization".to_owned(), authorization.clone())))
    );
    // Nothing outside the workspace is a file of the repository.
    let result = run(&world, |runner| runner.input("config", "../config.json"));
    assert_eq!(
        (result.exit_code, world.github.log_requests().len()),
        (Some(3), sent.len()),
        "{}",
        said(&result)
    );
}

#[test]
fn a_repository_that_the_token_may_not_see_is_no_empty_one() {
    let world = World::new();
    world.github.set_visibility(Visibility::Private);
    let result = run(&world, |runner| runner.env("GITHUB_REPOSITORY", "octocat/hidden"));
    assert_eq!(result.exit_code, Some(1), "{}", said(&result));
    assert!(result.summary.contains("may not see it"), "{}", said(&result));
}
