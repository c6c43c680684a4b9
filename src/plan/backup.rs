//! What a backup does: whether to begin, and what to make of what was captured.
//!
//! Two questions, asked in this order. [`admit`] looks at the store before anything is captured: may this project be
//! saved here, is it time? [`plan`] looks at the capture beside the newest snapshot: is there anything to save, and
//! under which name and time? After a lost race both are asked again with what the store then holds.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::snapshot::{
    Availability, Kind, KindSummary, LAYOUT_VERSION, Prefix, ProjectId, SnapshotId, TierName,
};

/// How far ahead of us the newest snapshot may be taken before its time counts as an error of somebody's clock.
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(60);

/// What stands at the end of the base tier's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tip {
    /// The branch does not exist yet.
    Absent,
    /// A snapshot of ours.
    Snapshot(Newest),
    /// A commit that is no snapshot of ours; why not.
    Foreign {
        /// The commit.
        commit: String,
        /// What is missing or wrong.
        why: String,
    },
}

/// The newest snapshot of the base tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newest {
    /// Its name for life.
    pub id: SnapshotId,
    /// The commit that holds it.
    pub commit: String,
    /// The project it is of.
    pub project: ProjectId,
    /// Its content's tree id.
    pub tree: String,
    /// Its selection's digest.
    pub selection: String,
    /// Its layout's version.
    pub layout: u32,
}

/// What is known before the capture.
#[derive(Debug, Clone)]
pub struct Before<'a> {
    /// The project to be captured.
    pub project: &'a ProjectId,
    /// Where its branches live.
    pub prefix: &'a Prefix,
    /// The tier that takes captures.
    pub tier: &'a TierName,
    /// Every ref name of the store.
    pub refs: Vec<&'a str>,
    /// The end of that tier's chain.
    pub tip: &'a Tip,
    /// For a scheduled run, the interval that the configuration promises; `None` for every other run.
    pub scheduled_every: Option<TimeDelta>,
    /// Whether the store can be read by everybody.
    pub public: bool,
    /// Whether that was said to be wanted.
    pub allow_public: bool,
    /// The time.
    pub now: DateTime<Utc>,
}

/// Why a backup does not begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Everybody could read the project.
    #[error("the repository is public: everybody could read the project's content there")]
    Public,
    /// Another project's snapshots live under the prefix.
    #[error("{branch} holds snapshots of project {theirs}, this run is for project {ours}")]
    OtherProject {
        /// The branch.
        branch: String,
        /// The project that lives there.
        theirs: ProjectId,
        /// The project of this run.
        ours: ProjectId,
    },
    /// The branch's newest commit is no snapshot.
    #[error("{branch} exists, but its newest commit {commit} is no snapshot of cognigy-backup: {why}")]
    ForeignBranch {
        /// The branch.
        branch: String,
        /// Its newest commit.
        commit: String,
        /// What is missing or wrong.
        why: String,
    },
    /// A ref stands where git then cannot make ours.
    #[error("{other} exists, and git cannot hold it together with {branch}")]
    InTheWay {
        /// The branch that is to be made.
        branch: String,
        /// The ref that stands in its way.
        other: String,
    },
    /// Another prefix lies inside this one, or around it.
    #[error("the prefix `{prefix}` and the prefix `{other}`, which is in use, lie one inside the other")]
    NestedPrefix {
        /// The prefix of this run.
        prefix: Prefix,
        /// The other.
        other: String,
    },
}

impl Refusal {
    /// Returns what can be done about it.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            Refusal::Public => {
                "Make the repository private, or set `allow-public: true` if it may be read by everybody."
            }
            Refusal::OtherProject { .. } => {
                "Give each project its own `prefix` (in config.json or as an input)."
            }
            Refusal::ForeignBranch { .. } | Refusal::InTheWay { .. } => {
                "Set another `prefix`, or rename the old branch; snapshots of the template repository come over with \
                 `mode: import` in a later version."
            }
            Refusal::NestedPrefix { .. } => "Choose prefixes of which none begins with another and a `/`.",
        };
        vec![hint.to_owned()]
    }
}

/// Whether a backup begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// It does.
    Go,
    /// It is too soon after the last one.
    TooSoon {
        /// When the newest snapshot was taken.
        newest: DateTime<Utc>,
        /// From when on a scheduled run counts again.
        due: DateTime<Utc>,
    },
    /// It must not.
    Refused(Refusal),
}

