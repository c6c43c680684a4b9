//! The house stays as its map says: who imports from whom, how a file opens, how long it may get.
//!
//! The map is the table in `src/lib.rs`, so it cannot say one thing and this test another. Sources are read as
//! tokens, not as text: what stands in a comment, a doc link or a string is no import.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rstest::rstest;

/// A file with more lines of code than this has swallowed a second floor. Inline tests do not count.
const LONGEST: usize = 400;
/// Half of all files are to stay within this.
const MEDIAN: usize = 150;
/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 7] = ["util", "utils", "common", "helper", "helpers", "manager", "misc"];
/// `main.rs` and `lib.rs`: they see every room, and no room sees them.
const DOOR: u8 = 7;
/// From here down nothing waits, reads, writes or asks the time.
const QUIET: u8 = 2;
/// What waits, reads, writes or asks the time.
const LOUD: [&str; 14] = [
    "git2",
    "octocrab",
    "reqwest",
    "std::env",
    "std::fs",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::ToSocketAddrs",
    "std::net::UdpSocket",
    "std::process",
    "std::thread",
    "tempfile",
    "tokio",
    "tower",
];

type Floors = BTreeMap<String, u8>;

/// What the map says, and which files are compiled for tests only.
struct House {
    floors: Floors,
    tests: BTreeSet<Vec<String>>,
}

#[test]
fn imports_point_down() {
    let sources: Vec<(String, String)> =
        files("src").iter().map(|file| (below("src", file), read(file))).collect();
    let tests = sources.iter().flat_map(|(file, source)| test_files(file, &tokens(source))).collect();
    let house = House { floors: map(), tests };
    let broken: Vec<String> = sources.iter().flat_map(|(file, source)| judge(&house, file, source)).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_room_is_on_the_map() {
    let mapped: BTreeSet<String> = map().into_keys().collect();
    let built: BTreeSet<String> =
        files("src").iter().filter_map(|file| modules(&below("src", file)).first().cloned()).collect();
    assert_eq!(built, mapped, "left: rooms below src/; right: the table in src/lib.rs");
}

#[test]
fn files_say_what_they_are_for() {
    let all = ["src", "testkit/src", "tests/it", "examples", "benches"].into_iter().flat_map(files);
    let mute: Vec<PathBuf> = all.filter(|file| !read(file).starts_with("//! ")).collect();
    assert!(mute.is_empty(), "these do not open with `//! `: {mute:?}");
}

#[test]
fn files_stay_short() {
    let mut lengths: Vec<(usize, PathBuf)> = ["src", "testkit/src"]
        .into_iter()
        .flat_map(files)
        .map(|file| (code_lines(&read(&file)), file))
        .collect();
    lengths.sort();
    let long: Vec<_> = lengths.iter().filter(|(lines, _)| *lines > LONGEST).collect();
    assert!(long.is_empty(), "over {LONGEST} lines of code: {long:?}");
    let median = lengths[lengths.len() / 2].0;
    assert!(median <= MEDIAN, "half of the files have over {median} lines of code; {MEDIAN} is the limit");
}

#[test]
fn names_say_something() {
    let all = ["src", "testkit/src", "tests/it"].into_iter().flat_map(files);
    let empty: Vec<PathBuf> = all
        .filter(|file| file.iter().any(|part| EMPTY_NAMES.contains(&stem(part.as_ref()).as_str())))
        .collect();
    assert!(empty.is_empty(), "named after nothing: {empty:?}");
}

#[test]
fn every_test_file_is_run() {
    let main = tokens(&read(Path::new("tests/it/main.rs")));
    let run: BTreeSet<&str> =
        main.windows(2).filter(|w| w[0].text == "mod").map(|w| w[1].text.as_str()).collect();
    let there = files("tests/it").iter().map(|file| modules(&below("tests/it", file))).collect::<Vec<_>>();
    let idle: Vec<_> =
        there.iter().filter_map(|m| m.first()).filter(|name| !run.contains(name.as_str())).collect();
    assert!(idle.is_empty(), "tests/it/main.rs does not name {idle:?}: nothing runs them");
}

/// Each line breaks the house; a scan that lets one pass is blind.
#[rstest]
#[case::upwards("report/mod.rs", "use crate::run::Run;", "floor 6")]
#[case::stranger("plan/backup.rs", "use crate::config::Settings;", "strangers")]
#[case::inline("snapshot/kind.rs", "fn f() { let x = crate::http::Client::new(); }", "floor 3")]
#[case::in_a_type("plan/mod.rs", "fn f(x: Vec<crate::store::Store>) {}", "floor 5")]
#[case::turbofish("plan/mod.rs", "fn f() { g::<crate::store::Store>() }", "floor 5")]
#[case::group("plan/mod.rs", "use crate::{snapshot::Kind, store::{self, Store}};", "floor 5")]
#[case::super_out_of_the_room("plan/backup.rs", "use super::super::report::Report;", "floor 2")]
#[case::super_from_the_top("plan/mod.rs", "use super::{store, snapshot};", "floor 5")]
#[case::inline_module("plan/mod.rs", "mod tests { use super::super::store; }", "floor 5")]
#[case::visibility("plan/mod.rs", "pub(in crate::run) fn f() {}", "floor 6")]
#[case::alias("plan/mod.rs", "use crate as all;", "crate's root")]
#[case::alias_in_group("plan/mod.rs", "use crate::{self as all};", "crate's root")]
#[case::alias_of_super("plan/mod.rs", "use super as all;", "crate's root")]
#[case::glob("plan/mod.rs", "use crate::*;", "crate's root")]
#[case::own_name("plan/mod.rs", "use cognigy_backup::store::Store;", "floor 5")]
#[case::unknown("plan/mod.rs", "use crate::elsewhere::X;", "not on the map")]
#[case::not_on_the_map("attic/mod.rs", "//! What nobody placed.", "not on the map")]
#[case::after_a_quote(
    "plan/mod.rs",
    "const Q: char = '\"'; use crate::store::X; const R: char = '\"';",
    "floor 5"
)]
#[case::after_a_raw_string("plan/mod.rs", "const S: &str = r#\"\"\\\"#; use crate::store::X;", "floor 5")]
#[case::after_a_lifetime("plan/mod.rs", "fn f<'a>(x: &'a str) -> crate::store::X<'a> {}", "floor 5")]
#[case::after_a_comment("plan/mod.rs", "/* a /* b */ c */ use crate::store::X;", "floor 5")]
#[case::loud("snapshot/kind.rs", "use std::{fmt, fs::File};", "`std::fs`")]
#[case::loud_inline("plan/mod.rs", "fn f() { tokio::spawn(g()); }", "`tokio`")]
#[case::moved_file("plan/mod.rs", "#[path = \"../store/mod.rs\"] mod store;", "#[path]")]
fn a_break_is_seen(#[case] file: &str, #[case] source: &str, #[case] said: &str) {
    let verdict = judge(&small_house(), file, source);
    assert!(verdict.len() == 1 && verdict[0].contains(said), "{verdict:?}");
}

