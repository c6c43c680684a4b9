//! One request handed to the real `git http-backend` by CGI, streamed in and out.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::log::Entry;
use super::repository::Repository;

/// Runs `git http-backend` for a request that has passed the door. `path` is the path below the repository.
pub(crate) async fn serve(
    repository: &Repository,
    path: &str,
    parts: &Parts,
    body: Body,
    entry: Arc<Entry>,
) -> Response {
    let mut child = match command(repository, path, parts).spawn() {
        Ok(child) => child,
        Err(error) => return failed(format!("git http-backend did not start: {error}")),
    };
    let (Some(stdin), Some(stdout), Some(mut stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return failed("git http-backend was started without pipes".to_owned());
    };
    tokio::spawn(feed(body, stdin, Arc::clone(&entry)));
    let complaints = Arc::clone(&entry);
    tokio::spawn(async move {
        let mut said = Vec::new();
        // What was said before the pipe broke is all there is.
        let _ = stderr.read_to_end(&mut said).await;
        complaints.complain(&String::from_utf8_lossy(&said));
    });
    match answer(child, stdout, entry).await {
        Ok(response) => response,
        Err(error) => failed(format!("git http-backend gave no answer: {error}")),
    }
}

fn command(repository: &Repository, path: &str, parts: &Parts) -> Command {
    let field = |name: header::HeaderName| {
        parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let mut command = repository.hermetic_git();
    command
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", repository.path())
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_INFO", path)
        .env("QUERY_STRING", parts.uri.query().unwrap_or_default())
        .env("REQUEST_METHOD", parts.method.as_str())
        // Who has come this far holds the token; without a user, http-backend refuses every push.
        .env("REMOTE_USER", "x-access-token")
        .env("REMOTE_ADDR", "127.0.0.1")
        .env("CONTENT_TYPE", field(header::CONTENT_TYPE))
        .env("HTTP_CONTENT_ENCODING", field(header::CONTENT_ENCODING))
        .env("GIT_PROTOCOL", field(header::HeaderName::from_static("git-protocol")));
    if let Some(length) = parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()) {
        // A chunked body has no length; http-backend then reads to the end.
        command.env("CONTENT_LENGTH", length);
    }
    let mut command = Command::from(command);
    command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true);
    command
}

async fn feed(body: Body, mut stdin: ChildStdin, entry: Arc<Entry>) {
    let mut chunks = body.into_data_stream();
    let mut open = true;
    while let Some(Ok(chunk)) = chunks.next().await {
        entry.request_bytes.fetch_add(chunk.len() as u64, Ordering::SeqCst);
        // Once git has stopped reading, the rest is drained, so that the client still gets to read the answer.
        open = open && stdin.write_all(&chunk).await.is_ok();
    }
}

async fn answer(child: Child, mut stdout: ChildStdout, entry: Arc<Entry>) -> std::io::Result<Response> {
    let mut read = BytesMut::new();
    let head_end = loop {
        if let Some(at) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if stdout.read_buf(&mut read).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    };
    let head = read.split_to(head_end + 4);
    let mut response = Response::builder().status(StatusCode::OK);
    for line in String::from_utf8_lossy(&head).split("\r\n") {
        response = match line.split_once(": ") {
            Some(("Status", status)) => response.status(status.split(' ').next().unwrap_or(status)),
            Some((name, value)) => response.header(name, value),
            None => response,
        };
    }
    let first = (!read.is_empty()).then(|| read.freeze());
    let rest = stream::unfold((child, stdout), |(mut child, mut stdout)| async move {
        let mut chunk = BytesMut::with_capacity(64 * 1024);
        match stdout.read_buf(&mut chunk).await {
            Ok(0) => {
                // The pipe is closed; the program has only to be reaped.
                let _ = child.wait().await;
                None
            }
            Ok(_) => Some((Ok(chunk.freeze()), (child, stdout))),
            Err(error) => Some((Err(error), (child, stdout))),
        }
    });
    let body = stream::iter(first.map(Ok::<Bytes, std::io::Error>)).chain(rest).inspect(move |chunk| {
        if let Ok(chunk) = chunk {
            entry.response_bytes.fetch_add(chunk.len() as u64, Ordering::SeqCst);
        }
    });
    response.body(Body::from_stream(body)).map_err(std::io::Error::other)
}

fn failed(message: String) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, message).into_response()
}
