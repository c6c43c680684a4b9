//! Strings in code that look like credentials: found and said, never rewritten.
//!
//! A secret in a field named for it is redacted ([`super::redact()`]). One that somebody pasted into code or a text is
//! content: taking it out would break what a restore brings back. But whoever can read the repository can read it,
//! and a server with push protection refuses it, so a person should hear of it.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// What a credential looks like: a name for people, and the form that its issuer gives it. Each form begins with
/// letters that hardly occur otherwise, so that looking for it costs little (a snapshot has many megabytes).
const FORMS: [(&str, &str); 8] = [
    ("a GitHub token", r"gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22}"),
    ("an AWS access key", r"(?:AKIA|ASIA)[0-9A-Z]{16}(?-u:\b)"),
    ("a Slack token", r"xox[abprs]-[0-9A-Za-z-]{10}"),
    ("a Google API key", r"AIza[0-9A-Za-z_-]{35}"),
    ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    ("an OpenAI key", r"sk-[A-Za-z0-9_-]{20}"),
    ("a Stripe key", r"[sr]k_live_[0-9A-Za-z]{20}"),
    ("a JSON Web Token", r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\."),
];

/// `const apiKey = "…"`, `"password": "…"`, also inside a JSON string; no `{{placeholder}}`, no `${variable}`.
const ASSIGNED: &str = concat!(
    r"(?:token|Token|TOKEN|secret|Secret|SECRET|apiKey|ApiKey|apikey|api_key|api-key|Api-Key|API_KEY|password|Password|PASSWORD)",
    r#"\\?["'`]?\s{0,4}[:=]\s{0,4}\\?["'`][^\s"'`\\{$<\[][^\s"'`\\]{7}"#
);

/// Says what in `text` looks like a credential; `None` where nothing does.
#[must_use]
pub fn looks_like_a_credential(text: &[u8]) -> Option<&'static str> {
    static FORMED: LazyLock<[Regex; FORMS.len()]> = LazyLock::new(|| FORMS.map(|(_, form)| expression(form)));
    static GIVEN: LazyLock<Regex> = LazyLock::new(|| expression(ASSIGNED));
    if let Some(at) = FORMED.iter().position(|form| form.is_match(text)) {
        return Some(FORMS[at].0);
    }
    // An endpoint's `URLToken` is part of a public address.
    let is_public = |at: usize| text[..at].ends_with(b"URL");
    GIVEN
        .find_iter(text)
        .any(|found| !is_public(found.start()))
        .then_some("a value for a token, key or password")
}

fn expression(form: &str) -> Regex {
    Regex::new(form).expect("the forms are regular expressions, as a test shows")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        r#"{"code": "const partnerToken = \"planted-in-code\";"}"#,
        Some("a value for a token, key or password")
    )]
    #[case(r#"{"headers": {"x-api-key": "0123456789"}}"#, Some("a value for a token, key or password"))]
    #[case("password: 'hunter2-hunter2'", Some("a value for a token, key or password"))]
    #[case("-----BEGIN RSA PRIVATE KEY-----", Some("a private key"))]
    #[case("AKIAIOSFODNN7EXAMPLE", Some("an AWS access key"))]
    #[case(r#"{"token": "{{context.token}}"}"#, None)]
    #[case(r#"{"token": "${TOKEN_FROM_ENV}"}"#, None)]
    #[case(r#"{"URLToken": "0123456789abcdef"}"#, None)]
    #[case(r#"{"token": ""}"#, None)]
    #[case(r#"{"maxTokens": 1000, "secrets": []}"#, None)]
    #[case("Please tell me your password: I will never ask for it again.", None)]
    fn credentials_are_told_from_text(#[case] text: &str, #[case] found: Option<&str>) {
        assert_eq!(looks_like_a_credential(text.as_bytes()), found);
    }
}
