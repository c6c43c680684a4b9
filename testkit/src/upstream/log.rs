//! What was asked of the upstream, kept while it is being answered.

use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::header;
use axum::http::request::Parts;

/// One request as the upstream saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: String,
    /// The path asked for, with owner and repository.
    pub path: String,
    /// What stood behind the `?`, or nothing.
    pub query: String,
    /// The `Git-Protocol` header, such as `version=2`.
    pub git_protocol: Option<String>,
    /// The `Content-Encoding` header.
    pub content_encoding: Option<String>,
    /// The status answered; 0 while there is none (a connection that hangs or was reset).
    pub status: u16,
    /// Bytes of the body as they came over the wire.
    pub request_bytes: u64,
    /// Bytes of the body that git answered.
    pub response_bytes: u64,
    /// Whether an `Authorization` header came along, right or wrong.
    pub authorization_present: bool,
}

/// A request in the making: the counters go up while bodies stream.
pub(crate) struct Entry {
    seen: Request,
    complaints: Arc<Mutex<String>>,
    pub(crate) status: AtomicU16,
    pub(crate) request_bytes: AtomicU64,
    pub(crate) response_bytes: AtomicU64,
}

impl Entry {
    /// Keeps what git wrote to standard error.
    pub(crate) fn complain(&self, said: &str) {
        lock(&self.complaints).push_str(said);
    }
}

/// All requests since the start, and all that git said to nobody.
#[derive(Default)]
pub(crate) struct Log {
    entries: Mutex<Vec<Arc<Entry>>>,
    complaints: Arc<Mutex<String>>,
}

impl Log {
    /// Opens an entry for a request.
    pub(crate) fn open(&self, parts: &Parts) -> Arc<Entry> {
        let field =
            |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let seen = Request {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            git_protocol: field("git-protocol"),
            content_encoding: field("content-encoding"),
            status: 0,
            request_bytes: 0,
            response_bytes: 0,
            authorization_present: parts.headers.contains_key(header::AUTHORIZATION),
        };
        let entry = Arc::new(Entry {
            seen,
            complaints: Arc::clone(&self.complaints),
            status: AtomicU16::new(0),
            request_bytes: AtomicU64::new(0),
            response_bytes: AtomicU64::new(0),
        });
        lock(&self.entries).push(Arc::clone(&entry));
        entry
    }

    /// The requests so far, in the order they came.
    pub(crate) fn requests(&self) -> Vec<Request> {
        lock(&self.entries)
            .iter()
            .map(|entry| Request {
                status: entry.status.load(Ordering::SeqCst),
                request_bytes: entry.request_bytes.load(Ordering::SeqCst),
                response_bytes: entry.response_bytes.load(Ordering::SeqCst),
                ..entry.seen.clone()
            })
            .collect()
    }

    /// What git wrote to standard error so far.
    pub(crate) fn complaints(&self) -> String {
        lock(&self.complaints).clone()
    }
}

/// A lock that a panicking test thread cannot take from the others.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
