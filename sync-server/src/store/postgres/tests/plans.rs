//! How PostgreSQL goes about what every append asks.

use tokio_postgres::{NoTls, SimpleQueryMessage};

use super::nodes;
use crate::store::postgres::transaction::{CLOSED, KNOWN};

/// Many spaces of a few records, which the database has counted: so it takes every space for small.
const SMALL_SPACES: &str = "INSERT INTO log
        SELECT decode(md5(space::text), 'hex'), seq, 0, 0, false, decode(md5(space || ' ' || seq), 'hex'), '', '', ''
        FROM generate_series(1, 2000) AS space, generate_series(1, 10) AS seq;
    INSERT INTO slot_closed
        SELECT decode(md5(space::text), 'hex'), decode(md5(space || ' ' || seq), 'hex'), 0, seq
        FROM generate_series(1, 2000) AS space, generate_series(1, 10) AS seq;
    ANALYZE;
    SET plan_cache_mode = force_generic_plan;";

#[test]
fn an_append_looks_into_the_index_for_each_record_however_small_spaces_are_taken_for() {
    let Some(nodes) = nodes(1) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let plans = runtime.block_on(async {
        let (client, connection) = nodes.database.config().connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(SMALL_SPACES).await.unwrap();
        let mut plans = Vec::new();
        for (name, sql) in [("known", KNOWN), ("closed", CLOSED)] {
            let asked = format!(
                "PREPARE {name} (bytea, bytea[]) AS {sql}; EXPLAIN (COSTS OFF) EXECUTE {name} ('\\x00', array_fill('\\x00'::bytea, ARRAY[64]))"
            );
            let rows = client.simple_query(&asked).await.unwrap();
            let lines = rows.iter().filter_map(|row| match row {
                SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            });
            plans.push(lines.collect::<Vec<_>>().join("\n"));
        }
        plans
    });
    for (plan, condition) in plans.iter().zip(["(record_id = asked.id)", "(slot = asked.slot)"]) {
        let looks = plan.lines().find(|line| line.contains("Index Cond"));
        assert!(looks.is_some_and(|line| line.contains(condition)), "{plan}");
    }
}
