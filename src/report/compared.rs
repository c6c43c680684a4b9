//! Two states of a project that were compared, and what is said of it. What differs is a [`super::diff`]'s business.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Reason;
use super::escape::quoted;
use super::quantity::{count, time};
use super::table::Table;
use crate::snapshot::{Kind, Manifest, ProjectId, SnapshotId};

/// What was compared.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    /// The older snapshot, or the one that was named first.
    pub from: SnapshotId,
    /// The other one; absent where it was the project as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<SnapshotId>,
    /// How many resources differ.
    pub resources: u64,
    /// Requests that reading the project took.
    pub requests: u64,
}

impl Compared {
    /// Begins with the one whose manifest this is.
    #[must_use]
    pub fn new(from: &Manifest, to: Option<SnapshotId>) -> Self {
        Self { from: from.snapshot.clone(), to, resources: 0, requests: 0 }
    }

    pub(super) fn table(&self) -> Table {
        let mut table = Table::new("", &["", ""]);
        let snapshot = |id: &SnapshotId| format!("{id}, taken {}", time(id.taken()));
        table.row(["from".to_owned(), snapshot(&self.from)]);
        let live = || format!("the project as it is now, in {}", count(self.requests, "request"));
        table.row(["to".to_owned(), self.to.as_ref().map_or_else(live, snapshot)]);
        table
    }

    pub(super) fn verdict(&self) -> String {
        let to = self.to.as_ref().map_or_else(
            || "the project as it is now".to_owned(),
            |id| format!("snapshot {}", quoted(id.as_str())),
        );
        let from = quoted(self.from.as_str());
        match self.resources {
            0 => format!("Nothing differs between {from} and {to}."),
            n => format!("{} between {from} and {to}.", differs(n)),
        }
    }
}

fn differs(resources: u64) -> String {
    format!("{} {}", count(resources, "resource"), if resources == 1 { "differs" } else { "differ" })
}

/// Said where two captures were to hold different things.
pub const RECONFIGURED: &str =
    "the two were read with different configurations: what only one was to hold is told as added or removed";

/// Says which kinds were left out.
#[must_use]
pub fn apart(kinds: &BTreeSet<Kind>) -> String {
    let names: Vec<_> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
    format!("not compared, because only one of the two was read with it: {}", names.join(", "))
}

/// Says that what the vendor's CLI laid out is compared with nothing else.
#[must_use]
pub fn imported(snapshot: &SnapshotId) -> Reason {
    Reason {
        message: format!(
            "{} was imported, and its files are laid out otherwise: every one would seem to differ.",
            quoted(snapshot.as_str())
        ),
        causes: Vec::new(),
        hints: vec![
            "Compare two imported snapshots, or two that this program took; or export both and use `diff -r`."
                .to_owned(),
        ],
    }
}

/// Says that a snapshot is another project's.
#[must_use]
pub fn other_project(of: &Manifest, ours: &ProjectId) -> Reason {
    Reason {
        message: format!(
            "{} is a snapshot of project `{}`, and not of `{ours}`.",
            quoted(of.snapshot.as_str()),
            of.project.id
        ),
        causes: Vec::new(),
        hints: vec!["Set `cognigy-agent-id` to the project that the snapshots are of.".to_owned()],
    }
}
