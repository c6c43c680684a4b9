//! Where the nodes of a flow stand: read from the chart's relations, to tell a node that moved from its neighbours.
//!
//! A relation is a row of a linked list: `next` is the node after, `children` are the heads of branches. Adding one
//! node rewrites the rows of its neighbours, and none of them has moved. A node has moved when it hangs in another
//! branch, or when it stands in another order among the nodes of its branch that are on both sides.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::json::Json;
use super::lists::{identities, name, out_of_order};

/// The file that holds a flow's chart in a locale.
pub(super) const FILE: &str = "chart.json";

/// The list of nodes in it.
pub(super) const NODES: &str = "chart.json#/nodes";

/// The list of relations in it.
const RELATIONS: &str = "chart.json#/relations";

/// What is known of the nodes of a chart on both sides.
#[derive(Default)]
pub(super) struct Nodes {
    /// What nodes of the older chart are known by, by `_id`.
    pub(super) old: HashMap<String, String>,
    /// The same of the newer chart.
    pub(super) new: HashMap<String, String>,
    moved: HashSet<String>,
    /// What people call them, by `_id`, of both sides.
    names: HashMap<String, String>,
}

impl Nodes {
    /// Reads both versions of a chart.
    pub(super) fn of(old: &Json<'_>, new: &Json<'_>) -> Self {
        let (before, now) = (old.list("nodes"), new.list("nodes"));
        let Some(known) = identities(NODES, before, now) else { return Self::default() };
        let by_id = |nodes: &[Json<'_>], keys: &[&str]| -> HashMap<String, String> {
            let pair =
                |(node, key): (&Json<'_>, &&str)| Some((node.text("_id")?.to_owned(), (*key).to_owned()));
            nodes.iter().zip(keys).filter_map(pair).collect()
        };
        let (old_keys, new_keys) = (by_id(before, &known.old), by_id(now, &known.new));
        let called = |node: &Json<'_>| Some((node.text("_id")?.to_owned(), name(node)));
        let names = before.iter().chain(now).filter_map(called).collect();
        let moved = moved(&places(old, &old_keys), &places(new, &new_keys));
        Self { old: old_keys, new: new_keys, moved, names }
    }

    /// Returns whether the node known by `key` has moved.
    pub(super) fn has_moved(&self, key: Option<&str>) -> bool {
        key.is_some_and(|key| self.moved.contains(key))
    }

    /// Returns whether any node has moved.
    pub(super) fn any_moved(&self) -> bool {
        !self.moved.is_empty()
    }

    /// Returns what a relation is called: as its node.
    pub(super) fn name(&self, list: &str, element: &Json<'_>) -> Option<String> {
        if list != RELATIONS {
            return None;
        }
        self.names.get(element.text("node")?).cloned()
    }
}

/// A run of nodes that follow one another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Chain {
    /// Not in any branch.
    Root,
    /// The heads of a node's branches.
    Children(String),
    /// What follows the head of a branch.
    After(String),
}

/// Where a node stands: in which chain, and how far down.
type Places = HashMap<String, (Chain, usize)>;

/// Reads where each node stands.
fn places(chart: &Json<'_>, keys: &HashMap<String, String>) -> Places {
    let relations = chart.list("relations");
    let next: HashMap<&str, &str> =
        relations.iter().filter_map(|row| Some((row.text("node")?, row.text("next")?))).collect();
    let followers: HashSet<&str> = next.values().copied().collect();
    let mut places = Places::new();
    let mut heads: BTreeMap<&str, (&str, usize)> = BTreeMap::new();
    for row in relations {
        let children = row.list("children").iter().enumerate();
        for (at, child) in children {
            if let (Some(parent), Json::Text(child)) = (row.text("node"), child) {
                heads.entry(child).or_insert((parent, at));
            }
        }
    }
    let key = |id: &str| keys.get(id).cloned();
    let mut roots: Vec<(String, &str)> = relations
        .iter()
        .filter_map(|row| row.text("node"))
        .filter(|id| !followers.contains(id) && !heads.contains_key(id))
        .filter_map(|id| Some((key(id)?, id)))
        .collect();
    roots.sort();
    let mut order = 0;
    for (_, root) in roots {
        order = walk(root, &next, order, &mut places, |id| Some((key(id)?, Chain::Root)));
    }
    for (head, (parent, at)) in &heads {
        let (Some(parent), Some(head_key)) = (key(parent), key(head)) else { continue };
        places.insert(head_key.clone(), (Chain::Children(parent), *at));
        if let Some(first) = next.get(head) {
            walk(first, &next, 0, &mut places, |id| Some((key(id)?, Chain::After(head_key.clone()))));
        }
    }
    places
}

/// Follows a chain, and returns the number after its last node's. A chain that bites its tail ends there.
fn walk<'a>(
    from: &'a str,
    next: &HashMap<&'a str, &'a str>,
    mut order: usize,
    places: &mut Places,
    place: impl Fn(&str) -> Option<(String, Chain)>,
) -> usize {
    // Rows may name nodes that are on no chart, and those have no place to be known by.
    let mut seen = HashSet::new();
    let mut here = Some(from);
    while let Some(id) = here.filter(|id| seen.insert(*id)) {
        if let Some((key, chain)) = place(id) {
            if places.contains_key(&key) {
                break;
            }
            places.insert(key, (chain, order));
            order += 1;
        }
        here = next.get(id).copied();
    }
    order
}

fn moved(old: &Places, new: &Places) -> HashSet<String> {
    let mut moved = HashSet::new();
    let mut chains: HashMap<&Chain, Vec<(usize, usize, &String)>> = HashMap::new();
    for (key, (chain, order)) in new {
        match old.get(key) {
            Some((before, was)) if before == chain => {
                chains.entry(chain).or_default().push((*order, *was, key))
            }
            Some(_) => {
                moved.insert(key.clone());
            }
            None => {}
        }
    }
    for nodes in chains.values_mut() {
        nodes.sort_unstable();
        let were: Vec<usize> = nodes.iter().map(|(_, was, _)| *was).collect();
        let elsewhere = nodes.iter().zip(out_of_order(&were)).filter(|(_, moved)| *moved);
        moved.extend(elsewhere.map(|((.., key), _)| (*key).clone()));
    }
    moved
}
