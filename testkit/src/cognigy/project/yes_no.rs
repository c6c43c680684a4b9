//! What a locale understands as yes, as no, and as neither (dossier §2.2).

use super::Sentence;

/// One of a locale's three built-in intents.
#[derive(Debug, Clone)]
pub struct YesNoIntent {
    /// `_id`; the answer shows no times.
    pub id: String,
    /// The key under which it is shown: `yesIntent`, `noIntent` or `rejectIntent`.
    pub key: &'static str,
    /// Display name.
    pub name: String,
    /// Rules in CognigyScript.
    pub rules: Vec<String>,
    /// Switched off in this locale.
    pub is_disabled: bool,
    /// Example sentences, all of this locale.
    pub sentences: Vec<Sentence>,
}

impl YesNoIntent {
    /// The three keys.
    pub const KEYS: [&'static str; 3] = ["yesIntent", "noIntent", "rejectIntent"];
}
