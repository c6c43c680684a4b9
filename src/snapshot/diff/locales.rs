//! The folders of locales: a flow has the same files once more for each, and all move when a locale is renamed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::pairs::Pair;
use crate::snapshot::layout::LocaleFolders;
use crate::snapshot::{Kind, ResourceEntry};

/// Which folder of a flow is which locale's.
pub(super) struct Locales {
    /// By folder of the older side, the folder that a diff puts its files in: the newer side's for the same locale.
    folders: HashMap<String, String>,
    /// The names of the locales that are on both sides, by folder.
    pub(super) names: BTreeMap<String, String>,
    /// The folders of locales that are on one side only.
    lonely: BTreeSet<String>,
}

impl Locales {
    pub(super) fn of(pairs: &[Pair<'_>]) -> Self {
        let locales: Vec<&Pair<'_>> = pairs
            .iter()
            .filter(|(old, new)| new.or(*old).is_some_and(|entry| entry.kind == Kind::Locales))
            .collect();
        let folders = |side: fn(&Pair<'_>) -> Option<(String, String, String)>| {
            LocaleFolders::new(&locales.iter().filter_map(|pair| side(pair)).collect::<Vec<_>>())
        };
        let old = folders(|pair| pair.0.map(names));
        let new = folders(|pair| pair.1.map(names));
        let mut all = Self { folders: HashMap::new(), names: BTreeMap::new(), lonely: BTreeSet::new() };
        for (was, is) in &locales {
            let before = was.and_then(|was| old.folder(&was.id));
            match (was, before, is.and_then(|is| Some((is, new.folder(&is.id)?)))) {
                (_, Some(before), Some((is, now))) => {
                    all.folders.insert(before.to_owned(), now.to_owned());
                    all.names.insert(now.to_owned(), is.name.clone());
                }
                // The folder may be another locale's now.
                (Some(was), Some(before), None) => {
                    let apart = format!("{before}~{}", was.id);
                    all.lonely.insert(apart.clone());
                    all.folders.insert(before.to_owned(), apart);
                }
                (_, _, Some((_, now))) => {
                    all.lonely.insert(now.to_owned());
                }
                _ => {}
            }
        }
        all
    }

    /// Returns the name that a diff gives to a file of the older side.
    pub(super) fn file(&self, entry: Option<&ResourceEntry>, name: &str) -> String {
        let own = || name.to_owned();
        if entry.is_none_or(|entry| entry.kind != Kind::Flows) {
            return own();
        }
        let Some((folder, rest)) = name.split_once('/') else { return own() };
        self.folders.get(folder).map_or_else(own, |folder| format!("{folder}/{rest}"))
    }

    /// Returns whether a file of this resource is for a locale that is on one side only.
    pub(super) fn is_lonely(&self, (old, new): Pair<'_>, file: &str) -> bool {
        let flow = new.or(old).is_some_and(|entry| entry.kind == Kind::Flows);
        flow && file.split_once('/').is_some_and(|(folder, _)| self.lonely.contains(folder))
    }
}

fn names(entry: &ResourceEntry) -> (String, String, String) {
    (entry.id.clone(), entry.reference_id.clone(), entry.name.clone())
}
