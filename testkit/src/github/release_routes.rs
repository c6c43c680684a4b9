//! The routes of releases and their files, and the storage that the files are fetched from.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Value, json};

use super::releases::{Asset, Refused, Release, Wish};
use super::{World, error};

/// Where the storage keeps files; a host of its own, which takes a signed link and no other credential.
pub(super) const STORAGE: &str = "github-production-release-asset";

/// Stands in every link to the storage; planted, so that a test can look for it everywhere else.
pub const STORAGE_SIGNATURE: &str = "ASIGNATUREOFTHETESTKIT0000";

const PAGE: &str = "https://docs.github.com/rest/releases/releases";

/// One request, as far as it matters here.
pub(super) struct Call<'r> {
    pub(super) method: &'r str,
    /// What stands behind `/repos/{owner}/{repo}/releases/`.
    pub(super) rest: &'r [&'r str],
    pub(super) uri: &'r Uri,
    pub(super) headers: &'r HeaderMap,
    pub(super) body: &'r Bytes,
    /// Whether it came with the right token.
    pub(super) known: bool,
}

impl Call<'_> {
    fn query(&self, name: &str) -> Option<String> {
        Query::<BTreeMap<String, String>>::try_from_uri(self.uri).ok()?.0.remove(name)
    }

    fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl World {
    /// Answers a call for releases; nothing for one that nobody foresaw.
    pub(super) fn answer_releases(&mut self, call: &Call<'_>) -> Option<Response> {
        let pushes = call.known && self.repository.may_push;
        match (call.method, call.rest) {
            ("GET", []) => return Some(self.list(call, pushes)),
            ("GET", ["assets", id]) => return Some(self.asset(call, id, pushes)),
            ("POST", [] | [_, "assets"]) | ("PATCH", [_]) | ("DELETE", [_] | ["assets", _]) => {}
            _ => return None,
        }
        if !call.known {
            return Some(error(StatusCode::UNAUTHORIZED, "Requires authentication", PAGE));
        }
        if !pushes {
            return Some(error(StatusCode::FORBIDDEN, "Resource not accessible by integration", PAGE));
        }
        Some(match (call.method, call.rest) {
            ("DELETE", ["assets", id]) => self.delete_asset(id),
            ("DELETE", [id]) => match self.releases.find(id) {
                Some(at) => {
                    self.releases.delete(at);
                    StatusCode::NO_CONTENT.into_response()
                }
                None => not_found(),
            },
            ("POST", [id, ..]) => self.upload(call, id),
            _ => self.write(call),
        })
    }

    /// Leaves what GitHub leaves of an upload that broke, if the call is an upload.
    pub(super) fn leave_starter(&mut self, uri: &Uri) {
        let path: Vec<&str> = uri.path().trim_start_matches('/').split('/').collect();
        let query =
            Query::<BTreeMap<String, String>>::try_from_uri(uri).map(|query| query.0).unwrap_or_default();
        if let (["repos", _, _, "releases", id, "assets"], Some(name)) = (path.as_slice(), query.get("name"))
            && let Some(at) = self.releases.find(id)
        {
            let asset = Asset { name: renamed(name), state: "starter".to_owned(), ..Asset::default() };
            // Where the name is taken, nothing is left either.
            let _ = self.releases.add(at, asset);
        }
    }

    /// Answers what comes to the storage.
    pub(super) fn answer_storage(&self, id: &str, headers: &HeaderMap) -> Response {
        // Two ways to prove oneself are one too many, here as for S3.
        if headers.contains_key(header::AUTHORIZATION) {
            let text = "<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message></Error>";
            return (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "application/xml")], text)
                .into_response();
        }
        match self.releases.find_asset(id) {
            Some((at, of)) => octets(&self.releases.all[at].assets[of]),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }

    fn list(&self, call: &Call<'_>, pushes: bool) -> Response {
        let number = |name: &str| call.query(name).and_then(|value| value.parse::<usize>().ok());
        let size = number("per_page").unwrap_or(30).clamp(1, 100);
        let page = number("page").unwrap_or(1).max(1);
        let seen: Vec<&Release> =
            self.releases.all.iter().rev().filter(|release| pushes || !release.draft).collect();
        let listed: Vec<Value> =
            seen.iter().skip((page - 1) * size).take(size).map(|release| self.json(release)).collect();
        let last = seen.len().div_ceil(size).max(1);
        let url = format!("{}{}", self.url, call.uri.path());
        let link = |page: usize, rel: &str| format!("<{url}?per_page={size}&page={page}>; rel=\"{rel}\"");
        let mut links = Vec::new();
        if page > 1 {
            links.extend([link(page - 1, "prev"), link(1, "first")]);
        }
        if page < last {
            links.extend([link(page + 1, "next"), link(last, "last")]);
        }
        let mut response = axum::Json(listed).into_response();
        if !links.is_empty() {
            let links = HeaderValue::from_str(&links.join(", ")).expect("addresses and words");
            response.headers_mut().insert(header::LINK, links);
        }
        response
    }

    fn write(&mut self, call: &Call<'_>) -> Response {
        let Ok(body) = serde_json::from_slice::<Value>(call.body) else {
            return error(StatusCode::BAD_REQUEST, "Problems parsing JSON", PAGE);
        };
        let wish = Wish::read(&body);
        let (status, written) = match call.rest {
            [] => (StatusCode::CREATED, self.releases.create(wish, &self.repository.default_branch)),
            [id, ..] => match self.releases.find(id) {
                Some(at) => (StatusCode::OK, self.releases.change(at, wish)),
                None => return not_found(),
            },
        };
        match written {
            Ok(release) => {
                let release = self.json(&release);
                let url = release["url"].as_str().unwrap_or_default().to_owned();
                (status, [(header::LOCATION, url)], axum::Json(release)).into_response()
            }
            Err(refused) => invalid(refused),
        }
    }

    fn upload(&mut self, call: &Call<'_>, id: &str) -> Response {
        let Some(at) = self.releases.find(id) else { return not_found() };
        if self.releases.all[at].immutable {
            return plainly(
                StatusCode::UNPROCESSABLE_ENTITY,
                "Cannot upload assets to an immutable release.",
            );
        }
        let length = call.header(header::CONTENT_LENGTH).parse::<usize>().ok();
        if length != Some(call.body.len()) || call.body.is_empty() {
            return plainly(StatusCode::BAD_REQUEST, "Bad Content-Length");
        }
        let Some(name) = call.query("name").filter(|name| !name.is_empty()) else {
            let missing = json!({ "resource": "ReleaseAsset", "code": "missing_field", "field": "name" });
            return invalid(vec![missing]);
        };
        let asset = Asset {
            id: 0,
            name: renamed(&name),
            content_type: call.header(header::CONTENT_TYPE).to_owned(),
            state: "uploaded".to_owned(),
            bytes: call.body.clone(),
        };
        match self.releases.add(at, asset) {
            Ok(asset) => (StatusCode::CREATED, axum::Json(self.asset_json(&asset))).into_response(),
            Err(refused) => invalid(refused),
        }
    }

    fn asset(&self, call: &Call<'_>, id: &str, pushes: bool) -> Response {
        let Some((at, of)) = self.releases.find_asset(id) else { return not_found() };
        let asset = &self.releases.all[at].assets[of];
        if self.releases.all[at].draft && !pushes {
            return not_found();
        }
        if !call.header(header::ACCEPT).contains("octet-stream") {
            return axum::Json(self.asset_json(asset)).into_response();
        }
        if asset.state != "uploaded" {
            return not_found();
        }
        let to = format!("{}/{STORAGE}/{id}?X-Amz-Signature={STORAGE_SIGNATURE}", self.storage);
        (StatusCode::FOUND, [(header::LOCATION, to)]).into_response()
    }

    fn delete_asset(&mut self, id: &str) -> Response {
        let Some((at, of)) = self.releases.find_asset(id) else { return not_found() };
        if self.releases.all[at].immutable {
            let text = "Cannot delete asset from an immutable release";
            return error(StatusCode::UNPROCESSABLE_ENTITY, text, "https://docs.github.com/rest");
        }
        self.releases.all[at].assets.remove(of);
        StatusCode::NO_CONTENT.into_response()
    }

    fn json(&self, release: &Release) -> Value {
        let (owner, name) = (&self.repository.owner, &self.repository.name);
        release.json(&self.url, owner, name, self.releases.digests)
    }

    fn asset_json(&self, asset: &Asset) -> Value {
        let (owner, name) = (&self.repository.owner, &self.repository.name);
        asset.json(&self.url, owner, name, self.releases.digests)
    }
}

/// A file's name as GitHub takes it: a dot for what it does not like.
fn renamed(name: &str) -> String {
    let keep = |c: char| c.is_ascii_alphanumeric() || "-_.+@~".contains(c);
    name.chars().map(|c| if keep(c) { c } else { '.' }).collect()
}

fn octets(asset: &Asset) -> Response {
    ([(header::CONTENT_TYPE, "application/octet-stream")], asset.bytes.clone()).into_response()
}

fn not_found() -> Response {
    error(StatusCode::NOT_FOUND, "Not Found", PAGE)
}

/// GitHub's `validation-error`.
pub(super) fn invalid(errors: Refused) -> Response {
    let body = json!({ "message": "Validation Failed", "errors": errors, "documentation_url": PAGE, "status": "422" });
    (StatusCode::UNPROCESSABLE_ENTITY, axum::Json(body)).into_response()
}

/// A refusal as the host for uploads words it.
fn plainly(status: StatusCode, message: &str) -> Response {
    let page = "https://docs.github.com/rest";
    let body = json!({ "message": message, "request_id": "0000:0000:000000", "documentation_url": page });
    (status, axum::Json(body)).into_response()
}
