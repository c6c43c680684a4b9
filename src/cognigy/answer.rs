//! From an answer to its JSON, or to the error that it is.

use std::sync::atomic::{AtomicU64, Ordering};

use ::http::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use bytes::Bytes;
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::error::{Error, NotJson, Status};
use super::halves::without_halves;
use super::hints::suggested_host;
use crate::http::{retry_after, shown};

/// The server's words are quoted up to here; some send a stack trace.
const MOST_WORDS: usize = 300;

/// An answer, read whole.
pub(super) struct Answer<'a> {
    pub(super) method: &'a Method,
    pub(super) url: &'a Url,
    pub(super) status: u16,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: Bytes,
    /// Taken out of every word that is quoted: servers have been seen to repeat the key they refuse.
    pub(super) key: &'a SecretString,
    pub(super) of_project: bool,
    /// Counts the answers in which half a character had to be replaced.
    pub(super) mended: &'a AtomicU64,
}

impl Answer<'_> {
    /// Returns the JSON that the answer is.
    pub(super) fn json(&self) -> Result<Value, Error> {
        match self.status {
            200..300 => self.content(),
            300..400 => Err(self.redirect()),
            _ => Err(Error::Status(Box::new(self.refusal()))),
        }
    }

    /// Returns what the server said of something that it did; null where it said nothing (204, dossier §2).
    pub(super) fn done(&self) -> Result<Value, Error> {
        match self.status {
            200..300 if self.body.is_empty() => Ok(Value::Null),
            _ => self.json(),
        }
    }

    fn content(&self) -> Result<Value, Error> {
        match serde_json::from_slice(&self.body).or_else(|error| self.mended(error)) {
            Ok(value) if !self.is_web_page() => Ok(value),
            Err(source) if self.says_json() && !self.is_web_page() => Err(Error::Malformed {
                method: self.method.clone(),
                path: self.path(),
                length: self.body.len(),
                source,
            }),
            _ => Err(Error::NotJson(Box::new(NotJson {
                method: self.method.clone(),
                path: self.path(),
                host: self.host(),
                status: self.status,
                content_type: self.content_type().map(|text| self.quoted(text)),
                looks_like_ui: self.is_web_page(),
                suggested_host: suggested_host(&self.host()),
            }))),
        }
    }

    /// Parses the answer again without halves of characters, if it has any.
    fn mended(&self, error: serde_json::Error) -> Result<Value, serde_json::Error> {
        let Some(whole) = without_halves(&self.body) else { return Err(error) };
        let value = serde_json::from_slice(&whole)?;
        self.mended.fetch_add(1, Ordering::Relaxed);
        Ok(value)
    }

    fn redirect(&self) -> Error {
        let location = self.headers.get(LOCATION).and_then(|to| to.to_str().ok());
        let to = location.and_then(|to| self.url.join(to).ok()).map(|to| shown(&to));
        Error::Redirect {
            method: self.method.clone(),
            path: self.path(),
            status: self.status,
            to: to.map_or_else(|| "an address that is none".to_owned(), |to| self.quoted(&to)),
        }
    }

    /// Reads a problem body (RFC 7807 with the vendor's `code` and `traceId`), or an OAuth one, or none.
    fn refusal(&self) -> Status {
        let problem: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let text = |fields: &[&str]| {
            let found = fields.iter().find_map(|field| problem.get(field)?.as_str());
            found.filter(|text| !text.trim().is_empty()).map(|text| self.quoted(text))
        };
        Status {
            method: self.method.clone(),
            path: self.path(),
            host: self.host(),
            of_project: self.of_project,
            status: self.status,
            code: problem.get("code").and_then(Value::as_i64),
            title: text(&["title", "error"]),
            detail: text(&["detail", "error_description", "message"]),
            trace_id: text(&["traceId"]),
            retry_after: retry_after(self.headers),
            web_page: self.is_web_page(),
        }
    }

    fn path(&self) -> String {
        self.url.path().to_owned()
    }

    fn host(&self) -> String {
        self.url.host_str().unwrap_or_default().to_owned()
    }

    fn content_type(&self) -> Option<&str> {
        self.headers.get(CONTENT_TYPE)?.to_str().ok()
    }

    fn says_json(&self) -> bool {
        let kind = self.content_type().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        let kind = kind.to_ascii_lowercase();
        kind == "application/json" || kind == "text/json" || kind.ends_with("+json")
    }

    fn is_web_page(&self) -> bool {
        let begin =
            String::from_utf8_lossy(&self.body[..self.body.len().min(64)]).trim_start().to_ascii_lowercase();
        self.content_type().is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/html"))
            || begin.starts_with("<!doctype html")
            || begin.starts_with("<html")
    }

    /// Returns foreign words as they may be shown: on one line, cut to a sane length, without the key.
    fn quoted(&self, words: &str) -> String {
        let key = self.key.expose_secret();
        let words = if key.is_empty() { words.to_owned() } else { words.replace(key, "***") };
        let mut shown: String = words.trim().chars().take(MOST_WORDS).flat_map(escaped).collect();
        if words.trim().chars().nth(MOST_WORDS).is_some() {
            shown.push('…');
        }
        shown
    }
}

/// Escapes what would move the cursor, hide text or start a workflow command on a new line.
fn escaped(c: char) -> Vec<char> {
    let hidden = c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    if hidden { c.escape_default().collect() } else { vec![c] }
}
