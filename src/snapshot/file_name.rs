//! File names for resources: the resource's own name wherever that is safe everywhere, else a marked short form.
//!
//! Safe means: on Linux, macOS and Windows alike, for stock git, and unique in its folder where case and Unicode
//! composition do not count. The true name stands in the manifest; nothing is ever found again by its path.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use super::hex;

/// The longest plain name, in bytes of UTF-8: below the 255 of every common file system, with room for a suffix.
const LONGEST: usize = 200;

/// What a cut name keeps at most, in bytes, before `~` and its mark.
const CUT: usize = 80;

/// Gives each of `members` (its reference id and its true name) a file name that is safe and unique in one folder.
///
/// `taken` are names that stand in the folder already. A name that is unsafe, or that clashes with another when case
/// and composition are ignored, is cut and marked with `~` and 8 characters of the reference id: every member of a
/// clash, so that the result does not depend on the order. Returns file names by reference id.
///
/// ```
/// # use cognigy_backup::snapshot::folder_names;
/// let names = folder_names([("1111-aa", "Main"), ("2222-bb", "main"), ("3333-cc", "Order status")], &[]);
/// assert_eq!(names["3333-cc"], "Order status");
/// assert_eq!(names["1111-aa"], "Main~1111-aa");
/// ```
pub fn folder_names<'a>(
    members: impl IntoIterator<Item = (&'a str, &'a str)>,
    taken: &[&str],
) -> BTreeMap<String, String> {
    let members: BTreeMap<&str, &str> = members.into_iter().collect();
    // First all plain; then 8 characters for those in trouble; then, should marked names meet a plain one or each
    // other, the whole mark. Each round only marks more, so it ends.
    let mut marks: BTreeMap<&str, usize> = members.keys().map(|&id| (id, 0)).collect();
    loop {
        let names: BTreeMap<&str, String> =
            members.iter().map(|(&id, &name)| (id, file_name(name, id, marks[id]))).collect();
        let mut seen: BTreeMap<String, usize> = taken.iter().map(|name| (folded(name), 1)).collect();
        for name in names.values() {
            *seen.entry(folded(name)).or_default() += 1;
        }
        let troubled: BTreeSet<&str> = names
            .iter()
            .filter(|(id, name)| seen[&folded(name)] > 1 || (marks[*id] == 0 && !is_safe(name)))
            .map(|(id, _)| *id)
            .filter(|id| marks[id] < 2)
            .collect();
        if troubled.is_empty() {
            return names.into_iter().map(|(id, name)| (id.to_owned(), name)).collect();
        }
        for id in troubled {
            *marks.get_mut(id).expect("every id has a mark") += 1;
        }
    }
}

/// Returns the name with `level` 0 (plain), 1 (marked by 8 characters) or 2 (marked by a digest of the whole id).
fn file_name(name: &str, id: &str, level: usize) -> String {
    if level == 0 {
        return name.to_owned();
    }
    let plain: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let digest = hex(&Sha256::digest(id));
    let mark = match level {
        1 if plain.len() >= 6 => &plain[..plain.len().min(8)],
        1 => &digest[..8],
        _ => &digest[..32],
    };
    let kept: String = name.chars().map(|c| if is_forbidden(c) { '_' } else { c }).collect();
    let mut end = kept.len().min(CUT);
    while !kept.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}~{mark}", kept[..end].trim_matches([' ', '.']))
}

/// Returns the name as a file system that ignores case and composition sees it. First to upper case, because some
/// letters have two small forms that those systems take for one (`σ` and `ς`).
pub(crate) fn folded(name: &str) -> String {
    name.nfc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfc().collect()
}

/// Whether a name is a file name on Linux, macOS and Windows, and none that git keeps for itself.
pub(super) fn is_safe(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_uppercase();
    let device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || ["COM", "LPT"].iter().any(|port| {
            stem.strip_prefix(port).is_some_and(|n| {
                n.chars().count() == 1 && n.chars().all(|c| c.is_ascii_digit() || "¹²³".contains(c))
            })
        });
    // HFS+ ignores zero-width characters, so `.g<ZWJ>it` is `.git` there; NTFS knows it as `git~1` too.
    let seen: String = folded(name).chars().filter(|c| !is_ignorable(*c)).collect();
    !name.is_empty()
        && name.len() <= LONGEST
        && !name.chars().any(is_forbidden)
        && !name.starts_with(' ')
        && !name.ends_with([' ', '.'])
        && !device
        && !seen.starts_with(".git")
        && !seen.starts_with("git~")
        && name != "."
        && name != ".."
}

/// Characters that Windows forbids, control characters, and the Yen sign that old Japanese systems read as `\`.
fn is_forbidden(c: char) -> bool {
    c.is_control() || r#"<>:"/\|?*¥"#.contains(c)
}

