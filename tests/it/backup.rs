//! `mode: backup` and `dry-run`, as the action and at a terminal: what a snapshot is, when one is made, when not.

use cognigy_backup::snapshot::{Availability, Kind, Message};
use rstest::rstest;
use serde_json::json;
use testkit::cognigy::{PLANTED_IN_CODE, Project, Setup, Size, Switches};
use testkit::github::Visibility;

use crate::world::{HOURLY, World, command, output, said};

#[test]
fn the_first_backup_makes_a_snapshot_of_everything() {
    let world = World::new();
    let result = world.expect("success");
    assert_eq!(result.exit_code, Some(0));

    let chain = world.upstream.rev_list(HOURLY);
    assert_eq!(chain.len(), 1);
    assert_eq!(
        world.upstream.git(&["rev-list", "--parents", "-1", HOURLY]).split_whitespace().count(),
        1,
        "no parent"
    );
    world.upstream.fsck();
    let outside: Vec<_> =
        world.upstream.list_files(HOURLY).into_iter().filter(|path| !path.starts_with("agent/")).collect();
    assert_eq!(outside, [".backup-metadata.json"], "content and manifest, nothing else");

    let manifest = world.manifest(HOURLY);
    let message = Message::parse(&world.upstream.message(HOURLY)).expect("the trailers are there");
    assert_eq!(message.snapshot, manifest.snapshot);
    assert_eq!(message.first_commit, None);
    let tree = world.upstream.git(&["rev-parse", &format!("{HOURLY}:agent")]);
    assert_eq!(manifest.tree, tree.trim());
    assert!(manifest.snapshot.as_str().ends_with(&tree[..8]));

    for (name, value) in [
        ("changed", "true"),
        ("snapshot-id", manifest.snapshot.as_str()),
        ("snapshot-sha", chain[0].as_str()),
        ("branch", HOURLY),
        ("tier", "hourly"),
    ] {
        assert_eq!(output(&result, name), value, "output {name}");
    }
    assert_eq!(output(&result, "resources"), manifest.resources.len().to_string());
    assert_eq!(output(&result, "files-changed"), manifest.files.len().to_string());
    assert_eq!(output(&result, "requests"), world.cognigy.request_count().to_string());
    assert_eq!(output(&result, "bytes"), manifest.files.values().map(|f| f.bytes).sum::<u64>().to_string());
    assert!(output(&result, "duration-ms").parse::<u64>().is_ok());
    assert!(result.workspace.join(output(&result, "report")).is_file());
    assert!(result.summary.contains(manifest.snapshot.as_str()), "{}", result.summary);
}

