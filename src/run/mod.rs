//! One run: read what was asked for, do it, report.
//!
//! [`run`] is everything behind the door. It returns an exit code and never ends the process; what a person or a
//! workflow is to see goes through the [`Log`] and the runner's files, once, at the end.

mod ask;
mod auto;
mod backup;
mod capture;
mod catalogue;
mod compare;
mod configuration;
mod content;
mod defect;
mod describe;
mod export;
mod failure;
mod finish;
mod gather;
mod import;
mod memory;
mod pins;
mod pools;
mod projects;
mod quarantine;
mod search;
mod tiers;
mod tip;
mod world;

use std::ffi::OsString;
use std::io::{Read, Write};
use std::time::Duration;

use chrono::{DateTime, Utc};
pub use defect::{last_words, note_panic};
use failure::Failure;
use futures_util::FutureExt as _;
use secrecy::SecretString;
use tokio::signal::unix::{SignalKind, signal};

use crate::clock::Clock;
use crate::config::{Cli, Input, Problems, Request, Settings};
use crate::report::{Changes, Entry, Outcome, Reason, Report};
use crate::runner::{Environment, Log, Mode};

/// The span in which a Cognigy server counts requests (documentation, "Limitations": 1,000 in 5 minutes).
pub const REQUEST_WINDOW: Duration = Duration::from_secs(300);

/// The exit code for wrong input or configuration: nothing was captured.
const WRONG_INPUT: u8 = 3;

/// "File size limit exceeded", on every Linux that we build for (signal(7)).
const SIGXFSZ: i32 = 25;

/// What the door has read of the world, once.
pub struct Door {
    /// The command line, program name first.
    pub arguments: Vec<OsString>,
    /// Variables, working directory, terminal.
    pub environment: Environment,
    /// The time.
    pub now: DateTime<Utc>,
    /// How long the server's request window is: [`REQUEST_WINDOW`], but in a test, which has no five minutes.
    pub request_window: Duration,
    /// Where a secret may be read from.
    pub stdin: Box<dyn Read>,
    /// Where results go.
    pub stdout: Box<dyn Write + Send>,
    /// Where everything else goes at a terminal.
    pub stderr: Box<dyn Write + Send>,
}

/// The run's clock, and the length of the server's window by it.
#[derive(Clone, Copy)]
struct Time {
    clock: Clock,
    request_window: Duration,
}

/// Runs once and returns the exit code: 0 done, unchanged, skipped or planned; 1 failed or refused; 2 done in part;
/// 3 wrong input.
pub async fn run(mut door: Door) -> u8 {
    let clock = Clock::starting_at(door.now);
    let time = Time { clock, request_window: door.request_window };
    // A write beyond the file size limit then fails with a sentence instead of killing the process.
    let _file_size_limit = signal(SignalKind::from_raw(SIGXFSZ));
    let cli = match Cli::parse(&door.arguments) {
        Ok(cli) => cli,
        Err(said) => return finish::command_line(&mut door, &said),
    };
    if door.environment.github.is_none() && cli.flag(Input::Mode).is_none() && door.arguments.len() < 2 {
        return finish::help(&mut door);
    }
    let environment = door.environment;
    let log = Log::new(log_mode(&environment), door.stdout, door.stderr);
    let inputs = environment.inputs(&cli, &mut *door.stdin);
    inputs.secrets().for_each(|secret| log.mask(secret));
    environment.proxies.passwords().iter().for_each(|secret| log.mask(secret));
    let interruption = interrupted().shared();
    let files = tokio::select! {
        files = configuration::config_files(&inputs, &environment, &log) => files,
        signal = interruption.clone() => Err(Failure::interrupted(signal)),
    };
    let request = files.map(|files| Request::new(&inputs, files, &environment.place()));
    let mut as_json = false;
    let (mut report, code) = match request {
        Ok(Ok(Request::Matrix(matrix))) => return finish::matrix(&matrix, &environment, &log),
        Ok(Ok(Request::Backup { projects, several })) => {
            // Those of all projects, before the first line about any.
            let secrets = projects.iter().flat_map(|project| settings_secrets(&project.settings));
            secrets.for_each(|secret| log.mask(secret));
            as_json = projects.iter().any(|project| project.settings.json);
            let mode = projects.first().map(|project| project.settings.mode.name()).unwrap_or_default();
            let entries =
                projects::carry_out(&projects, several, &environment, time, &interruption, &log).await;
            let report = Report { several, ..new_report(mode, clock, entries) };
            let code = report.outcome.exit_code();
            (report, code)
        }
        Ok(Err(problems)) => (wrong_input(&problems, clock), WRONG_INPUT),
        Err(Failure { outcome, reason }) => {
            let entry = Entry { outcome, reason: Some(reason), ..no_entry() };
            (new_report("", clock, vec![entry]), outcome.exit_code())
        }
    };
    report.duration_ms = u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX);
    finish::report(report, as_json, code, &environment, &log)
}

fn log_mode(environment: &Environment) -> Mode {
    match (&environment.github, environment.terminal.stderr) {
        (Some(_), _) => Mode::Actions,
        (None, true) => Mode::Terminal,
        (None, false) => Mode::Plain,
    }
}

fn settings_secrets(settings: &Settings) -> impl Iterator<Item = &SecretString> {
    let api_key = settings.cognigy.as_ref().map(|cognigy| &cognigy.api_key);
    [api_key, settings.token.as_ref()].into_iter().flatten()
}

/// Waits for the first signal that asks the process to end: a person's Ctrl-C, or a cancelled job's SIGINT and SIGTERM.
async fn interrupted() -> &'static str {
    let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) else {
        // Without handlers the signals end the process by themselves.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => "SIGINT",
        _ = terminate.recv() => "SIGTERM",
    }
}

fn new_report(mode: &str, clock: Clock, entries: Vec<Entry>) -> Report {
    Report {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        mode: mode.to_owned(),
        several: false,
        outcome: Outcome::worst(entries.iter().map(|entry| entry.outcome)),
        started: clock.started(),
        duration_ms: 0,
        entries,
    }
}

fn new_entry(settings: &Settings) -> Entry {
    let tier = &settings.tiers.base().name;
    Entry {
        project: settings.project.clone(),
        project_name: settings.project_label.clone(),
        config: settings.config_file.clone(),
        branch: settings.prefix.branch(tier).trim_start_matches("refs/heads/").to_owned(),
        tier: tier.to_string(),
        ..no_entry()
    }
}

fn no_entry() -> Entry {
    Entry {
        outcome: Outcome::Failed,
        project: None,
        project_name: None,
        config: None,
        store: String::new(),
        branch: String::new(),
        tier: String::new(),
        snapshot: None,
        previous: None,
        snapshots: None,
        changes: Changes::default(),
        diff: None,
        kinds: Vec::new(),
        tiers: None,
        answer: None,
        remembered: Vec::new(),
        plan: Vec::new(),
        requests: 0,
        expected: None,
        freshness: None,
        unread: Vec::new(),
        redacted: 0,
        duration_ms: 0,
        warnings: Vec::new(),
        missing: Vec::new(),
        quarantine: None,
        reason: None,
    }
}

fn wrong_input(problems: &Problems, clock: Clock) -> Report {
    let reason = Reason {
        message: "The inputs or the configuration cannot be used; nothing was captured.".to_owned(),
        causes: problems.0.iter().map(ToString::to_string).collect(),
        hints: Vec::new(),
    };
    new_report("", clock, vec![Entry { reason: Some(reason), ..no_entry() }])
}
