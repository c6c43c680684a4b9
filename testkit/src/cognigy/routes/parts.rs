//! The small parts of locales and flows: yes/no intents (dossier §2.2), flow states and slot fillers (§2.3).

use super::{Answer, View, document};
use crate::cognigy::project::{Document, Locale, Sentence, YesNoIntent};
use crate::cognigy::serve::ask::Reply;
use crate::cognigy::serve::paging::page;
use serde_json::{Map, Value, json};

impl View<'_> {
    /// All three at once, each under its key.
    pub(super) fn yes_no(&self, locale: &str) -> Answer {
        let intents = self.find_locale(locale)?.yes_no.iter();
        Ok(Value::Object(intents.map(|i| (i.key.to_owned(), self.yes_no_intent(locale, i))).collect()))
    }

    /// The sentences of one. None can be read alone: the vendor's client has no such call.
    pub(super) fn yes_no_sentences(&self, locale: &str, intent: &str) -> Answer {
        let found = self.find_locale(locale)?.yes_no.iter().find(|i| i.id == intent);
        let intent = found.ok_or_else(|| Reply::missing("The intent"))?;
        page(self.ask, &intent.sentences, |sentence| self.yes_no_sentence(intent, sentence))
    }

    pub(super) fn yes_no_sentence(&self, intent: &YesNoIntent, sentence: &Sentence) -> Value {
        document(
            &sentence.meta,
            json!({
                "text": sentence.text,
                "slots": sentence.slots,
                "localeReference": sentence.locale,
                // They belong to no flow and have no referenceId that anything shows.
                "feedbackReport": self.sentence_report(["", ""], ["", &intent.name, &intent.id]),
            }),
        )
    }

    fn yes_no_intent(&self, locale: &str, intent: &YesNoIntent) -> Value {
        let mut shown = json!({
            "_id": intent.id, "rules": intent.rules, "name": intent.name, "isDisabled": intent.is_disabled,
        });
        if self.ask.switches.yes_no_as_stored {
            shown["intentType"] = json!("yesNoIntent");
            shown["feedbackReport"] = json!({"findings": [], "info": {"fScore": self.score()}});
            shown["localizedData"] = json!([{"localeReference": locale, "rules": intent.rules}]);
        }
        shown
    }

    pub(super) fn find_locale(&self, id: &str) -> Result<&Locale, Reply> {
        self.project.locales.iter().find(|l| l.meta.id == id).ok_or_else(|| Reply::missing("The locale"))
    }

    /// A flow's states or slot fillers: the list shows only some fields.
    pub(super) fn parts(&self, parts: &[Document], listed: &[&str]) -> Answer {
        page(self.ask, parts, |part| {
            let pick = |name: &&str| Some(((*name).to_owned(), part.body.get(*name)?.clone()));
            document(&part.meta, Value::Object(listed.iter().filter_map(pick).collect::<Map<_, _>>()))
        })
    }

    /// One of them, whole.
    pub(super) fn part(&self, parts: &[Document], id: &str) -> Answer {
        let part = parts.iter().find(|p| p.meta.id == id).ok_or_else(|| Reply::missing("The resource"))?;
        Ok(document(&part.meta, Value::Object(part.body.clone())))
    }
}
