//! The vectors in `core/vectors/record_whole.json`: whole records, from the words to the signature, as every later version
//! has to read them.
//!
//! They are one short story. A phone founds a home space and lets a tablet in; an imported entry is kept, edited on the
//! phone, and merged on the tablet with what was edited there; in a support space a share is stopped. Every record names
//! the chain over the records before it, so the story holds together or not at all.
//!
//! `CAIRN_WRITE_VECTORS=1` writes the file anew. What is made is compared with what is kept byte by byte, except where
//! zstd packs the same content in other bytes than it did then: both are read.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod refused;
mod story;

use self::refused::refused;
use self::story::{Told, story};
use super::devices::hex;
use super::receive::{Keys, Received, SetAside, receive};
use crate::crypto::{self, DeviceChain, EpochKey, SigningKey, SlotKey};
use crate::document::{self, Bounds};
use crate::id::EntryId;
use crate::record::{self, Inside};
use crate::store::SpaceRow;
use cairn_wire::{Header, PublicKey, Record, RecordHash, SpaceId};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Once;

/// Bytes that count up: fixed inputs that nobody takes for keys.
fn counting<const N: usize>(start: u8) -> [u8; N] {
    let mut count = start;
    [(); N].map(|()| {
        count = count.wrapping_add(1);
        count
    })
}

fn phone() -> SigningKey {
    SigningKey::from_seed(&counting(0x01))
}

fn tablet() -> SigningKey {
    SigningKey::from_seed(&counting(0x02))
}

fn persona() -> SigningKey {
    SigningKey::from_seed(&counting(0x03))
}

fn stranger() -> SigningKey {
    SigningKey::from_seed(&counting(0x04))
}

fn home_key() -> EpochKey {
    EpochKey::from_bytes(counting(0x10))
}

fn support_key() -> EpochKey {
    EpochKey::from_bytes(counting(0x11))
}

fn space_row(kind: u8, start: u8, incarnation: u32, epoch: u32) -> SpaceRow {
    let id = SpaceId::from_bytes(counting(start));
    SpaceRow {
        id,
        kind,
        side: 0,
        administer: true,
        origin: "https://relay.example".to_owned(),
        relay_key: *SigningKey::from_seed(&counting(0x05)).public().as_bytes(),
        access_seed: counting(0x06),
        slot_key: counting(start.wrapping_add(8)),
        incarnation,
        epoch,
        cursor: 0,
        chain: *cairn_wire::chain_0(&id).as_bytes(),
        head_n: 0,
        head_chain: [0; 32],
        head_time: 0,
        head_signature: [0; 64],
        acked: 0,
        writer_seq: 0,
        created: true,
        relationship: None,
        access_version: 0,
    }
}

fn home() -> SpaceRow {
    space_row(super::engine::HOME, 0x20, 3, 1)
}

fn support() -> SpaceRow {
    space_row(super::engine::SUPPORT, 0x40, 7, 2)
}

fn hash_of(record: &[u8]) -> RecordHash {
    Record::parse(record).unwrap().hash()
}

/// What a device of the space makes of a record: what it received, or the word by which it is set aside.
fn read(is_home: bool, record: &[u8]) -> Result<Received, &'static str> {
    let (space, key) = if is_home {
        (home(), home_key())
    } else {
        (support(), support_key())
    };
    let keys = Keys {
        log: space.incarnation,
        slot_key: SlotKey::from_bytes(space.slot_key),
        epochs: vec![(space.epoch, key)],
        alone: std::collections::BTreeMap::new(),
    };
    let hash = Record::parse(record).map_or(RecordHash::from_bytes([0; 32]), |record| record.hash());
    let received = receive(&keys, space.id, 1, hash, record).map_err(|why| match why {
        SetAside::NoKey => "no_key",
        SetAside::NotOpened => "not_opened",
        SetAside::Misplaced => "misplaced",
        SetAside::Malformed => "malformed",
        _ => "other",
    })?;
    if !authors(is_home).contains(&PublicKey::from_bytes(received.inside.author)) {
        return Err("stranger");
    }
    if received.is_signed() {
        Ok(received)
    } else {
        Err("not_signed")
    }
}

