//! GitHub's REST API, as far as the product calls it, on 127.0.0.1.
//!
//! Answers have the shape of GitHub's own OpenAPI description (`full-repository`, `content-tree`, `release`,
//! `basic-error`) and GitHub's headers; `tests/openapi` holds them to it. A call that nobody foresaw is answered with 500
//! and its name, and is kept in [`GitHub::unexpected`].
//!
//! Files of releases are uploaded to the same address, as on an own server of GitHub's; they are fetched from another,
//! [`GitHub::storage_url`], which refuses the token.

mod contents;
mod fault;
mod release_routes;
#[cfg(test)]
mod release_tests;
mod releases;
mod repository;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request as HttpRequest, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::json;

use contents::{Contents, Item};
use fault::Faults;
use release_routes::{Call, STORAGE};
use releases::Releases;
use repository::Repository;

use crate::upstream::wire::{Breaker, Server};

pub use contents::{DOWNLOAD_TOKEN, HEAD};
pub use fault::Fault;
pub use release_routes::STORAGE_SIGNATURE;
pub use releases::{Asset, Release};
pub use repository::Visibility;

/// The token that GitHub takes; planted, so that a test can look for it everywhere else.
pub const GITHUB_TOKEN: &str = "ghs_0gitHubTokenOfTheTestkit000000000000";

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
    storage: String,
    token: String,
    repository: Repository,
    releases: Releases,
    faults: Faults,
    requests: Vec<Request>,
    unexpected: Vec<String>,
}

impl World {
    /// Whether somebody with this token (it is right, if there is one) sees the repository of this name.
    fn shows(&self, owner: &str, name: &str, token: Option<&str>) -> bool {
        let known = &self.repository;
        let same = owner.eq_ignore_ascii_case(&known.owner) && name.eq_ignore_ascii_case(&known.name);
        same && (token.is_some() || known.visibility == Visibility::Public)
    }
}

