//! Attachments as streams: one chunk in memory, whatever the length.

use super::{ATTACHMENT_CHUNK_BYTES, ATTACHMENT_HEADER_BYTES, AttachmentKey, Chunks, Content, SEALED_CHUNK_BYTES};
use crate::crypto::CryptoError;
use std::io::{self, Read, Seek, SeekFrom};
use zeroize::{Zeroize, Zeroizing};

/// The sealed form of what it reads from.
///
/// It ends with an error of the kind `InvalidData` where the source holds fewer bytes than its content says; whether they are the
/// same ones the caller finds out with a [`ContentHasher`](super::ContentHasher) beside it.
pub struct SealingReader<R> {
    source: R,
    chunks: Chunks,
    content: Content,
    /// Bytes of the source taken.
    taken: u64,
    /// The next chunk to make.
    next: u64,
    ready: Vec<u8>,
    given: usize,
}

impl<R> std::fmt::Debug for SealingReader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingReader(…)")
    }
}

impl<R: Read> SealingReader<R> {
    /// The sealed form of `source`, which holds `content`.
    pub fn new(source: R, content: Content, key: &AttachmentKey) -> Self {
        let chunks = Chunks::new(key);
        let mut ready = Vec::with_capacity(SEALED_CHUNK_BYTES);
        ready.extend_from_slice(&chunks.header);
        Self {
            source,
            chunks,
            content,
            taken: 0,
            next: 0,
            ready,
            given: 0,
        }
    }

    fn make_chunk(&mut self) -> io::Result<()> {
        let padded_from = self.next * ATTACHMENT_CHUNK_BYTES as u64;
        let count = (self.content.padded() - padded_from).min(ATTACHMENT_CHUNK_BYTES as u64);
        let plain = count.min(self.content.bytes.saturating_sub(padded_from));
        self.ready.clear();
        self.ready.resize(usize_of(count)?, 0);
        self.source.read_exact(&mut self.ready[..usize_of(plain)?])?;
        self.taken += plain;
        let index = u32::try_from(self.next).map_err(|_| io::ErrorKind::InvalidInput)?;
        let is_last = self.next + 1 == self.content.chunks();
        self.chunks
            .seal(index, is_last, &mut self.ready)
            .map_err(|_| io::ErrorKind::InvalidInput)?;
        (self.next, self.given) = (self.next + 1, 0);
        Ok(())
    }
}

impl<R: Read> Read for SealingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.ready.len() && self.next < self.content.chunks() {
            self.make_chunk()?;
        }
        let rest = &self.ready[self.given..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}

/// At most `count` bytes of the sealed form of `source`, which holds `content`, from `offset` on; fewer at its end. No more of the source is read
/// than the chunks around them.
///
/// # Errors
/// What the source answers; `UnexpectedEof` where it holds less than its content says.
pub fn seal_part<R: Read + Seek>(
    source: &mut R,
    content: Content,
    key: &AttachmentKey,
    offset: u64,
    count: usize,
) -> io::Result<Vec<u8>> {
    let (start, length) = PartChecker::new(content, key).around(offset, count);
    let mut sealing = SealingReader::new(source, content, key);
    if let Some(within) = start.checked_sub(ATTACHMENT_HEADER_BYTES as u64) {
        sealing.next = within / SEALED_CHUNK_BYTES as u64;
        sealing.ready.clear();
    }
    let from = (sealing.next * ATTACHMENT_CHUNK_BYTES as u64).min(content.bytes);
    sealing.source.seek(SeekFrom::Start(from))?;
    let mut bytes = vec![0; length];
    sealing.read_exact(&mut bytes)?;
    let before = usize_of(offset - start)?.min(bytes.len());
    bytes.drain(..before);
    bytes.truncate(count);
    Ok(bytes)
}

/// The bytes of a sealed attachment, from any place: only the chunks that are asked for are opened.
///
/// Bytes that do not open answer an error of the kind `InvalidData`, and nothing of their chunk.
pub struct AttachmentReader<R> {
    sealed: R,
    chunks: Chunks,
    content: Content,
    at: u64,
    /// The chunk that lies open, and its bytes.
    open: Option<(u64, Zeroizing<Vec<u8>>)>,
}

impl<R> std::fmt::Debug for AttachmentReader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AttachmentReader(…)")
    }
}

impl<R: Read + Seek> AttachmentReader<R> {
    /// Opens what `sealed` holds.
    ///
    /// # Errors
    /// `InvalidData` where it is not the whole sealed form of `content` under this key, as far as that is seen without reading it
    /// all; and what `sealed` answers.
    pub fn new(mut sealed: R, content: Content, key: &AttachmentKey) -> io::Result<Self> {
        let chunks = Chunks::new(key);
        let length = sealed.seek(SeekFrom::End(0))?;
        sealed.seek(SeekFrom::Start(0))?;
        let mut header = [0; ATTACHMENT_HEADER_BYTES];
        if length != content.sealed_bytes() {
            return Err(not_opened());
        }
        sealed.read_exact(&mut header)?;
        if !chunks.begins(&header) {
            return Err(not_opened());
        }
        Ok(Self {
            sealed,
            chunks,
            content,
            at: 0,
            open: None,
        })
    }

    /// What it holds.
    pub const fn content(&self) -> Content {
        self.content
    }

