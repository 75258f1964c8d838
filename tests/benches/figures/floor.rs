//! The least a device has to do: seal or open a record, and one durable commit of what it says.
//!
//! One table with the row of an entry and an index to list it by, one outbox with sealed bytes, one full-text index of the same kind as
//! ours (without it, other searches would be possible). No documents, no siblings, no words by themselves, no page looked at twice.

use crate::Result;
use crate::journal::KEY;
use automerge::transaction::Transactable as _;
use automerge::{Automerge, LoadOptions, ObjType, ROOT, ReadDoc as _, SaveOptions, TextEncoding, Value};
use cairn_core::journal::Draft;
use cairn_core::record::Kind;
use cairn_wire::{HEADER_BYTES, Header, Record, RecordId, SlotId, SpaceId};
use chacha20poly1305::aead::AeadInOut as _;
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};
use ed25519_dalek::{Signer as _, SigningKey};
use minicbor::Decoder;
use rusqlite::{Connection, params};
use std::path::Path;
use zstd::bulk::{Compressor, Decompressor};

/// Bytes of a record's inside before its content: suite, kind, author, numbers, head, document, no heads, no parents.
const FRONT_BYTES: usize = 113;
const SIGNATURE_BYTES: usize = 64;
/// Bytes that an inside is padded to at least.
const INSIDE_BYTES_MIN: usize = 1024;
/// Room for one entry unpacked.
const CONTENT_BYTES_MAX: usize = 4 * 1024 * 1024;

