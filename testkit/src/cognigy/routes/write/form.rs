//! Forms: the bodies of imports (`multipart/form-data`), fields and one file.

use crate::cognigy::serve::ask::{Ask, Reply};

/// A form, its parts by their names.
pub(super) struct Form(Vec<(String, Vec<u8>)>);

impl Form {
    /// The request's body, if it is a form with these parts only.
    pub(super) fn of(ask: &Ask, known: &[&str]) -> Result<Self, Reply> {
        let boundary = ask.content_type.split_once("boundary=").map(|(_, b)| b.trim_matches('"'));
        let boundary = boundary.ok_or_else(|| Reply::invalid("The body must be multipart/form-data"))?;
        let parts = parts(&ask.body, boundary).ok_or_else(|| Reply::invalid("Malformed multipart body"))?;
        match parts.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, _)) => Err(Reply::invalid(&format!("\"{name}\" is not allowed"))),
            None => Ok(Self(parts)),
        }
    }

    /// A part as text.
    pub(super) fn text(&self, name: &str) -> Result<String, Reply> {
        let found = self.0.iter().find(|(known, _)| known == name);
        let (_, bytes) = found.ok_or_else(|| Reply::incomplete(name))?;
        String::from_utf8(bytes.clone()).map_err(|_| Reply::invalid(&format!("\"{name}\" must be UTF-8")))
    }

    /// How what is there already is treated.
    pub(super) fn mode(&self) -> Result<Mode, Reply> {
        match self.text("mode")?.as_str() {
            "skip" => Ok(Mode::Skip),
            "overwrite" => Ok(Mode::Overwrite),
            "merge" => Ok(Mode::Merge),
            _ => Err(Reply::invalid("\"mode\" must be skip, overwrite or merge")),
        }
    }
}

/// How an import treats what is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// It stays as it is.
    Skip,
    /// It becomes what the file says.
    Overwrite,
    /// What the file says is added to it.
    Merge,
}

fn parts(body: &[u8], boundary: &str) -> Option<Vec<(String, Vec<u8>)>> {
    let line = format!("--{boundary}");
    let mut found = Vec::new();
    let mut rest = &body[find(body, line.as_bytes())? + line.len()..];
    while !rest.starts_with(b"--") {
        let end = find(rest, format!("\r\n{line}").as_bytes())?;
        let part = rest[..end].strip_prefix(b"\r\n")?;
        let head = find(part, b"\r\n\r\n")?;
        let headers = String::from_utf8_lossy(&part[..head]);
        let (_, name) = headers.split_once("name=\"")?;
        found.push((name.split('"').next()?.to_owned(), part[head + 4..].to_vec()));
        rest = &rest[end + 2 + line.len()..];
    }
    Some(found)
}

fn find(all: &[u8], wanted: &[u8]) -> Option<usize> {
    all.windows(wanted.len()).position(|window| window == wanted)
}
