//! Reads flows: charts, documents, settings, intents and nodes, as of one moment.

use futures_util::future::{try_join_all, try_join3};

use super::capture::{Capture, Parts};
use super::charts::{Chart, read_chart};
use super::listed::Listed;
use super::nodes;
use super::{Error, ROUNDS};
use crate::snapshot::{Kind, Part, PartName, Resource};

/// Reads the whole flow. A node that is gone was deleted since its chart was read: chart and nodes are read again.
pub(super) async fn read(
    capture: &Capture<'_>,
    flow: &Listed,
    mut chart: Option<Chart>,
    locales: &[Listed],
) -> Result<Resource, Error> {
    let parts = Parts::of(capture, flow);
    let mut round = 1;
    loop {
        let charts = match chart.take() {
            Some(charts) => charts,
            None => match read_chart(capture, flow, locales).await {
                Ok(charts) => charts,
                // Nodes of one time do not go with the chart of another.
                Err(error) => return parts.whole_instead(locales, error),
            },
        };
        let rest =
            try_join3(read_documents(&parts), read_intents(&parts, locales), nodes::read(&parts, &charts));
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

async fn read_documents(parts: &Parts<'_>) -> Result<Vec<Part>, Error> {
    let (client, id) = (parts.capture.client(), &parts.listed.id);
    let (document, settings) = tokio::try_join!(
        parts.get(PartName::Document, client.one_of(Kind::Flows, "", id)),
        parts.get(PartName::Settings, client.flow_settings(id))
    )?;
    Ok(vec![document, settings])
}

async fn read_intents(parts: &Parts<'_>, locales: &[Listed]) -> Result<Vec<Part>, Error> {
    try_join_all(locales.iter().map(async |locale| {
        let intents = parts.capture.client().export_intents(&parts.listed.id, &locale.id);
        parts.get(PartName::Intents { locale: locale.id.clone() }, intents).await
    }))
    .await
}
