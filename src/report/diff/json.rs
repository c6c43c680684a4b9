//! A diff as JSON for a program, never over a number of bytes.
//!
//! The shape is that of [`Diff`], with the snapshot it compares with, counts, and the same in words. Where all does not
//! fit, long values go first (`{"leftOut": true}` stands in their place), then shorter ones, then everything inside
//! resources, then resources from the end: it is valid JSON always, and says how much was left out.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use super::sentences::sentences;
use crate::snapshot::diff::{Differences, What};
use crate::snapshot::{Diff, SnapshotId};

/// How large the output `changes` may be, in bytes: GitHub takes 1 MB of all outputs of a job together.
pub const CHANGES_BUDGET: usize = 100_000;

/// Values longer than this many bytes of JSON are left out, one try after the other.
const LIMITS: [usize; 3] = [4_000, 400, 40];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    since: &'a SnapshotId,
    counts: Counts,
    /// Whether anything was left out for its size.
    truncated: bool,
    left_out: LeftOut,
    /// The same in sentences.
    words: &'a [String],
    #[serde(flatten)]
    diff: &'a Diff,
}

#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Counts {
    added: usize,
    removed: usize,
    changed: usize,
}

#[derive(Debug, Clone, Copy, Default, Serialize)]
struct LeftOut {
    /// Values.
    values: usize,
    /// Resources.
    resources: usize,
    /// Things inside resources: nodes, intents, steps.
    items: usize,
    /// Sentences.
    words: usize,
}

/// Writes what changed as JSON in at most `budget` bytes, which must be some hundreds at least.
#[must_use]
pub fn json(diff: &Diff, since: &SnapshotId, budget: usize) -> String {
    let with = |what: What| diff.resources.iter().filter(|resource| resource.what == what).count();
    let counts =
        Counts { added: with(What::Added), removed: with(What::Removed), changed: with(What::Changed) };
    let words = sentences(diff);
    let write = |diff: &Diff, words: &[String], left_out: LeftOut| {
        let truncated = left_out.values + left_out.resources + left_out.words + left_out.items > 0;
        within(&Written { since, counts, truncated, left_out, words, diff }, budget)
    };
    if let Some(text) = write(diff, &words, LeftOut::default()) {
        return text;
    }
    // Many long sentences would leave no room for anything else.
    let mut room = budget / 4;
    let fitting =
        words.iter().take_while(|s| room.checked_sub(s.len() + 4).map(|rest| room = rest).is_some()).count();
    let (words, lost) = (&words[..fitting], words.len() - fitting);
    for limit in LIMITS {
        let mut left_out = LeftOut { words: lost, ..LeftOut::default() };
        let mut short = |value: &Value| {
            let fits = within(value, limit).is_some();
            left_out.values += usize::from(!fits);
            if fits { value.clone() } else { serde_json::json!({ "leftOut": true }) }
        };
        let short = Diff {
            resources: diff.resources.iter().map(|r| r.with(r.differences.mapped(&mut short))).collect(),
            elsewhere: diff.elsewhere.mapped(&mut short),
            locales: diff.locales.clone(),
        };
        if let Some(text) = write(&short, words, left_out) {
            return text;
        }
    }
    let values =
        diff.elsewhere.values() + diff.resources.iter().map(|r| r.differences.values()).sum::<usize>();
    let items = items(&diff.elsewhere) + diff.resources.iter().map(|r| items(&r.differences)).sum::<usize>();
    let bare = diff.resources.iter().map(|resource| resource.with(Differences::default()));
    let mut short = Diff { resources: bare.collect(), ..Diff::default() };
    loop {
        let resources = diff.resources.len() - short.resources.len();
        match write(&short, words, LeftOut { values, items, resources, words: lost }) {
            Some(text) => return text,
            None if short.resources.is_empty() => return "{\"truncated\":true}".to_owned(),
            None => short.resources.truncate(short.resources.len() * 3 / 4),
        }
    }
}

fn items(differences: &Differences) -> usize {
    differences.items.iter().map(|item| 1 + items(&item.differences)).sum()
}

/// Writes JSON, unless it gets longer than `budget`.
fn within(value: &impl Serialize, budget: usize) -> Option<String> {
    let mut out = Bounded { bytes: Vec::new(), budget };
    serde_json::to_writer(&mut out, value).ok()?;
    String::from_utf8(out.bytes).ok()
}

struct Bounded {
    bytes: Vec<u8>,
    budget: usize,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.budget {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
