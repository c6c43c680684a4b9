//! Archives made to harm: each is refused with a sentence that names the entry, before any file of it is handed out.

use rstest::rstest;

use super::super::header::{encode, padding};
use super::*;

/// A tar with these names in it, each a file of these bytes.
fn tar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, body) in entries {
        bytes.extend(encode(name, body.len() as u64, 0));
        bytes.extend_from_slice(body);
        bytes.resize(bytes.len() + padding(body.len() as u64), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

fn said(tar: &[u8], limits: Limits) -> String {
    let problem = unpack(&gz(tar), limits).unwrap_err().to_string();
    assert!(!problem.contains(['\n', '\r', '\u{1b}']), "{problem:?}");
    problem
}

#[rstest]
#[case::up("m/../../etc/passwd", "m/../../etc/passwd")]
#[case::absolute("/etc/passwd", "no tag")]
#[case::in_the_folder("m//etc/passwd", "relative")]
#[case::git("m/.git/hooks/post-checkout", ".git")]
#[case::git_by_case("m/a/.GIT/config", ".git")]
#[case::drive_first("C:/Windows/x", "no tag")]
#[case::backslash("m/..\\..\\x", "m/..")]
#[case::nul_in_a_record("m/ü\0x", "`m/ü")]
#[case::line("m/a\n::add-mask::x", "control")]
#[case::escape("m/\u{1b}[2J", "control")]
#[case::no_folder("passwd", "no folder")]
#[case::dot_folder("./a", "no tag")]
#[case::folder_at_its_end("m/a/", "relative")]
#[case::folder_alone("m/", "relative")]
fn names_that_lead_elsewhere(#[case] name: &str, #[case] expected: &str) {
    let said = said(&tar(&[(name, b"x")]), Limits::default());
    assert!(said.contains(expected), "{said}");
}

#[rstest]
#[case::twice(&["m/a", "m/a"], "`a` stands there twice")]
#[case::unsorted(&["m/b", "m/a"], "not in its order")]
#[case::file_and_folder(&["m/a", "m/a/b"], "`a` is file and folder")]
#[case::two_folders(&["m/a", "n/b"], "another folder")]
fn names_that_meet(#[case] names: &[&str], #[case] expected: &str) {
    let entries: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, &b"x"[..])).collect();
    let said = said(&tar(&entries), Limits::default());
    assert!(said.contains(expected), "{said}");
}

#[rstest]
#[case::hard_link(b'1', "a hard link")]
#[case::symbolic_link(b'2', "a symbolic link")]
#[case::character_device(b'3', "a device")]
#[case::block_device(b'4', "a device")]
#[case::folder(b'5', "a folder")]
#[case::pipe(b'6', "a pipe")]
#[case::gnu_name(b'L', "GNU")]
#[case::gnu_link(b'K', "GNU")]
#[case::sparse(b'S', "sparse")]
#[case::global(b'g', "whole archive")]
#[case::old_file(0, "unknown")]
#[case::contiguous(b'7', "unknown")]
fn what_is_no_file(#[case] kind: u8, #[case] expected: &str) {
    let mut tar = tar(&[("m/thing", b"")]);
    set(&mut tar, 156, &[kind]);
    let said = said(&tar, Limits::default());
    assert!(said.contains("`m/thing`") && said.contains(expected), "{said}");
}

