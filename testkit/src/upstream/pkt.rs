//! As much of git's pkt-line format as it takes to damage a pack and to word a refusal as GitHub does.

/// The reasons stock git gives when a hook refuses a ref.
const HOOK_REASONS: [&str; 2] = ["pre-receive hook declined", "hook declined"];

/// Flips one byte in the middle of the pack, whether it travels in sideband 1 or bare behind the pkt-lines.
/// Says whether there was a pack.
pub(crate) fn corrupt_pack(bytes: &mut [u8]) -> bool {
    let (packets, rest) = split(bytes);
    let mut pack: Vec<usize> = packets
        .iter()
        .filter(|packet| band(bytes, packet) == Some(1))
        .flat_map(|p| p.start + 1..p.end)
        .collect();
    if pack.is_empty() {
        pack = (rest..bytes.len()).collect();
    }
    let signature: Vec<u8> = pack.iter().take(4).map(|&at| bytes[at]).collect();
    if signature != b"PACK" {
        return false;
    }
    bytes[pack[pack.len() / 2]] ^= 0xff;
    true
}

/// GitHub words the reason of a refused ref differently from stock git. Where the sideband text carries one of
/// GitHub's codes, the report's reason becomes the one GitHub sends beside that code.
pub(crate) fn reword_refusal(bytes: Vec<u8>) -> Vec<u8> {
    let reason = if contains(&bytes, b"GH006:") {
        "protected branch hook declined"
    } else if contains(&bytes, b"GH013:") {
        "push declined due to repository rule violations"
    } else {
        return bytes;
    };
    let (packets, rest) = split(&bytes);
    let report: Vec<u8> = packets
        .iter()
        .filter(|packet| band(&bytes, packet) == Some(1))
        .flat_map(|packet| &bytes[packet.start + 1..packet.end])
        .copied()
        .collect();
    let mut band_one = vec![1];
    let (lines, _) = split(&report);
    for line in &lines {
        if line.is_empty() {
            band_one.extend_from_slice(&report[line.start - 4..line.start]);
            continue;
        }
        let text = String::from_utf8_lossy(&report[line.clone()]).into_owned();
        band_one.extend(encode(reworded(&text, reason).as_bytes()));
    }

    let mut out = Vec::new();
    let mut band_one = Some(band_one);
    for packet in &packets {
        if band(&bytes, packet) == Some(1) {
            if let Some(report) = band_one.take() {
                out.extend(encode(&report));
            }
        } else {
            out.extend_from_slice(&bytes[packet.start - 4..packet.end]);
        }
    }
    out.extend_from_slice(&bytes[rest..]);
    out
}

fn reworded(line: &str, reason: &str) -> String {
    let stock =
        HOOK_REASONS.iter().find(|stock| line.starts_with("ng ") && line.trim_end().ends_with(*stock));
    match stock {
        Some(stock) => line.replace(stock, reason),
        None => line.to_owned(),
    }
}

/// The payload of each pkt-line, empty for a flush or delimiter; and where the bytes stop being pkt-lines.
fn split(bytes: &[u8]) -> (Vec<std::ops::Range<usize>>, usize) {
    let mut packets = Vec::new();
    let mut at = 0;
    while let Some(length) = bytes.get(at..at + 4).and_then(|hex| std::str::from_utf8(hex).ok()) {
        let Ok(length) = usize::from_str_radix(length, 16) else { break };
        let end = at + length.max(4);
        if end > bytes.len() {
            break;
        }
        packets.push(at + 4..end);
        at = end;
    }
    (packets, at)
}

fn band(bytes: &[u8], packet: &std::ops::Range<usize>) -> Option<u8> {
    bytes[packet.clone()].first().copied().filter(|band| (1..=3).contains(band))
}

fn encode(payload: &[u8]) -> Vec<u8> {
    let mut packet = format!("{:04x}", payload.len() + 4).into_bytes();
    packet.extend_from_slice(payload);
    packet
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_is_damaged_in_its_middle_only() {
        let mut bare = [encode(b"command"), b"0000".to_vec(), b"PACK12345678".to_vec()].concat();
        let before = bare.clone();
        assert!(corrupt_pack(&mut bare));
        let changed: Vec<usize> = (0..bare.len()).filter(|&at| bare[at] != before[at]).collect();
        assert_eq!(changed, [before.len() - 6]);

        let mut banded =
            [encode(b"NAK\n"), encode(b"\x01PACK"), encode(b"\x02note"), encode(b"\x01abcd")].concat();
        assert!(corrupt_pack(&mut banded));
        assert!(contains(&banded, b"PACK") && !contains(&banded, b"abcd"));

        assert!(!corrupt_pack(&mut encode(b"no pack here")));
    }

    #[test]
    fn a_refusal_with_githubs_code_gets_githubs_reason() {
        let report =
            [encode(b"unpack ok\n"), encode(b"ng refs/heads/x hook declined\n"), b"0000".to_vec()].concat();
        let banded = [b"\x01".to_vec(), report].concat();
        let answer = [encode(b"\x02error: GH006: no\n"), encode(&banded), b"0000".to_vec()].concat();
        let reworded = reword_refusal(answer);
        assert!(contains(&reworded, b"ng refs/heads/x protected branch hook declined\n"));
        assert!(reworded.ends_with(b"0000"));
        assert_eq!(split(&reworded).1, reworded.len());
    }
}
