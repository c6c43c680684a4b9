//! A pack put together from the spool: a head, the objects as they lie there, and a checksum over it all.
//!
//! Its length is known before its first byte, it is never in memory as a whole, and it can be read as often as a push
//! is tried.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use sha1::{Digest, Sha1};

use super::spool::Entry;

/// How much travels at once.
const CHUNK: usize = 64 * 1024;
const HEAD: u64 = 12;
const CHECKSUM: u64 = 20;

/// The objects that one push needs, in the order they are sent.
#[derive(Clone)]
pub(crate) struct Pack {
    file: Arc<File>,
    entries: Arc<[Entry]>,
}

impl Pack {
    pub(crate) fn new(file: Arc<File>, entries: Vec<Entry>) -> Self {
        Self { file, entries: entries.into() }
    }

    /// Returns its objects, in order.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the number of objects.
    pub(crate) fn objects(&self) -> usize {
        self.entries.len()
    }

    /// Returns the number of bytes that reading it gives.
    pub(crate) fn length(&self) -> u64 {
        HEAD + self.entries.iter().map(|entry| entry.length).sum::<u64>() + CHECKSUM
    }

    /// Reads it from the beginning.
    pub(crate) fn reader(&self) -> PackReader {
        let mut head = b"PACK\0\0\0\x02".to_vec();
        head.extend_from_slice(&(self.entries.len() as u32).to_be_bytes());
        PackReader {
            pack: self.clone(),
            sum: Sha1::new(),
            next: 0,
            within: 0,
            pending: head.into(),
            done: false,
        }
    }
}

/// A pack being read.
pub(crate) struct PackReader {
    pack: Pack,
    sum: Sha1,
    next: usize,
    within: u64,
    pending: Bytes,
    done: bool,
}

impl PackReader {
    fn refill(&mut self) -> io::Result<()> {
        let mut chunk = Vec::with_capacity(CHUNK);
        while chunk.len() < CHUNK {
            let Some(entry) = self.pack.entries.get(self.next) else { break };
            let take = (entry.length - self.within).min((CHUNK - chunk.len()) as u64) as usize;
            let start = chunk.len();
            chunk.resize(start + take, 0);
            self.pack.file.read_exact_at(&mut chunk[start..], entry.at + self.within)?;
            self.within += take as u64;
            if self.within == entry.length {
                self.next += 1;
                self.within = 0;
            }
        }
        if chunk.is_empty() && !self.done {
            self.done = true;
            chunk = std::mem::take(&mut self.sum).finalize().to_vec();
        }
        self.pending = chunk.into();
        Ok(())
    }
}

/// The pack in pieces, as a request's body takes it.
impl Iterator for PackReader {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.pending.is_empty()
            && let Err(error) = self.refill()
        {
            return Some(Err(error));
        }
        if self.pending.is_empty() {
            return None;
        }
        let chunk = std::mem::take(&mut self.pending);
        if !self.done {
            self.sum.update(&chunk);
        }
        Some(Ok(chunk))
    }
}
