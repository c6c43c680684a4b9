//! Archives as releases of a repository on GitHub, each with the same files as a folder of a directory has.
//!
//! The order is the argument: a draft, its files, a look at what GitHub says of each, and only then it is published. Whoever
//! dies on the way leaves a draft that the next run goes on with. What is published and lacks a file gets it; where that
//! cannot be (an immutable release), the caller takes another tag.

use std::path::{Path, PathBuf};

use super::error::{Error, Problem};
use super::folder::{MANIFEST, NOTES};
use super::measured::measure;
use super::sums::{self, Sums};
use super::{Kept, NewArchive, Written};
use crate::github::{self, Asset, AssetState, GitHub, NewRelease, Release};
use crate::snapshot::ReleaseTag;

/// How often it is looked again what is there, where an answer was lost or somebody else was at it.
const LOOKS: u32 = 5;

/// The releases of one repository.
#[derive(Debug, Clone)]
pub struct ReleaseArchives {
    api: GitHub,
    owner: String,
    repository: String,
}

/// A file on its way into a release.
struct File<'a> {
    name: String,
    content_type: &'static str,
    path: PathBuf,
    written: std::borrow::Cow<'a, Written>,
}

impl ReleaseArchives {
    /// Names the repository. Nothing is asked.
    #[must_use]
    pub fn new(api: GitHub, owner: impl Into<String>, repository: impl Into<String>) -> Self {
        Self { api, owner: owner.into(), repository: repository.into() }
    }

    pub(super) async fn list(&self) -> Result<Vec<Kept>, Error> {
        let releases = self.all().await.map_err(self.named())?;
        let kept = releases.iter().filter(|release| !release.draft).filter_map(|release| {
            let tag: ReleaseTag = release.tag.parse().ok()?;
            let has = |name: &str| {
                release.assets.iter().any(|asset| asset.name == name && asset.state == AssetState::Uploaded)
            };
            let archive = super::Compression::ALL.iter().any(|form| has(&form.file_name(&tag)));
            Some(Kept {
                snapshot: None,
                complete: archive && has(MANIFEST) && has(sums::NAME),
                bytes: release.assets.iter().map(|asset| asset.size).sum(),
                place: release.html_url.clone(),
                tag,
            })
        });
        let mut kept: Vec<Kept> = kept.collect();
        kept.sort_by(|a, b| a.tag.cmp(&b.tag));
        Ok(kept)
    }

    /// Publishes, or goes on with what a run before has begun. `commit` is where GitHub would make the tag if it were lost.
    pub(super) async fn publish(&self, new: &NewArchive<'_>, commit: &str) -> Result<Kept, Error> {
        let of_tag = self.of(new.tag);
        let beside = tempfile::tempdir().map_err(|source| Problem::Disk {
            doing: "make a directory in",
            path: std::env::temp_dir(),
            source,
        });
        let beside = beside.map_err(&of_tag)?;
        let files = files(new, beside.path()).map_err(&of_tag)?;
        let mut looks = 1;
        loop {
            match self.attempt(new, commit, &files).await {
                Ok(release) => {
                    return Ok(Kept {
                        tag: new.tag.clone(),
                        complete: true,
                        snapshot: None,
                        bytes: files.iter().map(|file| file.written.bytes).sum(),
                        place: release.html_url,
                    });
                }
                // What became of it, only the list says.
                Err(problem) if looks < LOOKS && problem.is_unclear() => looks += 1,
                Err(problem) => return Err(of_tag(problem)),
            }
        }
    }

