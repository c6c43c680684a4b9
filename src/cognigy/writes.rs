//! Writing: creations, changes, deletions, uploads, tasks. What may be repeated and what may not is decided here.
//!
//! A change (PATCH) and a deletion say the same however often they arrive, so they are asked again like reads. A creation,
//! or any other POST, that arrived twice would be there twice: it is asked again only where the server surely has not done it, and
//! where nobody knows, that is the answer ([`Wrote::Unsure`]), and who asked looks before asking again.

use ::http::HeaderValue;
use reqwest::Method;
use serde_json::Value;

use super::client::{Client, Question};
use super::{Error, wire};
use crate::http::{Again, Retryable};

/// What became of a write that must not happen twice.
#[derive(Debug)]
pub enum Wrote {
    /// It is done; what the server answered, or null where it said nothing.
    Done(Value),
    /// Nobody knows: the answer was lost, or tells of trouble after the fact.
    Unsure(Error),
}

/// A file to upload.
#[derive(Debug, Clone)]
pub struct Upload<'a> {
    /// What it is called.
    pub name: &'a str,
    /// What it is: `application/json`, `text/csv`.
    pub media_type: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// The form's other fields.
    pub fields: &'a [(&'a str, &'a str)],
}

/// How far a task is that the server works on by itself (dossier §2.8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// It waits or runs.
    Running,
    /// It is done.
    Done,
    /// It ended otherwise; why, in the server's words.
    Failed(String),
}

/// A failure, and whether the server surely has not done what was asked.
#[derive(Debug)]
struct Unwritten {
    error: Error,
    is_sure: bool,
}

impl Retryable for Unwritten {
    fn again(&self) -> Again {
        match (self.error.again(), self.is_sure) {
            (again, true) => again,
            (_, false) => Again::Never,
        }
    }
}

/// Paths are below the API's prefix, with ids as the server gave them.
impl Client {
    /// Creates something, or does something else that must not happen twice.
    ///
    /// # Errors
    /// It surely was not done.
    pub async fn post(&self, path: &[&str], body: &Value) -> Result<Wrote, Error> {
        let question = self.write(Method::POST, path, Some(body.to_string().into_bytes()), JSON)?;
        self.write_once(&question).await
    }

    /// Uploads a file as a form (`multipart/form-data`, RFC 7578).
    ///
    /// # Errors
    /// It surely was not done.
    pub async fn upload(&self, path: &[&str], upload: &Upload<'_>) -> Result<Wrote, Error> {
        let boundary = boundary(upload.bytes);
        let media_type = format!("multipart/form-data; boundary={boundary}");
        let media_type = HeaderValue::from_str(&media_type).expect("a boundary is letters and digits");
        let question = self.write(Method::POST, path, Some(form(upload, &boundary)), media_type)?;
        self.write_once(&question).await
    }

    /// Changes something.
    ///
    /// # Errors
    /// The server does not do it, or did not say so after all patience.
    pub async fn patch(&self, path: &[&str], body: &Value) -> Result<(), Error> {
        let question = self.write(Method::PATCH, path, Some(body.to_string().into_bytes()), JSON)?;
        self.ask(&question).await.map(drop)
    }

    /// Deletes something. What is not there is deleted already.
    ///
    /// # Errors
    /// The server does not do it, or did not say so after all patience.
    pub async fn delete(&self, path: &[&str]) -> Result<(), Error> {
        let question = self.write(Method::DELETE, path, None, JSON)?;
        match self.ask(&question).await {
            Err(error) if error.is_not_found() => Ok(()),
            answered => answered.map(drop),
        }
    }

    /// Asks how far a task is.
    ///
    /// # Errors
    /// It cannot be asked, or the answer is about another one.
    pub async fn task(&self, id: &str) -> Result<Task, Error> {
        let project = self.project_id().as_str();
        let question = self.get(&["tasks", id], &[("projectId", project)])?;
        let task = self.ask(&question).await?;
        if wire::id(&task).is_none_or(|found| found != id) {
            let problem = "is about another task, or about none".to_owned();
            return Err(Error::Shape { path: question.path(), problem });
        }
        let said = |field: &str| task.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(match said("status").as_str() {
            "queued" | "active" | "cancelling" => Task::Running,
            "done" => Task::Done,
            status => {
                let why = said("failReason");
                Task::Failed(if why.is_empty() { status.to_owned() } else { why })
            }
        })
    }

    async fn write_once(&self, question: &Question) -> Result<Wrote, Error> {
        let attempt = || async {
            self.ask_once(question).await.map_err(|error| {
                let is_sure = surely_not_done(&error);
                Unwritten { error, is_sure }
            })
        };
        match self.retrying(question, attempt).await {
            Ok(answer) => Ok(Wrote::Done(answer)),
            Err(Unwritten { error, is_sure: true }) => Err(error),
            Err(Unwritten { error, is_sure: false }) => Ok(Wrote::Unsure(error)),
        }
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Whether the server surely has not done what it was asked: it never heard of it, or it says No. Trouble of its own (5xx), a
/// request that it gave up (408), an answer that is lost or none of the API's leave it open.
fn surely_not_done(error: &Error) -> bool {
    match error {
        Error::Http(error) => error.was_never_sent(),
        Error::Status(status) => matches!(status.status, 400..=407 | 409..=499 | 501 | 505),
        Error::Redirect { .. } | Error::InvalidKey | Error::Insecure { .. } | Error::InvalidId(_) => true,
        Error::NotJson(_) | Error::Malformed { .. } | Error::Shape { .. } | Error::List { .. } => false,
    }
}

/// Returns a line that is in no line of these bytes.
fn boundary(bytes: &[u8]) -> String {
    let is_in = |candidate: &str| bytes.windows(candidate.len()).any(|part| part == candidate.as_bytes());
    let mut n = 0_u32;
    loop {
        let candidate = format!("cognigybackup{n:08x}");
        if !is_in(&candidate) {
            return candidate;
        }
        n += 1;
    }
}

/// Writes a form. Names of fields are ours; a file's name stands in quotes, so it has none itself.
fn form(upload: &Upload<'_>, boundary: &str) -> Vec<u8> {
    let mut body = Vec::with_capacity(upload.bytes.len() + 512);
    for (name, value) in upload.fields {
        let part =
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let name: String = upload.name.chars().filter(|c| !c.is_control() && !matches!(c, '"' | '\\')).collect();
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {}\r\n\r\n",
        upload.media_type
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(upload.bytes);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_what_the_rfc_says() {
        let upload = Upload {
            name: "in\"tents.json\n",
            media_type: "application/json",
            bytes: b"[]",
            fields: &[("mode", "overwrite"), ("localeId", "l1")],
        };
        let text = String::from_utf8(form(&upload, "b")).unwrap();
        assert_eq!(
            text,
            "--b\r\nContent-Disposition: form-data; name=\"mode\"\r\n\r\noverwrite\r\n\
             --b\r\nContent-Disposition: form-data; name=\"localeId\"\r\n\r\nl1\r\n\
             --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"intents.json\"\r\nContent-Type: application/json\r\n\r\n[]\r\n--b--\r\n"
        );
        assert_eq!(boundary(b"--cognigybackup00000000--"), "cognigybackup00000001");
    }
}
