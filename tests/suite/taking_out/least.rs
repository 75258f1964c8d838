//! The least that somebody may write: one section of their own, and an entry that is nothing but a sound.

use super::Copied;
use crate::attachments::{keep, read};
use crate::shown_attachments::{only, sound};
use cairn_core::journal::{Attachment, AttachmentKind, Draft, Entry};
use cairn_core::profile::StatementDraft;
use cairn_core::vault::{Engine, NewShare, read_profile};
use cairn_tests::{Device, Two, draft, plain_share};
use std::collections::BTreeSet;

/// Every section that says something, and what it says.
fn profile(engine: &Engine) -> Vec<(String, Vec<String>)> {
    let profile = read_profile(engine.store().view()).unwrap();
    let said = |id| {
        let of = profile.statements.iter().filter(|statement| statement.section == id);
        of.map(|statement| statement.text.clone()).collect::<Vec<_>>()
    };
    let sections = profile
        .sections
        .iter()
        .map(|section| (section.name.clone(), said(section.id)));
    sections.filter(|(_, said)| !said.is_empty()).collect()
}

/// What the only entry says, and the bytes of what hangs on it.
fn entry(engine: &Engine) -> (Entry, Vec<u8>) {
    let all = engine
        .store()
        .view()
        .entries(&cairn_core::journal::EntryQuery::newest(9))
        .unwrap();
    let [entry] = all.entries.try_into().unwrap();
    let bytes = read(engine, &entry.attachments[0]);
    (entry, bytes)
}

#[test]
fn one_section_and_an_entry_of_a_sound_are_kept_synced_shown_and_come_out_and_in_unchanged() {
    let mut two = Two::agreed(951);
    let mut tablet = Device::new(&two.world, 952, "tablet");
    two.phone.pair(&two.world, &mut tablet);
    let engine = &mut two.phone.engine;
    let section = engine.add_section("Evenings").unwrap();
    let statement = StatementDraft {
        is_shareable: true,
        ..StatementDraft::new("The radio, low.")
    };
    engine.write_statement(section, statement).unwrap();
    let sound = sound(3_000, b"");
    let kept = Attachment {
        kind: AttachmentKind::Audio,
        ..keep(engine, &sound)
    };
    let only_a_sound = Draft {
        attachments: vec![kept],
        ..draft(&two.world.clock, "")
    };
    let id = engine.write(only_a_sound).unwrap();
    let expected = vec![("Evenings".to_owned(), vec!["The radio, low.".to_owned()])];
    let written = entry(engine);
    assert_eq!((profile(engine), &written.1), (expected.clone(), &sound));

    two.phone
        .engine
        .show_sections(two.id, &BTreeSet::from([section]))
        .unwrap();
    let new = NewShare {
        mask: only(false),
        ..plain_share(two.id, id)
    };
    let share = two.phone.engine.share(new).unwrap();
    for _ in 0..2 {
        two.settle();
        tablet.sync(&two.world);
        two.dee.engine.open_shared(share).unwrap();
    }
    assert_eq!(entry(&tablet.engine), written);
    assert_eq!(profile(&tablet.engine), expected);
    let shown = two.dee.engine.open_preferences(two.theirs).unwrap().unwrap();
    let [section] = shown.profile.sections.try_into().unwrap();
    assert_eq!(
        (section.name.as_str(), section.statements[0].text.as_str()),
        ("Evenings", "The radio, low.")
    );
    let mut open = two.dee.engine.open_shared_attachment(share, 0).unwrap();
    let mut heard = Vec::new();
    open.copy_to(&mut heard).unwrap();
    assert_eq!(heard, sound);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.zip");
    let options = cairn_core::exchange::ExportOptions::new(cairn_core::exchange::ExportFormat::Archive);
    let from = Copied::of(&two.phone, &two.world);
    from.vault
        .journal()
        .export(path.clone(), options, |_, _| {})
        .wait()
        .unwrap();
    let into = Copied::of(&Device::new(&two.world, 953, "other"), &two.world);
    into.restore(&path);
    let (_folder, other) = into.device(&two.world, 953);
    assert_eq!(profile(&other.engine), expected);
    let (mut restored, bytes) = entry(&other.engine);
    assert_eq!(bytes, sound);
    // Of every vault its own name for the same bytes.
    restored.attachments[0].id = written.0.attachments[0].id;
    assert_eq!(restored, written.0);
}
