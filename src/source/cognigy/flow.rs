//! Reads flows: charts first, for the price; then documents, settings, intents and nodes.

use std::collections::HashMap;

use futures_util::future::{try_join_all, try_join3};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::Value;

use super::lists::{Listed, Lists};
use super::nodes::{self, Bulk};
use super::{Cognigy, Error, ROUNDS, text};
use crate::snapshot::{Kind, Part, PartName, Resource};

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
                match read_charts(source, flow, &lists.locales).await {
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
        let nodes: usize = self.charts.values().map(|chart| nodes::distinct(chart).len()).sum();
        // One more asks whether the node list carries configs.
        let probe = u64::from(nodes > 0);
        probe + nodes as u64 + self.charts.len() as u64 * (2 + self.locales)
    }
}

/// Reads the whole flow. A node that is gone was deleted since its chart was read: chart and nodes are read again.
pub(super) async fn read(
    source: &Cognigy<'_>,
    flow: &Listed,
    mut chart: Option<Chart>,
    locales: &[Listed],
    bulk: &Bulk,
) -> Result<Resource, Error> {
    let mut round = 1;
    loop {
        let charts = match chart.take() {
            Some(charts) => charts,
            None => read_charts(source, flow, locales).await?,
        };
        let rest = try_join3(
            read_documents(source, flow),
            read_intents(source, flow, locales),
            nodes::read(source, flow, &charts, bulk),
        );
        match rest.await {
            Ok((documents, intents, nodes)) => {
                let parts = [documents, charts, intents, nodes].into_iter().flatten().collect();
                return Ok(flow.resource(parts));
            }
            Err(Error::NodeGone { .. }) if round < ROUNDS => round += 1,
            Err(error) => return Err(error),
        }
    }
}

async fn read_charts(source: &Cognigy<'_>, flow: &Listed, locales: &[Listed]) -> Result<Chart, Error> {
    try_join_all(locales.iter().map(async |locale| {
        let chart =
            source.client.chart(&flow.id, &locale.id).await.map_err(|error| flow.unreadable(error))?;
        Ok(source.part(PartName::Chart { locale: locale.id.clone() }, chart))
    }))
    .await
}

async fn read_documents(source: &Cognigy<'_>, flow: &Listed) -> Result<Vec<Part>, Error> {
    let (document, settings) =
        tokio::try_join!(source.client.flow(&flow.id), source.client.flow_settings(&flow.id))
            .map_err(|error| flow.unreadable(error))?;
    Ok(vec![source.part(PartName::Document, document), source.part(PartName::Settings, settings)])
}

async fn read_intents(source: &Cognigy<'_>, flow: &Listed, locales: &[Listed]) -> Result<Vec<Part>, Error> {
    try_join_all(locales.iter().map(async |locale| {
        let intents = source
            .client
            .export_intents(&flow.id, &locale.id)
            .await
            .map_err(|error| flow.unreadable(error))?;
        Ok(source.part(PartName::Intents { locale: locale.id.clone() }, intents))
    }))
    .await
}

/// Returns the nodes of a chart as seen in the chart's locale, each with the locale to read it in, and whether the
/// chart says that its content belongs there. Not every version says it; what a node inherits is then read again in
/// each locale.
pub(super) fn homes(chart: &Part) -> Vec<((String, String), bool)> {
    let PartName::Chart { locale } = &chart.name else { return Vec::new() };
    let nodes = chart.value.get("nodes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let home = |node| {
        let said = text(node, "localeReference");
        let is_said = said.is_some();
        Some(((text(node, "_id")?, said.unwrap_or_else(|| locale.clone())), is_said))
    };
    nodes.iter().filter_map(home).collect()
}
