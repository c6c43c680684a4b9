//! A zip file: deflated files under UTF-8 names, sorted and with one time, so that equal files are equal bytes.
//!
//! Written here and by no library: of a format with thirty years of options these are the three records that everybody
//! reads (APPNOTE 6.3.10, 4.3.7, 4.3.12, 4.3.16), and a library would bring a hundred times as much code and four crates.
//! Zip64, for more than 65,534 files, is its two records at the end; a zip file over 4 GiB is refused.

use std::io::{self, Write};

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

use crate::snapshot::TreePath;

/// What a reader must know: deflate (2.0), or zip64 (4.5).
const DEFLATE: u16 = 20;
const ZIP64: u16 = 45;
/// Made on Unix, where a file has permissions.
const MADE_BY: u16 = (3 << 8) | ZIP64;
/// The name is UTF-8.
const UTF_8: u16 = 1 << 11;
const DEFLATED: u16 = 8;
/// A plain file that its owner may write and everybody read, in the upper half.
const PERMISSIONS: u32 = 0o100_644 << 16;

/// A zip file under way.
pub(super) struct Zip<W> {
    out: W,
    /// How much was written.
    at: u64,
    stamp: [u16; 2],
    /// What will stand at its end.
    directory: Vec<u8>,
    files: u64,
}

impl<W: Write> Zip<W> {
    /// Begins. Every file gets the one time.
    pub(super) fn new(out: W, time: DateTime<Utc>) -> Self {
        Self { out, at: 0, stamp: stamp(time), directory: Vec::new(), files: 0 }
    }

    /// Adds a file.
    pub(super) fn add(&mut self, path: &TreePath, bytes: &[u8]) -> io::Result<()> {
        let name = path.as_str();
        let mut crc = Crc::new();
        crc.update(bytes);
        let mut deflated = DeflateEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::new(6));
        deflated.write_all(bytes)?;
        let deflated = deflated.finish()?;
        let mut facts = Vec::with_capacity(22);
        shorts(&mut facts, &[UTF_8, DEFLATED, self.stamp[0], self.stamp[1]]);
        longs(&mut facts, &[crc.sum()]);
        longs(&mut facts, &[limited(deflated.len() as u64)?, limited(bytes.len() as u64)?]);
        let length = u16::try_from(name.len()).map_err(|_| too_large("the name of a file"))?;
        shorts(&mut facts, &[length, 0]);

        let mut head = b"PK\x03\x04".to_vec();
        shorts(&mut head, &[DEFLATE]);
        head.extend_from_slice(&facts);
        head.extend_from_slice(name.as_bytes());

        self.directory.extend_from_slice(b"PK\x01\x02");
        shorts(&mut self.directory, &[MADE_BY, DEFLATE]);
        self.directory.extend_from_slice(&facts);
        // No comment, the first disk, no attributes of MS-DOS.
        shorts(&mut self.directory, &[0, 0, 0]);
        longs(&mut self.directory, &[PERMISSIONS, limited(self.at)?]);
        self.directory.extend_from_slice(name.as_bytes());

        self.files += 1;
        self.put(&head)?;
        self.put(&deflated)
    }

    /// Ends the file with its directory.
    pub(super) fn finish(mut self) -> io::Result<W> {
        let (start, directory) = (limited(self.at)?, std::mem::take(&mut self.directory));
        self.put(&directory)?;
        let size = limited(directory.len() as u64)?;
        let mut end = Vec::new();
        let few = u16::try_from(self.files).ok().filter(|files| *files < u16::MAX);
        if few.is_none() {
            end.extend_from_slice(b"PK\x06\x06");
            // How much of this record follows.
            longers(&mut end, &[44]);
            shorts(&mut end, &[MADE_BY, ZIP64]);
            longs(&mut end, &[0, 0]);
            longers(&mut end, &[self.files, self.files, u64::from(size), u64::from(start)]);
            end.extend_from_slice(b"PK\x06\x07");
            longs(&mut end, &[0]);
            longers(&mut end, &[self.at]);
            longs(&mut end, &[1]);
        }
        let files = few.unwrap_or(u16::MAX);
        end.extend_from_slice(b"PK\x05\x06");
        shorts(&mut end, &[0, 0, files, files]);
        longs(&mut end, &[size, start]);
        shorts(&mut end, &[0]);
        self.put(&end)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.at += bytes.len() as u64;
        self.out.write_all(bytes)
    }
}

/// Returns time and date as MS-DOS has them, in steps of two seconds since 1980.
fn stamp(time: DateTime<Utc>) -> [u16; 2] {
    let year = time.year().clamp(1980, 2107) - 1980;
    let date = ((year as u32) << 9) | (time.month() << 5) | time.day();
    let clock = (time.hour() << 11) | (time.minute() << 5) | (time.second() / 2);
    [clock as u16, date as u16]
}

fn limited(bytes: u64) -> io::Result<u32> {
    u32::try_from(bytes).ok().filter(|n| *n < u32::MAX).ok_or_else(|| too_large("a zip file"))
}

fn too_large(what: &str) -> io::Error {
    io::Error::other(format!("it is too large for {what}; a folder takes it"))
}

fn shorts(out: &mut Vec<u8>, numbers: &[u16]) {
    numbers.iter().for_each(|n| out.extend_from_slice(&n.to_le_bytes()));
}

fn longs(out: &mut Vec<u8>, numbers: &[u32]) {
    numbers.iter().for_each(|n| out.extend_from_slice(&n.to_le_bytes()));
}

fn longers(out: &mut Vec<u8>, numbers: &[u64]) {
    numbers.iter().for_each(|n| out.extend_from_slice(&n.to_le_bytes()));
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn listed(files: u32) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.zip");
        let mut zip = Zip::new(std::fs::File::create(&path).unwrap(), DateTime::default());
        for n in 0..files {
            zip.add(&format!("{n}").parse().unwrap(), b"x").unwrap();
        }
        zip.finish().unwrap();
        let script = "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nn = z.namelist()\n\
                      print(len(n), z.read(n[-1]) if n else '', z.infolist()[0].date_time if n else '')";
        let ended = Command::new("python3").args(["-c", script]).arg(&path).output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        String::from_utf8_lossy(&ended.stdout).trim().to_owned()
    }

    #[test]
    fn none_and_very_many_files_are_read() {
        assert_eq!(listed(0), "0");
        assert_eq!(listed(65_534), "65534 b'x' (1980, 1, 1, 0, 0, 0)");
        assert_eq!(listed(70_000), "70000 b'x' (1980, 1, 1, 0, 0, 0)");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(limited(u64::from(u32::MAX)).is_err() && limited(u64::from(u32::MAX) - 1).is_ok());
        let mut zip = Zip::new(Vec::new(), DateTime::default());
        assert!(zip.add(&"x".repeat(70_000).parse().unwrap(), b"").is_err());
        zip.add(&"flows/Order: new/x".parse().unwrap(), b"").unwrap();
    }

    #[test]
    fn a_time_is_in_steps_of_two_seconds() {
        assert_eq!(
            stamp("2025-10-03T14:30:07Z".parse().unwrap()),
            [(14 << 11) | (30 << 5) | 3, (45 << 9) | (10 << 5) | 3]
        );
    }
}