/// A GitHub that knows one repository; it stops when dropped.
pub struct GitHub {
    server: Server,
    /// The same router by another address: to a client another host.
    storage: Server,
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
            storage: String::new(),
            token: token.to_owned(),
            repository: Repository {
                owner: owner.to_owned(),
                name: name.to_owned(),
                visibility: Visibility::Private,
                default_branch: "main".to_owned(),
                may_push: true,
                archived: false,
                contents: Contents::default(),
            },
            releases: Releases::default(),
            faults: Faults::default(),
            requests: Vec::new(),
            unexpected: Vec::new(),
        }));
        let router = Router::new().fallback(enter).with_state(Arc::clone(&state));
        let (server, storage) = (Server::start(router.clone()), Server::start(router));
        (lock(&state).url, lock(&state).storage) = (server.url(), storage.url());
        Self { server, storage, state }
    }

    /// `http://127.0.0.1:PORT`: what the runner calls `GITHUB_API_URL`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// `http://127.0.0.1:PORT`: where the files of releases are fetched.
    pub fn storage_url(&self) -> String {
        self.storage.url()
    }

    /// What GitHub calls itself in its answers from now on: for a test that puts a proxy before it.
    pub fn set_public_url(&self, url: &str) {
        lock(&self.state).url = url.to_owned();
    }

    /// Whether releases that are published from now on are immutable.
    pub fn set_immutable_releases(&self, immutable: bool) {
        lock(&self.state).releases.immutable = immutable;
    }

    /// Whether files have a `digest`; on servers older than mid-2025 they do not.
    pub fn set_asset_digests(&self, digests: bool) {
        lock(&self.state).releases.digests = digests;
    }

    /// The bare repository in which a release's tag has to be, or is made when the release is published.
    pub fn set_git(&self, repository: &Path) {
        lock(&self.state).releases.git = Some(repository.to_owned());
    }

    /// All releases, the oldest first, drafts too.
    pub fn releases(&self) -> Vec<Release> {
        lock(&self.state).releases.all.clone()
    }

    /// Puts a release there as it is, and returns its number.
    pub fn plant_release(&self, release: Release) -> u64 {
        lock(&self.state).releases.plant(release)
    }

    /// Changes a release as somebody with a browser could.
    pub fn change_release(&self, id: u64, change: impl FnOnce(&mut Release)) {
        let mut state = lock(&self.state);
        let release = state.releases.all.iter_mut().find(|release| release.id == id);
        change(release.expect("there is a release of this number"));
    }

    /// What is in the file of this name, of the newest release of this tag.
    pub fn asset_bytes(&self, tag: &str, name: &str) -> Option<Vec<u8>> {
        let releases = self.releases();
        let release = releases.iter().rev().find(|release| release.tag == tag)?;
        Some(release.assets.iter().find(|asset| asset.name == name)?.bytes.to_vec())
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

    /// Puts a file into the repository, at its default branch and at [`HEAD`].
    pub fn put_file(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.put(path, Item::File(bytes.into()));
    }

    /// Puts a symbolic link there; the target is a path from the root.
    pub fn put_symlink(&self, path: &str, target: &str) {
        self.put(path, Item::Symlink(target.to_owned()));
    }

    /// Puts a submodule there.
    pub fn put_submodule(&self, path: &str, url: &str) {
        self.put(path, Item::Submodule(url.to_owned()));
    }

    fn put(&self, path: &str, item: Item) {
        lock(&self.state).repository.contents.0.insert(path.to_owned(), item);
    }

    /// Something goes wrong with the next `times` requests to a route such as `GET /repos/{owner}/{repo}`; a segment
    /// in braces matches anything, a last `{+path}` the whole rest, and `u32::MAX` has no end.
    pub fn fault(&self, route: &str, fault: Fault, times: u32) {
        lock(&self.state).faults.add(route, fault, times);
    }

    /// From now on all goes well again.
    pub fn clear_faults(&self) {
        lock(&self.state).faults = Faults::default();
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
    let (request, body) = request.into_parts();
    let (fault, number) = {
        let mut state = lock(&state);
        state.requests.push(seen(&request));
        let called = format!("{} {}", request.method, request.uri.path());
        (state.faults.take(&called), state.requests.len() - 1)
    };
    let reset = fault.as_ref().is_some_and(Fault::resets);
    let response = match fault {
        None => answer_whole(&state, &request, body).await,
        Some(Fault::LostAnswer) => {
            let _ = answer_whole(&state, &request, body).await;
            Fault::LostAnswer.happen(&breaker, Body::empty()).await
        }
        Some(fault) => {
            if fault.leaves_starter() {
                lock(&state).leave_starter(&request.uri);
            }
            fault.happen(&breaker, body).await
        }
    };
    if !reset {
        lock(&state).requests[number].status = response.status().as_u16();
    }
    if request.uri.path().starts_with(&format!("/{STORAGE}/")) {
        return response;
    }
    with_common_headers(response, number)
}

/// Answers once the request's body is there.
async fn answer_whole(state: &Mutex<World>, request: &Parts, body: Body) -> Response {
    match axum::body::to_bytes(body, usize::MAX).await {
        Ok(body) => answer(&mut lock(state), request, &body),
        // The client is gone: nobody reads this.
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

fn answer(state: &mut World, request: &Parts, body: &Bytes) -> Response {
    let field = |name| request.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let segments: Vec<&str> = request.uri.path().trim_start_matches('/').split('/').collect();
    if let ("GET", [STORAGE, id]) = (request.method.as_str(), segments.as_slice()) {
        return state.answer_storage(id, &request.headers);
    }
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
    if let ["repos", owner, name, "releases", rest @ ..] = segments.as_slice() {
        let (method, uri, headers) = (request.method.as_str(), &request.uri, &request.headers);
        let call = Call { method, rest, uri, headers, body, known: token.is_some() };
        if !state.shows(owner, name, token) {
            return error(StatusCode::NOT_FOUND, "Not Found", "https://docs.github.com/rest");
        }
        if let Some(response) = state.answer_releases(&call) {
            return response;
        }
    }
    match (request.method.as_str(), segments.as_slice()) {
        ("GET", ["repos", owner, name]) if state.shows(owner, name, token) => {
            axum::Json(state.repository.full(&state.url, token.is_some())).into_response()
        }
        ("GET", ["repos", owner, name, "contents", path @ ..]) if state.shows(owner, name, token) => {
            let accept = field(header::ACCEPT).unwrap_or_default();
            contents::answer(&state.repository, &state.url, &path.join("/"), &request.uri, accept)
        }
        ("GET", ["repos", _, _] | ["repos", _, _, "contents", ..]) => {
            error(StatusCode::NOT_FOUND, "Not Found", "https://docs.github.com/rest")
        }
        (method, _) => {
            let call = format!("{method} {}", request.uri.path());
            let text = format!("testkit's GitHub does not know {call}");
            state.unexpected.push(call);
            error(StatusCode::INTERNAL_SERVER_ERROR, &text, "https://docs.github.com/rest")
        }
    }
}

fn seen(request: &Parts) -> Request {
    Request {
        method: request.method.to_string(),
        path: request.uri.path().to_owned(),
        query: request.uri.query().unwrap_or_default().to_owned(),
        headers: request
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        status: 0,
    }
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
