//! The door: one clock, one environment, one runtime, one exit code.

use std::io::IsTerminal as _;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use anyhow::Context as _;
use cognigy_backup::run::{Door, REQUEST_WINDOW, last_words, note_panic, run};
use cognigy_backup::runner::{Environment, Terminal};

/// A capture makes and drops millions of small values on two threads. musl's own allocator has one lock for them all and
/// takes as much processor time as everything else together; glibc's keeps what one thread made and the other dropped,
/// and one run in four held twice the memory. With one allocator everywhere, what is measured is what ships.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[expect(
    clippy::disallowed_methods,
    reason = "this is the door: the one place that reads clock and environment"
)]
fn main() -> anyhow::Result<ExitCode> {
    // A panic's message may hold a secret. Inside a run it is told through the log, which knows them.
    std::panic::set_hook(Box::new(note_panic));
    let directory = std::env::current_dir().context("the working directory cannot be read")?;
    let terminal =
        Terminal { stdout: std::io::stdout().is_terminal(), stderr: std::io::stderr().is_terminal() };
    let door = Door {
        arguments: std::env::args_os().collect(),
        environment: Environment::new(std::env::vars_os(), directory, terminal),
        now: chrono::Utc::now(),
        request_window: REQUEST_WINDOW,
        stdin: Box::new(std::io::stdin()),
        stdout: Box::new(std::io::stdout()),
        stderr: Box::new(std::io::stderr()),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the program cannot wait for the network on this machine")?;
    let ended = std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(run(door))));
    Ok(ExitCode::from(ended.map_err(|_| anyhow::Error::msg(last_words()))?))
}
