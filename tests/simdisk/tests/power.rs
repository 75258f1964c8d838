//! What the simulated disk does to SQLite and SQLCipher, promises kept and defects planted.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeSet;

use cairn_simdisk::{Acked, Cuts, Faults, Found, Report, SimDisk, Snapshot, run_cuts};
use rusqlite::{Connection, ErrorCode, OpenFlags, Result};

/// Rows of the prepared image; each run writes those after them.
const ROWS_PREPARED: u64 = 60;
const ROWS_PER_RUN: u64 = 25;

/// How a database is opened.
#[derive(Clone, Copy, Debug)]
struct Manner {
    is_encrypted: bool,
    journal: &'static str,
    synchronous: &'static str,
}

const WAL_FULL: Manner = Manner {
    is_encrypted: false,
    journal: "wal",
    synchronous: "full",
};
const SEALED_WAL_FULL: Manner = Manner {
    is_encrypted: true,
    ..WAL_FULL
};

fn open(disk: &SimDisk, manner: Manner) -> Result<Connection> {
    let database = Connection::open_with_flags_and_vfs("vault.db", OpenFlags::default(), disk.name())?;
    if manner.is_encrypted {
        database.pragma_update(None, "cipher_log_level", "NONE")?;
        database.pragma_update(None, "key", format!("x'{}'", "2a".repeat(48)))?;
    }
    database.pragma_update(None, "locking_mode", "exclusive")?;
    database.pragma_update(None, "journal_mode", manner.journal)?;
    database.pragma_update(None, "synchronous", manner.synchronous)?;
    database.pragma_update(None, "wal_autocheckpoint", 40)?;
    database.pragma_update(None, "cache_size", 20)?;
    Ok(database)
}

/// A row's content follows from its number, so that a wrong page is noticed as well as a missing one.
fn content(id: u64) -> Vec<u8> {
    (0..600_u64)
        .map(|place| u8::try_from((id * 31 + place * 7) % 251).unwrap())
        .collect()
}

fn insert(database: &Connection, id: u64) -> Result<usize> {
    database
        .prepare_cached("INSERT INTO stone VALUES (?, ?)")?
        .execute((id, content(id)))
}

fn prepare(disk: &SimDisk, manner: Manner) {
    let database = open(disk, manner).unwrap();
    database
        .execute_batch("CREATE TABLE stone (id INTEGER PRIMARY KEY, content BLOB NOT NULL)")
        .unwrap();
    for id in 1..=ROWS_PREPARED {
        insert(&database, id).unwrap();
    }
}

fn work(disk: &SimDisk, manner: Manner, acked: &mut Acked) {
    let Ok(database) = open(disk, manner) else {
        return;
    };
    for id in (ROWS_PREPARED + 1..).take(usize::try_from(ROWS_PER_RUN).unwrap()) {
        acked.attempt(id);
        if insert(&database, id).is_err() {
            return;
        }
        acked.acknowledge(id);
    }
}

