//! The program as a process: command lines and exit codes, what a runner may lack, a clock that is wrong, a defect of
//! our own. Whatever happens, a person is told, and the exit code is true.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use cognigy_backup::run::{Door, run};
use cognigy_backup::runner::{Environment, Terminal};
use rstest::rstest;
use serde_json::json;
use testkit::cognigy::Fault;

use crate::world::{HOURLY, World, binary, command, output, said};

#[rstest]
#[case::help(&["--help"], 0, "Exit codes")]
#[case::help_of_a_mode(&["backup", "--help"], 0, "--cognigy-api-key")]
#[case::version(&["--version"], 0, env!("CARGO_PKG_VERSION"))]
#[case::nothing(&[], 3, "Usage")]
#[case::wrong_flag(&["backup", "--pefix", "x"], 3, "--prefix")]
#[case::unknown_mode(&["bakcup"], 3, "backup")]
#[case::nothing_given(&["backup"], 3, "COGNIGY_API_KEY")]
#[case::key_on_the_line(&["backup", "--cognigy-api-key", "cgy-key-on-the-line"], 3, "env:NAME")]
fn a_command_line_is_answered(#[case] arguments: &[&str], #[case] code: i32, #[case] says: &str) {
    let dir = tempfile::tempdir().unwrap();
    let ended = command(dir.path(), arguments, &[]);
    let text = String::from_utf8_lossy(&ended.stdout).into_owned() + &String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(code), "{text}");
    assert!(text.contains(says), "{text}");
    assert!(!text.contains("cgy-key-on-the-line"), "{text}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left behind");
}

#[rstest]
#[case::empty("")]
#[case::blank("  ")]
#[case::unknown("restroe")]
#[case::hostile("::error::x\n::stop-commands::y")]
fn a_mode_that_is_none_is_wrong_input(#[case] mode: &str) {
    let world = World::new().input("mode", mode);
    let result = world.run();
    assert_eq!((output(&result, "outcome"), result.exit_code), ("failed", Some(3)), "{}", said(&result));
    assert!(result.summary.contains("mode"), "{}", said(&result));
    assert!(!result.commands.iter().any(|command| command.name == "stop-commands"));
    assert_eq!(world.cognigy.request_count(), 0);
}

#[test]
fn outputs_that_cannot_be_written_fail_the_step_and_the_snapshot_is_there() {
    let world = World::new();
    let result = world.runner().env("GITHUB_OUTPUT", "/nowhere/output").run(binary());
    assert_eq!(result.exit_code, Some(1), "{}", said(&result));
    assert!(said(&result).contains("/nowhere/output"), "{}", said(&result));
    assert!(result.summary.contains(world.manifest(HOURLY).snapshot.as_str()), "{}", said(&result));
    world.expect("unchanged");
}

#[test]
fn what_is_only_nice_to_have_fails_no_backup() {
    // The report goes into the workspace, the summary to the runner: without either the backup is as good.
    for (name, value) in [("GITHUB_WORKSPACE", "/proc/nowhere"), ("GITHUB_STEP_SUMMARY", "/nowhere/summary")]
    {
        let world = World::new();
        let result = world.runner().env(name, value).run(binary());
        assert_eq!((output(&result, "outcome"), result.exit_code), ("success", Some(0)), "{}", said(&result));
        assert_eq!(output(&result, "snapshot-sha"), world.upstream.rev_list(HOURLY)[0]);
        let warned = result.annotations_of(testkit::runner::Kind::Warning);
        assert!(warned.iter().any(|text| text.contains("cannot write")), "{}", said(&result));
        assert!(name != "GITHUB_WORKSPACE" || !result.summary.is_empty());
    }
}

#[test]
fn a_temporary_folder_that_is_not_there_is_named() {
    let world = World::new();
    let result = world.runner().env("RUNNER_TEMP", "/nowhere/temp").run(binary());
    assert_eq!((output(&result, "outcome"), result.exit_code), ("failed", Some(1)), "{}", said(&result));
    assert!(result.summary.contains("/nowhere/temp"), "{}", said(&result));
    assert_eq!(world.cognigy.request_count(), 0);
}

