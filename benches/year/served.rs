//! A repository that stays where it is, behind the real `git http-backend`, with a count of what it is sent.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::upstream::{Options, Upstream};

use crate::contender::{Measured, command, run, size};

/// After so many requests the server is started anew: it remembers each.
const MANY: usize = 500;

/// The server.
pub(crate) struct Served {
    upstream: Option<Upstream>,
    directory: PathBuf,
    counted: u64,
}

impl Served {
    pub(crate) fn start(directory: PathBuf) -> Self {
        let mut served = Self { upstream: None, directory, counted: 0 };
        served.upstream();
        served
    }

    fn upstream(&mut self) -> &Upstream {
        let directory = Some(self.directory.clone());
        self.upstream.get_or_insert_with(|| Upstream::start_with(Options { directory, ..Options::default() }))
    }

    pub(crate) fn url(&mut self) -> String {
        self.upstream().url()
    }

    pub(crate) fn token(&mut self) -> String {
        self.upstream().token().to_owned()
    }

    /// Returns the bytes of all requests' bodies since this was last asked: packs, and what is said to fetch.
    pub(crate) fn sent(&mut self) -> u64 {
        let log = self.upstream().log_requests();
        let all: u64 = log.iter().map(|request| request.request_bytes).sum();
        let new = all - std::mem::replace(&mut self.counted, all);
        if log.len() > MANY {
            (self.upstream, self.counted) = (None, 0);
        }
        new
    }

    /// Prepares stock git in a directory, with the token.
    pub(crate) fn git(&mut self, directory: &Path, arguments: &[&str]) -> Command {
        let header = format!("http.extraHeader=Authorization: {}", self.upstream().authorization());
        let mut git = command("git", directory);
        git.args(["-c", &header]).args(arguments);
        git
    }

    /// Collects the server's garbage, as it would in time.
    pub(crate) fn collect(&self) {
        let mut git = command("git", &self.directory);
        git.args(["gc", "--quiet", "--prune=now"]);
        run(git);
    }

    /// Measures the repository after its garbage is collected.
    pub(crate) fn measure(&self) -> Measured {
        self.collect();
        let mut git = command("git", &self.directory);
        git.args(["log", "--all", "--format=%T"]);
        let trees: BTreeSet<String> = run(git).lines().map(str::to_owned).collect();
        Measured { repository: size(&self.directory), beside: 0, snapshots: trees.len() as u64 }
    }
}
