//! Bad luck on the way to the store: each refusal names the setting to change, each race is planned anew, and the
//! branch is moved whole or not at all.

use cognigy_backup::snapshot::SnapshotId;
use rstest::rstest;
use testkit::runner::StepResult;
use testkit::upstream::{FOREVER, Fault, Protection, Service};

use crate::world::{HOURLY, World, output, said};

/// Runs and expects a failure that says `words`, with no branch moved.
fn fails(world: &World, words: &[&str]) -> StepResult {
    let before = world.upstream.branches();
    let result = world.run();
    assert_eq!(output(&result, "outcome"), "failed", "{}", said(&result));
    assert_eq!(result.exit_code, Some(1), "{}", said(&result));
    assert_eq!(world.upstream.branches(), before);
    for word in words {
        assert!(result.summary.contains(word), "`{word}` is not in the summary: {}", said(&result));
    }
    world.upstream.fsck();
    result
}

#[test]
fn the_right_to_push_is_checked_before_the_capture() {
    let world = World::new();
    world.upstream.read_only();
    fails(&world, &["contents: write"]);
    assert_eq!(world.cognigy.request_count(), 0, "nothing was read");
    let world = World::new().input("github-token", "ghs_planted_but_wrong_0000000000000000000");
    fails(&world, &["401"]);
    assert_eq!(world.cognigy.request_count(), 0, "nothing was read");
}

#[test]
fn refusals_name_the_setting_to_change() {
    let world = World::new();
    world.upstream.github_protected_branch("refs/heads/snapshot/*", Protection::PullRequestsOnly);
    fails(&world, &["protect"]);
    let world = World::new();
    world.upstream.github_ruleset("refs/heads/snapshot/*", Protection::PullRequestsOnly);
    fails(&world, &["rule"]);
    let world = World::new();
    world.upstream.github_push_protection(testkit::cognigy::PLANTED_IN_CODE);
    fails(&world, &["ush protection"]);
    let world = World::new();
    world.upstream.github_large_files(1000);
    fails(&world, &["100"]);
}

#[test]
fn a_hook_s_own_words_are_passed_on() {
    for name in ["pre-receive", "update"] {
        let world = World::new();
        world.upstream.hook(name, "echo 'the moon is not full' >&2; exit 1");
        fails(&world, &["the moon is not full"]);
    }
    // A post-receive hook comes after the fact: the branch has moved, its words are only news.
    let world = World::new();
    world.upstream.hook("post-receive", "echo 'thank you' >&2; exit 1");
    world.expect("success");
    world.expect("unchanged");
}

#[test]
fn where_only_fast_forwards_are_allowed_backups_go_on() {
    let world = World::new();
    world.upstream.config("receive.denyNonFastForwards", "true");
    world.expect("success");
    world.cognigy.edit(|project| project.rename("Changed"));
    world.expect("success");
}

#[test]
fn a_server_without_atomic_pushes_is_served() {
    let world = World::new();
    world.upstream.without_atomic();
    world.expect("success");
    world.cognigy.edit(|project| project.rename("Changed"));
    world.expect("success");
    assert_eq!(world.upstream.rev_list(HOURLY).len(), 2);
}

#[test]
fn five_thousand_refs_are_no_obstacle() {
    let world = World::new();
    world.upstream.create_refs(5000);
    world.expect("success");
    world.expect("unchanged");
}

#[test]
fn a_branch_that_foreigners_move_meanwhile_is_refused_and_not_overwritten() {
    let world = World::new();
    world.upstream.on_next_push(|repository| {
        repository.move_behind_our_back(HOURLY);
    });
    let result = world.run();
    assert_eq!(output(&result, "outcome"), "refused", "{}", said(&result));
    assert_eq!(world.upstream.rev_list(HOURLY).len(), 1, "theirs");
}

#[test]
fn a_lost_race_is_planned_anew_on_top_of_the_winner() {
    // The winner is a run of our own: it saves between this run's reading and its push.
    let world = World::new();
    world.expect("success");
    world.cognigy.edit(|project| project.rename("Second"));
    let winner = world.upstream.git(&["rev-parse", HOURLY]).trim().to_owned();
    world.upstream.on_next_push(move |repository| {
        // The same content again as a later commit: what a racing run with an older capture leaves behind.
        let tree = repository.git(&["rev-parse", &format!("{winner}^{{tree}}")]);
        let message = repository.message(&winner);
        let again = repository.git(&["commit-tree", tree.trim(), "-p", &winner, "-m", &message]);
        repository.git(&["update-ref", &format!("refs/heads/{HOURLY}"), again.trim(), &winner]);
    });
    world.expect("success");
    assert_eq!(world.upstream.rev_list(HOURLY).len(), 3, "first, winner, ours");
    world.upstream.fsck();
}

