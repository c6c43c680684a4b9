//! Edits of the small parts of locales and flows: yes/no intents, flow states, slot fillers.

use super::knowledge::edit;
use crate::cognigy::project::audit::Deed;
use crate::cognigy::project::{Document, Flow, Ids, Project, Sentence, YesNoIntent, seed};
use serde_json::{Map, Value, json};

/// Which of a flow's lists of parts is meant: what the audit log calls one of them, and the list.
pub(in crate::cognigy::project) type Parts = (&'static str, fn(&mut Flow) -> &mut Vec<Document>);

pub(in crate::cognigy::project) const STATES: Parts = ("flowState", |flow| &mut flow.states);
pub(in crate::cognigy::project) const SLOT_FILLERS: Parts = ("slotFiller", |flow| &mut flow.slot_fillers);

impl Project {
    /// Adds a sentence to one of a locale's yes/no intents, which is named by its key.
    pub fn add_yes_no_sentence(&mut self, locale: &str, intent: &str, text: &str) {
        let id = self.locale_id(locale);
        self.inside_yes_no(locale, intent, |ids, intent| {
            let (meta, text) = (ids.meta(), text.to_owned());
            let deed = Deed::create("examplesentence", &meta.id);
            intent.sentences.push(Sentence { meta, text, slots: json!([]), locale: id });
            deed
        });
    }

    /// Gives a sentence of a yes/no intent other words.
    pub fn edit_yes_no_sentence(&mut self, locale: &str, intent: &str, text: &str, words: &str) {
        self.inside_yes_no(locale, intent, |ids, intent| {
            let found = intent.sentences.iter_mut().find(|s| s.text == text);
            let found = found.unwrap_or_else(|| panic!("{:?} has no sentence {text:?}", intent.key));
            words.clone_into(&mut found.text);
            ids.touch(&mut found.meta);
            Deed::patch("examplesentence", &found.meta.id)
        });
    }

    /// Removes a sentence of a yes/no intent.
    pub fn remove_yes_no_sentence(&mut self, locale: &str, intent: &str, text: &str) {
        self.inside_yes_no(locale, intent, |_, intent| {
            let at = intent.sentences.iter().position(|s| s.text == text);
            let at = at.unwrap_or_else(|| panic!("{:?} has no sentence {text:?}", intent.key));
            Deed::delete("examplesentence", &intent.sentences.remove(at).meta.id)
        });
    }

    /// Edits a yes/no intent's own fields: rules, and whether it is disabled.
    pub fn edit_yes_no_intent(&mut self, locale: &str, intent: &str, change: impl FnOnce(&mut YesNoIntent)) {
        self.inside_yes_no(locale, intent, |_, intent| {
            change(intent);
            Deed::patch("yesNoIntent", &intent.id)
        });
    }

    /// Adds a state to a flow and gives its `_id`.
    pub fn add_flow_state(&mut self, flow: &str, name: &str) -> String {
        self.add_part(flow, STATES, |ids| seed::state(ids, name))
    }

    /// Edits a flow's state.
    pub fn edit_flow_state(&mut self, flow: &str, state: &str, change: impl FnOnce(&mut Map<String, Value>)) {
        self.edit_part(flow, STATES, state, change);
    }

    /// Removes a flow's state.
    pub fn remove_flow_state(&mut self, flow: &str, state: &str) {
        self.remove_part(flow, STATES, state);
    }

    /// Adds a slot filler to a flow and gives its `_id`.
    pub fn add_slot_filler(&mut self, flow: &str, name: &str) -> String {
        self.add_part(flow, SLOT_FILLERS, |ids| seed::slot_filler(ids, name))
    }

    /// Edits a flow's slot filler.
    pub fn edit_slot_filler(
        &mut self,
        flow: &str,
        filler: &str,
        change: impl FnOnce(&mut Map<String, Value>),
    ) {
        self.edit_part(flow, SLOT_FILLERS, filler, change);
    }

    /// Removes a flow's slot filler.
    pub fn remove_slot_filler(&mut self, flow: &str, filler: &str) {
        self.remove_part(flow, SLOT_FILLERS, filler);
    }

    pub(in crate::cognigy::project) fn add_part(
        &mut self,
        flow: &str,
        (element, parts): Parts,
        body: impl FnOnce(&mut Ids) -> Map<String, Value>,
    ) -> String {
        self.inside_flow(flow, |ids, flow| {
            let body = body(ids);
            let meta = ids.meta();
            let deed = Deed::create(element, &meta.id);
            parts(flow).push(Document { meta, body });
            deed
        })
    }

    fn remove_part(&mut self, flow: &str, (element, parts): Parts, which: &str) {
        self.inside_flow(flow, |_, flow| {
            let at = parts(flow).iter().position(|part| part.is(which));
            let at = at.unwrap_or_else(|| panic!("flow {:?} has no {which:?}", flow.name));
            Deed::delete(element, &parts(flow).remove(at).meta.id)
        });
    }

    fn edit_part(
        &mut self,
        flow: &str,
        (element, parts): Parts,
        which: &str,
        change: impl FnOnce(&mut Map<String, Value>),
    ) {
        self.inside_flow(flow, |ids, flow| {
            let name = flow.name.clone();
            let found = parts(flow).iter_mut().find(|part| part.is(which));
            let found = found.unwrap_or_else(|| panic!("flow {name:?} has no {which:?}"));
            edit(ids, found, change);
            Deed::patch(element, &found.meta.id)
        });
    }

    pub(in crate::cognigy::project) fn inside_yes_no(
        &mut self,
        locale: &str,
        intent: &str,
        change: impl FnOnce(&mut Ids, &mut YesNoIntent) -> Deed,
    ) {
        let id = self.locale_id(locale);
        self.ids.tick();
        let found = self.locales.iter_mut().find(|l| l.meta.id == id).expect("the id was just found");
        let found = found.yes_no.iter_mut().find(|i| i.key == intent || i.id == intent);
        let found = found.unwrap_or_else(|| panic!("{locale:?} has no intent {intent:?}"));
        let deed = change(&mut self.ids, found).inside("yesNoIntent", &found.id).inside("locale", &id);
        self.record(deed);
    }
}
