//! What the GitHub Actions runner sets around a container step, without the container.
//!
//! [`Runner`] prepares the directories, the event and the environment, starts the binary with nothing else in its
//! environment, and reads what it left as the runner does: outputs, summary, workflow commands, annotations, masks.
//! Paths are those of the host; in a container they would be `/github/workspace`, `/github/home` and so on.

mod action;
mod commands;
mod files;
mod step;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command as Program, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use action::{Action, resolve};
use step::FileCommands;

pub use commands::{Annotation, Command, Kind};
pub use files::parse_file_command;
pub use step::{Running, StepResult};

/// The job's token unless a test sets another; planted, so that a test can look for it everywhere else.
pub const RUNNER_TOKEN: &str = "ghs_0jobTokenOfTheTestkit00000000000000000";
/// The token of the runner's own services, which every container gets; planted as well.
pub const RUNTIME_TOKEN: &str = "runtimeTokenOfTheTestkit";

/// What does not depend on a test.
const FIXED: [(&str, &str); 33] = [
    // Docker gives every container a path and a host name.
    ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
    ("HOSTNAME", "3f2a1b0c9d8e"),
    ("CI", "true"),
    ("GITHUB_ACTIONS", "true"),
    ("GITHUB_ACTION", "__self"),
    ("GITHUB_ACTION_REPOSITORY", ""),
    ("GITHUB_ACTION_REF", ""),
    ("GITHUB_ACTOR", "octocat"),
    ("GITHUB_ACTOR_ID", "1"),
    ("GITHUB_TRIGGERING_ACTOR", "octocat"),
    ("GITHUB_BASE_REF", ""),
    ("GITHUB_HEAD_REF", ""),
    ("GITHUB_JOB", "backup"),
    ("GITHUB_REF", "refs/heads/main"),
    ("GITHUB_REF_NAME", "main"),
    ("GITHUB_REF_PROTECTED", "false"),
    ("GITHUB_REF_TYPE", "branch"),
    ("GITHUB_REPOSITORY_ID", "1296269"),
    ("GITHUB_REPOSITORY_OWNER_ID", "1"),
    ("GITHUB_RETENTION_DAYS", "90"),
    ("GITHUB_RUN_ATTEMPT", "1"),
    ("GITHUB_RUN_ID", "1"),
    ("GITHUB_RUN_NUMBER", "1"),
    ("GITHUB_SHA", crate::github::HEAD),
    ("GITHUB_WORKFLOW", "Backup"),
    ("GITHUB_WORKFLOW_SHA", crate::github::HEAD),
    ("RUNNER_ARCH", "X64"),
    ("RUNNER_ENVIRONMENT", "github-hosted"),
    ("RUNNER_NAME", "GitHub Actions 1"),
    ("RUNNER_OS", "Linux"),
    ("RUNNER_TOOL_CACHE", "/opt/hostedtoolcache"),
    // The runner's own services; nobody listens there.
    ("ACTIONS_RUNTIME_URL", "http://127.0.0.1:9/"),
    ("ACTIONS_RESULTS_URL", "http://127.0.0.1:9/"),
];

/// A job with one step.
pub struct Runner {
    root: Arc<TempDir>,
    action: Action,
    inputs: BTreeMap<String, String>,
    env: BTreeMap<String, String>,
    event: (String, Value),
    server_url: String,
    api_url: String,
    repository: String,
    token: String,
    timeout: Duration,
    steps: AtomicU32,
}

