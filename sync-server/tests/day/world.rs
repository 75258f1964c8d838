//! What the relay has acknowledged, and what may be there besides: what was sent, and whose answer was lost.
//!
//! Everything is noted as sent before it leaves, and as acknowledged when the answer has come.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use cairn_wire::message::{Access, Side};
use cairn_wire::{
    BlobId, ChainHash, HEADER_BYTES, Header, PublicKey, RecordHash, RecordId, SignedHead, SlotId, SpaceId, record_hash,
};
use ed25519_dalek::{SigningKey, VerifyingKey};

use crate::dice::{Dice, bytes_of};
use crate::time::{BEGINS_MS, DAY_MS, DayClock};

/// Devices, each a thread: the last is the specialist's.
pub(crate) const DEVICES: u8 = 5;

/// Slots of a side that are open at once.
const SLOTS: usize = 8;

/// What is done before the clock goes on.
const STRIDE: u64 = 10;

pub(crate) fn signing(device: u8) -> SigningKey {
    SigningKey::from_bytes(&[device + 1; 32])
}

pub(crate) fn public(key: &SigningKey) -> PublicKey {
    PublicKey::from_bytes(key.verifying_key().to_bytes())
}

/// The side a device writes for.
pub(crate) const fn side_of(device: u8) -> Side {
    if device + 1 == DEVICES {
        Side::Specialist
    } else {
        Side::Participant
    }
}

/// Who may use a space when it begins; the first two administer.
pub(crate) fn everybody() -> Vec<Access> {
    let access = |device| Access {
        key: public(&signing(device)),
        side: side_of(device),
        administer: device < 2,
    };
    (0..DEVICES).map(access).collect()
}

/// A record that left a device.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) header: Header,
    pub(crate) hash: RecordHash,
    pub(crate) side: Side,
    /// When it left first.
    pub(crate) day: u64,
}

/// The bytes of a record with this header: its body is what its id stands for.
pub(crate) fn record_of(header: &Header) -> Vec<u8> {
    let mut record = header.encode().to_vec();
    assert_eq!(record.len(), HEADER_BYTES);
    record.extend(bytes_of(header.record_id.as_bytes(), header.length as usize));
    record
}

/// A blob that left a device, in part or whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlobSent {
    pub(crate) side: Side,
    pub(crate) slot: SlotId,
    pub(crate) total: u64,
    /// Bytes that were acknowledged.
    pub(crate) have: u64,
    /// The day of the part that was acknowledged last.
    pub(crate) day: u64,
    pub(crate) release_sent: bool,
    pub(crate) released: bool,
}

/// Somebody who is let in and out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guest {
    In,
    Out,
    /// The answer was lost, and the next one could not tell.
    Unknown,
}

/// What is known of one space.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) sent: BTreeMap<RecordId, Sent>,
    /// Acknowledged, by number.
    pub(crate) stored: BTreeMap<u64, RecordId>,
    /// Refused for good: of these nothing is stored.
    pub(crate) refused: BTreeSet<RecordId>,
    pub(crate) erase_sent: BTreeSet<(SlotId, Side)>,
    /// Receipts, with the number of the tombstone.
    pub(crate) erased: BTreeMap<(SlotId, Side), u64>,
    pub(crate) open_slots: [Vec<SlotId>; 2],
    /// What each device has said that it has read, and what of it was acknowledged.
    pub(crate) acks: BTreeMap<u8, (u64, u64)>,
    pub(crate) epoch: u32,
    pub(crate) access_version: u64,
    pub(crate) guests: BTreeMap<u8, Guest>,
    pub(crate) blobs: BTreeMap<BlobId, BlobSent>,
    /// The chain at every number that a head was seen at.
    pub(crate) heads: BTreeMap<u64, ChainHash>,
    /// What no honest relay does, as it was seen.
    pub(crate) wrong: Vec<String>,
}

/// A space that was begun.
pub(crate) struct Space {
    pub(crate) id: SpaceId,
    pub(crate) facts: Mutex<Facts>,
}

