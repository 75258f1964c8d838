//! What every decoder of sealed and signed bytes is held to, target by target: nothing panics, what is read is written as the same bytes
//! again where the form is canonical, and a seal or a signature is put around what was made up, so that the bytes behind it are reached.
//!
//! The suite runs the same functions over the vectors, over changes of them, and over whatever once broke one (`tests/fuzz/fixtures`).

use cairn_core::crypto::{
    self, AttachmentKey, AttachmentReader, Code, Content, DeviceChain, EpochKey, Join, KemSecret, Link, Offer,
    PartChecker, PlanKey, SigningKey, SlotKey, SupportChain, VaultKey,
};
use cairn_core::document::{Bounds, prescan};
use cairn_core::id::DocumentId;
use cairn_core::record::{self, Kind};
use cairn_core::wire::message::{
    AccessAnswer, AccessRequest, AckAnswer, AckRequest, AppendAnswer, AppendRequest, BlobAnswer, BlobRequest,
    ChallengeAnswer, ChallengeRequest, EpochAnswer, EpochRequest, EraseAnswer, EraseRequest, MailboxAnswer,
    MailboxRequest, ReadAnswer, ReadRequest, Refusal, SessionAnswer, SessionRequest, SpaceAnswer, SpaceRequest,
};
use cairn_core::wire::{
    HEADER_BYTES, Header, Receipt, Record, RecordId, Sealed, Seen, SignedHead, SlotId, SpaceId, decode_canonical,
    encode,
};
use std::io::{Cursor, Read as _};

/// What takes made-up bytes.
pub type Target = fn(&[u8]);

/// The targets, by name.
pub const TARGETS: [(&str, Target); 9] = [
    ("wire", wire),
    ("envelope", envelope),
    ("inside", inside),
    ("projections", projections),
    ("chains", chains),
    ("key_box", key_box),
    ("pairing", pairing),
    ("files", files),
    ("document", document),
];

/// Every message of the relay, chosen by the first byte; headers and records.
pub fn wire(bytes: &[u8]) {
    let Some((which, rest)) = bytes.split_first() else {
        return;
    };
    macro_rules! canonical {
        ($($number:literal $message:ty),* $(,)?) => {
            match which % 26 {
                $($number => if let Ok(message) = decode_canonical::<$message>(rest) {
                    assert!(encode(&message) == rest, "read and written differ");
                },)*
                _ => {}
            }
        };
    }
    canonical!(
        0 ReadAnswer<'_>, 1 ReadRequest, 2 AppendRequest<'_>, 3 AppendAnswer, 4 AckRequest, 5 AckAnswer,
        6 EraseRequest<'_>, 7 EraseAnswer, 8 EpochRequest<'_>, 9 EpochAnswer, 10 AccessRequest, 11 AccessAnswer,
        12 BlobRequest<'_>, 13 BlobAnswer<'_>, 14 MailboxRequest<'_>, 15 MailboxAnswer<'_>, 16 SessionRequest,
        17 SessionAnswer, 18 ChallengeRequest, 19 ChallengeAnswer, 20 SpaceRequest, 21 SpaceAnswer, 22 Refusal,
        23 SignedHead, 24 Receipt, 25 Seen,
    );
    if let Some(Ok(header)) = rest.get(..HEADER_BYTES).map(Header::decode) {
        assert!(header.encode() == rest[..HEADER_BYTES]);
    }
    if let Ok(record) = Record::parse(rest) {
        assert!(usize::try_from(record.header.length) == Ok(record.body.len()));
    }
}

fn header() -> Header {
    Header {
        flags: 0,
        space: SpaceId::from_bytes([1; 16]),
        record_id: RecordId::from_bytes([2; 16]),
        slot: SlotId::from_bytes([3; 16]),
        epoch: 1,
        incarnation: 1,
        merged_upto: 0,
        expires_day: 0,
        length: 0,
    }
}

/// A sealed record: these bytes as one, and these bytes in one.
pub fn envelope(bytes: &[u8]) {
    let key = EpochKey::from_bytes([9; 32]);
    assert!(crypto::open(&key, bytes).is_err(), "nobody sealed this");
    if let Ok(mut sealed) = crypto::seal(&key, &header(), [8; 24], bytes)
        && let Ok(opened) = crypto::open(&key, &sealed)
    {
        assert!(*opened == bytes);
        let at = bytes
            .iter()
            .fold(0_usize, |at, byte| at.wrapping_mul(31).wrapping_add(usize::from(*byte)));
        let bit = at % (sealed.len() * 8);
        sealed[bit / 8] ^= 1 << (bit % 8);
        assert!(crypto::open(&key, &sealed).is_err(), "a flipped bit opens");
    }
}

