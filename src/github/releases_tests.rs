//! Releases against the stand-in for GitHub: what is repeated and what is not, and what each refusal says.

use std::time::Duration;

use rstest::rstest;
use serde_json::json;
use sha2::{Digest, Sha256};
use testkit::github::{self, Fault, GITHUB_TOKEN};
use testkit::upstream::Repository;

use super::scene::{ASSET, STORAGE, Scene, TAG, UPLOAD, client, new_release, said};
use super::{AssetState, Error, NewRelease};
use crate::http::testing::{Reply, Server};
use crate::http::{Again, Retryable};

const LIST: &str = "GET /repos/{owner}/{repo}/releases";
const CREATE: &str = "POST /repos/{owner}/{repo}/releases";
const PUBLISH: &str = "PATCH /repos/{owner}/{repo}/releases/{id}";
const DELETE: &str = "DELETE /repos/{owner}/{repo}/releases/{id}";
const DELETE_ASSET: &str = "DELETE /repos/{owner}/{repo}/releases/assets/{id}";

#[tokio::test]
async fn a_release_is_drafted_filled_published_read_and_deleted() {
    let scene = Scene::new();
    let draft = scene.draft(TAG).await.unwrap();
    assert!(draft.draft && draft.published_at.is_none() && draft.assets.is_empty());
    assert_eq!((draft.tag.as_str(), draft.name.as_deref()), (TAG, Some("Monthly 2025-10")));
    // Many pieces, and no whole number of them.
    let bytes: Vec<u8> = (0..=250).cycle().take(3_000_001).collect();
    let asset = scene.upload(&draft, &bytes).await.unwrap();
    let hex: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((asset.size, asset.state), (3_000_001, AssetState::Uploaded));
    assert_eq!(asset.digest, Some(format!("sha256:{hex}")));

    let upload = scene.server.log_requests().pop().unwrap();
    let header = |name: &str| upload.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    assert_eq!(header("content-length"), Some("3000001"));
    assert_eq!((header("transfer-encoding"), header("content-type")), (None, Some("application/gzip")));
    assert_eq!(header("authorization"), Some(&*format!("Bearer {GITHUB_TOKEN}")));

    let published = scene.publish(&draft).await.unwrap();
    assert!(!published.draft && published.published_at.is_some() && published.immutable == Some(false));
    let stored = scene.server.releases().pop().unwrap();
    assert_eq!((stored.make_latest.as_deref(), stored.tag.as_str()), (Some("false"), TAG));
    assert_eq!(stored.assets[0].bytes, bytes);
    assert_eq!(scene.github.releases("octocat", "demo").await.unwrap(), std::slice::from_ref(&published));
    assert_eq!(scene.github.asset("octocat", "demo", asset.id).await.unwrap(), asset);

    let to = scene.directory.path().join("back");
    std::fs::write(&to, "something longer that was there before").unwrap();
    let written = scene.github.download_asset("octocat", "demo", asset.id, &to).await.unwrap();
    assert_eq!((written, std::fs::read(&to).unwrap()), (3_000_001, bytes));

    scene.github.delete_asset("octocat", "demo", asset.id).await.unwrap();
    assert!(scene.server.releases()[0].assets.is_empty());
    scene.github.delete_release("octocat", "demo", published.id).await.unwrap();
    assert!(scene.server.releases().is_empty());
    // What is gone is deleted.
    scene.github.delete_asset("octocat", "demo", asset.id).await.unwrap();
    scene.github.delete_release("octocat", "demo", published.id).await.unwrap();
}

#[rstest]
#[case(0, 1)]
#[case(99, 1)]
#[case(100, 2)]
#[case(101, 2)]
#[case(250, 3)]
#[tokio::test]
async fn every_page_is_read(#[case] count: usize, #[case] requests: usize) {
    let scene = Scene::new();
    for n in 0..count {
        let draft = n % 2 == 0;
        scene.server.plant_release(github::Release { tag: format!("t{n}"), draft, ..Default::default() });
    }
    let listed = scene.github.releases("octocat", "demo").await.unwrap();
    let tags: Vec<String> = listed.into_iter().map(|release| release.tag).collect();
    assert_eq!(tags, (0..count).rev().map(|n| format!("t{n}")).collect::<Vec<_>>());
    assert_eq!(scene.requests("GET"), requests);
    assert!(scene.server.log_requests()[0].query.contains("per_page=100"));
}

