//! `make bench`: what the house promises about time, memory and syncs, each figure beside the floor it is held against.
//!
//! A **floor** does the least that has to be done for the same promise, as fast as it goes: SQLite (SQLCipher on a device) through
//! `rusqlite` with cached statements, the ciphers and zstd directly, nothing remembered for later, nothing checked. It runs in turns
//! with ours, round by round, so that a disk that is slow for a minute is slow for both; both figures are medians over the rounds.
//!
//! | file | figures | floor |
//! |---|---|---|
//! | `writing.rs` | write an entry, edit one | `floor.rs`: seal a record and one `synchronous = FULL` commit of row, outbox and full-text index |
//! | `opening.rs` | open 10,000 entries and list the newest 50 | none: milliseconds, and bytes beside a vault of 100 |
//! | `finding.rs` | search 10,000 entries; list, search and open 100,000 | `floor.rs`: FTS5 alone; the same in 10,000 |
//! | `catching_up.rs` | a new device catches up on 10,000 entries | `floor.rs`: open, decode, one transaction for each page |
//! | `devices.rs` | remove a device beside 10,000 entries; seal all of them again | none: seconds and bytes; that of catching up |
//! | `attachments.rs` | keep 200 MiB, save them | none: bytes beside an open vault |
//! | `relay.rs`, `load.rs` | records a second, syncs and processor for each record, slow appends | `bare.rs`: the same HTTP stack and group commit, and no more |
//! | `reading.rs` | read 10,240 records; an append to who waits; 10,000 who wait | `bare.rs`; one sync; none: KiB and wake-ups |
//!
//! **How to read it.** Processes share two processors where these limits were set: while the relay is asked, the one who asks works on
//! the same ones. Memory is the kernel's count of a process of its own. Seconds change with the machine; ratios and counts should not.
//!
//! Everything is written to `target/bench-summary.json`; one figure that does not hold ends the run with an error.
//! `cargo bench -p cairn-tests --bench figures -- relay` runs one group and writes nothing.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a bench tells its figures")]

mod attachments;
mod bare;
mod catching_up;
mod child;
mod devices;
mod finding;
mod floor;
mod journal;
mod load;
mod opening;
mod reading;
mod relay;
mod sheet;
mod writing;

use sheet::Sheet;
use std::error::Error;
use std::process::ExitCode;

/// What a bench can do about a failure is to say it.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A group of figures.
type Group = fn(&mut Sheet) -> Result<()>;

const GROUPS: &[(&str, Group)] = &[
    ("writing", writing::measure),
    ("opening", opening::measure),
    ("finding", finding::measure),
    ("catching-up", catching_up::measure),
    ("devices", devices::measure),
    ("attachments", attachments::measure),
    ("relay", relay::measure),
    ("reading", reading::measure),
];

fn main() -> ExitCode {
    // Cargo says `--bench` to every bench.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        [child::ROLE, role, rest @ ..] => child::play(role, rest).map(|()| true),
        wanted => measure(wanted),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // What a child prints its parent reads.
            eprintln!("the bench itself failed: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures the wanted groups, or all; answers whether every figure holds.
fn measure(wanted: &[&str]) -> Result<bool> {
    let mut sheet = Sheet::default();
    for (name, group) in GROUPS {
        if wanted.is_empty() || wanted.contains(name) {
            println!("{name} …");
            group(&mut sheet)?;
        }
    }
    sheet.print();
    if wanted.is_empty() {
        sheet.save()?;
    }
    Ok(sheet.holds())
}
