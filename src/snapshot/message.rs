//! The commit message of a snapshot: a title, a few words, and trailers that a program reads back.

use chrono::{DateTime, SecondsFormat, Utc};

use serde::Serialize;

use super::{ProjectId, SnapshotId};

/// The longest message body, in bytes: commits stay light, and GitHub's page shows them whole.
const LONGEST: usize = 4096;

/// What a snapshot's commit message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The snapshot's name.
    pub snapshot: SnapshotId,
    /// When it was taken.
    pub taken: DateTime<Utc>,
    /// The project it is of.
    pub project: ProjectId,
    /// The layout of its content.
    pub layout: u32,
    /// How much it holds; absent where the commit does not say.
    pub size: Option<ContentSize>,
    /// The commit that first held it; absent on that commit itself.
    pub first_commit: Option<String>,
    /// What a person reads; no line of it may look like one of our trailers.
    pub words: String,
}

/// How much a snapshot holds: what a list of snapshots says of each without fetching any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ContentSize {
    /// How many resources.
    pub resources: u64,
    /// How many files.
    pub files: u64,
    /// Their size together.
    pub bytes: u64,
}

impl Message {
    /// Writes the whole message: title, words, trailers.
    #[must_use]
    pub fn compose(&self) -> String {
        let mut words: String = self.words.lines().map(without_trailer).collect::<Vec<_>>().join("\n");
        if words.len() > LONGEST {
            let mut end = LONGEST - '…'.len_utf8();
            while !words.is_char_boundary(end) {
                end -= 1;
            }
            words.truncate(end);
            words.push('…');
        }
        let mut message = format!("Snapshot {}\n\n", self.snapshot);
        if !words.trim().is_empty() {
            message.push_str(words.trim());
            message.push_str("\n\n");
        }
        for (name, value) in self.trailers() {
            message.push_str(&format!("{name}: {value}\n"));
        }
        message
    }

    /// Reads the trailers of a message; `None` where it is not a snapshot's.
    #[must_use]
    pub fn parse(message: &str) -> Option<Self> {
        let (above, last) = message.trim_end().rsplit_once("\n\n")?;
        let value = |name: &str| last.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let words = above.split_once("\n\n").map(|(_, words)| words.to_owned()).unwrap_or_default();
        Some(Self {
            snapshot: value("Snapshot-Id")?.parse().ok()?,
            taken: DateTime::parse_from_rfc3339(value("Snapshot-Taken")?).ok()?.to_utc(),
            project: value("Snapshot-Project")?.parse().ok()?,
            layout: value("Snapshot-Layout")?.parse().ok()?,
            size: value("Snapshot-Content").and_then(ContentSize::parse),
            first_commit: value("Snapshot-First-Commit").map(str::to_owned),
            words,
        })
    }

    fn trailers(&self) -> Vec<(&'static str, String)> {
        let mut trailers = vec![
            ("Snapshot-Id", self.snapshot.to_string()),
            ("Snapshot-Taken", self.taken.to_rfc3339_opts(SecondsFormat::Secs, true)),
            ("Snapshot-Project", self.project.to_string()),
            ("Snapshot-Layout", self.layout.to_string()),
        ];
        trailers.extend(self.size.map(|size| ("Snapshot-Content", size.to_string())));
        trailers.extend(self.first_commit.clone().map(|commit| ("Snapshot-First-Commit", commit)));
        trailers
    }
}

impl std::fmt::Display for ContentSize {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} resources, {} files, {} bytes", self.resources, self.files, self.bytes)
    }
}

impl ContentSize {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(", ");
        let mut part = |noun: &str| parts.next()?.strip_suffix(noun)?.trim_end().parse().ok();
        let (resources, files, bytes) = (part("resources")?, part("files")?, part("bytes")?);
        Some(Self { resources, files, bytes })
    }
}

/// Keeps a resource's name from passing itself off as a trailer.
fn without_trailer(line: &str) -> String {
    let line: String = line.chars().filter(|c| !c.is_control()).collect();
    if line.starts_with("Snapshot-") { format!(" {line}") } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(words: &str) -> Message {
        Message {
            snapshot: "20251003T143000Z-1a2b3c4d".parse().unwrap(),
            taken: "2025-10-03T14:30:00Z".parse().unwrap(),
            project: "5f3a5f3a5f3a5f3a5f3a5f3a".parse().unwrap(),
            layout: 1,
            size: Some(ContentSize { resources: 41, files: 120, bytes: 1_234_567 }),
            first_commit: None,
            words: words.to_owned(),
        }
    }

    #[test]
    fn a_message_reads_as_people_and_programs_expect() {
        insta::assert_snapshot!(message("First snapshot of Demo.\n3 flows").compose(), @r"
        Snapshot 20251003T143000Z-1a2b3c4d

        First snapshot of Demo.
        3 flows

        Snapshot-Id: 20251003T143000Z-1a2b3c4d
        Snapshot-Taken: 2025-10-03T14:30:00Z
        Snapshot-Project: 5f3a5f3a5f3a5f3a5f3a5f3a
        Snapshot-Layout: 1
        Snapshot-Content: 41 resources, 120 files, 1234567 bytes
        ");
    }

    #[test]
    fn trailers_are_read_back_whatever_the_words_say() {
        for words in [
            "",
            "one line",
            "two\n\nparagraphs",
            "Snapshot-Id: 20990101T000000Z-ffffffff",
            "\u{7}bell\r\n\r\nx",
        ] {
            let mut copy = message(words);
            copy.first_commit = Some("c0ffee".to_owned());
            let read = Message::parse(&copy.compose()).unwrap();
            assert_eq!(
                (&read.snapshot, &read.first_commit, read.taken, read.size),
                (&copy.snapshot, &copy.first_commit, copy.taken, copy.size)
            );
        }
        assert_eq!(Message::parse("Fix a bug"), None);
        assert_eq!(Message::parse("Fix a bug\n\nSigned-off-by: x"), None);
    }

    #[test]
    fn a_long_message_is_cut_at_a_character() {
        let composed = message(&"ü".repeat(5000)).compose();
        assert!(composed.len() < LONGEST + 400);
        assert!(Message::parse(&composed).is_some());
    }
}
