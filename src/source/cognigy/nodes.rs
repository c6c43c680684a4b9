//! Reads the nodes of a flow: one read for each node and locale in which it has content of its own, or pages of the
//! node list where that carries configs.
//!
//! Whether it does, nobody could confirm (dossier §2.4 and §5.3), so it is tried once a run on the first flow, and
//! each entry is then held against the chart: it counts only if it has a config and belongs to the locale that the
//! chart says. Whatever the list does not give is read by itself.

use std::collections::{BTreeSet, HashMap};

use futures_util::future::try_join_all;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::flow::{Chart, homes};
use super::lists::Listed;
use super::{Cognigy, Error, text};
use crate::snapshot::{Part, PartName};

/// Whether this server's node list carries configs, once it is known.
#[derive(Default)]
pub(super) struct Bulk(OnceCell<bool>);

/// Returns every distinct pair of node and home locale in a flow's charts.
pub(super) fn distinct(charts: &Chart) -> BTreeSet<(&str, &str)> {
    charts.iter().flat_map(homes).collect()
}

/// Reads all nodes of a flow.
pub(super) async fn read(
    source: &Cognigy<'_>,
    flow: &Listed,
    charts: &Chart,
    bulk: &Bulk,
) -> Result<Vec<Part>, Error> {
    let wanted = distinct(charts);
    let Some((_, some_locale)) = wanted.first() else { return Ok(Vec::new()) };
    let carries = bulk.0.get_or_try_init(async || probe(source, flow, some_locale).await).await?;
    let mut listed = if *carries { from_lists(source, flow, &wanted).await? } else { HashMap::new() };
    let (mut parts, mut missing) = (Vec::with_capacity(wanted.len()), Vec::new());
    for (node, locale) in wanted {
        match listed.get_mut(locale).and_then(|nodes| nodes.remove(node)) {
            Some(part) => parts.push(part),
            None => missing.push((node, locale)),
        }
    }
    let read = try_join_all(missing.into_iter().map(async |(node, locale)| {
        let value = source.client.node(&flow.id, node, locale).await.map_err(|error| {
            let gone = error.is_not_found();
            if gone {
                Error::NodeGone { flow: flow.name.clone(), source: Box::new(error) }
            } else {
                flow.unreadable(error)
            }
        })?;
        // A config that belongs to another locale than the chart said: the flow moved between the two reads.
        if text(&value, "localeReference").is_some_and(|home| home != locale) {
            return Err(Error::node_moved(&flow.name, node));
        }
        Ok(source.part(name(node, locale), value))
    }))
    .await?;
    parts.extend(read);
    Ok(parts)
}

/// Asks for one page of the node list and looks whether its entries have configs.
async fn probe(source: &Cognigy<'_>, flow: &Listed, locale: &str) -> Result<bool, Error> {
    match source.client.nodes(&flow.id, locale).await {
        Ok(nodes) => Ok(nodes.iter().any(|node| carries(node, locale))),
        // The list is a short cut; a server without it is read the long way.
        Err(error) if error.is_unsupported_list() || error.is_forbidden() => Ok(false),
        Err(error) => Err(flow.unreadable(error)),
    }
}

/// Reads the node list for each locale that some node calls home; returns the entries that are at home there, by
/// locale and node.
async fn from_lists<'a>(
    source: &Cognigy<'_>,
    flow: &Listed,
    wanted: &BTreeSet<(&'a str, &'a str)>,
) -> Result<HashMap<&'a str, HashMap<String, Part>>, Error> {
    let locales: BTreeSet<&'a str> = wanted.iter().map(|(_, locale)| *locale).collect();
    try_join_all(locales.into_iter().map(async |locale| {
        let nodes = source.client.nodes(&flow.id, locale).await.map_err(|error| flow.unreadable(error))?;
        let at_home = nodes.into_iter().filter(|node| carries(node, locale)).filter_map(|node| {
            let id = text(&node, "_id")?;
            let part = source.part(name(&id, locale), node);
            Some((id, part))
        });
        Ok((locale, at_home.collect()))
    }))
    .await
    .map(|pages| pages.into_iter().collect())
}

fn name(node: &str, locale: &str) -> PartName {
    PartName::Node { node: node.to_owned(), locale: locale.to_owned() }
}

fn carries(node: &Value, locale: &str) -> bool {
    node.get("config").is_some() && text(node, "localeReference").as_deref() == Some(locale)
}
