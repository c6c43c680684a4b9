//! Edits in charts.

use super::{Edit, changed};
use crate::cognigy::project::{Flow, Mention, Node, Project};
use serde_json::{Value, json};

/// A node's flow by name, and the node by `_id` and label.
struct Place {
    flow: String,
    node: String,
    label: String,
}

impl Place {
    /// The first node of all flows that is such a one.
    fn of(p: &Project, is_it: impl Fn(&Node) -> bool) -> Self {
        let found = p.flows.iter().find_map(|f| Some((f, f.nodes.iter().find(|n| is_it(n))?)));
        let (flow, node) = found.expect("the project has such a node");
        Self::at(flow, node)
    }

    /// The last such node of all flows.
    fn last(p: &Project, is_it: impl Fn(&Node) -> bool) -> Self {
        let found = p.flows.iter().rev().find_map(|f| Some((f, f.nodes.iter().rfind(|n| is_it(n))?)));
        let (flow, node) = found.expect("the project has such a node");
        Self::at(flow, node)
    }

    fn at(flow: &Flow, node: &Node) -> Self {
        Self { flow: flow.name.clone(), node: node.id.clone(), label: node.label.clone() }
    }

    fn kind(p: &Project, kind: &str) -> Self {
        Self::of(p, |n| n.kind == kind)
    }

    fn changed(&self) -> Mention {
        changed("flows", &self.flow, &self.label)
    }

    fn edit(&self, p: &mut Project, locale: Option<&str>, change: impl FnOnce(&mut Value)) -> Mention {
        p.edit_node(&self.flow, &self.node, locale, change);
        self.changed()
    }

    fn fields(&self, p: &mut Project, change: impl FnOnce(&mut Node)) -> Mention {
        p.edit_node_fields(&self.flow, &self.node, change);
        self.changed()
    }
}

pub(super) fn edits() -> Vec<Edit> {
    let mut all = contents();
    all.extend(fields());
    all.extend(structure());
    all
}

fn contents() -> Vec<Edit> {
    vec![
        Edit::new("change what a node says", |p| {
            Place::kind(p, "say").edit(p, None, |c| c["say"]["text"][0] = json!("Hello, and welcome back!"))
        }),
        Edit::new("change a node's code", |p| {
            Place::kind(p, "code").edit(p, None, |c| c["code"] = json!("context.returnable = false;\n"))
        }),
        Edit::new("change where a request goes", |p| {
            Place::kind(p, "httpRequest").edit(p, None, |c| c["url"] = json!("https://orders.example.com/v2"))
        }),
        Edit::new("change a node in another locale", |p| {
            let place = Place::of(p, |n| n.localised.len() > 1);
            let node = p.flow(&place.flow).and_then(|f| f.node(&place.node)).expect("just found");
            let locale = node.localised[1].locale.clone();
            place.edit(p, Some(&locale), |c| c["revised"] = json!("von der Übersetzerin"))
        }),
        Edit::new("localise a node", |p| {
            let locale = p.locales.get(1).expect("the project has a second locale").meta.id.clone();
            let place = Place::of(p, |n| n.kind == "say" && !n.is_localised(&locale));
            p.localise_node(&place.flow, &place.node, &locale);
            // A version that still equals what it was inherited from could be seen by its locale alone.
            place.edit(p, Some(&locale), |c| c["say"]["text"][0] = json!("Guten Tag!"))
        }),
        Edit::new("remove a node's version in a locale", |p| {
            let place = Place::of(p, |n| n.localised.len() > 1);
            let node = p.flow(&place.flow).and_then(|f| f.node(&place.node)).expect("just found");
            let locale = node.localised[1].locale.clone();
            p.unlocalise_node(&place.flow, &place.node, &locale);
            place.changed()
        }),
    ]
}

fn fields() -> Vec<Edit> {
    vec![
        Edit::new("relabel a node", |p| {
            let place = Place::kind(p, "say");
            p.relabel_node(&place.flow, &place.node, "Say hello");
            changed("flows", &place.flow, "Say hello")
        }),
        Edit::new("comment a node", |p| {
            Place::kind(p, "start").fields(p, |n| "Do not touch before the audit.".clone_into(&mut n.comment))
        }),
        Edit::new("disable a node", |p| {
            Place::of(p, |n| n.kind == "say" && !n.is_disabled).fields(p, |n| n.is_disabled = true)
        }),
    ]
}

fn structure() -> Vec<Edit> {
    vec![
        Edit::new("add a node", |p| {
            let flow = p.flows.first().expect("the project has a flow").name.clone();
            p.add_say(&flow, "Christmas greeting", "Merry Christmas!");
            changed("flows", &flow, "Christmas greeting")
        }),
        Edit::new("move a node", |p| {
            let flow = p.flows.first().expect("the project has a flow");
            let next = |id: &str| {
                flow.relation(id).and_then(|r| r.next.clone()).expect("flows are longer than this")
            };
            let start = &flow.nodes.iter().find(|n| n.kind == "start").expect("every flow has a start").id;
            let first = next(start);
            let second = next(&first);
            let place = Place::at(flow, flow.node(&first).expect("the chain is whole"));
            p.move_node(&place.flow, &first, &second);
            place.changed()
        }),
        Edit::new("remove a node", |p| {
            // The last one, so that it is not what another edit changed or put there.
            let place = Place::last(p, |n| n.kind == "say");
            p.remove_node(&place.flow, &place.node);
            place.changed()
        }),
    ]
}
