//! Files made by hand, of every format this room knows, with words in them that are gone afterwards.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::*;
use proptest::prelude::*;
use std::io::Cursor;

/// Stands wherever a place or a device would.
pub(super) const CANARY: &[u8] = b"51.5072 N Marmalade Phone";

fn cleaned(file: &[u8]) -> (Look, Vec<u8>) {
    looked_at(file, true)
}

fn looked_at(file: &[u8], clean: bool) -> (Look, Vec<u8>) {
    let (look, mut pieces) = look(Box::new(Cursor::new(file.to_vec())), clean).unwrap();
    let mut bytes = Vec::new();
    pieces.read_to_end(&mut bytes).unwrap();
    assert_eq!(pieces.length(), bytes.len() as u64);
    (look, bytes)
}

pub(super) fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Exif with a way up and a canary.
pub(super) fn exif_of(up: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend_from_slice(b"\x0f\x01\x02\0\x19\0\0\0\x26\0\0\0");
    tiff.extend_from_slice(&[0x12, 1, 3, 0, 1, 0, 0, 0, up, 0, 0, 0, 0, 0, 0, 0]);
    tiff.extend_from_slice(CANARY);
    tiff
}

pub(super) fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], length.as_slice(), content].concat()
}

/// A JPEG of 640 × 480 as far as its header goes, in two scans.
pub(super) fn jpeg(up: u8) -> Vec<u8> {
    let frame = [8, 1, 0xe0, 2, 0x80, 1, 1, 0x11, 0];
    [
        b"\xff\xd8".to_vec(),
        segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
        segment(0xe1, &[b"Exif\0\0".as_slice(), &exif_of(up)].concat()),
        segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0".as_slice(), CANARY].concat()),
        segment(0xe2, &[b"ICC_PROFILE\0\x01\x01".as_slice(), b"colours"].concat()),
        segment(0xe2, &[b"MPF\0".as_slice(), CANARY].concat()),
        segment(0xed, &[b"Photoshop 3.0\0".as_slice(), CANARY].concat()),
        segment(0xee, b"Adobe\0\x64\0\0\0\0\x01"),
        segment(0xfe, CANARY),
        segment(0xdb, &[0; 65]),
        segment(0xc2, &frame),
        segment(0xda, &[1, 1, 0, 0, 0x3f, 0]),
        b"coded\xff\x00\xff\xd3coded".to_vec(),
        segment(0xc4, &[0; 19]),
        segment(0xda, &[1, 1, 0, 1, 0x3f, 0]),
        b"more\xff\xd9".to_vec(),
        // The moving part of a motion photo.
        b"\0\0\0\x18ftypmp42".to_vec(),
        CANARY.to_vec(),
    ]
    .concat()
}

pub(super) fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    // Nobody reads the checksum of a made-up chunk.
    [length.as_slice(), name, content, &[0; 4]].concat()
}

pub(super) fn png() -> Vec<u8> {
    let header = [0, 0, 0, 7, 0, 0, 0, 5, 8, 2, 0, 0, 0];
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        chunk(b"eXIf", &exif_of(6)),
        chunk(b"tEXt", CANARY),
        chunk(b"iTXt", CANARY),
        chunk(b"IDAT", b"pixels"),
        chunk(b"IDAT", b"pixels"),
        chunk(b"tIME", b"1234567"),
        chunk(b"IEND", b""),
        CANARY.to_vec(),
    ]
    .concat()
}

pub(super) fn riff(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_le_bytes();
    [name.as_slice(), &length, content, &vec![0; content.len() % 2]].concat()
}

pub(super) fn webp(up: u8) -> Vec<u8> {
    let chunks = [
        b"WEBP".to_vec(),
        riff(b"VP8X", &[0x2c, 0, 0, 0, 9, 0, 0, 7, 0, 0]),
        riff(b"ICCP", b"colours"),
        riff(b"VP8 ", b"pixels"),
        riff(b"EXIF", &exif_of(up)),
        riff(b"XMP ", CANARY),
    ]
    .concat();
    [riff(b"RIFF", &chunks), CANARY.to_vec()].concat()
}