fn stones(database: &Connection) -> Result<Vec<(u64, Vec<u8>)>> {
    let mut statement = database.prepare("SELECT id, content FROM stone ORDER BY id")?;
    statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn rows(disk: &SimDisk, manner: Manner) -> Result<BTreeSet<u64>, String> {
    let read = || {
        let database = open(disk, manner)?;
        let verdict: String = database.query_row("PRAGMA integrity_check", (), |row| row.get(0))?;
        Ok((verdict, stones(&database)?))
    };
    let (verdict, rows) = read().map_err(|error: rusqlite::Error| error.to_string())?;
    if verdict != "ok" {
        return Err(verdict);
    }
    if rows.iter().any(|(id, bytes)| *bytes != content(*id)) {
        return Err("a row has another row's content".into());
    }
    Ok(rows.into_iter().map(|(id, _)| id).collect())
}

fn check(disk: &SimDisk, manner: Manner) -> Found {
    match rows(disk, manner) {
        Ok(ids) if (1..=ROWS_PREPARED).all(|id| ids.contains(&id)) => {
            Found::Items(ids.into_iter().filter(|&id| id > ROWS_PREPARED).collect())
        }
        Ok(_) => Found::Damaged("a row of the image is gone".into()),
        Err(how) => Found::Damaged(how),
    }
}

fn campaign(plan: &Cuts, manner: Manner) -> Report {
    run_cuts(
        plan,
        |disk| prepare(disk, manner),
        |disk, acked| work(disk, manner, acked),
        |disk, _| check(disk, manner),
    )
}

fn assert_kept(report: &Report) {
    assert!(report.is_clean() && report.cuts_with_holes == 0, "{report:?}");
    assert!(
        report.acknowledged > u64::from(report.cuts),
        "the cuts must fall among acknowledged rows: {report:?}"
    );
    assert!(report.second_cuts > 0, "some recoveries must be cut: {report:?}");
}

#[test]
fn a_full_synchronous_log_keeps_every_acknowledged_row_across_300_cuts() {
    assert_kept(&campaign(&Cuts::new(300, 1), WAL_FULL));
    assert_kept(&campaign(
        &Cuts::new(100, 2).with_faults(Faults::powersafe_overwrite()),
        WAL_FULL,
    ));
}

#[test]
fn an_encrypted_full_synchronous_log_keeps_every_acknowledged_row_across_300_cuts() {
    assert_kept(&campaign(&Cuts::new(300, 3), SEALED_WAL_FULL));
    assert_kept(&campaign(
        &Cuts::new(100, 4).with_faults(Faults::powersafe_overwrite()),
        SEALED_WAL_FULL,
    ));
}

#[test]
fn planted_defect_a_log_synced_only_at_checkpoints_loses_acknowledged_rows_but_is_never_damaged() {
    for manner in [WAL_FULL, SEALED_WAL_FULL] {
        let report = campaign(
            &Cuts::new(100, 5),
            Manner {
                synchronous: "normal",
                ..manner
            },
        );
        assert!(report.lost > 0 && report.cuts_with_loss >= 20, "{report:?}");
        assert_eq!(
            (report.damaged, report.invented, report.cuts_with_holes),
            (0, 0, 0),
            "{report:?}"
        );
        assert!(report.complaint.is_some());
    }
}

#[test]
fn planted_defect_a_disk_that_lies_about_syncs_damages_or_loses() {
    for manner in [WAL_FULL, SEALED_WAL_FULL] {
        let report = campaign(&Cuts::new(100, 6).with_faults(Faults::lying_sync()), manner);
        assert!(report.lost > 0 && report.damaged > 0, "{report:?}");
    }
}

#[test]
fn a_deleted_rollback_journal_may_come_back_unless_the_folder_is_synced() {
    let manner = |synchronous| Manner {
        is_encrypted: false,
        journal: "delete",
        synchronous,
    };
    // SQLite deletes the journal to commit; only EXTRA syncs the folder after it.
    let shared = |synchronous| {
        run_cuts(
            &Cuts::new(150, 7),
            |disk| prepare(disk, manner(synchronous)),
            |disk, acked| {
                let Ok(database) = open(disk, manner(synchronous)) else {
                    return;
                };
                // In exclusive mode the journal is overwritten, not deleted.
                let _ = database.pragma_update(None, "locking_mode", "normal");
                for id in ROWS_PREPARED + 1..=ROWS_PREPARED + ROWS_PER_RUN {
                    acked.attempt(id);
                    if insert(&database, id).is_err() {
                        return;
                    }
                    acked.acknowledge(id);
                }
            },
            |disk, _| check(disk, manner(synchronous)),
        )
    };
    assert_kept(&shared("extra"));
    let report = shared("full");
    assert!(report.lost > 0 && report.damaged == 0, "{report:?}");
}

#[test]
fn one_seed_tells_one_story_and_another_seed_another() {
    let plan = Cuts::new(60, 8);
    let first = campaign(&plan, SEALED_WAL_FULL);
    assert_eq!(first, campaign(&plan, SEALED_WAL_FULL));
    assert_ne!(first, campaign(&Cuts::new(60, 9), SEALED_WAL_FULL));

    let lossy = Manner {
        synchronous: "normal",
        ..WAL_FULL
    };
    let parts = [plan.only(0, 20), plan.only(20, 40)].map(|part| campaign(&part, lossy));
    let whole = campaign(&plan, lossy);
    assert_eq!(
        parts[0].lost + parts[1].lost,
        whole.lost,
        "a cut alone is the cut within its campaign"
    );
    assert_eq!(parts[0].found + parts[1].found, whole.found);
}

#[test]
fn campaigns_on_several_disks_run_side_by_side_without_touching_each_other() {
    let plans = [Cuts::new(40, 10), Cuts::new(40, 11), Cuts::new(40, 12)];
    let alone = plans.map(|plan| campaign(&plan, WAL_FULL));
    let threads = plans.map(|plan| std::thread::spawn(move || campaign(&plan, WAL_FULL)));
    assert_eq!(alone.map(Some), threads.map(|thread| thread.join().ok()));
}

#[test]
fn an_io_error_at_any_call_leaves_the_old_state_or_the_new_and_a_database_that_opens() {
    for manner in [WAL_FULL, SEALED_WAL_FULL] {
        for is_lasting in [false, true] {
            let disk = SimDisk::anonymous(13);
            prepare(&disk, manner);
            disk.settle();
            let image = disk.snapshot();
            let mut failures = 0;
            for call in 1.. {
                disk.restore(&image);
                disk.reseed(call);
                if is_lasting {
                    disk.eio_from(call)
                } else {
                    disk.eio_at(call)
                }
                let before = disk.counters().calls;
                let mut acked = BTreeSet::new();
                let attempt = open(&disk, manner).and_then(|database| {
                    for id in ROWS_PREPARED + 1..=ROWS_PREPARED + 4 {
                        insert(&database, id)?;
                        acked.insert(id);
                    }
                    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))
                });
                failures += u32::from(attempt.is_err());
                let ended = disk.counters().calls - before < call;
                disk.cut();
                disk.power_loss();
                let ids = rows(&disk, manner).unwrap_or_else(|how| panic!("call {call}: {how}"));
                assert!(
                    (1..=ROWS_PREPARED).chain(acked).all(|id| ids.contains(&id)),
                    "call {call} lost a row"
                );
                if ended {
                    break;
                }
            }
            assert!(failures > 10, "the errors must reach SQLite: {failures}");
        }
    }
}

