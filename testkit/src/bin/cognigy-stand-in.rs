//! Starts the stand-in for a Cognigy.AI project and keeps it until standard input ends: for the contract with the
//! vendor's client (`tests/contract`), and for a person who wants to play with it.
//!
//! ```text
//! cognigy-stand-in [--seed N] [--size empty|small|full|benchmark] [--flows N] [--locales N] [--nodes N]
//!                  [--latency-ms N] [--allow-get-bodies] [--edits] [--audit-events] [--truth]
//! ```
//!
//! With `--edits` somebody has made every kind of edit already; with `--audit-events` the key's user may read about it.
//! It prints one line of JSON: baseUrl, downloadUrl, apiKey, projectId, and with `--truth` the whole project and its
//! audit log.

use serde_json::json;
use std::io::{Read, Write};
use std::process::ExitCode;
use std::time::Duration;
use testkit::cognigy::{Cognigy, Edit, Project, Setup, Size, Switches};

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            // Nobody is left to tell if even this cannot be written.
            let _ = writeln!(std::io::stderr(), "cognigy-stand-in: {problem}");
            ExitCode::from(3)
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<(), String> {
    let (mut seed, mut size, mut truth) = (1, Size::small(), false);
    let mut setup = Setup { project: Project::empty(), ..Setup::default() };
    let (mut empty, mut edits) = (false, false);
    while let Some(argument) = arguments.next() {
        let mut number = || -> Result<u64, String> {
            let text = arguments.next().ok_or(format!("{argument} wants a number"))?;
            text.parse().map_err(|_| format!("{argument} wants a number, not {text}"))
        };
        match argument.as_str() {
            "--seed" => seed = number()?,
            "--flows" => size.flows = number()? as usize,
            "--locales" => size.locales = number()? as usize,
            "--nodes" => size.nodes_per_flow = number()? as usize,
            "--latency-ms" => setup.latency = Duration::from_millis(number()?),
            "--allow-get-bodies" => setup.switches = Switches { refuse_get_bodies: false, ..setup.switches },
            "--audit-events" => setup.switches = Switches { audit_events: true, ..setup.switches },
            "--edits" => edits = true,
            "--truth" => truth = true,
            "--size" => match arguments.next().as_deref() {
                Some("small") => size = Size::small(),
                Some("full") => size = Size::full(),
                Some("benchmark") => size = Size::benchmark(),
                Some("empty") => empty = true,
                other => return Err(format!("--size is empty, small, full or benchmark, not {other:?}")),
            },
            other => return Err(format!("{other} is no argument of this program")),
        }
    }
    if !empty {
        setup.project = Project::seeded(seed, size);
    }
    // An empty project has nothing that somebody could have edited.
    if edits && !empty {
        Edit::all().iter().for_each(|edit| drop(edit.apply(&mut setup.project)));
    }
    let cognigy = Cognigy::start(setup);
    let mut line = json!({
        "baseUrl": cognigy.base_url(),
        "downloadUrl": cognigy.download_url(),
        "apiKey": cognigy.api_key(),
        "projectId": cognigy.project_id(),
    });
    if truth {
        line["truth"] = cognigy.read(Project::truth);
        line["audit"] = cognigy.read(Project::audit_truth);
    }
    writeln!(std::io::stdout(), "{line}").map_err(|e| format!("cannot say where it listens: {e}"))?;
    std::io::stdin()
        .read_to_end(&mut Vec::new())
        .map_err(|e| format!("cannot wait for standard input: {e}"))?;
    Ok(())
}
