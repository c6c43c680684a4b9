//! Projects that do not fit into the server's request limit: what a snapshot says was read at a time is what the server had
//! then, part by part, whatever people edit, however often runs come, however much fails.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cognigy_backup::snapshot::{Kind, Part};
use fastrand::Rng;
use serde_json::json;
use testkit::cognigy::{Cognigy, Edit, Fault, Project, Setup, Size, Switches};
use testkit::upstream::Upstream;

use crate::lab::{HOURLY, Lab, Ran, STATE, at, parts};

/// How long five minutes are here.
const WINDOW: Duration = Duration::from_millis(40);

type Parts = BTreeMap<(Kind, String, String), Part>;

/// A project, the store of the runs that are tried, and one of runs that read everything each time.
struct Model {
    cognigy: Cognigy,
    lab: Lab,
    whole: Lab,
    now: DateTime<Utc>,
    /// What the server had, by the time of each run.
    history: Vec<(DateTime<Utc>, Parts)>,
}

impl Model {
    fn new(setup: Setup) -> Self {
        Self::in_lab(Lab::new(WINDOW), setup)
    }

    fn in_lab(lab: Lab, setup: Setup) -> Self {
        let whole = Lab::new(WINDOW);
        let now = at("2025-10-03T12:00:00Z");
        Self { cognigy: Cognigy::start(setup), lab, whole, now, history: Vec::new() }
    }

    /// Lets time pass and reads everything, for comparison.
    fn pass(&mut self, minutes: i64) {
        self.now += TimeDelta::minutes(minutes);
        let ran = self.whole.run("backup", &self.cognigy, self.now, &json!({"backup": {"secrets": "keep"}}));
        assert_eq!(ran.code, 0, "{}", ran.said);
        self.history.push((self.now, parts(&self.whole.snapshot(HOURLY).1)));
    }

    fn run(&self, requests: u64, more: &[(&str, &str)]) -> Ran {
        let mut config = json!({"backup": {"secrets": "keep"}, "api": {"requestsPer5Minutes": requests}});
        for (key, value) in more {
            config["backup"][*key] = json!(value);
        }
        self.lab.run("backup", &self.cognigy, self.now, &config)
    }

    /// What the server had at a time.
    fn then(&self, time: DateTime<Utc>) -> &Parts {
        &self
            .history
            .iter()
            .rev()
            .find(|(began, _)| *began <= time)
            .expect("nothing is older than the first run")
            .1
    }

    /// Holds every part of the newest snapshot against what the server had when the manifest says that it was read.
    fn check(&self) {
        let (manifest, resources) = self.lab.snapshot(HOURLY);
        for ((kind, id, name), part) in parts(&resources) {
            let then = self.then(part.read_at).get(&(kind, id.clone(), name.clone()));
            let then = then.unwrap_or_else(|| panic!("{kind} {id} {name} was not there at {}", part.read_at));
            assert_eq!(
                part.value, then.value,
                "{kind} {id} {name} as of {} in {}",
                part.read_at, manifest.snapshot
            );
        }
    }

    /// Looks whether everything that the project's lists have is in the newest snapshot, and nothing else.
    fn check_present(&self) {
        let ids = |lab: &Lab| {
            let (manifest, _) = lab.snapshot(HOURLY);
            let roots = manifest.resources.into_iter().filter(|resource| resource.kind.owner().is_none());
            roots.map(|resource| (resource.kind, resource.id, resource.name)).collect::<BTreeSet<_>>()
        };
        let (have, whole) = (ids(&self.lab), ids(&self.whole));
        let differ: Vec<_> = have.symmetric_difference(&whole).collect();
        assert!(differ.is_empty(), "{differ:?}");
    }

    /// How many requests reading everything takes.
    fn state_requests(&self) -> u64 {
        self.lab.state().requests
    }