/// Decides whether a backup begins.
#[must_use]
pub fn admit(before: &Before<'_>) -> Admission {
    let branch = before.prefix.branch(before.tier);
    let short = branch.trim_start_matches("refs/heads/").to_owned();
    if before.public && !before.allow_public {
        return Admission::Refused(Refusal::Public);
    }
    if let Some(refusal) = in_the_way(before, &branch) {
        return Admission::Refused(refusal);
    }
    match before.tip {
        Tip::Foreign { commit, why } => Admission::Refused(Refusal::ForeignBranch {
            branch: short,
            commit: commit.clone(),
            why: why.clone(),
        }),
        Tip::Snapshot(newest) if newest.project != *before.project => {
            Admission::Refused(Refusal::OtherProject {
                branch: short,
                theirs: newest.project.clone(),
                ours: before.project.clone(),
            })
        }
        Tip::Snapshot(newest) => too_soon(before, newest.id.taken()),
        Tip::Absent => Admission::Go,
    }
}

/// A scheduled run is too soon in the first half of the interval: schedules come late, so the second half counts as
/// the next turn. A snapshot from the future is no reason to wait.
fn too_soon(before: &Before<'_>, newest: DateTime<Utc>) -> Admission {
    match before.scheduled_every {
        Some(every) if newest <= before.now && before.now - newest < every / 2 => {
            Admission::TooSoon { newest, due: newest + every / 2 }
        }
        _ => Admission::Go,
    }
}

/// Finds a ref that git cannot hold beside `branch`, or that shows another prefix inside or around ours.
fn in_the_way(before: &Before<'_>, branch: &str) -> Option<Refusal> {
    let prefix = before.prefix.as_str();
    for name in &before.refs {
        let Some(short) = name.strip_prefix("refs/heads/") else { continue };
        let clashes = branch.starts_with(&format!("{name}/")) || name.starts_with(&format!("{branch}/"));
        if clashes {
            return Some(Refusal::InTheWay {
                branch: branch.trim_start_matches("refs/heads/").to_owned(),
                other: short.to_owned(),
            });
        }
        let nested = |other: &str| {
            Some(Refusal::NestedPrefix { prefix: before.prefix.clone(), other: other.to_owned() })
        };
        // `a/b/hourly` beside prefix `a`: what has our tier's name two levels down is another prefix's tier.
        let inside = short.strip_prefix(&format!("{prefix}/")).and_then(|rest| rest.rsplit_once('/'));
        if let Some((inner, _)) = inside.filter(|(_, tier)| *tier == before.tier.as_str()) {
            return nested(&format!("{prefix}/{inner}"));
        }
        // `a/hourly` beside prefix `a/b`.
        let around = short.rsplit_once('/').filter(|(_, tier)| *tier == before.tier.as_str());
        if let Some((outer, _)) = around.filter(|(outer, _)| prefix.starts_with(&format!("{outer}/"))) {
            return nested(outer);
        }
    }
    None
}

/// Returns the kinds of which the newest snapshot has resources and that the server does not list any more: a hole, not
/// an edit. What is only deselected is none.
#[must_use]
pub fn lost(newest: &BTreeMap<Kind, KindSummary>, now: &BTreeMap<Kind, KindSummary>) -> Vec<Kind> {
    let unreadable = |kind: &Kind| {
        let availability = now.get(kind).map(|summary| summary.availability);
        matches!(availability, Some(Availability::Unsupported | Availability::Forbidden))
    };
    newest.iter().filter(|(_, there)| there.resources > 0).map(|(kind, _)| *kind).filter(unreadable).collect()
}

/// What was captured, as far as deciding needs it.
#[derive(Debug, Clone)]
pub struct Captured<'a> {
    /// Its content's tree id.
    pub tree: &'a str,
    /// Its selection's digest.
    pub selection: &'a str,
    /// When its capture began.
    pub started: DateTime<Utc>,
    /// Whether a push of it was overtaken by somebody else's.
    pub raced: bool,
    /// The time.
    pub now: DateTime<Utc>,
}

/// What a backup will do. Made to be printed before it happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "action")]
pub enum Plan {
    /// Append a snapshot to the branch.
    Append(Append),
    /// Nothing differs from the newest snapshot.
    Unchanged {
        /// That snapshot.
        newest: SnapshotId,
    },
    /// Somebody else's capture, begun after ours, is already there: ours has nothing to add.
    Overtaken {
        /// That snapshot.
        by: SnapshotId,
    },
}

