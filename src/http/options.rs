//! How the client reaches the network: proxies, certificates, patience.
//!
//! Everything comes from the door; nothing here reads the environment. Two things are decided here: a host on this
//! machine is never reached through a proxy (an API key may travel to loopback in the clear, so it must not leave by
//! another machine), and a proxy's address may carry a password, so no error ever repeats it.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Certificate, NoProxy, Proxy, Url};

use super::error::shown;

/// Hosts that are this machine.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

/// How the client reaches the network.
#[derive(Clone)]
pub struct Options {
    /// Proxy for `https://` addresses (`HTTPS_PROXY`).
    pub https_proxy: Option<String>,
    /// Proxy for `http://` addresses (`HTTP_PROXY`).
    pub http_proxy: Option<String>,
    /// Hosts reached without a proxy (`NO_PROXY`).
    pub no_proxy: Option<String>,
    /// A PEM file of certificates trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long to wait for a whole answer, body included, unless a request says otherwise.
    pub request_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            https_proxy: None,
            http_proxy: None,
            no_proxy: None,
            ca_file: None,
            connect_timeout: Duration::from_secs(15),
            request_timeout: Duration::from_secs(60),
        }
    }
}

/// Written by hand: a proxy's address may hold a password.
impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let proxy = |address: &Option<String>| {
            address.as_deref().map(|a| parse_proxy(a).map_or("?".into(), |u| shown(&u)))
        };
        f.debug_struct("Options")
            .field("https_proxy", &proxy(&self.https_proxy))
            .field("http_proxy", &proxy(&self.http_proxy))
            .field("no_proxy", &self.no_proxy)
            .field("ca_file", &self.ca_file)
            .field("connect_timeout", &self.connect_timeout)
            .field("request_timeout", &self.request_timeout)
            .finish()
    }
}

/// A setting of the network that cannot work.
#[derive(Debug, thiserror::Error)]
pub enum InvalidOptions {
    /// A proxy's address that is none. It is not repeated: it may hold a password.
    #[error(
        "{variable} is not the address of a proxy: it must read `http://host:port` or `https://host:port`"
    )]
    Proxy {
        /// The variable that gave it.
        variable: &'static str,
    },
    /// The CA file cannot be read.
    #[error("cannot read the CA file {}", path.display())]
    CaFileUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The CA file holds no certificate.
    #[error("the CA file {} holds no certificate: it must be PEM, with `-----BEGIN CERTIFICATE-----`", path.display())]
    CaFileEmpty {
        /// The file.
        path: PathBuf,
    },
    /// The client cannot be made: nearly always because no certificate at all was found to trust.
    #[error(
        "cannot prepare secure connections ({reason}): is there a CA bundle, or does SSL_CERT_FILE name one?"
    )]
    Client {
        /// The innermost reason.
        reason: String,
    },
}

impl Options {
    /// Returns the proxies to use, none for hosts of this machine and those of `no_proxy`.
    pub(super) fn proxies(&self) -> Result<Vec<Proxy>, InvalidOptions> {
        let except = match self.no_proxy.as_deref().map(str::trim) {
            None | Some("") => LOOPBACK.to_owned(),
            Some(hosts) => format!("{hosts},{LOOPBACK}"),
        };
        let mut proxies = Vec::new();
        if let Some(address) = given(self.https_proxy.as_deref()) {
            let url = parse_proxy(address).ok_or(InvalidOptions::Proxy { variable: "HTTPS_PROXY" })?;
            let proxy = Proxy::https(url).map_err(|_| InvalidOptions::Proxy { variable: "HTTPS_PROXY" })?;
            proxies.push(proxy.no_proxy(NoProxy::from_string(&except)));
        }
        if let Some(address) = given(self.http_proxy.as_deref()) {
            let url = parse_proxy(address).ok_or(InvalidOptions::Proxy { variable: "HTTP_PROXY" })?;
            let proxy = Proxy::http(url).map_err(|_| InvalidOptions::Proxy { variable: "HTTP_PROXY" })?;
            proxies.push(proxy.no_proxy(NoProxy::from_string(&except)));
        }
        Ok(proxies)
    }

    /// Returns the certificates of the CA file.
    pub(super) fn certificates(&self) -> Result<Vec<Certificate>, InvalidOptions> {
        let Some(path) = &self.ca_file else { return Ok(vec![]) };
        let pem = std::fs::read(path)
            .map_err(|source| InvalidOptions::CaFileUnreadable { path: path.clone(), source })?;
        match Certificate::from_pem_bundle(&pem) {
            Ok(certificates) if !certificates.is_empty() => Ok(certificates),
            _ => Err(InvalidOptions::CaFileEmpty { path: path.clone() }),
        }
    }
}

fn given(address: Option<&str>) -> Option<&str> {
    address.map(str::trim).filter(|address| !address.is_empty())
}

/// Parses a proxy's address; `host:port` means `http://host:port`, as everywhere else that reads these variables.
fn parse_proxy(address: &str) -> Option<Url> {
    let url: Url =
        if address.contains("://") { address.parse() } else { format!("http://{address}").parse() }.ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_proxy_as_everybody_writes_it() {
        assert_eq!(parse_proxy("proxy:3128").unwrap().as_str(), "http://proxy:3128/");
        assert_eq!(parse_proxy("https://u:p@proxy").unwrap().host_str(), Some("proxy"));
        assert!(parse_proxy("socks5://proxy:1080").is_none());
        assert!(parse_proxy("http://").is_none());
    }

    #[test]
    fn repeats_no_password_of_a_proxy() {
        let options =
            Options { https_proxy: Some("http://u:hunter2@proxy:3128".into()), ..Options::default() };
        assert!(!format!("{options:?}").contains("hunter2"));
        let options = Options { https_proxy: Some("socks5://u:hunter2@proxy".into()), ..Options::default() };
        let error = options.proxies().unwrap_err();
        assert!(!format!("{error} {error:?} {options:?}").contains("hunter2"), "{error}");
    }

    #[test]
    fn names_the_ca_file_that_is_missing_or_empty() {
        let missing = Options { ca_file: Some("/nowhere/ca.pem".into()), ..Options::default() };
        assert!(missing.certificates().unwrap_err().to_string().contains("/nowhere/ca.pem"));
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "not a certificate").unwrap();
        let empty = Options { ca_file: Some(file.path().into()), ..Options::default() };
        assert!(matches!(empty.certificates(), Err(InvalidOptions::CaFileEmpty { .. })));
    }
}
