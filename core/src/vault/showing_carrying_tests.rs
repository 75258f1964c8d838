//! What a specialist's device does with a copy that comes, without a relay.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::super::carrying::Carrying;
use super::*;
use crate::clock::SystemClock;
use crate::crypto::SealingReader;
use crate::id::SystemEntropy;
use crate::journal::AttachmentKind;
use crate::store::{Store, StoreConfig};
use std::io::Read as _;
use std::sync::Arc;

fn engine(folder: &std::path::Path) -> Engine {
    let store = Store::open(&StoreConfig::new(folder), &[7; 32]).unwrap();
    let mut engine = Engine::new(store, "dee", Arc::new(SystemClock), Box::new(SystemEntropy)).unwrap();
    engine.carrying = Carrying::new(true);
    engine
}

/// A copy of these bytes as it is shown, with this digest, and its sealed form.
fn copy(plain: &[u8], sha256: Option<[u8; 32]>) -> (ShownAttachment, Vec<u8>) {
    let content = Content::of(&mut &*plain).unwrap();
    let shown = ShownAttachment {
        kind: AttachmentKind::Audio,
        media_type: "audio/mp4".to_owned(),
        bytes: content.bytes,
        sha256: sha256.unwrap_or(content.sha256),
        key: [4; 32],
        width: 0,
        height: 0,
        duration_ms: 0,
        caption: None,
    };
    let said = super::content(&shown);
    let mut sealed = Vec::new();
    SealingReader::new(plain, said, &said.key(&key(&shown)))
        .read_to_end(&mut sealed)
        .unwrap();
    (shown, sealed)
}

#[test]
fn a_copy_comes_in_parts_and_garbage_is_no_part_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = engine(folder.path());
    let (shown, sealed) = copy(&[5; 200_000], None);
    let length = || folder.path().join("attachments").read_dir().map_or(0, Iterator::count);
    engine.copy_came_down(shown.clone(), &vec![0; sealed.len()]).unwrap();
    assert_eq!(length(), 0, "nothing is kept that does not open");
    engine.copy_came_down(shown.clone(), &sealed[..100_000]).unwrap();
    let have = engine.arrived_of(&blob(&shown)).unwrap();
    assert!(have > 0 && have < 100_000, "whole chunks");
    let ask = engine.ask_copy_down(&shown).unwrap();
    assert!(matches!(ask, Some(BlobAsk::Read { offset, .. }) if offset == have));
    let rest = usize::try_from(have).unwrap();
    engine.copy_came_down(shown.clone(), &sealed[rest..]).unwrap();
    assert_eq!(engine.shown_here(std::slice::from_ref(&shown)).unwrap(), [true]);
    assert_eq!(engine.ask_copy_down(&shown).unwrap(), None);
}

#[test]
fn a_copy_that_is_not_what_it_is_said_to_be_is_kept_for_nobody_and_asked_for_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = engine(folder.path());
    let (shown, sealed) = copy(b"Something else.", Some([9; 32]));
    assert!(engine.ask_copy_down(&shown).unwrap().is_some());
    engine.copy_came_down(shown.clone(), &sealed).unwrap();
    assert_eq!(engine.shown_here(std::slice::from_ref(&shown)).unwrap(), [false]);
    assert_eq!(folder.path().join("attachments").read_dir().unwrap().count(), 0);
    assert_eq!(engine.ask_copy_down(&shown).unwrap(), None);
}