/// Changes a header and makes its checksum right again.
fn set(tar: &mut [u8], at: usize, bytes: &[u8]) {
    tar[at..at + bytes.len()].copy_from_slice(bytes);
    tar[148..156].fill(b' ');
    let sum: u32 = tar[..512].iter().map(|byte| u32::from(*byte)).sum();
    tar[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

#[rstest]
#[case::gnu_magic(257, b"ustar  \0", "another form")]
#[case::prefix(345, b"..", "several parts")]
#[case::link_of_a_file(157, b"/etc/passwd", "several parts")]
#[case::binary_size(124, b"\x80\0\0\0\0\0\0\0\0\0\0\x01", "size")]
#[case::negative_size(124, b"-0000000001\0", "size")]
#[case::no_size(124, b"\0\0\0\0\0\0\0\0\0\0\0\0", "size")]
#[case::latin_1(0, b"m/\xe4", "UTF-8")]
fn headers_of_another_form(#[case] at: usize, #[case] bytes: &[u8], #[case] expected: &str) {
    let mut tar = tar(&[("m/a", b"x")]);
    set(&mut tar, at, bytes);
    let said = said(&tar, Limits::default());
    assert!(said.contains(expected), "{said}");
}

#[rstest]
#[case::a_size("12 size=512\n")]
#[case::path_and_size("9 path=m\n12 size=512\n")]
#[case::link("16 linkpath=/etc\n")]
#[case::wrong_length("99 path=m/a\n")]
#[case::two_paths("12 path=m/a\n12 path=m/b\n")]
fn records_that_two_programs_read_differently(#[case] record: &str) {
    let mut record_block = tar(&[("@PaxHeader", record.as_bytes())]);
    record_block.truncate(record_block.len() - 1024);
    set(&mut record_block, 156, b"x");
    let said = said(&[record_block, tar(&[("m/a", b"x")])].concat(), Limits::default());
    assert!(said.contains("the path after it cannot be read"), "{said}");
}

#[test]
fn a_record_is_followed_by_its_file_and_is_no_bomb() {
    let mut record = tar(&[("@PaxHeader", b"12 path=m/a\n")]);
    record.truncate(record.len() - 1024);
    set(&mut record, 156, b"x");
    let twice = [&record[..], &record, &tar(&[("m/b", b"")])].concat();
    assert!(said(&twice, Limits::default()).contains("no file follows"));
    let alone = [&record[..], &[0; 1024]].concat();
    assert!(said(&alone, Limits::default()).contains("no file follows"));
    set(&mut record, 124, b"77777777777\0");
    assert!(said(&record, Limits::default()).contains("too long"));
}

#[test]
fn bombs_do_not_go_off() {
    let limits = Limits { files: 100, bytes: 1_000_000 };
    // 8 GB announced: refused on its announcement.
    let mut announced = tar(&[("m/a", b"x")]);
    set(&mut announced, 124, b"77777777777\0");
    assert!(said(&announced, limits).contains("at `a`: it unpacks to more than 1000000 bytes"));
    // 20 MB in 20 KB.
    let zeros = vec![0; 400_000];
    let names: Vec<String> = (0..50).map(|n| format!("m/{n:02}")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &zeros[..])).collect();
    assert!(said(&tar(&many), limits).contains("at `02`: it unpacks"));
    let names: Vec<String> = (0..101).map(|n| format!("m/{n:03}")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    assert!(said(&tar(&many), limits).contains("at `100`: more than 100 files"));
    // Zeros without end after the end.
    assert!(
        said(&[tar(&[("m/a", b"")]), vec![0; 50_000_000]].concat(), limits)
            .contains("something else follows")
    );
    // A frame that wants 2 GB of memory to look back in.
    let window = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00];
    assert!(matches!(unpack(&window, limits), Err(Problem::Damaged { .. })));
}

#[test]
fn nothing_at_all() {
    for nothing in [&b""[..], b"x", b"PK\x03\x04", &tar(&[("m/a", b"")])] {
        assert!(matches!(unpack(nothing, Limits::default()), Err(Problem::NotAnArchive)));
    }
    assert!(matches!(unpack(&gz(&[0; 1024]), Limits::default()), Err(Problem::Empty)));
    assert!(matches!(unpack(&gz(b""), Limits::default()), Err(Problem::CutOff { .. })));
    let missing =
        read_archive(Path::new("/nowhere/a.tar.zst"), Limits::default(), |_, _, _| Ok(())).unwrap_err();
    assert_eq!(missing.to_string(), "archive /nowhere/a.tar.zst: cannot read /nowhere/a.tar.zst");
    let folder = read_archive(Path::new("/"), Limits::default(), |_, _, _| Ok(())).unwrap_err();
    assert_eq!(folder.to_string(), "archive /: cannot read on at `its beginning`");
}

/// What the system's tar makes of a folder with a link in it, in each of its forms.
#[rstest]
#[case("--format=ustar")]
#[case("--format=pax")]
#[case("--format=gnu")]
fn archives_of_other_programs(#[case] format: &str) {
    let dir = tempfile::tempdir().unwrap();
    let inside = dir.path().join("m");
    std::fs::create_dir(&inside).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", inside.join("a")).unwrap();
    run("tar", &[format, "-czf", "a.tar.gz", "m/a"], dir.path());
    let error = read_archive(&dir.path().join("a.tar.gz"), Limits::default(), |_, _, _| Ok(())).unwrap_err();
    assert!(matches!(error.problem, Problem::Foreign { .. } | Problem::Damaged { .. }), "{error}");
    // Plain files in the plain form are as good as ours.
    std::fs::write(inside.join("b"), "text").unwrap();
    run("tar", &["--format=ustar", "-czf", "b.tar.gz", "m/b"], dir.path());
    let read = unpack(&std::fs::read(dir.path().join("b.tar.gz")).unwrap(), Limits::default());
    assert!(matches!(read, Err(Problem::Trailing { .. })), "GNU tar fills up to 10 KB");
}
