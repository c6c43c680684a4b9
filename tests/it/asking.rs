//! Asking: `list`, `info`, `explain`, `search`, `export`, and the pins, over a store that a few days have made.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use serde_json::{Value, json};
use testkit::cognigy::{Cognigy, Fault, Project, Setup, Size};
use testkit::upstream::Upstream;

use crate::lab::{HOURLY, Lab, Ran, at};
use crate::world::command;

const PHRASE: &str = "Grüß \"Gott\"";

/// A project that somebody edits, and a store of its snapshots.
struct Shop {
    cognigy: Cognigy,
    lab: Lab,
    now: DateTime<Utc>,
    config: Value,
}

impl Shop {
    fn new() -> Self {
        Self::over(Lab::new(Duration::from_millis(20)))
    }

    fn over(lab: Lab) -> Self {
        let project = Project::seeded(1, Size { flows: 2, nodes_per_flow: 3, ..Size::small() });
        let cognigy = Cognigy::start(Setup { project, ..Setup::default() });
        cognigy.edit(|project| {
            let id = project.flows[0].meta.id.clone();
            project.rename_flow(&id, "Main");
        });
        Self { cognigy, lab, now: at("2025-10-01T12:00:00Z"), config: json!({}) }
    }

    /// Five days: the first without the node, two with it, changed in the second; then gone; then another edit.
    fn five_days() -> Self {
        let mut shop = Self::new();
        shop.live();
        shop
    }

    fn live(&mut self) {
        self.day("auto");
        self.cognigy.edit(|project| drop(project.add_say("Main", "Greet", &format!("Er sagt: {PHRASE}!"))));
        self.day("auto");
        self.cognigy.edit(|project| {
            project
                .edit_node("Main", "Greet", None, |config| config["say"]["text"] = json!([PHRASE, PHRASE]));
        });
        self.day("auto");
        self.cognigy.edit(|project| project.remove_node("Main", "Greet"));
        self.day("auto");
        self.cognigy.edit(|project| project.rename("Shop Bot"));
        self.day("auto");
    }

    fn day(&mut self, mode: &str) {
        let ran = self.ask(mode, &[]);
        assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
        self.now += TimeDelta::days(1);
    }

    fn edit(&mut self, name: &str) {
        self.cognigy.edit(|project| project.rename(name));
    }

    /// Runs a mode with these flags.
    fn ask(&self, mode: &str, flags: &[&str]) -> Ran {
        let line = [&[mode], flags].concat();
        self.lab.run_line(&line, &self.cognigy, self.now, &self.config, &[])
    }

    /// The same, expected to succeed.
    fn told(&self, mode: &str, flags: &[&str]) -> String {
        let ran = self.ask(mode, flags);
        assert_eq!(ran.code, 0, "{mode} {flags:?}: {}", ran.said);
        assert_eq!(ran.requests, 0, "nobody is asked");
        ran.said
    }

    /// The same, as JSON: the answer.
    fn answer(&self, mode: &str, flags: &[&str]) -> Value {
        let said = self.told(mode, &[flags, &["--json"]].concat());
        let report: Value = serde_json::from_str(&said[said.find('{').unwrap()..]).unwrap();
        report["entries"][0]["answer"].clone()
    }

    /// The snapshots of a branch, newest first.
    fn ids(&self, branch: &str) -> Vec<String> {
        let store = self.lab.store();
        let tip = store.find_reference(&format!("refs/heads/{branch}")).unwrap().peel_to_commit().unwrap();
        std::iter::successors(Some(tip), |commit| commit.parent(0).ok())
            .map(|commit| id_of(&commit))
            .collect()
    }

    fn pins(&self) -> Vec<String> {
        let names = self.lab.store().tag_names(Some("snapshot/pin/*")).unwrap();
        (&names).into_iter().filter_map(|name| name.ok().flatten().map(str::to_owned)).collect()
    }

    /// Takes an object out of the store.
    fn lose(&self, revision: &str) {
        let store = self.lab.store();
        let id = store.revparse_single(revision).unwrap().id().to_string();
        loosen(self.lab.store_path());
        std::fs::remove_file(self.lab.store_path().join("objects").join(&id[..2]).join(&id[2..])).unwrap();
    }
}

fn id_of(commit: &git2::Commit<'_>) -> String {
    let message = commit.message().unwrap();
    message.lines().find_map(|line| line.strip_prefix("Snapshot-Id: ")).unwrap().to_owned()
}

/// Takes every pack of a repository apart.
fn loosen(repository: &Path) {
    let aside = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(repository.join("objects/pack")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), aside.path().join(file.file_name())).unwrap();
        std::fs::remove_file(file.path()).unwrap();
    }
    for pack in std::fs::read_dir(aside.path()).unwrap().map(|file| file.unwrap().path()) {
        if pack.extension().is_some_and(|ending| ending == "pack") {
            let mut git = Command::new("git");
            git.args(["unpack-objects", "-q"]).current_dir(repository);
            assert!(git.stdin(std::fs::File::open(pack).unwrap()).status().unwrap().success());
        }
    }
}

