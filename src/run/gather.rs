//! Turns what a source hands over into files in the object database: rendered and written as it comes, placed at the
//! end, when all names are known.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc::{self, Receiver};

use super::failure::Failure;
use super::tip::End;
use crate::report::Secrets;
use crate::snapshot::layout::{self, LocaleFolders, Member, RenderedFile};
use crate::snapshot::{
    Availability, FileEntry, Kind, KindSummary, Manifest, Origin, Part, PartName, PartTime, Resource,
    ResourceEntry, SecretsPolicy, Times, TreePath, content_digest, hex, looks_like_a_credential,
};
use crate::source::cognigy::{Captured, Cognigy};
use crate::store::{Oid, Store};

/// How many resources may wait for being written: few, so that a slow disk slows the reading and not the memory.
const WAITING: usize = 2;

/// A captured project as files in the object database.
pub(super) struct Gathered {
    /// What the capture was.
    pub(super) captured: Captured,
    /// Every file, by its path below the content folder.
    pub(super) files: BTreeMap<TreePath, (Oid, FileEntry)>,
    /// Every resource.
    pub(super) resources: Vec<ResourceEntry>,
    /// Per kind, how much there is.
    pub(super) kinds: BTreeMap<Kind, KindSummary>,
    /// The files in which a secret of this run stands.
    pub(super) exposed: Vec<TreePath>,
    /// Files that hold what looks like a credential, and what it looks like.
    pub(super) credentials: BTreeMap<TreePath, &'static str>,
    /// When the parts of each resource were read.
    pub(super) reads: Vec<Reads>,
}

/// When a resource was read.
pub(super) struct Reads {
    pub(super) kind: Kind,
    pub(super) id: String,
    /// The digest of its files.
    pub(super) content: String,
    /// When it was last changed, as the server says.
    pub(super) last_changed: Option<i64>,
    pub(super) parts: Vec<PartTime>,
}

impl Gathered {
    /// Returns the blobs by path.
    pub(super) fn blobs(&self) -> BTreeMap<TreePath, Oid> {
        self.files.iter().map(|(path, (blob, _))| (path.clone(), *blob)).collect()
    }

    /// Returns the size of all files together, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.files.values().map(|(_, entry)| entry.bytes).sum()
    }
}

/// A resource whose files are written but have no place yet.
struct Written {
    kind: Kind,
    owner: Option<String>,
    reference_id: String,
    id: String,
    name: String,
    times: Times,
    files: Vec<File>,
    parts: Vec<PartTime>,
}

/// A file that is written and has no place yet.
struct File {
    path: TreePath,
    blob: Oid,
    entry: FileEntry,
    /// Whether a secret of this run stands in it.
    exposes: bool,
    /// What in it looks like a credential.
    credential: Option<&'static str>,
    /// Whether all of it is carried from the newest snapshot.
    carried: bool,
}

/// What writing needs to know.
struct Writer {
    store: Arc<Store>,
    policy: SecretsPolicy,
    /// The secrets of this run, which have no business in a project.
    planted: Secrets,
}

/// Captures a project into `store`'s object database. Where a file says the same as in the `newest` snapshot, it keeps the
/// bytes it had there.
///
/// Rendering, hashing and deflating have a thread of their own: they take milliseconds a flow, and on the thread that
/// talks to the server every answer would wait for them. Where the capture ends early, the thread hears of no more
/// resources and ends too.
pub(super) async fn gather(
    source: &Cognigy<'_>,
    store: &Arc<Store>,
    newest: &End,
    policy: SecretsPolicy,
    planted: Secrets,
) -> Result<Gathered, Failure> {
    let (sender, receiver) = mpsc::channel(WAITING);
    let capture = async {
        let captured = source.capture(&sender).await;
        drop(sender);
        captured
    };
    let writer = Writer { store: Arc::clone(store), policy, planted };
    let writing = tokio::task::spawn_blocking(move || writer.write_all(receiver));
    let (captured, ended) = tokio::join!(capture, writing);
    let written = ended.unwrap_or_else(|panicked| resume_unwind(panicked.into_panic()));
    // Where the writing failed, the capture only knows that nobody listens any more.
    let (written, captured) = (written?, captured?);
    // What was read and is gone since belongs to no capture.
    let present =
        |one: &Written| one.kind == Kind::Project || captured.present.contains(&(one.kind, one.id.clone()));
    let written: Vec<Written> = written.into_values().filter(present).collect();
    place(captured, written, store, newest)
}

