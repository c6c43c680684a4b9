//! Where a store is: a directory or an address. Parsing what a person wrote belongs to `config`; here it is a value.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use url::{Host, Url};

use crate::http;

/// Where snapshots live.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A bare git repository on this machine; made on first use.
    Path(PathBuf),
    /// A repository behind git's smart HTTP protocol.
    Http(Url),
}

impl Location {
    /// Returns the location as it may be shown: without user, password and query.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Http(url) => http::shown(url).trim_end_matches('/').to_owned(),
        }
    }
}

/// A URL may have been written with a password in it, so only the shown form is ever printed.
impl std::fmt::Debug for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Location").field(&self.shown()).finish()
    }
}

/// Whether a token may travel to this address: over TLS, or without leaving the machine.
pub(super) fn keeps_secrets(url: &Url) -> bool {
    url.scheme() == "https"
        || match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.octets()[0] == Ipv4Addr::LOCALHOST.octets()[0],
            Some(Host::Ipv6(address)) => address == Ipv6Addr::LOCALHOST,
            None => false,
        }
}

/// Whether GitHub itself serves this address, whose limit of 100 MB a file is known. (A GitHub Enterprise Server
/// sets its own and is left to say so.)
pub(super) fn is_github(url: &Url) -> bool {
    url.host_str().is_some_and(|host| host == "github.com" || host.ends_with(".ghe.com"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_has_no_password() {
        let url: Url =
            "https://x-access-token:ghs_secret@github.com/o/r.git/?token=ghs_secret".parse().unwrap();
        let location = Location::Http(url);
        assert_eq!(location.shown(), "https://github.com/o/r.git");
        assert!(!format!("{location:?}").contains("ghs_secret"));
    }

    #[test]
    fn a_token_leaves_the_machine_over_tls_only() {
        for (url, safe) in [
            ("https://github.com/o/r", true),
            ("http://127.0.0.1:8080/r", true),
            ("http://[::1]/r", true),
            ("http://localhost/r", true),
            ("http://github.com/o/r", false),
            ("http://127.0.0.1.example.com/r", false),
        ] {
            assert_eq!(keeps_secrets(&url.parse().unwrap()), safe, "{url}");
        }
    }
}
