//! The graph: the whole inventory with its times in one answer (dossier §2.1). Endpoints carry no referenceId in it,
//! but their URL tokens.

use super::View;
use crate::cognigy::project::{Collection, Document, Flow, KnowledgeStore, Meta};
use serde_json::{Value, json};

impl View<'_> {
    pub(super) fn graph(&self) -> Value {
        let project = self.project;
        let dependencies = self.ask.query.is_true("dependencies");
        let mut rows = Vec::new();
        for locale in &project.locales {
            let mut row = resource("locale", &locale.meta, &locale.name, Some(&locale.reference_id));
            row["properties"]["nluLanguage"] = json!(locale.nlu_language);
            row["properties"]["fallbackLocaleReference"] = json!(locale.fallback);
            row["properties"]["primary"] = json!(locale.primary);
            rows.push(row);
        }
        for flow in &project.flows {
            let mut row = resource("flow", &self.flow_meta(flow), &flow.name, Some(&flow.reference_id));
            if dependencies {
                row["dependencies"] = attachments(flow);
            }
            rows.push(row);
        }
        for lexicon in &project.lexicons {
            rows.push(resource(
                "lexicon",
                &self.lexicon_meta(lexicon),
                &lexicon.name,
                Some(&lexicon.reference_id),
            ));
        }
        for endpoint in &project.endpoints {
            let mut row = resource("endpoint", &endpoint.meta, endpoint.name(), None);
            for field in ["active", "URLToken", "channel"] {
                row["properties"][field] = endpoint.body.get(field).cloned().unwrap_or_default();
            }
            if dependencies {
                let flow =
                    endpoint.body.get("flowId").and_then(Value::as_str).and_then(|id| project.flow(id));
                row["dependencies"] =
                    flow.iter().map(|f| json!({"_id": f.meta.id, "type": "endpointFlow"})).collect();
            }
            rows.push(row);
        }
        let agents = self.ask.switches.graph_lists_agents && !self.ask.switches.agents_absent;
        for agent in project.agents.iter().filter(|_| agents) {
            rows.push(resource("aiAgent", &agent.meta, agent.name(), Some(&agent.reference_id)));
        }
        for kind in Collection::ALL {
            let newer = kind == Collection::HandoverProviders && !self.ask.switches.graph_lists_agents;
            rows.extend(project.documents(kind).iter().filter(|_| !newer).map(|found| {
                let mut row = self.document_row(kind, found);
                if dependencies && kind == Collection::LargeLanguageModels {
                    row["dependencies"] = self.connection_of(found);
                }
                row
            }));
        }
        for store in &project.knowledge {
            let meta = self.newest(&store.document, store.content_changed);
            let (name, id) = (store.document.name(), store.document.reference_id());
            let mut row = resource("knowledgeStore", &meta, name, Some(id));
            if dependencies {
                row["dependencies"] = ingested(store);
            }
            rows.push(row);
        }
        json!({project.id(): {"type": "project", "name": project.name, "resources": rows}})
    }

    fn document_row(&self, kind: Collection, found: &Document) -> Value {
        let (name, shown): (&str, &[&str]) = match kind {
            Collection::Functions => ("function", &["isDisabled"]),
            Collection::Connections => ("connection", &["type", "extension"]),
            Collection::NluConnectors => ("nluconnector", &["type"]),
            Collection::Playbooks => ("playbook", &[]),
            Collection::Extensions => ("extension", &["imageUrlToken", "version", "extensionType"]),
            Collection::Tokens => ("snippet", &["type"]),
            Collection::LargeLanguageModels => ("largeLanguageModel", &["connectionId"]),
            Collection::Goals => ("milestone", &[]),
            Collection::CopilotConfigs => ("agentAssistConfig", &[]),
            Collection::HandoverProviders => ("handoverProvider", &[]),
        };
        let reference_id = kind.has_reference_id().then(|| found.reference_id());
        let mut row = resource(name, &found.meta, found.name(), reference_id);
        for field in shown {
            row["properties"][field] = found.body.get(*field).cloned().unwrap_or_default();
        }
        row
    }

    /// The connection a large language model uses.
    fn connection_of(&self, llm: &Document) -> Value {
        let id = llm.body.get("connectionId").and_then(Value::as_str).filter(|id| !id.is_empty());
        let found = id.and_then(|id| self.project.document(Collection::Connections, id));
        found.iter().map(|c| json!({"_id": c.meta.id, "type": "attachedConnection"})).collect()
    }
}

/// Sources and chunks of a knowledge store.
fn ingested(store: &KnowledgeStore) -> Value {
    let row = |document: &Document, kind| json!({"_id": document.meta.id, "type": kind});
    let sources = store.sources.iter().map(|s| row(&s.document, "attachedSource"));
    let chunks = store.sources.iter().flat_map(|s| &s.chunks).map(|c| row(c, "attachedChunk"));
    sources.chain(chunks).collect()
}

fn attachments(flow: &Flow) -> Value {
    let flows = flow.attached_flows.iter().map(|id| json!({"_id": id, "type": "attachedFlow"}));
    let lexicons = flow.attached_lexicons.iter().map(|id| json!({"_id": id, "type": "attachedLexicon"}));
    flows.chain(lexicons).collect()
}

fn resource(kind: &str, meta: &Meta, name: &str, reference_id: Option<&str>) -> Value {
    let mut row = json!({
        "type": kind,
        "_id": meta.id,
        "name": name,
        "properties": {
            "createdAt": meta.created_at,
            "createdBy": meta.created_by,
            "lastChanged": meta.last_changed,
            "lastChangedBy": meta.last_changed_by,
        },
    });
    if let Some(id) = reference_id {
        row["referenceId"] = json!(id);
    }
    row
}
