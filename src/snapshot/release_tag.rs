//! The name of an archive: a git tag, a folder and the beginning of file names, all at once.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::file_name::is_safe;
use super::names::{InvalidName, Prefix, TierName, string_faces};

/// An archive's name, such as `monthly-2025-10`.
///
/// Up to 100 characters out of `A-Z a-z 0-9 . _ -`: a subset of what git allows in a tag (git-check-ref-format) that is
/// also a safe file name on Linux, macOS and Windows and needs no escape in a URL. It never begins with a dot, so a dot
/// name beside it is surely no archive.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReleaseTag(String);

string_faces!(ReleaseTag);

impl ReleaseTag {
    /// Names the release of a tier's period: `monthly-2025-10`; under another prefix than the default with that in front,
    /// as the `nth` of its period with a number behind, because a tag that an immutable release has used is used up.
    ///
    /// # Errors
    /// Prefix and tier together are too long for a tag.
    pub fn of(prefix: &Prefix, tier: &TierName, period: &str, nth: u32) -> Result<Self, InvalidName> {
        let number = if nth > 1 { format!(".{nth}") } else { String::new() };
        format!("{}{period}{number}", Self::begins(prefix, tier)).parse()
    }

    /// Returns how the names of a tier's releases begin.
    #[must_use]
    pub fn begins(prefix: &Prefix, tier: &TierName) -> String {
        if *prefix == Prefix::default() {
            format!("{tier}-")
        } else {
            format!("{}-{tier}-", prefix.as_str().replace('/', "-"))
        }
    }

    /// Whether it names a release of this tier; `period` is one of the tier's periods, for what such a name looks like.
    #[must_use]
    pub fn is_of(&self, prefix: &Prefix, tier: &TierName, period: &str) -> bool {
        let Some(rest) = self.0.strip_prefix(&Self::begins(prefix, tier)) else { return false };
        let (label, number) = rest.split_once('.').unwrap_or((rest, "2"));
        let like = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "0");
        like(label) == like(period) && number.len() == 1 && number.bytes().all(|b| b.is_ascii_digit())
    }

    /// Returns the full ref name of the tag.
    #[must_use]
    pub fn reference(&self) -> String {
        format!("refs/tags/{}", self.0)
    }
}

impl FromStr for ReleaseTag {
    type Err = InvalidName;

    fn from_str(tag: &str) -> Result<Self, InvalidName> {
        let ok = (1..=100).contains(&tag.len())
            && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
            && !tag.starts_with(['.', '-'])
            && !tag.ends_with('.')
            && !tag.contains("..")
            && !tag.ends_with(".lock")
            // git itself refuses to make a tag of this name: every command would take it for the branch.
            && tag != "HEAD"
            && is_safe(tag);
        if ok {
            return Ok(Self(tag.to_owned()));
        }
        Err(InvalidName {
            what: "the release tag",
            found: tag.to_owned(),
            rule: "it has up to 100 characters out of letters, digits, `.`, `_` and `-`, begins with a letter, a digit \
                   or `_`, has no `..`, does not end in `.` or `.lock`, and is a file name on Windows too",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_release_is_named_after_its_prefix_tier_and_period() {
        let tier = |name: &str| name.parse::<TierName>().unwrap();
        let prefix = |name: &str| name.parse::<Prefix>().unwrap();
        let of =
            |p: &str, t: &str, nth| ReleaseTag::of(&prefix(p), &tier(t), "2025-10", nth).unwrap().to_string();
        assert_eq!(of("snapshot", "monthly", 1), "monthly-2025-10");
        assert_eq!(of("bots/sales", "monthly", 2), "bots-sales-monthly-2025-10.2");
        let is = |tag: &str, t: &str| {
            tag.parse::<ReleaseTag>().unwrap().is_of(&Prefix::default(), &tier(t), "2025-10")
        };
        assert!(is("monthly-2024-01", "monthly") && is("monthly-2024-01.3", "monthly"));
        assert!(!is("monthly-x-2025-10", "monthly") && is("monthly-x-2025-10", "monthly-x"));
        assert!(!is("monthly-2025", "monthly") && !is("monthly-2025-10.beta", "monthly"));
        let long = "a".repeat(90).parse().unwrap();
        assert!(ReleaseTag::of(&long, &tier("monthly"), "2025-10", 1).is_err());
    }

    #[test]
    fn what_cannot_be_tag_and_file_name_is_refused() {
        for good in ["monthly-2025-10", "acme_bot-quarterly-2025-Q4", "v1.2.3", "a", "_", "2025-W40"] {
            let tag: ReleaseTag = good.parse().unwrap();
            assert_eq!(tag.reference(), format!("refs/tags/{good}"));
        }
        for bad in [
            "", ".", "..", ".a", "-a", "a..b", "a.", "a.lock", "a/b", "a b", "a:b", "a\\b", "a\nb", "ü",
            "a~1", "a@b", "HEAD", "CON", "nul.tar", "Com1",
        ] {
            assert!(bad.parse::<ReleaseTag>().is_err(), "{bad:?}");
        }
        assert!("a".repeat(100).parse::<ReleaseTag>().is_ok());
        assert!("a".repeat(101).parse::<ReleaseTag>().is_err());
    }

    proptest! {
        #[test]
        fn tags_round_trip_and_git_takes_them(text in "[A-Za-z0-9._-]{1,12}(\\.lock)?|.{0,8}") {
            if let Ok(tag) = text.parse::<ReleaseTag>() {
                prop_assert_eq!(tag.to_string(), text.clone());
                prop_assert!(git2::Reference::is_valid_name(&tag.reference()));
                prop_assert!(text.parse::<crate::snapshot::TreePath>().is_ok());
                let json = serde_json::to_string(&tag).unwrap();
                prop_assert_eq!(serde_json::from_str::<ReleaseTag>(&json).unwrap(), tag);
            }
        }
    }
}
