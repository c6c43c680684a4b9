//! Reads a project for a backup: what the newest snapshot and earlier runs left is put before the source, and what it read
//! comes back as content, with what is to be said and remembered of it.

use std::cell::Cell;
use std::sync::Arc;

use chrono::TimeDelta;

use super::backup::Ground;
use super::content::Content;
use super::failure::Failure;
use super::gather::gather;
use super::memory::{Memory, newly_untold};
use super::tip::End;
use super::world::World;
use crate::config::{OnPartial, Settings};
use crate::plan::backup::lost;
use crate::report::{Entry, Expected, backup as words, state as remembered};
use crate::snapshot::{Kind, LAYOUT_VERSION, ResourceEntry, State};
use crate::source::cognigy::{Cognigy, Earlier, Progress, Thrift};
use crate::store::Store;

/// How much of a project is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// What is due, where not everything fits into the server's limit.
    Due,
    /// Everything, however long it takes.
    All,
}

/// Reads the project into the store's object database, where nothing points at it yet. Returns what was read, and what a
/// later run needs to know of it.
pub(super) async fn capture(
    world: &World<'_>,
    ground: Ground,
    extent: Extent,
    entry: &mut Entry,
) -> Result<(Ground, Content, Option<State>), Failure> {
    let settings = world.settings;
    world.group(&words::reading(world.project(), &world.cognigy().base_url.host()));
    let api = world.api()?;
    let Ground { store, public, branch, end, memory } = ground;
    if let Some(why) = &memory.lost {
        entry.warnings.push(remembered::lost(settings.prefix.state().trim_start_matches("refs/heads/"), why));
    }
    let store = Arc::new(store);
    let expected = Cell::new(None);
    let source = Cognigy {
        client: &api,
        selection: &settings.selection,
        clock: world.clock,
        time_limit: settings.timeout,
        window: world.window(),
        earlier: earlier(settings, &store, &end, &memory),
        carries_unreadable: settings.on_partial == OnPartial::Carry,
        thrift: thrift(world, &end, &memory, extent),
        watch: &|progress| {
            if let Progress::Expected { pace, in_all } = progress {
                let minutes = pace.at_least.as_secs().div_ceil(60);
                expected.set(Some(Expected { requests: pace.requests, in_all, minutes }));
            }
            world.watch(progress);
        },
    };
    let gathered = gather(&source, &store, &end, settings.secrets, world.secrets()).await;
    drop(source);
    (entry.requests, entry.expected) = (api.requests(), expected.get());
    let gathered = gathered?;
    let store = Arc::into_inner(store).expect("the writing has ended, and the source is gone");
    let content = Content::new(settings, &store, gathered)?;
    let captured = &content.gathered.captured;
    if let (Some(newest), Extent::Due) = (&end.manifest, extent) {
        // What is carried is not lost.
        let kinds = &content.gathered.kinds;
        let is_carried = |kind: &Kind| kinds.get(kind).is_some_and(|summary| summary.resources > 0);
        let mut lost = lost(&newest.kinds, kinds);
        lost.retain(|kind| settings.on_partial == OnPartial::Fail || !is_carried(kind));
        if !lost.is_empty() {
            return Err(Failure::lost(&lost));
        }
    }
    let now = world.clock.now();
    entry.unread.clone_from(&captured.unread);
    entry.freshness = Some(captured.freshness);
    entry.warnings.extend(remembered::unread(&captured.unread, now));
    entry.warnings.extend(remembered::waiting(captured.freshness));
    entry.warnings.extend(remembered::late(captured.freshness));
    entry.warnings.extend(words::mended(api.usage().mended));
    entry.warnings.extend(words::listed_only(&captured.listed_only));
    entry.warnings.extend(words::moving(&captured.moving));
    entry.warnings.extend(words::exposed(&content.gathered.exposed));
    let state = memory.after(world, &end, &content);
    if let Some(state) = &state {
        let (before, after) = (memory.facts(), &state.facts);
        let audit = before.unaudited.is_none() && after.unaudited.is_some();
        entry.warnings.extend(remembered::untold(&newly_untold(&before, after), audit));
    }
    Ok((Ground { store, public, branch, end, memory }, content, state))
}

/// Returns the newest snapshot as what is not read is taken from it, if it was taken with the same configuration.
fn earlier<'a>(
    settings: &Settings,
    store: &Arc<Store>,
    end: &'a End,
    memory: &'a Memory,
) -> Option<Earlier<'a>> {
    let newest = end.manifest.as_ref()?;
    let same = newest.selection == settings.selection.digest(&settings.agent_dir, settings.secrets)
        && newest.layout == LAYOUT_VERSION;
    let store = Arc::clone(store);
    let record = |entry: &ResourceEntry| memory.record(end, entry);
    same.then(|| Earlier::new(newest, record, move |entry| end.resource(&store, entry)))
}

/// Returns how to read a project that does not fit into the server's window.
fn thrift(world: &World<'_>, end: &End, memory: &Memory, extent: Extent) -> Thrift {
    let settings = world.settings;
    let (windows, deadline) = world.windows();
    let max_age = match extent {
        Extent::Due => TimeDelta::from_std(settings.max_carry_age).unwrap_or(TimeDelta::MAX),
        Extent::All => TimeDelta::zero(),
    };
    let last = memory
        .state
        .as_ref()
        .map(|state| state.ran)
        .or(end.manifest.as_ref().map(|newest| newest.window.started));
    Thrift {
        share: world.share(),
        windows,
        deadline,
        max_age,
        since_last: last.map_or(max_age, |last| world.clock.now() - last),
        full: memory.state.as_ref().map(|state| state.requests),
        facts: memory.facts(),
    }
}
