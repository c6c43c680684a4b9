//! The modes that care for the tiers: `promote` and `cleanup` by themselves, and `auto`, which backs up first.

use super::backup::{Intent, backup};
use super::failure::Failure;
use super::pins;
use super::tiers::{Duties, tend};
use super::world::World;
use crate::plan::backup::Refusal;
use crate::report::tiers::{FailedStep, not_pinned};
use crate::report::{Entry, Outcome};

/// Backs up, and pins the newest snapshot where that was asked for.
pub(super) async fn back_up(world: &World<'_>, intent: Intent, entry: &mut Entry) -> Result<(), Failure> {
    backup(world, intent, entry).await?;
    let is_there =
        matches!(entry.outcome, Outcome::Success | Outcome::Unchanged | Outcome::Partial | Outcome::Planned);
    let Some(wanted) = &world.settings.pin else { return Ok(()) };
    let (Some(newest), true) = (&entry.snapshot, is_there) else {
        // Who asks for a pin means this state of the project, and must hear that it is not held.
        let step = not_pinned(&wanted.label, entry.outcome);
        entry.tiers.get_or_insert_default().failed.push(step);
        conclude(intent, entry);
        return Ok(());
    };
    let newest = newest.id.clone();
    if let Err(failure) = pins::hold_newest(world, intent, &newest, wanted, entry).await {
        let step = FailedStep { subject: format!("pin {}", wanted.label), reason: failure.reason };
        entry.tiers.get_or_insert_default().failed.push(step);
        conclude(intent, entry);
    }
    Ok(())
}

/// Takes into each tier what is due for it.
pub(super) async fn promote(world: &World<'_>, intent: Intent, entry: &mut Entry) -> Result<(), Failure> {
    if world.store_is_public().await? && !world.settings.allow_public {
        return Err(Refusal::Public.into());
    }
    tend(world, intent, Duties { promote: true, clean: false }, None, entry).await?;
    conclude(intent, entry);
    Ok(())
}

/// Forgets what no tier keeps.
pub(super) async fn cleanup(world: &World<'_>, intent: Intent, entry: &mut Entry) -> Result<(), Failure> {
    tend(world, intent, Duties { promote: false, clean: true }, None, entry).await?;
    conclude(intent, entry);
    Ok(())
}

/// Backs up, promotes, cleans up. The snapshot is saved first, by itself: no rule about another branch can cost it. Where
/// the project could not be read, what is due is promoted and nothing is forgotten.
pub(super) async fn auto(world: &World<'_>, intent: Intent, entry: &mut Entry) -> Result<(), Failure> {
    let backed_up = back_up(world, intent, entry).await;
    let failed_pin = entry.tiers.take().map(|tiers| tiers.failed).unwrap_or_default();
    let is_refused = |failure: &Failure| failure.outcome == Outcome::Refused;
    if backed_up.as_ref().is_err_and(is_refused) || backed_up.is_err() && intent == Intent::Preview {
        return backed_up;
    }
    let planned = entry.snapshot.as_ref().filter(|_| entry.outcome == Outcome::Planned);
    let planned = planned.map(|snapshot| snapshot.id.clone());
    let duties = Duties { promote: true, clean: backed_up.is_ok() };
    if let Err(failure) = tend(world, intent, duties, planned.as_ref(), entry).await {
        let step = FailedStep { subject: format!("{}/*", world.settings.prefix), reason: failure.reason };
        entry.tiers.get_or_insert_default().failed.push(step);
    }
    entry.tiers.get_or_insert_default().failed.extend(failed_pin);
    backed_up?;
    conclude(intent, entry);
    Ok(())
}

/// Says how the run ended, of which the backup's own end (or nothing yet) stands in `entry`.
fn conclude(intent: Intent, entry: &mut Entry) {
    let Some(tiers) = &entry.tiers else { return };
    // Of an entry that says nothing yet, nothing went wrong.
    let so_far = if entry.outcome == Outcome::Failed { Outcome::Unchanged } else { entry.outcome };
    let is_well = matches!(so_far, Outcome::Success | Outcome::Unchanged | Outcome::Skipped);
    entry.outcome = match intent {
        Intent::Preview if is_well => {
            entry.plan.extend(tiers.steps());
            if entry.plan.is_empty() && so_far == Outcome::Skipped { so_far } else { Outcome::Planned }
        }
        Intent::Preview => {
            entry.plan.extend(tiers.steps());
            so_far
        }
        Intent::Apply if is_well && !tiers.failed.is_empty() => Outcome::Partial,
        Intent::Apply if is_well && !tiers.is_idle() => Outcome::Success,
        Intent::Apply => so_far,
    };
}
