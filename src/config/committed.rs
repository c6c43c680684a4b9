//! Files of the repository that follow from this room, or that a user copies, held to it.
//!
//! `config.schema.json` and `action.yml` are made, not written. After a change to a key or an input:
//!
//! ```text
//! cargo test --lib config::committed::renew -- --ignored
//! ```

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use rstest::rstest;
use serde_json::Value;

use super::settings::tests::{complete, read};
use super::*;

const RENEW: &str = "cargo test --lib config::committed::renew -- --ignored";

/// The outputs of the action, which the report room writes.
const OUTPUTS: [(&str, &str); 18] = [
    (
        "outcome",
        "How it ended: success, unchanged, skipped, planned, partial, quarantined, refused or failed; of several \
         projects the worst.",
    ),
    (
        "changed",
        "`true` if a snapshot was made (in a dry run: would be), of whichever project, else `false`.",
    ),
    (
        "snapshot-id",
        "The newest snapshot after the run, such as `20251003T143000Z-1a2b3c4d`. Where `config` is a glob, a JSON list \
         with one for each project, in the order of their files, `null` for none; so are the three below.",
    ),
    ("snapshot-sha", "The commit of that snapshot."),
    ("branch", "The branch that holds it, such as `snapshot/hourly`."),
    ("tier", "The tier of that branch, such as `hourly`."),
    (
        "files-changed",
        "How many files differ from the snapshot before. Of several projects together, as are resources, bytes and \
         requests.",
    ),
    ("resources", "How many resources the snapshot holds."),
    ("bytes", "The size of its files together."),
    ("duration-ms", "How long the run took, in milliseconds."),
    ("requests", "How many requests were sent to the Cognigy API."),
    (
        "changes",
        "What changed since the snapshot before, as JSON (docs/changes.md), cut at 100 KB; empty if nothing.",
    ),
    (
        "promoted",
        "What the tiers took, as a JSON list of `{tier, snapshot, from, period, replaces?, open}`; of several projects one list.",
    ),
    ("forgotten", "What the tiers forgot, as a JSON list of `{tier, snapshot, why}`."),
    (
        "released",
        "The releases that were published, as a JSON list of `{tier, snapshot, period, tag, url?}`.",
    ),
    (
        "next-due",
        "When a tier will take something at the earliest, by what is there now: `2025-10-03T14:30:00Z`.",
    ),
    ("report", "The path of the whole report, as JSON, with an entry for each project."),
    (
        "matrix",
        "In `mode: matrix`: the JSON for `strategy.matrix`, with `config`, `name` and `prefix` for each file that \
         `config` matches.",
    ),
];

fn file(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn schema_text() -> String {
    format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap())
}

fn action_text() -> String {
    // A double-quoted YAML text and a JSON text are the same for what stands here.
    let quoted = |text: &str| Value::from(text).to_string();
    let mut yaml = String::from(
        "# Made from src/config/inputs.rs and src/config/committed.rs; a test holds the two together.\n\
         name: Cognigy Backup\n\
         description: Backs up Cognigy.AI projects into a git repository as time-decaying snapshots.\n\
         author: cognigy-backup\n\
         branding:\n  icon: archive\n  color: blue\n\
         inputs:\n",
    );
    for input in Input::ALL {
        let facts = input.facts();
        let default = facts.default.map(|text| format!(" Default: {text}.")).unwrap_or_default();
        let about = quoted(&format!("{}{default}", facts.about));
        writeln!(yaml, "  {}:\n    description: {about}\n    required: {}", facts.name, input == Input::Mode)
            .unwrap();
        // Only this one has a default here. Any other would stand before the environment and config.json.
        if input == Input::GithubToken {
            yaml.push_str("    default: ${{ github.token }}\n");
        }
    }
    yaml.push_str("outputs:\n");
    for (name, about) in OUTPUTS {
        writeln!(yaml, "  {name}:\n    description: {}", quoted(about)).unwrap();
    }
    yaml.push_str("runs:\n  using: docker\n  image: Dockerfile\n");
    yaml
}

#[test]
#[ignore = "writes files"]
fn renew() {
    fs::write(file("config.schema.json"), schema_text()).unwrap();
    fs::write(file("action.yml"), action_text()).unwrap();
}

#[test]
fn the_schema_is_what_the_loader_checks() {
    let committed = fs::read_to_string(file("config.schema.json")).unwrap_or_default();
    assert!(committed == schema_text(), "config.schema.json is not up to date: {RENEW}");
}

