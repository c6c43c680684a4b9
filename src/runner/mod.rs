//! The GitHub Actions runner, and the terminal that stands in for it: what a run is told, and where it says things.
//!
//! Everything that leaves the process for a person or a workflow passes through here: the log ([`Log`]), progress
//! ([`Progress`]), the files for outputs and summary and the report file ([`files`]). What it says is
//! [`crate::report`]'s; that it does no harm on its way is this room's.

mod command;
mod config_files;
mod environment;
pub mod export;
pub mod files;
mod job;
mod log;
#[cfg(test)]
mod log_tests;
mod progress;
pub mod variable;
mod zip;

pub use config_files::read_text;
pub use environment::{Environment, Proxies, Terminal};
pub use files::FileError;
pub use job::Github;
pub use log::{Log, Mode};
pub use progress::Progress;
