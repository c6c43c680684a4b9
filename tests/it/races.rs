//! Eight runs at once on one remote, round after round: nothing that the policy keeps is lost or there twice, and each run
//! ends well or says why.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;
use testkit::cognigy::{Cognigy, Project, Setup, Size};
use testkit::upstream::Upstream;

use crate::lab::{Lab, at};
use crate::world::{World, binary, output, said};

const MODES: [&str; 8] = ["auto", "promote", "cleanup", "backup", "auto", "promote", "cleanup", "auto"];

#[expect(clippy::disallowed_methods, reason = "a test asks its own environment how long it may take")]
fn rounds(long: usize) -> usize {
    if std::env::var_os("COGNIGY_BACKUP_LONG").is_some() { long } else { long / 10 }
}

/// The snapshots of a branch by their ids, newest first.
fn ids(upstream: &Upstream, branch: &str) -> Vec<String> {
    let id = |commit: &String| {
        let message = upstream.message(commit);
        message.lines().find_map(|line| line.strip_prefix("Snapshot-Id: ")).unwrap().to_owned()
    };
    upstream.rev_list(branch).iter().map(id).collect()
}

#[test]
fn eight_runs_at_once_lose_nothing_and_double_nothing() {
    let upstream = Upstream::start();
    let project = Project::seeded(1, Size { flows: 1, ..Size::small() });
    let cognigy = Cognigy::start(Setup { project, ..Setup::default() });
    let mut now = at("2025-10-03T12:10:00Z");
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for round in 0..rounds(200) {
        cognigy.edit(|project| project.rename(&format!("Name {round}")));
        // Each has a directory of its own, as each job has.
        std::thread::scope(|scope| {
            for (n, mode) in MODES.iter().enumerate() {
                let (upstream, cognigy) = (&upstream, &cognigy);
                scope.spawn(move || {
                    let lab = Lab::on(Duration::from_millis(20), upstream);
                    let ran = lab.run(mode, cognigy, now + TimeDelta::seconds(n as i64), &json!({}));
                    let says_why =
                        ran.said.contains("moved by somebody else") || ran.said.contains("Another run");
                    assert!(ran.code == 0 || says_why, "{mode}: {} {}", ran.code, ran.said);
                });
            }
        });
        let chains = ["hourly", "daily", "weekly"].map(|tier| ids(&upstream, &format!("snapshot/{tier}")));
        for chain in &chains {
            let distinct: BTreeSet<&String> = chain.iter().collect();
            assert_eq!(distinct.len(), chain.len(), "doubled: {chain:?}");
        }
        seen.extend(chains[0].iter().cloned());
        // When all is quiet, one run brings everything to where the policy wants it.
        let lab = Lab::on(Duration::from_millis(20), &upstream);
        let ran = lab.run("auto", &cognigy, now + TimeDelta::seconds(60), &json!({}));
        assert_eq!(ran.code, 0, "{}", ran.said);
        let hourly = ids(&upstream, "snapshot/hourly");
        seen.extend(hourly.iter().cloned());
        let newest: Vec<&String> = seen.iter().rev().take(6).collect();
        assert!(newest.iter().all(|id| hourly.contains(id)), "round {round}: {newest:?} in {hourly:?}");
        let daily = ids(&upstream, "snapshot/daily");
        let mut days: BTreeMap<&str, &String> = BTreeMap::new();
        days.extend(seen.iter().map(|id| (&id[..8], id)));
        for (_, last) in days.iter().rev().skip(1).take(6) {
            assert!(daily.contains(last), "round {round}: {last} in {daily:?}");
        }
        upstream.fsck();
        now += TimeDelta::minutes(397);
    }
}

#[test]
fn eight_processes_at_once_end_well_or_say_why() {
    let world = World::new();
    world.expect("success");
    for round in 0..rounds(30) {
        world.cognigy.edit(|project| project.rename(&format!("Name {round}")));
        let running: Vec<_> =
            MODES.iter().map(|mode| (mode, world.runner().input("mode", mode).spawn(binary()))).collect();
        for (mode, running) in running {
            let result = running.wait();
            world.check(&result);
            let outcome = output(&result, "outcome");
            let is_well = ["success", "unchanged", "skipped"].contains(&outcome);
            assert!(
                is_well || result.summary.contains("moved by somebody else"),
                "{mode}: {}",
                said(&result)
            );
        }
        let chain = ids(&world.upstream, "snapshot/hourly");
        let distinct: BTreeSet<&String> = chain.iter().collect();
        assert_eq!(distinct.len(), chain.len(), "doubled: {chain:?}");
        world.upstream.fsck();
    }
}
