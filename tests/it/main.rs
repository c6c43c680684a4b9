//! What is tested from outside: one binary, one file per mode or property.
//!
//! Inline tests beside the code try one room; what needs several rooms, a server or the repository's own files is
//! tried here. `CONTRIBUTING.md` says where a new test goes.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking, in its own functions too"
)]

mod backup;
mod faults;
mod hostile;
mod interruptions;
mod layers;
mod moving;
mod network;
mod process;
mod store_faults;
mod world;
