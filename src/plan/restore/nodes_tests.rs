//! The nodes of a restore, over flows in a few lines that do what they are told.

use chrono::DateTime;
use proptest::prelude::*;
use serde_json::json;

use super::super::chart::Place;
use super::super::ids::{Ids, Pairs};
use super::super::resources::{Documents, Facts, documents};
use super::*;
use crate::snapshot::{Origin, Part as Read, Times};

const LOCALES: [&str; 2] = ["en", "de"];

#[derive(Debug, Clone)]
struct FlowNode {
    reference: String,
    kind: String,
    label: String,
    own: BTreeMap<String, Value>,
}

/// A flow on a server.
#[derive(Debug, Clone)]
struct Flow {
    id: String,
    reference: String,
    name: String,
    shape: Shape,
    nodes: BTreeMap<String, FlowNode>,
    made: usize,
}

fn read(name: PartName, value: Value) -> Read {
    Read { name, read_at: DateTime::default(), origin: Origin::Read, value }
}

fn resource(kind: Kind, id: &str, reference: &str, name: &str, parts: Vec<Read>) -> Resource {
    Resource {
        kind,
        owner: None,
        reference_id: reference.to_owned(),
        id: id.to_owned(),
        name: name.to_owned(),
        times: Times::default(),
        parts,
    }
}

impl Flow {
    /// A flow as the server makes one: with its first node and its last.
    fn new(id: &str, name: &str) -> Self {
        let mut flow = Self {
            id: id.to_owned(),
            reference: format!("ref-{id}"),
            name: name.to_owned(),
            shape: Shape::default(),
            nodes: BTreeMap::new(),
            made: 0,
        };
        let ends: Vec<String> = ["start", "end"].map(|kind| flow.add(kind)).into();
        flow.shape.follow(&ends.iter().map(String::as_str).collect::<Vec<_>>());
        flow
    }

    fn add(&mut self, kind: &str) -> String {
        self.made += 1;
        let id = format!("{}-n{}", self.id, self.made);
        let own = BTreeMap::from([("en".to_owned(), json!({}))]);
        let node =
            FlowNode { reference: format!("ref-{id}"), kind: kind.to_owned(), label: kind.to_owned(), own };
        self.nodes.insert(id.clone(), node);
        id
    }

    /// Makes a node; an `if` comes with its branches.
    fn make(&mut self, kind: &str, at: &Place) -> String {
        let id = self.add(kind);
        self.shape.apply(&Op::Make { node: id.clone(), at: at.clone() });
        if kind == "if" {
            for (nth, branch) in ["then", "else"].into_iter().enumerate() {
                let branch = self.add(branch);
                self.shape.apply(&Op::Make { node: branch, at: Place::Branch { of: id.clone(), nth } });
            }
        }
        id
    }

    fn resource(&self) -> Resource {
        let mut parts = vec![read(
            PartName::Document,
            json!({"_id": self.id, "referenceId": self.reference, "name": self.name}),
        )];
        for locale in LOCALES {
            let nodes: Vec<Value> = self
                .nodes
                .iter()
                .map(|(id, node)| {
                    let home = if node.own.contains_key(locale) { locale } else { "en" };
                    json!({"_id": id, "referenceId": node.reference, "type": node.kind, "label": node.label,
                           "extension": "basic", "isDisabled": false, "localeReference": home})
                })
                .collect();
            let chart = json!({"nodes": nodes, "relations": self.shape.relations()});
            parts.push(read(PartName::Chart { locale: locale.to_owned() }, chart));
        }
        for (id, node) in &self.nodes {
            for (locale, config) in &node.own {
                let name = PartName::Node { node: id.clone(), locale: locale.clone() };
                parts.push(read(name, json!({"_id": id, "config": config})));
            }
        }
        resource(Kind::Flows, &self.id, &self.reference, &self.name, parts)
    }
}

fn resources(flows: &[Flow]) -> Vec<Resource> {
    let locale = |id: &&str| {
        let listed = json!({"_id": id, "name": id, "primary": *id == "en"});
        resource(Kind::Locales, id, &format!("ref-{id}"), id, vec![read(PartName::Listed, listed)])
    };
    LOCALES.iter().map(locale).chain(flows.iter().map(Flow::resource)).collect()
}

fn plan(stored: &[Resource], live: &[Resource], selected: impl Fn(&Resource) -> bool) -> Documents {
    let redacted = BTreeMap::new();
    let facts = Facts { stored, redacted: &redacted, live, raw: live, relink: true, delete_extra: false };
    documents(&facts, selected)
}

