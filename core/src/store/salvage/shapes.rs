//! Which table a row is of: by its columns, because what says so may be what was damaged.
//!
//! Tables whose rows could be taken for those of another, and tables that are made of others, are not here: the relay, or a look at what
//! is here, brings them back.

use super::pages::Found;
use rusqlite::types::Value;

/// What a column holds.
#[derive(Clone, Copy)]
enum Holds {
    /// The number of the row.
    Row,
    /// So many bytes.
    Bytes(usize),
    Blob,
    Int,
    Text,
    Real,
    Any,
    /// Or nothing.
    Maybe(&'static Self),
}

use Holds::{Any, Blob, Bytes, Int, Maybe, Real, Row, Text};

const ID: Holds = Bytes(16);
const HASH: Holds = Bytes(32);

const INT: Holds = Maybe(&Int);
const BLOB: Holds = Maybe(&Blob);
const TEXT: Holds = Maybe(&Text);
const REAL: Holds = Maybe(&Real);

/// A table, its columns in their order.
pub(super) struct Shape {
    pub(super) table: &'static str,
    columns: &'static [Holds],
}

/// Every table that is read row by row. An entry is known by its text, a document by its bytes: the rest follows from them.
pub(super) const SHAPES: &[Shape] = &[
    Shape {
        table: "document",
        columns: &[ID, Int, Int, Int, Int, Int, Int, INT, Int, BLOB, Blob, BLOB],
    },
    Shape {
        table: "entry",
        columns: &[
            Row, ID, Int, Int, Int, Text, Int, Int, Int, Text, INT, Int, Int, REAL, REAL, BLOB, BLOB, INT, INT, Blob,
            Blob, Blob, Blob, TEXT, TEXT, TEXT, BLOB, Text, Text, Blob, Text, TEXT, TEXT, TEXT, Blob,
        ],
    },
    Shape {
        table: "field",
        columns: &[ID, Text, Any],
    },
    Shape {
        table: "field_set",
        columns: &[ID, Blob],
    },
    Shape {
        table: "sibling",
        columns: &[ID, HASH, Int, Int, Int, Int],
    },
    Shape {
        table: "attachment",
        columns: &[ID, HASH, HASH, Int, Int, Int, Int, Int, Int, Int, INT, Int, BLOB],
    },
    Shape {
        table: "quarantine",
        columns: &[HASH, ID, Int, BLOB, BLOB, Int, Int, Blob],
    },
    Shape {
        table: "unverified",
        columns: &[Row, HASH, ID, HASH, HASH, Bytes(64)],
    },
    Shape {
        table: "gone",
        // In this order, so that none looks like the key of an epoch.
        columns: &[ID, Blob, Int],
    },
    Shape {
        table: "closing",
        columns: &[ID, Int, Int, Blob],
    },
    Shape {
        table: "draft",
        columns: &[ID, BLOB, Blob, Int, Int, Blob],
    },
    Shape {
        table: "outbox",
        columns: &[Row, ID, Int, ID, HASH, BLOB, Int, Blob],
    },
    Shape {
        table: "space",
        columns: &[
            ID,
            Int,
            Int,
            Int,
            Text,
            HASH,
            HASH,
            HASH,
            Int,
            Int,
            Int,
            HASH,
            Int,
            HASH,
            Int,
            Bytes(64),
            Int,
            Int,
            Int,
            BLOB,
            Int,
        ],
    },
    Shape {
        table: "epoch_key",
        columns: &[ID, Int, HASH],
    },
    Shape {
        table: "link",
        columns: &[ID, Int, HASH, Blob],
    },
    Shape {
        table: "shared",
        columns: &[ID, ID, ID, ID, Int, Int, Blob],
    },
    Shape {
        table: "shown_profile",
        columns: &[ID, Int, Int, Blob],
    },
    Shape {
        table: "said",
        columns: &[ID, ID, Int, Int, Int, Int, Int, Blob, INT, INT],
    },
    Shape {
        table: "meeting_page",
        columns: &[ID, ID, Int, Int, Int, Blob],
    },
    Shape {
        table: "hold",
        columns: &[ID, ID, Int],
    },
    Shape {
        table: "meta",
        columns: &[Text, Blob],
    },
];

impl Shape {
    /// The table of a row; none where it is of no table that is read.
    pub(super) fn of(found: &Found) -> Option<&'static Self> {
        SHAPES.iter().find(|shape| shape.fits(found))
    }

    /// How many columns it has.
    pub(super) const fn width(&self) -> usize {
        self.columns.len()
    }

    fn fits(&self, found: &Found) -> bool {
        let has_rows = matches!(self.columns.first(), Some(Row));
        has_rows == found.rowid.is_some()
            && self.columns.len() == found.values.len()
            && self
                .columns
                .iter()
                .zip(&found.values)
                .all(|(column, value)| column.holds(value))
    }
}

impl Holds {
    fn holds(self, value: &Value) -> bool {
        match (self, value) {
            (Row, Value::Null)
            | (Maybe(_), Value::Null)
            | (Blob, Value::Blob(_))
            | (Int, Value::Integer(_))
            | (Text, Value::Text(_))
            // A whole number in a column of real ones is kept as an integer.
            | (Real, Value::Real(_) | Value::Integer(_)) => true,
            (Any, value) => !matches!(value, Value::Null),
            (Bytes(length), Value::Blob(bytes)) => bytes.len() == length,
            (Maybe(holds), value) => holds.holds(value),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::*;
    use crate::store::{Store, StoreConfig};

    #[test]
    fn every_shape_has_the_columns_that_the_schema_has() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreConfig::new(directory.path()), &[7; 32]).unwrap();
        for shape in SHAPES {
            let mut statement = store
                .connection()
                .prepare(&format!(
                    "SELECT type, \"notnull\", pk, name FROM pragma_table_info('{}')",
                    shape.table
                ))
                .unwrap();
            let columns: Vec<(String, bool, i64, String)> = statement
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
            assert_eq!(columns.len(), shape.width(), "{}", shape.table);
            for ((kind, not_null, key, name), holds) in columns.iter().zip(shape.columns) {
                let (holds, maybe) = match holds {
                    Maybe(holds) => (**holds, true),
                    holds => (*holds, false),
                };
                let expected = match holds {
                    Row | Int => "INTEGER",
                    Bytes(_) | Blob => "BLOB",
                    Text => "TEXT",
                    Real => "REAL",
                    Any => "ANY",
                    Maybe(_) => unreachable!(),
                };
                assert_eq!(kind, expected, "{}.{name}", shape.table);
                assert_eq!(maybe, !not_null && *key == 0, "{}.{name}", shape.table);
            }
        }
    }
}
