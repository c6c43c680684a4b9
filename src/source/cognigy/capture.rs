//! One capture under way: what it may spend, what it decided to carry, and what it notes as it goes.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::sync::OnceCell as Once;

use super::error::Refused;
use super::listed::Listed;
use super::touched::Touched;
use super::{Cognigy, Error, SHARE};
use crate::cognigy::{Client, Error as ApiError};
use crate::plan::reading::Budget;
use crate::snapshot::{Facts, Freshness, Kind, Learned, Origin, Part, PartName, Resource, Signals, Unread};

/// The name of a resource in a project.
pub(super) type Key = (Kind, String);

/// One capture.
pub(super) struct Capture<'a> {
    pub(super) source: &'a Cognigy<'a>,
    pub(super) began: DateTime<Utc>,
    /// The same from the clock's start.
    began_after: Duration,
    /// Whether the plan carries anything: not everything fits.
    pub(super) is_carrying: Cell<bool>,
    /// Whether what was edited under the reading is being read again.
    pub(super) is_settling: Cell<bool>,
    /// What was learned about the server, before and now.
    pub(super) facts: RefCell<Facts>,
    /// Whether this server's node list carries configs, once it is known.
    pub(super) bulk: Once<bool>,
    /// What people touched since the last run, where that is known.
    touched: OnceCell<Touched>,
    /// Up to when the audit events were read now.
    pub(super) audited: Cell<Option<DateTime<Utc>>>,
    /// What is carried by plan: parts, by resource.
    carried: RefCell<HashMap<Key, BTreeSet<PartName>>>,
    /// Resources that are carried whole.
    whole: RefCell<BTreeSet<Key>>,
    /// What the server said of each resource, where that may tell a later run that it changed.
    pub(super) signals: RefCell<BTreeMap<Key, Signals>>,
    /// What is known to have changed and has to wait for the next run.
    waiting: RefCell<BTreeSet<(Key, PartName)>>,
    unread: RefCell<Vec<Unread>>,
    /// What could not be read and was not there before.
    holes: RefCell<BTreeSet<Key>>,
    tallies: RefCell<HashMap<Key, Freshness>>,
    /// How many parts the project has, as far as is known.
    expected: Cell<u64>,
    /// How many parts stand in the place of lists that could not be read.
    unlisted: Cell<u64>,
    /// How many parts a flow has of which there is nothing: as many as the others, or, where there are none, all.
    flow: Cell<u64>,
    /// How many parts could not be read.
    lacking: Cell<u64>,
}

impl<'a> Capture<'a> {
    pub(super) fn new(source: &'a Cognigy<'a>) -> Self {
        let facts = source.thrift.facts.clone();
        Self {
            source,
            began: source.clock.now(),
            began_after: source.clock.elapsed(),
            is_carrying: Cell::new(false),
            is_settling: Cell::new(false),
            facts: RefCell::new(facts),
            bulk: Once::new(),
            touched: OnceCell::new(),
            audited: Cell::new(None),
            carried: RefCell::default(),
            whole: RefCell::default(),
            signals: RefCell::default(),
            waiting: RefCell::default(),
            unread: RefCell::default(),
            holes: RefCell::default(),
            tallies: RefCell::default(),
            expected: Cell::new(0),
            unlisted: Cell::new(0),
            flow: Cell::new(0),
            lacking: Cell::new(0),
        }
    }

