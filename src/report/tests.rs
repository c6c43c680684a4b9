//! The faces of a report, each as it is seen.

use insta::assert_snapshot;

use super::samples::{HOSTILE, ended, planned, report, success};
use super::*;

fn summary_of(entry: Entry) -> String {
    summary::render(&report(entry), Some("cognigy-backup-report.json"))
}

fn console_of(entry: Entry) -> String {
    console::render(&report(entry))
}

fn unchanged() -> Entry {
    let mut entry = success();
    entry.outcome = Outcome::Unchanged;
    entry.changes = Changes::default();
    entry.previous = entry.snapshot.as_ref().map(|snapshot| snapshot.id.clone());
    entry
}

fn first() -> Entry {
    let mut entry = success();
    (entry.previous, entry.snapshots) = (None, Some(1));
    entry
}

fn forbidden() -> Entry {
    let mut entry = success();
    entry.outcome = Outcome::Partial;
    entry.kinds[0].1.availability = Availability::Forbidden;
    entry.kinds[1].1.availability = Availability::Unsupported;
    entry.warnings = vec!["`lexicons`: the key may not read them; carried over from 2025-10-01".into()];
    entry
}

fn hostile() -> Entry {
    let mut entry = success();
    entry.project_name = Some(HOSTILE.join(" "));
    entry.changes.added = HOSTILE.iter().map(|name| format!("flows/{name}/chart.json")).collect();
    entry.changes.modified = vec![format!("flows/{}/chart.json", "ü".repeat(200))];
    entry.warnings = HOSTILE.iter().map(|name| (*name).to_owned()).collect();
    entry
}

