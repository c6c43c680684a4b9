//! The words for a diff, each as it is seen.

use insta::assert_snapshot;
use rstest::rstest;
use serde_json::{Value, json as value};

use super::{body, json, line, markdown, sentences, text};
use crate::snapshot::diff::tests::Project;
use crate::snapshot::{Diff, Kind, SnapshotId};

fn since() -> SnapshotId {
    "20251003T140000Z-99887766".parse().unwrap()
}

/// Returns what differs after an edit of a small project in English and German.
fn after(edit: impl FnOnce(&mut Project)) -> Diff {
    let before = Project::new(&["English", "German"]);
    let mut now = before.clone();
    edit(&mut now);
    before.diff(&now)
}

fn chart(p: &mut Project, edit: impl Fn(&mut Value)) {
    p.edit_charts(edit);
}

fn node<'a>(chart: &'a mut Value, label: &str) -> &'a mut Value {
    chart["nodes"].as_array_mut().unwrap().iter_mut().find(|node| node["label"] == label).unwrap()
}

fn add_node(chart: &mut Value, label: &str) {
    let (id, end) = (format!("id-{label}"), "id-Main-Start-0");
    let rows = chart["relations"].as_array_mut().unwrap();
    let start = rows.iter_mut().find(|row| row["node"] == end).unwrap();
    let next = std::mem::replace(&mut start["next"], value!(id));
    rows.push(value!({"_id": format!("row-{label}"), "node": id, "children": [], "next": next}));
    let new = value!({"_id": id, "referenceId": format!("ref-{label}"), "label": label, "config": {}});
    chart["nodes"].as_array_mut().unwrap().push(new);
}

