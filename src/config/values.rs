//! Values with a grammar of their own that only the configuration knows, and the bounds that schema and documentation
//! share.

use std::time::Duration;

use chrono::NaiveDate;
use chrono_tz::Tz;
use secrecy::{ExposeSecret, SecretString};

use super::file::CloneType;
use super::problem::{Fault, choice, nearest, quoted};
use super::settings::Expiry;
use crate::snapshot::{
    InvalidName, Kind, MANIFEST_NAME, Period, PinLabel, Prefix, ProjectId, Query, Selection, Selector,
    SnapshotId, TreePath,
};

pub(super) const AGENT_DIR: &str = "agent";
pub(super) const TIMEOUT_MINUTES: u32 = 60;
/// Five days: a job on an own runner may last that long.
pub(super) const TIMEOUT_MAX: u32 = 7_200;
pub(super) const CONCURRENCY: u32 = 16;
/// Seconds that one request may take.
pub(super) const REQUEST_TIMEOUT: u32 = 60;
pub(super) const CONCURRENCY_MAX: u32 = 64;
/// A day: what no signal told is in a snapshot by then.
pub(super) const MAX_CARRY_AGE: &str = "PT24H";
/// Three windows of five minutes begin in it.
pub(super) const TIME_BUDGET: &str = "PT10M";
/// Of the 1,000 that the shared service allows; the rest is for whoever shares the address.
pub(super) const SHARED_WINDOW: u32 = 900;
/// A week: whoever finds out on Monday what a restore did on Friday can still undo it.
pub(super) const SAFETY: &str = "P7D";
/// What the simulation of `explain` takes for usual.
pub(super) const CHANGES_PER_DAY: u32 = 10;
pub(super) const COUNT_MAX: u32 = 10_000;
/// A year.
pub(super) const INTERVAL_HOURS_MAX: u32 = 8_784;
pub(super) const INTERVAL_MINUTES_MAX: u32 = INTERVAL_HOURS_MAX * 60;

pub(super) const PERIOD_PATTERN: &str = "^(every|minutes [1-9][0-9]{0,4}|hour|day|week|month|quarter|year)$";
pub(super) const DURATION_PATTERN: &str =
    "^P(?=[0-9T])([0-9]{1,5}W)?([0-9]{1,5}D)?(T(?=[0-9])([0-9]{1,5}H)?([0-9]{1,5}M)?)?$";

/// Parses an ISO 8601 duration of weeks, days, hours and minutes. Months and years have no one length.
pub(super) fn duration(text: &str) -> Result<Duration, Fault> {
    let duration = duration_or_none(text)?;
    if duration.is_zero() {
        Err(Fault::new(quoted(text), "a duration that is longer than nothing"))
    } else {
        Ok(duration)
    }
}

/// The same; it may be none at all.
pub(super) fn duration_or_none(text: &str) -> Result<Duration, Fault> {
    let fault = || {
        Fault::new(
            quoted(text),
            "an ISO 8601 duration of weeks, days, hours and minutes, such as `P14D` or `PT36H`",
        )
    };
    let body = text.strip_prefix('P').ok_or_else(fault)?;
    let (date, time) = body.split_once('T').map_or((body, None), |(date, time)| (date, Some(time)));
    let date = amounts(date, &[('W', 604_800), ('D', 86_400)]).ok_or_else(fault)?;
    let time =
        time.map_or(Some(0), |time| amounts(time, &[('H', 3_600), ('M', 60)]).filter(|_| !time.is_empty()));
    if body.is_empty() {
        return Err(fault());
    }
    Ok(Duration::from_secs(date + time.ok_or_else(fault)?))
}

/// Sums up `<number><unit>` amounts whose units come in order, each once at most.
fn amounts(text: &str, units: &[(char, u64)]) -> Option<u64> {
    let (mut rest, mut sum) = (text, 0);
    for &(unit, seconds) in units {
        if let Some((number, after)) = rest.split_once(unit) {
            let plain = (1..=5).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
            sum += number.parse::<u64>().ok().filter(|_| plain)? * seconds;
            rest = after;
        }
    }
    rest.is_empty().then_some(sum)
}

/// Parses a tier's period.
pub(super) fn period(text: &str) -> Result<Period, Fault> {
    let words = ["every", "minutes 30", "hour", "day", "week", "month", "quarter", "year"];
    text.parse().map_err(|_| Fault::new(quoted(text), choice(words)).suggesting(nearest(text, words)))
}

/// Parses the name of a time zone in the IANA database.
pub(super) fn time_zone(text: &str) -> Result<Tz, Fault> {
    text.parse().map_err(|_| {
        let names = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        let rule = "the name of a time zone in the IANA database, such as `Europe/Berlin`, or `UTC`";
        Fault::new(quoted(text), rule).suggesting(nearest(text, names))
    })
}

