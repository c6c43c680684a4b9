//! Releases as GitHub keeps them: what a release and its files are, what changes them, and what forbids it.
//!
//! The shapes are those of GitHub's description (`release`, `release-asset`, `validation-error`). The rules are those of
//! its documentation, and where that is silent those that people met:
//!
//! * Drafts may share a tag, with one another and with a published release; two published releases may not.
//! * Publishing makes a tag that is missing, at `target_commitish` or else at the default branch ("Unused if the Git tag
//!   already exists"). Without a git repository ([`super::GitHub::set_git`]) every tag is there.
//! * A draft that is changed without its `tag_name` loses it and is `untagged-…` (jdx/communique#241).
//! * `created_at` is the time of the tag's commit, so it is the same for all here and says nothing about age.
//! * Where releases are immutable, what is published refuses another state, tag and files, but not deletion. The tag
//!   name is then burnt: a draft may bear it, and publishing that is refused (microsoft/hve-core#554).
//! * Deleting a release leaves its tag.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::repository::user;
use crate::upstream::path_of_programs;

/// The time of every tag's commit.
const COMMITTED: &str = "2025-01-01T00:00:00Z";
/// 2025-11-01T00:00:00Z; what is published second has one second more.
const EPOCH: i64 = 1_761_955_200;

/// A release, a draft too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// GitHub's number of it; 0 for one that is planted, which gets one.
    pub id: u64,
    /// The name of its tag.
    pub tag: String,
    /// Where its tag is made.
    pub target: String,
    /// Its title.
    pub name: String,
    /// Its text.
    pub body: String,
    /// Whether only those see it who may push.
    pub draft: bool,
    /// Whether its tag and its files are locked.
    pub immutable: bool,
    /// What was said last of `make_latest`.
    pub make_latest: Option<String>,
    /// When it was published.
    pub published_at: Option<String>,
    /// Its files.
    pub assets: Vec<Asset>,
}

/// A file of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asset {
    /// GitHub's number of it; 0 for one that is planted, which gets one.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its type as it was uploaded.
    pub content_type: String,
    /// `uploaded`, or `starter` for what a broken upload left.
    pub state: String,
    /// What is in it.
    pub bytes: Bytes,
}

/// All releases of the repository.
pub(super) struct Releases {
    pub(super) all: Vec<Release>,
    pub(super) immutable: bool,
    pub(super) digests: bool,
    pub(super) git: Option<PathBuf>,
    burnt: BTreeSet<String>,
    last: u64,
    published: i64,
}

/// What a request says of a release.
#[derive(Default)]
pub(super) struct Wish {
    pub(super) tag: Option<String>,
    pub(super) target: Option<String>,
    pub(super) name: Option<String>,
    pub(super) body: Option<String>,
    pub(super) draft: Option<bool>,
    pub(super) make_latest: Option<String>,
}

/// The details of a refusal.
pub(super) type Refused = Vec<Value>;

impl Default for Releases {
    fn default() -> Self {
        let (all, burnt) = (Vec::new(), BTreeSet::new());
        Self { all, immutable: false, digests: true, git: None, burnt, last: 0, published: 0 }
    }
}

impl Releases {
    /// Puts a release there as it is.
    pub(super) fn plant(&mut self, mut release: Release) -> u64 {
        let mut assets = std::mem::take(&mut release.assets);
        for asset in assets.iter_mut().filter(|asset| asset.id == 0) {
            asset.id = self.number();
        }
        release.id = if release.id == 0 { self.number() } else { release.id };
        release.assets = assets;
        let id = release.id;
        self.all.push(release);
        id
    }