    fn open_chunk(&mut self, index: u64) -> io::Result<&[u8]> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != index) {
            let mut chunk = self.open.take().map(|(_, chunk)| chunk).unwrap_or_default();
            let from = ATTACHMENT_HEADER_BYTES as u64 + index * SEALED_CHUNK_BYTES as u64;
            let count = (self.content.sealed_bytes() - from).min(SEALED_CHUNK_BYTES as u64);
            self.sealed.seek(SeekFrom::Start(from))?;
            chunk.zeroize();
            chunk.resize(usize_of(count)?, 0);
            self.sealed.read_exact(&mut chunk)?;
            let number = u32::try_from(index).map_err(|_| not_opened())?;
            let is_last = index + 1 == self.content.chunks();
            self.chunks
                .open(number, is_last, &mut chunk)
                .map_err(|_| not_opened())?;
            self.open = Some((index, chunk));
        }
        Ok(self.open.as_ref().map_or(&[], |(_, chunk)| chunk.as_slice()))
    }
}

impl<R: Read + Seek> Read for AttachmentReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.content.bytes.saturating_sub(self.at);
        if left == 0 || buffer.is_empty() {
            return Ok(0);
        }
        let chunk_bytes = ATTACHMENT_CHUNK_BYTES as u64;
        let (index, within) = (self.at / chunk_bytes, usize_of(self.at % chunk_bytes)?);
        let wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let chunk = self.open_chunk(index)?;
        let count = wanted.min(chunk.len().saturating_sub(within));
        buffer[..count].copy_from_slice(&chunk[within..within + count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl<R: Read + Seek> Seek for AttachmentReader<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.content.bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// Looks at sealed bytes as they arrive in parts, so that nothing that does not open is ever kept.
pub struct PartChecker {
    chunks: Chunks,
    content: Content,
}

impl std::fmt::Debug for PartChecker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PartChecker(…)")
    }
}

impl PartChecker {
    /// For parts of the sealed form of `content`.
    pub fn new(content: Content, key: &AttachmentKey) -> Self {
        Self {
            chunks: Chunks::new(key),
            content,
        }
    }

    /// The whole chunks around `count` bytes of the sealed form from `offset` on: where they begin, and how many bytes they are.
    pub fn around(&self, offset: u64, count: usize) -> (u64, usize) {
        let (header, chunk) = (ATTACHMENT_HEADER_BYTES as u64, SEALED_CHUNK_BYTES as u64);
        let start = match offset.checked_sub(header) {
            Some(within) => header + within / chunk * chunk,
            None => 0,
        };
        let sealed_bytes = self.content.sealed_bytes();
        let upto = offset.saturating_add(count as u64).min(sealed_bytes);
        let end = upto.saturating_sub(header).div_ceil(chunk) * chunk + header;
        let length = end.min(sealed_bytes).saturating_sub(start);
        (start, usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// Looks at `part`, which begins at `offset` of the sealed form: its beginning, or a place that this answered before. Answers
    /// how many of its bytes are whole chunks and open; the rest is to be asked for again.
    ///
    /// # Errors
    /// [`CryptoError::NotOpened`] where a whole chunk does not open.
    pub fn good(&self, offset: u64, part: &[u8]) -> Result<usize, CryptoError> {
        let header = ATTACHMENT_HEADER_BYTES as u64;
        let mut done = 0;
        if offset == 0 {
            let Some(beginning) = part.first_chunk() else {
                return Ok(0);
            };
            if !self.chunks.begins(beginning) {
                return Err(CryptoError::NotOpened);
            }
            done = ATTACHMENT_HEADER_BYTES;
        }
        let sealed_bytes = self.content.sealed_bytes();
        let mut scratch = Zeroizing::new(Vec::with_capacity(SEALED_CHUNK_BYTES));
        loop {
            let at = offset + done as u64;
            let count = sealed_bytes.saturating_sub(at).min(SEALED_CHUNK_BYTES as u64);
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            let Some(chunk) = part.get(done..done + count).filter(|chunk| !chunk.is_empty()) else {
                return Ok(done);
            };
            if at < header || !(at - header).is_multiple_of(SEALED_CHUNK_BYTES as u64) {
                return Err(CryptoError::OutOfOrder);
            }
            let index = (at - header) / SEALED_CHUNK_BYTES as u64;
            let number = u32::try_from(index).map_err(|_| CryptoError::NotOpened)?;
            scratch.clear();
            scratch.extend_from_slice(chunk);
            self.chunks
                .open(number, index + 1 == self.content.chunks(), &mut scratch)?;
            done += count;
        }
    }

    /// Bytes to ask for at `offset`, at most `bytes_max`, so that the answer ends with a chunk.
    pub fn ask_for(&self, offset: u64, bytes_max: usize) -> usize {
        let beginning = if offset == 0 { ATTACHMENT_HEADER_BYTES } else { 0 };
        let chunks = (bytes_max.saturating_sub(beginning) / SEALED_CHUNK_BYTES).max(1);
        let left = usize::try_from(self.content.sealed_bytes().saturating_sub(offset)).unwrap_or(usize::MAX);
        left.min(beginning + chunks * SEALED_CHUNK_BYTES)
    }
}

fn not_opened() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, CryptoError::NotOpened)
}

fn usize_of(number: u64) -> io::Result<usize> {
    usize::try_from(number).map_err(|_| io::ErrorKind::InvalidInput.into())
}
