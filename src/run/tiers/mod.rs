//! The care of the tiers: promote what is due, forget what no tier keeps.
//!
//! Everything is planned anew from what the store holds now, and done in one push in which each branch moves from the
//! value that was read, all or none. Dying before the push leaves the store as it was; after it the next run finds
//! nothing to do. A tier that cannot be moved (somebody else's commits on it, a rule of the server) is a failed step and
//! stops no other.

mod execute;
mod gather;
mod releases;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::TimeDelta;

use super::backup::Intent;
use super::failure::Failure;
use super::pins::lapsed;
use super::world::World;
use crate::plan::tiers::{Cleanup, Facts, Move, Promotion, Skip, Snapshots, Why, clean, promote, young};
use crate::report::tiers::{self, self as words, FailedStep, Forgotten, Holds, Moved, Tiered};
use crate::report::{Entry, Reason};
use crate::snapshot::{Pin, SnapshotId, Storage, TierName, Tiers};
use crate::store::archive::Archives;
use crate::store::{Refusal, Store};
use execute::{Pushed, push};
pub(super) use gather::There;
use releases::{Released, Unpublished};

/// How often a push that somebody else's overtook is planned anew. Runs of several kinds may meet here at the same minute.
const TRIES: u32 = 24;

/// What is to be done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Duties {
    pub(super) promote: bool,
    pub(super) clean: bool,
}

/// What a run has found out and done on the way.
#[derive(Default)]
struct Learned {
    /// Tiers whose branch may not be rewritten, and what the server said.
    append_only: BTreeMap<TierName, Refusal>,
    /// Tiers that could not be moved, and why.
    failed: BTreeMap<TierName, FailedStep>,
    /// That pins or what was kept before restores cannot be taken away, and why.
    stays: Option<FailedStep>,
    /// What has been promoted already.
    promoted: Vec<Move>,
    /// What has been published already.
    released: Vec<tiers::Released>,
    moved: Vec<Moved>,
    /// Snapshots that can be in no archive, for what is in them. Their tags hold them.
    unfit: BTreeSet<SnapshotId>,
    /// What else could not be done.
    steps: Vec<FailedStep>,
}

impl Learned {
    fn has_done(&self) -> bool {
        !(self.moved.is_empty() && self.promoted.is_empty() && self.released.is_empty())
    }

    /// Tells what a run has done that could not go on.
    fn told(&self) -> Tiered {
        Tiered {
            promoted: self.promoted.clone(),
            released: self.released.clone(),
            failed: self.failed.values().chain(&self.stays).chain(&self.steps).cloned().collect(),
            moved: self.moved.clone(),
            ..Tiered::default()
        }
    }
}

/// How much of a plan is done by one push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// All of it.
    Whole,
    /// What is added. Where a server cannot move several branches as one, what is dropped comes in a push of its own,
    /// planned on what the first one reached.
    Adds,
}

/// Cares for the tiers of a prefix, and tells in `entry` what happened. `planned` is a snapshot that a dry run would have
/// made before.
pub(super) async fn tend(
    world: &World<'_>,
    intent: Intent,
    duties: Duties,
    planned: Option<&SnapshotId>,
    entry: &mut Entry,
) -> Result<(), Failure> {
    let mut learned = Learned::default();
    let tended = carry_out(world, intent, duties, planned, &mut learned, entry).await;
    if tended.is_err() && learned.has_done() {
        entry.tiers = Some(learned.told());
    }
    tended
}

async fn carry_out(
    world: &World<'_>,
    intent: Intent,
    duties: Duties,
    planned: Option<&SnapshotId>,
    learned: &mut Learned,
    entry: &mut Entry,
) -> Result<(), Failure> {
    let mut store = world.open_store(intent.access()).await?;
    let archives = world.archives()?;
    for attempt in 0..TRIES {
        let mut there = There::read(world, &mut store, archives.as_ref()).await?;
        there.count_in(&learned.released);
        let base = &world.settings.tiers.base().name;
        there.admit(base)?;
        if let Some(planned) = planned {
            there.plan(base, planned);
        }
        let plan = Plan::new(world, duties, &there, learned);
        if intent == Intent::Preview {
            entry.tiers = Some(plan.told(world, &there, learned));
            return Ok(());
        }
        let releases = plan.releases(world);
        let split = !store.is_atomic() && !plan.promotion.moves.is_empty() || !releases.is_empty();
        let step = if split { Step::Adds } else { Step::Whole };
        let (moved, pushed) = push(world, &mut store, &there, &plan, step).await?;
        learned.moved.extend(moved);
        match pushed {
            Pushed::Done => {
                if step == Step::Whole {
                    learned.steps.extend(remove(&mut store, archives.as_ref(), &there, &plan).await);
                    entry.tiers = Some(plan.told(world, &there, learned));
                    return Ok(());
                }
                let is_release = |one: &Move| releases.iter().any(|release| release.tier == one.tier);
                learned.promoted.extend(plan.promotion.moves.iter().filter(|one| !is_release(one)).cloned());
                publish(world, &mut store, archives.as_ref(), &there, &releases, learned).await;
            }
            Pushed::AppendOnly(tier, refusal) => drop(learned.append_only.insert(tier, refusal)),
            Pushed::Stays(step) => learned.stays = Some(step),
            Pushed::Refused(tier, step) => drop(learned.failed.insert(tier, step)),
            Pushed::Raced => {
                let most = 60 * u64::from(attempt + 1);
                tokio::time::sleep(Duration::from_millis(fastrand::u64(20..20 + most))).await;
                store.refresh().await?;
            }
        }
    }
    Err(Failure::outraced(&format!("{}/*", world.settings.prefix), TRIES))
}

