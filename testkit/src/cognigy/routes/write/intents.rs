//! Intents (dossier §2.5). What is written is not localised but for the sentences; a POST is for the primary locale.

use super::body::{Body, Fields, Is, set};
use super::{Desk, Done, nothing};
use crate::cognigy::project::{Flow, Intent};
use crate::cognigy::serve::ask::Reply;

const INTENT: &Fields = &[
    ("name", Is::Name),
    ("description", Is::Text),
    ("condition", Is::Text),
    ("isRejectIntent", Is::Flag),
    ("isDisabled", Is::Flag),
    ("tags", Is::Texts),
    ("confirmationSentences", Is::Texts),
    ("disambiguationSentence", Is::Text),
    ("data", Is::Any),
    ("rules", Is::Texts),
    ("nodeReferenceId", Is::Text),
    ("childFeatures", Is::Any),
    ("biasTowardsParentOrChildIntents", Is::Text),
    ("parentIntentId", Is::Maybe),
    ("analyticsLabel", Is::Text),
    ("overrideIntentDefaultRepliesAsExamples", Is::Text),
    ("feedbackReport", Is::Computed),
];

const CHANGED: &Fields = &[("localeId", Is::Text)];

impl Desk<'_> {
    /// What is below `/flows/{flow}/intents`, but for training and the import.
    pub(super) fn intents(&mut self, flow: &str, path: &[&str]) -> Done {
        let Some((id, rest)) = path.split_first() else {
            return if self.ask.method == "POST" { self.create_intent(flow) } else { Err(self.unknown()) };
        };
        self.intent(flow, id)?;
        match (self.ask.method.as_str(), rest) {
            ("PATCH", []) => self.patch_intent(flow, id),
            ("DELETE", []) => {
                self.project.delete_intent(flow, id);
                nothing()
            }
            ("POST", ["addlocalization"]) => {
                let (locale, from) = self.new_locale(|flow, l| localised(flow, id, l), flow)?;
                if self.ask.switches.localisation_needs_flow {
                    self.flow_localised(flow, &locale)?;
                }
                self.project.localise_intent(flow, id, &locale, from.as_deref());
                nothing()
            }
            ("POST", ["removelocalization"]) => {
                let locale = self.lost_locale(|flow, l| localised(flow, id, l), flow)?;
                self.project.unlocalise_intent(flow, id, &locale);
                nothing()
            }
            (_, ["sentences", rest @ ..]) => self.sentences(flow, id, rest),
            _ => Err(self.unknown()),
        }
    }

    pub(super) fn intent(&self, flow: &str, id: &str) -> Result<&Intent, Reply> {
        let found = self.flow(flow).intents.iter().find(|i| i.meta.id == id);
        found.ok_or_else(|| Reply::missing("The intent"))
    }

    fn create_intent(&mut self, flow: &str) -> Done {
        let mut body = self.body(INTENT)?;
        body.needs(&["name"])?;
        self.check_intent(flow, &body, None)?;
        let name = body.take_text("name").unwrap_or_default();
        let id = self.project.create_intent(flow, &name, |intent| fill(intent, &mut body));
        self.created(|view| view.intent(view.flow(flow)?, &id))
    }

    fn patch_intent(&mut self, flow: &str, id: &str) -> Done {
        let mut body = Body::of(self.ask, &[INTENT, CHANGED])?;
        body.needs(&["localeId"])?;
        self.known_locale("localeId", body.text("localeId").unwrap_or_default())?;
        self.check_intent(flow, &body, Some(id))?;
        self.project.edit_intent(flow, id, |intent| {
            set(&mut intent.name, body.take_text("name"));
            fill(intent, &mut body);
        });
        nothing()
    }

    fn check_intent(&self, flow: &str, body: &Body, own: Option<&str>) -> Result<(), Reply> {
        let others = self.flow(flow).intents.iter().filter(|i| own != Some(&*i.meta.id));
        self.free("intents", body.text("name"), others.map(|i| &*i.name))?;
        let parent = body.text("parentIntentId");
        if parent.is_some_and(|p| own == Some(p) || !self.flow(flow).intents.iter().any(|i| i.meta.id == p)) {
            return Err(Reply::invalid("\"parentIntentId\" does not name another intent of the flow"));
        }
        Ok(())
    }
}

fn fill(intent: &mut Intent, body: &mut Body) {
    if let Some(description) = body.take_text("description") {
        intent.description = Some(description);
    }
    if body.0.contains_key("parentIntentId") {
        intent.parent = body.take_text("parentIntentId");
    }
    set(&mut intent.condition, body.take_text("condition"));
    set(&mut intent.is_reject, body.take_flag("isRejectIntent"));
    set(&mut intent.is_disabled, body.take_flag("isDisabled"));
    set(&mut intent.tags, body.take_texts("tags"));
    set(&mut intent.confirmation_sentences, body.take_texts("confirmationSentences"));
    set(&mut intent.disambiguation_sentence, body.take_text("disambiguationSentence"));
    set(&mut intent.data, body.take("data"));
    set(&mut intent.rules, body.take_texts("rules"));
    set(&mut intent.node_reference, body.take_text("nodeReferenceId"));
    set(&mut intent.child_features, body.take("childFeatures"));
    set(&mut intent.bias, body.take_text("biasTowardsParentOrChildIntents"));
    set(&mut intent.analytics_label, body.take_text("analyticsLabel"));
    set(&mut intent.default_replies_as_examples, body.take_text("overrideIntentDefaultRepliesAsExamples"));
}

fn localised(flow: &Flow, intent: &str, locale: &str) -> bool {
    flow.intents.iter().any(|i| i.meta.id == intent && i.localised.iter().any(|l| l == locale))
}
