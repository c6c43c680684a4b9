//! Made-up projects: deterministic, so that a seed is all a failing test has to name.

mod bodies;
mod chart;
mod config;
mod documents;
mod resources;
mod secrets;
mod words;

use super::{Flow, Ids, Intent, Locale, Project, Sentence};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) use bodies::{body, chunk, slot_filler, source, state, step, store};
pub(super) use chart::{bare_chart, node, relation};
pub(super) use documents::yes_no;
pub(crate) use resources::fresh_endpoint;
pub(super) use resources::{agent_body, endpoint_body};
pub use secrets::{PLANTED_IN_CODE, PLANTED_SECRETS};

/// How large a seeded project is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Flows.
    pub flows: usize,
    /// Locales, the primary one included; the API allows 10 (dossier §1.8).
    pub locales: usize,
    /// Nodes of each flow, start and end included (so at least 2).
    pub nodes_per_flow: usize,
    /// How many of a flow's nodes are localised in each further locale, in percent.
    pub localised_percent: usize,
    /// Intents of each flow.
    pub intents_per_flow: usize,
    /// Example sentences of each intent, in each locale where it is localised.
    pub sentences_per_intent: usize,
    /// Endpoints.
    pub endpoints: usize,
    /// Lexicons.
    pub lexicons: usize,
    /// Entries of each lexicon.
    pub entries_per_lexicon: usize,
    /// AI agents.
    pub agents: usize,
    /// Of every other kind: functions, connections, … knowledge stores (of two sources each), and the states and slot
    /// fillers of as many flows.
    pub documents: usize,
    /// Chunks of each knowledge source; a page holds 100.
    pub chunks_per_source: usize,
}

impl Size {
    /// The project of most tests: 3 flows, 2 locales, 10 nodes each.
    pub const fn small() -> Self {
        Self {
            flows: 3,
            locales: 2,
            nodes_per_flow: 10,
            localised_percent: 20,
            intents_per_flow: 2,
            sentences_per_intent: 3,
            endpoints: 2,
            lexicons: 2,
            entries_per_lexicon: 4,
            agents: 1,
            documents: 2,
            chunks_per_source: 3,
        }
    }

    /// The project of the benchmarks, which is the dossier's second case (§5.1): about 5 MB of JSON.
    pub const fn benchmark() -> Self {
        Self {
            flows: 50,
            locales: 2,
            nodes_per_flow: 100,
            localised_percent: 10,
            intents_per_flow: 5,
            sentences_per_intent: 8,
            endpoints: 10,
            lexicons: 5,
            entries_per_lexicon: 100,
            agents: 3,
            documents: 2,
            chunks_per_source: 5,
        }
    }

    /// A small project with so much knowledge that its chunks come in more than one page.
    pub const fn full() -> Self {
        Self { documents: 3, chunks_per_source: 120, ..Self::small() }
    }
}

impl Project {
    /// A project with one locale and nothing else.
    pub fn empty() -> Self {
        let nothing = Size {
            flows: 0,
            locales: 1,
            nodes_per_flow: 2,
            localised_percent: 0,
            intents_per_flow: 0,
            sentences_per_intent: 0,
            endpoints: 0,
            lexicons: 0,
            entries_per_lexicon: 0,
            agents: 0,
            documents: 0,
            chunks_per_source: 0,
        };
        Self::seeded(0, nothing)
    }

    /// A project of this size; equal seeds and sizes give equal projects.
    pub fn seeded(seed: u64, size: Size) -> Self {
        let mut ids = Ids::new(seed);
        let mut project = Self {
            meta: ids.meta(),
            name: "Service desk".to_owned(),
            color: "cognigyBlue".to_owned(),
            handover: json!({"setupLiveAgentInbox": false, "whisperAssistConfiguration": "none"}),
            settings: resources::project_settings(),
            settings_meta: ids.meta(),
            locales: Vec::new(),
            flows: Vec::new(),
            endpoints: Vec::new(),
            lexicons: Vec::new(),
            agents: Vec::new(),
            documents: BTreeMap::new(),
            knowledge: Vec::new(),
            noise: 0,
            audit: Vec::new(),
            ids,
        };
        for at in 0..size.locales.max(1) {
            project.seed_locale(at);
        }
        for at in 0..size.agents {
            project.add_agent(&words::name(&words::AGENTS, at));
        }
        for at in 0..size.lexicons {
            project.seed_lexicon(at, size.entries_per_lexicon);
        }
        for at in 0..size.flows {
            project.seed_flow(at, &size);
        }
        for at in 0..size.endpoints {
            project.seed_endpoint(at);
        }
        project.seed_documents(&size);
        // A seed makes use of what people do, and yet nobody has done anything so far.
        project.audit.clear();
        project
    }

