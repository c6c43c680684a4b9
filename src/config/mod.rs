//! What was asked for, read twice: as written ([`Inputs`], [`ConfigFile`]) and then as meant ([`Settings`]).
//!
//! Nothing past [`Settings`] sees a raw value. The second reading does not stop at the first mistake: every problem
//! of inputs, variables and config.json comes back at once, each with its place, what was found there, what is
//! allowed, and the likely meaning of a misspelt word. Pure: the door reads files and variables and hands them in.

mod base_url;
mod check;
mod cli;
#[cfg(test)]
mod committed;
mod document;
mod file;
mod given;
mod inputs;
mod matrix;
mod mode;
mod policy;
mod problem;
mod questions;
mod reading;
mod request;
mod retention;
mod settings;
mod store_location;
mod values;

pub use base_url::BaseUrl;
pub use cli::Cli;
pub use file::{ArchiveFormat, CloneType, ConfigFile, schema};
pub use given::{Given, Inputs, SecretSource, Variables};
pub use inputs::{Input, InputFacts, InputKind};
pub use matrix::Matrix;
pub use mode::Mode;
pub use policy::policy;
pub use problem::{At, Fault, Origin, Problem, Problems, Warning};
pub use request::{Asked, ConfigFiles, Request};
pub use settings::{CognigySettings, ConfigText, Days, Expiry, OnPartial, PinSettings, Place, Settings};
pub use store_location::StoreLocation;