    /// Makes a release; published at once unless it is wished as a draft.
    pub(super) fn create(&mut self, wish: Wish, default_branch: &str) -> Result<Release, Refused> {
        let Some(tag) = wish.tag.clone().filter(|tag| !tag.is_empty()) else {
            return Err(vec![detail("Release", "missing_field", "tag_name")]);
        };
        let target = wish.target.clone().unwrap_or_else(|| default_branch.to_owned());
        let mut release = Release { tag, target, draft: true, ..Release::default() };
        if !wish.draft.unwrap_or(false) {
            self.publish(&mut release)?;
        }
        take(&mut release, wish);
        release.id = self.number();
        self.all.push(release.clone());
        Ok(release)
    }

    /// Changes a release.
    pub(super) fn change(&mut self, at: usize, wish: Wish) -> Result<Release, Refused> {
        let mut release = self.all[at].clone();
        let untagged = || format!("untagged-{:020x}", self.last);
        let tag = match &wish.tag {
            None if release.draft => untagged(),
            None => release.tag.clone(),
            Some(tag) => tag.clone(),
        };
        let target = wish.target.clone().unwrap_or_else(|| release.target.clone());
        let draft = wish.draft.unwrap_or(release.draft);
        if release.immutable {
            let locked = [
                ("state", draft != release.draft),
                ("tag_name", tag != release.tag),
                ("target_commitish", target != release.target),
            ];
            let refused: Refused = (locked.into_iter().filter(|(_, changed)| *changed))
                .map(|(field, _)| {
                    said(field, &format!("{field} cannot be changed when release is immutable"))
                })
                .collect();
            if !refused.is_empty() {
                return Err(refused);
            }
        }
        (release.tag, release.target) = (tag, target);
        if release.draft && !draft {
            self.publish(&mut release)?;
        }
        release.draft = draft;
        take(&mut release, wish);
        self.all[at] = release.clone();
        Ok(release)
    }

    /// Deletes a release; its tag stays.
    pub(super) fn delete(&mut self, at: usize) {
        let release = self.all.remove(at);
        if release.immutable {
            self.burnt.insert(release.tag);
        }
    }

    /// Adds a file to a release, whole or as a broken upload leaves it.
    pub(super) fn add(&mut self, at: usize, asset: Asset) -> Result<Asset, Refused> {
        if self.all[at].assets.iter().any(|other| other.name == asset.name) {
            return Err(vec![detail("ReleaseAsset", "already_exists", "name")]);
        }
        let asset = Asset { id: self.number(), ..asset };
        self.all[at].assets.push(asset.clone());
        Ok(asset)
    }

    pub(super) fn find(&self, id: &str) -> Option<usize> {
        self.all.iter().position(|release| release.id.to_string() == id)
    }

    /// The places of a file: its release's and its own.
    pub(super) fn find_asset(&self, id: &str) -> Option<(usize, usize)> {
        self.all.iter().enumerate().find_map(|(at, release)| {
            Some((at, release.assets.iter().position(|asset| asset.id.to_string() == id)?))
        })
    }

    fn publish(&mut self, release: &mut Release) -> Result<(), Refused> {
        let tag = &release.tag;
        let taken = |other: &Release| !other.draft && other.id != release.id && other.tag == *tag;
        if self.all.iter().any(taken) {
            return Err(vec![detail("Release", "already_exists", "tag_name")]);
        }
        let invalid = json!({
            "resource": "Release", "code": "custom", "message": "Published releases must have a valid tag",
        });
        if self.burnt.contains(tag) {
            return Err(vec![said("tag_name", "tag_name was used by an immutable release"), invalid]);
        }
        if self.git.as_ref().is_some_and(|git| !make_tag(git, tag, &release.target)) {
            return Err(vec![detail("Release", "invalid", "target_commitish"), invalid]);
        }
        let time = DateTime::from_timestamp(EPOCH + self.published, 0).expect("a time in 2025");
        self.published += 1;
        release.published_at = Some(time.to_rfc3339_opts(SecondsFormat::Secs, true));
        release.draft = false;
        release.immutable = self.immutable;
        Ok(())
    }

    fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

impl Release {
    /// GitHub's `release`; `repository` is the API's address of the repository.
    pub(super) fn json(&self, api: &str, owner: &str, repository: &str, digests: bool) -> Value {
        let Self { id, tag, target, name, body, draft, immutable, published_at, .. } = self;
        let url = format!("{api}/repos/{owner}/{repository}");
        let page = if *draft { format!("untagged-{id:020x}") } else { tag.clone() };
        let archive = |kind: &str| (!draft).then(|| format!("{url}/{kind}/{tag}"));
        let assets: Vec<Value> =
            self.assets.iter().map(|asset| asset.json(api, owner, repository, digests)).collect();
        json!({
            "url": format!("{url}/releases/{id}"),
            "assets_url": format!("{url}/releases/{id}/assets"),
            "upload_url": format!("{url}/releases/{id}/assets{{?name,label}}"),
            "html_url": format!("https://github.com/{owner}/{repository}/releases/tag/{page}"),
            "id": id,
            "author": user(api, "github-actions[bot]"),
            "node_id": format!("RE_{id}"),
            "tag_name": tag,
            "target_commitish": target,
            "name": name,
            "draft": draft,
            "immutable": immutable,
            "prerelease": false,
            "created_at": COMMITTED,
            "updated_at": COMMITTED,
            "published_at": published_at,
            "assets": assets,
            "tarball_url": archive("tarball"),
            "zipball_url": archive("zipball"),
            "body": body,
        })
    }
}

impl Asset {
    /// GitHub's `release-asset`.
    pub(super) fn json(&self, api: &str, owner: &str, repository: &str, digests: bool) -> Value {
        let Self { id, name, content_type, state, bytes } = self;
        let mut asset = json!({
            "url": format!("{api}/repos/{owner}/{repository}/releases/assets/{id}"),
            "id": id,
            "node_id": format!("RA_{id}"),
            "name": name,
            "label": "",
            "uploader": user(api, "github-actions[bot]"),
            "content_type": content_type,
            "state": state,
            "size": bytes.len(),
            "download_count": 0,
            "created_at": COMMITTED,
            "updated_at": COMMITTED,
            "browser_download_url": format!("https://github.com/{owner}/{repository}/releases/download/x/{name}"),
        });
        if digests {
            let whole = state == "uploaded";
            asset["digest"] = whole.then(|| format!("sha256:{}", hex(&Sha256::digest(bytes)))).into();
        }
        asset
    }
}

impl Wish {
    pub(super) fn read(body: &Value) -> Self {
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        Self {
            tag: text("tag_name"),
            target: text("target_commitish"),
            name: text("name"),
            body: text("body"),
            draft: body["draft"].as_bool(),
            make_latest: text("make_latest"),
        }
    }
}

/// Takes what is a matter of taste.
fn take(release: &mut Release, wish: Wish) {
    release.name = wish.name.unwrap_or(std::mem::take(&mut release.name));
    release.body = wish.body.unwrap_or(std::mem::take(&mut release.body));
    release.make_latest = wish.make_latest.or(release.make_latest.take());
}

fn detail(resource: &str, code: &str, field: &str) -> Value {
    json!({ "resource": resource, "code": code, "field": field })
}

fn said(field: &str, message: &str) -> Value {
    json!({ "resource": "Release", "code": "custom", "field": field, "message": message })
}

/// Whether the tag is in the repository, or could be made there.
fn make_tag(git: &Path, tag: &str, target: &str) -> bool {
    let ask = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.current_dir(git).env_clear().env("PATH", path_of_programs()).env("GIT_CONFIG_NOSYSTEM", "1");
        let output = command.args(arguments).output().expect("git starts");
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let name = format!("refs/tags/{tag}");
    let resolve = |name: &str| ask(&["rev-parse", "--quiet", "--verify", name]);
    let make = |commit: String| ask(&["update-ref", &name, &commit, ""]);
    resolve(&name).is_some() || resolve(&format!("{target}^{{commit}}")).and_then(make).is_some()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
