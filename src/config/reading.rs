//! The second reading under way: config.json as written beside the inputs, and what turned out to be wrong so far.

use std::time::Duration;

use chrono_tz::Tz;
use secrecy::{ExposeSecret, SecretString};

use super::check::check;
use super::document;
use super::file::{BackupFile, CloneType, ConfigFile, SecretsFile};
use super::given::Inputs;
use super::inputs::Input;
use super::problem::{At, Fault, Origin, Problem, Problems, Warning, choice, nearest, quoted};
use super::settings::{ConfigText, Place};
use super::store_location::StoreLocation;
use super::{retention, values};
use crate::snapshot::{Prefix, ProjectId, SecretsPolicy, Selection, TierName, Tiers, TreePath};

/// Beside whom the file stands that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// It is the run's one file.
    Alone,
    /// It is one of several. What it says of its project goes before what is given for all of them: an address or a
    /// key that was given for the others must not meet this one's.
    OfSeveral,
    /// The same, and only to be listed: the jobs that will run bring addresses and keys of their own.
    Listed,
}

/// One second reading.
pub(super) struct Reading<'a> {
    pub(super) inputs: &'a Inputs,
    place: &'a Place,
    scope: Scope,
    /// config.json as written, without what was wrong in it; empty where there is none.
    pub(super) file: ConfigFile,
    name: Option<String>,
    /// Whether a file is there and says nothing because it could not be read.
    lost: bool,
    pub(super) problems: Vec<Problem>,
    warnings: Vec<Warning>,
}

impl<'a> Reading<'a> {
    /// Begins with config.json: what is wrong in it is taken out and noted.
    pub(super) fn new(
        inputs: &'a Inputs,
        file: Result<Option<ConfigText>, Problem>,
        place: &'a Place,
        scope: Scope,
    ) -> Self {
        let mut reading = Self {
            inputs,
            place,
            scope,
            file: ConfigFile::default(),
            name: None,
            lost: false,
            problems: inputs.problems.clone(),
            warnings: Vec::new(),
        };
        match file.and_then(|file| file.map(|file| as_written(&file)).transpose()) {
            Ok(None) => {}
            Ok(Some((name, file, problems))) => {
                (reading.name, reading.file) = (Some(name), file);
                reading.problems.extend(problems);
            }
            Err(problem) => {
                reading.problems.push(problem);
                reading.lost = true;
            }
        }
        reading
    }

