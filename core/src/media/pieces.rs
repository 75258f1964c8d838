//! A file made of parts of another.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

/// What a file is read from.
pub trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

/// One part of a cleaned file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// These bytes of the original.
    Original(Range<u64>),
    /// So many zeros.
    Zeros(u64),
    /// These bytes.
    Own(Vec<u8>),
}

impl Piece {
    fn length(&self) -> u64 {
        match self {
            Self::Original(range) => range.end.saturating_sub(range.start),
            Self::Zeros(count) => *count,
            Self::Own(bytes) => bytes.len() as u64,
        }
    }
}

/// A file that consists of parts of an original. It reads and seeks like one, and holds nothing of it.
pub struct Pieces {
    source: Box<dyn ReadSeek>,
    /// Each with the place of its end.
    pieces: Vec<(u64, Piece)>,
    at: u64,
}

impl std::fmt::Debug for Pieces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pieces(…)")
    }
}

impl Pieces {
    /// The file that these pieces make; without any, all of the original, which has `length` bytes. A piece that goes beyond them
    /// ends with them.
    pub(super) fn new(source: Box<dyn ReadSeek>, pieces: Option<Vec<Piece>>, length: u64) -> Self {
        let whole = || vec![Piece::Original(0..length)];
        let mut end = 0;
        let pieces = pieces
            .unwrap_or_else(whole)
            .into_iter()
            .map(|piece| match piece {
                Piece::Original(range) => Piece::Original(range.start.min(length)..range.end.min(length)),
                own => own,
            })
            .filter(|piece| piece.length() > 0)
            .map(|piece| {
                end += piece.length();
                (end, piece)
            })
            .collect();
        Self { source, pieces, at: 0 }
    }

    /// How many bytes it has.
    pub fn length(&self) -> u64 {
        self.pieces.last().map_or(0, |(end, _)| *end)
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let place = self.pieces.partition_point(|(end, _)| *end <= self.at);
        let Some((end, piece)) = self.pieces.get(place) else {
            return Ok(0);
        };
        let left = usize::try_from(end - self.at).unwrap_or(usize::MAX);
        let count = buffer.len().min(left);
        let into = &mut buffer[..count];
        let within = piece.length() - (end - self.at);
        let count = match piece {
            Piece::Original(range) => {
                self.source.seek(SeekFrom::Start(range.start + within))?;
                let read = self.source.read(into)?;
                if read == 0 && count > 0 {
                    // The original became shorter while it was read.
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                read
            }
            Piece::Zeros(_) => {
                into.fill(0);
                count
            }
            Piece::Own(bytes) => {
                let within = usize::try_from(within).unwrap_or(usize::MAX);
                into.copy_from_slice(&bytes[within..within + count]);
                count
            }
        };
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Pieces {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// The pieces of a file in which these ranges are zeros and these few bytes are others; everything keeps its place.
pub(super) fn in_place(mut changes: Vec<(u64, Piece)>, length: u64) -> Vec<Piece> {
    changes.sort_by_key(|(at, _)| *at);
    let mut pieces = Vec::new();
    let mut done = 0;
    for (at, piece) in changes {
        let end = at.saturating_add(piece.length());
        // Two parts of a file that claim the same bytes: the first one has them.
        if at < done || end > length {
            continue;
        }
        pieces.push(Piece::Original(done..at));
        pieces.push(piece);
        done = end;
    }
    pieces.push(Piece::Original(done..length));
    pieces
}
