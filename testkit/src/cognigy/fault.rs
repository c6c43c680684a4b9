//! Faults by route: what goes wrong, on which requests, how often.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::Project;
use super::traffic::is_write;

/// In place of a method: any that asks for a change.
const WRITE: &str = "write";

/// Something that goes wrong on purpose. Without [`Fault::times`] it happens once.
///
/// ```
/// use testkit::cognigy::Fault;
/// let _ = Fault::on("GET", "/flows/*/chart").skip(1).times(2).status(503);
/// ```
#[derive(Debug, Clone)]
pub struct Fault {
    method: String,
    path: String,
    query: Option<(String, String)>,
    skip: u32,
    left: Option<u32>,
    pub(crate) late: bool,
    pub(crate) kind: Kind,
}

/// What goes wrong.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Status(u16, Option<u64>),
    Reset,
    Truncated,
    Hang,
    Html,
    Text,
    WrongTotal(u64),
    RepeatedPage,
    EmptyPage,
    Slow(Duration),
    Redirect,
    Answer(String),
    Bent(Change<Value>),
    Meanwhile(Change<Project>),
}

/// What a test does to an answer or to the project.
#[derive(Clone)]
pub(crate) struct Change<T>(pub(crate) Arc<dyn Fn(&mut T) + Send + Sync>);

impl<T> fmt::Debug for Change<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Change")
    }
}

impl Fault {
    /// A fault on this method (`*` is any) and path below the API prefix, in which `*` stands for one segment and a
    /// last `**` for any rest. It is a 500 until told otherwise.
    pub fn on(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: None,
            skip: 0,
            left: Some(1),
            late: false,
            kind: Kind::Status(500, None),
        }
    }

    /// A fault on this path whenever something is to be changed there, by whatever method.
    ///
    /// ```
    /// use testkit::cognigy::Fault;
    /// let _ = Fault::on_write("/**").skip(7).status(503);
    /// ```
    pub fn on_write(path: &str) -> Self {
        Self::on(WRITE, path)
    }

    /// Only where the query has this value, such as `("skip", "100")`.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query = Some((name.to_owned(), value.to_owned()));
        self
    }

    /// Lets so many matching requests pass first.
    pub fn skip(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    /// Strikes so many times.
    pub fn times(mut self, times: u32) -> Self {
        self.left = Some(times);
        self
    }

    /// Strikes every time.
    pub fn forever(mut self) -> Self {
        self.left = None;
        self
    }

    /// Strikes after the request took effect: what was to be written is written, and only the answer goes wrong.
    ///
    /// ```
    /// use testkit::cognigy::Fault;
    /// let _ = Fault::on("POST", "/flows").reset().late();
    /// ```
    pub fn late(mut self) -> Self {
        self.late = true;
        self
    }

    /// Answers a problem with this status.
    pub fn status(self, status: u16) -> Self {
        self.is(Kind::Status(status, None))
    }

    /// Answers a problem with this status and a `Retry-After` in seconds.
    pub fn status_after(self, status: u16, seconds: u64) -> Self {
        self.is(Kind::Status(status, Some(seconds)))
    }

    /// Resets the connection without an answer.
    pub fn reset(self) -> Self {
        self.is(Kind::Reset)
    }

    /// Promises the whole body, sends half of it, and closes the connection.
    pub fn truncated(self) -> Self {
        self.is(Kind::Truncated)
    }

    /// Never answers, until the client goes or the stand-in is dropped.
    pub fn hang(self) -> Self {
        self.is(Kind::Hang)
    }

    /// Answers 200 with a web page, as the UI's host does (dossier §1.2).
    pub fn html(self) -> Self {
        self.is(Kind::Html)
    }

    /// Answers 200 with plain text, as gateways do (dossier §1.6).
    pub fn text(self) -> Self {
        self.is(Kind::Text)
    }

    /// Adds to a list's `total` what the list does not have.
    pub fn wrong_total(self, more: u64) -> Self {
        self.is(Kind::WrongTotal(more))
    }

    /// Answers the first page again, whichever was asked for.
    pub fn repeated_page(self) -> Self {
        self.is(Kind::RepeatedPage)
    }

    /// Answers a page without items, with `total` as it is.
    pub fn empty_page(self) -> Self {
        self.is(Kind::EmptyPage)
    }

    /// Answers rightly, but only after this time.
    pub fn slow(self, delay: Duration) -> Self {
        self.is(Kind::Slow(delay))
    }

    /// Redirects to the download host: a client that follows with its key leaks it.
    pub fn redirect(self) -> Self {
        self.is(Kind::Redirect)
    }

    /// Answers 200 with these bytes as JSON, whether they are JSON or not.
    pub fn answer(self, body: &str) -> Self {
        self.is(Kind::Answer(body.to_owned()))
    }

    /// Answers rightly, but for what this changes.
    pub fn bent(self, change: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        self.is(Kind::Bent(Change(Arc::new(change))))
    }

    /// Answers rightly, after somebody edited the project: what was asked before shows it as it was.
    pub fn meanwhile(self, edit: impl Fn(&mut Project) + Send + Sync + 'static) -> Self {
        self.is(Kind::Meanwhile(Change(Arc::new(edit))))
    }

    fn is(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// Whether it is still to strike.
    pub(crate) fn is_pending(&self) -> bool {
        self.left != Some(0)
    }

    /// Whether it strikes this request; counts down if so.
    pub(crate) fn strikes<'q>(
        &mut self,
        method: &str,
        path: &str,
        query: impl Fn(&str) -> Option<&'q str>,
    ) -> bool {
        let asked = self.query.as_ref().is_none_or(|(name, value)| query(name) == Some(value));
        let method_fits = match self.method.as_str() {
            "*" => true,
            WRITE => is_write(method, path),
            wanted => wanted == method,
        };
        if self.left == Some(0) || !asked || !method_fits || !fits(&self.path, path) {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        if let Some(left) = &mut self.left {
            *left -= 1;
        }
        true
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/').filter(|s| !s.is_empty());
    for wanted in pattern.split('/').filter(|s| !s.is_empty()) {
        match (wanted, segments.next()) {
            ("**", _) => return true,
            ("*", Some(_)) => {}
            (wanted, Some(segment)) if wanted == segment => {}
            _ => return false,
        }
    }
    segments.next().is_none()
}