#[tokio::test]
async fn a_list_needs_no_link_and_follows_none() {
    let page = |ids: std::ops::Range<u64>| {
        let release = |id| {
            json!({ "id": id, "tag_name": "t", "draft": true, "created_at": "2025-01-01T00:00:00Z",
            "html_url": "", "upload_url": "" })
        };
        json!(ids.map(release).collect::<Vec<_>>())
    };
    let server = Server::start(move |n, _| match n {
        // Somebody made a release between the pages, so one comes twice.
        0 => Reply::json(200, &page(0..100)),
        1 => Reply::json(200, &page(99..101)).with("link", "<http://127.0.0.1:1/steal>; rel=\"next\""),
        _ => Reply::json(200, &page(0..0)),
    })
    .await;
    let listed = client(server.url.as_str()).releases("o", "r").await.unwrap();
    assert_eq!(listed.len(), 101);
    assert_eq!(server.seen().iter().filter_map(|seen| seen.number("page")).collect::<Vec<_>>(), [1, 2, 3]);
}

#[tokio::test]
async fn what_may_have_happened_is_not_asked_for_twice() {
    for fault in
        [Fault::LostAnswer, Fault::Reset, Fault::Status(502, "Server Error".to_owned()), Fault::Truncated]
    {
        let scene = Scene::new();
        let done = fault == Fault::LostAnswer;
        scene.server.fault(CREATE, fault.clone(), 1);
        let error = scene.draft(TAG).await.unwrap_err();
        assert!(error.may_have_happened(), "{fault:?}: {error:?}");
        assert_eq!(
            (scene.requests("POST"), scene.server.releases().len()),
            (1, usize::from(done)),
            "{fault:?}"
        );

        let draft = scene.draft("other").await.unwrap();
        scene.server.fault(UPLOAD, fault.clone(), 1);
        let error = scene.upload(&draft, b"archive").await.unwrap_err();
        assert!(error.may_have_happened(), "{fault:?}: {error:?}");
        assert_eq!(scene.requests("POST"), 3, "{fault:?}");
    }
    // Nothing listens: nothing happened.
    let error = client("http://127.0.0.1:1").create_draft("o", "r", &new_release(TAG)).await.unwrap_err();
    assert!(!error.may_have_happened(), "{error:?}");
}

#[tokio::test]
async fn what_comes_to_the_same_is_repeated() {
    for fault in [Fault::LostAnswer, Fault::Reset, Fault::Status(502, "Server Error".to_owned())] {
        let scene = Scene::new();
        let draft = scene.draft(TAG).await.unwrap();
        let asset = scene.upload(&draft, b"archive").await.unwrap();
        for route in [LIST, PUBLISH, DELETE, DELETE_ASSET, ASSET, STORAGE] {
            scene.server.fault(route, fault.clone(), 1);
        }
        let (github, to) = (&scene.github, scene.directory.path().join("back"));
        assert_eq!(github.releases("octocat", "demo").await.unwrap().len(), 1, "{fault:?}");
        assert!(!scene.publish(&draft).await.unwrap().draft, "{fault:?}");
        assert_eq!(github.download_asset("octocat", "demo", asset.id, &to).await.unwrap(), 7, "{fault:?}");
        github.delete_asset("octocat", "demo", asset.id).await.unwrap();
        github.delete_release("octocat", "demo", draft.id).await.unwrap();
        assert!(scene.server.releases().is_empty());
        assert_eq!((scene.requests("PATCH"), scene.requests("DELETE")), (2, 4), "{fault:?}");
    }
}

