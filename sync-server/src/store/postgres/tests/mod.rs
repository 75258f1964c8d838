//! PostgreSQL: everything that holds of a relay holds of one on it, and what it has beside that.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod carrying;
mod checking;
mod commits;
mod nats;
mod nodes;
mod plans;

use std::path::Path;
use std::process::{Command, Stdio};

use crate::testing::*;
use crate::{Database, Relay, RelayConfig};

/// Some nodes of one store, in one folder as those of one machine are.
struct Nodes {
    relays: Vec<Relay>,
    database: Database,
    _dir: tempfile::TempDir,
}

/// So many nodes, where there is a server.
fn nodes(count: usize) -> Option<Nodes> {
    place()?;
    let dir = tempfile::tempdir().unwrap();
    let database = database_of(dir.path());
    let config = crate::StoreConfig {
        database: Some(database.clone()),
        nats: nats_said(),
        ..crate::StoreConfig::new(dir.path())
    };
    let config = RelayConfig::new(config, ORIGIN);
    // Each with randomness of its own, as on machines of their own.
    let relays = (0..count).map(|_| Relay::open(&config, crate::Entropy::system()).unwrap());
    Some(Nodes {
        relays: relays.collect(),
        database,
        _dir: dir,
    })
}

/// Names the NATS server through which this process's nodes tell each other, where that is not the database; see
/// [`nats::all_that_nodes_do_they_do_through_nats`].
const NATS: &str = "CAIRN_TEST_NATS";

fn nats_said() -> Option<crate::Nats> {
    Some(std::env::var(NATS).ok()?.parse().unwrap())
}

/// What tests of any store are, by the beginnings of their names.
const OF_ANY_STORE: [&str; 2] = ["relay::tests::", "server::tests::"];

/// Those of them that are about SQLite's own files, folder or file system, by the beginnings of their names.
const OF_SQLITE: [&str; 8] = [
    "relay::tests::backup::",
    "relay::tests::carrying::",
    "relay::tests::checking::a_page_that_the_disk_has_spoilt_is_told_and_does_not_end_the_check",
    "relay::tests::erasing::the_search_finds_bodies_that_are_deleted_without_being_overwritten",
    "relay::tests::failing::an_exclusive_store_holds_its_file_alone_and_keeps_what_it_answered",
    "relay::tests::failing::answers_before_the_commit_are_lost_in_a_crash",
    "relay::tests::gates::a_store_of_before_gains_gates_and_loses_nothing",
    "server::tests::a_folder_serves_one_relay_at_a_time",
];

/// Runs this program once more, with every test of a relay and a server, and PostgreSQL below them. One of them alone:
/// `CAIRN_TEST_POSTGRES="host=… user=…" cargo test -p cairn-relay NAME`, where a server is.
#[test]
fn all_that_holds_on_sqlite_holds_on_postgres() {
    let Some(place) = place() else { return };
    let program = std::env::current_exe().unwrap();
    let tests = tests_of(&program, &OF_ANY_STORE);
    for test in OF_SQLITE {
        assert!(
            tests.iter().any(|name| name.starts_with(test)),
            "{test} is not there any more"
        );
    }
    let tests = tests
        .into_iter()
        .filter(|test| !OF_SQLITE.iter().any(|of| test.starts_with(of)));
    let tests: Vec<_> = tests.collect();
    // Each case of a property makes a database: fewer of those that do not say how many they want.
    run_again(&program, &tests, &[(PLACE, &place), ("PROPTEST_CASES", "48")]);
}

/// The tests of this program whose names begin so.
fn tests_of(program: &Path, beginnings: &[&str]) -> Vec<String> {
    let list = Command::new(program)
        .args(["--list", "--format=terse"])
        .output()
        .unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    let tests = list.lines().filter_map(|line| line.strip_suffix(": test"));
    let tests = tests.filter(|test| beginnings.iter().any(|of| test.starts_with(of)));
    tests.map(str::to_owned).collect()
}

/// Runs this program once more, with these tests and that environment.
fn run_again(program: &Path, tests: &[String], environment: &[(&str, &str)]) {
    let ran = Command::new(program)
        .args(["--exact"])
        .args(tests)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}\n{}", String::from_utf8_lossy(&ran.stderr));
    assert!(
        said.contains(&format!("test result: ok. {} passed; 0 failed; 0 ignored", tests.len())),
        "{said}"
    );
}