/// Writes each snapshot by its day.
fn days(said: &str, ids: &[String]) -> String {
    ids.iter().fold(said.to_owned(), |said, id| said.replace(id, &id[..8]))
}

#[test]
fn a_list_has_every_snapshot_once_with_all_its_places() {
    let shop = Shop::five_days();
    let told = shop.answer("list", &[]);
    let told = told["snapshots"].as_array().unwrap();
    let ids = shop.ids(HOURLY);
    assert!(told.iter().map(|one| one["snapshot"].as_str().unwrap()).eq(ids.iter().map(String::as_str)));
    let places: Vec<&str> =
        told[2]["places"].as_array().unwrap().iter().map(|place| place["place"].as_str().unwrap()).collect();
    assert_eq!(places, ["daily", "hourly"]);
    assert_eq!(told[0]["size"]["resources"], json!(shop.lab.snapshot(HOURLY).0.resources.len()));
    let said = shop.told("list", &[]);
    assert!(said.contains("success: 5 snapshots in ") && said.contains("after 6 snapshots newer"), "{said}");
}

#[test]
fn where_nothing_is_yet_that_is_said() {
    let shop = Shop::new();
    assert!(shop.told("list", &[]).contains("0 snapshots"));
    assert!(shop.told("search", &["--query", "x"]).contains("There is no snapshot yet."));
    for mode in ["info", "export"] {
        let ran = shop.ask(mode, &[]);
        assert_eq!((ran.outcome(), ran.code), ("failed", 1), "{}", ran.said);
        assert!(ran.said.contains("There is no snapshot yet"), "{}", ran.said);
    }
    let ran = shop.ask("pin", &["--pin", "x", "--reason", "y"]);
    assert!(ran.code == 1 && ran.said.contains("There is no snapshot yet"), "{}", ran.said);
    assert!(!shop.lab.store_path().exists(), "asking makes no store");
}

#[rstest]
#[case(&["info", "--snapshot", "20240101"], 1, "No snapshot answers to `20240101`")]
#[case(&["export", "--snapshot", "2025-09-30"], 1, "No snapshot answers to `2025-09-30`")]
#[case(&["export", "--snapshot", "202510"], 1, "may be any of")]
#[case(&["pin", "--pin", "x", "--snapshot", "latest~9"], 1, "No snapshot answers to `latest~9`")]
#[case(&["info", "--snapshot", "the last"], 3, "it is `latest`")]
#[case(&["info", "--tier", "wekly"], 3, "did you mean `weekly`")]
#[case(&["search"], 3, "query")]
#[case(&["search", "--query", ""], 3, "query")]
#[case(&["search", "--query", "text:"], 3, "nothing after `text:`")]
#[case(&["search", "--query", "flows/["], 3, "at character")]
#[case(&["pin"], 3, "`pin`")]
#[case(&["pin", "--pin", "not a label"], 3, "a pin's label")]
#[case(&["pin", "--pin", "x", "--expires", "soon"], 3, "P90D")]
#[case(&["unpin", "--pin", "x"], 3, "`confirm`: found nothing")]
#[case(&["unpin", "--pin", "x", "--confirm", "y"], 3, "once more")]
#[case(&["unpin", "--pin", "x", "--confirm", "x"], 1, "There is no pin `x`")]
#[case(&["explain", "--days", "0"], 3, "whole number")]
#[case(&["diff", "--against", "20240101"], 1, "No snapshot answers to `20240101`")]
#[case(&["diff", "--against", "the last"], 3, "it is `latest`")]
#[case(&["list", "--against", "live"], 3, "only `diff` looks at it")]
#[case(&["explain", "--policy", "none.json"], 1, "none.json")]
#[case(&["list", "--snapshot", "latest"], 3, "only `info`, `diff`, `export` or `pin` looks at it")]
#[case(&["info", "--query", "x"], 3, "only `search` looks at it")]
#[case(&["search", "--query", "x", "--output", "y"], 3, "only `export` looks at it")]
#[case(&["explain", "--reason", "x"], 3, "looks at it")]
fn what_is_asked_wrongly_is_refused(#[case] line: &[&str], #[case] code: u8, #[case] said: &str) {
    let mut shop = Shop::new();
    shop.day("backup");
    shop.edit("Two");
    shop.day("backup");
    let ran = shop.ask(line[0], &line[1..]);
    assert_eq!(ran.code, code, "{}", ran.said);
    assert!(ran.said.contains(said), "{}", ran.said);
    assert!(shop.pins().is_empty());
}

/// Runs the command that `info` gives, in an empty folder, and returns the folder that it makes.
fn pasted(shop: &Shop, flags: &[&str], within: &Path) -> PathBuf {
    let about = shop.answer("info", flags);
    let line = about["snapshot"]["fetch"].as_str().unwrap();
    // At a terminal it is whole, however long.
    assert!(shop.told("info", flags).lines().any(|shown| shown.trim() == line), "{line}");
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(within).env("GIT_CONFIG_GLOBAL", "/dev/null");
    let ended = shell.output().unwrap();
    assert!(ended.status.success(), "{line}\n{}", String::from_utf8_lossy(&ended.stderr));
    let folder = within.join(about["snapshot"]["snapshot"].as_str().unwrap());
    let manifest = std::fs::read_to_string(folder.join(".backup-metadata.json")).unwrap();
    assert!(manifest.contains(about["snapshot"]["snapshot"].as_str().unwrap()));
    folder
}

