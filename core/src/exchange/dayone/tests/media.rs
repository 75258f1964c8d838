//! Photos, videos, recordings and PDFs.

use super::*;
use crate::exchange::tests::bytes_of;
use crate::exchange::{Media, embed};
use crate::id::AttachmentId;
use crate::journal::AttachmentKind;

fn all(fields: Value, files: &[(&str, &[u8])]) -> (DayOne<Cursor<Vec<u8>>>, Vec<Media>) {
    let journal = journal(&[entry(1, fields)]);
    let mut inside: Vec<(&str, &[u8])> = vec![("Journal.json", &journal)];
    inside.extend(files);
    let mut export = open(zip(&inside)).unwrap();
    let media = export.entries(Keep::default()).next().unwrap().unwrap().media;
    (export, media)
}

#[test]
fn media_of_every_kind_are_found_whatever_their_ending_and_in_their_order() {
    let text = "![](dayone-moment://P1) ![](dayone-moment:/video/V1) ![](dayone-moment:/audio/A1) ![](dayone-moment:/pdfAttachment/D1)";
    let fields = json!({
        "text": text,
        "photos": [
            {"identifier": "P2", "md5": "aa02", "type": "png", "orderInEntry": 5, "filename": "pot.png"},
            {"identifier": "P1", "md5": "aa01", "type": "jpeg", "orderInEntry": 0, "width": 40, "height": 30, "date": "2024-05-01T09:00:00Z"},
        ],
        "videos": [{"identifier": "V1", "md5": "bb01", "type": "mov", "orderInEntry": 1, "duration": 2.5}],
        "audios": [{"identifier": "A1", "md5": "CC01", "format": "aac", "orderInEntry": 2, "duration": 61}],
        "pdfAttachments": [{"identifier": "D1", "md5": "dd01", "type": "pdf", "orderInEntry": 3}],
    });
    let (export, media) = all(
        fields,
        &[
            ("photos/aa01.jpeg", b"one"),
            ("photos/aa02.png", b"two"),
            ("videos/bb01.mov", b"three"),
            ("audios/cc01.m4a", b"four"),
            ("pdfs/dd01.pdf", b"five"),
        ],
    );
    let kinds: Vec<_> = media.iter().map(|one| (one.kind, one.media_type.as_str())).collect();
    assert_eq!(
        kinds,
        [
            (AttachmentKind::Photo, "image/jpeg"),
            (AttachmentKind::Video, "video/quicktime"),
            (AttachmentKind::Audio, "audio/mp4"),
            (AttachmentKind::File, "application/pdf"),
            (AttachmentKind::Photo, "image/png"),
        ]
    );
    let bytes: Vec<Vec<u8>> = media.iter().map(|one| bytes_of(&export, one)).collect();
    assert_eq!(bytes, [&b"one"[..], b"three", b"four", b"five", b"two"]);
    assert_eq!(
        (media[0].width, media[0].height, media[0].made.is_some()),
        (40, 30, true)
    );
    assert_eq!((media[1].duration_ms, media[2].duration_ms), (2_500, 61_000));
    assert_eq!(
        (media[4].original_name.as_str(), media[4].link.as_str()),
        ("pot.png", "")
    );
    let ids: Vec<AttachmentId> = (1..6).map(|n| AttachmentId::from_bytes([n; 16])).collect();
    let places: Vec<_> = media
        .iter()
        .zip(&ids)
        .map(|(one, id)| (one.link.as_str(), *id, ""))
        .collect();
    let body = embed(text, &places);
    assert!(!body.contains("dayone-moment"), "{body}");
    assert!(
        ids.iter().all(|id| body.contains(&format!("](attachment:{id})"))),
        "{body}"
    );
    assert_eq!(export.preview().attachments_bytes, 19);
}

#[test]
fn links_in_every_form_lead_to_their_photo() {
    for link in [
        "dayone-moment://P1",
        "dayone-moment:/P1",
        "dayone-moment:P1",
        "dayone-moment:/photo/P1",
        "dayone-moment://photo/P1",
    ] {
        let (_, media) = all(
            json!({"text": format!("Soup ![]({link})"), "photos": [{"identifier": "P1", "md5": "aa"}]}),
            &[("photos/aa.jpeg", b"x")],
        );
        assert_eq!(media[0].link, link);
    }
}

#[test]
fn media_that_are_not_there_are_counted_and_no_other_file_is_taken_for_them() {
    let fields = json!({"photos": [
        {"identifier": "P1", "md5": "aa"}, {"identifier": "P2", "md5": "../Journal"}, {"identifier": 7, "md5": null}, "x",
    ], "audios": [{"identifier": "A", "md5": "aa"}]});
    let (export, media) = all(fields, &[("photos/aa.jpeg", b"x")]);
    assert_eq!(media.len(), 1);
    assert_eq!(
        (export.preview().attachments, export.preview().attachments_missing),
        (5, 4)
    );
}

#[test]
fn an_entry_of_a_photo_alone_has_its_link_for_its_words() {
    let (_, media) = all(
        json!({"text": "", "photos": [{"identifier": "P1", "md5": "aa"}]}),
        &[("photos/aa.jpeg", b"x")],
    );
    assert_eq!(media[0].link, "dayone-moment://P1");
}
