//! The CSV export of a lexicon: a task, its state, and a link to another host (dossier §2.7, §2.8).

use super::{Answer, View};
use crate::cognigy::project::Lexicon;
use crate::cognigy::serve::ask::Reply;
use crate::cognigy::serve::{Export, Shared};
use serde_json::{Value, json};

impl Shared {
    /// The download link's end for the newest finished export of a lexicon.
    pub(super) fn export_of(&self, lexicon: &Lexicon) -> Option<String> {
        let exports = self.exports.lock().expect("no holder of the exports panics");
        let done = exports.tasks.iter().rev().find(|t| t.lexicon == lexicon.meta.id && t.polls_left == 0)?;
        Some(format!("{}/lexicons/{}.csv", exports.host, done.id))
    }
}

impl View<'_> {
    /// Starts an export; the content is the lexicon's as it is now.
    pub(super) fn export_lexicon(&self, shared: &Shared, lexicon: &Lexicon) -> Value {
        let mut exports = shared.exports.lock().expect("no holder of the exports panics");
        let export = Export {
            id: format!("{:08x}{:016x}", self.project.meta.created_at, exports.tasks.len()),
            lexicon: lexicon.meta.id.clone(),
            polls_left: self.ask.switches.polls_until_done,
            csv: lexicon.csv(),
            begun: self.project.meta.last_changed,
        };
        let created = json!({
            "_id": export.id,
            "status": "queued",
            "type": "exportLexicon",
            "parameters": {"lexiconId": export.lexicon},
            "lastChangedAt": export.begun,
            "createdAt": export.begun,
            "currentStep": 0,
            "totalStep": 1,
        });
        exports.tasks.push(export);
        created
    }

    /// A task's state; every reading brings it nearer to `done`.
    pub(super) fn task(&self, shared: &Shared, id: &str) -> Answer {
        let mut exports = shared.exports.lock().expect("no holder of the exports panics");
        let task = exports.tasks.iter_mut().find(|t| t.id == id).ok_or_else(|| Reply::missing("The task"))?;
        task.polls_left = task.polls_left.saturating_sub(1);
        let done = task.polls_left == 0;
        Ok(json!({
            "_id": task.id,
            "name": "exportLexicon",
            "data": {"lexiconId": task.lexicon},
            "status": if done { "done" } else { "active" },
            "currentStep": u8::from(done),
            "totalStep": 1,
            "failReason": "",
            "lastRunAt": "2025-09-01T08:00:00.000Z",
            "lastFinishedAt": done.then_some("2025-09-01T08:00:01.000Z"),
            "createdAt": task.begun,
            "lastChanged": task.begun,
            "createdBy": self.project.meta.created_by,
            "lastChangedBy": self.project.meta.created_by,
        }))
    }

    /// Where the CSV can be had, once an export is done.
    pub(super) fn download_link(&self, shared: &Shared, lexicon: &Lexicon) -> Answer {
        match shared.export_of(lexicon) {
            Some(link) => Ok(json!({"downloadLink": link})),
            None => Err(Reply::problem(409, 1004, "The lexicon has not been exported yet")),
        }
    }
}
