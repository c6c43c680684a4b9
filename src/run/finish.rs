//! The end of a run: the report, said everywhere it has to be said.

use std::io::Write as _;

use super::{Door, WRONG_INPUT};
use crate::config::Cli;
use crate::report::{Report, annotations, console, json, outputs, summary};
use crate::runner::{Environment, FileError, Log, Mode, files};

/// Answers `--help` and `--version`, or says what is wrong with a command line.
pub(super) fn command_line(door: &mut Door, said: &clap::Error) -> u8 {
    let text = said.to_string();
    // A closed pipe loses an answer that nobody reads.
    if said.use_stderr() {
        let _ = door.stderr.write_all(text.as_bytes());
        WRONG_INPUT
    } else {
        let _ = door.stdout.write_all(text.as_bytes());
        0
    }
}

/// Shows the help to somebody who typed the program's name and nothing else.
pub(super) fn help(door: &mut Door) -> u8 {
    let text = Cli::command().render_long_help().to_string();
    let _ = door.stderr.write_all(text.as_bytes());
    WRONG_INPUT
}

/// Says what happened: report file, outputs and summary for a workflow, annotations and text for a person. Returns
/// the exit code, which is `code` unless the telling itself failed.
pub(super) fn report(mut report: Report, code: u8, environment: &Environment, log: &Log) -> u8 {
    report.scrub(&log.secrets());
    let told = match &environment.github {
        Some(_) => for_a_workflow(&report, environment, log),
        None => Ok(()),
    };
    for annotation in annotations::render(&report) {
        log.annotate(&annotation);
    }
    log.print(&console::render(&report));
    let code = match told {
        Ok(()) => code,
        Err(error) => {
            // The snapshot may be there; that the workflow cannot learn of it is a failure of its own.
            log.error("The step's outputs could not be written", &error.to_string());
            code.max(1)
        }
    };
    log.finish();
    code
}

fn for_a_workflow(report: &Report, environment: &Environment, log: &Log) -> Result<(), FileError> {
    debug_assert_eq!(log.mode(), Mode::Actions);
    let Some(github) = &environment.github else { return Ok(()) };
    let file = github
        .workspace
        .as_deref()
        .map(|workspace| files::write_report(workspace, json::render(report).as_bytes()))
        .transpose()?;
    let file = file.as_ref().map(|path| path.to_string_lossy());
    if let Some(path) = &github.output {
        files::write_outputs(path, &outputs::render(report, file.as_deref()))?;
    }
    if let Some(path) = &github.summary {
        files::write_summary(path, &summary::render(report, file.as_deref()))?;
    }
    Ok(())
}
