//! What whoever runs a relay can be made to hand over: every column of its store, and what it can hold.
//!
//! Two relationships of one participant are lived through at a real relay; then its database is opened raw, behind the back of its software. Each column has a
//! class, each class is held against every value that stands in it, and the list is kept beside this file: a column that is added makes the test fail until
//! somebody has said in `what_a_relay_knows.txt` what it tells of people.

use cairn_core::id::{DocumentId, MessageId, RelationshipId, ShareId};
use cairn_core::journal::Draft;
use cairn_core::profile::{Stance, StatementDraft};
use cairn_core::record::padded_length;
use cairn_core::support::{
    About, Agreement, Declaration, Feedback, FeltHeard, FeltPushed, Introduction, PriorConnection, Saying, Wishes,
};
use cairn_core::sync::Transport as _;
use cairn_core::vault::{Error, Handshake, Keeping, NewMessage, NewShare, Next};
use cairn_tests::{Device, World, draft, plain_share};
use cairn_wire::{HEADER_BYTES, Header, SEALING_BYTES};
use rusqlite::types::ValueRef;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Cursor;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const SHEET: &str = include_str!("what_a_relay_knows.txt");

/// Words that nobody writes by chance: names, devices, and one for everything that somebody writes or says in the story.
const CANARIES: [&str; 15] = [
    "Quixotapricot",
    "Zeppelinmarmalade",
    "Turnipcathedral",
    "Lanternwalrus",
    "Obsidianteacup",
    "Harpsichordrhubarb",
    "Marigoldviaduct",
    "Tamarindsextant",
    "Pumicenightingale",
    "Velvetsemaphore",
    "Coriandergondola",
    "Saffronperiscope",
    "Juniperharmonica",
    "Thistlecarousel",
    "Hazelbathysphere",
];

/// What a column can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    /// Random bytes, or a hash under a key that no relay has.
    Name,
    /// A public key that was made for this one space.
    Key,
    /// The relay's own secret.
    OwnSecret,
    /// A hash over sealed bytes.
    Hash,
    /// The 72 bytes in front of a record: names, counters, a padded length, and the last day it is wanted.
    Header,
    /// Sealed bytes, padded; of a record that is gone, the hash of them.
    Sealed,
    /// Half of a key whose other half is sealed. Alone it opens nothing.
    Half,
    /// Sealed bytes of two devices that meet, for minutes or days.
    SealedGreeting,
    /// Where a device wants to be woken, sealed, as long as any other.
    SealedAddress,
    /// Which of the two sides, or whether something is so.
    Side,
    /// How many, or the how-many-eth.
    Counter,
    /// How many bytes, all of them together or of one sealed file.
    Size,
    /// Space and number in it.
    Place,
    /// A day of the relay's own clock.
    Day,
    /// The last day on which something is wanted, where somebody chose one.
    LastDay,
    /// A time to come by the relay's own clock.
    Time,
}

