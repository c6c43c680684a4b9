//! Secrets in named fields: what is left out of a snapshot, and where it stood.

use serde_json::Value;

use super::Kind;

/// What happens to secrets that stand in fields named for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SecretsPolicy {
    /// The field is removed and its place noted in the manifest. The default.
    #[default]
    Redact,
    /// The field stays, in clear.
    Keep,
}

impl SecretsPolicy {
    /// Returns the policy's name in config.json.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SecretsPolicy::Redact => "redact",
            SecretsPolicy::Keep => "keep",
        }
    }
}

/// Stands where a secret was an element of a list, so that the other elements keep their places. Never derived from
/// the secret.
const PLACEHOLDER: &str = "[redacted]";

/// Words that name a secret when a field's name, with case and separators dropped, ends in one of them.
///
/// The fields of endpoint settings (accessToken, appSecret, basicAuthPassword, dashbotApikey) are dossier §2.6; the
/// others are the same words in the spellings that channel settings use.
const SECRET_ENDINGS: [&str; 15] = [
    "accesskey",
    "accountkey",
    "apikey",
    "connectionstring",
    "credentials",
    "encryptionkey",
    "passphrase",
    "password",
    "privatekey",
    "secret",
    "secretkey",
    "sharedkey",
    "signingkey",
    "subscriptionkey",
    "token",
];

/// Names that end like a secret and are none: an endpoint's URL token is part of a public address.
const PUBLIC: [&str; 1] = ["urltoken"];

/// Removes the secrets in named fields below `value` and returns where they stood, as JSON pointers (RFC 6901).
///
/// Empty strings and nulls stay: there is nothing to hide in them, and "not set" is content.
pub fn redact(value: &mut Value) -> Vec<String> {
    let mut places = Vec::new();
    walk(value, &mut String::new(), &mut places);
    places
}

/// Removes the secrets of a resource's document: those in named fields, and all values of a connection, whose names only
/// a schema elsewhere explains. Returns where they stood.
pub fn redact_document(kind: Kind, document: &mut Value) -> Vec<String> {
    let mut places = Vec::new();
    if kind == Kind::Connections
        && let Value::Object(connection) = document
    {
        match connection.get_mut("fields") {
            Some(Value::Object(fields)) => {
                let full = fields.iter().filter(|(_, value)| holds_something(value));
                let full: Vec<String> = full.map(|(name, _)| name.clone()).collect();
                for name in &full {
                    fields.shift_remove(name);
                }
                places.extend(full.iter().map(|name| format!("/fields/{}", escaped(name))));
            }
            // In a form that nobody has seen, everything is taken for a secret.
            Some(fields) if holds_something(fields) => {
                connection.shift_remove("fields");
                places.push("/fields".to_owned());
            }
            _ => {}
        }
    }
    places.extend(redact(document));
    places.sort();
    places
}

fn walk(value: &mut Value, at: &mut String, places: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let secret: Vec<String> =
                fields.iter().filter(|(name, v)| is_secret(name, v)).map(|(n, _)| n.clone()).collect();
            // A pair of a name and a value is a field too: `{"name": "apiKey", "value": "…"}`.
            let pair = ["name", "key", "fieldName"]
                .into_iter()
                .any(|key| fields.get(key).and_then(Value::as_str).is_some_and(names_a_secret));
            let pair = pair && fields.get("value").is_some_and(holds_something);
            for name in secret.into_iter().chain(pair.then(|| "value".to_owned())) {
                if let Some(Value::Array(items)) = fields.get_mut(&name) {
                    for (i, item) in items.iter_mut().enumerate() {
                        *item = Value::from(PLACEHOLDER);
                        places.push(format!("{at}/{}/{i}", escaped(&name)));
                    }
                } else {
                    fields.shift_remove(&name);
                    places.push(format!("{at}/{}", escaped(&name)));
                }
            }
            for (name, v) in fields.iter_mut().filter(|(name, _)| !names_a_secret(name)) {
                below(v, &escaped(name), at, places);
            }
        }
        Value::Array(items) => {
            for (i, v) in items.iter_mut().enumerate() {
                below(v, &i.to_string(), at, places);
            }
        }
        _ => {}
    }
}

fn below(value: &mut Value, step: &str, at: &mut String, places: &mut Vec<String>) {
    let length = at.len();
    at.push('/');
    at.push_str(step);
    walk(value, at, places);
    at.truncate(length);
}

fn names_a_secret(field: &str) -> bool {
    let plain: String =
        field.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    // `maxTokens` and `tokenCount` are numbers that its ending does not reach.
    SECRET_ENDINGS.iter().any(|word| plain.ends_with(word)) && !PUBLIC.contains(&plain.as_str())
}

/// A number in a field for a token counts tokens (`maxToken`); under the other names a PIN is as secret as a word.
fn is_secret(name: &str, value: &Value) -> bool {
    let counts = value.is_number() && name.to_ascii_lowercase().ends_with("token");
    names_a_secret(name) && holds_something(value) && !counts
}

fn holds_something(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => items.iter().any(holds_something),
        Value::Object(fields) => !fields.is_empty(),
        Value::Number(_) => true,
        Value::Bool(_) | Value::Null => false,
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn named_secrets_go_and_their_places_stay() {
        let mut value = json!({
            "name": "Webchat", "URLToken": "abc", "dashbotApikey": "s1",
            "settings": {"accessToken": "s2", "basicAuthPassword": "", "app-secret": "s3", "maxTokens": 5, "a/b": {"token": "s4"}},
            "handoverSettings": [{"apiKey": "s5"}, {"secrets": [1]}, {"clientSecret": ["s6", "s7"]}],
        });
        let places = redact(&mut value);
        assert_eq!(
            places,
            [
                "/dashbotApikey",
                "/settings/accessToken",
                "/settings/app-secret",
                "/settings/a~1b/token",
                "/handoverSettings/0/apiKey",
                "/handoverSettings/2/clientSecret/0",
                "/handoverSettings/2/clientSecret/1",
            ]
        );
        let left = value.to_string();
        assert!((1..=7).all(|n| !left.contains(&format!("\"s{n}\""))), "{left}");
        assert_eq!(value["URLToken"], "abc");
        assert_eq!(value["settings"]["basicAuthPassword"], "");
        assert_eq!(value["handoverSettings"][2]["clientSecret"], json!(["[redacted]", "[redacted]"]));
    }

    #[test]
    fn secrets_go_by_whatever_name_a_channel_gives_them() {
        for name in [
            "apiToken",
            "bot_token",
            "slackBotToken",
            "secretAccessKey",
            "subscription-key",
            "signingKey",
            "PASSWORD",
        ] {
            assert_eq!(redact(&mut json!({ name: "planted" })).len(), 1, "{name}");
        }
        let public = json!({"maxToken": 5, "tokenCount": 1, "useToken": true, "URLToken": "x", "keyboard": "y", "token": ""});
        let mut same = public.clone();
        assert!(redact(&mut same).is_empty());
        assert_eq!(same, public);
    }

    #[test]
    fn redacting_twice_changes_nothing_more() {
        let mut once = json!({"settings": {"token": "x", "keep": 1}});
        redact(&mut once);
        let mut twice = once.clone();
        assert!(redact(&mut twice).is_empty());
        assert_eq!(once, twice);
    }
}
