//! The door of the upstream: who may pass, what goes wrong on the way, who was faster.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::Options;
use super::backend;
use super::fault::{Fault, Faults, Service};
use super::log::{Log, lock};
use super::pkt;
use super::repository::Repository;
use super::wire::Breaker;

/// Something that happens between a push's advertisement and the push.
pub(crate) type Race = Box<dyn FnMut(&Repository) + Send>;

/// What the requests and the test share.
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) repository: Repository,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) races: Mutex<VecDeque<(u32, Race)>>,
    pub(crate) log: Log,
}

impl Shared {
    /// The header that opens the door.
    pub(crate) fn authorization(&self) -> String {
        format!("Basic {}", BASE64_STANDARD.encode(format!("x-access-token:{}", self.options.token)))
    }

    /// The path below the repository, with or without `.git` in its name, as GitHub takes both.
    fn below<'a>(&self, path: &'a str) -> Option<&'a str> {
        let rest = path.strip_prefix('/')?.strip_prefix(&self.options.repository)?;
        let rest = rest.strip_prefix(".git").unwrap_or(rest);
        rest.starts_with('/').then_some(rest)
    }
}

/// The whole server.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(enter).with_state(shared)
}

async fn enter(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(breaker): ConnectInfo<Breaker>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let entry = shared.log.open(&parts);
    let service = shared
        .below(parts.uri.path())
        .and_then(|path| Service::of(path, parts.uri.query().unwrap_or_default()));
    if let Some(refused) = refusal(&shared, &parts, service) {
        entry.status.store(refused.status().as_u16(), Ordering::SeqCst);
        return refused;
    }
    let fault = lock(&shared.faults).take(service);
    let response = match fault {
        Some(Fault::Status(status, text)) => plain(status, text),
        Some(Fault::Html) => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], HTML).into_response(),
        Some(Fault::Reset) => {
            breaker.reset();
            return StatusCode::OK.into_response();
        }
        Some(Fault::Hang) => std::future::pending().await,
        fault => {
            let body = if fault == Some(Fault::CorruptPack) && service == Some(Service::Push) {
                let mut bytes = whole(body).await;
                pkt::corrupt_pack(&mut bytes);
                Body::from(bytes)
            } else if let Some(Fault::OtherPack(other)) = &fault {
                // Git is asked for the other one, so that all it says is consistent in itself.
                let mut bytes = whole(body).await;
                if let Some(at) = bytes.windows(5).position(|window| window == b"want ") {
                    bytes[at + 5..at + 45].copy_from_slice(other.as_bytes());
                }
                Body::from(bytes)
            } else {
                body
            };
            if service == Some(Service::Push) && !is_probe(&parts) {
                race(Arc::clone(&shared)).await;
            }
            let path = shared.below(parts.uri.path()).unwrap_or("/");
            let response = backend::serve(&shared.repository, path, &parts, body, Arc::clone(&entry)).await;
            spoil(response, fault, service, &breaker).await
        }
    };
    entry.status.store(response.status().as_u16(), Ordering::SeqCst);
    response
}

/// What somebody hears who may not come in, or asks for something that is not here.
fn refusal(shared: &Shared, parts: &Parts, service: Option<Service>) -> Option<Response> {
    let given = parts.headers.get(header::AUTHORIZATION).map(|value| value.as_bytes());
    let reads = matches!(service, Some(Service::Fetch | Service::FetchAdvertisement));
    let anonymous = shared.options.anonymous_fetch && reads && given.is_none();
    if given != Some(shared.authorization().as_bytes()) && !anonymous {
        let text = if given.is_some() { "Invalid username or token.\n" } else { "No anonymous access.\n" };
        let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"GitHub\"")];
        return Some((StatusCode::UNAUTHORIZED, challenge, text).into_response());
    }
    service.is_none().then(|| plain(404, "Repository not found.\n".to_owned()))
}

/// git tries the door with an empty request before it streams a large push.
fn is_probe(parts: &Parts) -> bool {
    parts.method == Method::POST
        && parts.headers.get(header::CONTENT_LENGTH).is_some_and(|length| length == "4")
}

async fn race(shared: Arc<Shared>) {
    let ran = tokio::task::spawn_blocking(move || {
        // Taken out while it runs: it may ask the upstream for anything.
        let Some((times, mut race)) = lock(&shared.races).pop_front() else { return };
        race(&shared.repository);
        if times > 1 {
            lock(&shared.races).push_front((times - 1, race));
        }
    });
    // A panic in a race has been printed; the push that follows shows the rest.
    let _ = ran.await;
}

async fn spoil(
    response: Response,
    fault: Option<Fault>,
    service: Option<Service>,
    breaker: &Breaker,
) -> Response {
    if fault.is_none() && service != Some(Service::Push) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let mut bytes = whole(body).await;
    match fault {
        Some(Fault::LoseAnswer) => breaker.reset(),
        Some(Fault::CorruptPack) => {
            pkt::corrupt_pack(&mut bytes);
        }
        Some(Fault::Truncate) => return Response::from_parts(parts, half(&bytes, true)),
        Some(Fault::Stall) => return Response::from_parts(parts, half(&bytes, false)),
        _ => bytes = pkt::reword_refusal(bytes),
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// Half of the bytes; then the connection breaks off, or nothing comes any more.
fn half(bytes: &[u8], then_break: bool) -> Body {
    let first =
        stream::iter([Ok::<Bytes, std::io::Error>(Bytes::copy_from_slice(&bytes[..bytes.len() / 2]))]);
    let then = stream::once(async move {
        if !then_break {
            std::future::pending::<Infallible>().await;
        }
        // Time for the first half to leave the machine's buffers.
        tokio::time::sleep(Duration::from_millis(50)).await;
        Err(std::io::ErrorKind::UnexpectedEof.into())
    });
    Body::from_stream(first.chain(then))
}

async fn whole(body: Body) -> Vec<u8> {
    axum::body::to_bytes(body, usize::MAX).await.map(|bytes| bytes.to_vec()).unwrap_or_default()
}

fn plain(status: u16, text: String) -> Response {
    let status = StatusCode::from_u16(status).expect("a fault's status is a status");
    (status, text).into_response()
}

/// What a proxy in between says with status 200.
const HTML: &str =
    "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Please sign in.</body></html>\n";
