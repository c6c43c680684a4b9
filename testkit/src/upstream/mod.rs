//! A git repository behind the real `git http-backend`, on 127.0.0.1, as a client meets it on GitHub.
//!
//! [`Upstream`] is the server; what it serves is a [`Repository`], whose verbs it has too: look (`branches`,
//! `read_file`), change behind a client's back (`move_behind_our_back`), refuse (`refuse_ref`,
//! `github_protected_branch`). Faults and races are the server's own.

mod backend;
mod door;
mod fault;
mod hooks;
mod log;
mod pkt;
mod repository;
mod template;
#[cfg(test)]
mod tests;
pub(crate) mod wire;

use std::collections::VecDeque;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

use door::Shared;
use fault::Faults;
use log::{Log, lock};
use wire::Server;

pub use fault::{FOREVER, Fault, Service};
pub use hooks::Protection;
pub use log::Request;
pub use repository::Repository;
pub(crate) use repository::path_of_programs;

/// The token that opens the upstream; planted, so that a test can look for it everywhere else.
pub const UPSTREAM_TOKEN: &str = "ghs_0upstreamTokenOfTheTestkit0000000000";

/// How an [`Upstream`] differs from the usual one.
#[derive(Clone, Debug)]
pub struct Options {
    /// `owner/name`.
    pub repository: String,
    /// The password that goes with the user `x-access-token`.
    pub token: String,
    /// Whether reading needs no token, as with a public repository.
    pub anonymous_fetch: bool,
    /// Where the repository is and stays, made where it is absent; without it, in a directory that vanishes.
    pub directory: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            repository: "octocat/demo".to_owned(),
            token: UPSTREAM_TOKEN.to_owned(),
            anonymous_fetch: false,
            directory: None,
        }
    }
}

/// A served repository; it stops and vanishes when dropped.
pub struct Upstream {
    // First, so that the server has stopped before the repository's directory goes.
    server: Server,
    shared: Arc<Shared>,
}

impl Upstream {
    /// An empty private repository `octocat/demo` that takes [`UPSTREAM_TOKEN`].
    pub fn start() -> Self {
        Self::start_with(Options::default())
    }

    /// An empty repository as described.
    pub fn start_with(options: Options) -> Self {
        let shared = Arc::new(Shared {
            repository: match &options.directory {
                Some(directory) => Repository::keep(directory),
                None => Repository::create(&options.repository),
            },
            options,
            faults: Mutex::new(Faults::default()),
            races: Mutex::new(VecDeque::new()),
            log: Log::default(),
        });
        Self { server: Server::start(door::router(Arc::clone(&shared))), shared }
    }

    /// `http://127.0.0.1:PORT/OWNER/NAME.git`.
    pub fn url(&self) -> String {
        format!("{}/{}.git", self.server.url(), self.shared.options.repository)
    }

    /// `http://127.0.0.1:PORT`: what the runner calls `GITHUB_SERVER_URL`.
    pub fn server_url(&self) -> String {
        self.server.url()
    }

    /// `owner/name`: what the runner calls `GITHUB_REPOSITORY`.
    pub fn repository(&self) -> &str {
        &self.shared.options.repository
    }

    /// The token that opens the door.
    pub fn token(&self) -> &str {
        &self.shared.options.token
    }

    /// The `Authorization` header that opens the door.
    pub fn authorization(&self) -> String {
        self.shared.authorization()
    }

    /// Something goes wrong with the next `times` requests to a service ([`FOREVER`] has no end). Faults queue up;
    /// requests without the right token meet none.
    pub fn fault(&self, service: Service, fault: Fault, times: u32) {
        lock(&self.shared.faults).add(service, fault, times);
    }

    /// From now on all goes well again.
    pub fn clear_faults(&self) {
        lock(&self.shared.faults).clear();
    }

    /// The repository is gone, or the token may no longer see it: 404 from now on.
    pub fn gone(&self) {
        self.fault(Service::Any, Fault::Status(404, "Repository not found.\n".to_owned()), FOREVER);
    }

    /// The token may read but not write: GitHub answers a push's first request with 403. (The body has no
    /// "remote: "; that is how git prints it.)
    pub fn read_only(&self) {
        let text = format!("Permission to {}.git denied to github-actions[bot].\n", self.repository());
        self.fault(Service::PushAdvertisement, Fault::Status(403, text.clone()), FOREVER);
        self.fault(Service::Push, Fault::Status(403, text), FOREVER);
    }

    /// The server no longer offers atomic pushes.
    pub fn without_atomic(&self) {
        self.config("receive.advertiseAtomic", "false");
    }

    /// Runs something when the next push arrives, after the client has read the refs and before git looks at it.
    pub fn on_next_push(&self, race: impl FnMut(&Repository) + Send + 'static) {
        self.on_next_pushes(1, race);
    }

    /// The same for the next `times` pushes.
    pub fn on_next_pushes(&self, times: u32, race: impl FnMut(&Repository) + Send + 'static) {
        lock(&self.shared.races).push_back((times, Box::new(race)));
    }

    /// Every request so far, in the order they came.
    pub fn log_requests(&self) -> Vec<Request> {
        self.shared.log.requests()
    }

    /// What the server's git wrote to standard error so far.
    pub fn backend_errors(&self) -> String {
        self.shared.log.complaints()
    }

    /// A clone by stock git, over HTTP: what a person without our program gets.
    pub fn stock_clone(&self) -> Result<TempDir, String> {
        let directory = tempfile::Builder::new().prefix("clone-").tempdir().expect("a temporary directory");
        self.stock_git(directory.path(), &["clone", "--quiet", &self.url(), "."])?;
        Ok(directory)
    }

    /// Stock git in a directory, with the token as `actions/checkout` gives it.
    pub fn stock_git(&self, directory: &Path, arguments: &[&str]) -> Result<String, String> {
        let header = format!("http.extraHeader=Authorization: {}", self.authorization());
        self.try_git_in(directory, &[&["-c", &header], arguments].concat())
    }
}

/// The repository's verbs are the upstream's: a test says `upstream.branches()`.
impl Deref for Upstream {
    type Target = Repository;

    fn deref(&self) -> &Repository {
        &self.shared.repository
    }
}
