//! Flows: the document, its chart, its intents.

use super::{Document, Meta};
use serde_json::Value;

/// A flow (dossier §2.3).
#[derive(Debug, Clone)]
pub struct Flow {
    /// The flow document's id and times.
    pub meta: Meta,
    /// Stable identity.
    pub reference_id: String,
    /// Display name.
    pub name: String,
    /// Absent in the answers when `None`.
    pub description: Option<String>,
    /// Initial context, an object without dots in its keys.
    pub context: Value,
    /// `_id`s of other flows.
    pub attached_flows: Vec<String>,
    /// `_id`s of lexicons.
    pub attached_lexicons: Vec<String>,
    /// Picture, mostly empty.
    pub img: String,
    /// `_id` of the intent train group.
    pub intent_train_group: String,
    /// Whether the server says the NLU model is older than the intents.
    pub is_training_out_of_date: bool,
    /// Locales (`_id`) in which the flow was localised; the primary one always is.
    pub localised: Vec<String>,
    /// What `/flows/{id}/settings` answers, without `localeSettings` and meta.
    pub settings: Value,
    /// The settings document's id and times.
    pub settings_meta: Meta,
    /// Locales (`_id`) that use the NLU model of the one they fall back to.
    pub inherits_model: Vec<String>,
    /// `_id` of the chart.
    pub chart_id: String,
    /// Nodes, in order of creation.
    pub nodes: Vec<Node>,
    /// How the nodes hang together: `next` along a chain, `children` for branches.
    pub relations: Vec<Relation>,
    /// Intents, in order of creation.
    pub intents: Vec<Intent>,
    /// States: which intents count in a phase of the conversation (dossier §2.3).
    pub states: Vec<Document>,
    /// Slot fillers (dossier §2.3).
    pub slot_fillers: Vec<Document>,
    /// When a node or intent last changed. Whether `lastChanged` shows it is a switch (dossier §5.4).
    pub content_changed: i64,
}

/// A node with all its localised versions (dossier §2.4).
#[derive(Debug, Clone)]
pub struct Node {
    /// `_id`.
    pub id: String,
    /// Stable identity.
    pub reference_id: String,
    /// `type`: start, say, question, code, if, …
    pub kind: String,
    /// The extension that brings the type.
    pub extension: String,
    /// Display name.
    pub label: String,
    /// Step name in analytics, mostly empty.
    pub analytics_label: String,
    /// A person's remark.
    pub comment: String,
    /// Colour of the remark.
    pub comment_color: String,
    /// A flag of the node type, not "the first node".
    pub is_entry_point: bool,
    /// Skipped at runtime.
    pub is_disabled: bool,
    /// Folded in the editor.
    pub is_collapsed: bool,
    /// What stands in for the node in a test: whether it does, and its code (newer servers only).
    pub mock: (bool, String),
    /// One for the primary locale, then one for each locale in which the node was localised.
    pub localised: Vec<Localised>,
}

/// A node's version in one locale (`localizedData`, dossier §2.4).
#[derive(Debug, Clone)]
pub struct Localised {
    /// `_id` of the locale.
    pub locale: String,
    /// The node's configuration.
    pub config: Value,
    /// What the editor shows, computed by the server.
    pub preview: Value,
}

/// One row of the chart's `relations` (dossier §2.4).
#[derive(Debug, Clone)]
pub struct Relation {
    /// `_id` of the row.
    pub id: String,
    /// `_id` of the node.
    pub node: String,
    /// Branches: `_id`s of nodes.
    pub children: Vec<String>,
    /// The following node of the chain.
    pub next: Option<String>,
}

/// An intent with the sentences of all locales (dossier §2.5).
#[derive(Debug, Clone)]
pub struct Intent {
    /// Id and times; the list shows only the id.
    pub meta: Meta,
    /// Stable identity.
    pub reference_id: String,
    /// Display name.
    pub name: String,
    /// Absent in the answers when `None`.
    pub description: Option<String>,
    /// Free tags.
    pub tags: Vec<String>,
    /// CognigyScript condition.
    pub condition: String,
    /// Rules in CognigyScript.
    pub rules: Vec<String>,
    /// Confirmation sentences.
    pub confirmation_sentences: Vec<String>,
    /// Disambiguation sentence.
    pub disambiguation_sentence: String,
    /// Data given to the flow.
    pub data: Value,
    /// Reject intents catch what is not meant for the bot.
    pub is_reject: bool,
    /// Switched off.
    pub is_disabled: bool,
    /// The node that answers it by default.
    pub node_reference: String,
    /// Whether its children's features count for it: a flag, or which of them.
    pub child_features: Value,
    /// Whom the NLU prefers, the intent or its children.
    pub bias: String,
    /// Step name in analytics, mostly empty.
    pub analytics_label: String,
    /// Whether its default replies are examples, where it differs from the flow's setting.
    pub default_replies_as_examples: String,
    /// `_id` of the parent intent.
    pub parent: Option<String>,
    /// Locales (`_id`) in which the intent was localised.
    pub localised: Vec<String>,
    /// Example sentences of all locales.
    pub sentences: Vec<Sentence>,
}

/// An example sentence (dossier §2.5).
#[derive(Debug, Clone)]
pub struct Sentence {
    /// Id and times.
    pub meta: Meta,
    /// What a customer might say.
    pub text: String,
    /// Slots marked in the text.
    pub slots: Value,
    /// `_id` of the locale.
    pub locale: String,
}

impl Flow {
    /// The node with this `_id`, referenceId, or label (the first such).
    pub fn node(&self, which: &str) -> Option<&Node> {
        self.nodes.iter().find(|n| n.id == which || n.reference_id == which || n.label == which)
    }

    /// The intent with this `_id`, referenceId, or name.
    pub fn intent(&self, which: &str) -> Option<&Intent> {
        self.intents.iter().find(|i| i.meta.id == which || i.reference_id == which || i.name == which)
    }

    /// The relation row of a node, by the node's `_id`.
    pub fn relation(&self, node: &str) -> Option<&Relation> {
        self.relations.iter().find(|r| r.node == node)
    }
}

impl Node {
    /// Whether the node has a version of its own in this locale (`_id`).
    pub fn is_localised(&self, locale: &str) -> bool {
        self.localised.iter().any(|l| l.locale == locale)
    }

    /// The version for a locale (`_id`) that [`super::Project::resolve`] gave.
    pub fn version(&self, locale: &str) -> &Localised {
        self.localised.iter().find(|l| l.locale == locale).unwrap_or(&self.localised[0])
    }
}
