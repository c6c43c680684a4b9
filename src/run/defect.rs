//! A defect of our own: what a panic leaves behind, told as any other failure.
//!
//! A panic's message may quote anything, a secret too, so the default way of printing it is silenced at the door; here
//! it goes through the log, which knows the secrets.

use std::panic::PanicHookInfo;
use std::sync::{Mutex, PoisonError};

use crate::report::Reason;

/// Where the last panic happened, as the hook saw it: a caught panic does not say it.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// Where to write about it.
const ISSUES: &str = concat!(
    "Please report it with this message and the version (",
    env!("CARGO_PKG_VERSION"),
    "). The store is whole: a snapshot is saved completely or not at all."
);

/// Notes where a panic happens and prints nothing. The door makes it the process's panic hook.
pub fn note_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(|at| format!("{}:{}", at.file(), at.line()));
    *PLACE.lock().unwrap_or_else(PoisonError::into_inner) = place;
}

/// Returns the sentence for a panic that nobody could tell through a log: the place only, since the message is not
/// safe to show.
#[must_use]
pub fn last_words() -> String {
    format!("cognigy-backup ended because of a defect of its own{}. {ISSUES}", place())
}

/// Returns what a person is told of a caught panic.
pub(super) fn reason(panic: &(dyn std::any::Any + Send)) -> Reason {
    let said = panic.downcast_ref::<String>().map(String::as_str);
    let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
    Reason {
        message: format!("The run ended because of a defect of cognigy-backup itself{}.", place()),
        causes: said.into_iter().map(str::to_owned).collect(),
        hints: vec![ISSUES.to_owned()],
    }
}

fn place() -> String {
    let place = PLACE.lock().unwrap_or_else(PoisonError::into_inner);
    place.as_ref().map(|place| format!(" at {place}")).unwrap_or_default()
}