pub(super) fn boxed(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).unwrap().to_be_bytes();
    [length.as_slice(), name, content].concat()
}

/// A movie of two and a half seconds with a place in every way a phone writes one.
pub(super) fn movie() -> Vec<u8> {
    let header = [
        &[0; 12],
        600_u32.to_be_bytes().as_slice(),
        &1500_u32.to_be_bytes(),
        &[0; 80],
    ]
    .concat();
    let inner = [
        boxed(b"mvhd", &header),
        boxed(
            b"trak",
            &[boxed(b"tkhd", &[1; 84]), boxed(b"udta", CANARY), boxed(b"meta", CANARY)].concat(),
        ),
        boxed(b"udta", &boxed(b"\xa9xyz", CANARY)),
        boxed(b"meta", CANARY),
        boxed(b"uuid", CANARY),
    ]
    .concat();
    [
        boxed(b"ftyp", b"mp42\0\0\0\0mp42isom"),
        boxed(b"mdat", b"pictures and sounds"),
        boxed(b"moov", &inner),
        boxed(b"uuid", CANARY),
    ]
    .concat()
}

/// A HEIF whose Exif lies in the file and whose XMP lies in the table's own box.
pub(super) fn heif() -> Vec<u8> {
    let item = |id: u16, kind: &[u8; 4]| {
        boxed(
            b"infe",
            &[&[2, 0, 0, 0], id.to_be_bytes().as_slice(), &[0, 0], kind, &[0]].concat(),
        )
    };
    let info = [
        &[0, 0, 0, 0, 0, 3],
        item(1, b"hvc1").as_slice(),
        &item(2, b"Exif"),
        &item(3, b"mime"),
    ]
    .concat();
    let canary = u32::try_from(CANARY.len()).unwrap();
    let table = |data: u32| {
        let place = |id: u16, method: u16, at: u32, count: u32| {
            [id.to_be_bytes(), method.to_be_bytes(), [0, 0], [0, 1]]
                .concat()
                .into_iter()
                .chain(at.to_be_bytes())
                .chain(count.to_be_bytes())
                .collect::<Vec<u8>>()
        };
        [
            &[1, 0, 0, 0, 0x44, 0, 0, 3],
            place(1, 0, data, 6).as_slice(),
            &place(2, 0, data + 6, canary),
            &place(3, 1, 0, canary),
        ]
        .concat()
    };
    let begin = boxed(b"ftyp", b"heic\0\0\0\0mif1heic");
    let meta = |data: u32| {
        boxed(
            b"meta",
            &[
                &[0; 4],
                boxed(b"iinf", &info).as_slice(),
                &boxed(b"iloc", &table(data)),
                &boxed(b"idat", CANARY),
            ]
            .concat(),
        )
    };
    let data = u32::try_from(begin.len() + meta(0).len() + 8).unwrap();
    [
        begin,
        meta(data),
        boxed(b"mdat", &[b"pixels".as_slice(), CANARY].concat()),
    ]
    .concat()
}

#[test]
fn a_photo_keeps_its_picture_its_colours_and_the_way_up_and_nothing_else() {
    let (look, bytes) = cleaned(&jpeg(6));
    assert_eq!(
        (look.media_type.as_str(), look.kind),
        ("image/jpeg", AttachmentKind::Photo)
    );
    assert_eq!((look.width, look.height), (640, 480));
    assert!(!holds(&bytes, CANARY) && !holds(&bytes, b"ftyp"));
    for kept in [
        b"JFIF".as_slice(),
        b"colours",
        b"Adobe",
        b"coded\xff\x00\xff\xd3coded",
        b"more\xff\xd9",
    ] {
        assert!(holds(&bytes, kept));
    }
    assert!(bytes.ends_with(b"\xff\xd9"));
    let at = bytes.windows(6).position(|window| window == b"Exif\0\0").unwrap();
    assert_eq!(exif::orientation(&bytes[at + 6..]), Some(6));
    // JFIF stands first, as its standard wants it.
    assert_eq!(bytes[2..4], [0xff, 0xe0]);
    assert_eq!(cleaned(&bytes).1, bytes, "cleaning twice is cleaning once");
    assert!(
        !holds(&cleaned(&jpeg(1)).1, b"Exif"),
        "a picture that stands upright needs no word of it"
    );
}

