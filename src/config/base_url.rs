//! The address of a Cognigy API, as a person pastes it and as the client needs it.
//!
//! People paste what stands in the address bar (the user interface's host, which answers every request with a page
//! and 200) or in the documentation (with `/openapi`). The first is refused with the right host; the second is cut.
//! Source of the hosts: facts of the vendor's documentation, "Base URL".

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use url::{Host, Url};

use super::problem::{Fault, quoted};

const ALLOWED: &str = "the address of a Cognigy API, such as https://api-trial.cognigy.ai";

/// Where a Cognigy API answers: `https`, or `http` on this machine; no path but an installation's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Returns the address. Its path has no trailing slash, except that an empty path is `/`.
    #[must_use]
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// Returns the host, with the port where it is not the scheme's own.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Returns whether this is the vendor's shared service, which allows 1,000 requests in 5 minutes per address.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.0.domain().is_some_and(|host| host.ends_with(".cognigy.ai"))
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl FromStr for BaseUrl {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        if !text.contains("://") {
            let likely = format!("https://{text}").parse::<BaseUrl>().ok().map(|url| url.to_string());
            return Err(Fault::new(quoted(text), ALLOWED).suggesting(likely));
        }
        let mut url =
            Url::parse(text).map_err(|why| Fault::new(format!("{} ({why})", quoted(text)), ALLOWED))?;
        // First, because what stands in an address bar may have `#` and `?` parts; only its host is repeated.
        if let Some(api) = api_host(&url) {
            let found =
                format!("the host {}, where the user interface answers", url.host_str().unwrap_or_default());
            return Err(Fault::new(found, ALLOWED).suggesting(Some(format!("https://{api}"))));
        }
        check_secrecy(&url, ALLOWED)?;
        url.set_path(&own_path(url.path()));
        Ok(Self(url))
    }
}

/// Refuses an address that carries a secret in clear: over plain http to another machine, or inside itself.
pub(super) fn check_secrecy(url: &Url, allowed: &str) -> Result<(), Fault> {
    let found = match url.scheme() {
        _ if !url.username().is_empty() || url.password().is_some() => {
            "an address with a user name or password in it (not shown)".to_owned()
        }
        _ if url.query().is_some() || url.fragment().is_some() => {
            "an address with a `?` or `#` part (not shown)".to_owned()
        }
        "https" => return Ok(()),
        "http" if on_this_machine(url) => return Ok(()),
        "http" => {
            let mut safe = url.clone();
            let safe =
                safe.set_scheme("https").is_ok().then(|| safe.as_str().trim_end_matches('/').to_owned());
            let found = format!(
                "{}, over which a key would travel in clear",
                quoted(url.as_str().trim_end_matches('/'))
            );
            return Err(Fault::new(found, format!("{allowed}; http only to this machine")).suggesting(safe));
        }
        other => format!("an address that begins with `{other}:`"),
    };
    Err(Fault::new(found, allowed))
}

/// Returns whether the host is a loopback address, or the one name that stands for them.
pub(super) fn on_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Returns the path of the installation itself: without what the documentation and the API append to it.
fn own_path(path: &str) -> String {
    let appended = ["/openapi", "/new", "/v2.0"];
    let cut = |path: &str| {
        let segments = path.match_indices('/').map(|(at, _)| at);
        let mut ends = segments.filter(|&at| {
            appended.iter().any(|word| {
                path[at..].strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        });
        ends.next().unwrap_or(path.len())
    };
    path[..cut(path)].trim_end_matches('/').to_owned()
}

/// Returns the API's host where `url` names another of the vendor's hosts for the same installation.
fn api_host(url: &Url) -> Option<String> {
    let host = url.domain()?;
    let (name, zone) =
        host.split_once('.').filter(|(_, zone)| ["cognigy.ai", "cognigy.cloud"].contains(zone))?;
    if name == "api" || name.starts_with("api-") {
        return None;
    }
    let installation = ["endpoint-", "webchat-", "insights-"]
        .iter()
        .find_map(|service| name.strip_prefix(service))
        .unwrap_or(name);
    Some(format!("api-{installation}.{zone}"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://api-trial.cognigy.ai", "https://api-trial.cognigy.ai")]
    #[case("  https://API-trial.cognigy.ai/// ", "https://api-trial.cognigy.ai")]
    #[case("https://api-trial.cognigy.ai/openapi", "https://api-trial.cognigy.ai")]
    #[case("https://api-trial.cognigy.ai/openapi/#", "")]
    #[case("https://api-acme.cognigy.cloud/openapi/index.html", "https://api-acme.cognigy.cloud")]
    #[case("https://cognigy-api-na1.nicecxone.com/new/v2.0/", "https://cognigy-api-na1.nicecxone.com")]
    #[case("https://bots.example.com/cognigy/v2.0", "https://bots.example.com/cognigy")]
    #[case("https://bots.example.com/newer/", "https://bots.example.com/newer")]
    #[case("https://bots.example.com:8443", "https://bots.example.com:8443")]
    #[case("http://localhost:8080/", "http://localhost:8080")]
    #[case("http://127.8.9.1:80", "http://127.8.9.1")]
    #[case("http://[::1]:9", "http://[::1]:9")]
    #[case("http://localhost.example.com", "")]
    #[case("http://10.0.0.1", "")]
    #[case("ftp://api-trial.cognigy.ai", "")]
    #[case("https://", "")]
    #[case("", "")]
    fn what_people_paste_becomes_one_address(#[case] pasted: &str, #[case] meant: &str) {
        let parsed = pasted.parse::<BaseUrl>().map(|url| url.to_string()).unwrap_or_default();
        assert_eq!(parsed, meant);
        if !meant.is_empty() {
            assert_eq!(parsed.parse::<BaseUrl>().unwrap().to_string(), meant);
        }
    }

    #[rstest]
    #[case("https://app.cognigy.ai/project/x#flows", Some("https://api-app.cognigy.ai"))]
    #[case("https://trial.cognigy.ai", Some("https://api-trial.cognigy.ai"))]
    #[case("https://acme.cognigy.cloud/", Some("https://api-acme.cognigy.cloud"))]
    #[case("https://endpoint-trial.cognigy.ai", Some("https://api-trial.cognigy.ai"))]
    #[case("api-trial.cognigy.ai/openapi", Some("https://api-trial.cognigy.ai"))]
    #[case("http://api-trial.cognigy.ai/", Some("https://api-trial.cognigy.ai"))]
    #[case("localhost:8080", Some("https://localhost:8080"))]
    #[case("not an address", None)]
    fn the_right_address_is_suggested(#[case] pasted: &str, #[case] meant: Option<&str>) {
        assert_eq!(pasted.parse::<BaseUrl>().unwrap_err().did_you_mean.as_deref(), meant);
    }

    #[test]
    fn a_secret_in_an_address_is_not_repeated() {
        for text in ["https://u:hunter2@api-app.cognigy.ai", "https://api-app.cognigy.ai?api_key=hunter2"] {
            let fault = text.parse::<BaseUrl>().unwrap_err().to_string();
            assert!(fault.contains("not shown") && !fault.contains("hunter2"), "{fault}");
        }
    }
}
