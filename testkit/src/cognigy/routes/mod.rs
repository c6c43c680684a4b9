//! The routes: from a method and a path to what the project shows there. One table, then a file per resource.
//!
//! Reads here, writes in [`mod@write`]; everything else is 404, so that a client which calls something unexpected finds out
//! at once.

mod audit;
mod chart;
mod documents;
mod export;
mod flows;
mod graph;
mod intents;
mod knowledge;
mod lexicons;
mod parts;
mod resources;
mod write;

use super::project::{Meta, Project};
use super::serve::Shared;
use super::serve::ask::{Ask, Reply};
use super::traffic::is_write;
use serde_json::{Map, Value, json};

/// What a handler gives: a plain 200 answer, or another reply.
type Answer = Result<Value, Reply>;

/// The project as one request sees it.
struct View<'a> {
    project: &'a Project,
    ask: &'a Ask,
}

/// Answers a request that passed the front door.
pub(crate) fn route(shared: &Shared, ask: &Ask) -> Reply {
    let segments: Vec<&str> = ask.path.split('/').filter(|s| !s.is_empty()).collect();
    if let ("GET", ["tasks", id]) = (ask.method.as_str(), segments.as_slice()) {
        return task(shared, id);
    }
    if is_write(&ask.method, &ask.path) {
        return write::write(shared, ask, &segments);
    }
    let project = shared.project.read().expect("an edit panicked");
    let view = View { project: &project, ask };
    let answer = match (ask.method.as_str(), segments.as_slice()) {
        ("GET", ["projects"]) => view.projects(),
        ("GET", ["projects", id]) => view.own(id).map(|()| view.project()),
        ("GET", ["projects", id, "settings"]) => view.own(id).map(|()| view.settings()),
        ("GET", ["projects", id, "graph"]) => view.own(id).map(|()| view.graph()),
        ("GET", ["locales"]) => view.locales(),
        ("GET", ["locales", id]) => view.locale(id),
        ("GET", ["locales", id, "yesnointents"]) => view.yes_no(id),
        ("GET", ["locales", id, "yesnointents", intent, "sentences"]) => view.yes_no_sentences(id, intent),
        ("GET", ["flows"]) => view.flows(),
        ("GET", ["flows", id, rest @ ..]) => view.flow(id).and_then(|flow| match rest {
            [] => view.read_flow(flow),
            ["settings"] => Ok(view.flow_settings(flow)),
            ["chart"] => view.chart(flow),
            ["chart", "nodes"] => view.nodes(flow),
            ["chart", "nodes", node] => view.node(flow, node),
            ["intents"] => view.intents(flow),
            ["intents", intent] => view.intent(flow, intent),
            ["intents", intent, "sentences"] => view.sentences(flow, intent),
            ["intents", intent, "sentences", sentence] => view.sentence(flow, intent, sentence),
            ["states"] => view.parts(&flow.states, &["name", "referenceId", "isDefault"]),
            ["states", state] => view.part(&flow.states, state),
            ["slotfillers"] => view.parts(&flow.slot_fillers, &["name", "type", "referenceId"]),
            ["slotfillers", filler] => view.part(&flow.slot_fillers, filler),
            _ => Err(view.unknown()),
        }),
        ("POST", ["flows", id, "intents", "export"]) => {
            match view.flow(id).and_then(|flow| view.export_intents(flow)) {
                Ok(reply) | Err(reply) => return reply,
            }
        }
        ("GET", ["endpoints"]) => view.endpoints(),
        ("GET", ["endpoints", id]) => view.endpoint(id),
        ("GET", ["lexicons"]) => view.lexicons(),
        ("GET", ["lexicons", id, "export"]) => {
            view.lexicon(id).map(|lexicon| view.export_lexicon(shared, lexicon))
        }
        ("POST", ["lexicons", id, "downloadlink"]) => {
            view.lexicon(id).and_then(|l| view.download_link(shared, l))
        }
        ("GET", ["lexicons", id, rest @ ..]) => view.lexicon(id).and_then(|lexicon| match rest {
            [] => Ok(view.read_lexicon(shared, lexicon)),
            ["entries"] => view.entries(lexicon),
            ["slots"] => view.slots(lexicon),
            ["keyphrases"] => view.keyphrases(lexicon),
            _ => Err(view.unknown()),
        }),
        ("GET", ["aiagents", ..]) if ask.switches.agents_absent => Err(view.unknown()),
        ("GET", ["aiagents"]) => view.agents(),
        ("GET", ["aiagents", id]) => view.agent(id).map(|agent| view.read_agent(agent)),
        ("GET", ["aiagents", id, "jobs"]) => view.agent(id).map(|agent| view.jobs(agent)),
        ("GET", ["knowledgestores", rest @ ..]) => view.knowledge(rest),
        ("GET", ["auditevents", rest @ ..]) => view.audit(rest),
        ("GET", path) => view.documents(path).unwrap_or_else(|| Err(view.unknown())),
        _ => Err(view.unknown()),
    };
    answer.map_or_else(|reply| reply, |value| Reply::json(view.as_the_server_has_it(value)))
}

