//! The runner around small shell scripts.

use std::os::unix::fs::PermissionsExt;

use super::*;

const ACTION: &str = "name: x\ninputs:\n  cognigy-base-url:\n    required: true\n  prefix:\n    default: snapshot\n  \
                      github-token:\n    default: ${{ github.token }}\nruns:\n  using: docker\n  image: Dockerfile\n";

/// A program that a step can be.
fn script(runner: &Runner, text: &str) -> PathBuf {
    let path = runner.root.path().join("program");
    std::fs::write(&path, format!("#!/bin/sh\n{text}")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn the_environment_is_the_runners_and_nothing_else() {
    let runner = Runner::for_action(ACTION)
        .input("cognigy-base-url", "https://api.example.com")
        .input("typo", "x")
        .env("EXTRA", "1")
        .event("schedule", json!({ "schedule": "0 * * * *" }));
    // Not through a shell: it drops names with hyphens.
    let result = runner.run(Path::new("/usr/bin/env"));
    assert!(result.succeeded());
    let env: BTreeMap<&str, &str> = result.stdout.lines().filter_map(|line| line.split_once('=')).collect();
    assert_eq!(env["INPUT_COGNIGY-BASE-URL"], "https://api.example.com");
    assert_eq!(env["INPUT_PREFIX"], "snapshot");
    assert_eq!(env["INPUT_GITHUB-TOKEN"], RUNNER_TOKEN);
    assert_eq!((env["EXTRA"], env["GITHUB_EVENT_NAME"]), ("1", "schedule"));
    assert!(!env.contains_key("GITHUB_TOKEN") && !env.contains_key("CARGO_MANIFEST_DIR"));
    assert_eq!(std::fs::read_to_string(env["GITHUB_EVENT_PATH"]).unwrap(), r#"{"schedule":"0 * * * *"}"#);
    assert_eq!(result.warnings, ["Unexpected input(s) 'typo'"]);
    assert_eq!(result.leaks(&[RUNNER_TOKEN]).len(), 1);
}

#[test]
fn outputs_summary_and_commands_are_read() {
    let runner = Runner::new();
    let program = script(
        &runner,
        "echo '::add-mask::s3cret'\necho '::warning title=T::careful'\necho '::error::loud' >&2\n\
         printf 'outcome=ok\\nlist<<E\\na\\nb\\nE\\n' >> \"$GITHUB_OUTPUT\"\necho '# Done' >> \"$GITHUB_STEP_SUMMARY\"\n\
         echo x > file; exit 2\n",
    );
    let result = runner.run(&program);
    assert_eq!((result.exit_code, result.signal, result.succeeded()), (Some(2), None, false));
    assert_eq!(
        result.outputs,
        [("list", "a\nb"), ("outcome", "ok")].map(|(k, v)| (k.into(), v.into())).into()
    );
    assert_eq!(result.summary, "# Done\n");
    assert_eq!(result.annotations_of(Kind::Warning), ["careful"]);
    assert_eq!(result.annotations_of(Kind::Error), ["loud"]);
    assert_eq!(result.masks, ["s3cret"]);
    assert!(result.workspace.join("file").exists());
    assert!(runner.run(&script(&runner, "true")).outputs.is_empty());
}

#[test]
fn malformed_outputs_fail_a_step_and_a_large_summary_is_dropped() {
    let runner = Runner::new();
    let result = runner.run(&script(
        &runner,
        "echo 'a<<E' >> \"$GITHUB_OUTPUT\"; head -c 1048577 /dev/zero >> \"$GITHUB_STEP_SUMMARY\"",
    ));
    assert!(!result.succeeded() && result.exit_code == Some(0) && result.summary_too_big);
    assert!(result.errors[0].contains("Unable to process file command 'output'"), "{:?}", result.errors);
}

#[test]
fn a_secret_is_found_wherever_it_was_left() {
    let runner = Runner::new();
    let program = script(
        &runner,
        "s=planted-$1secret; echo \"::add-mask::$s\"; echo \"seen $s\"; echo $s >&2; mkdir d; echo $s > d/f\n\
         echo \"out=$s\" >> \"$GITHUB_OUTPUT\"; echo $s >> \"$GITHUB_STEP_SUMMARY\"; echo $s > \"$RUNNER_TEMP/t\"\n\
         printf %s \"x-access-token:$s\" | base64 > \"$HOME/basic\"\n",
    );
    let result = runner.run(&program);
    let leaks = result.leaks(&["planted-secret"]);
    let expected = [
        "stdout",
        "stderr",
        "demo/demo/d/f",
        "set_output_",
        "step_summary_",
        "_temp/t",
        "_github_home/basic",
    ];
    for place in expected {
        assert!(leaks.iter().any(|leak| leak.contains(place)), "{place}: {leaks:?}");
    }
    assert_eq!(leaks.len(), expected.len(), "{leaks:?}");
    assert!(result.leaks(&["another-secret"]).is_empty());
    assert!(result.masked_stdout().contains("seen ***"));
}

#[test]
fn a_step_can_be_killed_signalled_and_timed_out() {
    let runner = Runner::new().timeout(Duration::from_secs(20));
    let program = script(&runner, "trap 'echo bye; exit 7' TERM\necho ready\nwhile :; do sleep 0.05; done\n");
    let mut running = runner.spawn(&program);
    assert!(running.wait_until(|running| running.stdout().contains("ready")));
    running.signal("TERM");
    let result = running.wait();
    assert_eq!((result.exit_code, result.stdout.as_str()), (Some(7), "ready\nbye\n"));

    let mut running = runner.spawn(&program);
    assert!(running.wait_until(|running| running.stdout().contains("ready")));
    running.kill();
    let result = running.wait();
    assert_eq!((result.exit_code, result.signal, result.timed_out), (None, Some(9), false));

    let impatient = Runner::new().timeout(Duration::from_millis(100));
    let result = impatient.run(&script(&impatient, "exec sleep 30"));
    assert!(result.timed_out && result.signal == Some(9));
}
