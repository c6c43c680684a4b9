//! Pushing: commands with explicit old values, a pack, and then the truth about what moved.
//!
//! A push is never repeated blindly. Where its answer is lost, the refs are read again: at their new values, it had
//! arrived; at the old ones, it is sent again, and the old values in its commands keep a late first copy from doing
//! harm. What a refusal means is asked of the refs before it is read from the server's words.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use git2::Oid;
use reqwest::header::CONTENT_LENGTH;
use reqwest::{Body, Method};

use super::pkt_line::{Packets, encode, flush};
use super::refusal::{self, Meaning};
use super::report::{self, Report};
use super::{Remote, Service};
use crate::http::{Again, Pulse, Retryable};
use crate::store::change::{RefChange, RefOutcome, Refusal, RefusalKind, compare};
use crate::store::error::Problem;
use crate::store::scratch::Pack;

const DOING: &str = "pushing";
const ABSENT: Oid = Oid::ZERO_SHA1;

/// What a push came to.
pub(in crate::store) struct Answer {
    pub(in crate::store) outcomes: Vec<RefOutcome>,
    pub(in crate::store) messages: Vec<String>,
    /// The refs as they were read again, if they were.
    pub(in crate::store) refs: Option<BTreeMap<String, Oid>>,
}

impl Answer {
    /// Whether the server could not make objects of what it was sent, so that nothing moved.
    pub(in crate::store) fn was_not_unpacked(&self) -> bool {
        let is_unpack = |outcome: &RefOutcome| matches!(outcome, RefOutcome::Refused(no) if no.kind == RefusalKind::Unpack);
        self.outcomes.iter().any(is_unpack)
    }
}

impl Remote {
    /// Whether a pack may lean on objects that the server has; one that cannot take that says so.
    pub(in crate::store) fn takes_thin(&self) -> bool {
        !self.capabilities.has("no-thin")
    }

    /// Pushes.
    pub(in crate::store) async fn push(
        &mut self,
        changes: &[RefChange],
        pack: &Pack,
    ) -> Result<Answer, Problem> {
        let mut tries = 0;
        loop {
            let lost = match self.try_push(changes, pack).await {
                Ok(report) => return self.conclude(changes, report).await,
                Err(problem) if problem.surely_not_done() => return Err(problem),
                Err(problem) => self.clean(problem),
            };
            tries += 1;
            let again = lost.again();
            let asked = match again {
                Again::Fault { after } | Again::Throttled { after } => after,
                Again::Never => None,
            };
            tokio::time::sleep(asked.unwrap_or(self.patience.retries.base * tries)).await;
            let unsure = |cause| Problem::Unsure { cause: Box::new(cause) };
            let refs = self.advertise().await.map_err(unsure)?.refs;
            if let Some(outcomes) = compare(&refs, changes) {
                return Ok(Answer { outcomes, messages: Vec::new(), refs: Some(refs) });
            }
            if again == Again::Never || tries >= self.patience.retries.tries {
                return Err(lost);
            }
        }
    }

    /// Makes an answer of a report; what was not all well is asked of the refs first.
    async fn conclude(&mut self, changes: &[RefChange], report: Report) -> Result<Answer, Problem> {
        if report.is_ok_for(changes.iter().map(|change| change.name.as_str())) {
            let outcomes = vec![RefOutcome::Moved; changes.len()];
            return Ok(Answer { outcomes, messages: report.messages, refs: None });
        }
        let refs = self.advertise().await?.refs;
        let outcomes = judge(changes, &refs, &report);
        Ok(Answer { outcomes, messages: report.messages, refs: Some(refs) })
    }

