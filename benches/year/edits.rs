//! What people change in a project, done to its files as the program would store them afterwards.
//!
//! A file is read, changed and written again with the layout's own formatting, so that nothing differs but what was
//! edited. A node is in the chart of each locale; where a locale has no text of its own, both charts have the same one.

use std::collections::BTreeSet;

use cognigy_backup::snapshot::TreePath;
use fastrand::Rng;
use serde::Serialize as _;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Value, json};

use crate::states::Files;

const LOCALES: [&str; 2] = ["English", "Deutsch"];
const WORDS: &str = "order return refund invoice delivery parcel store opening hours card voucher account number \
    please tell me your again later today tomorrow about the a is was not we you it can will check send \
    confirm and or with without new old first last agent customer service thank hello sorry";

/// Changes something, as a person would, and returns the files that differ and what was done.
pub(crate) fn edit(files: &mut Files, rng: &mut Rng) -> (BTreeSet<TreePath>, String) {
    let mut hand = Hand { files, rng, paths: BTreeSet::new() };
    loop {
        let said = match hand.rng.u32(..23) {
            0..7 => hand.text_of_a_node(),
            7..10 => hand.label_of_a_node(),
            10..13 => hand.new_node(),
            13..15 => hand.gone_node(),
            15..17 => hand.new_sentence(),
            17 => hand.renamed_intent(),
            18..21 => hand.lexicon_entry(),
            21 => hand.code_of_a_function(),
            _ => hand.setting_of_an_endpoint(),
        };
        // What did not apply is drawn again, and so is what made no difference.
        if let Some(said) = said.filter(|_| !hand.paths.is_empty()) {
            return (hand.paths, said);
        }
    }
}

struct Hand<'a> {
    files: &'a mut Files,
    rng: &'a mut Rng,
    paths: BTreeSet<TreePath>,
}