impl Writer {
    /// Writes what comes, by kind and `_id`: what comes again has moved, and takes the place of what came before.
    fn write_all(
        &self,
        mut receiver: Receiver<Resource>,
    ) -> Result<BTreeMap<(Kind, String), Written>, Failure> {
        let (mut written, mut locales) = (BTreeMap::new(), Vec::new());
        let mut keep = |one: Written| written.insert((one.kind, one.id.clone()), one);
        let mut folders = LocaleFolders::default();
        while let Some(resource) = receiver.blocking_recv() {
            if resource.kind == Kind::Locales {
                locales.push(resource);
                continue;
            }
            // A source hands over all locales before the first flow, which needs their names.
            if resource.kind == Kind::Flows && folders.is_empty() {
                folders = folders_of(&locales);
            }
            let rendered = layout::render(&resource, &folders, self.policy)?;
            keep(self.write_one(resource, rendered)?);
        }
        if !locales.is_empty() {
            let file = layout::render_locales(&locales)?;
            let mut locales = locales.into_iter().map(|locale| self.write_one(locale, Vec::new()));
            let mut first = locales.next().expect("there is a locale")?;
            first.files.push(self.write_file(file)?);
            keep(first);
            for locale in locales {
                keep(locale?);
            }
        }
        Ok(written)
    }

    fn write_one(&self, resource: Resource, rendered: Vec<RenderedFile>) -> Result<Written, Failure> {
        let files = rendered.into_iter().map(|file| self.write_file(file)).collect::<Result<_, _>>()?;
        let Resource { kind, owner, reference_id, id, name, times, parts } = resource;
        let parts = parts.iter().map(time_of).collect();
        Ok(Written { kind, owner, reference_id, id, name, times, files, parts })
    }

    fn write_file(&self, file: RenderedFile) -> Result<File, Failure> {
        let blob = self.store.write_blob(&file.bytes)?;
        let exposes = std::str::from_utf8(&file.bytes).is_ok_and(|text| self.planted.stand_in(text));
        let entry = FileEntry {
            sha256: hex(&Sha256::digest(&file.bytes)),
            bytes: file.bytes.len() as u64,
            read_at: file.read_at,
            parts: file.parts,
            redacted: file.redacted,
        };
        let credential = looks_like_a_credential(&file.bytes);
        Ok(File { path: file.path, blob, entry, exposes, credential, carried: file.carried })
    }
}

fn time_of(part: &Part) -> PartTime {
    const PAGE: u64 = 100;
    // An export of intents is a list too, and one request.
    let is_paged = matches!(
        part.name,
        PartName::Entries | PartName::Slots | PartName::Chunks | PartName::Sentences { .. }
    );
    let items = part.value.as_array().filter(|_| is_paged).map_or(0, |items| items.len() as u64);
    PartTime {
        name: part.name.to_string(),
        read_at: part.read_at,
        is_read: part.origin == Origin::Read,
        requests: items.div_ceil(PAGE).max(1),
    }
}

fn folders_of(locales: &[Resource]) -> LocaleFolders {
    let names: Vec<_> =
        locales.iter().map(|l| (l.id.clone(), l.reference_id.clone(), l.name.clone())).collect();
    LocaleFolders::new(&names)
}

