//! The tiers as meant: the four that are built in, the configuration's own, in the order in which they feed each
//! other.
//!
//! What a count, a period or an age means for a snapshot is the plan's business; here they only get their values.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::problem::{Fault, choice, nearest, quoted};
use crate::snapshot::TierName;

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

impl Period {
    /// Returns about how many minutes it lasts: for ordering tiers, not for reckoning.
    pub(super) fn length(self) -> u32 {
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
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        use Period::{Day, Every, Hour, Month, Quarter, Week, Year};
        let named = [Every, Hour, Day, Week, Month, Quarter, Year];
        if let Some(period) = named.into_iter().find(|period| period.to_string() == text) {
            return Ok(period);
        }
        let minutes = text.strip_prefix("minutes ").filter(|n| !n.starts_with(['0', '+']) && n.len() <= 5);
        if let Some(n) = minutes.and_then(|n| n.parse().ok()) {
            return Ok(Period::Minutes(n));
        }
        let words = ["every", "minutes 30", "hour", "day", "week", "month", "quarter", "year"];
        Err(Fault::new(quoted(text), choice(words)).suggesting(nearest(text, words)))
    }
}

/// Where a tier lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Storage {
    /// As commits on the branch `<prefix>/<tier>`.
    Branch,
    /// As releases with an archive, one for each closed period.
    Release,
}

/// One tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierSettings {
    /// Its name.
    pub name: TierName,
    /// Whether it is fed and pruned.
    pub enabled: bool,
    /// How many periods with a snapshot are kept; `None` where only an age counts.
    pub count: Option<u32>,
    /// Of which period the newest snapshot is kept.
    pub period: Period,
    /// The tier below; `None` for one that takes captures itself.
    pub from: Option<TierName>,
    /// Where it lives.
    pub storage: Storage,
    /// For the tier that takes captures: how far apart scheduled runs are meant to be. For another: how often the
    /// snapshot of its open period is refreshed.
    pub interval: Option<Duration>,
    /// Besides the count, all that is younger than this is kept.
    pub keep_within: Option<Duration>,
    /// The newest so many stay at any age.
    pub keep_minimum: u32,
}

/// All tiers, each after the one that feeds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tiers {
    all: Vec<TierSettings>,
    base: usize,
}

impl Tiers {
    /// Returns the tiers in order, disabled ones too (they are neither fed nor pruned).
    #[must_use]
    pub fn all(&self) -> &[TierSettings] {
        &self.all
    }

    /// Returns the tier that takes captures: the first enabled one that lives on a branch.
    #[must_use]
    pub fn base(&self) -> &TierSettings {
        &self.all[self.base]
    }

    /// Takes the tiers in order.
    ///
    /// # Errors
    /// No tier could take captures.
    pub(super) fn new(all: Vec<TierSettings>) -> Result<Self, Fault> {
        let takes_captures = |tier: &TierSettings| tier.enabled && tier.storage == Storage::Branch;
        let base = all.iter().position(takes_captures).ok_or_else(|| {
            let found = "no enabled tier on a branch, so that nothing would be kept";
            Fault::new(found, "one at least with `enabled` true and `storage` `branch`")
        })?;
        Ok(Self { all, base })
    }
}

/// Their names.
pub(super) const BUILT_IN: [&str; 4] = ["hourly", "daily", "weekly", "monthly"];

/// The tiers that need not be written: the last 6 snapshots, 7 days, 4 weeks, 12 months.
pub(super) fn built_in() -> Vec<TierSettings> {
    let name = |name: &str| -> TierName { name.parse().expect("a tier's name") };
    let hours = |n: u64| Some(Duration::from_secs(n * 3_600));
    let tier = |own: &str, from: Option<&str>, period, count, interval, storage| TierSettings {
        name: name(own),
        enabled: true,
        count: Some(count),
        period,
        from: from.map(name),
        storage,
        interval,
        keep_within: None,
        keep_minimum: 0,
    };
    let half_an_hour = Some(Duration::from_secs(1_800));
    vec![
        tier("hourly", None, Period::Every, 6, half_an_hour, Storage::Branch),
        tier("daily", Some("hourly"), Period::Day, 7, hours(6), Storage::Branch),
        tier("weekly", Some("daily"), Period::Week, 4, hours(24), Storage::Branch),
        // A release is written once, after its period: nothing to refresh.
        tier("monthly", Some("weekly"), Period::Month, 12, None, Storage::Release),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::values::PERIOD_PATTERN;
    use super::*;

    #[test]
    fn each_period_is_parsed_back_and_the_schema_knows_it() {
        let schema = serde_json::json!({"pattern": PERIOD_PATTERN});
        for text in ["every", "minutes 15", "hour", "day", "week", "month", "quarter", "year"] {
            assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
            assert!(jsonschema::is_valid(&schema, &text.into()));
        }
        for text in ["", "minutes", "minutes 0", "minutes 015", "minutes 100000", "Day", "fortnight"] {
            assert!(text.parse::<Period>().is_err(), "{text}");
            assert!(!jsonschema::is_valid(&schema, &text.into()), "{text}");
        }
    }

    #[test]
    fn the_built_in_tiers_are_in_order() {
        let tiers = Tiers::new(built_in()).unwrap();
        assert_eq!(tiers.all().iter().map(|tier| tier.name.as_str()).collect::<Vec<_>>(), BUILT_IN);
        assert_eq!(tiers.base().name.as_str(), "hourly");
        assert!(tiers.all().is_sorted_by_key(|tier| tier.period.length()));
    }
}
