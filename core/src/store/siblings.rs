//! Which records a document's state contains, and whose signatures are still to be checked.

use super::columns::{at_most, id};
use super::{StoreError, Tx, View};
use crate::id::DocumentId;
use cairn_wire::RecordHash;
use rusqlite::params;

/// A record whose state a document contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sibling {
    /// The record.
    pub hash: RecordHash,
    /// Its number in its space.
    pub seq: u64,
    /// Whether no other record of this document contains it.
    pub tip: bool,
    /// Who made it, as [`author_tag`] shortens it; 0 where only its hash was heard of.
    pub author: i64,
    /// The epoch it is sealed under; 0 where only its hash was heard of, or where it is not known to stand in the relay's log.
    pub epoch: u32,
}

/// In the order of `sibling_epoch`, which holds what is left and nothing else: each portion begins where the one before it ended, and nothing is
/// sorted.
const SEALED_BEFORE: &str = "SELECT epoch, document FROM sibling WHERE tip = 1 AND epoch < ?1 \
     AND (epoch, document) > (?2, ?3) \
     AND EXISTS (SELECT 1 FROM document WHERE id = sibling.document AND space IS NULL) \
     ORDER BY epoch, document LIMIT ?4";

/// The first eight bytes of an author's key, little-endian: enough to tell the devices of one person apart.
pub fn author_tag(author: &[u8; 32]) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = *author;
    i64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// A record that was let in before its author's signature was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unverified {
    /// The record.
    pub hash: RecordHash,
    /// The document it became part of.
    pub document: DocumentId,
    /// Who signed it, as it says: an Ed25519 public key.
    pub author: [u8; 32],
    /// What was signed, hashed.
    pub digest: [u8; 32],
    /// The signature.
    pub signature: [u8; 64],
}

impl View<'_> {
    /// The records that a document contains, in the order of their numbers.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn siblings(&self, document: DocumentId) -> Result<Vec<Sibling>, StoreError> {
        self.all(
            "SELECT hash, seq, tip, author, epoch FROM sibling WHERE document = ?1 ORDER BY seq, hash",
            [document.as_bytes()],
            |row| {
                Ok(Sibling {
                    hash: id(row, 0, RecordHash::from_bytes)?,
                    seq: row.get(1)?,
                    tip: row.get(2)?,
                    author: row.get(3)?,
                    epoch: row.get(4)?,
                })
            },
        )
    }

    /// Documents of the home space whose newest states at the relay are not all sealed under this epoch or a later one, each with the epoch
    /// of one that is not, in the order of these: those behind `after`, at most `count`. A document may stand there under several.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn sealed_before(
        &self,
        epoch: u32,
        after: Option<(u32, DocumentId)>,
        count: usize,
    ) -> Result<Vec<(u32, DocumentId)>, StoreError> {
        let (under, document) = after.map_or((-1, Vec::new()), |(under, id)| {
            (i64::from(under), id.as_bytes().to_vec())
        });
        self.all(SEALED_BEFORE, params![epoch, under, document, at_most(count)], |row| {
            Ok((row.get(0)?, id(row, 1, DocumentId::from_bytes)?))
        })
    }

    /// How many documents [`Self::sealed_before`] has to name.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn sealed_before_count(&self, epoch: u32) -> Result<u64, StoreError> {
        self.exactly(
            "SELECT count(DISTINCT document) FROM sibling WHERE tip = 1 AND epoch < ?1 \
             AND EXISTS (SELECT 1 FROM document WHERE id = sibling.document AND space IS NULL)",
            [epoch],
            |row| row.get(0),
        )
    }

    /// Documents that contain a record of this author behind this number of the log that is read now (`is_of_this_log`), or of one before it, each with that record and whether another record that was read
    /// here is not such. One that was only heard of may be anybody's, and nothing of it is here.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn written_after(
        &self,
        author: i64,
        seq: u64,
        is_of_this_log: bool,
    ) -> Result<Vec<(DocumentId, RecordHash, bool)>, StoreError> {
        self.all(
            "SELECT document, hash, EXISTS (SELECT 1 FROM sibling AS other WHERE other.document = sibling.document \
             AND other.author <> 0 AND (other.author <> ?1 OR other.seq <= ?2)) \
             FROM sibling WHERE author = ?1 AND tip = 1 AND CASE WHEN epoch = 0 THEN seq > ?2 AND NOT ?3 ELSE seq > ?2 OR NOT ?3 END",
            params![author, seq, is_of_this_log],
            |row| {
                Ok((
                    id(row, 0, DocumentId::from_bytes)?,
                    id(row, 1, RecordHash::from_bytes)?,
                    row.get(2)?,
                ))
            },
        )
    }

    /// The first signatures that are still to be checked, each with its place, in the order in which they came.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn unverified(&self, count: usize) -> Result<Vec<(i64, Unverified)>, StoreError> {
        self.all(
            "SELECT n, hash, document, author, digest, signature FROM unverified ORDER BY n LIMIT ?1",
            [at_most(count)],
            |row| {
                let unverified = Unverified {
                    hash: id(row, 1, RecordHash::from_bytes)?,
                    document: id(row, 2, DocumentId::from_bytes)?,
                    author: row.get(3)?,
                    digest: row.get(4)?,
                    signature: row.get(5)?,
                };
                Ok((row.get(0)?, unverified))
            },
        )
    }
}

impl Tx<'_> {
    /// Puts the records that a document contains in the place of those it contained.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn set_siblings(&self, document: DocumentId, siblings: &[Sibling]) -> Result<(), StoreError> {
        self.run("DELETE FROM sibling WHERE document = ?1", [document.as_bytes()])?;
        for sibling in siblings {
            self.run(
                "INSERT OR REPLACE INTO sibling (document, hash, seq, tip, author, epoch) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    document.as_bytes(),
                    sibling.hash.as_bytes(),
                    sibling.seq,
                    sibling.tip,
                    sibling.author,
                    sibling.epoch
                ],
            )?;
        }
        Ok(())
    }

    /// Keeps a signature for a later check.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn add_unverified(&self, unverified: &Unverified) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO unverified (hash, document, author, digest, signature) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                unverified.hash.as_bytes(),
                unverified.document.as_bytes(),
                unverified.author,
                unverified.digest,
                unverified.signature
            ],
        )?;
        Ok(())
    }

    /// Forgets the signature at this place: it was checked.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn remove_unverified(&self, place: i64) -> Result<(), StoreError> {
        self.run("DELETE FROM unverified WHERE n = ?1", [place])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
    use super::SEALED_BEFORE;
    use crate::store::{Store, StoreConfig};

    #[test]
    fn what_is_left_to_be_sealed_again_is_looked_up_and_no_table_is_walked() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreConfig::new(folder.path()), &[7; 32]).unwrap();
        let explained = format!("EXPLAIN QUERY PLAN {SEALED_BEFORE}");
        let after: &[u8] = &[];
        let plan: Vec<String> = store
            .view()
            .all(&explained, rusqlite::params![1, 0, after, 1], |row| row.get(3))
            .unwrap();
        assert!(plan.iter().any(|step| step.contains("sibling_epoch")), "{plan:?}");
        assert!(
            !plan
                .iter()
                .any(|step| step.starts_with("SCAN") || step.contains("TEMP B-TREE")),
            "{plan:?}"
        );
    }
}
