//! What a diff says of edits as people make them.

use rstest::rstest;
use serde_json::{Value, json};

use super::Project;
use crate::snapshot::diff::{Diff, Differences, What};

/// Writes the items of a diff in short: sign, noun, name; `>` for one that moved.
fn items(diff: &Diff) -> Vec<String> {
    fn of(differences: &Differences, out: &mut Vec<String>) {
        for item in differences.items.iter().filter(|item| item.noun != "relation") {
            let sign = match item.what {
                What::Added => "+",
                What::Removed => "-",
                What::Changed if item.moved => ">",
                What::Changed => "~",
            };
            out.push(format!("{sign} {} {}", item.noun, item.name));
            of(&item.differences, out);
        }
    }
    let mut out = Vec::new();
    diff.resources.iter().for_each(|resource| of(&resource.differences, &mut out));
    out
}

fn id(node: &str) -> String {
    format!("id-Main-{node}-0")
}

fn row<'a>(chart: &'a mut Value, node: &str) -> &'a mut Value {
    let rows = chart["relations"].as_array_mut().unwrap();
    rows.iter_mut().find(|row| row["node"] == id(node).as_str()).unwrap()
}

/// Takes a node out of its chain.
fn unlink(chart: &mut Value, node: &str) {
    let next = row(chart, node)["next"].take();
    for row in chart["relations"].as_array_mut().unwrap() {
        if row["next"] == id(node).as_str() {
            row["next"] = next.clone();
        }
    }
}

fn link_after(chart: &mut Value, node: &str, before: &str) {
    row(chart, node)["next"] = row(chart, before)["next"].take();
    row(chart, before)["next"] = json!(id(node));
}

fn add(chart: &mut Value, node: &str, after: &str) {
    let node_row = json!({"_id": format!("id-row-{node}"), "node": id(node), "children": [], "next": null});
    chart["relations"].as_array_mut().unwrap().push(node_row);
    let new = json!({"_id": id(node), "referenceId": format!("ref-{node}"), "label": node, "type": "say", "config": {}});
    chart["nodes"].as_array_mut().unwrap().insert(0, new);
    link_after(chart, node, after);
}

fn remove(chart: &mut Value, node: &str) {
    unlink(chart, node);
    chart["relations"].as_array_mut().unwrap().retain(|row| row["node"] != id(node).as_str());
    chart["nodes"].as_array_mut().unwrap().retain(|it| it["_id"] != id(node).as_str());
}

#[rstest]
#[case::added(|chart: &mut Value| add(chart, "New", "Ask"), &["+ node New"])]
#[case::added_at_a_branch(|chart: &mut Value| add(chart, "New", "Then"), &["+ node New"])]
#[case::removed(|chart: &mut Value| remove(chart, "Say"), &["- node Say"])]
#[case::replaced(|chart: &mut Value| { add(chart, "New", "Ask"); remove(chart, "Ask") }, &["- node Ask", "+ node New"])]
#[case::moved_down(|chart: &mut Value| { unlink(chart, "Ask"); link_after(chart, "Ask", "End") }, &["> node Ask"])]
#[case::moved_up(|chart: &mut Value| { unlink(chart, "End"); link_after(chart, "End", "Start") }, &["> node End"])]
#[case::into_a_branch(|chart: &mut Value| { unlink(chart, "Say"); link_after(chart, "Say", "Else") }, &["> node Say"])]
#[case::branches_swapped(
    |chart: &mut Value| row(chart, "If")["children"].as_array_mut().unwrap().reverse(),
    &["> node Else"]
)]
#[case::renamed(|chart: &mut Value| chart["nodes"][0]["label"] = json!("Called"), &["~ node Called"])]
fn of_a_chart(#[case] edit: fn(&mut Value), #[case] said: &[&str]) {
    let a = Project::new(&["English", "German"]);
    let mut b = a.clone();
    b.edit_charts(edit);
    assert_eq!(items(&a.diff(&b)), said);
}

#[test]
fn what_several_files_say_alike_is_one_change() {
    let a = Project::new(&["English", "German"]);
    let mut b = a.clone();
    b.edit_charts(|chart| chart["nodes"][0]["config"]["say"]["text"][0] = json!("Hello"));
    b.edit("flows/Main/config.json", |config| config["description"] = json!("Another."));
    b.edit("flows/Main/flow.json", |flow| flow["description"] = json!("Another."));
    let diff = a.diff(&b);
    let flow = &diff.resources[0].differences;
    assert_eq!(flow.changes[0].files, ["config.json", "flow.json"]);
    let change = &flow.items[0].differences.changes[0];
    assert_eq!(change.files, ["English/chart.json", "German/chart.json"]);
    assert_eq!((change.path.as_str(), &change.new), ("/config/say/text/0", &Some(json!("Hello"))));
    assert_eq!((flow.changes.len(), flow.items.len(), flow.items[0].differences.changes.len()), (1, 1, 1));
}

#[test]
fn sentences_and_entries_come_and_go_by_themselves() {
    let a = Project::new(&["English"]);
    let mut b = a.clone();
    b.edit("flows/Main/English/intents.json", |intents| {
        intents[0]["sentences"] = json!([{"text": "hello"}, {"text": "good day"}, {"text": "hi there"}]);
    });
    b.edit("lexicons/Food/entries.json", |entries| entries[0]["data"] = json!("{}"));
    assert_eq!(items(&a.diff(&b)), ["~ entry pasta", "~ intent greet", "+ example good day"]);
}

#[test]
fn a_rename_is_a_rename_and_a_path_is_nothing() {
    let a = Project::new(&["English"]);
    let mut b = a.clone();
    let flow = b.resources.iter_mut().find(|entry| entry.name == "Main").unwrap();
    flow.path = "flows/Main~12345678".parse().unwrap();
    b.files = std::mem::take(&mut b.files)
        .into_iter()
        .map(|(path, bytes)| {
            (path.as_str().replace("flows/Main/", "flows/Main~12345678/").parse().unwrap(), bytes)
        })
        .collect();
    assert!(a.diff(&b).is_empty());
    b.resources.iter_mut().find(|entry| entry.name == "Main").unwrap().name = "Begin".to_owned();
    let diff = a.diff(&b);
    assert_eq!((diff.resources.len(), diff.resources[0].was.as_deref()), (1, Some("Main")));
}

#[test]
fn a_locale_that_is_renamed_moves_no_flow() {
    let (a, mut b) = (Project::new(&["English", "German"]), Project::new(&["English", "Deutsch"]));
    let old = a.resources.iter().find(|entry| entry.name == "German").unwrap().clone();
    let new = b.resources.iter_mut().find(|entry| entry.name == "Deutsch").unwrap();
    let locale: (String, String) = (new.id.clone(), new.reference_id.clone());
    (new.id, new.reference_id) = (old.id.clone(), old.reference_id.clone());
    b.edit("flows/locales.json", |all| {
        for item in all.as_array_mut().unwrap() {
            if item["_id"] == locale.0.as_str() {
                (item["_id"], item["referenceId"]) = (json!(old.id), json!(old.reference_id));
            }
        }
    });
    let diff = a.diff(&b);
    let names: Vec<_> = diff.resources.iter().map(|r| (r.name.as_str(), r.was.as_deref())).collect();
    assert_eq!(names, [("Deutsch", Some("German"))]);
    assert_eq!(diff.locales.get("Deutsch").map(String::as_str), Some("Deutsch"));
}
