//! Writes a snapshot's files into a folder or a zip file that a person named.
//!
//! All of it is written under a hidden name beside the place and gets its own name last, in one step: whoever sees that
//! name sees all of it. Nothing is overwritten and no link is followed: a folder may be there if it is empty, and a checked-out
//! repository may have planted links, so that none may stand on the way from the workspace to the place.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::{Path, PathBuf};

use tempfile::{TempDir, TempPath};

use super::zip::Zip;
use crate::snapshot::TreePath;
use chrono::{DateTime, Utc};

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Something is there.
    #[error("{} is there already{}", path.display(), if *folder { " and is not empty" } else { "" })]
    Taken {
        /// What.
        path: PathBuf,
        /// Whether it is a folder with something in it.
        folder: bool,
    },
    /// It would have to be the folder in which the program works.
    #[error("{} is the folder in which this runs", path.display())]
    Here {
        /// Which.
        path: PathBuf,
    },
    /// A link stands on the way.
    #[error("{} is a link, and links are not followed", path.display())]
    Link {
        /// Which.
        path: PathBuf,
    },
    /// The folder in which it is to stand is not there.
    #[error("there is no folder {}", path.display())]
    NoParent {
        /// Which.
        path: PathBuf,
    },
    /// The system does not do it.
    #[error("cannot write {}", path.display())]
    Disk {
        /// What.
        path: PathBuf,
        /// Its word.
        #[source]
        source: io::Error,
    },
}

impl ExportError {
    /// Returns what can be done about it.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Taken { .. } => "Name another place with `output`, or move away what is there.",
            Self::Here { .. } | Self::Link { .. } => "Name another folder with `output`.",
            Self::NoParent { .. } => "Make the folder first, or name another place with `output`.",
            Self::Disk { .. } => "Nothing was left behind. Name another place with `output`, or make room.",
        };
        vec![hint.to_owned()]
    }
}

/// A place for an export, found free.
#[derive(Debug)]
pub struct Destination {
    target: PathBuf,
    parent: PathBuf,
    /// Whom the files are to belong to, where they are ours to give.
    owner: Option<(u32, u32)>,
}

impl Destination {
    /// Looks at a place. `base` is where relative paths begin: the workspace, which belongs to the runner's user.
    ///
    /// # Errors
    /// It is not free, or not to be reached.
    pub fn find(target: &Path, base: &Path) -> Result<Self, ExportError> {
        let path = || target.to_owned();
        let Some(parent) = target.parent().filter(|_| target.file_name().is_some()) else {
            return Err(ExportError::Taken { path: path(), folder: true });
        };
        let inside = target.strip_prefix(base).ok();
        let mut way = base.to_owned();
        for part in inside.and_then(Path::parent).into_iter().flat_map(Path::components) {
            way.push(part);
            if way.is_symlink() {
                return Err(ExportError::Link { path: way });
            }
        }
        if !parent.is_dir() {
            return Err(ExportError::NoParent { path: parent.to_owned() });
        }
        match target.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(ExportError::Disk { path: path(), source }),
            Ok(there) if there.is_symlink() => return Err(ExportError::Link { path: path() }),
            Ok(there) if there.is_dir() && !is_zip(target) => {
                let is_same = |other: fs::Metadata| (other.dev(), other.ino()) == (there.dev(), there.ino());
                if base.metadata().is_ok_and(is_same) {
                    return Err(ExportError::Here { path: path() });
                }
                let mut entries =
                    fs::read_dir(target).map_err(|source| ExportError::Disk { path: path(), source })?;
                if entries.next().is_some() {
                    return Err(ExportError::Taken { path: path(), folder: true });
                }
            }
            Ok(_) => return Err(ExportError::Taken { path: path(), folder: false }),
        }
        let owner = inside.and_then(|_| base.metadata().ok()).map(|base| (base.uid(), base.gid()));
        Ok(Self { target: path(), parent: parent.to_owned(), owner })
    }

    /// Returns whether a zip file is wanted.
    #[must_use]
    pub fn is_zip(&self) -> bool {
        is_zip(&self.target)
    }

    /// Begins to write, under a hidden name. `taken` is the time of every file.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn begin(self, taken: DateTime<Utc>) -> Result<Export, ExportError> {
        let disk = |source| ExportError::Disk { path: self.target.clone(), source };
        let hidden =
            tempfile::Builder::new().prefix(".cognigy-backup-").tempdir_in(&self.parent).map_err(disk)?;
        let inside = hidden.path().join("export");
        let form = if self.is_zip() {
            let file = create(&inside, self.owner).map_err(disk)?;
            Form::Zip(Box::new(Zip::new(file, taken)))
        } else {
            folder(&inside, self.owner).map_err(disk)?;
            Form::Folder
        };
        Ok(Export { destination: self, hidden, inside, form })
    }
}

