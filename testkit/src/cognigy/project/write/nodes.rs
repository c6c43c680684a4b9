//! Nodes as the API writes them: placed, with the children that the server adds by itself (dossier §2.4).

use crate::cognigy::project::audit::Deed;
use crate::cognigy::project::edit::nodes::node_of;
use crate::cognigy::project::{Flow, Ids, Localised, Node, Place, Project, automatic, refresh, seed};
use serde_json::{Value, json};

impl Project {
    /// Makes a node with its automatic children and gives its `_id`.
    pub(crate) fn create_node(
        &mut self,
        flow: &str,
        place: &Place,
        (kind, label, config): (&str, &str, Value),
        fill: impl FnOnce(&mut Node),
    ) -> String {
        let primary = self.primary().meta.id.clone();
        self.inside_flow(flow, |ids, flow| {
            let mut node = seed::node(ids, kind, label, &primary, config);
            fill(&mut node);
            let id = node.id.clone();
            flow.hang(ids, node, place);
            for (at, (kind, label)) in automatic(kind).iter().enumerate() {
                let child = seed::node(ids, kind, label, &primary, json!({}));
                flow.hang(ids, child, &Place::Child { parent: id.clone(), at });
            }
            Deed::create("node", &id)
        })
    }

    /// Changes a node: its own fields, and its version in a locale (`_id`) with what the server computes of it.
    pub(crate) fn patch_node(&mut self, flow: &str, id: &str, locale: &str, change: impl FnOnce(&mut Node)) {
        self.inside_flow(flow, |_, flow| {
            let node = node_of(flow, id);
            change(node);
            let kind = node.kind.clone();
            for version in &mut node.localised {
                refresh(&kind, &mut version.config);
                version.preview = crate::cognigy::project::preview(&kind, &version.config);
            }
            Deed::patch("node", id).in_locale(locale)
        });
    }

    /// Moves a node with what goes with it.
    pub(crate) fn place_node(&mut self, flow: &str, id: &str, place: &Place) {
        self.inside_flow(flow, |_, flow| {
            flow.detach(id);
            flow.attach(id, place);
            Deed::action("moveChartNode", "node", id)
        });
    }

    /// Gives a node a version of its own in a locale: a copy of the one in `from`, or an empty one.
    pub(crate) fn create_node_version(&mut self, flow: &str, id: &str, locale: &str, from: Option<&str>) {
        self.inside_flow(flow, |_, flow| {
            let node = node_of(flow, id);
            let blank = || Localised { locale: String::new(), config: json!({}), preview: Value::Null };
            let version = from.map_or_else(blank, |from| node.version(from).clone());
            node.localised.push(Localised { locale: locale.to_owned(), ..version });
            Deed::action("addNodeLocalization", "node", id).in_locale(locale)
        });
    }
}

impl Flow {
    /// Adds a node to the chart at its place.
    fn hang(&mut self, ids: &mut Ids, node: Node, place: &Place) {
        let id = node.id.clone();
        self.relations.push(seed::relation(ids, &id, None));
        self.nodes.push(node);
        self.attach(&id, place);
    }
}
