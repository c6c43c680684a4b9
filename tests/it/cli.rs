//! The vendor's command-line tool on a checked-out snapshot. It cannot be installed here, so its reading rules (dossier §3
//! and §4.8) stand here: every entry of these folders is a resource to it, and these are the files and fields it takes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use testkit::cognigy::{Project, Size};

use crate::world::World;

/// A checkout, with everything in it that the tool takes.
struct Checkout {
    dir: tempfile::TempDir,
}

impl Checkout {
    fn of(world: &World) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = world.upstream.url();
        let clone = ["clone", "--quiet", "--branch", "snapshot/hourly", &url, "."];
        world.upstream.stock_git(dir.path(), &clone).unwrap();
        Self { dir }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join("agent").join(path)
    }

    /// The folders of a kind's resources. Anything else beside them would be taken for one, and stop the tool.
    fn resources(&self, kind: &str, beside: &[&str]) -> Vec<String> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.path(kind)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if beside.contains(&name.as_str()) {
                continue;
            }
            assert!(entry.file_type().unwrap().is_dir(), "{kind}/{name} is taken for a resource");
            names.push(name);
        }
        assert!(!names.is_empty(), "no {kind}");
        names
    }

    fn json(&self, path: &str) -> Value {
        read_json(&self.path(path))
    }

    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

fn read_json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

fn has(value: &Value, fields: &[&str], at: &str) {
    for field in fields {
        assert!(value.get(field).is_some(), "{at} lacks `{field}`");
    }
}

fn checkout() -> (World, Checkout) {
    let world = World::of(Project::seeded(11, Size::small())).config(&json!({"backup": {"secrets": "keep"}}));
    world.expect("success");
    let checkout = Checkout::of(&world);
    (world, checkout)
}

#[test]
fn flows_are_where_restore_diff_and_push_look_for_them() {
    let (world, checkout) = checkout();
    let locales = checkout.json("flows/locales.json");
    let locales = locales.as_array().expect("the items of the locale list");
    for locale in locales {
        has(locale, &["_id", "name", "primary", "nluLanguage", "fallbackLocaleReference"], "a locale");
    }
    let names: BTreeSet<String> =
        world.cognigy.read(|project| project.flows.iter().map(|flow| flow.name.clone()).collect());
    let flows = checkout.resources("flows", &["locales.json"]);
    assert_eq!(flows.iter().cloned().collect::<BTreeSet<_>>(), names, "a folder is found by the flow's name");
    for flow in flows {
        // The list's entry, and nothing of the flow's own document: `restore` sends the name.
        has(&checkout.json(&format!("flows/{flow}/config.json")), &["_id", "referenceId", "name"], &flow);
        for locale in locales {
            let at = format!("flows/{flow}/{}", locale["name"].as_str().unwrap());
            let chart = checkout.json(&format!("{at}/chart.json"));
            has(&chart, &["nodes", "relations"], &at);
            for node in chart["nodes"].as_array().unwrap() {
                // What it patches a node with, and what it decides by.
                has(
                    node,
                    &["_id", "type", "label", "isDisabled", "isEntryPoint", "config", "localeReference"],
                    &at,
                );
                assert!(node.get("preview").is_none());
                assert_eq!(node.as_object().unwrap().keys().next_back().unwrap(), "config", "{at}");
            }
            let intents = checkout.json(&format!("{at}/intents.json"));
            for intent in intents.as_array().expect("an export") {
                has(intent, &["name", "sentences"], &at);
            }
        }
    }
}

#[test]
fn endpoints_lexicons_and_agents_have_the_files_it_takes() {
    let (world, checkout) = checkout();
    for endpoint in checkout.resources("endpoints", &[]) {
        let at = format!("endpoints/{endpoint}");
        let config = checkout.json(&format!("{at}/config.json"));
        has(&config, &["_id", "name", "channel", "settings"], &at);
        if let Some(code) = config.pointer("/transformer/transformer").and_then(Value::as_str) {
            assert_eq!(checkout.text(&format!("{at}/transformer.ts")), code);
        }
    }
    for lexicon in checkout.resources("lexicons", &[]) {
        let config = checkout.json(&format!("lexicons/{lexicon}/config.json"));
        let id =
            world.cognigy.read(|project| project.lexicon(&lexicon).map(|lexicon| lexicon.meta.id.clone()));
        assert_eq!(config, json!({"lexiconId": id.unwrap()}));
        let csv = world.cognigy.read(|project| project.lexicon(&lexicon).unwrap().csv());
        // A phrase may be quoted or not.
        let fields =
            |line: &str| line.split_once(",\"").map(|(a, b)| (a.trim_matches('"').to_owned(), b.to_owned()));
        let lines = |csv: &str| csv.lines().map(fields).collect::<BTreeSet<_>>();
        assert_eq!(lines(&checkout.text(&format!("lexicons/{lexicon}/keyphrases.csv"))), lines(&csv));
    }
    for agent in checkout.resources("aiAgents", &[]) {
        // It finds the agent by its name.
        let config = checkout.json(&format!("aiAgents/{agent}/config.json"));
        assert_eq!(config["name"], agent.as_str());
    }
}

#[test]
fn nothing_of_ours_stands_in_a_folder_that_it_reads() {
    let (_, checkout) = checkout();
    let read = BTreeSet::from(["flows", "endpoints", "lexicons", "aiAgents"]);
    // `extensions` and `snapshots` it writes and never reads back: a folder of ours there is in nobody's way.
    for entry in std::fs::read_dir(checkout.path("")).unwrap() {
        let entry = entry.unwrap();
        assert!(entry.file_type().unwrap().is_dir(), "{entry:?} stands beside the kinds");
    }
    for kind in read {
        let beside: &[&str] = if kind == "flows" { &["locales.json"] } else { &[] };
        checkout.resources(kind, beside);
    }
}
