//! A diff for the job summary: a list of sentences, and below each resource's fold the values that differ.

use std::fmt::Write as _;

use serde_json::Value;

use super::clauses::is_edit;
use super::sentences::{edits, sentences, subject};
use super::unified::{is_long, unified};
use crate::report::escape::{block, clip, code, html, prose};
use crate::snapshot::diff::{Change, Differences, ResourceChange, What};
use crate::snapshot::{Diff, SnapshotId};

/// How much of one difference is shown: lines, and characters of a line.
const LINES: usize = 60;
const LINE: usize = 300;

/// Writes what changed as Markdown, in at most `budget` bytes. Nothing that comes from the project is markup in it.
#[must_use]
pub fn markdown(diff: &Diff, since: &SnapshotId, budget: usize) -> String {
    let said = sentences(diff);
    let head = format!("**What changed** since {}\n\n", code(since.as_str()));
    if said.is_empty() || head.len() > budget {
        return String::new();
    }
    let mut out = Budgeted { text: head, budget };
    let listed = said.iter().take_while(|sentence| out.add(&format!("- {}\n", prose(sentence)))).count();
    if listed < said.len() {
        out.end(&format!("- … and {} more, see the report file\n", said.len() - listed));
        return out.text;
    }
    let changed: Vec<&ResourceChange> =
        edits(diff).filter(|resource| resource.what == What::Changed).collect();
    let mut left = 0;
    for resource in changed {
        let mut lines = Vec::new();
        values(&resource.differences, "", &mut lines);
        if lines.is_empty() {
            continue;
        }
        let shown = block("diff", lines.iter().map(String::as_str));
        let title = html(&subject(resource).replace('`', ""));
        if !out.add(&format!("\n<details>\n<summary>{title}</summary>\n\n{shown}\n</details>\n")) {
            left += 1;
        }
    }
    if left > 0 {
        out.end(&format!("\n… and the values of {left} more, see the report file\n"));
    }
    out.end("\n");
    out.text
}

/// A text that takes only what leaves room for a last line.
struct Budgeted {
    text: String,
    budget: usize,
}

/// What a last line takes at most.
const LAST: usize = 80;

impl Budgeted {
    fn add(&mut self, more: &str) -> bool {
        let fits = self.text.len() + more.len() + LAST <= self.budget;
        if fits {
            self.text.push_str(more);
        }
        fits
    }

    fn end(&mut self, last: &str) {
        if self.text.len() + last.len() <= self.budget {
            self.text.push_str(last);
        }
    }
}

/// Writes the values that differ, each below a line that says where.
pub(super) fn values(differences: &Differences, within: &str, lines: &mut Vec<String>) {
    for change in differences.changes.iter().filter(|change| is_edit(change)) {
        let place = if change.path.is_empty() { String::new() } else { format!(" {}", change.path) };
        let files = change.files.join(", ");
        match shown(change).as_slice() {
            [] => {}
            shown => {
                let head = if within.is_empty() { files } else { format!("{within} ({files})") };
                lines.push(clip(&format!("# {head}{place}"), LINE));
                lines.extend(shown.iter().take(LINES).map(|line| clip(line, LINE)));
                if shown.len() > LINES {
                    lines.push(format!("# … {} more lines", shown.len() - LINES));
                }
            }
        }
    }
    for item in differences.items.iter().filter(|item| item.noun != "relation") {
        let mut name = String::new();
        let space = if within.is_empty() { "" } else { ", " };
        write!(name, "{within}{space}{} {}", item.noun, clip(&item.name, 60))
            .expect("strings can be written to");
        values(&item.differences, &name, lines);
    }
}

fn shown(change: &Change) -> Vec<String> {
    match (&change.old, &change.new) {
        (Some(Value::String(old)), Some(Value::String(new))) if is_long(old) || is_long(new) => {
            unified(old, new)
        }
        (old, new) => {
            let signed = |sign, value: &Option<Value>| value.as_ref().map(|value| format!("{sign} {value}"));
            signed('-', old).into_iter().chain(signed('+', new)).collect()
        }
    }
}
