//! How fast, how large, how many requests: the program as it ships, against the stand-ins, held to its limits.
//!
//! `cargo bench` prints one table. A count or a size over its limit ends it with exit code 1; a time over its limit is
//! only marked, because a busy machine can cause it. `benches/README.md` says what each row means.
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

mod program;
mod saving;
mod table;

use std::process::{Command, ExitCode};
use std::time::Duration;

use program::{BINARY, LATENCY, Ran, Site};
use table::{Row, Unit, table};
use testkit::cognigy::Switches;

/// The project's promise: wall time against requests ÷ concurrency × latency.
const OVERHEAD: f64 = 1.5;
/// And against the four git commands that a workflow would else run.
const THIRD: f64 = 1.0 / 3.0;
const MIB: f64 = 1024.0 * 1024.0;

fn main() -> ExitCode {
    let nodes = Site::start(Switches::default());
    let lists = Site::start(Switches { node_list_config: true, ..Switches::default() });
    let at =
        |site: &Site, concurrency, runs| (0..runs).map(|_| site.first(concurrency)).collect::<Vec<Ran>>();
    let (slow, fast) = (at(&nodes, 16, 3), at(&nodes, 64, 7));
    let (short, path) = (at(&lists, 16, 5), (0..5).map(|_| nodes.first_into_a_path(64)).collect::<Vec<_>>());
    let (before, again) = nodes.unchanged(16, 3);
    let saved = saving::compare(before.files(), 9);

    let mut rows = Vec::new();
    rows.push(Row::new("requests, each node read by itself", Unit::Count, counts(&slow)).at_most(5_900.0));
    rows.push(Row::new("requests, node lists carry configs", Unit::Count, counts(&short)).at_most(470.0));
    for (runs, concurrency) in [(&slow, 16), (&fast, 64)] {
        let ideal = counts(runs)[0] / f64::from(concurrency) * LATENCY.as_secs_f64();
        let what = format!("first backup, {concurrency} requests at a time");
        rows.push(Row::new(&what, Unit::Seconds, seconds(runs, |r| r.wall)).around(OVERHEAD * ideal));
        rows.push(Row::new(
            "  of it: processor time of the program",
            Unit::Seconds,
            seconds(runs, |r| r.cpu),
        ));
        rows.push(Row::new(
            "  beside it: processor time of the stand-ins",
            Unit::Seconds,
            seconds(runs, |r| r.others),
        ));
        rows.push(Row::new(
            "  of it: before the first and after the last request",
            Unit::Seconds,
            seconds(runs, Ran::around),
        ));
    }
    rows.push(Row::new("first backup into a path, 64 at a time", Unit::Seconds, seconds(&path, |r| r.wall)));
    rows.push(Row::new("first backup, node lists, 16 at a time", Unit::Seconds, seconds(&short, |r| r.wall)));
    rows.push(
        Row::new("unchanged, pushes", Unit::Count, again.iter().map(|r| r.pushes as f64).collect())
            .at_most(0.0),
    );
    rows.push(
        Row::new("unchanged, added to the reading", Unit::Seconds, seconds(&again, Ran::around)).around(0.5),
    );
    for (store, pairs) in [("over http", &saved.http), ("into a path", &saved.path)] {
        let row = |what: &str, unit, of: fn(&saving::Pair) -> f64| {
            Row::new(&format!("save {store}: {what}"), unit, pairs.iter().map(of).collect())
        };
        rows.push(row("checkout --orphan, add, commit, push of git", Unit::Seconds, |p| p.git));
        rows.push(row("open, write, push of ours", Unit::Seconds, |p| p.ours));
        rows.push(row("ours ÷ git's", Unit::Ratio, |p| p.ours / p.git).around(THIRD));
    }
    let git = table::median(&saved.http.iter().map(|pair| pair.git).collect::<Vec<_>>());
    let around = seconds(&slow, Ran::around).iter().map(|around| around / git).collect();
    rows.push(
        Row::new("save over http: all of a run but its reading ÷ git's", Unit::Ratio, around).around(THIRD),
    );
    let all = || slow.iter().chain(&fast).chain(&short).chain(&path).chain(&again);
    let peaks = |runs: &[Ran]| runs.iter().map(|r| r.peak as f64 / MIB).collect::<Vec<_>>();
    for (what, runs) in
        [("16 at a time", &slow), ("64 at a time", &fast), ("node lists", &short), ("unchanged", &again)]
    {
        rows.push(Row::new(&format!("peak memory, {what}"), Unit::Mebibytes, peaks(runs)).at_most(96.0));
    }
    rows.push(Row::new("--version", Unit::Milliseconds, version(30)).around(10.0));

    println!("{}", table(&rows));
    println!(
        "{} runs of the program, {} MB of files a snapshot, {}",
        all().count() + 1,
        saved.bytes / 1_000_000,
        machine()
    );
    if rows.iter().any(Row::is_broken) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn counts(runs: &[Ran]) -> Vec<f64> {
    runs.iter().map(|run| run.requests as f64).collect()
}

fn seconds(runs: &[Ran], of: impl Fn(&Ran) -> Duration) -> Vec<f64> {
    runs.iter().map(|run| of(run).as_secs_f64()).collect()
}

/// Times `--version`, in milliseconds.
fn version(runs: usize) -> Vec<f64> {
    let once = || {
        let begin = program::now();
        let output = Command::new(BINARY).arg("--version").env_clear().output().expect("the program starts");
        let took = begin.elapsed();
        assert!(output.status.success() && output.stdout.starts_with(b"cognigy-backup "));
        took.as_secs_f64() * 1000.0
    };
    (0..runs).map(|_| once()).collect()
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total: f64 = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix("kB")?.trim().parse().ok())
        .unwrap_or_default();
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?").to_owned();
    format!("{cores} cores, {:.0} GiB of memory, load at the end {load}", total / MIB)
}
