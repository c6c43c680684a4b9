//! The end of a run: the report, said everywhere it has to be said.

use std::io::Write as _;
use std::path::Path;

use super::{Door, WRONG_INPUT};
use crate::config::{Cli, Matrix};
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
pub(super) fn report(
    mut report: Report,
    as_json: bool,
    code: u8,
    environment: &Environment,
    log: &Log,
) -> u8 {
    report.scrub(&log.secrets());
    let told = for_a_workflow(&report, environment, log);
    for annotation in annotations::render(&report) {
        log.annotate(&annotation);
    }
    if as_json {
        log.print(&json::render(&report));
    } else {
        log.print(&console::render(&report));
    }
    close(code, told, log)
}

/// Hands the jobs of a matrix over: to the next job as an output, to whoever reads the standard output as one line.
pub(super) fn matrix(matrix: &Matrix, environment: &Environment, log: &Log) -> u8 {
    let json = matrix.to_json();
    log.print(&json);
    let output = environment.github.as_ref().and_then(|github| github.output.as_deref());
    let outputs = [("matrix".to_owned(), json)];
    close(0, output.map_or(Ok(()), |path| files::write_outputs(path, &outputs)), log)
}

/// Ends the log. Returns the exit code: `code`, unless the workflow could not be told.
fn close(code: u8, told: Result<(), FileError>, log: &Log) -> u8 {
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

/// Writes the files for later steps and for a person. A workflow steers by the outputs, so that they cannot be written
/// is an error; without the report or the summary (a workspace that is read-only) a backup is as good.
fn for_a_workflow(report: &Report, environment: &Environment, log: &Log) -> Result<(), FileError> {
    let Some(github) = &environment.github else { return Ok(()) };
    debug_assert_eq!(log.mode(), Mode::Actions);
    let missed = |error: FileError| log.warning("A file of this run is missing", &error.to_string());
    let write = |workspace: &Path| files::write_report(workspace, json::render(report).as_bytes());
    let file = github.workspace.as_deref().and_then(|workspace| write(workspace).map_err(missed).ok());
    let file = file.as_ref().map(|path| path.to_string_lossy());
    if let Some(path) = &github.summary {
        files::write_summary(path, &summary::render(report, file.as_deref())).unwrap_or_else(missed);
    }
    match &github.output {
        Some(path) => files::write_outputs(path, &outputs::render(report, file.as_deref())),
        None => Ok(()),
    }
}
