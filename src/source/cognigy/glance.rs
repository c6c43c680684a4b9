//! A glance at the whole project: its graph, one request for the inventory with its times. Two of them, before and after the
//! reading, tell which lists have to be read once more. A kind counts as seen only where the first glance says of it
//! exactly what its list does; a server without a graph costs one request.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::capture::Capture;
use super::listed::{Listed, last_changed};
use super::{REMEMBERED, text};
use crate::snapshot::Kind;

/// A resource as the graph shows it: `_id`, name, when it was last changed.
type Seen = (String, String, Option<i64>);

/// What one look at the graph saw.
pub(super) struct Glance(BTreeMap<Kind, BTreeSet<Seen>>);

impl Glance {
    /// Looks at the graph; `None` where there is none, which is remembered for a while.
    pub(super) async fn take(capture: &Capture<'_>) -> Option<Self> {
        let known = capture.facts.borrow().graph;
        if known.is_some_and(|known| !known.holds && capture.began - known.asked < REMEMBERED) {
            return None;
        }
        let answer = capture.client().graph().await;
        capture.learn_of(&answer, |facts| &mut facts.graph);
        let rows = answer.ok()?;
        let mut seen: BTreeMap<Kind, BTreeSet<Seen>> = BTreeMap::new();
        for row in &rows {
            let (Some(kind), Some(id)) = (kind_of(row), text(row, "_id")) else { continue };
            let name = text(row, "name").unwrap_or_default();
            if capture.source.selection.wants(kind, &name) || kind == Kind::Locales {
                let changed = row.get("properties").and_then(last_changed);
                seen.entry(kind).or_default().insert((id, name, changed));
            }
        }
        Some(Self(seen))
    }

    /// Returns whether this glance says of a kind what its list does. Some lists say no times; the graph does.
    pub(super) fn covers(&self, kind: Kind, listed: &[&Listed]) -> bool {
        // Of a kind that has no resources nothing tells whether the graph shows it.
        let Some(seen) = self.0.get(&kind).filter(|seen| seen.len() == listed.len()) else { return false };
        let is_seen = |one: &&Listed| {
            let same = |(id, name, changed): &Seen| {
                (id, name) == (&one.id, &one.name)
                    && last_changed(&one.entry).is_none_or(|time| Some(time) == *changed)
            };
            seen.iter().any(same)
        };
        listed.iter().all(is_seen)
    }

    /// Returns whether another glance saw the same of a kind.
    pub(super) fn agrees(&self, other: &Self, kind: Kind) -> bool {
        self.0.get(&kind) == other.0.get(&kind)
    }
}

/// Returns the kind of a row (dossier §2.1, and the names that newer servers use).
fn kind_of(row: &Value) -> Option<Kind> {
    let kind = match row.get("type")?.as_str()? {
        "locale" => Kind::Locales,
        "extension" => Kind::Extensions,
        "connection" => Kind::Connections,
        "nluconnector" => Kind::NluConnectors,
        "largeLanguageModel" => Kind::LargeLanguageModels,
        "function" => Kind::Functions,
        "snippet" => Kind::Tokens,
        "lexicon" => Kind::Lexicons,
        "handoverProvider" => Kind::HandoverProviders,
        "knowledgeStore" => Kind::KnowledgeStores,
        "aiAgent" => Kind::AiAgents,
        "flow" => Kind::Flows,
        "milestone" | "goal" => Kind::Goals,
        "playbook" => Kind::Playbooks,
        "agentAssistConfig" => Kind::AiCopilotConfigs,
        "endpoint" => Kind::Endpoints,
        _ => return None,
    };
    Some(kind)
}
