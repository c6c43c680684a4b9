//! The whole project as JSON, taken from the model and not from the routes, so that what a client read through the
//! routes can be compared with it (`tests/contract`).

use super::{
    Agent, Collection, Document, Endpoint, Flow, Intent, KnowledgeStore, Lexicon, Locale, Meta, Node,
    Project, Sentence,
};
use serde_json::{Map, Value, json};

impl Project {
    /// Everything stored, unresolved: nodes with all their versions, intents with all their sentences.
    pub fn truth(&self) -> Value {
        json!({
            "project": {
                "meta": meta(&self.meta),
                "name": self.name,
                "color": self.color,
                "primaryLocaleReference": self.primary().meta.id,
                "handoverConfiguration": self.handover,
            },
            "settings": {"meta": meta(&self.settings_meta), "body": self.settings},
            "locales": all(&self.locales, locale),
            "flows": all(&self.flows, flow),
            "endpoints": all(&self.endpoints, |e: &Endpoint| json!({"meta": meta(&e.meta), "body": e.body})),
            "lexicons": all(&self.lexicons, lexicon),
            "agents": all(&self.agents, |a: &Agent| {
                json!({"meta": meta(&a.meta), "referenceId": a.reference_id, "body": a.body})
            }),
            "documents": Collection::ALL
                .map(|kind| (kind.name().to_owned(), all(self.documents(kind), document)))
                .into_iter()
                .collect::<Map<_, _>>(),
            "knowledge": all(&self.knowledge, knowledge_store),
        })
    }
}

fn all<T>(items: &[T], one: impl Fn(&T) -> Value) -> Value {
    Value::Array(items.iter().map(one).collect())
}

fn meta(meta: &Meta) -> Value {
    json!({
        "_id": meta.id,
        "createdAt": meta.created_at,
        "lastChanged": meta.last_changed,
        "createdBy": meta.created_by,
        "lastChangedBy": meta.last_changed_by,
    })
}

fn locale(locale: &Locale) -> Value {
    json!({
        "meta": meta(&locale.meta),
        "referenceId": locale.reference_id,
        "name": locale.name,
        "primary": locale.primary,
        "nluLanguage": locale.nlu_language,
        "fallbackLocaleReference": locale.fallback,
        "yesNo": all(&locale.yes_no, |i| {
            json!({
                "_id": i.id,
                "key": i.key,
                "name": i.name,
                "rules": i.rules,
                "isDisabled": i.is_disabled,
                "sentences": all(&i.sentences, sentence),
            })
        }),
    })
}

fn document(document: &Document) -> Value {
    json!({"meta": meta(&document.meta), "body": document.body})
}

fn knowledge_store(store: &KnowledgeStore) -> Value {
    json!({
        "document": document(&store.document),
        "contentChanged": store.content_changed,
        "sources": all(&store.sources, |s| {
            json!({
                "document": document(&s.document),
                "contentChanged": s.content_changed,
                "chunks": all(&s.chunks, document),
            })
        }),
    })
}

fn sentence(sentence: &Sentence) -> Value {
    json!({
        "meta": meta(&sentence.meta),
        "text": sentence.text,
        "slots": sentence.slots,
        "localeReference": sentence.locale,
    })
}

fn flow(flow: &Flow) -> Value {
    json!({
        "meta": meta(&flow.meta),
        "contentChanged": flow.content_changed,
        "referenceId": flow.reference_id,
        "name": flow.name,
        "description": flow.description,
        "context": flow.context,
        "attachedFlows": flow.attached_flows,
        "attachedLexicons": flow.attached_lexicons,
        "img": flow.img,
        "intentTrainGroupReference": flow.intent_train_group,
        "isTrainingOutOfDate": flow.is_training_out_of_date,
        "localised": flow.localised,
        "settings": {"meta": meta(&flow.settings_meta), "body": flow.settings},
        "inheritsModel": flow.inherits_model,
        "chartId": flow.chart_id,
        "nodes": all(&flow.nodes, node),
        "relations": all(&flow.relations, |r| {
            json!({"_id": r.id, "node": r.node, "children": r.children, "next": r.next})
        }),
        "intents": all(&flow.intents, intent),
        "states": all(&flow.states, document),
        "slotFillers": all(&flow.slot_fillers, document),
    })
}

fn node(node: &Node) -> Value {
    let mut row = json!({
        "_id": node.id,
        "referenceId": node.reference_id,
        "type": node.kind,
        "extension": node.extension,
        "label": node.label,
        "analyticsLabel": node.analytics_label,
        "comment": node.comment,
        "commentColor": node.comment_color,
        "isEntryPoint": node.is_entry_point,
        "isDisabled": node.is_disabled,
        "isCollapsed": node.is_collapsed,
        "localizedData": all(&node.localised, |l| {
            json!({"localeReference": l.locale, "config": l.config, "preview": l.preview})
        }),
    });
    // Only newer servers have it, and few nodes.
    if node.mock != (false, String::new()) {
        row["mock"] = json!({"isEnabled": node.mock.0, "code": node.mock.1});
    }
    row
}

fn intent(intent: &Intent) -> Value {
    json!({
        "meta": meta(&intent.meta),
        "referenceId": intent.reference_id,
        "name": intent.name,
        "description": intent.description,
        "tags": intent.tags,
        "condition": intent.condition,
        "rules": intent.rules,
        "confirmationSentences": intent.confirmation_sentences,
        "disambiguationSentence": intent.disambiguation_sentence,
        "data": intent.data,
        "isRejectIntent": intent.is_reject,
        "isDisabled": intent.is_disabled,
        "parentIntentId": intent.parent,
        "nodeReferenceId": intent.node_reference,
        "childFeatures": intent.child_features,
        "biasTowardsParentOrChildIntents": intent.bias,
        "analyticsLabel": intent.analytics_label,
        "overrideIntentDefaultRepliesAsExamples": intent.default_replies_as_examples,
        "localised": intent.localised,
        "sentences": all(&intent.sentences, sentence),
    })
}

fn lexicon(lexicon: &Lexicon) -> Value {
    let slots: Vec<Value> = lexicon.slots.iter().map(|s| json!({"_id": s.id, "name": s.name})).collect();
    let mut entries = Vec::new();
    for entry in &lexicon.entries {
        let words: Vec<Value> = entry
            .keyphrases
            .iter()
            .map(|k| json!({"_id": k.id, "value": k.value, "isMainKeyphrase": k.is_main}))
            .collect();
        let mut row = Map::new();
        row.insert("_id".to_owned(), json!(entry.id));
        row.insert("slotReferences".to_owned(), json!(entry.slots));
        row.insert("data".to_owned(), json!(entry.data));
        row.insert("keyphrases".to_owned(), json!(words));
        entries.push(Value::Object(row));
    }
    json!({
        "meta": meta(&lexicon.meta),
        "contentChanged": lexicon.content_changed,
        "referenceId": lexicon.reference_id,
        "name": lexicon.name,
        "description": lexicon.description,
        "slots": slots,
        "entries": entries,
        "csv": lexicon.csv(),
    })
}
