//! Our words for kinds, items and fields: from the names that the API gives them.

use crate::report::escape::clip;
use crate::report::quantity::grouped;
use crate::snapshot::Kind;

/// Returns what one resource of a kind is called: `flow`, `AI agent`, `large language model`.
pub(in crate::report) fn thing(kind: Kind) -> String {
    let words = spaced(kind.name());
    match words.as_str() {
        // Of these there is one in a project, or their plural is their name.
        name if name.ends_with("settings") || name == "yes no intents" => words,
        name if name.starts_with("nlu ") => singular(&words.replacen("nlu", "NLU", 1)),
        name if name.starts_with("ai ") => singular(&words.replacen("ai", "AI", 1)),
        name => singular(name),
    }
}

fn singular(plural: &str) -> String {
    match plural.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => plural.strip_suffix('s').unwrap_or(plural).to_owned(),
    }
}

/// Returns a number of items: `1 node`, `2 entries`.
pub(super) fn several(n: usize, noun: &str) -> String {
    let number = grouped(n as u64);
    match noun.strip_suffix('y') {
        _ if n == 1 || noun.ends_with('s') => format!("{number} {noun}"),
        Some(stem) if !stem.ends_with(['a', 'e', 'o']) => format!("{number} {stem}ies"),
        _ => format!("{number} {noun}s"),
    }
}

/// Returns what a person calls the field at a JSON pointer: `say text` for `/config/say/text/0`.
pub(super) fn field(path: &str) -> String {
    let steps = path.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"));
    let mut words: Vec<String> = steps
        .filter(|step| step != "config" && step.parse::<usize>().is_err())
        .map(|step| if step == "localeReference" { "localisation".to_owned() } else { spaced(&step) })
        .collect();
    words.dedup();
    let words = match words.as_slice() {
        [] => "content".to_owned(),
        [first, .., last] if words.len() > 3 => format!("{first} … {last}"),
        all => all.join(" "),
    };
    clip(&words, 80)
}

/// Returns a name of the API as words: `intentThreshold` as `intent threshold`. A name that is none is left alone.
fn spaced(name: &str) -> String {
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return name.to_owned();
    }
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, c) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map_or('_', |at| letters[at]);
        let begins = c.is_uppercase()
            && (before.is_lowercase()
                || before.is_uppercase() && letters.get(at + 1).is_some_and(|next| next.is_lowercase()));
        if begins || *c == '_' {
            words.push(String::new());
        }
        if let (Some(word), true) = (words.last_mut(), *c != '_') {
            word.push(*c);
        }
    }
    let acronym = |word: &str| word.len() > 1 && word.chars().all(char::is_uppercase);
    let lower = |word: String| if acronym(&word) { word } else { word.to_lowercase() };
    words.into_iter().filter(|word| !word.is_empty()).map(lower).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn kinds_are_called_as_people_call_them() {
        let things = Kind::ALL.map(thing);
        assert!(
            things.iter().all(|thing| !thing.ends_with('s')
                || thing.ends_with("settings")
                || thing.ends_with("intents")),
            "{things:?}"
        );
        assert_eq!([thing(Kind::Flows), thing(Kind::AiAgents)], ["flow", "AI agent"]);
    }

    #[rstest]
    #[case("/config/say/text/0", "say text")]
    #[case("/isDisabled", "is disabled")]
    #[case("/config/generativeAI_temperature", "generative AI temperature")]
    #[case("/URLToken", "URL token")]
    #[case("/transformer/transformer", "transformer")]
    #[case("/context/a/b/c", "context … c")]
    #[case("/my key~1x", "my key/x")]
    #[case("/0", "content")]
    fn fields_are_words(#[case] path: &str, #[case] said: &str) {
        assert_eq!(field(path), said);
    }

    #[rstest]
    #[case(1, "entry", "1 entry")]
    #[case(2, "entry", "2 entries")]
    #[case(1200, "node", "1,200 nodes")]
    #[case(2, "rows", "2 rows")]
    fn plurals(#[case] n: usize, #[case] noun: &str, #[case] said: &str) {
        assert_eq!(several(n, noun), said);
    }
}
