//! What a search found: in which snapshots a thing is, and what became of it between them.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::diff::thing;
use super::escape::{clip, quoted};
use super::quantity::{count, time};
use super::table::Table;
use crate::plan::history::{Became, History, Sighting, Transition};
use crate::snapshot::{Kind, Place, Query, SnapshotId};

/// How many things, and how many changes, are told at most.
const MOST: usize = 1_000;
/// How many hits of a snapshot are told.
pub const HITS: usize = 20;
/// How many changes are named in a snapshot's row.
const NAMED: usize = 2;

/// What a search found.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// What was looked for.
    pub query: String,
    /// What kind of thing that is.
    pub looked_for: LookedFor,
    /// All of it in a sentence or two.
    pub summary: String,
    /// The snapshots, newest first.
    pub snapshots: Vec<FoundIn>,
    /// The resources or nodes that were found, by kind and name.
    pub things: Vec<Thing>,
    /// What became of them, or of a text, newest first.
    pub changes: Vec<Change>,
    /// How many things and changes more there are than are told.
    pub left_out: u64,
}

/// What kind of thing was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum LookedFor {
    /// A text.
    Text,
    /// Resources.
    Resources,
    /// Nodes.
    Nodes,
}

/// What one snapshot has of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundIn {
    /// The snapshot.
    pub snapshot: SnapshotId,
    /// When it was taken.
    pub taken: DateTime<Utc>,
    /// Where it is.
    pub places: Vec<Place>,
    /// How often the text stands in it, or how many of the things it has; absent where that cannot be known.
    pub found: Option<u64>,
    /// The first places in which the text stands.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hits: Vec<Hit>,
    /// Why it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

impl FoundIn {
    /// Whether it counts as the project's own past.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.places.iter().any(Place::counts)
    }
}

/// A place in which a text stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// The resource, as a glob would name it: `flows/Main`; empty where the file belongs to none.
    pub resource: String,
    /// The file, below the content folder.
    pub file: String,
    /// The node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// How often.
    pub count: u64,
    /// What stands there.
    pub text: String,
}

/// A resource or a node.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Thing {
    /// What a person calls it: "node `Greet` of flow `Main`".
    pub name: String,
    /// Its reference id.
    pub reference_id: String,
    /// How many snapshots have it.
    pub seen: u64,
    /// The first.
    pub first: Option<SnapshotId>,
    /// The last.
    pub last: Option<SnapshotId>,
    /// The first without it after the last; absent where the newest has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gone_since: Option<SnapshotId>,
}

/// What became of a thing.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The thing.
    pub thing: String,
    /// What became of it, and where.
    #[serde(flatten)]
    pub transition: Transition,
}

/// Says that a snapshot could not be searched.
#[must_use]
pub fn unreadable(snapshot: &SnapshotId, why: &str) -> String {
    format!("snapshot {} cannot be read and was not searched: {why}", quoted(snapshot.as_str()))
}

/// Says what a thing is called.
#[must_use]
pub fn called(kind: Kind, is_node: bool, sighting: &Sighting) -> String {
    let (noun, owner) = match is_node {
        true => ("node".to_owned(), Some(kind)),
        false => (thing(kind), kind.owner()),
    };
    let of = sighting.of.as_ref().zip(owner);
    let of = of.map(|(name, owner)| format!(" of {} {}", thing(owner), quoted(name))).unwrap_or_default();
    format!("{noun} {}{of}", quoted(&sighting.name))
}

impl Found {
    /// Tells of a text.
    #[must_use]
    pub fn text(query: &Query, snapshots: Vec<FoundIn>, history: History) -> Self {
        let mut summary = past(&quoted(&query.to_string()), &history, &snapshots);
        if history.seen == 0 && query.to_string().contains('/') {
            summary += " It was looked for as a text; a resource is written with its kind, `flows/Main`.";
        }
        Self::new(query, LookedFor::Text, summary, snapshots, vec![(String::new(), String::new(), history)])
    }

