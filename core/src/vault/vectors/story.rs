//! The records, sealed one after the other.

use super::{counting, hash_of, home, home_key, persona, phone, support, support_key, tablet};
use crate::clock::Timestamp;
use crate::crypto::{Basis, Device, DeviceChain, KemSecret, LinkHash, SigningKey, SlotKey, import_id};
use crate::document::{Actor, Document, GENESIS_VERSION, SCHEMA};
use crate::id::{DocumentId, EntryId, ShareId};
use crate::journal::{Entry, ImportSource, Unknown, Word};
use crate::moment::Moment;
use crate::record::{self, Kind};
use crate::store::SpaceRow;
use crate::support::{ConsentStop, ShareState};
use crate::vault::devices::{link_document, seen};
use crate::vault::sealing::{Plan, SealedRecord, Sealer};
use cairn_wire::{CLOSES_SLOT, PublicKey, RecordHash, RecordId, Signature, SignedHead};

/// A record of the story, and what it is called.
pub(super) struct Told {
    pub(super) name: &'static str,
    pub(super) is_home: bool,
    pub(super) record: Vec<u8>,
}

/// Seals the story's records one after the other. Where records are kept, the later ones name those, so that another
/// packing of one of them does not make all that follow look changed.
struct Story<'a> {
    home: SpaceRow,
    kept: &'a [Vec<u8>],
    told: Vec<Told>,
}

impl Story<'_> {
    /// Seals the next record; answers the hash that later ones name it by.
    fn tell(&mut self, name: &'static str, author: &SigningKey, writer_seq: u64, plan: Plan) -> RecordHash {
        let support = support();
        let is_home = plan.kind != Kind::ConsentStop;
        let (space, key) = if is_home {
            (&self.home, home_key())
        } else {
            (&support, support_key())
        };
        let number = u8::try_from(self.told.len()).unwrap();
        let names = (RecordId::from_bytes(counting(0x80 + number)), counting(0xa0 + number));
        let sealer = Sealer {
            space,
            author,
            key,
            seen: seen(space),
        };
        let SealedRecord { record_id, hash, bytes } = sealer.seal(plan, writer_seq, names.0, names.1).unwrap();
        assert_eq!((record_id, hash), (names.0, hash_of(&bytes)), "{name}");
        let hash = self.kept.get(self.told.len()).map_or(hash, |kept| hash_of(kept));
        if is_home {
            self.home.cursor += 1;
            let chain = cairn_wire::chain_next(&seen(&self.home).chain, &hash);
            self.home.chain = *chain.as_bytes();
        }
        self.told.push(Told {
            name,
            is_home,
            record: bytes,
        });
        hash
    }
}

/// What the first device had verified, with the relay's head signed by its key.
fn basis_of(home: &SpaceRow) -> Basis {
    let seen = seen(home);
    let mut head = SignedHead {
        space: home.id,
        incarnation: seen.incarnation,
        n: seen.n,
        chain: seen.chain,
        time_ms: 1_790_000_000_000,
        signature: Signature::from_bytes([0; 64]),
    };
    head.signature = SigningKey::from_seed(&counting(0x05)).sign(&head.signed_bytes());
    Basis { seen, head }
}

