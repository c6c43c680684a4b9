//! The tiers over many runs: promoted, forgotten, and still readable with stock git; whatever else stands in the store, and
//! whatever its server forbids.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use testkit::cognigy::{Cognigy, Project, Setup, Size};
use testkit::upstream::{Options, Upstream};

use crate::lab::{HOURLY, Lab, Ran, at};

const DAILY: &str = "snapshot/daily";
const WEEKLY: &str = "snapshot/weekly";

/// A project that somebody edits, and runs over its store.
struct Life {
    cognigy: Cognigy,
    upstream: Upstream,
    lab: Lab,
    now: DateTime<Utc>,
    config: Value,
    edits: u32,
}

impl Life {
    fn new() -> Self {
        Self::on(Upstream::start())
    }

    fn on(upstream: Upstream) -> Self {
        let project = Project::seeded(1, Size { flows: 1, ..Size::small() });
        Self {
            cognigy: Cognigy::start(Setup { project, ..Setup::default() }),
            lab: Lab::on(Duration::from_millis(20), &upstream),
            upstream,
            now: at("2025-10-03T12:10:00Z"),
            config: json!({}),
            edits: 0,
        }
    }

    fn edit(&mut self) {
        self.edits += 1;
        let name = format!("Name {}", self.edits);
        self.cognigy.edit(|project| project.rename(&name));
    }

    fn pass(&mut self, minutes: i64) {
        self.now += TimeDelta::minutes(minutes);
    }

    fn run(&self, mode: &str) -> Ran {
        self.lab.run(mode, &self.cognigy, self.now, &self.config)
    }

    /// An edit and a run of `auto`, and so many minutes.
    fn live(&mut self, minutes: i64) -> Ran {
        self.edit();
        let ran = self.run("auto");
        self.pass(minutes);
        ran
    }

    /// The snapshots of a branch by their times, newest first.
    fn times(&self, branch: &str) -> Vec<String> {
        let ids = self.ids(branch);
        ids.iter().map(|id| format!("{}-{}T{}", &id[4..6], &id[6..8], &id[9..13])).collect()
    }

    fn ids(&self, branch: &str) -> Vec<String> {
        let messages = self.upstream.rev_list(branch);
        let trailer = |commit: &String| {
            let message = self.upstream.message(commit);
            message.lines().find_map(|line| line.strip_prefix("Snapshot-Id: ")).unwrap().to_owned()
        };
        messages.iter().map(trailer).collect()
    }
}

#[test]
fn ten_days_of_auto_leave_what_the_policy_says_and_stock_git_reads_it() {
    let mut life = Life::new();
    for n in 0..40 {
        let ran = life.live(360);
        assert_eq!((ran.outcome(), ran.code), ("success", 0), "run {n}: {}", ran.said);
    }
    assert_eq!(life.upstream.rev_list(HOURLY).len(), 6);
    assert_eq!(
        life.times(DAILY),
        ["10-13T0610", "10-12T1810", "10-11T1810", "10-10T1810", "10-09T1810", "10-08T1810", "10-07T1810"]
    );
    assert_eq!(life.times(WEEKLY), ["10-13T0010", "10-12T1810", "10-05T1810"]);
    // A snapshot is whole wherever it stands, and has one name.
    let id = &life.ids(DAILY)[1];
    let found = life.ids(WEEKLY).iter().position(|one| one == id).unwrap();
    let commits = [&life.upstream.rev_list(DAILY)[1], &life.upstream.rev_list(WEEKLY)[found]];
    let tree = |commit: &str| life.upstream.git(&["rev-parse", &format!("{commit}^{{tree}}")]);
    assert_eq!(tree(commits[0]), tree(commits[1]));
    assert!(life.upstream.message(commits[0]).contains("Snapshot-First-Commit: "));
    // What a person looks at with stock git.
    let diff = life.upstream.git(&["diff", "--stat", "snapshot/daily~1", "snapshot/daily", "--", "agent/"]);
    assert!(diff.contains("config.json"), "{diff}");
    life.upstream.fsck();
}

