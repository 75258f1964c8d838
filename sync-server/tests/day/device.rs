//! A device: it writes, reads, acknowledges, erases, puts blobs, begins spaces and lets people in and out, as its dice fall.

use std::collections::BTreeMap;
use std::sync::Arc;

use cairn_wire::message::{
    Access, AccessAnswer, AccessRequest, AckAnswer, AckRequest, AppendAnswer, AppendRequest, EpochAnswer, EpochRequest,
    EraseAnswer, EraseRequest, OutcomeCode, RefusalCode, Side, SpaceAnswer, SpaceOp, SpaceRequest,
};
use cairn_wire::{CLOSES_SLOT, Header, Signature, SpaceId, decode_canonical, encode};
use ed25519_dalek::Signer as _;

use crate::ORIGIN;
use crate::client::{Answered, Client, NobodyAnswers, Places};
use crate::dice::Dice;
use crate::pages::Cursor;
use crate::world::{Guest, Space, World, everybody, public, side_of, signing};

/// Spaces there are at most.
const SPACES_MAX: usize = 12;

/// The first of the keys that guests have.
const GUESTS: u8 = 100;

pub(crate) struct Device {
    pub(crate) world: Arc<World>,
    pub(crate) client: Client,
    pub(crate) dice: Dice,
    number: u8,
    cursors: BTreeMap<SpaceId, Cursor>,
}

impl Device {
    /// A device of a number; `when` names its dice.
    pub(crate) fn new(world: &Arc<World>, places: &Places, number: u8, when: &str) -> Self {
        Self {
            world: Arc::clone(world),
            client: Client::new(world, places, signing(number), usize::from(number)),
            dice: Dice::new(world.seed, &format!("device {number}, {when}")),
            number,
            cursors: BTreeMap::new(),
        }
    }

    pub(crate) const fn side(&self) -> Side {
        side_of(self.number)
    }

    const fn administers(&self) -> bool {
        self.number < 2
    }

    /// Works until the day is over, or nobody answers.
    pub(crate) fn live(&mut self) -> Result<(), NobodyAnswers> {
        while !self.world.is_over() {
            self.do_something()?;
            self.world.one_done();
        }
        Ok(())
    }

    fn do_something(&mut self) -> Result<(), NobodyAnswers> {
        let spaces = self.world.spaces();
        let space = Arc::clone(self.dice.one_of(&spaces).unwrap());
        match self.dice.below(100) {
            0..45 => self.append(&space),
            45..60 => self.read(&space).map(drop),
            60..72 => self.acknowledge(&space),
            72..78 => self.erase(&space),
            78..86 => self.put_a_blob(&space),
            86..91 => self.look_at_a_blob(&space),
            91..93 => self.release_a_blob(&space),
            93..95 if self.administers() => self.begin_an_epoch(&space),
            95..98 if self.administers() => self.let_in_or_out(&space),
            98 if self.number == 0 && spaces.len() < SPACES_MAX => self.begin_a_space(),
            _ => self.read(&space).map(drop),
        }
    }

    /// A header with a name of its own.
    pub(crate) fn header(&mut self, space: &Space, flags: u8) -> Header {
        let slot = space.some_slot(self.side(), &mut self.dice);
        let read = self.cursors.get(&space.id).map_or(0, |cursor| cursor.n);
        let merges = flags == 0 && self.dice.once_in(2);
        Header {
            flags,
            space: space.id,
            record_id: self.dice.bytes().into(),
            slot,
            epoch: space.with(|facts| facts.epoch),
            incarnation: 1,
            merged_upto: if merges { read } else { 0 },
            expires_day: 0,
            length: u32::try_from(72 + self.dice.below(1_500)).unwrap(),
        }
    }

