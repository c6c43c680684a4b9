//! The jobs of a workflow, one for each configuration file: what `strategy.matrix` reads.

use serde::Serialize;

use super::given::GLOB;
use super::problem::{At, Fault, Problems};
use crate::snapshot::Prefix;

/// How many jobs GitHub makes of one matrix (docs.github.com, "Running variations of jobs in a workflow": "A matrix
/// will generate a maximum of 256 jobs per workflow run").
const JOBS: usize = 256;

/// A matrix of jobs, sorted by configuration file.
#[derive(Debug, Serialize)]
pub struct Matrix {
    include: Vec<Job>,
}

/// One job.
#[derive(Debug, Serialize)]
struct Job {
    /// What the job gives as `config`.
    config: String,
    /// What the job, its environment and its concurrency group may be called: letters, digits, `.`, `_`, `-`.
    name: String,
    /// The beginning of its branches' names.
    prefix: Prefix,
}

impl Matrix {
    /// Makes a job of each file that `pattern` (which stands at `at`) matched.
    ///
    /// A job is called after that part of its file's path that the pattern leaves open, so that its name stays what
    /// it is when other files come and go.
    pub(super) fn new(pattern: &str, at: &At, files: Vec<(String, Prefix)>) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        if files.len() > JOBS {
            let found = format!("{} files", files.len());
            let allowed = format!("at most {JOBS}, which is how many jobs GitHub makes of one matrix");
            problems.push(Fault::new(found, allowed).at(at.clone()));
        }
        let mut include: Vec<Job> = Vec::new();
        for (file, prefix) in files {
            let name = name(pattern, &file);
            // GitHub takes names of environments and of concurrency groups for the same whatever their case.
            let twin = include.iter().find(|job| job.name.eq_ignore_ascii_case(&name));
            let found = match twin {
                _ if name.is_empty() => Some("a path that gives its job no name".to_owned()),
                Some(twin) => Some(format!("a path that calls its job `{name}`, as {} does", twin.config)),
                None => None,
            };
            let allowed = "paths that differ in their letters (a-z), digits, `.` and `_`";
            problems.extend(found.map(|found| Fault::new(found, allowed).at(At::File(file.clone()))));
            // A file may be named like a glob; written as one, it means itself.
            let config = if file.contains(GLOB) { glob::Pattern::escape(&file) } else { file };
            include.push(Job { config, name, prefix });
        }
        if problems.is_empty() { Ok(Self { include }) } else { Err(Problems(problems)) }
    }

    /// Returns the JSON, in one line.
    ///
    /// # Panics
    /// Never: texts are JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts are JSON")
    }
}

/// Returns what the job of `file` is called: the parts of its path that `pattern` leaves open (of a pattern that is
/// no glob, the last), with `-` for every character that is not safe in a name, and without the ending.
fn name(pattern: &str, file: &str) -> String {
    let parts = |path| str::split(path, '/').filter(|part| !matches!(*part, "" | "."));
    let fixed = |part: &&str| !part.contains(GLOB);
    let file: Vec<&str> = parts(file).collect();
    let (first, last) = if pattern.contains(GLOB) {
        let before = parts(pattern).take_while(fixed).count();
        let after = parts(pattern).collect::<Vec<_>>().into_iter().rev().take_while(fixed).count();
        (before, file.len().saturating_sub(after))
    } else {
        (file.len().saturating_sub(1), file.len())
    };
    let open = file.get(first..last).unwrap_or(&file).join("-");
    let open = open.strip_suffix(".json").unwrap_or(&open);
    let safe = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    open.chars().map(safe).collect::<String>().trim_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("projects/*.json", "projects/service-bot.json", "service-bot")]
    #[case("./projects/*.json", "projects/service-bot.json", "service-bot")]
    #[case("projects/*/config.json", "projects/sales/config.json", "sales")]
    #[case("projects/**/*.json", "projects/eu/sales.json", "eu-sales")]
    #[case("projects/**/*.json", "projects/sales.json", "sales")]
    #[case("/srv/[ab]/*.json", "/srv/a/x.json", "a-x")]
    #[case("*", "My bot (2).json", "My-bot--2")]
    #[case("*.json", "$(id).json", "id")]
    #[case("*.json", "日本.json", "")]
    #[case("projects/sales.json", "projects/sales.json", "sales")]
    #[case("", "config.json", "config")]
    fn a_job_is_called_after_what_the_pattern_leaves_open(
        #[case] pattern: &str,
        #[case] file: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(name(pattern, file), expected);
    }

    fn matrix(files: &[&str]) -> Result<String, String> {
        let prefix = |at: usize| format!("p{at}").parse().unwrap();
        let files = files.iter().enumerate().map(|(at, file)| ((*file).to_owned(), prefix(at))).collect();
        let at = At::File("here".to_owned());
        Matrix::new("c/**", &at, files).map(|matrix| matrix.to_json()).map_err(|why| why.to_string())
    }

    #[test]
    fn a_file_named_like_a_glob_is_given_as_one_that_means_it() {
        insta::assert_snapshot!(
            matrix(&["c/a.json", "c/b[1].json"]).unwrap(),
            @r#"{"include":[{"config":"c/a.json","name":"a","prefix":"p0"},{"config":"c/b[[]1[]].json","name":"b-1","prefix":"p1"}]}"#
        );
    }

    #[test]
    fn jobs_that_could_not_be_told_apart_are_refused() {
        insta::assert_snapshot!(matrix(&["c/A.json", "c/a", "c/x/y.json", "c/x-y.json", "c/+.json"]).unwrap_err(), @"
        the configuration has 3 mistakes; nothing was captured:
          c/a: found a path that calls its job `a`, as c/A.json does; allowed: paths that differ in their letters (a-z), digits, `.` and `_`
          c/x-y.json: found a path that calls its job `x-y`, as c/x/y.json does; allowed: paths that differ in their letters (a-z), digits, `.` and `_`
          c/+.json: found a path that gives its job no name; allowed: paths that differ in their letters (a-z), digits, `.` and `_`
        ");
    }

    #[test]
    fn more_jobs_than_github_makes_are_refused() {
        let files: Vec<String> = (0..257).map(|n| format!("c/{n}.json")).collect();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        assert!(matrix(&files[..256]).is_ok());
        insta::assert_snapshot!(matrix(&files).unwrap_err(), @"
        the configuration has a mistake; nothing was captured:
          here: found 257 files; allowed: at most 256, which is how many jobs GitHub makes of one matrix
        ");
    }
}
