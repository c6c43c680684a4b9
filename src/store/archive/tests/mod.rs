//! Archives written and read, by us and by the tools that people have: `tar`, `sha256sum`.

mod damage;
mod directory;
mod full_disk;
mod hostile;
mod round_trip;
mod sums;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use chrono::{DateTime, Utc};
use flate2::write::GzEncoder;

use super::reader::read_stream;
use super::writer::Tar;
use super::*;
use crate::snapshot::{ReleaseTag, TreePath};

type Files = BTreeMap<TreePath, Vec<u8>>;

fn tag() -> ReleaseTag {
    "monthly-2025-10".parse().unwrap()
}

fn taken() -> DateTime<Utc> {
    DateTime::from_timestamp(1_759_501_800, 0).unwrap()
}

fn files(list: &[(&str, &[u8])]) -> Files {
    list.iter().map(|(path, bytes)| (path.parse().unwrap(), bytes.to_vec())).collect()
}

/// A snapshot in small: the manifest, an empty file, a long path, letters beyond ASCII.
fn sample() -> Files {
    files(&[
        (".backup-metadata.json", MANIFEST.as_bytes()),
        ("agent/flows/Main/en-US/chart.json", "{\n    \"nodes\": []\n}".repeat(20).as_bytes()),
        ("agent/flows/Ordérs 🙂/flow.json", b"{}"),
        ("agent/functions/empty/code.ts", b""),
        (&format!("agent/{}/{}/config.json", "l".repeat(150), "x".repeat(150)), b"long"),
    ])
}

const MANIFEST: &str = r#"{
  "schema": 1, "snapshot": "20251003T143000Z-1a2b3c4d", "tree": "1a2b3c4d", "agentDir": "agent",
  "window": {"started": "2025-10-03T14:30:00Z", "finished": "2025-10-03T14:31:00Z"},
  "project": {"id": "5f3a5f3a5f3a5f3a5f3a5f3a", "name": "Order bot"},
  "source": {"kind": "cognigy", "baseUrl": "https://api.example.com"},
  "tool": {"name": "cognigy-backup", "version": "0.1.0"},
  "layout": 1, "selection": "00", "kinds": {}, "resources": [], "files": {}
}"#;

/// Writes an archive to a file.
fn write(path: &Path, compression: Compression, files: &Files, limit: Option<u64>) -> Result<Written, Error> {
    let tag = tag();
    let new = NewFile { compression, limit, ..NewFile::new(path, &tag, taken()) };
    let mut writer = ArchiveWriter::create(new)?;
    for (path, bytes) in files {
        writer.add(path, bytes)?;
    }
    writer.finish()
}

/// Writes an archive into memory.
fn pack(compression: Compression, files: &Files) -> Vec<u8> {
    let tag = tag();
    let new = NewFile { compression, ..NewFile::new(Path::new(""), &tag, taken()) };
    let mut tar = Tar::new(Vec::new(), &new).unwrap();
    for (path, bytes) in files {
        tar.add(path, bytes).unwrap();
    }
    tar.finish().unwrap()
}

fn unpack(bytes: &[u8], limits: Limits) -> Result<Files, Problem> {
    let mut files = Files::new();
    let contents = read_stream(bytes, limits, |path, size, body| {
        let mut bytes = Vec::new();
        body.read_to_end(&mut bytes)?;
        assert_eq!(bytes.len() as u64, size);
        assert!(files.insert(path.clone(), bytes).is_none());
        Ok(())
    })?;
    assert_eq!(contents.files, files.len() as u64);
    assert_eq!(contents.bytes, files.values().map(|bytes| bytes.len() as u64).sum::<u64>());
    Ok(files)
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Runs a program, which must succeed.
fn run(program: &str, arguments: &[&str], within: &Path) {
    let output = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .current_dir(within)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&said));
}
