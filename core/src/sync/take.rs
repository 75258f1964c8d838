//! What a round does with each answer.

use super::round::{Round, Step};
use super::{Ask, GateWish, Host, Landed, Outgoing, Place, Response, RingAsk, SyncError, WakeOffer, honesty};
use cairn_wire::message::{
    AccessAnswer, AckAnswer, AppendAnswer, ChallengeAnswer, EpochAnswer, EraseAnswer, Outcome, OutcomeCode, Page,
    ReadAnswer, Refusal, RefusalCode, SessionAnswer, SessionRequest, SpaceAnswer,
};
use cairn_wire::{PublicKey, SignedHead, SignedIncarnation, SpaceId, chain_next, decode_canonical};

impl Round {
    pub(super) fn take(
        &mut self,
        host: &mut dyn Host,
        space: SpaceId,
        step: Step,
        response: &Response,
    ) -> Result<(), SyncError> {
        let Some(place) = host.place(space)? else { return Ok(()) };
        match step {
            Step::Create => {
                let answer: SpaceAnswer = match Ask::answer(response) {
                    // It was made before, and has ended since: what it keeps is still to be heard.
                    Err(SyncError::Refused(RefusalCode::SpaceClosed)) if place.relay_key.is_some() => {
                        return host.is_there(space);
                    }
                    other => other?,
                };
                // The first answer pins the relay's key and the incarnation of its store; a later one must fit them.
                let relay_key = place.relay_key.unwrap_or(answer.relay_key);
                if answer.head.incarnation < place.incarnation {
                    return Err(SyncError::Rollback);
                }
                let pinned = Place {
                    relay_key: Some(relay_key),
                    incarnation: answer.head.incarnation,
                    ..place
                };
                check(host, &pinned, &answer.head)?;
                if place.relay_key.is_some() && answer.head.incarnation > place.incarnation {
                    // What waits for this space is sealed for a store that is no more.
                    return host.begins_anew(space, answer.head.incarnation);
                }
                host.created(space, relay_key, answer.epoch, &answer.head)
            }
            Step::Challenge => {
                let answer: ChallengeAnswer = Ask::answer(response)?;
                if let Some(later) = later_incarnation(host, &place, &answer.incarnation)? {
                    self.newest_read = false;
                    return host.begins_anew(space, later);
                }
                let bytes = cairn_wire::session_bytes(&place.origin, &space, &answer.nonce, &place.access);
                let signature = host.sign(space, &bytes)?;
                self.proof = Some(SessionRequest {
                    space,
                    nonce: answer.nonce,
                    key: place.access,
                    signature,
                });
                Ok(())
            }
            Step::Session => {
                let answer: SessionAnswer = Ask::answer(response)?;
                check(host, &place, &answer.head)?;
                host.saw_head(space, &answer.head)?;
                self.tokens.insert(space, answer.token);
                Ok(())
            }
            Step::Newest => {
                self.newest_read = true;
                with_page(space, response, |page| {
                    let head = page.head.as_ref().ok_or(SyncError::Garbage)?;
                    check(host, &place, head)?;
                    if page.items.iter().any(|item| item.seq == 0 || item.seq > head.n) {
                        return Err(SyncError::Garbage);
                    }
                    host.keep_newest(space, &bodies_of(page))
                })
            }
            Step::Last => with_page(space, response, |page| self.take_last(host, &place, page)),
            Step::Closing => self.take_closing(host, &place, response),
            Step::Pull => match with_page(space, response, |page| {
                let verified = honesty::verify_page(&place, page, &|key: &PublicKey, bytes, signature| {
                    host.is_signed(key, bytes, signature)
                })?;
                if verified.items.is_empty() && verified.cursor < verified.head.n {
                    return Err(SyncError::Garbage);
                }
                self.report.received += verified.items.len() as u64;
                if verified.items.iter().any(|item| self.unproven.contains(&item.hash)) {
                    (self.fruitless, self.unproven) = (0, Vec::new());
                }
                self.pulled = verified.cursor == verified.head.n;
                host.keep(space, &verified)
            }) {
                Err(SyncError::Refused(RefusalCode::SpaceClosed)) => self.hear_closed(host, &place, response),
                taken => taken,
            },
            Step::Slots => with_page(space, response, |page| {
                check(host, &place, page.head.as_ref().ok_or(SyncError::Garbage)?)?;
                host.keep_withheld(space, &bodies_of(page))
            }),
            Step::Access => self.take_access(host, &place, response),
            Step::Push(outgoing) => self.take_push(host, &place, &outgoing, response),
            Step::Erase(one) => self.take_erase(host, &place, &one, response),
            Step::Epoch(one) => match Ask::answer::<EpochAnswer>(response) {
                Ok(answer) if Some(answer.epoch) != epoch_after(&one) => Err(SyncError::Garbage),
                Ok(answer) => self.landed_one(host, &place, &one, stored(answer.seq), &answer.head),
                // Another device was first, or wrote since: read what it wrote, then decide again.
                Err(SyncError::Refused(RefusalCode::Conflict | RefusalCode::StaleEpoch | RefusalCode::Malformed)) => {
                    self.refused_one(host, &place, &one, OutcomeCode::StaleEpoch)
                }
                Err(error) => Err(error),
            },
            Step::Ack(n) => {
                let answer: AckAnswer = Ask::answer(response)?;
                check(host, &place, &answer.head)?;
                host.saw_head(space, &answer.head)?;
                self.pulled = answer.head.n <= place.cursor;
                host.acked(space, n)
            }
            Step::Ring => {
                match RingAsk::wakes(response) {
                    Ok(wakes) => host.rung(space, wakes),
                    Err(error @ SyncError::NotAuthorised) => {
                        self.rings = true;
                        return Err(error);
                    }
                    // Nobody is woken for it, and everybody finds it all the same.
                    Err(_) => {}
                }
                Ok(())
            }
            Step::Wake(ask) => match WakeOffer::read(response) {
                Ok(offer) => host.waking_told(space, &ask, Some(offer)),
                Err(error @ SyncError::NotAuthorised) => Err(error),
                Err(_) => host.waking_told(space, &ask, None),
            },
            Step::Gate(ask) => {
                self.looked = true;
                self.gates_changed |= matches!(ask.wish, GateWish::Put(..) | GateWish::Drop);
                match ask.found(response) {
                    Err(error @ (SyncError::Refused(_) | SyncError::Garbage))
                        if error != SyncError::Refused(RefusalCode::SpaceClosed) =>
                    {
                        self.gate_error.get_or_insert(error);
                        host.gate_refused(space, &ask)
                    }
                    found => host.gate_found(space, &ask, found?),
                }
            }
            Step::Blob(ask) => {
                let found = ask.found(response)?;
                host.blob_found(space, &ask, found)
            }
        }
    }

