//! What a relay lets whom do: every operation of the wire, tried by each of the two in the space of both, by the specialist in the participant's home space, and by
//! nobody that was let in.

use super::asking::{Asks, stranger};
use cairn_core::store::SpaceRow;
use cairn_core::sync::SyncError;
use cairn_tests::{Device, RawSession, Two};
use cairn_wire::message::{BlobOp, GateOp, RefusalCode};
use cairn_wire::{GatePart, SlotId, Token};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use syn::visit::{self, Visit};

/// What a relay answers: whether something is there, for what looks at something; false for everything else that it does.
pub(super) type Answer = Result<bool, SyncError>;

/// It does that, or shows that nothing is there.
const DONE: Answer = Ok(false);
/// It shows that something is there.
const THERE: Answer = Ok(true);
/// It does not know whoever asks here, or not as one who may do this.
const NOT_LET_IN: Answer = Err(SyncError::NotAuthorised);
/// What stands under that name is another's, or was there before.
const TAKEN: Answer = Err(SyncError::Refused(RefusalCode::Conflict));

/// Every operation, and what is answered to one of the two in the space of both, under the names of what is the other's there: to the participant, whose devices
/// administer it, and to the specialist. Records, gates and slots are each side's own, so that one does there what they like and touches nothing of the other's; a blob is one in
/// the whole space, and whoever did not put it neither takes its place nor takes it away. Whoever was not let in is answered nothing but [`IS_ANYBODYS`].
const OPERATIONS: [(&str, [Answer; 2]); 26] = [
    ("access", [DONE, NOT_LET_IN]),
    ("ack", [DONE; 2]),
    ("append", [DONE; 2]),
    ("blob.put", [TAKEN; 2]),
    ("blob.read", [THERE; 2]),
    ("blob.release", [NOT_LET_IN; 2]),
    ("blob.stat", [THERE; 2]),
    ("challenge", [DONE; 2]),
    ("epoch", [DONE, NOT_LET_IN]),
    ("erase", [DONE; 2]),
    ("gate.drop", [DONE; 2]),
    // One looks at one's own gates, and takes what is behind the other's.
    ("gate.look", [DONE; 2]),
    ("gate.put", [THERE; 2]),
    ("gate.take", [THERE; 2]),
    ("mailbox.close", [DONE; 2]),
    ("mailbox.post", [DONE; 2]),
    ("mailbox.read", [THERE; 2]),
    ("read", [THERE; 2]),
    // Whoever is let in rings, and is told nothing of who hears it.
    ("ring", [DONE; 2]),
    ("session", [DONE; 2]),
    ("space.close", [DONE, NOT_LET_IN]),
    // Whoever administers a space that is there is told how it stands.
    ("space.create", [DONE, TAKEN]),
    ("space.stay", [DONE, NOT_LET_IN]),
    // One's own registrations alone.
    ("wake.drop", [DONE; 2]),
    ("wake.look", [DONE; 2]),
    ("wake.put", [DONE; 2]),
];

/// What whoever asks is answered, of whatever space: it reaches nothing of one.
const IS_ANYBODYS: [&str; 4] = ["challenge", "mailbox.close", "mailbox.post", "mailbox.read"];

/// The variants of the enums that say what to do.
#[derive(Default)]
struct Ops(Vec<(String, String)>);

impl<'ast> Visit<'ast> for Ops {
    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        if let Some(of) = item.ident.to_string().strip_suffix("Op") {
            let of = of.to_lowercase();
            let names = item.variants.iter().map(|one| one.ident.to_string().to_lowercase());
            self.0.extend(names.map(|name| (of.clone(), name)));
        }
        visit::visit_item_enum(self, item);
    }
}

#[test]
fn every_operation_of_the_wire_has_a_row() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sync-server");
    let mut ops = Ops::default();
    for file in std::fs::read_dir(root.join("wire/src/message")).unwrap().flatten() {
        let text = std::fs::read_to_string(file.path()).unwrap();
        ops.visit_file(&syn::parse_file(&text).unwrap());
    }
    let relay = std::fs::read_to_string(root.join("src/relay/mod.rs")).unwrap();
    let endpoints = relay
        .split("Some(\"")
        .skip(1)
        .filter_map(|rest| rest.split_once("\") =>"));
    let endpoints: BTreeSet<&str> = endpoints.map(|(name, _)| name).collect();
    assert_eq!(endpoints.len(), 14, "the relay's endpoints can be read");
    let mut all = BTreeSet::new();
    for endpoint in endpoints {
        let of = ops.0.iter().filter(|(of, _)| of == endpoint);
        let of: Vec<String> = of.map(|(of, op)| format!("{of}.{op}")).collect();
        match of.is_empty() {
            true => drop(all.insert(endpoint.to_owned())),
            false => all.extend(of),
        }
    }
    let rows: BTreeSet<String> = OPERATIONS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(all, rows);
}

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn spaces(device: &Device) -> [SpaceRow; 2] {
    let all = device.engine.store().view().spaces().unwrap();
    let (support, home): (Vec<_>, Vec<_>) = all.into_iter().partition(|space| space.relationship.is_some());
    [home, support].map(|mut spaces| spaces.remove(0))
}

