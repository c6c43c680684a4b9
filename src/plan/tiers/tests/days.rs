//! Days and months as they come, and the edges of calendars.

use rstest::rstest;

use super::*;

#[test]
fn a_day_of_half_hours_leaves_the_last_six_and_one_a_day() {
    let mut world = World::built_in();
    for _ in 0..48 * 9 {
        world.capture();
        world.auto();
        world.pass(30);
    }
    assert_eq!(world.of("hourly").len(), 6);
    let daily = world.of("daily");
    assert_eq!(
        daily[..6],
        ["10-06T23:30", "10-07T23:30", "10-08T23:30", "10-09T23:30", "10-10T23:30", "10-11T23:30"]
    );
    // The open day is refreshed every six hours.
    assert_eq!(daily[6], "10-12T06:00");
    assert_eq!(world.of("weekly"), ["10-05T23:30", "10-12T00:00"]);
    assert!(world.of("monthly").is_empty(), "October is not over");
}

#[test]
fn a_month_is_released_after_it_closed_with_its_last_snapshot() {
    let mut world = World::new(Tier::built_in(), "2025-10-30T12:10:00Z");
    for _ in 0..48 * 3 {
        world.capture();
        let (promotion, _) = world.auto();
        for one in promotion.moves.iter().filter(|one| one.tier == name("monthly")) {
            assert_eq!(
                (one.period.as_str(), short(one.snapshot.taken()).as_str()),
                ("2025-10", "10-31T23:40")
            );
            assert!(world.now >= time("2025-11-01T01:00:00Z"), "a run that began in October may still save");
            assert!(!one.open);
        }
        world.pass(30);
    }
    assert_eq!(world.of("monthly"), ["10-31T23:40"]);
}

#[test]
fn a_pause_of_a_year_forgets_nothing() {
    let mut world = World::built_in();
    for _ in 0..48 * 40 {
        world.capture();
        world.auto();
        world.pass(30);
    }
    let before = world.snapshots.clone();
    world.pass(366 * 24 * 60);
    let (_, cleanup) = world.auto();
    assert_eq!(cleanup.forgotten().count(), 0);
    for tier in ["hourly", "daily", "weekly"] {
        assert_eq!(world.snapshots[&name(tier)].len(), before[&name(tier)].len(), "{tier}");
    }
}

#[test]
fn what_ended_while_nothing_ran_is_taken_late() {
    let mut world = World::built_in();
    world.pass(60 * 11 + 30);
    world.capture();
    // Ten days of nothing but captures on weekdays; then one promotion.
    for _ in 0..10 {
        world.pass(24 * 60);
        world.capture();
    }
    let promotion = world.promote();
    assert_eq!(world.of("daily").len(), 7, "older days would be forgotten at once");
    assert_eq!(promotion.moves.iter().filter(|one| one.tier == name("daily")).count(), 7);
    assert_eq!(world.of("weekly"), ["10-05T23:30", "10-12T23:30", "10-13T23:30"]);
    // Until then no cleanup took them away.
    let mut late = World::built_in();
    for _ in 0..10 {
        late.capture();
        late.clean();
        late.pass(24 * 60);
    }
    assert_eq!(
        late.of("hourly").len(),
        8,
        "six of its own, and what the daily and the weekly tier still have to take"
    );
}

#[test]
fn a_run_that_began_before_midnight_counts_for_its_day() {
    let mut world = World::built_in();
    world.pass(60 * 11 + 50);
    world.capture();
    world.pass(15);
    world.capture();
    world.auto();
    assert_eq!(world.of("daily"), ["10-03T23:50", "10-04T00:05"]);
    // A run that began at 23:55 saves at 00:40.
    world.capture_at(time("2025-10-03T23:55:00Z"));
    world.pass(35);
    world.auto();
    assert_eq!(world.of("daily"), ["10-03T23:50", "10-04T00:05"], "the day may still get another");
    world.pass(30);
    world.auto();
    assert_eq!(world.of("daily"), ["10-03T23:55", "10-04T00:05"]);
}

