//! What a relay lets whom do: every operation of the wire, tried by the specialist in the space of the two, by the specialist in the participant's home space, and by
//! nobody that was let in.

use cairn_core::crypto::SigningKey;
use cairn_core::store::SpaceRow;
use cairn_core::sync::{Ask, SyncError, Transport as _};
use cairn_tests::{Device, RawSession, Two, World};
use cairn_wire::message::{
    Access, AccessAnswer, AccessRequest, AckAnswer, AckRequest, AppendAnswer, AppendRequest, BlobAnswer, BlobOp,
    BlobRequest, ChallengeAnswer, ChallengeRequest, EpochAnswer, EpochRequest, EraseAnswer, EraseRequest, GateAnswer,
    GateOp, GateRequest, MailboxAnswer, MailboxOp, MailboxRequest, OutcomeCode, ReadAnswer, ReadRequest, ReadSpace,
    RefusalCode, Side, SpaceAnswer, SpaceOp, SpaceRequest,
};
use cairn_wire::{
    BlobId, CLOSES_SLOT, GateId, GatePart, Header, MailboxId, RecordId, Signature, SlotId, SpaceId, Token,
};
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;
use std::path::Path;
use syn::visit::{self, Visit};

/// Who may do it in a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum May {
    /// Whoever asks; it reaches nobody's space.
    Anybody,
    /// Who was let in, of either side.
    Both,
    /// Who was let in, and only what is of their own side.
    OwnSide,
    /// Who administers it: the participant's devices.
    Administers,
    /// Nobody, of a space that is there.
    Nobody,
}

/// Every operation.
const OPERATIONS: [(&str, May); 21] = [
    ("access", May::Administers),
    ("ack", May::Both),
    ("append", May::OwnSide),
    ("blob.put", May::OwnSide),
    ("blob.read", May::Both),
    ("blob.release", May::OwnSide),
    ("blob.stat", May::Both),
    ("challenge", May::Anybody),
    ("epoch", May::Administers),
    ("erase", May::OwnSide),
    ("gate.drop", May::OwnSide),
    ("gate.look", May::OwnSide),
    ("gate.put", May::OwnSide),
    ("gate.take", May::Both),
    ("mailbox.close", May::Anybody),
    ("mailbox.post", May::Anybody),
    ("mailbox.read", May::Anybody),
    ("read", May::Both),
    ("session", May::Both),
    ("space.close", May::Administers),
    ("space.create", May::Nobody),
];
/// The one that takes back what another asked for.
const STAY: (&str, May) = ("space.stay", May::Administers);

fn operations() -> impl Iterator<Item = (&'static str, May)> {
    OPERATIONS.into_iter().chain([STAY])
}

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
    assert_eq!(endpoints.len(), 12, "the relay's endpoints can be read");
    let mut all = BTreeSet::new();
    for endpoint in endpoints {
        let of = ops.0.iter().filter(|(of, _)| of == endpoint);
        let of: Vec<String> = of.map(|(of, op)| format!("{of}.{op}")).collect();
        match of.is_empty() {
            true => drop(all.insert(endpoint.to_owned())),
            false => all.extend(of),
        }
    }
    let rows: BTreeSet<String> = operations().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(all, rows);
}

fn ask<T: Encode<()>, A>(world: &World, path: &'static str, message: &T) -> Result<A, SyncError>
where
    A: for<'b> Decode<'b, ()> + Encode<()>,
{
    Ask::answer(
        &world
            .line()
            .send(&Ask::request(world.origin(), path, message, 0))
            .unwrap(),
    )
}

/// Somebody who asks.
struct Asks<'a> {
    world: &'a World,
    token: Token,
    key: SigningKey,
}

/// A record that opens for nobody, of this slot.
fn record(space: &SpaceRow, slot: SlotId, number: u8, flags: u8, merged_upto: u64) -> Vec<u8> {
    let header = Header {
        flags,
        space: space.id,
        record_id: RecordId::from_bytes([number; 16]),
        slot,
        epoch: space.epoch,
        incarnation: space.incarnation,
        merged_upto,
        expires_day: 0,
        length: 100,
    };
    [&header.encode()[..], &[number; 100]].concat()
}

const BLOB: BlobId = BlobId::from_bytes([5; 32]);

