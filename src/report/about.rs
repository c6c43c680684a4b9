//! All about one snapshot, and the command that brings it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::catalogue::{Listed, age};
use super::escape::shell;
use super::quantity::{count, size, time};
use super::table::Table;
use crate::snapshot::{Kind, KindSummary, Named, RunInfo, SnapshotId, SourceInfo, ToolInfo, Unread, Window};

/// All about one snapshot.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// Its name, its places.
    #[serde(flatten)]
    pub listed: Listed,
    /// What its commit says in words.
    pub words: String,
    /// The project's name then.
    pub project_name: String,
    /// When it was read.
    pub window: Window,
    /// Where it was read.
    pub source: SourceInfo,
    /// Which version read it.
    pub tool: ToolInfo,
    /// The run that read it.
    pub run: Option<RunInfo>,
    /// What it holds of each kind.
    pub kinds: BTreeMap<Kind, KindSummary>,
    /// What could not be read.
    pub unread: Vec<Unread>,
    /// What a person accepted to be missing.
    pub missing: Vec<Named>,
    /// How many fields were redacted.
    pub redacted: u64,
    /// When its oldest part was read.
    pub oldest_part: Option<DateTime<Utc>>,
    /// Brings it into a new folder with stock git, pasted into a shell.
    pub fetch: String,
}

impl About {
    pub(super) fn each_text(&mut self, clean: &mut impl FnMut(&mut String)) {
        let own = [&mut self.words, &mut self.project_name, &mut self.fetch];
        let source = [&mut self.source.kind, &mut self.source.base_url];
        let tool = [&mut self.tool.name, &mut self.tool.version];
        own.into_iter().chain(source).chain(tool).for_each(&mut *clean);
        if let Some(run) = &mut self.run {
            [&mut run.url, &mut run.actor, &mut run.event].into_iter().for_each(&mut *clean);
        }
        for unread in &mut self.unread {
            [&mut unread.id, &mut unread.name, &mut unread.why].into_iter().for_each(&mut *clean);
            unread.part.iter_mut().for_each(&mut *clean);
        }
        self.missing.iter_mut().for_each(|one| clean(&mut one.name));
    }

    pub(super) fn tables(&self, now: DateTime<Utc>) -> Vec<Table> {
        let mut facts = Table::new(format!("Snapshot {}", self.listed.snapshot), &["", ""]);
        let mut fact = |what: &str, text: String| {
            if !text.is_empty() {
                facts.row([what.to_owned(), text]);
            }
        };
        fact("project", self.project_name.clone());
        fact("taken", format!("{} ({} ago)", time(self.listed.taken), age(now, self.listed.taken)));
        fact("read", format!("{} to {}", time(self.window.started), time(self.window.finished)));
        fact("oldest part", self.oldest_part.map(time).unwrap_or_default());
        fact("from", self.source.base_url.clone());
        let original = self.source.commit.as_ref().map(|commit| format!("commit {commit} of the template"));
        fact("imported from", original.unwrap_or_default());
        fact("by", format!("{} {}", self.tool.name, self.tool.version));
        if let Some(run) = &self.run {
            fact("run", format!("{} ({}, {})", run.url, run.event, run.actor));
        }
        if let Some(of) = self.listed.size {
            fact(
                "holds",
                format!(
                    "{} in {}, {}",
                    count(of.resources, "resource"),
                    count(of.files, "file"),
                    size(of.bytes)
                ),
            );
        }
        if self.redacted > 0 {
            fact("redacted", count(self.redacted, "field"));
        }
        for placed in &self.listed.places {
            let kept = placed.kept.join(", ");
            let commit: String = placed.commit.chars().take(12).collect();
            fact("where", format!("{} at {commit}; kept: {kept}; may go: {}", placed.place, placed.until));
        }
        let unread = self.unread.iter().map(|one| format!("{}/{}", one.kind, one.name)).collect::<Vec<_>>();
        fact("not read", unread.join(", "));
        let missing = self.missing.iter().map(ToString::to_string).collect::<Vec<_>>();
        fact("accepted as missing", missing.join(", "));
        for line in self.words.lines().filter(|line| !line.trim().is_empty()).take(30) {
            fact("", line.to_owned());
        }
        let mut kinds = Table::new("", &["kind", "resources", "files", "size"]);
        for (kind, of) in self.kinds.iter().filter(|(_, of)| of.files > 0) {
            kinds.row([kind.to_string(), of.resources.to_string(), of.files.to_string(), size(of.bytes)]);
        }
        vec![facts, kinds]
    }
}

/// Returns the command that brings a commit into a new folder: from a store, over the branch or tag that has it. It works
/// in any directory.
#[must_use]
pub fn fetch(store: &str, reference: &str, commit: &str, folder: &SnapshotId) -> String {
    let (store, reference) = (shell(store), shell(reference));
    format!(
        "git init -q {folder} && git -C {folder} fetch -q {store} {reference} && \
         git -C {folder} checkout -q {commit}"
    )
}
