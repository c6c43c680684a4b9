//! The modes that only answer: `list`, `info`, `explain`.

use std::collections::{BTreeMap, BTreeSet};

use super::catalogue::Catalogue;
use super::failure::Failure;
use super::tiers::facts;
use super::tip::End;
use super::world::World;
use crate::config::policy;
use crate::plan::backup::Tip;
use crate::plan::tiers::{Days, simulate};
use crate::report::about::{self as words, About};
use crate::report::catalogue::{Answer, Explained};
use crate::report::{Entry, Outcome};
use crate::runner::read_text;
use crate::snapshot::{Manifest, SnapshotId, Tiers};
use crate::store::{Access, Store};

/// Lists every snapshot.
pub(super) async fn list(world: &World<'_>, entry: &mut Entry) -> Result<(), Failure> {
    let mut store = world.open_store(Access::Read).await?;
    let catalogue = Catalogue::read(world, &mut store).await?;
    answer(entry, Answer::Snapshots(catalogue.listed(world)), catalogue.warnings);
    Ok(())
}

/// Says all about one snapshot.
pub(super) async fn info(world: &World<'_>, entry: &mut Entry) -> Result<(), Failure> {
    let mut store = world.open_store(Access::Read).await?;
    let catalogue = Catalogue::read(world, &mut store).await?;
    let (id, link) = catalogue.select(world)?;
    let end = End::at(&mut store, link.commit).await?;
    let manifest = end.whole(&id)?;
    let listed = catalogue.listed(world).into_iter().find(|listed| listed.snapshot == id);
    let listed = listed.expect("what was selected is listed");
    let about = about(world, &store, listed, link.message.words, manifest);
    answer(entry, Answer::Snapshot(Box::new(about)), catalogue.warnings);
    Ok(())
}

fn about(
    world: &World<'_>,
    store: &Store,
    listed: crate::report::catalogue::Listed,
    words: String,
    manifest: &Manifest,
) -> About {
    let read = manifest.files.values().map(|file| file.read_at).min();
    let fetch = listed.places.first().map(|placed| {
        let reference = world.settings.prefix.place(&placed.place);
        words::fetch(&store.shown(), &reference, &placed.commit, &listed.snapshot)
    });
    About {
        words,
        project_name: manifest.project.name.clone(),
        window: manifest.window,
        source: manifest.source.clone(),
        tool: manifest.tool.clone(),
        run: manifest.run.clone(),
        kinds: manifest.kinds.clone(),
        unread: manifest.unread.clone(),
        missing: manifest.missing.clone(),
        redacted: manifest.files.values().map(|file| file.redacted.len() as u64).sum(),
        oldest_part: read,
        fetch: fetch.unwrap_or_default(),
        listed,
    }
}

/// Says of each snapshot why it is kept or goes, and what a policy would keep.
pub(super) async fn explain(world: &World<'_>, entry: &mut Entry) -> Result<(), Failure> {
    let settings = world.settings;
    let tried = settings.policy.as_ref().map(|path| {
        let shown = path.display().to_string();
        let text = read_text(path).map_err(|why| Failure::failed(format!("{shown}: {why}"), Vec::new()))?;
        policy(&text, &shown).map_err(|problems| Failure::problems(&problems))
    });
    let (tiers, zone): (Tiers, _) = match tried.transpose()? {
        Some((tiers, zone)) => (tiers, zone),
        None => (settings.tiers.clone(), settings.time_zone),
    };
    let mut store = world.open_store(Access::Read).await?;
    let catalogue = Catalogue::read(world, &mut store).await?;
    let none = BTreeSet::new();
    let known = facts(world, &catalogue.there.snapshots, &none);
    // What `auto` would do is asked for, and where archives have no place it releases nothing.
    let tiers = tiers.without(&catalogue.there.never_released());
    let facts = crate::plan::tiers::Facts { tiers: &tiers, zone, ..known };
    let promotion = crate::plan::tiers::promote(&facts, |_| true);
    let (_, cleanup) = catalogue.judged(&facts);
    let simulation = settings
        .simulated
        .map(|days| simulate(&facts, Days { days: days.days, changes_per_day: days.changes_per_day }));
    let periods: BTreeMap<_, _> = tiers.all().iter().map(|tier| (tier.name.clone(), tier.period)).collect();
    let policy = settings.policy.as_ref().map(|path| path.display().to_string());
    let explained =
        Explained::new(policy, cleanup.tiers, promotion.skips, simulation, periods, world.clock.now());
    answer(entry, Answer::Verdicts(explained), catalogue.warnings);
    Ok(())
}

fn answer(entry: &mut Entry, answer: Answer, warnings: Vec<String>) {
    entry.outcome = Outcome::Success;
    entry.warnings.extend(warnings);
    entry.answer = Some(answer);
}

impl End {
    /// Returns the manifest of a snapshot that must be there, or why it cannot be read.
    pub(super) fn whole_or_why(&self) -> Result<&Manifest, String> {
        let why = match &self.tip {
            Tip::Foreign { why, .. } => why.as_str(),
            _ => "its commit has no manifest",
        };
        self.manifest.as_ref().ok_or_else(|| why.to_owned())
    }

    /// The same, for a run that needs this one.
    pub(super) fn whole(&self, id: &SnapshotId) -> Result<&Manifest, Failure> {
        self.whole_or_why().map_err(|why| {
            let hint =
                "`git fsck` in a clone says more. Another place may hold the snapshot whole: `mode: info`.";
            Failure::failed(format!("Snapshot {id} cannot be read: {why}."), vec![hint.to_owned()])
        })
    }
}
