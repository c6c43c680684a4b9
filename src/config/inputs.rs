//! The inputs: what can be asked for besides config.json.
//!
//! One table ([`Input::facts`]) is the source of the action's inputs, the command's flags, the variables and the
//! documentation. [`super::Inputs`] is what came of them.

use super::mode::Mode;

/// An input of the action, which is a flag of the command as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Input {
    /// What to do. At a terminal it is the subcommand.
    Mode,
    /// The configuration file.
    Config,
    /// The token for the store and for GitHub's API.
    GithubToken,
    /// The address of the Cognigy API.
    CognigyBaseUrl,
    /// The Cognigy API key.
    CognigyApiKey,
    /// The project.
    CognigyAgentId,
    /// The repository for the snapshots.
    Store,
    /// The beginning of the branches' names.
    Prefix,
    /// Say what would be done.
    DryRun,
    /// The end of patience.
    TimeoutMinutes,
    /// Store in a public repository.
    AllowPublic,
    /// The one tier to promote into or to clean up.
    Tier,
    /// Which snapshot is meant.
    Snapshot,
    /// What it is compared with.
    Against,
    /// What to look for.
    Query,
    /// Where to write to.
    Output,
    /// What a pin is called.
    Pin,
    /// Why something is done.
    Reason,
    /// When a pin may go.
    Expires,
    /// What is to be done, once more.
    Confirm,
    /// Another policy, to be tried.
    Policy,
    /// How many days to simulate.
    Days,
    /// How often something changes in them.
    ChangesPerDay,
    /// Print JSON.
    Json,
    /// Where archives go that are no releases.
    Archives,
    /// A capture in quarantine that is right.
    AcceptAnomaly,
    /// Certificates to trust besides the system's.
    CaCertificate,
}

/// How an input's text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// As it stands.
    Text,
    /// `true` or `false`; as a flag it may stand alone.
    Switch,
    /// As it stands, but a flag only says where it is: other users of a machine can read its command lines.
    Secret,
}

/// What the table says of an input.
#[derive(Debug, Clone, Copy)]
pub struct InputFacts {
    /// The name, which is the flag's name.
    pub name: &'static str,
    /// How its text is read.
    pub kind: InputKind,
    /// The environment variables that give it, first one first.
    pub variables: &'static [&'static str],
    /// Where config.json gives it.
    pub key: Option<&'static str>,
    /// What holds where nothing is given, in words.
    pub default: Option<&'static str>,
    /// What it is, in one or two sentences.
    pub about: &'static str,
}

impl Input {
    /// All inputs, in the order of the documentation.
    pub const ALL: [Input; 27] = [
        Input::Mode,
        Input::Config,
        Input::GithubToken,
        Input::CognigyBaseUrl,
        Input::CognigyApiKey,
        Input::CognigyAgentId,
        Input::Store,
        Input::Prefix,
        Input::DryRun,
        Input::TimeoutMinutes,
        Input::AllowPublic,
        Input::Tier,
        Input::Snapshot,
        Input::Against,
        Input::Query,
        Input::Output,
        Input::Pin,
        Input::Reason,
        Input::Expires,
        Input::Confirm,
        Input::Policy,
        Input::Days,
        Input::ChangesPerDay,
        Input::Json,
        Input::Archives,
        Input::AcceptAnomaly,
        Input::CaCertificate,
    ];

