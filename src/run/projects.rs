//! The projects of a run, each by itself: what happens to one, be it a defect of our own, is its entry and no other's.
//!
//! They run side by side on the one thread, so many at a time, over one transport and one pool of requests for each
//! host. The run's end (its time is up, or somebody interrupts) is the end of each, also of those whose turn has not
//! come.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use futures_util::future::Shared;
use futures_util::stream::{self, StreamExt as _};
use tokio::time::sleep;

use super::backup::Intent;
use super::failure::Failure;
use super::world::{Common, World};
use super::{Time, ask, auto, compare, export, import, memory, new_entry, pins, search};
use crate::clock::Clock;
use crate::config::{Asked, Mode, Settings};
use crate::report::tiers::FailedStep;
use crate::report::{Changes, Entry, Outcome, verdict};
use crate::runner::{Environment, Log};

/// How many projects are in the works at a time. Requests are bounded by the pools; this bounds memory, and is enough
/// to keep a pool busy while some of the projects begin, end or save.
const AT_ONCE: usize = 6;

/// Backs up all projects and returns an entry for each, in their order.
pub(super) async fn carry_out(
    projects: &[Asked],
    several: bool,
    environment: &Environment,
    time: Time,
    interruption: &Shared<impl Future<Output = &'static str>>,
    log: &Log,
) -> Vec<Entry> {
    let clock = time.clock;
    let settings: Vec<&Settings> = projects.iter().map(|project| &project.settings).collect();
    let common = Common::new(&settings, environment, time, log);
    let works = projects.iter().enumerate().map(|(at, project)| {
        let (common, interruption) = (&common, interruption.clone());
        let label = project.settings.config_file.as_deref().filter(|_| several);
        let log = label.map_or_else(|| log.clone(), |file| log.labelled(file));
        async move {
            let entry = one(project, common, clock, log.clone(), interruption).await;
            if several {
                log.line(&verdict::of_entry(&entry));
            }
            (at, entry)
        }
    });
    let mut ended: Vec<(usize, Entry)> = stream::iter(works).buffer_unordered(AT_ONCE).collect().await;
    if let Ok(common) = &common {
        common.finish();
    }
    ended.sort_by_key(|(at, _)| *at);
    ended.into_iter().map(|(_, entry)| entry).collect()
}

/// Does for a project what was asked for.
async fn carry_out_one(world: &World<'_>, intent: Intent, entry: &mut Entry) -> Result<(), Failure> {
    match world.settings.mode {
        Mode::State => memory::show(world, entry).await,
        Mode::List => ask::list(world, entry).await,
        Mode::Info => ask::info(world, entry).await,
        Mode::Explain => ask::explain(world, entry).await,
        Mode::Pin => pins::pin(world, intent, entry).await,
        Mode::Unpin => pins::unpin(world, intent, entry).await,
        Mode::Search => search::search(world, entry).await,
        Mode::Diff => compare::diff(world, entry).await,
        Mode::Export => export::export(world, intent, entry).await,
        Mode::Import => import::import(world, intent, entry).await,
        Mode::Backup | Mode::Matrix => auto::back_up(world, intent, entry).await,
        Mode::Promote => auto::promote(world, intent, entry).await,
        Mode::Cleanup => auto::cleanup(world, intent, entry).await,
        Mode::Auto | Mode::DryRun => auto::auto(world, intent, entry).await,
    }
}

/// Backs up one project, within the run's time and until somebody interrupts.
async fn one(
    project: &Asked,
    common: &Result<Common<'_>, Failure>,
    clock: Clock,
    log: Log,
    interruption: Shared<impl Future<Output = &'static str>>,
) -> Entry {
    let settings = &project.settings;
    let began = clock.elapsed();
    let mut entry = new_entry(settings);
    entry.warnings.extend(project.warnings.iter().map(ToString::to_string));
    let intent = if settings.dry_run { Intent::Preview } else { Intent::Apply };
    let result = async {
        let world = World::new(settings, common.as_ref().map_err(Clone::clone)?, log);
        entry.store = world.location().shown();
        let remaining = settings.timeout.saturating_sub(began);
        if remaining.is_zero() {
            return Err(Failure::out_of_time(settings.timeout));
        }
        // The entry is lent to the work, so that what was found out before the end of time is told.
        let ended = tokio::select! {
            biased;
            signal = interruption => Err(Failure::interrupted(signal)),
            ended = carry_out_one(&world, intent, &mut entry) => ended,
            () = sleep(remaining) => Err(Failure::out_of_time(settings.timeout)),
        };
        world.stop_watching();
        ended
    };
    // After a panic nothing of the project is used any more but its entry, of which every field is whole by itself.
    let result = AssertUnwindSafe(result).catch_unwind().await;
    let result = result.unwrap_or_else(|panic| Err(Failure::defect(&*panic)));
    if let Err(Failure { outcome, reason }) = result {
        // Until a backup has ended, an entry says that it failed.
        let had_ended = entry.outcome != Outcome::Failed && outcome == Outcome::Failed;
        if had_ended && intent == Intent::Apply {
            let step = FailedStep { subject: "tiers".to_owned(), reason };
            entry.tiers.get_or_insert_default().failed.push(step);
            entry.outcome = entry.outcome.max(Outcome::Partial);
        } else {
            entry.outcome = outcome;
            entry.reason = Some(reason);
            // Nothing was saved, so nothing changed there.
            (entry.changes, entry.diff) = (Changes::default(), None);
        }
    }
    entry.duration_ms = u64::try_from((clock.elapsed() - began).as_millis()).unwrap_or(u64::MAX);
    entry
}
