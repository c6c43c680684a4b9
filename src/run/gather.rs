//! Turns what a source hands over into files in the object database: rendered and written as it comes, placed at the
//! end, when all names are known.

use std::collections::BTreeMap;
use std::panic::resume_unwind;

use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc::{self, Receiver};

use super::failure::Failure;
use crate::report::Secrets;
use crate::snapshot::layout::{self, LocaleFolders, Member, RenderedFile};
use crate::snapshot::{
    Availability, FileEntry, Kind, KindSummary, Resource, ResourceEntry, SecretsPolicy, Times, TreePath, hex,
    looks_like_a_credential,
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
}

/// What writing needs to know.
struct Writer {
    store: Store,
    policy: SecretsPolicy,
    /// The secrets of this run, which have no business in a project.
    planted: Secrets,
}

/// Captures a project into `store`'s object database and gives the store back. `previous` are the files of the newest
/// snapshot: where a file says the same as there, it keeps the bytes it had there.
///
/// Rendering, hashing and deflating have a thread of their own: they take milliseconds a flow, and on the thread that
/// talks to the server every answer would wait for them. Where the capture ends early, the thread hears of no more
/// resources and ends too.
pub(super) async fn gather(
    source: &Cognigy<'_>,
    store: Store,
    previous: &BTreeMap<TreePath, Oid>,
    policy: SecretsPolicy,
    planted: Secrets,
) -> Result<(Store, Gathered), Failure> {
    let (sender, receiver) = mpsc::channel(WAITING);
    let capture = async {
        let captured = source.capture(&sender).await;
        drop(sender);
        captured
    };
    let writer = Writer { store, policy, planted };
    let writing = tokio::task::spawn_blocking(move || {
        let written = writer.write_all(receiver);
        (writer.store, written)
    });
    let (captured, ended) = tokio::join!(capture, writing);
    let (store, written) = ended.unwrap_or_else(|panicked| resume_unwind(panicked.into_panic()));
    // Where the writing failed, the capture only knows that nobody listens any more.
    let (written, captured) = (written?, captured?);
    // What was read and is gone since belongs to no capture.
    let present =
        |one: &Written| one.kind == Kind::Project || captured.present.contains(&(one.kind, one.id.clone()));
    let written: Vec<Written> = written.into_values().filter(present).collect();
    let gathered = place(captured, written, &store, previous)?;
    Ok((store, gathered))
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
        let Resource { kind, owner, reference_id, id, name, times, .. } = resource;
        Ok(Written { kind, owner, reference_id, id, name, times, files })
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
        Ok(File { path: file.path, blob, entry, exposes, credential })
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
    previous: &BTreeMap<TreePath, Oid>,
) -> Result<Gathered, Failure> {
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
    let (mut exposed, mut credentials) = (Vec::new(), BTreeMap::new());
    for resource in written {
        let folder = &places[&(resource.kind, resource.id.clone())];
        let empty = KindSummary { availability: Availability::Read, resources: 0, files: 0, bytes: 0 };
        let summary = kinds.entry(resource.kind).or_insert(empty);
        summary.resources += 1;
        for File { path, blob, entry, exposes, credential } in resource.files {
            // The file that all locales share stands at its own place.
            let path = if resource.kind == Kind::Locales { path } else { folder.join(&path) };
            let (blob, entry) = settle(&path, blob, entry, store, previous)?;
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
    Ok(Gathered { captured, files, resources, kinds, exposed, credentials })
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
