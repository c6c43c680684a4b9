//! Imports the snapshots of the template repository: copy, read back, make room, put in place, tidy up.
//!
//! Before each push everything is read and planned anew, so a run that was killed is finished by the next one, and a branch
//! that somebody moved meanwhile is read once more. What is true if the process dies: after the copy, all is there twice;
//! after room was made, what was read back stands below `import` and nowhere else; after it was put in place, it is there
//! twice again. No push moves a branch that is not where it was read.

mod adopt;
mod gather;

use std::time::Duration;

use super::backup::Intent;
use super::failure::Failure;
use super::tip::End;
use super::world::World;
use crate::plan::backup::Refusal;
use crate::plan::import::{Next, Plan, TierPlan, plan};
use crate::report::catalogue::Answer;
use crate::report::import::{self as words, Going, Imported, Made};
use crate::report::tiers::Moved;
use crate::report::{Entry, Outcome, Reason, backup};
use crate::snapshot::{Prefix, SnapshotId};
use crate::store::{Access, Oid, RefChange, RefOutcome, Store};
use adopt::Library;
use gather::{There, TierThere};

/// How many pushes there are at most, those included that somebody else's overtook. An import without a race takes four.
const TRIES: u32 = 24;

/// Imports what the template repository left below the prefix, and tells in `entry` what happened.
pub(super) async fn import(world: &World<'_>, intent: Intent, entry: &mut Entry) -> Result<(), Failure> {
    if world.store_is_public().await? && !world.settings.allow_public {
        return Err(Refusal::Public.into());
    }
    entry.tier.clear();
    let mut done = Imported::default();
    let ended = carry_out(world, intent, &mut done, entry).await;
    if ended.is_err() {
        // What was moved can be put back by hand; the next run tells of the snapshots.
        done.snapshots.clear();
    }
    if ended.is_ok() || !done.moved.is_empty() {
        entry.answer = Some(Answer::Imported(done));
    }
    ended
}

async fn carry_out(
    world: &World<'_>,
    intent: Intent,
    done: &mut Imported,
    entry: &mut Entry,
) -> Result<(), Failure> {
    let mut store = world.open_store(intent.access()).await?;
    let mut library = Library::default();
    for attempt in 0..TRIES {
        let there = There::read(world, &mut store, &mut library).await?;
        let plan = plan(&there.facts(world, &store, &library))?;
        note(&there, &plan, done);
        let next = plan.next();
        if intent == Intent::Preview || next == Next::Nothing {
            conclude(world, intent, &plan, done, entry);
            done.left = plan.left.iter().map(|left| words::left(left, &world.settings.agent_dir)).collect();
            done.releases = there.releases;
            entry.reason = (!done.left.is_empty()).then(|| words::partial(&done.left));
            entry.warnings.extend(warnings(world, &store, &library, done));
            return Ok(());
        }
        if matches!(next, Next::Clear | Next::Put) {
            read_back(world, &there, &plan, &library).await?;
        }
        let changes = changes(world, &store, &there, &plan, &library, next)?;
        if !push(&mut store, &changes, done).await? {
            let most = 60 * u64::from(attempt + 1);
            tokio::time::sleep(Duration::from_millis(fastrand::u64(20..20 + most))).await;
            store.refresh().await?;
        }
    }
    Err(Failure::outraced(&format!("{}/*", world.settings.prefix), TRIES))
}

/// Says how the run ended.
fn conclude(world: &World<'_>, intent: Intent, plan: &Plan, done: &mut Imported, entry: &mut Entry) {
    entry.outcome = match intent {
        Intent::Preview => Outcome::Planned,
        Intent::Apply if !plan.left.is_empty() => Outcome::Partial,
        Intent::Apply if done.moved.is_empty() => Outcome::Unchanged,
        Intent::Apply => Outcome::Success,
    };
    if intent == Intent::Preview {
        entry.plan = words::steps(plan, &world.settings.prefix);
        let goes = plan.tiers.iter().flat_map(TierPlan::goes);
        done.going = goes.map(|old| Going { branch: short(&old.name), commit: old.tip.clone() }).collect();
    }
}

/// Notes which snapshots come into which tier, and what they are made of. While it is known: once the old branches are gone,
/// a later look does not show it.
fn note(there: &There, plan: &Plan, done: &mut Imported) {
    for tier in &plan.tiers {
        let of = there.tier(&tier.tier);
        for snapshot in tier.put.iter().flatten().filter(|id| of.here.find(id).is_none()) {
            if done.snapshots.iter().any(|made| made.tier == tier.tier && made.snapshot == *snapshot) {
                continue;
            }
            let origins = tier.makes.get(snapshot).map(Vec::as_slice).unwrap_or_default();
            let first = origins.first().map(|origin| origin.commit.clone());
            let copied = || of.copied.find(snapshot)?.message.first_commit.clone();
            done.snapshots.push(Made {
                snapshot: snapshot.clone(),
                tier: tier.tier.clone(),
                branches: origins.iter().map(|origin| short(&origin.branch)).collect(),
                commit: first.or_else(copied),
            });
        }
    }
}

