//! What the tests of this crate share: a relay in a folder, and devices that speak to it.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod bucket;
mod database;
mod server;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use cairn_wire::message::{
    Access, AppendAnswer, AppendRequest, ChallengeAnswer, ChallengeRequest, Outcome, OutcomeCode, Page, ReadAnswer,
    ReadRequest, ReadSpace, Refusal, RefusalCode, SessionAnswer, SessionRequest, Side, SpaceAnswer, SpaceOp,
    SpaceRequest,
};
use cairn_wire::{
    HEADER_BYTES, Header, PublicKey, Signature, SignedHead, SpaceId, Token, decode_canonical, encode, session_bytes,
};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use minicbor::{Decode, Encode};

use crate::clock::DAY_MS;
use crate::{Entropy, Relay, RelayConfig, StoreConfig};

pub(crate) const ORIGIN: &str = "http://relay.test";

/// A day in 2026, so that days can also be subtracted.
pub(crate) const NOW: u64 = 20_400 * DAY_MS;

/// Randomness that repeats; where sessions outlive a relay, and with them what was random, none that does.
pub(crate) fn counted_entropy() -> Entropy {
    if is_on_postgres() {
        return Entropy::system();
    }
    let count = AtomicU64::new(1);
    Entropy::from_fn(move |bytes| {
        let n = count.fetch_add(1, Ordering::Relaxed);
        let mut out = blake3::Hasher::new().update(&n.to_le_bytes()).finalize_xof();
        out.fill(bytes);
    })
}

pub(crate) use bucket::{BUCKETS, BucketServer, bucket_folder_of, bucket_of, is_in_bucket, with_bucket};
pub(crate) use database::{
    PLACE, change, copy_of, database_of, found_in_rows, is_on_postgres, lose, new_database, place, run_sql,
};
pub(crate) use server::DatabaseServer;

/// A store in a folder: exclusive, or in the database of that folder where the tests run on PostgreSQL.
pub(crate) fn store_in(dir: &Path) -> StoreConfig {
    StoreConfig {
        exclusive: !is_on_postgres(),
        ..threaded_in(dir)
    }
}

/// The same with threads, as a server runs it.
pub(crate) fn threaded_in(dir: &Path) -> StoreConfig {
    StoreConfig {
        database: is_on_postgres().then(|| database_of(dir)),
        bucket: bucket_of(dir),
        ..StoreConfig::new(dir)
    }
}

/// A relay in a folder.
pub(crate) fn relay_in(dir: &Path) -> Relay {
    let config = RelayConfig::new(store_in(dir), ORIGIN);
    Relay::open(&config, counted_entropy()).unwrap()
}

/// A relay in a folder of its own.
pub(crate) fn relay() -> (tempfile::TempDir, Relay) {
    let dir = tempfile::tempdir().unwrap();
    let relay = relay_in(dir.path());
    (dir, relay)
}

/// Asks, and reads what comes back.
pub(crate) fn ask<Q, A>(relay: &Relay, name: &str, request: &Q, now_ms: u64) -> Result<A, Refusal>
where
    Q: Encode<()>,
    A: for<'b> Decode<'b, ()> + Encode<()>,
{
    let answer = relay.handle(&format!("/v1/{name}"), &encode(request), now_ms);
    if answer.status == 200 {
        return Ok(decode_canonical(&answer.body).unwrap());
    }
    let refusal: Refusal = decode_canonical(&answer.body).unwrap();
    assert_eq!(answer.status, refusal.code.http_status());
    Err(refusal)
}

