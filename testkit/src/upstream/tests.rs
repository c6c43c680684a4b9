//! The upstream as stock git meets it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use super::*;

/// A clone with one commit on `main` that is not pushed yet.
fn clone_with_commit(upstream: &Upstream) -> TempDir {
    let clone = upstream.stock_clone().unwrap();
    write_and_commit(upstream, clone.path(), "a.txt", "one\n");
    clone
}

fn write_and_commit(upstream: &Upstream, clone: &Path, name: &str, text: &str) {
    std::fs::write(clone.join(name), text).unwrap();
    upstream.stock_git(clone, &["add", "."]).unwrap();
    upstream.stock_git(clone, &["commit", "--quiet", "-m", name]).unwrap();
}

/// One request by hand; the answer as it came over the wire.
fn ask(upstream: &Upstream, head: &str) -> String {
    let mut stream = TcpStream::connect(upstream.server_url().trim_start_matches("http://")).unwrap();
    write!(stream, "{head}\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn stock_git_clones_and_pushes() {
    let upstream = Upstream::start();
    let clone = clone_with_commit(&upstream);
    upstream
        .stock_git(clone.path(), &["push", "--quiet", "origin", "HEAD:main", "HEAD:snapshot/hourly"])
        .unwrap();
    assert_eq!(upstream.branches().into_keys().collect::<Vec<_>>(), ["main", "snapshot/hourly"]);
    assert_eq!(upstream.read_file("main", "a.txt").as_deref(), Some(&b"one\n"[..]));
    assert_eq!(upstream.read_file("main", "b.txt"), None);
    assert_eq!(upstream.list_files("main"), ["a.txt"]);
    assert_eq!(upstream.log("main"), ["a.txt"]);
    assert_eq!(upstream.rev_list("absent"), Vec::<String>::new());
    assert_eq!(upstream.message("main"), "a.txt");
    upstream.fsck();
    let again = upstream.stock_clone().unwrap();
    assert_eq!(std::fs::read_to_string(again.path().join("a.txt")).unwrap(), "one\n");
    let push = upstream
        .log_requests()
        .into_iter()
        .find(|request| request.path.ends_with("git-receive-pack"))
        .unwrap();
    assert_eq!((push.method.as_str(), push.status, push.authorization_present), ("POST", 200, true));
    assert!(push.request_bytes > 0 && push.response_bytes > 0);
}

#[test]
fn chunked_and_gzipped_bodies_arrive() {
    let upstream = Upstream::start();
    let clone = clone_with_commit(&upstream);
    std::fs::write(clone.path().join("large"), (0..300_000).map(|_| fastrand::u8(..)).collect::<Vec<u8>>())
        .unwrap();
    upstream.stock_git(clone.path(), &["add", "."]).unwrap();
    upstream.stock_git(clone.path(), &["commit", "--quiet", "-m", "large"]).unwrap();
    // More than the buffer: git probes, then sends in chunks.
    upstream.on_next_push(|upstream| upstream.config("test.raced", "yes"));
    upstream
        .stock_git(clone.path(), &["-c", "http.postBuffer=65536", "push", "--quiet", "origin", "HEAD:main"])
        .unwrap();
    assert!(upstream.log_requests().iter().any(|request| request.request_bytes > 300_000));
    assert_eq!(upstream.git(&["config", "test.raced"]), "yes\n");

    upstream.create_refs(50);
    let other = tempfile::tempdir().unwrap();
    upstream.stock_git(other.path(), &["init", "--quiet"]).unwrap();
    for number in 0..60 {
        upstream.commit(&format!("t{number}"), &[("f", b"x")], &format!("commit {number}"));
    }
    let fetch =
        ["-c", "protocol.version=0", "fetch", "--quiet", &upstream.url(), "refs/heads/*:refs/heads/*"];
    upstream.stock_git(other.path(), &fetch).unwrap();
    assert!(
        upstream.log_requests().iter().any(|request| request.content_encoding.as_deref() == Some("gzip"))
    );
}

#[test]
fn without_the_token_the_door_stays_shut() {
    let upstream = Upstream::start();
    let said = upstream.try_git_in(Path::new("/"), &["ls-remote", &upstream.url()]).unwrap_err();
    assert!(said.contains("could not read Username"), "{said}");
    let answer = ask(&upstream, "GET /octocat/demo.git/info/refs?service=git-upload-pack HTTP/1.1");
    assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("www-authenticate: Basic"), "{answer}");
    let wrong = "GET /octocat/demo/info/refs?service=git-upload-pack HTTP/1.1\r\nAuthorization: Basic eDp5";
    assert!(ask(&upstream, wrong).starts_with("HTTP/1.1 401"));
    let elsewhere =
        format!("GET /octocat/other.git/info/refs HTTP/1.1\r\nAuthorization: {}", upstream.authorization());
    assert!(ask(&upstream, &elsewhere).starts_with("HTTP/1.1 404"));

    let public = Upstream::start_with(Options { anonymous_fetch: true, ..Options::default() });
    public.commit("main", &[("a", b"a")], "a");
    assert!(
        public.try_git_in(Path::new("/"), &["ls-remote", &public.url()]).unwrap().contains("refs/heads/main")
    );
}

