//! The command line: a subcommand for each mode, a flag for each input. Built from their tables, so that neither can
//! know a name that the other does not.

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::{Arg, ArgAction, ArgMatches, Command};
use secrecy::SecretString;

use super::inputs::{Input, InputKind};
use super::mode::Mode;

/// What was typed. Not yet judged: [`super::Settings`] does that together with everything else.
#[derive(Debug, Clone, Default)]
pub struct Cli {
    flags: BTreeMap<Input, SecretString>,
}

impl Cli {
    /// Parses a command line, program name first.
    ///
    /// # Errors
    /// What clap refuses, and `--help` and `--version`, which are answers: `error.use_stderr()` tells them apart.
    pub fn parse<A>(arguments: impl IntoIterator<Item = A>) -> Result<Self, clap::Error>
    where
        A: Into<OsString> + Clone,
    {
        let matches = Self::command().try_get_matches_from(arguments)?;
        let mut flags = typed(&matches);
        if let Some((mode, below)) = matches.subcommand() {
            flags.extend(typed(below));
            flags.insert(Input::Mode, mode.into());
        }
        Ok(Self { flags })
    }

    /// Returns the command: its subcommands, flags and help.
    #[must_use]
    pub fn command() -> Command {
        let modes = Mode::ALL.into_iter().map(|mode| Command::new(mode.name()).about(mode.about()));
        let flags = Input::ALL.into_iter().filter(|&input| input != Input::Mode).map(argument);
        Command::new("cognigy-backup")
            .version(env!("CARGO_PKG_VERSION"))
            .about("Backs up Cognigy.AI projects into a git repository as time-decaying snapshots.")
            .after_help(
                "A flag goes before its variable, a variable before config.json. Exit codes: 0 done, unchanged, \
                 skipped or planned; 1 failed or refused; 2 done in part or quarantined; 3 wrong input or \
                 configuration, nothing captured.",
            )
            .subcommands(modes)
            .args(flags)
    }

    /// Returns the text given with an input's flag; for the mode, the subcommand.
    #[must_use]
    pub fn flag(&self, input: Input) -> Option<&SecretString> {
        self.flags.get(&input)
    }
}

fn argument(input: Input) -> Arg {
    let facts = input.facts();
    let default = facts.default.map(|text| format!(" Default: {text}.")).unwrap_or_default();
    let help = format!("{}{default} [variable: {}]", facts.about, facts.variables.join(" or "));
    let arg = Arg::new(facts.name).long(facts.name).help(help).global(true).action(ArgAction::Set);
    match facts.kind {
        InputKind::Text => arg.value_name("TEXT"),
        InputKind::Switch => {
            arg.value_name("true|false").num_args(0..=1).require_equals(true).default_missing_value("true")
        }
        InputKind::Secret => arg.value_name("env:NAME|file:PATH|-").allow_hyphen_values(true),
    }
}

fn typed(matches: &ArgMatches) -> BTreeMap<Input, SecretString> {
    let flags = Input::ALL.into_iter().filter(|&input| input != Input::Mode);
    flags
        .filter_map(|input| {
            let text = matches.get_one::<String>(input.name())?.trim();
            // Empty is not set, here as everywhere: `--prefix "$PREFIX"` in a script without PREFIX.
            (!text.is_empty()).then(|| (input, text.into()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn parsed(line: &str) -> Result<Vec<(Input, String)>, clap::Error> {
        let cli = Cli::parse(line.split(' '))?;
        Ok(cli.flags.iter().map(|(input, text)| (*input, text.expose_secret().to_owned())).collect())
    }

    #[test]
    fn modes_are_subcommands_and_inputs_are_flags() {
        Cli::command().debug_assert();
        let line = "cognigy-backup --store x backup --dry-run --allow-public=false --cognigy-api-key -";
        let expected = [
            (Input::Mode, "backup"),
            (Input::CognigyApiKey, "-"),
            (Input::Store, "x"),
            (Input::DryRun, "true"),
            (Input::AllowPublic, "false"),
        ];
        let typed = parsed(line).unwrap();
        assert_eq!(typed.iter().map(|(input, text)| (*input, text.as_str())).collect::<Vec<_>>(), expected);
        assert!(parsed("cognigy-backup").unwrap().is_empty());
    }

    #[test]
    fn an_unknown_mode_is_refused_with_the_near_one() {
        let text = parsed("cognigy-backup bakcup").unwrap_err().to_string();
        assert!(text.contains("backup") && text.contains("similar"), "{text}");
    }

    #[test]
    fn what_was_typed_does_not_print() {
        let cli = Cli::parse(["cognigy-backup", "--cognigy-api-key", "hunter2", "backup"]).unwrap();
        assert!(!format!("{cli:?}").contains("hunter2"));
    }
}
