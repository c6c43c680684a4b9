//! What the layout promises, on resources made by hand.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::*;
use crate::snapshot::{Origin, Part, Times};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000 + seconds, 0).unwrap()
}

fn part(name: PartName, seconds: i64, value: Value) -> Part {
    Part { name, read_at: at(seconds), origin: Origin::Read, value }
}

fn resource(kind: Kind, name: &str, parts: Vec<Part>) -> Resource {
    Resource {
        kind,
        owner: None,
        reference_id: "0a1b2c3d-0000-4000-8000-000000000000".to_owned(),
        id: "f0".to_owned(),
        name: name.to_owned(),
        times: Times::default(),
        parts,
    }
}

fn locales() -> LocaleFolders {
    let locale = |id: &str, name: &str| (id.to_owned(), format!("{id}{id}{id}{id}-ref"), name.to_owned());
    LocaleFolders::new(&[locale("en", "English"), locale("de", "config.json")])
}

fn node(id: &str, locale: &str, config: Value) -> Part {
    let value = json!({"_id": id, "referenceId": format!("r-{id}"), "localeReference": locale, "preview": "p", "config": config});
    part(PartName::Node { node: id.to_owned(), locale: locale.to_owned() }, 3, value)
}

fn chart(locale: &str, nodes: &[(&str, &str)]) -> Part {
    let nodes: Vec<_> = nodes
        .iter()
        .map(|(id, home)| json!({"_id": id, "referenceId": format!("r-{id}"), "preview": "volatile", "localeReference": home}))
        .collect();
    let value = json!({"_id": "chart", "nodes": nodes, "relations": [{"_id": "2", "node": "b"}, {"_id": "1", "node": "a"}]});
    part(PartName::Chart { locale: locale.to_owned() }, 2, value)
}

fn flow() -> Resource {
    let intents = json!([
        {"name": "b", "referenceId": "2", "lastChanged": 5, "sentences": [{"text": "z", "feedbackReport": {}}, {"text": "a"}]},
        {"name": "a", "referenceId": "1"},
    ]);
    let parts = vec![
        part(
            PartName::Listed,
            0,
            json!({"_id": "f0", "name": "Main", "isTrainingOutOfDate": true, "lastChanged": 1}),
        ),
        part(
            PartName::Document,
            1,
            json!({"_id": "f0", "name": "Main", "context": {"lastChanged": "kept: not the server's"}}),
        ),
        part(PartName::Settings, 1, json!({"intentThreshold": 0.5, "apiKey": "planted"})),
        chart("en", &[("b", "en"), ("a", "en")]),
        chart("de", &[("b", "en"), ("a", "de")]),
        part(PartName::Intents { locale: "en".to_owned() }, 2, intents.clone()),
        part(PartName::Intents { locale: "de".to_owned() }, 2, json!([])),
        node("a", "en", json!({"text": "hello", "transpiled": "x", "hasError": false})),
        node("a", "de", json!({"text": "hallo"})),
        node("b", "en", json!({"code": "1"})),
    ];
    resource(Kind::Flows, "Main", parts)
}

fn text_of<'a>(files: &'a [RenderedFile], path: &str) -> &'a str {
    let file =
        files.iter().find(|file| file.path.as_str() == path).unwrap_or_else(|| panic!("{path} is missing"));
    std::str::from_utf8(&file.bytes).unwrap()
}

fn value_of(files: &[RenderedFile], path: &str) -> Value {
    serde_json::from_str(text_of(files, path)).unwrap()
}

#[test]
fn a_flow_has_the_cli_s_files_and_its_own() {
    let files = render(&flow(), &locales(), SecretsPolicy::Redact).unwrap();
    let paths: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "config.json",
            "flow.json",
            "settings.json",
            "config.json~dededede/chart.json",
            "config.json~dededede/intents.json",
            "English/chart.json",
            "English/intents.json",
        ]
    );
    insta::assert_snapshot!(text_of(&files, "config.json"), @r#"
    {
        "_id": "f0",
        "name": "Main"
    }
    "#);
    assert_eq!(value_of(&files, "flow.json")["context"]["lastChanged"], "kept: not the server's");
}

#[test]
fn a_chart_has_its_nodes_sorted_with_the_config_of_their_home_locale() {
    let files = render(&flow(), &locales(), SecretsPolicy::Redact).unwrap();
    let english = value_of(&files, "English/chart.json");
    let german = value_of(&files, "config.json~dededede/chart.json");
    assert_eq!(english["nodes"][0]["config"], json!({"text": "hello"}), "computed fields are dropped");
    assert_eq!(german["nodes"][0]["config"], json!({"text": "hallo"}));
    assert_eq!(
        german["nodes"][1]["config"], english["nodes"][1]["config"],
        "an inherited node has the fallback's config"
    );
    let last_key = english["nodes"][0].as_object().unwrap().keys().next_back().cloned();
    assert_eq!(last_key.as_deref(), Some("config"), "as the CLI writes it");
    assert!(english["nodes"][0].get("preview").is_none());
    assert_eq!(english["relations"][0]["_id"], "1");
}

