//! Files and directories, read from the stand-in for GitHub; what it never answers, from a server in a few lines.

use std::time::Duration;

use rstest::rstest;
use secrecy::SecretString;
use serde_json::json;
use testkit::github::{DOWNLOAD_TOKEN, Fault, GITHUB_TOKEN, GitHub as StandIn, HEAD};

use super::{EntryKind, Error, GitHub};
use crate::http::testing::{Reply, Server};
use crate::http::{Again, Options, Policy, Retryable, Transport};

const CONTENTS: &str = "GET /repos/{owner}/{repo}/contents/{+path}";

fn client(url: &str, token: &str) -> GitHub {
    let ms = Duration::from_millis;
    let retry = Policy { tries: 3, base: ms(1), cap: ms(5), total: ms(500), throttled: ms(2) };
    let options = Options { request_timeout: ms(5_000), ..Options::default() };
    let transport = Transport::new(&options).unwrap();
    GitHub::new(transport, url.parse().unwrap(), &SecretString::from(token)).unwrap().with_retry(retry)
}

async fn file(github: &StandIn, path: &str) -> Result<Option<Vec<u8>>, Error> {
    client(&github.url(), GITHUB_TOKEN).file("octocat", "demo", path, Some(HEAD)).await
}

async fn directory(github: &StandIn, path: &str) -> Result<Vec<(String, EntryKind)>, Error> {
    let entries = client(&github.url(), GITHUB_TOKEN).directory("octocat", "demo", path, None).await?;
    Ok(entries.into_iter().map(|entry| (entry.path, entry.kind)).collect())
}

