//! A simulated year of a 5 MB project, half hour by half hour, fed straight into the store, and into what else one might
//! keep it in: how much is kept in the end, and how much was sent on the way.
//!
//! `cargo bench --bench year -- run ours restic --share tenth` goes through a tenth of the year, `report` prints the
//! table. Each contender has a directory of its own below `target/tmp/year`, and goes on there where it was stopped.
//! `benches/README.md` says how each is measured.
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

mod contender;
mod edits;
mod git;
#[path = "../../tests/it/lab.rs"]
#[allow(dead_code, clippy::unwrap_used, reason = "the tests use all of it")]
mod lab;
mod ours;
mod peers;
mod progress;
mod report;
mod seed;
mod served;
mod states;
#[path = "../backup/table.rs"]
#[allow(dead_code, reason = "the other benchmarks use all of it")]
mod table;
mod tiers;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use contender::{Contender, HalfHour, Sent};
use progress::{Outcome, Progress};
use seed::Seed;
use states::{DAY, YEAR, Year};
use tiers::Model;

const CONTENDERS: [(&str, &str); 6] = [
    ("ours", "ours"),
    ("restic", "restic"),
    ("borg", "borg"),
    ("history", "git, one branch for ever"),
    ("shell", "git, shell way"),
    ("shell-gzip", "git, shell way, gzipped"),
];
const USAGE: &str = "Usage: cargo bench --bench year -- run [CONTENDER...] [--share tenth|year] [--states N]
       cargo bench --bench year -- report [--share tenth|year]
Contenders: ours restic borg history shell shell-gzip. A run goes on where it was stopped.";

/// After so many changes it is said how long the rest will take.
const TRIAL: u32 = 20;

fn main() -> ExitCode {
    // `cargo bench` adds a flag of its own.
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let (mut words, mut share, mut states) = (Vec::new(), "tenth".to_owned(), u32::MAX);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--share" => share = arguments.next().unwrap_or_default(),
            "--states" => states = arguments.next().and_then(|n| n.parse().ok()).unwrap_or_default(),
            _ => words.push(argument),
        }
    }
    let half_hours = match share.as_str() {
        "tenth" => YEAR / 10,
        "year" => YEAR,
        _ => 0,
    };
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("year").join(&share);
    let wanted: Vec<&str> = match &words[..] {
        [run] if run == "run" => CONTENDERS.map(|(name, _)| name).to_vec(),
        [run, names @ ..] if run == "run" => names.iter().map(String::as_str).collect(),
        [report] if report == "report" && half_hours > 0 => {
            println!("{}", report::report(&share, &directory.join("results"), &CONTENDERS));
            return ExitCode::SUCCESS;
        }
        _ => Vec::new(),
    };
    let is_known = |name: &&str| CONTENDERS.iter().any(|(known, _)| known == name);
    if wanted.is_empty() || half_hours == 0 || states == 0 || !wanted.iter().all(is_known) {
        println!("{USAGE}");
        // Without a word it is one benchmark of several, and has nothing to say.
        return if words.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let seed = Seed::take();
    for name in wanted {
        go(name, &seed, half_hours, states, &directory);
    }
    ExitCode::SUCCESS
}

/// Lets a contender go its way to the end of the share, or as far as it is to go.
fn go(name: &str, seed: &Seed, half_hours: u32, most: u32, directory: &Path) {
    let result = directory.join("results").join(format!("{name}.json"));
    if result.exists() {
        println!("{name}: done before");
        return;
    }
    let own = directory.join(name);
    let kept = own.join("progress.json");
    let mut progress: Progress = progress::read(&kept).unwrap_or_default();
    let (mut year, mut model) = (Year::new(&seed.files), Model::new());
    while year.half_hours < progress.half_hours {
        let now = year.now();
        let change = year.pass();
        model.pass(now, change.map(|change| change.number));
    }
    if progress.half_hours > 0 {
        assert_eq!(
            year.digest(),
            progress.digest,
            "{name}: it was another year that began in {}",
            own.display()
        );
        println!("{name}: goes on after {} half hours", progress.half_hours);
    }
    std::fs::create_dir_all(&own).expect("a directory");
    let mut contender = contender(name, &own, seed);
    let (began, before, mut again) = (progress.changes, progress.seconds, true);
    while year.half_hours < half_hours.min(most) {
        let moment = year.now();
        let change = year.pass();
        let is_due = model.pass(moment, change.as_ref().map(|change| change.number));
        let half_hour = HalfHour {
            now: moment,
            change: change.as_ref(),
            files: &year.files,
            model: &model,
            is_due,
            again,
        };
        progress.add(|| contender.pass(&half_hour));
        again &= change.is_none();
        progress.to_forget |= change.is_some();
        if year.half_hours % DAY == 0 && progress.to_forget {
            progress.add(|| contender.end_day());
            progress.to_forget = false;
        }
        if year.half_hours % (7 * DAY) == 0 {
            contender.end_week();
        }
        progress.half_hours = year.half_hours;
        if change.is_some() || is_due {
            (progress.changes, progress.digest) = (year.changes, year.digest());
            progress::write(&kept, &progress);
        }
        let done = year.changes - began;
        if change.is_some() && (done == TRIAL || done % 100 == 0) {
            let each = (progress.seconds - before) / f64::from(done);
            let left = f64::from(half_hours - year.half_hours) / f64::from(YEAR) * 3650.0 * each / 60.0;
            println!(
                "{name}: {} changes, {each:.2} s each; the rest takes about {left:.0} min",
                year.changes
            );
        }
    }
    // Whatever way this run has come, the year is the one that anybody else would have had.
    assert_eq!(Year::again(&seed.files, year.half_hours).digest(), year.digest());
    if year.half_hours == half_hours {
        progress.digest = year.digest();
        let measured = contender.measure();
        let outcome = Outcome {
            contender: name.to_owned(),
            progress,
            repository: measured.repository,
            beside: measured.beside,
            snapshots: measured.snapshots,
        };
        progress::write(&result, &outcome);
        println!("{name}: done, {} bytes", outcome.repository);
    }
}

fn contender(name: &str, own: &Path, seed: &Seed) -> Box<dyn Contender> {
    let own: PathBuf = own.to_owned();
    match name {
        "ours" => Box::new(ours::Ours::new(&own, &seed.manifest)),
        "restic" => Box::new(peers::Peer::new(&own, peers::Which::Restic)),
        "borg" => Box::new(peers::Peer::new(&own, peers::Which::Borg)),
        "history" => Box::new(git::History::new(&own)),
        "shell" => Box::new(git::Shell::new(&own, None)),
        _ => Box::new(git::Shell::new(&own, Some(git::gzipped))),
    }
}

impl Progress {
    /// Counts what a step sent, and how long it took.
    fn add(&mut self, step: impl FnOnce() -> Sent) {
        let begin = now();
        let sent = step();
        self.seconds += begin.elapsed().as_secs_f64();
        self.saving += sent.saving;
        self.forgetting += sent.forgetting;
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn now() -> Instant {
    Instant::now()
}
