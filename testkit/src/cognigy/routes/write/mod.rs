//! What the API writes (dossier §2). From a method and a path to who does it: one table, then a file per resource.
//!
//! A write holds the project's lock from its first look to its last change. What is made is answered as it is read;
//! everything else answers 204.

mod agents;
mod body;
mod documents;
mod endpoints;
mod flows;
mod form;
mod import;
mod intents;
mod knowledge;
mod lexicons;
mod locales;
mod nodes;
mod parts;
mod projects;
mod schema;
mod sentences;
mod yes_no;

use super::{Answer, View};
use crate::cognigy::project::Project;
use crate::cognigy::serve::Shared;
use crate::cognigy::serve::ask::{Ask, Reply};
use crate::cognigy::task::Work;
use body::{Body, Fields, Is};
use serde_json::Value;

/// What a write gives: an answer, or a refusal.
type Done = Result<Reply, Reply>;

/// In every POST of something that belongs to the project and not to a flow or a store.
const SCOPE: &Fields = &[("projectId", Is::Text)];

/// The project as one write has it.
struct Desk<'a> {
    project: &'a mut Project,
    shared: &'a Shared,
    ask: &'a Ask,
}

/// Answers a request that asks for something to be changed.
pub(super) fn write(shared: &Shared, ask: &Ask, path: &[&str]) -> Reply {
    let mut project = shared.project.write().expect("an edit panicked");
    let mut desk = Desk { project: &mut project, shared, ask };
    desk.refused().unwrap_or_else(|| desk.done(path).unwrap_or_else(|reply| reply))
}

impl Desk<'_> {
    /// What the server refuses whatever it is: keys that may not write, and bodies that are too large.
    fn refused(&self) -> Option<Reply> {
        let switches = self.ask.switches;
        match (switches.read_only, switches.max_json_body) {
            (true, _) if switches.denied_is_404 => Some(Reply::missing("The resource")),
            (true, _) => Some(Reply::problem(403, 403, "The API key may not do this")),
            (_, Some(most))
                if self.ask.body.len() > most && !self.ask.content_type.starts_with("multipart/") =>
            {
                Some(Reply::problem(413, 413, "request entity too large"))
            }
            _ => None,
        }
    }

    fn done(&mut self, path: &[&str]) -> Done {
        match (self.ask.method.as_str(), path) {
            ("PATCH", ["projects", id]) => self.patch_project(id),
            ("PATCH", ["projects", id, "settings"]) => self.patch_settings(id),
            (_, ["locales", rest @ ..]) => self.locales(rest),
            (_, ["flows", rest @ ..]) => self.flows(rest),
            (_, ["endpoints", rest @ ..]) => self.endpoints(rest),
            (_, ["lexicons", rest @ ..]) => self.lexicons(rest),
            (_, ["aiagents", ..]) if self.ask.switches.agents_absent => Err(self.unknown()),
            (_, ["aiagents", rest @ ..]) => self.agents(rest),
            (_, ["knowledgestores", rest @ ..]) => self.knowledge(rest),
            (_, path) => self.documents(path),
        }
    }

    fn unknown(&self) -> Reply {
        self.view().unknown()
    }

    fn view(&self) -> View<'_> {
        View { project: self.project, ask: self.ask }
    }

    /// The request's body, if it has these fields only and is for this project.
    fn scoped(&self, fields: &Fields) -> Result<Body, Reply> {
        let mut body = Body::of(self.ask, &[fields, SCOPE])?;
        body.needs(&["projectId"])?;
        self.view().own(&body.take_text("projectId").unwrap_or_default())?;
        Ok(body)
    }

    fn body(&self, fields: &Fields) -> Result<Body, Reply> {
        Body::of(self.ask, &[fields])
    }

    /// What was made, as it is read.
    fn created(&self, shown: impl FnOnce(&View<'_>) -> Answer) -> Done {
        let view = self.view();
        let shown = shown(&view)?;
        Ok(Reply::created(view.as_the_server_has_it(shown), &self.ask.switches))
    }

    /// The same without a field that only a read shows, by the vendor's types.
    fn created_without(&self, field: &str, shown: impl FnOnce(&View<'_>) -> Answer) -> Done {
        self.created(|view| {
            let mut shown = shown(view)?;
            shown.as_object_mut().and_then(|fields| fields.shift_remove(field));
            Ok(shown)
        })
    }

    /// Begins a task.
    fn begin(&mut self, kind: &'static str, parameters: Value, work: Work) -> Done {
        let mut tasks = self.shared.tasks.lock().expect("no holder of the tasks panics");
        let polls = self.ask.switches.polls_until_done;
        Ok(Reply::created(tasks.begin(self.project, (kind, parameters), polls, work), &self.ask.switches))
    }

    /// Refuses a name that another one of the kind has, where names are unique (§8.12).
    fn free<'n>(
        &self,
        kind: &str,
        name: Option<&str>,
        mut others: impl Iterator<Item = &'n str>,
    ) -> Result<(), Reply> {
        match name {
            Some(name)
                if self.ask.switches.names_unique.contains(&kind) && others.any(|other| other == name) =>
            {
                Err(Reply::conflict(&format!("There is one of the {kind} with the name {name:?} already")))
            }
            _ => Ok(()),
        }
    }

    /// Refuses an `_id` that is no locale's.
    fn known_locale(&self, field: &str, id: &str) -> Result<(), Reply> {
        match self.project.locales.iter().any(|l| l.meta.id == id) {
            true => Ok(()),
            false => Err(Reply::invalid(&format!("\"{field}\" does not name a locale"))),
        }
    }
}

/// The answer to what changes or removes something.
fn nothing() -> Done {
    Ok(Reply::nothing(204))
}