impl Space {
    pub(crate) fn new(id: SpaceId) -> Arc<Self> {
        let mut facts = Facts {
            epoch: 1,
            access_version: 1,
            ..Facts::default()
        };
        for side in 0..2_u8 {
            let slots = (0..SLOTS).map(|n| slot(&id, side, n));
            facts.open_slots[usize::from(side)] = slots.collect();
        }
        let facts = Mutex::new(facts);
        Arc::new(Self { id, facts })
    }

    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut Facts) -> T) -> T {
        look(&mut self.facts.lock().unwrap())
    }

    /// Says that something is wrong.
    pub(crate) fn wrong(&self, what: impl Into<String>) {
        self.with(|facts| facts.wrong.push(what.into()));
    }

    /// Notes a record before it leaves, and answers its bytes.
    pub(crate) fn send(&self, header: &Header, side: Side, day: u64) -> Vec<u8> {
        let record = record_of(header);
        let (head, body) = record.split_first_chunk().unwrap();
        let sent = Sent {
            header: *header,
            hash: record_hash(head, body),
            side,
            day,
        };
        self.with(|facts| facts.sent.insert(header.record_id, sent));
        record
    }

    /// Notes that a record was acknowledged.
    pub(crate) fn stored(&self, seq: u64, id: RecordId) {
        self.with(|facts| {
            if facts.stored.insert(seq, id).is_some_and(|other| other != id) {
                facts.wrong.push(format!("number {seq} was given to two records"));
            }
        });
    }

    /// Notes that a slot is about to be erased, so that nobody chooses it any more.
    pub(crate) fn close(&self, closed: SlotId, side: Side) {
        self.with(|facts| {
            facts.erase_sent.insert((closed, side));
            let fresh = slot(&self.id, side.number(), SLOTS + facts.erase_sent.len());
            let open = &mut facts.open_slots[usize::from(side.number())];
            open.retain(|open| *open != closed);
            open.push(fresh);
        });
    }

    pub(crate) fn some_slot(&self, side: Side, dice: &mut Dice) -> SlotId {
        self.with(|facts| *dice.one_of(&facts.open_slots[usize::from(side.number())]).unwrap())
    }
}

fn slot(space: &SpaceId, side: u8, n: usize) -> SlotId {
    let name = format!("{space:?} {side} {n}");
    SlotId::from_slice(&bytes_of(name.as_bytes(), SlotId::LEN)).unwrap()
}

/// Everything that was begun, and how far the day is.
pub(crate) struct World {
    pub(crate) clock: DayClock,
    pub(crate) seed: u64,
    spaces: Mutex<Vec<Arc<Space>>>,
    relay_key: OnceLock<PublicKey>,
    /// What has been done, and how much of it makes the day.
    done: AtomicU64,
    whole: AtomicU64,
    /// Answers that nothing can be done at this moment.
    pub(crate) unavailable: AtomicU64,
    /// Answers that never came.
    pub(crate) lost: AtomicU64,
}

impl World {
    pub(crate) fn new(clock: DayClock, seed: u64, whole: u64) -> Self {
        Self {
            clock,
            seed,
            spaces: Mutex::default(),
            relay_key: OnceLock::new(),
            done: AtomicU64::new(0),
            whole: AtomicU64::new(whole),
            unavailable: AtomicU64::new(0),
            lost: AtomicU64::new(0),
        }
    }

    pub(crate) fn spaces(&self) -> Vec<Arc<Space>> {
        self.spaces.lock().unwrap().clone()
    }

    pub(crate) fn add(&self, space: Arc<Space>) {
        self.spaces.lock().unwrap().push(space);
    }

    pub(crate) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.done() >= self.whole.load(Ordering::Relaxed)
    }

    /// The day goes on with what is done in it, some minutes at a time: a challenge is good for half a minute.
    pub(crate) fn one_done(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let whole = self.whole.load(Ordering::Relaxed);
        if done.is_multiple_of(STRIDE) || done >= whole {
            self.clock.move_to(BEGINS_MS + DAY_MS * done.min(whole) / whole);
        }
    }

    /// Pins the relay's key, or holds it against the one that was pinned.
    pub(crate) fn is_pinned(&self, key: PublicKey) -> bool {
        *self.relay_key.get_or_init(|| key) == key
    }

    /// Whether these bytes were signed by the relay whose key is pinned.
    pub(crate) fn is_signed(&self, bytes: &[u8], signature: &cairn_wire::Signature) -> bool {
        let key = self.relay_key.get().unwrap();
        let signature = ed25519_dalek::Signature::from_bytes(signature.as_bytes());
        let key = VerifyingKey::from_bytes(key.as_bytes()).unwrap();
        key.verify_strict(bytes, &signature).is_ok()
    }

    /// Takes note of a head that was answered.
    pub(crate) fn witness(&self, space: &Space, head: &SignedHead) {
        if !self.is_signed(&head.signed_bytes(), &head.signature) {
            space.wrong("a head is not signed under the key that was pinned");
        }
        if (head.space, head.incarnation) != (space.id, 1) {
            space.wrong("a head is of another space or incarnation");
        }
        if head.time_ms > self.clock.now_ms() {
            space.wrong("a head is of a time to come");
        }
        space.with(|facts| {
            let before = facts.heads.insert(head.n, head.chain);
            if before.is_some_and(|chain| chain != head.chain) {
                facts.wrong.push(format!("two heads at {} differ", head.n));
            }
        });
    }
}
