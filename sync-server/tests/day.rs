//! A simulated day of load: nodes are killed, the database ends, the disk is full, and nothing that was acknowledged is lost.
//!
//! Devices speak to real nodes over sockets, each node a process that gets `kill -9`; SQLite on a disk that is really full at times, or three nodes over
//! a PostgreSQL that ends in every way. Time is simulated: it goes on with what is done, and a month later at once. What was acknowledged is kept beside it
//! all ([`world`]) and held against everything that can be read ([`verdict`]); and every defect that is planted there is found ([`planted`]).
//!
//! The seed is printed. `CAIRN_DAY_SEED` says another one, and with it the same dice; `CAIRN_DAYS` so many days, each of the next seed.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

#[path = "day/blobs.rs"]
mod blobs;
#[path = "day/client.rs"]
mod client;
#[path = "day/device.rs"]
mod device;
#[path = "day/dice.rs"]
mod dice;
#[path = "day/disk.rs"]
mod disk;
#[path = "day/node.rs"]
mod node;
#[path = "day/pages.rs"]
mod pages;
#[path = "day/planted.rs"]
mod planted;
#[path = "day/schedule.rs"]
mod schedule;
#[path = "../src/testing/server.rs"]
#[allow(unreachable_pub, dead_code, reason = "other tests have more use for it")]
mod server;
#[path = "day/store.rs"]
mod store;
#[path = "day/time.rs"]
mod time;
#[path = "day/verdict.rs"]
mod verdict;
#[path = "day/world.rs"]
mod world;

use std::time::Duration;

use disk::Disk;
use schedule::{Day, Plan};
use server::DatabaseServer;

const ORIGIN: &str = "http://relay.test";

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// MiB of a disk that a store in SQLite has to itself, and of one that PostgreSQL has.
const SQLITE_MIB: u32 = 48;
const POSTGRES_MIB: u32 = 256;

/// What PostgreSQL does with a small disk: its log of changes takes little of it.
const SMALL: &str = "-c max_wal_size=64MB -c min_wal_size=32MB -c wal_recycle=off";

/// The seeds of the days to be had.
fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().map(|said| said.parse().unwrap());
    let first = number("CAIRN_DAY_SEED").unwrap_or(1);
    first..first + number("CAIRN_DAYS").unwrap_or(1)
}

/// A day, and a month and more after it.
fn live(mut day: Day, on: &str) {
    day.month_before().expect("somebody answers");
    let wrong = day.run();
    day.say(on);
    assert_eq!(wrong, Vec::<String>::new());
    let stubs = day.stubs();
    for days in [32, 100] {
        assert_eq!(day.days_later(days), Vec::<String>::new(), "{days} days later");
    }
    assert!(day.stubs() > stubs, "nothing was forgotten");
}

#[test]
fn a_day_of_kills_and_full_disks_on_sqlite_loses_nothing_that_was_acknowledged() {
    for seed in seeds() {
        live(
            Day::on_sqlite(seed, Plan::DAY, Disk::mount(SQLITE_MIB), false),
            "SQLite",
        );
    }
}

#[test]
fn a_day_of_kills_restarts_and_full_disks_of_three_nodes_on_postgresql_loses_nothing_that_was_acknowledged() {
    for seed in seeds() {
        let disk = Disk::mount(POSTGRES_MIB);
        let server = match &disk {
            Some(disk) => DatabaseServer::start_in(disk.path(), SMALL),
            None => DatabaseServer::start(),
        };
        let Some(server) = server else { return };
        live(
            Day::on_postgres(seed, Plan::DAY, server, disk),
            "three nodes over PostgreSQL",
        );
    }
}
