//! The tiers that are released: which archives there are, and how one is made.
//!
//! The order is the argument. First the tag, on a commit without a parent (on the chain it would keep all its ancestors
//! alive), claimed by a push that expects it absent; it holds the snapshot from then on, whatever happens to the branches.
//! Then the archive. Who dies in between leaves a tag without one, and the next run goes on from the tag. Removing goes
//! the other way: the archive, then the tag.

use std::collections::BTreeMap;

use super::gather::There;
use crate::config::ArchiveFormat;
use crate::plan::tiers::Move;
use crate::report::release::{self as words, Notes};
use crate::report::tiers::{self, FailedStep};
use crate::run::describe::between;
use crate::run::failure::Failure;
use crate::run::tip::End;
use crate::run::world::World;
use crate::snapshot::{
    MANIFEST_NAME, Manifest, Message, ReleaseTag, SnapshotId, Storage, Tier, TierName, TreePath,
};
use crate::store::archive::{
    ArchiveWriter, Archives, Compression, Kept, NewArchive, NewFile, RELEASE_ASSET_LIMIT, Written,
};
use crate::store::branch::{Link, copy};
use crate::store::{Error, Oid, RefChange, RefOutcome, Refusal, RefusalKind, Store};

/// How many tags a period may use up.
const TAGS: u32 = 9;

/// A release of ours, by its tag.
#[derive(Debug, Clone)]
pub(in crate::run) struct Released {
    pub(in crate::run) tag: ReleaseTag,
    /// The snapshot that the tag holds.
    pub(in crate::run) link: Link,
    /// The period that it stands for.
    pub(in crate::run) period: String,
    /// The archive, where it is whole.
    pub(in crate::run) kept: Option<Kept>,
}

/// Finds the releases of a tier among the store's tags, of which the commits are here.
pub(super) fn of_tier(
    world: &World<'_>,
    store: &Store,
    tier: &Tier,
    kept: &BTreeMap<ReleaseTag, Kept>,
) -> Result<Vec<Released>, Error> {
    let mut released = Vec::new();
    for (tag, commit) in tags(world, store.refs(), tier) {
        // A tag of a person may be annotated, or of something that is no commit.
        let Ok(facts) = store.commit(commit) else { continue };
        let Some(message) = Message::parse(&facts.message) else { continue };
        let period = tier.period.span(message.taken, world.settings.time_zone).label;
        if !tag.is_of(&world.settings.prefix, &tier.name, &period) {
            continue;
        }
        let is_it = |kept: &&Kept| kept.snapshot.as_ref().is_none_or(|there| *there == message.snapshot);
        let kept = kept.get(&tag).filter(|kept| kept.complete).filter(is_it).cloned();
        released.push(Released { tag, link: Link { commit, tree: facts.tree, message }, period, kept });
    }
    released.sort_by_key(|one| (one.link.message.taken, one.tag.clone()));
    Ok(released)
}

/// Returns the tags that may be a tier's releases.
pub(super) fn tags(world: &World<'_>, refs: &BTreeMap<String, Oid>, tier: &Tier) -> Vec<(ReleaseTag, Oid)> {
    if tier.storage != Storage::Release {
        return Vec::new();
    }
    let begins = format!("refs/tags/{}", ReleaseTag::begins(&world.settings.prefix, &tier.name));
    let refs = refs.range(begins.clone()..).take_while(|(name, _)| name.starts_with(&begins));
    refs.filter_map(|(name, id)| Some((name.strip_prefix("refs/tags/")?.parse().ok()?, *id))).collect()
}

/// Why a snapshot is not published.
pub(super) enum Unpublished {
    /// What is in it can be in no archive, now or ever.
    Unfit(FailedStep),
    /// Something that may pass.
    Failed(FailedStep),
}

impl From<FailedStep> for Unpublished {
    fn from(step: FailedStep) -> Self {
        Unpublished::Failed(step)
    }
}

