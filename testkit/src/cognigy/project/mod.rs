//! The content of a project, as the server's database would hold it: nodes keep all their localised versions,
//! intents all their sentences. What the REST API shows of it is made in `routes`.
//!
//! Field names follow the API (dossier §2.1 to §2.12); `_id`s and `referenceId`s follow §1.9.

mod audit;
mod catalogue;
mod chart;
mod computed;
mod document;
mod edit;
mod flow;
mod ids;
mod resource;
mod seed;
mod truth;
mod write;
mod yes_no;

pub use audit::{AuditEvent, ChainElement};
pub use catalogue::{Edit, Mention};
pub(crate) use chart::{BASIC, Place, automatic, is_branch};
pub(crate) use computed::{preview, refresh, transpile};
pub use document::{Collection, Document, KnowledgeSource, KnowledgeStore};
pub use flow::{Flow, Intent, Localised, Node, Relation, Sentence};
pub use ids::{Ids, Meta};
pub use resource::{Agent, Endpoint, Entry, Keyphrase, Lexicon, Locale, Slot};
pub(crate) use seed::fresh_endpoint;
pub use seed::{PLANTED_IN_CODE, PLANTED_SECRETS, Size};
pub(crate) use write::{Importing, entry};
pub use yes_no::YesNoIntent;

use serde_json::Value;
use std::collections::BTreeMap;

/// One Cognigy.AI project ("agent" in the CLI's words), dossier §2.1.
#[derive(Debug, Clone)]
pub struct Project {
    /// The project document's own times; its `_id` is the project id.
    pub meta: Meta,
    /// Display name.
    pub name: String,
    /// One of the vendor's colour names.
    pub color: String,
    /// `handoverConfiguration`.
    pub handover: Value,
    /// What `/projects/{id}/settings` answers, without its meta fields.
    pub settings: Value,
    /// The settings document's own id and times.
    pub settings_meta: Meta,
    /// Locales; exactly one is primary (dossier §2.2).
    pub locales: Vec<Locale>,
    /// Flows with chart, intents and settings (dossier §2.3 to §2.5).
    pub flows: Vec<Flow>,
    /// Endpoints (dossier §2.6).
    pub endpoints: Vec<Endpoint>,
    /// Lexicons (dossier §2.7).
    pub lexicons: Vec<Lexicon>,
    /// AI agents (dossier §2.11).
    pub agents: Vec<Agent>,
    /// Everything that is one document: functions, connections, playbooks and so on (dossier §2.12).
    pub documents: BTreeMap<Collection, Vec<Document>>,
    /// Knowledge stores with sources and chunks (dossier §2.12).
    pub knowledge: Vec<KnowledgeStore>,
    /// How often the server has computed anew what it computes (see [`Project::recompute`]).
    pub noise: u64,
    /// What was edited, oldest event first; cleared, the server has forgotten it, as it does after 30 days (dossier
    /// §5.4).
    pub audit: Vec<AuditEvent>,
    ids: Ids,
}

impl Project {
    /// The project id, which is also the CLI's "agent id".
    pub fn id(&self) -> &str {
        &self.meta.id
    }

    /// The primary locale.
    pub fn primary(&self) -> &Locale {
        self.locales.iter().find(|l| l.primary).expect("every project has one primary locale")
    }

    /// The locale with this `_id`, name, or referenceId.
    pub fn locale(&self, which: &str) -> Option<&Locale> {
        self.locales.iter().find(|l| l.meta.id == which || l.name == which || l.reference_id == which)
    }

    /// The flow with this `_id`, name, or referenceId.
    pub fn flow(&self, which: &str) -> Option<&Flow> {
        self.flows.iter().find(|f| f.meta.id == which || f.name == which || f.reference_id == which)
    }

    /// The endpoint with this `_id` or name.
    pub fn endpoint(&self, which: &str) -> Option<&Endpoint> {
        self.endpoints.iter().find(|e| e.meta.id == which || e.name() == which)
    }

    /// The lexicon with this `_id`, name, or referenceId.
    pub fn lexicon(&self, which: &str) -> Option<&Lexicon> {
        self.lexicons.iter().find(|l| l.meta.id == which || l.name == which || l.reference_id == which)
    }

    /// The AI agent with this `_id`, name, or referenceId.
    pub fn agent(&self, which: &str) -> Option<&Agent> {
        self.agents.iter().find(|a| a.meta.id == which || a.name() == which || a.reference_id == which)
    }

    /// The documents of a kind, in order of creation.
    pub fn documents(&self, kind: Collection) -> &[Document] {
        self.documents.get(&kind).map(Vec::as_slice).unwrap_or_default()
    }

    /// The document of a kind with this `_id`, name, or referenceId.
    pub fn document(&self, kind: Collection, which: &str) -> Option<&Document> {
        self.documents(kind).iter().find(|d| d.is(which))
    }

    /// The knowledge store with this `_id`, name, or referenceId.
    pub fn knowledge_store(&self, which: &str) -> Option<&KnowledgeStore> {
        self.knowledge.iter().find(|s| s.document.is(which))
    }

    /// The locale whose version is shown when `wanted` is asked for: itself if localised, else along the
    /// fallbacks to the primary one (dossier §2.4, "Locale model").
    pub fn resolve<'a>(&'a self, wanted: &'a str, localised: impl Fn(&str) -> bool) -> &'a str {
        let mut here = wanted;
        for _ in 0..=self.locales.len() {
            if localised(here) {
                return here;
            }
            match self.locale(here).and_then(|l| l.fallback.as_deref()) {
                Some(next) => here = next,
                None => break,
            }
        }
        &self.primary().meta.id
    }
}
