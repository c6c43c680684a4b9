//! Looks into the files of a snapshot: where a text stands, which nodes a chart has, what a resource's files are.
//!
//! A file is looked at by its bytes alone, so that one that many snapshots share is looked at once.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{FileEntry, Kind, Manifest, ResourceEntry, TreePath};

/// How many places of one file are told.
const PLACES: usize = 20;
/// How many characters of an excerpt stand before and after what was found.
const AROUND: usize = 40;

/// What a file is to a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// A flow's chart, or what its nodes have beside it: nodes are told apart.
    Nodes,
    /// Some other JSON.
    Json,
    /// Code, a table.
    Plain,
}

impl Role {
    /// Returns what the file of a resource of this kind is.
    #[must_use]
    pub fn of(kind: Option<Kind>, path: &TreePath) -> Self {
        let name = path.components().next_back().unwrap_or_default();
        match kind {
            Some(Kind::Flows) if ["chart.json", "node-extras.json"].contains(&name) => Role::Nodes,
            _ if name.ends_with(".json") => Role::Json,
            _ => Role::Plain,
        }
    }
}

/// Where a text stands in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hits {
    /// How often in all.
    pub count: u64,
    /// The first places.
    pub places: Vec<Hit>,
}

/// A place in a file where a text stands, once or more often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The node that it belongs to, by its label, or by its reference id where the file has no labels.
    pub node: Option<String>,
    /// How often.
    pub count: u64,
    /// What stands there.
    pub excerpt: String,
}

/// Finds a text in a file, by case. In JSON it is looked for in every key and value as they are meant, and where it is in none, in
/// the file as it is written; then no excerpt is told, for around it stand values that nobody has asked for, and where
/// secrets are kept, they are among them. `clean` takes secrets out of what is told: before it is cut, since a cut secret is
/// not found any more.
#[must_use]
pub fn find(text: &str, role: Role, bytes: &[u8], clean: &dyn Fn(&str) -> String) -> Hits {
    let raw = String::from_utf8_lossy(bytes);
    let mut finder = Finder { text, clean, hits: Hits::default() };
    let escaped = serde_json::to_string(text).unwrap_or_default();
    // Our files escape nothing else; a file that somebody else wrote may.
    let may_be = raw.contains(escaped.trim_matches('"')) || raw.contains(text) || raw.contains("\\u");
    if may_be && role != Role::Plain {
        match serde_json::from_slice(bytes) {
            Ok(value) if role == Role::Nodes => finder.nodes(&value),
            Ok(value) => finder.place(None, &value),
            Err(_) => {}
        }
    }
    if finder.hits.count == 0 && raw.contains(text) {
        let shown = (role == Role::Plain).then_some(&*raw);
        finder.note(None, raw.matches(text).count() as u64, shown.or(Some(text)));
    }
    finder.hits
}

struct Finder<'a> {
    text: &'a str,
    clean: &'a dyn Fn(&str) -> String,
    hits: Hits,
}

impl Finder<'_> {
    fn nodes(&mut self, value: &Value) {
        let nodes = value.get("nodes").unwrap_or(value);
        for node in nodes.as_array().map(Vec::as_slice).unwrap_or_default() {
            self.place(name_of(node).as_deref(), node);
        }
        for (key, rest) in value.as_object().into_iter().flatten().filter(|(key, _)| *key != "nodes") {
            self.place(None, &serde_json::json!({ key: rest }));
        }
    }

    /// Looks at one place: a value and all that is in it.
    fn place(&mut self, node: Option<&str>, value: &Value) {
        let (mut count, mut first) = (0, None);
        each_text(value, &mut |text| {
            let here = text.matches(self.text).count() as u64;
            if here > 0 && first.is_none() {
                first = Some(text.to_owned());
            }
            count += here;
        });
        self.note(node, count, first.as_deref());
    }

    fn note(&mut self, node: Option<&str>, count: u64, first: Option<&str>) {
        if count == 0 {
            return;
        }
        self.hits.count += count;
        if self.hits.places.len() < PLACES {
            let excerpt = excerpt(&(self.clean)(first.unwrap_or_default()), self.text);
            self.hits.places.push(Hit { node: node.map(str::to_owned), count, excerpt });
        }
    }
}

/// Calls `with` for each key and each text or number in a value.
fn each_text(value: &Value, with: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => with(text),
        Value::Number(number) => with(&number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| each_text(item, with)),
        Value::Object(fields) => {
            for (key, value) in fields {
                with(key);
                each_text(value, with);
            }
        }
        Value::Bool(_) | Value::Null => {}
    }
}

/// Cuts out what stands around the first occurrence.
fn excerpt(whole: &str, text: &str) -> String {
    let Some(at) = whole.find(text) else {
        // It was part of a secret.
        return whole.chars().take(2 * AROUND).collect();
    };
    let end = at + text.len();
    let from = whole[..at].char_indices().rev().nth(AROUND - 1).map_or(0, |(at, _)| at);
    let to = whole[end..].char_indices().nth(AROUND).map(|(at, _)| end + at);
    let (before, after) = (if from > 0 { "…" } else { "" }, if to.is_some() { "…" } else { "" });
    format!("{before}{}{after}", &whole[from..to.unwrap_or(whole.len())])
}

fn name_of(node: &Value) -> Option<String> {
    let field = |key: &str| node.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    field("label").or_else(|| field("referenceId")).or_else(|| field("_id")).map(str::to_owned)
}

/// A node in a chart, or what it has beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSeen {
    /// Its reference id.
    pub reference_id: String,
    /// Its label; empty beside the chart.
    pub label: String,
    /// A digest of all that it is.
    pub digest: [u8; 32],
}

