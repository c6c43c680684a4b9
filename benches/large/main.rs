//! Two days of half-hourly runs over a project that does not fit into the server's limit, and a project ten times as large:
//! how many requests, how fresh, and what it costs in memory.
//!
//! `cargo bench --bench large` prints one table; a count over its limit ends it with exit code 1. The five-minute window
//! lasts 1.5 s here; the clock that the program is given is simulated, so that two days pass in about a minute.
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]
#![expect(clippy::unwrap_used, reason = "a benchmark may stop where it stands")]

mod days;
#[path = "../../tests/it/lab.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod lab;
#[path = "../backup/program.rs"]
#[allow(dead_code, reason = "the other benchmark uses all of it")]
mod program;
#[path = "../backup/table.rs"]
#[allow(dead_code, reason = "the other benchmark uses all of it")]
mod table;

use std::process::ExitCode;

use days::{Days, Told};
use program::Site;
use table::{Row, Unit, table};
use testkit::cognigy::{Size, Switches};

const MIB: f64 = 1024.0 * 1024.0;

fn main() -> ExitCode {
    let mut rows = Vec::new();
    let quiet = Switches {
        flow_shows_content_edits: false,
        lexicon_shows_content_edits: false,
        knowledge_shows_content_edits: false,
        ..Switches::default()
    };
    let audited = Switches { audit_events: true, ..quiet };
    for (what, switches, graph) in [
        ("lastChanged moves", Switches::default(), true),
        ("lastChanged moves, no graph", Switches::default(), false),
        ("lastChanged does not move", quiet, true),
        ("audit events", audited, true),
    ] {
        let days = Days::simulate(switches, graph);
        days.untold.iter().for_each(|part| println!("{what}: never in a snapshot: {part}"));
        rows.extend(of_days(what, graph, &days));
    }
    rows.extend(tenfold());
    println!("{}", table(&rows));
    if rows.iter().any(Row::is_broken) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// What two days cost, and how soon each edit was in a snapshot.
fn of_days(what: &str, graph: bool, days: &Days) -> Vec<Row> {
    let row = |name: &str, unit, values: Vec<f64>| Row::new(&format!("{what}: {name}"), unit, values);
    let count =
        |name: &str, values: &[usize]| row(name, Unit::Count, values.iter().map(|n| *n as f64).collect());
    let hours =
        |told: &[&Told]| told.iter().map(|told| told.after.as_seconds_f64() / 3600.0).collect::<Vec<_>>();
    let (shown, hidden): (Vec<&Told>, Vec<&Told>) = days.told.iter().partition(|told| told.in_chart);
    let late = shown.iter().filter(|told| told.runs > 1).count();
    vec![
        count("requests of the first run", &[days.first]),
        count("requests refused as too many", &[days.refused]).at_most(0.0),
        count("requests of a run after an edit", &days.edited).at_most(900.0),
        count("requests, unchanged, with rotation", &days.unchanged).at_most(if graph {
            260.0
        } else {
            270.0
        }),
        count("requests, nothing due", &days.nothing_due).at_most(if graph { 130.0 } else { 140.0 }),
        count("edits that charts show, not in the next snapshot", &[late]).at_most(0.0),
        row("hours until any other edit was in one", Unit::Hours, hours(&hidden)).at_most(24.5),
        count("edits that were never in one", &[days.untold.len()]).at_most(0.0),
        row("a run, without the server's latency", Unit::Seconds, days.seconds.clone()),
    ]
}

/// The same project ten times as large, without the limit.
fn tenfold() -> Vec<Row> {
    let of = |flows| {
        let site = Site::of(Size { flows, ..Size::benchmark() });
        let runs: Vec<_> = (0..2).map(|_| site.first(64)).collect();
        let most = |of: &dyn Fn(&program::Ran) -> f64| runs.iter().map(of).fold(f64::MIN, f64::max);
        let least = |of: &dyn Fn(&program::Ran) -> f64| runs.iter().map(of).fold(f64::MAX, f64::min);
        (least(&program::Ran::wall), most(&|run| run.requests as f64), most(&|run| run.peak as f64 / MIB))
    };
    let (one, ten) = (of(50), of(500));
    vec![
        Row::new("500 flows: requests", Unit::Count, vec![ten.1]),
        Row::new("500 flows: requests ÷ those of 50", Unit::Ratio, vec![ten.1 / one.1]).at_most(11.0),
        Row::new("500 flows: time", Unit::Seconds, vec![ten.0]),
        Row::new("500 flows: time ÷ that of 50", Unit::Ratio, vec![ten.0 / one.0]).about(11.0),
        Row::new("500 flows: peak memory", Unit::Mebibytes, vec![ten.2]),
        Row::new("500 flows: peak memory ÷ that of 50", Unit::Ratio, vec![ten.2 / one.2]).at_most(3.0),
    ]
}
