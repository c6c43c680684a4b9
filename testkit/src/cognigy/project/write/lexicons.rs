//! Lexicons, their slots, entries and keyphrases as the API writes them (dossier §2.7).

use crate::cognigy::project::audit::Deed;
use crate::cognigy::project::{Entry, Ids, Keyphrase, Lexicon, Project, Slot};

impl Project {
    /// Makes a lexicon and gives its `_id`.
    pub(crate) fn create_lexicon(&mut self, name: &str, fill: impl FnOnce(&mut Lexicon)) -> String {
        let id = self.add_lexicon(name);
        fill(self.lexicons.last_mut().expect("just added"));
        id
    }

    /// Removes a lexicon; flows that it is attached to name it still.
    pub(crate) fn delete_lexicon(&mut self, id: &str) {
        self.lexicons.retain(|l| l.meta.id != id);
        self.ids.tick();
        self.record(Deed::delete("lexicon", id));
    }

    /// Makes an entry and gives its `_id`.
    pub(crate) fn create_entry(
        &mut self,
        lexicon: &str,
        words: &[String],
        slots: Vec<String>,
        data: &str,
    ) -> String {
        self.inside_lexicon(lexicon, |ids, lexicon| {
            let entry = entry(ids, words, slots, data);
            let deed = Deed::create("lexiconEntry", &entry.id);
            lexicon.entries.push(entry);
            deed
        })
    }

    /// Changes an entry.
    pub(crate) fn patch_entry(&mut self, lexicon: &str, id: &str, change: impl FnOnce(&mut Ids, &mut Entry)) {
        self.inside_lexicon(lexicon, |ids, lexicon| {
            let found = lexicon.entries.iter_mut().find(|e| e.id == id);
            change(ids, found.expect("the caller has looked for it"));
            Deed::patch("lexiconEntry", id)
        });
    }

    /// Removes an entry.
    pub(crate) fn delete_entry(&mut self, lexicon: &str, id: &str) {
        self.inside_lexicon(lexicon, |_, lexicon| {
            lexicon.entries.retain(|e| e.id != id);
            Deed::delete("lexiconEntry", id)
        });
    }

    /// Makes a slot and gives its `_id`.
    pub(crate) fn create_slot(&mut self, lexicon: &str, name: &str) -> String {
        self.add_lexicon_slot(lexicon, name);
        let lexicon = self.lexicon(lexicon).expect("just written to");
        lexicon.slots.last().expect("just added").id.clone()
    }

    /// Brings entries from a file into a lexicon, in one go.
    pub(crate) fn import_lexicon(&mut self, lexicon: &str, bring: impl FnOnce(&mut Ids, &mut Lexicon)) {
        self.inside_lexicon(lexicon, |ids, lexicon| {
            bring(ids, lexicon);
            Deed::action("importIntoLexicon", "lexicon", &lexicon.meta.id)
        });
    }
}

/// A fresh entry; the first of its words is the main one.
pub(crate) fn entry(ids: &mut Ids, words: &[String], slots: Vec<String>, data: &str) -> Entry {
    let word =
        |(at, value): (usize, &String)| Keyphrase { id: ids.id(), value: value.clone(), is_main: at == 0 };
    let keyphrases = words.iter().enumerate().map(word).collect();
    Entry { id: ids.id(), slots, data: data.to_owned(), keyphrases }
}

impl Lexicon {
    /// The `_id` of the slot of this name, made if there is none.
    pub(crate) fn slot_id(&mut self, ids: &mut Ids, name: &str) -> String {
        if let Some(found) = self.slots.iter().find(|s| s.name == name) {
            return found.id.clone();
        }
        let id = ids.id();
        self.slots.push(Slot { id: id.clone(), name: name.to_owned() });
        id
    }
}
