//! Every kind of edit that a person can make: seen, said in words that name it, and nothing else said.

use serde_json::Value;
use testkit::cognigy::{Edit, Mention};

use crate::world::{HOURLY, World, output, said};

#[test]
fn every_edit_is_said_in_the_right_words_and_nothing_else_is() {
    let world = World::new();
    let mut wrong = Vec::new();
    // Edits build on each other, so all are made; the quick share looks at one in ten.
    let share = if std::env::var_os("COGNIGY_BACKUP_LONG").is_some() { 1 } else { 10 };
    for (at, edit) in Edit::all().iter().enumerate() {
        if at % share != 0 {
            world.cognigy.edit(|project| edit.apply(project));
            continue;
        }
        world.run();
        let mention = world.cognigy.edit(|project| edit.apply(project));
        let result = world.run();
        let expected = if edit.secret { "unchanged" } else { "success" };
        assert_eq!(output(&result, "outcome"), expected, "{}: {}", edit.name, said(&result));
        if edit.secret {
            continue;
        }
        let changes: Value = serde_json::from_str(output(&result, "changes")).unwrap();
        let words: Vec<&str> =
            changes["words"].as_array().unwrap().iter().map(|w| w.as_str().unwrap()).collect();
        if let Some(why) = fault(&edit.name, &mention, &words) {
            wrong.push(format!("{} ({mention}): {why}\n  {}", edit.name, words.join("\n  ")));
        }
        // The commit says the same, and which snapshot it speaks of.
        let body = world.upstream.git(&["log", "-1", "--format=%b", HOURLY]);
        assert!(body.contains(changes["since"].as_str().unwrap()), "{body}");
        for sentence in words {
            assert!(body.contains(&sentence.chars().take(60).collect::<String>()), "{sentence}\n{body}");
        }
    }
    assert!(wrong.is_empty(), "{} edits are not said well:\n{}", wrong.len(), wrong.join("\n"));
}

/// Says what is wrong with the words for an edit, if anything is.
fn fault(edit: &str, mention: &Mention, words: &[&str]) -> Option<String> {
    let Some(first) = words.iter().find(|sentence| sentence.contains(&mention.resource)) else {
        return Some(format!("nobody names {}", mention.resource));
    };
    // The stand-in takes a deleted flow out of what it is attached to, as the vendor does.
    let follows = |sentence: &&&str| edit == "remove a flow" && sentence.contains("attached flows changed");
    if words.iter().filter(|sentence| !follows(sentence)).count() != 1 {
        return Some(format!("{} sentences for one edit", words.len()));
    }
    // Of two neighbours that change places either may be the one that moved.
    let moved = edit.starts_with("move ") && first.contains("moved");
    if !moved && !plain(first).contains(&item(mention)) {
        return Some(format!("nothing of {}", mention.item));
    }
    let verbs = ["added", "removed", "renamed"];
    (verbs.contains(&mention.change) && !first.contains(mention.change))
        .then(|| format!("not {}", mention.change))
}

/// The item as a sentence has it: a field's name in words, one step for a list of steps.
fn item(mention: &Mention) -> String {
    match mention.item.as_str() {
        "steps" => "step".to_owned(),
        item => {
            plain(item.strip_prefix("is").filter(|rest| rest.starts_with(char::is_uppercase)).unwrap_or(item))
        }
    }
}

/// Letters and digits alone: `intentThreshold` and `intent threshold` are the same words.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
