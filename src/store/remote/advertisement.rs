//! What a server says first: its refs and what it is able to do.
//!
//! Version 0 of the protocol, for reading as for writing: pushing knows no other, so the one request that proves the
//! right to push also lists every ref, and a fetch needs none of its own.

use std::collections::BTreeMap;

use git2::Oid;

use super::Service;
use super::pkt_line::{Packet, Packets, text};
use crate::store::error::Problem;

/// A server's first answer.
#[derive(Debug, Default)]
pub(crate) struct Advertisement {
    pub(crate) refs: BTreeMap<String, Oid>,
    pub(crate) capabilities: Capabilities,
}

/// The words behind the first ref.
#[derive(Debug, Default, Clone)]
pub(crate) struct Capabilities(Vec<String>);

impl Capabilities {
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|word| word == name)
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }
}

/// Reads an advertisement.
pub(crate) async fn read(packets: &mut Packets, service: Service) -> Result<Advertisement, Problem> {
    let mut seen = Advertisement::default();
    let mut first = true;
    // The service's name stands before the refs, in a section of its own; a few servers leave it out.
    let mut packet = packets.expect().await?;
    if matches!(&packet, Packet::Data(line) if line.starts_with(b"# service=")) {
        let announced = Packet::Data(format!("# service={}\n", service.name()).into());
        let bare = Packet::Data(format!("# service={}", service.name()).into());
        if packet != announced && packet != bare {
            return Err(Problem::Protocol { found: "the answer of another service".to_owned() });
        }
        packet = packets.expect().await?;
        if packet == Packet::Flush {
            packet = packets.expect().await?;
        }
    }
    loop {
        let line = match packet {
            Packet::Flush => return Ok(seen),
            Packet::Data(line) => text(&line),
        };
        take_line(&mut seen, &line, &mut first)?;
        packet = packets.expect().await?;
    }
}

fn take_line(seen: &mut Advertisement, line: &str, first: &mut bool) -> Result<(), Problem> {
    if let Some(message) = line.strip_prefix("ERR ") {
        return Err(Problem::Fatal { message: message.to_owned() });
    }
    if line == "version 1" || line.starts_with("shallow ") {
        return Ok(());
    }
    let (entry, words) = line.split_once('\0').unwrap_or((line, ""));
    if std::mem::take(first) {
        seen.capabilities = Capabilities(words.split_whitespace().map(str::to_owned).collect());
        if let Some(format) = seen.capabilities.value("object-format").filter(|format| *format != "sha1") {
            return Err(Problem::ObjectFormat { format: format.to_owned() });
        }
    }
    let parsed = entry.split_once(' ').and_then(|(id, name)| Some((Oid::from_str(id).ok()?, name)));
    let Some((id, name)) = parsed.filter(|_| entry.as_bytes().get(40) == Some(&b' ')) else {
        return Err(Problem::Protocol { found: "a line that names no ref".to_owned() });
    };
    // Not refs: HEAD is a second name, `.have` an object of a repository beside this one, `^{}` what a tag points at,
    // `capabilities^{}` stands where there is no ref at all.
    if name.starts_with("refs/") && !name.ends_with("^{}") {
        seen.refs.insert(name.to_owned(), id);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "5962192f51e661c20cae87d71a6523ccc6dcde55";

    fn read_lines(lines: &[String]) -> Result<Advertisement, Problem> {
        let (mut seen, mut first) = (Advertisement::default(), true);
        for line in lines {
            take_line(&mut seen, line, &mut first)?;
        }
        Ok(seen)
    }

    #[test]
    fn refs_are_what_begins_with_refs() {
        let seen = read_lines(&[
            format!("{ID} HEAD\0report-status atomic agent=git/2.47.3"),
            format!("{ID} refs/heads/snapshot/hourly"),
            format!("{ID} refs/tags/v1"),
            format!("{ID} refs/tags/v1^{{}}"),
            format!("{ID} .have"),
        ])
        .unwrap();
        let names: Vec<&String> = seen.refs.keys().collect();
        assert_eq!(names, ["refs/heads/snapshot/hourly", "refs/tags/v1"]);
        assert!(seen.capabilities.has("atomic") && !seen.capabilities.has("atom"));
        assert_eq!(seen.capabilities.value("agent"), Some("git/2.47.3"));
    }

    #[test]
    fn an_empty_repository_has_capabilities_and_no_refs() {
        let zero = "0".repeat(40);
        let seen = read_lines(&[format!("{zero} capabilities^{{}}\0atomic")]).unwrap();
        assert!(seen.refs.is_empty() && seen.capabilities.has("atomic"));
    }

    #[test]
    fn other_answers_are_told_apart() {
        let read = |line: String| read_lines(&[line]).unwrap_err();
        assert!(
            matches!(read("ERR no such thing".into()), Problem::Fatal { message } if message == "no such thing")
        );
        let sha256 = format!("{ID} refs/heads/x\0object-format=sha256");
        assert!(matches!(read(sha256), Problem::ObjectFormat { .. }));
        assert!(matches!(read("5962 refs/heads/x".into()), Problem::Protocol { .. }));
        assert!(matches!(read("<html>".into()), Problem::Protocol { .. }));
    }
}