#[test]
fn the_manifest_tells_the_truth_of_every_file_and_resource() {
    let world = World::new();
    world.expect("success");
    let manifest = world.manifest(HOURLY);
    let stored: Vec<_> = world.upstream.list_files(HOURLY);
    let listed: Vec<_> = manifest.files.keys().map(|path| format!("agent/{path}")).collect();
    let content: Vec<_> = stored.iter().filter(|path| path.starts_with("agent/")).cloned().collect();
    assert_eq!(content, listed);
    for (path, entry) in &manifest.files {
        let bytes = world.upstream.read_file(HOURLY, &format!("agent/{path}")).unwrap();
        assert_eq!(entry.bytes, bytes.len() as u64, "{path}");
        assert_eq!(entry.sha256, sha256(&bytes), "{path}");
        assert!(
            manifest.window.started <= entry.read_at && entry.read_at <= manifest.window.finished,
            "{path}"
        );
    }
    let size = Size::small();
    let count = |kind| manifest.resources.iter().filter(|resource| resource.kind == kind).count();
    assert_eq!(count(Kind::Flows), size.flows);
    assert_eq!(count(Kind::Locales), size.locales);
    assert_eq!(count(Kind::Endpoints), size.endpoints);
    assert_eq!(count(Kind::Lexicons), size.lexicons);
    assert_eq!(count(Kind::AiAgents), size.agents);
    assert!(manifest.kinds.values().all(|kind| kind.availability == Availability::Read));
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn an_unchanged_project_pushes_nothing() {
    let world = World::new();
    let first = world.expect("success");
    let before = world.upstream.branches();
    let pushes = pushes(&world);
    let second = world.expect("unchanged");
    assert_eq!(second.exit_code, Some(0));
    assert_eq!(world.upstream.branches(), before);
    assert_eq!(self::pushes(&world), pushes, "nothing was pushed");
    assert_eq!(output(&second, "changed"), "false");
    assert_eq!(output(&second, "snapshot-id"), output(&first, "snapshot-id"));
    assert_eq!(output(&second, "snapshot-sha"), output(&first, "snapshot-sha"));
    assert_eq!(output(&second, "files-changed"), "0");
}

fn pushes(world: &World) -> usize {
    world
        .upstream
        .log_requests()
        .iter()
        .filter(|r| r.method == "POST" && r.path.ends_with("git-receive-pack"))
        .count()
}

#[test]
fn the_server_s_own_noise_is_no_change() {
    let noisy =
        Switches { noise: true, shuffle_lists: true, shuffle_agent_keys: true, ..Switches::default() };
    let world = World::with(Setup { switches: noisy, ..Setup::default() });
    world.expect("success");
    for _ in 0..3 {
        world.cognigy.edit(Project::recompute);
        world.expect("unchanged");
    }
}

type Edit = fn(&mut Project);

fn edit_node(project: &mut Project) {
    let (flow, node) = say(project);
    project.edit_node(&flow, &node, None, |config| config["edited"] = json!(1));
}

fn rename_project(project: &mut Project) {
    project.rename("Another name");
}

fn add_sentence(project: &mut Project) {
    let (flow, intent) = intent(project);
    project.add_sentence(&flow, &intent, None, "one more");
}

fn add_entry(project: &mut Project) {
    let lexicon = project.lexicons[0].name.clone();
    project.add_lexicon_entry(&lexicon, "pizza", &["za"]);
}

fn edit_agent(project: &mut Project) {
    let agent = project.agents[0].name().to_owned();
    project.edit_agent(&agent, |agent| agent["instructions"] = json!("Be brief."));
}

fn edit_endpoint(project: &mut Project) {
    let endpoint = project.endpoints[0].name().to_owned();
    project.edit_endpoint(&endpoint, |endpoint| endpoint["active"] = json!(false));
}

fn edit_settings(project: &mut Project) {
    let flow = project.flows[0].name.clone();
    project.edit_flow_settings(&flow, |settings| settings["intentThreshold"] = json!(0.123));
}

#[rstest]
#[case(edit_node, &["chart.json"])]
#[case(rename_project, &["project/config.json"])]
#[case(add_sentence, &["intents.json"])]
#[case(add_entry, &["entries.json", "keyphrases.csv"])]
#[case(edit_agent, &["aiAgents/"])]
#[case(edit_endpoint, &["endpoints/"])]
#[case(edit_settings, &["settings.json"])]
fn an_edit_changes_its_own_files_only(#[case] edit: Edit, #[case] expected: &[&str]) {
    let world = World::new();
    world.expect("success");
    world.cognigy.edit(edit);
    let result = world.expect("success");
    assert_eq!(world.upstream.rev_list(HOURLY).len(), 2);
    let changed = world.changed(&format!("{HOURLY}~1"), HOURLY);
    assert!(!changed.is_empty());
    for path in &changed {
        assert!(
            expected.iter().any(|part| path.contains(part)),
            "{path} changed, expected only {expected:?}"
        );
    }
    assert_eq!(output(&result, "files-changed"), changed.len().to_string());
    world.expect("unchanged");
}

fn say(project: &Project) -> (String, String) {
    let flow = &project.flows[0];
    let node = flow.nodes.iter().find(|node| node.kind == "say").expect("a flow says something");
    (flow.name.clone(), node.id.clone())
}

fn intent(project: &Project) -> (String, String) {
    let flow = &project.flows[0];
    (flow.name.clone(), flow.intents[0].name.clone())
}

#[test]
fn a_snapshot_s_name_rises_within_one_second_too() {
    let world = World::new();
    world.expect("success");
    for n in 0..3 {
        world.cognigy.edit(|project| project.rename(&format!("Name {n}")));
        world.expect("success");
    }
    let times: Vec<_> =
        world.upstream.rev_list(HOURLY).iter().map(|c| world.manifest(c).snapshot.taken()).collect();
    assert!(times.is_sorted_by(|newer, older| newer > older), "{times:?}");
}

#[test]
fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let world = World::new().input("dry-run", "true");
    let result = world.expect("planned");
    assert_eq!(result.exit_code, Some(0));
    assert!(world.upstream.branches().is_empty());
    assert_eq!(pushes(&world), 0);
    assert!(result.summary.contains(HOURLY), "{}", result.summary);
    let mode = World::new().input("mode", "dry-run");
    mode.expect("planned");
    assert!(mode.upstream.branches().is_empty());
}

