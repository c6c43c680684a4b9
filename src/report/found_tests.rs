//! What a search says, each as it is seen.

use super::*;
use crate::plan::history::{Moment, Said, history};

fn ids(days: usize) -> Vec<SnapshotId> {
    (1..=days).map(|n| format!("202510{n:02}T000000Z-aaaaaaaa").parse().unwrap()).collect()
}

/// A node of four days' snapshots: there, changed, renamed, gone.
fn gone() -> Found {
    let ids = ids(4);
    let seen = |name: &str, content: u8| {
        Some(Sighting { name: name.to_owned(), of: Some("Main | `x`".to_owned()), digest: [content; 32] })
    };
    let sightings = [seen("Hi", 1), seen("Hi", 2), seen("Greet", 2), None];
    let told = history(ids.iter().zip(&sightings).map(|(snapshot, sighting)| Moment {
        snapshot,
        selection: "",
        said: sighting.as_ref().map_or(Said::Absent, Said::Here),
    }));
    let snapshots = ids.iter().zip(&sightings).rev().map(|(id, sighting)| FoundIn {
        snapshot: id.clone(),
        taken: id.taken(),
        places: vec![Place::Tier("daily".parse().unwrap())],
        found: Some(u64::from(sighting.is_some())),
        hits: Vec::new(),
        unreadable: None,
    });
    let name = called(Kind::Flows, true, sightings[2].as_ref().unwrap());
    let query = "flows/Main*#*".parse().unwrap();
    Found::things(&query, snapshots.collect(), vec![(name, "r1".to_owned(), told)])
}

#[test]
fn a_node_that_is_gone_is_told_in_words_and_tables() {
    let found = gone();
    let shown: Vec<String> = found.tables().iter().map(|table| table.lines().join("\n")).collect();
    insta::assert_snapshot!(format!("{}\n\n{}", found.summary, shown.join("\n\n")), @"
    Node `Greet` of flow “Main | `x`” was last in `20251003T000000Z-aaaaaaaa`, gone since `20251004T000000Z-aaaaaaaa`.

    SNAPSHOT                   TAKEN                    WHERE  FOUND    WHAT HAPPENED
    20251004T000000Z-aaaaaaaa  2025-10-04 00:00:00 UTC  daily  absent   gone since
    20251003T000000Z-aaaaaaaa  2025-10-03 00:00:00 UTC  daily  present  renamed, was `Hi`
    20251002T000000Z-aaaaaaaa  2025-10-02 00:00:00 UTC  daily  present  changed
    20251001T000000Z-aaaaaaaa  2025-10-01 00:00:00 UTC  daily  present

    History
    WHAT                               BECAME             IN                         AFTER
    node `Greet` of flow “Main | `x`”  gone since         20251004T000000Z-aaaaaaaa  20251003T000000Z-aaaaaaaa
    node `Greet` of flow “Main | `x`”  renamed, was `Hi`  20251003T000000Z-aaaaaaaa  20251002T000000Z-aaaaaaaa
    node `Greet` of flow “Main | `x`”  changed            20251002T000000Z-aaaaaaaa  20251001T000000Z-aaaaaaaa
    ");
}

#[test]
fn json_names_the_neighbours() {
    let json = serde_json::to_value(gone()).unwrap();
    insta::assert_snapshot!(json["changes"][0], @r#"{"thing":"node `Greet` of flow “Main | `x`”","what":"gone","snapshot":"20251004T000000Z-aaaaaaaa","before":"20251003T000000Z-aaaaaaaa","reconfigured":false}"#);
    insta::assert_snapshot!(json["changes"][1], @r#"{"thing":"node `Greet` of flow “Main | `x`”","what":"renamed","was":"Hi","snapshot":"20251003T000000Z-aaaaaaaa","before":"20251002T000000Z-aaaaaaaa","reconfigured":false}"#);
    insta::assert_snapshot!(json["things"][0], @r#"{"name":"node `Greet` of flow “Main | `x`”","referenceId":"r1","seen":3,"first":"20251001T000000Z-aaaaaaaa","last":"20251003T000000Z-aaaaaaaa","goneSince":"20251004T000000Z-aaaaaaaa"}"#);
}

#[test]
fn nothing_is_said_to_be_nothing() {
    let snapshot = FoundIn {
        snapshot: ids(1)[0].clone(),
        taken: ids(1)[0].taken(),
        places: vec![Place::Quarantine],
        found: Some(0),
        hits: Vec::new(),
        unreadable: None,
    };
    let told = |query: &str, snapshots: &[FoundIn]| {
        let query: Query = query.parse().unwrap();
        match query {
            Query::Text(_) => Found::text(&query, snapshots.to_vec(), History::default()).summary,
            _ => Found::things(&query, snapshots.to_vec(), Vec::new()).summary,
        }
    };
    insta::assert_snapshot!(told("Grüß", &[]), @"There is no snapshot yet.");
    insta::assert_snapshot!(told("flow/Main", std::slice::from_ref(&snapshot)), @"`flow/Main` is in no snapshot (1 searched). It was looked for as a text; a resource is written with its kind, `flows/Main`.");
    insta::assert_snapshot!(told("flows/x#y", std::slice::from_ref(&snapshot)), @r"`flows/x#y` is in no snapshot (1 searched). A `#` in a flow's name is written `\#`.");
    let aside = FoundIn { found: Some(2), ..snapshot };
    insta::assert_snapshot!(told("Grüß", &[aside]), @"`Grüß` is only in what stands beside the tiers: `20251001T000000Z-aaaaaaaa`.");
}
