//! Intents and sentences (dossier §2.5). The list shows neither times nor rules; only the export has sentences inline.

use super::{Answer, View, described, document};
use crate::cognigy::project::{Flow, Intent, Sentence};
use crate::cognigy::serve::ask::Reply;
use crate::cognigy::serve::paging::{Listed, ordered, page};
use serde_json::{Map, Value, json};

impl View<'_> {
    pub(super) fn intents(&self, flow: &Flow) -> Answer {
        let wanted = self.wanted_locale()?;
        let parent = self.ask.query.get("parent");
        let found = flow.intents.iter().filter(|i| parent.is_none() || i.parent.as_deref() == parent);
        page(self.ask, found, |intent| {
            let mut item = json!({"_id": intent.meta.id});
            merge(&mut item, self.intent_head(intent, wanted));
            item
        })
    }

    pub(super) fn intent(&self, flow: &Flow, id: &str) -> Answer {
        let wanted = self.wanted_locale()?;
        let intent = find(flow, id)?;
        let mut fields = self.intent_head(intent, wanted);
        merge(&mut fields, self.intent_rules(intent));
        fields["nodeReferenceId"] = json!(intent.node_reference);
        fields["childFeatures"] = intent.child_features.clone();
        fields["biasTowardsParentOrChildIntents"] = json!(intent.bias);
        fields["analyticsLabel"] = json!(intent.analytics_label);
        fields["overrideIntentDefaultRepliesAsExamples"] = json!(intent.default_replies_as_examples);
        Ok(document(&intent.meta, fields))
    }

    pub(super) fn sentences(&self, flow: &Flow, id: &str) -> Answer {
        let wanted = self.wanted_locale()?;
        let intent = find(flow, id)?;
        page(self.ask, self.shown_sentences(intent, wanted), |sentence: &Sentence| {
            self.shown_sentence(flow, intent, sentence)
        })
    }

    /// One sentence, in whichever locale it is.
    pub(super) fn sentence(&self, flow: &Flow, intent: &str, id: &str) -> Answer {
        let intent = find(flow, intent)?;
        let found = intent.sentences.iter().find(|s| s.meta.id == id);
        found.map(|s| self.shown_sentence(flow, intent, s)).ok_or_else(|| Reply::missing("The sentence"))
    }

    fn shown_sentence(&self, flow: &Flow, intent: &Intent, sentence: &Sentence) -> Value {
        let of = ([&*flow.name, &flow.meta.id], [&*intent.reference_id, &intent.name, &intent.meta.id]);
        let report = self.sentence_report(of.0, of.1);
        document(
            &sentence.meta,
            json!({
                "text": sentence.text,
                "slots": sentence.slots,
                "localeReference": sentence.locale,
                "feedbackReport": report,
            }),
        )
    }

    /// `{localeId, format}` → everything at once. The fields of the JSON form are undocumented (§2.5, §8.9).
    pub(super) fn export_intents(&self, flow: &Flow) -> Result<Reply, Reply> {
        let body: Value = serde_json::from_slice(&self.ask.body).unwrap_or_default();
        let wanted = body.get("localeId").and_then(Value::as_str).unwrap_or_default();
        if !self.project.locales.iter().any(|l| l.meta.id == wanted) {
            return Err(Reply::invalid("localeId does not name a locale"));
        }
        let intents = ordered(self.ask, &flow.intents);
        match body.get("format").and_then(Value::as_str) {
            Some("json") => {
                let rows = intents.into_iter().map(|intent| self.exported(intent, wanted));
                Ok(Reply::json(rows.collect()))
            }
            Some("csv") => {
                let quote = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
                let mut csv = String::new();
                for intent in intents {
                    for sentence in self.shown_sentences(intent, wanted) {
                        csv +=
                            &format!("{},exampleSentence,{}\n", quote(&intent.name), quote(&sentence.text));
                    }
                    for rule in &intent.rules {
                        csv += &format!("{},rules,{}\n", quote(&intent.name), quote(rule));
                    }
                }
                Ok(Reply::text("text/csv; charset=utf-8", csv))
            }
            _ => Err(Reply::invalid("format must be csv or json")),
        }
    }

    fn exported(&self, intent: &Intent, wanted: &str) -> Value {
        let mut row = match self.ask.switches.intents_export_ids {
            true => json!({"_id": intent.meta.id, "referenceId": intent.reference_id}),
            false => json!({}),
        };
        let head = json!({"name": intent.name, "tags": intent.tags, "isRejectIntent": intent.is_reject});
        merge(&mut row, described(head, intent.description.as_ref()));
        row["isDisabled"] = json!(intent.is_disabled);
        merge(&mut row, self.intent_rules(intent));
        let sentences = self.shown_sentences(intent, wanted).into_iter();
        row["sentences"] = sentences.map(|s| json!({"text": s.text, "slots": s.slots})).collect();
        row
    }

    /// The fields a list item has, without its id.
    fn intent_head(&self, intent: &Intent, wanted: &str) -> Value {
        let fields = json!({
            "referenceId": intent.reference_id,
            "name": intent.name,
            "tags": intent.tags,
            "isRejectIntent": intent.is_reject,
            "isDisabled": intent.is_disabled,
            "localeReference": self.intent_locale(intent, wanted),
            "parentIntentId": intent.parent,
            "feedbackReport": {"findings": [], "info": {"fScore": self.score()}},
        });
        described(fields, intent.description.as_ref())
    }

    fn intent_rules(&self, intent: &Intent) -> Value {
        json!({
            "condition": intent.condition,
            "rules": intent.rules,
            "confirmationSentences": intent.confirmation_sentences,
            "disambiguationSentence": intent.disambiguation_sentence,
            "data": intent.data,
        })
    }

    fn intent_locale<'s>(&'s self, intent: &Intent, wanted: &'s str) -> &'s str {
        self.project.resolve(wanted, |l| intent.localised.iter().any(|have| have == l))
    }

    /// An intent that is not localised in a locale shows the sentences it inherits.
    fn shown_sentences<'s>(&self, intent: &'s Intent, wanted: &str) -> Vec<&'s Sentence> {
        let shown = self.intent_locale(intent, wanted);
        let mine: Vec<&Sentence> = intent.sentences.iter().filter(|s| s.locale == shown).collect();
        ordered(self.ask, mine)
    }

    /// What the server found out about a sentence when it trained: names and ids of the flow and of the intent.
    pub(super) fn sentence_report(&self, flow: [&str; 2], intent: [&str; 3]) -> Value {
        let ([flow_name, flow_id], [reference_id, name, id]) = (flow, intent);
        let mut info = Map::new();
        for who in ["trueIntent", "topIntent", "runnerUpIntent"] {
            info.insert(format!("{who}ReferenceId"), json!(reference_id));
            info.insert(format!("{who}Name"), json!(name));
        }
        // The vendor's own names are not regular: trueIntentIntentId beside runnerUpIntentId.
        for field in ["trueIntentIntentId", "topIntentIntentId", "runnerUpIntentId"] {
            info.insert(field.to_owned(), json!(id));
        }
        for who in ["trueIntent", "topIntent", "runnerUp"] {
            info.insert(format!("{who}FlowName"), json!(flow_name));
            info.insert(format!("{who}FlowId"), json!(flow_id));
        }
        info.insert("topScore".to_owned(), json!(self.score()));
        info.insert("runnerUpScore".to_owned(), json!(0.1));
        info.insert("difference".to_owned(), json!(self.score() - 0.1));
        json!({"findings": [], "info": info})
    }
}

fn find<'f>(flow: &'f Flow, id: &str) -> Result<&'f Intent, Reply> {
    flow.intents.iter().find(|i| i.meta.id == id).ok_or_else(|| Reply::missing("The intent"))
}

fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}

impl Listed for Intent {
    fn id(&self) -> &str {
        &self.meta.id
    }
    fn name(&self) -> &str {
        &self.name
    }
}

impl Listed for Sentence {
    fn id(&self) -> &str {
        &self.meta.id
    }
    fn name(&self) -> &str {
        &self.text
    }
    fn times(&self) -> (i64, i64) {
        (self.meta.created_at, self.meta.last_changed)
    }
}
