//! Many runs over simulated days, in this process: a project, a store in a directory, and a clock that a test sets. The
//! server's five-minute window is as short as the test wants it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use cognigy_backup::run::{Door, run};
use cognigy_backup::runner::{Environment, Terminal};
use cognigy_backup::snapshot::layout::{LocaleFolders, StoredFile, read, read_locales};
use cognigy_backup::snapshot::{Kind, MANIFEST_NAME, Manifest, Part, Resource, State, TreePath};
use serde_json::Value;
use tempfile::TempDir;
use testkit::cognigy::Cognigy;
use testkit::github::GitHub;
use testkit::upstream::Upstream;

/// The branch that takes captures.
pub(crate) const HOURLY: &str = "snapshot/hourly";
/// The branch on which runs remember.
pub(crate) const STATE: &str = "snapshot/state";

/// Where runs are made.
pub(crate) struct Lab {
    dir: TempDir,
    window: Duration,
    /// Where the store is on disk, and how runs reach it: its address and a token, where it is not that directory.
    store: PathBuf,
    address: Vec<(&'static str, String)>,
}

/// What a run did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: u8,
    /// All that was printed.
    pub(crate) said: String,
    /// Requests that the server saw.
    pub(crate) requests: usize,
    /// How many of them it refused as too many.
    pub(crate) refused: usize,
}

/// What is printed.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Ran {
    /// The outcome: the first word of what it printed at the end.
    pub(crate) fn outcome(&self) -> &str {
        let outcomes =
            ["success", "unchanged", "partial", "quarantined", "skipped", "planned", "refused", "failed"];
        let first = |line: &str| outcomes.into_iter().find(|word| line.to_lowercase().starts_with(word));
        self.said.lines().find_map(first).unwrap_or("none")
    }
}

