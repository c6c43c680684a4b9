//! What is known of one resource between runs: when each of its parts was read, and what the server said of it then.
//!
//! The rule that carries everything: what the server says becomes what is `seen` only when all that it guards was read
//! since it is known. Until then it stands in `moved`, so a run that was short of time or requests, or was killed, needs
//! no rule of its own.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What is known of one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// [`content_digest`](super::content_digest) of the files that it speaks of.
    pub content: String,
    /// What the server said of the resource when all that is stored of it was known to be read since.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seen: Option<Signals>,
    /// What it says since, while not everything was read again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub moved: Option<Moved>,
    /// When its parts were read, but for those in `parts`: parts of one run have the time of the first of them.
    pub read_at: DateTime<Utc>,
    /// The times of the others.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub parts: BTreeMap<String, DateTime<Utc>>,
    /// How many requests a part takes, where it is more than one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub requests: BTreeMap<String, u64>,
}

/// What tells cheaply that a resource may have changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Signals {
    /// `lastChanged`, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_changed: Option<i64>,
    /// Digests of a flow's charts as the server gave them, previews included, by the locale's `_id`; where a list says no
    /// times, of what it says, by the resource's.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub charts: BTreeMap<String, String>,
    /// The newest audit event that names it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub audited: Option<DateTime<Utc>>,
}

/// Signals that moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// What they are now.
    pub signals: Signals,
    /// When the run began that saw them first: what was read since is up to them.
    pub since: DateTime<Utc>,
}

/// When a part of a resource was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartTime {
    /// Its name, as in a manifest.
    pub name: String,
    /// When it was read.
    pub read_at: DateTime<Utc>,
    /// Whether in this run.
    pub is_read: bool,
    /// How many requests it takes.
    pub requests: u64,
}

impl Signals {
    /// Returns whether these say the same. A locale that came or went says nothing of what was read in the others.
    #[must_use]
    pub fn says_as(&self, other: &Self) -> bool {
        let same =
            |(locale, chart): (&String, &String)| other.charts.get(locale).is_none_or(|there| there == chart);
        (self.last_changed, self.audited) == (other.last_changed, other.audited)
            && self.charts.iter().all(same)
    }
}

impl Record {
    /// Makes the record of a resource after a run that `began` then. `before` is the one that counted until now, `now` what
    /// the server says, where it was asked.
    #[must_use]
    pub fn after(
        before: Option<&Self>,
        content: String,
        now: Option<&Signals>,
        parts: &[PartTime],
        began: DateTime<Utc>,
    ) -> Self {
        // Parts of one run are not told apart: they have the time of the first of them.
        let this_run =
            parts.iter().filter(|part| part.is_read).map(|part| part.read_at).min().unwrap_or(began);
        let time = |part: &PartTime| if part.is_read { this_run } else { part.read_at };
        let mut often: BTreeMap<DateTime<Utc>, usize> = BTreeMap::new();
        parts.iter().for_each(|part| *often.entry(time(part)).or_default() += 1);
        let read_at = often.into_iter().max_by_key(|(_, times)| *times).map_or(began, |(time, _)| time);
        let other = parts.iter().filter(|part| time(part) != read_at);
        let (mut seen, mut moved) = match before {
            Some(before) => (before.seen.clone(), before.moved.clone()),
            None => (None, None),
        };
        if let Some(now) = now {
            let since = before.map_or(began, |before| before.since(now, began));
            let told = seen
                .as_ref()
                .is_none_or(|seen| (seen.last_changed, seen.audited) != (now.last_changed, now.audited));
            // A chart says nothing of what belongs to a flow in lists of its own.
            let is_guarded = |part: &&PartTime| told || !part.name.starts_with("owned/");
            let is_whole = parts.iter().filter(is_guarded).all(|part| part.is_read || part.read_at >= since);
            if is_whole || before.is_some_and(|before| before.is_up_to(now)) {
                (seen, moved) = (Some(now.clone()), None);
            } else {
                moved = Some(Moved { signals: now.clone(), since });
            }
        }
        Self {
            content,
            seen,
            moved,
            read_at,
            parts: other.map(|part| (part.name.clone(), time(part))).collect(),
            requests: parts
                .iter()
                .filter(|part| part.requests > 1)
                .map(|part| (part.name.clone(), part.requests))
                .collect(),
        }
    }

    /// Returns when a part was read.
    #[must_use]
    pub fn time_of(&self, part: &str) -> DateTime<Utc> {
        self.parts.get(part).copied().unwrap_or(self.read_at)
    }

    /// Returns when the oldest part was read.
    #[must_use]
    pub fn oldest(&self) -> DateTime<Utc> {
        self.parts.values().copied().fold(self.read_at, DateTime::min)
    }

    /// Returns how many requests a part takes.
    #[must_use]
    pub fn requests_of(&self, part: &str) -> u64 {
        self.requests.get(part).copied().unwrap_or(1)
    }

    /// Returns what was last heard from the server of the resource, whether all is read since or not.
    #[must_use]
    pub fn heard(&self) -> Option<&Signals> {
        self.moved.as_ref().map(|moved| &moved.signals).or(self.seen.as_ref())
    }

