//! What goes and what stays, against a model of a few lines: any history of records, acknowledgements, erasures, devices that come and go, days and sweeps.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cairn_wire::message::{AccessAnswer, AccessRequest, AckRequest, AppendAnswer, AppendRequest, OutcomeCode, Side};
use cairn_wire::{CLOSES_SLOT, Header, Token, decode_canonical, encode};
use proptest::prelude::*;

use super::erasing::erase_at;
use crate::Relay;
use crate::clock::DAY_MS;
use crate::limits::{LIVE_DEVICE_DAYS, REPLACED_DAYS_MAX, REPLACED_DAYS_MIN};
use crate::testing::*;

/// Devices that are there from the beginning: two of the participant's, one of the specialist's; and who comes and goes.
const DEVICES: [u8; 3] = [1, 2, 3];
const GUESTS: [u8; 2] = [4, 5];

/// What is done in one group, as under load.
#[derive(Clone, Debug)]
enum Request {
    /// Device, and for each record its slot, how much of the log it has merged in quarters, and days until it expires; none is 0.
    Append(u8, Vec<(u8, u64, u16)>),
    /// Device, and how much of the log it has read, in quarters.
    Ack(u8, u64),
}

#[derive(Clone, Debug)]
enum Step {
    Together(Vec<Request>),
    Erase(u8, u8),
    /// Lets a guest in, or out.
    Guest(u8),
    Days(u64),
    Sweep,
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let device = || prop::sample::select([1_u8, 1, 2, 2, 3, 4, 5].as_slice());
    let expires = prop_oneof![6 => Just(0_u16), 1 => 1..60_u16];
    let records = proptest::collection::vec((0..3_u8, 0..5_u64, expires), 1..5);
    let request = prop_oneof![
        3 => (device(), records).prop_map(|(device, records)| Request::Append(device, records)),
        // Mostly everything, so that something may go at all.
        3 => (device(), prop::sample::select([4_u64, 4, 4, 4, 3, 2, 0].as_slice()))
            .prop_map(|(device, quarters)| Request::Ack(device, quarters)),
    ];
    let step = prop_oneof![
        8 => proptest::collection::vec(request, 1..6).prop_map(Step::Together),
        1 => (0..3_u8, prop::sample::select(DEVICES.as_slice())).prop_map(|(slot, device)| Step::Erase(slot, device)),
        1 => prop::sample::select(GUESTS.as_slice()).prop_map(Step::Guest),
        3 => (1..45_u64).prop_map(Step::Days),
        4 => Just(Step::Sweep),
        1 => Just(Step::Restart),
    ];
    proptest::collection::vec(step, 1..60)
}

struct Known {
    slot: u8,
    side: Side,
    expires_day: u64,
    replaced_day: Option<u64>,
    has_body: bool,
}

#[derive(Default)]
struct Model {
    records: Vec<Known>,
    /// What each device has read, and the day it said so.
    acks: BTreeMap<u8, (u64, u64)>,
    closed: BTreeSet<(u8, Side)>,
    today: u64,
    version: u64,
    names: u32,
}

const fn side_of(device: u8) -> Side {
    if device == 3 {
        Side::Specialist
    } else {
        Side::Participant
    }
}

impl Model {
    fn n(&self) -> u64 {
        self.records.len() as u64
    }

    fn append(&mut self, device: u8, header: &Header, slot: u8) {
        let (side, seq_before) = (side_of(device), self.n());
        for (seq, older) in (1..=seq_before).zip(&mut self.records) {
            if seq <= header.merged_upto && (older.slot, older.side) == (slot, side) {
                older.replaced_day.get_or_insert(self.today);
            }
        }
        self.records.push(Known {
            slot,
            side,
            expires_day: u64::from(header.expires_day),
            replaced_day: None,
            has_body: true,
        });
    }

    fn ack(&mut self, device: u8, n: u64) {
        let ack = self.acks.entry(device).or_default();
        if n >= ack.0 {
            *ack = (n, self.today);
        }
    }

    /// What everybody has read who was here in the last ninety days.
    fn read_by_all(&self) -> u64 {
        let live = self
            .acks
            .values()
            .filter(|(_, day)| day + LIVE_DEVICE_DAYS >= self.today);
        live.map(|(n, _)| *n).min().unwrap_or(0)
    }

