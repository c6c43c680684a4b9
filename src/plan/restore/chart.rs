//! How one chart becomes another: which nodes are made, moved and dropped, in which order.
//!
//! A chart is chains. A node has a next one, and it may have branches, each headed by a child; what follows the head of a branch
//! belongs to it, and goes where it goes (dossier §2.4). What stands where it should among its neighbours is left alone: of each chain
//! the longest run that is in its order stays, and the rest is moved around it.
//!
//! The order is the argument. First everything wanted gets its place, from the beginning of the chart to its end and from
//! the outside in, each behind a node that has its own; then what is not wanted is dropped, and nothing that is wanted
//! stands in it any more. Stopped in between and planned again, the end is the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use serde_json::Value;

/// How nodes hang together, by what they are known by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    rows: BTreeMap<String, Row>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Row {
    children: Vec<String>,
    next: Option<String>,
}

/// Where a node goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// Behind this one.
    After(String),
    /// As a branch of a node.
    Branch {
        /// The node.
        of: String,
        /// Before which of its branches, from 0.
        nth: usize,
    },
}

/// One thing that is done to a chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Op {
    /// A node is made.
    Make {
        /// Which.
        node: String,
        /// Where.
        at: Place,
    },
    /// A node comes with the node that it is a branch of, which was made just before: the server makes the branches of some
    /// types itself. Where this one does not come, it is made.
    Adopt {
        /// Which.
        node: String,
        /// Where.
        at: Place,
    },
    /// A node is moved, with its branches.
    Move {
        /// Which.
        node: String,
        /// Where to.
        at: Place,
    },
    /// A node is deleted, with its branches.
    Drop {
        /// Which.
        node: String,
    },
}

impl Shape {
    /// Reads a chart's `relations`. `key` says what a node is known by, by its `_id`; a node without a key is left out.
    #[must_use]
    pub fn of(relations: &[Value], key: impl Fn(&str) -> Option<String>) -> Self {
        let text = |value: Option<&Value>| key(value?.as_str()?);
        let mut rows = BTreeMap::new();
        for row in relations {
            let Some(node) = text(row.get("node")) else { continue };
            let children =
                row.get("children").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let children = children.iter().filter_map(|child| text(Some(child))).collect();
            rows.insert(node, Row { children, next: text(row.get("next")) });
        }
        Self { rows }
    }

    /// Writes it as a chart's `relations`.
    #[cfg(test)]
    pub(super) fn relations(&self) -> Vec<Value> {
        let row = |(node, row): (&String, &Row)| serde_json::json!({"_id": format!("row-{node}"), "node": node, "children": row.children, "next": row.next});
        self.rows.iter().map(row).collect()
    }

    /// Returns the branches of a node.
    #[cfg(test)]
    pub(super) fn branches(&self, node: &str) -> Vec<String> {
        self.children(node).to_vec()
    }

    /// Returns what the nodes are known by.
    pub fn nodes(&self) -> impl Iterator<Item = &str> {
        self.rows.keys().map(String::as_str)
    }

    /// Puts a chain of nodes into a chart that has none of them.
    pub(super) fn follow(&mut self, chain: &[&str]) {
        for (at, node) in chain.iter().enumerate() {
            let next = chain.get(at + 1).map(|next| (*next).to_owned());
            self.rows.insert((*node).to_owned(), Row { children: Vec::new(), next });
        }
    }

    fn children(&self, node: &str) -> &[String] {
        self.rows.get(node).map(|row| row.children.as_slice()).unwrap_or_default()
    }

    fn next(&self, node: &str) -> Option<&str> {
        self.rows.get(node)?.next.as_deref()
    }

    /// Returns what follows a node, in order. A chain that bites its tail ends there.
    fn followers(&self, node: &str) -> Vec<&str> {
        let (mut all, mut seen) = (Vec::new(), BTreeSet::from([node]));
        let mut here = self.next(node);
        while let Some(node) = here.filter(|node| seen.insert(node)) {
            all.push(node);
            here = self.next(node);
        }
        all
    }

