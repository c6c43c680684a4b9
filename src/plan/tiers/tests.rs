//! The rules of promotion and retention, as properties over random histories, and as tables over the edges of calendars.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::snapshot::{Period, Storage};

/// A world of tiers and a history of captures, without a store.
struct World {
    tiers: Tiers,
    zone: Tz,
    now: DateTime<Utc>,
    grace: TimeDelta,
    snapshots: Snapshots,
    append_only: BTreeSet<TierName>,
    /// Every capture there ever was.
    taken: Vec<SnapshotId>,
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn name(text: &str) -> TierName {
    text.parse().unwrap()
}

fn id(at: DateTime<Utc>) -> SnapshotId {
    SnapshotId::new(at, &format!("{:08x}", at.timestamp()))
}

impl World {
    fn new(tiers: Vec<Tier>, start: &str) -> Self {
        Self {
            tiers: Tiers::new(tiers).unwrap(),
            zone: Tz::UTC,
            now: time(start),
            grace: TimeDelta::hours(1),
            snapshots: Snapshots::new(),
            append_only: BTreeSet::new(),
            taken: Vec::new(),
        }
    }

    fn built_in() -> Self {
        Self::new(Tier::built_in(), "2025-10-03T12:00:00Z")
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            tiers: &self.tiers,
            zone: self.zone,
            now: self.now,
            grace: self.grace,
            snapshots: &self.snapshots,
            verified: None,
            append_only: &self.append_only,
        }
    }

    fn capture(&mut self) {
        self.capture_at(self.now);
    }

    fn capture_at(&mut self, at: DateTime<Utc>) {
        let base = self.tiers.base().name.clone();
        let chain = self.snapshots.entry(base).or_default();
        if !chain.contains(&id(at)) {
            chain.push(id(at));
            self.taken.push(id(at));
        }
    }

    fn pass(&mut self, minutes: i64) {
        self.now += TimeDelta::minutes(minutes);
    }

    fn promote(&mut self) -> Promotion {
        let promotion = promote(&self.facts(), |_| true);
        self.snapshots = promotion.after.clone();
        promotion
    }

    fn clean(&mut self) -> Cleanup {
        // Nothing is promoted by a run that only cleans up: all that is due is waited for.
        let promotion = promote(&self.facts(), |_| false);
        let cleanup = clean(&self.facts(), &promotion, |_| true);
        self.keep(&cleanup);
        cleanup
    }

    fn keep(&mut self, cleanup: &Cleanup) {
        for judged in &cleanup.tiers {
            self.snapshots.insert(judged.tier.clone(), cleanup.kept(&judged.tier).cloned().collect());
        }
    }

    fn auto(&mut self) -> (Promotion, Cleanup) {
        let promotion = self.promote();
        let cleanup = clean(&self.facts(), &promotion, |_| true);
        self.keep(&cleanup);
        (promotion, cleanup)
    }

    fn of(&self, tier: &str) -> Vec<String> {
        self.snapshots.get(&name(tier)).into_iter().flatten().map(|id| short(id.taken())).collect()
    }

    /// What must be true after every promotion: no period that ended is without its newest snapshot in the tier that
    /// keeps it.
    fn check(&self) -> Result<(), TestCaseError> {
        let facts = self.facts();
        for tier in self.tiers.all().iter().filter(|tier| tier.enabled) {
            if tier.name == self.tiers.base().name || self.append_only.contains(&tier.name) {
                continue;
            }
            let mut newest: BTreeMap<Span, &SnapshotId> = BTreeMap::new();
            for id in self.taken.iter().filter(|id| !facts.is_future(id)) {
                let known = newest.entry(facts.span(tier, id)).or_insert(id);
                *known = (*known).max(id);
            }
            let counted = newest.iter().rev().take(tier.count.unwrap_or(1) as usize);
            for (span, id) in counted.filter(|(span, _)| self.now >= facts.closes(span)) {
                let there = facts.of(&tier.name);
                prop_assert!(
                    there.contains(id),
                    "{} has no {} of {} at {}: {there:?}",
                    tier.name,
                    id,
                    span.label,
                    self.now
                );
            }
        }
        Ok(())
    }
}

fn short(time: DateTime<Utc>) -> String {
    time.format("%m-%dT%H:%M").to_string()
}

