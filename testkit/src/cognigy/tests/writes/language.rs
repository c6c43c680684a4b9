//! What the NLU learns from: locales, yes/no intents, intents and their sentences, lexicons.

use super::*;

#[test]
fn locales_are_ten_and_fall_back_to_each_other() {
    let cognigy = Cognigy::start(Setup::default());
    let project = cognigy.project_id();
    let (_, second, primary) = places(&cognigy);
    let new = |name: &str| json!({"projectId": project, "name": name, "nluLanguage": "fr-FR"});
    let (answer, third) = made(&cognigy, "/locales", &new("Third"));
    assert_eq!((&answer["primary"], &answer["fallbackLocaleReference"]), (&json!(false), &json!(primary)));
    let one = format!("/locales/{third}");
    for (body, status) in [
        (json!({"name": "No fallback"}), 400),
        (json!({"fallbackLocaleReference": third}), 400),
        (json!({"fallbackLocaleReference": "000000000000000000000000"}), 400),
        (json!({"fallbackLocaleReference": null}), 400),
        (json!({"fallbackLocaleReference": second, "primary": true}), 400),
        (json!({"fallbackLocaleReference": second, "name": "Deutsch"}), 409),
        (json!({"fallbackLocaleReference": second, "name": "Troisième"}), 204),
    ] {
        assert_eq!(refused(&cognigy, "PATCH", &one, &body).0, status, "{body}");
    }
    let back = json!({"fallbackLocaleReference": third});
    assert_eq!(refused(&cognigy, "PATCH", &format!("/locales/{second}"), &back).0, 400, "a circle");
    assert_eq!(get(&cognigy, &one).1["name"], "Troisième");
    for at in 4..=10 {
        made(&cognigy, "/locales", &new(&format!("Locale {at}")));
    }
    assert_eq!(refused(&cognigy, "POST", "/locales", &new("Eleventh")).0, 400);
    done(&cognigy, "DELETE", &format!("/locales/{second}"), &Value::Null);
    assert_eq!(
        get(&cognigy, &one).1["fallbackLocaleReference"],
        json!(second),
        "it falls back to nothing now"
    );
    assert_eq!(refused(&cognigy, "DELETE", &format!("/locales/{primary}"), &Value::Null).0, 400);
}

#[test]
fn yes_and_no_are_written() {
    let cognigy = Cognigy::start(Setup::default());
    let (_, locale, _) = places(&cognigy);
    let all = format!("/locales/{locale}/yesnointents");
    let (_, read) = get(&cognigy, &all);
    let one = format!("{all}/{}", read["yesIntent"]["_id"].as_str().unwrap());
    done(&cognigy, "PATCH", &one, &json!({"rules": ["input.yes"], "isDisabled": true}));
    assert_eq!(refused(&cognigy, "PATCH", &one, &json!({"rules": []})).0, 400);
    let (_, read) = get(&cognigy, &all);
    assert_eq!(
        (&read["yesIntent"]["rules"], &read["yesIntent"]["isDisabled"]),
        (&json!(["input.yes"]), &json!(true))
    );
    let (answer, id) = made(&cognigy, &format!("{one}/sentences"), &json!({"text": "aye"}));
    assert_eq!((&answer["text"], &answer["localeReference"]), (&json!("aye"), &json!(locale)));
    done(&cognigy, "PATCH", &format!("{one}/sentences/{id}"), &json!({"text": "aye aye", "slots": []}));
    let texts = |list: &Value| -> Vec<Value> {
        list["items"].as_array().unwrap().iter().map(|s| s["text"].clone()).collect()
    };
    assert!(texts(&get(&cognigy, &format!("{one}/sentences")).1).contains(&json!("aye aye")));
    done(&cognigy, "DELETE", &format!("{one}/sentences/{id}"), &json!({}));
    assert_eq!(refused(&cognigy, "DELETE", &format!("{one}/sentences/{id}"), &json!({})).0, 404);
    done(&cognigy, "DELETE", &one, &json!({}));
    assert_eq!(get(&cognigy, &format!("{one}/sentences")).1["total"], 0, "it is emptied, not gone");
    let (answer, _) = made(&cognigy, &format!("{all}/train"), &Value::Null);
    assert_eq!(ended(&cognigy, &answer["tasks"][0])["status"], "done");
}

