//! docs/format.md, held to the code: a checked-out snapshot is read back into what was captured; and the table of kinds
//! is made, not written. After a change to a kind:
//!
//! ```text
//! cargo test --test it format::renew -- --ignored
//! ```

use std::collections::BTreeMap;
use std::path::PathBuf;

use cognigy_backup::cognigy::paths;
use cognigy_backup::snapshot::layout::{
    LocaleFolders, StoredFile, read, read_locales, render, render_locales,
};
use cognigy_backup::snapshot::{Kind, Manifest, ResourceEntry, SecretsPolicy, TreePath};
use testkit::cognigy::{Project, Setup, Size, Switches};

use crate::world::{HOURLY, World};

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

/// The content files of the newest snapshot, by their paths below the content folder.
fn content(world: &World, manifest: &Manifest) -> BTreeMap<TreePath, Vec<u8>> {
    let file = |path: &TreePath| {
        world.upstream.read_file(HOURLY, &format!("agent/{path}")).expect("it is in the tree")
    };
    manifest.files.keys().map(|path| (path.clone(), file(path))).collect()
}

#[test]
fn a_checked_out_snapshot_is_read_back_into_the_same_capture() {
    let newer = Switches { newer_nodes: true, yes_no_as_stored: true, ..Switches::default() };
    for (size, switches) in [(Size::small(), newer), (Size::full(), Switches::default())] {
        let project = Project::seeded(23, size);
        let world = World::with(Setup { project, switches, ..Setup::default() });
        world.expect("success");
        let manifest = world.manifest(HOURLY);
        let bytes = content(&world, &manifest);
        let stored: BTreeMap<&TreePath, StoredFile<'_>> = bytes
            .iter()
            .map(|(path, bytes)| (path, StoredFile { bytes, entry: &manifest.files[path] }))
            .collect();
        let locales: Vec<&ResourceEntry> =
            manifest.resources.iter().filter(|resource| resource.kind == Kind::Locales).collect();
        let names: Vec<_> =
            locales.iter().map(|l| (l.id.clone(), l.reference_id.clone(), l.name.clone())).collect();
        let folders = LocaleFolders::new(&names);

        let mut again: BTreeMap<TreePath, Vec<u8>> = BTreeMap::new();
        let shared = read_locales(&locales, stored[&locales[0].path]).expect("the locales are read back");
        let file = render_locales(&shared).unwrap();
        again.insert(file.path, file.bytes);
        for entry in manifest.resources.iter().filter(|resource| resource.kind != Kind::Locales) {
            let folder = format!("{}/", entry.path);
            let own = stored.iter().filter_map(|(path, file)| {
                Some((path.as_str().strip_prefix(&folder)?.parse().unwrap(), *file))
            });
            let resource = read(entry, &folders, &own.collect()).expect("a resource is read back");
            assert_eq!((resource.kind, &resource.id, &resource.owner), (entry.kind, &entry.id, &entry.owner));
            for file in render(&resource, &folders, SecretsPolicy::Keep).expect("it is laid out again") {
                again.insert(entry.path.join(&file.path), file.bytes);
            }
        }
        let paths = |files: &BTreeMap<TreePath, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(paths(&again), paths(&bytes));
        for (path, written) in &bytes {
            assert!(again[path] == *written, "{path}: {}", String::from_utf8_lossy(&again[path]));
        }
    }
}
