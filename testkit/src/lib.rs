//! The world outside cognigy-backup, in small, on 127.0.0.1: for its tests, examples and benches only.

pub mod cognigy;
pub mod github;
pub mod runner;
pub mod upstream;
