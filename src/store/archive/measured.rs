//! A file that is measured while it is written or read: bytes, SHA-256, and no more of either than asked for.

use std::io::{self, Write};

use sha2::{Digest, Sha256};

use super::writer::Written;
use crate::snapshot::hex;

/// A limit in bytes was passed; it travels through a compressor as an I/O error.
#[derive(Debug, thiserror::Error)]
#[error("more than {0} bytes")]
pub(super) struct OverLimit(pub(super) u64);

/// A writer that counts, digests and stops at a limit.
pub(super) struct Measured<W> {
    inner: W,
    digest: Sha256,
    bytes: u64,
    limit: Option<u64>,
}

impl<W: Write> Measured<W> {
    /// Writes to `inner`, at most `limit` bytes.
    pub(super) fn new(inner: W, limit: Option<u64>) -> Self {
        Self { inner, digest: Sha256::new(), bytes: 0, limit }
    }

    /// Returns the inner writer and what it was given.
    pub(super) fn finish(self) -> (W, Written) {
        (self.inner, Written { bytes: self.bytes, sha256: hex(&self.digest.finalize()) })
    }
}

impl<W: Write> Write for Measured<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Before it is written, so that a disk is not filled in vain.
        if let Some(limit) = self.limit.filter(|limit| self.bytes + bytes.len() as u64 > *limit) {
            return Err(io::Error::other(OverLimit(limit)));
        }
        let written = self.inner.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
