//! git's objects as bytes: the trees and commits that we write, and what we read of those we find.
//!
//! The formats are three lines each and frozen for ever; writing them here rather than through git2 lets an object
//! name others that are only on the server, and keeps equal inputs equal bytes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use git2::Oid;

use super::error::Problem;
use crate::snapshot::TreePath;

/// Author and committer of every commit. One fixed name, so that a rewrite is deterministic.
pub(super) const SIGNATURE: &str = "cognigy-backup <cognigy-backup@users.noreply.github.com>";

const FILE_MODE: &[u8] = b"100644";
const FOLDER_MODE: &[u8] = b"40000";

/// A commit to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewCommit<'a> {
    /// The tree it holds.
    pub tree: Oid,
    /// The commit before it in the chain; the oldest has none.
    pub parent: Option<Oid>,
    /// Subject, body and trailers.
    pub message: &'a str,
    /// Author's and committer's time.
    pub time: DateTime<Utc>,
}

/// An annotated tag to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewTag<'a> {
    /// The commit it stands for.
    pub target: Oid,
    /// Its name, without `refs/tags/`.
    pub name: &'a str,
    /// What it says.
    pub message: &'a str,
    /// When it was made.
    pub time: DateTime<Utc>,
}

/// What an annotated tag says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagFacts {
    /// The object it stands for.
    pub target: Oid,
    /// Its message, whole.
    pub message: String,
    /// When it was made.
    pub time: DateTime<Utc>,
}

/// What a commit says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitFacts {
    /// The tree it holds.
    pub tree: Oid,
    /// Its message, whole.
    pub message: String,
    /// The committer's time.
    pub time: DateTime<Utc>,
    /// The commits before it; of a commit fetched with depth 1, these may be absent here.
    pub parents: Vec<Oid>,
}

/// One line of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TreeEntry {
    pub(super) name: String,
    pub(super) id: Oid,
    pub(super) is: Is,
}

/// What a line of a tree stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    File,
    Folder,
    /// A submodule: a commit of some other repository, which nobody has here.
    Elsewhere,
    /// A file or a folder whose name is no UTF-8, so that nothing of ours is in it.
    Nameless,
}

/// Writes a tree. Entries are sorted as git wants it: a folder as if its name ended in `/`.
pub(super) fn encode_tree(mut entries: Vec<TreeEntry>) -> Vec<u8> {
    let key = |entry: &TreeEntry| {
        let mut name = entry.name.clone();
        if entry.is == Is::Folder {
            name.push('/');
        }
        name
    };
    entries.sort_by_cached_key(key);
    let mut bytes = Vec::with_capacity(entries.len() * 48);
    for entry in entries {
        bytes.extend_from_slice(if entry.is == Is::Folder { FOLDER_MODE } else { FILE_MODE });
        bytes.push(b' ');
        bytes.extend_from_slice(entry.name.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(entry.id.as_bytes());
    }
    bytes
}

/// Reads a tree. A name that is no UTF-8 is nobody's of ours, and is given with what could be read of it.
pub(super) fn decode_tree(id: Oid, mut bytes: &[u8]) -> Result<Vec<TreeEntry>, Problem> {
    let broken = || Problem::Broken { what: "tree", id };
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let space = bytes.iter().position(|b| *b == b' ').ok_or_else(broken)?;
        let nul = bytes.iter().position(|b| *b == 0).filter(|nul| *nul > space).ok_or_else(broken)?;
        let end = nul + 1 + 20;
        if bytes.len() < end {
            return Err(broken());
        }
        let name = &bytes[space + 1..nul];
        entries.push(TreeEntry {
            name: String::from_utf8_lossy(name).into_owned(),
            id: Oid::from_bytes(&bytes[nul + 1..end]).map_err(|_| broken())?,
            is: match &bytes[..space] {
                _ if std::str::from_utf8(name).is_err() => Is::Nameless,
                FOLDER_MODE => Is::Folder,
                b"160000" => Is::Elsewhere,
                _ => Is::File,
            },
        });
        bytes = &bytes[end..];
    }
    Ok(entries)
}

/// Writes a commit.
pub(super) fn encode_commit(commit: &NewCommit<'_>) -> Vec<u8> {
    let time = commit.time.timestamp();
    let parent = commit.parent.map(|id| format!("parent {id}\n")).unwrap_or_default();
    // git ends a message with a newline; without one `git log` output runs together.
    let end = if commit.message.ends_with('\n') { "" } else { "\n" };
    format!(
        "tree {}\n{parent}author {SIGNATURE} {time} +0000\ncommitter {SIGNATURE} {time} +0000\n\n{}{end}",
        commit.tree, commit.message
    )
    .into_bytes()
}

/// Writes an annotated tag.
pub(super) fn encode_tag(tag: &NewTag<'_>) -> Vec<u8> {
    let NewTag { target, name, message, time } = tag;
    let end = if message.ends_with('\n') { "" } else { "\n" };
    let time = time.timestamp();
    format!("object {target}\ntype commit\ntag {name}\ntagger {SIGNATURE} {time} +0000\n\n{message}{end}")
        .into_bytes()
}

