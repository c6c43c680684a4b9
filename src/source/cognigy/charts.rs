//! The charts of flows: which nodes there are and where each is at home, and so what reading them will cost.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::capture::Capture;
use super::listed::Listed;
use super::lists::Lists;
use super::{Error, text};
use crate::cognigy::Error as ApiError;
use crate::snapshot::{Kind, Origin, Part, PartName, hex};

/// How many flows' charts may wait for their turn at once. All of them are kept anyway, until the price is known, so
/// this need not bound memory as `IN_THE_WORKS` does; it must only give the client's pool enough to choose from.
const CHARTS_IN_LINE: usize = 128;

/// A flow's chart in every locale.
pub(super) type Chart = Vec<Part>;

/// The charts of flows, by the flow's id, until each is used. All of them wait at once, so they wait as text: as values they
/// would take eight times as much.
pub(super) struct Charts(HashMap<String, Waiting>);

/// A flow's charts that wait for their turn.
pub(super) struct Waiting {
    texts: Vec<(PartName, DateTime<Utc>, Box<[u8]>)>,
    /// Every node with the locale to read it in.
    pub(super) nodes: Vec<(String, String)>,
    /// A digest of each chart, by its locale.
    pub(super) digests: BTreeMap<String, String>,
}

impl Waiting {
    fn new(chart: &Chart) -> Self {
        let text = |part: &Part| {
            let text = serde_json::to_vec(&part.value).expect("a JSON value serialises");
            (part.name.clone(), part.read_at, text.into_boxed_slice())
        };
        let digests = chart.iter().filter_map(|part| match &part.name {
            PartName::Chart { locale } => Some((locale.clone(), digest(&part.value))),
            _ => None,
        });
        Self {
            texts: chart.iter().map(text).collect(),
            nodes: distinct(chart).into_keys().collect(),
            digests: digests.collect(),
        }
    }

    fn into_chart(self) -> Chart {
        let part = |(name, read_at, text): (PartName, DateTime<Utc>, Box<[u8]>)| {
            let value = serde_json::from_slice(&text).expect("it was a JSON value");
            Part { name, read_at, origin: Origin::Read, value }
        };
        self.texts.into_iter().map(part).collect()
    }
}

impl Charts {
    /// Reads the charts of all flows that are still to be read and not carried whole. A flow that is gone by now has none.
    pub(super) async fn read(capture: &Capture<'_>, lists: &Lists) -> Result<Self, Error> {
        let is_read = |flow: &&Listed| flow.kind == Kind::Flows && !capture.carries_whole(flow);
        let charts = stream::iter(lists.unread().filter(is_read))
            .map(|flow| async {
                match read_chart(capture, flow, &lists.locales).await {
                    Ok(chart) => Ok(Some((flow.id.clone(), Waiting::new(&chart)))),
                    Err(error) if error.is_not_found() => Ok(None),
                    // It is tried again when the flow has its turn.
                    Err(error) if capture.source.carries_unreadable && !error.is_unauthorized() => Ok(None),
                    Err(error) => Err(flow.unreadable(error)),
                }
            })
            .buffer_unordered(CHARTS_IN_LINE)
            .try_filter_map(async |chart| Ok(chart))
            .try_collect()
            .await?;
        Ok(Self(charts))
    }

    /// Takes a flow's charts out; `None` where they are to be read (again).
    pub(super) fn take(&mut self, flow: &str) -> Option<Chart> {
        self.0.remove(flow).map(Waiting::into_chart)
    }

    /// Returns a flow's charts.
    pub(super) fn of(&self, flow: &str) -> Option<&Waiting> {
        self.0.get(flow)
    }
}

/// Reads a flow's chart in every locale.
pub(super) async fn read_chart(
    capture: &Capture<'_>,
    flow: &Listed,
    locales: &[Listed],
) -> Result<Chart, ApiError> {
    try_join_all(locales.iter().map(async |locale| {
        let asked = capture.now();
        let chart = capture.client().chart(&flow.id, &locale.id).await?;
        Ok(capture.part(PartName::Chart { locale: locale.id.clone() }, chart, asked))
    }))
    .await
}

/// Returns a digest of what the server says. Neither the order of keys counts nor that of a chart's nodes and relations: some
/// servers give them in another order each time.
pub(super) fn digest(said: &Value) -> String {
    let mut said = said.clone();
    said.sort_all_objects();
    for list in ["nodes", "relations"] {
        if let Some(Value::Array(items)) = said.get_mut(list) {
            items.sort_by_cached_key(Value::to_string);
        }
    }
    // Half of a SHA-256 tells any two apart.
    hex(&Sha256::digest(said.to_string())[..16])
}

/// Returns every distinct pair of node and home locale in a flow's charts, and whether a chart says so.
pub(super) fn distinct(charts: &Chart) -> BTreeMap<(String, String), bool> {
    let mut pairs = BTreeMap::new();
    for (pair, said) in charts.iter().flat_map(homes) {
        *pairs.entry(pair).or_default() |= said;
    }
    pairs
}

/// Returns the nodes of a chart as seen in the chart's locale, each with the locale to read it in, and whether the
/// chart says that its content belongs there. Not every version says it; what a node inherits is then read again in
/// each locale.
fn homes(chart: &Part) -> Vec<((String, String), bool)> {
    let PartName::Chart { locale } = &chart.name else { return Vec::new() };
    let nodes = chart.value.get("nodes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let home = |node| {
        let said = text(node, "localeReference");
        let is_said = said.is_some();
        Some(((text(node, "_id")?, said.unwrap_or_else(|| locale.clone())), is_said))
    };
    nodes.iter().filter_map(home).collect()
}