#[test]
fn separate_crons_reach_what_auto_reaches() {
    let (mut one, mut other) = (Life::new(), Life::new());
    for n in 0..30 {
        one.live(360);
        other.edit();
        assert_eq!(other.run("backup").code, 0);
        other.pass(10);
        let promoted = other.run("promote");
        assert!(["success", "unchanged"].contains(&promoted.outcome()), "{}", promoted.said);
        assert_eq!(promoted.requests, 0, "nobody is asked");
        if n % 4 == 3 {
            assert_eq!(other.run("cleanup").code, 0);
        }
        other.pass(350);
    }
    other.run("cleanup");
    for branch in [HOURLY, DAILY, WEEKLY] {
        let (one, other) = (one.ids(branch), other.ids(branch));
        assert!(same(&one, &other), "{branch}: {one:?} {other:?}");
    }
}

#[test]
fn a_dry_run_says_it_all_and_does_nothing() {
    let mut life = Life::new();
    for _ in 0..8 {
        life.live(180);
    }
    life.edit();
    let before = life.upstream.branches();
    let ran = life.run("dry-run");
    assert_eq!((ran.outcome(), ran.code), ("planned", 0), "{}", ran.said);
    for said in ["append snapshot", "put `", "into `daily`", "forget `", "in `hourly`"] {
        assert!(ran.said.contains(said), "{said}: {}", ran.said);
    }
    assert_eq!(life.upstream.branches(), before);
    // And that is what is then done.
    let done = life.run("auto");
    let steps = |said: &str| {
        let words = |line: &str| line.split_once("forget `").map(|(_, rest)| rest.to_owned());
        said.lines().filter_map(words).collect::<Vec<_>>()
    };
    assert_eq!(steps(&ran.said), steps(&done.said));
}

#[test]
fn nothing_that_needs_no_change_is_touched() {
    let mut life = Life::new();
    for _ in 0..8 {
        life.live(30);
    }
    let before = life.upstream.branches();
    for mode in ["auto", "promote", "cleanup", "auto"] {
        let ran = life.run(mode);
        assert_eq!(ran.outcome(), "unchanged", "{mode}: {}", ran.said);
    }
    assert_eq!(life.upstream.branches(), before);
}

#[test]
fn one_tier_may_be_named() {
    let mut life = Life::new();
    for _ in 0..3 {
        life.edit();
        life.run("backup");
        life.pass(1440);
    }
    let ran = life.lab.run_with(
        "promote",
        &life.cognigy,
        life.now,
        &life.config,
        &[("COGNIGY_BACKUP_TIER", "weekly")],
    );
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert!(life.upstream.rev_list(DAILY).is_empty() && !life.upstream.rev_list(WEEKLY).is_empty());
    let ran = life.lab.run_with(
        "promote",
        &life.cognigy,
        life.now,
        &life.config,
        &[("COGNIGY_BACKUP_TIER", "wekly")],
    );
    assert!(ran.code == 3 && ran.said.contains("did you mean `weekly`"), "{}", ran.said);
}

#[test]
fn where_nothing_may_be_rewritten_days_are_kept_and_what_cannot_be_forgotten_is_said() {
    let upstream = Upstream::start();
    upstream.config("receive.denyNonFastForwards", "true");
    let mut life = Life::on(upstream);
    for n in 0..24 {
        let ran = life.live(180);
        if n >= 6 {
            assert_eq!((ran.outcome(), ran.code), ("partial", 2), "{}", ran.said);
            assert!(ran.said.contains("does not let the branch be rewritten"), "{}", ran.said);
        }
    }
    assert_eq!(life.upstream.rev_list(HOURLY).len(), 24);
    // Nobody knows before the first refusal, so a day's first is there too; its last always is.
    let daily = life.times(DAILY);
    for last in ["10-05T2110", "10-04T2110", "10-03T2110"] {
        assert!(daily.contains(&last.to_owned()), "{daily:?}");
    }
    // The rule is lifted, and all is as it would have been.
    life.upstream.config("receive.denyNonFastForwards", "false");
    let ran = life.live(180);
    assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
    assert_eq!(life.upstream.rev_list(HOURLY).len(), 6);
    life.upstream.fsck();
}

