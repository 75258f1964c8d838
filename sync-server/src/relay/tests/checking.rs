//! `check`: a store as a relay leaves it has nothing to be told, and each kind of damage is told where it is, in SQLite and in PostgreSQL.

use std::path::Path;

use data_encoding::HEXLOWER;

use super::furnished::{furnish, running};
use crate::testing::*;
use crate::{Relay, StoreConfig, StoreError};

/// What a check says, line by line, and how much it has looked at.
fn said(dir: &Path, with_ids: bool) -> (Vec<String>, (u64, u64, u64)) {
    let mut lines = Vec::new();
    let checked = Relay::check(&threaded_in(dir), |finding| lines.push(finding.line(with_ids))).unwrap();
    assert_eq!(checked.findings, lines.len() as u64);
    (lines, (checked.spaces, checked.records, checked.blobs))
}

/// Changes a store with SQL that is said as SQLite has it, but for what is in `{}`: `{1}` in the place of a condition for rows of space 1, `{=1}` of its name in
/// rows, `{@1}` for its own row, `{#3}` for the row of its
/// record 3, `{?}` for the name of a space that is not there.
fn damage(dir: &Path, sql: &str) {
    let mut said = sql.to_owned();
    let on_postgres = is_on_postgres();
    if on_postgres {
        said.insert_str(
            0,
            "CREATE FUNCTION zeroblob(bytes integer) RETURNS bytea LANGUAGE sql AS $$ SELECT decode(repeat('00', bytes), 'hex') $$; ",
        );
    }
    for space in [1_u64, 2] {
        let id = format!("decode('{}', 'hex')", format!("{space:02x}").repeat(16));
        let (name, of, own) = if on_postgres {
            (id.clone(), format!("space = {id}"), format!("id = {id}"))
        } else {
            (
                space.to_string(),
                format!("space_no = {space}"),
                format!("no = {space}"),
            )
        };
        said = said.replace(&format!("{{{space}}}"), &of);
        said = said.replace(&format!("{{={space}}}"), &name);
        said = said.replace(&format!("{{@{space}}}"), &own);
    }
    for seq in 1..9 {
        let row = if on_postgres {
            format!("seq = {seq} AND space = decode(repeat('01', 16), 'hex')")
        } else {
            format!("key = {}", (1_u64 << 40) + seq)
        };
        said = said.replace(&format!("{{#{seq}}}"), &row);
    }
    let nobody = if on_postgres { "zeroblob(16)" } else { "6" };
    change(dir, &said.replace("{?}", nobody));
}

/// A furnished store that is closed.
fn furnished() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    furnish(&running(dir.path()));
    dir
}

#[test]
fn a_store_as_a_relay_leaves_it_has_nothing_to_be_told_while_it_runs_and_after() {
    let dir = tempfile::tempdir().unwrap();
    let relay = running(dir.path());
    let nothing = (vec![], (2, 9, 2));
    furnish(&relay);
    assert_eq!(said(dir.path(), false), nothing);
    let digest = relay.digest().unwrap();
    drop(relay);
    assert_eq!(said(dir.path(), false), nothing);
    let relay = running(dir.path());
    assert_eq!(relay.digest().unwrap(), digest, "a check writes nothing");
    // Everything is told as well once bodies have gone, and spaces, and tails.
    relay.sweep(NOW + 200 * crate::clock::DAY_MS).unwrap();
    assert_eq!(said(dir.path(), false), (vec![], (2, 8, 1)));
}

