//! Tasks: what the server does after it has answered (dossier §2.8). Every reading of a task's state brings it nearer
//! to `done`, and its work is done then and not before: a client that does not wait reads what was there until then.

use super::project::{Lexicon, Project};
use super::serve::ask::Reply;
use serde_json::{Value, json};

/// All tasks of one stand-in.
#[derive(Default)]
pub(crate) struct Tasks {
    all: Vec<Task>,
    /// Base URL of the download host.
    pub(crate) host: String,
}

/// One task.
struct Task {
    id: String,
    kind: &'static str,
    parameters: Value,
    polls_left: u32,
    begun: i64,
    work: Option<Work>,
    failure: String,
    /// What can be downloaded when it is done.
    csv: Option<String>,
}

/// What a task does to the project when it is done, or why it cannot.
pub(crate) type Work = Box<dyn FnOnce(&mut Project) -> Result<(), String> + Send>;

impl Tasks {
    /// Begins a task and gives its description. One that needs no polling is done at once.
    pub(crate) fn begin(
        &mut self,
        project: &mut Project,
        (kind, parameters): (&'static str, Value),
        polls: u32,
        work: Work,
    ) -> Value {
        let created = self.push(project, (kind, parameters), polls, None);
        let task = self.all.last_mut().expect("just pushed");
        task.work = Some(work);
        if polls == 0 {
            task.finish(project);
        }
        created
    }

    /// Begins the export of a lexicon; the content is the lexicon's as it is now.
    pub(crate) fn export(&mut self, project: &Project, lexicon: &Lexicon, polls: u32) -> Value {
        let parameters = json!({"lexiconId": lexicon.meta.id});
        self.push(project, ("exportLexicon", parameters), polls, Some(lexicon.csv()))
    }

    fn push(
        &mut self,
        project: &Project,
        (kind, parameters): (&'static str, Value),
        polls_left: u32,
        csv: Option<String>,
    ) -> Value {
        let task = Task {
            id: format!("{:08x}{:016x}", project.meta.created_at, self.all.len()),
            kind,
            parameters,
            polls_left,
            begun: project.meta.last_changed,
            work: None,
            failure: String::new(),
            csv,
        };
        let created = json!({
            "_id": task.id,
            "status": "queued",
            "type": task.kind,
            "parameters": task.parameters,
            "lastChangedAt": task.begun,
            "createdAt": task.begun,
            "currentStep": 0,
            "totalStep": 1,
        });
        self.all.push(task);
        created
    }

    /// A task's state.
    pub(crate) fn read(&mut self, project: &mut Project, id: &str) -> Result<Value, Reply> {
        let task = self.all.iter_mut().find(|t| t.id == id).ok_or_else(|| Reply::missing("The task"))?;
        task.polls_left = task.polls_left.saturating_sub(1);
        if task.polls_left == 0 {
            task.finish(project);
        }
        let ended = task.polls_left == 0;
        let status = match ended {
            true if task.failure.is_empty() => "done",
            true => "error",
            false => "active",
        };
        Ok(json!({
            "_id": task.id,
            "name": task.kind,
            "data": task.parameters,
            "status": status,
            "currentStep": u8::from(ended),
            "totalStep": 1,
            "failReason": task.failure,
            "lastRunAt": "2025-09-01T08:00:00.000Z",
            "lastFinishedAt": ended.then_some("2025-09-01T08:00:01.000Z"),
            "createdAt": task.begun,
            "lastChanged": task.begun,
            "createdBy": project.meta.created_by,
            "lastChangedBy": project.meta.created_by,
        }))
    }

    /// The download link's end for the newest finished export of a lexicon.
    pub(crate) fn export_of(&self, lexicon: &Lexicon) -> Option<String> {
        let of_it = |t: &&Task| t.csv.is_some() && t.parameters["lexiconId"] == lexicon.meta.id.as_str();
        let done = self.all.iter().rev().filter(of_it).find(|t| t.polls_left == 0)?;
        Some(format!("{}/lexicons/{}.csv", self.host, done.id))
    }

    /// What the download host has at this path.
    pub(crate) fn download(&self, path: &str) -> Option<String> {
        self.all.iter().find(|t| path.contains(&t.id)).and_then(|t| t.csv.clone())
    }
}

impl Task {
    fn finish(&mut self, project: &mut Project) {
        if let Some(Err(failure)) = self.work.take().map(|work| work(project)) {
            self.failure = failure;
        }
    }
}
