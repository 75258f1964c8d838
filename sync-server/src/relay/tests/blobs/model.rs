//! Blobs against a model of a few lines: any history of puts, reads, releases, erasures, sweeps and restarts.

use cairn_wire::message::RefusalCode;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::RelayConfig;
use crate::clock::DAY_MS;
use crate::limits::{BLOB_HOLD_BYTES, UNFINISHED_BLOB_DAYS};

/// Room for three or four blobs of a side.
const BYTES_MAX: u64 = 20_000;

/// What a tombstone of the tests counts for: header and body.
const TOMBSTONE_BYTES: u64 = 144;

#[derive(Clone, Debug)]
enum Step {
    /// Blob, slot, side, length by number, offset by number, length of the part, what it holds.
    Put(u8, u8, usize, u8, u8, usize, u8),
    Read(u8, usize, u64, u32),
    Release(u8, u8, usize),
    Erase(u8, usize),
    Days(u64),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0..4u8, 0..3u8, 0..2usize, 0..8u8, 0..6u8, 0..900usize, any::<u8>())
            .prop_map(|(blob, slot, side, length, offset, part, fill)| Step::Put(blob, slot, side, length, offset, part, fill)),
        3 => (0..4u8, 0..2usize, 0..2_500u64, 0..2_500u32)
            .prop_map(|(blob, side, offset, max)| Step::Read(blob, side, offset, max)),
        2 => (0..4u8, 0..3u8, 0..2usize).prop_map(|(blob, slot, side)| Step::Release(blob, slot, side)),
        1 => (0..3u8, 0..2usize).prop_map(|(slot, side)| Step::Erase(slot, side)),
        1 => (1..5u64).prop_map(Step::Days),
        1 => Just(Step::Restart),
    ];
    proptest::collection::vec(step, 1..50)
}

struct Blob {
    side: usize,
    total: usize,
    bytes: Vec<u8>,
    slots: BTreeSet<u8>,
    day: u64,
}

impl Blob {
    fn stands(&self) -> Stands {
        let have = self.bytes.len();
        (have as u64, self.total as u64, have == self.total)
    }

    fn counts(&self) -> u64 {
        self.total as u64 + BLOB_HOLD_BYTES * self.slots.len() as u64
    }
}

#[derive(Default)]
struct Model {
    blobs: BTreeMap<u8, Blob>,
    closed: BTreeSet<(u8, usize)>,
    tombstones: [u64; 2],
    day: u64,
}

impl Model {
    fn used(&self, side: usize) -> u64 {
        let blobs = self.blobs.values().filter(|blob| blob.side == side);
        blobs.map(Blob::counts).sum::<u64>() + TOMBSTONE_BYTES * self.tombstones[side]
    }

    fn stands(&self, blob: u8) -> Stands {
        self.blobs.get(&blob).map_or(NONE, Blob::stands)
    }

    fn put(
        &mut self,
        blob: u8,
        slot: u8,
        side: usize,
        total: usize,
        offset: usize,
        part: &[u8],
    ) -> Result<Stands, Refusal> {
        let known = self.blobs.get(&blob);
        if known.is_some_and(|known| known.side != side || known.total != total) {
            return Err(refused(RefusalCode::Conflict));
        }
        if self.closed.contains(&(slot, side)) {
            return Err(refused(RefusalCode::SlotClosed));
        }
        let have = known.map_or(0, |known| known.bytes.len());
        if offset > have {
            return Ok(self.stands(blob));
        }
        let held = known.is_some_and(|known| known.slots.contains(&slot));
        let more = if held { 0 } else { BLOB_HOLD_BYTES } + if known.is_some() { 0 } else { total as u64 };
        if more > 0 && self.used(side) + more > BYTES_MAX {
            return Err(Refusal::with(RefusalCode::OverQuota, BYTES_MAX));
        }
        let day = self.day;
        let there = self.blobs.entry(blob).or_insert_with(|| Blob {
            side,
            total,
            bytes: vec![],
            slots: BTreeSet::new(),
            day,
        });
        there.slots.insert(slot);
        if let Some(new) = part.get(have - offset..).filter(|new| !new.is_empty()) {
            there.bytes.extend_from_slice(new);
            there.day = day;
        }
        Ok(there.stands())
    }

    fn release(&mut self, slot: u8, of: impl Fn(u8, &Blob) -> bool) {
        self.blobs.retain(|name, blob| {
            let let_go = of(*name, blob) && blob.slots.remove(&slot);
            !(let_go && blob.slots.is_empty())
        });
    }
}

/// The relay under test, and who is signed in to it.
struct Tested {
    relay: Relay,
    tokens: [Token; 2],
}

