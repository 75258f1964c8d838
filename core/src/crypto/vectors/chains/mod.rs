//! `device_chain.json`, `support_chain.json`: what both have in common.

mod device;
mod device_refused;
mod rules;
mod support;

use std::collections::BTreeMap;

use cairn_wire::{ChainHash, PublicKey, Seen, Signature, SignedHead, SpaceId};
use minicbor::Encoder;
use serde_json::{Value, json};

use crate::crypto::chain::{Commitments, Payload, sign_payload};
use crate::crypto::vectors::{counting, flipped, hex, hold, kem, refusal, signing};
use crate::crypto::{
    Basis, CryptoError, Device, DeviceChain, EpochCommitment, EpochKey, KemPublic, LinkHash, Persona, Recovery,
    SigningKey, SupportBeginning, SupportChain, cbor, key_box_hash,
};

const ORIGIN: &str = "https://relay.example";
const HOUR: u64 = 60 * 60 * 1000;
/// How long a device is with a person before it is settled. Part of the format, and therefore written out.
const WEEK: u64 = 7 * 24 * HOUR;
/// When the first head of these vectors was signed.
const START: u64 = 1_790_000_000_000;

const ADD: u8 = 2;
const REMOVE: u8 = 3;
const NEW_EPOCH: u8 = 4;
const REKEY: u8 = 5;
const RECOVERY: u8 = 6;
const LET_GO: u8 = 7;
const GONE: u8 = 8;
const ERASE: u8 = 9;
const KEEP: u8 = 10;

fn space() -> SpaceId {
    SpaceId::from_bytes(counting(0x10))
}

fn seen() -> Seen {
    Seen {
        incarnation: 1,
        n: 300,
        chain: ChainHash::from_bytes(counting(0x60)),
    }
}

fn relay() -> (&'static str, PublicKey) {
    (ORIGIN, signing(0xf0).public())
}

/// The relay's head, signed this many milliseconds after [`START`].
fn head(later: u64) -> SignedHead {
    let Seen { incarnation, n, chain } = seen();
    signed_head(
        &signing(0xf0),
        SignedHead {
            space: space(),
            incarnation,
            n,
            chain,
            time_ms: START + later,
            signature: Signature::from_bytes([0; 64]),
        },
    )
}

fn signed_head(relay: &SigningKey, mut head: SignedHead) -> SignedHead {
    head.signature = relay.sign(&head.signed_bytes());
    head
}

fn basis(later: u64) -> Basis {
    Basis {
        seen: seen(),
        head: head(later),
    }
}

fn recovery(start: u8) -> Recovery {
    Recovery {
        signing: signing(start).public(),
        kem: kem(start + 1).public(),
        access: signing(start + 2).public(),
    }
}

fn add_body(device: &Device, head: &SignedHead) -> Vec<u8> {
    let mut body = Encoder::new(Vec::new());
    let written = body.map(2).unwrap().u8(0).unwrap().encode(device).unwrap();
    written.u8(1).unwrap().encode(head).unwrap();
    body.into_writer()
}

fn removal_body(epoch: u32, removed: &[(PublicKey, u64)], head: &SignedHead) -> Vec<u8> {
    let mut body = Encoder::new(Vec::new());
    body.map(4).unwrap().u8(0).unwrap().u32(epoch).unwrap();
    body.u8(1).unwrap().encode(seen()).unwrap();
    body.u8(2).unwrap().array(removed.len() as u64).unwrap();
    for (signing, trusted_upto) in removed {
        let one = body.array(2).unwrap().encode(signing).unwrap();
        one.u64(*trusted_upto).unwrap();
    }
    body.u8(3).unwrap().encode(head).unwrap();
    body.into_writer()
}

fn epoch_body(epoch: u32) -> Vec<u8> {
    let mut body = Encoder::new(Vec::new());
    let written = body.map(2).unwrap().u8(0).unwrap().u32(epoch).unwrap();
    written.u8(1).unwrap().encode(seen()).unwrap();
    body.into_writer()
}

fn rekey_body(kem: &KemPublic) -> Vec<u8> {
    let mut body = Encoder::new(Vec::new());
    body.map(1).unwrap().u8(0).unwrap().encode(kem).unwrap();
    body.into_writer()
}

fn recovery_body(recovery: &Recovery, head: &SignedHead) -> Vec<u8> {
    let mut body = Encoder::new(Vec::new());
    let written = body.map(2).unwrap().u8(0).unwrap().encode(recovery).unwrap();
    written.u8(1).unwrap().encode(head).unwrap();
    body.into_writer()
}

