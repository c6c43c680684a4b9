//! A request as the routes see it, and the reply they give.

use crate::cognigy::Switches;
use axum::body::Bytes;
use axum::extract::Query as AxumQuery;
use axum::http::Uri;
use serde_json::{Value, json};

/// A request that passed the front door.
pub(crate) struct Ask {
    pub(crate) method: String,
    /// Below the API prefix, beginning with a slash.
    pub(crate) path: String,
    pub(crate) query: Query,
    pub(crate) body: Bytes,
    pub(crate) content_type: String,
    pub(crate) accepts_json: bool,
    pub(crate) switches: Switches,
    /// Counts up with every request: the seed of whatever differs from read to read.
    pub(crate) turn: u64,
    /// Which of its computings the server shows, see `Project::recompute` and `Switches::noise`.
    pub(crate) noise: u64,
    /// The seed of this read's order; the pages of one read share it.
    pub(crate) order: Option<u64>,
}

/// The query string, decoded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn of(uri: &Uri) -> Self {
        Self(AxumQuery::<Vec<(String, String)>>::try_from_uri(uri).map(|q| q.0).unwrap_or_default())
    }

    /// The value of a parameter; an empty one counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).filter(|v| !v.is_empty())
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    /// The same query asking for the first page.
    pub(crate) fn first_page(&mut self) {
        self.0.retain(|(key, _)| !["skip", "next", "previous"].contains(&key.as_str()));
    }
}

/// An answer before it becomes bytes.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content: Content,
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// The body of an answer.
pub(crate) enum Content {
    Json(Value),
    Text(&'static str, String),
    Nothing,
}

impl Reply {
    pub(crate) fn json(value: Value) -> Self {
        Self { status: 200, content: Content::Json(value), headers: Vec::new() }
    }

    pub(crate) fn text(kind: &'static str, text: String) -> Self {
        Self { status: 200, content: Content::Text(kind, text), headers: Vec::new() }
    }

    pub(crate) fn nothing(status: u16) -> Self {
        Self { status, content: Content::Nothing, headers: Vec::new() }
    }

    /// The page of the user interface, which answers every address outside the API (dossier §1.2).
    pub(crate) fn html() -> Self {
        let page = "<!DOCTYPE html><html><head><title>Cognigy.AI</title></head><body><div id=\"root\"></div></body></html>";
        Self::text("text/html; charset=utf-8", page.to_owned())
    }

    /// A problem body (dossier §1.6): `code` is the vendor's error code, which need not be the status.
    pub(crate) fn problem(status: u16, code: u32, detail: &str) -> Self {
        let title = match code {
            400 | 1000 | 1005 => "Bad Request",
            401 => "Unauthorized Error",
            429 => "Too Many Requests Error",
            403 => "Forbidden Error",
            413 => "Payload Too Large Error",
            1004 => "Conflict Error",
            1002 => "Resource Not Found Error",
            503 => "Service Unavailable Error",
            _ => "Internal Server Error",
        };
        let body = json!({
            "type": title.replace(' ', ""),
            "title": title,
            "status": status,
            "detail": detail,
            "instance": "/new/v2.0",
            "code": code,
            "traceId": "api--00000000-0000-4000-8000-000000000000",
            "details": {},
        });
        Self { status, content: Content::Json(body), headers: Vec::new() }
    }

    /// Resource not found: 404 with code 1002 (dossier §1.6).
    pub(crate) fn missing(what: &str) -> Self {
        Self::problem(404, 1002, &format!("{what} was not found"))
    }

    /// A POST's answer.
    pub(crate) fn created(value: Value, switches: &Switches) -> Self {
        Self { status: if switches.created_is_201 { 201 } else { 200 }, ..Self::json(value) }
    }

    /// Something of this name is there already: 409 with code 1004 (dossier §1.6).
    pub(crate) fn conflict(detail: &str) -> Self {
        Self::problem(409, 1004, detail)
    }

    /// A field that must be there is not: 400 with code 1000 (dossier §1.6).
    pub(crate) fn incomplete(field: &str) -> Self {
        Self::problem(400, 1000, &format!("\"{field}\" is required"))
    }

    /// Something in the request is wrong: 400 with code 1005 (dossier §1.6).
    pub(crate) fn invalid(detail: &str) -> Self {
        Self::problem(400, 1005, detail)
    }

    /// The same answer, its JSON changed.
    pub(crate) fn map(mut self, change: impl FnOnce(Value) -> Value) -> Self {
        if let Content::Json(value) = self.content {
            self.content = Content::Json(change(value));
        }
        self
    }

    pub(crate) fn with(mut self, header: &'static str, value: impl ToString) -> Self {
        self.headers.push((header, value.to_string()));
        self
    }
}
