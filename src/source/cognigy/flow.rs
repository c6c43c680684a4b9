//! Reads flows: charts, documents, settings, intents and nodes, as of one moment.

use futures_util::future::{try_join_all, try_join3};

use super::charts::{Chart, read_chart};
use super::listed::Listed;
use super::nodes::{self, Bulk};
use super::{Cognigy, Error, ROUNDS};
use crate::snapshot::{Kind, Part, PartName, Resource};

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
            None => read_chart(source, flow, locales).await?,
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

async fn read_documents(source: &Cognigy<'_>, flow: &Listed) -> Result<Vec<Part>, Error> {
    let (document, settings) = tokio::try_join!(
        source.client.one_of(Kind::Flows, "", &flow.id),
        source.client.flow_settings(&flow.id)
    )
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
