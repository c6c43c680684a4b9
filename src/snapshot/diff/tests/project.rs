//! Small projects as resources, laid out as a capture would be, and edits on what came of it.

use std::collections::BTreeMap;
use std::convert::Infallible;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::snapshot::diff::{Diff, Side};
use crate::snapshot::layout::{LocaleFolders, Member, places, render, render_locales};
use crate::snapshot::{
    Kind, Origin, Part, PartName, Resource, ResourceEntry, SecretsPolicy, Times, TreePath,
};

/// A content: what stands in a manifest, and files.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Project {
    pub(crate) resources: Vec<ResourceEntry>,
    pub(crate) files: BTreeMap<TreePath, Vec<u8>>,
}

fn part(name: PartName, value: Value) -> Part {
    let read_at = "2025-10-03T14:30:00Z".parse().unwrap();
    Part { name, read_at, origin: Origin::Read, value }
}

/// `_id`s are told from all other text, so that a test can replace them everywhere.
fn id(of: &str) -> String {
    format!("id-{of}-0")
}

fn resource(kind: Kind, name: &str, parts: Vec<Part>) -> Resource {
    let key = format!("{kind}-{name}");
    let times =
        Times { last_changed: Some(1_759_500_000), last_changed_by: Some("5f3a".into()), ..Times::default() };
    Resource {
        kind,
        owner: None,
        reference_id: format!("ref-{key}"),
        id: id(&key),
        name: name.into(),
        times,
        parts,
    }
}

fn locale(name: &str) -> Resource {
    let value = json!({"_id": id(&format!("locales-{name}")), "referenceId": format!("ref-locales-{name}"), "name": name});
    resource(Kind::Locales, name, vec![part(PartName::Listed, value)])
}

/// A flow whose nodes follow one another: start, then one called by each of `nodes`, then an `if` with two branches.
fn flow(name: &str, nodes: &[&str], locales: &[Resource]) -> Resource {
    let all: Vec<&str> = ["Start"].iter().chain(nodes).chain(&["If", "Then", "Else"]).copied().collect();
    let node_id = |node: &str| id(&format!("{name}-{node}"));
    let mut parts = vec![
        part(
            PartName::Listed,
            json!({"_id": id(&format!("flows-{name}")), "name": name, "description": "A flow."}),
        ),
        part(
            PartName::Document,
            json!({"_id": id(&format!("flows-{name}")), "name": name, "description": "A flow.",
                   "context": {"a": 1}, "attachedLexicons": [id("lexicons-Food")]}),
        ),
        part(PartName::Settings, json!({"intentThreshold": 0.5, "useIntents": true})),
    ];
    let home = &locales[0].id;
    for locale in locales {
        let excerpt = |node: &&str| {
            json!({"_id": node_id(node), "referenceId": format!("ref-{name}-{node}"), "label": node,
                   "type": if *node == "If" { "if" } else { "say" }, "localeReference": home})
        };
        let chain: Vec<&str> =
            all.iter().copied().filter(|node| *node != "Then" && *node != "Else").collect();
        let relation = |node: &&str| {
            let next = chain.iter().position(|other| other == node).and_then(|at| chain.get(at + 1));
            let children = if *node == "If" { vec![node_id("Then"), node_id("Else")] } else { Vec::new() };
            json!({"_id": id(&format!("row-{name}-{node}")), "node": node_id(node), "children": children,
                   "next": next.map(|next| node_id(next))})
        };
        let chart = json!({"_id": id(&format!("chart-{name}")), "nodes": all.iter().map(excerpt).collect::<Vec<_>>(),
                           "relations": all.iter().map(relation).collect::<Vec<_>>()});
        parts.push(part(PartName::Chart { locale: locale.id.clone() }, chart));
        let intents = json!([{"_id": id(&format!("intent-{name}")), "referenceId": format!("ref-{name}-greet"), "name": "greet",
                              "sentences": [{"text": "hello"}, {"text": "hi there"}]}]);
        parts.push(part(PartName::Intents { locale: locale.id.clone() }, intents));
    }
    for node in all {
        let value = json!({"_id": node_id(node), "localeReference": home,
                           "config": {"say": {"text": [format!("I am {node}"), "Well?"]}, "code": "let a = 1;\nlet b = 2;\n"}});
        parts.push(part(PartName::Node { node: node_id(node), locale: home.clone() }, value));
    }
    resource(Kind::Flows, name, parts)
}

