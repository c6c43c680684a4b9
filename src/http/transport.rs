//! The one client of a run, for Cognigy, GitHub and git alike.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::{Method, Url};

use super::{Error, InvalidOptions, Options, Pulse, WHOLE_REQUEST};

/// How the program calls itself to servers.
const USER_AGENT: &str = concat!("cognigy-backup/", env!("CARGO_PKG_VERSION"));

/// The one HTTP client of a run. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub struct Transport {
    client: reqwest::Client,
}

impl Transport {
    /// Makes the client. It follows no redirects: a key must not travel to a host that nobody named.
    ///
    /// # Errors
    /// A proxy address that is none, a CA file that cannot be used, or no certificates to trust at all.
    pub fn new(options: &Options) -> Result<Self, InvalidOptions> {
        // Once for the process; a second call finds the first one's and that is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .gzip(true)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(options.connect_timeout)
            .timeout(options.request_timeout)
            .no_proxy();
        for proxy in options.proxies()? {
            client = client.proxy(proxy);
        }
        let certificates = options.certificates()?;
        if !certificates.is_empty() {
            client = client.tls_certs_merge(certificates);
        }
        let client = client.build().map_err(|error| InvalidOptions::Client { reason: reason(&error) })?;
        Ok(Self { client })
    }

    /// Begins a request. Set headers and body on it, then [`Transport::send`] it.
    pub fn request(&self, method: Method, url: Url) -> reqwest::RequestBuilder {
        self.client.request(method, url)
    }

    /// Sends a request once and returns the answer's head; its body is read by the caller.
    ///
    /// # Errors
    /// Whatever keeps an answer from coming. Any status is an answer.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, Error> {
        let (client, request) = built(request)?;
        let (method, url) = (request.method().clone(), request.url().clone());
        client.execute(request).await.map_err(|error| Error::from_reqwest(&method, Some(&url), error))
    }

    /// Like [`Transport::send`], for bodies that may take any time: as long as, in each `silence`, `pulse` beats or the
    /// answer's head comes. Its body is then read with [`next_piece`].
    ///
    /// # Errors
    /// As there; silence is a timeout.
    pub async fn send_patiently(
        &self,
        request: reqwest::RequestBuilder,
        silence: Duration,
        pulse: &Pulse,
    ) -> Result<reqwest::Response, Error> {
        let (client, request) = built(request.timeout(WHOLE_REQUEST))?;
        let (method, url) = (request.method().clone(), request.url().clone());
        match pulse.watch(silence, client.execute(request)).await {
            Some(answer) => answer.map_err(|error| Error::from_reqwest(&method, Some(&url), error)),
            None => Err(Error::silent(&method, &url, silence)),
        }
    }
}

/// Reads the next piece of an answer's body, or nothing at its end.
///
/// # Errors
/// The connection broke off, or nothing came for `silence`.
pub async fn next_piece(
    method: &Method,
    answer: &mut reqwest::Response,
    silence: Duration,
) -> Result<Option<Bytes>, Error> {
    match tokio::time::timeout(silence, answer.chunk()).await {
        Ok(piece) => piece.map_err(|error| Error::from_reqwest(method, Some(answer.url()), error)),
        Err(_) => Err(Error::silent(method, answer.url(), silence)),
    }
}

/// Reads an answer's body whole, after decompression at most `limit` bytes: an answer without end must not take the
/// runner's memory with it.
///
/// # Errors
/// The connection broke off, the time ran out, or the limit was passed.
pub async fn read_body(method: &Method, mut answer: reqwest::Response, limit: usize) -> Result<Bytes, Error> {
    let url = answer.url().clone();
    let mut body = BytesMut::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > limit => {
                return Err(Error::too_large(method, &url, limit));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body.freeze()),
            Err(error) => return Err(Error::from_reqwest(method, Some(&url), error)),
        }
    }
}

fn built(request: reqwest::RequestBuilder) -> Result<(reqwest::Client, reqwest::Request), Error> {
    let (client, request) = request.build_split();
    Ok((client, request.map_err(|error| Error::from_reqwest(&Method::GET, None, error))?))
}

fn reason(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
