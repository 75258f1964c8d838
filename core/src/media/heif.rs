//! HEIF (ISO/IEC 23008-12): pictures whose Exif and XMP are items, found by a table of places.

use super::boxes::{Found, between};
use super::pieces::{Piece, ReadSeek, in_place};
use super::read_some;
use crate::limits;
use std::collections::BTreeSet;
use std::io;

/// Bytes of a table that are looked at.
const TABLE_BYTES: usize = 256 * 1024;

/// What the file consists of with Exif and XMP made zeros. Which way is up is a property of the picture, and stays.
pub(super) fn clean(source: &mut dyn ReadSeek, length: u64) -> io::Result<Vec<Piece>> {
    let mut changes = Vec::new();
    let outer = between(source, 0, length)?;
    if let Some(meta) = named(&outer, b"meta") {
        changes.extend(wordy(source, meta)?.unwrap_or_default());
    }
    for one in outer.iter().filter(|one| one.name == *b"uuid") {
        changes.push((one.at + 4, Piece::Own(b"free".to_vec())));
        changes.push((one.content, Piece::Zeros(one.end - one.content)));
    }
    Ok(in_place(changes, length))
}

/// What is to be zeros of that which a `meta` box finds; none where it is no index of pictures.
pub(super) fn wordy(source: &mut dyn ReadSeek, meta: Found) -> io::Result<Option<Vec<(u64, Piece)>>> {
    let found = find_wordy(source, meta)?;
    Ok(found.map(|found| {
        let ranges = found.ranges.unwrap_or_default().into_iter();
        ranges.map(|(_, at, count)| (at, Piece::Zeros(count))).collect()
    }))
}

/// Where everything wordy that a `meta` box finds lies: place and count; none where one of them cannot be found.
pub(super) fn wordy_ranges(source: &mut dyn ReadSeek, meta: Found) -> io::Result<Option<Vec<(u64, u64)>>> {
    let found = find_wordy(source, meta)?;
    let Some((items, ranges)) = found.and_then(|found| found.items.zip(found.ranges)) else {
        return Ok(None);
    };
    let is_found = |item: &u32| ranges.iter().any(|(id, ..)| id == item);
    let all = items.iter().all(is_found);
    Ok(all.then(|| ranges.into_iter().map(|(_, at, count)| (at, count)).collect()))
}

/// What an index of pictures says of Exif and XMP.
struct Wordy {
    /// Which items they are; none without a list of items.
    items: Option<BTreeSet<u32>>,
    /// Where their bytes lie: of which item, place and count; none where the table cannot be read.
    ranges: Option<Vec<(u32, u64, u64)>>,
}

/// What a `meta` box says of Exif and XMP; none where it is no index of pictures.
fn find_wordy(source: &mut dyn ReadSeek, meta: Found) -> io::Result<Option<Wordy>> {
    // Four bytes of version and flags come first.
    let inner = between(source, meta.content + 4, meta.end)?;
    let Some(places) = named(&inner, b"iloc") else {
        return Ok(None);
    };
    let Some(info) = named(&inner, b"iinf") else {
        return Ok(Some(Wordy {
            items: None,
            ranges: None,
        }));
    };
    let items = wordy_items(source, info)?;
    let data = named(&inner, b"idat").map(|data| data.content);
    let table = read_some(source, places.content, places.end - places.content, TABLE_BYTES)?;
    Ok(Some(Wordy {
        ranges: extents(&table, &items, data),
        items: Some(items),
    }))
}

pub(super) fn named(boxes: &[Found], name: &[u8; 4]) -> Option<Found> {
    boxes.iter().copied().find(|one| one.name == *name)
}

/// The ids of items that are Exif or text (XMP).
fn wordy_items(source: &mut dyn ReadSeek, info: Found) -> io::Result<BTreeSet<u32>> {
    let head = read_some(source, info.content, info.end - info.content, 4)?;
    let counted = if head.first() == Some(&0) { 2 } else { 4 };
    let mut items = BTreeSet::new();
    for entry in between(source, info.content + 4 + counted, info.end)? {
        let content = read_some(source, entry.content, entry.end - entry.content, 16)?;
        let mut reader = Numbers(&content);
        let Some(version) = reader.take(1) else { continue };
        let _flags = reader.take(3);
        let id = reader.take(if version == 3 { 4 } else { 2 });
        let _protection = reader.take(2);
        if let (Some(id), Some(kind)) = (id.and_then(|id| u32::try_from(id).ok()), reader.take(4))
            && version >= 2
            && [*b"Exif", *b"mime"]
                .map(|name| u64::from(u32::from_be_bytes(name)))
                .contains(&kind)
        {
            items.insert(id);
        }
    }
    Ok(items)
}

/// Where the bytes of these items lie, as the table says: of which item, place and count.
fn extents(table: &[u8], items: &BTreeSet<u32>, data: Option<u64>) -> Option<Vec<(u32, u64, u64)>> {
    let mut reader = Numbers(table);
    let version = reader.take(1)?;
    reader.take(3)?;
    let sizes = reader.take(2)?;
    let size = |shift: u32| usize::try_from((sizes >> shift) & 15).unwrap_or(0);
    let (offset_size, length_size, base_size) = (size(12), size(8), size(4));
    let index_size = if version == 0 { 0 } else { size(0) };
    let id_size = if version < 2 { 2 } else { 4 };
    let count = reader.take(id_size)?;
    let mut found = Vec::new();
    for _ in 0..count.min(limits::MEDIA_PARTS_MAX as u64) {
        let id = reader.take(id_size)?;
        let method = if version == 0 { 0 } else { reader.take(2)? & 15 };
        reader.take(2)?;
        let base = reader.take(base_size)?;
        for _ in 0..reader.take(2)? {
            reader.take(index_size)?;
            let (offset, length) = (reader.take(offset_size)?, reader.take(length_size)?);
            let start = match method {
                0 => Some(0),
                1 => data,
                _ => None,
            };
            if let Some(start) = start
                && let Some(id) = u32::try_from(id).ok().filter(|id| items.contains(id))
                && found.len() < limits::MEDIA_PARTS_MAX
            {
                found.push((id, start.checked_add(base)?.checked_add(offset)?, length));
            }
        }
    }
    Some(found)
}

/// Big-endian numbers, one after the other.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn take(&mut self, size: usize) -> Option<u64> {
        let (taken, rest) = self.0.split_at_checked(size)?;
        self.0 = rest;
        (size <= 8).then(|| taken.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
    }
}
