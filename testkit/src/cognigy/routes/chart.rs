//! Charts and nodes (dossier §2.4). What is shown of a node depends on the locale asked for: its own version there,
//! or the one it inherits; `localeReference` says which.

use super::{Answer, View};
use crate::cognigy::project::{Flow, Node, Relation, transpile};
use crate::cognigy::serve::ask::Reply;
use crate::cognigy::serve::paging::{Listed, ordered, page};
use serde_json::{Value, json};

impl View<'_> {
    /// The whole chart, without configs and never paged.
    pub(super) fn chart(&self, flow: &Flow) -> Answer {
        let wanted = self.wanted_locale()?;
        let nodes = ordered(self.ask, &flow.nodes).into_iter().map(|node| self.excerpt(node, wanted, true));
        let relations = ordered(self.ask, &flow.relations)
            .into_iter()
            .map(|r| json!({"_id": r.id, "node": r.node, "children": r.children, "next": r.next}));
        Ok(json!({
            "_id": flow.chart_id,
            "nodes": nodes.collect::<Vec<_>>(),
            "relations": relations.collect::<Vec<_>>(),
        }))
    }

    /// The list of nodes, with or without configs: the dossier's most valuable open question (§5.3).
    pub(super) fn nodes(&self, flow: &Flow) -> Answer {
        let switches = self.ask.switches;
        let asked = self.wanted_locale()?;
        let wanted = if switches.node_list_honours_locale { asked } else { &self.project.primary().meta.id };
        page(self.ask, &flow.nodes, |node| match switches.node_list_config {
            true => self.full(node, wanted),
            false => self.excerpt(node, wanted, false),
        })
    }

    pub(super) fn node(&self, flow: &Flow, id: &str) -> Answer {
        let wanted = self.wanted_locale()?;
        let node = flow.nodes.iter().find(|n| n.id == id).ok_or_else(|| Reply::missing("The node"))?;
        Ok(self.full(node, wanted))
    }

    /// A node without its config; `localised` adds what the chart shows of its version.
    fn excerpt(&self, node: &Node, wanted: &str, localised: bool) -> Value {
        let mut row = json!({
            "_id": node.id,
            "referenceId": node.reference_id,
            "type": node.kind,
            "label": node.label,
            "comment": node.comment,
            "commentColor": node.comment_color,
            "analyticsLabel": node.analytics_label,
            "isEntryPoint": node.is_entry_point,
            "isDisabled": node.is_disabled,
            "isCollapsed": node.is_collapsed,
            "extension": node.extension,
        });
        if localised {
            let version = node.version(self.project.resolve(wanted, |l| node.is_localised(l)));
            row["preview"] = version.preview.clone();
            self.built(&mut row["preview"]);
            row["localeReference"] = json!(version.locale);
        }
        row
    }

    fn full(&self, node: &Node, wanted: &str) -> Value {
        let version = node.version(self.project.resolve(wanted, |l| node.is_localised(l)));
        let mut row = self.excerpt(node, wanted, true);
        row["config"] = version.config.clone();
        if let Some(code) = row.pointer_mut("/config/transpiled") {
            self.built(code);
            row["config"]["hasError"] = json!(row["config"]["hasError"] != json!(self.ask.noise % 2 == 1));
        }
        if self.ask.switches.newer_nodes {
            let (on, code) = &node.mock;
            let transpiled = if code.is_empty() { String::new() } else { transpile(code) };
            row["mock"] = json!({"isEnabled": on, "code": code, "transpiled": transpiled, "hasError": false});
            row["conversionMetadata"] = Value::Null;
        }
        row
    }
}

impl Listed for Node {
    fn id(&self) -> &str {
        &self.id
    }
    fn name(&self) -> &str {
        &self.label
    }
}

impl Listed for Relation {
    fn id(&self) -> &str {
        &self.id
    }
    fn name(&self) -> &str {
        &self.node
    }
}
