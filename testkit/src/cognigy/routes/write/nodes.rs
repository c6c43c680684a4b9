//! Nodes of a chart (dossier §2.4), with the quirks of where they may be put.

use super::body::{Body, Fields, Is, set};
use super::{Desk, Done, nothing, schema};
use crate::cognigy::project::{BASIC, Flow, Node, Place, is_branch};
use crate::cognigy::serve::ask::Reply;
use serde_json::{Value, json};

const NODE: &Fields = &[
    ("label", Is::Label),
    ("comment", Is::Text),
    ("commentColor", Is::Text),
    ("analyticsLabel", Is::Text),
    ("isEntryPoint", Is::Flag),
    ("isDisabled", Is::Flag),
    ("config", Is::Object),
    ("preview", Is::Computed),
];

const CREATED: &Fields = &[
    ("type", Is::Text),
    ("extension", Is::Text),
    ("mode", Is::Text),
    ("target", Is::Text),
    ("position", Is::Number),
    ("explicit", Is::Computed),
];

const CHANGED: &Fields = &[("localeId", Is::Text)];

/// Only on newer servers.
const MOCKED: &Fields = &[("mock", Is::Object)];

const MOVED: &Fields = &[("mode", Is::Text), ("target", Is::Text), ("position", Is::Number)];

/// How a node can be put beside another one.
const MODES: [&str; 7] =
    ["append", "prepend", "appendChild", "prependChild", "insertChildAt", "insertAfter", "insertBefore"];

