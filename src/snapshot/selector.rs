//! How a person names a snapshot: by its id or the beginning of it, as the latest or so many before it, by a time or a
//! date, by a commit, by a release's tag or a pin's label.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

use super::InvalidName;

/// What a person wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// `latest`, `latest~N`: the newest, or so many before it.
    Latest(usize),
    /// A moment in UTC: the newest at or before it.
    Moment(DateTime<Utc>),
    /// A moment by the configured zone's clocks.
    Local(NaiveDateTime),
    /// A date: the newest at or before the end of that day in the configured zone.
    Date(NaiveDate),
    /// An id, a commit or the beginning of one; a tag, a label.
    Name(String),
}

impl Selector {
    /// Returns the moment that it names, where it names one: the newest snapshot at or before it is meant.
    #[must_use]
    pub fn moment(&self, zone: Tz) -> Option<DateTime<Utc>> {
        let local = |time: NaiveDateTime| {
            let found = zone.from_local_datetime(&time);
            // A time that clocks left out is that of the clock before; one that came twice is the later.
            found.latest().map_or_else(|| time.and_utc(), |time| time.to_utc())
        };
        match self {
            Selector::Moment(time) => Some(*time),
            Selector::Local(time) => Some(local(*time)),
            Selector::Date(date) => {
                Some(local(date.and_time(NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default())))
            }
            Selector::Latest(_) | Selector::Name(_) => None,
        }
    }
}

impl FromStr for Selector {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if text == "latest" {
            return Ok(Selector::Latest(0));
        }
        if let Some(back) = text.strip_prefix("latest~").filter(|back| !back.starts_with('+')) {
            let back = back.parse().map_err(|_| invalid(text))?;
            return Ok(Selector::Latest(back));
        }
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Ok(Selector::Moment(time.to_utc()));
        }
        let local = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"];
        if let Some(time) = local.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()) {
            return Ok(Selector::Local(time));
        }
        if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Ok(Selector::Date(date));
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-/".contains(&b);
        if text.len() >= 4 && text.bytes().all(plain) {
            return Ok(Selector::Name(text.to_owned()));
        }
        Err(invalid(text))
    }
}

fn invalid(text: &str) -> InvalidName {
    InvalidName {
        what: "the snapshot",
        found: text.to_owned(),
        rule: "it is `latest`, `latest~N`, an id or its first four characters or more, a commit, a date such as \
               2025-10-03, a time such as 2025-10-03T14:30, a release's tag or a pin's label",
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Selector::Latest(0) => f.write_str("latest"),
            Selector::Latest(back) => write!(f, "latest~{back}"),
            Selector::Moment(time) => write!(f, "{}", time.format("%Y-%m-%dT%H:%M:%SZ")),
            Selector::Local(time) => write!(f, "{}", time.format("%Y-%m-%dT%H:%M:%S")),
            Selector::Date(date) => write!(f, "{date}"),
            Selector::Name(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("latest", "latest")]
    #[case("latest~3", "latest~3")]
    #[case("2025-10-03", "2025-10-03")]
    #[case("2025-10-03T14:30", "2025-10-03T14:30:00")]
    #[case("2025-10-03 14:30", "2025-10-03T14:30:00")]
    #[case("2025-10-03T14:30:00+02:00", "2025-10-03T12:30:00Z")]
    #[case("20251003T143000Z-1a2b3c4d", "20251003T143000Z-1a2b3c4d")]
    #[case("monthly-2025-10", "monthly-2025-10")]
    #[case("c0ffee12", "c0ffee12")]
    fn what_a_person_writes_is_read(#[case] text: &str, #[case] shown: &str) {
        let selector: Selector = text.parse().unwrap();
        assert_eq!(selector.to_string(), shown);
        assert_eq!(shown.parse::<Selector>().unwrap().to_string(), shown);
    }

    #[rstest]
    #[case("")]
    #[case("abc")]
    #[case("latest~")]
    #[case("latest~-1")]
    #[case("the last one")]
    fn what_is_no_name_is_refused(#[case] text: &str) {
        assert!(text.parse::<Selector>().is_err());
    }

    #[test]
    fn a_date_ends_where_its_zone_says() {
        let date: Selector = "2025-10-03".parse().unwrap();
        let end = |zone: Tz| date.moment(zone).unwrap().to_rfc3339();
        assert_eq!(end(Tz::UTC), "2025-10-03T23:59:59+00:00");
        assert_eq!(end(Tz::Europe__Berlin), "2025-10-03T21:59:59+00:00");
    }
}
