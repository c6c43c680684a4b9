//! Deciding: facts, policy and the time in, a plan out. Pure, so that a plan can be printed before it happens and
//! tested without a world.

pub mod backup;
pub mod history;
pub mod import;
pub mod pace;
pub mod reading;
pub mod restore;
pub mod select;
pub mod tiers;