    /// Whether a part of the newest snapshot is what the server has now.
    fn is_fresh(&self, key: &(Kind, String, String)) -> bool {
        let (_, resources) = self.lab.snapshot(HOURLY);
        let now = &self.history.last().unwrap().1;
        parts(&resources).get(key).map(|part| &part.value) == now.get(key).map(|part| &part.value)
    }

    /// Edits the project at random; an edit that this project has no place for is left out.
    fn edit(&self, edits: &[Edit], rng: &mut Rng) {
        let edit = &edits[rng.usize(..edits.len())];
        self.cognigy.edit(|project| {
            let mut copy = project.clone();
            if catch_unwind(AssertUnwindSafe(|| edit.apply(&mut copy))).is_ok() {
                *project = copy;
            }
        });
    }
}

fn setup(switches: Switches) -> Setup {
    let size = Size { flows: 6, nodes_per_flow: 12, ..Size::small() };
    Setup { project: Project::seeded(7, size), switches, ..Setup::default() }
}

fn seeds() -> std::ops::Range<u64> {
    if std::env::var_os("COGNIGY_BACKUP_LONG").is_some() { 0..40 } else { 0..4 }
}

#[test]
#[expect(clippy::print_stdout, reason = "shown only where the test fails")]
fn what_a_snapshot_says_of_a_time_is_what_the_server_had_then() {
    let edits = Edit::all();
    let mut carried = 0;
    for seed in seeds() {
        println!("seed {seed}");
        carried += simulate(seed, &edits);
    }
    assert!(carried as usize > 4 * seeds().count(), "something was carried in {carried} runs only");
}

/// Lets people edit and runs go wrong at random; returns in how many runs something was carried.
#[expect(clippy::print_stdout, reason = "shown only where the test fails")]
fn simulate(seed: u64, edits: &[Edit]) -> u32 {
    let mut rng = Rng::with_seed(seed);
    let switches = Switches {
        flow_shows_content_edits: rng.bool(),
        lexicon_shows_content_edits: rng.bool(),
        knowledge_shows_content_edits: rng.bool(),
        audit_events: rng.bool(),
        shuffle_lists: rng.bool(),
        graph_lists_agents: rng.bool(),
        ..Switches::default()
    };
    let mut model = Model::new(setup(switches));
    let faulty = [
        ("GET", "/flows/*/settings"),
        ("GET", "/flows/*/chart"),
        ("GET", "/flows/*/chart/nodes/*"),
        ("GET", "/flows"),
        ("GET", "/endpoints/*"),
        ("GET", "/lexicons/*/entries"),
        ("GET", "/lexicons"),
        ("POST", "/flows/*/intents/export"),
        ("GET", "/projects/*/graph"),
        ("GET", "/flows/*/states"),
    ];
    let mut carried = 0;
    for round in 0..14 {
        for _ in 0..rng.usize(..4) {
            model.edit(edits, &mut rng);
        }
        model.pass(rng.i64(1..400));
        if round > 0 {
            for _ in 0..rng.usize(..3) {
                let (method, path) = faulty[rng.usize(..faulty.len())];
                let fault = Fault::on(method, path).skip(rng.u32(..3)).times(rng.u32(1..4));
                model.cognigy.fault(fault.status([400, 403][rng.usize(..2)]));
            }
        }
        let budget = ["PT0M", "PT5M", "PT10M"][rng.usize(..3)];
        let age = ["PT6H", "PT24H", "PT24H", "P2D", "PT0M"][rng.usize(..5)];
        let before = (round > 0).then(|| model.lab.tip(HOURLY));
        let ran = model.run(rng.u64(100..260), &[("timeBudget", budget), ("maxCarryAge", age)]);
        model.cognigy.clear_faults();
        println!("{round}: {} requests\n{}", ran.requests, ran.said);
        assert!(ran.code < 3, "{}", ran.said);
        if ran.code == 1 {
            assert!(
                ran.said.contains("more than a fifth") || ran.said.contains("kept changing"),
                "{}",
                ran.said
            );
            assert_eq!(before, Some(model.lab.tip(HOURLY)), "a failed run moved the branch");
        }
        if rng.u8(..8) == 0 && model.lab.tip(STATE).is_some() {
            model.lab.delete(STATE);
        }
        if model.lab.tip(HOURLY).is_some() {
            model.check();
        }
        if ran.code == 0 && !ran.said.contains("not read yet") {
            model.check_present();
        }
        carried += u32::from(ran.said.contains("parts read now"));
        // Nobody but the server lies here, and of audit events it does not.
        assert!(!ran.said.contains("audit events did not"), "{}", ran.said);
    }
    carried
}

