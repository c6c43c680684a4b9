//! Edits of what the NLU learns from: intents with their sentences, and lexicons.

use crate::cognigy::project::audit::Deed;
use crate::cognigy::project::{Entry, Flow, Ids, Intent, Keyphrase, Lexicon, Project, Sentence, Slot};
use serde_json::json;

impl Project {
    /// Adds an intent without sentences and gives its `_id`.
    pub fn add_intent(&mut self, flow: &str, name: &str) -> String {
        let primary = self.primary().meta.id.clone();
        self.inside_flow(flow, |ids, flow| {
            let intent = Self::blank_intent(ids, name, &primary);
            let deed = Deed::create("intent", &intent.meta.id);
            flow.intents.push(intent);
            flow.is_training_out_of_date = true;
            deed
        })
    }

    /// Removes an intent; its children lose their parent.
    pub fn remove_intent(&mut self, flow: &str, intent: &str) {
        self.inside_flow(flow, |_, flow| {
            let id = intent_of(flow, intent).meta.id.clone();
            flow.intents.retain(|i| i.meta.id != id);
            for other in flow.intents.iter_mut().filter(|i| i.parent.as_deref() == Some(&id)) {
                other.parent = None;
            }
            flow.is_training_out_of_date = true;
            Deed::delete("intent", &id)
        });
    }

    /// Edits an intent's own fields.
    pub fn edit_intent(&mut self, flow: &str, intent: &str, change: impl FnOnce(&mut Intent)) {
        self.inside_flow(flow, |ids, flow| {
            flow.is_training_out_of_date = true;
            let intent = intent_of(flow, intent);
            change(intent);
            ids.touch(&mut intent.meta);
            Deed::patch("intent", &intent.meta.id)
        });
    }

    /// Adds an example sentence in a locale (`None`: the primary one).
    pub fn add_sentence(&mut self, flow: &str, intent: &str, locale: Option<&str>, text: &str) {
        let locale = locale.map_or_else(|| self.primary().meta.id.clone(), |l| self.locale_id(l));
        self.inside_flow(flow, |ids, flow| {
            flow.is_training_out_of_date = true;
            let intent = intent_of(flow, intent);
            if !intent.localised.contains(&locale) {
                intent.localised.push(locale.clone());
            }
            let meta = ids.meta();
            let deed = Deed::create("examplesentence", &meta.id).in_locale(&locale);
            intent.sentences.push(Sentence { meta, text: text.to_owned(), slots: json!([]), locale });
            ids.touch(&mut intent.meta);
            deed.inside("intent", &intent.meta.id)
        });
    }

    /// Edits an example sentence, which is named by its words.
    pub fn edit_sentence(
        &mut self,
        flow: &str,
        intent: &str,
        text: &str,
        change: impl FnOnce(&mut Sentence),
    ) {
        self.inside_flow(flow, |ids, flow| {
            flow.is_training_out_of_date = true;
            let intent = intent_of(flow, intent);
            let found = intent.sentences.iter_mut().find(|s| s.text == text);
            let found = found.unwrap_or_else(|| panic!("the intent has no sentence {text:?}"));
            change(found);
            ids.touch(&mut found.meta);
            let deed = Deed::patch("examplesentence", &found.meta.id).in_locale(&found.locale);
            deed.inside("intent", &intent.meta.id)
        });
    }

    /// Removes an example sentence.
    pub fn remove_sentence(&mut self, flow: &str, intent: &str, text: &str) {
        self.inside_flow(flow, |_, flow| {
            flow.is_training_out_of_date = true;
            let intent = intent_of(flow, intent);
            let at = intent.sentences.iter().position(|s| s.text == text);
            let at = at.unwrap_or_else(|| panic!("the intent has no sentence {text:?}"));
            let gone = intent.sentences.remove(at);
            let deed = Deed::delete("examplesentence", &gone.meta.id).in_locale(&gone.locale);
            deed.inside("intent", &intent.meta.id)
        });
    }

    /// Adds an empty lexicon and gives its `_id`.
    pub fn add_lexicon(&mut self, name: &str) -> String {
        self.ids.tick();
        let meta = self.ids.meta();
        let id = meta.id.clone();
        self.lexicons.push(Lexicon {
            reference_id: self.ids.uuid(),
            name: name.to_owned(),
            description: None,
            slots: Vec::new(),
            entries: Vec::new(),
            content_changed: meta.last_changed,
            meta,
        });
        self.record(Deed::create("lexicon", &id))
    }

    /// Removes a lexicon.
    pub fn remove_lexicon(&mut self, lexicon: &str) {
        let id = self.lexicon(lexicon).unwrap_or_else(|| panic!("no lexicon {lexicon:?}")).meta.id.clone();
        self.lexicons.retain(|l| l.meta.id != id);
        for flow in &mut self.flows {
            flow.attached_lexicons.retain(|l| *l != id);
        }
        self.ids.tick();
        self.record(Deed::delete("lexicon", &id));
    }

    /// Edits a lexicon's own fields: name, description.
    pub fn edit_lexicon(&mut self, lexicon: &str, change: impl FnOnce(&mut Lexicon)) {
        self.inside_lexicon(lexicon, |ids, lexicon| {
            change(lexicon);
            ids.touch(&mut lexicon.meta);
            Deed::patch("lexicon", &lexicon.meta.id)
        });
    }

