//! `retention` in config.json, turned into tiers: over the built-in ones, and in the order in which they feed each
//! other.

use std::collections::BTreeMap;
use std::time::Duration;

use super::document::below;
use super::file::TierFile;
use super::problem::{Fault, choice, nearest, quoted};
use super::values;
use crate::snapshot::{Period, Storage, Tier, TierName, Tiers};

/// A fault and its place below `$.retention`: `.hourly.count`.
type Placed = (String, Fault);

/// Makes the tiers out of what config.json says under `retention`.
///
/// # Errors
/// Every fault, each with its place.
pub(super) fn tiers(written: &BTreeMap<String, TierFile>) -> Result<Tiers, Vec<Placed>> {
    let mut faults = Vec::new();
    let mut all = Tier::built_in();
    for (name, tier) in written {
        let known = all.iter().position(|known| known.name.as_str() == name).map(|i| all.remove(i));
        all.extend(one(name, tier, known, &mut faults));
    }
    order(&mut all, written, &mut faults);
    let tiers = Tiers::new(all);
    if tiers.is_none() {
        let found = "no enabled tier on a branch, so that nothing would be kept";
        let allowed = "one at least with `enabled` true and `storage` `branch`";
        faults.push((String::new(), Fault::new(found, allowed)));
    }
    tiers.filter(|_| faults.is_empty()).ok_or(faults)
}

/// Reads one tier as written, over the built-in one of its name.
fn one(name: &str, tier: &TierFile, known: Option<Tier>, faults: &mut Vec<Placed>) -> Option<Tier> {
    let place = below("", name);
    let mut fault = |key: &str, fault: Fault| faults.push((format!("{place}{key}"), fault));
    let Ok(own) = name.parse::<TierName>() else {
        let rule = "a tier's name: up to 40 of a-z, 0-9 and `-`, and none of quarantine, safety, audit, state, pin, \
                    import";
        fault("", Fault::new(quoted(name), rule).suggesting(nearest(name, Tier::BUILT_IN)));
        return None;
    };
    let period = tier.period.as_deref().map(values::period).transpose().map_err(|why| fault(".period", why));
    let within = tier.keep_within.as_deref().map(values::duration).transpose();
    let within = within.map_err(|why| fault(".keepWithin", why));
    let from = tier.from.as_deref().map(str::parse::<TierName>).transpose();
    let from = from.map_err(|why| fault(".from", Fault::new(quoted(&why.found), "the name of a tier")));
    if tier.interval_minutes.is_some() && tier.interval_hours.is_some() {
        fault(".intervalHours", Fault::new("`intervalMinutes` beside it", "one of the two"));
    }
    let minutes = tier.interval_minutes.or(tier.interval_hours.map(|hours| hours * 60));

    let default = known.unwrap_or_else(|| {
        if tier.period.is_none() {
            let found = format!("nothing, and `{name}` is none of the built-in tiers");
            fault(
                ".period",
                Fault::new(found, "a period, such as `week`").suggesting(nearest(name, Tier::BUILT_IN)),
            );
        } else if tier.count.is_none() && tier.keep_within.is_none() {
            fault(".count", Fault::new("nothing", "a whole number, or `keepWithin`"));
        }
        let (period, storage) = (Period::Every, Storage::Branch);
        let (count, from, interval, keep_within) = (None, None, None, None);
        Tier {
            name: own,
            enabled: true,
            count,
            period,
            from,
            storage,
            interval,
            keep_within,
            keep_minimum: 0,
        }
    });
    Some(Tier {
        name: default.name,
        enabled: tier.enabled.unwrap_or(default.enabled),
        count: tier.count.or(default.count),
        period: period.ok().flatten().unwrap_or(default.period),
        from: from.ok().flatten().or(default.from),
        storage: tier.storage.unwrap_or(default.storage),
        interval: minutes.map(|n| Duration::from_secs(u64::from(n) * 60)).or(default.interval),
        keep_within: within.ok().flatten().or(default.keep_within),
        keep_minimum: tier.keep_minimum.unwrap_or(default.keep_minimum),
    })
}

/// Puts the tiers in the order in which they feed each other, and says where that cannot be done.
fn order(all: &mut [Tier], written: &BTreeMap<String, TierFile>, faults: &mut Vec<Placed>) {
    let written_from = |tier: &Tier| written.get(tier.name.as_str()).is_some_and(|t| t.from.is_some());
    let has_no_period =
        |tier: &Tier| faults.iter().any(|(place, _)| *place == format!(".{}.period", tier.name));
    let unread: Vec<TierName> =
        all.iter().filter(|tier| has_no_period(tier)).map(|tier| tier.name.clone()).collect();
    let find = |name: &TierName| all.iter().find(|tier| tier.name == *name);
    for tier in all.iter() {
        let place = format!(".{}.from", tier.name);
        let names =
            || all.iter().map(|other| other.name.as_str()).filter(|other| *other != tier.name.as_str());
        match &tier.from {
            // Without a readable period or source there is nothing to compare; that has been said.
            None if tier.period == Period::Every => {}
            None if written_from(tier) => {}
            None => {
                let found = format!("nothing, and a tier of period `{}` is fed from another", tier.period);
                faults.push((place, Fault::new(found, choice(names()))));
            }
            Some(from) => match find(from) {
                Some(below) if below.name == tier.name => {
                    faults.push((place, Fault::new("the tier itself", choice(names()))));
                }
                Some(below) if unread.contains(&tier.name) || unread.contains(&below.name) => {}
                Some(below) if below.period.length() > tier.period.length() => {
                    let found =
                        format!("`{from}`, whose period `{}` is longer than `{}`", below.period, tier.period);
                    faults.push((place, Fault::new(found, "a tier of a shorter period")));
                }
                Some(_) if in_circle(all, tier) && written_from(tier) => {
                    faults.push((
                        place,
                        Fault::new(
                            format!("`{from}`, which is fed from `{}`", tier.name),
                            "a tier that is not",
                        ),
                    ));
                }
                Some(_) => {}
                None => {
                    let fault = Fault::new(quoted(from.as_str()), choice(names()));
                    faults.push((place, fault.suggesting(nearest(from.as_str(), names()))));
                }
            },
        }
    }
    let depth: BTreeMap<String, usize> =
        all.iter().map(|tier| (tier.name.to_string(), sources(all, tier).len())).collect();
    // A tier's source has no longer period, and stands one step nearer to the captures.
    all.sort_by_key(|tier| (tier.period.length(), depth[tier.name.as_str()], tier.name.clone()));
}