    /// Returns what stands where, as the node that each hangs on.
    fn hangs(&self) -> HashMap<&str, Hangs<'_>> {
        let mut hangs = HashMap::new();
        for (node, row) in &self.rows {
            hangs.extend(row.next.iter().map(|next| (next.as_str(), Hangs::Behind(node))));
            hangs.extend(row.children.iter().map(|child| (child.as_str(), Hangs::Under(node))));
        }
        hangs
    }

    fn hangs_on(&self, node: &str) -> Option<Hangs<'_>> {
        self.hangs().get(node).copied()
    }

    /// Takes a node out: one in a chain leaves what follows it behind, the head of a branch does not.
    fn take_out(&mut self, node: &str) {
        let next = self.next(node).map(str::to_owned);
        let mut followed = false;
        for row in self.rows.values_mut() {
            if row.next.as_deref() == Some(node) {
                row.next.clone_from(&next);
                followed = true;
            }
            row.children.retain(|child| child != node);
        }
        if let Some(row) = self.rows.get_mut(node).filter(|_| followed) {
            row.next = None;
        }
    }

    fn put(&mut self, node: &str, at: &Place) {
        match at {
            Place::After(before) => {
                let before = self.rows.entry(before.clone()).or_default();
                let next = before.next.replace(node.to_owned());
                self.rows.entry(node.to_owned()).or_default().next = next;
            }
            Place::Branch { of, nth } => {
                let children = &mut self.rows.entry(of.clone()).or_default().children;
                children.insert((*nth).min(children.len()), node.to_owned());
                self.rows.entry(node.to_owned()).or_default();
            }
        }
    }

    /// Deletes a node with all that belongs to it.
    fn remove(&mut self, node: &str) {
        self.take_out(node);
        let mut gone = vec![node.to_owned()];
        while let Some(node) = gone.pop() {
            let row = self.rows.remove(&node).unwrap_or_default();
            gone.extend(row.children.into_iter().chain(row.next));
        }
    }

    /// Does what is said, as the server does it.
    pub fn apply(&mut self, op: &Op) {
        match op {
            Op::Make { node, at } | Op::Adopt { node, at } => self.put(node, at),
            Op::Move { node, at } => {
                self.take_out(node);
                self.put(node, at);
            }
            Op::Drop { node } => self.remove(node),
        }
    }
}

/// What a node hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hangs<'a> {
    /// It follows this one.
    Behind(&'a str),
    /// It is the head of a branch of this one.
    Under(&'a str),
}

/// What makes one chart of another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// What is done, in order.
    pub ops: Vec<Op>,
    /// What is wanted and has no place: it hangs on nothing, and nothing like it is there.
    pub unplaced: Vec<String>,
}

/// Plans how `live` becomes `wanted`. Both know the same nodes by the same keys.
#[must_use]
pub fn change(live: &Shape, wanted: &Shape) -> Change {
    let (is, shall) = (live.hangs(), wanted.hangs());
    // The head of a branch is no link of a chain, and the other way round: nothing makes the one of the other.
    let is_kept = |node: &&str| {
        live.rows.contains_key(*node)
            && matches!(
                (is.get(node), shall.get(node)),
                (None, None)
                    | (Some(Hangs::Behind(_)), Some(Hangs::Behind(_)))
                    | (Some(Hangs::Under(_)), Some(Hangs::Under(_)))
            )
    };
    let kept: BTreeSet<&str> = wanted.nodes().filter(is_kept).collect();
    let stays = stays(live, wanted, &kept);
    let mut planner = Planner { live, wanted, kept, stays, model: live.clone(), change: Change::default() };
    for root in wanted.nodes().filter(|node| !shall.contains_key(node)) {
        if planner.kept.contains(root) {
            planner.place_chain(root);
        } else {
            planner.leave(root);
        }
    }
    // What is wanted and stands in the wrong place might be below what is not.
    if planner.change.unplaced.is_empty() {
        planner.drop_the_rest();
    }
    planner.change
}

/// Returns the nodes that stand where they should among those that do.
fn stays<'a>(live: &'a Shape, wanted: &'a Shape, kept: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
    let mut stays = BTreeSet::new();
    for node in kept {
        let before = live.followers(node);
        let now = wanted.followers(node);
        let is_head = !matches!(wanted.hangs_on(node), Some(Hangs::Behind(_)));
        if is_head {
            stays.extend(in_order(&before, &now, kept));
        }
        let before: Vec<&str> = live.children(node).iter().map(String::as_str).collect();
        let now: Vec<&str> = wanted.children(node).iter().map(String::as_str).collect();
        stays.extend(in_order(&before, &now, kept));
    }
    stays
}