#[test]
fn a_full_disk_is_said_loses_nothing_and_is_over_when_there_is_room() {
    let disk = SimDisk::anonymous(14);
    prepare(&disk, SEALED_WAL_FULL);
    let database = open(&disk, SEALED_WAL_FULL).unwrap();
    disk.full_at(disk.bytes() + 40_000);
    let mut id = ROWS_PREPARED;
    let refusal = loop {
        match insert(&database, id + 1) {
            Ok(_) => id += 1,
            Err(error) => break error,
        }
        assert!(id < 10_000, "the disk must fill up");
    };
    assert_eq!(refusal.sqlite_error_code(), Some(ErrorCode::DiskFull));
    let count: u64 = database
        .query_row("SELECT count(*) FROM stone", (), |row| row.get(0))
        .unwrap();
    assert_eq!(count, id, "reading goes on");
    disk.mend();
    insert(&database, id + 1).unwrap();
    drop(database);
    assert_eq!(rows(&disk, SEALED_WAL_FULL).unwrap(), (1..=id + 1).collect());
}

#[test]
fn rot_is_noticed_by_the_cipher_and_often_served_as_good_without_it() {
    let silent = |manner: Manner| {
        let disk = SimDisk::anonymous(15);
        prepare(&disk, manner);
        disk.settle();
        let image = disk.snapshot();
        let bits = disk.read("vault.db").unwrap().len() as u64 * 8;
        let mut silent = 0;
        for flip in 0..200 {
            disk.restore(&image);
            assert!(disk.flip_bit("vault.db", flip * 7919 * 101 % bits));
            // Content is compared apart from the database's own word: what passes that word and is wrong is silent rot.
            let told = open(&disk, manner).and_then(|database| stones(&database));
            silent += u32::from(told.is_ok_and(|rows| rows.iter().any(|(id, bytes)| *bytes != content(*id))));
        }
        silent
    };
    assert_eq!(silent(SEALED_WAL_FULL), 0);
    assert!(silent(WAL_FULL) > 100);
}

