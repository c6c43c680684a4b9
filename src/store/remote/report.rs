//! What a server reports after a push: whether it could unpack, and for each ref `ok` or why not.

use std::collections::BTreeMap;

use bytes::BytesMut;

use super::pkt_line::{Packet, Packets, decode, text};
use super::words::Words;
use crate::store::error::Problem;

/// More of either is not worth the memory; 50,000 refs fit.
const LONGEST_REPORT: usize = 8 * 1024 * 1024;
const LONGEST_TEXT: usize = 64 * 1024;

/// A server's report, its words cleaned.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Report {
    /// Why the pack was not taken, if so.
    pub(super) unpack: Option<String>,
    /// Each ref, and the reason where it was refused.
    pub(super) refs: BTreeMap<String, Option<String>>,
    /// What it said besides, line by line.
    pub(super) messages: Vec<String>,
}

impl Report {
    /// Whether all went well for these refs.
    pub(super) fn is_ok_for<'a>(&self, mut names: impl Iterator<Item = &'a str>) -> bool {
        self.unpack.is_none() && names.all(|name| self.refs.get(name) == Some(&None))
    }

    fn take_line(&mut self, line: &str, words: &Words) -> Result<(), Problem> {
        let mut parts = line.splitn(3, ' ');
        match (parts.next(), parts.next(), parts.next()) {
            (Some("unpack"), Some("ok"), None) => {}
            (Some("unpack"), _, _) => {
                self.unpack = Some(words.clean(&line["unpack".len()..]).trim().to_owned())
            }
            (Some("ok"), Some(name), _) => {
                self.refs.insert(name.to_owned(), None);
            }
            (Some("ng"), Some(name), reason) => {
                self.refs.insert(name.to_owned(), Some(words.clean(reason.unwrap_or("no reason given"))));
            }
            // Options of report-status-v2, which we do not ask for.
            (Some("option"), _, _) => {}
            _ => return Err(Problem::Protocol { found: "a report that is none".to_owned() }),
        }
        Ok(())
    }
}

/// Reads the answer to a push. `banded` says whether text and report come in bands of one stream.
pub(super) async fn read(packets: &mut Packets, banded: bool, words: &Words) -> Result<Report, Problem> {
    let mut report = Report::default();
    let (mut inner, mut said, mut ended) = (BytesMut::new(), Vec::new(), false);
    while !ended {
        match packets.expect().await? {
            Packet::Flush => ended = true,
            Packet::Data(line) if !banded => report.take_line(&text(&line), words)?,
            Packet::Data(line) => match line.split_first() {
                Some((1, bytes)) if inner.len() < LONGEST_REPORT => inner.extend_from_slice(bytes),
                Some((2, bytes)) if said.len() < LONGEST_TEXT => said.extend_from_slice(bytes),
                Some((1 | 2, _)) => {}
                Some((3, message)) => return Err(Problem::Fatal { message: text(message) }),
                Some((band, _)) => return Err(Problem::Protocol { found: format!("band {band}") }),
                // A sign of life.
                None => {}
            },
        }
    }
    while let Some(Packet::Data(line)) = decode(&mut inner)? {
        report.take_line(&text(&line), words)?;
    }
    // A line of progress overwrites itself by carriage returns; only its last state is worth a line of a log.
    let said = String::from_utf8_lossy(&said);
    let lines = said.lines().map(|line| line.trim_end_matches('\r').rsplit('\r').next().unwrap_or_default());
    report.messages = lines.map(|line| words.clean(line)).filter(|line| !line.trim().is_empty()).collect();
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_ok_or_why_not() {
        let (mut report, words) = (Report::default(), Words::default());
        for line in ["unpack ok", "ok refs/heads/a", "ng refs/heads/b atomic push failure", "ng refs/heads/c"]
        {
            report.take_line(line, &words).unwrap();
        }
        assert_eq!(report.unpack, None);
        assert_eq!(report.refs["refs/heads/b"].as_deref(), Some("atomic push failure"));
        assert!(report.is_ok_for(["refs/heads/a"].into_iter()));
        assert!(!report.is_ok_for(["refs/heads/a", "refs/heads/b"].into_iter()));
        assert!(!report.is_ok_for(["refs/heads/unheard-of"].into_iter()));
        report.take_line("unpack index-pack abnormal exit", &words).unwrap();
        assert_eq!(report.unpack.as_deref(), Some("index-pack abnormal exit"));
        assert!(report.take_line("hello", &words).is_err());
    }
}