/// Returns a longest run of `now` that is in the order of `before`.
fn in_order<'a>(before: &[&str], now: &[&'a str], kept: &BTreeSet<&str>) -> Vec<&'a str> {
    let were: HashMap<&str, usize> = before.iter().enumerate().map(|(at, node)| (*node, at)).collect();
    let both: Vec<(&'a str, usize)> = now
        .iter()
        .filter(|node| kept.contains(*node))
        .filter_map(|node| Some((*node, *were.get(node)?)))
        .collect();
    // The least last place of a run of each length, and where each element's run came from.
    let (mut ends, mut from): (Vec<usize>, Vec<Option<usize>>) = (Vec::new(), Vec::new());
    for (at, (_, was)) in both.iter().enumerate() {
        let length = ends.partition_point(|end| both[*end].1 < *was);
        from.push(length.checked_sub(1).map(|before| ends[before]));
        if length == ends.len() {
            ends.push(at);
        } else {
            ends[length] = at;
        }
    }
    let mut run = Vec::new();
    let mut here = ends.last().copied();
    while let Some(at) = here {
        run.push(both[at].0);
        here = from[at];
    }
    run
}

struct Planner<'a> {
    live: &'a Shape,
    wanted: &'a Shape,
    /// The nodes that are there and stay.
    kept: BTreeSet<&'a str>,
    /// Those of them that need not be moved.
    stays: BTreeSet<&'a str>,
    /// The chart as it is after what was planned so far.
    model: Shape,
    change: Change,
}

impl<'a> Planner<'a> {
    /// Gives all that belongs to the head of a chain its place; the head has its own.
    fn place_chain(&mut self, head: &'a str) {
        self.place_branches(head, false);
        let mut before = head;
        for node in self.wanted.followers(head) {
            let Some(is_new) = self.place(node, Place::After(before.to_owned()), false) else { continue };
            self.place_branches(node, is_new);
            before = node;
        }
    }

    fn place_branches(&mut self, of: &'a str, is_new: bool) {
        let mut nth = 0;
        for child in self.wanted.children(of) {
            let at = Place::Branch { of: of.to_owned(), nth };
            if self.place(child, at, is_new).is_some() {
                let children = self.model.children(of);
                nth = children.iter().position(|there| there == child).map_or(nth, |at| at + 1);
                self.place_chain(child);
            }
        }
    }

    /// Gives a node its place, and says whether it is new; nothing where it has none.
    fn place(&mut self, node: &'a str, at: Place, with_parent: bool) -> Option<bool> {
        let name = node.to_owned();
        let op = match () {
            () if self.stays.contains(node) => return Some(false),
            () if self.kept.contains(node) => Op::Move { node: name, at },
            () if self.live.rows.contains_key(node) => {
                self.leave(node);
                return None;
            }
            () if with_parent => Op::Adopt { node: name, at },
            () => Op::Make { node: name, at },
        };
        let is_new = !matches!(op, Op::Move { .. });
        self.model.apply(&op);
        self.change.ops.push(op);
        Some(is_new)
    }

    /// Notes that a node, and all that belongs to it, has no place.
    fn leave(&mut self, node: &'a str) {
        self.change.unplaced.push(node.to_owned());
        for child in self.wanted.children(node) {
            self.leave(child);
            for follower in self.wanted.followers(child) {
                self.leave(follower);
            }
        }
    }

    /// Drops what is not wanted, outermost first: what belongs to it goes with it.
    fn drop_the_rest(&mut self) {
        while let Some(node) = self.outermost() {
            let op = Op::Drop { node };
            self.model.apply(&op);
            self.change.ops.push(op);
        }
    }

    fn outermost(&self) -> Option<String> {
        let hangs = self.model.hangs();
        let is_extra = |node: &str| !self.wanted.rows.contains_key(node);
        let goes_along = |node: &str| {
            let mut here = hangs.get(node).copied();
            // In its own chain it stays when one before it goes, unless that is the head of the branch.
            let mut before = None;
            while let Some(on) = here {
                let (above, is_head) = match on {
                    Hangs::Behind(above) => (above, matches!(hangs.get(above), Some(Hangs::Under(_)))),
                    Hangs::Under(above) => (above, true),
                };
                if is_head && is_extra(above) {
                    return true;
                }
                before = before.or(Some(above));
                here = hangs.get(above).copied();
            }
            false
        };
        self.model.nodes().find(|node| is_extra(node) && !goes_along(node)).map(str::to_owned)
    }
}

#[cfg(test)]
#[path = "chart_tests.rs"]
mod tests;