/// None of these breaks it; a scan that complains would be switched off.
#[rstest]
#[case::down("run/mod.rs", "use crate::{plan::backup, report::Report, store};")]
#[case::own_room("plan/backup.rs", "use super::pace; use crate::plan::pace::Pace; use self::inner::X;")]
#[case::test_file("plan/trial.rs", "use std::fs;")]
#[case::test_file_beside("plan/a_tests.rs", "use std::fs;")]
#[case::address("plan/mod.rs", "use std::net::IpAddr;")]
#[case::own_tests("plan/mod.rs", "mod tests { use super::*; use std::fs; }")]
#[case::doc_link(
    "report/mod.rs",
    "//! [`crate::run`] writes them.\n/// See [`super::super::run`].\nfn f() {}"
)]
#[case::text(
    "report/mod.rs",
    "const S: &str = \"use crate::run::X;\"; const B: &[u8] = br##\"crate::run\"##;"
)]
#[case::crate_visible("report/mod.rs", "pub(crate) fn f() {} pub(super) fn g() {}")]
#[case::foreign(
    "plan/mod.rs",
    "use chrono::{DateTime, Utc}; use std::{collections::BTreeMap, time::Duration};"
)]
#[case::loud_above("store/mod.rs", "use std::fs; use git2::Repository;")]
#[case::door("main.rs", "use cognigy_backup::run;")]
fn what_is_allowed_stays_unsaid(#[case] file: &str, #[case] source: &str) {
    assert_eq!(judge(&small_house(), file, source), Vec::<String>::new());
}

fn small_house() -> House {
    let rooms =
        [("run", 6), ("store", 5), ("http", 3), ("report", 2), ("config", 1), ("plan", 1), ("snapshot", 0)];
    let floors = rooms.into_iter().map(|(room, floor)| (room.to_owned(), floor)).collect();
    let parent =
        tokens("#[cfg(test)] mod trial; #[cfg(test)] #[path = \"a_tests.rs\"] pub(super) mod tests;");
    House { floors, tests: test_files("plan/mod.rs", &parent).into_iter().collect() }
}

