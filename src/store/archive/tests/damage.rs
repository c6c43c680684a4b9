//! An archive with any byte changed, or cut anywhere, is an error or says the same as before; and nothing panics.

use proptest::prelude::*;
use rstest::rstest;

use super::*;

#[rstest]
#[case(Compression::TarZst)]
#[case(Compression::TarGz)]
fn no_damage_goes_unseen(#[case] compression: Compression) {
    let files = sample();
    let whole = pack(compression, &files);
    let mut seen = 0;
    for at in 0..whole.len() {
        for bits in [1 << (at % 8), 0xff] {
            let mut damaged = whole.clone();
            damaged[at] ^= bits;
            match unpack(&damaged, Limits::default()) {
                // A time stamp in gzip's header, say, is nobody's content.
                Ok(read) => assert_eq!(read, files, "byte {at} ^ {bits:#x}"),
                Err(_) => seen += 1,
            }
        }
    }
    assert!(seen > whole.len() * 2 - 40, "{seen} of {}", whole.len() * 2);
}

#[rstest]
#[case(Compression::TarZst)]
#[case(Compression::TarGz)]
fn no_end_is_missing_unseen(#[case] compression: Compression) {
    let whole = pack(compression, &sample());
    for end in 0..whole.len() {
        assert!(unpack(&whole[..end], Limits::default()).is_err(), "cut at {end}");
    }
    for more in [&b"\0"[..], b"x", &whole] {
        let longer = [&whole, more].concat();
        let problem = unpack(&longer, Limits::default()).unwrap_err();
        assert!(matches!(problem, Problem::Trailing { .. }), "{problem}");
    }
}

/// The tar inside, where no compression's sum helps.
#[test]
fn damage_inside_is_seen_or_is_the_contents() {
    let files = sample();
    let whole = zstd::decode_all(&pack(Compression::TarZst, &files)[..]).unwrap();
    for at in (0..whole.len()).step_by(7) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x41;
        // No panic; only the bytes of a file and of a record with its path may change unseen.
        if let Ok(read) = unpack(&gz(&damaged), Limits::default()) {
            let (kept, same) = (read.values().eq(files.values()), read.keys().eq(files.keys()));
            assert!(kept || same, "byte {at}");
        }
        assert!(unpack(&gz(&whole[..at]), Limits::default()).is_err(), "cut at {at}");
    }
}

#[test]
fn an_error_names_the_entry() {
    let whole = zstd::decode_all(&pack(Compression::TarZst, &sample())[..]).unwrap();
    let chart = whole.windows(5).position(|window| window == b"chart").unwrap() / 512 * 512;
    let said = |bytes: &[u8]| unpack(&gz(bytes), Limits::default()).unwrap_err().to_string();
    assert_eq!(said(&whole[..chart + 512 + 10]), "it breaks off at `agent/flows/Main/en-US/chart.json`");
    assert_eq!(said(&whole[..chart]), "it breaks off at `.backup-metadata.json`");
    assert_eq!(said(&whole[..100]), "it breaks off at `its beginning`");
    let mut damaged = whole.clone();
    damaged[chart + 100] ^= 1;
    let name = "monthly-2025-10/agent/flows/Main/en-US/chart.json";
    assert_eq!(said(&damaged), format!("it is damaged at `{name}`: the checksum of its header is wrong"));
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..3_000), magic in 0usize..3) {
        let magic: &[u8] = [&b""[..], &[0x28, 0xb5, 0x2f, 0xfd], &[0x1f, 0x8b, 8, 0]][magic];
        prop_assert!(unpack(&[magic, &bytes].concat(), Limits::default()).is_err());
        prop_assert!(unpack(&gz(&bytes), Limits::default()).is_err());
    }

    #[test]
    fn damage_in_several_places_is_no_panic(
        hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)
    ) {
        let files = sample();
        for compression in Compression::ALL {
            let mut bytes = pack(compression, &files);
            for (at, byte) in &hits {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            if let Ok(read) = unpack(&bytes, Limits::default()) {
                prop_assert_eq!(read, files.clone());
            }
        }
    }
}
