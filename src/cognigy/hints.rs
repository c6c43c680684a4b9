//! The way out of an error: what a person would have to change.

use super::{Error, Status};

/// Where keys are made, in the words of the user interface.
const MAKE_A_KEY: &str = "make a key in Cognigy.AI under My Profile › API Keys (it is shown once)";

impl Error {
    /// What a person could try, the likeliest first.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Http(error) => error.hints(),
            Self::Status(status) => status.hints(),
            Self::NotJson(answer) => {
                let page = answer.looks_like_ui;
                match &answer.suggested_host {
                    Some(host) => vec![format!(
                        "{} is the user interface; the API is at `https://{host}`: set that as the base URL",
                        answer.host
                    )],
                    None if page => vec![
                        "the base URL must be the API's, not the user interface's; its host often begins with `api-`"
                            .to_owned(),
                    ],
                    None => vec!["something between here and the API answers in its place: check the base URL".to_owned()],
                }
            }
            Self::Redirect { to, .. } => {
                vec![format!("if {to} is where the API lives, set that host as the base URL")]
            }
            Self::InvalidKey => vec!["store the key again, without quotes and line breaks".to_owned()],
            Self::Insecure { .. } => vec!["write the base URL with https://".to_owned()],
            Self::List { .. } => vec!["run again when nobody edits the project".to_owned()],
            Self::Malformed { .. } | Self::Shape { .. } | Self::InvalidId(_) => vec![],
        }
    }
}

impl Status {
    fn hints(&self) -> Vec<String> {
        let mut hints = Vec::new();
        if self.web_page
            && let Some(host) = suggested_host(&self.host)
        {
            hints.push(format!("the API may be at `https://{host}`: set that as the base URL"));
        }
        match self.status {
            401 => {
                hints.push(format!("the key is not accepted: {MAKE_A_KEY}"));
                hints.push(format!("a key belongs to one installation: is it one for {}?", self.host));
            }
            // What a wrong key gets on some versions, by the vendor's own command-line tool.
            500 if self.of_project => {
                hints.push(format!("on the project itself this often means a wrong key: {MAKE_A_KEY}"));
                hints.push(format!("or the wrong base URL: is the project on {}?", self.host));
            }
            400 | 404 if self.of_project => hints.push(
                "check the project id: 24 characters out of a-z and 0-9, in the address bar of the open project"
                    .to_owned(),
            ),
            403 => hints.push(
                "the key has the rights of the user who made it: that user needs a role in this project that may read it"
                    .to_owned(),
            ),
            429 => hints.push(
                "the limit counts everybody behind the same address: run less often, allow fewer requests, or use a \
                 runner with an address of its own"
                    .to_owned(),
            ),
            _ => {}
        }
        hints
    }
}

/// Returns the API's host where the given one is known to be the user interface's.
#[must_use]
pub fn suggested_host(host: &str) -> Option<String> {
    let host = host.to_ascii_lowercase();
    let name = host.strip_suffix(".cognigy.ai").or_else(|| host.strip_suffix(".cognigy.cloud"))?;
    let is_site = matches!(name, "" | "www" | "docs" | "api" | "support");
    (!is_site && !name.contains('.') && !name.starts_with("api-")).then(|| format!("api-{host}"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("app.cognigy.ai", Some("api-app.cognigy.ai"))]
    #[case("app-us.cognigy.ai", Some("api-app-us.cognigy.ai"))]
    #[case("Trial.Cognigy.AI", Some("api-trial.cognigy.ai"))]
    #[case("acme.cognigy.cloud", Some("api-acme.cognigy.cloud"))]
    #[case("api-app.cognigy.ai", None)]
    #[case("www.cognigy.ai", None)]
    #[case("cognigy.ai", None)]
    #[case("cognigy.example", None)]
    #[case("127.0.0.1", None)]
    fn knows_the_api_of_a_user_interface(#[case] ui: &str, #[case] api: Option<&str>) {
        assert_eq!(suggested_host(ui).as_deref(), api);
    }
}
