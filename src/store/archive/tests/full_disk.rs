//! A disk that is full half-way, played by a limit on file sizes: an error that says so, and nothing half-written.
//!
//! A limit holds for a whole process, so the test runs itself once more in a small one.

use std::io::ErrorKind;

use super::directory::Yard;
use super::*;

#[test]
fn a_full_disk_is_said_and_leaves_nothing_half() {
    let dir = tempfile::tempdir().unwrap();
    // No file may grow beyond one block of 512 bytes. The signal is ignored, as the program does it.
    let script = "trap '' XFSZ; ulimit -f 1; exec \"$0\" --exact --ignored \
                  store::archive::tests::full_disk::on_a_full_disk --test-threads=1";
    let test = std::env::current_exe().unwrap();
    let yard = Yard::new();
    std::fs::copy(&yard.archive, dir.path().join("made")).unwrap();
    run("sh", &["-c", script, test.to_str().unwrap()], dir.path());
    assert!(dir.path().join("tried").exists(), "the inner test ran, under its limit");
}

#[test]
#[ignore = "run by the test above, under a limit on file sizes"]
fn on_a_full_disk() {
    if std::fs::write("limit", [0; 2_000]).is_ok() {
        std::fs::remove_file("limit").unwrap();
        return;
    }
    let noise: Vec<u8> = (0u32..100_000).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let large = files(&[("agent/noise", &noise)]);
    for compression in Compression::ALL {
        let error = write(Path::new("full"), compression, &large, None).unwrap_err();
        assert_full(&error);
        assert!(!Path::new("full").exists());
    }

    let written = super::super::measured::measure(Path::new("made")).unwrap();
    assert!(written.bytes > 512);
    let tag = tag();
    let (archive, manifest, notes) = (Path::new("made"), MANIFEST.as_bytes(), "");
    let new = NewArchive {
        tag: &tag,
        compression: Compression::TarZst,
        archive,
        written: &written,
        manifest,
        notes,
    };
    let archives = DirectoryArchives::new("archives");
    assert_full(&archives.publish(new).unwrap_err());
    assert_eq!(archives.list().unwrap(), []);
    let left: Vec<_> =
        std::fs::read_dir("archives").unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [super::super::lock::LOCK]);
    std::fs::write("tried", "").unwrap();
}

fn assert_full(error: &Error) {
    match &error.problem {
        Problem::Disk { doing: "write", source, .. } => assert_eq!(source.kind(), ErrorKind::FileTooLarge),
        other => panic!("{other:?}"),
    }
    assert!(error.hints()[0].contains("nothing half-written counts"), "{:?}", error.hints());
}