#[test]
fn info_gives_a_command_that_works_for_every_place() {
    let mut shop = Shop::five_days();
    let ids = shop.ids(HOURLY);
    shop.told("pin", &["--pin", "go-live", "--snapshot", &ids[4], "--reason", "it's \"live\""]);
    // Pruned from every tier, only the pin has it.
    for n in 0..8 {
        shop.edit(&format!("Name {n}"));
        shop.day("auto");
    }
    let flows = || Fault::on("GET", "/flows").forever().answer(r#"{"items": [], "total": 0}"#);
    shop.cognigy.edit(|project| {
        for n in 0..3 {
            project.add_flow(&format!("More {n}"));
        }
    });
    shop.day("backup");
    shop.cognigy.fault(flows());
    assert_eq!(shop.ask("backup", &[]).outcome(), "quarantined");
    shop.cognigy.clear_faults();
    let aside = shop.ids("snapshot/quarantine")[0].clone();
    // Pinned, it is still no state of the project's past.
    shop.told("pin", &["--pin", "look-at-it", "--snapshot", &aside]);
    let latest = shop.answer("info", &["--snapshot", "latest"]);
    assert_ne!(latest["snapshot"]["snapshot"], json!(aside), "{latest}");
    shop.told("unpin", &["--pin", "look-at-it", "--confirm", "look-at-it"]);
    let weekly = shop.ids("snapshot/weekly")[0].clone();
    for id in [ids[4].as_str(), &aside, &weekly, "latest", "go-live"] {
        let within = tempfile::tempdir().unwrap();
        let folder = pasted(&shop, &["--snapshot", id], within.path());
        assert!(folder.join("agent/project").is_dir(), "{id}");
    }
    // What the pin keeps is as old as it is.
    let about = shop.answer("info", &["--snapshot", "go-live"]);
    let places = about["snapshot"]["places"].as_array().unwrap();
    assert_eq!(places.len(), 1, "{places:?}");
    assert_eq!(places[0]["place"], "pin go-live");
}

#[test]
fn info_s_command_works_for_a_server_and_for_a_path_with_blanks_and_quotes() {
    let upstream = Upstream::start();
    let mut shop = Shop::over(Lab::on(Duration::from_millis(20), &upstream));
    shop.day("backup");
    let about = shop.answer("info", &[]);
    let line = about["snapshot"]["fetch"].as_str().unwrap();
    let within = tempfile::tempdir().unwrap();
    // The person's git has its own way to sign in.
    let header = format!("http.extraHeader=Authorization: {}", upstream.authorization());
    let line = line.replace(" fetch ", &format!(" -c '{header}' fetch "));
    let ended = Command::new("sh").args(["-c", &line]).current_dir(within.path()).output().unwrap();
    assert!(ended.status.success(), "{line}\n{}", String::from_utf8_lossy(&ended.stderr));

    let mut shop = Shop::new();
    shop.day("backup");
    let odd = shop.lab.dir().join("it's a; $(store)");
    std::fs::rename(shop.lab.store_path(), &odd).unwrap();
    let said = shop.told("info", &["--store", odd.to_str().unwrap(), "--json"]);
    let report: Value = serde_json::from_str(&said[said.find('{').unwrap()..]).unwrap();
    let line = report["entries"][0]["answer"]["snapshot"]["fetch"].as_str().unwrap();
    let ended = Command::new("sh").args(["-c", line]).current_dir(within.path()).output().unwrap();
    assert!(ended.status.success(), "{line}\n{}", String::from_utf8_lossy(&ended.stderr));
}

#[test]
fn info_says_all_about_a_snapshot() {
    let shop = Shop::five_days();
    let said = shop.told("info", &["--snapshot", "2025-10-03", "--tier", "daily"]);
    for word in ["Snapshot 20251003T", "flow `Main`", "kept: ", "flows  ", "redacted", "With git"] {
        assert!(said.contains(word), "{word}: {said}");
    }
}

#[test]
fn explain_tries_a_policy_and_the_days_to_come() {
    let shop = Shop::five_days();
    let said = shop.told("explain", &[]);
    assert!(said.contains("hourly: 5 of 5 stay"), "{said}");
    let policy = json!({"retention": {"hourly": {"count": 2}}}).to_string();
    std::fs::write(shop.lab.dir().join("policy.json"), policy).unwrap();
    let said = shop.told("explain", &["--policy", "policy.json", "--days", "30", "--changes-per-day", "2"]);
    assert!(said.contains("hourly: 2 of 5 stay"), "{said}");
    assert!(
        said.contains("at the next cleanup") && said.contains("In 30 days with 2 changes a day"),
        "{said}"
    );
    assert_eq!(shop.ids(HOURLY).len(), 5, "nothing was done");
    std::fs::write(shop.lab.dir().join("policy.json"), "{\"retention\": {\"hourly\": {\"count\": 0}}}")
        .unwrap();
    let ran = shop.ask("explain", &["--policy", "policy.json"]);
    assert!(ran.code == 1 && ran.said.contains("count"), "{}", ran.said);
}

#[test]
fn a_pin_outlives_every_tier_until_it_is_taken_away() {
    let mut shop = Shop::new();
    shop.day("auto");
    let first = shop.ids(HOURLY)[0].clone();
    let planned = shop.ask("pin", &["--pin", "go-live", "--dry-run"]);
    assert_eq!((planned.outcome(), planned.code), ("planned", 0), "{}", planned.said);
    assert!(planned.said.contains("pin `") && shop.pins().is_empty(), "{}", planned.said);
    let said = shop.told("pin", &["--pin", "go-live", "--reason", "release 7"]);
    assert!(said.contains(&format!("Pinned `{first}`.")), "{said}");
    // Again is nothing, and says so.
    let again = shop.ask("pin", &["--pin", "go-live"]);
    assert_eq!((again.outcome(), again.code), ("unchanged", 0), "{}", again.said);
    assert!(again.said.contains(&format!("Already pinned `{first}`.")), "{}", again.said);
    assert!(!again.said.contains("warning"), "{}", again.said);
    let other = shop.ask("pin", &["--pin", "go-live", "--expires", "P1D"]);
    assert_eq!((other.outcome(), other.code), ("unchanged", 0), "{}", other.said);
    assert!(other.said.contains("`go-live` stays as it is"), "{}", other.said);

    for n in 0..40 {
        shop.edit(&format!("Name {n}"));
        shop.day("auto");
    }
    for branch in [HOURLY, "snapshot/daily", "snapshot/weekly"] {
        assert!(!shop.ids(branch).contains(&first), "{branch}");
    }
    let said = shop.told("list", &[]);
    assert!(said.contains("pinned: release 7") && said.contains("never by itself"), "{said}");
    let taken = shop.ask("pin", &["--pin", "go-live"]);
    assert_eq!((taken.outcome(), taken.code), ("failed", 1), "{}", taken.said);
    assert!(taken.said.contains("is taken: it holds") && taken.said.contains(&first), "{}", taken.said);
    shop.told("export", &["--snapshot", "go-live", "--output", "out"]);
    assert!(shop.lab.dir().join("out/agent/flows/Main").is_dir());

    let planned = shop.ask("unpin", &["--pin", "go-live", "--confirm", "go-live", "--dry-run"]);
    assert!(planned.said.contains("no other place has this snapshot"), "{}", planned.said);
    assert_eq!(shop.pins(), ["snapshot/pin/go-live"]);
    let said = shop.told("unpin", &["--pin", "go-live", "--confirm", "go-live"]);
    assert!(said.contains("Unpinned `go-live`."), "{said}");
    assert!(shop.pins().is_empty() && !shop.told("list", &[]).contains(&first));
}

#[test]
fn a_pin_whose_day_has_come_goes_with_the_next_cleanup() {
    let mut shop = Shop::new();
    shop.day("backup");
    shop.told("pin", &["--pin", "short", "--expires", "P2D"]);
    shop.told("pin", &["--pin", "dated", "--expires", "2025-10-20"]);
    let said = shop.told("list", &[]);
    assert!(
        said.contains("on 2025-10-04 12:00:00 UTC") && said.contains("on 2025-10-20 23:59:59 UTC"),
        "{said}"
    );
    shop.now += TimeDelta::days(1);
    assert_eq!(shop.ask("cleanup", &[]).outcome(), "unchanged");
    shop.now += TimeDelta::days(2);
    let ran = shop.ask("cleanup", &[]);
    assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
    assert!(ran.said.contains("short"), "{}", ran.said);
    assert_eq!(shop.pins(), ["snapshot/pin/dated"]);
}

#[test]
fn a_backup_pins_what_it_makes_or_what_is_there() {
    let mut shop = Shop::new();
    let ran = shop.ask("backup", &["--pin", "one", "--reason", "first"]);
    assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
    assert_eq!(shop.pins(), ["snapshot/pin/one"]);
    shop.now += TimeDelta::hours(1);
    let ran = shop.ask("backup", &["--pin", "two"]);
    assert_eq!((ran.outcome(), ran.code), ("unchanged", 0), "{}", ran.said);
    assert_eq!(shop.pins(), ["snapshot/pin/one", "snapshot/pin/two"]);
    let list = shop.answer("list", &[]);
    assert_eq!(list["snapshots"].as_array().unwrap().len(), 1);
    assert_eq!(list["snapshots"][0]["places"].as_array().unwrap().len(), 3);
    // A label that holds another one costs the backup nothing and is said, by a dry run too.
    shop.edit("Two");
    shop.now += TimeDelta::hours(1);
    let ran = shop.ask("auto", &["--pin", "one", "--dry-run"]);
    assert!(ran.said.contains("`one` is taken"), "{}", ran.said);
    let ran = shop.ask("auto", &["--pin", "one"]);
    assert_eq!((ran.outcome(), ran.code), ("partial", 2), "{}", ran.said);
    assert!(ran.said.contains("`one` is taken"), "{}", ran.said);
    assert_eq!(shop.ids(HOURLY).len(), 2);
}

#[test]
fn a_tier_taken_out_of_the_configuration_is_listed_and_left() {
    let mut shop = Shop::new();
    shop.day("auto");
    let rest = shop.told("list", &[]);
    assert!(!rest.contains("no tier of the configuration"), "{rest}");
    let store = shop.lab.store();
    let branch = |name: &str| format!("refs/heads/snapshot/{name}");
    let tip = store.refname_to_id(&branch("hourly")).unwrap();
    store.reference(&branch("nightly"), tip, false, "").unwrap();
    let said = shop.told("list", &[]);
    assert!(said.contains("nightly") && said.contains("no tier of the configuration"), "{said}");
    shop.edit("Two");
    shop.day("auto");
    assert_eq!(shop.ids("snapshot/nightly").len(), 1);
    for tier in ["hourly", "daily", "weekly"] {
        store.find_reference(&branch(tier)).unwrap().delete().unwrap();
    }
    shop.told("export", &["--snapshot", "latest", "--output", "nightly"]);
}

#[test]
fn a_node_s_history_is_told() {
    let shop = Shop::five_days();
    let ids = shop.ids(HOURLY);
    let found = shop.answer("search", &["--query", "flows/Main#Greet"])["found"].clone();
    assert_eq!(
        days(found["summary"].as_str().unwrap(), &ids),
        "Node `Greet` of flow `Main` was last in `20251003`, gone since `20251004`."
    );
    let changes: Vec<String> = found["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap();
            format!("{} {} {}", text("what"), &text("snapshot")[..8], &text("before")[..8])
        })
        .collect();
    assert_eq!(
        changes,
        ["gone 20251004 20251003", "changed 20251003 20251002", "appeared 20251002 20251001"]
    );
    let seen: Vec<_> =
        found["snapshots"].as_array().unwrap().iter().map(|one| one["found"].clone()).collect();
    assert_eq!(json!(seen), json!([0, 0, 1, 1, 0]));
    // By its reference id it is the same node.
    let reference = found["things"][0]["referenceId"].as_str().unwrap();
    let same = shop.answer("search", &["--query", &format!("flows/*#{reference}")]);
    assert_eq!(same["found"]["changes"], found["changes"]);
    let said = days(&shop.told("search", &["--query", "flows/Main#Gr*"]), &ids);
    assert!(said.contains("20251004  2025-10-04 12:00:00 UTC  daily, hourly"), "{said}");
    assert!(said.contains("absent   gone since") && said.contains("present  changed"), "{said}");
}