/// A signing key of a number.
pub(crate) fn signing(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

pub(crate) fn public(key: &SigningKey) -> PublicKey {
    PublicKey::from_bytes(key.verifying_key().to_bytes())
}

pub(crate) fn sign(key: &SigningKey, bytes: &[u8]) -> Signature {
    Signature::from_bytes(key.sign(bytes).to_bytes())
}

/// The space of a number.
pub(crate) fn space_id(n: u8) -> SpaceId {
    SpaceId::from_bytes([n; 16])
}

/// Access of a key of a number.
pub(crate) fn access(n: u8, side: Side, administer: bool) -> Access {
    Access {
        key: public(&signing(n)),
        side,
        administer,
    }
}

/// A signed request to begin a space, by the first of `keys`.
pub(crate) fn create_request(space: SpaceId, first: u8, keys: Vec<Access>) -> SpaceRequest {
    let mut request = SpaceRequest {
        op: SpaceOp::Create,
        space,
        access: keys,
        signature: Signature::from_bytes([0; 64]),
        token: None,
        epoch: None,
        keep: None,
        at_ms: None,
    };
    request.signature = sign(&signing(first), &request.signed_bytes(ORIGIN));
    request
}

/// Begins space `n`: key 1 administers for the participant, 2 is another device of theirs, 3 the specialist's.
pub(crate) fn create(relay: &Relay, n: u8, now_ms: u64) -> SpaceAnswer {
    let keys = vec![
        access(1, Side::Participant, true),
        access(2, Side::Participant, false),
        access(3, Side::Specialist, false),
    ];
    ask(relay, "space", &create_request(space_id(n), 1, keys), now_ms).unwrap()
}

/// Signs in to space `n` with key `key`.
pub(crate) fn begin_session(relay: &Relay, space: u8, key: u8, now_ms: u64) -> Result<SessionAnswer, Refusal> {
    let space = space_id(space);
    let ChallengeAnswer { nonce, .. } = ask(relay, "challenge", &ChallengeRequest { space }, now_ms)?;
    let key = signing(key);
    let signature = sign(&key, &session_bytes(ORIGIN, &space, &nonce, &public(&key)));
    let request = SessionRequest {
        space,
        nonce,
        key: public(&key),
        signature,
    };
    ask(relay, "session", &request, now_ms)
}

/// A space begun and signed in to with its first key.
pub(crate) fn opened(relay: &Relay, space: u8) -> Token {
    create(relay, space, NOW);
    begin_session(relay, space, 1, NOW).unwrap().token
}

/// A header of space `n`: record and slot by number.
pub(crate) fn header(space: u8, record: u32, slot: u8) -> Header {
    let mut id = [0; 16];
    id[..4].copy_from_slice(&record.to_le_bytes());
    Header {
        flags: 0,
        space: space_id(space),
        record_id: id.into(),
        slot: [slot; 16].into(),
        epoch: 1,
        incarnation: 1,
        merged_upto: 0,
        expires_day: 0,
        length: 0,
    }
}

/// A record of a header and a body of one byte, repeated.
pub(crate) fn record(header: Header, body: usize, fill: u8) -> Vec<u8> {
    let header = Header {
        length: u32::try_from(body).unwrap(),
        ..header
    };
    let mut bytes = header.encode().to_vec();
    bytes.resize(HEADER_BYTES + body, fill);
    bytes
}

/// Appends and answers the outcomes.
pub(crate) fn append(
    relay: &Relay,
    token: Token,
    space: u8,
    records: &[Vec<u8>],
    now_ms: u64,
) -> Result<AppendAnswer, Refusal> {
    let request = AppendRequest {
        token,
        space: space_id(space),
        records: records.iter().map(|record| record.as_slice().into()).collect(),
    };
    let answer: AppendAnswer = ask(relay, "append", &request, now_ms)?;
    assert_eq!(answer.results.len(), records.len());
    verify_head(relay, &answer.head);
    Ok(answer)
}

/// The outcome of a record that was stored.
pub(crate) fn stored(seq: u64) -> Outcome {
    Outcome {
        code: OutcomeCode::Stored,
        value: seq,
    }
}

/// Reads one space and answers its page, owned.
pub(crate) fn read_page(relay: &Relay, read: ReadSpace, bytes_max: u32, now_ms: u64) -> Page<'static> {
    let request = ReadRequest {
        spaces: vec![read],
        bytes_max,
        wait_ms: 0,
    };
    let answer = relay.handle("/v1/read", &encode(&request), now_ms);
    assert_eq!(answer.status, 200);
    let answer: ReadAnswer<'_> = decode_canonical(&answer.body).unwrap();
    let page = answer.pages.into_iter().next().unwrap();
    let items = page
        .items
        .into_iter()
        .map(|item| cairn_wire::message::Item {
            record: item.record.map(cairn_wire::Sealed::into_owned),
            ..item
        })
        .collect();
    let page = Page { items, ..page };
    for head in page.head.iter().chain(&page.page_head) {
        verify_head(relay, head);
    }
    page
}

/// A read of everything after a number.
pub(crate) fn since(token: Token, space: u8, since: u64) -> ReadSpace {
    ReadSpace {
        token,
        space: space_id(space),
        since: Some(since),
        until: None,
        slots: None,
    }
}

/// Checks a head under the relay's key.
pub(crate) fn verify_head(relay: &Relay, head: &SignedHead) {
    let key = VerifyingKey::from_bytes(relay.public_key().as_bytes()).unwrap();
    let signature = ed25519_dalek::Signature::from_bytes(head.signature.as_bytes());
    key.verify_strict(&head.signed_bytes(), &signature).unwrap();
}

/// A refusal without a number.
pub(crate) fn refused(code: RefusalCode) -> Refusal {
    Refusal::new(code)
}
