//! Several projects in one run, and `mode: matrix`: each project is by itself, and what they share they share fairly.

use std::path::Path;
use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};
use testkit::cognigy::{Cognigy, Project, Setup, Size};
use testkit::runner::{Kind, Runner, StepResult};

use crate::process::{Page, run_with};
use crate::world::{World, binary, command, output, said};

/// A key that opens nothing, to be found nowhere.
const WRONG_KEY: &str = "cgy-wrong-key-planted-5d2f";

/// Returns a configuration file for the project at `cognigy`.
fn file(cognigy: &Cognigy, prefix: &str) -> Value {
    json!({"prefix": prefix, "cognigy": {"baseUrl": cognigy.base_url(), "agentId": cognigy.project_id()}})
}

/// A small project of its own on a host of its own.
fn another(seed: u64) -> Cognigy {
    Cognigy::start(Setup { project: Project::seeded(seed, Size::small()), ..Setup::default() })
}

/// Returns a runner that gives no project, but all files that are put there.
fn runner(world: &World, files: &[(&str, Value)]) -> Runner {
    let runner = world
        .runner()
        .input("config", "projects/*.json")
        .input("cognigy-base-url", "")
        .input("cognigy-agent-id", "");
    write(&runner.workspace(), files);
    runner
}

fn write(dir: &Path, files: &[(&str, Value)]) {
    std::fs::create_dir_all(dir.join("projects")).unwrap();
    for (name, file) in files {
        std::fs::write(dir.join("projects").join(name), file.to_string()).unwrap();
    }
}

fn list(result: &StepResult, name: &str) -> Vec<Value> {
    serde_json::from_str(output(result, name)).unwrap_or_else(|why| panic!("{name}: {why}\n{}", said(result)))
}

