//! What the program finds around it, read once: the environment's variables, the runner's context, the working
//! directory, the terminal. The door passes it in; nothing else in the program asks the operating system.
//!
//! Every variable that is read besides the inputs' own (their names are in [`crate::config::Input::facts`]) stands in
//! [`variable`].

use std::ffi::OsString;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::config_files::CONFIG_LIMIT;
use super::{Github, variable};
use crate::config::{Cli, Inputs, Place, SecretSource, Variables};

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

impl Proxies {
    /// Returns the passwords in the addresses, as written and as meant.
    #[must_use]
    pub fn passwords(&self) -> Vec<SecretString> {
        let mut passwords = Vec::new();
        for address in [&self.https, &self.http].into_iter().flatten() {
            let address = address.split_once("://").map_or(address.as_str(), |(_, rest)| rest);
            let user = address.rsplit_once('@').map_or("", |(user, _)| user);
            let Some((_, password)) = user.split_once(':') else { continue };
            passwords.push(password.into());
            // In a form's encoding a `+` would be a blank; in an address it is itself.
            let encoded = format!("p={}", password.replace('+', "%2B"));
            passwords.extend(
                url::form_urlencoded::parse(encoded.as_bytes()).map(|(_, meant)| meant.into_owned().into()),
            );
        }
        passwords
    }
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ConfigFiles, Request, Settings};

    fn environment(cwd: &Path, variables: &[(&str, &str)]) -> Environment {
        let variables = variables.iter().map(|&(name, text)| (name.into(), text.into()));
        Environment::new(variables, cwd.to_owned(), Terminal { stdout: false, stderr: true })
    }

    #[test]
    fn a_proxy_s_password_is_known_in_both_its_forms() {
        use secrecy::ExposeSecret;
        let passwords = |address: &str| -> Vec<String> {
            let proxies = Proxies { https: Some(address.to_owned()), ..Proxies::default() };
            proxies.passwords().iter().map(|password| password.expose_secret().to_owned()).collect()
        };
        assert_eq!(passwords("http://me:p%40ss+1@proxy:3128"), ["p%40ss+1", "p@ss+1"]);
        assert_eq!(passwords("me:a:b@proxy"), ["a:b", "a:b"]);
        assert!(passwords("http://proxy:3128").is_empty() && passwords("http://me@proxy:3128").is_empty());
    }

    const KEYS: [(&str, &str); 3] = [
        ("COGNIGY_BASE_URL", "https://api-trial.cognigy.ai"),
        ("COGNIGY_API_KEY", "hunter2"),
        ("COGNIGY_AGENT_ID", "5f3a5f3a5f3a5f3a5f3a5f3a"),
    ];

    /// Goes the whole way from what was typed to what is meant.
    fn all(environment: &Environment, line: &str, mut stdin: &[u8]) -> Result<Vec<Settings>, String> {
        let cli = Cli::parse(line.split(' ')).unwrap();
        let inputs = environment.inputs(&cli, &mut stdin);
        let files = match environment.config_files(&inputs) {
            ConfigFiles::One(Ok(None)) => ConfigFiles::One(environment.no_config_file(&inputs, None)),
            files => files,
        };
        match Request::new(&inputs, files, &environment.place()) {
            Ok(Request::Backup { projects, .. }) => {
                Ok(projects.into_iter().map(|one| one.settings).collect())
            }
            Ok(Request::Matrix(_)) => panic!("no matrix was asked for"),
            Err(why) => Err(why.to_string()),
        }
    }

    fn settings(environment: &Environment, line: &str) -> Result<Settings, String> {
        all(environment, line, b"").map(|all| all.into_iter().next().unwrap())
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
            all(&environment, line, b"of-stdin\n").unwrap()[0]
                .cognigy
                .as_ref()
                .unwrap()
                .api_key
                .expose_secret()
                .to_owned()
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

    #[test]
    fn a_glob_finds_files_sorted_and_passes_folders_over() {
        // A workspace may itself be named like a glob.
        let dir = tempfile::Builder::new().prefix("work[1]*").tempdir().unwrap();
        let keys: Vec<_> = KEYS.into_iter().filter(|(name, _)| *name != "COGNIGY_AGENT_ID").collect();
        let environment = environment(dir.path(), &keys);
        let write = |path: &str, prefix: &str| {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let text = format!(r#"{{"prefix": "{prefix}", "cognigy": {{"agentId": "{}"}}}}"#, KEYS[2].1);
            fs::write(path, text).unwrap();
        };
        for (path, prefix) in
            [("c/b.json", "b"), ("c/a.json", "a"), ("c/.hidden.json", "h"), ("c/old/z.json", "z")]
        {
            write(path, prefix);
        }
        let found = |glob: &str| -> Result<Vec<String>, String> {
            let all = all(&environment, &format!("x backup --config {glob}"), b"")?;
            Ok(all.into_iter().map(|one| one.config_file.unwrap()).collect())
        };
        assert_eq!(found("c/*").unwrap(), ["c/a.json", "c/b.json"]);
        assert_eq!(found("./c/*.json").unwrap(), ["c/a.json", "c/b.json"]);
        assert_eq!(found("**/*.json").unwrap(), ["c/a.json", "c/b.json", "c/old/z.json"]);
        let absolute = format!("{}/c/[b].json", glob::Pattern::escape(&dir.path().to_string_lossy()));
        assert_eq!(found(&absolute).unwrap(), ["c/b.json"]);

        let nothing = found("configs/*.json").unwrap_err();
        let named = format!(
            "flag --config: found `configs/*.json`, which matches no file in {}",
            dir.path().display()
        );
        assert!(nothing.contains(&named), "{nothing}");
        assert!(found("c/[.json").unwrap_err().contains("flag --config: found `c/[.json` ("));

        // What cannot be read is a problem with its own name, and the others are judged all the same.
        fs::write(dir.path().join("c/c.json"), [0xff]).unwrap();
        std::os::unix::fs::symlink("nowhere", dir.path().join("c/d.json")).unwrap();
        fs::write(dir.path().join("c/e.json"), "{").unwrap();
        let said = found("c/*").unwrap_err();
        for problem in [
            "c/c.json: found c/c.json, which is no UTF-8",
            "c/d.json: found c/d.json, which is not at",
            "c/e.json, line 1",
        ] {
            assert!(said.contains(problem), "{said}");
        }
    }
}
