//! The runner's workflow commands: their grammar, how to write one, and how to keep a text from being one.
//!
//! The runner reads both stdout and stderr of a container line by line and obeys two forms
//! (actions/runner, `ActionCommand.cs`): `::name props::data` at the start of a line after white space, and the older
//! `##[name props]data` anywhere in a line. A flow called `::stop-commands::x` or an error page with `##[add-path]/x`
//! in it would be obeyed like our own words.
//!
//! So one backslash goes into whatever could be a command: `:\:error::x`, `##\[error]x`. It is visible, so that the
//! log does not lie about the name, and it is ASCII, because the runner compares strings by the rules of a culture,
//! which overlook zero-width characters: with one of those `::` would still pass for `::`. For the same reason
//! invisible characters are made visible first.

use crate::report::escape::visible_lines;

/// Returns `text` as lines none of which is a command, with nothing invisible in them. Lines are joined by `\n`.
pub(super) fn neutral(text: &str) -> String {
    // `###[` holds `##[`: the bracket, not the first hash, is what the backslash must part.
    let text = visible_lines(text).replace("##[", r"##\[");
    let lines = text.split('\n').map(|line| {
        let blank = line.len() - line.trim_start().len();
        match line[blank..].strip_prefix("::") {
            Some(rest) => format!(r"{}:\:{rest}", &line[..blank]),
            None => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the command `name` with properties and data, without a line's end.
pub(super) fn command(name: &str, properties: &[(&str, &str)], data: &str) -> String {
    let properties: Vec<String> =
        properties.iter().map(|(key, value)| format!("{key}={}", property(value))).collect();
    let blank = if properties.is_empty() { "" } else { " " };
    format!("::{name}{blank}{}::{}", properties.join(","), escape_data(data))
}

fn escape_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
pub(super) mod grammar {
    //! The runner's side, as strict as it may be: any name is a command, and what a culture overlooks is not there.

    /// A line as the runner understands it.
    #[derive(Debug, PartialEq)]
    pub(crate) struct Parsed {
        pub(crate) name: String,
        pub(crate) properties: Vec<(String, String)>,
        pub(crate) data: String,
    }

    /// Parses every command in what a process wrote. .NET ends a line at `\n`, `\r` and `\r\n`.
    pub(crate) fn commands(written: &str) -> Vec<Parsed> {
        written.split(['\n', '\r']).filter_map(|line| second(line).or_else(|| first(line))).collect()
    }

    fn second(line: &str) -> Option<Parsed> {
        let (info, data) = line.trim_start().strip_prefix("::")?.split_once("::")?;
        let (name, properties) = info.split_once(' ').unwrap_or((info, ""));
        let pair = |pair: &str| pair.split_once('=').map(|(key, value)| (key.to_owned(), unescape(value)));
        let properties = properties.trim().split(',').filter_map(pair).collect();
        Some(Parsed { name: name.to_owned(), properties, data: unescape(data) })
    }

    fn first(line: &str) -> Option<Parsed> {
        let (info, data) = line.split_once("##[")?.1.split_once(']')?;
        Some(Parsed { name: info.to_owned(), properties: Vec::new(), data: data.to_owned() })
    }

    fn unescape(text: &str) -> String {
        [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")]
            .iter()
            .fold(text.to_owned(), |text, (code, is)| text.replace(code, is))
    }

    /// Removes what comparing by a culture overlooks.
    pub(crate) fn overlooked(written: &str) -> String {
        let ignorable = |c: char| {
            matches!(c, '\0'..='\u{8}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{ad}'
                | '\u{34f}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
        };
        written.chars().filter(|c| !ignorable(*c)).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::grammar::{Parsed, commands, overlooked};
    use super::*;

    #[rstest]
    #[case("Main", "Main")]
    #[case("a::b", "a::b")]
    #[case("::error::x", r":\:error::x")]
    #[case("  \u{a0}::error::x", "  \u{a0}:\\:error::x")]
    #[case("a\r::error::x\r\nb", "a\n:\\:error::x\nb")]
    #[case(":::error::x", r":\::error::x")]
    #[case("a ##[error]x", r"a ##\[error]x")]
    #[case("###[error]x", r"###\[error]x")]
    #[case(":\u{200b}:error::x", r":\u{200b}:error::x")]
    #[case("#\u{fe0f}#[error]x", r"#\u{fe0f}#[error]x")]
    #[case("\u{1b}[31mred", r"\u{1b}[31mred")]
    fn a_text_is_no_command(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(neutral(text), shown);
    }

    proptest! {
        #[test]
        fn no_text_is_a_command(
            text in prop_oneof![".*", "[:#\\[\\]a \t\r\n\u{85}\u{2028}\u{200b}\u{200d}\u{fe0f}\u{ad}\0é]*"]
        ) {
            let shown = neutral(&text);
            prop_assert_eq!(commands(&shown), []);
            prop_assert_eq!(commands(&overlooked(&shown)), []);
            prop_assert_eq!(neutral(&shown), shown, "a neutral text stays as it is");
        }

        #[test]
        fn a_command_is_read_as_meant(title in "(.|[%:,\r\n=])+", data in "(.|[%:,\r\n])*") {
            let title = title.trim().to_owned();
            prop_assume!(!title.is_empty());
            let written = command("error", &[("title", &title), ("a", "b")], &data);
            let properties = vec![("title".to_owned(), title), ("a".to_owned(), "b".to_owned())];
            prop_assert_eq!(commands(&written), [Parsed { name: "error".into(), properties, data }]);
        }
    }

    #[test]
    fn a_json_report_is_neutral_already() {
        let text = serde_json::json!({ "a": "::error::x\n##x", "b": ["##", "x"] });
        let text = serde_json::to_string_pretty(&text).unwrap();
        assert_eq!(neutral(&text), text);
    }
}
