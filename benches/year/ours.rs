//! Our own way: what a run of `auto` does to the store, over HTTP, with a store opened anew for each run.
//!
//! The snapshot with its manifest is appended first and by itself. Then the tiers are read, what is due is promoted and
//! what no tier keeps is forgotten, by the program's own plan. Months are tags with an archive beside the repository. Every
//! file is read in each run, so that each manifest says new times of all of them; then nothing is to be remembered on
//! `snapshot/state`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use cognigy_backup::http::{Options, Transport};
use cognigy_backup::plan::tiers::{Move, Snapshots, clean, promote};
use cognigy_backup::snapshot::{
    ContentSize, Kind, LAYOUT_VERSION, MANIFEST_NAME, Manifest, Message, Prefix, ReleaseTag, SnapshotId,
    Storage, TierName, TreePath, Window,
};
use cognigy_backup::store::archive::{ArchiveWriter, NewFile};
use cognigy_backup::store::branch::{Chain, Link, copy};
use cognigy_backup::store::{Access, Location, NewCommit, Oid, RefChange, Store};
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::contender::{Contender, HalfHour, Measured, Sent, size};
use crate::served::Served;
use crate::states::{Change, Files};
use crate::tiers::{Model, facts};

/// The server, and what is beside it.
pub(crate) struct Ours {
    served: Served,
    archives: PathBuf,
    manifest: Manifest,
    prefix: Prefix,
}

/// What the tiers hold, oldest first.
#[derive(Default)]
struct There {
    tips: BTreeMap<TierName, Option<Oid>>,
    links: BTreeMap<TierName, Vec<Link>>,
    snapshots: Snapshots,
}

impl Ours {
    pub(crate) fn new(directory: &Path, manifest: &Manifest) -> Self {
        let archives = directory.join("archives");
        std::fs::create_dir_all(&archives).expect("a directory");
        Self {
            served: Served::start(directory.join("store.git")),
            archives,
            manifest: manifest.clone(),
            prefix: Prefix::default(),
        }
    }

    /// Opens the store as a run does.
    async fn open(location: &Location, token: &str, scratch: &Path) -> Store {
        let transport = Transport::new(&Options::default()).expect("a client");
        let token = Some(SecretString::from(token));
        Store::open(location, &transport, token, scratch, Access::Write).await.expect("a store")
    }

    /// Appends a snapshot, unless a run that was killed has done so.
    async fn save(&mut self, store: &mut Store, half_hour: &HalfHour<'_>, change: &Change) {
        let branch = self.prefix.branch(&half_hour.model.tiers.base().name);
        let tip = store.refs().get(&branch).copied();
        if let Some(tip) = tip {
            store.fetch(tip).await.expect("the newest snapshot");
            let newest = store.commit(tip).expect("a commit");
            if newest.time == half_hour.now {
                return;
            }
            let name: TreePath = MANIFEST_NAME.parse().expect("a path");
            let manifest = store.entry(newest.tree, &name).expect("its tree").expect("its manifest");
            let bytes = store.blob(manifest).expect("its manifest");
            self.manifest = Manifest::parse(&bytes).expect("a manifest of ours");
        }
        let blob = |bytes: &Vec<u8>| store.write_blob(bytes).expect("a blob");
        let content: BTreeMap<TreePath, Oid> =
            half_hour.files.iter().map(|(path, bytes)| (path.clone(), blob(bytes))).collect();
        let tree = store.write_tree(&content).expect("a tree");
        let id = SnapshotId::new(half_hour.now, &tree.to_string());
        tell(&mut self.manifest, half_hour, change, &id, tree);
        let directory = &self.manifest.agent_dir;
        let mut files: BTreeMap<TreePath, Oid> =
            content.iter().map(|(path, blob)| (directory.join(path), *blob)).collect();
        files.insert(MANIFEST_NAME.parse().expect("a path"), blob(&self.manifest.to_bytes()));
        let message = Message {
            snapshot: id,
            taken: half_hour.now,
            project: self.manifest.project.id.clone(),
            layout: LAYOUT_VERSION,
            size: Some(ContentSize {
                resources: self.manifest.resources.len() as u64,
                files: half_hour.files.len() as u64,
                bytes: half_hour.files.values().map(|bytes| bytes.len() as u64).sum(),
            }),
            first_commit: None,
            words: change.words.clone(),
        };
        let tree = store.write_tree(&files).expect("a tree");
        let message = message.compose();
        let commit = NewCommit { tree, parent: tip, message: &message, time: half_hour.now };
        let commit = store.write_commit(commit).expect("a commit");
        push(store, vec![RefChange { name: branch, expected: tip, new: Some(commit) }]).await;
    }

