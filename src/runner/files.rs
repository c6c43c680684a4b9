//! The files that a run leaves for its runner: outputs, summary, report.
//!
//! The runner parses the file of outputs line by line, `name<<delimiter`, value, `delimiter`. Whoever can guess the
//! delimiter can end a value and write outputs of their own; so it is 128 random bits, and not in the value.
//!
//! The report is written into the workspace, where a later step finds it and whoever owns the workspace can delete
//! it. The workspace holds other people's files: nothing there is overwritten or followed.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use crate::report::cut;

/// A file that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {what} to {}: {source}", path.display())]
pub struct FileError {
    /// What was to be written: "the outputs".
    pub what: &'static str,
    /// Where.
    pub path: PathBuf,
    /// Why not.
    pub source: io::Error,
}

/// The runner refuses a step's summary over 1 MiB, all of it.
const SUMMARY_LIMIT: u64 = 1024 * 1024;

/// The report's name in the workspace; the second of a job is `cognigy-backup-report-2.json`.
const REPORT: &str = "cognigy-backup-report";
const REPORTS: u32 = 100;

/// Appends outputs to the file at `path` (`GITHUB_OUTPUT`), names and values.
///
/// # Errors
/// A file that cannot be written, or a name that the runner would not take for a name.
pub fn write_outputs(path: &Path, outputs: &[(String, String)]) -> Result<(), FileError> {
    let write = || {
        let blocks: io::Result<String> = outputs.iter().map(|(name, value)| heredoc(name, value)).collect();
        append(path, &blocks?)
    };
    write().map_err(|source| FileError { what: "the outputs", path: path.to_owned(), source })
}

fn heredoc(name: &str, value: &str) -> io::Result<String> {
    if name.is_empty() || name.contains(['=', '\n', '\r']) || name.contains("<<") {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{name:?} cannot be an output's name"),
        ));
    }
    loop {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits).map_err(io::Error::other)?;
        let delimiter = format!("ghadelimiter_{:032x}", u128::from_ne_bytes(bits));
        if !value.contains(&delimiter) {
            return Ok(format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"));
        }
    }
}

/// Appends the summary to the file at `path` (`GITHUB_STEP_SUMMARY`), cut where the file would grow too large for
/// the runner to take it.
///
/// # Errors
/// A file that cannot be written.
pub fn write_summary(path: &Path, summary: &str) -> Result<(), FileError> {
    let write = || {
        let there = match path.metadata() {
            Ok(file) => file.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        // One byte for the line's end that may be missing before ours.
        let room = usize::try_from(SUMMARY_LIMIT.saturating_sub(there + 1)).unwrap_or(usize::MAX);
        append(path, &cut(summary, room))
    };
    write().map_err(|source| FileError { what: "the summary", path: path.to_owned(), source })
}

/// Appends in one write, on a line of its own.
fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let newline = if last == [b'\n'] { "" } else { "\n" };
    file.write_all(format!("{newline}{text}").as_bytes())
}

/// Writes the report into the workspace and returns its path relative to it: `cognigy-backup-report.json`, or, where
/// that is taken (an earlier step's, a planted link), the same with the next free number.
///
/// The file appears whole, under a name that was free, and belongs to whoever owns the workspace: a container's root
/// would leave a file behind that the runner's user cannot delete.
///
/// # Errors
/// A workspace that cannot be written.
pub fn write_report(workspace: &Path, bytes: &[u8]) -> Result<PathBuf, FileError> {
    let fail =
        |source| FileError { what: "the report", path: workspace.join(format!("{REPORT}.json")), source };
    let mut file =
        tempfile::Builder::new().prefix(".cognigy-backup-").tempfile_in(workspace).map_err(fail)?;
    file.write_all(bytes).map_err(fail)?;
    belong(file.as_file(), workspace).map_err(fail)?;
    for number in 1..REPORTS {
        let name = report_name(number);
        match file.persist_noclobber(workspace.join(&name)) {
            Ok(_) => return Ok(name),
            Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => file = taken.file,
            Err(error) => return Err(fail(error.error)),
        }
    }
    // A workspace that nobody ever cleans must not stop its backups: the last name is used again. A rename replaces
    // what stands there and follows nothing.
    let name = report_name(REPORTS);
    file.persist(workspace.join(&name)).map_err(|error| fail(error.error))?;
    Ok(name)
}

fn report_name(number: u32) -> PathBuf {
    if number == 1 { format!("{REPORT}.json") } else { format!("{REPORT}-{number}.json") }.into()
}

