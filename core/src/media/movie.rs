//! Movies and sounds made of boxes: how long they play, and what they say of where they were made.

use super::boxes::{Found, between};
use super::heif;
use super::pieces::{Piece, ReadSeek, in_place};
use super::{read_at, read_some};
use std::io::{self, SeekFrom};

/// What the file consists of with everything blank that is not needed to play it. Everything keeps its place: tables of the movie
/// point at its samples by their places in the file. A `meta` at the top that is an index of pictures stays, as in a HEIF: there are
/// pictures that call themselves movies.
pub(super) fn clean(source: &mut dyn ReadSeek, length: u64) -> io::Result<Vec<Piece>> {
    let (mut blank, mut changes) = (Vec::new(), Vec::new());
    for outer in between(source, 0, length)? {
        match &outer.name {
            b"meta" => match heif::wordy(source, outer)? {
                Some(wordy) => changes.extend(wordy),
                None => blank.push(outer),
            },
            b"udta" | b"uuid" => blank.push(outer),
            b"moov" | b"moof" => {
                for inner in between(source, outer.content, outer.end)? {
                    match &inner.name {
                        b"meta" | b"udta" | b"uuid" => blank.push(inner),
                        b"trak" | b"traf" => blank.extend(
                            between(source, inner.content, inner.end)?
                                .into_iter()
                                .filter(|one| matches!(&one.name, b"meta" | b"udta" | b"uuid")),
                        ),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    changes.extend(blank.into_iter().flat_map(|one: Found| {
        [
            (one.at + 4, Piece::Own(b"free".to_vec())),
            (one.content, Piece::Zeros(one.end - one.content)),
        ]
    }));
    Ok(in_place(changes, length))
}

/// How long the movie plays, as its header says; 0 where that is not known.
pub(super) fn duration_ms(source: &mut dyn ReadSeek) -> io::Result<u64> {
    let length = source.seek(SeekFrom::End(0))?;
    let named = |boxes: Vec<Found>, name: &[u8; 4]| boxes.into_iter().find(|one| one.name == *name);
    let Some(movie) = named(between(source, 0, length)?, b"moov") else {
        return Ok(0);
    };
    let Some(header) = named(between(source, movie.content, movie.end)?, b"mvhd") else {
        return Ok(0);
    };
    let content = read_some(source, header.content, header.end - header.content, 32)?;
    let long = content.first() == Some(&1);
    let (scale_at, duration_at) = if long { (20, 24) } else { (12, 16) };
    let scale = read_at(source, header.content + scale_at)?.map_or(0, u32::from_be_bytes);
    let duration = if long {
        read_at(source, header.content + duration_at)?.map_or(0, u64::from_be_bytes)
    } else {
        read_at(source, header.content + duration_at)?.map_or(0, |bytes| u64::from(u32::from_be_bytes(bytes)))
    };
    let ms = u128::from(duration) * 1000 / u128::from(scale.max(1));
    // All ones say that it is not known; nothing that a person made plays for a year.
    Ok(u64::try_from(ms).ok().filter(|ms| *ms < 31_536_000_000).unwrap_or(0))
}
