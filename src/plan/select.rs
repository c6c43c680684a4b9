//! Which snapshot a person means.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use crate::snapshot::{Place, Selector, SnapshotId, TierName};

/// A snapshot in one place.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    /// The snapshot.
    pub snapshot: &'a SnapshotId,
    /// The place.
    pub place: &'a Place,
    /// The commits that hold it or held it first.
    pub commits: Vec<&'a str>,
}

/// No snapshot is meant, or it is not clear which.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    /// There is none at all.
    #[error("there is no snapshot yet")]
    Empty,
    /// Nothing answers to that.
    #[error("no snapshot answers to `{wanted}`")]
    Unknown {
        /// What was wanted.
        wanted: String,
        /// The newest ones that are there.
        newest: Vec<SnapshotId>,
    },
    /// Several do.
    #[error("`{wanted}` may be any of {}", found.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", "))]
    Ambiguous {
        /// What was wanted.
        wanted: String,
        /// Some of those that it may be.
        found: Vec<SnapshotId>,
    },
}

impl NotFound {
    /// Returns what can be done about it.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        match self {
            NotFound::Empty => vec!["`mode: backup` makes the first.".to_owned()],
            NotFound::Unknown { newest, .. } => {
                let newest: Vec<String> = newest.iter().map(|id| format!("`{id}`")).collect();
                vec![format!("The newest are {}; `mode: list` shows all.", newest.join(", "))]
            }
            NotFound::Ambiguous { .. } => vec!["Write more of it.".to_owned()],
        }
    }
}

/// How many are named in a message.
const NAMED: usize = 5;

/// Finds the snapshot that is meant; in `tier` only, where one is named. `latest` and times mean snapshots of the tiers,
/// pins and releases; a capture that was set aside must be named.
///
/// # Errors
/// None is meant, or it is not clear which.
pub fn select(
    selector: &Selector,
    tier: Option<&TierName>,
    zone: Tz,
    candidates: &[Candidate<'_>],
) -> Result<SnapshotId, NotFound> {
    let is_in = |candidate: &&Candidate<'_>| match (tier, candidate.place) {
        (None, _) => true,
        (Some(tier), Place::Tier(own) | Place::Release(own, _)) => own == tier,
        (Some(_), _) => false,
    };
    let all: Vec<&Candidate<'_>> = candidates.iter().filter(is_in).collect();
    // By time, and each once.
    let counted: BTreeMap<_, &SnapshotId> = all
        .iter()
        .filter(|candidate| candidate.place.counts())
        .map(|candidate| ((candidate.snapshot.taken(), candidate.snapshot), candidate.snapshot))
        .collect();
    let newest = || counted.values().rev().take(NAMED).map(|id| (*id).clone()).collect();
    let unknown = || match counted.is_empty() {
        true => NotFound::Empty,
        false => NotFound::Unknown { wanted: selector.to_string(), newest: newest() },
    };
    if let Selector::Latest(back) = selector {
        return counted.values().rev().nth(*back).map(|id| (*id).clone()).ok_or_else(unknown);
    }
    if let Some(moment) = selector.moment(zone) {
        let before = counted.values().rev().find(|id| id.taken() <= moment);
        return before.map(|id| (*id).clone()).ok_or_else(unknown);
    }
    let Selector::Name(name) = selector else { return Err(unknown()) };
    let named = |candidate: &&&Candidate<'_>| match candidate.place {
        Place::Release(_, tag) => tag == name,
        Place::Pin(label) | Place::PinAside(label) => label.as_str() == name,
        _ => false,
    };
    let begins = |candidate: &&&Candidate<'_>| {
        let commit = |commit: &&str| commit.starts_with(&name.to_ascii_lowercase());
        candidate.snapshot.as_str().starts_with(name.as_str()) || candidate.commits.iter().any(commit)
    };
    // A whole name goes before a beginning.
    let mut found: Vec<&SnapshotId> = all.iter().filter(named).map(|candidate| candidate.snapshot).collect();
    if found.is_empty() {
        found = all.iter().filter(begins).map(|candidate| candidate.snapshot).collect();
    }
    found.sort();
    found.dedup();
    match found.as_slice() {
        [] => Err(unknown()),
        [one] => Ok((*one).clone()),
        many => Err(NotFound::Ambiguous {
            wanted: name.clone(),
            found: many.iter().rev().take(NAMED).map(|id| (*id).clone()).collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const IDS: [&str; 6] = [
        "20251001T120000Z-aaaaaaaa",
        "20251002T120000Z-bbbbbbbb",
        "20251003T120000Z-cccccccc",
        "20251003T180000Z-dddddddd",
        "20251004T000000Z-eeeeeeee",
        "20251005T000000Z-ffffffff",
    ];

    fn selected(text: &str, tier: Option<&str>) -> Result<String, NotFound> {
        let ids: Vec<SnapshotId> = IDS.iter().map(|id| id.parse().unwrap()).collect();
        let tier_of = |name: &str| Place::Tier(name.parse().unwrap());
        let places = [
            tier_of("daily"),
            Place::Release("monthly".parse().unwrap(), "monthly-2025-10".to_owned()),
            tier_of("hourly"),
            Place::Pin("go-live".parse().unwrap()),
            Place::Quarantine,
            Place::PinAside("look-at-it".parse().unwrap()),
        ];
        let commits = ["c0ffee0000", "c0ffee1111", "dead00", "beef00", "ab12cd", "fade00"];
        let all: Vec<Candidate<'_>> = (0..6)
            .map(|n| Candidate { snapshot: &ids[n], place: &places[n], commits: vec![commits[n]] })
            .collect();
        let tier = tier.map(|tier| tier.parse().unwrap());
        select(&text.parse().unwrap(), tier.as_ref(), Tz::UTC, &all).map(|id| id.to_string())
    }

    #[rstest]
    #[case("latest", None, 3)]
    #[case("latest~2", None, 1)]
    #[case("latest", Some("daily"), 0)]
    #[case("latest", Some("monthly"), 1)]
    #[case("2025-10-03", None, 3)]
    #[case("2025-10-03T12:00", None, 2)]
    #[case("2025-10-03T11:59:59Z", None, 1)]
    #[case("2030-01-01", None, 3)]
    #[case("20251004T000000Z-eeeeeeee", None, 4)]
    #[case("20251002", None, 1)]
    #[case("monthly-2025-10", None, 1)]
    #[case("go-live", None, 3)]
    #[case("look-at-it", None, 5)]
    #[case("C0FFEE1", None, 1)]
    #[case("ab12", None, 4)]
    fn what_is_meant_is_found(#[case] text: &str, #[case] tier: Option<&str>, #[case] found: usize) {
        assert_eq!(selected(text, tier).unwrap(), IDS[found]);
    }

    #[rstest]
    #[case("2025-09-30", "no snapshot answers to `2025-09-30`")]
    #[case("latest~4", "no snapshot answers to `latest~4`")]
    #[case("20251003", "`20251003` may be any of `20251003T180000Z-dddddddd`, `20251003T120000Z-cccccccc`")]
    #[case("c0ffee", "`c0ffee` may be any of `20251002T120000Z-bbbbbbbb`, `20251001T120000Z-aaaaaaaa`")]
    #[case("feed", "no snapshot answers to `feed`")]
    fn what_is_not_clear_is_said(#[case] text: &str, #[case] said: &str) {
        let error = selected(text, None).unwrap_err();
        assert_eq!(error.to_string(), said);
        assert!(!error.hints().is_empty());
    }
}
