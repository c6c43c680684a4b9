//! The nouns of a backup and their grammar: pure values, no waiting, no reading, no clock.
//!
//! A [`Resource`] is what a source read; [`layout`] turns it into files; a [`Manifest`] says what the files are.
//! A [`Diff`] says what two contents differ in.
//! [`SnapshotId`], [`Prefix`], [`TierName`], [`ReleaseTag`], [`TreePath`] and [`ProjectId`] are names, each with one
//! grammar, parsed at the edge.

mod capture;
mod credentials;
pub mod diff;
mod file_name;
mod globs;
mod kind;
pub mod layout;
mod manifest;
mod message;
mod names;
mod period;
mod pin;
mod place;
mod query;
mod record;
mod redact;
mod release_tag;
pub mod search;
mod selection;
mod selector;
mod state;
mod tier;
mod tree_path;
mod writable;

pub use capture::{Availability, Freshness, Origin, Part, PartName, Project, Resource, Times, Unread};
pub use credentials::looks_like_a_credential;
pub use diff::Diff;
pub(crate) use file_name::folded;
pub use file_name::folder_names;
pub use globs::Glob;
pub use kind::{Kind, KindFacts, Restorable};
pub(crate) use manifest::hex;
pub use manifest::{
    FileEntry, IMPORTED_LAYOUT, KindSummary, LAYOUT_VERSION, MANIFEST_NAME, Manifest, Named, ProjectEntry,
    ResourceEntry, RunInfo, SCHEMA_VERSION, SourceInfo, ToolInfo, Window,
};
pub use message::{ContentSize, Message};
pub use names::{InvalidName, PinLabel, Prefix, ProjectId, SnapshotId, TierName};
pub use period::{Period, Span};
pub use pin::Pin;
pub use place::Place;
pub use query::Query;
pub use record::{Moved, PartTime, Record, Signals};
pub use redact::{SecretsPolicy, redact, redact_document};
pub use release_tag::ReleaseTag;
pub use selection::Selection;
pub use selector::Selector;
pub use state::{Facts, Learned, State, content_digest};
pub use tier::{Storage, Tier, Tiers};
pub use tree_path::{TreePath, same_without_case};
pub use writable::{Fields, Writable, is_identity};
