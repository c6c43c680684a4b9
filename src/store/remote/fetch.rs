//! Reading one commit with its whole tree and nothing of its history.
//!
//! The pack goes to a file first; it counts only when it came whole, its checksum is right and the commit asked for
//! is in it with every file (see `scratch`). Only words that every server has understood since 2008 are used, so no
//! second advertisement is needed after that for pushing.

use std::io::Write;
use std::path::Path;

use git2::Oid;
use reqwest::Method;
use tempfile::NamedTempFile;

use super::pkt_line::{Packet, Packets, encode, flush, text};
use super::{Remote, Service};
use crate::http::with_retries;
use crate::store::error::Problem;

const DOING: &str = "fetching";

impl Remote {
    /// Fetches a tip into a file below `directory`.
    pub(in crate::store) async fn fetch(&self, tip: Oid, directory: &Path) -> Result<NamedTempFile, Problem> {
        let fetched = with_retries(&self.patience.retries, || self.try_fetch(tip, directory)).await;
        fetched.map_err(|problem| self.clean(problem))
    }

    async fn try_fetch(&self, tip: Oid, directory: &Path) -> Result<NamedTempFile, Problem> {
        let mut body = Vec::new();
        encode(&mut body, &format!("want {tip} side-band-64k ofs-delta no-progress agent=cognigy-backup\n"));
        encode(&mut body, "deepen 1\n");
        flush(&mut body);
        encode(&mut body, "done\n");
        let request = self.post(Service::UploadPack)?.body(body);
        let response = self.send(request, Service::UploadPack, "result", DOING, None).await?;
        let mut packets = Packets::new(response, self.patience.silence, Method::POST, DOING);
        await_pack(&mut packets, tip).await?;
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
async fn await_pack(packets: &mut Packets, tip: Oid) -> Result<(), Problem> {
    loop {
        let Packet::Data(line) = packets.expect().await? else { continue };
        let line = text(&line);
        match line.split_once(' ').map_or(line.as_str(), |(word, _)| word) {
            "NAK" | "ACK" => return Ok(()),
            "shallow" | "unshallow" => {}
            "ERR" if line.contains("not our ref") => return Err(Problem::TipGone { tip }),
            "ERR" => return Err(Problem::Fatal { message: line[4..].to_owned() }),
            _ => return Err(Problem::Protocol { found: "no pack where one should begin".to_owned() }),
        }
    }
}
