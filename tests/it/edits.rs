//! Every kind of edit that a person can make: seen, said in words that name it, and nothing else said.

use std::collections::BTreeSet;

use serde_json::Value;
use testkit::cognigy::{Edit, Mention};

use crate::world::{HOURLY, World, output, said};

#[test]
fn every_edit_is_said_in_the_right_words_and_nothing_else_is() {
    let world = World::new();
    world.expect("success");
    let mut wrong = Vec::new();
    for edit in Edit::all() {
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
        if let Some(why) = fault(&mention, &words) {
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
fn fault(mention: &Mention, words: &[&str]) -> Option<String> {
    let Some(first) = words.iter().find(|sentence| sentence.contains(&mention.resource)) else {
        return Some(format!("nobody names {}", mention.resource));
    };
    if words.len() != 1 {
        return Some(format!("{} sentences for one edit", words.len()));
    }
    if !first.contains(&mention.item) {
        return Some(format!("nothing of {}", mention.item));
    }
    let verbs = BTreeSet::from(["added", "removed", "renamed"]);
    (verbs.contains(mention.change) && !first.contains(mention.change))
        .then(|| format!("not {}", mention.change))
}
