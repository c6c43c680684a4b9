//! A network and a server that misbehave.

use std::io::{Read, Write};
use std::net::TcpListener;

use flate2::Compression;
use flate2::write::GzEncoder;
use testkit::upstream::{FOREVER, Fault, Service};

use super::*;

async fn open_error(upstream: &Upstream) -> Error {
    let place = location(&upstream.url());
    try_open(&place, Some(upstream.token()), Access::Write, Duration::from_secs(1)).await.err().unwrap()
}

#[tokio::test]
async fn reading_is_tried_again() {
    let upstream = Upstream::start();
    upstream.fault(Service::PushAdvertisement, Fault::Status(503, "busy".to_owned()), 1);
    upstream.fault(Service::PushAdvertisement, Fault::Reset, 1);
    let made = first(&mut open(&upstream).await).await;
    let mut store = open(&upstream).await;
    upstream.fault(Service::Fetch, Fault::Truncate, 1);
    upstream.fault(Service::Fetch, Fault::Status(500, String::new()), 1);
    store.fetch(made).await.unwrap();
    assert_eq!(store.commit(made).unwrap().parents, []);
}

#[tokio::test]
async fn a_server_that_stays_away_is_named() {
    let upstream = Upstream::start();
    upstream.fault(Service::Any, Fault::Status(503, "come back later\n".to_owned()), FOREVER);
    let error = open_error(&upstream).await;
    assert!(error.to_string().ends_with("not available (503): come back later"), "{error}");
    upstream.clear_faults();
    upstream.fault(Service::Any, Fault::Html, FOREVER);
    let error = open_error(&upstream).await;
    assert!(matches!(&error.problem, Problem::NotGit { what } if what == "a web page"), "{error}");
    upstream.clear_faults();
    upstream.fault(Service::Any, Fault::Hang, FOREVER);
    let error = open_error(&upstream).await;
    assert!(matches!(error.problem, Problem::Silent { seconds: 1, .. }), "{error}");
    assert!(!leaks(&upstream, &format!("{error:?}")));
}

#[tokio::test]
async fn a_pack_that_is_not_whole_never_counts() {
    let upstream = Upstream::start();
    let made = first(&mut open(&upstream).await).await;
    for (fault, patience) in [(Fault::Truncate, 20), (Fault::CorruptPack, 20), (Fault::Stall, 1)] {
        upstream.fault(Service::Fetch, fault.clone(), FOREVER);
        let place = location(&upstream.url());
        let mut store = try_open(&place, Some(upstream.token()), Access::Read, Duration::from_secs(patience))
            .await
            .unwrap();
        let error = store.fetch(made).await.unwrap_err();
        let told = match fault {
            Fault::CorruptPack => matches!(error.problem, Problem::DamagedPack { .. }),
            Fault::Stall => matches!(error.problem, Problem::Silent { .. }),
            _ => matches!(error.problem, Problem::CutOff { .. } | Problem::Wire(_)),
        };
        assert!(told, "{fault:?}: {error}");
        assert!(store.commit(made).is_err(), "{fault:?} left something behind");
        upstream.clear_faults();
        store.fetch(made).await.unwrap();
    }
}

#[tokio::test]
async fn a_tip_that_is_gone_is_said_to_be_gone() {
    let upstream = Upstream::start();
    let mut store = open(&upstream).await;
    first(&mut store).await;
    let never = Oid::from_bytes(&[7; 20]).unwrap();
    let error = store.fetch(never).await.unwrap_err();
    assert!(matches!(error.problem, Problem::TipGone { tip } if tip == never), "{error}");
}

#[tokio::test]
async fn a_lost_answer_is_looked_up() {
    let upstream = Upstream::start();
    let mut store = open(&upstream).await;
    upstream.fault(Service::Push, Fault::LoseAnswer, 1);
    let made = first(&mut store).await;
    assert_eq!(tip(&upstream, "snapshot/hourly"), Some(made));
    let pushes = || upstream.log_requests().iter().filter(|r| r.method == "POST").count();
    assert_eq!(pushes(), 1, "it had arrived, so it is not sent again");

    upstream.fault(Service::Push, Fault::Reset, 1);
    let next = write(&store, &[("a", "2")], Some(made));
    assert!(store.push(&[change(HOURLY, Some(made), Some(next))]).await.unwrap().all_moved());
    assert_eq!(pushes(), 3, "it had not, so it is");
    upstream.fsck();
}

