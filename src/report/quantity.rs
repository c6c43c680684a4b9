//! Amounts as a person says them: sizes, durations, counts, times. Always UTC, always the same for the same value.

use chrono::{DateTime, Utc};

/// Returns `n` with a comma between thousands: `1,234,567`.
#[must_use]
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let head = digits.len() % 3;
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && at % 3 == head {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Returns a count with its noun, which takes an `s` for all but one: `1 file`, `2 files`.
#[must_use]
pub fn count(n: u64, noun: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {noun}{s}", grouped(n))
}

/// Returns a size in the largest unit that leaves at least 1: `1.2 MiB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return count(bytes, "byte");
    }
    let (mut tenths, mut unit) = (u128::from(bytes) * 10 / 1024, 0);
    while tenths >= 10_240 {
        (tenths, unit) = (tenths / 1024, unit + 1);
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// Returns a duration to two units at most: `820 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`.
#[must_use]
pub fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0 => format!("{ms} ms"),
        1..60 => format!("{seconds}.{} s", ms % 1000 / 100),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", grouped(seconds / 3600), seconds % 3600 / 60),
    }
}

/// Returns a time to the second: `2025-10-03 14:30:00 UTC`.
#[must_use]
pub fn time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0, "0 bytes", "0 ms", "0")]
    #[case(1, "1 byte", "1 ms", "1")]
    #[case(999, "999 bytes", "999 ms", "999")]
    #[case(1_024, "1.0 KiB", "1.0 s", "1,024")]
    #[case(59_999, "58.5 KiB", "59.9 s", "59,999")]
    #[case(1_048_575, "1023.9 KiB", "17 min 28 s", "1,048,575")]
    #[case(1_234_567_890, "1.1 GiB", "342 h 56 min", "1,234,567,890")]
    #[case(u64::MAX, "15.9 EiB", "5,124,095,576,030 h 25 min", "18,446,744,073,709,551,615")]
    fn amounts(#[case] n: u64, #[case] bytes: &str, #[case] ms: &str, #[case] plain: &str) {
        assert_eq!((size(n), duration(n), grouped(n)), (bytes.into(), ms.into(), plain.into()));
    }

    #[test]
    fn one_is_singular() {
        assert_eq!([count(0, "file"), count(1, "file"), count(2, "file")], ["0 files", "1 file", "2 files"]);
    }
}
