//! Every answer with one text wherever a text may stand.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::plan::history::{Became, History, Transition};
use crate::report::about::About;
use crate::report::catalogue::{Answer, Explained, Listed, Placed};
use crate::report::export::Exported;
use crate::report::found::{Found, FoundIn, Hit};
use crate::report::import::{Going, Imported, LeftOver, Made};
use crate::report::tiers::Moved;
use crate::snapshot::{Kind, Named, Place, Query, RunInfo, SnapshotId, SourceInfo, ToolInfo, Unread, Window};

/// Returns an answer of each kind.
pub(super) fn all(text: &str) -> Vec<Answer> {
    let text = || text.to_owned();
    let snapshot: SnapshotId = "20251003T143000Z-1a2b3c4d".parse().unwrap();
    let taken: DateTime<Utc> = snapshot.taken();
    let listed = Listed {
        snapshot: snapshot.clone(),
        taken,
        size: None,
        places: vec![Placed { place: Place::Quarantine, commit: text(), kept: vec![text()], until: text() }],
    };
    let unread = Unread {
        kind: Kind::Flows,
        id: text(),
        name: text(),
        part: Some(text()),
        read_at: None,
        why: text(),
    };
    let about = About {
        listed: listed.clone(),
        words: text(),
        project_name: text(),
        window: Window { started: taken, finished: taken },
        source: SourceInfo { kind: text(), base_url: text(), commit: None },
        tool: ToolInfo { name: text(), version: text() },
        run: Some(RunInfo { url: text(), actor: text(), event: text() }),
        kinds: BTreeMap::new(),
        unread: vec![unread],
        missing: vec![Named { kind: Kind::Flows, name: text() }],
        redacted: 0,
        oldest_part: None,
        fetch: text(),
    };
    let explained = Explained::new(Some(text()), Vec::new(), Vec::new(), None, BTreeMap::new(), taken);
    let transition = Transition {
        became: Became::Renamed { was: text() },
        snapshot: snapshot.clone(),
        before: snapshot.clone(),
        reconfigured: false,
    };
    let history = History { seen: 1, transitions: vec![transition], ..History::default() };
    let hit = Hit { resource: text(), file: text(), node: Some(text()), count: 1, text: text() };
    let found_in = |unreadable: Option<String>| FoundIn {
        snapshot: snapshot.clone(),
        taken,
        places: vec![Place::Safety],
        found: Some(1),
        hits: vec![hit.clone()],
        unreadable,
    };
    let snapshots = || vec![found_in(None), found_in(Some(text()))];
    let things = ["one", "two"].map(|_| (format!("node {}", text()), text(), history.clone()));
    let query = Query::Text(text());
    let exported = Exported { snapshot: snapshot.clone(), path: text(), zip: true, files: 1, bytes: 1 };
    let made = Made {
        snapshot: snapshot.clone(),
        tier: "daily".parse().unwrap(),
        branches: vec![text()],
        commit: Some(text()),
    };
    let imported = Imported {
        snapshots: vec![made],
        moved: vec![Moved { branch: text(), before: None, after: None }],
        going: vec![Going { branch: text(), commit: text() }],
        left: vec![LeftOver { branch: text(), why: text() }],
        releases: vec![text()],
    };
    vec![
        Answer::Snapshots(vec![listed]),
        Answer::Snapshot(Box::new(about)),
        Answer::Verdicts(explained),
        Answer::Found(Box::new(Found::text(&query, snapshots(), history.clone()))),
        Answer::Found(Box::new(Found::things(&query, snapshots(), things[..1].to_vec()))),
        Answer::Found(Box::new(Found::things(&query, snapshots(), things.to_vec()))),
        Answer::Exported(exported),
        Answer::Imported(imported),
        Answer::Done(vec![(format!("was {}", text()), text())]),
    ]
}
