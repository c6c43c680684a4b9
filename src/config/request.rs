//! What a run is asked to do, and for which projects: one, or one for each file that a glob matches.
//!
//! All files are judged before anything is done, and all that is wrong comes back at once. Of several files each
//! stands for a project of its own: which one that is, and under which prefix it is kept, only the file says.

use super::given::Inputs;
use super::inputs::Input;
use super::matrix::Matrix;
use super::mode::Mode;
use super::problem::{At, Fault, Problem, Problems, Warning};
use super::reading::{Reading, Scope};
use super::settings::{ConfigText, Place, Settings};
use crate::snapshot::Prefix;

/// The configuration files as they were found.
#[derive(Debug)]
pub enum ConfigFiles {
    /// One was asked for, or none: the file, nothing where none is there, or why it could not be read.
    One(Result<Option<ConfigText>, Problem>),
    /// A glob was asked for: what it matches, sorted by path, each file as it could be read; or why there is none.
    Several(Result<Vec<Result<ConfigText, Problem>>, Problem>),
}

/// What a run is asked to do.
#[derive(Debug)]
pub enum Request {
    /// To back projects up, or to say what that would do.
    Backup {
        /// The projects, in the order of their files; never empty.
        projects: Vec<Asked>,
        /// Whether a glob named them. One project is then a list of one, so that a second file changes nothing.
        several: bool,
    },
    /// To list them for the jobs of a workflow.
    Matrix(Matrix),
}

/// One project that a run is asked for.
#[derive(Debug)]
pub struct Asked {
    /// Everything about it.
    pub settings: Settings,
    /// What a person should know.
    pub warnings: Vec<Warning>,
}

impl Request {
    /// Reads what was given, and the files, as they were meant.
    ///
    /// # Errors
    /// Everything that is wrong, in inputs, variables and all files together.
    pub fn new(inputs: &Inputs, files: ConfigFiles, place: &Place) -> Result<Self, Problems> {
        let mode = inputs.text(Input::Mode).and_then(|(mode, _)| mode.parse().ok());
        match (files, mode) {
            (ConfigFiles::One(file), Some(Mode::Matrix)) => match file.transpose() {
                Some(file) => list(inputs, vec![file], place),
                None => {
                    let missing = inputs.missing(Input::Config);
                    Err(Problems(inputs.problems.iter().cloned().chain(missing).collect()))
                }
            },
            (ConfigFiles::One(file), _) => {
                let (settings, warnings) = Settings::new(inputs, file, place)?;
                Ok(Request::Backup { projects: vec![Asked { settings, warnings }], several: false })
            }
            (ConfigFiles::Several(Err(problem)), _) => {
                Err(Problems(inputs.problems.iter().cloned().chain([problem]).collect()))
            }
            (ConfigFiles::Several(Ok(files)), Some(Mode::Matrix)) => list(inputs, files, place),
            (ConfigFiles::Several(Ok(files)), _) => several(inputs, files, place),
        }
    }
}

/// A file and the prefix that it gives its branches.
type OwnPrefix = (String, Prefix);

fn several(
    inputs: &Inputs,
    files: Vec<Result<ConfigText, Problem>>,
    place: &Place,
) -> Result<Request, Problems> {
    let (mut projects, _) = judge(inputs, files, place, Scope::OfSeveral, |reading| {
        Settings::read(reading).map(|(settings, warnings)| Asked { settings, warnings })
    })?;
    // What is to be said of an input is said once, not for each file.
    let mut said: Vec<Warning> = Vec::new();
    for project in &mut projects {
        project.warnings.retain(|warning| !said.contains(warning));
        said.extend(project.warnings.iter().cloned());
    }
    Ok(Request::Backup { projects, several: true })
}

fn list(
    inputs: &Inputs,
    files: Vec<Result<ConfigText, Problem>>,
    place: &Place,
) -> Result<Request, Problems> {
    let (_, prefixes) = judge(inputs, files, place, Scope::Listed, |mut reading| {
        Settings::of(&mut reading);
        reading.finish()
    })?;
    let (pattern, at) = inputs.text(Input::Config).unwrap_or(("", At::Missing(Input::Config)));
    Ok(Request::Matrix(Matrix::new(pattern, &at, prefixes)?))
}

/// Reads each file with `read`; returns what it read, and the prefix of each file.
fn judge<T>(
    inputs: &Inputs,
    files: Vec<Result<ConfigText, Problem>>,
    place: &Place,
    scope: Scope,
    read: impl Fn(Reading<'_>) -> Result<T, Problems>,
) -> Result<(Vec<T>, Vec<OwnPrefix>), Problems> {
    let mut problems: Vec<Problem> = for_one_file_only(inputs).collect();
    let (mut all, mut prefixes) = (Vec::new(), Vec::new());
    for file in files {
        let reading = Reading::new(inputs, file.map(Some), place, scope);
        prefixes.extend(reading.file_name().zip(reading.own_prefix()));
        match read(reading) {
            Ok(one) => all.push(one),
            Err(Problems(wrong)) => {
                // What is wrong with an input is found with each file, and said once.
                let new: Vec<_> = wrong.into_iter().filter(|problem| !problems.contains(problem)).collect();
                problems.extend(new);
            }
        }
    }
    problems.extend(clashes(&prefixes));
    if problems.is_empty() { Ok((all, prefixes)) } else { Err(Problems(problems)) }
}

/// Refuses what was given for all files and can only be true of one.
fn for_one_file_only(inputs: &Inputs) -> impl Iterator<Item = Problem> {
    [
        Input::CognigyAgentId,
        Input::Prefix,
        Input::Snapshot,
        Input::Output,
        Input::Confirm,
        Input::AcceptAnomaly,
    ]
    .into_iter()
    .filter_map(|input| {
        let (_, at) = inputs.text(input)?;
        let allowed = match input.facts().key {
            Some(key) => format!("nothing for several files: each says its own, as `{}`", &key[2..]),
            None => {
                "nothing for several files: it is true of one project, so run with that one's file".to_owned()
            }
        };
        Some(Fault::new("a value for all files", allowed).at(at))
    })
}

/// Says which files would write the same branches, or one where the other needs a folder: no branch can be named
/// `a` beside `a/b`.
fn clashes(prefixes: &[OwnPrefix]) -> impl Iterator<Item = Problem> {
    let below = |inner: &Prefix, outer: &Prefix| {
        inner.as_str().strip_prefix(outer.as_str()).is_some_and(|rest| rest.starts_with('/'))
    };
    prefixes.iter().enumerate().filter_map(move |(at, (file, prefix))| {
        let found = prefixes[..at].iter().find_map(|(other, its)| {
            if prefix == its {
                Some(format!("the prefix `{prefix}`, which {other} has too"))
            } else if below(prefix, its) {
                Some(format!("the prefix `{prefix}`, which is below `{its}` of {other}"))
            } else if below(its, prefix) {
                Some(format!("the prefix `{prefix}`, above `{its}` of {other}"))
            } else {
                None
            }
        })?;
        let allowed = "a prefix of its own for each file, none below another";
        Some(Fault::new(found, allowed).at(At::Key { file: file.clone(), path: "$.prefix".to_owned() }))
    })
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