#[test]
fn a_race_lost_five_times_is_given_up() {
    let world = World::new();
    world.expect("success");
    world.cognigy.edit(|project| project.rename("Second"));
    world.upstream.on_next_pushes(FOREVER, move |repository| {
        let tip = repository.git(&["rev-parse", HOURLY]).trim().to_owned();
        let tree = repository.git(&["rev-parse", &format!("{tip}^{{tree}}")]);
        let message = repository.message(&tip);
        let again = repository.git(&["commit-tree", tree.trim(), "-p", &tip, "-m", &message]);
        repository.git(&["update-ref", &format!("refs/heads/{HOURLY}"), again.trim(), &tip]);
    });
    let result = world.run();
    assert_eq!(output(&result, "outcome"), "failed", "{}", said(&result));
    assert!(result.summary.contains("concurrency"), "{}", result.summary);
    world.upstream.fsck();
}

#[rstest]
#[case::fetch_gone(Service::Fetch, Fault::Status(404, String::new()))]
#[case::fetch_truncated(Service::Fetch, Fault::Truncate)]
#[case::fetch_corrupt(Service::Fetch, Fault::CorruptPack)]
#[case::fetch_html(Service::Fetch, Fault::Html)]
#[case::advertisement_html(Service::PushAdvertisement, Fault::Html)]
#[case::advertisement_500(Service::PushAdvertisement, Fault::Status(500, String::new()))]
#[case::advertisement_404(Service::PushAdvertisement, Fault::Status(404, String::new()))]
#[case::push_gone(Service::Push, Fault::Status(404, String::new()))]
#[case::push_html(Service::Push, Fault::Html)]
#[case::push_503(Service::Push, Fault::Status(503, String::new()))]
#[case::push_reset(Service::Push, Fault::Reset)]
fn a_broken_store_is_an_error_that_says_so(#[case] service: Service, #[case] fault: Fault) {
    let world = World::new();
    world.expect("success");
    world.cognigy.edit(|project| project.rename("Second"));
    world.upstream.fault(service, fault, FOREVER);
    fails(&world, &[]);
    world.upstream.clear_faults();
    world.expect("success");
    assert_eq!(world.upstream.rev_list(HOURLY).len(), 2);
}

#[test]
fn a_whole_pack_of_something_else_is_no_snapshot() {
    let world = World::new();
    world.expect("success");
    let other = world.upstream.commit("main", &[("README.md", b"other")], "Other");
    world.cognigy.edit(|project| project.rename("Second"));
    world.upstream.fault(Service::Fetch, Fault::OtherPack(other), FOREVER);
    let tip = world.upstream.rev_list(HOURLY)[0].clone();
    fails(&world, &[&tip]);
    assert_eq!(world.cognigy.read(|project| project.name.clone()), "Second");
    world.upstream.clear_faults();
    world.expect("success");
}

#[test]
fn a_dead_store_is_named() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = nobody.local_addr().unwrap().to_string();
    drop(nobody);
    let world = World::new().input("store", &format!("http://{address}/octocat/demo.git"));
    fails(&world, &["cannot connect", &address]);
    assert_eq!(world.cognigy.request_count(), 0, "nothing was read");
}

/// Replaces the manifest of a branch's newest snapshot by what `lie` makes of it, as a commit on top.
fn with_manifest(repository: &testkit::upstream::Repository, lie: impl Fn(&mut serde_json::Value)) {
    let manifest = repository.read_file(HOURLY, cognigy_backup::snapshot::MANIFEST_NAME).unwrap();
    let mut manifest = serde_json::from_slice(&manifest).unwrap();
    lie(&mut manifest);
    let bytes = manifest.to_string().into_bytes();
    repository.commit(HOURLY, &[(cognigy_backup::snapshot::MANIFEST_NAME, &bytes)], "Lie");
}

#[rstest]
#[case::another_tree("/tree", "0123456789012345678901234567890123456789".into())]
#[case::another_folder("/agentDir", "elsewhere".into())]
#[case::a_file_for_a_folder("/agentDir", ".backup-metadata.json".into())]
#[case::up_and_out("/agentDir", "../..".into())]
#[case::no_such_time("/snapshot", "20251399T000000Z-00000000".into())]
#[case::later_schema("/schema", 2.into())]
#[case::nothing("", serde_json::json!({}))]
fn a_manifest_that_lies_is_not_built_upon(#[case] at: &str, #[case] lie: serde_json::Value) {
    let world = World::new();
    world.expect("success");
    with_manifest(&world.upstream, |manifest| *manifest.pointer_mut(at).unwrap() = lie.clone());
    let (before, requests) = (world.upstream.branches(), world.cognigy.request_count());
    let result = world.expect("refused");
    assert_eq!(result.exit_code, Some(1));
    assert_eq!((world.upstream.branches(), world.cognigy.request_count()), (before, requests));
}

