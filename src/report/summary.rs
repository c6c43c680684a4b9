//! The job summary: GitHub-flavoured Markdown for a person who opens the run's page.
//!
//! The order is that of the questions: how did it go, why, what changed, which snapshot is it and where, what should
//! I know, how do I look at it, and at last the long lists. Everything foreign is escaped, every list has an end, and
//! the whole stays under [`SUMMARY_BUDGET`].

use super::budget::{Section, fit};
use super::catalogue::Answer;
use super::escape::{block, cell, clip, prose, shell};
use super::quantity::{count, duration, grouped, size, time};
use super::tiers::Tiered;
use super::{Entry, Outcome, Reason, Report, SUMMARY_BUDGET, diff, state, verdict};
use crate::snapshot::{Availability, Kind, KindSummary, SnapshotId};

/// Rows of a table that answers a question.
const TABLE_ROWS: usize = 500;
/// Rows of the plan.
const ROWS: usize = 100;
/// Lines of the list of files, and how many bytes of them, of all projects together.
const FILES: usize = 1_000;
const FILES_BYTES: usize = 400 * 1024;
/// How many bytes say what changed, of all projects together.
const CHANGES_BYTES: usize = 300 * 1024;
/// Warnings, causes, hints; each as long as at most so many characters.
const LINES: usize = 30;
const LINE: usize = 1_000;

/// Returns the summary, at most [`SUMMARY_BUDGET`] bytes. `file` is where the whole report was written, if it was.
#[must_use]
pub fn render(report: &Report, file: Option<&str>) -> String {
    within(report, file, SUMMARY_BUDGET)
}

pub(super) fn within(report: &Report, file: Option<&str>, budget: usize) -> String {
    let mut sections = Vec::new();
    let mut add = |priority: u8, text: String| {
        if !text.is_empty() {
            sections.push(Section { priority, text });
        }
    };
    if report.several {
        add(0, format!("## {} {}\n\n", report.outcome.sign(), prose(&verdict::of_report(report))));
        add(0, projects(&report.entries));
    }
    let level = if report.several { "###" } else { "##" };
    for entry in &report.entries {
        add(0, format!("{level} {} {}\n\n", entry.outcome.sign(), prose(&verdict::of_entry(entry))));
        add(0, entry.reason.as_ref().map(reason).unwrap_or_default());
        add(2, warnings(&entry.warnings));
        add(2, plan(entry));
        add(3, changed(entry, CHANGES_BYTES / report.entries.len()));
        for table in entry.answer.iter().flat_map(|answer| answer.tables(report.started)) {
            add(3, table.markdown(TABLE_ROWS));
        }
        if let Some((what, command)) = entry.answer.as_ref().and_then(Answer::command) {
            add(3, format!("**{what}**\n\n{}\n", block("sh", [command].into_iter())));
        }
        if entry.answer.is_some() {
            continue;
        }
        add(1, facts(entry));
        add(2, entry.tiers.as_ref().map(|of| tiers(of, entry.outcome)).unwrap_or_default());
        add(5, kinds(&entry.kinds));
        add(6, look(entry));
        add(9, files(entry, FILES_BYTES / report.entries.len().max(1)));
    }
    add(8, footer(report, file));
    fit(sections, budget)
}

/// Says of every project in one row how it went.
fn projects(entries: &[Entry]) -> String {
    let mut out =
        String::from("| Project | configuration | outcome | changes | snapshot |\n|:--|:--|:--|:--|:--|\n");
    for entry in entries {
        let project = entry.called().map(|name| cell(&clip(name, 100))).unwrap_or_default();
        let changes = match (&entry.previous, entry.changes.count()) {
            _ if !entry.changed() => String::new(),
            (None, _) => "all of it".to_owned(),
            (_, files) => count(files as u64, "file"),
        };
        let snapshot = entry.snapshot.as_ref().map(|snapshot| cell(snapshot.id.as_str())).unwrap_or_default();
        let outcome = entry.outcome;
        let config = entry.config.as_ref().map(|file| cell(&clip(file, 100))).unwrap_or_default();
        out += &format!("| {project} | {config} | {} {outcome} | {changes} | {snapshot} |\n", outcome.sign());
    }
    out + "\n"
}

fn reason(reason: &Reason) -> String {
    // A short message stands in the verdict already, but not always whole.
    let mut out = String::new();
    if reason.message.chars().count() > 500 {
        out += &format!("**In full:** {}\n\n", line(&reason.message));
    }
    if !reason.causes.is_empty() {
        out += &format!("**Why**\n\n{}\n", list("- ", &reason.causes));
    }
    if !reason.hints.is_empty() {
        out += &format!("**What to do**\n\n{}\n", list("- ", &reason.hints));
    }
    out
}

