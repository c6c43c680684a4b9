//! Admission and planning, on facts made by hand.

use rstest::rstest;

use chrono_tz::Tz;

use super::*;

const OURS: &str = "aaaaaaaaaaaaaaaaaaaaaaaa";
const THEIRS: &str = "bbbbbbbbbbbbbbbbbbbbbbbb";

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000 + seconds, 0).unwrap()
}

fn newest(taken: i64, tree: &str) -> Newest {
    Newest {
        id: SnapshotId::new(at(taken), tree),
        parent: Some("before".to_owned()),
        commit: "c0ffee".to_owned(),
        project: OURS.parse().unwrap(),
        tree: tree.to_owned(),
        selection: "all".to_owned(),
        layout: LAYOUT_VERSION,
    }
}

fn admitted(prefix: &str, refs: &[&str], tip: &Tip, change: impl Fn(&mut Before<'_>)) -> Admission {
    let (project, prefix, tier) = (OURS.parse().unwrap(), prefix.parse().unwrap(), "hourly".parse().unwrap());
    let mut before = Before {
        project: &project,
        prefix: &prefix,
        tier: &tier,
        refs: refs.to_vec(),
        tip,
        confirmed: None,
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
#[case::an_import_under_way("team", &["refs/heads/team/import/hourly"], true)]
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
    assert!(!refused(admitted("snapshot", &[], &Tip::Absent, |b| (b.public, b.allow_public) = (true, true))));
    let foreign = Tip::Foreign { commit: "c0ffee".to_owned(), why: "it has no manifest".to_owned() };
    assert!(refused(admitted("snapshot", &[], &foreign, |_| ())));
    let theirs = Tip::Snapshot(Newest { project: THEIRS.parse().unwrap(), ..newest(-9000, "1111111111") });
    assert!(refused(admitted("snapshot", &[], &theirs, |_| ())));
}

fn planned(tip: &Tip, tree: &str, selection: &str, raced: bool) -> Plan {
    let captured = Captured { tree, selection, started: at(0), anomalies: &[], raced, now: at(600) };
    plan(&Prefix::default(), &Tiers::new(Tier::built_in()).unwrap(), Tz::UTC, tip, &captured)
}

#[test]
fn equal_content_is_unchanged_unless_the_configuration_moved() {
    let tip = Tip::Snapshot(newest(-60, "1111111111"));
    assert!(matches!(planned(&tip, "1111111111", "all", false), Plan::Unchanged { .. }));
    assert!(matches!(planned(&tip, "1111111111", "all", true), Plan::Unchanged { .. }));
    let Plan::Append(append) = planned(&tip, "1111111111", "flows", false) else { panic!("not appended") };
    assert!(append.reconfigured);
    assert_eq!(append.expected.as_deref(), Some("c0ffee"));
    assert!(!append.after_import);
}

#[test]
fn after_an_import_a_snapshot_is_made_whatever_is_in_it() {
    let imported = Newest { layout: IMPORTED_LAYOUT, selection: String::new(), ..newest(-60, "1111111111") };
    let Plan::Append(append) = planned(&Tip::Snapshot(imported), "1111111111", "all", false) else {
        panic!("not appended")
    };
    assert!(append.after_import && append.reconfigured);
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
    let Plan::Append(append) = planned(&Tip::Snapshot(newest(660, "2222222222")), "1111111111", "all", true)
    else {
        panic!("a wrong clock must cost no snapshot")
    };
    assert!(append.future_dated.is_some());
    let earlier = Tip::Snapshot(newest(-1, "2222222222"));
    assert!(matches!(planned(&earlier, "1111111111", "all", true), Plan::Append(_)));
    assert!(matches!(planned(&Tip::Absent, "1111111111", "all", true), Plan::Append(_)));
}

#[rstest]
#[case::same_day(&["hourly"], "2025-10-03T12:00:00Z", "2025-10-03T18:00:00Z", true)]
#[case::next_day(&["hourly"], "2025-10-03T12:00:00Z", "2025-10-04T00:00:00Z", false)]
#[case::every_one_stays(&[], "2025-10-03T12:00:00Z", "2025-10-03T18:00:00Z", false)]
#[case::same_week(&["hourly", "daily"], "2025-10-06T12:00:00Z", "2025-10-10T12:00:00Z", true)]
#[case::a_week_of_two_months(&["hourly", "daily"], "2025-10-31T12:00:00Z", "2025-11-01T12:00:00Z", false)]
fn where_a_period_goes_on_its_snapshot_is_replaced(
    #[case] off: &[&str],
    #[case] before: &str,
    #[case] now: &str,
    #[case] replaced: bool,
) {
    let mut tiers = Tier::built_in();
    tiers.iter_mut().filter(|tier| off.contains(&tier.name.as_str())).for_each(|tier| tier.enabled = false);
    let time = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let tip =
        Tip::Snapshot(Newest { id: SnapshotId::new(time(before), "11111111"), ..newest(0, "1111111111") });
    let captured = Captured {
        tree: "2222222222",
        selection: "s",
        started: time(now),
        anomalies: &[],
        raced: false,
        now: time(now),
    };
    let plan = plan(&Prefix::default(), &Tiers::new(tiers).unwrap(), Tz::UTC, &tip, &captured);
    let Plan::Append(append) = plan else { panic!("{plan:?}") };
    assert_eq!(append.replaces.is_some(), replaced);
    assert_eq!(append.parent.as_deref() == Some("before"), replaced);
    assert_ne!(append.expected, append.parent.filter(|_| replaced));
}