fn stocked() -> StandIn {
    let github = StandIn::start();
    github.put_file("config.json", r#"{"prefix": "own"}"#);
    github.put_symlink("linked.json", "config.json");
    github.put_symlink("astray", "/etc");
    github.put_submodule("vendor", "https://example.com/vendor.git");
    github
}

#[rstest]
#[case("config.json")]
#[case("a b/ä #1?.json")]
#[case("100%/%2e%2e/x&y=z+[1];:@,'\"<>|\\^`{}.json")]
#[case("..a/...")]
#[tokio::test]
async fn a_file_is_read_whatever_its_name(#[case] path: &str) {
    let github = stocked();
    let bytes: Vec<u8> = (0..=255).cycle().take(1_000).collect();
    github.put_file(path, bytes.clone());
    assert_eq!(file(&github, path).await.unwrap(), Some(bytes));
    let requests = github.log_requests();
    assert_eq!(requests.len(), 1);
    assert_eq!((requests[0].method.as_str(), requests[0].query.as_str()), ("GET", &*format!("ref={HEAD}")));
    let header =
        |name: &str| requests[0].headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    assert_eq!(header("accept"), Some("application/vnd.github.object+json"));
    assert!(
        header("content-length").is_none_or(|length| length == "0") && header("transfer-encoding").is_none()
    );
    assert!(github.unexpected().is_empty());
}

#[tokio::test]
async fn a_large_file_comes_raw_and_a_link_to_a_file_is_the_file() {
    let github = stocked();
    let large = vec![0xff; (1 << 20) + 1];
    github.put_file("large", large.clone());
    assert_eq!(file(&github, "large").await.unwrap(), Some(large));
    assert_eq!(github.log_requests().len(), 2);
    github.put_file("empty", "");
    assert_eq!(file(&github, "empty").await.unwrap(), Some(Vec::new()));
    assert_eq!(file(&github, "linked.json").await.unwrap(), file(&github, "config.json").await.unwrap());
}

#[tokio::test]
async fn a_directory_is_listed_and_a_submodule_is_seen_through() {
    let github = stocked();
    github.put_file("configs/a.json", "{}");
    github.put_file("configs/b/c.json", "{}");
    let named = |list: &[(&str, EntryKind)]| -> Vec<(String, EntryKind)> {
        list.iter().map(|&(path, kind)| (path.to_owned(), kind)).collect()
    };
    let inside = named(&[("configs/a.json", EntryKind::File), ("configs/b", EntryKind::Directory)]);
    assert_eq!(directory(&github, "configs").await.unwrap(), inside);
    let root = named(&[
        ("astray", EntryKind::Symlink),
        ("config.json", EntryKind::File),
        ("configs", EntryKind::Directory),
        ("linked.json", EntryKind::Symlink),
        ("vendor", EntryKind::Submodule),
    ]);
    assert_eq!(directory(&github, "").await.unwrap(), root);
    assert_eq!(directory(&github, "nowhere").await.unwrap(), []);
    for n in 0..1_000 {
        github.put_file(&format!("many/{n}"), "");
    }
    let error = directory(&github, "many").await.unwrap_err();
    assert!(matches!(error, Error::TooManyEntries { listed: 1_000, .. }), "{error:?}");
}

#[rstest]
#[case("vendor", "`vendor` is a submodule, not a file")]
#[case("astray", "`astray` is a symbolic link that leads to no file of the repository, not a file")]
#[case("folder", "`folder` is a directory, not a file")]
#[case("", "`` is a directory, not a file")]
#[tokio::test]
async fn what_is_no_file_is_called_by_its_name(#[case] path: &str, #[case] says: &str) {
    let github = stocked();
    github.put_file("folder/x", "");
    assert_eq!(file(&github, path).await.unwrap_err().to_string(), says);
    let error = directory(&github, "config.json").await.unwrap_err();
    assert_eq!(error.to_string(), "`config.json` is a file, not a directory");
}

#[tokio::test]
async fn nothing_there_is_told_from_nothing_to_be_seen() {
    let github = stocked();
    assert_eq!(file(&github, "none.json").await.unwrap(), None);
    let asked: Vec<_> = github.log_requests().into_iter().map(|request| request.path).collect();
    assert_eq!(asked, ["/repos/octocat/demo/contents/none.json", "/repos/octocat/demo/contents"]);

    let ours = client(&github.url(), GITHUB_TOKEN);
    let hidden = ours.file("octocat", "hidden", "config.json", None).await.unwrap_err();
    assert!(hidden.hints()[0].contains("may not see it"), "{:?}", hidden.hints());
    let gone = ours.file("octocat", "demo", "config.json", Some("feature/#1")).await.unwrap_err();
    assert!(gone.to_string().ends_with("404 No commit found for the ref feature/#1"), "{gone}");
    assert!(gone.hints()[0].contains("start the workflow anew"), "{:?}", gone.hints());
    let stranger = client(&github.url(), "ghs_wrong").file("octocat", "demo", "config.json", None).await;
    assert!(stranger.unwrap_err().hints()[0].contains("not accepted"));
}

#[rstest]
#[case(Fault::Status(403, "Resource not accessible by integration".to_owned()), "permissions", false)]
#[case(Fault::SecondaryRateLimit { retry_after: 3_600 }, "limit", true)]
#[case(Fault::RateLimit { reset: 4_102_444_800 }, "limit", true)]
#[case(Fault::Status(429, "Too Many Requests".to_owned()), "limit", true)]
#[case(Fault::Status(500, "Server Error".to_owned()), "githubstatus", false)]
#[case(Fault::Html, "GITHUB_API_URL", false)]
#[tokio::test]
async fn a_refusal_is_no_missing_file(#[case] fault: Fault, #[case] hint: &str, #[case] limited: bool) {
    let github = stocked();
    github.fault(CONTENTS, fault, u32::MAX);
    for path in ["config.json", "none.json"] {
        let error = file(&github, path).await.unwrap_err();
        assert!(error.hints()[0].contains(hint), "{error}: {:?}", error.hints());
        assert_eq!(matches!(error.again(), Again::Throttled { .. }), limited, "{error:?}");
    }
}

#[tokio::test]
async fn a_fault_is_tried_again_also_where_the_root_is_asked_for() {
    let github = stocked();
    for fault in [Fault::Reset, Fault::Truncated, Fault::Status(502, "Bad Gateway".to_owned())] {
        let passes = fault != Fault::Truncated;
        github.fault("GET /repos/{owner}/{repo}/contents", fault, 1);
        assert_eq!(file(&github, "none.json").await.is_ok(), passes);
    }
}

#[tokio::test]
async fn a_path_that_leads_elsewhere_is_not_asked_for() {
    let github = stocked();
    for path in ["..", "../x", "a/../b", "./a", "/etc/passwd", "a//b", "a/"] {
        let error = file(&github, path).await.unwrap_err();
        assert!(matches!(error, Error::InvalidPath(_)), "{path}: {error:?}");
    }
    assert!(github.log_requests().is_empty());
}

#[rstest]
#[case(json!({ "type": "file", "encoding": "base64", "content": "no base64!" }))]
#[case(json!({ "type": "blob" }))]
#[case(json!([]))]
#[tokio::test]
async fn an_answer_that_is_none_is_no_file(#[case] body: serde_json::Value) {
    let server = Server::start(move |_, _| Reply::json(200, &body)).await;
    let error = client(server.url.as_str(), GITHUB_TOKEN).file("o", "r", "x", None).await.unwrap_err();
    assert!(matches!(error, Error::Shape { .. }), "{error:?}");
}

#[tokio::test]
async fn no_answer_s_secret_is_repeated() {
    let github = stocked();
    github.fault(CONTENTS, Fault::Truncated, 1);
    let said = [file(&github, "config.json").await, file(&github, "vendor").await];
    let listed = client(&github.url(), GITHUB_TOKEN).directory("octocat", "demo", "", None).await;
    let all = format!("{said:?} {listed:?}");
    assert!(!all.contains(DOWNLOAD_TOKEN) && !all.contains(GITHUB_TOKEN), "{all}");
}