    fn take_access(&mut self, host: &mut dyn Host, place: &Place, response: &Response) -> Result<(), SyncError> {
        match Ask::answer::<AccessAnswer>(response) {
            Ok(answer) => {
                check(host, place, &answer.head)?;
                self.session_tried = false; // This device may enter with another key from now on.
                host.access_changed(place.space, possible(answer.version)?, true)?;
                let now = host.place(place.space)?;
                if now.is_some_and(|now| now.access != place.access) {
                    self.tokens.remove(&place.space);
                }
                Ok(())
            }
            Err(SyncError::Refused(RefusalCode::Conflict)) => {
                let refusal: Refusal = decode_canonical(&response.body).map_err(|_| SyncError::Garbage)?;
                self.fruitless += 1;
                if self.fruitless > 3 {
                    return Err(SyncError::Refused(RefusalCode::Conflict));
                }
                // Whoever was first may have said more in the log: a whole list is told after it was read once more.
                self.pulled = false;
                host.access_changed(place.space, possible(refusal.value.ok_or(SyncError::Garbage)?)?, false)
            }
            Err(error) => Err(error),
        }
    }

    fn take_push(
        &mut self,
        host: &mut dyn Host,
        place: &Place,
        outgoing: &[Outgoing],
        response: &Response,
    ) -> Result<(), SyncError> {
        let answer: AppendAnswer = Ask::answer(response)?;
        check(host, place, &answer.head)?;
        let is_possible = |outcome: &Outcome| outcome.code != OutcomeCode::Stored || outcome.value <= answer.head.n;
        if answer.results.len() != outgoing.len() || !answer.results.iter().all(is_possible) {
            return Err(SyncError::Garbage);
        }
        let landed: Vec<Landed> = outgoing
            .iter()
            .zip(&answer.results)
            .map(|(one, outcome)| Landed {
                number: one.number,
                outcome: *outcome,
            })
            .collect();
        let stored = landed
            .iter()
            .filter(|one| one.outcome.code == OutcomeCode::Stored)
            .count();
        self.report.sent += stored as u64;
        self.rings |= stored > 0;
        // A refusal may mean that something was written meanwhile; only the log tells.
        let joins = joins(place, outgoing, &answer.results, &answer.head);
        self.pulled = joins && stored == landed.len();
        self.fruitless = if joins && stored > 0 { 0 } else { self.fruitless + 1 };
        if !joins {
            self.unproven = outgoing.iter().map(|one| one.hash).collect();
        }
        host.landed(place.space, &landed, &answer.head, joins)
    }

