//! The anomaly guard: whether what is gone since the snapshot before looks like an edit or like damage.
//!
//! A server that answers a list with 200 and nothing in it, a key that lost half of its rights, a project restored from
//! the wrong place: each reads like a wave of deletions, and a backup that follows it is worth nothing on the day that
//! it is needed. So a capture that lost too much is set aside until a person has looked.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::snapshot::{Availability, Kind, KindSummary, Named, ResourceEntry, Selection, Unread};

/// From so many on, more than half of a kind is too much.
const MANY: usize = 5;
/// From so many on, all of a kind is too much.
const ALL_OF: usize = 3;

/// What one capture saw.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Per kind, whether it could be read.
    pub kinds: &'a BTreeMap<Kind, KindSummary>,
    /// Its resources.
    pub resources: &'a [ResourceEntry],
}

/// A kind of which a capture lacks more than it may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Anomaly {
    /// The kind.
    pub kind: Kind,
    /// What happened to them.
    pub lack: Lack,
    /// How many there were.
    pub before: usize,
    /// The names of those that are lacking.
    pub gone: Vec<String>,
}

/// Why a capture lacks resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Lack {
    /// They were there before, and suspiciously many of them are not any more.
    Gone,
    /// They are there, could not be read, and never were before.
    Unread,
}

/// Returns what a capture lacks because it could not be read and there is no earlier copy; without what was `accepted`.
#[must_use]
pub fn unread(unread: &[Unread], accepted: &[Unread]) -> Vec<Anomaly> {
    let lacking = |one: &&Unread| one.read_at.is_none();
    let is_accepted =
        |one: &Unread| accepted.iter().filter(lacking).any(|a| (a.kind, &a.id) == (one.kind, &one.id));
    let mut kinds: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
    for one in unread.iter().filter(lacking).filter(|one| !is_accepted(one)) {
        kinds.entry(one.kind).or_default().push(one.name.clone());
    }
    let anomaly = |(kind, gone): (Kind, Vec<String>)| Anomaly { kind, lack: Lack::Unread, before: 0, gone };
    kinds.into_iter().map(anomaly).collect()
}

/// What is gone between two captures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guarded {
    /// The kinds of which too much is gone.
    pub anomalies: Vec<Anomaly>,
    /// Everything that is gone, of every kind.
    pub gone: Vec<Named>,
}

/// Compares two captures, over what both could read and what the present selection wants.
///
/// A resource is gone if nothing of its kind has its reference id, its id or its name now: a restore in Cognigy gives
/// new ids, and not every kind has reference ids. What belonged to a resource that is gone itself went with it and is
/// not counted again.
#[must_use]
pub fn guard(before: Seen<'_>, now: Seen<'_>, selection: &Selection) -> Guarded {
    let is_read = |seen: Seen<'_>, kind| {
        seen.kinds.get(&kind).is_some_and(|summary| summary.availability == Availability::Read)
    };
    let mut guarded = Guarded::default();
    let mut gone_owners: BTreeSet<(Kind, &str)> = BTreeSet::new();
    for kind in Kind::ALL {
        let there: BTreeSet<[&str; 3]> = now
            .resources
            .iter()
            .filter(|resource| resource.kind == kind)
            .flat_map(|resource| marks(resource, now.resources))
            .collect();
        let all: Vec<&ResourceEntry> =
            before.resources.iter().filter(|resource| resource.kind == kind).collect();
        let is_gone = |resource: &&&ResourceEntry| {
            !marks(resource, before.resources).iter().any(|mark| there.contains(mark))
        };
        let gone: Vec<&ResourceEntry> = all.iter().filter(is_gone).copied().collect();
        gone_owners.extend(gone.iter().map(|resource| (kind, resource.id.as_str())));
        if !is_read(before, kind) || !is_read(now, kind) {
            continue;
        }
        let counts = |resource: &&&ResourceEntry| {
            let went_along =
                kind.owner().zip(resource.owner.as_deref()).is_some_and(|owner| gone_owners.contains(&owner));
            selection.wants(kind, &resource.name) && !went_along
        };
        let before = all.iter().filter(counts).count();
        let mut gone: Vec<String> =
            gone.iter().filter(counts).map(|resource| resource.name.clone()).collect();
        gone.sort();
        guarded.gone.extend(gone.iter().map(|name| Named { kind, name: name.clone() }));
        let too_many =
            (gone.len() >= MANY && gone.len() * 2 > before) || (gone.len() >= ALL_OF && gone.len() == before);
        if too_many {
            guarded.anomalies.push(Anomaly { kind, lack: Lack::Gone, before, gone });
        }
    }
    guarded
}

