//! The kinds of which the server keeps one document each: functions, connections, playbooks and so on; and knowledge,
//! whose documents hang below each other.
//!
//! All of them are read in one way (a list that shows some fields, a read that shows all), so a table says what each
//! kind shows and where, instead of eleven types that differ in nothing else. Fields are the vendor's client 0.19.0's;
//! handover providers, which it does not know, follow dossier §2.12.

use super::Meta;
use serde_json::{Map, Value};

/// A kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Collection {
    /// Code that runs beside the flows.
    Functions,
    /// Credentials that nodes use; their values may be shown (see `Switches::connections_masked`).
    Connections,
    /// Foreign NLU engines, with a transformer of their own.
    NluConnectors,
    /// Scripted test conversations.
    Playbooks,
    /// Installed packages of node types; their code cannot be read.
    Extensions,
    /// Snippets of CognigyScript, "tokens" in the user interface. The list is complete and there is no read.
    Tokens,
    /// Models and their providers.
    LargeLanguageModels,
    /// Goals, "milestones" in the API.
    Goals,
    /// Layouts of the AI Copilot workspace.
    CopilotConfigs,
    /// Contact centres; times are `createdAt` and `lastChangedAt`.
    HandoverProviders,
}

/// A resource of one document.
#[derive(Debug, Clone)]
pub struct Document {
    /// Id and times.
    pub meta: Meta,
    /// What its read answers, without meta; `referenceId` is among it where the kind has one.
    pub body: Map<String, Value>,
}

/// A knowledge store (dossier §2.12) with what was ingested into it.
#[derive(Debug, Clone)]
pub struct KnowledgeStore {
    /// The store itself.
    pub document: Document,
    /// Its sources, in order of creation.
    pub sources: Vec<KnowledgeSource>,
    /// When a source or chunk last changed. Whether `lastChanged` shows it is a switch.
    pub content_changed: i64,
}

/// A source of a knowledge store: a file, a page, or what somebody typed.
#[derive(Debug, Clone)]
pub struct KnowledgeSource {
    /// The source itself, without `chunkCount`, which is counted.
    pub document: Document,
    /// Its chunks, in order of creation.
    pub chunks: Vec<Document>,
    /// When a chunk last changed. Whether `lastChanged` shows it is a switch.
    pub content_changed: i64,
}

impl Collection {
    /// All kinds, in the order in which a project is seeded with them.
    pub const ALL: [Self; 10] = [
        Self::Connections,
        Self::Functions,
        Self::NluConnectors,
        Self::Playbooks,
        Self::Extensions,
        Self::Tokens,
        Self::LargeLanguageModels,
        Self::Goals,
        Self::CopilotConfigs,
        Self::HandoverProviders,
    ];

    /// The kind's name, as a person would call it in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Functions => "functions",
            Self::Connections => "connections",
            Self::NluConnectors => "nluConnectors",
            Self::Playbooks => "playbooks",
            Self::Extensions => "extensions",
            Self::Tokens => "tokens",
            Self::LargeLanguageModels => "largeLanguageModels",
            Self::Goals => "goals",
            Self::CopilotConfigs => "copilotConfigs",
            Self::HandoverProviders => "handoverProviders",
        }
    }

    /// Whether its documents have a `referenceId`.
    pub const fn has_reference_id(self) -> bool {
        !matches!(self, Self::Playbooks | Self::Extensions)
    }
}

impl Document {
    /// Display name; tokens have a label instead, and chunks have neither.
    pub fn name(&self) -> &str {
        let field = |name: &str| self.body.get(name).and_then(Value::as_str);
        field("name").or(field("label")).unwrap_or_default()
    }

    /// Stable identity, empty for kinds that have none.
    pub fn reference_id(&self) -> &str {
        self.body.get("referenceId").and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether this is what a test named: by `_id`, name, or referenceId.
    pub fn is(&self, which: &str) -> bool {
        self.meta.id == which || self.name() == which || self.reference_id() == which
    }
}
