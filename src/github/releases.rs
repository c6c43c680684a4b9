//! Releases of a repository: GitHub's releases API (docs.github.com/rest/releases/releases).
//!
//! A release is made in three steps, because an immutable one takes no file any more once it is published: a draft, its
//! files (`assets.rs`), and its publication. What could happen twice is asked for once: a draft whose making got no
//! answer is looked for in the list ([`Error::may_have_happened`]), not made again.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, LINK};
use serde::{Deserialize, Serialize};

use super::error::Unrepeatable;
use super::{Asset, Error, GitHub, wire};
use crate::http::with_retries;

/// GitHub's largest page.
const PAGE: usize = 100;
/// GitHub lists the newest 10,000 releases and no more.
const MOST_PAGES: usize = 100;

/// A release, drafts included.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Release {
    /// GitHub's number of it.
    pub id: u64,
    /// The name of its tag. Several drafts may name one tag, and a draft's tag need not be there; GitHub calls the tag of
    /// a draft that lost its name `untagged-…`.
    #[serde(rename = "tag_name")]
    pub tag: String,
    /// Its title.
    pub name: Option<String>,
    /// Its text, Markdown.
    pub body: Option<String>,
    /// Whether it is seen only by those who may push.
    pub draft: bool,
    /// Whether its files and its tag are locked; absent on servers older than immutable releases.
    pub immutable: Option<bool>,
    /// The time of the tag's commit, where there is one: **not** when the release was made.
    pub created_at: DateTime<Utc>,
    /// When it was published; absent for a draft.
    pub published_at: Option<DateTime<Utc>>,
    /// The page that a person opens.
    pub html_url: String,
    /// Where its files are sent, as a template: `https://uploads.github.com/…/assets{?name,label}`.
    pub upload_url: String,
    /// Its files.
    #[serde(default)]
    pub assets: Vec<Asset>,
}

/// A release to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRelease {
    /// The name of its tag, without `refs/tags/`.
    pub tag: String,
    /// Its title.
    pub name: String,
    /// Its text, Markdown; GitHub takes 125,000 characters.
    pub body: String,
    /// Where GitHub makes the tag if there is none **when the release is published**: a commit's full id or a branch.
    /// Without it that is the default branch's tip. Where the tag is there, it means nothing.
    pub target_commitish: Option<String>,
}

/// What is sent for [`NewRelease`].
#[derive(Debug, Serialize)]
struct Draft<'a> {
    tag_name: &'a str,
    name: &'a str,
    body: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_commitish: Option<&'a str>,
    draft: bool,
    prerelease: bool,
    make_latest: &'static str,
}

/// What is sent to publish a draft.
#[derive(Debug, Serialize)]
struct Publication<'a> {
    /// A draft whose change does not repeat the tag's name loses it: GitHub then calls the tag `untagged-…`.
    tag_name: &'a str,
    draft: bool,
    make_latest: &'static str,
}

/// "Latest" is the project's own software; an archive must not take that place. It is a word, not a boolean.
const NOT_LATEST: &str = "false";

impl GitHub {
    /// Lists all releases of a repository, the newest first, drafts too if the token may push
    /// (`GET /repos/{owner}/{repo}/releases`; at most 10,000). A release deleted meanwhile may hide another from this
    /// list.
    ///
    /// # Errors
    /// The repository cannot be read, or GitHub cannot be reached.
    pub async fn releases(&self, owner: &str, repository: &str) -> Result<Vec<Release>, Error> {
        let path = of_repository(owner, repository)?;
        let (mut releases, mut seen) = (Vec::new(), BTreeSet::new());
        for page in 1..=MOST_PAGES {
            let asked = format!("{path}?per_page={PAGE}&page={page}");
            let (listed, more) = with_retries(&self.retry, || self.page(&asked)).await?;
            // A release made between two pages moves one that was listed to the next page.
            releases.extend(listed.into_iter().filter(|release| seen.insert(release.id)));
            if !more {
                break;
            }
        }
        Ok(releases)
    }

