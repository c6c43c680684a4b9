//! The configuration as meant: every value parsed, every default filled in, and nothing left to judge.
//!
//! [`Settings::new`] is the second reading. It asks each value in the order of precedence (flag or input, variable,
//! config.json, default) and collects what is wrong; only when nothing is, there are settings.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::NaiveDate;
use chrono_tz::Tz;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::base_url::BaseUrl;
use super::file::ArchiveFormat;
use super::given::{Inputs, Variables};
use super::inputs::Input;
use super::mode::Mode;
use super::problem::{Problem, Problems, Warning};
use super::reading::{Reading, Scope};
use super::store_location::StoreLocation;
use crate::snapshot::{
    PinLabel, Prefix, ProjectId, Query, SecretsPolicy, Selection, Selector, SnapshotId, TierName, Tiers,
    TreePath,
};

/// What happens when a part of the project cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OnPartial {
    /// The part is carried over from the newest snapshot, and the run ends `partial`.
    #[default]
    Carry,
    /// The run fails and nothing is stored.
    Fail,
}

/// config.json as it was found.
#[derive(Debug, Clone)]
pub struct ConfigText {
    /// The path as it was asked for, for messages.
    pub path: String,
    /// What stands in it.
    pub text: String,
}

/// What the settings need to know of the place where the program runs.
#[derive(Debug, Clone)]
pub struct Place {
    /// Where relative paths begin: the workspace in Actions, the working directory at a terminal.
    pub base: PathBuf,
    /// In Actions, the server's address, such as `https://github.com`.
    pub server_url: Option<String>,
    /// In Actions, the workflow's repository, `owner/name`.
    pub repository: Option<String>,
    /// The environment, for variables that the configuration names.
    pub variables: Variables,
}

impl Place {
    /// Returns `path` below the base; an absolute path as it is.
    pub(super) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.base.join(path)
    }

    /// Returns whether `store` is on the GitHub server here; at a terminal, on github.com.
    pub(super) fn is_server_of(&self, store: &StoreLocation) -> bool {
        let server = self.server_url.as_deref().unwrap_or("https://github.com");
        url::Url::parse(server)
            .is_ok_and(|server| store.host() == server.host_str().map(|host| (host, server.port())))
    }
}

/// A Cognigy server.
#[derive(Debug, Clone)]
pub struct CognigySettings {
    /// Where its API answers.
    pub base_url: BaseUrl,
    /// The key to it.
    pub api_key: SecretString,
}

/// A pin that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinSettings {
    /// What it is called.
    pub label: PinLabel,
    /// Why.
    pub reason: String,
    /// When it may go.
    pub expires: Option<Expiry>,
}

/// When a pin may go, as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// At the end of a day.
    On(NaiveDate),
    /// So long after it was made.
    After(Duration),
}

/// Days to be simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// How many.
    pub days: u32,
    /// How often a day something changes.
    pub changes_per_day: u32,
}