    /// Adds a slot to a lexicon.
    pub fn add_lexicon_slot(&mut self, lexicon: &str, name: &str) {
        self.inside_lexicon(lexicon, |ids, lexicon| {
            let slot = Slot { id: ids.id(), name: name.to_owned() };
            let deed = Deed::create("lexiconSlot", &slot.id);
            lexicon.slots.push(slot);
            deed
        });
    }

    /// Adds an entry with synonyms, tagged with the lexicon's first slot, and gives its `_id`.
    pub fn add_lexicon_entry(&mut self, lexicon: &str, main: &str, synonyms: &[&str]) -> String {
        self.inside_lexicon(lexicon, |ids, lexicon| {
            let all = [main].into_iter().chain(synonyms.iter().copied()).enumerate();
            let keyphrases: Vec<Keyphrase> = all
                .map(|(at, word)| Keyphrase { id: ids.id(), value: word.to_owned(), is_main: at == 0 })
                .collect();
            let slots = lexicon.slots.first().map(|s| s.id.clone()).into_iter().collect();
            let data =
                if synonyms.is_empty() { "{}".to_owned() } else { json!({"code": main.len()}).to_string() };
            let id = ids.id();
            let deed = Deed::create("lexiconEntry", &id);
            lexicon.entries.push(Entry { id, slots, data, keyphrases });
            deed
        })
    }

    /// Renames a slot of a lexicon.
    pub fn rename_lexicon_slot(&mut self, lexicon: &str, slot: &str, name: &str) {
        self.inside_lexicon(lexicon, |_, lexicon| {
            let found = lexicon.slots.iter_mut().find(|s| s.name == slot);
            let found = found.unwrap_or_else(|| panic!("the lexicon has no slot {slot:?}"));
            name.clone_into(&mut found.name);
            Deed::patch("lexiconSlot", &found.id)
        });
    }

    /// Removes a slot from a lexicon and from its entries.
    pub fn remove_lexicon_slot(&mut self, lexicon: &str, slot: &str) {
        self.inside_lexicon(lexicon, |_, lexicon| {
            let at = lexicon.slots.iter().position(|s| s.name == slot);
            let gone = lexicon.slots.remove(at.unwrap_or_else(|| panic!("the lexicon has no slot {slot:?}")));
            lexicon.entries.iter_mut().for_each(|e| e.slots.retain(|s| *s != gone.id));
            Deed::delete("lexiconSlot", &gone.id)
        });
    }

    /// Edits the entry with this main keyphrase: its data, its slots, its words.
    pub fn edit_lexicon_entry(
        &mut self,
        lexicon: &str,
        main: &str,
        change: impl FnOnce(&mut Ids, &mut Entry),
    ) {
        self.inside_lexicon(lexicon, |ids, lexicon| {
            let is_it = |e: &&mut Entry| e.keyphrases.iter().any(|k| k.is_main && k.value == main);
            let found = lexicon.entries.iter_mut().find(is_it);
            let found = found.unwrap_or_else(|| panic!("the lexicon has no entry {main:?}"));
            change(ids, found);
            Deed::patch("lexiconEntry", &found.id)
        });
    }

    /// Adds a synonym to the entry with this main keyphrase.
    pub fn add_synonym(&mut self, lexicon: &str, main: &str, word: &str) {
        self.edit_lexicon_entry(lexicon, main, |ids, entry| {
            entry.keyphrases.push(Keyphrase { id: ids.id(), value: word.to_owned(), is_main: false });
        });
    }

    /// Removes the entry with this main keyphrase.
    pub fn remove_lexicon_entry(&mut self, lexicon: &str, main: &str) {
        self.inside_lexicon(lexicon, |_, lexicon| {
            let is_it = |e: &Entry| e.keyphrases.iter().any(|k| k.is_main && k.value == main);
            let at = lexicon.entries.iter().position(is_it);
            let at = at.unwrap_or_else(|| panic!("the lexicon has no entry {main:?}"));
            Deed::delete("lexiconEntry", &lexicon.entries.remove(at).id)
        });
    }

    pub(in crate::cognigy::project) fn inside_lexicon(
        &mut self,
        lexicon: &str,
        change: impl FnOnce(&mut Ids, &mut Lexicon) -> Deed,
    ) -> String {
        let found = self
            .lexicons
            .iter_mut()
            .find(|l| l.meta.id == lexicon || l.name == lexicon || l.reference_id == lexicon)
            .unwrap_or_else(|| panic!("the project has no lexicon {lexicon:?}"));
        found.content_changed = self.ids.tick();
        let deed = change(&mut self.ids, found).inside("lexicon", &found.meta.id);
        self.record(deed)
    }
}

pub(in crate::cognigy::project) fn intent_of<'a>(flow: &'a mut Flow, intent: &str) -> &'a mut Intent {
    let name = flow.name.clone();
    flow.intents
        .iter_mut()
        .find(|i| i.meta.id == intent || i.reference_id == intent || i.name == intent)
        .unwrap_or_else(|| panic!("flow {name:?} has no intent {intent:?}"))
}
