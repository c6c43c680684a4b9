//! runner

mod environment;
mod job;
pub mod variable;

pub use environment::{Environment, Proxies, Terminal};
pub use job::Github;
