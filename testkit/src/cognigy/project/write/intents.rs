//! Intents and sentences as the API writes them (dossier §2.5), and yes/no intents (§2.2).

use crate::cognigy::project::audit::Deed;
use crate::cognigy::project::edit::content::intent_of;
use crate::cognigy::project::{Flow, Intent, Project, Sentence, YesNoIntent};
use serde_json::{Value, json};

impl Project {
    /// Makes an intent and gives its `_id`.
    pub(crate) fn create_intent(&mut self, flow: &str, name: &str, fill: impl FnOnce(&mut Intent)) -> String {
        let id = self.add_intent(flow, name);
        let at = self.flow_at(flow);
        fill(intent_of(&mut self.flows[at], &id));
        id
    }

    /// Removes an intent; its children and the flow's states name it still.
    pub(crate) fn delete_intent(&mut self, flow: &str, id: &str) {
        self.inside_flow(flow, |_, flow| {
            flow.intents.retain(|i| i.meta.id != id);
            flow.is_training_out_of_date = true;
            Deed::delete("intent", id)
        });
    }

    /// Localises an intent; it begins with copies of the sentences in `from`, or with none.
    pub(crate) fn localise_intent(&mut self, flow: &str, id: &str, locale: &str, from: Option<&str>) {
        self.inside_flow(flow, |ids, flow| {
            flow.is_training_out_of_date = true;
            let intent = intent_of(flow, id);
            intent.localised.push(locale.to_owned());
            let taken: Vec<Sentence> =
                intent.sentences.iter().filter(|s| Some(&*s.locale) == from).cloned().collect();
            let copies =
                taken.into_iter().map(|s| Sentence { meta: ids.meta(), locale: locale.to_owned(), ..s });
            intent.sentences.extend(copies);
            Deed::action("addIntentLocalization", "intent", id).in_locale(locale)
        });
    }

    /// Removes an intent's localisation with its sentences.
    pub(crate) fn unlocalise_intent(&mut self, flow: &str, id: &str, locale: &str) {
        self.inside_flow(flow, |_, flow| {
            flow.is_training_out_of_date = true;
            let intent = intent_of(flow, id);
            intent.localised.retain(|l| l != locale);
            intent.sentences.retain(|s| s.locale != locale);
            Deed::action("removeIntentLocalization", "intent", id).in_locale(locale)
        });
    }

    /// Makes a sentence and gives its `_id`.
    pub(crate) fn create_sentence(
        &mut self,
        flow: &str,
        intent: &str,
        locale: &str,
        text: &str,
        slots: Value,
    ) -> String {
        self.add_sentence(flow, intent, Some(locale), text);
        let at = self.flow_at(flow);
        let sentence = intent_of(&mut self.flows[at], intent).sentences.last_mut().expect("just added");
        sentence.slots = slots;
        sentence.meta.id.clone()
    }

    /// Changes a sentence.
    pub(crate) fn patch_sentence(
        &mut self,
        flow: &str,
        intent: &str,
        id: &str,
        change: impl FnOnce(&mut Sentence),
    ) {
        self.inside_flow(flow, |ids, flow| {
            flow.is_training_out_of_date = true;
            let intent = intent_of(flow, intent);
            let found = intent.sentences.iter_mut().find(|s| s.meta.id == id);
            let found = found.expect("the caller has looked for it");
            change(found);
            ids.touch(&mut found.meta);
            Deed::patch("examplesentence", id).in_locale(&found.locale).inside("intent", &intent.meta.id)
        });
    }

    /// Removes a sentence.
    pub(crate) fn delete_sentence(&mut self, flow: &str, intent: &str, id: &str) {
        self.inside_flow(flow, |_, flow| {
            flow.is_training_out_of_date = true;
            let intent = intent_of(flow, intent);
            let at = intent.sentences.iter().position(|s| s.meta.id == id);
            let gone = intent.sentences.remove(at.expect("the caller has looked for it"));
            Deed::delete("examplesentence", id).in_locale(&gone.locale).inside("intent", &intent.meta.id)
        });
    }

