//! How many requests may run at a time, and how many may start in any stretch of time: one pool for each API host.
//!
//! A host that allows 1,000 requests in five minutes counts in a window that slides, so counting in fixed slices
//! would let twice as many through at a slice's edge. The pool remembers when each of the last `requests` requests
//! started and lets the next one start when the oldest has left the window. When the host says "too many" all the
//! same (others may share our address), the whole pool pauses: whoever asks next would only hear it again.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

use crate::plan::pace::RequestWindow;

/// The right to run requests against one host. Cheap to clone; clones are the same pool.
#[derive(Debug, Clone)]
pub struct Pool {
    slots: Arc<Semaphore>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    window: Option<RequestWindow>,
    starts: Mutex<Starts>,
    started: AtomicU64,
}

#[derive(Debug, Default)]
struct Starts {
    /// When the requests still in the window started, oldest first.
    log: VecDeque<Instant>,
    /// Nothing starts before this.
    paused_until: Option<Instant>,
}

/// The right to run one request; held until its answer has been read.
#[derive(Debug)]
pub struct Permit {
    _slot: Option<OwnedSemaphorePermit>,
}

impl Pool {
    /// Makes a pool of at most `concurrency` requests at a time (at least one), within `window`.
    #[must_use]
    pub fn new(concurrency: usize, window: Option<RequestWindow>) -> Self {
        let slots = concurrency.clamp(1, Semaphore::MAX_PERMITS);
        // A window of no requests would never open; the smallest that means anything is one.
        let window = window.map(|window| RequestWindow { requests: window.requests.max(1), ..window });
        let shared = Shared { window, starts: Mutex::default(), started: AtomicU64::new(0) };
        Self { slots: Arc::new(Semaphore::new(slots)), shared: Arc::new(shared) }
    }

    /// Waits until a request may start, and counts it as started.
    pub async fn start(&self) -> Permit {
        // The semaphore is never closed, so there is always a slot to wait for.
        let slot = Arc::clone(&self.slots).acquire_owned().await.ok();
        while let Err(when) = self.shared.try_start(Instant::now()) {
            sleep_until(when).await;
        }
        self.shared.started.fetch_add(1, Ordering::Relaxed);
        Permit { _slot: slot }
    }

    /// Lets nothing start for so long from now. Never shortens a pause.
    pub fn pause(&self, duration: Duration) {
        let until = Instant::now() + duration.min(super::MAX_RETRY_AFTER);
        let mut starts = self.shared.starts.lock().unwrap_or_else(PoisonError::into_inner);
        starts.paused_until = starts.paused_until.max(Some(until));
    }

    /// Returns how many requests have started, retries included.
    #[must_use]
    pub fn started(&self) -> u64 {
        self.shared.started.load(Ordering::Relaxed)
    }

    /// Returns the window that the pool keeps.
    #[must_use]
    pub fn window(&self) -> Option<RequestWindow> {
        self.shared.window
    }
}

impl Shared {
    /// Starts a request now, or says when to ask again.
    fn try_start(&self, now: Instant) -> Result<(), Instant> {
        let mut starts = self.starts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = starts.paused_until.filter(|until| *until > now) {
            return Err(until);
        }
        let Some(window) = self.window else { return Ok(()) };
        while starts.log.front().is_some_and(|first| now.duration_since(*first) >= window.per) {
            starts.log.pop_front();
        }
        match starts.log.front() {
            Some(first) if starts.log.len() >= window.requests as usize => Err(*first + window.per),
            _ => {
                starts.log.push_back(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use proptest::prelude::*;

    use super::*;

    /// Runs `tasks` requests of the given lengths and returns when each started, in order.
    async fn starts(pool: &Pool, tasks: &[(u64, u64)]) -> Vec<Instant> {
        let runs = tasks.iter().map(|(delay, length)| async move {
            tokio::time::sleep(Duration::from_millis(*delay)).await;
            let permit = pool.start().await;
            let started = Instant::now();
            tokio::time::sleep(Duration::from_millis(*length)).await;
            drop(permit);
            started
        });
        let mut starts = join_all(runs).await;
        starts.sort();
        starts
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_window_ever_holds_more_starts_than_allowed(
            requests in 1_usize..12,
            per in 1_u64..5_000,
            concurrency in 1_usize..20,
            tasks in proptest::collection::vec((0_u64..3_000, 0_u64..500), 1..80),
        ) {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
            let per = Duration::from_millis(per);
            let pool = Pool::new(concurrency, Some(RequestWindow { requests: requests as u32, per }));
            let starts = runtime.block_on(starts(&pool, &tasks));
            prop_assert_eq!(starts.len(), tasks.len());
            prop_assert_eq!(pool.started(), tasks.len() as u64);
            // Of any `requests + 1` starts in a row, the last is at least a window after the first.
            for stretch in starts.windows(requests + 1) {
                prop_assert!(stretch[requests] - stretch[0] >= per);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn runs_at_most_so_many_at_a_time() {
        let pool = Pool::new(4, None);
        let begin = Instant::now();
        starts(&pool, &[(0, 100); 16]).await;
        assert_eq!(begin.elapsed().as_millis(), 400);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_everybody_and_is_never_shortened() {
        let pool = Pool::new(4, None);
        pool.pause(Duration::from_secs(30));
        pool.pause(Duration::from_secs(1));
        let begin = Instant::now();
        let starts = starts(&pool, &[(0, 0); 8]).await;
        assert!(starts.iter().all(|start| *start - begin >= Duration::from_secs(30)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_gives_up_takes_no_place() {
        let pool = Pool::new(1, Some(RequestWindow { requests: 1, per: Duration::from_secs(60) }));
        drop(pool.start().await);
        assert!(tokio::time::timeout(Duration::from_secs(1), pool.start()).await.is_err());
        assert_eq!(pool.started(), 1);
        tokio::time::timeout(Duration::from_secs(60), pool.start()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_means_at_least_one() {
        let pool = Pool::new(0, Some(RequestWindow { requests: 0, per: Duration::from_secs(1) }));
        assert_eq!(starts(&pool, &[(0, 0); 3]).await.len(), 3);
    }
}
