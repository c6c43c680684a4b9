//! The job summary of every outcome, and at its limits.

use insta::assert_snapshot;

use super::samples::{ended, failed, first, forbidden, planned, report, success, unchanged};
use crate::report::{Entry, Outcome, Reason, SUMMARY_BUDGET, Step, summary};

pub(super) fn summary_of(entry: Entry) -> String {
    summary::render(&report(entry), Some("cognigy-backup-report.json"))
}

/// Returns what stands above the table of facts, which is much the same for all.
fn beginning_of(entry: Entry) -> String {
    summary_of(entry).split("| | |").next().unwrap().to_owned()
}

#[test]
fn summary_of_a_success() {
    assert_snapshot!(summary_of(success()), @r#"
    ## ✅ Snapshot `20251003T143000Z-1a2b3c4d` of `Shop Bot` made: 3 files changed in 2 resources.

    **What changed** since `20251003T133000Z-0a0b0c0d`

    - lexicon `Cities`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
    - flow `Main`: node `Greet`: say text changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`

    <details>
    <summary>lexicon Cities</summary>

    ```diff
    # lexicon.json /description
    - "Towns"
    + "Cities"
    ```

    </details>

    <details>
    <summary>flow Main</summary>

    ```diff
    # node Greet (en-US/chart.json) /config/say/text/0
    - "Hi"
    + "Hello"
    ```

    </details>

    | | |
    |:--|:--|
    | Snapshot | `20251003T143000Z-1a2b3c4d` |
    | Taken | 2025-10-03 14:30:00 UTC |
    | Commit | `9f8e7d6c5b4a39281706f5e4d3c2b1a098765432` |
    | Content | 41 resources in 120 files, 1.1 MiB (1,234,567 bytes) |
    | Snapshot before | `20251003T133000Z-0a0b0c0d` |
    | Branch | `snapshot/hourly` (tier `hourly`), 6 snapshots |
    | Store | `https://github.com/acme/bots` |
    | Redacted | 2 fields that may hold a secret |
    | Took | 42.1 s, 310 requests to Cognigy |

    | Kind | resources | files | size | |
    |:--|--:|--:|--:|:--|
    | lexicons | 2 | 4 | 2.0 KiB | read |
    | flows | 39 | 116 | 1.1 MiB | read |

    **Look at it**

    ```sh
    git fetch https://github.com/acme/bots +snapshot/hourly:snapshot/hourly
    git log snapshot/hourly
    git diff --stat snapshot/hourly~1 snapshot/hourly
    ```

    <details>
    <summary>3 changed files</summary>

    ```diff
    + flows/Main/en-US/chart.json
    ! flows/Main/settings.json
    ! lexicons/Cities/entries.json
    ```

    </details>

    cognigy-backup 1.2.3 · mode backup · started 2025-10-03 14:30:00 UTC · report: `cognigy-backup-report.json`
    "#);
}

#[test]
fn summary_of_no_change() {
    assert_snapshot!(beginning_of(unchanged()), @"## 🟰 Nothing changed in `Shop Bot` since `20251003T143000Z-1a2b3c4d` (2025-10-03 14:30:00 UTC); no new snapshot was needed.");
}

#[test]
fn summary_of_a_first_snapshot() {
    assert_snapshot!(beginning_of(first()), @"## ✅ First snapshot `20251003T143000Z-1a2b3c4d` of `Shop Bot` made: 41 resources in 120 files.");
}

#[test]
fn summary_of_a_skip() {
    let reason = "the last confirmed read was 12 minutes ago and `intervalMinutes` is 60";
    assert_snapshot!(summary_of(ended(Outcome::Skipped, reason, &[], &["start it by hand to run anyway"])), @"
    ## ⏭️ Skipped for `Shop Bot`: the last confirmed read was 12 minutes ago and `intervalMinutes` is 60.

    **What to do**

    - start it by hand to run anyway

    | | |
    |:--|:--|
    | Branch | `snapshot/hourly` (tier `hourly`) |
    | Store | `https://github.com/acme/bots` |
    | Took | 42.1 s, 310 requests to Cognigy |

    cognigy-backup 1.2.3 · mode backup · started 2025-10-03 14:30:00 UTC · report: `cognigy-backup-report.json`
    ");
}

#[test]
fn summary_of_a_dry_run() {
    assert_snapshot!(summary_of(planned()), @r#"
    ## 📝 Dry run of `Shop Bot`: a snapshot would be made, 3 files changed in 2 resources; nothing was written.

    **What would be done**

    1. append snapshot `20251003T143000Z-1a2b3c4d` to `snapshot/hourly` (3 files differ)
    2. keep the other 6 snapshots

    **What changed** since `20251003T133000Z-0a0b0c0d`

    - lexicon `Cities`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
    - flow `Main`: node `Greet`: say text changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`

    <details>
    <summary>lexicon Cities</summary>

    ```diff
    # lexicon.json /description
    - "Towns"
    + "Cities"
    ```

    </details>

    <details>
    <summary>flow Main</summary>

    ```diff
    # node Greet (en-US/chart.json) /config/say/text/0
    - "Hi"
    + "Hello"
    ```

    </details>

    | | |
    |:--|:--|
    | Planned snapshot | `20251003T143000Z-1a2b3c4d` |
    | Taken | 2025-10-03 14:30:00 UTC |
    | Content | 41 resources in 120 files, 1.1 MiB (1,234,567 bytes) |
    | Snapshot before | `20251003T133000Z-0a0b0c0d` |
    | Branch | `snapshot/hourly` (tier `hourly`), 6 snapshots |
    | Store | `https://github.com/acme/bots` |
    | Redacted | 2 fields that may hold a secret |
    | Took | 42.1 s, 310 requests to Cognigy |

    | Kind | resources | files | size | |
    |:--|--:|--:|--:|:--|
    | lexicons | 2 | 4 | 2.0 KiB | read |
    | flows | 39 | 116 | 1.1 MiB | read |

    <details>
    <summary>3 changed files</summary>

    ```diff
    + flows/Main/en-US/chart.json
    ! flows/Main/settings.json
    ! lexicons/Cities/entries.json
    ```

    </details>

    cognigy-backup 1.2.3 · mode backup · started 2025-10-03 14:30:00 UTC · report: `cognigy-backup-report.json`
    "#);
}

#[test]
fn summary_of_a_refusal() {
    let entry = ended(
        Outcome::Refused,
        "https://github.com/acme/bots is public, and a snapshot would publish the project",
        &[],
        &["make the repository private", "or set `allow-public: true` if that is what you want"],
    );
    assert_snapshot!(beginning_of(entry), @"
    ## ⛔ Refused for `Shop Bot`: https:&#8203;//github.com/acme/bots is public, and a snapshot would publish the project.

    **What to do**

    - make the repository private
    - or set `allow-public: true` if that is what you want
    ");
}

#[test]
fn summary_of_a_failure() {
    assert_snapshot!(beginning_of(failed()), @"
    ## ❌ Failed for `Shop Bot`: the flows could not be listed.

    **Why**

    - GET https:&#8203;//api.cognigy.ai/new/v2.0/flows: 401 Unauthorized
    - {&quot;error&quot;:&quot;&lt;b&gt;Invalid key&lt;/b&gt;&quot;}

    **What to do**

    - check the secret behind `cognigy-api-key`
    ");
}

#[test]
fn summary_of_kinds_that_could_not_be_read() {
    assert_snapshot!(beginning_of(forbidden()), @r#"
    ## ⚠️ Snapshot `20251003T143000Z-1a2b3c4d` of `Shop Bot` made, but not all of it could be read now: 3 files changed in 2 resources.

    - ⚠️ `lexicons`: the key may not read them; carried over from 2025-10-01

    **What changed** since `20251003T133000Z-0a0b0c0d`

    - lexicon `Cities`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
    - flow `Main`: node `Greet`: say text changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`

    <details>
    <summary>lexicon Cities</summary>

    ```diff
    # lexicon.json /description
    - "Towns"
    + "Cities"
    ```

    </details>

    <details>
    <summary>flow Main</summary>

    ```diff
    # node Greet (en-US/chart.json) /config/say/text/0
    - "Hi"
    + "Hello"
    ```

    </details>
    "#);
}

#[test]
fn the_largest_report_has_a_summary_that_github_takes() {
    let mut entry = success();
    let path = |n| format!("flows/{}{n}/chart.json", "ü|`".repeat(200));
    entry.changes.added = (0..100_000).map(path).collect();
    let text = summary::render(&report(entry.clone()), None);
    assert!(text.len() <= SUMMARY_BUDGET, "{}", text.len());
    assert!(
        text.contains("<summary>100,002 changed files</summary>")
            && text.contains("cut, see the report file")
    );

    entry.warnings = vec!["<".repeat(5_000); 1_000];
    entry.plan = vec![Step { what: "`".repeat(5_000), why: "|".repeat(5_000) }; 5_000];
    entry.reason = Some(Reason {
        message: "<".repeat(200_000),
        causes: vec!["&".repeat(200_000); 30],
        hints: vec!["|".repeat(5_000); 1_000],
    });
    let report = report(entry);
    let text = summary::render(&report, Some("report.json"));
    assert!(text.len() <= SUMMARY_BUDGET, "{}", text.len());
    assert!(text.contains("see the report file"));
    for budget in [100, 1_000, 10_000, 100_000] {
        let text = summary::within(&report, None, budget);
        assert!(text.len() <= budget && text.contains("see the report file"), "{budget}");
    }
}

#[test]
fn the_first_snapshot_of_a_branch_is_not_compared_with_one_before() {
    assert!(!summary_of(first()).contains("~1"));
    let mut local = success();
    local.store = "./it's here/backup.git".into();
    assert!(summary_of(local).contains(r"git -C './it'\''s here/backup.git' log snapshot/hourly"));
}

#[test]
fn kinds_that_were_carried_over_keep_their_numbers() {
    let text = summary_of(forbidden());
    assert!(text.contains("| lexicons | 2 | 4 | 2.0 KiB | ⚠️ the API key may not read it |"), "{text}");
}