#[test]
fn two_steps_of_one_job_leave_two_reports() {
    let world = World::new();
    let runner = world.runner();
    let reports: Vec<_> = ["success", "unchanged"]
        .map(|outcome| {
            let result = runner.run(binary());
            assert_eq!(output(&result, "outcome"), outcome, "{}", said(&result));
            output(&result, "report").to_owned()
        })
        .into();
    assert_ne!(reports[0], reports[1]);
    assert!(reports.iter().all(|report| runner.workspace().join(report).is_file()));
}

#[test]
fn an_interruption_after_the_push_is_told_and_the_next_run_finds_the_snapshot() {
    use testkit::upstream::{Fault, Service};
    let world = World::new();
    // git has moved the branch; its answer gets stuck half-way.
    world.upstream.fault(Service::Push, Fault::Stall, 1);
    let mut running = world.spawn();
    assert!(running.wait_until(|_| !world.upstream.branches().is_empty()));
    running.signal("TERM");
    let result = running.wait();
    world.check(&result);
    assert_eq!((output(&result, "outcome"), result.exit_code), ("failed", Some(1)), "{}", said(&result));
    assert!(result.summary.contains("interrupted (SIGTERM)"), "{}", said(&result));
    world.expect("unchanged");
}

/// Where a test's output goes; panics when it is asked to write `bad`.
#[derive(Clone, Default)]
pub(crate) struct Page {
    text: Arc<Mutex<Vec<u8>>>,
    bad: Option<&'static str>,
}

impl Page {
    pub(crate) fn that_breaks_at(bad: &'static str) -> Self {
        Self { bad: Some(bad), ..Self::default() }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().unwrap()).into_owned()
    }
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let line = String::from_utf8_lossy(bytes).into_owned();
        if self.bad.is_some_and(|bad| line.contains(bad)) {
            self.bad = None;
            panic!("a defect that knows {}", testkit::cognigy::API_KEY);
        }
        self.text.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Runs the program in this process with another clock; returns the exit code.
fn run_at(world: &World, dir: &Path, now: DateTime<Utc>, page: &Page, more: &[(&str, &str)]) -> u8 {
    let (base, id) = (world.cognigy.base_url(), world.cognigy.project_id());
    let fixed = [
        ("COGNIGY_BASE_URL", base.as_str()),
        ("COGNIGY_API_KEY", world.cognigy.api_key()),
        ("COGNIGY_AGENT_ID", id.as_str()),
    ];
    let variables: Vec<_> = fixed.iter().chain(more).copied().collect();
    run_with(&["backup"], dir, now, page, &variables)
}

