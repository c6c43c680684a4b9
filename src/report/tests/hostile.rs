//! Names that try to be something else, in the job summary.

use insta::assert_snapshot;

use super::in_summary::summary_of;
use super::samples::{HOSTILE, hostile};

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

    **What changed** since `20251003T133000Z-0a0b0c0d`

    - flow `::error::x`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
    - flow `<script>alert(1)</script>`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
    - flow `a|b`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
    - flow `'x'`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
    - flow `%0A::set-output name=a::b`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
    - flow `@org/team`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
    - flow `[x](javascript:1)`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
    - flow `\u{202e}nosj.wolf`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
    - flow `a\r\n##[error]b`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
    - flow `#1 </details>`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`
    - flow `üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü…`: description changed; changed at 2025-10-03 14:00:00 UTC by user `5f3a`

    <details>
    <summary>flow ::error::x</summary>

    ```diff
    # flow.json /description
    @@ -1 +1 @@
    -::error::x
    +üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü
    ```

    </details>

    <details>
    <summary>flow &lt;script&gt;alert(1)&lt;/script&gt;</summary>

    ```diff
    # flow.json /description
    @@ -1 +1 @@
    -<script>alert(1)</script>
    +üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü
    ```

    </details>

    <details>
    <summary>flow a|b</summary>

    ```diff
    # flow.json /description
    @@ -1 +1 @@
    -a|b
    +üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü
    ```

    </details>

    <details>
    <summary>flow &#39;x&#39;</summary>

    ```diff
    # flow.json /description
    @@ -1 +1 @@
    -`x`
    +üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü
    ```

    </details>

    <details>
    <summary>flow %0A::set-output name=a::b</summary>

    ```diff
    # flow.json /description
    @@ -1 +1 @@
    -%0A::set-output name=a::b
    +üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü
    ```

    </details>

    <details>
    <summary>flow @org/team</summary>

    ```diff
    # flow.json /description
    @@ -1 +1 @@
    -@org/team
    +üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü
    ```

    </details>

    <details>
    <summary>flow [x](javascript:1)</summary>

    ```diff
    # flow.json /description
    @@ -1 +1 @@
    -[x](javascript:1)
    +üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü
    ```

    </details>

    <details>
    <summary>flow \u{202e}nosj.wolf</summary>

    ```diff
    # flow.json /description
    @@ -1 +1 @@
    -\u{202e}nosj.wolf
    +üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü
    ```

    </details>

    <details>
    <summary>flow a\r\n##[error]b</summary>

    ```diff
    # flow.json /description
    @@ -1,2 +1 @@
    -a
    -##[error]b
    +üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü
    ```

    </details>

    <details>
    <summary>flow #1 &lt;/details&gt;</summary>

    ```diff
    # flow.json /description
    @@ -1 +1 @@
    -#1 </details>
    +üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü
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
fn hostile_names_stay_in_their_lines() {
    let text = summary_of(hostile());
    let said = text.lines().filter(|line| line.starts_with("- flow ")).count();
    assert_eq!(said, HOSTILE.len() + 1, "{text}");
    let titles: Vec<_> =
        text.lines().filter_map(|line| line.strip_prefix("<summary>")?.strip_suffix("</summary>")).collect();
    assert_eq!(titles.len(), HOSTILE.len() + 1, "{titles:#?}");
    assert!(titles.iter().all(|title| !title.contains(['<', '>'])), "{titles:#?}");
}
