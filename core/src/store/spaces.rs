//! Spaces, their keys and chains, and single values of the vault.

use super::columns::{id, maybe_id};
use super::{StoreError, Tx, View};
use crate::id::RelationshipId;
use cairn_wire::SpaceId;
use rusqlite::{Row, params};
use std::fmt;
use zeroize::Zeroizing;

/// A space, and what this device knows of it.
#[derive(Clone, PartialEq, Eq)]
pub struct SpaceRow {
    /// Its name.
    pub id: SpaceId,
    /// 0 home, 1 support.
    pub kind: u8,
    /// Which side this person has: 0 participant, 1 specialist.
    pub side: u8,
    /// Whether this device may change who has access.
    pub administer: bool,
    /// Where its relay is.
    pub origin: String,
    /// The relay's Ed25519 public key, pinned when the space began.
    pub relay_key: [u8; 32],
    /// Seed of this device's access key here. Secret.
    pub access_seed: [u8; 32],
    /// Key of the names of slots. Secret.
    pub slot_key: [u8; 32],
    /// Incarnation of the relay's store.
    pub incarnation: u32,
    /// The present epoch.
    pub epoch: u32,
    /// Everything up to this number is read, in order.
    pub cursor: u64,
    /// The chain's hash at the cursor.
    pub chain: [u8; 32],
    /// The newest head the relay signed: its count.
    pub head_n: u64,
    /// Its chain hash.
    pub head_chain: [u8; 32],
    /// Its time, in milliseconds, by the relay's clock.
    pub head_time: u64,
    /// Its signature by the relay; zeros where none was seen since this device joined.
    pub head_signature: [u8; 64],
    /// Acknowledged to the relay up to this number.
    pub acked: u64,
    /// The last number this device gave a record of its own.
    pub writer_seq: u64,
    /// Whether the relay has the space.
    pub created: bool,
    /// The relationship it belongs to; none at home.
    pub relationship: Option<RelationshipId>,
    /// Version of the list of access keys.
    pub access_version: u64,
}

impl fmt::Debug for SpaceRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpaceRow")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("incarnation", &self.incarnation)
            .field("epoch", &self.epoch)
            .field("cursor", &self.cursor)
            .field("head_n", &self.head_n)
            .finish_non_exhaustive()
    }
}

macro_rules! space_columns {
    () => {
        "id, kind, side, administer, origin, relay_key, access_seed, slot_key, incarnation, epoch, cursor, chain, \
         head_n, head_chain, head_time, head_signature, acked, writer_seq, created, relationship, access_version"
    };
}

fn space(row: &Row<'_>) -> rusqlite::Result<SpaceRow> {
    Ok(SpaceRow {
        id: id(row, 0, SpaceId::from_bytes)?,
        kind: row.get(1)?,
        side: row.get(2)?,
        administer: row.get(3)?,
        origin: row.get(4)?,
        relay_key: row.get(5)?,
        access_seed: row.get(6)?,
        slot_key: row.get(7)?,
        incarnation: row.get(8)?,
        epoch: row.get(9)?,
        cursor: row.get(10)?,
        chain: row.get(11)?,
        head_n: row.get(12)?,
        head_chain: row.get(13)?,
        head_time: row.get(14)?,
        head_signature: row.get(15)?,
        acked: row.get(16)?,
        writer_seq: row.get(17)?,
        created: row.get(18)?,
        relationship: maybe_id(row, 19, RelationshipId::from_bytes)?,
        access_version: row.get(20)?,
    })
}

impl View<'_> {
    /// One space.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn space(&self, id: SpaceId) -> Result<Option<SpaceRow>, StoreError> {
        self.one(
            concat!("SELECT ", space_columns!(), " FROM space WHERE id = ?1"),
            [id.as_bytes()],
            space,
        )
    }

    /// All spaces: home first, then by id.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn spaces(&self) -> Result<Vec<SpaceRow>, StoreError> {
        self.all(
            concat!("SELECT ", space_columns!(), " FROM space ORDER BY kind, id"),
            [],
            space,
        )
    }

    /// The key of one epoch.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn epoch_key(&self, space: SpaceId, epoch: u32) -> Result<Option<Zeroizing<[u8; 32]>>, StoreError> {
        self.one(
            "SELECT key FROM epoch_key WHERE space = ?1 AND epoch = ?2",
            params![space.as_bytes(), epoch],
            |row| row.get(0).map(Zeroizing::new),
        )
    }

    /// The keys of all epochs that are kept, oldest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    #[allow(
        clippy::type_complexity,
        reason = "an epoch and its key, each kept from lying about in memory"
    )]
    pub fn epoch_keys(&self, space: SpaceId) -> Result<Vec<(u32, Zeroizing<[u8; 32]>)>, StoreError> {
        self.all(
            "SELECT epoch, key FROM epoch_key WHERE space = ?1 ORDER BY epoch",
            [space.as_bytes()],
            |row| Ok((row.get(0)?, Zeroizing::new(row.get(1)?))),
        )
    }

    /// The links of a space's chain, from its genesis.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn links(&self, space: SpaceId) -> Result<Vec<Vec<u8>>, StoreError> {
        self.all(
            "SELECT bytes FROM link WHERE space = ?1 ORDER BY n",
            [space.as_bytes()],
            |row| row.get(0),
        )
    }

    /// The index and the hash of the last link of a space's chain; none where there is none.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn last_link(&self, space: SpaceId) -> Result<Option<(u64, [u8; 32])>, StoreError> {
        self.one(
            "SELECT n, hash FROM link WHERE space = ?1 ORDER BY n DESC LIMIT 1",
            [space.as_bytes()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    /// The value of a name.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.one("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0))
    }

    /// Every name that begins so, with its value.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn metas_beginning(&self, beginning: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.all(BEGINNING, [beginning], |row| Ok((row.get(0)?, row.get(1)?)))
    }
}

