//! Imports of what the template repository left: all of it, once, whatever happens in between, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cognigy_backup::snapshot::{MANIFEST_NAME, Manifest};
use rstest::rstest;
use serde_json::{Value, json};
use testkit::cognigy::{Cognigy, Project, Setup, Size};
use testkit::upstream::{Fault, Repository, Service, Upstream};

use crate::lab::{HOURLY, Lab, Ran, at};

const DAILY: &str = "snapshot/daily";
const WEEKLY: &str = "snapshot/weekly";
const WORKFLOW: &[u8] = b"on: push\n";
const PLANTED: &str = "planted-endpoint-token";

/// A repository as the template leaves it, and runs over it.
struct Heritage {
    cognigy: Cognigy,
    upstream: Upstream,
    lab: Lab,
    now: DateTime<Utc>,
    config: Value,
}

impl Heritage {
    fn new() -> Self {
        Self::of(template)
    }

    fn of(leave: fn(&Repository)) -> Self {
        let upstream = Upstream::start();
        leave(&upstream);
        upstream.github_workflow_permission();
        let project = Project::seeded(1, Size { flows: 1, ..Size::small() });
        Self {
            cognigy: Cognigy::start(Setup { project, ..Setup::default() }),
            lab: Lab::on(Duration::from_millis(20), &upstream),
            upstream,
            now: at("2025-10-12T12:10:00Z"),
            config: json!({}),
        }
    }

    fn run(&self, mode: &str) -> Ran {
        self.lab.run(mode, &self.cognigy, self.now, &self.config)
    }

    fn import(&self, outcome: &str, code: u8) -> Ran {
        let ran = self.run("import");
        assert_eq!((ran.outcome(), ran.code), (outcome, code), "{}", ran.said);
        assert_eq!(ran.requests, 0, "no Cognigy server is asked");
        ran
    }

    fn dry_run(&self) -> Ran {
        self.lab.run_with(
            "import",
            &self.cognigy,
            self.now,
            &self.config,
            &[("COGNIGY_BACKUP_DRY_RUN", "true")],
        )
    }

    fn ids(&self, branch: &str) -> Vec<String> {
        ids(&self.upstream, branch)
    }

    fn manifest(&self, revision: &str) -> Manifest {
        Manifest::parse(&self.upstream.read_file(revision, MANIFEST_NAME).unwrap()).unwrap()
    }

    /// Everything that an import may not touch.
    fn rest(&self) -> String {
        let refs = self.upstream.git(&["for-each-ref", "--format=%(refname) %(objectname)"]);
        let is_ours = |line: &&str| line.starts_with("refs/heads/snapshot/");
        refs.lines().filter(|line| !is_ours(line)).collect::<Vec<_>>().join("\n")
    }
}

fn ids(repository: &Repository, branch: &str) -> Vec<String> {
    let trailer = |commit: &String| {
        let message = repository.message(commit);
        message.lines().find_map(|line| line.strip_prefix("Snapshot-Id: ")).unwrap().to_owned()
    };
    repository.rev_list(branch).iter().map(trailer).collect()
}

/// The time of a snapshot's id, for reading.
fn times(ids: &[String]) -> Vec<String> {
    ids.iter().map(|id| format!("{}-{}T{}", &id[4..6], &id[6..8], &id[9..13])).collect()
}

