//! What a later run needs to know and no snapshot says: when each part was last read, what the server said of each
//! resource then, and what was learned about the server. It is kept on `<prefix>/state`, outside every tier.
//!
//! Nothing in it is believed by itself. A record of a resource counts only beside the content that it speaks of: where
//! the newest snapshot holds another one (a push that was refused, a run that was overtaken), the snapshot's own times
//! count. So losing the state, or meeting one of another run, costs requests and never truth.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Kind, ProjectId, Record, TreePath, hex};

/// The version of the state's schema; a state of another one counts as lost.
const SCHEMA: u32 = 1;
/// The file with everything but the records.
const HEAD: &str = "state.json";

/// What runs remember.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Whose it is.
    pub project: ProjectId,
    /// Digest of the selection that the records are of.
    pub selection: String,
    /// When the last run began.
    pub ran: DateTime<Utc>,
    /// When the last run began that could read all that it meant to read.
    pub confirmed: DateTime<Utc>,
    /// How many requests reading everything took, or would have taken.
    pub requests: u64,
    /// What was learned about the server.
    pub facts: Facts,
    /// What is known of each resource, by kind and `_id`.
    pub records: BTreeMap<(Kind, String), Record>,
}

/// What was learned about a server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// Whether the lists of nodes carry configs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub node_lists: Option<Learned>,
    /// Whether there is a graph of the project.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub graph: Option<Learned>,
    /// Whether the key may read audit events.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub audit_events: Option<Learned>,
    /// Since when audit events are looked at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub listening: Option<DateTime<Utc>>,
    /// The newest audit event that was looked at, by the server's own time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub audited: Option<DateTime<Utc>>,
    /// Kinds of which an edit was found that `lastChanged` did not tell, and when.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub untold: BTreeMap<Kind, DateTime<Utc>>,
    /// When an edit was found that the audit events did not tell.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unaudited: Option<DateTime<Utc>>,
}

/// An answer to a question about a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learned {
    /// Yes or no.
    pub holds: bool,
    /// When it was last asked.
    pub asked: DateTime<Utc>,
}

/// Everything but the records, as it is written.
#[derive(Serialize, Deserialize)]
struct Head {
    schema: u32,
    project: ProjectId,
    selection: String,
    ran: DateTime<Utc>,
    confirmed: DateTime<Utc>,
    requests: u64,
    facts: Facts,
}

impl State {
    /// Returns the files that hold the state: a small one with what was learned, one for each flow, and one for each
    /// other kind. So what did not change is not sent again.
    #[must_use]
    pub fn to_files(&self) -> BTreeMap<TreePath, Vec<u8>> {
        let Self { project, selection, ran, confirmed, requests, facts, records } = self;
        let head = Head {
            schema: SCHEMA,
            project: project.clone(),
            selection: selection.clone(),
            ran: *ran,
            confirmed: *confirmed,
            requests: *requests,
            facts: facts.clone(),
        };
        let mut files = BTreeMap::from([(path(HEAD), pretty(&head))]);
        let mut others: BTreeMap<Kind, BTreeMap<&str, &Record>> = BTreeMap::new();
        for ((kind, id), record) in records {
            // An id that cannot be a file's name is remembered nowhere, and its resource read anew each time.
            match flow_path(id) {
                Some(path) if *kind == Kind::Flows => drop(files.insert(path, bytes(record))),
                None if *kind == Kind::Flows => {}
                _ => drop(others.entry(*kind).or_default().insert(id, record)),
            }
        }
        files.extend(others.iter().map(|(kind, records)| (path(&format!("{kind}.json")), bytes(records))));
        files
    }

    /// Reads the state out of its files.
    ///
    /// # Errors
    /// A sentence: what is missing or cannot be read.
    pub fn from_files(files: &BTreeMap<TreePath, Vec<u8>>) -> Result<Self, String> {
        let head = files.get(&path(HEAD)).ok_or_else(|| format!("it has no {HEAD}"))?;
        let head: Head = serde_json::from_slice(head).map_err(|error| format!("{HEAD}: {error}"))?;
        if head.schema != SCHEMA {
            return Err(format!("its schema is {}, this version knows {SCHEMA}", head.schema));
        }
        let mut records = BTreeMap::new();
        for (path, bytes) in files {
            let broken = |error: serde_json::Error| format!("{path}: {error}");
            let name = path.as_str().strip_suffix(".json").unwrap_or_default();
            if let Some(flow) = name.strip_prefix("flows/") {
                let record = serde_json::from_slice(bytes).map_err(broken)?;
                records.insert((Kind::Flows, flow.to_owned()), record);
            } else if let Ok(kind) = name.parse::<Kind>() {
                let of_kind: BTreeMap<String, Record> = serde_json::from_slice(bytes).map_err(broken)?;
                records.extend(of_kind.into_iter().map(|(id, record)| ((kind, id), record)));
            }
        }
        let Head { project, selection, ran, confirmed, requests, facts, .. } = head;
        Ok(Self { project, selection, ran, confirmed, requests, facts, records })
    }
}

