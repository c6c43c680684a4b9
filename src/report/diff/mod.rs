//! What changed between two snapshots, as people and programs read it: one line, sentences, a commit's body, Markdown,
//! JSON, unified text.
//!
//! One sentence says one resource. Names stand between backticks, as [`super::escape::prose`] reads them. Changes that
//! follow from something else are said once: new ids of everything in one sentence, the files of a new locale not at
//! all, since the locale has a sentence itself.

mod clauses;
mod json;
mod markdown;
mod nouns;
mod sentences;
#[cfg(test)]
mod tests;
mod text;
mod unified;

pub use json::{CHANGES_BUDGET, json};
pub use markdown::markdown;
pub(super) use nouns::thing;
pub use sentences::{body, line, sentences};
pub use text::text;
pub use unified::unified;
