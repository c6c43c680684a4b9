//! What the program is asked to do.

use std::fmt;
use std::str::FromStr;

use super::problem::{Fault, choice, nearest, quoted};

/// What a run does. The name is the `mode` input and the subcommand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Read the project and, where it changed, store a snapshot.
    Backup,
    /// Take into each tier what is due for it.
    Promote,
    /// Forget what no tier keeps.
    Cleanup,
    /// All of these, as far as they are due.
    Auto,
    /// Say what that would do.
    DryRun,
    /// Say which snapshots there are.
    List,
    /// Say all about one of them.
    Info,
    /// Say why each is kept, and what would be.
    Explain,
    /// Find text and resources in them.
    Search,
    /// Say what two of them differ in, or one and the project as it is.
    Diff,
    /// Write one into a folder or a zip file.
    Export,
    /// Keep one until a person says otherwise.
    Pin,
    /// Keep it no longer.
    Unpin,
    /// Say what earlier runs remember of the project and learned about its server.
    State,
    /// Take over the snapshots of the template repository.
    Import,
    /// Say which projects the configuration files name, for the jobs of a workflow.
    Matrix,
}

impl Mode {
    /// All modes of this version.
    pub const ALL: [Mode; 16] = [
        Mode::Backup,
        Mode::Promote,
        Mode::Cleanup,
        Mode::Auto,
        Mode::DryRun,
        Mode::List,
        Mode::Info,
        Mode::Explain,
        Mode::Search,
        Mode::Diff,
        Mode::Export,
        Mode::Pin,
        Mode::Unpin,
        Mode::State,
        Mode::Import,
        Mode::Matrix,
    ];

    /// Returns whether the mode reads the project, or, of [`Mode::Matrix`], its jobs will: then a Cognigy server must be
    /// named. [`Mode::Diff`] does where it is not given two snapshots.
    #[must_use]
    pub const fn captures(self) -> bool {
        matches!(self, Mode::Backup | Mode::Auto | Mode::DryRun | Mode::Matrix)
    }

    /// Returns whether the mode must be told which project it is about: what it stores says so.
    #[must_use]
    pub const fn names_project(self) -> bool {
        self.captures() || matches!(self, Mode::Import)
    }

    /// Returns the mode's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Mode::Backup => "backup",
            Mode::Promote => "promote",
            Mode::Cleanup => "cleanup",
            Mode::Auto => "auto",
            Mode::DryRun => "dry-run",
            Mode::List => "list",
            Mode::Info => "info",
            Mode::Explain => "explain",
            Mode::Search => "search",
            Mode::Diff => "diff",
            Mode::Export => "export",
            Mode::Pin => "pin",
            Mode::Unpin => "unpin",
            Mode::State => "state",
            Mode::Import => "import",
            Mode::Matrix => "matrix",
        }
    }

    /// Returns one sentence on what it does.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Mode::Backup => "Read the project and, where it changed, store a snapshot.",
            Mode::Promote => "Take into the daily, weekly and monthly tier what is due for them.",
            Mode::Cleanup => "Forget the snapshots that no tier keeps.",
            Mode::Auto => "Back up, promote what is due, clean up: all that a job needs.",
            Mode::DryRun => "Read the project, say what `auto` would do, and change nothing.",
            Mode::List => "List every snapshot: where it is, its size, why it is kept, when it may go.",
            Mode::Info => "Say all about one snapshot.",
            Mode::Explain => {
                "Say of each snapshot why it is kept or goes, and what a policy would keep over the days to come."
            }
            Mode::Search => {
                "Say in which snapshots a text, a resource or a node is, and since when it is not."
            }
            Mode::Diff => "Say what changed between two snapshots, or since one in the project as it is now.",
            Mode::Export => "Write a snapshot's files into a folder or a zip file.",
            Mode::Pin => "Keep a snapshot until a person says otherwise, outside every tier.",
            Mode::Unpin => "Take a pin away.",
            Mode::State => {
                "Say what earlier runs remember of the project and what they learned about its server."
            }
            Mode::Import => {
                "Take over the snapshots of the template repository: its branches become tiers. Asks no Cognigy server."
            }
            Mode::Matrix => {
                "Print the JSON for `strategy.matrix`: a job for each configuration file. Needs no API key."
            }
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Mode {
    type Err = Fault;

    fn from_str(name: &str) -> Result<Self, Fault> {
        let names = || Mode::ALL.into_iter().map(Mode::name);
        Mode::ALL
            .into_iter()
            .find(|mode| mode.name() == name)
            .ok_or_else(|| Fault::new(quoted(name), choice(names())).suggesting(nearest(name, names())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_parsed_back_and_others_list_them() {
        for mode in Mode::ALL {
            assert_eq!(mode.to_string().parse(), Ok(mode));
        }
        insta::assert_snapshot!("Dry_Run".parse::<Mode>().unwrap_err(), @r#"found "Dry_Run"; allowed: `backup`, `promote`, `cleanup`, `auto`, `dry-run`, `list`, `info`, `explain`, `search`, `diff`, `export`, `pin`, `unpin`, `state`, `import` or `matrix`; did you mean `dry-run`?"#);
    }
}
