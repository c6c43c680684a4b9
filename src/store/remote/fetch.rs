//! Reading one commit with its whole tree and nothing of its history, or a history with nothing of its trees.
//!
//! The pack goes to a file first; it counts only when it came whole, its checksum is right and the commits asked for
//! are in it with every file (see `scratch`). For commits, only words that every server has understood
//! since 2008 are used, so that no second advertisement is needed after that for pushing.

use std::io::Write;
use std::path::Path;

use git2::Oid;
use reqwest::Method;
use tempfile::NamedTempFile;

use super::pkt_line::{Packet, Packets, encode, flush, text};
use super::{Remote, Service};
use crate::http::{Pulse, with_retries};
use crate::store::error::Problem;

const DOING: &str = "fetching";

/// What to read.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum Wanted<'a> {
    /// These commits with their whole trees, without history. What they share comes once.
    Whole(&'a [Oid]),
    /// The commits of these chains to their ends; their trees only where the server cannot leave them out.
    Chains(&'a [Oid]),
}

impl Remote {
    /// Fetches into a file below `directory`.
    pub(in crate::store) async fn fetch(
        &self,
        wanted: Wanted<'_>,
        directory: &Path,
    ) -> Result<NamedTempFile, Problem> {
        let bare = match wanted {
            Wanted::Whole(_) => false,
            Wanted::Chains(_) => self.can_filter().await?,
        };
        let fetched = with_retries(&self.patience.retries, || self.try_fetch(wanted, bare, directory)).await;
        fetched.map_err(|problem| self.clean(problem))
    }

    /// Whether the server can leave trees out. The advertisement for pushing does not say, so it is asked.
    pub(in crate::store) async fn can_filter(&self) -> Result<bool, Problem> {
        let service = Service::UploadPack;
        if self.service == service {
            return Ok(self.capabilities.has("filter"));
        }
        let seen = with_retries(&self.patience.retries, || self.try_advertise(service)).await?;
        Ok(seen.capabilities.has("filter"))
    }

    async fn try_fetch(
        &self,
        wanted: Wanted<'_>,
        bare: bool,
        directory: &Path,
    ) -> Result<NamedTempFile, Problem> {
        let mut words = " side-band-64k ofs-delta no-progress agent=cognigy-backup".to_owned();
        if bare {
            words.push_str(" filter");
        }
        let (tips, limit) = match &wanted {
            Wanted::Whole(tips) => (*tips, Some("deepen 1\n")),
            Wanted::Chains(tips) => (*tips, bare.then_some("filter tree:0\n")),
        };
        let mut body = Vec::new();
        for tip in tips {
            encode(&mut body, &format!("want {tip}{}\n", std::mem::take(&mut words)));
        }
        if let Some(limit) = limit {
            encode(&mut body, limit);
        }
        flush(&mut body);
        encode(&mut body, "done\n");
        let request = self.post(Service::UploadPack)?.body(body);
        let response = self.send(request, Service::UploadPack, "result", DOING, &Pulse::default()).await?;
        let mut packets = Packets::new(response, self.patience.silence, Method::POST, DOING);
        await_pack(&mut packets, tips).await?;
        let disk = || Problem::disk("write below", directory);
        let mut file = NamedTempFile::new_in(directory).map_err(disk())?;
        loop {
            match packets.expect().await? {
                Packet::Flush => break,
                Packet::Data(line) => match line.split_first() {
                    Some((1, pack)) => file.write_all(pack).map_err(disk())?,
                    Some((2, _)) | None => {}
                    Some((3, message)) => return Err(Problem::Fatal { message: text(message) }),
                    Some((band, _)) => return Err(Problem::Protocol { found: format!("band {band}") }),
                },
            }
        }
        Ok(file)
    }
}

/// Reads up to the line after which the pack begins.
async fn await_pack(packets: &mut Packets, tips: &[Oid]) -> Result<(), Problem> {
    loop {
        let Packet::Data(line) = packets.expect().await? else { continue };
        let line = text(&line);
        match line.split_once(' ').map_or(line.as_str(), |(word, _)| word) {
            "NAK" | "ACK" => return Ok(()),
            "shallow" | "unshallow" => {}
            "ERR" if line.contains("not our ref") => {
                let gone = tips.iter().find(|tip| line.contains(&tip.to_string())).or(tips.first());
                return Err(
                    gone.map_or(Problem::Fatal { message: line }, |tip| Problem::TipGone { tip: *tip })
                );
            }
            "ERR" => return Err(Problem::Fatal { message: line[4..].to_owned() }),
            _ => return Err(Problem::Protocol { found: "no pack where one should begin".to_owned() }),
        }
    }
}
