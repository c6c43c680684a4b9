//! GitHub's REST API, as far as the product calls it, on 127.0.0.1.
//!
//! Answers have the shape of GitHub's own OpenAPI description (`full-repository`, `basic-error`) and GitHub's
//! headers. A call that nobody foresaw is answered with 500 and its name, and is kept in [`GitHub::unexpected`].

mod repository;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{ConnectInfo, Request as HttpRequest, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use repository::Repository;

use crate::upstream::wire::{Breaker, Server};

pub use repository::Visibility;

/// The token that GitHub takes; planted, so that a test can look for it everywhere else.
pub const GITHUB_TOKEN: &str = "ghs_0gitHubTokenOfTheTestkit000000000000";

/// What goes wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This status with GitHub's error object around the text.
    Status(u16, String),
    /// Status 200 and a page, as a proxy that wants a login answers.
    Html,
    /// 403: no request left until this second of the epoch.
    RateLimit {
        /// The `x-ratelimit-reset` header.
        reset: u64,
    },
    /// 403: too many at once; try again after so many seconds.
    SecondaryRateLimit {
        /// The `retry-after` header.
        retry_after: u32,
    },
    /// Status 200 and half an object.
    Truncated,
    /// The connection is reset before an answer.
    Reset,
    /// The request is taken, and then silence.
    Hang,
}

/// One request as GitHub saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path asked for.
    pub path: String,
    /// What stood behind the `?`, or nothing.
    pub query: String,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The status answered; 0 for a connection that hangs or was reset.
    pub status: u16,
}

/// What the requests and the test share.
struct World {
    url: String,
    token: String,
    repository: Repository,
    faults: Vec<(String, Fault, u32)>,
    requests: Vec<Request>,
    unexpected: Vec<String>,
}

/// A GitHub that knows one repository; it stops when dropped.
pub struct GitHub {
    server: Server,
    state: Arc<Mutex<World>>,
}

impl GitHub {
    /// GitHub with the private repository `octocat/demo`, open to [`GITHUB_TOKEN`].
    pub fn start() -> Self {
        Self::start_with("octocat/demo", GITHUB_TOKEN)
    }

    /// GitHub with one private repository (`owner/name`), open to one token.
    pub fn start_with(repository: &str, token: &str) -> Self {
        let (owner, name) = repository.split_once('/').expect("a repository is owner/name");
        let state = Arc::new(Mutex::new(World {
            url: String::new(),
            token: token.to_owned(),
            repository: Repository {
                owner: owner.to_owned(),
                name: name.to_owned(),
                visibility: Visibility::Private,
                default_branch: "main".to_owned(),
                may_push: true,
                archived: false,
            },
            faults: Vec::new(),
            requests: Vec::new(),
            unexpected: Vec::new(),
        }));
        let server = Server::start(Router::new().fallback(enter).with_state(Arc::clone(&state)));
        lock(&state).url = server.url();
        Self { server, state }
    }

    /// `http://127.0.0.1:PORT`: what the runner calls `GITHUB_API_URL`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The token that opens the repository.
    pub fn token(&self) -> String {
        lock(&self.state).token.clone()
    }

    /// Who may see the repository from now on.
    pub fn set_visibility(&self, visibility: Visibility) {
        lock(&self.state).repository.visibility = visibility;
    }

    /// The branch that a visitor sees first.
    pub fn set_default_branch(&self, branch: &str) {
        lock(&self.state).repository.default_branch = branch.to_owned();
    }

    /// Whether the token may push (`permissions.push`).
    pub fn set_may_push(&self, may_push: bool) {
        lock(&self.state).repository.may_push = may_push;
    }

    /// Whether the repository is archived, and so takes no push.
    pub fn set_archived(&self, archived: bool) {
        lock(&self.state).repository.archived = archived;
    }

    /// Something goes wrong with the next `times` requests to a route such as `GET /repos/{owner}/{repo}`; a segment
    /// in braces matches anything, and `u32::MAX` has no end.
    pub fn fault(&self, route: &str, fault: Fault, times: u32) {
        lock(&self.state).faults.push((route.to_owned(), fault, times));
    }

    /// From now on all goes well again.
    pub fn clear_faults(&self) {
        lock(&self.state).faults.clear();
    }

    /// Every request so far, in the order they came.
    pub fn log_requests(&self) -> Vec<Request> {
        lock(&self.state).requests.clone()
    }

    /// The calls that nobody foresaw, as `METHOD /path`; a test ends by asserting that there are none.
    pub fn unexpected(&self) -> Vec<String> {
        lock(&self.state).unexpected.clone()
    }
}

