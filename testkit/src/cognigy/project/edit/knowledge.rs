//! Edits of knowledge: stores, their sources, and the chunks of these.

use crate::cognigy::project::audit::Deed;
use crate::cognigy::project::{Document, Ids, KnowledgeSource, KnowledgeStore, Project, seed};
use serde_json::{Map, Value};

// What the audit log calls them.
pub(in crate::cognigy::project) const STORE: &str = "knowledgeStore";
pub(in crate::cognigy::project) const SOURCE: &str = "knowledgeSource";
pub(in crate::cognigy::project) const CHUNK: &str = "knowledgeChunk";

impl Project {
    /// Adds an empty knowledge store and gives its `_id`.
    pub fn add_knowledge_store(&mut self, name: &str) -> String {
        let content_changed = self.ids.tick();
        let body = seed::store(&mut self.ids, name);
        let document = Document { meta: self.ids.meta(), body };
        let id = document.meta.id.clone();
        self.knowledge.push(KnowledgeStore { document, sources: Vec::new(), content_changed });
        self.record(Deed::create(STORE, &id))
    }

    /// Removes a knowledge store with all it holds.
    pub fn remove_knowledge_store(&mut self, store: &str) {
        let id = self.inside_store(store, |_, store| Deed::delete(STORE, &store.document.meta.id));
        self.knowledge.retain(|s| s.document.meta.id != id);
    }

    /// Edits a knowledge store's own fields.
    pub fn edit_knowledge_store(&mut self, store: &str, change: impl FnOnce(&mut Map<String, Value>)) {
        self.inside_store(store, |ids, store| {
            edit(ids, &mut store.document, change);
            Deed::patch(STORE, &store.document.meta.id)
        });
    }

    /// Adds an empty source and gives its `_id`.
    pub fn add_knowledge_source(&mut self, store: &str, name: &str) -> String {
        self.inside_store(store, |ids, store| {
            let body = seed::source(ids, name);
            let document = Document { meta: ids.meta(), body };
            let (deed, content_changed) =
                (Deed::create(SOURCE, &document.meta.id), document.meta.last_changed);
            store.sources.push(KnowledgeSource { document, chunks: Vec::new(), content_changed });
            deed
        })
    }

    /// Removes a source with its chunks.
    pub fn remove_knowledge_source(&mut self, store: &str, source: &str) {
        // This has always taken two minutes, and what comes after it has its time from there.
        self.ids.tick();
        self.inside_store(store, |_, store| {
            let at = store.sources.iter().position(|s| s.document.is(source));
            let at = at.unwrap_or_else(|| panic!("the store has no source {source:?}"));
            Deed::delete(SOURCE, &store.sources.remove(at).document.meta.id)
        });
    }

    /// Edits a source's own fields.
    pub fn edit_knowledge_source(
        &mut self,
        store: &str,
        source: &str,
        change: impl FnOnce(&mut Map<String, Value>),
    ) {
        self.inside_source(store, source, |ids, source| {
            edit(ids, &mut source.document, change);
            Deed::patch(SOURCE, &source.document.meta.id)
        });
    }

    /// Adds a chunk behind the others and gives its `_id`.
    pub fn add_chunk(&mut self, store: &str, source: &str, text: &str) -> String {
        self.inside_source(store, source, |ids, source| {
            let body = seed::chunk(ids, source.chunks.len() + 1, text);
            let chunk = Document { meta: ids.meta(), body };
            let deed = Deed::create(CHUNK, &chunk.meta.id);
            source.chunks.push(chunk);
            deed
        })
    }

    /// Removes a chunk.
    pub fn remove_chunk(&mut self, store: &str, source: &str, chunk: &str) {
        self.inside_source(store, source, |_, source| {
            let at = source.chunks.iter().position(|c| c.is(chunk));
            let at = at.unwrap_or_else(|| panic!("the source has no chunk {chunk:?}"));
            Deed::delete(CHUNK, &source.chunks.remove(at).meta.id)
        });
    }

    /// Edits a chunk: text, order, data, whether it is disabled.
    pub fn edit_chunk(
        &mut self,
        store: &str,
        source: &str,
        chunk: &str,
        change: impl FnOnce(&mut Map<String, Value>),
    ) {
        self.inside_source(store, source, |ids, source| {
            let found = source.chunks.iter_mut().find(|c| c.is(chunk));
            let found = found.unwrap_or_else(|| panic!("the source has no chunk {chunk:?}"));
            edit(ids, found, change);
            Deed::patch(CHUNK, &found.meta.id)
        });
    }

    pub(in crate::cognigy::project) fn inside_store(
        &mut self,
        store: &str,
        change: impl FnOnce(&mut Ids, &mut KnowledgeStore) -> Deed,
    ) -> String {
        let found = self.knowledge.iter_mut().find(|s| s.document.is(store));
        let found = found.unwrap_or_else(|| panic!("the project has no knowledge store {store:?}"));
        found.content_changed = self.ids.tick();
        let deed = change(&mut self.ids, found).inside(STORE, &found.document.meta.id);
        self.record(deed)
    }

    pub(in crate::cognigy::project) fn inside_source(
        &mut self,
        store: &str,
        source: &str,
        change: impl FnOnce(&mut Ids, &mut KnowledgeSource) -> Deed,
    ) -> String {
        self.inside_store(store, |ids, store| {
            let found = store.sources.iter_mut().find(|s| s.document.is(source));
            let found = found.unwrap_or_else(|| panic!("the store has no source {source:?}"));
            found.content_changed = store.content_changed;
            change(ids, found).inside(SOURCE, &found.document.meta.id)
        })
    }
}

/// Changes a document's body and marks the document as changed.
pub(super) fn edit(ids: &mut Ids, document: &mut Document, change: impl FnOnce(&mut Map<String, Value>)) {
    change(&mut document.body);
    ids.touch(&mut document.meta);
}