    /// Brings intents from a file into a flow, in one go.
    pub(crate) fn import_intents(
        &mut self,
        flow: &str,
        locale: &str,
        bring: impl FnOnce(&mut Importing<'_>),
    ) {
        let primary = self.primary().meta.id.clone();
        self.inside_flow(flow, |ids, flow| {
            flow.is_training_out_of_date = true;
            bring(&mut Importing { ids, flow, primary: &primary, locale });
            Deed::action("importIntents", "flow", &flow.meta.id).in_locale(locale)
        });
    }

    /// Changes one of a locale's yes/no intents.
    pub(crate) fn patch_yes_no(&mut self, locale: &str, id: &str, change: impl FnOnce(&mut YesNoIntent)) {
        self.inside_yes_no(locale, id, |_, intent| {
            change(intent);
            Deed::patch("yesNoIntent", &intent.id)
        });
    }

    /// Changes a sentence of a yes/no intent.
    pub(crate) fn patch_yes_no_sentence(
        &mut self,
        locale: &str,
        intent: &str,
        id: &str,
        change: impl FnOnce(&mut Sentence),
    ) {
        self.inside_yes_no(locale, intent, |ids, intent| {
            let found = intent.sentences.iter_mut().find(|s| s.meta.id == id);
            let found = found.expect("the caller has looked for it");
            change(found);
            ids.touch(&mut found.meta);
            Deed::patch("examplesentence", id)
        });
    }

    /// Removes a sentence of a yes/no intent.
    pub(crate) fn delete_yes_no_sentence(&mut self, locale: &str, intent: &str, id: &str) {
        self.inside_yes_no(locale, intent, |_, intent| {
            intent.sentences.retain(|s| s.meta.id != id);
            Deed::delete("examplesentence", id)
        });
    }

    /// Makes a sentence of a yes/no intent and gives its `_id`.
    pub(crate) fn create_yes_no_sentence(&mut self, locale: &str, intent: &str, text: &str) -> String {
        self.add_yes_no_sentence(locale, intent, text);
        let found = self.locales.iter().find(|l| l.meta.id == locale).expect("just written to");
        let intent = found.yes_no.iter().find(|i| i.id == intent).expect("just written to");
        intent.sentences.last().expect("just added").meta.id.clone()
    }
}

/// A flow that intents are being brought into.
pub(crate) struct Importing<'a> {
    ids: &'a mut crate::cognigy::project::Ids,
    flow: &'a mut Flow,
    primary: &'a str,
    locale: &'a str,
}

impl Importing<'_> {
    /// The intents so far.
    pub(crate) fn intents(&mut self) -> &mut Vec<Intent> {
        &mut self.flow.intents
    }

    /// The intent of this name, made if there is none, localised in the locale of the import.
    pub(crate) fn intent(&mut self, name: &str) -> &mut Intent {
        let at = self.flow.intents.iter().position(|i| i.name == name).unwrap_or_else(|| {
            self.flow.intents.push(Project::blank_intent(self.ids, name, self.primary));
            self.flow.intents.len() - 1
        });
        let intent = &mut self.flow.intents[at];
        if !intent.localised.iter().any(|l| l == self.locale) {
            intent.localised.push(self.locale.to_owned());
        }
        self.ids.touch(&mut intent.meta);
        intent
    }

    /// Adds a sentence to the intent of this name, in the locale of the import.
    pub(crate) fn sentence(&mut self, intent: &str, text: &str, slots: Option<&Value>) {
        let (meta, locale) = (self.ids.meta(), self.locale.to_owned());
        let slots = slots.cloned().unwrap_or_else(|| json!([]));
        self.intent(intent).sentences.push(Sentence { meta, text: text.to_owned(), slots, locale });
    }
}