#[tokio::test]
async fn a_push_that_hangs_is_looked_up_and_sent_again() {
    let upstream = Upstream::start();
    let place = location(&upstream.url());
    let silence = Duration::from_secs(1);
    let mut store = try_open(&place, Some(upstream.token()), Access::Write, silence).await.unwrap();
    upstream.fault(Service::Push, Fault::Hang, 1);
    let made = first(&mut store).await;
    assert_eq!(tip(&upstream, "snapshot/hourly"), Some(made));

    upstream.fault(Service::Push, Fault::Hang, FOREVER);
    let next = write(&store, &[("a", "2")], Some(made));
    let error = store.push(&[change(HOURLY, Some(made), Some(next))]).await.unwrap_err();
    assert!(matches!(error.problem, Problem::Silent { .. }), "{error}");

    // Neither answer nor refs: then nobody knows.
    upstream.fault(Service::PushAdvertisement, Fault::Status(503, String::new()), FOREVER);
    let error = store.push(&[change(HOURLY, Some(made), Some(next))]).await.unwrap_err();
    assert!(matches!(error.problem, Problem::Unsure { .. }), "{error}");
    assert!(error.hints()[0].contains("nothing is done twice"));
}

#[tokio::test]
async fn a_pack_damaged_once_is_fetched_again() {
    let upstream = Upstream::start();
    let made = first(&mut open(&upstream).await).await;
    let mut store = open(&upstream).await;
    upstream.fault(Service::Fetch, Fault::CorruptPack, 1);
    store.fetch(made).await.unwrap();
}

#[tokio::test]
async fn a_pack_damaged_on_the_way_is_refused_by_the_server() {
    let upstream = Upstream::start();
    let mut store = open(&upstream).await;
    upstream.fault(Service::Push, Fault::CorruptPack, 1);
    let made = write(&store, &[("a", "1")], None);
    let pushed = store.push(&[change(HOURLY, None, Some(made))]).await.unwrap();
    assert_eq!(pushed.refused().unwrap().1.kind, RefusalKind::Unpack, "{pushed:?}");
    assert!(store.push(&[change(HOURLY, None, Some(made))]).await.unwrap().all_moved());
    upstream.fsck();
}

/// Answers every request on a port with the same bytes.
fn canned(head: &str, body: &[u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/o/r.git", listener.local_addr().unwrap());
    let length = body.len();
    let answer = [
        format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n").as_bytes(),
        body,
    ]
    .concat();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(&answer);
        }
    });
    url
}

async fn canned_error(head: &str, body: &[u8]) -> Error {
    try_open(&location(&canned(head, body)), None, Access::Read, PATIENCE).await.err().unwrap()
}

#[tokio::test]
async fn other_answers_are_told_apart() {
    let moved = canned_error("301 Moved Permanently\r\nLocation: https://github.com/new/name.git/info/refs?service=git-upload-pack", b"").await;
    assert!(
        moved.to_string().ends_with("the repository moved to https://github.com/new/name.git"),
        "{moved}"
    );
    assert_eq!(moved.hints(), ["set `store` to https://github.com/new/name.git"]);

    let line = format!("{}\trefs/heads/main\n", "a".repeat(40));
    let dumb = canned_error("200 OK\r\nContent-Type: text/plain", line.as_bytes()).await;
    assert!(matches!(dumb.problem, Problem::DumbHttp), "{dumb}");
    let text = canned_error("200 OK\r\nContent-Type: text/plain; charset=utf-8", b"hello").await;
    assert!(matches!(text.problem, Problem::NotGit { .. }), "{text}");
    let cut = canned_error(
        "200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement",
        b"001e# service=",
    )
    .await;
    assert!(matches!(cut.problem, Problem::CutOff { .. }), "{cut}");
    let junk =
        canned_error("200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement", b"<html>").await;
    assert!(matches!(junk.problem, Problem::Protocol { .. }), "{junk}");
    let odd = canned_error("418 I'm a teapot", b"short and stout").await;
    assert!(odd.to_string().ends_with("unexpected status 418: short and stout"), "{odd}");
}

#[tokio::test]
async fn compressed_answers_are_read() {
    let id = "a".repeat(40);
    let mut plain = b"001e# service=git-upload-pack\n0000".to_vec();
    let line = format!("{id} refs/heads/main\0side-band-64k\n");
    plain.extend_from_slice(format!("{:04x}{line}0000", line.len() + 4).as_bytes());
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&plain).unwrap();
    let body = encoder.finish().unwrap();
    let url = canned(
        "200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\nContent-Encoding: gzip",
        &body,
    );
    let store = try_open(&location(&url), None, Access::Read, PATIENCE).await.unwrap();
    assert_eq!(store.refs()["refs/heads/main"].to_string(), id);
}