fn lexicon() -> Resource {
    let entry = |word: &str| {
        json!({"_id": id(&format!("entry-{word}")), "mainKeyphrase": word, "slotReferences": [id("slot-dish")], "data": "",
                                    "keyphrases": [{"_id": id(&format!("phrase-{word}")), "value": word, "isMainKeyphrase": true}]})
    };
    let parts = vec![
        part(PartName::Document, json!({"_id": id("lexicons-Food"), "name": "Food"})),
        part(PartName::Entries, json!([entry("pizza"), entry("pasta")])),
        part(PartName::Slots, json!([{"_id": id("slot-dish"), "name": "dish"}])),
    ];
    resource(Kind::Lexicons, "Food", parts)
}

fn endpoint() -> Resource {
    let value = json!({"_id": id("endpoints-Web"), "name": "Web", "channel": "webchat2", "flowId": "ref-flows-Main",
                       "transformer": {"transformer": "line 1\nline 2\n", "abortOnError": true}, "settings": {"colors": ["red", "blue"]}});
    resource(Kind::Endpoints, "Web", vec![part(PartName::Document, value)])
}

fn function() -> Resource {
    let value = json!({"_id": id("functions-Sync"), "name": "Sync", "code": "let a = 1;\nlet b = 2;\n"});
    resource(Kind::Functions, "Sync", vec![part(PartName::Document, value)])
}

/// A state of a flow: a kind without reference ids, with the same name in each flow.
fn state(flow: &str) -> Resource {
    let own = id(&format!("state-{flow}"));
    let value = json!({"_id": own, "name": "default", "intents": [id(&format!("intent-{flow}"))]});
    let owner = Some(id(&format!("flows-{flow}")));
    let state = resource(Kind::FlowStates, "default", vec![part(PartName::Document, value)]);
    Resource { owner, reference_id: own.clone(), id: own, ..state }
}

impl Project {
    /// Two flows in these locales with a state each, a lexicon, an endpoint, a function.
    pub(crate) fn new(locales: &[&str]) -> Self {
        let locales: Vec<Resource> = locales.iter().map(|name| locale(name)).collect();
        let mut all =
            vec![flow("Main", &["Ask", "Say", "Tell", "End"], &locales), flow("Other", &["Say"], &locales)];
        all.extend([lexicon(), endpoint(), function(), state("Main"), state("Other")]);
        all.push(resource(
            Kind::Project,
            "Demo",
            vec![part(
                PartName::Document,
                json!({"_id": id("project-Demo"), "name": "Demo", "color": "red"}),
            )],
        ));
        Self::laid_out(&locales, &all)
    }

    fn laid_out(locales: &[Resource], others: &[Resource]) -> Self {
        let named: Vec<_> =
            locales.iter().map(|l| (l.id.clone(), l.reference_id.clone(), l.name.clone())).collect();
        let folders = LocaleFolders::new(&named);
        let known: Vec<_> = locales
            .iter()
            .chain(others)
            .map(|r| Member {
                kind: r.kind,
                owner: r.owner.as_deref(),
                id: &r.id,
                reference_id: &r.reference_id,
                name: &r.name,
            })
            .collect();
        let places = places(&known);
        let mut files = BTreeMap::new();
        for resource in others {
            let place = &places[&(resource.kind, resource.id.clone())];
            let rendered = render(resource, &folders, SecretsPolicy::Redact).unwrap();
            files.extend(rendered.into_iter().map(|file| (place.join(&file.path), file.bytes)));
        }
        let shared = render_locales(locales).unwrap();
        files.insert(shared.path, shared.bytes);
        let entry = |resource: &Resource| ResourceEntry {
            kind: resource.kind,
            owner: resource.owner.clone(),
            reference_id: resource.reference_id.clone(),
            id: resource.id.clone(),
            name: resource.name.clone(),
            path: places[&(resource.kind, resource.id.clone())].clone(),
            created_at: None,
            created_by: None,
            last_changed: resource.times.last_changed,
            last_changed_by: resource.times.last_changed_by.clone(),
        };
        Self { resources: locales.iter().chain(others).map(entry).collect(), files }
    }