fn is_ignorable(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Main", "Main")]
    #[case("Ordérs 🙂", "Ordérs 🙂")]
    #[case("a.b", "a.b")]
    #[case("..", "~0a1b2c3d")]
    #[case(".", "~0a1b2c3d")]
    #[case("", "~0a1b2c3d")]
    #[case("CON", "CON~0a1b2c3d")]
    #[case("con.txt", "con.txt~0a1b2c3d")]
    #[case("Lpt9", "Lpt9~0a1b2c3d")]
    #[case("COM10", "COM10")]
    #[case("x.", "x~0a1b2c3d")]
    #[case("x ", "x~0a1b2c3d")]
    #[case("a/b", "a_b~0a1b2c3d")]
    #[case("../../etc/passwd", "_.._etc_passwd~0a1b2c3d")]
    #[case("::error::x", "__error__x~0a1b2c3d")]
    #[case("<script>", "_script_~0a1b2c3d")]
    #[case("%0A", "%0A")]
    #[case(".git", "git~0a1b2c3d")]
    #[case(".g\u{200d}it", "g\u{200d}it~0a1b2c3d")]
    #[case("GIT~1", "GIT~1~0a1b2c3d")]
    #[case("a\nb", "a_b~0a1b2c3d")]
    fn names_become_safe(#[case] name: &str, #[case] file: &str) {
        assert_eq!(
            folder_names([("0a1b2c3d-1111-4222-8333-444455556666", name)], &[])["0a1b2c3d-1111-4222-8333-444455556666"],
            file
        );
    }

    #[test]
    fn long_names_are_cut_at_a_character() {
        let name = "ü".repeat(200);
        let file = folder_names([("0a1b2c3d-1", name.as_str())], &[]).remove("0a1b2c3d-1").unwrap();
        assert_eq!(file, format!("{}~0a1b2c3d", "ü".repeat(40)));
    }

    #[test]
    fn every_member_of_a_clash_is_marked() {
        let names = folder_names(
            [("11111111-a", "Über"), ("22222222-b", "U\u{308}BER"), ("33333333-c", "uber")],
            &[],
        );
        assert_eq!(names["11111111-a"], "Über~11111111");
        assert_eq!(names["22222222-b"], "U\u{308}BER~22222222");
        assert_eq!(names["33333333-c"], "uber");
    }

    #[rstest]
    #[case::two_small_sigmas("οδος", "ΟΔΟΣ")]
    #[case::final_sigma("οδοσ", "οδος")]
    #[case::sharp_s("Straße", "STRASSE")]
    #[case::micro_and_mu("10 \u{b5}", "10 \u{3bc}")]
    #[case::kelvin("K", "\u{212a}")]
    fn letters_that_some_file_system_takes_for_one_clash(#[case] one: &str, #[case] other: &str) {
        let names = folder_names([("11111111-a", one), ("22222222-b", other)], &[]);
        assert!(names.values().all(|name| name.contains('~')), "{names:?}");
    }

    #[test]
    fn a_name_made_to_look_like_a_mark_gets_one_itself() {
        let names =
            folder_names([("11111111-a", "x"), ("22222222-b", "X"), ("33333333-c", "x~11111111")], &[]);
        let distinct: BTreeSet<_> = names.values().map(|n| folded(n)).collect();
        assert_eq!(distinct.len(), 3, "{names:?}");
    }

    #[test]
    fn a_name_that_stands_there_already_is_not_taken() {
        assert_eq!(
            folder_names([("11111111-a", "Locales.JSON")], &["locales.json"])["11111111-a"],
            "Locales.JSON~11111111"
        );
    }

    proptest! {
        #[test]
        fn names_are_unique_safe_and_do_not_depend_on_order(
            list in prop::collection::btree_map("[0-9a-f]{8}-[0-9a-f]{4}", ".{0,30}|[aAbB./ ]{0,4}|CON|\\.\\.", 0..12)
        ) {
            let forward = folder_names(list.iter().map(|(i, n)| (i.as_str(), n.as_str())), &["config.json"]);
            let backward = folder_names(list.iter().rev().map(|(i, n)| (i.as_str(), n.as_str())), &["config.json"]);
            prop_assert_eq!(&forward, &backward);
            let distinct: BTreeSet<_> = forward.values().map(|n| folded(n)).collect();
            prop_assert_eq!(distinct.len(), list.len());
            for name in forward.values() {
                prop_assert!(name.parse::<crate::snapshot::TreePath>().is_ok(), "{:?}", name);
                prop_assert!(is_safe(name), "{:?}", name);
            }
        }
    }
}