#[test]
fn intents_and_sentences_are_written_and_trained() {
    let cognigy =
        start(Project::seeded(1, Size::small()), Switches { polls_until_done: 3, ..Switches::default() });
    let (flow, other, primary) = places(&cognigy);
    let intents = format!("/flows/{flow}/intents");
    let parent = cognigy.read(|p| p.flows[0].intents[0].meta.id.clone());
    let body = json!({
        "name": "Cancel", "description": "d", "tags": ["a"], "rules": ["r"], "condition": "c", "data": {"x": 1},
        "confirmationSentences": ["sure?"], "disambiguationSentence": "or", "isRejectIntent": true,
        "isDisabled": true, "parentIntentId": parent, "childFeatures": true, "analyticsLabel": "cancel",
        "biasTowardsParentOrChildIntents": "children", "nodeReferenceId": "n",
        "overrideIntentDefaultRepliesAsExamples": "yes",
    });
    let (answer, id) = made(&cognigy, &intents, &body);
    body.as_object().unwrap().iter().for_each(|(name, value)| assert_eq!(&answer[name], value, "{name}"));
    let one = format!("{intents}/{id}");
    for (wrong, status) in [
        (json!({"name": "No locale"}), 400),
        (json!({"localeId": primary, "parentIntentId": id}), 400),
        (json!({"localeId": primary, "localeReference": other}), 400),
        (json!({"localeId": primary, "parentIntentId": null, "name": "Stop"}), 204),
    ] {
        assert_eq!(refused(&cognigy, "PATCH", &one, &wrong).0, status, "{wrong}");
    }
    assert_eq!(get(&cognigy, &one).1["parentIntentId"], Value::Null);
    let sentence = |locale: &str| json!({"text": "stop it", "slots": [], "localeId": locale});
    let (answer, text) = made(&cognigy, &format!("{one}/sentences"), &sentence(&primary));
    let (_, read) = get(&cognigy, &format!("{one}/sentences/{text}"));
    answer.as_object().unwrap().iter().for_each(|(name, value)| assert_eq!(&read[name], value, "{name}"));
    assert_eq!(refused(&cognigy, "POST", &format!("{one}/sentences"), &sentence(&other)).0, 400);
    done(&cognigy, "POST", &format!("{one}/addlocalization"), &json!({"localeId": other}));
    made(&cognigy, &format!("{one}/sentences"), &sentence(&other));
    let count = |locale: &str| {
        get(&cognigy, &format!("{one}/sentences?preferredLocaleId={locale}")).1["total"].clone()
    };
    assert_eq!((count(&primary), count(&other)), (json!(1), json!(2)), "one is a copy of what it inherited");
    done(&cognigy, "POST", &format!("{one}/removelocalization"), &json!({"localeId": other}));
    assert_eq!(count(&other), json!(1), "it inherits again");
    assert_eq!(
        refused(&cognigy, "PATCH", &format!("{one}/sentences/{text}"), &json!({"text": "halt"})).0,
        400
    );
    done(&cognigy, "PATCH", &format!("{one}/sentences/{text}"), &json!({"text": "halt", "slots": []}));
    done(&cognigy, "DELETE", &format!("{one}/sentences/{text}"), &Value::Null);
    let stale = || get(&cognigy, &format!("/flows/{flow}")).1["isTrainingOutOfDate"].clone();
    assert_eq!(stale(), json!(true));
    let (task, _) =
        made(&cognigy, &format!("{intents}/train"), &json!({"localeId": primary, "mode": "full"}));
    assert_eq!(stale(), json!(true), "the task has not ended");
    ended(&cognigy, &task);
    assert_eq!(stale(), json!(false));
    done(&cognigy, "DELETE", &one, &Value::Null);
    assert_eq!(get(&cognigy, &one).0, 404);
}