    /// Each further locale falls back to the one before it, so that three locales make a chain.
    fn seed_locale(&mut self, at: usize) {
        let (name, language, _) = words::LOCALES[at % words::LOCALES.len()];
        let name = if at < words::LOCALES.len() { name.to_owned() } else { format!("{name} {at}") };
        self.ids.tick();
        let locale = Locale {
            meta: self.ids.meta(),
            reference_id: self.ids.uuid(),
            name,
            primary: at == 0,
            nlu_language: language.to_owned(),
            fallback: self.locales.last().map(|l| l.meta.id.clone()),
            // Their turn comes with the documents, so that the ids of all else do not depend on them.
            yes_no: Vec::new(),
        };
        self.locales.push(locale);
    }

    fn seed_flow(&mut self, at: usize, size: &Size) {
        self.ids.tick();
        let locales: Vec<String> = self.locales.iter().map(|l| l.meta.id.clone()).collect();
        let mut flow = Self::blank_flow(&mut self.ids, &words::name(&words::FLOWS, at), &locales[0]);
        flow.localised.clone_from(&locales);
        flow.description = (at % 3 != 2).then(|| format!("{} and what belongs to it", flow.name));
        flow.context = if at.is_multiple_of(2) { json!({"attempts": 0, "channel": null}) } else { json!({}) };
        flow.attached_flows =
            self.flows.last().filter(|_| at % 4 == 1).map(|f| f.meta.id.clone()).into_iter().collect();
        flow.attached_lexicons = self.lexicons.iter().take(at % 3).map(|l| l.meta.id.clone()).collect();
        let agent = self.agents.get(at).map(|a| a.reference_id.clone());
        self.seed_chart(&mut flow, size, agent.as_deref());
        for intent in 0..size.intents_per_flow {
            let intent = Self::seed_intent(&mut self.ids, &flow, intent, size, &locales);
            flow.intents.push(intent);
        }
        self.flows.push(flow);
    }

    /// A flow as the server creates it: with its start and end nodes.
    pub(super) fn blank_flow(ids: &mut Ids, name: &str, primary: &str) -> Flow {
        let (nodes, relations) = bare_chart(ids, primary);
        let meta = ids.meta();
        Flow {
            reference_id: ids.uuid(),
            name: name.to_owned(),
            description: None,
            context: json!({}),
            attached_flows: Vec::new(),
            attached_lexicons: Vec::new(),
            img: String::new(),
            intent_train_group: ids.id(),
            is_training_out_of_date: false,
            localised: vec![primary.to_owned()],
            settings: resources::flow_settings(),
            settings_meta: ids.meta(),
            inherits_model: Vec::new(),
            chart_id: ids.id(),
            nodes,
            relations,
            intents: Vec::new(),
            states: Vec::new(),
            slot_fillers: Vec::new(),
            content_changed: meta.last_changed,
            meta,
        }
    }

    fn seed_intent(ids: &mut Ids, flow: &Flow, at: usize, size: &Size, locales: &[String]) -> Intent {
        let parent = flow.intents.last().filter(|_| at % 4 == 3).map(|i| i.meta.id.clone());
        let mut intent = Self::blank_intent(ids, &words::name(&words::INTENTS, at), &locales[0]);
        intent.description = at.is_multiple_of(2).then(|| format!("The customer means {}", intent.name));
        intent.tags =
            if at.is_multiple_of(3) { vec!["service".to_owned(), "v2".to_owned()] } else { Vec::new() };
        intent.rules = if at % 5 == 4 { vec!["input.text.length > 3".to_owned()] } else { Vec::new() };
        intent.parent = parent;
        for (index, locale) in locales.iter().enumerate() {
            if index > 0 && at % 2 == 1 {
                continue;
            }
            if index > 0 {
                intent.localised.push(locale.clone());
            }
            for sentence in 0..size.sentences_per_intent {
                let translated = words::LOCALES[index % words::LOCALES.len()].2;
                let text = words::SENTENCES[(at * 5 + sentence) % words::SENTENCES.len()];
                let slots = match sentence {
                    0 => json!([{"type": "anySlot", "name": "topic", "start": 0, "end": 5}]),
                    _ => json!([]),
                };
                let round = sentence / words::SENTENCES.len();
                let text = if round == 0 {
                    format!("{translated}{text}")
                } else {
                    format!("{translated}{text} {round}")
                };
                intent.sentences.push(Sentence { meta: ids.meta(), text, slots, locale: locale.clone() });
            }
        }
        intent
    }

    /// An intent without sentences.
    pub(super) fn blank_intent(ids: &mut Ids, name: &str, primary: &str) -> Intent {
        Intent {
            meta: ids.meta(),
            reference_id: ids.uuid(),
            name: name.to_owned(),
            description: None,
            tags: Vec::new(),
            condition: String::new(),
            rules: Vec::new(),
            confirmation_sentences: Vec::new(),
            disambiguation_sentence: String::new(),
            data: Value::Object(serde_json::Map::new()),
            is_reject: false,
            is_disabled: false,
            node_reference: String::new(),
            child_features: json!(false),
            bias: "parents".to_owned(),
            analytics_label: String::new(),
            default_replies_as_examples: String::new(),
            parent: None,
            localised: vec![primary.to_owned()],
            sentences: Vec::new(),
        }
    }
}
