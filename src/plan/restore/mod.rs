//! What a restore does: a snapshot and the project as it is in, steps out. Pure.

pub mod chart;
pub mod fields;
pub mod ids;
mod lists;
mod nodes;
pub mod resources;
pub mod steps;
