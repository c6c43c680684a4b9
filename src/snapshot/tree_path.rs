//! A path inside a snapshot's tree.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::folded;
use super::names::{InvalidName, string_faces};

/// A relative path with `/` between its components: no empty component, no `.`, no `..`, no `.git`, no NUL, no `\`.
///
/// It says nothing of what a file system makes of a component; [`super::folder_names`] does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TreePath(String);

string_faces!(TreePath);

impl TreePath {
    /// Returns this path with `child` (one or more components) below it.
    #[must_use]
    pub fn join(&self, child: &TreePath) -> Self {
        Self(format!("{}/{child}", self.0))
    }

    /// Returns the components, first to last.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }
}

impl FromStr for TreePath {
    type Err = InvalidName;

    fn from_str(path: &str) -> Result<Self, InvalidName> {
        let component = |c: &str| {
            !c.is_empty()
                && c != "."
                && c != ".."
                && !c.eq_ignore_ascii_case(".git")
                && !c.contains(['\\', '\0'])
        };
        if path.split('/').all(component) {
            return Ok(Self(path.to_owned()));
        }
        Err(InvalidName {
            what: "the path",
            found: path.to_owned(),
            rule: "it is relative, with `/` between parts, and no part is empty, `.`, `..` or `.git`",
        })
    }
}

/// Returns files and folders that are one where neither case nor composition counts, as on macOS and Windows: each with the one
/// that stands before it. `paths` are sorted.
pub fn same_without_case<'p>(paths: impl IntoIterator<Item = &'p TreePath>) -> Vec<(String, String)> {
    let mut seen: HashMap<String, &str> = HashMap::new();
    let mut clashes = Vec::new();
    for path in paths {
        let whole = path.as_str();
        let ends = whole.match_indices('/').map(|(at, _)| at).chain([whole.len()]);
        for spelled in ends.map(|end| &whole[..end]) {
            let before = *seen.entry(folded(spelled)).or_insert(spelled);
            if before != spelled {
                clashes.push((before.to_owned(), spelled.to_owned()));
                // What is below is no news.
                break;
            }
        }
    }
    clashes.dedup();
    clashes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_that_stay_inside_are_paths() {
        for good in ["a", "a/b.json", "agent/flows/Main flow/config.json", "ü/emoji 🙂", "..a", "a.git"] {
            assert_eq!(good.parse::<TreePath>().unwrap().as_str(), good);
        }
        for bad in
            ["", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a\\b", ".git/config", "a/.GIT", "a\0b"]
        {
            assert!(bad.parse::<TreePath>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn paths_that_are_one_elsewhere_are_found_once() {
        let of = |paths: &[&str]| {
            let paths: Vec<TreePath> = paths.iter().map(|path| path.parse().unwrap()).collect();
            let found = same_without_case(&paths);
            found.iter().map(|(one, other)| format!("{one}|{other}")).collect::<Vec<_>>()
        };
        assert_eq!(of(&["A/x", "a/x", "a/y"]), ["A|a"]);
        assert_eq!(of(&["d/u\u{308}", "d/\u{fc}"]), ["d/u\u{308}|d/\u{fc}"]);
        assert!(of(&["a/x", "b/X", "c"]).is_empty());
    }
}
