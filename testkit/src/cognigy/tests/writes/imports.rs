//! Imports: tasks that read a file and bring it in, in three modes (dossier §2.5, §2.7).

use super::*;

/// An upload, as a client with multipart bodies sends it.
fn upload(cognigy: &Cognigy, path: &str, fields: &[(&str, &str)], file: &str) -> (u16, Value) {
    let mut body = String::new();
    for (name, value) in fields {
        body += &format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    body += &format!(
        "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.json\"\r\n\
         Content-Type: application/json\r\n\r\n{file}\r\n--cut--\r\n"
    );
    let headers = format!(
        "x-api-key: {API_KEY}\r\naccept: application/json\r\ncontent-type: multipart/form-data; boundary=cut\r\n"
    );
    let (status, _, answer) =
        call(cognigy, "POST", &format!("/new/v2.0{path}"), &headers, &body).expect("an answer");
    (status, serde_json::from_str(&answer).unwrap_or_default())
}

/// A flow's intents in a locale, as `name: sentence sentence`.
fn spoken(cognigy: &Cognigy, flow: &str, locale: &str) -> Vec<String> {
    cognigy.read(|p| {
        let sentences = |i: &Intent| -> String {
            i.sentences.iter().filter(|s| s.locale == locale).map(|s| format!(" {}", s.text)).collect()
        };
        p.flow(flow).unwrap().intents.iter().map(|i| format!("{}:{}", i.name, sentences(i))).collect()
    })
}

fn imported(mode: &str, removes: bool) -> Vec<String> {
    let switches = Switches { intents_overwrite_removes: removes, ..Switches::default() };
    let cognigy = start(Project::empty(), switches);
    cognigy.edit(|p| {
        p.add_flow("F");
        for (intent, text) in [("One", "a"), ("Two", "b")] {
            p.add_intent("F", intent);
            p.add_sentence("F", intent, None, text);
        }
        p.add_sentence("F", "Two", None, "old");
    });
    let (flow, locale) = cognigy.read(|p| (p.flows[0].meta.id.clone(), p.primary().meta.id.clone()));
    let file = json!([
        {"name": "Two", "tags": ["t"], "sentences": [{"text": "b", "slots": []}, {"text": "c", "slots": []}]},
        {"_id": "x", "referenceId": "y", "name": "Three", "sentences": [{"text": "d", "slots": []}]},
    ]);
    let path = format!("/flows/{flow}/intents/import");
    let fields = [("localeId", &*locale), ("mode", mode)];
    let (status, task) = upload(&cognigy, &path, &fields, &file.to_string());
    assert_eq!((status, &task["type"]), (201, &json!("importIntents")));
    let before = spoken(&cognigy, &flow, &locale);
    assert_eq!(before, ["One: a", "Two: b old"], "the task has not ended");
    assert_eq!(ended(&cognigy, &task)["status"], "done");
    spoken(&cognigy, &flow, &locale)
}

#[test]
fn the_three_modes_differ() {
    assert_eq!(imported("skip", false), ["One: a", "Two: b old", "Three: d"]);
    assert_eq!(imported("merge", false), ["One: a", "Two: b old c", "Three: d"]);
    assert_eq!(imported("overwrite", false), ["One: a", "Two: b c", "Three: d"]);
    assert_eq!(imported("overwrite", true), ["Two: b c", "Three: d"]);
}

#[test]
fn what_was_exported_is_imported_elsewhere() {
    let cognigy = Cognigy::start(Setup::default());
    let (flow, other, primary) = places(&cognigy);
    let (_, target) = made(&cognigy, "/flows", &json!({"projectId": cognigy.project_id(), "name": "New"}));
    done(&cognigy, "POST", &format!("/flows/{target}/addlocalization"), &json!({"localeId": other}));
    for (locale, format) in [(&primary, "json"), (&other, "csv"), (&other, "json")] {
        let body = json!({"localeId": locale, "format": format}).to_string();
        let headers = format!("x-api-key: {API_KEY}\r\naccept: application/json\r\n");
        let path = format!("/new/v2.0/flows/{flow}/intents/export");
        let (_, _, file) = call(&cognigy, "POST", &path, &headers, &body).unwrap();
        let fields = [("localeId", locale.as_str()), ("mode", "overwrite"), ("flowId", &target)];
        let (_, task) = upload(&cognigy, &format!("/flows/{target}/intents/import"), &fields, &file);
        assert_eq!(ended(&cognigy, &task)["status"], "done", "{format}");
    }
    assert_eq!(spoken(&cognigy, &target, &primary), spoken(&cognigy, &flow, &primary));
    // Both locales' exports show what an intent inherits, so all are localised now.
    let heard = spoken(&cognigy, &target, &other);
    let wanted = spoken(&cognigy, &flow, &other);
    assert_eq!((&heard[0], heard.len()), (&wanted[0], wanted.len()));
}

#[test]
fn a_file_that_is_none_fails_the_task_and_a_wrong_form_the_request() {
    let cognigy = Cognigy::start(Setup::default());
    let (flow, other, primary) = places(&cognigy);
    let before = cognigy.read(Project::truth);
    let path = format!("/flows/{flow}/intents/import");
    for file in ["[", "[{}]", "name,unheardOf,x\n", "name,\"rules\n"] {
        let (_, task) = upload(&cognigy, &path, &[("localeId", &primary), ("mode", "merge")], file);
        let state = ended(&cognigy, &task);
        assert_eq!(state["status"], "error", "{file}");
        assert!(!state["failReason"].as_str().unwrap().is_empty());
    }
    let lexicon = cognigy.read(|p| p.lexicons[0].meta.id.clone());
    let (_, task) = upload(&cognigy, &format!("/lexicons/{lexicon}/import"), &[("mode", "merge")], "a,b\n");
    assert_eq!(ended(&cognigy, &task)["status"], "error");
    for fields in [
        vec![("localeId", &*primary)],
        vec![("localeId", &*primary), ("mode", "replace")],
        vec![("mode", "merge")],
        vec![("localeId", "000000000000000000000000"), ("mode", "merge")],
        vec![("localeId", &*other), ("mode", "merge"), ("unheardOf", "x")],
    ] {
        assert_eq!(upload(&cognigy, &path, &fields, "[]").0, 400, "{fields:?}");
    }
    assert_eq!(refused(&cognigy, "POST", &path, &json!({"mode": "merge"})).0, 400, "it is no form");
    assert_eq!(cognigy.read(Project::truth), before);
}

#[test]
fn a_lexicon_takes_what_another_exports() {
    for (mode, removes, expected) in [
        (
            "skip",
            false,
            "\"a\",\"s\",\"b\",\"{}\"\n\"old\",\"\",\"\",\"{}\"\n\"c\",\"s,t\",\"d\",\"{\"\"x\"\": 1}\"\n",
        ),
        (
            "merge",
            false,
            "\"a\",\"s\",\"b,e\",\"{}\"\n\"old\",\"\",\"\",\"{}\"\n\"c\",\"s,t\",\"d\",\"{\"\"x\"\": 1}\"\n",
        ),
        (
            "overwrite",
            false,
            "\"a\",\"\",\"e\",\"{}\"\n\"old\",\"\",\"\",\"{}\"\n\"c\",\"s,t\",\"d\",\"{\"\"x\"\": 1}\"\n",
        ),
        ("overwrite", true, "\"a\",\"\",\"e\",\"{}\"\n\"c\",\"s,t\",\"d\",\"{\"\"x\"\": 1}\"\n"),
    ] {
        let switches =
            Switches { lexicon_overwrite_removes: removes, polls_until_done: 0, ..Switches::default() };
        let cognigy = start(Project::empty(), switches);
        let id = cognigy.edit(|p| {
            let id = p.add_lexicon("L");
            p.add_lexicon_slot("L", "s");
            p.add_lexicon_entry("L", "a", &["b"]);
            p.add_lexicon_entry("L", "old", &[]);
            p.edit_lexicon_entry("L", "a", |_, e| e.data = "{}".to_owned());
            p.edit_lexicon_entry("L", "old", |_, e| e.slots.clear());
            id
        });
        let file = "\"a\",\"\",\"e\",\"{}\"\n\"c\",\"s,t\",\"d\",\"{\"\"x\"\": 1}\"\n";
        let (status, _) = upload(&cognigy, &format!("/lexicons/{id}/import"), &[("mode", mode)], file);
        assert_eq!(
            (status, cognigy.read(|p| p.lexicon("L").unwrap().csv()).as_str()),
            (201, expected),
            "{mode}"
        );
    }
}
