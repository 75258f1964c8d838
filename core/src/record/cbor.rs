//! Canonical CBOR: one value, one spelling.
//!
//! Everything sealed is written in the deterministic form of RFC 8949 section 4.2.1: shortest heads, definite lengths, map
//! keys ascending by their encoded bytes, each once. Beyond that: **no floating-point numbers and no tags**; of the simple
//! values only `false`, `true` and `null`; at most [`DEPTH_MAX`] levels. A reader walks the received bytes and refuses any
//! other spelling; nothing is ever encoded again to be hashed or signed.

use super::RecordError;

/// Levels of arrays and maps inside one another; the deepest of our own values has 4.
pub const DEPTH_MAX: u32 = 8;

const UINT: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const SIMPLE: u8 = 7;

/// Checks that `bytes` are exactly one value in canonical form. Allocates nothing, and takes time in proportion to their length.
///
/// # Errors
/// [`RecordError::NotCanonical`] for another spelling of a value, [`RecordError::Malformed`] for bytes that are none.
pub fn check_canonical(bytes: &[u8]) -> Result<(), RecordError> {
    let mut reader = Reader::new(bytes);
    reader.skip()?;
    reader.end()
}

/// Writes canonical CBOR. Map keys are the caller's to order.
#[derive(Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(capacity),
        }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(crate) fn uint(&mut self, value: u64) {
        self.head(UINT, value);
    }

    pub(crate) fn int(&mut self, value: i64) {
        match u64::try_from(value) {
            Ok(value) => self.head(UINT, value),
            // -1 - value, which is never negative here and cannot overflow
            Err(_) => self.head(NEGATIVE, (!value).unsigned_abs()),
        }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.head(BYTES, bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.head(TEXT, text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn array(&mut self, length: usize) {
        self.head(ARRAY, length as u64);
    }

    pub(crate) fn map(&mut self, length: usize) {
        self.head(MAP, length as u64);
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.bytes.push(if value { 0xf5 } else { 0xf4 });
    }

    /// One value that is in canonical form already.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn head(&mut self, major: u8, value: u64) {
        let major = major << 5;
        let wide = value.to_be_bytes();
        match value {
            0..24 => self.bytes.push(major | wide[7]),
            24..0x100 => self.bytes.extend_from_slice(&[major | 24, wide[7]]),
            0x100..0x1_0000 => {
                self.bytes.push(major | 25);
                self.bytes.extend_from_slice(&wide[6..]);
            }
            0x1_0000..0x1_0000_0000 => {
                self.bytes.push(major | 26);
                self.bytes.extend_from_slice(&wide[4..]);
            }
            _ => {
                self.bytes.push(major | 27);
                self.bytes.extend_from_slice(&wide);
            }
        }
    }
}

/// Reads canonical CBOR and refuses any other spelling as it goes.
pub(crate) struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    pub(crate) const fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Nothing may follow.
    pub(crate) const fn end(&self) -> Result<(), RecordError> {
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            Err(RecordError::Malformed)
        }
    }

    pub(crate) fn uint(&mut self) -> Result<u64, RecordError> {
        self.of(UINT)
    }

    pub(crate) fn int(&mut self) -> Result<i64, RecordError> {
        let (major, value) = self.head()?;
        let value = i64::try_from(value).map_err(|_| RecordError::Malformed)?;
        match major {
            UINT => Ok(value),
            NEGATIVE => Ok(!value),
            _ => Err(RecordError::Malformed),
        }
    }

    pub(crate) fn bytes(&mut self) -> Result<&'b [u8], RecordError> {
        let length = self.of(BYTES)?;
        self.take(length)
    }

    pub(crate) fn exact<const N: usize>(&mut self) -> Result<[u8; N], RecordError> {
        self.bytes()?.try_into().map_err(|_| RecordError::Malformed)
    }

    pub(crate) fn text(&mut self) -> Result<&'b str, RecordError> {
        let length = self.of(TEXT)?;
        std::str::from_utf8(self.take(length)?).map_err(|_| RecordError::Malformed)
    }

    pub(crate) fn array(&mut self) -> Result<u64, RecordError> {
        self.of(ARRAY)
    }

    /// An array of exactly `length` values.
    pub(crate) fn array_of(&mut self, length: u64) -> Result<(), RecordError> {
        if self.array()? == length {
            Ok(())
        } else {
            Err(RecordError::Malformed)
        }
    }

    pub(crate) fn bool(&mut self) -> Result<bool, RecordError> {
        match self.of(SIMPLE)? {
            20 => Ok(false),
            21 => Ok(true),
            _ => Err(RecordError::Malformed),
        }
    }

    /// Whether the next value is a text.
    pub(crate) fn is_text(&self) -> bool {
        self.next_major() == Some(TEXT)
    }

    /// Whether the next value is a byte string.
    pub(crate) fn is_bytes(&self) -> bool {
        self.next_major() == Some(BYTES)
    }

    /// Reads a map whose keys are unsigned numbers, in order, each once; `each` must read exactly one value.
    pub(crate) fn numbered_map(
        &mut self,
        mut each: impl FnMut(u64, &mut Self) -> Result<(), RecordError>,
    ) -> Result<(), RecordError> {
        let mut last = None;
        for _ in 0..self.of(MAP)? {
            let key = self.uint()?;
            if last.is_some_and(|last| last >= key) {
                return Err(RecordError::NotCanonical);
            }
            last = Some(key);
            each(key, self)?;
        }
        Ok(())
    }

    /// Reads a map whose keys are texts, in canonical order, each once; `each` must read exactly one value.
    pub(crate) fn named_map(
        &mut self,
        mut each: impl FnMut(&'b str, &mut Self) -> Result<(), RecordError>,
    ) -> Result<(), RecordError> {
        let mut last: Option<&str> = None;
        for _ in 0..self.of(MAP)? {
            let key = self.text()?;
            if last.is_some_and(|last| (last.len(), last) >= (key.len(), key)) {
                return Err(RecordError::NotCanonical);
            }
            last = Some(key);
            each(key, self)?;
        }
        Ok(())
    }

    /// Walks over one value and answers its bytes.
    pub(crate) fn skip(&mut self) -> Result<&'b [u8], RecordError> {
        let from = self.at;
        self.walk(0)?;
        Ok(&self.bytes[from..self.at])
    }

    fn walk(&mut self, depth: u32) -> Result<(), RecordError> {
        if depth > DEPTH_MAX {
            return Err(RecordError::TooLarge);
        }
        let (major, value) = self.head()?;
        match major {
            BYTES => _ = self.take(value)?,
            TEXT => _ = std::str::from_utf8(self.take(value)?).map_err(|_| RecordError::Malformed)?,
            ARRAY => {
                for _ in 0..value {
                    self.walk(depth + 1)?;
                }
            }
            MAP => {
                let mut last: &[u8] = &[];
                for _ in 0..value {
                    let from = self.at;
                    self.walk(depth + 1)?;
                    let key = &self.bytes[from..self.at];
                    if key <= last {
                        return Err(RecordError::NotCanonical);
                    }
                    last = key;
                    self.walk(depth + 1)?;
                }
            }
            SIMPLE if !(20..=22).contains(&value) => return Err(RecordError::NotCanonical),
            _ => {}
        }
        Ok(())
    }

    fn of(&mut self, wanted: u8) -> Result<u64, RecordError> {
        let (major, value) = self.head()?;
        if major == wanted {
            Ok(value)
        } else {
            Err(RecordError::Malformed)
        }
    }

    fn next_major(&self) -> Option<u8> {
        self.bytes.get(self.at).map(|first| first >> 5)
    }

    fn head(&mut self) -> Result<(u8, u64), RecordError> {
        let first = *self.bytes.get(self.at).ok_or(RecordError::Malformed)?;
        self.at += 1;
        let (major, short) = (first >> 5, first & 0x1f);
        let value = match short {
            0..24 => {
                return if major == 6 {
                    Err(RecordError::NotCanonical)
                } else {
                    Ok((major, u64::from(short)))
                };
            }
            24..28 => self.number(1 << (short - 24))?,
            28..31 => return Err(RecordError::Malformed),
            _ => return Err(RecordError::NotCanonical),
        };
        let least = match short {
            24 => 24,
            25 => 1 << 8,
            26 => 1 << 16,
            _ => 1 << 32,
        };
        // Major 7 with a following number is a float (or a simple value we do not use), major 6 a tag.
        if value < least || major >= 6 {
            Err(RecordError::NotCanonical)
        } else {
            Ok((major, value))
        }
    }

    fn number(&mut self, width: u64) -> Result<u64, RecordError> {
        Ok(self
            .take(width)?
            .iter()
            .fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    fn take(&mut self, length: u64) -> Result<&'b [u8], RecordError> {
        let end = usize::try_from(length)
            .ok()
            .and_then(|length| self.at.checked_add(length));
        let taken = end
            .and_then(|end| self.bytes.get(self.at..end))
            .ok_or(RecordError::Malformed)?;
        self.at += taken.len();
        Ok(taken)
    }
}
