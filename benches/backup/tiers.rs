//! Promotion and cleanup of full tiers over HTTP: how long beside the fetch, how many bytes, and the same by stock git. And
//! how long it takes to plan for many snapshots.
//!
//! Days pass by a simulated clock, so the program runs in this process: all that it does from its start to its exit code.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cognigy_backup::plan::tiers::{Facts, clean, promote};
use cognigy_backup::run::{Door, run};
use cognigy_backup::runner::{Environment, Terminal};
use cognigy_backup::snapshot::{SnapshotId, Tier, Tiers};
use tempfile::TempDir;
use testkit::cognigy::{Cognigy, Project, Setup, Size};
use testkit::upstream::{UPSTREAM_TOKEN, Upstream};

use crate::program::now;

/// A project of about 5 MB.
const FLOWS: usize = 14;
/// Days that are measured, after those that fill the tiers.
const DAYS: usize = 5;

/// What a day's promotion and cleanup took.
pub(crate) struct Day {
    /// Seconds of both runs.
    pub(crate) seconds: f64,
    /// Seconds of the same two with nothing to do: opening the store, fetching what the tiers hold, planning.
    pub(crate) idle: f64,
    /// Bytes pushed.
    pub(crate) sent: f64,
    /// Bytes that stock git pushes for the rewritten hourly branch.
    pub(crate) git: f64,
}

struct Life {
    cognigy: Cognigy,
    upstream: Upstream,
    home: TempDir,
    clock: DateTime<Utc>,
}

/// Fills the tiers and measures some days.
pub(crate) fn days() -> Vec<Day> {
    let project = Project::seeded(1, Size { flows: FLOWS, ..Size::benchmark() });
    let mut life = Life {
        cognigy: Cognigy::start(Setup { project, ..Setup::default() }),
        upstream: Upstream::start(),
        home: TempDir::new().expect("a temporary directory"),
        clock: "2025-10-03T00:10:00Z".parse().expect("a time"),
    };
    // Five weeks of one snapshot a day fill seven days and four weeks, the last day six hours.
    for _ in 0..30 {
        life.edit();
        life.run("auto");
        life.clock += TimeDelta::days(1);
    }
    (0..DAYS).map(|_| life.day()).collect()
}

impl Life {
    fn edit(&self) {
        let name = format!("As of {}", self.clock);
        self.cognigy.edit(|project| {
            let flow = project.flows[0].name.clone();
            project.add_say(&flow, &name, "Hello");
        });
    }

    fn day(&mut self) -> Day {
        for _ in 0..8 {
            self.edit();
            self.run("backup");
            self.clock += TimeDelta::hours(3);
        }
        let before = self.pushed();
        let seconds = self.run("promote") + self.run("cleanup");
        let sent = self.pushed() - before;
        let idle = self.run("promote") + self.run("cleanup");
        Day { seconds, idle, sent, git: self.stock_git() }
    }

    /// Runs a mode and returns its seconds.
    fn run(&self, mode: &str) -> f64 {
        let variables = [
            ("COGNIGY_BASE_URL", self.cognigy.base_url()),
            ("COGNIGY_API_KEY", self.cognigy.api_key().to_owned()),
            ("COGNIGY_AGENT_ID", self.cognigy.project_id()),
            ("COGNIGY_BACKUP_STORE", self.upstream.url()),
            ("COGNIGY_BACKUP_GITHUB_TOKEN", UPSTREAM_TOKEN.to_owned()),
        ];
        let variables = variables.map(|(name, value)| (name.into(), value.into()));
        let door = Door {
            arguments: vec!["cognigy-backup".into(), mode.into()],
            environment: Environment::new(variables, self.home.path().to_owned(), Terminal::default()),
            now: self.clock,
            request_window: Duration::from_secs(300),
            stdin: Box::new(std::io::empty()),
            stdout: Box::new(std::io::sink()),
            stderr: Box::new(std::io::sink()),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let begin = now();
        let code = runtime.block_on(run(door));
        assert_eq!(code, 0, "{mode} at {}", self.clock);
        begin.elapsed().as_secs_f64()
    }

    /// Bytes of all pushes so far.
    fn pushed(&self) -> f64 {
        let log = self.upstream.log_requests();
        let pushes = log.iter().filter(|one| one.method == "POST" && one.path.ends_with("git-receive-pack"));
        pushes.map(|one| one.request_bytes).sum::<u64>() as f64
    }

    /// Rewrites a copy of the hourly branch without its oldest snapshot as a script would, and returns what the push took.
    fn stock_git(&self) -> f64 {
        let clone = self.upstream.stock_clone().expect("git clones");
        let git = |arguments: &[&str]| self.upstream.stock_git(clone.path(), arguments).expect("git does it");
        git(&["push", "--quiet", "--force", "origin", "origin/snapshot/hourly:refs/heads/stock/hourly"]);
        let commits = git(&["rev-list", "--reverse", "origin/snapshot/hourly"]);
        let mut parent: Option<String> = None;
        for commit in commits.lines().skip(1) {
            let tree = format!("{commit}^{{tree}}");
            let mut arguments = vec!["commit-tree", &tree, "-m", "snapshot"];
            if let Some(parent) = &parent {
                arguments.extend(["-p", parent]);
            }
            parent = Some(git(&arguments).trim().to_owned());
        }
        let new = parent.expect("the branch has several snapshots");
        let before = self.pushed();
        git(&["push", "--quiet", "--force", "origin", &format!("{new}:refs/heads/stock/hourly")]);
        self.pushed() - before
    }
}

/// Plans for so many snapshots in the tier that takes captures, and returns the milliseconds.
pub(crate) fn planning(snapshots: usize) -> f64 {
    let tiers = Tiers::new(Tier::built_in()).expect("the built-in tiers");
    let clock: DateTime<Utc> = "2025-10-03T00:10:00Z".parse().expect("a time");
    let taken = |n: usize| clock - TimeDelta::minutes(30 * i64::try_from(snapshots - n).expect("a few"));
    let hourly = (0..snapshots).map(|n| SnapshotId::new(taken(n), &format!("{n:08x}"))).collect();
    let all = BTreeMap::from([("hourly".parse().expect("a tier"), hourly)]);
    let none = BTreeSet::new();
    let facts = Facts {
        tiers: &tiers,
        zone: chrono_tz::Tz::Europe__Berlin,
        now: clock,
        grace: TimeDelta::hours(1),
        snapshots: &all,
        verified: None,
        append_only: &none,
    };
    let begin = now();
    let promotion = promote(&facts, |_| true);
    let cleanup = clean(&facts, &promotion, |_| true);
    let took = begin.elapsed().as_secs_f64() * 1_000.0;
    assert!(cleanup.forgotten().count() > snapshots - 100);
    took
}