/// The whole story. Records that are `kept` are named as they were kept.
pub(super) fn story(kept: &[Vec<u8>]) -> Vec<Told> {
    let mut story = Story {
        home: home(),
        kept,
        told: Vec::new(),
    };
    let (phone, tablet) = (phone(), tablet());

    let relay = PublicKey::from_bytes(story.home.relay_key);
    let relay = (story.home.origin.as_str(), relay);
    let first = device(&phone, 0x50, "phone");
    let founded = DeviceChain::found(
        &phone,
        story.home.id,
        first,
        relay,
        seen(&story.home),
        &home_key(),
        None,
    );
    let (chain, genesis) = founded.unwrap();
    let plan = Plan::plain(Kind::DeviceLink, link_document(&chain.tip()), genesis);
    story.tell("the first link of the device chain", &phone, 1, plan);
    let second = device(&tablet, 0x58, "Tablet von Ümit");
    let add = chain.add_device(&phone, second, basis_of(&story.home), None).unwrap();
    let plan = Plan::plain(Kind::DeviceLink, link_document(&LinkHash::of(&add)), add);
    story.tell("a second device", &phone, 2, plan);

    let entry = imported();
    let id = DocumentId::from(entry.id);
    let projection = record::encode_entry(&entry);
    let untouched = Plan {
        projection: projection.clone(),
        ..entry_plan(id)
    };
    let first_change = || Document::genesis_entry(GENESIS_VERSION, id, 4, &projection, &entry).unwrap();
    let of = |document: &Document, merged_upto: u64, parents: &[RecordHash]| Plan {
        heads: document.heads(),
        parents: parents.to_vec(),
        merged_upto,
        projection: record::encode_entry(&document.entry(entry.id).unwrap()),
        document_bytes: Some(document.save().unwrap()),
        ..entry_plan(id)
    };
    let imported = story.tell("an imported entry that nobody has edited", &phone, 3, untouched);

    let mut edited = first_change();
    let body = "Soup, and the short way home. I called nobody.\n\nさみしい, but 🙂. שלום";
    let revised = Entry {
        body: body.to_owned(),
        tags: vec![Word::new("Bus")],
        ..entry.clone()
    };
    assert!(edited.revise(Actor::from_bytes(counting(0x70)), &revised).unwrap());
    let plan = of(&edited, story.home.cursor, &[imported]);
    let by_phone = story.tell("edited", &phone, 4, plan);

    let mut merged = first_change();
    let revised = Entry {
        title: "Tuesday, late".to_owned(),
        feelings: vec![Word::new("calm")],
        ..entry.clone()
    };
    assert!(merged.revise(Actor::from_bytes(counting(0x71)), &revised).unwrap());
    merged.merge(&edited).unwrap();
    let plan = of(&merged, story.home.cursor, &[imported, by_phone]);
    story.tell("edited apart, and merged", &tablet, 1, plan);

    let stop = stop();
    let plan = Plan {
        flags: CLOSES_SLOT,
        ..Plan::plain(Kind::ConsentStop, stop.id.into(), record::encode_stop(&stop))
    };
    story.tell("a stop, which closes its slot", &persona(), 9, plan);
    story.told
}

fn entry_plan(id: DocumentId) -> Plan {
    Plan {
        edition: 4,
        schema: SCHEMA,
        genesis: GENESIS_VERSION,
        ..Plan::plain(Kind::Entry, id, Vec::new())
    }
}

fn device(signing: &SigningKey, start: u8, name: &str) -> Device {
    Device {
        signing: signing.public(),
        kem: KemSecret::from_bytes(counting(start)).public(),
        access: SigningKey::from_seed(&counting(start.wrapping_add(1))).public(),
        name: name.to_owned(),
    }
}

fn imported() -> Entry {
    let (source, source_id) = ("dayone", "8A0B11C2");
    let id = import_id(&SlotKey::from_bytes(home().slot_key), source, source_id);
    Entry {
        title: "Tuesday".to_owned(),
        body: "Soup, and the long way home. I called nobody.\n\nさみしい, but 🙂. שלום".to_owned(),
        happened: Moment::new(Timestamp(1_793_503_800_000), "America/New_York").unwrap(),
        tags: vec![Word::new("Bus"), Word::new("home")],
        feelings: vec![Word::new("tired"), Word::new("Fizzy")],
        import: Some(ImportSource {
            source: source.to_owned(),
            source_id: source_id.to_owned(),
            extra: "{\"weather\":1}".to_owned(),
        }),
        unknown: Unknown::from([(40, vec![0x82, 0x01, 0xf6])]),
        ..Entry::blank(
            EntryId::from(id),
            Moment::new(Timestamp(1_793_600_000_000), "Asia/Tokyo").unwrap(),
        )
    }
}

fn stop() -> ConsentStop {
    ConsentStop {
        id: ShareId::from_bytes(counting(0x60)),
        version: 2,
        state: ShareState::Revoked,
        at: Timestamp(1_795_000_000_000),
    }
}
