//! The room against real stores.
