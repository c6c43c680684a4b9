//! Files of releases against the stand-in for GitHub: who gets the token and the bytes, and what is left of half an
//! upload.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use testkit::github::{self, Fault, GITHUB_TOKEN, STORAGE_SIGNATURE};

use super::scene::{ASSET, STORAGE, Scene, TAG, UPLOAD, client, said};
use super::{AssetState, Error, MAX_ASSET_BYTES, Release};
use crate::http::ErrorKind;
use crate::http::testing::{Reply, Server};

#[tokio::test]
async fn half_an_upload_is_seen_and_gives_way() {
    let scene = Scene::new();
    let bytes = vec![7; 8 << 20];
    for fault in [Fault::ResetAfter(1 << 20), Fault::Starter(502)] {
        let draft = scene.draft(TAG).await.unwrap();
        scene.server.fault(UPLOAD, fault, 1);
        assert!(scene.upload(&draft, &bytes).await.unwrap_err().may_have_happened());
        let error = scene.upload(&draft, &bytes).await.unwrap_err();
        assert!(matches!(&error, Error::AssetExists { name } if name == "archive.tar.gz"), "{error:?}");
        let listed = scene.github.releases("octocat", "demo").await.unwrap();
        let half = &listed[0].assets[0];
        assert_eq!((half.state, half.size, half.digest.as_deref()), (AssetState::Unfinished, 0, None));
        scene.github.delete_asset("octocat", "demo", half.id).await.unwrap();
        assert_eq!(scene.upload(&draft, &bytes).await.unwrap().state, AssetState::Uploaded);
        scene.github.delete_release("octocat", "demo", draft.id).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_is_given_up() {
    let scene = Scene::new();
    let draft = scene.draft(TAG).await.unwrap();
    let github = scene.github.clone().with_silence(Duration::from_millis(100));
    scene.server.fault(UPLOAD, Fault::Hang, 1);
    // More than the buffers between the two hold.
    let path = scene.file(&vec![1; 16 << 20]);
    let error = github.upload_asset(&draft, "a", "b/c", &path, 16 << 20).await.unwrap_err();
    assert!(matches!(&error, Error::Http(error) if error.kind == ErrorKind::Timeout), "{error:?}");
    assert!(error.may_have_happened());

    scene.server.fault(ASSET, Fault::Hang, u32::MAX);
    let to = scene.directory.path().join("back");
    let error = github.download_asset("octocat", "demo", 1, &to).await.unwrap_err();
    assert!(matches!(&error, Error::Http(error) if error.kind == ErrorKind::Timeout), "{error:?}");
    assert!(!to.exists());
}

#[tokio::test]
async fn the_storage_gets_no_token_and_nobody_the_signed_link() {
    let scene = Scene::new();
    let release = scene.published().await;
    let to = scene.directory.path().join("back");
    let id = release.id + 1;
    scene.github.download_asset("octocat", "demo", id, &to).await.unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), b"archive");
    let requests = scene.server.log_requests();
    let [asked, fetched] = &requests[requests.len() - 2..] else { panic!("{requests:?}") };
    let has = |request: &github::Request, name: &str| request.headers.iter().any(|(n, _)| n == name);
    assert!(has(asked, "authorization") && !has(fetched, "authorization"), "{asked:?} {fetched:?}");
    assert!(fetched.query.contains(STORAGE_SIGNATURE));

    let mut shown = String::new();
    for fault in [Fault::Status(403, STORAGE_SIGNATURE.to_owned()), Fault::Reset, Fault::Html] {
        let broken = !matches!(fault, Fault::Html);
        scene.server.fault(STORAGE, fault, 3);
        let result = scene.github.download_asset("octocat", "demo", id, &to).await;
        scene.server.clear_faults();
        assert_eq!((result.is_err(), to.exists()), (broken, !broken), "{result:?}");
        shown += &result.map_err(|error| format!("{error:?} {}", said(&error))).err().unwrap_or_default();
    }
    assert!(shown.contains("Storage") && !shown.contains(STORAGE_SIGNATURE), "{shown}");
    assert!(!shown.contains(GITHUB_TOKEN), "{shown}");
}

