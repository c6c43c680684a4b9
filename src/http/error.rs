//! Why no answer came.

use reqwest::{Method, Url};

/// A request that got no (whole) answer.
#[derive(Debug, thiserror::Error)]
#[error("{method} {url}: {kind}")]
pub struct Error {
    /// The request's method.
    pub method: Method,
    /// The request's address without user, password and query.
    pub url: String,
    /// What went wrong.
    pub kind: ErrorKind,
    /// The library's own word on it.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What went wrong on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    /// The host is unknown or does not accept connections.
    #[error("cannot connect")]
    Connect,
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// The connection ended before the answer did.
    #[error("the connection broke off")]
    Interrupted,
    /// Anything else.
    #[error("the request failed")]
    Other,
}

impl Error {
    /// Maps the library's error, dropping everything of the URL that may hold a secret.
    pub fn from_reqwest(method: &Method, url: Option<&Url>, error: reqwest::Error) -> Self {
        let kind = if error.is_timeout() {
            ErrorKind::Timeout
        } else if error.is_connect() {
            ErrorKind::Connect
        } else if error.is_body() || error.is_decode() || error.is_request() {
            ErrorKind::Interrupted
        } else {
            ErrorKind::Other
        };
        Self {
            method: method.clone(),
            url: url.map(shown).unwrap_or_default(),
            kind,
            source: Some(Box::new(error.without_url())),
        }
    }
}

/// Returns a URL as it may be shown: without user, password, query and fragment.
#[must_use]
pub fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // These fail for URLs that cannot have a user, which then have none to hide.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}