    /// Promotes what is due and forgets what no tier keeps.
    async fn tend(&self, store: &mut Store, now: DateTime<Utc>, model: &Model) {
        loop {
            let there = self.read(store, model).await;
            let facts = facts(&model.tiers, &there.snapshots, now);
            let promotion = promote(&facts, |_| true);
            let cleanup = clean(&facts, &promotion, |_| true);
            let is_release =
                |tier: &TierName| model.tiers.find(tier).is_some_and(|tier| tier.storage == Storage::Release);
            let releases: Vec<&Move> = promotion.moves.iter().filter(|one| is_release(&one.tier)).collect();
            let mut changes = Vec::new();
            for (tier, links) in &there.links {
                // With a release to be made, what is dropped comes after it.
                let wanted: Vec<SnapshotId> = match releases.is_empty() {
                    true => cleanup.kept(tier).cloned().collect(),
                    false => promotion.after[tier].clone(),
                };
                if is_release(tier) {
                    let gone = links.iter().filter(|link| !wanted.contains(&link.message.snapshot));
                    changes.extend(gone.map(|link| RefChange {
                        name: self.tag(tier, link).reference(),
                        expected: Some(link.commit),
                        new: None,
                    }));
                } else if there.snapshots[tier] != wanted {
                    let chain = Chain { tip: there.tips[tier], links: links.clone() };
                    let new = chain.write(store, &there.all(&wanted)).expect("room for commits");
                    let name = self.prefix.branch(tier);
                    changes.push(RefChange { name, expected: chain.tip, new });
                }
            }
            if !changes.is_empty() {
                push(store, changes).await;
            }
            for one in &releases {
                let link = there.all(std::slice::from_ref(&one.snapshot))[0];
                let name = self.tag(&one.tier, link).reference();
                let new = Some(copy(store, link, None).expect("room for a commit"));
                push(store, vec![RefChange { name, expected: None, new }]).await;
            }
            if releases.is_empty() {
                return;
            }
        }
    }

    /// Reads every tier: its commits, none of their contents.
    async fn read(&self, store: &mut Store, model: &Model) -> There {
        let mut there = There::default();
        let mut chains = Vec::new();
        for tier in model.tiers.all() {
            let name = tier.name.clone();
            let tips: Vec<Oid> = match tier.storage {
                Storage::Branch => {
                    store.refs().get(&self.prefix.branch(&name)).copied().into_iter().collect()
                }
                Storage::Release => tags(store, &self.prefix, &name).into_values().collect(),
            };
            there.tips.insert(name.clone(), tips.first().copied());
            chains.push((name, tips));
        }
        let tips: Vec<Oid> = chains.iter().flat_map(|(_, tips)| tips.clone()).collect();
        store.fetch_chains(&tips).await.expect("the chains");
        for (tier, tips) in chains {
            let mut links: Vec<Link> = Vec::new();
            for (commit, facts) in tips.into_iter().flat_map(|tip| store.chain(tip).expect("a chain")) {
                let message = Message::parse(&facts.message).expect("a snapshot of ours");
                links.push(Link { commit, tree: facts.tree, message });
            }
            links.sort_by_key(|link| link.message.taken);
            let ids = links.iter().map(|link| link.message.snapshot.clone()).collect();
            there.snapshots.insert(tier.clone(), ids);
            there.links.insert(tier, links);
        }
        there
    }

    fn tag(&self, tier: &TierName, link: &Link) -> ReleaseTag {
        let period = link.message.taken.format("%Y-%m").to_string();
        ReleaseTag::of(&self.prefix, tier, &period, 1).expect("a tag")
    }

