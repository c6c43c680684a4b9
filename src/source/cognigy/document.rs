//! Reads a resource that is one document, with what belongs to it in lists of their own.

use futures_util::future::try_join_all;
use serde_json::Value;

use super::capture::{Capture, Parts};
use super::listed::Listed;
use super::lists::has_document;
use super::{Error, text};
use crate::cognigy::Error as ApiError;
use crate::snapshot::{Kind, Part, PartName, Resource};

/// Reads a resource of any kind but flows.
pub(super) async fn read(capture: &Capture<'_>, listed: &Listed) -> Result<Resource, Error> {
    let parts = Parts::of(capture, listed);
    let (document, lists) = tokio::try_join!(read_document(&parts), read_lists(&parts))?;
    Ok(listed.resource(document.into_iter().chain(lists).collect()))
}

/// Returns the parts that a resource of any kind but flows has beside its list entry.
pub(super) fn parts_of(listed: &Listed) -> Vec<PartName> {
    let mut parts = Vec::new();
    if has_document(listed.kind) {
        parts.push(PartName::Document);
    }
    match listed.kind {
        Kind::Lexicons => parts.extend([PartName::Entries, PartName::Slots]),
        Kind::KnowledgeSources => parts.push(PartName::Chunks),
        Kind::YesNoIntents => {
            parts.extend(listed.intents().into_iter().map(|intent| PartName::Sentences { intent }));
        }
        _ => {}
    }
    parts
}

async fn read_document(parts: &Parts<'_>) -> Result<Option<Part>, Error> {
    let listed = parts.listed;
    if !has_document(listed.kind) {
        return Ok(None);
    }
    let owner = listed.owner.as_deref().unwrap_or_default();
    let document = parts.capture.client().one_of(listed.kind, owner, &listed.id);
    parts.get(PartName::Document, document).await.map(Some)
}

async fn read_lists(parts: &Parts<'_>) -> Result<Vec<Part>, Error> {
    let (client, id) = (parts.capture.client(), &parts.listed.id);
    match parts.listed.kind {
        Kind::Lexicons => {
            let entries = parts.get(PartName::Entries, list(client.lexicon_entries(id)));
            let slots = parts.get(PartName::Slots, list(client.lexicon_slots(id)));
            let (entries, slots) = tokio::try_join!(entries, slots)?;
            Ok(vec![entries, slots])
        }
        Kind::KnowledgeSources => {
            let store = parts.listed.owner.as_deref().unwrap_or_default();
            Ok(vec![parts.get(PartName::Chunks, list(client.chunks(store, id))).await?])
        }
        Kind::YesNoIntents => {
            let intents = parts.listed.intents();
            try_join_all(intents.into_iter().map(async |intent| {
                let sentences = list(client.yes_no_sentences(id, &intent));
                parts.get(PartName::Sentences { intent: intent.clone() }, sentences).await
            }))
            .await
        }
        _ => Ok(Vec::new()),
    }
}

async fn list(items: impl Future<Output = Result<Vec<Value>, ApiError>>) -> Result<Value, ApiError> {
    items.await.map(Value::Array)
}

impl Listed {
    /// Returns the `_id`s of the intents of a locale's yes and no.
    fn intents(&self) -> Vec<String> {
        let intents = self.entry.as_object().into_iter().flat_map(|intents| intents.values());
        intents.filter_map(|intent| text(intent, "_id")).collect()
    }
}