const SCHEMA: &str = "
    CREATE TABLE entry (n INTEGER PRIMARY KEY, id BLOB NOT NULL, at INTEGER NOT NULL, zone TEXT NOT NULL, title TEXT NOT NULL,
                        body TEXT NOT NULL, words BLOB NOT NULL, document BLOB) STRICT;
    CREATE INDEX entry_newest ON entry (at DESC);
    CREATE VIRTUAL TABLE entry_text USING fts5 (title, body, content = 'entry', content_rowid = 'n', columnsize = 0,
                                                tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
    CREATE TABLE outbox (n INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;";

/// A device's database and keys, and no more.
pub(crate) struct Floor {
    connection: Connection,
    signing: SigningKey,
    epoch_key: [u8; 32],
    compressor: Compressor<'static>,
    sealed: u64,
}

/// What the floor keeps of an entry.
struct Row<'a> {
    id: [u8; 16],
    at: i64,
    zone: &'a str,
    title: &'a str,
    body: &'a str,
    words: Vec<u8>,
}

impl Floor {
    /// A new database in `folder`, its records under `epoch_key`.
    pub(crate) fn new(folder: &Path, epoch_key: [u8; 32]) -> Result<Self> {
        let connection = Connection::open(folder.join("floor.db"))?;
        let key: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
        connection.pragma_update(None, "key", format!("x'{key}'"))?;
        for (name, value) in [
            ("journal_mode", "WAL"),
            ("synchronous", "FULL"),
            ("temp_store", "MEMORY"),
            ("cache_size", "-8000"),
        ] {
            connection.pragma_update(None, name, value)?;
        }
        connection.execute_batch(SCHEMA)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self {
            connection,
            signing: SigningKey::from_bytes(&[9; 32]),
            epoch_key,
            compressor: Compressor::new(3)?,
            sealed: 0,
        })
    }

    /// Keeps entries that are there before anything is measured.
    pub(crate) fn fill(&mut self, drafts: &[Draft]) -> Result<()> {
        self.connection.prepare_cached("BEGIN")?.execute([])?;
        for draft in drafts {
            let id = self.next_id();
            insert(&self.connection, &row(draft, id))?;
        }
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }

    /// Seals an entry and makes it durable; answers its place.
    pub(crate) fn write(&mut self, draft: &Draft) -> Result<i64> {
        let id = self.next_id();
        let row = row(draft, id);
        let record = self.seal(&row)?;
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let n = insert(&self.connection, &row)?;
        self.push(&record)?;
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(n)
    }

    /// Gives the entry at `n` a document, which is there before anything is measured.
    pub(crate) fn put_document(&mut self, n: i64, body: &str) -> Result<()> {
        let mut document = Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint);
        document
            .transact::<_, _, automerge::AutomergeError>(|change| {
                let text = change.put_object(ROOT, "body", ObjType::Text)?;
                change.splice_text(&text, 0, 0, body)
            })
            .map_err(|failure| failure.error)?;
        let bytes = document.save_with_options(SaveOptions {
            deflate: false,
            retain_orphans: false,
        });
        self.connection
            .prepare_cached("UPDATE entry SET document = ?2 WHERE n = ?1")?
            .execute(params![n, bytes])?;
        Ok(())
    }

    /// Loads the document of the entry at `n`, puts one sentence at `at` in it as one change, seals the entry and makes it durable.
    pub(crate) fn edit(&mut self, n: i64, draft: &Draft, at: usize, sentence: &str) -> Result<()> {
        let mut bytes: Vec<u8> = self
            .connection
            .prepare_cached("SELECT document FROM entry WHERE n = ?1")?
            .query_row([n], |row| row.get(0))?;
        let options = LoadOptions::new().text_encoding(TextEncoding::UnicodeCodePoint);
        let mut document = Automerge::load_with_options(&bytes, options)?;
        let Some((Value::Object(ObjType::Text), text)) = document.get(ROOT, "body")? else {
            return Err("the floor's document has a body".into());
        };
        document
            .transact::<_, _, automerge::AutomergeError>(|change| change.splice_text(&text, at, 0, sentence))
            .map_err(|failure| failure.error)?;
        bytes.extend(
            document
                .get_last_local_change()
                .ok_or("there was a change")?
                .raw_bytes(),
        );
        let id = self.next_id();
        let row = row(draft, id);
        let record = self.seal(&row)?;
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        self.connection
            .prepare_cached(
                "INSERT INTO entry_text (entry_text, rowid, title, body) SELECT 'delete', n, title, body FROM entry WHERE n = ?1",
            )?
            .execute([n])?;
        self.connection
            .prepare_cached("UPDATE entry SET title = ?2, body = ?3, document = ?4 WHERE n = ?1")?
            .execute(params![n, row.title, row.body, bytes])?;
        self.connection
            .prepare_cached("INSERT INTO entry_text (rowid, title, body) VALUES (?1, ?2, ?3)")?
            .execute(params![n, row.title, row.body])?;
        self.push(&record)?;
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }

    /// Opens and keeps one page of records.
    pub(crate) fn keep_page(&self, decompressor: &mut Decompressor<'_>, page: &[Vec<u8>]) -> Result<()> {
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        for record in page {
            if let Some(content) = self.open(decompressor, record)? {
                insert(&self.connection, &decoded(&content)?)?;
            }
        }
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }

    /// Reads the newest rows that FTS5 finds, with their snippets; answers how many.
    pub(crate) fn search(&self, expression: &str, count: usize) -> Result<usize> {
        let mut statement = self.connection.prepare_cached(
            "SELECT entry.id, entry.at, entry.zone, entry.title, entry.body, entry.words, \
             snippet(entry_text, -1, char(2), char(3), '…', 24) \
             FROM entry_text JOIN entry ON entry.n = entry_text.rowid \
             WHERE entry_text MATCH ?1 ORDER BY entry_text.rowid DESC LIMIT ?2",
        )?;
        let rows = statement.query_map(params![expression, i64::try_from(count)?], |row| {
            Ok((
                row.get::<_, Vec<u8>>(0)?,
                row.get::<_, String>(4)?,
                row.get::<_, String>(6)?,
            ))
        })?;
        let found: std::result::Result<Vec<_>, _> = rows.collect();
        Ok(found?.len())
    }

    pub(crate) fn count(&self) -> Result<usize> {
        Ok(self
            .connection
            .query_row("SELECT count(*) FROM entry", [], |row| row.get(0))?)
    }

    fn next_id(&mut self) -> [u8; 16] {
        self.sealed += 1;
        u128::from(self.sealed).to_le_bytes()
    }

    fn push(&self, record: &[u8]) -> Result<()> {
        self.connection
            .prepare_cached("INSERT INTO outbox (record) VALUES (?1)")?
            .execute([record])?;
        Ok(())
    }

    /// Packs, signs and seals: a record of our form, laid out by hand.
    fn seal(&mut self, row: &Row<'_>) -> Result<Vec<u8>> {
        let mut content = Vec::with_capacity(2048);
        for part in [
            row.title.as_bytes(),
            row.body.as_bytes(),
            row.zone.as_bytes(),
            &row.at.to_le_bytes(),
            &row.words,
        ] {
            content.extend(u32::try_from(part.len())?.to_le_bytes());
            content.extend(part);
        }
        let frame = self.compressor.compress(&content)?;
        let length = (FRONT_BYTES + SIGNATURE_BYTES + 4 + frame.len()).max(INSIDE_BYTES_MIN);
        let header = Header {
            flags: 0,
            space: SpaceId::from_bytes([1; 16]),
            record_id: RecordId::from_bytes(row.id),
            slot: SlotId::from_bytes(row.id),
            epoch: 1,
            incarnation: 1,
            merged_upto: 0,
            expires_day: 0,
            length: u32::try_from(length + 72)?,
        }
        .encode();
        let front = [1; FRONT_BYTES];
        let digest = blake3::Hasher::new()
            .update(&header)
            .update(&front)
            .update(&frame)
            .finalize();
        let signature = self.signing.sign(digest.as_bytes()).to_bytes();
        let mut nonce = [0; 24];
        nonce[..16].copy_from_slice(&row.id);
        let (key, commitment) = keys(&self.epoch_key, &header, &nonce);
        let mut record = Vec::with_capacity(HEADER_BYTES + 72 + length);
        for part in [
            &header[..],
            &nonce,
            &commitment,
            &front,
            &signature,
            &u32::try_from(frame.len())?.to_le_bytes(),
            &frame,
        ] {
            record.extend(part);
        }
        record.resize(HEADER_BYTES + 56 + length, 0);
        let inside = record.get_mut(HEADER_BYTES + 56..).unwrap_or_default();
        let tag = XChaCha20Poly1305::new((&key).into())
            .encrypt_inout_detached((&nonce).into(), &header, inside.into())
            .map_err(|_| "an inside is not too long")?;
        record.extend(tag);
        Ok(record)
    }

    /// Opens and unpacks the content of an entry's record that a device sealed; none for one that is about something else.
    fn open(&self, decompressor: &mut Decompressor<'_>, record: &[u8]) -> Result<Option<Vec<u8>>> {
        let Record { header_bytes, body, .. } = Record::parse(record)?;
        let (nonce, body) = body.split_first_chunk::<24>().ok_or("a record has a nonce")?;
        let (commitment, body) = body.split_first_chunk::<32>().ok_or("a record has a commitment")?;
        let (ciphertext, tag) = body.split_last_chunk::<16>().ok_or("a record has a tag")?;
        let (key, expected) = keys(&self.epoch_key, header_bytes, nonce);
        if *commitment != expected {
            return Err("the record is of this key".into());
        }
        let mut inside = ciphertext.to_vec();
        XChaCha20Poly1305::new((&key).into())
            .decrypt_inout_detached(nonce.into(), header_bytes, inside.as_mut_slice().into(), tag.into())
            .map_err(|_| "the record opens")?;
        if inside.get(1) != Some(&Kind::Entry.number()) {
            return Ok(None);
        }
        // No heads and at most a parent or two in what was written once.
        let parents = inside.get(FRONT_BYTES - 2).copied().map_or(0, usize::from);
        let at = FRONT_BYTES + 32 * parents + SIGNATURE_BYTES;
        let rest = inside.get(at..).ok_or("an inside has content")?;
        let (length, rest) = rest.split_first_chunk::<4>().ok_or("content has a length")?;
        let frame = rest
            .get(..u32::from_le_bytes(*length) as usize)
            .ok_or("content is there")?;
        Ok(Some(decompressor.decompress(frame, CONTENT_BYTES_MAX)?))
    }
}

