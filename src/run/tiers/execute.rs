//! Does what was planned: writes the commits, and moves the branches in one push.

use super::gather::There;
use super::{Plan, Step};
use crate::report::Reason;
use crate::report::tiers::{self as words, FailedStep, Moved};
use crate::run::content::allows_appending;
use crate::run::failure::Failure;
use crate::run::world::World;
use crate::snapshot::{SnapshotId, TierName};
use crate::store::branch::{Chain, Link};
use crate::store::{RefChange, RefOutcome, Refusal, Store};

/// What became of a push.
pub(super) enum Pushed {
    /// Every branch is where it should be.
    Done,
    /// The server does not let this tier's branch be rewritten.
    AppendOnly(TierName, Refusal),
    /// The server does not let this tier's branch be moved.
    Refused(TierName, FailedStep),
    /// The server does not let a pin, or what was kept before a restore, be taken away.
    Stays(FailedStep),
    /// Somebody else moved a branch first.
    Raced,
}

/// One branch to be moved.
struct Change {
    /// The tier that it is of, where it is a tier's.
    tier: Option<TierName>,
    change: RefChange,
    /// Whether it only gets longer.
    appends: bool,
}

/// Moves every branch that is not as `step` of the plan wants it, and returns those that moved: all or none, but for a server
/// that moves each by itself. A tier that needs no change is not touched.
pub(super) async fn push(
    world: &World<'_>,
    store: &mut Store,
    there: &There,
    plan: &Plan,
    step: Step,
) -> Result<(Vec<Moved>, Pushed), Failure> {
    let mut changes = Vec::new();
    // From the last tier to the first: where order can be seen, a snapshot is in a tier above before one below drops it.
    let tiers = world.settings.tiers.all().iter().rev().map(|tier| &tier.name);
    for (tier, chain) in tiers.filter_map(|tier| Some((tier, there.chains.get(tier)?))) {
        let wanted: Vec<&SnapshotId> = plan.wanted(tier, step);
        if chain.ids().eq(wanted.iter().copied()) {
            continue;
        }
        let found = |id: &&SnapshotId| there.link(tier, id).expect("a plan moves what was found somewhere");
        let links: Vec<_> = wanted.iter().map(found).collect();
        let new = chain.write(store, &links)?;
        let name = world.settings.prefix.branch(tier);
        let appends = chain.ids().eq(wanted.iter().copied().take(chain.links.len()));
        changes.push(Change {
            tier: Some(tier.clone()),
            change: RefChange { name, expected: chain.tip, new },
            appends,
        });
    }
    if step == Step::Whole && !plan.outlived.is_empty() {
        changes.push(without(world, store, &there.safety, &plan.outlived)?);
    }
    let mut refs: Vec<RefChange> = changes.iter().map(|one| one.change.clone()).collect();
    if step == Step::Whole {
        refs.extend(plan.lapsed.iter().filter_map(|pin| {
            let tag = there.pins.get(&pin.label)?.tag;
            Some(RefChange { name: world.settings.prefix.pin(&pin.label), expected: Some(tag), new: None })
        }));
    }
    let pushed = store.push(&refs).await?;
    let has_moved = |one: &&Change| {
        pushed.refs.iter().any(|(name, outcome)| *name == one.change.name && *outcome == RefOutcome::Moved)
    };
    let moved = changes.iter().filter(has_moved).map(|one| Moved {
        branch: one.change.name.trim_start_matches("refs/heads/").to_owned(),
        before: one.change.expected.map(|id| id.to_string()),
        after: one.change.new.map(|id| id.to_string()),
    });
    let moved = moved.collect();
    let end = match pushed.refused() {
        Some((name, refusal)) => {
            let refused = changes.iter().find(|one| one.change.name == name);
            refused_as(name, refusal, refused)
        }
        None if pushed.all_moved() => Pushed::Done,
        None => Pushed::Raced,
    };
    Ok((moved, end))
}

/// Says what a refusal means, by what it is about.
fn refused_as(name: &str, refusal: &Refusal, refused: Option<&Change>) -> Pushed {
    let Some((refused, tier)) = refused.and_then(|one| Some((one, one.tier.clone()?))) else {
        // A pin, or a snapshot before a restore, that may not be deleted stops nothing else.
        let Reason { causes, hints, .. } = Failure::refused_by_store(name, refusal).reason;
        return Pushed::Stays(words::refused(shown(name), causes, hints));
    };
    if !refused.appends && allows_appending(refusal.kind) {
        return Pushed::AppendOnly(tier, refusal.clone());
    }
    let branch = name.trim_start_matches("refs/heads/");
    let Reason { causes, hints, .. } = Failure::refused_by_store(branch, refusal).reason;
    Pushed::Refused(tier, words::refused(branch, causes, hints))
}

/// Takes snapshots out of a branch that is no tier's; a branch that would be empty is deleted.
fn without(world: &World<'_>, store: &Store, chain: &Chain, gone: &[SnapshotId]) -> Result<Change, Failure> {
    let left: Vec<&Link> = chain.links.iter().filter(|link| !gone.contains(&link.message.snapshot)).collect();
    let new = chain.write(store, &left)?;
    let name = world.settings.prefix.safety();
    Ok(Change { tier: None, change: RefChange { name, expected: chain.tip, new }, appends: false })
}

fn shown(name: &str) -> &str {
    name.trim_start_matches("refs/tags/").trim_start_matches("refs/heads/")
}
