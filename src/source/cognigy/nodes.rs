//! Reads the nodes of a flow: one read for each node and locale in which it has content of its own, or pages of the
//! node list where that carries configs.
//!
//! Whether it does, nobody could confirm (dossier §2.4 and §5.3), so it is tried once a run on the first flow, and
//! each entry is then held against the chart: it counts only if it has a config and belongs to the locale that the
//! chart says. Whatever the list does not give is read by itself; a list that fails gives nothing, and is no failure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures_util::future::{join_all, try_join_all};
use serde_json::Value;
use tokio::sync::OnceCell;

use super::charts::{Chart, distinct};
use super::listed::Listed;
use super::{Cognigy, Error, text};
use crate::snapshot::{Part, PartName};

/// Whether this server's node list carries configs, once it is known.
#[derive(Default)]
pub(super) struct Bulk(OnceCell<bool>);

/// Reads all nodes of a flow.
pub(super) async fn read(
    source: &Cognigy<'_>,
    flow: &Listed,
    charts: &Chart,
    bulk: &Bulk,
) -> Result<Vec<Part>, Error> {
    let wanted = distinct(charts);
    let Some(((_, some_locale), _)) = wanted.first_key_value() else { return Ok(Vec::new()) };
    let carries = bulk.0.get_or_init(async || probe(source, flow, some_locale).await).await;
    let mut parts = if *carries { from_lists(source, flow, &wanted).await } else { HashMap::new() };
    let missing: Vec<_> = wanted.into_iter().filter(|(pair, _)| !parts.contains_key(pair)).collect();
    let read = try_join_all(missing.into_iter().map(async |((node, locale), said)| {
        let value = source.client.node(&flow.id, &node, &locale).await.map_err(|error| {
            let gone = error.is_not_found();
            if gone {
                Error::NodeGone { flow: flow.name.clone(), source: Box::new(error) }
            } else {
                flow.unreadable(error)
            }
        })?;
        // A config that belongs to another locale than the chart said: the flow moved between the two reads.
        if said && text(&value, "localeReference").is_some_and(|home| home != locale) {
            return Err(Error::node_moved(&flow.name, &node));
        }
        Ok(((node.clone(), locale.clone()), source.part(PartName::Node { node, locale }, value)))
    }))
    .await?;
    parts.extend(read);
    Ok(parts.into_values().collect())
}

/// Asks for the node list and looks whether its entries have configs, and all else that a node's own read has: one
/// node is read both ways and compared.
async fn probe(source: &Cognigy<'_>, flow: &Listed, locale: &str) -> bool {
    let Ok(nodes) = source.client.nodes(&flow.id, locale).await else { return false };
    let Some(entry) = nodes.iter().find(|node| carries(node, locale)) else { return false };
    let Some(id) = text(entry, "_id") else { return false };
    let Ok(whole) = source.client.node(&flow.id, &id, locale).await else { return false };
    whole.as_object().is_some_and(|fields| fields.keys().all(|key| entry.get(key).is_some()))
}

/// Reads the node list for each locale that some node calls home and keeps the entries that are at home there.
async fn from_lists(
    source: &Cognigy<'_>,
    flow: &Listed,
    wanted: &BTreeMap<(String, String), bool>,
) -> HashMap<(String, String), Part> {
    let locales: BTreeSet<&String> = wanted.keys().map(|(_, locale)| locale).collect();
    let lists = join_all(locales.into_iter().map(async |locale| {
        let nodes = source.client.nodes(&flow.id, locale).await.unwrap_or_default();
        (locale, nodes)
    }))
    .await;
    let mut parts = HashMap::new();
    for (locale, nodes) in lists {
        for node in nodes.into_iter().filter(|node| carries(node, locale)) {
            let Some(id) = text(&node, "_id") else { continue };
            let name = PartName::Node { node: id.clone(), locale: locale.clone() };
            parts.insert((id, locale.clone()), source.part(name, node));
        }
    }
    parts.retain(|pair, _| wanted.contains_key(pair));
    parts
}

fn carries(node: &Value, locale: &str) -> bool {
    node.get("config").is_some() && text(node, "localeReference").as_deref() == Some(locale)
}