fn keys(epoch_key: &[u8; 32], header: &[u8; HEADER_BYTES], nonce: &[u8; 24]) -> ([u8; 32], [u8; 32]) {
    let mut both = [0; 64];
    blake3::Hasher::new_keyed(epoch_key)
        .update(b"cairn record 1")
        .update(header)
        .update(nonce)
        .finalize_xof()
        .fill(&mut both);
    let (key, commitment) = both.split_at(32);
    (
        key.try_into().unwrap_or([0; 32]),
        commitment.try_into().unwrap_or([0; 32]),
    )
}

fn insert(connection: &Connection, row: &Row<'_>) -> Result<i64> {
    connection
        .prepare_cached("INSERT INTO entry (id, at, zone, title, body, words) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![row.id, row.at, row.zone, row.title, row.body, row.words])?;
    let n = connection.last_insert_rowid();
    connection
        .prepare_cached("INSERT INTO entry_text (rowid, title, body) VALUES (?1, ?2, ?3)")?
        .execute(params![n, row.title, row.body])?;
    Ok(n)
}

fn row(draft: &Draft, id: [u8; 16]) -> Row<'_> {
    let words = draft
        .tags
        .iter()
        .chain(&draft.feelings)
        .flat_map(|word| word.bytes().chain([0]))
        .collect();
    Row {
        id,
        at: draft.happened.at.0,
        zone: &draft.happened.zone,
        title: &draft.title,
        body: &draft.body,
        words,
    }
}

/// Reads the projection of an entry as far as the floor's row goes.
fn decoded(content: &[u8]) -> Result<Row<'_>> {
    let mut outer = Decoder::new(content);
    outer.map()?;
    outer.u8()?;
    let projection = outer.bytes()?;
    let mut row = Row {
        id: [0; 16],
        at: 0,
        zone: "",
        title: "",
        body: "",
        words: Vec::new(),
    };
    let mut fields = Decoder::new(projection);
    for _ in 0..fields.map()?.unwrap_or_default() {
        match fields.u64()? {
            0 => row.title = fields.str()?,
            1 => row.body = fields.str()?,
            2 => {
                fields.array()?;
                row.at = fields.i64()?;
                row.zone = fields.str()?;
                fields.skip()?;
                fields.skip()?;
            }
            4 | 5 => {
                let from = fields.position();
                fields.skip()?;
                row.words
                    .extend(projection.get(from..fields.position()).unwrap_or_default());
            }
            _ => fields.skip()?,
        }
    }
    Ok(row)
}
