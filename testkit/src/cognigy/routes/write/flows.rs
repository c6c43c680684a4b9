//! Flows, their settings and their localisation (dossier §2.3).

use super::body::{Body, Fields, Is, set, texts};
use super::projects::SHARED;
use super::{Desk, Done, nothing};
use crate::cognigy::project::Flow;
use crate::cognigy::serve::ask::Reply;
use serde_json::{Value, json};

const FLOW: &Fields = &[
    ("name", Is::Name),
    ("description", Is::Text),
    ("context", Is::Object),
    ("attachedFlows", Is::Texts),
    ("attachedLexicons", Is::Texts),
    ("img", Is::Text),
];

/// Only when it is made: what a flow may be generated from.
const GENERATED: &Fields = &[("transcript", Is::Computed), ("flowGenerationInput", Is::Computed)];

/// Only when it is changed.
const CHANGED: &Fields =
    &[("localeId", Is::Text), ("isTrainingOutOfDate", Is::Computed), ("feedbackReport", Is::Computed)];

pub(super) const LOCALISATION: &Fields = &[
    ("localeId", Is::Text),
    ("inheritFromLocaleId", Is::Text),
    ("nodeTranslationSettings", Is::Computed),
    ("intentTranslationSettings", Is::Computed),
];

const SETTINGS: &Fields = &[
    ("continueExecutionAfterAttachedFlow", Is::Flag),
    ("continueExecutionAfterDefaultReply", Is::Flag),
    ("continueExecutionAfterNegativeConfirmation", Is::Flag),
    ("passDefaultRepliesIntoFlow", Is::Flag),
    ("flowIntentMappingOrder", Is::Text),
    ("useAttachedFlowThresholds", Is::Flag),
    ("useAttachedFlowContinueAfterDefaultReply", Is::Flag),
    ("useAttachedFlowPassDefaultRepliesIntoFlow", Is::Flag),
    ("implicitSlotParsing", Is::Text),
    ("useAttachedFlowImplicitSlotParsing", Is::Flag),
    ("lexiconSlotsWithSubMatches", Is::Flag),
    ("useIntentDefaultRepliesAsExamples", Is::Flag),
    ("localeSettings", Is::Any),
];

