//! The sentences about what runs remember: what was read now and what is carried, what could not be read, what was learned
//! about a server.

use chrono::{DateTime, Utc};

use super::quantity::{count, duration, grouped, time};
use super::{Expected, Reason};
use crate::snapshot::{Freshness, Kind, State, Unread};

/// How many of anything are named.
const NAMED: usize = 10;

/// Writes what the state's commit says.
#[must_use]
pub fn commit(state: &State) -> String {
    format!(
        "What cognigy-backup remembers of project {}\n\nReplaced by each run that has something to remember. Deleting this \
         branch loses no snapshot: the next run reads everything once more.\n",
        state.project
    )
}

/// Says how much was read now and how old the rest is; nothing where all was read.
#[must_use]
pub fn freshness(freshness: Freshness) -> Option<String> {
    let oldest = freshness.oldest?;
    Some(format!(
        "{} of {} read now, the oldest {} ago",
        grouped(freshness.read),
        count(freshness.parts, "part"),
        age(oldest, freshness.as_of)
    ))
}

/// Says what the reading cost and what it was to cost.
#[must_use]
pub fn cost(requests: u64, expected: Option<Expected>) -> String {
    let sent = format!("{} to Cognigy", count(requests, "request"));
    let Some(expected) = expected else { return sent };
    let in_all = match expected.in_all > expected.requests {
        true => format!(", {} for everything", grouped(expected.in_all)),
        false => String::new(),
    };
    let minutes = match expected.minutes {
        0 => String::new(),
        minutes => format!(", {} by the server's limit", count(minutes, "minute")),
    };
    format!("{sent} ({} expected{minutes}{in_all})", grouped(expected.requests))
}

/// Warns of what is older than it should be.
#[must_use]
pub fn late(freshness: Freshness) -> Option<String> {
    let oldest = freshness.oldest.filter(|_| freshness.late > 0)?;
    Some(format!(
        "{} {} older than `backup.maxCarryAge` allows, the oldest was read {} ago: the runs come too seldom, or their time \
         is too short, for the server's request limit. Each run goes on with the oldest. More runs, a longer \
         `backup.timeBudget` or a larger `maxCarryAge` help.",
        count(freshness.late, "part"),
        if freshness.late == 1 { "is" } else { "are" },
        age(oldest, freshness.as_of)
    ))
}

/// Warns of what changed and could not be read any more for the server's limit.
#[must_use]
pub fn waiting(freshness: Freshness) -> Option<String> {
    let parts = count(freshness.waiting, "part");
    let one = freshness.waiting == 1;
    let (are, they, s, them) = if one { ("is", "it", "s", "it") } else { ("are", "they", "", "them") };
    (freshness.waiting > 0).then(|| {
        format!(
            "{parts} that may have changed {are} not read yet, for the server's request limit: {they} stand{s} as before, and the next run \
             reads {them} first. A longer `backup.timeBudget` lets a run wait for it."
        )
    })
}

/// Says what could not be read and what stands in its place.
#[must_use]
pub fn unread(unread: &[Unread], now: DateTime<Utc>) -> Vec<String> {
    let one = |one: &Unread| {
        let part = one.part.as_ref().map(|part| format!(" ({part})")).unwrap_or_default();
        let stands = match one.read_at {
            Some(_) if one.part.as_deref() == Some("list") => "nothing new is taken from it".to_owned(),
            Some(read_at) => format!("it stands as it was read {} ago", age(read_at, now)),
            None => "there is no earlier copy, so it is missing".to_owned(),
        };
        format!("`{}/{}`{part} could not be read: {}; {stands}.", one.kind, one.name, one.why)
    };
    let mut said: Vec<String> = unread.iter().take(NAMED).map(one).collect();
    if unread.len() > NAMED {
        let more = (unread.len() - NAMED) as u64;
        said.push(format!(
            "{} more could not be read; the manifest lists them under `unread`.",
            count(more, "part")
        ));
    }
    said
}

/// Says that the state could not be read.
#[must_use]
pub fn lost(branch: &str, why: &str) -> String {
    format!(
        "What earlier runs remember on `{branch}` cannot be read ({why}), so everything is read once more."
    )
}

/// Says that the state could not be saved.
#[must_use]
pub fn unsaved(branch: &str, why: &str) -> String {
    format!(
        "What this run read could not be remembered on `{branch}` ({why}). No snapshot is concerned, but the next run reads \
         the same again. Let no rule protect that branch."
    )
}

/// Says that a shortcut was found not to hold on this server.
#[must_use]
pub fn untold(kinds: &[Kind], audit: bool) -> Vec<String> {
    let mut said: Vec<String> = kinds
        .iter()
        .map(|kind| {
            format!(
                "An edit of {kind} was found that the server's `lastChanged` did not tell. From now on it is not relied on \
                 for them."
            )
        })
        .collect();
    if audit {
        said.push(
            "An edit was found that the server's audit events did not tell. From now on they are not relied on.".to_owned(),
        );
    }
    said
}

