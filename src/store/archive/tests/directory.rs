//! A directory of archives: published whole or not at all, never overwritten, removed in one step.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rstest::rstest;
use tempfile::TempDir;

use super::super::lock::{Alone, LOCK};
use super::*;

/// A directory beside an archive that waits to be published there.
pub(super) struct Yard {
    pub(super) dir: TempDir,
    pub(super) archive: PathBuf,
    pub(super) written: Written,
}

impl Yard {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let archive = dir.path().join("made");
        let written = write(&archive, Compression::TarZst, &sample(), None).unwrap();
        Self { dir, archive, written }
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("backups/archives")
    }

    fn archives(&self) -> DirectoryArchives {
        DirectoryArchives::impatient(self.root())
    }

    pub(super) fn new_archive<'a>(&'a self, tag: &'a ReleaseTag) -> NewArchive<'a> {
        NewArchive {
            tag,
            compression: Compression::TarZst,
            archive: &self.archive,
            written: &self.written,
            manifest: MANIFEST.as_bytes(),
            notes: "# October 2025\n",
        }
    }

    fn publish(&self, tag: &str) -> Published {
        self.archives().publish(self.new_archive(&tag.parse().unwrap())).unwrap()
    }

    /// Everything in the directory, dot names too, but for the lock.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.root()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| name != LOCK);
        names.sort();
        names
    }
}

#[test]
fn an_archive_is_published_listed_opened_and_removed() {
    let yard = Yard::new();
    let archives = yard.archives();
    assert_eq!(archives.list().unwrap(), []);
    assert!(!archives.delete(&tag()).unwrap(), "nothing there is no error");
    assert!(matches!(archives.open(&tag()).unwrap_err().problem, Problem::NoSuchTag));
    assert!(!yard.root().exists(), "looking makes nothing");

    let Published::New(facts) = yard.publish("monthly-2025-10") else { panic!("it is new") };
    assert_eq!(facts.snapshot, Some("20251003T143000Z-1a2b3c4d".parse().unwrap()));
    assert!(facts.complete && facts.created.timestamp() > 1_700_000_000);
    assert_eq!(facts.files, ["NOTES.md", "SHA256SUMS", "manifest.json", "monthly-2025-10.tar.zst"]);
    let folder = yard.root().join("monthly-2025-10");
    let sizes = facts.files.iter().map(|name| folder.join(name).metadata().unwrap().len());
    assert_eq!(facts.bytes, sizes.sum::<u64>());
    run("sha256sum", &["--check", "--strict", "SHA256SUMS"], &folder);
    let mode = folder.metadata().unwrap().permissions().mode();
    let usual = yard.dir.path().join("backups").metadata().unwrap().permissions().mode();
    assert_eq!(mode, usual, "as open as any other folder");

    yard.publish("monthly-2025-09");
    let listed = archives.list().unwrap();
    assert_eq!(
        listed.iter().map(|facts| facts.tag.as_str()).collect::<Vec<_>>(),
        ["monthly-2025-09", "monthly-2025-10"]
    );
    assert_eq!(listed[1], facts);

    let opened = archives.open(&tag()).unwrap();
    assert_eq!(opened.archive, folder.join("monthly-2025-10.tar.zst"));
    assert_eq!(opened.manifest.project.name, "Order bot");
    assert_eq!(unpack(&std::fs::read(opened.archive).unwrap(), Limits::default()).unwrap(), sample());

    assert!(archives.delete(&tag()).unwrap());
    assert!(!archives.delete(&tag()).unwrap());
    assert_eq!(yard.names(), ["monthly-2025-09"]);
}

#[test]
fn what_is_there_is_never_touched() {
    let yard = Yard::new();
    let Published::New(first) = yard.publish("monthly-2025-10") else { panic!("it is new") };
    let notes = yard.root().join("monthly-2025-10/NOTES.md");
    let before = std::fs::read(&notes).unwrap();
    let tag = tag();
    let second = NewArchive { notes: "# Other", ..yard.new_archive(&tag) };
    assert_eq!(yard.archives().publish(second).unwrap(), Published::AlreadyThere(first));
    assert_eq!(std::fs::read(&notes).unwrap(), before);

    std::fs::create_dir(yard.root().join("holiday")).unwrap();
    let Published::AlreadyThere(other) = yard.publish("holiday") else { panic!("it was there") };
    assert!(!other.complete && other.snapshot.is_none());
    let error = yard.archives().delete(&"holiday".parse().unwrap()).unwrap_err();
    assert!(matches!(error.problem, Problem::NotOurs), "{error}");

    std::fs::write(yard.root().join("a-file"), "").unwrap();
    std::os::unix::fs::symlink(yard.root().join("monthly-2025-10"), yard.root().join("a-link")).unwrap();
    for name in ["a-file", "a-link"] {
        let name: ReleaseTag = name.parse().unwrap();
        let said = yard.archives().publish(yard.new_archive(&name)).unwrap_err().to_string();
        assert_eq!(
            said,
            format!("archive {}: it is not a directory", yard.root().join(name.as_str()).display())
        );
        assert!(yard.archives().delete(&name).is_err());
        assert!(yard.archives().open(&name).is_err());
    }
    assert_eq!(yard.archives().list().unwrap().len(), 2);
    assert_eq!(yard.names(), ["a-file", "a-link", "holiday", "monthly-2025-10"]);
}

