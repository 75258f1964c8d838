//! A relay whose log never comes to an end (MS-37 of the attacks of a relay that lies).

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::*;
use crate::limits::ROUND_REQUESTS_MAX;
use cairn_wire::message::{Item, Page, ReadAnswer};
use cairn_wire::{
    BodyHash, ChainHash, Header, HeaderBytes, PublicKey, RecordId, Signature, SignedHead, SlotId, SpaceId, Token,
    chain_next, encode, stub_hash,
};
use std::collections::BTreeMap;

const SPACE: SpaceId = SpaceId::from_bytes([1; 16]);

/// A device that reads, and has nothing to say.
struct Reader {
    place: Place,
}

impl Host for Reader {
    fn spaces(&mut self) -> Vec<SpaceId> {
        vec![SPACE]
    }
    fn waits(&mut self, _: SpaceId) -> bool {
        false
    }
    fn place(&mut self, _: SpaceId) -> Result<Option<Place>, SyncError> {
        Ok(Some(self.place.clone()))
    }
    fn sign(&mut self, _: SpaceId, _: &[u8]) -> Result<Signature, SyncError> {
        Ok(Signature::from_bytes([0; 64]))
    }
    fn is_signed(&self, _: &PublicKey, _: &[u8], _: &Signature) -> bool {
        true
    }
    fn created(&mut self, _: SpaceId, _: PublicKey, _: u32, _: &SignedHead) -> Result<(), SyncError> {
        Ok(())
    }
    fn is_there(&mut self, _: SpaceId) -> Result<(), SyncError> {
        Ok(())
    }
    fn begins_anew(&mut self, _: SpaceId, _: u32) -> Result<(), SyncError> {
        Ok(())
    }
    fn keep(&mut self, _: SpaceId, page: &VerifiedPage<'_>) -> Result<(), SyncError> {
        (self.place.cursor, self.place.chain) = (page.cursor, page.chain);
        (self.place.head, self.place.head_chain) = (page.head.n, page.head.chain);
        Ok(())
    }
    fn keep_newest(&mut self, _: SpaceId, _: &[(u64, &[u8])]) -> Result<(), SyncError> {
        Ok(())
    }
    fn withheld(&mut self, _: SpaceId, _: Option<SlotId>) -> Result<Vec<SlotId>, SyncError> {
        Ok(Vec::new())
    }
    fn keep_withheld(&mut self, _: SpaceId, _: &[(u64, &[u8])]) -> Result<(), SyncError> {
        Ok(())
    }
    fn outgoing(&mut self, _: SpaceId) -> Result<Vec<Outgoing>, SyncError> {
        Ok(Vec::new())
    }
    fn landed(&mut self, _: SpaceId, _: &[Landed], _: &SignedHead, _: bool) -> Result<(), SyncError> {
        Ok(())
    }
    fn closing(&mut self, _: SpaceId) -> Result<Option<ClosingWish>, SyncError> {
        Ok(None)
    }
    fn closing_told(&mut self, _: SpaceId, _: bool) -> Result<(), SyncError> {
        Ok(())
    }
    fn closed(&mut self, _: SpaceId, _: &[(u64, Vec<u8>)]) -> Result<(), SyncError> {
        Ok(())
    }
    fn refused(&mut self, _: SpaceId, _: Landed) -> Result<(), SyncError> {
        Ok(())
    }
    fn acked(&mut self, _: SpaceId, n: u64) -> Result<(), SyncError> {
        self.place.acked = n;
        Ok(())
    }
    fn saw_head(&mut self, _: SpaceId, _: &SignedHead) -> Result<(), SyncError> {
        Ok(())
    }
    fn another_key(&mut self, _: SpaceId) -> Result<bool, SyncError> {
        Ok(false)
    }
    fn access_wish(&mut self, _: SpaceId) -> Result<Option<AccessWish>, SyncError> {
        Ok(None)
    }
    fn access_changed(&mut self, _: SpaceId, _: u64, _: bool) -> Result<(), SyncError> {
        Ok(())
    }
    fn gate(&mut self, _: SpaceId) -> Result<Option<GateAsk>, SyncError> {
        Ok(None)
    }
    fn gate_found(&mut self, _: SpaceId, _: &GateAsk, _: GateFound) -> Result<(), SyncError> {
        Ok(())
    }
    fn gate_refused(&mut self, _: SpaceId, _: &GateAsk) -> Result<(), SyncError> {
        Ok(())
    }
    fn blob(&mut self, _: SpaceId) -> Result<Option<BlobAsk>, SyncError> {
        Ok(None)
    }
    fn blob_found(&mut self, _: SpaceId, _: &BlobAsk, _: BlobFound) -> Result<(), SyncError> {
        Ok(())
    }
}

/// One more stub, and a head that is as far away as before.
fn one_more(place: &Place) -> Response {
    let header = Header {
        flags: 0,
        space: SPACE,
        record_id: RecordId::from_bytes([2; 16]),
        slot: SlotId::from_bytes([3; 16]),
        epoch: 1,
        incarnation: 1,
        merged_upto: 0,
        expires_day: 0,
        length: 100,
    }
    .encode();
    let (seq, body_hash) = (place.cursor + 1, BodyHash::from_bytes([4; 32]));
    let head = |n, chain| SignedHead {
        space: SPACE,
        incarnation: 1,
        n,
        chain,
        time_ms: 0,
        signature: Signature::from_bytes([0; 64]),
    };
    let page = Page {
        space: SPACE,
        first_seq: seq,
        items: vec![Item {
            record: None,
            header: Some(HeaderBytes::from(header)),
            body_hash: Some(body_hash),
            seq,
        }],
        head: Some(head(seq + 1_000_000, ChainHash::from_bytes([5; 32]))),
        page_head: Some(head(seq, chain_next(&place.chain, &stub_hash(&header, &body_hash)))),
        refusal: None,
        closed: None,
        epoch: 1,
    };
    let body = encode(&ReadAnswer { pages: vec![page] });
    Response { status: 200, body }
}

#[test]
fn a_log_that_never_ends_is_left_for_the_next_round() {
    let chain = ChainHash::from_bytes([6; 32]);
    let place = Place {
        space: SPACE,
        origin: "http://relay.test".to_owned(),
        relay_key: Some(PublicKey::from_bytes([7; 32])),
        access: PublicKey::from_bytes([8; 32]),
        incarnation: 1,
        epoch: 1,
        cursor: 1,
        chain,
        head: 1,
        head_chain: chain,
        acked: 0,
        create: Vec::new(),
        create_epoch: 1,
    };
    let mut reader = Reader { place };
    let mut round = Round::new(&mut reader, BTreeMap::from([(SPACE, Token::from_bytes([9; 32]))]));
    let mut asked = 0;
    while round.next(&mut reader).is_some() {
        asked += 1;
        assert!(asked <= ROUND_REQUESTS_MAX, "the round comes to an end");
        let answer = one_more(&reader.place);
        round.answer(&mut reader, Ok(answer));
    }
    let (report, _) = round.end();
    assert_eq!(asked, ROUND_REQUESTS_MAX);
    assert_eq!(report.failed, [(SPACE, SyncError::Endless)]);
    // What was read stays read, and the next round goes on behind it.
    assert_eq!(reader.place.cursor, 1 + u64::from(ROUND_REQUESTS_MAX));
}