const COLUMNS: &[(&str, Class)] = &[
    ("access.administer", Class::Side),
    ("access.key", Class::Key),
    ("access.side", Class::Side),
    ("access.space_no", Class::Counter),
    ("ack.day", Class::Day),
    ("ack.key", Class::Key),
    ("ack.n", Class::Counter),
    ("ack.space_no", Class::Counter),
    ("blob.day", Class::Day),
    ("blob.file", Class::Counter),
    ("blob.have", Class::Size),
    ("blob.id", Class::Name),
    ("blob.side", Class::Side),
    ("blob.space_no", Class::Counter),
    ("blob.total", Class::Size),
    ("blob_gone.file", Class::Counter),
    ("blob_hold.blob", Class::Name),
    ("blob_hold.side", Class::Side),
    ("blob_hold.slot", Class::Name),
    ("blob_hold.space_no", Class::Counter),
    ("closing_keep.slot", Class::Name),
    ("closing_keep.space_no", Class::Counter),
    ("gate.expires_day", Class::LastDay),
    ("gate.gate", Class::Name),
    ("gate.part", Class::Half),
    ("gate.side", Class::Side),
    ("gate.slot", Class::Name),
    ("gate.space_no", Class::Counter),
    ("gate_taken.day", Class::Day),
    ("gate_taken.side", Class::Side),
    ("gate_taken.slot", Class::Name),
    ("gate_taken.space_no", Class::Counter),
    ("kept.expires_day", Class::LastDay),
    ("kept.replaced_day", Class::Day),
    ("kept.seq", Class::Counter),
    ("kept.side", Class::Side),
    ("kept.slot", Class::Name),
    ("kept.space_no", Class::Counter),
    ("known.record_id", Class::Name),
    ("known.seq", Class::Counter),
    ("known.space_no", Class::Counter),
    ("log.body", Class::Sealed),
    ("log.chain", Class::Hash),
    ("log.day", Class::Day),
    ("log.header", Class::Header),
    ("log.key", Class::Place),
    ("log.side", Class::Side),
    ("log.stub", Class::Side),
    ("mailbox.expires_ms", Class::Time),
    ("mailbox.id", Class::Name),
    ("mailbox_message.bytes", Class::SealedGreeting),
    ("mailbox_message.ix", Class::Counter),
    ("mailbox_message.mailbox", Class::Name),
    ("relay.files", Class::Counter),
    ("relay.id", Class::Counter),
    ("relay.incarnation", Class::Counter),
    ("relay.seed", Class::OwnSecret),
    ("slot_closed.seq", Class::Counter),
    ("slot_closed.side", Class::Side),
    ("slot_closed.slot", Class::Name),
    ("slot_closed.space_no", Class::Counter),
    ("space.access_version", Class::Counter),
    ("space.bytes_0", Class::Size),
    ("space.bytes_1", Class::Size),
    ("space.chain", Class::Hash),
    ("space.closed", Class::Side),
    ("space.closed_day", Class::Day),
    ("space.closes_ms", Class::Time),
    ("space.epoch", Class::Counter),
    ("space.id", Class::Name),
    ("space.indexed_upto", Class::Counter),
    ("space.n", Class::Counter),
    ("space.no", Class::Counter),
    ("wake.alone", Class::Side),
    ("wake.day", Class::Day),
    ("wake.key", Class::Key),
    ("wake.registration", Class::Name),
    ("wake.sealed", Class::SealedAddress),
    ("wake.space_no", Class::Counter),
];

/// Tables in which nothing stands after the story: files that are about to go, and slots of a space that is about to close.
const EMPTY: [&str; 2] = ["blob_gone", "closing_keep"];

/// Two relationships of one participant, lived through.
struct Story {
    world: World,
    /// The days on which anything happened, and the last day somebody chose for what they show.
    days: BTreeSet<i64>,
    last_day: i64,
    ids: Vec<[u8; 16]>,
}

/// Meets somebody under names that nobody has by chance.
fn meet(world: &World, phone: &mut Device, other: &mut Device, name: &str) -> [RelationshipId; 2] {
    let (id, code) = phone.engine.invite(CANARIES[6]).unwrap();
    let theirs = other.engine.accept(&code, name).unwrap();
    phone.shake_hands(world, Handshake::Invite, other, Handshake::Accept);
    let declaration = Declaration {
        version: 0,
        prior_connection: PriorConnection::None,
        prior_words: String::new(),
        confidentiality_limits: format!("Nothing but {}.", CANARIES[10]),
        experience: Vec::new(),
        introduction: Introduction {
            organisation: CANARIES[10].to_owned(),
            ..Introduction::default()
        },
    };
    other.engine.declare(theirs, declaration).unwrap();
    let agreement = Agreement {
        closing_words: true,
        ..Agreement::default()
    };
    let hash = other.engine.propose(theirs, agreement).unwrap();
    other.sync(world);
    phone.sync(world);
    phone.engine.accept_agreement(id, &hash).unwrap();
    phone.sync(world);
    other.sync(world);
    [id, theirs]
}

