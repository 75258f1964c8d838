//! On one device, without a network.

use super::{files_below, holds, keep, noise, read};
use cairn_core::clock::SystemClock;
use cairn_core::id::AttachmentId;
use cairn_core::journal::{AttachmentKind, Draft};
use cairn_core::limits;
use cairn_core::moment::Moment;
use cairn_core::store::{Store, StoreConfig};
use cairn_core::vault::{
    AttachmentError, AttachmentState, Engine, Error, Keeping, MemoryKeyStore, Prepared, Vault, VaultConfig,
};
use cairn_tests::{Device, KEY, SeededEntropy, TestClock, World, draft};
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

fn engine(folder: &Path, clock: &TestClock) -> Engine {
    let store = Store::open(&StoreConfig::new(folder), &KEY).unwrap();
    let entropy = Box::new(SeededEntropy::new(1, "phone"));
    Engine::new(store, "phone", Arc::new(clock.clone()), entropy).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder.join("attachments"))
        .into_iter()
        .flatten()
        .flatten();
    files
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn the_same_bytes_are_one_attachment_and_come_out_as_they_went_in() {
    let mut phone = Device::new(&World::new(1), 1, "phone");
    for length in [0, 1, 65_536, 300_000] {
        let bytes = noise(1, length);
        let (first, second) = (keep(&mut phone.engine, &bytes), keep(&mut phone.engine, &bytes));
        assert_eq!(first, second);
        assert_eq!(first.bytes, length as u64);
        assert_eq!(read(&phone.engine, &first), bytes);
        let mut open = phone.engine.open_attachment(first.id).unwrap();
        let middle = length / 2;
        assert_eq!(
            open.read_range(middle as u64, 77).unwrap(),
            bytes[middle..length.min(middle + 77)]
        );
    }
    assert_eq!(names(phone.folder()).len(), 4);
}

#[test]
fn nothing_of_an_attachment_is_plain_on_the_disk() {
    let mut phone = Device::new(&World::new(2), 2, "phone");
    let words = b"Marmalade on the bus, said softly. ".repeat(9_000);
    let keeping = Keeping {
        original_name: "soup-with-dee.txt".to_owned(),
        ..Keeping::default()
    };
    let attachment = phone
        .engine
        .keep_attachment(Box::new(Cursor::new(words)), keeping)
        .unwrap();
    phone
        .engine
        .write(Draft {
            attachments: vec![attachment.clone()],
            ..draft(&TestClock::default(), "")
        })
        .unwrap();
    let files = files_below(phone.folder());
    assert!(!holds(&files, b"Marmalade") && !holds(&files, b"soup-with-dee") && !holds(&files, &attachment.sha256));
}

#[test]
fn a_kill_while_sealing_leaves_nothing_that_counts_and_the_next_try_is_whole() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), TestClock::default());
    let bytes = noise(3, 200_000);
    let prepared = || Prepared::of(Box::new(Cursor::new(bytes.clone())), Keeping::default()).unwrap();
    let mut phone = engine(folder.path(), &clock);
    // Killed with a place made, and killed with everything sealed that nobody was told of.
    std::mem::forget(phone.begin_attachment(&prepared()).unwrap());
    let sealing = phone.begin_attachment(&prepared()).unwrap().unwrap();
    std::mem::forget(sealing.seal(&mut prepared()).unwrap());
    assert_eq!(names(folder.path()).len(), 2);
    drop(phone);
    let mut phone = engine(folder.path(), &clock);
    phone.sweep_attachments().unwrap();
    assert_eq!(names(folder.path()), Vec::<String>::new());
    let attachment = keep(&mut phone, &bytes);
    assert_eq!(read(&phone, &attachment), bytes);
    drop(phone);
    assert_eq!(read(&engine(folder.path(), &clock), &attachment), bytes);
}

#[test]
fn what_was_here_and_is_no_more_when_it_is_finished_has_to_be_sealed() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), TestClock::default());
    let bytes = noise(6, 100_000);
    let prepared = || Prepared::of(Box::new(Cursor::new(bytes.clone())), Keeping::default()).unwrap();
    let mut phone = engine(folder.path(), &clock);
    let attachment = keep(&mut phone, &bytes);
    for gone in [0, 1] {
        assert!(phone.begin_attachment(&prepared()).unwrap().is_none(), "it is here");
        if gone == 0 {
            phone.attachment_did_not_open(attachment.id).unwrap();
        } else {
            std::fs::remove_dir_all(folder.path().join("attachments")).unwrap();
            std::fs::create_dir(folder.path().join("attachments")).unwrap();
        }
        assert_eq!(phone.finish_attachment(&prepared(), None).unwrap(), None);
        assert_eq!(keep(&mut phone, &bytes), attachment);
        assert_eq!(read(&phone, &attachment), bytes);
    }
}