    pub(crate) fn side(&self) -> Side<'_, &Vec<u8>> {
        Side { resources: &self.resources, files: self.files.iter().collect() }
    }

    /// Returns what differs between this and a newer content.
    pub(crate) fn diff(&self, newer: &Self) -> Diff {
        let read = |bytes: &&Vec<u8>| Ok::<_, Infallible>((*bytes).clone());
        let Ok(diff) = Diff::between(&self.side(), &newer.side(), read);
        diff
    }

    /// Edits the JSON file at `path`.
    pub(crate) fn edit(&mut self, path: &str, edit: impl FnOnce(&mut Value)) {
        let bytes = self.files.get_mut(&path.parse().unwrap()).unwrap_or_else(|| panic!("{path}"));
        let mut value = serde_json::from_slice(bytes).unwrap();
        edit(&mut value);
        *bytes = serde_json::to_vec_pretty(&value).unwrap();
    }

    /// Edits the chart of the flow `Main` in all locales.
    pub(crate) fn edit_charts(&mut self, edit: impl Fn(&mut Value)) {
        let charts: Vec<String> = self
            .files
            .keys()
            .map(TreePath::to_string)
            .filter(|p| p.starts_with("flows/Main/") && p.ends_with("chart.json"))
            .collect();
        charts.iter().for_each(|path| self.edit(path, &edit));
    }

    /// Gives everything new `_id`s, as a restore by the vendor does.
    pub(crate) fn restored(&self) -> Self {
        let new = |text: &str| text.replace("-0", "-1");
        let mut copy = self.clone();
        for entry in &mut copy.resources {
            entry.id = new(&entry.id);
            entry.owner = entry.owner.as_deref().map(new);
            if entry.reference_id.starts_with("id-") {
                entry.reference_id = entry.id.clone();
            }
        }
        let texts = copy.files.values_mut();
        texts.for_each(|bytes| *bytes = new(std::str::from_utf8(bytes).unwrap()).into_bytes());
        copy
    }

    /// Edits this and that at random.
    pub(crate) fn edited(&self, rng: &mut Rng) -> Self {
        let mut copy = self.clone();
        for _ in 0..rng.usize(1..8) {
            match rng.u8(0..12) {
                0 => {
                    let at = rng.usize(..copy.resources.len());
                    copy.resources[at].name.push('!');
                }
                1 => copy.remove(rng),
                2 => copy.add(rng),
                3 => copy = copy.restored(),
                _ => {
                    let at = rng.usize(..copy.files.len());
                    let path = copy.files.keys().nth(at).unwrap().to_string();
                    if path.ends_with(".json") {
                        copy.edit(&path, |value| mutate(value, rng));
                    } else {
                        copy.files.get_mut(&path.parse().unwrap()).unwrap().extend(b"more\n");
                    }
                }
            }
        }
        copy
    }

    fn remove(&mut self, rng: &mut Rng) {
        let entry = &self.resources[rng.usize(..self.resources.len())];
        if entry.kind != Kind::Locales && self.resources.len() > 4 {
            let (path, prefix) = (entry.path.clone(), format!("{}/", entry.path));
            self.files.retain(|file, _| !file.as_str().starts_with(&prefix));
            self.resources.retain(|entry| entry.path != path);
        }
    }

    fn add(&mut self, rng: &mut Rng) {
        let name = format!("New {}", rng.u32(..));
        let path: TreePath = format!("aiAgents/{name}").parse().unwrap();
        self.files.insert(path.join(&"config.json".parse().unwrap()), b"{\"a\": [1]}".to_vec());
        let like = self.resources[0].clone();
        self.resources.push(ResourceEntry {
            kind: Kind::AiAgents,
            reference_id: name.clone(),
            id: name.clone(),
            name,
            path,
            ..like
        });
    }
}

/// Changes one thing somewhere in a value.
fn mutate(value: &mut Value, rng: &mut Rng) {
    let fresh = |rng: &mut Rng| {
        [json!("text"), json!(null), json!(rng.u8(..)), json!({"_id": "x", "a": []}), json!([1, 2])]
            [rng.usize(..5)]
        .clone()
    };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let key = fields.keys().nth(rng.usize(..fields.len())).unwrap().clone();
            match rng.u8(0..8) {
                0 => drop(fields.remove(&key)),
                1 => drop(fields.insert(format!("k~/{}", rng.u8(..4)), fresh(rng))),
                _ => mutate(&mut fields[&key], rng),
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let at = rng.usize(..items.len());
            match rng.u8(0..8) {
                0 => drop(items.remove(at)),
                1 => items.insert(at, fresh(rng)),
                2 => {
                    let mut twin = items[at].clone();
                    for key in ["_id", "referenceId", "node", "text"] {
                        if let Some(id) = twin.get_mut(key) {
                            *id = json!(format!("{}", rng.u8(..)));
                        }
                    }
                    items.insert(rng.usize(..=items.len()), twin);
                }
                3 => items.swap(at, 0),
                4 => rng.shuffle(items),
                _ => mutate(&mut items[at], rng),
            }
        }
        scalar => *scalar = fresh(rng),
    }
}
