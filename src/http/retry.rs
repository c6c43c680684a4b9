//! Trying again: which failures deserve it is the error's to say, how often and how patiently is the policy's.
//!
//! Two kinds of failure are told apart. A **fault** (a broken connection, a 502) is tried a few times with growing,
//! jittered pauses, because a fault that stays will not be worn down. Being **throttled** is not a fault: the server
//! is well and said "later", so these waits do not use up the tries; only the total bounds them. Without that, a
//! shared five-minute limit would fail every request after fifteen seconds.
//!
//! What is bounded in time is the waiting between tries. Time spent in line for a [`Pool`](super::Pool)'s permit does
//! not count: it says nothing about the server, and with thousands of requests in line it would end every retry.

use std::time::Duration;

/// What a failure says about trying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// The same request would fail the same way.
    Never,
    /// It may pass; the server may have said when.
    Fault {
        /// The wait that the server asked for.
        after: Option<Duration>,
    },
    /// Too many requests; the server may have said for how long.
    Throttled {
        /// The wait that the server asked for.
        after: Option<Duration>,
    },
}

/// An error that knows whether trying again is worth it.
pub trait Retryable {
    /// What this failure says about trying again.
    fn again(&self) -> Again;
}

/// How often and how patiently to try again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How many faults one operation may meet; the last of them is its error.
    pub tries: u32,
    /// The first pause; each next is twice as long.
    pub base: Duration,
    /// The longest pause, unless the server asks for a longer one.
    pub cap: Duration,
    /// How long one operation may wait between its tries, all pauses together.
    pub total: Duration,
    /// The pause when throttled by a server that does not say for how long.
    pub throttled: Duration,
}

impl Default for Policy {
    /// Four pauses of about 1, 2, 4 and 8 seconds for faults; fifteen minutes of patience with a limit, three times
    /// the longest window that we know of.
    fn default() -> Self {
        Self {
            tries: 5,
            base: Duration::from_secs(1),
            cap: Duration::from_secs(60),
            total: Duration::from_secs(15 * 60),
            throttled: Duration::from_secs(30),
        }
    }
}

impl Policy {
    /// Returns a policy that never tries again: for a write whose repetition could do harm.
    #[must_use]
    pub fn once() -> Self {
        Self { tries: 1, total: Duration::ZERO, ..Self::default() }
    }

    /// Returns how long to pause after the failure number `faults + throttles`, or nothing to give up.
    fn pause(&self, again: Again, faults: u32, throttles: u32, waited: Duration) -> Option<Duration> {
        let pause = match again {
            Again::Never => return None,
            Again::Fault { .. } if faults >= self.tries => return None,
            Again::Fault { after: Some(after) } => after + some(after.min(self.base)),
            Again::Fault { after: None } => {
                let pause = self.backoff(faults);
                pause / 2 + some(pause / 2)
            }
            // The growth under the server's word keeps a `Retry-After: 0` from becoming a loop without pause.
            Again::Throttled { after } => {
                let pause = after.unwrap_or(self.throttled).max(self.backoff(throttles));
                pause + some((pause / 10).min(self.base))
            }
        };
        (waited + pause <= self.total).then_some(pause)
    }

    /// Returns the pause after the `n`th failure in a row, from 1, without jitter.
    fn backoff(&self, n: u32) -> Duration {
        let factor = 1_u32.checked_shl(n.saturating_sub(1)).unwrap_or(u32::MAX);
        self.base.saturating_mul(factor).min(self.cap)
    }
}

/// Returns some time up to `most`, so that those who failed together do not return together.
fn some(most: Duration) -> Duration {
    most.mul_f64(fastrand::f64())
}

/// Runs `attempt` until it succeeds, its error says that trying again is pointless, or the policy is used up.
///
/// # Errors
/// The last attempt's error.
pub async fn with_retries<T, E, F>(policy: &Policy, attempt: impl FnMut() -> F) -> Result<T, E>
where
    E: Retryable,
    F: Future<Output = Result<T, E>>,
{
    with_retries_noting(policy, |_, _| {}, attempt).await
}