/// Parses the folder that holds the resources in a snapshot.
pub(super) fn agent_dir(text: &str) -> Result<TreePath, Fault> {
    let rule = "a relative path with `/` between parts, no part empty, `.`, `..` or `.git`";
    let likely = || {
        let bare = text.trim_start_matches("./").trim_matches('/');
        Some(bare).filter(|bare| *bare != text && bare.parse::<TreePath>().is_ok()).map(str::to_owned)
    };
    let path: TreePath = text.parse().map_err(|_| Fault::new(quoted(text), rule).suggesting(likely()))?;
    let first = path.components().next().map(str::to_owned);
    match first.as_deref() {
        // GitHub refuses a push of workflow files with the job's token.
        Some(".github") => Err(Fault::new(quoted(text), "a folder outside `.github`, which GitHub guards")),
        Some(MANIFEST_NAME) => Err(Fault::new(quoted(text), "another name than the manifest's")),
        _ => Ok(path),
    }
}

/// Parses the project's id; a whole address of the user interface is a near miss.
pub(super) fn project(text: &str) -> Result<ProjectId, Fault> {
    text.parse().map_err(|why: InvalidName| {
        let after = text.split_once("/project/").map_or(text, |(_, after)| after);
        let id = after.split(['/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase();
        let meant = Some(id).filter(|id| id.parse::<ProjectId>().is_ok());
        Fault::new(quoted(text), format!("a project id: {}", why.rule)).suggesting(meant)
    })
}

/// Parses a snapshot's name.
pub(super) fn snapshot_id(text: &str) -> Result<SnapshotId, Fault> {
    text.parse().map_err(|why: InvalidName| Fault::new(quoted(text), format!("a snapshot id: {}", why.rule)))
}

/// Parses how a person names a snapshot.
pub(super) fn selector(text: &str) -> Result<Selector, Fault> {
    text.parse().map_err(|why: InvalidName| Fault::new(quoted(text), format!("a snapshot: {}", why.rule)))
}

/// Parses what a snapshot is compared with: nothing stands for the project as it is.
pub(super) fn against(text: &str) -> Result<Option<Selector>, Fault> {
    if text == "live" { Ok(None) } else { selector(text).map(Some) }
}

/// Parses what a person looks for.
pub(super) fn query(text: &str) -> Result<Query, Fault> {
    let rule = "a text, `<kind>/<name>`, or `flows/<name>#<node>`, the latter two as globs";
    text.parse().map_err(|why| Fault::new(format!("{} ({why})", quoted(text)), rule))
}

/// Parses what a pin is called.
pub(super) fn pin_label(text: &str) -> Result<PinLabel, Fault> {
    text.parse().map_err(|why: InvalidName| Fault::new(quoted(text), format!("a pin's label: {}", why.rule)))
}

/// Parses when a pin may go.
pub(super) fn expiry(text: &str) -> Result<Expiry, Fault> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Expiry::On);
    let after = || duration(text).ok().map(Expiry::After);
    let rule = "a date, such as `2026-12-31`, or an ISO 8601 duration from now, such as `P90D`";
    date.or_else(after).ok_or_else(|| Fault::new(quoted(text), rule))
}

/// Parses a whole number within bounds.
pub(super) fn whole(text: &str, bounds: std::ops::RangeInclusive<u32>) -> Result<u32, Fault> {
    let number = text.parse().ok().filter(|number| bounds.contains(number));
    let rule = || format!("a whole number from {} to {}", bounds.start(), bounds.end());
    number.ok_or_else(|| Fault::new(quoted(text), rule()))
}

/// Parses the beginning of the branches' names.
pub(super) fn prefix(text: &str) -> Result<Prefix, Fault> {
    text.parse().map_err(|why: InvalidName| {
        let bare = text.trim_start_matches("refs/heads/").trim_matches('/');
        let meant = Some(bare).filter(|bare| *bare != text && bare.parse::<Prefix>().is_ok());
        Fault::new(quoted(text), format!("a prefix: {}", why.rule)).suggesting(meant)
    })
}

/// Checks that a secret can travel in a header; what breaks it is never shown.
pub(super) fn header_safe(secret: &SecretString) -> Result<(), Fault> {
    if secret.expose_secret().bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    let found = "a secret (not shown) with a blank, a line break or another character that none has";
    Err(Fault::new(found, "the secret and nothing else"))
}

/// Parses `true` or `false`, in the three spellings that YAML has.
pub(super) fn switch(text: &str) -> Result<bool, Fault> {
    match text {
        "true" | "True" | "TRUE" => Ok(true),
        "false" | "False" | "FALSE" => Ok(false),
        _ => {
            let meant = match text.to_ascii_lowercase().as_str() {
                "yes" | "y" | "on" | "1" => Some("true"),
                "no" | "n" | "off" | "0" => Some("false"),
                other => nearest(other, ["true", "false"]),
            };
            Err(Fault::new(quoted(text), choice(["true", "false"])).suggesting(meant))
        }
    }
}

/// Parses a whole number of minutes within the bounds of a timeout.
pub(super) fn timeout(text: &str) -> Result<u32, Fault> {
    let minutes = text.parse().ok().filter(|minutes| (1..=TIMEOUT_MAX).contains(minutes));
    minutes
        .ok_or_else(|| Fault::new(quoted(text), format!("a whole number of minutes from 1 to {TIMEOUT_MAX}")))
}

