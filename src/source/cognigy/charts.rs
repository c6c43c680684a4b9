//! The charts of flows: which nodes there are and where each is at home, and so what reading them will cost.

use std::collections::{BTreeMap, HashMap};

use futures_util::future::try_join_all;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::Value;

use super::listed::Listed;
use super::lists::Lists;
use super::{Cognigy, Error, text};
use crate::snapshot::{Kind, Part, PartName};

/// How many flows' charts may wait for their turn at once. All of them are kept anyway, until the price is known, so
/// this need not bound memory as `IN_THE_WORKS` does; it must only give the client's pool enough to choose from.
const CHARTS_IN_LINE: usize = 128;

/// A flow's chart in every locale.
pub(super) type Chart = Vec<Part>;

/// The charts of all flows, by the flow's id, until each is used.
pub(super) struct Charts {
    charts: HashMap<String, Chart>,
    locales: u64,
}

impl Charts {
    /// Reads the charts of all flows that are still to be read. A flow that is gone by now has none.
    pub(super) async fn read(source: &Cognigy<'_>, lists: &Lists) -> Result<Self, Error> {
        let flows = lists.unread().filter(|listed| listed.kind == Kind::Flows);
        let charts = stream::iter(flows)
            .map(|flow| async {
                match read_chart(source, flow, &lists.locales).await {
                    Ok(chart) => Ok(Some((flow.id.clone(), chart))),
                    Err(Error::Gone { .. }) => Ok(None),
                    Err(error) => Err(error),
                }
            })
            .buffer_unordered(CHARTS_IN_LINE)
            .try_filter_map(async |chart| Ok(chart))
            .try_collect()
            .await?;
        Ok(Self { charts, locales: lists.locales.len() as u64 })
    }

    /// Takes a flow's charts out; `None` where they are to be read (again).
    pub(super) fn take(&mut self, flow: &str) -> Option<Chart> {
        self.charts.remove(flow)
    }

    /// Returns how many requests the flows will take beside their charts: nodes, document, settings, intents.
    pub(super) fn requests_to_come(&self) -> u64 {
        let nodes: usize = self.charts.values().map(|chart| distinct(chart).len()).sum();
        // One more asks whether the node list carries configs.
        let probe = u64::from(nodes > 0);
        probe + nodes as u64 + self.charts.len() as u64 * (2 + self.locales)
    }
}

/// Reads a flow's chart in every locale.
pub(super) async fn read_chart(
    source: &Cognigy<'_>,
    flow: &Listed,
    locales: &[Listed],
) -> Result<Chart, Error> {
    try_join_all(locales.iter().map(async |locale| {
        let chart =
            source.client.chart(&flow.id, &locale.id).await.map_err(|error| flow.unreadable(error))?;
        Ok(source.part(PartName::Chart { locale: locale.id.clone() }, chart))
    }))
    .await
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