/// What begins alike lies together, and is read without the rest: nothing that begins so stands behind the last character there is.
pub(super) const BEGINNING: &str =
    "SELECT name, value FROM meta WHERE name >= ?1 AND name < ?1 || char(1114111) ORDER BY name";

impl Tx<'_> {
    /// Puts a space in the place of the one with its id.
    ///
    /// # Errors
    /// See [`StoreError`]; [`StoreError::Misuse`] for a number of 2^63 and more, which only a hostile relay can name.
    pub fn put_space(&self, row: &SpaceRow) -> Result<(), StoreError> {
        self.run(
            concat!(
                "INSERT OR REPLACE INTO space (",
                space_columns!(),
                ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)"
            ),
            params![
                row.id.as_bytes(),
                row.kind,
                row.side,
                row.administer,
                row.origin,
                row.relay_key,
                row.access_seed,
                row.slot_key,
                row.incarnation,
                row.epoch,
                row.cursor,
                row.chain,
                row.head_n,
                row.head_chain,
                row.head_time,
                row.head_signature,
                row.acked,
                row.writer_seq,
                row.created,
                row.relationship.as_ref().map(RelationshipId::as_bytes),
                row.access_version,
            ],
        )?;
        Ok(())
    }

    /// Removes a space with its keys, its chain and its outbox. Documents and shared views are other rows.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn remove_space(&self, id: SpaceId) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM space WHERE id = ?1",
            "DELETE FROM epoch_key WHERE space = ?1",
            "DELETE FROM link WHERE space = ?1",
            "DELETE FROM outbox WHERE space = ?1",
            "DELETE FROM stretch WHERE space = ?1",
            "DELETE FROM stub WHERE space = ?1",
        ] {
            self.run(sql, [id.as_bytes()])?;
        }
        Ok(())
    }

    /// Keeps the key of an epoch.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn put_epoch_key(&self, space: SpaceId, epoch: u32, key: &[u8; 32]) -> Result<(), StoreError> {
        self.run(
            "INSERT OR REPLACE INTO epoch_key (space, epoch, key) VALUES (?1, ?2, ?3)",
            params![space.as_bytes(), epoch, key],
        )?;
        Ok(())
    }

    /// Destroys the key of an epoch: with [`Store::checkpoint`](super::Store::checkpoint) nothing opens its records here.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn remove_epoch_key(&self, space: SpaceId, epoch: u32) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM epoch_key WHERE space = ?1 AND epoch = ?2",
            params![space.as_bytes(), epoch],
        )?;
        Ok(())
    }

    /// Gives up the links of a space's chain from this index on: the log that held them is lost, and another link was first in the next one.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn give_up_links(&self, space: SpaceId, from: u64) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM link WHERE space = ?1 AND n >= ?2",
            params![space.as_bytes(), from],
        )?;
        Ok(())
    }

    /// Keeps a link of a space's chain at its index.
    ///
    /// # Errors
    /// See [`StoreError`]; [`StoreError::Misuse`] when another link stands at this index.
    pub fn put_link(&self, space: SpaceId, index: u64, hash: &[u8; 32], bytes: &[u8]) -> Result<(), StoreError> {
        let standing = self.one(
            "SELECT hash = ?3 FROM link WHERE space = ?1 AND n = ?2",
            params![space.as_bytes(), index, hash],
            |row| row.get::<_, bool>(0),
        )?;
        match standing {
            Some(true) => return Ok(()),
            Some(false) => return Err(StoreError::Misuse),
            None => {}
        }
        self.run(
            "INSERT INTO link (space, n, hash, bytes) VALUES (?1, ?2, ?3, ?4)",
            params![space.as_bytes(), index, hash, bytes],
        )?;
        Ok(())
    }

    /// Gives a name a value.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn set_meta(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        self.run(
            "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)",
            params![name, value],
        )?;
        Ok(())
    }

    /// Removes a name.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn remove_meta(&self, name: &str) -> Result<(), StoreError> {
        self.run("DELETE FROM meta WHERE name = ?1", [name])?;
        Ok(())
    }
}