fn report(result: &StepResult) -> Value {
    let path = result.workspace.join(output(result, "report"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn what_happens_to_one_project_is_no_other_s() {
    let world = World::new();
    let (b, c) = (another(2), another(3));
    let mut wrong = file(&b, "b");
    wrong["cognigy"]["apiKeyEnv"] = json!("KEY_OF_B");
    let files = [("a.json", file(&world.cognigy, "a")), ("b.json", wrong), ("c.json", file(&c, "teams/c"))];
    let runner = runner(&world, &files).env("KEY_OF_B", WRONG_KEY);
    let first = runner.run(binary());
    world.check(&first);
    assert_eq!(first.leaks(&[WRONG_KEY]), Vec::<String>::new());

    assert_eq!((output(&first, "outcome"), first.exit_code), ("failed", Some(1)), "{}", said(&first));
    assert_eq!(output(&first, "changed"), "true");
    let branches = ["a/hourly", "b/hourly", "teams/c/hourly"];
    assert_eq!(list(&first, "branch"), branches);
    assert_eq!(list(&first, "tier"), ["hourly"; 3]);
    let commits = list(&first, "snapshot-sha");
    assert_eq!(commits[0], world.upstream.rev_list("a/hourly")[0]);
    assert_eq!(commits[1], Value::Null);
    assert_eq!(commits[2], world.upstream.rev_list("teams/c/hourly")[0]);
    assert_eq!(list(&first, "snapshot-id")[2], json!(world.manifest("teams/c/hourly").snapshot.as_str()));
    let requests = world.cognigy.request_count() + b.request_count() + c.request_count();
    assert_eq!(output(&first, "requests"), requests.to_string());
    assert_eq!(world.upstream.branches().len(), 2);
    world.upstream.fsck();

    // Each is told of, in the order of the files, and every key was masked before the first word of any.
    let entries = report(&first)["entries"].as_array().unwrap().clone();
    let told = |key: &str| entries.iter().map(|entry| entry[key].clone()).collect::<Vec<_>>();
    assert_eq!(told("config"), ["projects/a.json", "projects/b.json", "projects/c.json"]);
    assert_eq!(told("outcome"), ["success", "failed", "success"]);
    assert!(first.summary.contains("3 projects: 2 success, 1 failed."), "{}", first.summary);
    assert!(
        first.summary.contains(&format!("| `{}` | `projects/b.json` | ❌ failed |  |  |", b.project_id())),
        "{}",
        first.summary
    );
    assert_eq!(first.annotations_of(Kind::Error).len(), 1, "{}", said(&first));
    let mask = first.stdout.find(&format!("::add-mask::{WRONG_KEY}")).expect("it is masked");
    let word = first.stdout.find("projects/").expect("the projects are told apart");
    assert!(mask < word, "{}", said(&first));
    for name in ["a", "c"] {
        assert!(
            first.stdout.contains(&format!("\nprojects/{name}.json: Reading project ")),
            "{}",
            said(&first)
        );
    }
    assert!(!first.stdout.contains("::group::"), "groups of several would be mixed up");

    // Where nothing is bad, that something was saved is the outcome: one of them has its first snapshot now.
    let second = runner.env("KEY_OF_B", b.api_key()).run(binary());
    world.check(&second);
    assert_eq!((output(&second, "outcome"), second.exit_code), ("success", Some(0)), "{}", said(&second));
    assert_eq!(output(&second, "changed"), "true");
    assert_eq!(world.upstream.rev_list("b/hourly").len(), 1);
}

#[test]
fn one_file_of_a_glob_is_a_list_of_one() {
    let world = World::new();
    let result = runner(&world, &[("a.json", file(&world.cognigy, "a"))]).run(binary());
    world.check(&result);
    assert_eq!(output(&result, "outcome"), "success", "{}", said(&result));
    assert_eq!(list(&result, "branch"), ["a/hourly"]);
    assert!(result.summary.contains("1 project: 1 success."), "{}", result.summary);
}

#[test]
fn a_dry_run_of_several_writes_nothing() {
    let world = World::new();
    let b = another(2);
    let files = [("a.json", file(&world.cognigy, "a")), ("b.json", file(&b, "b"))];
    let result = runner(&world, &files).input("mode", "dry-run").run(binary());
    world.check(&result);
    assert_eq!(
        (output(&result, "outcome"), output(&result, "changed")),
        ("planned", "true"),
        "{}",
        said(&result)
    );
    assert_eq!(list(&result, "snapshot-sha"), [Value::Null, Value::Null]);
    assert!(world.upstream.branches().is_empty());
}

#[rstest]
#[case::same_prefix(json!("a"), &[], "projects/b.json, $.prefix: found the prefix `a`, which projects/a.json has too")]
#[case::prefix_below(json!("a/b"), &[], "projects/b.json, $.prefix: found the prefix `a/b`, which is below `a`")]
#[case::wrong_file(json!(7), &[], "projects/b.json, $.prefix: found 7")]
#[case::prefix_given(json!("b"), &[("prefix", "x")], "input `prefix`: found a value for all files")]
#[case::project_given(
    json!("b"),
    &[("cognigy-agent-id", "5f3a5f3a5f3a5f3a5f3a5f3a")],
    "input `cognigy-agent-id`: found a value for all files"
)]
#[case::no_such_file(json!("b"), &[("config", "configs/*.json")], "found `configs/*.json`, which matches no file in ")]
fn what_is_wrong_with_one_stops_all_before_anything_is_read(
    #[case] prefix: Value,
    #[case] inputs: &[(&str, &str)],
    #[case] says: &str,
) {
    let world = World::new();
    let mut b = file(&world.cognigy, "b");
    b["prefix"] = prefix;
    let mut runner = runner(&world, &[("a.json", file(&world.cognigy, "a")), ("b.json", b)]);
    for (name, value) in inputs {
        runner = runner.input(name, value);
    }
    let result = runner.run(binary());
    world.check(&result);
    assert_eq!((output(&result, "outcome"), result.exit_code), ("failed", Some(3)), "{}", said(&result));
    assert!(result.stdout.contains(says), "{}", said(&result));
    assert_eq!(world.cognigy.request_count(), 0);
    assert!(world.upstream.branches().is_empty());
}

#[test]
fn projects_of_one_host_share_its_concurrency() {
    let world = World::new();
    world.cognigy.set_latency(Duration::from_millis(10));
    // The same project under several prefixes, and files that disagree: the careful one is right.
    let files: Vec<(String, Value)> = (0..6)
        .map(|n| {
            let mut file = file(&world.cognigy, &format!("p{n}"));
            file["api"] = json!({"concurrency": 3 + 2 * n});
            (format!("{n}.json"), file)
        })
        .collect();
    let files: Vec<(&str, Value)> = files.iter().map(|(name, file)| (name.as_str(), file.clone())).collect();
    let result = runner(&world, &files).run(binary());
    world.check(&result);
    assert_eq!(output(&result, "outcome"), "success", "{}", said(&result));
    assert_eq!(world.cognigy.max_in_flight(), 3);
    assert_eq!(world.upstream.branches().len(), 6);
    let trees = list(&result, "snapshot-id");
    assert!(
        trees.iter().all(|id| id.as_str().unwrap()[16..] == trees[0].as_str().unwrap()[16..]),
        "{trees:?}"
    );
}

#[test]
fn projects_of_one_host_share_its_window_and_the_run_s_end_is_the_end_of_each() {
    const WINDOW: usize = 40;
    let world = World::new();
    let mut files = [("a.json", file(&world.cognigy, "a")), ("b.json", file(&world.cognigy, "b"))];
    for (_, file) in &mut files {
        file["api"] = json!({"requestsPer5Minutes": WINDOW});
    }
    let mut running = runner(&world, &files).spawn(binary());
    assert!(running.wait_until(|_| world.cognigy.request_count() >= WINDOW));
    // Whoever had a window of its own would go on now.
    std::thread::sleep(Duration::from_millis(1_500));
    assert_eq!(world.cognigy.request_count(), WINDOW);
    running.signal("TERM");
    let result = running.wait();
    world.check(&result);
    assert_eq!((output(&result, "outcome"), result.exit_code), ("failed", Some(1)), "{}", said(&result));
    for entry in report(&result)["entries"].as_array().unwrap() {
        assert_eq!(entry["reason"]["message"], "The run was interrupted (SIGTERM).");
    }
    assert!(world.upstream.branches().is_empty());
}

#[test]
fn a_defect_in_one_project_is_no_other_s() {
    let (a, b) = (another(1), another(2));
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[("a.json", file(&a, "a")), ("b.json", file(&b, "b"))]);
    let page = Page::that_breaks_at("projects/a.json: Reading the project takes");
    let noon = "2025-10-03T12:00:00Z".parse().unwrap();
    let arguments = ["backup", "--config", "projects/*.json"];
    let code = run_with(&arguments, dir.path(), noon, &page, &[("COGNIGY_API_KEY", a.api_key())]);
    let text = page.text();
    assert_eq!(code, 1, "{text}");
    assert!(
        text.contains("defect of cognigy-backup") && text.contains("2 projects: 1 success, 1 failed."),
        "{text}"
    );
    assert!(!text.contains(a.api_key()), "{text}");
    let git = |arguments: &[&str]| {
        let store = dir.path().join("cognigy-backup.git");
        let ended = std::process::Command::new("git").arg("--git-dir").arg(store).args(arguments).output();
        String::from_utf8_lossy(&ended.unwrap().stdout).into_owned()
    };
    assert_eq!(git(&["branch", "--format=%(refname:short)"]), "b/hourly\n");
}

