//! octocrab over our own client, against a server in a few lines.

use std::time::Duration;

use rstest::rstest;
use secrecy::SecretString;
use serde_json::json;

use super::{Error, GitHub, Visibility};
use crate::http::testing::{Reply, Server};
use crate::http::{Again, Options, Policy, Retryable, Transport};

const TOKEN: &str = "ghs_hunter2";

fn github(url: &reqwest::Url) -> GitHub {
    let options = Options { request_timeout: Duration::from_millis(500), ..Options::default() };
    let ms = Duration::from_millis;
    let retry = Policy { tries: 3, base: ms(1), cap: ms(5), total: ms(500), throttled: ms(2) };
    let transport = Transport::new(&options).unwrap();
    GitHub::new(transport, url.clone(), &SecretString::from(TOKEN)).unwrap().with_retry(retry)
}

async fn always(reply: Reply) -> Server {
    Server::start(move |_, _| reply.clone()).await
}

#[rstest]
#[case(json!({ "visibility": "public", "private": false }), Visibility::Public)]
#[case(json!({ "visibility": "private", "private": true, "id": 1 }), Visibility::Private)]
#[case(json!({ "visibility": "internal", "private": true }), Visibility::Internal)]
#[case(json!({ "private": true }), Visibility::Private)]
#[case(json!({ "private": false }), Visibility::Public)]
#[tokio::test]
async fn says_who_sees_a_repository(#[case] body: serde_json::Value, #[case] expected: Visibility) {
    let server = always(Reply::json(200, &body)).await;
    let github = github(&server.url.join("api/v3/").unwrap());
    assert_eq!(github.visibility("octo-org", "my.repo_1").await.unwrap(), expected);
    let seen = &server.seen()[0];
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("GET", "/api/v3/repos/octo-org/my.repo_1"));
    assert_eq!(seen.header("authorization"), Some("Bearer ghs_hunter2"));
    assert!(seen.header("user-agent").is_some_and(|agent| agent.starts_with("cognigy-backup/")));
    assert!(seen.body.is_empty() && !format!("{github:?}").contains("hunter2"));
}

#[tokio::test]
async fn an_unknown_visibility_is_not_taken_for_private() {
    for body in [json!({ "visibility": "secret", "private": true }), json!({}), json!([])] {
        let server = always(Reply::json(200, &body)).await;
        let error = github(&server.url).visibility("o", "r").await.unwrap_err();
        assert!(matches!(error, Error::Shape { .. }), "{error:?}");
    }
}

#[rstest]
#[case(401, "not accepted", 1)]
#[case(403, "permissions", 1)]
#[case(404, "may not see it", 1)]
#[case(301, "moved", 1)]
#[case(422, "", 1)]
#[case(500, "githubstatus", 3)]
#[case(502, "githubstatus", 3)]
#[tokio::test]
async fn refusals_say_the_way_out(#[case] status: u16, #[case] hint: &str, #[case] requests: usize) {
    let body = json!({ "message": "No\u{1b}[2J", "documentation_url": "https://docs.github.com" });
    let elsewhere = always(Reply::json(200, &json!({ "visibility": "public", "private": false }))).await;
    let server = always(Reply::json(status, &body).with("location", elsewhere.url.as_str())).await;
    let error = github(&server.url).visibility("o", "r").await.unwrap_err();
    assert_eq!(error.to_string(), format!("GitHub /repos/o/r: {status} No\\u{{1b}}[2J"));
    assert!(error.hints().join(";").contains(hint), "{:?}", error.hints());
    assert_eq!(server.seen().len(), requests);
    assert!(elsewhere.seen().is_empty(), "the token follows no redirect");
}

#[tokio::test]
async fn a_used_up_limit_is_told_from_a_lack_of_rights() {
    let limited = Reply::json(403, &json!({ "message": "API rate limit exceeded" }))
        .with("x-ratelimit-remaining", "0")
        .with("x-ratelimit-reset", "1445412490")
        .with("date", "Wed, 21 Oct 2015 07:28:00 GMT");
    let server = always(limited).await;
    let error = github(&server.url).visibility("o", "r").await.unwrap_err();
    assert_eq!(error.again(), Again::Throttled { after: Some(Duration::from_secs(10)) });
    assert!(error.hints()[0].contains("limit"));

    let server =
        always(Reply::json(403, &json!({ "message": "secondary rate limit" })).with("retry-after", "60"))
            .await;
    let error = github(&server.url).visibility("o", "r").await.unwrap_err();
    assert_eq!(error.again(), Again::Throttled { after: Some(Duration::from_secs(60)) });
}

#[tokio::test]
async fn faults_are_tried_again_and_stay_what_they_are() {
    for fault in [Reply::Reset, Reply::Hang, Reply::Torn(b"{\"private\": true}".to_vec())] {
        let first = fault.clone();
        let server = Server::start(move |n, _| match n {
            0 => first.clone(),
            _ => Reply::json(200, &json!({ "private": true })),
        })
        .await;
        assert_eq!(github(&server.url).visibility("o", "r").await.unwrap(), Visibility::Private, "{fault:?}");
    }
    let error = github(&"http://127.0.0.1:1".parse().unwrap()).visibility("o", "r").await.unwrap_err();
    assert!(
        matches!(&error, Error::Http(error) if error.kind == crate::http::ErrorKind::Connect),
        "{error:?}"
    );
}

#[tokio::test]
async fn takes_no_name_or_token_that_leads_elsewhere() {
    let server = always(Reply::json(200, &json!({ "private": true }))).await;
    for name in ["", ".", "..", "a/b", "a?b", "a b", "%2e"] {
        let error = github(&server.url).visibility("o", name).await.unwrap_err();
        assert!(matches!(error, Error::InvalidName(_)), "{name}");
    }
    assert!(server.seen().is_empty());
    let new = |url: &str, token: &str| {
        let transport = Transport::new(&Options::default()).unwrap();
        GitHub::new(transport, url.parse().unwrap(), &SecretString::from(token.to_owned()))
    };
    assert!(matches!(new("http://api.github.com", TOKEN), Err(Error::Insecure { .. })));
    let error = new("https://api.github.com", "hunter2\n").unwrap_err();
    assert!(matches!(error, Error::InvalidToken) && !format!("{error:?}").contains("hunter2"));
    assert!(new("https://api.github.com", TOKEN).is_ok());
}