/// Damage of the same kind in both stores, and what is told of it.
const DAMAGES: &[(&str, &[&str])] = &[
    // The log.
    (
        "UPDATE log SET body = zeroblob(500) WHERE {#3}",
        &["space 1: record 3: does not follow from the record before it: it or its chain was changed"],
    ),
    (
        "UPDATE log SET chain = zeroblob(32) WHERE {#3}",
        &[
            "space 1: record 3: does not follow from the record before it: it or its chain was changed",
            "space 1: record 4: does not follow from the record before it: it or its chain was changed",
        ],
    ),
    (
        "UPDATE log SET chain = zeroblob(32) WHERE {#8}",
        &[
            "space 1: record 8: does not follow from the record before it: it or its chain was changed",
            "space 1: its head has another chain than its last record",
        ],
    ),
    (
        "UPDATE log SET body = zeroblob(499) WHERE {#3}",
        &["space 1: record 3: its body is not as long as its header says"],
    ),
    (
        "UPDATE log SET body = zeroblob(31) WHERE {#4}",
        &["space 1: record 4: is a stub with something else than a hash in it"],
    ),
    (
        "UPDATE log SET header = zeroblob(1) WHERE {#3}",
        &["space 1: record 3: its header is not as long as one"],
    ),
    (
        "UPDATE log SET header = zeroblob(72) WHERE {#3}",
        &["space 1: record 3: its header is none"],
    ),
    (
        "UPDATE log SET side = 2 WHERE {#3}",
        &["space 1: record 3: stands on no side"],
    ),
    (
        "DELETE FROM log WHERE {#7}",
        &["space 1: record 8: stands right after record 6: what was between them is missing"],
    ),
    (
        "DELETE FROM log WHERE {#8}",
        &["space 1: its head says 8 records, and the last one is 7"],
    ),
    (
        "UPDATE space SET n = 9 WHERE {@1}",
        &["space 1: its head says 9 records, and the last one is 8"],
    ),
    (
        "UPDATE space SET chain = zeroblob(32) WHERE {@1}",
        &["space 1: its head has another chain than its last record"],
    ),
    (
        "UPDATE space SET bytes_0 = bytes_0 + 1 WHERE {@1}",
        &["space 1: says that the participant's side uses"],
    ),
    (
        "UPDATE space SET bytes_1 = 0 WHERE {@1}",
        &["space 1: says that the specialist's side uses 0 bytes, and 572 are there"],
    ),
    (
        "UPDATE space SET epoch = 0 WHERE {@1}",
        &["space 1: record 1: is of an epoch that the space has not reached"],
    ),
    (
        "UPDATE space SET closed_day = NULL WHERE {@2}",
        &["space 2: has closed and kept nothing, and has records"],
    ),
    (
        "UPDATE space SET chain = zeroblob(1) WHERE {@1}",
        &["space 1: cannot be read: "],
    ),
    (
        "UPDATE relay SET incarnation = 0",
        &["space 1: record 1: is of an incarnation that the store has not reached"],
    ),
    // What is known and kept.
    (
        "INSERT INTO kept SELECT {=1}, slot, side, 4, NULL, NULL FROM slot_closed",
        &["space 1: record 4: is a stub, and in the list of bodies"],
    ),
    (
        "UPDATE kept SET expires_day = 3 WHERE seq = 3",
        &["space 1: record 3: goes on another day than its header says"],
    ),
    (
        "UPDATE kept SET replaced_day = NULL WHERE seq = 2",
        &["space 1: record 3: replaces 1 records that do not count as replaced"],
    ),
    (
        "UPDATE kept SET replaced_day = 20400 WHERE seq = 3",
        &["space 1: record 3: counts as replaced, and no record replaces it: its body would go"],
    ),
    (
        "UPDATE kept SET replaced_day = 3 WHERE seq = 2",
        &["space 1: record 2: counts as replaced, and no record replaces it: its body would go"],
    ),
    // Slots.
    (
        "DELETE FROM slot_closed",
        &["space 1: record 5: is a tombstone, and its slot is open"],
    ),
    (
        "UPDATE slot_closed SET seq = 4",
        &[
            "space 1: record 4: closed its slot, and is no tombstone",
            "space 1: record 5: was erased, and its body is still there",
        ],
    ),
    (
        "INSERT INTO slot_closed VALUES ({=1}, zeroblob(16), 0, 3)",
        &["space 1: 1 of its slots are closed without a tombstone"],
    ),
    // Who enters.
    (
        "DELETE FROM access WHERE administer AND {1}",
        &[
            "space 1: nobody administers it",
            "space 1: 1 keys have acknowledged something and may not enter",
        ],
    ),
    (
        "DELETE FROM ack WHERE n = 3",
        &["space 1: the list of what was acknowledged lacks a key"],
    ),
    (
        "UPDATE ack SET n = 9 WHERE n = 3",
        &["space 1: 1 devices have acknowledged more than there is"],
    ),
    (
        "INSERT INTO ack VALUES ({?}, zeroblob(32), 0, 0)",
        &["1 rows of ack belong to no space"],
    ),
    (
        "INSERT INTO mailbox_message VALUES (zeroblob(32), 0, zeroblob(1))",
        &["1 rows of mailbox_message belong to no mailbox"],
    ),
    // Blobs.
    (
        "DELETE FROM blob_hold WHERE blob = (SELECT id FROM blob WHERE file = 1)",
        &["space 1: has a blob that no slot holds, and that would stay for ever"],
    ),
    (
        "DELETE FROM blob WHERE file = 1",
        &[
            "space 1: 1 of its slots hold a blob that is not there",
            "1 files in the folder of blobs belong to no blob",
        ],
    ),
    (
        "UPDATE blob SET have = 101, total = 100 WHERE file = 1",
        &[
            "space 1: has a blob of which more counts than it has",
            "space 1: has a blob of which 101 bytes count, and its file has 100",
        ],
    ),
    (
        "UPDATE blob SET file = 1",
        &[
            "two blobs share one file",
            "1 files in the folder of blobs belong to no blob",
        ],
    ),
    (
        "UPDATE blob SET file = 9 WHERE file = 2",
        &[
            "space 1: has a blob whose file is gone",
            "1 blobs have a file with a number that was never given",
        ],
    ),
    (
        "UPDATE blob SET side = 2 WHERE file = 1",
        &["space 1: has a blob that stands on no side"],
    ),
];

