//! A whole world for one test: a Cognigy project, a git server, GitHub's API and a runner, all on 127.0.0.1.

use std::path::Path;
use std::process::Command;

use cognigy_backup::snapshot::{MANIFEST_NAME, Manifest};
use serde_json::json;
use testkit::cognigy::{Cognigy, PLANTED_SECRETS, Project, Setup, Size};
use testkit::github::GitHub;
use testkit::runner::{Runner, Running, StepResult};
use testkit::upstream::{Options, UPSTREAM_TOKEN, Upstream};

/// The program under test.
pub(crate) fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_cognigy-backup"))
}

/// The branch that takes captures.
pub(crate) const HOURLY: &str = "snapshot/hourly";

/// Everything outside the program.
pub(crate) struct World {
    pub(crate) cognigy: Cognigy,
    pub(crate) upstream: Upstream,
    pub(crate) github: GitHub,
    inputs: Vec<(String, String)>,
    event: (String, serde_json::Value),
    config: Option<String>,
}

impl World {
    /// A small seeded project and an empty private repository.
    pub(crate) fn new() -> Self {
        Self::of(Project::seeded(1, Size::small()))
    }

    /// The same with another project.
    pub(crate) fn of(project: Project) -> Self {
        Self::with(Setup { project, ..Setup::default() })
    }

    /// The same with a whole setup of the Cognigy side.
    pub(crate) fn with(setup: Setup) -> Self {
        let upstream = Upstream::start_with(Options::default());
        let github = GitHub::start_with(upstream.repository(), UPSTREAM_TOKEN);
        Self {
            cognigy: Cognigy::start(setup),
            upstream,
            github,
            inputs: Vec::new(),
            event: ("workflow_dispatch".to_owned(), json!({})),
            config: None,
        }
    }

    /// Sets an input for the runs to come.
    pub(crate) fn input(mut self, name: &str, value: &str) -> Self {
        self.inputs.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Puts another project in the place of the present one.
    pub(crate) fn move_in(mut self, project: Project) -> Self {
        self.cognigy = Cognigy::start(Setup { project, ..Setup::default() });
        self
    }

    /// Sets the event that starts the runs to come.
    pub(crate) fn event(mut self, name: &str, payload: serde_json::Value) -> Self {
        self.event = (name.to_owned(), payload);
        self
    }

    /// Puts a config.json into the workspace of the runs to come.
    pub(crate) fn config(mut self, config: &serde_json::Value) -> Self {
        self.config = Some(config.to_string());
        self
    }

    /// Returns a runner as the workflow would have it.
    pub(crate) fn runner(&self) -> Runner {
        let mut runner = Runner::for_action(include_str!("../../action.yml"))
            .server_url(&self.upstream.server_url())
            .api_url(&self.github.url())
            .repository(self.upstream.repository())
            .token(UPSTREAM_TOKEN)
            .event(&self.event.0, self.event.1.clone())
            .input("mode", "backup")
            .input("cognigy-base-url", &self.cognigy.base_url())
            .input("cognigy-api-key", self.cognigy.api_key())
            .input("cognigy-agent-id", &self.cognigy.project_id());
        for (name, value) in &self.inputs {
            runner = runner.input(name, value);
        }
        if let Some(config) = &self.config {
            std::fs::write(runner.workspace().join("config.json"), config).expect("the workspace is ours");
        }
        runner
    }

    /// Runs the action once and checks what must hold after every run: no secret anywhere, nothing the runner
    /// complains of, nothing that GitHub's stand-in does not know.
    pub(crate) fn run(&self) -> StepResult {
        let result = self.runner().run(binary());
        self.check(&result);
        result
    }

    /// Starts the action and leaves it running.
    pub(crate) fn spawn(&self) -> Running {
        self.runner().spawn(binary())
    }

    /// Checks what must hold after every run.
    pub(crate) fn check(&self, result: &StepResult) {
        let secrets: Vec<&str> = PLANTED_SECRETS.iter().copied().chain([UPSTREAM_TOKEN]).collect();
        assert_eq!(result.leaks(&secrets), Vec::<String>::new(), "a secret got out");
        assert_eq!(self.cognigy.leaks(), Vec::<String>::new(), "the key went to a foreign host");
        assert_eq!(self.github.unexpected(), Vec::<String>::new());
        assert_eq!(result.errors, Vec::<String>::new(), "the runner complains");
        assert!(!result.timed_out, "{}", said(result));
        for commit in self.upstream.rev_list(HOURLY) {
            let message = self.upstream.message(&commit);
            assert!(secrets.iter().all(|secret| !message.contains(secret)), "a secret in {message}");
        }
    }

    /// Runs the action once and expects an outcome.
    pub(crate) fn expect(&self, outcome: &str) -> StepResult {
        let result = self.run();
        assert_eq!(output(&result, "outcome"), outcome, "{}", said(&result));
        result
    }

    /// Returns the manifest at a revision.
    pub(crate) fn manifest(&self, revision: &str) -> Manifest {
        let bytes = self.upstream.read_file(revision, MANIFEST_NAME).expect("a snapshot has a manifest");
        Manifest::parse(&bytes).expect("a snapshot's manifest can be read")
    }

    /// Returns the files that differ between two revisions, below the content folder.
    pub(crate) fn changed(&self, from: &str, to: &str) -> Vec<String> {
        let names =
            self.upstream.git(&["diff", "--name-only", "-z", "--no-renames", from, to, "--", "agent"]);
        names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    /// Returns a content file as JSON.
    pub(crate) fn json(&self, revision: &str, path: &str) -> serde_json::Value {
        let bytes = self.upstream.read_file(revision, &format!("agent/{path}"));
        serde_json::from_slice(&bytes.unwrap_or_else(|| panic!("{path} is not in {revision}")))
            .expect("it is JSON")
    }
}

/// Returns one output of a step.
pub(crate) fn output<'a>(result: &'a StepResult, name: &str) -> &'a str {
    result.outputs.get(name).map_or("", String::as_str)
}

/// Returns what a step said, for a failing assertion.
pub(crate) fn said(result: &StepResult) -> String {
    format!(
        "exit {:?}\n--- stdout\n{}\n--- stderr\n{}\n--- summary\n{}",
        result.exit_code, result.stdout, result.stderr, result.summary
    )
}

/// Runs the program at a terminal (without a terminal's width or colours), in `dir`, with these variables only.
pub(crate) fn command(dir: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> std::process::Output {
    Command::new(binary())
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .current_dir(dir)
        .output()
        .expect("the program starts")
}
