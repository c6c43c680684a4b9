//! What the program finds around it, read once: the environment's variables, the runner's context, the working
//! directory, the terminal. The door passes it in; nothing else in the program asks the operating system.
//!
//! Every variable that is read besides the inputs' own (their names are in [`Input::facts`]) stands in [`variable`].

use std::ffi::OsString;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::config::{
    At, Cli, ConfigText, Fault, Input, Inputs, Place, Problem, Problems, SecretSource, Settings, Variables,
    Warning,
};

/// The names of the variables.
pub mod variable {
    /// `true` in every job of GitHub Actions.
    pub const GITHUB_ACTIONS: &str = "GITHUB_ACTIONS";
    /// The server's address: `https://github.com`.
    pub const GITHUB_SERVER_URL: &str = "GITHUB_SERVER_URL";
    /// The REST API's address: `https://api.github.com`.
    pub const GITHUB_API_URL: &str = "GITHUB_API_URL";
    /// The workflow's repository: `owner/name`.
    pub const GITHUB_REPOSITORY: &str = "GITHUB_REPOSITORY";
    /// What started the run: `schedule`, `workflow_dispatch`, `repository_dispatch`.
    pub const GITHUB_EVENT_NAME: &str = "GITHUB_EVENT_NAME";
    /// A file with what started the run, as JSON.
    pub const GITHUB_EVENT_PATH: &str = "GITHUB_EVENT_PATH";
    /// The workflow run's number.
    pub const GITHUB_RUN_ID: &str = "GITHUB_RUN_ID";
    /// Which attempt at that run this is.
    pub const GITHUB_RUN_ATTEMPT: &str = "GITHUB_RUN_ATTEMPT";
    /// The workflow's name.
    pub const GITHUB_WORKFLOW: &str = "GITHUB_WORKFLOW";
    /// Who started the run.
    pub const GITHUB_ACTOR: &str = "GITHUB_ACTOR";
    /// The folder that a checkout fills; where the files of the workflow's repository are, if anywhere.
    pub const GITHUB_WORKSPACE: &str = "GITHUB_WORKSPACE";
    /// The file that takes the step's outputs.
    pub const GITHUB_OUTPUT: &str = "GITHUB_OUTPUT";
    /// The file that takes the step's summary.
    pub const GITHUB_STEP_SUMMARY: &str = "GITHUB_STEP_SUMMARY";
    /// A folder that is emptied after the job.
    pub const RUNNER_TEMP: &str = "RUNNER_TEMP";
    /// `1` where a person asked for debug logging.
    pub const RUNNER_DEBUG: &str = "RUNNER_DEBUG";
    /// Proxies for `https`, first one first. The small one is the older; tools that read both begin with it.
    pub const HTTPS_PROXY: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    /// Proxies for `http`, first one first.
    pub const HTTP_PROXY: [&str; 4] = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
    /// Hosts that are reached without a proxy.
    pub const NO_PROXY: [&str; 2] = ["no_proxy", "NO_PROXY"];
    /// With any text: no colours.
    pub const NO_COLOR: &str = "NO_COLOR";
    /// What the terminal is; `dumb` knows no colours.
    pub const TERM: &str = "TERM";
}

/// A configuration is a page or two. What is larger is another file.
const CONFIG_LIMIT: u64 = 1 << 20;

/// Which of the standard streams a person reads.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terminal {
    /// The standard output is a terminal.
    pub stdout: bool,
    /// The standard error is one.
    pub stderr: bool,
}

/// Proxies, as written in the environment.
#[derive(Clone, Default)]
pub struct Proxies {
    /// For `https` addresses.
    pub https: Option<String>,
    /// For `http` addresses.
    pub http: Option<String>,
    /// Hosts reached without one.
    pub none: Option<String>,
}

impl std::fmt::Debug for Proxies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A proxy's address may have a password in it.
        let set = |proxy: &Option<String>| if proxy.is_some() { "set" } else { "not set" };
        f.debug_struct("Proxies")
            .field("https", &set(&self.https))
            .field("http", &set(&self.http))
            .finish_non_exhaustive()
    }
}

