//! The 512 bytes before each file of a tar archive: the one form that we write, and how it is read back.
//!
//! The form is POSIX ustar with, for a path that it cannot hold, a PAX record before it: what GNU tar, bsdtar and
//! Windows' tar all read. A reader of tar in general knows links, devices, sparse files, four ways to write a long name
//! and two to write a size, and tars that two programs read differently are made of just these. This one knows none of
//! them: what is not of our form is refused by its name.

use super::error::{Problem, shown};

/// The unit of a tar archive, in bytes.
pub(super) const BLOCK: usize = 512;
/// One unit.
pub(super) type Block = [u8; BLOCK];
/// The longest path that a header holds itself, in bytes.
const LONGEST_NAME: usize = 100;
/// The longest record of a path that is read, in bytes.
pub(super) const LONGEST_RECORD: u64 = 8 * 1024;
/// The name of what is no file; nobody sees it but a program that knows no PAX.
const RECORD_NAME: &str = "@PaxHeader";
/// Where the fields stand.
const NAME: std::ops::Range<usize> = 0..LONGEST_NAME;
const SIZE: std::ops::Range<usize> = 124..136;
const SUM: std::ops::Range<usize> = 148..156;
const KIND: usize = 156;
const LINK: std::ops::Range<usize> = 157..257;
const MAGIC: std::ops::Range<usize> = 257..265;
const PREFIX: std::ops::Range<usize> = 345..500;

/// What follows a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    /// A file's bytes.
    File,
    /// A record with the next file's path.
    Record,
}

/// What a header says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) is: Is,
    pub(super) name: String,
    /// Bytes that follow, before they are filled up to whole blocks.
    pub(super) size: u64,
}

/// Returns all that stands before a file's bytes. `time` is in Unix seconds; one before 1970 counts as 1970, and the
/// field is full in 2242.
pub(super) fn encode(path: &str, size: u64, time: i64) -> Vec<u8> {
    if path.len() <= LONGEST_NAME && path.is_ascii() {
        return block(Is::File, path, size, time).to_vec();
    }
    let record = record(path);
    let mut bytes = block(Is::Record, RECORD_NAME, record.len() as u64, time).to_vec();
    bytes.extend_from_slice(record.as_bytes());
    bytes.resize(bytes.len() + padding(record.len() as u64), 0);
    // For a program that knows no PAX; no slash at its end, which would make it a folder.
    let mut name: String =
        path.chars().take(LONGEST_NAME).map(|c| if c.is_ascii() { c } else { '_' }).collect();
    name.truncate(name.trim_end_matches('/').len());
    bytes.extend_from_slice(&block(Is::File, &name, size, time));
    bytes
}

/// Returns how many zeros fill `size` bytes up to whole blocks.
pub(super) fn padding(size: u64) -> usize {
    let over = (size % BLOCK as u64) as usize;
    if over == 0 { 0 } else { BLOCK - over }
}

fn block(is: Is, name: &str, size: u64, time: i64) -> Block {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(NAME.start, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\x000000000\0");
    put(SIZE.start, format!("{size:011o}\0").as_bytes());
    put(136, format!("{:011o}\0", time.clamp(0, 0o77_777_777_777)).as_bytes());
    put(KIND, if is == Is::File { b"0" } else { b"x" });
    put(MAGIC.start, b"ustar\x0000");
    put(329, b"0000000\x000000000\0");
    let sum = format!("{:06o}\0 ", sum(&block));
    block[SUM].copy_from_slice(sum.as_bytes());
    block
}

/// Adds up the block's bytes, its sum counted as spaces.
fn sum(block: &Block) -> u32 {
    let counted =
        |(at, byte): (usize, &u8)| if SUM.contains(&at) { u32::from(b' ') } else { u32::from(*byte) };
    block.iter().enumerate().map(counted).sum()
}

/// Reads a header. An error's entry is the header's own name.
pub(super) fn decode(block: &Block) -> Result<Header, Problem> {
    let end = block[NAME].iter().position(|byte| *byte == 0).unwrap_or(LONGEST_NAME);
    let name = shown(&block[..end]);
    let damaged = |message: &str| Problem::Damaged { near: name.clone(), message: message.to_owned() };
    if octal(&block[SUM]) != Some(u64::from(sum(block))) {
        return Err(damaged("the checksum of its header is wrong"));
    }
    let foreign = |what| Problem::Foreign { entry: name.clone(), what };
    let is = match block[KIND] {
        b'0' => Is::File,
        b'x' => Is::Record,
        other => return Err(foreign(kind(other))),
    };
    if block[MAGIC] != *b"ustar\x0000" {
        return Err(foreign("written in another form of tar"));
    }
    if block[LINK].iter().chain(&block[PREFIX]).any(|byte| *byte != 0) {
        return Err(foreign("a name in several parts"));
    }
    let size = octal(&block[SIZE]).ok_or_else(|| damaged("its size cannot be read"))?;
    let name = match std::str::from_utf8(&block[..end]) {
        Ok(name) => name.to_owned(),
        Err(_) => return Err(foreign("a name that is not UTF-8")),
    };
    Ok(Header { is, name, size })
}

/// Says what an entry is that no snapshot has.
fn kind(flag: u8) -> &'static str {
    match flag {
        b'1' => "a hard link",
        b'2' => "a symbolic link",
        b'3' | b'4' => "a device",
        b'5' => "a folder of its own",
        b'6' => "a pipe",
        b'S' => "a sparse file",
        b'K' | b'L' => "a long name in GNU's form",
        b'g' => "a header for the whole archive",
        _ => "of an unknown kind",
    }
}

