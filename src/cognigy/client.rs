//! Asking the API: one question at a time, with the key, the limits and the patience that all questions share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ::http::HeaderValue;
use ::http::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::answer::Answer;
use super::{Error, default_window};
use crate::http::{
    Again, Policy, Pool, Retryable, Transport, is_this_machine, read_body, with_retries_noting,
};
use crate::snapshot::{InvalidName, ProjectId};

/// The vendor's own client and every documented call use this prefix; the plain `/v2.0` fails on some versions.
const PREFIX: [&str; 2] = ["new", "v2.0"];

/// What a client may take of the server and of this machine.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The host's pool: clients of several projects on one host share it.
    pub pool: Pool,
    /// How often and how patiently to ask again.
    pub retry: Policy,
    /// How long one answer may take, from the first byte of the question to the last of the answer.
    pub request_timeout: Duration,
    /// The same for an export, which the server makes while we wait.
    pub export_timeout: Duration,
    /// How large one answer may be, in bytes.
    pub max_answer: usize,
}

impl Limits {
    /// Returns what suits a host unless told otherwise: 16 requests at a time, and its window where it has one.
    #[must_use]
    pub fn for_host(host: &str) -> Self {
        Self {
            pool: Pool::new(16, default_window(host)),
            retry: Policy::default(),
            request_timeout: Duration::from_secs(60),
            export_timeout: Duration::from_secs(180),
            max_answer: 256 << 20,
        }
    }
}

/// What a client has used so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests sent, retries included.
    pub requests: u64,
    /// How many of them were asked again because of a fault.
    pub faults: u64,
    /// How many were asked again because the server said "too many".
    pub throttled: u64,
    /// In how many answers half a character was replaced by U+FFFD.
    pub mended: u64,
}

/// Reads and writes one project. Cheap to clone; clones share limits and counts.
#[derive(Debug, Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    transport: Transport,
    base: Url,
    key: SecretString,
    /// The key as it travels, marked so that no log of a library shows it.
    header: HeaderValue,
    project: ProjectId,
    limits: Limits,
    requests: AtomicU64,
    faults: AtomicU64,
    throttled: AtomicU64,
    mended: AtomicU64,
}

/// One question.
pub(super) struct Question {
    method: Method,
    url: Url,
    body: Option<Vec<u8>>,
    media_type: HeaderValue,
    timeout: Duration,
    tries: u32,
    of_project: bool,
    /// Whether it is answered by doing it, with or without a word.
    writes: bool,
}

impl Client {
    /// Makes a client for one project behind `base`, `https://host[:port][/path]`.
    ///
    /// # Errors
    /// A key that cannot be sent, or a base that would send it in the clear to another machine.
    pub fn new(
        transport: Transport,
        base: Url,
        key: SecretString,
        project: ProjectId,
        limits: Limits,
    ) -> Result<Self, Error> {
        if base.scheme() != "https" && !is_this_machine(&base) {
            return Err(Error::Insecure { host: base.host_str().unwrap_or_default().to_owned() });
        }
        let mut header = HeaderValue::from_str(key.expose_secret()).map_err(|_| Error::InvalidKey)?;
        header.set_sensitive(true);
        let shared = Shared {
            transport,
            base,
            key,
            header,
            project,
            limits,
            requests: AtomicU64::new(0),
            faults: AtomicU64::new(0),
            throttled: AtomicU64::new(0),
            mended: AtomicU64::new(0),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Returns the project's id.
    #[must_use]
    pub fn project_id(&self) -> &ProjectId {
        &self.shared.project
    }

    /// Returns how many requests were sent, retries included.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.usage().requests
    }

    /// Returns what was used so far.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let shared = &self.shared;
        Usage {
            requests: shared.requests.load(Ordering::Relaxed),
            faults: shared.faults.load(Ordering::Relaxed),
            throttled: shared.throttled.load(Ordering::Relaxed),
            mended: shared.mended.load(Ordering::Relaxed),
        }
    }

