//! A stateful Cognigy.AI project that speaks the REST contract: what a backup reads, and what a restore writes.
//!
//! The contract is the one compiled in the project's dossier of the API, which the doc comments cite by section; it
//! is certified by the vendor's own client (`tests/contract`). What nobody could confirm without a live server is a
//! [`Switches`] field, so that the product can be tested against both readings.
//!
//! ```
//! use testkit::cognigy::{Cognigy, Fault, Setup};
//!
//! let cognigy = Cognigy::start(Setup::default());
//! cognigy.edit(|project| project.rename_flow("Main", "Welcome"));
//! cognigy.fault(Fault::on("GET", "/flows/*/chart").times(2).status(503));
//! assert!(cognigy.base_url().starts_with("http://127.0.0.1:"));
//! ```

mod fault;
mod kinds;
mod project;
mod routes;
mod serve;
mod switches;
mod task;
mod traffic;

#[cfg(test)]
mod tests;

pub use fault::Fault;
pub use kinds::KINDS;
pub use project::{
    Agent, AuditEvent, ChainElement, Collection, Document, Edit, Endpoint, Entry, Flow, Ids, Intent,
    Keyphrase, KnowledgeSource, KnowledgeStore, Lexicon, Locale, Localised, Mention, Meta, Node,
    PLANTED_IN_CODE, PLANTED_SECRETS, Project, Relation, Sentence, Size, Slot, YesNoIntent,
};
pub use switches::Switches;
pub use traffic::{RateLimit, Request};

use serve::Shared;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot::Sender;

/// The key that opens the stand-in; recognisable, so that a test can look for it wherever it must not be.
pub const API_KEY: &str = "cgy-key-planted-3f9d1c7be2a84065";

/// What a stand-in begins with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The content.
    pub project: Project,
    /// The readings of the contract.
    pub switches: Switches,
    /// How long every answer takes.
    pub latency: Duration,
    /// Requests allowed over time; `None` is no limit.
    pub rate_limit: Option<RateLimit>,
}

impl Default for Setup {
    /// A small project, no latency, no limit.
    fn default() -> Self {
        Self {
            project: Project::seeded(1, Size::small()),
            switches: Switches::default(),
            latency: Duration::ZERO,
            rate_limit: None,
        }
    }
}

/// A running stand-in. Dropping it stops it.
pub struct Cognigy {
    shared: Arc<Shared>,
    api: u16,
    downloads: u16,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Cognigy {
    /// Starts a stand-in on two free ports of 127.0.0.1: the API, and the host that downloads come from.
    pub fn start(setup: Setup) -> Self {
        let shared = Arc::new(Shared::new(setup));
        let (say, hear) = sync_channel(1);
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let served = shared.clone();
        let thread = std::thread::Builder::new()
            .name("cognigy-stand-in".to_owned())
            .spawn(move || serve::run(served, &say, stopped))
            .expect("a thread can be started");
        let (api, downloads) = hear.recv().expect("the server says its ports before anything else");
        Self { shared, api, downloads, stop: Some(stop), thread: Some(thread) }
    }

    /// What a person would set as COGNIGY_BASE_URL.
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.api)
    }

    /// The other host, to which the key must never go.
    pub fn download_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.downloads)
    }

    /// The key that works.
    pub fn api_key(&self) -> &'static str {
        API_KEY
    }

    /// The project's id.
    pub fn project_id(&self) -> String {
        self.read(|project| project.id().to_owned())
    }

    /// Edits the project, as people do while a backup runs.
    pub fn edit<R>(&self, change: impl FnOnce(&mut Project) -> R) -> R {
        change(&mut self.shared.project.write().expect("an earlier edit panicked"))
    }

    /// Looks at the project.
    pub fn read<R>(&self, look: impl FnOnce(&Project) -> R) -> R {
        look(&self.shared.project.read().expect("an earlier edit panicked"))
    }

    /// Plants a fault. Of several that fit a request the one planted first strikes.
    pub fn fault(&self, fault: Fault) {
        self.shared.add_fault(fault);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.shared.clear_faults();
    }

    /// How many faults have not struck as often as they were to.
    pub fn pending_faults(&self) -> usize {
        self.shared.pending_faults()
    }

    /// Every request so far, in the order of their ends.
    pub fn log(&self) -> Vec<Request> {
        self.shared.traffic.log()
    }

    /// Every request so far that asked for something to be changed.
    pub fn writes(&self) -> Vec<Request> {
        self.log().into_iter().filter(Request::is_write).collect()
    }

    /// How many requests have ended so far.
    pub fn request_count(&self) -> usize {
        self.shared.traffic.count()
    }

    /// Forgets the log and the peak of [`Cognigy::max_in_flight`]; leaks stay.
    pub fn clear_log(&self) {
        self.shared.traffic.clear();
    }

    /// The most requests that were being answered at once.
    pub fn max_in_flight(&self) -> usize {
        self.shared.traffic.peak()
    }

    /// Requests to the download host that carried a key.
    pub fn leaks(&self) -> Vec<String> {
        self.shared.traffic.leaks()
    }

    /// Changes how long every answer takes.
    pub fn set_latency(&self, latency: Duration) {
        self.shared.set_latency(latency);
    }

    /// Changes the readings of the contract.
    pub fn set_switches(&self, switches: Switches) {
        *self.shared.switches.write().expect("no holder of the switches panics") = switches;
    }

    /// Changes the limit on requests; what passed before is forgotten.
    pub fn set_rate_limit(&self, limit: Option<RateLimit>) {
        self.shared.set_window(limit.map(traffic::Window::new));
    }
}

impl Drop for Cognigy {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic over there has been printed by then, and a second one here would abort the test run.
            let _ = thread.join();
        }
    }
}