/// Like [`with_retries`]; tells `note` each failure that is tried again, with the pause before it begins.
///
/// # Errors
/// The last attempt's error.
pub async fn with_retries_noting<T, E, F>(
    policy: &Policy,
    mut note: impl FnMut(&E, Duration),
    // Not `AsyncFnMut`: the compiler cannot yet see that such a closure's future may move between threads.
    mut attempt: impl FnMut() -> F,
) -> Result<T, E>
where
    E: Retryable,
    F: Future<Output = Result<T, E>>,
{
    let (mut faults, mut throttles, mut waited) = (0, 0, Duration::ZERO);
    loop {
        let error = match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let again = error.again();
        match again {
            Again::Never => {}
            Again::Fault { .. } => faults += 1,
            Again::Throttled { .. } => throttles += 1,
        }
        let Some(pause) = policy.pause(again, faults, throttles, waited) else { return Err(error) };
        note(&error, pause);
        tokio::time::sleep(pause).await;
        waited += pause;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[derive(Debug)]
    struct Failure(Again);

    impl Retryable for Failure {
        fn again(&self) -> Again {
            self.0
        }
    }

    const FAULT: Again = Again::Fault { after: None };

    /// Fails `failures` times with `again`, then succeeds. Returns the outcome, the attempts made and the time taken.
    async fn run(policy: &Policy, failures: u32, again: Again) -> (bool, u32, Duration) {
        let (start, mut attempts) = (Instant::now(), 0);
        let outcome = with_retries(policy, || {
            attempts += 1;
            std::future::ready(if attempts <= failures { Err(Failure(again)) } else { Ok(()) })
        })
        .await;
        (outcome.is_ok(), attempts, start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_fault_is_tried_again_with_growing_pauses() {
        let (ok, attempts, time) = run(&Policy::default(), 4, FAULT).await;
        assert!(ok && attempts == 5);
        // 1 + 2 + 4 + 8 s, each between half and all of it.
        assert!(time >= Duration::from_millis(7_500) && time <= Duration::from_millis(15_010), "{time:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_fault_that_stays_ends_after_the_tries() {
        let (ok, attempts, _) = run(&Policy::default(), 99, FAULT).await;
        assert!(!ok && attempts == 5);
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_pass_is_tried_once() {
        let (ok, attempts, time) = run(&Policy::default(), 99, Again::Never).await;
        assert!(!ok && attempts == 1 && time.is_zero());
        assert_eq!(run(&Policy::once(), 99, FAULT).await.1, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_servers_word_on_when_is_kept() {
        for again in [
            Again::Throttled { after: Some(Duration::from_secs(100)) },
            Again::Fault { after: Some(Duration::from_secs(100)) },
        ] {
            let (ok, _, time) = run(&Policy::default(), 1, again).await;
            assert!(ok && time >= Duration::from_secs(100) && time <= Duration::from_secs(102), "{time:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn being_throttled_outlasts_five_minutes_but_not_the_total() {
        let (ok, _, time) = run(&Policy::default(), 8, Again::Throttled { after: None }).await;
        assert!(ok && time >= Duration::from_secs(300), "{time:?}");
        let (ok, attempts, time) = run(&Policy::default(), u32::MAX, Again::Throttled { after: None }).await;
        assert!(!ok && attempts < 40 && time <= Duration::from_secs(15 * 60), "{attempts} {time:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_retry_after_of_nothing_does_not_become_a_storm() {
        let again = Again::Throttled { after: Some(Duration::ZERO) };
        let (ok, attempts, _) = run(&Policy::default(), u32::MAX, again).await;
        assert!(!ok && attempts < 40, "{attempts}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_longer_than_the_total_is_not_begun() {
        let again = Again::Throttled { after: Some(Duration::from_secs(3_600)) };
        let (ok, attempts, time) = run(&Policy::default(), 1, again).await;
        assert!(!ok && attempts == 1 && time.is_zero());
    }

    #[tokio::test(start_paused = true)]
    async fn can_be_spawned() {
        let owned = String::from("x");
        let task = tokio::spawn(async move {
            let borrowed = &owned;
            with_retries(&Policy::default(), || async {
                tokio::task::yield_now().await;
                if borrowed.is_empty() { Err(Failure(FAULT)) } else { Ok(borrowed.len()) }
            })
            .await
        });
        assert_eq!(task.await.unwrap().unwrap(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn each_retry_is_noted() {
        let (mut notes, mut attempts) = (0, 0);
        let outcome: Result<(), Failure> = with_retries_noting(
            &Policy::default(),
            |_, pause| {
                assert!(!pause.is_zero());
                notes += 1;
            },
            || {
                attempts += 1;
                std::future::ready(if attempts == 3 { Ok(()) } else { Err(Failure(FAULT)) })
            },
        )
        .await;
        assert!(outcome.is_ok() && notes == 2);
    }
}
