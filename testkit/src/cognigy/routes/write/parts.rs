//! The small parts of flows: states and slot fillers (dossier §2.3).

use super::body::{Body, Fields, Is, texts};
use super::{Desk, Done, nothing};
use crate::cognigy::serve::ask::Reply;
use serde_json::{Value, json};

const STATE: &Fields =
    &[("name", Is::Name), ("type", Is::Text), ("isDefault", Is::Flag), ("intentIds", Is::Texts)];

const SLOT_FILLER: &Fields = &[
    ("name", Is::Name),
    ("type", Is::Text),
    ("slot", Is::Text),
    ("regex", Is::Text),
    ("usePositiveOnly", Is::Flag),
    ("removeNegated", Is::Flag),
    ("storeResultInContext", Is::Flag),
    ("contextKey", Is::Text),
    ("storeInContactProfile", Is::Flag),
    ("profileKey", Is::Text),
    ("storeDetailedResults", Is::Flag),
    ("skipIfResultInContext", Is::Flag),
    ("additionalValidation", Is::Text),
    ("resultLocation", Is::Text),
    ("referenceId", Is::ReferenceId),
];

impl Desk<'_> {
    /// What is below `/flows/{flow}/states`.
    pub(super) fn states(&mut self, flow: &str, path: &[&str]) -> Done {
        let states = &self.flow(flow).states;
        if let Some(id) = path.first() {
            states.iter().find(|s| s.meta.id == *id).ok_or_else(|| Reply::missing("The state"))?;
        }
        match (self.ask.method.as_str(), path) {
            ("POST", []) => {
                let body = self.body(STATE)?;
                body.needs(&["name"])?;
                self.check_state(flow, &body)?;
                let blank = json!({"type": "whitelist", "isDefault": false, "intentIds": []});
                let id = self.project.create_state(flow, body.over(blank));
                self.created(|view| view.part(&view.flow(flow)?.states, &id))
            }
            ("PATCH", [id]) => {
                let body = self.body(STATE)?;
                self.check_state(flow, &body)?;
                self.project.edit_flow_state(flow, id, |state| state.extend(body.0));
                nothing()
            }
            ("DELETE", [id]) => {
                self.project.remove_flow_state(flow, id);
                nothing()
            }
            ("POST", [id, verb @ ("addintent" | "removeintent")]) => {
                let mut body = self.body(&[("intentId", Is::Text)])?;
                body.needs(&["intentId"])?;
                let intent = body.take_text("intentId").unwrap_or_default();
                self.intent(flow, &intent)?;
                self.project.edit_flow_state(flow, id, |state| {
                    let mut all = state.get("intentIds").map(texts).unwrap_or_default();
                    all.retain(|have| *have != intent);
                    all.extend((*verb == "addintent").then_some(intent));
                    state.insert("intentIds".to_owned(), json!(all));
                });
                nothing()
            }
            _ => Err(self.unknown()),
        }
    }

    fn check_state(&self, flow: &str, body: &Body) -> Result<(), Reply> {
        if body.text("type").is_some_and(|kind| !["whitelist", "blacklist"].contains(&kind)) {
            return Err(Reply::invalid("\"type\" must be whitelist or blacklist"));
        }
        let named = body.0.get("intentIds").map(texts).unwrap_or_default();
        match named.iter().find(|id| self.intent(flow, id).is_err()) {
            Some(id) => {
                Err(Reply::invalid(&format!("\"intentIds\" names {id}, which is no intent of the flow")))
            }
            None => Ok(()),
        }
    }

    /// What is below `/flows/{flow}/slotfillers`.
    pub(super) fn slot_fillers(&mut self, flow: &str, path: &[&str]) -> Done {
        let fillers = &self.flow(flow).slot_fillers;
        if let Some(id) = path.first() {
            fillers.iter().find(|s| s.meta.id == *id).ok_or_else(|| Reply::missing("The slot filler"))?;
        }
        match (self.ask.method.as_str(), path) {
            ("POST", []) => {
                let body = self.body(SLOT_FILLER)?;
                body.needs(&["name", "type"])?;
                let id = self.project.create_slot_filler(flow, body.over(blank()));
                self.created(|view| view.part(&view.flow(flow)?.slot_fillers, &id))
            }
            ("PATCH", [id]) => {
                let mut body = self.body(SLOT_FILLER)?;
                body.take("referenceId");
                self.project.edit_slot_filler(flow, id, |filler| filler.extend(body.0));
                nothing()
            }
            ("DELETE", [id]) => {
                self.project.remove_slot_filler(flow, id);
                nothing()
            }
            _ => Err(self.unknown()),
        }
    }
}

/// What a fresh slot filler has that nobody said anything about.
fn blank() -> Value {
    json!({
        "usePositiveOnly": false,
        "removeNegated": false,
        "storeResultInContext": false,
        "contextKey": "",
        "storeInContactProfile": false,
        "profileKey": "",
        "storeDetailedResults": false,
        "skipIfResultInContext": false,
        "additionalValidation": "",
        "resultLocation": "",
    })
}