#[test]
fn resources_are_followed_under_whatever_name() {
    let mut shop = Shop::new();
    shop.cognigy.edit(|project| drop(project.add_lexicon("Hamlets")));
    shop.day("auto");
    shop.cognigy.edit(|project| {
        project.rename_flow("Main", "Start here");
        project.remove_lexicon("Hamlets");
    });
    shop.day("auto");
    let found = shop.answer("search", &["--query", "flows/Main"])["found"].clone();
    assert_eq!(found["changes"][0]["what"], "renamed", "{found}");
    assert_eq!(found["changes"][0]["was"], "Main");
    assert_eq!(found["summary"], "Flow `Start here` is in each of 2 snapshots.");
    let found = shop.answer("search", &["--query", "*/Ham*"])["found"].clone();
    let summary = found["summary"].as_str().unwrap();
    assert!(summary.starts_with("Lexicon `Hamlets` was last in `20251001T"), "{summary}");
    let found = shop.answer("search", &["--query", "flows/*"])["found"].clone();
    assert_eq!(found["summary"], "2 resources found by `flows/*`.");
    // What is not captured any more is not gone.
    shop.config = json!({"backup": {"cloneType": "flows"}});
    shop.edit("Third");
    shop.day("auto");
    let found = shop.answer("search", &["--query", "endpoints/*"])["found"].clone();
    assert_eq!(found["changes"], json!([]), "{found}");
    assert_eq!(found["snapshots"][0]["found"], Value::Null);
    // What a glob leaves out is, and the configuration may be why.
    shop.config = json!({"backup": {"cloneType": "flows", "excludeResources": ["flows/Start *"]}});
    shop.day("auto");
    let found = shop.answer("search", &["--query", "flows/Start *"])["found"].clone();
    assert_eq!(found["changes"][0]["what"], "gone", "{found}");
    assert_eq!(found["changes"][0]["reconfigured"], true);
}