#[test]
fn a_flow_is_localised_before_what_is_in_it() {
    let cognigy = Cognigy::start(Setup::default());
    let (_, other, _) = places(&cognigy);
    let (_, flow) = made(&cognigy, "/flows", &json!({"projectId": cognigy.project_id(), "name": "New"}));
    let node = cognigy.edit(|p| p.add_say("New", "Hello", "Hi!"));
    let verb = |verb: &str| format!("/flows/{flow}/{verb}");
    let there = json!({"localeId": other});
    let localise = format!("/flows/{flow}/chart/nodes/{node}/addlocalization");
    assert_eq!(refused(&cognigy, "POST", &localise, &there).0, 400);
    done(&cognigy, "POST", &verb("addlocalization"), &there);
    assert_eq!(refused(&cognigy, "POST", &verb("addlocalization"), &there).0, 409);
    done(&cognigy, "POST", &localise, &there);
    done(&cognigy, "POST", &verb("removelocalization"), &there);
    assert!(cognigy.read(|p| !p.flow("New").unwrap().node("Hello").unwrap().is_localised(&other)));
    assert_eq!(refused(&cognigy, "POST", &verb("removelocalization"), &there).0, 400);
    cognigy.set_switches(Switches { localisation_needs_flow: false, ..Switches::default() });
    done(&cognigy, "POST", &localise, &there);
}

#[test]
fn lexicons_are_written_word_by_word() {
    let cognigy = Cognigy::start(Setup::default());
    let (answer, id) =
        made(&cognigy, "/lexicons", &json!({"projectId": cognigy.project_id(), "name": "Fruit"}));
    assert_eq!(answer.get("description"), None);
    let lexicon = format!("/lexicons/{id}");
    let (_, slot) = made(&cognigy, &format!("{lexicon}/slots"), &json!({"name": "fruit"}));
    assert_eq!(refused(&cognigy, "POST", &format!("{lexicon}/slots"), &json!({"name": "fruit"})).0, 409);
    done(&cognigy, "PATCH", &format!("{lexicon}/slots/{slot}"), &json!({"name": "fruits"}));
    let entries = format!("{lexicon}/entries");
    let new = json!({"mainKeyphrase": "apple", "slotReferences": [slot], "data": "{\"a\": 1}"});
    let (answer, entry) = made(&cognigy, &entries, &new);
    new.as_object().unwrap().iter().for_each(|(name, value)| assert_eq!(&answer[name], value, "{name}"));
    for (wrong, status) in [
        (json!({"mainKeyphrase": "apple"}), 409),
        (json!({"mainKeyphrase": ""}), 400),
        (json!({"mainKeyphrase": "pear", "data": "{"}), 400),
        (json!({"mainKeyphrase": "pear", "slotReferences": ["x"]}), 400),
        (json!({"mainKeyphrase": "pear", "keyphrases": []}), 400),
        (json!({"slotReferences": []}), 400),
    ] {
        assert_eq!(refused(&cognigy, "POST", &entries, &wrong).0, status, "{wrong}");
    }
    let one = format!("{entries}/{entry}");
    done(&cognigy, "POST", &format!("{one}/keyphrases"), &json!({"value": "pome"}));
    let words = || cognigy.read(|p| p.lexicon("Fruit").unwrap().csv());
    assert_eq!(words(), "\"apple\",\"fruits\",\"pome\",\"{\"\"a\"\": 1}\"\n");
    let word = cognigy.read(|p| p.lexicon("Fruit").unwrap().entries[0].keyphrases[1].id.clone());
    done(&cognigy, "PATCH", &format!("{lexicon}/keyphrases/{word}"), &json!({"isMainKeyphrase": true}));
    done(&cognigy, "PATCH", &one, &json!({"mainKeyphrase": "Pome", "data": "{}"}));
    assert_eq!(words(), "\"Pome\",\"fruits\",\"apple\",\"{}\"\n");
    assert_eq!(
        refused(&cognigy, "POST", &format!("{one}/keyphrases/{word}"), &Value::Null).0,
        400,
        "the main one"
    );
    let other = cognigy.read(|p| p.lexicon("Fruit").unwrap().entries[0].keyphrases[0].id.clone());
    done(&cognigy, "POST", &format!("{one}/keyphrases/{other}"), &Value::Null);
    done(&cognigy, "DELETE", &format!("{lexicon}/slots/{slot}"), &Value::Null);
    assert_eq!(words(), "\"Pome\",\"\",\"\",\"{}\"\n");
    done(&cognigy, "DELETE", &one, &Value::Null);
    assert_eq!(words(), "");
    cognigy.set_switches(Switches { entry_takes_keyphrases: true, ..Switches::default() });
    made(
        &cognigy,
        &entries,
        &json!({"mainKeyphrase": "pear", "keyphrases": [{"value": "pear"}, {"value": "nashi"}]}),
    );
    assert_eq!(words(), "\"pear\",\"\",\"nashi\",\"{}\"\n");
}