#[test]
fn an_atomic_push_refused_by_a_hook_moves_nothing() {
    let upstream = Upstream::start();
    upstream.refuse_ref("refs/heads/snapshot/*", "it's not allowed");
    let clone = clone_with_commit(&upstream);
    let push = ["push", "--atomic", "origin", "HEAD:main", "HEAD:snapshot/daily"];
    let said = upstream.stock_git(clone.path(), &push).unwrap_err();
    assert!(said.contains("remote: it's not allowed") && said.contains("hook declined"), "{said}");
    assert!(upstream.branches().is_empty());

    upstream.without_atomic();
    let said = upstream.stock_git(clone.path(), &push).unwrap_err();
    assert!(said.contains("does not support --atomic"), "{said}");
}

#[test]
fn somebody_is_faster_between_advertisement_and_push() {
    let upstream = Upstream::start();
    let clone = clone_with_commit(&upstream);
    upstream.on_next_pushes(2, |upstream| {
        upstream.move_behind_our_back("main");
    });
    let first = upstream.stock_git(clone.path(), &["push", "origin", "HEAD:main"]).unwrap_err();
    assert!(first.contains("[remote rejected]"), "{first}");
    assert_eq!(upstream.log("main"), ["A commit of somebody else"]);
    upstream.stock_git(clone.path(), &["fetch", "--quiet", "origin"]).unwrap();
    upstream.stock_git(clone.path(), &["rebase", "--quiet", "origin/main"]).unwrap();
    upstream.stock_git(clone.path(), &["push", "origin", "HEAD:main"]).unwrap_err();
    assert_eq!(upstream.rev_list("main").len(), 2);
    upstream.stock_git(clone.path(), &["pull", "--quiet", "--rebase", "origin", "main"]).unwrap();
    upstream.stock_git(clone.path(), &["push", "origin", "HEAD:main"]).unwrap();
    assert_eq!(upstream.log("main")[0], "a.txt");
    upstream.fsck();
}

#[test]
fn github_refuses_in_its_own_words() {
    let upstream = Upstream::start();
    let clone = clone_with_commit(&upstream);
    upstream
        .stock_git(clone.path(), &["push", "--quiet", "origin", "HEAD:main", "HEAD:kept", "HEAD:ruled"])
        .unwrap();
    upstream.github_protected_branch("refs/heads/[mk]*", Protection::NoForcePush);
    upstream.github_ruleset("refs/heads/ruled", Protection::PullRequestsOnly);
    upstream.github_push_protection("planted-secret");
    upstream.github_large_files(1_048_576);
    let push = |refspec: &str| upstream.stock_git(clone.path(), &["push", "--force", "origin", refspec]);

    write_and_commit(&upstream, clone.path(), "b.txt", "two\n");
    push("HEAD:main").unwrap();
    let said = push("HEAD~1:main").unwrap_err();
    assert!(said.contains("GH006: Protected branch update failed for refs/heads/main."), "{said}");
    assert!(said.contains("error: Cannot force-push to this branch"), "{said}");
    assert!(said.contains("(protected branch hook declined)"), "{said}");
    let said = push(":kept").unwrap_err();
    assert!(said.contains("Cannot delete this branch"), "{said}");
    let said = push("HEAD:ruled").unwrap_err();
    assert!(said.contains("- Changes must be made through a pull request."), "{said}");
    assert!(said.contains("(push declined due to repository rule violations)"), "{said}");

    write_and_commit(&upstream, clone.path(), "secret.txt", "x\nkey = planted-secret\n");
    let said = push("HEAD:free").unwrap_err();
    assert!(said.contains("- Push cannot contain secrets"), "{said}");
    let tip = upstream.stock_git(clone.path(), &["rev-parse", "HEAD"]).unwrap();
    assert!(
        said.contains(&format!("- commit: {}", tip.trim())) && said.contains("path: secret.txt:2"),
        "{said}"
    );
    assert!(said.contains("(push declined due to repository rule violations)"), "{said}");

    upstream.stock_git(clone.path(), &["reset", "--quiet", "--hard", "HEAD~1"]).unwrap();
    write_and_commit(&upstream, clone.path(), "large.txt", &"x".repeat(1_100_000));
    let said = push("HEAD:free").unwrap_err();
    assert!(
        said.contains("GH001: Large files detected") && said.contains("File large.txt is 1.05 MB"),
        "{said}"
    );
    assert!(said.contains("(pre-receive hook declined)"), "{said}");
    assert!(!upstream.branches().contains_key("free"));
}