    pub(crate) fn append(&mut self, space: &Space) -> Result<(), NobodyAnswers> {
        let headers: Vec<_> = (0..=self.dice.below(6)).map(|_| self.header(space, 0)).collect();
        let today = self.world.clock.today();
        let records: Vec<_> = headers
            .iter()
            .map(|header| space.send(header, self.side(), today))
            .collect();
        let answered = self.client.ask_in(&space.id, "append", |token| {
            encode(&AppendRequest {
                token,
                space: space.id,
                records: records.iter().map(|record| record.as_slice().into()).collect(),
            })
        })?;
        let body = match answered.result {
            Ok(body) => body,
            Err(refusal) => {
                space.wrong(format!("a device of the space was refused to append: {refusal:?}"));
                return Ok(());
            }
        };
        let answer: AppendAnswer = decode_canonical(&body).unwrap();
        self.world.witness(space, &answer.head);
        for (header, outcome) in headers.iter().zip(&answer.results) {
            match outcome.code {
                OutcomeCode::Stored => space.stored(outcome.value, header.record_id),
                code => self.refused(space, header, code, outcome.value),
            }
        }
        Ok(())
    }

    /// A record that is not stored, and never will be.
    fn refused(&self, space: &Space, header: &Header, code: OutcomeCode, value: u64) {
        let side = self.side();
        space.with(|facts| {
            facts.refused.insert(header.record_id);
            let is_right = match code {
                OutcomeCode::StaleEpoch => u32::try_from(value).is_ok_and(|epoch| epoch > header.epoch),
                OutcomeCode::SlotClosed => facts.erase_sent.contains(&(header.slot, side)),
                _ => false,
            };
            if !is_right {
                facts
                    .wrong
                    .push(format!("a record was refused without reason: {code:?}"));
            } else if code == OutcomeCode::StaleEpoch {
                facts.epoch = facts.epoch.max(u32::try_from(value).unwrap());
            }
        });
    }

    /// Reads on to the head. Answers where that is.
    pub(crate) fn read(&mut self, space: &Space) -> Result<u64, NobodyAnswers> {
        let mut cursor = self
            .cursors
            .get(&space.id)
            .copied()
            .unwrap_or_else(|| Cursor::begin(space));
        if cursor.read_on(&self.world, &mut self.client, space)?.is_none() {
            space.wrong("a device could not read on");
        }
        self.cursors.insert(space.id, cursor);
        Ok(cursor.n)
    }

    pub(crate) fn acknowledge(&mut self, space: &Space) -> Result<(), NobodyAnswers> {
        let n = self.read(space)?;
        space.with(|facts| facts.acks.entry(self.number).or_default().0 = n);
        let answered = self.client.ask_in(&space.id, "ack", |token| {
            encode(&AckRequest {
                token,
                space: space.id,
                n,
            })
        })?;
        match answered.result {
            Ok(body) => {
                let answer: AckAnswer = decode_canonical(&body).unwrap();
                self.world.witness(space, &answer.head);
                space.with(|facts| facts.acks.entry(self.number).or_default().1 = n);
            }
            Err(refusal) => space.wrong(format!("what was read could not be acknowledged: {refusal:?}")),
        }
        Ok(())
    }

    pub(crate) fn erase(&mut self, space: &Space) -> Result<(), NobodyAnswers> {
        let header = self.header(space, CLOSES_SLOT);
        let side = self.side();
        let record = space.send(&header, side, self.world.clock.today());
        space.close(header.slot, side);
        let answered = self.client.ask_in(&space.id, "erase", |token| {
            encode(&EraseRequest {
                token,
                space: space.id,
                record: record.as_slice().into(),
            })
        })?;
        match answered.result {
            Ok(body) => {
                let answer: EraseAnswer = decode_canonical(&body).unwrap();
                self.world.witness(space, &answer.head);
                let receipt = &answer.receipt;
                let is_for_it = (receipt.space, receipt.slot, receipt.seq) == (space.id, header.slot, answer.seq);
                if !is_for_it || !self.world.is_signed(&receipt.signed_bytes(), &receipt.signature) {
                    space.wrong("a receipt is not for what was erased");
                }
                space.stored(answer.seq, header.record_id);
                space.with(|facts| facts.erased.insert((header.slot, side), answer.seq));
            }
            Err(refusal) => self.refused_whole(space, &header, refusal.code, refusal.value),
        }
        Ok(())
    }

    /// The same of a record that was sent alone.
    fn refused_whole(&self, space: &Space, header: &Header, code: RefusalCode, value: Option<u64>) {
        let code = match code {
            RefusalCode::StaleEpoch => OutcomeCode::StaleEpoch,
            RefusalCode::SlotClosed => OutcomeCode::SlotClosed,
            RefusalCode::Conflict => OutcomeCode::Conflict,
            _ => OutcomeCode::Malformed,
        };
        self.refused(space, header, code, value.unwrap_or(0));
    }

