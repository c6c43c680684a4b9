//! The last resort against a secret in a text: whatever was planted here is replaced by `***` wherever it occurs.
//!
//! Secrets are kept out of texts by their type (they cannot print). This is for the day when one comes back in
//! another's words: a server that quotes the key in its error, a library that prints a header. So it also knows the
//! forms in which a secret travels: URL-encoded, JSON-escaped, as the Basic credentials of a git push.
//!
//! Scrub values before they are escaped for Markdown or a command: escaping may break a secret up so that it is not
//! found any more, and a reader unescapes it again. [`super::Report::scrub`] does so for a whole report.

use std::fmt;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};
use url::{Url, form_urlencoded};

/// What stands where a secret stood; what GitHub's runner writes, too.
pub const STARS: &str = "***";

/// A form of fewer characters is no secret: replacing each `1` or `}` would shred every text and hide nothing.
const SHORTEST: usize = 4;

/// From this many bytes on, finding a secret in a text is no accident. Keys and tokens are longer.
const UNMISTAKABLE: usize = 16;

/// The secrets of a run, in all their forms. They never print.
#[derive(Clone, Default)]
pub struct Secrets {
    forms: Vec<SecretString>,
}

impl Secrets {
    /// Plants a secret and returns the forms that were new, for whoever has to mask them elsewhere.
    pub fn plant(&mut self, secret: &SecretString) -> Vec<SecretString> {
        let mut new = Vec::new();
        for form in forms(secret.expose_secret()) {
            let known = self.forms.iter().any(|known| known.expose_secret() == form);
            if !known && form.chars().count() >= SHORTEST {
                let form = SecretString::from(form);
                self.forms.push(form.clone());
                new.push(form);
            }
        }
        new
    }

    /// Returns `text` with every planted secret replaced. What overlaps is replaced as one, so that no tail stays.
    #[must_use]
    pub fn scrub(&self, text: &str) -> String {
        let mut hits: Vec<Range<usize>> = Vec::new();
        for form in &self.forms {
            let form = form.expose_secret();
            let step = form.chars().next().map_or(1, char::len_utf8);
            let mut from = 0;
            while let Some(at) = text.get(from..).and_then(|rest| rest.find(form)).map(|at| from + at) {
                hits.push(at..at + form.len());
                from = at + step;
            }
        }
        hits.sort_by_key(|hit| hit.start);
        let (mut out, mut done) = (String::with_capacity(text.len()), 0);
        for hit in hits {
            // A hit that begins inside the one before belongs to the same stars.
            if hit.start >= done {
                out.push_str(&text[done..hit.start]);
                out.push_str(STARS);
            }
            done = done.max(hit.end);
        }
        out.push_str(&text[done..]);
        out
    }
}

impl Secrets {
    /// Returns whether a planted secret, in any of its forms, stands in `text`. Short ones (a proxy's weak password)
    /// do not count: as part of some word they would stand in every project.
    #[must_use]
    pub fn stand_in(&self, text: &str) -> bool {
        let mut forms = self.forms.iter().map(|form| form.expose_secret());
        forms.any(|form| form.len() >= UNMISTAKABLE && text.contains(form))
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({} forms)", self.forms.len())
    }
}

/// Returns how `secret` may look in a text.
fn forms(secret: &str) -> Vec<String> {
    let whole = secret.trim();
    let mut forms = vec![secret.to_owned(), whole.to_owned()];
    // Logs are read line by line, so a key of several lines never occurs there as a whole.
    forms.extend(whole.lines().map(|line| line.trim().to_owned()));
    let form_encoded: String = form_urlencoded::byte_serialize(whole.as_bytes()).collect();
    forms.push(form_encoded.replace('+', "%20"));
    forms.push(form_encoded);
    if let Ok(mut url) = Url::parse("http://host/")
        && url.set_password(Some(whole)).is_ok()
    {
        forms.extend(url.password().map(str::to_owned));
    }
    let json = serde_json::Value::from(whole).to_string();
    forms.push(json[1..json.len() - 1].to_owned());
    forms.push(STANDARD.encode(whole));
    // How git over HTTPS sends a token to GitHub.
    let basic = format!("x-access-token:{whole}");
    forms.push(STANDARD.encode(&basic));
    forms.push(STANDARD_NO_PAD.encode(&basic));
    // An empty secret has no forms: its Basic credentials would be everyone's.
    if whole.is_empty() { Vec::new() } else { forms }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secrets(planted: &[&str]) -> Secrets {
        let mut secrets = Secrets::default();
        for secret in planted {
            secrets.plant(&SecretString::from(*secret));
        }
        secrets
    }

    #[test]
    fn a_secret_is_replaced_in_all_its_forms() {
        let secrets = secrets(&["p@ss \"word\"/1"]);
        let basic = STANDARD.encode("x-access-token:p@ss \"word\"/1");
        for text in [
            "p@ss \"word\"/1".to_owned(),
            "p%40ss%20%22word%22%2F1".to_owned(),
            "p%40ss+%22word%22%2F1".to_owned(),
            r#"p@ss \"word\"/1"#.to_owned(),
            basic.clone(),
            basic.trim_end_matches('=').to_owned(),
        ] {
            assert_eq!(secrets.scrub(&format!("a {text} b")), "a *** b", "{text}");
        }
    }

    #[test]
    fn each_line_of_a_key_is_a_secret() {
        let secrets = secrets(&["{\n  \"key\": \"abcdef\"\n}\n"]);
        assert_eq!(secrets.scrub("at \"key\": \"abcdef\" }"), "at *** }");
    }

    #[test]
    fn overlapping_secrets_leave_no_tail() {
        assert_eq!(secrets(&["abcdef", "defghi"]).scrub("abcdefghi, abcdef"), "***, ***");
        assert_eq!(secrets(&["aaaa"]).scrub("aaaaaa"), "***");
        assert_eq!(secrets(&["üüüü"]).scrub("üüüüü!"), "***!");
    }

    #[test]
    fn what_is_too_short_hides_nothing() {
        assert_eq!(secrets(&["", " ", "abc"]).scrub("abc 1"), "abc 1");
    }

    #[test]
    fn only_what_is_unmistakable_is_found_in_content() {
        let planted = secrets(&["sesame", "cgy-key-0123456789"]);
        assert!(planted.stand_in("x cgy-key-0123456789 y"));
        assert!(!planted.stand_in("open sesame"));
        assert_eq!(planted.scrub("open sesame"), "open ***");
    }

    #[test]
    fn secrets_do_not_print() {
        assert!(!format!("{:?}", secrets(&["topsecret"])).contains("topsecret"));
    }

    proptest! {
        #[test]
        fn no_planted_secret_is_left(secret in "[a-zA-Z0-9/+=%ü]{4,20}", before in ".*", after in ".*") {
            let clean = secrets(&[&secret]).scrub(&format!("{before}{secret}{after}"));
            prop_assert!(!clean.contains(&secret));
        }
    }
}