#[rstest]
#[case::text(|p: &mut Project| chart(p, |c| node(c, "Ask")["config"]["say"]["text"][0] = value!("?")), "flow `Main`: node `Ask`: say text changed")]
#[case::in_one_locale(
    |p: &mut Project| p.edit("flows/Main/German/chart.json", |c| node(c, "Ask")["config"]["say"]["text"][0] = value!("?")),
    "flow `Main`: node `Ask`: say text changed in German"
)]
#[case::flags(
    |p: &mut Project| chart(p, |c| { node(c, "Ask")["isDisabled"] = value!(true); node(c, "Say")["label"] = value!("Speak") }),
    "flow `Main`: node `Ask`: disabled; node `Speak`: renamed from `Say`"
)]
#[case::one_node(|p: &mut Project| chart(p, |c| add_node(c, "A")), "flow `Main`: node `A` added")]
#[case::two_nodes(
    |p: &mut Project| chart(p, |c| { add_node(c, "A"); add_node(c, "B") }),
    "flow `Main`: 2 nodes added (`A`, `B`)"
)]
#[case::many_nodes(
    |p: &mut Project| chart(p, |c| for name in ["A", "B", "C", "D"] { add_node(c, name) }),
    "flow `Main`: 4 nodes added"
)]
#[case::many_changed(
    |p: &mut Project| chart(p, |c| for name in ["Ask", "Say", "Tell", "End"] { node(c, name)["config"] = value!({}) }),
    "flow `Main`: 4 nodes changed (`Ask`, `End`, `Say`, …)"
)]
#[case::relations_alone(
    |p: &mut Project| chart(p, |c| c["relations"][0]["extra"] = value!(1)),
    "flow `Main`: connections between nodes changed"
)]
#[case::moved(
    |p: &mut Project| chart(p, |c| {
        // Start → Say → Ask → Tell, and so on.
        let link = |c: &mut Value, from: &str, to: &str| {
            let id = |node: &str| format!("id-Main-{node}-0");
            let rows = c["relations"].as_array_mut().unwrap();
            rows.iter_mut().find(|row| row["node"] == id(from).as_str()).unwrap()["next"] = value!(id(to));
        };
        for (from, to) in [("Start", "Say"), ("Say", "Ask"), ("Ask", "Tell")] {
            link(c, from, to);
        }
    }),
    "flow `Main`: node `Say` moved"
)]
#[case::localised(
    |p: &mut Project| p.edit("flows/Main/German/chart.json", |c| {
        node(c, "Ask")["localeReference"] = value!("id-locales-German-0");
        node(c, "Ask")["config"]["say"]["text"] = value!(["Hallo", "Na?"]);
    }),
    "flow `Main`: node `Ask`: localisation changed in German, say text changed in German"
)]
#[case::more_than_the_chart_has(
    |p: &mut Project| {
        let extras = b"[{\"_id\": \"id-Main-Ask-0\", \"referenceId\": \"ref-Main-Ask\", \"mock\": {\"isEnabled\": true}}]";
        for locale in ["English", "German"] {
            p.files.insert(format!("flows/Main/{locale}/node-extras.json").parse().unwrap(), extras.to_vec());
        }
        chart(p, |c| node(c, "Ask")["isDisabled"] = value!(true));
    },
    "flow `Main`: node `Ask`: disabled, extra settings added"
)]
#[case::restored_and_edited(
    |p: &mut Project| {
        *p = p.restored();
        p.edit("flows/Other/settings.json", |s| s["intentThreshold"] = value!(0.1));
    },
    "flow `Other`: intent threshold 0.5 → 0.1; ids changed\nids changed in 9 resources, nothing else"
)]
#[case::settings(
    |p: &mut Project| p.edit("flows/Main/settings.json", |s| { s["intentThreshold"] = value!(0.6); s["useIntents"] = value!(false) }),
    "flow `Main`: intent threshold 0.5 → 0.6; use intents off"
)]
#[case::said_twice_in_files(
    |p: &mut Project| for file in ["config", "flow"] {
        p.edit(&format!("flows/Main/{file}.json"), |s| s["description"] = value!("Another."));
    },
    "flow `Main`: description changed"
)]
#[case::many_fields(
    |p: &mut Project| p.edit("project/config.json", |c| for n in 0..9 { c[format!("field{n}")] = value!(n) }),
    "project `Demo`: field0 added; field1 added; field2 added; field3 added; field4 added; 4 more fields changed"
)]
#[case::examples(
    |p: &mut Project| for locale in ["English", "German"] {
        p.edit(&format!("flows/Main/{locale}/intents.json"), |i| {
            i[0]["sentences"].as_array_mut().unwrap().extend(["a", "b", "c", "d"].map(|t| value!({"text": t})));
        });
    },
    "flow `Main`: intent `greet`: 4 examples added"
)]
#[case::entries(
    |p: &mut Project| {
        p.edit("lexicons/Food/entries.json", |e| drop(e.as_array_mut().unwrap().remove(0)));
        p.files.insert("lexicons/Food/keyphrases.csv".parse().unwrap(), b"other".to_vec());
    },
    "lexicon `Food`: entry `pasta` removed"
)]
#[case::transformer(
    |p: &mut Project| {
        p.edit("endpoints/Web/config.json", |e| e["transformer"]["transformer"] = value!("line 1\nline 3\n"));
        p.files.insert("endpoints/Web/transformer.ts".parse().unwrap(), b"line 1\nline 3\n".to_vec());
    },
    "endpoint `Web`: transformer changed"
)]
#[case::code_of_a_function(
    |p: &mut Project| {
        p.edit("functions/Sync/config.json", |f| f["code"] = value!("let a = 2;\n"));
        p.files.insert("functions/Sync/code.ts".parse().unwrap(), b"let a = 2;\n".to_vec());
    },
    "function `Sync`: code changed"
)]
#[case::of_an_owner(
    |p: &mut Project| p.edit("flowStates/Other/default/config.json", |s| s["isDisabled"] = value!(true)),
    "flow state `default` of `Other`: disabled"
)]
#[case::renamed(
    |p: &mut Project| {
        p.resources.iter_mut().find(|r| r.name == "Demo").unwrap().name = "Shop".to_owned();
        p.edit("project/config.json", |c| c["name"] = value!("Shop"));
    },
    "project `Shop`: renamed from `Demo`"
)]
#[case::removed(
    |p: &mut Project| {
        p.resources.retain(|r| r.name != "Other");
        p.files.retain(|path, _| !path.as_str().starts_with("flows/Other/"));
    },
    "flow `Other` removed (1 intent, 5 nodes)"
)]
#[case::who_and_when(
    |p: &mut Project| {
        let entry = p.resources.iter_mut().find(|r| r.name == "Demo").unwrap();
        (entry.last_changed, entry.last_changed_by) = (Some(1_759_501_800), Some("5f3a5f3a".to_owned()));
        p.edit("project/config.json", |c| c["color"] = value!("blue"));
    },
    "project `Demo`: color changed; changed at 2025-10-03 14:30:00 UTC by user `5f3a5f3a`"
)]
#[case::time_alone(|p: &mut Project| p.resources[0].last_changed = Some(1), "")]
#[case::new_ids(|p: &mut Project| *p = p.restored(), "ids changed in 10 resources, nothing else")]
fn a_sentence(#[case] edit: fn(&mut Project), #[case] said: &str) {
    assert_eq!(sentences(&after(edit)).join("\n"), said);
}

#[test]
fn a_new_locale_is_said_once() {
    let (before, now) = (Project::new(&["English"]), Project::new(&["English", "German"]));
    assert_eq!(
        sentences(&before.diff(&now)),
        ["locale `German` added; changed at 2025-10-03 14:00:00 UTC by user `5f3a`"]
    );
    assert_eq!(sentences(&now.diff(&before)), ["locale `German` removed"]);
}

fn some() -> Diff {
    after(|p| {
        chart(p, |c| {
            add_node(c, "</details> ``` @org/team");
            node(c, "Ask")["config"]["code"] = value!("let a = 1;\n```\n</details>\nlet b = 3;\n");
            node(c, "Say")["config"]["say"]["text"][0] = value!("Hello");
        });
        p.edit("flows/Main/settings.json", |s| s["intentThreshold"] = value!(0.6));
        p.resources.retain(|r| r.kind != Kind::Endpoints);
        p.files.retain(|path, _| !path.as_str().starts_with("endpoints/"));
    })
}

