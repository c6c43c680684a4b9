//! Edits in a flow's chart. Nodes carry no times (dossier §2.4); at most the flow's own time shows such an edit.

use crate::cognigy::project::audit::Deed;
use crate::cognigy::project::{Flow, Localised, Node, Project, computed, seed};
use serde_json::{Value, json};

impl Project {
    /// Edits a node's config in a locale where it is localised (`None`: the primary one). The server's computed
    /// fields follow.
    pub fn edit_node(
        &mut self,
        flow: &str,
        node: &str,
        locale: Option<&str>,
        change: impl FnOnce(&mut Value),
    ) {
        let locale = locale.map_or_else(|| self.primary().meta.id.clone(), |l| self.locale_id(l));
        self.inside_flow(flow, |_, flow| {
            let node = node_of(flow, node);
            let label = node.label.clone();
            let version = node
                .localised
                .iter_mut()
                .find(|l| l.locale == locale)
                .unwrap_or_else(|| panic!("node {label:?} is not localised in {locale}"));
            change(&mut version.config);
            computed::refresh(&node.kind, &mut version.config);
            version.preview = computed::preview(&node.kind, &version.config);
            Deed::patch("node", &node.id).in_locale(&locale)
        });
    }

    /// Edits a node's own fields: label, comment, flags.
    pub fn edit_node_fields(&mut self, flow: &str, node: &str, change: impl FnOnce(&mut Node)) {
        self.inside_flow(flow, |_, flow| {
            let node = node_of(flow, node);
            change(node);
            Deed::patch("node", &node.id)
        });
    }

    /// Gives a node another label.
    pub fn relabel_node(&mut self, flow: &str, node: &str, label: &str) {
        self.edit_node_fields(flow, node, |n| label.clone_into(&mut n.label));
    }

    /// Adds a node behind another one and gives its `_id`.
    pub fn add_node(&mut self, flow: &str, after: &str, kind: &str, label: &str, config: Value) -> String {
        let primary = self.primary().meta.id.clone();
        self.inside_flow(flow, |ids, flow| {
            let after = node_of(flow, after).id.clone();
            let node = seed::node(ids, kind, label, &primary, config);
            let deed = Deed::create("node", &node.id);
            flow.put_after(ids, &after, node);
            deed
        })
    }

    /// Adds a say node behind the flow's start and gives its `_id`.
    pub fn add_say(&mut self, flow: &str, label: &str, text: &str) -> String {
        self.add_node(flow, "Start", "say", label, json!({"say": {"type": "text", "text": [text]}}))
    }

    /// Removes a node; its chain closes, its branches go with it.
    pub fn remove_node(&mut self, flow: &str, node: &str) {
        self.inside_flow(flow, |_, flow| {
            let id = node_of(flow, node).id.clone();
            let gone = flow.branch(&id);
            flow.detach(&id);
            flow.nodes.retain(|n| !gone.contains(&n.id));
            flow.relations.retain(|r| !gone.contains(&r.node));
            Deed::delete("node", &gone[0])
        });
    }

    /// Moves a node, with what hangs below it, behind another one.
    pub fn move_node(&mut self, flow: &str, node: &str, after: &str) {
        self.inside_flow(flow, |_, flow| {
            let (id, after) = (node_of(flow, node).id.clone(), node_of(flow, after).id.clone());
            assert!(id != after, "a node cannot follow itself");
            let next = flow.relation(&id).and_then(|r| r.next.clone());
            for row in flow.relations.iter_mut().filter(|r| r.next.as_deref() == Some(&id)) {
                row.next.clone_from(&next);
            }
            let row = |flow: &mut Flow, of: &str| {
                flow.relations.iter().position(|r| r.node == of).expect("every node has a row")
            };
            let (here, there) = (row(flow, &id), row(flow, &after));
            let deed = Deed::action("moveChartNode", "node", &id);
            flow.relations[here].next = flow.relations[there].next.replace(id);
            deed
        });
    }

    /// Localises a node: its version in this locale begins as a copy of what it inherited.
    pub fn localise_node(&mut self, flow: &str, node: &str, locale: &str) {
        let locale = self.locale_id(locale);
        let at = self.flow_at(flow);
        let found = self.flows[at].node(node).unwrap_or_else(|| panic!("the flow has no node {node:?}"));
        assert!(!found.is_localised(&locale), "node {node:?} is localised in {locale} already");
        let inherited = found.version(self.resolve(&locale, |l| found.is_localised(l))).clone();
        self.inside_flow(flow, |_, flow| {
            let node = node_of(flow, node);
            node.localised.push(Localised { locale: locale.clone(), ..inherited });
            let deed = Deed::action("addNodeLocalization", "node", &node.id).in_locale(&locale);
            if !flow.localised.contains(&locale) {
                flow.localised.push(locale);
            }
            deed
        });
    }

    /// Removes a node's version in a locale: it inherits again.
    pub fn unlocalise_node(&mut self, flow: &str, node: &str, locale: &str) {
        let locale = self.locale_id(locale);
        assert!(locale != self.primary().meta.id, "the primary locale's version cannot go");
        self.inside_flow(flow, |_, flow| {
            let node = node_of(flow, node);
            node.localised.retain(|l| l.locale != locale);
            Deed::action("removeNodeLocalization", "node", &node.id).in_locale(&locale)
        });
    }
}

pub(in crate::cognigy::project) fn node_of<'a>(flow: &'a mut Flow, node: &str) -> &'a mut Node {
    let name = flow.name.clone();
    flow.nodes
        .iter_mut()
        .find(|n| n.id == node || n.reference_id == node || n.label == node)
        .unwrap_or_else(|| panic!("flow {name:?} has no node {node:?}"))
}
