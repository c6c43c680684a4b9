//! Which fields of a document a write may carry, by kind: the server refuses a body with any other (dossier §1.6).
//!
//! A field that is not among them and differs is told, and not dropped in silence.
//!
//! Source: the request bodies of the vendor's API client 0.19.0 (dossier §2, T:…); of AI Agents and handover providers, which it
//! does not know, dossier §2.11 and §2.12.

use super::Kind;

/// Some fields of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fields {
    /// These.
    Only(&'static [&'static str]),
    /// All that are not the document's identity, and not these: documents that differ from server to server.
    AllBut(&'static [&'static str]),
}

/// What may be written of a kind's documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writable {
    /// When one is made.
    pub create: Fields,
    /// When one is changed.
    pub update: Fields,
}

/// Names a document, or what it belongs to: made by the server.
const IDENTITY: [&str; 9] = [
    "_id",
    "referenceId",
    "projectId",
    "projectReference",
    "organisationId",
    "organisationReference",
    "storeReference",
    "sourceReference",
    "meta",
];

impl Fields {
    /// Whether a field is among them.
    #[must_use]
    pub fn has(self, field: &str) -> bool {
        match self {
            Fields::Only(fields) => fields.contains(&field),
            Fields::AllBut(fields) => !fields.contains(&field) && !IDENTITY.contains(&field),
        }
    }
}

/// Returns whether a field says which document it is, and not what is in it.
#[must_use]
pub fn is_identity(field: &str) -> bool {
    IDENTITY.contains(&field)
}

impl Kind {
    /// Returns what may be written of its documents.
    #[must_use]
    #[rustfmt::skip]
    pub const fn writable(self) -> Writable {
        use Fields::{AllBut, Only};
        const NONE: Fields = Only(&[]);
        const fn both(fields: Fields) -> Writable { Writable { create: fields, update: fields } }
        match self {
            Kind::Project => Writable { create: NONE, update: Only(&["name", "color", "handoverConfiguration"]) },
            Kind::Locales => both(Only(&["name", "nluLanguage", "fallbackLocaleReference"])),
            Kind::YesNoIntents => Writable { create: NONE, update: AllBut(&[]) },
            Kind::Extensions => both(NONE),
            Kind::Connections => Writable {
                create: Only(&["name", "extension", "type", "fields"]), update: Only(&["fields"]),
            },
            Kind::NluConnectors => both(Only(&["name", "type", "settings", "transformer"])),
            Kind::LargeLanguageModels => both(AllBut(&[])),
            Kind::Functions => both(Only(&["name", "code", "isDisabled"])),
            Kind::Tokens => Writable { create: Only(&["label", "type", "script"]), update: NONE },
            Kind::Lexicons => both(Only(&["name", "description"])),
            Kind::HandoverProviders => both(Only(&["name", "serviceId", "service", "localeId", "properties", "settings"])),
            Kind::KnowledgeStores => Writable {
                create: Only(&["name", "description", "language"]), update: Only(&["name", "description"]),
            },
            Kind::KnowledgeSources => Writable {
                create: Only(&["name", "description", "type", "metaData"]),
                update: Only(&["name", "description", "status", "data"]),
            },
            Kind::AiAgents => both(AllBut(&["imageOptimizedFormat"])),
            Kind::Flows => both(Only(&["name", "description", "context", "attachedFlows", "attachedLexicons", "img"])),
            Kind::FlowStates => both(Only(&["name", "type", "isDefault", "intentIds"])),
            Kind::SlotFillers => both(AllBut(&[])),
            Kind::Goals => both(Only(&["name", "version", "description", "steps"])),
            Kind::Playbooks => both(Only(&["name", "abortOnError", "timeout", "steps"])),
            Kind::AiCopilotConfigs => both(Only(&["name", "description", "config"])),
            Kind::ProjectSettings => Writable { create: NONE, update: AllBut(&[]) },
            Kind::Endpoints => both(AllBut(&["URLToken"])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Restorable;

    #[test]
    fn what_can_be_made_can_be_written_and_an_identity_never_is() {
        for kind in Kind::ALL {
            let Writable { create, update } = kind.writable();
            for fields in [create, update] {
                assert!(IDENTITY.iter().all(|field| !fields.has(field)), "{kind}");
            }
            let writes = |fields: Fields| fields.has("name") || fields.has("label");
            match kind.facts().restorable {
                Restorable::No(_) => assert!(!writes(create) && !writes(update), "{kind}"),
                Restorable::Yes | Restorable::InPart(_) => {
                    assert!(writes(create) || kind.is_single(), "{kind}")
                }
                Restorable::UpdateOnly(_) => assert!(writes(update), "{kind}"),
            }
        }
        assert!(!Kind::Endpoints.writable().update.has("URLToken"));
    }
}