#[test]
fn a_branch_that_is_refused_stops_no_other() {
    let upstream = Upstream::start();
    upstream.refuse_ref("refs/heads/snapshot/daily", "not here");
    let mut life = Life::on(upstream);
    for _ in 0..8 {
        let ran = life.live(1440);
        assert_eq!((ran.outcome(), ran.code), ("partial", 2), "{}", ran.said);
        assert!(ran.said.contains("`snapshot/daily` could not be moved"), "{}", ran.said);
    }
    assert!(life.upstream.rev_list(DAILY).is_empty());
    assert!(!life.upstream.rev_list(WEEKLY).is_empty());
    // What daily still has to take was not forgotten.
    assert_eq!(life.upstream.rev_list(HOURLY).len(), 7);
}

#[test]
fn somebody_else_s_commits_are_never_rewritten() {
    let mut life = Life::new();
    life.live(360);
    let foreign = life.upstream.commit(DAILY, &[("notes.txt", b"mine")], "My notes");
    for _ in 0..8 {
        let ran = life.live(360);
        assert_eq!(ran.code, 2, "{}", ran.said);
        assert!(ran.said.contains("no snapshot of cognigy-backup"), "{}", ran.said);
    }
    assert_eq!(life.upstream.rev_list(DAILY)[0], foreign);
    assert!(!life.upstream.rev_list(WEEKLY).is_empty());
}

#[test]
fn the_template_s_branches_are_in_the_way_and_left_alone() {
    let mut life = Life::new();
    life.upstream.commit("snapshot/daily/20251001", &[("agent/x.json", b"{}")], "Daily snapshot");
    let ran = life.live(360);
    assert_eq!(ran.code, 2, "{}", ran.said);
    assert!(ran.said.contains("mode: import"), "{}", ran.said);
    assert_eq!(life.upstream.rev_list("snapshot/daily/20251001").len(), 1);
}

#[test]
fn a_server_that_cannot_move_branches_as_one_gets_what_is_added_first() {
    let upstream = Upstream::start_with(Options::default());
    upstream.without_atomic();
    let mut life = Life::on(upstream);
    for n in 0..30 {
        let ran = life.live(360);
        assert_eq!((ran.outcome(), ran.code), ("success", 0), "run {n}: {}", ran.said);
    }
    assert_eq!(life.upstream.rev_list(HOURLY).len(), 6);
    assert_eq!(life.upstream.rev_list(DAILY).len(), 7);
    life.upstream.fsck();
}

#[test]
fn what_moved_beside_a_refused_branch_is_told() {
    let upstream = Upstream::start_with(Options::default());
    upstream.without_atomic();
    upstream.refuse_ref("refs/heads/snapshot/daily", "no");
    let mut life = Life::on(upstream);
    life.edit();
    assert_eq!(life.run("backup").code, 0);
    life.pass(360);
    let ran = life.lab.run_line(&["promote", "--json"], &life.cognigy, life.now, &life.config, &[]);
    assert_eq!(ran.code, 2, "{}", ran.said);
    let report: Value = serde_json::from_str(&ran.said[ran.said.find('{').unwrap()..]).unwrap();
    let moved = report["entries"][0]["tiers"]["moved"].as_array().unwrap();
    let weekly = moved.iter().find(|one| one["branch"] == "snapshot/weekly");
    let tip = life.upstream.branches()[WEEKLY].clone();
    assert_eq!(weekly.unwrap()["after"], json!(tip), "{moved:?}");
}