#[test]
fn a_text_is_found_as_it_is_typed() {
    let shop = Shop::five_days();
    let ids = shop.ids(HOURLY);
    let found = shop.answer("search", &["--query", PHRASE])["found"].clone();
    assert_eq!(
        days(found["summary"].as_str().unwrap(), &ids),
        "“Grüß \"Gott\"”".replace(['“', '”'], "`") + " was last in `20251003`, gone since `20251004`."
    );
    let hits = found["snapshots"][2]["hits"].as_array().unwrap();
    let in_main: Vec<_> = hits.iter().filter(|hit| hit["resource"] == "flows/Main").collect();
    assert!(in_main.iter().all(|hit| hit["node"] == "Greet"), "{hits:?}");
    assert!(in_main.iter().any(|hit| hit["file"].as_str().unwrap().ends_with("/chart.json")), "{hits:?}");
    assert_eq!(in_main[0]["text"], PHRASE);
    let before = found["snapshots"][3]["hits"][0]["text"].as_str().unwrap();
    assert_eq!(before, format!("Er sagt: {PHRASE}!"));
    assert!(found["snapshots"][2]["found"].as_u64() > found["snapshots"][3]["found"].as_u64());
    assert_eq!(found["snapshots"][0]["found"], 0);
    let said = shop.told("search", &["--query", PHRASE]);
    assert!(said.contains("Hits\n") && said.contains("flows/Main"), "{said}");
    // What matches nothing is an answer.
    let said = shop.told("search", &["--query", "grüß gott"]);
    assert!(said.contains("`grüß gott` is in no snapshot (5 searched)."), "{said}");
    let said = shop.told("search", &["--query", "text:flows/Main#Greet"]);
    assert!(said.contains("is in no snapshot"), "{said}");
}