#[test]
fn a_source_that_changes_while_it_is_read_is_not_kept() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), TestClock::default());
    let source = folder.path().join("source");
    std::fs::write(&source, noise(4, 100_000)).unwrap();
    let mut phone = engine(folder.path(), &clock);
    for other in [noise(5, 100_000), noise(4, 99_999)] {
        std::fs::write(&source, noise(4, 100_000)).unwrap();
        let file = std::fs::File::open(&source).unwrap();
        let mut prepared = Prepared::of(Box::new(file), Keeping::default()).unwrap();
        let sealing = phone.begin_attachment(&prepared).unwrap().unwrap();
        std::fs::write(&source, other).unwrap();
        let refused = sealing.seal(&mut prepared);
        assert!(matches!(refused, Err(Error::Attachment(AttachmentError::Changed))));
    }
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn what_no_entry_names_for_a_day_is_let_go_and_what_one_names_stays() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), TestClock::default());
    let mut phone = engine(folder.path(), &clock);
    let (named, unnamed) = (keep(&mut phone, b"a stone"), keep(&mut phone, b"another stone"));
    phone.set_thumbnail(unnamed.id, Some(b"small")).unwrap();
    let id = phone
        .write(Draft {
            attachments: vec![named.clone()],
            ..draft(&clock, "Look.")
        })
        .unwrap();
    phone.sweep_attachments().unwrap();
    assert_eq!(phone.attachment_state(unnamed.id).unwrap(), AttachmentState::Here);
    clock.advance_ms(limits::ATTACHMENT_GRACE_MS + 1);
    phone.sweep_attachments().unwrap();
    assert!(matches!(phone.attachment_state(unnamed.id), Err(Error::NotFound)));
    assert_eq!(phone.store().view().thumbnail(unnamed.id).unwrap(), None);
    assert_eq!(read(&phone, &named), b"a stone");
    // In the trash it is still the entry's.
    phone.trash(id).unwrap();
    phone.sweep_attachments().unwrap();
    assert_eq!(read(&phone, &named), b"a stone");
    assert_eq!(names(folder.path()).len(), 1);
    phone.forget_attachments_if_unused(&[named.id]).unwrap();
    assert_eq!(read(&phone, &named), b"a stone", "an entry still names it");
}

#[test]
fn a_damaged_file_is_said_and_none_of_its_bytes_is_shown_for_good() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), TestClock::default());
    let mut phone = engine(folder.path(), &clock);
    let attachment = keep(&mut phone, &noise(6, 200_000));
    let file = folder.path().join("attachments").join(&names(folder.path())[0]);
    let mut sealed = std::fs::read(&file).unwrap();
    sealed[100_000] ^= 1;
    std::fs::write(&file, &sealed).unwrap();
    let mut open = phone.open_attachment(attachment.id).unwrap();
    assert_eq!(open.read_range(0, 65_536).unwrap(), noise(6, 65_536));
    assert!(matches!(
        open.read_range(65_536, 1),
        Err(Error::Attachment(AttachmentError::Damaged))
    ));
    let mut copy = Vec::new();
    assert!(matches!(
        open.copy_to(&mut copy),
        Err(Error::Attachment(AttachmentError::Damaged))
    ));
    assert!(
        phone.doctor().unwrap().is_well,
        "its length is right; only reading it tells"
    );
    phone.attachment_did_not_open(attachment.id).unwrap();
    assert!(!phone.doctor().unwrap().is_well);
    assert_eq!(
        read_start(&phone, attachment.id),
        noise(6, 9),
        "what still opens can be read"
    );
    std::fs::remove_file(&file).unwrap();
    assert!(!phone.doctor().unwrap().is_well);
    assert_eq!(
        phone.attachment_state(attachment.id).unwrap(),
        AttachmentState::Elsewhere
    );
}

