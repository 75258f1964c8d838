//! The order of the checks, the quota to the byte, and what replaces what.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::convert::Infallible;

use cairn_wire::{CLOSES_SLOT, HEADER_BYTES};

use super::*;

/// A ledger that holds one record and one closed slot, or neither.
#[derive(Default)]
struct Small {
    known: Option<Known>,
    closed: bool,
}

impl Ledger for Small {
    type Error = Infallible;

    fn known(&mut self, _: &RecordId) -> Result<Option<Known>, Infallible> {
        Ok(self.known)
    }

    fn is_closed(&mut self, _: &SlotId, _: Side) -> Result<bool, Infallible> {
        Ok(self.closed)
    }
}

fn header(space: [u8; 16], flags: u8, body: usize) -> Header {
    Header {
        flags,
        space: space.into(),
        record_id: [2; 16].into(),
        slot: [3; 16].into(),
        epoch: 1,
        incarnation: 1,
        merged_upto: 0,
        expires_day: 0,
        length: u32::try_from(body).unwrap(),
    }
}

fn bytes(header: &Header) -> Vec<u8> {
    let mut bytes = header.encode().to_vec();
    bytes.resize(HEADER_BYTES + header.length as usize, 5);
    bytes
}

/// Each row fails every check from its own on and passes those before it, so the code answered shows the order.
#[test]
fn the_checks_run_in_the_order_of_the_table() {
    let ours = RecordHash::from_bytes([1; 32]);
    let other = RecordHash::from_bytes([2; 32]);
    let space = SpaceNow {
        incarnation: 7,
        epoch: 9,
        n: 10,
        bytes: 100,
        bytes_max: 100,
    };
    let known = |hash| Some(Known { seq: 4, hash });
    use OutcomeCode as Code;
    // side, known, incarnation, epoch, closed, merged_upto, purpose -> verdict
    let rows = [
        (
            None,
            known(other),
            1,
            1,
            true,
            11,
            Purpose::Ordinary,
            Verdict::Refuse(Code::NotAuthorised, 0),
        ),
        (
            Some(Side::Participant),
            known(other),
            1,
            1,
            true,
            11,
            Purpose::Ordinary,
            Verdict::Refuse(Code::Conflict, 0),
        ),
        (
            Some(Side::Participant),
            known(ours),
            1,
            1,
            true,
            11,
            Purpose::Ordinary,
            Verdict::Known(4),
        ),
        (
            Some(Side::Participant),
            None,
            1,
            1,
            true,
            11,
            Purpose::Ordinary,
            Verdict::Refuse(Code::ResyncRequired, 7),
        ),
        (
            Some(Side::Participant),
            None,
            7,
            1,
            true,
            11,
            Purpose::Ordinary,
            Verdict::Refuse(Code::StaleEpoch, 9),
        ),
        (
            Some(Side::Participant),
            None,
            7,
            10,
            true,
            11,
            Purpose::Ordinary,
            Verdict::Refuse(Code::StaleEpoch, 9),
        ),
        (
            Some(Side::Participant),
            None,
            7,
            9,
            true,
            11,
            Purpose::Ordinary,
            Verdict::Refuse(Code::SlotClosed, 0),
        ),
        (
            Some(Side::Participant),
            None,
            7,
            9,
            false,
            11,
            Purpose::Ordinary,
            Verdict::Refuse(Code::BadMerge, 10),
        ),
        (
            Some(Side::Participant),
            None,
            7,
            9,
            false,
            10,
            Purpose::Ordinary,
            Verdict::Refuse(Code::OverQuota, 100),
        ),
        (
            Some(Side::Participant),
            None,
            7,
            9,
            false,
            10,
            Purpose::Tombstone,
            Verdict::Store,
        ),
        (
            Some(Side::Specialist),
            None,
            7,
            9,
            false,
            10,
            Purpose::EpochLink,
            Verdict::Store,
        ),
    ];
    for (side, known, incarnation, epoch, closed, merged_upto, purpose, expected) in rows {
        let header = Header {
            incarnation,
            epoch,
            merged_upto,
            ..header([1; 16], 0, 72)
        };
        let mut ledger = Small { known, closed };
        let verdict = judge(&space, side, purpose, &header, &ours, 144, &mut ledger).unwrap();
        assert_eq!(verdict, expected);
    }
}

#[test]
fn quota_is_met_to_the_byte() {
    let hash = RecordHash::from_bytes([1; 32]);
    let header = header([1; 16], 0, 72);
    for (bytes_max, expected) in [
        (999, Verdict::Refuse(OutcomeCode::OverQuota, 999)),
        (1_000, Verdict::Store),
        (1_001, Verdict::Store),
    ] {
        let space = SpaceNow {
            incarnation: 1,
            epoch: 1,
            n: 0,
            bytes: 856,
            bytes_max,
        };
        let side = Some(Side::Participant);
        let verdict = judge(
            &space,
            side,
            Purpose::Ordinary,
            &header,
            &hash,
            144,
            &mut Small::default(),
        );
        assert_eq!(verdict.unwrap(), expected);
    }
}

#[test]
fn bytes_of_another_space_or_with_the_wrong_flag_are_malformed() {
    let space = SpaceId::from_bytes([1; 16]);
    let malformed = Err(OutcomeCode::Malformed);
    let code = |bytes: &[u8], purpose| {
        parse(bytes, &space, purpose)
            .map(|record| record.header.flags)
            .map_err(|o| o.code)
    };
    let plain = bytes(&header([1; 16], 0, 72));
    let tombstone = bytes(&header([1; 16], CLOSES_SLOT, 72));
    let foreign = bytes(&header([9; 16], 0, 72));
    assert_eq!(code(&plain, Purpose::Ordinary), Ok(0));
    assert_eq!(code(&plain, Purpose::EpochLink), Ok(0));
    assert_eq!(code(&tombstone, Purpose::Tombstone), Ok(CLOSES_SLOT));
    assert_eq!(code(&plain, Purpose::Tombstone), malformed);
    assert_eq!(code(&tombstone, Purpose::Ordinary), malformed);
    assert_eq!(code(&tombstone, Purpose::EpochLink), malformed);
    assert_eq!(code(&foreign, Purpose::Ordinary), malformed);
    let long = bytes(&header([1; 16], 0, RECORD_BYTES_MAX));
    assert_eq!(
        parse(&long, &space, Purpose::Ordinary),
        Err(Outcome {
            code: OutcomeCode::TooLarge,
            value: RECORD_BYTES_MAX as u64
        })
    );
}

#[test]
fn only_older_records_of_the_same_slot_and_side_are_replaced() {
    let newer = Placed {
        slot: [3; 16].into(),
        side: Side::Participant,
        seq: 10,
    };
    let older = |slot: u8, side, seq| Placed {
        slot: [slot; 16].into(),
        side,
        seq,
    };
    assert!(replaces(&newer, 5, &older(3, Side::Participant, 5)));
    assert!(!replaces(&newer, 5, &older(3, Side::Participant, 6)));
    assert!(!replaces(&newer, 5, &older(3, Side::Specialist, 5)));
    assert!(!replaces(&newer, 5, &older(4, Side::Participant, 5)));
    assert!(!replaces(&newer, 10, &older(3, Side::Participant, 10)));
}
