//! How far a long reading has come: a bar at a terminal, now and then a line on GitHub, nothing into a pipe.
//!
//! The reader only counts; what is shown, and how often, is decided here. A job's log is not a terminal: a line that
//! is not there costs nobody anything, so a reading of a few seconds says nothing at all, and a reading of an hour
//! says something at least once a minute, lest it look hung.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

use super::log::{Log, Mode};
use crate::report::escape::{clip, visible};

/// Counts what is done out of what there is to do. Cheap to clone; clones count together.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    face: Face,
}

#[derive(Debug, Clone, Default)]
enum Face {
    /// A bar, the log's way of cleaning a text, and what of the bar is this one's.
    Bar(ProgressBar, Log, Arc<Mutex<Share>>),
    Lines(Arc<Mutex<Lines>>),
    #[default]
    Silent,
}

/// What one of several adds to a bar that they share.
#[derive(Debug, Default)]
struct Share {
    done: u64,
    total: u64,
}

#[derive(Debug)]
struct Lines {
    log: Log,
    title: String,
    message: String,
    done: u64,
    total: u64,
    pace: Pace,
}

impl Progress {
    /// Begins to show progress where `log` is read: `title` says of what ("Reading the project").
    #[must_use]
    pub fn new(log: &Log, title: &str) -> Self {
        let face = match log.mode() {
            Mode::Actions => Face::Lines(Arc::new(Mutex::new(Lines {
                log: log.clone(),
                title: title.to_owned(),
                message: String::new(),
                done: 0,
                total: 0,
                pace: Pace::starting_at(Instant::now()),
            }))),
            Mode::Terminal => Face::Bar(bar(log, title), log.clone(), Arc::default()),
            Mode::Plain | Mode::Quiet => Face::Silent,
        };
        Self { face }
    }

    /// Begins the progress of one of several that go on at once: at a terminal they fill one bar together, on GitHub
    /// each has lines of its own, written to `log`.
    #[must_use]
    pub fn part(&self, log: &Log) -> Self {
        match &self.face {
            Face::Bar(bar, log, _) => Self { face: Face::Bar(bar.clone(), log.clone(), Arc::default()) },
            Face::Lines(_) => Self::new(log, "Reading the project"),
            Face::Silent => Self::default(),
        }
    }

    /// Says how much there is to do altogether; it may grow while things are found.
    pub fn set(&self, total: u64) {
        match &self.face {
            Face::Bar(bar, _, share) => {
                let before = std::mem::replace(&mut lock(share).total, total);
                bar.dec_length(before.saturating_sub(total));
                bar.inc_length(total.saturating_sub(before));
            }
            Face::Lines(lines) => lock(lines).total = total,
            Face::Silent => {}
        }
    }

    /// Says that `n` more are done.
    pub fn advance(&self, n: u64) {
        match &self.face {
            Face::Bar(bar, _, share) => {
                lock(share).done += n;
                bar.inc(n);
            }
            Face::Lines(lines) => lock(lines).advance(n, Instant::now()),
            Face::Silent => {}
        }
    }

    /// Says that `done` are done altogether.
    pub fn reach(&self, done: u64) {
        match &self.face {
            Face::Bar(bar, _, share) => {
                let mut share = lock(share);
                bar.inc(done.saturating_sub(share.done));
                share.done = share.done.max(done);
            }
            Face::Lines(lines) => {
                let mut lines = lock(lines);
                let more = done.saturating_sub(lines.done);
                lines.advance(more, Instant::now());
            }
            Face::Silent => {}
        }
    }

    /// Says what is being done now, in a few words.
    pub fn message(&self, what: &str) {
        let short = |text: &str| clip(&visible(text), 60);
        match &self.face {
            Face::Bar(bar, log, _) => bar.set_message(short(&log.clean(what))),
            Face::Lines(lines) => what.clone_into(&mut lock(lines).message),
            Face::Silent => {}
        }
    }