/// What a resource may be known by again, within its kind. Names repeat from owner to owner (`default` is a state of
/// every flow), so of what belongs to something the owner's name counts too.
fn marks<'a>(resource: &'a ResourceEntry, all: &'a [ResourceEntry]) -> [[&'a str; 3]; 3] {
    let owner = resource
        .kind
        .owner()
        .zip(resource.owner.as_deref())
        .and_then(|(kind, id)| all.iter().find(|other| other.kind == kind && other.id == id));
    let owner = owner.map_or("", |owner| owner.name.as_str());
    [["reference", "", &resource.reference_id], ["id", "", &resource.id], ["name", owner, &resource.name]]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn entry(kind: Kind, n: usize) -> ResourceEntry {
        ResourceEntry {
            kind,
            reference_id: format!("r{n}"),
            id: format!("i{n}"),
            name: format!("n{n}"),
            owner: None,
            path: "x".parse().unwrap(),
            created_at: None,
            created_by: None,
            last_changed: None,
            last_changed_by: None,
        }
    }

    fn kinds(availability: Availability) -> BTreeMap<Kind, KindSummary> {
        Kind::ALL
            .into_iter()
            .map(|kind| (kind, KindSummary { availability, resources: 0, files: 0, bytes: 0 }))
            .collect()
    }

    fn compare(before: &[ResourceEntry], now: &[ResourceEntry], selection: &Selection) -> Guarded {
        let kinds = kinds(Availability::Read);
        guard(Seen { kinds: &kinds, resources: before }, Seen { kinds: &kinds, resources: now }, selection)
    }

    fn flows(numbers: impl IntoIterator<Item = usize>) -> Vec<ResourceEntry> {
        numbers.into_iter().map(|n| entry(Kind::Flows, n)).collect()
    }

    #[rstest]
    #[case(10, 6, true)]
    #[case(10, 5, false)]
    #[case(9, 5, true)]
    #[case(7, 4, false)]
    #[case(5, 5, true)]
    #[case(4, 4, true)]
    #[case(3, 3, true)]
    #[case(4, 3, false)]
    #[case(2, 2, false)]
    #[case(1, 1, false)]
    #[case(100, 50, false)]
    #[case(100, 51, true)]
    fn half_of_many_or_all_of_some(#[case] before: usize, #[case] gone: usize, #[case] anomaly: bool) {
        let guarded = compare(&flows(0..before), &flows(gone..before), &Selection::everything());
        assert_eq!(!guarded.anomalies.is_empty(), anomaly, "{guarded:?}");
        assert_eq!(guarded.gone.len(), gone);
    }

    #[test]
    fn what_came_anew_does_not_hide_what_is_gone() {
        let guarded = compare(&flows(0..6), &flows(100..120), &Selection::everything());
        assert_eq!(guarded.anomalies[0].gone.len(), 6);
    }

    #[test]
    fn new_ids_alone_are_no_loss() {
        let mut now = flows(0..6);
        now.iter_mut().for_each(|flow| (flow.id, flow.reference_id) = ("new".into(), "new".into()));
        assert_eq!(compare(&flows(0..6), &now, &Selection::everything()), Guarded::default());
        let mut now = flows(0..6);
        now.iter_mut().for_each(|flow| flow.name = "renamed".into());
        assert_eq!(compare(&flows(0..6), &now, &Selection::everything()), Guarded::default());
    }

    #[test]
    fn what_is_deselected_is_not_missed() {
        let excluded = Selection::new(Kind::ALL, &["flows/n*".to_owned()]).unwrap();
        assert_eq!(compare(&flows(0..6), &[], &excluded).anomalies, []);
        let without = Selection::new([Kind::Lexicons], &[]).unwrap();
        assert_eq!(compare(&flows(0..6), &[], &without).anomalies, []);
    }

    #[test]
    fn what_could_not_be_read_is_not_compared() {
        let (read, not) = (kinds(Availability::Read), kinds(Availability::Deselected));
        let (before, everything) = (flows(0..6), Selection::everything());
        let full = Seen { kinds: &read, resources: &before };
        let empty = Seen { kinds: &not, resources: &[] };
        assert_eq!(guard(full, empty, &everything), Guarded::default());
    }

    #[test]
    fn what_belonged_to_a_deleted_resource_went_with_it() {
        let states = |owner: &str| -> Vec<ResourceEntry> {
            let state = |n| ResourceEntry { owner: Some(owner.to_owned()), ..entry(Kind::FlowStates, n) };
            (0..6).map(state).collect()
        };
        let with_flow: Vec<_> = flows(0..2).into_iter().chain(states("i0")).collect();
        assert_eq!(compare(&with_flow, &flows(1..2), &Selection::everything()).anomalies, []);
        // The flow stays, and all its states are gone.
        let guarded = compare(&with_flow, &flows(0..2), &Selection::everything());
        assert_eq!(guarded.anomalies[0].kind, Kind::FlowStates);
    }

    proptest! {
        #[test]
        fn the_same_capture_is_never_an_anomaly_and_fewer_losses_never_more_of_one(
            before in 0_usize..30, gone in 0_usize..30, fewer in 0_usize..30,
        ) {
            let (gone, fewer) = (gone.min(before), fewer.min(gone).min(before));
            let everything = Selection::everything();
            let all = flows(0..before);
            prop_assert_eq!(compare(&all, &all, &everything), Guarded::default());
            let more_lost = !compare(&all, &flows(gone..before), &everything).anomalies.is_empty();
            let less_lost = !compare(&all, &flows(fewer..before), &everything).anomalies.is_empty();
            prop_assert!(more_lost || !less_lost);
        }
    }
}
