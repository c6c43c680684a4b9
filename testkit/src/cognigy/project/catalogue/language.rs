//! Edits of what a project understands: locales, yes/no intents, lexicons.

use super::{Edit, added, changed, removed, renamed};
use crate::cognigy::project::{Lexicon, Locale, Project};
use serde_json::json;

pub(super) fn edits() -> Vec<Edit> {
    let mut all = locales();
    all.extend(yes_no());
    all.extend(lexicons());
    all.extend(entries());
    all
}

fn last_locale(p: &Project) -> &Locale {
    p.locales.last().expect("every project has a locale")
}

fn locales() -> Vec<Edit> {
    vec![
        Edit::new("add a locale", |p| {
            p.add_locale("Nederlands", "nl-NL");
            added("locales", "Nederlands")
        }),
        Edit::new("rename a locale", |p| {
            let before = p.primary().name.clone();
            p.rename_locale(&before, "English (UK)");
            renamed("locales", "English (UK)", &before)
        }),
        Edit::new("change a locale's language", |p| {
            let name = last_locale(p).name.clone();
            p.edit_locale(&name, |l| "generic".clone_into(&mut l.nlu_language));
            changed("locales", &name, "nluLanguage")
        }),
        Edit::new("remove a locale", |p| {
            let name = last_locale(p).name.clone();
            p.remove_locale(&name);
            removed("locales", &name)
        }),
    ]
}

/// A sentence of what the primary locale understands as yes.
fn yes(p: &Project) -> (String, String) {
    let locale = p.primary();
    let sentence = locale.yes_no[0].sentences.first().expect("the project has yes sentences");
    (locale.name.clone(), sentence.text.clone())
}

fn yes_no() -> Vec<Edit> {
    vec![
        Edit::new("add a yes sentence", |p| {
            let (locale, _) = yes(p);
            p.add_yes_no_sentence(&locale, "yesIntent", "go ahead");
            changed("yesNoIntents", &locale, "go ahead")
        }),
        Edit::new("change a yes sentence", |p| {
            let (locale, text) = yes(p);
            p.edit_yes_no_sentence(&locale, "yesIntent", &text, "yes, with pleasure");
            changed("yesNoIntents", &locale, "yes, with pleasure")
        }),
        Edit::new("remove a yes sentence", |p| {
            let (locale, text) = yes(p);
            p.remove_yes_no_sentence(&locale, "yesIntent", &text);
            changed("yesNoIntents", &locale, &text)
        }),
        Edit::new("give the no intent a rule", |p| {
            let (locale, _) = yes(p);
            p.edit_yes_no_intent(&locale, "noIntent", |i| i.rules.push("input.text === \"0\"".into()));
            changed("yesNoIntents", &locale, "rules")
        }),
        Edit::new("switch the reject intent off", |p| {
            let (locale, _) = yes(p);
            p.edit_yes_no_intent(&locale, "rejectIntent", |i| i.is_disabled = true);
            changed("yesNoIntents", &locale, "isDisabled")
        }),
    ]
}

fn first_lexicon(p: &Project) -> &Lexicon {
    p.lexicons.first().expect("the project has a lexicon")
}

fn lexicons() -> Vec<Edit> {
    vec![
        Edit::new("add a lexicon", |p| {
            p.add_lexicon("Materials");
            added("lexicons", "Materials")
        }),
        Edit::new("rename a lexicon", |p| {
            let before = first_lexicon(p).name.clone();
            p.edit_lexicon(&before, |l| "Goods".clone_into(&mut l.name));
            renamed("lexicons", "Goods", &before)
        }),
        Edit::new("describe a lexicon", |p| {
            let name = first_lexicon(p).name.clone();
            p.edit_lexicon(&name, |l| l.description = Some("Agreed with purchasing".into()));
            changed("lexicons", &name, "description")
        }),
        Edit::new("remove a lexicon", |p| {
            let name = p.lexicons.last().expect("the project has lexicons").name.clone();
            p.remove_lexicon(&name);
            removed("lexicons", &name)
        }),
    ]
}

/// The first lexicon and the main keyphrase of its first entry.
fn entry(p: &Project) -> (String, String) {
    let lexicon = first_lexicon(p);
    let word = lexicon.entries.first().and_then(|e| e.keyphrases.iter().find(|k| k.is_main));
    (lexicon.name.clone(), word.expect("the lexicon has an entry").value.clone())
}

fn entries() -> Vec<Edit> {
    vec![
        Edit::new("add a slot to a lexicon", |p| {
            let name = first_lexicon(p).name.clone();
            p.add_lexicon_slot(&name, "season");
            changed("lexicons", &name, "season")
        }),
        Edit::new("rename a slot of a lexicon", |p| {
            let lexicon = first_lexicon(p);
            let (name, slot) = (lexicon.name.clone(), lexicon.slots[0].name.clone());
            p.rename_lexicon_slot(&name, &slot, "article");
            changed("lexicons", &name, "article")
        }),
        Edit::new("remove a slot from a lexicon", |p| {
            let lexicon = first_lexicon(p);
            let slot = lexicon.slots.last().expect("the lexicon has slots").name.clone();
            let name = lexicon.name.clone();
            p.remove_lexicon_slot(&name, &slot);
            changed("lexicons", &name, &slot)
        }),
        Edit::new("add a lexicon entry", |p| {
            let name = first_lexicon(p).name.clone();
            p.add_lexicon_entry(&name, "umbrella", &["brolly"]);
            changed("lexicons", &name, "umbrella")
        }),
        Edit::new("add a synonym", |p| {
            let (name, main) = entry(p);
            p.add_synonym(&name, &main, "kicks");
            changed("lexicons", &name, "kicks")
        }),
        Edit::new("change a keyphrase", |p| {
            let (name, main) = entry(p);
            p.edit_lexicon_entry(&name, &main, |_, e| "tennis shoes".clone_into(&mut e.keyphrases[0].value));
            changed("lexicons", &name, "tennis shoes")
        }),
        Edit::new("change a lexicon entry's data", |p| {
            let (name, main) = entry(p);
            p.edit_lexicon_entry(&name, &main, |_, e| e.data = json!({"shelf": 12}).to_string());
            changed("lexicons", &name, &main)
        }),
        Edit::new("remove a lexicon entry", |p| {
            let lexicon = first_lexicon(p);
            let last = lexicon.entries.last().and_then(|e| e.keyphrases.iter().find(|k| k.is_main));
            let (name, main) = (lexicon.name.clone(), last.expect("the lexicon has an entry").value.clone());
            p.remove_lexicon_entry(&name, &main);
            changed("lexicons", &name, &main)
        }),
    ]
}
