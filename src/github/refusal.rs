//! What GitHub refuses about releases and their files: its words, made cases that a caller can tell apart.
//!
//! A 422 has a list of details (`resource`, `field`, `code`), documented in "Troubleshooting the REST API"; what has no
//! code of its own is `custom` with a sentence. The sentences about immutable releases are in no documentation; they are
//! those that GitHub answered in 2025 and 2026, and the word that they share is looked for, not the whole of them.

use super::Error;
use super::error::Status;

/// One detail of a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Detail {
    resource: String,
    code: String,
    field: String,
    message: String,
}

impl Detail {
    /// Reads what stands in the `errors` of an answer; a bare string is a sentence.
    pub(super) fn read(error: &serde_json::Value) -> Self {
        let text =
            |name: &str| error.get(name).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
        let message = error.as_str().map_or_else(|| text("message"), str::to_owned);
        Self { resource: text("resource"), code: text("code"), field: text("field"), message }
    }

    /// Says it for a person, as GitHub itself does.
    pub(super) fn words(&self) -> String {
        if self.message.is_empty() {
            format!("{}.{}: {}", self.resource, self.field, self.code)
        } else {
            self.message.clone()
        }
    }
}

impl Status {
    fn has(&self, resource: &str, field: &str, code: &str) -> bool {
        let same = |d: &Detail| (&*d.resource, &*d.field, &*d.code) == (resource, field, code);
        self.details.iter().any(same)
    }

    fn says(&self, field: &str, words: &str) -> bool {
        self.details.iter().any(|detail| detail.field == field && detail.message.contains(words))
    }

    fn is_immutable(&self) -> bool {
        let word = |text: &str| text.to_ascii_lowercase().contains("immutable");
        self.status == 422 && (word(&self.message) || self.details.iter().any(|detail| word(&detail.message)))
    }
}

impl Error {
    /// Names what a refusal says of a release with this tag.
    pub(super) fn of_release(self, tag: &str) -> Self {
        let Self::Status(status) = self else { return self };
        let tag = tag.to_owned();
        if status.says("tag_name", "immutable release") {
            Self::TagBurnt { tag }
        } else if status.has("Release", "tag_name", "already_exists") {
            Self::TagTaken { tag }
        } else {
            Self::Status(status).of_immutable()
        }
    }

    /// Names what a refusal says of a file of a release.
    pub(super) fn of_asset(self, name: &str, bytes: u64) -> Self {
        let Self::Status(status) = self else { return self };
        let name = name.to_owned();
        if status.has("ReleaseAsset", "name", "already_exists") {
            Self::AssetExists { name }
        } else if status.status == 413 || status.says("size", "size ") {
            Self::AssetTooLarge { name, bytes }
        } else {
            Self::Status(status).of_immutable()
        }
    }

    /// Names the refusal to change what is immutable.
    pub(super) fn of_immutable(self) -> Self {
        match self {
            Self::Status(status) if status.is_immutable() => {
                Self::Immutable { path: status.path, message: status.message }
            }
            other => other,
        }
    }
}