/// Returns the kinds that a clone type takes: those asked for, and what they cannot be understood without.
pub(super) fn kinds(clone_type: CloneType) -> &'static [Kind] {
    match clone_type {
        CloneType::Agent => &Kind::ALL,
        CloneType::Flows => &[Kind::Project, Kind::Locales, Kind::Flows, Kind::FlowStates, Kind::SlotFillers],
        CloneType::Endpoints => &[Kind::Project, Kind::Endpoints],
        CloneType::Lexicons => &[Kind::Project, Kind::Lexicons],
        CloneType::AiAgents => &[Kind::Project, Kind::AiAgents],
    }
}

/// Checks that a glob can match anything at all: `<kind>/<name>`, with a kind that exists.
pub(super) fn exclude(glob: &str) -> Result<(), Fault> {
    let names = || Kind::ALL.into_iter().map(Kind::name);
    let allowed = format!("a glob `<kind>/<name>`, kind being {}, or `*` for all", choice(names()));
    let Some((kind, _)) = glob.split_once('/') else {
        return Err(Fault::new(quoted(glob), allowed).suggesting(Some(format!("*/{glob}"))));
    };
    if kind.contains(['*', '?', '[', '\\']) || names().any(|name| name == kind) {
        let compiled = Selection::new(Kind::ALL, &[glob.to_owned()]).map(drop);
        return compiled.map_err(|(_, why)| Fault::new(format!("{} ({why})", quoted(glob)), allowed));
    }
    let meant = nearest(kind, names()).map(|near| glob.replacen(kind, near, 1));
    Err(Fault::new(quoted(glob), allowed).suggesting(meant))
}

/// Parses the name of an environment variable. What breaks the grammar is not shown: it may be the key itself.
pub(super) fn variable_name(text: &str) -> Result<String, Fault> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let ok =
        (1..=100).contains(&text.len()) && text.bytes().all(plain) && !text.as_bytes()[0].is_ascii_digit();
    ok.then(|| text.to_owned()).ok_or_else(|| {
        let found = "a text that is no variable's name (not shown, in case it is the key)";
        Fault::new(
            found,
            "the name of an environment variable, of letters, digits and `_`, such as `COGNIGY_API_KEY`",
        )
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("P14D", Some(14 * 24))]
    #[case("P2W", Some(14 * 24))]
    #[case("P1W2DT3H60M", Some(9 * 24 + 4))]
    #[case("PT36H", Some(36))]
    #[case("P", None)]
    #[case("PT", None)]
    #[case("P1DT", None)]
    #[case("P1M", None)]
    #[case("P1Y", None)]
    #[case("P0D", None)]
    #[case("P-1D", None)]
    #[case("P1D2W", None)]
    #[case("14D", None)]
    #[case("P+1D", None)]
    fn durations_have_one_length(#[case] text: &str, #[case] hours: Option<u64>) {
        assert_eq!(duration(text).ok(), hours.map(|hours| Duration::from_secs(hours * 3600)));
        // The schema's pattern may let a zero pass; else the two say the same.
        let schema = serde_json::json!({"pattern": DURATION_PATTERN});
        assert_eq!(jsonschema::is_valid(&schema, &text.into()), hours.is_some() || text == "P0D", "{text}");
    }

    #[rstest]
    #[case("agent", None)]
    #[case("demo/agent", None)]
    #[case("./agent/", Some("agent"))]
    #[case("/agent", Some("agent"))]
    #[case(".", Some(""))]
    #[case("../agent", Some(""))]
    #[case(".github/agent", Some(""))]
    #[case(".backup-metadata.json", Some(""))]
    fn the_folder_stays_inside(#[case] text: &str, #[case] refused: Option<&str>) {
        let meant = agent_dir(text).err().map(|fault| fault.did_you_mean.unwrap_or_default());
        assert_eq!(meant.as_deref(), refused);
    }

    #[rstest]
    #[case("flows/Test *", None)]
    #[case("*/Old", None)]
    #[case("Old flow", Some("*/Old flow"))]
    #[case("flow/Old", Some("flows/Old"))]
    #[case("AIAgents/Old", Some("aiAgents/Old"))]
    #[case("widgets/Old", Some(""))]
    fn a_glob_that_matches_nothing_is_a_mistake(#[case] glob: &str, #[case] refused: Option<&str>) {
        let meant = exclude(glob).err().map(|fault| fault.did_you_mean.unwrap_or_default());
        assert_eq!(meant.as_deref(), refused);
    }

    #[rstest]
    #[case("True", Some(true))]
    #[case("false", Some(false))]
    #[case("yes", None)]
    #[case("", None)]
    fn a_switch_is_true_or_false(#[case] text: &str, #[case] on: Option<bool>) {
        assert_eq!(switch(text).ok(), on);
    }

    #[test]
    fn a_name_that_could_be_the_key_is_not_shown() {
        for bad in ["hunter-2", "", "1A", "${{ secrets.KEY }}"] {
            let fault = variable_name(bad).unwrap_err().to_string();
            assert!(bad.is_empty() || !fault.contains(bad), "{fault}");
        }
        assert_eq!(variable_name("PROJECT_KEY").unwrap(), "PROJECT_KEY");
    }
}
