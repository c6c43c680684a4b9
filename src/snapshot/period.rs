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
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn span(period: &str, time: &str, zone: &str) -> (String, String, String) {
        let zone: Tz = zone.parse().unwrap();
        let span = period.parse::<Period>().unwrap().span(time.parse().unwrap(), zone);
        let short = |time: DateTime<Utc>| time.format("%Y-%m-%dT%H:%MZ").to_string();
        (span.label, short(span.start), short(span.end))
    }

    #[rstest]
    #[case::day("day", "2025-10-03T14:30:00Z", "UTC", "2025-10-03", "2025-10-03T00:00Z", "2025-10-04T00:00Z")]
    #[case::day_elsewhere(
        "day",
        "2025-10-03T22:30:00Z",
        "Europe/Berlin",
        "2025-10-04",
        "2025-10-03T22:00Z",
        "2025-10-04T22:00Z"
    )]
    #[case::longest_day(
        "day",
        "2025-10-26T12:00:00Z",
        "Europe/Berlin",
        "2025-10-26",
        "2025-10-25T22:00Z",
        "2025-10-26T23:00Z"
    )]
    #[case::shortest_day(
        "day",
        "2025-03-30T12:00:00Z",
        "Europe/Berlin",
        "2025-03-30",
        "2025-03-29T23:00Z",
        "2025-03-30T22:00Z"
    )]
    #[case::no_midnight(
        "day",
        "2024-04-26T12:00:00Z",
        "Africa/Cairo",
        "2024-04-26",
        "2024-04-25T22:00Z",
        "2024-04-26T21:00Z"
    )]
    #[case::two_midnights(
        "day",
        "2006-10-29T12:00:00Z",
        "America/St_Johns",
        "2006-10-29",
        "2006-10-29T02:30Z",
        "2006-10-30T03:30Z"
    )]
    #[case::no_such_day(
        "day",
        "2011-12-30T12:00:00Z",
        "Pacific/Apia",
        "2011-12-31",
        "2011-12-30T10:00Z",
        "2011-12-31T10:00Z"
    )]
    #[case::leap_day(
        "day",
        "2024-02-29T23:59:59Z",
        "UTC",
        "2024-02-29",
        "2024-02-29T00:00Z",
        "2024-03-01T00:00Z"
    )]
    #[case::week_of_next_year(
        "week",
        "2025-12-29T00:00:00Z",
        "UTC",
        "2026-W01",
        "2025-12-29T00:00Z",
        "2026-01-05T00:00Z"
    )]
    #[case::week_of_last_year(
        "week",
        "2027-01-03T23:59:59Z",
        "UTC",
        "2026-W53",
        "2026-12-28T00:00Z",
        "2027-01-04T00:00Z"
    )]
    #[case::month(
        "month",
        "2025-12-31T23:30:00Z",
        "Europe/Berlin",
        "2026-01",
        "2025-12-31T23:00Z",
        "2026-01-31T23:00Z"
    )]
    #[case::quarter(
        "quarter",
        "2025-12-31T12:00:00Z",
        "UTC",
        "2025-Q4",
        "2025-10-01T00:00Z",
        "2026-01-01T00:00Z"
    )]
    #[case::year("year", "2025-06-01T12:00:00Z", "UTC", "2025", "2025-01-01T00:00Z", "2026-01-01T00:00Z")]
    #[case::hour(
        "hour",
        "2025-10-03T14:30:05Z",
        "UTC",
        "2025-10-03T14Z",
        "2025-10-03T14:00Z",
        "2025-10-03T15:00Z"
    )]
    #[case::half_hours(
        "hour",
        "2025-10-03T14:20:00Z",
        "Asia/Kolkata",
        "2025-10-03T1330Z",
        "2025-10-03T13:30Z",
        "2025-10-03T14:30Z"
    )]
    #[case::first_of_two_hours(
        "hour",
        "2025-10-26T00:30:00Z",
        "Europe/Berlin",
        "2025-10-26T00Z",
        "2025-10-26T00:00Z",
        "2025-10-26T01:00Z"
    )]
    #[case::second_of_two_hours(
        "hour",
        "2025-10-26T01:30:00Z",
        "Europe/Berlin",
        "2025-10-26T01Z",
        "2025-10-26T01:00Z",
        "2025-10-26T02:00Z"
    )]
    #[case::minutes(
        "minutes 360",
        "2025-10-03T14:30:00Z",
        "UTC",
        "2025-10-03T1200Z",
        "2025-10-03T12:00Z",
        "2025-10-03T18:00Z"
    )]
    fn a_moment_is_in_its_period(
        #[case] period: &str,
        #[case] time: &str,
        #[case] zone: &str,
        #[case] label: &str,
        #[case] start: &str,
        #[case] end: &str,
    ) {
        assert_eq!(span(period, time, zone), (label.to_owned(), start.to_owned(), end.to_owned()));
    }

    #[test]
    fn each_period_is_parsed_back() {
        for text in ["every", "minutes 15", "hour", "day", "week", "month", "quarter", "year"] {
            assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
        }
        for text in ["", "minutes", "minutes 0", "minutes 015", "minutes 100000", "Day", "fortnight"] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    /// Zones with all that clocks have done: halves and quarters of hours, changes at midnight, days left out.
    const ZONES: [Tz; 9] = [
        Tz::UTC,
        Tz::Europe__Berlin,
        Tz::America__St_Johns,
        Tz::America__Sao_Paulo,
        Tz::Africa__Cairo,
        Tz::Asia__Kathmandu,
        Tz::Australia__Lord_Howe,
        Tz::Pacific__Apia,
        Tz::America__New_York,
    ];

    fn moment() -> impl Strategy<Value = DateTime<Utc>> {
        // 1990 to 2100, and often near the changes of clocks and years.
        let any = 631_152_000..4_102_444_800i64;
        let near = (
            1990..2099i32,
            prop::sample::select(vec![(1, 1), (3, 28), (10, 27), (12, 30)]),
            -90_000..90_000i64,
        )
            .prop_map(|(year, (month, day), off)| {
                let date = NaiveDate::from_ymd_opt(year, month, day).unwrap();
                date.and_time(NaiveTime::MIN).and_utc().timestamp() + off
            });
        prop_oneof![any, near].prop_map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap())
    }

    fn named() -> impl Strategy<Value = Period> {
        prop::sample::select(Period::NAMED.to_vec())
    }

    proptest! {
        #[test]
        fn a_span_holds_its_moment(time in moment(), period in named(), zone in prop::sample::select(ZONES.to_vec())) {
            let span = period.span(time, zone);
            prop_assert!(span.start <= time && (time < span.end || period == Period::Every));
            prop_assert_eq!(period.span(span.start, zone).label, span.label);
        }

        #[test]
        fn who_shares_a_fine_period_shares_each_coarser_one(
            time in moment(), off in 0..90_000i64, zone in prop::sample::select(ZONES.to_vec()),
        ) {
            let other = time + TimeDelta::seconds(off);
            // Weeks lie across months, quarters and years.
            let chains = [
                &[Period::Hour, Period::Day, Period::Week][..],
                &[Period::Hour, Period::Day, Period::Month, Period::Quarter, Period::Year],
            ];
            for chain in chains {
                for pair in chain.windows(2) {
                    if pair[0].span(time, zone) == pair[0].span(other, zone) {
                        prop_assert_eq!(pair[1].span(time, zone), pair[1].span(other, zone));
                    }
                }
            }
        }

        #[test]
        fn later_moments_are_in_later_periods_by_utc(time in moment(), off in 0..9_000_000i64, period in named()) {
            let other = time + TimeDelta::seconds(off);
            let (one, two) = (period.span(time, Tz::UTC), period.span(other, Tz::UTC));
            prop_assert!(one <= two && (one == two) == (other < one.end || off == 0));
        }
    }
}