#[test]
fn intents_are_sorted_and_without_times_at_both_levels() {
    let files = render(&flow(), &locales(), SecretsPolicy::Redact).unwrap();
    let expected = json!([{"name": "a", "referenceId": "1"}, {"name": "b", "referenceId": "2", "sentences": [{"text": "a"}, {"text": "z"}]}]);
    assert_eq!(value_of(&files, "English/intents.json"), expected);
    assert_eq!(text_of(&files, "config.json~dededede/intents.json"), "[]");
}

#[test]
fn a_file_is_as_old_as_its_oldest_part_and_names_parts_of_other_runs() {
    let mut flow = flow();
    flow.parts
        .iter_mut()
        .filter(|p| matches!(p.name, PartName::Node { ref locale, .. } if locale == "de"))
        .for_each(|part| {
            part.read_at = at(-100);
            part.origin = Origin::Carried;
        });
    let files = render(&flow, &locales(), SecretsPolicy::Redact).unwrap();
    let find = |path: &str| files.iter().find(|file| file.path.as_str() == path).unwrap();
    assert_eq!(find("English/chart.json").read_at, at(2));
    assert!(find("English/chart.json").parts.is_empty(), "one run");
    let german = find("config.json~dededede/chart.json");
    assert_eq!(german.read_at, at(-100));
    assert_eq!(german.parts.get("chart/de"), Some(&at(2)), "{:?}", german.parts);
}

#[test]
fn what_a_node_has_beyond_the_cli_s_fields_stands_beside_the_chart() {
    let mut flow = flow();
    let mocked = flow
        .parts
        .iter_mut()
        .find(|p| p.name == PartName::Node { node: "b".to_owned(), locale: "en".to_owned() })
        .unwrap();
    mocked.value["mock"] = json!({"isEnabled": true, "code": "1", "transpiled": "x"});
    mocked.value["conversionMetadata"] = json!({"volatile": 1});
    let files = render(&flow, &locales(), SecretsPolicy::Redact).unwrap();
    let extras = value_of(&files, "English/node-extras.json");
    assert_eq!(extras, json!([{"_id": "b", "referenceId": "r-b", "mock": {"isEnabled": true, "code": "1"}}]));
}

#[test]
fn a_part_that_is_missing_is_named() {
    let mut flow = flow();
    flow.parts.retain(|part| !matches!(&part.name, PartName::Node { node, .. } if node == "b"));
    let error = render(&flow, &locales(), SecretsPolicy::Redact).unwrap_err();
    assert_eq!(error.to_string(), "flows `Main`: its node b was not read");
}

#[test]
fn secrets_go_by_policy() {
    let redacted = render(&flow(), &locales(), SecretsPolicy::Redact).unwrap();
    assert!(!text_of(&redacted, "settings.json").contains("planted"));
    assert_eq!(redacted[2].redacted, ["/apiKey"]);
    let kept = render(&flow(), &locales(), SecretsPolicy::Keep).unwrap();
    assert!(text_of(&kept, "settings.json").contains("planted"));
    assert!(kept[2].redacted.is_empty());
}

#[test]
fn a_lexicon_is_written_as_the_vendor_s_csv_too() {
    let entries = json!([
        {"_id": "e2", "mainKeyphrase": "Key, \"2\"", "slotReferences": ["s1", "s2"], "data": "{\"k\":\"v\"}",
         "keyphrases": [{"value": "Key, \"2\"", "isMainKeyphrase": true}, {"value": "two", "isMainKeyphrase": false}, {"value": "zwei", "isMainKeyphrase": false}]},
        {"_id": "e1", "mainKeyphrase": "one", "slotReferences": ["gone"], "data": "", "keyphrases": []},
    ]);
    let lexicon = resource(
        Kind::Lexicons,
        "Food",
        vec![
            part(PartName::Document, 0, json!({"_id": "f0", "name": "Food", "values": [1]})),
            part(PartName::Entries, 0, entries),
            part(PartName::Slots, 0, json!([{"_id": "s1", "name": "dish"}, {"_id": "s2", "name": "meal"}])),
        ],
    );
    let files = render(&lexicon, &locales(), SecretsPolicy::Redact).unwrap();
    assert_eq!(
        text_of(&files, "keyphrases.csv"),
        "one,\"gone\",\"\",\"\"\n\"Key, \"\"2\"\"\",\"dish,meal\",\"two,zwei\",\"{\"\"k\"\":\"\"v\"\"}\"\n"
    );
    assert_eq!(value_of(&files, "config.json"), json!({"lexiconId": "f0"}));
    assert!(value_of(&files, "lexicon.json").get("values").is_none());
}