fn warnings(warnings: &[String]) -> String {
    if warnings.is_empty() { String::new() } else { format!("{}\n", list("- ⚠️ ", warnings)) }
}

fn list(mark: &str, items: &[String]) -> String {
    let mut out: String = items.iter().take(LINES).map(|item| format!("{mark}{}\n", line(item))).collect();
    if items.len() > LINES {
        out += &format!("- … and {} more, see the report file\n", items.len() - LINES);
    }
    out
}

fn line(text: &str) -> String {
    prose(&clip(text.trim(), LINE))
}

fn plan(entry: &Entry) -> String {
    if entry.plan.is_empty() {
        return String::new();
    }
    let mut out = String::from("**What would be done**\n\n");
    for (at, step) in entry.plan.iter().take(ROWS).enumerate() {
        out += &format!("{}. {}", at + 1, line(&step.what));
        out += &if step.why.is_empty() { "\n".to_owned() } else { format!(" ({})\n", line(&step.why)) };
    }
    if entry.plan.len() > ROWS {
        out += &format!("\n… and {} more, see the report file\n", entry.plan.len() - ROWS);
    }
    out + "\n"
}

fn changed(entry: &Entry, room: usize) -> String {
    // Of a first snapshot everything is new: the table of kinds says it better.
    entry.difference().map(|(diff, since)| diff::markdown(diff, since, room)).unwrap_or_default()
}

fn facts(entry: &Entry) -> String {
    let mut rows: Vec<(&str, String)> = Vec::new();
    let made = entry.changed();
    if let Some(snapshot) = &entry.snapshot {
        let name = match (&snapshot.commit, made) {
            (None, _) => "Planned snapshot",
            (_, true) => "Snapshot",
            (_, false) => "Newest snapshot",
        };
        rows.push((name, cell(snapshot.id.as_str())));
        rows.push(("Taken", time(snapshot.id.taken())));
        if let Some(commit) = &snapshot.commit {
            rows.push(("Commit", cell(&clip(commit, 64))));
        }
        let exact = if snapshot.bytes < 1024 {
            String::new()
        } else {
            format!(" ({} bytes)", grouped(snapshot.bytes))
        };
        let (resources, files) = (count(snapshot.resources, "resource"), count(snapshot.files, "file"));
        rows.push(("Content", format!("{resources} in {files}, {}{exact}", size(snapshot.bytes))));
    }
    if let Some(previous) =
        entry.previous.as_ref().filter(|id| entry.snapshot.as_ref().is_none_or(|s| s.id != **id))
    {
        rows.push(("Snapshot before", cell(previous.as_str())));
    }
    if !entry.branch.is_empty() {
        let known = entry.snapshots.map(|n| format!(", {}", count(n, "snapshot"))).unwrap_or_default();
        let tier =
            if entry.tier.is_empty() { String::new() } else { format!(" (tier {})", cell(&entry.tier)) };
        rows.push(("Branch", format!("{}{tier}{known}", cell(&entry.branch))));
    }
    if !entry.store.is_empty() {
        rows.push(("Store", cell(&clip(&entry.store, 500))));
    }
    if entry.redacted > 0 {
        rows.push(("Redacted", format!("{} that may hold a secret", count(entry.redacted, "field"))));
    }
    if let Some(read) = entry.freshness.and_then(state::freshness) {
        rows.push(("Read", read));
    }
    let cost = state::cost(entry.requests, entry.expected.filter(|_| entry.freshness.is_some()));
    rows.push(("Took", format!("{}, {cost}", duration(entry.duration_ms))));
    rows.extend(entry.remembered.iter().map(|(what, text)| (what.as_str(), cell(text))));
    let rows: String = rows.iter().map(|(name, value)| format!("| {name} | {value} |\n")).collect();
    format!("| | |\n|:--|:--|\n{rows}\n")
}

