//! Workflow commands in a step's log, read with the runner's own rules: `::name key=value::data` at the start of a
//! line, the old `##[name]data` anywhere in it, and `::stop-commands::` in between.

use std::collections::BTreeMap;

/// Annotations shown for one step, of each kind; the rest stays in the log only.
const ANNOTATIONS_SHOWN: usize = 10;
/// Characters of an annotation's text.
const ANNOTATION_LENGTH: usize = 4096;

const REGISTERED: [&str; 16] = [
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "notice",
    "remove-matcher",
    "save-state",
    "set-env",
    "set-output",
    "stop-commands",
    "warning",
    "internal-set-repo-path",
];

/// A command that the runner obeyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The name in lower case.
    pub name: String,
    /// The properties, unescaped.
    pub properties: BTreeMap<String, String>,
    /// The data, unescaped.
    pub data: String,
}

/// How loud an annotation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `::error::`
    Error,
    /// `::warning::`
    Warning,
    /// `::notice::`
    Notice,
}

/// An annotation as the run's page shows it: masked and cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// How loud it is.
    pub kind: Kind,
    /// The text.
    pub message: String,
    /// `title`, `file`, `line`, …
    pub properties: BTreeMap<String, String>,
}

/// What the runner made of a log.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) commands: Vec<Command>,
    pub(super) masks: Vec<String>,
    pub(super) annotations: Vec<Annotation>,
    pub(super) dropped: usize,
    pub(super) errors: Vec<String>,
    pub(super) warnings: Vec<String>,
}