#[test]
fn a_snapshot_that_is_damaged_costs_the_others_nothing() {
    for on_server in [false, true] {
        let upstream = Upstream::start();
        let mut shop = match on_server {
            true => Shop::over(Lab::on(Duration::from_millis(20), &upstream)),
            false => Shop::new(),
        };
        shop.live();
        let ids = shop.ids(HOURLY);
        // A file that only the day before yesterday's has.
        shop.lose(&format!("{HOURLY}~2:.backup-metadata.json"));
        for query in [PHRASE, "flows/Main#Greet", "flows/*"] {
            let ran = shop.ask("search", &["--query", query, "--json"]);
            assert_eq!(ran.code, 2, "{}", ran.said);
            let report: Value = serde_json::from_str(&ran.said[ran.said.find('{').unwrap()..]).unwrap();
            let entry = &report["entries"][0];
            assert_eq!(entry["outcome"], "partial");
            let warnings = entry["warnings"].to_string();
            assert!(warnings.contains(&ids[2]) && warnings.contains("was not searched"), "{warnings}");
            let snapshots = entry["answer"]["found"]["snapshots"].as_array().unwrap();
            assert!(snapshots[2]["unreadable"].is_string() && snapshots[2]["found"].is_null());
            assert!(snapshots[3]["found"].as_u64().unwrap() > 0, "{snapshots:?}");
        }
        let ran = shop.ask("search", &["--query", "flows/Main#Greet"]);
        assert_eq!(ran.outcome(), "partial", "{}", ran.said);
        let said = days(&ran.said, &ids);
        assert!(said.contains("last in `20251002`, gone since `20251004`"), "{said}");
        let ran = shop.ask("export", &["--snapshot", &ids[2], "--output", "out"]);
        assert_eq!((ran.outcome(), ran.code), ("failed", 1), "{}", ran.said);
        assert!(!shop.lab.dir().join("out").exists());
    }
}

#[test]
fn a_search_over_http_is_one_fetch_of_trees() {
    let upstream = Upstream::start();
    let mut shop = Shop::over(Lab::on(Duration::from_millis(20), &upstream));
    shop.live();
    let fetches = || {
        let log = upstream.log_requests();
        log.iter().filter(|one| one.method == "POST" && one.path.ends_with("git-upload-pack")).count()
    };
    let before = fetches();
    shop.told("search", &["--query", PHRASE]);
    assert_eq!(fetches() - before, 2, "the commits, then all their trees");
}

#[test]
fn an_export_is_the_snapshot_and_is_checked() {
    let shop = Shop::five_days();
    let ids = shop.ids(HOURLY);
    let out = |name: &str| shop.lab.dir().join(name);
    let planned = shop.ask("export", &["--dry-run"]);
    assert_eq!((planned.outcome(), planned.code), ("planned", 0), "{}", planned.said);
    assert!(planned.said.contains(&format!("write `{}` to `{0}`", ids[0])), "{}", planned.said);
    assert!(!out(&ids[0]).exists());
    let said = shop.told("export", &[]);
    assert!(said.contains(&format!("Snapshot `{}` written to `{0}`.", ids[0])), "{said}");
    let files = shop.lab.files(HOURLY);
    for (path, bytes) in &files {
        assert_eq!(&std::fs::read(out(&ids[0]).join(path.as_str())).unwrap(), bytes);
    }
    let told = shop.answer("export", &["--output", "out.zip"])["exported"].clone();
    assert_eq!(told["files"], json!(files.len()));
    assert_eq!((&told["zip"], &told["path"]), (&json!(true), &json!("out.zip")));
    assert_eq!(told["bytes"], json!(files.values().map(Vec::len).sum::<usize>()));
    let script = "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n\
                  assert z.namelist() == sorted(z.namelist())\nprint(len(z.namelist()))";
    let ended = Command::new("python3").args(["-c", script]).arg(out("out.zip")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ended.stdout).trim(), files.len().to_string());
    // Again: it is there, and stays as it is.
    for flags in [vec![], vec!["--output", "out.zip"]] {
        let ran = shop.ask("export", &flags);
        assert_eq!((ran.outcome(), ran.code), ("failed", 1), "{}", ran.said);
        assert!(ran.said.contains("is there already") && ran.said.contains("output"), "{}", ran.said);
    }
    let ran = shop.ask("export", &["--output", "/proc/none"]);
    assert_eq!((ran.outcome(), ran.code), ("failed", 1), "{}", ran.said);
    assert!(ran.said.contains("/proc/none"), "{}", ran.said);
}