    pub(super) fn client(&self) -> &'a Client {
        self.source.client
    }

    /// Returns the time. What is asked for now is in the answer as it was then or later.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.source.clock.now()
    }

    /// Returns a part that was read: `asked` is when the question for it began.
    pub(super) fn part(&self, name: PartName, value: Value, asked: DateTime<Utc>) -> Part {
        Part { name, read_at: asked, origin: Origin::Read, value }
    }

    /// Notes what an answer says about the server: a refusal is a no, a server that does not answer says nothing.
    pub(super) fn learn_of<T>(
        &self,
        answer: &Result<T, ApiError>,
        fact: impl Fn(&mut Facts) -> &mut Option<Learned>,
    ) {
        let holds = match answer {
            Ok(_) => true,
            Err(error) if error.is_unsupported_list() || error.is_forbidden() => false,
            Err(_) => return,
        };
        *fact(&mut self.facts.borrow_mut()) = Some(Learned { holds, asked: self.began });
    }

    /// Returns whether the project is known to be too large to be read in one window, so that some of it is carried.
    pub(super) fn is_sparing(&self) -> bool {
        let thrift = &self.source.thrift;
        let too_large = |share| thrift.full.is_none_or(|full| full > share);
        self.source.earlier.is_some() && !thrift.max_age.is_zero() && thrift.share.is_some_and(too_large)
    }

    /// Returns what may still be spent, beside `reserved` requests.
    pub(super) fn budget(&self, reserved: u64) -> Budget {
        let share = self.source.thrift.share.unwrap_or(u64::MAX);
        let gone = self.client().requests() + reserved;
        let all = share.saturating_mul(self.source.thrift.windows);
        Budget { now: share.saturating_sub(gone), in_all: all.saturating_sub(gone) }
    }

    /// Returns whether the time is up for all that can be carried, where anything is carried. It is no reason to read half
    /// of something again.
    fn is_late(&self) -> bool {
        let taken = self.source.clock.elapsed().saturating_sub(self.began_after);
        self.is_carrying.get() && !self.is_settling.get() && taken > self.source.thrift.deadline
    }

    /// Notes what is carried of a resource.
    pub(super) fn carry(&self, key: Key, parts: impl IntoIterator<Item = PartName>) {
        self.carried.borrow_mut().entry(key).or_default().extend(parts);
    }

    /// Returns whether a resource was handed over in this capture.
    pub(super) fn was_handed_over(&self, key: &Key) -> bool {
        self.tallies.borrow().contains_key(key)
    }

    /// Notes that something changed, or was to be read, and has to wait for the next run.
    pub(super) fn wait(&self, key: &Key, part: &PartName) {
        self.waiting.borrow_mut().insert((key.clone(), part.clone()));
    }

    /// Notes that a resource is carried whole.
    pub(super) fn carry_whole(&self, listed: &Listed) {
        self.whole.borrow_mut().insert((listed.kind, listed.id.clone()));
    }

    /// Returns whether a resource is carried whole by plan.
    pub(super) fn carries_whole(&self, listed: &Listed) -> bool {
        self.whole.borrow().contains(&(listed.kind, listed.id.clone()))
    }

    /// Returns whether any flow is carried whole.
    pub(super) fn carries_flows(&self) -> bool {
        self.whole.borrow().iter().any(|(kind, _)| *kind == Kind::Flows)
    }

    /// Forgets the plan: after a closing look another one is made for what moved.
    pub(super) fn plan_anew(&self) {
        self.carried.borrow_mut().clear();
        self.whole.borrow_mut().clear();
    }

    /// Notes what people touched.
    pub(super) fn note_touched(&self, touched: Touched) {
        let _ = self.touched.set(touched);
    }

    /// Returns what people touched since the last run, as far as is known.
    pub(super) fn touched(&self) -> &Touched {
        self.touched.get_or_init(Touched::default)
    }

    /// Returns whether a part is carried by plan.
    pub(super) fn carries(&self, key: &Key, part: &PartName) -> bool {
        self.carried.borrow().get(key).is_some_and(|parts| parts.contains(part))
    }

    /// Notes how many parts the project has, of which the share that cannot be read is counted, and how many of them a flow
    /// has, about, of which nothing is known.
    pub(super) fn expect(&self, parts: u64, flow: u64) {
        self.expected.set(parts.max(self.expected.get()));
        self.flow.set(flow.max(self.flow.get()));
    }

    /// Notes something that could not be read, what stands in its place, and how many parts that is.
    ///
    /// # Errors
    /// So much could not be read that the rest is no capture.
    pub(super) fn note_unread(&self, unread: Unread, weight: u64) -> Result<(), Error> {
        let mut all = self.unread.borrow_mut();
        if all.iter().any(|known| same_part(known, &unread)) {
            return Ok(());
        }
        let why = unread.why.clone();
        all.push(unread);
        self.lacking.set(self.lacking.get() + weight);
        let (unread, parts) = (self.lacking.get(), self.expected.get() + self.unlisted.get());
        // Before the plan nobody knows how many there are.
        if self.expected.get() > 0 && unread * SHARE > parts {
            return Err(Error::TooMuchUnreadable { unread: unread.min(parts), parts, source: Refused(why) });
        }
        Ok(())
    }

    /// Notes a resource that is there and of which there is nothing.
    pub(super) fn note_hole(&self, listed: &Listed, why: String) -> Result<(), Error> {
        self.holes.borrow_mut().insert((listed.kind, listed.id.clone()));
        let (kind, id, name) = (listed.kind, listed.id.clone(), listed.name.clone());
        let weight = if kind == Kind::Flows { self.flow.get() } else { 1 };
        self.note_unread(Unread { kind, id, name, part: None, read_at: None, why }, weight)
    }

    /// Notes a list that could not be read and that had nothing on it before.
    pub(super) fn note_list(&self, kind: Kind, owner: Option<&Listed>, why: String) -> Result<(), Error> {
        let (id, name) = owner.map(|owner| (owner.id.clone(), owner.name.clone())).unwrap_or_default();
        let part = Some("list".to_owned());
        self.note_unread(Unread { kind, id, name, part, read_at: Some(self.began), why }, 1)
    }

    /// Notes a resource that is carried whole because its list could not be read; nobody has counted its parts yet.
    pub(super) fn note_unlisted(&self, whole: &Resource, why: &str) -> Result<(), Error> {
        self.unlisted.set(self.unlisted.get() + whole.parts.len() as u64);
        self.note_kept(whole, why)
    }

    /// Notes a resource that is carried whole, because its chart or something new of it could not be read.
    pub(super) fn note_kept(&self, whole: &Resource, why: &str) -> Result<(), Error> {
        let carried = whole.parts.iter().filter(|part| part.origin == Origin::Carried);
        let oldest = carried.clone().map(|part| part.read_at).min();
        let weight = carried.count().max(1) as u64;
        let (kind, id, name) = (whole.kind, whole.id.clone(), whole.name.clone());
        let read_at = oldest.or(Some(self.began));
        self.note_unread(Unread { kind, id, name, part: None, read_at, why: why.to_owned() }, weight)
    }

    /// Notes how fresh a resource is that is handed over.
    pub(super) fn tally(&self, resource: &Resource) {
        let mut tally = Freshness::default();
        let limit = self.began - self.source.thrift.max_age;
        for part in &resource.parts {
            if matches!(part.name, PartName::Listed | PartName::Owned { .. }) {
                continue;
            }
            tally.parts += 1;
            match part.origin {
                Origin::Read => tally.read += 1,
                Origin::Carried => {
                    tally.oldest = Some(tally.oldest.map_or(part.read_at, |oldest| oldest.min(part.read_at)));
                    tally.late += u64::from(part.read_at < limit && !self.source.thrift.max_age.is_zero());
                }
            }
        }
        self.tallies.borrow_mut().insert((resource.kind, resource.id.clone()), tally);
    }

    /// Returns how fresh all of it is that is `present`, what of it could not be read, and what is missing.
    pub(super) fn close(&self, present: &mut BTreeSet<Key>) -> (Freshness, Vec<Unread>) {
        let holes = self.holes.borrow();
        present.retain(|key| !holes.contains(key));
        let waiting = self.waiting.borrow().iter().filter(|(key, _)| present.contains(key)).count() as u64;
        let mut all = Freshness { as_of: self.began, waiting, ..Freshness::default() };
        for (_, tally) in self.tallies.borrow().iter().filter(|(key, _)| present.contains(*key)) {
            all.parts += tally.parts;
            all.read += tally.read;
            all.late += tally.late;
            all.oldest = all.oldest.into_iter().chain(tally.oldest).min();
        }
        let mut unread = self.unread.take();
        unread.sort();
        // What could not be read is said by itself.
        let limit = self.began - self.source.thrift.max_age;
        all.late = all.late.saturating_sub(
            unread.iter().filter(|one| one.read_at.is_some_and(|at| at < limit)).count() as u64,
        );
        (all, unread)
    }
}

