//! What is read now and what is carried: the facts of a capture, put before [`plan::reading`](crate::plan::reading).
//!
//! Three times, because each reading tells what the next will cost: which lists of what belongs to a resource, which
//! charts (all of them, unless they alone need more than half of a window), and, when the charts are known, which
//! documents, nodes and intents.

use super::capture::{Capture, Key};
use super::charts::{Charts, digest};
use super::document::parts_of;
use super::earlier::Known;
use super::listed::Listed;
use super::lists::Lists;
use super::nodes::lists_carry_configs;
use crate::plan::reading::{Ages, Budget, Sign, Unit, choose};
use crate::snapshot::{Kind, Named, PartName, Record, Signals};

/// What the closing look may cost: a look at the graph, and some lists.
const CLOSING: u64 = 20;

/// How many items a page of a list has.
const PAGE: u64 = 100;

/// What a capture will cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Price {
    /// Requests to be sent, those that were sent included.
    pub(super) requests: u64,
    /// Requests that reading everything would take.
    pub(super) in_all: u64,
}

/// Units with what each of them is.
#[derive(Default)]
struct Units {
    units: Vec<Unit>,
    are: Vec<(Key, Vec<PartName>)>,
}

impl Units {
    fn add(&mut self, key: Key, parts: Vec<PartName>, unit: Unit) {
        self.units.push(unit);
        self.are.push((key, parts));
    }

    fn requests(&self) -> u64 {
        self.units.iter().map(|unit| unit.requests).sum()
    }
}