fn tier(own: &str, from: Option<&str>, period: Period, count: u32) -> Tier {
    let known = Tier::built_in().remove(0);
    Tier {
        name: name(own),
        from: from.map(name),
        period,
        count: Some(count),
        interval: None,
        storage: Storage::Branch,
        ..known
    }
}

fn policies() -> impl Strategy<Value = Vec<Tier>> {
    let counts = prop::collection::vec(1..9u32, 5);
    let intervals = prop::collection::vec(0..30u64, 5);
    let enabled = prop::collection::vec(prop::bool::weighted(0.85), 5);
    let within = prop::option::weighted(0.2, 1..200u64);
    let sets = prop::sample::select(vec![
        vec![("a", Period::Every), ("b", Period::Day), ("c", Period::Week), ("d", Period::Month)],
        vec![
            ("a", Period::Every),
            ("b", Period::Hour),
            ("c", Period::Day),
            ("d", Period::Month),
            ("e", Period::Year),
        ],
        vec![("a", Period::Every), ("b", Period::Minutes(90)), ("c", Period::Day), ("d", Period::Day)],
        vec![("a", Period::Every), ("b", Period::Every), ("c", Period::Week), ("d", Period::Quarter)],
    ]);
    (sets, counts, intervals, enabled, within, any::<bool>()).prop_map(
        |(set, counts, intervals, enabled, within, release)| {
            let mut from: Option<&str> = None;
            let mut tiers = Vec::new();
            for (at, (own, period)) in set.iter().enumerate() {
                let mut one = tier(own, from, *period, counts[at]);
                one.interval = Some(Duration::from_secs(intervals[at] * 3_600));
                one.enabled = enabled[at] || at == 1;
                one.keep_within = within.filter(|_| at == 1).map(|hours| Duration::from_secs(hours * 3_600));
                one.storage = if release && at + 1 == set.len() { Storage::Release } else { Storage::Branch };
                tiers.push(one);
                from = Some(own);
            }
            tiers
        },
    )
}

fn zones() -> impl Strategy<Value = Tz> {
    prop::sample::select(vec![
        Tz::UTC,
        Tz::Europe__Berlin,
        Tz::America__St_Johns,
        Tz::Pacific__Apia,
        Tz::Asia__Kolkata,
    ])
}

#[derive(Debug, Clone)]
enum Event {
    Pass(i64),
    Capture,
    /// A capture by a clock that is wrong by so many minutes.
    Skewed(i64),
    Promote,
    Clean,
    Auto,
}

fn history(skew: bool) -> impl Strategy<Value = Vec<Event>> {
    let pass = prop_oneof![6 => 5..90i64, 3 => 200..2_000i64, 1 => 10_000..60_000i64];
    let event = prop_oneof![
        4 => pass.prop_map(Event::Pass),
        5 => Just(Event::Capture),
        u32::from(skew) => (-4_000..40_000i64).prop_map(Event::Skewed),
        2 => Just(Event::Promote),
        1 => Just(Event::Clean),
        2 => Just(Event::Auto),
    ];
    prop::collection::vec(event, 1..120)
}

fn world(tiers: Vec<Tier>, zone: Tz) -> World {
    let mut world = World::new(tiers, "2025-09-26T22:10:00Z");
    world.zone = zone;
    world
}

impl World {
    fn happen(&mut self, event: &Event) -> bool {
        match event {
            Event::Pass(minutes) => self.pass(*minutes),
            Event::Capture => self.capture(),
            Event::Skewed(minutes) => self.capture_at(self.now + TimeDelta::minutes(*minutes)),
            Event::Promote => drop(self.promote()),
            Event::Clean => drop(self.clean()),
            Event::Auto => drop(self.auto()),
        }
        matches!(event, Event::Promote | Event::Auto)
    }
}