#[test]
fn node_lists_that_carry_configs_give_the_same_snapshot_for_fewer_requests() {
    let one_by_one = World::new();
    one_by_one.expect("success");
    let carries = Switches { node_list_config: true, ..Switches::default() };
    let in_pages = World::with(Setup { switches: carries, ..Setup::default() });
    in_pages.expect("success");
    assert_eq!(one_by_one.manifest(HOURLY).tree, in_pages.manifest(HOURLY).tree);
    assert!(in_pages.cognigy.request_count() < one_by_one.cognigy.request_count());
    // A list that ignores the locale gives configs of another one; they must not be believed.
    let ignores = Switches { node_list_config: true, node_list_honours_locale: false, ..Switches::default() };
    let deceived = World::with(Setup { switches: ignores, ..Setup::default() });
    deceived.expect("success");
    assert_eq!(one_by_one.manifest(HOURLY).tree, deceived.manifest(HOURLY).tree);
}

#[rstest]
#[case::old_cursors(Switches { old_cursor_names: true, ..Switches::default() })]
#[case::bare_entries(Switches { lexicon_entries_bare: true, ..Switches::default() })]
#[case::clamped(Switches { clamp_limit: true, ..Switches::default() })]
#[case::silent_times(Switches { flow_shows_content_edits: false, lexicon_shows_content_edits: false, ..Switches::default() })]
#[case::agents_without_reference(Switches { agent_items_without_reference_id: true, ..Switches::default() })]
#[case::no_gzip(Switches { gzip: false, ..Switches::default() })]
fn what_nobody_could_confirm_makes_no_difference(#[case] switches: Switches) {
    let usual = World::new();
    usual.expect("success");
    let other = World::with(Setup { switches, ..Setup::default() });
    other.expect("success");
    assert_eq!(usual.manifest(HOURLY).tree, other.manifest(HOURLY).tree);
}

#[test]
fn a_server_without_ai_agents_is_backed_up_and_said_to_have_none() {
    let without = Switches { agents_absent: true, ..Switches::default() };
    let world = World::with(Setup { switches: without, ..Setup::default() });
    let result = world.expect("success");
    assert_eq!(world.manifest(HOURLY).kinds[&Kind::AiAgents].availability, Availability::Unsupported);
    assert!(result.summary.contains("aiAgents"), "{}", result.summary);
}

#[test]
fn an_empty_project_is_backed_up() {
    let world = World::of(Project::empty());
    world.expect("success");
    world.expect("unchanged");
    world.cognigy.edit(|project| {
        project.add_flow("First");
    });
    world.expect("success");
}