fn before_body(epoch: u32) -> Vec<u8> {
    let mut body = Encoder::new(Vec::new());
    body.map(1).unwrap().u8(0).unwrap().u32(epoch).unwrap();
    body.into_writer()
}

fn head_body(head: &SignedHead) -> Vec<u8> {
    let mut body = Encoder::new(Vec::new());
    body.map(1).unwrap().u8(0).unwrap().encode(head).unwrap();
    body.into_writer()
}

/// What the next link after `tip` says, made by hand: the chain was not asked. With `epoch` it begins one.
fn next(tip: (u64, LinkHash), author: &SigningKey, kind: u8, body: Vec<u8>, epoch: Option<u32>) -> Payload {
    let key_box = epoch.is_some().then(key_box);
    let key = |epoch: u32| (epoch, EpochCommitment::of(&epoch_key(epoch.to_le_bytes()[0])));
    Payload {
        version: 1,
        kind,
        space: space(),
        index: tip.0,
        previous: tip.1,
        author: author.public(),
        seen: seen(),
        body,
        key_box_hash: key_box.as_deref().map(key_box_hash),
        commitments: epoch.map(|epoch| Commitments(BTreeMap::from([key(epoch)]))),
        key_box,
    }
}

/// The chains look at the hash of a box alone, so these stand for one.
fn key_box() -> Vec<u8> {
    counting::<40>(0x90).to_vec()
}

fn epoch_key(epoch: u8) -> EpochKey {
    EpochKey::from_bytes(counting(epoch))
}

fn device(start: u8, name: &str) -> Device {
    let (signing_key, access) = (signing(start).public(), signing(start + 2).public());
    Device {
        signing: signing_key,
        kem: kem(start + 1).public(),
        access,
        name: name.to_owned(),
    }
}

fn persona(start: u8, name: &str) -> Persona {
    let Device {
        signing,
        kem,
        access,
        name,
    } = device(start, name);
    Persona {
        signing,
        kem,
        access,
        name,
    }
}

/// A link made by hand from another one: `change` alters what it says before it is signed again.
fn remade(link: &[u8], author: &SigningKey, change: impl FnOnce(&mut Payload)) -> Vec<u8> {
    let mut payload = payload(link);
    change(&mut payload);
    payload.sign(author)
}

fn payload(link: &[u8]) -> Payload {
    cbor::decode(payload_bytes(link)).unwrap()
}

/// The payload inside a link: after the array's head, a byte string with a length of one byte or two; the signature follows.
fn payload_bytes(link: &[u8]) -> &[u8] {
    let front = if link[1] == 0x58 { 3 } else { 4 };
    &link[front..link.len() - 66]
}

fn commitment(epochs: &[(u32, u8)]) -> Option<Commitments> {
    let all = epochs
        .iter()
        .map(|(epoch, key)| (*epoch, EpochCommitment::of(&epoch_key(*key))));
    Some(Commitments(all.collect::<BTreeMap<_, _>>()))
}

fn links(links: &[Vec<u8>]) -> Vec<&[u8]> {
    links.iter().map(Vec::as_slice).collect()
}

fn epochs_json<'a>(commitments: impl IntoIterator<Item = (&'a u32, &'a EpochCommitment)>) -> Vec<Value> {
    let one = |(epoch, commitment): (&u32, &EpochCommitment)| json!([epoch, hex(commitment.as_bytes())]);
    commitments.into_iter().map(one).collect()
}