/// Publishes a snapshot as the release of a period, or goes on where a run before has stopped.
pub(super) async fn publish(
    world: &World<'_>,
    store: &mut Store,
    archives: &Archives,
    there: &There,
    one: &Move,
) -> Result<tiers::Released, Unpublished> {
    let subject = format!("{} {}", one.tier, one.period);
    let failed = |failure: Failure| words::failed(&subject, failure.reason);
    let mut refused = None;
    for nth in 1..=TAGS {
        let tag = ReleaseTag::of(&world.settings.prefix, &one.tier, &one.period, nth);
        let tag = tag.map_err(|why| failed(Failure::failed(why.to_string(), Vec::new())))?;
        let known = there.releases.get(&one.tier).into_iter().flatten().find(|known| known.tag == tag);
        let claimed = match known {
            // Of another snapshot it can be where the time zone was changed: that release stays what it is.
            Some(known) if known.link.message.snapshot != one.snapshot => None,
            Some(known) => Some(known.link.clone()),
            None if store.refs().contains_key(&tag.reference()) => None,
            None => match claim(store, there, one, &tag).await.map_err(failed)? {
                Claim::Ours(link) => Some(link),
                Claim::Theirs => None,
                // Two names that nobody has used before: it is a rule against all of them.
                Claim::Restricted(refusal) if refused.is_some() => {
                    return Err(failed(Failure::refused_by_store(&tag.reference(), &refusal)).into());
                }
                Claim::Restricted(refusal) => {
                    refused = Some(refusal);
                    None
                }
            },
        };
        let Some(link) = claimed else { continue };
        let made = make(world, store, archives, there, one, &tag, &link).await.map_err(failed)?;
        match made {
            Ok(kept) => {
                return Ok(tiers::Released {
                    tier: one.tier.clone(),
                    snapshot: link.message.snapshot.clone(),
                    period: one.period.clone(),
                    tag: tag.to_string(),
                    url: kept.place,
                });
            }
            Err(error) if error.is_burnt() => {}
            Err(error) if error.is_of_content() => return Err(Unpublished::Unfit(failed(error.into()))),
            Err(error) => return Err(failed(error.into()).into()),
        }
    }
    Err(words::no_tag(&subject, TAGS).into())
}

/// What became of a tag that a release wanted.
enum Claim {
    /// It is there, on a commit of its own.
    Ours(Link),
    /// Somebody else has it.
    Theirs,
    /// Nobody may make it: a release that was immutable has used it up, or a ruleset is against tags.
    Restricted(Refusal),
}

/// What GitHub says, among the rules that a push broke, of a name that nobody may use.
const RESTRICTED: &str = "creations being restricted";

/// Claims a tag.
async fn claim(store: &mut Store, there: &There, one: &Move, tag: &ReleaseTag) -> Result<Claim, Failure> {
    let link = there.link(&one.tier, &one.snapshot).expect("a plan moves what was found somewhere");
    let commit = copy(store, link, None)?;
    let name = tag.reference();
    let pushed = store.push(&[RefChange { name: name.clone(), expected: None, new: Some(commit) }]).await?;
    let facts = store.commit(commit)?;
    let message = Message::parse(&facts.message).expect("we wrote it");
    let ours = Link { commit, tree: facts.tree, message };
    match pushed.refs.into_iter().next().map(|(_, outcome)| outcome) {
        Some(RefOutcome::Moved) => Ok(Claim::Ours(ours)),
        // Somebody made the same release at the same moment: equal snapshots make equal commits.
        Some(RefOutcome::Raced { found }) if found == Some(commit) => Ok(Claim::Ours(ours)),
        Some(RefOutcome::Refused(refusal))
            if refusal.kind == RefusalKind::Ruleset
                && refusal.details.iter().any(|detail| detail.contains(RESTRICTED)) =>
        {
            Ok(Claim::Restricted(refusal))
        }
        Some(RefOutcome::Refused(refusal)) => Err(Failure::refused_by_store(&name, &refusal)),
        _ => Ok(Claim::Theirs),
    }
}