#[test]
fn what_killed_runs_left_is_no_archive_and_is_swept() {
    let yard = Yard::new();
    yard.publish("monthly-2025-09");
    // A publishing killed before its rename, a removal killed after it, and a dot name of somebody else.
    let left = [".monthly-2025-10.partial-a1B2c3", ".monthly-2025-08.deleted-XyZ123"];
    for name in left {
        std::fs::create_dir(yard.root().join(name)).unwrap();
        std::fs::write(yard.root().join(name).join("manifest.json"), MANIFEST).unwrap();
    }
    std::fs::create_dir(yard.root().join(".git")).unwrap();
    assert_eq!(yard.archives().list().unwrap().len(), 1);
    assert_eq!(yard.names().len(), 4, "listing removes nothing");
    yard.publish("monthly-2025-10");
    assert_eq!(yard.names(), [".git", "monthly-2025-09", "monthly-2025-10"]);
}

#[test]
fn one_at_a_time() {
    let yard = Yard::new();
    yard.publish("monthly-2025-09");
    let living = yard.root().join(".monthly-2025-10.partial-a1B2c3");
    std::fs::create_dir(&living).unwrap();
    let alone = Alone::in_directory(&yard.root(), Duration::ZERO).unwrap();
    let tag = tag();
    let error = yard.archives().publish(yard.new_archive(&tag)).unwrap_err();
    let lock = yard.root().join(LOCK);
    let target = yard.root().join("monthly-2025-10");
    assert_eq!(
        error.to_string(),
        format!("archive {}: {} is held by another process", target.display(), lock.display())
    );
    assert!(!error.hints().is_empty());
    assert!(yard.archives().delete(&"monthly-2025-09".parse().unwrap()).is_err());
    assert!(living.exists(), "a living one's work is left alone");
    assert_eq!(yard.archives().list().unwrap().len(), 1, "reading waits for nobody");
    drop(alone);
    assert!(matches!(yard.archives().publish(yard.new_archive(&tag)).unwrap(), Published::New(_)));
    assert!(!living.exists());
}

#[test]
fn of_many_publishers_one_is_first_and_readers_see_whole_ones_only() {
    let yard = Yard::new();
    std::fs::create_dir_all(yard.root()).unwrap();
    let done = AtomicBool::new(false);
    let new = std::thread::scope(|scope| {
        let publish = || {
            matches!(
                DirectoryArchives::new(yard.root()).publish(yard.new_archive(&tag())),
                Ok(Published::New(_))
            )
        };
        let publishers: Vec<_> = (0..8).map(|_| scope.spawn(publish)).collect();
        let reader = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                assert!(yard.archives().list().unwrap().iter().all(|facts| facts.complete));
            }
        });
        let new = publishers.into_iter().map(|thread| thread.join().unwrap()).filter(|new| *new).count();
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
        new
    });
    assert_eq!(new, 1);
    assert_eq!(yard.names(), ["monthly-2025-10"]);
}

#[rstest]
#[case("monthly-2025-10.tar.zst")]
#[case("manifest.json")]
#[case("NOTES.md")]
#[case("SHA256SUMS")]
fn damage_is_named_and_what_is_missing_makes_it_incomplete(#[case] name: &str) {
    let yard = Yard::new();
    yard.publish("monthly-2025-10");
    let archives = yard.archives();
    let path = yard.root().join("monthly-2025-10").join(name);
    let whole = std::fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(whole.len() / 9 + 1) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x20;
        std::fs::write(&path, damaged).unwrap();
        let error = archives.open(&tag()).unwrap_err();
        assert!(name == "SHA256SUMS" || error.to_string().contains(name), "{error}");
        assert!(!error.hints().is_empty(), "{error}");
    }
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(archives.open(&tag()).is_err());
    std::fs::remove_file(&path).unwrap();
    let error = archives.open(&tag()).unwrap_err();
    assert!(error.to_string().ends_with(&format!("{name} is missing")), "{error}");
    assert!(!archives.list().unwrap()[0].complete);
    assert!(archives.delete(&tag()).unwrap());
}

#[test]
fn a_wrong_archive_is_not_published() {
    let yard = Yard::new();
    let tag = tag();
    let wrong = NewArchive { manifest: b"{}", ..yard.new_archive(&tag) };
    assert!(matches!(yard.archives().publish(wrong).unwrap_err().problem, Problem::Manifest { .. }));
    let changed = Written { sha256: "0".repeat(64), ..yard.written.clone() };
    let wrong = NewArchive { written: &changed, ..yard.new_archive(&tag) };
    let error = yard.archives().publish(wrong).unwrap_err();
    assert!(error.to_string().contains("made is not what was written"), "{error}");
    assert_eq!(yard.names(), Vec::<String>::new());
}

#[test]
fn a_directory_that_cannot_be_used_is_named() {
    let yard = Yard::new();
    let file = yard.dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let tag = tag();
    for root in [file.clone(), file.join("below")] {
        let archives = DirectoryArchives::impatient(&root);
        let error = archives.publish(yard.new_archive(&tag)).unwrap_err();
        assert!(error.to_string().ends_with(": it is not a directory"), "{error}");
        assert_eq!(error.hints(), ["name a directory of its own for the archives"]);
    }
    let error = DirectoryArchives::new(&file).list().unwrap_err();
    assert_eq!(error.to_string(), format!("archives in {}: it is not a directory", file.display()));
    let error = DirectoryArchives::new("/proc/nowhere").publish(yard.new_archive(&tag)).unwrap_err();
    assert_eq!(error.to_string(), "archive /proc/nowhere/monthly-2025-10: cannot make /proc/nowhere");
}
