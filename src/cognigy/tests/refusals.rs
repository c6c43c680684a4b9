//! Answers that are none: every class of status, every way to be no JSON, every way not to come.

use rstest::rstest;

use super::*;
use crate::cognigy::Error;
use crate::http::{Again, ErrorKind, Retryable};
use crate::snapshot::Kind;

const NOT_AGAIN: usize = 1;
const AS_OFTEN_AS_ALLOWED: usize = 3;

fn problem(status: u16) -> Value {
    json!({
        "type": "about:blank", "title": "Not\nFound", "status": status, "code": 1002, "traceId": "api--1",
        "detail": format!("no flow for key {KEY}\u{1b}[2J ::error::x"), "details": {}
    })
}

#[rstest]
#[case(400, NOT_AGAIN)]
#[case(401, NOT_AGAIN)]
#[case(403, NOT_AGAIN)]
#[case(404, NOT_AGAIN)]
#[case(409, NOT_AGAIN)]
#[case(413, NOT_AGAIN)]
#[case(501, NOT_AGAIN)]
#[case(505, NOT_AGAIN)]
#[case(408, AS_OFTEN_AS_ALLOWED)]
#[case(500, AS_OFTEN_AS_ALLOWED)]
#[case(502, AS_OFTEN_AS_ALLOWED)]
#[case(503, AS_OFTEN_AS_ALLOWED)]
#[case(504, AS_OFTEN_AS_ALLOWED)]
#[tokio::test]
async fn a_status_is_kept_with_the_servers_words(#[case] status: u16, #[case] requests: usize) {
    let server = always(Reply::json(status, &problem(status))).await;
    let error = client(&server).one_of(Kind::Flows, "", "f").await.unwrap_err();
    assert_eq!(server.seen().len(), requests);
    assert_eq!(
        error.to_string(),
        format!(
            "GET /new/v2.0/flows/f: {status} Not\\nFound: no flow for key ***\\u{{1b}}[2J ::error::x (code 1002, trace api--1)"
        )
    );
    assert!(!format!("{error:?} {:?}", error.hints()).contains(KEY));
    assert_eq!(error.status(), Some(status));
    assert_eq!(error.is_not_found(), status == 404);
    assert_eq!(error.is_forbidden(), status == 403);
    assert_eq!(error.is_unauthorized(), status == 401);
    assert_eq!(error.is_unsupported_list(), matches!(status, 400 | 404));
}

#[tokio::test]
async fn words_are_cut_and_other_problem_bodies_are_read() {
    let server = Server::start(|n, _| match n {
        0 => Reply::json(400, &json!({ "title": "x".repeat(10_000) })),
        1 => Reply::json(400, &json!({ "error": "invalid_request", "error_description": "no such client" })),
        2 => Reply::text(403, "text/html", "<html>Request blocked</html>"),
        _ => Reply::text(400, "text/plain", "nope"),
    })
    .await;
    let client = client(&server);
    let say = async || client.one_of(Kind::Flows, "", "f").await.unwrap_err().to_string();
    assert!(say().await.len() < 1_000);
    assert!(say().await.ends_with(": 400 invalid_request: no such client"));
    assert!(say().await.ends_with(": 403 (a web page)"));
    assert!(say().await.ends_with("/flows/f: 400"));
}

#[tokio::test]
async fn says_the_way_out_of_a_wrong_key_project_or_right() {
    let server = Server::start(|n, _| {
        let statuses = [401, 400, 404, 403, 500, 500, 500];
        Reply::json(statuses[n], &json!({}))
    })
    .await;
    let client = client(&server);
    for words in ["My Profile › API Keys", "project id", "project id", "role in this project", "wrong key"]
    {
        let hints = client.one_of(Kind::Project, "", "").await.unwrap_err().hints().join("; ");
        assert!(hints.contains(words), "{words}: {hints}");
    }
    assert_eq!(client.requests(), 7);
}