#[test]
fn one_line_names_the_resources() {
    assert_snapshot!(line(&some()), @"2 resources changed: flow `Main`, endpoint `Web` removed");
    assert_eq!(line(&Diff::default()), "nothing changed");
}

#[test]
fn a_commit_s_body_names_what_it_compares_with() {
    assert_snapshot!(body(&some(), &since()), @r#"
    Changed since 20251003T140000Z-99887766:

    - flow `Main`: node `</details> ''' @org/team` added; node `Ask`: code changed; node `Say`: say text changed; intent threshold 0.5 → 0.6
    - endpoint `Web` removed
    "#);
    let many = after(|p| {
        for n in 0..500 {
            let mut entry = p.resources[0].clone();
            entry.name = format!("Locale {n}");
            (entry.id, entry.reference_id) = (entry.name.clone(), entry.name.clone());
            p.resources.push(entry);
        }
    });
    let text = body(&many, &since());
    assert!(text.len() <= 3500 && text.ends_with(" more\n"), "{text}");
}

#[test]
fn markdown_folds_the_values() {
    assert_snapshot!(markdown(&some(), &since(), 10_000), @r#"
    **What changed** since `20251003T140000Z-99887766`

    - flow `Main`: node `</details> ''' @org/team` added; node `Ask`: code changed; node `Say`: say text changed; intent threshold 0.5 → 0.6
    - endpoint `Web` removed

    <details>
    <summary>flow Main</summary>

    ````diff
    # settings.json /intentThreshold
    - 0.5
    + 0.6
    # node Ask (English/chart.json, German/chart.json) /config/code
    @@ -1,2 +1,4 @@
     let a = 1;
    -let b = 2;
    +```
    +</details>
    +let b = 3;
    # node Say (English/chart.json, German/chart.json) /config/say/text/0
    - "I am Say"
    + "Hello"
    # node </details> ``` @org/team (English/chart.json, German/chart.json)
    + {"_id":"id-</details> ``` @org/team","referenceId":"ref-</details> ``` @org/team","label":"</details> ``` @org/team","config":{}}
    ````

    </details>
    "#);
    for budget in 0..3_000 {
        let text = markdown(&some(), &since(), budget);
        assert!(text.len() <= budget, "{budget}: {}", text.len());
        assert_eq!(text.matches("\n<details>").count(), text.matches("\n</details>\n").count(), "{text}");
    }
}

#[test]
fn json_is_valid_within_any_budget() {
    let full: Value = serde_json::from_str(&json(&some(), &since(), 100_000)).unwrap();
    assert_eq!((&full["truncated"], &full["since"]), (&value!(false), &value!(since())));
    assert_eq!(full["counts"], value!({"added": 0, "removed": 1, "changed": 1}));
    let read: Diff = serde_json::from_value(full).unwrap();
    assert_eq!(read, some());
    for budget in (100..6_000).step_by(7) {
        let text = json(&some(), &since(), budget);
        assert!(text.len() <= budget, "{budget}");
        let value: Value = serde_json::from_str(&text).unwrap();
        assert!(value["truncated"] == true || value["leftOut"]["values"] == 0, "{text}");
    }
    assert_snapshot!(json(&some(), &since(), 700), @r#"{"since":"20251003T140000Z-99887766","counts":{"added":0,"removed":1,"changed":1},"truncated":true,"leftOut":{"values":12,"resources":0,"items":5,"words":0},"words":["flow `Main`: node `</details> ''' @org/team` added; node `Ask`: code changed; node `Say`: say text changed; intent threshold 0.5 → 0.6","endpoint `Web` removed"],"resources":[{"kind":"flows","referenceId":"ref-flows-Main","id":"id-flows-Main-0","name":"Main","path":"flows/Main","what":"changed"},{"kind":"endpoints","referenceId":"ref-endpoints-Web","id":"id-endpoints-Web-0","name":"Web","path":"endpoints/Web","what":"removed"}],"locales":{}}"#);
}

#[test]
fn no_text_escapes_a_scrub() {
    let mut diff = some();
    diff.each_text(&mut |text| *text = text.replace("details", "***").replace("Hello", "***"));
    let faces =
        [json(&diff, &since(), 100_000), body(&diff, &since()), line(&diff), sentences(&diff).join("\n")];
    for face in faces {
        assert!(!face.contains("details") && !face.contains("Hello"), "{face}");
    }
}

#[test]
fn at_a_terminal_values_stand_below_their_sentence() {
    let diff = after(|p| {
        chart(p, |c| node(c, "Ask")["config"]["say"]["text"][0] = value!("What\u{1b}[2J?"));
        chart(p, |c| add_node(c, "A"));
    });
    assert_snapshot!(text(&diff).join("\n"), @r#"
    flow `Main`: node `A` added; node `Ask`: say text changed
        # node Ask (English/chart.json, German/chart.json) /config/say/text/0
        - "I am Ask"
        + "What\u001b[2J?"
        # node A (English/chart.json, German/chart.json)
        + {"_id":"id-A","referenceId":"ref-A","label":"A","config":{}}
    "#);
}