    async fn attempt(
        &self,
        new: &NewArchive<'_>,
        commit: &str,
        files: &[File<'_>],
    ) -> Result<Release, Problem> {
        let all = self.all().await?;
        let mut there: Vec<Release> =
            all.into_iter().filter(|release| release.tag == new.tag.as_str()).collect();
        // What is published goes before drafts, and of these the oldest: two runs then agree.
        there.sort_by_key(|release| (release.draft, release.id));
        let mut there = there.into_iter();
        let release = match there.next() {
            Some(release) => release,
            None => self.draft(new, commit).await?,
        };
        for spare in there.filter(|spare| spare.draft) {
            self.api.delete_release(&self.owner, &self.repository, spare.id).await?;
        }
        for file in files {
            let named: Option<&Asset> = release.assets.iter().find(|asset| asset.name == file.name);
            match named {
                Some(asset) if is(asset, &file.written) => continue,
                Some(_) if release.immutable == Some(true) && !release.draft => {
                    return Err(Problem::Sealed { tag: new.tag.to_string() });
                }
                Some(asset) => self.api.delete_asset(&self.owner, &self.repository, asset.id).await?,
                None if release.immutable == Some(true) && !release.draft => {
                    return Err(Problem::Sealed { tag: new.tag.to_string() });
                }
                None => {}
            }
            let bytes = file.written.bytes;
            let sent =
                self.api.upload_asset(&release, &file.name, file.content_type, &file.path, bytes).await?;
            if !is(&sent, &file.written) || sent.name != file.name {
                self.api.delete_asset(&self.owner, &self.repository, sent.id).await?;
                return Err(Problem::Altered { file: file.name.clone() });
            }
        }
        if release.draft {
            Ok(self.api.publish(&self.owner, &self.repository, release.id, new.tag.as_str()).await?)
        } else {
            Ok(release)
        }
    }

    async fn draft(&self, new: &NewArchive<'_>, commit: &str) -> Result<Release, Problem> {
        let draft = NewRelease {
            tag: new.tag.to_string(),
            name: new.tag.to_string(),
            body: new.notes.to_owned(),
            target_commitish: Some(commit.to_owned()),
        };
        Ok(self.api.create_draft(&self.owner, &self.repository, &draft).await?)
    }

    /// Deletes the release and every draft of a tag, and not the tag.
    pub(super) async fn delete(&self, tag: &ReleaseTag) -> Result<(), Error> {
        let of_tag = self.of(tag);
        let all = self.all().await.map_err(&of_tag)?;
        for release in all.iter().filter(|release| release.tag == tag.as_str()) {
            let deleted = self.api.delete_release(&self.owner, &self.repository, release.id).await;
            deleted.map_err(Problem::from).map_err(&of_tag)?;
        }
        Ok(())
    }

    async fn all(&self) -> Result<Vec<Release>, Problem> {
        Ok(self.api.releases(&self.owner, &self.repository).await?)
    }

    fn named(&self) -> impl Fn(Problem) -> Error {
        let subject = format!("releases of {}/{}", self.owner, self.repository);
        move |problem| Error { subject: subject.clone(), problem }
    }

    fn of(&self, tag: &ReleaseTag) -> impl Fn(Problem) -> Error {
        let subject = format!("release {tag} of {}/{}", self.owner, self.repository);
        move |problem| Error { subject: subject.clone(), problem }
    }
}

impl Problem {
    /// Whether it is worth looking again what is there.
    fn is_unclear(&self) -> bool {
        match self {
            Problem::GitHub(error) => {
                error.may_have_happened()
                    || matches!(**error, github::Error::AssetExists { .. } | github::Error::TagTaken { .. })
            }
            Problem::Altered { .. } => true,
            _ => false,
        }
    }
}

/// Whether a file of a release is what was written, as far as the server says.
fn is(asset: &Asset, written: &Written) -> bool {
    let digest = asset.digest.as_ref().is_none_or(|digest| *digest == format!("sha256:{}", written.sha256));
    asset.state == AssetState::Uploaded && asset.size == written.bytes && digest
}

/// Writes the small files, and returns all that goes into the release, the largest first.
fn files<'a>(new: &'a NewArchive<'a>, beside: &Path) -> Result<Vec<File<'a>>, Problem> {
    let archive = new.compression.file_name(new.tag);
    let mut sums = Sums::default();
    sums.insert(&archive, &new.written.sha256);
    let mut all = vec![File {
        name: archive,
        content_type: new.compression.content_type(),
        path: new.archive.to_owned(),
        written: std::borrow::Cow::Borrowed(new.written),
    }];
    let mut small = |name: &str, content_type, bytes: &[u8]| -> Result<Written, Problem> {
        let path = beside.join(name);
        std::fs::write(&path, bytes).map_err(Problem::disk("write", &path))?;
        let written = measure(&path).map_err(Problem::disk("read", &path))?;
        let own = std::borrow::Cow::Owned(written.clone());
        all.push(File { name: name.to_owned(), content_type, path, written: own });
        Ok(written)
    };
    for (name, content_type, bytes) in [
        (MANIFEST, "application/json", new.manifest),
        (NOTES, "text/markdown; charset=utf-8", new.notes.as_bytes()),
    ] {
        let written = small(name, content_type, bytes)?;
        sums.insert(name, &written.sha256);
    }
    small(sums::NAME, "text/plain; charset=utf-8", sums.to_string().as_bytes())?;
    Ok(all)
}
