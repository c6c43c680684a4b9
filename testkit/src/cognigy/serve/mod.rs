//! The server: two listeners on a thread and a runtime of its own, so that any test, example or bench can use it
//! whatever runtime it has itself.

pub(crate) mod ask;
mod front;
mod hal;
mod line;
pub(crate) mod paging;

use super::fault::Fault;
use super::task::Tasks;
use super::traffic::{Traffic, Window};
use super::{Project, Setup, Switches};
use ask::Query;
use axum::Router;
use line::{Line, Lines};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot::Receiver;

/// All that the handlers share. Locks are held while an answer is made and never over a wait; who needs both takes
/// the project's before the tasks'.
pub(crate) struct Shared {
    pub(crate) project: RwLock<Project>,
    pub(crate) switches: RwLock<Switches>,
    pub(crate) traffic: Traffic,
    pub(crate) tasks: Mutex<Tasks>,
    faults: Mutex<Vec<Fault>>,
    latency: Mutex<Duration>,
    window: Mutex<Option<Window>>,
    turn: AtomicU64,
    orders: Mutex<HashMap<String, u64>>,
}

impl Shared {
    pub(crate) fn new(setup: Setup) -> Self {
        Self {
            project: RwLock::new(setup.project),
            switches: RwLock::new(setup.switches),
            traffic: Traffic::default(),
            tasks: Mutex::default(),
            faults: Mutex::default(),
            latency: Mutex::new(setup.latency),
            window: Mutex::new(setup.rate_limit.map(Window::new)),
            turn: AtomicU64::new(0),
            orders: Mutex::default(),
        }
    }

    pub(crate) fn add_fault(&self, fault: Fault) {
        self.faults.lock().expect("no holder of the faults panics").push(fault);
    }

    pub(crate) fn pending_faults(&self) -> usize {
        self.faults.lock().expect("no holder of the faults panics").iter().filter(|f| f.is_pending()).count()
    }

    pub(crate) fn clear_faults(&self) {
        self.faults.lock().expect("no holder of the faults panics").clear();
    }

    pub(crate) fn set_latency(&self, latency: Duration) {
        *self.latency.lock().expect("no holder of the latency panics") = latency;
    }

    pub(crate) fn set_window(&self, window: Option<Window>) {
        *self.window.lock().expect("no holder of the window panics") = window;
    }

    pub(crate) fn switches(&self) -> Switches {
        *self.switches.read().expect("no holder of the switches panics")
    }

    fn latency(&self) -> Duration {
        *self.latency.lock().expect("no holder of the latency panics")
    }

    /// The first fault that strikes this request.
    fn strike(&self, method: &str, path: &str, query: &Query) -> Option<Fault> {
        let mut faults = self.faults.lock().expect("no holder of the faults panics");
        faults.iter_mut().find_map(|f| f.strikes(method, path, |name| query.get(name)).then(|| f.clone()))
    }

    /// The seed of a read's order: drawn anew with its first page, kept for the following ones.
    fn order(&self, path: &str, query: &Query, turn: u64) -> u64 {
        let mut orders = self.orders.lock().expect("no holder of the orders panics");
        let later = query.get("next").or(query.get("previous")).is_some()
            || query.get("skip").is_some_and(|s| s != "0");
        if !later {
            orders.insert(path.to_owned(), turn);
        }
        orders.get(path).copied().unwrap_or(turn)
    }

    fn turn(&self) -> u64 {
        self.turn.fetch_add(1, Ordering::Relaxed)
    }
}

/// Runs both listeners until `stop` is dropped; says the two ports first.
pub(crate) fn run(shared: Arc<Shared>, ports: &SyncSender<(u16, u16)>, stop: Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("cognigy-stand-in")
        .enable_all()
        .build()
        .expect("a runtime needs only threads and a poller");
    runtime.block_on(async {
        let api = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let downloads = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let port = |l: &TcpListener| l.local_addr().expect("a bound listener has an address").port();
        shared.tasks.lock().expect("nobody else is here yet").host =
            format!("http://127.0.0.1:{}", port(&downloads));
        ports.send((port(&api), port(&downloads))).expect("the starter waits for the ports");
        let app = Router::new().fallback(front::answer).with_state(shared.clone());
        let app = app.into_make_service_with_connect_info::<Line>();
        tokio::spawn(async move { axum::serve(Lines(api), app).await });
        let app = Router::new().fallback(front::download).with_state(shared);
        tokio::spawn(async move { axum::serve(downloads, app).await });
        // An error means that the handle is gone without a word, which is a stop too.
        let _ = stop.await;
    });
    runtime.shutdown_background();
}