/// Reads the table of floors and rooms in `src/lib.rs`.
fn map() -> Floors {
    let lib = read(Path::new("src/lib.rs"));
    let mut floors = Floors::new();
    for row in lib.lines().filter_map(|line| line.strip_prefix("//! | ")) {
        let mut cells = row.split('|');
        let Some(Ok(floor)) = cells.next().map(|cell| cell.trim().parse()) else { continue };
        for room in cells.next().unwrap_or_default().split(',') {
            let room = room.trim().trim_matches(['[', ']', '`']).to_owned();
            assert_eq!(floors.insert(room.clone(), floor), None, "{room} is twice on the map");
        }
    }
    let seen: BTreeSet<u8> = floors.values().copied().collect();
    assert_eq!(seen, (0..DOOR).collect(), "the floors in src/lib.rs's table");
    floors
}

/// Says what in one file breaks the house.
fn judge(house: &House, file: &str, source: &str) -> Vec<String> {
    let House { floors, tests } = house;
    let here = modules(file);
    let tried = tests.iter().any(|test| here.starts_with(test));
    let own = match here.first() {
        None => DOOR,
        Some(room) => match floors.get(room) {
            Some(floor) => *floor,
            None => return vec![format!("src/{file}: {room} is not on the map in src/lib.rs")],
        },
    };
    let found = tokens(source);
    let mut said = Vec::new();
    for path in paths(&found) {
        let scope = [here.as_slice(), path.inside.as_slice()].concat();
        let told = match absolute(&scope, &path.segments) {
            None if own <= QUIET && !tried && !path.inside.iter().any(|m| m == "tests") => {
                loud(&path.segments)
            }
            None => None,
            Some(target) => import(floors, own, &here, target.first().map(String::as_str)),
        };
        said.extend(told.map(|told| format!("src/{file}:{}: {told}", path.line)));
    }
    said.dedup();
    // A file beside its parent (`a_tests.rs` for `a.rs`) stays where the map sees it.
    let moved = |w: &[Token]| w[1].text == "path" && w[2].text == "=" && w[3].text.contains('/');
    if found.windows(4).any(|w| w[0].text == "[" && moved(w)) {
        said.push(format!("src/{file}: #[path] puts a file where the map does not see it"));
    }
    said
}

/// Lists the files that one file declares for tests only, as module paths.
fn test_files(file: &str, tokens: &[Token]) -> Vec<Vec<String>> {
    let cfg = ["#", "[", "cfg", "(", "test", ")", "]"];
    let begins = |at: &usize| cfg.iter().enumerate().all(|(n, text)| tokens[at + n].text == **text);
    let starts = (0..tokens.len().saturating_sub(cfg.len())).filter(begins);
    let mut found = Vec::new();
    for start in starts {
        let item: Vec<&str> =
            tokens[start..].iter().map(|token| token.text.as_str()).take_while(|text| *text != ";").collect();
        let Some(at) = item.iter().position(|text| *text == "mod").filter(|_| !item.contains(&"{")) else {
            continue;
        };
        let path = item.windows(3).find(|w| w[0] == "path" && w[1] == "=").map(|w| w[2].trim_matches('"'));
        let folder =
            if path.is_some() { Path::new(file).parent().unwrap_or(Path::new("")) } else { Path::new(file) };
        let mut module = modules(&folder.to_string_lossy());
        module.extend(item.get(at + 1).map(|name| stem(path.unwrap_or(name).as_ref())));
        found.push(module);
    }
    found
}

fn import(floors: &Floors, own: u8, here: &[String], room: Option<&str>) -> Option<String> {
    let Some(room) = room.filter(|room| *room != "*") else {
        return (own < DOOR).then(|| "names the crate's root, which sees every room".to_owned());
    };
    if here.first().is_some_and(|own_room| own_room == room) {
        return None;
    }
    match floors.get(room) {
        None if own == DOOR => None,
        None => Some(format!("`{room}` is not on the map in src/lib.rs")),
        Some(floor) if *floor == own => {
            Some(format!("imports from `{room}`: rooms on floor {own} are strangers"))
        }
        Some(floor) if *floor > own => Some(format!("floor {own} imports from `{room}` on floor {floor}")),
        Some(_) => None,
    }
}

fn loud(segments: &[String]) -> Option<String> {
    let path = segments.join("::");
    let thing = LOUD.iter().find(|loud| path == **loud || path.starts_with(&format!("{loud}::")))?;
    Some(format!("`{thing}` is not for floor {QUIET} and below"))
}

/// A path as it is written, groups taken apart, and the inline modules around it.
struct Written {
    line: usize,
    inside: Vec<String>,
    segments: Vec<String>,
}