impl Reading {
    /// Reads one stream. Each stream is read by itself: in which order the runner sees lines of two streams is not
    /// defined, so commands stopped in one are not stopped in the other.
    pub(super) fn read(&mut self, text: &str) {
        let mut stopped: Option<String> = None;
        for line in text.lines() {
            let Some(command) = parse(line, stopped.as_deref()) else { continue };
            match &stopped {
                Some(token) if command.name.eq_ignore_ascii_case(token) => stopped = None,
                Some(_) => {}
                None if command.name == "stop-commands" => {
                    let token = command.data.as_str();
                    if token.is_empty() || REGISTERED.iter().any(|name| name.eq_ignore_ascii_case(token)) {
                        self.errors.push(format!("Invalid stop-commands token '{token}'"));
                    } else {
                        stopped = Some(token.to_owned());
                    }
                    self.commands.push(command);
                }
                None => self.obey(command),
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command.name.as_str() {
            "add-mask" if command.data.trim().is_empty() => {
                self.warnings
                    .push("Can't add secret mask for empty string in ##[add-mask] command.".to_owned());
            }
            "add-mask" => {
                // Each line of a mask is a mask of its own too, because the log is masked line by line.
                let lines = command.data.split(['\r', '\n']).filter(|line| !line.is_empty());
                let parts = lines.filter(|line| *line != command.data).map(str::to_owned).collect::<Vec<_>>();
                self.masks.push(command.data.clone());
                self.masks.extend(parts);
            }
            "error" => self.annotate(Kind::Error, &command),
            "warning" => self.annotate(Kind::Warning, &command),
            "notice" => self.annotate(Kind::Notice, &command),
            "set-env" | "add-path" => {
                self.errors.push(format!("The `{}` command is disabled.", command.name));
            }
            "set-output" | "save-state" => {
                self.warnings.push(format!("The `{}` command is deprecated.", command.name));
            }
            _ => {}
        }
        self.commands.push(command);
    }

    fn annotate(&mut self, kind: Kind, command: &Command) {
        if self.annotations.iter().filter(|annotation| annotation.kind == kind).count() >= ANNOTATIONS_SHOWN {
            self.dropped += 1;
            return;
        }
        let message = mask(&command.data, &self.masks).chars().take(ANNOTATION_LENGTH).collect();
        self.annotations.push(Annotation { kind, message, properties: command.properties.clone() });
    }
}

/// The text as the log shows it.
pub(super) fn mask(text: &str, masks: &[String]) -> String {
    masks.iter().fold(text.to_owned(), |text, mask| text.replace(mask, "***"))
}

fn parse(line: &str, token: Option<&str>) -> Option<Command> {
    let known = |name: &str| {
        let mut names = REGISTERED.iter().copied().chain(token);
        names.any(|known| known.eq_ignore_ascii_case(name))
    };
    parse_new(line, known).or_else(|| parse_old(line, known))
}

fn parse_new(line: &str, known: impl Fn(&str) -> bool) -> Option<Command> {
    let (head, data) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    let escapes = [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")];
    let properties = |text: &str| properties(text.trim(), ',', &escapes);
    command(head, unescape(data, &[("%0D", "\r"), ("%0A", "\n"), ("%25", "%")]), known, properties)
}

fn parse_old(line: &str, known: impl Fn(&str) -> bool) -> Option<Command> {
    let (_, behind) = line.split_once("##[")?;
    let (head, data) = behind.split_once(']')?;
    let escapes = [("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%")];
    command(head, unescape(data, &escapes), known, |text| properties(text, ';', &escapes))
}

fn command(
    head: &str,
    data: String,
    known: impl Fn(&str) -> bool,
    properties: impl Fn(&str) -> BTreeMap<String, String>,
) -> Option<Command> {
    let (name, rest) = head.split_once(' ').unwrap_or((head, ""));
    known(name).then(|| Command { name: name.to_ascii_lowercase(), properties: properties(rest), data })
}

fn properties(text: &str, separator: char, escapes: &[(&str, &str)]) -> BTreeMap<String, String> {
    text.split(separator)
        .filter_map(|pair| pair.split_once('='))
        .filter(|(key, value)| !key.is_empty() && !value.is_empty())
        .map(|(key, value)| (key.to_owned(), unescape(value, escapes)))
        .collect()
}

/// One escape after the other, the percent sign last, as the runner does.
fn unescape(text: &str, escapes: &[(&str, &str)]) -> String {
    escapes.iter().fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Reading {
        let mut reading = Reading::default();
        reading.read(text);
        reading
    }

    #[test]
    fn commands_are_parsed_with_their_properties_unescaped() {
        let reading = read(
            "  ::error file=a%2Cb.json,line=3,title=T%3A x::50%25 of%0Aall\nnot ::error::here\n::unknown::x\n\
             text ##[warning]old%5D style\n::group::Capture\n::Notice::n\n::error no end\n",
        );
        let properties = [("file", "a,b.json"), ("line", "3"), ("title", "T: x")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        let error =
            Command { name: "error".into(), properties: properties.into(), data: "50% of\nall".into() };
        assert_eq!(reading.commands[0], error);
        let names: Vec<&str> = reading.commands.iter().map(|command| command.name.as_str()).collect();
        assert_eq!(names, ["error", "warning", "group", "notice"]);
        assert_eq!(reading.annotations[1].message, "old] style");
    }

    #[test]
    fn stopped_commands_are_text_until_their_token() {
        let reading = read(
            "::stop-commands::t0ken\n::error::foreign\n::add-mask::foreign\n::other::\n::T0KEN::\n::error::ours\n\
             ::stop-commands::error\n::stop-commands::\n::warning::still read\n",
        );
        let messages: Vec<&str> = reading.annotations.iter().map(|a| a.message.as_str()).collect();
        assert_eq!(messages, ["ours", "still read"]);
        assert!(reading.masks.is_empty());
        assert_eq!(reading.errors.len(), 2);
    }

    #[test]
    fn ten_annotations_of_a_kind_are_shown_masked_and_cut() {
        let mut text = "::add-mask::s3cret%0Asecond\n::add-mask::\n".to_owned();
        for number in 0..12 {
            text += &format!("::warning::{number} second {}\n", "x".repeat(5000));
        }
        text += "::error::e\n";
        let reading = read(&text);
        assert_eq!((reading.annotations.len(), reading.dropped, reading.warnings.len()), (11, 2, 1));
        assert_eq!(reading.masks, ["s3cret\nsecond", "s3cret", "second"]);
        assert!(reading.annotations[0].message.starts_with("0 *** x"));
        assert_eq!(reading.annotations[0].message.chars().count(), 4096);
    }
}