    /// Makes a draft, which is not "latest" and no prerelease (`POST /repos/{owner}/{repo}/releases`). It is asked for
    /// once: where no answer came ([`Error::may_have_happened`]), it may be there.
    ///
    /// # Errors
    /// The token may not write; GitHub refuses a field; GitHub cannot be reached, or its limit stays shut.
    pub async fn create_draft(
        &self,
        owner: &str,
        repository: &str,
        release: &NewRelease,
    ) -> Result<Release, Error> {
        let path = of_repository(owner, repository)?;
        let NewRelease { tag, name, body, target_commitish } = release;
        let target_commitish = target_commitish.as_deref();
        let draft = true;
        let draft = Draft {
            tag_name: tag,
            name,
            body,
            target_commitish,
            draft,
            prerelease: false,
            make_latest: NOT_LATEST,
        };
        let create = async || self.octocrab.post(&path, Some(&draft)).await;
        let made = with_retries(&self.retry, || async {
            create().await.map_err(|error| Unrepeatable(Error::from_octocrab(&path, error)))
        });
        made.await.map_err(|Unrepeatable(error)| error.of_release(tag))
    }

    /// Publishes a draft as the release of `tag`, and not as "latest" (`PATCH /repos/{owner}/{repo}/releases/{id}`); what
    /// is published stays so. **GitHub makes a tag that is missing**, where [`NewRelease::target_commitish`] says. Where
    /// releases are immutable, this one is from now on.
    ///
    /// # Errors
    /// [`Error::TagTaken`], [`Error::TagBurnt`]; the draft is gone; the token may not write; GitHub cannot be reached, or
    /// its limit stays shut.
    pub async fn publish(&self, owner: &str, repository: &str, id: u64, tag: &str) -> Result<Release, Error> {
        let path = format!("{}/{id}", of_repository(owner, repository)?);
        let change = Publication { tag_name: tag, draft: false, make_latest: NOT_LATEST };
        let publish = with_retries(&self.retry, || async {
            self.octocrab
                .patch(&path, Some(&change))
                .await
                .map_err(|error| Error::from_octocrab(&path, error))
        });
        publish.await.map_err(|error| error.of_release(tag))
    }

    /// Deletes a release with its files, a draft too, and **not its tag** (`DELETE /repos/{owner}/{repo}/releases/{id}`).
    /// One that is not there is deleted. An immutable release's tag can be deleted after the release and not before, and
    /// its name is gone for ever.
    ///
    /// # Errors
    /// The token may not write; GitHub cannot be reached, or its limit stays shut.
    pub async fn delete_release(&self, owner: &str, repository: &str, id: u64) -> Result<(), Error> {
        self.delete(&format!("{}/{id}", of_repository(owner, repository)?)).await
    }

    /// One page of the list, and whether there is another.
    async fn page(&self, path: &str) -> Result<(Vec<Release>, bool), Error> {
        let answer = self.octocrab._get(path).await.map_err(|error| Error::from_octocrab(path, error))?;
        let named = has_next(answer.headers());
        let listed: Vec<Release> = wire::parsed(path, answer).await?;
        // Not the link itself is followed: its address is one more that could lead astray. A proxy that drops the
        // header must not shorten the list.
        let more = named || listed.len() >= PAGE;
        Ok((listed, more))
    }

    /// Deletes what is at a path of the API; what is not there is deleted.
    pub(super) async fn delete(&self, path: &str) -> Result<(), Error> {
        let delete = with_retries(&self.retry, || async {
            let answer = self.octocrab._delete(path, None::<&()>).await;
            let answer = async { octocrab::map_github_error(answer?).await };
            answer.await.map_err(|error| Error::from_octocrab(path, error))
        });
        match delete.await {
            Ok(_) => Ok(()),
            Err(Error::Status(status)) if status.status == 404 => Ok(()),
            Err(error) => Err(error.of_immutable()),
        }
    }
}

/// The path of a repository's releases.
pub(super) fn of_repository(owner: &str, repository: &str) -> Result<String, Error> {
    Ok(format!("/repos/{}/{}/releases", wire::segment(owner)?, wire::segment(repository)?))
}

/// Whether an answer links to a next page.
fn has_next(headers: &HeaderMap) -> bool {
    let links = headers.get_all(LINK).iter().filter_map(|link| link.to_str().ok());
    links.flat_map(|links| links.split(',')).any(|link| link.contains("rel=\"next\""))
}