    /// Tells of resources or nodes: what each is called, its reference id, its history.
    #[must_use]
    pub fn things(query: &Query, snapshots: Vec<FoundIn>, things: Vec<(String, String, History)>) -> Self {
        let is_nodes = matches!(query, Query::Nodes { .. });
        let looked_for = if is_nodes { LookedFor::Nodes } else { LookedFor::Resources };
        let summary = match things.as_slice() {
            [] => {
                let hint = if is_nodes { " A `#` in a flow's name is written `\\#`." } else { "" };
                past(&quoted(&query.to_string()), &History::default(), &snapshots) + hint
            }
            [(name, _, history)] => past(name, history, &snapshots),
            several => {
                let gone = several.iter().filter(|(.., history)| history.gone_since.is_some()).count();
                let noun = if is_nodes { "node" } else { "resource" };
                let gone = match gone {
                    0 => String::new(),
                    gone => format!("; {gone} of them {} gone by now", if gone == 1 { "is" } else { "are" }),
                };
                let found = count(several.len() as u64, noun);
                format!("{found} found by {}{gone}.", quoted(&query.to_string()))
            }
        };
        Self::new(query, looked_for, summary, snapshots, things)
    }

    fn new(
        query: &Query,
        looked_for: LookedFor,
        summary: String,
        snapshots: Vec<FoundIn>,
        found: Vec<(String, String, History)>,
    ) -> Self {
        let mut changes: Vec<Change> = Vec::new();
        let mut things = Vec::new();
        for (name, reference_id, history) in found {
            changes.extend(
                history.transitions.into_iter().map(|transition| Change { thing: name.clone(), transition }),
            );
            let History { seen, first, last, gone_since, .. } = history;
            things.push(Thing { name, reference_id, seen, first, last, gone_since });
        }
        if looked_for == LookedFor::Text {
            things.clear();
        }
        let newest = |change: &Change| {
            let at = &change.transition.snapshot;
            snapshots.iter().position(|snapshot| snapshot.snapshot == *at)
        };
        changes.sort_by_key(newest);
        let left_out = changes.len().saturating_sub(MOST) + things.len().saturating_sub(MOST);
        changes.truncate(MOST);
        things.truncate(MOST);
        let query = query.to_string();
        Self { query, looked_for, summary, snapshots, things, changes, left_out: left_out as u64 }
    }

    pub(super) fn each_text(&mut self, clean: &mut impl FnMut(&mut String)) {
        [&mut self.query, &mut self.summary].into_iter().for_each(&mut *clean);
        for snapshot in &mut self.snapshots {
            snapshot.unreadable.iter_mut().for_each(&mut *clean);
            for hit in &mut snapshot.hits {
                [&mut hit.resource, &mut hit.file, &mut hit.text].into_iter().for_each(&mut *clean);
                hit.node.iter_mut().for_each(&mut *clean);
            }
        }
        for thing in &mut self.things {
            [&mut thing.name, &mut thing.reference_id].into_iter().for_each(&mut *clean);
        }
        for change in &mut self.changes {
            clean(&mut change.thing);
            if let Became::Renamed { was } = &mut change.transition.became {
                clean(was);
            }
        }
    }

    pub(super) fn tables(&self) -> Vec<Table> {
        let mut tables = vec![self.by_snapshot()];
        tables.extend(match self.looked_for {
            LookedFor::Text => self.hits(),
            _ => self.history(),
        });
        tables
    }

    fn by_snapshot(&self) -> Table {
        let found = if self.looked_for == LookedFor::Text { "hits" } else { "found" };
        let mut table = Table::new("", &["snapshot", "taken", "where", found, "what happened"]);
        for one in &self.snapshots {
            let places: Vec<String> = one.places.iter().map(ToString::to_string).collect();
            let found = match (one.found, self.looked_for, self.things.len()) {
                (None, ..) if one.unreadable.is_some() => "cannot be read".to_owned(),
                (None, ..) => "not captured".to_owned(),
                (Some(0), _, 1) => "absent".to_owned(),
                (Some(_), _, 1) => "present".to_owned(),
                (Some(hits), LookedFor::Text, _) => hits.to_string(),
                (Some(found), _, all) => format!("{found} of {all}"),
            };
            table.row([
                one.snapshot.to_string(),
                time(one.taken),
                places.join(", "),
                found,
                self.happened(&one.snapshot),
            ]);
        }
        table
    }