/// Does what a plan says, as a server does.
fn execute(stored: &[Resource], live: &[Flow], plan: &Documents) -> Vec<Flow> {
    let before = resources(live);
    let pairs = Pairs::of(stored, &before);
    let mut ids = Ids::default();
    for (at, one) in stored.iter().enumerate() {
        ids.note_resource(one, pairs.get(at).map(|at| &before[at]));
        if let (Kind::Flows, Some(there)) = (one.kind, pairs.get(at)) {
            let (wanted, there) = (Chart::of(one, "en").unwrap(), Chart::of(&before[there], "en").unwrap());
            for (id, at) in super::pairs(&wanted.nodes, &there.nodes) {
                let node = wanted.nodes.iter().find(|node| node.id == id).unwrap();
                ids.note(id, Some(there.nodes[at].id));
                ids.note(node.reference_id, Some(there.nodes[at].reference_id));
            }
        }
    }
    let mut now = live.to_vec();
    let mut adopted: BTreeSet<String> = BTreeSet::new();
    for (nth, step) in plan.steps.iter().enumerate() {
        assert!(step.after.iter().all(|before| *before < nth), "{step:?}");
        for value in step.fields.values() {
            assert!(ids.missing(value).is_empty(), "{step:?} names what is not there");
        }
        let Value::Object(fields) = ids.translated(&Value::Object(step.fields.clone())) else {
            unreachable!()
        };
        let Some(Part::Node { id, type_, .. }) = &step.on.part else {
            if step.act == Act::Create {
                let made = Flow::new(&format!("new-{}", step.on.id), &step.on.name);
                ids.note(&step.on.id, Some(&made.id));
                ids.note(&format!("ref-{}", step.on.id), Some(&made.reference));
                now.push(made);
            }
            continue;
        };
        let flow = ids.get(&step.on.id).unwrap();
        let flow = now.iter_mut().find(|one| one.id == flow).unwrap();
        let place = step.place.as_ref().map(|place| match place {
            Place::After(node) => Place::After(ids.get(node).unwrap().to_owned()),
            Place::Branch { of, nth } => Place::Branch { of: ids.get(of).unwrap().to_owned(), nth: *nth },
        });
        let was = stored.iter().flat_map(|one| Chart::of(one, "en")).flat_map(|chart| chart.nodes);
        let reference = was.into_iter().find(|node| node.id == id).map(|node| node.reference_id.to_owned());
        let made = match (step.act, &place) {
            (Act::Create, Some(at)) => Some(flow.make(type_, at)),
            (Act::Adopt, at) => {
                let among: Vec<String> = match at {
                    Some(Place::Branch { of, .. }) => flow.shape.branches(of),
                    _ => flow.nodes.keys().cloned().collect(),
                };
                let found =
                    among.into_iter().find(|id| flow.nodes[id].kind == *type_ && !adopted.contains(id));
                let found = found.unwrap_or_else(|| flow.make(type_, at.as_ref().expect("an end is there")));
                adopted.insert(found.clone());
                Some(found)
            }
            _ => None,
        };
        if let Some(made) = &made {
            ids.note(id, Some(made));
            ids.note(&reference.unwrap(), Some(&flow.nodes[made].reference.clone()));
        }
        let here = ids.get(id).unwrap_or(id).to_owned();
        match step.act {
            Act::Move => flow.shape.apply(&Op::Move { node: here, at: place.unwrap() }),
            Act::Delete => {
                flow.shape.apply(&Op::Drop { node: here });
                let left: BTreeSet<String> = flow.shape.nodes().map(str::to_owned).collect();
                flow.nodes.retain(|id, _| left.contains(id));
            }
            act => {
                let node = flow.nodes.get_mut(&here).unwrap();
                let locale = step.locale.clone().unwrap_or_else(|| "en".to_owned());
                match act {
                    Act::Localise => drop(node.own.insert(locale.clone(), node.own["en"].clone())),
                    Act::Unlocalise => drop(node.own.remove(&locale)),
                    _ => {}
                }
                if let Some(label) = fields.get("label").and_then(Value::as_str) {
                    label.clone_into(&mut node.label);
                }
                if let Some(config) = fields.get("config") {
                    node.own.insert(locale, config.clone());
                }
            }
        }
    }
    now
}

/// Two flows that go to each other's nodes.
fn project() -> Vec<Flow> {
    let (mut main, mut help) = (Flow::new("main", "Main"), Flow::new("help", "Help"));
    let (start, begin) = ("main-n1".to_owned(), "help-n1".to_owned());
    let ask = main.make("say", &Place::After(start));
    let branch = main.make("if", &Place::After(ask.clone()));
    let then = main.shape.branches(&branch)[0].clone();
    let go = main.make("goto", &Place::After(then));
    main.make("code", &Place::After(branch));
    let tell = help.make("say", &Place::After(begin));
    let back = help.make("goto", &Place::After(tell.clone()));
    let say = |flow: &mut Flow, node: &str, locale: &str, config: Value| {
        drop(flow.nodes.get_mut(node).unwrap().own.insert(locale.to_owned(), config));
    };
    say(&mut main, &ask, "en", json!({"say": "Hello"}));
    say(&mut main, &ask, "de", json!({"say": "Hallo"}));
    say(&mut main, &go, "en", json!({"flow": "ref-help", "node": format!("ref-{tell}")}));
    say(&mut help, &tell, "en", json!({"say": "Help"}));
    say(&mut help, &back, "en", json!({"flow": "ref-main", "node": format!("ref-{ask}")}));
    vec![main, help]
}

