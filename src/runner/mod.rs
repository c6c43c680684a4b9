//! runner

mod environment;

pub use environment::{Environment, Github, Proxies, Terminal, variable};