#[test]
fn a_branch_deleted_by_hand_comes_back_with_what_is_left() {
    let mut life = Life::new();
    for _ in 0..20 {
        life.live(360);
    }
    let weekly = life.ids(WEEKLY);
    for branch in [DAILY, WEEKLY] {
        life.lab.delete(branch);
    }
    let ran = life.run("auto");
    assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
    assert_eq!(life.ids(WEEKLY)[0], life.ids(HOURLY)[0]);
    assert!(weekly.len() >= life.ids(WEEKLY).len() && !life.ids(DAILY).is_empty());
}

#[test]
fn what_was_kept_before_a_restore_goes_after_a_week_and_a_pin_on_its_day() {
    let mut life = Life::new();
    for _ in 0..3 {
        life.live(1440);
    }
    life.upstream.git(&["branch", "snapshot/safety", "snapshot/hourly"]);
    let pinned = life.ids(HOURLY)[1].clone();
    let pin = [
        ("COGNIGY_BACKUP_PIN", "launch"),
        ("COGNIGY_BACKUP_SNAPSHOT", &pinned),
        ("COGNIGY_BACKUP_EXPIRES", "P5D"),
    ];
    let ran = life.lab.run_with("pin", &life.cognigy, life.now, &life.config, &pin);
    assert_eq!(ran.outcome(), "success", "{}", ran.said);
    let safety = |life: &Life| life.upstream.rev_list("snapshot/safety").len();
    let tags = |life: &Life| life.upstream.git(&["tag", "--list"]).trim().to_owned();
    // Taken on the 3rd, 4th and 5th; it is the 6th.
    for (days, left, tag) in
        [(3, 3, "snapshot/pin/launch"), (1, 2, "snapshot/pin/launch"), (1, 1, ""), (1, 0, "")]
    {
        life.pass(days * 1440);
        let ran = life.run("cleanup");
        assert_eq!(ran.code, 0, "{}", ran.said);
        assert_eq!((safety(&life), tags(&life).as_str()), (left, tag), "{}: {}", life.now, ran.said);
    }
    assert!(!life.upstream.branches().contains_key("snapshot/safety"));
    life.upstream.fsck();
}

#[test]
fn the_tiers_count_days_of_their_zone() {
    let mut life = Life::new();
    life.config = json!({"timeZone": "Pacific/Auckland"});
    for _ in 0..6 {
        life.live(360);
    }
    // Midnight in Auckland is 11:00 UTC.
    assert_eq!(life.times(DAILY)[1..], ["10-04T0610"]);
}

#[test]
fn a_month_becomes_an_archive_in_a_directory_and_goes_with_its_tag() {
    let mut life = Life::new();
    let dir = tempfile::tempdir().unwrap();
    life.config = json!({
        "archive": {"directory": dir.path()},
        "retention": {"monthly": {"count": 2}},
    });
    life.now = at("2025-10-28T12:10:00Z");
    for n in 0..24 {
        let ran = life.live(5 * 1440);
        assert_eq!((ran.outcome(), ran.code), ("success", 0), "run {n}: {}", ran.said);
    }
    let mut folders: Vec<String> = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.'))
        .collect();
    folders.sort();
    assert_eq!(folders, ["monthly-2025-12", "monthly-2026-01"]);
    assert_eq!(life.upstream.git(&["tag", "--list"]).lines().collect::<Vec<_>>(), folders);
    // What stands in it is what its tag holds, and stock tools can tell.
    let folder = dir.path().join("monthly-2026-01");
    let run = |program: &str, arguments: &[&str]| {
        let run = std::process::Command::new(program).args(arguments).current_dir(&folder).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    };
    run("sha256sum", &["--check", "--strict", "SHA256SUMS"]);
    let notes = std::fs::read_to_string(folder.join("NOTES.md")).unwrap();
    assert!(
        notes.contains("project `Name") || notes.contains("project name") || notes.contains("changed"),
        "{notes}"
    );
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let tag = life.upstream.git(&["rev-parse", "monthly-2026-01^{commit}"]);
    assert_eq!(
        life.upstream.git(&["rev-list", "--count", "monthly-2026-01"]).trim(),
        "1",
        "it keeps no other alive"
    );
    assert!(life.upstream.message(tag.trim()).contains(manifest["snapshot"].as_str().unwrap()));
    life.upstream.fsck();
}

