//! Killed, interrupted, out of space, at any moment: the store is valid, and the next run finishes the work.

use std::time::Duration;

use testkit::cognigy::{Project, Setup, Size};

use crate::world::{HOURLY, World, binary, output, said};

/// A world slow enough to be hit in the middle.
fn slow() -> World {
    let world = World::with(Setup { project: Project::seeded(5, Size::small()), ..Setup::default() });
    world.expect("success");
    world.cognigy.edit(|project| project.rename("Second"));
    world.cognigy.set_latency(Duration::from_millis(15));
    world
}

#[expect(clippy::disallowed_methods, reason = "a test asks its own environment how long it may take")]
fn moments() -> impl Iterator<Item = Duration> {
    // The quick share; COGNIGY_BACKUP_LONG=1 takes ten times as many.
    let count: u64 = if std::env::var_os("COGNIGY_BACKUP_LONG").is_some() { 120 } else { 12 };
    (0..count).map(move |n| Duration::from_millis(2 + n * 360 / count))
}

#[test]
fn killed_at_any_moment_the_next_run_finishes() {
    let world = slow();
    for (n, moment) in moments().enumerate() {
        world.cognigy.edit(|project| project.rename(&format!("Name {n}")));
        let mut running = world.spawn();
        std::thread::sleep(moment);
        running.kill();
        drop(running.wait());
        let result = world.run();
        // Not before: the server's git outlives a killed client, and may be in the middle of taking objects in.
        world.upstream.fsck();
        assert!(
            ["success", "unchanged"].contains(&output(&result, "outcome")),
            "after {moment:?}: {}",
            said(&result)
        );
        assert_eq!(world.json(HOURLY, "project/config.json")["name"], format!("Name {n}"));
    }
}

#[test]
fn interrupted_at_any_moment_it_says_so_and_leaves_the_store_whole() {
    let world = slow();
    for (n, moment) in moments().enumerate() {
        world.cognigy.edit(|project| project.rename(&format!("Name {n}")));
        let running = world.spawn();
        std::thread::sleep(moment);
        running.signal("INT");
        let result = running.wait();
        world.check(&result);
        match output(&result, "outcome") {
            "success" => assert_eq!(result.exit_code, Some(0)),
            "failed" => {
                assert_eq!(result.exit_code, Some(1), "{}", said(&result));
                assert!(result.summary.contains("interrupted"), "{}", said(&result));
            }
            // Before the door had a hand on the signal.
            "" => assert!(result.signal == Some(2), "{}", said(&result)),
            other => panic!("{other}: {}", said(&result)),
        }
        assert!(["success", "unchanged"].contains(&output(&world.run(), "outcome")));
        world.upstream.fsck();
    }
}

#[test]
fn killed_at_any_moment_a_path_store_is_whole() {
    let world = slow();
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store.git");
    let world = world.input("store", store.to_str().unwrap());
    let git = |arguments: &[&str]| {
        let run =
            std::process::Command::new("git").arg("--git-dir").arg(&store).args(arguments).output().unwrap();
        let text = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{arguments:?}: {text}");
        text
    };
    for (n, moment) in moments().enumerate() {
        world.cognigy.edit(|project| project.rename(&format!("Name {n}")));
        let mut running = world.spawn();
        std::thread::sleep(moment);
        running.kill();
        drop(running.wait());
        let result = world.run();
        let outcome = output(&result, "outcome");
        assert!(["success", "unchanged"].contains(&outcome), "after {moment:?}: {}", said(&result));
        let complaints = git(&["fsck", "--strict", "--full"]);
        assert!(
            complaints.lines().all(|line| line.starts_with("dangling") || line.starts_with("notice")),
            "{complaints}"
        );
        assert!(
            git(&["show", &format!("{HOURLY}:agent/project/config.json")]).contains(&format!("Name {n}"))
        );
    }
}

#[test]
fn nothing_is_left_in_the_runner_s_temporary_folder() {
    let world = slow();
    let runner = world.runner();
    let result = runner.run(binary());
    assert_eq!(output(&result, "outcome"), "success");
    let left: Vec<_> = std::fs::read_dir(runner.temp())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("cognigy-backup"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn without_space_it_says_so_and_the_store_is_whole() {
    let world = World::new();
    world.expect("success");
    let dir = tempfile::tempdir().unwrap();
    let (base, id) = (world.cognigy.base_url(), world.cognigy.project_id());
    // 16 blocks of 512 bytes: no file may grow beyond 8 KiB.
    let script = format!("ulimit -f 16; exec {} backup", binary().display());
    let run = |script: &str| {
        std::process::Command::new("sh")
            .args(["-c", script])
            .env_clear()
            .env("COGNIGY_BASE_URL", &base)
            .env("COGNIGY_API_KEY", world.cognigy.api_key())
            .env("COGNIGY_AGENT_ID", &id)
            .env("TMPDIR", dir.path())
            .current_dir(dir.path())
            .output()
            .unwrap()
    };
    let full = run(&script);
    let text = String::from_utf8_lossy(&full.stderr).into_owned() + &String::from_utf8_lossy(&full.stdout);
    assert_eq!(full.status.code(), Some(1), "{text}");
    assert!(text.contains("large") || text.contains("space"), "{text}");
    let roomy = run(&format!("exec {} backup", binary().display()));
    assert_eq!(roomy.status.code(), Some(0), "{}", String::from_utf8_lossy(&roomy.stderr));
    let store = dir.path().join("cognigy-backup.git");
    let fsck = std::process::Command::new("git")
        .arg("--git-dir")
        .arg(store)
        .args(["fsck", "--strict"])
        .output()
        .unwrap();
    assert!(fsck.status.success(), "{}", String::from_utf8_lossy(&fsck.stderr));
}
