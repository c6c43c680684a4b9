//! Example sentences of intents (dossier §2.5).

use super::body::{Fields, Is, set};
use super::{Desk, Done, nothing};
use crate::cognigy::serve::ask::Reply;
use serde_json::json;

const NEW: &Fields = &[("text", Is::Text), ("slots", Is::List), ("localeId", Is::Text)];

/// The vendor's type wants both with every change.
const CHANGED: &Fields = &[("text", Is::Text), ("slots", Is::List)];

impl Desk<'_> {
    /// What is below `/flows/{flow}/intents/{intent}/sentences`.
    pub(super) fn sentences(&mut self, flow: &str, intent: &str, path: &[&str]) -> Done {
        let known = |id: &str| match self.intent(flow, intent)?.sentences.iter().any(|s| s.meta.id == id) {
            true => Ok(()),
            false => Err(Reply::missing("The sentence")),
        };
        match (self.ask.method.as_str(), path) {
            ("POST", []) => self.create_sentence(flow, intent),
            ("PATCH", [id]) => {
                known(id)?;
                let mut body = self.body(CHANGED)?;
                body.needs(&["text", "slots"])?;
                self.project.patch_sentence(flow, intent, id, |sentence| {
                    set(&mut sentence.text, body.take_text("text"));
                    set(&mut sentence.slots, body.take("slots"));
                });
                nothing()
            }
            ("DELETE", [id]) => {
                known(id)?;
                self.project.delete_sentence(flow, intent, id);
                nothing()
            }
            _ => Err(self.unknown()),
        }
    }

    fn create_sentence(&mut self, flow: &str, intent: &str) -> Done {
        let mut body = self.body(NEW)?;
        body.needs(&["text", "localeId"])?;
        let locale = body.take_text("localeId").unwrap_or_default();
        self.known_locale("localeId", &locale)?;
        let localised = self.intent(flow, intent)?.localised.contains(&locale);
        if !localised && !self.ask.switches.sentence_localises {
            return Err(Reply::invalid("The intent is not localised in this locale"));
        }
        let slots = body.take("slots").unwrap_or_else(|| json!([]));
        let text = body.text("text").unwrap_or_default();
        let id = self.project.create_sentence(flow, intent, &locale, text, slots);
        self.created_without("feedbackReport", |view| view.sentence(view.flow(flow)?, intent, &id))
    }
}
