//! Months on GitHub: releases that are whole or not there, whatever fails in between.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use testkit::cognigy::{Cognigy, Project, Setup, Size};
use testkit::github::{Fault, GitHub};
use testkit::upstream::{UPSTREAM_TOKEN, Upstream};

use crate::lab::{Lab, Ran, at};

const FILES: [&str; 4] = ["NOTES.md", "SHA256SUMS", "manifest.json", "monthly-2025-10.tar.zst"];

/// A repository on GitHub with snapshots of October, in November.
struct Life {
    cognigy: Cognigy,
    upstream: Upstream,
    github: GitHub,
    lab: Lab,
    now: DateTime<Utc>,
    config: Value,
    edits: u32,
}

impl Life {
    fn new() -> Self {
        let upstream = Upstream::start();
        let github = GitHub::start_with(upstream.repository(), UPSTREAM_TOKEN);
        github.set_git(upstream.path());
        let project = Project::seeded(1, Size { flows: 1, ..Size::small() });
        let mut life = Self {
            cognigy: Cognigy::start(Setup { project, ..Setup::default() }),
            lab: Lab::in_actions(Duration::from_millis(20), &upstream, &github),
            upstream,
            github,
            now: at("2025-10-20T12:10:00Z"),
            config: json!({}),
            edits: 0,
        };
        for _ in 0..3 {
            life.live(5 * 1440);
        }
        assert!(life.github.releases().is_empty(), "October is not over");
        life
    }

    fn live(&mut self, minutes: i64) -> Ran {
        self.edits += 1;
        let name = format!("Name {}", self.edits);
        self.cognigy.edit(|project| project.rename(&name));
        let ran = self.run("auto");
        self.now += TimeDelta::minutes(minutes);
        ran
    }

    fn run(&self, mode: &str) -> Ran {
        self.lab.run(mode, &self.cognigy, self.now, &self.config)
    }

    /// What must be true in the end: one release, published, whole, of October's last snapshot; and its tag.
    fn check(&self, tag: &str) {
        let releases = self.github.releases();
        let ours: Vec<_> = releases.iter().filter(|release| release.tag == tag).collect();
        assert_eq!(ours.len(), 1, "{releases:?}");
        assert!(!ours[0].draft, "{releases:?}");
        let drafts = releases.iter().filter(|release| release.draft).count();
        assert_eq!(drafts, 0, "{releases:?}");
        let names = FILES.map(|name| name.replace("monthly-2025-10", tag));
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for name in &names {
            let bytes = self.github.asset_bytes(tag, name);
            files.insert(name.clone(), bytes.unwrap_or_else(|| panic!("no {name}: {releases:?}")));
        }
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in &files {
            std::fs::write(dir.path().join(name), bytes).unwrap();
        }
        let mut check = std::process::Command::new("sha256sum");
        check.args(["--check", "--strict", "SHA256SUMS"]).current_dir(dir.path());
        assert!(check.output().unwrap().status.success());
        let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
        assert_eq!(manifest["snapshot"].as_str().unwrap()[..8], *"20251030");
        let commit = self.upstream.git(&["rev-parse", &format!("{tag}^{{commit}}")]);
        assert!(self.upstream.message(commit.trim()).contains(manifest["snapshot"].as_str().unwrap()));
        assert!(self.github.unexpected().is_empty(), "{:?}", self.github.unexpected());
    }
}

#[test]
fn a_month_is_released_and_a_year_later_it_goes_with_its_tag() {
    let mut life = Life::new();
    let ran = life.live(1440);
    assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
    life.check("monthly-2025-10");
    assert!(life.github.releases()[0].body.contains("cognigy-backup export"));
    life.config = json!({"retention": {"monthly": {"count": 2}}});
    for _ in 0..4 {
        life.now += TimeDelta::days(31);
        let ran = life.live(0);
        assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
    }
    let mut tags: Vec<String> = life.github.releases().iter().map(|release| release.tag.clone()).collect();
    tags.sort();
    assert_eq!(tags.len(), 2, "{tags:?}");
    assert_eq!(life.upstream.git(&["tag", "--list"]).lines().collect::<Vec<_>>(), tags);
    assert!(!tags.contains(&"monthly-2025-10".to_owned()));
}

#[test]
fn whatever_fails_once_the_next_run_reaches_the_same_end() {
    let routes = [
        "GET /repos/{owner}/{repo}/releases",
        "POST /repos/{owner}/{repo}/releases",
        "POST /repos/{owner}/{repo}/releases/{id}/assets",
        "PATCH /repos/{owner}/{repo}/releases/{id}",
    ];
    let faults = [
        Fault::Status(404, "Not Found".into()),
        Fault::Status(409, "Conflict".into()),
        Fault::Status(403, "Resource not accessible by integration".into()),
        Fault::Invalid(vec![json!({"resource": "Release", "code": "custom", "field": "x", "message": "no"})]),
        Fault::Starter(502),
        Fault::SecondaryRateLimit { retry_after: 1 },
        Fault::LostAnswer,
        Fault::ResetAfter(100),
        Fault::Truncated,
    ];
    // Each has a world of its own, and most of the time waits.
    std::thread::scope(|scope| {
        for route in routes {
            let faults = &faults;
            scope.spawn(move || {
                for fault in faults {
                    let mut life = Life::new();
                    life.github.fault(route, fault.clone(), 1);
                    let ran = life.live(60);
                    assert!([0, 2].contains(&ran.code), "{route} {fault:?}: {}", ran.said);
                    assert_eq!(ran.code == 2, ran.outcome() == "partial", "{route} {fault:?}: {}", ran.said);
                    life.github.clear_faults();
                    let ran = life.live(60);
                    assert_eq!((ran.outcome(), ran.code), ("success", 0), "{route} {fault:?}: {}", ran.said);
                    life.check("monthly-2025-10");
                }
            });
        }
    });
}

