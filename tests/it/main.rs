//! What is tested from outside: one binary, one file per mode or property.
//!
//! Inline tests beside the code try one room; what needs several rooms, a server or the repository's own files is
//! tried here. `CONTRIBUTING.md` says where a new test goes.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may stop where it stands, and is its own door"
)]

mod asking;
mod attacked;
mod backup;
mod cli;
mod configuration;
mod edits;
mod faults;
mod format;
mod hostile;
mod import;
mod interruptions;
mod kinds;
mod lab;
mod large;
mod layers;
mod moving;
mod network;
mod openapi;
mod partial;
mod process;
mod quarantine;
mod races;
mod releases;
mod several;
mod steps;
mod store_faults;
mod tiers;
mod world;