    /// Makes the archives of new tags and removes those of gone ones; returns how many bytes are new.
    async fn archive(&self, store: &mut Store, model: &Model) -> u64 {
        let mut new = 0;
        let mut wanted = Vec::new();
        for tier in model.tiers.released() {
            for (tag, commit) in tags(store, &self.prefix, &tier.name) {
                let path = self.archives.join(format!("{tag}.tar.zst"));
                wanted.push(path.clone());
                if path.exists() {
                    continue;
                }
                store.fetch(commit).await.expect("a release's commit");
                let facts = store.commit(commit).expect("it was fetched");
                let beside = path.with_extension("new");
                let _ = std::fs::remove_file(&beside);
                let mut writer =
                    ArchiveWriter::create(NewFile::new(&beside, &tag, facts.time)).expect("an archive");
                for (path, blob) in store.files(facts.tree).expect("its files") {
                    writer.add(&path, &store.blob(blob).expect("a file")).expect("room for it");
                }
                new += writer.finish().expect("an archive").bytes;
                std::fs::rename(&beside, &path).expect("it is named");
            }
        }
        for there in
            std::fs::read_dir(&self.archives).expect("a directory").map(|entry| entry.expect("one").path())
        {
            if !wanted.contains(&there) {
                std::fs::remove_file(there).expect("it goes");
            }
        }
        new
    }
}

impl There {
    /// Finds snapshots, wherever they are.
    fn all(&self, wanted: &[SnapshotId]) -> Vec<&Link> {
        let find = |id: &SnapshotId| self.links.values().flatten().find(|link| link.message.snapshot == *id);
        wanted.iter().map(|id| find(id).expect("a plan moves what is there")).collect()
    }
}

impl Contender for Ours {
    fn pass(&mut self, half_hour: &HalfHour<'_>) -> Sent {
        if !half_hour.is_due && half_hour.change.is_none() {
            return Sent::default();
        }
        let location = Location::Http(self.served.url().parse().expect("an address"));
        let token = self.served.token();
        let scratch = TempDir::new().expect("a temporary directory");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let archived = runtime.block_on(async {
            if let Some(change) = half_hour.change {
                let mut store = Self::open(&location, &token, scratch.path()).await;
                self.save(&mut store, half_hour, change).await;
            }
            let mut store = Self::open(&location, &token, scratch.path()).await;
            self.tend(&mut store, half_hour.now, half_hour.model).await;
            let there = self.read(&mut store, half_hour.model).await;
            let times = |holds: &Snapshots| -> Vec<Vec<DateTime<Utc>>> {
                holds.values().map(|ids| ids.iter().map(SnapshotId::taken).collect()).collect()
            };
            assert_eq!(times(&there.snapshots), times(&half_hour.model.holds), "the store is not as planned");
            self.archive(&mut store, half_hour.model).await
        });
        Sent { saving: self.served.sent() + archived, forgetting: 0 }
    }

    fn end_week(&mut self) {
        self.served.collect();
    }

    fn measure(&mut self) -> Measured {
        Measured { beside: size(&self.archives), ..self.served.measure() }
    }
}

/// Says in the manifest what the snapshot is now.
fn tell(manifest: &mut Manifest, half_hour: &HalfHour<'_>, change: &Change, id: &SnapshotId, tree: Oid) {
    let now = half_hour.now;
    manifest.snapshot = id.clone();
    manifest.tree = tree.to_string();
    manifest.window = Window { started: now, finished: now };
    let files: &Files = half_hour.files;
    for (path, entry) in &mut manifest.files {
        entry.read_at = now;
        if change.paths.contains(path) {
            let (bytes, before) = (&files[path], entry.bytes);
            entry.sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            entry.bytes = bytes.len() as u64;
            let kind = path.as_str().split('/').next().and_then(|kind| kind.parse::<Kind>().ok());
            if let Some(summary) = kind.and_then(|kind| manifest.kinds.get_mut(&kind)) {
                summary.bytes = summary.bytes + entry.bytes - before;
            }
        }
    }
    for resource in &mut manifest.resources {
        if change.number > 1 && change.paths.iter().any(|path| resource.relative(path).is_some()) {
            resource.last_changed = Some(now.timestamp());
        }
    }
}

/// Returns the tags of a tier.
fn tags(store: &Store, prefix: &Prefix, tier: &TierName) -> BTreeMap<ReleaseTag, Oid> {
    let begins = ReleaseTag::begins(prefix, tier);
    let tag =
        |name: &str| name.strip_prefix("refs/tags/").filter(|tag| tag.starts_with(&begins))?.parse().ok();
    store.refs().iter().filter_map(|(name, id)| Some((tag(name)?, *id))).collect()
}

/// Pushes; nobody else is here to come first.
async fn push(store: &mut Store, changes: Vec<RefChange>) {
    let pushed = store.push(&changes).await.expect("a push");
    assert!(pushed.all_moved(), "{pushed:?}");
}
