//! When a server says "later", how much later: `Retry-After`, in seconds or as a date.
//!
//! A date is measured against the answer's own `Date`, not against this machine's clock: the two may be minutes
//! apart, and only the difference means anything.

use std::time::Duration;

use ::http::HeaderMap;
use ::http::header::{DATE, RETRY_AFTER};
use chrono::{DateTime, FixedOffset};

/// No wait is taken for longer than this; it also keeps absurd numbers out of arithmetic with times.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Returns the wait that an answer asks for, if it names one that can be understood.
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if value.bytes().all(|b| b.is_ascii_digit()) && !value.is_empty() {
        let seconds = value.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER));
    }
    let then = DateTime::parse_from_rfc2822(value).ok()?;
    Some(between(sent_at(headers)?, then))
}

/// Returns how long from the answer's own `Date` until a Unix time: how GitHub says when its limit opens again.
#[must_use]
pub fn until(headers: &HeaderMap, unix_seconds: i64) -> Option<Duration> {
    let then = DateTime::from_timestamp(unix_seconds, 0)?;
    Some(between(sent_at(headers)?, then.fixed_offset()))
}

fn sent_at(headers: &HeaderMap) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc2822(headers.get(DATE)?.to_str().ok()?).ok()
}

fn between(now: DateTime<FixedOffset>, then: DateTime<FixedOffset>) -> Duration {
    (then - now).to_std().unwrap_or_default().min(MAX_RETRY_AFTER)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            (::http::HeaderName::from_static(name), value.parse::<::http::HeaderValue>().unwrap())
        });
        pairs.collect()
    }

    const DATE_OF_ANSWER: (&str, &str) = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");

    #[rstest]
    #[case::seconds("120", Some(120))]
    #[case::spaces(" 7 ", Some(7))]
    #[case::date("Wed, 21 Oct 2015 07:29:30 GMT", Some(90))]
    #[case::past("Wed, 21 Oct 2015 07:00:00 GMT", Some(0))]
    #[case::absurd("99999999999999999999999", Some(86_400))]
    #[case::negative("-5", None)]
    #[case::words("soon", None)]
    #[case::empty("", None)]
    fn understands(#[case] value: &str, #[case] seconds: Option<u64>) {
        let headers = headers(&[DATE_OF_ANSWER, ("retry-after", value)]);
        assert_eq!(retry_after(&headers), seconds.map(Duration::from_secs));
    }

    #[test]
    fn a_date_without_the_answers_own_date_says_nothing() {
        assert_eq!(retry_after(&headers(&[("retry-after", "Wed, 21 Oct 2015 07:29:30 GMT")])), None);
    }

    #[test]
    fn measures_a_unix_time_from_the_answers_date() {
        assert_eq!(until(&headers(&[DATE_OF_ANSWER]), 1_445_412_490), Some(Duration::from_secs(10)));
    }
}
