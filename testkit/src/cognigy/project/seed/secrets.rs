//! Secrets that a test can look for wherever they must not be.

/// Secrets that stand in clear in every seeded project's named fields, and the API key: none of them may turn up
/// in what the product writes (ruling R5), except where a policy says so.
pub const PLANTED_SECRETS: &[&str] = &[
    crate::cognigy::API_KEY,
    "planted-facebook-page-token-5f1c",
    "planted-facebook-app-secret-77ab",
    "planted-basic-auth-password-0d3e",
    "planted-rest-access-token-91c4",
    "planted-dashbot-key-2b60",
    "planted-handover-api-key-c8f5",
    CONNECTION_PASSWORD,
    CONNECTION_VALUE,
    LLM_KEY,
    LLM_CONNECTION_KEY,
    NLU_KEY,
    HANDOVER_TOKEN,
    TRANSLATION_KEY,
];

/// A secret that somebody wrote into a transformer's source: code is never rewritten, only reported (ruling R5).
pub const PLANTED_IN_CODE: &str = "planted-in-code-4e19a7";

/// In a connection's field that is named for it.
pub(super) const CONNECTION_PASSWORD: &str = "planted-connection-password-44d0";
/// In a connection's field whose name says nothing: whatever a connection holds is a secret.
pub(super) const CONNECTION_VALUE: &str = "planted-connection-value-8a1e";
/// In a large language model's block for its provider.
pub(super) const LLM_KEY: &str = "planted-llm-key-b93f";
/// In the connection that a large language model uses.
pub(super) const LLM_CONNECTION_KEY: &str = "planted-llm-connection-key-c017";
/// In an NLU connector's settings.
pub(super) const NLU_KEY: &str = "planted-nlu-connector-key-d05b";
/// In a handover provider's settings.
pub(super) const HANDOVER_TOKEN: &str = "planted-handover-provider-token-61c2";
/// In the project's settings, for the translation provider.
pub(super) const TRANSLATION_KEY: &str = "planted-translation-key-2e7d";
