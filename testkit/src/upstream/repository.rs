//! A bare git repository in a directory of its own, read and changed with stock git, shut off from the machine's
//! configuration.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

/// 2025-01-01T00:00:00Z: the first commit made by the kit is one second younger.
const EPOCH: u32 = 1_735_689_600;

/// What GitHub's servers offer beyond stock git's defaults, and no upkeep behind a test's back.
const CONFIG: [(&str, &str); 8] = [
    ("uploadpack.allowFilter", "true"),
    ("uploadpack.allowTipSHA1InWant", "true"),
    ("uploadpack.allowReachableSHA1InWant", "true"),
    ("receive.advertisePushOptions", "true"),
    ("receive.autogc", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("core.logAllRefUpdates", "false"),
];

/// A bare repository that lives as long as this value, unless it is to be kept.
pub struct Repository {
    root: TempDir,
    path: PathBuf,
    made: AtomicU32,
}

impl Repository {
    /// An empty bare repository at `NAME.git` below a new directory; its HEAD is `main`.
    pub fn create(name: &str) -> Self {
        let root = tempfile::Builder::new().prefix("upstream-").tempdir().expect("a temporary directory");
        let path = root.path().join(format!("{name}.git"));
        Self::at(root, path)
    }

    /// The bare repository at a path, made where it is absent, that is still there afterwards.
    pub fn keep(path: &Path) -> Self {
        let root = tempfile::Builder::new().prefix("upstream-").tempdir().expect("a temporary directory");
        Self::at(root, std::path::absolute(path).expect("a path"))
    }

    fn at(root: TempDir, path: PathBuf) -> Self {
        std::fs::create_dir_all(&path).expect("a directory for the repository");
        std::fs::create_dir(root.path().join("home")).expect("a home directory");
        let repository = Self { root, path, made: AtomicU32::new(0) };
        // Where there is one already, this changes nothing.
        repository.git(&["init", "--quiet", "--bare", "--initial-branch=main"]);
        for (key, value) in CONFIG {
            repository.config(key, value);
        }
        repository
    }

    /// The bare repository's directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Sets a key of the repository's configuration, such as `receive.denyNonFastForwards`.
    pub fn config(&self, key: &str, value: &str) {
        self.git(&["config", key, value]);
    }

    /// Every branch and the commit it points at.
    pub fn branches(&self) -> BTreeMap<String, String> {
        self.git(&["for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads"])
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(name, commit)| (name.to_owned(), commit.to_owned()))
            .collect()
    }

    /// The commits of a branch, newest first; none where the branch is absent.
    pub fn rev_list(&self, branch: &str) -> Vec<String> {
        self.history(branch, "%H")
    }

    /// The subjects of a branch's commits, newest first; none where the branch is absent.
    pub fn log(&self, branch: &str) -> Vec<String> {
        self.history(branch, "%s")
    }

    fn history(&self, branch: &str, format: &str) -> Vec<String> {
        let reference = format!("refs/heads/{branch}");
        match self.try_git(&["rev-parse", "--verify", "--quiet", &reference]) {
            Ok(_) => {
                let text = self.git(&["log", &format!("--format={format}"), &reference]);
                text.lines().map(str::to_owned).collect()
            }
            Err(_) => Vec::new(),
        }
    }

    /// A commit's message as written.
    pub fn message(&self, commit: &str) -> String {
        self.git(&["show", "--no-patch", "--format=%B", commit]).trim_end().to_owned()
    }

    /// The bytes of a file in a branch or commit.
    pub fn read_file(&self, revision: &str, path: &str) -> Option<Vec<u8>> {
        let output = self.run(&["cat-file", "blob", &format!("{revision}:{path}")], None);
        output.status.success().then_some(output.stdout)
    }

    /// Every file's path in a branch or commit, sorted.
    pub fn list_files(&self, revision: &str) -> Vec<String> {
        let text = self.git(&["ls-tree", "-r", "-z", "--name-only", revision]);
        text.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect()
    }

    /// Asserts that git finds nothing wrong with any object, reachable or not.
    pub fn fsck(&self) {
        let output = self.run(&["fsck", "--strict", "--full", "--no-dangling", "--no-progress"], None);
        let said = text(&output.stdout) + &text(&output.stderr);
        let complaints: Vec<&str> = said.lines().filter(|line| !line.starts_with("notice:")).collect();
        assert!(output.status.success() && complaints.is_empty(), "git fsck found: {said}");
    }

    /// Adds a commit to a branch, which is made where it is absent; the files come on top of what was there.
    /// Answers the new commit.
    pub fn commit(&self, branch: &str, files: &[(&str, &[u8])], message: &str) -> String {
        let at = EPOCH + 1 + self.made.fetch_add(1, Ordering::SeqCst);
        let reference = format!("refs/heads/{branch}");
        let parent = self.try_git(&["rev-parse", "--verify", "--quiet", &reference]).ok();
        let mut script = Vec::new();
        let head = format!("commit {reference}\ncommitter Somebody Else <else@example.com> {at} +0000\n");
        script.extend_from_slice(head.as_bytes());
        script.extend_from_slice(format!("data {}\n{message}\n", message.len()).as_bytes());
        if let Some(parent) = parent {
            script.extend_from_slice(format!("from {}\n", parent.trim()).as_bytes());
        }
        for (path, bytes) in files {
            script.extend_from_slice(format!("M 100644 inline {path}\ndata {}\n", bytes.len()).as_bytes());
            script.extend_from_slice(bytes);
            script.push(b'\n');
        }
        checked(&["fast-import"], self.run(&["fast-import", "--quiet"], Some(&script)));
        self.git(&["rev-parse", &reference]).trim().to_owned()
    }

    /// Somebody else's commit lands on a branch: what a lost race looks like. Answers the foreign commit.
    pub fn move_behind_our_back(&self, branch: &str) -> String {
        let text = format!("change {}\n", self.made.load(Ordering::SeqCst) + 1);
        self.commit(branch, &[("FOREIGN", text.as_bytes())], "A commit of somebody else")
    }

    /// Adds `count` branches `many/00000`, `many/00001`, … to one commit: a long advertisement.
    pub fn create_refs(&self, count: u32) {
        let commit = self.commit("many/seed", &[("seed", b"seed\n")], "Seed of many branches");
        let mut script = String::new();
        for number in 0..count {
            let _ = writeln!(script, "create refs/heads/many/{number:05} {commit}");
        }
        checked(&["update-ref"], self.run(&["update-ref", "--stdin"], Some(script.as_bytes())));
    }

    /// Runs git in the repository and answers what it printed; a failure fails the test.
    pub fn git(&self, arguments: &[&str]) -> String {
        checked(arguments, self.run(arguments, None))
    }

    /// Runs git in the repository; `Err` is what it said when it failed.
    pub fn try_git(&self, arguments: &[&str]) -> Result<String, String> {
        outcome(self.run(arguments, None))
    }

    /// Runs stock git in another directory with the same isolation: a client that is not ours.
    pub fn try_git_in(&self, directory: &Path, arguments: &[&str]) -> Result<String, String> {
        let mut command = self.hermetic_git();
        outcome(command.current_dir(directory).args(arguments).output().expect("git starts"))
    }

    pub(super) fn run(&self, arguments: &[&str], input: Option<&[u8]>) -> Output {
        let mut command = self.hermetic_git();
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = command.spawn().expect("git starts");
        if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
            stdin.write_all(input).expect("git reads its input");
        }
        child.wait_with_output().expect("git ends")
    }

    /// git with this repository as its directory and nothing of the machine but `PATH`.
    pub(crate) fn hermetic_git(&self) -> Command {
        let mut command = Command::new("git");
        command
            .current_dir(&self.path)
            .env_clear()
            .env("PATH", path_of_programs())
            .env("HOME", self.root.path().join("home"))
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_AUTHOR_NAME", "Somebody Else")
            .env("GIT_AUTHOR_EMAIL", "else@example.com")
            .env("GIT_AUTHOR_DATE", format!("{EPOCH} +0000"))
            .env("GIT_COMMITTER_NAME", "Somebody Else")
            .env("GIT_COMMITTER_EMAIL", "else@example.com")
            .env("GIT_COMMITTER_DATE", format!("{EPOCH} +0000"));
        command
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "git and the shell of its hooks are found where the tests find them"
)]
pub(crate) fn path_of_programs() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into())
}

fn outcome(output: Output) -> Result<String, String> {
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

pub(super) fn checked(arguments: &[&str], output: Output) -> String {
    match outcome(output) {
        Ok(printed) => printed,
        Err(said) => panic!("git {} failed: {said}", arguments.join(" ")),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
