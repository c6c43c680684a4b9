//! A store behind git's smart HTTP protocol.
//!
//! A run needs three requests: the advertisement for pushing, which proves the right to push and lists the refs; a
//! fetch of one tip; the push. Here is what they share: the address, the token and its one header, patience with a
//! silent server, retries of what only reads.
//!
//! No redirect is followed: the token goes to the address that was named and to no other.

mod advertisement;
mod fetch;
mod pkt_line;
mod push;
mod refusal;
mod report;
mod status;
mod words;

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderValue, USER_AGENT};
use reqwest::{Method, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::Access;
use super::error::Problem;
use super::location;
use crate::http::{Policy, Pulse, Transport, WHOLE_REQUEST, with_retries};
use advertisement::{Advertisement, Capabilities};
pub(super) use fetch::Wanted;
use pkt_line::Packets;
use status::Asked;
use words::Words;

/// How patient a conversation is.
#[derive(Debug, Clone)]
pub(super) struct Patience {
    /// How long the server may be silent. git's own sends a sign of life every five seconds while it works.
    pub(super) silence: Duration,
    /// How often to try again.
    pub(super) retries: Policy,
}

impl Default for Patience {
    fn default() -> Self {
        let retries = Policy { tries: 3, total: Duration::from_secs(5 * 60), ..Policy::default() };
        Self { silence: Duration::from_secs(60), retries }
    }
}

/// Some servers tell git from a browser by this word.
const AGENT: &str = concat!("git/2.0 (cognigy-backup ", env!("CARGO_PKG_VERSION"), ")");

/// One of git's two services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// For fetching.
    UploadPack,
    /// For pushing.
    ReceivePack,
}

impl Service {
    fn name(self) -> &'static str {
        match self {
            Self::UploadPack => "git-upload-pack",
            Self::ReceivePack => "git-receive-pack",
        }
    }
}

impl From<Access> for Service {
    fn from(access: Access) -> Self {
        match access {
            Access::Read => Self::UploadPack,
            Access::Write => Self::ReceivePack,
        }
    }
}

/// The server's side of a store.
pub(super) struct Remote {
    transport: Transport,
    base: String,
    authorization: Option<HeaderValue>,
    words: Words,
    patience: Patience,
    service: Service,
    pub(super) capabilities: Capabilities,
}

impl Remote {
    /// Prepares a conversation; nothing is sent.
    pub(super) fn new(
        url: &Url,
        transport: &Transport,
        token: Option<&SecretString>,
        access: Access,
        patience: Patience,
    ) -> Result<Self, Problem> {
        if token.is_some() && !location::keeps_secrets(url) {
            return Err(Problem::Insecure);
        }
        let authorization = token.map(|token| {
            let pair = format!("x-access-token:{}", token.expose_secret());
            let mut value = HeaderValue::try_from(format!("Basic {}", BASE64_STANDARD.encode(pair)))
                .expect("base64 can stand in a header");
            value.set_sensitive(true);
            value
        });
        Ok(Self {
            transport: transport.clone(),
            base: crate::http::shown(url).trim_end_matches('/').to_owned(),
            authorization,
            words: Words::without(token),
            patience,
            service: access.into(),
            capabilities: Capabilities::default(),
        })
    }

    /// Whether several refs move all or none.
    pub(super) fn is_atomic(&self) -> bool {
        self.capabilities.has("atomic")
    }

    /// Asks for refs and capabilities; for writing, this is refused where pushing would be.
    pub(super) async fn advertise(&mut self) -> Result<Advertisement, Problem> {
        let seen = with_retries(&self.patience.retries, || self.try_advertise(self.service)).await?;
        self.capabilities = seen.capabilities.clone();
        Ok(seen)
    }

    async fn try_advertise(&self, service: Service) -> Result<Advertisement, Problem> {
        let path = format!("info/refs?service={}", service.name());
        let request = self.request(Method::GET, &path)?;
        let pulse = Pulse::default();
        let response = self.send(request, service, "advertisement", "listing the refs", &pulse).await?;
        let mut packets = Packets::new(response, self.patience.silence, Method::GET, "listing the refs");
        let seen = advertisement::read(&mut packets, service).await;
        seen.map_err(|problem| self.clean(problem))
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, Problem> {
        let url = format!("{}/{path}", self.base).parse::<Url>();
        let url = url.map_err(|error| Problem::Protocol { found: error.to_string() })?;
        let mut request =
            self.transport.request(method, url).header(USER_AGENT, AGENT).timeout(WHOLE_REQUEST);
        if let Some(value) = &self.authorization {
            request = request.header(AUTHORIZATION, value.clone());
        }
        Ok(request)
    }

    fn post(&self, service: Service) -> Result<RequestBuilder, Problem> {
        let kind = |part: &str| format!("application/x-{}-{part}", service.name());
        let request = self.request(Method::POST, service.name())?;
        Ok(request.header("Content-Type", kind("request")).header("Accept", kind("result")))
    }

    /// Sends a request and lets only git's own answer through. While a body is being sent, `pulse` counts its pieces:
    /// silence is when neither side says anything.
    async fn send(
        &self,
        request: RequestBuilder,
        service: Service,
        part: &'static str,
        doing: &'static str,
        pulse: &Pulse,
    ) -> Result<Response, Problem> {
        let silence = self.patience.silence;
        let Some(answer) = pulse.watch(silence, self.transport.send(request)).await else {
            return Err(Problem::Silent { doing, seconds: silence.as_secs() });
        };
        let response = answer.map_err(Problem::Wire)?;
        let with_token = self.authorization.is_some();
        status::check(response, Asked { service, part, with_token, words: &self.words }).await
    }

    /// Cleans what came from the server's text.
    fn clean(&self, problem: Problem) -> Problem {
        match problem {
            Problem::Fatal { message } => Problem::Fatal { message: self.words.clean(&message) },
            Problem::ObjectFormat { format } => Problem::ObjectFormat { format: self.words.clean(&format) },
            other => other,
        }
    }
}
