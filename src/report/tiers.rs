//! What was done for the tiers, and its sentences: promoted, forgotten, skipped and why; what failed; when the next turn
//! comes.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::quantity::{count, time};
use super::{Outcome, Reason, Step};
use crate::plan::tiers::{Drop, Move, Skip, Why};
use crate::snapshot::{Pin, PinLabel, SnapshotId, TierName};

/// What was done for the tiers, or, in a dry run, would be.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tiered {
    /// What tiers took, in order.
    pub promoted: Vec<Move>,
    /// What tiers forgot.
    pub forgotten: Vec<Forgotten>,
    /// What was published.
    pub released: Vec<Released>,
    /// The pins that were taken away, because their day had come.
    pub lapsed: Vec<Pin>,
    /// What was kept before restores, and was not needed any more.
    pub outlived: Vec<SnapshotId>,
    /// Why a tier took nothing, or nothing more.
    pub skipped: Vec<Skip>,
    /// What could not be done.
    pub failed: Vec<FailedStep>,
    /// When a tier will take something at the earliest, by what is there now.
    pub next_due: Option<DateTime<Utc>>,
    /// The branches that moved. With its old commit a branch can be put back, for as long as the server keeps that.
    pub moved: Vec<Moved>,
    /// What each tier holds after that.
    pub holds: Vec<Holds>,
}

/// A snapshot that a tier forgot. Another tier may have it still.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Forgotten {
    /// The tier.
    pub tier: TierName,
    /// The snapshot.
    pub snapshot: SnapshotId,
    /// Why.
    pub why: Drop,
}

/// A snapshot that was published as a release.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Released {
    /// The tier.
    pub tier: TierName,
    /// The snapshot.
    pub snapshot: SnapshotId,
    /// The period that it stands for.
    pub period: String,
    /// The release's tag, which is the name of its folder in a directory.
    pub tag: String,
    /// Its page, or its folder.
    pub url: String,
}

/// A step that could not be done, and stopped no other.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedStep {
    /// What it was about: a branch, a release.
    pub subject: String,
    /// Why, and the way out.
    pub reason: Reason,
}

/// A branch that moved.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Moved {
    /// The branch: `snapshot/daily`.
    pub branch: String,
    /// The commit that it was at, where it was there.
    pub before: Option<String>,
    /// The commit that it is at.
    pub after: Option<String>,
}

/// What a tier holds.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Holds {
    /// The tier.
    pub tier: TierName,
    /// Whether it is fed and pruned.
    pub enabled: bool,
    /// How many snapshots.
    pub snapshots: u64,
    /// The oldest.
    pub oldest: Option<SnapshotId>,
    /// The newest.
    pub newest: Option<SnapshotId>,
}

impl Forgotten {
    /// Takes what a plan says of one.
    #[must_use]
    pub fn of((tier, snapshot, why): (&TierName, &SnapshotId, &Drop)) -> Self {
        Self { tier: tier.clone(), snapshot: snapshot.clone(), why: why.clone() }
    }
}

impl Tiered {
    /// Whether nothing was moved, and nothing would be.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.promoted.is_empty()
            && self.forgotten.is_empty()
            && self.released.is_empty()
            && self.lapsed.is_empty()
            && self.outlived.is_empty()
    }

    /// Says what was done in a few words: "2 promoted, 1 forgotten".
    #[must_use]
    pub fn in_short(&self) -> String {
        let some = |many: usize, what: &str| (many > 0).then(|| format!("{many} {what}"));
        let parts = [
            some(self.promoted.len(), "promoted"),
            some(self.released.len(), "released"),
            some(self.forgotten.len() + self.outlived.len(), "forgotten"),
            some(self.lapsed.len(), if self.lapsed.len() == 1 { "pin lapsed" } else { "pins lapsed" }),
            some(self.failed.len(), if self.failed.len() == 1 { "step failed" } else { "steps failed" }),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() { "nothing was due".to_owned() } else { parts.join(", ") }
    }

    /// Returns what would be done, in order.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        let promoted = self.promoted.iter().map(promotes);
        promoted
            .chain(self.forgotten.iter().map(forgets))
            .chain(self.lapsed.iter().map(lapses))
            .chain(self.outlived.iter().map(outlives))
            .collect()
    }

    /// Says of each tier that took nothing why.
    #[must_use]
    pub fn skips(&self) -> Vec<String> {
        self.skipped.iter().map(skips).collect()
    }
}

/// Says what a tier takes.
#[must_use]
pub fn promotes(one: &Move) -> Step {
    let place = one.replaces.as_ref().map(|old| format!(" in place of `{old}`")).unwrap_or_default();
    let so_far = if one.open { " so far" } else { "" };
    Step {
        what: format!("put `{}` into `{}`{place}", one.snapshot, one.tier),
        why: format!("the newest of {}{so_far}, from {}", one.period, one.from),
    }
}

/// Says what a tier forgets.
#[must_use]
pub fn forgets(one: &Forgotten) -> Step {
    Step { what: format!("forget `{}` in `{}`", one.snapshot, one.tier), why: drops(&one.why) }
}