/// Puts a commit with another tree in the place of the newest snapshot, its message the same.
fn replace(shop: &Shop, path: &str, bytes: Option<&[u8]>) {
    let store = shop.lab.store();
    let reference = format!("refs/heads/{HOURLY}");
    let commit = store.find_reference(&reference).unwrap().peel_to_commit().unwrap();
    let mut index = git2::Index::new().unwrap();
    index.read_tree(&commit.tree().unwrap()).unwrap();
    match bytes {
        Some(bytes) => {
            let id = store.blob(bytes).unwrap();
            let mut entry = index.get(0).unwrap();
            (entry.id, entry.path, entry.file_size) = (id, path.into(), 0);
            index.add(&entry).unwrap();
        }
        None => index.remove_path(Path::new(path)).unwrap(),
    }
    let mut tree = index.write_tree_to(&store).unwrap();
    // The manifest names the content's tree, so whoever forges one names the other.
    let content = store.find_tree(tree).unwrap().get_name("agent").unwrap().id();
    let manifest = commit.tree().unwrap().get_name(".backup-metadata.json").unwrap().id();
    let mut manifest: Value = serde_json::from_slice(store.find_blob(manifest).unwrap().content()).unwrap();
    manifest["tree"] = json!(content.to_string());
    let mut entry = index.get_path(Path::new(".backup-metadata.json"), 0).unwrap();
    entry.id = store.blob(manifest.to_string().as_bytes()).unwrap();
    index.add(&entry).unwrap();
    tree = if tree.is_zero() { tree } else { index.write_tree_to(&store).unwrap() };
    let parents: Vec<_> = commit.parents().collect();
    let (author, message) = (commit.author(), commit.message().unwrap());
    let parents: Vec<&git2::Commit<'_>> = parents.iter().collect();
    let tree = store.find_tree(tree).unwrap();
    let new = store.commit(None, &author, &author, message, &tree, &parents).unwrap();
    store.reference(&reference, new, true, "forged").unwrap();
}

#[rstest]
#[case::other_bytes("agent/project/config.json", Some(&b"{}"[..]), "is not the file that its manifest names")]
#[case::one_more("agent/project/more.json", Some(&b"{}"[..]), "in its tree and not in its manifest")]
#[case::beside_it("README.md", Some(&b"hi"[..]), "in its tree and not in its manifest")]
#[case::one_less("agent/project/config.json", None, "in its manifest and not in its tree")]
fn what_is_not_as_it_was_saved_is_not_exported(
    #[case] path: &str,
    #[case] bytes: Option<&[u8]>,
    #[case] said: &str,
) {
    let mut shop = Shop::new();
    shop.day("backup");
    replace(&shop, path, bytes);
    let before = std::fs::read_dir(shop.lab.dir()).unwrap().count();
    for output in ["out", "out.zip"] {
        let ran = shop.ask("export", &["--output", output]);
        assert_eq!((ran.outcome(), ran.code), ("failed", 1), "{}", ran.said);
        assert!(ran.said.contains(said) && ran.said.contains(path), "{}", ran.said);
    }
    assert_eq!(std::fs::read_dir(shop.lab.dir()).unwrap().count(), before, "nothing is left");
}

