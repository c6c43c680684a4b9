//! A file that is measured while it is written or read: bytes, SHA-256, and no more of either than asked for.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

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

/// Reads a file to its end and measures it.
pub(super) fn measure(path: &Path) -> io::Result<Written> {
    copy(path, io::sink()).map(|(_, written)| written)
}

/// Copies a file to a writer and measures what was copied.
pub(super) fn copy<W: Write>(from: &Path, into: W) -> io::Result<(W, Written)> {
    let mut file = File::open(from)?;
    let mut into = Measured::new(into, None);
    let mut chunk = vec![0; 128 * 1024];
    loop {
        match file.read(&mut chunk) {
            Ok(0) => return Ok(into.finish()),
            Ok(read) => into.write_all(&chunk[..read])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