    fn happened(&self, snapshot: &SnapshotId) -> String {
        let here: Vec<&Change> =
            self.changes.iter().filter(|one| one.transition.snapshot == *snapshot).collect();
        let is_one = self.things.len() < 2;
        let words = here.iter().take(NAMED).map(|one| match is_one {
            true => became(&one.transition),
            false => format!("{} {}", clip(&one.thing, 60), became(&one.transition)),
        });
        let mut words: Vec<String> = words.collect();
        if here.len() > NAMED {
            words.push(format!("and {} more", here.len() - NAMED));
        }
        words.join(", ")
    }

    /// Returns the hits of each snapshot that has others than the one before it.
    fn hits(&self) -> Option<Table> {
        let mut table = Table::new("Hits", &["snapshot", "resource", "file", "node", "hits", "text"]);
        for (at, one) in self.snapshots.iter().enumerate() {
            let before = self.snapshots[at + 1..].iter().find(|before| before.found.is_some());
            if before.is_some_and(|before| before.hits == one.hits && before.found == one.found) {
                continue;
            }
            for (nth, hit) in one.hits.iter().enumerate() {
                table.row([
                    if nth == 0 { one.snapshot.to_string() } else { String::new() },
                    hit.resource.clone(),
                    hit.file.clone(),
                    hit.node.clone().unwrap_or_default(),
                    hit.count.to_string(),
                    hit.text.clone(),
                ]);
            }
            let told: u64 = one.hits.iter().map(|hit| hit.count).sum();
            let more = one.found.unwrap_or_default().saturating_sub(told);
            if more > 0 {
                let mut row = [const { String::new() }; 6];
                (row[4], row[5]) = (more.to_string(), "elsewhere".to_owned());
                table.row(row);
            }
        }
        (!table.rows.is_empty()).then_some(table)
    }

    fn history(&self) -> Option<Table> {
        let mut table = Table::new("History", &["what", "became", "in", "after"]);
        for change in &self.changes {
            table.row([
                change.thing.clone(),
                became(&change.transition),
                change.transition.snapshot.to_string(),
                change.transition.before.to_string(),
            ]);
        }
        if self.left_out > 0 {
            let mut row = [const { String::new() }; 4];
            row[0] = format!("… and {} more", self.left_out);
            table.row(row);
        }
        (!table.rows.is_empty()).then_some(table)
    }
}

fn became(transition: &Transition) -> String {
    let word = match &transition.became {
        Became::Appeared => "appeared".to_owned(),
        Became::Renamed { was } => format!("renamed, was {}", quoted(was)),
        Became::Changed => "changed".to_owned(),
        Became::Gone => "gone since".to_owned(),
    };
    let why = if transition.reconfigured { " (another configuration)" } else { "" };
    word + why
}

/// Says where a thing is or was.
fn past(what: &str, history: &History, snapshots: &[FoundIn]) -> String {
    let (past, aside): (Vec<&FoundIn>, Vec<&FoundIn>) =
        snapshots.iter().filter(|one| one.unreadable.is_none()).partition(|one| one.counts());
    let all = past.len() as u64;
    let id = |id: &SnapshotId| quoted(id.as_str());
    let mut chars = what.chars();
    let first = chars.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    let what = first + chars.as_str();
    match (&history.first, &history.last, &history.gone_since) {
        _ if snapshots.is_empty() => "There is no snapshot yet.".to_owned(),
        (_, Some(last), Some(gone)) => {
            format!("{what} was last in {}, gone since {}.", id(last), id(gone))
        }
        (Some(_), Some(_), None) if history.seen == all => {
            format!("{what} is in each of {}.", count(all, "snapshot"))
        }
        (Some(first), Some(last), None) if history.seen == 1 && first == last => {
            format!("{what} is in one of {}: {}.", count(all, "snapshot"), id(last))
        }
        (Some(first), Some(last), None) => {
            let seen = history.seen;
            format!("{what} is in {seen} of {}, from {} to {}.", count(all, "snapshot"), id(first), id(last))
        }
        _ => match aside.iter().find(|one| one.found.is_some_and(|found| found > 0)) {
            Some(one) => format!("{what} is only in what stands beside the tiers: {}.", id(&one.snapshot)),
            None => format!("{what} is in no snapshot ({} searched).", all + aside.len() as u64),
        },
    }
}

#[cfg(test)]
#[path = "found_tests.rs"]
mod tests;
