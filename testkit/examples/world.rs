//! Starts the whole world outside on 127.0.0.1 and keeps it until standard input ends: for the image's tests
//! (`tests/image`), and for a person who wants to see the action at work.
//!
//! It prints one line of JSON: where Cognigy, git and GitHub listen, what opens them, and the upstream's directory.

use std::io::{Read, Write};

use serde_json::json;
use testkit::cognigy::{Cognigy, Project, Setup, Size};
use testkit::github::{GitHub, HEAD};
use testkit::upstream::Upstream;

fn main() -> std::io::Result<()> {
    let cognigy = Cognigy::start(Setup { project: Project::seeded(1, Size::small()), ..Setup::default() });
    let upstream = Upstream::start();
    let github = GitHub::start_with(upstream.repository(), upstream.token());
    let line = json!({
        "cognigy": {
            "baseUrl": cognigy.base_url(),
            "apiKey": cognigy.api_key(),
            "projectId": cognigy.project_id(),
        },
        "github": {
            "serverUrl": upstream.server_url(),
            "apiUrl": github.url(),
            "repository": upstream.repository(),
            "sha": HEAD,
            "token": upstream.token(),
        },
        "upstream": upstream.path(),
    });
    writeln!(std::io::stdout(), "{line}")?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
