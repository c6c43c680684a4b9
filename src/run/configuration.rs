//! Where config.json comes from: the workspace, or, where no step put it there, the repository at the run's commit.

use std::path::{Component, Path};

use secrecy::SecretString;

use super::failure::Failure;
use super::world;
use crate::config::{ConfigFiles, ConfigText, Input, Inputs, Problem};
use crate::github::{Error, GitHub};
use crate::report;
use crate::runner::{self, Environment, Log};

/// Reads the configuration from where it is: one file, nothing where none was asked for and none is there, or the files of
/// the workspace that a glob matches. What a person has to mend is a problem in it.
///
/// # Errors
/// GitHub cannot be asked. With the defaults in the place of a file that may be there, the run would save another
/// selection on another branch, so it ends here.
pub(super) async fn config_files(
    inputs: &Inputs,
    environment: &Environment,
    log: &Log,
) -> Result<ConfigFiles, Failure> {
    match environment.config_files(inputs) {
        ConfigFiles::One(Ok(None)) => Ok(ConfigFiles::One(from_repository(inputs, environment, log).await?)),
        files => Ok(files),
    }
}

async fn from_repository(
    inputs: &Inputs,
    environment: &Environment,
    log: &Log,
) -> Result<Result<Option<ConfigText>, Problem>, Failure> {
    let Some(place) = Place::of(inputs, environment) else {
        return Ok(environment.no_config_file(inputs, None));
    };
    match place.read(inputs, environment).await? {
        Ok(Some(bytes)) => {
            log.line(&report::backup::configured_by(&place.path, &place.shown()));
            Ok(environment.config_text(inputs, bytes).map(Some))
        }
        Ok(None) => Ok(environment.no_config_file(inputs, Some(&place.shown()))),
        Err(error @ Error::OtherKind { .. }) => {
            let found = format!("{error} in {}", place.shown());
            Ok(Err(inputs.config_file_problem(found, "the path of a configuration file")))
        }
        Err(error) => Err(Failure::not_asked_for_config(&place.path, &place.shown(), error)),
    }
}

/// A file of the workflow's repository.
struct Place<'a> {
    github: &'a runner::Github,
    owner: &'a str,
    name: &'a str,
    token: &'a SecretString,
    path: String,
}

impl<'a> Place<'a> {
    /// Returns the place that a run's configuration file would have; nothing outside Actions, without a token for
    /// GitHub, and for a path that leads out of the workspace.
    fn of(inputs: &'a Inputs, environment: &'a Environment) -> Option<Self> {
        let github = environment.github.as_ref()?;
        let (owner, name) = github.repository.as_deref()?.split_once('/')?;
        let token = inputs.token_for_github(&environment.place())?;
        let path = in_repository(&inputs.config_file().0, environment.base())?;
        Some(Self { github, owner, name, token, path })
    }

    async fn read(
        &self,
        inputs: &Inputs,
        environment: &Environment,
    ) -> Result<Result<Option<Vec<u8>>, Error>, Failure> {
        let ca_file = inputs.path(Input::CaCertificate, environment.base());
        let transport = world::transport(environment, ca_file)?;
        let api: GitHub = world::github_api(self.github, transport, self.token)?;
        Ok(api.file(self.owner, self.name, &self.path, self.github.sha.as_deref()).await)
    }

    fn shown(&self) -> String {
        let at = self.github.sha.as_deref().map_or("its default branch", |sha| sha.get(..12).unwrap_or(sha));
        format!("{}/{} at {at}", self.owner, self.name)
    }
}

/// Returns the path in the repository of what would be at `path` in a checkout at `base`.
fn in_repository(path: &Path, base: &Path) -> Option<String> {
    let path = if path.is_absolute() { path.strip_prefix(base).ok()? } else { path };
    let mut segments = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => segments.push(name.to_str()?),
            Component::ParentDir => drop(segments.pop()?),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    (!segments.is_empty()).then(|| segments.join("/"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("config.json", Some("config.json"))]
    #[case("./a//b/../ä #.json", Some("a/ä #.json"))]
    #[case("/work/space/a.json", Some("a.json"))]
    #[case("/etc/config.json", None)]
    #[case("../config.json", None)]
    #[case("a/../../config.json", None)]
    #[case("a/..", None)]
    fn a_path_is_one_in_the_repository_or_none(#[case] path: &str, #[case] expected: Option<&str>) {
        assert_eq!(in_repository(Path::new(path), Path::new("/work/space")).as_deref(), expected);
    }
}
