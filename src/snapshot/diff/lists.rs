//! Lists whose elements are known by an id, whatever place they stand at: which element is which.

use std::collections::{HashMap, HashSet};

use super::json::Json;

/// What is known of lists of one name.
struct Known {
    /// The list's field, or its file without `.json`.
    list: &'static str,
    /// What an element is called.
    noun: &'static str,
    /// The field that tells elements apart where they have neither reference id nor `_id`.
    natural: Option<&'static str>,
    /// Whether the order of elements means something.
    ordered: bool,
}

const fn known(
    list: &'static str,
    noun: &'static str,
    natural: Option<&'static str>,
    ordered: bool,
) -> Known {
    Known { list, noun, natural, ordered }
}

/// What the elements of lists are called. Where the layout sorts a list, its order means nothing.
const LISTS: [Known; 11] = [
    known("nodes", "node", None, false),
    known("relations", "relation", Some("node"), false),
    known("node-extras", "node", None, false),
    known("intents", "intent", Some("name"), false),
    known("sentences", "example", Some("text"), false),
    known("entries", "entry", Some("mainKeyphrase"), false),
    known("keyphrases", "keyphrase", Some("value"), true),
    known("slots", "slot", Some("name"), false),
    known("chunks", "chunk", None, true),
    known("steps", "step", None, true),
    known("tools", "tool", None, true),
];

fn find(list: &str) -> Option<&'static Known> {
    // The lists of examples in a file of its own are by intent.
    let list = if list.starts_with("sentences.json#") { "sentences" } else { list };
    let name = list.strip_suffix(".json#").or(list.rsplit('/').next()).unwrap_or(list);
    LISTS.iter().find(|known| known.list == name)
}

/// Returns what an element of `list` (as in [`super::Item::list`]) is called.
pub(super) fn noun(list: &str) -> &str {
    known_noun(list).unwrap_or_else(|| list.rsplit('/').next().unwrap_or(list))
}

/// Returns what an element of `list` is called, if we know such lists.
pub(super) fn known_noun(list: &str) -> Option<&'static str> {
    find(list).map(|known| known.noun)
}

/// Returns whether elements of `list` are things that a person knows by a name of their own.
pub(super) fn is_known(list: &str) -> bool {
    find(list).is_some()
}

/// Returns whether the order of `list` means something. Of an unknown list we cannot say that it does not.
pub(super) fn is_ordered(list: &str) -> bool {
    find(list).is_none_or(|known| known.ordered)
}

/// Returns what a person calls an element.
pub(super) fn name(element: &Json<'_>) -> String {
    let own = ["label", "name", "title", "mainKeyphrase", "text", "value", "key"]
        .into_iter()
        .find_map(|field| element.text(field).filter(|text| !text.is_empty()));
    let first = || element.list("keyphrases").first()?.text("value");
    own.or_else(first).unwrap_or_default().to_owned()
}

/// The elements of two lists, each with what it is known by.
pub(super) struct Identities<'a> {
    /// The field that they are known by.
    pub(super) by: &'static str,
    /// Of each element of the older list, what it is known by.
    pub(super) old: Vec<&'a str>,
    /// The same of the newer list.
    pub(super) new: Vec<&'a str>,
}