fn blob(token: Token, space: SpaceId, op: BlobOp, slot: Option<SlotId>) -> BlobRequest<'static> {
    let is_put = matches!(op, BlobOp::Put);
    let bytes: &'static [u8] = if is_put { b"sealed" } else { b"" };
    BlobRequest {
        token,
        space,
        op,
        blob: BLOB,
        slot,
        offset: 0,
        total: if is_put { 6 } else { 0 },
        bytes: bytes.into(),
        bytes_max: if matches!(op, BlobOp::Read) { 6 } else { 0 },
    }
}

const GATE: GateId = GateId::from_bytes([9; 16]);

fn gate(token: Token, space: SpaceId, op: GateOp, slot: SlotId, part: u8) -> GateRequest {
    GateRequest {
        token,
        space,
        op,
        slot,
        gate: GATE,
        part: matches!(op, GateOp::Put).then_some(GatePart::from_bytes([part; 32])),
        expires_day: None,
    }
}

fn space_request(asks: &Asks<'_>, space: SpaceId, op: SpaceOp) -> SpaceRequest {
    let is_create = matches!(op, SpaceOp::Create);
    let access = Access {
        key: asks.key.public(),
        side: Side::Participant,
        administer: true,
    };
    let mut request = SpaceRequest {
        op,
        space,
        access: if is_create { vec![access] } else { Vec::new() },
        signature: Signature::from_bytes([0; 64]),
        token: (!is_create).then_some(asks.token),
        keep: None,
        at_ms: None,
        epoch: None,
    };
    if is_create {
        request.signature = asks.key.sign(&request.signed_bytes(asks.world.origin()));
    }
    request
}

/// Everything that can be asked of a space, asked.
fn everything(asks: &Asks<'_>, space: &SpaceRow, slot: SlotId) -> Vec<(&'static str, Result<(), SyncError>)> {
    let (world, token, id) = (asks.world, asks.token, space.id);
    let n = space.head_n;
    let records = vec![record(space, slot, 0xa1, 0, n).into()];
    let append = AppendRequest {
        token,
        space: id,
        records,
    };
    let append = ask::<_, AppendAnswer>(world, "/v1/append", &append).and_then(|answer| match answer.results[0].code {
        OutcomeCode::Stored => Ok(()),
        _ => Err(SyncError::NotAuthorised),
    });
    let read = ReadSpace {
        token,
        space: id,
        since: Some(0),
        until: None,
        slots: None,
    };
    let read = ReadRequest {
        spaces: vec![read],
        bytes_max: 1 << 20,
        wait_ms: 0,
    };
    let answer = world
        .line()
        .send(&Ask::request(world.origin(), "/v1/read", &read, 0))
        .unwrap();
    let read = Ask::answer::<ReadAnswer<'_>>(&answer).and_then(|answer| match answer.pages[0].refusal {
        None => Ok(()),
        Some(_) => Err(SyncError::NotAuthorised),
    });
    let erase = EraseRequest {
        token,
        space: id,
        record: record(space, slot, 0xa2, CLOSES_SLOT, n).into(),
    };
    let epoch = EpochRequest {
        token,
        space: id,
        incarnation: space.incarnation,
        epoch: space.epoch,
        n,
        record: record(space, SlotId::from_bytes([6; 16]), 0xa3, 0, 0).into(),
    };
    let stranger = Access {
        key: SigningKey::from_seed(&[8; 32]).public(),
        side: Side::Participant,
        administer: true,
    };
    let access = |version| AccessRequest {
        token,
        space: id,
        version,
        add: vec![stranger],
        remove: Vec::new(),
        only: None,
    };
    let access: Vec<_> = (0..9)
        .map(|version| ask::<_, AccessAnswer>(world, "/v1/access", &access(version)).map(drop))
        .collect();
    // Whatever version stands, one of them is the one.
    let access = access.iter().copied().find(Result::is_ok).unwrap_or(access[8]);
    let blob_is = |op: BlobOp, slot| {
        let answer = world
            .line()
            .send(&Ask::request(world.origin(), "/v1/blob", &blob(token, id, op, slot), 0));
        Ask::answer::<BlobAnswer<'_>>(&answer.unwrap()).map(drop)
    };
    let gate_is = |op: GateOp, slot| ask::<_, GateAnswer>(world, "/v1/gate", &gate(token, id, op, slot, 2)).map(drop);
    let mailbox = |op: MailboxOp| {
        let is_post = matches!(op, MailboxOp::Post);
        let message = MailboxRequest {
            op,
            mailbox: MailboxId::from_bytes([7; 32]),
            index: 0,
            bytes: is_post.then(|| b"hello".as_slice().into()),
            wait_ms: 0,
            days: None,
        };
        let answer = world
            .line()
            .send(&Ask::request(world.origin(), "/v1/mailbox", &message, 0));
        Ask::answer::<MailboxAnswer<'_>>(&answer.unwrap()).map(drop)
    };
    let session = RawSession::try_begin(world, id, &asks.key).map(drop);
    vec![
        (
            "challenge",
            ask::<_, ChallengeAnswer>(world, "/v1/challenge", &ChallengeRequest { space: id }).map(drop),
        ),
        ("session", session.ok_or(SyncError::NotAuthorised)),
        ("append", append),
        ("read", read),
        (
            "ack",
            ask::<_, AckAnswer>(world, "/v1/ack", &AckRequest { token, space: id, n }).map(drop),
        ),
        ("erase", ask::<_, EraseAnswer>(world, "/v1/erase", &erase).map(drop)),
        ("epoch", ask::<_, EpochAnswer>(world, "/v1/epoch", &epoch).map(drop)),
        ("access", access),
        ("blob.stat", blob_is(BlobOp::Stat, None)),
        ("blob.read", blob_is(BlobOp::Read, None)),
        // A blob is its side's own: another one of the same name is the other side's.
        ("blob.put", blob_is(BlobOp::Put, Some(SlotId::from_bytes([4; 16])))),
        ("blob.release", blob_is(BlobOp::Release, Some(slot))),
        ("gate.take", gate_is(GateOp::Take, slot)),
        ("gate.look", gate_is(GateOp::Look, slot)),
        // A gate is its side's own: another one of the same name is the other side's.
        ("gate.drop", gate_is(GateOp::Drop, slot)),
        // The slot is closed for her side by now: that is her own doing.
        ("gate.put", gate_is(GateOp::Put, SlotId::from_bytes([4; 16]))),
        ("mailbox.post", mailbox(MailboxOp::Post)),
        ("mailbox.read", mailbox(MailboxOp::Read)),
        ("mailbox.close", mailbox(MailboxOp::Close)),
        (
            "space.create",
            ask::<_, SpaceAnswer>(world, "/v1/space", &space_request(asks, id, SpaceOp::Create)).map(drop),
        ),
        (
            "space.close",
            ask::<_, SpaceAnswer>(world, "/v1/space", &space_request(asks, id, SpaceOp::Close)).map(drop),
        ),
        (
            "space.stay",
            ask::<_, SpaceAnswer>(world, "/v1/space", &space_request(asks, id, SpaceOp::Stay)).map(drop),
        ),
    ]
}