/// Returns a digest over a resource's files: their paths below its folder and their blobs' ids.
#[must_use]
pub fn content_digest<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let files: BTreeMap<&str, &str> = files.into_iter().collect();
    let mut hash = Sha256::new();
    for (path, blob) in files {
        hash.update(format!("{path}\0{blob}\n"));
    }
    // Half of it tells any two contents apart, and the state has one for each resource.
    hex(&hash.finalize()[..16])
}

fn path(text: &str) -> TreePath {
    text.parse().expect("the state's own names are good paths")
}

fn flow_path(id: &str) -> Option<TreePath> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (!id.is_empty() && id.len() <= 64 && id.chars().all(plain))
        .then(|| format!("flows/{id}.json").parse().ok())
        .flatten()
}

fn bytes(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("records have string keys only")
}

fn pretty(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("the state has string keys only");
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Moved;
    use crate::snapshot::record::tests::{signals, time};

    fn record() -> Record {
        Record {
            content: content_digest([("a/b.json", "c0ffee")]),
            seen: Some(signals(1, "x")),
            moved: Some(Moved { signals: signals(2, "x"), since: time(2) }),
            read_at: time(1),
            parts: [("node/1/2".to_owned(), time(3))].into(),
            requests: [("entries".to_owned(), 7)].into(),
        }
    }

    fn state() -> State {
        let learned = Learned { holds: false, asked: time(0) };
        let facts = Facts {
            node_lists: Some(learned),
            graph: None,
            audit_events: Some(Learned { holds: true, ..learned }),
            listening: Some(time(1)),
            audited: Some(time(4)),
            untold: [(Kind::Lexicons, time(5))].into(),
            unaudited: None,
        };
        let key = |kind, id: &str| (kind, id.to_owned());
        State {
            project: "5f3a5f3a5f3a5f3a5f3a5f3a".parse().unwrap(),
            selection: "ab".to_owned(),
            ran: time(9),
            confirmed: time(8),
            requests: 6010,
            facts,
            records: [(key(Kind::Flows, "f1"), record()), (key(Kind::Lexicons, "l/1"), record())].into(),
        }
    }

    #[test]
    fn a_state_is_read_back_as_it_was_written() {
        let files = state().to_files();
        let names: Vec<_> = files.keys().map(TreePath::as_str).collect();
        assert_eq!(names, ["flows/f1.json", "lexicons.json", "state.json"]);
        assert_eq!(State::from_files(&files), Ok(state()));
    }

    #[test]
    fn what_is_damaged_is_no_state() {
        let files = state().to_files();
        for (path, bytes) in &files {
            for cut in [0, bytes.len() / 2, bytes.len() - 2] {
                let mut broken = files.clone();
                broken.insert(path.clone(), bytes[..cut].to_vec());
                assert!(State::from_files(&broken).is_err(), "{path} cut at {cut}");
            }
        }
        assert!(State::from_files(&BTreeMap::new()).is_err());
        let mut later = files.clone();
        let head =
            String::from_utf8(files[&path(HEAD)].clone()).unwrap().replace("\"schema\": 1", "\"schema\": 2");
        later.insert(path(HEAD), head.into_bytes());
        assert!(State::from_files(&later).unwrap_err().contains("schema"));
    }

    #[test]
    fn an_id_that_is_no_file_name_is_not_remembered() {
        for id in ["", "../x", "a/b", ".git", "a b"] {
            let mut state = state();
            state.records = [((Kind::Flows, id.to_owned()), record())].into();
            assert_eq!(state.to_files().len(), 1, "{id}");
        }
    }

    #[test]
    fn a_digest_sees_paths_and_blobs_and_not_their_order() {
        let one = content_digest([("a", "1"), ("b", "2")]);
        assert_eq!(one, content_digest([("b", "2"), ("a", "1")]));
        for other in
            [vec![("a", "1")], vec![("a", "2"), ("b", "1")], vec![("a", "1"), ("b", "2"), ("c", "3")]]
        {
            assert_ne!(one, content_digest(other));
        }
    }
}
