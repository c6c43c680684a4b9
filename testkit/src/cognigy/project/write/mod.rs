//! What the API's writes do to the content. Like the edits, with two differences: whoever writes says everything at
//! once, so that a create or a change is one event of the audit log; and what referred to something deleted refers to
//! it still, for the server mends nothing that the dossier knows of.

mod documents;
mod intents;
mod lexicons;
mod locales;
mod nodes;

pub(crate) use intents::Importing;
pub(crate) use lexicons::entry;

use super::audit::Deed;
use super::{Flow, Project};
use serde_json::Value;

impl Project {
    /// Changes the project's own fields.
    pub(crate) fn patch_project(&mut self, change: impl FnOnce(&mut Self)) {
        change(self);
        self.ids.touch(&mut self.meta);
        self.record(Deed::patch("project", &self.meta.id));
    }

    /// Makes a flow, which begins with a start and an end node, and gives its `_id`.
    pub(crate) fn create_flow(&mut self, name: &str, fill: impl FnOnce(&mut Flow)) -> String {
        let id = self.add_flow(name);
        fill(self.flows.last_mut().expect("just added"));
        id
    }

    /// Removes a flow with everything in it.
    pub(crate) fn delete_flow(&mut self, id: &str) {
        self.flows.retain(|f| f.meta.id != id);
        self.ids.tick();
        self.record(Deed::delete("flow", id));
    }

    /// Lets go of what refers to a flow or to a lexicon that was deleted.
    pub(crate) fn forget(&mut self, id: &str) {
        for flow in &mut self.flows {
            flow.attached_flows.retain(|a| a != id);
            flow.attached_lexicons.retain(|a| a != id);
        }
    }

    /// Localises a flow: from now on its nodes and intents can be.
    pub(crate) fn localise_flow(&mut self, id: &str, locale: &str) {
        self.inside_flow(id, |ids, flow| {
            flow.localised.push(locale.to_owned());
            ids.touch(&mut flow.meta);
            Deed::action("addFlowLocalization", "flow", &flow.meta.id).in_locale(locale)
        });
    }

    /// Removes a flow's localisation with all versions of its nodes, and sentences of its intents, in that locale.
    pub(crate) fn unlocalise_flow(&mut self, id: &str, locale: &str) {
        self.inside_flow(id, |ids, flow| {
            flow.lose(locale);
            ids.touch(&mut flow.meta);
            Deed::action("removeFlowLocalization", "flow", &flow.meta.id).in_locale(locale)
        });
    }

    /// Changes a flow's settings, and which locales use the NLU model of the one they fall back to.
    pub(crate) fn patch_flow_settings(
        &mut self,
        id: &str,
        change: impl FnOnce(&mut Value, &mut Vec<String>),
    ) {
        let at = self.flow_at(id);
        let mut inherits = std::mem::take(&mut self.flows[at].inherits_model);
        self.edit_flow_settings(id, |settings| change(settings, &mut inherits));
        self.flows[at].inherits_model = inherits;
    }

    /// Says that a flow was trained: its NLU model is as new as its intents.
    pub(crate) fn train(&mut self, id: &str) {
        if let Some(flow) = self.flows.iter_mut().find(|f| f.meta.id == id) {
            flow.is_training_out_of_date = false;
        }
    }
}

impl Flow {
    /// Forgets all that was localised in a locale.
    pub(super) fn lose(&mut self, locale: &str) {
        self.localised.retain(|l| l != locale);
        self.inherits_model.retain(|l| l != locale);
        self.nodes.iter_mut().for_each(|n| n.localised.retain(|l| l.locale != locale));
        for intent in &mut self.intents {
            intent.localised.retain(|l| l != locale);
            intent.sentences.retain(|s| s.locale != locale);
        }
    }
}