fn authors(is_home: bool) -> Vec<PublicKey> {
    if is_home {
        vec![phone().public(), tablet().public()]
    } else {
        vec![persona().public()]
    }
}

fn space_json(is_home: bool) -> Value {
    let (space, key) = if is_home {
        (home(), home_key())
    } else {
        (support(), support_key())
    };
    json!({
        "space": hex(space.id.as_bytes()),
        "epoch": space.epoch,
        "epoch_key": hex(key.as_bytes()),
        "slot_key": hex(&space.slot_key),
        "authors": authors(is_home).iter().map(|author| hex(author.as_bytes())).collect::<Vec<_>>(),
    })
}

const fn space_name(is_home: bool) -> &'static str {
    if is_home { "home" } else { "support" }
}

/// Everything about a record that its bytes say.
fn told_json(name: &str, is_home: bool, record: &[u8]) -> Value {
    let received = read(is_home, record).unwrap_or_else(|word| panic!("{name}: {word}"));
    let (header, inside) = (received.header, &received.inside);
    json!({
        "name": name,
        "space": space_name(is_home),
        "header": {
            "flags": header.flags,
            "space": hex(header.space.as_bytes()),
            "record_id": hex(header.record_id.as_bytes()),
            "slot": hex(header.slot.as_bytes()),
            "epoch": header.epoch,
            "incarnation": header.incarnation,
            "merged_upto": header.merged_upto,
            "expires_day": header.expires_day,
        },
        "header_bytes": hex(&header.encode()),
        "record": hex(record),
        "record_hash": hex(received.hash.as_bytes()),
        "inside": {
            "kind": inside.kind.number(),
            "author": hex(&inside.author),
            "writer_seq": inside.writer_seq,
            "seen": {
                "incarnation": inside.seen.incarnation,
                "n": inside.seen.n,
                "chain": hex(inside.seen.chain.as_bytes()),
            },
            "document": hex(inside.document.as_bytes()),
            "edition": inside.edition,
            "schema": inside.schema,
            "genesis": inside.genesis,
            "heads": inside.heads.iter().map(|head| hex(head)).collect::<Vec<_>>(),
            "parents": inside.parents.iter().map(|parent| hex(parent.as_bytes())).collect::<Vec<_>>(),
            "signature": hex(&received.signature),
            "projection": hex(&inside.projection),
            "document_bytes": inside.document_bytes.as_deref().map(hex),
        },
    })
}

/// The plaintext of a record of the home space, and where the content begins in it.
fn opened(record: &[u8]) -> (Vec<u8>, usize) {
    let parts = Record::parse(record).unwrap();
    let key = if parts.header.space == home().id {
        home_key()
    } else {
        support_key()
    };
    let plaintext = crypto::open(&key, record).unwrap().to_vec();
    let inside = record::parse(parts.header_bytes, &plaintext).unwrap().inside;
    (plaintext, 113 + 32 * (inside.heads.len() + inside.parents.len()) + 64)
}

/// How `changed` differs from one of the story's records.
fn splice(of: &Told, changed: &[u8]) -> Value {
    let bytes = &of.record;
    let at = bytes.iter().zip(changed).take_while(|(a, b)| a == b).count();
    let (old, new) = (&bytes[at..], &changed[at..]);
    let same_end = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    json!({ "of": of.name, "at": at, "remove": old.len() - same_end, "insert": hex(&new[..new.len() - same_end]) })
}

