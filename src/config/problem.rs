//! What is wrong with a configuration, said so that a person can put it right without reading the manual: the place,
//! what was found there, what is allowed, and what was probably meant.

use std::fmt;

use serde_json::Value;

use super::Input;

/// How a value reached the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// As a flag at a terminal.
    Flag,
    /// As an input of the action (`with:` in a workflow).
    Input,
    /// As the environment variable of this name.
    Variable(String),
}

/// Where a problem is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// A value given as input, flag or variable.
    Given(Input, Origin),
    /// An input that was given nowhere.
    Missing(Input),
    /// A file as a whole.
    File(String),
    /// A place in a file's text.
    Text {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// A value in a file.
    Key {
        /// The file.
        file: String,
        /// The JSON path: `$.retention.hourly.count`.
        path: String,
    },
}

impl At {
    /// Returns whether `other` is this value or a value inside it.
    pub(super) fn holds(&self, other: &At) -> bool {
        match (self, other) {
            (At::Key { file: a, path: outer }, At::Key { file: b, path: inner }) => {
                let rest = inner.strip_prefix(outer.as_str());
                a == b && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            }
            _ => self == other,
        }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            At::Given(input, Origin::Input) => write!(f, "input `{}`", input.name()),
            At::Given(Input::Mode, Origin::Flag) => write!(f, "the command"),
            At::Given(input, Origin::Flag) => write!(f, "flag --{}", input.name()),
            At::Given(_, Origin::Variable(name)) => write!(f, "variable {name}"),
            At::Missing(input) => write!(f, "`{}`", input.name()),
            At::File(file) => f.write_str(file),
            At::Text { file, line, column } => write!(f, "{file}, line {line}, column {column}"),
            At::Key { file, path } => write!(f, "{file}, {path}"),
        }
    }
}

/// What is wrong with one value, without its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What was found: a quoted value, or words for what must not be shown.
    pub found: String,
    /// What is allowed there, and the way out where that is not plain.
    pub allowed: String,
    /// What was probably meant.
    pub did_you_mean: Option<String>,
}

impl Fault {
    pub(super) fn new(found: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self { found: found.into(), allowed: allowed.into(), did_you_mean: None }
    }

    pub(super) fn suggesting(mut self, meant: Option<impl Into<String>>) -> Self {
        self.did_you_mean = meant.map(Into::into);
        self
    }

    /// Says where the fault is.
    #[must_use]
    pub fn at(self, at: At) -> Problem {
        Problem { at, fault: self }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "found {}; allowed: {}", self.found, self.allowed)?;
        match &self.did_you_mean {
            Some(meant) => write!(f, "; did you mean `{meant}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Fault {}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it is.
    pub at: At,
    /// What it is.
    pub fault: Fault,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            // Nothing is forbidden here; something has to be done.
            At::Missing(_) => {
                write!(f, "{}: found {}; give it as {}", self.at, self.fault.found, self.fault.allowed)
            }
            at => write!(f, "{at}: {}", self.fault),
        }
    }
}

impl std::error::Error for Problem {}

/// Everything that is wrong with a configuration; never empty. The run captures nothing and ends with exit code 3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(f, "the configuration has a mistake; nothing was captured:")?,
            n => write!(f, "the configuration has {n} mistakes; nothing was captured:")?,
        }
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for Problems {}

/// Something that works and that a person should know of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Where it is.
    pub at: At,
    /// What it is and what to do, as a sentence without its full stop.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.message)
    }
}

/// Returns the word of `words` that `typed` was probably meant to be.
pub(super) fn nearest<'w>(typed: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    // Case and separators are what people get wrong without mistyping: `dry_run`, `AgentDir`.
    let plain = |word: &str| -> String {
        word.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect()
    };
    let typed = plain(typed);
    let distance = |word: &str| strsim::damerau_levenshtein(&typed, &plain(word));
    let close = |distance: usize, word: &str| distance <= (plain(word).len() / 3).max(1);
    words
        .into_iter()
        .map(|word| (distance(word), word))
        .filter(|&(distance, word)| close(distance, word))
        .min()
        .map(|(_, word)| word)
}

/// Says a text as it may be shown: quoted, and not at all when it is long enough to be a key.
pub(super) fn quoted(text: &str) -> String {
    match text.chars().count() {
        // A Cognigy key has 128 characters, a GitHub token 40 and more; a name that long helps nobody either.
        n if n >= 40 && !text.contains([' ', '/']) => format!("a text of {n} characters"),
        n if n > 100 => format!("a text of {n} characters"),
        _ => Value::from(text).to_string(),
    }
}

/// Says a JSON value as it may be shown.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        plain => plain.to_string(),
    }
}

/// Says words as a choice: `a`, `b` or `c`.
pub(super) fn choice<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match words.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("retentoin", Some("retention"))]
    #[case("Agent_Dir", Some("agentDir"))]
    #[case("backups", Some("backup"))]
    #[case("xyz", None)]
    #[case("", None)]
    fn a_near_word_is_suggested_and_a_far_one_is_not(#[case] typed: &str, #[case] meant: Option<&str>) {
        assert_eq!(nearest(typed, ["retention", "agentDir", "backup"]), meant);
    }

    #[test]
    fn what_could_be_a_key_is_not_shown() {
        assert_eq!(quoted("six\n"), r#""six\n""#);
        assert_eq!(quoted(&"f".repeat(128)), "a text of 128 characters");
    }

    #[test]
    fn a_value_holds_what_is_inside_it_and_no_neighbour() {
        let at = |path: &str| At::Key { file: "c".into(), path: path.into() };
        assert!(
            at("$.a").holds(&at("$.a.b")) && at("$.a").holds(&at("$.a")) && at("$.a").holds(&at("$.a[0]"))
        );
        assert!(!at("$.a").holds(&at("$.ab")) && !at("$.a.b").holds(&at("$.a")));
    }
}
