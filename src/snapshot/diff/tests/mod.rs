//! What a diff promises.

mod apply;
mod named;
mod project;
mod properties;

pub(crate) use project::Project;
