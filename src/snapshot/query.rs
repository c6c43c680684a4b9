//! What a person looks for in snapshots: a text, resources by a glob, nodes by two.

use std::fmt;
use std::str::FromStr;

use super::{Glob, Kind};

/// A query.
#[derive(Debug, Clone)]
pub enum Query {
    /// A text in the files. `text:` before it says so where it would be read as a glob.
    Text(String),
    /// Resources: a glob over `<kind>/<name>`.
    Resources(Glob),
    /// Nodes: a glob over `flows/<name>` and, after `#`, one over labels and reference ids.
    Nodes {
        /// The flows.
        flow: Glob,
        /// Their nodes.
        node: Glob,
    },
}

/// The word that makes a text of anything.
const TEXT: &str = "text:";

impl Query {
    /// Returns whether it is about a resource of this kind and name, or, where it is about nodes, about nodes in it.
    #[must_use]
    pub fn meets(&self, kind: Kind, name: &str) -> bool {
        match self {
            Query::Text(_) => false,
            Query::Resources(glob) | Query::Nodes { flow: glob, .. } => {
                glob.matches(&format!("{kind}/{name}"))
            }
        }
    }

    /// Returns whether it is about a node with one of these names: its labels, its reference id.
    #[must_use]
    pub fn meets_node(&self, names: [&str; 2]) -> bool {
        matches!(self, Query::Nodes { node, .. } if names.iter().any(|name| node.matches(name)))
    }
}

impl FromStr for Query {
    type Err = String;

    /// Reads a query. What begins with a kind of resources (or `*`) and a slash is a glob; all else is a text.
    fn from_str(written: &str) -> Result<Self, String> {
        if let Some(text) = written.strip_prefix(TEXT) {
            return match text {
                "" => Err("there is nothing after `text:`".to_owned()),
                text => Ok(Query::Text(text.to_owned())),
            };
        }
        let kind = written.split_once('/').filter(|(_, name)| !name.is_empty()).map(|(kind, _)| kind);
        let Some(kind) = kind.filter(|kind| *kind == "*" || kind.parse::<Kind>().is_ok()) else {
            return Ok(Query::Text(written.to_owned()));
        };
        match separator(written).filter(|_| kind == Kind::Flows.name()) {
            Some(at) if at + 1 == written.len() => {
                Err("there is no node after `#`; `#*` means every node, `\\#` is a `#` in a name".to_owned())
            }
            Some(at) => {
                let (flow, node) = (Glob::new(&written[..at])?, Glob::new(&written[at + 1..])?);
                Ok(Query::Nodes { flow, node })
            }
            None => Ok(Query::Resources(Glob::new(written)?)),
        }
    }
}

/// Returns where the first `#` stands that no `\` takes literally.
fn separator(written: &str) -> Option<usize> {
    let mut escaped = false;
    written.char_indices().find_map(|(at, c)| {
        let found = c == '#' && !escaped;
        escaped = c == '\\' && !escaped;
        found.then_some(at)
    })
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Query::Text(text) => f.write_str(text),
            Query::Resources(glob) => f.write_str(glob.as_str()),
            Query::Nodes { flow, node } => write!(f, "{}#{}", flow.as_str(), node.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn form(written: &str) -> &'static str {
        match written.parse().unwrap() {
            Query::Text(_) => "text",
            Query::Resources(_) => "resources",
            Query::Nodes { .. } => "nodes",
        }
    }

    #[rstest]
    #[case("Grüß \"Gott\"", "text")]
    #[case("flow/Main", "text")]
    #[case("https://host/path", "text")]
    #[case("flows/", "text")]
    #[case("text:flows/Main", "text")]
    #[case("flows/Main", "resources")]
    #[case("*/Old *", "resources")]
    #[case("aiAgents/*", "resources")]
    #[case("*/Order #1", "resources")]
    #[case(r"flows/Order \#1", "resources")]
    #[case("flows/Main#Greet", "nodes")]
    #[case("flows/*#*", "nodes")]
    #[case(r"flows/Order \#1#Greet #2", "nodes")]
    fn what_is_a_glob_and_what_a_text(#[case] written: &str, #[case] expected: &str) {
        assert_eq!(form(written), expected);
    }

    #[rstest]
    #[case("text:", "nothing after")]
    #[case("flows/[", "at character")]
    #[case("flows/Main#", "no node")]
    fn what_can_mean_nothing_is_refused(#[case] written: &str, #[case] said: &str) {
        let why = written.parse::<Query>().unwrap_err();
        assert!(why.contains(said), "{why}");
    }

    #[test]
    fn a_query_meets_what_it_names() {
        let query: Query = r"flows/Order \#1#Gr*".parse().unwrap();
        assert!(query.meets(Kind::Flows, "Order #1") && !query.meets(Kind::Flows, "Order"));
        assert!(!query.meets(Kind::Lexicons, "Order #1"));
        assert!(query.meets_node(["Greet", "1-2"]) && query.meets_node(["x", "Gr1"]));
        assert!(!query.meets_node(["greet", "1-2"]));
        assert_eq!(query.to_string(), r"flows/Order \#1#Gr*");
    }
}
