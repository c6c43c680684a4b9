//! Where nodes hang in a chart (dossier §2.4, "Order is a linked list"): chains by `next`, branches by `children`.

use super::{Flow, Node, Relation};

/// The extension of the node types that come with the product.
pub(crate) const BASIC: &str = "@cognigy/basic-nodes";

/// A place for a node.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// In a chain, behind this node.
    After(String),
    /// In a chain, before this node.
    Before(String),
    /// Among the branches of a node.
    Child { parent: String, at: usize },
}

/// The children that the server gives a new node of this type: type and label. That it does is documented, which
/// they are only for some (§2.4).
pub(crate) fn automatic(kind: &str) -> &'static [(&'static str, &'static str)] {
    match kind {
        "if" => &[("then", "Then"), ("else", "Else")],
        "once" => &[("onFirstExecution", "On First Execution"), ("afterwards", "Afterwards")],
        "lookup" | "switch" => &[("case", "Case"), ("default", "Default")],
        "aiAgentJob" => &[("aiAgentJobDefault", "Default"), ("aiAgentJobTool", "Tool")],
        _ => &[],
    }
}

/// Whether nodes of this type are branches and never stand in a chain.
pub(crate) fn is_branch(kind: &str) -> bool {
    let known = ["if", "once", "lookup"].iter().any(|p| automatic(p).iter().any(|(child, _)| *child == kind));
    known || (kind != "aiAgentJob" && kind.starts_with("aiAgentJob"))
}

impl Node {
    /// Whether nodes of this type may be its branches. Types of other extensions are not ours to know.
    pub(crate) fn may_hold(&self, kind: &str) -> bool {
        match automatic(&self.kind) {
            [] => self.extension != BASIC,
            _ if self.kind == "aiAgentJob" => kind != "aiAgentJob" && kind.starts_with("aiAgentJob"),
            known => known.iter().any(|(child, _)| *child == kind),
        }
    }
}

impl Flow {
    /// The node of which this one is a branch, and its place among the branches.
    pub(crate) fn parent(&self, node: &str) -> Option<(&Relation, usize)> {
        self.relations.iter().find_map(|r| Some((r, r.children.iter().position(|c| c == node)?)))
    }

    /// A node and all that goes with it: its branches, and the chains of these. A branch has its own chain, too.
    pub(crate) fn branch(&self, node: &str) -> Vec<String> {
        let mut found = vec![node.to_owned()];
        let with_chain = self.parent(node).is_some();
        let mut at = 0;
        while at < found.len() {
            let row = self.relation(&found[at]).cloned();
            let chain = |_: &&String| at > 0 || with_chain;
            found.extend(
                row.iter().flat_map(|r| r.children.iter().chain(r.next.iter().filter(chain))).cloned(),
            );
            at += 1;
        }
        found
    }

    /// Takes a node, with what goes with it, out of its chain or from among the branches it is one of.
    pub(crate) fn detach(&mut self, node: &str) {
        if self.parent(node).is_some() {
            self.relations.iter_mut().for_each(|r| r.children.retain(|c| c != node));
            return;
        }
        let row = self.relations.iter_mut().find(|r| r.node == node);
        let next = row.and_then(|r| r.next.take());
        for row in self.relations.iter_mut().filter(|r| r.next.as_deref() == Some(node)) {
            row.next.clone_from(&next);
        }
    }

    /// Puts a node that hangs nowhere to its place.
    pub(crate) fn attach(&mut self, node: &str, place: &Place) {
        let row = |of: &str| self.relations.iter().position(|r| r.node == of).expect("every node has a row");
        match place {
            Place::After(other) => {
                let (here, there) = (row(node), row(other));
                self.relations[here].next = self.relations[there].next.replace(node.to_owned());
            }
            Place::Before(other) => {
                let here = row(node);
                for row in self.relations.iter_mut().filter(|r| r.next.as_deref() == Some(other.as_str())) {
                    row.next = Some(node.to_owned());
                }
                self.relations[here].next = Some(other.clone());
            }
            Place::Child { parent, at } => {
                let parent = row(parent);
                self.relations[parent].children.insert(*at, node.to_owned());
            }
        }
    }
}
