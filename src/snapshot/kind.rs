//! The kinds of resources that a Cognigy project holds.

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
    /// Lists of keyphrases with slots and synonyms.
    Lexicons,
    /// AI Agents: persona and instructions (their jobs are nodes of flows).
    AiAgents,
    /// Flows: settings, charts, nodes per locale, intents with sentences.
    Flows,
    /// Channels through which users reach a flow, with their transformers.
    Endpoints,
}

/// What `mode: restore` can do with a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restorable {
    /// Can be updated and, where missing, created.
    Yes,
    /// Can be updated only; the reason.
    UpdateOnly(&'static str),
}

impl Kind {
    /// All kinds, in order of dependence.
    pub const ALL: [Kind; 6] =
        [Kind::Project, Kind::Locales, Kind::Lexicons, Kind::AiAgents, Kind::Flows, Kind::Endpoints];

    /// Returns the kind's name, which is its folder's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Project => "project",
            Kind::Locales => "locales",
            Kind::Lexicons => "lexicons",
            Kind::AiAgents => "aiAgents",
            Kind::Flows => "flows",
            Kind::Endpoints => "endpoints",
        }
    }

    /// Returns whether a project without this kind is no project that we can back up: a refusal (403) or absence
    /// (404) of its list fails the run. The others are noted as forbidden or unsupported.
    #[must_use]
    pub fn essential(self) -> bool {
        // An AI Agent list is missing on servers before 2025; forbidden is fatal for it, absent is not.
        !matches!(self, Kind::AiAgents)
    }

    /// Returns what a restore can do with resources of this kind.
    #[must_use]
    pub fn restorable(self) -> Restorable {
        match self {
            Kind::Project => Restorable::UpdateOnly("a project is created by a person"),
            Kind::Endpoints => Restorable::UpdateOnly("a new endpoint gets a new URL token"),
            Kind::Locales | Kind::Lexicons | Kind::AiAgents | Kind::Flows => Restorable::Yes,
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
}
