//! Where the time of `figures` goes: the parts it is made of, one by one, held to nothing.
//!
//! `cargo bench -p cairn-tests --bench parts -- seal` measures those whose name holds the word.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a bench names what it measures and may fail by panicking"
)]

use cairn_core::crypto::{EpochKey, SigningKey, open, seal};
use cairn_core::document::{Actor, Document, GENESIS_VERSION, SCHEMA};
use cairn_core::exchange::SampleJournal;
use cairn_core::id::{DocumentId, EntryId};
use cairn_core::journal::{Entry, EntryQuery, SearchQuery};
use cairn_core::record::{self, Inside, Kind};
use cairn_core::store::{Store, StoreConfig};
use cairn_wire::{ChainHash, Header, RecordId, Seen, SlotId, SpaceId};
use divan::{Bencher, black_box};
use tempfile::TempDir;

/// Entries in the journal that is searched.
const MANY: usize = 10_000;

fn main() {
    divan::main();
}

fn entry() -> Entry {
    let (draft, written) = SampleJournal::new(1, 1).next().unwrap();
    draft.into_entry(EntryId::from_bytes([3; 16]), written).unwrap()
}

fn inside(projection: Vec<u8>) -> Inside {
    Inside {
        kind: Kind::Entry,
        author: [1; 32],
        writer_seq: 1,
        seen: Seen {
            incarnation: 1,
            n: 0,
            chain: ChainHash::from_bytes([0; 32]),
        },
        document: DocumentId::from_bytes([3; 16]),
        edition: 0,
        schema: SCHEMA,
        genesis: GENESIS_VERSION,
        heads: Vec::new(),
        parents: Vec::new(),
        projection,
        document_bytes: None,
    }
}

fn header(length: usize) -> Header {
    Header {
        flags: 0,
        space: SpaceId::from_bytes([1; 16]),
        record_id: RecordId::from_bytes([2; 16]),
        slot: SlotId::from_bytes([3; 16]),
        epoch: 1,
        incarnation: 1,
        merged_upto: 0,
        expires_day: 0,
        length: u32::try_from(length).unwrap(),
    }
}

/// The plaintext of a record that holds an entry.
fn plaintext() -> Vec<u8> {
    let unsigned = inside(record::encode_entry(&entry())).encode().unwrap();
    unsigned.signed([0; 64])
}

#[divan::bench]
fn encode_an_entry(bencher: Bencher<'_, '_>) {
    let entry = entry();
    bencher.bench(|| record::encode_entry(black_box(&entry)));
}

#[divan::bench]
fn lay_out_and_pack_a_record(bencher: Bencher<'_, '_>) {
    let inside = inside(record::encode_entry(&entry()));
    bencher.bench(|| black_box(&inside).encode().unwrap());
}

#[divan::bench]
fn sign(bencher: Bencher<'_, '_>) {
    let key = SigningKey::from_seed(&[9; 32]);
    bencher.bench(|| key.sign(black_box(&[7; 56])));
}

#[divan::bench]
fn verify(bencher: Bencher<'_, '_>) {
    let key = SigningKey::from_seed(&[9; 32]);
    let (public, signature) = (key.public(), key.sign(&[7; 56]));
    bencher.bench(|| cairn_core::crypto::verify(black_box(&public), &[7; 56], &signature).unwrap());
}

#[divan::bench]
fn seal_a_record(bencher: Bencher<'_, '_>) {
    let (key, plaintext) = (EpochKey::from_bytes([5; 32]), plaintext());
    let header = header(plaintext.len() + 72);
    bencher.bench(|| seal(&key, &header, [8; 24], black_box(&plaintext)).unwrap());
}

#[divan::bench]
fn open_and_read_a_record(bencher: Bencher<'_, '_>) {
    let (key, plaintext) = (EpochKey::from_bytes([5; 32]), plaintext());
    let header = header(plaintext.len() + 72);
    let sealed = seal(&key, &header, [8; 24], &plaintext).unwrap();
    bencher.bench(|| {
        let opened = open(&key, black_box(&sealed)).unwrap();
        let parsed = record::parse(&header.encode(), &opened).unwrap();
        record::decode_entry(parsed.inside.document, &parsed.inside.projection).unwrap()
    });
}

/// The first change of an entry: character by character, which is why nobody makes it before the first edit.
#[divan::bench]
fn make_a_document(bencher: Bencher<'_, '_>) {
    let entry = entry();
    let projection = record::encode_entry(&entry);
    let id = DocumentId::from(entry.id);
    bencher.bench(|| Document::genesis_entry(GENESIS_VERSION, id, 0, black_box(&projection), &entry).unwrap());
}

#[divan::bench]
fn load_a_document(bencher: Bencher<'_, '_>) {
    let bytes = document(&entry()).save().unwrap();
    bencher.bench(|| Document::load(black_box(&bytes)).unwrap());
}

#[divan::bench]
fn revise_a_document_and_save_it(bencher: Bencher<'_, '_>) {
    let mut entry = entry();
    let bytes = document(&entry).save().unwrap();
    entry.body.push_str(" And then, of all things, it began to snow.");
    bencher
        .with_inputs(|| Document::load(&bytes).unwrap())
        .bench_values(|mut document| {
            document.revise(Actor::from_bytes([6; 16]), &entry).unwrap();
            document.save().unwrap()
        });
}

fn document(entry: &Entry) -> Document {
    let projection = record::encode_entry(entry);
    Document::genesis_entry(GENESIS_VERSION, DocumentId::from(entry.id), 0, &projection, entry).unwrap()
}

/// A database with a whole journal.
fn journal() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&StoreConfig::new(folder.path()), &[7; 32]).unwrap();
    let written = store.write(|tx| {
        for (number, (draft, written)) in SampleJournal::new(1, MANY).enumerate() {
            let id = EntryId::from_bytes(u128::try_from(number).unwrap().to_be_bytes());
            tx.put_entry(&draft.into_entry(id, written).unwrap())?;
        }
        Ok::<_, cairn_core::store::StoreError>(())
    });
    written.unwrap();
    (folder, store)
}

#[divan::bench]
fn list_the_newest_50_of_10_000(bencher: Bencher<'_, '_>) {
    let (_folder, store) = journal();
    bencher.bench_local(|| store.view().entries(&EntryQuery::newest(50)).unwrap());
}

#[divan::bench(args = ["kitchen", "the", "sno"])]
fn search_10_000_for_50(bencher: Bencher<'_, '_>, words: &str) {
    let (_folder, store) = journal();
    let query = SearchQuery::newest(words, 50);
    bencher.bench_local(|| store.view().search(black_box(&query)).unwrap());
}
