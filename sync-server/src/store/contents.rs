//! What a store holds, whoever keeps its rows: the same tables with the same columns in the same order, spaces by their ids. It is what is carried from
//! one store to another, and what the two are compared by.
//!
//! What a store keeps for its own speed alone is no part of it: numbers of spaces, the list of names, and how far it goes.

use super::StoreError;

/// A table, as PostgreSQL names it.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [(&'static str, Kind)],
    /// Its rows in SQLite: these columns, in this order, `?1` being the greatest sequence number.
    pub(super) in_sqlite: &'static str,
    /// The columns that both put its rows in order by.
    pub(super) order: &'static str,
}

/// What a column holds, as PostgreSQL has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `bytea`.
    Bytes,
    /// `bigint`.
    Number,
    /// `integer`.
    Day,
    /// `smallint`.
    Side,
    /// `boolean`; 0 or 1.
    Flag,
}

/// A value of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Nothing,
    Number(i64),
    Bytes(&'a [u8]),
}

use Kind::{Bytes, Day, Flag, Number, Side};

/// Every table but the relay's own row.
pub(super) const TABLES: [Table; 15] = [
    Table {
        name: "space",
        columns: &[
            ("id", Bytes),
            ("n", Number),
            ("chain", Bytes),
            ("epoch", Number),
            ("access_version", Number),
            ("closed", Flag),
            ("bytes_0", Number),
            ("bytes_1", Number),
            ("closes_ms", Number),
            ("closed_day", Day),
        ],
        in_sqlite:
            "SELECT id, n, chain, epoch, access_version, closed, bytes_0, bytes_1, closes_ms, closed_day FROM space
            WHERE ?1 > 0 ORDER BY id",
        order: "id",
    },
    Table {
        name: "closing_keep",
        columns: &[("space", Bytes), ("slot", Bytes)],
        in_sqlite: "SELECT id, slot FROM space CROSS JOIN closing_keep ON space_no = no WHERE ?1 > 0 ORDER BY id, slot",
        order: "space, slot",
    },
    Table {
        name: "access",
        columns: &[("space", Bytes), ("key", Bytes), ("side", Side), ("administer", Flag)],
        in_sqlite: "SELECT id, key, side, administer FROM space CROSS JOIN access ON space_no = no WHERE ?1 > 0 ORDER BY id, key",
        order: "space, key",
    },
    Table {
        name: "ack",
        columns: &[("space", Bytes), ("key", Bytes), ("n", Number), ("day", Day)],
        in_sqlite: "SELECT id, key, ack.n, day FROM space CROSS JOIN ack ON space_no = no WHERE ?1 > 0 ORDER BY id, key",
        order: "space, key",
    },
    Table {
        name: "log",
        columns: &[
            ("space", Bytes),
            ("seq", Number),
            ("day", Day),
            ("side", Side),
            ("stub", Flag),
            ("record_id", Bytes),
            ("chain", Bytes),
            ("header", Bytes),
            ("body", Bytes),
        ],
        in_sqlite: "SELECT id, key & ?1, day, side, stub, substr(header, 19, 16), log.chain, header, body
            FROM space CROSS JOIN log ON key BETWEEN (no << 40) AND (no << 40) + ?1 ORDER BY id, key",
        order: "space, seq",
    },
    Table {
        name: "kept",
        columns: &[
            ("space", Bytes),
            ("slot", Bytes),
            ("side", Side),
            ("seq", Number),
            ("replaced_day", Day),
            ("expires_day", Day),
        ],
        in_sqlite: "SELECT id, slot, side, seq, replaced_day, expires_day FROM space CROSS JOIN kept ON space_no = no
            WHERE ?1 > 0 ORDER BY id, slot, side, seq",
        order: "space, slot, side, seq",
    },
    Table {
        name: "slot_closed",
        columns: &[("space", Bytes), ("slot", Bytes), ("side", Side), ("seq", Number)],
        in_sqlite: "SELECT id, slot, side, seq FROM space CROSS JOIN slot_closed ON space_no = no
            WHERE ?1 > 0 ORDER BY id, slot, side",
        order: "space, slot, side",
    },
    Table {
        name: "blob",
        columns: &[
            ("space", Bytes),
            ("id", Bytes),
            ("side", Side),
            ("file", Number),
            ("total", Number),
            ("have", Number),
            ("day", Day),
        ],
        in_sqlite: "SELECT space.id, blob.id, side, file, total, have, day FROM space CROSS JOIN blob ON space_no = no
            WHERE ?1 > 0 ORDER BY space.id, blob.id",
        order: "space, id",
    },
    Table {
        name: "blob_hold",
        columns: &[("space", Bytes), ("slot", Bytes), ("side", Side), ("blob", Bytes)],
        in_sqlite: "SELECT id, slot, side, blob FROM space CROSS JOIN blob_hold ON space_no = no
            WHERE ?1 > 0 ORDER BY id, slot, side, blob",
        order: "space, slot, side, blob",
    },
    Table {
        name: "blob_gone",
        columns: &[("file", Number)],
        in_sqlite: "SELECT file FROM blob_gone WHERE ?1 > 0 ORDER BY file",
        order: "file",
    },
    Table {
        name: "gate",
        columns: &[
            ("space", Bytes),
            ("slot", Bytes),
            ("side", Side),
            ("gate", Bytes),
            ("part", Bytes),
            ("expires_day", Day),
        ],
        in_sqlite: "SELECT id, slot, side, gate, part, expires_day FROM space CROSS JOIN gate ON space_no = no
            WHERE ?1 > 0 ORDER BY id, slot, side, gate",
        order: "space, slot, side, gate",
    },
    Table {
        name: "gate_taken",
        columns: &[("space", Bytes), ("slot", Bytes), ("side", Side), ("day", Day)],
        in_sqlite: "SELECT id, slot, side, day FROM space CROSS JOIN gate_taken ON space_no = no
            WHERE ?1 > 0 ORDER BY id, slot, side",
        order: "space, slot, side",
    },
    Table {
        name: "wake",
        columns: &[
            ("space", Bytes),
            ("key", Bytes),
            ("registration", Bytes),
            ("alone", Flag),
            ("day", Day),
            ("sealed", Bytes),
        ],
        in_sqlite: "SELECT id, key, registration, alone, day, sealed FROM space CROSS JOIN wake ON space_no = no
            WHERE ?1 > 0 ORDER BY id, key, registration",
        order: "space, key, registration",
    },
    Table {
        name: "mailbox",
        columns: &[("id", Bytes), ("expires_ms", Number)],
        in_sqlite: "SELECT id, expires_ms FROM mailbox WHERE ?1 > 0 ORDER BY id",
        order: "id",
    },
    Table {
        name: "mailbox_message",
        columns: &[("mailbox", Bytes), ("ix", Day), ("bytes", Bytes)],
        in_sqlite: "SELECT mailbox, ix, bytes FROM mailbox_message WHERE ?1 > 0 ORDER BY mailbox, ix",
        order: "mailbox, ix",
    },
];

