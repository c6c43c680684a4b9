//! What holds over random policies, zones, clocks and histories.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

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