/// What both chains refuse, given links that are good: `good[0]` is a genesis, `good[1]` a later link by `author`.
fn refused_by_both(good: &[Vec<u8>], author: &SigningKey) -> Vec<(&'static str, usize, Vec<u8>)> {
    let (first, later) = (&good[0], &good[1]);
    let bytes = payload_bytes(later);
    let long_version = [&[bytes[0], 0, 0x18, 1], &bytes[3..]].concat();
    let unknown_key = [&[bytes[0] + 1], &bytes[1..], &[0x0b, 0x00]].concat();
    let version_2 = flipped(bytes, 2, 3);
    vec![
        (
            "genesis with a changed signature",
            0,
            flipped(first, first.len() - 1, 1),
        ),
        (
            "genesis by somebody else",
            0,
            remade(first, &signing(0x77), |p| p.author = signing(0x77).public()),
        ),
        (
            "genesis signed by another than it names",
            0,
            remade(first, &signing(0x77), |_| ()),
        ),
        ("genesis at index 1", 0, remade(first, author, |p| p.index = 1)),
        (
            "genesis with something before it",
            0,
            remade(first, author, |p| p.previous = LinkHash::from_bytes([1; 32])),
        ),
        (
            "genesis without a commitment",
            0,
            remade(first, author, |p| p.commitments = None),
        ),
        (
            "genesis at epoch 2",
            0,
            remade(first, author, |p| p.commitments = commitment(&[(2, 1)])),
        ),
        (
            "genesis with an empty body",
            0,
            remade(first, author, |p| p.body = vec![0xa0]),
        ),
        (
            "not a genesis first",
            0,
            remade(later, author, |p| (p.index, p.previous) = (0, LinkHash::NONE)),
        ),
        (
            "a second genesis",
            1,
            remade(first, author, |p| (p.index, p.previous) = (1, payload(later).previous)),
        ),
        ("version 2", 1, sign_payload(author, version_2)),
        ("a kind without rules", 1, remade(later, author, |p| p.kind = 37)),
        ("a kind nobody named", 1, remade(later, author, |p| p.kind = 200)),
        (
            "a kind without rules, by a stranger",
            1,
            remade(later, &signing(0x77), |p| {
                (p.kind, p.author) = (37, signing(0x77).public());
            }),
        ),
        (
            "version not in its shortest form",
            1,
            sign_payload(author, long_version),
        ),
        (
            "a key that version 1 does not have",
            1,
            sign_payload(author, unknown_key),
        ),
        (
            "by a stranger",
            1,
            remade(later, &signing(0x77), |p| p.author = signing(0x77).public()),
        ),
        (
            "continues another link",
            1,
            remade(later, author, |p| p.previous = LinkHash::from_bytes([1; 32])),
        ),
        ("at another index", 1, remade(later, author, |p| p.index = 2)),
        ("a changed payload", 1, flipped(later, 4, 1)),
        (
            "of another space",
            1,
            remade(later, author, |p| p.space = SpaceId::from_bytes(counting(0x11))),
        ),
        (
            "another box than its hash says",
            1,
            remade(later, author, |p| p.key_box = Some(vec![1])),
        ),
        (
            "a box without a hash",
            1,
            remade(later, author, |p| (p.key_box, p.key_box_hash) = (Some(vec![1]), None)),
        ),
        (
            "contradicts a commitment",
            1,
            remade(later, author, |p| p.commitments = commitment(&[(1, 9), (2, 2)])),
        ),
        (
            "commits to an epoch that it does not begin",
            1,
            remade(later, author, |p| {
                p.commitments = commitment(&[(2, 2), (3, 3)]);
            }),
        ),
        ("a byte more", 1, [later.as_slice(), &[0]].concat()),
        ("a byte short", 1, later[..later.len() - 1].to_vec()),
    ]
}

/// What both chains refuse of a link that begins an epoch.
fn refused_epochs(link: &[u8], at: usize, author: &SigningKey) -> Vec<(&'static str, usize, Vec<u8>)> {
    let with_epoch = |epoch: u8| {
        let mut body = payload(link).body;
        body[2] = epoch;
        body
    };
    vec![
        (
            "an epoch left out",
            at,
            remade(link, author, |p| {
                (p.body, p.commitments) = (with_epoch(3), commitment(&[(3, 3)]));
            }),
        ),
        (
            "the same epoch again",
            at,
            remade(link, author, |p| {
                (p.body, p.commitments) = (with_epoch(1), commitment(&[(1, 1)]));
            }),
        ),
        (
            "a new epoch without a commitment",
            at,
            remade(link, author, |p| p.commitments = None),
        ),
        (
            "a new epoch without a box",
            at,
            remade(link, author, |p| (p.key_box, p.key_box_hash) = (None, None)),
        ),
    ]
}

fn reject_json(
    good: &[Vec<u8>],
    refused: Vec<(&'static str, usize, Vec<u8>)>,
    verify: impl Fn(&[&[u8]]) -> Result<(), CryptoError>,
) -> Vec<Value> {
    let one = |(name, at, link): (&str, usize, Vec<u8>)| {
        let mut chain = links(&good[..at]);
        chain.push(&link);
        let error = verify(&chain).expect_err(name);
        json!({ "name": name, "after": at, "link": hex(&link), "refusal": refusal(error) })
    };
    refused.into_iter().map(one).collect()
}
