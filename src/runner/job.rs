//! The job of GitHub Actions in which the program may run, as the runner describes it.

use std::path::PathBuf;

use super::variable;
use crate::config::Variables;

/// The job of GitHub Actions in which the program runs.
#[derive(Debug, Clone)]
pub struct Github {
    /// The server's address.
    pub server_url: String,
    /// The REST API's address.
    pub api_url: String,
    /// The workflow's repository, `owner/name`.
    pub repository: Option<String>,
    /// The commit of that repository at which the run began.
    pub sha: Option<String>,
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
    pub(super) fn new(variables: &Variables) -> Option<Self> {
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
                sha: text(variable::GITHUB_SHA),
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