#[test]
fn a_capture_that_began_later_and_was_saved_first_wins() {
    let world = World::new();
    world.expect("success");
    world.cognigy.edit(|project| project.rename("Second"));
    // The winner's own capture began half a minute after the first, and so after ours.
    let later = world.manifest(HOURLY).snapshot.taken() + chrono::TimeDelta::seconds(30);
    let winner = SnapshotId::new(later, "00000000").to_string();
    let name = winner.clone();
    world.upstream.on_next_push(move |repository| {
        with_manifest(repository, |manifest| manifest["snapshot"] = name.as_str().into());
    });
    let result = world.run();
    assert_eq!((output(&result, "outcome"), result.exit_code), ("skipped", Some(0)), "{}", said(&result));
    assert!(result.summary.contains(&winner), "{}", said(&result));
    assert_eq!(world.upstream.rev_list(HOURLY).len(), 2, "first and winner");
}

#[test]
fn a_race_lost_to_a_wrong_clock_costs_no_snapshot() {
    let world = World::new();
    world.expect("success");
    world.cognigy.edit(|project| project.rename("Second"));
    world.upstream.on_next_push(|repository| {
        with_manifest(repository, |manifest| manifest["snapshot"] = "29990101T000000Z-00000000".into());
    });
    let result = world.expect("success");
    assert!(result.summary.contains("wrong clock"), "{}", said(&result));
    assert_eq!(world.json(HOURLY, "project/config.json")["name"], "Second");
}

#[rstest]
#[case::no_refs(Service::PushAdvertisement, Fault::Hang, "failed")]
#[case::push_not_taken(Service::Push, Fault::Hang, "failed")]
#[case::push_taken_and_not_confirmed(Service::Push, Fault::Stall, "success")]
#[ignore = "waits minutes for a server that says nothing: part of the long share"]
fn a_store_that_hangs_is_given_up(#[case] service: Service, #[case] fault: Fault, #[case] outcome: &str) {
    let world = World::new().input("timeout-minutes", "2");
    world.upstream.fault(service, fault, FOREVER);
    let result = world.runner().timeout(std::time::Duration::from_secs(180)).run(crate::world::binary());
    world.check(&result);
    assert_eq!(output(&result, "outcome"), outcome, "{}", said(&result));
    world.upstream.clear_faults();
    world.run();
    assert_eq!(world.upstream.rev_list(HOURLY).len(), 1);
}

#[test]
fn a_push_whose_answer_is_lost_is_looked_up_and_not_repeated() {
    let world = World::new();
    world.upstream.fault(Service::Push, Fault::LoseAnswer, 1);
    world.expect("success");
    assert_eq!(world.upstream.rev_list(HOURLY).len(), 1);
    world.expect("unchanged");
}

#[test]
fn a_passing_fault_of_the_store_heals() {
    for service in [Service::PushAdvertisement, Service::Fetch, Service::FetchAdvertisement] {
        let world = World::new();
        world.expect("success");
        world.cognigy.edit(|project| project.rename("Second"));
        world.upstream.fault(service, Fault::Status(503, String::new()), 1);
        world.expect("success");
    }
}

#[test]
fn stock_git_reads_what_we_write() {
    let world = World::new();
    world.expect("success");
    world.cognigy.edit(|project| project.rename("Second"));
    world.expect("success");
    let clone = world.upstream.stock_clone().expect("stock git clones it");
    let git =
        |arguments: &[&str]| world.upstream.stock_git(clone.path(), arguments).expect("stock git reads it");
    assert_eq!(git(&["rev-list", "--count", &format!("origin/{HOURLY}")]).trim(), "2");
    let stat =
        git(&["diff", "--stat", &format!("origin/{HOURLY}~1"), &format!("origin/{HOURLY}"), "--", "agent/"]);
    assert!(stat.contains("project/config.json"), "{stat}");
    let trailers =
        git(&["log", "-1", "--format=%(trailers:key=Snapshot-Id,valueonly)", &format!("origin/{HOURLY}")]);
    assert!(trailers.trim().parse::<cognigy_backup::snapshot::SnapshotId>().is_ok(), "{trailers}");
}
