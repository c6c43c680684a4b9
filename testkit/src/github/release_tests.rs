//! GitHub's releases as a client meets them that is not ours.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::*;

const RELEASES: &str = "/repos/octocat/demo/releases";

/// One request by hand: the answer's status, head and body.
fn ask(url: &str, call: &str, headers: &[(&str, &str)], body: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let fixed = "Host: x\r\nUser-Agent: test\r\nConnection: close\r\n";
    write!(stream, "{call} HTTP/1.1\r\n{fixed}{headers}\r\n{body}").unwrap();
    let mut answer = String::new();
    // A reset is an answer too.
    let _ = stream.read_to_string(&mut answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    (status, head.to_owned(), body.to_owned())
}

/// A request with the token and a body in JSON.
fn with_token(github: &GitHub, call: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let (token, length) = (format!("Bearer {GITHUB_TOKEN}"), body.len().to_string());
    let headers = [("Authorization", token.as_str()), ("Content-Length", length.as_str())];
    let (status, _, body) = ask(&github.url(), call, &headers, &body);
    (status, serde_json::from_str(&body).unwrap_or_default())
}

fn draft(github: &GitHub, tag: &str) -> Value {
    let (status, draft) =
        with_token(github, &format!("POST {RELEASES}"), &json!({ "tag_name": tag, "draft": true }));
    assert_eq!(status, 201, "{draft}");
    draft
}

#[test]
fn only_who_may_push_sees_a_draft() {
    let github = GitHub::start();
    github.set_visibility(Visibility::Public);
    draft(&github, "hidden");
    github.plant_release(Release { tag: "seen".to_owned(), ..Release::default() });
    let tags = |list: Value| -> Vec<String> {
        list.as_array()
            .unwrap()
            .iter()
            .map(|release| release["tag_name"].as_str().unwrap().to_owned())
            .collect()
    };
    let (status, _, body) = ask(&github.url(), &format!("GET {RELEASES}"), &[], "");
    assert_eq!((status, tags(serde_json::from_str(&body).unwrap())), (200, vec!["seen".to_owned()]));
    let call = format!("GET {RELEASES}");
    assert_eq!(tags(with_token(&github, &call, &Value::Null).1), ["seen", "hidden"]);
    github.set_may_push(false);
    assert_eq!(tags(with_token(&github, &call, &Value::Null).1), ["seen"]);
    assert_eq!(ask(&github.url(), &format!("POST {RELEASES}"), &[], "").0, 401);
    assert_eq!(with_token(&github, &format!("POST {RELEASES}"), &json!({})).0, 403);
}

#[test]
fn pages_are_linked() {
    let github = GitHub::start();
    github.set_visibility(Visibility::Public);
    for _ in 0..7 {
        github.plant_release(Release::default());
    }
    let links = |page: u32| {
        let call = format!("GET {RELEASES}?per_page=3&page={page}");
        let (_, head, body) = ask(&github.url(), &call, &[], "");
        let rels =
            ["prev", "first", "next", "last"].iter().filter(|rel| head.contains(&format!("rel=\"{rel}\"")));
        let listed: Value = serde_json::from_str(&body).unwrap();
        (rels.copied().collect::<Vec<_>>().join(" "), listed.as_array().unwrap().len())
    };
    assert_eq!(links(1), ("next last".to_owned(), 3));
    assert_eq!(links(2), ("prev first next last".to_owned(), 3));
    assert_eq!(links(3), ("prev first".to_owned(), 1));
    assert_eq!(links(4).1, 0);
}

#[test]
fn a_tag_has_one_published_release_and_any_number_of_drafts() {
    let github = GitHub::start();
    let (first, second) = (draft(&github, "v1"), draft(&github, "v1"));
    let publish = |release: &Value, change: Value| {
        with_token(&github, &format!("PATCH {RELEASES}/{}", release["id"]), &change)
    };
    assert_eq!(publish(&first, json!({ "tag_name": "v1", "draft": false })).0, 200);
    let taken = json!([{ "resource": "Release", "code": "already_exists", "field": "tag_name" }]);
    let (status, body) = publish(&second, json!({ "tag_name": "v1", "draft": false }));
    assert_eq!((status, &body["errors"]), (422, &taken));
    let (status, body) = with_token(&github, &format!("POST {RELEASES}"), &json!({ "tag_name": "v1" }));
    assert_eq!((status, &body["errors"]), (422, &taken));
    draft(&github, "v1");
    // The trap for whoever changes a draft and forgets its tag.
    let (_, body) = publish(&second, json!({ "name": "new" }));
    assert!(body["tag_name"].as_str().unwrap().starts_with("untagged-"), "{body}");
}

#[test]
fn an_upload_needs_its_length_and_the_storage_takes_no_token() {
    let github = GitHub::start();
    let id = draft(&github, "v1")["id"].clone();
    let upload = format!("POST {RELEASES}/{id}/assets?name=a%20b.txt");
    let token = format!("Bearer {GITHUB_TOKEN}");
    let chunked = [("Authorization", token.as_str()), ("Transfer-Encoding", "chunked")];
    let (status, _, body) = ask(&github.url(), &upload, &chunked, "2\r\nhi\r\n0\r\n\r\n");
    assert!(status == 400 && body.contains("Bad Content-Length"), "{body}");
    let (status, asset) = with_token(&github, &upload, &json!("hi"));
    assert_eq!((status, &asset["name"], &asset["size"]), (201, &"a.b.txt".into(), &4.into()));
    assert_eq!(github.asset_bytes("v1", "a.b.txt").as_deref(), Some(&b"\"hi\""[..]));

    let call = format!("GET {RELEASES}/assets/{}", asset["id"]);
    let octets = [("Authorization", token.as_str()), ("Accept", "application/octet-stream")];
    let (status, head, _) = ask(&github.url(), &call, &octets, "");
    let link = head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap();
    let target = link.strip_prefix(&github.storage_url()).unwrap();
    assert!(status == 302 && target.contains(STORAGE_SIGNATURE), "{head}");
    assert_eq!(ask(&github.storage_url(), &format!("GET {target}"), &[], "").2, "\"hi\"");
    assert_eq!(ask(&github.storage_url(), &format!("GET {target}"), &octets[..1], "").0, 400);
}

#[test]
fn a_lost_answer_is_one_to_something_done() {
    let github = GitHub::start();
    github.fault("POST /repos/{owner}/{repo}/releases", Fault::LostAnswer, 1);
    let call = format!("POST {RELEASES}");
    assert_eq!(with_token(&github, &call, &json!({ "tag_name": "v1", "draft": true })).0, 0);
    assert_eq!((github.releases().len(), github.log_requests()[0].status), (1, 0));
    github.fault("POST /repos/{owner}/{repo}/releases/{id}/assets", Fault::ResetAfter(2), 1);
    let upload = format!("POST {RELEASES}/1/assets?name=a");
    assert_eq!(with_token(&github, &upload, &json!("hello")).0, 0);
    let half = &github.releases()[0].assets[0];
    assert_eq!((half.state.as_str(), half.bytes.len()), ("starter", 0));
    assert_eq!(with_token(&github, &format!("PUT {RELEASES}/1"), &Value::Null).0, 500);
    assert_eq!(github.unexpected(), [format!("PUT {RELEASES}/1")]);
}