#[tokio::test]
async fn later_is_obeyed_also_by_what_is_asked_for_once() {
    let scene = Scene::new();
    for fault in [Fault::SecondaryRateLimit { retry_after: 0 }, Fault::SecondaryRateLimit { retry_after: 1 }]
    {
        scene.server.fault(CREATE, fault.clone(), 1);
        scene.server.fault(UPLOAD, fault, 1);
    }
    let start = tokio::time::Instant::now();
    let draft = scene.draft(TAG).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));
    // The whole file again, from its beginning.
    let bytes = vec![b'x'; 200_000];
    scene.upload(&draft, &bytes).await.unwrap();
    assert_eq!(scene.server.asset_bytes(TAG, "archive.tar.gz"), Some(bytes));
    assert_eq!(scene.requests("POST"), 6);
}

#[rstest]
#[case(Fault::SecondaryRateLimit { retry_after: 3_600 }, "in 60 minutes")]
#[case(Fault::SecondaryRateLimit { retry_after: 61 }, "in 61 seconds")]
#[case(Fault::Status(403, "You have exceeded a secondary rate limit.".to_owned()), "in 60 seconds")]
#[case(Fault::Status(429, "Too Many Requests".to_owned()), "in 60 seconds")]
#[tokio::test]
async fn a_limit_that_stays_shut_says_until_when(#[case] fault: Fault, #[case] when: &str) {
    let scene = Scene::new();
    scene.server.fault(CREATE, fault, u32::MAX);
    let error = scene.draft(TAG).await.unwrap_err();
    assert!(matches!(error.again(), Again::Throttled { after: Some(_) }) && !error.may_have_happened());
    assert!(said(&error).contains(&format!("run again {when}")), "{}", said(&error));
    assert_eq!(scene.requests("POST"), 1);
}

