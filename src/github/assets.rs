//! The files of a release: GitHub's release assets API (docs.github.com/rest/releases/assets).
//!
//! Files may have two gigabytes, so they go from and to the disk in pieces. Two hosts beside the API take part: files
//! are sent to the one that the release names, with the token, which is why it is looked at closely (`wire.rs`); and they
//! are fetched from a storage that the API links to, which must not see the token.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Body, Method, Response, StatusCode, Url};
use serde::Deserialize;

use super::error::Unrepeatable;
use super::releases::of_repository;
use super::{Error, GitHub, Release, wire};
use crate::http::{Pulse, next_piece, with_retries};

/// GitHub takes no larger file in a release: 2 GiB, in bytes.
pub const MAX_ASSET_BYTES: u64 = 2 << 30;

const JSON: HeaderValue = HeaderValue::from_static("application/vnd.github+json");
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");
/// The bytes as they are: what is stored may itself be compressed.
const AS_IT_IS: HeaderValue = HeaderValue::from_static("identity");

/// What is read from a file at once.
const PIECE: usize = 64 << 10;
/// How often a link to a file may lead on. GitHub's storage answers the first.
const MOST_LINKS: usize = 3;

/// A file of a release.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Asset {
    /// GitHub's number of it.
    pub id: u64,
    /// Its name. GitHub puts dots where it does not like a character, so it may differ from what was asked for.
    pub name: String,
    /// Whether it is there whole.
    pub state: AssetState,
    /// Its size in bytes.
    pub size: u64,
    /// `sha256:` and 64 hex digits of what GitHub stored. Absent on servers older than mid-2025, and for older files.
    pub digest: Option<String>,
}

/// Whether a file is there whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AssetState {
    /// It is.
    Uploaded,
    /// Anything else: `starter`, what an upload that broke leaves behind, or `open`. It holds the name, so it has to be
    /// deleted before another upload.
    #[serde(other)]
    Unfinished,
}

impl GitHub {
    /// Uploads a file of `bytes` bytes to a release that is a draft, or not immutable (`POST` to its
    /// [`Release::upload_url`]). It is sent once: where no answer came ([`Error::may_have_happened`]), the file may be
    /// there, whole or as [`AssetState::Unfinished`]. Only where GitHub said "later" it is sent again, from its beginning.
    /// The caller compares [`Asset::name`], [`Asset::size`] and [`Asset::digest`] with what it sent.
    ///
    /// # Errors
    /// [`Error::AssetExists`], where a file of this name has to be deleted first, whole or not;
    /// [`Error::AssetTooLarge`], [`Error::Immutable`], [`Error::ForeignUpload`]; the file cannot be read or has not
    /// `bytes` bytes; the token may not write; GitHub cannot be reached, or its limit stays shut.
    pub async fn upload_asset(
        &self,
        release: &Release,
        name: &str,
        content_type: &str,
        path: &Path,
        bytes: u64,
    ) -> Result<Asset, Error> {
        if bytes > MAX_ASSET_BYTES {
            return Err(Error::AssetTooLarge { name: name.to_owned(), bytes });
        }
        let url = upload_url(release, name)?;
        let upload = with_retries(&self.retry, || async {
            self.try_upload(&url, content_type, path, bytes).await.map_err(Unrepeatable)
        });
        upload.await.map_err(|Unrepeatable(error)| error.of_asset(name, bytes))
    }

    /// Asks what a file of a release is (`GET /repos/{owner}/{repo}/releases/assets/{id}`).
    ///
    /// # Errors
    /// There is none of this number; GitHub cannot be reached.
    pub async fn asset(&self, owner: &str, repository: &str, id: u64) -> Result<Asset, Error> {
        let path = of_asset(owner, repository, id)?;
        with_retries(&self.retry, || self.get(&path)).await
    }

    /// Deletes a file of a release (`DELETE /repos/{owner}/{repo}/releases/assets/{id}`); one that is not there is
    /// deleted.
    ///
    /// # Errors
    /// [`Error::Immutable`]; the token may not write; GitHub cannot be reached, or its limit stays shut.
    pub async fn delete_asset(&self, owner: &str, repository: &str, id: u64) -> Result<(), Error> {
        self.delete(&of_asset(owner, repository, id)?).await
    }

    /// Writes a file of a release to `to`, in place of what is there, and returns its size in bytes
    /// (`GET /repos/{owner}/{repo}/releases/assets/{id}` as `application/octet-stream`). Neither size nor digest is
    /// compared with anything. After an error nothing is at `to`.
    ///
    /// # Errors
    /// There is none of this number; its storage does not give it; `to` cannot be written; GitHub cannot be reached.
    pub async fn download_asset(
        &self,
        owner: &str,
        repository: &str,
        id: u64,
        to: &Path,
    ) -> Result<u64, Error> {
        let path = of_asset(owner, repository, id)?;
        let written = with_retries(&self.retry, || self.try_download(&path, to)).await;
        if written.is_err() {
            // It may not have come to a file.
            let _ = std::fs::remove_file(to);
        }
        written
    }

