//! Halves of characters in JSON: what JavaScript makes of a text that was cut in the middle of an emoji.
//!
//! The server writes such a half as `\ud83d`, which is JSON by its grammar and no text by Unicode's: no UTF-8 file can
//! hold it, and the parser refuses the whole answer. One cut label would end every backup of a project. So the half,
//! and nothing else, becomes U+FFFD, and whoever asked is told.

/// Returns `json` with each half of a surrogate pair that stands alone replaced by `\ufffd`; `None` if there is none.
pub(super) fn without_halves(json: &[u8]) -> Option<Vec<u8>> {
    let mut out = json.to_vec();
    let (mut at, mut found) = (0, false);
    while at < json.len() {
        match (unit(json, at), unit(json, at + 6)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => at += 12,
            (Some(0xd800..0xe000), _) => {
                out[at..at + 6].copy_from_slice(br"\ufffd");
                found = true;
                at += 6;
            }
            // An escaped backslash is not the beginning of the next escape.
            _ if json[at] == b'\\' => at += 2,
            _ => at += 1,
        }
    }
    found.then_some(out)
}

/// Returns the UTF-16 unit whose escape `\uXXXX` begins at `at`.
fn unit(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix(br"\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(r#""\ud83d""#, Some(r#""\ufffd""#))]
    #[case(r#""\uD83D\ud83d\ude42\uDE42""#, Some(r#""\ufffd\ud83d\ude42\ufffd""#))]
    #[case(r#""\ude42\ud83d""#, Some(r#""\ufffd\ufffd""#))]
    #[case(r#""\ud83d\n""#, Some(r#""\ufffd\n""#))]
    #[case(r#""\\ud83d \\\ud83d""#, Some(r#""\\ud83d \\\ufffd""#))]
    #[case(r#""\ud83d\ude42 \u00fc \\""#, None)]
    #[case(r#""\ud8"#, None)]
    #[case(r#""\"#, None)]
    fn only_halves_go(#[case] json: &str, #[case] whole: Option<&str>) {
        let found = without_halves(json.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(found.as_deref(), whole);
    }
}
