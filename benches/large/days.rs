//! Two simulated days: runs every half hour, ten edits a day of every kind, and for each edit when a snapshot had it.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cognigy_backup::snapshot::Kind;
use fastrand::Rng;
use serde_json::{Value, json};
use testkit::cognigy::{Cognigy, Edit, Fault, Project, RateLimit, Setup, Size, Switches};

use crate::lab::{HOURLY, Lab, Ran, at, parts};
use crate::program::now;

/// How long five minutes are here: long enough that the three windows of a run's time budget outlast a slow machine.
const WINDOW: Duration = Duration::from_millis(1_500);
const HALF_HOUR: TimeDelta = TimeDelta::minutes(30);
const RUNS: usize = 96;
/// Ten edits a day.
const EDITS: usize = 20;

/// A part by kind, `_id` and name, and what it is.
type Parts = BTreeMap<(Kind, String, String), Value>;

/// What two days were.
pub(crate) struct Days {
    /// Requests of the first run.
    pub(crate) first: usize,
    /// Requests that the server refused as too many, in all runs.
    pub(crate) refused: usize,
    /// Requests of runs after an edit, of those after none, and of those when nothing was due either.
    pub(crate) edited: Vec<usize>,
    pub(crate) unchanged: Vec<usize>,
    pub(crate) nothing_due: Vec<usize>,
    /// When edits were in a snapshot.
    pub(crate) told: Vec<Told>,
    /// Those that never were.
    pub(crate) untold: Vec<String>,
    /// How long runs took.
    pub(crate) seconds: Vec<f64>,
}

/// A part that was edited, and when a snapshot had it.
pub(crate) struct Told {
    pub(crate) after: TimeDelta,
    /// How many runs that took.
    pub(crate) runs: usize,
    /// Whether a chart showed it.
    pub(crate) in_chart: bool,
}

struct Pending {
    edited: DateTime<Utc>,
    run: usize,
    in_chart: bool,
    /// What is to be in a snapshot; nothing where the part was removed.
    value: Option<Value>,
}

impl Days {
    pub(crate) fn simulate(switches: Switches, graph: bool) -> Self {
        let project = Project::seeded(1, Size::benchmark());
        let limit = RateLimit { requests: 1_000, per: WINDOW, retry_after: true };
        let cognigy =
            Cognigy::start(Setup { project, switches, rate_limit: Some(limit), ..Setup::default() });
        if !graph {
            cognigy.fault(Fault::on("GET", "/projects/*/graph").forever().status(404));
        }
        let (lab, whole) = (Lab::new(WINDOW), Lab::new(WINDOW));
        let config = |age: &str| json!({"api": {"requestsPer5Minutes": 900}, "backup": {"secrets": "keep", "maxCarryAge": age}});
        let everything = || {
            cognigy.set_rate_limit(None);
            let ran = whole.run(
                "backup",
                &cognigy,
                at("2025-10-03T00:00:00Z"),
                &json!({"backup": {"secrets": "keep"}}),
            );
            assert!(ran.code == 0, "{}", ran.said);
            cognigy.set_rate_limit(Some(limit));
            values(&whole)
        };
        let mut days = Self {
            first: 0,
            refused: 0,
            edited: Vec::new(),
            unchanged: Vec::new(),
            nothing_due: Vec::new(),
            told: Vec::new(),
            untold: Vec::new(),
            seconds: Vec::new(),
        };
        // A locale more or less would make it another project, of more or fewer requests.
        let edits: Vec<Edit> =
            Edit::all().into_iter().filter(|edit| !edit.name.ends_with("a locale")).collect();
        let mut rng = Rng::with_seed(1);
        let mut now = at("2025-10-03T12:00:00Z");
        let mut truth = everything();
        let ran = lab.run("backup", &cognigy, now, &config("PT24H"));
        assert!(ran.code == 0, "{}", ran.said);
        (days.first, days.refused) = (ran.requests, ran.refused);
        let mut pending: BTreeMap<(Kind, String, String), Pending> = BTreeMap::new();
        let mut turns: Vec<usize> = (1..RUNS - 49).collect();
        rng.shuffle(&mut turns);
        turns.truncate(EDITS);
        for run in 1..=RUNS {
            now += HALF_HOUR;
            let edited = turns.contains(&run);
            if edited {
                let before = charts(&cognigy);
                edit(&cognigy, &edits, &mut rng);
                let in_chart = charts(&cognigy) != before;
                let after = everything();
                note(&mut pending, &truth, &after, now, run, in_chart);
                truth = after;
            }
            // Half an hour has passed: what the server counted before is forgotten.
            cognigy.set_rate_limit(Some(limit));
            let ran = days.time(|| lab.run("backup", &cognigy, now, &config("PT24H")));
            let requests = if edited { &mut days.edited } else { &mut days.unchanged };
            requests.push(ran.requests);
            let have = values(&lab);
            pending.retain(|key, edit| {
                let told = have.get(key) == edit.value.as_ref();
                if told {
                    let runs = run - edit.run + 1;
                    days.told.push(Told { after: now - edit.edited, runs, in_chart: edit.in_chart });
                }
                !told
            });
        }
        days.untold = pending.keys().map(|(kind, id, part)| format!("{kind} {id} {part}")).collect();
        // With so large an age nothing is due for a year.
        for _ in 0..4 {
            now += HALF_HOUR;
            cognigy.set_rate_limit(Some(limit));
            let ran = days.time(|| lab.run("backup", &cognigy, now, &config("P365D")));
            days.nothing_due.push(ran.requests);
        }
        days
    }

