//! Defects, each planted behind a relay that a quiet day has gone over: the checker finds them, and finds nothing where there is none.

use std::path::Path;
use std::sync::Arc;

use cairn_wire::{Record, chain_0, chain_next};

use crate::device::Device;
use crate::pages::Here;
use crate::schedule::{Day, Plan};
use crate::server::{DatabaseServer, Ending};
use crate::store::Store;
use crate::verdict;
use crate::world::{Facts, Space, World, record_of};

/// A server that leaves what was committed without waiting for the disk where it is for as long as it can.
const LAZY: &str = "-c wal_writer_delay=10000 -c wal_writer_flush_after=1GB";

/// Commits of records do not wait for the disk, and nothing else is committed that would take them along.
const HASTY: &str = "CREATE FUNCTION hasty() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM set_config('synchronous_commit', 'off', true); RETURN NEW; END $$;
    CREATE TRIGGER hasty BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION hasty();
    ALTER FUNCTION pg_catalog.pg_notify(text, text) RENAME TO pg_notify_no_more;";

/// What was known of every space at one moment.
struct Known(Vec<(Arc<Space>, Facts)>);

impl Known {
    fn of(world: &World) -> Self {
        let spaces = world.spaces().into_iter();
        Self(
            spaces
                .map(|space| (Arc::clone(&space), space.with(|facts| facts.clone())))
                .collect(),
        )
    }

    /// Whatever was seen since did not happen.
    fn again(&self) {
        for (space, known) in &self.0 {
            space.with(|facts| facts.clone_from(known));
        }
    }
}

/// A quiet day, after which all is well.
fn quiet(mut day: Day) -> Day {
    day.month_before().expect("somebody answers");
    assert_eq!(day.run(), Vec::<String>::new());
    day
}

/// Looks, and answers what was found.
fn found(day: &mut Day) -> Vec<String> {
    day.look();
    verdict::findings(&day.world).0
}

