//! The report in the log, and the faces of a run over several projects.

use insta::assert_snapshot;

use super::samples::{ended, failed, first, forbidden, hostile, planned, report, success, unchanged};
use super::shown;
use crate::report::{Entry, Outcome, console, outputs, summary};

fn console_of(entry: Entry) -> String {
    console::render(&report(entry))
}

#[test]
fn summary_of_several_projects() {
    let mut both = report(unchanged());
    both.several = true;
    both.entries.push(ended(Outcome::Failed, "no answer in time", &[], &[]));
    both.outcome = Outcome::worst(both.entries.iter().map(|entry| entry.outcome));
    assert_snapshot!(summary::render(&both, None), @"
    ## ❌ 2 projects: 1 unchanged, 1 failed.

    | Project | configuration | outcome | changes | snapshot |
    |:--|:--|:--|:--|:--|
    | `Shop Bot` | `config.json` | 🟰 unchanged |  | `20251003T143000Z-1a2b3c4d` |
    | `Shop Bot` | `config.json` | ❌ failed |  |  |

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
    Failed for `Shop Bot`: no answer in time.
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
    changes=[null,null]
    promoted=[]
    forgotten=[]
    released=[]
    next-due=[null,null]
    report=
    "#);
}

#[test]
fn console_of_every_outcome() {
    let all = [success(), unchanged(), first(), planned(), failed(), forbidden()];
    assert_snapshot!(all.map(console_of).join("\n"), @r#"
    success: Snapshot `20251003T143000Z-1a2b3c4d` of `Shop Bot` made: 3 files changed in 2 resources.
      changed   lexicon `Cities`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
      changed   flow `Main`: node `Greet`: say text changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
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
      changed   lexicon `Cities`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
      changed   flow `Main`: node `Greet`: say text changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
      content   41 resources in 120 files, 1.1 MiB
      branch    snapshot/hourly, 6 snapshots, in https://github.com/acme/bots
      took      42.1 s, 310 requests

    Failed for `Shop Bot`: the flows could not be listed.
      because   GET https://api.cognigy.ai/new/v2.0/flows: 401 Unauthorized
      because   {"error":"<b>Invalid key</b>"}
      hint      check the secret behind `cognigy-api-key`
      branch    snapshot/hourly, in https://github.com/acme/bots
      took      42.1 s, 310 requests

    partial: Snapshot `20251003T143000Z-1a2b3c4d` of `Shop Bot` made, but not all of it could be read now: 3 files changed in 2 resources.
      changed   lexicon `Cities`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
      changed   flow `Main`: node `Greet`: say text changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
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
      changed   flow `::error::x`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
      changed   flow `<script>alert(1)</script>`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
      changed   flow `a|b`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
      changed   flow `'x'`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
      changed   flow `%0A::set-output name=a::b`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
      changed   flow `@org/team`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
      changed   flow `[x](javascript:1)`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
      changed   flow `\u{202e}nosj.wolf`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
      changed   flow `a\r\n##[error]b`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
      changed   flow `#1 </details>`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
      changed   flow `üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü…`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
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
