//! The documents, the knowledge, and the small parts of locales and flows of seeded projects. They come after
//! everything else, so that the ids of what was there before them stay what they were.

use super::{Size, secrets, words};
use crate::cognigy::project::{Collection, Ids, Project, YesNoIntent};
use serde_json::{Value, json};

/// The three intents that the server gives every locale, without sentences.
pub(crate) fn yes_no(ids: &mut Ids) -> Vec<YesNoIntent> {
    let intent = |(key, name): (&'static str, &str)| YesNoIntent {
        id: ids.id(),
        key,
        name: name.to_owned(),
        rules: Vec::new(),
        is_disabled: false,
        sentences: Vec::new(),
    };
    YesNoIntent::KEYS.into_iter().zip(["Yes", "No", "Reject"]).map(intent).collect()
}

impl Project {
    /// As many of every kind as the size wants.
    pub(super) fn seed_documents(&mut self, size: &Size) {
        for at in 0..self.locales.len() {
            self.locales[at].yes_no = yes_no(&mut self.ids);
        }
        if size.documents == 0 {
            return;
        }
        for kind in Collection::ALL {
            for at in 0..size.documents {
                self.add_document(kind, &words::name(words::documents(kind), at));
            }
        }
        self.plant_secrets();
        self.seed_yes_no();
        self.seed_flow_parts(size.documents);
        for at in 0..size.documents {
            self.seed_knowledge(&words::name(&words::STORES, at), size);
        }
    }

    /// Fills in what the first of each kind have of their own: who uses which connection, and the secrets.
    fn plant_secrets(&mut self) {
        let connections = self.documents.entry(Collection::Connections).or_default();
        let llm = connections.len() - 1;
        let reference = connections[llm].reference_id().to_owned();
        connections[0]
            .body
            .insert("fields".into(), json!({"username": "crm", "value": secrets::CONNECTION_VALUE}));
        let password = connections[0].body.get_mut("fields").expect("just put there");
        password["password"] = json!(secrets::CONNECTION_PASSWORD);
        let fields = connections[llm].body.get_mut("fields").expect("every connection has fields");
        fields["apiKey"] = json!(secrets::LLM_CONNECTION_KEY);
        let first = |documents: &mut Self, kind, field: &str, change: &dyn Fn(&mut Value)| {
            let found = documents.documents.get_mut(&kind).and_then(|all| all.first_mut());
            change(found.and_then(|d| d.body.get_mut(field)).expect("seeded with this field"));
        };
        first(self, Collection::NluConnectors, "settings", &|s| s["apikey"] = json!(secrets::NLU_KEY));
        first(self, Collection::LargeLanguageModels, "connectionId", &|id| *id = json!(reference));
        first(self, Collection::LargeLanguageModels, "isDefault", &|yes| *yes = json!(true));
        first(self, Collection::LargeLanguageModels, "openAI", &|block| {
            block["apiKey"] = json!(secrets::LLM_KEY)
        });
        first(self, Collection::HandoverProviders, "settings", &|s| {
            s["accessToken"] = json!(secrets::HANDOVER_TOKEN)
        });
        let translation = &mut self.settings["translationSettings"];
        translation["provider"] = json!("deepl");
        translation["connections"]["deepl"]["apiKey"] = json!(secrets::TRANSLATION_KEY);
    }

    fn seed_yes_no(&mut self) {
        for at in 0..self.locales.len() {
            let locale = self.locales[at].name.clone();
            let translated = words::LOCALES[at % words::LOCALES.len()].2;
            for (key, texts) in YesNoIntent::KEYS.into_iter().zip(words::YES_NO) {
                for text in texts {
                    self.add_yes_no_sentence(&locale, key, &format!("{translated}{text}"));
                }
            }
        }
    }

    /// States and slot fillers in the first few flows only: most flows of real projects have none.
    fn seed_flow_parts(&mut self, count: usize) {
        let flows: Vec<String> = self.flows.iter().take(count).map(|f| f.meta.id.clone()).collect();
        for flow in flows {
            let intents: Vec<String> =
                self.flow(&flow).into_iter().flat_map(|f| &f.intents).map(|i| i.meta.id.clone()).collect();
            for at in 0..count {
                let state = self.add_flow_state(&flow, &words::name(&words::STATES, at));
                self.edit_flow_state(&flow, &state, |body| {
                    body.insert("isDefault".into(), json!(at == 0));
                    body.insert("intentIds".into(), json!(intents[..intents.len().min(at + 1)]));
                });
                self.add_slot_filler(&flow, &words::name(&words::SLOT_FILLERS, at));
            }
            // Nobody has edited it yet.
            let flow = self.flows.iter_mut().find(|f| f.meta.id == flow).expect("just filled");
            flow.content_changed = flow.meta.last_changed;
        }
    }

    /// A store with two sources.
    fn seed_knowledge(&mut self, name: &str, size: &Size) {
        let store = self.add_knowledge_store(name);
        for at in 0..2 {
            let source = self.add_knowledge_source(&store, &words::name(&words::SOURCES, at));
            for chunk in 0..size.chunks_per_source {
                let text = words::TEXTS[chunk % words::TEXTS.len()];
                self.add_chunk(&store, &source, &format!("{}. {text}", chunk + 1));
            }
        }
    }
}
