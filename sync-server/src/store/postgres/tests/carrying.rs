//! What is carried in is all that a store holds.

use std::collections::BTreeSet;

use super::*;
use crate::store::contents::TABLES;

/// What begins anew, or is carried by itself.
const OWN: [&str; 4] = ["relay", "cairn_schema", "session", "challenge_used"];

#[test]
fn every_table_and_column_of_the_schema_is_filled() {
    let Some(nodes) = nodes(1) else { return };
    let there: BTreeSet<(String, String)> = query(
        &nodes.database,
        "SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND attnum > 0 AND NOT attisdropped",
    )
    .into_iter()
    .filter(|(table, _)| !OWN.contains(&table.as_str()))
    .collect();
    let filled = TABLES.iter().flat_map(|table| {
        let columns = table.columns.iter();
        columns.map(|(column, _)| (table.name.to_owned(), (*column).to_owned()))
    });
    assert_eq!(there, filled.collect(), "see contents.rs");
}

fn query(database: &Database, sql: &str) -> Vec<(String, String)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (client, connection) = database.config().connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let rows = client.query(sql, &[]).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    })
}
