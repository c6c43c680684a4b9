//! One pool of requests for each API host: a host counts the requests of an address, not those of a project.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::{CognigySettings, Settings};
use crate::http::Pool;
use crate::plan::pace::RequestWindow;

/// The pools of a run, by host.
#[derive(Debug)]
pub(super) struct Pools(BTreeMap<String, (Pool, u64)>);

impl Pools {
    /// Makes the pools for all projects of the run; a window is so long. Where they disagree on a host, the more careful
    /// one is right.
    pub(super) fn new<'s>(projects: impl Iterator<Item = &'s Settings>, per: Duration) -> Self {
        let mut limits: BTreeMap<String, (usize, Option<u32>, u64)> = BTreeMap::new();
        for (settings, cognigy) in projects.filter_map(|one| Some((one, one.cognigy.as_ref()?))) {
            let first = (settings.concurrency, settings.window, 0);
            let (concurrency, window, users) = limits.entry(cognigy.base_url.host()).or_insert(first);
            *concurrency = settings.concurrency.min(*concurrency);
            *window = [settings.window, *window].into_iter().flatten().min();
            *users += 1;
        }
        let pool = |(concurrency, window, users): (usize, Option<u32>, u64)| {
            (Pool::new(concurrency, window.map(|requests| RequestWindow { requests, per })), users)
        };
        Self(limits.into_iter().map(|(host, limits)| (host, pool(limits))).collect())
    }

    /// Returns how many requests a project on this server may start in one window, of which its host's projects have
    /// equal shares; `None` where there is no limit.
    pub(super) fn share(&self, cognigy: &CognigySettings) -> Option<u64> {
        let (pool, users) = self.0.get(&cognigy.base_url.host())?;
        pool.window().map(|window| u64::from(window.requests) / users)
    }

    /// Returns the pool for this server's host.
    ///
    /// # Panics
    /// If none of the projects that the pools were made for is there.
    pub(super) fn of(&self, cognigy: &CognigySettings) -> Pool {
        self.0[&cognigy.base_url.host()].0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Cli, Inputs, Place, Variables};

    fn settings(host: &str, api: &str) -> Settings {
        let cli = Cli::parse(["x", "backup"]).unwrap();
        let variables: Variables = [
            ("COGNIGY_BASE_URL", host),
            ("COGNIGY_API_KEY", "key"),
            ("COGNIGY_AGENT_ID", "5f3a5f3a5f3a5f3a5f3a5f3a"),
        ]
        .into_iter()
        .collect();
        let inputs = Inputs::gather(&cli, &variables, false, &mut |_| Err(String::new()));
        let place = Place { base: "/".into(), server_url: None, repository: None, variables };
        let text = format!(r#"{{"api": {{{api}}}}}"#);
        let file = crate::config::ConfigText { path: "config.json".to_owned(), text };
        Settings::new(&inputs, Ok(Some(file)), &place).unwrap().0
    }

    fn server(settings: &Settings) -> &CognigySettings {
        settings.cognigy.as_ref().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_has_one_pool_and_the_more_careful_limits() {
        let (one, other) = ("https://api-acme.cognigy.cloud", "https://api-acme.cognigy.cloud:8443");
        let all = [
            settings(one, r#""concurrency": 9, "requestsPer5Minutes": 7"#),
            settings(&one.to_uppercase().replace("HTTPS", "https"), r#""concurrency": 2"#),
            settings(other, ""),
        ];
        let pools = Pools::new(all.iter(), Duration::from_secs(300));
        assert_eq!(all.each_ref().map(|one| pools.share(server(one))), [Some(3), Some(3), None]);
        let [first, second, third] = [0, 1, 2].map(|at| pools.of(server(&all[at])));
        let window = |pool: &Pool| pool.window().map(|window| window.requests);
        assert_eq!([&first, &second, &third].map(window), [Some(7), Some(7), None]);
        let _permits = (first.start().await, second.start().await);
        assert_eq!((first.started(), second.started(), third.started()), (2, 2, 0));
        // Two at a time are two of the host, whoever asks.
        let third_of_host = tokio::time::timeout(Duration::from_secs(1), first.start()).await;
        assert!(third_of_host.is_err());
    }
}