#[allow(clippy::too_many_lines, reason = "one story, told once")]
fn story(seed: u64) -> Story {
    let world = World::waking(seed);
    let mut days = BTreeSet::new();
    let [mut phone, mut tablet, mut dee, mut ann] =
        [CANARIES[8], "Tablet", "Dee's", "Ann's"].map(|name| Device::new(&world, seed, name));
    let picture = phone
        .engine
        .keep_attachment(
            Box::new(Cursor::new(CANARIES[9].repeat(400).into_bytes())),
            Keeping::default(),
        )
        .unwrap();
    let entry = Draft {
        title: CANARIES[0].to_owned(),
        tags: vec![CANARIES[2].to_owned()],
        attachments: vec![picture],
        ..draft(&world.clock, CANARIES[1])
    };
    let entry = phone.engine.write(entry).unwrap();
    let section = phone.engine.add_section(CANARIES[3]).unwrap();
    let statement = StatementDraft {
        stance: Some(Stance::Want),
        is_shareable: true,
        ..StatementDraft::new(CANARIES[4])
    };
    phone.engine.write_statement(section, statement).unwrap();
    for device in [&mut phone, &mut dee, &mut ann] {
        device.connect(&world);
    }
    let address = format!("https://push.example/{}", CANARIES[14]);
    phone.engine.wake_me_at(Some(&address)).unwrap();
    phone.pair(&world, &mut tablet);
    let mut ids = vec![*entry.as_bytes(), *section.as_bytes()];
    let mut last_day = 0;
    for (other, name, ends) in [(&mut dee, CANARIES[7], false), (&mut ann, CANARIES[11], true)] {
        let mut settle = |phone: &mut Device, other: &mut Device| {
            for _ in 0..2 {
                phone.sync(&world);
                tablet.sync(&world);
                other.sync(&world);
            }
            days.insert(phone.engine.now().0.div_euclid(DAY_MS));
            world.clock.advance_ms(DAY_MS / 3);
        };
        let [id, theirs] = meet(&world, &mut phone, other, name);
        phone.engine.show_sections(id, &BTreeSet::from([section])).unwrap();
        let until = phone.engine.now().plus_ms(20 * DAY_MS);
        last_day = until.0.div_euclid(DAY_MS);
        let shares = [
            NewShare {
                purpose: CANARIES[5].to_owned(),
                ..plain_share(id, entry)
            },
            NewShare {
                gated: true,
                end: cairn_core::support::End::At(until),
                mask: cairn_core::support::Mask {
                    attachments: true,
                    captions: true,
                    ..cairn_core::support::Mask::default()
                },
                ..plain_share(id, entry)
            },
        ]
        .map(|new| phone.engine.share(new).unwrap());
        settle(&mut phone, other);
        other.engine.open_preferences(theirs).unwrap();
        other.engine.open_shared(shares[0]).unwrap();
        assert!(matches!(other.engine.open_shared(shares[1]), Err(Error::GateShut)));
        other.sync(&world);
        other.engine.open_gated(shares[1]).unwrap();
        let asks = NewMessage::new(Saying::OpenQuestion, CANARIES[12]).about(About::Share(shares[0]));
        let asked = other.engine.say_message(theirs, asks).unwrap();
        settle(&mut phone, other);
        let feedback = Feedback {
            about: Some(About::Message(asked)),
            heard: FeltHeard::ALittle,
            pushed: FeltPushed::Unsaid,
            words: CANARIES[13].to_owned(),
        };
        let kept = phone.engine.keep_feedback(id, feedback).unwrap();
        let sent = phone.engine.send_feedback(id, kept).unwrap();
        let wishes = Wishes {
            off_limits: vec![CANARIES[12].to_owned()],
            ..Wishes::default()
        };
        phone.engine.set_wishes(id, wishes).unwrap();
        settle(&mut phone, other);
        phone.engine.revoke(shares[0]).unwrap();
        other.engine.pause_relationship(theirs, true).unwrap();
        settle(&mut phone, other);
        if ends {
            phone.engine.end_relationship(id, CANARIES[10]).unwrap();
            settle(&mut phone, other);
        }
        let of = |id: DocumentId| *id.as_bytes();
        ids.extend([*id.as_bytes(), *theirs.as_bytes()]);
        ids.extend(shares.map(|share: ShareId| of(share.into())));
        ids.extend([asked, sent].map(|message: MessageId| of(message.into())));
    }
    // What a relay looks things up by is written when there is time for it. One invitation lies open.
    world.sweep();
    phone.engine.invite(CANARIES[6]).unwrap();
    for _ in 0..4 {
        if let Next::Ask(request) = phone.engine.handshake_next(Handshake::Invite).unwrap() {
            let answer = world.line().send(&request).unwrap();
            phone.engine.handshake_answer(Handshake::Invite, &answer).unwrap();
        }
    }
    days.insert(phone.engine.now().0.div_euclid(DAY_MS));
    assert!(
        phone.pages().windows(13).any(|at| at == CANARIES[0].as_bytes()),
        "the search for words finds them where they are"
    );
    Story {
        world,
        days,
        last_day,
        ids,
    }
}

