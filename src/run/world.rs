//! What one backup has around it: its settings, the runner, the clock, the network.

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use super::failure::Failure;
use super::pools::Pools;
use super::{REQUEST_WINDOW, Time};
use crate::clock::Clock;
use crate::config::{CognigySettings, Settings, StoreLocation};
use crate::github::{GitHub, Visibility};
use crate::http::{Options, Pool, Transport};
use crate::plan::pace::RequestWindow;
use crate::runner::{Environment, Github, Log, Progress};
use crate::snapshot::{ProjectId, RunInfo};
use crate::source::cognigy as source;
use crate::store::archive::{Archives, DirectoryArchives, ReleaseArchives};
use crate::store::{Access, Location, Store};
use crate::{cognigy, report};

/// Before so much time has passed no run is late.
const PATIENCE: Duration = Duration::from_secs(5);

/// What all backups of a run share.
pub(super) struct Common<'a> {
    time: Time,
    environment: &'a Environment,
    transport: Transport,
    pools: Pools,
    progress: Progress,
}

impl<'a> Common<'a> {
    pub(super) fn new(
        projects: &[&Settings],
        environment: &'a Environment,
        time: Time,
        log: &Log,
    ) -> Result<Self, Failure> {
        // An input, so that it is the same for all.
        let ca_file = projects.first().and_then(|settings| settings.ca_file.clone());
        let transport = transport(environment, ca_file)?;
        let pools = Pools::new(projects.iter().copied(), time.request_window);
        let progress = Progress::new(log, &report::backup::reading_all(projects.len()));
        Ok(Self { time, environment, transport, pools, progress })
    }

    /// Takes the progress off the screen.
    pub(super) fn finish(&self) {
        self.progress.finish();
    }
}

/// What one backup has around it.
pub(super) struct World<'a> {
    pub(super) settings: &'a Settings,
    pub(super) clock: Clock,
    request_window: Duration,
    share: Option<u64>,
    environment: &'a Environment,
    log: Log,
    progress: Progress,
    transport: Transport,
    pool: Option<Pool>,
}

impl<'a> World<'a> {
    pub(super) fn new(settings: &'a Settings, common: &Common<'a>, log: Log) -> Self {
        Self {
            settings,
            clock: common.time.clock,
            request_window: common.time.request_window,
            share: settings.cognigy.as_ref().and_then(|server| common.pools.share(server)),
            environment: common.environment,
            progress: common.progress.part(&log),
            transport: common.transport.clone(),
            pool: settings.cognigy.as_ref().map(|server| common.pools.of(server)),
            log,
        }
    }

    /// Returns the project that is read.
    ///
    /// # Panics
    /// In a mode that reads none: of one that does, the settings were made with a project.
    pub(super) fn project(&self) -> &ProjectId {
        self.settings.project.as_ref().expect("a mode that captures has a project")
    }

    /// Returns the server that is asked.
    ///
    /// # Panics
    /// In a mode that asks none, as [`World::project`].
    pub(super) fn cognigy(&self) -> &CognigySettings {
        self.settings.cognigy.as_ref().expect("a mode that captures has a server")
    }

    /// Returns where the snapshots are kept.
    pub(super) fn location(&self) -> Location {
        match &self.settings.store {
            StoreLocation::Path(path) => Location::Path(path.clone()),
            StoreLocation::Http(url) => Location::Http(url.clone()),
        }
    }

    /// Returns where temporary files go.
    pub(super) fn temp(&self) -> PathBuf {
        self.environment.temp.clone().unwrap_or_else(std::env::temp_dir)
    }

    /// Returns where archives are kept: in the directory that was named, or as releases of the store's repository, where
    /// that is on a GitHub that is known; else nowhere.
    pub(super) fn archives(&self) -> Result<Option<Archives>, Failure> {
        if let Some(directory) = &self.settings.archives {
            return Ok(Some(Archives::Directory(DirectoryArchives::new(directory))));
        }
        let (StoreLocation::Http(store), Some(token)) = (&self.settings.store, &self.settings.token) else {
            return Ok(None);
        };
        let (server, api) = match &self.environment.github {
            Some(github) => (github.server_url.as_str(), github.api_url.as_str()),
            None => ("https://github.com", "https://api.github.com"),
        };
        let Some((owner, name)) = repository_on(server, store) else { return Ok(None) };
        let api = github_at(api, self.transport.clone(), token)?;
        Ok(Some(Archives::Releases(ReleaseArchives::new(api, owner, name))))
    }

    /// Returns where relative paths begin.
    pub(super) fn base(&self) -> &Path {
        self.environment.base()
    }

    /// Opens the store; for writing only where the right to write is there.
    pub(super) async fn open_store(&self, access: Access) -> Result<Store, Failure> {
        let temp = self.temp();
        let token = self.settings.token.clone();
        Ok(Store::open(&self.location(), &self.transport, token, &temp, access).await?)
    }

    /// Returns the Cognigy API for this project.
    pub(super) fn api(&self) -> Result<cognigy::Client, Failure> {
        let server = self.cognigy();
        let limits = cognigy::Limits {
            pool: self.pool.clone().unwrap_or_else(|| Pool::new(self.settings.concurrency, None)),
            request_timeout: self.settings.request_timeout,
            ..cognigy::Limits::for_host(&server.base_url.host())
        };
        let base = server.base_url.as_url().clone();
        Ok(cognigy::Client::new(
            self.transport.clone(),
            base,
            server.api_key.clone(),
            self.project().clone(),
            limits,
        )?)
    }

    /// Returns the server's request window.
    pub(super) fn window(&self) -> Option<RequestWindow> {
        self.pool.as_ref()?.window()
    }

    /// Returns how many requests the project may start in one window; `None` where there is no limit.
    pub(super) fn share(&self) -> Option<u64> {
        self.share
    }