/// What the runs of these tests may start in a window: less than the project needs.
const FEW: u64 = 120;

/// A project after its first run.
fn begun(switches: Switches) -> Model {
    begin(Model::new(setup(switches)))
}

fn begin(mut model: Model) -> Model {
    model.pass(1);
    let ran = model.run(FEW, &[]);
    assert_eq!(ran.outcome(), "success", "{}", ran.said);
    assert!(ran.requests as u64 > FEW, "the project fits into the window");
    assert!(model.lab.tip(STATE).is_some());
    model
}

#[test]
fn a_run_reads_what_is_due_and_carries_the_rest() {
    let mut model = begun(Switches::default());
    let whole = model.state_requests();
    for _ in 0..3 {
        model.pass(30);
        let ran = model.run(FEW, &[]);
        assert_eq!(ran.outcome(), "unchanged", "{}", ran.said);
        assert!((ran.requests as u64) < whole / 2, "{} of {whole} requests", ran.requests);
        assert!(ran.said.contains("parts read now, the oldest"), "{}", ran.said);
    }
    // After a day without a run everything is due, and as much as fits into the windows is read.
    model.pass(24 * 60);
    let ran = model.run(FEW, &[]);
    assert!(ran.requests as u64 > FEW, "{} requests", ran.requests);
    model.check();
}

#[test]
fn an_edit_that_nothing_tells_is_found_when_its_turn_comes_and_the_signal_is_not_believed_again() {
    let quiet = Switches { lexicon_shows_content_edits: false, ..Switches::default() };
    let mut model = begun(quiet);
    model.cognigy.edit(|project| {
        let name = project.lexicons[0].name.clone();
        let main = project.lexicons[0].entries[0].keyphrases[0].value.clone();
        project.add_synonym(&name, &main, "a word that nobody told of");
    });
    let mut said = Vec::new();
    for _ in 0..50 {
        model.pass(30);
        let ran = model.run(FEW, &[]);
        said.extend(ran.said.lines().filter(|line| line.contains("lastChanged")).map(str::to_owned));
        model.check();
        if ran.outcome() == "success" {
            break;
        }
    }
    let id = model.cognigy.read(|project| project.lexicons[0].meta.id.clone());
    assert!(model.is_fresh(&(Kind::Lexicons, id, "entries".to_owned())), "not within a day");
    assert!(said.iter().any(|line| line.contains("lexicons")), "{said:?}");
    assert_eq!(model.lab.state().facts.untold.keys().collect::<Vec<_>>(), [&Kind::Lexicons]);
    // From now on the next run has such an edit.
    model.cognigy.edit(|project| {
        let name = project.lexicons[0].name.clone();
        let main = project.lexicons[0].entries[0].keyphrases[0].value.clone();
        project.add_synonym(&name, &main, "another");
    });
    model.pass(30);
    let ran = model.run(FEW, &[]);
    assert_eq!(ran.outcome(), "success", "{}", ran.said);
    assert!(!ran.said.contains("lastChanged"), "said twice: {}", ran.said);
    let shown = model.lab.run("state", &model.cognigy, model.now, &json!({}));
    assert_eq!(shown.code, 0, "{}", shown.said);
    assert!(shown.said.contains("`lastChanged` of lexicons is not relied on"), "{}", shown.said);
}