async fn enter(
    State(state): State<Arc<Mutex<World>>>,
    ConnectInfo(breaker): ConnectInfo<Breaker>,
    request: HttpRequest,
) -> Response {
    let (fault, number) = {
        let mut state = lock(&state);
        state.requests.push(seen(&request));
        let called = format!("{} {}", request.method(), request.uri().path());
        (take_fault(&mut state.faults, &called), state.requests.len() - 1)
    };
    let response = match fault {
        None => answer(&mut lock(&state), &request),
        Some(Fault::Status(status, text)) => {
            let status = StatusCode::from_u16(status).expect("a fault's status is a status");
            error(status, &text, "https://docs.github.com/rest")
        }
        Some(Fault::Html) => {
            let page = "<!DOCTYPE html>\n<html><body>Please sign in.</body></html>\n";
            ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
        }
        Some(Fault::RateLimit { reset }) => rate_limited(reset),
        Some(Fault::SecondaryRateLimit { retry_after }) => {
            let text =
                "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
            let mut response = error(StatusCode::FORBIDDEN, text, RATE_LIMITS);
            response.headers_mut().insert(header::RETRY_AFTER, retry_after.into());
            response
        }
        Some(Fault::Truncated) => {
            ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], r#"{"id":1296269,"nam"#)
                .into_response()
        }
        Some(Fault::Reset) => {
            breaker.reset();
            return StatusCode::OK.into_response();
        }
        Some(Fault::Hang) => std::future::pending().await,
    };
    let mut state = lock(&state);
    state.requests[number].status = response.status().as_u16();
    with_common_headers(response, number)
}

fn answer(state: &mut World, request: &HttpRequest) -> Response {
    let field = |name| request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if field(header::USER_AGENT).is_none() {
        let text = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header \
                    (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required).\n";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    let authorization = field(header::AUTHORIZATION);
    let token = authorization.and_then(|value| value.split_once(' ')).map(|(_, token)| token);
    if authorization.is_some() && token != Some(&state.token) {
        return error(StatusCode::UNAUTHORIZED, "Bad credentials", "https://docs.github.com/rest");
    }
    let segments: Vec<&str> = request.uri().path().trim_start_matches('/').split('/').collect();
    match (request.method().as_str(), segments.as_slice()) {
        ("GET", ["repos", owner, name]) => {
            let known = &state.repository;
            let same = owner.eq_ignore_ascii_case(&known.owner) && name.eq_ignore_ascii_case(&known.name);
            if same && (token.is_some() || known.visibility == Visibility::Public) {
                axum::Json(known.full(&state.url, token.is_some())).into_response()
            } else {
                let page = "https://docs.github.com/rest/repos/repos#get-a-repository";
                error(StatusCode::NOT_FOUND, "Not Found", page)
            }
        }
        (method, _) => {
            let call = format!("{method} {}", request.uri().path());
            let text = format!("testkit's GitHub does not know {call}");
            state.unexpected.push(call);
            error(StatusCode::INTERNAL_SERVER_ERROR, &text, "https://docs.github.com/rest")
        }
    }
}

fn seen(request: &HttpRequest) -> Request {
    Request {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        headers: request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        status: 0,
    }
}

fn take_fault(faults: &mut [(String, Fault, u32)], called: &str) -> Option<Fault> {
    let (_, fault, left) = faults.iter_mut().find(|(route, _, left)| *left > 0 && matches(route, called))?;
    if *left != u32::MAX {
        *left -= 1;
    }
    Some(fault.clone())
}

fn matches(route: &str, called: &str) -> bool {
    let (route, called): (Vec<_>, Vec<_>) = (route.split('/').collect(), called.split('/').collect());
    let same = |(wanted, given): (&&str, &&str)| wanted.starts_with('{') || wanted == given;
    route.len() == called.len() && route.iter().zip(&called).all(same)
}

const RATE_LIMITS: &str = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api";

fn rate_limited(reset: u64) -> Response {
    let mut response =
        error(StatusCode::FORBIDDEN, "API rate limit exceeded for installation ID 1.", RATE_LIMITS);
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-ratelimit-remaining"), 0.into());
    headers.insert(HeaderName::from_static("x-ratelimit-used"), 1000.into());
    headers.insert(HeaderName::from_static("x-ratelimit-reset"), reset.into());
    response
}

/// GitHub's `basic-error`.
fn error(status: StatusCode, message: &str, page: &str) -> Response {
    let body = json!({ "message": message, "documentation_url": page, "status": status.as_str() });
    (status, axum::Json(body)).into_response()
}

fn with_common_headers(mut response: Response, number: usize) -> Response {
    let headers: &mut HeaderMap = response.headers_mut();
    let request_id = HeaderValue::from_str(&format!("0000:0000:{number:06X}")).expect("digits and colons");
    headers.insert(HeaderName::from_static("x-github-request-id"), request_id);
    let common = [
        ("x-github-media-type", "github.v3; format=json"),
        ("x-ratelimit-limit", "1000"),
        ("x-ratelimit-remaining", "999"),
        ("x-ratelimit-reset", "4102444800"),
        ("x-ratelimit-resource", "core"),
        ("x-ratelimit-used", "1"),
    ];
    for (name, value) in common {
        let name = HeaderName::from_static(name);
        headers.entry(name).or_insert_with(|| HeaderValue::from_static(value));
    }
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json") {
        let kind = HeaderValue::from_static("application/json; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, kind);
    }
    response
}

/// A lock that a panicking test thread cannot take from the others.
fn lock(state: &Mutex<World>) -> MutexGuard<'_, World> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
