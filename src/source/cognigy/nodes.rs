//! Reads the nodes of a flow: one read for each node and locale in which it has content of its own, or pages of the
//! node list where that carries configs.
//!
//! Whether it does, nobody could confirm (dossier §2.4 and §5.3), so it is tried once a run on the first flow, and
//! each entry is then held against the chart: it counts only if it has a config and belongs to the locale that the
//! chart says. Whatever the list does not give is read by itself; a list that fails gives nothing, and is no failure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures_util::future::{join_all, try_join_all};
use serde_json::Value;

use super::capture::{Capture, Parts};
use super::charts::{Chart, distinct};
use super::listed::Listed;
use super::{Error, REMEMBERED, text};
use crate::snapshot::{Learned, Part, PartName};

/// A node and the locale to read it in.
type Pair = (String, String);

/// Reads all nodes of a flow that are not carried.
pub(super) async fn read(parts: &Parts<'_>, charts: &Chart) -> Result<Vec<Part>, Error> {
    let (capture, flow) = (parts.capture, parts.listed);
    let mut wanted = distinct(charts);
    let mut have: HashMap<Pair, Part> = HashMap::new();
    wanted.retain(|(node, locale), _| {
        let carried = parts.carried(&PartName::Node { node: node.clone(), locale: locale.clone() });
        let is_carried = carried.is_some();
        have.extend(carried.map(|part| ((node.clone(), locale.clone()), part)));
        !is_carried
    });
    if let Some(((_, some_locale), _)) = wanted.first_key_value() {
        // A list costs a request for each locale: less than a node or two are not worth it.
        if lists_carry_configs(capture, flow, some_locale).await && wanted.len() > 1 {
            have.extend(from_lists(capture, flow, &wanted).await);
        }
    }
    let missing: Vec<_> = wanted.into_iter().filter(|(pair, _)| !have.contains_key(pair)).collect();
    let read = try_join_all(missing.into_iter().map(async |((node, locale), said)| {
        let name = PartName::Node { node: node.clone(), locale: locale.clone() };
        let asked = capture.now();
        let value = match capture.client().node(&flow.id, &node, &locale).await {
            Ok(value) => value,
            Err(error) if error.is_not_found() => {
                return Err(Error::NodeGone { flow: flow.name.clone(), source: Box::new(error) });
            }
            Err(error) => return Ok(((node, locale), parts.instead(&name, error)?)),
        };
        // A config that belongs to another locale than the chart said: the flow moved between the two reads.
        if said && text(&value, "localeReference").is_some_and(|home| home != locale) {
            return Err(Error::node_moved(&flow.name, &node));
        }
        Ok(((node, locale), capture.part(name, value, asked)))
    }))
    .await?;
    have.extend(read);
    Ok(have.into_values().collect())
}

/// Finds out whether the lists of nodes carry configs, or remembers it.
pub(super) async fn lists_carry_configs(capture: &Capture<'_>, flow: &Listed, locale: &str) -> bool {
    let known = || capture.facts.borrow().node_lists;
    if let Some(learned) = known().filter(|learned| capture.began - learned.asked < REMEMBERED)
        && !learned.holds
    {
        return false;
    }
    *capture
        .bulk
        .get_or_init(async || {
            let holds = probe(capture, flow, locale).await;
            if let Some(holds) = holds {
                let learned = Learned { holds, asked: capture.began };
                capture.facts.borrow_mut().node_lists = Some(learned);
            }
            holds.unwrap_or(false)
        })
        .await
}

/// Asks for the node list and looks whether its entries have configs, and all else that a node's own read has: one
/// node is read both ways and compared. Nothing where the server does not answer now.
async fn probe(capture: &Capture<'_>, flow: &Listed, locale: &str) -> Option<bool> {
    let client = capture.client();
    let nodes = match client.nodes(&flow.id, locale).await {
        Ok(nodes) => nodes,
        Err(error) => return error.is_unsupported_list().then_some(false),
    };
    let Some(entry) = nodes.iter().find(|node| carries(node, locale)) else { return Some(false) };
    let id = text(entry, "_id")?;
    let whole = client.node(&flow.id, &id, locale).await.ok()?;
    Some(whole.as_object().is_some_and(|fields| fields.keys().all(|key| entry.get(key).is_some())))
}

/// Reads the node list for each locale that some node calls home and keeps the entries that are at home there.
async fn from_lists(
    capture: &Capture<'_>,
    flow: &Listed,
    wanted: &BTreeMap<Pair, bool>,
) -> HashMap<Pair, Part> {
    let locales: BTreeSet<&String> = wanted.keys().map(|(_, locale)| locale).collect();
    let asked = capture.now();
    let lists = join_all(locales.into_iter().map(async |locale| {
        let nodes = capture.client().nodes(&flow.id, locale).await.unwrap_or_default();
        (locale, nodes)
    }))
    .await;
    let mut parts = HashMap::new();
    for (locale, nodes) in lists {
        for node in nodes.into_iter().filter(|node| carries(node, locale)) {
            let Some(id) = text(&node, "_id") else { continue };
            let name = PartName::Node { node: id.clone(), locale: locale.clone() };
            parts.insert((id, locale.clone()), capture.part(name, node, asked));
        }
    }
    parts.retain(|pair, _| wanted.contains_key(pair));
    parts
}

fn carries(node: &Value, locale: &str) -> bool {
    node.get("config").is_some() && text(node, "localeReference").as_deref() == Some(locale)
}