    pub(super) fn place(&self) -> &'a Place {
        self.place
    }

    pub(super) fn file_name(&self) -> Option<String> {
        self.name.clone()
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// There were problems.
    pub(super) fn finish(self) -> Result<Vec<Warning>, Problems> {
        if self.problems.is_empty() { Ok(self.warnings) } else { Err(Problems(self.problems)) }
    }

    /// Returns the prefix that the file gives its branches; nothing where it cannot be read.
    pub(super) fn own_prefix(&self) -> Option<Prefix> {
        let text = self.file.prefix.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let prefix = text.map_or_else(|| Ok(Prefix::default()), values::prefix).ok();
        let wrong = self.problems.iter().any(|problem| problem.at == self.at("$.prefix"));
        prefix.filter(|_| !self.lost && !wrong)
    }

    /// Returns the value of `input`, from what was given or from config.json.
    pub(super) fn value<T>(
        &mut self,
        input: Input,
        in_file: impl for<'f> Fn(&'f ConfigFile) -> Option<&'f str>,
        parse: impl Fn(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        let in_file = || {
            let text = in_file(&self.file).map(str::trim).filter(|text| !text.is_empty())?;
            Some((text, self.at(input.facts().key?)))
        };
        let given = || self.inputs.text(input);
        let (text, at) = match (self.scope, input) {
            (Scope::Alone, _) => given().or_else(in_file),
            (_, Input::CognigyAgentId | Input::Prefix) => in_file(),
            (_, Input::CognigyBaseUrl) => in_file().or_else(given),
            _ => given().or_else(in_file),
        }?;
        let result = parse(text);
        self.noted(at, result)
    }

    /// The same for a value that has no default.
    pub(super) fn required<T>(
        &mut self,
        input: Input,
        in_file: impl for<'f> Fn(&'f ConfigFile) -> Option<&'f str>,
        parse: impl Fn(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        let known = self.problems.len();
        let value = self.value(input, in_file, parse);
        if value.is_none() && self.problems.len() == known {
            self.miss(input);
        }
        value
    }

    /// Notes that `input` is given nowhere, unless the place where it may stand has been complained about.
    fn miss(&mut self, input: Input) {
        let may_be_in_file = input.facts().key.is_some_and(|key| {
            let at = self.at(key);
            self.lost || self.problems.iter().any(|problem| at == problem.at || problem.at.holds(&at))
        });
        match input.facts().key {
            _ if may_be_in_file => {}
            // A job that is only listed will bring its address and key.
            Some(_) if self.scope == Scope::Listed && input != Input::CognigyAgentId => {}
            // Of several files the one must be named that lacks it.
            Some(key) if self.scope != Scope::Alone => {
                let Some(missing) = self.inputs.missing(input) else { return };
                let facts = input.facts();
                let allowed = match input {
                    Input::CognigyAgentId => "a project id; of several files each has its own".to_owned(),
                    _ => format!(
                        "a value here, or one for all files: input `{0}`, flag --{0} or variable {1}",
                        facts.name, facts.variables[0]
                    ),
                };
                self.problems.push(Fault::new(missing.fault.found, allowed).at(self.at(key)));
            }
            _ => self.problems.extend(self.inputs.missing(input)),
        }
    }

    /// Returns the project's id; where it is `needed`, its absence is a problem.
    pub(super) fn project(&mut self, needed: bool) -> Option<ProjectId> {
        let known = self.problems.len();
        let value = self.value(
            Input::CognigyAgentId,
            |file| file.cognigy.as_ref()?.agent_id.as_deref(),
            values::project,
        );
        if needed && value.is_none() && self.problems.len() == known {
            self.miss(Input::CognigyAgentId);
        }
        value
    }

    /// Returns the key: given, or in the variable that config.json names, or in the usual variables.
    pub(super) fn api_key(&mut self) -> Option<SecretString> {
        let given = self.inputs.get(Input::CognigyApiKey);
        let at = self.at("$.cognigy.apiKeyEnv");
        let named = self.file.cognigy.as_ref().and_then(|cognigy| cognigy.api_key_env.clone());
        // A variable that the file names stands for the usual one: who writes it has several projects, and the usual
        // variable may hold another's key.
        let (secret, at) = match (given, named) {
            (Some(given), None) => {
                (given.text.clone(), At::Given(Input::CognigyApiKey, given.origin.clone()))
            }
            (Some(given), Some(_))
                if self.scope == Scope::Alone && !matches!(given.origin, Origin::Variable(_)) =>
            {
                (given.text.clone(), At::Given(Input::CognigyApiKey, given.origin.clone()))
            }
            (_, Some(name)) => {
                let name = self.noted(at.clone(), values::variable_name(name.trim()))?;
                if self.scope == Scope::Listed {
                    return None;
                }
                let Some(text) = self.place.variables.text(&name) else {
                    let found = format!("`{name}`, a variable that is not set, or empty");
                    let allowed = "the name of a variable with the API key; in a workflow, `env:` sets it from a secret";
                    return self.noted(at, Err(Fault::new(found, allowed)));
                };
                (text.into(), At::Given(Input::CognigyApiKey, Origin::Variable(name)))
            }
            (None, None) => {
                self.miss(Input::CognigyApiKey);
                return None;
            }
        };
        self.noted(at, values::header_safe(&secret)).map(|()| secret)
    }

    /// Returns the store: given, or the workflow's repository, or a folder beside the user.
    pub(super) fn store(&mut self) -> Option<StoreLocation> {
        let place = self.place;
        if self.inputs.get(Input::Store).is_some() {
            return self.value(Input::Store, |_| None, |text| StoreLocation::parse(text, &place.base));
        }
        match (&place.server_url, &place.repository) {
            (Some(server), Some(repository)) => {
                let url = format!("{}/{repository}.git", server.trim_end_matches('/'));
                self.noted(At::Missing(Input::Store), StoreLocation::parse(&url, &place.base))
            }
            (Some(_), None) if self.scope == Scope::Listed => None,
            (Some(_), None) => {
                self.problems.extend(self.inputs.missing(Input::Store));
                None
            }
            (None, _) => Some(StoreLocation::Path(place.path("cognigy-backup.git"))),
        }
    }

    /// Returns the token, if it is meant for the store's host.
    pub(super) fn token(&mut self, store: &StoreLocation) -> Option<SecretString> {
        let given = self.inputs.get(Input::GithubToken)?;
        // GITHUB_TOKEN lies about in many environments and belongs to GitHub alone; another git host must not see it.
        let of_server = self.place.is_server_of(store);
        if given.origin == Origin::Variable("GITHUB_TOKEN".to_owned()) && !of_server {
            return None;
        }
        let at = At::Given(Input::GithubToken, given.origin.clone());
        let token = given.text.clone();
        if token.expose_secret().starts_with("ghs_") && !of_server && store.host().is_some() {
            let message =
                format!("a token of GitHub goes to {store}; if that host has its own, give that one");
            self.warnings.push(Warning { at: at.clone(), message });
        }
        self.noted(at, values::header_safe(&token)).map(|()| token)
    }

    pub(super) fn agent_dir(&mut self) -> Option<TreePath> {
        let dir = self.file.agent_dir.clone();
        self.noted(self.at("$.agentDir"), values::agent_dir(dir.as_deref().unwrap_or(values::AGENT_DIR)))
    }

    pub(super) fn selection(&mut self) -> Option<Selection> {
        let backup = self.backup();
        let kinds = values::kinds(backup.clone_type.unwrap_or(CloneType::Agent));
        let globs = backup.exclude_resources.unwrap_or_default();
        let known = self.problems.len();
        for (i, glob) in globs.iter().enumerate() {
            let at = self.at(&format!("$.backup.excludeResources[{i}]"));
            self.noted(at, values::exclude(glob));
        }
        (self.problems.len() == known).then(|| Selection::new(kinds.iter().copied(), &globs).ok()).flatten()
    }

    pub(super) fn tiers(&mut self) -> Option<Tiers> {
        match retention::tiers(self.file.retention.as_ref().unwrap_or(&Default::default())) {
            Ok(tiers) => Some(tiers),
            Err(faults) => {
                for (place, fault) in faults {
                    let at = self.at(&format!("$.retention{place}"));
                    self.noted(at, Err::<(), _>(fault));
                }
                None
            }
        }
    }

    /// Returns the tier that was named, if it is one of the configuration's.
    pub(super) fn tier(&mut self, tiers: &Tiers) -> Option<TierName> {
        let names = || tiers.all().iter().map(|tier| tier.name.as_str());
        let known = |text: &str| {
            tiers.all().iter().map(|tier| &tier.name).find(|name| name.as_str() == text).cloned()
        };
        let fault = |text: &str| Fault::new(quoted(text), choice(names())).suggesting(nearest(text, names()));
        self.value(Input::Tier, |_| None, |text| known(text).ok_or_else(|| fault(text)))
    }

    pub(super) fn safety(&mut self) -> Option<Duration> {
        let written = self.file.safety.as_ref().and_then(|safety| safety.keep_within.clone());
        let result = values::duration(written.as_deref().unwrap_or(values::SAFETY));
        self.noted(self.at("$.safety.keepWithin"), result)
    }

    pub(super) fn time_zone(&mut self) -> Option<Tz> {
        let name = self.file.time_zone.clone();
        self.noted(self.at("$.timeZone"), name.as_deref().map_or(Ok(Tz::UTC), values::time_zone))
    }

    pub(super) fn timeout(&mut self) -> Duration {
        let given = self.value(Input::TimeoutMinutes, |_| None, values::timeout);
        let minutes = given.or(self.file.timeout_minutes).unwrap_or(values::TIMEOUT_MINUTES);
        Duration::from_secs(u64::from(minutes) * 60)
    }

    /// Returns how old what is carried may become, and how long a run may wait for the server's limit.
    pub(super) fn carrying(&mut self) -> Option<(Duration, Duration)> {
        let backup = self.backup();
        let mut read = |key: &str, text: Option<String>, default: &str| {
            let result = values::duration_or_none(text.as_deref().unwrap_or(default));
            self.noted(self.at(&format!("$.backup.{key}")), result)
        };
        let max_carry_age = read("maxCarryAge", backup.max_carry_age, values::MAX_CARRY_AGE);
        let time_budget = read("timeBudget", backup.time_budget, values::TIME_BUDGET);
        max_carry_age.zip(time_budget)
    }

    pub(super) fn secrets(&self) -> SecretsPolicy {
        match self.backup().secrets {
            Some(SecretsFile::Keep) => SecretsPolicy::Keep,
            Some(SecretsFile::Redact) | None => SecretsPolicy::Redact,
        }
    }

    /// Notes what works and should be otherwise.
    pub(super) fn remarks(&mut self) {
        let Some(notifications) = self.file.notifications.clone() else { return };
        if notifications.webhook_url.is_some_and(|url| !url.trim().is_empty()) {
            let message = "a webhook's address is a secret: whoever reads this repository can post there. Take it out, \
                           make a new one, and keep that as a secret of the repository";
            self.warnings
                .push(Warning { at: self.at("$.notifications.webhookUrl"), message: message.to_owned() });
        }
        if notifications.enabled == Some(true) {
            let message = "this version sends no notifications".to_owned();
            self.warnings.push(Warning { at: self.at("$.notifications.enabled"), message });
        }
    }

    fn backup(&self) -> BackupFile {
        self.file.backup.clone().unwrap_or_default()
    }

    fn at(&self, path: &str) -> At {
        At::Key { file: self.name.clone().unwrap_or_default(), path: path.to_owned() }
    }

    /// Returns the value, or notes the fault, unless something inside the same place is wrong already: a tier whose
    /// count is no number has not also no count.
    fn noted<T>(&mut self, at: At, result: Result<T, Fault>) -> Option<T> {
        result
            .map_err(|fault| {
                if !self.problems.iter().any(|problem| at.holds(&problem.at)) {
                    self.problems.push(fault.at(at));
                }
            })
            .ok()
    }
}

/// The first reading: config.json's text against its schema. What is wrong is noted and left out.
fn as_written(file: &ConfigText) -> Result<(String, ConfigFile, Vec<Problem>), Problem> {
    let (mut value, mut problems) = document::parse(&file.text, &file.path)?;
    document::clear(&mut value, "$", &file.path, &mut problems);
    problems.extend(check(&mut value, &file.path));
    let written = serde_json::from_value(value).map_err(|error| {
        let fault = Fault::new(error.to_string(), "what config.schema.json describes");
        fault.at(At::File(file.path.clone()))
    })?;
    Ok((file.path.clone(), written, problems))
}
