//! The log: what a run says while it runs, to GitHub's page or to a terminal.
//!
//! Nothing reaches a stream but through [`Log`], and nothing goes through it as it came: secrets that were
//! [masked](Log::mask) become `***` (GitHub does the same, but only on GitHub, and only after the mask has reached
//! it), and no text is a workflow command unless it was meant to be one ([`super::command`]).
//!
//! GitHub shows ten annotations of a kind for a step and drops the rest in silence. So nine are shown as they come,
//! the tenth waits for the end and says how many more there are; each of them stands in the log as a line in any case.

use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indicatif::ProgressBar;
use secrecy::{ExposeSecret as _, SecretString};

use super::command::{command, neutral};
use crate::report::annotations::{Annotation, Severity};
use crate::report::escape::visible;
use crate::report::{STARS, Secrets};

/// Who reads the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// GitHub's runner: groups, annotations and masks are its commands, and all goes to stdout, in order.
    Actions,
    /// A person at a terminal: results go to stdout, everything else to stderr, with a progress bar.
    Terminal,
    /// A file or a pipe: as at a terminal, without the bar.
    Plain,
    /// Nobody: results, warnings and errors only.
    Quiet,
}

/// How many annotations of a kind GitHub shows for a step.
const SHOWN: usize = 10;

/// The run's log. Cheap to clone; clones write to the same place.
#[derive(Clone)]
pub struct Log {
    inner: Arc<Mutex<Inner>>,
    mode: Mode,
    /// Whose lines they are, where several speak at once.
    label: Option<Arc<str>>,
}

struct Inner {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    secrets: Secrets,
    /// Annotations so far, by severity, and the tenth of each.
    counts: [usize; 3],
    waiting: [Option<Annotation>; 3],
    grouped: bool,
    /// The bar that must step aside while a line is written.
    bar: Option<ProgressBar>,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("mode", &self.mode).finish_non_exhaustive()
    }
}