#[tokio::test]
async fn a_tag_is_published_once() {
    let scene = Scene::new();
    scene.published().await;
    let second = scene.draft(TAG).await.unwrap();
    let error = scene.publish(&second).await.unwrap_err();
    insta::assert_snapshot!(said(&error), @r"
    a published release has the tag `monthly-2025-10` already
    -> delete that release, or choose another tag name
    ");
    assert!(matches!(error, Error::TagTaken { .. }) && !error.may_have_happened());
    assert_eq!(scene.requests("PATCH"), 2);
    let again = scene.upload(&second, b"one").await.and(scene.upload(&second, b"two").await).unwrap_err();
    insta::assert_snapshot!(said(&again), @r"
    the release has a file `archive.tar.gz` already
    -> delete the file from the release, then upload it again
    ");
}

#[tokio::test]
async fn an_immutable_release_stays_as_it_is_and_its_name_is_gone_with_it() {
    let scene = Scene::new();
    scene.server.set_immutable_releases(true);
    let release = scene.published().await;
    assert_eq!(release.immutable, Some(true));
    // Publishing what is published changes nothing, so it may be repeated.
    assert_eq!(scene.publish(&release).await.unwrap(), release);
    let error = scene.upload(&release, b"more").await.unwrap_err();
    insta::assert_snapshot!(said(&error), @r"
    GitHub /repos/octocat/demo/releases/1/assets: the release is immutable: Cannot upload assets to an immutable release.
    -> a release of this repository can be deleted but not changed: delete it, and make one of another tag name
    ");
    let error = scene.github.delete_asset("octocat", "demo", release.assets[0].id).await.unwrap_err();
    assert!(matches!(error, Error::Immutable { .. }), "{error:?}");
    let error = scene.github.publish("octocat", "demo", release.id, "other").await.unwrap_err();
    insta::assert_snapshot!(said(&error), @r"
    GitHub /repos/octocat/demo/releases/1: the release is immutable: Validation Failed (tag_name cannot be changed when release is immutable)
    -> a release of this repository can be deleted but not changed: delete it, and make one of another tag name
    ");

    scene.github.delete_release("octocat", "demo", release.id).await.unwrap();
    let draft = scene.draft(TAG).await.unwrap();
    scene.upload(&draft, b"archive").await.unwrap();
    let error = scene.publish(&draft).await.unwrap_err();
    assert!(matches!(&error, Error::TagBurnt { tag } if tag == TAG), "{error:?}");
    insta::assert_snapshot!(said(&error), @r"
    the tag name `monthly-2025-10` was used by an immutable release, and GitHub gives such a name only once
    -> choose another tag name: neither deleting nor a setting frees this one
    ");
    let other = scene.github.publish("octocat", "demo", draft.id, "monthly-2025-10-2").await.unwrap();
    assert_eq!((other.tag.as_str(), other.immutable), ("monthly-2025-10-2", Some(true)));
}

#[tokio::test]
async fn refusals_say_what_and_the_way_out() {
    let scene = Scene::new();
    let draft = scene.draft(TAG).await.unwrap();
    scene.server.set_may_push(false);
    insta::assert_snapshot!(said(&scene.draft(TAG).await.unwrap_err()), @r"
    GitHub /repos/octocat/demo/releases: 403 Resource not accessible by integration
    -> the token may not do this: give the job `permissions: contents: write`
    ");
    let denied = scene.github.delete_release("octocat", "demo", draft.id).await.unwrap_err();
    assert!(denied.hints()[0].contains("contents: write"), "{denied:?}");
    scene.server.set_may_push(true);

    insta::assert_snapshot!(said(&scene.github.publish("octocat", "demo", 404, TAG).await.unwrap_err()), @r"
    GitHub /repos/octocat/demo/releases/404: 404 Not Found
    -> the release or its file was deleted, or the token may not see it: run again to look anew
    ");
    let hidden = scene.github.create_draft("octocat", "hidden", &new_release(TAG)).await.unwrap_err();
    insta::assert_snapshot!(said(&hidden), @r"
    GitHub /repos/octocat/hidden/releases: 404 Not Found
    -> no such repository, or the token may not see it: check the name and the token's access
    ");
    let limit = "size must be less than or equal to 2147483648";
    let large = json!({ "resource": "ReleaseAsset", "code": "custom", "field": "size", "message": limit });
    for fault in [Fault::Invalid(vec![large]), Fault::Status(413, "Request Entity Too Large".to_owned())] {
        scene.server.fault(UPLOAD, fault, 1);
        let error = scene.upload(&draft, b"archive").await.unwrap_err();
        assert!(matches!(error, Error::AssetTooLarge { bytes: 7, .. }), "{error:?}");
    }
    let invalid = json!({ "resource": "Release", "code": "invalid", "field": "target_commitish" });
    scene.server.fault(
        CREATE,
        Fault::Invalid(vec![invalid, json!("Published releases must have a valid tag")]),
        1,
    );
    let error = scene.draft(TAG).await.unwrap_err();
    insta::assert_snapshot!(error.to_string(), @"GitHub /repos/octocat/demo/releases: 422 Validation Failed (Release.target_commitish: invalid; Published releases must have a valid tag)");
}

#[tokio::test]
async fn publishing_makes_a_missing_tag_where_the_draft_says() {
    let scene = Scene::new();
    let git = Repository::create("demo");
    let main = git.commit("main", &[("a", b"1")], "one");
    let other = git.commit("other", &[("a", b"2")], "two");
    scene.server.set_git(git.path());
    for (tag, target, commit) in [("at-main", None, &main), ("at-commit", Some(other.clone()), &other)] {
        let release = NewRelease { target_commitish: target, ..new_release(tag) };
        let draft = scene.github.create_draft("octocat", "demo", &release).await.unwrap();
        assert!(git.try_git(&["rev-parse", "--verify", &format!("refs/tags/{tag}")]).is_err());
        scene.github.publish("octocat", "demo", draft.id, tag).await.unwrap();
        assert_eq!(git.git(&["rev-parse", &format!("refs/tags/{tag}")]).trim(), commit.trim());
        scene.github.delete_release("octocat", "demo", draft.id).await.unwrap();
        assert!(git.try_git(&["rev-parse", "--verify", &format!("refs/tags/{tag}")]).is_ok());
    }
    let nowhere = NewRelease { target_commitish: Some("gone".to_owned()), ..new_release("nowhere") };
    let draft = scene.github.create_draft("octocat", "demo", &nowhere).await.unwrap();
    let error = scene.github.publish("octocat", "demo", draft.id, "nowhere").await.unwrap_err();
    assert!(error.to_string().contains("target_commitish"), "{error}");
}