fn same_part(one: &Unread, other: &Unread) -> bool {
    (one.kind, &one.id, &one.part) == (other.kind, &other.id, &other.part)
}

/// The parts of one resource on their way: read now, or taken from the newest snapshot.
pub(super) struct Parts<'c> {
    pub(super) capture: &'c Capture<'c>,
    pub(super) listed: &'c Listed,
    key: Key,
    earlier: OnceCell<Option<Resource>>,
}

impl<'c> Parts<'c> {
    pub(super) fn of(capture: &'c Capture<'c>, listed: &'c Listed) -> Self {
        Self { capture, listed, key: (listed.kind, listed.id.clone()), earlier: OnceCell::new() }
    }

    /// Returns a part: carried where that is the plan, else read, else, where it cannot be read, carried after all.
    pub(super) async fn get(
        &self,
        name: PartName,
        ask: impl Future<Output = Result<Value, ApiError>>,
    ) -> Result<Part, Error> {
        if let Some(part) = self.carried(&name) {
            return Ok(part);
        }
        let asked = self.capture.now();
        match ask.await {
            Ok(value) => Ok(self.capture.part(name, value, asked)),
            Err(error) => self.instead(&name, error),
        }
    }

    /// Returns a part that is carried by plan, or because the run's time for all that can be carried is up.
    pub(super) fn carried(&self, name: &PartName) -> Option<Part> {
        let planned = self.capture.carries(&self.key, name);
        if !planned && !self.capture.is_late() {
            return None;
        }
        let part = self.earlier()?.part(name).cloned()?;
        if !planned {
            self.capture.wait(&self.key, name);
        }
        Some(part)
    }

