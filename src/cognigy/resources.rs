//! What can be asked: lists and single resources of every kind alike, and what single kinds have beside them.

use serde_json::{Value, json};

use super::client::{Client, Question};
use super::paths::{Filling, paths};
use super::{AuditEvent, Error, wire};
use crate::snapshot::Kind;

/// How many audit events a page has.
pub const AUDIT_PAGE: usize = 100;

/// Paths and ids are as the server gave them. Every method fails with whatever kept the answer from coming or from
/// being what was asked for.
#[allow(clippy::missing_errors_doc)]
impl Client {
    /// The list of a kind: of the whole project, or of what belongs to one resource, `owner`. On some servers, and for
    /// most kinds, its entries are not the whole resources.
    pub async fn list_of(&self, kind: Kind, owner: &str) -> Result<Vec<Value>, Error> {
        match paths(kind).list {
            Some(path) => self.list_at(path, owner, "").await,
            None => Ok(Vec::new()),
        }
    }

    /// One resource of a kind, by the ids of its owner, if it has one, and its own.
    pub async fn one_of(&self, kind: Kind, owner: &str, id: &str) -> Result<Value, Error> {
        let path = paths(kind).one.unwrap_or_default();
        let (path, query) = self.filling(owner, id).fill(path);
        let question = self.get(&path, &query)?;
        match kind {
            Kind::Project => self.resource(&question.of_project(), self.project_id().as_str()).await,
            // What is there once need not say which it is.
            _ if kind.is_single() => self.object(&question).await,
            _ => self.resource(&question, id).await,
        }
    }

    /// What counts as yes, no or neither in a locale: the example sentences of one of its three intents.
    pub async fn yes_no_sentences(&self, locale: &str, intent: &str) -> Result<Vec<Value>, Error> {
        self.list_at(paths(Kind::YesNoIntents).more[0], locale, intent).await
    }

    /// One knowledge source's text in chunks, in their order.
    pub async fn chunks(&self, store: &str, source: &str) -> Result<Vec<Value>, Error> {
        self.list_at(paths(Kind::KnowledgeSources).more[0], store, source).await
    }

    /// One flow's settings.
    pub async fn flow_settings(&self, flow: &str) -> Result<Value, Error> {
        self.object(&self.get(&["flows", flow, "settings"], &[])?).await
    }

    /// One flow's chart as a locale shows it: nodes without their configuration, and how they hang together.
    pub async fn chart(&self, flow: &str, locale: &str) -> Result<Value, Error> {
        let question = self.get(&["flows", flow, "chart"], &[("preferredLocaleId", locale)])?;
        let chart = self.object(&question).await?;
        for part in ["nodes", "relations"] {
            if !chart.get(part).is_some_and(Value::is_array) {
                return Err(shape(&question, format!("is not a chart: it has no `{part}`")));
            }
        }
        Ok(chart)
    }

    /// One flow's nodes as a list, on some servers with their configuration.
    pub async fn nodes(&self, flow: &str, locale: &str) -> Result<Vec<Value>, Error> {
        self.list(&["flows", flow, "chart", "nodes"], &[("preferredLocaleId", locale)]).await
    }

    /// One node with its configuration as a locale shows it.
    pub async fn node(&self, flow: &str, node: &str, locale: &str) -> Result<Value, Error> {
        let path = ["flows", flow, "chart", "nodes", node];
        self.resource(&self.get(&path, &[("preferredLocaleId", locale)])?, node).await
    }

    /// One flow's intents in a locale with their sentences, as the server exports them.
    pub async fn export_intents(&self, flow: &str, locale: &str) -> Result<Value, Error> {
        let body = json!({ "localeId": locale, "format": "json" });
        let question = self.export(&["flows", flow, "intents", "export"], &body)?;
        let export = self.ask(&question).await?;
        if export.is_array() || export.is_object() {
            return Ok(export);
        }
        Err(shape(&question, "is no export of intents: neither an array nor an object".to_owned()))
    }

    /// One lexicon's entries with their keyphrases.
    pub async fn lexicon_entries(&self, lexicon: &str) -> Result<Vec<Value>, Error> {
        self.list(&["lexicons", lexicon, "entries"], &[]).await
    }

    /// One lexicon's slots.
    pub async fn lexicon_slots(&self, lexicon: &str) -> Result<Vec<Value>, Error> {
        self.list(&["lexicons", lexicon, "slots"], &[]).await
    }

    /// The project's graph: every resource with its type, `_id`, name and `properties` (`lastChanged` and others), in one
    /// answer. Asked once: who needs it can do without.
    pub async fn graph(&self) -> Result<Vec<Value>, Error> {
        let project = self.project_id().as_str();
        let question = self.get(&["projects", project, "graph"], &[("dependencies", "false")])?.once();
        let mut graph = self.object(&question).await?;
        match graph.get_mut(project).and_then(|own| own.get_mut("resources")).map(Value::take) {
            Some(Value::Array(resources)) => Ok(resources),
            _ => Err(shape(&question, "is no graph of the project: it has no `resources`".to_owned())),
        }
    }

    /// A page of the project's audit events, newest first. Asked once: who needs it can do without.
    pub async fn audit_events(&self, skip: usize) -> Result<Vec<AuditEvent>, Error> {
        let query = [("projectId", self.project_id().as_str()), ("sort", "timestamp:desc")];
        let question = self.get(&["auditevents"], &query)?.page(AUDIT_PAGE, skip).once();
        let mut answer = self.object(&question).await?;
        let Some(Value::Array(items)) = answer.get_mut("items").map(Value::take) else {
            return Err(shape(&question, "is no list of audit events: it has no `items`".to_owned()));
        };
        let event = |item: &Value| AuditEvent::read(item);
        let events: Option<Vec<AuditEvent>> = items.iter().map(event).collect();
        events.ok_or_else(|| shape(&question, "has an audit event without a time".to_owned()))
    }

    async fn list_at(&self, path: &'static str, owner: &str, id: &str) -> Result<Vec<Value>, Error> {
        let (path, query) = self.filling(owner, id).fill(path);
        self.list(&path, &query).await
    }

    fn filling<'a>(&'a self, owner: &'a str, id: &'a str) -> Filling<'a> {
        Filling { project: self.project_id().as_str(), owner, id }
    }

    /// Asks for the thing with this `_id`: an answer about another one (a mixed-up cache) must not be stored as it.
    async fn resource(&self, question: &Question, id: &str) -> Result<Value, Error> {
        let resource = self.object(question).await?;
        match wire::id(&resource) {
            Some(found) if found == id => Ok(resource),
            Some(found) => Err(shape(question, format!("is about another resource, `{found}`"))),
            None => Err(shape(question, "is not the resource asked for: it has no `_id`".to_owned())),
        }
    }

    async fn object(&self, question: &Question) -> Result<Value, Error> {
        let answer = self.ask(question).await?;
        if answer.is_object() {
            return Ok(answer);
        }
        Err(shape(question, "is not an object".to_owned()))
    }
}

fn shape(question: &Question, problem: String) -> Error {
    Error::Shape { path: question.path(), problem }
}