/// Reads digits up to a NUL or space.
fn octal(field: &[u8]) -> Option<u64> {
    let digits = field.split(|byte| matches!(byte, 0 | b' ')).next().filter(|digits| !digits.is_empty())?;
    digits.iter().try_fold(0u64, |value, digit| match digit {
        b'0'..=b'7' => Some(value << 3 | u64::from(digit - b'0')),
        _ => None,
    })
}

/// Writes a PAX record: its own length in bytes, the key, the value.
fn record(path: &str) -> String {
    let rest = format!(" path={path}\n");
    // The length counts its own digits, and one more of them may ask for one more.
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    format!("{length}{rest}")
}

/// Reads the path out of a record that holds nothing else.
pub(super) fn decode_record(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let path = text.split_once(" path=")?.1.strip_suffix('\n')?;
    // One form, one reading: what we would write, to the byte.
    (record(path) == text).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_its_own_length() {
        for length in [1, 85, 86, 87, 88, 89, 90, 91, 92, 980, 985, 986, 987, 988, 989, 990, 9_980, 9_990] {
            let path = "ü".repeat(length / 2) + &"x".repeat(length % 2);
            let record = record(&path);
            let counted: usize = record.split_once(' ').unwrap().0.parse().unwrap();
            assert_eq!(counted, record.len(), "{length}");
            assert_eq!(decode_record(record.as_bytes()).as_deref(), Some(path.as_str()));
        }
        for bad in
            ["", "8 path=a\n", "10 path=a\n", "9 path=a", "9 size=1\n", "9 path=a\n9 path=b\n", "x path=a\n"]
        {
            assert_eq!(decode_record(bad.as_bytes()), None, "{bad:?}");
        }
        assert_eq!(decode_record(b"9 path=a\n").as_deref(), Some("a"));
    }

    #[test]
    fn a_header_reads_back() {
        let bytes = encode("monthly-2025-10/agent/a.json", 0o1234, 1_759_501_800);
        let header = decode(&bytes.try_into().unwrap()).unwrap();
        assert_eq!(header.name, "monthly-2025-10/agent/a.json");
        assert_eq!((header.is, header.size), (Is::File, 0o1234));
    }

    #[test]
    fn a_name_for_old_programs_ends_in_no_slash() {
        let bytes = encode(&format!("{}/ü", "a".repeat(99)), 0, 0);
        assert_eq!(bytes.len(), 3 * BLOCK);
        let header = decode(bytes[2 * BLOCK..].try_into().unwrap()).unwrap();
        assert_eq!(header.name, "a".repeat(99));
    }

    #[test]
    fn every_changed_byte_is_seen() {
        let whole: Block = encode("a/b", 7, 0).try_into().unwrap();
        for at in 0..BLOCK {
            let mut block = whole;
            block[at] ^= 0x01;
            // The sum's own fields may be written in several ways; what they say is then the same.
            assert!(decode(&block).is_err() || SUM.contains(&at), "byte {at}");
        }
    }
}
