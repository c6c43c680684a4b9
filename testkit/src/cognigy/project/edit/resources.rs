//! Edits of the single-document resources: endpoints and AI agents.

use crate::cognigy::project::audit::Deed;
use crate::cognigy::project::{Agent, Endpoint, Project, computed, seed};
use serde_json::{Map, Value, json};

impl Project {
    /// Adds an endpoint that leads to a flow and gives its `_id`.
    pub fn add_endpoint(&mut self, name: &str, channel: &str, flow: &str) -> String {
        self.ids.tick();
        let flow = self.flows[self.flow_at(flow)].reference_id.clone();
        let locale = self.primary().reference_id.clone();
        let entrypoint = self.meta.id.clone();
        let body = seed::endpoint_body(&mut self.ids, name, channel, &flow, &locale, &entrypoint);
        let meta = self.ids.meta();
        let id = meta.id.clone();
        self.endpoints.push(Endpoint { meta, body });
        self.record(Deed::create("endpoint", &id))
    }

    /// Removes an endpoint.
    pub fn remove_endpoint(&mut self, endpoint: &str) {
        let at = self.endpoint_at(endpoint);
        let gone = self.endpoints.remove(at);
        self.ids.tick();
        self.record(Deed::delete("endpoint", &gone.meta.id));
    }

    /// Edits what an endpoint answers.
    pub fn edit_endpoint(&mut self, endpoint: &str, change: impl FnOnce(&mut Map<String, Value>)) {
        let at = self.endpoint_at(endpoint);
        change(&mut self.endpoints[at].body);
        self.ids.touch(&mut self.endpoints[at].meta);
        self.record(Deed::patch("endpoint", &self.endpoints[at].meta.id));
    }

    /// Gives an endpoint another transformer text; the transpiled one follows.
    pub fn edit_transformer(&mut self, endpoint: &str, source: &str) {
        self.edit_endpoint(endpoint, |body| {
            let Some(Value::Object(transformer)) = body.get_mut("transformer") else {
                panic!("the endpoint has no transformer block");
            };
            transformer.insert("transformer".to_owned(), json!(source));
            transformer.insert("transpiledTransformer".to_owned(), json!(computed::transpile(source)));
        });
    }

    /// Adds an AI agent and gives its `_id`.
    pub fn add_agent(&mut self, name: &str) -> String {
        self.ids.tick();
        let meta = self.ids.meta();
        let id = meta.id.clone();
        self.agents.push(Agent { meta, reference_id: self.ids.uuid(), body: seed::agent_body(name) });
        self.record(Deed::create("aiAgent", &id))
    }

    /// Removes an AI agent.
    pub fn remove_agent(&mut self, agent: &str) {
        let at = self.agent_at(agent);
        let gone = self.agents.remove(at);
        self.ids.tick();
        self.record(Deed::delete("aiAgent", &gone.meta.id));
    }

    /// Edits what an AI agent answers.
    pub fn edit_agent(&mut self, agent: &str, change: impl FnOnce(&mut Map<String, Value>)) {
        let at = self.agent_at(agent);
        change(&mut self.agents[at].body);
        self.ids.touch(&mut self.agents[at].meta);
        self.record(Deed::patch("aiAgent", &self.agents[at].meta.id));
    }

    fn endpoint_at(&self, endpoint: &str) -> usize {
        self.endpoints
            .iter()
            .position(|e| e.meta.id == endpoint || e.name() == endpoint)
            .unwrap_or_else(|| panic!("the project has no endpoint {endpoint:?}"))
    }

    fn agent_at(&self, agent: &str) -> usize {
        self.agents
            .iter()
            .position(|a| a.meta.id == agent || a.name() == agent || a.reference_id == agent)
            .unwrap_or_else(|| panic!("the project has no AI agent {agent:?}"))
    }
}