proptest! {
    #[test]
    fn no_period_that_ends_is_without_its_newest(tiers in policies(), zone in zones(), events in history(false)) {
        let mut world = world(tiers, zone);
        for event in &events {
            if world.happen(event) {
                world.check()?;
            }
        }
        world.promote();
        world.check()?;
    }

    #[test]
    fn wrong_clocks_lose_nothing_and_stop_nothing(tiers in policies(), zone in zones(), events in history(true)) {
        let mut world = world(tiers, zone);
        for event in &events {
            let tips = |world: &World| -> Vec<SnapshotId> { world.snapshots.values().filter_map(|chain| chain.last().cloned()).collect() };
            let before = tips(&world);
            world.happen(event);
            if matches!(event, Event::Clean) {
                let after = tips(&world);
                prop_assert_eq!(before, after, "the newest of a tier is never forgotten");
            }
            for tier in world.tiers.all() {
                let chain = world.facts().of(&tier.name).to_vec();
                let distinct: BTreeSet<_> = chain.iter().collect();
                prop_assert_eq!(distinct.len(), chain.len(), "none is there twice");
            }
        }
        // A capture by a right clock now reaches every tier, whatever was dated ahead.
        world.pass(1);
        world.capture();
        world.auto();
        let newest = id(world.now);
        for tier in world.tiers.all() {
            let chain = world.facts().of(&tier.name);
            let has_newer = chain.iter().any(|id| !world.facts().is_future(id) && id.taken() >= newest.taken());
            let has_period = chain.iter().any(|id| {
                let facts = world.facts();
                !facts.is_future(id) && facts.span(tier, id) == facts.span(tier, &newest)
            });
            let is_fed = tier.enabled && tier.storage == Storage::Branch;
            prop_assert!(!is_fed || has_newer || has_period, "{}: {chain:?}", tier.name);
        }
    }

    #[test]
    fn a_plan_executed_in_part_and_planned_again_reaches_the_same_end(
        tiers in policies(), zone in zones(), events in history(true), part in 0..30usize,
    ) {
        let mut world = world(tiers, zone);
        for event in &events { world.happen(event); }
        let start = world.snapshots.clone();
        let (promotion, cleanup) = world.auto();
        let end = world.snapshots.clone();
        // The same, stopped after so many steps.
        world.snapshots = start;
        let mut left = part;
        let by_tier: BTreeSet<_> = promotion.moves.iter().map(|one| one.tier.clone()).collect();
        for tier in by_tier {
            if left == 0 { break; }
            left -= 1;
            world.snapshots.insert(tier.clone(), promotion.after[&tier].clone());
        }
        for judged in &cleanup.tiers {
            if left == 0 { break; }
            left -= 1;
            world.snapshots.insert(judged.tier.clone(), cleanup.kept(&judged.tier).cloned().collect());
        }
        world.auto();
        let whole = |snapshots: &Snapshots| {
            snapshots.iter().filter(|(_, chain)| !chain.is_empty()).map(|(tier, chain)| (tier.clone(), chain.clone())).collect::<Vec<_>>()
        };
        prop_assert_eq!(whole(&world.snapshots), whole(&end));
        // And once more changes nothing.
        let (again, nothing) = world.auto();
        prop_assert!(again.moves.is_empty() && nothing.forgotten().next().is_none());
    }

    #[test]
    fn judging_is_steady(tiers in policies(), zone in zones(), events in history(true)) {
        let mut world = world(tiers, zone);
        for event in events.iter().filter(|event| !matches!(event, Event::Clean | Event::Auto)) {
            world.happen(event);
        }
        let facts = world.facts();
        let nothing = BTreeMap::new();
        for tier in world.tiers.all() {
            let chain = facts.of(&tier.name);
            let verdicts = judge(&facts, tier, chain, &nothing);
            let counted = |one: &&Verdict| one.keep.iter().any(|keep| matches!(keep, Keep::Count { .. }));
            prop_assert!(verdicts.iter().filter(counted).count() <= tier.count.unwrap() as usize);
            let kept: Vec<SnapshotId> = verdicts.iter().filter(|one| one.stays()).map(|one| one.snapshot.clone()).collect();
            prop_assert_eq!(kept.last(), chain.last(), "the newest stays");
            prop_assert!(judge(&facts, tier, &kept, &nothing).iter().all(Verdict::stays), "the kept stay");
            let larger = Tier { count: tier.count.map(|count| count + 1), ..tier.clone() };
            let more: BTreeSet<_> = judge(&facts, &larger, chain, &nothing).into_iter()
                .filter(Verdict::stays).map(|one| one.snapshot).collect();
            prop_assert!(kept.iter().all(|id| more.contains(id)), "a larger count forgets no more");
        }
    }
}

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
