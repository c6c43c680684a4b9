//! The kinds of one document each (dossier §2.12): where they are written, and which fields they take.

use super::body::{Body, Fields, Is};
use super::endpoints::transpiled;
use super::{Desk, Done, nothing};
use crate::cognigy::project::{Collection, Project};
use crate::cognigy::serve::ask::Reply;
use serde_json::{Map, Value, json};

const FUNCTION: &Fields = &[("name", Is::Name), ("code", Is::Text), ("isDisabled", Is::Flag)];

const CONNECTION: &Fields = &[
    ("name", Is::Name),
    ("fields", Is::Object),
    ("extension", Is::Text),
    ("type", Is::Text),
    ("isDeprecated", Is::Flag),
];

const NLU_CONNECTOR: &Fields =
    &[("name", Is::Name), ("type", Is::Text), ("settings", Is::Object), ("transformer", Is::Object)];

const PLAYBOOK: &Fields =
    &[("name", Is::Name), ("abortOnError", Is::Flag), ("timeout", Is::Number), ("steps", Is::List)];

const TOKEN: &Fields = &[("label", Is::Label), ("type", Is::Text), ("script", Is::Text)];

const MODEL: &Fields = &[
    ("name", Is::Name),
    ("description", Is::Text),
    ("modelType", Is::Text),
    ("modelGroup", Is::Text),
    ("isCustomModel", Is::Flag),
    ("provider", Is::Text),
    ("connectionId", Is::Text),
    ("isDefault", Is::Flag),
    ("azureOpenAI", Is::Object),
    ("openAI", Is::Object),
    ("alephAlpha", Is::Object),
    ("googleVertexAI", Is::Object),
    ("googleGemini", Is::Object),
    ("anthropic", Is::Object),
    ("awsBedrock", Is::Object),
];

const GOAL: &Fields =
    &[("name", Is::Name), ("version", Is::Text), ("description", Is::Text), ("steps", Is::List)];

const COPILOT: &Fields = &[("name", Is::Name), ("description", Is::Text), ("config", Is::Object)];

const HANDOVER: &Fields = &[
    ("name", Is::Name),
    ("serviceId", Is::Text),
    ("service", Is::Text),
    ("localeId", Is::Maybe),
    ("properties", Is::List),
    ("settings", Is::Object),
];

/// Of connections only these change, and they are replaced as a whole.
const CONNECTION_FIELDS: &Fields = &[("fields", Is::Object)];

/// Of extensions only this changes, and none can be made: their code is uploaded.
const TRUST: &Fields = &[("trustedCode", Is::Flag)];

impl Collection {
    /// The fields of a POST, the ones it cannot do without, and those of a PATCH.
    fn takes(self) -> (Option<&'static Fields>, &'static [&'static str], Option<&'static Fields>) {
        match self {
            Self::Functions => (Some(FUNCTION), &["name"], Some(FUNCTION)),
            Self::Connections => (Some(CONNECTION), &["name", "extension", "type"], Some(CONNECTION_FIELDS)),
            Self::NluConnectors => (Some(NLU_CONNECTOR), &["name", "type"], Some(NLU_CONNECTOR)),
            Self::Playbooks => (Some(PLAYBOOK), &["name"], Some(PLAYBOOK)),
            Self::Extensions => (None, &[], Some(TRUST)),
            Self::Tokens => (Some(TOKEN), &["label", "type", "script"], None),
            Self::LargeLanguageModels => (Some(MODEL), &["name", "modelType", "provider"], Some(MODEL)),
            Self::Goals => (Some(GOAL), &["name"], Some(GOAL)),
            Self::CopilotConfigs => (Some(COPILOT), &["name"], Some(COPILOT)),
            Self::HandoverProviders => (Some(HANDOVER), &["name", "serviceId"], Some(HANDOVER)),
        }
    }

    /// What a fresh one has that nobody said anything about.
    fn blank(self) -> Value {
        match self {
            Self::Functions => json!({"isDisabled": false, "code": ""}),
            Self::Connections => json!({"isDeprecated": false, "fields": {}}),
            Self::NluConnectors => json!({"settings": {}, "transformer": {
                "abortOnError": false,
                "transformerStackEnabled": false,
                "preNluTransformerEnabled": false,
                "postNluTransformerEnabled": false,
                "nluCodeTransformerEnabled": false,
            }}),
            Self::Playbooks => json!({"abortOnError": false, "timeout": 2000, "steps": []}),
            Self::LargeLanguageModels => json!({"description": "", "connectionId": "", "isDefault": false}),
            Self::Goals => json!({"version": "1", "description": "", "steps": []}),
            Self::CopilotConfigs => json!({"description": "", "config": {}}),
            Self::HandoverProviders => {
                json!({"service": "", "localeId": null, "properties": [], "settings": {}})
            }
            Self::Tokens | Self::Extensions => json!({}),
        }
    }
}

impl Desk<'_> {
    pub(super) fn documents(&mut self, path: &[&str]) -> Done {
        let fits = |pattern: &[&str], path: &[&str]| {
            pattern.len() == path.len() && pattern.iter().zip(path).all(|(p, s)| p == s || *p == "*")
        };
        let method = self.ask.method.as_str();
        for kind in Collection::ALL {
            if kind == Collection::Tokens
                && fits(&kind.path()[..1], &path[..path.len().min(1)])
                && path.len() > 2
            {
                self.view().own(path[1])?;
            }
            // The POST of handover providers is singular, and what changes one is plural (§2.12).
            let made =
                if kind == Collection::HandoverProviders { &["handover", "provider"] } else { kind.path() };
            match path.split_last() {
                _ if method == "POST" && fits(made, path) => return self.create_document(kind),
                Some((id, above)) if fits(kind.path(), above) => return self.change_document(kind, id),
                // Nobody has said which of the two paths deletes one.
                Some((id, above)) if method == "DELETE" && fits(made, above) => {
                    return self.change_document(kind, id);
                }
                _ => {}
            }
        }
        Err(self.unknown())
    }

