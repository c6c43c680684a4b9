//! The kinds of resources that a Cognigy project holds, and what is true of each.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A kind of resource. Its name is the name of its folder in a snapshot (docs/format.md has the table).
///
/// The order is the order of dependence: a kind refers only to kinds before it (and to its own).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// The project itself: name, colour, primary locale.
    Project,
    /// The languages of the project, with their fallbacks.
    Locales,
    /// What counts as yes, no and neither in a locale, with example sentences.
    YesNoIntents,
    /// Installed extensions: version, nodes and connections, without their code.
    Extensions,
    /// Named credentials for other services.
    Connections,
    /// Other services that understand language, and their transformers.
    NluConnectors,
    /// Large language models and where they run.
    LargeLanguageModels,
    /// Code that runs beside conversations.
    Functions,
    /// Snippets of CognigyScript with a label.
    Tokens,
    /// Lists of keyphrases with slots and synonyms.
    Lexicons,
    /// Where a conversation goes when a human takes over.
    HandoverProviders,
    /// Collections of knowledge.
    KnowledgeStores,
    /// The documents in a knowledge store, as chunks of text.
    KnowledgeSources,
    /// AI Agents: persona and instructions (their jobs are nodes of flows).
    AiAgents,
    /// Flows: settings, charts, nodes per locale, intents with sentences.
    Flows,
    /// States of a flow: which intents count when.
    FlowStates,
    /// Slot fillers of a flow.
    SlotFillers,
    /// Goals that conversations are measured by; the API calls them milestones.
    Goals,
    /// Scripted test conversations.
    Playbooks,
    /// Workspaces that assist human agents.
    AiCopilotConfigs,
    /// Settings of the whole project.
    ProjectSettings,
    /// Channels through which users reach a flow, with their transformers.
    Endpoints,
}

/// What is true of a kind.
#[derive(Debug)]
pub struct KindFacts {
    /// Its name, which is its folder's name, its name in globs, and its key in a manifest.
    pub name: &'static str,
    /// The kind whose resources its resources belong to, where that is not the project.
    pub owner: Option<Kind>,
    /// What a restore can do.
    pub restorable: Restorable,
    /// Which of its files the vendor's CLI reads and writes in the same place; nothing where it does not know the kind.
    pub in_cli: &'static [&'static str],
}

