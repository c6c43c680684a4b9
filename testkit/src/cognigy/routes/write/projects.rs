//! The project and its settings (dossier §2.1).

use super::body::{Fields, Is, merge, set};
use super::{Desk, Done, nothing};
use serde_json::Value;

const PROJECT: &Fields = &[
    ("name", Is::Name),
    ("color", Is::Text),
    ("handoverConfiguration", Is::Object),
    // In the vendor's type, and shown as a constant here.
    ("liveAgentDefaultInbox", Is::Computed),
];

/// What the settings of a project and of a flow have in common.
pub(super) const SHARED: &Fields = &[
    ("positiveConfirmationWords", Is::Texts),
    ("negativeConfirmationWords", Is::Texts),
    ("intentThreshold", Is::Object),
    ("systemSlots", Is::Object),
    ("learnNewExampleSentences", Is::Flag),
    ("learnNewExampleSentencesThreshold", Is::Number),
    ("yesNoLogic", Is::Text),
    ("yesNoIntentThreshold", Is::Number),
];

const SETTINGS: &Fields = &[
    ("timezone", Is::Text),
    ("useCaseSensitiveIntentMapping", Is::Flag),
    ("collectAnalytics", Is::Flag),
    ("trackDataOnlyInputs", Is::Flag),
    ("translationSettings", Is::Object),
    ("audioPreviewSettings", Is::Object),
    ("generativeAISettings", Is::Object),
    ("currencySettings", Is::Object),
    ("knowledgeAISettings", Is::Object),
];

impl Desk<'_> {
    pub(super) fn patch_project(&mut self, id: &str) -> Done {
        self.view().own(id)?;
        let mut body = self.body(PROJECT)?;
        self.project.patch_project(|p| {
            set(&mut p.name, body.take_text("name"));
            set(&mut p.color, body.take_text("color"));
            set(&mut p.handover, body.take("handoverConfiguration"));
        });
        nothing()
    }

    /// Objects are merged field by field: the vendor's type is partial at every depth.
    pub(super) fn patch_settings(&mut self, id: &str) -> Done {
        self.view().own(id)?;
        let body = super::Body::of(self.ask, &[SETTINGS, SHARED])?;
        self.project.edit_settings(|settings| merge(settings, Value::Object(body.0)));
        nothing()
    }
}