#[test]
fn a_png_keeps_its_pixels_and_the_way_up() {
    let (look, bytes) = cleaned(&png());
    assert_eq!((look.media_type.as_str(), look.width, look.height), ("image/png", 7, 5));
    assert!(!holds(&bytes, CANARY) && !holds(&bytes, b"tIME"));
    assert!(holds(
        &bytes,
        &[chunk(b"IDAT", b"pixels"), chunk(b"IDAT", b"pixels")].concat()
    ));
    let at = bytes.windows(4).position(|window| window == b"eXIf").unwrap();
    assert_eq!(exif::orientation(&bytes[at + 4..]), Some(6));
    assert_eq!(cleaned(&bytes).1, bytes);
}

#[test]
fn a_webp_keeps_its_pixels_its_colours_and_the_way_up() {
    let (look, bytes) = cleaned(&webp(8));
    assert_eq!(look.media_type, "image/webp");
    assert!(!holds(&bytes, CANARY) && !holds(&bytes, b"XMP "));
    assert!(holds(&bytes, b"colours") && holds(&bytes, b"pixels"));
    assert_eq!(
        u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize + 8,
        bytes.len()
    );
    assert_eq!(bytes[20], 0x28, "colours and Exif, no XMP");
    let at = bytes.windows(4).position(|window| window == b"EXIF").unwrap();
    assert_eq!(exif::orientation(&bytes[at + 8..]), Some(8));
    assert_eq!(cleaned(&bytes).1, bytes);
    let upright = cleaned(&webp(1)).1;
    assert!(upright[20] == 0x20 && !holds(&upright, b"EXIF"));
}

#[test]
fn a_movie_plays_from_the_same_places_and_says_nothing_of_where_it_was_made() {
    let original = movie();
    let (look, bytes) = cleaned(&original);
    assert_eq!(
        (look.media_type.as_str(), look.kind),
        ("video/mp4", AttachmentKind::Video)
    );
    assert_eq!(look.duration_ms, 2_500);
    assert!(holds(&original, CANARY) && !holds(&bytes, CANARY) && !holds(&bytes, b"\xa9xyz"));
    assert_eq!(bytes.len(), original.len());
    let samples = |bytes: &[u8]| bytes.windows(8).position(|window| window == b"pictures");
    assert_eq!(samples(&bytes), samples(&original));
    assert!(holds(&bytes, b"tkhd") && holds(&bytes, b"mvhd"));
    assert_eq!(cleaned(&bytes).1, bytes);
}

#[test]
fn a_heif_keeps_its_pixels_where_they_are() {
    let original = heif();
    let (look, bytes) = cleaned(&original);
    assert_eq!(
        (look.media_type.as_str(), look.kind),
        ("image/heif", AttachmentKind::Photo)
    );
    assert_eq!(
        original
            .windows(CANARY.len())
            .filter(|window| *window == CANARY)
            .count(),
        2
    );
    assert!(!holds(&bytes, CANARY));
    assert_eq!(bytes.len(), original.len());
    assert!(bytes.ends_with(&[b"pixels".as_slice(), &vec![0; CANARY.len()]].concat()));
    assert_eq!(cleaned(&bytes).1, bytes);
}

