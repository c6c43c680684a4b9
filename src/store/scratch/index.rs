//! A pack checked and given an index: what came over the wire becomes readable here, and what goes into a path store
//! becomes findable there.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use git2::Indexer;

use crate::store::error::Problem;

/// Reads a file in pieces.
pub(super) fn read_chunks(path: &Path) -> Result<impl Iterator<Item = io::Result<Bytes>>, Problem> {
    let mut file = std::fs::File::open(path).map_err(Problem::disk("read", path))?;
    Ok(std::iter::from_fn(move || {
        let mut chunk = vec![0; 64 * 1024];
        match file.read(&mut chunk) {
            Ok(0) => None,
            Ok(read) => {
                chunk.truncate(read);
                Some(Ok(chunk.into()))
            }
            Err(error) => Some(Err(error)),
        }
    }))
}

/// Checks a pack and stores it with an index in a directory; returns the path of both without their endings.
pub(crate) fn index(
    chunks: impl Iterator<Item = io::Result<Bytes>>,
    into: &Path,
) -> Result<PathBuf, Problem> {
    let damaged = |message: String| Problem::DamagedPack { message };
    // A full disk is not the pack's fault, and fetching it again would not help.
    let refused = |error: git2::Error| match error.class() {
        git2::ErrorClass::Os => Problem::git("store a pack")(error),
        _ => damaged(error.message().to_owned()),
    };
    // Whether all that a commit needs is there is asked afterwards, of the commit we wanted (see `learn`): the check
    // of the library would want the parents too.
    let mut indexer = Indexer::new(None, into, 0o444, false).map_err(Problem::git("store a pack"))?;
    for chunk in chunks {
        let chunk = chunk.map_err(Problem::disk("read a pack below", into))?;
        indexer.write_all(&chunk).map_err(|error| match error.downcast::<git2::Error>() {
            Ok(error) => refused(error),
            Err(error) => damaged(error.to_string()),
        })?;
    }
    let name = indexer.commit().map_err(refused)?;
    Ok(into.join(format!("pack-{name}")))
}
