//! The history of one thing over snapshots: when it appeared, changed, was renamed, was gone.

use serde::Serialize;

use crate::snapshot::SnapshotId;

/// A thing as one snapshot has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Its name there.
    pub name: String,
    /// The name of what it belongs to, where that is not the project.
    pub of: Option<String>,
    /// A digest of all that it is.
    pub digest: [u8; 32],
}

/// What a snapshot says of a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said<'a> {
    /// Nothing: its kind was not read.
    Nothing,
    /// It is not there.
    Absent,
    /// It is there.
    Here(&'a Sighting),
}

/// A thing in one snapshot of the project's own past.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// The snapshot.
    pub snapshot: &'a SnapshotId,
    /// A digest of what the snapshot was to hold.
    pub selection: &'a str,
    /// What it says.
    pub said: Said<'a>,
}

/// What became of a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "what")]
pub enum Became {
    /// It came.
    Appeared,
    /// It has another name.
    Renamed {
        /// The name before.
        was: String,
    },
    /// It is otherwise.
    Changed,
    /// It went.
    Gone,
}

/// What became of a thing between two neighbouring snapshots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Transition {
    /// What.
    #[serde(flatten)]
    pub became: Became,
    /// The first snapshot in which it is so.
    pub snapshot: SnapshotId,
    /// The one before.
    pub before: SnapshotId,
    /// Whether something else was to be captured from then on: then the configuration may be why.
    pub reconfigured: bool,
}

/// The whole of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// How many snapshots have it.
    pub seen: u64,
    /// The first that has it.
    pub first: Option<SnapshotId>,
    /// The last that has it.
    pub last: Option<SnapshotId>,
    /// Where it is not there any more: the first without it after the last that has it.
    pub gone_since: Option<SnapshotId>,
    /// What became of it, oldest first.
    pub transitions: Vec<Transition>,
}

/// Tells the history of a thing from what snapshots say, oldest first.
#[must_use]
pub fn history<'a>(moments: impl IntoIterator<Item = Moment<'a>>) -> History {
    let mut told = History::default();
    let mut before: Option<Moment<'a>> = None;
    for moment in moments {
        if let Said::Here(_) = moment.said {
            told.seen += 1;
            told.first.get_or_insert_with(|| moment.snapshot.clone());
            (told.last, told.gone_since) = (Some(moment.snapshot.clone()), None);
        }
        let became = match (before.map(|before| before.said), moment.said) {
            (_, Said::Nothing) => continue,
            (Some(Said::Absent), Said::Here(_)) => Some(Became::Appeared),
            (Some(Said::Here(_)), Said::Absent) => Some(Became::Gone),
            (Some(Said::Here(was)), Said::Here(is)) if was.name != is.name => {
                Some(Became::Renamed { was: was.name.clone() })
            }
            (Some(Said::Here(was)), Said::Here(is)) if was.digest != is.digest => Some(Became::Changed),
            _ => None,
        };
        if let (Some(became), Some(before)) = (became, before) {
            if became == Became::Gone {
                told.gone_since = Some(moment.snapshot.clone());
            }
            told.transitions.push(Transition {
                became,
                snapshot: moment.snapshot.clone(),
                before: before.snapshot.clone(),
                reconfigured: before.selection != moment.selection,
            });
        }
        before = Some(moment);
    }
    told
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// A day per letter: `.` absent, `?` not read, `A`/`B` a name, a digit after it a content.
    fn told(days: &[&str]) -> History {
        let ids: Vec<SnapshotId> =
            (1..=days.len()).map(|n| format!("202510{n:02}T000000Z-aaaaaaaa").parse().unwrap()).collect();
        let sightings: Vec<Option<Sighting>> = days
            .iter()
            .map(|day| {
                let (name, content) = day.split_at_checked(1)?;
                let content = content.parse().ok()?;
                Some(Sighting { name: name.to_owned(), of: None, digest: [content; 32] })
            })
            .collect();
        history(ids.iter().zip(days).zip(&sightings).map(|((snapshot, day), sighting)| Moment {
            snapshot,
            selection: "",
            said: match (*day, sighting) {
                ("?", _) => Said::Nothing,
                (_, Some(sighting)) => Said::Here(sighting),
                _ => Said::Absent,
            },
        }))
    }

    fn words(history: &History) -> String {
        let day = |id: &SnapshotId| id.as_str()[6..8].to_owned();
        let one = |one: &Transition| format!("{:?} {}<{}", one.became, day(&one.snapshot), day(&one.before));
        history.transitions.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    #[rstest]
    #[case(&[".", "A1", "A1", "A2", "."], "Appeared 02<01, Changed 04<03, Gone 05<04")]
    #[case(&["A1", "A1"], "")]
    #[case(&["A1", "?", "."], "Gone 03<01")]
    #[case(&["A1", "?", "A1"], "")]
    #[case(&["?", "A1", "?"], "")]
    #[case(&["A1", "B2", ".", "B2"], "Renamed { was: \"A\" } 02<01, Gone 03<02, Appeared 04<03")]
    fn what_becomes_of_a_thing_is_told_between_neighbours(#[case] days: &[&str], #[case] said: &str) {
        assert_eq!(words(&told(days)), said);
    }

    #[test]
    fn first_last_and_gone_since() {
        let history = told(&[".", "A1", "A2", ".", "."]);
        let day = |id: Option<SnapshotId>| id.map(|id| id.as_str()[6..8].to_owned());
        assert_eq!(history.seen, 2);
        assert_eq!(day(history.first).as_deref(), Some("02"));
        assert_eq!(day(history.last).as_deref(), Some("03"));
        assert_eq!(day(history.gone_since).as_deref(), Some("04"));
        assert_eq!(told(&["A1", ".", "A1"]).gone_since, None);
        assert_eq!(told(&["A1", "?"]).gone_since, None);
    }
}