fn is_zip(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"))
}

enum Form {
    Folder,
    Zip(Box<Zip<File>>),
}

/// An export under way. Dropped before its end, it leaves nothing.
pub struct Export {
    destination: Destination,
    hidden: TempDir,
    inside: PathBuf,
    form: Form,
}

impl Export {
    /// Adds a file. Files come in the order of their paths.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn add(&mut self, path: &TreePath, bytes: &[u8]) -> Result<(), ExportError> {
        let shown = self.destination.target.join(path.as_str());
        let owner = self.destination.owner;
        let written = match &mut self.form {
            Form::Zip(zip) => zip.add(path, bytes),
            Form::Folder => write(&self.inside, path, bytes, owner),
        };
        written.map_err(|source| ExportError::Disk { path: shown, source })
    }

    /// Gives what was written its name, in one step.
    ///
    /// # Errors
    /// Somebody else took the place meanwhile, or the system does not do it.
    pub fn finish(self) -> Result<(), ExportError> {
        let Self { destination: Destination { target, .. }, hidden, inside, form } = self;
        let fail = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists
            | io::ErrorKind::DirectoryNotEmpty
            | io::ErrorKind::NotADirectory => ExportError::Taken { path: target.clone(), folder: false },
            _ => ExportError::Disk { path: target.clone(), source },
        };
        match form {
            Form::Zip(zip) => {
                zip.finish().map_err(fail)?;
                let file = TempPath::try_from_path(&inside).map_err(fail)?;
                file.persist_noclobber(&target).map_err(|error| fail(error.error))?;
            }
            // A folder takes the place of an empty folder, and of nothing else.
            Form::Folder => fs::rename(&inside, &target).map_err(fail)?,
        }
        // What is left is an empty hidden folder.
        drop(hidden);
        Ok(())
    }
}

fn write(root: &Path, path: &TreePath, bytes: &[u8], owner: Option<(u32, u32)>) -> io::Result<()> {
    let mut at = root.to_owned();
    let mut parts = path.components().peekable();
    while let Some(part) = parts.next() {
        at.push(part);
        if parts.peek().is_none() {
            return create(&at, owner)?.write_all(bytes);
        }
        match folder(&at, owner) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made?,
        }
    }
    Ok(())
}

/// Makes a file that is not there yet.
fn create(path: &Path, owner: Option<(u32, u32)>) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    give(&file, owner)?;
    Ok(file)
}

/// Makes a folder that is not there yet.
fn folder(path: &Path, owner: Option<(u32, u32)>) -> io::Result<()> {
    fs::create_dir(path)?;
    give(&File::open(path)?, owner)
}

/// Gives a file or a folder to whom it is to belong, if it is ours to give: only root may.
fn give(file: &File, owner: Option<(u32, u32)>) -> io::Result<()> {
    let ours = file.metadata()?;
    match owner {
        Some((user, group)) if ours.uid() == 0 && (user, group) != (ours.uid(), ours.gid()) => {
            fchown(file, Some(user), Some(group))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
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
        if fs::metadata(base.path()).unwrap().uid() != 0 || chown(base.path(), Some(1001), Some(121)).is_err()
        {
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
}