/// Makes the archive and publishes it.
async fn make(
    world: &World<'_>,
    store: &mut Store,
    archives: &Archives,
    there: &There,
    one: &Move,
    tag: &ReleaseTag,
    link: &Link,
) -> Result<Result<Kept, crate::store::archive::Error>, Failure> {
    let new = End::at(store, link.commit).await?;
    let mut before = there.releases.get(&one.tier).into_iter().flatten();
    let before = before.rfind(|known| known.link.message.taken < link.message.taken).cloned();
    // What changed is a service; that it cannot be said is no reason to keep no archive.
    let diff = match &before {
        Some(before) => match End::at(store, before.link.commit).await {
            // In the layout of imported content everything is called otherwise, and would seem new.
            Ok(old) if has_our_layout(&old) == has_our_layout(&new) => between(store, &old, &new).ok(),
            _ => None,
        },
        None => None,
    };
    let compression = match world.settings.archive_format {
        ArchiveFormat::TarZst => Compression::TarZst,
        ArchiveFormat::TarGz => Compression::TarGz,
    };
    let notes = words::notes(&Notes {
        tag,
        tier: &one.tier,
        period: &one.period,
        message: &link.message,
        project: new.manifest.as_ref().map_or("", |manifest| manifest.project.name.as_str()),
        kinds: new.manifest.as_ref().map(|manifest| &manifest.kinds),
        since: before.as_ref().map(|before| &before.link.message.snapshot),
        diff: diff.as_ref(),
        archive: &compression.file_name(tag),
        store: &store.shown(),
    });
    let notes = world.scrub(&notes);
    let beside = tempfile_in(world)?;
    let path = beside.path().join(compression.file_name(tag));
    let limit = matches!(archives, Archives::Releases(_)).then_some(RELEASE_ASSET_LIMIT);
    let file = NewFile { path: &path, compression, folder: tag, taken: link.message.taken, limit };
    let (written, manifest) = match write(store, link.tree, file)? {
        Ok(written) => written,
        Err(error) => return Ok(Err(error)),
    };
    let new = NewArchive {
        tag,
        compression,
        archive: &path,
        written: &written,
        manifest: &manifest,
        notes: &notes,
    };
    Ok(archives.publish(new, &link.commit.to_string()).await)
}

fn has_our_layout(end: &End) -> bool {
    end.manifest.as_ref().is_some_and(Manifest::has_our_layout)
}

/// Writes the archive file; returns what was written, and the snapshot's manifest.
fn write(
    store: &Store,
    tree: Oid,
    file: NewFile<'_>,
) -> Result<Result<(Written, Vec<u8>), crate::store::archive::Error>, Failure> {
    let name: TreePath = MANIFEST_NAME.parse().expect("the manifest's name is a path");
    let mut manifest = Vec::new();
    let mut writer = match ArchiveWriter::create(file) {
        Ok(writer) => writer,
        Err(error) => return Ok(Err(error)),
    };
    for (path, blob) in store.files(tree)? {
        let bytes = store.blob(blob)?;
        if let Err(error) = writer.add(&path, &bytes) {
            return Ok(Err(error));
        }
        if path == name {
            manifest = bytes;
        }
    }
    Ok(writer.finish().map(|written| (written, manifest)))
}

fn tempfile_in(world: &World<'_>) -> Result<tempfile::TempDir, Failure> {
    let below = world.temp();
    let made = tempfile::Builder::new().prefix("cognigy-backup-archive-").tempdir_in(&below);
    made.map_err(|error| {
        Failure::failed(format!("A directory below {} cannot be made: {error}.", below.display()), Vec::new())
    })
}

/// Removes the release of a snapshot, and its tag. Done already, nothing is to do.
pub(super) async fn remove(
    store: &mut Store,
    archives: &Archives,
    there: &There,
    tier: &TierName,
    snapshot: &SnapshotId,
) -> Result<(), FailedStep> {
    let of_snapshot = |known: &&Released| known.link.message.snapshot == *snapshot;
    for known in there.releases.get(tier).into_iter().flatten().filter(of_snapshot) {
        let failed = |failure: Failure| words::failed(known.tag.as_str(), failure.reason);
        archives.delete(&known.tag, snapshot).await.map_err(Failure::from).map_err(failed)?;
        let name = known.tag.reference();
        let change = RefChange { name: name.clone(), expected: Some(known.link.commit), new: None };
        let pushed = store.push(&[change]).await.map_err(Failure::from).map_err(failed)?;
        if let Some((_, refusal)) = pushed.refused() {
            return Err(failed(Failure::refused_by_store(&name, refusal)));
        }
    }
    Ok(())
}