    async fn try_upload(
        &self,
        url: &Url,
        content_type: &str,
        path: &Path,
        bytes: u64,
    ) -> Result<Asset, Error> {
        let pulse = Pulse::default();
        let sent = pulse.clone();
        let body = stream::iter(Pieces::of(path, bytes)?).inspect(move |_| sent.beat());
        // With its length: GitHub takes no upload in chunks.
        let request = self.wire.upload(url.clone())?.header(ACCEPT, JSON).header(CONTENT_LENGTH, bytes);
        let request = request.header(CONTENT_TYPE, content_type).body(Body::wrap_stream(body));
        let answer = self.wire.send(request, &pulse).await?;
        self.wire.understood(&Method::POST, answer).await
    }

    async fn try_download(&self, path: &str, to: &Path) -> Result<u64, Error> {
        let mut answer = self.follow(path).await?;
        let write = |source| Error::File { doing: "write", path: to.to_owned(), source };
        let mut file = File::create(to).map_err(write)?;
        let mut written = 0;
        while let Some(piece) = next_piece(&Method::GET, &mut answer, self.wire.silence()).await? {
            file.write_all(&piece).map_err(write)?;
            written += piece.len() as u64;
        }
        Ok(written)
    }

    /// Asks for a file's bytes, and follows to where they are: "API clients should handle both a 200 or 302 response."
    async fn follow(&self, path: &str) -> Result<Response, Error> {
        let request =
            self.wire.ask(Method::GET, path)?.header(ACCEPT, BYTES).header(ACCEPT_ENCODING, AS_IT_IS);
        let mut answer = self.wire.send(request, &Pulse::default()).await?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        // Any other redirection of the API says that the repository has moved.
        if answer.status() != StatusCode::FOUND {
            let refused: Result<serde_json::Value, Error> = self.wire.understood(&Method::GET, answer).await;
            let reason = "neither a file nor a refusal".to_owned();
            return Err(refused.err().unwrap_or(Error::Shape { path: path.to_owned(), reason }));
        }
        for _ in 0..MOST_LINKS {
            let Some(url) = linked(&answer) else { break };
            let request = self.wire.elsewhere(url)?.header(ACCEPT_ENCODING, AS_IT_IS);
            answer = self.wire.send(request, &Pulse::default()).await?;
            if answer.status().is_success() {
                return Ok(answer);
            }
        }
        let host = answer.url().host_str().unwrap_or_default().to_owned();
        Err(Error::Storage { host, status: answer.status().as_u16() })
    }
}

/// A file's bytes, a piece at a time; an error where there are fewer of them than there should be.
struct Pieces {
    file: File,
    left: u64,
}

impl Pieces {
    fn of(path: &Path, bytes: u64) -> Result<Self, Error> {
        let read = |source| Error::File { doing: "read", path: path.to_owned(), source };
        let file = File::open(path).map_err(read)?;
        let found = file.metadata().map_err(read)?.len();
        if found != bytes {
            return Err(Error::FileChanged { path: path.to_owned(), expected: bytes, found });
        }
        Ok(Self { file, left: bytes })
    }

    fn read(&mut self) -> std::io::Result<Bytes> {
        let mut piece = Vec::with_capacity(PIECE);
        let most = self.left.min(PIECE as u64);
        if (&self.file).take(most).read_to_end(&mut piece)? as u64 != most {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= most;
        Ok(piece.into())
    }
}

impl Iterator for Pieces {
    type Item = std::io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.left > 0).then(|| self.read())
    }
}

/// Where a file of this name is sent: the release's own address without its template.
fn upload_url(release: &Release, name: &str) -> Result<Url, Error> {
    let template = &release.upload_url;
    let address = template.split('{').next().unwrap_or_default();
    let url = format!("{address}?name={}", wire::encoded(name)).parse();
    url.map_err(|error: url::ParseError| Error::Shape {
        path: format!("release {}", release.id),
        reason: format!("its upload_url: {error}"),
    })
}

/// Where an answer leads, if it does.
fn linked(answer: &Response) -> Option<Url> {
    let to = answer.headers().get(LOCATION).filter(|_| answer.status().is_redirection())?;
    answer.url().join(to.to_str().ok()?).ok()
}

/// The path of a file of a release.
fn of_asset(owner: &str, repository: &str, id: u64) -> Result<String, Error> {
    Ok(format!("{}/assets/{id}", of_repository(owner, repository)?))
}
