//! GitHub as a client meets it.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use super::*;

const REPOSITORY: &str = "GET /repos/{owner}/{repo}";
const CONTENTS: &str = "GET /repos/{owner}/{repo}/contents/{+path}";

/// What GitHub's description requires of a `full-repository`.
const REQUIRED: &str = "archive_url assignees_url blobs_url branches_url collaborators_url comments_url commits_url \
    compare_url contents_url contributors_url deployments_url description downloads_url events_url fork forks_url \
    full_name git_commits_url git_refs_url git_tags_url hooks_url html_url id node_id issue_comment_url \
    issue_events_url issues_url keys_url labels_url languages_url merges_url milestones_url name notifications_url \
    owner private pulls_url releases_url stargazers_url statuses_url subscribers_url subscription_url tags_url \
    teams_url trees_url url clone_url default_branch forks forks_count git_url has_issues has_projects has_wiki \
    has_pages has_discussions homepage language archived disabled mirror_url open_issues open_issues_count license \
    pushed_at size ssh_url stargazers_count svn_url watchers watchers_count created_at updated_at network_count \
    subscribers_count";

/// One request by hand: status line and headers, and the body.
fn ask(github: &GitHub, call: &str, token: Option<&str>) -> (String, String) {
    ask_for(github, call, token, "*/*")
}

