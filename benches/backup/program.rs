//! The program as the runner starts it, watched from outside.
//!
//! Memory and processor time are the kernel's own numbers, read from `/proc` while the program runs: `VmHWM` is a
//! maximum and grows only, so a reading every few milliseconds misses nothing but the last of them. (`wait4` would
//! count the memory of whoever forked, which is this program with the stand-ins inside.)

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;
use testkit::cognigy::{Cognigy, Project, Setup, Size, Switches};
use testkit::github::GitHub;
use testkit::runner::{Runner, StepResult};
use testkit::upstream::{UPSTREAM_TOKEN, Upstream};

/// The program as `cargo bench` has just built it, or another build of it named on the command line.
pub(crate) fn binary() -> PathBuf {
    let named = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    named.map_or_else(|| env!("CARGO_BIN_EXE_cognigy-backup").into(), PathBuf::from)
}

/// How long Cognigy's stand-in takes for every answer.
pub(crate) const LATENCY: Duration = Duration::from_millis(15);

const HOURLY: &str = "snapshot/hourly";
/// A tick of the processor times in `/proc`: `USER_HZ` is 100 on every Linux that we run on.
const TICK: Duration = Duration::from_millis(10);

/// A Cognigy installation with the benchmarks' project.
pub(crate) struct Site {
    cognigy: Cognigy,
}

/// A repository to back up into, with GitHub around it.
pub(crate) struct Place {
    upstream: Upstream,
    github: GitHub,
}

/// One run.
pub(crate) struct Ran {
    /// From start to end.
    wall: Duration,
    /// From the first request to the last answer.
    reading: Duration,
    /// The most memory that was resident at once, in bytes.
    pub(crate) peak: u64,
    /// Processor time, user and system.
    pub(crate) cpu: Duration,
    /// The same of everybody else: this program, in which the stand-ins live.
    pub(crate) others: Duration,
    /// How long its main thread could have run and had no processor: what the machine cost, not the program.
    pub(crate) queued: Duration,
    /// Requests to Cognigy.
    pub(crate) requests: usize,
    /// Pushes.
    pub(crate) pushes: usize,
}

impl Ran {
    /// From start to end, in seconds.
    pub(crate) fn wall(&self) -> f64 {
        self.wall.as_secs_f64()
    }

    /// What it took beside its reading, in seconds: before the first request, and after the last answer.
    pub(crate) fn around(&self) -> f64 {
        self.wall.saturating_sub(self.reading).as_secs_f64()
    }
}

impl Site {
    pub(crate) fn start(switches: Switches) -> Self {
        let project = Project::seeded(1, Size::benchmark());
        Self { cognigy: Cognigy::start(Setup { project, switches, latency: LATENCY, rate_limit: None }) }
    }

    /// The same with a small project.
    pub(crate) fn small() -> Self {
        Self::of(Size::small())
    }

    /// The same with a project of this size.
    pub(crate) fn of(size: Size) -> Self {
        let project = Project::seeded(1, size);
        Self { cognigy: Cognigy::start(Setup { project, latency: LATENCY, ..Setup::default() }) }
    }

    /// Backs its project up ten times in one run, as ten projects of one host are.
    pub(crate) fn ten(&self) -> Ran {
        let place = Place::empty();
        let runner = self.runner(&place).input("config", "*.json").input("cognigy-agent-id", "");
        for n in 0..10 {
            let project = json!({ "agentId": self.cognigy.project_id() });
            let config =
                json!({ "prefix": format!("p{n}"), "cognigy": project, "api": { "concurrency": 16 } });
            std::fs::write(runner.workspace().join(format!("{n}.json")), config.to_string())
                .expect("a workspace");
        }
        self.expect(&place, &runner, "success")
    }

    /// Backs up into an empty repository.
    pub(crate) fn first(&self, concurrency: u32) -> Ran {
        self.run(&Place::empty(), concurrency, None, "success")
    }

    /// Backs up into a directory that is not there yet.
    pub(crate) fn first_into_a_path(&self, concurrency: u32) -> Ran {
        let directory = TempDir::new().expect("a temporary directory");
        self.run(&Place::empty(), concurrency, Some(&directory.path().join("store.git")), "success")
    }

    /// Backs up once, and then again without a change in between.
    pub(crate) fn unchanged(&self, concurrency: u32, runs: usize) -> (Place, Vec<Ran>) {
        let place = Place::empty();
        self.run(&place, concurrency, None, "success");
        let again = (0..runs).map(|_| self.run(&place, concurrency, None, "unchanged")).collect();
        (place, again)
    }

    /// The step of a workflow in that repository.
    fn runner(&self, place: &Place) -> Runner {
        Runner::for_action(include_str!("../../action.yml"))
            .server_url(&place.upstream.server_url())
            .api_url(&place.github.url())
            .repository(place.upstream.repository())
            .token(UPSTREAM_TOKEN)
            .input("mode", "backup")
            .input("cognigy-base-url", &self.cognigy.base_url())
            .input("cognigy-api-key", self.cognigy.api_key())
            .input("cognigy-agent-id", &self.cognigy.project_id())
    }