/// Damage that SQLite alone can have, or has in another place: its log is keyed by a number of the space, and tables beside it lag behind.
const OF_SQLITE: &[(&str, &[&str])] = &[
    (
        "INSERT INTO log SELECT key + (7 << 40), day, side, stub, chain, header, body FROM log WHERE key = (2 << 40) + 2",
        &["there are records of a space that is not there"],
    ),
    // A space's row.
    (
        "UPDATE space SET id = zeroblob(16) WHERE {@1}",
        &["space 1: record 1: is a record of another space"],
    ),
    (
        "UPDATE space SET indexed_upto = 9 WHERE {@1}",
        &["space 1: says that more records are indexed than it has"],
    ),
    (
        "DELETE FROM known WHERE seq = 2",
        &[
            "space 1: record 2: is not known by its name, so that it could be taken twice",
            "space 1: its list of names has 5 rows for 6 records",
        ],
    ),
    (
        "UPDATE known SET seq = 1 WHERE seq = 2",
        &["space 1: record 2: is known under another number"],
    ),
    (
        "INSERT INTO known VALUES (1, zeroblob(16), 7)",
        &["space 1: its list of names has 7 rows for 6 records"],
    ),
    (
        "DELETE FROM kept WHERE seq = 3",
        &[
            "space 1: record 3: has a body that the list of bodies does not know, and would stay for ever",
            "space 1: its list of bodies has 4 rows for 5 records",
        ],
    ),
];

/// Damage that PostgreSQL alone can have, or has in another place. Nothing lags behind its log, which knows its records by name itself, each name once and
/// under one number.
const OF_POSTGRES: &[(&str, &[&str])] = &[
    (
        "INSERT INTO log SELECT {?}, seq, day, side, stub, record_id, chain, header, body FROM log WHERE space = {=2}",
        &["there are records of a space that is not there"],
    ),
    (
        "UPDATE space SET id = zeroblob(16) WHERE {@1}",
        &[
            "space 1: its head says 8 records, and the last one is 0",
            "there are records of a space that is not there",
            "3 rows of access belong to no space",
        ],
    ),
    (
        "UPDATE log SET header = overlay(header PLACING zeroblob(16) FROM 3) WHERE {#1}",
        &["space 1: record 1: is a record of another space"],
    ),
    (
        "UPDATE log SET record_id = zeroblob(16) WHERE {#2}",
        &["space 1: record 2: is not known by its name, so that it could be taken twice"],
    ),
    (
        "DELETE FROM kept WHERE seq = 3",
        &[
            "space 1: record 3: has a body that the list of bodies does not know, and would stay for ever",
            "space 1: its list of bodies has 6 rows for 7 records",
        ],
    ),
    (
        "UPDATE log SET day = -1 WHERE {#1}",
        &["space 1: record 1: came on no day"],
    ),
    (
        "UPDATE space SET bytes_0 = -1 WHERE {@1}",
        &["space 1: cannot be read: "],
    ),
    (
        "SELECT setval('blob_file', 1)",
        &["1 blobs have a file with a number that was never given"],
    ),
    ("DELETE FROM relay", &["the relay's own row cannot be read: "]),
];

#[test]
fn each_kind_of_damage_is_told_where_it_is() {
    let store = furnished();
    let own = if is_on_postgres() { OF_POSTGRES } else { OF_SQLITE };
    for (sql, expected) in DAMAGES.iter().chain(own) {
        let copy = copy_store(store.path());
        damage(copy.path(), sql);
        let (lines, _) = said(copy.path(), false);
        for expected in *expected {
            assert!(
                lines.iter().any(|line| line.starts_with(expected)),
                "{expected:?} after {sql}: {lines:#?}"
            );
        }
    }
}