/// A value of a column, with the row it stands in.
enum Value {
    Nothing,
    Number(i64),
    Bytes(Vec<u8>),
}

/// Every row of every table, by column.
fn tables(world: &World) -> BTreeMap<String, Vec<BTreeMap<String, Value>>> {
    let (_copy, raw) = world.copied_store();
    let mut names = raw
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .unwrap();
    let names: Vec<String> = names
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut all = BTreeMap::new();
    for name in names {
        let mut every = raw.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns: Vec<String> = every.column_names().map(str::to_owned).collect();
        let mut rows = Vec::new();
        let mut read = every.query([]).unwrap();
        while let Some(row) = read.next().unwrap() {
            let value = |at: usize| match row.get_ref(at).unwrap() {
                ValueRef::Null => Value::Nothing,
                ValueRef::Integer(number) => Value::Number(number),
                ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
                other => panic!("a relay keeps no text and no fractions: {name}, {other:?}"),
            };
            rows.push(
                columns
                    .iter()
                    .cloned()
                    .enumerate()
                    .map(|(at, column)| (column, value(at)))
                    .collect(),
            );
        }
        // A table without a row has columns all the same.
        if rows.is_empty() {
            rows.push(columns.iter().map(|column| (column.clone(), Value::Nothing)).collect());
        }
        all.insert(name, rows);
    }
    all
}

/// The length of a sealed record is one of few.
fn is_padded(body: usize) -> bool {
    let length = body + HEADER_BYTES - SEALING_BYTES;
    length >= 1024 && length == padded_length(length)
}

/// Whether a value is what its class says.
fn fits(story: &Story, class: Class, row: &BTreeMap<String, Value>, value: &Value) -> bool {
    let is_stub = matches!(row.get("stub"), Some(Value::Number(1)));
    let upto = story.days.last().copied().unwrap_or_default();
    match (class, value) {
        (_, Value::Nothing) => true,
        (Class::Name, Value::Bytes(bytes)) => matches!(bytes.len(), 16 | 32),
        (Class::Key | Class::OwnSecret | Class::Hash | Class::Half, Value::Bytes(bytes)) => bytes.len() == 32,
        (Class::Header, Value::Bytes(bytes)) => Header::decode(bytes).is_ok_and(|header| {
            let day = i64::from(header.expires_day);
            let is_a_last_day = day == 0 || (day - story.last_day).abs() <= 3;
            let (length, counter) = (usize::try_from(header.length).unwrap(), header.merged_upto);
            bytes.len() == HEADER_BYTES && is_padded(length) && is_a_last_day && counter < 10_000 && header.epoch < 100
        }),
        (Class::Sealed, Value::Bytes(bytes)) => {
            if is_stub {
                bytes.len() == 32
            } else {
                is_padded(bytes.len())
            }
        }
        (Class::SealedGreeting, Value::Bytes(_)) => true,
        (Class::SealedAddress, Value::Bytes(bytes)) => bytes.len() == cairn_wire::wake::REGISTRATION_BYTES,
        (Class::Side, Value::Number(number)) => matches!(number, 0 | 1),
        (Class::Counter, Value::Number(number)) => (0..10_000).contains(number),
        (Class::Size, Value::Number(number)) => (0..100_000_000).contains(number),
        (Class::Place, Value::Number(number)) => number >> 40 < 10_000 && number & ((1 << 40) - 1) < 10_000,
        (Class::Day, Value::Number(number)) => story.days.contains(number),
        (Class::LastDay, Value::Number(number)) => (number - story.last_day).abs() <= 3,
        (Class::Time, Value::Number(number)) => (upto..upto + 32).contains(&(number / DAY_MS)),
        _ => false,
    }
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|at| at.eq_ignore_ascii_case(wanted))
}