#[test]
fn a_token_that_may_only_read_is_told_so() {
    let upstream = Upstream::start();
    upstream.read_only();
    let clone = clone_with_commit(&upstream);
    let said = upstream.stock_git(clone.path(), &["push", "origin", "HEAD:main"]).unwrap_err();
    assert!(said.contains("remote: Permission to octocat/demo.git denied to github-actions[bot]."), "{said}");
    assert!(said.contains("error: 403"), "{said}");
    upstream.gone();
    upstream.clear_faults();
    upstream.gone();
    assert!(upstream.stock_clone().unwrap_err().contains("not found"));
}

#[test]
fn every_fault_is_seen_by_stock_git() {
    let upstream = Upstream::start();
    upstream.commit("main", &[("a", &[7; 5000])], "a");
    let cases = [
        (Service::FetchAdvertisement, Fault::Status(503, "try later".into()), "503"),
        (Service::FetchAdvertisement, Fault::Html, "not valid: is this a git repository?"),
        (Service::FetchAdvertisement, Fault::Reset, "reset"),
        (Service::FetchAdvertisement, Fault::Truncate, "fatal"),
        (Service::Fetch, Fault::CorruptPack, "fatal"),
        (Service::Fetch, Fault::LoseAnswer, "reset"),
    ];
    for (service, fault, expected) in cases {
        upstream.clear_faults();
        upstream.fault(service, fault.clone(), FOREVER);
        let said = upstream.stock_clone().unwrap_err();
        assert!(said.contains(expected), "{fault:?}: {said}");
    }
    upstream.clear_faults();
    upstream.stock_clone().unwrap();
}

#[test]
fn a_lost_answer_is_a_push_that_landed_and_a_damaged_pack_one_that_did_not() {
    let upstream = Upstream::start();
    let clone = clone_with_commit(&upstream);
    upstream.fault(Service::Push, Fault::CorruptPack, 1);
    upstream.stock_git(clone.path(), &["push", "origin", "HEAD:main"]).unwrap_err();
    assert!(upstream.branches().is_empty());
    upstream.fault(Service::Push, Fault::LoseAnswer, 1);
    upstream.stock_git(clone.path(), &["push", "origin", "HEAD:main"]).unwrap_err();
    assert_eq!(upstream.log("main"), ["a.txt"]);
}

#[test]
fn a_hanging_connection_ends_with_the_upstream() {
    let upstream = Upstream::start();
    upstream.fault(Service::Any, Fault::Hang, FOREVER);
    let mut stream = TcpStream::connect(upstream.server_url().trim_start_matches("http://")).unwrap();
    let authorization = upstream.authorization();
    write!(stream, "GET /octocat/demo.git/info/refs?service=git-upload-pack HTTP/1.1\r\nHost: x\r\n")
        .unwrap();
    write!(stream, "Authorization: {authorization}\r\n\r\n").unwrap();
    while upstream.log_requests().is_empty() {
        std::thread::yield_now();
    }
    drop(upstream);
    let mut answer = Vec::new();
    // Either an orderly end or a reset; but an end.
    let _ = stream.read_to_end(&mut answer);
    assert!(answer.is_empty());
}

#[test]
fn many_refs_and_a_clean_fsck() {
    let upstream = Upstream::start();
    upstream.create_refs(5000);
    assert_eq!(upstream.branches().len(), 5001);
    upstream.fsck();
}

#[test]
fn a_kept_repository_is_still_there() {
    let place = tempfile::tempdir().unwrap();
    let directory = Some(place.path().join("kept.git"));
    let upstream = Upstream::start_with(Options { directory: directory.clone(), ..Options::default() });
    let commit = upstream.commit("main", &[("a.txt", b"a")], "a");
    drop(upstream);
    let upstream = Upstream::start_with(Options { directory, ..Options::default() });
    assert_eq!(upstream.rev_list("main"), [commit]);
    let clone = upstream.stock_clone().unwrap();
    assert_eq!(std::fs::read(clone.path().join("a.txt")).unwrap(), b"a");
}
