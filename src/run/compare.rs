//! The mode `diff`: what changed between two snapshots, or since one in the project as it is now.

use std::collections::{BTreeMap, BTreeSet};

use super::backup::Ground;
use super::capture::{Extent, capture};
use super::catalogue::Catalogue;
use super::describe::{between, changed_files, difference};
use super::failure::Failure;
use super::memory::Memory;
use super::tip::End;
use super::world::World;
use crate::report::catalogue::Answer;
use crate::report::compared::{self as words, Compared};
use crate::report::{Changes, Entry, Outcome};
use crate::snapshot::{Availability, Diff, Kind, KindSummary, Manifest, Selector};
use crate::store::{Access, Store};

/// What is told of a comparison.
struct Told {
    compared: Compared,
    changes: Changes,
    diff: Diff,
    /// The kinds that only one side was read with.
    apart: BTreeSet<Kind>,
}

/// Compares the snapshot that the run means with another one, or with the project.
pub(super) async fn diff(world: &World<'_>, entry: &mut Entry) -> Result<(), Failure> {
    let mut store = world.open_store(Access::Read).await?;
    let catalogue = Catalogue::read(world, &mut store).await?;
    let (id, link) = catalogue.select(world)?;
    entry.warnings.extend(catalogue.warnings.iter().cloned());
    let old = End::at(&mut store, link.commit).await?;
    old.whole(&id)?;
    let told = match &world.settings.against {
        Some(against) => with_snapshot(world, &mut store, &catalogue, &old, against, entry).await?,
        None => with_project(world, store, old, entry).await?,
    };
    let Told { compared, mut changes, mut diff, apart } = told;
    if !apart.is_empty() {
        let is_apart = |path: &String| {
            let kind = path.split('/').next().and_then(|kind| kind.parse::<Kind>().ok());
            kind.is_some_and(|kind| apart.contains(&kind))
        };
        let lists = [&mut changes.added, &mut changes.modified, &mut changes.removed];
        lists.into_iter().for_each(|paths| paths.retain(|path| !is_apart(path)));
        diff.resources.retain(|resource| !apart.contains(&resource.kind));
        entry.warnings.push(words::apart(&apart));
    }
    diff.each_text(&mut |text| *text = world.scrub(text));
    entry.outcome = match () {
        () if !entry.unread.is_empty() => Outcome::Partial,
        () if diff.is_empty() => Outcome::Unchanged,
        () => Outcome::Success,
    };
    let resources = diff.resources.len() as u64;
    entry.previous = Some(id);
    entry.answer = Some(Answer::Compared(Compared { resources, requests: entry.requests, ..compared }));
    (entry.changes, entry.diff) = (changes, Some(diff).filter(|diff| !diff.is_empty()));
    Ok(())
}

async fn with_snapshot(
    world: &World<'_>,
    store: &mut Store,
    catalogue: &Catalogue,
    old: &End,
    against: &Selector,
    entry: &mut Entry,
) -> Result<Told, Failure> {
    let (id, link) = catalogue.find(world, against)?;
    let new = End::at(store, link.commit).await?;
    let (before, after) = (old.manifest.as_ref().expect("it is whole"), new.whole(&id)?);
    if before.has_our_layout() != after.has_our_layout() {
        let imported = if before.has_our_layout() { after } else { before };
        return Err(Failure::refused(words::imported(&imported.snapshot)));
    }
    if before.selection != after.selection {
        entry.warnings.push(words::RECONFIGURED.to_owned());
    }
    Ok(Told {
        changes: changed_files(&old.files, &new.files),
        diff: between(store, old, &new)?,
        apart: apart(&before.kinds, &after.kinds),
        compared: Compared::new(before, Some(id)),
    })
}

async fn with_project(
    world: &World<'_>,
    mut store: Store,
    old: End,
    entry: &mut Entry,
) -> Result<Told, Failure> {
    let before: Manifest = old.manifest.clone().expect("it is whole");
    if !before.has_our_layout() {
        return Err(Failure::refused(words::imported(&before.snapshot)));
    }
    if before.project.id != *world.project() {
        return Err(Failure::refused(words::other_project(&before, world.project())));
    }
    let memory = Memory::read(world, &mut store).await;
    // Nothing is saved, so it is nobody's business where it would be.
    let ground = Ground { store, public: false, branch: String::new(), end: old, memory };
    let (ground, content, _) = capture(world, ground, Extent::All, entry).await?;
    if before.selection != content.selection() {
        entry.warnings.push(words::RECONFIGURED.to_owned());
    }
    let gathered = &content.gathered;
    Ok(Told {
        changes: changed_files(&ground.end.files, &gathered.blobs()),
        diff: difference(gathered, &ground)?,
        apart: apart(&before.kinds, &gathered.kinds),
        compared: Compared::new(&before, None),
    })
}

/// Returns the kinds that only one of two was read with: that they are all there, or all gone, says nothing.
fn apart(old: &BTreeMap<Kind, KindSummary>, new: &BTreeMap<Kind, KindSummary>) -> BTreeSet<Kind> {
    let read = |kinds: &BTreeMap<Kind, KindSummary>, kind: Kind| {
        kinds.get(&kind).is_some_and(|summary| summary.availability == Availability::Read)
    };
    Kind::ALL.into_iter().filter(|kind| read(old, *kind) != read(new, *kind)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_that_one_side_could_not_read_is_apart() {
        let of = |availability| KindSummary { availability, resources: 1, files: 1, bytes: 1 };
        let old = BTreeMap::from([
            (Kind::Flows, of(Availability::Read)),
            (Kind::Goals, of(Availability::Unsupported)),
            (Kind::Tokens, of(Availability::Read)),
        ]);
        let new =
            BTreeMap::from([(Kind::Flows, of(Availability::Read)), (Kind::Goals, of(Availability::Read))]);
        assert_eq!(apart(&old, &new), BTreeSet::from([Kind::Tokens, Kind::Goals]));
    }
}
