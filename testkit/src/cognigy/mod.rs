//! A stateful Cognigy.AI project that speaks the REST contract.

pub mod project;

/// The key that opens the stand-in; recognisable, so that a test can look for it wherever it must not be.
pub const API_KEY: &str = "cgy-key-planted-3f9d1c7be2a84065";