/// The same with these arguments and variables only.
pub(crate) fn run_with(
    arguments: &[&str],
    dir: &Path,
    now: DateTime<Utc>,
    page: &Page,
    variables: &[(&str, &str)],
) -> u8 {
    let variables = variables.iter().map(|(name, text)| (name.into(), text.into()));
    let door = Door {
        arguments: [&["cognigy-backup"], arguments].concat().into_iter().map(Into::into).collect(),
        environment: Environment::new(variables, dir.to_owned(), Terminal::default()),
        now,
        request_window: cognigy_backup::run::REQUEST_WINDOW,
        stdin: Box::new(std::io::empty()),
        stdout: Box::new(page.clone()),
        stderr: Box::new(page.clone()),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(run(door))
}

fn git(dir: &Path, arguments: &[&str]) -> String {
    let store = dir.join("cognigy-backup.git");
    let output =
        std::process::Command::new("git").arg("--git-dir").arg(store).args(arguments).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn taken(dir: &Path) -> Vec<DateTime<Utc>> {
    let format = "--format=%(trailers:key=Snapshot-Taken,valueonly,separator=)";
    git(dir, &["log", format, HOURLY]).lines().map(|line| line.trim().parse().unwrap()).collect()
}

#[test]
fn a_clock_that_jumps_costs_no_snapshot_and_no_order() {
    let world = World::new();
    let dir = tempfile::tempdir().unwrap();
    let noon: DateTime<Utc> = "2025-10-03T12:00:00Z".parse().unwrap();
    // Each run with the minutes that its clock shows, what its snapshot is dated, and whether it warns.
    for (n, (shows, dated, warns)) in [
        (0, 0, false),
        // Back by less than a minute: the same second and a second more.
        (-30, 1, false),
        // An hour ahead, and back again: the one before is from the future.
        (3600, 3600, false),
        (60, 60, true),
        // A year back.
        (-31_536_000, -31_536_000, true),
        (61, 61, false),
    ]
    .into_iter()
    .enumerate()
    {
        world.cognigy.edit(|project| project.rename(&format!("Name {n}")));
        let page = Page::default();
        let code = run_at(&world, dir.path(), noon + TimeDelta::seconds(shows), &page, &[]);
        assert_eq!(code, 0, "{}", page.text());
        assert_eq!(taken(dir.path())[0], noon + TimeDelta::seconds(dated), "run {n}");
        assert_eq!(page.text().contains("wrong clock"), warns, "run {n}: {}", page.text());
    }
    assert_eq!(taken(dir.path()).len(), 6);
}

#[test]
fn a_snapshot_from_the_future_holds_up_no_schedule() {
    let world = World::new();
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("cognigy-backup.git");
    let noon: DateTime<Utc> = "2025-10-03T12:00:00Z".parse().unwrap();
    let scheduled = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "schedule"),
        ("INPUT_STORE", store.to_str().unwrap()),
        ("INPUT_MODE", "backup"),
    ];
    for (n, (seconds, snapshots)) in
        [(0, 1), (60, 1), (-86_400, 2), (-86_400 + 60, 2), (-40_000, 3)].into_iter().enumerate()
    {
        world.cognigy.edit(|project| project.rename(&format!("Name {n}")));
        let page = Page::default();
        assert_eq!(
            run_at(&world, dir.path(), noon + TimeDelta::seconds(seconds), &page, &scheduled),
            0,
            "{}",
            page.text()
        );
        assert_eq!(taken(dir.path()).len(), snapshots, "run {n}: {}", page.text());
    }
}

#[test]
fn a_defect_of_our_own_is_told_without_secrets() {
    let world = World::new();
    let dir = tempfile::tempdir().unwrap();
    let page = Page::that_breaks_at("Reading the project takes");
    let code = run_at(&world, dir.path(), "2025-10-03T12:00:00Z".parse().unwrap(), &page, &[]);
    let text = page.text();
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("defect of cognigy-backup"), "{text}");
    assert!(!text.contains(world.cognigy.api_key()), "{text}");
    assert!(!dir.path().join("cognigy-backup.git").exists());
    // In a workflow the next step learns of it too.
    let (outputs, summary) = (dir.path().join("outputs"), dir.path().join("summary"));
    let job = [
        ("GITHUB_ACTIONS", "true"),
        ("INPUT_MODE", "backup"),
        ("INPUT_STORE", "store.git"),
        ("GITHUB_OUTPUT", outputs.to_str().unwrap()),
        ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()),
    ];
    let page = Page::that_breaks_at("Reading the project takes");
    assert_eq!(run_at(&world, dir.path(), "2025-10-03T12:00:00Z".parse().unwrap(), &page, &job), 1);
    let [outputs, summary] = [outputs, summary].map(|file| std::fs::read_to_string(file).unwrap());
    assert!(outputs.contains("\nfailed\n"), "{outputs}");
    assert!(summary.contains("defect") && !summary.contains(world.cognigy.api_key()), "{summary}");
}

#[test]
fn a_key_in_the_content_is_said_and_stays_out_of_everything_else() {
    let world = World::new();
    let key = world.cognigy.api_key();
    world.cognigy.edit(|project| project.rename(&format!("Bot {key}")));
    // `expect` looks for the key in the log, the summary, every file and the commit message.
    let result = world.expect("success");
    assert!(result.summary.contains("project/config.json"), "{}", result.summary);
    let warned = result.annotations_of(testkit::runner::Kind::Warning);
    assert!(warned.iter().any(|text| text.contains("API key")), "{warned:?}");
}