impl Runner {
    /// A runner for an action that declares nothing.
    pub fn new() -> Self {
        let root = tempfile::Builder::new().prefix("runner-").tempdir().expect("a temporary directory");
        let runner = Self {
            root: Arc::new(root),
            action: Action::default(),
            inputs: BTreeMap::new(),
            env: BTreeMap::new(),
            event: ("workflow_dispatch".to_owned(), json!({})),
            server_url: "https://github.com".to_owned(),
            api_url: "https://api.github.com".to_owned(),
            repository: "octocat/demo".to_owned(),
            token: RUNNER_TOKEN.to_owned(),
            timeout: Duration::from_secs(60),
            steps: AtomicU32::new(0),
        };
        let temp = runner.temp();
        let below = ["_github_home", "_github_workflow", "_runner_file_commands"].map(|name| temp.join(name));
        for directory in below.iter().chain([&runner.workspace()]) {
            std::fs::create_dir_all(directory).expect("a directory of the runner");
        }
        runner
    }

    /// A runner for the action that an `action.yml` declares.
    pub fn for_action(action_yml: &str) -> Self {
        Self { action: Action::parse(action_yml), ..Self::new() }
    }

    /// An input of the step (`with:`).
    #[must_use]
    pub fn input(mut self, name: &str, value: &str) -> Self {
        self.inputs.insert(name.to_lowercase(), value.to_owned());
        self
    }

    /// A variable of the step (`env:`); it wins over everything, so that a test can also bend the runner's own.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The event that started the workflow; `workflow_dispatch` without anything unless set.
    #[must_use]
    pub fn event(mut self, name: &str, event: Value) -> Self {
        self.event = (name.to_owned(), event);
        self
    }

    /// `GITHUB_SERVER_URL`.
    #[must_use]
    pub fn server_url(mut self, url: &str) -> Self {
        self.server_url = url.to_owned();
        self
    }

    /// `GITHUB_API_URL`.
    #[must_use]
    pub fn api_url(mut self, url: &str) -> Self {
        self.api_url = url.to_owned();
        self
    }

    /// `GITHUB_REPOSITORY`, as `owner/name`.
    #[must_use]
    pub fn repository(mut self, repository: &str) -> Self {
        self.repository = repository.to_owned();
        self
    }