impl Capture<'_> {
    /// Chooses which lists of what belongs to a resource are read.
    pub(super) fn choose_owned(&self, lists: &Lists) {
        if !self.is_sparing() {
            return;
        }
        let mut units = Units::default();
        for kind in Kind::ALL.into_iter().filter(|kind| kind.owner().is_some()) {
            for owner in lists.owners_of(kind) {
                let (key, part) = owned_list(kind, owner);
                let known = self.known(key.0, &key.1);
                let sign = match known.and_then(|known| known.record) {
                    // Of what is there once, nothing tells; its turn comes.
                    Some(_) if kind.is_single() && self.touched().when(owner).is_none() => Sign::Still,
                    _ if kind.is_single() => Sign::Moved,
                    _ => self.sign_of_owned(owner, known, &part),
                };
                let read_at = known.map(|known| known.time_of(&part.to_string()));
                units.add(key, vec![part], Unit { requests: 1, read_at, sign });
            }
        }
        self.settle(units, self.budget(CLOSING), self.ages());
    }

    /// Chooses which flows' charts are read; a flow whose charts are not is carried whole.
    pub(super) fn choose_charts(&self, lists: &Lists) {
        let Some(share) = self.source.thrift.share.filter(|_| self.is_sparing()) else { return };
        let each = lists.locales.len() as u64;
        let flows: Vec<&Listed> = lists.unread().filter(|listed| listed.kind == Kind::Flows).collect();
        if flows.len() as u64 * each * 2 <= share {
            return;
        }
        let unit = |flow: &&Listed| {
            let known = self.known(Kind::Flows, &flow.id);
            let times = |known: &Known<'_>| {
                let chart = |locale: &Listed| PartName::Chart { locale: locale.id.clone() }.to_string();
                // A flow that was never read in one of the locales cannot be carried whole.
                let heard = known.record.and_then(Record::heard);
                let is_read =
                    |locale: &Listed| heard.is_none_or(|heard| heard.charts.contains_key(&locale.id));
                let times = lists.locales.iter().map(|locale| known.time_of(&chart(locale)));
                times.min().filter(|_| lists.locales.iter().all(is_read))
            };
            let part = PartName::Owned { kind: Kind::Flows };
            Unit {
                requests: each,
                read_at: known.and_then(times),
                sign: self.sign_of_owned(flow, known, &part),
            }
        };
        let units: Vec<Unit> = flows.iter().map(unit).collect();
        let half = Budget { now: share / 2, in_all: share / 2 };
        // Half of a window is theirs, whatever is due.
        let ages = Ages { since_last: self.source.thrift.max_age, ..self.ages() };
        for ((flow, unit), why) in flows.iter().zip(&units).zip(choose(&units, half, ages)) {
            if why.is_none() {
                if unit.sign == Sign::Moved {
                    self.wait(&(flow.kind, flow.id.clone()), &PartName::Owned { kind: Kind::Flows });
                }
                self.carry_whole(flow);
            }
        }
    }

    /// Chooses which documents, nodes and intents are read, and says what that costs.
    pub(super) async fn choose_rest(&self, lists: &Lists, charts: &Charts) -> Price {
        let mut units = Units::default();
        let (mut parts, mut nodes) = (0, 0);
        for listed in lists.unread() {
            let key = (listed.kind, listed.id.clone());
            self.note_signals(listed, charts);
            if self.carries_whole(listed) || listed.is_kept() {
                continue;
            }
            let known = self.known(listed.kind, &listed.id);
            for (names, requests) in self.reads_of(listed, lists, charts).await {
                parts += names.len() as u64;
                nodes += names.iter().filter(|name| matches!(name, PartName::Node { .. })).count() as u64;
                let name = names[0].to_string();
                let requests = match known.and_then(|known| known.record) {
                    Some(record) if requests == 1 => record.requests_of(&name),
                    _ => requests,
                };
                let read_at = known.map(|known| known.time_of(&name));
                let sign = self.sign(listed, known, &name);
                units.add(key.clone(), names, Unit { requests, read_at, sign });
            }
        }
        let flows = |charted: bool| {
            let flows =
                lists.unread().filter(|listed| listed.kind == Kind::Flows && !self.carries_whole(listed));
            flows.filter(|flow| charts.of(&flow.id).is_some() == charted).count() as u64
        };
        let each = nodes.checked_div(flows(true)).unwrap_or(parts);
        self.expect(parts + each * flows(false), each);
        let sent = self.client().requests();
        let all = sent + units.requests();
        let fits = self.source.thrift.share.is_none_or(|share| all + CLOSING <= share);
        if !self.is_sparing() || fits {
            return Price { requests: all, in_all: all };
        }
        self.is_carrying.set(true);
        // Of flows that are carried whole nobody counts the nodes; the last full count must do.
        let in_all = self.source.thrift.full.filter(|_| self.carries_flows()).unwrap_or(all);
        // A flow whose charts are not read now has its turn in a later run, which comes so much later for each.
        let (charted, all_flows) = (flows(true).max(1), lists.of(Kind::Flows).count().max(1) as u64);
        let late = i32::try_from(all_flows.div_ceil(charted)).unwrap_or(1);
        let ages = self.ages();
        let since_last = ages.since_last.checked_mul(if self.carries_flows() { late } else { 1 });
        let ages = Ages { since_last: since_last.unwrap_or(ages.most), ..ages };
        let chosen = self.settle(units, self.budget(CLOSING), ages);
        Price { requests: sent + chosen, in_all }
    }

    /// After the closing look: what moved since it was read is read again, all of it, where there is room. What there is no
    /// room for stays as this run has read it, which is newer than what the newest snapshot has, and is returned.
    pub(super) async fn choose_again(&self, lists: &Lists, charts: &Charts) -> Vec<Named> {
        let (mut room, mut left) = (self.budget(CLOSING).in_all, Vec::new());
        for listed in lists.unread().filter(|listed| !listed.is_kept()) {
            let requests =
                self.reads_of(listed, lists, charts).await.iter().map(|(_, requests)| requests).sum();
            let key = (listed.kind, listed.id.clone());
            if self.is_carrying.get() && self.was_handed_over(&key) && requests > room {
                // What the server says now is for the next run to find.
                listed.done.set(true);
                left.push(Named { kind: listed.kind, name: listed.name.clone() });
            } else {
                room = room.saturating_sub(requests);
                self.note_signals(listed, charts);
            }
        }
        self.is_settling.set(true);
        left
    }

    /// Returns what is to be read of a resource: parts that come together, and the requests they take.
    async fn reads_of(&self, listed: &Listed, lists: &Lists, charts: &Charts) -> Vec<(Vec<PartName>, u64)> {
        if listed.kind != Kind::Flows {
            return parts_of(listed).into_iter().map(|part| (vec![part], 1)).collect();
        }
        let mut reads: Vec<(Vec<PartName>, u64)> = [PartName::Document, PartName::Settings]
            .into_iter()
            .chain(lists.locales.iter().map(|locale| PartName::Intents { locale: locale.id.clone() }))
            .map(|part| (vec![part], 1))
            .collect();
        let Some(chart) = charts.of(&listed.id) else { return reads };
        let nodes: Vec<PartName> =
            chart.nodes.iter().cloned().map(|(node, locale)| PartName::Node { node, locale }).collect();
        let Some(PartName::Node { locale, .. }) = nodes.first() else { return reads };
        // Asked only where the answer decides something: one node a request, or a hundred.
        if self.is_sparing() && lists_carry_configs(self, listed, locale).await {
            let pages = nodes.len() as u64 / PAGE + lists.locales.len() as u64;
            reads.push((nodes, pages));
        } else {
            reads.extend(nodes.into_iter().map(|node| (vec![node], 1)));
        }
        reads
    }

    /// Notes what the server says now of a resource: what it was not asked for is as it was heard last.
    fn note_signals(&self, listed: &Listed, charts: &Charts) {
        // Only a project that does not fit is carried in part, and only then a later run asks.
        if self.source.thrift.share.is_none() {
            return;
        }
        let record = self.known(listed.kind, &listed.id).and_then(|known| known.record);
        let heard = record.and_then(Record::heard);
        let charts = match (charts.of(&listed.id), listed.kind) {
            (Some(charts), _) => charts.digests.clone(),
            // What says no time must do with what it says.
            (None, kind) if kind != Kind::Flows && listed.last_changed().is_none() => {
                [(listed.id.clone(), digest(&listed.entry))].into()
            }
            // What was neither read nor heard says nothing: it would pass for whatever comes.
            (None, Kind::Flows) if heard.is_none() => return,
            (None, _) => heard.map(|heard| heard.charts.clone()).unwrap_or_default(),
        };
        let audited = self.touched().when(listed).or(heard.and_then(|heard| heard.audited));
        let signals = Signals { last_changed: listed.last_changed(), charts, audited };
        self.signals.borrow_mut().insert((listed.kind, listed.id.clone()), signals);
    }

    fn known(&self, kind: Kind, id: &str) -> Option<&Known<'_>> {
        self.source.earlier.as_ref()?.find(kind, id)
    }

    fn ages(&self) -> Ages {
        let thrift = &self.source.thrift;
        Ages { now: self.began, most: thrift.max_age, since_last: thrift.since_last }
    }

    /// Chooses, and carries the rest. Returns the requests of what was chosen.
    fn settle(&self, units: Units, budget: Budget, ages: Ages) -> u64 {
        let chosen = choose(&units.units, budget, ages);
        let mut requests = 0;
        for ((why, unit), (key, parts)) in chosen.into_iter().zip(&units.units).zip(units.are) {
            match why {
                Some(_) => requests += unit.requests,
                None => {
                    if unit.sign == Sign::Moved {
                        parts.iter().for_each(|part| self.wait(&key, part));
                    }
                    self.carry(key, parts);
                }
            }
        }
        requests
    }

    /// Says whether a part of a resource may have changed since it was read.
    fn sign(&self, listed: &Listed, known: Option<&Known<'_>>, part: &str) -> Sign {
        let signals = self.signals.borrow();
        let signals = signals.get(&(listed.kind, listed.id.clone()));
        // Without a record nobody knows what the server said when it was read.
        let (Some(record), Some(signals)) = (known.and_then(|known| known.record), signals) else {
            return Sign::Moved;
        };
        let is_read_since = record.time_of(part) >= record.since(signals, self.began);
        if !(record.is_up_to(signals) || is_read_since) {
            return Sign::Moved;
        }
        // Audit events tell, where `lastChanged` does not.
        let is_silent = listed.kind != Kind::Flows
            && !self.touched().is_known()
            && self.facts.borrow().untold.contains_key(&listed.kind);
        if is_silent { Sign::Silent } else { Sign::Still }
    }

    /// The same before the charts are known, by `lastChanged` and the audit events alone.
    fn sign_of_owned(&self, owner: &Listed, known: Option<&Known<'_>>, part: &PartName) -> Sign {
        let Some(record) = known.and_then(|known| known.record) else { return Sign::Moved };
        let now = owner.last_changed();
        let heard = record.heard().and_then(|heard| heard.audited);
        let is_now = |signals: &Signals| signals.last_changed == now && signals.audited == heard;
        let is_read_since = || {
            let moved = record.moved.as_ref().filter(|moved| is_now(&moved.signals));
            moved.is_some_and(|moved| record.time_of(&part.to_string()) >= moved.since)
        };
        let is_seen = record.moved.is_none() && record.seen.as_ref().is_some_and(is_now);
        let still = is_seen || is_read_since();
        if still && self.touched().when(owner).is_none() { Sign::Still } else { Sign::Moved }
    }
}

/// Returns by which part, of which resource, the time of the list of what belongs to `owner` is known.
pub(super) fn owned_list(kind: Kind, owner: &Listed) -> (Key, PartName) {
    if kind.is_single() {
        // There is one, and the list is its document.
        ((kind, owner.id.clone()), PartName::Listed)
    } else {
        ((owner.kind, owner.id.clone()), PartName::Owned { kind })
    }
}
