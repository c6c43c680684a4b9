//! What a snapshot says of itself: `.backup-metadata.json`, schema 1 (docs/format.md).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Availability, Kind, ProjectId, SnapshotId, TreePath, Unread};

/// The manifest's file name, at the root of a snapshot's tree.
pub const MANIFEST_NAME: &str = ".backup-metadata.json";

/// The version of the manifest's own schema. Readers refuse a higher one and ignore keys that they do not know.
pub const SCHEMA_VERSION: u32 = 1;

/// The version of the rules that turn resources into files. A snapshot of another layout is not compared as equal.
pub const LAYOUT_VERSION: u32 = 1;

/// The layout of what was imported from the template repository: the files as the vendor's CLI wrote them there. People
/// can read them; we read nothing back from them.
pub const IMPORTED_LAYOUT: u32 = 0;

/// The manifest of one snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema: u32,
    /// The snapshot's name for life.
    pub snapshot: SnapshotId,
    /// The git tree id (hex) of the content folder: the identity of the content.
    pub tree: String,
    /// Where the content stands in the snapshot's tree.
    pub agent_dir: TreePath,
    /// When the capture began and ended.
    pub window: Window,
    /// Whose content it is.
    pub project: ProjectEntry,
    /// Where it was read.
    pub source: SourceInfo,
    /// What wrote it.
    pub tool: ToolInfo,
    /// [`LAYOUT_VERSION`] of the writer, or [`IMPORTED_LAYOUT`].
    pub layout: u32,
    /// SHA-256 (hex) over all that was selected and how it was to be written; empty of what was imported.
    pub selection: String,
    /// The run that took it, where there was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub run: Option<RunInfo>,
    /// Per kind: whether it could be read, and how much there was.
    pub kinds: BTreeMap<Kind, KindSummary>,
    /// What was still being edited when the capture ended, however often it was read again, by kind and name: its files
    /// may show different moments of an edit.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub moving: Vec<Named>,
    /// What the snapshot before this one had and this one has not, where that looked like damage and a person accepted
    /// it (`accept-anomaly`).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub missing: Vec<Named>,
    /// What could not be read, though it is there, and what stands in its place.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unread: Vec<Unread>,
    /// Every resource, by kind, reference id and id.
    pub resources: Vec<ResourceEntry>,
    /// Every file, by its path below `agentDir`.
    pub files: BTreeMap<TreePath, FileEntry>,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// A sentence: no JSON, a later schema than this program's, or what is missing.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Schema {
            schema: u32,
        }
        let Schema { schema } = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if schema > SCHEMA_VERSION {
            return Err(format!(
                "it was written by a later version of cognigy-backup (schema {schema}, this one reads up to \
                 {SCHEMA_VERSION}); use a later version"
            ));
        }
        serde_json::from_slice(bytes).map_err(|error| error.to_string())
    }

    /// Returns whether the content was laid out as this program does it, so that resources can be read back.
    #[must_use]
    pub fn has_our_layout(&self) -> bool {
        self.layout == LAYOUT_VERSION
    }

    /// Returns the files of a resource, by their whole paths. The locales share one.
    pub fn files_of<'m>(
        &'m self,
        entry: &'m ResourceEntry,
    ) -> impl Iterator<Item = (&'m TreePath, &'m FileEntry)> {
        let folder = entry.path.as_str();
        let from_here =
            self.files.range(&entry.path..).take_while(move |(path, _)| path.as_str().starts_with(folder));
        from_here.filter(move |(path, _)| entry.relative(path).is_some())
    }

    /// Returns the manifest's bytes: JSON, 2 spaces, one final newline. Equal manifests give equal bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("a manifest has string keys only");
        bytes.push(b'\n');
        bytes
    }
}

/// A span of time, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The first moment.
    pub started: DateTime<Utc>,
    /// The last moment.
    pub finished: DateTime<Utc>,
}

/// The project of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectEntry {
    /// Its id.
    pub id: ProjectId,
    /// Its name when it was read.
    pub name: String,
}

/// Where the content was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceInfo {
    /// `cognigy`, or `import`.
    pub kind: String,
    /// The API's base URL; absent of what was imported: nobody noted it.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub base_url: String,
    /// Of what was imported: the commit of the template repository that held it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<String>,
}

/// The program that wrote a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolInfo {
    /// `cognigy-backup`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The GitHub Actions run that took a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunInfo {
    /// The run's page.
    pub url: String,
    /// Who started it.
    pub actor: String,
    /// The event that started it.
    pub event: String,
}

/// How much of a kind there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindSummary {
    /// Whether it was read.
    pub availability: Availability,
    /// How many resources.
    pub resources: u64,
    /// How many files.
    pub files: u64,
    /// Their size together, in bytes.
    pub bytes: u64,
}

/// A resource by the words that a person has for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Named {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
}

impl std::fmt::Display for Named {
    /// Writes it as a glob in a configuration would: `flows/Main`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// One resource of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceEntry {
    /// What it is.
    pub kind: Kind,
    /// Its UUID, the same in every copy of the project.
    pub reference_id: String,
    /// Its id in this project.
    pub id: String,
    /// Its true name.
    pub name: String,
    /// The `id` of the resource that it belongs to; absent for the project's own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    /// Its folder, or its file where the kind shares one, below `agentDir`.
    pub path: TreePath,
    /// Unix seconds of its making, as the server says.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub created_at: Option<i64>,
    /// The id of the user who made it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub created_by: Option<String>,
    /// Unix seconds of its last change, as the server says.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_changed: Option<i64>,
    /// The id of the user who changed it last.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_changed_by: Option<String>,
}

impl ResourceEntry {
    /// Returns what a path has below the resource's folder; nothing of its file itself, where the kind shares one.
    #[must_use]
    pub fn relative<'p>(&self, path: &'p TreePath) -> Option<&'p str> {
        match path.as_str().strip_prefix(self.path.as_str())? {
            "" => Some(""),
            below => below.strip_prefix('/'),
        }
    }
}

/// One file of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileEntry {
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// When the oldest of its parts was read.
    pub read_at: DateTime<Utc>,
    /// Parts that were read in another run than the oldest one, with their times. Parts of one run are not told
    /// apart: each was read between `readAt` and the end of that run's window.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub parts: BTreeMap<String, DateTime<Utc>>,
    /// JSON pointers (RFC 6901) of the fields that were removed because their names say that they hold a secret.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub redacted: Vec<String>,
}

impl FileEntry {
    /// Returns whether these are the file's bytes.
    #[must_use]
    pub fn is(&self, bytes: &[u8]) -> bool {
        self.bytes == bytes.len() as u64 && self.sha256 == hex(&Sha256::digest(bytes))
    }
}

/// Returns `bytes` in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        write!(out, "{byte:02x}").expect("writing to a string does not fail");
        out
    })
}