    /// The job's token: what `${{ github.token }}` is. It is in no variable unless an input asks for it.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        self.token = token.to_owned();
        self
    }

    /// After how long a step is killed; a minute unless set.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The step's working directory, for a test to put files in.
    pub fn workspace(&self) -> PathBuf {
        let name = self.repository.rsplit('/').next().unwrap_or("demo");
        self.root.path().join(name).join(name)
    }

    /// `RUNNER_TEMP`.
    pub fn temp(&self) -> PathBuf {
        self.root.path().join("_temp")
    }

    /// Runs the binary as a step and waits for its end.
    pub fn run(&self, binary: &Path) -> StepResult {
        self.spawn(binary).wait()
    }

    /// Starts the binary as a step. Each step has files of its own; workspace, home and temp are the job's.
    pub fn spawn(&self, binary: &Path) -> Running {
        let files = self.file_commands();
        let event = self.temp().join("_github_workflow").join("event.json");
        std::fs::write(&event, self.event.1.to_string()).expect("the event can be written");
        std::fs::create_dir_all(self.workspace()).expect("a directory of the runner");
        let (env, args, warnings) = self.environment(&files, &event);
        let mut program = Program::new(binary);
        program
            .args(args)
            .current_dir(self.workspace())
            .env_clear()
            .envs(env)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = loop {
            match program.spawn() {
                Ok(child) => break child,
                // A fork in another test's thread holds a script just written open for a moment.
                Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
                Err(error) => panic!("{} does not start: {error}", binary.display()),
            }
        };
        Running::new(child, files, Arc::clone(&self.root), self.workspace(), warnings, self.timeout)
    }

    fn file_commands(&self) -> FileCommands {
        let step = self.steps.fetch_add(1, Ordering::SeqCst);
        let suffix = format!("00000000-0000-4000-8000-{step:012}");
        let file = |prefix: &str| {
            let path = self.temp().join("_runner_file_commands").join(format!("{prefix}{suffix}"));
            std::fs::write(&path, "").expect("a file of the runner");
            path
        };
        FileCommands {
            output: file("set_output_"),
            state: file("save_state_"),
            env: file("set_env_"),
            path: file("add_path_"),
            summary: file("step_summary_"),
        }
    }

    /// The whole environment of the step, its arguments, and what the runner warns about.
    fn environment(
        &self,
        files: &FileCommands,
        event: &Path,
    ) -> (BTreeMap<String, String>, Vec<String>, Vec<String>) {
        let owner = self.repository.split('/').next().unwrap_or_default();
        let shown = |path: &Path| path.to_string_lossy().into_owned();
        let workflow = format!("{}/.github/workflows/backup.yml@refs/heads/main", self.repository);
        let mut env: BTreeMap<String, String> =
            FIXED.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        env.extend(
            [
                ("HOME", shown(&self.temp().join("_github_home"))),
                ("ACTIONS_RUNTIME_TOKEN", RUNTIME_TOKEN.to_owned()),
                ("GITHUB_API_URL", self.api_url.clone()),
                ("GITHUB_ENV", shown(&files.env)),
                ("GITHUB_EVENT_NAME", self.event.0.clone()),
                ("GITHUB_EVENT_PATH", shown(event)),
                ("GITHUB_GRAPHQL_URL", format!("{}/graphql", self.api_url)),
                ("GITHUB_OUTPUT", shown(&files.output)),
                ("GITHUB_PATH", shown(&files.path)),
                ("GITHUB_REPOSITORY", self.repository.clone()),
                ("GITHUB_REPOSITORY_OWNER", owner.to_owned()),
                ("GITHUB_SERVER_URL", self.server_url.clone()),
                ("GITHUB_STATE", shown(&files.state)),
                ("GITHUB_STEP_SUMMARY", shown(&files.summary)),
                ("GITHUB_WORKFLOW_REF", workflow),
                ("GITHUB_WORKSPACE", shown(&self.workspace())),
                ("RUNNER_TEMP", shown(&self.temp())),
                ("RUNNER_WORKSPACE", shown(self.workspace().parent().unwrap_or(self.root.path()))),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        if let Some(profile) = coverage() {
            env.insert("LLVM_PROFILE_FILE".to_owned(), profile);
        }

        let mut contexts = BTreeMap::from([("github.token".to_owned(), self.token.clone())]);
        let github = env.iter().filter_map(|(name, value)| Some((name.strip_prefix("GITHUB_")?, value)));
        contexts
            .extend(github.map(|(name, value)| (format!("github.{}", name.to_lowercase()), value.clone())));
        let mut inputs: BTreeMap<String, String> = (self.action.inputs.iter())
            .map(|(name, default)| (name.to_lowercase(), resolve(default, &contexts)))
            .collect();
        let declared =
            |name: &str| self.action.inputs.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        let unknown = self.inputs.keys().filter(|name| !self.action.inputs.is_empty() && !declared(name));
        // The runner only warns, and sets the variable all the same.
        let warnings = unknown.map(|name| format!("Unexpected input(s) '{name}'")).collect();
        inputs.extend(self.inputs.clone());
        contexts.extend(inputs.iter().map(|(name, value)| (format!("inputs.{name}"), value.clone())));

        let variable = |name: &str| format!("INPUT_{}", name.replace(' ', "_").to_uppercase());
        env.extend(inputs.iter().map(|(name, value)| (variable(name), value.clone())));
        for (name, value) in &self.action.env {
            env.entry(name.clone()).or_insert_with(|| resolve(value, &contexts));
        }
        env.extend(self.env.clone());
        let args = self.action.args.iter().map(|arg| resolve(arg, &contexts)).collect();
        (env, args, warnings)
    }
}

impl Default for Runner {
    fn default() -> Self {
        Self::new()
    }
}

/// Where a run under coverage writes its profile; without it, the profile would land in the workspace.
#[expect(
    clippy::disallowed_methods,
    reason = "the testkit stands outside the program whose environment it clears"
)]
fn coverage() -> Option<String> {
    std::env::var("LLVM_PROFILE_FILE").ok()
}