fn words(plan: &Documents) -> String {
    let said = plan.steps.iter().map(|step| {
        let of = match &step.on.part {
            Some(Part::Node { label, .. }) => format!("{}#{label}", step.on.name),
            _ => step.on.name.clone(),
        };
        let keys: Vec<&str> = step.fields.keys().map(String::as_str).collect();
        let locale = step.locale.as_deref().unwrap_or_default();
        format!("{:?} {of} {locale} {}", step.act, keys.join(","))
    });
    said.collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_changed_nothing_is_written() {
    let project = resources(&project());
    assert_eq!(words(&plan(&project, &project, |_| true)), "");
}

#[test]
fn a_deleted_flow_is_made_again_and_what_went_to_it_goes_to_it_again() {
    let flows = project();
    let stored = resources(&flows);
    let live = &flows[1..];
    let plan = plan(&stored, &resources(live), |one| one.name == "Main");
    insta::assert_snapshot!(words(&plan), @"
    Create Main  name
    Adopt Main#start  type,extension,label,isDisabled,config
    Adopt Main#end  type,extension,label,isDisabled,config
    Create Main#say  type,extension,label,isDisabled,config
    Localise Main#say de 
    Update Main#say de config
    Create Main#if  type,extension,label,isDisabled,config
    Adopt Main#then  type,extension,label,isDisabled,config
    Create Main#goto  type,extension,label,isDisabled,config
    Adopt Main#else  type,extension,label,isDisabled,config
    Create Main#code  type,extension,label,isDisabled,config
    Update Help#goto en config
    ");
    let after = execute(&stored, live, &plan);
    let main = after.iter().find(|flow| flow.name == "Main").unwrap();
    let help = after.iter().find(|flow| flow.name == "Help").unwrap();
    let back = help.nodes.values().find(|node| node.kind == "goto").unwrap();
    let ask = main.nodes.values().find(|node| node.kind == "say").unwrap();
    assert_eq!(back.own["en"], json!({"flow": main.reference, "node": ask.reference}));
    assert_eq!(ask.own["de"], json!({"say": "Hallo"}));
}

#[test]
fn one_node_s_text_is_one_write_in_its_locale() {
    let flows = project();
    let mut live = flows.clone();
    live[0].nodes.get_mut("main-n3").unwrap().own.insert("de".to_owned(), json!({"say": "Servus"}));
    let plan = plan(&resources(&flows), &resources(&live), |_| true);
    assert_eq!(words(&plan), "Update Main#say de config");
    assert_eq!(plan.steps[0].found["config"], json!({"say": "Servus"}));
}

proptest! {
    #[test]
    fn whatever_happened_a_restore_brings_it_back_and_a_second_does_nothing(
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0u8..8), 0..8),
    ) {
        let flows = project();
        let stored = resources(&flows);
        let mut live = flows.clone();
        for (flow, node, how) in damage {
            if live.is_empty() {
                break;
            }
            let at = flow.index(live.len());
            let flow = &mut live[at];
            let inner: Vec<String> = flow
                .nodes
                .iter()
                .filter(|(_, node)| !["start", "end", "then", "else"].contains(&node.kind.as_str()))
                .map(|(id, _)| id.clone())
                .collect();
            let Some(id) = (!inner.is_empty()).then(|| node.get(&inner).clone()) else { continue };
            match how {
                0 => {
                    flow.shape.apply(&Op::Drop { node: id });
                    let left: BTreeSet<String> = flow.shape.nodes().map(str::to_owned).collect();
                    flow.nodes.retain(|id, _| left.contains(id));
                }
                1 => "Other".clone_into(&mut flow.nodes.get_mut(&id).unwrap().label),
                2 => drop(flow.nodes.get_mut(&id).unwrap().own.insert("en".to_owned(), json!({"say": "?"}))),
                3 => drop(flow.nodes.get_mut(&id).unwrap().own.insert("de".to_owned(), json!({"say": "?"}))),
                4 => drop(flow.nodes.get_mut(&id).unwrap().own.remove("de")),
                5 => drop(flow.make(if node.index(2) == 0 { "if" } else { "say" }, &Place::After(id))),
                6 => {
                    let first = flow.nodes.iter().find(|(_, node)| node.kind == "start").unwrap().0.clone();
                    flow.shape.apply(&Op::Move { node: id, at: Place::After(first) });
                }
                _ => drop(live.remove(at)),
            }
        }
        let first = plan(&stored, &resources(&live), |_| true);
        let after = execute(&stored, &live, &first);
        prop_assert_eq!(after.len(), flows.len());
        let second = plan(&stored, &resources(&after), |_| true);
        prop_assert!(second.steps.is_empty(), "{}\nafter\n{}", words(&second), words(&first));
        for flow in &flows {
            let there = after.iter().find(|other| other.name == flow.name).unwrap();
            prop_assert_eq!(there.nodes.len(), flow.nodes.len());
        }
    }
}
