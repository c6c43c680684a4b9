//! Why no answer came: one error, sorted by what a person would do about it.
//!
//! The library nests its reasons four deep and gives most of them no public type. So the kind is found by walking
//! the chain once, here, and only the innermost reason is kept as the cause ("connection refused"), beside a message
//! that names method and address without anything in it that could be a secret.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use reqwest::{Method, Url};

/// A request that got no (whole) answer.
#[derive(Debug, thiserror::Error)]
#[error("{method} {url}: {kind}")]
pub struct Error {
    /// The request's method.
    pub method: Method,
    /// The request's address without user, password, query and fragment.
    pub url: String,
    /// What went wrong.
    pub kind: ErrorKind,
    /// The innermost reason, in the words of whoever gave it.
    #[source]
    pub source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What went wrong on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    /// The host's name leads nowhere.
    #[error("the host's name cannot be resolved")]
    Dns,
    /// The host does not accept connections.
    #[error("cannot connect")]
    Connect,
    /// The host's certificate is not trusted, or no secure connection came about.
    #[error("no trusted secure connection")]
    Tls,
    /// The proxy refused to make the connection, or cannot be reached.
    #[error("the proxy made no connection")]
    Proxy,
    /// No (whole) answer in time.
    #[error("no answer in time")]
    Timeout,
    /// The connection ended before the answer did.
    #[error("the connection broke off")]
    Interrupted,
    /// The answer is longer than anything that could be meant.
    #[error("the answer is too large")]
    TooLarge,
    /// Anything else.
    #[error("the request failed")]
    Other,
}

/// The innermost reason: its words only, so that no type of a library travels with it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Cause(String);

impl Error {
    /// Maps the library's error, dropping everything of the URL that may hold a secret.
    #[must_use]
    pub fn from_reqwest(method: &Method, url: Option<&Url>, error: reqwest::Error) -> Self {
        let error = error.without_url();
        Self {
            method: method.clone(),
            url: url.map(shown).unwrap_or_default(),
            kind: kind_of(&error),
            source: Some(Box::new(Cause(innermost(&error)))),
        }
    }

    /// Makes the error of an answer that passed `limit` bytes.
    #[must_use]
    pub fn too_large(method: &Method, url: &Url, limit: usize) -> Self {
        let cause = Cause(format!("more than {limit} bytes came"));
        Self {
            method: method.clone(),
            url: shown(url),
            kind: ErrorKind::TooLarge,
            source: Some(Box::new(cause)),
        }
    }

    /// Makes the error of a conversation in which nothing moved for `silence`.
    #[must_use]
    pub fn silent(method: &Method, url: &Url, silence: Duration) -> Self {
        let cause = Cause(format!("nothing moved for {} s", silence.as_secs()));
        Self {
            method: method.clone(),
            url: shown(url),
            kind: ErrorKind::Timeout,
            source: Some(Box::new(cause)),
        }
    }

    /// Whether the server surely never saw the request: there was no connection to send it by.
    #[must_use]
    pub fn was_never_sent(&self) -> bool {
        match self.kind {
            ErrorKind::Dns | ErrorKind::Connect | ErrorKind::Proxy => true,
            // A secure connection may also fail after it was made.
            ErrorKind::Tls
            | ErrorKind::Timeout
            | ErrorKind::Interrupted
            | ErrorKind::TooLarge
            | ErrorKind::Other => false,
        }
    }

    /// Whether the same request may well succeed a little later. A name that does not resolve counts: runners lose
    /// their resolver for seconds. A certificate or a proxy's refusal does not mend itself.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.kind {
            ErrorKind::Dns | ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Interrupted => true,
            ErrorKind::Tls | ErrorKind::Proxy | ErrorKind::TooLarge | ErrorKind::Other => false,
        }
    }

    /// What a person could try, the likeliest first.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        let hint = match self.kind {
            ErrorKind::Dns => "check the host's name; behind a proxy, HTTPS_PROXY must be set",
            ErrorKind::Connect => "check host, port and firewall; behind a proxy, HTTPS_PROXY must be set",
            ErrorKind::Tls => {
                "a host with a certificate of a private CA needs that CA's certificate (PEM): give it as the run's \
                 CA file, or point SSL_CERT_FILE to a bundle that has it"
            }
            ErrorKind::Proxy => {
                "check HTTPS_PROXY (address, user, password), and whether NO_PROXY should name this host"
            }
            ErrorKind::Timeout | ErrorKind::Interrupted | ErrorKind::TooLarge | ErrorKind::Other => {
                return vec![];
            }
        };
        vec![hint.to_owned()]
    }
}

/// Sorts the library's error. What has a public type is asked for its type; the rest by its fixed words, which the
/// tests beside this file hold to what the library really says.
fn kind_of(error: &reqwest::Error) -> ErrorKind {
    let mut tls = false;
    let mut named = None;
    for cause in chain(error) {
        tls |= is_tls(cause);
        let words = cause.to_string();
        if words.starts_with("tunnel error") {
            named = Some(ErrorKind::Proxy);
        } else if words.starts_with("dns error") {
            named = Some(ErrorKind::Dns);
        }
    }
    if tls {
        ErrorKind::Tls
    } else if let Some(kind) = named {
        kind
    } else if error.is_timeout() {
        ErrorKind::Timeout
    } else if error.is_connect() {
        ErrorKind::Connect
    } else if error.is_body() || error.is_decode() || error.is_request() {
        ErrorKind::Interrupted
    } else {
        ErrorKind::Other
    }
}

/// Whether a cause is an error of TLS, or an i/o error wraps one, or wraps an i/o error that does: such wrapping is
/// not part of the chain of sources.
fn is_tls(cause: &(dyn StdError + 'static)) -> bool {
    cause.is::<rustls::Error>()
        || cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref).is_some_and(|inner| is_tls(inner))
}

/// Returns the words of the last error of the chain.
fn innermost(error: &reqwest::Error) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_no_part_of_a_url_that_may_be_secret() {
        let url = "https://user:hunter2@api.example:8443/a/b?api_key=hunter2#hunter2".parse().unwrap();
        assert_eq!(shown(&url), "https://api.example:8443/a/b");
    }
}
