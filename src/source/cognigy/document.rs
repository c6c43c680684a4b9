//! Reads a resource that is one document, with what belongs to it in lists of their own.

use futures_util::future::try_join_all;
use serde_json::Value;

use super::listed::Listed;
use super::lists::has_document;
use super::{Cognigy, Error, text};
use crate::cognigy::Error as ApiError;
use crate::snapshot::{Kind, Part, PartName, Resource};

/// Reads a resource of any kind but flows.
pub(super) async fn read(source: &Cognigy<'_>, listed: &Listed) -> Result<Resource, Error> {
    let parts = tokio::try_join!(read_document(source, listed), read_lists(source, listed));
    let (document, lists) = parts.map_err(|error| listed.unreadable(error))?;
    Ok(listed.resource(document.into_iter().chain(lists).collect()))
}

async fn read_document(source: &Cognigy<'_>, listed: &Listed) -> Result<Option<Part>, ApiError> {
    if !has_document(listed.kind) {
        return Ok(None);
    }
    let owner = listed.owner.as_deref().unwrap_or_default();
    let document = source.client.one_of(listed.kind, owner, &listed.id).await?;
    Ok(Some(source.part(PartName::Document, document)))
}

async fn read_lists(source: &Cognigy<'_>, listed: &Listed) -> Result<Vec<Part>, ApiError> {
    let (client, id) = (source.client, &listed.id);
    let part = |name, items| source.part(name, Value::Array(items));
    match listed.kind {
        Kind::Lexicons => {
            let (entries, slots) = tokio::try_join!(client.lexicon_entries(id), client.lexicon_slots(id))?;
            Ok(vec![part(PartName::Entries, entries), part(PartName::Slots, slots)])
        }
        Kind::KnowledgeSources => {
            let store = listed.owner.as_deref().unwrap_or_default();
            Ok(vec![part(PartName::Chunks, client.chunks(store, id).await?)])
        }
        Kind::YesNoIntents => {
            let intents = listed.intents();
            try_join_all(intents.into_iter().map(async |intent| {
                let sentences = client.yes_no_sentences(id, &intent).await?;
                Ok(part(PartName::Sentences { intent }, sentences))
            }))
            .await
        }
        _ => Ok(Vec::new()),
    }
}

impl Listed {
    /// Returns the `_id`s of the intents of a locale's yes and no.
    fn intents(&self) -> Vec<String> {
        let intents = self.entry.as_object().into_iter().flat_map(|intents| intents.values());
        intents.filter_map(|intent| text(intent, "_id")).collect()
    }
}
