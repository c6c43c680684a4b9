//! A pin: a snapshot that stays until a person says otherwise, or until a day that was named. It stands outside the tiers,
//! as an annotated tag, and counts in none.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::{PinLabel, SnapshotId};

/// The longest reason, in bytes.
const LONGEST: usize = 2_000;

/// What the tag of a pin says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pin {
    /// What it is called.
    pub label: PinLabel,
    /// The snapshot that it holds.
    pub snapshot: SnapshotId,
    /// Why, in a person's words.
    pub reason: String,
    /// Who made it, where that is known.
    pub by: Option<String>,
    /// When it may go; never by itself where this is absent.
    pub expires: Option<DateTime<Utc>>,
    /// Whether it was set aside when it was pinned, or kept before a restore: then it is no state of the project's past.
    pub aside: bool,
}

impl Pin {
    /// Writes the tag's message: the reason, and trailers.
    #[must_use]
    pub fn compose(&self) -> String {
        let plain = |text: &str| -> String { text.chars().filter(|c| !c.is_control()).collect() };
        let mut reason: String = self.reason.lines().map(plain).collect::<Vec<_>>().join(" ");
        let end = (0..=reason.len().min(LONGEST)).rev().find(|at| reason.is_char_boundary(*at));
        reason.truncate(end.unwrap_or_default());
        let reason = if reason.trim().is_empty() { "Pinned".to_owned() } else { reason.trim().to_owned() };
        let mut message = format!("{reason}\n\nPin-Snapshot: {}\n", self.snapshot);
        if let Some(by) = &self.by {
            message += &format!("Pin-By: {}\n", plain(by));
        }
        if let Some(expires) = self.expires {
            message += &format!("Pin-Expires: {}\n", expires.to_rfc3339_opts(SecondsFormat::Secs, true));
        }
        if self.aside {
            message += "Pin-Aside: true\n";
        }
        message
    }

    /// Reads the tag's message; nothing where it is no pin's.
    #[must_use]
    pub fn parse(label: PinLabel, message: &str) -> Option<Self> {
        let (reason, trailers) = message.trim_end().rsplit_once("\n\n")?;
        let value =
            |name: &str| trailers.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let expires = match value("Pin-Expires") {
            // What cannot be read must not let a pin lapse.
            Some(text) => DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc()),
            None => None,
        };
        Some(Self {
            label,
            snapshot: value("Pin-Snapshot")?.parse().ok()?,
            reason: reason.to_owned(),
            by: value("Pin-By").map(str::to_owned),
            expires,
            aside: value("Pin-Aside") == Some("true"),
        })
    }

    /// Whether its day has come.
    #[must_use]
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_reads_back_whatever_its_reason_says() {
        for (reason, read) in [
            ("Before the launch", "Before the launch"),
            ("", "Pinned"),
            (
                "two\n\nPin-Snapshot: x\nPin-Expires: 1970-01-01T00:00:00Z",
                "two  Pin-Snapshot: x Pin-Expires: 1970-01-01T00:00:00Z",
            ),
        ] {
            let pin = Pin {
                label: "go-live".parse().unwrap(),
                snapshot: "20251003T143000Z-1a2b3c4d".parse().unwrap(),
                reason: reason.to_owned(),
                by: Some("octocat\nPin-Expires: 1970-01-01T00:00:00Z".to_owned()),
                expires: Some("2026-10-03T00:00:00Z".parse().unwrap()),
                aside: reason.is_empty(),
            };
            let back = Pin::parse(pin.label.clone(), &pin.compose()).unwrap();
            assert_eq!(back.reason, read);
            assert_eq!((back.snapshot, back.expires, back.aside), (pin.snapshot, pin.expires, pin.aside));
        }
        assert_eq!(Pin::parse("x".parse().unwrap(), "Release 1.0\n"), None);
        let long = Pin::parse(
            "x".parse().unwrap(),
            "why\n\nPin-Snapshot: 20251003T143000Z-1a2b3c4d\nPin-Expires: soon",
        )
        .unwrap();
        assert!(!long.is_expired("2999-01-01T00:00:00Z".parse().unwrap()));
    }
}