#[test]
fn an_archive_that_lost_a_file_is_made_again_from_its_tag() {
    let mut life = Life::new();
    let dir = tempfile::tempdir().unwrap();
    life.config = json!({"archive": {"directory": dir.path()}});
    life.now = at("2025-10-28T12:10:00Z");
    for _ in 0..3 {
        life.live(3 * 1440);
    }
    let folder = dir.path().join("monthly-2025-10");
    let before = std::fs::read(folder.join("monthly-2025-10.tar.zst")).unwrap();
    for file in ["monthly-2025-10.tar.zst", "manifest.json", "SHA256SUMS"] {
        std::fs::remove_file(folder.join(file)).unwrap();
        let ran = life.live(1440);
        assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
        assert_eq!(std::fs::read(folder.join("monthly-2025-10.tar.zst")).unwrap(), before);
    }
    std::fs::remove_dir_all(&folder).unwrap();
    life.live(1440);
    assert_eq!(std::fs::read(folder.join("monthly-2025-10.tar.zst")).unwrap(), before);
    assert_eq!(life.run("auto").outcome(), "unchanged");
}

#[test]
fn where_hourly_is_off_the_day_s_snapshot_is_replaced_and_no_month_loses_its_last() {
    let mut life = Life::new();
    let dir = tempfile::tempdir().unwrap();
    life.now = at("2025-10-28T00:10:00Z");
    life.config = json!({
        "archive": {"directory": dir.path()},
        "retention": {"hourly": {"enabled": false}, "daily": {"count": 3}},
    });
    for n in 0..20 {
        let ran = life.live(360);
        assert_eq!((ran.outcome(), ran.code), ("success", 0), "run {n}: {}", ran.said);
    }
    assert!(life.upstream.rev_list(HOURLY).is_empty());
    assert_eq!(life.times(DAILY), ["11-01T1810", "10-31T1810", "10-30T1810"]);
    assert_eq!(life.upstream.rev_list(DAILY).len(), 3);
    let manifest = std::fs::read(dir.path().join("monthly-2025-10/manifest.json")).unwrap();
    assert!(String::from_utf8(manifest).unwrap().contains("20251031T1810"));
    life.upstream.fsck();
    // A server that forbids it gets one more instead.
    life.upstream.config("receive.denyNonFastForwards", "true");
    let before = life.upstream.rev_list(DAILY).len();
    life.edit();
    let ran = life.run("backup");
    assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
    life.edit();
    life.pass(60);
    life.run("backup");
    assert_eq!(life.upstream.rev_list(DAILY).len(), before + 2);
}

#[test]
fn dead_at_any_moment_the_next_run_reaches_the_same_end() {
    let (mut whole, mut killed) = (Life::new(), Life::new());
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let config = |at: usize| json!({"archive": {"directory": dirs[at].path()}, "retention": {"monthly": {"count": 2}}});
    (whole.config, killed.config) = (config(0), config(1));
    let mut rng = fastrand::Rng::with_seed(7);
    let mut ended = 0;
    for n in 0..moments() {
        whole.edit();
        killed.edit();
        whole.run("auto");
        // Twice, because what the first one left is where the second one begins.
        for _ in 0..2 {
            let after = Duration::from_millis(rng.u64(5..400));
            ended += usize::from(killed.lab.run_and_die(
                "auto",
                &killed.cognigy,
                killed.now,
                &killed.config,
                after,
            ));
        }
        let ran = killed.run("auto");
        assert!(ran.code == 0, "{n}: {}", ran.said);
        for branch in [HOURLY, DAILY, WEEKLY] {
            let (whole, killed) = (whole.ids(branch), killed.ids(branch));
            assert!(same(&whole, &killed), "run {n}, {branch}: {whole:?} {killed:?}");
        }
        let tags = |life: &Life| life.upstream.git(&["tag", "--list"]);
        assert_eq!(tags(&whole), tags(&killed), "run {n}");
        killed.upstream.fsck();
        whole.pass(4_000);
        killed.pass(4_000);
    }
    assert!(ended < 2 * moments(), "none died");
    for tag in whole.upstream.git(&["tag", "--list"]).lines() {
        let snapshot = |at: usize| {
            let manifest = std::fs::read(dirs[at].path().join(tag).join("manifest.json")).unwrap();
            roughly(serde_json::from_slice::<Value>(&manifest).unwrap()["snapshot"].as_str().unwrap())
        };
        assert_eq!(snapshot(0), snapshot(1), "{tag}");
        let mut check = std::process::Command::new("sha256sum");
        check.args(["--check", "--strict", "SHA256SUMS"]).current_dir(dirs[1].path().join(tag));
        assert!(check.output().unwrap().status.success(), "{tag}");
    }
}