    fn create_document(&mut self, kind: Collection) -> Done {
        let (Some(fields), needed, _) = kind.takes() else { return Err(self.unknown()) };
        let reference: &Fields =
            if kind.has_reference_id() { &[("referenceId", Is::ReferenceId)] } else { &[] };
        let fields = [fields, reference].concat();
        let mut body = if kind == Collection::Tokens { self.body(&fields)? } else { self.scoped(&fields)? };
        body.needs(needed)?;
        self.check_document(kind, &body, None)?;
        transpiled(&mut body.0);
        renew(self.project, &mut body.0, &[]);
        let id = self.project.create_document(kind, body.over(kind.blank()));
        self.created(|view| view.read_document(kind, &id))
    }

    fn change_document(&mut self, kind: Collection, id: &str) -> Done {
        let found = self.project.documents(kind).iter().find(|d| d.meta.id == id);
        let found =
            found.ok_or_else(|| Reply::missing(&format!("The resource among the {}", kind.name())))?;
        match (self.ask.method.as_str(), kind.takes()) {
            ("PATCH", (_, _, Some(fields))) => {
                let known = ids(&Value::Object(found.body.clone()));
                let mut body = Body::of(self.ask, &[fields, &[("referenceId", Is::Computed)]])?;
                self.check_document(kind, &body, Some(id))?;
                transpiled(&mut body.0);
                renew(self.project, &mut body.0, &known);
                let ask = self.ask;
                self.project.edit_document(kind, id, |document| body.onto(document, ask));
                nothing()
            }
            ("DELETE", _) => {
                self.project.remove_document(kind, id);
                nothing()
            }
            _ => Err(self.unknown()),
        }
    }

    fn check_document(&self, kind: Collection, body: &Body, own: Option<&str>) -> Result<(), Reply> {
        let others = self.project.documents(kind).iter().filter(|d| own != Some(&*d.meta.id));
        self.free(kind.name(), body.text("name").or(body.text("label")), others.map(|d| d.name()))
    }
}

/// Gives what is listed inside a document (steps, asserts) `_id`s of this server; those it knows already stay.
fn renew(project: &mut Project, body: &mut Map<String, Value>, known: &[String]) {
    for list in ["steps", "asserts"] {
        for item in body.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            let Value::Object(item) = item else { continue };
            if item.get("_id").and_then(Value::as_str).is_none_or(|id| !known.iter().any(|k| k == id)) {
                item.insert("_id".to_owned(), json!(project.fresh_id()));
            }
            renew(project, item, known);
        }
    }
}

/// Every `_id` in a document.
fn ids(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => {
            let own = fields.get("_id").and_then(Value::as_str).map(str::to_owned);
            own.into_iter().chain(fields.values().flat_map(ids)).collect()
        }
        Value::Array(items) => items.iter().flat_map(ids).collect(),
        _ => Vec::new(),
    }
}