#[test]
fn audit_events_tell_at_once_what_no_chart_shows() {
    let switches = Switches { audit_events: true, flow_shows_content_edits: false, ..Switches::default() };
    let mut model = begun(switches);
    // The first of these runs only learns up to when the events were read.
    model.pass(30);
    assert_eq!(model.run(FEW, &[]).outcome(), "unchanged");
    model.cognigy.edit(|project| {
        let flow = project.flows[5].name.clone();
        let node = project.flows[5].nodes.iter().find(|node| node.kind == "code").unwrap().id.clone();
        project.edit_node(&flow, &node, None, |config| config["code"] = json!("// no chart shows this"));
    });
    model.pass(30);
    let ran = model.run(FEW, &[]);
    assert_eq!(ran.outcome(), "success", "{}", ran.said);
    model.check();
    assert!(model.lab.state().facts.unaudited.is_none());
}

#[test]
fn losing_the_state_costs_a_reading_and_no_snapshot() {
    let mut model = begun(Switches::default());
    let (tip, whole) = (model.lab.tip(HOURLY), model.state_requests());
    model.lab.delete(STATE);
    model.pass(30);
    let ran = model.run(FEW, &[]);
    assert_eq!((ran.outcome(), model.lab.tip(HOURLY)), ("unchanged", tip.clone()), "{}", ran.said);
    assert!(ran.requests as u64 > whole * 9 / 10, "{} of {whole}", ran.requests);
    model.pass(30);
    assert!((model.run(FEW, &[]).requests as u64) < whole / 2);
    // What cannot be read is as if it were not there, and it is said.
    let store = model.lab.store();
    let blob = store.blob(b"{").unwrap();
    let mut tree = store.treebuilder(None).unwrap();
    tree.insert("state.json", blob, 0o100_644).unwrap();
    let tree = store.find_tree(tree.write().unwrap()).unwrap();
    let me = git2::Signature::new("x", "x@example.com", &git2::Time::new(0, 0)).unwrap();
    model.lab.delete(STATE);
    store.commit(Some("refs/heads/snapshot/state"), &me, &me, "x", &tree, &[]).unwrap();
    model.pass(30);
    let ran = model.run(FEW, &[]);
    assert_eq!((ran.outcome(), model.lab.tip(HOURLY)), ("unchanged", tip), "{}", ran.said);
    assert!(ran.said.contains("cannot be read"), "{}", ran.said);
    assert!(ran.requests as u64 > whole * 9 / 10);
    model.check();
}

#[test]
fn a_state_whose_objects_are_gone_costs_no_backup() {
    let mut model = begun(Switches::default());
    let store = model.lab.store();
    let tip = store.find_reference("refs/heads/snapshot/state").unwrap().peel_to_commit().unwrap();
    // A commit whose tree nobody has, as a disk that lost something leaves it.
    let text = String::from_utf8(store.odb().unwrap().read(tip.id()).unwrap().data().to_vec()).unwrap();
    let broken = text.replace(&tip.tree_id().to_string(), &"7".repeat(40));
    let id = store.odb().unwrap().write(git2::ObjectType::Commit, broken.as_bytes()).unwrap();
    store.reference("refs/heads/snapshot/state", id, true, "").unwrap();
    model.cognigy.edit(|project| project.rename("Another name"));
    model.pass(30);
    let ran = model.run(FEW, &[]);
    assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
    assert!(ran.said.contains("cannot be read"), "{}", ran.said);
    model.check();
    // It was replaced.
    model.pass(30);
    let ran = model.run(FEW, &[]);
    assert!(ran.outcome() == "unchanged" && !ran.said.contains("cannot be read"), "{}", ran.said);
}