    /// Backs up twice more into the same repository, after an edit of one flow and after one of every flow, and returns
    /// the files of both snapshots.
    pub(crate) fn edited(&self, place: &Place) -> (BTreeMap<String, Vec<u8>>, BTreeMap<String, Vec<u8>>) {
        let flows: Vec<String> =
            self.cognigy.read(|project| project.flows.iter().map(|flow| flow.meta.id.clone()).collect());
        let after = |flows: &[String], label: &str| {
            self.cognigy.edit(|project| {
                for flow in flows {
                    let node = project.flow(flow).expect("just listed").nodes[1].id.clone();
                    project.relabel_node(flow, &node, label);
                }
            });
            self.run(place, 64, None, "success");
            place.files()
        };
        (after(&flows[..1], "Edited"), after(&flows, "Edited again"))
    }

    fn run(&self, place: &Place, concurrency: u32, store: Option<&Path>, outcome: &str) -> Ran {
        let mut runner = self.runner(place);
        if let Some(store) = store {
            runner = runner.input("store", &store.to_string_lossy());
        }
        let config = json!({ "api": { "concurrency": concurrency } });
        std::fs::write(runner.workspace().join("config.json"), config.to_string()).expect("a workspace");
        self.expect(place, &runner, outcome)
    }

    fn expect(&self, place: &Place, runner: &Runner, outcome: &str) -> Ran {
        self.cognigy.clear_log();
        let pushes = place.pushes();
        let (ran, result) = self.watch(runner);
        let said = result.outputs.get("outcome").map_or("", String::as_str);
        assert_eq!(said, outcome, "{}\n{}", result.stdout, result.stderr);
        Ran { pushes: place.pushes() - pushes, ..ran }
    }

    /// Runs to the end and looks every few milliseconds.
    fn watch(&self, runner: &Runner) -> (Ran, StepResult) {
        let (mut peak, mut requests) = (0, 0);
        let (mut cpu, mut queued) = (Duration::ZERO, Duration::ZERO);
        let (mut first, mut last) = (None, None);
        let others = cpu_time("self");
        let binary = std::fs::canonicalize(binary()).expect("the program is built");
        let begin = now();
        let mut running = runner.spawn(&binary);
        let id = running.id().to_string();
        running.wait_until(|_| {
            peak = peak.max(peak_memory(&id, &binary));
            cpu = cpu.max(cpu_time(&id));
            queued = queued.max(time_in_queue(&id));
            let answered = self.cognigy.request_count();
            if answered > requests {
                requests = answered;
                last = Some(begin.elapsed());
                first = first.or(last);
            }
            false
        });
        let wall = begin.elapsed();
        let others = cpu_time("self").saturating_sub(others);
        // What is seen is the first answer; its request left one latency before.
        let reading = last.zip(first).map_or(Duration::ZERO, |(last, first)| last - first + LATENCY);
        (Ran { wall, reading, peak, cpu, others, queued, requests, pushes: 0 }, running.wait())
    }
}

impl Place {
    fn empty() -> Self {
        let upstream = Upstream::start();
        let github = GitHub::start_with(upstream.repository(), UPSTREAM_TOKEN);
        Self { upstream, github }
    }

    fn pushes(&self) -> usize {
        let pushes = |path: &str| path.ends_with("/git-receive-pack");
        self.upstream.log_requests().iter().filter(|request| pushes(&request.path)).count()
    }

    /// The files of its newest snapshot, manifest and all.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let clone = TempDir::new().expect("a temporary directory");
        let arguments = ["clone", "--quiet", "--branch", HOURLY, &self.upstream.url(), "."];
        self.upstream.stock_git(clone.path(), &arguments).expect("the snapshot can be cloned");
        let (mut files, mut folders) = (BTreeMap::new(), vec![clone.path().to_owned()]);
        while let Some(folder) = folders.pop() {
            let entries =
                std::fs::read_dir(&folder).expect("a folder of ours").map(|e| e.expect("an entry").path());
            for path in entries.filter(|path| !path.ends_with(".git")) {
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.insert(below(clone.path(), &path), std::fs::read(&path).expect("a file of ours"));
                }
            }
        }
        files
    }
}

fn below(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).expect("found below it").to_string_lossy().into_owned()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The most memory that a process has had resident, in bytes; 0 once it has ended, and as long as it is not yet the program:
/// until then it shows the memory of whoever started it.
fn peak_memory(id: &str, binary: &Path) -> u64 {
    let is_started = std::fs::read_link(format!("/proc/{id}/exe")).is_ok_and(|exe| exe == binary);
    if !is_started {
        return 0;
    }
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: Option<u64> = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    kilobytes.unwrap_or_default() * 1024
}

/// User and system time of a process so far.
fn cpu_time(id: &str) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // The name in parentheses may hold anything; 12th and 13th of what follows it are utime and stime.
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u32 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<u32>().ok()).sum();
    TICK * ticks
}

/// How long the main thread of a process has been ready to run without running.
fn time_in_queue(id: &str) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{id}/schedstat")).unwrap_or_default();
    let nanoseconds = stat.split(' ').nth(1).and_then(|field| field.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or_default())
}
