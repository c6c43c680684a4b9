//! Where each kind of resource is read, so that a test can make any of them absent or forbidden.

use super::Fault;

/// Kinds by the names that a person gives them, and the paths below which each is read.
pub const KINDS: [(&str, &str); 24] = [
    ("project", "/projects/*"),
    ("settings", "/projects/*/settings"),
    ("locales", "/locales"),
    ("yesNoIntents", "/locales/*/yesnointents/**"),
    ("lexicons", "/lexicons/**"),
    ("aiAgents", "/aiagents/**"),
    ("flows", "/flows/**"),
    ("flowSettings", "/flows/*/settings"),
    ("nodes", "/flows/*/chart/**"),
    ("intents", "/flows/*/intents/**"),
    ("states", "/flows/*/states/**"),
    ("slotFillers", "/flows/*/slotfillers/**"),
    ("endpoints", "/endpoints/**"),
    ("functions", "/functions/**"),
    ("connections", "/connections/**"),
    ("nluConnectors", "/nluconnectors/**"),
    ("playbooks", "/playbooks/**"),
    ("extensions", "/extensions/**"),
    ("tokens", "/projects/*/snippets"),
    ("largeLanguageModels", "/largelanguagemodels/**"),
    ("knowledgeStores", "/knowledgestores/**"),
    ("goals", "/milestones/**"),
    ("copilotConfigs", "/aicopilotconfigs/**"),
    ("handoverProviders", "/handover/**"),
];

impl Fault {
    /// A fault on every reading of a kind: with `forever().status(404)` the server does not know it, with 403 the key
    /// may not read it.
    pub fn on_kind(kind: &str) -> Self {
        let found = KINDS.iter().find(|(name, _)| *name == kind);
        Self::on("GET", found.unwrap_or_else(|| panic!("there is no kind {kind:?}")).1)
    }
}
