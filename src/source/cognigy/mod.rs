//! Reads a whole Cognigy.AI project through its REST API.
//!
//! In this order, because each step tells how much the next will cost: the project (which proves address, key and
//! id), the lists, the charts of all flows (which tell how many nodes there are), then everything else, many requests
//! at a time. Each node is read once for each locale in which it has content of its own; locales that inherit share
//! that read. Where the server's node list carries configs, a page of it replaces a hundred reads.
//!
//! A project changes while it is read. A resource that is gone when its turn comes was deleted. A node that is gone makes
//! its flow be read again. And when all is read, the lists are read once more: what is new, changed or gone since is
//! read again, twice at most, and what then still moves is named.

mod charts;
mod document;
mod error;
mod flow;
mod listed;
mod lists;
mod nodes;
mod owned;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use charts::Charts;
pub use error::Error;
use futures_util::stream::{self, StreamExt as _};
use listed::Listed;
use lists::{Lists, Roots};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::Sender;

use crate::clock::Clock;
use crate::cognigy::Client;
use crate::plan::pace::{self, Pace, RequestWindow};
use crate::snapshot::{
    Availability, Kind, Named, Origin, Part, PartName, Project, Resource, Selection, Window,
};

/// How often a list may be read again because something on it was gone when its turn came.
const ROUNDS: usize = 3;

/// How often what moved while the project was read is read again. Somebody who types for longer is noted as moving.
const SETTLINGS: usize = 2;

/// How many resources are in the works at once. Requests are bounded by the client's pool; this bounds memory.
const IN_THE_WORKS: usize = 12;

/// How many of them may be large ones (flows, the text of knowledge sources), from the first request until they are
/// handed over. Such a one is many requests, so a few keep the pool busy, and megabytes as JSON values, so many that wait
/// for a slow writer would show.
const LARGE_IN_THE_WORKS: usize = 4;

/// A Cognigy project as a source.
pub struct Cognigy<'a> {
    /// The API, for this project.
    pub client: &'a Client,
    /// What to read.
    pub selection: &'a Selection,
    /// The run's clock.
    pub clock: Clock,
    /// The time by which everything must be read, from the clock's start.
    pub time_limit: Duration,
    /// The server's request window, where it has one.
    pub window: Option<RequestWindow>,
    /// Is told what the reading costs and how far it is.
    pub watch: &'a (dyn Fn(Progress) + Sync),
}

/// How far a capture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// All charts are read: this is what the whole capture will cost.
    Expected(Pace),
    /// So many requests were sent, of so many expected.
    Requests(u64),
}

/// What a capture was, beside the resources it handed over.
#[derive(Debug, Clone)]
pub struct Captured {
    /// Whose content it is.
    pub project: Project,
    /// When it was read.
    pub window: Window,
    /// Every resource that belongs to it, by kind and `_id`. What was handed over beside them is gone since.
    pub present: BTreeSet<(Kind, String)>,
    /// What still changed when it ended, however often it was read again.
    pub moving: Vec<Named>,
    /// What is on a list and cannot be read by itself: of these there is what the list says.
    pub listed_only: Vec<Named>,
    /// Whether each kind could be read.
    pub kinds: BTreeMap<Kind, Availability>,
    /// Requests sent, retries included.
    pub requests: u64,
}

