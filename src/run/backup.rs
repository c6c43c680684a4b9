//! One backup of one project: admit, gather, plan, then preview or apply.
//!
//! What is true if the process dies at any step: before the push nothing of the store has changed; the push moves the
//! branch whole or not at all; after it the snapshot is there and the next run finds nothing new.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;

use super::content::Content;
use super::failure::Failure;
use super::gather::{Gathered, gather};
use super::tip::End;
use super::world::World;
use crate::plan::backup::{Admission, Append, Before, Plan, admit, lost, plan};
use crate::plan::pace::RequestWindow;
use crate::report::backup as words;
use crate::report::{Changes, Entry, Outcome};
use crate::snapshot::TreePath;
use crate::source::cognigy::Cognigy;
use crate::store::{Access, Store};

/// How often a push that somebody else's overtook is planned anew.
const TRIES: u32 = 5;

/// Whether a plan is carried out. The only place in the program where a dry run differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intent {
    /// Say what would be done.
    Preview,
    /// Do it.
    Apply,
}

/// Backs up the project of `world` and tells in `entry` what happened.
pub(super) async fn backup(world: &World<'_>, intent: Intent, entry: &mut Entry) -> Result<(), Failure> {
    let settings = world.settings;
    let public = world.store_is_public().await?;
    let access = match intent {
        Intent::Preview => Access::Read,
        Intent::Apply => Access::Write,
    };
    let mut store = world.open_store(access).await?;
    let branch = settings.prefix.branch(&settings.tiers.base().name);
    let mut end = End::read(&mut store, &branch).await?;
    let every = settings.tiers.base().interval.filter(|_| world.scheduled());
    let every = every.and_then(|interval| TimeDelta::from_std(interval).ok());
    if !admitted(world, &store, &end, public, every, entry)? {
        return Ok(());
    }
    world.group(&words::reading(&settings.project, &settings.base_url.host()));
    let api = world.api()?;
    let source = Cognigy {
        client: &api,
        selection: &settings.selection,
        clock: world.clock,
        time_limit: settings.timeout,
        window: world.window().map(|w| RequestWindow { requests: w.requests as u32, per: w.per }),
        watch: &|progress| world.watch(progress),
    };
    let gathered = gather(&source, store, &end.files, settings.secrets, world.secrets()).await;
    entry.requests = api.requests();
    let (mut store, gathered) = gathered?;
    let content = Content::new(settings, &store, gathered)?;
    if let Some(newest) = &end.manifest {
        let lost = lost(&newest.kinds, &content.gathered.kinds);
        if !lost.is_empty() {
            return Err(Failure::lost(&lost));
        }
    }
    entry.warnings.extend(words::mended(api.usage().mended));
    entry.warnings.extend(words::exposed(&content.gathered.exposed));
    for attempt in 0..TRIES {
        describe(entry, &content.gathered, &end);
        let plan = plan(
            &settings.prefix,
            &settings.tiers.base().name,
            &end.tip,
            &content.captured(attempt > 0, world.clock.now()),
        );
        let append = match (plan, intent) {
            (Plan::Unchanged { .. }, _) => {
                entry.outcome = Outcome::Unchanged;
                entry.snapshot = end.facts();
                return Ok(());
            }
            (Plan::Overtaken { by }, _) => {
                entry.outcome = Outcome::Skipped;
                entry.reason = Some(words::overtaken(&by));
                return Ok(());
            }
            (Plan::Append(append), Intent::Preview) => {
                warn(entry, &append, &content.gathered);
                entry.outcome = Outcome::Planned;
                entry.plan = vec![words::step(entry, append.reconfigured, &append.snapshot)];
                entry.snapshot = Some(content.facts(&append, None));
                return Ok(());
            }
            (Plan::Append(append), Intent::Apply) => append,
        };
        world.group(&words::saving(&append.snapshot, &entry.store));
        let said = world.scrub(&words::commit(entry, append.reconfigured));
        let pushed = content.push(world, &mut store, &append, &said).await?;
        entry.warnings.extend(pushed.said);
        if let Some(commit) = pushed.commit {
            warn(entry, &append, &content.gathered);
            entry.outcome = Outcome::Success;
            entry.snapshot = Some(content.facts(&append, Some(commit)));
            return Ok(());
        }
        // Somebody moved the branch. Their snapshot stays; the same capture is planned anew on top of it.
        let moment = Duration::from_millis(fastrand::u64(50..400) * u64::from(attempt + 1));
        tokio::time::sleep(moment).await;
        store.refresh().await?;
        end = End::read(&mut store, &branch).await?;
        if !admitted(world, &store, &end, public, None, entry)? {
            return Ok(());
        }
    }
    Err(Failure::outraced(&entry.branch, TRIES))
}

/// Asks whether the backup may begin (or go on after a lost race); writes a skip into `entry`.
fn admitted(
    world: &World<'_>,
    store: &Store,
    end: &End,
    public: bool,
    scheduled_every: Option<TimeDelta>,
    entry: &mut Entry,
) -> Result<bool, Failure> {
    let settings = world.settings;
    let before = Before {
        project: &settings.project,
        prefix: &settings.prefix,
        tier: &settings.tiers.base().name,
        refs: store.refs().keys().map(String::as_str).collect(),
        tip: &end.tip,
        scheduled_every,
        public,
        allow_public: settings.allow_public,
        now: world.clock.now(),
    };
    entry.previous = end.manifest.as_ref().map(|manifest| manifest.snapshot.clone());
    match admit(&before) {
        Admission::Go => Ok(true),
        Admission::Refused(refusal) => Err(refusal.into()),
        Admission::TooSoon { newest, due } => {
            entry.outcome = Outcome::Skipped;
            entry.reason = Some(words::too_soon(newest, due));
            entry.snapshot = end.facts();
            Ok(false)
        }
    }
}

/// Writes into `entry` what was captured and how it differs from the end of the chain.
fn describe(entry: &mut Entry, gathered: &Gathered, end: &End) {
    entry.project_name = Some(gathered.captured.project.name.clone());
    entry.kinds = gathered.kinds.iter().map(|(kind, summary)| (*kind, summary.clone())).collect();
    entry.redacted = gathered.files.values().map(|(_, file)| file.redacted.len() as u64).sum();
    let mut changes = Changes::default();
    for (path, (blob, _)) in &gathered.files {
        match end.files.get(path) {
            None => changes.added.push(path.to_string()),
            Some(before) if before != blob => changes.modified.push(path.to_string()),
            Some(_) => {}
        }
    }
    let gone = end.files.keys().filter(|path| !gathered.files.contains_key(*path));
    changes.removed = gone.map(TreePath::to_string).collect();
    entry.changes = changes;
}

/// Says what a person should know of a snapshot that is made.
fn warn(entry: &mut Entry, append: &Append, gathered: &Gathered) {
    if append.reconfigured {
        entry.warnings.push(words::RECONFIGURED.to_owned());
    }
    if let Some(ahead) = &append.future_dated {
        entry.warnings.push(words::future_dated(ahead));
    }
    let new: BTreeSet<&str> =
        entry.changes.added.iter().chain(&entry.changes.modified).map(String::as_str).collect();
    let credentials = gathered.credentials.iter().filter(|(path, _)| new.contains(path.as_str()));
    entry.warnings.extend(words::credentials(credentials.map(|(path, looks)| (path.as_str(), *looks))));
}
