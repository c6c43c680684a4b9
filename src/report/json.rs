//! The report as a file: pretty JSON with a final newline, everything in it, nothing cut.
//!
//! It is ASCII where that matters: what cannot be seen (bidi overrides, zero-width characters) and what a runner
//! would take for a command (`##[`) is written as a JSON escape. The values are the same; the text can be printed
//! into a log or opened by a person without doing anything there.

use serde::Serialize;

use super::Report;
use super::escape::is_invisible;

/// The version of the report's own schema.
pub const REPORT_SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Written<'a> {
    schema: u32,
    #[serde(flatten)]
    report: &'a Report,
}

/// Returns the report as JSON text.
#[must_use]
pub fn render(report: &Report) -> String {
    let written = Written { schema: REPORT_SCHEMA, report };
    let text = serde_json::to_string_pretty(&written).expect("a report has string keys only");
    safe(&text) + "\n"
}

/// Writes what hides or commands as escapes. Only strings can hold it: outside them JSON is plain ASCII, and after
/// `[` outside a string comes no `##`.
fn safe(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut before = ' ';
    for c in json.chars() {
        let command = c == '[' && out.ends_with("##");
        if command || (c != '\n' && is_invisible(c, before)) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out += &format!("\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
        before = c;
    }
    out
}