#[test]
fn at_a_terminal_projects_share_a_store_and_their_lines_are_told_apart() {
    let (a, b) = (another(1), another(2));
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[("a.json", file(&a, "a")), ("b.json", file(&b, "b"))]);
    let variables = [("COGNIGY_API_KEY", a.api_key())];
    for outcome in ["success", "unchanged"] {
        let ended = command(dir.path(), &["backup", "--config", "projects/*.json"], &variables);
        let [stdout, stderr] = [ended.stdout, ended.stderr].map(|text| String::from_utf8(text).unwrap());
        assert_eq!(ended.status.code(), Some(0), "{stdout}{stderr}");
        assert!(stdout.starts_with(&format!("{outcome}: 2 projects: 2 {outcome}.\n")), "{stdout}{stderr}");
        let own =
            |line: &str| ["projects/a.json: ", "projects/b.json: "].iter().any(|file| line.starts_with(file));
        assert!(stderr.lines().all(|line| own(line) || line.starts_with("warning: ")), "{stderr}");
    }
}

#[test]
fn a_matrix_gives_each_file_a_job_that_works() {
    let world = World::new();
    let b = another(2);
    let mut own_key = file(&b, "teams/b");
    own_key["cognigy"]["apiKeyEnv"] = json!("KEY_OF_B");
    let files = [("a.json", file(&world.cognigy, "a")), ("b [1].json", own_key)];
    let lister = runner(&world, &files).input("mode", "matrix").input("cognigy-api-key", "");
    let listed = lister.run(binary());
    world.check(&listed);
    assert_eq!(listed.exit_code, Some(0), "{}", said(&listed));
    let matrix: Value = serde_json::from_str(output(&listed, "matrix")).unwrap();
    let jobs = matrix["include"].as_array().unwrap();
    assert_eq!(
        *jobs,
        [
            json!({"config": "projects/a.json", "name": "a", "prefix": "a"}),
            json!({"config": "projects/b [[]1[]].json", "name": "b--1", "prefix": "teams/b"}),
        ]
    );
    assert_eq!((world.cognigy.request_count(), world.upstream.log_requests().len()), (0, 0));

    for job in jobs {
        let runner = runner(&world, &files).env("KEY_OF_B", b.api_key());
        let result = runner.input("config", job["config"].as_str().unwrap()).run(binary());
        world.check(&result);
        assert_eq!(output(&result, "outcome"), "success", "{}", said(&result));
        let branch = format!("{}/hourly", job["prefix"].as_str().unwrap());
        assert_eq!(world.upstream.rev_list(&branch).len(), 1);
    }
}

