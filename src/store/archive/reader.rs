//! An archive taken apart, with nothing in it trusted: not its name, not its names, not its sizes.
//!
//! What is handed out counts only once [`read_archive`] has returned `Ok`: the checksum stands at the end.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;

use super::Limits;
use super::compression::Unpacker;
use super::error::{Error, Problem, shown};
use super::header::{BLOCK, Block, Header, Is, LONGEST_RECORD, decode, decode_record, padding};
use super::paths::Paths;
use crate::snapshot::{ReleaseTag, TreePath};

/// What was in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The folder that everything stood in.
    pub folder: ReleaseTag,
    /// How many files.
    pub files: u64,
    /// Their size together, in bytes.
    pub bytes: u64,
}

/// Reads an archive, of either compression, whatever it is called. `take` gets each file with its path below the
/// archive's folder and its size in bytes, and may read as much of it as it likes.
///
/// # Errors
/// The archive is damaged, cut off, too large, or holds what no snapshot does; or `take` failed.
pub fn read_archive(
    path: &Path,
    limits: Limits,
    take: impl FnMut(&TreePath, u64, &mut dyn Read) -> io::Result<()>,
) -> Result<Contents, Error> {
    let file = File::open(path).map_err(Problem::disk("read", path));
    let read = file.and_then(|file| read_stream(BufReader::with_capacity(128 * 1024, file), limits, take));
    read.map_err(|problem| Error { subject: format!("archive {}", path.display()), problem })
}

/// Reads an archive from any stream.
pub(super) fn read_stream(
    from: impl io::BufRead,
    limits: Limits,
    mut take: impl FnMut(&TreePath, u64, &mut dyn Read) -> io::Result<()>,
) -> Result<Contents, Problem> {
    let mut stream = Stream { inner: Unpacker::new(from)? };
    let mut paths = Paths::new(limits);
    let mut folder = None;
    while let Some((name, size)) = stream.entry(&paths)? {
        let (top, path) = parse(&name)?;
        if *folder.get_or_insert_with(|| top.clone()) != top {
            let why = "it stands in another folder than the first file".to_owned();
            return Err(Problem::Path { entry: shown(name.as_bytes()), why });
        }
        paths.admit(&path, size)?;
        let near = paths.near();
        let mut body = Body { stream: &mut stream, left: size, failed: None };
        let mut taken = take(&path, size, &mut body);
        if body.failed.is_none() && taken.is_ok() {
            taken = io::copy(&mut body, &mut io::sink()).map(drop);
        }
        if let Some(error) = body.failed {
            return Err(Problem::of_stream(error, &near));
        }
        taken.map_err(|source| Problem::Taking { entry: near.clone(), source })?;
        stream.zeros(padding(size), &near)?;
    }
    let near = paths.near();
    let folder = folder.ok_or(Problem::Empty)?;
    stream.zeros(BLOCK, &near)?;
    match stream.ends() {
        Ok(true) => Ok(Contents { folder, files: paths.files(), bytes: paths.bytes() }),
        Ok(false) => Err(Problem::Trailing { near }),
        Err(error) => Err(Problem::of_stream(error, &near)),
    }
}

/// Takes the folder off a name.
fn parse(name: &str) -> Result<(ReleaseTag, TreePath), Problem> {
    let bad = |why: String| Problem::Path { entry: shown(name.as_bytes()), why };
    let Some((folder, path)) = name.split_once('/') else {
        return Err(bad("it stands in no folder".to_owned()));
    };
    let folder = folder.parse().map_err(|_| bad("its folder is no tag".to_owned()))?;
    let path = path.parse::<TreePath>().map_err(|error| bad(error.rule.to_owned()))?;
    Ok((folder, path))
}

/// The unpacked bytes. What is read of them is bounded before it is read: a file by [`Paths`], which also counts the
/// headers, and what stands between by its form.
struct Stream<R: io::BufRead> {
    inner: Unpacker<R>,
}

impl<R: io::BufRead> Stream<R> {
    /// Reads up to the next file's bytes; nothing where the archive says that it ends.
    fn entry(&mut self, paths: &Paths) -> Result<Option<(String, u64)>, Problem> {
        let Some(header) = self.header(paths)? else { return Ok(None) };
        if header.is == Is::File {
            return Ok(Some((header.name, header.size)));
        }
        let near = paths.near();
        let damaged = |message: &str| Problem::Damaged { near: near.clone(), message: message.to_owned() };
        if header.size > LONGEST_RECORD {
            return Err(damaged("the path after it is too long"));
        }
        let mut record = vec![0; header.size as usize];
        self.inner.read_exact(&mut record).map_err(|error| Problem::of_stream(error, &near))?;
        self.zeros(padding(header.size), &near)?;
        let path = decode_record(&record).ok_or_else(|| damaged("the path after it cannot be read"))?;
        match self.header(paths)? {
            Some(Header { is: Is::File, size, .. }) => Ok(Some((path, size))),
            _ => Err(damaged("no file follows its path")),
        }
    }

    fn header(&mut self, paths: &Paths) -> Result<Option<Header>, Problem> {
        let mut block: Block = [0; BLOCK];
        self.inner.read_exact(&mut block).map_err(|error| Problem::of_stream(error, &paths.near()))?;
        if block == [0; BLOCK] { Ok(None) } else { decode(&block).map(Some) }
    }

    /// Reads what is to be zeros.
    fn zeros(&mut self, count: usize, near: &str) -> Result<(), Problem> {
        let mut block = [0; BLOCK];
        self.inner.read_exact(&mut block[..count]).map_err(|error| Problem::of_stream(error, near))?;
        if block[..count].iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        Err(Problem::Damaged {
            near: near.to_owned(),
            message: "there is something after its end".to_owned(),
        })
    }

    /// Whether nothing follows. Only at its very end does the compression check its sum.
    fn ends(mut self) -> io::Result<bool> {
        let more = io::copy(&mut self.inner.by_ref().take(1), &mut io::sink())?;
        Ok(more == 0 && self.inner.ends()?)
    }
}

/// One file's bytes. It keeps what went wrong, whatever its reader makes of it.
struct Body<'a, R: io::BufRead> {
    stream: &'a mut Stream<R>,
    left: u64,
    failed: Option<io::Error>,
}

impl<R: io::BufRead> Read for Body<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        if most == 0 || self.failed.is_some() {
            return Ok(0);
        }
        let error = match self.stream.inner.read(&mut into[..most]) {
            Ok(0) => ErrorKind::UnexpectedEof.into(),
            Ok(read) => {
                self.left -= read as u64;
                return Ok(read);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => return Err(error),
            Err(error) => error,
        };
        let told = io::Error::new(error.kind(), "the archive cannot be read on");
        self.failed = Some(error);
        Err(told)
    }
}
