//! A server's words, made fit for a log: no secret, no control character, no end of them.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret, SecretString};

/// The longest line kept.
const LONGEST: usize = 1000;

/// Cleans what a server says.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    secrets: Vec<SecretString>,
}

impl Words {
    /// Takes the token out of everything, also as the header carries it.
    pub(super) fn without(token: Option<&SecretString>) -> Self {
        let Some(token) = token.filter(|token| !token.expose_secret().is_empty()) else {
            return Self::default();
        };
        let header = BASE64_STANDARD.encode(format!("x-access-token:{}", token.expose_secret()));
        Self { secrets: vec![token.clone(), header.into()] }
    }

    /// Cleans one line.
    pub(super) fn clean(&self, line: &str) -> String {
        let mut text = String::with_capacity(line.len());
        let mut chars = line.chars();
        while let Some(c) = chars.next() {
            match c {
                // A terminal's colours and cursor: ESC [ … letter.
                '\u{1b}' => {
                    if chars.clone().next() == Some('[') {
                        chars.by_ref().skip(1).find(char::is_ascii_alphabetic);
                    }
                }
                '\t' => text.push(' '),
                // Also what turns the direction of writing, so that a line reads as it is.
                c if c.is_control()
                    || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
                    {}
                c => text.push(c),
            }
        }
        for secret in &self.secrets {
            text = text.replace(secret.expose_secret(), "***");
        }
        if text.chars().count() > LONGEST {
            text = text.chars().take(LONGEST).chain(['…']).collect();
        }
        text.trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_clean() {
        let words = Words::without(Some(&"ghs_secret".into()));
        assert_eq!(words.clean("\u{1b}[1;31merror:\u{1b}[0m a\tb\u{7}\u{202e} "), "error: a b");
        let header = BASE64_STANDARD.encode("x-access-token:ghs_secret");
        assert_eq!(words.clean(&format!("tokens ghs_secret and {header}")), "tokens *** and ***");
        assert_eq!(words.clean(&"x".repeat(5000)).chars().count(), LONGEST + 1);
        assert!(!format!("{words:?}").contains("ghs_secret"));
    }
}
