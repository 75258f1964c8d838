//! What of movies, sounds and pictures made of boxes may be shown to somebody else: see [`shown`](super::shown()).

use super::boxes::{Found, between};
use super::pieces::{Piece, ReadSeek, in_place};
use super::{heif, read_at, read_some};
use std::io;

/// Bytes of what was Exif or XMP that are looked at.
const WORDY_BYTES: u64 = 4 * 1024 * 1024;
/// Bytes of a reference to the samples of a track that says "in this file" and nothing else.
const OWN_REFERENCE_BYTES: u64 = 36;
/// From the beginning of a sample entry of pictures: who made its encoder, and the encoder's name.
const ENCODER_VENDOR: (u64, u64) = (12, 4);
const ENCODER_NAME: (u64, u64) = (42, 32);

/// What has to be another in what is shown; none where a box stands there that is not on the list.
struct Walk<'a> {
    source: &'a mut dyn ReadSeek,
    changes: Vec<(u64, Piece)>,
}

impl Walk<'_> {
    fn zeros(&mut self, at: u64, count: u64) {
        if count > 0 {
            self.changes.push((at, Piece::Zeros(count)));
        }
    }

    /// The boxes from `at` to `end`, all of which have to be known; free ones become zeros and are not answered.
    fn known(&mut self, at: u64, end: u64, names: &[&[u8; 4]]) -> io::Result<Option<Vec<Found>>> {
        let mut found = between(self.source, at, end)?;
        let ends = found.last().map_or(at, |last| last.end);
        found.retain(|one| {
            let is_free = matches!(&one.name, b"free" | b"skip" | b"wide");
            if is_free && one.end > one.content {
                self.changes.push((one.content, Piece::Zeros(one.end - one.content)));
            }
            !is_free
        });
        let is_known = ends == end && found.iter().all(|one| names.contains(&&one.name));
        Ok(is_known.then_some(found))
    }

    /// The times in the header of a movie, of a track or of its media.
    fn no_times(&mut self, header: Found) -> io::Result<()> {
        let is_long = read_at(self.source, header.content)? == Some([1]);
        let count = if is_long { 16 } else { 8 };
        self.zeros(
            header.content + 4,
            count.min(header.end.saturating_sub(header.content + 4)),
        );
        Ok(())
    }

    /// The name in a handler, and who made it; answers of which kind it is.
    fn no_name(&mut self, handler: Found) -> io::Result<Option<[u8; 4]>> {
        self.zeros(handler.content + 12, handler.end.saturating_sub(handler.content + 12));
        read_at(self.source, handler.content + 8)
    }

    fn is_track(&mut self, track: Found) -> io::Result<bool> {
        let names = [b"tkhd", b"edts", b"mdia", b"tref", b"tapt", b"load"];
        let Some(inner) = self.known(track.content, track.end, &names)? else {
            return Ok(false);
        };
        if heif::named(&inner, b"mdia").is_none() {
            return Ok(false);
        }
        for one in inner {
            match &one.name {
                b"tkhd" => self.no_times(one)?,
                b"mdia" if !self.is_media(one)? => return Ok(false),
                _ => {}
            }
        }
        Ok(true)
    }

    fn is_media(&mut self, media: Found) -> io::Result<bool> {
        let names = [b"mdhd", b"hdlr", b"minf", b"elng"];
        let Some(inner) = self.known(media.content, media.end, &names)? else {
            return Ok(false);
        };
        let mut kind = None;
        for one in inner.iter().filter(|one| one.name == *b"hdlr") {
            kind = self.no_name(*one)?;
        }
        // A track of anything else may be where it was made, second by second.
        let Some(kind @ ([b'v', b'i', b'd', b'e'] | [b's', b'o', b'u', b'n'])) = kind else {
            return Ok(false);
        };
        for one in inner {
            match &one.name {
                b"mdhd" => self.no_times(one)?,
                b"minf" if !self.is_information(one, kind)? => return Ok(false),
                _ => {}
            }
        }
        Ok(true)
    }

    fn is_information(&mut self, information: Found, kind: [u8; 4]) -> io::Result<bool> {
        let names = [b"vmhd", b"smhd", b"hdlr", b"dinf", b"stbl"];
        let Some(inner) = self.known(information.content, information.end, &names)? else {
            return Ok(false);
        };
        for one in inner {
            match &one.name {
                b"hdlr" => _ = self.no_name(one)?,
                b"dinf" if one.end - one.at > OWN_REFERENCE_BYTES => return Ok(false),
                b"stbl" => {
                    let tables = [
                        b"stsd", b"stts", b"ctts", b"stsc", b"stsz", b"stz2", b"stco", b"co64", b"stss", b"sdtp",
                        b"sbgp", b"sgpd", b"cslg", b"stps", b"saiz", b"saio", b"subs",
                    ];
                    let Some(tables) = self.known(one.content, one.end, &tables)? else {
                        return Ok(false);
                    };
                    for table in tables.iter().filter(|table| table.name == *b"stsd" && kind == *b"vide") {
                        self.no_encoder(*table)?;
                    }
                }
                _ => {}
            }
        }
        Ok(true)
    }

    fn no_encoder(&mut self, descriptions: Found) -> io::Result<()> {
        for entry in between(self.source, descriptions.content + 8, descriptions.end)? {
            for (from, count) in [ENCODER_VENDOR, ENCODER_NAME] {
                if entry.content + from + count <= entry.end {
                    self.zeros(entry.content + from, count);
                }
            }
        }
        Ok(())
    }
}