/// A task's state. Reading it may finish it, and with that change the project.
fn task(shared: &Shared, id: &str) -> Reply {
    let mut project = shared.project.write().expect("an edit panicked");
    let mut tasks = shared.tasks.lock().expect("no holder of the tasks panics");
    tasks.read(&mut project, id).map_or_else(|reply| reply, Reply::json)
}

impl View<'_> {
    fn unknown(&self) -> Reply {
        Reply::missing(&format!("The route {} {}", self.ask.method, self.ask.path))
    }

    /// A project id that is not ours gives 400 and not 404: so the CLI tells a wrong id from a wrong key (§1.6).
    fn own(&self, id: &str) -> Result<(), Reply> {
        if id == self.project.id() {
            Ok(())
        } else {
            Err(Reply::invalid("projectId does not name a project of yours"))
        }
    }

    /// Lists are asked for by `projectId` (§2); without one everything the key may see is meant, which is one project.
    fn scoped(&self) -> Result<(), Reply> {
        self.ask.query.get("projectId").map_or(Ok(()), |id| self.own(id))
    }

    /// The `_id` of the locale asked for by `preferredLocaleId`, or of the primary one.
    fn wanted_locale(&self) -> Result<&str, Reply> {
        let Some(id) = self.ask.query.get("preferredLocaleId") else {
            return Ok(&self.project.primary().meta.id);
        };
        let found = self.project.locales.iter().find(|l| l.meta.id == id);
        found.map(|l| &*l.meta.id).ok_or_else(|| Reply::invalid("preferredLocaleId does not name a locale"))
    }

    /// A number the server computes: the same every time, until it computes anew.
    fn score(&self) -> f64 {
        if self.ask.noise > 0 { 0.5 + (self.ask.noise % 40) as f64 / 100.0 } else { 0.87 }
    }

    /// Server-built code: reworded whenever it computed anew.
    fn built(&self, code: &mut Value) {
        if let (1.., Value::String(code)) = (self.ask.noise, code) {
            code.push_str(&format!("// build {}\n", self.ask.noise));
        }
    }

    /// The answer with the keys of its objects in the order in which the server happens to keep them now.
    fn as_the_server_has_it(&self, value: Value) -> Value {
        let turn = |value| self.as_the_server_has_it(value);
        match value {
            value if self.project.noise == 0 => value,
            Value::Object(fields) => {
                let mut fields: Vec<(String, Value)> =
                    fields.into_iter().map(|(k, v)| (k, turn(v))).collect();
                let by = self.project.noise as usize % fields.len().max(1);
                fields.rotate_left(by);
                Value::Object(fields.into_iter().collect())
            }
            Value::Array(items) => items.into_iter().map(turn).collect(),
            value => value,
        }
    }
}

/// A document: `_id` first, then its fields, then its times, as the server writes them. Fields that are null because
/// the model has none (`description`) are for the caller to leave out.
fn document(meta: &Meta, fields: Value) -> Value {
    let mut made = Map::new();
    made.insert("_id".to_owned(), json!(meta.id));
    if let Value::Object(fields) = fields {
        made.extend(fields);
    }
    made.insert("createdAt".to_owned(), json!(meta.created_at));
    made.insert("lastChanged".to_owned(), json!(meta.last_changed));
    made.insert("createdBy".to_owned(), json!(meta.created_by));
    made.insert("lastChangedBy".to_owned(), json!(meta.last_changed_by));
    Value::Object(made)
}

/// Puts an optional description behind the name.
fn described(mut fields: Value, description: Option<&String>) -> Value {
    if let Some(description) = description {
        fields["description"] = json!(description);
    }
    fields
}