    fn sweep(&mut self) {
        let (today, read_by_all) = (self.today, self.read_by_all());
        for (seq, record) in (1..).zip(&mut self.records) {
            let is_over = record.expires_day > 0 && record.expires_day < today;
            let is_replaced = record.replaced_day.is_some_and(|day| {
                let days = today - day;
                days >= REPLACED_DAYS_MAX || (days >= REPLACED_DAYS_MIN && seq <= read_by_all)
            });
            record.has_body &= !is_over && !is_replaced;
        }
    }

    /// The numbers of records that have a body.
    fn bodies(&self) -> Vec<u64> {
        let numbered = (1..).zip(&self.records);
        numbered
            .filter(|(_, record)| record.has_body)
            .map(|(seq, _)| seq)
            .collect()
    }
}

struct Tested {
    relay: Relay,
    tokens: BTreeMap<u8, Token>,
}

impl Tested {
    fn open(dir: &Path, model: &Model) -> Self {
        let relay = relay_in(dir);
        let mut tested = Self {
            relay,
            tokens: BTreeMap::new(),
        };
        tested.sign_in(model);
        tested
    }

    /// Everybody who is there begins another session.
    fn sign_in(&mut self, model: &Model) {
        let session = |device: &u8| {
            let session = begin_session(&self.relay, 1, *device, model.today * DAY_MS);
            (*device, session.unwrap().token)
        };
        self.tokens = model.acks.keys().map(session).collect();
    }

    /// The numbers of records that have a body, at the relay.
    fn bodies(&self, now_ms: u64) -> Vec<u64> {
        let page = read_page(&self.relay, since(self.tokens[&1], 1, 0), 1 << 20, now_ms);
        let whole = page.items.iter().filter(|item| item.record.is_some());
        whole.map(|item| item.seq).collect()
    }
}

/// Carries requests out in one group, at the relay and in the model.
fn together(tested: &Tested, model: &mut Model, requests: &[Request]) {
    let now_ms = model.today * DAY_MS;
    let n = model.n();
    let (mut sent, mut appended) = (Vec::new(), Vec::new());
    for request in requests {
        let (Request::Append(device, _) | Request::Ack(device, _)) = request;
        let Some(token) = tested.tokens.get(device).copied() else {
            continue;
        };
        let space = space_id(1);
        match request {
            Request::Append(device, records) => {
                let mut bytes = Vec::new();
                for (slot, quarters, days) in records {
                    model.names += 1;
                    let header = Header {
                        merged_upto: n * quarters.min(&4) / 4,
                        expires_day: if *days == 0 {
                            0
                        } else {
                            u16::try_from(model.today).unwrap() + days
                        },
                        ..header(1, model.names, *slot)
                    };
                    appended.push((*device, header, *slot));
                    bytes.push(record(header, 80, *slot));
                }
                let records = bytes.iter().map(|record| record.as_slice().into()).collect();
                sent.push(("/v1/append", encode(&AppendRequest { token, space, records })));
            }
            Request::Ack(device, quarters) => {
                let n = n * quarters / 4;
                model.ack(*device, n);
                sent.push(("/v1/ack", encode(&AckRequest { token, space, n })));
            }
        }
    }
    let requests: Vec<_> = sent.iter().map(|(path, body)| (*path, body.as_slice())).collect();
    let answers = tested.relay.handle_group(&requests, now_ms);
    let mut outcomes = Vec::new();
    for ((path, _), answer) in requests.iter().zip(&answers) {
        assert_eq!(answer.status, 200, "{path}");
        if *path == "/v1/append" {
            outcomes.extend(decode_canonical::<AppendAnswer>(&answer.body).unwrap().results);
        }
    }
    for ((device, header, slot), outcome) in appended.iter().zip(outcomes) {
        if model.closed.contains(&(*slot, side_of(*device))) {
            assert_eq!(outcome.code, OutcomeCode::SlotClosed);
        } else {
            model.append(*device, header, *slot);
            assert_eq!(outcome, stored(model.n()));
        }
    }
}

fn erase_slot(tested: &Tested, model: &mut Model, slot: u8, device: u8) {
    model.names += 1;
    let header = Header {
        flags: CLOSES_SLOT,
        ..header(1, model.names, slot)
    };
    let tombstone = record(Header { length: 72, ..header }, 72, slot);
    let now_ms = model.today * DAY_MS;
    let erased = erase_at(&tested.relay, tested.tokens[&device], &tombstone, now_ms);
    let side = side_of(device);
    assert_eq!(erased.is_ok(), model.closed.insert((slot, side)));
    if erased.is_ok() {
        for record in &mut model.records {
            record.has_body &= (record.slot, record.side) != (slot, side);
        }
        model.append(device, &header, slot);
    }
}