/// What a movie or a sound consists of as it is shown; none where something in it is not known.
pub(super) fn movie(source: &mut dyn ReadSeek, length: u64) -> io::Result<Option<Vec<Piece>>> {
    let mut walk = Walk {
        source,
        changes: Vec::new(),
    };
    let names = [b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"mfra", b"sidx", b"pdin"];
    let Some(outer) = walk.known(0, length, &names)? else {
        return Ok(None);
    };
    for one in outer {
        let inner = match &one.name {
            b"moov" => walk.known(one.content, one.end, &[b"mvhd", b"trak", b"mvex", b"iods"])?,
            b"moof" => walk.known(one.content, one.end, &[b"mfhd", b"traf"])?,
            _ => continue,
        };
        let Some(inner) = inner else { return Ok(None) };
        for one in inner {
            let is_known = match &one.name {
                b"mvhd" => walk.no_times(one).map(|()| true)?,
                b"trak" => walk.is_track(one)?,
                b"traf" => {
                    let names = [
                        b"tfhd", b"tfdt", b"trun", b"sbgp", b"sgpd", b"saiz", b"saio", b"sdtp", b"subs",
                    ];
                    walk.known(one.content, one.end, &names)?.is_some()
                }
                _ => true,
            };
            if !is_known {
                return Ok(None);
            }
        }
    }
    Ok(Some(in_place(walk.changes, length)))
}

/// What a HEIF consists of as it is shown; none where something in it is not known, or what was wordy is not zeros.
pub(super) fn heif(source: &mut dyn ReadSeek, length: u64) -> io::Result<Option<Vec<Piece>>> {
    let mut walk = Walk {
        source,
        changes: Vec::new(),
    };
    let Some(outer) = walk.known(0, length, &[b"ftyp", b"meta", b"mdat"])? else {
        return Ok(None);
    };
    let (Some(meta), 1) = (
        heif::named(&outer, b"meta"),
        outer.iter().filter(|one| one.name == *b"meta").count(),
    ) else {
        return Ok(None);
    };
    let names = [
        b"hdlr", b"pitm", b"iinf", b"iloc", b"iprp", b"iref", b"idat", b"grpl", b"dinf",
    ];
    let Some(inner) = walk.known(meta.content + 4, meta.end, &names)? else {
        return Ok(None);
    };
    for one in inner {
        let is_known = match &one.name {
            b"hdlr" => walk.no_name(one).map(|_| true)?,
            b"dinf" => one.end - one.at <= OWN_REFERENCE_BYTES,
            b"iinf" => are_items(&mut walk, one)?,
            b"iprp" => are_properties(&mut walk, one)?,
            _ => true,
        };
        if !is_known {
            return Ok(None);
        }
    }
    let Some(ranges) = heif::wordy_ranges(walk.source, meta)? else {
        return Ok(None);
    };
    for (at, count) in ranges {
        let bytes = read_some(walk.source, at, count.min(WORDY_BYTES), 4 * 1024 * 1024)?;
        if bytes.len() as u64 != count || bytes.iter().any(|byte| *byte != 0) {
            return Ok(None);
        }
    }
    Ok(Some(in_place(walk.changes, length)))
}

/// Whether the items are pictures, or wordy ones that were cleaned; what they are called is not shown.
fn are_items(walk: &mut Walk<'_>, info: Found) -> io::Result<bool> {
    let counted = match read_at(walk.source, info.content)? {
        Some([0]) => 2,
        _ => 4,
    };
    let Some(entries) = walk.known(info.content + 4 + counted, info.end, &[b"infe"])? else {
        return Ok(false);
    };
    for entry in entries {
        let id_bytes = match read_at(walk.source, entry.content)? {
            Some([2]) => 2,
            Some([3]) => 4,
            _ => return Ok(false),
        };
        let kind_at = entry.content + 4 + id_bytes + 2;
        match read_at::<4>(walk.source, kind_at)?.as_ref() {
            Some(b"hvc1" | b"hev1" | b"av01" | b"jpeg" | b"avc1" | b"grid" | b"iovl" | b"iden" | b"tmap" | b"Exif") => {
                walk.zeros(kind_at + 4, entry.end.saturating_sub(kind_at + 4))
            }
            Some(b"mime") => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

fn are_properties(walk: &mut Walk<'_>, properties: Found) -> io::Result<bool> {
    let Some(inner) = walk.known(properties.content, properties.end, &[b"ipco", b"ipma"])? else {
        return Ok(false);
    };
    let names = [
        b"ispe", b"pixi", b"colr", b"hvcC", b"av1C", b"avcC", b"jpgC", b"irot", b"imir", b"clap", b"pasp", b"auxC",
        b"rloc", b"clli", b"mdcv", b"cclv", b"amve", b"lsel", b"a1op", b"a1lx",
    ];
    for one in inner.into_iter().filter(|one| one.name == *b"ipco") {
        if walk.known(one.content, one.end, &names)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}