fn outlives(snapshot: &SnapshotId) -> Step {
    Step {
        what: format!("forget `{snapshot}` in safety"),
        why: "its time to undo a restore is over".to_owned(),
    }
}

fn lapses(pin: &Pin) -> Step {
    let day = pin.expires.map(time).unwrap_or_default();
    Step {
        what: format!("take away the pin `{}` of `{}`", pin.label, pin.snapshot),
        why: format!("it was to stay until {day}"),
    }
}

/// Says why a snapshot goes.
#[must_use]
pub fn drops(why: &Drop) -> String {
    match why {
        Drop::Superseded { by } => format!("its period has a newer one, {by}"),
        Drop::Beyond { count: 1 } => "the tier keeps one".to_owned(),
        Drop::Beyond { count } => format!("the tier keeps {count}, and as many are newer"),
        Drop::TooOld { seconds } => format!("it is older than {}", span(*seconds)),
    }
}

/// Says why a tier took nothing, or nothing more.
#[must_use]
pub fn skips(skip: &Skip) -> String {
    let snapshot = skip.snapshot.as_ref().map(|id| format!("`{id}`")).unwrap_or_default();
    let why = match &skip.why {
        Why::Disabled => "the tier is disabled".to_owned(),
        Why::NoPlace => {
            "there is no place for archives here; `archives` names a directory for them".to_owned()
        }
        Why::NothingBelow => "the tiers below it hold nothing yet".to_owned(),
        Why::AlreadyPromoted => format!("{snapshot} is already promoted"),
        Why::NotDue { until, period, from } => {
            format!("{snapshot} of {from} stands for {period} and is not due until {}", time(*until))
        }
        Why::FutureDated => {
            format!("{snapshot} carries a time that is still to come; one of two machines has a wrong clock")
        }
        Why::Published { period } => {
            format!("{snapshot} came after {period} was published, and what is published stays as it is")
        }
        Why::AppendOnly { period } => format!(
            "{snapshot} stands for {period}, a later period is there already, and the branch may not be rewritten"
        ),
    };
    format!("{}: {why}", skip.tier)
}

/// Says a length of time that somebody configured.
pub(super) fn span(seconds: u64) -> String {
    match seconds {
        _ if seconds.is_multiple_of(86_400) => count(seconds / 86_400, "day"),
        _ if seconds.is_multiple_of(3_600) => count(seconds / 3_600, "hour"),
        _ => count(seconds / 60, "minute"),
    }
}

/// Says that a branch holds commits that are not ours.
#[must_use]
pub fn foreign(branch: &str, commit: &str) -> FailedStep {
    let message = format!(
        "`{branch}` holds commit {commit}, which is no snapshot of cognigy-backup; the branch was left as it is"
    );
    let hint = "Run `mode: import` if these are snapshots of the template repository; else rename the branch, or set another \
                `prefix`.";
    step(branch, message, Vec::new(), vec![hint.to_owned()])
}

/// Says that a ref stands where git then cannot make a branch.
#[must_use]
pub fn in_the_way(branch: &str, other: &str) -> FailedStep {
    let other = other.trim_start_matches("refs/heads/");
    let message = format!("`{other}` exists, and git cannot hold it together with `{branch}`");
    let hint = "Run `mode: import` if these are snapshots of the template repository; else rename that branch, or set another \
                `prefix`.";
    step(branch, message, Vec::new(), vec![hint.to_owned()])
}

/// Says that it cannot be found out which archives there are.
#[must_use]
pub fn unlisted(tier: &str, reason: Reason) -> FailedStep {
    let causes = [vec![reason.message], reason.causes].concat();
    step(tier, format!("which archives tier `{tier}` has could not be found out"), causes, reason.hints)
}

/// Says that a pin was not made, because the backup ended otherwise than with a snapshot.
#[must_use]
pub fn not_pinned(label: &PinLabel, outcome: Outcome) -> FailedStep {
    let message = format!("the pin `{label}` was not made: the backup ended `{outcome}`");
    let hint = "`mode: pin` pins a snapshot that is there already.";
    step(label.as_str(), message, Vec::new(), vec![hint.to_owned()])
}

/// Says that a server did not let a branch be moved; `causes` and `hints` are its own.
#[must_use]
pub fn refused(branch: &str, causes: Vec<String>, hints: Vec<String>) -> FailedStep {
    step(branch, format!("`{branch}` could not be moved"), causes, hints)
}

/// Says that so many snapshots should be forgotten and cannot, because the branch may not be rewritten.
#[must_use]
pub fn stuck(branch: &str, many: u64, causes: Vec<String>, hints: Vec<String>) -> FailedStep {
    let message = format!(
        "{} of `{branch}` should be forgotten, and the server does not let the branch be rewritten",
        count(many, "snapshot")
    );
    step(branch, message, causes, hints)
}

fn step(subject: &str, message: String, causes: Vec<String>, hints: Vec<String>) -> FailedStep {
    FailedStep { subject: subject.to_owned(), reason: Reason { message, causes, hints } }
}