#[test]
fn another_state_than_the_snapshot_s_makes_nothing_look_fresh() {
    let mut model = begun(Switches::default());
    let old = model.lab.tip(STATE).unwrap();
    model.cognigy.edit(|project| {
        let flow = project.flows[0].name.clone();
        project.add_say(&flow, "Hello", "Hello!");
    });
    model.pass(30);
    assert_eq!(model.run(FEW, &[]).outcome(), "success");
    // A run that saved its state and not its snapshot, or the other way round: the two do not belong together.
    let new = model.lab.tip(STATE).unwrap();
    for (branch, tip) in [("snapshot/state", old), ("snapshot/state", new)] {
        let store = model.lab.store();
        let id = git2::Oid::from_str(&tip).unwrap();
        store.reference(&format!("refs/heads/{branch}"), id, true, "").unwrap();
        model.pass(30);
        let ran = model.run(FEW, &[]);
        assert_eq!(ran.outcome(), "unchanged", "{}", ran.said);
        model.check();
    }
    let first = model.lab.store().revparse_single("snapshot/hourly~1").unwrap().id();
    model.lab.store().reference("refs/heads/snapshot/hourly", first, true, "").unwrap();
    model.pass(30);
    // The edit is in no snapshot now, and is found though the state knows the chart that shows it.
    let ran = model.run(FEW, &[]);
    assert_eq!(ran.outcome(), "success", "{}", ran.said);
    model.check();
    let flow = model.cognigy.read(|project| project.flows[0].meta.id.clone());
    assert!(model.is_fresh(&(Kind::Flows, flow, "document".to_owned())));
}

#[test]
fn nothing_is_remembered_where_everything_fits() {
    let mut model = Model::new(setup(Switches::default()));
    for minutes in [1, 30] {
        model.pass(minutes);
        let ran = model.run(5_000, &[]);
        assert_eq!(ran.code, 0, "{}", ran.said);
        assert!(!ran.said.contains("parts read now"), "{}", ran.said);
    }
    assert_eq!(model.lab.tip(STATE), None);
    let shown = model.lab.run("state", &model.cognigy, model.now, &json!({}));
    assert_eq!((shown.outcome(), shown.code), ("skipped", 0), "{}", shown.said);
}

#[test]
fn the_server_s_own_limit_slows_a_run_down_and_does_not_fail_it() {
    let mut model = begun(Switches::default());
    let limit = testkit::cognigy::RateLimit { requests: 10, per: Duration::from_secs(1), retry_after: true };
    model.pass(30);
    model.cognigy.set_rate_limit(Some(limit));
    let ran = model.run(FEW, &[]);
    model.cognigy.set_rate_limit(None);
    assert!(ran.refused > 0 && ran.outcome() == "unchanged", "{} refused: {}", ran.refused, ran.said);
    model.check();
}

#[test]
fn a_comparison_reads_all_of_it_however_long_that_takes() {
    let mut model = begun(Switches::default());
    model.pass(30);
    assert!(model.run(FEW, &[]).requests < 130, "a backup carries");
    let config = json!({"backup": {"secrets": "keep"}, "api": {"requestsPer5Minutes": FEW}});
    let ran = model.lab.run("diff", &model.cognigy, model.now, &config);
    assert_eq!((ran.outcome(), ran.code), ("unchanged", 0), "{}", ran.said);
    assert!(ran.requests as u64 >= model.state_requests(), "{} requests", ran.requests);
}

#[test]
fn two_runs_at_once_lose_nothing_but_freshness() {
    let mut model = begun(Switches::default());
    for round in 0..4 {
        model.cognigy.edit(|project| {
            let flow = project.flows[round].name.clone();
            project.add_say(&flow, "Hello", "Hello!");
        });
        model.pass(30);
        let codes = std::thread::scope(|scope| {
            let runs = [0, 1].map(|_| scope.spawn(|| model.run(FEW, &[])));
            runs.map(|run| run.join().unwrap())
        });
        assert!(codes.iter().all(|ran| ran.code == 0), "{codes:?}");
        model.check();
        let flow = model.cognigy.read(|project| project.flows[round].meta.id.clone());
        let key = |name: &str| (Kind::Flows, flow.clone(), name.to_owned());
        assert!(model.is_fresh(&key("document")));
    }
    // What was lost of it is read again, and then it is as if nothing had been.
    for _ in 0..3 {
        model.pass(30);
        assert_eq!(model.run(FEW, &[]).outcome(), "unchanged");
    }
    let whole = model.state_requests();
    model.pass(30);
    assert!((model.run(FEW, &[]).requests as u64) < whole / 2);
}

