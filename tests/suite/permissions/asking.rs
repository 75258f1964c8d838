//! Everything that can be asked of a relay about a space, asked by whoever has a session, under names that others use there.

use super::wire::Answer;
use cairn_core::crypto::SigningKey;
use cairn_core::store::SpaceRow;
use cairn_core::sync::{Ask, SyncError, Transport as _};
use cairn_tests::{RawSession, World};
use cairn_wire::message::{
    Access, AccessAnswer, AccessRequest, AckAnswer, AckRequest, AppendAnswer, AppendRequest, BlobAnswer, BlobOp,
    BlobRequest, ChallengeAnswer, ChallengeRequest, EpochAnswer, EpochRequest, EraseAnswer, EraseRequest, GateAnswer,
    GateOp, GateRequest, MailboxAnswer, MailboxOp, MailboxRequest, OutcomeCode, Page, ReadAnswer, ReadRequest,
    ReadSpace, RefusalCode, RingAnswer, RingRequest, Side, SpaceAnswer, SpaceOp, SpaceRequest, WakeAnswer, WakeOp,
    WakeRequest,
};
use cairn_wire::wake::{REGISTRATION_BYTES, VERSION};
use cairn_wire::{
    BlobId, CLOSES_SLOT, GateId, GatePart, Header, MailboxId, RecordId, RegistrationId, Signature, SlotId, Token,
    WakeKey,
};
use minicbor::{Decode, Encode};

const BLOB: BlobId = BlobId::from_bytes([5; 32]);
const GATE: GateId = GateId::from_bytes([9; 16]);
/// A day after now, by everybody's clock.
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Somebody who asks of a space.
pub(super) struct Asks<'a> {
    pub(super) world: &'a World,
    pub(super) space: &'a SpaceRow,
    pub(super) token: Token,
    pub(super) key: SigningKey,
}

/// A key that nobody lets in.
pub(super) fn stranger() -> SigningKey {
    SigningKey::from_seed(&[8; 32])
}

impl<'a> Asks<'a> {
    /// One of those who are let in, as the device that keeps this row.
    pub(super) fn of(world: &'a World, space: &'a SpaceRow) -> Self {
        Self {
            world,
            space,
            token: RawSession::of(world, space).token(),
            key: SigningKey::from_seed(&space.access_seed),
        }
    }