#[rstest]
#[case::the_user_interface("text/html; charset=utf-8", "<!DOCTYPE html><html></html>", true)]
#[case::unnamed_page("application/json", "  <!doctype HTML>", true)]
#[case::words("text/plain", "hello", false)]
#[case::nothing("text/plain", "", false)]
#[tokio::test]
async fn what_is_no_json_is_never_content(#[case] kind: &str, #[case] body: &str, #[case] ui: bool) {
    let server = always(Reply::text(200, kind, body)).await;
    let error = client(&server).one_of(Kind::Project, "", "").await.unwrap_err();
    assert!(matches!(&error, Error::NotJson(answer) if answer.looks_like_ui == ui), "{error:?}");
    assert_eq!(server.seen().len(), 1);
    if ui {
        assert!(error.to_string().ends_with("200, but a web page instead of JSON"), "{error}");
        assert!(error.hints()[0].contains("api-"), "{:?}", error.hints());
    }
}

#[tokio::test]
async fn json_under_another_name_is_still_json() {
    let server = always(Reply::text(200, "application/octet-stream", r#"[{"name":"greet"}]"#)).await;
    assert!(client(&server).export_intents("f", "l").await.is_ok());
}

#[tokio::test]
async fn json_of_another_shape_is_no_answer() {
    let server = Server::start(|n, _| {
        Reply::json(200, &[json!("ok"), json!({}), json!({ "nodes": [] }), json!(null)][n])
    })
    .await;
    let client = client(&server);
    let errors = [
        client.one_of(Kind::Flows, "", "f").await.unwrap_err(),
        client.one_of(Kind::Flows, "", "f").await.unwrap_err(),
        client.chart("f", "l").await.unwrap_err(),
        client.export_intents("f", "l").await.unwrap_err(),
    ];
    assert!(errors.iter().all(|error| matches!(error, Error::Shape { .. }) && error.again() == Again::Never));
    assert_eq!(
        errors[2].to_string(),
        "/new/v2.0/flows/f/chart: the answer is not a chart: it has no `relations`"
    );
}

#[tokio::test]
async fn faults_pass_when_they_pass() {
    let faults = [
        Reply::Reset,
        Reply::Hang,
        Reply::Torn(json!({ "_id": "f" }).to_string().into_bytes()),
        Reply::text(200, "application/json", r#"{"_id":"f","#),
        Reply::text(200, "application/json", ""),
        Reply::text(502, "text/html", "<html>bad gateway</html>"),
    ];
    for fault in faults {
        let first = fault.clone();
        let server = Server::start(move |n, _| match n {
            0 => first.clone(),
            _ => Reply::json(200, &json!({ "_id": "f" })),
        })
        .await;
        let client = client(&server);
        assert!(client.one_of(Kind::Flows, "", "f").await.is_ok(), "{fault:?}");
        assert_eq!((client.usage().requests, client.usage().faults), (2, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_is_left() {
    let server = always(Reply::Hang).await;
    let error = client(&server).one_of(Kind::Flows, "", "f").await.unwrap_err();
    assert!(matches!(error, Error::Http(error) if error.kind == ErrorKind::Timeout));
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn too_many_requests_are_waited_out_beyond_the_tries() {
    let server = Server::start(|n, _| match n {
        0..6 => Reply::json(429, &json!({ "code": 429 })),
        6 => Reply::json(429, &json!({ "code": 429 })).with("retry-after", "0"),
        _ => Reply::json(200, &json!({ "_id": "f" })),
    })
    .await;
    let client = client(&server);
    assert!(client.one_of(Kind::Flows, "", "f").await.is_ok());
    assert_eq!((client.usage().requests, client.usage().throttled, client.usage().faults), (8, 7, 0));
}

#[tokio::test]
async fn a_wait_that_the_server_names_is_kept_or_not_begun() {
    let server = always(Reply::json(429, &json!({})).with("retry-after", "1")).await;
    // Half a second of patience: not begun.
    let error = client(&server).one_of(Kind::Flows, "", "f").await.unwrap_err();
    assert_eq!(error.again(), Again::Throttled { after: Some(Duration::from_secs(1)) });
    assert_eq!(server.seen().len(), 1);

    let server = Server::start(|n, _| match n {
        0 => Reply::json(429, &json!({})).with("retry-after", "1"),
        _ => Reply::json(200, &json!({ "_id": "f" })),
    })
    .await;
    let mut patient = limits();
    patient.retry.total = Duration::from_secs(5);
    let begin = tokio::time::Instant::now();
    assert!(client_with(&server.url, patient).one_of(Kind::Flows, "", "f").await.is_ok());
    assert!(begin.elapsed() >= Duration::from_secs(1));
}
