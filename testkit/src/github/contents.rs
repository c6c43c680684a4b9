//! The files of the repository at one commit, as GitHub's contents API shows them.
//!
//! The shapes are those of GitHub's description (`content-file`, `content-directory`, `content-symlink`,
//! `content-submodule`, `content-tree`); the oddities are those of its documentation: a link to a file is answered with
//! the file, a submodule is called a file in a listing, and what is larger than a megabyte comes raw only.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use axum::extract::Query;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::error;
use super::repository::{Repository, Visibility};

/// The commit at which the repository's files are; also what the runner calls `GITHUB_SHA`.
pub const HEAD: &str = "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d";

/// Stands in every `download_url` of a private repository; planted, so that a test can look for it everywhere else.
pub const DOWNLOAD_TOKEN: &str = "ADOWNLOADTOKENOFTHETESTKIT0000";

/// What GitHub still puts into an object.
const MEGABYTE: usize = 1 << 20;
/// What GitHub lists of a directory.
const LISTED: usize = 1_000;
const PAGE: &str = "https://docs.github.com/rest/repos/contents#get-repository-content";

/// What stands at a path.
pub(super) enum Item {
    File(Vec<u8>),
    Symlink(String),
    Submodule(String),
}

/// Everything that the repository holds, by path.
#[derive(Default)]
pub(super) struct Contents(pub(super) BTreeMap<String, Item>);

/// How the caller wants it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Object,
    Raw,
}

/// Answers `GET /repos/{owner}/{repo}/contents/{path}`; the path is as it came over the wire.
pub(super) fn answer(repository: &Repository, api: &str, path: &str, uri: &Uri, accept: &str) -> Response {
    let format = match accept {
        accept if accept.contains(".raw") => Format::Raw,
        accept if accept.contains(".object") => Format::Object,
        _ => Format::Json,
    };
    let query = Query::<BTreeMap<String, String>>::try_from_uri(uri).map(|query| query.0).unwrap_or_default();
    let reference = query.get("ref").map_or(repository.default_branch.as_str(), String::as_str);
    let branch = reference.strip_prefix("refs/heads/").unwrap_or(reference);
    if branch != repository.default_branch && reference != HEAD {
        return error(StatusCode::NOT_FOUND, &format!("No commit found for the ref {reference}"), PAGE);
    }
    let shelf = Shelf { repository, api, reference };
    let path = decoded(path);
    let path = path.trim_matches('/');
    match repository.contents.0.get(path) {
        Some(Item::File(bytes)) => shelf.file(path, bytes, format),
        Some(Item::Symlink(target)) => match repository.contents.0.get(target) {
            Some(Item::File(bytes)) => shelf.file(path, bytes, format),
            _ => shelf.one(path, "symlink", target.len(), json!({ "target": target })),
        },
        Some(Item::Submodule(url)) => shelf.one(path, "submodule", 0, json!({ "submodule_git_url": url })),
        None => shelf.directory(path, format),
    }
}

/// The repository as one request sees it.
struct Shelf<'a> {
    repository: &'a Repository,
    api: &'a str,
    reference: &'a str,
}