#[test]
fn what_a_relay_knows_is_what_its_sheet_says() {
    let story = story(1);
    let tables = tables(&story.world);
    let classes: BTreeMap<&str, Class> = COLUMNS.iter().copied().collect();
    let mut sheet = String::new();
    for (table, rows) in &tables {
        let is_empty = rows
            .iter()
            .all(|row| row.values().all(|value| matches!(value, Value::Nothing)));
        assert_eq!(is_empty, EMPTY.contains(&table.as_str()), "whether {table} is empty");
        for column in rows[0].keys() {
            let name = format!("{table}.{column}");
            let class = *classes
                .get(name.as_str())
                .unwrap_or_else(|| panic!("{name}: what does it tell of people?"));
            for row in rows {
                assert!(
                    fits(&story, class, row, &row[column]),
                    "{name} holds what no {class:?} is"
                );
            }
            writeln!(sheet, "{name} {class:?}").unwrap();
        }
    }
    let said: Vec<&str> = SHEET
        .lines()
        .filter(|line| line.contains('.') && !line.starts_with(['#', ' ']))
        .collect();
    assert_eq!(
        sheet.lines().collect::<Vec<_>>(),
        said,
        "what_a_relay_knows.txt is this:\n{sheet}"
    );
    // Every class is explained there.
    for class in classes.values() {
        assert!(SHEET.contains(&format!("# {class:?}: ")), "{class:?}");
    }
    // No word, no name, and no id under which anything is known on a device stands in any file of the relay.
    let bytes = story.world.bytes_at_rest();
    for word in CANARIES
        .map(str::as_bytes)
        .into_iter()
        .chain(story.ids.iter().map(|id| id.as_slice()))
    {
        assert!(!holds(&bytes, word), "{word:?}");
    }
}

#[test]
fn two_relationships_of_one_person_have_nothing_in_common_at_the_relay_but_days() {
    let story = story(2);
    let tables = tables(&story.world);
    // Everything that is known of each space: its bytes whole and in the parts that headers have.
    let mut of_space: BTreeMap<i64, BTreeSet<Vec<u8>>> = BTreeMap::new();
    let spaces = tables["space"].iter().map(|row| match (&row["no"], &row["id"]) {
        (Value::Number(no), Value::Bytes(id)) => (*no, id.clone()),
        _ => panic!("a space has a number and a name"),
    });
    let ids: BTreeMap<i64, Vec<u8>> = spaces.collect();
    // The homes of three people, and two relationships.
    assert_eq!(ids.len(), 5);
    for (table, rows) in &tables {
        for row in rows {
            let no = match (row.get("space_no"), row.get("no"), table.as_str(), row.get("key")) {
                (Some(Value::Number(no)), ..) | (None, Some(Value::Number(no)), ..) => *no,
                (_, _, "log", Some(Value::Number(key))) => key >> 40,
                _ => continue, // The relay itself, and mailboxes, which belong to no space.
            };
            for value in row.values() {
                let Value::Bytes(bytes) = value else { continue };
                let known = of_space.entry(no).or_default();
                known.insert(bytes.clone());
                if bytes.len() == HEADER_BYTES {
                    known.extend([2..18, 18..34, 34..50].map(|part| bytes[part].to_vec()));
                }
            }
        }
    }
    for (one, known) in &of_space {
        for (other, also_known) in of_space.iter().filter(|(other, _)| *other > one) {
            let common: Vec<&Vec<u8>> = known.intersection(also_known).collect();
            assert!(common.is_empty(), "{one} and {other}: {common:?}");
        }
    }
    let mailboxes = tables["mailbox"].iter().chain(&tables["mailbox_message"]);
    for value in mailboxes.flat_map(BTreeMap::values) {
        if let Value::Bytes(bytes) = value {
            assert!(of_space.values().all(|known| !known.contains(bytes)));
        }
    }
}
