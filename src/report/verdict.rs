//! The verdict: how it went, in one sentence that the summary, the log and every annotation share.
//!
//! The sentences mark names by backticks, as [`super::escape::prose`] reads them; at a terminal they stay as they are.

use super::catalogue::Answer;
use super::escape::{clip, quoted, visible};
use super::quantity::{count, time};
use super::{Entry, Outcome, Report};

/// Says how the whole run went.
#[must_use]
pub fn of_report(report: &Report) -> String {
    match report.entries.as_slice() {
        [] => "There was nothing to do.".to_owned(),
        [entry] if !report.several => of_entry(entry),
        entries => {
            let mut outcomes: Vec<Outcome> = entries.iter().map(|entry| entry.outcome).collect();
            outcomes.sort();
            let parts: Vec<String> = outcomes
                .chunk_by(|one, next| one == next)
                .map(|same| format!("{} {}", same.len(), same[0]))
                .collect();
            format!("{}: {}.", count(entries.len() as u64, "project"), parts.join(", "))
        }
    }
}

/// Says how it went for one project.
#[must_use]
pub fn of_entry(entry: &Entry) -> String {
    let of = project(entry, "of");
    if let (Some(Answer::Imported(imported)), false) = (&entry.answer, entry.outcome >= Outcome::Refused) {
        return imported.verdict(entry.outcome, &of);
    }
    let branch = quoted(&entry.branch);
    match entry.outcome {
        Outcome::Success if !entry.remembered.is_empty() => {
            format!("What runs remember{of} was read; nothing was changed.")
        }
        Outcome::Success | Outcome::Unchanged | Outcome::Partial if entry.answer.is_some() => answered(entry),
        Outcome::Success if entry.changed() => {
            format!("{}{of} made: {}{}.", made(entry), what(entry), tiers(entry, "; "))
        }
        Outcome::Success => format!("Tiers{of}: {}.", tiers(entry, "")),

        Outcome::Partial if failed_steps(entry) && entry.unread.is_empty() && entry.missing.is_empty() => {
            let saved = if entry.changed() {
                format!("{} made: {}; ", made(entry), what(entry))
            } else {
                String::new()
            };
            format!("Not all could be done for the tiers{of}: {saved}{}.", tiers(entry, ""))
        }
        Outcome::Partial if !entry.missing.is_empty() => {
            let missing = count(entry.missing.len() as u64, "resource");
            format!("{}{of} made, {missing} accepted as missing: {}.", made(entry), what(entry))
        }
        Outcome::Partial if entry.changed() => {
            format!("{}{of} made, but not all of it could be read now: {}.", made(entry), what(entry))
        }
        Outcome::Partial => {
            format!("No new snapshot{of}: not all of it could be read, and the rest is unchanged.")
        }
        Outcome::Unchanged if entry.snapshot.is_none() => {
            format!("Nothing was due for the tiers{of}; nothing was changed.")
        }
        Outcome::Unchanged => {
            format!("Nothing changed{}{}; no new snapshot was needed.", project(entry, "in"), since(entry))
        }
        Outcome::Planned if entry.changed() => {
            format!("Dry run{of}: a snapshot would be made, {}; nothing was written.", what(entry))
        }
        Outcome::Planned => format!("Dry run{of}: {} to do; nothing was written.", steps(entry)),
        Outcome::Quarantined if entry.unread.iter().any(|one| one.read_at.is_none()) => {
            format!(
                "Not all could be read{of}, and of some there is no earlier copy; the rest was set aside and {branch} was left as it was."
            )
        }
        Outcome::Quarantined => {
            format!("What was read{of} looks like damage; it was set aside and {branch} was left as it was.")
        }
        Outcome::Skipped => {
            format!("Skipped{}: {}", project(entry, "for"), why(entry, "there is nothing to do now"))
        }
        Outcome::Refused => format!("Refused{}: {}", project(entry, "for"), why(entry, "it could do harm")),
        Outcome::Failed => format!("Failed{}: {}", project(entry, "for"), why(entry, "no reason was given")),
    }
}

fn answered(entry: &Entry) -> String {
    let store = quoted(&entry.store);
    match &entry.answer {
        Some(Answer::Snapshots(all)) => format!("{} in {store}.", count(all.len() as u64, "snapshot")),
        Some(Answer::Snapshot(about)) => format!("Snapshot {}.", quoted(about.listed.snapshot.as_str())),
        Some(Answer::Verdicts(_)) => format!("Why the snapshots in {store} are kept."),
        Some(Answer::Found(found)) => found.summary.clone(),
        Some(Answer::Compared(compared)) => compared.verdict(),
        Some(Answer::Exported(done)) => {
            format!("Snapshot {} written to {}.", quoted(done.snapshot.as_str()), quoted(&done.path))
        }
        Some(Answer::Done(rows)) => {
            let first = rows.first().map(|(what, text)| format!("{what} {}", quoted(text)));
            let mut words = first.unwrap_or_else(|| "done".to_owned());
            words[..1].make_ascii_uppercase();
            words + "."
        }
        Some(Answer::Imported(_)) | None => "Done.".to_owned(),
    }
}

/// Returns what was done for the tiers, after `link`; nothing where nothing was.
fn tiers(entry: &Entry, link: &str) -> String {
    let done = entry.tiers.as_ref().filter(|tiers| !tiers.is_idle() || !tiers.failed.is_empty());
    done.map(|tiers| format!("{link}{}", tiers.in_short())).unwrap_or_default()
}

fn failed_steps(entry: &Entry) -> bool {
    entry.tiers.as_ref().is_some_and(|tiers| !tiers.failed.is_empty())
}

/// Returns the project as it is called in a sentence after `word`; nothing, if it is not known.
fn project(entry: &Entry, word: &str) -> String {
    entry.called().map(|name| format!(" {word} {}", quoted(name))).unwrap_or_default()
}

fn made(entry: &Entry) -> String {
    let first = if entry.previous.is_none() { "First snapshot" } else { "Snapshot" };
    match &entry.snapshot {
        Some(snapshot) => format!("{first} {}", quoted(snapshot.id.as_str())),
        None => first.to_owned(),
    }
}

fn what(entry: &Entry) -> String {
    match (&entry.previous, &entry.snapshot) {
        (None, Some(first)) => {
            format!("{} in {}", count(first.resources, "resource"), count(first.files, "file"))
        }
        _ if entry.changes.count() == 0 => "its files are the same".to_owned(),
        _ => {
            let resources = entry.changes.by_resource().len() as u64;
            format!(
                "{} changed in {}",
                count(entry.changes.count() as u64, "file"),
                count(resources, "resource")
            )
        }
    }
}

fn since(entry: &Entry) -> String {
    let newest = entry.previous.as_ref().or(entry.snapshot.as_ref().map(|snapshot| &snapshot.id));
    newest.map(|id| format!(" since {} ({})", quoted(id.as_str()), time(id.taken()))).unwrap_or_default()
}

fn steps(entry: &Entry) -> String {
    if entry.plan.is_empty() { "nothing".to_owned() } else { count(entry.plan.len() as u64, "step") }
}

/// Returns the reason as the end of a sentence.
fn why(entry: &Entry, otherwise: &str) -> String {
    let reason = entry.reason.as_ref().map_or(otherwise, |reason| reason.message.trim());
    // A server's answer may be a page long; the sentence has its beginning, the report all of it.
    let reason = clip(&visible(reason), 500);
    let end = if reason.ends_with(['.', '!', '?', '…']) { "" } else { "." };
    format!("{reason}{end}")
}