/// Reads an annotated tag.
pub(super) fn decode_tag(id: Oid, bytes: &[u8]) -> Result<TagFacts, Problem> {
    let broken = || Problem::Broken { what: "tag", id };
    let text = String::from_utf8_lossy(bytes);
    let (head, message) = text.split_once("\n\n").ok_or_else(broken)?;
    let line = |word: &str| head.lines().find_map(|line| line.strip_prefix(word));
    let target = line("object ").and_then(|id| Oid::from_str(id).ok()).ok_or_else(broken)?;
    // A tag of long ago may have no tagger.
    let time = line("tagger ").and_then(time_of).unwrap_or_default();
    Ok(TagFacts { target, message: message.to_owned(), time })
}

/// Returns the time at the end of a signature.
fn time_of(signature: &str) -> Option<DateTime<Utc>> {
    let seconds = signature.rsplit(' ').nth(1)?.parse().ok()?;
    DateTime::from_timestamp(seconds, 0)
}

/// Reads a commit.
pub(super) fn decode_commit(id: Oid, bytes: &[u8]) -> Result<CommitFacts, Problem> {
    let broken = || Problem::Broken { what: "commit", id };
    let text = String::from_utf8_lossy(bytes);
    let (head, message) = text.split_once("\n\n").ok_or_else(broken)?;
    let (mut tree, mut time, mut parents) = (None, None, Vec::new());
    for line in head.lines() {
        match line.split_once(' ') {
            Some(("tree", id)) => tree = Oid::from_str(id).ok(),
            Some(("parent", id)) => parents.push(Oid::from_str(id).map_err(|_| broken())?),
            Some(("committer", rest)) => time = time_of(rest),
            _ => {}
        }
    }
    Ok(CommitFacts {
        tree: tree.ok_or_else(broken)?,
        message: message.to_owned(),
        time: time.ok_or_else(broken)?,
        parents,
    })
}

/// A folder in the making.
#[derive(Default)]
pub(super) struct Folder<'a> {
    pub(super) files: BTreeMap<&'a str, Oid>,
    pub(super) folders: BTreeMap<&'a str, Folder<'a>>,
}

impl<'a> Folder<'a> {
    /// Sorts paths into folders. A path that is both a file and a folder is refused.
    pub(super) fn of(files: &'a BTreeMap<TreePath, Oid>) -> Result<Self, Problem> {
        let mut root = Self::default();
        for (path, id) in files {
            let mut folder = &mut root;
            let mut components = path.components().peekable();
            while let Some(name) = components.next() {
                let clash = || Problem::PathClash { path: path.clone() };
                if components.peek().is_none() {
                    if folder.folders.contains_key(name) {
                        return Err(clash());
                    }
                    folder.files.insert(name, *id);
                    break;
                }
                if folder.files.contains_key(name) {
                    return Err(clash());
                }
                folder = folder.folders.entry(name).or_default();
            }
        }
        Ok(root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> Oid {
        Oid::from_bytes(&[n; 20]).unwrap()
    }

    #[test]
    fn a_tree_is_sorted_as_git_sorts_and_reads_back() {
        let entry = |name: &str, is| TreeEntry { name: name.to_owned(), id: id(7), is };
        let bytes = encode_tree(vec![
            entry("a", Is::Folder),
            entry("a.b", Is::File),
            entry("a0", Is::File),
            entry("ü", Is::File),
        ]);
        let read = decode_tree(id(1), &bytes).unwrap();
        let names: Vec<&str> = read.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["a.b", "a", "a0", "ü"], "`a/` stands between `a.` and `a0`");
        assert_eq!(read[1].is, Is::Folder);
        let latin = [&b"100644 Gr\xfc\xdfe\0"[..], id(7).as_bytes()].concat();
        let [read] = decode_tree(id(1), &latin).unwrap().try_into().unwrap();
        assert_eq!((read.name.as_str(), read.is), ("Gr\u{fffd}\u{fffd}e", Is::Nameless));
        for cut in 1..bytes.len() {
            let whole = decode_tree(id(1), &bytes[..cut]).is_ok_and(|entries| entries.len() < 4);
            assert!(whole || decode_tree(id(1), &bytes[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn a_commit_reads_back() {
        let time = DateTime::from_timestamp(1_759_501_800, 0).unwrap();
        let commit = NewCommit { tree: id(1), parent: Some(id(2)), message: "Subject\n\nBody: ü", time };
        let facts = decode_commit(id(3), &encode_commit(&commit)).unwrap();
        assert_eq!(facts.tree, id(1));
        assert_eq!(facts.parents, [id(2)]);
        assert_eq!(facts.time, time);
        assert_eq!(facts.message, "Subject\n\nBody: ü\n");
        assert!(decode_commit(id(3), b"tree x\n\n").is_err());
    }

    #[test]
    fn a_tag_reads_back() {
        let time = DateTime::from_timestamp(1_759_501_800, 0).unwrap();
        let tag = NewTag { target: id(1), name: "snapshot/pin/go-live", message: "Why\n\nMore", time };
        let facts = decode_tag(id(3), &encode_tag(&tag)).unwrap();
        assert_eq!(facts, TagFacts { target: id(1), message: "Why\n\nMore\n".to_owned(), time });
        assert!(decode_tag(id(3), b"object x\n\n").is_err());
    }

    #[test]
    fn a_path_is_a_file_or_a_folder() {
        for paths in [["a", "a/b"], ["x/y", "x/y/z"]] {
            let files = paths.iter().map(|path| (path.parse().unwrap(), id(1))).collect();
            assert!(matches!(Folder::of(&files), Err(Problem::PathClash { .. })));
        }
    }
}
