//! A journal out and in again, through the vault.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::{Error, Keeping, Kind, MemoryKeyStore, Restored, Vault, VaultConfig};
use crate::clock::Timestamp;
use crate::exchange::{ExportError, ExportFormat, ExportOptions, SampleJournal};
use crate::id::{AttachmentId, EntryId, ReminderId};
use crate::journal::{Attachment, Draft, Entry};
use crate::moment::Moment;
use crate::profile::{
    Address, DefaultSection, Hope, Plan, PlanList, Prompt, Reminder, Settings, Stance, StatementDraft, Switch, Weekdays,
};
use crate::record::tests::projection::any_entry;
use crate::support::SupportWanted;
use chrono::NaiveTime;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) fn vault(folder: &Path, name: &str) -> Vault {
    let config = VaultConfig::new(folder.join(name), name);
    Vault::open(config, Arc::new(MemoryKeyStore::default()), None).unwrap()
}

/// Attaches these bytes.
pub(super) fn keep(vault: &Vault, bytes: &[u8]) -> Attachment {
    let kept = vault.journal().attach_bytes(bytes.to_vec(), Keeping::default());
    kept.wait().unwrap()
}

pub(super) fn archive(vault: &Vault, path: PathBuf) -> Result<usize, Error> {
    let options = ExportOptions {
        trash: true,
        ..ExportOptions::new(ExportFormat::Archive)
    };
    let exported = vault.journal().export(path, options, |_, _| {}).wait()?;
    Ok(exported.entries)
}

fn restore(vault: &Vault, path: &Path) -> Restored {
    vault
        .journal()
        .restore_archive(path.to_owned(), None, |_, _| {})
        .wait()
        .unwrap()
}

fn all(vault: &Vault) -> Vec<Entry> {
    let ids = vault
        .shell()
        .read(|view| Ok(view.ids_oldest_first(true)?))
        .wait()
        .unwrap();
    ids.into_iter()
        .map(|id| vault.journal().entry(id).wait().unwrap().unwrap())
        .collect()
}

/// Entries without the names of their attachments, which are each vault's own.
fn unnamed(mut entries: Vec<Entry>) -> Vec<Entry> {
    for attachment in entries.iter_mut().flat_map(|entry| &mut entry.attachments) {
        attachment.id = AttachmentId::from_bytes([0; 16]);
    }
    entries
}

/// A reminder without where it rings, which is each device's own.
fn silent(reminder: Reminder) -> Reminder {
    Reminder {
        is_here: false,
        ..reminder
    }
}