#[test]
fn selection_and_secrets_follow_the_configuration() {
    let flows = World::new().config(&json!({"backup": {"cloneType": "flows"}}));
    flows.expect("success");
    assert!(flows.upstream.list_files(HOURLY).iter().all(|path| !path.contains("agent/endpoints")));

    let name = Project::seeded(1, Size::small()).flows[0].name.clone();
    let without = World::new().config(&json!({"backup": {"excludeResources": [format!("flows/{name}")]}}));
    without.expect("success");
    assert!(
        without
            .upstream
            .list_files(HOURLY)
            .iter()
            .all(|path| !path.contains(&format!("agent/flows/{name}/")))
    );

    let kept = World::new().config(&json!({"backup": {"secrets": "keep"}}));
    kept.expect("success");
    let redacted = World::new();
    redacted.expect("success");
    let all =
        |world: &World| world.upstream.git(&["grep", "-h", "-e", "planted", HOURLY, "--", "agent/endpoints"]);
    assert!(!all(&kept).is_empty());
    let manifest = redacted.manifest(HOURLY);
    let places: usize = manifest.files.values().map(|file| file.redacted.len()).sum();
    assert!(places > 0);
    assert_ne!(manifest.tree, kept.manifest(HOURLY).tree);
}

#[test]
fn a_credential_in_code_is_said_once_and_never_rewritten() {
    let world = World::new();
    let first = world.expect("success");
    assert!(first.summary.contains("looks like credentials"), "{}", first.summary);
    let code = world.upstream.git(&[
        "grep",
        "-h",
        "-e",
        PLANTED_IN_CODE,
        HOURLY,
        "--",
        "agent/endpoints/*/transformer.ts",
    ]);
    assert!(code.contains(PLANTED_IN_CODE));
    world.cognigy.edit(rename_project);
    let second = world.expect("success");
    assert!(!second.summary.contains("looks like credentials"), "said where it is new: {}", second.summary);
}

#[test]
fn a_changed_configuration_makes_a_snapshot_and_is_said() {
    let world = World::new();
    world.expect("success");
    let world = world.config(&json!({"backup": {"cloneType": "flows"}}));
    let result = world.expect("success");
    assert!(result.summary.contains("configuration changed"), "{}", result.summary);
    world.expect("unchanged");
}

#[test]
fn a_scheduled_run_that_comes_too_soon_does_nothing() {
    let world = World::new();
    world.expect("success");
    world.cognigy.edit(|project| project.rename("Changed"));
    let requests = world.cognigy.request_count();
    let world = world.event("schedule", json!({"schedule": "17,47 * * * *"}));
    let result = world.expect("skipped");
    assert_eq!(result.exit_code, Some(0));
    assert_eq!(world.cognigy.request_count(), requests, "nothing was read");
    world.event("workflow_dispatch", json!({})).expect("success");
}

#[test]
fn a_public_repository_is_refused_unless_allowed() {
    let world = World::new();
    world.github.set_visibility(Visibility::Public);
    let result = world.expect("refused");
    assert_eq!(result.exit_code, Some(1));
    assert_eq!(world.cognigy.request_count(), 0, "nothing was read");
    assert!(result.summary.contains("allow-public"), "{}", result.summary);
    world.input("allow-public", "true").expect("success");
    // The event says it too; then nobody has to be asked.
    let told = World::new().event("push", json!({"repository": {"private": false, "visibility": "public"}}));
    told.expect("refused");
    let asked: Vec<_> = told.github.log_requests().into_iter().map(|request| request.path).collect();
    assert!(asked.iter().all(|path| path.contains("/contents")), "{asked:?}");
}

#[test]
fn another_project_s_prefix_is_refused() {
    let world = World::new();
    world.expect("success");
    let other = Project::seeded(2, Size::small());
    assert_ne!(other.id(), world.cognigy.project_id());
    let before = world.upstream.branches();
    let theirs = world.move_in(other);
    let result = theirs.expect("refused");
    assert_eq!(theirs.upstream.branches(), before);
    assert!(result.summary.contains("prefix"), "{}", result.summary);
    theirs.input("prefix", "snapshot-2").expect("success");
}

