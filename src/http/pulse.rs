//! Patience with a large body: what counts is that bytes move, not how long the whole takes.
//!
//! Two gigabytes take minutes on a good line and an hour on a bad one, so a limit on the whole request is either too
//! short for the one or useless against a server that has died. A body that is being sent beats a pulse with each
//! piece; only where neither a beat nor an answer comes for a while, nobody is there any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long one request may take in all while bytes keep moving: longer than any job.
pub const WHOLE_REQUEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Counts the pieces of a body as they are taken to be sent. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Pulse(Arc<AtomicU64>);

impl Pulse {
    /// Says that something moved.
    pub fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits for `work` as long as, in each `silence`, something moves. Nothing where it did not, and `work` is dropped.
    pub async fn watch<F: Future>(&self, silence: Duration, work: F) -> Option<F::Output> {
        let mut work = std::pin::pin!(work);
        loop {
            let before = self.0.load(Ordering::Relaxed);
            match tokio::time::timeout(silence, &mut work).await {
                Ok(done) => return Some(done),
                Err(_) if self.0.load(Ordering::Relaxed) > before => {}
                Err(_) => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, sleep};

    use super::*;

    const SILENCE: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn waits_as_long_as_something_moves() {
        let pulse = Pulse::default();
        let sender = pulse.clone();
        let work = async move {
            for _ in 0..100 {
                sleep(Duration::from_secs(9)).await;
                sender.beat();
            }
            "done"
        };
        assert_eq!(pulse.watch(SILENCE, work).await, Some("done"));
    }

    #[tokio::test(start_paused = true)]
    async fn gives_up_once_nothing_moves() {
        let (pulse, start) = (Pulse::default(), Instant::now());
        let sender = pulse.clone();
        let work = async move {
            sleep(Duration::from_secs(9)).await;
            sender.beat();
            std::future::pending::<()>().await;
        };
        assert_eq!(pulse.watch(SILENCE, work).await, None);
        assert_eq!(start.elapsed(), SILENCE * 2);
    }
}