#[test]
fn summary_of_a_success() {
    assert_snapshot!(summary_of(success()), @"
    ## ✅ Snapshot `20251003T143000Z-1a2b3c4d` of `Shop Bot` made: 3 files changed in 2 resources.

    **What changed**

    | Resource | added | modified | removed |
    |:--|--:|--:|--:|
    | `flows/Main` | 1 | 1 |  |
    | `lexicons/Cities` |  | 1 |  |

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
    ");
}

#[test]
fn summary_of_no_change() {
    assert_snapshot!(summary_of(unchanged()), @"
    ## 🟰 Nothing changed in `Shop Bot` since `20251003T143000Z-1a2b3c4d` (2025-10-03 14:30:00 UTC); no new snapshot was needed.

    | | |
    |:--|:--|
    | Newest snapshot | `20251003T143000Z-1a2b3c4d` |
    | Taken | 2025-10-03 14:30:00 UTC |
    | Commit | `9f8e7d6c5b4a39281706f5e4d3c2b1a098765432` |
    | Content | 41 resources in 120 files, 1.1 MiB (1,234,567 bytes) |
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

    cognigy-backup 1.2.3 · mode backup · started 2025-10-03 14:30:00 UTC · report: `cognigy-backup-report.json`
    ");
}

#[test]
fn summary_of_a_first_snapshot() {
    assert_snapshot!(summary_of(first()), @"
    ## ✅ First snapshot `20251003T143000Z-1a2b3c4d` of `Shop Bot` made: 41 resources in 120 files.

    | | |
    |:--|:--|
    | Snapshot | `20251003T143000Z-1a2b3c4d` |
    | Taken | 2025-10-03 14:30:00 UTC |
    | Commit | `9f8e7d6c5b4a39281706f5e4d3c2b1a098765432` |
    | Content | 41 resources in 120 files, 1.1 MiB (1,234,567 bytes) |
    | Branch | `snapshot/hourly` (tier `hourly`), 1 snapshot |
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
    ");
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
    assert_snapshot!(summary_of(planned()), @"
    ## 📝 Dry run of `Shop Bot`: a snapshot would be made, 3 files changed in 2 resources; nothing was written.

    **What would be done**

    1. append snapshot `20251003T143000Z-1a2b3c4d` to `snapshot/hourly` (3 files differ)
    2. keep the other 6 snapshots

    **What changed**

    | Resource | added | modified | removed |
    |:--|--:|--:|--:|
    | `flows/Main` | 1 | 1 |  |
    | `lexicons/Cities` |  | 1 |  |

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
    ");
}

#[test]
fn summary_of_a_refusal() {
    let entry = ended(
        Outcome::Refused,
        "https://github.com/acme/bots is public, and a snapshot would publish the project",
        &[],
        &["make the repository private", "or set `allow-public: true` if that is what you want"],
    );
    assert_snapshot!(summary_of(entry), @"
    ## ⛔ Refused for `Shop Bot`: https:&#8203;//github.com/acme/bots is public, and a snapshot would publish the project.

    **What to do**

    - make the repository private
    - or set `allow-public: true` if that is what you want

    | | |
    |:--|:--|
    | Branch | `snapshot/hourly` (tier `hourly`) |
    | Store | `https://github.com/acme/bots` |
    | Took | 42.1 s, 310 requests to Cognigy |

    cognigy-backup 1.2.3 · mode backup · started 2025-10-03 14:30:00 UTC · report: `cognigy-backup-report.json`
    ");
}

#[test]
fn summary_of_a_failure() {
    assert_snapshot!(summary_of(failed()), @"
    ## ❌ Failed for `Shop Bot`: the flows could not be listed.

    **Why**

    - GET https:&#8203;//api.cognigy.ai/new/v2.0/flows: 401 Unauthorized
    - {&quot;error&quot;:&quot;&lt;b&gt;Invalid key&lt;/b&gt;&quot;}

    **What to do**

    - check the secret behind `cognigy-api-key`

    | | |
    |:--|:--|
    | Branch | `snapshot/hourly` (tier `hourly`) |
    | Store | `https://github.com/acme/bots` |
    | Took | 42.1 s, 310 requests to Cognigy |

    cognigy-backup 1.2.3 · mode backup · started 2025-10-03 14:30:00 UTC · report: `cognigy-backup-report.json`
    ");
}

fn failed() -> Entry {
    ended(
        Outcome::Failed,
        "the flows could not be listed",
        &[
            "GET https://api.cognigy.ai/new/v2.0/flows: 401 Unauthorized",
            "{\"error\":\"<b>Invalid key</b>\"}",
        ],
        &["check the secret behind `cognigy-api-key`"],
    )
}

#[test]
fn summary_of_kinds_that_could_not_be_read() {
    assert_snapshot!(summary_of(forbidden()), @"
    ## ⚠️ Snapshot `20251003T143000Z-1a2b3c4d` of `Shop Bot` made, but not all of it could be read now: 3 files changed in 2 resources.

    - ⚠️ `lexicons`: the key may not read them; carried over from 2025-10-01

    **What changed**

    | Resource | added | modified | removed |
    |:--|--:|--:|--:|
    | `flows/Main` | 1 | 1 |  |
    | `lexicons/Cities` |  | 1 |  |

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
    | lexicons | 2 | 4 | 2.0 KiB | ⚠️ the API key may not read it |
    | flows | 39 | 116 | 1.1 MiB | not on this server |

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
    ");
}

#[test]
fn summary_of_hostile_names() {
    assert_snapshot!(summary_of(hostile()), @r"
    ## ✅ Snapshot `20251003T143000Z-1a2b3c4d` of “::error::x &lt;script&gt;alert(1)&lt;/script&gt; a&#124;b `x` %0A::set-output name=a::b @&#8203;org/team &#91;x&#93;(javascript:1) &#92;u{202e}nosj.wolf a&#92;r&#92;n#&#8203;#&#8203;&#91;error&#93;b #&#8203;1 &lt;/details&gt;” made: 11 files changed in 11 resources.

    - ⚠️ ::error::x
    - ⚠️ &lt;script&gt;alert(1)&lt;/script&gt;
    - ⚠️ a&#124;b
    - ⚠️ `x`
    - ⚠️ %0A::set-output name=a::b
    - ⚠️ @&#8203;org/team
    - ⚠️ &#91;x&#93;(javascript:1)
    - ⚠️ &#92;u{202e}nosj.wolf
    - ⚠️ a&#92;r&#92;n#&#8203;#&#8203;&#91;error&#93;b
    - ⚠️ #&#8203;1 &lt;/details&gt;

    **What changed**

    | Resource | added | modified | removed |
    |:--|--:|--:|--:|
    | `flows/#1 <` | 1 |  |  |
    | `flows/%0A::set-output name=a::b` | 1 |  |  |
    | `flows/::error::x` | 1 |  |  |
    | `flows/<script>alert(1)<` | 1 |  |  |
    | `flows/@org` | 1 |  |  |
    | `flows/[x](javascript:1)` | 1 |  |  |
    | flows/&#96;x&#96; | 1 |  |  |
    | `flows/a\r\n##[error]b` | 1 |  |  |
    | flows/a&#124;b | 1 |  |  |
    | `flows/üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü` |  | 1 |  |
    | `flows/\u{202e}nosj.wolf` | 1 |  |  |

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
    <summary>11 changed files</summary>

    ```diff
    + flows/#1 </details>/chart.json
    + flows/%0A::set-output name=a::b/chart.json
    + flows/::error::x/chart.json
    + flows/<script>alert(1)</script>/chart.json
    + flows/@org/team/chart.json
    + flows/[x](javascript:1)/chart.json
    + flows/`x`/chart.json
    + flows/a\r\n##[error]b/chart.json
    + flows/a|b/chart.json
    ! flows/üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü/chart.json
    + flows/\u{202e}nosj.wolf/chart.json
    ```

    </details>

    cognigy-backup 1.2.3 · mode backup · started 2025-10-03 14:30:00 UTC · report: `cognigy-backup-report.json`
    ");
}

#[test]
fn summary_of_several_projects() {
    let mut both = report(unchanged());
    both.entries.push(ended(Outcome::Failed, "no answer in time", &[], &[]));
    both.outcome = Outcome::worst(both.entries.iter().map(|entry| entry.outcome));
    assert_snapshot!(summary::render(&both, None), @"
    ## ❌ 2 projects: 1 unchanged, 1 failed.

    ### 🟰 Nothing changed in `Shop Bot` since `20251003T143000Z-1a2b3c4d` (2025-10-03 14:30:00 UTC); no new snapshot was needed.

    | | |
    |:--|:--|
    | Newest snapshot | `20251003T143000Z-1a2b3c4d` |
    | Taken | 2025-10-03 14:30:00 UTC |
    | Commit | `9f8e7d6c5b4a39281706f5e4d3c2b1a098765432` |
    | Content | 41 resources in 120 files, 1.1 MiB (1,234,567 bytes) |
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

    ### ❌ Failed for `Shop Bot`: no answer in time.

    | | |
    |:--|:--|
    | Branch | `snapshot/hourly` (tier `hourly`) |
    | Store | `https://github.com/acme/bots` |
    | Took | 42.1 s, 310 requests to Cognigy |

    cognigy-backup 1.2.3 · mode backup · started 2025-10-03 14:30:00 UTC
    ");
    assert_snapshot!(console::render(&both), @"
    failed: 2 projects: 1 unchanged, 1 failed.
    unchanged: Nothing changed in `Shop Bot` since `20251003T143000Z-1a2b3c4d` (2025-10-03 14:30:00 UTC); no new snapshot was needed.
      content   41 resources in 120 files, 1.1 MiB
      branch    snapshot/hourly at 9f8e7d6c5b4a, 6 snapshots, in https://github.com/acme/bots
      took      42.1 s, 310 requests
    failed: Failed for `Shop Bot`: no answer in time.
      branch    snapshot/hourly, in https://github.com/acme/bots
      took      42.1 s, 310 requests
    ");
    assert_snapshot!(shown(&outputs::render(&both, None)), @r#"
    outcome=failed
    changed=false
    snapshot-id=["20251003T143000Z-1a2b3c4d",null]
    snapshot-sha=["9f8e7d6c5b4a39281706f5e4d3c2b1a098765432",null]
    branch=["snapshot/hourly","snapshot/hourly"]
    tier=["hourly","hourly"]
    files-changed=0
    resources=41
    bytes=1234567
    duration-ms=42100
    requests=620
    report=
    "#);
}

#[test]
fn console_of_every_outcome() {
    let all = [success(), unchanged(), first(), planned(), failed(), forbidden()];
    assert_snapshot!(all.map(console_of).join("\n"), @r#"
    success: Snapshot `20251003T143000Z-1a2b3c4d` of `Shop Bot` made: 3 files changed in 2 resources.
      changed   flows/Main: +1 ~1
      changed   lexicons/Cities: ~1
      content   41 resources in 120 files, 1.1 MiB
      branch    snapshot/hourly at 9f8e7d6c5b4a, 6 snapshots, in https://github.com/acme/bots
      took      42.1 s, 310 requests

    unchanged: Nothing changed in `Shop Bot` since `20251003T143000Z-1a2b3c4d` (2025-10-03 14:30:00 UTC); no new snapshot was needed.
      content   41 resources in 120 files, 1.1 MiB
      branch    snapshot/hourly at 9f8e7d6c5b4a, 6 snapshots, in https://github.com/acme/bots
      took      42.1 s, 310 requests

    success: First snapshot `20251003T143000Z-1a2b3c4d` of `Shop Bot` made: 41 resources in 120 files.
      content   41 resources in 120 files, 1.1 MiB
      branch    snapshot/hourly at 9f8e7d6c5b4a, 1 snapshot, in https://github.com/acme/bots
      took      42.1 s, 310 requests

    planned: Dry run of `Shop Bot`: a snapshot would be made, 3 files changed in 2 resources; nothing was written.
      would     1. append snapshot `20251003T143000Z-1a2b3c4d` to `snapshot/hourly` (3 files differ)
      would     2. keep the other 6 snapshots
      changed   flows/Main: +1 ~1
      changed   lexicons/Cities: ~1
      content   41 resources in 120 files, 1.1 MiB
      branch    snapshot/hourly, 6 snapshots, in https://github.com/acme/bots
      took      42.1 s, 310 requests

    failed: Failed for `Shop Bot`: the flows could not be listed.
      because   GET https://api.cognigy.ai/new/v2.0/flows: 401 Unauthorized
      because   {"error":"<b>Invalid key</b>"}
      hint      check the secret behind `cognigy-api-key`
      branch    snapshot/hourly, in https://github.com/acme/bots
      took      42.1 s, 310 requests

    partial: Snapshot `20251003T143000Z-1a2b3c4d` of `Shop Bot` made, but not all of it could be read now: 3 files changed in 2 resources.
      changed   flows/Main: +1 ~1
      changed   lexicons/Cities: ~1
      content   41 resources in 120 files, 1.1 MiB
      branch    snapshot/hourly at 9f8e7d6c5b4a, 6 snapshots, in https://github.com/acme/bots
      kind      lexicons: the API key may not read it
      kind      flows: not on this server
      warning   `lexicons`: the key may not read them; carried over from 2025-10-01
      took      42.1 s, 310 requests
    "#);
}

#[test]
fn console_of_hostile_names() {
    assert_snapshot!(console_of(hostile()), @r"
    success: Snapshot `20251003T143000Z-1a2b3c4d` of “::error::x <script>alert(1)</script> a|b `x` %0A::set-output name=a::b @org/team [x](javascript:1) \u{202e}nosj.wolf a\r\n##[error]b #1 </details>” made: 11 files changed in 11 resources.
      changed   flows/#1 <: +1
      changed   flows/%0A::set-output name=a::b: +1
      changed   flows/::error::x: +1
      changed   flows/<script>alert(1)<: +1
      changed   flows/@org: +1
      changed   flows/[x](javascript:1): +1
      changed   flows/`x`: +1
      changed   flows/a\r\n##[error]b: +1
      changed   flows/a|b: +1
      changed   flows/üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü: ~1
      changed   flows/\u{202e}nosj.wolf: +1
      content   41 resources in 120 files, 1.1 MiB
      branch    snapshot/hourly at 9f8e7d6c5b4a, 6 snapshots, in https://github.com/acme/bots
      warning   ::error::x
      warning   <script>alert(1)</script>
      warning   a|b
      warning   `x`
      warning   %0A::set-output name=a::b
      warning   @org/team
      warning   [x](javascript:1)
      warning   \u{202e}nosj.wolf
      warning   a\r\n##[error]b
      warning   #1 </details>
      took      42.1 s, 310 requests
    ");
}

fn shown(outputs: &[(String, String)]) -> String {
    outputs.iter().map(|(name, value)| format!("{name}={value}\n")).collect()
}

#[test]
fn outputs_of_a_success_and_of_a_failure() {
    assert_snapshot!(shown(&outputs::render(&report(success()), Some("report.json"))), @"
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
    report=report.json
    ");
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
    assert_snapshot!(all, @"
    error [Cognigy backup failed: Shop Bot] Failed for `Shop Bot`: the flows could not be listed.
    check the secret behind `cognigy-api-key`
    warning [Cognigy backup partial: Shop Bot] Snapshot `20251003T143000Z-1a2b3c4d` of `Shop Bot` made, but not all of it could be read now: 3 files changed in 2 resources.
    warning [Not backed up: Shop Bot] The API key may not read lexicons: give its user the right, or leave them out.
    warning [Cognigy backup: Shop Bot] `lexicons`: the key may not read them; carried over from 2025-10-01
    ");
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
          "redacted": 0,
          "durationMs": 42100,
          "warnings": [],
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
fn hostile_names_stay_in_their_cells() {
    let text = summary_of(hostile());
    let rows: Vec<_> =
        text.lines().filter(|line| line.starts_with("| ") && line.contains("flows/")).collect();
    assert_eq!(rows.len(), HOSTILE.len() + 1, "{rows:#?}");
    for row in rows {
        assert_eq!(row.matches('|').count(), 5, "{row}");
    }
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
    let mut report = report(entry);
    report.scrub(&secrets);
    let faces = [
        summary::render(&report, None),
        console::render(&report),
        json::render(&report),
        format!("{:?}", outputs::render(&report, None)),
        format!("{:?}", annotations::render(&report)),
    ];
    for face in faces {
        assert!(!face.contains("top") && !face.contains("secret<"), "{face}");
    }
}
