//! Blobs, as devices put them, read them and let go of them.

use cairn_wire::message::{BlobAnswer, BlobOp, BlobRequest, RefusalCode};
use cairn_wire::{BlobId, Token, decode_canonical, encode};

use crate::client::{Client, NobodyAnswers};
use crate::device::Device;
use crate::dice::bytes_of;
use crate::world::{BlobSent, Space};

/// Bytes of a part.
const PART: u64 = 8 * 1024;

/// The longest blob here has several parts.
const BLOB_MAX: usize = 30 * 1024;

/// Days after which what is left of an unfinished one may go.
const UNFINISHED_DAYS: u64 = 7;

fn request(token: Token, space: &Space, op: BlobOp, blob: BlobId) -> BlobRequest<'static> {
    BlobRequest {
        token,
        space: space.id,
        op,
        blob,
        slot: None,
        offset: 0,
        total: 0,
        bytes: Vec::new().into(),
        bytes_max: 0,
    }
}

/// Where a blob stands, and its bytes if it is whole; `None` where that is refused.
pub(crate) fn look(
    client: &mut Client,
    space: &Space,
    blob: BlobId,
) -> Result<Option<(u64, u64, Vec<u8>)>, NobodyAnswers> {
    let asked = client.ask_in(&space.id, "blob", |token| {
        encode(&BlobRequest {
            bytes_max: 1 << 20,
            ..request(token, space, BlobOp::Read, blob)
        })
    })?;
    let Ok(body) = asked.result else { return Ok(None) };
    let answer: BlobAnswer<'_> = decode_canonical(&body).unwrap();
    Ok(Some((answer.have, answer.total, answer.bytes.to_vec())))
}

impl Device {
    /// Puts a new one, part after part; one in five is left unfinished.
    pub(crate) fn put_a_blob(&mut self, space: &Space) -> Result<(), NobodyAnswers> {
        let blob = BlobId::from_bytes(self.dice.bytes());
        let total = 1 + self.dice.below(BLOB_MAX) as u64;
        let upto = if self.dice.once_in(5) { total / 2 } else { total };
        let slot = space.some_slot(self.side(), &mut self.dice);
        let sent = BlobSent {
            side: self.side(),
            slot,
            total,
            have: 0,
            day: self.world.clock.today(),
            release_sent: false,
            released: false,
        };
        space.with(|facts| facts.blobs.insert(blob, sent));
        let bytes = bytes_of(blob.as_bytes(), usize::try_from(total).unwrap());
        let mut have = 0;
        while have < upto {
            let part = usize::try_from(have).unwrap()..usize::try_from(total.min(have + PART)).unwrap();
            let asked = self.client.ask_in(&space.id, "blob", |token| {
                encode(&BlobRequest {
                    slot: Some(slot),
                    offset: have,
                    total,
                    bytes: bytes[part.clone()].into(),
                    ..request(token, space, BlobOp::Put, blob)
                })
            })?;
            match asked.result {
                Ok(body) => {
                    let answer: BlobAnswer<'_> = decode_canonical(&body).unwrap();
                    let today = self.world.clock.today();
                    space.with(|facts| {
                        if answer.have <= have && !facts.erase_sent.contains(&(slot, sent.side)) {
                            facts
                                .wrong
                                .push("a part of a blob that was acknowledged is gone".to_owned());
                        }
                        let known = facts.blobs.get_mut(&blob).unwrap();
                        (known.have, known.day) = (answer.have, today);
                    });
                    if answer.have <= have {
                        return Ok(());
                    }
                    have = answer.have;
                }
                Err(refusal) => {
                    let was_closed = space.with(|facts| facts.erase_sent.contains(&(slot, sent.side)));
                    if refusal.code != RefusalCode::SlotClosed || !was_closed {
                        space.wrong(format!("a blob was refused without reason: {refusal:?}"));
                    }
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    pub(crate) fn look_at_a_blob(&mut self, space: &Space) -> Result<(), NobodyAnswers> {
        let blobs: Vec<_> = space.with(|facts| facts.blobs.keys().copied().collect());
        if let Some(blob) = self.dice.one_of(&blobs).copied() {
            check(&mut self.client, space, blob, self.world.clock.today())?;
        }
        Ok(())
    }

    pub(crate) fn release_a_blob(&mut self, space: &Space) -> Result<(), NobodyAnswers> {
        let side = self.side();
        let own: Vec<_> = space.with(|facts| {
            // One that somebody still puts would be put under its slot again.
            let own = facts
                .blobs
                .iter()
                .filter(|(_, sent)| sent.side == side && sent.have == sent.total);
            own.map(|(blob, sent)| (*blob, sent.slot)).collect()
        });
        let Some((blob, slot)) = self.dice.one_of(&own).copied() else {
            return Ok(());
        };
        space.with(|facts| facts.blobs.get_mut(&blob).unwrap().release_sent = true);
        let asked = self.client.ask_in(&space.id, "blob", |token| {
            encode(&BlobRequest {
                slot: Some(slot),
                ..request(token, space, BlobOp::Release, blob)
            })
        })?;
        match asked.result {
            Ok(body) => {
                let answer: BlobAnswer<'_> = decode_canonical(&body).unwrap();
                if answer.total != 0 {
                    space.wrong("a blob that nothing holds any more is still there");
                }
                space.with(|facts| facts.blobs.get_mut(&blob).unwrap().released = true);
            }
            Err(refusal) => space.wrong(format!("a blob could not be released: {refusal:?}")),
        }
        Ok(())
    }
}

/// Holds a blob against what was acknowledged of it.
pub(crate) fn check(client: &mut Client, space: &Space, blob: BlobId, today: u64) -> Result<(), NobodyAnswers> {
    let (sent, was_gone) = space.with(|facts| {
        let sent = facts.blobs[&blob];
        (
            sent,
            sent.released || facts.erased.contains_key(&(sent.slot, sent.side)),
        )
    });
    let Some((have, total, bytes)) = look(client, space, blob)? else {
        space.wrong("a blob could not be looked at");
        return Ok(());
    };
    let may_be_gone = space.with(|facts| {
        let now = facts.blobs[&blob];
        let is_left = now.have < now.total && today > now.day + UNFINISHED_DAYS;
        now.release_sent || is_left || facts.erase_sent.contains(&(sent.slot, sent.side))
    });
    if was_gone && total != 0 {
        space.wrong("a blob that was erased is there again");
    }
    if total == 0 {
        if sent.have > 0 && !may_be_gone {
            space.wrong("a blob that was acknowledged is gone");
        }
        return Ok(());
    }
    let whole = bytes_of(blob.as_bytes(), usize::try_from(sent.total).unwrap());
    if total != sent.total || have < sent.have || (have == total && bytes != whole) {
        space.wrong("a blob is not as it was acknowledged");
    }
    Ok(())
}