impl Log {
    /// Makes the log over stdout and stderr, or whatever stands for them.
    #[must_use]
    pub fn new(mode: Mode, out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Self {
        let inner = Inner {
            out,
            err,
            secrets: Secrets::default(),
            counts: [0; 3],
            waiting: [const { None }; 3],
            grouped: false,
            bar: None,
        };
        Self { inner: Arc::new(Mutex::new(inner)), mode, label: None }
    }

    /// Returns the same log for one of several who speak at once: its lines begin with `label`. It opens no groups,
    /// since groups cannot be told apart and do not nest; what would head one is a line.
    #[must_use]
    pub fn labelled(&self, label: &str) -> Self {
        Self { label: Some(visible(label).into()), ..self.clone() }
    }

    /// Returns who reads the log.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Registers a secret, before the first line that could hold it: GitHub is told to hide it in every step from
    /// now on, and this log replaces it itself.
    pub fn mask(&self, secret: &SecretString) {
        let mut inner = self.inner();
        for form in inner.secrets.plant(secret) {
            if self.mode == Mode::Actions {
                // The one place where a secret is written: the runner consumes this line and shows `***`.
                inner.write(Stream::Out, &command("add-mask", &[], form.expose_secret()));
            }
        }
    }

    /// Returns the secrets masked so far, for what is written elsewhere: summary, outputs, report.
    #[must_use]
    pub fn secrets(&self) -> Secrets {
        self.inner().secrets.clone()
    }

    /// Says something on the way: one line or several.
    pub fn line(&self, text: &str) {
        if self.mode == Mode::Quiet {
            return;
        }
        let mut inner = self.inner();
        let Some(label) = &self.label else { return inner.say(self.aside(), text) };
        // Cleaned first: what ends a line is only then a line's end.
        let (label, text) = (inner.clean(label), inner.clean(text));
        let lines: Vec<String> = text.split('\n').map(|line| format!("{label}: {line}")).collect();
        inner.write(self.aside(), &lines.join("\n"));
    }

    /// Prints a result, what the run was asked for: always to stdout.
    pub fn print(&self, text: &str) {
        self.inner().say(Stream::Out, text.strip_suffix('\n').unwrap_or(text));
    }

    /// Begins a group of lines that folds on GitHub. Groups do not nest: an open one ends.
    pub fn group(&self, title: &str) {
        if self.label.is_some() {
            return self.line(title);
        }
        self.end_group();
        let mut inner = self.inner();
        match self.mode {
            Mode::Actions => {
                let title = inner.clean(title);
                inner.write(Stream::Out, &command("group", &[], &title));
                inner.grouped = true;
            }
            Mode::Terminal | Mode::Plain => inner.say(Stream::Err, title),
            Mode::Quiet => {}
        }
    }

    /// Ends the open group, if there is one.
    pub fn end_group(&self) {
        let mut inner = self.inner();
        if std::mem::take(&mut inner.grouped) {
            inner.write(Stream::Out, &command("endgroup", &[], ""));
        }
    }

    /// Says what is good to know.
    pub fn notice(&self, title: &str, message: &str) {
        self.stand_out(Severity::Notice, title, message);
    }

    /// Says what is to be looked at.
    pub fn warning(&self, title: &str, message: &str) {
        self.stand_out(Severity::Warning, title, message);
    }

    /// Says what is to be mended.
    pub fn error(&self, title: &str, message: &str) {
        self.stand_out(Severity::Error, title, message);
    }

    fn stand_out(&self, severity: Severity, title: &str, message: &str) {
        self.annotate(&Annotation { severity, title: title.to_owned(), message: message.to_owned() });
    }

    /// Says what stands out.
    pub fn annotate(&self, annotation: &Annotation) {
        let mut inner = self.inner();
        if self.mode != Mode::Actions {
            if self.mode != Mode::Quiet || annotation.severity > Severity::Notice {
                inner.say(Stream::Err, &plain(annotation));
            }
            return;
        }
        let kind = annotation.severity as usize;
        inner.counts[kind] += 1;
        match inner.counts[kind] {
            // GitHub writes an annotation into the log as well.
            ..SHOWN => inner.annotate(annotation),
            n => {
                inner.say(Stream::Out, &plain(annotation));
                if n == SHOWN {
                    inner.waiting[kind] = Some(annotation.clone());
                }
            }
        }
    }

    /// Ends the log: the open group, the bar, and the annotations that waited.
    pub fn finish(&self) {
        self.end_group();
        let mut inner = self.inner();
        if let Some(bar) = inner.bar.take() {
            bar.finish_and_clear();
        }
        for kind in 0..inner.counts.len() {
            let Some(tenth) = inner.waiting[kind].take() else { continue };
            let more = inner.counts[kind] + 1 - SHOWN;
            inner.counts[kind] = 0;
            let last = match more {
                1 => tenth,
                _ => Annotation {
                    severity: tenth.severity,
                    title: format!("{more} more {}s", tenth.severity.name()),
                    message: "GitHub shows ten of a kind; all of them stand in this step's log.".to_owned(),
                },
            };
            inner.annotate(&last);
        }
    }

    /// Makes `bar` step aside whenever a line is written.
    pub(super) fn adopt(&self, bar: ProgressBar) {
        self.inner().bar = Some(bar);
    }

    /// Returns `text` as this log would write it: for a bar, which draws itself.
    pub(super) fn clean(&self, text: &str) -> String {
        self.inner().clean(text)
    }

    /// Where remarks go. On GitHub two streams would arrive out of order.
    fn aside(&self) -> Stream {
        if self.mode == Mode::Actions { Stream::Out } else { Stream::Err }
    }

    /// A panic elsewhere while a line was written leaves nothing half done that a later line could trip over.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn plain(annotation: &Annotation) -> String {
    format!("{}: {}: {}", annotation.severity.name(), annotation.title, annotation.message)
}

#[derive(Clone, Copy)]
enum Stream {
    Out,
    Err,
}

impl Inner {
    /// Takes secrets and commands out of a text. Secrets first: making a character visible would break one up.
    fn clean(&self, text: &str) -> String {
        neutral(&self.secrets.scrub(text))
    }

    fn say(&mut self, stream: Stream, text: &str) {
        let text = self.clean(text);
        self.write(stream, &text);
    }

    fn annotate(&mut self, annotation: &Annotation) {
        let (title, message) = (self.clean(&annotation.title), self.clean(&annotation.message));
        // The runner refuses an annotation without a message.
        let message = if message.trim().is_empty() { STARS } else { &message };
        self.write(Stream::Out, &command(annotation.severity.name(), &[("title", &title)], message));
    }

    /// Writes lines and their end at once. A log that cannot be written (a closed pipe) fails no backup.
    fn write(&mut self, stream: Stream, text: &str) {
        let bytes = format!("{text}\n");
        let to = match stream {
            Stream::Out => &mut self.out,
            Stream::Err => &mut self.err,
        };
        let mut write = || {
            let _ = to.write_all(bytes.as_bytes()).and_then(|()| to.flush());
        };
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}
