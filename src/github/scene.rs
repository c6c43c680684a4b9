//! What the tests of releases and of their files share: the stand-in, a client of it, and what a person reads.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use tempfile::TempDir;
use testkit::github::{GITHUB_TOKEN, GitHub as StandIn};

use super::{Asset, Error, GitHub, NewRelease, Release};
use crate::http::{Options, Policy, Transport};

pub(super) const UPLOAD: &str = "POST /repos/{owner}/{repo}/releases/{id}/assets";
pub(super) const ASSET: &str = "GET /repos/{owner}/{repo}/releases/assets/{id}";
pub(super) const STORAGE: &str = "GET /github-production-release-asset/{id}";

/// The tag of every release here that needs none of its own.
pub(super) const TAG: &str = "monthly-2025-10";

pub(super) fn client(url: &str) -> GitHub {
    let ms = Duration::from_millis;
    let retry = Policy { tries: 3, base: ms(1), cap: ms(5), total: ms(1_500), throttled: ms(2) };
    let transport = Transport::new(&Options { request_timeout: ms(5_000), ..Options::default() }).unwrap();
    let github = GitHub::new(transport, url.parse().unwrap(), &SecretString::from(GITHUB_TOKEN)).unwrap();
    github.with_retry(retry).with_silence(ms(2_000))
}

/// The stand-in, a client of it, and a directory for files.
pub(super) struct Scene {
    pub(super) server: StandIn,
    pub(super) github: GitHub,
    pub(super) directory: TempDir,
}

impl Scene {
    pub(super) fn new() -> Self {
        let server = StandIn::start();
        let github = client(&server.url());
        Self { server, github, directory: tempfile::tempdir().unwrap() }
    }

    pub(super) fn file(&self, bytes: &[u8]) -> PathBuf {
        let path = self.directory.path().join("archive.tar.gz");
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(super) async fn draft(&self, tag: &str) -> Result<Release, Error> {
        self.github.create_draft("octocat", "demo", &new_release(tag)).await
    }

    pub(super) async fn upload(&self, release: &Release, bytes: &[u8]) -> Result<Asset, Error> {
        let (path, size) = (self.file(bytes), bytes.len() as u64);
        self.github.upload_asset(release, "archive.tar.gz", "application/gzip", &path, size).await
    }

    pub(super) async fn publish(&self, release: &Release) -> Result<Release, Error> {
        self.github.publish("octocat", "demo", release.id, TAG).await
    }

    /// A published release with one file.
    pub(super) async fn published(&self) -> Release {
        let draft = self.draft(TAG).await.unwrap();
        self.upload(&draft, b"archive").await.unwrap();
        self.publish(&draft).await.unwrap()
    }

    /// How many requests of a method came, and how many of them were answered.
    pub(super) fn requests(&self, method: &str) -> usize {
        self.server.log_requests().iter().filter(|request| request.method == method).count()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.server.unexpected(), Vec::<String>::new());
        }
    }
}

pub(super) fn new_release(tag: &str) -> NewRelease {
    let (name, body) = ("Monthly 2025-10".to_owned(), "What it holds".to_owned());
    NewRelease { tag: tag.to_owned(), name, body, target_commitish: None }
}

/// What a person sees of an error.
pub(super) fn said(error: &Error) -> String {
    format!("{error}\n-> {}", error.hints().join("; "))
}
