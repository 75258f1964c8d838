//! People out and in again, through the vault: a long conversation, and an archive that was made to do harm.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::Vault;
use super::exporting_tests::{archive, vault};
use super::support_kept::{relationship_fields, said_field};
use crate::clock::Timestamp;
use crate::id::{MessageId, RelationshipId};
use crate::limits;
use crate::profile::Fields;
use crate::record::Kind;
use crate::support::{ContactHours, KeptMessage, KeptRelationship, Message, Role, Saying, Status, Terms, Wishes};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;

const ID: RelationshipId = RelationshipId::from_bytes([1; 16]);

fn dee() -> KeptRelationship {
    KeptRelationship {
        id: ID,
        role: Role::Participant,
        own_name: "Marisol".to_owned(),
        name: Some("Dee".to_owned()),
        status: Status::Active,
        created: Timestamp(1_000),
        met: Some(Timestamp(2_000)),
        ended: None,
        is_paused_by_me: false,
        is_paused_by_other: false,
        own_goodbye: String::new(),
        goodbye: None,
        terms: Terms::default(),
        shown_sections: BTreeSet::new(),
        wishes: Wishes::default(),
        hours: ContactHours::default(),
        feedback: Vec::new(),
        meetings: Vec::new(),
        kept_from: None,
    }
}

fn message(n: u32) -> KeptMessage {
    KeptMessage {
        id: MessageId::from_bytes(u128::from(n + 1).to_be_bytes()),
        by: Role::Participant,
        at: Timestamp(i64::from(n / 3)),
        is_waiting: false,
        message: Message {
            saying: Saying::Words,
            body: format!("{n} {}", "night and day ".repeat(200)),
            about: None,
            preferences: 0,
            topics: Vec::new(),
            sent: Timestamp(0),
        },
    }
}

/// A vault that has this conversation, in documents of its own size.
fn with_messages(folder: &Path, name: &str, count: u32) -> Vault {
    let vault = vault(folder, name);
    let person: Fields = relationship_fields(&dee(), Timestamp(5_000))
        .into_iter()
        .flatten()
        .collect();
    vault.ask(move |engine| engine.keep_past(ID, 0, person)).wait().unwrap();
    let all: Vec<Fields> = (0..count).map(|n| said_field(&message(n), n)).collect();
    for (part, some) in (1..).zip(all.chunks(64)) {
        let some: Fields = some.iter().flat_map(Fields::clone).collect();
        vault
            .ask(move |engine| engine.keep_past(ID, part, some))
            .wait()
            .unwrap();
    }
    vault
}

fn said(vault: &Vault) -> Vec<KeptMessage> {
    vault.ask(|engine| engine.conversation_to_export(ID)).wait().unwrap()
}

#[test]
fn a_long_conversation_comes_in_as_several_records_in_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let first = with_messages(folder.path(), "first", 500);
    let expected: Vec<KeptMessage> = (0..500).map(message).collect();
    assert_eq!(said(&first), expected);
    let path = folder.path().join("a.zip");
    archive(&first, path.clone()).unwrap();
    let second = vault(folder.path(), "second");
    let restored = second.journal().restore_archive(path, None, |_, _| {}).wait().unwrap();
    assert!(restored.brought_people && restored.added == 0);
    assert_eq!(said(&second), expected);
    let sizes = second.ask(|engine| {
        let ids = engine.store().view().documents_of(Kind::Past.number())?;
        let fields = ids.into_iter().map(|id| engine.fields(id));
        fields.collect::<Result<Vec<Fields>, _>>()
    });
    let sizes: Vec<usize> = sizes
        .wait()
        .unwrap()
        .iter()
        .map(|fields| {
            let bytes = fields.values().filter_map(crate::profile::Field::bytes);
            bytes.map(<[u8]>::len).sum()
        })
        .collect();
    assert!(sizes.len() > 4, "{sizes:?}");
    assert!(
        sizes
            .iter()
            .all(|bytes| *bytes < limits::KEPT_PART_BYTES_MAX + 16 * 1024),
        "{sizes:?}"
    );
}

/// The same archive with one file changed, and a manifest that fits.
fn changed(path: &Path, which: &str, change: impl Fn(String) -> String) {
    let mut zip = zip::ZipArchive::new(Cursor::new(std::fs::read(path).unwrap())).unwrap();
    let mut into = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut manifest = String::new();
    let mut sums = None;
    for at in 0..zip.len() {
        let mut member = zip.by_index(at).unwrap();
        let name = String::from_utf8(member.name_raw().to_vec()).unwrap();
        let mut text = String::new();
        member.read_to_string(&mut text).unwrap();
        if name == "manifest.json" {
            manifest = text;
            continue;
        }
        if name.ends_with(which) {
            let after = change(text.clone());
            assert_ne!(after, text);
            let sum = |text: &str| super::devices::hex(&Sha256::digest(text));
            sums = Some(((text.len(), sum(&text)), (after.len(), sum(&after))));
            text = after;
        }
        into.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        into.write_all(text.as_bytes()).unwrap();
    }
    let ((bytes, sum), (bytes_after, sum_after)) = sums.unwrap();
    let line = |bytes: usize, sum: &str| (format!("\"bytes\":{bytes},"), format!("\"sha256\":\"{sum}\""));
    let lines: Vec<String> = manifest
        .lines()
        .map(|one| {
            let (before, after) = (line(bytes, &sum), line(bytes_after, &sum_after));
            if one.contains(&before.1) {
                one.replace(&before.0, &after.0).replace(&before.1, &after.1)
            } else {
                one.to_owned()
            }
        })
        .collect();
    into.start_file("manifest.json", zip::write::SimpleFileOptions::default())
        .unwrap();
    into.write_all(lines.join("\n").as_bytes()).unwrap();
    std::fs::write(path, into.finish().unwrap().into_inner()).unwrap();
}

#[test]
fn an_archive_that_was_made_to_do_harm_leaves_everything_as_it_was_and_says_so_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let first = with_messages(folder.path(), "first", 3);
    first
        .journal()
        .write(crate::journal::Draft {
            body: "Soup.".to_owned(),
            ..crate::journal::Draft::new(crate::moment::Moment::new(Timestamp(0), "UTC").unwrap())
        })
        .wait()
        .unwrap();
    let second = vault(folder.path(), "second");
    let too_much = "this archive holds more between two people than there can be";
    let long = "x".repeat(limits::MESSAGE_CHARACTERS_MAX + 1);
    let cases: [(&str, &str, &str, &str); 4] = [
        (".jsonl", "night and day night", &long, too_much),
        ("relationships.json", "Marisol", &long, too_much),
        (".jsonl", "\"id\":\"0000", "\"id\":\"no id", "this archive is damaged"),
        (
            ".jsonl",
            "\"by\":\"participant\"",
            "\"by\":\"specialist\"",
            "this archive is damaged",
        ),
    ];
    for (which, from, to, sentence) in cases {
        let path = folder.path().join("a.zip");
        drop(std::fs::remove_file(&path));
        archive(&first, path.clone()).unwrap();
        changed(&path, which, |text| text.replacen(from, to, 1));
        let refused = second.journal().restore_archive(path, None, |_, _| {}).wait();
        assert_eq!(refused.unwrap_err().to_string(), sentence, "{which} {from}");
        assert!(second.support().relationships().wait().unwrap().is_empty());
        assert!(!second.ask(|engine| engine.holds_documents()).wait().unwrap());
    }
}
