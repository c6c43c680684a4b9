//! AI agents (dossier §2.11).

use super::body::{Fields, Is};
use super::{Desk, Done, nothing};
use serde_json::{Value, json};

const AGENT: &Fields = &[
    ("name", Is::Name),
    ("image", Is::Text),
    ("imageOptimizedFormat", Is::Any),
    ("knowledgeReferenceId", Is::Maybe),
    ("description", Is::Text),
    ("speakingStyle", Is::Object),
    ("voiceConfigs", Is::Object),
    ("enableVoiceConfigs", Is::Flag),
    ("enableAutoLanguageDetection", Is::Flag),
    ("safetySettings", Is::Object),
    ("contactProfilesOption", Is::Text),
    ("contactProfilesSelected", Is::List),
    ("instructions", Is::Text),
];

impl Desk<'_> {
    pub(super) fn agents(&mut self, path: &[&str]) -> Done {
        match (self.ask.method.as_str(), path) {
            ("POST", []) => {
                let body = self.scoped(AGENT)?;
                body.needs(&["name"])?;
                self.free("aiAgents", body.text("name"), self.project.agents.iter().map(|a| a.name()))?;
                let id = self.project.create_agent(body.over(blank()));
                self.created(|view| Ok(view.read_agent(view.agent(&id)?)))
            }
            ("PATCH", [id]) => {
                self.view().agent(id)?;
                let body = self.body(AGENT)?;
                let others = self.project.agents.iter().filter(|a| a.meta.id != *id);
                self.free("aiAgents", body.text("name"), others.map(|a| a.name()))?;
                let ask = self.ask;
                self.project.edit_agent(id, |agent| body.onto(agent, ask));
                nothing()
            }
            ("DELETE", [id]) => {
                self.view().agent(id)?;
                self.project.remove_agent(id);
                nothing()
            }
            _ => Err(self.unknown()),
        }
    }
}

/// What a fresh agent has that nobody said anything about.
fn blank() -> Value {
    json!({
        "image": "",
        "imageOptimizedFormat": false,
        "knowledgeReferenceId": "",
        "description": "",
        "speakingStyle": {"completeness": "balanced", "formality": "balanced"},
        "voiceConfigs": {},
        "enableVoiceConfigs": false,
        "enableAutoLanguageDetection": false,
        "safetySettings": {
            "avoidHarmfulContent": false,
            "avoidUngroundedContent": false,
            "avoidCopyrightInfringements": false,
            "preventJailbreakAndManipulation": false,
        },
        "contactProfilesOption": "noInclusion",
        "contactProfilesSelected": [],
        "instructions": "",
    })
}
