//! What people do to a project while it is being backed up. Every edit moves the project's time and the changed
//! document's `lastChanged`, as the server would, and leaves one event in the audit log: what it was is said by the
//! `Deed` that it ends with. Something that is not there is a mistake in the test: it panics and says what it looked
//! for.

pub(super) mod content;
mod documents;
pub(super) mod knowledge;
pub(super) mod nodes;
pub(super) mod parts;
mod resources;

use super::audit::Deed;
use super::{Flow, Ids, Locale, Project, seed};
use serde_json::Value;

impl Project {
    /// Renames the project.
    pub fn rename(&mut self, name: &str) {
        name.clone_into(&mut self.name);
        self.ids.touch(&mut self.meta);
        self.record(Deed::patch("project", &self.meta.id));
    }

    /// Edits the project's settings.
    pub fn edit_settings(&mut self, change: impl FnOnce(&mut Value)) {
        change(&mut self.settings);
        self.ids.touch(&mut self.settings_meta);
        self.record(Deed::patch("projectsettings", &self.settings_meta.id).inside("project", &self.meta.id));
    }

    /// Lets the server compute anew what it computes, and keep its records in another order: transpiled code,
    /// `hasError`, previews, reports, `isTrainingOutOfDate`, a store's status, the keys of objects, and lists whose
    /// order nobody chose. No person changed anything, no time moves, and the audit log has nothing to say.
    pub fn recompute(&mut self) {
        self.noise += 1;
    }

    /// Adds a locale that falls back to the primary one and gives its `_id`.
    pub fn add_locale(&mut self, name: &str, nlu_language: &str) -> String {
        self.ids.tick();
        let locale = Locale {
            meta: self.ids.meta(),
            reference_id: self.ids.uuid(),
            name: name.to_owned(),
            primary: false,
            nlu_language: nlu_language.to_owned(),
            fallback: Some(self.primary().meta.id.clone()),
            yes_no: seed::yes_no(&mut self.ids),
        };
        let id = locale.meta.id.clone();
        self.locales.push(locale);
        self.record(Deed::create("locale", &id))
    }

    /// Renames a locale.
    pub fn rename_locale(&mut self, locale: &str, name: &str) {
        self.edit_locale(locale, |l| name.clone_into(&mut l.name));
    }

    /// Edits a locale's own fields: name, language, fallback.
    pub fn edit_locale(&mut self, locale: &str, change: impl FnOnce(&mut Locale)) {
        let id = self.locale_id(locale);
        let found = self.locales.iter_mut().find(|l| l.meta.id == id).expect("the id was just found");
        change(found);
        self.ids.touch(&mut found.meta);
        self.record(Deed::patch("locale", &id));
    }

    /// Removes a locale with all that was localised in it; who fell back to it falls back further.
    pub fn remove_locale(&mut self, locale: &str) {
        let gone =
            self.locale(locale).unwrap_or_else(|| panic!("the project has no locale {locale:?}")).clone();
        assert!(!gone.primary, "the primary locale cannot go");
        let (id, primary) = (gone.meta.id.as_str(), self.primary().reference_id.clone());
        self.locales.retain(|l| l.meta.id != id);
        for heir in self.locales.iter_mut().filter(|l| l.fallback.as_deref() == Some(id)) {
            heir.fallback.clone_from(&gone.fallback);
        }
        for flow in &mut self.flows {
            flow.localised.retain(|l| l != id);
            flow.nodes.iter_mut().for_each(|n| n.localised.retain(|l| l.locale != id));
            for intent in &mut flow.intents {
                intent.localised.retain(|l| l != id);
                intent.sentences.retain(|s| s.locale != id);
            }
        }
        for endpoint in self.endpoints.iter_mut().filter(|e| e.body["localeId"] == gone.reference_id.as_str())
        {
            endpoint.body["localeId"] = Value::from(primary.as_str());
        }
        self.ids.tick();
        self.record(Deed::delete("locale", id));
    }

    /// Adds a flow, which begins with a start and an end node, and gives its `_id`.
    pub fn add_flow(&mut self, name: &str) -> String {
        self.ids.tick();
        let primary = self.primary().meta.id.clone();
        let flow = Self::blank_flow(&mut self.ids, name, &primary);
        let id = flow.meta.id.clone();
        self.flows.push(flow);
        self.record(Deed::create("flow", &id))
    }

    /// Removes a flow with everything in it.
    pub fn remove_flow(&mut self, flow: &str) {
        let at = self.flow_at(flow);
        let gone = self.flows.remove(at);
        for other in &mut self.flows {
            other.attached_flows.retain(|id| *id != gone.meta.id);
        }
        self.ids.tick();
        self.record(Deed::delete("flow", &gone.meta.id));
    }

    /// Renames a flow.
    pub fn rename_flow(&mut self, flow: &str, name: &str) {
        self.edit_flow(flow, |f| name.clone_into(&mut f.name));
    }

    /// Edits a flow's own document: description, context, attachments.
    pub fn edit_flow(&mut self, flow: &str, change: impl FnOnce(&mut Flow)) {
        let at = self.flow_at(flow);
        change(&mut self.flows[at]);
        self.ids.touch(&mut self.flows[at].meta);
        self.record(Deed::patch("flow", &self.flows[at].meta.id));
    }

    /// Edits a flow's settings.
    pub fn edit_flow_settings(&mut self, flow: &str, change: impl FnOnce(&mut Value)) {
        let at = self.flow_at(flow);
        let flow = &mut self.flows[at];
        change(&mut flow.settings);
        self.ids.touch(&mut flow.settings_meta);
        let deed = Deed::patch("flowSettings", &flow.settings_meta.id).inside("flow", &flow.meta.id);
        self.record(deed);
    }

    /// The index of a flow named by `_id`, name, or referenceId.
    pub(super) fn flow_at(&self, flow: &str) -> usize {
        self.flows
            .iter()
            .position(|f| f.meta.id == flow || f.name == flow || f.reference_id == flow)
            .unwrap_or_else(|| panic!("the project has no flow {flow:?}"))
    }

    pub(super) fn locale_id(&self, locale: &str) -> String {
        self.locale(locale).unwrap_or_else(|| panic!("the project has no locale {locale:?}")).meta.id.clone()
    }

    /// Changes something inside a flow: what it answers itself stays, only its content is newer. Gives the `_id` of
    /// what was edited.
    pub(super) fn inside_flow(
        &mut self,
        flow: &str,
        change: impl FnOnce(&mut Ids, &mut Flow) -> Deed,
    ) -> String {
        let at = self.flow_at(flow);
        let now = self.ids.tick();
        let flow = &mut self.flows[at];
        flow.content_changed = now;
        let deed = change(&mut self.ids, flow).inside("flow", &flow.meta.id);
        self.record(deed)
    }
}
