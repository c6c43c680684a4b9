//! The Cognigy.AI REST API and nothing else: `/new/v2.0`.
//!
//! [`Client`] asks; it returns the server's JSON as it came, because a backup keeps everything the server sends, also
//! what this version does not know. It looks at an answer only as far as it must to be sure that it *is* the thing
//! asked for: a web page, a half answer or a list that changes while it is read is an [`Error`], never content.
//!
//! The API key goes to the host of the base URL and nowhere else: no redirect is followed, and the only place that
//! adds the header builds the address itself.

mod answer;
mod audit;
mod client;
mod error;
mod halves;
mod hints;
mod list;
mod paths;
mod resources;
#[cfg(test)]
mod tests;
mod wire;
mod writes;

use std::time::Duration;

pub use audit::AuditEvent;
pub use client::{Client, Limits, Usage};
pub use error::{Error, ListProblem, NotJson, Status};
pub use hints::suggested_host;
pub use paths::{Paths, paths};
pub use resources::AUDIT_PAGE;
pub use wire::{id, name, reference_id};
pub use writes::{Task, Upload, Wrote};

use crate::plan::pace::RequestWindow;

/// Hosts of the shared installations, which limit requests per address.
const SHARED_HOSTS: [&str; 4] =
    ["api-app.cognigy.ai", "api-app-us.cognigy.ai", "api-trial.cognigy.ai", "api-trial-us.cognigy.ai"];

/// Returns the window to keep on a host unless told otherwise.
///
/// The vendor documents 1,000 requests in 5 minutes for each address on shared installations, and none elsewhere. A
/// tenth is left for the browser of whoever sits behind the same address, and for requests that travel at different
/// speeds.
#[must_use]
pub fn default_window(host: &str) -> Option<RequestWindow> {
    let shared = SHARED_HOSTS.iter().any(|shared| shared.eq_ignore_ascii_case(host));
    shared.then_some(RequestWindow { requests: 900, per: Duration::from_secs(300) })
}
