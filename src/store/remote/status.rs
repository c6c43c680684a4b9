//! What an answer's head means, before anybody reads its body as git's.

use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Response, StatusCode};

use super::Service;
use super::words::Words;
use crate::http::retry_after;
use crate::store::error::Problem;

/// What was asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) service: Service,
    /// `advertisement` or `result`.
    pub(super) part: &'static str,
    pub(super) with_token: bool,
    pub(super) words: &'a Words,
}

/// Lets git's own answers through and tells all others apart.
pub(super) async fn check(response: Response, asked: Asked<'_>) -> Result<Response, Problem> {
    let status = response.status();
    if status != StatusCode::OK {
        return Err(refused(response, status, asked).await);
    }
    let header = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = header.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind == format!("application/x-{}-{}", asked.service.name(), asked.part) {
        return Ok(response);
    }
    if kind == "text/plain" && lists_refs(&beginning(response).await) {
        return Err(Problem::DumbHttp);
    }
    let what = match kind.as_str() {
        "text/html" | "application/xhtml+xml" => "a web page".to_owned(),
        "" => "something without a type".to_owned(),
        other => format!("something of type {}", asked.words.clean(other)),
    };
    Err(Problem::NotGit { what })
}

async fn refused(response: Response, status: StatusCode, asked: Asked<'_>) -> Problem {
    if status.is_redirection() {
        let target = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let target = target.and_then(|target| response.url().join(target).ok());
        return match target {
            Some(target) => Problem::Moved { to: asked.words.clean(&repository_of(&target)) },
            None => Problem::Status { status: status.as_u16(), said: String::new() },
        };
    }
    let after = retry_after(response.headers());
    let said = said(&beginning(response).await, asked.words);
    match status.as_u16() {
        401 if asked.with_token => Problem::TokenRefused,
        401 => Problem::TokenMissing,
        403 if after.is_some() => Problem::Unavailable { status: 429, said, after },
        403 => Problem::Forbidden { said, writing: asked.service == Service::ReceivePack },
        404 | 410 => Problem::NotFound,
        413 => Problem::RequestTooLarge,
        408 | 429 | 500.. => Problem::Unavailable { status: status.as_u16(), said, after },
        other => Problem::Status { status: other, said },
    }
}

/// The address of a repository, from an address below it.
fn repository_of(url: &url::Url) -> String {
    let shown = crate::http::shown(url);
    let tails = ["/info/refs", "/git-upload-pack", "/git-receive-pack"];
    tails.iter().find_map(|tail| shown.strip_suffix(tail)).unwrap_or(&shown).to_owned()
}

/// The first line of a text; of a page there is nothing worth showing.
fn said(body: &str, words: &Words) -> String {
    let text = body.trim_start();
    if text.starts_with('<') { String::new() } else { words.clean(text.lines().next().unwrap_or_default()) }
}

/// What a server that only hands out files answers for `info/refs`.
fn lists_refs(body: &str) -> bool {
    let is_line = |line: &str| {
        line.split_once('\t').is_some_and(|(id, name)| id.len() == 40 && name.starts_with("refs/"))
    };
    body.lines().next().is_none_or(is_line)
}

/// A few kilobytes of a body: as much as a sentence takes.
async fn beginning(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < 4096 {
        let next = tokio::time::timeout(std::time::Duration::from_secs(5), response.chunk()).await;
        // Whatever breaks off here, the status has said enough.
        let Ok(Ok(Some(chunk))) = next else { break };
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