#[tokio::test]
async fn a_file_may_come_without_a_link_and_a_link_may_not_lead_anywhere() {
    let direct = Server::start(|_, _| Reply::text(200, "application/octet-stream", "bytes")).await;
    let directory = tempfile::tempdir().unwrap();
    let to = directory.path().join("back");
    assert_eq!(client(direct.url.as_str()).download_asset("o", "r", 1, &to).await.unwrap(), 5);
    assert_eq!(direct.seen()[0].header("accept"), Some("application/octet-stream"));

    let torn = Server::start(|n, _| match n {
        0 => Reply::Torn(b"longer than what comes at last".to_vec()),
        _ => Reply::text(200, "application/octet-stream", "bytes"),
    })
    .await;
    assert_eq!(client(torn.url.as_str()).download_asset("o", "r", 1, &to).await.unwrap(), 5);
    assert_eq!(std::fs::read(&to).unwrap(), b"bytes");

    let link = |status: u16, to: &'static str| {
        Server::start(move |_, _| Reply::json(status, &json!({ "message": "Moved" })).with("location", to))
    };
    let clear = link(302, "http://storage.example/x?sig=hunter2").await;
    let error = client(clear.url.as_str()).download_asset("o", "r", 1, &to).await.unwrap_err();
    assert!(matches!(&error, Error::InsecureLink { host } if host == "storage.example"), "{error:?}");
    let moved = link(301, "https://127.0.0.1:1/repositories/1").await;
    let error = client(moved.url.as_str()).download_asset("o", "r", 1, &to).await.unwrap_err();
    assert!(error.hints()[0].contains("moved"), "{error:?}");
    let turning = link(302, "/again").await;
    let error = client(turning.url.as_str()).download_asset("o", "r", 1, &to).await.unwrap_err();
    assert!(matches!(error, Error::Storage { status: 302, .. }), "{error:?}");
    assert!(turning.seen()[1..].iter().all(|seen| seen.header("authorization").is_none()));
    assert!(!to.exists());
}

#[tokio::test]
async fn a_file_goes_where_github_takes_files_and_nowhere_else() {
    let scene = Scene::new();
    let draft = scene.draft(TAG).await.unwrap();
    let elsewhere = Server::start(|_, _| Reply::json(201, &json!({}))).await;
    let url = format!("{}repos/o/r/releases/1/assets{{?name,label}}", elsewhere.url);
    let error = scene.upload(&Release { upload_url: url, ..draft.clone() }, b"archive").await.unwrap_err();
    insta::assert_snapshot!(said(&error), @r"
    the API wants files of releases sent to 127.0.0.1, which is no host of this GitHub
    -> is GITHUB_API_URL the API's own address? A proxy must not stand in its place
    ");
    assert!(elsewhere.seen().is_empty());
    let error =
        scene.upload(&Release { upload_url: "{?name}".to_owned(), ..draft }, b"archive").await.unwrap_err();
    assert!(matches!(error, Error::Shape { .. }), "{error:?}");
}

#[tokio::test]
async fn a_file_that_is_not_as_said_is_not_sent() {
    let scene = Scene::new();
    let draft = scene.draft(TAG).await.unwrap();
    let upload = async |path: &Path, bytes: u64| {
        scene.github.upload_asset(&draft, "a", "b/c", path, bytes).await.unwrap_err()
    };
    let error = upload(&scene.file(b"archive"), 6).await;
    assert!(matches!(error, Error::FileChanged { expected: 6, found: 7, .. }), "{error:?}");
    let error = upload(Path::new("/nowhere/archive"), 6).await;
    assert_eq!(error.to_string(), "cannot read /nowhere/archive");
    let error = upload(Path::new("/nowhere/archive"), MAX_ASSET_BYTES + 1).await;
    insta::assert_snapshot!(said(&error), @r"
    `a` has 2147483649 bytes, and GitHub takes no file of more than 2147483648 in a release
    -> leave out what is large, or keep this tier in a branch
    ");
    assert_eq!(scene.requests("POST"), 1);
    let error = scene.github.download_asset("octocat", "demo", 1, Path::new("/nowhere/archive")).await;
    assert!(error.is_err());
}

#[tokio::test]
async fn older_servers_know_no_digest() {
    let scene = Scene::new();
    scene.server.set_asset_digests(false);
    let draft = scene.draft(TAG).await.unwrap();
    assert_eq!(scene.upload(&draft, b"archive").await.unwrap().digest, None);
    let old = json!([{ "id": 1, "tag_name": "t", "name": null, "body": null, "draft": false, "html_url": "",
        "created_at": "2020-01-01T00:00:00Z", "published_at": "2020-01-01T00:00:00Z", "upload_url": "",
        "assets": [{ "id": 2, "name": "a", "state": "open", "size": 3 }] }]);
    let server = Server::start(move |_, _| Reply::json(200, &old)).await;
    let release = client(server.url.as_str()).releases("o", "r").await.unwrap().remove(0);
    assert_eq!((release.immutable, release.assets[0].state), (None, AssetState::Unfinished));
}