/// Says what each tier holds, what was moved and why nothing more was.
fn tiers(tiers: &Tiered, outcome: Outcome) -> String {
    let mut out = String::from("| Tier | snapshots | oldest | newest |\n|:--|--:|:--|:--|\n");
    let shown = |id: Option<&SnapshotId>| id.map(|id| time(id.taken())).unwrap_or_default();
    for holds in tiers.holds.iter().filter(|holds| holds.enabled || holds.snapshots > 0) {
        let off = if holds.enabled { "" } else { " (disabled)" };
        let (oldest, newest) = (shown(holds.oldest.as_ref()), shown(holds.newest.as_ref()));
        out +=
            &format!("| {}{off} | {} | {oldest} | {newest} |\n", cell(holds.tier.as_str()), holds.snapshots);
    }
    let steps: Vec<String> =
        tiers.steps().iter().map(|step| format!("{} ({})", step.what, step.why)).collect();
    // What would be done stands in the plan.
    let steps = if outcome == Outcome::Planned { Vec::new() } else { steps };
    let failed = tiers.failed.iter().flat_map(|step| {
        let reason = &step.reason;
        std::iter::once(&reason.message).chain(&reason.causes).chain(&reason.hints).cloned()
    });
    let failed: Vec<String> = failed.collect();
    let undo = tiers.moved.iter().filter_map(|moved| {
        let before: String = moved.before.as_ref()?.chars().take(12).collect();
        Some(format!("`{}` was at {before} before", moved.branch))
    });
    let undo: Vec<String> = undo.collect();
    for (title, lines) in
        [("Failed", &failed), ("Done", &steps), ("Not done", &tiers.skips()), ("Moved", &undo)]
    {
        if !lines.is_empty() {
            out += &format!("\n**{title}**\n\n{}", list("- ", lines));
        }
    }
    out + "\n"
}

fn kinds(kinds: &[(Kind, KindSummary)]) -> String {
    if kinds.is_empty() {
        return String::new();
    }
    let mut out = String::from("| Kind | resources | files | size | |\n|:--|--:|--:|--:|:--|\n");
    for (kind, of) in kinds {
        let (resources, files) = (grouped(of.resources), grouped(of.files));
        let note = availability(of.availability);
        // What was read before and is forbidden now is carried over: then there are files.
        out += &match of.files > 0 || of.availability == Availability::Read {
            true => {
                format!("| {kind} | {resources} | {files} | {} | {note} |\n", size(of.bytes))
            }
            false => format!("| {kind} | – | – | – | {note} |\n"),
        };
    }
    out + "\n"
}

pub(super) fn availability(availability: Availability) -> &'static str {
    match availability {
        Availability::Read => "read",
        Availability::Deselected => "left out by configuration",
        Availability::Unsupported => "not on this server",
        Availability::Forbidden => "⚠️ the API key may not read it",
    }
}

/// Says how to look at the snapshot with git alone.
fn look(entry: &Entry) -> String {
    if entry.snapshot.as_ref().is_none_or(|snapshot| snapshot.commit.is_none()) || entry.branch.is_empty() {
        return String::new();
    }
    let (store, branch) = (shell(&entry.store), shell(&entry.branch));
    let remote = entry.store.starts_with("https://") || entry.store.starts_with("http://");
    let git = if remote || store.is_empty() { "git".to_owned() } else { format!("git -C {store}") };
    let mut lines = Vec::new();
    if remote {
        lines.push(format!("git fetch {store} {}", shell(&format!("+{0}:{0}", entry.branch))));
    }
    lines.push(format!("{git} log {branch}"));
    // The first snapshot of a branch has no commit before it.
    if entry.previous.is_some() && entry.snapshots != Some(1) {
        lines.push(format!("{git} diff --stat {} {branch}", shell(&format!("{}~1", entry.branch))));
    }
    format!("**Look at it**\n\n{}\n", block("sh", lines.iter().map(String::as_str)))
}

fn files(entry: &Entry, room: usize) -> String {
    let all = entry.changes.signed();
    if all.is_empty() {
        return String::new();
    }
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0;
    for (sign, path) in all.iter().take(FILES) {
        let line = format!("{sign} {path}");
        used += line.len() + 1;
        if used > room {
            break;
        }
        lines.push(line);
    }
    let more = match all.len() - lines.len() {
        0 => String::new(),
        more => format!("\n… and {}: cut, see the report file\n", count(more as u64, "more file")),
    };
    let shown = block("diff", lines.iter().map(String::as_str));
    let title = count(all.len() as u64, "changed file");
    format!("<details>\n<summary>{title}</summary>\n\n{shown}{more}\n</details>\n\n")
}

fn footer(report: &Report, file: Option<&str>) -> String {
    let file =
        file.map(|file| format!(" · report: {}", prose(&super::escape::quoted(file)))).unwrap_or_default();
    let (mode, version) = (prose(&report.mode), prose(&report.version));
    format!("cognigy-backup {version} · mode {mode} · started {}{file}\n", time(report.started))
}