/// The job of GitHub Actions in which the program runs.
#[derive(Debug, Clone)]
pub struct Github {
    /// The server's address.
    pub server_url: String,
    /// The REST API's address.
    pub api_url: String,
    /// The workflow's repository, `owner/name`.
    pub repository: Option<String>,
    /// What started the run.
    pub event_name: Option<String>,
    /// A file with what started it.
    pub event_path: Option<PathBuf>,
    /// The workflow run's number.
    pub run_id: Option<u64>,
    /// Which attempt at it this is.
    pub run_attempt: Option<u64>,
    /// The workflow's name.
    pub workflow: Option<String>,
    /// Who started the run.
    pub actor: Option<String>,
    /// The folder that a checkout fills.
    pub workspace: Option<PathBuf>,
    /// The file that takes the outputs.
    pub output: Option<PathBuf>,
    /// The file that takes the summary.
    pub summary: Option<PathBuf>,
}

impl Github {
    fn new(variables: &Variables) -> Option<Self> {
        (variables.text(variable::GITHUB_ACTIONS) == Some("true")).then(|| {
            let text = |name| variables.text(name).map(str::to_owned);
            let path = |name| variables.text(name).map(PathBuf::from);
            let number = |name| variables.text(name).and_then(|text| text.parse().ok());
            Self {
                server_url: text(variable::GITHUB_SERVER_URL)
                    .unwrap_or_else(|| "https://github.com".to_owned()),
                api_url: text(variable::GITHUB_API_URL)
                    .unwrap_or_else(|| "https://api.github.com".to_owned()),
                repository: text(variable::GITHUB_REPOSITORY),
                event_name: text(variable::GITHUB_EVENT_NAME),
                event_path: path(variable::GITHUB_EVENT_PATH),
                run_id: number(variable::GITHUB_RUN_ID),
                run_attempt: number(variable::GITHUB_RUN_ATTEMPT),
                workflow: text(variable::GITHUB_WORKFLOW),
                actor: text(variable::GITHUB_ACTOR),
                workspace: path(variable::GITHUB_WORKSPACE),
                output: path(variable::GITHUB_OUTPUT),
                summary: path(variable::GITHUB_STEP_SUMMARY),
            }
        })
    }

    /// Returns whether a schedule started the run, and nobody waits for it.
    #[must_use]
    pub fn is_scheduled(&self) -> bool {
        self.event_name.as_deref() == Some("schedule")
    }

    /// Returns the address of the run's page.
    #[must_use]
    pub fn run_url(&self) -> Option<String> {
        let (repository, run) = (self.repository.as_ref()?, self.run_id?);
        Some(format!("{}/{repository}/actions/runs/{run}", self.server_url.trim_end_matches('/')))
    }
}

/// Everything around the program.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The variables, for the inputs and for those that the configuration names. Prints names only.
    pub variables: Variables,
    /// The job, inside GitHub Actions.
    pub github: Option<Github>,
    /// Proxies.
    pub proxies: Proxies,
    /// The working directory.
    pub cwd: PathBuf,
    /// Where temporary files belong; `None` for the system's own place.
    pub temp: Option<PathBuf>,
    /// Which streams a person reads.
    pub terminal: Terminal,
    /// Whether what goes to the standard error may have colours.
    pub color: bool,
    /// Whether a person asked for debug logging.
    pub debug: bool,
}

impl Environment {
    /// Takes what the door has read. A variable that is no Unicode keeps its place with `U+FFFD` in it, so that its
    /// own grammar refuses it; it is not taken for absent.
    pub fn new(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        cwd: PathBuf,
        terminal: Terminal,
    ) -> Self {
        let text = |raw: OsString| raw.to_string_lossy().into_owned();
        let variables: Variables =
            variables.into_iter().map(|(name, value)| (text(name), text(value))).collect();
        let first = |names: &[&str]| names.iter().find_map(|name| variables.text(name)).map(str::to_owned);
        let plain =
            variables.text(variable::NO_COLOR).is_some() || variables.text(variable::TERM) == Some("dumb");
        Self {
            github: Github::new(&variables),
            proxies: Proxies {
                https: first(&variable::HTTPS_PROXY),
                http: first(&variable::HTTP_PROXY),
                none: first(&variable::NO_PROXY),
            },
            temp: variables.text(variable::RUNNER_TEMP).map(PathBuf::from),
            color: terminal.stderr && !plain,
            debug: variables.text(variable::RUNNER_DEBUG) == Some("1"),
            cwd,
            terminal,
            variables,
        }
    }