#[test]
fn the_program_itself_answers_in_json() {
    let shop = Shop::five_days();
    let store = shop.lab.store_path().to_str().unwrap().to_owned();
    for (line, key) in [
        (vec!["list"], "snapshots"),
        (vec!["info"], "snapshot"),
        (vec!["explain", "--days", "3"], "verdicts"),
        (vec!["search", "--query", "flows/*"], "found"),
        (vec!["diff", "--snapshot", "latest~1", "--against", "latest"], "compared"),
        (vec!["export", "--output", "out"], "exported"),
        (vec!["pin", "--pin", "p"], "done"),
        (vec!["unpin", "--pin", "p", "--confirm", "p"], "done"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let line = [&line[..], &["--store", &store, "--json"]].concat();
        let ended = command(dir.path(), &line, &[("PATH", "/usr/bin:/bin")]);
        let text = String::from_utf8_lossy(&ended.stdout);
        assert_eq!(
            ended.status.code(),
            Some(0),
            "{line:?}: {text}{}",
            String::from_utf8_lossy(&ended.stderr)
        );
        let report: Value = serde_json::from_str(&text).unwrap();
        assert!(!report["entries"][0]["answer"][key].is_null(), "{line:?}: {text}");
    }
}

/// Reads a command line of the page: words, and words in single quotes.
fn words(line: &str) -> Vec<String> {
    let parts = line.split('\'').enumerate();
    let words = parts.flat_map(|(at, part)| match at % 2 {
        1 => vec![part.to_owned()],
        _ => part.split_whitespace().map(str::to_owned).collect(),
    });
    words.collect()
}

/// Whether a line is as the page has it; `…` there stands for anything.
fn is_shown(said: &str, shown: &str) -> bool {
    match shown.split_once('…') {
        Some((from, to)) => said.starts_with(from) && said.ends_with(to),
        None => said == shown,
    }
}

#[test]
fn the_page_shows_what_is_said() {
    let page = std::fs::read_to_string("docs/asking.md").unwrap();
    let shop = Shop::five_days();
    let mut tried = 0;
    for block in page.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let (line, shown) = block.split_once('\n').unwrap();
        let line = words(line.strip_prefix("$ cognigy-backup ").unwrap());
        let ran = shop.ask(&line[0], &line[1..].iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(ran.code, 0, "{}", ran.said);
        let said =
            ran.said.replace(&shop.lab.store_path().display().to_string(), "/home/me/cognigy-backup.git");
        let mut said = said.lines().map(str::trim_end);
        for shown in shown.lines().filter(|shown| *shown != "…") {
            assert!(
                said.any(|said| is_shown(said, shown)),
                "{line:?}\nnot said, or not there: {shown}\n{}",
                ran.said
            );
        }
        tried += 1;
    }
    assert_eq!(tried, 9);
}

#[test]
fn two_snapshots_are_compared() {
    let shop = Shop::five_days();
    let said = shop.told("diff", &["--snapshot", "2025-10-01", "--against", "2025-10-02"]);
    assert!(
        said.contains("1 resource differs") && said.contains("flow `Main`: node `Greet` added"),
        "{said}"
    );
    let said = shop.told("diff", &["--snapshot", "2025-10-02", "--against", "2025-10-01"]);
    assert!(said.contains("node `Greet` removed"), "{said}");
    let said = shop.told("diff", &["--snapshot", "2025-10-02", "--against", "2025-10-03"]);
    assert!(
        said.contains("say text changed") && said.contains(&format!("+ \"{}\"", PHRASE.replace('"', "\\\""))),
        "{said}"
    );
    let same = shop.ask("diff", &["--snapshot", "2025-10-01", "--against", "2025-10-04"]);
    assert_eq!((same.outcome(), same.code), ("unchanged", 0), "{}", same.said);
    assert!(same.said.contains("Nothing differs"), "{}", same.said);
    let answer = shop.answer("diff", &["--snapshot", "latest~4", "--against", "latest"]);
    assert_eq!(answer["compared"]["resources"], 1, "{answer}");
}

#[test]
fn a_snapshot_is_compared_with_the_project_as_it_is() {
    let shop = Shop::five_days();
    let before = (shop.lab.tip(HOURLY), shop.lab.tip("snapshot/state"));
    let same = shop.ask("diff", &[]);
    assert_eq!((same.outcome(), same.code), ("unchanged", 0), "{}", same.said);
    assert!(same.said.contains("the project as it is now") && same.requests > 40, "{}", same.said);
    shop.cognigy.edit(|project| {
        project.add_say("Main", "Ask", "Wie geht es?");
        project.rename("Other Bot");
    });
    let ran = shop.ask("diff", &["--snapshot", "2025-10-03"]);
    assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
    for said in ["2 resources differ", "node `Greet` removed", "node `Ask` added", "renamed from"] {
        assert!(ran.said.contains(said), "{said}: {}", ran.said);
    }
    assert_eq!((shop.lab.tip(HOURLY), shop.lab.tip("snapshot/state")), before, "nothing is saved");
    // A kind that only one side was read with says nothing of what became of it.
    shop.cognigy.fault(Fault::on("GET", "/milestones").forever().status(403));
    let ran = shop.ask("diff", &["--snapshot", "latest"]);
    assert_eq!((ran.outcome(), ran.code), ("partial", 2), "{}", ran.said);
    assert!(ran.said.contains("not compared") && ran.said.contains("`goals`"), "{}", ran.said);
    assert!(!ran.said.contains("goal `"), "{}", ran.said);
    shop.cognigy.clear_faults();
    // What cannot be read is told, and the rest is compared.
    shop.cognigy.fault(Fault::on("GET", "/flows/*/settings").forever().status(403));
    let ran = shop.ask("diff", &[]);
    assert_eq!((ran.outcome(), ran.code), ("partial", 2), "{}", ran.said);
    assert!(ran.said.contains("node `Ask` added") || ran.said.contains("renamed from"), "{}", ran.said);
    shop.cognigy.clear_faults();
    // Of another project nothing can be said.
    let other = [("COGNIGY_AGENT_ID", "aaaaaaaaaaaaaaaaaaaaaaaa")];
    let ran = shop.lab.run_with("diff", &shop.cognigy, shop.now, &shop.config, &other);
    assert_eq!(ran.outcome(), "refused", "{}", ran.said);
}