#[test]
fn an_unchanged_run_whose_state_is_overtaken_each_time_is_still_unchanged() {
    let upstream = Upstream::start();
    let mut model = begin(Model::in_lab(Lab::on(WINDOW, &upstream), setup(Switches::default())));
    // Somebody else's state is there first, however often it is tried.
    upstream.on_next_pushes(20, |repository| drop(repository.move_behind_our_back(STATE)));
    model.pass(30);
    let ran = model.run(FEW, &[]);
    assert_eq!((ran.outcome(), ran.code), ("unchanged", 0), "{}", ran.said);
    assert_eq!(upstream.rev_list(HOURLY).len(), 1);
    upstream.fsck();
}

#[test]
fn where_nothing_may_be_rewritten_the_state_is_appended_to() {
    let upstream = Upstream::start();
    upstream.config("receive.denyNonFastForwards", "true");
    let mut model = begin(Model::in_lab(Lab::on(WINDOW, &upstream), setup(Switches::default())));
    for runs in 2..5 {
        model.pass(30);
        let ran = model.run(FEW, &[]);
        assert_eq!(ran.outcome(), "unchanged", "{}", ran.said);
        assert!(!ran.said.contains("could not be remembered"), "{}", ran.said);
        assert_eq!(upstream.rev_list(STATE).len(), runs);
    }
    assert_eq!(upstream.rev_list(HOURLY).len(), 1);
    upstream.fsck();
}

#[test]
fn a_state_that_is_refused_costs_no_snapshot() {
    let upstream = Upstream::start();
    upstream.refuse_ref("refs/heads/snapshot/state", "not here");
    let mut model = Model::in_lab(Lab::on(WINDOW, &upstream), setup(Switches::default()));
    for (name, outcome) in [("One", "success"), ("Two", "success"), ("Two", "unchanged")] {
        model.cognigy.edit(|project| project.rename(name));
        model.pass(30);
        let ran = model.run(FEW, &[]);
        assert_eq!((ran.outcome(), ran.code), (outcome, 0), "{}", ran.said);
        assert!(ran.said.contains("could not be remembered"), "{}", ran.said);
        model.check();
    }
    assert_eq!(upstream.rev_list(HOURLY).len(), 2);
    assert!(upstream.rev_list(STATE).is_empty());
    upstream.fsck();
}

