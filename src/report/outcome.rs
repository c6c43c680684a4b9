//! How a run ended, in one word, and the exit code that goes with it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a run, or its part for one project, ended. Ordered from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Nothing was to be done now.
    Skipped,
    /// Nothing differs from the newest snapshot; none was made.
    Unchanged,
    /// What would be done was said and not done.
    Planned,
    /// A snapshot was made.
    Success,
    /// A snapshot was made, but some parts could not be read and were carried over.
    Partial,
    /// What was read looks like damage; it was set aside.
    Quarantined,
    /// Not done, because doing it could harm.
    Refused,
    /// Not done, because something failed.
    Failed,
}

impl Outcome {
    /// Returns the process's exit code: 0 well, 2 in part, 1 not. (3 is for wrong input, before any outcome.)
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Outcome::Success | Outcome::Unchanged | Outcome::Skipped | Outcome::Planned => 0,
            Outcome::Partial | Outcome::Quarantined => 2,
            Outcome::Refused | Outcome::Failed => 1,
        }
    }

    /// Returns the outcome's name in outputs and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Success => "success",
            Outcome::Unchanged => "unchanged",
            Outcome::Skipped => "skipped",
            Outcome::Planned => "planned",
            Outcome::Partial => "partial",
            Outcome::Quarantined => "quarantined",
            Outcome::Refused => "refused",
            Outcome::Failed => "failed",
        }
    }
}

impl Outcome {
    /// Returns the worst of several; of none, that nothing was to be done.
    #[must_use]
    pub fn worst(outcomes: impl IntoIterator<Item = Outcome>) -> Self {
        outcomes.into_iter().max().unwrap_or(Outcome::Skipped)
    }

    /// Returns the sign that stands for the outcome in a summary.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Outcome::Success => "✅",
            Outcome::Unchanged => "🟰",
            Outcome::Skipped => "⏭️",
            Outcome::Planned => "📝",
            Outcome::Partial => "⚠️",
            Outcome::Quarantined => "🚧",
            Outcome::Refused => "⛔",
            Outcome::Failed => "❌",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
