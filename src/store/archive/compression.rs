//! How an archive is compressed, and the streams that do it: one thread, one level, no time and no name inside.

use std::fmt;
use std::io::{self, BufRead, Read, Write};

use flate2::GzBuilder;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use zstd::stream::{read, write};

use super::error::Problem;
use crate::snapshot::ReleaseTag;

/// Level 12 takes twice as long for a hundredth less, level 19 thirty times for a twelfth (docs/decisions/0004-archives.md).
const ZSTD_LEVEL: i32 = 9;
/// In zlib-rs, level 9 takes longer and makes such files larger.
const GZIP_LEVEL: flate2::Compression = flate2::Compression::new(6);
/// The most memory a reader gives for looking back, as a power of two: 128 MiB, which is what stock `zstd -d` gives.
const ZSTD_WINDOW: u32 = 27;
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// How an archive is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compression {
    /// `tar.zst`: a fifth smaller than gzip.
    #[default]
    TarZst,
    /// `tar.gz`: for machines whose tar has no zstd.
    TarGz,
}

impl Compression {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::TarZst, Self::TarGz];

    /// Returns the ending of a file's name, without a dot before it.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::TarZst => "tar.zst",
            Self::TarGz => "tar.gz",
        }
    }

    /// Returns the media type.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::TarZst => "application/zstd",
            Self::TarGz => "application/gzip",
        }
    }

    /// Returns the name of the archive with this tag.
    #[must_use]
    pub fn file_name(self, tag: &ReleaseTag) -> String {
        format!("{tag}.{self}")
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}

/// Compresses into a writer.
pub(super) enum Packer<W: Write> {
    Zst(write::Encoder<'static, W>),
    Gz(GzEncoder<W>),
}

impl<W: Write> Packer<W> {
    pub(super) fn new(compression: Compression, into: W) -> io::Result<Self> {
        Ok(match compression {
            Compression::TarZst => {
                let mut encoder = write::Encoder::new(into, ZSTD_LEVEL)?;
                // zstd leaves it out unless asked; gzip always has one.
                encoder.include_checksum(true)?;
                Self::Zst(encoder)
            }
            Compression::TarGz => {
                // Neither time nor name nor, as 255 says, the system it was made on.
                Self::Gz(GzBuilder::new().mtime(0).operating_system(255).write(into, GZIP_LEVEL))
            }
        })
    }

    /// Writes what is left and the checksum.
    pub(super) fn finish(self) -> io::Result<W> {
        match self {
            Self::Zst(encoder) => encoder.finish(),
            Self::Gz(encoder) => encoder.finish(),
        }
    }
}

impl<W: Write> Write for Packer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Zst(encoder) => encoder.write(bytes),
            Self::Gz(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        // Flushing would cut the compressed stream into more pieces than needed; finishing is what ends it.
        Ok(())
    }
}

/// Unpacks one stream of one compression.
pub(super) enum Unpacker<R: BufRead> {
    Zst(read::Decoder<'static, R>),
    Gz(Box<GzDecoder<R>>),
}

impl<R: BufRead> Unpacker<R> {
    /// Looks at the first bytes, whatever the file is called. A second stream behind the first is not read: it would be
    /// seen by some programs and not by others.
    pub(super) fn new(mut from: R) -> Result<Self, Problem> {
        let read = |error| Problem::of_stream(error, "its beginning");
        let magic = from.fill_buf().map_err(read)?;
        if magic.starts_with(&ZSTD_MAGIC) {
            let mut decoder = read::Decoder::with_buffer(from).map_err(read)?.single_frame();
            decoder.window_log_max(ZSTD_WINDOW).map_err(read)?;
            Ok(Self::Zst(decoder))
        } else if magic.starts_with(&GZIP_MAGIC) {
            Ok(Self::Gz(Box::new(GzDecoder::new(from))))
        } else {
            Err(Problem::NotAnArchive)
        }
    }

    /// Whether nothing follows after the stream, once it was read to its end.
    pub(super) fn ends(self) -> io::Result<bool> {
        let mut rest = match self {
            Self::Zst(decoder) => decoder.finish(),
            Self::Gz(decoder) => decoder.into_inner(),
        };
        Ok(rest.fill_buf()?.is_empty())
    }
}

impl<R: BufRead> Read for Unpacker<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Zst(decoder) => decoder.read(into),
            Self::Gz(decoder) => decoder.read(into),
        }
    }
}