/// Returns what deciding needs to know.
pub(super) fn facts<'a>(
    world: &World<'a>,
    snapshots: &'a Snapshots,
    append_only: &'a BTreeSet<TierName>,
) -> Facts<'a> {
    let settings = world.settings;
    Facts {
        tiers: &settings.tiers,
        zone: settings.time_zone,
        now: world.clock.now(),
        grace: TimeDelta::from_std(settings.timeout).unwrap_or(TimeDelta::MAX),
        snapshots,
        verified: None,
        append_only,
    }
}

/// What is done.
struct Plan {
    promotion: Promotion,
    cleanup: Cleanup,
    /// Releases that a run before has begun, or that somebody took something from.
    repairs: Vec<Move>,
    /// What was kept before restores and is not needed any more.
    outlived: Vec<SnapshotId>,
    /// The pins whose day has come.
    lapsed: Vec<Pin>,
    /// What would have to be forgotten and cannot.
    stuck: Vec<FailedStep>,
}

impl Plan {
    fn new(world: &World<'_>, duties: Duties, there: &There, learned: &Learned) -> Self {
        let settings = world.settings;
        let append_only: BTreeSet<TierName> = learned.append_only.keys().cloned().collect();
        let tiers = there.tiers(world);
        let facts = Facts { tiers: &tiers, ..facts(world, &there.snapshots, &append_only) };
        let is_asked_for = |tier: &TierName| settings.tier.as_ref().is_none_or(|only| only == tier);
        let is_movable = |tier: &TierName| {
            is_asked_for(tier) && there.can_move(tier) && !learned.failed.contains_key(tier)
        };
        let promotion = promote(&facts, |tier| duties.promote && is_movable(tier));
        let is_pruned = |tier: &TierName| duties.clean && is_movable(tier);
        let wish = clean(&facts, &promotion, is_pruned);
        let stuck = learned.append_only.iter().filter_map(|(tier, refusal)| {
            let many = wish.forgotten().filter(|(of, ..)| *of == tier).count();
            let branch = settings.prefix.branch(tier);
            let branch = branch.trim_start_matches("refs/heads/");
            let Reason { causes, hints, .. } = Failure::refused_by_store(branch, refusal).reason;
            (many > 0).then(|| words::stuck(branch, many as u64, causes, hints))
        });
        let stuck = stuck.collect();
        let repairs = if duties.promote { repairs(there, &tiers, is_movable) } else { Vec::new() };
        let cleanup = clean(&facts, &promotion, |tier| is_pruned(tier) && !append_only.contains(tier));
        // What is to be forgotten is not made whole before.
        let repairs: Vec<Move> = repairs
            .into_iter()
            .filter(|one| cleanup.kept(&one.tier).any(|kept| *kept == one.snapshot))
            .filter(|one| !learned.unfit.contains(&one.snapshot))
            .collect();
        let sweeps = duties.clean && settings.tier.is_none() && learned.stays.is_none();
        let outlived = if sweeps { outlived(world, there) } else { Vec::new() };
        let lapsed = if sweeps { lapsed(world, there) } else { Vec::new() };
        Self { promotion, cleanup, repairs, outlived, lapsed, stuck }
    }

    /// Returns what is to be published, oldest first.
    fn releases(&self, world: &World<'_>) -> Vec<Move> {
        let is_release = |one: &&Move| {
            world.settings.tiers.find(&one.tier).is_some_and(|tier| tier.storage == Storage::Release)
        };
        self.repairs.iter().chain(self.promotion.moves.iter().filter(is_release)).cloned().collect()
    }