#[test]
fn what_somebody_deleted_from_a_release_comes_back_and_a_spare_draft_goes() {
    let mut life = Life::new();
    life.live(60);
    let mut release = life.github.releases().remove(0);
    (release.id, release.draft) = (0, true);
    release.assets.clear();
    life.github.plant_release(release);
    let published = life.github.releases().into_iter().find(|release| !release.draft).unwrap();
    let lose = |name: &'static str| {
        life.github.change_release(published.id, |release| release.assets.retain(|asset| asset.name != name));
    };
    lose("manifest.json");
    let ran = life.live(60);
    assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
    life.check("monthly-2025-10");
}

#[test]
fn an_immutable_release_that_is_not_whole_gets_a_second_beside_it() {
    let mut life = Life::new();
    life.github.set_immutable_releases(true);
    life.live(60);
    life.check("monthly-2025-10");
    assert_eq!(life.run("auto").outcome(), "unchanged");
    let id = life.github.releases()[0].id;
    life.github.change_release(id, |release| release.assets.retain(|asset| asset.name != "manifest.json"));
    let ran = life.run("promote");
    assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
    life.check("monthly-2025-10.2");
    assert_eq!(life.run("auto").outcome(), "unchanged");
}

#[test]
fn a_release_that_cannot_be_removed_is_said_and_goes_with_the_next_run() {
    let mut life = Life::new();
    life.live(60);
    life.config = json!({"retention": {"monthly": {"count": 1}}});
    life.now += TimeDelta::days(31);
    life.live(0);
    life.now += TimeDelta::days(31);
    let route = "DELETE /repos/{owner}/{repo}/releases/{id}";
    life.github.fault(route, Fault::Status(403, "Resource not accessible by integration".into()), 1);
    let ran = life.live(0);
    assert_eq!((ran.outcome(), ran.code), ("partial", 2), "{}", ran.said);
    assert!(ran.said.contains("Resource not accessible"), "{}", ran.said);
    let tags =
        |life: &Life| life.upstream.git(&["tag", "--list"]).lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(tags(&life).len(), 2, "what is still released keeps its tag");
    let ran = life.run("auto");
    assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
    assert_eq!((tags(&life).len(), life.github.releases().len()), (1, 1));
}

#[test]
fn a_tag_moved_by_hand_is_somebody_else_s() {
    let mut life = Life::new();
    life.upstream.git(&["branch", "mine", "snapshot/hourly"]);
    let foreign = life.upstream.commit("mine", &[("x", b"y")], "Mine");
    life.upstream.git(&["update-ref", "refs/tags/monthly-2025-10", &foreign]);
    let ran = life.live(60);
    assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
    life.check("monthly-2025-10.2");
    assert_eq!(life.upstream.git(&["rev-parse", "monthly-2025-10"]).trim(), foreign);
}

#[test]
fn a_name_that_nobody_may_use_gets_a_second_beside_it_and_a_rule_against_all_is_said() {
    let used_up = "error: GH013: Repository rule violations found for refs/tags/monthly-2025-10.\n\n\
                   - Cannot create ref due to creations being restricted.\n";
    let mut life = Life::new();
    life.upstream.refuse_ref("refs/tags/monthly-2025-10", used_up);
    let ran = life.live(60);
    assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
    life.check("monthly-2025-10.2");

    let mut life = Life::new();
    life.upstream.refuse_ref("refs/tags/*", used_up);
    let ran = life.live(60);
    assert_eq!((ran.outcome(), ran.code), ("partial", 2), "{}", ran.said);
    assert!(ran.said.contains("creations being restricted") && ran.said.contains("Rulesets"), "{}", ran.said);
    assert!(life.github.releases().is_empty());
}

#[test]
fn what_a_run_without_a_place_cannot_release_waits_where_another_has_released() {
    let mut life = Life::new();
    life.live(1440);
    life.check("monthly-2025-10");
    life.config =
        json!({"retention": {"daily": {"count": 1}, "weekly": {"count": 1}, "hourly": {"count": 1}}});
    life.now = at("2025-11-28T12:10:00Z");
    life.live(10 * 1440);
    let lab = Lab::on(Duration::from_millis(20), &life.upstream);
    let november = life.upstream.message("snapshot/hourly");
    for _ in 0..3 {
        let ran = lab.run("auto", &life.cognigy, life.now, &life.config);
        assert_eq!(ran.code, 0, "{}", ran.said);
        assert!(ran.said.contains("no place for archives"), "{}", ran.said);
        life.edits += 1;
        let name = format!("Name {}", life.edits);
        life.cognigy.edit(|project| project.rename(&name));
        life.now += TimeDelta::days(1);
    }
    let ran = life.live(60);
    assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
    assert_eq!(life.upstream.message("monthly-2025-11").lines().next(), november.lines().next());
}

#[test]
fn where_there_is_no_github_and_no_directory_the_month_waits_for_nobody() {
    let life = Life::new();
    let lab = Lab::on(Duration::from_millis(20), &life.upstream);
    let ran = lab.run("promote", &life.cognigy, life.now + TimeDelta::days(5), &life.config);
    assert!(ran.said.contains("no place for archives"), "{}", ran.said);
    assert_eq!(ran.code, 0);
}
