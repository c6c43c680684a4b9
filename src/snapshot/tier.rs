//! The tiers: the four that are built in, the configuration's own, in the order in which they feed each other.
//!
//! What a count or an age means for a snapshot is the plan's business; here they only have their values.

use std::collections::BTreeSet;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Period, TierName};

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
pub struct Tier {
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
    all: Vec<Tier>,
    base: usize,
}

impl Tiers {
    /// Returns the tiers in order, disabled ones too (they are neither fed nor pruned).
    #[must_use]
    pub fn all(&self) -> &[Tier] {
        &self.all
    }

    /// Returns the tier that takes captures: the first enabled one that lives on a branch.
    #[must_use]
    pub fn base(&self) -> &Tier {
        &self.all[self.base]
    }

    /// Returns the enabled tiers that are released.
    pub fn released(&self) -> impl Iterator<Item = &Tier> {
        self.all.iter().filter(|tier| tier.enabled && tier.storage == Storage::Release)
    }

    /// Returns the same with some tiers disabled that take no captures.
    #[must_use]
    pub fn without(&self, names: &BTreeSet<TierName>) -> Self {
        let mut tiers = self.clone();
        let off = |tier: &&mut Tier| names.contains(&tier.name) && tier.storage == Storage::Release;
        tiers.all.iter_mut().filter(off).for_each(|tier| tier.enabled = false);
        tiers
    }

    /// Returns the tier of this name.
    #[must_use]
    pub fn find(&self, name: &TierName) -> Option<&Tier> {
        self.all.iter().find(|tier| tier.name == *name)
    }

    /// Returns the tiers from which `tier` may be fed: the one it names, what that one names and so on, and the one that
    /// takes captures, nearest to the captures first. Disabled ones too: what they hold is there.
    #[must_use]
    pub fn below(&self, tier: &Tier) -> Vec<&Tier> {
        let mut names: Vec<&TierName> = Vec::new();
        let mut here = Some(tier);
        while let Some(from) = here.and_then(|tier| tier.from.as_ref()).filter(|from| !names.contains(from)) {
            names.push(from);
            here = self.find(from);
        }
        let own = self.all.iter().position(|one| one.name == tier.name).unwrap_or_default();
        let is_below =
            |(at, one): &(usize, &Tier)| *at < own && (names.contains(&&one.name) || *at == self.base);
        self.all.iter().enumerate().filter(is_below).map(|(_, one)| one).collect()
    }

    /// Takes the tiers in order; nothing where none of them could take captures.
    #[must_use]
    pub fn new(all: Vec<Tier>) -> Option<Self> {
        let takes_captures = |tier: &Tier| tier.enabled && tier.storage == Storage::Branch;
        let base = all.iter().position(takes_captures)?;
        Some(Self { all, base })
    }
}

impl Tier {
    /// The names of the tiers that are there without being configured.
    pub const BUILT_IN: [&'static str; 4] = ["hourly", "daily", "weekly", "monthly"];

    /// Returns the tiers that need not be written: the last 6 snapshots, 7 days, 4 weeks, 12 months.
    #[must_use]
    pub fn built_in() -> Vec<Self> {
        let name = |name: &str| -> TierName { name.parse().expect("a tier's name") };
        let hours = |n: u64| Some(Duration::from_secs(n * 3_600));
        let tier = |own: &str, from: Option<&str>, period, count, interval, storage| Tier {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_tiers_are_in_order() {
        let tiers = Tiers::new(Tier::built_in()).unwrap();
        assert_eq!(tiers.all().iter().map(|tier| tier.name.as_str()).collect::<Vec<_>>(), Tier::BUILT_IN);
        assert_eq!(tiers.base().name.as_str(), "hourly");
        assert!(tiers.all().is_sorted_by_key(|tier| tier.period.length()));
    }

    #[test]
    fn a_tier_is_fed_from_all_below_it() {
        let mut all = Tier::built_in();
        all[0].enabled = false;
        all[1].enabled = false;
        let tiers = Tiers::new(all).unwrap();
        let below = |name: &str| {
            let below = tiers.below(tiers.find(&name.parse().unwrap()).unwrap());
            below.iter().map(|tier| tier.name.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(tiers.base().name.as_str(), "weekly");
        assert_eq!(below("monthly"), ["hourly", "daily", "weekly"]);
        assert!(below("hourly").is_empty());
    }
}
