//! What can go wrong with a request to GitHub.

use axum::body::Body;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use serde_json::Value;

use super::error;
use super::release_routes::invalid;
use crate::upstream::wire::Breaker;

/// What goes wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This status with GitHub's error object around the text.
    Status(u16, String),
    /// Status 200 and a page, as a proxy that wants a login answers.
    Html,
    /// 403: no request left until this second of the epoch.
    RateLimit {
        /// The `x-ratelimit-reset` header.
        reset: u64,
    },
    /// 403: too many at once; try again after so many seconds.
    SecondaryRateLimit {
        /// The `retry-after` header.
        retry_after: u32,
    },
    /// Status 200 and half an object.
    Truncated,
    /// The connection is reset before an answer.
    Reset,
    /// The request is taken, and then silence.
    Hang,
    /// 422 `Validation Failed` with these details (`{"resource", "code", "field"}`).
    Invalid(Vec<Value>),
    /// What was asked for is done, and then the connection is reset: the answer is lost.
    LostAnswer,
    /// The connection is reset once so many bytes of the request's body have come. An upload leaves a file in the state
    /// `starter` behind.
    ResetAfter(usize),
    /// This status, and an upload leaves a file in the state `starter` behind: what GitHub documents of its 502.
    Starter(u16),
}

impl Fault {
    /// Whether the client sees a connection end instead of an answer.
    pub(super) fn resets(&self) -> bool {
        matches!(self, Self::Reset | Self::LostAnswer | Self::ResetAfter(_))
    }

    /// Whether an upload that meets it leaves a file in the state `starter`.
    pub(super) fn leaves_starter(&self) -> bool {
        matches!(self, Self::ResetAfter(_) | Self::Starter(_))
    }

    /// What the caller gets of it.
    pub(super) async fn happen(self, breaker: &Breaker, body: Body) -> Response {
        match self {
            Self::Status(status, text) => {
                let status = StatusCode::from_u16(status).expect("a fault's status is a status");
                error(status, &text, "https://docs.github.com/rest")
            }
            Self::Html => {
                let page = "<!DOCTYPE html>\n<html><body>Please sign in.</body></html>\n";
                ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
            }
            Self::RateLimit { reset } => rate_limited(reset),
            Self::SecondaryRateLimit { retry_after } => {
                let text = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
                let mut response = error(StatusCode::FORBIDDEN, text, RATE_LIMITS);
                response.headers_mut().insert(header::RETRY_AFTER, retry_after.into());
                response
            }
            Self::Truncated => {
                ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], r#"{"id":1296269,"nam"#)
                    .into_response()
            }
            Self::Reset | Self::LostAnswer => {
                breaker.reset();
                StatusCode::OK.into_response()
            }
            Self::Hang => std::future::pending().await,
            Self::Invalid(errors) => invalid(errors),
            Self::ResetAfter(bytes) => {
                let mut body = body.into_data_stream();
                let mut taken = 0;
                while taken < bytes
                    && let Some(Ok(piece)) = body.next().await
                {
                    taken += piece.len();
                }
                breaker.reset();
                StatusCode::OK.into_response()
            }
            Self::Starter(status) => {
                let status = StatusCode::from_u16(status).expect("a fault's status is a status");
                error(status, "Server Error", "https://docs.github.com/rest")
            }
        }
    }
}

/// What is to go wrong, where, and how often still.
#[derive(Default)]
pub(super) struct Faults(Vec<(String, Fault, u32)>);

impl Faults {
    pub(super) fn add(&mut self, route: &str, fault: Fault, times: u32) {
        self.0.push((route.to_owned(), fault, times));
    }

    /// The fault for this call (`METHOD /path`), if there is one left.
    pub(super) fn take(&mut self, called: &str) -> Option<Fault> {
        let mut left = self.0.iter_mut().filter(|(_, _, left)| *left > 0);
        let (_, fault, left) = left.find(|(route, _, _)| matches(route, called))?;
        if *left != u32::MAX {
            *left -= 1;
        }
        Some(fault.clone())
    }
}

fn matches(route: &str, called: &str) -> bool {
    let (route, called): (Vec<_>, Vec<_>) = (route.split('/').collect(), called.split('/').collect());
    let same = |(wanted, given): (&&str, &&str)| wanted.starts_with('{') || wanted == given;
    let open = route.last() == Some(&"{+path}") && route.len() < called.len();
    (open || route.len() == called.len()) && route.iter().zip(&called).all(same)
}

const RATE_LIMITS: &str = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api";

fn rate_limited(reset: u64) -> Response {
    let mut response =
        error(StatusCode::FORBIDDEN, "API rate limit exceeded for installation ID 1.", RATE_LIMITS);
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-ratelimit-remaining"), 0.into());
    headers.insert(HeaderName::from_static("x-ratelimit-used"), 1000.into());
    headers.insert(HeaderName::from_static("x-ratelimit-reset"), reset.into());
    response
}