/// Hopes, plan, settings, questions and reminders.
fn beside(vault: &Vault) -> (Vec<Hope>, Plan, Settings, Vec<Prompt>, Vec<Reminder>) {
    let profile = vault.profile();
    (
        profile.hopes().wait().unwrap(),
        profile.plan().wait().unwrap(),
        profile.settings().wait().unwrap(),
        vault.journal().prompts().wait().unwrap(),
        profile.reminders().wait().unwrap().into_iter().map(silent).collect(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_journal_with_anything_in_it_goes_out_and_comes_in_equal(mut entries in proptest::collection::vec(any_entry(), 1..6)) {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (vault(folder.path(), "first"), vault(folder.path(), "second"));
        for (n, entry) in (1..).zip(&mut entries) {
            entry.id = EntryId::from_bytes([n; 16]);
        }
        let seeds = entries.clone();
        let kept = first.ask(move |engine| engine.restore_entries(seeds)).wait();
        prop_assert_eq!(kept.unwrap(), entries.len() as u64);
        let section = first.profile().add_section("Boundaries".to_owned()).wait().unwrap();
        let said = first.profile().add_statement(section, "Ask first.".to_owned(), Some(Stance::Want));
        said.wait().unwrap();
        let profile = first.profile();
        profile.add_hope("A garden.".to_owned(), "Europe/London".to_owned()).wait().unwrap();
        profile.add_plan_item(PlanList::EverydayThings, "Tea.".to_owned()).wait().unwrap();
        profile.add_mainstay("The harbour.".to_owned()).wait().unwrap();
        let reminder = Reminder {
            id: ReminderId::from_bytes([0; 16]),
            time: NaiveTime::MIN,
            days: Weekdays::ALL,
            text: "Water the plants.".to_owned(),
            is_shown: true,
            prompt: None,
            is_here: true,
        };
        profile.add_reminder(reminder).wait().unwrap();
        profile.set_switch(Switch::Memories, true).wait().unwrap();
        profile.set_wanted(SupportWanted::IDEAS).wait().unwrap();
        let address = Address {
            languages: vec!["ase".to_owned(), "DE-ch".to_owned()],
            languages_are_shareable: true,
            ..Address::default()
        };
        profile.set_address(address).wait().unwrap();
        first.journal().add_prompt("What did the kitchen smell of?".to_owned()).wait().unwrap();

        let path = folder.path().join("journal.zip");
        prop_assert_eq!(archive(&first, path.clone()).unwrap(), entries.len());
        prop_assert_eq!(restore(&second, &path).added, entries.len() as u64);
        prop_assert_eq!(unnamed(all(&second)), unnamed(all(&first)));
        prop_assert_eq!(second.profile().read().wait().unwrap(), first.profile().read().wait().unwrap());
        prop_assert_eq!(second.profile().read().wait().unwrap().address.languages, ["ase", "de-CH"]);
        prop_assert_eq!(beside(&second), beside(&first));
        prop_assert_eq!(second.profile().wanted().wait().unwrap(), SupportWanted::IDEAS);
        prop_assert_eq!(second.profile().mainstays().wait().unwrap(), profile.mainstays().wait().unwrap());

        let again = restore(&second, &path);
        prop_assert_eq!((again.added, again.known), (0, entries.len() as u64));
        prop_assert_eq!(unnamed(all(&second)), unnamed(all(&first)));
        for entry in &mut entries {
            // The one thing that does not come along: a document begins anew where it is taken in.
            entry.earlier = None;
        }
        let mut there = all(&second);
        there.sort_by_key(|entry| entry.id);
        prop_assert_eq!(unnamed(there), unnamed(entries));
    }
}

#[test]
fn attachments_go_out_and_come_in_equal_under_the_names_of_the_other_vault() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (vault(folder.path(), "first"), vault(folder.path(), "second"));
    let bytes: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    let photo = first
        .journal()
        .attach_bytes(bytes.clone(), Keeping::default())
        .wait()
        .unwrap();
    let draft = Draft {
        body: format!("Look: ![a bowl](attachment:{})", photo.id),
        attachments: vec![photo.clone()],
        ..Draft::new(Moment::new(Timestamp(0), "UTC").unwrap())
    };
    let id = first.journal().write(draft).wait().unwrap();
    let path = folder.path().join("journal.zip");
    archive(&first, path.clone()).unwrap();
    assert_eq!(restore(&second, &path).attachments_left_out, 0);
    let entry = second.journal().entry(id).wait().unwrap().unwrap();
    let there = &entry.attachments[0];
    assert_ne!(there.id, photo.id);
    assert_eq!(entry.body, format!("Look: ![a bowl](attachment:{})", there.id));
    let read = second
        .journal()
        .read_attachment(there.id, 0, 4 * 1024 * 1024)
        .wait()
        .unwrap();
    assert!(read == bytes);
    // A journal whose bytes are elsewhere says so.
    let (third, empty) = (vault(folder.path(), "third"), folder.path().join("empty.zip"));
    let entries = vec![entry.clone()];
    third.ask(move |engine| engine.restore_entries(entries)).wait().unwrap();
    archive(&third, empty.clone()).unwrap();
    let fourth = vault(folder.path(), "fourth");
    assert_eq!(restore(&fourth, &empty).attachments_left_out, 1);
}

#[test]
fn what_plan_and_profile_name_goes_out_and_comes_in_under_the_names_of_the_other_vault() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (vault(folder.path(), "first"), vault(folder.path(), "second"));
    let (letter, sound) = (keep(&first, b"a letter to whom it concerns"), keep(&first, &[7; 9_000]));
    let profile = first.profile();
    profile.set_plan_attached(vec![letter.id]).wait().unwrap();
    let said = StatementDraft {
        attachment: Some(sound.id),
        ..StatementDraft::new("Hear me.")
    };
    let section = DefaultSection::OwnWords.id();
    let statement = profile.write_statement(section, said).wait().unwrap();
    let path = folder.path().join("journal.zip");
    archive(&first, path.clone()).unwrap();
    assert_eq!(restore(&second, &path).attachments_left_out, 0);
    let there = second.profile().plan().wait().unwrap().attached[0];
    let heard = second.profile().read().wait().unwrap();
    let heard = heard.statement(statement).unwrap().attachment.unwrap();
    assert!(there != letter.id && heard != sound.id);
    let read = |id: AttachmentId| second.journal().read_attachment(id, 0, 100_000).wait().unwrap();
    assert_eq!(read(there), b"a letter to whom it concerns");
    assert_eq!(read(heard), [7; 9_000]);
    restore(&second, &path);
    assert_eq!(second.profile().plan().wait().unwrap().attached, [there]);
}

