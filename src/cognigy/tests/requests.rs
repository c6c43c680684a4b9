//! What goes over the wire, and to whom.

use super::*;
use crate::cognigy::{Error, Usage, default_window};
use crate::http::{Again, Retryable};
use crate::snapshot::Kind;

#[tokio::test]
async fn asks_with_key_and_accept_and_without_a_body() {
    let server = always(Reply::json(200, &json!({ "_id": PROJECT, "unknown": [1.0] }))).await;
    let project = client(&server).one_of(Kind::Project, "", "").await.unwrap();
    assert_eq!(project["unknown"], json!([1.0]));
    let seen = &server.seen()[0];
    assert_eq!(
        (seen.method.as_str(), seen.target.as_str()),
        ("GET", &*format!("/new/v2.0/projects/{PROJECT}"))
    );
    assert_eq!(seen.header("x-api-key"), Some(KEY));
    assert_eq!(seen.header("accept"), Some("application/json"));
    assert!(
        seen.body.is_empty()
            && seen.header("content-length").is_none()
            && seen.header("content-type").is_none()
    );
}

#[tokio::test]
async fn keeps_the_bases_path_and_encodes_what_ids_could_smuggle() {
    let server =
        always(Reply::json(200, &json!({ "_id": "c?d=e#f%2e", "nodes": [], "relations": [] }))).await;
    let base = server.url.join("gateway/").unwrap();
    let client = client_with(&base, limits());
    client.node("a/b", "c?d=e#f%2e", "l&m").await.unwrap();
    client.chart("f", "l").await.unwrap();
    let targets: Vec<_> = server.seen().into_iter().map(|request| request.target).collect();
    assert_eq!(
        targets,
        [
            "/gateway/new/v2.0/flows/a%2Fb/chart/nodes/c%3Fd=e%23f%252e?preferredLocaleId=l%26m",
            "/gateway/new/v2.0/flows/f/chart?preferredLocaleId=l",
        ]
    );
    for id in ["", ".", ".."] {
        assert!(matches!(client.flow_settings(id).await, Err(Error::InvalidId(_))), "{id}");
    }
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn exports_intents_by_post_and_asks_again_like_any_read() {
    let server = Server::start(|n, _| match n {
        0 => Reply::Reset,
        _ => Reply::json(200, &json!([{ "name": "greet" }])),
    })
    .await;
    let client = client(&server);
    assert_eq!(client.export_intents("f", "l").await.unwrap(), json!([{ "name": "greet" }]));
    let seen = &server.seen()[1];
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/new/v2.0/flows/f/intents/export"));
    assert_eq!(
        serde_json::from_slice::<Value>(&seen.body).unwrap(),
        json!({ "localeId": "l", "format": "json" })
    );
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(client.usage(), Usage { requests: 2, faults: 1, throttled: 0, mended: 0 });
}

#[tokio::test]
async fn each_question_has_its_address() {
    let server = Server::start(|_, request| {
        let is_list = ["projectId=", "/entries?", "/slots?", "/nodes?preferredLocaleId=l&limit"];
        let list = is_list.iter().any(|mark| request.target.contains(mark));
        let path = request.target.split('?').next().unwrap();
        let id = path.rsplit('/').next().unwrap();
        Reply::json(200, &if list { json!({ "items": [], "total": 0 }) } else { json!({ "_id": id }) })
    })
    .await;
    let client = client(&server);
    client.list_of(Kind::Locales, "").await.unwrap();
    client.list_of(Kind::Flows, "").await.unwrap();
    client.one_of(Kind::Flows, "", "f").await.unwrap();
    client.flow_settings("f").await.unwrap();
    client.nodes("f", "l").await.unwrap();
    client.list_of(Kind::Endpoints, "").await.unwrap();
    client.one_of(Kind::Endpoints, "", "e").await.unwrap();
    client.list_of(Kind::Lexicons, "").await.unwrap();
    client.one_of(Kind::Lexicons, "", "x").await.unwrap();
    client.lexicon_entries("x").await.unwrap();
    client.lexicon_slots("x").await.unwrap();
    client.list_of(Kind::AiAgents, "").await.unwrap();
    client.one_of(Kind::AiAgents, "", "a").await.unwrap();
    let of = |kind: &str| format!("{kind}?projectId={PROJECT}&limit=100&skip=0");
    let expected = [
        of("locales"),
        of("flows"),
        "flows/f".into(),
        "flows/f/settings".into(),
        "flows/f/chart/nodes?preferredLocaleId=l&limit=100&skip=0".into(),
        of("endpoints"),
        "endpoints/e".into(),
        of("lexicons"),
        "lexicons/x".into(),
        "lexicons/x/entries?limit=100&skip=0".into(),
        "lexicons/x/slots?limit=100&skip=0".into(),
        of("aiagents"),
        "aiagents/a".into(),
    ];
    let seen: Vec<_> = server.seen().into_iter().map(|r| r.target.replace("/new/v2.0/", "")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn the_key_follows_no_redirect() {
    let elsewhere = always(Reply::json(200, &json!({ "_id": "stolen" }))).await;
    let to = elsewhere.url.join("flows/f?token=hunter3").unwrap().to_string();
    for status in [301, 302, 303, 307, 308] {
        let server = always(Reply::text(status, "text/plain", "").with("location", &to)).await;
        let error = client(&server).one_of(Kind::Flows, "", "f").await.unwrap_err();
        assert!(matches!(&error, Error::Redirect { .. }), "{error:?}");
        assert!(
            error.to_string().contains(&elsewhere.url.to_string()) && !error.to_string().contains("hunter3")
        );
        assert_eq!((error.again(), server.seen().len()), (Again::Never, 1));
    }
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn the_key_goes_in_the_clear_to_no_other_machine_and_prints_nowhere() {
    let new = |base: &str, key: &str| {
        let transport = Transport::new(&Options::default()).unwrap();
        let key = SecretString::from(key.to_owned());
        Client::new(transport, base.parse().unwrap(), key, PROJECT.parse().unwrap(), limits())
    };
    assert!(matches!(new("http://api-app.cognigy.ai", KEY), Err(Error::Insecure { .. })));
    assert!(matches!(new("http://127.0.0.1.nip.io", KEY), Err(Error::Insecure { .. })));
    for mine in ["http://127.0.0.1:8080", "http://localhost", "http://[::1]", "https://api-app.cognigy.ai"] {
        assert!(!format!("{:?}", new(mine, KEY).unwrap()).contains("hunter2"));
    }
    let error = new("https://api-app.cognigy.ai", "hunter2\n").unwrap_err();
    assert!(matches!(error, Error::InvalidKey));
    assert!(!format!("{error} {error:?} {:?}", error.hints()).contains("hunter2"));
}

#[tokio::test]
async fn a_body_of_many_megabytes_passes_and_one_without_end_does_not() {
    let code = "x".repeat(40 << 20);
    let server = always(Reply::json(200, &json!({ "_id": "n", "config": { "code": code } }))).await;
    let patient = Limits { request_timeout: Duration::from_secs(30), max_answer: 256 << 20, ..limits() };
    let node = client_with(&server.url, patient).node("f", "n", "l").await.unwrap();
    assert_eq!(node["config"]["code"].as_str().map(str::len), Some(40 << 20));
    let strict = Limits { request_timeout: Duration::from_secs(30), ..limits() };
    let error = client_with(&server.url, strict).node("f", "n", "l").await.unwrap_err();
    assert!(matches!(error, Error::Http(error) if error.kind == crate::http::ErrorKind::TooLarge));
}

#[tokio::test]
async fn many_questions_run_at_a_time_on_tasks_of_their_own() {
    let server = Server::start(|_, request| {
        let path = request.target.split('?').next().unwrap();
        Reply::json(200, &json!({ "_id": path.rsplit('/').next().unwrap() }))
    })
    .await;
    let client = client(&server);
    let ask = |n: usize| {
        let client = client.clone();
        tokio::spawn(async move { client.node("f", &n.to_string(), "l").await.is_ok() })
    };
    let tasks: Vec<_> = (0..50).map(ask).collect();
    for task in tasks {
        assert!(task.await.unwrap());
    }
    assert_eq!(client.requests(), 50);
}

#[tokio::test]
async fn clients_of_one_host_share_its_pool() {
    let server = always(Reply::json(200, &json!({ "_id": "f" }))).await;
    let limits = limits();
    let (one, two) = (client_with(&server.url, limits.clone()), client_with(&server.url, limits.clone()));
    one.one_of(Kind::Flows, "", "f").await.unwrap();
    two.one_of(Kind::Flows, "", "f").await.unwrap();
    assert_eq!((one.requests(), two.requests(), limits.pool.started()), (1, 1, 2));
}

#[test]
fn only_shared_installations_have_a_window() {
    assert!(default_window("API-app.cognigy.ai").is_some_and(|window| window.requests == 900));
    assert!(default_window("api-acme.cognigy.cloud").is_none());
    assert!(default_window("127.0.0.1").is_none());
}
