//! One archive's folder: the archive, the manifest, the notes, and the digests of the three.

use std::fs::{File, Metadata};
use std::io::{self, Write};
use std::path::Path;
use std::time::UNIX_EPOCH;

use chrono::{DateTime, Utc};

use super::compression::Compression;
use super::directory::{ArchiveFacts, NewArchive, OpenedArchive};
use super::error::Problem;
use super::measured::{Measured, copy};
use super::sums::{self, Sums};
use crate::snapshot::{Manifest, ReleaseTag};

/// The snapshot's manifest: what the archive is of, without unpacking it. No dot name, because it is there for people.
pub(super) const MANIFEST: &str = "manifest.json";
/// What the archive is, in words.
pub(super) const NOTES: &str = "NOTES.md";

/// Writes all files into an empty folder; each is on the disk before this returns. The digests come last.
pub(super) fn fill(folder: &Path, new: &NewArchive<'_>) -> Result<(), Problem> {
    let mut sums = Sums::default();
    let archive = new.compression.file_name(new.tag);
    let to = folder.join(&archive);
    let copied = File::create_new(&to).and_then(|file| copy(new.archive, file));
    let (file, copied) = copied.map_err(Problem::disk("write", &to))?;
    file.sync_all().map_err(Problem::disk("write", &to))?;
    if copied != *new.written {
        return Err(Problem::Mismatch { file: new.archive.display().to_string() });
    }
    sums.insert(&archive, &copied.sha256);
    for (name, bytes) in [(MANIFEST, new.manifest), (NOTES, new.notes.as_bytes())] {
        sums.insert(name, &write(folder, name, bytes)?);
    }
    write(folder, sums::NAME, sums.to_string().as_bytes())?;
    sync(folder);
    Ok(())
}

/// Writes one file to the disk; returns its SHA-256.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<String, Problem> {
    let path = folder.join(name);
    let write = || -> io::Result<String> {
        let mut file = Measured::new(File::create_new(&path)?, None);
        file.write_all(bytes)?;
        let (file, written) = file.finish();
        file.sync_all()?;
        Ok(written.sha256)
    };
    write().map_err(Problem::disk("write", &path))
}

/// Makes names last. Not every file system can, and then there is nothing more to do.
pub(super) fn sync(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// Whether a folder has something in it that we put there.
pub(super) fn is_ours(folder: &Path) -> bool {
    [MANIFEST, sums::NAME].into_iter().any(|name| plain(folder, name).is_some())
}

/// Looks at a folder without reading the archive.
pub(super) fn facts(folder: &Path, tag: &ReleaseTag) -> Result<ArchiveFacts, Problem> {
    let (mut files, mut bytes) = (Vec::new(), 0);
    for entry in std::fs::read_dir(folder).map_err(Problem::disk("read", folder))? {
        let entry = entry.map_err(Problem::disk("read", folder))?;
        bytes += entry.metadata().map_or(0, |metadata| if metadata.is_file() { metadata.len() } else { 0 });
        files.push(entry.file_name().to_string_lossy().into_owned());
    }
    files.sort();
    let manifest = manifest(folder).ok();
    let sums = read(folder, sums::NAME).and_then(|bytes| Sums::parse(&bytes));
    let complete = manifest.is_some()
        && sums.is_ok_and(|sums| {
            archive_of(&sums, tag).is_some() && sums.names().all(|name| plain(folder, name).is_some())
        });
    let written = plain(folder, sums::NAME).or_else(|| folder.metadata().ok());
    let created = written.as_ref().and_then(time).unwrap_or_default();
    let snapshot = manifest.map(|manifest| manifest.snapshot);
    Ok(ArchiveFacts { tag: tag.clone(), snapshot, created, bytes, complete, files })
}

/// Checks every file against its digest.
pub(super) fn open(folder: &Path, tag: &ReleaseTag) -> Result<OpenedArchive, Problem> {
    let sums = Sums::parse(&read(folder, sums::NAME)?)?;
    let absent = |file: String| Problem::Absent { file };
    let archive = archive_of(&sums, tag).ok_or_else(|| absent(Compression::default().file_name(tag)))?;
    if sums.get(MANIFEST).is_none() {
        return Err(absent(MANIFEST.to_owned()));
    }
    sums.verify(folder)?;
    Ok(OpenedArchive { archive: folder.join(archive), manifest: manifest(folder)? })
}

fn archive_of(sums: &Sums, tag: &ReleaseTag) -> Option<String> {
    Compression::ALL
        .map(|compression| compression.file_name(tag))
        .into_iter()
        .find(|name| sums.get(name).is_some())
}

fn manifest(folder: &Path) -> Result<Manifest, Problem> {
    let bytes = read(folder, MANIFEST)?;
    Manifest::parse(&bytes).map_err(|message| Problem::Manifest { message })
}

fn read(folder: &Path, name: &str) -> Result<Vec<u8>, Problem> {
    if plain(folder, name).is_none() {
        return Err(Problem::Absent { file: name.to_owned() });
    }
    let path = folder.join(name);
    std::fs::read(&path).map_err(Problem::disk("read", &path))
}

/// A file that is one, and no link to something elsewhere.
fn plain(folder: &Path, name: &str) -> Option<Metadata> {
    folder.join(name).symlink_metadata().ok().filter(Metadata::is_file)
}

/// A file's time, in whole seconds; nothing where it is none that can be.
fn time(metadata: &Metadata) -> Option<DateTime<Utc>> {
    let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    DateTime::from_timestamp(i64::try_from(since.as_secs()).ok()?, 0)
}
