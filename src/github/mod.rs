//! The GitHub REST API and nothing else: what a run must know of the repository that it writes to, the files of the
//! repository that it belongs to, and releases with what is kept in them.
//!
//! octocrab knows the API; the connection is ours (`wire.rs`), so that proxies, private CAs, timeouts and the one rule
//! about secrets (the token goes to the API's own host and nowhere else) hold here as everywhere.

mod assets;
#[cfg(test)]
mod assets_tests;
mod contents;
#[cfg(test)]
mod contents_tests;
mod error;
mod refusal;
mod releases;
#[cfg(test)]
mod releases_tests;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod tests;
mod wire;

use std::time::Duration;

use octocrab::{Octocrab, OctocrabBuilder};
use reqwest::Url;
use secrecy::SecretString;
use serde::Deserialize;

pub use assets::{Asset, AssetState, MAX_ASSET_BYTES};
pub use contents::{Entry, EntryKind};
pub use error::{Error, Status};
pub use releases::{NewRelease, Release};

use crate::http::{Policy, Transport, with_retries};

/// Who can see a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Those who were given access.
    Private,
    /// Everybody in the enterprise.
    Internal,
}

/// Asks GitHub. Cheap to clone. Must be made inside a tokio runtime.
#[derive(Debug, Clone)]
pub struct GitHub {
    octocrab: Octocrab,
    /// What octocrab stands on, for what is too large for it.
    wire: wire::Wire,
    retry: Policy,
}

/// What a repository says of itself, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Repository {
    /// Absent on servers older than this field.
    visibility: Option<Visibility>,
    private: bool,
}

impl GitHub {
    /// Makes a client of the API at `api_url` (`GITHUB_API_URL`; on an own server it has a path, `/api/v3`).
    ///
    /// # Errors
    /// A token that cannot be sent, or an address that would send it in the clear to another machine.
    pub fn new(transport: Transport, api_url: Url, token: &SecretString) -> Result<Self, Error> {
        let wire = wire::Wire::new(transport, api_url, token)?;
        let built = OctocrabBuilder::new_empty()
            .with_service(wire.clone())
            .with_auth(octocrab::AuthState::None)
            .build();
        let octocrab = match built {
            Ok(octocrab) => octocrab,
            Err(never) => match never {},
        };
        Ok(Self { octocrab, wire, retry: Policy::default() })
    }

    /// Returns the client with another patience.
    #[must_use]
    pub fn with_retry(self, retry: Policy) -> Self {
        Self { retry, ..self }
    }

    /// Returns the client with another patience for files: how long, in the midst of one, neither side may move a byte.
    #[must_use]
    pub fn with_silence(self, silence: Duration) -> Self {
        Self { wire: self.wire.with_silence(silence), ..self }
    }

    /// Asks who can see a repository. What is asked for is never `public` by a misunderstanding: an unknown word is
    /// an error.
    ///
    /// # Errors
    /// The repository cannot be read, or GitHub cannot be reached.
    pub async fn visibility(&self, owner: &str, repository: &str) -> Result<Visibility, Error> {
        let path = format!("/repos/{}/{}", wire::segment(owner)?, wire::segment(repository)?);
        let answer: Repository = with_retries(&self.retry, || self.get(&path)).await?;
        Ok(match (answer.visibility, answer.private) {
            (Some(visibility), _) => visibility,
            (None, true) => Visibility::Private,
            (None, false) => Visibility::Public,
        })
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.octocrab.get(path, None::<&()>).await.map_err(|error| Error::from_octocrab(path, error))
    }
}
