//! octocrab's requests over our own client.
//!
//! octocrab is made of tower services; this is the innermost one. It completes the address, adds the token where it
//! belongs, sends, and reads the answer whole.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use ::http::header::{AUTHORIZATION, HOST, HeaderValue};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use octocrab::OctoBody;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use tower::{BoxError, Service};

use super::Error;
use crate::http::{Transport, is_this_machine, read_body};

/// No answer of the API that we ask for comes near.
const MAX_ANSWER: usize = 64 << 20;

/// The innermost service.
#[derive(Debug, Clone)]
pub(super) struct Wire {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    transport: Transport,
    api: Url,
    /// The token as it travels, marked so that no log of a library shows it.
    token: HeaderValue,
}

impl Wire {
    pub(super) fn new(transport: Transport, api: Url, token: &SecretString) -> Result<Self, Error> {
        let host = api.host_str().unwrap_or_default();
        if api.scheme() != "https" && !is_this_machine(&api) {
            return Err(Error::Insecure { host: host.to_owned() });
        }
        let mut token = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
            .map_err(|_| Error::InvalidToken)?;
        token.set_sensitive(true);
        Ok(Self { shared: Arc::new(Shared { transport, api, token }) })
    }
}

impl Service<::http::Request<OctoBody>> for Wire {
    type Response = ::http::Response<Full<Bytes>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: ::http::Request<OctoBody>) -> Self::Future {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move { shared.exchange(request).await })
    }
}

impl Shared {
    async fn exchange(
        &self,
        request: ::http::Request<OctoBody>,
    ) -> Result<::http::Response<Full<Bytes>>, BoxError> {
        let (mut head, body) = request.into_parts();
        let url = self.address(&head.uri)?;
        let body = body.collect().await?.to_bytes();
        head.headers.remove(HOST);
        let mut sending = self.transport.request(head.method.clone(), url.clone()).headers(head.headers);
        if url.origin() == self.api.origin() {
            sending = sending.header(AUTHORIZATION, self.token.clone());
        }
        if !body.is_empty() {
            sending = sending.body(body);
        }
        let answer = self.transport.send(sending).await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = read_body(&head.method, answer, MAX_ANSWER).await?;
        let mut response = ::http::Response::new(Full::new(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }

    /// Completes a path to an address below the API's; an address that is whole stays as it is.
    fn address(&self, uri: &::http::Uri) -> Result<Url, BoxError> {
        if uri.scheme().is_some() {
            return Ok(uri.to_string().parse()?);
        }
        let base = self.api.as_str().trim_end_matches('/');
        Ok(format!("{base}{uri}").parse()?)
    }
}

/// Returns a name of an owner or a repository as it may stand in a path.
pub(super) fn segment(name: &str) -> Result<&str, Error> {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if plain && !matches!(name, "" | "." | "..") {
        Ok(name)
    } else {
        Err(Error::InvalidName(name.to_owned()))
    }
}

/// Returns a text as it may stand in a segment of a path, or in a query: every byte that could mean something there
/// becomes `%XX`.
pub(super) fn encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~');
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
