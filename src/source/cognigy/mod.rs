//! Reads a whole Cognigy.AI project through its REST API.
//!
//! In this order, because each step tells how much the next will cost: the project (which proves address, key and
//! id), the lists, the charts of all flows (which tell how many nodes there are), then everything else, many requests
//! at a time. Each node is read once for each locale in which it has content of its own; locales that inherit share
//! that read. Where the server's node list carries configs, a page of it replaces a hundred reads.
//!
//! A project that does not fit into the server's window is read in part: what did not move and is not due is carried from
//! the newest snapshot (`schedule`). So is what cannot be read, if that is wanted (`capture`).
//!
//! A project changes while it is read. A resource that is gone when its turn comes was deleted. A node that is gone makes
//! its flow be read again. And when all is read, the lists are read once more: what is new, changed or gone since is
//! read again, twice at most, and what then still moves is named.

mod capture;
mod charts;
mod document;
mod earlier;
mod error;
mod flow;
mod glance;
mod listed;
mod lists;
mod nodes;
mod owned;
mod schedule;
mod touched;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use capture::{Capture, Key, Parts};
use charts::Charts;
use chrono::TimeDelta;
pub use earlier::Earlier;
pub use error::{Error, Refused};
use futures_util::stream::{self, StreamExt as _};
use glance::Glance;
use listed::Listed;
use lists::{Lists, Roots};
use schedule::Price;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::Sender;
pub use touched::Touched;

use crate::clock::Clock;
use crate::cognigy::Client;
use crate::plan::pace::{self, Pace, RequestWindow};
use crate::snapshot::{
    Availability, Facts, Freshness, Kind, Named, PartName, Project, Resource, Selection, Signals, Unread,
    Window,
};

/// How often a list may be read again because something on it was gone when its turn came.
const ROUNDS: usize = 3;

/// How often what moved while the project was read is read again. Somebody who types for longer is noted as moving.
const SETTLINGS: usize = 2;

/// One part in so many may be unreadable; with more than that, the rest is no capture of the project.
const SHARE: u64 = 5;

/// For how long it is remembered what a server cannot do: it is given new versions.
const REMEMBERED: TimeDelta = TimeDelta::days(7);

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
    /// What the newest snapshot has; nothing where there is none of the same selection.
    pub earlier: Option<Earlier<'a>>,
    /// Whether what cannot be read is carried from there; else it ends the capture.
    pub carries_unreadable: bool,
    /// How to read a project that does not fit into the window.
    pub thrift: Thrift,
    /// Is told what the reading costs and how far it is.
    pub watch: &'a dyn Fn(Progress),
}

/// How to read a project that does not fit into the server's window.
#[derive(Debug, Clone)]
pub struct Thrift {
    /// How many requests the project may start in one window; `None` where nothing limits them, and all is read.
    pub share: Option<u64>,
    /// For how many windows, the first one included, the run may wait.
    pub windows: u64,
    /// After how long, from the clock's start, only what must be read still is.
    pub deadline: Duration,
    /// How old what is carried should become at most; zero reads everything.
    pub max_age: TimeDelta,
    /// The time since the last run.
    pub since_last: TimeDelta,
    /// How many requests reading everything took last time, where that is known.
    pub full: Option<u64>,
    /// What was learned about the server before.
    pub facts: Facts,
}

/// How far a capture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// All charts are read: this is what the whole capture will cost, and how many requests reading everything takes.
    Expected {
        /// What this capture costs.
        pace: Pace,
        /// Requests that reading everything takes.
        in_all: u64,
    },
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
    /// What could not be read, and what stands in its place.
    pub unread: Vec<Unread>,
    /// How much of it was read now.
    pub freshness: Freshness,
    /// Whether each kind could be read.
    pub kinds: BTreeMap<Kind, Availability>,
    /// What the server said of resources, where that may tell a later run that they changed.
    pub signals: BTreeMap<(Kind, String), Signals>,
    /// What people touched since the last run, by the audit events.
    pub touched: Touched,
    /// What is known about the server.
    pub facts: Facts,
    /// Requests sent, retries included.
    pub requests: u64,
    /// Requests that reading everything takes.
    pub in_all: u64,
}

