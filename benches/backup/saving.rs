//! Saving one snapshot: our way against the four git commands of a workflow, on the same files and the same server.
//!
//! Ours is all that the program does to save: it makes its client, opens the store (which lists the refs and proves
//! the right to push), hashes and deflates every file, writes trees and commit, and pushes. git's is its four processes.
//! Rendering files out of answers is in neither; nor is writing them into git's work tree.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::DateTime;
use cognigy_backup::http::{Options, Transport};
use cognigy_backup::snapshot::TreePath;
use cognigy_backup::store::{Access, Location, NewCommit, RefChange, Store};
use secrecy::SecretString;
use tempfile::TempDir;
use testkit::upstream::{UPSTREAM_TOKEN, Upstream};

use crate::program::now;

const MB: usize = 1_000_000;
/// The size that the limit speaks of.
const FEW: usize = 5 * MB;

/// Seconds that the same files took both ways, one after the other.
pub(crate) struct Pair {
    pub(crate) git: f64,
    pub(crate) ours: f64,
}

/// All pairs of one kind.
pub(crate) struct Saved {
    pub(crate) what: String,
    pub(crate) pairs: Vec<Pair>,
}

type Files = BTreeMap<String, Vec<u8>>;

/// Saves files into empty repositories, both ways in turn: the first megabytes of a snapshot, and all of it.
pub(crate) fn compare(files: &Files) -> [Saved; 3] {
    let whole = size(files) / MB;
    let (mut few, mut left) = (Files::new(), FEW);
    for (path, bytes) in files {
        let Some(rest) = left.checked_sub(bytes.len()) else { break };
        left = rest;
        few.insert(path.clone(), bytes.clone());
    }
    let saved = |mb: usize, store: &str, files: &Files, pairs: usize, of: fn(&Files) -> Pair| Saved {
        what: format!("save {mb} MB {store}"),
        pairs: (0..pairs).map(|_| of(files)).collect(),
    };
    [
        saved(FEW / MB, "over http", &few, 9, over_http),
        saved(FEW / MB, "into a path", &few, 9, into_a_path),
        saved(whole, "over http", files, 5, over_http),
    ]
}

pub(crate) fn size(files: &Files) -> usize {
    files.values().map(Vec::len).sum()
}

fn over_http(files: &Files) -> Pair {
    let (theirs, ours) = (Upstream::start(), Upstream::start());
    let url = ours.url().parse().expect("the upstream's address is one");
    Pair { git: git(&theirs, &theirs.url(), files), ours: save(&Location::Http(url), files) }
}

fn into_a_path(files: &Files) -> Pair {
    let (git_home, directory) = (Upstream::start(), TempDir::new().expect("a temporary directory"));
    let theirs = git_home.path().to_string_lossy();
    Pair {
        git: git(&git_home, &theirs, files),
        ours: save(&Location::Path(directory.path().join("store.git")), files),
    }
}

/// Times git's way in a work tree that has the files and an `origin`, as after `actions/checkout`.
fn git(upstream: &Upstream, origin: &str, files: &Files) -> f64 {
    let tree = TempDir::new().expect("a temporary directory");
    let git = |arguments: &[&str]| upstream.stock_git(tree.path(), arguments).expect("git does it");
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["commit", "--quiet", "--allow-empty", "--message=main"]);
    git(&["remote", "add", "origin", origin]);
    for (path, bytes) in files {
        let path = tree.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(tree.path())).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    }
    let begin = now();
    git(&["checkout", "--quiet", "--orphan", "backup"]);
    git(&["add", "--force", "."]);
    git(&["commit", "--quiet", "--message=backup"]);
    git(&["push", "--quiet", "--force", "origin", "backup"]);
    begin.elapsed().as_secs_f64()
}

/// Times ours.
fn save(location: &Location, files: &Files) -> f64 {
    let files: Vec<(TreePath, &Vec<u8>)> = files
        .iter()
        .map(|(path, bytes)| (path.parse().expect("a snapshot's paths are paths"), bytes))
        .collect();
    let scratch = TempDir::new().expect("a temporary directory");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let begin = now();
    let all_moved = runtime.block_on(push(location, scratch.path(), &files));
    let took = begin.elapsed();
    assert!(all_moved, "the branch did not move");
    took.as_secs_f64()
}

async fn push(location: &Location, scratch: &Path, files: &[(TreePath, &Vec<u8>)]) -> bool {
    let transport = Transport::new(&Options::default()).expect("a client");
    let token = Some(SecretString::from(UPSTREAM_TOKEN));
    let mut store = Store::open(location, &transport, token, scratch, Access::Write).await.expect("a store");
    let blobs =
        files.iter().map(|(path, bytes)| (path.clone(), store.write_blob(bytes).expect("a blob"))).collect();
    let tree = store.write_tree(&blobs).expect("a tree");
    let commit = NewCommit { tree, parent: None, message: "backup\n", time: DateTime::UNIX_EPOCH };
    let commit = store.write_commit(commit).expect("a commit");
    let change = RefChange { name: "refs/heads/backup".to_owned(), expected: None, new: Some(commit) };
    store.push(&[change]).await.expect("a push").all_moved()
}