/// An entry is shown; its slot in the space of the two.
fn with_something_shown(seed: u64) -> (Two, SlotId) {
    let mut two = Two::agreed(seed);
    let entry = two.phone.write("Shown.");
    let share = two.phone.share(two.id, entry);
    two.settle();
    let slot = two.dee.engine.store().view().shared_view(share).unwrap().unwrap().slot;
    (two, SlotId::from_bytes(slot))
}

/// The operations that were not answered as they should be.
fn wrong(tried: Vec<(&'static str, Answer)>, should: impl Fn(&str) -> Option<Answer>) -> Vec<(&'static str, Answer)> {
    let names: BTreeSet<&str> = tried.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        OPERATIONS.iter().map(|(name, _)| *name).collect(),
        "all of them are tried"
    );
    tried
        .into_iter()
        .filter(|(name, answer)| should(name) != Some(*answer))
        .collect()
}

/// `who` of the two, 0 for the participant, does at the relay whatever can be done, under the names of what the other has there.
fn does_everything(who: usize, seed: u64) {
    let (two, shown) = with_something_shown(seed);
    // A slot in which whoever does all that has nothing: what goes with it is the other's.
    let slot = [SlotId::from_bytes([3; 16]), shown][who];
    let rows = [&two.phone, &two.dee].map(|device| spaces(device)[1].clone());
    let (own, others) = (Asks::of(&two.world, &rows[who]), Asks::of(&two.world, &rows[1 - who]));
    // The other has something of every kind in that slot.
    others.append(slot, 0xb0, 0).unwrap();
    assert_eq!(others.blob(BlobOp::Put, Some(slot)), THERE);
    assert!(others.gate(GateOp::Put, slot, 1).unwrap().is_there);
    let before = others.bodies();
    let tried = own.everything(slot, own.count());
    let table: BTreeMap<&str, [Answer; 2]> = OPERATIONS.into_iter().collect();
    assert_eq!(wrong(tried, |name| Some(table[name][who])), []);
    // The slot is closed by now and everything in it replaced, for one's own side.
    assert_eq!(
        own.gate(GateOp::Put, slot, 2),
        Err(SyncError::Refused(RefusalCode::SlotClosed))
    );
    two.world.sweep();
    two.world.clock.advance_ms(40 * DAY_MS);
    two.world.sweep();
    let (own, others) = (Asks::of(&two.world, &rows[who]), Asks::of(&two.world, &rows[1 - who]));
    let after = others.bodies();
    let is_left = before.iter().all(|record| after.contains(record));
    assert!(is_left, "every record is whole as it was");
    assert_eq!(others.blob(BlobOp::Stat, None), THERE);
    // That it was taken is noted, and what was put before is what is taken.
    let gate = others.gate(GateOp::Look, slot, 0).unwrap();
    assert!(gate.is_there && gate.taken_day.is_some());
    assert_eq!(
        own.gate(GateOp::Take, slot, 0).unwrap().part,
        Some(GatePart::from_bytes([1; 32]))
    );
}

#[test]
fn a_specialist_does_at_the_relay_what_is_theirs_and_nothing_to_what_is_the_participants() {
    does_everything(1, 1);
}

#[test]
fn a_participant_administers_the_space_of_the_two_and_does_nothing_to_what_is_the_specialists() {
    does_everything(0, 3);
}

#[test]
fn a_specialist_and_whoever_was_not_let_in_do_nothing_in_a_participants_spaces() {
    let (two, slot) = with_something_shown(2);
    let [home, space] = spaces(&two.phone);
    let hers = spaces(&two.dee)[1].clone();
    let of_specialist = Asks {
        space: &home,
        ..Asks::of(&two.world, &hers)
    };
    let of_stranger = |space| Asks {
        world: &two.world,
        space,
        token: Token::from_bytes([1; 32]),
        key: stranger(),
    };
    for (asks, row) in [
        (of_specialist, &home),
        (of_stranger(&home), &home),
        (of_stranger(&space), &space),
    ] {
        let own = Asks::of(&two.world, row);
        let before = own.bodies();
        let tried = asks.everything(slot, own.count());
        let table: BTreeMap<&str, [Answer; 2]> = OPERATIONS.into_iter().collect();
        let should = |name: &str| match (name, IS_ANYBODYS.contains(&name)) {
            (name, true) => Some(table[name][1]),
            ("space.create", _) => Some(TAKEN),
            _ => Some(NOT_LET_IN),
        };
        assert_eq!(wrong(tried, should), []);
        assert_eq!(own.bodies(), before);
    }
    assert!(RawSession::try_begin(&two.world, space.id, &stranger()).is_none());
}
