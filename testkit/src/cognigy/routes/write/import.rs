//! Imports: intents into a flow (dossier §2.5), a CSV into a lexicon (§2.7). Both are tasks; a file that cannot be read
//! is an error of the task and not of the POST. What belongs together is found by its name.

use super::body::{set, texts};
use super::form::{Form, Mode};
use super::{Desk, Done};
use crate::cognigy::project::{Importing, Intent, entry};
use serde_json::{Value, json};

impl Desk<'_> {
    /// The CLI sends the flow's `_id` as well, which is in the path.
    pub(super) fn import_intents(&mut self, flow: &str) -> Done {
        let form = Form::of(self.ask, &["file", "localeId", "mode", "flowId"])?;
        let (file, locale, mode) = (form.text("file")?, form.text("localeId")?, form.mode()?);
        self.known_locale("localeId", &locale)?;
        if self.ask.switches.localisation_needs_flow {
            self.flow_localised(flow, &locale)?;
        }
        let removes = mode == Mode::Overwrite && self.ask.switches.intents_overwrite_removes;
        let parameters = json!({"flowId": flow, "localeId": locale});
        let flow = flow.to_owned();
        self.begin(
            "importIntents",
            parameters,
            Box::new(move |project| {
                let intents = intents(&file)?;
                if project.flow(&flow).is_none() {
                    return Err("The flow was not found".to_owned());
                }
                project.import_intents(&flow, &locale, |into| {
                    let names: Vec<&str> = intents.iter().filter_map(|i| i["name"].as_str()).collect();
                    if removes {
                        into.intents().retain(|i| names.contains(&i.name.as_str()));
                    }
                    intents.iter().for_each(|intent| bring(into, intent, &locale, mode));
                });
                Ok(())
            }),
        )
    }

    pub(super) fn import_lexicon(&mut self, lexicon: &str) -> Done {
        let form = Form::of(self.ask, &["file", "mode", "lexiconId"])?;
        let (file, mode) = (form.text("file")?, form.mode()?);
        let removes = mode == Mode::Overwrite && self.ask.switches.lexicon_overwrite_removes;
        let id = lexicon.to_owned();
        self.begin(
            "importIntoLexicon",
            json!({"lexiconId": lexicon}),
            Box::new(move |project| {
                let rows = rows(&file)?;
                if let Some(row) = rows.iter().find(|row| row.len() != 4 || row[0].is_empty()) {
                    return Err(format!("Invalid entry: {}", row.join(",")));
                }
                if project.lexicon(&id).is_none() {
                    return Err("The lexicon was not found".to_owned());
                }
                project.import_lexicon(&id, |ids, lexicon| {
                    let has = |words: &crate::cognigy::project::Entry, main: &str| {
                        words.keyphrases.iter().any(|k| k.is_main && k.value == main)
                    };
                    if removes {
                        lexicon.entries.retain(|e| rows.iter().any(|row| has(e, &row[0])));
                    }
                    for row in &rows {
                        let list =
                            |at: usize| row[at].split(',').filter(|w| !w.is_empty()).map(str::to_owned);
                        let slots: Vec<String> = list(1).map(|name| lexicon.slot_id(ids, &name)).collect();
                        let data = if row[3].is_empty() { "{}" } else { &row[3] };
                        let mut words = vec![row[0].clone()];
                        words.extend(list(2));
                        let there = lexicon.entries.iter_mut().find(|e| has(e, &row[0]));
                        let made = entry(ids, &words, slots, data);
                        match (there, mode) {
                            (None, _) => lexicon.entries.push(made),
                            (Some(_), Mode::Skip) => {}
                            (Some(there), Mode::Overwrite) => {
                                there.slots = made.slots;
                                there.data = made.data;
                                there.keyphrases = made.keyphrases;
                            }
                            (Some(there), Mode::Merge) => {
                                let new = |id: &String| !there.slots.contains(id);
                                let slots: Vec<String> = made.slots.into_iter().filter(new).collect();
                                there.slots.extend(slots);
                                let known: Vec<String> =
                                    there.keyphrases.iter().map(|k| k.value.clone()).collect();
                                there.keyphrases.extend(
                                    made.keyphrases.into_iter().filter(|k| !known.contains(&k.value)),
                                );
                            }
                        }
                    }
                });
                Ok(())
            }),
        )
    }
}

