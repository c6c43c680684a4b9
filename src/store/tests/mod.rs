//! The room against real stores: the real `git http-backend` on 127.0.0.1, and real directories. After each push, git's
//! own fsck looks at every object.

mod faults;
mod http;
mod path;
mod refusals;
mod thin;

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::DateTime;
use tempfile::TempDir;
use testkit::upstream::{Repository, Upstream};

use super::*;
use crate::http::{Options, Policy, Transport};

const HOURLY: &str = "refs/heads/snapshot/hourly";
const DAILY: &str = "refs/heads/snapshot/daily";
const TAKEN: i64 = 1_759_501_800;

/// Long enough for a busy machine, short enough to wait for.
const PATIENCE: Duration = Duration::from_secs(20);

fn transport() -> Transport {
    Transport::new(&Options::default()).unwrap()
}

fn location(url: &str) -> Location {
    Location::Http(url.parse().unwrap())
}

async fn try_open(
    location: &Location,
    token: Option<&str>,
    access: Access,
    silence: Duration,
) -> Result<Store, Error> {
    let retries = Policy { tries: 3, base: Duration::from_millis(50), ..Policy::default() };
    let patience = Patience { silence, retries };
    let token = token.map(SecretString::from);
    Store::open_with_patience(location, &transport(), token, &std::env::temp_dir(), access, patience).await
}

async fn open(upstream: &Upstream) -> Store {
    try_open(&location(&upstream.url()), Some(upstream.token()), Access::Write, PATIENCE).await.unwrap()
}

/// Writes a commit of these files after `parent`, as far as the scratch.
fn write(store: &Store, files: &[(&str, &str)], parent: Option<Oid>) -> Oid {
    let blob = |text: &str| store.write_blob(text.as_bytes()).unwrap();
    let files: BTreeMap<TreePath, Oid> =
        files.iter().map(|(path, text)| (path.parse().unwrap(), blob(text))).collect();
    let tree = store.write_tree(&files).unwrap();
    let time = DateTime::from_timestamp(TAKEN, 0).unwrap();
    store.write_commit(NewCommit { tree, parent, message: "A snapshot", time }).unwrap()
}

fn change(name: &str, expected: Option<Oid>, new: Option<Oid>) -> RefChange {
    RefChange { name: name.to_owned(), expected, new }
}

/// Saves a first snapshot on the hourly branch.
async fn first(store: &mut Store) -> Oid {
    let tip = write(store, &[("agent/a.json", "1\n"), ("agent/flows/x.json", "2\n")], None);
    assert!(store.push(&[change(HOURLY, None, Some(tip))]).await.unwrap().all_moved());
    tip
}

fn tip(repository: &Repository, branch: &str) -> Option<Oid> {
    repository.branches().get(branch).map(|id| id.parse().unwrap())
}

/// Whether something that was printed gives the token away.
fn leaks(upstream: &Upstream, printed: &str) -> bool {
    let header = upstream.authorization();
    printed.contains(upstream.token()) || printed.contains(header.trim_start_matches("Basic "))
}

#[test]
fn a_store_can_be_shared_and_its_work_moved_between_threads() {
    fn is<T: Send + Sync>() {}
    fn moves(_: impl Send) {}
    is::<Store>();
    is::<Error>();
    fn work(store: &mut Store) {
        moves(store.push(&[]));
    }
    let _ = work;
}
