//! Which resources a capture takes, and a digest of everything that decides what a snapshot looks like.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::{Glob, Kind, LAYOUT_VERSION, SecretsPolicy, TreePath};

/// What to capture: kinds, and globs over `<kind>/<display name>` of what to leave out.
#[derive(Debug, Clone)]
pub struct Selection {
    kinds: BTreeSet<Kind>,
    exclude: Vec<Glob>,
}

impl Selection {
    /// Selects `kinds` without what `exclude` matches.
    ///
    /// # Errors
    /// The first glob that is none, with the reason and the place.
    pub fn new(kinds: impl IntoIterator<Item = Kind>, exclude: &[String]) -> Result<Self, (String, String)> {
        let compile = |glob: &String| Glob::new(glob).map_err(|why| (glob.clone(), why));
        Ok(Self {
            kinds: kinds.into_iter().collect(),
            exclude: exclude.iter().map(compile).collect::<Result<_, _>>()?,
        })
    }

    /// Selects every kind and excludes nothing.
    #[must_use]
    pub fn everything() -> Self {
        Self { kinds: Kind::ALL.into(), exclude: Vec::new() }
    }

    /// Returns whether any resource of `kind` is wanted.
    #[must_use]
    pub fn wants_kind(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    /// Returns whether the resource `name` of `kind` is wanted.
    #[must_use]
    pub fn wants(&self, kind: Kind, name: &str) -> bool {
        let path = format!("{kind}/{name}");
        self.wants_kind(kind) && !self.exclude.iter().any(|glob| glob.matches(&path))
    }

    /// Returns the globs of what is left out, as written.
    pub fn excluded(&self) -> impl Iterator<Item = &str> {
        self.exclude.iter().map(Glob::as_str)
    }

    /// Returns a SHA-256 (hex) over all that decides the content besides the project itself: kinds, excludes, folder,
    /// secrets policy, layout version. Two snapshots with different digests are not compared as if equal.
    #[must_use]
    pub fn digest(&self, agent_dir: &TreePath, secrets: SecretsPolicy) -> String {
        let kinds: Vec<_> = self.kinds.iter().map(|kind| kind.name()).collect();
        let exclude: BTreeSet<_> = self.excluded().collect();
        let said = serde_json::json!([LAYOUT_VERSION, kinds, exclude, agent_dir.as_str(), secrets.name()]);
        super::hex(&Sha256::digest(said.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("flows/Test *", "Test one", false)]
    #[case("flows/Test *", "test one", true)]
    #[case("flows/*", "anything", false)]
    #[case("*", "anything", true)] // `*` does not cross the slash
    #[case("endpoints/*", "anything", true)]
    #[case(r"flows/\*", "*", false)]
    #[case(r"flows/\*", "a", true)]
    #[case(r"flows/a\[1\]", "a[1]", false)]
    #[case("flows/[ab]", "a", false)]
    #[case("**/Main", "Main", false)]
    fn globs_match_kind_and_name(#[case] glob: &str, #[case] name: &str, #[case] wanted: bool) {
        let selection = Selection::new(Kind::ALL, &[glob.to_owned()]).unwrap();
        assert_eq!(selection.wants(Kind::Flows, name), wanted);
    }

    #[test]
    fn a_bad_glob_is_named() {
        let (glob, why) = Selection::new(Kind::ALL, &["flows/[".to_owned()]).unwrap_err();
        assert_eq!(glob, "flows/[");
        assert!(why.contains("at character"), "{why}");
    }

    #[test]
    fn the_digest_sees_what_matters_and_not_the_order() {
        let dir: TreePath = "agent".parse().unwrap();
        let of = |kinds: &[Kind], globs: &[&str]| {
            let globs: Vec<_> = globs.iter().map(|&g| g.to_owned()).collect();
            Selection::new(kinds.iter().copied(), &globs).unwrap().digest(&dir, SecretsPolicy::Redact)
        };
        let all = of(&Kind::ALL, &["flows/a", "flows/b"]);
        assert_eq!(all, of(&Kind::ALL, &["flows/b", "flows/a"]));
        assert_ne!(all, of(&Kind::ALL, &["flows/a"]));
        assert_ne!(all, of(&[Kind::Flows], &["flows/a", "flows/b"]));
        let kept = Selection::everything().digest(&dir, SecretsPolicy::Keep);
        assert_ne!(kept, of(&Kind::ALL, &[]));
    }
}
