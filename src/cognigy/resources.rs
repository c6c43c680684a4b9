//! What can be asked, one method for each question, in the order in which the API's documentation has them.

use serde_json::{Value, json};

use super::client::{Client, Question};
use super::{Error, wire};

/// Paths and ids are as the server gave them. Every method fails with whatever kept the answer from coming or from
/// being what was asked for.
#[allow(clippy::missing_errors_doc)]
impl Client {
    /// The project itself.
    pub async fn project(&self) -> Result<Value, Error> {
        let question = self.get(&["projects", self.project_id().as_str()], &[])?.of_project();
        self.resource(&question, self.project_id().as_str()).await
    }

    /// The project's locales.
    pub async fn locales(&self) -> Result<Vec<Value>, Error> {
        self.of_the_project("locales").await
    }

    /// The project's flows, without their content.
    pub async fn flows(&self) -> Result<Vec<Value>, Error> {
        self.of_the_project("flows").await
    }

    /// One flow, without its chart.
    pub async fn flow(&self, flow: &str) -> Result<Value, Error> {
        self.resource(&self.get(&["flows", flow], &[])?, flow).await
    }

    /// One flow's settings.
    pub async fn flow_settings(&self, flow: &str) -> Result<Value, Error> {
        self.object(&self.get(&["flows", flow, "settings"], &[])?).await
    }

    /// One flow's chart as a locale shows it: nodes without their configuration, and how they hang together.
    pub async fn chart(&self, flow: &str, locale: &str) -> Result<Value, Error> {
        let question = self.get(&["flows", flow, "chart"], &[("preferredLocaleId", locale)])?;
        let chart = self.object(&question).await?;
        for part in ["nodes", "relations"] {
            if !chart.get(part).is_some_and(Value::is_array) {
                return Err(shape(&question, format!("is not a chart: it has no `{part}`")));
            }
        }
        Ok(chart)
    }

    /// One flow's nodes as a list, on some servers with their configuration.
    pub async fn nodes(&self, flow: &str, locale: &str) -> Result<Vec<Value>, Error> {
        self.list(&["flows", flow, "chart", "nodes"], &[("preferredLocaleId", locale)]).await
    }

    /// One node with its configuration as a locale shows it.
    pub async fn node(&self, flow: &str, node: &str, locale: &str) -> Result<Value, Error> {
        let path = ["flows", flow, "chart", "nodes", node];
        self.resource(&self.get(&path, &[("preferredLocaleId", locale)])?, node).await
    }

    /// One flow's intents in a locale with their sentences, as the server exports them.
    pub async fn export_intents(&self, flow: &str, locale: &str) -> Result<Value, Error> {
        let body = json!({ "localeId": locale, "format": "json" });
        let question = self.export(&["flows", flow, "intents", "export"], &body)?;
        let export = self.ask(&question).await?;
        if export.is_array() || export.is_object() {
            return Ok(export);
        }
        Err(shape(&question, "is no export of intents: neither an array nor an object".to_owned()))
    }

    /// The project's endpoints, without their settings.
    pub async fn endpoints(&self) -> Result<Vec<Value>, Error> {
        self.of_the_project("endpoints").await
    }

    /// One endpoint.
    pub async fn endpoint(&self, endpoint: &str) -> Result<Value, Error> {
        self.resource(&self.get(&["endpoints", endpoint], &[])?, endpoint).await
    }

    /// The project's lexicons, without their content.
    pub async fn lexicons(&self) -> Result<Vec<Value>, Error> {
        self.of_the_project("lexicons").await
    }

    /// One lexicon, without its entries.
    pub async fn lexicon(&self, lexicon: &str) -> Result<Value, Error> {
        self.resource(&self.get(&["lexicons", lexicon], &[])?, lexicon).await
    }

    /// One lexicon's entries with their keyphrases.
    pub async fn lexicon_entries(&self, lexicon: &str) -> Result<Vec<Value>, Error> {
        self.list(&["lexicons", lexicon, "entries"], &[]).await
    }

    /// One lexicon's slots.
    pub async fn lexicon_slots(&self, lexicon: &str) -> Result<Vec<Value>, Error> {
        self.list(&["lexicons", lexicon, "slots"], &[]).await
    }

    /// The project's AI Agents.
    pub async fn ai_agents(&self) -> Result<Vec<Value>, Error> {
        self.of_the_project("aiagents").await
    }

    /// One AI Agent.
    pub async fn ai_agent(&self, agent: &str) -> Result<Value, Error> {
        self.resource(&self.get(&["aiagents", agent], &[])?, agent).await
    }

    async fn of_the_project(&self, kind: &str) -> Result<Vec<Value>, Error> {
        self.list(&[kind], &[("projectId", self.project_id().as_str())]).await
    }

    /// Asks for the thing with this `_id`: an answer about another one (a mixed-up cache) must not be stored as it.
    async fn resource(&self, question: &Question, id: &str) -> Result<Value, Error> {
        let resource = self.object(question).await?;
        match wire::id(&resource) {
            Some(found) if found == id => Ok(resource),
            Some(found) => Err(shape(question, format!("is about another resource, `{found}`"))),
            None => Err(shape(question, "is not the resource asked for: it has no `_id`".to_owned())),
        }
    }

    async fn object(&self, question: &Question) -> Result<Value, Error> {
        let answer = self.ask(question).await?;
        if answer.is_object() {
            return Ok(answer);
        }
        Err(shape(question, "is not an object".to_owned()))
    }
}

fn shape(question: &Question, problem: String) -> Error {
    Error::Shape { path: question.path(), problem }
}
