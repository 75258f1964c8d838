//! `cairn-relay backup` and `cairn-relay check`, beside a relay that runs.

use std::path::Path;
use std::process::Output;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use cairn_wire::message::{AppendAnswer, Outcome, OutcomeCode, ReadAnswer, ReadRequest, ReadSpace};

use super::*;

fn run(data: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cairn-relay"));
    command.env_clear().args(more).arg("--data").arg(data);
    command.output().unwrap()
}

fn name(n: u64) -> [u8; 16] {
    u128::from(n).to_le_bytes()
}

/// Records in one request.
const TOGETHER: u64 = 100;

fn append_all(token: Token, numbers: std::ops::Range<u64>) -> Vec<u8> {
    let records: Vec<_> = numbers.map(|n| record(name(n), &nth(n))).collect();
    encode(&AppendRequest {
        token,
        space: SPACE,
        records: records.iter().map(|record| record.as_slice().into()).collect(),
    })
}

/// What is appended as the record of this number.
fn nth(n: u64) -> Vec<u8> {
    n.to_le_bytes().repeat(800)
}

#[test]
fn a_copy_made_while_people_write_has_what_was_acknowledged_before_it_and_begins_anew() {
    let program = Program::start(&[]);
    let token = enter(&program);
    let (stored, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let copies = tempfile::tempdir().unwrap();
    let target = tempfile::tempdir_in(copies.path()).unwrap();
    let (before, made) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut stream = program.connect();
            while !stop.load(Ordering::Acquire) {
                let first = stored.load(Ordering::Relaxed) + 1;
                let numbers = first..first + TOGETHER;
                send(&mut stream, "append", "", &append_all(token, numbers.clone()));
                let (status, body) = answer(&mut stream);
                assert_eq!(status, 200);
                let answer: AppendAnswer = decode_canonical(&body).unwrap();
                let code = OutcomeCode::Stored;
                let expected: Vec<_> = numbers.map(|value| Outcome { code, value }).collect();
                assert_eq!(answer.results, expected);
                stored.fetch_add(TOGETHER, Ordering::Release);
            }
        });
        // Some megabytes, so that it takes the copy more than a step.
        while stored.load(Ordering::Acquire) < 10 * TOGETHER && !writer.is_finished() {
            std::thread::yield_now();
        }
        let before = stored.load(Ordering::Acquire);
        let made = run(program.dir.path(), &["backup", target.path().to_str().unwrap()]);
        stop.store(true, Ordering::Release);
        writer.join().unwrap();
        (before, made)
    });
    let said = String::from_utf8(made.stdout).unwrap();
    assert!(made.status.success(), "{said}{}", String::from_utf8_lossy(&made.stderr));
    assert_eq!(said, "copied 1 spaces and 0 blobs (0 bytes)\n");
    for dir in [program.dir.path(), target.path()] {
        let checked = run(dir, &["check"]);
        let said = String::from_utf8(checked.stdout).unwrap();
        assert_eq!(checked.status.code(), Some(0), "{said}");
        assert!(said.ends_with(": 0 findings\n") && said.lines().count() == 1, "{said}");
    }
    program.signal("TERM");
    assert_eq!(program.ended().0, Some(0));

    let restored = Program::start_in(target, &[]);
    let token = session(&restored);
    let mut upto = 0;
    loop {
        let read = ReadRequest {
            spaces: vec![ReadSpace {
                token,
                space: SPACE,
                since: Some(upto),
                until: None,
                slots: None,
            }],
            bytes_max: 1 << 20,
            wait_ms: 0,
        };
        let (status, body) = restored.ask("read", &encode(&read));
        assert_eq!(status, 200);
        let answer: ReadAnswer<'_> = decode_canonical(&body).unwrap();
        let page = answer.pages.into_iter().next().unwrap();
        let head = page.head.unwrap();
        assert!(head.incarnation > 1, "it begins anew by itself");
        for item in &page.items {
            upto += 1;
            let record = item.record.as_ref().unwrap();
            assert_eq!(item.seq, upto);
            assert_eq!(&record[HEADER_BYTES..], nth(upto));
        }
        if upto == head.n {
            break;
        }
    }
    assert!(
        upto >= before,
        "{before} were acknowledged before the copy began, and it has {upto}"
    );
    let again = run(copies.path(), &["backup", restored.dir.path().to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1), "there is no store to copy");
}

#[test]
fn damage_ends_a_check_with_one_and_names_nobody_unless_that_is_asked_for() {
    let program = Program::start(&[]);
    let token = enter(&program);
    assert_eq!(program.ask("append", &append(token, &content())).0, 200);
    let store = rusqlite::Connection::open(program.dir.path().join("relay.db")).unwrap();
    store
        .execute_batch("UPDATE log SET body = zeroblob(length(body))")
        .unwrap();
    for (more, named) in [(&["check"] as &[&str], false), (&["check", "--show-ids"], true)] {
        let checked = run(program.dir.path(), more);
        assert_eq!(checked.status.code(), Some(1));
        let said = String::from_utf8(checked.stdout).unwrap();
        assert!(said.contains("space 1"), "{said}");
        assert_eq!(said.contains(&spelt(&[0xC7; 16])[1]), named, "{said}");
        assert!(
            said.ends_with("looked at 1 spaces, 1 records and 0 blobs: 1 findings\n"),
            "{said}"
        );
        for never in [&[0xD3; 4], &[0xE9; 4], &key().as_bytes()[..4]] {
            assert!(spelt(never).iter().all(|never| !said.contains(never)), "{said}");
        }
    }
    let named = run(
        program.dir.path(),
        &["check", "--database", "host=/nowhere dbname=relay"],
    );
    let said = String::from_utf8(named.stderr).unwrap();
    assert_eq!((named.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("the database failed (connection"), "{said}");
    let nowhere = run(&program.dir.path().join("nowhere"), &["check"]);
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(!program.dir.path().join("nowhere").exists());
}
