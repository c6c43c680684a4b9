//! The mode `export`: a snapshot's files into a folder or a zip file, each checked against the manifest.

use std::collections::BTreeSet;
use std::path::Path;

use tokio::task::yield_now;

use super::backup::Intent;
use super::catalogue::Catalogue;
use super::failure::Failure;
use super::tip::End;
use super::world::World;
use crate::report::catalogue::Answer;
use crate::report::export::{self as words, Exported};
use crate::report::{Entry, Outcome};
use crate::runner::export::Destination;
use crate::snapshot::{ContentSize, MANIFEST_NAME, TreePath, same_without_case};
use crate::store::Access;

/// Writes a snapshot where the run was told to.
pub(super) async fn export(world: &World<'_>, intent: Intent, entry: &mut Entry) -> Result<(), Failure> {
    let base = world.base();
    // A place that is taken is said before anything is fetched.
    let named = world.settings.output.as_deref();
    let found = named.map(|output| Destination::find(output, base)).transpose()?;
    let mut store = world.open_store(Access::Read).await?;
    let catalogue = Catalogue::read(world, &mut store).await?;
    let (id, link) = catalogue.select(world)?;
    let target = named.map_or_else(|| base.join(id.as_str()), Path::to_owned);
    let destination = match found {
        Some(found) => found,
        None => Destination::find(&target, base)?,
    };
    let end = End::at(&mut store, link.commit).await?;
    let manifest = end.whole(&id)?;
    let path = target.strip_prefix(base).unwrap_or(&target).display().to_string();
    entry.warnings.extend(catalogue.warnings);

    let listed: BTreeSet<TreePath> =
        manifest.files.keys().map(|path| manifest.agent_dir.join(path)).chain([manifest_path()]).collect();
    let files = store.files(link.tree)?;
    let odd = listed.iter().find(|path| !files.contains_key(*path));
    if let Some(path) = odd.or_else(|| files.keys().find(|path| !listed.contains(*path))) {
        let said = words::not_the_same(&id, path.as_str(), odd.is_some());
        return Err(damaged(said));
    }
    for (one, other) in same_without_case(files.keys()) {
        entry.warnings.push(words::clash(&one, &other));
    }
    if intent == Intent::Preview {
        let (resources, bytes) =
            (manifest.resources.len() as u64, manifest.files.values().map(|file| file.bytes).sum());
        let holds = ContentSize { resources, files: files.len() as u64, bytes };
        entry.outcome = Outcome::Planned;
        entry.plan.push(words::planned(&id, &path, holds));
        return Ok(());
    }

    let zip = destination.is_zip();
    let mut export = destination.begin(link.message.taken)?;
    let mut bytes = 0;
    for (path, blob) in &files {
        let content = store
            .blob(*blob)
            .map_err(|error| damaged(words::unreadable(&id, path.as_str(), &error.problem.to_string())))?;
        let below = path.as_str().strip_prefix(manifest.agent_dir.as_str());
        let below: Option<TreePath> = below.and_then(|path| path.strip_prefix('/')?.parse().ok());
        // The manifest says nothing of itself; its commit names it.
        let file = below.and_then(|below| manifest.files.get(&below));
        if file.is_some_and(|file| !file.is(&content)) {
            return Err(damaged(words::other_content(&id, path.as_str())));
        }
        bytes += content.len() as u64;
        export.add(path, &content)?;
        // A file may be large, and somebody may want the run to end.
        yield_now().await;
    }
    // Dying before this leaves a hidden folder, dying after it leaves all of it.
    export.finish()?;
    entry.outcome = Outcome::Success;
    let files = files.len() as u64;
    entry.answer = Some(Answer::Exported(Exported { snapshot: id, path, zip, files, bytes }));
    Ok(())
}

fn manifest_path() -> TreePath {
    MANIFEST_NAME.parse().expect("the manifest's name is a path")
}

fn damaged(message: String) -> Failure {
    let hint =
        "`git fsck` in a clone says more. An older or newer snapshot may have the file whole: `mode: list`.";
    Failure::failed(message, vec![hint.to_owned()])
}
