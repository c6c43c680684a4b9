//! Stock git: one branch on which everything stays, and the shell way of the plan that this program grew out of.
//!
//! The shell way as it was written keeps one snapshot a tier. Repaired it keeps the same ones as ours: each tier is a
//! chain without a past of its own, written anew by `git commit-tree` whenever one comes or goes, and pushed by force, a
//! tier at a time; a month is a tag on a commit without a parent. Its clone lives on between the runs. In a fresh one, as a
//! runner has it, everything would have to be fetched before.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use chrono::{DateTime, Utc};
use cognigy_backup::snapshot::{SnapshotId, Storage};

use crate::contender::{Contender, HalfHour, Measured, Pack, Sent, WorkTree, run};
use crate::served::Served;

/// A clone, and the server that it pushes to.
struct Clone {
    served: Served,
    tree: WorkTree,
}

impl Clone {
    fn new(directory: &Path, packed: Option<Pack>) -> Self {
        let tree = WorkTree::new(directory.join("work"), packed);
        let mut clone = Self { served: Served::start(directory.join("store.git")), tree };
        clone.git(&["init", "--quiet", "--initial-branch=main"], None);
        // What a command does in its own time would be in nobody's.
        clone.git(&["config", "gc.autoDetach", "false"], None);
        clone
    }

    fn git(&mut self, arguments: &[&str], time: Option<DateTime<Utc>>) -> String {
        let mut git = self.served.git(&self.tree.path, arguments);
        let time = format!("@{} +0000", time.unwrap_or_default().timestamp());
        for who in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{who}_NAME"), "Backup")
                .env(format!("GIT_{who}_EMAIL"), "backup@example.com");
            git.env(format!("GIT_{who}_DATE"), &time);
        }
        run(git).trim_end().to_owned()
    }

    fn push(&mut self, what: &str) {
        // A server is found at another port each time.
        let url = self.served.url();
        self.git(&["push", "--quiet", "--force", &url, what], None);
    }
}

/// One branch, one commit for each change, nothing forgotten.
pub(crate) struct History(Clone);

impl History {
    pub(crate) fn new(directory: &Path) -> Self {
        Self(Clone::new(directory, None))
    }
}

impl Contender for History {
    fn pass(&mut self, half_hour: &HalfHour<'_>) -> Sent {
        let (Self(clone), Some(change)) = (self, half_hour.change) else { return Sent::default() };
        clone.tree.write(half_hour, change);
        clone.git(&["add", "--force", "--all"], None);
        let message = format!("Backup {}\n\n{}", change.number, change.words);
        // Killed after the commit, there is nothing to commit any more.
        let is_new = change.number == 1 || !clone.git(&["status", "--porcelain"], None).is_empty();
        if is_new {
            clone.git(&["commit", "--quiet", "--allow-empty", "--message", &message], Some(half_hour.now));
        }
        clone.push("main");
        Sent { saving: clone.served.sent(), forgetting: 0 }
    }

    fn end_week(&mut self) {
        self.0.served.collect();
    }

    fn measure(&mut self) -> Measured {
        self.0.served.measure()
    }
}

/// The shell way, repaired.
pub(crate) struct Shell {
    clone: Clone,
    /// The tree and words of each snapshot that some tier holds.
    known: BTreeMap<SnapshotId, (String, String)>,
}

impl Shell {
    pub(crate) fn new(directory: &Path, packed: Option<Pack>) -> Self {
        let mut clone = Clone::new(directory, packed);
        // What a snapshot holds stands on its commits; a killed run left them in the clone at least.
        let refs = clone.git(&["for-each-ref", "--format=%(refname)"], None);
        let mut known = BTreeMap::new();
        for name in refs.lines() {
            let log = clone.git(&["log", "--format=%T %s", name], None);
            known.extend(log.lines().filter_map(|line| {
                let (tree, subject) = line.split_once(' ')?;
                let (id, words) = subject.strip_prefix("Snapshot: ")?.split_once(' ')?;
                Some((id.parse().ok()?, (tree.to_owned(), words.to_owned())))
            }));
        }
        Self { clone, known }
    }

    /// Writes a commit for each snapshot, one after the other, and returns the last.
    fn chain(&mut self, snapshots: &[SnapshotId]) -> Option<String> {
        let mut tip: Option<String> = None;
        for id in snapshots {
            let (tree, words) = self.known[id].clone();
            let message = format!("Snapshot: {id} {words}");
            let mut arguments = vec!["commit-tree", tree.as_str(), "-m", message.as_str()];
            if let Some(parent) = &tip {
                arguments.extend(["-p", parent.as_str()]);
            }
            let commit = self.clone.git(&arguments, Some(id.taken()));
            tip = Some(commit);
        }
        tip
    }

    /// Moves a ref here and there, where it is not there already.
    fn set(&mut self, name: &str, commit: &str) {
        let there = self.clone.git(&["for-each-ref", "--format=%(objectname)", name], None);
        if there != commit {
            self.clone.push(&format!("{commit}:{name}"));
            self.clone.git(&["update-ref", name, commit], None);
        }
    }
}

impl Contender for Shell {
    fn pass(&mut self, half_hour: &HalfHour<'_>) -> Sent {
        if let Some(change) = half_hour.change {
            self.clone.tree.write(half_hour, change);
            self.clone.git(&["add", "--force", "--all"], None);
            let tree = self.clone.git(&["write-tree"], None);
            let id = SnapshotId::new(half_hour.now, &format!("{:08x}", change.number));
            self.known.insert(id, (tree, change.words.clone()));
        }
        if !half_hour.is_due {
            return Sent::default();
        }
        for tier in half_hour.model.tiers.all() {
            let holds = &half_hour.model.holds[&tier.name];
            if tier.storage == Storage::Branch {
                let name = format!("refs/heads/snapshot/{}", tier.name);
                if let Some(tip) = self.chain(holds) {
                    self.set(&name, &tip);
                }
                continue;
            }
            let mut wanted = String::new();
            for id in holds {
                let name = format!("refs/tags/{}-{}", tier.name, id.taken().format("%Y-%m"));
                if let Some(commit) = self.chain(std::slice::from_ref(id)) {
                    self.set(&name, &commit);
                }
                let _ = writeln!(wanted, "{name}");
            }
            let pattern = format!("refs/tags/{}-*", tier.name);
            let there = self.clone.git(&["for-each-ref", "--format=%(refname)", &pattern], None);
            for gone in there.lines().filter(|name| !wanted.lines().any(|wanted| wanted == *name)) {
                self.clone.push(&format!(":{gone}"));
                self.clone.git(&["update-ref", "-d", gone], None);
            }
        }
        self.known.retain(|id, _| half_hour.model.holds.values().flatten().any(|held| held == id));
        Sent { saving: self.clone.served.sent(), forgetting: 0 }
    }

    fn end_week(&mut self) {
        self.clone.served.collect();
    }

    fn measure(&mut self) -> Measured {
        self.clone.served.measure()
    }
}

/// What `gzip -n` makes of a file.
pub(crate) fn gzipped(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).and_then(|()| packer.finish()).expect("memory takes everything")
}
