//! Finds and reads the configuration: one file, or every file that a glob matches.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern, glob_with};

use super::Environment;
use crate::config::{At, ConfigFiles, ConfigText, Fault, Input, Inputs, Problem};

/// A configuration is a page or two. What is larger is another file.
pub(super) const CONFIG_LIMIT: u64 = 1 << 20;

/// So many projects are not one run's. What matches more is meant otherwise: `**/*.json`, say.
const FILES_LIMIT: usize = 1_000;

/// As a shell matches: `*` and `?` not over `/`, and no hidden files unless written.
const AS_A_SHELL: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

impl Environment {
    /// Reads what `config` names, relative to [`Environment::base`].
    pub fn config_files(&self, inputs: &Inputs) -> ConfigFiles {
        let at = |path: &Path| {
            let given = inputs.get(Input::Config);
            given.map_or_else(
                || At::File(path.display().to_string()),
                |given| At::Given(Input::Config, given.origin.clone()),
            )
        };
        match inputs.config_glob() {
            Some(pattern) => {
                let problem = |fault: Fault| fault.at(at(Path::new(pattern)));
                let paths = self.matches(pattern).map_err(problem);
                ConfigFiles::Several(paths.map(|paths| {
                    let read = |path: &PathBuf| {
                        self.read(path).map_err(|fault| fault.at(At::File(path.display().to_string())))
                    };
                    paths.iter().map(read).collect()
                }))
            }
            None => {
                let (path, _) = inputs.config_file();
                let there = !is_missing(&self.base().join(&path));
                let file = there.then(|| self.read(&path).map_err(|fault| fault.at(at(&path))));
                ConfigFiles::One(file.transpose())
            }
        }
    }

    /// Takes the bytes of the one configuration file, wherever they were found.
    ///
    /// # Errors
    /// They are no configuration.
    pub fn config_text(&self, inputs: &Inputs, bytes: Vec<u8>) -> Result<ConfigText, Problem> {
        let (path, _) = inputs.config_file();
        text(&path, bytes).map_err(|Fault { found, allowed, .. }| inputs.config_file_problem(found, &allowed))
    }

    /// Says what follows where the one configuration file was not found, neither here nor in `repository` (if that was
    /// asked): there is none.
    ///
    /// # Errors
    /// It was asked for.
    pub fn no_config_file(
        &self,
        inputs: &Inputs,
        repository: Option<&str>,
    ) -> Result<Option<ConfigText>, Problem> {
        let (path, asked_for) = inputs.config_file();
        if !asked_for {
            return Ok(None);
        }
        let full = self.base().join(&path);
        let mut found = format!("{}, which is not at {}", path.display(), full.display());
        let mut allowed = format!("a file that is there; {}", self.where_files_are());
        if let Some(repository) = repository {
            found = format!("{found} and not in {repository}");
            allowed = "a file of the repository, or one that a step before this one puts into the workspace"
                .to_owned();
        }
        Err(inputs.config_file_problem(found, &allowed))
    }

    /// Returns the files that `pattern` matches, sorted. Folders that it matches are passed over: a glob asks for
    /// files, and `configs/*` does not mean `configs/old`.
    fn matches(&self, pattern: &str) -> Result<Vec<PathBuf>, Fault> {
        // What is special in the base's own path is none of the pattern's.
        let base = Pattern::escape(&self.base().to_string_lossy());
        let whole = Path::new(&base).join(pattern);
        let found = glob_with(&whole.to_string_lossy(), AS_A_SHELL)
            .map_err(|why| fault(format!("`{pattern}` ({why})"), "a path or a glob"))?;
        let mut files = Vec::new();
        for path in found {
            let path = path.map_err(|why| {
                fault(
                    format!("`{pattern}`, which cannot be followed ({why})"),
                    "a glob over folders that can be read",
                )
            })?;
            if path.is_dir() {
                continue;
            }
            // Shown and handed on as a person would write it.
            files.push(path.strip_prefix(self.base()).map(Path::to_owned).unwrap_or(path));
            if files.len() > FILES_LIMIT {
                let found = format!("`{pattern}`, which matches more than {FILES_LIMIT} files");
                return Err(fault(found, "a glob that matches one file for each project"));
            }
        }
        files.sort();
        if files.is_empty() {
            let found = format!("`{pattern}`, which matches no file in {}", self.base().display());
            return Err(fault(found, &format!("a glob that matches a file; {}", self.where_files_are())));
        }
        Ok(files)
    }

    fn read(&self, path: &Path) -> Result<ConfigText, Fault> {
        let (shown, full) = (path.display(), self.base().join(path));
        match read_at_most(&full, CONFIG_LIMIT + 1) {
            Ok(bytes) => text(path, bytes),
            // A link that leads nowhere.
            Err(why) if why.kind() == ErrorKind::NotFound => Err(fault(
                format!("{shown}, which is not at {}", full.display()),
                &format!("a file that is there; {}", self.where_files_are()),
            )),
            Err(why) => {
                Err(fault(format!("{shown}, which cannot be read ({why})"), "a file that can be read"))
            }
        }
    }

    fn where_files_are(&self) -> &'static str {
        if self.github.is_some() {
            "`actions/checkout` in a step before this one puts files into the workspace"
        } else {
            "a relative path begins at the working directory"
        }
    }
}

fn text(path: &Path, bytes: Vec<u8>) -> Result<ConfigText, Fault> {
    let shown = path.display();
    let Some(name) = path.to_str() else {
        return Err(fault(format!("{shown}, whose name is no UTF-8 text"), "a name in UTF-8"));
    };
    if bytes.len() as u64 > CONFIG_LIMIT {
        return Err(fault(format!("{shown}, which has more than 1 MiB"), "a configuration file"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(ConfigText { path: name.to_owned(), text }),
        Err(_) => Err(fault(format!("{shown}, which is no UTF-8 text"), "a JSON document in UTF-8")),
    }
}

fn is_missing(path: &Path) -> bool {
    path.symlink_metadata().is_err_and(|why| why.kind() == ErrorKind::NotFound)
}

fn read_at_most(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn fault(found: String, allowed: &str) -> Fault {
    Fault { found, allowed: allowed.to_owned(), did_you_mean: None }
}
/// Reads a text file that a person named.
///
/// # Errors
/// It cannot be read, or is no text.
pub fn read_text(path: &std::path::Path) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}
