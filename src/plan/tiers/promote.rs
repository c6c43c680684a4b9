//! What each tier takes from those below it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::verdict::kept;
use super::{Facts, Snapshots};
use crate::snapshot::{SnapshotId, Span, Storage, Tier, TierName};

/// One snapshot that a tier takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Move {
    /// The tier that takes it.
    pub tier: TierName,
    /// The snapshot.
    pub snapshot: SnapshotId,
    /// A tier that has it.
    pub from: TierName,
    /// The period that it stands for.
    pub period: String,
    /// The snapshot of the same period that leaves for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<SnapshotId>,
    /// Whether the period goes on, so that a newer one may come.
    pub open: bool,
}

/// Why a tier takes nothing, or nothing more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Skip {
    /// The tier.
    pub tier: TierName,
    /// The snapshot that it does not take, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<SnapshotId>,
    /// Why.
    pub why: Why,
}

/// Why a tier does not take a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "because")]
pub enum Why {
    /// The tier is disabled.
    Disabled,
    /// It is to be released, and there is no place for archives.
    NoPlace,
    /// The tiers below it hold nothing.
    NothingBelow,
    /// It has the newest of each period.
    AlreadyPromoted,
    /// Not before then.
    NotDue {
        /// When.
        until: DateTime<Utc>,
        /// The period.
        period: String,
        /// The tier that has the snapshot.
        from: TierName,
    },
    /// The snapshot carries a time that is still to come.
    FutureDated,
    /// The period was published before it came, and what is published stays as it is.
    Published {
        /// The period.
        period: String,
    },
    /// A later period has one already, and the server does not let the branch be rewritten.
    AppendOnly {
        /// The period.
        period: String,
    },
}

/// What is promoted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Promotion {
    /// What each tier takes, in the order in which it is done.
    pub moves: Vec<Move>,
    /// Why nothing more.
    pub skips: Vec<Skip>,
    /// What each tier will take later: it must not be forgotten before.
    pub waiting: Vec<(TierName, SnapshotId)>,
    /// The snapshots of each tier after the moves.
    pub after: Snapshots,
    /// When a tier will take something at the earliest, by what is there now.
    pub next_due: Option<DateTime<Utc>>,
}

/// The newest snapshot taken in a period below a tier, and a tier that has it.
struct Candidate<'a> {
    snapshot: &'a SnapshotId,
    from: &'a TierName,
}

/// Decides what is promoted into the tiers that are `fed` now. What is due for another waits.
#[must_use]
pub fn promote(facts: &Facts<'_>, fed: impl Fn(&TierName) -> bool) -> Promotion {
    let mut promotion = Promotion { after: facts.snapshots.clone(), ..Promotion::default() };
    for tier in facts.tiers.all() {
        if tier.name == facts.tiers.base().name {
            continue;
        }
        let skip = |snapshot: Option<&SnapshotId>, why| Skip {
            tier: tier.name.clone(),
            snapshot: snapshot.cloned(),
            why,
        };
        if !tier.enabled {
            promotion.skips.push(skip(None, Why::Disabled));
            continue;
        }
        let wish = Wish::of(facts, tier);
        if !fed(&tier.name) {
            let moves = wish.moves.into_iter().map(|one| (one.tier, one.snapshot));
            promotion.waiting.extend(moves.chain(wish.waiting));
            continue;
        }
        promotion.next_due = [promotion.next_due, wish.next_due].into_iter().flatten().min();
        promotion.waiting.extend(wish.waiting);
        promotion.skips.extend(wish.skips);
        let after = promotion.after.entry(tier.name.clone()).or_default();
        for one in &wish.moves {
            place(facts, after, &one.snapshot, one.replaces.as_ref());
        }
        promotion.moves.extend(wish.moves);
    }
    promotion
}

/// What one tier takes.
#[derive(Default)]
struct Wish {
    moves: Vec<Move>,
    skips: Vec<Skip>,
    waiting: Vec<(TierName, SnapshotId)>,
    next_due: Option<DateTime<Utc>>,
}

