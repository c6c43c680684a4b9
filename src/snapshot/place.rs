//! Where a snapshot is kept.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{PinLabel, TierName};

/// One place that keeps a snapshot. The same snapshot may be in several.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A tier's branch.
    Tier(TierName),
    /// A release of a tier, by its tag.
    Release(TierName, String),
    /// A pin.
    Pin(PinLabel),
    /// A pin on what was set aside, or kept before a restore.
    PinAside(PinLabel),
    /// What a restore changed is kept here as it was before.
    Safety,
    /// A capture that was set aside.
    Quarantine,
}

impl Place {
    /// Whether what is here counts as the project's own past: a capture that was set aside does not.
    #[must_use]
    pub fn counts(&self) -> bool {
        !matches!(self, Place::Safety | Place::Quarantine | Place::PinAside(_))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Tier(tier) => write!(f, "{tier}"),
            Place::Release(_, tag) => write!(f, "release {tag}"),
            Place::Pin(label) | Place::PinAside(label) => write!(f, "pin {label}"),
            Place::Safety => f.write_str("safety"),
            Place::Quarantine => f.write_str("quarantine"),
        }
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