/// The inside of a record, as it comes out of its seal and padded as it should be.
pub fn inside(bytes: &[u8]) {
    let mut padded = bytes.to_vec();
    padded.resize(record::padded_length(bytes.len()), 0);
    for plaintext in [bytes, &padded] {
        let Ok(parsed) = record::parse(&header().encode(), plaintext) else {
            continue;
        };
        let written = parsed.inside.encode().expect("what was read can be written");
        let again = written.signed(parsed.signature);
        let again = record::parse(&header().encode(), &again).expect("what was written can be read");
        assert!(again.inside == parsed.inside, "read and written differ");
        if let Some(document) = &parsed.inside.document_bytes {
            let _ = prescan(document, &Bounds::default());
        }
        projection(parsed.inside.kind, &parsed.inside.projection);
    }
}

fn projection(kind: Kind, bytes: &[u8]) {
    match kind {
        Kind::Entry => {
            let id = DocumentId::from_bytes([4; 16]);
            if let Ok(entry) = record::decode_entry(id, bytes) {
                let written = record::encode_entry(&entry);
                assert!(
                    record::decode_entry(id, &written).as_ref() == Ok(&entry),
                    "read and written differ"
                );
            }
        }
        Kind::Tombstone => {
            if let Ok(why) = record::decode_tombstone(bytes) {
                assert!(record::encode_tombstone(why) == bytes);
            }
        }
        Kind::SharedView => {
            if let Ok(view) = record::decode_view(bytes) {
                assert!(record::encode_view(&view) == bytes);
                let _ = view.consent.check();
            }
        }
        _ => {
            if let Ok((fields, unknown)) = record::decode_fields(bytes) {
                assert!(record::encode_fields(&fields, &unknown) == bytes);
            }
        }
    }
}

/// What a record says, chosen by the first byte: entries, fields, tombstones, views, stops, shared profiles, consents, and what two people say to each
/// other.
pub fn projections(bytes: &[u8]) {
    let Some((which, rest)) = bytes.split_first() else {
        return;
    };
    match which % 12 {
        0 => projection(Kind::Entry, rest),
        1 => projection(Kind::Profile, rest),
        2 => projection(Kind::Tombstone, rest),
        3 => projection(Kind::SharedView, rest),
        4 => {
            if let Ok(stop) = record::decode_stop(rest) {
                assert!(record::encode_stop(&stop) == rest);
            }
        }
        5 => {
            if let Ok(profile) = record::decode_shared_profile(rest) {
                assert!(record::encode_shared_profile(&profile) == rest);
            }
        }
        6 => {
            if let Ok(consent) = record::decode_consent(rest) {
                assert!(record::encode_consent(&consent) == rest);
                let _ = consent.check();
            }
        }
        which => said(which, rest),
    }
    let _ = record::check_canonical(rest);
}

/// What two people say to each other, by number. Keys that were passed over are not written again, so what is read is compared.
fn said(which: u8, bytes: &[u8]) {
    macro_rules! same {
        ($decode:ident, $encode:ident) => {
            if let Ok(one) = record::$decode(bytes) {
                let again = record::$decode(&record::$encode(&one));
                assert!(again.as_ref() == Ok(&one), "read and written differ");
            }
        };
    }
    match which {
        7 => same!(decode_message, encode_message),
        8 => same!(decode_wishes, encode_wishes),
        9 => same!(decode_agreement, encode_agreement),
        10 => same!(decode_declaration, encode_declaration),
        _ => same!(decode_access_event, encode_access_event),
    }
}

/// A CBOR byte string.
fn byte_string(bytes: &[u8]) -> Vec<u8> {
    encode(&Sealed::from(bytes))
}

/// Links of both chains: these bytes as one, and these bytes signed by a key that they may name.
pub fn chains(bytes: &[u8]) {
    let author = SigningKey::from_seed(&[5; 32]);
    // Whoever makes the payload up cannot guess a public key: 32 times 0x05 stands for the author's.
    let mut payload = bytes.to_vec();
    for at in 0..payload.len().saturating_sub(31) {
        if payload[at..at + 32] == [5; 32] {
            payload[at..at + 32].copy_from_slice(author.public().as_bytes());
        }
    }
    let signature = author.sign(&[b"cairn chain link 1".as_slice(), &payload].concat());
    let signed = [&[0x82][..], &byte_string(&payload), &byte_string(signature.as_bytes())].concat();
    for link in [bytes, &signed] {
        if let Ok(parsed) = Link::parse(link) {
            assert!(parsed.bytes() == link);
        }
        if let Ok(mut chain) = DeviceChain::begin(link) {
            assert!(chain.append(link).is_err(), "a link follows itself");
        }
        if let Ok(mut chain) = SupportChain::begin(link) {
            assert!(chain.append(link).is_err(), "a link follows itself");
        }
        let _ = DeviceChain::verify([link, link]);
    }
}

