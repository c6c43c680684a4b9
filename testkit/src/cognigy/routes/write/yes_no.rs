//! Yes/no intents and their sentences (dossier §2.2).

use super::body::{Fields, Is, set};
use super::{Desk, Done, nothing};
use crate::cognigy::serve::ask::Reply;
use crate::cognigy::serve::paging::Listed;
use serde_json::json;

const INTENT: &Fields = &[("rules", Is::Texts), ("isDisabled", Is::Flag)];

const NEW_SENTENCE: &Fields = &[("text", Is::Text)];

const SENTENCE: &Fields = &[("text", Is::Text), ("slots", Is::List)];

impl Desk<'_> {
    pub(super) fn yes_no(&mut self, locale: &str, path: &[&str]) -> Done {
        let found = self.project.locales.iter().find(|l| l.meta.id == locale);
        let intents = &found.ok_or_else(|| Reply::missing("The locale"))?.yes_no;
        if let ("POST", ["train"]) = (self.ask.method.as_str(), path) {
            let task = self.begin("trainYesNoIntents", json!({"localeId": locale}), Box::new(|_| Ok(())))?;
            return Ok(task.map(|task| json!({"tasks": [task]})));
        }
        let Some((id, rest)) = path.split_first() else { return Err(self.unknown()) };
        let intent = intents.iter().find(|i| i.id == *id).ok_or_else(|| Reply::missing("The intent"))?;
        if let ["sentences", sentence] = rest {
            let known = intent.sentences.iter().any(|s| s.id() == *sentence);
            known.then_some(()).ok_or_else(|| Reply::missing("The sentence"))?;
        }
        match (self.ask.method.as_str(), rest) {
            ("PATCH", []) => {
                let mut body = self.body(INTENT)?;
                body.needs(&["rules", "isDisabled"])?;
                self.project.patch_yes_no(locale, id, |intent| {
                    set(&mut intent.rules, body.take_texts("rules"));
                    set(&mut intent.is_disabled, body.take_flag("isDisabled"));
                });
                nothing()
            }
            // It is one of three that every locale has: deleting it empties it.
            ("DELETE", []) => {
                self.project.patch_yes_no(locale, id, |intent| {
                    intent.rules.clear();
                    intent.sentences.clear();
                    intent.is_disabled = false;
                });
                nothing()
            }
            ("POST", ["sentences"]) => {
                let body = self.body(NEW_SENTENCE)?;
                body.needs(&["text"])?;
                let text = body.text("text").unwrap_or_default();
                let made = self.project.create_yes_no_sentence(locale, id, text);
                self.created_without("feedbackReport", |view| {
                    let intents = &view.find_locale(locale)?.yes_no;
                    let intent = intents.iter().find(|i| i.id == *id).expect("just written to");
                    let sentence = intent.sentences.iter().find(|s| s.meta.id == made).expect("just made");
                    Ok(view.yes_no_sentence(intent, sentence))
                })
            }
            ("PATCH", ["sentences", sentence]) => {
                let mut body = self.body(SENTENCE)?;
                body.needs(&["text", "slots"])?;
                self.project.patch_yes_no_sentence(locale, id, sentence, |sentence| {
                    set(&mut sentence.text, body.take_text("text"));
                    set(&mut sentence.slots, body.take("slots"));
                });
                nothing()
            }
            ("DELETE", ["sentences", sentence]) => {
                self.project.delete_yes_no_sentence(locale, id, sentence);
                nothing()
            }
            _ => Err(self.unknown()),
        }
    }
}
