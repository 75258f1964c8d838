//! Rows out of the pages of a SQLite database, page by page, whatever became of the pages that lead to them.
//!
//! What is read is in SQLite's documented form (<https://www.sqlite.org/fileformat2.html>, sections 1.6, 1.7 and 2). Every number of a
//! page is taken for a claim: a row that does not fit the pages there are is no row.

use super::super::StoreError;
use rusqlite::types::Value;

/// Bytes of a page of SQLCipher's, and of those the ones that hold rows.
pub(super) const PAGE_BYTES: usize = 4096;
const USABLE: usize = PAGE_BYTES - 80;

/// Bytes one row may have: more than any has.
const ROW_BYTES_MAX: usize = 64 * 1024 * 1024;

/// One row, and where it stood.
#[derive(Debug)]
pub(super) struct Found {
    /// The number of the row; none in a table without row numbers, and in an index.
    pub(super) rowid: Option<i64>,
    /// Its columns.
    pub(super) values: Vec<Value>,
}

/// Decrypted pages, the first one first; a page that did not open is zeros.
pub(super) struct Pages<'a>(pub(super) &'a [u8]);

impl Pages<'_> {
    fn page(&self, number: usize) -> Option<&[u8]> {
        let at = number.checked_sub(1)?.checked_mul(PAGE_BYTES)?;
        self.0.get(at..at.checked_add(PAGE_BYTES)?)
    }

    /// Calls `take` with every row of every page; `lost` counts rows of which a part is not there.
    pub(super) fn each_row(&self, mut take: impl FnMut(Found) -> Result<(), StoreError>) -> Result<u64, StoreError> {
        let mut lost = 0;
        // The first page holds the schema, and nothing else.
        for number in 2..=self.0.len() / PAGE_BYTES {
            let Some(page) = self.page(number) else { break };
            let (is_table, is_leaf) = match page[0] {
                0x0d => (true, true),
                0x0a => (false, true),
                0x02 => (false, false),
                _ => continue,
            };
            let count = usize::from(u16::from_be_bytes([page[3], page[4]]));
            let head = if is_leaf { 8 } else { 12 };
            for cell in 0..count {
                let Some(pointer) = page.get(head + 2 * cell..head + 2 * cell + 2) else {
                    break;
                };
                let at = usize::from(u16::from_be_bytes([pointer[0], pointer[1]]));
                match self.cell(page, at + if is_leaf { 0 } else { 4 }, is_table) {
                    Some(found) => take(found)?,
                    None => lost += 1,
                }
            }
        }
        Ok(lost)
    }

    fn cell(&self, page: &[u8], at: usize, is_table: bool) -> Option<Found> {
        let mut rest = page.get(at..USABLE)?;
        let length = usize::try_from(varint(&mut rest)?).ok()?;
        let rowid = if is_table {
            Some(varint(&mut rest)?.cast_signed())
        } else {
            None
        };
        if length > ROW_BYTES_MAX {
            return None;
        }
        let least = (USABLE - 12) * 32 / 255 - 23;
        let most = if is_table {
            USABLE - 35
        } else {
            (USABLE - 12) * 64 / 255 - 23
        };
        let local = if length <= most {
            length
        } else {
            let fits = least + (length - least) % (USABLE - 4);
            if fits <= most { fits } else { least }
        };
        let mut row = rest.get(..local)?.to_vec();
        if local < length {
            let next = rest.get(local..local + 4)?;
            self.overflow(usize_of(next), length, &mut row)?;
        }
        Some(Found {
            rowid,
            values: columns(&row)?,
        })
    }

    /// The rest of a long row. A page that did not open is zeros: it has no next one, and no content to be taken for some.
    fn overflow(&self, mut next: usize, length: usize, row: &mut Vec<u8>) -> Option<()> {
        while row.len() < length {
            let page = self.page(next).filter(|page| page.iter().any(|byte| *byte != 0))?;
            let take = (length - row.len()).min(USABLE - 4);
            row.extend_from_slice(page.get(4..4 + take)?);
            next = usize_of(&page[..4]);
            if next == 0 && row.len() < length {
                return None;
            }
        }
        Some(())
    }
}

fn usize_of(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |value, byte| value << 8 | usize::from(*byte))
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value: u64 = 0;
    for n in 0..9 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        if n == 8 {
            return Some(value << 8 | u64::from(*byte));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn columns(row: &[u8]) -> Option<Vec<Value>> {
    let mut rest = row;
    let header = usize::try_from(varint(&mut rest)?).ok()?;
    let mut types = row.get(row.len() - rest.len()..header)?;
    let mut content = row.get(header..)?;
    let mut values = Vec::new();
    while !types.is_empty() {
        let kind = varint(&mut types)?;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => usize::try_from(kind).ok()?,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            _ => usize::try_from((kind - 12) / 2).ok()?,
        };
        let (bytes, after) = content.split_at_checked(length)?;
        content = after;
        values.push(match kind {
            0 => Value::Null,
            1..=6 => {
                let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
                let start: i64 = if negative { -1 } else { 0 };
                Value::Integer(bytes.iter().fold(start, |value, byte| value << 8 | i64::from(*byte)))
            }
            7 => Value::Real(f64::from_be_bytes(bytes.try_into().ok()?)),
            8 => Value::Integer(0),
            9 => Value::Integer(1),
            _ if kind % 2 == 0 => Value::Blob(bytes.to_vec()),
            _ => Value::Text(String::from_utf8(bytes.to_vec()).ok()?),
        });
    }
    Some(values)
}
