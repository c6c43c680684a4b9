//! What a restore writes, one request at a time, with the ids of the snapshot.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::snapshot::{Kind, Resource};

/// One request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What it does.
    pub act: Act,
    /// To what.
    pub on: Thing,
    /// The fields that it carries. Ids in them are the snapshot's, and are written as the project's.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
    /// What stands in them now: else somebody was faster, and the step is not done.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub found: Map<String, Value>,
    /// The steps that must be done before, by their places in the plan.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub after: BTreeSet<usize>,
    /// Why it is done.
    pub why: Why,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Act {
    /// Make what is not there.
    Create,
    /// Change what is.
    Update,
    /// Delete what the snapshot has not.
    Delete,
}

/// What a step is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Thing {
    /// Its kind.
    pub kind: Kind,
    /// Its id: the snapshot's, or, of what the snapshot has not, the project's.
    pub id: String,
    /// The id of what it belongs to, where that is not the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What it is called.
    pub name: String,
}

/// Why a step is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "because")]
pub enum Why {
    /// It was asked for.
    Selected,
    /// What was asked for names it, and it is not there.
    NeededBy {
        /// What names it.
        name: String,
    },
    /// It names what is made anew.
    Relinked,
    /// It belongs together with what was made before, and could not be said then.
    Completed,
    /// The snapshot has not got it.
    Extra,
}

/// What a plan cannot bring back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lost {
    /// What it is about.
    pub on: Thing,
    /// What of it, and why.
    pub what: Loss,
}

/// Why something cannot be brought back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase", tag = "because")]
pub enum Loss {
    /// It is gone, and the API makes none.
    NotMade {
        /// Why.
        why: &'static str,
    },
    /// Several of the project's may be it.
    Ambiguous,
    /// The API writes none of these fields.
    Fields {
        /// Their names.
        fields: Vec<String>,
    },
    /// Secrets that neither the snapshot nor the project holds.
    Secrets {
        /// Where: JSON pointers.
        at: Vec<String>,
    },
    /// It names what is nowhere.
    Dangling {
        /// The ids.
        ids: Vec<String>,
    },
    /// Some of it comes back otherwise.
    InPart {
        /// What is lost.
        why: &'static str,
    },
}

impl Thing {
    /// Names a resource.
    #[must_use]
    pub fn of(resource: &Resource) -> Self {
        Self {
            kind: resource.kind,
            id: resource.id.clone(),
            owner: resource.owner.clone(),
            name: resource.name.clone(),
        }
    }
}
