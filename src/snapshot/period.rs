//! Periods: the spans of time of which a tier keeps the newest snapshot, in one time zone.
//!
//! Hours and minutes are counted so that the hour that a clock repeats in autumn is two hours. Days begin at the zone's
//! midnight, whatever its clocks do there. Weeks are ISO weeks of ISO years (ISO 8601: the week of a year's first
//! Thursday is its week 1), so that no week is cut in two at New Year.

use std::fmt;
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Offset, TimeDelta, TimeZone, Timelike, Utc,
};
use chrono_tz::Tz;

use super::InvalidName;

/// The span of which a tier keeps the newest snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Each snapshot is its own period.
    Every,
    /// So many minutes, counted from 1970.
    Minutes(u32),
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// An ISO week.
    Week,
    /// A month.
    Month,
    /// Three months, from January.
    Quarter,
    /// A year.
    Year,
}

/// One period of a calendar: this day, this week.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// When it begins.
    pub start: DateTime<Utc>,
    /// The first moment after it.
    pub end: DateTime<Utc>,
    /// What it is called: `2025-10-03`, `2025-W40`, `2025-10`, `2025-Q4`, `2025`; hours and minutes by UTC,
    /// `2025-10-03T14Z`.
    pub label: String,
}

impl Period {
    /// The periods that are written as one word.
    pub const NAMED: [Period; 7] = [
        Period::Every,
        Period::Hour,
        Period::Day,
        Period::Week,
        Period::Month,
        Period::Quarter,
        Period::Year,
    ];

    /// Returns about how many minutes it lasts: for ordering tiers, not for reckoning.
    #[must_use]
    pub fn length(self) -> u32 {
        match self {
            Period::Every => 0,
            Period::Minutes(n) => n,
            Period::Hour => 60,
            Period::Day => 1_440,
            Period::Week => 10_080,
            Period::Month => 43_200,
            Period::Quarter => 129_600,
            Period::Year => 525_600,
        }
    }

    /// Returns the period that a moment is in. Of [`Period::Every`] it is that moment and no longer.
    #[must_use]
    pub fn span(self, time: DateTime<Utc>, zone: Tz) -> Span {
        let local = time.with_timezone(&zone);
        let date = local.date_naive();
        let dates = |first: NaiveDate, next: Option<NaiveDate>, label: String| Span {
            start: midnight(first, zone, Of::Beginning),
            end: midnight(next.unwrap_or(NaiveDate::MAX), zone, Of::End),
            label,
        };
        let first = |month: u32| NaiveDate::from_ymd_opt(date.year(), month, 1).unwrap_or(date);
        match self {
            Period::Every => {
                Span { start: time, end: time, label: time.format("%Y%m%dT%H%M%SZ").to_string() }
            }
            Period::Minutes(minutes) => {
                let length = i64::from(minutes.max(1)) * 60;
                let start = time.timestamp().div_euclid(length) * length;
                of_clock(DateTime::from_timestamp(start, 0).unwrap_or(time), length, "%Y-%m-%dT%H%MZ")
            }
            Period::Hour => {
                // By the zone's own hours: some zones are half an hour off.
                let into = i64::from(local.minute() * 60 + local.second());
                let whole = time - TimeDelta::nanoseconds(i64::from(local.nanosecond() % 1_000_000_000));
                let half = local.offset().fix().local_minus_utc() % 3_600 != 0;
                let format = if half { "%Y-%m-%dT%H%MZ" } else { "%Y-%m-%dT%HZ" };
                of_clock(whole - TimeDelta::seconds(into), 3_600, format)
            }
            Period::Day => dates(date, date.succ_opt(), date.format("%Y-%m-%d").to_string()),
            Period::Week => {
                let monday = date - Days::new(u64::from(date.weekday().num_days_from_monday()));
                dates(monday, monday.checked_add_days(Days::new(7)), date.format("%G-W%V").to_string())
            }
            Period::Month => {
                let first = first(date.month());
                dates(first, first.checked_add_months(Months::new(1)), date.format("%Y-%m").to_string())
            }
            Period::Quarter => {
                let first = first(date.month0() / 3 * 3 + 1);
                let label = format!("{}-Q{}", date.format("%Y"), date.month0() / 3 + 1);
                dates(first, first.checked_add_months(Months::new(3)), label)
            }
            Period::Year => {
                let first = first(1);
                dates(first, first.checked_add_months(Months::new(12)), date.format("%Y").to_string())
            }
        }
    }
}

fn of_clock(start: DateTime<Utc>, seconds: i64, format: &str) -> Span {
    Span { start, end: start + TimeDelta::seconds(seconds), label: start.format(format).to_string() }
}

/// Of which of two days a midnight is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Beginning,
    End,
}

/// Returns the moment at which a date begins in a zone. Where its midnight comes twice (clocks that go back over it), a
/// day begins at the first and ended at the second; where it does not come at all, the next moment that does.
fn midnight(date: NaiveDate, zone: Tz, of: Of) -> DateTime<Utc> {
    let mut local = date.and_time(NaiveTime::MIN);
    // No zone has ever left out more than a day (Samoa, 30 December 2011).
    for _ in 0..=96 {
        let found = zone.from_local_datetime(&local);
        let found = if of == Of::Beginning { found.earliest() } else { found.latest() };
        if let Some(found) = found {
            return found.to_utc();
        }
        local += TimeDelta::minutes(15);
    }
    local.and_utc()
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Period::Every => "every",
            Period::Minutes(n) => return write!(f, "minutes {n}"),
            Period::Hour => "hour",
            Period::Day => "day",
            Period::Week => "week",
            Period::Month => "month",
            Period::Quarter => "quarter",
            Period::Year => "year",
        })
    }
}

impl FromStr for Period {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let named = Self::NAMED.into_iter().find(|period| period.to_string() == text);
        let minutes = || {
            let n = text.strip_prefix("minutes ").filter(|n| !n.starts_with(['0', '+']) && n.len() <= 5);
            n.and_then(|n| n.parse().ok()).map(Period::Minutes)
        };
        named.or_else(minutes).ok_or_else(|| InvalidName {
            what: "the period",
            found: text.to_owned(),
            rule: "it is one of every, minutes N, hour, day, week, month, quarter, year",
        })
    }
}

#[cfg(test)]
#[path = "period_tests.rs"]
mod tests;