/// Gives every file its place, and the bytes it had before where it says the same.
fn place(
    captured: Captured,
    written: Vec<Written>,
    store: &Store,
    newest: &End,
) -> Result<Gathered, Failure> {
    // What another program laid out keeps neither its bytes nor its places.
    let ours = newest.manifest.as_ref().is_some_and(Manifest::has_our_layout);
    let previous = if ours { newest.files.clone() } else { BTreeMap::new() };
    let stood: BTreeMap<(Kind, &str), &TreePath> = newest
        .manifest
        .iter()
        .flat_map(|manifest| &manifest.resources)
        .map(|resource| ((resource.kind, resource.id.as_str()), &resource.path))
        .collect();
    let named: Vec<_> = written
        .iter()
        .map(|one| Member {
            kind: one.kind,
            owner: one.owner.as_deref(),
            id: &one.id,
            reference_id: &one.reference_id,
            name: &one.name,
        })
        .collect();
    let places = layout::places(&named);
    let mut kinds: BTreeMap<Kind, KindSummary> = captured
        .kinds
        .iter()
        .map(|(kind, availability)| {
            (*kind, KindSummary { availability: *availability, resources: 0, files: 0, bytes: 0 })
        })
        .collect();
    let (mut files, mut resources) = (BTreeMap::new(), Vec::new());
    let (mut exposed, mut credentials, mut reads) = (Vec::new(), BTreeMap::new(), Vec::new());
    for resource in written {
        let folder = &places[&(resource.kind, resource.id.clone())];
        let empty = KindSummary { availability: Availability::Read, resources: 0, files: 0, bytes: 0 };
        let summary = kinds.entry(resource.kind).or_insert(empty);
        summary.resources += 1;
        let mut content: Vec<(String, String)> = Vec::new();
        for File { path: own, blob, mut entry, exposes, credential, carried } in resource.files {
            // What was removed from a file that is carried is not there to be found again.
            if let (true, Some(folder)) = (carried, stood.get(&(resource.kind, resource.id.as_str())))
                && let Some(before) = newest.manifest.as_ref().and_then(|m| m.files.get(&folder.join(&own)))
            {
                entry.redacted.clone_from(&before.redacted);
            }
            // The file that all locales share stands at its own place.
            let path = if resource.kind == Kind::Locales { own.clone() } else { folder.join(&own) };
            let (blob, entry) = settle(&path, blob, entry, store, &previous)?;
            let own = if resource.kind == Kind::Locales { String::new() } else { own.to_string() };
            content.push((own, blob.to_string()));
            summary.files += 1;
            summary.bytes += entry.bytes;
            exposed.extend(exposes.then(|| path.clone()));
            credentials.extend(credential.map(|looks| (path.clone(), looks)));
            if files.insert(path.clone(), (blob, entry)).is_some() {
                // Names are made so that it cannot happen. If it does, a file must not vanish under another.
                return Err(Failure::failed(
                    format!("Two files of the project have the same place, {path}."),
                    Vec::new(),
                ));
            }
        }
        reads.push(Reads {
            kind: resource.kind,
            id: resource.id.clone(),
            content: content_digest(content.iter().map(|(path, blob)| (path.as_str(), blob.as_str()))),
            last_changed: resource.times.last_changed,
            parts: resource.parts,
        });
        resources.push(ResourceEntry {
            kind: resource.kind,
            reference_id: resource.reference_id,
            id: resource.id,
            name: resource.name,
            owner: resource.owner,
            path: folder.clone(),
            created_at: resource.times.created,
            created_by: resource.times.created_by,
            last_changed: resource.times.last_changed,
            last_changed_by: resource.times.last_changed_by,
        });
    }
    resources.sort_by(|a, b| (a.kind, &a.reference_id, &a.id).cmp(&(b.kind, &b.reference_id, &b.id)));
    exposed.sort();
    Ok(Gathered { captured, files, resources, kinds, exposed, credentials, reads })
}

fn settle(
    path: &TreePath,
    blob: Oid,
    entry: FileEntry,
    store: &Store,
    previous: &BTreeMap<TreePath, Oid>,
) -> Result<(Oid, FileEntry), Failure> {
    let Some(before) = previous.get(path).copied().filter(|before| *before != blob) else {
        return Ok((blob, entry));
    };
    let (new, old) = (store.blob(blob)?, store.blob(before)?);
    let kept = layout::settled(path, &new, &old);
    if kept == new {
        return Ok((blob, entry));
    }
    let entry = FileEntry { sha256: hex(&Sha256::digest(kept)), bytes: kept.len() as u64, ..entry };
    Ok((before, entry))
}
