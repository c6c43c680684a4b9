//! Names that identify things in a store: project, snapshot, prefix, tier. Parsed at the edge, printed as parsed.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Place;

/// A name that breaks its grammar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} `{found}` is not valid: {rule}")]
pub struct InvalidName {
    /// What kind of name it should have been, with its article: "the prefix".
    pub what: &'static str,
    /// What was found.
    pub found: String,
    /// The rule that it breaks, as a sentence that says what is allowed.
    pub rule: &'static str,
}

/// Derives the string faces of a name type that owns a `String`: display, parsing through serde, borrowing.
macro_rules! string_faces {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl $name {
            /// Returns the name as written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(name: String) -> Result<Self, InvalidName> {
                name.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }
    };
}
pub(super) use string_faces;

/// A Cognigy project's id: 24 characters `a-z0-9`, the `projectId` of the REST API, the `agentId` of its CLI.
///
/// Source: the path pattern of the vendor's OpenAPI pages, `^[a-z0-9]{24}$`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProjectId(String);

string_faces!(ProjectId);

impl FromStr for ProjectId {
    type Err = InvalidName;

    fn from_str(id: &str) -> Result<Self, InvalidName> {
        let ok = id.len() == 24 && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if ok {
            return Ok(Self(id.to_owned()));
        }
        Err(InvalidName {
            what: "the project id",
            found: id.to_owned(),
            rule: "it has 24 characters out of a-z and 0-9; it stands in the address bar of the open project, \
                   after `/project/`",
        })
    }
}

/// A snapshot's name for life: `20251003T143000Z-1a2b3c4d`.
///
/// The UTC second at which its capture began and the first 8 hex digits of its content's git tree id. It survives
/// promotion and pruning; commit ids do not.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SnapshotId(String);

string_faces!(SnapshotId);

impl SnapshotId {
    const TIME: &'static str = "%Y%m%dT%H%M%SZ";

    /// Names the snapshot of the content `tree` (a git tree id in hex) taken at `taken`.
    ///
    /// # Panics
    /// If `tree` has fewer than 8 characters: it is no git object id then.
    #[must_use]
    pub fn new(taken: DateTime<Utc>, tree: &str) -> Self {
        Self(format!("{}-{}", taken.format(Self::TIME), &tree[..8]))
    }

    /// Returns the first 8 hex digits of the content's tree id.
    #[must_use]
    pub fn content(&self) -> &str {
        self.0.split_once('-').expect("the grammar has a hyphen").1
    }

    /// Returns the time at which the capture began.
    #[must_use]
    pub fn taken(&self) -> DateTime<Utc> {
        let (time, _) = self.0.split_once('-').expect("the grammar has a hyphen");
        NaiveDateTime::parse_from_str(time, Self::TIME).expect("the grammar has a time").and_utc()
    }
}

impl FromStr for SnapshotId {
    type Err = InvalidName;

    fn from_str(id: &str) -> Result<Self, InvalidName> {
        let parsed = id.split_once('-').filter(|(time, tree)| {
            let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
            time.len() == 16
                && NaiveDateTime::parse_from_str(time, Self::TIME).is_ok()
                && tree.len() == 8
                && tree.bytes().all(hex)
        });
        parsed.map(|_| Self(id.to_owned())).ok_or(InvalidName {
            what: "the snapshot id",
            found: id.to_owned(),
            rule: "it looks like 20251003T143000Z-1a2b3c4d",
        })
    }
}

/// Where one project's branches live: `<prefix>/hourly` and so on. `snapshot` unless configured.
///
/// One or more components joined by `/`, each of `A-Z a-z 0-9 . _ -`, a subset of what git allows in a ref name
/// (git-check-ref-format) that is also safe in a URL and on every file system.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prefix(String);

string_faces!(Prefix);

impl Prefix {
    /// Names under a prefix that are no tiers.
    pub const RESERVED: [&'static str; 6] = ["quarantine", "safety", "audit", "state", "pin", "import"];

    /// Returns the full ref name of a tier's branch, `refs/heads/<prefix>/<tier>`.
    #[must_use]
    pub fn branch(&self, tier: &TierName) -> String {
        format!("refs/heads/{}/{tier}", self.0)
    }

    /// Returns the full ref name of the branch on which captures are set aside.
    #[must_use]
    pub fn quarantine(&self) -> String {
        format!("refs/heads/{}/quarantine", self.0)
    }

    /// Returns the full ref name of the branch on which what a restore changes is kept before.
    #[must_use]
    pub fn safety(&self) -> String {
        format!("refs/heads/{}/safety", self.0)
    }

    /// Returns the full ref name of the branch on which a tier's snapshots wait while they are imported.
    #[must_use]
    pub fn import(&self, tier: &TierName) -> String {
        format!("refs/heads/{}/import/{tier}", self.0)
    }

    /// Returns the full ref name of a pin.
    #[must_use]
    pub fn pin(&self, label: &PinLabel) -> String {
        format!("{}{label}", self.pins())
    }

    /// Returns how the full ref names of all pins begin.
    #[must_use]
    pub fn pins(&self) -> String {
        format!("refs/tags/{}/pin/", self.0)
    }

    /// Returns the full ref name under which a place is found.
    #[must_use]
    pub fn place(&self, place: &Place) -> String {
        match place {
            Place::Tier(tier) => self.branch(tier),
            Place::Release(_, tag) => format!("refs/tags/{tag}"),
            Place::Pin(label) | Place::PinAside(label) => self.pin(label),
            Place::Safety => self.safety(),
            Place::Quarantine => self.quarantine(),
        }
    }

    /// Returns the full ref name of the branch on which runs keep what they remember.
    #[must_use]
    pub fn state(&self) -> String {
        format!("refs/heads/{}/state", self.0)
    }
}

impl Default for Prefix {
    fn default() -> Self {
        Self("snapshot".to_owned())
    }
}

impl FromStr for Prefix {
    type Err = InvalidName;