#[test]
fn a_quarantined_run_remembers_nothing() {
    let mut model = begun(Switches::default());
    let (state, tip) = (model.lab.tip(STATE), model.lab.tip(HOURLY));
    model.pass(30);
    let empty = Fault::on("GET", "/flows").forever().answer(r#"{"items": [], "total": 0}"#);
    model.cognigy.fault(empty);
    let ran = model.run(FEW, &[]);
    model.cognigy.clear_faults();
    assert_eq!((ran.outcome(), ran.code), ("quarantined", 2), "{}", ran.said);
    assert_eq!((model.lab.tip(STATE), model.lab.tip(HOURLY)), (state, tip));
    model.pass(30);
    assert_eq!(model.run(FEW, &[]).outcome(), "unchanged");
    model.check();
}

#[test]
fn a_dry_run_remembers_nothing_and_says_what_it_would_read() {
    let mut model = begun(Switches::default());
    let state = model.lab.tip(STATE);
    model.pass(30);
    let config = json!({"backup": {"secrets": "keep"}, "api": {"requestsPer5Minutes": FEW}});
    let ran = model.lab.run("dry-run", &model.cognigy, model.now, &config);
    assert!(ran.said.contains("parts read now"), "{}", ran.said);
    assert_eq!(model.lab.tip(STATE), state);
}

#[test]
fn what_does_not_fit_into_the_time_waits_is_said_and_goes_first() {
    let mut model = begun(Switches::default());
    model.cognigy.edit(|project| {
        for at in 0..project.flows.len() {
            let (flow, node) = (project.flows[at].name.clone(), project.flows[at].nodes[1].id.clone());
            project.edit_node_fields(&flow, &node, |node| "changed".clone_into(&mut node.comment));
        }
    });
    let mut waited = 0;
    loop {
        model.pass(30);
        let ran = model.run(FEW, &[("timeBudget", "PT0M")]);
        assert!(ran.code == 0 && ran.requests as u64 <= FEW, "{} requests: {}", ran.requests, ran.said);
        model.check();
        if !ran.said.contains("not read yet") {
            break;
        }
        waited += 1;
        assert!(waited < 6, "it never ends: {}", ran.said);
    }
    assert!(waited > 0, "everything fitted");
    let keys: Vec<_> = model.history.last().unwrap().1.keys().cloned().collect();
    let stale: Vec<_> = keys.iter().filter(|key| !model.is_fresh(key)).collect();
    assert!(stale.is_empty(), "{stale:?}");
}

#[test]
fn charts_take_turns_where_they_alone_need_over_half_a_window() {
    let size = Size { flows: 40, nodes_per_flow: 4, intents_per_flow: 1, ..Size::small() };
    let quiet = Switches { flow_shows_content_edits: false, ..Switches::default() };
    let setup = Setup { project: Project::seeded(7, size), switches: quiet, ..Setup::default() };
    let mut model = begin(Model::new(setup));
    let mut charts = 0;
    for _ in 0..6 {
        model.pass(30);
        let ran = model.run(FEW, &[]);
        assert_eq!(ran.outcome(), "unchanged", "{}", ran.said);
        assert!(ran.requests as u64 <= FEW + 10, "{} requests", ran.requests);
        model.check();
        let read = model.cognigy.log().iter().filter(|request| request.path.ends_with("/chart")).count();
        assert!(read > 0 && read as u64 <= FEW / 2, "{read} charts");
        charts += read;
    }
    assert!(charts >= 160, "all charts twice: {charts}");
    let flow = model.cognigy.edit(|project| {
        let flow = project.flows[33].name.clone();
        project.add_say(&flow, "Hello", "Hello!");
        project.flows[33].meta.id.clone()
    });
    let mut runs = 0;
    while runs == 0 || model.lab.snapshot(HOURLY).0.window.started < model.now {
        runs += 1;
        assert!(runs <= 3, "nobody saw the new node");
        model.pass(30);
        let ran = model.run(FEW, &[]);
        assert_eq!(ran.code, 0, "{}", ran.said);
        model.check();
    }
    let locale = model.cognigy.read(|project| project.primary().meta.id.clone());
    assert!(model.is_fresh(&(Kind::Flows, flow, format!("chart/{locale}"))));
    // A locale more is a chart more for every flow, whoever's turn it is.
    model.cognigy.edit(|project| project.add_locale("Klingon", "tlh"));
    model.pass(30);
    assert_eq!(model.run(FEW, &[]).outcome(), "success");
    model.check();
    model.check_present();
}

#[test]
fn what_is_edited_under_the_reading_is_read_again_and_what_is_deleted_fails_nothing() {
    for room in [FEW, 5_000] {
        let mut model = begun(Switches::default());
        let (edited, deleted) = model
            .cognigy
            .read(|project| (project.flows[0].meta.id.clone(), project.endpoints[0].meta.id.clone()));
        model.pass(30);
        let (flow, endpoint) = (edited.clone(), deleted.clone());
        model.cognigy.fault(Fault::on("GET", "/flows/*/settings").meanwhile(move |project| {
            project.rename_flow(&flow, "Renamed meanwhile");
            project.remove_endpoint(&endpoint);
        }));
        let ran = model.run(room, &[("maxCarryAge", "PT30M")]);
        assert_eq!(ran.outcome(), "success", "{}", ran.said);
        let (manifest, _) = model.lab.snapshot(HOURLY);
        assert!(manifest.resources.iter().any(|one| one.name == "Renamed meanwhile"), "{}", ran.said);
        assert!(!manifest.resources.iter().any(|one| one.id == deleted), "{}", ran.said);
        assert_eq!(manifest.moving, [], "{}", ran.said);
    }
}

#[test]
fn a_run_that_was_overtaken_does_not_undo_what_the_other_saved() {
    let upstream = Upstream::start();
    let quiet = Switches { flow_shows_content_edits: false, ..Switches::default() };
    let mut model = begin(Model::in_lab(Lab::on(WINDOW, &upstream), setup(quiet)));
    // Two snapshots: with an edit that nothing shows, and the one before.
    let first = upstream.branches()["snapshot/hourly"].clone();
    model.cognigy.edit(|project| {
        let flow = project.flows[5].name.clone();
        let node = project.flows[5].nodes.iter().find(|node| node.kind == "code").unwrap().id.clone();
        project.edit_node(&flow, &node, None, |config| config["code"] = json!("// no chart shows this"));
    });
    model.pass(30);
    assert_eq!(model.run(5_000, &[]).outcome(), "success");
    let second = upstream.branches()["snapshot/hourly"].clone();
    upstream.git(&["update-ref", "refs/heads/snapshot/hourly", &first]);
    // A run that builds on the first, and is overtaken by the second while it pushes.
    model.cognigy.edit(|project| project.rename("Another name"));
    model.pass(30);
    let id = second.clone();
    upstream.on_next_push(move |repository| {
        repository.git(&["update-ref", "refs/heads/snapshot/hourly", &id]);
    });
    let ran = model.run(FEW, &[]);
    assert_eq!((ran.outcome(), ran.code), ("skipped", 0), "{}", ran.said);
    assert_eq!(upstream.branches()["snapshot/hourly"], second);
    model.pass(30);
    assert_eq!(model.run(FEW, &[]).outcome(), "success");
    model.check();
}

#[test]
fn a_server_that_fails_once_is_not_taken_for_one_that_cannot() {
    let switches = Switches { audit_events: true, ..Switches::default() };
    let mut model = begun(switches);
    model.cognigy.fault(Fault::on("GET", "/auditevents").status(503));
    model.cognigy.fault(Fault::on("GET", "/projects/*/graph").status(503));
    model.pass(30);
    assert_eq!(model.run(FEW, &[]).outcome(), "unchanged");
    let facts = model.lab.state().facts;
    assert_eq!((facts.audit_events, facts.graph), (None, None));
    model.pass(30);
    assert_eq!(model.run(FEW, &[]).outcome(), "unchanged");
    let facts = model.lab.state().facts;
    assert!(facts.audit_events.unwrap().holds && facts.graph.unwrap().holds);
    assert!(facts.listening.is_some());
}

#[test]
fn another_policy_for_secrets_is_no_lie_of_the_server() {
    let mut model = begun(Switches::default());
    model.pass(30);
    let config = json!({"api": {"requestsPer5Minutes": FEW}, "backup": {"secrets": "redact"}});
    let ran = model.lab.run("backup", &model.cognigy, model.now, &config);
    assert_eq!(ran.outcome(), "success", "{}", ran.said);
    assert!(!ran.said.contains("lastChanged"), "{}", ran.said);
    assert!(model.lab.state().facts.untold.is_empty());
}

#[test]
fn where_lists_of_nodes_carry_configs_everything_is_read() {
    // Node by node the project needs more than this.
    const FEWER: u64 = 160;
    let mut model = Model::new(setup(Switches { node_list_config: true, ..Switches::default() }));
    model.pass(1);
    assert_eq!(model.run(FEWER, &[]).outcome(), "success");
    for _ in 0..2 {
        model.pass(30);
        let ran = model.run(FEWER, &[]);
        assert_eq!(ran.outcome(), "unchanged", "{}", ran.said);
        assert!(ran.requests as u64 <= FEWER && !ran.said.contains("parts read now"), "{}", ran.said);
    }
    model.check();
}