    fn take_erase(
        &mut self,
        host: &mut dyn Host,
        place: &Place,
        one: &Outgoing,
        response: &Response,
    ) -> Result<(), SyncError> {
        let answer: EraseAnswer = match Ask::answer(response) {
            Err(SyncError::Refused(RefusalCode::SlotClosed)) => {
                return self.refused_one(host, place, one, OutcomeCode::SlotClosed);
            }
            Err(SyncError::Refused(RefusalCode::StaleEpoch | RefusalCode::Conflict)) => {
                return self.refused_one(host, place, one, OutcomeCode::StaleEpoch);
            }
            other => other?,
        };
        let key = place.relay_key.ok_or(SyncError::HeadForged)?;
        let receipt = &answer.receipt;
        let slot = cairn_wire::Record::parse(&one.record)
            .map_err(|_| SyncError::Host)?
            .header
            .slot;
        if receipt.space != place.space || receipt.slot != slot || receipt.seq != answer.seq {
            return Err(SyncError::Garbage);
        }
        if !host.is_signed(&key, &receipt.signed_bytes(), &receipt.signature) && !planted!(ReceiptUnread) {
            return Err(SyncError::HeadForged);
        }
        self.landed_one(host, place, one, stored(answer.seq), &answer.head)
    }

    fn landed_one(
        &mut self,
        host: &mut dyn Host,
        place: &Place,
        one: &Outgoing,
        outcome: Outcome,
        head: &SignedHead,
    ) -> Result<(), SyncError> {
        check(host, place, head)?;
        if outcome.value > head.n {
            return Err(SyncError::Garbage);
        }
        let joins = joins(place, std::slice::from_ref(one), &[outcome], head);
        self.pulled = joins;
        self.fruitless = if joins { 0 } else { self.fruitless + 1 };
        if !joins {
            self.unproven = vec![one.hash];
        }
        self.report.sent += 1;
        self.rings = true;
        host.landed(
            place.space,
            &[Landed {
                number: one.number,
                outcome,
            }],
            head,
            joins,
        )
    }

    fn refused_one(
        &mut self,
        host: &mut dyn Host,
        place: &Place,
        one: &Outgoing,
        code: OutcomeCode,
    ) -> Result<(), SyncError> {
        self.pulled = false;
        self.fruitless += 1;
        host.refused(
            place.space,
            Landed {
                number: one.number,
                outcome: Outcome { code, value: 0 },
            },
        )
    }
}

/// The incarnation of the relay's store, where it is a later one than this device knows. None goes back: an older one is what an answer
/// of before says.
fn later_incarnation(host: &dyn Host, place: &Place, said: &SignedIncarnation) -> Result<Option<u32>, SyncError> {
    let Some(key) = place.relay_key.filter(|_| said.incarnation > place.incarnation) else {
        return Ok(None);
    };
    if host.is_signed(&key, &said.signed_bytes(), &said.signature) || planted!(IncarnationUnsigned) {
        Ok(Some(said.incarnation))
    } else {
        Err(SyncError::HeadForged)
    }
}

/// The epoch that a link begins: the one after that under which it was sealed.
fn epoch_after(one: &Outgoing) -> Option<u32> {
    cairn_wire::Record::parse(&one.record).ok()?.header.epoch.checked_add(1)
}

fn possible(number: u64) -> Result<u64, SyncError> {
    if number <= honesty::NUMBER_MAX {
        Ok(number)
    } else {
        Err(SyncError::Garbage)
    }
}

const fn stored(seq: u64) -> Outcome {
    Outcome {
        code: OutcomeCode::Stored,
        value: seq,
    }
}

/// Whether these records are the whole way from the cursor to `head`: then they need not be read back.
fn joins(place: &Place, outgoing: &[Outgoing], results: &[Outcome], head: &SignedHead) -> bool {
    let (mut n, mut chain) = (place.cursor, place.chain);
    for (one, outcome) in outgoing.iter().zip(results) {
        if outcome.code != OutcomeCode::Stored {
            continue;
        }
        n += 1;
        if outcome.value != n {
            return false;
        }
        chain = chain_next(&chain, &one.hash);
    }
    n == head.n && chain == head.chain
}

pub(super) fn check(host: &dyn Host, place: &Place, head: &SignedHead) -> Result<(), SyncError> {
    honesty::verify_head(place, head, &|key: &PublicKey, bytes, signature| {
        host.is_signed(key, bytes, signature)
    })
}

/// The records of a page that have a body.
fn bodies_of<'a>(page: &'a Page<'_>) -> Vec<(u64, &'a [u8])> {
    let items = page.items.iter();
    items
        .filter_map(|item| Some((item.seq, item.record.as_ref()?.as_slice())))
        .collect()
}

fn with_page(
    space: SpaceId,
    response: &Response,
    work: impl FnOnce(&Page<'_>) -> Result<(), SyncError>,
) -> Result<(), SyncError> {
    let answer: ReadAnswer<'_> = Ask::answer(response)?;
    let [page] = answer.pages.as_slice() else {
        return Err(SyncError::Garbage);
    };
    if page.space != space {
        return Err(SyncError::Garbage);
    }
    match page.refusal {
        None => work(page),
        Some(RefusalCode::NotAuthorised) => Err(SyncError::NotAuthorised),
        Some(code) => Err(SyncError::Refused(code)),
    }
}
