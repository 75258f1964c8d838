//! The compressed part of a record: projection and document, as one zstd frame.
//!
//! Content is a canonical CBOR map: `0` the projection, `1` the Automerge document (absent where there is none). Its frame
//! is one standard zstd frame (RFC 8878) that states its content size and names no dictionary. The stated size is checked before
//! anything is unpacked, and unpacking stops at it: a bomb costs at most [`limits::CONTENT_BYTES_MAX`] bytes.

use super::RecordError;
use super::cbor::{Reader, Writer, check_canonical};
use crate::limits;
use std::cell::RefCell;
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe;

/// Level 3: what zstd itself proposes; higher ones gain 2 % on prose and cost three times the time.
const LEVEL: i32 = 3;

thread_local! {
    // A context costs more to set up than a small record takes to pack, so each thread keeps its own.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Packs a projection and a document into one frame.
pub(super) fn pack(projection: &[u8], document: Option<&[u8]>) -> Result<Vec<u8>, RecordError> {
    check_canonical(projection)?;
    let length = projection.len() + document.map_or(0, <[u8]>::len) + 24;
    if length > limits::CONTENT_BYTES_MAX {
        return Err(RecordError::TooLarge);
    }
    let mut writer = Writer::with_capacity(length);
    writer.map(1 + usize::from(document.is_some()));
    writer.uint(0);
    writer.bytes(projection);
    if let Some(document) = document {
        writer.uint(1);
        writer.bytes(document);
    }
    compress(&writer.into_bytes())
}

/// Bytes of the longest front a record can have, and of what sealing adds.
const AROUND: usize = 16 * 1024;
/// Bytes of a document beside the words of its projection, when it was edited for the first time.
const BESIDE: usize = 64 * 1024;

/// Whether a projection fits one record together with the document that the first edit makes of it. That says the same in other bytes,
/// and nothing is taken for granted of what compressing both finds in them.
pub fn fits_edited(projection: &[u8]) -> bool {
    let room = cairn_wire::bounds::RECORD_BYTES_MAX - cairn_wire::bounds::RECORD_BYTES_MAX / 8;
    pack(projection, None).is_ok_and(|content| 2 * content.len() + AROUND + BESIDE <= room)
}

/// Whether a projection and a document fit one record together, whatever heads and parents it will name.
pub fn fits(projection: &[u8], document: Option<&[u8]>) -> bool {
    pack(projection, document)
        .is_ok_and(|content| super::padded_length(content.len() + AROUND) <= cairn_wire::bounds::RECORD_BYTES_MAX)
}

/// Unpacks a frame into projection and document.
pub(super) fn unpack(frame: &[u8]) -> Result<(Vec<u8>, Option<Vec<u8>>), RecordError> {
    let content = decompress(frame)?;
    let mut reader = Reader::new(&content);
    let (mut projection, mut document) = (None, None);
    reader.numbered_map(|key, value| {
        match key {
            0 => projection = Some(value.bytes()?),
            1 => document = Some(value.bytes()?),
            _ => return Err(RecordError::Malformed),
        }
        Ok(())
    })?;
    reader.end()?;
    let projection = projection.ok_or(RecordError::Malformed)?;
    check_canonical(projection)?;
    Ok((projection.to_vec(), document.map(<[u8]>::to_vec)))
}

fn compress(content: &[u8]) -> Result<Vec<u8>, RecordError> {
    COMPRESSOR.with_borrow_mut(|kept| {
        let mut compressor = match kept.take() {
            Some(compressor) => compressor,
            None => Compressor::new(LEVEL).map_err(|_| RecordError::TooLarge)?,
        };
        let frame = compressor.compress(content).map_err(|_| RecordError::TooLarge);
        *kept = Some(compressor);
        frame
    })
}

fn decompress(frame: &[u8]) -> Result<Vec<u8>, RecordError> {
    let length = stated_length(frame)?;
    let mut content = Vec::with_capacity(length);
    DECOMPRESSOR.with_borrow_mut(|kept| {
        let mut decompressor = match kept.take() {
            Some(decompressor) => decompressor,
            None => Decompressor::new().map_err(|_| RecordError::TooLarge)?,
        };
        // A context that met an error is thrown away with it.
        let written = decompressor
            .decompress_to_buffer(frame, &mut content)
            .map_err(|_| RecordError::Malformed)?;
        *kept = Some(decompressor);
        if written == length && content.len() == length {
            Ok(())
        } else {
            Err(RecordError::Malformed)
        }
    })?;
    Ok(content)
}

/// The content size a frame states, when it is the one frame we accept.
fn stated_length(frame: &[u8]) -> Result<usize, RecordError> {
    // A skippable frame has another magic number; concatenated ones end before the bytes do.
    let is_one_frame = frame.starts_with(&zstd_safe::MAGICNUMBER.to_le_bytes())
        && zstd_safe::find_frame_compressed_size(frame) == Ok(frame.len())
        && zstd_safe::get_dict_id_from_frame(frame).is_none();
    let stated = zstd_safe::get_frame_content_size(frame).ok().flatten();
    let (true, Some(stated)) = (is_one_frame, stated) else {
        return Err(RecordError::Malformed);
    };
    let stated = usize::try_from(stated).map_err(|_| RecordError::TooLarge)?;
    if stated > limits::CONTENT_BYTES_MAX {
        Err(RecordError::TooLarge)
    } else {
        Ok(stated)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;

    /// A canonical CBOR text of `length` letters, as a projection.
    fn text(length: usize) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.text(&"a".repeat(length));
        writer.into_bytes()
    }

    #[test]
    fn content_reads_back_with_and_without_a_document() {
        let projection = text(5000);
        let frame = pack(&projection, None).unwrap();
        assert_eq!(unpack(&frame), Ok((projection.clone(), None)));
        let frame = pack(&projection, Some(b"automerge")).unwrap();
        assert_eq!(unpack(&frame), Ok((projection, Some(b"automerge".to_vec()))));
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_unpacked() {
        let bomb = zstd::bulk::compress(&vec![0; 64 * 1024 * 1024], 3).unwrap();
        assert!(bomb.len() < 10_000, "it is a bomb");
        assert_eq!(unpack(&bomb), Err(RecordError::TooLarge));
        let fits = pack(&text(limits::CONTENT_BYTES_MAX - 100), None).unwrap();
        assert!(unpack(&fits).is_ok(), "and the largest content passes");
        assert_eq!(pack(&text(limits::CONTENT_BYTES_MAX), None), Err(RecordError::TooLarge));
    }

    #[test]
    fn a_frame_that_lies_about_its_size_is_refused() {
        // Frame header descriptor 0xa0 = 4-byte content size, single segment; the size follows it.
        let mut frame = zstd::bulk::compress(&[7; 70_000], 3).unwrap();
        assert_eq!(frame[4], 0xa0);
        for lie in [10_u32, 69_999, 70_001, 4_000_000] {
            frame[5..9].copy_from_slice(&lie.to_le_bytes());
            assert_eq!(decompress(&frame), Err(RecordError::Malformed), "{lie}");
        }
        frame[5..9].copy_from_slice(&70_000_u32.to_le_bytes());
        assert!(decompress(&frame).is_ok());
    }

    #[test]
    fn only_one_plain_frame_is_accepted() {
        let frame = pack(&text(10), None).unwrap();
        let skippable = [0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4];
        let without_size = {
            let mut encoder = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
            std::io::Write::write_all(&mut encoder, &[0xa1, 0x00, 0x41, 0x00]).unwrap();
            encoder.finish().unwrap()
        };
        let refused: [(&str, Vec<u8>); 7] = [
            ("nothing", vec![]),
            ("no frame", b"plain bytes".to_vec()),
            ("two frames", [frame.clone(), frame.clone()].concat()),
            ("trailing bytes", [frame.clone(), vec![0]].concat()),
            ("a skippable frame before", [skippable.to_vec(), frame.clone()].concat()),
            ("a skippable frame alone", skippable.to_vec()),
            ("no stated size", without_size),
        ];
        for (what, bytes) in refused {
            assert_eq!(unpack(&bytes), Err(RecordError::Malformed), "{what}");
        }
        assert!(unpack(&frame).is_ok(), "a refusal leaves the next one unharmed");
    }

    #[test]
    fn content_of_another_spelling_is_refused() {
        let framed = |content: &[u8]| unpack(&compress(content).unwrap());
        assert!(framed(&[0xa1, 0x00, 0x41, 0xa0]).is_ok());
        assert_eq!(framed(&[0xa1, 0x00, 0x58, 0x01, 0xa0]), Err(RecordError::NotCanonical));
        assert_eq!(framed(&[0xa1, 0x00, 0x42, 0x18, 0x01]), Err(RecordError::NotCanonical));
        assert_eq!(framed(&[0xa1, 0x00, 0x42, 0xa0, 0xa0]), Err(RecordError::Malformed));
        assert_eq!(framed(&[0xa1, 0x01, 0x41, 0xa0]), Err(RecordError::Malformed));
        assert_eq!(
            framed(&[0xa2, 0x00, 0x41, 0xa0, 0x02, 0x41, 0xa0]),
            Err(RecordError::Malformed)
        );
        assert_eq!(framed(&[0xa1, 0x00, 0x41, 0xa0, 0x00]), Err(RecordError::Malformed));
    }
}
