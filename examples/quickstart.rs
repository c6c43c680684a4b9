//! The main job with nothing to configure: a Cognigy project on 127.0.0.1 is backed up three times.
//!
//! `cargo run --release --example quickstart` starts the stand-in for Cognigy.AI that the tests use, backs its project
//! up into `./cognigy-backup.git` through the same code that the action runs, edits the project, backs it up again, and
//! a third time without an edit in between. Look at the result with the git commands that it prints at the end.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use cognigy_backup::run::{Door, REQUEST_WINDOW, run};
use cognigy_backup::runner::{Environment, Terminal};
use serde_json::json;
use testkit::cognigy::{Cognigy, Project, Setup, Size};

const STORE: &str = "cognigy-backup.git";

#[expect(clippy::print_stdout, reason = "an example speaks to a person")]
fn main() -> anyhow::Result<ExitCode> {
    let project = Project::seeded(2025, Size::small());
    let cognigy = Cognigy::start(Setup { project, ..Setup::default() });

    println!("A Cognigy project is up at {}. First backup:\n", cognigy.base_url());
    backup(&cognigy)?;

    cognigy.edit(|project| {
        let (flow, agent) = (project.flows[0].name.clone(), project.agents[0].name().to_owned());
        project.add_say(&flow, "Goodbye", "Thank you for calling. Goodbye!");
        project.edit_agent(&agent, |agent| agent["instructions"] = json!("Answer in one sentence."));
    });
    println!("\nSomebody edits a flow and an AI Agent. Second backup:\n");
    backup(&cognigy)?;

    println!("\nNobody edits anything. Third backup:\n");
    backup(&cognigy)?;

    println!("\nLook at the result:\n");
    println!("  git -C {STORE} log --stat -2 snapshot/hourly");
    println!("  git -C {STORE} diff --stat snapshot/hourly~1 snapshot/hourly -- agent/");
    Ok(ExitCode::SUCCESS)
}

/// Backs the project up as `cognigy-backup backup` at a terminal would.
#[expect(clippy::disallowed_methods, reason = "an example is a door: it reads the clock and where it runs")]
fn backup(cognigy: &Cognigy) -> anyhow::Result<()> {
    let variables = [
        ("COGNIGY_BASE_URL", cognigy.base_url()),
        ("COGNIGY_API_KEY", cognigy.api_key().to_owned()),
        ("COGNIGY_AGENT_ID", cognigy.project_id()),
        ("COGNIGY_BACKUP_STORE", STORE.to_owned()),
    ];
    let directory = std::env::current_dir().context("the working directory cannot be read")?;
    let terminal =
        Terminal { stdout: std::io::stdout().is_terminal(), stderr: std::io::stderr().is_terminal() };
    let door = Door {
        arguments: vec!["cognigy-backup".into(), "backup".into()],
        environment: Environment::new(
            variables.map(|(name, value)| (name.into(), value.into())),
            directory,
            terminal,
        ),
        now: chrono::Utc::now(),
        request_window: REQUEST_WINDOW,
        stdin: Box::new(std::io::empty()),
        stdout: Box::new(std::io::stdout()),
        stderr: Box::new(std::io::stderr()),
    };
    let code = tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run(door));
    ensure!(code == 0, "the backup ended with exit code {code}");
    Ok(())
}