    /// Returns for how many windows the run may wait, and when the last of them ends, from the clock's start.
    pub(super) fn windows(&self) -> (u64, Duration) {
        let further = self.settings.time_budget.as_secs() / REQUEST_WINDOW.as_secs();
        let windows = further + 1;
        let deadline = self.request_window.saturating_mul(u32::try_from(windows).unwrap_or(u32::MAX));
        // Where a window is a blink, as in a simulation, a busy machine alone would make every run late.
        (windows, deadline.max(PATIENCE))
    }

    /// Returns whether a schedule started the run, and nobody waits for it.
    pub(super) fn scheduled(&self) -> bool {
        self.environment.github.as_ref().is_some_and(|github| github.is_scheduled())
    }

    /// Returns whether everybody can read what the run saves or says. Of the store that is known only of a repository on the GitHub server that runs the
    /// workflow; a path is nobody else's, and another server cannot be asked.
    pub(super) async fn store_is_public(&self) -> Result<bool, Failure> {
        // The job's summary says what changed: wherever the store is, a public workflow publishes that.
        if self.event_says_public() == Some(true) {
            return Ok(true);
        }
        let (Some(github), StoreLocation::Http(store)) = (&self.environment.github, &self.settings.store)
        else {
            return Ok(false);
        };
        let Some((owner, name)) = repository_on(&github.server_url, store) else { return Ok(false) };
        let is_ours = github.repository.as_deref() == Some(&format!("{owner}/{name}"));
        if let Some(public) = is_ours.then(|| self.event_says_public()).flatten() {
            return Ok(public);
        }
        // Without a token nothing can be pushed, which the store will say in its own words.
        let Some(token) = &self.settings.token else { return Ok(false) };
        let api = github_api(github, self.transport.clone(), token)?;
        Ok(api.visibility(&owner, &name).await? == Visibility::Public)
    }

    /// Returns what the event's payload says of the workflow's repository, where it says it.
    fn event_says_public(&self) -> Option<bool> {
        let path = self.environment.github.as_ref()?.event_path.as_ref()?;
        let event: Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
        let repository = event.get("repository")?;
        match repository.get("visibility").and_then(Value::as_str) {
            Some(visibility) => Some(visibility == "public"),
            None => Some(!repository.get("private")?.as_bool()?),
        }
    }

    /// Returns what the manifest says of the run; `None` outside GitHub Actions.
    pub(super) fn run_info(&self) -> Option<RunInfo> {
        let github = self.environment.github.as_ref()?;
        Some(RunInfo {
            url: github.run_url()?,
            actor: github.actor.clone().unwrap_or_default(),
            event: github.event_name.clone().unwrap_or_default(),
        })
    }

    /// Returns who started the run, where that is known: an account on GitHub.
    pub(super) fn actor(&self) -> Option<String> {
        self.environment.github.as_ref()?.actor.clone()
    }

    /// Begins a part of the run that can be folded away in a log on GitHub.
    pub(super) fn group(&self, title: &str) {
        self.log.group(title);
    }

    /// Shows how far the reading is.
    pub(super) fn watch(&self, progress: source::Progress) {
        match progress {
            source::Progress::Expected { pace, in_all } => {
                self.log.line(&report::backup::expected(pace, in_all));
                self.progress.set(pace.requests);
            }
            source::Progress::Requests(requests) => self.progress.reach(requests),
        }
    }

    /// Returns every secret of the run.
    pub(super) fn secrets(&self) -> report::Secrets {
        self.log.secrets()
    }

    /// Returns a text without them, for where it is read by everybody: a commit's message.
    pub(super) fn scrub(&self, text: &str) -> String {
        self.secrets().scrub(text)
    }

    /// Ends the part of the log.
    pub(super) fn stop_watching(&self) {
        self.log.end_group();
    }
}

/// Returns a client with the environment's proxies, and with `ca_file`'s certificates besides the system's.
pub(super) fn transport(environment: &Environment, ca_file: Option<PathBuf>) -> Result<Transport, Failure> {
    Ok(Transport::new(&Options {
        https_proxy: environment.proxies.https.clone(),
        http_proxy: environment.proxies.http.clone(),
        no_proxy: environment.proxies.none.clone(),
        ca_file,
        ..Options::default()
    })?)
}

/// Returns the API of the GitHub that runs the workflow.
pub(super) fn github_api(
    github: &Github,
    transport: Transport,
    token: &SecretString,
) -> Result<GitHub, Failure> {
    github_at(&github.api_url, transport, token)
}

fn github_at(api_url: &str, transport: Transport, token: &SecretString) -> Result<GitHub, Failure> {
    let url = Url::parse(api_url)
        .map_err(|error| Failure::failed(format!("GITHUB_API_URL is `{api_url}`: {error}"), Vec::new()))?;
    Ok(GitHub::new(transport, url, token)?)
}

/// Returns owner and name of a repository at `store`, where that is on `server`.
fn repository_on(server: &str, store: &Url) -> Option<(String, String)> {
    let server = Url::parse(server).ok()?;
    let path = store.path().trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let (owner, name) = path.split_once('/').filter(|(_, name)| !name.contains('/'))?;
    (server.origin() == store.origin()).then(|| (owner.to_owned(), name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_one_of_the_server_s() {
        let on = |store: &str| repository_on("https://github.com", &store.parse().unwrap());
        assert_eq!(on("https://github.com/acme/bots.git"), Some(("acme".to_owned(), "bots".to_owned())));
        assert_eq!(on("https://github.com/acme/bots"), Some(("acme".to_owned(), "bots".to_owned())));
        assert_eq!(on("https://example.com/acme/bots.git"), None);
        assert_eq!(on("https://github.com/acme"), None);
    }
}
