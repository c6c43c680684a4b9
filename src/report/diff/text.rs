//! A diff for a terminal: sentences, and below each the values that differ, with no markup and no end.

use super::markdown::values;
use super::sentences::{edits, sentences};
use crate::report::escape::visible;
use crate::snapshot::Diff;
use crate::snapshot::diff::What;

/// Writes what changed as lines.
#[must_use]
pub fn text(diff: &Diff) -> Vec<String> {
    let said = sentences(diff);
    let mut lines = Vec::new();
    // The sentences of what somebody edited come first, in this order; what follows is about no single resource.
    let mut edited = edits(diff);
    for sentence in said {
        lines.push(sentence);
        let Some(resource) = edited.next().filter(|resource| resource.what == What::Changed) else {
            continue;
        };
        let mut below = Vec::new();
        values(&resource.differences, "", &mut below);
        lines.extend(below.iter().map(|line| format!("    {}", visible(line))));
    }
    lines
}