impl Cognigy<'_> {
    /// Reads the project and sends each resource to `out` as soon as it is whole; locales come before flows. One that
    /// moved meanwhile comes again, and then takes the place of what came before.
    ///
    /// # Errors
    /// What could not be read, after retries; nothing is left out in silence. A receiver that is gone ends it too.
    pub async fn capture(&self, out: &Sender<Resource>) -> Result<Captured, Error> {
        let started = self.clock.now();
        let (project, resource) = self.read_project().await?;
        self.hand_over(out, resource).await?;
        let mut lists = Lists::read(self, &project).await?;
        for locale in &lists.locales {
            self.hand_over(out, locale.resource(Vec::new())).await?;
        }
        let mut charts = Charts::read(self, &lists).await?;
        self.tell_the_price(&lists, &charts)?;
        let (mut settlings, mut rounds, mut listed_only) = (0, 0, Vec::new());
        let moving = loop {
            let gone = self.read_all(&lists, &mut charts, out).await?;
            let now = Roots::read(self, &project).await?;
            let moved = lists.moved(&now, &gone);
            if moved.is_empty() {
                break moved;
            }
            if let Some(kind) = lists.lost(&now) {
                return Err(Error::KindLost { kind });
            }
            if lists.has_lost_a_locale(&now) {
                // What was read is whole. What moved cannot be read again: its charts would be of other locales.
                if gone.is_empty() {
                    break moved;
                }
                return Err(Error::LocaleGone);
            }
            if gone.is_empty() {
                if settlings == SETTLINGS {
                    break moved;
                }
                settlings += 1;
            } else {
                rounds += 1;
            }
            lists.adopt(self, now, &moved).await?;
            for ghost in lists.ghosts(&gone, rounds)? {
                ghost.done.set(true);
                listed_only.push(Named { kind: ghost.kind, name: ghost.name.clone() });
                self.hand_over(out, ghost.resource(Vec::new())).await?;
            }
            charts = Charts::read(self, &lists).await?;
        };
        Ok(Captured {
            project,
            window: Window { started, finished: self.clock.now() },
            present: lists.present(),
            moving: moving.names.into_iter().map(|(kind, name)| Named { kind, name }).collect(),
            listed_only,
            kinds: lists.kinds,
            requests: self.client.requests(),
        })
    }

    async fn read_project(&self) -> Result<(Project, Resource), Error> {
        let value = self.client.one_of(Kind::Project, "", "").await;
        let value = value.map_err(|error| Error::api("the project", error))?;
        let name = text(&value, "name").unwrap_or_default();
        let id = self.client.project_id().clone();
        let listed = Listed::new(Kind::Project, None, value.clone(), self.clock.now());
        let resource = Resource {
            reference_id: id.to_string(),
            id: id.to_string(),
            ..listed.resource(vec![self.part(PartName::Document, value)])
        };
        Ok((Project { id, name }, resource))
    }

    /// Says what the whole reading costs; ends here where the run's time cannot suffice.
    fn tell_the_price(&self, lists: &Lists, charts: &Charts) -> Result<(), Error> {
        let requests = self.client.requests() + charts.requests_to_come() + lists.requests_to_come();
        let pace = pace::pace(requests, self.window);
        (self.watch)(Progress::Expected(pace));
        if pace.at_least > self.time_limit {
            return Err(Error::TooLarge { pace, time_limit: self.time_limit });
        }
        Ok(())
    }

    /// Reads every listed resource that was not handed over yet; returns those that were gone.
    async fn read_all(
        &self,
        lists: &Lists,
        charts: &mut Charts,
        out: &Sender<Resource>,
    ) -> Result<Vec<(Kind, String)>, Error> {
        let (bulk, room) = (nodes::Bulk::default(), Semaphore::new(LARGE_IN_THE_WORKS));
        let reads = lists.unread().map(|listed| {
            let chart = charts.take(&listed.id);
            let (bulk, room, locales) = (&bulk, &room, &lists.locales);
            async move {
                let place = match listed.kind {
                    Kind::Flows | Kind::KnowledgeSources => Some(room.acquire().await),
                    _ => None,
                };
                let resource = match listed.kind {
                    Kind::Flows => flow::read(self, listed, chart, locales, bulk).await,
                    _ => document::read(self, listed).await,
                };
                (listed, resource, place)
            }
        });
        let mut reads = stream::iter(reads).buffer_unordered(IN_THE_WORKS);
        let mut gone = Vec::new();
        while let Some((listed, result, place)) = reads.next().await {
            match result {
                Ok(resource) => {
                    listed.read_as_of(&resource);
                    self.hand_over(out, resource).await?;
                }
                Err(Error::Gone { .. }) => gone.push((listed.kind, listed.id.clone())),
                Err(error) => return Err(error),
            }
            drop(place);
            (self.watch)(Progress::Requests(self.client.requests()));
        }
        Ok(gone)
    }

    fn part(&self, name: PartName, value: Value) -> Part {
        Part { name, read_at: self.clock.now(), origin: Origin::Read, value }
    }

    async fn hand_over(&self, out: &Sender<Resource>, resource: Resource) -> Result<(), Error> {
        out.send(resource).await.map_err(|_| Error::NobodyListens)
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}
