//! Endpoints (dossier §2.6).

use super::body::{Body, Fields, Is};
use super::{Desk, Done, nothing};
use crate::cognigy::project::{Collection, fresh_endpoint, transpile};
use crate::cognigy::serve::ask::Reply;
use serde_json::{Map, Value, json};

const ENDPOINT: &Fields = &[
    ("channel", Is::Text),
    ("name", Is::Name),
    ("flowId", Is::Text),
    ("localeId", Is::Text),
    ("entrypoint", Is::Text),
    ("active", Is::Flag),
    ("nluConnectorId", Is::Text),
    ("foreignId", Is::Text),
    ("useConversations", Is::Flag),
    ("useContactProfiles", Is::Flag),
    ("useAnalytics", Is::Flag),
    ("maskIPAddress", Is::Flag),
    ("maskAnalytics", Is::Flag),
    ("maskLogging", Is::Flag),
    ("useDashbotAnalytics", Is::Flag),
    ("dashbotApikey", Is::Text),
    ("dashbotPlatform", Is::Text),
    ("disableInputSanitization", Is::Flag),
    ("disableSkipUriTags", Is::Flag),
    ("overrideSnapshotConnections", Is::Flag),
    ("settings", Is::Object),
    ("transformer", Is::Object),
    ("handoverSettings", Is::Object),
    ("translationSettings", Is::Object),
    ("fileStorageSettings", Is::Object),
    ("orgDataPrivacySettings", Is::Object),
];

impl Desk<'_> {
    pub(super) fn endpoints(&mut self, path: &[&str]) -> Done {
        let known = |id: &str| match self.project.endpoints.iter().any(|e| e.meta.id == id) {
            true => Ok(()),
            false => Err(Reply::missing("The endpoint")),
        };
        match (self.ask.method.as_str(), path) {
            ("POST", []) => {
                let mut body = self.scoped(ENDPOINT)?;
                body.needs(&["channel", "name", "flowId", "localeId", "entrypoint"])?;
                self.check_endpoint(&body, None)?;
                transpiled(&mut body.0);
                let id = self.project.create_endpoint(body.over(Value::Object(fresh_endpoint())));
                self.created(|view| view.endpoint(&id))
            }
            ("PATCH", [id]) => {
                known(id)?;
                let mut body = self.body(ENDPOINT)?;
                self.check_endpoint(&body, Some(id))?;
                transpiled(&mut body.0);
                let ask = self.ask;
                self.project.edit_endpoint(id, |endpoint| body.onto(endpoint, ask));
                nothing()
            }
            ("DELETE", [id]) => {
                known(id)?;
                self.project.remove_endpoint(id);
                nothing()
            }
            _ => Err(self.unknown()),
        }
    }

    /// What an endpoint leads to must be there: by referenceId, but for the project, which is named by `_id` (§1.9).
    fn check_endpoint(&self, body: &Body, own: Option<&str>) -> Result<(), Reply> {
        let others = self.project.endpoints.iter().filter(|e| own != Some(&*e.meta.id));
        self.free("endpoints", body.text("name"), others.map(|e| e.name()))?;
        let flow = |id: &str| self.project.flows.iter().any(|f| f.reference_id == id);
        let locale = |id: &str| self.project.locales.iter().any(|l| l.reference_id == id);
        let connectors = self.project.documents(Collection::NluConnectors);
        let connector = |id: &str| connectors.iter().any(|c| c.reference_id() == id);
        let fits = [
            ("flowId", body.text("flowId").is_none_or(|id| id.is_empty() || flow(id))),
            ("localeId", body.text("localeId").is_none_or(locale)),
            ("nluConnectorId", body.text("nluConnectorId").is_none_or(|id| id.is_empty() || connector(id))),
            ("entrypoint", body.text("entrypoint").is_none_or(|id| id == self.project.id())),
        ];
        match fits.iter().find(|(_, fits)| !fits) {
            Some((field, _)) => Err(Reply::invalid(&format!("\"{field}\" names nothing that exists"))),
            None => Ok(()),
        }
    }
}

/// Transpiles a transformer's text; what the body says of it is ignored.
pub(super) fn transpiled(body: &mut Map<String, Value>) {
    let Some(Value::Object(transformer)) = body.get_mut("transformer") else { return };
    transformer.shift_remove("transpiledTransformer");
    if let Some(source) = transformer.get("transformer").and_then(Value::as_str) {
        let built = transpile(source);
        transformer.insert("transpiledTransformer".to_owned(), json!(built));
    }
}
