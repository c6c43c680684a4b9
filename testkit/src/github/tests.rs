//! GitHub as a client meets it.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use super::*;

const REPOSITORY: &str = "GET /repos/{owner}/{repo}";

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
    let mut stream = TcpStream::connect(github.url().trim_start_matches("http://")).unwrap();
    let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    write!(stream, "{call} HTTP/1.1\r\nHost: x\r\nUser-Agent: test\r\nConnection: close\r\n{token}\r\n")
        .unwrap();
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
