//! Endpoints, lexicons, AI agents and settings of seeded projects (dossier §2.1, §2.3, §2.6, §2.7, §2.11).

use super::bodies::object;
use super::{PLANTED_IN_CODE, PLANTED_SECRETS, words};
use crate::cognigy::project::{Endpoint, Ids, Project, computed};
use serde_json::{Map, Value, json};

impl Project {
    /// Endpoint `at`: every second one has a transformer text, and secrets stand in the named fields of most.
    pub(super) fn seed_endpoint(&mut self, at: usize) {
        let (_, channel) = words::ENDPOINTS[at % words::ENDPOINTS.len()];
        let names: Vec<&str> = words::ENDPOINTS.iter().map(|e| e.0).collect();
        let name = words::name(&names, at);
        let flow =
            self.flows.get(at % self.flows.len().max(1)).map(|f| f.reference_id.clone()).unwrap_or_default();
        self.ids.tick();
        let locale = self.primary().reference_id.clone();
        let entrypoint = self.meta.id.clone();
        let mut body = endpoint_body(&mut self.ids, &name, channel, &flow, &locale, &entrypoint);
        body["settings"] = settings(channel);
        if at == 1 {
            body["dashbotApikey"] = json!(PLANTED_SECRETS[5]);
            body["useDashbotAnalytics"] = json!(true);
        }
        if at == 0 {
            body["handoverSettings"] = json!({
                "provider": "chatwoot",
                "providerSettings": {
                    "baseUrl": "https://live.example.com",
                    "accountId": "3",
                    "apiKey": PLANTED_SECRETS[6],
                    "chatwootInboxId": "7",
                    "forwardOnlyHandoverConversations": true,
                },
            });
        }
        if at.is_multiple_of(2) {
            let source = format!("const partnerToken = \"{PLANTED_IN_CODE}\";\n\n{}", words::TRANSFORMER);
            let source = if at == 0 { source } else { format!("// Endpoint {at}\n{}", words::TRANSFORMER) };
            body["transformer"]["transpiledTransformer"] = json!(computed::transpile(&source));
            body["transformer"]["transformer"] = json!(source);
            body["transformer"]["inputTransformerEnabled"] = json!(true);
        }
        self.endpoints.push(Endpoint { meta: self.ids.meta(), body });
    }

    /// Lexicon `at` with two slots and this many entries.
    pub(super) fn seed_lexicon(&mut self, at: usize, entries: usize) {
        let name = words::name(&words::LEXICONS, at);
        self.add_lexicon(&name);
        self.lexicons[at].description =
            at.is_multiple_of(2).then(|| format!("All {} we know", name.to_lowercase()));
        for slot in ["product", "category"] {
            self.add_lexicon_slot(&name, slot);
        }
        let names: Vec<&str> = words::KEYPHRASES.iter().map(|k| k.0).collect();
        for entry in 0..entries {
            let synonyms = words::KEYPHRASES[entry % words::KEYPHRASES.len()].1;
            self.add_lexicon_entry(&name, &words::name(&names, entry), synonyms);
        }
    }
}

fn settings(channel: &str) -> Value {
    match channel {
        "facebook" => json!({
            "facebookPageToken": PLANTED_SECRETS[1],
            "appId": "1029384756",
            "appSecret": PLANTED_SECRETS[2],
            "messageDelay": 300,
        }),
        "rest" => json!({
            "callbackUrl": "https://crm.example.com/hook",
            "basicAuthUser": "crm",
            "basicAuthPassword": PLANTED_SECRETS[3],
            "accessToken": PLANTED_SECRETS[4],
        }),
        "webchat3" => json!({"colorScheme": "#0b3694", "title": "Service desk", "getStartedText": "Hi!"}),
        _ => json!({}),
    }
}

/// What `/endpoints/{id}` answers for a fresh endpoint, without meta.
pub(crate) fn endpoint_body(
    ids: &mut Ids,
    name: &str,
    channel: &str,
    flow: &str,
    locale: &str,
    entrypoint: &str,
) -> Map<String, Value> {
    let mut body = object(json!({
        "channel": channel,
        "URLToken": ids.token(),
        "flowId": flow,
        "localeId": locale,
        "name": name,
        "entrypoint": entrypoint,
    }));
    body.extend(fresh_endpoint());
    body
}

/// What a fresh endpoint says that nobody said anything about.
pub(crate) fn fresh_endpoint() -> Map<String, Value> {
    object(json!({
        "active": true,
        "nluConnectorId": "",
        "foreignId": "",
        "useConversations": true,
        "useContactProfiles": true,
        "useAnalytics": true,
        "maskIPAddress": false,
        "maskAnalytics": false,
        "maskLogging": false,
        "useDashbotAnalytics": false,
        "dashbotApikey": "",
        "dashbotPlatform": "universal",
        "disableInputSanitization": false,
        "disableSkipUriTags": false,
        "overrideSnapshotConnections": false,
        "settings": {},
        "transformer": {
            "abortOnError": false,
            "inputTransformerEnabled": false,
            "outputTransformerEnabled": false,
            "finalPingTransformerEnabled": false,
            "notifyTransformerEnabled": false,
            "injectTransformerEnabled": false,
        },
        "handoverSettings": {"provider": "none"},
        "translationSettings": {
            "translationEnabled": false,
            "flowLanguage": "en",
            "inputLanguage": "auto",
            "noTranslateMarker": "",
            "padPayloads": false,
            "alwaysRemoveNoTranslateMarker": false,
            "setInputLanguageOnExecutionCount": 1,
        },
        "fileStorageSettings": {"storageProvider": "none"},
    }))
}