/// Says what is remembered, as rows of a name and a text.
#[must_use]
pub fn rows(state: &State, now: DateTime<Utc>) -> Vec<(String, String)> {
    let mut rows = vec![
        ("Last run".to_owned(), format!("{} ({} ago)", time(state.ran), age(state.ran, now))),
        (
            "Last run that read all it meant to".to_owned(),
            format!("{} ({} ago)", time(state.confirmed), age(state.confirmed, now)),
        ),
        ("Reading everything takes".to_owned(), count(state.requests, "request")),
    ];
    let facts = &state.facts;
    let learned = |what: &str, yes: &str, no: &str, learned: Option<crate::snapshot::Learned>| {
        let text = match learned {
            Some(learned) => {
                format!("{} (asked {} ago)", if learned.holds { yes } else { no }, age(learned.asked, now))
            }
            None => "not known".to_owned(),
        };
        (what.to_owned(), text)
    };
    rows.push(learned("Lists of nodes carry configs", "yes", "no", facts.node_lists));
    rows.push(learned("Graph of the project", "there is one", "there is none", facts.graph));
    rows.push(learned(
        "Audit events",
        "the key may read them",
        "the key may not read them",
        facts.audit_events,
    ));
    if let Some(since) = facts.unaudited {
        rows.push((
            "Audit events are not relied on".to_owned(),
            format!("an edit was missed, found {}", time(since)),
        ));
    }
    for (kind, since) in &facts.untold {
        rows.push((
            format!("`lastChanged` of {kind} is not relied on"),
            format!("an edit was missed, found {}", time(*since)),
        ));
    }
    let oldest = state
        .records
        .values()
        .flat_map(|record| record.parts.values().copied().chain([record.read_at]))
        .min();
    if let Some(oldest) = oldest {
        rows.push(("Resources".to_owned(), grouped(state.records.len() as u64)));
        rows.push(("Oldest part".to_owned(), format!("{} ({} ago)", time(oldest), age(oldest, now))));
    }
    let waiting = state.records.values().filter(|record| record.moved.is_some()).count();
    rows.push(("Changed and not yet read again".to_owned(), count(waiting as u64, "resource")));
    rows
}

/// Says that nothing is remembered.
#[must_use]
pub fn nothing(branch: &str) -> Reason {
    Reason {
        message: format!("Nothing is remembered on `{branch}`: the project is read whole in every run."),
        causes: Vec::new(),
        hints: Vec::new(),
    }
}

fn age(then: DateTime<Utc>, now: DateTime<Utc>) -> String {
    duration(u64::try_from((now - then).num_milliseconds()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> DateTime<Utc> {
        format!("2025-10-03T{time}:00Z").parse().unwrap()
    }

    fn freshness() -> Freshness {
        let (oldest, as_of) = (Some(at("11:20")), at("14:30"));
        Freshness { parts: 430, read: 412, oldest, as_of, late: 0, waiting: 0 }
    }

    #[test]
    fn how_fresh_it_is_is_said_where_not_all_was_read() {
        assert_eq!(
            super::freshness(freshness()).unwrap(),
            "412 of 430 parts read now, the oldest 3 h 10 min ago"
        );
        assert_eq!(super::freshness(Freshness { oldest: None, read: 430, ..freshness() }), None);
        assert_eq!((late(freshness()), waiting(freshness())), (None, None));
        insta::assert_snapshot!(late(Freshness { late: 2, ..freshness() }).unwrap(), @"2 parts are older than `backup.maxCarryAge` allows, the oldest was read 3 h 10 min ago: the runs come too seldom, or their time is too short, for the server's request limit. Each run goes on with the oldest. More runs, a longer `backup.timeBudget` or a larger `maxCarryAge` help.");
        insta::assert_snapshot!(waiting(Freshness { waiting: 1, ..freshness() }).unwrap(), @"1 part that may have changed is not read yet, for the server's request limit: it stands as before, and the next run reads it first. A longer `backup.timeBudget` lets a run wait for it.");
    }

    #[test]
    fn the_cost_is_what_was_sent_expected_and_needed_for_everything() {
        let expected = |requests, minutes| Some(Expected { requests, in_all: 6_010, minutes });
        assert_eq!(cost(9, None), "9 requests to Cognigy");
        assert_eq!(
            cost(246, expected(244, 0)),
            "246 requests to Cognigy (244 expected, 6,010 for everything)"
        );
        assert_eq!(
            cost(6_015, expected(6_010, 30)),
            "6,015 requests to Cognigy (6,010 expected, 30 minutes by the server's limit)"
        );
    }

    #[test]
    fn what_cannot_be_read_is_named_with_what_stands_in_its_place() {
        let one = |name: &str, part: Option<&str>, read_at| Unread {
            kind: Kind::Flows,
            id: name.to_owned(),
            name: name.to_owned(),
            part: part.map(str::to_owned),
            read_at,
            why: "GET /x: 403".to_owned(),
        };
        let all = [
            one("Main", Some("settings"), Some(at("14:00"))),
            one("New", None, None),
            one("Main", Some("list"), Some(at("14:30"))),
        ];
        insta::assert_snapshot!(unread(&all, at("14:30")).join("\n"), @r"
        `flows/Main` (settings) could not be read: GET /x: 403; it stands as it was read 30 min 0 s ago.
        `flows/New` could not be read: GET /x: 403; there is no earlier copy, so it is missing.
        `flows/Main` (list) could not be read: GET /x: 403; nothing new is taken from it.
        ");
        let many: Vec<Unread> = (0..13).map(|n| one(&n.to_string(), None, None)).collect();
        assert!(unread(&many, at("14:30"))[10].starts_with("3 parts more could not be read"));
    }
}
