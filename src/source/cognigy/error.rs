//! Why a project could not be read as a whole.

use std::time::Duration;

use crate::cognigy::Error as ApiError;
use crate::plan::pace::Pace;
use crate::snapshot::Kind;

/// A capture that did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something could not be read.
    #[error("{what} could not be read")]
    Api {
        /// What, as a person knows it.
        what: String,
        /// The API's answer.
        #[source]
        source: Box<ApiError>,
    },
    /// So much could not be read that the rest is no capture of the project.
    #[error("{unread} parts of the project could not be read, of {parts}: more than a fifth is too much")]
    TooMuchUnreadable {
        /// Parts that could not be read, until it was given up.
        unread: u64,
        /// Parts of the whole project.
        parts: u64,
        /// What the API said to one of them.
        #[source]
        source: Refused,
    },
    /// A listed resource is not there any more.
    #[error("{kind} `{name}` was deleted while the project was read")]
    Gone {
        /// Its kind.
        kind: Kind,
        /// Its name.
        name: String,
        /// The API's answer.
        #[source]
        source: Box<ApiError>,
    },
    /// A node of a chart is not there any more, or not as the chart said.
    #[error("flow `{flow}` kept changing while it was read")]
    NodeGone {
        /// The flow's name.
        flow: String,
        /// What was found.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A resource stays on the list and cannot be read.
    #[error("{kind} `{name}` is on the list but answers \"not found\", {rounds} times in a row")]
    ListedButGone {
        /// Its kind.
        kind: Kind,
        /// Its name.
        name: String,
        /// How often it was tried.
        rounds: usize,
    },
    /// A kind was readable when the reading began and is not any more.
    #[error("{kind} could be read when the reading began, and not any more when it ended")]
    KindLost {
        /// The kind.
        kind: Kind,
    },
    /// A locale in which flows were being read was deleted.
    #[error("a locale was deleted while the project was read, and flows could not be read in it any more")]
    LocaleGone,
    /// There are flows and no locale to read them in.
    #[error("the list of locales is empty, though every project has a primary locale")]
    NoLocales,
    /// The run's time cannot suffice.
    #[error(
        "the project needs {} requests, which the server's limit stretches to at least {} minutes; the run may take {}",
        .pace.requests, minutes(.pace.at_least), minutes(*.time_limit)
    )]
    TooLarge {
        /// What it would take.
        pace: Pace,
        /// What the run has.
        time_limit: Duration,
    },
    /// The receiver of the resources gave up; its own error says why.
    #[error("nobody takes the resources any more")]
    NobodyListens,
}

/// What the API said to one question of many.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub(super) String);

impl Error {
    pub(super) fn api(what: &str, source: ApiError) -> Self {
        Error::Api { what: what.to_owned(), source: Box::new(source) }
    }

    pub(super) fn node_moved(flow: &str, node: &str) -> Self {
        let said = format!("node {node} belongs to another locale than its chart said");
        Error::NodeGone { flow: flow.to_owned(), source: said.into() }
    }

    /// Returns what can be done about it.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        match self {
            Error::Api { source, .. } | Error::Gone { source, .. } => source.hints(),
            Error::TooLarge { pace, .. } => {
                // A quarter more than the least: the limit is not the only thing that takes time.
                vec![format!(
                    "Set `timeout-minutes` to {} or more for the first read.",
                    minutes(pace.at_least * 5 / 4)
                )]
            }
            Error::TooMuchUnreadable { .. } => {
                vec!["The server does not answer as it should; the next run tries again.".to_owned()]
            }
            Error::NodeGone { .. }
            | Error::ListedButGone { .. }
            | Error::LocaleGone
            | Error::KindLost { .. } => {
                vec!["Run the backup again when nobody edits the project.".to_owned()]
            }
            Error::NoLocales => {
                vec!["Look whether the user of the API key may read the project's locales.".to_owned()]
            }
            Error::NobodyListens => Vec::new(),
        }
    }
}

fn minutes(duration: Duration) -> u64 {
    duration.as_secs().div_ceil(60)
}
