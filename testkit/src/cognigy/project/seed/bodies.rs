//! What a fresh document of each kind holds, the same whether a project is seeded with it or a test adds it.

use super::words;
use crate::cognigy::project::{Collection, Ids, computed};
use serde_json::{Map, Value, json};

/// The body of a fresh document.
pub(crate) fn body(ids: &mut Ids, kind: Collection, name: &str) -> Map<String, Value> {
    let mut body = match kind {
        Collection::Functions => json!({"isDisabled": false, "name": name, "code": words::FUNCTION}),
        Collection::Connections => json!({
            "name": name,
            "isDeprecated": false,
            "fields": {"username": "service"},
            "extension": "@cognigy/basic-nodes",
            "type": "http_basic",
        }),
        Collection::NluConnectors => json!({
            "name": name,
            "type": "watson",
            "settings": {"apikey": "", "workspaceId": ids.uuid(), "serviceURL": "https://nlu.example.com"},
            "transformer": transformer(words::NLU_TRANSFORMER),
        }),
        Collection::Playbooks => json!({
            "name": name,
            "abortOnError": true,
            "timeout": 2000,
            "steps": [step(ids, "where is my order"), step(ids, "A-1024")],
        }),
        Collection::Extensions => extension(ids, name),
        Collection::Tokens => json!({"label": name, "type": "context", "script": "{{context.order.id}}"}),
        Collection::LargeLanguageModels => json!({
            "name": name,
            "description": "Answers what no flow knows",
            "modelType": "gpt-4o",
            "provider": "openAI",
            "connectionId": "",
            "isDefault": false,
            "modelGroup": "chat",
            "isCustomModel": false,
            "openAI": {"customModel": ""},
        }),
        Collection::Goals => json!({
            "name": name,
            "version": "1",
            "description": "What we want from a conversation",
            "steps": [goal_step(ids, "Asked", 1, "start"), goal_step(ids, "Answered", 2, "completion")],
        }),
        Collection::CopilotConfigs => json!({
            "name": name,
            "description": "What the agent sees",
            "config": {
                "grid": {"columns": 2, "rows": 2, "gap": 10},
                "tiles": {
                    "profile": {"x": 1, "y": 1, "columns": 1, "rows": 1},
                    "orders": {"x": 2, "y": 1, "columns": 1, "rows": 2},
                },
            },
        }),
        Collection::HandoverProviders => json!({
            "name": name,
            "serviceId": ids.id(),
            "service": "salesforce",
            "localeId": null,
            "properties": ["queue", "skill"],
            "settings": {"baseUrl": "https://agents.example.com", "queue": "service", "timeout": 30},
        }),
    };
    if kind.has_reference_id() {
        body["referenceId"] = json!(ids.uuid());
    }
    object(body)
}

/// A step of a playbook, which expects the answer to have text.
pub(crate) fn step(ids: &mut Ids, text: &str) -> Value {
    json!({
        "_id": ids.id(),
        "text": text,
        "data": {},
        "asserts": [{"_id": ids.id(), "type": "assertText", "params": {"text": "order", "exact": false, "negate": false}}],
    })
}

/// The transformer block of an NLU connector; its transpiled code is the server's.
fn transformer(source: &str) -> Value {
    json!({
        "abortOnError": false,
        "transformerStackEnabled": false,
        "transformer": source,
        "transpiledTransformer": computed::transpile(source),
        "preNluTransformerEnabled": true,
        "postNluTransformerEnabled": false,
        "nluCodeTransformerEnabled": false,
    })
}

fn goal_step(ids: &mut Ids, name: &str, order: u8, kind: &str) -> Value {
    json!({
        "_id": ids.id(),
        "name": name,
        "description": "",
        "order": order,
        "type": kind,
        "metrics": [{"name": "Saved", "description": "What a call would have cost", "type": "currency", "value": 4.5}],
    })
}

fn extension(ids: &mut Ids, name: &str) -> Value {
    let meta = ids.meta();
    json!({
        "name": name,
        "label": name.replace('-', " "),
        "version": "1.4.0",
        "imageUrlToken": ids.token(),
        "description": "Talks to the warehouse",
        "readme": "# Warehouse\n\nNeeds a connection with a key.\n",
        "tags": ["service"],
        "author": "Service team",
        "extensionType": "nodes",
        "trustedCode": false,
        "nodes": [{
            "type": "lookUpParcel",
            "defaultLabel": "Look up parcel",
            "summary": "Finds a parcel by its number",
            "extension": name,
            "extensionImg": "",
            "appearance": {"color": "#0b3694"},
            "fields": [{"type": "cognigyText", "key": "parcel", "label": "Parcel", "defaultValue": ""}],
        }],
        "connections": [{
            "_id": meta.id,
            "extension": name,
            "type": "warehouse",
            "label": "Warehouse",
            "fields": [{"fieldName": "key"}],
            "createdAt": meta.created_at,
            "lastChanged": meta.last_changed,
            "createdBy": meta.created_by,
            "lastChangedBy": meta.last_changed_by,
        }],
    })
}

/// A knowledge store's own fields.
pub(crate) fn store(ids: &mut Ids, name: &str) -> Map<String, Value> {
    object(json!({
        "referenceId": ids.uuid(),
        "name": name,
        "description": "What customers ask again and again",
        "status": "ready",
        "language": "en-US",
        "documents": [],
    }))
}

/// A knowledge source's own fields.
pub(crate) fn source(ids: &mut Ids, name: &str) -> Map<String, Value> {
    object(json!({
        "referenceId": ids.uuid(),
        "name": name,
        "description": "",
        "status": "ready",
        "type": "manual",
        "metaData": {"tags": ["faq"]},
        "data": {},
    }))
}

/// A chunk's own fields.
pub(crate) fn chunk(ids: &mut Ids, order: usize, text: &str) -> Map<String, Value> {
    object(json!({"referenceId": ids.uuid(), "order": order, "text": text, "disabled": false, "data": {}}))
}

/// A flow state's own fields.
pub(crate) fn state(ids: &mut Ids, name: &str) -> Map<String, Value> {
    object(json!({
        "referenceId": ids.uuid(), "name": name, "type": "whitelist", "isDefault": false, "intentIds": [],
    }))
}

/// A slot filler's own fields.
pub(crate) fn slot_filler(ids: &mut Ids, name: &str) -> Map<String, Value> {
    object(json!({
        "referenceId": ids.uuid(),
        "name": name,
        "type": "regex",
        "regex": "[A-Z]-[0-9]{4}",
        "usePositiveOnly": false,
        "removeNegated": true,
        "storeResultInContext": true,
        "contextKey": "order",
        "storeInContactProfile": false,
        "profileKey": "",
        "storeDetailedResults": false,
        "skipIfResultInContext": true,
        "additionalValidation": "",
        "resultLocation": "input.result",
    }))
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(map) = value { map } else { Map::new() }
}