/// The space with the longest log, and its log.
fn longest(day: &Day) -> (Arc<Space>, Vec<Here>) {
    let logs = day.world.spaces().into_iter().map(|space| {
        let log = verdict::hold(&day.world, &mut day.client(0), &space).expect("somebody answers");
        (space, log)
    });
    logs.max_by_key(|(_, log)| log.len()).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// A copy of a folder that nobody has open.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// What is to be planted in a store in SQLite: where, what is done, and in which words it is found.
fn defects(space: &Space, log: &[Here]) -> Vec<(String, &'static str)> {
    let facts = space.with(|facts| facts.clone());
    let no = format!("(SELECT no FROM space WHERE id = x'{}')", hex(space.id.as_bytes()));
    let at = |here: &Here| format!("key = ({no} << 40 | {})", here.seq);
    let middle = &log[log.len() / 2];
    let live = log.iter().rev().find(|here| here.whole.is_some()).unwrap();
    let was_erased = |here: &&Here| {
        let side = facts.sent[&here.header.record_id].side;
        let tombstone = facts.erased.get(&(here.header.slot, side));
        tombstone.is_some_and(|tombstone| *tombstone > here.seq)
    };
    let erased = log.iter().find(was_erased).unwrap();
    let chain = log
        .iter()
        .fold(chain_0(&space.id), |chain, here| chain_next(&chain, &here.hash));
    let twice = chain_next(&chain, &live.hash);
    let last = log.len();
    let body = |here: &Here| hex(&record_of(&facts.sent[&here.header.record_id].header)[72..]);
    let dropped = Record::parse(live.whole.as_ref().unwrap()).unwrap();
    let dropped = hex(cairn_wire::header::body_hash(dropped.body).as_bytes());
    vec![
        (format!("DELETE FROM log WHERE {}", at(middle)), "comes after"),
        (
            format!("UPDATE log SET body = zeroblob(length(body)) WHERE {}", at(live)),
            "is not the one that is signed",
        ),
        (
            format!(
                "INSERT INTO log SELECT {no} << 40 | {}, day, side, stub, x'{chain}', header, body FROM log WHERE {};
                 UPDATE space SET n = n + 1, chain = x'{chain}' WHERE no = {no}",
                last + 1,
                at(live),
                chain = hex(twice.as_bytes()),
            ),
            "is there twice",
        ),
        (
            format!("UPDATE log SET stub = 1, body = x'{dropped}' WHERE {}", at(live)),
            "somebody may need it",
        ),
        (
            format!(
                "UPDATE log SET stub = 0, body = x'{}' WHERE {}",
                body(erased),
                at(erased)
            ),
            "was erased and has a body",
        ),
        (
            format!("UPDATE ack SET n = 0 WHERE space_no = {no}"),
            "and the store Some(0)",
        ),
        (
            format!("UPDATE space SET bytes_0 = bytes_0 + 1 WHERE no = {no}"),
            "the bytes of the sides",
        ),
        (
            "DELETE FROM blob; DELETE FROM blob_hold".to_owned(),
            "a blob that was acknowledged is gone",
        ),
        (
            "UPDATE relay SET incarnation = 2".to_owned(),
            "of another space or incarnation",
        ),
        (
            format!("DELETE FROM known WHERE space_no = {no}"),
            "cairn-relay check: ",
        ),
    ]
}

#[test]
fn what_is_lost_doubled_changed_or_comes_back_in_sqlite_is_found() {
    let mut day = quiet(Day::on_sqlite(7, Plan::QUIET, None, false));
    let copies = tempfile::tempdir().unwrap();
    let data = day.recipes[0].data.clone();
    // As it is now, and as it is after somebody has written some more.
    day.kill(0);
    copy(&data, &copies.path().join("older"));
    day.start(0);
    let mut device = Device::new(&day.world, &day.places, 1, "after it");
    for space in day.world.spaces() {
        device.append(&space).expect("somebody answers");
    }
    let (space, log) = longest(&day);
    day.kill(0);
    let known = Known::of(&day.world);
    let mut tried = vec![("older".to_owned(), String::new(), "was acknowledged and is lost")];
    for (number, (sql, words)) in defects(&space, &log).into_iter().enumerate() {
        tried.push((number.to_string(), sql, words));
    }
    // And one that is as it should be.
    tried.push(("whole".to_owned(), String::new(), ""));
    for (name, sql, words) in tried {
        let dir = copies.path().join(&name);
        if name != "older" {
            copy(&data, &dir);
        }
        day.store = Store::Sqlite(dir.clone());
        day.store.run(&sql);
        day.recipes[0].data = dir;
        day.start(0);
        known.again();
        let found = found(&mut day);
        if words.is_empty() {
            assert_eq!(found, Vec::<String>::new());
        } else {
            assert!(
                found.iter().any(|found| found.contains(words)),
                "{name}: {sql}: {found:?}"
            );
        }
        day.kill(0);
    }
}

#[test]
fn answers_before_the_commit_are_found_out_by_kills() {
    let plan = Plan {
        kills: 10,
        ..Plan::QUIET
    };
    let mut day = Day::on_sqlite(3, plan, None, true);
    day.month_before().expect("somebody answers");
    let found = day.run();
    // Lost at the end of a log, or already behind others that came to its number.
    let is_loss = |found: &String| found.contains("acknowledged") || found.contains("two records");
    assert!(found.iter().any(is_loss), "{found:?}");
}

#[test]
fn what_is_lost_or_doubled_in_postgresql_and_what_it_did_not_keep_is_found() {
    let Some(server) = DatabaseServer::start_with(LAZY) else {
        return;
    };
    let mut day = quiet(Day::on_postgres(5, Plan::QUIET, server, None));
    let (space, log) = longest(&day);
    let known = Known::of(&day.world);
    let at = |seq: usize| format!("space = '\\x{}' AND seq = {seq}", hex(space.id.as_bytes()));
    let chain = log
        .iter()
        .fold(chain_0(&space.id), |chain, here| chain_next(&chain, &here.hash));
    let twice = hex(chain_next(&chain, &log.last().unwrap().hash).as_bytes());
    let (middle, last) = (at(log.len() / 2), at(log.len()));
    let row = at(0).replace(" AND seq = 0", "").replace("space =", "id =");
    // What is planted, in which words it is found, and how it goes again.
    for (sql, words, back) in [
        (
            format!("CREATE TABLE lost AS SELECT * FROM log WHERE {middle}; DELETE FROM log WHERE {middle}"),
            "comes after",
            "INSERT INTO log SELECT * FROM lost".to_owned(),
        ),
        (
            format!(
                "INSERT INTO log SELECT space, seq + 1, day, side, stub, sha256(record_id), '\\x{twice}', header, body FROM log WHERE {last};
                 UPDATE space SET n = n + 1, chain = '\\x{twice}' WHERE {row}"
            ),
            "is there twice",
            format!(
                "DELETE FROM log WHERE {};
                 UPDATE space SET n = n - 1, chain = '\\x{}' WHERE {row}",
                at(log.len() + 1),
                hex(chain.as_bytes())
            ),
        ),
        (
            format!("UPDATE space SET bytes_1 = bytes_1 + 1 WHERE {row}"),
            "the bytes of the sides",
            format!("UPDATE space SET bytes_1 = bytes_1 - 1 WHERE {row}"),
        ),
    ] {
        day.store.run(&sql);
        let wrong = found(&mut day);
        assert!(wrong.iter().any(|wrong| wrong.contains(words)), "{sql}: {wrong:?}");
        day.store.run(&back);
        known.again();
        assert_eq!(found(&mut day), Vec::<String>::new(), "{back}");
    }

    // A server that says that it has committed, and has not: it is caught by the first `kill -9`.
    day.store.run(HASTY);
    let mut device = Device::new(&day.world, &day.places, 1, "after it");
    device.read(&space).expect("somebody answers");
    for _ in 0..10 {
        device.append(&space).expect("somebody answers");
    }
    day.database.as_mut().unwrap().restart(Ending::Killed);
    let wrong = found(&mut day);
    let words = "was acknowledged and is lost";
    assert!(wrong.iter().any(|wrong| wrong.contains(words)), "{wrong:?}");
}