#[test]
fn the_action_has_the_inputs_and_outputs_that_we_have() {
    // A release names the image by its digest; that line is its own.
    let without_image = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.starts_with("  image:")).map(str::to_owned).collect()
    };
    let committed = fs::read_to_string(file("action.yml")).unwrap_or_default();
    assert_eq!(
        without_image(&committed),
        without_image(&action_text()),
        "action.yml is not up to date: {RENEW}"
    );
    assert!(
        committed
            .lines()
            .any(|line| line == "  image: Dockerfile" || line.starts_with("  image: docker://ghcr.io/"))
    );
}

#[rstest]
#[case("minimal")]
#[case("full")]
#[case("template")]
fn each_example_loads_without_a_warning(#[case] name: &str) {
    let text = fs::read_to_string(file(&format!("examples/config.{name}.json"))).unwrap();
    let (settings, warnings) = read(&[("SERVICE_BOT_API_KEY", "key")], Some(&text)).unwrap();
    assert_eq!(warnings, []);
    assert_eq!(settings.tiers.base().name.as_str(), "hourly");
    // An editor that knows the schema is content too.
    assert!(jsonschema::is_valid(&schema(), &serde_json::from_str(&text).unwrap()));
}

#[test]
fn the_full_example_has_every_key() {
    fn keys(schema: &Value, example: &Value, missing: &mut Vec<String>) {
        for (key, below) in schema["properties"].as_object().into_iter().flatten() {
            match example.get(key) {
                Some(value) => keys(below, value, missing),
                None => missing.push(key.clone()),
            }
        }
    }
    let example: Value =
        serde_json::from_str(&fs::read_to_string(file("examples/config.full.json")).unwrap()).unwrap();
    let mut missing = Vec::new();
    keys(&schema(), &example, &mut missing);
    // No example asks for what this version does not do.
    assert_eq!(missing, ["notifications"]);
    let tiers = example["retention"].as_object().unwrap();
    let of_tier = &schema()["properties"]["retention"]["additionalProperties"];
    for key in of_tier["properties"].as_object().unwrap().keys() {
        assert!(tiers.values().any(|tier| tier.get(key).is_some()), "{key}");
    }
}

#[test]
fn defaults_in_the_schema_are_the_defaults() {
    let schema = schema();
    let default = |pointer: &str| schema.pointer(&format!("/properties/{pointer}/default")).unwrap().clone();
    let settings = complete();
    assert_eq!(default("agentDir"), settings.agent_dir.as_str());
    assert_eq!(default("prefix"), settings.prefix.as_str());
    assert_eq!(default("timeoutMinutes").as_u64().unwrap() * 60, settings.timeout.as_secs());
    assert_eq!(default("api/properties/concurrency"), settings.concurrency);
    assert_eq!(default("backup/properties/secrets"), settings.secrets.name());
    assert_eq!(default("backup/properties/cloneType"), "agent");
    assert_eq!(default("backup/properties/onPartial"), "carry");
    assert_eq!(settings.on_partial, OnPartial::Carry);
}

#[rstest]
#[case("backup.yml")]
#[case("crons.yml")]
#[case("matrix.yml")]
#[case("several.yml")]
fn each_workflow_gives_only_inputs_that_exist(#[case] name: &str) {
    let text = fs::read_to_string(file("examples/workflows").join(name)).unwrap();
    let steps: Vec<&str> = text.split("- uses: org/cognigy-backup-action@").skip(1).collect();
    assert!(!steps.is_empty());
    for step in steps {
        let (pin, with) = step.split_once("        with:\n").unwrap();
        let sha = pin.split_once(" # v").unwrap().0;
        assert!(sha.len() == 40 && sha.bytes().all(|b| b.is_ascii_hexdigit()), "pinned by a commit");
        for line in with.lines().take_while(|line| line.starts_with("          ")) {
            let (input, value) = line.trim().split_once(':').unwrap();
            assert!(Input::ALL.iter().any(|known| known.name() == input), "{input}");
            assert!(input != "mode" || value.trim().parse::<Mode>().is_ok(), "{value}");
        }
    }
    // The habits that the documentation recommends.
    for habit in [
        "permissions: {}",
        "contents: write",
        "cancel-in-progress: false",
        "repository_dispatch",
        "workflow_dispatch",
    ] {
        assert!(text.contains(habit), "{habit}");
    }
    assert!(!text.contains("cron: '0 ") && !text.contains("cron: '*"));
}
