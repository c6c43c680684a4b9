//! Lexicons with entries, slots and keyphrases (dossier §2.7).

use super::{Answer, View, described, document};
use crate::cognigy::project::{Entry, Keyphrase, Lexicon, Meta, Slot};
use crate::cognigy::serve::Shared;
use crate::cognigy::serve::ask::Reply;
use crate::cognigy::serve::paging::{Listed, ordered, page};
use serde_json::{Value, json};

impl View<'_> {
    pub(super) fn lexicon(&self, id: &str) -> Result<&Lexicon, Reply> {
        self.project.lexicons.iter().find(|l| l.meta.id == id).ok_or_else(|| Reply::missing("The lexicon"))
    }

    pub(super) fn lexicons(&self) -> Answer {
        self.scoped()?;
        page(self.ask, &self.project.lexicons, |l| document(&self.lexicon_meta(l), fields(l)))
    }

    pub(super) fn read_lexicon(&self, shared: &Shared, lexicon: &Lexicon) -> Value {
        let exported = shared.tasks.lock().expect("no holder of the tasks panics").export_of(lexicon);
        let mut body = fields(lexicon);
        body["isPackedForDownload"] = json!(exported.is_some() != (self.ask.noise % 2 == 1));
        document(&self.lexicon_meta(lexicon), body)
    }

    pub(super) fn entries(&self, lexicon: &Lexicon) -> Answer {
        if self.ask.switches.lexicon_entries_bare {
            return Ok(ordered(self.ask, &lexicon.entries).into_iter().map(entry).collect());
        }
        page(self.ask, &lexicon.entries, entry)
    }

    /// One entry, as the list shows it.
    pub(super) fn entry(&self, shown: &Entry) -> Value {
        entry(shown)
    }

    pub(super) fn slots(&self, lexicon: &Lexicon) -> Answer {
        page(self.ask, &lexicon.slots, |slot| json!({"_id": slot.id, "name": slot.name}))
    }

    pub(super) fn keyphrases(&self, lexicon: &Lexicon) -> Answer {
        let rows: Vec<Row<'_>> = lexicon
            .entries
            .iter()
            .flat_map(|entry| entry.keyphrases.iter().map(move |word| Row { entry, word }))
            .collect();
        page(self.ask, &rows, |row| {
            json!({
                "_id": row.word.id,
                "value": row.word.value,
                "isMainKeyphrase": row.word.is_main,
                "lexiconEntryReference": row.entry.id,
            })
        })
    }

    /// The lexicon's times; whether they show edits of its entries is a switch (§5.4).
    pub(super) fn lexicon_meta(&self, lexicon: &Lexicon) -> Meta {
        let mut meta = lexicon.meta.clone();
        if self.ask.switches.lexicon_shows_content_edits {
            meta.last_changed = meta.last_changed.max(lexicon.content_changed);
        }
        meta
    }
}

/// A keyphrase and the entry it belongs to.
struct Row<'a> {
    entry: &'a Entry,
    word: &'a Keyphrase,
}

fn fields(lexicon: &Lexicon) -> Value {
    described(
        json!({"referenceId": lexicon.reference_id, "name": lexicon.name}),
        lexicon.description.as_ref(),
    )
}

fn entry(entry: &Entry) -> Value {
    let word = |k: &Keyphrase| json!({"_id": k.id, "value": k.value, "isMainKeyphrase": k.is_main});
    json!({
        "_id": entry.id,
        "slotReferences": entry.slots,
        "data": entry.data,
        "mainKeyphrase": entry.name(),
        "keyphrases": entry.keyphrases.iter().map(word).collect::<Vec<_>>(),
    })
}

impl Listed for Lexicon {
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

impl Listed for Entry {
    fn id(&self) -> &str {
        &self.id
    }
    fn name(&self) -> &str {
        self.keyphrases.iter().find(|k| k.is_main).map(|k| &*k.value).unwrap_or_default()
    }
}

impl Listed for Slot {
    fn id(&self) -> &str {
        &self.id
    }
    fn name(&self) -> &str {
        &self.name
    }
}

impl Listed for Row<'_> {
    fn id(&self) -> &str {
        &self.word.id
    }
    fn name(&self) -> &str {
        &self.word.value
    }
}
