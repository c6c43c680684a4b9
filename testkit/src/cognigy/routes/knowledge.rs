//! Knowledge stores, their sources, and the chunks of these (dossier §2.12). Every list is complete.

use super::{Answer, View, document};
use crate::cognigy::project::{Document, KnowledgeSource, KnowledgeStore, Meta};
use crate::cognigy::serve::ask::Reply;
use crate::cognigy::serve::paging::{Listed, page};
use serde_json::{Value, json};

impl View<'_> {
    /// Answers a path below `/knowledgestores`.
    pub(super) fn knowledge(&self, path: &[&str]) -> Answer {
        let [id, rest @ ..] = path else {
            self.scoped()?;
            return page(self.ask, &self.project.knowledge, |store| self.store(store));
        };
        let store = find(&self.project.knowledge, id, "The knowledge store")?;
        match rest {
            [] => Ok(self.store(store)),
            ["sources"] => page(self.ask, &store.sources, |source| self.source(store, source)),
            ["sources", id, rest @ ..] => {
                let source = find(&store.sources, id, "The knowledge source")?;
                match rest {
                    [] => Ok(self.source(store, source)),
                    ["chunks"] => page(self.ask, &source.chunks, |chunk| self.chunk(store, source, chunk)),
                    ["chunks", id] => {
                        Ok(self.chunk(store, source, find(&source.chunks, id, "The knowledge chunk")?))
                    }
                    _ => Err(self.unknown()),
                }
            }
            _ => Err(self.unknown()),
        }
    }

    fn store(&self, store: &KnowledgeStore) -> Value {
        let mut body = store.document.body.clone();
        if self.ask.noise % 2 == 1 {
            body.insert("status".to_owned(), json!("warning"));
        }
        self.belong(&mut body);
        document(&self.newest(&store.document, store.content_changed), Value::Object(body))
    }

    fn source(&self, store: &KnowledgeStore, source: &KnowledgeSource) -> Value {
        let mut body = source.document.body.clone();
        body.insert("chunkCount".to_owned(), json!(source.chunks.len()));
        body.insert("storeReference".to_owned(), json!(store.document.meta.id));
        self.belong(&mut body);
        document(&self.newest(&source.document, source.content_changed), Value::Object(body))
    }

    fn chunk(&self, store: &KnowledgeStore, source: &KnowledgeSource, chunk: &Document) -> Value {
        let mut body = chunk.body.clone();
        body.insert("storeReference".to_owned(), json!(store.document.meta.id));
        body.insert("sourceReference".to_owned(), json!(source.document.meta.id));
        self.belong(&mut body);
        document(&chunk.meta, Value::Object(body))
    }

    /// Times of a document; whether they show edits of what hangs below it is a switch.
    pub(super) fn newest(&self, document: &Document, content_changed: i64) -> Meta {
        let mut meta = document.meta.clone();
        if self.ask.switches.knowledge_shows_content_edits {
            meta.last_changed = meta.last_changed.max(content_changed);
        }
        meta
    }
}

fn find<'a, T: Listed>(all: &'a [T], id: &str, what: &str) -> Result<&'a T, Reply> {
    all.iter().find(|one| one.id() == id).ok_or_else(|| Reply::missing(what))
}

impl Listed for KnowledgeStore {
    fn id(&self) -> &str {
        &self.document.meta.id
    }
    fn name(&self) -> &str {
        self.document.name()
    }
    fn times(&self) -> (i64, i64) {
        self.document.times()
    }
}

impl Listed for KnowledgeSource {
    fn id(&self) -> &str {
        &self.document.meta.id
    }
    fn name(&self) -> &str {
        self.document.name()
    }
    fn times(&self) -> (i64, i64) {
        self.document.times()
    }
}