#[test]
fn where_nothing_may_be_rewritten_a_tier_takes_closed_periods_only() {
    let mut world = World::built_in();
    world.append_only = [name("daily"), name("hourly"), name("weekly")].into();
    for _ in 0..48 * 2 {
        world.capture();
        let promotion = world.promote();
        for one in &promotion.moves {
            assert!(!one.open && one.replaces.is_none());
            assert_eq!(promotion.after[&one.tier].last(), Some(&one.snapshot));
        }
        world.pass(30);
    }
    assert_eq!(world.of("daily"), ["10-03T23:30", "10-04T23:30"]);
}

#[rstest]
#[case::middle(&["daily"], &["10-12T00:00"])]
#[case::base(&["hourly"], &["10-12T00:00"])]
fn disabled_tiers_starve_nobody_above(#[case] off: &[&str], #[case] open: &[&str]) {
    let mut tiers = Tier::built_in();
    tiers.iter_mut().filter(|tier| off.contains(&tier.name.as_str())).for_each(|tier| tier.enabled = false);
    let mut world = World::new(tiers, "2025-10-03T12:00:00Z");
    for _ in 0..48 * 9 {
        world.capture();
        world.auto();
        world.pass(30);
    }
    assert_eq!(world.of("weekly"), [&["10-05T23:30"], open].concat());
    let disabled = world.of(off[0]);
    assert!(disabled.is_empty(), "neither fed nor pruned: {disabled:?}");
}

#[test]
fn a_snapshot_dated_ahead_is_no_anchor_and_waits_for_its_time() {
    let mut world = World::built_in();
    world.capture_at(time("2026-10-03T12:00:00Z"));
    let promotion = world.promote();
    assert!(promotion.moves.is_empty());
    assert!(promotion.skips.iter().any(|skip| skip.why == Why::FutureDated));
    for _ in 0..10 {
        world.capture();
        world.auto();
        world.pass(24 * 60);
    }
    assert!(!world.of("hourly").contains(&"10-03T12:00".to_owned()) || world.of("hourly").len() <= 7);
    assert_eq!(world.of("daily").len(), 7);
}

#[test]
fn two_tiers_of_one_period_both_have_it() {
    let tiers = vec![
        tier("a", None, Period::Every, 3),
        tier("b", Some("a"), Period::Day, 2),
        tier("c", Some("b"), Period::Day, 5),
    ];
    let mut world = World::new(tiers, "2025-10-03T12:00:00Z");
    for _ in 0..8 {
        world.capture();
        world.auto();
        world.pass(24 * 60);
    }
    assert_eq!((world.of("b").len(), world.of("c").len()), (2, 5));
    assert_eq!(world.of("c")[3..], world.of("b"));
}

#[test]
fn only_one_tier_is_touched_where_one_is_named_and_the_others_lose_nothing() {
    let mut world = World::built_in();
    for _ in 0..10 {
        world.capture();
        world.pass(24 * 60);
    }
    let weekly = name("weekly");
    let promotion = promote(&world.facts(), |tier| *tier == weekly);
    assert!(promotion.moves.iter().all(|one| one.tier == weekly));
    let cleanup = clean(&world.facts(), &promotion, |_| true);
    let kept: Vec<_> = cleanup.kept(&name("hourly")).collect();
    assert_eq!(kept.len(), 7, "the daily tier was not asked for and still has to take them: {kept:?}");
}

#[test]
fn counts_lowered_and_raised() {
    let mut world = World::built_in();
    for _ in 0..20 {
        world.capture();
        world.auto();
        world.pass(24 * 60);
    }
    let mut tiers = Tier::built_in();
    tiers[1].count = Some(3);
    world.tiers = Tiers::new(tiers.clone()).unwrap();
    let (_, cleanup) = world.auto();
    assert_eq!(world.of("daily").len(), 3);
    assert!(cleanup.forgotten().all(|(_, _, why)| *why == Drop::Beyond { count: 3 }));
    tiers[1].count = Some(30);
    world.tiers = Tiers::new(tiers).unwrap();
    world.auto();
    assert_eq!(world.of("daily").len(), 6, "what the last captures still hold comes back");
}