/// A key box.
pub fn key_box(bytes: &[u8]) {
    let secret = KemSecret::from_bytes([6; 32]);
    assert!(crypto::open_key_box(&SpaceId::from_bytes([1; 16]), &secret, bytes).is_err());
    let _ = crypto::key_box_hash(bytes);
}

/// Codes, what the mailbox carries, and where both sides of a handshake keep how far they are.
pub fn pairing(bytes: &[u8]) {
    if let Ok(code) = Code::decode(bytes) {
        assert!(*code.encode() == bytes);
        assert!(Code::from_text(&code.to_text()).as_ref() == Ok(&code));
    }
    if let Ok(text) = str::from_utf8(bytes) {
        let _ = Code::from_text(text);
    }
    let key = SigningKey::from_seed(&[5; 32]).public();
    let code = [&[1, 1][..], &[7; 48], key.as_bytes(), b"http://relay.test"].concat();
    // These bytes where a hello, and where a reveal, was kept: {0: 1, 1: code, 2: .., 3: ..}.
    let front = [&[0xa4, 0, 1, 1][..], &byte_string(&code), &[2]].concat();
    let heard = [&[0x84, 1][..], &byte_string(bytes), &byte_string(b""), &[3]].concat();
    let offer = [&front[..], &byte_string(bytes), &[3], &heard].concat();
    for state in [bytes, &offer] {
        if let Ok(mut offer) = Offer::from_bytes(state) {
            let (_, _) = (offer.joiner(), offer.digits());
            let _ = offer.type_digits("000000");
            let _ = offer.hear_hello(bytes, &mut Zeros);
            assert!(Offer::from_bytes(&offer.to_bytes()).is_ok());
        }
    }
    let join = [
        &[0xa5, 0, 1, 1][..],
        &byte_string(&code),
        &[2],
        &byte_string(bytes),
        &[3, 0x40, 4],
        &byte_string(bytes),
    ]
    .concat();
    for state in [bytes, &join] {
        if let Ok(mut join) = Join::from_bytes(state) {
            let (_, _) = (join.offerer(), join.digits());
            let _ = join.hear_reveal(bytes);
            let _ = join.hear_answer(bytes);
            assert!(Join::from_bytes(&join.to_bytes()).is_ok());
        }
    }
    crypto::fuzzing::mailbox_messages(bytes);
}

/// No randomness at all.
struct Zeros;

impl cairn_core::id::Entropy for Zeros {
    fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// Files beside the database: `vault.id`, the copy of the plan, sealed attachments and parts of them.
pub fn files(bytes: &[u8]) {
    let _ = crypto::check_vault_id(bytes, &VaultKey::from_bytes([1; 32]));
    assert!(crypto::open_plan(&PlanKey::from_bytes([1; 32]), bytes).is_err());
    let sealed = crypto::seal_plan(&PlanKey::from_bytes([1; 32]), [2; 24], bytes);
    if let Ok(sealed) = sealed {
        assert!(crypto::open_plan(&PlanKey::from_bytes([1; 32]), &sealed).is_ok_and(|opened| *opened == bytes));
    }
    let content = Content::of(&mut Cursor::new(bytes)).expect("memory can be read");
    let key: AttachmentKey = content.key(&SlotKey::from_bytes([3; 32]));
    if let Ok(mut reader) = AttachmentReader::new(Cursor::new(bytes), content, &key) {
        let _ = std::io::copy(&mut (&mut reader).take(1 << 20), &mut std::io::sink());
    }
    let checker = PartChecker::new(content, &key);
    let at = bytes.first_chunk::<8>().map_or(0, |at| u64::from_le_bytes(*at));
    let (_, _) = (checker.good(0, bytes), checker.good(at, bytes));
    let (_, _) = (checker.around(at, bytes.len()), checker.ask_for(at, bytes.len()));
}

/// A document of Automerge's, looked at before Automerge sees it.
pub fn document(bytes: &[u8]) {
    let bounds = Bounds::default();
    let _ = prescan(bytes, &bounds);
}
