//! What people touched since the last run, by the audit events: exact where the key may read them, which few keys may.
//!
//! The events' times are the server's own, so how far they were read is remembered by them and not by our clock.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::REMEMBERED;
use super::capture::Capture;
use super::listed::Listed;
use crate::cognigy::AUDIT_PAGE;
use crate::snapshot::Learned;

/// How many pages are read: after more than that, anything may have changed.
const PAGES: usize = 5;

/// What was touched.
#[derive(Debug, Clone, Default)]
pub struct Touched {
    /// When all of it may have been.
    all: Option<DateTime<Utc>>,
    /// The newest event that names an `_id`.
    ids: HashMap<String, DateTime<Utc>>,
    is_known: bool,
    removed: bool,
}

impl Touched {
    /// Reads the events since the last run. Where the key may not, that is remembered for a while.
    pub(super) async fn read(capture: &Capture<'_>) -> Self {
        let facts = capture.facts.borrow().clone();
        let refused = |learned: Learned| !learned.holds && capture.began - learned.asked < REMEMBERED;
        if facts.unaudited.is_some() || facts.audit_events.is_some_and(refused) {
            return Self::default();
        }
        let (mut touched, mut newest) = (Self::default(), facts.audited);
        for page in 0..PAGES {
            let events = capture.client().audit_events(page * AUDIT_PAGE).await;
            if page == 0 {
                capture.learn_of(&events, |facts| &mut facts.audit_events);
            }
            let Ok(events) = events else {
                // What cannot be read to its end tells nothing.
                return Self { all: newest.filter(|_| page > 0), ..Self::default() };
            };
            newest = newest.into_iter().chain(events.iter().map(|event| event.time)).max();
            let Some(since) = facts.audited else { break };
            let new: Vec<_> = events.iter().filter(|event| event.time > since).collect();
            let sweeping = new.iter().filter(|event| event.sweeping).map(|event| event.time);
            touched.all = touched.all.into_iter().chain(sweeping).max();
            touched.removed |= new.iter().any(|event| event.removes);
            let is_last = new.len() < AUDIT_PAGE;
            for event in new {
                for id in &event.elements {
                    let newest = touched.ids.entry(id.clone()).or_insert(event.time);
                    *newest = event.time.max(*newest);
                }
            }
            if is_last {
                break;
            }
            if page + 1 == PAGES {
                touched.all = newest;
            }
        }
        touched.is_known = facts.audited.is_some();
        capture.facts.borrow_mut().listening.get_or_insert(capture.began);
        // Read again at the end, they tell what was touched meanwhile; the next run begins where this one began.
        if capture.audited.get().is_none() {
            // A project without any event: whatever comes is new. Our own clock may be another than the server's.
            capture.audited.set(newest.or(Some(DateTime::UNIX_EPOCH)));
        }
        touched
    }

    /// Returns when a resource may have been touched, or what it belongs to.
    pub(super) fn when(&self, listed: &Listed) -> Option<DateTime<Utc>> {
        let named = [Some(&listed.id), listed.owner.as_ref()].into_iter().flatten();
        named.filter_map(|id| self.ids.get(id).copied()).chain(self.all).max()
    }

    /// Returns whether the events were read and are believed.
    pub(super) fn is_known(&self) -> bool {
        self.is_known
    }

    /// Returns whether the events say that nobody touched a resource, or what it belongs to. They do not where something
    /// was removed: what referred to that changed without an event of its own.
    #[must_use]
    pub fn denies(&self, id: &str, owner: Option<&str>) -> bool {
        self.is_known && self.all.is_none() && !self.removed && !self.names(id, owner)
    }

    fn names(&self, id: &str, owner: Option<&str>) -> bool {
        self.ids.contains_key(id) || owner.is_some_and(|owner| self.ids.contains_key(owner))
    }
}