#[test]
fn a_matrix_at_a_terminal_is_one_line_and_wrong_files_are_wrong_input() {
    let dir = tempfile::tempdir().unwrap();
    let project =
        |prefix: &str| json!({"prefix": prefix, "cognigy": {"agentId": "5f3a5f3a5f3a5f3a5f3a5f3a"}});
    write(dir.path(), &[("a.json", project("a")), ("b.json", project("b"))]);
    let matrix = |config: &str| {
        let ended = command(dir.path(), &["matrix", "--config", config], &[]);
        let [stdout, stderr] = [ended.stdout, ended.stderr].map(|text| String::from_utf8(text).unwrap());
        (ended.status.code().unwrap(), stdout, stderr)
    };
    let (code, stdout, stderr) = matrix("projects/*.json");
    assert_eq!((code, stdout.lines().count(), stderr.as_str()), (0, 1, ""), "{stdout}{stderr}");
    assert_eq!(serde_json::from_str::<Value>(&stdout).unwrap()["include"][1]["name"], "b");
    assert_eq!(matrix("projects/a.json").0, 0);

    write(dir.path(), &[("c.json", project("a/c")), ("d.json", json!({"cognigy": {"agentId": 1}}))]);
    let (code, stdout, stderr) = matrix("projects/*.json");
    assert_eq!(code, 3, "{stdout}{stderr}");
    for wrong in ["projects/c.json, $.prefix", "projects/d.json, $.cognigy.agentId"] {
        assert!(stdout.contains(wrong), "{stdout}{stderr}");
    }
    let (code, ..) = matrix("nothing/*.json");
    assert_eq!(code, 3);
    assert_eq!(command(dir.path(), &["matrix"], &[]).status.code(), Some(3), "there is no config.json");
}
