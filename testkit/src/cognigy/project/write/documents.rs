//! What is one body each, made as the API makes it: endpoints, AI agents, documents, knowledge, parts of flows.

use crate::cognigy::project::audit::Deed;
use crate::cognigy::project::edit::knowledge::{CHUNK, SOURCE, STORE};
use crate::cognigy::project::edit::parts::{SLOT_FILLERS, STATES};
use crate::cognigy::project::{
    Agent, Collection, Document, Endpoint, Ids, KnowledgeSource, KnowledgeStore, Project,
};
use serde_json::{Map, Value, json};

/// A resource's fields.
type Fields = Map<String, Value>;

impl Project {
    /// Makes an endpoint, with a URLToken of its own, and gives its `_id`.
    pub(crate) fn create_endpoint(&mut self, mut body: Fields) -> String {
        self.ids.tick();
        body.insert("URLToken".to_owned(), json!(self.ids.token()));
        let meta = self.ids.meta();
        let id = meta.id.clone();
        self.endpoints.push(Endpoint { meta, body });
        self.record(Deed::create("endpoint", &id))
    }

    /// Makes an AI agent and gives its `_id`.
    pub(crate) fn create_agent(&mut self, body: Fields) -> String {
        self.ids.tick();
        let meta = self.ids.meta();
        let id = meta.id.clone();
        self.agents.push(Agent { meta, reference_id: self.ids.uuid(), body });
        self.record(Deed::create("aiAgent", &id))
    }

    /// Makes a document and gives its `_id`.
    pub(crate) fn create_document(&mut self, kind: Collection, mut body: Fields) -> String {
        self.ids.tick();
        if kind.has_reference_id() {
            identify(&mut self.ids, &mut body);
        }
        let meta = self.ids.meta();
        let id = meta.id.clone();
        self.documents.entry(kind).or_default().push(Document { meta, body });
        self.record(Deed::create(kind.element(), &id))
    }

    /// Makes an empty knowledge store and gives its `_id`.
    pub(crate) fn create_store(&mut self, mut body: Fields) -> String {
        let content_changed = self.ids.tick();
        identify(&mut self.ids, &mut body);
        let document = Document { meta: self.ids.meta(), body };
        let id = document.meta.id.clone();
        self.knowledge.push(KnowledgeStore { document, sources: Vec::new(), content_changed });
        self.record(Deed::create(STORE, &id))
    }

    /// Makes an empty source and gives its `_id`.
    pub(crate) fn create_source(&mut self, store: &str, mut body: Fields) -> String {
        self.inside_store(store, |ids, store| {
            identify(ids, &mut body);
            let document = Document { meta: ids.meta(), body };
            let (deed, content_changed) =
                (Deed::create(SOURCE, &document.meta.id), document.meta.last_changed);
            store.sources.push(KnowledgeSource { document, chunks: Vec::new(), content_changed });
            deed
        })
    }

    /// Makes a chunk, the last one if it has no `order`, and gives its `_id`.
    pub(crate) fn create_chunk(&mut self, store: &str, source: &str, mut body: Fields) -> String {
        self.inside_source(store, source, |ids, source| {
            identify(ids, &mut body);
            body.entry("order").or_insert_with(|| json!(source.chunks.len() + 1));
            let chunk = Document { meta: ids.meta(), body };
            let deed = Deed::create(CHUNK, &chunk.meta.id);
            source.chunks.push(chunk);
            deed
        })
    }

    /// Makes a flow's state and gives its `_id`.
    pub(crate) fn create_state(&mut self, flow: &str, body: Fields) -> String {
        self.add_part(flow, STATES, |ids| identified(ids, body))
    }

    /// Makes a flow's slot filler and gives its `_id`.
    pub(crate) fn create_slot_filler(&mut self, flow: &str, body: Fields) -> String {
        self.add_part(flow, SLOT_FILLERS, |ids| identified(ids, body))
    }

    /// Fresh `_id`s for what is written inside a document.
    pub(crate) fn fresh_id(&mut self) -> String {
        self.ids.id()
    }
}

/// The server gives a referenceId to whoever brings none.
fn identify(ids: &mut Ids, body: &mut Fields) {
    let fresh = ids.uuid();
    body.entry("referenceId").or_insert_with(|| json!(fresh));
}

fn identified(ids: &mut Ids, mut body: Fields) -> Fields {
    identify(ids, &mut body);
    body
}