/// Returns the nodes in a file of [`Role::Nodes`]; none where it cannot be read.
#[must_use]
pub fn nodes(bytes: &[u8]) -> Vec<NodeSeen> {
    let value: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let nodes = value.get("nodes").unwrap_or(&value).as_array().map(Vec::as_slice).unwrap_or_default();
    let seen = nodes.iter().filter_map(|node| {
        let field = |key: &str| node.get(key).and_then(Value::as_str);
        Some(NodeSeen {
            reference_id: field("referenceId").or_else(|| field("_id"))?.to_owned(),
            label: field("label").unwrap_or_default().to_owned(),
            digest: digest([content_of(node).as_bytes()]),
        })
    });
    seen.collect()
}

/// Returns a text of a node that does not depend on the order of keys, nor on ids that a restore by the vendor makes anew.
fn content_of(node: &Value) -> String {
    let mut node = node.clone();
    if let Value::Object(fields) = &mut node {
        fields.retain(|key, _| key != "_id");
    }
    node.sort_all_objects();
    node.to_string()
}

/// Returns a digest of a resource's files in a snapshot, wherever its folder is.
#[must_use]
pub fn resource_digest(manifest: &Manifest, entry: &ResourceEntry) -> [u8; 32] {
    let files = manifest.files_of(entry);
    let said = files.map(|(path, FileEntry { sha256, .. })| {
        format!("{}\0{sha256}\n", entry.relative(path).unwrap_or_default())
    });
    digest(said.collect::<Vec<_>>().iter().map(String::as_bytes))
}

/// Returns one digest of several texts.
#[must_use]
pub fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn found(text: &str, role: Role, bytes: &str) -> Hits {
        find(text, role, bytes.as_bytes(), &str::to_owned)
    }

    #[rstest]
    #[case::escaped("Grüß \"Gott\"", r#"{"a": "er sagt: Grüß \"Gott\"!"}"#, 1)]
    #[case::escaped_by_others("Grüß", r#"{"a": "Gr\u00fc\u00df"}"#, 1)]
    #[case::line("a\nb", r#"{"a": "a\nb a\nb"}"#, 2)]
    #[case::key("color", r#"{"color": "color"}"#, 2)]
    #[case::number("4711", r#"{"a": [4711]}"#, 1)]
    #[case::as_written("\"a\": [", r#"{"a": [4711]}"#, 1)]
    #[case::by_case("grüß", r#"{"a": "Grüß"}"#, 0)]
    #[case::backslash(r"\d+", r#"{"a": "^\\d+$"}"#, 1)]
    #[case::no_json("a\": ", "{\"a\": ", 1)]
    fn a_text_is_found_as_a_person_types_it(#[case] text: &str, #[case] json: &str, #[case] count: u64) {
        assert_eq!(found(text, Role::Json, json).count, count);
    }

    #[test]
    fn what_stands_beside_a_text_across_values_is_not_told() {
        let hits = found("\"user\": \"", Role::Json, r#"{"user": "me", "password": "hunter2"}"#);
        assert_eq!((hits.count, hits.places[0].excerpt.as_str()), (1, "\"user\": \""));
    }

    #[test]
    fn nodes_are_told_apart() {
        let chart = json!({"_id": "hello", "nodes": [
            {"_id": "1", "referenceId": "r1", "label": "Greet", "config": {"say": ["hello", "hello hello"]}},
            {"_id": "2", "referenceId": "r2", "label": "", "config": "hello"},
            {"_id": "3", "referenceId": "r3", "label": "None"},
        ]});
        let hits = found("hello", Role::Nodes, &chart.to_string());
        let places: Vec<_> = hits.places.iter().map(|hit| (hit.node.as_deref(), hit.count)).collect();
        assert_eq!(places, [(Some("Greet"), 3), (Some("r2"), 1), (None, 1)]);
        assert_eq!(hits.count, 5);
        assert_eq!(hits.places[0].excerpt, "hello");
    }

    #[test]
    fn an_excerpt_is_short_and_its_secrets_are_taken_out_before_it_is_cut() {
        let long = format!("{}needle{}", "ä".repeat(100), "ö".repeat(100));
        let hits = found("needle", Role::Plain, &long);
        assert_eq!(hits.places[0].excerpt, format!("…{}needle{}…", "ä".repeat(40), "ö".repeat(40)));
        let secret = "s3cret-key-of-more-than-forty-characters-in-length";
        let clean = |text: &str| text.replace(secret, "***");
        let hits = find("needle", Role::Plain, format!("{secret} needle").as_bytes(), &clean);
        assert_eq!(hits.places[0].excerpt, "*** needle");
        let hits = find("more", Role::Plain, secret.as_bytes(), &clean);
        assert_eq!((hits.count, hits.places[0].excerpt.as_str()), (1, "***"));
    }

    #[test]
    fn a_node_is_the_same_whatever_the_order_of_its_keys() {
        let of = |chart: Value| nodes(chart.to_string().as_bytes());
        let one = of(json!({"nodes": [{"_id": "1", "referenceId": "r", "label": "L", "type": "say"}]}));
        let same = of(json!({"nodes": [{"label": "L", "type": "say", "referenceId": "r", "_id": "2"}]}));
        let other = of(json!({"nodes": [{"_id": "1", "referenceId": "r", "label": "L", "type": "code"}]}));
        assert_eq!(one, same);
        assert_ne!(one[0].digest, other[0].digest);
        assert!(nodes(b"{").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn an_excerpt_never_cuts_a_character(whole in ".*", text in ".{1,5}") {
            excerpt(&whole, &text);
        }
    }
}