    /// Returns the input's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// Returns the modes that look at the input; `None` where all do, or where it does no harm.
    #[must_use]
    pub fn modes(self) -> Option<&'static [Mode]> {
        use Mode::{Auto, Backup, Cleanup, Diff, DryRun, Explain, Export, Info, Promote, Search, Unpin};
        Some(match self {
            Input::Tier => &[Promote, Cleanup, Info, Diff, Export, Mode::Pin],
            Input::Snapshot => &[Info, Diff, Export, Mode::Pin],
            Input::Against => &[Diff],
            Input::Query => &[Search],
            Input::Output => &[Export],
            Input::Pin => &[Mode::Pin, Unpin, Backup, Auto],
            Input::Reason | Input::Expires => &[Mode::Pin, Backup, Auto],
            Input::Confirm => &[Unpin],
            Input::Policy | Input::Days | Input::ChangesPerDay => &[Explain],
            Input::AcceptAnomaly => &[Backup, Auto, DryRun],
            _ => return None,
        })
    }

    /// Returns whether the value must never be shown.
    #[must_use]
    pub fn is_secret(self) -> bool {
        self.facts().kind == InputKind::Secret
    }

    /// Returns the variable in which the runner hands over this input. Hyphens stay (`INPUT_DRY-RUN`), which no shell
    /// could read.
    #[must_use]
    pub fn runner_variable(self) -> String {
        format!("INPUT_{}", self.name().to_ascii_uppercase())
    }

    /// Returns what the table says of it.
    #[must_use]
    #[rustfmt::skip]
    pub const fn facts(self) -> &'static InputFacts {
        use InputKind::{Secret, Switch, Text};
        match self {
            Input::Mode => &InputFacts {
                name: "mode", kind: Text, variables: &["COGNIGY_BACKUP_MODE"], key: None, default: None,
                about: "What to do: `backup`, `promote`, `cleanup`, `auto`, `dry-run`, `list`, `info`, `explain`, `search`, `diff`, \
                        `export`, `pin`, `unpin`, `state`, `import` or `matrix`.",
            },
            Input::Config => &InputFacts {
                name: "config", kind: Text, variables: &["COGNIGY_BACKUP_CONFIG"], key: None,
                default: Some("`config.json`, if there is one"),
                about: "The configuration file, relative to the workspace. Where no step put it there, it is read from the \
                        workflow's repository, at the run's commit. A file named here must be there. Or a glob, such as \
                        `projects/*.json`: then each file in the workspace that it matches is a project of this run.",
            },
            Input::GithubToken => &InputFacts {
                name: "github-token", kind: Secret, variables: &["COGNIGY_BACKUP_GITHUB_TOKEN", "GITHUB_TOKEN"],
                key: None, default: Some("the job's token"),
                about: "The token with which snapshots are pushed and GitHub is asked. It needs `contents: write`.",
            },
            Input::CognigyBaseUrl => &InputFacts {
                name: "cognigy-base-url", kind: Text, variables: &["COGNIGY_BASE_URL", "CAI_BASEURL"],
                key: Some("$.cognigy.baseUrl"), default: None,
                about: "The address of the Cognigy API, such as `https://api-trial.cognigy.ai`.",
            },
            Input::CognigyApiKey => &InputFacts {
                name: "cognigy-api-key", kind: Secret, variables: &["COGNIGY_API_KEY", "CAI_APIKEY"],
                key: Some("$.cognigy.apiKeyEnv"), default: None,
                about: "The Cognigy API key of a user who may read the project. Keep it as a secret.",
            },
            Input::CognigyAgentId => &InputFacts {
                name: "cognigy-agent-id", kind: Text, variables: &["COGNIGY_AGENT_ID", "CAI_AGENT"],
                key: Some("$.cognigy.agentId"), default: None,
                about: "The project to back up: the 24 characters after `/project/` in the address bar.",
            },
            Input::Store => &InputFacts {
                name: "store", kind: Text, variables: &["COGNIGY_BACKUP_STORE"], key: None,
                default: Some("the repository of the workflow; at a terminal `./cognigy-backup.git`"),
                about: "The git repository that keeps the snapshots: an https address or a path.",
            },
            Input::Prefix => &InputFacts {
                name: "prefix", kind: Text, variables: &["COGNIGY_BACKUP_PREFIX"], key: Some("$.prefix"),
                default: Some("`snapshot`"),
                about: "The beginning of the branches' names, one for each project.",
            },
            Input::DryRun => &InputFacts {
                name: "dry-run", kind: Switch, variables: &["COGNIGY_BACKUP_DRY_RUN"], key: None,
                default: Some("`false`"),
                about: "Say what would be done and change nothing.",
            },
            Input::TimeoutMinutes => &InputFacts {
                name: "timeout-minutes", kind: Text, variables: &["COGNIGY_BACKUP_TIMEOUT_MINUTES"],
                key: Some("$.timeoutMinutes"), default: Some("60"),
                about: "After how many minutes the run gives up.",
            },
            Input::AllowPublic => &InputFacts {
                name: "allow-public", kind: Switch, variables: &["COGNIGY_BACKUP_ALLOW_PUBLIC"], key: None,
                default: Some("`false`"),
                about: "Store snapshots even in a public repository, where everybody can read the project.",
            },
            Input::Tier => &InputFacts {
                name: "tier", kind: Text, variables: &["COGNIGY_BACKUP_TIER"], key: None, default: Some("all"),
                about: "The one tier that `promote` feeds and `cleanup` prunes, and in which a snapshot is looked for.",
            },
            Input::Snapshot => &InputFacts {
                name: "snapshot", kind: Text, variables: &["COGNIGY_BACKUP_SNAPSHOT"], key: None, default: Some("`latest`"),
                about: "Which snapshot `info`, `diff`, `export` and `pin` mean: `latest`, `latest~N`, an id or its beginning, a commit, a \
                        date, a time, a release's tag, a pin's label.",
            },
            Input::Against => &InputFacts {
                name: "against", kind: Text, variables: &["COGNIGY_BACKUP_AGAINST"], key: None, default: Some("`live`"),
                about: "What `diff` compares the snapshot with: `live`, the project as it is now, or another snapshot, named as in \
                        `snapshot`.",
            },
            Input::Query => &InputFacts {
                name: "query", kind: Text, variables: &["COGNIGY_BACKUP_QUERY"], key: None, default: None,
                about: "What `search` looks for: a text; or a glob over resources, such as `flows/Main`, or nodes, such as \
                        `flows/Main#Greet`.",
            },
            Input::Output => &InputFacts {
                name: "output", kind: Text, variables: &["COGNIGY_BACKUP_OUTPUT"], key: None, default: Some("the snapshot's id"),
                about: "Where `export` writes to: a folder that is not there yet or empty, or a file that ends in `.zip`.",
            },
            Input::Pin => &InputFacts {
                name: "pin", kind: Text, variables: &["COGNIGY_BACKUP_PIN"], key: None, default: None,
                about: "What a pin is called. In `backup` and `auto`: pin the snapshot that is made, or the newest where nothing \
                        changed.",
            },
            Input::Reason => &InputFacts {
                name: "reason", kind: Text, variables: &["COGNIGY_BACKUP_REASON"], key: None, default: None,
                about: "Why a snapshot is pinned.",
            },
            Input::Expires => &InputFacts {
                name: "expires", kind: Text, variables: &["COGNIGY_BACKUP_EXPIRES"], key: None, default: Some("never"),
                about: "When a pin may go: a date, such as `2026-12-31`, or a duration from now, such as `P90D`.",
            },
            Input::Confirm => &InputFacts {
                name: "confirm", kind: Text, variables: &["COGNIGY_BACKUP_CONFIRM"], key: None, default: None,
                about: "The label of the pin that `unpin` takes away, once more.",
            },
            Input::Policy => &InputFacts {
                name: "policy", kind: Text, variables: &["COGNIGY_BACKUP_POLICY"], key: None, default: Some("the configuration's"),
                about: "Another configuration file, of which `explain` tries the `retention`.",
            },
            Input::Days => &InputFacts {
                name: "days", kind: Text, variables: &["COGNIGY_BACKUP_DAYS"], key: None, default: Some("no simulation"),
                about: "Over how many days to come `explain` says what is kept.",
            },
            Input::ChangesPerDay => &InputFacts {
                name: "changes-per-day", kind: Text, variables: &["COGNIGY_BACKUP_CHANGES_PER_DAY"], key: None, default: Some("10"),
                about: "How often a day something changes in those days.",
            },
            Input::Json => &InputFacts {
                name: "json", kind: Switch, variables: &["COGNIGY_BACKUP_JSON"], key: None, default: Some("`false`"),
                about: "Print the whole report as JSON instead of text.",
            },
            Input::Archives => &InputFacts {
                name: "archives", kind: Text, variables: &["COGNIGY_BACKUP_ARCHIVES"], key: Some("$.archive.directory"),
                default: Some("releases of the repository on GitHub; beside a store in a directory `<store>-archives`"),
                about: "A directory for the archives of tiers whose storage is `release`.",
            },
            Input::AcceptAnomaly => &InputFacts {
                name: "accept-anomaly", kind: Text, variables: &["COGNIGY_BACKUP_ACCEPT_ANOMALY"], key: None,
                default: None,
                about: "The id of a capture in quarantine: what was missing there may be missing from now on.",
            },
            Input::CaCertificate => &InputFacts {
                name: "ca-certificate", kind: Text, variables: &["COGNIGY_BACKUP_CA_CERTIFICATE"], key: None,
                default: None,
                about: "A PEM file with certificates to trust besides the system's, relative to the workspace.",
            },
        }
    }
}
