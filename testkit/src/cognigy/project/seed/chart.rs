//! Charts: chains of nodes with branches (dossier §2.4, "Order is a linked list").

use super::{Size, config, words};
use crate::cognigy::project::{Flow, Ids, Localised, Node, Project, Relation, computed};
use serde_json::{Value, json};

/// The start and end nodes every new flow has.
pub(crate) fn bare_chart(ids: &mut Ids, primary: &str) -> (Vec<Node>, Vec<Relation>) {
    let mut start = node(ids, "start", "Start", primary, json!({}));
    start.is_entry_point = true;
    let end = node(ids, "end", "End", primary, json!({}));
    let relations = vec![relation(ids, &start.id, Some(&end.id)), relation(ids, &end.id, None)];
    (vec![start, end], relations)
}

/// A node with one version, for the primary locale.
pub(crate) fn node(ids: &mut Ids, kind: &str, label: &str, primary: &str, mut config: Value) -> Node {
    computed::refresh(kind, &mut config);
    let preview = computed::preview(kind, &config);
    Node {
        id: ids.id(),
        reference_id: ids.uuid(),
        kind: kind.to_owned(),
        extension: "@cognigy/basic-nodes".to_owned(),
        label: label.to_owned(),
        analytics_label: String::new(),
        comment: String::new(),
        comment_color: String::new(),
        is_entry_point: false,
        is_disabled: false,
        is_collapsed: false,
        mock: (false, String::new()),
        localised: vec![Localised { locale: primary.to_owned(), config, preview }],
    }
}

/// A row of relations.
pub(crate) fn relation(ids: &mut Ids, node: &str, next: Option<&str>) -> Relation {
    Relation { id: ids.id(), node: node.to_owned(), children: Vec::new(), next: next.map(str::to_owned) }
}

/// A chart being filled, between its start and its end.
struct Filling<'a> {
    ids: &'a mut Ids,
    flow: &'a mut Flow,
    primary: String,
    /// Where goto nodes lead: (flow referenceId, node referenceId).
    target: (String, String),
    left: usize,
}

impl Project {
    /// Fills the chart of a fresh flow up to the wanted number of nodes and localises some of them. A flow that
    /// belongs to an AI agent gets the agent's job node with a tool, if there is room.
    pub(super) fn seed_chart(&mut self, flow: &mut Flow, size: &Size, agent: Option<&str>) {
        let primary = self.primary().meta.id.clone();
        let first = self.flows.first().unwrap_or(flow);
        let target = (first.reference_id.clone(), first.nodes[0].reference_id.clone());
        let left = size.nodes_per_flow.saturating_sub(2);
        let mut filling = Filling { ids: &mut self.ids, flow, primary, target, left };
        let mut last = filling.flow.nodes[0].id.clone();
        if let Some(agent) = agent.filter(|_| left >= 2) {
            last = filling.agent_job(&last, agent);
        }
        while filling.left > 0 {
            last = filling.step(&last);
        }
        let locales: Vec<String> = self.locales.iter().skip(1).map(|l| l.meta.id.clone()).collect();
        let percent = size.localised_percent.min(100);
        for (at, node) in flow.nodes.iter_mut().enumerate() {
            if (at + 1) * percent / 100 == at * percent / 100 {
                continue;
            }
            for (locale, words) in locales.iter().zip(words::LOCALES.iter().cycle().skip(1)) {
                let mut version = config::translated(&node.localised[0].config, words.2);
                computed::refresh(&node.kind, &mut version);
                let preview = computed::preview(&node.kind, &version);
                node.localised.push(Localised { locale: locale.clone(), config: version, preview });
            }
        }
    }
}

impl Filling<'_> {
    /// Appends one node to the chain, or an `if` with both its branches, and gives the chain's new last node.
    fn step(&mut self, after: &str) -> String {
        if self.left >= 5 && self.ids.rng().u8(..8) == 0 {
            let branch = self.insert(after, "if", "Returnable?");
            let then = self.child(&branch, "then", "Then", json!({}));
            let otherwise = self.child(&branch, "else", "Else", json!({}));
            self.leaf(&then);
            self.leaf(&otherwise);
            return branch;
        }
        self.leaf(after)
    }

    fn leaf(&mut self, after: &str) -> String {
        let kinds = ["say", "say", "say", "question", "code", "httpRequest", "addToContext", "goto", "sleep"];
        let at = self.ids.rng().usize(..kinds.len());
        let label = match kinds[at] {
            "say" | "question" => words::LABELS[self.ids.rng().usize(..words::LABELS.len())],
            "code" => "Decide",
            "httpRequest" => "GET order",
            "addToContext" => "Remember",
            "goto" => "Back to Main",
            _ => "Wait",
        };
        self.insert(after, kinds[at], label)
    }

    fn insert(&mut self, after: &str, kind: &str, label: &str) -> String {
        let config = config::config(kind, self.ids.rng(), &self.target);
        let mut node = node(self.ids, kind, label, &self.primary, config);
        if self.ids.rng().u8(..10) == 0 {
            node.comment = "Agreed with the service team; do not change without asking.".to_owned();
            node.comment_color = "#F2C94C".to_owned();
        }
        node.is_disabled = self.ids.rng().u8(..25) == 0;
        node.analytics_label = if kind == "question" { label.to_lowercase() } else { String::new() };
        let id = node.id.clone();
        self.flow.put_after(self.ids, after, node);
        self.left = self.left.saturating_sub(1);
        id
    }

    fn child(&mut self, parent: &str, kind: &str, label: &str, config: Value) -> String {
        let node = node(self.ids, kind, label, &self.primary, config);
        let id = node.id.clone();
        self.flow.put_below(self.ids, parent, node);
        self.left = self.left.saturating_sub(1);
        id
    }

    fn agent_job(&mut self, after: &str, agent: &str) -> String {
        let job = self.insert(after, "aiAgentJob", "Service job");
        let at = self.flow.nodes.len() - 1;
        let last = &mut self.flow.nodes[at].localised[0];
        last.config["aiAgent"] = json!(agent);
        self.child(&job, "aiAgentJobTool", "Tool: look up order", config::tool());
        job
    }
}

impl Flow {
    /// Puts a node into a chain, behind the node `after`.
    pub(crate) fn put_after(&mut self, ids: &mut Ids, after: &str, node: Node) {
        let next =
            self.relations.iter_mut().find(|r| r.node == after).and_then(|r| r.next.replace(node.id.clone()));
        let row = relation(ids, &node.id, next.as_deref());
        self.relations.push(row);
        self.nodes.push(node);
    }

    /// Puts a node below another, as its last branch.
    pub(crate) fn put_below(&mut self, ids: &mut Ids, parent: &str, node: Node) {
        if let Some(row) = self.relations.iter_mut().find(|r| r.node == parent) {
            row.children.push(node.id.clone());
        }
        let row = relation(ids, &node.id, None);
        self.relations.push(row);
        self.nodes.push(node);
    }
}