impl Desk<'_> {
    pub(super) fn flows(&mut self, path: &[&str]) -> Done {
        let Some((id, rest)) = path.split_first() else {
            return if self.ask.method == "POST" { self.create_flow() } else { Err(self.unknown()) };
        };
        self.view().flow(id)?;
        match (self.ask.method.as_str(), rest) {
            ("PATCH", []) => self.patch_flow(id),
            ("DELETE", []) => self.delete_flow(id),
            ("PATCH", ["settings"]) => self.patch_flow_settings(id),
            ("POST", ["addlocalization"]) => self.localise_flow(id),
            ("POST", ["removelocalization"]) => {
                let locale = self.lost_locale(|flow, l| flow.localised.iter().any(|have| have == l), id)?;
                self.project.unlocalise_flow(id, &locale);
                nothing()
            }
            (_, ["chart", "nodes", rest @ ..]) => self.nodes(id, rest),
            ("POST", ["intents", "train"]) => self.train(id),
            ("POST", ["intents", "import"]) => self.import_intents(id),
            (_, ["intents", rest @ ..]) => self.intents(id, rest),
            (_, ["states", rest @ ..]) => self.states(id, rest),
            (_, ["slotfillers", rest @ ..]) => self.slot_fillers(id, rest),
            _ => Err(self.unknown()),
        }
    }

    /// The flow of the path, which [`Desk::flows`] has found.
    pub(super) fn flow(&self, id: &str) -> &Flow {
        self.project.flows.iter().find(|f| f.meta.id == id).expect("the path's flow was just found")
    }

    fn create_flow(&mut self) -> Done {
        let fields = [FLOW, GENERATED].concat();
        let mut body = self.scoped(&fields)?;
        body.needs(&["name"])?;
        self.check_flow(&body, None)?;
        let name = body.take_text("name").unwrap_or_default();
        let id = self.project.create_flow(&name, |flow| fill(flow, &mut body));
        self.created(|view| view.read_flow(view.flow(&id)?))
    }

    fn patch_flow(&mut self, id: &str) -> Done {
        let mut body = Body::of(self.ask, &[FLOW, CHANGED])?;
        self.check_flow(&body, Some(id))?;
        if let Some(locale) = body.take_text("localeId") {
            self.flow_localised(id, &locale)?;
        }
        self.project.edit_flow(id, |flow| {
            set(&mut flow.name, body.take_text("name"));
            fill(flow, &mut body);
        });
        nothing()
    }

    fn delete_flow(&mut self, id: &str) -> Done {
        let reference = self.flow(id).reference_id.clone();
        self.project.delete_flow(id);
        if self.ask.switches.deletes_clear_references {
            self.project.forget(id);
        }
        if self.ask.switches.flow_delete_takes_endpoints {
            let leads = self.project.endpoints.iter().filter(|e| e.body["flowId"] == reference.as_str());
            let leads: Vec<String> = leads.map(|e| e.meta.id.clone()).collect();
            leads.iter().for_each(|endpoint| self.project.remove_endpoint(endpoint));
        }
        nothing()
    }

    fn check_flow(&self, body: &Body, own: Option<&str>) -> Result<(), Reply> {
        let others = self.project.flows.iter().filter(|f| own != Some(&*f.meta.id));
        self.free("flows", body.text("name"), others.map(|f| &*f.name))?;
        if body.0.get("context").is_some_and(dotted) {
            return Err(Reply::invalid("Keys of \"context\" must not contain a dot"));
        }
        let flows: Vec<&str> = self.project.flows.iter().map(|f| &*f.meta.id).collect();
        let lexicons: Vec<&str> = self.project.lexicons.iter().map(|l| &*l.meta.id).collect();
        for (field, known) in [("attachedFlows", flows), ("attachedLexicons", lexicons)] {
            let named = body.0.get(field).map(texts).unwrap_or_default();
            if let Some(lost) = named.iter().find(|id| !known.contains(&id.as_str())) {
                return Err(Reply::invalid(&format!("\"{field}\" names {lost}, which does not exist")));
            }
        }
        Ok(())
    }

    fn patch_flow_settings(&mut self, id: &str) -> Done {
        let mut body = Body::of(self.ask, &[SETTINGS, SHARED])?;
        let rows = match body.take("localeSettings") {
            None => Vec::new(),
            Some(Value::Array(rows)) if self.ask.switches.flow_settings_take_list => rows,
            Some(row @ Value::Object(_)) => vec![row],
            Some(_) => return Err(Reply::invalid("\"localeSettings\" must be an object")),
        };
        let row = |row: &Value| {
            Some((row["localeReference"].as_str()?.to_owned(), row["inheritFallbackLocaleModel"].as_bool()?))
        };
        let rows: Option<Vec<_>> = rows.iter().map(row).collect();
        let rows = rows
            .ok_or_else(|| Reply::invalid("\"localeSettings\" must name a locale and whether it inherits"))?;
        for (locale, _) in &rows {
            self.flow_localised(id, locale)?;
        }
        self.project.patch_flow_settings(id, |settings, inherits| {
            body.0.into_iter().for_each(|(name, value)| settings[name] = value);
            for (locale, yes) in rows {
                inherits.retain(|l| *l != locale);
                inherits.extend(yes.then_some(locale));
            }
        });
        nothing()
    }

    fn localise_flow(&mut self, id: &str) -> Done {
        let (locale, _) = self.new_locale(|flow, l| flow.localised.iter().any(|have| have == l), id)?;
        self.project.localise_flow(id, &locale);
        nothing()
    }

    fn train(&mut self, id: &str) -> Done {
        let body = self.body(&[("localeId", Is::Text), ("mode", Is::Text)])?;
        if let Some(locale) = body.text("localeId") {
            self.known_locale("localeId", locale)?;
        }
        if body.text("mode").is_some_and(|mode| !["full", "quick"].contains(&mode)) {
            return Err(Reply::invalid("\"mode\" must be full or quick"));
        }
        let flow = id.to_owned();
        self.begin(
            "trainIntents",
            json!({"flowId": id}),
            Box::new(move |project| {
                project.train(&flow);
                Ok(())
            }),
        )
    }

    /// Refuses a locale in which the flow is not localised.
    pub(super) fn flow_localised(&self, flow: &str, locale: &str) -> Result<(), Reply> {
        self.known_locale("localeId", locale)?;
        match self.flow(flow).localised.iter().any(|l| l == locale) {
            true => Ok(()),
            false => Err(Reply::invalid("The flow is not localised in this locale")),
        }
    }

    /// The locales of an `addlocalization`: the new one, and the one to copy.
    pub(super) fn new_locale(
        &self,
        localised: impl Fn(&Flow, &str) -> bool,
        flow: &str,
    ) -> Result<(String, Option<String>), Reply> {
        let mut body = self.body(LOCALISATION)?;
        body.needs(&["localeId"])?;
        let locale = body.take_text("localeId").unwrap_or_default();
        self.known_locale("localeId", &locale)?;
        let flow = self.flow(flow);
        if localised(flow, &locale) {
            return Err(Reply::conflict("It is localised in this locale already"));
        }
        let from = body.take_text("inheritFromLocaleId");
        if let Some(from) = &from {
            self.known_locale("inheritFromLocaleId", from)?;
        }
        let blank = self.ask.switches.localisation_starts_blank;
        let from = from.or_else(|| (!blank).then(|| locale.clone()));
        // What is not localised there either shows what it inherits.
        let from = from.map(|from| self.project.resolve(&from, |l| localised(flow, l)).to_owned());
        Ok((locale, from))
    }

    /// The locale of a `removelocalization`.
    pub(super) fn lost_locale(
        &self,
        localised: impl Fn(&Flow, &str) -> bool,
        flow: &str,
    ) -> Result<String, Reply> {
        let mut body = self.body(&[("localeId", Is::Text)])?;
        body.needs(&["localeId"])?;
        let locale = body.take_text("localeId").unwrap_or_default();
        self.known_locale("localeId", &locale)?;
        if locale == self.project.primary().meta.id {
            return Err(Reply::invalid("The primary locale's version cannot be removed"));
        }
        if !localised(self.flow(flow), &locale) {
            return Err(Reply::invalid("It is not localised in this locale"));
        }
        Ok(locale)
    }
}

fn fill(flow: &mut Flow, body: &mut Body) {
    if let Some(description) = body.take_text("description") {
        flow.description = Some(description);
    }
    set(&mut flow.context, body.take("context"));
    set(&mut flow.attached_flows, body.take_texts("attachedFlows"));
    set(&mut flow.attached_lexicons, body.take_texts("attachedLexicons"));
    set(&mut flow.img, body.take_text("img"));
}

/// Whether any key has a dot in it, at any depth (§2.3).
fn dotted(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('.') || dotted(value)),
        Value::Array(items) => items.iter().any(dotted),
        _ => false,
    }
}