    /// Takes a part over in place of one that could not be read.
    ///
    /// # Errors
    /// It is not there, or nothing is to be taken over.
    pub(super) fn instead(&self, name: &PartName, error: ApiError) -> Result<Part, Error> {
        let part = self.may_stand_in(&error).then(|| self.earlier()?.part(name).cloned()).flatten();
        let Some(part) = part else { return Err(self.listed.unreadable(error)) };
        let (kind, id, of) = (self.listed.kind, self.listed.id.clone(), self.listed.name.clone());
        let (read_at, why) = (Some(part.read_at), error.to_string());
        self.capture
            .note_unread(Unread { kind, id, name: of, part: Some(name.to_string()), read_at, why }, 1)?;
        Ok(part)
    }

    /// Takes the whole resource over, whose parts belong together: a flow without its chart.
    ///
    /// # Errors
    /// It is not there, or nothing is to be taken over.
    pub(super) fn whole_instead(&self, locales: &[Listed], error: ApiError) -> Result<Resource, Error> {
        let whole = self.may_stand_in(&error).then(|| self.whole(locales)).flatten();
        let Some(whole) = whole else { return Err(self.listed.unreadable(error)) };
        self.capture.note_kept(&whole, &error.to_string())?;
        Ok(whole)
    }

    /// Returns the whole resource as it was, where it was: a flow only in the same locales.
    pub(super) fn whole(&self, locales: &[Listed]) -> Option<Resource> {
        let earlier = self.earlier()?;
        if self.listed.kind == Kind::Flows && !is_shown_in(earlier, locales) {
            return None;
        }
        let parts =
            earlier.parts.iter().filter(|part| part.name != PartName::Listed || self.listed.is_kept());
        Some(self.listed.resource(parts.cloned().collect()))
    }

    fn may_stand_in(&self, error: &ApiError) -> bool {
        // What is not there any more was deleted, and a key that is not accepted can read nothing at all.
        self.capture.source.carries_unreadable && !error.is_not_found() && !error.is_unauthorized()
    }

    fn earlier(&self) -> Option<&Resource> {
        let load = || self.capture.source.earlier.as_ref()?.load(self.key.0, &self.key.1);
        self.earlier.get_or_init(load).as_ref()
    }
}

/// Returns whether a flow of an earlier snapshot is shown in these locales and no others.
fn is_shown_in(flow: &Resource, locales: &[Listed]) -> bool {
    let charts = flow.parts.iter().filter_map(|part| match &part.name {
        PartName::Chart { locale } => Some(locale.as_str()),
        _ => None,
    });
    charts.collect::<BTreeSet<&str>>() == locales.iter().map(|locale| locale.id.as_str()).collect()
}
