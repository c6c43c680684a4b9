//! The sentences of the quarantine: what is gone, where the capture was put, and how it is accepted.

use super::quantity::count;
use super::{Entry, Reason, Step};
use crate::plan::backup::{Anomaly, Lack};
use crate::snapshot::{Named, SnapshotId};

/// How many names stand in a sentence.
const NAMED: usize = 8;

/// Says what is gone, and what a person can do about it.
#[must_use]
pub fn reason(entry: &Entry, anomalies: &[Anomaly], id: &SnapshotId, is_new: bool) -> Reason {
    let kinds: Vec<String> = anomalies.iter().map(short).collect();
    let since = entry.previous.as_ref().map(|id| format!(" since `{id}`")).unwrap_or_default();
    let kept = if is_new { "It is kept as" } else { "It is the one kept already as" };
    let is_unread = anomalies.iter().all(|anomaly| anomaly.lack == Lack::Unread);
    let mut hints = vec![
        format!(
            "Look into the project. {kept} `{id}` in quarantine, outside every tier; nothing else was changed."
        ),
        format!("If this is right, run again with `accept-anomaly: {id}`."),
    ];
    hints.push(if is_unread {
        "Else the next run tries again. What the server can never give can be left out with `backup.excludeResources`."
            .to_owned()
    } else {
        "If it is not, look whether the API key may still read everything, and whether it is the right project.".to_owned()
    });
    let what = if is_unread {
        "Not everything could be read, and of that there is no earlier copy".to_owned()
    } else {
        format!("Too much is gone{since}")
    };
    let unread = entry.unread.iter().filter(|one| one.read_at.is_none());
    let why = unread.take(NAMED).map(|one| format!("{}/{}: {}", one.kind, one.name, one.why));
    Reason {
        message: format!("{what}: {}.", kinds.join(", ")),
        causes: anomalies.iter().map(long).chain(why).collect(),
        hints,
    }
}

fn short(anomaly: &Anomaly) -> String {
    if anomaly.lack == Lack::Unread {
        return format!("{} of {}", count(anomaly.gone.len() as u64, "resource"), anomaly.kind);
    }
    if anomaly.gone.len() == anomaly.before {
        return format!("all {} {}", anomaly.before, anomaly.kind);
    }
    format!("{} of {} {}", anomaly.gone.len(), anomaly.before, anomaly.kind)
}

fn long(anomaly: &Anomaly) -> String {
    let what = match anomaly.lack {
        Lack::Gone => "gone",
        Lack::Unread => "not readable",
    };
    format!("{what} of {}: {}", anomaly.kind, names(&anomaly.gone))
}

fn names(all: &[String]) -> String {
    let named: Vec<_> = all.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
    let more = match all.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", named.join(", "))
}

/// Says what a person accepted to be missing.
#[must_use]
pub fn accepted(missing: &[Named], accepted: &SnapshotId) -> String {
    let all: Vec<String> = missing.iter().map(ToString::to_string).collect();
    let resources = count(all.len() as u64, "resource");
    format!("`accept-anomaly: {accepted}` accepted {resources} as missing: {}.", names(&all))
}

/// Says what a backup would do with a capture that lost too much.
#[must_use]
pub fn step(id: &SnapshotId, anomalies: &[Anomaly]) -> Step {
    let kinds: Vec<String> = anomalies.iter().map(short).collect();
    Step { what: format!("set `{id}` aside in quarantine"), why: format!("lacking: {}", kinds.join(", ")) }
}

/// Writes what the commit of a capture that was set aside says.
#[must_use]
pub fn commit(entry: &Entry, anomalies: &[Anomaly]) -> String {
    let name = entry.project_name.as_deref().unwrap_or("the project");
    let lines: Vec<String> = anomalies.iter().map(long).collect();
    let since = entry.previous.as_ref().map(|id| format!(" since {id}")).unwrap_or_default();
    if anomalies.iter().all(|anomaly| anomaly.lack == Lack::Unread) {
        return format!("{name}: set aside, because not everything could be read.\n{}", lines.join("\n"));
    }
    format!("{name}: set aside, because too much is gone{since}.\n{}", lines.join("\n"))
}

/// Says that a branch holds what is no snapshot.
#[must_use]
pub fn foreign(branch: &str, commit: &str) -> String {
    let branch = branch.trim_start_matches("refs/heads/");
    format!("{branch} holds a commit that is no snapshot of this project, {commit}; nothing was saved.")
}

/// Says that an acceptance has had its effect.
#[must_use]
pub fn spent(id: &SnapshotId) -> String {
    format!(
        "`accept-anomaly: {id}` has no effect any more: a later snapshot is there. Take it out of the workflow."
    )
}

/// Says that there is no such capture in quarantine.
#[must_use]
pub fn unknown(wanted: &SnapshotId, ids: &[&SnapshotId]) -> String {
    let ids: Vec<_> = ids.iter().map(|id| format!("`{id}`")).collect();
    let there = if ids.is_empty() { "nothing".to_owned() } else { ids.join(", ") };
    format!("`accept-anomaly: {wanted}` is not in quarantine; there is {there}.")
}
