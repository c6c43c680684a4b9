//! What the stand-in saw: every request, how many at once, and keys sent to where they do not belong.

use serde_json::Value;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// A request as it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// GET, POST, …
    pub method: String,
    /// Below the API prefix if it was under it, else whole.
    pub path: String,
    /// The query string as sent.
    pub query: String,
    /// The request's body as text.
    pub body: String,
    /// The answer's status; 0 if there was none (reset, or the client went away).
    pub status: u16,
    /// Bytes of the answer's body as promised on the wire.
    pub body_bytes: usize,
}

impl Request {
    /// Whether it asks for something to be changed, whatever came of it. Exports and links to downloads are POSTs, too,
    /// and change nothing.
    pub fn is_write(&self) -> bool {
        is_write(&self.method, &self.path)
    }

    /// The request's body; null if it is no JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// Whether such a request asks for something to be changed.
pub(super) fn is_write(method: &str, path: &str) -> bool {
    method != "GET" && !["/export", "/downloadlink"].iter().any(|end| path.ends_with(end))
}

/// A limit on requests over a sliding window (dossier §1.7: 1,000 in 5 minutes). Refused requests do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// How many requests are let through …
    pub requests: usize,
    /// … in any span of this length.
    pub per: Duration,
    /// Whether the 429 says when to come back; the dossier could not confirm it.
    pub retry_after: bool,
}

/// Counters of one stand-in.
#[derive(Default)]
pub(crate) struct Traffic {
    log: Mutex<Vec<Request>>,
    leaks: Mutex<Vec<String>>,
    in_flight: AtomicUsize,
    peak: AtomicUsize,
}

/// A request being answered; it is logged when this is dropped, however that comes about.
pub(crate) struct Visit<'a> {
    traffic: &'a Traffic,
    pub(crate) request: Request,
}

impl Traffic {
    pub(crate) fn enter(&self, request: Request) -> Visit<'_> {
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.peak.fetch_max(now, Ordering::SeqCst);
        Visit { traffic: self, request }
    }

    pub(crate) fn log(&self) -> Vec<Request> {
        self.log.lock().expect("no holder of the log panics").clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.log.lock().expect("no holder of the log panics").len()
    }

    pub(crate) fn clear(&self) {
        self.log.lock().expect("no holder of the log panics").clear();
        self.peak.store(self.in_flight.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    pub(crate) fn peak(&self) -> usize {
        self.peak.load(Ordering::SeqCst)
    }

    pub(crate) fn leak(&self, what: String) {
        self.leaks.lock().expect("no holder of the leaks panics").push(what);
    }

    pub(crate) fn leaks(&self) -> Vec<String> {
        self.leaks.lock().expect("no holder of the leaks panics").clone()
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        self.traffic.in_flight.fetch_sub(1, Ordering::SeqCst);
        if let Ok(mut log) = self.traffic.log.lock() {
            log.push(self.request.clone());
        }
    }
}

/// The requests let through within the last window.
pub(crate) struct Window {
    limit: RateLimit,
    passed: VecDeque<Instant>,
}

impl Window {
    pub(crate) fn new(limit: RateLimit) -> Self {
        Self { limit, passed: VecDeque::new() }
    }

    /// Lets a request pass, or says after how many seconds to come back (if it says so at all).
    pub(crate) fn pass(&mut self, now: Instant) -> Result<(), Option<u64>> {
        while self.passed.front().is_some_and(|first| now.duration_since(*first) >= self.limit.per) {
            self.passed.pop_front();
        }
        if self.passed.len() < self.limit.requests {
            self.passed.push_back(now);
            return Ok(());
        }
        let wait =
            self.passed.front().map_or(self.limit.per, |first| self.limit.per - now.duration_since(*first));
        Err(self.limit.retry_after.then(|| wait.as_secs_f64().ceil() as u64))
    }
}
