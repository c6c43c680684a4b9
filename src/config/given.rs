//! What was given: every input from the first place that has it, and what was wrong on the way.
//!
//! A value given twice is taken by precedence: flag, then the action's input, then variables in the table's order;
//! config.json and the default come after, in [`super::Settings`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::cli::Cli;
use super::inputs::Input;
use super::mode::Mode;
use super::problem::{At, Fault, Origin, Problem, choice};
use super::settings::Place;
use super::store_location::StoreLocation;
use super::values;

/// What makes a path a glob.
pub(super) const GLOB: [char; 3] = ['*', '?', '['];

/// The environment's variables, as texts. Shows names only.
#[derive(Clone, Default)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Returns a variable's text without white space around it; an empty one counts as not set.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|text| text.trim()).filter(|text| !text.is_empty())
    }

    /// Returns whether a variable is there and has no text.
    #[must_use]
    pub fn is_empty(&self, name: &str) -> bool {
        self.0.contains_key(name) && self.text(name).is_none()
    }
}

impl<N: Into<String>, T: Into<String>> FromIterator<(N, T)> for Variables {
    fn from_iter<I: IntoIterator<Item = (N, T)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, text)| (name.into(), text.into())).collect())
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A value that was given. A secret type for all of them: people paste keys into the wrong field.
#[derive(Debug, Clone)]
pub struct Given {
    /// The text, without white space around it; never empty.
    pub text: SecretString,
    /// How it came.
    pub origin: Origin,
}

/// Where a flag says that a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// In this file: `file:PATH`.
    File(PathBuf),
    /// On the standard input: `-`.
    Stdin,
}

/// Every input that was given, by precedence, and what was wrong on the way.
#[derive(Debug, Default)]
pub struct Inputs {
    given: BTreeMap<Input, Given>,
    empty: BTreeSet<Input>,
    pub(super) problems: Vec<Problem>,
}

impl Inputs {
    /// Collects the inputs: flags, then the action's inputs (inside Actions only: at a terminal a stray `INPUT_…` is
    /// nobody's wish), then variables. `read` gets a secret from where a flag says it is.
    pub fn gather(
        cli: &Cli,
        variables: &Variables,
        in_actions: bool,
        read: &mut dyn FnMut(&SecretSource) -> Result<SecretString, String>,
    ) -> Self {
        let mut inputs = Inputs::default();
        let mut stdin_is_taken_by = None;
        for input in Input::ALL {
            let runner = input.runner_variable();
            if in_actions && variables.is_empty(&runner) {
                inputs.empty.insert(input);
            }
            let given = if let Some(text) = cli.flag(input) {
                let mut read_once = |source: &SecretSource| {
                    if *source == SecretSource::Stdin
                        && let Some(other) = stdin_is_taken_by.replace(input.name())
                    {
                        return Err(format!("the standard input, which --{other} reads already"));
                    }
                    read(source)
                };
                match flag(input, text, variables, &mut read_once) {
                    Ok(text) => Some(Given { text, origin: Origin::Flag }),
                    Err(fault) => {
                        inputs.problems.push(fault.at(At::Given(input, Origin::Flag)));
                        // Something was given, so "nothing was given" would be a second, wrong complaint.
                        inputs.empty.remove(&input);
                        None
                    }
                }
            } else {
                let by_runner =
                    variables.text(&runner).filter(|_| in_actions).map(|text| (text, Origin::Input));
                let by_variable = || {
                    let mut names = input.facts().variables.iter();
                    names.find_map(|&name| Some((variables.text(name)?, Origin::Variable(name.to_owned()))))
                };
                by_runner.or_else(by_variable).map(|(text, origin)| Given { text: text.into(), origin })
            };
            inputs.given.extend(given.map(|given| (input, given)));
        }
        inputs
    }

    /// Returns what was given for `input`.
    #[must_use]
    pub fn get(&self, input: Input) -> Option<&Given> {
        self.given.get(&input)
    }

