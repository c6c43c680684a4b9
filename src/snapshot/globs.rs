//! Globs over names, as configurations and queries have them.

/// A glob: case-sensitive, `*` does not match `/`, and `\` takes a glob character literally.
#[derive(Debug, Clone)]
pub struct Glob {
    written: String,
    pattern: glob::Pattern,
}

impl Glob {
    /// Reads a glob.
    ///
    /// # Errors
    /// Why it is none, and where.
    pub fn new(written: &str) -> Result<Self, String> {
        let pattern = glob::Pattern::new(&escapes_as_classes(written))
            .map_err(|error| format!("{} at character {}", error.msg, error.pos))?;
        Ok(Self { written: written.to_owned(), pattern })
    }

    /// Returns whether it matches all of `text`.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let options = glob::MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: false,
        };
        self.pattern.matches_with(text, options)
    }

    /// Returns it as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }
}

/// Writes `\x` as `[x]`: the glob crate escapes by character classes only.
fn escapes_as_classes(glob: &str) -> String {
    let mut out = String::with_capacity(glob.len());
    let mut chars = glob.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some(escaped @ ('*' | '?' | '[' | ']')) => out.extend(['[', escaped, ']']),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            (c, false) => out.push(c),
        }
    }
    out
}
