//! Knowledge stores, their sources, and the chunks of these (dossier §2.12).

use super::body::{Body, Fields, Is};
use super::{Desk, Done, nothing};
use crate::cognigy::serve::ask::Reply;
use serde_json::json;

const STORE: &Fields = &[("name", Is::Name), ("description", Is::Text)];

const NEW_STORE: &Fields =
    &[("language", Is::Text), ("status", Is::Computed), ("referenceId", Is::ReferenceId)];

const SOURCE: &Fields = &[("name", Is::Name), ("description", Is::Text), ("metaData", Is::Object)];

const NEW_SOURCE: &Fields = &[("type", Is::Text), ("url", Is::Text)];

const CHANGED_SOURCE: &Fields = &[("status", Is::Text), ("data", Is::Object)];

const CHUNK: &Fields = &[("text", Is::Text), ("order", Is::Number), ("data", Is::Object)];

const CHANGED_CHUNK: &Fields = &[("disabled", Is::Flag)];

impl Desk<'_> {
    /// What is below `/knowledgestores`.
    pub(super) fn knowledge(&mut self, path: &[&str]) -> Done {
        self.known_knowledge(path)?;
        match (self.ask.method.as_str(), path) {
            ("POST", []) => {
                let body = self.scoped(&[STORE, NEW_STORE].concat())?;
                body.needs(&["name"])?;
                let names = self.project.knowledge.iter().map(|s| s.document.name());
                self.free("knowledgeStores", body.text("name"), names)?;
                let blank =
                    json!({"description": "", "status": "ready", "language": "en-US", "documents": []});
                let id = self.project.create_store(body.over(blank));
                self.created(|view| view.knowledge(&[&id]))
            }
            ("PATCH", [store]) => {
                let body = self.body(STORE)?;
                self.project.edit_knowledge_store(store, |s| s.extend(body.0));
                nothing()
            }
            ("DELETE", [store]) => {
                self.project.remove_knowledge_store(store);
                nothing()
            }
            ("POST", [store, "sources"]) => self.create_source(store),
            ("PATCH", [store, "sources", source]) => {
                let body = Body::of(self.ask, &[SOURCE, CHANGED_SOURCE])?;
                self.project.edit_knowledge_source(store, source, |s| s.extend(body.0));
                nothing()
            }
            ("DELETE", [store, "sources", source]) => {
                self.project.remove_knowledge_source(store, source);
                nothing()
            }
            ("POST", [store, "sources", source, "chunks"]) => {
                let body = self.body(CHUNK)?;
                body.needs(&["text"])?;
                let blank = json!({"disabled": false, "data": {}});
                let id = self.project.create_chunk(store, source, body.over(blank));
                self.created(|view| view.knowledge(&[store, "sources", source, "chunks", &id]))
            }
            ("PATCH", [store, "sources", source, "chunks", chunk]) => {
                let body = Body::of(self.ask, &[CHUNK, CHANGED_CHUNK])?;
                self.project.edit_chunk(store, source, chunk, |c| c.extend(body.0));
                nothing()
            }
            ("DELETE", [store, "sources", source, "chunks", chunk]) => {
                self.project.remove_chunk(store, source, chunk);
                nothing()
            }
            _ => Err(self.unknown()),
        }
    }

    /// A source of texts is there at once; one of a page is a task, whose chunks nobody can make up.
    fn create_source(&mut self, store: &str) -> Done {
        let body = Body::of(self.ask, &[SOURCE, NEW_SOURCE])?;
        body.needs(&["name", "type"])?;
        match body.text("type") {
            Some("manual") => {}
            Some("url") => {
                body.needs(&["url"])?;
                let parameters = json!({"knowledgeStoreId": store, "url": body.text("url")});
                let task = self.begin("ingestKnowledgeStore", parameters, Box::new(|_| Ok(())))?;
                return Ok(task.map(|task| json!({"taskData": task})));
            }
            _ => return Err(Reply::invalid("\"type\" must be manual or url; files are uploaded")),
        }
        let blank = json!({"description": "", "status": "ready", "metaData": {"tags": []}, "data": {}});
        let id = self.project.create_source(store, body.over(blank));
        self.created(|view| Ok(json!({"knowledgeSource": view.knowledge(&[store, "sources", &id])?})))
    }

    /// Refuses a path through something that is not there.
    fn known_knowledge(&self, path: &[&str]) -> Result<(), Reply> {
        let there = path.len() / 2 * 2;
        match path.len() % 2 {
            // The path of one thing.
            1 => self.view().knowledge(path).map(drop),
            // The path of a list: what has it must be there.
            _ if there > 0 => self.view().knowledge(&path[..there - 1]).map(drop),
            _ => Ok(()),
        }
    }
}
