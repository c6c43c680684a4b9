//! `SHA256SUMS` as `sha256sum` has it, and what is no such file.

use rstest::rstest;

use super::*;
use crate::store::archive::measured::measure;

const DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn sha256sum_reads_what_we_write_and_we_read_what_it_writes() {
    let dir = tempfile::tempdir().unwrap();
    let mut sums = Sums::default();
    for name in ["monthly-2025-10.tar.zst", "NOTES.md", "manifest.json"] {
        let path = dir.path().join(name);
        std::fs::write(&path, name.repeat(100_000)).unwrap();
        sums.insert(name, &measure(&path).unwrap().sha256);
    }
    std::fs::write(dir.path().join("SHA256SUMS"), sums.to_string()).unwrap();
    run("sha256sum", &["--check", "--strict", "SHA256SUMS"], dir.path());
    run("sh", &["-c", "sha256sum NOTES.md m* > theirs"], dir.path());
    let theirs = Sums::parse(&std::fs::read(dir.path().join("theirs")).unwrap()).unwrap();
    assert_eq!(theirs, sums);
    assert_eq!(Sums::parse(sums.to_string().as_bytes()).unwrap(), sums);
    assert_eq!(sums.names().collect::<Vec<_>>(), ["NOTES.md", "manifest.json", "monthly-2025-10.tar.zst"]);
    sums.verify(dir.path()).unwrap();
}

#[rstest]
#[case("", "SHA256SUMS, line 1: the file is empty")]
#[case("{D}  a", "line 1: its end is missing")]
#[case("{D}  a\n{D}  b", "line 2: its end is missing")]
#[case("{D} a\n", "line 1: it is not a digest")]
#[case("{D} *a\n", "line 1: it is not a digest")]
#[case("\\{D}  a\n", "line 1: the digest")]
#[case("e3b0  a\n", "line 1: the digest")]
#[case("E{D}  a\n", "line 1: the digest")]
#[case("{D}  ../a\n", "line 1: the name")]
#[case("{D}  /etc/passwd\n", "line 1: the name")]
#[case("{D}  .a\n", "line 1: the name")]
#[case("{D}  a\r\n", "line 1: the name")]
#[case("{D}  a b\n", "line 1: the name")]
#[case("{D}  a\n\n", "line 2: it is not")]
#[case("{D}  a\n{D}  a\n", "line 2: the name stands there twice")]
fn another_form_is_refused(#[case] text: &str, #[case] expected: &str) {
    let problem = Sums::parse(text.replace("{D}", DIGEST).as_bytes()).unwrap_err().to_string();
    assert!(problem.contains(expected), "{problem}");
}

#[test]
fn what_does_not_fit_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let mut sums = Sums::default();
    sums.insert("a", DIGEST);
    assert_eq!(sums.verify(dir.path()).unwrap_err().to_string(), "a is missing");
    std::fs::write(dir.path().join("a"), "").unwrap();
    sums.verify(dir.path()).unwrap();
    std::fs::write(dir.path().join("a"), "x").unwrap();
    assert_eq!(
        sums.verify(dir.path()).unwrap_err().to_string(),
        "a is not what was written: its SHA-256 differs"
    );
    std::fs::remove_file(dir.path().join("a")).unwrap();
    std::os::unix::fs::symlink("/dev/null", dir.path().join("a")).unwrap();
    assert_eq!(sums.verify(dir.path()).unwrap_err().to_string(), "a is missing");
}