    fn time(&mut self, run: impl FnOnce() -> Ran) -> Ran {
        let begin = now();
        let ran = run();
        assert!(ran.code == 0, "{}", ran.said);
        self.seconds.push(begin.elapsed().as_secs_f64());
        self.refused += ran.refused;
        ran
    }
}

/// Everything in the newest snapshot.
fn values(lab: &Lab) -> Parts {
    parts(&lab.snapshot(HOURLY).1).into_iter().map(|(key, part)| (key, part.value)).collect()
}

/// Notes what an edit changed.
fn note(
    pending: &mut BTreeMap<(Kind, String, String), Pending>,
    before: &Parts,
    after: &Parts,
    edited: DateTime<Utc>,
    run: usize,
    in_chart: bool,
) {
    for key in before.keys().chain(after.keys()) {
        if before.get(key) != after.get(key) {
            // Of a flow's parts a chart shows only what stands in it.
            let in_chart = in_chart
                && key.0 == Kind::Flows
                && (key.2.starts_with("node/") || key.2.starts_with("chart/"));
            let value = after.get(key).cloned();
            pending.insert(key.clone(), Pending { edited, run, in_chart, value });
        }
    }
}

/// Makes one edit of any kind; one that this project has no place for is drawn again.
fn edit(cognigy: &Cognigy, edits: &[Edit], rng: &mut Rng) {
    loop {
        let edit = &edits[rng.usize(..edits.len())];
        let done = cognigy.edit(|project| {
            let mut copy = project.clone();
            let done =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| edit.apply(&mut copy))).is_ok();
            if done {
                *project = copy;
            }
            done
        });
        if done {
            return;
        }
    }
}

/// Every flow's charts, as the server gives them.
fn charts(cognigy: &Cognigy) -> Vec<String> {
    cognigy.set_rate_limit(None);
    let (flows, locales): (Vec<String>, Vec<String>) = cognigy.read(|project| {
        let flows = project.flows.iter().map(|flow| flow.meta.id.clone()).collect();
        (flows, project.locales.iter().map(|locale| locale.meta.id.clone()).collect())
    });
    let chart = |flow: &String, locale: &String| {
        get(cognigy, &format!("flows/{flow}/chart?preferredLocaleId={locale}"))
    };
    flows.iter().flat_map(|flow| locales.iter().map(move |locale| chart(flow, locale))).collect()
}

/// Asks the stand-in, in the plainest HTTP there is.
fn get(cognigy: &Cognigy, path: &str) -> String {
    let base = cognigy.base_url();
    let host = base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    let key = cognigy.api_key();
    write!(
        stream,
        "GET /new/v2.0/{path} HTTP/1.0\r\nHost: {host}\r\nX-API-Key: {key}\r\nAccept: application/json\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}