    /// Ends it: a bar is cleared away.
    pub fn finish(&self) {
        if let Face::Bar(bar, ..) = &self.face {
            bar.finish_and_clear();
        }
    }
}

fn bar(log: &Log, title: &str) -> ProgressBar {
    // It hides itself where stderr is no terminal.
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} {elapsed} {wide_msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_prefix(clip(&visible(&log.clean(title)), 40));
    bar.enable_steady_tick(Duration::from_millis(200));
    log.adopt(bar.clone());
    bar
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Lines {
    fn advance(&mut self, n: u64, now: Instant) {
        self.done = self.done.saturating_add(n);
        let of = self.total.max(self.done);
        if self.pace.due(now, self.done, of) {
            let message = clip(&visible(&self.message), 120);
            let colon = if message.is_empty() { "" } else { ": " };
            let percent = u128::from(self.done) * 100 / u128::from(of.max(1));
            self.log.line(&format!("{}: {} of {of} ({percent} %){colon}{message}", self.title, self.done));
        }
    }
}

/// Says when a line is due.
#[derive(Debug)]
struct Pace {
    last: Instant,
    shown: u64,
}

impl Pace {
    /// Lines are never closer than this.
    const CLOSEST: Duration = Duration::from_secs(10);
    /// After this long a line is due though little was done.
    const FARTHEST: Duration = Duration::from_secs(60);

    fn starting_at(now: Instant) -> Self {
        Self { last: now, shown: 0 }
    }

    /// A line is due a tenth of the whole after the last one, but not within 10 s, and at any rate after a minute.
    fn due(&mut self, now: Instant, done: u64, of: u64) -> bool {
        let since = now.saturating_duration_since(self.last);
        let tenth = done.saturating_sub(self.shown) >= (of / 10).max(1);
        let due = since >= Self::FARTHEST || (since >= Self::CLOSEST && tenth);
        if due {
            (self.last, self.shown) = (now, done);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_by_tenths_and_at_least_once_a_minute() {
        let start = Instant::now();
        let due = |seconds: u64, per_second: u64, of: u64| {
            let mut pace = Pace::starting_at(start);
            (1..=seconds).filter(|s| pace.due(start + Duration::from_secs(*s), s * per_second, of)).count()
        };
        assert_eq!(due(5, 200, 1_000), 0, "over before anyone asks");
        assert_eq!(due(100, 10, 1_000), 10, "a tenth each 10 s");
        assert_eq!(due(3_600, 1, 3_600_000), 60, "slow: once a minute");
        assert_eq!(due(60, 1_000, 60_000), 6, "fast: every 10 s at most");
    }

    #[test]
    fn on_github_a_line_says_how_far_it_is() {
        let (read, write) = std::io::pipe().unwrap();
        let log = Log::new(Mode::Actions, Box::new(write), Box::new(std::io::sink()));
        let progress = Progress::new(&log, "Reading");
        progress.set(4);
        progress.message("::flow::\n2");
        if let Face::Lines(lines) = &progress.face {
            lock(lines).advance(1, Instant::now() + Duration::from_secs(11));
        }
        progress.finish();
        drop((progress, log));
        assert_eq!(std::io::read_to_string(read).unwrap(), "Reading: 1 of 4 (25 %): ::flow::\\n2\n");
    }

    #[test]
    fn elsewhere_nothing_is_said() {
        for mode in [Mode::Plain, Mode::Quiet] {
            let (read, write) = std::io::pipe().unwrap();
            let log = Log::new(mode, Box::new(std::io::sink()), Box::new(write));
            let progress = Progress::new(&log, "Reading");
            progress.set(10);
            progress.advance(10);
            drop((progress, log));
            assert_eq!(std::io::read_to_string(read).unwrap(), "");
        }
    }

    #[test]
    fn it_can_be_shared() {
        fn shared<T: Send + Sync + Clone>(_: &T) {}
        shared(&Progress::default());
    }
}