/// Brings one intent of a file into a flow.
fn bring(into: &mut Importing<'_>, from: &Value, locale: &str, mode: Mode) {
    let name = from["name"].as_str().unwrap_or_default();
    let there = into.intents().iter().any(|i| i.name == name);
    if there && mode == Mode::Skip {
        return;
    }
    let intent = into.intent(name);
    if !there || mode == Mode::Overwrite {
        fill(intent, from);
    }
    if mode == Mode::Overwrite {
        intent.sentences.retain(|s| s.locale != locale);
    }
    let known: Vec<String> =
        intent.sentences.iter().filter(|s| s.locale == locale).map(|s| s.text.clone()).collect();
    for sentence in from["sentences"].as_array().into_iter().flatten() {
        let text = sentence["text"].as_str().unwrap_or_default();
        if !known.iter().any(|have| have == text) {
            into.sentence(name, text, sentence.get("slots"));
        }
    }
}

/// The fields that the export has; ids in it are another project's, and nobody's business here.
fn fill(intent: &mut Intent, from: &Value) {
    let list = |name: &str| from.get(name).map(texts);
    let flag = |name: &str| from[name].as_bool();
    let text = |name: &str| from[name].as_str().map(str::to_owned);
    if let Some(description) = text("description") {
        intent.description = Some(description);
    }
    set(&mut intent.tags, list("tags"));
    set(&mut intent.is_reject, flag("isRejectIntent"));
    set(&mut intent.is_disabled, flag("isDisabled"));
    set(&mut intent.condition, text("condition"));
    set(&mut intent.rules, list("rules"));
    set(&mut intent.confirmation_sentences, list("confirmationSentences"));
    set(&mut intent.disambiguation_sentence, text("disambiguationSentence"));
    set(&mut intent.data, from.get("data").cloned());
}

/// The intents in a file: JSON as the export has it, or CSV (§2.5) in the same form.
fn intents(file: &str) -> Result<Vec<Value>, String> {
    if file.trim_start().starts_with(['[', '{']) {
        let all: Vec<Value> = serde_json::from_str(file).map_err(|e| format!("Invalid file: {e}"))?;
        return match all.iter().all(|i| i["name"].as_str().is_some_and(|name| !name.is_empty())) {
            true => Ok(all),
            false => Err("Invalid file: an intent has no name".to_owned()),
        };
    }
    let mut all: Vec<Value> = Vec::new();
    for row in rows(file)? {
        let [name, property, value] = row.as_slice() else {
            return Err(format!("Invalid row: {}", row.join(",")));
        };
        let at = all.iter().position(|i| i["name"] == name.as_str()).unwrap_or_else(|| {
            all.push(json!({"name": name, "sentences": [], "rules": [], "confirmationSentences": []}));
            all.len() - 1
        });
        let (list, item) = match property.as_str() {
            "exampleSentence" => ("sentences", json!({"text": value, "slots": []})),
            "confirmationSentence" => ("confirmationSentences", json!(value)),
            "rules" => ("rules", json!(value)),
            // Default replies are nodes, which the stand-in does not make of them.
            "defaultReply" => continue,
            other => return Err(format!("Invalid property: {other}")),
        };
        all[at][list].as_array_mut().expect("just made a list").push(item);
    }
    Ok(all)
}

/// The rows of a CSV file.
fn rows(file: &str) -> Result<Vec<Vec<String>>, String> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut letters) = (false, file.trim_start_matches('\u{feff}').chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            letter => cell.push(letter),
        }
    }
    if quoted {
        return Err("Invalid file: a quote is not closed".to_owned());
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows.retain(|row: &Vec<String>| row.iter().any(|cell| !cell.is_empty()));
    Ok(rows)
}
