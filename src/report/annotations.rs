//! What stands out on a run's page: one annotation for each thing that a person should act on.
//!
//! GitHub shows ten of a kind for a step, so only verdicts that are not well, warnings and kinds that the key may not
//! read are annotations; the runner's log counts them (`runner/log.rs`).

use super::escape::{clip, visible, visible_lines};
use super::{Entry, Outcome, Report, unreadable, verdict};
use crate::snapshot::Availability;

/// How much an annotation weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Notice,
    /// To be looked at.
    Warning,
    /// To be mended.
    Error,
}

impl Severity {
    /// Returns the severity's name, which is the name of its workflow command.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Severity::Notice => "notice",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A title and a message that stand out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// How much it weighs.
    pub severity: Severity,
    /// A few words.
    pub title: String,
    /// What and why, and the way out; may have several lines.
    pub message: String,
}

/// Returns the report's annotations, the worst of each project first.
#[must_use]
pub fn render(report: &Report) -> Vec<Annotation> {
    report.entries.iter().flat_map(|entry| of_entry(entry, report.several)).collect()
}

fn of_entry(entry: &Entry, several: bool) -> Vec<Annotation> {
    // Two projects may have one name; a file has its own.
    let file = entry.config.as_ref().filter(|_| several).map(|file| format!(" ({file})")).unwrap_or_default();
    let title = |what: &str| match entry.called() {
        Some(name) => format!("{what}: {}{}", clip(&visible(name), 100), clip(&visible(&file), 100)),
        None => what.to_owned(),
    };
    let mut all = Vec::new();
    let severity = match entry.outcome {
        Outcome::Failed | Outcome::Refused | Outcome::Quarantined => Some(Severity::Error),
        Outcome::Partial => Some(Severity::Warning),
        Outcome::Success | Outcome::Unchanged | Outcome::Skipped | Outcome::Planned => None,
    };
    if let Some(severity) = severity {
        let failed = entry.tiers.iter().flat_map(|tiers| &tiers.failed);
        let failed = failed.flat_map(|step| std::iter::once(&step.reason.message).chain(&step.reason.hints));
        let reason = entry.reason.iter();
        let why = reason
            .flat_map(|reason| reason.causes.iter().chain(&reason.hints))
            .chain(failed)
            .map(|line| visible(line));
        let message: Vec<String> = std::iter::once(verdict::of_entry(entry)).chain(why).collect();
        // GitHub cuts at 4,096 characters; cut here, it is seen to be cut.
        let message = clip(&visible_lines(&message.join("\n")), 4_000);
        all.push(Annotation {
            severity,
            title: title(&format!("Cognigy backup {}", entry.outcome)),
            message,
        });
    }
    for (kind, lost) in unreadable(&entry.kinds) {
        // A server without a kind is as it is; a key without a right can be given it.
        if lost == Availability::Forbidden {
            let message =
                format!("The API key may not read {kind}: give its user the right, or leave them out.");
            all.push(Annotation { severity: Severity::Warning, title: title("Not backed up"), message });
        }
    }
    for warning in &entry.warnings {
        let message = clip(&visible(warning), 4_000);
        all.push(Annotation { severity: Severity::Warning, title: title("Cognigy backup"), message });
    }
    all
}
