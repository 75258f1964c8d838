//! Commits in their order: no reader's cursor passes a record that comes later.

use std::time::{Duration, Instant};

use cairn_wire::message::{Page, ReadAnswer, ReadRequest};
use cairn_wire::{ChainHash, Token, chain_0, chain_next, decode_canonical, encode};
use tokio_postgres::{Client, NoTls};

use super::{Nodes, nodes};
use crate::Relay;
use crate::testing::*;

/// Longer than anything here takes, shorter than anybody's patience.
const PATIENCE: Duration = Duration::from_secs(25);

/// What stops whoever writes a body that begins with 0xEE, in the middle of it, as long as somebody holds the lock.
const HELD: &str = "CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF substring(NEW.body FROM 1 FOR 1) = '\\xEE' THEN PERFORM pg_advisory_xact_lock(7, 7); END IF; RETURN NEW; END $$;
    CREATE TRIGGER held BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION held();
    SELECT pg_advisory_lock(7, 7)";

/// Somebody at the database's own door.
struct Beside {
    runtime: tokio::runtime::Runtime,
    client: Client,
}

impl Beside {
    fn of(nodes: &Nodes) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let client = runtime.block_on(async {
            let (client, connection) = nodes.database.config().connect(NoTls).await.unwrap();
            tokio::spawn(connection);
            client
        });
        Self { runtime, client }
    }

    fn run(&self, sql: &str) {
        self.runtime.block_on(self.client.batch_execute(sql)).unwrap();
    }

    /// Waits until so many are waiting for a lock of this database.
    fn until_waiting(&self, count: i64) {
        let sql =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let began = Instant::now();
        loop {
            let row = self.runtime.block_on(self.client.query_one(sql, &[])).unwrap();
            if row.get::<_, i64>(0) == count {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{count} never waited");
        }
    }
}

fn read(relay: &Relay, token: Token, after: u64) -> Page<'static> {
    read_page(relay, since(token, 1, after), 1 << 20, NOW)
}

#[test]
fn a_commit_that_comes_late_is_passed_by_no_cursor() {
    let Some(nodes) = nodes(2) else { return };
    let [one, two] = [0, 1].map(|at| nodes.relays[at].clone());
    let token = opened(&one, 1);
    let slow = record(header(1, 1, 1), 100, 0xEE);
    let quick = [record(header(1, 2, 2), 100, 1), record(header(1, 3, 3), 100, 1)];
    let beside = Beside::of(&nodes);
    beside.run(HELD);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| append(&one, token, 1, &[slow], NOW).unwrap());
        beside.until_waiting(1);
        // At another node, while the first stands in the middle of its transaction.
        let second = scope.spawn(|| append(&two, token, 1, &quick, NOW).unwrap());
        beside.until_waiting(2);
        for relay in [&one, &two] {
            let page = read(relay, token, 0);
            assert_eq!((page.items.len(), page.head.unwrap().n), (0, 0));
        }
        beside.run("SELECT pg_advisory_unlock(7, 7)");
        assert_eq!(first.join().unwrap().results, [stored(1)]);
        assert_eq!(second.join().unwrap().results, [stored(2), stored(3)]);
    });
    let seqs: Vec<_> = read(&two, token, 0).items.iter().map(|item| item.seq).collect();
    assert_eq!(seqs, [1, 2, 3]);
}

#[test]
fn what_many_nodes_append_at_once_is_one_chain_and_a_reader_beside_them_misses_nothing() {
    let Some(nodes) = nodes(3) else { return };
    let token = opened(&nodes.relays[0], 1);
    let (writers, each) = (6_u32, 30_u32);
    let all = u64::from(writers * each);
    let read = std::thread::scope(|scope| {
        for writer in 0..writers {
            let relay = &nodes.relays[writer as usize % 3];
            scope.spawn(move || {
                for n in 0..each {
                    let record = record(header(1, writer * 1_000 + n, 1), 100, 1);
                    let answer = append(relay, token, 1, &[record], NOW).unwrap();
                    assert!((1..=all).contains(&answer.results[0].value));
                }
            });
        }
        let (began, mut read) = (Instant::now(), Vec::new());
        while (read.len() as u64) < all {
            assert!(began.elapsed() < PATIENCE, "{} of {all}", read.len());
            let relay = &nodes.relays[read.len() % 3];
            let request = ReadRequest {
                spaces: vec![since(token, 1, read.len() as u64)],
                bytes_max: 4_000,
                wait_ms: 0,
            };
            let answer = relay.handle("/v1/read", &encode(&request), NOW);
            let answer: ReadAnswer<'_> = decode_canonical(&answer.body).unwrap();
            for item in &answer.pages[0].items {
                assert_eq!(item.seq, read.len() as u64 + 1, "no number is left out");
                read.push(item.record.as_ref().unwrap().to_vec());
            }
        }
        read
    });
    let chain = read.iter().fold(chain_0(&space_id(1)), |chain: ChainHash, record| {
        chain_next(&chain, &cairn_wire::Record::parse(record).unwrap().hash())
    });
    let head = self::read(&nodes.relays[1], token, all).head.unwrap();
    assert_eq!((head.n, head.chain), (all, chain));
}