    fn ask<T: Encode<()>, A>(&self, path: &'static str, message: &T) -> Result<A, SyncError>
    where
        A: for<'b> Decode<'b, ()> + Encode<()>,
    {
        let request = Ask::request(self.world.origin(), path, message, 0);
        Ask::answer(&self.world.line().send(&request).unwrap())
    }

    /// A record that opens for nobody, of this slot.
    fn record(&self, slot: SlotId, number: u8, flags: u8, merged_upto: u64) -> Vec<u8> {
        let header = Header {
            flags,
            space: self.space.id,
            record_id: RecordId::from_bytes([number; 16]),
            slot,
            epoch: self.space.epoch,
            incarnation: self.space.incarnation,
            merged_upto,
            expires_day: 0,
            length: 100,
        };
        [&header.encode()[..], &[number; 100]].concat()
    }

    /// Puts a record of this number in a slot, which claims to replace everything before it there.
    pub(super) fn append(&self, slot: SlotId, number: u8, merged_upto: u64) -> Answer {
        let message = AppendRequest {
            token: self.token,
            space: self.space.id,
            records: vec![self.record(slot, number, 0, merged_upto).into()],
        };
        let answer: AppendAnswer = self.ask("/v1/append", &message)?;
        assert_eq!(answer.results[0].code, OutcomeCode::Stored);
        Ok(false)
    }

    /// The whole log, as far as it has bodies.
    fn read(&self) -> Answer {
        self.page(|page| match page.refusal {
            None => Ok(page.items.iter().any(|item| item.record.is_some())),
            Some(RefusalCode::NotAuthorised) => Err(SyncError::NotAuthorised),
            Some(code) => Err(SyncError::Refused(code)),
        })
    }

    fn page<T>(&self, of: impl FnOnce(&Page<'_>) -> Result<T, SyncError>) -> Result<T, SyncError> {
        let read = ReadSpace {
            token: self.token,
            space: self.space.id,
            since: Some(0),
            until: None,
            slots: None,
        };
        let message = ReadRequest {
            spaces: vec![read],
            bytes_max: 1 << 20,
            wait_ms: 0,
        };
        let request = Ask::request(self.world.origin(), "/v1/read", &message, 0);
        let answer = self.world.line().send(&request).unwrap();
        of(&Ask::answer::<ReadAnswer<'_>>(&answer)?.pages[0])
    }

    /// Every record of the space that has a body.
    pub(super) fn bodies(&self) -> Vec<Vec<u8>> {
        let of = |page: &Page<'_>| {
            let items = page.items.iter();
            Ok(items.filter_map(|item| Some(item.record.as_ref()?.to_vec())).collect())
        };
        self.page(of).unwrap()
    }

    /// How many records the log has.
    pub(super) fn count(&self) -> u64 {
        self.page(|page| Ok(page.head.unwrap().n)).unwrap()
    }

    /// What is asked of the one file under its name; whether it is there, whole.
    pub(super) fn blob(&self, op: BlobOp, slot: Option<SlotId>) -> Answer {
        let is_put = matches!(op, BlobOp::Put);
        let bytes: &'static [u8] = if is_put { b"sealed" } else { b"" };
        let message = BlobRequest {
            token: self.token,
            space: self.space.id,
            op,
            blob: BLOB,
            slot,
            offset: 0,
            total: if is_put { 6 } else { 0 },
            bytes: bytes.into(),
            bytes_max: if matches!(op, BlobOp::Read) { 6 } else { 0 },
        };
        let request = Ask::request(self.world.origin(), "/v1/blob", &message, 0);
        let answer = self.world.line().send(&request).unwrap();
        Ok(Ask::answer::<BlobAnswer<'_>>(&answer)?.complete)
    }

    /// What is asked of the gate of this name in a slot; the answer.
    pub(super) fn gate(&self, op: GateOp, slot: SlotId, part: u8) -> Result<GateAnswer, SyncError> {
        let message = GateRequest {
            token: self.token,
            space: self.space.id,
            op,
            slot,
            gate: GATE,
            part: matches!(op, GateOp::Put).then_some(GatePart::from_bytes([part; 32])),
            expires_day: None,
        };
        self.ask("/v1/gate", &message)
    }

    fn erase(&self, slot: SlotId, merged_upto: u64) -> Answer {
        let message = EraseRequest {
            token: self.token,
            space: self.space.id,
            record: self.record(slot, 0xa2, CLOSES_SLOT, merged_upto).into(),
        };
        self.ask::<_, EraseAnswer>("/v1/erase", &message).map(|_| false)
    }

    fn epoch(&self, n: u64) -> Answer {
        let message = EpochRequest {
            token: self.token,
            space: self.space.id,
            incarnation: self.space.incarnation,
            epoch: self.space.epoch,
            n,
            record: self.record(SlotId::from_bytes([6; 16]), 0xa3, 0, 0).into(),
        };
        self.ask::<_, EpochAnswer>("/v1/epoch", &message).map(|_| false)
    }

    /// Lets a stranger in, under whatever version of the list is the next one.
    fn access(&self) -> Answer {
        let stranger = Access {
            key: stranger().public(),
            side: Side::Participant,
            administer: true,
        };
        let one = |version| AccessRequest {
            token: self.token,
            space: self.space.id,
            version,
            add: vec![stranger],
            remove: Vec::new(),
            only: None,
        };
        let all = (0..9).map(|version| self.ask::<_, AccessAnswer>("/v1/access", &one(version)).map(|_| false));
        let all: Vec<Answer> = all.collect();
        all.iter().copied().find(Result::is_ok).unwrap_or(all[8])
    }

    /// Whether the relay wakes anybody: this one does not.
    fn wake(&self, op: WakeOp) -> Answer {
        let is_put = matches!(op, WakeOp::Put);
        let message = WakeRequest {
            token: self.token,
            space: self.space.id,
            op,
            registration: (!matches!(op, WakeOp::Look)).then_some(RegistrationId::from_bytes([3; 16])),
            epoch: is_put.then_some(self.space.epoch),
            is_alone: is_put.then_some(true),
            sealed: is_put.then(|| vec![VERSION; REGISTRATION_BYTES].into()),
        };
        let request = Ask::request(self.world.origin(), "/v1/wake", &message, 0);
        let answer = self.world.line().send(&request).unwrap();
        Ok(Ask::answer::<WakeAnswer>(&answer)?.wakes)
    }

    fn ring(&self) -> Answer {
        let message = RingRequest {
            token: self.token,
            space: self.space.id,
            key: WakeKey::from_bytes([4; 32]),
            own: None,
        };
        Ok(self.ask::<_, RingAnswer>("/v1/ring", &message)?.wakes)
    }

    fn mailbox(&self, op: MailboxOp) -> Answer {
        let message = MailboxRequest {
            op,
            mailbox: MailboxId::from_bytes([7; 32]),
            index: 0,
            bytes: matches!(op, MailboxOp::Post).then(|| b"hello".as_slice().into()),
            wait_ms: 0,
            days: None,
        };
        let request = Ask::request(self.world.origin(), "/v1/mailbox", &message, 0);
        let answer = self.world.line().send(&request).unwrap();
        Ok(!Ask::answer::<MailboxAnswer<'_>>(&answer)?.messages.is_empty())
    }

    /// Closing is asked for tomorrow, so that it can still be taken back.
    fn space(&self, op: SpaceOp) -> Answer {
        let is_create = matches!(op, SpaceOp::Create);
        let access = Access {
            key: self.key.public(),
            side: Side::Participant,
            administer: true,
        };
        let now_ms = u64::try_from(cairn_core::clock::Clock::now(&self.world.clock).0).unwrap();
        let mut message = SpaceRequest {
            op,
            space: self.space.id,
            access: if is_create { vec![access] } else { Vec::new() },
            signature: Signature::from_bytes([0; 64]),
            token: (!is_create).then_some(self.token),
            keep: None,
            at_ms: matches!(op, SpaceOp::Close).then_some(now_ms + DAY_MS),
            epoch: None,
        };
        if is_create {
            message.signature = self.key.sign(&message.signed_bytes(self.world.origin()));
        }
        self.ask::<_, SpaceAnswer>("/v1/space", &message).map(|_| false)
    }

    /// Everything, in an order in which nothing that is done takes away what is asked next. `n` is how many records the log has.
    pub(super) fn everything(&self, slot: SlotId, n: u64) -> Vec<(&'static str, Answer)> {
        let challenge = ChallengeRequest { space: self.space.id };
        let challenge = self.ask::<_, ChallengeAnswer>("/v1/challenge", &challenge);
        let session = RawSession::try_begin(self.world, self.space.id, &self.key);
        let ack = AckRequest {
            token: self.token,
            space: self.space.id,
            n,
        };
        let is_there = |answer: GateAnswer| answer.is_there;
        let mut tried = vec![
            ("challenge", challenge.map(|_| false)),
            ("session", session.map(|_| false).ok_or(SyncError::NotAuthorised)),
            ("read", self.read()),
            ("ack", self.ask::<_, AckAnswer>("/v1/ack", &ack).map(|_| false)),
            ("blob.stat", self.blob(BlobOp::Stat, None)),
            ("blob.read", self.blob(BlobOp::Read, None)),
            ("blob.put", self.blob(BlobOp::Put, Some(slot))),
            ("blob.release", self.blob(BlobOp::Release, Some(slot))),
            ("gate.take", self.gate(GateOp::Take, slot, 0).map(is_there)),
            ("gate.look", self.gate(GateOp::Look, slot, 0).map(is_there)),
            ("gate.drop", self.gate(GateOp::Drop, slot, 0).map(is_there)),
            ("gate.put", self.gate(GateOp::Put, slot, 2).map(is_there)),
            ("wake.put", self.wake(WakeOp::Put)),
            ("wake.look", self.wake(WakeOp::Look)),
            ("wake.drop", self.wake(WakeOp::Drop)),
            ("ring", self.ring()),
            ("epoch", self.epoch(n)),
        ];
        // What an epoch that was begun here seals from now on, this row does not know: these come under the number that counts now.
        let is_begun = tried.iter().any(|(name, result)| *name == "epoch" && result.is_ok());
        let space = SpaceRow {
            epoch: self.space.epoch + u32::from(is_begun),
            ..self.space.clone()
        };
        let now = Asks {
            world: self.world,
            space: &space,
            token: self.token,
            key: self.key.clone(),
        };
        tried.extend([
            ("append", now.append(slot, 0xa1, n)),
            ("erase", now.erase(slot, n)),
            ("access", now.access()),
            ("mailbox.post", now.mailbox(MailboxOp::Post)),
            ("mailbox.read", now.mailbox(MailboxOp::Read)),
            ("mailbox.close", now.mailbox(MailboxOp::Close)),
            ("space.create", now.space(SpaceOp::Create)),
            ("space.close", now.space(SpaceOp::Close)),
            ("space.stay", now.space(SpaceOp::Stay)),
        ]);
        tried
    }
}