    fn from_str(prefix: &str) -> Result<Self, InvalidName> {
        let reserved = |c: &str| Self::RESERVED.contains(&c);
        let ok = prefix.len() <= 100
            && prefix.split('/').all(component)
            && !prefix.split('/').any(reserved)
            && prefix != "HEAD";
        if ok {
            return Ok(Self(prefix.to_owned()));
        }
        Err(InvalidName {
            what: "the prefix",
            found: prefix.to_owned(),
            rule: "it is a branch name of letters, digits, `.`, `_`, `-`, with `/` between parts, none of them \
                   quarantine, safety, audit, state, pin or import",
        })
    }
}

/// Whether a text may stand between two `/` of a ref's name.
fn component(c: &str) -> bool {
    !c.is_empty()
        && c.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        && !c.starts_with(['.', '-'])
        && !c.ends_with('.')
        && !c.contains("..")
        && !c.ends_with(".lock")
}

/// What a person calls a snapshot that is to stay: `go-live`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PinLabel(String);

string_faces!(PinLabel);

impl FromStr for PinLabel {
    type Err = InvalidName;

    fn from_str(label: &str) -> Result<Self, InvalidName> {
        if component(label) && label.len() <= 60 {
            return Ok(Self(label.to_owned()));
        }
        Err(InvalidName {
            what: "the pin's label",
            found: label.to_owned(),
            rule: "it has up to 60 letters, digits, `.`, `_` and `-`, and begins with a letter or a digit",
        })
    }
}

/// A tier's name: `hourly`, `daily`, `weekly`, `monthly`, or one of the configuration's own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TierName(String);

string_faces!(TierName);

impl FromStr for TierName {
    type Err = InvalidName;

    fn from_str(tier: &str) -> Result<Self, InvalidName> {
        let ok = (1..=40).contains(&tier.len())
            && tier.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !tier.starts_with('-')
            && !tier.ends_with('-')
            && !Prefix::RESERVED.contains(&tier);
        if ok {
            return Ok(Self(tier.to_owned()));
        }
        Err(InvalidName {
            what: "the tier",
            found: tier.to_owned(),
            rule: "a tier's name has up to 40 characters out of a-z, 0-9 and `-`, and is none of quarantine, safety, \
                   audit, state, pin, import",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_snapshot_id_names_its_second_and_its_tree() {
        let id: SnapshotId = "20251003T143000Z-1a2b3c4d".parse().unwrap();
        assert_eq!(id.taken().to_rfc3339(), "2025-10-03T14:30:00+00:00");
        assert_eq!(SnapshotId::new(id.taken(), "1a2b3c4d5e6f"), id);
    }

    #[test]
    fn what_breaks_a_grammar_is_refused() {
        for bad in
            ["", "20251003T143000Z", "20251303T143000Z-1a2b3c4d", "20251003T143000Z-1A2B3C4D", "latest"]
        {
            assert!(bad.parse::<SnapshotId>().is_err(), "{bad}");
        }
        for bad in
            ["", "/", "a//b", "a/", "/a", "a..b", ".a", "a.lock", "-a", "a b", "a:b", "a/state", "pin", "ü"]
        {
            assert!(bad.parse::<Prefix>().is_err(), "{bad}");
        }
        for bad in ["", "a b", "a/b", ".a", "-a", "a..b", "a.lock", "ü", &"x".repeat(61)] {
            assert!(bad.parse::<PinLabel>().is_err(), "{bad}");
        }
        assert_eq!("go-live_2.0".parse::<PinLabel>().unwrap().as_str(), "go-live_2.0");
        for bad in ["", "Hourly", "state", "a/b", "-a", "a-", "ü"] {
            assert!(bad.parse::<TierName>().is_err(), "{bad}");
        }
        for bad in ["", "5f3a", "5F3A5F3A5F3A5F3A5F3A5F3A", "5f3a5f3a5f3a5f3a5f3a5f3g5"] {
            assert!(bad.parse::<ProjectId>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn names_round_trip(prefix in "[a-zA-Z0-9_]{1,8}(/[a-z0-9._-]{1,8}){0,2}", tier in "[a-z0-9-]{1,12}") {
            if let Ok(name) = prefix.parse::<Prefix>() {
                prop_assert_eq!(name.to_string(), prefix.clone());
                let branch = format!("refs/heads/{prefix}/hourly");
                prop_assert!(git2::Reference::is_valid_name(&branch));
            }
            if let Ok(name) = tier.parse::<TierName>() {
                prop_assert_eq!(name.to_string(), tier.clone());
                prop_assert!(git2::Reference::is_valid_name(&Prefix::default().branch(&name)));
            }
        }
    }
}
