//! Foreign text made harmless for the place where it is shown: one line of plain text, Markdown, HTML.
//!
//! A flow may be called anything: `@org/team` (which would notify a team), `#1` (which would link an issue),
//! `<script>`, `a|b` (which would end a table's cell), or hold a right-to-left override that makes a path read as
//! another one. Nothing is dropped here: what cannot be shown as it is becomes visible as `\u{202e}`, so that a
//! person sees what is there and two different names never look the same.
//!
//! Short foreign names stand in code spans wherever possible, since GitHub neither links nor notifies from code;
//! only where a span cannot stand, in a table's cell with a pipe, are they written in entities.

use std::fmt::Write as _;

/// A zero-width space as an entity: between `@` and a name it keeps GitHub from seeing a mention, and a reader from
/// seeing a difference.
const GAP: &str = "&#8203;";

/// Returns `text` on one line with everything invisible made visible: controls, line breaks, bidi overrides,
/// zero-width characters.
#[must_use]
pub fn visible(text: &str) -> String {
    shown(text, |_| false)
}

/// Like [`visible`], but line breaks stay line breaks (`\r` and `\r\n` become `\n`) and tabs stay tabs.
#[must_use]
pub fn visible_lines(text: &str) -> String {
    // The runner ends a line at a lone `\r`, too: as `\n` it is seen by whoever looks at line starts later.
    shown(&text.replace("\r\n", "\n").replace('\r', "\n"), |c| c == '\n' || c == '\t')
}

fn shown(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        if is_invisible(c, before) && !keep(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
        before = c;
    }
    out
}

/// Returns whether `c` shows nothing of itself or changes how its neighbours show.
///
/// Joiners and the emoji selector belong to many scripts and to emoji; they pass after a character that is not
/// ASCII. After an ASCII character they join nothing, and comparing strings by a culture's rules, as .NET does,
/// overlooks them: `:` + joiner + `:` would pass for `::`.
pub(crate) fn is_invisible(c: char, before: char) -> bool {
    if matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0f}') {
        return before.is_ascii() || is_invisible(before, ' ');
    }
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Returns `text` for running Markdown text or a table's cell: it holds no markup, no raw HTML, links nothing and
/// notifies nobody.
#[must_use]
pub fn inline(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len() * 2);
    for (at, c) in text.char_indices() {
        let (before, after) = (&text[..at], &text[at + c.len_utf8()..]);
        match c {
            '&' | '<' | '>' | '"' | '\'' => out.push_str(entity(c)),
            '`' | '|' | '*' | '_' | '~' | '[' | ']' | '\\' | '!' | '$' => {
                write!(out, "&#{};", u32::from(c)).expect("writing to a string does not fail");
            }
            '@' | '#' => {
                out.push(c);
                out.push_str(GAP);
            }
            // GitHub makes links of bare addresses, and of GH-1.
            ':' if after.starts_with("//") => {
                out.push(c);
                out.push_str(GAP);
            }
            '.' if ends_ignoring_case(before, "www") => {
                out.push_str(GAP);
                out.push(c);
            }
            '-' if ends_ignoring_case(before, "gh") => {
                out.push(c);
                out.push_str(GAP);
            }
            _ => out.push(c),
        }
    }
    out
}

fn ends_ignoring_case(text: &str, end: &str) -> bool {
    let tail = text.len().checked_sub(end.len()).and_then(|at| text.get(at..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

fn entity(c: char) -> &'static str {
    match c {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        _ => "&#39;",
    }
}

/// Returns `text` as a Markdown code span, whatever backticks it holds. Not for a table's cell: see [`cell`].
#[must_use]
pub fn code(text: &str) -> String {
    let text = visible(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    // A span strips one space from both ends, and a backtick at an end would join the fence.
    let ends = |c: char| c == '`' || c == ' ';
    let pad = if text.is_empty() || text.starts_with(ends) || text.ends_with(ends) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Returns `text` for a table's cell: as a code span, or in entities where it holds what a cell's span cannot.
#[must_use]
pub fn cell(text: &str) -> String {
    if text.is_empty() || text.contains(['|', '`']) { inline(text) } else { code(text) }
}

/// Returns a sentence for running Markdown text: what stands between a pair of backticks becomes a code span, all
/// else is [`inline`]. Both ways are harmless, so it does not matter who set the backticks.
#[must_use]
pub fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, span, after)) =
        rest.split_once('`').and_then(|(plain, tail)| tail.split_once('`').map(|(s, a)| (plain, s, a)))
    {
        out.push_str(&inline(plain));
        out.push_str(&if span.is_empty() { inline("``") } else { code(span) });
        rest = after;
    }
    out.push_str(&inline(rest));
    out
}

/// Returns a foreign name as it stands in one of our sentences, to be read by [`prose`]: between backticks, or
/// between quotation marks where it holds backticks itself.
#[must_use]
pub fn quoted(name: &str) -> String {
    let name = clip(&visible(name), 200);
    if name.contains('`') { format!("“{name}”") } else { format!("`{name}`") }
}

/// Returns lines as a fenced code block in `language`; each line is made [`visible`] and so stays one line.
#[must_use]
pub fn block<'a>(language: &str, lines: impl Iterator<Item = &'a str>) -> String {
    let body: String = lines.map(|line| visible(line) + "\n").collect();
    let fence = "`".repeat((longest_run(&body) + 1).max(3));
    format!("{fence}{language}\n{body}{fence}\n")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Returns `text` for HTML, inside an element or a quoted attribute.
#[must_use]
pub fn html(text: &str) -> String {
    visible(text).chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' | '<' | '>' | '"' | '\'' => out.push_str(entity(c)),
            _ => out.push(c),
        }
        out
    })
}