fn ask_for(github: &GitHub, call: &str, token: Option<&str>, accept: &str) -> (String, String) {
    let mut stream = TcpStream::connect(github.url().trim_start_matches("http://")).unwrap();
    let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let fixed = format!("Host: x\r\nUser-Agent: test\r\nConnection: close\r\nAccept: {accept}\r\n");
    write!(stream, "{call} HTTP/1.1\r\n{fixed}{token}\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

#[test]
fn a_repository_has_every_field_that_github_requires() {
    let github = GitHub::start();
    for visibility in [Visibility::Public, Visibility::Private, Visibility::Internal] {
        github.set_visibility(visibility);
        let (head, body) = ask(&github, "GET /repos/octocat/demo", Some(GITHUB_TOKEN));
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("x-ratelimit-remaining: 999"), "{head}");
        let object: Value = serde_json::from_str(&body).unwrap();
        let missing: Vec<&str> =
            REQUIRED.split_whitespace().filter(|field| object.get(field).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert_eq!(object["private"], visibility != Visibility::Public);
        assert_eq!(object["permissions"]["push"], true);
    }
    assert!(github.unexpected().is_empty());
}

#[test]
fn who_may_not_see_is_told_what_github_tells() {
    let github = GitHub::start();
    let (head, body) = ask(&github, "GET /repos/octocat/demo", Some("wrong"));
    assert!(head.starts_with("HTTP/1.1 401") && body.contains("Bad credentials"), "{head}");
    for (call, token) in [("GET /repos/octocat/demo", None), ("GET /repos/octocat/other", Some(GITHUB_TOKEN))]
    {
        let (head, body) = ask(&github, call, token);
        assert!(head.starts_with("HTTP/1.1 404") && body.contains(r#""status":"404""#), "{head} {body}");
    }
    github.set_visibility(Visibility::Public);
    let (_, body) = ask(&github, "GET /repos/octocat/demo", None);
    assert!(body.contains(r#""visibility":"public""#) && !body.contains("permissions"));
}

#[test]
fn faults_hit_their_route_as_often_as_said() {
    let github = GitHub::start();
    github.fault(REPOSITORY, Fault::RateLimit { reset: 1_900_000_000 }, 1);
    github.fault(REPOSITORY, Fault::SecondaryRateLimit { retry_after: 7 }, 1);
    let call = || ask(&github, "GET /repos/octocat/demo", Some(GITHUB_TOKEN)).0;
    let limited = call();
    assert!(
        limited.starts_with("HTTP/1.1 403") && limited.contains("x-ratelimit-reset: 1900000000"),
        "{limited}"
    );
    assert!(limited.contains("x-ratelimit-remaining: 0"));
    assert!(call().contains("retry-after: 7"));
    assert!(call().starts_with("HTTP/1.1 200"));
    assert_eq!(
        github.log_requests().iter().map(|request| request.status).collect::<Vec<_>>(),
        [403, 403, 200]
    );
}

#[test]
fn a_call_nobody_foresaw_fails_with_its_name() {
    let github = GitHub::start();
    let (head, body) = ask(&github, "DELETE /repos/octocat/demo", Some(GITHUB_TOKEN));
    assert!(head.starts_with("HTTP/1.1 500") && body.contains("DELETE /repos/octocat/demo"), "{head} {body}");
    assert_eq!(github.unexpected(), ["DELETE /repos/octocat/demo"]);
}

const RAW: &str = "application/vnd.github.raw+json";
const OBJECT: &str = "application/vnd.github.object+json";

/// A GitHub with something of everything.
fn stocked() -> GitHub {
    let github = GitHub::start();
    github.put_file("config.json", "{}");
    github.put_file("configs/ein #1 für?.json", "umlaut");
    github.put_file("configs/deep/x.json", "deep");
    github.put_file("large.bin", vec![b'a'; (1 << 20) + 1]);
    github.put_symlink("link.json", "config.json");
    github.put_symlink("astray", "/etc");
    github.put_submodule("vendor", "https://example.com/vendor.git");
    github
}

fn contents(github: &GitHub, path: &str, accept: &str) -> (String, String) {
    ask_for(github, &format!("GET /repos/octocat/demo/contents/{path}"), Some(GITHUB_TOKEN), accept)
}

fn object(github: &GitHub, path: &str) -> Value {
    let (head, body) = contents(github, path, OBJECT);
    assert!(head.starts_with("HTTP/1.1 200"), "{head} {body}");
    serde_json::from_str(&body).unwrap()
}

#[test]
fn a_file_comes_as_an_object_or_as_it_is() {
    let github = stocked();
    for path in ["config.json", "link.json", "config.json?ref=main", &format!("config.json?ref={HEAD}")] {
        let file = object(&github, path);
        assert_eq!((&file["type"], &file["encoding"]), (&"file".into(), &"base64".into()), "{path}");
        assert_eq!(file["content"], "e30=\n");
        assert!(file["download_url"].as_str().unwrap().ends_with(DOWNLOAD_TOKEN));
    }
    assert_eq!(contents(&github, "configs/ein%20%231%20f%C3%BCr%3F.json", RAW).1, "umlaut");
    let large = object(&github, "large.bin");
    assert_eq!((&large["encoding"], &large["content"]), (&"none".into(), &"".into()));
    assert_eq!(contents(&github, "large.bin", RAW).1.len(), (1 << 20) + 1);
    assert!(contents(&github, "large.bin", "*/*").0.starts_with("HTTP/1.1 403"));
}

#[test]
fn a_directory_is_a_list_and_a_submodule_in_it_is_called_a_file() {
    let github = stocked();
    let kinds = |object: &Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let entries = object["entries"].as_array().unwrap();
        entries.iter().map(|entry| (text(&entry["name"]), text(&entry["type"]))).collect()
    };
    let root = object(&github, "");
    let expected =
        ["astray symlink", "config.json file", "configs dir", "large.bin file", "link.json symlink"];
    let expected: Vec<_> = expected.iter().map(|line| line.split_once(' ').unwrap()).collect();
    let root: Vec<_> = kinds(&root);
    assert_eq!(root[..5].iter().map(|(name, kind)| (&**name, &**kind)).collect::<Vec<_>>(), expected);
    assert_eq!(root[5], ("vendor".to_owned(), "file".to_owned()));
    assert_eq!(kinds(&object(&github, "configs")).len(), 2);
    let listing: Value = serde_json::from_str(&contents(&github, "configs", "*/*").1).unwrap();
    assert_eq!(listing.as_array().unwrap().len(), 2);
    assert_eq!(
        (&object(&github, "vendor")["type"], &object(&github, "astray")["target"]),
        (&"submodule".into(), &"/etc".into())
    );
}

#[test]
fn what_is_not_there_is_not_found_and_faults_hit_any_depth() {
    let github = stocked();
    for (path, says) in
        [("no.json", "Not Found"), ("config.json?ref=gone", "No commit found for the ref gone")]
    {
        let (head, body) = contents(&github, path, OBJECT);
        assert!(head.starts_with("HTTP/1.1 404") && body.contains(says), "{head} {body}");
    }
    github.fault(CONTENTS, Fault::Status(502, "Server Error".to_owned()), 2);
    assert!(contents(&github, "config.json", RAW).0.starts_with("HTTP/1.1 502"));
    assert!(contents(&github, "configs/deep/x.json", RAW).0.starts_with("HTTP/1.1 502"));
    assert!(contents(&github, "configs/deep/x.json", RAW).0.starts_with("HTTP/1.1 200"));
    let (head, _) = ask(&github, "PUT /repos/octocat/demo/contents/x", Some(GITHUB_TOKEN));
    assert!(
        head.starts_with("HTTP/1.1 500") && github.unexpected() == ["PUT /repos/octocat/demo/contents/x"]
    );
}