impl Hand<'_> {
    fn text_of_a_node(&mut self) -> Option<String> {
        let flow = self.flow();
        let node = self.node(&flow, Some("say"))?;
        // Mostly in the primary locale, sometimes in the other's own text.
        let locale = LOCALES[usize::from(self.rng.u32(..4) == 0)];
        let own = self.field(&flow, locale, &node, "localeReference")?;
        let text = self.sentence();
        for chart in LOCALES {
            if self.field(&flow, chart, &node, "localeReference").as_ref() == Some(&own) {
                self.in_node(&flow, chart, &node, |node| {
                    if let Some(first) = node.pointer_mut("/config/say/text/0") {
                        *first = Value::from(text.as_str());
                    }
                });
            }
        }
        Some(format!("flow `{flow}`: a node's say text changed"))
    }

    fn label_of_a_node(&mut self) -> Option<String> {
        let flow = self.flow();
        let node = self.node(&flow, None)?;
        let label = self.words(3);
        for locale in LOCALES {
            self.in_node(&flow, locale, &node, |node| node["label"] = Value::from(label.as_str()));
        }
        Some(format!("flow `{flow}`: a node is called `{label}` now"))
    }

    fn new_node(&mut self) -> Option<String> {
        let flow = self.flow();
        let model = self.node(&flow, Some("say"))?;
        let after = self.node(&flow, None)?;
        let (id, reference, relation) = (self.id(), self.uuid(), self.id());
        let (label, text) = (self.words(2), self.sentence());
        let primary = self.field(&flow, LOCALES[0], &model, "localeReference")?;
        for locale in LOCALES {
            self.in_file(&format!("flows/{flow}/{locale}/chart.json"), |chart| {
                let mut node = find(&chart["nodes"], "_id", &model)?.clone();
                node["_id"] = Value::from(id.as_str());
                node["referenceId"] = Value::from(reference.as_str());
                node["localeReference"] = primary.clone();
                node["label"] = Value::from(label.as_str());
                node["config"]["say"]["text"] = json!([text]);
                insert(&mut chart["nodes"], "referenceId", node);
                let before = find_mut(&mut chart["relations"], "node", &after)?;
                let next = before["next"].take();
                before["next"] = Value::from(id.as_str());
                let link = json!({"_id": relation, "node": id, "children": [], "next": next});
                insert(&mut chart["relations"], "_id", link);
                Some(())
            });
        }
        Some(format!("flow `{flow}`: node `{label}` added"))
    }

    fn gone_node(&mut self) -> Option<String> {
        let flow = self.flow();
        let gone = self.node(&flow, Some("say"))?;
        for locale in LOCALES {
            self.in_file(&format!("flows/{flow}/{locale}/chart.json"), |chart| {
                let next = find(&chart["relations"], "node", &gone)?["next"].clone();
                // One that a branch begins with stays: its neighbours are more than one.
                let before = find_mut(&mut chart["relations"], "next", &gone)?;
                before["next"] = next;
                chart["relations"].as_array_mut()?.retain(|relation| relation["node"] != gone.as_str());
                chart["nodes"].as_array_mut()?.retain(|node| node["_id"] != gone.as_str());
                Some(())
            });
        }
        Some(format!("flow `{flow}`: a node removed"))
    }

    fn new_sentence(&mut self) -> Option<String> {
        let (flow, at, text) = (self.flow(), self.rng.usize(..100), self.sentence());
        let locale = LOCALES[self.rng.usize(..2)];
        self.in_file(&format!("flows/{flow}/{locale}/intents.json"), |intents| {
            let intents = intents.as_array_mut()?;
            let at = at % intents.len().max(1);
            let sentences = intents.get_mut(at)?.get_mut("sentences")?.as_array_mut()?;
            sentences.push(json!({"text": text, "slots": []}));
            Some(())
        });
        Some(format!("flow `{flow}`: an example sentence added"))
    }

    fn renamed_intent(&mut self) -> Option<String> {
        let (flow, at, name) = (self.flow(), self.rng.usize(..100), self.words(2).replace(' ', ""));
        let intents = self.read(&format!("flows/{flow}/{}/intents.json", LOCALES[0]))?;
        let intents = intents.as_array()?;
        let id = intents.get(at % intents.len().max(1))?["_id"].as_str()?.to_owned();
        for locale in LOCALES {
            self.in_file(&format!("flows/{flow}/{locale}/intents.json"), |intents| {
                find_mut(intents, "_id", &id)?["name"] = Value::from(name.as_str());
                Some(())
            });
        }
        Some(format!("flow `{flow}`: an intent is called `{name}` now"))
    }

    fn lexicon_entry(&mut self) -> Option<String> {
        let path = self.one_of("lexicons/", "/entries.json")?;
        let (id, own, at, word) = (self.id(), self.id(), self.rng.usize(..1000), self.words(1));
        let is_new = self.rng.bool();
        self.in_file(&path, |entries| {
            let at = at % entries.as_array()?.len().max(1);
            let entry = entries.get_mut(at)?;
            let mut phrase = json!({"_id": own, "value": word, "isMainKeyphrase": false});
            if !is_new {
                entry["keyphrases"].as_array_mut()?.push(phrase);
                return Some(());
            }
            let mut new = entry.clone();
            phrase["isMainKeyphrase"] = Value::from(true);
            new["_id"] = Value::from(id.as_str());
            new["mainKeyphrase"] = Value::from(word.as_str());
            new["keyphrases"] = json!([phrase]);
            insert(entries, "_id", new);
            Some(())
        });
        Some(format!("lexicon: `{word}` added"))
    }

    fn code_of_a_function(&mut self) -> Option<String> {
        let path = self.one_of("functions/", "/config.json")?;
        let (line, at) = (self.sentence(), self.rng.usize(..1000));
        self.in_file(&path, |function| {
            let mut lines: Vec<String> = function["code"].as_str()?.lines().map(str::to_owned).collect();
            let at = at % lines.len().max(1);
            // Comments come and go, so that a year does not make a novel of it.
            match lines.get(at) {
                Some(old) if old.trim_start().starts_with("// ") => drop(lines.remove(at)),
                _ => lines.insert(at, format!("    // {line}")),
            }
            function["code"] = Value::from(lines.join("\n") + "\n");
            Some(())
        });
        Some("function: code changed".to_owned())
    }

    fn setting_of_an_endpoint(&mut self) -> Option<String> {
        let path = self.one_of("endpoints/", "/config.json")?;
        let fields = ["useAnalytics", "maskLogging", "maskIPAddress", "useContactProfiles", "active"];
        let field = fields[self.rng.usize(..fields.len())];
        self.in_file(&path, |endpoint| {
            let value = !endpoint[field].as_bool()?;
            endpoint[field] = Value::from(value);
            Some(())
        });
        Some(format!("endpoint: `{field}` changed"))
    }

    /// Draws a flow.
    fn flow(&mut self) -> String {
        let chart = self.one_of("flows/", "/English/chart.json").expect("a project has flows");
        chart.split('/').nth(1).expect("a flow has a folder").to_owned()
    }

    /// Draws a file.
    fn one_of(&mut self, begins: &str, ends: &str) -> Option<String> {
        let is_one = |path: &&TreePath| path.as_str().starts_with(begins) && path.as_str().ends_with(ends);
        let all: Vec<&TreePath> = self.files.keys().filter(is_one).collect();
        Some(all.get(self.rng.usize(..all.len().max(1)))?.to_string())
    }

    /// Draws a node of a flow, of a type or any.
    fn node(&mut self, flow: &str, kind: Option<&str>) -> Option<String> {
        let chart = self.read(&format!("flows/{flow}/{}/chart.json", LOCALES[0]))?;
        let is_one = |node: &&Value| match kind {
            Some(kind) => node["type"] == kind && node.pointer("/config/say/text/0").is_some(),
            None => true,
        };
        let nodes: Vec<&Value> = chart["nodes"].as_array()?.iter().filter(is_one).collect();
        nodes.get(self.rng.usize(..nodes.len().max(1)))?["_id"].as_str().map(str::to_owned)
    }

    fn field(&self, flow: &str, locale: &str, node: &str, field: &str) -> Option<Value> {
        let chart = self.read(&format!("flows/{flow}/{locale}/chart.json"))?;
        Some(find(&chart["nodes"], "_id", node)?[field].clone())
    }

    fn in_node(&mut self, flow: &str, locale: &str, node: &str, change: impl FnOnce(&mut Value)) {
        self.in_file(&format!("flows/{flow}/{locale}/chart.json"), |chart| {
            change(find_mut(&mut chart["nodes"], "_id", node)?);
            Some(())
        });
    }

    fn read(&self, path: &str) -> Option<Value> {
        serde_json::from_slice(self.files.get(&path.parse().ok()?)?).ok()
    }

    /// Changes a file, where the change applies.
    fn in_file(&mut self, path: &str, change: impl FnOnce(&mut Value) -> Option<()>) {
        let Some(mut value) = self.read(path) else { return };
        let path: TreePath = path.parse().expect("it was read");
        if change(&mut value).is_some() {
            let bytes = formatted(&value);
            if self.files.get(&path) != Some(&bytes) {
                self.files.insert(path.clone(), bytes);
                self.paths.insert(path);
            }
        }
    }

    fn words(&mut self, count: usize) -> String {
        let all: Vec<&str> = WORDS.split_whitespace().collect();
        (0..count).map(|_| all[self.rng.usize(..all.len())]).collect::<Vec<_>>().join(" ")
    }

    fn sentence(&mut self) -> String {
        let count = self.rng.usize(5..14);
        self.words(count) + "."
    }

    fn id(&mut self) -> String {
        format!("68c{:021x}", self.rng.u128(..) >> 44)
    }

    fn uuid(&mut self) -> String {
        let hex = format!("{:032x}", self.rng.u128(..));
        format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    }
}

/// Writes JSON as the layout does.
pub(crate) fn formatted(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    let format = PrettyFormatter::with_indent(b"    ");
    value.serialize(&mut Serializer::with_formatter(&mut bytes, format)).expect("a JSON value serialises");
    bytes
}

fn find<'v>(list: &'v Value, key: &str, wanted: &str) -> Option<&'v Value> {
    list.as_array()?.iter().find(|one| one[key] == wanted)
}

fn find_mut<'v>(list: &'v mut Value, key: &str, wanted: &str) -> Option<&'v mut Value> {
    list.as_array_mut()?.iter_mut().find(|one| one[key] == wanted)
}

/// Puts something into a list that is sorted by `key`.
fn insert(list: &mut Value, key: &str, new: Value) {
    let Some(list) = list.as_array_mut() else { return };
    let at = list.partition_point(|one| one[key].as_str() < new[key].as_str());
    list.insert(at, new);
}