    async fn try_push(&self, changes: &[RefChange], pack: &Pack) -> Result<Report, Problem> {
        let head = self.commands(changes)?;
        let mut length = head.len() as u64;
        let reader = changes.iter().any(|change| change.new.is_some()).then(|| pack.reader());
        if reader.is_some() {
            length += pack.length();
        }
        let pulse = Pulse::default();
        let sent = pulse.clone();
        let head: std::io::Result<Bytes> = Ok(head.into());
        let chunks = std::iter::once(head).chain(reader.into_iter().flatten());
        let body = stream::iter(chunks).inspect(move |_| sent.beat());
        // The length is known, so it is said: some proxies take no request without one.
        let request =
            self.post(Service::ReceivePack)?.header(CONTENT_LENGTH, length).body(Body::wrap_stream(body));
        let response = self.send(request, Service::ReceivePack, "result", DOING, &pulse).await?;
        let mut packets = Packets::new(response, self.patience.silence, Method::POST, DOING);
        report::read(&mut packets, self.capabilities.has("side-band-64k"), &self.words).await
    }

    /// The lines before the pack. Capabilities stand behind the first.
    fn commands(&self, changes: &[RefChange]) -> Result<Vec<u8>, Problem> {
        if !self.capabilities.has("report-status") {
            return Err(Problem::Protocol { found: "a server that reports nothing".to_owned() });
        }
        let optional = ["side-band-64k", "atomic", "ofs-delta"];
        let mut words = vec!["report-status"];
        words.extend(optional.into_iter().filter(|word| self.capabilities.has(word)));
        if self.capabilities.value("object-format").is_some() {
            words.push("object-format=sha1");
        }
        if self.capabilities.value("agent").is_some() {
            words.push(concat!("agent=cognigy-backup/", env!("CARGO_PKG_VERSION")));
        }
        let mut lines = Vec::new();
        for (at, change) in changes.iter().enumerate() {
            let (old, new) = (change.expected.unwrap_or(ABSENT), change.new.unwrap_or(ABSENT));
            let behind = if at == 0 { format!("\0 {}", words.join(" ")) } else { String::new() };
            encode(&mut lines, &format!("{old} {new} {}{behind}", change.name));
        }
        flush(&mut lines);
        Ok(lines)
    }
}

/// What became of each ref of a push that was not all ok.
fn judge(changes: &[RefChange], refs: &BTreeMap<String, Oid>, report: &Report) -> Vec<RefOutcome> {
    let one = |change: &RefChange| {
        let found = refs.get(&change.name).copied();
        let reason = report.refs.get(&change.name);
        if matches!(reason, Some(None)) && found == change.new {
            return RefOutcome::Moved;
        }
        if found != change.expected {
            return RefOutcome::Raced { found };
        }
        let reason = match (reason, &report.unpack) {
            (_, Some(unpack)) => return refused(RefusalKind::Unpack, unpack, report),
            (Some(Some(reason)), None) => reason,
            // Said to have moved, or not mentioned, and yet it stands where it stood.
            _ => return RefOutcome::Raced { found },
        };
        match refusal::read(&change.name, reason, &report.messages) {
            Meaning::Busy => RefOutcome::Raced { found },
            Meaning::Held => RefOutcome::Held,
            Meaning::Refused(refusal) => RefOutcome::Refused(refusal),
        }
    };
    if let Some(outcomes) =
        compare(refs, changes).filter(|all| all.iter().all(|one| *one == RefOutcome::Moved))
    {
        return outcomes;
    }
    let mut outcomes: Vec<RefOutcome> = changes.iter().map(one).collect();
    // Somebody has to be the reason.
    if outcomes.iter().all(|outcome| *outcome == RefOutcome::Held)
        && let Some(first) = outcomes.first_mut()
    {
        let reason = report.refs.values().flatten().next().map_or("no reason given", String::as_str);
        *first = refused(RefusalKind::Other, reason, report);
    }
    outcomes
}

fn refused(kind: RefusalKind, reason: &str, report: &Report) -> RefOutcome {
    let details = report.messages.iter().take(20).cloned().collect();
    RefOutcome::Refused(Refusal { kind, reason: reason.to_owned(), details })
}