fn open(dir: &Path, now: u64) -> Tested {
    let mut config = RelayConfig::new(store_in(dir), ORIGIN);
    config.limits.space_bytes_max = BYTES_MAX;
    let relay = Relay::open(&config, counted_entropy()).unwrap();
    create(&relay, 1, now);
    let tokens = sign_in(&relay, now);
    Tested { relay, tokens }
}

fn sign_in(relay: &Relay, now: u64) -> [Token; 2] {
    [1, 3].map(|key| begin_session(relay, 1, key, now).unwrap().token)
}

fn run(steps: &[Step]) {
    let dir = tempfile::tempdir().unwrap();
    let mut model = Model::default();
    let mut tested = open(dir.path(), NOW);
    for (number, step) in steps.iter().enumerate() {
        let now = NOW + model.day * DAY_MS;
        let before = tested.relay.digest().unwrap();
        let Tested { relay, tokens } = &mut tested;
        match *step {
            Step::Put(blob, slot, side, length, offset, len, fill) => {
                // Mostly the blob's own length, and offsets about where it stands.
                let total = if length == 0 {
                    1_000
                } else {
                    600 + 500 * usize::from(blob)
                };
                let have = model.blobs.get(&blob).map_or(0, |blob| blob.bytes.len());
                let offset = [0, have / 2, have, have, have, have + 1][usize::from(offset)].min(total);
                let bytes = vec![fill; len.min(total - offset)];
                let mut whole = vec![0; total];
                whole[offset..offset + bytes.len()].copy_from_slice(&bytes);
                let request = part(tokens[side], blob, slot, &whole, offset, offset + bytes.len());
                let answered = send(relay, &request, now).map(|(stands, _)| stands);
                let expected = model.put(blob, slot, side, total, offset, &bytes);
                assert_eq!(answered, expected, "step {number}");
                if expected.is_err() {
                    assert_eq!(relay.digest().unwrap(), before, "refused and changed, step {number}");
                }
            }
            Step::Read(blob, side, offset, max) => {
                let bytes = read(relay, tokens[side], blob, offset, max, now);
                let stands = send(relay, &request(tokens[side], BlobOp::Stat, blob), now).unwrap().0;
                assert_eq!(stands, model.stands(blob), "step {number}");
                let whole = model
                    .blobs
                    .get(&blob)
                    .filter(|blob| blob.stands().2)
                    .map(|blob| blob.bytes.as_slice());
                let from = usize::try_from(offset).unwrap();
                let wanted = whole.and_then(|whole| whole.get(from..)).unwrap_or_default();
                let expected = &wanted[..wanted.len().min(usize::try_from(max).unwrap())];
                assert_eq!(bytes, expected, "step {number}");
                assert_eq!(relay.digest().unwrap(), before);
            }
            Step::Release(blob, slot, side) => {
                let answered = send(relay, &release(tokens[side], blob, slot), now).map(|(stands, _)| stands);
                if model.blobs.get(&blob).is_some_and(|blob| blob.side != side) {
                    assert_eq!(answered, Err(refused(RefusalCode::NotAuthorised)), "step {number}");
                } else {
                    model.release(slot, |name, _| name == blob);
                    assert_eq!(answered, Ok(model.stands(blob)), "step {number}");
                }
            }
            Step::Erase(slot, side) => {
                let id = u32::try_from(number).unwrap();
                let erased = closes(relay, tokens[side], &tombstone(id, slot));
                assert_eq!(erased, model.closed.insert((slot, side)), "step {number}");
                if erased {
                    model.tombstones[side] += 1;
                    model.release(slot, |_, blob| blob.side == side);
                }
            }
            Step::Days(days) => {
                model.day += days;
                let now = NOW + model.day * DAY_MS;
                relay.sweep(now).unwrap();
                let today = model.day;
                model
                    .blobs
                    .retain(|_, blob| blob.stands().2 || today - blob.day <= UNFINISHED_BLOB_DAYS);
                *tokens = sign_in(relay, now);
            }
            Step::Restart => {
                drop(tested);
                tested = open(dir.path(), now);
                assert_eq!(tested.relay.digest().unwrap(), before, "step {number}");
            }
        }
        let lengths: BTreeSet<_> = files(dir.path())
            .iter()
            .map(|file| file.metadata().unwrap().len())
            .collect();
        let expected: BTreeSet<_> = model.blobs.values().map(|blob| blob.stands().0).collect();
        assert_eq!(lengths, expected, "step {number}");
        assert_eq!(files(dir.path()).len(), model.blobs.len(), "step {number}");
    }
}

/// Erases; whether the slot was open.
fn closes(relay: &Relay, token: Token, record: &[u8]) -> bool {
    match erase(relay, token, record) {
        Ok(_) => true,
        Err(refusal) => {
            assert_eq!(refusal, refused(RefusalCode::SlotClosed));
            false
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_history_of_blobs_goes_as_the_model_says(steps in steps()) {
        run(&steps);
    }
}
