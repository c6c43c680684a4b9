//! The audit log: every edit leaves one event that says what was done to which resource, by whom and when (dossier
//! §2.12, §5.4). What a seed makes was made by nobody and leaves none, and neither does what the server computes.
//!
//! Events and resources are called as in the vendor's client 0.19.0. AI agents and handover providers, which it does
//! not know, are called as in the graph.

use super::{Collection, Project};
use serde_json::{Value, json};

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// `_id`.
    pub id: String,
    /// When, Unix seconds: the `lastChanged` that the edit gave, where there is one to give.
    pub at: i64,
    /// `type`: `create`, `patch`, `delete` or `action`.
    pub kind: &'static str,
    /// `actionType`: which action it was, and nothing for other types.
    pub action: Option<&'static str>,
    /// The address of whoever did it.
    pub user: String,
    /// The user's `_id`: the `lastChangedBy` that the edit gave, where there is one to give.
    pub user_id: String,
    /// What was edited, from the outermost resource inwards; the last one is what was made, changed or removed.
    pub chain: Vec<ChainElement>,
}

/// A resource in the chain of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainElement {
    /// `elementType`.
    pub kind: &'static str,
    /// `elementId`.
    pub id: String,
}

/// What an edit says of itself, before the log adds who and when.
#[derive(Debug)]
pub(super) struct Deed {
    kind: &'static str,
    action: Option<&'static str>,
    locale: Option<String>,
    chain: Vec<ChainElement>,
}

impl Deed {
    /// A resource was added.
    pub(super) fn create(element: &'static str, id: &str) -> Self {
        Self::new("create", element, id)
    }

    /// A resource was changed.
    pub(super) fn patch(element: &'static str, id: &str) -> Self {
        Self::new("patch", element, id)
    }

    /// A resource was removed.
    pub(super) fn delete(element: &'static str, id: &str) -> Self {
        Self::new("delete", element, id)
    }

    /// Something was done to a resource for which the vendor has a verb of its own.
    pub(super) fn action(name: &'static str, element: &'static str, id: &str) -> Self {
        Self { action: Some(name), ..Self::new("action", element, id) }
    }

    fn new(kind: &'static str, element: &'static str, id: &str) -> Self {
        let chain = vec![ChainElement { kind: element, id: id.to_owned() }];
        Self { kind, action: None, locale: None, chain }
    }

    /// The same deed, inside this resource; one on the resource itself stays what it is.
    pub(super) fn inside(mut self, element: &'static str, id: &str) -> Self {
        if self.chain[0].id != id {
            self.chain.insert(0, ChainElement { kind: element, id: id.to_owned() });
        }
        self
    }

    /// The same deed, done in a locale, which is the outermost of all (dossier §5.4).
    pub(super) fn in_locale(self, id: &str) -> Self {
        Self { locale: Some(id.to_owned()), ..self }
    }
}

impl Project {
    /// Puts an edit that has just been made into the log and gives the `_id` of what was edited.
    pub(super) fn record(&mut self, deed: Deed) -> String {
        let locale = deed.locale.map(|id| ChainElement { kind: "locale", id });
        let chain: Vec<ChainElement> = locale.into_iter().chain(deed.chain).collect();
        let edited = chain.last().expect("every deed is done to something").id.clone();
        let (at, user_id) = (self.ids.now(), self.ids.author().to_owned());
        self.audit.push(AuditEvent {
            // The time and a count, not a random number: what is drawn next must not depend on the log.
            id: format!("{at:08x}{:016x}", self.audit.len()),
            at,
            kind: deed.kind,
            action: deed.action,
            user: format!("editor-{}@example.com", &user_id[18..]),
            user_id,
            chain,
        });
        edited
    }

    /// The log as JSON, oldest event first; taken from the model and not from the routes, as [`Project::truth`] is.
    pub fn audit_truth(&self) -> Value {
        let element = |e: &ChainElement| json!({"elementType": e.kind, "elementId": e.id});
        let event = |e: &AuditEvent| {
            json!({
                "_id": e.id,
                "at": e.at,
                "type": e.kind,
                "actionType": e.action,
                "user": e.user,
                "userReference": e.user_id,
                "chain": e.chain.iter().map(element).collect::<Value>(),
            })
        };
        self.audit.iter().map(event).collect()
    }
}

impl Collection {
    /// What the log calls one of the kind.
    pub(super) const fn element(self) -> &'static str {
        match self {
            Self::Functions => "function",
            Self::Connections => "connection",
            Self::NluConnectors => "nluconnector",
            Self::Playbooks => "playbook",
            Self::Extensions => "extension",
            Self::Tokens => "snippet",
            Self::LargeLanguageModels => "largeLanguageModel",
            Self::Goals => "milestone",
            Self::CopilotConfigs => "aicopilotconfig",
            Self::HandoverProviders => "handoverProvider",
        }
    }
}