impl Wish {
    fn of(facts: &Facts<'_>, tier: &Tier) -> Self {
        let (candidates, future) = candidates(facts, tier);
        let own = facts.of(&tier.name);
        // The newest of each period that the tier has. What is dated ahead is no anchor.
        let mut has: BTreeMap<Span, &SnapshotId> = BTreeMap::new();
        for id in own.iter().filter(|id| !facts.is_future(id)) {
            has.insert(facts.span(tier, id), id);
        }
        let wanted = wanted(facts, tier, &candidates, &has);
        let mut wish = Wish::default();
        let mut skip = |snapshot: &SnapshotId, why| {
            wish.skips.push(Skip { tier: tier.name.clone(), snapshot: Some(snapshot.clone()), why });
        };
        let last = has.keys().next_back();
        let mut not_due = None;
        for (span, Candidate { snapshot, from }) in &candidates {
            let there = has.get(span).copied();
            let is_news = there.is_none_or(|there| newer(snapshot, there));
            let closes = facts.closes(span);
            let is_open = facts.now < closes;
            let is_release = tier.storage == Storage::Release;
            let only_appends = facts.append_only.contains(&tier.name);
            let is_final = is_release || only_appends;
            let refresh = there.map(|there| there.taken() + interval(tier));
            let until = match refresh {
                _ if is_final => is_open.then_some(closes),
                Some(refresh) => (is_open && snapshot.taken() < refresh).then(|| refresh.min(closes)),
                None => None,
            };
            // What waits for the end of its period is wanted then.
            let is_wanted = wanted.contains(*snapshot) || is_final && is_open;
            if !is_news || !is_wanted {
                continue;
            }
            if let Some(until) = until {
                wish.next_due = [wish.next_due, Some(until)].into_iter().flatten().min();
                wish.waiting.push((tier.name.clone(), (*snapshot).clone()));
                not_due = Some((*snapshot, until, span, *from));
                continue;
            }
            if is_release && there.is_some() {
                skip(snapshot, Why::Published { period: span.label.clone() });
                continue;
            }
            if only_appends && last.is_some_and(|last| span < last) {
                skip(snapshot, Why::AppendOnly { period: span.label.clone() });
                continue;
            }
            wish.moves.push(Move {
                tier: tier.name.clone(),
                snapshot: (*snapshot).clone(),
                from: (*from).clone(),
                period: span.label.clone(),
                replaces: there
                    .filter(|there| !only_appends && is_spare(facts, tier, there, snapshot))
                    .cloned(),
                open: is_open,
            });
        }
        if let Some((snapshot, until, span, from)) = not_due {
            skip(snapshot, Why::NotDue { until, period: span.label.clone(), from: from.clone() });
        }
        if let Some(future) = future {
            skip(future, Why::FutureDated);
        }
        if wish.moves.is_empty() && wish.skips.is_empty() {
            let newest = candidates.values().next_back().map(|candidate| candidate.snapshot.clone());
            let why = if newest.is_some() { Why::AlreadyPromoted } else { Why::NothingBelow };
            wish.skips.push(Skip { tier: tier.name.clone(), snapshot: newest, why });
        }
        wish
    }
}

/// Returns the newest snapshot of each of the tier's periods over all tiers below, and the last that is dated ahead.
fn candidates<'a>(facts: &Facts<'a>, tier: &Tier) -> (BTreeMap<Span, Candidate<'a>>, Option<&'a SnapshotId>) {
    let (mut found, mut future) = (BTreeMap::<Span, Candidate<'a>>::new(), None);
    for below in facts.tiers.below(tier) {
        for snapshot in facts.of(&below.name) {
            if facts.is_future(snapshot) {
                future = future.max(Some(snapshot));
                continue;
            }
            let candidate = Candidate { snapshot, from: &below.name };
            let known = found.entry(facts.span(tier, snapshot)).or_insert(Candidate { ..candidate });
            // Where two tiers have it, the nearer one is named.
            if !newer(known.snapshot, snapshot) {
                *known = candidate;
            }
        }
    }
    (found, future)
}

/// Whether a snapshot may leave its tier for another of the same period: not where that is a later period of a tier above
/// (a week has days of two months), which may still have to take the older one. Then both stay, until cleanup judges.
fn is_spare(facts: &Facts<'_>, tier: &Tier, old: &SnapshotId, new: &SnapshotId) -> bool {
    let is_fed =
        |above: &&Tier| above.enabled && facts.tiers.below(above).iter().any(|below| below.name == tier.name);
    let mut above = facts.tiers.all().iter().filter(is_fed);
    above.all(|above| facts.span(above, old) == facts.span(above, new))
}

/// Returns which candidates the tier would keep if it took them all: what it would forget at once it does not take.
fn wanted(
    facts: &Facts<'_>,
    tier: &Tier,
    candidates: &BTreeMap<Span, Candidate<'_>>,
    has: &BTreeMap<Span, &SnapshotId>,
) -> BTreeSet<SnapshotId> {
    let mut all = facts.of(&tier.name).to_vec();
    // What has to wait for the end of its period pushes nothing out before.
    let waits = tier.storage == Storage::Release || facts.append_only.contains(&tier.name);
    let open = |span: &Span| facts.now < facts.closes(span);
    for (span, candidate) in candidates.iter().filter(|(span, _)| !(waits && open(span))) {
        let there = has.get(span).copied();
        if there.is_none_or(|there| newer(candidate.snapshot, there)) {
            place(facts, &mut all, candidate.snapshot, there);
        }
    }
    kept(facts, tier, &all)
}

/// Puts a snapshot into a chain: in the place of the one that it replaces, or by its time.
fn place(
    facts: &Facts<'_>,
    chain: &mut Vec<SnapshotId>,
    snapshot: &SnapshotId,
    replaces: Option<&SnapshotId>,
) {
    if let Some(at) = replaces.and_then(|old| chain.iter().position(|id| id == old)) {
        chain[at] = snapshot.clone();
        return;
    }
    // What is dated ahead has the last word of nobody: what comes now goes behind it.
    let later = chain.iter().position(|id| newer(id, snapshot) && !facts.is_future(id));
    chain.insert(later.unwrap_or(chain.len()), snapshot.clone());
}

/// Whether one snapshot was taken after another.
fn newer(one: &SnapshotId, other: &SnapshotId) -> bool {
    (one.taken(), one) > (other.taken(), other)
}

fn interval(tier: &Tier) -> TimeDelta {
    tier.interval.and_then(|interval| TimeDelta::from_std(interval).ok()).unwrap_or_default()
}