#[test]
fn an_endpoint_without_transformer_text_has_no_transformer_file() {
    let endpoint = |transformer: Value| {
        let document = json!({"_id": "f0", "name": "Web", "settings": {"accessToken": "planted"}, "transformer": transformer});
        let endpoint = resource(Kind::Endpoints, "Web", vec![part(PartName::Document, 0, document)]);
        render(&endpoint, &locales(), SecretsPolicy::Redact).unwrap()
    };
    let with = endpoint(json!({"transformer": "let x = 1;", "transpiledTransformer": "volatile"}));
    assert_eq!(text_of(&with, "transformer.ts"), "let x = 1;");
    assert!(!text_of(&with, "config.json").contains("volatile"));
    assert!(!text_of(&with, "config.json").contains("planted"));
    assert_eq!(endpoint(json!({"abortOnError": true})).len(), 1);
    assert_eq!(endpoint(Value::Null).len(), 1);
}

#[test]
fn key_order_and_spelling_are_no_change() {
    let json: TreePath = "a/config.json".parse().unwrap();
    let code: TreePath = "a/transformer.ts".parse().unwrap();
    let (old, new) = (br#"{"a": 1, "b": [1.0]}"#, br#"{"b":[1.0],"a":1}"#);
    assert_eq!(settled(&json, new, old), old);
    assert_eq!(settled(&code, new, old), new);
    assert_eq!(settled(&json, br#"{"b":[2]}"#, old), br#"{"b":[2]}"#);
    assert_eq!(settled(&json, b"{", old), b"{");
}

fn member<'a>(kind: Kind, id: &'a str, reference_id: &'a str, name: &'a str) -> Member<'a> {
    Member { kind, owner: None, id, reference_id, name }
}

#[test]
fn what_belongs_to_a_resource_stands_in_a_folder_of_its_name() {
    let of = |owner, kind, id, name| Member { owner: Some(owner), ..member(kind, id, id, name) };
    let places = places(&[
        member(Kind::Locales, "en", "en", "English"),
        of("en", Kind::YesNoIntents, "en", "English"),
        member(Kind::Flows, "f1", "f1f1f1f1-1", "Main"),
        member(Kind::Flows, "f2", "f2f2f2f2-2", "main"),
        of("f1", Kind::FlowStates, "s1", "Start"),
        of("f2", Kind::FlowStates, "s2s2s2s2-2", "Start"),
        of("f2", Kind::FlowStates, "s3s3s3s3-3", "start"),
        of("f3", Kind::SlotFillers, "s4", "Name"),
        member(Kind::ProjectSettings, "p", "p", "Demo"),
    ]);
    let place = |kind, id: &str| places[&(kind, id.to_owned())].as_str();
    assert_eq!(place(Kind::YesNoIntents, "en"), "yesNoIntents/English");
    assert_eq!(place(Kind::FlowStates, "s1"), "flowStates/Main~f1f1f1f1/Start");
    assert_eq!(place(Kind::FlowStates, "s2s2s2s2-2"), "flowStates/main~f2f2f2f2/Start~s2s2s2s2");
    assert_eq!(place(Kind::FlowStates, "s3s3s3s3-3"), "flowStates/main~f2f2f2f2/start~s3s3s3s3");
    // The flow is left out by name, its slot fillers are not.
    assert_eq!(place(Kind::SlotFillers, "s4"), "slotFillers/f3/Name");
    assert_eq!(place(Kind::ProjectSettings, "p"), "projectSettings");
}

/// Renders a resource and returns its files as JSON, or as text where they are none.
fn files(resource: &Resource, secrets: SecretsPolicy) -> Value {
    let rendered = render(resource, &locales(), secrets).unwrap();
    let value = |bytes: &[u8]| {
        serde_json::from_slice(bytes).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(bytes)))
    };
    rendered.iter().map(|file| (file.path.to_string(), value(&file.bytes))).collect()
}

#[test]
fn every_value_of_a_connection_is_taken_for_a_secret() {
    let whole = json!({"_id": "f0", "name": "CRM", "lastChanged": 1, "fields": {"user": "u", "note": "", "use": true}});
    let connection = resource(Kind::Connections, "CRM", vec![part(PartName::Document, 1, whole)]);
    let left = json!({"config.json": {"_id": "f0", "name": "CRM", "fields": {"note": "", "use": true}}});
    assert_eq!(files(&connection, SecretsPolicy::Redact), left);
    let rendered = render(&connection, &locales(), SecretsPolicy::Redact).unwrap();
    assert_eq!(rendered[0].redacted, ["/fields/user"]);
    assert_eq!(files(&connection, SecretsPolicy::Keep)["config.json"]["fields"]["user"], "u");
}

