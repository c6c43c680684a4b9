//! Lexicons with their slots, entries and keyphrases (dossier §2.7).

use super::super::document;
use super::body::{Body, Fields, Is, set};
use super::{Desk, Done, nothing};
use crate::cognigy::project::{Entry, Keyphrase, Lexicon, Meta};
use crate::cognigy::serve::ask::Reply;
use crate::cognigy::serve::paging::Listed;
use serde_json::{Value, json};

const LEXICON: &Fields = &[("name", Is::Name), ("description", Is::Text), ("referenceId", Is::ReferenceId)];

const SLOT: &Fields = &[("name", Is::Name)];

const ENTRY: &Fields = &[("mainKeyphrase", Is::Text), ("slotReferences", Is::Texts), ("data", Is::Text)];

const KEYPHRASE: &Fields = &[("value", Is::Text), ("isMainKeyphrase", Is::Flag)];

impl Desk<'_> {
    pub(super) fn lexicons(&mut self, path: &[&str]) -> Done {
        let Some((id, rest)) = path.split_first() else {
            return if self.ask.method == "POST" { self.create_lexicon() } else { Err(self.unknown()) };
        };
        self.view().lexicon(id)?;
        match (self.ask.method.as_str(), rest) {
            ("PATCH", []) => self.patch_lexicon(id),
            ("DELETE", []) => {
                self.project.delete_lexicon(id);
                if self.ask.switches.deletes_clear_references {
                    self.project.forget(id);
                }
                nothing()
            }
            ("POST", ["import"]) => self.import_lexicon(id),
            (_, ["slots", rest @ ..]) => self.slots(id, rest),
            (_, ["entries", rest @ ..]) => self.entries(id, rest),
            ("PATCH", ["keyphrases", word]) => self.patch_keyphrase(id, word),
            _ => Err(self.unknown()),
        }
    }

    fn lexicon(&self, id: &str) -> &Lexicon {
        self.project.lexicons.iter().find(|l| l.meta.id == id).expect("the path's lexicon was just found")
    }

    fn create_lexicon(&mut self) -> Done {
        let mut body = self.scoped(LEXICON)?;
        body.needs(&["name"])?;
        self.free("lexicons", body.text("name"), self.project.lexicons.iter().map(|l| &*l.name))?;
        let name = body.take_text("name").unwrap_or_default();
        let id = self.project.create_lexicon(&name, |lexicon| {
            lexicon.description = body.take_text("description");
            set(&mut lexicon.reference_id, body.take_text("referenceId"));
        });
        let shared = self.shared;
        self.created_without("isPackedForDownload", |view| Ok(view.read_lexicon(shared, view.lexicon(&id)?)))
    }

    fn patch_lexicon(&mut self, id: &str) -> Done {
        let mut body = self.body(LEXICON)?;
        let others = self.project.lexicons.iter().filter(|l| l.meta.id != id);
        self.free("lexicons", body.text("name"), others.map(|l| &*l.name))?;
        self.project.edit_lexicon(id, |lexicon| {
            set(&mut lexicon.name, body.take_text("name"));
            if let Some(description) = body.take_text("description") {
                lexicon.description = Some(description);
            }
        });
        nothing()
    }

    fn slots(&mut self, lexicon: &str, path: &[&str]) -> Done {
        let slots = &self.lexicon(lexicon).slots;
        let found = path.first().map(|id| slots.iter().find(|s| s.id == *id));
        let found = found.map(|slot| slot.ok_or_else(|| Reply::missing("The slot"))).transpose()?;
        let old = found.map(|slot| slot.name.clone());
        let taken = |body: &Body| {
            let name = body.text("name");
            match slots.iter().any(|s| Some(&*s.name) == name && Some(&s.name) != old.as_ref()) {
                true => Err(Reply::conflict("The lexicon has a slot of this name already")),
                false => Ok(name.unwrap_or_default().to_owned()),
            }
        };
        match (self.ask.method.as_str(), &old) {
            ("POST", None) => {
                let body = self.body(SLOT)?;
                body.needs(&["name"])?;
                let name = taken(&body)?;
                let id = self.project.create_slot(lexicon, &name);
                self.created(|view| Ok(document(&born(view.lexicon(lexicon)?, &id), json!({"name": name}))))
            }
            ("PATCH", Some(old)) => {
                let body = self.body(SLOT)?;
                body.needs(&["name"])?;
                let name = taken(&body)?;
                self.project.rename_lexicon_slot(lexicon, old, &name);
                nothing()
            }
            // Its entries lose it: they are the same lexicon's.
            ("DELETE", Some(old)) => {
                self.project.remove_lexicon_slot(lexicon, old);
                nothing()
            }
            _ => Err(self.unknown()),
        }
    }

    fn entries(&mut self, lexicon: &str, path: &[&str]) -> Done {
        let Some((id, rest)) = path.split_first() else {
            return if self.ask.method == "POST" { self.create_entry(lexicon) } else { Err(self.unknown()) };
        };
        let found = self.lexicon(lexicon).entries.iter().find(|e| e.id == *id);
        found.ok_or_else(|| Reply::missing("The entry"))?;
        match (self.ask.method.as_str(), rest) {
            ("PATCH", []) => {
                let mut body = self.body(ENTRY)?;
                self.check_entry(lexicon, &body, Some(id))?;
                self.project.patch_entry(lexicon, id, |_, entry| {
                    let main = entry.keyphrases.iter_mut().find(|k| k.is_main);
                    set(
                        &mut main.expect("every entry has a main keyphrase").value,
                        body.take_text("mainKeyphrase"),
                    );
                    set(&mut entry.slots, body.take_texts("slotReferences"));
                    set(&mut entry.data, body.take_text("data"));
                });
                nothing()
            }
            ("DELETE", []) => {
                self.project.delete_entry(lexicon, id);
                nothing()
            }
            ("POST", ["keyphrases"]) => {
                let mut body = self.body(&[("value", Is::Text)])?;
                body.needs(&["value"])?;
                let value = body.take_text("value").unwrap_or_default();
                self.project.patch_entry(lexicon, id, |ids, entry| {
                    entry.keyphrases.push(Keyphrase { id: ids.id(), value, is_main: false });
                });
                nothing()
            }
            // A POST that removes: so the vendor's client has it.
            ("POST", ["keyphrases", word]) => {
                let entry = self.lexicon(lexicon).entries.iter().find(|e| e.id == *id);
                let found = entry.and_then(|e| e.keyphrases.iter().find(|k| k.id == *word));
                if found.ok_or_else(|| Reply::missing("The keyphrase"))?.is_main {
                    return Err(Reply::invalid("The main keyphrase cannot be removed"));
                }
                self.project.patch_entry(lexicon, id, |_, entry| entry.keyphrases.retain(|k| k.id != *word));
                nothing()
            }
            _ => Err(self.unknown()),
        }
    }

    fn create_entry(&mut self, lexicon: &str) -> Done {
        let synonyms: &Fields = match self.ask.switches.entry_takes_keyphrases {
            true => &[("keyphrases", Is::List)],
            false => &[],
        };
        let mut body = Body::of(self.ask, &[ENTRY, synonyms])?;
        body.needs(&["mainKeyphrase"])?;
        self.check_entry(lexicon, &body, None)?;
        let mut words = vec![body.take_text("mainKeyphrase").unwrap_or_default()];
        for word in body.0.get("keyphrases").and_then(Value::as_array).into_iter().flatten() {
            let value = word["value"].as_str().unwrap_or_default().to_owned();
            if !words.contains(&value) {
                words.push(value);
            }
        }
        let slots = body.take_texts("slotReferences").unwrap_or_default();
        let data = body.take_text("data").unwrap_or_else(|| "{}".to_owned());
        let id = self.project.create_entry(lexicon, &words, slots, &data);
        self.created(|view| {
            let lexicon = view.lexicon(lexicon)?;
            let entry = lexicon.entries.iter().find(|e| e.id == id).expect("just made");
            Ok(document(&born(lexicon, &id), view.entry(entry)))
        })
    }

    fn check_entry(&self, lexicon: &str, body: &Body, own: Option<&str>) -> Result<(), Reply> {
        let lexicon = self.lexicon(lexicon);
        let is_main = |e: &&Entry| Some(e.name()) == body.text("mainKeyphrase") && own != Some(&*e.id);
        if lexicon.entries.iter().any(|e| is_main(&e)) {
            return Err(Reply::conflict("The lexicon has an entry with this main keyphrase already"));
        }
        if body.text("mainKeyphrase") == Some("") {
            return Err(Reply::invalid("\"mainKeyphrase\" must not be empty"));
        }
        if body.text("data").is_some_and(|data| serde_json::from_str::<Value>(data).is_err()) {
            return Err(Reply::invalid("\"data\" must be JSON in a string"));
        }
        let named = body.0.get("slotReferences").map(super::body::texts).unwrap_or_default();
        match named.iter().find(|id| !lexicon.slots.iter().any(|s| s.id == **id)) {
            Some(id) => Err(Reply::invalid(&format!(
                "\"slotReferences\" names {id}, which is no slot of the lexicon"
            ))),
            None => Ok(()),
        }
    }

    fn patch_keyphrase(&mut self, lexicon: &str, id: &str) -> Done {
        let mut entries = self.lexicon(lexicon).entries.iter();
        let entry = entries.find(|e| e.keyphrases.iter().any(|k| k.id == id)).map(|e| e.id.clone());
        let entry = entry.ok_or_else(|| Reply::missing("The keyphrase"))?;
        let mut body = self.body(KEYPHRASE)?;
        self.project.patch_entry(lexicon, &entry, |_, entry| {
            let main = body.take_flag("isMainKeyphrase");
            for word in &mut entry.keyphrases {
                if word.id == id {
                    set(&mut word.value, body.take_text("value"));
                }
                // An entry has one main keyphrase, always.
                if main == Some(true) {
                    word.is_main = word.id == id;
                }
            }
        });
        nothing()
    }
}

/// The times of a slot or an entry that was just made. No read shows them, and so they are not kept.
fn born(lexicon: &Lexicon, id: &str) -> Meta {
    let (now, who) = (lexicon.content_changed, lexicon.meta.last_changed_by.clone());
    Meta {
        id: id.to_owned(),
        created_at: now,
        last_changed: now,
        created_by: who.clone(),
        last_changed_by: who,
    }
}
