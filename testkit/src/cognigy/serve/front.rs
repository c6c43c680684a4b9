//! From bytes to an [`Ask`] and back: the front door (dossier §1.1 to §1.4), faults, and the wire.

use super::ask::{Ask, Content, Query, Reply};
use super::line::Line;
use super::{Shared, hal};
use crate::cognigy::fault::{Fault, Kind};
use crate::cognigy::traffic::{Request, Visit};
use crate::cognigy::{API_KEY, routes};
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request as HttpRequest, State};
use axum::http::HeaderMap;
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::io::{Error, ErrorKind, Write};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Larger bodies than this are nothing a client of ours sends.
const MAX_BODY: usize = 8 << 20;

/// Answers a request to the API's host.
pub(crate) async fn answer(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: HttpRequest,
) -> Response {
    let (head, body) = request.into_parts();
    let (method, whole) = (head.method.as_str(), head.uri.path());
    let inside =
        ["/new/v2.0", "/v2.0"].iter().find_map(|p| whole.strip_prefix(p)).filter(|p| p.starts_with('/'));
    let path = inside.unwrap_or(whole);
    let mut visit = shared.traffic.enter(Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        body: String::new(),
        status: 0,
        body_bytes: 0,
    });
    let body = axum::body::to_bytes(body, MAX_BODY).await.unwrap_or_default();
    visit.request.body = String::from_utf8_lossy(&body).into_owned();
    let latency = shared.latency();
    if !latency.is_zero() {
        sleep(latency).await;
    }
    let mut query = Query::of(&head.uri);
    let fault = shared.strike(method, path, &query);
    let late = fault.as_ref().is_some_and(|f| f.late);
    match fault.as_ref().map(|f| &f.kind) {
        Some(Kind::Reset) if !late => {
            line.cut();
            return Response::new(Body::empty());
        }
        Some(Kind::Hang) if !late => return std::future::pending().await,
        Some(Kind::Slow(delay)) => sleep(*delay).await,
        Some(Kind::RepeatedPage) => query.first_page(),
        Some(Kind::Meanwhile(edit)) => {
            (edit.0)(&mut shared.project.write().expect("an earlier edit panicked"));
        }
        _ => {}
    }
    let switches = shared.switches();
    let turn = shared.turn();
    let recomputed = shared.project.read().expect("an earlier edit panicked").noise;
    let shuffled = switches.shuffle_lists.then(|| shared.order(path, &query, turn));
    let order = shuffled.or((recomputed > 0).then_some(recomputed));
    let accepts_json = header(&head.headers, "accept").contains("application/json");
    let ask = Ask {
        method: method.to_owned(),
        path: path.to_owned(),
        query,
        body,
        content_type: header(&head.headers, "content-type").to_owned(),
        accepts_json,
        switches,
        turn,
        noise: if switches.noise { turn } else { recomputed },
        order,
    };
    let right = || match refused(&shared, &ask, &head.headers) {
        _ if inside.is_none() => Reply::html(),
        Some(reply) => reply,
        None => negotiate(&ask, routes::route(&shared, &ask)),
    };
    let wrong = fault.as_ref().and_then(|fault| instead(&shared, fault, path));
    let reply = match (wrong, late) {
        (Some(wrong), false) => wrong,
        (wrong, _) => {
            let right = right();
            match fault.as_ref().map(|f| &f.kind) {
                Some(Kind::Reset) => {
                    line.cut();
                    return Response::new(Body::empty());
                }
                Some(Kind::Hang) => return std::future::pending().await,
                _ => wrong.unwrap_or(right),
            }
        }
    };
    let gzip = switches.gzip && header(&head.headers, "accept-encoding").contains("gzip");
    let truncated = matches!(fault.as_ref().map(|f| &f.kind), Some(Kind::Truncated));
    send(bend(reply, fault.as_ref()), gzip, truncated, &mut visit)
}

/// Answers a request to the download host. It needs no key, and a key sent to it is a leak.
pub(crate) async fn download(State(shared): State<Arc<Shared>>, request: HttpRequest) -> Response {
    let (path, headers) = (request.uri().path(), request.headers());
    for name in ["x-api-key", "authorization"] {
        if headers.contains_key(name) {
            shared.traffic.leak(format!("{} {path} carried {name}", request.method()));
        }
    }
    if request.uri().query().is_some_and(|q| q.contains("api_key") || q.contains(API_KEY)) {
        shared.traffic.leak(format!("{} {path} carried api_key", request.method()));
    }
    let csv = shared.tasks.lock().expect("no holder of the tasks panics").download(path);
    let (kind, body) = match csv {
        Some(csv) => ("text/csv; charset=utf-8", csv),
        None => ("application/json", "{}".to_owned()),
    };
    let answer = Response::builder().header("content-type", kind).body(Body::from(body));
    answer.expect("a fixed header is a valid header")
}

