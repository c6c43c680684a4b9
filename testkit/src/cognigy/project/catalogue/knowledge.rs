//! Edits of knowledge. What is changed in a store is named by the source, or by the words of the chunk.

use super::{Edit, added, changed, removed, renamed};
use crate::cognigy::project::{KnowledgeStore, Project};
use serde_json::json;

const KIND: &str = "knowledgeStores";

pub(super) fn edits() -> Vec<Edit> {
    let mut all = stores();
    all.extend(sources());
    all.extend(chunks());
    all
}

fn first(p: &Project) -> &KnowledgeStore {
    p.knowledge.first().expect("the project has a knowledge store")
}

fn stores() -> Vec<Edit> {
    vec![
        Edit::new("add a knowledge store", |p| {
            p.add_knowledge_store("Repair manuals");
            added(KIND, "Repair manuals")
        }),
        Edit::new("rename a knowledge store", |p| {
            let before = first(p).document.name().to_owned();
            p.edit_knowledge_store(&before, |s| drop(s.insert("name".into(), json!("Help centre"))));
            renamed(KIND, "Help centre", &before)
        }),
        Edit::new("describe a knowledge store", |p| {
            let store = first(p).document.name().to_owned();
            p.edit_knowledge_store(&store, |s| drop(s.insert("description".into(), json!("Revised in May"))));
            changed(KIND, &store, "description")
        }),
        Edit::new("remove a knowledge store", |p| {
            let store =
                p.knowledge.last().expect("the project has knowledge stores").document.name().to_owned();
            p.remove_knowledge_store(&store);
            removed(KIND, &store)
        }),
    ]
}

/// Names of the first store and of its first source.
fn source(p: &Project) -> (String, String) {
    let store = first(p);
    let source = store.sources.first().expect("the store has a source");
    (store.document.name().to_owned(), source.document.name().to_owned())
}

fn sources() -> Vec<Edit> {
    vec![
        Edit::new("add a knowledge source", |p| {
            let (store, _) = source(p);
            p.add_knowledge_source(&store, "Returns");
            p.add_chunk(&store, "Returns", "Unworn items can be returned within 30 days.");
            changed(KIND, &store, "Returns")
        }),
        Edit::new("rename a knowledge source", |p| {
            let (store, source) = source(p);
            p.edit_knowledge_source(&store, &source, |s| drop(s.insert("name".into(), json!("Questions"))));
            changed(KIND, &store, "Questions")
        }),
        Edit::new("tag a knowledge source", |p| {
            let (store, source) = source(p);
            p.edit_knowledge_source(&store, &source, |s| s["metaData"]["tags"] = json!(["faq", "public"]));
            changed(KIND, &store, &source)
        }),
        Edit::new("disable a knowledge source", |p| {
            let (store, source) = source(p);
            p.edit_knowledge_source(&store, &source, |s| drop(s.insert("status".into(), json!("disabled"))));
            changed(KIND, &store, &source)
        }),
        Edit::new("remove a knowledge source", |p| {
            let store = first(p);
            let source = store.sources.last().expect("the store has sources").document.name().to_owned();
            let store = store.document.name().to_owned();
            p.remove_knowledge_source(&store, &source);
            changed(KIND, &store, &source)
        }),
    ]
}

/// Names of the first store and of its first source, and that source's first chunk.
fn chunk(p: &Project) -> (String, String, String) {
    let (store, source) = source(p);
    let chunk = first(p).sources[0].chunks.first().expect("the source has a chunk").meta.id.clone();
    (store, source, chunk)
}

fn chunks() -> Vec<Edit> {
    vec![
        Edit::new("add a chunk", |p| {
            let (store, source) = source(p);
            p.add_chunk(&store, &source, "On Sundays we are closed.");
            changed(KIND, &store, &source)
        }),
        Edit::new("change a chunk", |p| {
            let (store, source, chunk) = chunk(p);
            p.edit_chunk(&store, &source, &chunk, |c| drop(c.insert("text".into(), json!("We are open."))));
            changed(KIND, &store, &source)
        }),
        Edit::new("disable a chunk", |p| {
            let (store, source, chunk) = chunk(p);
            p.edit_chunk(&store, &source, &chunk, |c| drop(c.insert("disabled".into(), json!(true))));
            changed(KIND, &store, &source)
        }),
        Edit::new("move a chunk", |p| {
            let (store, source, chunk) = chunk(p);
            p.edit_chunk(&store, &source, &chunk, |c| drop(c.insert("order".into(), json!(99))));
            changed(KIND, &store, &source)
        }),
        Edit::new("remove a chunk", |p| {
            let (store, source, chunk) = chunk(p);
            p.remove_chunk(&store, &source, &chunk);
            changed(KIND, &store, &source)
        }),
    ]
}
