//! Plausible node configs. The API documents no schema for them (dossier §2.4); these have the shapes and the
//! sizes that real ones have.

use super::words;
use fastrand::Rng;
use serde_json::{Value, json};

/// A config for a node of this kind. `target` is (flow referenceId, node referenceId), see dossier §1.9.
pub(super) fn config(kind: &str, rng: &mut Rng, target: &(String, String)) -> Value {
    let text = words::TEXTS[rng.usize(..words::TEXTS.len())];
    match kind {
        "say" => {
            json!({"say": say(text), "generativeAI_rephraseOutputMode": "none", "generativeAI_amountOfLastUserInputs": 5})
        }
        "question" => json!({
            "type": "text",
            "say": say(text),
            "reprompt": say("Sorry, could you say that again?"),
            "validationMessage": "That does not look right.",
            "maxExecutionDiff": 50,
            "preventTranscript": false,
            "storeResultInContext": true,
            "contextKey": format!("answer_{:x}", rng.u32(..)),
            "additionalValidation": "",
            "escalateIntents": {"intents": [], "action": "none"},
            "resultLocation": "input.result",
        }),
        "code" => {
            json!({"code": format!("// Revision {}\n{}", rng.u16(..), words::CODE), "hasError": false, "transpiled": ""})
        }
        "httpRequest" => json!({
            "url": format!("https://orders.example.com/v1/orders/{{{{context.order}}}}?page={}", rng.u8(..)),
            "method": "get",
            "headers": {"Accept": "application/json", "X-Channel": "{{input.channel}}"},
            "authType": "bearerAuth",
            "connection": "",
            "timeout": 8000,
            "retryAttempts": 2,
            "async": false,
            "storeLocation": "context",
            "contextKey": "httprequest",
            "abortOnFailure": false,
            "cacheExpiry": 0,
            "responseType": "JSON",
        }),
        "addToContext" => json!({"key": "lastTopic", "value": text, "mode": "simple"}),
        "goto" => json!({
            "flowNode": {"flow": target.0, "node": target.1, "isSnapshotVersion": false},
            "executionMode": "continue",
            "injectedText": "",
            "injectedData": "{}",
            "parseIntents": true,
            "parseKeyphrases": true,
        }),
        "if" => json!({
            "condition": {
                "type": "rule",
                "condition": "context.returnable === true",
                "rule": {"left": "{{context.returnable}}", "operand": "eq", "right": "true"},
            },
        }),
        "sleep" => json!({"milliseconds": 250 + u32::from(rng.u8(..))}),
        "aiAgentJob" => json!({
            "aiAgent": "",
            "name": "Service job",
            "description": text,
            "instructions": "Stay polite. Never promise a date the order system has not given.",
            "llmProviderReferenceId": "default",
            "memoryType": "sessionContext",
            "temperature": 0.7,
            "maxTokens": 4000,
            "storeLocation": "stream",
        }),
        _ => json!({}),
    }
}

/// The config of an AI agent's tool node.
pub(super) fn tool() -> Value {
    json!({
        "toolId": "lookup_order",
        "name": "Look up order",
        "description": "Finds an order by its number.",
        "useParameters": true,
        "parameters": "{\"type\": \"object\", \"properties\": {\"number\": {\"type\": \"string\"}}}",
        "condition": "",
    })
}

fn say(text: &str) -> Value {
    json!({
        "type": "text",
        "text": [text],
        "data": "",
        "linear": false,
        "loop": false,
        "_cognigy": {"_default": {"_text": {"type": "text", "text": text}}},
        "_data": {"_cognigy": {"_default": {}}},
        "_webchat3": {"overrideDefault": false},
        "_voiceGateway2": {"activities": [{"type": "say", "text": text, "bargeIn": {"enable": false}}]},
    })
}

/// The same config in another language: every text a customer would see carries the language's mark.
pub(super) fn translated(config: &Value, mark: &str) -> Value {
    let mut config = config.clone();
    for text in ["/say/text/0", "/reprompt/text/0", "/validationMessage", "/value", "/description"] {
        if let Some(Value::String(text)) = config.pointer_mut(text) {
            text.insert_str(0, mark);
        }
    }
    if let Some(Value::String(code)) = config.get_mut("code") {
        code.insert_str(0, &format!("// {mark}\n"));
    }
    config
}
