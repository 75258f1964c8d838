//! One example of every message.

use minicbor::{Decode, Encode};
use serde_json::{Value, json};

use super::{check, counting, hex, unhex};
use crate::message::*;
use crate::{
    BlobId, ClosedReceipt, GateId, GatePart, MailboxId, Nonce, PublicKey, PushKey, Receipt, RegistrationId, Signature,
    SignedHead, SignedIncarnation, SlotId, SpaceId, Token, WakeKey, decode_canonical, encode,
};

/// A message in hex, which reads back as itself and in no other way.
fn example<T>(about: &str, message: &T) -> Value
where
    T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + std::fmt::Debug,
{
    let bytes = encode(message);
    assert_eq!(&decode_canonical::<T>(&bytes).unwrap(), message);
    json!({ "about": about, "cbor": hex(bytes) })
}

/// The same for messages that borrow their sealed bytes.
macro_rules! borrowing {
    ($about:literal, $kind:ident, $message:expr) => {{
        let message = $message;
        let bytes = encode(&message);
        assert_eq!(decode_canonical::<$kind<'_>>(&bytes).unwrap(), message);
        json!({ "about": $about, "cbor": hex(bytes) })
    }};
}

const SPACE: SpaceId = SpaceId::from_bytes([0x10; 16]);
const TOKEN: Token = Token::from_bytes([0x20; 32]);

fn key() -> PublicKey {
    PublicKey::from_bytes(counting(0xc0))
}

fn signature() -> Signature {
    Signature::from_bytes(counting(0x40))
}

fn head() -> SignedHead {
    SignedHead {
        space: SPACE,
        incarnation: 1,
        n: 300,
        chain: counting(0x80).into(),
        time_ms: 1_790_000_000_123,
        signature: signature(),
    }
}

fn closed() -> ClosedReceipt {
    ClosedReceipt {
        space: SPACE,
        time_ms: 1_790_000_000_123,
        signature: signature(),
    }
}

fn access() -> Access {
    Access {
        key: key(),
        side: Side::Specialist,
        administer: false,
    }
}

fn sessions() -> Value {
    json!({
        "challenge request": example("any space", &ChallengeRequest { space: SPACE }),
        "challenge answer": example("a nonce", &ChallengeAnswer {
            nonce: Nonce::from_bytes(counting(0xa0)),
            incarnation: SignedIncarnation { incarnation: 3, signature: signature() },
        }),
        "session request": example("signed", &SessionRequest {
            space: SPACE, nonce: Nonce::from_bytes(counting(0xa0)), key: key(), signature: signature(),
        }),
        "session answer": example("of a key that administers", &SessionAnswer {
            token: TOKEN, expires_s: 900, epoch: 2, side: Side::Participant, administer: true, head: head(),
        }),
        "space request": example("create", &SpaceRequest {
            op: SpaceOp::Create, space: SPACE, access: vec![access()], signature: signature(), token: None, keep: None, at_ms: None,
            epoch: None,
        }),
        "space request, again": example("create one that was forgotten", &SpaceRequest {
            op: SpaceOp::Create, space: SPACE, access: vec![access()], signature: signature(), token: None, keep: None, at_ms: None,
            epoch: Some(4),
        }),
        "space request, close": example("close", &SpaceRequest {
            op: SpaceOp::Close, space: SPACE, access: vec![], signature: Signature::from_bytes([0; 64]), token: Some(TOKEN),
            keep: None, at_ms: None, epoch: None,
        }),
        "space request, close later": example("close at a time to come", &SpaceRequest {
            op: SpaceOp::Close, space: SPACE, access: vec![], signature: Signature::from_bytes([0; 64]), token: Some(TOKEN),
            keep: Some(vec![SlotId::from_bytes(counting(0x50))]), at_ms: Some(1_790_000_000_123), epoch: None,
        }),
        "space request, stay": example("stay", &SpaceRequest {
            op: SpaceOp::Stay, space: SPACE, access: vec![], signature: Signature::from_bytes([0; 64]), token: Some(TOKEN),
            keep: None, at_ms: None, epoch: None,
        }),
        "space answer": example("new", &SpaceAnswer { relay_key: key(), epoch: 1, head: head(), closed: None }),
        "space answer, closed": example("closed", &SpaceAnswer { relay_key: key(), epoch: 1, head: head(), closed: Some(closed()) }),
        "access request": example("one in, one out", &AccessRequest {
            token: TOKEN, space: SPACE, version: 1, add: vec![access()], remove: vec![key()], only: None,
        }),
        "access request, only": example("nobody else", &AccessRequest {
            token: TOKEN, space: SPACE, version: 1, add: vec![access()], remove: vec![], only: Some(true),
        }),
        "access answer": example("the next version", &AccessAnswer { version: 2, head: head() }),
        "refusal": example("with a number", &Refusal::with(RefusalCode::OverQuota, 1 << 30)),
        "refusal, bare": example("without", &Refusal::new(RefusalCode::NotAuthorised)),
    })
}

fn records() -> Value {
    let sealed: [u8; 144] = counting(0);
    let record = || Sealed::from(sealed.as_slice());
    json!({
        "append request": borrowing!("one record", AppendRequest, AppendRequest { token: TOKEN, space: SPACE, records: vec![record()] }),
        "append answer": example("stored and refused", &AppendAnswer {
            results: vec![
                Outcome { code: OutcomeCode::Stored, value: 300 },
                Outcome { code: OutcomeCode::StaleEpoch, value: 2 },
            ],
            head: head(),
        }),
        "ack request": example("up to 300", &AckRequest { token: TOKEN, space: SPACE, n: 300 }),
        "ack answer": example("taken note of", &AckAnswer { head: head() }),
        "erase request": borrowing!("a tombstone", EraseRequest, EraseRequest { token: TOKEN, space: SPACE, record: record() }),
        "erase answer": example("with its receipt", &EraseAnswer {
            seq: 300,
            receipt: Receipt { space: SPACE, slot: counting(0x50).into(), seq: 300, time_ms: 1_790_000_000_123, signature: signature() },
            head: head(),
        }),
        "epoch request": borrowing!("from 1 to 2", EpochRequest, EpochRequest {
            token: TOKEN, space: SPACE, incarnation: 1, epoch: 1, n: 300, record: record(),
        }),
        "epoch answer": example("begun", &EpochAnswer { seq: 301, epoch: 2, head: head() }),
    })
}

fn reads() -> Value {
    let sealed: [u8; 144] = counting(0);
    let by = |since, until, slots| ReadSpace {
        token: TOKEN,
        space: SPACE,
        since,
        until,
        slots,
    };
    let page = Page {
        space: SPACE,
        first_seq: 41,
        items: vec![
            Item {
                record: Some(Sealed::from(sealed.as_slice())),
                header: None,
                body_hash: None,
                seq: 41,
            },
            Item {
                record: None,
                header: Some(counting(1).into()),
                body_hash: Some(counting(2).into()),
                seq: 42,
            },
        ],
        head: Some(head()),
        page_head: Some(SignedHead { n: 42, ..head() }),
        refusal: None,
        epoch: 2,
        closed: None,
    };
    let refused = Page {
        space: SPACE,
        first_seq: 0,
        items: vec![],
        head: None,
        page_head: None,
        refusal: Some(RefusalCode::NotAuthorised),
        epoch: 0,
        closed: None,
    };
    let over = Page {
        refusal: Some(RefusalCode::SpaceClosed),
        closed: Some(closed()),
        ..refused.clone()
    };
    let mailbox = MailboxId::from_bytes(counting(0xe0));
    json!({
        "read request": example("the three ways", &ReadRequest {
            spaces: vec![
                by(Some(40), None, None),
                by(None, Some(u64::MAX), None),
                by(None, None, Some(vec![SlotId::from_bytes(counting(0x50))])),
            ],
            bytes_max: 1 << 20,
            wait_ms: 30_000,
        }),
        "read answer": borrowing!("a record, a stub, a refusal", ReadAnswer, ReadAnswer { pages: vec![page, refused] }),
        "read answer, closed": borrowing!("a space that is closed", ReadAnswer, ReadAnswer { pages: vec![over] }),
        "mailbox request": borrowing!("post", MailboxRequest, MailboxRequest {
            op: MailboxOp::Post, mailbox, index: 0, bytes: Some(Sealed::from(b"hello".as_slice())), wait_ms: 0, days: Some(7),
        }),
        "mailbox request, read": borrowing!("read", MailboxRequest, MailboxRequest {
            op: MailboxOp::Read, mailbox, index: 1, bytes: None, wait_ms: 30_000, days: None,
        }),
        "mailbox answer": borrowing!("one message", MailboxAnswer, MailboxAnswer { messages: vec![Sealed::from(b"hello".as_slice())], count: 1 }),
    })
}

fn blobs() -> Value {
    let part: [u8; 40] = counting(0x60);
    let asked = |op| BlobRequest {
        token: TOKEN,
        space: SPACE,
        op,
        blob: BlobId::from_bytes(counting(0xd0)),
        slot: None,
        offset: 0,
        total: 0,
        bytes: Sealed::default(),
        bytes_max: 0,
    };
    let slot = Some(SlotId::from_bytes(counting(0x50)));
    json!({
        "blob request": borrowing!("put a part", BlobRequest, BlobRequest {
            slot, offset: 1 << 20, total: 3_000_000_000, bytes: Sealed::from(part.as_slice()), ..asked(BlobOp::Put)
        }),
        "blob request, declare": borrowing!("put nothing", BlobRequest, BlobRequest { slot, total: 40, ..asked(BlobOp::Put) }),
        "blob request, stat": borrowing!("stat", BlobRequest, asked(BlobOp::Stat)),
        "blob request, read": borrowing!("read", BlobRequest, BlobRequest { offset: 300, bytes_max: 1 << 20, ..asked(BlobOp::Read) }),
        "blob request, release": borrowing!("release", BlobRequest, BlobRequest { slot, ..asked(BlobOp::Release) }),
        "blob answer": borrowing!("the end of it", BlobAnswer, BlobAnswer {
            have: 340, total: 340, complete: true, bytes: Sealed::from(part.as_slice()),
        }),
        "blob answer, none": borrowing!("no such blob", BlobAnswer, BlobAnswer {
            have: 0, total: 0, complete: false, bytes: Sealed::default(),
        }),
    })
}

fn gates() -> Value {
    let asked = |op| GateRequest {
        token: TOKEN,
        space: SPACE,
        op,
        slot: SlotId::from_bytes(counting(0x50)),
        gate: GateId::from_bytes(counting(0x30)),
        part: None,
        expires_day: None,
    };
    let part = Some(GatePart::from_bytes(counting(0x70)));
    json!({
        "gate request": example("put", &GateRequest { part, ..asked(GateOp::Put) }),
        "gate request, until": example("put until a day", &GateRequest { part, expires_day: Some(20_800), ..asked(GateOp::Put) }),
        "gate request, take": example("take", &asked(GateOp::Take)),
        "gate request, look": example("look", &asked(GateOp::Look)),
        "gate request, drop": example("drop", &asked(GateOp::Drop)),
        "gate answer": example("handed out", &GateAnswer { is_there: true, part, taken_day: None }),
        "gate answer, taken": example("taken before", &GateAnswer { is_there: true, part: None, taken_day: Some(20_717) }),
        "gate answer, none": example("no such gate", &GateAnswer { is_there: false, part: None, taken_day: None }),
        "gate answer, gone": example("taken once, and gone", &GateAnswer { is_there: false, part: None, taken_day: Some(20_717) }),
    })
}

fn waking() -> Value {
    let registration = Some(RegistrationId::from_bytes(counting(0x90)));
    let asked = |op| WakeRequest {
        token: TOKEN,
        space: SPACE,
        op,
        registration,
        epoch: None,
        is_alone: None,
        sealed: None,
    };
    let sealed: [u8; crate::wake::REGISTRATION_BYTES] = counting(1);
    let put = WakeRequest {
        epoch: Some(2),
        is_alone: Some(true),
        sealed: Some(Sealed::from(sealed.as_slice())),
        ..asked(WakeOp::Put)
    };
    let key = WakeKey::from_bytes(counting(0xb0));
    let ring = |own| RingRequest {
        token: TOKEN,
        space: SPACE,
        key,
        own,
    };
    let push_key = Some(PushKey::from_bytes(counting(4)));
    json!({
        "wake request": borrowing!("put", WakeRequest, put.clone()),
        "wake request, drop": borrowing!("drop", WakeRequest, asked(WakeOp::Drop)),
        "wake request, look": borrowing!("look", WakeRequest, WakeRequest { registration: None, ..asked(WakeOp::Look) }),
        "wake answer": example("kept", &WakeAnswer { wakes: true, push_key }),
        "wake answer, nobody": example("a relay that wakes nobody", &WakeAnswer { wakes: false, push_key: None }),
        "ring request": example("as a device that is registered", &ring(registration)),
        "ring request, unregistered": example("as one that is not", &ring(None)),
        "ring answer": example("whoever is there", &RingAnswer { wakes: true }),
    })
}

fn all() -> Value {
    json!({
        "about": "One example of every message, in canonical CBOR.",
        "sessions and rights": sessions(),
        "records": records(),
        "reading and mailboxes": reads(),
        "blobs": blobs(),
        "gates": gates(),
        "waking": waking(),
    })
}

#[test]
fn messages_are_as_written() {
    check("messages.json", &all());
}

/// Each example with one byte too many, too few, or a longer integer is no message.
#[test]
fn the_examples_are_read_in_no_other_form() {
    let all = all();
    let bytes = unhex(all["records"]["ack request"]["cbor"].as_str().unwrap());
    assert!(decode_canonical::<AckRequest>(&bytes).is_ok());
    for cut in 0..bytes.len() {
        assert!(decode_canonical::<AckRequest>(&bytes[..cut]).is_err());
    }
    // 300 is 19 012c; the same number in four bytes is 1a 0000012c.
    let at = bytes.len() - 3;
    let longer = [&bytes[..at], &[0x1a, 0, 0, 1, 0x2c]].concat();
    assert_eq!(decode_canonical::<AckRequest>(&longer), Err(MessageError::NotCanonical));

    let bytes = unhex(all["blobs"]["blob request"]["cbor"].as_str().unwrap());
    for cut in 0..bytes.len() {
        assert!(decode_canonical::<BlobRequest<'_>>(&bytes[..cut]).is_err());
    }
    // The part's length, 40, is 58 28; in two bytes it is 59 0028.
    let at = bytes.len() - 2 - 40 - 2;
    assert_eq!(bytes[at..at + 2], [0x58, 40]);
    let longer = [&bytes[..at], &[0x59, 0, 40], &bytes[at + 2..]].concat();
    assert_eq!(
        decode_canonical::<BlobRequest<'_>>(&longer),
        Err(MessageError::NotCanonical)
    );
    // An operation nobody knows.
    let at = bytes.windows(3).position(|three| three == [2, 0, 3]).unwrap() + 1;
    let mut unknown = bytes;
    unknown[at] = 4;
    assert_eq!(
        decode_canonical::<BlobRequest<'_>>(&unknown),
        Err(MessageError::Malformed)
    );
}
