//! The run's clock: wall time read once at the door, then moved on by the monotonic clock.
//!
//! A machine whose wall clock is set while a backup runs (a suspended laptop, an NTP step) must not date a part of
//! the snapshot before its beginning. So every time in a run is the door's time plus the time elapsed since.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use tokio::time::Instant;

/// Tells the time of one run. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: DateTime<Utc>,
    since: Instant,
}

impl Clock {
    /// Starts the run's clock at `now`, the one reading of wall time.
    #[must_use]
    pub fn starting_at(now: DateTime<Utc>) -> Self {
        Self { start: now, since: Instant::now() }
    }

    /// Returns the present time of this run, in whole seconds (a snapshot's times have no fraction).
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let elapsed = TimeDelta::from_std(self.since.elapsed()).unwrap_or(TimeDelta::MAX);
        self.start.checked_add_signed(elapsed).unwrap_or(DateTime::<Utc>::MAX_UTC).trunc_subsecs(0)
    }

    /// Returns when the door opened.
    #[must_use]
    pub fn started(&self) -> DateTime<Utc> {
        self.start.trunc_subsecs(0)
    }

    /// Returns the time elapsed since the door opened.
    #[must_use]
    pub fn elapsed(&self) -> std::time::Duration {
        self.since.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn time_goes_on_from_the_door_s_whatever_the_wall_says() {
        let noon: DateTime<Utc> = "2025-10-03T12:00:00.900Z".parse().unwrap();
        let clock = Clock::starting_at(noon);
        assert_eq!(clock.now(), clock.started());
        assert_eq!(clock.now().to_rfc3339(), "2025-10-03T12:00:00+00:00", "whole seconds");
        tokio::time::advance(Duration::from_millis(100)).await;
        assert_eq!(clock.now().to_rfc3339(), "2025-10-03T12:00:01+00:00", "of the sum, not a sum of them");
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert_eq!((clock.now() - clock.started()).num_seconds(), 3601);
        assert_eq!(clock.elapsed(), Duration::from_millis(3_600_100));
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_time_is_no_panic() {
        let clock = Clock::starting_at(DateTime::<Utc>::MAX_UTC);
        tokio::time::advance(Duration::from_secs(10)).await;
        assert!(clock.now() <= DateTime::<Utc>::MAX_UTC);
    }
}
