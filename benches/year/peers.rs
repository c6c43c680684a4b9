//! restic and borg, as Debian has them, each with a repository in a directory and its own defaults.
//!
//! What they send is what grows in their repositories: the files there are written once, so those that are new after a
//! command, and what others have grown by, are what the command wrote. Once a day they forget by the same counts as our
//! tiers. restic's `forget --prune` runs on the client and sends what it packs anew; `borg compact` runs beside the
//! repository and sends nothing, nor do borg's indexes, which are made there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::contender::{Contender, HalfHour, Measured, Sent, WorkTree, command, run, size, sizes};

const KEEP: [&str; 8] =
    ["--keep-last", "6", "--keep-daily", "7", "--keep-weekly", "4", "--keep-monthly", "12"];

/// Which of the two.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    Restic,
    Borg,
}

/// One of them at work.
pub(crate) struct Peer {
    which: Which,
    directory: PathBuf,
    repository: PathBuf,
    tree: WorkTree,
}

impl Peer {
    pub(crate) fn new(directory: &Path, which: Which) -> Self {
        let tree = WorkTree::new(directory.join("work"), None);
        let peer = Self { which, directory: directory.to_owned(), repository: directory.join("store"), tree };
        if !peer.repository.join("config").exists() {
            let _ = std::fs::remove_dir_all(&peer.repository);
            match which {
                Which::Restic => peer.run(&["init", "--quiet"]),
                Which::Borg => peer.run(&["init", "--encryption", "none", &peer.repository()]),
            };
        }
        // What a killed one has locked.
        match which {
            Which::Restic => peer.run(&["unlock", "--quiet"]),
            Which::Borg => peer.run(&["break-lock", &peer.repository()]),
        };
        peer
    }

    fn repository(&self) -> String {
        self.repository.to_string_lossy().into_owned()
    }

    fn command(&self) -> Command {
        match self.which {
            Which::Restic => {
                let mut restic = command("restic", &self.directory);
                restic.env("RESTIC_PASSWORD", "year").env("RESTIC_REPOSITORY", &self.repository);
                restic.env("RESTIC_CACHE_DIR", self.directory.join("cache"));
                restic
            }
            Which::Borg => {
                let mut borg = command("borg", &self.directory);
                borg.env("BORG_BASE_DIR", &self.directory)
                    .env("BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK", "yes")
                    .env("BORG_RELOCATED_REPO_ACCESS_IS_OK", "yes");
                borg
            }
        }
    }

    fn run(&self, arguments: &[&str]) -> String {
        let mut command = self.command();
        command.args(arguments);
        run(command)
    }

    /// Runs a command and returns how many bytes it wrote.
    fn writes(&self, arguments: &[&str]) -> u64 {
        let before = self.written();
        self.run(arguments);
        let grown = |(path, bytes): (&PathBuf, &u64)| {
            bytes.saturating_sub(before.get(path).copied().unwrap_or_default())
        };
        self.written().iter().map(grown).sum()
    }

    fn written(&self) -> BTreeMap<PathBuf, u64> {
        match self.which {
            Which::Restic => sizes(&self.repository),
            Which::Borg => sizes(&self.repository.join("data")),
        }
    }

    /// Returns the names of the snapshots that are there.
    fn snapshots(&self) -> Vec<String> {
        let (said, list, name) = match self.which {
            Which::Restic => (self.run(&["snapshots", "--json"]), "", "time"),
            Which::Borg => (self.run(&["list", "--json", &self.repository()]), "/archives", "name"),
        };
        let said: serde_json::Value = serde_json::from_str(&said).expect("JSON, as asked for");
        let list = said.pointer(list).and_then(|list| list.as_array()).cloned().unwrap_or_default();
        list.iter().filter_map(|one| one[name].as_str().map(str::to_owned)).collect()
    }
}

impl Contender for Peer {
    fn pass(&mut self, half_hour: &HalfHour<'_>) -> Sent {
        let Some(change) = half_hour.change else { return Sent::default() };
        self.tree.write(half_hour, change);
        let (now, name) = (half_hour.now, format!("{:05}", change.number));
        let is_there = |wanted: &str| self.snapshots().iter().any(|there| there.starts_with(wanted));
        let saving = match self.which {
            Which::Restic => {
                let (seen, time) = (now.format("%Y-%m-%dT%H:%M:%S"), now.format("%Y-%m-%d %H:%M:%S"));
                if half_hour.again && is_there(&seen.to_string()) {
                    return Sent::default();
                }
                let time = time.to_string();
                self.writes(&["backup", "--quiet", "--host", "year", "--time", &time, "work"])
            }
            Which::Borg => {
                if half_hour.again && is_there(&name) {
                    return Sent::default();
                }
                let archive = format!("{}::{name}", self.repository());
                let time = now.format("%Y-%m-%dT%H:%M:%S").to_string();
                self.writes(&["create", "--timestamp", &time, &archive, "work"])
            }
        };
        Sent { saving, forgetting: 0 }
    }

    fn end_day(&mut self) -> Sent {
        let repository = self.repository();
        let forgetting = match self.which {
            Which::Restic => self.writes(&[&["forget", "--quiet", "--prune"], &KEEP[..]].concat()),
            Which::Borg => {
                let forgetting = self.writes(&[&["prune"], &KEEP[..], &[repository.as_str()]].concat());
                self.run(&["compact", &repository]);
                forgetting
            }
        };
        Sent { saving: 0, forgetting }
    }

    fn measure(&mut self) -> Measured {
        self.end_day();
        Measured { repository: size(&self.repository), beside: 0, snapshots: self.snapshots().len() as u64 }
    }
}