/// What the front door refuses: bodies on GET, too many requests, wrong keys.
fn refused(shared: &Shared, ask: &Ask, headers: &HeaderMap) -> Option<Reply> {
    if ask.method == "GET" && !ask.body.is_empty() && ask.switches.refuse_get_bodies {
        return Some(Reply::nothing(403));
    }
    let mut window = shared.window.lock().expect("no holder of the window panics");
    if let Some(Err(wait)) = window.as_mut().map(|w| w.pass(Instant::now())) {
        let reply = Reply::problem(429, 429, "Too many requests");
        return Some(wait.into_iter().fold(reply, |reply, seconds| reply.with("retry-after", seconds)));
    }
    let key = headers.get("x-api-key").and_then(|v| v.to_str().ok()).or(ask.query.get("api_key"));
    match key {
        Some(API_KEY) => None,
        _ if ask.switches.wrong_key_is_500 => Some(Reply::problem(500, 1008, "An unexpected error occurred")),
        _ => Some(Reply::problem(401, 401, "The API key is not valid")),
    }
}

/// Plain JSON for who asked for it; HAL for who did not.
fn negotiate(ask: &Ask, reply: Reply) -> Reply {
    if ask.accepts_json || !ask.switches.hal_by_default || ![200, 201].contains(&reply.status) {
        return reply;
    }
    if let Content::Json(value) = reply.content {
        let hal = hal::hal(&ask.path, value).to_string();
        return Reply { status: reply.status, ..Reply::text("application/hal+json; charset=utf-8", hal) };
    }
    reply
}

/// The answer that a fault gives instead of the right one.
fn instead(shared: &Shared, fault: &Fault, path: &str) -> Option<Reply> {
    match &fault.kind {
        &Kind::Status(status, wait) => {
            let code = match status {
                400 => 1005,
                404 => 1002,
                409 => 1004,
                500 => 1008,
                other => u32::from(other),
            };
            let reply = Reply::problem(status, code, "A planted fault");
            Some(wait.into_iter().fold(reply, |reply, seconds| reply.with("retry-after", seconds)))
        }
        Kind::Html => Some(Reply::html()),
        Kind::Answer(body) => Some(Reply::text("application/json; charset=utf-8", body.clone())),
        Kind::Text => Some(Reply::text(
            "text/plain",
            "upstream connect error or disconnect/reset before headers".into(),
        )),
        Kind::Redirect => {
            let host = shared.tasks.lock().expect("no holder of the tasks panics").host.clone();
            Some(Reply::nothing(302).with("location", format!("{host}/elsewhere{path}")))
        }
        _ => None,
    }
}

/// The right answer, bent by a fault.
fn bend(mut reply: Reply, fault: Option<&Fault>) -> Reply {
    if let (Some(fault), Content::Json(value)) = (fault, &mut reply.content) {
        match &fault.kind {
            Kind::Bent(change) => (change.0)(value),
            Kind::WrongTotal(more) if value.get("total").is_some() => {
                value["total"] = Value::from(value["total"].as_u64().unwrap_or_default() + more);
            }
            Kind::EmptyPage if value.get("items").is_some() => value["items"] = Value::Array(Vec::new()),
            _ => {}
        }
    }
    reply
}

fn send(reply: Reply, gzip: bool, truncated: bool, visit: &mut Visit<'_>) -> Response {
    let mut response = Response::builder().status(reply.status).header("cache-control", "no-store");
    for (name, value) in &reply.headers {
        response = response.header(*name, value);
    }
    let (kind, mut bytes) = match reply.content {
        Content::Json(value) => ("application/json; charset=utf-8", value.to_string().into_bytes()),
        Content::Text(kind, text) => (kind, text.into_bytes()),
        Content::Nothing => ("", Vec::new()),
    };
    if !kind.is_empty() {
        response = response.header("content-type", kind);
    }
    if gzip && bytes.len() > 1024 {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        let packed = encoder.write_all(&bytes).and_then(|()| encoder.finish());
        bytes = packed.expect("writing into memory does not fail");
        response = response.header("content-encoding", "gzip");
    }
    visit.request.status = reply.status;
    visit.request.body_bytes = bytes.len();
    let body = if truncated {
        response = response.header("content-length", bytes.len());
        bytes.truncate(bytes.len() / 2);
        // Without the pause the error would overtake what was written but not yet sent.
        let parts = futures_util::stream::unfold(Some(Bytes::from(bytes)), async |half| match half {
            Some(half) if !half.is_empty() => Some((Ok(half), Some(Bytes::new()))),
            Some(_) => {
                sleep(Duration::from_millis(20)).await;
                Some((Err(Error::new(ErrorKind::UnexpectedEof, "cut by a fault")), None))
            }
            None => None,
        });
        Body::from_stream(parts)
    } else {
        Body::from(bytes)
    };
    response.body(body).expect("the headers are ours and valid")
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
}