impl Desk<'_> {
    /// What is below `/flows/{flow}/chart/nodes`.
    pub(super) fn nodes(&mut self, flow: &str, path: &[&str]) -> Done {
        let Some((id, rest)) = path.split_first() else {
            return if self.ask.method == "POST" { self.create_node(flow) } else { Err(self.unknown()) };
        };
        self.node(flow, id)?;
        match (self.ask.method.as_str(), rest) {
            ("PATCH", []) => self.patch_node(flow, id),
            ("DELETE", []) => self.delete_node(flow, id),
            ("POST", ["move"]) => self.move_node(flow, id),
            ("POST", ["addlocalization"]) => {
                let (locale, from) = self.new_locale(|flow, l| localised(flow, id, l), flow)?;
                if self.ask.switches.localisation_needs_flow {
                    self.flow_localised(flow, &locale)?;
                }
                self.project.create_node_version(flow, id, &locale, from.as_deref());
                nothing()
            }
            ("POST", ["removelocalization"]) => {
                let locale = self.lost_locale(|flow, l| localised(flow, id, l), flow)?;
                self.project.unlocalise_node(flow, id, &locale);
                nothing()
            }
            _ => Err(self.unknown()),
        }
    }

    fn node(&self, flow: &str, id: &str) -> Result<&Node, Reply> {
        let found = self.flow(flow).nodes.iter().find(|n| n.id == id);
        found.ok_or_else(|| Reply::missing("The node"))
    }

    fn create_node(&mut self, flow: &str) -> Done {
        let with_locale: &Fields = match self.ask.switches.node_create_takes_locale {
            true => &[("localeId", Is::Text)],
            false => &[],
        };
        let mut body = Body::of(self.ask, &[NODE, CREATED, with_locale])?;
        body.needs(&["type", "mode", "target"])?;
        let kind = body.take_text("type").unwrap_or_default();
        if ["start", "end"].contains(&kind.as_str()) {
            return Err(Reply::invalid("A chart has one start and one end, and both are there already"));
        }
        let config = body.take("config").unwrap_or_else(|| json!({}));
        let config = self.config(&kind, config)?;
        let locale = body.take_text("localeId");
        if let Some(locale) = &locale {
            self.flow_localised(flow, locale)?;
        }
        let place = self.place(self.flow(flow), &body, &kind)?;
        let label = body.take_text("label").unwrap_or_else(|| kind.clone());
        let primary = self.project.primary().meta.id.clone();
        let id = self.project.create_node(flow, &place, (&kind, &label, config), |node| {
            node.extension = body.take_text("extension").unwrap_or_else(|| BASIC.to_owned());
            fill(node, &mut body);
        });
        if let Some(locale) = locale.filter(|locale| *locale != primary) {
            self.project.create_node_version(flow, &id, &locale, Some(&primary));
        }
        self.created(|view| view.node(view.flow(flow)?, &id))
    }

    fn patch_node(&mut self, flow: &str, id: &str) -> Done {
        let mocked: &Fields = if self.ask.switches.newer_nodes { MOCKED } else { &[] };
        let mut body = Body::of(self.ask, &[NODE, CHANGED, mocked])?;
        // The same that the server computes of a config it computes of this.
        let mock = body.take("mock").map(|mock| self.config("mock", mock)).transpose()?;
        let primary = self.project.primary().meta.id.clone();
        let locale = body.take_text("localeId").unwrap_or(primary);
        self.known_locale("localeId", &locale)?;
        let node = self.node(flow, id)?;
        let config = body.take("config").map(|config| self.config(&node.kind, config)).transpose()?;
        if !node.is_localised(&locale) {
            if !self.ask.switches.node_patch_localises {
                return Err(Reply::invalid("The node is not localised in this locale"));
            }
            let from = self.project.resolve(&locale, |l| node.is_localised(l)).to_owned();
            self.project.create_node_version(flow, id, &locale, Some(&from));
        }
        self.project.patch_node(flow, id, &locale, |node| {
            set(&mut node.label, body.take_text("label"));
            fill(node, &mut body);
            let version = node.localised.iter_mut().find(|l| l.locale == locale);
            set(&mut version.expect("just looked for, or made").config, config);
            if let Some(mock) = mock {
                set(&mut node.mock.0, mock["isEnabled"].as_bool());
                set(&mut node.mock.1, mock["code"].as_str().map(str::to_owned));
            }
        });
        nothing()
    }

    fn delete_node(&mut self, flow: &str, id: &str) -> Done {
        self.movable(flow, id, "deleted")?;
        self.project.remove_node(flow, id);
        nothing()
    }

    fn move_node(&mut self, flow: &str, id: &str) -> Done {
        let body = self.body(MOVED)?;
        body.needs(&["mode", "target"])?;
        if body.text("mode").is_some_and(|mode| mode.ends_with("Child")) {
            return Err(Reply::invalid(
                "\"mode\" must be append, prepend, insertChildAt, insertAfter or insertBefore",
            ));
        }
        self.movable(flow, id, "moved")?;
        let found = self.flow(flow);
        if body.text("target").is_some_and(|target| found.branch(id).iter().any(|below| below == target)) {
            return Err(Reply::invalid("A node cannot be moved into its own branch"));
        }
        let kind = self.node(flow, id)?.kind.clone();
        // The places among branches are counted as they are once the node is away from its own.
        let mut without = found.clone();
        without.detach(id);
        let place = self.place(&without, &body, &kind)?;
        self.project.place_node(flow, id, &place);
        nothing()
    }

    fn movable(&self, flow: &str, id: &str, what: &str) -> Result<(), Reply> {
        match self.node(flow, id)?.kind.as_str() {
            kind @ ("start" | "end") => Err(Reply::invalid(&format!("The {kind} node cannot be {what}"))),
            _ => Ok(()),
        }
    }

    fn config(&self, kind: &str, config: Value) -> Result<Value, Reply> {
        let switches = self.ask.switches;
        schema::config(kind, config, switches.strict_node_config, switches.computed_config_refused)
            .map_err(|why| Reply::invalid(&why))
    }

    /// Where `mode`, `target` and `position` want a node of this type to be.
    fn place(&self, flow: &Flow, body: &Body, kind: &str) -> Result<Place, Reply> {
        let (mode, target) = (body.text("mode").unwrap_or_default(), body.text("target").unwrap_or_default());
        if !MODES.contains(&mode) {
            return Err(Reply::invalid(&format!("\"mode\" must be one of {}", MODES.join(", "))));
        }
        let found = flow.nodes.iter().find(|n| n.id == target);
        let node = found.ok_or_else(|| Reply::invalid("\"target\" does not name a node of the chart"))?;
        let below = flow.relation(target).map_or(0, |r| r.children.len());
        let among = flow.parent(target).map(|(row, at)| (row.node.clone(), at));
        let place = match (mode, among) {
            ("append", _) if node.kind == "end" => {
                return Err(Reply::invalid("Nothing can be appended to the end"));
            }
            ("prepend", _) if node.kind == "start" => {
                return Err(Reply::invalid("Nothing can be prepended to the start"));
            }
            ("prepend", Some(_)) => return Err(Reply::invalid("Nothing can be prepended to a branch")),
            ("append", _) => Place::After(target.to_owned()),
            ("prepend", None) => Place::Before(target.to_owned()),
            ("appendChild", _) => Place::Child { parent: target.to_owned(), at: below },
            ("prependChild", _) => Place::Child { parent: target.to_owned(), at: 0 },
            ("insertChildAt", _) => {
                body.needs(&["position"])?;
                let at = body.0["position"].as_u64().and_then(|at| usize::try_from(at).ok());
                let at = at.filter(|at| *at <= below);
                let at =
                    at.ok_or_else(|| Reply::invalid("\"position\" is none among the node's children"))?;
                Place::Child { parent: target.to_owned(), at }
            }
            ("insertAfter", Some((parent, at))) => Place::Child { parent, at: at + 1 },
            ("insertBefore", Some((parent, at))) => Place::Child { parent, at },
            ("insertAfter", None) if self.ask.switches.insert_after_in_chains && node.kind != "end" => {
                Place::After(target.to_owned())
            }
            // It looks only among branches.
            _ => return Err(Reply::problem(500, 1008, "An unexpected error occurred")),
        };
        let parent = match &place {
            Place::Child { parent, .. } => flow.nodes.iter().find(|n| n.id == *parent),
            _ => None,
        };
        match parent {
            Some(parent) if !parent.may_hold(kind) => Err(Reply::invalid(&format!(
                "A node of type {kind} cannot be a child of one of type {}",
                parent.kind
            ))),
            None if is_branch(kind) => {
                Err(Reply::invalid(&format!("A node of type {kind} can only be a child of another")))
            }
            _ => Ok(place),
        }
    }
}

fn fill(node: &mut Node, body: &mut Body) {
    set(&mut node.comment, body.take_text("comment"));
    set(&mut node.comment_color, body.take_text("commentColor"));
    set(&mut node.analytics_label, body.take_text("analyticsLabel"));
    set(&mut node.is_entry_point, body.take_flag("isEntryPoint"));
    set(&mut node.is_disabled, body.take_flag("isDisabled"));
}

fn localised(flow: &Flow, node: &str, locale: &str) -> bool {
    flow.nodes.iter().any(|n| n.id == node && n.is_localised(locale))
}
