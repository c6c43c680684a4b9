//! The report for a terminal and for the log of a job: the verdict and a few lines of facts, no markup.
//!
//! A dry run prints its plan here: what would be done, in order, and why.

use super::catalogue::Answer;
use super::escape::{clip, visible};
use super::quantity::{count, duration, size, time};
use super::summary::availability;
use super::{Entry, Outcome, Report, diff, state, unreadable, verdict};

/// How many of anything are listed; the summary and the report file have more.
const LINES: usize = 20;
const LINE: usize = 500;

/// Returns the report as plain lines, the last one ended.
#[must_use]
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    if report.several {
        out += &format!("{}: {}\n", report.outcome, visible(&verdict::of_report(report)));
    }
    for entry in &report.entries {
        let verdict = verdict::of_entry(entry);
        // "Failed for ..." begins with the outcome's own word.
        let outcome = entry.outcome.to_string();
        if !verdict.to_lowercase().starts_with(&outcome) {
            out += &format!("{outcome}: ");
        }
        out += &format!("{}\n", visible(&verdict));
        for table in entry.answer.iter().flat_map(|answer| answer.tables(report.started)) {
            out += &format!("\n{}\n", table.lines().join("\n"));
        }
        if let Some((what, command)) = entry.answer.as_ref().and_then(Answer::command) {
            // Whole, however long: it is to be pasted.
            out += &format!("\n{what}:\n  {}\n", visible(command));
        }
        if entry.answer.is_some() {
            if let Some((diff, _)) = entry.difference() {
                out += &format!("\n{}\n", diff::text(diff).join("\n"));
            }
            for (what, text) in reasons(entry) {
                out += &format!("  {what:<9} {}\n", visible(&clip(text.trim(), LINE)));
            }
            for warning in &entry.warnings {
                out += &format!("  warning   {}\n", visible(&clip(warning.trim(), LINE)));
            }
            continue;
        }
        for (what, text) in details(entry) {
            out += &format!("  {what:<9} {}\n", visible(&clip(text.trim(), LINE)));
        }
    }
    out
}

/// Returns the facts of one project as rows of a word and a text.
fn details(entry: &Entry) -> Vec<(&'static str, String)> {
    let mut rows = reasons(entry);
    if let Some((diff, _)) = entry.difference() {
        list(&mut rows, "changed", &diff::sentences(diff));
    }
    if let Some(snapshot) = &entry.snapshot {
        let (resources, files) = (count(snapshot.resources, "resource"), count(snapshot.files, "file"));
        rows.push(("content", format!("{resources} in {files}, {}", size(snapshot.bytes))));
    }
    if !entry.branch.is_empty() {
        rows.push(("branch", branch(entry)));
    }
    for (kind, lost) in unreadable(&entry.kinds) {
        rows.push(("kind", format!("{kind}: {}", availability(lost).trim_start_matches("⚠️ "))));
    }
    if let Some(tiers) = &entry.tiers {
        let done: Vec<String> =
            tiers.steps().iter().map(|step| format!("{} ({})", step.what, step.why)).collect();
        if entry.outcome != Outcome::Planned {
            list(&mut rows, "done", &done);
        }
        for step in &tiers.failed {
            rows.push(("failed", step.reason.message.clone()));
            list(&mut rows, "because", &step.reason.causes);
            list(&mut rows, "hint", &step.reason.hints);
        }
        list(&mut rows, "not done", &tiers.skips());
        rows.extend(tiers.next_due.map(|due| ("next due", time(due))));
    }
    rows.extend(entry.remembered.iter().map(|(what, text)| ("remembers", format!("{what}: {text}"))));
    rows.extend(entry.freshness.and_then(state::freshness).map(|read| ("read", read)));
    list(&mut rows, "warning", &entry.warnings);
    rows.push(("took", format!("{}, {}", duration(entry.duration_ms), count(entry.requests, "request"))));
    rows
}

/// Returns why it ended so, and what would be done.
fn reasons(entry: &Entry) -> Vec<(&'static str, String)> {
    let mut rows: Vec<(&'static str, String)> = Vec::new();
    if let Some(reason) = &entry.reason {
        list(&mut rows, "because", &reason.causes);
        list(&mut rows, "hint", &reason.hints);
    }
    let steps: Vec<String> =
        entry.plan.iter().enumerate().map(|(at, step)| step_line(at + 1, step)).collect();
    list(&mut rows, "would", &steps);
    rows
}

fn list(rows: &mut Vec<(&'static str, String)>, word: &'static str, texts: &[String]) {
    rows.extend(texts.iter().take(LINES).map(|text| (word, text.clone())));
    if texts.len() > LINES {
        rows.push((word, format!("… and {} more", texts.len() - LINES)));
    }
}

fn step_line(number: usize, step: &super::Step) -> String {
    let why = if step.why.is_empty() { String::new() } else { format!(" ({})", step.why) };
    format!("{number}. {}{why}", step.what)
}

fn branch(entry: &Entry) -> String {
    let commit = entry.snapshot.as_ref().and_then(|snapshot| snapshot.commit.as_deref());
    // Twelve digits: enough to be unique in any repository of snapshots, and to be typed.
    let at = commit
        .map(|commit| format!(" at {}", commit.chars().take(12).collect::<String>()))
        .unwrap_or_default();
    let known = entry.snapshots.map(|n| format!(", {}", count(n, "snapshot"))).unwrap_or_default();
    let store = if entry.store.is_empty() { String::new() } else { format!(", in {}", entry.store) };
    format!("{}{at}{known}{store}", entry.branch)
}