/// What the template commits: all of `main`, and the folder that `cognigy clone` wrote.
fn tree(edit: u32, agent_dir: &str) -> Vec<(String, Vec<u8>)> {
    let pretty = |value: Value| {
        let mut bytes = Vec::new();
        let format = serde_json::ser::PrettyFormatter::with_indent(b"    ");
        let mut writer = serde_json::Serializer::with_formatter(&mut bytes, format);
        serde::Serialize::serialize(&value, &mut writer).unwrap();
        bytes
    };
    let chart = json!({"nodes": [{"_id": "n1", "type": "say", "config": {"text": format!("Hello {edit}")}}],
                       "relations": []});
    let inside = vec![
        ("flows/locales.json", pretty(json!([{"_id": "l1", "referenceId": "r1", "name": "English"}]))),
        (
            "flows/Main/config.json",
            pretty(
                json!({"_id": "f1", "referenceId": "rf1", "name": "Main", "isTrainingOutOfDate": edit.is_multiple_of(2)}),
            ),
        ),
        ("flows/Main/English/chart.json", pretty(chart)),
        ("flows/Main/English/intents.json", b"[]".to_vec()),
        (
            "endpoints/Webchat/config.json",
            pretty(json!({"_id": "e1", "referenceId": "re1", "name": "Webchat",
                          "settings": {"accessToken": PLANTED}})),
        ),
        ("endpoints/Webchat/transformer.ts", b"createRestTransformer({});\n".to_vec()),
        ("lexicons/Cities/config.json", pretty(json!({"lexiconId": "x1"}))),
        ("lexicons/Cities/keyphrases.csv", "Köln,\"city\",\"\",\"\"\n".into()),
        ("aiAgents/Ann/config.json", b"{\n  \"_id\": \"a1\",\n  \"name\": \"Ann\"\n}\n".to_vec()),
        ("notes.txt", b"not JSON, with a password: 'hunter2-hunter2'\n".to_vec()),
    ];
    let outside = [
        (".github/workflows/backup.yml", WORKFLOW.to_vec()),
        ("README.md", b"# Backups\n".to_vec()),
        ("config.json", br#"{"agent": "x", "apiKey": "planted-api-key"}"#.to_vec()),
    ];
    let inside = inside.into_iter().map(|(path, bytes)| (format!("{agent_dir}/{path}"), bytes));
    inside.chain(outside.map(|(path, bytes)| (path.to_owned(), bytes))).collect()
}

fn seconds(time: &str) -> i64 {
    at(time).timestamp()
}

fn old(repository: &Repository, time: &str, edit: u32, agent_dir: &str, parent: Option<&str>) -> String {
    let files = tree(edit, agent_dir);
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    repository.commit_at(seconds(time), &files, parent)
}

/// The public template: one hourly commit, a branch for each day and each week, tags for months.
fn template(repository: &Repository) {
    let main = repository.commit("main", &[(".github/workflows/backup.yml", WORKFLOW)], "Template");
    let days = ["06", "07", "08", "09", "10", "11"];
    for (edit, day) in (0..).zip(days) {
        let commit = old(repository, &format!("2025-10-{day}T18:00:00Z"), edit, "agent", None);
        repository.point(&format!("{DAILY}/202510{day}"), &commit);
        match day {
            "06" => repository.point(&format!("{WEEKLY}/2025-W00"), &commit),
            "11" => repository.point(&format!("{WEEKLY}/2025-W53"), &commit),
            _ => {}
        }
    }
    let newest = old(repository, "2025-10-12T11:30:00Z", 99, "agent", None);
    repository.point(HOURLY, &newest);
    repository.git(&["tag", "monthly-2025-09", &newest]);
    repository.point("feature/x", &main);
}

/// The plan that came before it: straight branches with several commits, two of them of `main`.
fn seed(repository: &Repository) {
    let main = repository.commit("main", &[(".github/workflows/backup.yml", WORKFLOW)], "Template");
    for (branch, times) in [
        (HOURLY, ["2025-10-12T11:00:00Z", "2025-10-12T11:30:00Z"]),
        (DAILY, ["2025-10-11T18:00:00Z", "2025-10-12T11:00:00Z"]),
        (WEEKLY, ["2025-10-05T18:00:00Z", "2025-10-11T18:00:00Z"]),
    ] {
        let parent = (branch == HOURLY).then_some(main.as_str());
        let edit = |time: &str| u32::try_from(seconds(time) % 1000).unwrap();
        let first = old(repository, times[0], edit(times[0]), "agent", parent);
        let second = old(repository, times[1], edit(times[1]), "agent", Some(&first));
        repository.point(branch, &second);
    }
}

/// Checks what each import of [`template`] must lead to.
fn is_imported(heritage: &Heritage) {
    let branches: Vec<String> = heritage.upstream.branches().into_keys().collect();
    assert_eq!(branches, ["feature/x", "main", DAILY, HOURLY, WEEKLY]);
    assert_eq!(times(&heritage.ids(HOURLY)), ["10-12T1130"]);
    let days = ["10-11T1800", "10-10T1800", "10-09T1800", "10-08T1800", "10-07T1800", "10-06T1800"];
    assert_eq!(times(&heritage.ids(DAILY)), days);
    assert_eq!(times(&heritage.ids(WEEKLY)), ["10-11T1800", "10-06T1800"]);
    assert_eq!(heritage.ids(WEEKLY)[0], heritage.ids(DAILY)[0], "one snapshot, one name");
    heritage.upstream.fsck();
}

#[test]
fn all_of_it_comes_over_and_nothing_else_moves() {
    let heritage = Heritage::new();
    let (rest, before) = (heritage.rest(), heritage.upstream.branches());
    let ran = heritage.import("success", 0);
    is_imported(&heritage);
    assert_eq!(heritage.rest(), rest);
    // What it was can be put back.
    for (branch, commit) in before.iter().filter(|(branch, _)| branch.starts_with("snapshot/")) {
        assert!(ran.said.contains(branch) && ran.said.contains(commit), "{branch}: {}", ran.said);
    }
    assert!(ran.said.contains("monthly-2025-09"), "{}", ran.said);
    // Every file of the folder is as it was, but for the secret.
    let (was, is) = (&before[HOURLY], HOURLY);
    for (path, bytes) in tree(99, "agent").into_iter().filter(|(path, _)| path.starts_with("agent/")) {
        let kept = heritage.upstream.read_file(is, &path).unwrap();
        if path.ends_with("Webchat/config.json") {
            let kept: Value = serde_json::from_slice(&kept).unwrap();
            assert_eq!(kept["settings"], json!({}));
        } else {
            assert_eq!(kept, bytes, "{path}");
        }
    }
    let files: BTreeSet<String> = heritage.upstream.list_files(is).into_iter().collect();
    assert!(files.iter().all(|path| path.starts_with("agent/") || path == MANIFEST_NAME), "{files:?}");
    let manifest = heritage.manifest(is);
    assert_eq!((manifest.layout, manifest.source.kind.as_str()), (0, "import"));
    assert_eq!(manifest.source.commit.as_ref(), Some(was));
    assert_eq!(manifest.resources.len(), 5);
    let webchat = &manifest.files[&"endpoints/Webchat/config.json".parse().unwrap()];
    assert_eq!(webchat.redacted, ["/settings/accessToken"]);
    assert!(ran.said.contains("`notes.txt`") && ran.said.contains("`config.json` in"), "{}", ran.said);
    for secret in [PLANTED, "hunter2-hunter2", "planted-api-key"] {
        assert!(!ran.said.contains(secret), "{secret}: {}", ran.said);
    }
}

#[test]
fn a_second_import_changes_nothing() {
    for leave in [template, seed] {
        let heritage = Heritage::of(leave);
        heritage.import("success", 0);
        let before = heritage.upstream.branches();
        heritage.import("unchanged", 0);
        assert_eq!(heritage.upstream.branches(), before);
    }
    heritage_of_nothing().import("unchanged", 0);
}

fn heritage_of_nothing() -> Heritage {
    Heritage::of(|repository| drop(repository.commit("main", &[("a", b"a")], "A")))
}

#[test]
fn straight_branches_come_over_commit_by_commit() {
    let heritage = Heritage::of(seed);
    heritage.import("success", 0);
    assert_eq!(times(&heritage.ids(HOURLY)), ["10-12T1130", "10-12T1100"], "main's commit holds nothing");
    assert_eq!(times(&heritage.ids(DAILY)), ["10-12T1100", "10-11T1800"]);
    assert_eq!(times(&heritage.ids(WEEKLY)), ["10-11T1800", "10-05T1800"]);
    assert_eq!(heritage.ids(DAILY)[0], heritage.ids(HOURLY)[1]);
}

#[test]
fn a_dry_run_says_it_all_and_does_nothing() {
    let heritage = Heritage::new();
    let before = heritage.upstream.git(&["for-each-ref"]);
    let ran = heritage.dry_run();
    assert_eq!((ran.outcome(), ran.code), ("planned", 0), "{}", ran.said);
    assert_eq!(heritage.upstream.git(&["for-each-ref"]), before);
    for (branch, commit) in heritage.upstream.branches() {
        let is_old = branch.starts_with("snapshot/");
        assert_eq!(
            ran.said.contains(&commit) && ran.said.contains(&branch),
            is_old,
            "{branch}: {}",
            ran.said
        );
    }
    heritage.import("success", 0);
    for id in heritage.ids(DAILY) {
        assert!(ran.said.contains(&id), "{id}: {}", ran.said);
    }
}

#[test]
fn a_store_in_a_directory_is_served_and_packed_refs_are_no_obstacle() {
    for pack in [false, true] {
        let heritage = Heritage::new();
        if pack {
            heritage.upstream.git(&["pack-refs", "--all"]);
        }
        let lab = Lab::at(Duration::from_millis(20), heritage.upstream.path());
        let ran = lab.run("import", &heritage.cognigy, heritage.now, &heritage.config);
        assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
        is_imported(&heritage);
        let ran = lab.run("import", &heritage.cognigy, heritage.now, &heritage.config);
        assert_eq!(ran.outcome(), "unchanged", "{}", ran.said);
    }
}

#[rstest]
fn stopped_at_any_push_the_next_run_finishes(
    #[values(1, 2, 3, 4)] nth: u32,
    #[values(true, false)] atomic: bool,
) {
    let heritage = Heritage::new();
    if !atomic {
        heritage.upstream.without_atomic();
    }
    // Pushes before the nth land; the nth does not, and the run ends there.
    let count = heritage.upstream.path().join("pushes");
    let count = count.display();
    let script = format!(
        "#!/bin/sh\ncat >/dev/null\necho x >> {count}\n[ $(wc -l < {count}) -eq {nth} ] && exit 1\nexit 0\n"
    );
    heritage.upstream.hook("pre-receive", &script);
    let ran = heritage.import("failed", 1);
    assert!(ran.said.contains("Nothing is lost"), "{}", ran.said);
    holds_everything(&heritage);
    heritage.import("success", 0);
    is_imported(&heritage);
    heritage.import("unchanged", 0);
}

#[test]
fn pushes_whose_answers_are_lost_are_looked_up_and_not_repeated() {
    let heritage = Heritage::new();
    heritage.upstream.fault(Service::Push, Fault::LoseAnswer, 4);
    heritage.import("success", 0);
    is_imported(&heritage);
}

/// Checks that every content that was there is still on some branch.
fn holds_everything(heritage: &Heritage) {
    let mut texts = BTreeMap::new();
    for branch in heritage.upstream.branches().into_keys().filter(|branch| branch.starts_with("snapshot/")) {
        for commit in heritage.upstream.rev_list(&branch) {
            let chart = heritage.upstream.read_file(&commit, "agent/flows/Main/English/chart.json").unwrap();
            texts.insert(String::from_utf8(chart).unwrap(), commit);
        }
    }
    assert_eq!(texts.len(), 7, "{texts:?}");
}

#[test]
fn what_the_template_does_meanwhile_is_not_lost() {
    // Its workflow writes over its one hourly commit, and adds a day, before each of our pushes.
    let heritage = Heritage::new();
    let mut n = 0;
    heritage.upstream.on_next_pushes(4, move |repository| {
        n += 1;
        let commit = old(repository, &format!("2025-10-12T12:0{n}:00Z"), 200 + n, "agent", None);
        if repository.branches().contains_key(DAILY) {
            return;
        }
        repository.point(HOURLY, &commit);
        repository.point(&format!("{DAILY}/2025101{}", n + 1), &commit);
    });
    let ran = heritage.run("import");
    assert!(ran.code == 0, "{}", ran.said);
    heritage.run("import");
    let names = heritage.upstream.branches().into_keys().collect::<Vec<_>>();
    assert!(!names.iter().any(|name| name.contains("import") || name.contains("daily/")), "{names:?}");
    let hourly = times(&heritage.ids(HOURLY));
    let daily = times(&heritage.ids(DAILY));
    for time in ["10-12T1130", "10-12T1201", "10-12T1202"] {
        assert!(
            hourly.contains(&time.to_owned()) || daily.contains(&time.to_owned()),
            "{time}: {hourly:?} {daily:?}"
        );
    }
    heritage.upstream.fsck();
}

#[test]
fn auto_goes_on_from_there() {
    let mut heritage = Heritage::new();
    heritage.import("success", 0);
    let imported = heritage.ids(DAILY);
    let first = heritage.run("auto");
    assert_eq!((first.outcome(), first.code), ("success", 0), "{}", first.said);
    assert!(first.said.contains("imported from the template"), "{}", first.said);
    assert_eq!(heritage.ids(HOURLY).len(), 2);
    assert_eq!(heritage.manifest(HOURLY).layout, 1);
    let again = heritage.run("auto");
    assert_eq!(again.outcome(), "unchanged", "{}", again.said);
    for n in 0..16 {
        heritage.now += TimeDelta::hours(6);
        heritage.cognigy.edit(|project| project.rename(&format!("Name {n}")));
        let ran = heritage.run("auto");
        assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
        assert!(!ran.said.contains("imported from the template"), "{}", ran.said);
    }
    let daily = heritage.ids(DAILY);
    assert_eq!(daily.len(), 7, "{daily:?}");
    assert!(daily.contains(&imported[0]) && !daily.contains(imported.last().unwrap()), "{daily:?}");
    assert!(heritage.ids(WEEKLY).contains(&imported[0]) || heritage.ids(WEEKLY).len() <= 4);
    heritage.upstream.fsck();
}

#[test]
fn what_is_imported_can_be_listed_explained_pinned_and_looked_at() {
    let heritage = Heritage::new();
    let original = heritage.upstream.branches()[HOURLY].clone();
    heritage.import("success", 0);
    for mode in ["list", "explain", "info", "cleanup", "promote"] {
        let ran = heritage.run(mode);
        assert_eq!(ran.code, 0, "{mode}: {}", ran.said);
    }
    // By the commit that a person may have noted before.
    let ran = heritage.lab.run_with(
        "info",
        &heritage.cognigy,
        heritage.now,
        &heritage.config,
        &[("COGNIGY_BACKUP_SNAPSHOT", &original)],
    );
    assert!(
        ran.code == 0 && ran.said.contains(&format!("commit {original} of the template")),
        "{}",
        ran.said
    );
    let ran = heritage.lab.run_with(
        "pin",
        &heritage.cognigy,
        heritage.now,
        &heritage.config,
        &[("COGNIGY_BACKUP_PIN", "before-the-move")],
    );
    assert_eq!(ran.code, 0, "{}", ran.said);
}

#[test]
fn a_branch_without_the_folder_is_left_and_named() {
    let heritage = Heritage::new();
    let bare = heritage.upstream.commit_at(seconds("2025-10-01T00:00:00Z"), &[("README.md", b"x")], None);
    heritage.upstream.point(&format!("{DAILY}/20251001"), &bare);
    let before = heritage.upstream.branches();
    let ran = heritage.import("partial", 2);
    assert!(
        ran.said.contains("snapshot/daily/20251001") && ran.said.contains("no folder `agent`"),
        "{}",
        ran.said
    );
    let after = heritage.upstream.branches();
    // It stands where the tier would be: the others of its tier are copied, and wait with it.
    for day in ["20251001", "20251006", "20251011"] {
        let name = format!("{DAILY}/{day}");
        assert_eq!(after.get(&name), before.get(&name), "{name}");
    }
    assert_eq!(ids(&heritage.upstream, "snapshot/import/daily").len(), 6);
    assert_eq!(heritage.ids(WEEKLY).len(), 2);
    assert_eq!(heritage.ids(HOURLY).len(), 1);
    // Backups go on meanwhile, with a tier that waits.
    let ran = heritage.run("backup");
    assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
    assert_eq!(heritage.run("import").outcome(), "partial");
    heritage.upstream.git(&["update-ref", "-d", &format!("refs/heads/{DAILY}/20251001")]);
    heritage.import("success", 0);
    assert_eq!(heritage.ids(DAILY).len(), 6);
    heritage.import("unchanged", 0);
}

#[test]
fn what_could_harm_is_refused() {
    // Another project.
    let heritage = Heritage::of(|_| ());
    assert_eq!(heritage.run("backup").code, 0);
    let other = [("COGNIGY_AGENT_ID", "aaaaaaaaaaaaaaaaaaaaaaaa")];
    let ran = heritage.lab.run_with("import", &heritage.cognigy, heritage.now, &heritage.config, &other);
    assert_eq!((ran.outcome(), ran.code), ("refused", 1), "{}", ran.said);
    assert!(ran.said.contains("holds snapshots of project"), "{}", ran.said);
    // Ours and theirs on one branch.
    let heritage = Heritage::of(|_| ());
    assert_eq!(heritage.run("backup").code, 0);
    heritage.upstream.move_behind_our_back(HOURLY);
    let before = heritage.upstream.branches();
    let ran = heritage.import("refused", 1);
    assert!(ran.said.contains("holds both"), "{}", ran.said);
    // Somebody else's commit where the copies go.
    let other = Heritage::new();
    other.upstream.commit("snapshot/import/daily", &[("a", b"a")], "Mine");
    let ran = other.import("refused", 1);
    assert!(ran.said.contains("snapshot/import/daily"), "{}", ran.said);
    assert_eq!(heritage.upstream.branches(), before);
}

#[test]
fn content_that_names_another_project_is_refused() {
    let files: [(&str, &[u8]); 1] = [(
        "agent/aiAgents/Ann/config.json",
        br#"{"_id": "a1", "projectReference": "bbbbbbbbbbbbbbbbbbbbbbbb"}"#,
    )];
    let heritage = Heritage::new();
    let other = heritage.upstream.commit_at(seconds("2025-10-12T11:30:00Z"), &files, None);
    heritage.upstream.point(HOURLY, &other);
    let before = heritage.upstream.branches();
    let ran = heritage.import("refused", 1);
    assert!(
        ran.said.contains("of project `bbbbbbbbbbbbbbbbbbbbbbbb`") && ran.said.contains("cognigy-agent-id"),
        "{}",
        ran.said
    );
    assert_eq!(heritage.upstream.branches(), before);
    let theirs = [("COGNIGY_AGENT_ID", "bbbbbbbbbbbbbbbbbbbbbbbb")];
    let ran = heritage.lab.run_with("import", &heritage.cognigy, heritage.now, &heritage.config, &theirs);
    assert_eq!((ran.outcome(), ran.code), ("success", 0), "{}", ran.said);
}

#[test]
fn a_name_that_is_no_utf_8_makes_its_branch_wait_and_no_other() {
    let heritage = Heritage::new();
    // As `git fast-import` quotes bytes.
    let files: [(&str, &[u8]); 2] = [("\"agent/Gr\\374\\337e/config.json\"", b"{}"), ("agent/x", b"x")];
    let latin = heritage.upstream.commit_at(seconds("2025-10-12T11:30:00Z"), &files, None);
    heritage.upstream.point(HOURLY, &latin);
    let ran = heritage.import("partial", 2);
    assert!(ran.said.contains("agent/Gr\u{fffd}\u{fffd}e"), "{}", ran.said);
    assert_eq!(heritage.upstream.branches()[HOURLY], latin);
    assert_eq!(heritage.ids(DAILY).len(), 6);
}

#[test]
fn a_lexicon_is_followed_across_an_import() {
    let heritage = Heritage::new();
    let (id, name) = heritage.cognigy.edit(|project| {
        let lexicon = &project.lexicons[0];
        (lexicon.meta.id.clone(), lexicon.name.clone())
    });
    let config = json!({ "lexiconId": id }).to_string();
    let path = format!("agent/lexicons/{name}/config.json");
    let commit =
        heritage.upstream.commit_at(seconds("2025-10-12T11:30:00Z"), &[(&path, config.as_bytes())], None);
    heritage.upstream.point(HOURLY, &commit);
    heritage.import("success", 0);
    let ran = heritage.run("backup");
    assert_eq!(ran.code, 0, "{}", ran.said);
    // Two layouts are not compared file by file.
    let ran = heritage.lab.run_with(
        "diff",
        &heritage.cognigy,
        heritage.now,
        &heritage.config,
        &[("COGNIGY_BACKUP_SNAPSHOT", "latest~1")],
    );
    assert_eq!((ran.outcome(), ran.code), ("refused", 1), "{}", ran.said);
    assert!(ran.said.contains("was imported") && ran.said.contains("diff -r"), "{}", ran.said);
    let query = [("COGNIGY_BACKUP_QUERY", format!("lexicons/{name}"))];
    let query: Vec<(&str, &str)> = query.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let ran = heritage.lab.run_with("search", &heritage.cognigy, heritage.now, &heritage.config, &query);
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert!(!ran.said.contains("gone") && ran.said.contains(&name), "{}", ran.said);
}

#[test]
fn a_wrong_folder_names_those_that_are_there() {
    let mut heritage = Heritage::new();
    heritage.config = json!({"agentDir": "bot"});
    let before = heritage.upstream.branches();
    let ran = heritage.import("refused", 1);
    assert!(ran.said.contains("folder `bot`") && ran.said.contains("`agent`"), "{}", ran.said);
    assert_eq!(heritage.upstream.branches(), before);
}

#[test]
fn the_template_s_own_config_json_will_do() {
    let mut heritage = Heritage::of(|repository| {
        let commit = old(repository, "2025-10-12T11:30:00Z", 1, "bot", None);
        repository.point(HOURLY, &commit);
    });
    heritage.config = json!({
        "projectName": "Order bot", "agentDir": "bot",
        "retention": {"hourly": {"enabled": true, "count": 6, "intervalMinutes": 30, "description": "x"}},
        "backup": {"cloneType": "agent", "excludeResources": [], "comment": "x", "secrets": "keep"},
    });
    heritage.import("success", 0);
    let kept = heritage.upstream.read_file(HOURLY, "bot/endpoints/Webchat/config.json").unwrap();
    assert!(String::from_utf8(kept).unwrap().contains(PLANTED), "secrets: keep");
    assert_eq!(heritage.manifest(HOURLY).project.name, "Order bot");
}

#[test]
fn a_month_that_fits_no_archive_stops_no_other() {
    let mut heritage = Heritage::of(|repository| {
        // As `git fast-import` quotes a control character.
        let odd: [(&str, &[u8]); 2] = [("\"agent/odd\\tname.txt\"", b"x"), ("agent/x", b"x")];
        for (day, files) in [("2025-08-31", &odd[..]), ("2025-09-30", &odd[1..])] {
            let commit = repository.commit_at(seconds(&format!("{day}T18:00:00Z")), files, None);
            repository.point(&format!("{DAILY}/{}", day.replace('-', "")), &commit);
        }
    });
    let dir = tempfile::tempdir().unwrap();
    heritage.config = json!({"archive": {"directory": dir.path()}});
    heritage.import("success", 0);
    for _ in 0..2 {
        let ran = heritage.run("promote");
        assert_eq!((ran.outcome(), ran.code), ("partial", 2), "{}", ran.said);
        assert!(ran.said.contains("2025-08") && ran.said.contains("control character"), "{}", ran.said);
        assert!(dir.path().join("monthly-2025-09/monthly-2025-09.tar.zst").is_file(), "{}", ran.said);
        assert!(!dir.path().join("monthly-2025-08").exists());
    }
    // What fits no archive is held by its tag, and by its tier until that has enough others.
    assert_eq!(heritage.upstream.git(&["rev-list", "--count", "monthly-2025-08"]).trim(), "1");
    heritage.upstream.fsck();
}
