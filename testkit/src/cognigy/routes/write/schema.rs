//! Which keys a node's config may have (dossier §2.4: an unknown one is refused). The vendor's descriptors say so for
//! every type; here it is said for those that seeded projects have, and other types take anything.

use serde_json::Value;

/// What a client is told about a config that does not fit.
const FAILED: &str = "node config validation failed";

/// What the server computes.
const COMPUTED: [&str; 2] = ["transpiled", "hasError"];

/// The keys of a type's config; `None` if nobody has said.
fn keys(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "say" => &["say", "generativeAI_rephraseOutputMode", "generativeAI_amountOfLastUserInputs"],
        "question" => &[
            "type",
            "say",
            "reprompt",
            "validationMessage",
            "maxExecutionDiff",
            "preventTranscript",
            "storeResultInContext",
            "contextKey",
            "additionalValidation",
            "escalateIntents",
            "resultLocation",
        ],
        "code" => &["code"],
        "httpRequest" => &[
            "url",
            "method",
            "headers",
            "authType",
            "connection",
            "timeout",
            "retryAttempts",
            "async",
            "storeLocation",
            "contextKey",
            "abortOnFailure",
            "cacheExpiry",
            "responseType",
        ],
        "addToContext" => &["key", "value", "mode"],
        "goto" => {
            &["flowNode", "executionMode", "injectedText", "injectedData", "parseIntents", "parseKeyphrases"]
        }
        "if" => &["condition"],
        "case" => &["case"],
        "then" | "else" | "default" | "onFirstExecution" | "afterwards" | "once" => &[],
        "mock" => &["isEnabled", "code"],
        "sleep" => &["milliseconds"],
        "aiAgentJob" => &[
            "aiAgent",
            "name",
            "description",
            "instructions",
            "llmProviderReferenceId",
            "memoryType",
            "temperature",
            "maxTokens",
            "storeLocation",
        ],
        "aiAgentJobTool" => &["toolId", "name", "description", "useParameters", "parameters", "condition"],
        _ => return None,
    })
}

/// The config as it is stored, or why it is refused.
pub(super) fn config(
    kind: &str,
    mut config: Value,
    strict: bool,
    refuse_computed: bool,
) -> Result<Value, String> {
    let Value::Object(fields) = &mut config else {
        return Err(format!("{FAILED}: it must be an object"));
    };
    if let Some(found) = COMPUTED.into_iter().find(|name| fields.contains_key(*name)) {
        if refuse_computed {
            return Err(format!("{FAILED}: \"{found}\" is not allowed"));
        }
        fields.retain(|name, _| !COMPUTED.contains(&name.as_str()));
    }
    if !strict {
        return Ok(config);
    }
    // "revised" is what the catalogue of edits writes into whatever node it finds.
    let known = |name: &str| keys(kind).is_none_or(|keys| keys.contains(&name)) || name == "revised";
    if let Some(name) = fields.keys().find(|name| !known(name)) {
        return Err(format!("{FAILED}: \"{name}\" is not allowed"));
    }
    if kind == "case"
        && fields.get("case").is_none_or(|case| case.get("value").is_none())
        && !fields.is_empty()
    {
        return Err(format!("{FAILED}: \"case\" must be an object with a value"));
    }
    Ok(config)
}
