//! Audit events (dossier §2.12, §5.4). Fields and their types are the vendor's client 0.19.0's: times are dates in
//! ISO 8601 here, and not Unix seconds as everywhere else.

use super::documents::ORGANISATION;
use super::{Answer, View};
use crate::cognigy::project::{AuditEvent, ChainElement};
use crate::cognigy::serve::ask::Reply;
use crate::cognigy::serve::paging::{Listed, page};
use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

/// How long the server keeps an event, in seconds: 30 days (§5.4).
const RETENTION: i64 = 30 * 24 * 60 * 60;

impl View<'_> {
    /// Answers a path below `/auditevents`.
    pub(super) fn audit(&self, path: &[&str]) -> Answer {
        if !self.ask.switches.audit_events {
            return Err(Reply::problem(403, 403, "Audit events need the role admin or fullSupportUser"));
        }
        match path {
            [] => {
                self.scoped()?;
                page(self.ask, self.project.audit.iter().rev(), |event| self.event(event))
            }
            [id] => {
                let found = self.project.audit.iter().find(|event| event.id == *id);
                found.map(|event| self.event(event)).ok_or_else(|| Reply::missing("The audit event"))
            }
            _ => Err(self.unknown()),
        }
    }

    fn event(&self, event: &AuditEvent) -> Value {
        let inner = event.chain.len() - 1;
        let flow = event.chain[..inner].iter().position(|element| element.kind == "flow");
        let (kind, action, chain) = match flow {
            // What was made or removed in the flow is not named: all that is left to say is that the flow changed.
            Some(at) if !self.ask.switches.audit_names_nodes => ("patch", None, &event.chain[at..=at]),
            _ => (event.kind, event.action, event.chain.as_slice()),
        };
        let mut shown = json!({"_id": event.id, "timestamp": date(event.at), "type": kind});
        if let Some(action) = action {
            shown["actionType"] = json!(action);
        }
        shown["user"] = json!(event.user);
        shown["userReference"] = json!(event.user_id);
        shown["organisationReference"] = json!(ORGANISATION);
        shown["chain"] = chain.iter().map(element).collect();
        shown["expiresAt"] = json!(date(event.at + RETENTION));
        // Servers do not keep it unless their owner asked for it, say the vendor's types.
        shown["payload"] = Value::Null;
        shown["projectReference"] = json!(self.project.id());
        shown
    }
}

fn element(element: &ChainElement) -> Value {
    json!({"elementType": element.kind, "elementId": element.id})
}

/// A time as JavaScript writes a `Date` into JSON.
fn date(seconds: i64) -> String {
    let time = DateTime::from_timestamp(seconds, 0).expect("the project's time is in this age");
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl Listed for AuditEvent {
    fn id(&self) -> &str {
        &self.id
    }
    /// Who did it is what people look for in the list.
    fn name(&self) -> &str {
        &self.user
    }
    fn times(&self) -> (i64, i64) {
        (self.at, self.at)
    }
}
