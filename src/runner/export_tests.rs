//! Exports: what appears, what is left alone, and that stock programs read it.

use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::process::Command;

use super::*;

const FILES: [(&str, &[u8]); 4] = [
    (".backup-metadata.json", b"{}\n"),
    ("agent/flows/Gr\u{fc}\u{df} \u{1f642}/config.json", b"{\"a\": 1}"),
    ("agent/flows/Main/chart.json", b""),
    ("agent/x.ts", b"// x\n"),
];

fn export(target: &Path, base: &Path) -> Result<(), ExportError> {
    let taken = "2025-10-03T14:30:07Z".parse().unwrap();
    let mut export = Destination::find(target, base)?.begin(taken)?;
    for (path, bytes) in FILES {
        export.add(&path.parse().unwrap(), bytes)?;
    }
    export.finish()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_folder_appears_whole_with_usual_permissions() {
    let base = tempfile::tempdir().unwrap();
    fs::create_dir(base.path().join("empty")).unwrap();
    for name in ["new", "empty", "empty/../other"] {
        let target = base.path().join(name);
        export(&target, base.path()).unwrap();
        for (path, bytes) in FILES {
            assert_eq!(fs::read(target.join(path)).unwrap(), bytes);
        }
    }
    let mode = |path: &str| fs::metadata(base.path().join(path)).unwrap().mode() & 0o700;
    assert_eq!((mode("new"), mode("new/agent"), mode("new/agent/x.ts")), (0o700, 0o700, 0o600));
    let plain = base.path().join("plain");
    fs::create_dir(&plain).unwrap();
    assert_eq!(mode("new") & 0o777, fs::metadata(&plain).unwrap().mode() & 0o700);
    assert_eq!(names(base.path()), ["empty", "new", "other", "plain"], "nothing hidden is left");
}

#[test]
fn nothing_is_overwritten_and_no_link_is_followed() {
    let base = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let at = |name: &str| base.path().join(name);
    fs::create_dir(at("full")).unwrap();
    fs::write(at("full/x"), "mine").unwrap();
    fs::write(at("file"), "mine").unwrap();
    fs::write(at("file.zip"), "mine").unwrap();
    fs::create_dir(at("folder.zip")).unwrap();
    symlink(elsewhere.path(), at("link")).unwrap();
    symlink(elsewhere.path().join("x.zip"), at("link.zip")).unwrap();
    let before = names(base.path());
    for (name, said) in [
        ("full", "is there already and is not empty"),
        ("file", "is there already"),
        ("file.zip", "is there already"),
        ("folder.zip", "is there already"),
        ("link", "is a link"),
        ("link.zip", "is a link"),
        ("link/inside", "is a link"),
        ("none/inside", "there is no folder"),
        ("file/inside", "there is no folder"),
        (".", "is the folder in which this runs"),
        ("..", "is there already"),
    ] {
        let error = export(&at(name), base.path()).unwrap_err();
        assert!(error.to_string().contains(said) && !error.hints().is_empty(), "{name}: {error}");
    }
    assert_eq!(names(base.path()), before);
    assert_eq!(names(elsewhere.path()), Vec::<String>::new());
    assert_eq!(fs::read(at("full/x")).unwrap(), b"mine");
    // A person's own links, outside the workspace, are a person's own.
    symlink(base.path(), elsewhere.path().join("way")).unwrap();
    export(&elsewhere.path().join("way/out"), &at("full")).unwrap();
    assert!(at("out/agent/x.ts").is_file());
}

#[test]
fn a_place_that_is_taken_meanwhile_stays_as_it_is() {
    let base = tempfile::tempdir().unwrap();
    for name in ["out", "out.zip"] {
        let target = base.path().join(name);
        let begun = Destination::find(&target, base.path()).unwrap();
        let mut begun = begun.begin("2025-10-03T14:30:07Z".parse().unwrap()).unwrap();
        begun.add(&"a".parse().unwrap(), b"1").unwrap();
        assert!(!target.exists(), "not before its end");
        fs::write(&target, "mine").unwrap();
        assert!(matches!(begun.finish(), Err(ExportError::Taken { .. })));
        assert_eq!(fs::read(&target).unwrap(), b"mine");
    }
    assert_eq!(names(base.path()), ["out", "out.zip"]);
}

#[test]
fn an_export_that_is_given_up_leaves_nothing() {
    let base = tempfile::tempdir().unwrap();
    let begun = Destination::find(&base.path().join("out"), base.path()).unwrap();
    let mut begun = begun.begin("2025-10-03T14:30:07Z".parse().unwrap()).unwrap();
    begun.add(&"a/b".parse().unwrap(), b"1").unwrap();
    drop(begun);
    assert_eq!(names(base.path()), Vec::<String>::new());
}

#[test]
fn what_root_writes_belongs_to_whom_the_workspace_belongs() {
    let base = tempfile::tempdir().unwrap();
    if fs::metadata(base.path()).unwrap().uid() != 0 || chown(base.path(), Some(1001), Some(121)).is_err() {
        return; // Only root can give a file away; a container's root is whom this is for.
    }
    for name in ["out", "out.zip"] {
        export(&base.path().join(name), base.path()).unwrap();
    }
    for path in ["out", "out/agent", "out/agent/x.ts", "out.zip"] {
        let file = fs::metadata(base.path().join(path)).unwrap();
        assert_eq!((file.uid(), file.gid()), (1001, 121), "{path}");
    }
    assert_eq!(fs::metadata(base.path().join("out.zip")).unwrap().permissions().mode() & 0o600, 0o600);
}

#[test]
fn stock_programs_open_the_zip_and_it_is_the_same_each_time() {
    let base = tempfile::tempdir().unwrap();
    let (one, two) = (base.path().join("one.zip"), base.path().join("two.ZIP"));
    export(&one, base.path()).unwrap();
    export(&two, base.path()).unwrap();
    assert_eq!(fs::read(&one).unwrap(), fs::read(&two).unwrap());
    let script = "import sys, zipfile\n\
                  z = zipfile.ZipFile(sys.argv[1])\n\
                  assert z.testzip() is None\n\
                  for i in z.infolist(): print(i.filename, i.file_size, i.date_time, i.flag_bits, oct(i.external_attr >> 16))\n\
                  z.extractall(sys.argv[2])\n";
    let out = base.path().join("taken out");
    let mut python = Command::new("python3");
    let python = python.env("PYTHONIOENCODING", "utf-8").args(["-c", script]).arg(&one).arg(&out);
    let ended = python.output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    insta::assert_snapshot!(String::from_utf8_lossy(&ended.stdout), @"
    .backup-metadata.json 3 (2025, 10, 3, 14, 30, 6) 2048 0o100644
    agent/flows/Grüß 🙂/config.json 8 (2025, 10, 3, 14, 30, 6) 2048 0o100644
    agent/flows/Main/chart.json 0 (2025, 10, 3, 14, 30, 6) 2048 0o100644
    agent/x.ts 5 (2025, 10, 3, 14, 30, 6) 2048 0o100644
    ");
    for (path, bytes) in FILES {
        assert_eq!(fs::read(out.join(path)).unwrap(), bytes);
    }
    if let Ok(ended) = Command::new("unzip").arg("-t").arg(&one).output() {
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    }
}
