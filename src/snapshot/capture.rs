//! What a source hands over: resources as read, before they become files.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Kind, ProjectId};

/// The project that a capture is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its name, as people know it.
    pub name: String,
}

/// One resource, completely read.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// What it is.
    pub kind: Kind,
    /// The `_id` of the resource that it belongs to; `None` for the project's own.
    pub owner: Option<String>,
    /// The UUID that stays the same over Cognigy Snapshots and packages; the `id` where a kind has none.
    pub reference_id: String,
    /// The id in this project (`_id`), used in the paths of the API.
    pub id: String,
    /// The true name, as the server gave it: anything.
    pub name: String,
    /// Who made and changed it, and when.
    pub times: Times,
    /// What was read of it.
    pub parts: Vec<Part>,
}

impl Resource {
    /// Returns the part called `name`.
    #[must_use]
    pub fn part(&self, name: &PartName) -> Option<&Part> {
        self.parts.iter().find(|part| part.name == *name)
    }
}

/// When and by whom a resource was made and last changed, as the server says: Unix seconds and user ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Times {
    /// `createdAt`.
    pub created: Option<i64>,
    /// `createdBy`.
    pub created_by: Option<String>,
    /// `lastChanged`.
    pub last_changed: Option<i64>,
    /// `lastChangedBy`.
    pub last_changed_by: Option<String>,
}

/// What one read gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Which read it was.
    pub name: PartName,
    /// When it was read.
    pub read_at: DateTime<Utc>,
    /// Whether it was read now or taken over from an earlier snapshot.
    pub origin: Origin,
    /// The answer, as the server gave it.
    pub value: Value,
}

/// Where a part's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Read in this run.
    Read,
    /// Carried over from the newest snapshot.
    Carried,
}

/// Names one read of a resource. Locales and nodes are named by their `_id`, as the answers name them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartName {
    /// The entry in the list of its kind.
    Listed,
    /// The document itself.
    Document,
    /// A flow's settings.
    Settings,
    /// A flow's chart as seen in a locale.
    Chart {
        /// The locale's `_id`.
        locale: String,
    },
    /// A node as localised in a locale; one read serves all locales that inherit it.
    Node {
        /// The node's `_id`.
        node: String,
        /// The `_id` of the locale that the node's content belongs to (`localeReference`).
        locale: String,
    },
    /// A flow's intents with their sentences, as exported for a locale.
    Intents {
        /// The locale's `_id`.
        locale: String,
    },
    /// A lexicon's entries.
    Entries,
    /// A lexicon's slots.
    Slots,
    /// The example sentences of an intent that stands by itself: a locale's yes or no.
    Sentences {
        /// The intent's `_id`.
        intent: String,
    },
    /// A knowledge source's text, in chunks.
    Chunks,
    /// The list of what of a kind belongs to the resource: it has no file, but a time.
    Owned {
        /// The kind.
        kind: Kind,
    },
}

/// A part that could not be read, though it is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unread {
    /// The resource's kind.
    pub kind: Kind,
    /// The resource's id; of a list its owner's, or empty.
    pub id: String,
    /// The resource's name; of a list its owner's, or empty.
    pub name: String,
    /// Which part of it, as in a file's `parts`; absent for all of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub part: Option<String>,
    /// When what stands in its place was read; absent where there was nothing, and it is missing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub read_at: Option<DateTime<Utc>>,
    /// What the server said.
    pub why: String,
}

/// How much of a capture was read now, and how old the rest is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Freshness {
    /// How many parts there are.
    pub parts: u64,
    /// How many of them were read now.
    pub read: u64,
    /// When the oldest of the others was read.
    pub oldest: Option<DateTime<Utc>>,
    /// When the capture began.
    pub as_of: DateTime<Utc>,
    /// How many of the others are older than they should be.
    pub late: u64,
    /// How many of the others changed, as far as is known, and have to wait for the next run.
    pub waiting: u64,
}

/// Whether a kind could be read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Availability {
    /// Listed and read.
    Read,
    /// Left out by `cloneType` or `excludeResources`.
    Deselected,
    /// The server has no such list (404 or 400 on it).
    Unsupported,
    /// The key may not read it (403).
    Forbidden,
}

impl std::fmt::Display for PartName {
    /// Writes the name as it stands in a manifest: `node/<node>/<locale>`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PartName::Listed => f.write_str("listed"),
            PartName::Document => f.write_str("document"),
            PartName::Settings => f.write_str("settings"),
            PartName::Chart { locale } => write!(f, "chart/{locale}"),
            PartName::Node { node, locale } => write!(f, "node/{node}/{locale}"),
            PartName::Intents { locale } => write!(f, "intents/{locale}"),
            PartName::Entries => f.write_str("entries"),
            PartName::Slots => f.write_str("slots"),
            PartName::Sentences { intent } => write!(f, "sentences/{intent}"),
            PartName::Chunks => f.write_str("chunks"),
            PartName::Owned { kind } => write!(f, "owned/{kind}"),
        }
    }
}