/// Everything a run was asked to do and how.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What to do.
    pub mode: Mode,
    /// Whether to say it only: `mode: dry-run`, or the input.
    pub dry_run: bool,
    /// The project; where it is not said, a mode that asks no Cognigy server takes what the store holds.
    pub project: Option<ProjectId>,
    /// Its name in summaries, where one was configured.
    pub project_label: Option<String>,
    /// The server to ask, where the mode asks one.
    pub cognigy: Option<CognigySettings>,
    /// The repository for the snapshots.
    pub store: StoreLocation,
    /// The token for the store and for GitHub's API. Never one that was meant for another host.
    pub token: Option<SecretString>,
    /// The beginning of the branches' names.
    pub prefix: Prefix,
    /// The folder of a snapshot that holds the resources.
    pub agent_dir: TreePath,
    /// Which resources are taken.
    pub selection: Selection,
    /// What happens to secrets in named fields.
    pub secrets: SecretsPolicy,
    /// The tiers in order, with the one that takes captures.
    pub tiers: Tiers,
    /// The zone whose days, weeks and months the tiers count.
    pub time_zone: Tz,
    /// What happens when a part cannot be read.
    pub on_partial: OnPartial,
    /// How old what is carried may become, where not everything can be read; zero reads everything.
    pub max_carry_age: Duration,
    /// How long a run may wait for the server's limit, but for what was never read.
    pub time_budget: Duration,
    /// After how long the run gives up.
    pub timeout: Duration,
    /// Whether a public repository is meant.
    pub allow_public: bool,
    /// For how long the project is kept as it was before a restore.
    pub safety: Duration,
    /// A directory for archives, where they are to go into one.
    pub archives: Option<PathBuf>,
    /// How an archive is compressed.
    pub archive_format: ArchiveFormat,
    /// The one tier that is fed or pruned; `None` for all.
    pub tier: Option<TierName>,
    /// Which snapshot is meant.
    pub snapshot: Selector,
    /// The snapshot that it is compared with; `None` for the project as it is now.
    pub against: Option<Selector>,
    /// What to look for.
    pub query: Option<Query>,
    /// Where to write to.
    pub output: Option<PathBuf>,
    /// The pin to make, or to take away.
    pub pin: Option<PinSettings>,
    /// Another policy to be tried: a file.
    pub policy: Option<PathBuf>,
    /// What to simulate.
    pub simulated: Option<Days>,
    /// Whether the report is printed as JSON.
    pub json: bool,
    /// A capture in quarantine that a person found to be right: what is missing there may be missing.
    pub accept_anomaly: Option<SnapshotId>,
    /// How many requests to the Cognigy API may be under way at a time.
    pub concurrency: usize,
    /// How long one request may take.
    pub request_timeout: Duration,
    /// How many may begin in any 5 minutes; `None` for no limit.
    pub window: Option<u32>,
    /// A PEM file of certificates to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// The configuration file that was read, if there was one.
    pub config_file: Option<String>,
}

impl CognigySettings {
    fn of(reading: &mut Reading<'_>) -> Option<Self> {
        let base_url = reading.required(
            Input::CognigyBaseUrl,
            |file| file.cognigy.as_ref()?.base_url.as_deref(),
            str::parse::<BaseUrl>,
        );
        let api_key = reading.api_key();
        Some(Self { base_url: base_url?, api_key: api_key? })
    }
}

impl Settings {
    /// Reads what was given as it was meant. `file` is config.json, nothing where there is none, or why it could not
    /// be read although it should.
    ///
    /// # Errors
    /// Everything that is wrong, in inputs, variables and config.json together.
    pub fn new(
        inputs: &Inputs,
        file: Result<Option<ConfigText>, Problem>,
        place: &Place,
    ) -> Result<(Self, Vec<Warning>), Problems> {
        Self::read(Reading::new(inputs, file, place, Scope::Alone))
    }

    /// Ends a reading with what it read.
    pub(super) fn read(mut reading: Reading<'_>) -> Result<(Self, Vec<Warning>), Problems> {
        let settings = Self::of(&mut reading);
        let warnings = reading.finish()?;
        Ok((settings.expect("where a value is missing, a problem says so"), warnings))
    }