    /// Returns whether all that is stored is known to be up to these signals. While some of it may be up to others that were
    /// heard in between, it is not, even where the server says again what it said before them.
    #[must_use]
    pub fn is_up_to(&self, signals: &Signals) -> bool {
        self.moved.is_none() && self.seen.as_ref().is_some_and(|seen| seen.says_as(signals))
    }

    /// Returns since when these signals are known; what was read since is up to them. `began` is the beginning of the
    /// present run, in which they show first if they are not known yet.
    #[must_use]
    pub fn since(&self, signals: &Signals, began: DateTime<Utc>) -> DateTime<Utc> {
        self.moved.as_ref().filter(|moved| moved.signals.says_as(signals)).map_or(began, |moved| moved.since)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::snapshot) fn time(minute: u32) -> DateTime<Utc> {
        format!("2025-10-03T14:{minute:02}:00Z").parse().unwrap()
    }

    pub(in crate::snapshot) fn signals(last_changed: i64, chart: &str) -> Signals {
        let charts = [("5f00".to_owned(), chart.to_owned())].into();
        Signals { last_changed: Some(last_changed), charts, audited: Some(time(7)) }
    }

    fn part(name: &str, minute: u32, is_read: bool) -> PartTime {
        PartTime { name: name.to_owned(), read_at: time(minute), is_read, requests: 1 }
    }

    /// Runs one after the other: the minute, what the server says, and which of two parts are read.
    fn after(runs: &[(u32, &Signals, &[&str])]) -> Record {
        let mut record: Option<Record> = None;
        for (minute, says, read) in runs {
            let parts = ["document", "node/1/2"].map(|name| match &record {
                Some(record) if !read.contains(&name) => PartTime {
                    name: name.to_owned(),
                    read_at: record.time_of(name),
                    is_read: false,
                    requests: 1,
                },
                _ => part(name, *minute, true),
            });
            record = Some(Record::after(record.as_ref(), "c".to_owned(), Some(says), &parts, time(*minute)));
        }
        record.unwrap()
    }

    const ALL: &[&str] = &["document", "node/1/2"];

    #[test]
    fn what_was_read_whole_is_up_to_what_was_heard() {
        let (old, new) = (signals(1, "x"), signals(2, "x"));
        let record = after(&[(1, &old, ALL)]);
        assert!(record.is_up_to(&old) && !record.is_up_to(&new));
        assert_eq!(record.since(&new, time(8)), time(8), "it shows first in this run");
        let record = after(&[(1, &old, ALL), (2, &new, ALL)]);
        assert!(record.is_up_to(&new) && record.moved.is_none());
    }

    #[test]
    fn what_was_read_in_two_runs_since_it_moved_is_up_to_it() {
        let (old, new) = (signals(1, "x"), signals(2, "x"));
        let record = after(&[(1, &old, ALL), (2, &new, &["document"])]);
        assert!(!record.is_up_to(&new) && record.heard() == Some(&new));
        assert_eq!(record.since(&new, time(8)), time(2));
        let record = after(&[(1, &old, ALL), (2, &new, &["document"]), (3, &new, &["node/1/2"])]);
        assert!(record.is_up_to(&new) && record.moved.is_none());
    }

    #[test]
    fn what_moved_twice_is_known_since_the_second_time() {
        let record = after(&[
            (1, &signals(1, "x"), ALL),
            (2, &signals(2, "x"), &["document"]),
            (3, &signals(3, "x"), &["node/1/2"]),
        ]);
        assert!(!record.is_up_to(&signals(3, "x")), "the document is up to 2 only");
        assert_eq!(record.since(&signals(3, "x"), time(8)), time(3));
    }

    #[test]
    fn what_moved_back_is_a_mix_until_all_is_read() {
        let (old, new) = (signals(1, "x"), signals(2, "x"));
        let record = after(&[(1, &old, ALL), (2, &new, &["document"]), (3, &old, &[])]);
        assert!(!record.is_up_to(&old), "the document is as it was between");
        let record = after(&[(1, &old, ALL), (2, &new, &["document"]), (3, &old, ALL)]);
        assert!(record.is_up_to(&old));
    }

    #[test]
    fn a_chart_says_nothing_of_lists_beside_it() {
        let told = |now: Signals| {
            let parts = [part("document", 2, true), part("owned/states", 1, false)];
            let before = Record::after(None, "c".to_owned(), Some(&signals(1, "x")), &[], time(1));
            Record::after(Some(&before), "c".to_owned(), Some(&now), &parts, time(2)).is_up_to(&now)
        };
        assert!(told(signals(1, "y")), "the chart moved, and what it guards was read");
        assert!(!told(signals(2, "x")), "the flow moved, and its states were not read");
    }

    #[test]
    fn a_locale_that_came_leaves_the_others_as_they_are() {
        let record = after(&[(1, &signals(1, "x"), ALL)]);
        let mut more = signals(1, "x");
        more.charts.insert("6f00".to_owned(), "z".to_owned());
        assert!(record.is_up_to(&more));
    }

    #[test]
    fn parts_of_one_run_have_the_time_of_the_first() {
        let parts = [part("a", 5, true), part("b", 4, true), part("c", 1, false)];
        let record = Record::after(None, "c".to_owned(), None, &parts, time(3));
        assert_eq!(
            (record.time_of("a"), record.time_of("b"), record.time_of("c")),
            (time(4), time(4), time(1))
        );
        assert_eq!((record.oldest(), record.parts.len()), (time(1), 1));
    }
}
