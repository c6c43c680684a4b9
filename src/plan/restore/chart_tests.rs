//! Charts that become others, in words and by properties.

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