impl Cognigy<'_> {
    /// Reads the project and sends each resource to `out` as soon as it is whole; locales come before flows. One that
    /// moved meanwhile comes again, and then takes the place of what came before.
    ///
    /// # Errors
    /// What could not be read, after retries, and is not carried; nothing is left out in silence. A receiver that is gone
    /// ends it too.
    pub async fn capture(&self, out: &Sender<Resource>) -> Result<Captured, Error> {
        let capture = Capture::new(self);
        let (project, resource) = capture.read_project().await?;
        capture.hand_over(out, resource).await?;
        let mut glance = None;
        if capture.is_sparing() {
            glance = Glance::take(&capture).await;
        }
        // Without a state nothing is known of when they were read last.
        if capture.is_sparing() && self.thrift.full.is_some() {
            capture.note_touched(Touched::read(&capture).await);
        }
        let mut lists = Lists::read(&capture, &project).await?;
        for locale in &lists.locales {
            let resource = locale.resource(Vec::new());
            if let Some(why) = locale.why_kept() {
                capture.note_unlisted(&resource, why)?;
            }
            capture.hand_over(out, resource).await?;
        }
        let (mut charts, price) = capture.plan(&lists).await?;
        self.tell(price)?;
        let (mut settlings, mut rounds) = (0, 0);
        let (mut listed_only, mut left) = (Vec::new(), Vec::new());
        let moving = loop {
            let gone = capture.read_all(&lists, &mut charts, out).await?;
            let now = Roots::read_again(&capture, &project, &lists, &mut glance).await?;
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
            lists.adopt(&capture, now, &moved).await?;
            for ghost in lists.ghosts(&gone, rounds)? {
                ghost.done.set(true);
                listed_only.push(Named { kind: ghost.kind, name: ghost.name.clone() });
                capture.hand_over(out, ghost.resource(Vec::new())).await?;
            }
            capture.plan_anew();
            charts = Charts::read(&capture, &lists).await?;
            left.extend(capture.choose_again(&lists, &charts).await);
        };
        // What was touched while it was read is no lie of the events.
        let touched =
            if capture.touched().is_known() { Touched::read(&capture).await } else { Touched::default() };
        let mut present = lists.present();
        let (freshness, unread) = capture.close(&mut present);
        let mut facts = capture.facts.take();
        facts.audited = capture.audited.get().or(facts.audited);
        Ok(Captured {
            project,
            window: Window { started: capture.began, finished: self.clock.now() },
            present,
            moving: moving.names.into_iter().map(|(kind, name)| Named { kind, name }).chain(left).collect(),
            listed_only,
            unread,
            freshness,
            kinds: lists.kinds,
            signals: capture.signals.take(),
            touched,
            facts,
            requests: self.client.requests(),
            in_all: price.in_all,
        })
    }

    /// Says what the reading costs; ends here where the run's time cannot suffice.
    fn tell(&self, price: Price) -> Result<(), Error> {
        let pace = pace::pace(price.requests, self.window);
        (self.watch)(Progress::Expected { pace, in_all: price.in_all });
        if pace.at_least > self.time_limit {
            return Err(Error::TooLarge { pace, time_limit: self.time_limit });
        }
        Ok(())
    }
}

impl Capture<'_> {
    async fn read_project(&self) -> Result<(Project, Resource), Error> {
        let asked = self.now();
        let value = self.client().one_of(Kind::Project, "", "").await;
        let value = value.map_err(|error| Error::api("the project", error))?;
        let name = text(&value, "name").unwrap_or_default();
        let id = self.client().project_id().clone();
        let listed = Listed::new(Kind::Project, None, value.clone(), asked);
        let resource = Resource {
            reference_id: id.to_string(),
            id: id.to_string(),
            ..listed.resource(vec![self.part(PartName::Document, value, asked)])
        };
        Ok((Project { id, name }, resource))
    }

    /// Reads charts and decides what else is read; gives what the whole reading costs.
    async fn plan(&self, lists: &Lists) -> Result<(Charts, Price), Error> {
        self.choose_charts(lists);
        let charts = Charts::read(self, lists).await?;
        let price = self.choose_rest(lists, &charts).await;
        Ok((charts, price))
    }

    /// Reads every listed resource that was not handed over yet; returns those that were gone.
    async fn read_all(
        &self,
        lists: &Lists,
        charts: &mut Charts,
        out: &Sender<Resource>,
    ) -> Result<Vec<Key>, Error> {
        let room = Semaphore::new(LARGE_IN_THE_WORKS);
        let reads = lists.unread().map(|listed| {
            let chart = charts.take(&listed.id);
            let (room, locales) = (&room, &lists.locales);
            async move {
                let place = match listed.kind {
                    Kind::Flows | Kind::KnowledgeSources => Some(room.acquire().await),
                    _ => None,
                };
                let resource = self.read_one(listed, chart, locales).await;
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
                // There is no earlier copy either: the rest is kept, and set aside for a person to look at.
                Err(Error::Api { source, .. })
                    if self.source.carries_unreadable && !source.is_unauthorized() =>
                {
                    listed.done.set(true);
                    match Parts::of(self, listed).whole(&lists.locales) {
                        // All of it as it was, where some new part of it cannot be read.
                        Some(whole) => {
                            self.note_kept(&whole, &source.to_string())?;
                            self.hand_over(out, whole).await?;
                        }
                        None => self.note_hole(listed, source.to_string())?,
                    }
                }
                Err(error) => return Err(error),
            }
            drop(place);
            (self.source.watch)(Progress::Requests(self.client().requests()));
        }
        Ok(gone)
    }

    async fn read_one(
        &self,
        listed: &Listed,
        chart: Option<charts::Chart>,
        locales: &[Listed],
    ) -> Result<Resource, Error> {
        if let Some(why) = listed.why_kept() {
            if let Some(whole) = Parts::of(self, listed).whole(locales) {
                self.note_unlisted(&whole, why)?;
                return Ok(whole);
            }
            // Its files cannot be read back, or its locales are others: perhaps it can be read by itself.
        } else if self.carries_whole(listed)
            && let Some(whole) = Parts::of(self, listed).whole(locales)
        {
            return Ok(whole);
        }
        match listed.kind {
            Kind::Flows => flow::read(self, listed, chart, locales).await,
            _ => document::read(self, listed).await,
        }
    }

    async fn hand_over(&self, out: &Sender<Resource>, resource: Resource) -> Result<(), Error> {
        self.tally(&resource);
        out.send(resource).await.map_err(|_| Error::NobodyListens)
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}