    /// Returns the snapshots that a tier holds after a step, oldest first.
    fn wanted<'p>(&'p self, tier: &TierName, step: Step) -> Vec<&'p SnapshotId> {
        match step {
            Step::Whole => self.cleanup.kept(tier).collect(),
            Step::Adds => self.promotion.after.get(tier).into_iter().flatten().collect(),
        }
    }

    fn told(&self, world: &World<'_>, there: &There, learned: &Learned) -> Tiered {
        let there_of = there;
        let there = there.failed.iter().filter(|(tier, _)| !learned.failed.contains_key(*tier));
        let failed = there
            .map(|(_, step)| step)
            .chain(learned.failed.values())
            .chain(&self.stuck)
            .chain(&learned.stays)
            .chain(&learned.steps);
        let holds = world.settings.tiers.all().iter().map(|tier| {
            let kept: Vec<&SnapshotId> = self.cleanup.kept(&tier.name).collect();
            Holds {
                tier: tier.name.clone(),
                enabled: tier.enabled,
                snapshots: kept.len() as u64,
                oldest: kept.first().map(|id| (*id).clone()),
                newest: kept.last().map(|id| (*id).clone()),
            }
        });
        Tiered {
            promoted: [&learned.promoted[..], &self.repairs, &self.promotion.moves].concat(),
            released: learned.released.clone(),
            lapsed: self.lapsed.clone(),
            outlived: self.outlived.clone(),
            forgotten: self.cleanup.forgotten().map(Forgotten::of).collect(),
            skipped: skipped(there_of, &self.promotion),
            failed: failed.cloned().collect(),
            next_due: self.promotion.next_due,
            moved: learned.moved.clone(),
            holds: holds.collect(),
        }
    }
}

/// Returns what was kept before restores for longer than is configured.
fn outlived(world: &World<'_>, there: &There) -> Vec<SnapshotId> {
    let within = TimeDelta::from_std(world.settings.safety).unwrap_or(TimeDelta::MAX);
    let young = young(there.safety.ids(), within, world.clock.now());
    there.safety.ids().filter(|id| !young.contains(id)).cloned().collect()
}

/// Returns the releases that have a tag and no whole archive, as what is to be published once more.
fn repairs(there: &There, tiers: &Tiers, is_movable: impl Fn(&TierName) -> bool) -> Vec<Move> {
    let mut repairs = Vec::new();
    for tier in tiers.released().filter(|tier| is_movable(&tier.name)) {
        let all = there.releases.get(&tier.name).map(Vec::as_slice).unwrap_or_default();
        let is_whole = |one: &Released| {
            all.iter()
                .any(|other| other.kept.is_some() && other.link.message.snapshot == one.link.message.snapshot)
        };
        repairs.extend(all.iter().filter(|one| !is_whole(one)).map(|one| Move {
            tier: tier.name.clone(),
            snapshot: one.link.message.snapshot.clone(),
            from: tier.name.clone(),
            period: one.period.clone(),
            replaces: None,
            open: false,
        }));
    }
    repairs
}

/// Publishes what is due, oldest first. What fails makes those of its tier wait that come after it, and all that they need.
async fn publish(
    world: &World<'_>,
    store: &mut Store,
    archives: Option<&Archives>,
    there: &There,
    due: &[Move],
    learned: &mut Learned,
) {
    let Some(archives) = archives else { return };
    for one in due {
        if learned.failed.contains_key(&one.tier) {
            continue;
        }
        match releases::publish(world, store, archives, there, one).await {
            Ok(released) => {
                learned.promoted.push(one.clone());
                learned.released.push(released);
            }
            Err(Unpublished::Unfit(step)) => {
                learned.unfit.insert(one.snapshot.clone());
                learned.steps.push(step);
            }
            Err(Unpublished::Failed(step)) => drop(learned.failed.insert(one.tier.clone(), step)),
        }
    }
}

/// Removes the releases of what was forgotten; returns what could not be removed.
async fn remove(
    store: &mut Store,
    archives: Option<&Archives>,
    there: &There,
    plan: &Plan,
) -> Vec<FailedStep> {
    let Some(archives) = archives else { return Vec::new() };
    let mut failed = Vec::new();
    for (tier, snapshot, _) in
        plan.cleanup.forgotten().filter(|(tier, ..)| there.releases.contains_key(*tier))
    {
        failed.extend(releases::remove(store, archives, there, tier, snapshot).await.err());
    }
    failed
}

/// Returns why tiers took nothing. A tier without a place for its archives is disabled, or waits, for that reason.
fn skipped(there: &There, promotion: &Promotion) -> Vec<Skip> {
    let is_placed = |skip: &&Skip| !there.placeless.contains(&skip.tier);
    let placeless = there.placeless.iter();
    let placeless = placeless.map(|tier| Skip { tier: tier.clone(), snapshot: None, why: Why::NoPlace });
    promotion.skips.iter().filter(is_placed).cloned().chain(placeless).collect()
}
