//! octocrab's requests over our own client, and the few that octocrab cannot make.
//!
//! octocrab is made of tower services; this is the innermost one. It completes the address, adds the token where it
//! belongs, sends, and reads the answer whole. The files of a release are too large for that: they pass by octocrab in
//! pieces, and their answers come back to it to be understood.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ::http::header::{AUTHORIZATION, HOST, HeaderValue};
use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use octocrab::{FromResponse, OctoBody};
use reqwest::{Method, RequestBuilder, Response, Url};
use secrecy::{ExposeSecret, SecretString};
use tower::{BoxError, Service};

use super::Error;
use crate::http::{self, Pulse, Transport, is_this_machine, read_body};

/// No answer of the API that we ask for comes near.
const MAX_ANSWER: usize = 64 << 20;

/// How long neither side may move a byte of a file. GitHub stores what it was given before it answers.
const SILENCE: Duration = Duration::from_secs(120);

/// The innermost service.
#[derive(Debug, Clone)]
pub(super) struct Wire {
    shared: Arc<Shared>,
    silence: Duration,
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
        Ok(Self { shared: Arc::new(Shared { transport, api, token }), silence: SILENCE })
    }

    pub(super) fn with_silence(self, silence: Duration) -> Self {
        Self { silence, ..self }
    }

    /// How long neither side may move a byte.
    pub(super) fn silence(&self) -> Duration {
        self.silence
    }

    /// Begins a request to the API itself, with the token; `path` is below the API's address.
    pub(super) fn ask(&self, method: Method, path: &str) -> Result<RequestBuilder, Error> {
        let shape = |error: BoxError| Error::Shape { path: path.to_owned(), reason: error.to_string() };
        let uri = path.parse::<::http::Uri>().map_err(|error| shape(error.into()))?;
        Ok(self.shared.with_token(method, self.shared.address(&uri).map_err(shape)?))
    }

    /// Begins an upload to the address that the API gave for it, with the token.
    pub(super) fn upload(&self, url: Url) -> Result<RequestBuilder, Error> {
        if !takes_uploads(&self.shared.api, &url) {
            return Err(Error::ForeignUpload { host: url.host_str().unwrap_or_default().to_owned() });
        }
        Ok(self.shared.with_token(Method::POST, url))
    }

    /// Begins a request to wherever the API sent us, **without** the token. Nothing in the clear, but on this machine.
    pub(super) fn elsewhere(&self, url: Url) -> Result<RequestBuilder, Error> {
        if url.scheme() != "https" && !is_this_machine(&url) {
            return Err(Error::InsecureLink { host: url.host_str().unwrap_or_default().to_owned() });
        }
        Ok(self.shared.transport.request(Method::GET, url))
    }

    /// Sends such a request; its body may take any time as long as `pulse` beats.
    pub(super) async fn send(&self, request: RequestBuilder, pulse: &Pulse) -> Result<Response, Error> {
        Ok(self.shared.transport.send_patiently(request, self.silence, pulse).await?)
    }

    /// Reads the answer to such a request as octocrab would have: what GitHub says no to is an error.
    pub(super) async fn understood<T: FromResponse>(
        &self,
        method: &Method,
        answer: Response,
    ) -> Result<T, Error> {
        let (url, status, headers) = (answer.url().clone(), answer.status(), answer.headers().clone());
        let body = tokio::time::timeout(self.silence, read_body(method, answer, MAX_ANSWER)).await;
        let body = body.unwrap_or_else(|_| Err(http::Error::silent(method, &url, self.silence)))?;
        let body = Full::new(body).map_err(|never| match never {}).boxed();
        let mut response: ::http::Response<BoxBody<Bytes, octocrab::Error>> = ::http::Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        parsed(url.path(), response).await
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
        let sending = if url.origin() == self.api.origin() {
            self.with_token(head.method.clone(), url)
        } else {
            self.transport.request(head.method.clone(), url)
        };
        let mut sending = sending.headers(head.headers);
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

    fn with_token(&self, method: Method, url: Url) -> RequestBuilder {
        self.transport.request(method, url).header(AUTHORIZATION, self.token.clone())
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

/// Whether the token may go with a file to `url`, which the API at `api` gave as the place for uploads.
///
/// The API has the token already, so its word would do, were it never wrong: a proxy that rewrites answers, or a bug,
/// must not be able to send the token to a third host. GitHub has three layouts. An own server takes uploads below the
/// API's own origin (`HOST/api/v3`, `HOST/api/uploads`). github.com and the tenants of ghe.com have a host beside the
/// API's, `uploads.` for `api.`, in a domain that is GitHub's alone.
fn takes_uploads(api: &Url, url: &Url) -> bool {
    let beside = || {
        let domain = api.host_str()?.strip_prefix("api.")?;
        let github = domain == "github.com"
            || domain.strip_suffix(".ghe.com").is_some_and(|tenant| !tenant.contains('.'));
        let same =
            (api.scheme(), api.port()) == ("https", None) && (url.scheme(), url.port()) == ("https", None);
        Some(github && same && url.host_str()?.strip_prefix("uploads.")? == domain)
    };
    url.origin() == api.origin() || beside().unwrap_or(false)
}

/// Reads an answer as `T`, or as the refusal that it is.
pub(super) async fn parsed<T: FromResponse>(
    path: &str,
    response: ::http::Response<BoxBody<Bytes, octocrab::Error>>,
) -> Result<T, Error> {
    let read = async { T::from_response(octocrab::map_github_error(response).await?).await };
    read.await.map_err(|error| Error::from_octocrab(path, error))
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

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::github("https://api.github.com", "https://uploads.github.com/repos/o/r/releases/1/assets", true)]
    #[case::github_itself("https://api.github.com", "https://api.github.com/x", true)]
    #[case::tenant("https://api.octo.ghe.com", "https://uploads.octo.ghe.com/x", true)]
    #[case::own_server("https://git.corp.example/api/v3", "https://git.corp.example/api/uploads/x", true)]
    #[case::here("http://127.0.0.1:8080", "http://127.0.0.1:8080/x", true)]
    #[case::here_other_port("http://127.0.0.1:8080", "http://127.0.0.1:8081/x", false)]
    #[case::other_tenant("https://api.octo.ghe.com", "https://uploads.other.ghe.com/x", false)]
    #[case::tenant_of_a_tenant("https://api.a.b.ghe.com", "https://uploads.a.b.ghe.com/x", false)]
    #[case::in_the_clear("https://api.github.com", "http://uploads.github.com/x", false)]
    #[case::other_port("https://api.github.com", "https://uploads.github.com:8443/x", false)]
    #[case::suffix("https://api.github.com", "https://uploads.github.com.evil.example/x", false)]
    #[case::user("https://api.github.com", "https://uploads.github.com@evil.example/x", false)]
    #[case::sibling_elsewhere("https://api.corp.example", "https://uploads.corp.example/x", false)]
    #[case::elsewhere("https://git.corp.example/api/v3", "https://uploads.github.com/x", false)]
    fn the_token_goes_to_github_s_uploads_only(#[case] api: &str, #[case] url: &str, #[case] goes: bool) {
        assert_eq!(takes_uploads(&api.parse().unwrap(), &url.parse().unwrap()), goes);
    }
}
