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
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Writes a chart: `a b(x y | z) c` is a chain of three, in which `b` has two branches.
    fn shape(text: &str) -> Shape {
        let mut shape = Shape::default();
        let mut tokens = text.replace('(', " ( ").replace(')', " ) ").replace('|', " | ");
        tokens.push(' ');
        let mut before: Option<String> = None;
        let mut above: Vec<String> = Vec::new();
        let mut opens = false;
        for token in tokens.split_whitespace() {
            match token {
                "(" => {
                    above.push(before.take().expect("a branch of something"));
                    opens = true;
                }
                "|" => {
                    before = None;
                    opens = true;
                }
                ")" => before = above.pop(),
                node => {
                    shape.rows.entry(node.to_owned()).or_default();
                    let at = match (&before, opens) {
                        (Some(before), _) => Some(Place::After(before.clone())),
                        (None, true) => {
                            let of = above.last().expect("in a branch").clone();
                            let nth = shape.children(&of).len();
                            Some(Place::Branch { of, nth })
                        }
                        (None, false) => None,
                    };
                    if let Some(at) = at {
                        shape.put(node, &at);
                    }
                    before = Some(node.to_owned());
                    opens = false;
                }
            }
        }
        shape
    }

    fn said(live: &str, wanted: &str) -> String {
        let place = |at: &Place| match at {
            Place::After(node) => format!("after {node}"),
            Place::Branch { of, nth } => format!("in {of} at {nth}"),
        };
        let change = change(&shape(live), &shape(wanted));
        let ops = change.ops.iter().map(|op| match op {
            Op::Make { node, at } => format!("make {node} {}", place(at)),
            Op::Adopt { node, at } => format!("adopt {node} {}", place(at)),
            Op::Move { node, at } => format!("move {node} {}", place(at)),
            Op::Drop { node } => format!("drop {node}"),
        });
        let left = change.unplaced.iter().map(|node| format!("leave {node}"));
        ops.chain(left).collect::<Vec<_>>().join(", ")
    }

    #[rstest::rstest]
    #[case::nothing("s a b e", "s a b e", "")]
    #[case::one_more("s a e", "s a b e", "make b after a")]
    #[case::one_less("s a b e", "s a e", "drop b")]
    #[case::instead("s a b e", "s a c e", "make c after a, drop b")]
    #[case::one_to_the_end("s a b c e", "s b c a e", "move a after c")]
    #[case::branches_come_with_their_node(
        "s e",
        "s i(t x | f) e",
        "make i after s, adopt t in i at 0, make x after t, adopt f in i at 1"
    )]
    #[case::a_branch_more("s w(p | q) e", "s w(p | r | q) e", "make r in w at 1")]
    #[case::branches_in_another_order("s w(p a | q b) e", "s w(q b | p a) e", "move q in w at 0")]
    #[case::out_of_a_branch("s i(t a b | f) e", "s b i(t a | f) e", "move b after s")]
    #[case::out_of_what_goes("s i(t a | f) e", "s a e", "move a after s, drop i")]
    #[case::a_branch_goes_with_all_in_it("s w(p a b | q) e", "s w(q) e", "drop p")]
    #[case::inside_out(
        "s a(x b(y c)) e",
        "s c(z) b(y a(x)) e",
        "move c after s, make z in c at 0, move b after c, move a after y"
    )]
    fn each_change_in_words(#[case] live: &str, #[case] wanted: &str, #[case] expected: &str) {
        assert_eq!(said(live, wanted), expected);
    }

    #[test]
    fn relations_are_read() {
        let rows = json!([
            {"node": "1", "children": [], "next": "2"},
            {"node": "2", "children": ["3", "4"], "next": "5"},
            {"node": "3", "children": [], "next": null},
            {"node": "4", "children": [], "next": null},
            {"node": "5", "children": [], "next": null},
        ]);
        let names = BTreeMap::from([("1", "s"), ("2", "i"), ("3", "t"), ("4", "f"), ("5", "e")]);
        let read = Shape::of(rows.as_array().unwrap(), |id| names.get(id).map(|name| (*name).to_owned()));
        assert_eq!(read, shape("s i(t | f) e"));
    }

    /// A chart out of choices: each node is put somewhere into what is there. Heads of branches and links of chains are other
    /// names.
    fn charts() -> impl Strategy<Value = Shape> {
        let node = (any::<bool>(), 0u8..12, any::<prop::sample::Index>());
        proptest::collection::vec(node, 0..14).prop_map(|choices| {
            let mut shape = shape("s e");
            for (is_head, name, at) in choices {
                let name = format!("{}{name}", if is_head { "h" } else { "n" });
                if shape.rows.contains_key(&name) {
                    continue;
                }
                let all: Vec<String> = shape.nodes().filter(|node| *node != "e").map(str::to_owned).collect();
                let on = at.get(&all).clone();
                let place = match is_head {
                    true => Place::Branch { nth: at.index(shape.children(&on).len() + 1), of: on },
                    false => Place::After(on),
                };
                shape.put(&name, &place);
            }
            shape
        })
    }

    proptest! {
        #[test]
        fn what_is_planned_makes_the_one_of_the_other(live in charts(), wanted in charts()) {
            let change = change(&live, &wanted);
            prop_assert!(change.unplaced.is_empty());
            let mut model = live.clone();
            for op in &change.ops {
                model.apply(op);
            }
            prop_assert_eq!(&model, &wanted);
            prop_assert!(super::change(&wanted, &wanted).ops.is_empty());
        }

        #[test]
        fn stopped_anywhere_and_planned_again_the_end_is_the_same(live in charts(), wanted in charts(), stop in any::<prop::sample::Index>()) {
            let first = change(&live, &wanted);
            let mut model = live.clone();
            let done = if first.ops.is_empty() { 0 } else { stop.index(first.ops.len()) };
            for op in &first.ops[..done] {
                model.apply(op);
            }
            let rest = change(&model, &wanted);
            prop_assert!(rest.ops.len() <= first.ops.len() - done, "{:?} after {:?}", rest.ops, first.ops);
            for op in &rest.ops {
                model.apply(op);
            }
            prop_assert_eq!(&model, &wanted);
        }
    }
}
