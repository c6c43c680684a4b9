//! The graph: the whole inventory with its times in one answer (dossier §2.1). Endpoints carry no referenceId in it,
//! but their URL tokens.

use super::View;
use crate::cognigy::project::{Flow, Meta};
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
        json!({project.id(): {"type": "project", "name": project.name, "resources": rows}})
    }
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