    /// Returns where relative paths begin: the workspace in Actions, else the working directory.
    #[must_use]
    pub fn base(&self) -> &Path {
        self.github.as_ref().and_then(|github| github.workspace.as_deref()).unwrap_or(&self.cwd)
    }

    /// Returns what the settings need to know of all this.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            base: self.base().to_owned(),
            server_url: self.github.as_ref().map(|github| github.server_url.clone()),
            repository: self.github.as_ref().and_then(|github| github.repository.clone()),
            variables: self.variables.clone(),
        }
    }

    /// Collects the inputs, with secrets read from where flags say they are.
    pub fn inputs(&self, cli: &Cli, stdin: &mut dyn Read) -> Inputs {
        let mut read = |source: &SecretSource| match source {
            SecretSource::Stdin => {
                let mut text = String::new();
                let read = stdin.take(CONFIG_LIMIT).read_to_string(&mut text);
                read.map(|_| SecretString::from(text))
                    .map_err(|why| format!("a standard input that cannot be read ({why})"))
            }
            SecretSource::File(path) => {
                let text = fs::read_to_string(self.base().join(path));
                text.map(SecretString::from)
                    .map_err(|why| format!("{}, which cannot be read ({why})", path.display()))
            }
        };
        Inputs::gather(cli, &self.variables, self.github.is_some(), &mut read)
    }

    /// Reads config.json. None where none was asked for and none is there.
    ///
    /// # Errors
    /// A file that was asked for is not there, or one that is there cannot be read.
    pub fn config_file(&self, inputs: &Inputs) -> Result<Option<ConfigText>, Problem> {
        let (path, asked_for) = inputs.config_file();
        let shown = path.display().to_string();
        let full = self.base().join(&path);
        let problem = |found: String, allowed: &str| {
            let at = inputs.get(Input::Config).map_or_else(
                || At::File(shown.clone()),
                |given| At::Given(Input::Config, given.origin.clone()),
            );
            Err(Fault { found, allowed: allowed.to_owned(), did_you_mean: None }.at(at))
        };
        let bytes = fs::File::open(&full).and_then(|file| {
            let mut bytes = Vec::new();
            file.take(CONFIG_LIMIT + 1).read_to_end(&mut bytes).map(|_| bytes)
        });
        match bytes {
            Ok(bytes) if bytes.len() as u64 > CONFIG_LIMIT => {
                problem(format!("{shown}, which has more than 1 MiB"), "a configuration file")
            }
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Ok(Some(ConfigText { path: shown, text })),
                Err(_) => problem(format!("{shown}, which is no UTF-8 text"), "a JSON document in UTF-8"),
            },
            Err(why) if why.kind() == ErrorKind::NotFound && !asked_for => Ok(None),
            Err(why) if why.kind() == ErrorKind::NotFound => {
                let hint = if self.github.is_some() {
                    "a file in the workspace, where `actions/checkout` in a step before this one puts it"
                } else {
                    "a file that is there; a relative path begins at the working directory"
                };
                problem(format!("{shown}, which is not at {}", full.display()), hint)
            }
            Err(why) => problem(format!("{shown}, which cannot be read ({why})"), "a file that can be read"),
        }
    }

    /// Reads everything that was asked for, and judges it: the whole way from what was typed to what is meant.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn settings(&self, cli: &Cli, stdin: &mut dyn Read) -> Result<(Settings, Vec<Warning>), Problems> {
        let inputs = self.inputs(cli, stdin);
        let file = self.config_file(&inputs);
        Settings::new(&inputs, file, &self.place())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(cwd: &Path, variables: &[(&str, &str)]) -> Environment {
        let variables = variables.iter().map(|&(name, text)| (name.into(), text.into()));
        Environment::new(variables, cwd.to_owned(), Terminal { stdout: false, stderr: true })
    }

    const KEYS: [(&str, &str); 3] = [
        ("COGNIGY_BASE_URL", "https://api-trial.cognigy.ai"),
        ("COGNIGY_API_KEY", "hunter2"),
        ("COGNIGY_AGENT_ID", "5f3a5f3a5f3a5f3a5f3a5f3a"),
    ];

    fn settings(environment: &Environment, line: &str) -> Result<Settings, String> {
        let cli = Cli::parse(line.split(' ')).unwrap();
        environment
            .settings(&cli, &mut std::io::empty())
            .map(|(settings, _)| settings)
            .map_err(|why| why.to_string())
    }

    #[test]
    fn a_job_is_read_as_the_runner_says_it() {
        let job = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_SERVER_URL", "https://ghe.example.com/"),
            ("GITHUB_REPOSITORY", "octo/demo"),
            ("GITHUB_RUN_ID", "42"),
            ("GITHUB_EVENT_NAME", "schedule"),
            ("GITHUB_WORKSPACE", "/github/workspace"),
            ("RUNNER_DEBUG", "1"),
            ("https_proxy", "http://proxy:3128"),
            ("HTTPS_PROXY", "http://other:3128"),
            ("INPUT_MODE", "backup"),
            ("INPUT_STORE", ""),
        ];
        let environment = environment(Path::new("/"), &[&job[..], &KEYS].concat());
        let github = environment.github.as_ref().unwrap();
        assert_eq!(github.run_url().unwrap(), "https://ghe.example.com/octo/demo/actions/runs/42");
        assert!(github.is_scheduled() && environment.debug && environment.color);
        assert_eq!(
            (environment.base(), github.api_url.as_str()),
            (Path::new("/github/workspace"), "https://api.github.com")
        );
        assert_eq!(environment.proxies.https.as_deref(), Some("http://proxy:3128"));
        let settings = settings(&environment, "cognigy-backup").unwrap();
        assert_eq!(settings.store.to_string(), "https://ghe.example.com/octo/demo.git");
    }

    #[test]
    fn only_a_job_has_a_runner_and_only_a_terminal_has_colours() {
        let plain = environment(
            Path::new("/"),
            &[("NO_COLOR", "1"), ("GITHUB_ACTIONS", "false"), ("INPUT_MODE", "x")],
        );
        assert!(plain.github.is_none() && !plain.color && plain.temp.is_none());
    }

    #[test]
    fn a_file_that_is_asked_for_must_be_there() {
        let dir = tempfile::tempdir().unwrap();
        let at = |more: &[(&str, &str)]| environment(dir.path(), &[&KEYS, more].concat());
        assert_eq!(settings(&at(&[]), "x backup").unwrap().config_file, None);
        let said = settings(&at(&[]), "x backup --config other.json").unwrap_err();
        assert!(
            said.contains("flag --config: found other.json, which is not at") && !said.contains("mistakes"),
            "{said}"
        );

        fs::write(dir.path().join("config.json"), r#"{"prefix": "own"}"#).unwrap();
        let settings_there = settings(&at(&[]), "x backup").unwrap();
        assert_eq!(
            (settings_there.prefix.as_str(), settings_there.config_file.as_deref()),
            ("own", Some("config.json"))
        );
        fs::write(dir.path().join("config.json"), [0xff]).unwrap();
        assert!(
            settings(&at(&[]), "x backup")
                .unwrap_err()
                .contains("config.json: found config.json, which is no UTF-8 text")
        );
        fs::remove_file(dir.path().join("config.json")).unwrap();
        fs::create_dir(dir.path().join("config.json")).unwrap();
        assert!(settings(&at(&[]), "x backup").unwrap_err().contains("cannot be read"));
    }

    #[test]
    fn a_key_is_read_from_its_file_or_from_the_standard_input() {
        use secrecy::ExposeSecret;
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("key"), "of-file\n").unwrap();
        let environment = environment(dir.path(), &KEYS);
        let key = |line: &str| {
            let cli = Cli::parse(line.split(' ')).unwrap();
            let (settings, _) = environment.settings(&cli, &mut "of-stdin\n".as_bytes()).unwrap();
            settings.api_key.expose_secret().to_owned()
        };
        assert_eq!(key("x backup --cognigy-api-key file:key"), "of-file");
        assert_eq!(key("x backup --cognigy-api-key -"), "of-stdin");
        assert!(
            settings(&environment, "x backup --cognigy-api-key -")
                .unwrap_err()
                .contains("found nothing in it")
        );
        assert!(
            settings(&environment, "x backup --cognigy-api-key file:none")
                .unwrap_err()
                .contains("none, which cannot be read")
        );
        assert!(!format!("{environment:?}").contains("hunter2"));
    }
}