#[test]
fn an_old_page_put_back_is_not_noticed_by_the_cipher() {
    let disk = SimDisk::anonymous(16);
    prepare(&disk, SEALED_WAL_FULL);
    let old = disk.snapshot();
    let database = open(&disk, SEALED_WAL_FULL).unwrap();
    database
        .execute("UPDATE stone SET content = zeroblob(600)", ())
        .unwrap();
    drop(database);
    let newest = disk.snapshot();
    let length = file_in(&old).len() as u64;
    let unnoticed = (1..length / 4096).filter(|page| {
        disk.restore(&newest);
        assert!(disk.splice("vault.db", &old, page * 4096, 4096));
        let differs = disk.read("vault.db") != Some(file_in(&newest));
        let opened = open(&disk, SEALED_WAL_FULL)
            .and_then(|database| database.query_row("PRAGMA integrity_check", (), |row| row.get::<_, String>(0)));
        differs && opened.is_ok_and(|verdict| verdict == "ok")
    });
    assert!(
        unnoticed.count() > 0,
        "should the cipher learn to notice, the anchors in the key store may go"
    );
    assert!(
        !disk.splice("vault.db", &old, length, 4096),
        "beyond the end there is nothing to put back"
    );
    assert!(!disk.splice("other.db", &old, 0, 1));
}

/// The database file as a snapshot holds it.
fn file_in(snapshot: &Snapshot) -> Vec<u8> {
    let disk = SimDisk::anonymous(0);
    disk.restore(snapshot);
    disk.read("vault.db").unwrap()
}

#[test]
fn a_second_opener_waits_without_time_passing_and_is_told_that_the_file_is_in_use() {
    let disk = SimDisk::anonymous(17);
    prepare(&disk, WAL_FULL);
    let first = open(&disk, WAL_FULL).unwrap();
    insert(&first, ROWS_PREPARED + 1).unwrap();
    let slept = disk.slept_us();
    let second = open(&disk, WAL_FULL).map(|second| insert(&second, ROWS_PREPARED + 2));
    let refusal = second.and_then(|inserted| inserted).unwrap_err();
    assert_eq!(refusal.sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
    assert!(disk.slept_us() > slept, "SQLite's patience is simulated");
    drop(first);
    insert(&open(&disk, WAL_FULL).unwrap(), ROWS_PREPARED + 2).unwrap();
}

#[test]
fn a_restored_disk_holds_what_it_held_and_connections_of_before_are_dead() {
    let disk = SimDisk::anonymous(18);
    prepare(&disk, SEALED_WAL_FULL);
    let image = disk.snapshot();
    let database = open(&disk, SEALED_WAL_FULL).unwrap();
    insert(&database, ROWS_PREPARED + 1).unwrap();
    disk.restore(&image);
    assert!(insert(&database, ROWS_PREPARED + 2).is_err());
    drop(database);
    assert_eq!(rows(&disk, SEALED_WAL_FULL).unwrap(), (1..=ROWS_PREPARED).collect());

    let clone = SimDisk::anonymous(19);
    clone.restore(&image);
    assert_eq!(rows(&clone, SEALED_WAL_FULL).unwrap(), (1..=ROWS_PREPARED).collect());
    assert_eq!(clone.files(), ["vault.db"]);
}

#[test]
fn a_killed_process_loses_nothing_that_it_wrote() {
    let disk = SimDisk::anonymous(20);
    let lax = Manner {
        synchronous: "off",
        ..WAL_FULL
    };
    prepare(&disk, lax);
    let database = open(&disk, lax).unwrap();
    insert(&database, ROWS_PREPARED + 1).unwrap();
    disk.kill_process();
    drop(database);
    assert_eq!(
        rows(&disk, lax).unwrap(),
        (1..=ROWS_PREPARED + 1).collect(),
        "which is why kill -9 proves nothing about durability"
    );
}

#[test]
fn a_disk_goes_with_its_last_handle_and_leaves_its_name_free() {
    let disk = SimDisk::register("short-lived", 21);
    let again = disk.clone();
    let database = open(&disk, WAL_FULL).unwrap();
    drop(disk);
    assert_eq!(again.name(), "short-lived");
    drop(again);
    assert!(database.execute_batch("CREATE TABLE stone (id)").is_err());
    drop(database);
    assert!(Connection::open_with_flags_and_vfs("a.db", OpenFlags::default(), "short-lived").is_err());
    drop(SimDisk::register("short-lived", 22));
}

#[test]
#[should_panic(expected = "registered already")]
fn a_name_that_is_taken_is_refused() {
    let _first = SimDisk::register("taken", 23);
    let _second = SimDisk::register("taken", 24);
}
