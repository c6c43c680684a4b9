//! Files of a repository at one commit: GitHub's contents API.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http_body_util::BodyExt as _;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use serde::Deserialize;

use super::{Error, GitHub, wire};
use crate::http::with_retries;

/// One shape for files, directories and the rest, which the plain media type does not have.
const OBJECT: HeaderValue = HeaderValue::from_static("application/vnd.github.object+json");
/// The bytes themselves.
const RAW: HeaderValue = HeaderValue::from_static("application/vnd.github.raw+json");

/// GitHub lists no more of a directory, and does not say that there is more.
const MOST_LISTED: usize = 1_000;

/// What stands at a path of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// A file, or a link to one.
    File,
    /// A directory.
    #[serde(rename = "dir")]
    Directory,
    /// A symbolic link that leads to no file of the repository.
    Symlink,
    /// Another repository.
    Submodule,
}

/// One line of a directory's listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name in the directory.
    pub name: String,
    /// Its path from the root.
    pub path: String,
    /// What it is. A link is a [`EntryKind::Symlink`] here, wherever it leads.
    pub kind: EntryKind,
}

/// What the API says of a path.
#[derive(Debug, Deserialize)]
struct Object {
    #[serde(rename = "type")]
    kind: EntryKind,
    encoding: Option<String>,
    content: Option<String>,
    entries: Option<Vec<Listed>>,
}

/// An entry as it is listed.
#[derive(Debug, Deserialize)]
struct Listed {
    name: String,
    path: String,
    #[serde(rename = "type")]
    kind: EntryKind,
    git_url: Option<String>,
}

impl GitHub {
    /// Reads a file of a repository at `reference` (a commit or a branch), or at the default branch. `path` begins at
    /// the repository's root. `None` where nothing is there: a repository that the token may not read is an error.
    ///
    /// # Errors
    /// Something else than a file is there; the repository or the commit cannot be read; GitHub cannot be reached.
    pub async fn file(
        &self,
        owner: &str,
        repository: &str,
        path: &str,
        reference: Option<&str>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let at = Place::new(owner, repository, reference)?;
        let asked = at.target(path)?;
        let Some(object) = self.object(&at, &asked).await? else { return Ok(None) };
        if object.kind != EntryKind::File {
            return Err(Error::OtherKind {
                path: path.to_owned(),
                wanted: EntryKind::File,
                found: object.kind,
            });
        }
        match (object.encoding.as_deref(), object.content) {
            (Some("base64"), Some(content)) => {
                let text: String = content.split_ascii_whitespace().collect();
                let bytes = BASE64_STANDARD.decode(text);
                bytes.map(Some).map_err(|error| Error::Shape { path: asked, reason: error.to_string() })
            }
            // Above one megabyte the object has no content.
            _ => with_retries(&self.retry, || self.raw(&asked)).await.map(Some),
        }
    }

    /// Lists a directory of a repository, as [`Self::file`] reads a file; the root's path is empty. A directory that is
    /// not there has nothing in it: git knows no empty ones.
    ///
    /// # Errors
    /// As for a file; and a directory so large that GitHub would list a part of it.
    pub async fn directory(
        &self,
        owner: &str,
        repository: &str,
        path: &str,
        reference: Option<&str>,
    ) -> Result<Vec<Entry>, Error> {
        let at = Place::new(owner, repository, reference)?;
        let asked = at.target(path)?;
        let Some(object) = self.object(&at, &asked).await? else { return Ok(Vec::new()) };
        let Some(entries) = object.entries.filter(|_| object.kind == EntryKind::Directory) else {
            let (path, wanted) = (path.to_owned(), EntryKind::Directory);
            return Err(Error::OtherKind { path, wanted, found: object.kind });
        };
        if entries.len() >= MOST_LISTED {
            return Err(Error::TooManyEntries { path: path.to_owned(), listed: entries.len() });
        }
        Ok(entries.into_iter().map(Entry::from).collect())
    }

    /// Asks what is at a path; `None` where nothing is.
    ///
    /// GitHub says 404 also of what a token may not see, and of a commit that is gone. So the root is asked for, with the
    /// same right and at the same commit: only where that answers, there is nothing at the path.
    async fn object(&self, at: &Place, target: &str) -> Result<Option<Object>, Error> {
        let ask = async |target: &str| with_retries(&self.retry, || self.get_as(target, OBJECT)).await;
        match ask(target).await {
            Ok(object) => Ok(Some(object)),
            Err(Error::Status(status)) if status.status == 404 => ask(&at.root()).await.map(|_: Object| None),
            Err(error) => Err(error),
        }
    }

    async fn get_as<T: serde::de::DeserializeOwned>(
        &self,
        target: &str,
        accept: HeaderValue,
    ) -> Result<T, Error> {
        let headers = HeaderMap::from_iter([(ACCEPT, accept)]);
        let answer = self.octocrab.get_with_headers(target, None::<&()>, Some(headers)).await;
        answer.map_err(|error| Error::from_octocrab(target, error))
    }

    async fn raw(&self, target: &str) -> Result<Vec<u8>, Error> {
        let headers = HeaderMap::from_iter([(ACCEPT, RAW)]);
        let bytes = async {
            let answer = self.octocrab._get_with_headers(target, Some(headers)).await?;
            octocrab::map_github_error(answer).await?.into_body().collect().await
        };
        let bytes = bytes.await.map_err(|error| Error::from_octocrab(target, error))?;
        Ok(bytes.to_bytes().to_vec())
    }
}

impl From<Listed> for Entry {
    fn from(Listed { name, path, kind, git_url }: Listed) -> Self {
        // A listing calls a submodule a file, "for backwards compatibility"; its address in git is a tree's all the same.
        let is_tree = git_url.is_some_and(|url| url.contains("/git/trees/"));
        let kind = if kind == EntryKind::File && is_tree { EntryKind::Submodule } else { kind };
        Self { name, path, kind }
    }
}

/// A repository at a commit, as the API addresses it.
struct Place {
    contents: String,
    query: String,
}

impl Place {
    fn new(owner: &str, repository: &str, reference: Option<&str>) -> Result<Self, Error> {
        let contents = format!("/repos/{}/{}/contents", wire::segment(owner)?, wire::segment(repository)?);
        let query = reference.map(|name| format!("?ref={}", wire::encoded(name))).unwrap_or_default();
        Ok(Self { contents, query })
    }

    fn root(&self) -> String {
        format!("{}{}", self.contents, self.query)
    }

    /// Addresses what is at `path`; nothing is the root.
    fn target(&self, path: &str) -> Result<String, Error> {
        if path.is_empty() {
            return Ok(self.root());
        }
        let mut target = self.contents.clone();
        for segment in path.split('/') {
            // A `..` would be resolved on the way, and lead to another of the API's resources.
            if matches!(segment, "" | "." | "..") {
                return Err(Error::InvalidPath(path.to_owned()));
            }
            target.push('/');
            target.push_str(&wire::encoded(segment));
        }
        Ok(target + &self.query)
    }
}
