//! Two versions of a text as a unified diff.

use similar::TextDiff;

/// A text with a line break, or longer than this, is shown as lines that differ and not as two values.
const SHORT: usize = 120;

/// Returns whether a text is shown better by its lines that differ.
pub(super) fn is_long(text: &str) -> bool {
    text.len() > SHORT || text.trim_end().contains('\n')
}

/// Returns the lines of a unified diff, without the names of files: `@@ -1,2 +1,3 @@`, then lines after ` `, `-`, `+`.
#[must_use]
pub fn unified(old: &str, new: &str) -> Vec<String> {
    let diff = TextDiff::from_lines(old, new);
    let text = diff.unified_diff().context_radius(3).missing_newline_hint(false).to_string();
    // A lone `\r` ends a line for nobody but a terminal; it becomes visible where the line is shown.
    text.split('\n')
        .filter(|line| !line.is_empty())
        .map(|line| line.trim_end_matches('\r').to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_differ_stand_among_some_that_do_not() {
        let old: String = (1..=20).map(|n| format!("line {n}\n")).collect();
        let new = old.replace("line 10\n", "line ten\n") + "more";
        insta::assert_snapshot!(unified(&old, &new).join("\n"), @r"
        @@ -7,7 +7,7 @@
         line 7
         line 8
         line 9
        -line 10
        +line ten
         line 11
         line 12
         line 13
        @@ -18,3 +18,4 @@
         line 18
         line 19
         line 20
        +more
        ");
        assert!(unified("same", "same").is_empty());
    }
}
