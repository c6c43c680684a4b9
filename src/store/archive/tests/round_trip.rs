//! What goes in comes out: through our reader and through the system's `tar`; and the same goes in as the same bytes.

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::store::archive::paths::Paths;

/// Paths as they come from people: letters of all kinds, spaces, dots, long parts, deep folders.
fn any_files() -> impl Strategy<Value = Files> {
    let part = prop_oneof![
        6 => "[a-zA-Z0-9 ._~äöüßéñ日本🙂-]{1,12}",
        1 => "[a-z]{80,200}",
        1 => "[äö日]{30,60}",
    ];
    let path = prop::collection::vec(part, 1..6).prop_map(|parts| parts.join("/"));
    let bytes = prop_oneof![
        Just(Vec::new()),
        prop::collection::vec(any::<u8>(), 0..2_000),
        (500usize..530).prop_map(|length| vec![b'x'; length]),
    ];
    prop::collection::btree_map(path, bytes, 1..20).prop_map(|list| {
        let mut paths = Paths::new(Limits::default());
        let mut files: Files =
            list.into_iter().filter_map(|(path, bytes)| Some((path.parse().ok()?, bytes))).collect();
        files.retain(|path, bytes| paths.admit(path, bytes.len() as u64).is_ok());
        files.entry("zz".parse().unwrap()).or_default();
        files
    })
}