/// Reads the copies of all that is about to go from the store itself, and compares them with what they are copies of.
async fn read_back(world: &World<'_>, there: &There, plan: &Plan, library: &Library) -> Result<(), Failure> {
    let going: Vec<&TierPlan> = plan.tiers.iter().filter(|tier| tier.goes().next().is_some()).collect();
    if going.is_empty() {
        return Ok(());
    }
    // Opened anew: what this run has written itself must not answer for what the store holds.
    let mut store = world.open_store(Access::Read).await?;
    for tier in going {
        let copied = &there.tier(&tier.tier).copied;
        for (snapshot, origins) in &tier.makes {
            let otherwise = || {
                let branch = short(&world.settings.prefix.import(&tier.tier));
                Failure::failed(words::not_read_back(&branch, snapshot), Vec::new())
            };
            let link = copied.find(snapshot).ok_or_else(otherwise)?;
            let end = End::at(&mut store, link.commit).await?;
            let same = end.manifest.as_ref().is_some_and(|manifest| manifest.snapshot == *snapshot)
                && origins.iter().all(|origin| {
                    library.adopted(&origin.commit).is_some_and(|adopted| adopted.files == end.files)
                });
            if !same {
                return Err(otherwise());
            }
        }
    }
    Ok(())
}

/// Returns the ref changes of the next push.
fn changes(
    world: &World<'_>,
    store: &Store,
    there: &There,
    plan: &Plan,
    library: &Library,
    next: Next,
) -> Result<Vec<RefChange>, Failure> {
    let prefix: &Prefix = &world.settings.prefix;
    let mut changes = Vec::new();
    for tier in &plan.tiers {
        let of: &TierThere = there.tier(&tier.tier);
        let (branch, copy) = (prefix.branch(&tier.tier), prefix.import(&tier.tier));
        let link = |id: &SnapshotId| {
            let made = || {
                let origin = tier.makes.get(id)?.first()?;
                Some(&library.adopted(&origin.commit)?.link)
            };
            of.here
                .find(id)
                .or_else(|| of.copied.find(id))
                .or_else(made)
                .expect("a plan names what was found")
        };
        match next {
            Next::Copy => {
                let Some(wanted) = &tier.copy else { continue };
                let links: Vec<_> = wanted.iter().map(link).collect();
                let new = of.copied.write(store, &links)?;
                changes.push(RefChange { name: copy, expected: of.copied.tip, new });
            }
            Next::Clear => changes.extend(tier.clear.iter().map(|old| RefChange {
                name: old.name.clone(),
                expected: old.tip.parse::<Oid>().ok(),
                new: None,
            })),
            Next::Put => {
                let Some(wanted) = &tier.put else { continue };
                let links: Vec<_> = wanted.iter().map(link).collect();
                let new = of.here.write(store, &links)?;
                changes.push(RefChange { name: branch, expected: of.here.tip, new });
            }
            Next::Drop if tier.drop => {
                changes.push(RefChange { name: copy, expected: of.copied.tip, new: None });
            }
            Next::Drop | Next::Nothing => {}
        }
    }
    Ok(changes)
}

/// Pushes, and notes what moved. Returns whether all did; else somebody was faster.
async fn push(store: &mut Store, changes: &[RefChange], done: &mut Imported) -> Result<bool, Failure> {
    let pushed = store.push(changes).await?;
    for (change, (_, outcome)) in changes.iter().zip(&pushed.refs) {
        if *outcome == RefOutcome::Moved {
            done.moved.push(Moved {
                branch: short(&change.name),
                before: change.expected.map(|id| id.to_string()),
                after: change.new.map(|id| id.to_string()),
            });
        }
    }
    if let Some((name, refusal)) = pushed.refused() {
        let branch = short(name);
        let Failure { outcome, reason } = Failure::refused_by_store(&branch, refusal);
        let Reason { causes, hints, .. } = reason;
        return Err(Failure { outcome, reason: words::refused(&branch, causes, hints) });
    }
    Ok(pushed.all_moved())
}

/// Returns what a person should know though nothing failed.
fn warnings(world: &World<'_>, store: &Store, library: &Library, done: &Imported) -> Vec<String> {
    let mut warnings = Vec::new();
    let prefix = &world.settings.prefix;
    let is_elsewhere = |name: &String| gather::is_of_the_template(name, &Prefix::default());
    if *prefix != Prefix::default() && done.moved.is_empty() && store.refs().keys().any(is_elsewhere) {
        warnings.push(words::elsewhere(prefix));
    }
    let exposed: Vec<_> = library.exposed.iter().cloned().collect();
    warnings.extend(backup::exposed(&exposed));
    let looks = library.credentials.iter().map(|(path, looks)| (path.as_str(), *looks));
    warnings.extend(backup::credentials(looks));
    if library.keys_outside > 0 {
        warnings.push(words::keys_outside(library.keys_outside, adopt::CONFIG));
    }
    if !done.snapshots.is_empty() {
        warnings.push(words::WORKFLOWS.to_owned());
    }
    warnings
}

fn short(name: &str) -> String {
    name.trim_start_matches("refs/heads/").to_owned()
}