/// The whole file, from the records alone.
fn file(told: &[Told]) -> Value {
    let edited = told.iter().find(|one| one.name == "edited").unwrap();
    let stop = told.iter().find(|one| !one.is_home).unwrap();
    let refused = refused(&edited.record, &stop.record)
        .into_iter()
        .map(|(name, is_home, bytes, word)| {
            let found = read(is_home, &bytes).err();
            assert_eq!(found, Some(word), "{name}");
            json!({
                "name": name,
                "space": space_name(is_home),
                "record": splice(if bytes[2..18] == stop.record[2..18] { stop } else { edited }, &bytes),
                "refusal": word,
            })
        });
    json!({
        "what": "Whole records, sealed and signed. The home space's are in the order of its log, from its first.",
        "spaces": { "home": space_json(true), "support": space_json(false) },
        "records": told.iter().map(|one| told_json(one.name, one.is_home, &one.record)).collect::<Vec<_>>(),
        "refused": refused.collect::<Vec<_>>(),
    })
}

fn kept() -> Value {
    static WRITTEN: Once = Once::new();
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors/record_whole.json");
    WRITTEN.call_once(|| {
        if std::env::var_os("CAIRN_WRITE_VECTORS").is_some_and(|value| value == "1") {
            let text = serde_json::to_string_pretty(&file(&story(&[]))).unwrap() + "\n";
            std::fs::write(&path, text).unwrap();
        }
    });
    serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap()
}

fn kept_records(kept: &Value) -> Vec<Vec<u8>> {
    let records = kept["records"].as_array().unwrap().iter();
    records
        .map(|one| {
            data_encoding::HEXLOWER
                .decode(one["record"].as_str().unwrap().as_bytes())
                .unwrap()
        })
        .collect()
}

#[test]
fn whole_records_read_as_the_vectors_say() {
    let kept = kept();
    let records = kept_records(&kept);
    let told: Vec<Told> = story(&records)
        .into_iter()
        .zip(&records)
        .map(|(one, record)| Told {
            record: record.clone(),
            ..one
        })
        .collect();
    assert_eq!(told.len(), records.len());
    assert!(
        file(&told) == kept,
        "what the kept bytes say is not what stands beside them"
    );
}

#[test]
fn whole_records_are_sealed_as_the_vectors_say() {
    let records = kept_records(&kept());
    let told = story(&records);
    assert_eq!(told.len(), records.len());
    for (made, kept) in told.iter().zip(&records) {
        let headers = [&made.record, kept].map(|record| Header {
            length: 0,
            ..Record::parse(record).unwrap().header
        });
        assert_eq!(headers[0], headers[1], "{}", made.name);
        let insides: [Inside; 2] = [&made.record, kept].map(|record| read(made.is_home, record).ok().unwrap().inside);
        assert!(insides[0] == insides[1], "{}: another inside", made.name);
        let [(made_plaintext, content), (kept_plaintext, _)] = [&made.record, kept].map(|record| opened(record));
        if made_plaintext[content..] == kept_plaintext[content..] {
            assert!(
                made.record == *kept,
                "{}: the same content in another record",
                made.name
            );
        }
    }
}

#[test]
fn the_documents_of_the_vectors_say_what_their_projections_say() {
    let mut count = 0;
    for record in kept_records(&kept()) {
        let Ok(Received { inside, .. }) = read(true, &record) else {
            continue;
        };
        let Some(bytes) = &inside.document_bytes else {
            continue;
        };
        let document = document::admit(bytes, &inside.heads, &Bounds::default()).unwrap();
        let entry = document.entry(EntryId::from(inside.document)).unwrap();
        assert_eq!(record::encode_entry(&entry), inside.projection);
        count += 1;
    }
    assert_eq!(count, 2);
}

#[test]
fn the_device_chain_of_the_vectors_names_their_authors() {
    let told = story(&kept_records(&kept()));
    let links = told
        .iter()
        .take(2)
        .map(|one| read(true, &one.record).ok().unwrap().inside.projection);
    let links: Vec<Vec<u8>> = links.collect();
    let chain = DeviceChain::verify(links.iter().map(Vec::as_slice)).unwrap();
    assert_eq!(chain.devices().len(), authors(true).len());
    assert!(authors(true).iter().all(|author| chain.device(author).is_some()));
}
