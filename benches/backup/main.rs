//! How fast, how large, how many requests: the program as it ships, against the stand-ins, held to its limits.
//!
//! `cargo bench` prints one table. A count or a size over its limit ends it with exit code 1; a time over its limit is
//! only marked, because a busy machine can cause it. `benches/README.md` says what each row means.
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

mod diffing;
mod program;
mod saving;
#[allow(dead_code, reason = "the other benchmark counts in hours too")]
mod table;
mod tiers;

use std::process::{Command, ExitCode};

use program::{LATENCY, Ran, Site};
use saving::{Pair, Saved};
use table::{Row, Unit, table};
use testkit::cognigy::Switches;

/// The project's promise: wall time against requests ÷ concurrency × latency.
const OVERHEAD: f64 = 1.5;
/// The same for ten small projects in one run.
const OVERHEAD_OF_TEN: f64 = 1.3;
/// And against the four git commands that a workflow would else run.
const THIRD: f64 = 1.0 / 3.0;
const MIB: f64 = 1024.0 * 1024.0;

fn main() -> ExitCode {
    let nodes = Site::start(Switches::default());
    let lists = Site::start(Switches { node_list_config: true, ..Switches::default() });
    let slow = times(3, || nodes.first(16));
    let fast = times(7, || nodes.first(64));
    let path = times(5, || nodes.first_into_a_path(64));
    let short = times(5, || lists.first(16));
    let ten = {
        let small = Site::small();
        times(5, || small.ten())
    };
    let (before, again) = nodes.unchanged(16, 3);
    let files = before.files();
    let (one, all) = nodes.edited(&before);
    let saved = saving::compare(&files);

    let mut rows = vec![
        row("requests, each node read by itself", Unit::Count, &slow, |r| r.requests as f64).at_most(6_050.0),
        row("requests, node lists carry configs", Unit::Count, &short, |r| r.requests as f64).at_most(620.0),
    ];
    rows.extend(first_backup(16, &slow));
    rows.extend(first_backup(64, &fast));
    rows.push(row("first backup into a path, 64 at a time", Unit::Seconds, &path, Ran::wall));
    rows.push(row("first backup, node lists, 16 at a time", Unit::Seconds, &short, Ran::wall));
    let least = least(16, &ten);
    rows.push(
        row("ten small projects, 16 at a time", Unit::Seconds, &ten, Ran::wall)
            .about(OVERHEAD_OF_TEN * least),
    );
    rows.push(row("unchanged: pushes", Unit::Count, &again, |r| r.pushes as f64).at_most(0.0));
    rows.push(row("unchanged: added to the reading", Unit::Seconds, &again, Ran::around).about(0.5));
    for compared in [diffing::compare(&files, &one), diffing::compare(&one, &all)] {
        let what = format!("what changed in {} files, compared and said", compared.files);
        rows.push(Row::new(&what, Unit::Milliseconds, compared.times).about(150.0));
    }
    rows.extend(saved.iter().flat_map(against_git));
    let git = table::median(&saved[2].pairs.iter().map(|pair| pair.git).collect::<Vec<_>>());
    rows.push(
        row("  a first run but its reading ÷ git's", Unit::Ratio, &slow, |r| r.around() / git).about(THIRD),
    );
    for (what, runs) in
        [("16 at a time", &slow), ("64 at a time", &fast), ("node lists", &short), ("unchanged", &again)]
    {
        let what = format!("peak memory, {what}");
        rows.push(row(&what, Unit::Mebibytes, runs, |r| r.peak as f64 / MIB).at_most(96.0));
    }
    rows.extend(tended());
    let what = "peak memory, ten small projects";
    rows.push(row(what, Unit::Mebibytes, &ten, |r| r.peak as f64 / MIB).at_most(200.0));
    rows.push(Row::new("--version", Unit::Milliseconds, times(30, version)).about(10.0));

    println!("{}", table(&rows));
    println!(
        "A snapshot is {:.1} MB in {} files. {}",
        saving::size(&files) as f64 / 1e6,
        files.len(),
        machine()
    );
    if rows.iter().any(Row::is_broken) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// A first backup's time against the least that its requests could take, and where it went.
fn first_backup(concurrency: u32, runs: &[Ran]) -> [Row; 5] {
    let least = least(concurrency, runs);
    let what = format!("first backup, {concurrency} requests at a time");
    [
        row(&what, Unit::Seconds, runs, Ran::wall).about(OVERHEAD * least),
        row("  before its first and after its last request", Unit::Seconds, runs, Ran::around),
        row("  the program's processor time", Unit::Seconds, runs, |r| r.cpu.as_secs_f64()),
        row("  the stand-ins' processor time", Unit::Seconds, runs, |r| r.others.as_secs_f64()),
        row("  the program in line for a processor", Unit::Seconds, runs, |r| r.queued.as_secs_f64()),
    ]
}

/// Promotion and cleanup of full tiers.
fn tended() -> [Row; 6] {
    let days = tiers::days();
    let row =
        |what: &str, unit, of: fn(&tiers::Day) -> f64| Row::new(what, unit, days.iter().map(of).collect());
    [
        row("promote and cleanup of full tiers", Unit::Seconds, |day| day.seconds),
        row("  beside the fetch", Unit::Seconds, |day| (day.seconds - day.idle).max(0.0)).about(1.0),
        row("  KB sent", Unit::Ratio, |day| day.sent / 1e3).at_most(30.0),
        row("  KB that stock git sends for hourly alone", Unit::Ratio, |day| day.git / 1e3),
        row("  ours ÷ stock git's", Unit::Ratio, |day| day.sent / day.git),
        Row::new("planning 10,000 snapshots", Unit::Milliseconds, times(9, || tiers::planning(10_000)))
            .about(50.0),
    ]
}

fn against_git(saved: &Saved) -> [Row; 3] {
    let row = |way: &str, unit, of: fn(&Pair) -> f64| {
        Row::new(&format!("{}: {way}", saved.what), unit, saved.pairs.iter().map(of).collect())
    };
    [
        row("git's four commands", Unit::Seconds, |p| p.git),
        row("ours", Unit::Seconds, |p| p.ours),
        row("ours ÷ git's", Unit::Ratio, |p| p.ours / p.git).about(THIRD),
    ]
}

/// Returns the least that the requests of a run could take, in seconds.
fn least(concurrency: u32, runs: &[Ran]) -> f64 {
    let requests = runs.iter().map(|run| run.requests).max().unwrap_or_default();
    requests as f64 / f64::from(concurrency) * LATENCY.as_secs_f64()
}

fn row(what: &str, unit: Unit, runs: &[Ran], of: impl Fn(&Ran) -> f64) -> Row {
    Row::new(what, unit, runs.iter().map(of).collect())
}

fn times<T>(count: usize, once: impl Fn() -> T) -> Vec<T> {
    (0..count).map(|_| once()).collect()
}

/// Times `--version`, in milliseconds.
fn version() -> f64 {
    let begin = program::now();
    let output =
        Command::new(program::binary()).arg("--version").env_clear().output().expect("the program starts");
    let took = begin.elapsed();
    assert!(output.status.success() && output.stdout.starts_with(b"cognigy-backup "));
    took.as_secs_f64() * 1000.0
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
