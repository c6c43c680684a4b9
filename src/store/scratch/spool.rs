//! New objects, waiting on disk in the form in which a pack has them.
//!
//! A capture writes blobs for minutes. Each is hashed once, deflated once and appended to one file, which has no name
//! and so is gone with the process, however that ends. A push then only copies: what is deflated while the
//! source is slow need not be deflated while the server waits. (git2's way, loose objects and then a pack builder,
//! hashes every object four times, deflates it twice and makes a file for each.)

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::{ZlibDecoder, ZlibEncoder};
use git2::{ObjectType, Oid};

use crate::store::error::Problem;

/// Text of JSON shrinks about as well at this level as at 6, in half the time.
const LEVEL: Compression = Compression::new(4);

/// The objects of this run, by id.
pub(crate) struct Spool {
    file: Arc<File>,
    directory: PathBuf,
    end: u64,
    entries: HashMap<Oid, Entry>,
}

/// One object in the file: its pack header and its deflated bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) kind: ObjectType,
    /// Bytes of the object itself.
    pub(crate) size: u64,
    /// Where it stands in the file, header included.
    pub(crate) at: u64,
    /// How much it takes there.
    pub(crate) length: u64,
    header: u8,
}

impl Spool {
    /// Makes an empty spool below `directory`.
    pub(crate) fn create(directory: &Path) -> Result<Self, Problem> {
        let file = tempfile::tempfile_in(directory).map_err(Problem::disk("write below", directory))?;
        Ok(Self { file: Arc::new(file), directory: directory.to_owned(), end: 0, entries: HashMap::new() })
    }

    /// Returns an object's place, if this run wrote it.
    pub(crate) fn get(&self, id: Oid) -> Option<Entry> {
        self.entries.get(&id).copied()
    }

    /// Returns the file that the places are in.
    pub(crate) fn file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }

    /// Adds an object whose id is known to be `id`. An object that failed half-way does not count: the next one is
    /// written over it.
    pub(crate) fn add(&mut self, id: Oid, kind: ObjectType, bytes: &[u8]) -> Result<(), Problem> {
        if self.entries.contains_key(&id) {
            return Ok(());
        }
        let head = header(code(kind), bytes.len() as u64);
        let header = head.len() as u8;
        let packed = deflate(head, bytes).map_err(Problem::disk("write below", &self.directory))?;
        let (at, length) = self.append(&packed)?;
        self.entries.insert(id, Entry { kind, size: bytes.len() as u64, at, length, header });
        Ok(())
    }

    /// Adds what makes an object, which is here as `whole`, of another one that a receiver has; returns its place, or nothing where it is
    /// no shorter.
    pub(crate) fn add_delta(
        &mut self,
        base: Oid,
        delta: &[u8],
        whole: Entry,
    ) -> Result<Option<Entry>, Problem> {
        let mut head = header(REF_DELTA, delta.len() as u64);
        head.extend_from_slice(base.as_bytes());
        let header = head.len() as u8;
        let packed = deflate(head, delta).map_err(Problem::disk("write below", &self.directory))?;
        if packed.len() as u64 >= whole.length {
            return Ok(None);
        }
        let (at, length) = self.append(&packed)?;
        Ok(Some(Entry { at, length, header, ..whole }))
    }

    fn append(&mut self, packed: &[u8]) -> Result<(u64, u64), Problem> {
        let (at, length) = (self.end, packed.len() as u64);
        self.file.write_all_at(packed, at).map_err(Problem::disk("write below", &self.directory))?;
        self.end += length;
        Ok((at, length))
    }

    /// Reads an object back.
    pub(crate) fn read(&self, entry: Entry) -> Result<Vec<u8>, Problem> {
        let read = || -> io::Result<Vec<u8>> {
            let mut packed = vec![0; (entry.length - u64::from(entry.header)) as usize];
            self.file.read_exact_at(&mut packed, entry.at + u64::from(entry.header))?;
            let mut decoder = ZlibDecoder::new(Vec::with_capacity(entry.size as usize));
            decoder.write_all(&packed)?;
            decoder.finish()
        };
        read().map_err(Problem::disk("read below", &self.directory))
    }
}

/// The type of an entry that is a delta against an object named by its id.
const REF_DELTA: u8 = 7;

fn code(kind: ObjectType) -> u8 {
    match kind {
        ObjectType::Commit => 1,
        ObjectType::Tree => 2,
        ObjectType::Tag => 4,
        _ => 3,
    }
}

/// Puts what these bytes deflate to behind a head.
fn deflate(head: Vec<u8>, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = head;
    packed.reserve(bytes.len() / 4);
    let mut encoder = ZlibEncoder::new(packed, LEVEL);
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// A pack entry's header: three bits of type, then the size in groups of 4, 7, 7, … bits, lowest first.
fn header(kind: u8, size: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(8);
    let mut byte = (kind << 4) | (size & 0x0f) as u8;
    let mut rest = size >> 4;
    while rest > 0 {
        bytes.push(byte | 0x80);
        byte = (rest & 0x7f) as u8;
        rest >>= 7;
    }
    bytes.push(byte);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        let directory = tempfile::tempdir().unwrap();
        let mut spool = Spool::create(directory.path()).unwrap();
        for bytes in [&b""[..], b"x", &b"{\"a\": 1}\n".repeat(10_000)] {
            let id = Oid::hash_object(ObjectType::Blob, bytes).unwrap();
            spool.add(id, ObjectType::Blob, bytes).unwrap();
            spool.add(id, ObjectType::Blob, bytes).unwrap();
            assert_eq!(spool.read(spool.get(id).unwrap()).unwrap(), bytes);
        }
        assert_eq!(spool.entries.len(), 3);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "the file has no name");
    }

    #[test]
    fn headers_are_those_of_gits_format() {
        assert_eq!(header(3, 0), [0x30]);
        assert_eq!(header(1, 15), [0x1f]);
        assert_eq!(header(2, 16), [0xa0, 0x01]);
        assert_eq!(header(3, 0x7ff), [0xbf, 0x7f]);
        assert_eq!(header(3, 0x800), [0xb0, 0x80, 0x01]);
    }
}
