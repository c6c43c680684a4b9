//! A step under way, and what is left of it.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tempfile::TempDir;

use super::commands::{Annotation, Command, Kind, Reading, mask};
use super::files::parse_file_command;

/// Above this the runner drops a step's whole summary.
const SUMMARY_LIMIT: usize = 1024 * 1024;
/// How often a waiting test looks.
const LOOK: Duration = Duration::from_millis(5);

/// The files by which a step tells the runner something.
#[derive(Clone)]
pub(super) struct FileCommands {
    pub(super) output: PathBuf,
    pub(super) state: PathBuf,
    pub(super) env: PathBuf,
    pub(super) path: PathBuf,
    pub(super) summary: PathBuf,
}

/// A step that has been started and not waited for. Dropping it kills it.
pub struct Running {
    child: Child,
    status: Option<ExitStatus>,
    stdout: Stream,
    stderr: Stream,
    files: FileCommands,
    root: Arc<TempDir>,
    workspace: PathBuf,
    warnings: Vec<String>,
    timeout: Duration,
}

impl Running {
    pub(super) fn new(
        mut child: Child,
        files: FileCommands,
        root: Arc<TempDir>,
        workspace: PathBuf,
        warnings: Vec<String>,
        timeout: Duration,
    ) -> Self {
        let stdout = Stream::collect(child.stdout.take().expect("started with a pipe"));
        let stderr = Stream::collect(child.stderr.take().expect("started with a pipe"));
        Self { child, status: None, stdout, stderr, files, root, workspace, warnings, timeout }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What came by standard output so far.
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// Waits until something holds (a line in the log, a request at a stand-in); false when the step ended or its
    /// time was up before.
    pub fn wait_until(&mut self, mut holds: impl FnMut(&Self) -> bool) -> bool {
        let mut waited = Duration::ZERO;
        while waited < self.timeout {
            if holds(self) {
                return true;
            }
            if self.ended() {
                return holds(self);
            }
            std::thread::sleep(LOOK);
            waited += LOOK;
        }
        false
    }

    /// Kills the step at once (SIGKILL): nothing is cleaned up, as when a machine goes away.
    pub fn kill(&mut self) {
        // A step that has ended by itself needs no killing.
        let _ = self.child.kill();
    }

    /// Sends a signal by name, such as `INT` or `TERM`: a cancelled job sends first the one, then the other.
    pub fn signal(&self, name: &str) {
        let script = format!("kill -{name} {}", self.id());
        let status = std::process::Command::new("/bin/sh").args(["-c", &script]).status();
        assert!(status.is_ok_and(|status| status.success()), "SIG{name} could not be sent");
    }

    /// Waits for the end and reads what the step has left; a step that outlives its time is killed.
    pub fn wait(mut self) -> StepResult {
        let mut waited = Duration::ZERO;
        let mut timed_out = false;
        while !self.ended() {
            if waited >= self.timeout && !timed_out {
                timed_out = true;
                self.kill();
            }
            std::thread::sleep(LOOK);
            waited += LOOK;
        }
        self.stdout.finish();
        self.stderr.finish();
        self.result(timed_out)
    }

    fn ended(&mut self) -> bool {
        if self.status.is_none() {
            self.status = self.child.try_wait().expect("a child of ours can be asked");
        }
        self.status.is_some()
    }

    fn result(&self, timed_out: bool) -> StepResult {
        let stdout = self.stdout.text();
        let stderr = self.stderr.text();
        let mut reading = Reading { warnings: self.warnings.clone(), ..Reading::default() };
        reading.read(&stdout);
        reading.read(&stderr);
        let mut values = |name: &str, path: &Path| {
            parse_file_command(&read(path)).unwrap_or_else(|error| {
                reading.errors.push(format!("Unable to process file command '{name}' successfully. {error}"));
                BTreeMap::new()
            })
        };
        let outputs = values("output", &self.files.output);
        let state = values("state", &self.files.state);
        let env = values("env", &self.files.env);
        let added_paths = read(&self.files.path).lines().map(str::to_owned).collect();
        let summary = read(&self.files.summary);
        let summary_too_big = summary.len() > SUMMARY_LIMIT;
        let status = self.status.unwrap_or_default();
        StepResult {
            exit_code: status.code(),
            signal: status.signal(),
            timed_out,
            outputs,
            state,
            env,
            added_paths,
            summary,
            summary_too_big,
            stdout,
            stderr,
            masks: reading.masks,
            commands: reading.commands,
            annotations: reading.annotations,
            dropped_annotations: reading.dropped,
            errors: reading.errors,
            warnings: reading.warnings,
            workspace: self.workspace.clone(),
            root: Arc::clone(&self.root),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
        // Reaped, if it was still there.
        let _ = self.child.wait();
    }
}

/// What a step has left.
#[derive(Debug)]
pub struct StepResult {
    /// The exit code; none where a signal ended the step.
    pub exit_code: Option<i32>,
    /// The signal that ended the step.
    pub signal: Option<i32>,
    /// Whether the step was killed for taking too long.
    pub timed_out: bool,
    /// `GITHUB_OUTPUT`; empty where the file is malformed (see `errors`).
    pub outputs: BTreeMap<String, String>,
    /// `GITHUB_STATE`.
    pub state: BTreeMap<String, String>,
    /// `GITHUB_ENV`.
    pub env: BTreeMap<String, String>,
    /// `GITHUB_PATH`.
    pub added_paths: Vec<String>,
    /// `GITHUB_STEP_SUMMARY` as written, unmasked.
    pub summary: String,
    /// Over 1 MiB: the runner shows nothing of it.
    pub summary_too_big: bool,
    /// Standard output as written, unmasked.
    pub stdout: String,
    /// Standard error as written, unmasked.
    pub stderr: String,
    /// What `::add-mask::` named, and each line of it.
    pub masks: Vec<String>,
    /// The workflow commands that the runner obeyed, those of standard output first.
    pub commands: Vec<Command>,
    /// The annotations that the run's page shows: at most ten of a kind.
    pub annotations: Vec<Annotation>,
    /// How many annotations were too many.
    pub dropped_annotations: usize,
    /// What the runner itself has to complain about; any of it fails the step.
    pub errors: Vec<String>,
    /// What the runner warns about.
    pub warnings: Vec<String>,
    /// The step's working directory, as the step left it.
    pub workspace: PathBuf,
    root: Arc<TempDir>,
}

impl StepResult {
    /// Whether the step's mark is green.
    pub fn succeeded(&self) -> bool {
        self.exit_code == Some(0) && self.errors.is_empty()
    }

    /// The texts of the annotations of a kind.
    pub fn annotations_of(&self, kind: Kind) -> Vec<&str> {
        self.annotations.iter().filter(|a| a.kind == kind).map(|a| a.message.as_str()).collect()
    }

    /// Standard output as a reader of the log sees it.
    pub fn masked_stdout(&self) -> String {
        mask(&self.stdout, &self.masks)
    }

    /// Where a planted secret can be read: the log other than its `::add-mask::` line, the summary, every file
    /// command, and any file left in the workspace, the home and the temporary directory. The secret counts in plain
    /// and as the basic authorisation that git sends.
    pub fn leaks(&self, secrets: &[&str]) -> Vec<String> {
        let log: String = self
            .stdout
            .lines()
            .filter(|line| !line.starts_with("::add-mask::"))
            .collect::<Vec<_>>()
            .join("\n");
        let mut places: Vec<(String, Vec<u8>)> = vec![
            ("stdout".to_owned(), log.into_bytes()),
            ("stderr".to_owned(), self.stderr.clone().into_bytes()),
        ];
        files_below(self.root.path(), self.root.path(), &mut places);
        let mut found = Vec::new();
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            let basic = BASE64_STANDARD.encode(format!("x-access-token:{secret}"));
            for (place, bytes) in &places {
                if [secret.as_bytes(), basic.as_bytes()].iter().any(|needle| holds(bytes, needle)) {
                    found.push(format!("{secret} in {place}"));
                }
            }
        }
        found
    }
}

/// Every file by its path below the root, with the path among its bytes: a name can hold a secret too. The event is
/// the runner's own.
fn files_below(root: &Path, directory: &Path, places: &mut Vec<(String, Vec<u8>)>) {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()).filter(|path| !path.ends_with("_github_workflow")) {
        if path.is_dir() && !path.is_symlink() {
            files_below(root, &path, places);
            continue;
        }
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        let mut bytes = std::fs::read(&path).unwrap_or_default();
        bytes.extend_from_slice(name.as_bytes());
        places.push((name, bytes));
    }
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// What a step writes, read as it comes.
struct Stream {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Stream {
    fn collect(mut pipe: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bytes);
        let reader = std::thread::spawn(move || {
            let mut chunk = [0; 8192];
            while let Ok(length @ 1..) = pipe.read(&mut chunk) {
                kept.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&chunk[..length]);
            }
        });
        Self { bytes, reader: Some(reader) }
    }

    /// Waits for the pipe's end.
    fn finish(&mut self) {
        if let Some(reader) = self.reader.take() {
            // A reader only ends; what it read stands in the buffer.
            let _ = reader.join();
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

/// A file command; one that the step removed is an empty one.
fn read(path: &Path) -> String {
    std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