    /// Begins a question to `path` below the prefix. Each segment is encoded, so that nothing in an id can lead
    /// elsewhere.
    pub(super) fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Question, Error> {
        let mut url = self.shared.base.clone();
        for segment in path {
            // The URL library leaves these out without a word, and the question would become another one.
            if matches!(*segment, "" | "." | "..") {
                return Err(Error::InvalidId(InvalidName {
                    what: "the id",
                    found: (*segment).to_owned(),
                    rule: "an id that the server gives must be able to stand in a path",
                }));
            }
        }
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(PREFIX).extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let limits = &self.shared.limits;
        Ok(Question {
            method: Method::GET,
            url,
            body: None,
            media_type: HeaderValue::from_static("application/json"),
            timeout: limits.request_timeout,
            tries: limits.retry.tries,
            of_project: false,
            writes: false,
        })
    }

    /// Begins a write.
    pub(super) fn write(
        &self,
        method: Method,
        path: &[&str],
        body: Option<Vec<u8>>,
        media_type: HeaderValue,
    ) -> Result<Question, Error> {
        let question = self.get(path, &[])?;
        Ok(Question { method, body, media_type, writes: true, ..question })
    }

    /// Begins an export: a read by its nature, a POST by its form, so it may be asked again like any other read.
    pub(super) fn export(&self, path: &[&str], body: &Value) -> Result<Question, Error> {
        let question = self.get(path, &[])?;
        let timeout = self.shared.limits.export_timeout;
        Ok(Question { method: Method::POST, body: Some(body.to_string().into_bytes()), timeout, ..question })
    }

    /// Asks until there is an answer or the patience ends.
    pub(super) async fn ask(&self, question: &Question) -> Result<Value, Error> {
        self.retrying(question, || self.ask_once(question)).await
    }

    /// Does `attempt` until it succeeds or the patience ends, and counts what kept it from succeeding.
    pub(super) async fn retrying<E: Retryable, F: Future<Output = Result<Value, E>>>(
        &self,
        question: &Question,
        attempt: impl FnMut() -> F,
    ) -> Result<Value, E> {
        let shared = &self.shared;
        let policy = Policy { tries: question.tries, ..shared.limits.retry.clone() };
        let note = |error: &E, pause| {
            if let Again::Throttled { .. } = error.again() {
                shared.throttled.fetch_add(1, Ordering::Relaxed);
                shared.limits.pool.pause(pause);
            } else {
                shared.faults.fetch_add(1, Ordering::Relaxed);
            }
        };
        with_retries_noting(&policy, note, attempt).await
    }

    pub(super) async fn ask_once(&self, question: &Question) -> Result<Value, Error> {
        let shared = &self.shared;
        let permit = shared.limits.pool.start().await;
        shared.requests.fetch_add(1, Ordering::Relaxed);
        let mut request = shared
            .transport
            .request(question.method.clone(), question.url.clone())
            .header("X-API-Key", shared.header.clone())
            // Without it some versions answer in another dialect (HAL), and lists come back empty.
            .header(ACCEPT, "application/json")
            .timeout(question.timeout);
        // A GET never has one: the vendor's gateway answers 403 to a GET with a body.
        if let Some(body) = &question.body {
            request = request.header(CONTENT_TYPE, question.media_type.clone()).body(body.clone());
        }
        let answer = shared.transport.send(request).await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = read_body(&question.method, answer, shared.limits.max_answer).await?;
        drop(permit);
        let answer = Answer {
            method: &question.method,
            url: &question.url,
            status,
            headers: &headers,
            body,
            key: &shared.key,
            of_project: question.of_project,
            mended: &shared.mended,
        };
        if question.writes { answer.done() } else { answer.json() }
    }
}

impl Question {
    /// Marks the question for the project itself. Few tries: a wrong key is a 500 on some versions, and a person who
    /// mistyped it should not wait for us to believe that.
    pub(super) fn of_project(mut self) -> Self {
        self.of_project = true;
        self.tries = self.tries.min(3);
        self
    }

    /// Asks only once: who needs the answer can do without.
    pub(super) fn once(mut self) -> Self {
        self.tries = 1;
        self
    }

    /// Returns the path asked.
    pub(super) fn path(&self) -> String {
        self.url.path().to_owned()
    }

    /// Returns the same question about another page of a list.
    pub(super) fn page(&self, limit: usize, skip: usize) -> Self {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("limit", &limit.to_string()).append_pair("skip", &skip.to_string());
        let (method, body, media_type) = (self.method.clone(), self.body.clone(), self.media_type.clone());
        Self { url, method, body, media_type, ..*self }
    }
}