    /// Returns every secret that was given, for whoever has to keep it out of the log.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        self.given.iter().filter(|(input, _)| input.is_secret()).map(|(_, given)| &given.text)
    }

    /// Returns the text given for an input that is no secret.
    pub(super) fn text(&self, input: Input) -> Option<(&str, At)> {
        let given = self.get(input)?;
        Some((given.text.expose_secret(), At::Given(input, given.origin.clone())))
    }

    /// Returns the glob that `config` is, where it is one: then there may be several files.
    #[must_use]
    pub fn config_glob(&self) -> Option<&str> {
        self.text(Input::Config).map(|(path, _)| path).filter(|path| path.contains(GLOB))
    }

    /// Returns the configuration file to read, and whether it was asked for: then it must be there.
    #[must_use]
    pub fn config_file(&self) -> (PathBuf, bool) {
        match self.text(Input::Config) {
            Some((path, _)) => (path.into(), true),
            None => ("config.json".into(), false),
        }
    }

    /// Says what is wrong with the configuration file as a whole, at the place that names it.
    #[must_use]
    pub fn config_file_problem(&self, found: String, allowed: &str) -> Problem {
        let (path, _) = self.config_file();
        let at = self.text(Input::Config).map_or_else(|| At::File(path.display().to_string()), |(_, at)| at);
        Fault::new(found, allowed).at(at)
    }

    /// Returns the path given for an input; a relative one begins at `base`.
    #[must_use]
    pub fn path(&self, input: Input, base: &Path) -> Option<PathBuf> {
        self.text(input).map(|(path, _)| base.join(path))
    }

    /// Returns the token if the GitHub server at `place` may see it: not one that was given for a store elsewhere.
    #[must_use]
    pub fn token_for_github(&self, place: &Place) -> Option<&SecretString> {
        let given = self.get(Input::GithubToken)?;
        // An installation's token, which every job gets, has no meaning at another server.
        let by_name = given.origin == Origin::Variable("GITHUB_TOKEN".to_owned())
            || given.text.expose_secret().starts_with("ghs_");
        let of_server =
            || match self.text(Input::Store).map(|(store, _)| StoreLocation::parse(store, &place.base)) {
                None | Some(Ok(StoreLocation::Path(_))) => true,
                Some(store) => store.is_ok_and(|store| place.is_server_of(&store)),
            };
        (values::header_safe(&given.text).is_ok() && (by_name || of_server())).then_some(&given.text)
    }

    /// Says that an input was not given, and every way to give it. Nothing, if it was given and could not be read.
    pub(super) fn missing(&self, input: Input) -> Option<Problem> {
        if self.problems.iter().any(|problem| problem.at == At::Given(input, Origin::Flag)) {
            return None;
        }
        let facts = input.facts();
        let found = if self.empty.contains(&input) && input != Input::Mode {
            // GitHub gives an empty text for a secret that is not there.
            "an empty input (does the secret exist, and may this workflow read it?)"
        } else {
            "nothing"
        };
        let action = format!("input `{}` of the action", facts.name);
        let command = match input {
            Input::Mode => {
                format!("the command ({}; see --help)", choice(Mode::ALL.into_iter().map(Mode::name)))
            }
            _ => format!("flag --{}", facts.name),
        };
        let variables = facts.variables.iter().map(|name| format!("variable {name}"));
        let key = facts.key.map(|key| format!("`{}` in config.json", key.trim_start_matches("$.")));
        let ways: Vec<String> = [action, command].into_iter().chain(variables).chain(key).collect();
        let allowed = match ways.as_slice() {
            [first @ .., last] => format!("{} or {last}", first.join(", ")),
            [] => unreachable!("an action's input is a way"),
        };
        Some(Fault::new(found, allowed).at(At::Missing(input)))
    }
}

/// Reads a flag's text. A secret must not stand in it.
fn flag(
    input: Input,
    text: &SecretString,
    variables: &Variables,
    read: &mut dyn FnMut(&SecretSource) -> Result<SecretString, String>,
) -> Result<SecretString, Fault> {
    if !input.is_secret() {
        return Ok(text.clone());
    }
    let allowed = "`env:NAME`, `file:PATH` or `-` (the standard input): every user of a machine can read the command \
                   lines on it";
    let source = match text.expose_secret() {
        "-" => SecretSource::Stdin,
        text => match text.split_once(':') {
            Some(("file", path)) if !path.is_empty() => SecretSource::File(path.into()),
            Some(("env", name)) if !name.is_empty() => {
                return match variables.text(name) {
                    Some(text) => Ok(text.into()),
                    None => Err(Fault::new(
                        "a variable that is not set, or empty",
                        "the name of a variable with the secret",
                    )),
                };
            }
            _ => return Err(Fault::new("a text that is not shown, because it may be the secret", allowed)),
        },
    };
    let secret = read(&source).map_err(|why| Fault::new(why, allowed))?;
    match secret.expose_secret().trim() {
        "" => Err(Fault::new("nothing in it", "the secret and nothing else")),
        text => Ok(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::the_job_s("ghs_x", None, true)]
    #[case::a_person_s("github_pat_x", None, true)]
    #[case::for_this_server("any", Some("https://ghe.example.com/a/b.git"), true)]
    #[case::for_nothing_else("any", Some("backup.git"), true)]
    #[case::for_another_server("any", Some("https://git.example.com/a/b.git"), false)]
    #[case::for_another_port("any", Some("https://ghe.example.com:8443/a/b.git"), false)]
    #[case::the_job_s_at_another_server("ghs_x", Some("https://git.example.com/a/b.git"), true)]
    #[case::for_a_store_that_is_none("any", Some("ssh://ghe.example.com/a/b"), false)]
    #[case::of_two_lines("ghs_x\nghs_y", None, false)]
    fn github_sees_no_token_for_another_server(
        #[case] token: &str,
        #[case] store: Option<&str>,
        #[case] may_see: bool,
    ) {
        let mut pairs = vec![("INPUT_GITHUB-TOKEN", token)];
        pairs.extend(store.map(|store| ("INPUT_STORE", store)));
        let variables: Variables = pairs.into_iter().collect();
        let cli = Cli::parse(["x"]).unwrap();
        let inputs = Inputs::gather(&cli, &variables, true, &mut |_| unreachable!("no flag was given"));
        let place = Place {
            base: "/work".into(),
            server_url: Some("https://ghe.example.com".to_owned()),
            repository: None,
            variables,
        };
        assert_eq!(inputs.token_for_github(&place).is_some(), may_see);
    }
}
