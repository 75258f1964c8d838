//! What is shown says nothing beside the picture or the sound, and what might is not shown.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::tests::{CANARY, boxed, chunk, heif, holds, jpeg, movie, png, riff, segment, webp};
use super::*;
use proptest::prelude::*;
use std::io::Cursor;

fn of(file: &[u8]) -> Option<(Look, Vec<u8>)> {
    let (look, mut pieces) = shown(Box::new(Cursor::new(file.to_vec()))).unwrap()?;
    let mut bytes = Vec::new();
    pieces.read_to_end(&mut bytes).unwrap();
    assert_eq!(pieces.length(), bytes.len() as u64);
    Some((look, bytes))
}

/// Format, samples, and the words of whoever recorded it.
fn sound() -> Vec<u8> {
    let chunks = [
        b"WAVE".to_vec(),
        riff(b"LIST", &[b"INFOIART".as_slice(), CANARY].concat()),
        riff(b"fmt ", &[1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x40, 0x1f, 0, 0, 1, 0, 8, 0]),
        riff(b"data", b"samples"),
        riff(b"bext", CANARY),
    ]
    .concat();
    riff(b"RIFF", &chunks)
}

/// A track as players find it: times, a handler with a name, an encoder with a name.
fn track(handler: [u8; 4], more: &[u8]) -> Vec<u8> {
    let named = [&[0; 8], handler.as_slice(), &[0; 12], CANARY].concat();
    let mut entry = vec![0; 78];
    entry[43..43 + CANARY.len()].copy_from_slice(CANARY);
    let description = [&[0, 0, 0, 0, 0, 0, 0, 1], boxed(b"avc1", &entry).as_slice()].concat();
    let information = [boxed(b"vmhd", &[0; 12]), boxed(b"stbl", &boxed(b"stsd", &description))].concat();
    let times = |name| boxed(name, &[&[0; 4], [7; 8].as_slice(), &[0; 12]].concat());
    let media = [times(b"mdhd"), boxed(b"hdlr", &named), boxed(b"minf", &information)].concat();
    boxed(
        b"trak",
        &[times(b"tkhd"), boxed(b"mdia", &media), more.to_vec()].concat(),
    )
}

fn film(tracks: &[u8]) -> Vec<u8> {
    let header = boxed(b"mvhd", &[&[0; 4], [7; 8].as_slice(), &[0; 88]].concat());
    [
        boxed(b"ftyp", b"mp42\0\0\0\0mp42isom"),
        boxed(b"free", CANARY),
        boxed(b"mdat", b"pictures"),
        boxed(b"moov", &[header, tracks.to_vec(), boxed(b"udta", CANARY)].concat()),
    ]
    .concat()
}

#[test]
fn a_picture_and_a_sound_are_shown_without_what_they_say_beside() {
    for (file, shows) in [
        (jpeg(6), b"coded".as_slice()),
        (png(), b"pixels"),
        (webp(6), b"pixels"),
        (heif(), b"pixels"),
        (sound(), b"samples"),
        (film(&track(*b"vide", &boxed(b"udta", CANARY))), b"pictures"),
    ] {
        assert!(holds(&file, CANARY));
        let (look, bytes) = of(&file).unwrap();
        assert!(holds(&bytes, shows) && !holds(&bytes, CANARY), "{}", look.media_type);
        // Whoever makes the copy again makes the same one.
        assert_eq!(of(&file).unwrap().1, bytes);
        assert_eq!(of(&bytes).unwrap().1, bytes);
    }
    let (_, bytes) = of(&film(&track(*b"soun", &[]))).unwrap();
    assert!(!holds(&bytes, &[7; 8]), "no time");
}

#[test]
fn what_may_say_more_is_not_shown() {
    let thumbnail = [b"JFIF\0\x01\x01\0\0\x01\0\x01\x01\x01".as_slice(), &[9; 3]].concat();
    let with_thumbnail = [b"\xff\xd8".to_vec(), segment(0xe0, &thumbnail), b"\xff\xd9".to_vec()].concat();
    let cut = jpeg(1)[..200].to_vec();
    let strange = [
        png()[..8].to_vec(),
        chunk(b"IHDR", &[0; 13]),
        chunk(b"caBX", CANARY),
        chunk(b"IEND", b""),
    ]
    .concat();
    for (why, file) in [
        ("a small picture", with_thumbnail),
        ("cut off", cut),
        ("a chunk that nobody knows", strange),
        (
            "a track of places",
            film(&[track(*b"vide", &[]), track(*b"meta", &[])].concat()),
        ),
        (
            "a box that nobody knows",
            film(&[track(*b"vide", &[]), boxed(b"gps ", CANARY)].concat()),
        ),
        ("no media in its track", movie()),
        ("a GIF", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec()),
        ("a PDF", b"%PDF-1.7 /Author".to_vec()),
        ("an MP3", b"ID3\x03\0\0\0\0\0\0".to_vec()),
        ("markup", b"<svg><metadata/></svg>".to_vec()),
        ("bytes", vec![0, 159, 146, 150]),
        ("nothing", Vec::new()),
    ] {
        assert!(of(&file).is_none(), "{why}");
    }
    assert_eq!(of(b"Milk, bread").unwrap().1, b"Milk, bread");
}

proptest! {
    #[test]
    fn a_damaged_file_is_shown_or_not_without_a_panic(
        which in 0_usize..6, at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>(),
    ) {
        let mut file = [jpeg(6), png(), webp(6), heif(), sound(), film(&track(*b"vide", &[]))][which].clone();
        *at.get_mut(&mut file) = byte;
        file.truncate(cut.index(file.len()) + 1);
        let _ = of(&file);
    }
}
