//! Why a run for one project ended without its work done: an outcome, a sentence, its causes, the way out.
//!
//! Every room's own error becomes one of these here, and nowhere else.

use std::error::Error as StdError;
use std::time::Duration;

use super::defect;
use crate::config::Problems;
use crate::report::{Outcome, Reason};
use crate::runner::export::ExportError;
use crate::snapshot::Kind;
use crate::snapshot::layout::Malformed;
use crate::{cognigy, github, http, plan, source, store};

/// Said of a run that was ended from outside, wherever it was.
const WHOLE: &str = "The store is whole: a snapshot is saved completely or not at all. The next run goes on.";

/// A run that ended early.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    /// [`Outcome::Refused`] or [`Outcome::Failed`].
    pub(super) outcome: Outcome,
    /// What a person is told.
    pub(super) reason: Reason,
}

impl Failure {
    /// A failure that no error of a room stands behind.
    pub(super) fn failed(message: impl Into<String>, hints: Vec<String>) -> Self {
        Self::new(Outcome::Failed, message.into(), Vec::new(), hints)
    }

    /// It could do harm.
    pub(super) fn refused(reason: Reason) -> Self {
        Self { outcome: Outcome::Refused, reason }
    }

    /// A file that the run was given is wrong.
    pub(super) fn problems(problems: &Problems) -> Self {
        let causes = problems.0.iter().map(ToString::to_string).collect();
        Self::new(Outcome::Failed, "The policy cannot be used.".to_owned(), causes, Vec::new())
    }

    /// The server does not allow the branch to be moved.
    pub(super) fn refused_by_store(branch: &str, refusal: &store::Refusal) -> Self {
        let mut causes = vec![refusal.to_string()];
        causes.extend(refusal.details.iter().cloned());
        let hints = refusal.hints().into_iter().map(str::to_owned).collect();
        Self::new(Outcome::Failed, format!("The snapshot could not be saved on {branch}"), causes, hints)
    }

    /// Somebody else was faster, again and again.
    pub(super) fn outraced(branch: &str, tries: u32) -> Self {
        Self::failed(
            format!("{branch} was moved by somebody else {tries} times in a row while a snapshot was being saved."),
            vec!["Give the workflow a `concurrency` group, so that its runs wait for each other. The next run saves what \
                  this one could not."
                .to_owned()],
        )
    }

    /// Whether the repository has a configuration file could not be found out.
    pub(super) fn not_asked_for_config(path: &str, place: &str, error: github::Error) -> Self {
        let Self { outcome, reason } = error.into();
        let message = format!(
            "{path} is not in the workspace, and whether it is in {place} cannot be found out. Nothing was captured: \
             without the file, the snapshot might go to the wrong branch."
        );
        let causes = [vec![reason.message], reason.causes].concat();
        let checkout = "An `actions/checkout` in a step before this one puts the file into the workspace.";
        let hints = [reason.hints, vec![checkout.to_owned()]].concat();
        Self::new(outcome, message, causes, hints)
    }

    /// The run's time was up.
    pub(super) fn out_of_time(limit: Duration) -> Self {
        Self::failed(
            format!(
                "The run took longer than the {} minutes it may take and was ended.",
                limit.as_secs() / 60
            ),
            vec![
                "Set `timeout-minutes` higher, or look in the log for what was slow.".to_owned(),
                // The time may have run out while the store was answering: whether it saved cannot be told.
                WHOLE.to_owned(),
            ],
        )
    }

    /// Somebody asked the process to end.
    pub(super) fn interrupted(signal: &str) -> Self {
        Self::failed(format!("The run was interrupted ({signal})."), vec![WHOLE.to_owned()])
    }

    /// The program itself is wrong somewhere.
    pub(super) fn defect(panic: &(dyn std::any::Any + Send)) -> Self {
        Self { outcome: Outcome::Failed, reason: defect::reason(panic) }
    }

    /// Kinds that the newest snapshot has cannot be read any more.
    pub(super) fn lost(kinds: &[Kind]) -> Self {
        let names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
        Self::failed(
            format!(
                "The server says that it has no {}, of which the newest snapshot holds some; nothing was saved.",
                names.join(" and no ")
            ),
            vec![
                "If it is only now, the next run will do. If the server has them no more, choose other kinds with \
                 `backup.cloneType`, or another `prefix`."
                    .to_owned(),
            ],
        )
    }

    fn of(error: &dyn StdError, hints: Vec<String>) -> Self {
        let mut causes = Vec::new();
        let mut next = error.source();
        while let Some(cause) = next {
            let said = cause.to_string();
            // Libraries repeat their cause in their own text; a person reads it once.
            if causes.last().is_none_or(|last: &String| !last.contains(&said)) {
                causes.push(said);
            }
            next = cause.source();
        }
        Self::new(Outcome::Failed, error.to_string(), causes, hints)
    }

    fn new(outcome: Outcome, message: String, causes: Vec<String>, hints: Vec<String>) -> Self {
        Self { outcome, reason: Reason { message, causes, hints } }
    }
}

impl From<source::cognigy::Error> for Failure {
    fn from(error: source::cognigy::Error) -> Self {
        let hints = error.hints();
        Self::of(&error, hints)
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        let hints = error.hints();
        Self::of(&error, hints)
    }
}

impl From<store::archive::Error> for Failure {
    fn from(error: store::archive::Error) -> Self {
        let hints = error.hints();
        Self::of(&error, hints)
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        let hints = error.hints();
        Self::of(&error, hints)
    }
}

impl From<github::Error> for Failure {
    fn from(error: github::Error) -> Self {
        let hints = error.hints();
        Self::of(&error, hints)
    }
}

impl From<http::InvalidOptions> for Failure {
    fn from(error: http::InvalidOptions) -> Self {
        // Its own sentence says what it must read.
        Self::of(&error, Vec::new())
    }
}

impl From<cognigy::Error> for Failure {
    fn from(error: cognigy::Error) -> Self {
        let hints = error.hints();
        Self::of(&error, hints)
    }
}

impl From<Malformed> for Failure {
    fn from(error: Malformed) -> Self {
        let hint = "The server answered otherwise than its documentation says. Please report it with the server's version.";
        Self::of(&error, vec![hint.to_owned()])
    }
}

impl From<plan::import::Refusal> for Failure {
    fn from(refusal: plan::import::Refusal) -> Self {
        let hints = refusal.hints();
        Self::new(Outcome::Refused, refusal.to_string(), Vec::new(), hints)
    }
}

impl From<plan::backup::Refusal> for Failure {
    fn from(refusal: plan::backup::Refusal) -> Self {
        let hints = refusal.hints();
        Self::new(Outcome::Refused, refusal.to_string(), Vec::new(), hints)
    }
}