#[test]
fn what_is_here_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (vault(folder.path(), "first"), vault(folder.path(), "second"));
    let soup = |body: &str| Draft {
        body: body.to_owned(),
        ..Draft::new(Moment::new(Timestamp(0), "UTC").unwrap())
    };
    let id = first.journal().write(soup("soup")).wait().unwrap();
    let section = first.profile().add_section("Old name".to_owned()).wait().unwrap();
    let path = folder.path().join("journal.zip");
    archive(&first, path.clone()).unwrap();
    restore(&second, &path);

    let (_, version) = second.journal().entry_for_editing(id).wait().unwrap().unwrap();
    second
        .journal()
        .revise(id, version, soup("soup, and bread"))
        .wait()
        .unwrap();
    second
        .profile()
        .rename_section(section, "New name".to_owned())
        .wait()
        .unwrap();
    let before = (all(&second), second.profile().read().wait().unwrap());
    assert_eq!(restore(&second, &path).added, 0);
    assert_eq!((all(&second), second.profile().read().wait().unwrap()), before);
    assert_eq!(before.0[0].body, "soup, and bread");
}

#[test]
fn a_sample_journal_of_500_comes_in_equal_and_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (vault(folder.path(), "first"), vault(folder.path(), "second"));
    let entries: Vec<Entry> = SampleJournal::new(11, 500)
        .zip(1_u128..)
        .map(|((draft, written), n)| draft.into_entry(EntryId::from_bytes(n.to_be_bytes()), written).unwrap())
        .collect();
    let seeds = entries.clone();
    first.ask(move |engine| engine.restore_entries(seeds)).wait().unwrap();
    let path = folder.path().join("journal.zip");
    assert_eq!(archive(&first, path.clone()).unwrap(), 500);
    assert_eq!(restore(&second, &path).added, 500);
    assert_eq!(all(&second), all(&first));
    let word = entries[0].body.split_whitespace().next().unwrap().to_owned();
    let query = crate::journal::SearchQuery::newest(word, 1);
    assert_eq!(second.journal().search(query).wait().unwrap().len(), 1);
}

#[test]
fn a_file_has_its_name_only_when_it_is_whole_and_one_that_is_there_stays() {
    let folder = tempfile::tempdir().unwrap();
    let first = vault(folder.path(), "first");
    let path = folder.path().join("journal.zip");
    std::fs::write(&path, "something else").unwrap();
    let error = archive(&first, path.clone()).unwrap_err();
    assert!(matches!(error, Error::Export(ExportError::Exists)));
    assert_eq!(
        (error.kind(), std::fs::read(&path).unwrap()),
        (Kind::Invalid, b"something else".to_vec())
    );
    let replace = ExportOptions {
        replace: true,
        ..ExportOptions::new(ExportFormat::Archive)
    };
    // Somebody's own, whatever it is called.
    let stranger = folder.path().join("journal.zip.part");
    std::fs::create_dir(&stranger).unwrap();
    std::fs::write(stranger.join("thesis"), "whole").unwrap();
    first
        .journal()
        .export(path.clone(), replace.clone(), |_, _| {})
        .wait()
        .unwrap();
    assert!(std::fs::read(&path).unwrap().starts_with(b"PK"));

    // One that cannot go on leaves nothing, and the file that was there is whole.
    let whole = std::fs::read(&path).unwrap();
    first.suspend().wait().unwrap();
    let error = first
        .journal()
        .export(path.clone(), replace, |_, _| {})
        .wait()
        .unwrap_err();
    assert!(matches!(error, Error::Suspended), "{error:?}");
    assert_eq!(std::fs::read(&path).unwrap(), whole);
    first.resume().wait().unwrap();
    let nowhere = folder.path().join("no/such/folder.zip");
    assert!(matches!(
        archive(&first, nowhere),
        Err(Error::Export(ExportError::Unwritable { .. }))
    ));
    let names: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("zip") || name.contains("part"))
        .collect();
    assert_eq!(
        BTreeSet::from_iter(names),
        BTreeSet::from(["journal.zip", "journal.zip.part"].map(str::to_owned))
    );
    assert_eq!(std::fs::read(stranger.join("thesis")).unwrap(), b"whole");
}

#[cfg(unix)]
#[test]
fn a_file_and_a_folder_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.zip");
    let first = vault(folder.path(), "first");
    archive(&first, path.clone()).unwrap();
    let mode = |path: PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path), 0o600);
    let (path, options) = (
        folder.path().join("journal"),
        ExportOptions {
            folder: true,
            ..ExportOptions::new(ExportFormat::Markdown)
        },
    );
    first.journal().export(path.clone(), options, |_, _| {}).wait().unwrap();
    assert_eq!(mode(path), 0o700);
}
