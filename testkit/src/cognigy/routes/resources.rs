//! Project, settings, locales, endpoints, AI agents (dossier §2.1, §2.2, §2.6, §2.11).

use super::documents::ORGANISATION;
use super::{Answer, View, document};
use crate::cognigy::project::{Agent, Endpoint, Locale, Node, Project};
use crate::cognigy::serve::ask::Reply;
use crate::cognigy::serve::paging::{Listed, page};
use fastrand::Rng;
use serde_json::{Map, Value, json};

impl View<'_> {
    pub(super) fn projects(&self) -> Answer {
        page(self.ask, [self.project], |_| self.project())
    }

    pub(super) fn project(&self) -> Value {
        let p = self.project;
        document(
            &p.meta,
            json!({
                "name": p.name,
                "color": p.color,
                "primaryLocaleReference": p.primary().meta.id,
                "liveAgentDefaultInbox": 0,
                "handoverConfiguration": p.handover,
            }),
        )
    }

    pub(super) fn settings(&self) -> Value {
        document(&self.project.settings_meta, self.project.settings.clone())
    }

    pub(super) fn locales(&self) -> Answer {
        self.scoped()?;
        page(self.ask, &self.project.locales, locale)
    }

    pub(super) fn locale(&self, id: &str) -> Answer {
        let found = self.project.locales.iter().find(|l| l.meta.id == id);
        found.map(locale).ok_or_else(|| Reply::missing("The locale"))
    }

    pub(super) fn endpoints(&self) -> Answer {
        self.scoped()?;
        let shown = ["channel", "URLToken", "flowId", "localeId", "name", "overrideSnapshotConnections"];
        page(self.ask, &self.project.endpoints, |e: &Endpoint| {
            let pick = |name: &str| (name.to_owned(), e.body.get(name).cloned().unwrap_or_default());
            document(&e.meta, Value::Object(shown.map(pick).into_iter().collect()))
        })
    }

    pub(super) fn endpoint(&self, id: &str) -> Answer {
        let found = self.project.endpoints.iter().find(|e| e.meta.id == id);
        let endpoint = found.ok_or_else(|| Reply::missing("The endpoint"))?;
        let mut body = Value::Object(endpoint.body.clone());
        if let Some(code) = body.pointer_mut("/transformer/transpiledTransformer") {
            self.built(code);
        }
        Ok(document(&endpoint.meta, body))
    }

    pub(super) fn agent(&self, id: &str) -> Result<&Agent, Reply> {
        self.project.agents.iter().find(|a| a.meta.id == id).ok_or_else(|| Reply::missing("The AI agent"))
    }

    pub(super) fn agents(&self) -> Answer {
        self.scoped()?;
        if self.ask.switches.agents_need_accept && !self.ask.accepts_json {
            return Err(Reply::problem(500, 1008, "An unexpected error occurred"));
        }
        page(self.ask, &self.project.agents, |agent| {
            let mut item = self.read_agent(agent);
            if let (true, Value::Object(item)) =
                (self.ask.switches.agent_items_without_reference_id, &mut item)
            {
                item.shift_remove("referenceId");
            }
            item
        })
    }

    pub(super) fn read_agent(&self, agent: &Agent) -> Value {
        let mut body = agent.body.clone();
        body.insert("referenceId".to_owned(), json!(agent.reference_id));
        body.insert("projectReference".to_owned(), json!(self.project.id()));
        body.insert("organisationReference".to_owned(), json!(ORGANISATION));
        match document(&agent.meta, Value::Object(body)) {
            Value::Object(fields) if self.ask.switches.shuffle_agent_keys => {
                let mut fields: Vec<(String, Value)> = fields.into_iter().collect();
                Rng::with_seed(self.ask.turn).shuffle(&mut fields);
                Value::Object(fields.into_iter().collect())
            }
            document => document,
        }
    }

    /// An agent's job nodes with their tools, wherever they stand in the flows; no locale can be chosen (§2.11).
    pub(super) fn jobs(&self, agent: &Agent) -> Value {
        let mut jobs = Vec::new();
        for flow in &self.project.flows {
            for job in flow.nodes.iter().filter(|n| n.kind == "aiAgentJob") {
                if job.localised[0].config.get("aiAgent").and_then(Value::as_str) != Some(&agent.reference_id)
                {
                    continue;
                }
                let children = flow.relation(&job.id).map(|r| r.children.as_slice()).unwrap_or_default();
                let tools = children.iter().filter_map(|id| flow.node(id)).map(job_node).map(Value::Object);
                let mut row = job_node(job);
                row.insert("tools".to_owned(), tools.collect());
                jobs.push(Value::Object(row));
            }
        }
        Value::Array(jobs)
    }
}

fn job_node(node: &Node) -> Map<String, Value> {
    let row = json!({
        "_id": node.id,
        "referenceId": node.reference_id,
        "type": node.kind,
        "label": node.label,
        "comment": node.comment,
        "commentColor": node.comment_color,
        "analyticsLabel": node.analytics_label,
        "isDisabled": node.is_disabled,
        "isEntryPoint": node.is_entry_point,
        "extension": node.extension,
        "config": node.localised[0].config,
    });
    if let Value::Object(row) = row { row } else { Map::new() }
}

fn locale(locale: &Locale) -> Value {
    document(
        &locale.meta,
        json!({
            "referenceId": locale.reference_id,
            "name": locale.name,
            "primary": locale.primary,
            "nluLanguage": locale.nlu_language,
            "fallbackLocaleReference": locale.fallback,
        }),
    )
}

impl Listed for Project {
    fn id(&self) -> &str {
        &self.meta.id
    }
    fn name(&self) -> &str {
        &self.name
    }
}

impl Listed for Locale {
    fn id(&self) -> &str {
        &self.meta.id
    }
    fn name(&self) -> &str {
        &self.name
    }
    fn times(&self) -> (i64, i64) {
        (self.meta.created_at, self.meta.last_changed)
    }
}

impl Listed for Endpoint {
    fn id(&self) -> &str {
        &self.meta.id
    }
    fn name(&self) -> &str {
        Endpoint::name(self)
    }
    fn times(&self) -> (i64, i64) {
        (self.meta.created_at, self.meta.last_changed)
    }
}

impl Listed for Agent {
    fn id(&self) -> &str {
        &self.meta.id
    }
    fn name(&self) -> &str {
        Agent::name(self)
    }
    fn times(&self) -> (i64, i64) {
        (self.meta.created_at, self.meta.last_changed)
    }
}
