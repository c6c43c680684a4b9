//! Flows and their settings (dossier §2.3). A list item lacks context, attachments, locale and reports.

use super::{Answer, View, described, document};
use crate::cognigy::project::{Flow, Meta};
use crate::cognigy::serve::ask::Reply;
use crate::cognigy::serve::paging::{Listed, page};
use serde_json::{Value, json};

impl View<'_> {
    pub(super) fn flow(&self, id: &str) -> Result<&Flow, Reply> {
        self.project.flows.iter().find(|f| f.meta.id == id).ok_or_else(|| Reply::missing("The flow"))
    }

    pub(super) fn flows(&self) -> Answer {
        self.scoped()?;
        page(self.ask, &self.project.flows, |flow| document(&self.flow_meta(flow), self.flow_fields(flow)))
    }

    pub(super) fn read_flow(&self, flow: &Flow) -> Answer {
        let wanted = self.wanted_locale()?;
        let shown = self.project.resolve(wanted, |l| flow.localised.iter().any(|have| have == l));
        let mut fields = self.flow_fields(flow);
        fields["context"] = flow.context.clone();
        fields["attachedFlows"] = json!(flow.attached_flows);
        fields["attachedLexicons"] = json!(flow.attached_lexicons);
        fields["localeReference"] = json!(shown);
        fields["intentTrainGroupReference"] = json!(flow.intent_train_group);
        fields["feedbackReport"] =
            json!({"findings": [], "info": {"accuracy": self.score(), "fScore": self.score()}});
        fields["img"] = json!(flow.img);
        Ok(document(&self.flow_meta(flow), fields))
    }

    pub(super) fn flow_settings(&self, flow: &Flow) -> Value {
        let mut fields = flow.settings.clone();
        let row = |id: &String| json!({"localeReference": id, "inheritFallbackLocaleModel": flow.inherits_model.contains(id)});
        fields["localeSettings"] = flow.localised.iter().map(row).collect();
        document(&flow.settings_meta, fields)
    }

    fn flow_fields(&self, flow: &Flow) -> Value {
        let stale = flow.is_training_out_of_date != (self.ask.noise % 2 == 1);
        let fields =
            json!({"referenceId": flow.reference_id, "name": flow.name, "isTrainingOutOfDate": stale});
        described(fields, flow.description.as_ref())
    }

    /// The flow's times; whether they show edits of its content is a switch (§5.4).
    pub(super) fn flow_meta(&self, flow: &Flow) -> Meta {
        let mut meta = flow.meta.clone();
        if self.ask.switches.flow_shows_content_edits {
            meta.last_changed = meta.last_changed.max(flow.content_changed);
        }
        meta
    }
}

impl Listed for Flow {
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
