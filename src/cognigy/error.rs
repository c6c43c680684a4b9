//! What can go wrong between a question and its answer, and what that says about asking again.

use std::time::Duration;

use reqwest::Method;

use crate::http::{self, Again, Retryable};
use crate::snapshot::InvalidName;

/// A question to the API that got no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No (whole) answer came.
    #[error(transparent)]
    Http(#[from] http::Error),
    /// The server says no.
    #[error(transparent)]
    Status(Box<Status>),
    /// The answer is no JSON and was never meant to be.
    #[error(transparent)]
    NotJson(Box<NotJson>),
    /// The answer says that it is JSON and is none: nearly always one that was cut off on the way.
    #[error("{method} {path}: the answer is broken JSON ({length} bytes)")]
    Malformed {
        /// The request's method.
        method: Method,
        /// The request's path.
        path: String,
        /// How much came.
        length: usize,
        /// Where it breaks.
        source: serde_json::Error,
    },
    /// The answer is JSON, but not what was asked for.
    #[error("{path}: the answer {problem}")]
    Shape {
        /// The request's path.
        path: String,
        /// What is wrong, as the end of a sentence about the answer.
        problem: String,
    },
    /// The pages of a list do not make a list.
    #[error("{path}: {problem}")]
    List {
        /// The list's path.
        path: String,
        /// What is wrong with them.
        problem: ListProblem,
    },
    /// The server sends us elsewhere, where the key must not go.
    #[error(
        "{method} {path}: {status}: the server redirects to {to}, and the key goes nowhere but to the API's own host"
    )]
    Redirect {
        /// The request's method.
        method: Method,
        /// The request's path.
        path: String,
        /// The status.
        status: u16,
        /// The address it names, without user and query.
        to: String,
    },
    /// The key cannot stand in a header.
    #[error("the API key holds characters that no key has (a line break, perhaps)")]
    InvalidKey,
    /// The key would travel in the clear.
    #[error("the API at {host} is not reached by https, and the key would travel in the clear")]
    Insecure {
        /// The host.
        host: String,
    },
    /// An id that cannot stand in a path.
    #[error(transparent)]
    InvalidId(InvalidName),
}

/// An answer with an error status.
#[derive(Debug, thiserror::Error)]
#[error("{method} {path}: {status}{}", self.words())]
pub struct Status {
    /// The request's method.
    pub method: Method,
    /// The request's path.
    pub path: String,
    /// The host asked.
    pub host: String,
    /// Whether the project itself was asked for: the first question of a run, where some statuses mean something else.
    pub of_project: bool,
    /// The HTTP status.
    pub status: u16,
    /// The vendor's own number: 1002 not found, 1004 conflict, ….
    pub code: Option<i64>,
    /// The server's short word.
    pub title: Option<String>,
    /// The server's longer word.
    pub detail: Option<String>,
    /// What the vendor's support asks for.
    pub trace_id: Option<String>,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// Whether a web page came: from a gateway, or because this is no API host.
    pub web_page: bool,
}

/// An answer that is no JSON.
#[derive(Debug, thiserror::Error)]
#[error("{method} {path}: {status}, but {} instead of JSON", self.what())]
pub struct NotJson {
    /// The request's method.
    pub method: Method,
    /// The request's path.
    pub path: String,
    /// The host asked.
    pub host: String,
    /// The HTTP status.
    pub status: u16,
    /// What the answer says that it is.
    pub content_type: Option<String>,
    /// Whether it is a web page: the sign of a base URL that is the user interface's.
    pub looks_like_ui: bool,
    /// The API's host, where the one asked is known to be the user interface's.
    pub suggested_host: Option<String>,
}

/// What is wrong with a list's pages.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListProblem {
    /// A page is empty though there should be more.
    #[error("the list ends after {collected} items, and the server says that there are {total}")]
    EndsEarly {
        /// How many came.
        collected: usize,
        /// How many there are.
        total: usize,
    },
    /// A later page holds only what earlier ones held.
    #[error("after {collected} items the server sends the same ones again")]
    Repeats {
        /// How many came.
        collected: usize,
    },
    /// Somebody kept creating or deleting while the list was read.
    #[error("the list changed each of the {tries} times that it was read")]
    Unsettled {
        /// How many times.
        tries: u32,
    },
    /// There is no end to it.
    #[error("the list has no end: {collected} items so far")]
    Endless {
        /// How many came.
        collected: usize,
    },
}

impl Status {
    /// Returns the server's words as the end of the message.
    fn words(&self) -> String {
        let mut words = String::new();
        for part in [&self.title, &self.detail].into_iter().flatten() {
            if !words.contains(part.as_str()) {
                words += if words.is_empty() { " " } else { ": " };
                words += part;
            }
        }
        if self.web_page && words.is_empty() {
            words += " (a web page)";
        }
        let marks = [
            self.code.map(|code| format!("code {code}")),
            self.trace_id.as_ref().map(|id| format!("trace {id}")),
        ];
        let marks: Vec<_> = marks.into_iter().flatten().collect();
        if !marks.is_empty() {
            words.extend([" (", &marks.join(", "), ")"]);
        }
        words
    }
}

impl NotJson {
    fn what(&self) -> String {
        match &self.content_type {
            _ if self.looks_like_ui => "a web page".to_owned(),
            Some(content_type) => format!("`{content_type}`"),
            None => "something unknown".to_owned(),
        }
    }
}

impl Error {
    /// The status of an answer that the server gave, if it gave one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status(status) => Some(status.status),
            Self::NotJson(answer) => Some(answer.status),
            Self::Redirect { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the server says that there is no such thing.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Status(status) if status.status == 404)
    }

    /// Whether the key is known but may not do this.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Status(status) if status.status == 403)
    }

    /// Whether the key is not accepted.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Status(status) if status.status == 401)
    }

    /// Whether, said about a list, it means that this server does not have the kind at all.
    #[must_use]
    pub fn is_unsupported_list(&self) -> bool {
        matches!(self, Self::Status(status) if matches!(status.status, 400 | 404))
    }
}

impl Retryable for Error {
    fn again(&self) -> Again {
        match self {
            Self::Http(error) if error.is_transient() => Again::Fault { after: None },
            Self::Malformed { .. } => Again::Fault { after: None },
            Self::Status(answer) => match answer.status {
                429 => Again::Throttled { after: answer.retry_after },
                // Not implemented, and no such version of HTTP: neither will be a minute later.
                501 | 505 => Again::Never,
                408 | 500.. => Again::Fault { after: answer.retry_after },
                _ => Again::Never,
            },
            _ => Again::Never,
        }
    }
}