fn spaces(device: &Device) -> [SpaceRow; 2] {
    let all = device.engine.store().view().spaces().unwrap();
    let (support, home): (Vec<_>, Vec<_>) = all.into_iter().partition(|space| space.relationship.is_some());
    [home, support].map(|mut spaces| spaces.remove(0))
}

/// An entry is shown, and something large lies beside it in the space; its slot.
fn with_something_shown(seed: u64) -> (Two, SlotId) {
    let mut two = Two::agreed(seed);
    let entry = two.phone.write("Shown.");
    let share = two.phone.share(two.id, entry);
    two.settle();
    let slot = two.dee.engine.store().view().shared_view(share).unwrap().unwrap().slot;
    let slot = SlotId::from_bytes(slot);
    let [_, space] = spaces(&two.phone);
    let session = RawSession::of(&two.world, &space);
    let put = blob(session.token(), space.id, BlobOp::Put, Some(slot));
    let answer = two
        .world
        .line()
        .send(&Ask::request(two.world.origin(), "/v1/blob", &put, 0))
        .unwrap();
    assert!(Ask::answer::<BlobAnswer<'_>>(&answer).unwrap().complete);
    let put = gate(session.token(), space.id, GateOp::Put, slot, 1);
    assert!(ask::<_, GateAnswer>(&two.world, "/v1/gate", &put).unwrap().is_there);
    (two, slot)
}

/// Every record of the space that has a body, as who has this row reads them.
fn bodies(world: &World, row: &SpaceRow) -> Vec<Vec<u8>> {
    let session = RawSession::of(world, row);
    let read = ReadSpace {
        token: session.token(),
        space: row.id,
        since: Some(0),
        until: None,
        slots: None,
    };
    let message = ReadRequest {
        spaces: vec![read],
        bytes_max: 1 << 20,
        wait_ms: 0,
    };
    let answer = world
        .line()
        .send(&Ask::request(world.origin(), "/v1/read", &message, 0))
        .unwrap();
    let answer: ReadAnswer<'_> = Ask::answer(&answer).unwrap();
    let items = answer.pages[0].items.iter();
    items.filter_map(|item| Some(item.record.as_ref()?.to_vec())).collect()
}

fn names(tried: &[(&'static str, Result<(), SyncError>)]) -> BTreeSet<&'static str> {
    tried.iter().map(|(name, _)| *name).collect()
}

#[test]
fn a_specialist_does_at_the_relay_what_is_theirs_and_nothing_to_what_is_the_participants() {
    let (two, slot) = with_something_shown(1);
    let [_, space] = spaces(&two.dee);
    let before = bodies(&two.world, &space);
    let session = RawSession::of(&two.world, &space);
    let asks = Asks {
        world: &two.world,
        token: session.token(),
        key: SigningKey::from_seed(&space.access_seed),
    };
    let tried = everything(&asks, &space, slot);
    assert_eq!(names(&tried), operations().map(|(name, _)| name).collect());
    for (name, may) in operations() {
        let result = &tried.iter().find(|(tried, _)| *tried == name).unwrap().1;
        match may {
            May::Anybody | May::Both => assert_eq!(*result, Ok(()), "{name}"),
            // The blob is the participant's.
            May::OwnSide if name == "blob.put" => {
                assert_eq!(*result, Err(SyncError::Refused(RefusalCode::Conflict)), "{name}");
            }
            May::OwnSide => assert!(
                matches!(result, Ok(()) | Err(SyncError::NotAuthorised)),
                "{name}: {result:?}"
            ),
            May::Administers => assert_eq!(*result, Err(SyncError::NotAuthorised), "{name}"),
            May::Nobody => assert!(result.is_err(), "{name}"),
        }
    }
    let is_done = |name| tried.iter().any(|(tried, result)| *tried == name && result.is_ok());
    assert!(
        is_done("append") && is_done("erase"),
        "in the same slot, on her own side"
    );
    // She has closed that slot and replaced everything in it: for her side.
    two.world.sweep();
    two.world.clock.advance_ms(40 * 24 * 60 * 60 * 1000);
    two.world.sweep();
    let after = bodies(&two.world, &space);
    assert!(
        before.iter().all(|record| after.contains(record)),
        "every record is whole as it was"
    );
    let own = spaces(&two.phone)[1].clone();
    let session = RawSession::of(&two.world, &own);
    let stat = blob(session.token(), own.id, BlobOp::Stat, None);
    let answer = two
        .world
        .line()
        .send(&Ask::request(two.world.origin(), "/v1/blob", &stat, 0))
        .unwrap();
    assert!(
        Ask::answer::<BlobAnswer<'_>>(&answer).unwrap().complete,
        "and so is what lies beside them"
    );
    // What the participant put there is theirs still, and that she took it is noted.
    let look = gate(session.token(), own.id, GateOp::Look, slot, 0);
    let answer = ask::<_, GateAnswer>(&two.world, "/v1/gate", &look).unwrap();
    assert!(answer.is_there && answer.taken_day.is_some());
    session.append(&[record(&own, slot, 0xb1, 0, 0)]);
    assert!(RawSession::try_begin(&two.world, own.id, &SigningKey::from_seed(&[8; 32])).is_none());
}

#[test]
fn a_specialist_and_whoever_was_not_let_in_do_nothing_in_a_participants_spaces() {
    let (two, slot) = with_something_shown(2);
    let [home, space] = spaces(&two.phone);
    let hers = spaces(&two.dee)[1].clone();
    let session = RawSession::of(&two.world, &hers);
    let of_specialist = |token| Asks {
        world: &two.world,
        token,
        key: SigningKey::from_seed(&hers.access_seed),
    };
    let stranger = Asks {
        world: &two.world,
        token: Token::from_bytes([1; 32]),
        key: SigningKey::from_seed(&[8; 32]),
    };
    for (asks, row) in [
        (&of_specialist(session.token()), &home),
        (&stranger, &home),
        (&stranger, &space),
    ] {
        let before = bodies(&two.world, row);
        let tried = everything(asks, row, slot);
        assert_eq!(names(&tried), operations().map(|(name, _)| name).collect());
        for (name, may) in operations() {
            let result = &tried.iter().find(|(tried, _)| *tried == name).unwrap().1;
            assert_eq!(result.is_ok(), may == May::Anybody, "{name}: {result:?}");
        }
        assert_eq!(bodies(&two.world, row), before);
    }
}
