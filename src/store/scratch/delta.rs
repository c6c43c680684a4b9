//! A delta: one object said as pieces of another and what is new in it, as git's packs have it.
//!
//! Written here because libgit2 makes deltas only inside its own pack builder, which works from a repository's objects and
//! makes no pack that leans on what the other side has. Reading deltas is libgit2's and the server's business.
//!
//! Source: git's documentation, gitformat-pack, "Deltified representation".

use std::collections::HashMap;

/// How many bytes have to agree before they are worth a copy, which takes up to eight itself.
const BLOCK: usize = 16;
/// How many places of one block in the base are remembered: of more, one is as good as another.
const PLACES: usize = 64;
/// The longest copy and the longest insertion that one instruction can say, in bytes.
const LONGEST_COPY: usize = 0xff_ffff;
const LONGEST_INSERT: usize = 0x7f;

/// Says `target` by `base`. Both are shorter than 4 GiB.
pub(super) fn delta(base: &[u8], target: &[u8]) -> Vec<u8> {
    let mut out = Delta { bytes: Vec::new() };
    out.size(base.len());
    out.size(target.len());
    let blocks = Blocks::of(base);
    // Where the target goes on that is not said yet, and where the base would go on if it were the same.
    let (mut said, mut at, mut follows) = (0, 0, 0);
    while at + BLOCK <= target.len() {
        let Some(place) = blocks.find(&target[at..at + BLOCK], follows + (at - said)) else {
            at += 1;
            continue;
        };
        let back = common(base[..place].iter().rev(), target[said..at].iter().rev());
        let (from, start) = (place - back, at - back);
        let length = common(base[from..].iter(), target[start..].iter());
        out.insert(&target[said..start]);
        out.copy(from, length);
        (said, at, follows) = (start + length, start + length, from + length);
    }
    out.insert(&target[said..]);
    out.bytes
}

/// How many of these agree from the beginning.
fn common<'a>(one: impl Iterator<Item = &'a u8>, other: impl Iterator<Item = &'a u8>) -> usize {
    one.zip(other).take_while(|(one, other)| one == other).count()
}

/// Where each block of the base stands, in order.
struct Blocks<'a> {
    base: &'a [u8],
    places: HashMap<&'a [u8], Vec<usize>>,
}

impl<'a> Blocks<'a> {
    fn of(base: &'a [u8]) -> Self {
        let mut places: HashMap<&[u8], Vec<usize>> = HashMap::with_capacity(base.len() / BLOCK);
        for (nth, block) in base.chunks_exact(BLOCK).enumerate() {
            let known = places.entry(block).or_default();
            if known.len() < PLACES {
                known.push(nth * BLOCK);
            }
        }
        Self { base, places }
    }

    /// Finds a block: where the base would go on, if it stands there, for most edits leave the rest in its order and many
    /// in its place; or else the next such block after that; or any.
    fn find(&self, block: &[u8], follows: usize) -> Option<usize> {
        if self.base.get(follows..follows + BLOCK) == Some(block) {
            return Some(follows);
        }
        let places = self.places.get(block)?;
        let next = places.partition_point(|place| *place < follows);
        places.get(next).or(places.last()).copied()
    }
}

struct Delta {
    bytes: Vec<u8>,
}

impl Delta {
    /// Seven bits a byte, lowest first.
    fn size(&mut self, size: usize) {
        let mut rest = size;
        while rest > 0x7f {
            self.bytes.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest as u8);
    }

    fn insert(&mut self, literal: &[u8]) {
        for part in literal.chunks(LONGEST_INSERT) {
            self.bytes.push(part.len() as u8);
            self.bytes.extend_from_slice(part);
        }
    }

    fn copy(&mut self, from: usize, length: usize) {
        let (mut from, mut left) = (from, length);
        while left > 0 {
            let now = left.min(LONGEST_COPY);
            let head = self.bytes.len();
            self.bytes.push(0x80);
            // Bytes that are zero are left out; the first byte says which are there.
            let parts =
                (from as u32).to_le_bytes().into_iter().chain((now as u32).to_le_bytes().into_iter().take(3));
            for (bit, byte) in parts.enumerate().filter(|(_, byte)| *byte != 0) {
                self.bytes[head] |= 1 << bit;
                self.bytes.push(byte);
            }
            (from, left) = (from + now, left - now);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads a delta as git's documentation says.
    fn apply(base: &[u8], delta: &[u8]) -> Vec<u8> {
        let mut at = 0;
        let mut byte = || {
            at += 1;
            delta[at - 1]
        };
        let mut sizes = [0usize; 2];
        for size in &mut sizes {
            for shift in (0..).step_by(7) {
                let next = byte();
                *size |= usize::from(next & 0x7f) << shift;
                if next & 0x80 == 0 {
                    break;
                }
            }
        }
        assert_eq!(sizes[0], base.len());
        let mut target = Vec::new();
        while target.len() < sizes[1] {
            let head = byte();
            assert_ne!(head, 0, "reserved");
            if head & 0x80 == 0 {
                target.extend((0..head).map(|_| byte()));
                continue;
            }
            let mut number = |bits: std::ops::Range<u32>| {
                let first = bits.start;
                bits.filter(|bit| head & (1 << bit) != 0)
                    .map(|bit| usize::from(byte()) << (8 * (bit - first)))
                    .sum::<usize>()
            };
            let (from, length) = (number(0..4), number(4..7));
            let length = if length == 0 { 0x10000 } else { length };
            target.extend_from_slice(&base[from..from + length]);
        }
        assert_eq!((target.len(), at), (sizes[1], delta.len()));
        target
    }

    fn json(changed: usize) -> Vec<u8> {
        let line = |n: usize| {
            let read = if n % 50 == changed { "10:30:00" } else { "10:00:00" };
            format!(
                "    \"flows/{n}\": {{\"sha256\": \"{:064x}\", \"readAt\": \"2025-10-03T{read}Z\"}},\n",
                n * n + 7
            )
        };
        (0..1000).map(line).collect::<String>().into_bytes()
    }

    #[test]
    fn what_changed_little_is_said_in_little() {
        let (old, new) = (json(50), json(3));
        let said = delta(&old, &new);
        assert_eq!(apply(&old, &said), new);
        assert!(said.len() < 20 * 12 + 20, "{} of {}", said.len(), new.len());
        let same = delta(&old, &old);
        assert!(same.len() < 16, "{}", same.len());
    }

    #[test]
    fn long_copies_are_said_in_parts() {
        let old = vec![7u8; LONGEST_COPY + 0x1_0000];
        assert_eq!(apply(&old, &delta(&old, &old)), old);
        let large: Vec<u8> = (0..0x1_0000u32).flat_map(u32::to_le_bytes).collect();
        assert_eq!(apply(&large, &delta(&large, &large[0x1_0000..0x2_0000])), &large[0x1_0000..0x2_0000]);
    }

    proptest! {
        #[test]
        fn what_is_said_is_the_target(
            base in proptest::collection::vec(0u8..4, 0..400),
            edits in proptest::collection::vec((0usize..400, 0usize..60, proptest::collection::vec(0u8..4, 0..40)), 0..6),
        ) {
            let mut target = base.clone();
            for (at, gone, come) in edits {
                let at = at.min(target.len());
                let end = (at + gone).min(target.len());
                target.splice(at..end, come);
            }
            prop_assert_eq!(apply(&base, &delta(&base, &target)), target);
        }

        #[test]
        fn of_anything(base in proptest::collection::vec(any::<u8>(), 0..200), target in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(apply(&base, &delta(&base, &target)), target);
        }
    }
}