#[rstest]
#[case::foreign_branch("snapshot/hourly")]
#[case::parent_is_a_branch("snapshot")]
#[case::template_layout("snapshot/hourly/20251003")]
#[case::nested_prefix("snapshot/other/hourly")]
fn a_branch_in_the_way_is_refused(#[case] branch: &str) {
    let world = World::new();
    world.upstream.commit(branch, &[("README.md", b"mine")], "Mine");
    let before = world.upstream.branches();
    world.expect("refused");
    assert_eq!(world.upstream.branches(), before);
    assert_eq!(world.cognigy.request_count(), 0, "nothing was read");
}

#[test]
fn at_a_terminal_snapshots_go_into_a_path() {
    let world = World::new();
    let dir = tempfile::tempdir().unwrap();
    let (base, id) = (world.cognigy.base_url(), world.cognigy.project_id());
    let variables = [
        ("COGNIGY_BASE_URL", base.as_str()),
        ("COGNIGY_API_KEY", world.cognigy.api_key()),
        ("COGNIGY_AGENT_ID", id.as_str()),
    ];

    let planned = command(dir.path(), &["dry-run"], &variables);
    assert_eq!(planned.status.code(), Some(0), "{}", String::from_utf8_lossy(&planned.stderr));
    assert!(!dir.path().join("cognigy-backup.git").exists(), "a dry run makes nothing");

    for outcome in ["snapshot", "nchanged"] {
        let run = command(dir.path(), &["backup"], &variables);
        let text = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(0), "{text}");
        assert!(text.contains(outcome), "{text}");
        assert!(!text.contains(world.cognigy.api_key()));
    }
    let git = |arguments: &[&str]| {
        let store = dir.path().join("cognigy-backup.git");
        let output =
            std::process::Command::new("git").arg("--git-dir").arg(store).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(git(&["rev-list", "--count", HOURLY]).trim(), "1");
    git(&["fsck", "--strict", "--full"]);
}

#[test]
fn what_is_deleted_while_it_is_read_is_no_error() {
    use testkit::cognigy::Fault;
    // The flow is listed, but every read of it says "not found" — and then it is not listed any more.
    let world = World::new();
    let name = world.cognigy.read(|project| project.flows[1].name.clone());
    let id = world.cognigy.read(|project| project.flows[1].meta.id.clone());
    world.cognigy.fault(Fault::on("GET", &format!("/flows/{id}/settings")).forever().status(404));
    let result = world.run();
    assert_eq!(output(&result, "outcome"), "failed", "listed and not found is damage: {}", said(&result));
    assert!(result.summary.contains("not found"), "{}", result.summary);
    world.cognigy.clear_faults();
    world.cognigy.fault(Fault::on("GET", &format!("/flows/{id}/settings")).status(404));
    world.expect("success");
    assert!(
        world
            .upstream
            .list_files(HOURLY)
            .iter()
            .any(|path| path.starts_with(&format!("agent/flows/{name}/")))
    );
}

#[test]
fn a_committed_name_cannot_be_a_command() {
    for hostile in [
        "::error::x",
        "<script>alert(1)</script>",
        "%0A::set-output name=x::y",
        "`a`|b",
        "..",
        "CON",
        "x.",
        "🙂",
    ] {
        let world = World::new();
        world.cognigy.edit(|project| project.flows[0].name = hostile.to_owned());
        world.cognigy.edit(|project| project.rename(hostile));
        let result = world.expect("success");
        let ours = |title: &String| title.starts_with("Cognigy backup");
        let foreign = result.annotations.iter().find(|note| !note.properties.get("title").is_some_and(ours));
        assert_eq!(foreign, None, "{hostile}");
        assert!(!result.outputs.contains_key("x"));
        // In a code span nothing is a tag, a link or a mention; outside of one there is no trace of it.
        let outside: String = result.summary.split('`').step_by(2).collect();
        assert!(!outside.contains("<script"), "{}", result.summary);
        let manifest = world.manifest(HOURLY);
        assert!(
            manifest
                .resources
                .iter()
                .any(|resource| resource.kind == Kind::Flows && resource.name == hostile)
        );
        world.upstream.fsck();
    }
}
