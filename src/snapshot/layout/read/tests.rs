//! What was laid out is read back, and laid out again as it was.

use fastrand::Rng;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::snapshot::SecretsPolicy;
use crate::snapshot::diff::tests::Project;
use crate::snapshot::layout::{render, render_locales};

/// Reads all of a project and lays it out again.
fn again(project: &Project) -> Result<BTreeMap<TreePath, Vec<u8>>, Malformed> {
    let read_at = "2025-10-03T14:30:00Z".parse().unwrap();
    let entry =
        FileEntry { sha256: String::new(), bytes: 0, read_at, parts: BTreeMap::new(), redacted: Vec::new() };
    let stored = |bytes| StoredFile { bytes, entry: &entry };
    let is_locale = |resource: &&ResourceEntry| resource.kind == Kind::Locales;
    let entries: Vec<&ResourceEntry> = project.resources.iter().filter(is_locale).collect();
    let shared: TreePath = super::super::LOCALES_FILE.parse().unwrap();
    let locales = read_locales(&entries, stored(&project.files[&shared]))?;
    let names: Vec<_> =
        locales.iter().map(|l| (l.id.clone(), l.reference_id.clone(), l.name.clone())).collect();
    let folders = LocaleFolders::new(&names);
    let mut files = BTreeMap::from([(shared, render_locales(&locales)?.bytes)]);
    for entry in project.resources.iter().filter(|entry| !is_locale(entry)) {
        let below = |path: &TreePath| path.as_str().strip_prefix(&format!("{}/", entry.path))?.parse().ok();
        let own =
            project.files.iter().filter_map(|(path, bytes)| Some((below(path)?, stored(bytes.as_slice()))));
        let resource = read(entry, &folders, &own.collect())?;
        let rendered = render(&resource, &folders, SecretsPolicy::Redact)?;
        files.extend(rendered.into_iter().map(|file| (entry.path.join(&file.path), file.bytes)));
    }
    Ok(files)
}

#[test]
fn what_is_read_back_is_laid_out_as_it_was() {
    let mut project = Project::new(&["English", "German"]);
    let extras = "[\n    {\n        \"_id\": \"id-Main-Ask-0\",\n        \"referenceId\": \"ref-Main-Ask\",\n        \"mock\": {\n            \"code\": \"1\"\n        }\n    }\n]";
    for locale in ["English", "German"] {
        let path = format!("flows/Main/{locale}/node-extras.json");
        project.files.insert(path.parse().unwrap(), extras.as_bytes().to_vec());
    }
    let files = again(&project).unwrap();
    for (path, bytes) in &project.files {
        assert_eq!(std::str::from_utf8(&files[path]), std::str::from_utf8(bytes), "{path}");
    }
    assert_eq!(files.len(), project.files.len());
}

#[rstest]
#[case::yes_no_intents(Kind::YesNoIntents, &[
    (PartName::Listed, json!({"yesIntent": {"_id": "y", "name": "Yes"}, "noIntent": {"_id": "n", "name": "No"}})),
    (PartName::Sentences { intent: "y".to_owned() }, json!([{"_id": "1", "text": "yes"}])),
    (PartName::Sentences { intent: "n".to_owned() }, json!([{"_id": "2", "text": "no"}])),
])]
#[case::knowledge_source(Kind::KnowledgeSources, &[
    (PartName::Document, json!({"_id": "k", "name": "Manual"})),
    (PartName::Chunks, json!([{"_id": "2", "order": 1, "text": "first"}, {"_id": "1", "order": 2, "text": "second"}])),
])]
#[case::function(Kind::Functions, &[(PartName::Document, json!({"_id": "f", "name": "Sync", "code": "let a;"}))])]
fn other_kinds_are_read_back(#[case] kind: Kind, #[case] parts: &[(PartName, Value)]) {
    let read_at: chrono::DateTime<chrono::Utc> = "2025-10-03T14:30:00Z".parse().unwrap();
    let part = |(name, value): &(PartName, Value)| Part {
        name: name.clone(),
        read_at,
        origin: Origin::Carried,
        value: value.clone(),
    };
    let entry = ResourceEntry {
        kind,
        reference_id: "r".to_owned(),
        id: "i".to_owned(),
        name: "It".to_owned(),
        owner: None,
        path: "x/It".parse().unwrap(),
        created_at: None,
        created_by: None,
        last_changed: Some(1),
        last_changed_by: None,
    };
    let given = resource(&entry, parts.iter().map(part).collect());
    let laid_out = |resource| render(resource, &LocaleFolders::default(), SecretsPolicy::Redact).unwrap();
    let files = laid_out(&given);
    let about =
        FileEntry { sha256: String::new(), bytes: 0, read_at, parts: BTreeMap::new(), redacted: Vec::new() };
    let stored =
        files.iter().map(|file| (file.path.clone(), StoredFile { bytes: &file.bytes, entry: &about }));
    let back = read(&entry, &LocaleFolders::default(), &stored.collect()).unwrap();
    assert_eq!(back.parts.len(), parts.len());
    assert_eq!(laid_out(&back), files);
}

#[test]
fn a_file_that_is_missing_is_named() {
    let mut project = Project::new(&["English"]);
    project.files.remove(&"flows/Main/settings.json".parse::<TreePath>().unwrap());
    let said = again(&project).unwrap_err().to_string();
    assert_eq!(said, "flows `Main`: its settings.json in the snapshot is missing");
}

proptest! {
    #[test]
    fn reading_and_laying_out_again_changes_nothing(seed: u64) {
        let edited = Project::new(&["English", "German"]).edited(&mut Rng::with_seed(seed));
        // What nobody's server would send may not be readable; what was laid out is.
        if let Ok(files) = again(&edited) {
            let once = Project { files, ..edited };
            prop_assert!(again(&once).unwrap() == once.files);
        }
    }
}