/// Reads a folder's files.
fn on_disk(root: &Path) -> Files {
    let (mut files, mut open) = (Files::new(), vec![root.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap();
                files.insert(name.parse().unwrap(), std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// Extracts with the system's tar, the way a person would.
fn extract(compression: Compression, packed: &[u8]) -> Files {
    let dir = tempfile::tempdir().unwrap();
    match compression {
        Compression::TarGz => {
            std::fs::write(dir.path().join("a.tar.gz"), packed).unwrap();
            run("tar", &["xzf", "a.tar.gz"], dir.path());
        }
        // `tar --zstd` calls a program that is not everywhere; the tar inside is what is asked about.
        Compression::TarZst => {
            std::fs::write(dir.path().join("a.tar"), zstd::decode_all(packed).unwrap()).unwrap();
            run("tar", &["xf", "a.tar"], dir.path());
        }
    }
    let found: Vec<_> =
        std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(found.len(), 2, "one folder beside the archive: {found:?}");
    on_disk(&dir.path().join("monthly-2025-10"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_goes_in_comes_out(files in any_files()) {
        for compression in Compression::ALL {
            let packed = pack(compression, &files);
            prop_assert_eq!(&packed, &pack(compression, &files));
            prop_assert_eq!(&unpack(&packed, Limits::default()).unwrap(), &files);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn the_systems_tar_reads_it(files in any_files()) {
        for compression in Compression::ALL {
            prop_assert_eq!(&extract(compression, &pack(compression, &files)), &files);
        }
    }
}

#[rstest]
#[case(Compression::TarZst)]
#[case(Compression::TarGz)]
fn a_large_file_among_small_ones(#[case] compression: Compression) {
    let mut files = sample();
    let large: Vec<u8> =
        (0u32..1_300_000).flat_map(|n| (n.wrapping_mul(2_654_435_761) >> 7).to_le_bytes()).collect();
    assert!(large.len() > 5_000_000);
    files.insert("agent/knowledgeStores/large/chunks.json".parse().unwrap(), large);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("an archive whatever it is called");
    let written = write(&path, compression, &files, None).unwrap();
    let packed = std::fs::read(&path).unwrap();
    assert_eq!(written.bytes, packed.len() as u64);
    assert_eq!(packed, pack(compression, &files), "the same on disk as in memory");
    let mut seen = Files::new();
    let contents = read_archive(&path, Limits::default(), |path, _, body| {
        let bytes = seen.entry(path.clone()).or_default();
        std::io::copy(body, bytes).map(drop)
    })
    .unwrap();
    assert_eq!((contents.folder, seen), (tag(), files.clone()));
    assert_eq!(extract(compression, &packed), files);
}

#[test]
fn the_bytes_are_these() {
    // Another version of zstd or of zlib-rs may change them, and the notes of the release that brings it say so.
    let dir = tempfile::tempdir().unwrap();
    let digests = Compression::ALL.map(|compression| {
        let path = dir.path().join(compression.file_name(&tag()));
        let written = write(&path, compression, &sample(), None).unwrap();
        format!("{}  {} ({} bytes)", written.sha256, path.file_name().unwrap().display(), written.bytes)
    });
    insta::assert_snapshot!(digests.join("\n"), @r"
    ea04966eaf376420c51ed5546a8119f2dadf2b59e7edd20070a35e0fbe55f704  monthly-2025-10.tar.zst (614 bytes)
    0f025e7a4e7aa09ef76b9d8756c98651144fc4b3ee4a4d8f373ef32a14576844  monthly-2025-10.tar.gz (624 bytes)
    ");
}

#[test]
fn the_tar_inside_is_this_to_the_byte() {
    // This does not depend on any library.
    let tar = zstd::decode_all(&pack(Compression::TarZst, &sample())[..]).unwrap();
    let mut measured = super::super::measured::Measured::new(std::io::sink(), None);
    measured.write_all(&tar).unwrap();
    insta::assert_snapshot!(measured.finish().1.sha256, @"432011d310f7a5d4c33ae459e0b0c1f1fbda67d9894f5ad40a99d34386e81dc0");
}

#[test]
fn who_reads_nothing_still_learns_of_damage() {
    let packed = pack(Compression::TarGz, &sample());
    let contents = read_stream(&packed[..], Limits::default(), |_, _, _| Ok(())).unwrap();
    assert_eq!(contents.files, 5);
    let cut = read_stream(&packed[..packed.len() - 1], Limits::default(), |_, _, _| Ok(()));
    assert!(matches!(cut, Err(Problem::CutOff { .. })), "{cut:?}");
}

#[test]
fn who_cannot_take_a_file_is_heard() {
    let packed = pack(Compression::TarZst, &sample());
    let full = |_: &TreePath, _: u64, _: &mut dyn std::io::Read| Err(std::io::Error::other("no room"));
    let problem = read_stream(&packed[..], Limits::default(), full).unwrap_err();
    assert_eq!(problem.to_string(), "cannot take `.backup-metadata.json` out of it");
}

#[test]
fn the_writer_takes_nothing_that_cannot_be_read_and_leaves_nothing_half() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.tar.zst");
    let clash = files(&[("agent/a", b""), ("agent/a/y", b"")]);
    let error = write(&path, Compression::TarZst, &clash, None).unwrap_err();
    assert!(
        error.to_string().starts_with(&format!("archive {}: `agent/a` is file", path.display())),
        "{error}"
    );
    assert!(!path.exists());
    assert!(matches!(
        write(&path, Compression::TarGz, &Files::new(), None).unwrap_err().problem,
        Problem::Empty
    ));
    assert!(!path.exists());
    write(&path, Compression::TarZst, &sample(), None).unwrap();
    let there = write(&path, Compression::TarZst, &sample(), None).unwrap_err();
    assert!(matches!(there.problem, Problem::Disk { doing: "make", .. }), "{there}");
    assert!(path.exists(), "what was there is not ours to remove");
}

#[rstest]
#[case(Compression::TarZst)]
#[case(Compression::TarGz)]
fn over_its_limit_it_stops(#[case] compression: Compression) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    let noise: Vec<u8> = (0u32..100_000).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let many: Files = (0..20).map(|n| (format!("agent/{n:02}").parse().unwrap(), noise.clone())).collect();
    let whole = write(&path, compression, &many, None).unwrap();
    std::fs::remove_file(&path).unwrap();
    for limit in [0, 10, 1_000, whole.bytes - 1] {
        let error = write(&path, compression, &many, Some(limit)).unwrap_err();
        assert!(
            matches!(error.problem, Problem::TooLarge { limit: said } if said == limit),
            "{limit}: {error}"
        );
        assert!(error.hints()[1].contains("storage: branch"));
        assert!(!path.exists(), "{limit}");
    }
    assert_eq!(write(&path, compression, &many, Some(whole.bytes)).unwrap(), whole);
}
