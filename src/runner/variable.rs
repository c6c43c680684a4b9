//! The names of the environment variables that the program reads, besides the inputs' own (those are in
//! [`crate::config::InputFacts`]).

/// `true` in every job of GitHub Actions.
pub const GITHUB_ACTIONS: &str = "GITHUB_ACTIONS";
/// The server's address: `https://github.com`.
pub const GITHUB_SERVER_URL: &str = "GITHUB_SERVER_URL";
/// The REST API's address: `https://api.github.com`.
pub const GITHUB_API_URL: &str = "GITHUB_API_URL";
/// The workflow's repository: `owner/name`.
pub const GITHUB_REPOSITORY: &str = "GITHUB_REPOSITORY";
/// The commit of that repository at which the run began.
pub const GITHUB_SHA: &str = "GITHUB_SHA";
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