/// What `mode: restore` can do with a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restorable {
    /// Can be updated and, where missing, created.
    Yes,
    /// Can be updated only; the reason.
    UpdateOnly(&'static str),
    /// Can be created and updated, but not wholly; what is lost.
    InPart(&'static str),
    /// Cannot be brought back; the reason.
    No(&'static str),
}

impl Kind {
    /// All kinds, in order of dependence.
    pub const ALL: [Kind; 22] = [
        Kind::Project,
        Kind::Locales,
        Kind::YesNoIntents,
        Kind::Extensions,
        Kind::Connections,
        Kind::NluConnectors,
        Kind::LargeLanguageModels,
        Kind::Functions,
        Kind::Tokens,
        Kind::Lexicons,
        Kind::HandoverProviders,
        Kind::KnowledgeStores,
        Kind::KnowledgeSources,
        Kind::AiAgents,
        Kind::Flows,
        Kind::FlowStates,
        Kind::SlotFillers,
        Kind::Goals,
        Kind::Playbooks,
        Kind::AiCopilotConfigs,
        Kind::ProjectSettings,
        Kind::Endpoints,
    ];

    /// Returns what is true of the kind. What the API can do with it: dossier §2.
    #[must_use]
    #[rustfmt::skip]
    pub const fn facts(self) -> &'static KindFacts {
        use Restorable::{InPart, No, UpdateOnly, Yes};
        match self {
            Kind::Project => &KindFacts {
                name: "project", owner: None, in_cli: &[],
                restorable: UpdateOnly("a project is created by a person"),
            },
            Kind::Locales => &KindFacts {
                name: "locales", owner: None, in_cli: &["locales.json"], restorable: Yes,
            },
            Kind::YesNoIntents => &KindFacts {
                name: "yesNoIntents", owner: Some(Kind::Locales), in_cli: &[], restorable: Yes,
            },
            Kind::Extensions => &KindFacts {
                name: "extensions", owner: None, in_cli: &[],
                restorable: No("the API does not give out an extension's code"),
            },
            Kind::Connections => &KindFacts {
                name: "connections", owner: None, in_cli: &[],
                restorable: InPart("secret values must be entered again"),
            },
            Kind::NluConnectors => &KindFacts { name: "nluConnectors", owner: None, in_cli: &[], restorable: Yes },
            Kind::LargeLanguageModels => &KindFacts {
                name: "largeLanguageModels", owner: None, in_cli: &[], restorable: Yes,
            },
            Kind::Functions => &KindFacts { name: "functions", owner: None, in_cli: &[], restorable: Yes },
            Kind::Tokens => &KindFacts {
                name: "tokens", owner: None, in_cli: &[],
                restorable: InPart("a changed token is deleted and made anew: the API cannot update one"),
            },
            Kind::Lexicons => &KindFacts {
                name: "lexicons", owner: None, in_cli: &["config.json", "keyphrases.csv"], restorable: Yes,
            },
            Kind::HandoverProviders => &KindFacts {
                name: "handoverProviders", owner: None, in_cli: &[],
                restorable: InPart("secret values must be entered again"),
            },
            Kind::KnowledgeStores => &KindFacts { name: "knowledgeStores", owner: None, in_cli: &[], restorable: Yes },
            Kind::KnowledgeSources => &KindFacts {
                name: "knowledgeSources", owner: Some(Kind::KnowledgeStores), in_cli: &[],
                restorable: InPart("the text comes back as chunks, the file or page it was made from does not"),
            },
            Kind::AiAgents => &KindFacts {
                name: "aiAgents", owner: None, in_cli: &["config.json"], restorable: Yes,
            },
            Kind::Flows => &KindFacts {
                name: "flows", owner: None, in_cli: &["config.json", "chart.json", "intents.json"], restorable: Yes,
            },
            Kind::FlowStates => &KindFacts {
                name: "flowStates", owner: Some(Kind::Flows), in_cli: &[], restorable: Yes,
            },
            Kind::SlotFillers => &KindFacts {
                name: "slotFillers", owner: Some(Kind::Flows), in_cli: &[], restorable: Yes,
            },
            Kind::Goals => &KindFacts { name: "goals", owner: None, in_cli: &[], restorable: Yes },
            Kind::Playbooks => &KindFacts { name: "playbooks", owner: None, in_cli: &[], restorable: Yes },
            Kind::AiCopilotConfigs => &KindFacts {
                name: "aiCopilotConfigs", owner: None, in_cli: &[], restorable: Yes,
            },
            Kind::ProjectSettings => &KindFacts {
                name: "projectSettings", owner: None, in_cli: &[],
                restorable: UpdateOnly("they come with the project"),
            },
            Kind::Endpoints => &KindFacts {
                name: "endpoints", owner: None, in_cli: &["config.json", "transformer.ts"],
                restorable: UpdateOnly("a new endpoint gets a new URL token"),
            },
        }
    }

    /// Returns the kind's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// Returns the kind whose resources its resources belong to, where that is not the project.
    #[must_use]
    pub const fn owner(self) -> Option<Kind> {
        self.facts().owner
    }

    /// Returns whether there is one resource of the kind for each owner, and no list of them.
    #[must_use]
    pub const fn is_single(self) -> bool {
        matches!(self, Kind::Project | Kind::ProjectSettings | Kind::YesNoIntents)
    }

    /// Returns whether a backup without this kind is worth nothing: a key that may not read it (403) fails the run.
    #[must_use]
    pub const fn is_core(self) -> bool {
        matches!(
            self,
            Kind::Project | Kind::Locales | Kind::Lexicons | Kind::AiAgents | Kind::Flows | Kind::Endpoints
        )
    }

    /// Returns whether every server has this kind: where its list is not there (404), the run fails.
    #[must_use]
    pub const fn is_everywhere(self) -> bool {
        // Servers before 2025 have no AI Agents.
        self.is_core() && !matches!(self, Kind::AiAgents)
    }
}

impl fmt::Display for Restorable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Restorable::Yes => f.write_str("yes"),
            Restorable::UpdateOnly(why) => write!(f, "update only: {why}"),
            Restorable::InPart(lost) => write!(f, "in part: {lost}"),
            Restorable::No(why) => write!(f, "no: {why}"),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = String;

    /// Parses a kind's name; the error lists the names there are.
    fn from_str(name: &str) -> Result<Self, String> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
            let all: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
            format!("`{name}` is no kind of resource; there are {}", all.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_parsed_back_and_is_what_serde_writes() {
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        assert!(Kind::ALL.is_sorted());
    }

    #[test]
    fn an_owner_comes_before_what_it_owns_and_has_no_owner_itself() {
        for kind in Kind::ALL {
            if let Some(owner) = kind.owner() {
                assert!(owner < kind && owner.owner().is_none(), "{kind}");
            }
        }
    }
}
