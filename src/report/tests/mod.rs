//! The faces of a report, each as it is seen.

mod answers;
mod hostile;
mod in_log;
mod in_summary;
mod samples;

use insta::assert_snapshot;
use samples::{HOSTILE, ended, failed, forbidden, hostile, report, success};

use super::*;

fn shown(outputs: &[(String, String)]) -> String {
    outputs.iter().map(|(name, value)| format!("{name}={value}\n")).collect()
}

#[test]
fn outputs_of_a_success_and_of_a_failure() {
    assert_snapshot!(shown(&outputs::render(&report(success()), Some("report.json"))), @r#"
    outcome=success
    changed=true
    snapshot-id=20251003T143000Z-1a2b3c4d
    snapshot-sha=9f8e7d6c5b4a39281706f5e4d3c2b1a098765432
    branch=snapshot/hourly
    tier=hourly
    files-changed=3
    resources=41
    bytes=1234567
    duration-ms=42100
    requests=310
    changes={"since":"20251003T133000Z-0a0b0c0d","counts":{"added":0,"removed":0,"changed":2},"truncated":false,"leftOut":{"values":0,"resources":0,"items":0,"words":0},"words":["lexicon `Cities`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`","flow `Main`: node `Greet`: say text changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`"],"resources":[{"kind":"lexicons","referenceId":"0a1b2c3d","id":"f0","name":"Cities","path":"flows/Main","what":"changed","lastChanged":1759500000,"lastChangedBy":"5f3a","changes":[{"files":["lexicon.json"],"path":"/description","old":"Towns","new":"Cities"}]},{"kind":"flows","referenceId":"0a1b2c3d","id":"f0","name":"Main","path":"flows/Main","what":"changed","lastChanged":1759500000,"lastChangedBy":"5f3a","items":[{"noun":"node","list":"en-US/chart.json#/nodes","by":"referenceId","key":"n1","name":"Greet","type":"say","what":"changed","changes":[{"files":["en-US/chart.json"],"path":"/config/say/text/0","old":"Hi","new":"Hello"}]}]}],"locales":{"en-US":"en-US"}}
    promoted=[]
    forgotten=[]
    released=[]
    next-due=
    report=report.json
    "#);
    assert_snapshot!(shown(&outputs::render(&report(failed()), None)), @"
    outcome=failed
    changed=false
    snapshot-id=
    snapshot-sha=
    branch=snapshot/hourly
    tier=hourly
    files-changed=0
    resources=0
    bytes=0
    duration-ms=42100
    requests=310
    changes=
    promoted=[]
    forgotten=[]
    released=[]
    next-due=
    report=
    ");
}

#[test]
fn annotations_are_what_is_to_be_acted_on() {
    assert_eq!(annotations::render(&report(success())), []);
    let all: Vec<_> =
        [failed(), forbidden()].into_iter().flat_map(|e| annotations::render(&report(e))).collect();
    let all: String =
        all.iter().map(|a| format!("{} [{}] {}\n", a.severity.name(), a.title, a.message)).collect();
    assert_snapshot!(all, @r#"
    error [Cognigy backup failed: Shop Bot] Failed for `Shop Bot`: the flows could not be listed.
    GET https://api.cognigy.ai/new/v2.0/flows: 401 Unauthorized
    {"error":"<b>Invalid key</b>"}
    check the secret behind `cognigy-api-key`
    warning [Cognigy backup partial: Shop Bot] Snapshot `20251003T143000Z-1a2b3c4d` of `Shop Bot` made, but not all of it could be read now: 3 files changed in 2 resources.
    warning [Not backed up: Shop Bot] The API key may not read lexicons: give its user the right, or leave them out.
    warning [Cognigy backup: Shop Bot] `lexicons`: the key may not read them; carried over from 2025-10-01
    "#);
}

#[test]
fn json_has_everything_and_hides_nothing() {
    let text = json::render(&report(hostile()));
    assert!(text.ends_with("}\n") && !text.contains("##[") && !text.contains('\u{202e}'));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["schema"], 1);
    assert_eq!(value["entries"][0]["projectName"], HOSTILE.join(" "));
    assert_eq!(value["entries"][0]["kinds"]["flows"]["resources"], 39);
    assert_snapshot!(json::render(&report(ended(Outcome::Skipped, "too soon", &[], &[]))), @r#"
    {
      "schema": 1,
      "version": "1.2.3",
      "mode": "backup",
      "outcome": "skipped",
      "started": "2025-10-03T14:30:00Z",
      "durationMs": 42100,
      "entries": [
        {
          "outcome": "skipped",
          "project": "5f3a5f3a5f3a5f3a5f3a5f3a",
          "projectName": "Shop Bot",
          "config": "config.json",
          "store": "https://github.com/acme/bots",
          "branch": "snapshot/hourly",
          "tier": "hourly",
          "snapshot": null,
          "previous": null,
          "snapshots": null,
          "changes": {
            "added": [],
            "modified": [],
            "removed": []
          },
          "kinds": {},
          "plan": [],
          "requests": 310,
          "expected": null,
          "freshness": null,
          "unread": [],
          "redacted": 0,
          "durationMs": 42100,
          "warnings": [],
          "missing": [],
          "quarantine": null,
          "reason": {
            "message": "too soon",
            "causes": [],
            "hints": []
          }
        }
      ]
    }
    "#);
}

#[test]
fn a_scrubbed_report_shows_no_secret_in_any_face() {
    let secret = "top_secret<1>";
    let mut secrets = Secrets::default();
    secrets.plant(&secrecy::SecretString::from(secret));
    let mut entry = ended(Outcome::Failed, secret, &[secret], &[secret]);
    entry.project_name = Some(secret.into());
    entry.store = format!("https://x:{secret}@host/");
    entry.changes.removed = vec![format!("flows/{secret}")];
    entry.warnings = vec![secret.into()];
    entry.plan = vec![Step { what: secret.into(), why: secret.into() }];
    entry.remembered = vec![(secret.into(), secret.into())];
    entry.missing = vec![Named { kind: Kind::Flows, name: secret.into() }];
    entry.unread = vec![Unread {
        kind: Kind::Flows,
        id: secret.into(),
        name: secret.into(),
        part: Some(secret.into()),
        read_at: None,
        why: secret.into(),
    }];
    for answer in std::iter::once(None).chain(answers::all(secret).into_iter().map(Some)) {
        let outcome = if answer.is_some() { Outcome::Success } else { Outcome::Failed };
        let mut report = report(Entry { answer, outcome, ..entry.clone() });
        report.scrub(&secrets);
        let faces = [
            summary::render(&report, None),
            console::render(&report),
            json::render(&report),
            format!("{:?}", outputs::render(&report, None)),
            format!("{:?}", annotations::render(&report)),
        ];
        for face in faces {
            assert!(!face.contains("top_") && !face.contains("secret<"), "{face}");
        }
    }
}

#[test]
fn whatever_stands_in_an_answer_does_no_harm_in_a_face() {
    for (at, text) in HOSTILE.iter().enumerate() {
        for answer in answers::all(text) {
            let report = report(Entry { answer: Some(answer), ..success() });
            let (summary, console) = (summary::render(&report, None), console::render(&report));
            assert!(!summary.contains('\u{202e}') && !console.contains('\u{202e}'), "{at}: {summary}");
            assert!(!console.lines().any(|line| line.starts_with("::")), "{at}: {console}");
            let bars = |line: &&str| line.matches('|').count();
            let tables: Vec<&str> = summary.split("\n\n").filter(|part| part.starts_with('|')).collect();
            for table in tables {
                let head = table.lines().next().map_or(0, |line| bars(&line));
                assert!(table.lines().all(|line| bars(&line) == head), "{at}: {table}");
            }
        }
    }
}