#[test]
fn code_stands_in_a_file_of_its_own_too_and_what_was_made_of_it_nowhere() {
    let function = json!({"_id": "f0", "name": "Sync", "code": "export default 1;"});
    let function = resource(Kind::Functions, "Sync", vec![part(PartName::Document, 1, function.clone())]);
    assert_eq!(files(&function, SecretsPolicy::Redact)["code.ts"], "export default 1;");
    let connector = json!({"_id": "f0", "transformer": {"transformer": "a", "transpiledTransformer": "b"}});
    let connector = resource(Kind::NluConnectors, "Rasa", vec![part(PartName::Document, 1, connector)]);
    let expected = json!({
        "config.json": {"_id": "f0", "transformer": {"transformer": "a"}},
        "transformer.ts": "a",
    });
    assert_eq!(files(&connector, SecretsPolicy::Redact), expected);
}

#[test]
fn chunks_stand_in_the_order_of_the_text() {
    let source = json!({"_id": "f0", "name": "Manual", "status": "ready", "chunkCount": 3, "type": "pdf"});
    let chunk = |id: &str, order: u32| json!({"_id": id, "order": order, "text": id, "lastChanged": order});
    let chunks = json!([chunk("c", 2), chunk("b", 10), chunk("a", 2)]);
    let source = resource(
        Kind::KnowledgeSources,
        "Manual",
        vec![part(PartName::Document, 1, source), part(PartName::Chunks, 2, chunks)],
    );
    let files = files(&source, SecretsPolicy::Redact);
    assert_eq!(
        files["config.json"],
        json!({"_id": "f0", "name": "Manual", "status": "ready", "type": "pdf"})
    );
    let order: Vec<_> = files["chunks.json"].as_array().unwrap().iter().map(|chunk| &chunk["_id"]).collect();
    assert_eq!(order, ["a", "c", "b"]);
}

#[test]
fn yes_and_no_have_their_sentences_by_the_intents_keys() {
    let whole = json!({
        "yesIntent": {"_id": "y", "name": "Yes", "feedbackReport": {}},
        "noIntent": {"_id": "n", "name": "No"},
    });
    let sentences = |intent: &str, text: &str| {
        let name = PartName::Sentences { intent: intent.to_owned() };
        part(name, 1, json!([{"_id": text, "text": text, "feedbackReport": {}}]))
    };
    let parts = vec![part(PartName::Listed, 1, whole), sentences("y", "sure"), sentences("n", "nope")];
    let files = files(&resource(Kind::YesNoIntents, "English", parts), SecretsPolicy::Redact);
    assert_eq!(files["config.json"]["yesIntent"], json!({"_id": "y", "name": "Yes"}));
    assert_eq!(
        files["sentences.json"],
        json!({
            "yesIntent": [{"_id": "sure", "text": "sure"}],
            "noIntent": [{"_id": "nope", "text": "nope"}],
        })
    );
}

#[test]
fn places_are_by_kind_and_never_clash_with_the_cli_s_own_file() {
    let places = places(&[
        member(Kind::Flows, "f1", "11111111-a", "locales.json"),
        member(Kind::Flows, "f2", "22222222-b", "Main"),
        member(Kind::Endpoints, "e1", "33333333-c", "Main"),
        member(Kind::Locales, "l1", "44444444-d", "English"),
        member(Kind::Project, "p", "p", "Demo"),
    ]);
    let place = |kind, id: &str| places[&(kind, id.to_owned())].as_str();
    assert_eq!(place(Kind::Flows, "f1"), "flows/locales.json~11111111");
    assert_eq!(place(Kind::Flows, "f2"), "flows/Main");
    assert_eq!(place(Kind::Endpoints, "e1"), "endpoints/Main");
    assert_eq!(place(Kind::Locales, "l1"), "flows/locales.json");
    assert_eq!(place(Kind::Project, "p"), "project");
}

#[test]
fn resources_that_share_a_reference_id_have_each_their_own_place() {
    let places = places(&[
        member(Kind::Flows, "aaaaaaaa1", "11111111-a", "Main"),
        member(Kind::Flows, "aaaaaaaa2", "11111111-a", "Main"),
        member(Kind::Flows, "bbbbbbbb1", "11111111-a", "Other"),
        member(Kind::Lexicons, "aaaaaaaa1", "11111111-a", "Main"),
    ]);
    let distinct: std::collections::HashSet<_> = places.values().collect();
    assert_eq!(distinct.len(), 4, "{places:?}");
    assert_eq!(places[&(Kind::Flows, "bbbbbbbb1".to_owned())].as_str(), "flows/Other");
    let locale = |id: &str| (id.to_owned(), "same".to_owned(), "English".to_owned());
    let LocaleFolders(folders) = LocaleFolders::new(&[locale("l1"), locale("l2")]);
    assert_ne!(folders["l1"], folders["l2"]);
}
