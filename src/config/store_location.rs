//! Where snapshots are kept: a git repository behind http, or a folder.

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

use super::base_url::check_secrecy;
use super::problem::{Fault, quoted};

const ALLOWED: &str = "the https address of a git repository, or a path";

/// The repository that holds the snapshots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreLocation {
    /// A bare repository in this folder, made on first use.
    Path(PathBuf),
    /// A repository behind `https`, or `http` on this machine. Never with a token in it.
    Http(Url),
}

impl StoreLocation {
    /// Reads `text`; a relative path begins at `base`.
    ///
    /// # Errors
    /// Anything that is neither an address over which a token may travel nor a path.
    pub fn parse(text: &str, base: &Path) -> Result<Self, Fault> {
        let text = text.trim();
        if let Some((scheme, rest)) = text.split_once("://") {
            return match scheme.to_ascii_lowercase().as_str() {
                "http" | "https" => Self::http(text),
                "file" => Err(Fault::new(quoted(text), ALLOWED).suggesting(Some(rest))),
                "ssh" | "git+ssh" => Err(over_ssh(text)),
                _ => Err(Fault::new(quoted(text), ALLOWED)),
            };
        }
        // `git@host:path` and `host:path` are ssh's; `C:\path` is not.
        if text.split_once(':').is_some_and(|(host, _)| host.len() > 1 && !host.contains(['/', '\\'])) {
            return Err(over_ssh(text));
        }
        if text.is_empty() || text.contains('\0') {
            return Err(Fault::new(quoted(text), ALLOWED));
        }
        // Only a shell knows `~`; taken as written it would make a folder of that name.
        if text == "~" || text.starts_with("~/") {
            return Err(Fault::new(quoted(text), format!("{ALLOWED}, with the home folder written out")));
        }
        Ok(Self::Path(base.join(text)))
    }

    fn http(text: &str) -> Result<Self, Fault> {
        let mut url = Url::parse(text)
            .map_err(|why| Fault::new(format!("an address that is none ({why})"), ALLOWED))?;
        check_secrecy(&url, &format!("{ALLOWED}; a token goes into `github-token`"))?;
        let path = url.path().trim_end_matches('/').to_owned();
        if path.is_empty() {
            return Err(Fault::new(
                format!("{}, which names no repository", quoted(text)),
                "an address such as https://github.com/owner/repository.git",
            ));
        }
        url.set_path(&path);
        Ok(Self::Http(url))
    }

    /// Returns the host and port of an address.
    #[must_use]
    pub fn host(&self) -> Option<(&str, Option<u16>)> {
        match self {
            StoreLocation::Path(_) => None,
            StoreLocation::Http(url) => url.host_str().map(|host| (host, url.port())),
        }
    }
}

fn over_ssh(text: &str) -> Fault {
    let found = format!("{}, which is reached over ssh", quoted(text));
    let allowed = format!("{ALLOWED} (ssh keys are not used here; a token goes into `github-token`)");
    let bare = text.split_once("://").map_or(text, |(_, rest)| rest);
    let bare = bare.rsplit_once('@').map_or(bare, |(_, rest)| rest);
    let likely = bare
        .split_once([':', '/'])
        .map(|(host, path)| format!("https://{host}/{}", path.trim_start_matches('/')))
        .filter(|url| Url::parse(url).is_ok());
    Fault::new(found, allowed).suggesting(likely)
}

impl fmt::Display for StoreLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreLocation::Path(path) => write!(f, "{}", path.display()),
            StoreLocation::Http(url) => write!(f, "{url}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://github.com/o/r.git", "https://github.com/o/r.git")]
    #[case("https://github.com/o/r/", "https://github.com/o/r")]
    #[case("http://127.0.0.1:4000/up.git", "http://127.0.0.1:4000/up.git")]
    #[case("backups/demo.git", "/work/backups/demo.git")]
    #[case("/srv/demo.git", "/srv/demo.git")]
    fn addresses_and_paths_are_stores(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(StoreLocation::parse(text, Path::new("/work")).unwrap().to_string(), shown);
    }

    #[rstest]
    #[case("git@github.com:o/r.git", Some("https://github.com/o/r.git"))]
    #[case("ssh://git@github.com/o/r.git", Some("https://github.com/o/r.git"))]
    #[case("github.com:o/r", Some("https://github.com/o/r"))]
    #[case("http://github.com/o/r", Some("https://github.com/o/r"))]
    #[case("file:///srv/demo.git", Some("/srv/demo.git"))]
    #[case("git://github.com/o/r", None)]
    #[case("https://github.com/", None)]
    #[case("~/demo.git", None)]
    fn what_is_no_store_is_refused_with_the_likely_one(#[case] text: &str, #[case] meant: Option<&str>) {
        let fault = StoreLocation::parse(text, Path::new("/work")).unwrap_err();
        assert_eq!(fault.did_you_mean.as_deref(), meant, "{fault}");
    }

    #[test]
    fn ssh_is_refused_with_a_sentence_and_a_token_with_its_place() {
        insta::assert_snapshot!(StoreLocation::parse("git@github.com:o/r.git", Path::new("/")).unwrap_err(), @r#"found "git@github.com:o/r.git", which is reached over ssh; allowed: the https address of a git repository, or a path (ssh keys are not used here; a token goes into `github-token`); did you mean `https://github.com/o/r.git`?"#);
        insta::assert_snapshot!(StoreLocation::parse("https://x:ghp_secret@github.com/o/r", Path::new("/")).unwrap_err(), @"found an address with a user name or password in it (not shown); allowed: the https address of a git repository, or a path; a token goes into `github-token`");
    }
}
