//! Periods over zones, weeks of years, and clocks that jump.

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
    let near =
        (1990..2099i32, prop::sample::select(vec![(1, 1), (3, 28), (10, 27), (12, 30)]), -90_000..90_000i64)
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
