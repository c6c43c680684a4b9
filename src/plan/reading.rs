//! What of a project is read now and what is carried from the newest snapshot, where reading all of it does not fit into
//! the server's limit.
//!
//! A project is read in units: what some requests give together. What is new is always read. What a signal says moved
//! comes next, then what is older than the configured age, then the share that is due: so much of all that is carried
//! that nothing grows older than that age if runs go on as they do. What no signal speaks of is read where there is room.

use chrono::{DateTime, TimeDelta, Utc};

/// What some requests give together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// How many requests.
    pub requests: u64,
    /// When it was read last; `None` where the newest snapshot does not have it.
    pub read_at: Option<DateTime<Utc>>,
    /// What is said of it.
    pub sign: Sign,
}

/// What the cheap signals say of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It changed since it was read.
    Moved,
    /// It did not.
    Still,
    /// Nothing, or nothing that can be believed.
    Silent,
}

/// How many requests there are to spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// In the server's window that the run began in.
    pub now: u64,
    /// In all windows that the run may wait for, this one included.
    pub in_all: u64,
}

/// How old what is carried may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ages {
    /// The time.
    pub now: DateTime<Utc>,
    /// The age that nothing should exceed.
    pub most: TimeDelta,
    /// The time since the last run.
    pub since_last: TimeDelta,
}

/// Why a unit is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The newest snapshot does not have it.
    New,
    /// It changed.
    Moved,
    /// It is older than it should be.
    Old,
    /// It is its turn.
    Due,
    /// There is room, and nothing else would tell that it changed.
    Room,
}

/// Returns for each unit why it is read now; nothing for what is carried. Of units that are equally old the first ones go
/// first.
#[must_use]
pub fn choose(units: &[Unit], budget: Budget, ages: Ages) -> Vec<Option<Why>> {
    let mut chosen: Vec<Option<Why>> = vec![None; units.len()];
    let mut spent = 0;
    let mut by_age: Vec<(DateTime<Utc>, usize)> = Vec::new();
    for (at, unit) in units.iter().enumerate() {
        match unit.read_at {
            Some(read_at) => by_age.push((read_at, at)),
            None => {
                chosen[at] = Some(Why::New);
                spent += unit.requests;
            }
        }
    }
    by_age.sort();
    let is_old = |read_at: DateTime<Utc>| ages.now - read_at > ages.most;
    let mut was_too_large = false;
    let mut take = |why: Why, most: u64, fits: &dyn Fn(DateTime<Utc>, &Unit) -> bool| {
        let mut taken = 0;
        for (read_at, at) in &by_age {
            let unit = &units[*at];
            if taken >= most || chosen[*at].is_some() || !fits(*read_at, unit) {
                continue;
            }
            let room = if why < Why::Due { budget.in_all } else { budget.now };
            // What needs more than half of all there is would never fit beside the rest: one such has its turn in a run.
            let is_too_large =
                why < Why::Due && unit.requests * 2 > budget.in_all && !was_too_large && unit.requests > 1;
            if spent + unit.requests > room && !is_too_large {
                continue;
            }
            was_too_large |= is_too_large;
            chosen[*at] = Some(why);
            spent += unit.requests;
            taken += unit.requests;
        }
    };
    take(Why::Moved, u64::MAX, &|_, unit| unit.sign == Sign::Moved);
    take(Why::Old, u64::MAX, &|read_at, _| is_old(read_at));
    let carried = |read_at: DateTime<Utc>, unit: &Unit| unit.sign != Sign::Moved && !is_old(read_at);
    let all: u64 = by_age
        .iter()
        .filter(|(read_at, at)| carried(*read_at, &units[*at]))
        .map(|(_, at)| units[*at].requests)
        .sum();
    take(Why::Due, share(all, ages), &carried);
    take(Why::Room, u64::MAX, &|_, unit| unit.sign == Sign::Silent);
    chosen
}