impl Lab {
    /// An empty store, and a server whose window is so long.
    pub(crate) fn new(window: Duration) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = dir.path().join("cognigy-backup.git");
        Self { dir, window, store, address: Vec::new() }
    }

    /// The same with a git server.
    pub(crate) fn on(window: Duration, upstream: &Upstream) -> Self {
        let address = vec![
            ("COGNIGY_BACKUP_STORE", upstream.url()),
            ("COGNIGY_BACKUP_GITHUB_TOKEN", upstream.token().to_owned()),
        ];
        Self { store: upstream.path().to_owned(), address, ..Self::new(window) }
    }

    /// The same as a job of GitHub Actions has it.
    pub(crate) fn in_actions(window: Duration, upstream: &Upstream, github: &GitHub) -> Self {
        let lab = Self::on(window, upstream);
        let job = [
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_SERVER_URL", upstream.server_url()),
            ("GITHUB_API_URL", github.url()),
            ("GITHUB_REPOSITORY", upstream.repository().to_owned()),
            ("GITHUB_WORKSPACE", lab.dir.path().display().to_string()),
        ];
        Self { address: lab.address.iter().cloned().chain(job).collect(), ..lab }
    }

    /// The same with a store in a directory that is there already.
    pub(crate) fn at(window: Duration, store: &std::path::Path) -> Self {
        let address = vec![("COGNIGY_BACKUP_STORE", store.to_str().unwrap().to_owned())];
        Self { store: store.to_owned(), address, ..Self::new(window) }
    }

    /// Runs a mode at a time, with this config.json.
    pub(crate) fn run(&self, mode: &str, cognigy: &Cognigy, now: DateTime<Utc>, config: &Value) -> Ran {
        self.run_with(mode, cognigy, now, config, &[])
    }

    /// The same with more variables.
    pub(crate) fn run_with(
        &self,
        mode: &str,
        cognigy: &Cognigy,
        now: DateTime<Utc>,
        config: &Value,
        more: &[(&str, &str)],
    ) -> Ran {
        self.run_line(&[mode], cognigy, now, config, more)
    }

    /// The same with a whole command line.
    pub(crate) fn run_line(
        &self,
        line: &[&str],
        cognigy: &Cognigy,
        now: DateTime<Utc>,
        config: &Value,
        more: &[(&str, &str)],
    ) -> Ran {
        cognigy.clear_log();
        let paper = Paper::default();
        let door = self.door(line, cognigy, now, config, more, &paper);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let code = runtime.block_on(run(door));
        let log = cognigy.log();
        let refused = log.iter().filter(|request| request.status == 429).count();
        let said = String::from_utf8_lossy(&paper.0.lock().unwrap()).into_owned();
        Ran { code, said, requests: log.len(), refused }
    }

    /// Begins a run and lets go of it after a while, as if the machine had been switched off. Returns whether it had ended.
    pub(crate) fn run_and_die(
        &self,
        mode: &str,
        cognigy: &Cognigy,
        now: DateTime<Utc>,
        config: &Value,
        after: Duration,
    ) -> bool {
        let door = self.door(&[mode], cognigy, now, config, &[], &Paper::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { tokio::time::timeout(after, run(door)).await.is_ok() })
    }

    fn door(
        &self,
        line: &[&str],
        cognigy: &Cognigy,
        now: DateTime<Utc>,
        config: &Value,
        more: &[(&str, &str)],
        paper: &Paper,
    ) -> Door {
        let (file, config) = (self.dir.path().join("config.json"), config.to_string());
        // Another run may be reading it.
        if std::fs::read_to_string(&file).unwrap_or_default() != config {
            std::fs::write(&file, config).unwrap();
        }
        let variables = [
            ("COGNIGY_BASE_URL", cognigy.base_url()),
            ("COGNIGY_API_KEY", cognigy.api_key().to_owned()),
            ("COGNIGY_AGENT_ID", cognigy.project_id()),
        ];
        let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let variables = variables.into_iter().chain(self.address.iter().cloned()).chain(more);
        let variables = variables.map(|(name, value)| (name.into(), value.into()));
        Door {
            arguments: std::iter::once(&"cognigy-backup").chain(line).map(Into::into).collect(),
            environment: Environment::new(variables, self.dir.path().to_owned(), Terminal::default()),
            now,
            request_window: self.window,
            stdin: Box::new(std::io::empty()),
            stdout: Box::new(paper.clone()),
            stderr: Box::new(paper.clone()),
        }
    }

    /// Where runs are made, and relative paths begin.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Where the store is on disk.
    pub(crate) fn store_path(&self) -> &Path {
        &self.store
    }

    /// The store.
    pub(crate) fn store(&self) -> git2::Repository {
        git2::Repository::open_bare(&self.store).unwrap()
    }

    /// The id of the commit that a branch is at.
    pub(crate) fn tip(&self, branch: &str) -> Option<String> {
        let store = self.store();
        let found = store.find_reference(&format!("refs/heads/{branch}")).ok()?;
        Some(found.target().unwrap().to_string())
    }

    /// Deletes a branch.
    pub(crate) fn delete(&self, branch: &str) {
        self.store().find_reference(&format!("refs/heads/{branch}")).unwrap().delete().unwrap();
    }

    /// Every file of a branch's newest commit.
    pub(crate) fn files(&self, branch: &str) -> BTreeMap<TreePath, Vec<u8>> {
        let store = self.store();
        let commit = store.find_reference(&format!("refs/heads/{branch}")).unwrap().peel_to_commit().unwrap();
        let mut files = BTreeMap::new();
        commit
            .tree()
            .unwrap()
            .walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
                if entry.kind() == Some(git2::ObjectType::Blob) {
                    let blob = store.find_blob(entry.id()).unwrap();
                    let path = format!("{folder}{}", entry.name().unwrap());
                    files.insert(path.parse().unwrap(), blob.content().to_vec());
                }
                git2::TreeWalkResult::Ok
            })
            .unwrap();
        files
    }

    /// What is remembered.
    pub(crate) fn state(&self) -> State {
        State::from_files(&self.files(STATE)).unwrap()
    }

    /// The newest snapshot of a branch, read back.
    pub(crate) fn snapshot(&self, branch: &str) -> (Manifest, Vec<Resource>) {
        let files = self.files(branch);
        let manifest = Manifest::parse(&files[&MANIFEST_NAME.parse::<TreePath>().unwrap()]).unwrap();
        let bytes = |path: &TreePath| files[&manifest.agent_dir.join(path)].as_slice();
        let mut resources = Vec::new();
        let locales: Vec<_> = manifest.resources.iter().filter(|r| r.kind == Kind::Locales).collect();
        if let Some(first) = locales.first() {
            let shared = StoredFile { bytes: bytes(&first.path), entry: &manifest.files[&first.path] };
            resources.extend(read_locales(&locales, shared).unwrap());
        }
        let names: Vec<_> =
            resources.iter().map(|l| (l.id.clone(), l.reference_id.clone(), l.name.clone())).collect();
        let folders = LocaleFolders::new(&names);
        for entry in manifest.resources.iter().filter(|r| r.kind != Kind::Locales) {
            let own = manifest.files_of(entry).map(|(path, file)| {
                let relative = entry.relative(path).unwrap().parse().unwrap();
                (relative, StoredFile { bytes: bytes(path), entry: file })
            });
            resources.push(read(entry, &folders, &own.collect()).unwrap());
        }
        (manifest, resources)
    }
}

/// Every part of some resources, by kind, `_id` and name.
pub(crate) fn parts(resources: &[Resource]) -> BTreeMap<(Kind, String, String), Part> {
    let of = |resource: &Resource| {
        let key = |part: &Part| (resource.kind, resource.id.clone(), part.name.to_string());
        resource.parts.iter().map(|part| (key(part), part.clone())).collect::<Vec<_>>()
    };
    resources.iter().flat_map(of).collect()
}

/// A time of a simulated day.
pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}
