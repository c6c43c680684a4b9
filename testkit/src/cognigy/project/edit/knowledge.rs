//! Edits of knowledge: stores, their sources, and the chunks of these.

use crate::cognigy::project::{Document, Ids, KnowledgeSource, KnowledgeStore, Project, seed};
use serde_json::{Map, Value};

impl Project {
    /// Adds an empty knowledge store and gives its `_id`.
    pub fn add_knowledge_store(&mut self, name: &str) -> String {
        let content_changed = self.ids.tick();
        let body = seed::store(&mut self.ids, name);
        let document = Document { meta: self.ids.meta(), body };
        let id = document.meta.id.clone();
        self.knowledge.push(KnowledgeStore { document, sources: Vec::new(), content_changed });
        id
    }

    /// Removes a knowledge store with all it holds.
    pub fn remove_knowledge_store(&mut self, store: &str) {
        let id = self.inside_store(store, |_, store| store.document.meta.id.clone());
        self.knowledge.retain(|s| s.document.meta.id != id);
    }

    /// Edits a knowledge store's own fields.
    pub fn edit_knowledge_store(&mut self, store: &str, change: impl FnOnce(&mut Map<String, Value>)) {
        self.inside_store(store, |ids, store| edit(ids, &mut store.document, change));
    }

    /// Adds an empty source and gives its `_id`.
    pub fn add_knowledge_source(&mut self, store: &str, name: &str) -> String {
        self.inside_store(store, |ids, store| {
            let body = seed::source(ids, name);
            let document = Document { meta: ids.meta(), body };
            let (id, content_changed) = (document.meta.id.clone(), document.meta.last_changed);
            store.sources.push(KnowledgeSource { document, chunks: Vec::new(), content_changed });
            id
        })
    }

    /// Removes a source with its chunks.
    pub fn remove_knowledge_source(&mut self, store: &str, source: &str) {
        let id = self.inside_source(store, source, |_, source| source.document.meta.id.clone());
        self.inside_store(store, |_, store| store.sources.retain(|s| s.document.meta.id != id));
    }

    /// Edits a source's own fields.
    pub fn edit_knowledge_source(
        &mut self,
        store: &str,
        source: &str,
        change: impl FnOnce(&mut Map<String, Value>),
    ) {
        self.inside_source(store, source, |ids, source| edit(ids, &mut source.document, change));
    }

    /// Adds a chunk behind the others and gives its `_id`.
    pub fn add_chunk(&mut self, store: &str, source: &str, text: &str) -> String {
        self.inside_source(store, source, |ids, source| {
            let body = seed::chunk(ids, source.chunks.len() + 1, text);
            let chunk = Document { meta: ids.meta(), body };
            let id = chunk.meta.id.clone();
            source.chunks.push(chunk);
            id
        })
    }

    /// Removes a chunk.
    pub fn remove_chunk(&mut self, store: &str, source: &str, chunk: &str) {
        self.inside_source(store, source, |_, source| source.chunks.retain(|c| !c.is(chunk)));
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
            edit(ids, found.unwrap_or_else(|| panic!("the source has no chunk {chunk:?}")), change);
        });
    }

    fn inside_store<R>(&mut self, store: &str, change: impl FnOnce(&mut Ids, &mut KnowledgeStore) -> R) -> R {
        let found = self.knowledge.iter_mut().find(|s| s.document.is(store));
        let found = found.unwrap_or_else(|| panic!("the project has no knowledge store {store:?}"));
        found.content_changed = self.ids.tick();
        change(&mut self.ids, found)
    }

    fn inside_source<R>(
        &mut self,
        store: &str,
        source: &str,
        change: impl FnOnce(&mut Ids, &mut KnowledgeSource) -> R,
    ) -> R {
        self.inside_store(store, |ids, store| {
            let found = store.sources.iter_mut().find(|s| s.document.is(source));
            let found = found.unwrap_or_else(|| panic!("the store has no source {source:?}"));
            found.content_changed = store.content_changed;
            change(ids, found)
        })
    }
}

/// Changes a document's body and marks the document as changed.
pub(super) fn edit(ids: &mut Ids, document: &mut Document, change: impl FnOnce(&mut Map<String, Value>)) {
    change(&mut document.body);
    ids.touch(&mut document.meta);
}