/// Returns how many of `carried` requests are due after so much time, rounded up: a share that is rounded down would leave
/// something older than it may be.
fn share(carried: u64, ages: Ages) -> u64 {
    let (most, passed) = (ages.most.num_seconds().max(1), ages.since_last.num_seconds().max(0));
    let share = i128::from(carried) * i128::from(passed.min(most));
    u64::try_from((share + i128::from(most) - 1) / i128::from(most)).unwrap_or(carried)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2025-10-03T12:00:00Z".parse().unwrap()
    }

    fn unit(age_minutes: i64, sign: Sign) -> Unit {
        Unit { requests: 1, read_at: Some(now() - TimeDelta::minutes(age_minutes)), sign }
    }

    fn ages(since_last_minutes: i64) -> Ages {
        Ages { now: now(), most: TimeDelta::hours(24), since_last: TimeDelta::minutes(since_last_minutes) }
    }

    const MUCH: Budget = Budget { now: 10_000, in_all: 30_000 };

    #[test]
    fn half_an_hour_is_a_forty_eighth_of_a_day() {
        let units = vec![unit(30, Sign::Still); 5_816];
        let read = |minutes| choose(&units, MUCH, ages(minutes)).iter().flatten().count();
        assert_eq!(read(30), 122, "121.2, rounded up");
        assert_eq!(read(0), 0);
        assert_eq!(read(24 * 60), 5_816);
        assert_eq!(read(72 * 60), 5_816);
    }

    #[test]
    fn the_order_is_new_moved_old_due_silent() {
        let new = Unit { read_at: None, ..unit(0, Sign::Silent) };
        let units = [
            unit(10, Sign::Silent),
            unit(20, Sign::Still),
            unit(25 * 60, Sign::Still),
            unit(5, Sign::Moved),
            new,
        ];
        let with = |now, in_all| choose(&units, Budget { now, in_all }, ages(15));
        use Why::{Due, Moved, New, Old, Room};
        assert_eq!(with(9, 9), [Some(Room), Some(Due), Some(Old), Some(Moved), Some(New)]);
        assert_eq!(
            with(3, 9),
            [None, None, Some(Old), Some(Moved), Some(New)],
            "the rest waits for no window"
        );
        assert_eq!(with(2, 2), [None, None, None, Some(Moved), Some(New)]);
        assert_eq!(with(0, 0), [None, None, None, None, Some(New)], "what is new is read at any price");
    }

    #[test]
    fn a_unit_too_large_for_the_rest_does_not_keep_the_others_waiting() {
        let large = Unit { requests: 50, ..unit(60, Sign::Moved) };
        let budget = Budget { now: 100, in_all: 110 };
        let small = vec![unit(30, Sign::Moved); 70];
        let chosen = choose(&[small, vec![large]].concat(), budget, ages(30));
        assert!(chosen.iter().all(|why| *why == Some(Why::Moved) || why.is_none()));
        assert_eq!(chosen.iter().flatten().count(), 61, "the oldest first, and as many as fit beside it");
    }

    #[test]
    fn what_is_larger_than_the_budget_has_its_turn_and_one_of_it_a_run() {
        let large = Unit { requests: 50, ..unit(60, Sign::Moved) };
        let chosen = choose(&[large, large, unit(30, Sign::Moved)], Budget { now: 10, in_all: 10 }, ages(30));
        assert_eq!(chosen, [Some(Why::Moved), None, None]);
    }

    /// Runs every `gap` minutes for some days with nothing moving and gives the greatest age that anything reached.
    fn oldest(mut read: Vec<DateTime<Utc>>, gaps: &[i64], budget: u64) -> TimeDelta {
        let (mut time, mut worst) = (now(), TimeDelta::zero());
        for gap in gaps {
            time += TimeDelta::minutes(*gap);
            worst = worst.max(read.iter().map(|at| time - *at).max().unwrap_or_default());
            let units: Vec<Unit> =
                read.iter().map(|at| Unit { requests: 1, read_at: Some(*at), sign: Sign::Still }).collect();
            let ages = Ages { now: time, most: TimeDelta::hours(24), since_last: TimeDelta::minutes(*gap) };
            let chosen = choose(&units, Budget { now: budget, in_all: 3 * budget }, ages);
            for (at, _) in chosen.iter().enumerate().filter(|(_, why)| why.is_some()) {
                read[at] = time;
            }
        }
        worst
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn nothing_grows_older_than_it_may(
            count in 1_usize..400,
            gaps in proptest::collection::vec(1_i64..180, 100..200),
        ) {
            let worst = oldest(vec![now(); count], &gaps, 1_000);
            // One gap more at most: what comes of age in the middle of one is read at its end.
            let gap = gaps.iter().max().copied().unwrap_or_default();
            prop_assert!(worst <= TimeDelta::hours(24) + TimeDelta::minutes(gap), "{worst}");
        }

        #[test]
        fn the_budget_is_kept_and_what_is_new_is_read(
            units in proptest::collection::vec((0_u64..20, -1_i64..3_000, 0..3), 0..200),
            now_budget in 0_u64..500,
            more in 0_u64..500,
            since in 0_i64..2_000,
        ) {
            let signs = [Sign::Moved, Sign::Still, Sign::Silent];
            let units: Vec<Unit> = units.iter().map(|(requests, age, sign)| Unit {
                requests: *requests,
                read_at: (*age >= 0).then(|| now() - TimeDelta::minutes(*age)),
                sign: signs[*sign as usize],
            }).collect();
            let budget = Budget { now: now_budget, in_all: now_budget + more };
            let chosen = choose(&units, budget, ages(since));
            let cost = |of: &dyn Fn(Why) -> bool| -> u64 {
                units.iter().zip(&chosen).filter(|(_, why)| why.is_some_and(of)).map(|(unit, _)| unit.requests).sum()
            };
            let new = cost(&|why| why == Why::New);
            prop_assert!(units.iter().zip(&chosen).all(|(unit, why)| unit.read_at.is_some() || why.is_some()));
            // One that is too large for it may go over it.
            let largest = units.iter().map(|unit| unit.requests).max().unwrap_or_default();
            prop_assert!(cost(&|_| true) <= budget.in_all.max(new) + largest);
            if cost(&|why| why >= Why::Due) > 0 {
                prop_assert!(cost(&|_| true) <= budget.now.max(new));
            }
        }
    }
}
