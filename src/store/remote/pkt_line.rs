//! git's pkt-lines: four hex digits of length, then that many bytes less four; `0000` ends a section.
//!
//! Our own sixty lines rather than the crate gix-packetline: that one reads from a blocking reader or brings its own
//! asynchronous one, where our bytes come in pieces from an HTTP answer.

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use reqwest::{Method, Response};

use crate::http;
use crate::store::error::Problem;

/// The longest line git writes.
const LONGEST: usize = 65_520;

/// One pkt-line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Packet {
    /// The end of a section.
    Flush,
    /// A line or some bytes.
    Data(Bytes),
}

/// Appends a line.
pub(crate) fn encode(out: &mut Vec<u8>, line: &str) {
    out.extend_from_slice(format!("{:04x}{line}", line.len() + 4).as_bytes());
}

/// Appends the end of a section.
pub(crate) fn flush(out: &mut Vec<u8>) {
    out.extend_from_slice(b"0000");
}

/// Takes the next packet out of a buffer; `None` where it is not all there yet.
pub(crate) fn decode(buffer: &mut BytesMut) -> Result<Option<Packet>, Problem> {
    let Some(head) = buffer.first_chunk::<4>() else { return Ok(None) };
    let length = std::str::from_utf8(head).ok().and_then(|digits| usize::from_str_radix(digits, 16).ok());
    match length {
        Some(0) => {
            buffer.advance(4);
            Ok(Some(Packet::Flush))
        }
        Some(length) if (4..=LONGEST).contains(&length) => {
            if buffer.len() < length {
                return Ok(None);
            }
            buffer.advance(4);
            Ok(Some(Packet::Data(buffer.split_to(length - 4).freeze())))
        }
        _ => Err(Problem::Protocol {
            found: format!("{:?} where a length should be", head.escape_ascii().to_string()),
        }),
    }
}

/// The packets of an answer as they come in.
pub(crate) struct Packets {
    response: Response,
    buffer: BytesMut,
    patience: Duration,
    method: Method,
    doing: &'static str,
}

impl Packets {
    pub(crate) fn new(response: Response, patience: Duration, method: Method, doing: &'static str) -> Self {
        Self { response, buffer: BytesMut::new(), patience, method, doing }
    }

    /// Returns the next packet; an answer that ends before it breaks off.
    pub(crate) async fn expect(&mut self) -> Result<Packet, Problem> {
        self.next().await?.ok_or(Problem::CutOff { doing: self.doing })
    }

    /// Returns the next packet; `None` at the end of the answer.
    pub(crate) async fn next(&mut self) -> Result<Option<Packet>, Problem> {
        loop {
            if let Some(packet) = decode(&mut self.buffer)? {
                return Ok(Some(packet));
            }
            let silent = |_| Problem::Silent { doing: self.doing, seconds: self.patience.as_secs() };
            let chunk = tokio::time::timeout(self.patience, self.response.chunk()).await.map_err(silent)?;
            let url = self.response.url().clone();
            let broke = |error| Problem::Wire(http::Error::from_reqwest(&self.method, Some(&url), error));
            match chunk.map_err(broke)? {
                Some(chunk) => self.buffer.extend_from_slice(&chunk),
                None if self.buffer.is_empty() => return Ok(None),
                None => return Err(Problem::CutOff { doing: self.doing }),
            }
        }
    }
}

/// A line without the newline that most of them end in.
pub(crate) fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(line)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_whole_however_the_bytes_arrive() {
        let mut sent = Vec::new();
        encode(&mut sent, "unpack ok\n");
        flush(&mut sent);
        encode(&mut sent, "");
        let (mut buffer, mut read) = (BytesMut::new(), Vec::new());
        for byte in sent {
            buffer.extend_from_slice(&[byte]);
            read.extend(decode(&mut buffer).unwrap());
        }
        assert_eq!(read, [Packet::Data("unpack ok\n".into()), Packet::Flush, Packet::Data(Bytes::new())]);
        assert!(buffer.is_empty());
    }

    #[test]
    fn what_is_no_length_is_no_packet() {
        for bad in ["<!DO", "0001", "0003", "fff1", "ffff"] {
            assert!(decode(&mut BytesMut::from(bad)).is_err(), "{bad}");
        }
    }
}