#[test]
fn a_picture_of_a_rarer_brand_keeps_its_index_and_a_raw_one_every_byte() {
    let named = |brand: &[u8; 4]| {
        let mut file = heif();
        file[8..12].copy_from_slice(brand);
        file
    };
    for brand in [b"heix", b"mif1", b"hevc"] {
        let (look, bytes) = cleaned(&named(brand));
        assert_eq!(
            (look.media_type.as_str(), look.kind),
            ("image/heif", AttachmentKind::Photo)
        );
        assert!(holds(&bytes, b"iloc") && !holds(&bytes, CANARY));
    }
    // One that calls itself a movie keeps its index too, and says no more than the others.
    for brand in [b"mp42", b"avci"] {
        let mut file = named(brand);
        file[16..20].copy_from_slice(b"isom");
        let (_, bytes) = cleaned(&file);
        assert!(holds(&bytes, b"iloc") && holds(&bytes, b"pixels") && !holds(&bytes, CANARY));
        assert_eq!((bytes.len(), cleaned(&bytes).1), (file.len(), bytes.clone()));
    }
    let raw = named(b"crx ");
    let (look, bytes) = cleaned(&raw);
    assert_eq!((look.kind, bytes == raw), (AttachmentKind::File, true));
}

#[test]
fn what_the_person_wants_to_keep_is_kept_to_the_byte() {
    for file in [jpeg(6), png(), webp(8), movie(), heif()] {
        assert_eq!(looked_at(&file, false).1, file);
    }
}

#[test]
fn a_file_is_known_by_its_bytes() {
    let known = |bytes: &[u8]| cleaned(bytes).0.media_type;
    assert_eq!(known(b"dear diary"), "text/plain");
    assert_eq!(known("süß".as_bytes()), "text/plain");
    assert_eq!(known(&[0, 1, 2, 3]), "application/octet-stream");
    assert_eq!(known(b""), "application/octet-stream");
    assert_eq!(known(b"%PDF-1.7"), "application/pdf");
    assert_eq!(known(b"\0\0\0\x18ftyp3gp9\0\0\0\0"), "video/3gpp");
    assert_eq!(known(b"\0\0\0\x14ftypzzzz\0\0\0\0isom"), "video/mp4");
    assert_eq!(known(b"\0\0\0\x10ftypzzzz\0\0\0\0"), "application/octet-stream");
    assert_eq!(
        known(b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom"),
        "application/octet-stream"
    );
    assert_eq!(known(b"\0\0\0\x14ftypmif1\0\0\0\0heix"), "image/heif");
    assert_eq!(known(b"\0\0\0\x10ftyphevc\0\0\0\0"), "image/heif");
    assert_eq!(known(b"\0\0\0\x18ftypM4A \0\0\0\0"), "audio/mp4");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_damaged_file_is_looked_at_without_a_panic_and_no_longer_than_it_was(
        which in 0_usize..5, cut: prop::sample::Index, at: prop::sample::Index, with: [u8; 4],
    ) {
        let mut file = vec![jpeg(6), png(), webp(8), movie(), heif()].swap_remove(which);
        let place = at.index(file.len() - 4);
        file[place..place + 4].copy_from_slice(&with);
        file.truncate(cut.index(file.len()) + 1);
        let (_, bytes) = cleaned(&file);
        // Some bytes of the way up may be added.
        prop_assert!(bytes.len() <= file.len() + 64);
    }

    #[test]
    fn a_cleaned_file_reads_the_same_from_any_place(from in 0_usize..600, count in 0_usize..600) {
        let (_, whole) = cleaned(&jpeg(6));
        let (_, mut pieces) = look(Box::new(Cursor::new(jpeg(6))), true).unwrap();
        pieces.seek(SeekFrom::Start(from as u64)).unwrap();
        let mut part = Vec::new();
        pieces.take(count as u64).read_to_end(&mut part).unwrap();
        let from = from.min(whole.len());
        prop_assert!(part == whole[from..(from + count).min(whole.len())]);
    }
}