    /// Reads every value; where one is wrong or missing, the reading has noted it and there are no settings.
    pub(super) fn of(reading: &mut Reading<'_>) -> Option<Self> {
        let mode = reading.required(Input::Mode, |_| None, str::parse);
        let dry_run = reading.value(Input::DryRun, |_| None, super::values::switch).unwrap_or(false);
        // A mode that only deals with what is stored wants no key to a project.
        let against = reading.value(Input::Against, |_| None, super::values::against).flatten();
        let looks = mode == Some(Mode::Diff) && against.is_none();
        let captures = mode.is_none_or(Mode::captures) || looks;
        let cognigy = captures.then(|| CognigySettings::of(reading));
        let names_project = mode.is_none_or(Mode::names_project) || looks;
        let project = reading.project(names_project);
        let store = reading.store();
        let token = store.as_ref().and_then(|store| reading.token(store));
        let prefix = reading.value(Input::Prefix, |file| file.prefix.as_deref(), super::values::prefix);
        let agent_dir = reading.agent_dir();
        let selection = reading.selection();
        let tiers = reading.tiers();
        let time_zone = reading.time_zone();
        let safety = reading.safety();
        let timeout = reading.timeout();
        let tier = tiers.as_ref().and_then(|tiers| reading.tier(tiers));
        let snapshot = reading.value(Input::Snapshot, |_| None, super::values::selector);
        let query = match mode {
            Some(Mode::Search) => reading.required(Input::Query, |_| None, super::values::query),
            _ => None,
        };
        let pin = reading.pin(mode);
        let simulated = reading.simulated();
        let json = reading.value(Input::Json, |_| None, super::values::switch).unwrap_or(false);
        let accept_anomaly = reading.value(Input::AcceptAnomaly, |_| None, super::values::snapshot_id);
        let allow_public =
            reading.value(Input::AllowPublic, |_| None, super::values::switch).unwrap_or(false);
        let place = reading.place();
        let path = |text: &str| Ok(place.path(text));
        let output = reading.value(Input::Output, |_| None, path);
        let policy = reading.value(Input::Policy, |_| None, path);
        let archives =
            reading.value(Input::Archives, |file| file.archive.as_ref()?.directory.as_deref(), path);
        let archive_format =
            reading.file.archive.as_ref().and_then(|archive| archive.compression).unwrap_or_default();
        // Beside a store that nobody else has, there is room for its archives.
        let archives = archives.or_else(|| match &store {
            Some(StoreLocation::Path(store)) => {
                let name = store.file_name().unwrap_or_default().to_string_lossy();
                let name = name.strip_suffix(".git").unwrap_or(&name);
                Some(store.with_file_name(format!("{name}-archives")))
            }
            _ => None,
        });
        reading.unused(mode);
        let ca_file = reading.value(Input::CaCertificate, |_| None, |path| Ok(place.path(path)));
        let secrets = reading.secrets();
        let carrying = reading.carrying();
        reading.remarks();

        let file = &reading.file;
        let api = file.api.clone().unwrap_or_default();
        let on_partial = file.backup.as_ref().and_then(|backup| backup.on_partial).unwrap_or_default();
        let (project_label, config_file) = (file.project_name.clone(), reading.file_name());
        let mode = mode?;
        // What is missing has been noted; where nothing is asked, nothing is missing.
        let cognigy = match cognigy {
            Some(cognigy) => Some(cognigy?),
            None => None,
        };
        let (max_carry_age, time_budget) = carrying?;
        let is_shared = cognigy.as_ref().is_some_and(|cognigy| cognigy.base_url.is_shared());
        let shared = is_shared.then_some(super::values::SHARED_WINDOW);
        Some(Self {
            mode,
            dry_run: dry_run || mode == Mode::DryRun,
            project: if names_project { Some(project?) } else { project },
            project_label: project_label.filter(|name| !name.trim().is_empty()),
            window: api.requests_per5_minutes.or(shared),
            cognigy,
            store: store?,
            token,
            prefix: prefix.unwrap_or_default(),
            agent_dir: agent_dir?,
            selection: selection?,
            secrets,
            tiers: tiers?,
            time_zone: time_zone?,
            on_partial,
            max_carry_age,
            time_budget,
            timeout,
            allow_public,
            safety: safety?,
            archives,
            archive_format,
            tier,
            snapshot: snapshot.unwrap_or(Selector::Latest(0)),
            against,
            query,
            output,
            pin,
            policy,
            simulated,
            json,
            accept_anomaly,
            request_timeout: Duration::from_secs(u64::from(
                api.request_timeout_seconds.unwrap_or(super::values::REQUEST_TIMEOUT),
            )),
            concurrency: api.concurrency.unwrap_or(super::values::CONCURRENCY) as usize,
            ca_file,
            config_file,
        })
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
pub(super) mod tests;