/// Whether two runs made the same snapshots.
fn same(one: &[String], other: &[String]) -> bool {
    one.iter().map(|id| roughly(id)).eq(other.iter().map(|id| roughly(id)))
}

/// A snapshot's id without its seconds: a busy machine takes some to begin.
fn roughly(id: &str) -> String {
    format!("{}{}", &id[..13], &id[15..])
}

#[expect(clippy::disallowed_methods, reason = "a test asks its own environment how long it may take")]
fn moments() -> usize {
    if std::env::var_os("COGNIGY_BACKUP_LONG").is_some() { 200 } else { 20 }
}

#[test]
fn a_person_s_own_tags_are_nobody_s_business() {
    let mut life = Life::new();
    let dir = tempfile::tempdir().unwrap();
    life.config = json!({"archive": {"directory": dir.path()}});
    life.live(360);
    let git = |arguments: &[&str]| life.upstream.git(arguments);
    git(&[
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@y",
        "tag",
        "-a",
        "monthly-report",
        "-m",
        "Mine",
        "snapshot/hourly",
    ]);
    git(&[
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@y",
        "tag",
        "-a",
        "snapshot/pin/mine",
        "-m",
        "Mine",
        "snapshot/hourly^{tree}",
    ]);
    let tree = git(&["rev-parse", "snapshot/hourly^{tree}"]);
    git(&["update-ref", "refs/tags/monthly-2025-09", tree.trim()]);
    for mode in ["auto", "list", "explain", "cleanup"] {
        life.edit();
        let ran = life.run(mode);
        assert_eq!(ran.code, 0, "{mode}: {}", ran.said);
        life.pass(60);
    }
    assert_eq!(life.upstream.git(&["tag", "--list"]).lines().count(), 3);
}

#[test]
fn two_stores_that_share_a_directory_of_archives_keep_their_own() {
    let (mut one, mut other) = (Life::new(), Life::new());
    let dir = tempfile::tempdir().unwrap();
    for life in [&mut one, &mut other] {
        life.config = json!({"archive": {"directory": dir.path()}, "retention": {"monthly": {"count": 1}}});
        life.now = at("2025-10-28T12:10:00Z");
    }
    other.pass(7);
    let folders = || {
        let all = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut all: Vec<String> = all.map(|name| name.to_string_lossy().into_owned()).collect();
        all.retain(|name| !name.starts_with('.'));
        all.sort();
        all
    };
    for _ in 0..3 {
        for life in [&mut one, &mut other] {
            let ran = life.live(5 * 1440);
            assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
        }
    }
    assert_eq!(folders(), ["monthly-2025-10", "monthly-2025-10.2"]);
    // What the one forgets is its own.
    for _ in 0..8 {
        other.live(5 * 1440);
    }
    assert!(
        folders().contains(&"monthly-2025-10".to_owned())
            && !folders().contains(&"monthly-2025-10.2".to_owned())
    );
    assert_eq!(one.run("auto").outcome(), "unchanged");
}
