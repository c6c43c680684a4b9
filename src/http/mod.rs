//! What every conversation over HTTP needs, whoever is at the other end: one client with its proxies, certificates
//! and timeouts, errors that name method and URL without a secret, and retries.

mod error;

use std::path::PathBuf;
use std::time::Duration;

pub use error::{Error, ErrorKind};
use reqwest::{Method, Url};

/// How the client reaches the network. Everything comes from the door: nothing here reads the environment.
#[derive(Debug, Clone)]
pub struct Options {
    /// Proxy for `https://` addresses (`HTTPS_PROXY`).
    pub https_proxy: Option<String>,
    /// Proxy for `http://` addresses (`HTTP_PROXY`).
    pub http_proxy: Option<String>,
    /// Hosts reached without a proxy (`NO_PROXY`).
    pub no_proxy: Option<String>,
    /// A PEM file of certificates trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long to wait for a whole answer, body included, unless a request says otherwise.
    pub request_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            https_proxy: None,
            http_proxy: None,
            no_proxy: None,
            ca_file: None,
            connect_timeout: Duration::from_secs(15),
            request_timeout: Duration::from_secs(60),
        }
    }
}

/// The one HTTP client of a run. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub struct Transport {
    client: reqwest::Client,
}

impl Transport {
    /// Makes the client. It follows no redirects: a key must not travel to a host that nobody named.
    ///
    /// # Errors
    /// A proxy address that is none, or a certificate file that cannot be read.
    pub fn new(options: &Options) -> Result<Self, Error> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(options.connect_timeout)
            .timeout(options.request_timeout)
            .no_proxy()
            .build()
            .map_err(|error| Error::from_reqwest(&Method::GET, None, error))?;
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
        let (client, request) = request.build_split();
        let request = request.map_err(|error| Error::from_reqwest(&Method::GET, None, error))?;
        let (method, url) = (request.method().clone(), request.url().clone());
        client.execute(request).await.map_err(|error| Error::from_reqwest(&method, Some(&url), error))
    }
}
