//! docs/format.md, held to the code: the table of kinds is made, not written. After a change to a kind:
//!
//! ```text
//! cargo test --test it format::renew -- --ignored
//! ```

use std::path::PathBuf;

use cognigy_backup::cognigy::paths;
use cognigy_backup::snapshot::Kind;

const BEGIN: &str = "<!-- kinds: made by tests/it/format.rs -->\n";
const END: &str = "<!-- end of kinds -->\n";

fn page() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/format.md")
}

fn table() -> String {
    let mut table = String::from(
        "| kind | folder | how it is read (under `/new/v2.0`) | restorable | what the vendor's CLI has in the same place |\n\
         |---|---|---|---|---|\n",
    );
    for kind in Kind::ALL {
        let facts = kind.facts();
        let folder = match kind {
            Kind::Project | Kind::ProjectSettings => format!("`{kind}/`"),
            Kind::Locales => "in `flows/locales.json`".to_owned(),
            Kind::YesNoIntents => format!("`{kind}/<locale>/`"),
            _ => match facts.owner {
                Some(owner) => format!("`{kind}/<{}>/<name>/`", owner.name().trim_end_matches('s')),
                None => format!("`{kind}/<name>/`"),
            },
        };
        let paths = paths(kind);
        let all = paths.list.iter().chain(&paths.one).chain(paths.more);
        let read: Vec<_> = all.map(|path| format!("`{path}`")).collect();
        let cli: Vec<_> = facts.in_cli.iter().map(|file| format!("`{file}`")).collect();
        let cli = if cli.is_empty() { "nothing".to_owned() } else { cli.join(", ") };
        table += &format!("| `{kind}` | {folder} | {} | {} | {cli} |\n", read.join(", "), facts.restorable);
    }
    table
}

/// Returns the page with the table in its place.
fn with_table(page: &str) -> String {
    let (before, rest) = page.split_once(BEGIN).expect("the page has a place for the table");
    let (_, after) = rest.split_once(END).expect("the table has an end");
    format!("{before}{BEGIN}{}{END}{after}", table())
}

#[test]
#[ignore = "writes files"]
fn renew() {
    let text = std::fs::read_to_string(page()).unwrap();
    std::fs::write(page(), with_table(&text)).unwrap();
}

#[test]
fn the_table_of_kinds_is_what_the_program_does() {
    let text = std::fs::read_to_string(page()).unwrap();
    assert!(
        text == with_table(&text),
        "docs/format.md is not up to date: cargo test --test it format::renew -- --ignored"
    );
}
