//! The table: what is kept after the year, and what was sent in it, each against ours.

use std::path::Path;

use crate::progress::{Outcome, read};
use crate::table::{Row, Unit, table};

const MIB: f64 = 1024.0 * 1024.0;

/// Prints what is known of a share.
pub(crate) fn report(share: &str, results: &Path, names: &[(&str, &str)]) -> String {
    let outcomes: Vec<(&str, Outcome)> = names
        .iter()
        .filter_map(|(name, said)| Some((*said, read(&results.join(format!("{name}.json")))?)))
        .collect();
    let Some(ours) = outcomes.iter().find(|(_, outcome)| outcome.contender == "ours").map(|(_, ours)| ours)
    else {
        return format!("{share}: ours has not been measured yet\n");
    };
    let mut rows = Vec::new();
    let mut column = |what: &str, unit: Unit, of: &dyn Fn(&Outcome) -> f64, against: bool| {
        for (said, outcome) in &outcomes {
            rows.push(Row::new(&format!("{what}: {said}"), unit, vec![of(outcome)]));
            if against && outcome.contender != "ours" {
                let ratio = of(outcome) / of(ours);
                rows.push(Row::new("  ÷ ours", Unit::Ratio, vec![ratio]));
            }
        }
    };
    let mebibytes = |bytes: u64| bytes as f64 / MIB;
    column("kept", Unit::Mebibytes, &|o| mebibytes(o.repository + o.beside), true);
    column("sent", Unit::Mebibytes, &|o| mebibytes(o.progress.saving + o.progress.forgetting), true);
    column("snapshots", Unit::Count, &|o| o.snapshots as f64, false);
    column(
        "a change",
        Unit::Milliseconds,
        &|o| o.progress.seconds * 1000.0 / f64::from(o.progress.changes),
        true,
    );
    for (said, outcome) in &outcomes {
        if outcome.beside > 0 {
            rows.push(Row::new(
                &format!("of what is kept, archives: {said}"),
                Unit::Mebibytes,
                vec![mebibytes(outcome.beside)],
            ));
        }
        if outcome.progress.forgetting > 0 {
            rows.push(Row::new(
                &format!("of what is sent, to forget: {said}"),
                Unit::Mebibytes,
                vec![mebibytes(outcome.progress.forgetting)],
            ));
        }
        assert_eq!(outcome.progress.digest, ours.progress.digest, "{said} has had another year");
    }
    let (half_hours, changes) = (ours.progress.half_hours, ours.progress.changes);
    format!("{share}: {half_hours} half hours, {changes} changed states\n\n{}", table(&rows))
}