/// The example of docs/retention.md, row by row.
#[test]
fn the_week_of_the_documentation_is_as_it_says() {
    let day = |time: DateTime<Utc>| time.format("%a").to_string()[..2].to_owned();
    let clock = |time: DateTime<Utc>| time.format("%H:%M").to_string();
    let grouped = |times: &[DateTime<Utc>]| {
        let groups = times.chunk_by(|one, next| clock(*one) == clock(*next));
        let group = |group: &[DateTime<Utc>]| {
            let days: Vec<String> = group.iter().map(|time| day(*time)).collect();
            format!("{} {}", days.join(", "), clock(group[0]))
        };
        groups.map(group).collect::<Vec<_>>().join(", ")
    };
    let page = include_str!("../../../../docs/retention.md");
    let mut world = World::new(Tier::built_in(), "2025-10-06T00:17:00Z");
    let mut before = Vec::new();
    for date in 6..=13 {
        for hour in 0..24 {
            if !(11..=12).contains(&date) && (9..17).contains(&hour) {
                world.capture();
            }
            world.auto();
            world.pass(60);
        }
        let times = |tier: &str| -> Vec<DateTime<Utc>> {
            world.snapshots.get(&name(tier)).into_iter().flatten().map(SnapshotId::taken).collect()
        };
        let (hourly, daily, weekly) = (times("hourly"), times("daily"), times("weekly"));
        let now = vec![hourly.clone(), daily.clone(), weekly.clone()];
        let after = format!("{} {date}", day(world.now - TimeDelta::hours(1)));
        let row = if now == before {
            format!("| {after} | the same | the same | the same |")
        } else {
            let ends =
                format!("{} {} … {}", day(hourly[0]), clock(hourly[0]), clock(hourly[hourly.len() - 1]));
            format!("| {after} | {ends} | {} | {} |", grouped(&daily), grouped(&weekly))
        };
        assert!(page.contains(&row), "{row}");
        before = now;
    }
}

#[test]
fn a_week_of_two_months_keeps_both_until_the_month_is_out() {
    let mut tiers = Tier::built_in();
    tiers[1].enabled = false;
    (tiers[0].count, tiers[2].count) = (Some(1), Some(1));
    let mut world = World::new(tiers, "2025-10-31T12:00:00Z");
    world.capture();
    world.auto();
    // The month cannot be released for a while: its archives are out of reach.
    let not_monthly = |tier: &TierName| *tier != name("monthly");
    for _ in 0..3 {
        world.pass(24 * 60);
        world.capture();
        let promotion = promote(&world.facts(), not_monthly);
        world.snapshots = promotion.after.clone();
        let cleanup = clean(&world.facts(), &promotion, not_monthly);
        world.keep(&cleanup);
        assert!(world.of("weekly").contains(&"10-31T12:00".to_owned()), "{:?}", world.of("weekly"));
    }
    world.auto();
    assert_eq!(world.of("monthly"), ["10-31T12:00"]);
    world.auto();
    assert!(!world.of("weekly").contains(&"10-31T12:00".to_owned()), "then it may go");
}

#[test]
fn a_clock_that_is_behind_forgets_nothing_by_age() {
    let mut tiers = Tier::built_in();
    tiers[0].count = None;
    tiers[0].keep_within = Some(std::time::Duration::from_secs(30 * 86_400));
    let mut world = World::new(tiers, "2025-10-03T12:00:00Z");
    for _ in 0..5 {
        world.capture();
        world.pass(60);
    }
    world.pass(-400 * 24 * 60);
    assert_eq!(world.clean().forgotten().count(), 0);
}