/// Gives the file to the owner of the workspace, if it is ours to give: only root may. By handle, before it has its
/// name, so that nothing can be put in its place meanwhile.
fn belong(file: &File, workspace: &Path) -> io::Result<()> {
    let (owner, ours) = (workspace.metadata()?, file.metadata()?);
    if ours.uid() == 0 && (owner.uid(), owner.gid()) != (ours.uid(), ours.gid()) {
        fchown(file, Some(owner.uid()), Some(owner.gid()))?;
    }
    // A temporary file is private; a report is as readable as any file of a checkout.
    file.set_permissions(Permissions::from_mode(0o644))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{chown, symlink};

    use proptest::prelude::*;

    use super::*;

    /// Reads a file of outputs as the runner does (actions/runner, `FileCommandManager.cs`).
    fn parse(mut text: &str) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        while !text.is_empty() {
            let (head, rest) = text.split_once('\n').unwrap_or((text, ""));
            text = rest;
            if head.is_empty() {
                continue;
            }
            let (name, delimiter) = head.split_once("<<").expect("every output is a heredoc");
            let mut lines = Vec::new();
            loop {
                let (line, rest) = text.split_once('\n').expect("every heredoc has its end");
                text = rest;
                if line == delimiter {
                    break;
                }
                lines.push(line);
            }
            pairs.push((name.to_owned(), lines.join("\n")));
        }
        pairs
    }

    proptest! {
        #[test]
        fn the_runner_reads_outputs_as_they_were(
            values in prop::collection::vec("(.|[\r\n=]|a<<b\n|\nghadelimiter_){0,20}", 0..6)
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("output");
            let outputs: Vec<_> = values.into_iter().enumerate().map(|(n, v)| (format!("name-{n}"), v)).collect();
            write_outputs(&path, &outputs).unwrap();
            prop_assert_eq!(parse(&fs::read_to_string(&path).unwrap()), outputs);
        }
    }

    #[test]
    fn outputs_are_appended_on_their_own_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output");
        fs::write(&path, "a<<x\n1\nx").unwrap();
        write_outputs(&path, &[("b".into(), "2".into())]).unwrap();
        assert_eq!(
            parse(&fs::read_to_string(&path).unwrap()),
            [("a".into(), "1".into()), ("b".into(), "2".into())]
        );
        let error = write_outputs(&path, &[("a=b".into(), String::new())]).unwrap_err().to_string();
        assert!(error.contains("the outputs") && error.contains("\"a=b\""), "{error}");
    }

    #[test]
    fn a_summary_never_grows_too_large_for_the_runner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary");
        for _ in 0..4 {
            write_summary(&path, &"| ü |\n".repeat(60_000)).unwrap();
        }
        let text = fs::read_to_string(&path).unwrap();
        assert!((SUMMARY_LIMIT - 1_000..=SUMMARY_LIMIT).contains(&(text.len() as u64)), "{}", text.len());
        assert!(text.contains("see the report file"));
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named() {
        let error = write_summary(Path::new("/nowhere/summary"), "x").unwrap_err().to_string();
        assert!(error.starts_with("cannot write the summary to /nowhere/summary: "), "{error}");
        let error = write_report(Path::new("/nowhere"), b"{}").unwrap_err().to_string();
        assert!(
            error.starts_with("cannot write the report to /nowhere/cognigy-backup-report.json: "),
            "{error}"
        );
    }

    #[test]
    fn reports_do_not_replace_one_another_nor_what_a_link_points_to() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = folder.path();
        let outside = tempfile::NamedTempFile::new().unwrap();
        symlink(outside.path(), workspace.join("cognigy-backup-report-2.json")).unwrap();
        let names = [1, 2].map(|n: u8| write_report(workspace, &[n]).unwrap());
        assert_eq!(names, ["cognigy-backup-report.json", "cognigy-backup-report-3.json"].map(PathBuf::from));
        assert_eq!(fs::read(workspace.join(&names[0])).unwrap(), [1]);
        assert_eq!(fs::read(outside.path()).unwrap(), [0; 0]);
        assert_eq!(fs::metadata(workspace.join(&names[0])).unwrap().mode() & 0o777, 0o644);
    }

    #[test]
    fn a_workspace_that_is_never_cleaned_uses_its_last_name_again() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::NamedTempFile::new().unwrap();
        symlink(outside.path(), folder.path().join("cognigy-backup-report-100.json")).unwrap();
        let names: Vec<_> = (0..101).map(|n| write_report(folder.path(), &[n]).unwrap()).collect();
        let last = &names[100];
        assert_eq!(last, Path::new("cognigy-backup-report-100.json"));
        assert_eq!(fs::read(folder.path().join(last)).unwrap(), [100]);
        assert_eq!(fs::read(outside.path()).unwrap(), [0; 0]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 100, "no temporary file is left");
    }

    #[test]
    fn the_report_belongs_to_whom_the_workspace_belongs() {
        let folder = tempfile::tempdir().unwrap();
        if fs::metadata(folder.path()).unwrap().uid() != 0
            || chown(folder.path(), Some(1001), Some(121)).is_err()
        {
            return; // Only root can give a file away; a container's root is whom this is for.
        }
        let name = write_report(folder.path(), b"{}").unwrap();
        let file = fs::metadata(folder.path().join(name)).unwrap();
        assert_eq!((file.uid(), file.gid()), (1001, 121));
    }
}