impl Shelf<'_> {
    fn file(&self, path: &str, bytes: &[u8], format: Format) -> Response {
        if format == Format::Raw {
            let kind = HeaderValue::from_static("application/vnd.github.raw+json; charset=utf-8");
            return ([(header::CONTENT_TYPE, kind)], bytes.to_vec()).into_response();
        }
        let content = match (bytes.len() > MEGABYTE, format) {
            (false, _) => {
                json!({ "encoding": "base64", "content": in_lines(&BASE64_STANDARD.encode(bytes)) })
            }
            (true, Format::Object) => json!({ "encoding": "none", "content": "" }),
            (true, _) => {
                let text = "This API returns blobs up to 1 MB in size. The requested blob is too large to fetch via the API.";
                return error(StatusCode::FORBIDDEN, text, PAGE);
            }
        };
        self.one(path, "file", bytes.len(), content)
    }

    fn one(&self, path: &str, kind: &str, size: usize, more: Value) -> Response {
        let mut object = self.entry(path, kind, size);
        if let (Value::Object(object), Value::Object(more)) = (&mut object, more) {
            object.extend(more);
        }
        axum::Json(object).into_response()
    }

    fn directory(&self, path: &str, format: Format) -> Response {
        let mut entries: BTreeMap<String, Value> = BTreeMap::new();
        for (full, item) in &self.repository.contents.0 {
            let below = if path.is_empty() { Some(full.as_str()) } else { below(path, full) };
            let Some(below) = below else { continue };
            let (name, deeper) = below.split_once('/').map_or((below, false), |(name, _)| (name, true));
            let full = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            let entry = match item {
                _ if deeper => self.entry(&full, "dir", 0),
                Item::File(bytes) => self.entry(&full, "file", bytes.len()),
                Item::Symlink(target) => self.entry(&full, "symlink", target.len()),
                Item::Submodule(_) => {
                    let mut entry = self.entry(&full, "submodule", 0);
                    entry["type"] = "file".into();
                    entry
                }
            };
            entries.insert(name.to_owned(), entry);
        }
        // git has no empty directories; only the root of a repository is always there.
        if entries.is_empty() && !path.is_empty() {
            return error(StatusCode::NOT_FOUND, "Not Found", PAGE);
        }
        let entries: Vec<Value> = entries.into_values().take(LISTED).collect();
        match format {
            Format::Object => self.one(path, "dir", 0, json!({ "entries": entries })),
            Format::Json | Format::Raw => axum::Json(entries).into_response(),
        }
    }

    /// What every object of this API has.
    fn entry(&self, path: &str, kind: &str, size: usize) -> Value {
        let Self { repository: Repository { owner, name, visibility, .. }, api, reference } = self;
        let (wire, id) = (encoded(path), id(path));
        let url = format!("{api}/repos/{owner}/{name}/contents/{wire}?ref={}", encoded(reference));
        let (blob, page) = match kind {
            "file" | "symlink" => ("blobs", "blob"),
            _ => ("trees", "tree"),
        };
        let git = format!("{api}/repos/{owner}/{name}/git/{blob}/{id}");
        let html = format!("https://github.com/{owner}/{name}/{page}/{reference}/{wire}");
        let token = match visibility {
            Visibility::Public => String::new(),
            _ => format!("?token={DOWNLOAD_TOKEN}"),
        };
        let download = format!("https://raw.githubusercontent.com/{owner}/{name}/{reference}/{wire}{token}");
        json!({
            "name": path.rsplit('/').next().unwrap_or_default(),
            "path": path,
            "sha": id,
            "size": size,
            "url": url,
            "html_url": html,
            "git_url": git,
            "download_url": (blob == "blobs").then_some(download),
            "type": kind,
            "_links": { "self": url, "git": git, "html": html },
        })
    }
}

fn below<'p>(directory: &str, path: &'p str) -> Option<&'p str> {
    path.strip_prefix(directory)?.strip_prefix('/')
}

/// Base64 as GitHub breaks it.
fn in_lines(text: &str) -> String {
    text.as_bytes().chunks(60).map(|line| String::from_utf8_lossy(line).into_owned() + "\n").collect()
}

/// Something that looks like git's name of an object, the same for the same path.
fn id(path: &str) -> String {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    format!("{:040x}", hasher.finish())
}

/// A path as it may stand in an address.
fn encoded(path: &str) -> String {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-._~/".contains(b);
    path.bytes().map(|b| if plain(&b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn decoded(wire: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = wire.as_bytes();
    while let [first, tail @ ..] = rest {
        let pair = tail.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => (bytes.push(byte), rest = &tail[2..]).1,
            None => (bytes.push(*first), rest = tail).1,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
