//! What becomes of attachments when a journal goes out: damaged ones, and pictures for the eyes of others.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::exporting_tests::{keep, vault};
use super::{Keeping, Vault};
use crate::clock::Timestamp;
use crate::exchange::{ExportFormat, ExportOptions, Exported, Story};
use crate::id::EntryId;
use crate::journal::{Attachment, Draft};
use crate::moment::Moment;
use crate::store::{ATTACHMENTS_FOLDER, Trouble};
use data_encoding::BASE64;
use std::path::{Path, PathBuf};

/// Stands where a place would.
const CANARY: &[u8] = b"51.5072 N 0.1276 W";

fn write(vault: &Vault, attachments: Vec<Attachment>) -> EntryId {
    let draft = Draft {
        body: "Look.".to_owned(),
        attachments,
        ..Draft::new(Moment::new(Timestamp(0), "UTC").unwrap())
    };
    vault.journal().write(draft).wait().unwrap()
}

fn export(vault: &Vault, path: PathBuf, options: ExportOptions) -> Exported {
    vault.journal().export(path, options, |_, _| {}).wait().unwrap()
}

/// Changes one byte in the middle of the only sealed file there is.
fn damage(folder: &Path) {
    let [file] = std::fs::read_dir(folder.join(ATTACHMENTS_FOLDER))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(file, bytes).unwrap();
}

#[test]
fn a_damaged_attachment_is_left_out_and_noted_and_all_the_rest_goes_out() {
    let folder = tempfile::tempdir().unwrap();
    let first = vault(folder.path(), "first");
    let broken = keep(&first, &[7; 300_000]);
    damage(&folder.path().join("first"));
    let sound = keep(&first, b"sound");
    write(&first, vec![broken.clone(), sound]);
    for (name, options) in [
        ("a.zip", ExportOptions::new(ExportFormat::Archive)),
        ("d.zip", ExportOptions::new(ExportFormat::DayOne)),
        ("m.zip", ExportOptions::new(ExportFormat::Markdown)),
        (
            "folder",
            ExportOptions {
                folder: true,
                ..ExportOptions::new(ExportFormat::Markdown)
            },
        ),
    ] {
        let exported = export(&first, folder.path().join(name), options);
        assert_eq!(exported.entries, 1, "{name}");
        assert!(exported.left_here >= 1, "{name}");
        if name != "d.zip" {
            // Day One has no place for a file that is no picture and no sound.
            assert_eq!((exported.attachments, exported.left_here), (1, 1), "{name}");
        }
    }
    let id = broken.id;
    let row = first.shell().read(move |view| Ok(view.attachment(id)?)).wait().unwrap();
    assert_eq!(row.unwrap().trouble, Trouble::Lost);
}

/// A JPEG that says where it was made.
fn jpeg() -> Vec<u8> {
    let segment = |marker: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], length.as_slice(), content].concat()
    };
    [
        [0xff, 0xd8].as_slice(),
        &segment(0xe1, &[b"Exif\0\0II*\0\x08\0\0\0\0\0", CANARY].concat()),
        &segment(0xdb, &[1; 65]),
        &segment(0xc0, &[8, 0, 1, 0, 1, 1, 1, 0x11, 0]),
        &segment(0xda, &[1, 1, 0, 0, 63, 0]),
        &[0x12, 0x34, 0xff, 0xd9],
    ]
    .concat()
}

/// The pictures of a page.
fn pictures(page: &Path) -> Vec<Vec<u8>> {
    let page = std::fs::read_to_string(page).unwrap();
    page.split(";base64,")
        .skip(1)
        .map(|rest| BASE64.decode(rest.split('"').next().unwrap().as_bytes()).unwrap())
        .collect()
}

fn holds(bytes: &[u8]) -> bool {
    bytes.windows(CANARY.len()).any(|at| at == CANARY)
}

#[test]
fn a_picture_in_a_story_never_says_where_it_was_made_not_even_one_that_was_kept_with_that() {
    let folder = tempfile::tempdir().unwrap();
    let first = vault(folder.path(), "first");
    let with_all = Keeping {
        strip_metadata: false,
        ..Keeping::default()
    };
    let keep = |bytes: Vec<u8>| first.journal().attach_bytes(bytes, with_all.clone()).wait().unwrap();
    let gif = [b"GIF89a\x01\0\x01\0\0\0\0!\xfe\x12".as_slice(), CANARY, b"\0;"].concat();
    let id = write(&first, vec![keep(jpeg()), keep(gif)]);
    let mut options = ExportOptions {
        entry: Some(id),
        ..ExportOptions::new(ExportFormat::Html)
    };
    // The journal of the person, for the person: as it was kept.
    let whole = folder.path().join("whole.html");
    assert_eq!(export(&first, whole.clone(), options.clone()).attachments, 2);
    assert!(pictures(&whole).iter().all(|picture| holds(picture)));
    options.story = Some(Story {
        pictures: true,
        ..Story::default()
    });
    let story = folder.path().join("story.html");
    let exported = export(&first, story.clone(), options);
    assert_eq!(
        (exported.attachments, exported.left_here),
        (1, 1),
        "a GIF cannot be cleaned"
    );
    let [picture] = pictures(&story).try_into().unwrap();
    assert!(!holds(&picture) && picture.starts_with(&[0xff, 0xd8]) && picture.ends_with(&[0x12, 0x34, 0xff, 0xd9]));
}