    fn begin_an_epoch(&mut self, space: &Space) -> Result<(), NobodyAnswers> {
        let n = self.read(space)?;
        let header = self.header(space, 0);
        let record = space.send(&header, self.side(), self.world.clock.today());
        let answered = self.client.ask_in(&space.id, "epoch", |token| {
            encode(&EpochRequest {
                token,
                space: space.id,
                incarnation: 1,
                epoch: header.epoch,
                n,
                record: record.as_slice().into(),
            })
        })?;
        match answered.result {
            Ok(body) => {
                let answer: EpochAnswer = decode_canonical(&body).unwrap();
                self.world.witness(space, &answer.head);
                space.stored(answer.seq, header.record_id);
                space.with(|facts| facts.epoch = facts.epoch.max(answer.epoch));
            }
            // Somebody wrote meanwhile: it will be another link.
            Err(refusal) if refusal.code == RefusalCode::Conflict => {
                space.with(|facts| facts.refused.insert(header.record_id));
            }
            Err(refusal) => self.refused_whole(space, &header, refusal.code, refusal.value),
        }
        Ok(())
    }

    /// Lets a guest in who was not there, or one out who is.
    fn let_in_or_out(&mut self, space: &Space) -> Result<(), NobodyAnswers> {
        let (version, guests) = space.with(|facts| (facts.access_version, facts.guests.clone()));
        let here = guests
            .iter()
            .find(|(_, guest)| **guest == Guest::In)
            .map(|(number, _)| *number);
        // Never a key again: whoever was let out is out for good.
        let next = GUESTS + u8::try_from(guests.len()).unwrap() * 2 + self.number;
        let (guest, becomes) = here.map_or((next, Guest::In), |here| (here, Guest::Out));
        let key = public(&signing(guest));
        let access = Access {
            key,
            side: Side::Participant,
            administer: false,
        };
        space.with(|facts| facts.guests.insert(guest, Guest::Unknown));
        let Answered { result, was_unclear } = self.client.ask_in(&space.id, "access", |token| {
            let (add, remove) = match becomes {
                Guest::In => (vec![access], vec![]),
                _ => (vec![], vec![key]),
            };
            encode(&AccessRequest {
                token,
                space: space.id,
                version,
                add,
                remove,
                only: None,
            })
        })?;
        match result {
            Ok(body) => {
                let answer: AccessAnswer = decode_canonical(&body).unwrap();
                self.world.witness(space, &answer.head);
                space.with(|facts| {
                    facts.guests.insert(guest, becomes);
                    facts.access_version = facts.access_version.max(answer.version);
                });
            }
            Err(refusal) if refusal.code == RefusalCode::Conflict => space.with(|facts| {
                let now = refusal.value.unwrap_or(0);
                facts.access_version = facts.access_version.max(now);
                if now <= version {
                    facts
                        .wrong
                        .push(format!("the version of the access went from {version} to {now}"));
                }
                // It may be our own change, whose answer was lost, that came between.
                if !was_unclear {
                    facts.guests.insert(guest, here.map_or(Guest::Out, |_| Guest::In));
                }
            }),
            Err(refusal) => space.wrong(format!("access could not be changed: {refusal:?}")),
        }
        Ok(())
    }

    pub(crate) fn begin_a_space(&mut self) -> Result<(), NobodyAnswers> {
        let id = SpaceId::from_bytes(self.dice.bytes());
        let mut request = SpaceRequest {
            op: SpaceOp::Create,
            space: id,
            access: everybody(),
            signature: Signature::from_bytes([0; 64]),
            token: None,
            keep: None,
            at_ms: None,
            epoch: None,
        };
        let signature = signing(0).sign(&request.signed_bytes(ORIGIN));
        request.signature = Signature::from_bytes(signature.to_bytes());
        let body = self.client.ask("space", &encode(&request))?.result;
        let answer: SpaceAnswer = decode_canonical(&body.expect("anybody may begin a space")).unwrap();
        let space = Space::new(id);
        if !self.world.is_pinned(answer.relay_key) {
            space.wrong("the relay has another key than before");
        }
        self.world.witness(&space, &answer.head);
        self.world.add(space);
        Ok(())
    }
}