#[rstest]
#[case::as_it_is("{}")]
#[case::in_json("{\"detail\": \"bad key {}\", \"traceId\": \"{}\"}")]
#[case::in_a_page("<!DOCTYPE html><title>{}</title>")]
fn a_key_that_the_server_repeats_is_not_repeated(#[case] answer: &str) {
    let world = World::new();
    let body = answer.replace("{}", world.cognigy.api_key());
    world.cognigy.fault(Fault::on("GET", "/flows").forever().answer(&body));
    assert_eq!(output(&world.run(), "outcome"), "failed");
}

#[test]
fn a_key_of_odd_characters_is_sent_as_it_is_or_refused_in_words() {
    for key in [
        "cgy.*[planted]+(odd)$^",
        "https://planted.example/%0A?odd=1&x",
        "cgy-planted\nodd-key",
        "cgy-plantéd-odd",
    ] {
        let world = World::new().input("cognigy-api-key", key);
        let result = world.run();
        assert_eq!(
            (output(&result, "outcome"), result.exit_code == Some(0)),
            ("failed", false),
            "{}",
            said(&result)
        );
        assert_eq!(result.leaks(&[key, "odd-key"]), Vec::<String>::new());
        assert!(result.masks.iter().any(|mask| key.contains(mask.as_str())), "{:?}", result.masks);
    }
    // White space around a key or token comes with copying and is nobody's wish.
    let (key, token) =
        (format!(" {}\r\n", testkit::cognigy::API_KEY), format!("{}\n", testkit::upstream::UPSTREAM_TOKEN));
    World::new().input("cognigy-api-key", &key).input("github-token", &token).expect("success");
}

#[test]
fn a_dry_run_needs_no_right_to_write() {
    let world = World::new().input("mode", "dry-run");
    world.upstream.read_only();
    world.expect("planned");
    world.upstream.gone();
    let gone = world.run();
    assert_eq!((output(&gone, "outcome"), gone.exit_code), ("failed", Some(1)), "{}", said(&gone));
}

#[test]
fn a_path_that_cannot_be_written_is_refused_before_the_capture() {
    let world = World::new();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    // Below a file and in the kernel's own file system even root cannot write.
    for store in ["file/store.git", "/proc/store.git"] {
        let page = Page::default();
        let variable = [("COGNIGY_BACKUP_STORE", store)];
        let code = run_at(&world, dir.path(), "2025-10-03T12:00:00Z".parse().unwrap(), &page, &variable);
        assert_eq!((code, world.cognigy.request_count()), (1, 0), "{}", page.text());
        assert!(page.text().contains(store), "{}", page.text());
    }
}

#[test]
fn a_prefix_of_several_parts_and_another_folder_work() {
    let world = World::new().config(&json!({"prefix": "backups/team-a/bot", "agentDir": "bots/main"}));
    let result = world.expect("success");
    let branch = "backups/team-a/bot/hourly";
    assert_eq!(output(&result, "branch"), branch);
    let files = world.upstream.list_files(branch);
    assert!(
        files.iter().all(|path| path == ".backup-metadata.json" || path.starts_with("bots/main/")),
        "{files:?}"
    );
    world.expect("unchanged");
    // The folder changes: everything moves, nothing is left where it was, and the chain goes on.
    let world = world.config(&json!({"prefix": "backups/team-a/bot", "agentDir": "agent"}));
    let moved = world.expect("success");
    assert!(moved.summary.contains("configuration changed"), "{}", moved.summary);
    let files = world.upstream.list_files(branch);
    assert!(
        files.iter().all(|path| path == ".backup-metadata.json" || path.starts_with("agent/")),
        "{files:?}"
    );
    assert_eq!(world.upstream.rev_list(branch).len(), 2);
    world.expect("unchanged");
}