/// What `/aiagents/{id}` answers for a fresh agent, without ids and meta.
pub(crate) fn agent_body(name: &str) -> Map<String, Value> {
    object(json!({
        "name": name,
        "image": "avatar-1",
        "imageOptimizedFormat": true,
        "knowledgeReferenceId": "",
        "description": "Answers what customers ask about orders.",
        "speakingStyle": {"completeness": "balanced", "formality": "informal"},
        "voiceConfigs": {
            "ttsVoice": "en-US-AvaNeural",
            "ttsLanguage": "en-US",
            "ttsVendor": "microsoft",
            "ttsModel": "",
            "ttsLabel": "",
            "ttsDisableCache": false,
        },
        "enableVoiceConfigs": false,
        "enableAutoLanguageDetection": true,
        "safetySettings": {
            "avoidHarmfulContent": true,
            "avoidUngroundedContent": true,
            "avoidCopyrightInfringements": false,
            "preventJailbreakAndManipulation": true,
        },
        "contactProfilesOption": "noInclusion",
        "contactProfilesSelected": [],
        "instructions": "You work for the service desk of a shop.\nBe short and friendly.",
    }))
}

fn shared_settings() -> Value {
    json!({
        "positiveConfirmationWords": ["yes", "sure", "okay"],
        "negativeConfirmationWords": ["no", "nope"],
        "intentThreshold": {"lower": 0.3, "upper": 0.5},
        "systemSlots": {
            "useDateSlots": true, "useNumberSlots": true, "useDurationSlots": false, "useTemperatureSlots": false,
            "useAgeSlots": false, "usePercentageSlots": false, "useEmailSlots": true, "useURLSlots": false,
            "useMoneySlots": true, "useDistanceSlots": false,
        },
        "learnNewExampleSentences": false,
        "learnNewExampleSentencesThreshold": 0.8,
        "yesNoLogic": "yesNoIntents",
        "yesNoIntentThreshold": 0.6,
    })
}

/// What `/flows/{id}/settings` answers for a fresh flow, without localeSettings and meta.
pub(super) fn flow_settings() -> Value {
    let mut all = object(shared_settings());
    all.extend(object(json!({
        "continueExecutionAfterAttachedFlow": false,
        "continueExecutionAfterDefaultReply": true,
        "continueExecutionAfterNegativeConfirmation": false,
        "passDefaultRepliesIntoFlow": false,
        "flowIntentMappingOrder": "joint",
        "useAttachedFlowThresholds": false,
        "useAttachedFlowContinueAfterDefaultReply": false,
        "useAttachedFlowPassDefaultRepliesIntoFlow": false,
        "implicitSlotParsing": "disabled",
        "useAttachedFlowImplicitSlotParsing": false,
        "lexiconSlotsWithSubMatches": false,
        "useIntentDefaultRepliesAsExamples": true,
    })));
    Value::Object(all)
}

/// What `/projects/{id}/settings` answers for a fresh project, without meta.
pub(super) fn project_settings() -> Value {
    let provider = json!({"connectionId": null, "retries": 2, "timeout": 2000, "cacheExpiry": 600});
    let uses = [
        "nlu",
        "knowledgeSearch",
        "gptPromptNode",
        "gptConversation",
        "aiEnhancedOutputs",
        "sentimentAnalysis",
        "intentSentenceGeneration",
        "flowGeneration",
        "generateNodeOutput",
        "lexiconGeneration",
        "answerExtraction",
    ];
    let uses: Map<String, Value> = uses
        .map(|u| (u.to_owned(), json!({"largeLanguageModelId": null, "temperature": 0.7})))
        .into_iter()
        .collect();
    let mut all = object(json!({"timezone": "Europe/Berlin", "useCaseSensitiveIntentMapping": false}));
    all.extend(object(shared_settings()));
    all.extend(object(json!({
        "collectAnalytics": true,
        "trackDataOnlyInputs": false,
        "translationSettings": {
            "provider": "none",
            "connections": {"microsoft": provider, "google": provider, "deepl": provider},
        },
        "audioPreviewSettings": {
            "provider": null,
            "connections": {
                "microsoft": {"connectionId": ""}, "google": {"connectionId": ""}, "aws": {"connectionId": ""},
            },
        },
        "generativeAISettings": {"enabled": false, "useCasesSettings": uses},
        "currencySettings": {"currency": "EUR"},
        "knowledgeAISettings": {"fileExtractor": "default"},
    })));
    Value::Object(all)
}