/// Returns the tiers from which `tier` is fed, nearest first; a circle is walked once.
fn sources<'t>(all: &'t [Tier], tier: &'t Tier) -> Vec<&'t Tier> {
    let mut found: Vec<&Tier> = Vec::new();
    let mut here = tier;
    while let Some(below) = here.from.as_ref().and_then(|from| all.iter().find(|tier| tier.name == *from)) {
        if found.iter().any(|known| known.name == below.name) {
            break;
        }
        found.push(below);
        here = below;
    }
    found
}

fn in_circle(all: &[Tier], tier: &Tier) -> bool {
    sources(all, tier).iter().any(|below| below.name == tier.name)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    fn read(written: Value) -> Result<Tiers, Vec<Placed>> {
        tiers(&serde_json::from_value(written).unwrap())
    }

    fn names(tiers: &Tiers) -> Vec<&str> {
        tiers.all().iter().map(|tier| tier.name.as_str()).collect()
    }

    #[test]
    fn a_custom_tier_finds_its_place() {
        let tiers = read(json!({
            "quarterly": {"period": "quarter", "from": "monthly", "count": 8, "storage": "release"},
            "six-hourly": {"period": "minutes 360", "from": "hourly", "keepWithin": "P3D"},
            "daily": {"from": "six-hourly", "count": 14, "intervalHours": 3, "keepMinimum": 2},
        }))
        .unwrap();
        assert_eq!(names(&tiers), ["hourly", "six-hourly", "daily", "weekly", "monthly", "quarterly"]);
        let daily = &tiers.all()[2];
        assert_eq!((daily.count, daily.keep_minimum, daily.period), (Some(14), 2, Period::Day));
        assert_eq!(daily.interval, Some(Duration::from_secs(3 * 3_600)));
        assert_eq!(tiers.all()[1].keep_within, Some(Duration::from_secs(3 * 86_400)));
    }

    #[test]
    fn the_next_enabled_branch_takes_captures_when_hourly_does_not() {
        let tiers = read(json!({"hourly": {"enabled": false}, "daily": {"storage": "release"}})).unwrap();
        assert_eq!(tiers.base().name.as_str(), "weekly");
        let own =
            read(json!({"hourly": {"enabled": false}, "live": {"period": "every", "count": 50}})).unwrap();
        assert_eq!(own.base().name.as_str(), "live");
    }

    #[rstest]
    #[case(json!({"horly": {"count": 6}}), ".horly.period: found nothing, and `horly` is none of the built-in tiers; allowed: a period, such as `week`; did you mean `hourly`?")]
    #[case(json!({"Daily": {"count": 6}}), ".Daily: found \"Daily\"; allowed: a tier's name: up to 40 of a-z, 0-9 and `-`, and none of quarantine, safety, audit, state, pin, import; did you mean `daily`?")]
    #[case(json!({"x": {"count": 6, "period": "day"}}), ".x.from: found nothing, and a tier of period `day` is fed from another; allowed: `hourly`, `daily`, `weekly` or `monthly`")]
    #[case(json!({"x": {"period": "every"}}), ".x.count: found nothing; allowed: a whole number, or `keepWithin`")]
    #[case(json!({"weekly": {"from": "dayly"}}), ".weekly.from: found \"dayly\"; allowed: `hourly`, `daily` or `monthly`; did you mean `daily`?")]
    #[case(json!({"daily": {"from": "weekly"}}), ".daily.from: found `weekly`, whose period `week` is longer than `day`; allowed: a tier of a shorter period")]
    #[case(json!({"daily": {"from": "daily"}}), ".daily.from: found the tier itself; allowed: `hourly`, `weekly` or `monthly`")]
    #[case(json!({"daily": {"intervalHours": 1, "intervalMinutes": 1}}), ".daily.intervalHours: found `intervalMinutes` beside it; allowed: one of the two")]
    #[case(json!({"hourly": {"enabled": false}, "daily": {"enabled": false}, "weekly": {"enabled": false}}), ": found no enabled tier on a branch, so that nothing would be kept; allowed: one at least with `enabled` true and `storage` `branch`")]
    fn what_makes_no_sense_is_said(#[case] written: Value, #[case] said: &str) {
        let faults = read(written).unwrap_err();
        assert_eq!(
            faults.iter().map(|(place, fault)| format!("{place}: {fault}")).collect::<Vec<_>>(),
            [said]
        );
    }

    #[test]
    fn a_circle_is_said_at_each_of_its_tiers() {
        let faults = read(json!({
            "a": {"period": "day", "from": "b", "count": 1},
            "b": {"period": "day", "from": "a", "count": 1},
        }));
        let places: Vec<_> = faults.unwrap_err().into_iter().map(|(place, _)| place).collect();
        assert_eq!(places, [".a.from", ".b.from"]);
    }
}
