//! Strings in code that look like credentials: found and said, never rewritten.
//!
//! A secret in a field named for it is redacted ([`super::redact()`]). One that somebody pasted into code or a text is
//! content: taking it out would break what a restore brings back. But whoever can read the repository can read it,
//! and a server with push protection refuses it, so a person should hear of it.

use std::sync::LazyLock;

use regex::bytes::RegexSet;

/// What a credential looks like: a name for people, and the form that its issuer gives it.
const LOOKS: [(&str, &str); 9] = [
    ("a GitHub token", r"gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22}"),
    ("an AWS access key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    ("a Slack token", r"xox[abprs]-[0-9A-Za-z-]{10}"),
    ("a Google API key", r"AIza[0-9A-Za-z_-]{35}"),
    ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    ("an OpenAI key", r"\bsk-[A-Za-z0-9_-]{20}"),
    ("a Stripe key", r"\b[sr]k_live_[0-9A-Za-z]{20}"),
    ("a JSON Web Token", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\."),
    // `const apiKey = "…"`, `"password": "…"`, also inside a JSON string; no `{{placeholder}}`, no `${variable}`, and
    // no endpoint's `URLToken`, which is part of a public address.
    (
        "a value for a token, key or password",
        r#"(?i)(?:(?:^|(?-i:[^L]))token|secret|api[_-]?key|password)\\?["'`]?\s{0,4}[:=]\s{0,4}\\?["'`][^\s"'`\\{$<\[][^\s"'`\\]{7}"#,
    ),
];

/// Says what in `text` looks like a credential; `None` where nothing does.
#[must_use]
pub fn looks_like_a_credential(text: &[u8]) -> Option<&'static str> {
    static LOOKED_FOR: LazyLock<RegexSet> = LazyLock::new(|| {
        RegexSet::new(LOOKS.map(|(_, form)| form))
            .expect("the forms are regular expressions, as a test shows")
    });
    LOOKED_FOR.matches(text).iter().next().map(|at| LOOKS[at].0)
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