/// The tables with rows of spaces, but for the log.
pub(super) fn of_spaces_beside_the_log() -> impl Iterator<Item = &'static str> {
    let of_spaces = TABLES.iter().filter(|table| table.columns[0].0 == "space");
    of_spaces.map(|table| table.name).filter(|name| *name != "log")
}

impl Table {
    /// Its columns, said one after the other.
    pub(super) fn columns_said(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }
}

/// A hash over what a table holds, the same in every store.
pub(super) struct TableHash {
    hasher: blake3::Hasher,
    rows: u64,
}

/// How many rows a table has, and their hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) rows: u64,
    hash: [u8; 32],
}

impl TableHash {
    pub(super) fn new() -> Self {
        Self {
            hasher: blake3::Hasher::new(),
            rows: 0,
        }
    }

    /// Takes up a row: each value with its kind and length, so that no two different rows hash alike.
    pub(super) fn add(&mut self, row: &[Value<'_>]) {
        self.rows += 1;
        for value in row {
            match value {
                Value::Nothing => self.hasher.update(&[0]),
                Value::Number(number) => self.hasher.update(&[1]).update(&number.to_le_bytes()),
                Value::Bytes(bytes) => self
                    .hasher
                    .update(&[2])
                    .update(&(bytes.len() as u64).to_le_bytes())
                    .update(bytes),
            };
        }
    }

    pub(super) fn held(&self) -> Held {
        Held {
            rows: self.rows,
            hash: *self.hasher.finalize().as_bytes(),
        }
    }
}

/// Takes rows as they come.
pub(super) type EachRow<'a> = &'a mut dyn FnMut(&[Value<'_>]) -> Result<(), StoreError>;
