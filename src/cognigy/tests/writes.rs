//! Writes: what is sent, what is sent again, and what nobody knows.

use rstest::rstest;

use super::*;
use crate::cognigy::{Task, Upload, Wrote};

const CREATED: &str = "5f0c0ffee0c0ffee0c0ffee1";

/// A server that gives `first` once and then does what it is told.
async fn after(first: Reply) -> Server {
    Server::start(move |n, _| match n {
        0 => first.clone(),
        _ => Reply::json(201, &json!({ "_id": CREATED })),
    })
    .await
}

#[tokio::test]
async fn a_creation_is_a_post_and_a_change_a_patch_that_nothing_answers() {
    let server = Server::start(|n, _| match n {
        0 => Reply::json(201, &json!({ "_id": CREATED })),
        _ => Reply::text(204, "text/plain", ""),
    })
    .await;
    let client = client(&server);
    let made = client.post(&["flows"], &json!({ "name": "Main" })).await.unwrap();
    assert!(matches!(made, Wrote::Done(made) if made["_id"] == CREATED));
    client.patch(&["flows", CREATED], &json!({ "name": "Other" })).await.unwrap();
    client.delete(&["flows", CREATED]).await.unwrap();
    let seen: Vec<_> = server.seen().into_iter().map(|one| (one.method, one.target, one.body)).collect();
    let path = format!("/new/v2.0/flows/{CREATED}");
    assert_eq!(
        seen,
        [
            ("POST".to_owned(), "/new/v2.0/flows".to_owned(), br#"{"name":"Main"}"#.to_vec()),
            ("PATCH".to_owned(), path.clone(), br#"{"name":"Other"}"#.to_vec()),
            ("DELETE".to_owned(), path, Vec::new()),
        ]
    );
}

#[rstest]
#[case::throttled(Reply::text(429, "application/json", "{}"), 2)]
#[case::lost(Reply::Reset, 1)]
#[case::trouble(Reply::text(502, "text/html", "<html>"), 1)]
#[case::cut(Reply::text(201, "application/json", "{\"_id\": \"5f"), 1)]
#[case::page(Reply::text(200, "text/html", "<html>Login</html>"), 1)]
#[tokio::test]
async fn a_creation_is_sent_again_only_where_it_surely_was_not_done(
    #[case] first: Reply,
    #[case] sent: usize,
) {
    let server = after(first).await;
    let made = client(&server).post(&["flows"], &json!({})).await.unwrap();
    assert_eq!(matches!(made, Wrote::Done(_)), sent == 2, "{made:?}");
    assert_eq!(server.seen().len(), sent);
}

#[rstest]
#[case(400)]
#[case(403)]
#[case(404)]
#[case(409)]
#[case(413)]
#[tokio::test]
async fn what_is_refused_is_surely_not_done(#[case] status: u16) {
    let server = after(Reply::json(status, &json!({ "title": "No", "code": 1004 }))).await;
    let error = client(&server).post(&["flows"], &json!({})).await.unwrap_err();
    assert_eq!((error.status(), server.seen().len()), (Some(status), 1));
}

#[tokio::test]
async fn changes_and_deletions_are_sent_until_somebody_answers() {
    let server = Server::start(|n, _| match n {
        0 | 2 => Reply::Reset,
        1 => Reply::text(204, "text/plain", ""),
        _ => Reply::json(404, &json!({ "code": 1002 })),
    })
    .await;
    let client = client(&server);
    client.patch(&["flows", "f"], &json!({ "name": "x" })).await.unwrap();
    // The first arrived and its answer was lost: what is not there any more is what was wanted.
    client.delete(&["flows", "f"]).await.unwrap();
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn an_upload_is_a_form_and_starts_a_task() {
    let server = Server::start(|n, _| match n {
        0 => Reply::json(200, &json!({ "_id": "t", "status": "queued" })),
        1 => Reply::json(200, &json!({ "_id": "t", "status": "active" })),
        2 => Reply::json(200, &json!({ "_id": "t", "status": "done" })),
        3 => Reply::json(200, &json!({ "_id": "t", "status": "error", "failReason": "Duplicate intents" })),
        4 => Reply::json(200, &json!({ "_id": "t", "status": "cancelled" })),
        _ => Reply::json(200, &json!({ "_id": "other", "status": "done" })),
    })
    .await;
    let client = client(&server);
    let upload = Upload {
        name: "intents.json",
        media_type: "application/json",
        bytes: b"[]",
        fields: &[("localeId", "l"), ("mode", "overwrite")],
    };
    let started = client.upload(&["flows", "f", "intents", "import"], &upload).await.unwrap();
    assert!(matches!(started, Wrote::Done(task) if task["_id"] == "t"));
    let sent = &server.seen()[0];
    let kind = sent.header("content-type").unwrap().to_owned();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let body = String::from_utf8(sent.body.clone()).unwrap();
    assert!(body.starts_with(&format!("--{boundary}\r\n")) && body.ends_with(&format!("--{boundary}--\r\n")));
    assert_eq!(client.task("t").await.unwrap(), Task::Running);
    assert_eq!(client.task("t").await.unwrap(), Task::Done);
    assert_eq!(client.task("t").await.unwrap(), Task::Failed("Duplicate intents".to_owned()));
    assert_eq!(client.task("t").await.unwrap(), Task::Failed("cancelled".to_owned()));
    assert!(client.task("t").await.is_err(), "about another task");
}
