//! The client against real connections: what goes wrong is told apart, and certificates and proxies do what a
//! person who set them expects.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, Url};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::testing::{Reply, Server};
use super::*;

const NOTHING_LISTENS: &str = "http://127.0.0.1:1";

async fn get(options: &Options, url: &str) -> Result<bytes::Bytes, Error> {
    let transport = Transport::new(options).unwrap();
    let answer = transport.send(transport.request(Method::GET, url.parse().unwrap())).await?;
    read_body(&Method::GET, answer, 1 << 20).await
}

fn impatient() -> Options {
    Options { request_timeout: Duration::from_millis(200), ..Options::default() }
}

#[tokio::test]
async fn says_who_asks_and_inflates_what_comes_compressed() {
    use std::io::Write;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"hello").unwrap();
    let body = gzip.finish().unwrap();
    let reply = Reply::Answer { status: 200, headers: vec![("content-encoding", "gzip".into())], body };
    let server = Server::start(move |_, _| reply.clone()).await;
    assert_eq!(get(&Options::default(), server.url.as_str()).await.unwrap(), "hello");
    let seen = &server.seen()[0];
    assert_eq!(seen.header("user-agent"), Some(concat!("cognigy-backup/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(seen.header("accept-encoding"), Some("gzip"));
}

#[tokio::test]
async fn tells_apart_what_went_wrong() {
    let error = get(&Options::default(), NOTHING_LISTENS).await.unwrap_err();
    assert_eq!((error.kind, error.is_transient()), (ErrorKind::Connect, true), "{error:?}");
    assert!(error.source.unwrap().to_string().contains("refused"));

    let error = get(&Options::default(), "https://no-such-host.invalid/?key=hunter2").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Dns, "{error:?}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));

    let server = Server::start(|_, request| match request.target.as_str() {
        "/hang" => Reply::Hang,
        "/torn" => Reply::Torn(b"0123456789".to_vec()),
        "/long" => Reply::text(200, "text/plain", &"x".repeat(2 << 20)),
        _ => Reply::Reset,
    })
    .await;
    for (path, kind) in [
        ("hang", ErrorKind::Timeout),
        ("torn", ErrorKind::Interrupted),
        ("reset", ErrorKind::Interrupted),
        ("long", ErrorKind::TooLarge),
    ] {
        let error = get(&impatient(), server.url.join(path).unwrap().as_str()).await.unwrap_err();
        assert_eq!(error.kind, kind, "{path}: {error:?}");
        assert_eq!(error.is_transient(), kind != ErrorKind::TooLarge);
    }
}

/// Starts an https server with a certificate of its own CA; returns its address and the CA's certificate.
async fn https_server() -> (Url, String) {
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let mut ca = rcgen::CertificateParams::default();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
    let issuer = rcgen::Issuer::new(ca, ca_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()])
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let Ok(mut socket) = acceptor.accept(socket).await else { continue };
            let _ = socket.read(&mut [0; 4096]).await;
            let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret").await;
            let _ = socket.shutdown().await;
        }
    });
    (url, ca_pem)
}

#[tokio::test]
async fn trusts_a_private_ca_when_told_and_only_then() {
    let (url, ca_pem) = https_server().await;
    let error = get(&Options::default(), url.as_str()).await.unwrap_err();
    assert_eq!((error.kind, error.is_transient()), (ErrorKind::Tls, false), "{error:?}");
    assert!(error.hints()[0].contains("SSL_CERT_FILE"));
    assert!(error.source.unwrap().to_string().contains("UnknownIssuer"));

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("# two of the same\n{ca_pem}{ca_pem}")).unwrap();
    let options = Options { ca_file: Some(file.path().into()), ..Options::default() };
    assert_eq!(get(&options, url.as_str()).await.unwrap(), "secret");
}

#[tokio::test]
async fn goes_through_the_proxy_but_never_for_this_machine_or_who_is_excepted() {
    let proxy = Server::start(|_, request| match request.method.as_str() {
        "CONNECT" => Reply::text(407, "text/plain", "who are you"),
        _ => Reply::text(200, "text/plain", "by proxy"),
    })
    .await;
    let address = proxy.url.as_str().replace("http://", "http://user:hunter2@");
    let options = Options {
        https_proxy: Some(address.clone()),
        http_proxy: Some(address),
        no_proxy: Some("excepted.invalid,.corp.invalid".into()),
        ..Options::default()
    };
    assert_eq!(get(&options, "http://elsewhere.invalid/x").await.unwrap(), "by proxy");
    let seen = proxy.seen().pop().unwrap();
    assert_eq!(seen.target, "http://elsewhere.invalid/x");
    assert!(seen.header("proxy-authorization").is_some());

    let error = get(&options, "https://elsewhere.invalid/x").await.unwrap_err();
    assert_eq!((error.kind, error.is_transient()), (ErrorKind::Proxy, false), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    assert_eq!(proxy.seen().pop().unwrap().target, "elsewhere.invalid:443");

    let before = proxy.seen().len();
    for direct in
        ["http://excepted.invalid", "https://api.corp.invalid", NOTHING_LISTENS, "http://localhost:1"]
    {
        let error = get(&options, direct).await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Dns | ErrorKind::Connect), "{direct}: {error:?}");
    }
    assert_eq!(proxy.seen().len(), before);

    let dead = Options { https_proxy: Some("127.0.0.1:1".into()), ..Options::default() };
    let error = get(&dead, "https://elsewhere.invalid/x").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Proxy, "{error:?}");
}