#[test]
fn files_that_are_gone_cut_off_or_left_over_are_told() {
    let store = furnished();
    let damaged = |damage: &dyn Fn(&Path)| {
        let copy = copy_store(store.path());
        damage(copy.path());
        said(copy.path(), false).0
    };
    let blob = "blobs/0000000000000001";
    assert_eq!(
        damaged(&|dir| std::fs::remove_file(dir.join(blob)).unwrap()),
        ["space 1: has a blob whose file is gone"]
    );
    assert_eq!(
        damaged(&|dir| std::fs::write(dir.join(blob), [5; 99]).unwrap()),
        ["space 1: has a blob of which 100 bytes count, and its file has 99"]
    );
    assert!(
        damaged(&|dir| std::fs::write(dir.join(blob), [5; 101]).unwrap()).is_empty(),
        "a crash may leave more than counts"
    );
    assert_eq!(
        damaged(&|dir| std::fs::write(dir.join("blobs/0000000000000000"), [5]).unwrap()),
        ["1 files in the folder of blobs belong to no blob"]
    );
    assert!(
        damaged(&|dir| {
            change(dir, "DELETE FROM blob_hold");
            change(dir, "UPDATE space SET bytes_0 = 0");
            change(dir, "DELETE FROM blob");
            for file in [blob, "blobs/0000000000000002"] {
                std::fs::write(dir.join(file), []).unwrap();
            }
        })
        .iter()
        .all(|line| !line.contains("files")),
        "what was never begun may leave a file with nothing in it"
    );
    assert_eq!(
        damaged(&|dir| std::fs::write(dir.join("blobs/notes.txt"), "hello").unwrap()),
        ["1 files in the folder of blobs are none of the relay's"]
    );
    assert_eq!(
        damaged(&|dir| std::fs::remove_file(dir.join("relay.key")).unwrap()),
        ["relay.key is not there: the next start writes it again"]
    );
    let text = std::fs::read_to_string(store.path().join("relay.key")).unwrap();
    let key = text.lines().nth(1).unwrap();
    let another = text.replace(key, &"7".repeat(64));
    assert_eq!(
        damaged(&|dir| std::fs::write(dir.join("relay.key"), &another).unwrap()),
        ["relay.key is of another relay than this store"]
    );
}

#[test]
fn a_page_that_the_disk_has_spoilt_is_told_and_does_not_end_the_check() {
    let store = furnished();
    let file = store.path().join("relay.db");
    let page = {
        let connection = rusqlite::Connection::open(&file).unwrap();
        connection
            .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'known'", [], |row| {
                row.get::<_, usize>(0)
            })
            .unwrap()
    };
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[(page - 1) * 8_192..][..64].fill(0xEE);
    std::fs::write(&file, bytes).unwrap();
    let (lines, (spaces, ..)) = said(store.path(), false);
    assert!(lines.iter().any(|line| line.starts_with("SQLite ")), "{lines:#?}");
    assert!(
        lines.iter().any(|line| line.starts_with("space 1: cannot be read: ")),
        "{lines:#?}"
    );
    assert_eq!(spaces, 2, "the other space is looked at all the same");
}

#[test]
fn spaces_are_named_by_a_number_unless_ids_are_asked_for_and_are_not_told_of_without_end() {
    let store = furnished();
    damage(store.path(), "UPDATE space SET n = 9 WHERE {@1}");
    let id = HEXLOWER.encode(space_id(1).as_bytes());
    let (plain, _) = said(store.path(), false);
    let (with_ids, _) = said(store.path(), true);
    assert!(plain.iter().all(|line| !line.contains(&id)));
    assert_eq!(with_ids[0], plain[0].replace("space 1", &format!("space 1 ({id})")));

    let dir = tempfile::tempdir().unwrap();
    let relay = running(dir.path());
    let token = opened(&relay, 1);
    let records: Vec<_> = (0..250).map(|n| record(header(1, n, 7), 72, 1)).collect();
    append(&relay, token, 1, &records, NOW).unwrap();
    drop(relay);
    damage(dir.path(), "UPDATE log SET body = zeroblob(72)");
    let mut lines = Vec::new();
    let checked = Relay::check(&threaded_in(dir.path()), |finding| lines.push(finding.to_string())).unwrap();
    assert_eq!((lines.len(), checked.findings), (101, 250));
    assert_eq!(
        lines[100],
        "space 1: record 101: and more, which are counted and not told"
    );
}

#[test]
fn where_there_is_no_store_there_is_nothing_to_check() {
    let dir = tempfile::tempdir().unwrap();
    let config = StoreConfig {
        database: place()
            .filter(|_| is_on_postgres())
            .map(|place| new_database(&place, "nothing_to_check")),
        ..StoreConfig::new(dir.path())
    };
    let checked = Relay::check(&config, |_| ());
    let is_told = if is_on_postgres() {
        matches!(checked, Err(StoreError::NoStore))
    } else {
        matches!(checked, Err(StoreError::Folder(_)))
    };
    assert!(is_told, "{checked:?}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