fn paths(tokens: &[Token]) -> Vec<Written> {
    let mut out = Vec::new();
    let mut braces: Vec<Option<String>> = Vec::new();
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "{" => braces.push((at >= 2 && text(at - 2) == "mod").then(|| text(at - 1).to_owned())),
            "}" => drop(braces.pop()),
            _ => {}
        }
        let begins = is_word(&token.text) && (at == 0 || text(at - 1) != "::");
        let alone = matches!(token.text.as_str(), "crate" | "super") && text(at + 1) != ")";
        if begins && (alone || text(at + 1) == "::") {
            let mut found = Vec::new();
            expand(tokens, at, Vec::new(), &mut found);
            let inside: Vec<String> = braces.iter().flatten().cloned().collect();
            out.extend(found.into_iter().map(|segments| Written {
                line: token.line,
                inside: inside.clone(),
                segments,
            }));
        }
    }
    out
}

/// Takes `a::{b, c::d}` apart; returns where the path ends.
fn expand(tokens: &[Token], mut at: usize, mut path: Vec<String>, out: &mut Vec<Vec<String>>) -> usize {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    loop {
        if text(at) == "{" {
            at += 1;
            while at < tokens.len() && text(at) != "}" {
                at = if text(at) == "," { at + 1 } else { expand(tokens, at, path.clone(), out).max(at + 1) };
            }
            return at + 1;
        }
        if is_word(text(at)) || text(at) == "*" {
            path.push(text(at).to_owned());
            at += 1;
            if text(at) == "::" {
                at += 1;
                continue;
            }
            at += if text(at) == "as" { 2 } else { 0 };
        }
        out.push(path);
        return at;
    }
}

/// Resolves a path from `scope` to one from the crate's root; `None` when it begins in another crate or a local name.
fn absolute(scope: &[String], segments: &[String]) -> Option<Vec<String>> {
    let mut base = match segments.first()?.as_str() {
        "crate" | "cognigy_backup" => Vec::new(),
        "self" | "super" => scope.to_vec(),
        _ => return None,
    };
    for segment in segments {
        match segment.as_str() {
            "crate" | "cognigy_backup" | "self" => {}
            "super" => drop(base.pop()),
            name => base.push(name.to_owned()),
        }
    }
    Some(base)
}

struct Token {
    text: String,
    line: usize,
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Cuts a source into words, `::` and single signs; comments vanish, a literal in quotes stays as it is.
fn tokens(source: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (length, keep) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), None)
        } else if rest.starts_with("/*") {
            (comment(rest), None)
        } else if let Some(length) = raw_string(rest) {
            (length, Some(&rest[..length]))
        } else if first == '"' {
            {
                let length = quoted(rest, '"');
                (length, Some(&rest[..length]))
            }
        } else if first == '\'' {
            let mut next = rest.chars().skip(1);
            let literal = next.next() == Some('\\') || next.next() == Some('\'');
            (if literal { quoted(rest, '\'') } else { 1 }, None)
        } else if word > 0 {
            (word, Some(&rest[..word]))
        } else if rest.starts_with("::") {
            (2, Some("::"))
        } else {
            let length = first.len_utf8();
            (length, (!first.is_whitespace()).then(|| &rest[..length]))
        };
        let line = 1 + source[..source.len() - rest.len()].matches('\n').count();
        out.extend(keep.map(|text| Token { text: text.to_owned(), line }));
        rest = &rest[length..];
    }
    out
}

/// Returns the length of the block comment that `rest` begins with; they nest.
fn comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match &rest.as_bytes()[at..rest.len().min(at + 2)] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// Returns the length of the literal that `rest` begins with, escapes counted.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, sign) in rest.char_indices().skip(1) {
        match sign {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if sign == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn raw_string(rest: &str) -> Option<usize> {
    let body = rest.trim_start_matches(['b', 'c']).strip_prefix('r')?;
    let marks = body.len() - body.trim_start_matches('#').len();
    let start = rest.len() - body[marks..].strip_prefix('"')?.len();
    let end = format!("\"{}", "#".repeat(marks));
    Some(rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len()))
}

/// Returns a file's module path: `store/remote/mod.rs` is `store::remote`, `lib.rs` is the root.
fn modules(file: &str) -> Vec<String> {
    let parts: Vec<String> = Path::new(file).iter().map(|part| stem(part.as_ref())).collect();
    parts.into_iter().filter(|part| !matches!(part.as_str(), "mod" | "lib" | "main")).collect()
}

fn code_lines(source: &str) -> usize {
    source.lines().take_while(|line| *line != "#[cfg(test)]").count()
}

fn stem(name: &Path) -> String {
    name.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn below(root: &str, file: &Path) -> String {
    file.strip_prefix(root).expect("listed below it").to_string_lossy().into_owned()
}

fn read(file: &Path) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("a source is UTF-8")
}

/// Lists the Rust files below a folder of the repository, sorted; none where there is no such folder.
fn files(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open = vec![root.join(folder)];
    let mut found = Vec::new();
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).into_iter().flatten() {
            let path = entry.expect("a folder can be read").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path.strip_prefix(root).expect("found below it").to_owned());
            }
        }
    }
    found.sort();
    found
}
