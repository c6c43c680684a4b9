//! Backs up Cognigy.AI projects into a git repository as time-decaying snapshots, and brings them back.
//!
//! The crate is a house: floors by effect, rooms by noun. A room imports only from floors below its own; rooms on
//! one floor are strangers, and `run` joins them. `tests/it/layers.rs` keeps it so; `docs/architecture.md` walks
//! through one backup.
//!
//! | floor | rooms | what a line there may do |
//! |---|---|---|
//! | 6 | [`run`] | the order of calls |
//! | 5 | [`source`], [`store`], [`runner`] | bytes on a wire or disk |
//! | 4 | [`cognigy`], [`github`] | one foreign API each |
//! | 3 | [`http`], [`clock`] | waiting, and what both APIs need |
//! | 2 | [`report`] | sentences for a person |
//! | 1 | [`config`], [`plan`] | deciding |
//! | 0 | [`snapshot`] | the nouns and their grammar |
//!
//! Nothing below floor 3 waits, reads, writes or asks the time.

pub mod clock;
pub mod cognigy;
pub mod config;
pub mod github;
pub mod http;
pub mod plan;
pub mod report;
pub mod run;
pub mod runner;
pub mod snapshot;
pub mod source;
pub mod store;
