//! What a number of requests means in time under a server's limit.

use std::time::Duration;

/// A server's limit: so many requests may start in so much time, whenever that time begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestWindow {
    /// Requests.
    pub requests: u32,
    /// Time.
    pub per: Duration,
}

/// What a capture costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Requests in all, without retries.
    pub requests: u64,
    /// The time that the limit alone makes of them; zero where there is none.
    pub at_least: Duration,
}

/// Returns what `requests` cost under `window`. The first window's worth may start at once; each further one has to
/// wait for a whole window.
#[must_use]
pub fn pace(requests: u64, window: Option<RequestWindow>) -> Pace {
    let waits = window.map_or(0, |w| requests.saturating_sub(1) / u64::from(w.requests.max(1)));
    let per = window.map_or(Duration::ZERO, |w| w.per);
    Pace { requests, at_least: per.saturating_mul(u32::try_from(waits).unwrap_or(u32::MAX)) }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0, 0)]
    #[case(900, 0)]
    #[case(901, 5)]
    #[case(1800, 5)]
    #[case(5816, 30)]
    #[case(10_800, 55)]
    #[case(64_800, 355)]
    fn a_window_stretches_requests(#[case] requests: u64, #[case] minutes: u64) {
        let window = RequestWindow { requests: 900, per: Duration::from_secs(300) };
        assert_eq!(pace(requests, Some(window)).at_least, Duration::from_secs(minutes * 60));
        assert_eq!(pace(requests, None).at_least, Duration::ZERO);
    }
}