fn read_start(phone: &Engine, id: AttachmentId) -> Vec<u8> {
    phone.open_attachment(id).unwrap().read_range(0, 9).unwrap()
}

#[test]
fn bad_input_is_refused_and_nothing_is_changed() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), TestClock::default());
    let mut phone = engine(folder.path(), &clock);
    let long = Keeping {
        alt_text: "a".repeat(limits::ALT_CHARACTERS_MAX + 1),
        ..Keeping::default()
    };
    let refused = phone.keep_attachment(Box::new(Cursor::new(b"a stone")), long);
    assert!(matches!(refused, Err(Error::Attachment(AttachmentError::TooManyWords))));
    assert_eq!(names(folder.path()), Vec::<String>::new());
    let attachment = keep(&mut phone, b"a stone");
    let large = vec![0; limits::THUMBNAIL_BYTES_MAX + 1];
    assert!(matches!(
        phone.set_thumbnail(attachment.id, Some(&large)),
        Err(Error::Attachment(AttachmentError::ThumbnailTooLarge))
    ));
    let nothing = AttachmentId::from_bytes([1; 16]);
    assert!(matches!(phone.open_attachment(nothing), Err(Error::NotFound)));
    assert!(matches!(phone.set_thumbnail(nothing, None), Err(Error::NotFound)));
}

#[test]
fn an_app_attaches_a_file_reads_it_back_and_saves_it() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open_with_clock(
        VaultConfig::new(folder.path().join("vault"), "phone"),
        Arc::new(MemoryKeyStore::default()),
        None,
        Arc::new(SystemClock),
    )
    .unwrap();
    let journal = vault.journal();
    let source = folder.path().join("stone.png");
    let picture = [
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x07\0\0\0\x05\x08\x02\0\0\0....\0\0\0\x09tEXtMarmalade....".as_slice(),
        &noise(7, 90_000),
    ]
    .concat();
    std::fs::write(&source, &picture).unwrap();
    let as_it_is = Keeping {
        kind: Some(AttachmentKind::Drawing),
        strip_metadata: false,
        ..Keeping::default()
    };
    let attachment = journal.attach(source.clone(), as_it_is).wait().unwrap();
    assert_eq!(
        (attachment.kind, attachment.media_type.as_str()),
        (AttachmentKind::Drawing, "image/png")
    );
    assert_eq!(
        (attachment.width, attachment.height, attachment.original_name.as_str()),
        (7, 5, "stone.png")
    );
    assert_eq!(
        journal.read_attachment(attachment.id, 0, picture.len()).wait().unwrap(),
        picture
    );
    let saved = folder.path().join("saved.png");
    journal.save_attachment(attachment.id, saved.clone()).wait().unwrap();
    assert_eq!(std::fs::read(&saved).unwrap(), picture);
    let again = journal.save_attachment(attachment.id, saved).wait();
    assert!(matches!(again, Err(Error::Attachment(AttachmentError::Unwritable))));

    let stripped = journal.attach(source, Keeping::default()).wait().unwrap();
    assert_ne!(stripped.id, attachment.id);
    let bytes = journal.read_attachment(stripped.id, 0, picture.len()).wait().unwrap();
    assert!(!holds(&bytes, b"Marmalade") && holds(&bytes, &noise(7, 90_000)));
    for missing in [folder.path().join("nothing here"), folder.path().to_owned()] {
        let refused = journal.attach(missing, Keeping::default()).wait();
        assert!(matches!(refused, Err(Error::Attachment(AttachmentError::Unreadable))));
    }

    journal
        .set_thumbnail(attachment.id, Some(b"small".to_vec()))
        .wait()
        .unwrap();
    let happened = Moment::new(cairn_core::clock::Timestamp(1_772_352_000_000), "UTC").unwrap();
    let with = Draft {
        attachments: vec![attachment.clone()],
        ..Draft::new(happened)
    };
    journal.write(with).wait().unwrap();
    vault.suspend().wait().unwrap();
    assert!(matches!(
        journal.attachment_state(attachment.id).wait(),
        Err(Error::Suspended)
    ));
    vault.resume().wait().unwrap();
    assert_eq!(
        journal.thumbnail(attachment.id).wait().unwrap(),
        Some(b"small".to_vec())
    );
    assert_eq!(
        journal.attachment_state(attachment.id).wait().unwrap(),
        AttachmentState::Here
    );
}