/// Finds the field that tells all elements of both lists apart; `None` for a plain list.
pub(super) fn identities<'a>(list: &str, old: &'a [Json<'_>], new: &'a [Json<'_>]) -> Option<Identities<'a>> {
    let natural = find(list).and_then(|known| known.natural);
    // A relation is its node's: its own `_id` changes with every restore.
    let fields = match natural {
        Some("node") => [Some("node"), Some("_id"), None],
        natural => [Some("referenceId"), Some("_id"), natural],
    };
    fields
        .into_iter()
        .flatten()
        .find_map(|by| Some(Identities { by, old: distinct(by, old)?, new: distinct(by, new)? }))
}

fn distinct<'a>(by: &str, elements: &'a [Json<'_>]) -> Option<Vec<&'a str>> {
    let keys: Option<Vec<&str>> = elements.iter().map(|element| element.text(by)).collect();
    let keys = keys?;
    let mut seen = HashSet::new();
    keys.iter().all(|key| seen.insert(*key)).then_some(keys)
}

/// Which element of the newer list is which of the older.
pub(super) struct Matched {
    /// Places in the older and the newer list, by the newer.
    pub(super) pairs: Vec<(usize, usize)>,
    /// Places in the older list of those that are gone.
    pub(super) removed: Vec<usize>,
    /// Places in the newer list of those that are new.
    pub(super) added: Vec<usize>,
}

/// Pairs what has the same key; `None` is no key.
pub(super) fn matched<K: std::hash::Hash + Eq>(old: &[Option<K>], new: &[Option<K>]) -> Matched {
    let mut places: HashMap<&K, usize> =
        old.iter().enumerate().filter_map(|(at, key)| Some((key.as_ref()?, at))).collect();
    let (mut pairs, mut added) = (Vec::new(), Vec::new());
    for (at, key) in new.iter().enumerate() {
        match key.as_ref().and_then(|key| places.remove(key)) {
            Some(before) => pairs.push((before, at)),
            None => added.push(at),
        }
    }
    let kept: HashSet<usize> = pairs.iter().map(|(before, _)| *before).collect();
    let removed = (0..old.len()).filter(|at| !kept.contains(at)).collect();
    Matched { pairs, removed, added }
}

impl Matched {
    /// Gives what is left over a second chance by another key, where only one on each side has it.
    pub(super) fn again(&mut self, old: &[String], new: &[String]) {
        let (gone, fresh) = (only_once(&self.removed, old), only_once(&self.added, new));
        let more = fresh.iter().filter_map(|(key, now)| Some((*gone.get(key)?, *now)));
        let more: Vec<(usize, usize)> = more.collect();
        let (gone, fresh): (HashSet<usize>, HashSet<usize>) = more.iter().copied().unzip();
        self.removed.retain(|at| !gone.contains(at));
        self.added.retain(|at| !fresh.contains(at));
        self.pairs.extend(more);
        self.pairs.sort_unstable_by_key(|(_, now)| *now);
    }
}

/// Returns the places among `places` whose key is not empty and no other's.
fn only_once<'k>(places: &[usize], keys: &'k [String]) -> HashMap<&'k str, usize> {
    let mut found: HashMap<&str, Option<usize>> = HashMap::new();
    for &at in places.iter().filter(|at| !keys[**at].is_empty()) {
        found.entry(&keys[at]).and_modify(|seen| *seen = None).or_insert(Some(at));
    }
    found.into_iter().filter_map(|(key, at)| Some((key, at?))).collect()
}

/// Returns, for numbers that are all different, which ones do not stand in a longest run of increasing ones: the
/// fewest that must have moved.
pub(super) fn out_of_order(numbers: &[usize]) -> Vec<bool> {
    // Patience sorting: `tops[n]` is where a run of n + 1 numbers ends with the smallest number.
    let mut tops: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(numbers.len());
    for (at, number) in numbers.iter().enumerate() {
        let pile = tops.partition_point(|top| numbers[*top] < *number);
        before.push(pile.checked_sub(1).map(|under| tops[under]));
        if pile == tops.len() { tops.push(at) } else { tops[pile] = at }
    }
    let mut moved = vec![true; numbers.len()];
    let mut at = tops.last().copied();
    while let Some(stays) = at {
        moved[stays] = false;
        at = before[stays];
    }
    moved
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(&[], &[])]
    #[case(&[0, 1, 2], &[])]
    #[case(&[2, 0, 1], &[2])]
    #[case(&[1, 2, 3, 0], &[0])]
    #[case(&[3, 2, 1, 0], &[3, 2, 1])]
    fn the_fewest_have_moved(#[case] numbers: &[usize], #[case] moved: &[usize]) {
        let found: Vec<usize> =
            numbers.iter().zip(out_of_order(numbers)).filter(|(_, moved)| *moved).map(|(n, _)| *n).collect();
        assert_eq!(found, moved);
    }

    #[rstest]
    #[case("chart.json#/nodes", "node")]
    #[case("intents.json#", "intent")]
    #[case("/sentences", "example")]
    #[case("sentences.json#/yesIntent", "example")]
    #[case("/config/say/rows", "rows")]
    fn elements_have_a_name(#[case] list: &str, #[case] said: &str) {
        assert_eq!(noun(list), said);
    }
}