/// Returns a word as a shell reads it back.
#[must_use]
pub fn shell(word: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/:._-+~@%".contains(&b);
    // `~` means a home only at the start of a word.
    if word.bytes().all(plain) && !word.starts_with('~') {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Returns at most `max` characters of `text`; where it was longer, the last of them is an ellipsis.
#[must_use]
pub fn clip(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some(_) => text.chars().take(max.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Main Flow", "Main Flow")]
    #[case("::error::x", "::error::x")]
    #[case("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;")]
    #[case("a|b", "a&#124;b")]
    #[case("`x`", "&#96;x&#96;")]
    #[case("@org/team", "@&#8203;org/team")]
    #[case("#1 org/repo#2 GH-3", "#&#8203;1 org/repo#&#8203;2 GH-&#8203;3")]
    #[case("[x](javascript:1)", "&#91;x&#93;(javascript:1)")]
    #[case("http://x.y www.x.y", "http:&#8203;//x.y www&#8203;.x.y")]
    #[case("a\nb\u{202e}c", "a&#92;nb&#92;u{202e}c")]
    #[case(
        "**b** _i_ ~s~ $m$ &amp;",
        "&#42;&#42;b&#42;&#42; &#95;i&#95; &#126;s&#126; &#36;m&#36; &amp;amp;"
    )]
    fn text_in_markdown_is_only_text(#[case] name: &str, #[case] shown: &str) {
        assert_eq!(inline(name), shown);
    }

    #[rstest]
    #[case("x", "`x`")]
    #[case("", "`  `")]
    #[case("`x`", "`` `x` ``")]
    #[case("a``b", "```a``b```")]
    #[case(" x ", "`  x  `")]
    #[case("a\r\nb", "`a\\r\\nb`")]
    fn a_code_span_holds_any_backticks(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(code(text), shown);
    }

    #[test]
    fn a_sentence_keeps_its_spans_and_loses_its_markup() {
        assert_eq!(prose("run `mode: import`, not *this*"), "run `mode: import`, not &#42;this&#42;");
        assert_eq!(prose("one ` and <b>"), "one &#96; and &lt;b&gt;");
        assert_eq!(prose(&quoted("`x`")), "“`x`”");
        assert_eq!(prose(&quoted("a`@b")), "“a&#96;@&#8203;b”");
        assert_eq!(prose(&quoted("@a")), "`@a`");
    }

    #[test]
    fn emoji_and_scripts_that_need_joiners_stay_whole() {
        for name in ["👩\u{200d}💻", "❤\u{fe0f}", "نمی\u{200c}خواهم", "Größe", "日本語"] {
            assert_eq!(visible(name), name);
        }
        assert_eq!(visible("a\u{200d}b\u{200b}\u{ad}"), "a\\u{200d}b\\u{200b}\\u{ad}");
    }

    #[test]
    fn a_clip_counts_characters() {
        assert_eq!(clip(&"ü".repeat(200), 200), "ü".repeat(200));
        assert_eq!(clip("abc", 2), "a…");
    }

    proptest! {
        #[test]
        fn nothing_in_a_name_is_markup(name in ".*|[`|<@#:/\\\\\n ]*") {
            let shown = inline(&name);
            prop_assert!(!shown.contains(['<', '|', '`', '\n', '\r', '[', '*']), "{}", shown);
            prop_assert!(!shown.replace("@&#8203;", "").contains('@'));
            let in_cell = cell(&name);
            prop_assert!(!in_cell.contains(['|', '\n', '\r']));
            let span = code(&name);
            let fence = span.len() - span.trim_start_matches('`').len();
            prop_assert!(longest_run(&span[fence..span.len() - fence]) != fence);
            prop_assert!(!html(&name).contains(['<', '>', '"', '\'']));
            prop_assert!(!visible(&name).chars().any(char::is_control));
        }

        #[test]
        fn a_block_cannot_be_left(lines in prop::collection::vec(".*|[`~ ]*", 0..5)) {
            let text = block("diff", lines.iter().map(String::as_str));
            let fence = text.split('d').next().unwrap();
            prop_assert_eq!(text.lines().filter(|line| line.trim() == fence).count(), 1);
        }
    }
}
