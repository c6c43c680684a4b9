//! `SHA256SUMS`: a digest for each file beside it, as `sha256sum -c` reads it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use super::error::Problem;
use super::measured::measure;

/// The name of the file itself.
pub(super) const NAME: &str = "SHA256SUMS";

/// Digests by file name. One line each, `<64 hex digits>  <name>`, sorted by name; no other form is read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sums(BTreeMap<String, String>);

impl Sums {
    /// Notes a file's SHA-256, in lower-case hex.
    ///
    /// # Panics
    /// If the name is none that the grammar has or the digest is no digest: both are our own.
    pub fn insert(&mut self, name: &str, sha256: &str) {
        assert!(is_plain(name) && is_digest(sha256), "{name} {sha256}");
        self.0.insert(name.to_owned(), sha256.to_owned());
    }

    /// Reads the whole file.
    ///
    /// # Errors
    /// Which line is no such line. A last line without its newline is one that was cut.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let bad = |line, what| Problem::Sums { line, what };
        let text = std::str::from_utf8(bytes).map_err(|_| bad(1, "the file is not text"))?;
        let mut sums = BTreeMap::new();
        let mut rest = text;
        while !rest.is_empty() {
            let number = sums.len() + 1;
            let (line, after) = rest.split_once('\n').ok_or_else(|| bad(number, "its end is missing"))?;
            let (digest, name) = line
                .split_once("  ")
                .ok_or_else(|| bad(number, "it is not a digest, two spaces and a name"))?;
            if !is_digest(digest) {
                return Err(bad(number, "the digest has not 64 digits out of 0-9 and a-f"));
            }
            if !is_plain(name) {
                return Err(bad(number, "the name is none of a file beside it"));
            }
            if sums.insert(name.to_owned(), digest.to_owned()).is_some() {
                return Err(bad(number, "the name stands there twice"));
            }
            rest = after;
        }
        if sums.is_empty() { Err(bad(1, "the file is empty")) } else { Ok(Self(sums)) }
    }

    /// Returns the names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Returns a file's SHA-256, in hex.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Reads every file in a directory and compares. Files that are not in the list are nobody's business.
    ///
    /// # Errors
    /// Which file is missing, differs, or cannot be read.
    pub fn verify(&self, directory: &Path) -> Result<(), Problem> {
        for (name, sha256) in &self.0 {
            let path = directory.join(name);
            // A link would be the digest of something else, somewhere else.
            if !path.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
                return Err(Problem::Absent { file: name.clone() });
            }
            if measure(&path).map_err(Problem::disk("read", &path))?.sha256 != *sha256 {
                return Err(Problem::Mismatch { file: name.clone() });
            }
        }
        Ok(())
    }
}

/// The file itself.
impl fmt::Display for Sums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(name, sha256)| writeln!(f, "{sha256}  {name}"))
    }
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Whether a name is one of a file in the same folder that `sha256sum` writes without escapes.
fn is_plain(name: &str) -> bool {
    (1..=150).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        && !name.starts_with(['.', '-'])
}