fn let_in_or_out(tested: &mut Tested, model: &mut Model, guest: u8) {
    let is_there = model.acks.contains_key(&guest);
    let request = AccessRequest {
        token: tested.tokens[&1],
        space: space_id(1),
        version: model.version,
        add: if is_there {
            vec![]
        } else {
            vec![access(guest, Side::Participant, false)]
        },
        remove: if is_there {
            vec![public(&signing(guest))]
        } else {
            vec![]
        },
        only: None,
    };
    let changed: AccessAnswer = ask(&tested.relay, "access", &request, model.today * DAY_MS).unwrap();
    model.version = changed.version;
    if is_there {
        model.acks.remove(&guest);
    } else {
        model.acks.insert(guest, (0, model.today));
    }
    tested.sign_in(model);
}

/// Runs a history; `spoiled` is done to the store before each sweep. Answers how many bodies went, or at which step relay and model differ.
fn run(steps: &[Step], spoiled: Option<&str>) -> Result<usize, usize> {
    let dir = tempfile::tempdir().unwrap();
    let mut model = Model {
        today: NOW / DAY_MS,
        version: 1,
        ..Model::default()
    };
    model.acks = DEVICES.map(|device| (device, (0, model.today))).into();
    create(&relay_in(dir.path()), 1, NOW);
    let mut tested = Tested::open(dir.path(), &model);
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Together(requests) => together(&tested, &mut model, requests),
            Step::Erase(slot, device) => erase_slot(&tested, &mut model, *slot, *device),
            Step::Guest(guest) => let_in_or_out(&mut tested, &mut model, *guest),
            Step::Days(days) => {
                model.today += days;
                tested.sign_in(&model);
            }
            Step::Sweep => {
                if let Some(sql) = spoiled {
                    tested.relay.0.store.rows().break_with(sql);
                }
                tested.relay.sweep(model.today * DAY_MS).unwrap();
                model.sweep();
            }
            Step::Restart => {
                drop(tested);
                tested = Tested::open(dir.path(), &model);
            }
        }
        if tested.bodies(model.today * DAY_MS) != model.bodies() {
            return Err(number);
        }
    }
    Ok(model.records.len() - model.bodies().len())
}

proptest! {
    // On PostgreSQL each makes a database, and asks it hundreds of times.
    #![proptest_config(ProptestConfig::with_cases(if is_on_postgres() { 8 } else { 64 }))]

    #[test]
    fn what_a_live_device_still_needs_stays_and_what_nobody_needs_goes(steps in steps()) {
        prop_assert!(run(&steps, None).is_ok());
    }
}

/// Two records replaced by a third; one device has not read them.
fn one_has_not_read() -> Vec<Step> {
    let append = |quarters| Request::Append(1, vec![(0, quarters, 0)]);
    vec![
        Step::Together(vec![append(0), append(0)]),
        Step::Together(vec![append(4)]),
        Step::Together(vec![Request::Ack(1, 4), Request::Ack(3, 4)]),
        Step::Days(40),
        Step::Sweep,
    ]
}

#[test]
fn a_sweep_that_forgets_a_device_or_a_day_is_found_out() {
    let mut steps = one_has_not_read();
    assert_eq!(run(&steps, None), Ok(0));
    for spoiled in ["DELETE FROM ack WHERE n = 0", "UPDATE ack SET n = 3"] {
        assert_eq!(run(&steps, Some(spoiled)), Err(4), "{spoiled}");
    }
    // Once all of them have read, on the other hand, both go, and neither a day earlier.
    steps.insert(3, Step::Together(vec![Request::Ack(2, 4)]));
    assert_eq!(run(&steps, None), Ok(2));
    steps[4] = Step::Days(29);
    assert_eq!(run(&steps, None), Ok(0));
    // The first sweep of SQLite brings the table up, the second goes by it.
    steps.insert(5, Step::Sweep);
    let earlier = "UPDATE kept SET replaced_day = replaced_day - 1";
    assert!(run(&steps, Some(earlier)).is_err());
}
