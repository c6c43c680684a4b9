//! The CSV export of a lexicon: a task, its state, and a link to another host (dossier §2.7, §2.8).

use super::{Answer, View};
use crate::cognigy::project::Lexicon;
use crate::cognigy::serve::Shared;
use crate::cognigy::serve::ask::Reply;
use serde_json::{Value, json};

impl View<'_> {
    /// Starts an export.
    pub(super) fn export_lexicon(&self, shared: &Shared, lexicon: &Lexicon) -> Value {
        let mut tasks = shared.tasks.lock().expect("no holder of the tasks panics");
        tasks.export(self.project, lexicon, self.ask.switches.polls_until_done)
    }

    /// Where the CSV can be had, once an export is done.
    pub(super) fn download_link(&self, shared: &Shared, lexicon: &Lexicon) -> Answer {
        let link = shared.tasks.lock().expect("no holder of the tasks panics").export_of(lexicon);
        let link = link.ok_or_else(|| Reply::conflict("The lexicon has not been exported yet"))?;
        Ok(json!({"downloadLink": link}))
    }
}