/// A snapshot to be appended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Append {
    /// The branch, as a full ref name.
    pub branch: String,
    /// The commit that the branch must be at; `None`: it must not exist.
    pub expected: Option<String>,
    /// The snapshot's name.
    pub snapshot: SnapshotId,
    /// Its time.
    pub taken: DateTime<Utc>,
    /// Why, though nothing else may differ: the configuration or the layout did.
    pub reconfigured: bool,
    /// The newest snapshot carries a time that lies ahead of ours.
    pub future_dated: Option<SnapshotId>,
}

/// Decides what to make of a capture.
#[must_use]
pub fn plan(prefix: &Prefix, tier: &TierName, tip: &Tip, captured: &Captured<'_>) -> Plan {
    let branch = prefix.branch(tier);
    let Tip::Snapshot(newest) = tip else {
        let expected = match tip {
            Tip::Foreign { commit, .. } => Some(commit.clone()),
            _ => None,
        };
        let taken = captured.started;
        let snapshot = SnapshotId::new(taken, captured.tree);
        return Plan::Append(Append {
            branch,
            expected,
            snapshot,
            taken,
            reconfigured: false,
            future_dated: None,
        });
    };
    let reconfigured = newest.selection != captured.selection || newest.layout != LAYOUT_VERSION;
    if newest.tree == captured.tree && !reconfigured {
        return Plan::Unchanged { newest: newest.id.clone() };
    }
    let ahead = newest.id.taken() - captured.started;
    // A capture cannot have begun in the future: that one's clock is wrong, and says nothing of what it saw.
    let began_by_now = newest.id.taken() - captured.now < CLOCK_SKEW;
    if captured.raced && ahead > TimeDelta::zero() && began_by_now {
        return Plan::Overtaken { by: newest.id.clone() };
    }
    let future_dated = (ahead >= CLOCK_SKEW).then(|| newest.id.clone());
    let taken = if ahead < TimeDelta::zero() || future_dated.is_some() {
        captured.started
    } else {
        newest.id.taken() + TimeDelta::seconds(1)
    };
    Plan::Append(Append {
        branch,
        expected: Some(newest.commit.clone()),
        snapshot: SnapshotId::new(taken, captured.tree),
        taken,
        reconfigured,
        future_dated,
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const OURS: &str = "aaaaaaaaaaaaaaaaaaaaaaaa";
    const THEIRS: &str = "bbbbbbbbbbbbbbbbbbbbbbbb";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_760_000_000 + seconds, 0).unwrap()
    }

    fn newest(taken: i64, tree: &str) -> Newest {
        Newest {
            id: SnapshotId::new(at(taken), tree),
            commit: "c0ffee".to_owned(),
            project: OURS.parse().unwrap(),
            tree: tree.to_owned(),
            selection: "all".to_owned(),
            layout: LAYOUT_VERSION,
        }
    }

    fn admitted(prefix: &str, refs: &[&str], tip: &Tip, change: impl Fn(&mut Before<'_>)) -> Admission {
        let (project, prefix, tier) =
            (OURS.parse().unwrap(), prefix.parse().unwrap(), "hourly".parse().unwrap());
        let mut before = Before {
            project: &project,
            prefix: &prefix,
            tier: &tier,
            refs: refs.to_vec(),
            tip,
            scheduled_every: None,
            public: false,
            allow_public: false,
            now: at(0),
        };
        change(&mut before);
        admit(&before)
    }

    #[rstest]
    #[case(-899, true)]
    #[case(-900, false)]
    #[case(-1800, false)]
    #[case(0, true)]
    #[case(5, false)] // from the future: no reason to wait
    fn a_scheduled_run_waits_for_half_the_interval(#[case] newest_at: i64, #[case] waits: bool) {
        let tip = Tip::Snapshot(newest(newest_at, "1111111111"));
        let scheduled = admitted("snapshot", &[], &tip, |b| b.scheduled_every = Some(TimeDelta::minutes(30)));
        assert_eq!(matches!(scheduled, Admission::TooSoon { .. }), waits, "{scheduled:?}");
        assert_eq!(admitted("snapshot", &[], &tip, |_| ()), Admission::Go, "a manual run always runs");
    }

    #[rstest]
    #[case::free("snapshot", &["refs/heads/main", "refs/heads/snapshot/daily", "refs/tags/snapshot"], true)]
    #[case::parent_is_a_branch("snapshot", &["refs/heads/snapshot"], false)]
    #[case::template_layout("snapshot", &["refs/heads/snapshot/hourly/20251003"], false)]
    #[case::prefix_inside("team", &["refs/heads/team/a/hourly"], false)]
    #[case::prefix_around("team/a", &["refs/heads/team/hourly"], false)]
    #[case::siblings("team/a", &["refs/heads/team/b/hourly"], true)]
    #[case::similar_names("team", &["refs/heads/team-b/hourly"], true)]
    fn refs_that_git_or_we_cannot_hold_together_are_refused(
        #[case] prefix: &str,
        #[case] refs: &[&str],
        #[case] goes: bool,
    ) {
        let admission = admitted(prefix, refs, &Tip::Absent, |_| ());
        assert_eq!(admission == Admission::Go, goes, "{admission:?}");
    }

    #[test]
    fn what_could_harm_is_refused() {
        let refused = |admission| matches!(admission, Admission::Refused(_));
        assert!(refused(admitted("snapshot", &[], &Tip::Absent, |b| b.public = true)));
        assert!(!refused(
            admitted("snapshot", &[], &Tip::Absent, |b| (b.public, b.allow_public) = (true, true))
        ));
        let foreign = Tip::Foreign { commit: "c0ffee".to_owned(), why: "it has no manifest".to_owned() };
        assert!(refused(admitted("snapshot", &[], &foreign, |_| ())));
        let theirs =
            Tip::Snapshot(Newest { project: THEIRS.parse().unwrap(), ..newest(-9000, "1111111111") });
        assert!(refused(admitted("snapshot", &[], &theirs, |_| ())));
    }

    fn planned(tip: &Tip, tree: &str, selection: &str, raced: bool) -> Plan {
        let captured = Captured { tree, selection, started: at(0), raced, now: at(600) };
        plan(&Prefix::default(), &"hourly".parse().unwrap(), tip, &captured)
    }

    #[test]
    fn equal_content_is_unchanged_unless_the_configuration_moved() {
        let tip = Tip::Snapshot(newest(-60, "1111111111"));
        assert!(matches!(planned(&tip, "1111111111", "all", false), Plan::Unchanged { .. }));
        assert!(matches!(planned(&tip, "1111111111", "all", true), Plan::Unchanged { .. }));
        let Plan::Append(append) = planned(&tip, "1111111111", "flows", false) else {
            panic!("not appended")
        };
        assert!(append.reconfigured);
        assert_eq!(append.expected.as_deref(), Some("c0ffee"));
    }

    #[rstest]
    #[case::earlier(-1, 0, false)]
    #[case::the_same_second(0, 1, false)]
    #[case::a_little_ahead(59, 60, false)]
    #[case::far_ahead(60, 0, true)]
    fn times_rise_along_a_chain_unless_a_clock_is_wrong(
        #[case] newest_at: i64,
        #[case] taken: i64,
        #[case] warned: bool,
    ) {
        let tip = Tip::Snapshot(newest(newest_at, "1111111111"));
        let Plan::Append(append) = planned(&tip, "2222222222", "all", false) else { panic!("not appended") };
        assert_eq!(append.taken, at(taken));
        assert_eq!(append.snapshot.taken(), at(taken));
        assert_eq!(append.future_dated.is_some(), warned);
    }

    #[test]
    fn the_older_capture_gives_way_after_a_lost_race() {
        let later = Tip::Snapshot(newest(1, "2222222222"));
        assert!(matches!(planned(&later, "1111111111", "all", true), Plan::Overtaken { .. }));
        // Ten minutes of reading and a minute of clocks that differ are believed, and no more.
        assert!(matches!(
            planned(&Tip::Snapshot(newest(659, "2222222222")), "1111111111", "all", true),
            Plan::Overtaken { .. }
        ));
        let Plan::Append(append) =
            planned(&Tip::Snapshot(newest(660, "2222222222")), "1111111111", "all", true)
        else {
            panic!("a wrong clock must cost no snapshot")
        };
        assert!(append.future_dated.is_some());
        let earlier = Tip::Snapshot(newest(-1, "2222222222"));
        assert!(matches!(planned(&earlier, "1111111111", "all", true), Plan::Append(_)));
        assert!(matches!(planned(&Tip::Absent, "1111111111", "all", true), Plan::Append(_)));
    }
}
